//! Keys that publishers ask for, each for one host.

use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use super::FeedError;

/// A key as the operator gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct FeedKey {
    /// For which host: `HOST`, or `HOST:PORT` for one other than the scheme's own.
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

/// A key that can be sent.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    host: String,
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
        let host = self.host.trim().to_ascii_lowercase();
        if host.is_empty() || host.contains('/') {
            return Err(wrong("HOST or HOST:PORT is expected"));
        }
        Ok(Checked { host, header, value })
    }
}

impl Checked {
    /// Whether it is for the host of this address, and its port.
    pub(super) fn is_for(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        match url.port() {
            None => {
                self.host == host
                    || url
                        .port_or_known_default()
                        .is_some_and(|port| self.host == format!("{host}:{port}"))
            }
            Some(port) => self.host == format!("{host}:{port}"),
        }
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
    fn what_is_no_key() {
        for (host, header, value) in [
            ("", "Auth-Key", "s"),
            ("https://feeds.example", "Auth-Key", "s"),
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
