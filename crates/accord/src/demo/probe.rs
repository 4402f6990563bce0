//! The outsider: everything it can ask, asked after every step, and the comparison of what it hears in two worlds.
//!
//! The routes of the JSON API are taken from the description that the node itself serves, so that a new route is probed
//! without a change here. Each route with an id is asked with a real id of the case and with an invented one.
//!
//! Before two answers are compared, exactly this is done to each:
//! - the header `X-Request-Id` is left out, and its value is replaced in the body: it is random for every answer;
//! - ids of the world, and invented ones, are replaced by the name of what they stand for;
//! - of a signed answer, the signature and the nonce of `Signature-Input` are left out, after the signature was verified:
//!   they bind the answer to its request.
//!
//! Nothing else: status, every other header with its value, and every byte of the body are compared.

use std::collections::BTreeMap;

use accord_formats::http_signature::{
    AnswerParts, Parameters, RequestParts, SignatureHeaders, sign_request, verify_answer,
};
use serde_json::{Value, json};

use super::StepError;
use super::nodes::{Place, Who, World};
use super::peer_key::{PeerKey, public_key};
use super::story::Story;

/// Pages of a node, with the kind of id they take.
const PAGES: [&str; 31] = [
    "/",
    "/sign-in",
    "/sign-out",
    "/inbox",
    "/account",
    "/account/totp",
    "/cases",
    "/cases/new",
    "/cases/{case}",
    "/cases/{case}/timeline",
    "/cases/{case}/team",
    "/cases/{case}/hunts",
    "/cases/{case}/evidence",
    "/cases/{case}/instruments",
    "/cases/{case}/notes/new",
    "/requests/{note}",
    "/exhibits/{note}",
    "/agreements",
    "/agreements/new",
    "/agreements/{digest}",
    "/agreements/{digest}/sign",
    "/peers",
    "/people",
    "/people/{person}",
    "/logs",
    "/audit",
    "/healthz",
    "/readyz",
    "/api/openapi.json",
    "/api/docs",
    "/no-such-page",
];

/// One answer, made comparable.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What was heard after one step: route by route.
pub type Heard = Vec<(String, HeardAnswer)>;

/// One answer of [`Heard`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardAnswer(Answer);

/// What was heard in the first world.
#[derive(Debug, Default)]
pub struct Recording {
    steps: Vec<Heard>,
}

/// What was compared.
#[derive(Debug, Default)]
pub struct Compared {
    /// Answers.
    pub answers: u64,
    /// Bytes of statuses, headers and bodies.
    pub bytes: u64,
}

impl Recording {
    /// Keeps what was heard after the next step.
    pub fn keep(&mut self, heard: Heard) {
        self.steps.push(heard);
    }

    /// Compares what was heard after a step, counted from 1, with what the first world said.
    pub fn compare(&self, step: usize, heard: Heard, compared: &mut Compared) -> Result<(), StepError> {
        let before = self
            .steps
            .get(step.saturating_sub(1))
            .ok_or_else(|| StepError::new("the first world has no such step"))?;
        if before.len() != heard.len() {
            return Err(StepError::new(format!(
                "the outsider found {} routes in one world and {} in the other",
                before.len(),
                heard.len()
            )));
        }
        for ((route, first), (other, second)) in before.iter().zip(&heard) {
            if route != other {
                return Err(StepError::new(format!("routes differ: {route} and {other}")));
            }
            if let Some(difference) = first.0.difference(&second.0) {
                return Err(StepError::new(format!(
                    "{route} tells the two worlds apart: {difference}"
                )));
            }
            compared.answers += 1;
            compared.bytes += first.0.size();
        }
        Ok(())
    }
}

impl Answer {
    fn size(&self) -> u64 {
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        (self.body.len() + headers + 3) as u64
    }

    /// The first difference, in words.
    fn difference(&self, other: &Self) -> Option<String> {
        if self.status != other.status {
            return Some(format!("status {} and {}", self.status, other.status));
        }
        if self.headers != other.headers {
            let first = self.headers.iter().find(|header| !other.headers.contains(header));
            let second = other.headers.iter().find(|header| !self.headers.contains(header));
            return Some(format!("headers {first:?} and {second:?}"));
        }
        if self.body == other.body {
            return None;
        }
        let at = self
            .body
            .iter()
            .zip(&other.body)
            .take_while(|(one, two)| one == two)
            .count();
        let around = |body: &[u8]| {
            let part: Vec<u8> = body
                .iter()
                .skip(at.saturating_sub(40))
                .take(80)
                .copied()
                .collect();
            String::from_utf8_lossy(&part).into_owned()
        };
        Some(format!(
            "byte {at} of {} and {}: {:?} and {:?}",
            self.body.len(),
            other.body.len(),
            around(&self.body),
            around(&other.body)
        ))
    }
}

