//! The forms that lists have by the million, read without allocation: plain names, addresses, digests, mailboxes, and
//! URLs of a plain host.
//!
//! Says nothing about everything else, refusals among it: [`super::parse`] does, and is what these readings are compared
//! with in tests.

use std::io::Write;

use super::{PatternKind, trim_url_end};
use crate::bytes::{cut, ends_url, is_hex, is_local, is_run, trim_run};
use crate::host::{canonical_name, ipv4, ipv6, is_nothing};
use crate::kind::Kind;
use crate::limits::{MAX_HOST_BYTES, MAX_LOCAL_PART_BYTES, MAX_PATTERN_BYTES};

/// Appends the canonical text of a plain indicator, which is trimmed. None, and nothing appended, where it is not plain.
pub(super) fn read(text: &[u8], name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<PatternKind> {
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
    text.iter()
        .position(|&b| !is_run(b) || !b.is_ascii())
        .and_then(|at| Some((at, *text.get(at)?)))
}

/// What follows `http://` or `https://`.
fn scheme(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"http://")
        .or_else(|| text.strip_prefix(b"https://"))
}

/// Bytes of a host run alone.
fn bare(text: &[u8], name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<PatternKind> {
    if Kind::of_hash(text.len()).is_some() && text.iter().all(|&b| is_hex(b)) {
        out.extend(text.iter().map(u8::to_ascii_lowercase));
        return Some(PatternKind::Hash);
    }
    if text.first() == Some(&b'.') {
        return None;
    }
    host(text, name, out)
}

/// A name or an IPv4 address.
fn host(text: &[u8], name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<PatternKind> {
    let (start, end) = trim_run(text, 0, text.len());
    let run = cut(text, start, end);
    if run.len() > MAX_HOST_BYTES {
        return None;
    }
    if ipv4(run).is_some() {
        out.extend_from_slice(run);
        return Some(PatternKind::Address);
    }
    canonical_name(run, name).ok()?;
    out.extend_from_slice(name);
    Some(PatternKind::Domain)
}

/// An IPv6 address in hexadecimal digits alone.
fn address(text: &[u8], out: &mut Vec<u8>) -> Option<PatternKind> {
    if !text.iter().all(|&b| is_hex(b) || b == b':') || text.iter().filter(|&&b| b == b':').count() < 2 {
        return None;
    }
    let address = ipv6(text).filter(|address| !is_nothing(*address))?;
    // Writing to memory cannot fail.
    write!(out, "{address}").ok()?;
    Some(PatternKind::Address)
}

fn mailbox(text: &[u8], name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<PatternKind> {
    let at = text.iter().position(|&b| b == b'@')?;
    let (local, domain) = (cut(text, 0, at), cut(text, at + 1, text.len()));
    let reads = !local.is_empty()
        && local.len() <= MAX_LOCAL_PART_BYTES
        && local.iter().all(|&b| is_local(b) && b.is_ascii())
        && !matches!(local.first(), Some(b'.' | b'-'))
        && !matches!(domain.first(), Some(b'.' | b'-'))
        && domain.iter().all(|&b| is_run(b) && b.is_ascii());
    if !reads {
        return None;
    }
    let before = out.len();
    out.extend(local.iter().map(u8::to_ascii_lowercase));
    out.push(b'@');
    if host(domain, name, out) == Some(PatternKind::Domain) {
        return Some(PatternKind::Email);
    }
    out.truncate(before);
    None
}

/// A URL without its scheme, whose host ends `at` a slash. Of a name only: an address with a number after it is a network.
fn url(text: &[u8], at: usize, name: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<PatternKind> {
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
    if host(written, name, out) != Some(PatternKind::Domain) {
        out.truncate(before);
        return None;
    }
    out.extend_from_slice(trim_url_end(tail));
    Some(PatternKind::Url)
}
