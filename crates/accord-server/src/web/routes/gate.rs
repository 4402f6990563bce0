//! The one way to every page: the session, the headers, and what is shown when something is not to be had.

use accord_service::{Node, ServiceError};
use axum::extract::{MatchedPath, Path, Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::denied::{Tried, denied};
use super::failed::{Failed, OnTheWay, no};
use super::frame::{Page, Part, Session, bare, by_link};
use super::sign_in;
use crate::AppState;
use crate::web::view::Shell;
use crate::web::view::notices::{ErrorPage, NotFoundPage};
use crate::web::{assets, render};

/// The name of the session's cookie.
pub(super) const COOKIE: &str = "accord_session";

/// The session's token, out of the cookies.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// Whether a browser says that another site made it send this. Browsers send `Sec-Fetch-Site` with every request;
/// what sends none is no browser, or an old one, and then `Origin` must be ours where it is sent.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        Some(site) => site != b"same-origin" && site != b"none",
        None => match (text(header::ORIGIN), text(header::HOST)) {
            (Some(origin), Some(host)) => origin
                .split_once("://")
                .is_none_or(|(_, authority)| authority != host),
            (Some(_), None) => true,
            (None, _) => false,
        },
    }
}

/// Whether a browser that says nothing of sites was told by our page not to say where it comes from. The pages of
/// guests and of businesses in trouble tell it so, because their address is the secret; nobody else knows it, so nobody
/// else makes a browser send there. A first report has no secret yet, and nothing of anybody's is changed by it.
fn says_nothing(headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
    !headers.contains_key("sec-fetch-site") && origin.is_some_and(|origin| origin == b"null")
}

