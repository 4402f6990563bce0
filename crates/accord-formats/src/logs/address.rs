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
    let text = std::str::from_utf8(text).ok()?;
    let text = text.split_once('%').map_or(text, |(address, _zone)| address);
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
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
