//! The log store: a partner's logs as evidence, and hunts over them.
//!
//! An import makes one **segment**: the original bytes of one log in independently readable zstd frames, an index of
//! the frames, and a manifest with the digests and the acquisition facts. `docs/spec/log-segments.md` is the format.
//!
//! Invariants:
//! - What comes out of a segment is byte for byte what went in; every frame is checked against its digest each time it
//!   is read. Damage is named (segment and frame) in every answer that it may have touched; it never is silent.
//! - A segment is visible whole or not at all. [`LogStore::open`] is also the recovery: it removes what an import left
//!   half-written, and refuses to start on anything that it cannot explain.
//! - Segments never change. Nothing is shared between them, so that they can be spread over machines later.
//! - Time and the person's name are arguments; this crate has no clock.
//!
//! Deliberately absent, to come beside the frames without changing them: postings and daily counts
//! (a hunt reads every frame for now), deletion, other storage than a local folder. Who may import, hunt or read is
//! decided in the service, never here.

mod columns;
mod digest;
mod disk;
mod error;
mod facts;
mod frames;
mod hunt;
mod import;
mod input;
mod layout;
mod limits;
mod lines;
mod manifest;
mod matching;
mod names;
mod read;
mod source;
mod store;
mod verify;

pub use columns::ColumnsRecord;
pub use digest::{Digests, Hex};
pub use disk::{AfterFault, Disk, FaultMode, Faults};
pub use error::{Error, Result};
pub use hunt::{Hunt, HuntDamage, HuntHit, HuntLine, HuntResult, OverlongLine, Progress};
pub use input::Compression;
pub use limits::{
    EXPANSION_FREE_BYTES, FRAME_MAX_BYTES, FRAME_TARGET_BYTES, Limits, MAX_EXPANSION, MAX_HUNT_BYTES,
    MAX_HUNT_LINES, MAX_HUNT_PATTERNS, MAX_LINE_BYTES, MAX_MANIFEST_BYTES, MAX_SEGMENT_BYTES,
    MAX_SEGMENT_NAMES, MAX_SOURCES, MAX_TEXT_BYTES,
};
pub use manifest::{Frame, FrameFile, LineCounts, Manifest, Segment, SegmentId};
pub use names::{SegmentNames, name_fingerprint};
pub use read::{LineAt, StoredLine};
pub use source::{FormatSetting, SourceConfig};
pub use store::LogStore;
pub use verify::{Problem, VerifyReport};
