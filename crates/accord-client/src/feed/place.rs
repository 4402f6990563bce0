//! A host as the operator names it: `HOST`, or `HOST:PORT`.

use std::net::Ipv6Addr;

use reqwest::Url;

/// A host, and a port where one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// As an address has it: small letters, Punycode, IPv6 in brackets.
    host: String,
    port: Option<u16>,
}

impl Place {
    /// What the operator wrote; none where it is neither `HOST` nor `HOST:PORT`. An IPv6 address may stand without brackets
    /// where no port does.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.ends_with(':')
            || text.contains(['/', '\\', '?', '#', '@'])
            || text.contains(char::is_whitespace)
        {
            return None;
        }
        let text = match text.parse::<Ipv6Addr>() {
            Ok(bare) => format!("[{bare}]"),
            Err(_) => text.to_owned(),
        };
        let of_scheme = |scheme| Url::parse(&format!("{scheme}://{text}/")).ok();
        let (https, http) = (of_scheme("https")?, of_scheme("http")?);
        Some(Self {
            host: https.host_str()?.to_owned(),
            // An address does not tell the port that its scheme has anyway.
            port: https.port().or(http.port()),
        })
    }

    /// The port, where one is named.
    pub(super) fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether an address has this host.
    pub(super) fn has_host_of(&self, url: &Url) -> bool {
        url.host_str() == Some(&self.host)
    }

    /// Whether both have the same host.
    pub(super) fn has_host_as(&self, other: &Self) -> bool {
        self.host == other.host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_place() {
        for (text, host, port) in [
            ("feeds.example", "feeds.example", None),
            (" Feeds.Example ", "feeds.example", None),
            ("feeds.example:8443", "feeds.example", Some(8443)),
            ("feeds.example:443", "feeds.example", Some(443)),
            ("feeds.example:80", "feeds.example", Some(80)),
            ("router", "router", None),
            ("b\u{fc}cher.example", "xn--bcher-kva.example", None),
            ("10.0.0.1:80", "10.0.0.1", Some(80)),
            ("::1", "[::1]", None),
            ("[::1]", "[::1]", None),
            ("[2001:DB8:0::1]:8443", "[2001:db8::1]", Some(8443)),
        ] {
            let expected = Place {
                host: host.to_owned(),
                port,
            };
            assert_eq!(Place::parse(text), Some(expected), "{text}");
        }
        for bad in [
            "",
            ":443",
            "feeds.example:",
            "feeds.example:x",
            "feeds.example:70000",
            "https://feeds.example",
            "feeds.example/",
            "feeds.example/a",
            "feeds.example?",
            "u@feeds.example",
            "a b",
            "10.0.0.0/8",
            "::1:x",
        ] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
    }
}
