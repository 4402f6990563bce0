//! Every limit of the store, by name.

/// A frame is closed at the last line end once it holds this many raw bytes.
pub const FRAME_TARGET_BYTES: usize = 512 * 1024;
/// A frame never holds more raw bytes; a line that does not end within is cut across frames.
pub const FRAME_MAX_BYTES: usize = 1024 * 1024;
/// The longest line, its end included, that a hunt or a reader holds in memory. A longer one is stored all the same,
/// and reported by every hunt as not searched: evidence is never cut.
pub const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;
/// The most raw bytes of one segment; a longer log is split by who imports it.
pub const MAX_SEGMENT_BYTES: u64 = 64 * 1024 * 1024 * 1024;
/// The most bytes of log that one byte of a compressed file may become, once [`EXPANSION_FREE_BYTES`] have come out.
/// Ordinary logs stay below 50; only bombs and endless repetition come near.
pub const MAX_EXPANSION: u64 = 500;
/// Below this many bytes of log the expansion is not looked at.
pub const EXPANSION_FREE_BYTES: u64 = 64 * 1024 * 1024;
/// The most lines a hunt returns; later ones are counted.
pub const MAX_HUNT_LINES: usize = 100_000;
/// The most bytes of lines a hunt returns; later lines are counted.
pub const MAX_HUNT_BYTES: usize = 256 * 1024 * 1024;
/// The most patterns of one hunt.
pub const MAX_HUNT_PATTERNS: usize = 1_000_000;
/// The most names that are told of one segment, those above a name among them; further ones are counted.
pub const MAX_SEGMENT_NAMES: usize = 1_000_000;
/// The most keys of one frame, by day, that postings keep; a frame with more is read by every hunt. One for each four
/// bytes of a frame: only lists of the shortest names have so many.
pub const MAX_FRAME_KEYS: usize = FRAME_TARGET_BYTES / 4;
/// The most bytes of memory in which postings are gathered; what is more goes to the disk in between.
pub const MAX_POSTING_BYTES: usize = 192 * 1024 * 1024;
/// The most bytes of it, for each kind of key, that are kept for the next log.
pub(crate) const KEPT_POSTING_BYTES: usize = 32 * 1024 * 1024;
/// The most segments of one catalogue.
pub const CATALOGUE_SEGMENTS: usize = 4_096;
/// The most bytes of log of one catalogue; a segment of more is in none.
pub const CATALOGUE_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// Segments are put into a catalogue once so many are in none.
pub const CATALOGUE_LEAST: usize = 32;
/// Or once they have so many bytes of log.
pub const CATALOGUE_LEAST_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Beyond the bits that tell the fingerprints of a catalogue apart, so many are kept: one question in so many (2 to this
/// power) opens a segment for nothing.
pub const CATALOGUE_SPARE_BITS: u32 = 5;
/// The most that catalogues tell of one question, a probe of a segment each; segments of further ones are asked everything.
pub const MAX_CATALOGUE_ANSWERS: usize = 8 * 1024 * 1024;
/// The most rows of counts; further ones are counted.
pub const MAX_COUNT_ROWS: usize = 1_000_000;
/// The most entries of the watchlist that the matches of one segment list; records of further ones are counted.
pub const MAX_MATCH_ENTRIES: usize = 65_536;
/// The most values that are told of one such entry.
pub const MAX_MATCH_VALUES: usize = 32;
/// The most lines that are named of one such value; all are counted.
pub const MAX_MATCH_PLACES: usize = 8;
/// The most days of one such entry that are counted apart.
pub const MAX_MATCH_DAYS: usize = 400;
/// The most bytes that all this may take, in memory and in the file; then nothing more is listed, and counting goes on.
pub const MAX_MATCH_BYTES: usize = 64 * 1024 * 1024;
/// The longest file of matches that is read, unpacked: room for [`MAX_MATCH_BYTES`] twice.
pub const MAX_MATCHES_FILE_BYTES: u64 = 128 * 1024 * 1024;
/// The most entries of an answer over many segments; lines of further ones are counted.
pub const MAX_MATCH_ANSWER: usize = 100_000;
/// The most lines of a source that are shown as examples of what was not understood.
pub const UNPARSED_LINES: usize = 5;
/// What is shown of such a line, bytes.
pub const UNPARSED_LINE_BYTES: usize = 512;
/// The most bytes of logs that are read for them.
pub const UNPARSED_READ_BYTES: u64 = 16 * 1024 * 1024;
/// The most sources of one store.
pub const MAX_SOURCES: usize = 10_000;
/// The longest free text in a source's settings or a manifest, bytes.
pub const MAX_TEXT_BYTES: usize = 4096;
/// The largest manifest or source file that is read.
pub const MAX_MANIFEST_BYTES: u64 = 4 * 1024 * 1024;

/// The longest log whose columns are packed with others, bytes.
pub const PACK_SEGMENT_BYTES: u64 = 4 * 1024 * 1024;
/// The most bytes of log of one pack.
pub const PACK_BYTES: u64 = 64 * 1024 * 1024;
/// The most segments of one pack.
pub const PACK_SEGMENTS: usize = 4_096;
/// Of a day that is not over, segments are packed once so many came since.
pub const PACK_LEAST: usize = 32;
/// The longest retention of a source, days.
pub const MAX_RETENTION_DAYS: u32 = 36_500;
/// The most holds that stand at once.
pub const MAX_HOLDS: usize = 10_000;
/// The most segments that one hold names.
pub const MAX_HOLD_SEGMENTS: usize = 1_000;
/// The longest identifier of a hold, bytes.
pub const MAX_HOLD_ID_BYTES: usize = 128;
/// What a hold of a time covers on either side of it.
pub const HOLD_MARGIN_MS: i64 = 86_400_000;
/// An import at an earlier time (2020-01-01, UTC) was made under a clock that was never set.
pub const EARLIEST_IMPORT_MS: i64 = 1_577_836_800_000;
/// Records of one file under `keeping/`, which is written anew for each of them.
pub const KEEPING_FILE_RECORDS: u64 = 256;
/// A file under `keeping/` takes no more records once it has this many bytes.
pub const KEEPING_FILE_BYTES: usize = 256 * 1024;
/// The largest file under `keeping/` that is read or written: a full one, and one record more.
pub const MAX_KEEPING_FILE_BYTES: usize = 8 * 1024 * 1024;
/// The most records that are told at once.
pub const MAX_KEEPING_ANSWER: usize = 1_000;

/// The limits that a store applies: the constants of this module, or smaller ones in tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`FRAME_TARGET_BYTES`].
    pub frame_target_bytes: usize,
    /// See [`FRAME_MAX_BYTES`]; never set above it.
    pub frame_max_bytes: usize,
    /// See [`MAX_LINE_BYTES`].
    pub line_bytes: usize,
    /// See [`MAX_SEGMENT_BYTES`].
    pub segment_bytes: u64,
    /// See [`MAX_EXPANSION`].
    pub expansion: u64,
    /// See [`EXPANSION_FREE_BYTES`].
    pub expansion_free_bytes: u64,
    /// See [`MAX_HUNT_LINES`].
    pub hunt_lines: usize,
    /// See [`MAX_HUNT_BYTES`].
    pub hunt_bytes: usize,
    /// See [`MAX_HUNT_PATTERNS`].
    pub hunt_patterns: usize,
    /// See [`MAX_SEGMENT_NAMES`].
    pub names: usize,
    /// See [`MAX_FRAME_KEYS`].
    pub frame_keys: usize,
    /// See [`MAX_POSTING_BYTES`].
    pub posting_bytes: usize,
    /// See [`CATALOGUE_SEGMENTS`]; never set above it.
    pub catalogue_segments: usize,
    /// See [`CATALOGUE_BYTES`].
    pub catalogue_bytes: u64,
    /// See [`CATALOGUE_LEAST`].
    pub catalogue_least: usize,
    /// See [`CATALOGUE_LEAST_BYTES`].
    pub catalogue_least_bytes: u64,
    /// See [`CATALOGUE_SPARE_BITS`].
    pub catalogue_spare_bits: u32,
    /// See [`MAX_CATALOGUE_ANSWERS`].
    pub catalogue_answers: usize,
    /// See [`MAX_MATCH_ENTRIES`].
    pub match_entries: usize,
    /// See [`MAX_MATCH_VALUES`].
    pub match_values: usize,
    /// See [`MAX_MATCH_PLACES`].
    pub match_places: usize,
    /// See [`MAX_MATCH_DAYS`].
    pub match_days: usize,
    /// See [`MAX_MATCH_BYTES`].
    pub match_bytes: usize,
    /// See [`MAX_MATCH_ANSWER`].
    pub match_answer: usize,
    /// See [`KEEPING_FILE_RECORDS`].
    pub keeping_records: u64,
    /// See [`PACK_SEGMENT_BYTES`].
    pub pack_segment_bytes: u64,
    /// See [`PACK_BYTES`].
    pub pack_bytes: u64,
    /// See [`PACK_SEGMENTS`].
    pub pack_segments: usize,
    /// See [`PACK_LEAST`].
    pub pack_least: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_target_bytes: FRAME_TARGET_BYTES,
            frame_max_bytes: FRAME_MAX_BYTES,
            line_bytes: MAX_LINE_BYTES,
            segment_bytes: MAX_SEGMENT_BYTES,
            expansion: MAX_EXPANSION,
            expansion_free_bytes: EXPANSION_FREE_BYTES,
            hunt_lines: MAX_HUNT_LINES,
            hunt_bytes: MAX_HUNT_BYTES,
            hunt_patterns: MAX_HUNT_PATTERNS,
            names: MAX_SEGMENT_NAMES,
            frame_keys: MAX_FRAME_KEYS,
            posting_bytes: MAX_POSTING_BYTES,
            catalogue_segments: CATALOGUE_SEGMENTS,
            catalogue_bytes: CATALOGUE_BYTES,
            catalogue_least: CATALOGUE_LEAST,
            catalogue_least_bytes: CATALOGUE_LEAST_BYTES,
            catalogue_spare_bits: CATALOGUE_SPARE_BITS,
            catalogue_answers: MAX_CATALOGUE_ANSWERS,
            match_entries: MAX_MATCH_ENTRIES,
            match_values: MAX_MATCH_VALUES,
            match_places: MAX_MATCH_PLACES,
            match_days: MAX_MATCH_DAYS,
            match_bytes: MAX_MATCH_BYTES,
            match_answer: MAX_MATCH_ANSWER,
            keeping_records: KEEPING_FILE_RECORDS,
            pack_segment_bytes: PACK_SEGMENT_BYTES,
            pack_bytes: PACK_BYTES,
            pack_segments: PACK_SEGMENTS,
            pack_least: PACK_LEAST,
        }
    }
}
