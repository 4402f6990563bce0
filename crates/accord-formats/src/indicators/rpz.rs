//! DNS response policy zones in master-file form (RFC 1035, section 5; draft-vixie-dnsop-dns-rpz).
//!
//! `name CNAME .` and every other action than `rpz-passthru.` make the name an indicator, `*.name` one for the names
//! below it, `LENGTH.B4.B3.B2.B1.rpz-ip` the network. `rpz-passthru.` makes it an allow entry. Triggers on name servers and
//! clients have no meaning in logs and are counted as not used.
//!
//! A watchlist's domain hits its sub-domains too, an RPZ name only itself; the import widens it on purpose, so that the
//! usual pair `name`, `*.name` gives one answer.

use super::lines;
use super::row::{Content, NotUsed, Row};

/// Reads a zone.
pub(super) fn read(bytes: &[u8], on_row: &mut dyn FnMut(Row<'_>)) {
    let mut origin = String::new();
    let mut owner = String::new();
    let mut open_brackets = 0_i64;
    for (place, line) in lines::numbered(bytes) {
        let Some(text) = lines::checked(place, line, on_row) else {
            continue;
        };
        let text = text.split(';').next().unwrap_or_default();
        let inside = open_brackets > 0;
        open_brackets += text.matches('(').count() as i64 - text.matches(')').count() as i64;
        if inside || text.trim().is_empty() {
            continue;
        }
        let mut words = text.split_whitespace();
        if !text.starts_with(char::is_whitespace) {
            let first = words.next().unwrap_or_default();
            match first.to_ascii_uppercase().as_str() {
                "$ORIGIN" => {
                    origin = words
                        .next()
                        .unwrap_or_default()
                        .trim_end_matches('.')
                        .to_ascii_lowercase();
                    continue;
                }
                "$TTL" | "$INCLUDE" | "$GENERATE" => continue,
                _ => owner = first.to_owned(),
            }
        }
        let words: Vec<&str> = words.collect();
        match record_type(&words) {
            Some(("SOA", _)) if origin.is_empty() && owner != "@" => {
                origin = owner.trim_end_matches('.').to_ascii_lowercase();
            }
            Some(("SOA" | "NS", _)) => {}
            Some((_, target)) => record(place, &owner, &origin, target, on_row),
            None => lines::not_used(place, text.trim(), NotUsed::Malformed, on_row),
        }
    }
}

/// The type of a record and its first datum; a TTL and the class may stand before the type.
fn record_type<'a>(words: &[&'a str]) -> Option<(&'static str, &'a str)> {
    const TYPES: [&str; 8] = ["SOA", "NS", "CNAME", "A", "AAAA", "TXT", "MX", "DNAME"];
    words.iter().take(3).enumerate().find_map(|(at, word)| {
        let known = TYPES.into_iter().find(|known| word.eq_ignore_ascii_case(known))?;
        Some((known, words.get(at + 1).copied().unwrap_or_default()))
    })
}

fn record(place: u64, owner: &str, origin: &str, target: &str, on_row: &mut dyn FnMut(Row<'_>)) {
    let absolute = owner.ends_with('.');
    let trimmed = owner.trim_end_matches('.');
    let lower = trimmed.to_ascii_lowercase();
    let name = if absolute && !origin.is_empty() {
        match lower.strip_suffix(origin).and_then(|rest| rest.strip_suffix('.')) {
            Some(rest) => rest.to_owned(),
            None => return lines::not_used(place, owner, NotUsed::Malformed, on_row),
        }
    } else {
        lower
    };
    let value = match name.rsplit('.').next() {
        Some("rpz-ip") => match network(&name) {
            Some(network) => network,
            None => return lines::not_used(place, owner, NotUsed::Malformed, on_row),
        },
        Some("rpz-nsdname" | "rpz-nsip" | "rpz-client-ip") => {
            return lines::not_used(place, owner, NotUsed::PolicyTrigger, on_row);
        }
        _ => name,
    };
    if target.eq_ignore_ascii_case("rpz-passthru.") {
        on_row(Row {
            place,
            content: Content::Allow {
                value: &value,
                below: false,
            },
        });
    } else {
        lines::indicator(place, &value, &[], "", on_row);
    }
}

/// `24.0.2.0.192.rpz-ip` as `192.0.2.0/24`; in IPv6 `zz` stands for `::` (draft, section 4.1.1).
fn network(name: &str) -> Option<String> {
    let labels: Vec<&str> = name.strip_suffix(".rpz-ip")?.split('.').collect();
    let (length, address) = labels.split_first()?;
    let length: u8 = length.parse().ok()?;
    let forward = || address.iter().rev().copied();
    if address.len() == 4 && !address.contains(&"zz") && forward().all(|part| part.parse::<u8>().is_ok()) {
        return Some(format!("{}/{length}", forward().collect::<Vec<_>>().join(".")));
    }
    let text = forward()
        .map(|part| if part == "zz" { "" } else { part })
        .collect::<Vec<_>>()
        .join(":");
    let text = match (text.starts_with(':'), text.ends_with(':')) {
        (true, _) => format!(":{text}"),
        (_, true) => format!("{text}:"),
        _ => text,
    };
    let parsed: std::net::Ipv6Addr = text.parse().ok()?;
    Some(format!("{parsed}/{length}"))
}
