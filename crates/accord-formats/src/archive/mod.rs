//! Zip archives, written deterministically and read with suspicion.
//!
//! Written: entries in the order of their names, stored (not compressed), one fixed time stamp, no extra
//! fields: the same files give the same bytes on every machine and with every later version of this crate.
//! A compressor's output changes with its version, so there is none.
//!
//! Read: stored and deflated entries, because people unpack and pack again. Two readers of one zip file can see
//! different files (duplicate names, a local header that differs from the directory, bytes between entries), which
//! is how a checked archive and an opened archive come apart. The reader therefore refuses every archive that
//! can be read in two ways: entries must tile the file from its first byte to the directory, and both headers
//! of an entry must agree. This is why the reading is ours: general zip libraries are lenient on purpose.
//!
//! Deliberately absent: zip64, encryption, several disks, comments, symbolic links, time stamps and permissions.
//!
//! Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4.

mod layout;
mod names;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use names::{NAME_MAX_BYTES, NAME_MAX_DEPTH, check_clashes, check_name};
pub use read::{
    ARCHIVE_MAX_BYTES, ARCHIVE_MAX_ENTRIES, ARCHIVE_MAX_RATIO, ARCHIVE_MAX_UNPACKED_BYTES, Limits, read_zip,
};
pub use write::write_zip;

/// Why a zip archive was refused or could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It does not end with a zip directory, or is cut short.
    #[error("not a zip archive, or cut short: {0}; ask for it again")]
    NotZip(&'static str),
    /// It uses something that this reader refuses on purpose.
    #[error("the archive uses {0}, which is refused: unpack it with a tool you trust and check the folder")]
    Refused(&'static str),
    /// The archive can be read in two ways.
    #[error("the archive is ambiguous at \"{name}\": {why}; ask for it again")]
    Ambiguous {
        /// The entry.
        name: String,
        /// What does not agree.
        why: &'static str,
    },
    /// A name that could leave the folder, clash, or is not plain text.
    #[error("refused name \"{name}\": {why}")]
    Name {
        /// The name, with unprintable characters escaped, cut to 120 characters.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// More than a limit allows.
    #[error("{what} is {given}, above the limit of {limit}")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// How large it is, or how far it was read.
        given: u64,
        /// The limit.
        limit: u64,
    },
    /// The content does not fit its stated length or checksum.
    #[error("\"{name}\" is damaged: {why}")]
    Damaged {
        /// The entry.
        name: String,
        /// What does not fit.
        why: &'static str,
    },
}
