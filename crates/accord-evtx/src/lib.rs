//! The events of a Windows event log, each as one line of JSON that names its place in the file.
//!
//! An `.evtx` file has no lines: it is a header of 4,096 bytes and chunks of 64 KiB, in which the event records lie as
//! binary XML. `docs/spec/log-events.md` is the form of the lines, and what is said of records that could not be read.
//!
//! Invariants:
//! - The same bytes make the same lines and counts, on every machine, however the bytes come in pieces. [`RENDERED_BY`]
//!   names what made them; it changes with every change of what is written.
//! - Every record is a line, or is counted as unread with its place. A chunk whose checksums do not hold is read all the
//!   same, and each of its lines says so; so does a line made of the remnant of an overwritten log.
//! - Memory is bounded by the limits in `limits.rs`, whatever the file holds.
//! - No files, no clock.
//!
//! Deliberately absent: the texts of messages, which are in the programs that logged them and not in the log; events in an
//! order other than the file's.

mod chunk;
mod counts;
mod limits;
mod place;
mod reader;

pub use counts::{EventCounts, Unread};
pub use limits::{Limits, MAX_CHUNK_BYTES, MAX_EVENT_BYTES, MAX_UNREAD_LISTED, MAX_WHAT_BYTES};
pub use place::{EventPlace, place_of};
pub use reader::EventReader;

/// The bytes of the file's header.
pub const HEADER_BYTES: usize = 4096;
/// The bytes of a chunk: no record is longer.
pub const CHUNK_BYTES: usize = 65_536;
/// What a file begins with.
pub const MAGIC: &[u8] = b"ElfFile\0";

/// What makes the lines: the form of a line, ours, and the library that renders an event, theirs.
pub const RENDERED_BY: &str = "accord-evtx form 1, evtx 0.15.1";
