//! HTTP message signatures (RFC 9421) with content digests (RFC 9530), in the one profile that nodes speak to
//! each other (`docs/spec/peer.md`).
//!
//! A request covers method, authority, path and content digest; an answer covers its status and content digest
//! and the request it answers, by the request's own signature, so that it cannot be moved to another request.
//! The profile is strict: one signature, labelled `accord`, these components in this order, Ed25519. Anything
//! else is refused, so that no two parsers can disagree about what was signed.
//!
//! Deliberately absent: clocks and nonce memory. The caller says whether a time or a nonce is acceptable.

mod answer;
mod base;
mod request;

pub use answer::{AnswerParts, sign_answer, verify_answer};
pub use base::{MAX_HEADER_BYTES, Parameters, SignatureError, SignatureHeaders, content_digest};
pub use request::{RequestParts, sign_request, verify_request};

#[cfg(test)]
mod tests;