/// The outsider of one world.
#[derive(Debug)]
pub struct Probe<'a> {
    world: &'a World,
    http: reqwest::Client,
    key: PeerKey,
    asked: u64,
}

/// The ids to ask with: for each kind of parameter, a real and an invented one, under one name.
#[derive(Debug, Default)]
struct Known {
    /// By kind: name, real, invented.
    by_kind: BTreeMap<&'static str, Vec<(String, String, String)>>,
}

/// An id of the same form that nothing has.
fn invented(real: &str) -> String {
    real.chars()
        .map(|c| match c {
            '0'..='8' => char::from_u32(c as u32 + 1).unwrap_or('0'),
            '9' => 'a',
            'a'..='e' => char::from_u32(c as u32 + 1).unwrap_or('0'),
            'f' => '0',
            other => other,
        })
        .collect()
}

impl Known {
    fn of(story: &Story<'_>) -> Self {
        let mut known = Self::default();
        for (name, id) in story.ids() {
            let kind = if name == "case" {
                "case"
            } else if name == "agreement" || name == "intelligence" {
                "digest"
            } else if name.starts_with("person") {
                "person"
            } else {
                "note"
            };
            let false_id = match id.split_once('/') {
                Some((ledger, seq)) => format!("{}/{seq}", invented(ledger)),
                None => invented(&id),
            };
            let list = known.by_kind.entry(kind).or_default();
            list.push((name, id, false_id));
        }
        known
    }

    /// The ids of a kind; before there are any, an invented one in both worlds.
    fn of_kind(&self, kind: &'static str) -> Vec<(String, String, String)> {
        let found = self.by_kind.get(kind).cloned().unwrap_or_default();
        if !found.is_empty() {
            // One of each kind is enough, but of notes: they lie in several ledgers.
            let most = if kind == "note" { usize::MAX } else { 2 };
            return found.into_iter().take(most).collect();
        }
        let id = match kind {
            "case" => "c0".repeat(16),
            "digest" => "d0".repeat(32),
            "person" => "e0".repeat(16),
            _ => format!("{}/3", "f0".repeat(16)),
        };
        vec![(format!("some {kind}"), id.clone(), id)]
    }

    /// Every id, real and invented, with the name that stands for it. Longest first.
    fn replacements(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (name, real, false_id) in self.by_kind.values().flatten() {
            for id in [real, false_id] {
                if let Some((ledger, _)) = id.split_once('/') {
                    all.push((ledger.to_owned(), format!("<ledger of {name}>")));
                }
                all.push((id.clone(), format!("<{name}>")));
            }
        }
        all.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
        all
    }
}

