//! One request on its way to its use case: session, content type, length, idempotency, in this order. What is not
//! allowed to be read is not read.

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Duration;

use accord_service::{Appender, Once, SignedIn};
use axum::RequestPartsExt;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::table::{Access, Route, Takes};
use crate::AppState;
use crate::error::Problem;

/// Longest JSON body, bytes.
pub const JSON_BODY_MAX_BYTES: usize = 1 << 20;
/// Longest session token, bytes.
pub const TOKEN_MAX_BYTES: usize = 128;
/// How long a JSON body may take to arrive.
const BODY_READ_MAX: Duration = Duration::from_secs(30);

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What a handler gets.
pub(crate) struct Call {
    pub node: AppState,
    pub path: HashMap<String, String>,
    pub query: Vec<(String, String)>,
    pub token: Option<String>,
    who: Option<SignedIn>,
    appender: Option<Appender>,
    /// The idempotency key of a raw body.
    pub key: Option<String>,
    body: Bytes,
    /// A body that is not JSON, still to be read.
    pub raw: Option<Body>,
    /// How long the raw body says it is.
    pub raw_length: Option<u64>,
}

/// What a handler gives back.
pub(crate) enum Answer {
    Json(Value),
    /// JSON as it was written.
    Written(String),
    /// A file to be taken along: its name and bytes.
    Zip(String, Vec<u8>),
    /// A word-processing document to be taken along: its name and bytes.
    Docx(String, Vec<u8>),
    /// A file of intelligence to be taken along, with what is told of it.
    File(Box<accord_service::ExportedFile>),
    /// A file that somebody attached, by the name they gave it: to be saved, never shown.
    Attached(String, Vec<u8>),
}

/// The media type of a word-processing document.
pub(crate) const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// The outcome of a handler.
pub(crate) type Reply = Result<Answer, Problem>;

/// What a use case returned, as the answer.
pub(crate) fn give(value: impl Serialize) -> Reply {
    let value = serde_json::to_value(value).map_err(|error| Problem::internal(error.to_string()))?;
    Ok(Answer::Json(value))
}

/// The one value of a header; none is `None`, two are refused.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Problem::invalid(name.as_str(), "visible ASCII characters only")),
        },
        _ => Err(Problem::invalid(name.as_str(), "give this header once")),
    }
}

fn bearer(headers: &HeaderMap) -> Result<String, Problem> {
    let refused = || Problem::from(accord_service::ServiceError::NotSignedIn);
    let text = single(headers, &header::AUTHORIZATION)
        .map_err(|_| refused())?
        .ok_or_else(refused)?;
    let (scheme, token) = text.split_once(' ').ok_or_else(refused)?;
    let good = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= TOKEN_MAX_BYTES;
    if good {
        Ok(token.to_owned())
    } else {
        Err(refused())
    }
}

fn check_json_type(headers: &HeaderMap) -> Result<(), Problem> {
    let given = single(headers, &header::CONTENT_TYPE)?.unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        "send the body as application/json",
    ))
}

async fn read_json_body(body: Body) -> Result<Bytes, Problem> {
    let reading = Limited::new(body, JSON_BODY_MAX_BYTES).collect();
    match tokio::time::timeout(BODY_READ_MAX, reading).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Problem::too_large("the body", JSON_BODY_MAX_BYTES as u64))
        }
        Ok(Err(_)) => Err(Problem::invalid("body", "it did not arrive whole")),
        Err(_) => Err(Problem::invalid("body", "it took too long to arrive")),
    }
}

impl Call {
    /// The person, for routes that need one.
    pub fn who(&self) -> Result<&SignedIn, Problem> {
        self.who
            .as_ref()
            .ok_or_else(|| accord_service::ServiceError::NotSignedIn.into())
    }

    /// Who appends, for the routes on which machines do so too.
    pub fn appender(&self) -> Result<&Appender, Problem> {
        self.appender
            .as_ref()
            .ok_or_else(|| accord_service::ServiceError::NotSignedIn.into())
    }

    /// A part of the path. One that cannot be read names nothing that exists.
    pub fn param<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.path
            .get(name)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Problem::not_found(name))
    }

    /// A note in the path: `{ledger}/{seq}`.
    pub fn entry(&self) -> Result<accord_model::EntryRef, Problem> {
        let text = |name: &str| self.path.get(name).map(String::as_str).unwrap_or_default();
        format!("{}/{}", text("ledger"), text("seq"))
            .parse()
            .map_err(|_| Problem::not_found("note"))
    }

    /// A parameter of the query.
    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body, strictly: nothing unknown, nothing missing, nothing after it.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let words = error.to_string();
            let named = ["unknown field `", "missing field `", "duplicate field `"]
                .iter()
                .find_map(|start| words.split_once(start)?.1.split_once('`'))
                .map(|(field, _)| field.chars().take(64).collect::<String>());
            let detail = format!("the body is not as it should be: {words}");
            Problem::invalid(named.unwrap_or_else(|| "body".to_owned()), detail)
        })
    }
}

