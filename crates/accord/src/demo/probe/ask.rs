//! Asking one node, and making its answers comparable.
//!
//! Before two answers are compared, exactly this is done to each:
//! - the header `X-Request-Id` is left out, and its value is replaced in the body: it is random for every answer;
//! - the one-time key of a form on a page is replaced: it is random for every page;
//! - ids of the world, and invented ones, are replaced by the name of what they stand for;
//! - in `Location`, the asker's own path is replaced where the sign-in page is told to come back to it;
//! - of a signed answer, the signature and the nonce of `Signature-Input` are left out, after the signature was verified:
//!   they bind the answer to its request.
//!
//! Nothing else: status, every other header with its value, and every byte of the body are compared.

use std::sync::Arc;

use accord_formats::http_signature::{
    AnswerParts, Parameters, RequestParts, SignatureHeaders, sign_request, verify_answer,
};
use ed25519_dalek::VerifyingKey;
use memchr::memmem::{Finder, find};

use super::heard::{Answer, Heard};
use super::known::{Known, replace};
use super::plan::{Asking, Pair};
use crate::demo::StepError;
use crate::demo::nodes::Who;
use crate::demo::peer_key::PeerKey;

/// How what is random stands in a form: its one-time key, and the token of the session.
const FORM_KEYS: [&str; 2] = ["name=\"key\" value=\"", "name=\"csrf\" value=\""];

