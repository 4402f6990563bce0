//! What can go wrong, with what to do about it.

use std::io;
use std::path::PathBuf;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of collecting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting that cannot be.
    #[error("collector `{name}`: {why}")]
    Setting {
        /// The collector's name, cut to 64 characters.
        name: String,
        /// What is wrong and what is accepted.
        why: String,
    },
    /// A file or folder.
    #[error("cannot {what} {}: {error}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On which.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// A socket.
    #[error("cannot {what} {address}: {error}")]
    Socket {
        /// What was tried.
        what: &'static str,
        /// Where.
        address: String,
        /// The system's answer.
        error: io::Error,
    },
    /// Certificates or keys.
    #[error("collector `{name}`: {why}")]
    Tls {
        /// Which collector.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// Something lies in the spool that collecting never leaves there.
    #[error("the spool cannot explain {}: {why}", path.display())]
    Unexplained {
        /// What lies there.
        path: PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// The spool holds as much as it may.
    #[error(
        "the spool of `{name}` holds {limit} bytes, the most it may (spool_bytes): the log store does not take them; \
         send again later"
    )]
    SpoolFull {
        /// Which collector.
        name: String,
        /// The limit.
        limit: u64,
    },
    /// Something is larger than its limit.
    #[error("{what} is over the limit of {limit}: {advice}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// What to do.
        advice: &'static str,
    },
    /// More of something than its limit; there is room again later, or with other settings.
    #[error("{what} is at its limit of {limit}: {advice}")]
    TooMany {
        /// What.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// What to do.
        advice: &'static str,
    },
    /// An idempotency key that came before with other bytes.
    #[error("this idempotency key came before with other bytes: use a new one for each append")]
    KeyReused,
    /// No such collector takes appends.
    #[error("there is no collector `{0}` that takes appends: name one of [[logs.http]]")]
    NoSuchCollector(String),
    /// Collecting ended.
    #[error("collecting has stopped; send again when the node runs")]
    Stopped,
    /// The log store's answer.
    #[error(transparent)]
    Store(#[from] accord_logstore::Error),
    /// What a store says that is not this crate's log store.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    pub(crate) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { what, path, error }
    }

    pub(crate) fn setting(name: &str, why: impl Into<String>) -> Self {
        Self::Setting {
            name: name.chars().take(64).collect(),
            why: why.into(),
        }
    }
}
