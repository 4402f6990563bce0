//! What ends a run; everything else is in its result.

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, SigmaError>;

/// Why a run ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum SigmaError {
    /// The log store could not be walked, or whoever started it stopped it ([`accord_logstore::Error::Cancelled`]).
    #[error(transparent)]
    Store(#[from] accord_logstore::Error),
    /// No rule is ready.
    #[error("none of the rules can be evaluated: see why beside each")]
    NoRules,
    /// What was said of a source names nothing.
    #[error("what source `{0}` is, is not said: name a category, a product or a service")]
    Unbound(String),
}
