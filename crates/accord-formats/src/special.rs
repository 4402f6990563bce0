//! Addresses and names that are nobody's on the public network: to be neither asked nor blocked.
//!
//! Sources: the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890 and its successors; the test goes
//! through them row by row), IANA's allocations of IPv6, of which 2000::/3 alone is anybody's, RFC 6761, RFC 6762,
//! RFC 8375, and ICANN's reservation of `internal`. Addresses and names for documentation (RFC 5737, RFC 3849, RFC 9637,
//! RFC 2606) are deliberately absent: nobody uses them, so nothing is lost when one is listed, and examples need them.
//! Blocks of protocols are taken whole (192.0.0.0/24, 2001::/23), with the addresses within that the registries call
//! reachable: what answers at an anycast address of a protocol may be a machine of one's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is when it is of no public network, in words; `None` for any other.
pub fn address(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => of_v4(v4),
        IpAddr::V6(v6) => of_v6(v6),
    }
}

fn of_v4(v4: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = v4.octets();
    match (a, b, c) {
        (127, ..) => Some("a loopback address"),
        (0, ..) => Some("an address of \"this network\""),
        _ if v4.is_private() => Some("an address of a private network"),
        (100, 64..=127, _) => Some("an address that providers share (100.64.0.0/10)"),
        (169, 254, _) => Some("a link-local address"),
        (192, 0, 0) => Some("an address of protocols (192.0.0.0/24)"),
        (192, 88, 99) => Some("an address of 6to4 relays, which are no more (192.88.99.0/24)"),
        (198, 18..=19, _) => Some("an address for measuring networks (198.18.0.0/15)"),
        (224..=239, ..) => Some("a multicast address"),
        (240.., ..) => Some("a reserved address"),
        _ => None,
    }
}

