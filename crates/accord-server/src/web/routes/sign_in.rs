//! Signing in and out.

use accord_service::{ServiceError, SignIn};
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::failed::{Failed, Paged};
use super::frame::{Session, bare, html};
use super::gate::{COOKIE, token};
use super::posted::{Typed, same_secret, stale};
use crate::AppState;
use crate::web::render;
use crate::web::view::form::CSRF_FIELD;
use crate::web::view::sign_in::{SignInPage, SignInState};
use crate::web::view::{Form, Href};

/// Longest path that is gone back to after signing in, bytes.
const NEXT_MAX_BYTES: usize = 512;
/// How long the browser keeps the cookie, seconds. The session itself ends on the node.
const COOKIE_MAX_AGE_S: u64 = 12 * 3_600;

/// A path of this node to go to, or the inbox: never another host, whatever a link said.
fn local(next: &str) -> &str {
    let mut bytes = next.bytes();
    let good = bytes.next() == Some(b'/')
        && !matches!(next.as_bytes().get(1), Some(b'/' | b'\\'))
        && next.len() <= NEXT_MAX_BYTES
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if good { next } else { "/" }
}

/// Who has no session is sent to sign in, whatever they asked for and whether it exists.
pub(super) fn first(request: &Request, ended: bool) -> Response {
    let next = match *request.method() {
        http::Method::GET => request.uri().path_and_query().map_or("/", |path| path.as_str()),
        _ => "/",
    };
    let mut place = Href::of(&["sign-in"]);
    if ended {
        place = place.with("ended", "1");
    }
    if local(next) != "/" {
        place = place.with("next", local(next));
    }
    Redirect::to(place.as_str()).into_response()
}

fn render_it(node: &AppState, name: &str, next: &str, state: SignInState) -> Paged {
    html(render::render_sign_in(&SignInPage {
        shell: bare(node),
        form: Form::to(Href::of(&["sign-in"]), "", ""),
        name: name.to_owned(),
        next: local(next).to_owned(),
        state,
    }))
}

/// `/sign-in`.
pub(super) async fn page(State(node): State<AppState>, request: Request) -> Paged {
    let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(request.uri());
    let query = Typed::of(query.map(|query| query.0).unwrap_or_default());
    let state = if query.get("ended") == "1" {
        SignInState::Ended
    } else {
        SignInState::Ready
    };
    render_it(&node, "", query.get("next"), state)
}

fn cookie(node: &AppState, token: &str, age_s: u64) -> Result<HeaderValue, Failed> {
    let secure = if node.config.url.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let text = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age_s}{secure}");
    HeaderValue::from_str(&text).map_err(|_| ServiceError::Unexplained("a session's token".to_owned()).into())
}

/// Signs in.
pub(super) async fn enter(State(node): State<AppState>, request: Request) -> Paged {
    let form = axum::Form::<Vec<(String, String)>>::from_request(request, &node).await;
    let axum::Form(fields) = form.map_err(|_| ServiceError::invalid("form", "it could not be read"))?;
    let typed = Typed::of(fields);
    let (name, next) = (typed.get("name"), typed.get("next"));
    let code = typed.get("code");
    let given = SignIn {
        sign_in: name.to_owned(),
        password: typed.raw("password").to_owned(),
        code: (!code.is_empty()).then(|| code.to_owned()),
    };
    match node.sign_in(&given).await {
        Ok(token) => {
            let mut response = Redirect::to(local(next)).into_response();
            let cookie = cookie(&node, &token, COOKIE_MAX_AGE_S)?;
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(ServiceError::SignInFailed) => {
            let mut response = render_it(&node, name, next, SignInState::Wrong)?;
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// Signs out.
pub(super) async fn leave(State(node): State<AppState>, headers: HeaderMap, request: Request) -> Paged {
    let session = request.extensions().get::<Session>().cloned();
    let session = session.ok_or(ServiceError::NotSignedIn)?;
    let form = axum::Form::<Vec<(String, String)>>::from_request(request, &node).await;
    let axum::Form(fields) = form.map_err(|_| stale())?;
    if !same_secret(Typed::of(fields).raw(CSRF_FIELD), &session.who.csrf) {
        return Err(stale().into());
    }
    node.sign_out(token(&headers).unwrap_or(&session.token)).await?;
    let mut response = Redirect::to("/sign-in").into_response();
    response
        .headers_mut()
        .insert(header::SET_COOKIE, cookie(&node, "", 0)?);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_one_of_this_node() {
        let check = |next: &str, expected: &str| assert_eq!(local(next), expected, "{next}");
        check("/cases/0f/timeline?day=1", "/cases/0f/timeline?day=1");
        for bad in [
            "",
            "cases",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie: a=b",
            "/caf\u{e9}",
            "javascript:alert(1)",
        ] {
            check(bad, "/");
        }
        check(
            &format!("/{}", "a".repeat(NEXT_MAX_BYTES - 1)),
            &format!("/{}", "a".repeat(NEXT_MAX_BYTES - 1)),
        );
        check(&format!("/{}", "a".repeat(NEXT_MAX_BYTES)), "/");
    }
}
