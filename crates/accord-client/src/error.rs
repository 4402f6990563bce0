//! What can go wrong with a request to a peer.

use accord_formats::http_signature::SignatureError;

/// An error of a request to a peer. Texts of the peer are never part of it.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not one that peers may have.
    #[error("\"{0}\" is not an address of a node: https://HOST[:PORT], or http:// on the loopback only")]
    Address(String),
    /// Nobody there, or the connection broke.
    #[error("the peer at {url} could not be reached: {source}")]
    Unreachable {
        /// Where.
        url: String,
        /// What the transport said.
        source: reqwest::Error,
    },
    /// The time for all requests of one pull is over.
    #[error("the peer at {0} is too slow: what came was kept, the rest comes with the next pull")]
    Late(String),
    /// An answer longer than the protocol allows.
    #[error("the peer's answer is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// The answer is not signed by the peer, or not for this request.
    #[error("the peer's answer cannot be trusted: {0}")]
    Signature(#[from] SignatureError),
    /// The peer says no.
    #[error("the peer refused the request (status {0})")]
    Refused(u16),
    /// The answer does not have its form.
    #[error("the peer's answer is not in the form of the protocol")]
    Form,
    /// The client could not be built.
    #[error("the HTTP client could not be set up: {0}")]
    Setup(String),
}
