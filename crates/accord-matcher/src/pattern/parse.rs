//! From what people and feeds write to the canonical form.

use std::borrow::Cow;
use std::net::IpAddr;

use super::{Pattern, PatternKind, Reason};
use crate::bytes::{cut, ends_url, is_hex, is_local, port, trim_run};
use crate::fingerprint::mask;
use crate::host::{address_text, bits, bracketed, canonical_name, ipv4, ipv6, is_nothing};
use crate::kind::Kind;
use crate::limits::{MAX_LOCAL_PART_BYTES, MAX_PATTERN_BYTES};

/// A host in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Name(String),
    Address(IpAddr),
}

/// The same, of a URL that is in canonical form already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UrlHost<'h> {
    Name(Cow<'h, str>),
    Address(IpAddr),
}

impl Host {
    /// As it stands in a URL.
    pub(crate) fn in_url(&self) -> String {
        match self {
            Host::Name(name) => name.clone(),
            Host::Address(address) => bracketed(*address),
        }
    }
}

/// Whether a character makes a host a pattern.
fn is_pattern_in_host(byte: u8) -> bool {
    matches!(
        byte,
        b'*' | b'[' | b']' | b'(' | b')' | b'{' | b'}' | b'|' | b'^' | b'$' | b'+' | b'\\'
    )
}

/// Characters that make a path a pattern; no URL has them unescaped.
const PATTERN_IN_PATH: &[u8] = b"*[]{}|^\\";

/// Reads an indicator whose defanged forms are already read through.
pub(super) fn indicator(text: &str) -> Result<Pattern, Reason> {
    let bytes = text.as_bytes();
    if text.starts_with('/') {
        return Err(Reason::PathWithoutHost);
    }
    if bytes.iter().any(|&b| b <= b' ' || b == 0x7f) {
        return Err(Reason::WhiteSpace);
    }
    if let Some((scheme, rest)) = split_scheme(text) {
        return url(rest, default_port(scheme.as_bytes()));
    }
    if Kind::of_hash(bytes.len()).is_some() && bytes.iter().all(|&b| is_hex(b)) {
        return Ok(made(PatternKind::Hash, text.to_ascii_lowercase()));
    }
    if let Some(tail) = text.find(['/', '?', '#']) {
        let (host, tail) = text.split_at_checked(tail).ok_or(Reason::BadUrl)?;
        if let Some(length) = tail
            .strip_prefix('/')
            .filter(|l| l.bytes().all(|b| b.is_ascii_digit()))
            && let Ok(address) = address(host)
            && !length.is_empty()
        {
            return network(address, length);
        }
        return url(text, None);
    }
    if text.contains('@') {
        return email(text);
    }
    if let Some(name) = text.strip_prefix("*.").or_else(|| text.strip_prefix('.')) {
        return match authority(name)? {
            (Host::Name(name), None) => Ok(made(PatternKind::Subdomains, format!(".{name}"))),
            _ => Err(Reason::BadHost),
        };
    }
    let (host, port) = authority(text)?;
    Ok(bare_host(host, port))
}

/// Reads the canonical text of a URL indicator, which the text alone does not always tell from a network.
pub(super) fn canonical_url(text: &str) -> Result<Pattern, Reason> {
    url(text, None)
}

fn made(kind: PatternKind, canonical: String) -> Pattern {
    Pattern { kind, canonical }
}

fn bare_host(host: Host, port: Option<u16>) -> Pattern {
    match (host, port) {
        (Host::Name(name), _) => made(PatternKind::Domain, name),
        (Host::Address(address), Some(port)) => {
            made(PatternKind::AddressPort, format!("{}:{port}", bracketed(address)))
        }
        (Host::Address(address), None) => made(PatternKind::Address, address_text(address)),
    }
}

/// `scheme`, and what follows `://`.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let well_formed = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    well_formed.then_some((scheme, rest))
}

