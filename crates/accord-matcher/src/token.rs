//! One pass over the text of a line: what in it can be an observable. The single definition of tokens: the probing
//! pass, the exact pass and extraction all see the line through it.

use std::net::IpAddr;

use crate::bytes::{after_escape, at, cut, is_hex, is_local, is_outer, is_run, stretch, trim_run};
use crate::host::{canonical_name, ipv4, ipv6, is_nothing};
use crate::kind::Kind;
use crate::limits::{MAX_HOST_RUN_BYTES, MAX_LOCAL_PART_BYTES, MAX_ZONE_BYTES};

/// Where a host stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its first byte.
    pub(crate) start: usize,
    /// Past its last byte, trailing `.` and `-` trimmed.
    pub(crate) end: usize,
    /// Past its untrimmed run; none for an IPv6 address, which a port or path can follow only in brackets.
    run_end: Option<usize>,
}

impl Span {
    /// Of a run at whose ends there is nothing to trim.
    pub(crate) fn untrimmed(start: usize, end: usize) -> Span {
        Span {
            start,
            end,
            run_end: Some(end),
        }
    }

    /// Where a port or path that belongs to the host can begin: right after it, after one root dot, or, of an address in
    /// brackets, after the closing one.
    pub(crate) fn after(&self, text: &[u8], is_address: bool) -> Option<usize> {
        if is_address && self.start > 0 && at(text, self.start - 1) == Some(b'[') {
            let mut close = self.end;
            if at(text, close) == Some(b'%') {
                close = stretch(text, close + 1, |b| b != b'%' && (is_run(b) || b == b'~'));
                if close - self.end - 1 > MAX_ZONE_BYTES || close == self.end + 1 {
                    return None;
                }
            }
            if at(text, close) == Some(b']') {
                return Some(close + 1);
            }
        }
        let run_end = self.run_end?;
        match cut(text, self.end, run_end) {
            b"" | b"." => Some(run_end),
            _ => None,
        }
    }
}

