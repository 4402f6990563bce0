//! The log store: a partner's logs as evidence, and hunts over them.
//!
//! An import makes one **segment**: the original bytes of one log in independently readable zstd frames, an index of
//! the frames, and a manifest with the digests and the acquisition facts. `docs/spec/log-segments.md` is the format. From
//! the frames **postings** are derived (`docs/spec/log-postings.md`), so that a hunt reads only frames that hold hits, and
//! **columns** (`docs/spec/log-columns.md`), for analysis with other programs.
//!
//! Invariants:
//! - What comes out of a segment is byte for byte what went in; every frame is checked against its digest each time it
//!   is read. Damage is named (segment and frame) in every answer that it may have touched; it never is silent.
//! - A segment is visible whole or not at all. [`LogStore::open`] is also the recovery: it removes what an import left
//!   half-written, and refuses to start on anything that it cannot explain.
//! - Segments never change. Nothing is shared between them, so that they can be spread over machines later.
//! - Time and the person's name are arguments; this crate has no clock.
//!
//! Deliberately absent: deletion, other storage than a local folder. Who may import, hunt or read is decided in the
//! service, never here.

mod assignments;
mod collected;
mod columns;
mod digest;
mod disk;
mod error;
mod events;
mod facts;
mod frames;
mod framing;
mod hunt;
mod import;
mod input;
mod layout;
mod limits;
mod lines;
mod manifest;
mod matching;
mod names;
mod postings;
mod read;
mod source;
mod store;
mod verify;
mod walk;

pub use accord_evtx::{EventCounts, EventPlace, RENDERED_BY, Unread};
pub use assignments::{
    Answer, Answers, AssignmentLimits, BadRow, Bound, Cover, Covers, Doubt, EndTold, Evidence, Finding,
    FirstRests, Holder, IdKind, LastRests, MAX_ASSIGNMENT_SOURCES, MAX_BEHIND, MAX_EVENTS_INSIDE,
    MAX_HOLDERS, MAX_IDENTIFIER_BYTES, MAX_QUESTIONS, MAX_RECORD_BYTES, MAX_RESTARTS, MAX_SIGHTINGS_BYTES,
    MAX_STATES, MAX_STRETCHES, MAX_UNCERTAINTY_MS, MAX_VIEWS, MEASURED_ERROR_MS, Note, Protocol, Proves,
    Question, Questions, SAME_END_MS, SHORTEST_PREFIX, SILENT_MS, Service, Sightings, SourceView,
    SubscriberId, Support, UNMEASURED_ERROR_MS,
};
pub use collected::{Decompressed, FilePlace, Head, Origin, OriginPlace, SpoolPlace};
pub use columns::ColumnsRecord;
pub use digest::{Digests, Hex};
pub use disk::{AfterFault, Disk, DiskFile, FaultMode, Faults};
pub use error::{Error, Result};
pub use events::{EventLogs, OriginalEvent, Rendering};
pub use hunt::{Hunt, HuntDamage, HuntHit, HuntLine, HuntResult, OverlongLine, Progress, ReadWhole};
pub use input::Compression;
pub use limits::{
    EXPANSION_FREE_BYTES, FRAME_MAX_BYTES, FRAME_TARGET_BYTES, Limits, MAX_COUNT_ROWS, MAX_EXPANSION,
    MAX_FRAME_KEYS, MAX_HUNT_BYTES, MAX_HUNT_LINES, MAX_HUNT_PATTERNS, MAX_LINE_BYTES, MAX_MANIFEST_BYTES,
    MAX_POSTING_BYTES, MAX_SEGMENT_BYTES, MAX_SEGMENT_NAMES, MAX_SOURCES, MAX_TEXT_BYTES,
};
pub use manifest::{Frame, FrameFile, LineCounts, Manifest, Segment, SegmentId};
pub use names::{SegmentNames, name_fingerprint};
pub use postings::{BuildReport, DayCount, HuntCounts, NotCounted};
pub use read::{LineAt, StoredLine};
pub use source::{FormatSetting, SourceConfig};
pub use store::LogStore;
pub use verify::{Problem, VerifyReport};
pub use walk::{LineVisitor, Walk, Walked, WalkedLine};