/// Replaces every occurrence.
fn replace(body: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let from = from.as_bytes();
    if from.is_empty() || body.len() < from.len() {
        return body;
    }
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body.as_slice();
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(to.as_bytes());
        rest = after.get(from.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// The value of a `Signature-Input` without its nonce.
fn without_nonce(value: &str) -> String {
    match value.split_once("nonce=\"") {
        Some((before, after)) => {
            let rest = after.split_once('"').map_or("", |(_, rest)| rest);
            format!("{before}nonce=\"\"{rest}")
        }
        None => value.to_owned(),
    }
}

/// A request of the outsider.
struct Asking {
    method: reqwest::Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// The signature that an answer must be bound to.
    signed: Option<SignatureHeaders>,
}

impl Asking {
    fn plain(method: reqwest::Method, path: &str, token: Option<&str>, body: Option<&str>) -> Self {
        let mut headers = Vec::new();
        if let Some(token) = token {
            headers.push(("authorization", format!("Bearer {token}")));
        }
        if body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        Self {
            method,
            path: path.to_owned(),
            headers,
            body: body.unwrap_or_default().as_bytes().to_vec(),
            signed: None,
        }
    }
}

impl<'a> Probe<'a> {
    /// The outsider of a world.
    pub fn new(world: &'a World) -> Result<Self, StepError> {
        Ok(Self {
            world,
            http: super::client::http()?,
            key: PeerKey::of(world.place(Who::Outsider)?)?,
            asked: 0,
        })
    }

    /// Asks every other node everything, with real and with invented ids: what was heard. A real id that is answered
    /// otherwise than an invented one is an error.
    pub async fn ask_everything(&mut self, story: &Story<'_>) -> Result<Heard, StepError> {
        let known = Known::of(story);
        let mut heard = Vec::new();
        for who in [Who::Agency, Who::Vendor, Who::Isp, Who::Hosting] {
            let place = self.world.place(who)?;
            let mut routes = Vec::new();
            for path in PAGES {
                routes.push(("GET".to_owned(), path.to_owned()));
                routes.push(("POST".to_owned(), path.to_owned()));
            }
            routes.extend(self.api_routes(place).await?);
            for (method, route) in routes {
                for (label, path, false_path) in paths(&route, &known) {
                    let label = format!("{} {method} {label}", who.org());
                    let askings = |path: &str| plain_askings(&method, path);
                    let pairs = askings(&path).into_iter().zip(askings(&false_path));
                    for (number, (real, false_one)) in pairs.enumerate() {
                        let label = format!("{label} ({number})");
                        self.ask_pair(place, &known, label, real, false_one, &mut heard)
                            .await?;
                    }
                }
            }
            for (label, path, real, false_one) in signed_questions(&known) {
                let label = format!("{} {label}", who.org());
                let real = self.signed(place, path, &real)?;
                let false_one = self.signed(place, path, &false_one)?;
                self.ask_pair(place, &known, label, real, false_one, &mut heard)
                    .await?;
            }
        }
        Ok(heard)
    }

    /// The routes that a node's own description lists.
    async fn api_routes(&self, place: &Place) -> Result<Vec<(String, String)>, StepError> {
        let bytes = self
            .http
            .get(format!("{}/api/openapi.json", place.url))
            .send()
            .await
            .map_err(StepError::from_display)?
            .bytes()
            .await
            .map_err(StepError::from_display)?;
        let description: Value = serde_json::from_slice(&bytes).map_err(StepError::from_display)?;
        let listed = description
            .get("paths")
            .and_then(Value::as_object)
            .ok_or_else(|| StepError::new("the API's description lists no paths"))?;
        let mut routes = Vec::new();
        for (path, methods) in listed {
            for method in methods.as_object().into_iter().flat_map(|methods| methods.keys()) {
                if matches!(method.as_str(), "get" | "post" | "delete" | "put" | "patch") {
                    routes.push((method.to_ascii_uppercase(), path.clone()));
                }
            }
        }
        Ok(routes)
    }

    /// A question of the peer protocol, signed with the outsider's own key.
    fn signed(&mut self, place: &Place, path: &'static str, question: &Value) -> Result<Asking, StepError> {
        self.asked += 1;
        let authority = place.url.trim_start_matches("http://");
        let body = question.to_string().into_bytes();
        let parts = RequestParts {
            method: "POST",
            authority,
            path,
            body: &body,
        };
        let params = Parameters {
            created: self.world.nature.now_ms() / 1_000,
            nonce: format!("{:032x}", self.asked),
            keyid: self.key.org.to_owned(),
        };
        let signed = sign_request(&parts, &params, &self.key.key);
        Ok(Asking {
            method: reqwest::Method::POST,
            path: path.to_owned(),
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("content-digest", signed.content_digest.clone()),
                ("signature-input", signed.signature_input.clone()),
                ("signature", signed.signature.clone()),
            ],
            body,
            signed: Some(signed),
        })
    }

    async fn ask_pair(
        &self,
        place: &Place,
        known: &Known,
        label: String,
        real: Asking,
        false_one: Asking,
        heard: &mut Heard,
    ) -> Result<(), StepError> {
        // A request without an id is asked once: a second one may be answered otherwise because it is the second.
        let same = real.path == false_one.path && real.body == false_one.body;
        let real = self.ask(place, known, real).await?;
        if same {
            heard.push((label, HeardAnswer(real)));
            return Ok(());
        }
        let false_one = self.ask(place, known, false_one).await?;
        if let Some(difference) = real.difference(&false_one) {
            return Err(StepError::new(format!(
                "{label} tells a real id from an invented one: {difference}"
            )));
        }
        heard.push((label, HeardAnswer(real)));
        Ok(())
    }

    /// Asks once: the answer, made comparable.
    async fn ask(&self, place: &Place, known: &Known, asking: Asking) -> Result<Answer, StepError> {
        let failed = |error: reqwest::Error| StepError::new(format!("{}: {error}", asking.path));
        let mut request = self
            .http
            .request(asking.method.clone(), format!("{}{}", place.url, asking.path));
        for (name, value) in &asking.headers {
            request = request.header(*name, value);
        }
        let response = request.body(asking.body.clone()).send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let mut headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        let mut body = response.bytes().await.map_err(failed)?.to_vec();
        let value = |wanted: &str, headers: &[(String, String)]| {
            headers
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
        };
        if let (Some(signed), Some(signature)) = (&asking.signed, value("signature", &headers)) {
            let answer = SignatureHeaders {
                content_digest: value("content-digest", &headers).unwrap_or_default(),
                signature_input: value("signature-input", &headers).unwrap_or_default(),
                signature,
            };
            let request = RequestParts {
                method: "POST",
                authority: place.url.trim_start_matches("http://"),
                path: &asking.path,
                body: &asking.body,
            };
            let parts = AnswerParts { status, body: &body };
            verify_answer(&parts, &answer, &request, signed, &public_key(place)?)
                .map_err(|error| StepError::new(format!("{}: {error}", asking.path)))?;
        }
        if let Some(id) = value("x-request-id", &headers) {
            body = replace(body, &id, "<request id>");
        }
        let replacements = known.replacements();
        headers.retain(|(name, _)| name != "x-request-id" && name != "signature");
        for (name, value) in &mut headers {
            if name == "signature-input" {
                *value = without_nonce(value);
            }
            for (id, stands_for) in &replacements {
                *value = value.replace(id.as_str(), stands_for);
            }
        }
        for (id, stands_for) in &replacements {
            body = replace(body, id, stands_for);
        }
        headers.sort();
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

/// What is asked of a plain route: without credentials, and with wrong ones.
fn plain_askings(method: &str, path: &str) -> Vec<Asking> {
    let wrong = "0".repeat(64);
    match method {
        "GET" => vec![
            Asking::plain(reqwest::Method::GET, path, None, None),
            Asking::plain(reqwest::Method::GET, path, Some(&wrong), None),
        ],
        "POST" if path.ends_with("/sessions") => [
            r#"{"sign_in":"nobody","password":"not the password"}"#,
            r#"{"sign_in":"signatory","password":"not the password"}"#,
            r#"{"sign_in":"#,
        ]
        .into_iter()
        .map(|body| Asking::plain(reqwest::Method::POST, path, None, Some(body)))
        .collect(),
        "POST" => vec![
            Asking::plain(reqwest::Method::POST, path, None, Some("{}")),
            Asking::plain(reqwest::Method::POST, path, Some(&wrong), Some("{}")),
        ],
        other => {
            let method = reqwest::Method::from_bytes(other.as_bytes()).unwrap_or(reqwest::Method::PUT);
            vec![
                Asking::plain(method.clone(), path, None, None),
                Asking::plain(method, path, Some(&wrong), None),
            ]
        }
    }
}

/// A route with its parameters filled: a label that is the same in both worlds, the path with real ids, and with
/// invented ones.
fn paths(route: &str, known: &Known) -> Vec<(String, String, String)> {
    let mut filled = vec![(route.to_owned(), route.to_owned(), route.to_owned())];
    let kinds: [(&str, &'static str); 6] = [
        ("{ledger}/{seq}", "note"),
        ("{note}", "note"),
        ("{case}", "case"),
        ("{digest}", "digest"),
        ("{person}", "person"),
        ("{instrument}", "note"),
    ];
    for (parameter, kind) in kinds {
        if !route.contains(parameter) {
            continue;
        }
        let ids = known.of_kind(kind);
        filled = filled
            .iter()
            .flat_map(|(label, real, false_one)| {
                ids.iter().map(move |(name, id, false_id)| {
                    (
                        label.replace(parameter, &format!("<{name}>")),
                        real.replace(parameter, id),
                        false_one.replace(parameter, false_id),
                    )
                })
            })
            .collect();
    }
    // Names that are no secret: an organisation and a source.
    for (parameter, real, false_one) in [
        ("{org}", Who::Isp.org(), "nowhere.example"),
        ("{source}", "dns.log", "nothing.log"),
    ] {
        for (_, path, false_path) in &mut filled {
            *path = path.replace(parameter, real);
            *false_path = false_path.replace(parameter, false_one);
        }
    }
    filled
}

/// Everything the peer protocol knows, about real and invented ids: label, path, question, question.
fn signed_questions(known: &Known) -> Vec<(String, &'static str, Value, Value)> {
    let mut questions = Vec::new();
    let mut add = |label: String, path: &'static str, real: Value, false_one: Value| {
        questions.push((format!("{path} {label}"), path, real, false_one));
    };
    let nothing = json!({ "known": [], "released_after": {}, "cosigned": [] });
    add("nothing known".into(), "/peer/v1/heads", nothing.clone(), nothing);
    add("".into(), "/peer/v1/nudge", json!({}), json!({}));
    add("malformed".into(), "/peer/v1/heads", json!([]), json!([]));
    add("no such path".into(), "/peer/v1/else", json!({}), json!({}));
    for (name, real, false_id) in known.of_kind("note") {
        let ledger = |id: &str| id.split('/').next().unwrap_or_default().to_owned();
        let (own, other) = (ledger(&real), ledger(&false_id));
        let heads = |id: &str| json!({ "known": [{ "ledger": id, "size": 1 }], "released_after": { id: 0 }, "cosigned": [] });
        add(format!("<{name}>"), "/peer/v1/heads", heads(&own), heads(&other));
        let entries = |id: &str| json!({ "ledger": id, "from": 0, "to": 1, "held": 0 });
        add(
            format!("<{name}>"),
            "/peer/v1/entries",
            entries(&own),
            entries(&other),
        );
        let long = |id: &str| json!({ "ledger": id, "from": 0, "to": 1_000_000, "held": 1 });
        add(
            format!("<{name}> too long"),
            "/peer/v1/entries",
            long(&own),
            long(&other),
        );
        let payloads = |id: &str| json!({ "entries": [id] });
        add(
            format!("<{name}>"),
            "/peer/v1/payloads",
            payloads(&real),
            payloads(&false_id),
        );
        let object = |id: &str| json!({ "entry": id, "offset": 0 });
        add(
            format!("<{name}>"),
            "/peer/v1/object",
            object(&real),
            object(&false_id),
        );
    }
    questions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, header: &str, body: &str) -> Answer {
        Answer {
            status,
            headers: vec![("x".into(), header.into())],
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn every_difference_is_found() {
        let one = answer(200, "h", "body of a page");
        assert_eq!(one.difference(&one.clone()), None);
        for (other, expected) in [
            (answer(404, "h", "body of a page"), "status 200 and 404"),
            (answer(200, "i", "body of a page"), "headers"),
            (answer(200, "h", "body of b page"), "byte 8"),
            (answer(200, "h", "body of a page."), "byte 14 of 14 and 15"),
        ] {
            let said = one.difference(&other).unwrap();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_recording_fails_on_the_first_difference() {
        let heard = |body: &str| vec![("GET /".to_owned(), HeardAnswer(answer(200, "h", body)))];
        let mut recording = Recording::default();
        recording.keep(heard("same"));
        let mut compared = Compared::default();
        assert!(recording.compare(1, heard("same"), &mut compared).is_ok());
        assert_eq!(compared.answers, 1);
        let said = recording.compare(1, heard("other"), &mut compared).unwrap_err();
        assert!(
            said.to_string().contains("GET / tells the two worlds apart"),
            "{said}"
        );
        assert!(recording.compare(1, Vec::new(), &mut compared).is_err());
        assert!(recording.compare(2, heard("same"), &mut compared).is_err());
    }

    #[test]
    fn ids_are_replaced_and_invented_ones_are_others() {
        assert_eq!(replace(b"a12b12".to_vec(), "12", "<id>"), b"a<id>b<id>");
        assert_eq!(replace(b"a".to_vec(), "12", "<id>"), b"a");
        let real = "0123456789abcdef";
        assert_eq!(invented(real), "123456789abcdef0");
        assert_eq!(
            without_nonce("(a);nonce=\"ff\";keyid=\"x\""),
            "(a);nonce=\"\";keyid=\"x\""
        );
    }
}