fn of_v6(v6: Ipv6Addr) -> Option<&'static str> {
    if let Some(v4) = v6.to_ipv4_mapped() {
        return of_v4(v4);
    }
    let [first, second, ..] = v6.segments();
    match (first, second) {
        _ if v6.is_loopback() => Some("a loopback address"),
        _ if v6.is_unspecified() => Some("the unspecified address"),
        (0xff00.., _) => Some("a multicast address"),
        (0xfc00..=0xfdff, _) => Some("an address of a private network"),
        (0xfe80..=0xfebf, _) => Some("a link-local address"),
        (0xfec0..=0xfeff, _) => Some("an address of a site, of which there are no more (fec0::/10)"),
        (0x64, 0xff9b) => Some("a translated address (64:ff9b::/32)"),
        (0x2001, 0..=0x1ff) => Some("an address of protocols (2001::/23)"),
        (0x2002, _) => Some("a 6to4 address (2002::/16)"),
        (0x2000..=0x3fff, _) => None,
        _ => Some("an address that is nobody's (of IPv6, 2000::/3 alone is given out)"),
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

    /// The first and the last address of a block.
    fn ends(block: &str) -> [IpAddr; 2] {
        let block: ipnet::IpNet = block.parse().expect("a block");
        [block.network(), block.broadcast()]
    }

    /// The IANA IPv4 Special-Purpose Address Registry, and the IPv6 one, row by row (of 2025), with what they say of
    /// "globally reachable": yes, no, or neither.
    #[test]
    fn the_registries_of_special_addresses() {
        const YES: Option<bool> = Some(true);
        const NO: Option<bool> = Some(false);
        // Reachable after the registry, and special here.
        const TAKEN_WHOLE: [&str; 9] = [
            "192.0.0.9/32",
            "192.0.0.10/32",
            "64:ff9b::/96",
            "2001:1::1/128",
            "2001:1::2/128",
            "2001:1::3/128",
            "2001:3::/32",
            "2001:4:112::/48",
            "2001:20::/27",
        ];
        // Not reachable after the registry, and not special here.
        const DOCUMENTATION: [&str; 5] = [
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "2001:db8::/32",
            "3fff::/20",
        ];
        for (block, reachable) in [
            ("0.0.0.0/8", NO),
            ("0.0.0.0/32", NO),
            ("10.0.0.0/8", NO),
            ("100.64.0.0/10", NO),
            ("127.0.0.0/8", NO),
            ("169.254.0.0/16", NO),
            ("172.16.0.0/12", NO),
            ("192.0.0.0/24", NO),
            ("192.0.0.0/29", NO),
            ("192.0.0.8/32", NO),
            ("192.0.0.9/32", YES),
            ("192.0.0.10/32", YES),
            ("192.0.0.170/32", NO),
            ("192.0.0.171/32", NO),
            ("192.0.2.0/24", NO),
            ("192.31.196.0/24", YES),
            ("192.52.193.0/24", YES),
            ("192.88.99.0/24", None),
            ("192.168.0.0/16", NO),
            ("192.175.48.0/24", YES),
            ("198.18.0.0/15", NO),
            ("198.51.100.0/24", NO),
            ("203.0.113.0/24", NO),
            ("240.0.0.0/4", NO),
            ("255.255.255.255/32", NO),
            ("::1/128", NO),
            ("::/128", NO),
            // `::ffff:0:0/96` is as the IPv4 address within it: below.
            ("64:ff9b::/96", YES),
            ("64:ff9b:1::/48", NO),
            ("100::/64", NO),
            ("100:0:0:1::/64", NO),
            ("2001::/23", NO),
            ("2001::/32", None),
            ("2001:1::1/128", YES),
            ("2001:1::2/128", YES),
            ("2001:1::3/128", YES),
            ("2001:2::/48", NO),
            ("2001:3::/32", YES),
            ("2001:4:112::/48", YES),
            ("2001:10::/28", None),
            // ORCHIDv2 and the tags of drones, a /28 each.
            ("2001:20::/27", YES),
            ("2001:db8::/32", NO),
            ("2002::/16", None),
            ("2620:4f:8000::/48", YES),
            ("3fff::/20", NO),
            ("5f00::/16", NO),
            ("fc00::/7", NO),
            ("fe80::/10", NO),
        ] {
            let special = match reachable {
                Some(true) => TAKEN_WHOLE.contains(&block),
                Some(false) => !DOCUMENTATION.contains(&block),
                None => true,
            };
            for end in ends(block) {
                assert_eq!(address(end).is_some(), special, "{end} of {block}");
            }
        }
        // Of other registries: multicast, and what of IPv6 is given to nobody.
        for block in [
            "224.0.0.0/4",
            "ff00::/8",
            "fec0::/10",
            "fe00::/9",
            "::/96",
            "200::/7",
            "4000::/3",
            "e000::/4",
        ] {
            for end in ends(block) {
                assert!(address(end).is_some(), "{end} of {block}");
            }
        }
    }

    #[test]
    fn what_is_of_no_public_network() {
        // Right before and right behind the blocks, and what stands within IPv6.
        for (text, special) in [
            ("1.0.0.0", false),
            ("9.255.255.255", false),
            ("11.0.0.0", false),
            ("100.63.255.255", false),
            ("100.128.0.0", false),
            ("126.255.255.255", false),
            ("128.0.0.0", false),
            ("169.253.255.255", false),
            ("169.255.0.0", false),
            ("172.15.255.255", false),
            ("172.32.0.0", false),
            ("191.255.255.255", false),
            ("192.0.1.0", false),
            ("192.88.98.255", false),
            ("192.88.100.0", false),
            ("192.167.255.255", false),
            ("192.169.0.0", false),
            ("198.17.255.255", false),
            ("198.20.0.0", false),
            ("223.255.255.255", false),
            ("8.8.8.8", false),
            ("::ffff:127.0.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("::ffff:198.18.0.1", true),
            ("::ffff:8.8.8.8", false),
            ("::10.0.0.1", true),
            ("64:ff9b::10.0.0.1", true),
            ("2002:a00:1::1", true),
            ("1fff:ffff::", true),
            ("2000::", false),
            ("2001:200::", false),
            ("2003::", false),
            ("2606:4700::1", false),
            ("3fff:1000::", false),
            ("4000::", true),
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
