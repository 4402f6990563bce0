//! What a text is, taken alone: a host, an address, a number.

use std::net::{IpAddr, Ipv6Addr};

use crate::Kind;
use crate::limits::{MAX_HOST_BYTES, MAX_LABEL_BYTES};

#[derive(Debug, Clone)]
pub(super) enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Host::Name(_) => Kind::Domain,
            Host::Address(IpAddr::V4(_)) => Kind::Ipv4,
            Host::Address(IpAddr::V6(_)) => Kind::Ipv6,
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Host::Name(name) => name.clone(),
            Host::Address(address) => address.to_string(),
        }
    }

    pub(super) fn in_url(&self) -> String {
        match self {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
            other => other.text(),
        }
    }
}

pub(super) fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

pub(super) fn ipv6_value(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let address: Ipv6Addr = text.parse().ok().filter(|a: &Ipv6Addr| !a.is_unspecified())?;
    Some(address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4))
}

/// The name or IPv4 address that a trimmed text is.
pub(super) fn host_value(text: &[u8]) -> Option<Host> {
    // The standard library refuses leading zeros too.
    if let Ok(address) = std::str::from_utf8(text).ok()?.parse::<std::net::Ipv4Addr>() {
        return Some(Host::Address(IpAddr::V4(address)));
    }
    let name = idna::domain_to_ascii_cow(text, idna::AsciiDenyList::URL);
    let name = if text.is_ascii() {
        String::from_utf8_lossy(text).to_ascii_lowercase()
    } else {
        name.ok()?.trim_matches(['.', '-']).to_owned()
    };
    let labels: Vec<&str> = name.split('.').collect();
    let ok = labels.len() >= 2
        && name.len() <= MAX_HOST_BYTES
        && labels.iter().all(|l| {
            (1..=MAX_LABEL_BYTES).contains(&l.len())
                && l.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        })
        && !labels[labels.len() - 1].bytes().all(|b| b.is_ascii_digit());
    ok.then_some(Host::Name(name))
}
