//! What every answer carries (`Date` from the node's clock, `X-Request-Id`), and what becomes of a request whose
//! handler panics or whose caller goes away.
//!
//! A handler runs in a task of its own. A caller that hangs up therefore never stops a change half way, and a panic
//! ends one request and not the connection.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};

use crate::AppState;
use crate::error::Problem;

/// The header with the request's id, 16 random hex digits. One that the caller sent is not used.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id, for whoever shows it on a page.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub String);

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// A time as HTTP writes it (RFC 9110 section 5.6.7).
fn http_date(now_ms: u64) -> Option<HeaderValue> {
    let seconds = i64::try_from(now_ms / 1_000).ok()?;
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    HeaderValue::from_str(&time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

/// Around everything.
pub(crate) async fn stamp(State(node): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = hex::encode(node.random::<8>());
    request.extensions_mut().insert(RequestId(id.clone()));
    let path = request.uri().path();
    let machine = path.starts_with("/api/") || path.starts_with("/peer/");
    let running = tokio::spawn(next.run(request));
    let mut response = match running.await {
        Ok(response) => response,
        // The panic's own words are on standard error already.
        Err(error) => Problem::internal(format!("a handler ended: {error}")).into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        match &problem.inner {
            Some(inner) => tracing::error!(request_id = id, code = problem.code, inner, "refused"),
            None => tracing::debug!(request_id = id, code = problem.code, "refused"),
        }
        *response.body_mut() = Body::from(problem.document(&id));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
    }
    let headers = response.headers_mut();
    if let Some(date) = http_date(node.now_ms()) {
        headers.insert(header::DATE, date);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    if machine {
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_http_writes_them() {
        let date = http_date(784_111_777_999).expect("a date");
        assert_eq!(date, "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
