//! Keys that publishers ask for, each for one host and port.
//!
//! Invariant: a key goes out in clear only where the operator wrote the port that it goes to.

use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use super::FeedError;
use super::place::Place;

/// A key as the operator gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct FeedKey {
    /// For which host: `HOST` for https alone, at its own port; `HOST:PORT` for this port, whatever the scheme.
    pub host: String,
    /// In which header it is sent.
    pub header: String,
    /// What is sent.
    pub value: String,
}

impl std::fmt::Debug for FeedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            host,
            header,
            value: _,
        } = self;
        write!(f, "FeedKey {{ host: {host:?}, header: {header:?} }}")
    }
}

/// Headers that say how a request is read, and for whom.
const NOT_FOR_KEYS: [&str; 8] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "accept",
    "if-none-match",
    "if-modified-since",
];

/// The port of https (RFC 9110, section 4.2.2).
const HTTPS_PORT: u16 = 443;

/// A key that can be sent.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    place: Place,
    pub(super) header: HeaderName,
    /// Marked as sensitive: it is not in what is logged of a request.
    pub(super) value: HeaderValue,
}

impl FeedKey {
    pub(super) fn checked(&self) -> Result<Checked, FeedError> {
        let wrong = |what| FeedError::Key {
            host: self.host.clone(),
            what,
        };
        let header: HeaderName = self
            .header
            .parse()
            .map_err(|_| wrong("its header is no name of a header, such as Authorization"))?;
        if NOT_FOR_KEYS.contains(&header.as_str()) {
            return Err(wrong("this header is no place for a key"));
        }
        let mut value: HeaderValue = self
            .value
            .parse()
            .map_err(|_| wrong("it has characters that no header takes"))?;
        if value.is_empty() {
            return Err(wrong("it is empty"));
        }
        value.set_sensitive(true);
        let place = Place::parse(&self.host).ok_or_else(|| wrong("HOST or HOST:PORT is expected"))?;
        Ok(Checked { place, header, value })
    }

    /// Keys that can be sent, one at most for each host and port: which of two would be sent is nobody's guess.
    pub(super) fn all_checked(keys: &[Self]) -> Result<Vec<Checked>, FeedError> {
        let mut all: Vec<Checked> = Vec::with_capacity(keys.len());
        for key in keys {
            let checked = key.checked()?;
            if all.iter().any(|known| known.meets(&checked)) {
                return Err(FeedError::Key {
                    host: key.host.clone(),
                    what: "there is another key for the same host and port (a host without a port is its port 443): keep one",
                });
            }
            all.push(checked);
        }
        Ok(all)
    }
}

impl Checked {
    /// Whether it is for this address.
    pub(super) fn is_for(&self, url: &Url) -> bool {
        self.place.has_host_of(url)
            && match self.place.port() {
                None => url.scheme() == "https" && url.port().is_none(),
                port => url.port_or_known_default() == port,
            }
    }

    /// Whether there are addresses that both are for.
    fn meets(&self, other: &Self) -> bool {
        let port = |key: &Self| key.place.port().unwrap_or(HTTPS_PORT);
        self.place.has_host_as(&other.place) && port(self) == port(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(host: &str, header: &str, value: &str) -> Result<Checked, FeedError> {
        let (host, header, value) = (host.to_owned(), header.to_owned(), value.to_owned());
        FeedKey { host, header, value }.checked()
    }

    #[test]
    fn a_key_goes_to_its_host_and_port_alone() {
        for (host, url, is_sent) in [
            ("Feeds.Example", "https://feeds.example/a", true),
            ("feeds.example", "https://feeds.example:443/a", true),
            ("feeds.example:443", "https://feeds.example/a", true),
            ("feeds.example", "https://feeds.example:8443/a", false),
            ("feeds.example:8443", "https://feeds.example:8443/a", true),
            ("feeds.example:8443", "https://feeds.example/a", false),
            ("[2001:db8::1]:8443", "https://[2001:db8:0::1]:8443/a", true),
            // In clear only where the port is written.
            ("feeds.example", "http://feeds.example/a", false),
            ("feeds.example", "http://feeds.example:443/a", false),
            ("feeds.example", "http://feeds.example:8080/a", false),
            ("feeds.example:443", "http://feeds.example/a", false),
            ("feeds.example:80", "http://feeds.example/a", true),
            ("feeds.example:80", "https://feeds.example/a", false),
            ("feeds.example:8080", "http://feeds.example:8080/a", true),
            ("feeds.example", "https://feeds.example./a", false),
            ("feeds.example", "https://a.feeds.example/a", false),
            ("feeds.example", "https://feeds.example.evil.example/a", false),
            ("feeds.example", "https://evil.example/feeds.example", false),
        ] {
            let url: Url = url.parse().unwrap();
            assert_eq!(
                key(host, "Auth-Key", "s").unwrap().is_for(&url),
                is_sent,
                "{host} {url}"
            );
        }
    }

    #[test]
    fn one_key_for_each_host_and_port() {
        let keys = |hosts: [&str; 2]| {
            let keys = hosts.map(|host| FeedKey {
                host: host.to_owned(),
                header: "Auth-Key".to_owned(),
                value: "s".to_owned(),
            });
            FeedKey::all_checked(&keys)
        };
        for good in [
            ["feeds.example", "other.example"],
            ["feeds.example", "a.feeds.example"],
            ["feeds.example", "feeds.example:8443"],
            ["feeds.example", "feeds.example:80"],
        ] {
            assert_eq!(keys(good).unwrap().len(), 2, "{good:?}");
        }
        for bad in [
            ["feeds.example", "feeds.example"],
            ["feeds.example", "Feeds.Example"],
            ["feeds.example", "feeds.example:443"],
            ["feeds.example:443", " feeds.example"],
            ["feeds.example:8443", "FEEDS.example:8443"],
            ["[::1]", "::1"],
        ] {
            let error = keys(bad).unwrap_err();
            assert!(
                error.to_string().contains("another key for the same host"),
                "{bad:?}: {error}"
            );
            assert!(error.to_string().contains(bad[1]), "{bad:?}: {error}");
        }
    }

    #[test]
    fn what_is_no_key() {
        for (host, header, value) in [
            ("", "Auth-Key", "s"),
            ("https://feeds.example", "Auth-Key", "s"),
            ("feeds.example:", "Auth-Key", "s"),
            ("feeds.example:x", "Auth-Key", "s"),
            ("feeds.example", "", "s"),
            ("feeds.example", "a b", "s"),
            ("feeds.example", "Host", "s"),
            ("feeds.example", "If-None-Match", "s"),
            ("feeds.example", "Auth-Key", ""),
            ("feeds.example", "Auth-Key", "a\nX: b"),
        ] {
            assert!(
                matches!(key(host, header, value), Err(FeedError::Key { .. })),
                "{host} {header} {value}"
            );
        }
        let secret = FeedKey {
            host: "feeds.example".into(),
            header: "Auth-Key".into(),
            value: "geheim".into(),
        };
        assert!(!format!("{secret:?} {:?}", secret.checked()).contains("geheim"));
    }
}
