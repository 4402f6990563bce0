//! Feeds: one GET of an address that a person entered, and its body up to a limit.
//!
//! Invariants: `https` only, and to public addresses only, unless the operator named the host: what a person of the node
//! enters must not make the node speak to machines inside its own network. The addresses that a name has are looked at
//! when the connection is made, so that a name cannot have another one by then. No redirect is followed; no proxy is used.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use accord_formats::special;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION};
use reqwest::{StatusCode, Url};

/// Longest body of a feed, as it comes, bytes.
pub const FEED_BODY_MAX_BYTES: usize = 32 << 20;
/// How long one pull may take, whole.
pub const FEED_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest address, bytes.
pub const FEED_URL_MAX_BYTES: usize = 2_000;
/// Longest `ETag` and `Last-Modified` that is kept, bytes.
const VALIDATOR_MAX_BYTES: usize = 300;

/// Why a feed was not read. Texts of the server are never part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// An address that may not be asked.
    #[error("{0}")]
    Address(&'static str),
    /// A name or address inside.
    #[error(
        "the host has no public address: a host inside your own network must be named by the operator (feeds.inside)"
    )]
    Inside,
    /// Nobody there, or the connection broke.
    #[error("the server could not be reached, or the connection broke")]
    Unreachable,
    /// Too slow.
    #[error("it did not arrive whole within {} seconds", FEED_TIMEOUT.as_secs())]
    Late,
    /// The server says no.
    #[error("the server refused it (status {0})")]
    Refused(u16),
    /// It is elsewhere.
    #[error(
        "the server sends to another address, and that is not followed: enter the new address if it is right"
    )]
    Moved,
    /// More than is read.
    #[error("it is longer than {FEED_BODY_MAX_BYTES} bytes")]
    TooLong,
    /// The client could not be built.
    #[error("the HTTP client could not be set up")]
    Setup,
}

/// What the server said of the version that was read last (RFC 9110, section 8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validators {
    /// `ETag`, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified`, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// What a request gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The same as last time (status 304).
    Same,
    /// A body.
    Body {
        /// Its bytes.
        bytes: Vec<u8>,
        /// What to ask with next time.
        validators: Validators,
    },
}

/// Which hosts inside may be asked.
#[derive(Debug, Clone, Default)]
struct Inside(Arc<BTreeSet<String>>);

impl Inside {
    /// Whether the operator named the host, with this port or with any.
    fn names(&self, host: &str, port: Option<u16>) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        self.0.contains(host) || port.is_some_and(|port| self.0.contains(&format!("{host}:{port}")))
    }

    /// Whether the operator named the host with some port.
    fn knows(&self, host: &str) -> bool {
        let with_port = format!("{host}:");
        self.0.contains(host) || self.0.iter().any(|one| one.starts_with(&with_port))
    }
}

