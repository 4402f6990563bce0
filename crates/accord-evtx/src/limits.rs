//! Every limit, by name.

/// The longest line of an event, its place and line end included. A longer one is counted as unread: 64 KiB of binary XML
/// become so much only by a template that was made to grow.
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// The most bytes that the lines of one chunk of 64 KiB take; events beyond are counted as unread.
pub const MAX_CHUNK_BYTES: usize = 8 * 1024 * 1024;
/// How many unread records are listed; all are counted.
pub const MAX_UNREAD_LISTED: usize = 1000;
/// The longest reason why a record is unread, bytes.
pub const MAX_WHAT_BYTES: usize = 200;

/// The limits that a reader applies: the constants of this module, or smaller ones in tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`MAX_EVENT_BYTES`].
    pub event_bytes: usize,
    /// See [`MAX_CHUNK_BYTES`].
    pub chunk_bytes: usize,
    /// See [`MAX_UNREAD_LISTED`].
    pub unread_listed: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            event_bytes: MAX_EVENT_BYTES,
            chunk_bytes: MAX_CHUNK_BYTES,
            unread_listed: MAX_UNREAD_LISTED,
        }
    }
}