/// The default port of the schemes that the rules know by name.
pub(crate) fn default_port(scheme: &[u8]) -> Option<u16> {
    if [&b"http"[..], b"hxxp"]
        .iter()
        .any(|s| scheme.eq_ignore_ascii_case(s))
    {
        Some(80)
    } else if [&b"https"[..], b"hxxps"]
        .iter()
        .any(|s| scheme.eq_ignore_ascii_case(s))
    {
        Some(443)
    } else {
        None
    }
}

/// An address on its own, in brackets or not, a zone ignored.
fn address(text: &str) -> Result<IpAddr, Reason> {
    let inside = text
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or(text);
    if let Some(address) = ipv4(inside.as_bytes()) {
        return Ok(IpAddr::V4(address));
    }
    let without_zone = inside.split_once('%').map_or(inside, |(address, _)| address);
    ipv6(without_zone.as_bytes()).ok_or(Reason::BadAddress)
}

/// A host with or without a port.
pub(crate) fn authority(text: &str) -> Result<(Host, Option<u16>), Reason> {
    match any_authority(text)? {
        (Host::Address(address), _) if is_nothing(address) => Err(Reason::BadAddress),
        found => Ok(found),
    }
}

fn any_authority(text: &str) -> Result<(Host, Option<u16>), Reason> {
    if let Some(rest) = text.strip_prefix('[') {
        let Some((inside, after)) = rest.split_once(']') else {
            return Err(Reason::IsAPattern);
        };
        let is_address =
            inside.bytes().all(|b| is_hex(b) || matches!(b, b':' | b'.')) || inside.contains('%');
        if !is_address || !(after.is_empty() || after.starts_with(':')) {
            return Err(Reason::IsAPattern);
        }
        let port = after.strip_prefix(':').map(port_of).transpose()?;
        return Ok((Host::Address(address(inside)?), port));
    }
    if text.bytes().any(is_pattern_in_host) {
        return Err(Reason::IsAPattern);
    }
    let mut parts = text.split(':');
    let (host, first_port, second_port) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    if second_port.is_some() {
        let two_ports = host.contains('.') && !host.is_empty();
        return match address(text) {
            Ok(address) => Ok((Host::Address(address), None)),
            Err(_) if two_ports => Err(Reason::TwoPorts),
            Err(reason) => Err(reason),
        };
    }
    let port = first_port.map(port_of).transpose()?;
    Ok((host_of(host)?, port))
}

/// The host of a URL in canonical form, without its port.
pub(crate) fn url_host(host: &[u8]) -> Option<UrlHost<'_>> {
    let text = std::str::from_utf8(host).ok()?;
    // Most often a name, and then nothing is left to be read.
    if !text.bytes().any(|b| matches!(b, b':' | b'[')) {
        return Some(match ipv4(host) {
            Some(address) => UrlHost::Address(IpAddr::V4(address)),
            None => UrlHost::Name(Cow::Borrowed(text)),
        });
    }
    authority(text).ok().map(|(host, _)| match host {
        Host::Name(name) => UrlHost::Name(Cow::Owned(name)),
        Host::Address(address) => UrlHost::Address(address),
    })
}

fn port_of(text: &str) -> Result<u16, Reason> {
    port(text.as_bytes())
        .filter(|&port| port != 0)
        .ok_or(Reason::BadPort)
}

/// A name or an IPv4 address.
fn host_of(text: &str) -> Result<Host, Reason> {
    let (start, end) = trim_run(text.as_bytes(), 0, text.len());
    let run = cut(text.as_bytes(), start, end);
    if let Some(address) = ipv4(run) {
        return Ok(Host::Address(IpAddr::V4(address)));
    }
    let mut name = Vec::new();
    match canonical_name(run, &mut name) {
        Ok(()) => String::from_utf8(name)
            .map(Host::Name)
            .map_err(|_| Reason::BadHost),
        Err(Reason::NumericName) => {
            let labels: Vec<&[u8]> = run.split(|&b| b == b'.').collect();
            let like_ipv4 = labels.len() == 4
                && labels
                    .iter()
                    .all(|l| l.len() <= 4 && l.iter().all(u8::is_ascii_digit))
                && labels.iter().any(|l| l.len() > 1 && l.starts_with(b"0"));
            Err(if like_ipv4 {
                Reason::LeadingZeros
            } else {
                Reason::NumericName
            })
        }
        Err(reason) => Err(reason),
    }
}

