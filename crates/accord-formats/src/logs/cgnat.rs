//! Carrier-grade NAT: which subscriber had which public address and ports.
//!
//! Read are the structured data of the IETF's draft (`[nsess ... ISADDR="..." XSADDR="..."]`,
//! draft-ietf-behave-syslog-nat-logging-06, as FD.io VPP writes it) and the messages of Junos, structured
//! (`RT_SRC_NAT_PBA_ALLOC [internal-ip="..." ...]`) and not, and the translations of Cisco's ASA. Deterministic NAT (RFC 7422) logs no assignments: its
//! configuration tells them. RFC 8158 is IPFIX, which is no lines.

use memchr::memmem;

use super::fields::{Column, Fields};
use super::syslog::{self, Entry};
use super::{Depth, LineFacts, Outcome, address, pairs};

/// What begins the messages of devices that translate.
const EVENTS: [&[u8]; 6] = [
    b"RT_SRC_NAT_PBA_",
    b"RT_FLOW_SESSION_",
    b"JSERVICES_NAT_",
    b"JSERVICES_SESSION_",
    b"MSVCS_LOG_SESSION_",
    b"ASP_NAT_PORT_BLOCK_",
];

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    syslog::line_of(line, depth, is)
}

pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    syslog::fields_of(line, fields, is)
}

pub(super) fn is(entry: &Entry<'_>) -> bool {
    entry.data.starts_with(b"[nsess ")
        || entry.data.starts_with(b"[napmap ")
        || event(entry).is_some()
        || translation(entry).is_some()
}

/// ASA's messages 305011 and 305012: what happened, and what follows that word.
fn translation<'a>(entry: &Entry<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let begin = entry.message.get(..160).unwrap_or(entry.message);
    let numbers: [&[u8]; 2] = [b"-6-305011", b"-6-305012"];
    let numbered = |text: &[u8]| numbers.iter().any(|number| memmem::find(text, number).is_some());
    if !numbered(entry.program) && !numbered(begin) {
        return None;
    }
    let words: [&[u8]; 2] = [b"Built ", b"Teardown "];
    let (at, word) = words
        .iter()
        .find_map(|word| Some((memmem::find(begin, word)?, word)))?;
    let (word, rest) = entry.message.get(at..)?.split_at_checked(word.len())?;
    Some((word.trim_ascii(), rest))
}

/// The word that says what happened, and what follows it.
fn event<'a>(entry: &Entry<'a>) -> Option<(&'a [u8], &'a [u8])> {
    for text in [entry.id, entry.program, entry.message] {
        for begin in EVENTS {
            // Junos puts the service set and the facility before it.
            let Some(at) = memmem::find(text.get(..160).unwrap_or(text), begin) else {
                continue;
            };
            let found = text.get(at..)?;
            let end = found
                .iter()
                .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
                .unwrap_or(found.len());
            return Some(found.split_at(end));
        }
    }
    None
}

pub(super) fn message<'a>(entry: &Entry<'a>, fields: &mut Fields<'a>) {
    if let Some((activity, rest)) = translation(entry) {
        fields.put(Column::Activity, activity);
        return interfaces(rest, fields);
    }
    let (activity, after) = event(entry).unwrap_or((entry.id, b""));
    fields.put(Column::Activity, activity);
    let mut structured = false;
    for text in [entry.data, entry.message] {
        pairs::each(text, &mut |name, value| structured |= pair(name, value, fields));
    }
    if !structured {
        let text = if after.is_empty() { entry.message } else { after };
        plain(activity, text, fields);
    }
}

/// A pair of structured data; whether it tells an assignment.
fn pair<'a>(name: &'a [u8], value: &'a [u8], fields: &mut Fields<'a>) -> bool {
    let column = match name {
        b"ISADDR" | b"internal-ip" | b"source-address" => Column::SourceAddress,
        b"ISPORT" | b"source-port" => Column::SourcePort,
        b"XSADDR" | b"reflexive-ip" | b"nat-source-address" => Column::TranslatedAddress,
        b"XSPORT" | b"block-port-low" | b"nat-source-port" => Column::TranslatedPort,
        b"block-port-high" => Column::TranslatedPortLast,
        b"XDADDR" | b"destination-address" => Column::DestinationAddress,
        b"XDPORT" | b"destination-port" => Column::DestinationPort,
        b"PROTO" | b"protocol-id" => Column::Protocol,
        b"username" if value != b"N/A" => Column::User,
        b"bytes-from-client" => Column::BytesOut,
        b"bytes-from-server" => Column::BytesIn,
        _ => {
            fields.put_rest(
                || String::from_utf8_lossy(name),
                || String::from_utf8_lossy(value),
            );
            return false;
        }
    };
    fields.put(column, value);
    true
}

