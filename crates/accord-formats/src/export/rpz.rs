//! A DNS response policy zone in master-file form (RFC 1035, section 5; draft-vixie-dnsop-dns-rpz): names and networks
//! answered as if they did not exist.

use std::net::IpAddr;

use super::material::{Indicator, Marking, Material, ValueKind};
use super::{Told, head};

/// Longest owner name under the zone's own, bytes.
const NAME_MAX_BYTES: usize = 200;

/// The trigger of a network: `24.0.2.0.192.rpz-ip`; in IPv6 `zz` stands for the longest run of zeros.
fn trigger(network: &str) -> Option<String> {
    let (address, length) = network.split_once('/').unwrap_or((network, ""));
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            let length = if length.is_empty() { "32" } else { length };
            Some(format!("{length}.{d}.{c}.{b}.{a}.rpz-ip"))
        }
        IpAddr::V6(address) => {
            let text = address.to_string();
            // `::` at an end gives an empty part more than it should.
            let text = text.replace("::", ":zz:");
            let parts: Vec<&str> = text.split(':').filter(|part| !part.is_empty()).rev().collect();
            let length = if length.is_empty() { "128" } else { length };
            Some(format!("{length}.{}.rpz-ip", parts.join(".")))
        }
    }
}

/// Writes a zone. Its origin is for whoever loads it to say.
pub(super) fn write(
    material: &Material,
    carried: &[&Indicator],
    marking: Option<Marking>,
    told: &mut Told,
) -> (Vec<u8>, usize) {
    let mut out = head(";", material, marking);
    let serial = (material.made_ms / 1_000) % u64::from(u32::MAX);
    out.push_str("$TTL 300\n");
    out.push_str(&format!(
        "@ SOA localhost. hostmaster.localhost. {serial} 3600 600 86400 300\n@ NS localhost.\n"
    ));
    let mut count = 0;
    for indicator in carried {
        let names: Vec<String> = match indicator.kind {
            ValueKind::Domain => vec![indicator.value.clone(), format!("*.{}", indicator.value)],
            ValueKind::Subdomains => vec![format!("*{}", indicator.value)],
            ValueKind::Ipv4 | ValueKind::Ipv6 | ValueKind::Network => {
                trigger(&indicator.value).into_iter().collect()
            }
            _ => {
                told.tell("no name, address or network, which is all that a policy zone blocks: left out");
                continue;
            }
        };
        if names.is_empty() || names.iter().any(|name| name.len() > NAME_MAX_BYTES) {
            told.tell("a name too long to stand under the zone's own: left out");
            continue;
        }
        for name in names {
            out.push_str(&format!("{name} CNAME . ; {}\n", indicator.marking.as_str()));
        }
        count += 1;
    }
    (out.into_bytes(), count)
}
