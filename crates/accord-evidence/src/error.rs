//! Why a package could not be built.

use accord_formats::archive::ArchiveError;

/// Content that no package is made from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Nothing to seal.
    #[error("{0} holds no lines: a package without evidence is not made")]
    Empty(String),
    /// More than a limit allows.
    #[error("{what} is {given}, above the limit of {limit}: narrow the request and make several packages")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        given: u64,
        /// The limit.
        limit: u64,
    },
    /// A line that cannot be where it is said to be.
    #[error("line {line} of source \"{source_name}\": {why}")]
    Line {
        /// The source.
        source_name: String,
        /// The line's number there.
        line: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// A plain digest of a source that is not in the package whole.
    #[error(
        "source \"{0}\" is named by a digest of bytes that are not all in the package: name it by a commitment \
         (Origin::commit), or guesses at the withheld lines can be tested"
    )]
    OriginNotWhole(String),
    /// The record says nothing at these places.
    #[error("the acquisition record says nothing at {}: state it, or the reason why it is not known", .0.join(", "))]
    Missing(Vec<String>),
    /// The record contradicts the lines or itself.
    #[error("the acquisition record contradicts itself: {0}")]
    Contradiction(String),
    /// A file could not be written as JSON.
    #[error("cannot write {0} as JSON: {1}")]
    Json(&'static str, String),
    /// The package could not be put into an archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}