/// Junos without structure: `Subscriber A used/maximum [1/8] blocks, allocates port block [1024-1279] from B in source
/// pool p`; `A -> B:1024-1279`; `A:18575 [B:1048] -> C:63 (UDP)`.
fn plain<'a>(activity: &[u8], text: &'a [u8], fields: &mut Fields<'a>) {
    let words = |text: &'a [u8]| {
        text.split(|byte| matches!(byte, b' ' | b','))
            .filter(|word| !word.is_empty())
    };
    let mut before: &[u8] = b"";
    if activity.starts_with(b"RT_SRC_NAT_PBA_") {
        for word in words(text) {
            match before {
                b"Subscriber" => fields.put(Column::SourceAddress, word),
                b"block" => ports(word, fields),
                b"from" | b"to" => fields.put(Column::TranslatedAddress, word),
                _ => {}
            }
            before = word;
        }
        return;
    }
    for word in words(text) {
        if word.starts_with(b"[") && word.ends_with(b"]") {
            let inside = word.get(1..word.len() - 1).unwrap_or_default();
            fields.put_end(Column::TranslatedAddress, Column::TranslatedPort, inside, b':');
        } else if before == b"->" {
            match memchr::memrchr(b'-', word) {
                Some(_) => {
                    let colon = memchr::memrchr(b':', word).unwrap_or(word.len());
                    fields.put(Column::TranslatedAddress, word.get(..colon).unwrap_or_default());
                    ports(word.get(colon + 1..).unwrap_or_default(), fields);
                }
                None => fields.put_end(Column::DestinationAddress, Column::DestinationPort, word, b':'),
            }
        } else if fields.first(Column::SourceAddress).is_none() && has_address(word) {
            fields.put_end(Column::SourceAddress, Column::SourcePort, word, b':');
        } else if matches!(word, b"(UDP)" | b"(TCP)" | b"(ICMP)") {
            fields.put(Column::Protocol, word.get(1..word.len() - 1).unwrap_or_default());
        }
        before = word;
    }
}

/// `dynamic TCP translation from inside:A/1234 to outside:B/5678`: the interface's name, perhaps with a list's, before the
/// address, and the user's behind the port.
fn interfaces<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    let mut before: &[u8] = b"";
    for word in text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        let colon = memchr::memchr(b':', word).map_or(0, |at| at + 1);
        let end = word.get(colon..).unwrap_or_default();
        let end = end.split(|byte| *byte == b'(').next().unwrap_or_default();
        match before {
            b"from" => fields.put_end(Column::SourceAddress, Column::SourcePort, end, b'/'),
            b"to" => fields.put_end(Column::TranslatedAddress, Column::TranslatedPort, end, b'/'),
            b"dynamic" | b"static" => fields.put(Column::Protocol, word),
            _ => {}
        }
        before = word;
    }
}

/// `[1024-1279]`.
fn ports<'a>(word: &'a [u8], fields: &mut Fields<'a>) {
    let inside = word.strip_prefix(b"[").unwrap_or(word);
    let inside = inside.strip_suffix(b"]").unwrap_or(inside);
    let mut ends = inside.splitn(2, |byte| *byte == b'-');
    fields.put(Column::TranslatedPort, ends.next().unwrap_or_default());
    fields.put(Column::TranslatedPortLast, ends.next().unwrap_or_default());
}

fn has_address(word: &[u8]) -> bool {
    let host = memchr::memrchr(b':', word)
        .and_then(|at| word.get(..at))
        .unwrap_or(word);
    address::whole(word).is_some() || address::whole(host).is_some()
}
