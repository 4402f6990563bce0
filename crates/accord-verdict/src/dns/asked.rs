//! What a name below a zone asks about (RFC 5782; hashes and names as usual).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The zone itself.
    Apex,
    /// An entry that is always there, for tests.
    Test,
    /// A name under which there can be addresses: it exists, and has no records. Says nothing of what is listed.
    Between,
    /// A value, whose text was written to the buffer.
    Value,
    /// What cannot be listed.
    Nothing,
}

const TEST_IPV4: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const NEVER_IPV4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Reads the labels before a zone, in lower-case wire form without an end, and writes the value to `text`.
pub(super) fn read(labels: &[u8], text: &mut String) -> Asked {
    text.clear();
    if labels.is_empty() {
        return Asked::Apex;
    }
    if let Some(numbers) = octets(labels) {
        return match numbers {
            Numbers::Some => Asked::Between,
            Numbers::All(address) => known(address, text),
        };
    }
    if let Some(numbers) = nibbles(labels) {
        return match numbers {
            Numbers::Some => Asked::Between,
            Numbers::All(address) => known(address, text),
        };
    }
    match labels {
        b"\x04test" => return Asked::Test,
        b"\x07invalid" => return Asked::Nothing,
        _ => {}
    }
    if hash(labels, text) || name(labels, text) {
        Asked::Value
    } else {
        Asked::Nothing
    }
}

fn known(address: IpAddr, text: &mut String) -> Asked {
    use std::fmt::Write;
    let address = address.to_canonical();
    if address == TEST_IPV4 {
        return Asked::Test;
    }
    // RFC 5782, section 5: must not be listed, whatever network was published.
    if address == NEVER_IPV4 {
        return Asked::Nothing;
    }
    // Writing to a string cannot fail.
    let _ = write!(text, "{address}");
    Asked::Value
}

/// The labels, from the left.
fn each(labels: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = labels;
    std::iter::from_fn(move || {
        let (&length, after) = rest.split_first()?;
        let (label, after) = after.split_at_checked(usize::from(length))?;
        rest = after;
        Some(label)
    })
}

/// Labels that are parts of an address, the last part first.
enum Numbers {
    Some,
    All(IpAddr),
}

/// One to four decimal numbers up to 255 without leading zeros.
fn octets(labels: &[u8]) -> Option<Numbers> {
    // Four labels of up to three digits.
    if labels.len() > 16 {
        return None;
    }
    let mut value: u32 = 0;
    let mut count = 0;
    for label in each(labels) {
        let is_number = matches!(
            label,
            [b'0'] | [b'1'..=b'9'] | [b'1'..=b'9', _] | [b'1'..=b'9', _, _]
        ) && label.iter().all(u8::is_ascii_digit);
        if !is_number || count == 4 {
            return None;
        }
        let octet = label
            .iter()
            .fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        if octet > 255 {
            return None;
        }
        value |= octet << (8 * count);
        count += 1;
    }
    Some(if count == 4 {
        Numbers::All(Ipv4Addr::from_bits(value).into())
    } else {
        Numbers::Some
    })
}

/// One to 32 hexadecimal digits.
fn nibbles(labels: &[u8]) -> Option<Numbers> {
    if labels.len() > 64 {
        return None;
    }
    let mut value: u128 = 0;
    let mut count = 0;
    for label in each(labels) {
        let &[digit] = label else { return None };
        let digit = char::from(digit).to_digit(16)?;
        value |= u128::from(digit) << (4 * count);
        count += 1;
    }
    Some(if count == 32 {
        Numbers::All(Ipv6Addr::from_bits(value).into())
    } else {
        Numbers::Some
    })
}

/// An MD5 or SHA-1 as one label; SHA-256 and SHA-512, too long for one, as labels of 32 digits, the first first.
fn hash(labels: &[u8], text: &mut String) -> bool {
    let is_split = labels.len() > 41;
    for label in each(labels) {
        let is_length = label.len() == 32 || (label.len() == 40 && !is_split);
        if !is_length || !label.iter().all(u8::is_ascii_hexdigit) {
            text.clear();
            return false;
        }
        text.extend(label.iter().map(|&digit| char::from(digit)));
    }
    let is_hash = matches!(text.len(), 32 | 40 | 64 | 128);
    if !is_hash {
        text.clear();
    }
    is_hash
}

/// A domain name of two labels or more. No byte that a text would read otherwise.
fn name(labels: &[u8], text: &mut String) -> bool {
    let mut count = 0;
    let mut is_number = false;
    for label in each(labels) {
        is_number = label.iter().all(u8::is_ascii_digit);
        let is_plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        if !label.iter().all(is_plain) {
            text.clear();
            return false;
        }
        if count > 0 {
            text.push('.');
        }
        text.extend(label.iter().map(|&byte| char::from(byte)));
        count += 1;
    }
    let is_name = count > 1 && !is_number && !text.starts_with('-') && !text.ends_with('-');
    if !is_name {
        text.clear();
    }
    is_name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::name::wire_name;

    fn asked(text: &str) -> (Asked, String) {
        let mut wire = wire_name(text).unwrap();
        wire.pop();
        let mut value = String::new();
        let asked = read(&wire, &mut value);
        (asked, value)
    }

    #[test]
    fn names_ask_about_values() {
        let v6 = format!("7.{}8.b.d.0.1.0.0.2", "0.".repeat(23));
        let mapped = |low: &str| format!("{low}.0.0.0.0.0.f.7.f.f.f.f{}", ".0".repeat(20));
        let sha256 = "a".repeat(32) + "." + &"b".repeat(32);
        let rows: Vec<(String, Asked, String)> = [
            ("10.2.0.192", Asked::Value, "192.0.2.10"),
            ("2.0.192", Asked::Between, ""),
            ("192", Asked::Between, ""),
            ("2.0.0.127", Asked::Test, ""),
            ("1.0.0.127", Asked::Nothing, ""),
            ("010.2.0.192", Asked::Nothing, ""),
            ("256.2.0.192", Asked::Nothing, ""),
            ("5.10.2.0.192", Asked::Nothing, ""),
            (v6.as_str(), Asked::Value, "2001:db8::7"),
            ("8.b.d.0.1.0.0.2", Asked::Between, ""),
            ("test", Asked::Test, ""),
            ("invalid", Asked::Nothing, ""),
            ("evil.example", Asked::Value, "evil.example"),
            ("_x.evil-1.example", Asked::Value, "_x.evil-1.example"),
            ("example", Asked::Nothing, ""),
            ("-evil.example", Asked::Nothing, ""),
            ("evil.example/x", Asked::Nothing, ""),
            ("a@evil.example", Asked::Nothing, ""),
            ("evil\n.example", Asked::Nothing, ""),
            (
                "9e107d9d372bb6826bd81d3542a419d6",
                Asked::Value,
                "9e107d9d372bb6826bd81d3542a419d6",
            ),
        ]
        .into_iter()
        .map(|(name, asked, value)| (name.to_owned(), asked, value.to_owned()))
        .chain([
            (sha256.clone(), Asked::Value, sha256.replace('.', "")),
            (
                format!("{}.{}", "a".repeat(32), "b".repeat(40)),
                Asked::Value,
                format!("{}.{}", "a".repeat(32), "b".repeat(40)),
            ),
            (mapped("2"), Asked::Test, String::new()),
            (mapped("1"), Asked::Nothing, String::new()),
        ])
        .collect();
        for (name, expected, value) in rows {
            assert_eq!(asked(&name), (expected, value), "{name}");
        }
        let mut text = String::new();
        assert_eq!(read(b"", &mut text), Asked::Apex);
    }
}
