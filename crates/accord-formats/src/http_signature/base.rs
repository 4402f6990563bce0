//! What requests and answers share: parameters, their one spelling, the digest, and the signature itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Longest header value that is looked at, bytes.
pub const MAX_HEADER_BYTES: usize = 2048;

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is absent.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header is not in the profile.
    #[error("the header {0} is not in the form of the peer protocol")]
    Form(&'static str),
    /// The body is not what was signed.
    #[error("the body does not match its content digest")]
    Digest,
    /// The signature is not by this key over this message.
    #[error("the signature does not match the message and the peer's key")]
    Signature,
}

/// The parameters of one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// When it was made, seconds since the Unix epoch.
    pub created: u64,
    /// 128 random bits as 32 hex digits, used once.
    pub nonce: String,
    /// The signer: an organisation's name.
    pub keyid: String,
}

/// The three headers of a signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// `Content-Digest`.
    pub content_digest: String,
    /// `Signature-Input`.
    pub signature_input: String,
    /// `Signature`.
    pub signature: String,
}

/// The `Content-Digest` of a body (RFC 9530): `sha-256=:BASE64:`.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

impl Parameters {
    /// The value after `accord=` in `Signature-Input`.
    pub(super) fn spell(&self, components: &str, tag: &str) -> String {
        format!(
            "({components});created={};nonce=\"{}\";keyid=\"{}\";alg=\"ed25519\";tag=\"{tag}\"",
            self.created, self.nonce, self.keyid
        )
    }

    /// Reads a `Signature-Input` that must be exactly what [`Parameters::spell`] writes.
    pub(super) fn read(input: &str, components: &str, tag: &str) -> Result<Self, SignatureError> {
        let form = || SignatureError::Form("signature-input");
        if input.len() > MAX_HEADER_BYTES {
            return Err(form());
        }
        let rest = input
            .strip_prefix("accord=(")
            .and_then(|rest| rest.strip_prefix(components))
            .and_then(|rest| rest.strip_prefix(");created="))
            .ok_or_else(form)?;
        let (created, rest) = rest.split_once(";nonce=\"").ok_or_else(form)?;
        let (nonce, rest) = rest.split_once("\";keyid=\"").ok_or_else(form)?;
        let (keyid, rest) = rest.split_once("\";alg=\"ed25519\";tag=\"").ok_or_else(form)?;
        if rest.strip_suffix('"') != Some(tag) {
            return Err(form());
        }
        let nonce_ok = nonce.len() == 32
            && nonce
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let keyid_ok = (1..=64).contains(&keyid.len())
            && keyid
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
        let created_ok =
            created.bytes().all(|b| b.is_ascii_digit()) && (created == "0" || !created.starts_with('0'));
        if !(nonce_ok && keyid_ok && created_ok) {
            return Err(form());
        }
        let created = created.parse().map_err(|_| form())?;
        Ok(Self {
            created,
            nonce: nonce.to_owned(),
            keyid: keyid.to_owned(),
        })
    }
}

pub(super) fn sign(base: &str, key: &SigningKey) -> String {
    format!(
        "accord=:{}:",
        STANDARD.encode(key.sign(base.as_bytes()).to_bytes())
    )
}

pub(super) fn verify(base: &str, signature: &str, key: &VerifyingKey) -> Result<(), SignatureError> {
    let form = || SignatureError::Form("signature");
    if signature.len() > MAX_HEADER_BYTES {
        return Err(form());
    }
    let text = signature
        .strip_prefix("accord=:")
        .and_then(|rest| rest.strip_suffix(':'))
        .ok_or_else(form)?;
    let bytes = STANDARD.decode(text).map_err(|_| form())?;
    let signature = Signature::from_slice(&bytes).map_err(|_| form())?;
    key.verify_strict(base.as_bytes(), &signature)
        .map_err(|_| SignatureError::Signature)
}
