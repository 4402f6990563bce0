//! Which names of a policy zone one indicator becomes.

use std::net::{IpAddr, Ipv6Addr};

use accord_matcher::{Pattern, PatternKind};

/// Most bytes of a name in wire form (RFC 1035, section 2.3.4).
const MAX_NAME_BYTES: usize = 255;

/// The names, relative to the zone, under which `CNAME .` blocks an indicator; none where a policy zone cannot say it,
/// or where the zone's own name leaves no room for it.
pub(crate) fn owners(pattern: &Pattern, zone_wire_bytes: usize) -> Vec<String> {
    let text = pattern.canonical();
    let owners = match pattern.kind() {
        PatternKind::Domain => vec![text.to_owned(), format!("*.{text}")],
        PatternKind::Subdomains => vec![format!("*{text}")],
        PatternKind::Address => address(text, None).into_iter().collect(),
        PatternKind::Network => text
            .split_once('/')
            .and_then(|(network, length)| address(network, Some(length)))
            .into_iter()
            .collect(),
        PatternKind::AddressPort | PatternKind::Url | PatternKind::Email | PatternKind::Hash => Vec::new(),
    };
    // In wire form a relative name has one byte more than its text; the zone's has the root with it.
    let fits = |owner: &String| owner.len() + 1 + zone_wire_bytes <= MAX_NAME_BYTES;
    owners.into_iter().filter(fits).collect()
}

/// `LENGTH.B4.B3.B2.B1.rpz-ip`; in IPv6 groups, `zz` for the longest run of zeros (draft, section 4.1.1).
fn address(text: &str, length: Option<&str>) -> Option<String> {
    match text.parse().ok()? {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            Some(format!("{}.{d}.{c}.{b}.{a}.rpz-ip", length.unwrap_or("32")))
        }
        IpAddr::V6(v6) => Some(format!("{}.{}.rpz-ip", length.unwrap_or("128"), groups(v6))),
    }
}

fn groups(address: Ipv6Addr) -> String {
    let segments = address.segments();
    let (mut best_start, mut best_length) = (0, 0);
    let mut start = 0;
    for (place, segment) in segments.iter().enumerate() {
        if *segment != 0 {
            start = place + 1;
        } else if place + 1 - start > best_length {
            (best_start, best_length) = (start, place + 1 - start);
        }
    }
    let mut labels = Vec::with_capacity(8);
    for (place, segment) in segments.iter().enumerate() {
        let is_in_run = best_length > 1 && (best_start..best_start + best_length).contains(&place);
        if !is_in_run {
            labels.push(format!("{segment:x}"));
        } else if place == best_start {
            labels.push("zz".to_owned());
        }
    }
    labels.reverse();
    labels.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicators_become_names() {
        for (indicator, expected) in [
            ("evil.example", vec!["evil.example", "*.evil.example"]),
            (".dyn.example", vec!["*.dyn.example"]),
            ("192.0.2.10", vec!["32.10.2.0.192.rpz-ip"]),
            ("192.0.2.0/24", vec!["24.0.2.0.192.rpz-ip"]),
            ("2001:db8::7", vec!["128.7.zz.db8.2001.rpz-ip"]),
            ("2001:db8::/32", vec!["32.zz.db8.2001.rpz-ip"]),
            ("2001:db8:0:1:2:3:4:5", vec!["128.5.4.3.2.1.0.db8.2001.rpz-ip"]),
            ("198.51.100.7:8443", vec![]),
            ("bad.example/a.php", vec![]),
            ("mule@mail.example", vec![]),
            ("9e107d9d372bb6826bd81d3542a419d6", vec![]),
        ] {
            assert_eq!(
                owners(&Pattern::parse(indicator).unwrap(), 13),
                expected,
                "{indicator}"
            );
        }
    }

    #[test]
    fn a_name_that_the_zone_leaves_no_room_for_is_left_out() {
        // 3 * 64 + 45 = 237 bytes of text, 238 in wire form without the root.
        let long = format!("{0}.{0}.{0}.{1}.example", "x".repeat(63), "y".repeat(37));
        let pattern = Pattern::parse(&long).unwrap();
        assert_eq!(long.len(), 237);
        assert_eq!(owners(&pattern, 17).len(), 1);
        assert_eq!(owners(&pattern, 15).len(), 2);
        assert_eq!(owners(&pattern, 18).len(), 0);
    }
}
