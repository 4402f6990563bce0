//! Host names and addresses in canonical form.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::bytes::{all, cut, trim_run};
use crate::limits::{MAX_HOST_BYTES, MAX_HOST_RUN_BYTES, MAX_IPV6_TEXT_BYTES, MAX_LABEL_BYTES};
use crate::pattern::Reason;

/// Puts the canonical form of a trimmed run into `out`, where the run is a domain name: lower-case A-labels, two or more.
/// ASCII costs no allocation.
pub(crate) fn canonical_name(run: &[u8], out: &mut Vec<u8>) -> Result<(), Reason> {
    out.clear();
    if run.len() > MAX_HOST_RUN_BYTES {
        return Err(Reason::BadHost);
    }
    if run.is_ascii() {
        if run.len() > MAX_HOST_BYTES {
            return Err(Reason::BadHost);
        }
        out.extend(run.iter().map(u8::to_ascii_lowercase));
    } else {
        let name = Uts46::new()
            .to_ascii(run, AsciiDenyList::URL, Hyphens::Allow, DnsLength::Ignore)
            .map_err(|_| Reason::BadHost)?;
        let name = name.as_bytes();
        // UTS 46 maps other full stops (U+3002) to `.`, so that the ends may need trimming again.
        let (start, end) = trim_run(name, 0, name.len());
        out.extend_from_slice(name.get(start..end).unwrap_or_default());
    }
    check_name(out)
}

/// Whether lower-case ASCII is a domain name in the sense of the rules.
fn check_name(name: &[u8]) -> Result<(), Reason> {
    if name.is_empty() || name.len() > MAX_HOST_BYTES {
        return Err(Reason::BadHost);
    }
    if !all(name, |byte| {
        byte.is_ascii_lowercase() | byte.is_ascii_digit() | matches!(byte, b'.' | b'-' | b'_')
    }) {
        return Err(Reason::BadHost);
    }
    let mut last = 0;
    for dot in memchr::memchr_iter(b'.', name) {
        if !(1..=MAX_LABEL_BYTES).contains(&(dot - last)) {
            return Err(Reason::BadHost);
        }
        last = dot + 1;
    }
    let label = cut(name, last, name.len());
    if !(1..=MAX_LABEL_BYTES).contains(&label.len()) {
        return Err(Reason::BadHost);
    }
    if label.iter().all(u8::is_ascii_digit) {
        return Err(Reason::NumericName);
    }
    if last == 0 { Err(Reason::OneLabel) } else { Ok(()) }
}

/// The IPv4 address that is the whole text: four decimal numbers without leading zeros.
pub(crate) fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    if text.len() < 7 || text.len() > 15 {
        return None;
    }
    let mut octets = [0u8; 4];
    let mut parts = text.split(|&b| b == b'.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 3 || (part.len() > 1 && part.first() == Some(&b'0')) {
            return None;
        }
        let mut value = 0u16;
        for &digit in part {
            if !digit.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u16::from(digit - b'0');
        }
        *octet = u8::try_from(value).ok()?;
    }
    if parts.next().is_some() {
        None
    } else {
        Some(Ipv4Addr::from(octets))
    }
}

/// The address that an IPv6 text is; a mapped one is its IPv4 address.
pub(crate) fn ipv6(text: &[u8]) -> Option<IpAddr> {
    if text.len() < 2 || text.len() > MAX_IPV6_TEXT_BYTES {
        return None;
    }
    let address: Ipv6Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(match address.to_ipv4_mapped() {
        Some(mapped) => IpAddr::V4(mapped),
        None => IpAddr::V6(address),
    })
}

/// Whether an address is `::`, in whatever form. It is punctuation in logs and no host anywhere: never an observable.
pub(crate) fn is_nothing(address: IpAddr) -> bool {
    address == IpAddr::V6(Ipv6Addr::UNSPECIFIED)
}

/// The address as bytes that sort and hash: an IPv4 address as its mapped IPv6 address.
pub(crate) fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// RFC 5952, or dotted decimal.
pub(crate) fn address_text(address: IpAddr) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(text, "{address}");
    text
}

/// An address as the host of a URL or before a port: IPv6 in brackets.
pub(crate) fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}
