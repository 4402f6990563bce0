//! Addresses and names that are nobody's on the public network: to be neither asked nor blocked.
//!
//! Sources: the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890 and its successors), RFC 6761,
//! RFC 6762, RFC 8375, and ICANN's reservation of `internal`. Addresses and names for documentation (RFC 5737, RFC 3849,
//! RFC 2606) are deliberately absent: nobody uses them, so nothing is lost when one is listed, and examples need them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is when it is of no public network, in words; `None` for any other.
pub fn address(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => of_v4(v4),
        IpAddr::V6(v6) => of_v6(v6),
    }
}

fn of_v4(v4: Ipv4Addr) -> Option<&'static str> {
    let [a, b, ..] = v4.octets();
    if v4.is_loopback() {
        Some("a loopback address")
    } else if a == 0 {
        Some("an address of \"this network\"")
    } else if v4.is_private() {
        Some("an address of a private network")
    } else if a == 100 && (64..128).contains(&b) {
        Some("an address that providers share (100.64.0.0/10)")
    } else if v4.is_link_local() {
        Some("a link-local address")
    } else if v4.is_multicast() {
        Some("a multicast address")
    } else if a >= 240 {
        Some("a reserved address")
    } else {
        None
    }
}

fn of_v6(v6: Ipv6Addr) -> Option<&'static str> {
    let first = v6.segments()[0];
    if let Some(v4) = v6.to_ipv4_mapped() {
        return of_v4(v4);
    }
    if v6.is_loopback() {
        Some("a loopback address")
    } else if v6.is_unspecified() {
        Some("the unspecified address")
    } else if v6.is_multicast() {
        Some("a multicast address")
    } else if v6.is_unique_local() {
        Some("an address of a private network")
    } else if v6.is_unicast_link_local() {
        Some("a link-local address")
    } else if first == 0x64 && v6.segments()[1] == 0xff9b {
        Some("a translated address (64:ff9b::/96)")
    } else {
        None
    }
}

/// What a name is when it is of no public zone, in words; `None` for any other.
pub fn name(name: &str) -> Option<&'static str> {
    let below = |zone: &str| name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'));
    if below("localhost") || below("localdomain") {
        Some("a name of the machine itself")
    } else if below("local") || below("internal") || below("home.arpa") || below("lan") {
        Some("a name of a local network")
    } else if below("arpa") {
        Some("a name of the Internet's own infrastructure (arpa)")
    } else if below("invalid") {
        Some("a name that never exists")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_no_public_network() {
        for (text, special) in [
            ("127.0.0.1", true),
            ("0.0.0.0", true),
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("172.32.0.1", false),
            ("192.168.0.1", true),
            ("100.63.255.255", false),
            ("100.64.0.1", true),
            ("100.128.0.0", false),
            ("169.254.1.1", true),
            ("224.0.0.1", true),
            ("239.255.255.255", true),
            ("240.0.0.1", true),
            ("255.255.255.255", true),
            ("8.8.8.8", false),
            ("192.0.2.1", false),
            ("::", true),
            ("::1", true),
            ("fe80::1", true),
            ("fd00::1", true),
            ("ff02::1", true),
            ("::ffff:127.0.0.1", true),
            ("::ffff:8.8.8.8", false),
            ("64:ff9b::1", true),
            ("2001:db8::1", false),
            ("2606:4700::1", false),
        ] {
            let address_of = text.parse().expect("an address");
            assert_eq!(address(address_of).is_some(), special, "{text}");
        }
    }

    #[test]
    fn what_is_of_no_public_zone() {
        for (text, special) in [
            ("localhost", true),
            ("a.localhost", true),
            ("printer.local", true),
            ("mail.corp.internal", true),
            ("router.home.arpa", true),
            ("1.2.0.192.in-addr.arpa", true),
            ("x.invalid", true),
            ("evil.example", false),
            ("notlocal", false),
            ("mylocal.example", false),
            ("evil.local.example", false),
        ] {
            assert_eq!(name(text).is_some(), special, "{text}");
        }
    }
}