/// What a file that somebody attached may do, were it shown after all: nothing.
const SANDBOX: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// A file that somebody attached: bytes of no type, saved and never shown, whatever it says that it is.
pub(crate) fn taken_along(name: &str, bytes: Vec<u8>) -> Response {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    // RFC 6266 and RFC 8187: the name as it is, for who can read it.
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let disposition = HeaderValue::from_str(&disposition);
    let bare = HeaderValue::from_static("attachment");
    headers.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(bare));
    response
}

/// A document that is saved, never shown.
pub(crate) fn taken_along_docx(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(DOCX));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// The header with what is told of a file, JSON in ASCII.
const TOLD: HeaderName = HeaderName::from_static("accord-told");

/// A file of intelligence that is saved, never shown. What it does not carry stands in a header.
pub(crate) fn taken_along_file(file: accord_service::ExportedFile) -> Response {
    let told = serde_json::to_string(&file.preview).unwrap_or_default();
    let told: String = told
        .chars()
        .map(|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                format!("\\u{:04x}", u32::from(c).min(0xffff))
            }
        })
        .collect();
    let mut response = file.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    for (name, value) in [
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file.preview.name),
        ),
        (TOLD, told),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Answers one request.
pub(crate) async fn answer(node: AppState, route: Route, request: Request) -> Response {
    match run(node, route, request).await {
        Ok(Answer::Json(value)) => axum::Json(value).into_response(),
        Ok(Answer::Written(text)) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Ok(Answer::Docx(name, bytes)) => taken_along_docx(&name, bytes),
        Ok(Answer::File(file)) => taken_along_file(*file),
        Ok(Answer::Attached(name, bytes)) => taken_along(&name, bytes),
        Ok(Answer::Zip(name, bytes)) => {
            let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
            let mut response = bytes.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
            if let Ok(disposition) = disposition {
                headers.insert(header::CONTENT_DISPOSITION, disposition);
            }
            response
        }
        Err(problem) => problem.into_response(),
    }
}

async fn run(node: AppState, route: Route, request: Request) -> Reply {
    let (mut parts, body) = request.into_parts();
    let mut appender = None;
    let (token, who) = match route.access {
        Access::Anyone => (None, None),
        Access::Person | Access::Enrolling => {
            let token = bearer(&parts.headers)?;
            let who = node.session(&token).await?;
            if matches!(route.access, Access::Person) {
                who.must_be_ready()?;
            }
            (Some(token), Some(who))
        }
        Access::Sender => {
            let token = bearer(&parts.headers)?;
            if let Some(machine) = node.machine(&token).await {
                appender = Some(Appender::Machine(machine));
            } else {
                let who = node.session(&token).await?;
                who.must_be_ready()?;
                appender = Some(Appender::Person(Box::new(who)));
            }
            (Some(token), None)
        }
    };
    let Path(path) = parts
        .extract::<Path<HashMap<String, String>>>()
        .await
        .map_err(|_| Problem::not_found("page of the API"))?;
    let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
        .map_err(|_| Problem::invalid("query", "it cannot be read"))?;
    if let Some((name, _)) = query
        .iter()
        .find(|(name, _)| !route.query.contains(&name.as_str()))
    {
        let name: String = name.chars().take(64).collect();
        let detail = format!("this path knows no parameter `{name}`");
        return Err(Problem::invalid(name, detail));
    }
    let raw_length = single(&parts.headers, &header::CONTENT_LENGTH)?.and_then(|text| text.parse().ok());
    let mut call = Call {
        node,
        path,
        query,
        token,
        who,
        appender,
        key: None,
        body: Bytes::new(),
        raw: None,
        raw_length,
    };
    match route.takes {
        Takes::Raw => call.raw = Some(body),
        Takes::Nothing => {
            let bytes = read_json_body(body).await?;
            if !(bytes.is_empty() || bytes.trim_ascii() == b"{}") {
                return Err(Problem::invalid("body", "this request has no body"));
            }
        }
        Takes::Json(_) => {
            check_json_type(&parts.headers)?;
            call.body = read_json_body(body).await?;
        }
    }
    let key = single(&parts.headers, &IDEMPOTENCY_KEY)?;
    if matches!(route.takes, Takes::Raw) {
        call.key = key.map(str::to_owned);
    }
    let key = match key {
        Some(key) if route.method.changes() && !matches!(route.takes, Takes::Raw) => key,
        _ => return (route.handler)(call).await,
    };
    let (node, body) = (call.node.clone(), call.body.clone());
    match once(&node, call.who.clone(), key, &parts, &body).await? {
        None => (route.handler)(call).await,
        Some(Err(answer)) => Ok(Answer::Json(answer)),
        Some(Ok(once)) => once.run((route.handler)(call)).await,
    }
}

/// Looks the request's idempotency key up. An import needs none: the same bytes are imported once. An append has its
/// own, kept with what was appended. Nor has signing
/// in one, which gives a new session each time.
async fn once(
    node: &AppState,
    who: Option<SignedIn>,
    key: &str,
    parts: &Parts,
    body: &[u8],
) -> Result<Option<Result<Once, Value>>, Problem> {
    let Some(who) = who else { return Ok(None) };
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let mut request = format!("{} {target}\n", parts.method).into_bytes();
    request.extend_from_slice(body);
    Ok(Some(node.once(&who, key, &request).await?))
}
