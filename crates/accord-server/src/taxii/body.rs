//! The shapes of answers, and errors as TAXII writes them (TAXII 2.1, section 3.6).

use accord_service::{ServiceError, TaxiiPage, TaxiiStatus};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::error::Problem;

/// The media type of every answer.
pub(super) const TAXII: &str = "application/taxii+json;version=2.1";
/// The media type of the objects.
pub(super) const STIX: &str = "application/stix+json;version=2.1";

/// Why something is not answered.
#[derive(Debug)]
pub(super) struct Failed {
    status: StatusCode,
    title: String,
    inner: Option<String>,
}

impl Failed {
    fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            inner: None,
        }
    }

    /// No valid token.
    pub fn unknown() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "a valid account is needed")
    }

    /// Nothing there, or nothing for this caller.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no such {what}"))
    }

    /// A request that is not in the form of the protocol.
    pub fn invalid(words: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, words)
    }

    /// A body longer than is taken.
    pub fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is longer than {limit} bytes"),
        )
    }
}

impl From<ServiceError> for Failed {
    fn from(error: ServiceError) -> Self {
        if matches!(error, ServiceError::NotSignedIn) {
            return Self::unknown();
        }
        let problem = Problem::from(error);
        let status = match problem.status {
            StatusCode::CONFLICT => StatusCode::UNPROCESSABLE_ENTITY,
            other => other,
        };
        Self {
            status,
            title: problem.detail,
            inner: problem.inner,
        }
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        if let Some(inner) = &self.inner {
            tracing::error!(inner, "a request by TAXII failed");
        }
        let told = json!({ "title": self.title, "http_status": self.status.as_u16().to_string() });
        let mut response = answer(self.status, &told);
        if self.status == StatusCode::UNAUTHORIZED {
            let basic = HeaderValue::from_static("Basic realm=\"accord\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
        }
        response
    }
}

/// An answer.
pub(super) fn answer(status: StatusCode, value: &Value) -> Response {
    let mut response = (status, serde_json::to_vec(value).unwrap_or_default()).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(TAXII));
    response
}

/// Whether a media type names ours: with this version of the protocol, or with none.
fn names_taxii(text: &str) -> bool {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let version = parts.find_map(|part| part.strip_prefix("version="));
    kind.eq_ignore_ascii_case("application/taxii+json")
        && version.is_none_or(|version| version.trim_matches('"') == "2.1")
}

/// Refuses who takes no answer in our media type.
pub(super) fn acceptable(headers: &HeaderMap) -> Result<(), Failed> {
    let given: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let takes = |one: &&str| {
        let kind = one.split(';').next().unwrap_or_default().trim();
        names_taxii(one) || kind == "*/*" || kind == "application/*"
    };
    if given.is_empty() || given.iter().any(takes) {
        Ok(())
    } else {
        Err(Failed::new(
            StatusCode::NOT_ACCEPTABLE,
            "answers are application/taxii+json;version=2.1",
        ))
    }
}

/// Refuses a body of another media type.
pub(super) fn is_taxii(given: Option<&HeaderValue>) -> Result<(), Failed> {
    let text = given.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if names_taxii(text) {
        Ok(())
    } else {
        Err(Failed::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the body as application/taxii+json;version=2.1",
        ))
    }
}

/// A page of objects, on its way out.
pub(super) struct Objects<'a>(&'a TaxiiPage);

impl<'a> Objects<'a> {
    pub fn of(page: &'a TaxiiPage) -> Self {
        Self(page)
    }

    fn with(self, member: &str, values: Vec<Value>) -> Response {
        let mut told = Map::new();
        if let Some(next) = &self.0.next {
            told.insert("more".to_owned(), true.into());
            told.insert("next".to_owned(), next.as_str().into());
        }
        if !values.is_empty() {
            told.insert(member.to_owned(), values.into());
        }
        let mut response = answer(StatusCode::OK, &Value::Object(told));
        let times = self.0.objects.iter();
        let (first, last) = (
            times.clone().map(|one| one.added_ms).min(),
            times.map(|one| one.added_ms).max(),
        );
        for (name, ms) in [
            ("x-taxii-date-added-first", first),
            ("x-taxii-date-added-last", last),
        ] {
            let value = ms.map(accord_formats::export::rfc3339);
            if let Some(value) = value.and_then(|text| HeaderValue::from_str(&text).ok()) {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), value);
            }
        }
        response
    }

    /// The objects.
    pub fn envelope(self) -> Response {
        let objects = self.0.objects.iter().map(|one| one.object.clone()).collect();
        self.with("objects", objects)
    }

    /// What is there, without it.
    pub fn manifest(self) -> Response {
        let records = self.0.objects.iter().map(|one| {
            json!({ "id": one.id, "date_added": one.added(), "version": one.version, "media_type": STIX })
        });
        let records = records.collect();
        self.with("objects", records)
    }

    /// The versions of one object.
    pub fn versions(self) -> Response {
        let versions = self
            .0
            .objects
            .iter()
            .map(|one| Value::from(one.version.as_str()))
            .collect();
        self.with("versions", versions)
    }
}

/// A status resource.
pub(super) fn status(status: &TaxiiStatus) -> Value {
    let named = |(id, version): &(String, String)| json!({ "id": id, "version": version });
    let failed = |(id, version, message): &(String, String, String)| json!({ "id": id, "version": version, "message": message });
    let total = status.successes.len() + status.failures.len() + status.pendings.len();
    let mut told = json!({
        "id": status.id,
        "status": if status.complete { "complete" } else { "pending" },
        "request_timestamp": status.request_timestamp,
        "total_count": total,
        "success_count": status.successes.len(),
        "failure_count": status.failures.len(),
        "pending_count": status.pendings.len()
    });
    let lists: [(&str, Vec<Value>); 3] = [
        ("successes", status.successes.iter().map(named).collect()),
        ("failures", status.failures.iter().map(failed).collect()),
        ("pendings", status.pendings.iter().map(named).collect()),
    ];
    if let Some(told) = told.as_object_mut() {
        for (name, list) in lists {
            if !list.is_empty() {
                told.insert(name.to_owned(), list.into());
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        let check = |accept: Option<&str>, expected: bool| {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, accept.parse().unwrap());
            }
            assert_eq!(acceptable(&headers).is_ok(), expected, "{accept:?}");
        };
        check(None, true);
        check(Some("*/*"), true);
        check(Some("application/taxii+json"), true);
        check(Some("text/html, application/taxii+json; version=2.1"), true);
        check(Some("application/taxii+json;version=2.0"), false);
        check(Some("application/json"), false);
        let body = |text: &str| is_taxii(Some(&HeaderValue::from_str(text).unwrap())).is_ok();
        assert!(body(TAXII) && body("application/taxii+json; version=\"2.1\""));
        assert!(!body("application/json") && !body("application/taxii+json;version=2.0"));
        assert!(is_taxii(None).is_err());
    }
}
