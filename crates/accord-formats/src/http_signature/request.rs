//! Requests.

use ed25519_dalek::{SigningKey, VerifyingKey};

use super::base::{self, Parameters, SignatureError, SignatureHeaders, content_digest};

const COMPONENTS: &str = "\"@method\" \"@authority\" \"@path\" \"content-digest\"";
const TAG: &str = "accord-peer-request";

/// What a request's signature covers.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// Upper case, `POST`.
    pub method: &'a str,
    /// Host and port as in the URL, lower case, default port left out.
    pub authority: &'a str,
    /// Absolute path without query; the protocol uses no queries.
    pub path: &'a str,
    /// The body, whole.
    pub body: &'a [u8],
}

fn signature_base(parts: &RequestParts<'_>, digest: &str, params: &str) -> String {
    format!(
        "\"@method\": {}\n\"@authority\": {}\n\"@path\": {}\n\"content-digest\": {digest}\n\"@signature-params\": {params}",
        parts.method, parts.authority, parts.path
    )
}

/// Signs a request.
pub fn sign_request(parts: &RequestParts<'_>, params: &Parameters, key: &SigningKey) -> SignatureHeaders {
    let digest = content_digest(parts.body);
    let spelled = params.spell(COMPONENTS, TAG);
    let signature = base::sign(&signature_base(parts, &digest, &spelled), key);
    SignatureHeaders {
        content_digest: digest,
        signature_input: format!("accord={spelled}"),
        signature,
    }
}

/// Verifies a request. `key_of` gives the key of a signer by its name, or `None` when it is not known, which is
/// answered like a wrong signature: a stranger learns nothing about who is known.
///
/// The caller still has to judge the time and the nonce in the returned parameters.
pub fn verify_request(
    parts: &RequestParts<'_>,
    headers: &SignatureHeaders,
    key_of: impl FnOnce(&str) -> Option<VerifyingKey>,
) -> Result<Parameters, SignatureError> {
    let params = Parameters::read(&headers.signature_input, COMPONENTS, TAG)?;
    if headers.content_digest != content_digest(parts.body) {
        return Err(SignatureError::Digest);
    }
    let key = key_of(&params.keyid).ok_or(SignatureError::Signature)?;
    let base = signature_base(parts, &headers.content_digest, &params.spell(COMPONENTS, TAG));
    base::verify(&base, &headers.signature, &key)?;
    Ok(params)
}
