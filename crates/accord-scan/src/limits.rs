//! Every limit of this crate, by name.

/// Bytes of one block of lines: large against a line, small against a cache.
pub const BLOCK_BYTES: usize = 256 << 10;

/// Most bytes of records that are found and not yet told, of a scan on several threads: beyond it only the input whose
/// records are being told is read further.
pub const MAX_HELD_BYTES: usize = 64 << 20;

/// Blocks in which nothing was found are passed on so many at once, of a scan on several threads.
pub const QUIET_BLOCKS: u64 = 64;

/// The longest part of a line that is matched at once, in bytes. A longer line is matched in parts (see
/// [`crate::blocks`]) and counted as a long line.
pub const MAX_PIECE_BYTES: usize = 16 << 20;

/// How far back from the end of a part a place is looked for where no value can be cut in two, in bytes.
pub const CUT_SEARCH_BYTES: usize = 64 << 10;

/// How much of a line's text a record holds, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 << 10;

/// Bytes that one compressed byte may become. Ordinary logs stay below 50; a line repeated for ever reaches 1,000 in gzip
/// and millions in bzip2 and zstd.
pub const DEFAULT_MAX_RATIO: u64 = 200;

/// Below this many decompressed bytes the ratio is not looked at: small files may be as repetitive as they like.
pub const RATIO_FREE_BYTES: u64 = 64 << 20;

/// The most decompressed bytes of one log.
pub const DEFAULT_MAX_BYTES: u64 = 1 << 40;

/// The most decompressed bytes of one indicator source or allow list; it is held in memory.
pub const MAX_SOURCE_BYTES: u64 = 2 << 30;

/// The memory of a build beside a file, in bytes, whatever its size: rows and keys beyond it lie in files without a name in the
/// folder of the watchlist. Not in it: the source, each different saying of the sources (labels and provenance), and about
/// three quarters of a byte for each row.
pub const BUILD_MEMORY_BYTES: usize = 256 << 20;

/// The most different indicators that share one fingerprint. Those of one address with every port do; others by chance
/// never, so that more are a list made to harm.
pub const MAX_SAME_FINGERPRINT: usize = 1 << 17;

/// A live layer of more additions and removals than this should be compiled into the watchlist below it.
pub const LIVE_LAYER_CHANGES: usize = 65_536;

/// The largest watchlist file that is read, in bytes, where it is compressed or comes by a pipe; others are mapped.
pub const MAX_WATCHFILE_BYTES: u64 = 16 << 30;

/// How many entries a report names for each reason; all are counted.
pub const MAX_EXAMPLES: usize = 1000;
