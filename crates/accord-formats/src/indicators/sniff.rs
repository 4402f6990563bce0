//! Which format a source has, told by its first bytes and lines.

use std::net::IpAddr;

use super::row::{Format, ReadError};
use super::{hosts, json, lines, table, text};

/// How many lines are looked at.
const LOOKED_AT: usize = 64;

/// The format of a source, without reading its rows. For JSON the document is parsed.
///
/// # Errors
/// As [`super::read`].
pub fn sniff(bytes: &[u8]) -> Result<Format, ReadError> {
    let bytes = lines::without_byte_order_mark(bytes);
    match line_format(bytes) {
        Some(format) => Ok(format),
        None => json::sniff(bytes),
    }
}

/// The format, or `None` for JSON.
pub(super) fn line_format(bytes: &[u8]) -> Option<Format> {
    let trimmed = bytes.trim_ascii_start();
    if trimmed.starts_with(b"{") && !is_defanged_dot(trimmed) {
        return None;
    }
    if let Some(rest) = trimmed.strip_prefix(b"[") {
        // A list can begin with `[2001:db8::1]:443` or `[.]`; JSON goes on with an object, or ends.
        if matches!(rest.trim_ascii_start().first(), Some(b'{')) {
            return None;
        }
    }
    Some(by_lines(bytes))
}

/// `{.}` is a defanged dot.
fn is_defanged_dot(bytes: &[u8]) -> bool {
    bytes.starts_with(b"{.}")
}

fn by_lines(bytes: &[u8]) -> Format {
    let mut hosts_lines = 0;
    let mut other_lines = 0;
    let mut seen_any = false;
    for (_, line) in lines::numbered(bytes).take(LOOKED_AT) {
        let Some(line) = lines::text(line) else {
            continue;
        };
        if line
            .strip_prefix("#fields")
            .is_some_and(|names| names.split('\t').any(|name| name == "indicator"))
        {
            return Format::ZeekIntel;
        }
        if is_zone_line(line) {
            return Format::Rpz;
        }
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if !seen_any && table::header(line).is_some() {
            return Format::Csv;
        }
        seen_any = true;
        match is_hosts_line(line) {
            Some(true) => hosts_lines += 1,
            Some(false) => other_lines += 1,
            None => {}
        }
    }
    if hosts_lines > other_lines {
        Format::Hosts
    } else {
        Format::Text
    }
}

/// A line that only a master file has: a directive, or a record of the types that a policy zone is made of.
fn is_zone_line(line: &str) -> bool {
    let upper = line.to_ascii_uppercase();
    upper.starts_with("$TTL ")
        || upper.starts_with("$TTL\t")
        || upper.starts_with("$ORIGIN")
        || upper
            .split_whitespace()
            .skip(1)
            .take(3)
            .any(|word| word == "SOA" || word == "CNAME")
}

/// Whether a line has an address and then names; `None` for a comment.
fn is_hosts_line(line: &str) -> Option<bool> {
    let mut words = text::value_of(line).split_whitespace();
    let first = words.next()?;
    let second = words.next();
    Some(
        first
            .split('%')
            .next()
            .is_some_and(|address| address.parse::<IpAddr>().is_ok())
            && second.is_some_and(|name| hosts::is_of_every_system(name) || name.parse::<IpAddr>().is_err()),
    )
}
