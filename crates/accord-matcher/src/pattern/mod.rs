//! Indicators in canonical form.

mod parse;
mod plain;
mod refusal;

pub use refusal::{Reason, Refusal};

pub(crate) use parse::{Host, UrlHost, authority, default_port, trim_url_end, url_host};

use crate::fingerprint::{of_network, of_text, of_url};
use crate::host::{bits, ipv4, ipv6};
use crate::limits::MAX_PATTERN_BYTES;
use crate::view::ViewBuffer;
use std::net::IpAddr;

/// What an indicator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternKind {
    /// A domain and its sub-domains: `evil.example`.
    Domain,
    /// The sub-domains of a domain only: `.dyn.example`.
    Subdomains,
    /// One address: `192.0.2.10`, `2001:db8::7`.
    Address,
    /// A network: `192.0.2.0/24`.
    Network,
    /// An address with a port: `198.51.100.7:8443`, `[2001:db8::7]:443`.
    AddressPort,
    /// A URL without scheme: `bad.example/a.php`.
    Url,
    /// An e-mail address: `mule@mail.example`.
    Email,
    /// An MD5, SHA-1, SHA-256 or SHA-512 digest.
    Hash,
}

impl PatternKind {
    /// Every kind, in the order in which they are listed and counted.
    pub const ALL: [PatternKind; 8] = [
        PatternKind::Domain,
        PatternKind::Subdomains,
        PatternKind::Address,
        PatternKind::Network,
        PatternKind::AddressPort,
        PatternKind::Url,
        PatternKind::Email,
        PatternKind::Hash,
    ];

    /// The word for this kind in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            PatternKind::Domain => "domain",
            PatternKind::Subdomains => "subdomains",
            PatternKind::Address => "address",
            PatternKind::Network => "network",
            PatternKind::AddressPort => "address-port",
            PatternKind::Url => "url",
            PatternKind::Email => "email",
            PatternKind::Hash => "hash",
        }
    }

    /// The fingerprint under which an indicator of this kind is found: equal indicators have one, and so may others. None
    /// where the text is not the canonical text of an indicator.
    pub fn fingerprint(self, canonical: &str) -> Option<u64> {
        fingerprint(self, canonical)
    }
}

/// An indicator in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    kind: PatternKind,
    canonical: String,
}

impl Pattern {
    /// Reads an indicator as people and feeds write it, defanged forms included.
    ///
    /// # Errors
    /// A [`Refusal`] with the reason in plain words.
    pub fn parse(text: &str) -> Result<Pattern, Refusal> {
        Pattern::read(text).map_err(|reason| Refusal::new(reason, text))
    }

    fn read(text: &str) -> Result<Pattern, Reason> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Reason::Empty);
        }
        if trimmed.len() > MAX_PATTERN_BYTES {
            return Err(Reason::TooLong);
        }
        let mut buffer = ViewBuffer::default();
        let view = buffer.read(trimmed.as_bytes());
        std::str::from_utf8(view.text)
            .map_err(|_| Reason::BadHost)
            .and_then(parse::indicator)
    }

    /// Reads a canonical text back; none where it is not the canonical text of an indicator of this kind.
    pub fn from_canonical(kind: PatternKind, canonical: &str) -> Option<Pattern> {
        if canonical.len() > MAX_PATTERN_BYTES {
            return None;
        }
        let parsed = match kind {
            PatternKind::Url => parse::canonical_url(canonical),
            _ => parse::indicator(canonical),
        };
        parsed
            .ok()
            .filter(|pattern| pattern.kind == kind && pattern.canonical == canonical)
    }

    /// Of parts that are those of an indicator in canonical form; elsewhere nothing is found under it.
    pub fn of_parts(kind: PatternKind, canonical: &str) -> Pattern {
        Pattern {
            kind,
            canonical: canonical.to_owned(),
        }
    }

    /// What the indicator is.
    pub fn kind(&self) -> PatternKind {
        self.kind
    }

    /// The canonical text: what `indicator` is in a record.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

/// Reads many indicators, as [`Pattern::parse`] does one. Holds only room that is used again.
#[derive(Debug, Default)]
pub struct PatternReader {
    name: Vec<u8>,
}

impl PatternReader {
    /// Appends the canonical text of an indicator, as people and feeds write it, to `out`, and says what it is and what its
    /// [fingerprint](PatternKind::fingerprint) is. Allocates nothing for the forms that lists have by the million.
    ///
    /// # Errors
    /// Why it is refused; nothing is appended then.
    pub fn read(&mut self, text: &str, out: &mut Vec<u8>) -> Result<(PatternKind, u64), Reason> {
        if let Some(read) = plain::read(text.trim_ascii().as_bytes(), &mut self.name, out) {
            return Ok(read);
        }
        let Pattern { kind, canonical } = Pattern::read(text)?;
        // There is one, as it is an indicator's text.
        let fingerprint = kind.fingerprint(&canonical).ok_or(Reason::BadHost)?;
        out.extend_from_slice(canonical.as_bytes());
        Ok((kind, fingerprint))
    }
}

/// A network as 128 bits with a prefix length of 1 to 128; IPv4 counts as mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Network {
    pub(crate) bits: u128,
    pub(crate) prefix: u8,
    pub(crate) is_ipv4: bool,
}

impl Network {
    /// The network of an address, a network or an `address:port` in canonical form.
    pub(crate) fn of(kind: PatternKind, canonical: &str) -> Option<Network> {
        let (address, length) = match kind {
            PatternKind::Address => (canonical, None),
            PatternKind::Network => canonical.split_once('/').map(|(a, l)| (a, Some(l)))?,
            PatternKind::AddressPort => (split_port(canonical)?.0, None),
            _ => return None,
        };
        let address = match ipv4(address.as_bytes()) {
            Some(v4) => IpAddr::V4(v4),
            None => ipv6(address.as_bytes())?,
        };
        let (most, offset) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length: u8 = match length {
            Some(length) => length.parse().ok().filter(|&l| l <= most)?,
            None => most,
        };
        Some(Network {
            bits: bits(address),
            prefix: length + offset,
            is_ipv4: address.is_ipv4(),
        })
    }
}

/// A canonical `address:port` as the bare address and the port.
pub(crate) fn split_port(canonical: &str) -> Option<(&str, u16)> {
    let (address, port) = canonical.rsplit_once(':')?;
    let address = address
        .strip_prefix('[')
        .and_then(|a| a.strip_suffix(']'))
        .unwrap_or(address);
    Some((address, port.parse().ok()?))
}

/// The fingerprint under which an indicator is found. Domains with and without a leading dot share the one of the name;
/// an `address:port` has that of its address.
pub(crate) fn fingerprint(kind: PatternKind, canonical: &str) -> Option<u64> {
    Some(match kind {
        PatternKind::Domain | PatternKind::Email | PatternKind::Hash => of_text(canonical.as_bytes()),
        PatternKind::Subdomains => of_text(canonical.as_bytes().get(1..)?),
        PatternKind::Url => of_url(canonical.as_bytes()),
        PatternKind::Address | PatternKind::Network => {
            let network = Network::of(kind, canonical)?;
            of_network(network.bits, network.prefix)
        }
        PatternKind::AddressPort => of_network(Network::of(kind, canonical)?.bits, 128),
    })
}
