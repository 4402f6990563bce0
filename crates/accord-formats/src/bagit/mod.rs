//! BagIt 1.0 bags (RFC 8493): writing and reading their tag files, and checking a whole bag.
//!
//! A bag is a map from path to bytes; folders and archives are other people's work. Only what RFC 8493 calls a
//! complete and valid bag passes [`check`], and three things that the RFC allows are refused, because evidence
//! has no use for them: `fetch.txt` (content that is elsewhere), manifests by a broken algorithm, and files
//! that no tag manifest lists.

mod check;
mod info;
mod manifest;

pub use check::{Problem, check};
pub use info::{BAG_INFO_MAX_FIELDS, BagInfo, DECLARATION, payload_oxum};
pub use manifest::{Algorithm, MANIFEST_MAX_LINES, Manifest};

/// Why a tag file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BagError {
    /// It is not UTF-8.
    #[error("{0} is not UTF-8 text")]
    NotText(String),
    /// One line of it is wrong.
    #[error("{file} line {line}: {why}")]
    Line {
        /// The tag file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// It has more lines than the limit.
    #[error("{file} has more than {limit} lines")]
    TooLong {
        /// The tag file.
        file: String,
        /// The limit.
        limit: usize,
    },
}