/// What was found. Borrowed values live in the scratch space until the next one.
#[derive(Debug)]
pub(crate) enum Found<'f> {
    /// A domain name, canonical.
    Name(Span, &'f [u8]),
    /// An address.
    Address(Span, IpAddr),
    /// An e-mail address, canonical, with its first byte.
    Email(usize, &'f [u8]),
    /// A hash in lower case, with its first byte.
    Hash(usize, Kind, &'f [u8]),
}

/// Room for canonical forms, reused from token to token.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    /// A name.
    pub(crate) name: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// Finds everything in a text, from left to right by run.
#[inline]
pub(crate) fn walk(text: &[u8], scratch: &mut Scratch, found: &mut impl FnMut(Found<'_>)) {
    let mut position = 0;
    while position < text.len() {
        let start = stretch(text, position, |b| !is_outer(b));
        let end = stretch(text, start, is_outer);
        position = end;
        // The shortest observable is an address such as `1::`.
        if end - start >= 3 {
            outer_run(text, start, end, scratch, found);
        }
    }
}

/// A run of host bytes and `:`: perhaps an IPv6 address; else the host runs in it.
pub(crate) fn outer_run(
    text: &[u8],
    start: usize,
    end: usize,
    scratch: &mut Scratch,
    found: &mut impl FnMut(Found<'_>),
) {
    let run = cut(text, start, end);
    let Some(first_colon) = memchr::memchr(b':', run) else {
        host_run(text, start, end, false, scratch, found);
        return;
    };
    let mut covered = [(0, 0); 2];
    if memchr::memchr(b':', cut(run, first_colon + 1, run.len())).is_some() {
        let starts = [Some(start), after_escape(text, start, end)];
        for (start, covered) in starts.into_iter().zip(&mut covered) {
            let Some((from, to, address)) = start
                .and_then(|start| ipv6_in(text, start, end))
                .filter(|found| !is_nothing(found.2))
            else {
                continue;
            };
            *covered = (from, to);
            found(Found::Address(
                Span {
                    start: from,
                    end: to,
                    run_end: None,
                },
                address,
            ));
        }
    }
    let mut position = start;
    while position < end {
        let host_end = stretch(cut(text, 0, end), position, |b| b != b':');
        if host_end > position {
            let in_address = covered
                .iter()
                .any(|&(from, to)| from <= position && position < to);
            host_run(text, position, host_end, in_address, scratch, found);
        }
        position = host_end + 1;
    }
}

/// The IPv6 address that an outer run is, apart from punctuation at its ends and a word before its first `:`.
fn ipv6_in(text: &[u8], start: usize, end: usize) -> Option<(usize, usize, IpAddr)> {
    let (start, end) = trim_address(text, start, end);
    if let Some(address) = ipv6(cut(text, start, end)) {
        return Some((start, end, address));
    }
    // `client:2001:db8::7`: a first part that cannot be a group is a label before the address.
    let label_end = stretch(cut(text, 0, end), start, |b| b != b':');
    if label_end == start || label_end >= end || cut(text, start, label_end).iter().all(|&b| is_hex(b)) {
        return None;
    }
    let (start, end) = trim_address(text, label_end + 1, end);
    ipv6(cut(text, start, end)).map(|address| (start, end, address))
}

/// Without `.`, `-` and single `:` at the ends.
fn trim_address(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let (mut start, mut end) = (start, end);
    while start < end {
        match at(text, start) {
            Some(b'.' | b'-') => start += 1,
            Some(b':') if start + 1 == end || at(text, start + 1) != Some(b':') => start += 1,
            _ => break,
        }
    }
    while start < end {
        match at(text, end - 1) {
            Some(b'.' | b'-') => end -= 1,
            Some(b':') if end - 1 == start || at(text, end - 2) != Some(b':') => end -= 1,
            _ => break,
        }
    }
    (start, end)
}

/// A maximal host run: hashes in it, a name or IPv4 address, an e-mail address that ends with it.
#[inline]
pub(crate) fn host_run(
    text: &[u8],
    start: usize,
    end: usize,
    in_address: bool,
    scratch: &mut Scratch,
    found: &mut impl FnMut(Found<'_>),
) {
    let run = cut(text, start, end);
    if run.len() >= 32 {
        hashes(text, start, end, scratch, found);
    }
    let has_dot = run.contains(&b'.');
    if !has_dot && run.is_ascii() {
        return;
    }
    if !in_address {
        host(text, start, end, scratch, found);
        if let Some(second) = after_escape(text, start, end) {
            host(text, second, end, scratch, found);
        }
    }
    if start > 0 && at(text, start - 1) == Some(b'@') {
        email(text, start, end, scratch, found);
    }
}

/// The host that the bytes from `from` to the end of the run are.
#[inline]
fn host(text: &[u8], from: usize, run_end: usize, scratch: &mut Scratch, found: &mut impl FnMut(Found<'_>)) {
    let (start, end) = trim_run(text, from, run_end);
    if end - start < 3 || end - start > MAX_HOST_RUN_BYTES {
        return;
    }
    let span = Span {
        start,
        end,
        run_end: Some(run_end),
    };
    let run = cut(text, start, end);
    if let Some(address) = ipv4(run) {
        found(Found::Address(span, IpAddr::V4(address)));
    } else if canonical_name(run, &mut scratch.name).is_ok() {
        found(Found::Name(span, &scratch.name));
    }
}

/// The hashes among the runs of letters and digits in a host run.
pub(crate) fn hashes(
    text: &[u8],
    start: usize,
    end: usize,
    scratch: &mut Scratch,
    found: &mut impl FnMut(Found<'_>),
) {
    let inside = cut(text, 0, end);
    let mut position = start;
    while position < end {
        let from = stretch(inside, position, |b| !b.is_ascii_alphanumeric());
        let to = stretch(inside, from, |b| b.is_ascii_alphanumeric());
        let second = if from == start {
            after_escape(text, start, to)
        } else {
            None
        };
        for from in [Some(from), second].into_iter().flatten() {
            let digits = cut(text, from, to);
            let Some(kind) = Kind::of_hash(digits.len()) else {
                continue;
            };
            if digits.iter().all(|&b| is_hex(b)) {
                scratch.value.clear();
                scratch.value.extend(digits.iter().map(u8::to_ascii_lowercase));
                found(Found::Hash(from, kind, &scratch.value));
            }
        }
        position = to + 1;
    }
}

/// The e-mail addresses whose domain is the host run that begins at `start`, right after `@`.
pub(crate) fn email(
    text: &[u8],
    start: usize,
    run_end: usize,
    scratch: &mut Scratch,
    found: &mut impl FnMut(Found<'_>),
) {
    let (trimmed, end) = trim_run(text, start, run_end);
    if trimmed != start || end - start > MAX_HOST_RUN_BYTES {
        return;
    }
    let domain = cut(text, start, end);
    if ipv4(domain).is_some() || canonical_name(domain, &mut scratch.name).is_err() {
        return;
    }
    // Local runs end at `@`, so that no byte is walked back over twice.
    let sign = start - 1;
    let before = cut(text, 0, sign);
    let local_start = sign
        - before
            .iter()
            .rev()
            .position(|&b| !is_local(b))
            .unwrap_or(before.len());
    let second = after_escape(text, local_start, sign);
    for from in [Some(local_start), second].into_iter().flatten() {
        let from = from
            + cut(text, from, sign)
                .iter()
                .take_while(|b| matches!(b, b'.' | b'-'))
                .count();
        let local = cut(text, from, sign);
        if local.is_empty() || local.len() > MAX_LOCAL_PART_BYTES || std::str::from_utf8(local).is_err() {
            continue;
        }
        scratch.value.clear();
        scratch.value.extend(local.iter().map(u8::to_ascii_lowercase));
        scratch.value.push(b'@');
        scratch.value.extend_from_slice(&scratch.name);
        found(Found::Email(from, &scratch.value));
    }
}
