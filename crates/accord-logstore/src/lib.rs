//! The log store: a partner's logs as evidence, and hunts over them.
//!
//! An import makes one **segment**: the original bytes of one log in independently readable zstd frames, an index of
//! the frames, and a manifest with the digests and the acquisition facts. `docs/spec/log-segments.md` is the format. From
//! the frames **postings** are derived (`docs/spec/log-postings.md`), so that a hunt reads only frames that hold hits, and
//! **columns** (`docs/spec/log-columns.md`), for analysis with other programs. Where a watchlist is in force, an import also says
//! which of its entries the lines hit: **matches** (`docs/spec/log-matches.md`).
//!
//! Invariants:
//! - What comes out of a segment is byte for byte what went in; every frame is checked against its digest each time it
//!   is read. Damage is named (segment and frame) in every answer that it may have touched; it never is silent.
//! - A segment is visible whole or not at all. [`LogStore::open`] is also the recovery: it removes what an import left
//!   half-written, and refuses to start on anything that it cannot explain.
//! - Segments never change. Nothing is shared between them, so that they can be spread over machines later.
//! - A segment ends in one way: a person's decision, or the retention that a person set, destroys it whole, and leaves a
//!   record in a chain (`docs/spec/log-keeping.md`). What is held is destroyed by nobody.
//! - Time and the person's name are arguments; this crate has no clock.
//!
//! Deliberately absent: deletion of single lines, deletion without a record, other storage than a local folder. Who may
//! import, hunt, read, hold or destroy is decided in the service, never here.

mod around;
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
mod headers;
mod hunt;
mod import;
mod input;
mod keeping;
mod keying;
mod layout;
mod limits;
mod lines;
mod manifest;
mod matches;
mod matching;
mod names;
mod packs;
mod postings;
mod read;
mod reading;
mod rooms;
mod source;
mod spares;
mod store;
mod unparsed;
mod verify;
mod walk;

pub use accord_evtx::{EventCounts, EventPlace, RENDERED_BY, Unread};
pub use around::{MAX_HEADER_FRAMES, MAX_LINES_AROUND, SaidLine, SaidRecord};
pub use assignments::{
    Answer, Answers, AssignmentLimits, BadRow, Bound, Cover, Covers, Doubt, EndTold, Evidence, Finding,
    FirstRests, Holder, IdKind, LastRests, MAX_ASSIGNMENT_SOURCES, MAX_BEHIND, MAX_EVENTS_INSIDE,
    MAX_HOLDERS, MAX_IDENTIFIER_BYTES, MAX_QUESTIONS, MAX_RECORD_BYTES, MAX_RESTARTS, MAX_SIGHTINGS_BYTES,
    MAX_STATES, MAX_STRETCHES, MAX_UNCERTAINTY_MS, MAX_VIEWS, MEASURED_ERROR_MS, Note, Protocol, Proves,
    Question, Questions, SAME_END_MS, SHORTEST_PREFIX, SILENT_MS, Service, Sightings, SourceView,
    SubscriberId, Support, UNMEASURED_ERROR_MS,
};
pub use collected::{Collected, Decompressed, FilePlace, Head, Origin, OriginPlace, SpoolPlace};
pub use columns::{ColumnFile, ColumnFiles, ColumnsRecord, WithoutColumns};
pub use digest::{Digests, Hex};
pub use disk::{AfterFault, Disk, DiskFile, FaultMode, Faults};
pub use error::{Error, Result};
pub use events::{EventLogs, OriginalEvent, Rendering};
pub use hunt::{Hunt, HuntDamage, HuntHit, HuntLine, HuntResult, OverlongLine, Progress, ReadWhole};
pub use input::Compression;
pub use keeping::{
    Decided, Destroyed, Due, Ground, HeldBack, Hold, HoldCover, HoldSpan, KeepingAct, KeepingRecord,
    KeepingReport, Over, Retention, Rule, SegmentKeeping, SourceCover,
};
pub use limits::{
    CATALOGUE_BYTES, CATALOGUE_LEAST, CATALOGUE_LEAST_BYTES, CATALOGUE_SEGMENTS, CATALOGUE_SPARE_BITS,
    EARLIEST_IMPORT_MS, EXPANSION_FREE_BYTES, FRAME_MAX_BYTES, FRAME_TARGET_BYTES, HOLD_MARGIN_MS,
    KEEPING_FILE_BYTES, KEEPING_FILE_RECORDS, Limits, MAX_CATALOGUE_ANSWERS, MAX_COUNT_ROWS, MAX_EXPANSION,
    MAX_FRAME_KEYS, MAX_HOLD_ID_BYTES, MAX_HOLD_SEGMENTS, MAX_HOLDS, MAX_HUNT_BYTES, MAX_HUNT_LINES,
    MAX_HUNT_PATTERNS, MAX_KEEPING_ANSWER, MAX_KEEPING_FILE_BYTES, MAX_LINE_BYTES, MAX_MANIFEST_BYTES,
    MAX_MATCH_ANSWER, MAX_MATCH_BYTES, MAX_MATCH_DAYS, MAX_MATCH_ENTRIES, MAX_MATCH_PLACES, MAX_MATCH_VALUES,
    MAX_MATCHES_FILE_BYTES, MAX_POSTING_BYTES, MAX_RETENTION_DAYS, MAX_SEGMENT_BYTES, MAX_SEGMENT_NAMES,
    MAX_SOURCES, MAX_TEXT_BYTES, PACK_BYTES, PACK_LEAST, PACK_SEGMENT_BYTES, PACK_SEGMENTS,
    UNPARSED_LINE_BYTES, UNPARSED_LINES, UNPARSED_READ_BYTES,
};
pub use manifest::{Frame, FrameFile, LineCounts, Manifest, Segment, SegmentId};
pub use matches::{
    FoundDay, FoundEntry, MatchAnswer, MatchDay, MatchQuestion, MatchSums, MatchedEntry, MatchedValue,
    MatchesRead, NotMatched, SegmentMatches, Watched, WatchlistUsed,
};
pub use names::{SegmentNames, name_fingerprint};
pub use packs::{ColumnPack, PackFile, PackRecord, PackReport, PackedColumns, PackedSegment};
pub use postings::{
    BuildReport, CatalogueReport, CatalogueTime, DayCount, HuntCounts, NotCatalogued, NotCounted,
};
pub use read::{LineAt, StoredLine};
pub use source::{FormatSetting, SourceConfig};
pub use store::LogStore;
pub use unparsed::{UnparsedLine, UnparsedLines};
pub use verify::{Problem, VerifyReport};
pub use walk::{LineVisitor, Walk, Walked, WalkedLine};
