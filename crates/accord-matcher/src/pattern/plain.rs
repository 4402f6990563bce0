//! The forms that lists have by the million, read without allocation: plain names, addresses, digests, mailboxes, and
//! URLs of a plain host.
//!
//! Says nothing about everything else, refusals among it: [`super::parse`] does, and is what these readings are compared
//! with in tests.

use std::io::Write;
use std::net::IpAddr;

use super::{PatternKind, trim_url_end};
use crate::bytes::{all, cut, ends_url, is_ascii_run, is_hex, is_local, trim_run};
use crate::fingerprint::{of_network, of_text, of_url};
use crate::host::{bits, canonical_name, ipv4, ipv6, is_nothing};
use crate::kind::Kind;
use crate::limits::{MAX_HOST_BYTES, MAX_LOCAL_PART_BYTES, MAX_PATTERN_BYTES};

/// What was read: what an indicator is, and its fingerprint.
type Read = (PatternKind, u64);

/// Appends the canonical text of a plain indicator, which is trimmed. None, and nothing appended, where it is not plain.
pub(super) fn read(text: &[u8], name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<Read> {
    if text.is_empty() || text.len() > MAX_PATTERN_BYTES {
        return None;
    }
    match first_beyond_run(text) {
        None => bare(text, name, out),
        Some((at, b'/')) => url(text, at, name, out),
        Some((_, b':')) => match scheme(text) {
            Some(rest) => match first_beyond_run(rest)? {
                (at, b'/') => url(rest, at, name, out),
                _ => None,
            },
            None => address(text, out),
        },
        Some((_, b'@' | b'+')) => mailbox(text, name, out),
        Some(_) => None,
    }
}

/// The first byte that is none of a host run in ASCII, and where it stands.
fn first_beyond_run(text: &[u8]) -> Option<(usize, u8)> {
    if all(text, is_ascii_run) {
        return None;
    }
    let mut bytes = text.iter().copied().enumerate();
    bytes.find(|(_, byte)| !is_ascii_run(*byte))
}

/// What follows `http://` or `https://`.
fn scheme(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"http://")
        .or_else(|| text.strip_prefix(b"https://"))
}

/// Bytes of a host run alone.
fn bare(text: &[u8], name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<Read> {
    if Kind::of_hash(text.len()).is_some() && all(text, |byte| byte.is_ascii_hexdigit()) {
        let before = out.len();
        out.extend(text.iter().map(u8::to_ascii_lowercase));
        return Some((PatternKind::Hash, of_text(cut(out, before, out.len()))));
    }
    if text.first() == Some(&b'.') {
        return None;
    }
    host(text, name, out)
}

/// A name or an IPv4 address.
fn host(text: &[u8], name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<Read> {
    let (start, end) = trim_run(text, 0, text.len());
    let run = cut(text, start, end);
    if run.len() > MAX_HOST_BYTES {
        return None;
    }
    if let Some(address) = ipv4(run) {
        out.extend_from_slice(run);
        let fingerprint = of_network(bits(IpAddr::V4(address)), 128);
        return Some((PatternKind::Address, fingerprint));
    }
    canonical_name(run, name).ok()?;
    out.extend_from_slice(name);
    Some((PatternKind::Domain, of_text(name)))
}

/// An IPv6 address in hexadecimal digits alone.
fn address(text: &[u8], out: &mut Vec<u8>) -> Option<Read> {
    if !text.iter().all(|&b| is_hex(b) || b == b':') || text.iter().filter(|&&b| b == b':').count() < 2 {
        return None;
    }
    let address = ipv6(text).filter(|address| !is_nothing(*address))?;
    // Writing to memory cannot fail.
    write!(out, "{address}").ok()?;
    Some((PatternKind::Address, of_network(bits(address), 128)))
}

fn mailbox(text: &[u8], name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<Read> {
    let at = text.iter().position(|&b| b == b'@')?;
    let (local, domain) = (cut(text, 0, at), cut(text, at + 1, text.len()));
    let reads = !local.is_empty()
        && local.len() <= MAX_LOCAL_PART_BYTES
        && local.iter().all(|&b| is_local(b) && b.is_ascii())
        && !matches!(local.first(), Some(b'.' | b'-'))
        && !matches!(domain.first(), Some(b'.' | b'-'))
        && all(domain, is_ascii_run);
    if !reads {
        return None;
    }
    let before = out.len();
    out.extend(local.iter().map(u8::to_ascii_lowercase));
    out.push(b'@');
    if let Some((PatternKind::Domain, _)) = host(domain, name, out) {
        return Some((PatternKind::Email, of_text(cut(out, before, out.len()))));
    }
    out.truncate(before);
    None
}

/// A URL without its scheme, whose host ends `at` a slash. Of a name only: an address with a number after it is a network.
fn url(text: &[u8], at: usize, name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<Read> {
    if at == 0 {
        return None;
    }
    let (written, tail) = (cut(text, 0, at), cut(text, at, text.len()));
    // `[`, `(`, `{` and `\` may begin a defanged form; `*`, `]`, `}` and `^` make a pattern.
    let is_plain = |&b: &u8| {
        b.is_ascii()
            && !ends_url(b)
            && !matches!(b, b'[' | b']' | b'(' | b'{' | b'}' | b'\\' | b'*' | b'^' | b'|')
    };
    if !tail.iter().all(is_plain) {
        return None;
    }
    let before = out.len();
    let Some((PatternKind::Domain, _)) = host(written, name, out) else {
        out.truncate(before);
        return None;
    };
    out.extend_from_slice(trim_url_end(tail));
    Some((PatternKind::Url, of_url(cut(out, before, out.len()))))
}
