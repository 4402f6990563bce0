//! DHCP lines to events: ISC dhcpd, dnsmasq, Kea (its log and its forensic log), the audit log of Windows.

use accord_formats::logs::{Column, Fields};
use ipnet::{IpNet, Ipv6Net};
use memchr::memmem;

use super::answer::{EndTold, IdKind, Service};
use super::event::Kind;
use super::read::{Draft, Ids, address, number, text};

/// What a line of a DHCP server tells, if it is about an assignment.
pub(super) fn draft(line: &[u8], fields: &Fields<'_>) -> Option<Draft> {
    let activity = text(fields, Column::Activity)?;
    let kind = match windows_id(line) {
        Some(id) => windows(id)?,
        None => kind(&activity, line)?,
    };
    let held = held(line, fields)?;
    let mut ids = Ids::default();
    ids.put(IdKind::HardwareAddress, text(fields, Column::SourceMac));
    ids.put(IdKind::UserName, text(fields, Column::User));
    ids.put(
        IdKind::HostName,
        text(fields, Column::SourceHost).filter(|name| !name.contains('/')),
    );
    for (label, kind) in [
        ("duid=[", IdKind::Duid),
        ("DUID: ", IdKind::Duid),
        ("cid=[", IdKind::ClientId),
        ("client-id: ", IdKind::ClientId),
        ("circuit-id: ", IdKind::CircuitId),
        ("interface-id: ", IdKind::CircuitId),
        ("remote-id: ", IdKind::RemoteId),
        ("subscriber-id: ", IdKind::Subscriber),
    ] {
        ids.put(kind, after(line, label.as_bytes()));
    }
    if &*activity == "DHCPREPLY" {
        ids.put(IdKind::Duid, long_colons(line));
    }
    Some(Draft {
        kind,
        service: Service::Dhcp,
        held: vec![held],
        ids: ids.done(),
        lease_ms: number(fields, Column::LeaseSeconds)
            .and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(1000)),
        ..Draft::new(Service::Dhcp)
    })
}

/// What an activity does to a lease; the word must be the whole one, since servers log failures under longer words.
fn kind(activity: &str, line: &[u8]) -> Option<Kind> {
    Some(match activity {
        // An answer to DHCPINFORM gives no address: `DHCPACK to ADDRESS`.
        "DHCPACK" if memmem::find(line, b"DHCPACK to ").is_some() => return None,
        "DHCPACK"
        | "DHCPREPLY"
        | "DHCP4_LEASE_ALLOC"
        | "DHCP4_LEASE_REUSE"
        | "DHCP6_LEASE_ALLOC"
        | "DHCP6_LEASE_REUSE"
        | "DHCP6_LEASE_RENEW"
        | "DHCP6_PD_LEASE_ALLOC"
        | "DHCP6_PD_LEASE_REUSE"
        | "DHCP6_PD_LEASE_RENEW"
        | "assigned"
        | "renewed"
        | "rebound" => Kind::Renew,
        // A client that never had the lease cannot end it.
        "DHCPRELEASE" | "DHCPDECLINE" if memmem::find(line, b"not found").is_some() => return None,
        "DHCPRELEASE" | "DHCP4_RELEASE" | "DHCP6_RELEASE_NA" | "DHCP6_RELEASE_PD" | "released" => {
            Kind::End(EndTold::Released)
        }
        "DHCPDECLINE" | "DHCP4_DECLINE_LEASE" | "DHCP6_DECLINE_LEASE" | "declined" => {
            Kind::End(EndTold::Declined)
        }
        "DHCPEXPIRE"
        | "DHCP4_RELEASE_EXPIRED"
        | "DHCP6_RELEASE_NA_EXPIRED"
        | "DHCP6_RELEASE_PD_EXPIRED"
        | "expired" => Kind::End(EndTold::Expired),
        _ => return None,
    })
}

/// The number that begins a row of the audit log of Windows.
fn windows_id(line: &[u8]) -> Option<u32> {
    let end = line.iter().take(6).position(|byte| *byte == b',')?;
    std::str::from_utf8(line.get(..end)?).ok()?.parse().ok()
}

/// "Analyze DHCP server log files" (Microsoft Learn): the events that touch a lease. Others tell of the server, of pools
/// and of DNS updates.
fn windows(id: u32) -> Option<Kind> {
    Some(match id {
        10 | 20 => Kind::Start,
        11 | 21 => Kind::Renew,
        12 | 16 | 23 => Kind::End(EndTold::Released),
        17 | 18 => Kind::End(EndTold::Expired),
        _ => return None,
    })
}

/// The address that is leased, or the prefix that is delegated.
fn held(line: &[u8], fields: &Fields<'_>) -> Option<IpNet> {
    let prefix = memmem::find(line, b"_PD_").is_some()
        || memmem::find(line, b"_RELEASE_PD").is_some()
        || memmem::find(line, b"Prefix:").is_some();
    if !prefix {
        return address(fields, Column::SourceAddress).map(IpNet::from);
    }
    line.split(|byte| byte.is_ascii_whitespace() || *byte == b',')
        .filter(|word| word.contains(&b'/'))
        .find_map(|word| {
            let word = word.strip_prefix(b"Prefix:").unwrap_or(word);
            std::str::from_utf8(word).ok()?.parse::<Ipv6Net>().ok()
        })
        .map(|net| IpNet::V6(net.trunc()))
}

/// What stands behind a label, up to white space, a comma or a closing bracket.
fn after(line: &[u8], label: &[u8]) -> Option<String> {
    let rest = line.get(memmem::find(line, label)? + label.len()..)?;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b')');
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    Some(String::from_utf8_lossy(rest.get(..end)?).into_owned())
}

/// The unique identifier in a line of dnsmasq: pairs of digits with colons, longer than a hardware address.
fn long_colons(line: &[u8]) -> Option<String> {
    let is = |word: &&[u8]| {
        word.len() > 17
            && word
                .split(|byte| *byte == b':')
                .all(|pair| pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit))
    };
    let word = line.split(|byte| byte.is_ascii_whitespace()).find(is)?;
    Some(String::from_utf8_lossy(word).into_owned())
}
