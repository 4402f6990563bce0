//! Every limit of collecting that is not a setting, by name.

/// The most collectors of a node, of all kinds.
pub const MAX_COLLECTORS: usize = 256;
/// The longest name of a collector, bytes.
pub const MAX_NAME_BYTES: usize = 64;
/// The first bytes of a log that tell whether a file is that log.
pub const HEAD_BYTES: usize = 1024;
/// Files of one collector that are held open, so that what is renamed out of the folder or deleted is still read.
pub const MAX_OPEN_FILES: usize = 256;
/// Files that were refused and are named in the status; further ones are not named.
pub const MAX_NAMED_REFUSALS: usize = 100;
/// Bytes read at once.
pub const READ_BYTES: usize = 64 * 1024;
/// Bytes of messages that wait for the spool, over all senders of a collector.
pub const MAX_QUEUED_BYTES: usize = 16 * 1024 * 1024;
/// Messages that wait for the spool.
pub const MAX_QUEUED_MESSAGES: usize = 16 * 1024;
/// The largest message that may be set, bytes.
pub const MAX_MESSAGE_BYTES: usize = 1024 * 1024;
/// Digits of a count in octet counting (RFC 6587, section 3.4.1).
pub const MAX_COUNT_DIGITS: usize = 9;
/// The largest body of one append, bytes.
pub const MAX_APPEND_BYTES: usize = 16 * 1024 * 1024;
/// The longest idempotency key, bytes.
pub const MAX_KEY_BYTES: usize = 256;
/// Idempotency keys that a collector remembers; beyond, appends with new keys are refused until old ones are forgotten.
pub const MAX_KEYS: usize = 1_000_000;
/// Messages with line feeds inside in one spool file; with that many it becomes a segment.
pub const MAX_ESCAPED_LINES: usize = 10_000;
/// The longest name of a sender, bytes.
pub const MAX_SENDER_BYTES: usize = 256;
/// A line of a stream that does not end within is stored as far as it came, bytes.
pub const MAX_STREAM_LINE_BYTES: usize = 1024 * 1024;
/// The longest wait after a store's refusal, seconds; the first is a second, each next twice as long.
pub const MAX_RETRY_S: u64 = 60;
