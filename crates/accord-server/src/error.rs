//! Problem documents (RFC 9457): the one conversion of a service's error to a status, a stable code and words that
//! may be shown outside. The inside of an error is logged once, with the request id, and never sent.

use accord_model::Role;
use accord_service::{ClientError, CollectError, LogStoreError, ServiceError, StoreError};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// Longest words of a problem, characters: some quote what was sent.
pub(crate) const DETAIL_MAX_CHARS: usize = 1_000;

/// What went wrong, as it is told. [`crate::stamp`] writes it out with the request id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub detail: String,
    pub clause: Option<String>,
    pub who: Option<Role>,
    pub field: Option<String>,
    /// When to try again, seconds.
    pub retry_after_s: Option<u16>,
    /// What is logged and never sent.
    pub inner: Option<String>,
}

/// The document.
#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    clause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            clause: None,
            who: None,
            field: None,
            retry_after_s: None,
            inner: None,
        }
    }

    /// An input that cannot be used.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(StatusCode::BAD_REQUEST, "invalid", detail)
        }
    }

    /// Something longer than its limit.
    pub fn too_large(what: &str, limit: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            format!("{what} is longer than {limit} bytes"),
        )
    }

    /// Nothing is there, or nothing that may be known of.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            format!("there is no such {what}"),
        )
    }

    /// Something that must not happen; only its request id is told.
    pub fn internal(inner: impl Into<String>) -> Self {
        Self {
            inner: Some(inner.into()),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "the node could not do this; tell its operator the request id",
            )
        }
    }

    fn unavailable(inner: impl Into<String>) -> Self {
        Self {
            inner: Some(inner.into()),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "the node cannot answer until its operator starts it again",
            )
        }
    }

    /// The document, with the id of its request.
    pub fn document(&self, request_id: &str) -> Vec<u8> {
        let document = Document {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail.chars().take(DETAIL_MAX_CHARS).collect(),
            request_id,
            clause: self.clause.as_deref(),
            who: self.who,
            field: self.field.as_deref(),
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    /// The status, with the problem beside it: the body is written where the request id is known.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        words.push_str(": ");
        words.push_str(&error.to_string());
        next = error.source();
    }
    words
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        use StatusCode as S;
        let words = error.to_string();
        match error {
            ServiceError::NotSignedIn => Self::new(S::UNAUTHORIZED, "not-signed-in", words),
            ServiceError::SignInFailed => Self::new(S::UNAUTHORIZED, "sign-in-failed", words),
            ServiceError::Busy { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Self::new(S::SERVICE_UNAVAILABLE, "busy", words)
            },
            ServiceError::Denied(denial) => Self {
                clause: denial.clause,
                who: denial.who,
                ..Self::new(S::FORBIDDEN, "denied", denial.rule)
            },
            ServiceError::NotFound(what) => Self::not_found(what),
            ServiceError::Invalid { field, message } => Self::invalid(field, message),
            ServiceError::Conflict(why) => Self::new(S::CONFLICT, "conflict", why),
            ServiceError::Peer(error) => Self::from(error),
            ServiceError::Store(error @ StoreError::Poisoned) => Self::unavailable(chain(&error)),
            ServiceError::Store(error) => Self::internal(chain(&error)),
            ServiceError::Logs(error) => Self::from(error),
            ServiceError::Collect(error) => Self::from(error),
            ServiceError::File { .. } | ServiceError::Unexplained(_) => Self::internal(words),
        }
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        let detail = match &error {
            ClientError::Unreachable { url, .. } => format!("the peer at {url} could not be reached"),
            ClientError::Setup(_) => return Self::internal(chain(&error)),
            other => other.to_string(),
        };
        Self {
            inner: Some(chain(&error)),
            ..Self::new(StatusCode::BAD_GATEWAY, "peer-unreachable", detail)
        }
    }
}

