//! Feeds: what stands at an address that a person entered, up to a limit: one document, or the documents that a MISP feed
//! or a TAXII collection is made of (`parts`), put together as one.
//!
//! Invariants: `https` only, and to public addresses only, unless the operator named the host: what a person of the node
//! enters must not make the node speak to machines inside its own network. A host that is named with a port is named at
//! that port alone. The addresses that a name has are looked at when the connection is made, so that a name cannot have
//! another one by then. No redirect is followed; no proxy is used. A publisher's key is the operator's to give, for one
//! host and port, and is sent there alone.

mod key;
mod parts;
mod place;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use accord_formats::special;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION};
use reqwest::{Response, StatusCode, Url};

pub use key::FeedKey;
pub use parts::{FEED_EVENTS_MAX, FEED_PAGES_MAX, FEED_PARTS_TIMEOUT};
use place::Place;

/// Longest body of a feed, as it comes, bytes; of one in parts, all together.
pub const FEED_BODY_MAX_BYTES: usize = 32 << 20;
/// How long one document may take, whole.
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
    /// Its parts do not come together.
    #[error("it did not arrive whole within {} minutes: name fewer days", FEED_PARTS_TIMEOUT.as_secs() / 60)]
    PartsLate,
    /// Not what this form of feed is.
    #[error("{0}")]
    Form(&'static str),
    /// More parts than are read.
    #[error("it has more than {0} {1} in these days: name fewer days")]
    TooMany(usize, &'static str),
    /// A host inside that is none.
    #[error("feeds.inside: \"{0}\" is neither HOST nor HOST:PORT")]
    Named(String),
    /// A key that cannot be sent.
    #[error("the key for {host}: {what}")]
    Key {
        /// For which host.
        host: String,
        /// What is wrong with it.
        what: &'static str,
    },
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
    /// Of a feed of which only the last days are read: the day on which it was, days since the Unix epoch, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<u64>,
}

/// What stands at a feed's address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedForm {
    /// One document, whatever its format.
    #[default]
    File,
    /// A folder with a MISP `manifest.json` and a document for each event.
    Misp,
    /// A TAXII 2.1 collection.
    Taxii,
}

impl FeedForm {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::File, Self::Misp, Self::Taxii];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Misp => "misp",
            Self::Taxii => "taxii",
        }
    }

    /// Whether only the last days of it are read.
    #[must_use]
    pub const fn is_of_days(self) -> bool {
        !matches!(self, Self::File)
    }
}

/// What is read.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Where it is.
    pub url: &'a str,
    /// What stands there.
    pub form: FeedForm,
    /// What was changed or added since, ms UTC; of a [`FeedForm::File`] everything is read.
    pub since_ms: u64,
    /// Now, ms UTC.
    pub now_ms: u64,
    /// What the server said of the version that was read last.
    pub known: &'a Validators,
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

/// Gives public addresses only.
#[derive(Debug, Clone, Copy)]
struct PublicAddresses;

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let good: Vec<SocketAddr> = found.filter(|at| special::address(at.ip()).is_none()).collect();
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
    /// For what the operator named, whatever addresses it has. Who makes a connection is told no port: so there are two.
    named: reqwest::Client,
    /// For all else, at public addresses.
    public: reqwest::Client,
    inside: Arc<Vec<Place>>,
    keys: Arc<Vec<key::Checked>>,
    parts_within: Duration,
}

/// What is still to come of a feed, and who counts it.
struct Room<'a> {
    left: usize,
    arrived: &'a AtomicU64,
}

impl FeedClient {
    /// A client that reaches public addresses, and these hosts: `HOST` or `HOST:PORT`; and sends a key where there is one.
    ///
    /// # Errors
    /// [`FeedError::Setup`], [`FeedError::Named`], [`FeedError::Key`].
    pub fn new(inside: &[String], keys: &[FeedKey]) -> Result<Self, FeedError> {
        let inside = inside.iter().filter(|host| !host.trim().is_empty());
        let inside: Result<Vec<Place>, FeedError> = inside
            .map(|host| Place::parse(host).ok_or_else(|| FeedError::Named(host.chars().take(200).collect())))
            .collect();
        let http = || {
            crate::tls::http_builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(FEED_TIMEOUT)
                .connect_timeout(Duration::from_secs(10))
                .user_agent("accord")
                .no_proxy()
        };
        let named = http().build().map_err(|_| FeedError::Setup)?;
        let public = http().dns_resolver(Arc::new(PublicAddresses)).build();
        Ok(Self {
            named,
            public: public.map_err(|_| FeedError::Setup)?,
            inside: Arc::new(inside?),
            keys: Arc::new(FeedKey::all_checked(keys)?),
            parts_within: FEED_PARTS_TIMEOUT,
        })
    }