fn network(address: IpAddr, length: &str) -> Result<Pattern, Reason> {
    let length: u8 = length.parse().map_err(|_| Reason::BadPrefix)?;
    let (most, offset) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
    if length == 0 || length > most {
        // The length of a mapped network counts from the IPv6 side.
        return match length.checked_sub(96) {
            Some(mapped) if address.is_ipv4() && (1..=32).contains(&mapped) => {
                network(address, &mapped.to_string())
            }
            _ => Err(Reason::BadPrefix),
        };
    }
    if length == most && is_nothing(address) {
        return Err(Reason::BadAddress);
    }
    if length == most {
        return Ok(made(PatternKind::Address, address_text(address)));
    }
    let base = std::net::Ipv6Addr::from_bits(mask(bits(address), length + offset));
    let base = match (address.is_ipv4(), base.to_ipv4_mapped()) {
        (true, Some(v4)) => IpAddr::V4(v4),
        _ => IpAddr::V6(base),
    };
    Ok(made(
        PatternKind::Network,
        format!("{}/{length}", address_text(base)),
    ))
}

fn email(text: &str) -> Result<Pattern, Reason> {
    if text.bytes().any(|b| b != b'+' && is_pattern_in_host(b)) {
        return Err(Reason::IsAPattern);
    }
    let (local, domain) = text.rsplit_once('@').ok_or(Reason::BadEmail)?;
    let reads = !local.is_empty()
        && local.len() <= MAX_LOCAL_PART_BYTES
        && local.bytes().all(is_local)
        && !local.starts_with(['.', '-'])
        && !domain.starts_with(['.', '-'])
        && !domain.contains(':');
    if !reads {
        return Err(Reason::BadEmail);
    }
    match host_of(domain)? {
        Host::Name(name) => Ok(made(
            PatternKind::Email,
            format!("{}@{name}", local.to_ascii_lowercase()),
        )),
        Host::Address(_) => Err(Reason::BadEmail),
    }
}

/// A URL after its scheme. `default_port` is the scheme's.
fn url(rest: &str, default_port: Option<u16>) -> Result<Pattern, Reason> {
    let tail_at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, tail) = rest.split_at_checked(tail_at).ok_or(Reason::BadUrl)?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if host.is_empty() {
        return Err(Reason::PathWithoutHost);
    }
    let (host, port) = authority(host)?;
    let port = port.filter(|&port| Some(port) != default_port);
    if tail.bytes().any(|b| PATTERN_IN_PATH.contains(&b)) {
        return Err(Reason::IsAPattern);
    }
    if tail.bytes().any(ends_url) {
        return Err(Reason::BadUrl);
    }
    let tail = trim_url_end(tail.as_bytes());
    if tail.is_empty() {
        return Ok(bare_host(host, port));
    }
    let mut canonical = host.in_url();
    if let Some(port) = port {
        canonical.push_str(&format!(":{port}"));
    }
    // What was trimmed is ASCII, so that the rest is still UTF-8.
    canonical.push_str(std::str::from_utf8(tail).map_err(|_| Reason::BadUrl)?);
    if canonical.len() > MAX_PATTERN_BYTES {
        return Err(Reason::TooLong);
    }
    Ok(made(PatternKind::Url, canonical))
}

/// Without the punctuation that ends a URL in prose.
pub(crate) fn trim_url_end(tail: &[u8]) -> &[u8] {
    let kept = tail
        .iter()
        .rposition(|b| !b".,;:!?)]".contains(b))
        .map_or(0, |last| last + 1);
    cut(tail, 0, kept)
}
