//! Postings: under which keys the lines of a segment stand, in which frames, on which days, and how many.
//!
//! One file beside a segment's frames, derived from them and never changing them: `docs/spec/log-postings.md` is the
//! format. A hunt reads only the frames that hold lines with a key of its patterns, and checks those lines with the
//! real scanner; a count answers from the file alone.
//!
//! Invariants:
//! - No line that can hit is without its key, or its frame is named as one that always has to be read. A key may be
//!   there for a line that does not hit.
//! - The file depends on the log, its format and the version alone: the same segment always makes the same bytes.
//! - A segment without postings, or with damaged ones, is searched frame by frame, and the answer says so.
//! - Memory is bounded: what is gathered beyond a limit goes to the disk in sorted runs; a file is read block by block.

mod bits;
mod build;
mod catalogues;
mod counts;
mod entries;
mod file;
mod gather;
mod keys;
mod probes;
mod runs;
mod table;
mod write;

pub use build::BuildReport;
pub(crate) use catalogues::{Asked, Catalogues, Narrowed};
pub use catalogues::{CatalogueReport, CatalogueTime, NotCatalogued};
pub use counts::{DayCount, HuntCounts, NotCounted};
pub(crate) use counts::{Within, within};
pub(crate) use file::{Absent, Postings};
pub(crate) use gather::{Gatherer, KeyRooms, Overlong, day_of};
pub(crate) use probes::Probes;
pub(crate) use write::{Target, write};

use serde::{Deserialize, Serialize};

use crate::digest::Hex;

/// The file's name.
pub(crate) const POSTINGS: &str = "postings.bin";
pub(in crate::postings) const FORMAT: &str = "accord-log-postings";
pub(in crate::postings) const VERSION: u32 = 1;
/// The last bytes of the file.
const MAGIC: &[u8; 8] = b"accpost1";
/// After the foot: its SHA-256, its length, the magic.
const TAIL_BYTES: usize = 32 + 4 + MAGIC.len();
/// The longest foot that is read.
const MAX_FOOT_BYTES: u32 = 64 * 1024;
/// Keys of one block.
const BLOCK_KEYS: usize = 64;
/// Beyond the bits that tell the entries of a segment apart, so many bits of a fingerprint are kept: of so many million
/// probes that should miss (2 to this power) one finds the lines of another key.
const SPARE_BITS: u32 = 24;
/// Days of one frame that are kept apart; lines of further ones count as those without a day.
const MAX_FRAME_DAYS: usize = 64;
/// The day of lines that tell none, or more than one.
pub(crate) const NO_DAY: i32 = i32::MIN;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// The lines of one frame that stand on one day. Numbered in the order of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    frame: u32,
    /// Since the epoch, as logged, or [`NO_DAY`].
    day: i32,
}

/// The foot of the file: where everything lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Foot {
    format: String,
    version: u32,
    /// SHA-256 of the log, and of `frames.ndjson`: what it is derived from.
    log_sha256: Hex<32>,
    frames_sha256: Hex<32>,
    /// The line limit: what is longer is listed as overlong.
    line_bytes: u64,
    frames: u64,
    cells: u64,
    /// Leading bits of a fingerprint that are kept.
    print_bits: u32,
    prints: Part,
    ipv4: Part,
    ipv6: Part,
    tables: Place,
    /// SHA-256 of all before the foot.
    sha256: Hex<32>,
}

/// Keys of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    keys: u64,
    blocks: Place,
    directory: Place,
}

/// A stretch of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    offset: u64,
    length: u64,
    /// Of its bytes; of blocks, whose sums stand in their directory, absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Hex<32>>,
}
