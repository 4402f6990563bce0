//! Answers, bound to their request.

use ed25519_dalek::{SigningKey, VerifyingKey};

use super::base::{self, Parameters, SignatureError, SignatureHeaders, content_digest};
use super::request::RequestParts;

const COMPONENTS: &str = "\"@status\" \"content-digest\" \"@method\";req \"@path\";req \"content-digest\";req \"signature\";req;key=\"accord\"";
const TAG: &str = "accord-peer-answer";

/// What an answer's signature covers, beside the request it answers.
#[derive(Debug, Clone, Copy)]
pub struct AnswerParts<'a> {
    /// HTTP status code.
    pub status: u16,
    /// The body, whole.
    pub body: &'a [u8],
}

fn signature_base(
    parts: &AnswerParts<'_>,
    digest: &str,
    request: &RequestParts<'_>,
    request_headers: &SignatureHeaders,
    params: &str,
) -> String {
    let request_signature = request_headers
        .signature
        .strip_prefix("accord=")
        .unwrap_or_default();
    format!(
        "\"@status\": {}\n\"content-digest\": {digest}\n\"@method\";req: {}\n\"@path\";req: {}\n\"content-digest\";req: {}\n\"signature\";req;key=\"accord\": {request_signature}\n\"@signature-params\": {params}",
        parts.status, request.method, request.path, request_headers.content_digest
    )
}

/// Signs the answer to a request.
pub fn sign_answer(
    parts: &AnswerParts<'_>,
    request: &RequestParts<'_>,
    request_headers: &SignatureHeaders,
    params: &Parameters,
    key: &SigningKey,
) -> SignatureHeaders {
    let digest = content_digest(parts.body);
    let spelled = params.spell(COMPONENTS, TAG);
    let signature = base::sign(
        &signature_base(parts, &digest, request, request_headers, &spelled),
        key,
    );
    SignatureHeaders {
        content_digest: digest,
        signature_input: format!("accord={spelled}"),
        signature,
    }
}

/// Verifies that an answer is by `key`, and answers exactly this request.
pub fn verify_answer(
    parts: &AnswerParts<'_>,
    headers: &SignatureHeaders,
    request: &RequestParts<'_>,
    request_headers: &SignatureHeaders,
    key: &VerifyingKey,
) -> Result<Parameters, SignatureError> {
    let params = Parameters::read(&headers.signature_input, COMPONENTS, TAG)?;
    if headers.content_digest != content_digest(parts.body) {
        return Err(SignatureError::Digest);
    }
    let spelled = params.spell(COMPONENTS, TAG);
    let base = signature_base(parts, &headers.content_digest, request, request_headers, &spelled);
    base::verify(&base, &headers.signature, key)?;
    Ok(params)
}
