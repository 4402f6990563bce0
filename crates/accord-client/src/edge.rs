//! An edge asks its node for verdicts, and gives it what was seen. One bearer token, to one address: https, or http on
//! the loopback only. What an answer means is not known here.

use std::time::Duration;

/// Longest answer to what was given, bytes.
pub const EDGE_REPLY_MAX_BYTES: usize = 4096;
/// How long a piece of an answer may take: more than a node waits for a change before it says that there is none.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const PATH: &str = "/verdict/v1/edge";

/// What can go wrong. Texts of the node are never part of it.
#[derive(Debug, thiserror::Error)]
pub enum EdgeClientError {
    /// The address is not one that a node may have.
    #[error("\"{0}\" is not an address of a node: https://HOST[:PORT], or http:// on the loopback only")]
    Address(String),
    /// Nobody there, or the connection broke.
    #[error("the node cannot be reached: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// The node knows no such token.
    #[error(
        "the node knows no such token of an edge: the audience was closed, its edges were ended or their token was made anew, \
         or the token is another's; ask the operator of the node for the token that counts now"
    )]
    NoToken,
    /// The node says no.
    #[error("the node refused the question (status {0})")]
    Refused(u16),
    /// An answer longer than it may be.
    #[error("the node's answer is longer than {EDGE_REPLY_MAX_BYTES} bytes")]
    TooLong,
}

/// The client of an edge. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EdgeClient {
    http: reqwest::Client,
    base: String,
    token: String,
}

/// An answer, as it comes.
#[derive(Debug)]
pub struct EdgeAnswer(reqwest::Response);

impl EdgeAnswer {
    /// The next bytes; none at its end.
    ///
    /// # Errors
    /// [`EdgeClientError::Unreachable`]
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, EdgeClientError> {
        Ok(self.0.chunk().await?.map(Vec::from))
    }
}

/// The address as it was given, without a slash at its end.
fn base_of(url: &str) -> Option<String> {
    let parsed = reqwest::Url::parse(url).ok()?;
    let loopback = matches!(parsed.host_str()?, "localhost" | "127.0.0.1" | "[::1]");
    let plain = parsed.path() == "/"
        && parsed.query().is_none()
        && parsed.fragment().is_none()
        && parsed.username().is_empty();
    let scheme = parsed.scheme() == "https" || (parsed.scheme() == "http" && loopback);
    (plain && scheme).then(|| url.trim_end_matches('/').to_owned())
}

impl EdgeClient {
    /// A client.
    ///
    /// # Errors
    /// [`EdgeClientError::Address`], and what the HTTP library says.
    pub fn new(url: &str, token: String) -> Result<Self, EdgeClientError> {
        let base = base_of(url).ok_or_else(|| EdgeClientError::Address(url.chars().take(200).collect()))?;
        let http = crate::tls::http_builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .user_agent("accord-edge")
            .no_proxy()
            .build()?;
        Ok(Self { http, base, token })
    }

    /// Asks for what is new since a set of listings and of tokens, each told by its digest, or for everything; none: there is
    /// nothing new.
    ///
    /// # Errors
    /// [`EdgeClientError`]
    pub async fn ask(
        &self,
        edge: &str,
        name: &str,
        since: Option<(&str, &str)>,
    ) -> Result<Option<EdgeAnswer>, EdgeClientError> {
        let since = since
            .map(|(listings, tokens)| format!("&since={listings}&tokens={tokens}"))
            .unwrap_or_default();
        let url = format!("{}{PATH}?edge={edge}&name={name}{since}", self.base);
        let answer = self.http.get(url).bearer_auth(&self.token).send().await?;
        match answer.status().as_u16() {
            200 => Ok(Some(EdgeAnswer(answer))),
            204 => Ok(None),
            401 => Err(EdgeClientError::NoToken),
            status => Err(EdgeClientError::Refused(status)),
        }
    }

    /// Gives a batch of sightings; what the node says to it.
    ///
    /// # Errors
    /// [`EdgeClientError`]
    pub async fn give(&self, batch: Vec<u8>) -> Result<Vec<u8>, EdgeClientError> {
        let url = format!("{}{PATH}/sightings", self.base);
        let request = self.http.post(url).bearer_auth(&self.token);
        let request = request.header("content-type", "application/json").body(batch);
        let mut answer = request.send().await?;
        match answer.status().as_u16() {
            200 => {}
            401 => return Err(EdgeClientError::NoToken),
            status => return Err(EdgeClientError::Refused(status)),
        }
        let mut reply = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            if reply.len() + piece.len() > EDGE_REPLY_MAX_BYTES {
                return Err(EdgeClientError::TooLong);
            }
            reply.extend_from_slice(&piece);
        }
        Ok(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_not_known_says_why_it_may_be() {
        let words = EdgeClientError::NoToken.to_string();
        for why in ["closed", "edges were ended", "made anew", "another's"] {
            assert!(words.contains(why), "{words}");
        }
    }

    #[test]
    fn a_token_goes_by_https_or_stays_on_the_machine() {
        for (url, base) in [
            ("https://node.isp.example", Some("https://node.isp.example")),
            (
                "https://node.isp.example:8443/",
                Some("https://node.isp.example:8443"),
            ),
            ("http://127.0.0.1:7443", Some("http://127.0.0.1:7443")),
            ("http://[::1]:7443", Some("http://[::1]:7443")),
            ("http://node.isp.example", None),
            ("https://node.isp.example/x", None),
            ("https://u@node.isp.example", None),
            ("https://node.isp.example?x", None),
            ("ftp://127.0.0.1", None),
            ("node", None),
            ("", None),
        ] {
            assert_eq!(base_of(url).as_deref(), base, "{url}");
        }
    }
}
