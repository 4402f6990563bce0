//! Suricata rules (Suricata user guide, "Rules"): names in DNS, requests, addresses.
//!
//! A rule's number is made from the note and the value, so that the same indicator keeps it; numbers stand in the range
//! for local rules, 1,000,000 to 1,999,999. Where two would have the same number the later one takes the next free.

use std::collections::BTreeSet;

use sha1::{Digest, Sha1};

use super::material::{Indicator, Marking, Material, ValueKind};
use super::{Told, head, one_line};

/// The first number of local rules.
const SID_FIRST: u64 = 1_000_000;
/// How many there are.
const SIDS: u64 = 1_000_000;

/// A text in a rule's quotation marks: `;`, `"`, `\` and `:` behind a backslash.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        if matches!(c, ';' | '"' | '\\' | ':') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Bytes that are looked for: whatever means something in a rule is written in hexadecimal digits.
fn content(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'~' | b'=' | b'&' | b'%' | b'+')
        {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("|{byte:02x}|"));
        }
    }
    out
}

/// Head and options of the rule for an indicator, without its message and number.
fn rule(indicator: &Indicator, told: &mut Told) -> Option<(String, String)> {
    let value = indicator.value.as_str();
    let dns = "dns any any -> any any".to_owned();
    let dotted = |name: &str| {
        format!(
            "dns.query; dotprefix; content:\".{}\"; nocase; endswith;",
            content(name.trim_start_matches('.'))
        )
    };
    Some(match indicator.kind {
        ValueKind::Domain => (dns, dotted(value)),
        ValueKind::Subdomains => {
            let options = format!("dns.query; content:\"{}\"; nocase; endswith;", content(value));
            (dns, options)
        }
        ValueKind::Ipv4 | ValueKind::Network if !value.contains(':') => {
            (format!("ip any any <> {value} any"), String::new())
        }
        ValueKind::Ipv6 | ValueKind::Network | ValueKind::Ipv4 => {
            (format!("ip any any <> [{value}] any"), String::new())
        }
        ValueKind::AddressPort => {
            let (address, port) = value.rsplit_once(':')?;
            (format!("ip any any -> {address} {port}"), String::new())
        }
        ValueKind::Url => {
            let at = value.find('/')?;
            let (host, path) = value.split_at_checked(at)?;
            if host.starts_with('[') {
                told.tell("a URL at an IPv6 address: left out");
                return None;
            }
            told.tell("a URL: seen where it is not encrypted only");
            let host = host.split(':').next().unwrap_or(host);
            let options = format!(
                "http.host; content:\"{}\"; startswith; endswith; http.uri; content:\"{}\"; startswith;",
                content(host),
                content(path)
            );
            ("http any any -> any any".to_owned(), options)
        }
        ValueKind::Email => {
            told.tell("an e-mail address, for which rules are no use: left out");
            return None;
        }
        ValueKind::Md5 | ValueKind::Sha1 | ValueKind::Sha256 | ValueKind::Sha512 => {
            told.tell(
                "a digest of a file, which rules look for in a list beside them: left out, export a list",
            );
            return None;
        }
    })
}

/// The number of a rule.
fn sid(indicator: &Indicator, taken: &mut BTreeSet<u64>) -> Option<u64> {
    let name = format!("{} {}", indicator.reference, indicator.value);
    let digest = Sha1::digest(name.as_bytes());
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
    let first = number % SIDS;
    let free = (0..SIDS)
        .map(|step| SID_FIRST + (first + step) % SIDS)
        .find(|sid| !taken.contains(sid))?;
    taken.insert(free);
    Some(free)
}

/// Writes rules.
pub(super) fn write(
    material: &Material,
    carried: &[&Indicator],
    marking: Option<Marking>,
    told: &mut Told,
) -> (Vec<u8>, usize) {
    let mut out = head("#", material, marking);
    let mut taken = BTreeSet::new();
    let mut count = 0;
    for indicator in carried {
        let Some((head, options)) = rule(indicator, told) else {
            continue;
        };
        let Some(sid) = sid(indicator, &mut taken) else {
            told.tell("more rules than there are numbers for: left out");
            continue;
        };
        let labels = indicator.labels.join(", ");
        let message = quoted(&format!("Accord {} {labels}", indicator.value));
        let space = if options.is_empty() { "" } else { " " };
        out.push_str(&format!(
            "alert {head} (msg:\"{}\";{space}{options} metadata:marking {}; sid:{sid}; rev:1;)\n",
            message.trim_end(),
            indicator.marking.as_str().replace(':', "_")
        ));
        count += 1;
    }
    (out.into_bytes(), count)
}