/// Every request for a page goes through here.
pub(super) async fn gate(State(node): State<AppState>, mut request: Request, next: Next) -> Response {
    let stamped = request.extensions().get::<crate::stamp::RequestId>().cloned();
    let request_id = stamped.map_or_else(|| hex::encode(node.random::<8>()), |id| id.0);
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>();
    let tried = Tried {
        method: request.method().clone(),
        path: path.clone(),
        route: route.map_or_else(String::new, |route| route.as_str().to_owned()),
    };
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let mut session = None;
    let has_link = super::guest::is_public(&path) || super::report::is_public(&path);
    let public = path == "/sign-in" || path.starts_with(assets::ROOT) || has_link;
    let by_secret = has_link && says_nothing(request.headers());
    let mut response = if changes && !by_secret && from_elsewhere(request.headers()) {
        Failed(ServiceError::denied(
            "Another site sent this form. Open the page here and send it again.",
        ))
        .into_response()
    } else if public {
        next.run(request).await
    } else {
        let token = token(request.headers()).map(str::to_owned);
        let found = match &token {
            Some(token) => node.session(token).await,
            None => Err(ServiceError::NotSignedIn),
        };
        match (found, token) {
            (Ok(who), Some(token)) => {
                let may = !who.must_enrol || path == "/sign-out" || path.starts_with("/account");
                let found = Session { who, token };
                session = Some((found.who.clone(), request.uri().clone()));
                request.extensions_mut().insert(found);
                if may {
                    next.run(request).await
                } else {
                    Redirect::to("/account").into_response()
                }
            }
            (Err(ServiceError::NotSignedIn), token) => sign_in::first(&request, token.is_some()),
            (Err(error), _) => Failed(error).into_response(),
            (Ok(_), None) => Failed(ServiceError::NotSignedIn).into_response(),
        }
    };
    let page = match session {
        Some((who, uri)) => {
            let mut extensions = http::Extensions::new();
            extensions.insert(Session {
                who,
                token: String::new(),
            });
            Page::from_parts(&uri, &extensions, &node).ok()
        }
        None => None,
    };
    if let Some(OnTheWay(error)) = response.extensions_mut().remove::<OnTheWay>() {
        response = explain(&node, page.as_ref(), has_link, &error, &tried, &request_id).await;
    } else if response.status().is_client_error()
        && response.headers().get(header::CONTENT_TYPE) != Some(&HTML)
    {
        // What the router itself refuses: a path that is no text, a body that is too large.
        let error = if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ServiceError::invalid("form", "it is too large for a form")
        } else {
            ServiceError::NotFound("page")
        };
        response = explain(&node, page.as_ref(), has_link, &error, &tried, &request_id).await;
    }
    guard(response.headers_mut());
    response
}

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The headers of every page.
fn guard(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, &'static str); 7] = [
        (header::CONTENT_SECURITY_POLICY, assets::CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()",
        ),
    ];
    // A file that somebody attached comes with a narrower policy of its own.
    let narrower = headers.get(header::CONTENT_SECURITY_POLICY).cloned();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(narrower) = narrower {
        headers.insert(header::CONTENT_SECURITY_POLICY, narrower);
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// `/assets/NAME`: the same for everybody.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    match assets::get(&format!("{}{name}", assets::ROOT)) {
        Some((bytes, mime, etag)) => {
            let headers = [
                (header::CONTENT_TYPE, mime),
                (header::CACHE_CONTROL, assets::CACHE_CONTROL),
                (header::ETAG, etag),
            ];
            (headers, bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A path or a method that leads nowhere.
pub(super) async fn nothing() -> Failed {
    no("page")
}

/// The page that says why there is none.
async fn explain(
    node: &Node,
    page: Option<&Page>,
    has_link: bool,
    error: &ServiceError,
    tried: &Tried,
    request_id: &str,
) -> Response {
    let shell = match page {
        Some(page) => page.shell(Part::Elsewhere).await,
        None if has_link => by_link(node),
        None => bare(node),
    };
    let failed = |shell: Shell, what: &str, advice: &str| ErrorPage {
        shell,
        what: what.to_owned(),
        advice: advice.to_owned(),
        request_id: request_id.to_owned(),
    };
    let (status, text) = match error {
        ServiceError::NotSignedIn => return Redirect::to("/sign-in").into_response(),
        ServiceError::Denied(denial) => (
            StatusCode::FORBIDDEN,
            render::render_denied(&denied(node, page, shell, denial, tried).await),
        ),
        ServiceError::NotFound(_) => (
            StatusCode::NOT_FOUND,
            render::render_not_found(&NotFoundPage { shell }),
        ),
        ServiceError::Invalid { .. } | ServiceError::SignInFailed => (
            StatusCode::BAD_REQUEST,
            render::render_error(&failed(shell, "Nothing was done.", &sentence(&error.to_string()))),
        ),
        ServiceError::Busy { .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            render::render_error(&failed(
                shell,
                "The node is busy.",
                "Nothing was done. Try again in a few seconds.",
            )),
        ),
        ServiceError::Conflict(words) => (
            StatusCode::CONFLICT,
            render::render_error(&failed(shell, "Nothing was done.", &sentence(words))),
        ),
        ServiceError::Peer(why) => {
            let why = why.to_string();
            tracing::warn!(request_id, error = %why, "a partner's node");
            (
                StatusCode::BAD_GATEWAY,
                render::render_error(&failed(
                    shell,
                    "The partner's node did not answer.",
                    "Nothing is lost. Try again in a minute; if it stays so, call their operator.",
                )),
            )
        }
        ServiceError::Store(_)
        | ServiceError::Logs(_)
        | ServiceError::Collect(_)
        | ServiceError::File { .. }
        | ServiceError::Unexplained(_) => {
            tracing::error!(request_id, error = %error, "a page failed");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                render::render_error(&failed(
                    shell,
                    "That did not work.",
                    "Nothing half-done was kept. Try again; if it stays so, give your operator this number.",
                )),
            )
        }
    };
    let mut response = match text {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    if let ServiceError::Busy { retry_after_s } = error {
        let seconds = HeaderValue::from(*retry_after_s);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// With a capital and a full stop.
pub(super) fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first: String = chars
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}