    /// Whether the operator named the host of an address, with its port or without any.
    fn is_named(&self, url: &Url) -> bool {
        let has_port = |place: &Place| place.port().is_none() || place.port() == url.port_or_known_default();
        self.inside
            .iter()
            .any(|place| place.has_host_of(url) && has_port(place))
    }

    /// Whether an address may be asked.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, url: &str, form: FeedForm) -> Result<(), FeedError> {
        let url = self.url(url)?;
        match form {
            FeedForm::File => Ok(()),
            FeedForm::Misp => parts::manifest(&url).map(drop),
            FeedForm::Taxii => parts::objects(&url).map(drop),
        }
    }

    /// The name of the header in which a key is sent to this address; nothing where none is.
    #[must_use]
    pub fn sends_key(&self, url: &str) -> Option<String> {
        let url = self.url(url).ok()?;
        let key = self.keys.iter().find(|key| key.is_for(&url))?;
        Some(key.header.to_string())
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
        let named = self.is_named(&url);
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
    /// Why not; nothing of a feed is given where its reading broke off.
    pub async fn fetch(&self, ask: &Ask<'_>, arrived: &AtomicU64) -> Result<Fetched, FeedError> {
        let url = self.url(ask.url)?;
        let mut room = Room {
            left: FEED_BODY_MAX_BYTES,
            arrived,
        };
        match ask.form {
            FeedForm::File => self.document(url, ask.known, None, &mut room).await,
            FeedForm::Misp | FeedForm::Taxii => {
                let whole = async {
                    match ask.form {
                        FeedForm::Misp => self.misp(&url, ask, &mut room).await,
                        _ => self.taxii(&url, ask, &mut room).await,
                    }
                };
                let within = tokio::time::timeout(self.parts_within, whole).await;
                within.map_err(|_| FeedError::PartsLate)?
            }
        }
    }

    /// Reads one document.
    async fn document(
        &self,
        url: Url,
        known: &Validators,
        accept: Option<&str>,
        room: &mut Room<'_>,
    ) -> Result<Fetched, FeedError> {
        let key = self.keys.iter().find(|key| key.is_for(&url));
        let mut request = match self.is_named(&url) {
            true => self.named.get(url),
            false => self.public.get(url),
        };
        if let Some(key) = key {
            request = request.header(key.header.clone(), key.value.clone());
        }
        if let Some(accept) = accept {
            request = request.header(ACCEPT, accept);
        }
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
        let validators = said_of(&answer);
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
            room.left = room.left.checked_sub(chunk.len()).ok_or(FeedError::TooLong)?;
            bytes.extend_from_slice(&chunk);
            let count = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            room.arrived.fetch_add(count, Ordering::Relaxed);
        }
        Ok(Fetched::Body { bytes, validators })
    }
}

/// What to ask with next time.
fn said_of(answer: &Response) -> Validators {
    let header = |name| {
        let value = answer.headers().get(name)?.to_str().ok()?;
        (value.len() <= VALIDATOR_MAX_BYTES).then(|| value.to_owned())
    };
    Validators {
        etag: header(ETAG),
        last_modified: header(LAST_MODIFIED),
        day: None,
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
mod served;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_asked() {
        let client = FeedClient::new(&["mirror.corp.internal:8443".into(), "127.0.0.1".into()], &[]).unwrap();
        for good in [
            "https://feeds.example/list.txt?key=1",
            "https://8.8.8.8/x",
            "https://mirror.corp.internal:8443/a",
            "http://mirror.corp.internal:8443/a",
            "http://127.0.0.1:9000/a",
        ] {
            assert_eq!(client.check(good, FeedForm::File), Ok(()), "{good}");
        }
        for inside in [
            "https://mirror.corp.internal/a",
            "https://mirror.corp.internal:8444/a",
            "https://localhost/a",
            "https://10.0.0.1/",
            "https://198.18.0.1/",
            "https://192.0.0.170/",
            "https://[2002:a00:1::1]/",
            "https://[fec0::1]/",
            "https://[::10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://router/",
            "https://0x7f000002/",
            "https://2130706434/",
        ] {
            assert_eq!(
                client.check(inside, FeedForm::File),
                Err(FeedError::Inside),
                "{inside}"
            );
        }
        for bad in [
            "http://feeds.example/list.txt",
            "ftp://feeds.example/",
            "file:///etc/passwd",
            "https://u:p@feeds.example/",
            "feeds.example",
            "",
        ] {
            assert!(
                matches!(client.check(bad, FeedForm::File), Err(FeedError::Address(_))),
                "{bad}"
            );
        }
        let long = format!("https://feeds.example/{}", "a".repeat(FEED_URL_MAX_BYTES));
        assert!(client.check(&long, FeedForm::File).is_err());
    }
}
