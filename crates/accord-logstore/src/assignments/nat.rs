//! Lines of translating devices to events: single mappings and blocks of ports (RFC 6888, RFC 7768).

use accord_formats::logs::{Column, Fields};
use ipnet::IpNet;

use super::answer::{EndTold, IdKind, Service};
use super::event::Kind;
use super::question::Protocol;
use super::read::{Draft, Ids, address, number, rest, text};

/// What a line of a translating device tells, if it is about an assignment.
pub(super) fn draft(fields: &Fields<'_>) -> Option<Draft> {
    let kind = kind(&text(fields, Column::Activity)?)?;
    let outside = address(fields, Column::TranslatedAddress)?;
    let inside = address(fields, Column::SourceAddress)?;
    if inside == outside {
        // A flow that is not translated assigns nothing.
        return None;
    }
    let port = |column| number(fields, column).and_then(|port| u16::try_from(port).ok());
    let first = port(Column::TranslatedPort);
    let last = port(Column::TranslatedPortLast);
    let ports = first
        .map(|first| (first, last.unwrap_or(first)))
        .filter(|(first, last)| first <= last);
    let mut ids = Ids::default();
    ids.put(IdKind::InsideAddress, Some(inside.to_string()));
    // Of a block the inside port is the one that asked for it.
    if last.is_none() {
        ids.put(
            IdKind::InsidePort,
            port(Column::SourcePort).map(|port| port.to_string()),
        );
    }
    ids.put(IdKind::UserName, text(fields, Column::User));
    ids.put(IdKind::Subscriber, rest(fields, "SSUBIX").map(str::to_owned));
    Some(Draft {
        kind,
        held: vec![IpNet::from(outside)],
        ports,
        protocol: text(fields, Column::Protocol).and_then(|name| Protocol::parse(&name)),
        inside: Some(inside),
        ids: ids.done(),
        ..Draft::new(Service::Nat)
    })
}

/// What an event does, by the words that vendors use.
fn kind(activity: &str) -> Option<Kind> {
    let activity = activity.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| activity.contains(word));
    let ends = |words: &[&str]| words.iter().any(|word| activity.ends_with(word));
    Some(
        if has(&["RELEASE", "CLOSE", "DELETE", "TEARDOWN", "WITHDRAW"]) || ends(&["DEL", "FREE"]) {
            Kind::End(EndTold::Released)
        } else if has(&["INTERIM", "ACTIVE", "UPDATE"]) {
            Kind::Alive
        } else if has(&["ALLOC", "CREATE", "OPEN", "BUILT", "ASSIGN"]) || ends(&["ADD"]) {
            Kind::Start
        } else {
            return None;
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_vendors() {
        let end = Some(Kind::End(EndTold::Released));
        for (word, expected) in [
            ("SADD", Some(Kind::Start)),
            ("SDEL", end),
            ("RT_SRC_NAT_PBA_ALLOC", Some(Kind::Start)),
            ("RT_SRC_NAT_PBA_RELEASE", end),
            ("RT_SRC_NAT_PBA_INTERIM", Some(Kind::Alive)),
            ("RT_FLOW_SESSION_CREATE", Some(Kind::Start)),
            ("RT_FLOW_SESSION_CLOSE", end),
            ("RT_FLOW_SESSION_DENY", None),
            ("JSERVICES_NAT_PORT_BLOCK_ALLOC", Some(Kind::Start)),
            ("JSERVICES_NAT_PORT_BLOCK_ACTIVE", Some(Kind::Alive)),
            ("MSVCS_LOG_SESSION_OPEN", Some(Kind::Start)),
            ("ASP_NAT_PORT_BLOCK_RELEASE", end),
            ("", None),
        ] {
            assert_eq!(kind(word), expected, "{word}");
        }
    }
}
