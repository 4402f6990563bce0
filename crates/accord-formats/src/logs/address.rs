//! Addresses in lines, and which of them is the provider's customer.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

/// The most addresses read from one line; the rest are not looked at.
pub const MAX_ADDRESSES: usize = 256;

/// The customer's address: the first one, in the order of the line's fields, in one of the networks.
#[must_use]
pub fn customer(addresses: &[IpAddr], networks: &[IpNet]) -> Option<IpAddr> {
    addresses
        .iter()
        .copied()
        .find(|address| networks.iter().any(|network| network.contains(address)))
}

/// Takes the whole text as one address (a mapped IPv4 address is its IPv4 address, a zone is ignored).
pub(super) fn whole(text: &[u8]) -> Option<IpAddr> {
    // The longest textual IPv6 address is 45 bytes; a zone may follow.
    if !(2..=64).contains(&text.len()) {
        return None;
    }
    if let Some(address) = ipv4(text) {
        return Some(IpAddr::V4(address));
    }
    memchr::memchr2(b':', b'%', text)?;
    let text = std::str::from_utf8(text).ok()?;
    let text = text.split_once('%').map_or(text, |(address, _zone)| address);
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// The standard library's way of reading dotted decimals takes several times as long, and most addresses are these.
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let (mut octets, mut at) = ([0_u8; 4], 0);
    let (mut value, mut digits) = (0_u32, 0);
    for byte in text {
        match byte {
            // No octet begins with a needless nought.
            b'0'..=b'9' if digits < 3 && (digits == 0 || value > 0) => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 => {
                *octets.get_mut(at)? = u8::try_from(value).ok()?;
                (at, value, digits) = (at + 1, 0, 0);
            }
            _ => return None,
        }
    }
    if at != 3 || digits == 0 {
        return None;
    }
    *octets.get_mut(at)? = u8::try_from(value).ok()?;
    Some(Ipv4Addr::from(octets))
}

/// Adds an address unless the line already has too many.
pub(super) fn push(addresses: &mut Vec<IpAddr>, address: IpAddr) {
    if addresses.len() < MAX_ADDRESSES {
        addresses.push(address);
    }
}

/// All addresses in running text, with ports (`192.0.2.1:80`, `[2001:db8::1]:443`) and punctuation around them.
pub(super) fn in_text(text: &[u8], addresses: &mut Vec<IpAddr>) {
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'_' | b'-') || *byte > 0x7f;
    for run in text.split(|byte| !is_part(byte)) {
        if addresses.len() >= MAX_ADDRESSES {
            return;
        }
        if let Some(address) = in_run(run) {
            addresses.push(address);
        }
    }
}

fn in_run(run: &[u8]) -> Option<IpAddr> {
    let run = run.trim_ascii();
    // Colons at the end are punctuation unless the address ends in `::`, which the first attempt reads.
    whole(run).or_else(|| {
        let end = run.iter().rposition(|byte| !matches!(byte, b':' | b'.' | b'-'))? + 1;
        let run = run.get(..end)?;
        whole(run).or_else(|| with_port(run))
    })
}

fn with_port(run: &[u8]) -> Option<IpAddr> {
    let (host, port) = std::str::from_utf8(run).ok()?.split_once(':')?;
    let address: Ipv4Addr = host.parse().ok()?;
    port.parse::<u16>().ok()?;
    Some(IpAddr::V4(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut addresses = Vec::new();
        in_text(text.as_bytes(), &mut addresses);
        addresses.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn text_table() {
        for (text, expected) in [
            (
                "deny 192.0.2.10 -> 198.51.100.7:8443.",
                vec!["192.0.2.10", "198.51.100.7"],
            ),
            (
                "[2001:DB8::7]:443, 2001:db8::8%eth0",
                vec!["2001:db8::7", "2001:db8::8"],
            ),
            ("src=10.0.0.1,dst=(10.0.0.2)", vec!["10.0.0.1", "10.0.0.2"]),
            ("::ffff:192.0.2.1: closed", vec!["192.0.2.1"]),
            ("x192.0.2.1 192.0.2.010 1.2.3.4.5 10:20:30", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_as_the_standard_library_reads_them() {
        let mut texts: Vec<String> = [
            "",
            ".",
            "...",
            "1.2.3",
            "1.2.3.4",
            "1.2.3.4.",
            ".1.2.3.4",
            "1..2.3",
            "1.2.3.4.5",
            "0.0.0.0",
            "00.0.0.0",
            "01.2.3.4",
            "1.2.3.04",
            "255.255.255.255",
            "256.1.1.1",
            "1.2.3.256",
            "1.2.3.1000",
            "1.2.3.x",
            "+1.2.3.4",
            " 1.2.3.4",
            "::1",
            "::",
            "1:2",
            "::ffff:1.2.3.4",
            "2001:db8::1.2.3.4",
            "1.2.3.4:80",
            "host",
            "fe80::1",
        ]
        .map(str::to_owned)
        .to_vec();
        texts.extend((0..300).map(|octet| format!("{octet}.1.{octet}.1")));
        for text in texts {
            let expected = text.parse::<IpAddr>().ok().map(|address| address.to_canonical());
            assert_eq!(whole(text.as_bytes()), expected, "{text}");
            assert_eq!(ipv4(text.as_bytes()), text.parse().ok(), "{text}");
        }
        for (text, expected) in [("fe80::1%eth0", "fe80::1"), ("192.0.2.1%1", "192.0.2.1")] {
            assert_eq!(whole(text.as_bytes()), expected.parse().ok());
        }
    }

    #[test]
    fn at_most_the_limit() {
        let line = "192.0.2.1 ".repeat(MAX_ADDRESSES);
        assert_eq!(found(&line).len(), MAX_ADDRESSES);
        let line = "192.0.2.1 ".repeat(MAX_ADDRESSES + 1);
        assert_eq!(found(&line).len(), MAX_ADDRESSES);
    }

    #[test]
    fn the_first_address_in_the_networks_is_the_customer() {
        let networks: Vec<IpNet> = ["10.0.0.0/8", "2001:db8::/32"]
            .map(|net| net.parse().unwrap())
            .to_vec();
        let check = |line: &str, expected: Option<&str>| {
            let mut addresses = Vec::new();
            in_text(line.as_bytes(), &mut addresses);
            assert_eq!(
                customer(&addresses, &networks).map(|a| a.to_string()).as_deref(),
                expected,
                "{line}"
            );
        };
        check("192.0.2.1 10.1.2.3 10.9.9.9", Some("10.1.2.3"));
        check("2001:db8::5 10.1.2.3", Some("2001:db8::5"));
        check("::ffff:10.0.0.1", Some("10.0.0.1"));
        check("192.0.2.1", None);
        assert_eq!(customer(&["10.0.0.1".parse().unwrap()], &[]), None);
    }
}
