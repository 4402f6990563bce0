//! Every limit, by name.

/// The most rows of a row group.
pub const ROW_GROUP_ROWS: usize = 128 * 1024;
/// A row group is closed once its values take this many bytes in memory: with one more record, of at most
/// [`accord_formats::logs::MAX_VALUES`] values of [`accord_formats::logs::MAX_VALUE_BYTES`] bytes, it is never more.
pub const ROW_GROUP_BYTES: usize = 32 * 1024 * 1024;
/// The most room that a row group keeps for the next one, bytes: vectors have up to twice the room that they need.
pub(crate) const KEPT_BYTES: usize = 5 * ROW_GROUP_BYTES / 4;
/// The most rows of a page: what a reader decodes at least to see one row.
pub(crate) const PAGE_ROWS: usize = 20_000;
/// A page is closed at this many bytes before compression.
pub(crate) const PAGE_BYTES: usize = 256 * 1024;
/// A dictionary never grows beyond this; later values of its row group are written without one.
pub(crate) const DICTIONARY_BYTES: usize = 512 * 1024;
/// After so many values of a row group, of which more than three quarters are different, no dictionary is made.
pub(crate) const DICTIONARY_TRIAL: usize = 4096;
/// Least and greatest text in the indexes is cut to this many bytes.
pub(crate) const INDEX_TEXT_BYTES: usize = 32;

/// The limits that a writer applies: the constants of this module, or smaller ones in tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`ROW_GROUP_ROWS`].
    pub row_group_rows: usize,
    /// See [`ROW_GROUP_BYTES`].
    pub row_group_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            row_group_rows: ROW_GROUP_ROWS,
            row_group_bytes: ROW_GROUP_BYTES,
        }
    }
}
