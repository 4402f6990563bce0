//! The service's errors. They know no HTTP; `accord-server` turns them into statuses.

use accord_logstore::Error as LogStoreError;
use accord_model::Role;
use accord_store::StoreError;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Nobody is signed in, or the session has ended.
    #[error("sign in first")]
    NotSignedIn,
    /// Wrong name, password or one-time code; which of them is not told.
    #[error("name, password or one-time code is wrong")]
    SignInFailed,
    /// More at once than this node does.
    #[error("this node is busy: try again in {retry_after_s} seconds")]
    Busy {
        /// When to try again, seconds.
        retry_after_s: u16,
    },
    /// A rule says no.
    #[error("{0}")]
    Denied(Box<Denial>),
    /// There is no such thing, or none that this person may know of.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What was given cannot be used.
    #[error("{field}: {message}")]
    Invalid {
        /// Which input.
        field: String,
        /// What is wrong with it and what to do.
        message: String,
    },
    /// It was done already, or something changed in between.
    #[error("{0}")]
    Conflict(String),
    /// A partner's node could not be reached or answered wrongly.
    #[error(transparent)]
    Peer(#[from] accord_client::ClientError),
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log store.
    #[error(transparent)]
    Logs(#[from] LogStoreError),
    /// Collecting.
    #[error(transparent)]
    Collect(accord_collect::Error),
    /// A file of the node.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A state that cannot be explained; the node does not go on.
    #[error("this node's data cannot be explained: {0}; run `accord fsck`")]
    Unexplained(String),
}

/// A refusal with its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The rule, in words.
    pub rule: String,
    /// The clause of the agreement, when it is one.
    pub clause: Option<String>,
    /// Who could allow it.
    pub who: Option<Role>,
}

impl std::fmt::Display for Denial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.rule)?;
        if let Some(clause) = &self.clause {
            write!(f, " (clause {clause})")?;
        }
        Ok(())
    }
}

impl ServiceError {
    /// A refusal by a rule of the roles.
    pub fn denied(rule: impl Into<String>) -> Self {
        Self::Denied(Box::new(Denial {
            rule: rule.into(),
            clause: None,
            who: None,
        }))
    }

    /// A refusal by a clause.
    pub fn by_clause(rule: impl Into<String>, clause: impl Into<String>, who: Option<Role>) -> Self {
        Self::Denied(Box::new(Denial {
            rule: rule.into(),
            clause: Some(clause.into()),
            who,
        }))
    }

    /// An input that cannot be used.
    pub fn invalid(field: impl Into<String>, message: impl std::fmt::Display) -> Self {
        Self::Invalid {
            field: field.into(),
            message: message.to_string(),
        }
    }
}

/// Short for results of the service.
pub type Result<T> = std::result::Result<T, ServiceError>;