impl From<LogStoreError> for Problem {
    fn from(error: LogStoreError) -> Self {
        use LogStoreError as L;
        use StatusCode as S;
        let words = error.to_string();
        match error {
            L::Source { .. } => Self::invalid("source", words),
            L::Input { .. } => Self::invalid("body", words),
            L::Hunt(_) => Self::invalid("hunt", words),
            L::Question { .. } => Self::invalid("connections", words),
            L::NoSuchSource(_)
            | L::NoSuchSegment(_)
            | L::NoSuchLine { .. }
            | L::NoEventLog(_)
            | L::NoLines(_)
            | L::Destroyed { .. } => Self::new(S::NOT_FOUND, "not-found", words),
            L::Keeping(_) => Self::invalid("decision", words),
            L::Duplicate { .. } | L::DestroyedLog { .. } | L::Held { .. } | L::NotOver(_) | L::Cancelled => {
                Self::new(S::CONFLICT, "conflict", words)
            }
            L::TooLarge { .. } => Self::new(S::PAYLOAD_TOO_LARGE, "too-large", words),
            L::MustReopen | L::Unfinished { .. } => Self::unavailable(words),
            L::File { .. }
            | L::InUse(_)
            | L::Unexplained { .. }
            | L::Damaged { .. }
            | L::Columns { .. }
            | L::Matches { .. }
            | L::Watchlist(_) => Self::internal(words),
        }
    }
}

impl From<CollectError> for Problem {
    fn from(error: CollectError) -> Self {
        use CollectError as C;
        use StatusCode as S;
        let words = error.to_string();
        let later = |seconds, problem| Self {
            retry_after_s: Some(seconds),
            ..problem
        };
        match error {
            C::TooLarge { .. } => Self::new(S::PAYLOAD_TOO_LARGE, "too-large", words),
            C::KeyReused => Self::new(S::CONFLICT, "conflict", words),
            C::SpoolFull { .. } | C::TooMany { .. } => {
                later(5, Self::new(S::SERVICE_UNAVAILABLE, "spool-full", words))
            }
            C::Stopped => later(5, Self::new(S::SERVICE_UNAVAILABLE, "busy", words)),
            // A disk, or what came of its failure: where it lies is not told.
            C::File { .. } | C::Refused(_) => later(
                1,
                Self {
                    inner: Some(chain(&error)),
                    ..Self::new(
                        S::SERVICE_UNAVAILABLE,
                        "busy",
                        "this could not be made durable now: send it again, with the same key",
                    )
                },
            ),
            C::NoSuchCollector(_) => Self::not_found("collector"),
            C::Store(error) => Self::from(error),
            C::Setting { .. } | C::Socket { .. } | C::Tls { .. } | C::Unexplained { .. } => {
                Self::internal(words)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_append_is_refused_with() {
        let full = CollectError::SpoolFull {
            name: "api".into(),
            limit: 7,
        };
        let disk = CollectError::File {
            what: "write",
            path: "/srv/secret/place".into(),
            error: std::io::Error::other("no space left"),
        };
        for (error, status, code, later, words) in [
            (full, 503, "spool-full", true, "send again later"),
            (CollectError::KeyReused, 409, "conflict", false, "other bytes"),
            (CollectError::Stopped, 503, "busy", true, "send again"),
            (disk, 503, "busy", true, "send it again, with the same key"),
            (
                CollectError::NoSuchCollector("x".into()),
                404,
                "not-found",
                false,
                "collector",
            ),
        ] {
            let problem = Problem::from(ServiceError::from(error));
            assert_eq!((problem.status.as_u16(), problem.code), (status, code));
            assert_eq!(problem.retry_after_s.is_some(), later, "{code}");
            assert!(problem.detail.contains(words), "{}", problem.detail);
            assert!(!problem.detail.contains("secret"), "{}", problem.detail);
        }
    }

    #[test]
    fn a_busy_node_says_when_to_try_again() {
        let problem = Problem::from(ServiceError::Busy { retry_after_s: 3 });
        assert_eq!(problem.code, "busy");
        let response = problem.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "3");
    }
}