/// Gives public addresses only.
impl Resolve for Inside {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_ascii_lowercase();
        let known = self.knows(&host);
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let good: Vec<SocketAddr> = found
                .filter(|at| known || special::address(at.ip()).is_none())
                .collect();
            if good.is_empty() {
                return Err(FeedError::Inside.into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// Reads feeds.
#[derive(Debug, Clone)]
pub struct FeedClient {
    http: reqwest::Client,
    inside: Inside,
}

impl FeedClient {
    /// A client that reaches public addresses, and these hosts: `HOST` or `HOST:PORT`.
    ///
    /// # Errors
    /// [`FeedError::Setup`].
    pub fn new(inside: &[String]) -> Result<Self, FeedError> {
        let inside = inside.iter().map(|host| host.trim().to_ascii_lowercase());
        let inside = Inside(Arc::new(inside.filter(|host| !host.is_empty()).collect()));
        let http = crate::tls::http_builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(FEED_TIMEOUT)
            .connect_timeout(Duration::from_secs(10))
            .user_agent("accord")
            .no_proxy()
            .dns_resolver(Arc::new(inside.clone()))
            .build()
            .map_err(|_| FeedError::Setup)?;
        Ok(Self { http, inside })
    }

    /// Whether an address may be asked.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, url: &str) -> Result<(), FeedError> {
        self.url(url).map(|_| ())
    }

    fn url(&self, text: &str) -> Result<Url, FeedError> {
        if text.len() > FEED_URL_MAX_BYTES {
            return Err(FeedError::Address("the address is too long"));
        }
        let url =
            Url::parse(text).map_err(|_| FeedError::Address("this is no address: https://HOST/PATH"))?;
        let host = url
            .host_str()
            .ok_or(FeedError::Address("the address has no host"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FeedError::Address(
                "the address must not have a name or password in it",
            ));
        }
        let named = self.inside.names(host, url.port_or_known_default());
        match url.scheme() {
            "https" => {}
            "http" if named => {}
            _ => return Err(FeedError::Address("a feed is read over https")),
        }
        if named {
            return Ok(url);
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let special = match bare.parse::<IpAddr>() {
            Ok(address) => special::address(address).is_some(),
            Err(_) => special::name(bare.trim_end_matches('.')).is_some() || !bare.contains('.'),
        };
        if special {
            return Err(FeedError::Inside);
        }
        Ok(url)
    }

    /// Reads a feed, unless it is still what it was. `arrived` counts the bytes as they come.
    ///
    /// # Errors
    /// Why not.
    pub async fn fetch(
        &self,
        url: &str,
        known: &Validators,
        arrived: &AtomicU64,
    ) -> Result<Fetched, FeedError> {
        let mut request = self.http.get(self.url(url)?);
        if let Some(etag) = &known.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = &known.last_modified {
            request = request.header(IF_MODIFIED_SINCE, date);
        }
        let mut answer = request.send().await.map_err(|error| failed(&error))?;
        let status = answer.status();
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::Same);
        }
        if status.is_redirection() && answer.headers().contains_key(LOCATION) {
            return Err(FeedError::Moved);
        }
        if status != StatusCode::OK {
            return Err(FeedError::Refused(status.as_u16()));
        }
        let header = |name| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            (value.len() <= VALIDATOR_MAX_BYTES).then(|| value.to_owned())
        };
        let validators = Validators {
            etag: header(ETAG),
            last_modified: header(LAST_MODIFIED),
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
            if bytes.len() + chunk.len() > FEED_BODY_MAX_BYTES {
                return Err(FeedError::TooLong);
            }
            bytes.extend_from_slice(&chunk);
            arrived.store(u64::try_from(bytes.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        Ok(Fetched::Body { bytes, validators })
    }
}

fn failed(error: &reqwest::Error) -> FeedError {
    if error.is_timeout() {
        return FeedError::Late;
    }
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if inner.downcast_ref::<FeedError>() == Some(&FeedError::Inside) {
            return FeedError::Inside;
        }
        cause = inner.source();
    }
    FeedError::Unreachable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_asked() {
        let client = FeedClient::new(&["mirror.corp.internal:8443".into(), "127.0.0.1".into()]).unwrap();
        for good in [
            "https://feeds.example/list.txt?key=1",
            "https://8.8.8.8/x",
            "https://mirror.corp.internal:8443/a",
            "http://mirror.corp.internal:8443/a",
            "http://127.0.0.1:9000/a",
        ] {
            assert_eq!(client.check(good), Ok(()), "{good}");
        }
        for inside in [
            "https://mirror.corp.internal/a",
            "https://localhost/a",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://router/",
            "https://0x7f000002/",
            "https://2130706434/",
        ] {
            assert_eq!(client.check(inside), Err(FeedError::Inside), "{inside}");
        }
        for bad in [
            "http://feeds.example/list.txt",
            "ftp://feeds.example/",
            "file:///etc/passwd",
            "https://u:p@feeds.example/",
            "feeds.example",
            "",
        ] {
            assert!(matches!(client.check(bad), Err(FeedError::Address(_))), "{bad}");
        }
        let long = format!("https://feeds.example/{}", "a".repeat(FEED_URL_MAX_BYTES));
        assert!(client.check(&long).is_err());
    }

    #[tokio::test]
    async fn a_name_that_is_inside_is_not_reached() {
        let inside = Inside::default();
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(inside.resolve(name()).await.is_err());
        let named = Inside(Arc::new(BTreeSet::from(["localhost:80".to_owned()])));
        assert!(named.resolve(name()).await.unwrap().next().is_some());
    }
}