/// The outsider at one node.
#[derive(Debug)]
pub struct Asker {
    /// Whose node.
    pub who: Who,
    /// Where it is.
    pub url: String,
    /// What it signs its answers with.
    pub answers_with: VerifyingKey,
    /// What the outsider signs with.
    pub signs_with: Arc<PeerKey>,
    /// The client.
    pub http: reqwest::Client,
    /// The ids.
    pub known: Arc<Known>,
    /// Seconds since the Unix epoch.
    pub now_s: u64,
    /// Counts the times that everything was asked: no nonce is used twice.
    pub round: usize,
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

/// A page with what is random in its forms left out: one-time keys, and the token of the session, which is drawn anew at
/// every sign-in.
fn without_form_keys(body: Vec<u8>) -> Vec<u8> {
    FORM_KEYS
        .iter()
        .fold(body, |body, field| without_value(body, field.as_bytes()))
}

/// The same with the values after one beginning of a field left out.
fn without_value(body: Vec<u8>, field: &[u8]) -> Vec<u8> {
    if find(&body, field).is_none() {
        return body;
    }
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body.as_slice();
    while let Some(at) = find(rest, field) {
        let (before, after) = rest.split_at(at + field.len());
        out.extend_from_slice(before);
        let end = after.iter().position(|byte| *byte == b'"').unwrap_or(0);
        rest = after.get(end..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// A path as it stands in a query (RFC 3986, section 2).
fn encoded(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

impl Asker {
    /// Asks all of it, one after the other.
    pub async fn ask_all(&self, pairs: Vec<Pair>) -> Result<Heard, StepError> {
        let mut heard = Vec::with_capacity(pairs.len());
        for (number, pair) in (0..).zip(pairs) {
            let label = format!("{} {}", self.who.org(), pair.label);
            // A request without an id is asked once: a second one may be answered otherwise because it is the second.
            let same = pair.real
                == Asking {
                    must: pair.real.must,
                    ..pair.invented.clone()
                };
            let real = self.ask(&pair.real, 2 * number).await?;
            if pair.real.must != 0 && real.status != pair.real.must {
                return Err(StepError::new(format!(
                    "{label} was answered with {}, not {}",
                    real.status, pair.real.must
                )));
            }
            if !same {
                let invented = self.ask(&pair.invented, 2 * number + 1).await?;
                if let Some(difference) = real.difference(&invented) {
                    return Err(StepError::new(format!(
                        "{label} tells a real id from an invented one: {difference}"
                    )));
                }
            }
            heard.push((label, real));
        }
        Ok(heard)
    }

    fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    fn parts<'a>(&'a self, asking: &'a Asking) -> RequestParts<'a> {
        RequestParts {
            method: asking.method,
            authority: self.authority(),
            path: &asking.path,
            body: &asking.body,
        }
    }

    /// Asks once: the answer, made comparable.
    async fn ask(&self, asking: &Asking, number: u64) -> Result<Answer, StepError> {
        let failed = |error: reqwest::Error| StepError::new(format!("{}: {error}", asking.path));
        let method =
            reqwest::Method::from_bytes(asking.method.as_bytes()).map_err(StepError::from_display)?;
        let mut request = self.http.request(method, format!("{}{}", self.url, asking.path));
        for (name, value) in &asking.headers {
            request = request.header(*name, value);
        }
        let signed = asking.signed.then(|| {
            let params = Parameters {
                created: self.now_s,
                nonce: format!("{:016x}{number:016x}", self.round),
                keyid: self.signs_with.org.to_owned(),
            };
            sign_request(&self.parts(asking), &params, &self.signs_with.key)
        });
        if let Some(signed) = &signed {
            request = request
                .header("content-digest", &signed.content_digest)
                .header("signature-input", &signed.signature_input)
                .header("signature", &signed.signature);
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
        if let Some(signed) = &signed {
            self.verify(asking, signed, status, &headers, &body)?;
        }
        if let Some(id) = value(&headers, "x-request-id") {
            body = replace(body, &Finder::new(id.as_bytes()), "<request id>");
        }
        headers.retain(|(name, _)| name != "x-request-id" && name != "signature");
        for (name, value) in &mut headers {
            if name == "signature-input" {
                *value = without_nonce(value);
            }
            if name == "location" {
                *value = value.replace(&encoded(&asking.path), "<the path asked for>");
            }
            let named = self.known.name_ids(std::mem::take(value).into_bytes());
            *value = String::from_utf8_lossy(&named).into_owned();
        }
        headers.sort();
        Ok(Answer {
            status,
            headers,
            body: self.known.name_ids(without_form_keys(body)),
        })
    }

    /// Checks that a signed answer is this node's, to this request. What is not signed is a stranger's answer, and is
    /// compared as it is.
    fn verify(
        &self,
        asking: &Asking,
        signed: &SignatureHeaders,
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<(), StepError> {
        let Some(signature) = value(headers, "signature") else {
            return Ok(());
        };
        let answer = SignatureHeaders {
            content_digest: value(headers, "content-digest").unwrap_or_default(),
            signature_input: value(headers, "signature-input").unwrap_or_default(),
            signature,
        };
        let parts = AnswerParts { status, body };
        verify_answer(&parts, &answer, &self.parts(asking), signed, &self.answers_with)
            .map(|_| ())
            .map_err(|error| StepError::new(format!("{}: {error}", asking.path)))
    }
}

fn value(headers: &[(String, String)], wanted: &str) -> Option<String> {
    headers
        .iter()
        .find(|(name, _)| name == wanted)
        .map(|(_, value)| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_random_is_left_out_and_nothing_else() {
        assert_eq!(
            without_nonce("(a);nonce=\"ff\";keyid=\"x\""),
            "(a);nonce=\"\";keyid=\"x\""
        );
        let page = br#"<input name="key" value="00ff"><input name="csrf" value="11"> name="key" value="22"> name="x" value="3">"#;
        assert_eq!(
            String::from_utf8(without_form_keys(page.to_vec())).unwrap(),
            r#"<input name="key" value=""><input name="csrf" value=""> name="key" value=""> name="x" value="3">"#
        );
        assert_eq!(without_form_keys(b"none".to_vec()), b"none");
        assert_eq!(encoded("/cases/0f-a/x.y"), "%2Fcases%2F0f-a%2Fx.y");
    }
}
