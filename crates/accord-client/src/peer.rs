//! The signed client.

use std::time::Duration;

use accord_formats::http_signature::{
    AnswerParts, Parameters, RequestParts, SignatureHeaders, sign_request, verify_answer,
};
use accord_formats::peer::MAX_ANSWER_BYTES;
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ClientError;

/// How long one request may take, whole.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A peer: where it is and whom it must prove to be.
#[derive(Debug, Clone)]
pub struct Target {
    /// Base address without a trailing slash.
    pub url: String,
    /// The key that must sign every answer.
    pub key: VerifyingKey,
}

/// What one request is signed with.
#[derive(Debug, Clone, Copy)]
pub struct Signing<'a> {
    /// This organisation's name.
    pub keyid: &'a str,
    /// This node's peer key.
    pub key: &'a SigningKey,
    /// Now, seconds since the Unix epoch.
    pub created: u64,
    /// Fresh random bits.
    pub nonce: [u8; 16],
}

/// The HTTP client of a node. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PeerClient {
    http: reqwest::Client,
}

impl Target {
    /// Host and port as the signature covers them: in lower case, the scheme's default port left out.
    pub fn authority(&self) -> Result<String, ClientError> {
        let bad = || ClientError::Address(self.url.chars().take(200).collect());
        let url = reqwest::Url::parse(&self.url).map_err(|_| bad())?;
        let host = url.host_str().ok_or_else(bad)?;
        let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let plain = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty();
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && loopback);
        if !(plain && scheme) || self.url.ends_with('/') {
            return Err(bad());
        }
        Ok(url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    }
}

impl PeerClient {
    /// A client.
    pub fn new() -> Result<Self, ClientError> {
        let http = crate::tls::http_builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(REQUEST_TIMEOUT)
            .connect_timeout(Duration::from_secs(5))
            .user_agent("accord")
            .no_proxy()
            .build()
            .map_err(|error| ClientError::Setup(error.to_string()))?;
        Ok(Self { http })
    }

    /// Sends one signed request and returns the verified answer.
    pub async fn ask<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        target: &Target,
        signing: Signing<'_>,
        path: &str,
        question: &Q,
    ) -> Result<A, ClientError> {
        let body = serde_json::to_vec(question).map_err(|_| ClientError::Form)?;
        let authority = target.authority()?;
        let parts = RequestParts {
            method: "POST",
            authority: &authority,
            path,
            body: &body,
        };
        let params = Parameters {
            created: signing.created,
            nonce: signing.nonce.iter().map(|byte| format!("{byte:02x}")).collect(),
            keyid: signing.keyid.to_owned(),
        };
        let signed = sign_request(&parts, &params, signing.key);
        let unreachable = |source| ClientError::Unreachable {
            url: target.url.clone(),
            source,
        };
        let answer = self
            .http
            .post(format!("{}{path}", target.url))
            .header("content-type", "application/json")
            .header("content-digest", &signed.content_digest)
            .header("signature-input", &signed.signature_input)
            .header("signature", &signed.signature)
            .body(body.clone())
            .send()
            .await
            .map_err(unreachable)?;
        let status = answer.status().as_u16();
        let header = |name: &'static str| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
                .ok_or(accord_formats::http_signature::SignatureError::Missing(name))
        };
        let headers = match (
            header("content-digest"),
            header("signature-input"),
            header("signature"),
        ) {
            (Ok(content_digest), Ok(signature_input), Ok(signature)) => SignatureHeaders {
                content_digest,
                signature_input,
                signature,
            },
            // A stranger is answered without a signature: there is nothing to bind it to.
            _ if status != 200 => return Err(ClientError::Refused(status)),
            (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => return Err(error.into()),
        };
        let bytes = read_limited(answer, MAX_ANSWER_BYTES)
            .await
            .map_err(|error| match error {
                ReadError::Transport(source) => unreachable(source),
                ReadError::TooLong => ClientError::TooLong {
                    limit: MAX_ANSWER_BYTES,
                },
            })?;
        verify_answer(
            &AnswerParts { status, body: &bytes },
            &headers,
            &parts,
            &signed,
            &target.key,
        )?;
        if status != 200 {
            return Err(ClientError::Refused(status));
        }
        serde_json::from_slice(&bytes).map_err(|_| ClientError::Form)
    }
}

enum ReadError {
    Transport(reqwest::Error),
    TooLong,
}

async fn read_limited(mut answer: reqwest::Response, limit: usize) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(ReadError::Transport)? {
        if bytes.len() + chunk.len() > limit {
            return Err(ReadError::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(url: &str) -> Option<String> {
        Target {
            url: url.into(),
            key: SigningKey::from_bytes(&[1; 32]).verifying_key(),
        }
        .authority()
        .ok()
    }

    #[test]
    fn addresses_of_nodes() {
        assert_eq!(
            authority("https://node.isp.example").as_deref(),
            Some("node.isp.example")
        );
        assert_eq!(
            authority("https://node.isp.example:8443").as_deref(),
            Some("node.isp.example:8443")
        );
        assert_eq!(
            authority("http://127.0.0.1:7001").as_deref(),
            Some("127.0.0.1:7001")
        );
        for bad in [
            "http://node.isp.example",
            "https://node.isp.example/",
            "https://node.isp.example/x",
            "https://u@node.isp.example",
            "https://node.isp.example?x",
            "ftp://127.0.0.1",
            "node",
            "",
        ] {
            assert_eq!(authority(bad), None, "{bad}");
        }
    }
}
