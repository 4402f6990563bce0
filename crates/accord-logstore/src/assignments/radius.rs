//! Records of RADIUS accounting to events: the lines of a detail record, or one line (RFC 2866, 3162, 4818, 6911).

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use accord_formats::logs::{Column, LineReader, LineTime, LogFormat, Outcome, Records, WallTime};
use ipnet::{IpNet, Ipv6Net};

use super::answer::{EndTold, IdKind, Service};
use super::event::{Kind, Nas};
use super::read::{Draft, Ids, address, text};

/// What a record tells.
pub(super) enum Record {
    /// Of a session.
    Session(Draft),
    /// That the access server started or stopped.
    Restart(Nas, LineTime, Option<WallTime>),
}

/// Reads the lines of one record.
pub(super) fn record(lines: &[u8]) -> Option<Record> {
    let mut reader = LineReader::new(LogFormat::Radius);
    let mut draft = Draft::new(Service::Radius);
    let (mut ids, mut status, mut delay_ms) = (Ids::default(), None, 0);
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let mut records = Records::with_rest();
        if reader.fields(line, &mut records) != Outcome::Parsed {
            continue;
        }
        let Some(fields) = records.all().first() else {
            continue;
        };
        if fields.time() != LineTime::Unknown {
            draft.time = fields.time();
        }
        draft.wall = draft.wall.or(fields.wall());
        status = status.or_else(|| text(fields, Column::Activity));
        for (column, value) in fields.values() {
            let value = value.to_string();
            match column {
                Column::SourceAddress => draft.held.extend(assigned(&value)),
                Column::User => ids.put(IdKind::UserName, Some(value)),
                Column::Session => ids.put(IdKind::Session, Some(value)),
                Column::SourceMac => ids.put(IdKind::HardwareAddress, Some(value)),
                Column::Device => draft.nas.name = Some(value),
                _ => {}
            }
        }
        draft.nas.address = draft
            .nas
            .address
            .or_else(|| address(fields, Column::DestinationAddress));
        for (name, value) in fields.rest() {
            attribute(name, value, &mut draft, &mut ids, &mut delay_ms);
        }
    }
    let kind = match &*status? {
        "Accounting-On" | "Accounting-Off" | "7" | "8" => {
            return Some(Record::Restart(
                draft.nas,
                earlier(draft.time, delay_ms),
                draft.wall,
            ));
        }
        "Start" | "1" => Kind::Start,
        "Stop" | "2" => Kind::End(EndTold::Released),
        "Interim-Update" | "Alive" | "3" => Kind::Alive,
        _ => return None,
    };
    let nas = draft
        .nas
        .address
        .map(|address| address.to_string())
        .or_else(|| draft.nas.name.clone());
    ids.put(IdKind::Nas, nas);
    Some(Record::Session(Draft {
        kind,
        time: earlier(draft.time, delay_ms),
        delay_ms,
        ids: ids.done(),
        ..draft
    }))
}

/// An attribute that has no column.
fn attribute(name: &str, value: &str, draft: &mut Draft, ids: &mut Ids, delay_ms: &mut i64) {
    let seconds = || value.parse::<u32>().ok().map(|seconds| i64::from(seconds) * 1000);
    match name {
        "Delegated-IPv6-Prefix" | "Framed-IPv6-Prefix" => {
            draft
                .held
                .extend(value.parse::<Ipv6Net>().ok().map(|net| IpNet::V6(net.trunc())));
        }
        "Acct-Session-Time" => draft.session_ms = seconds(),
        // RFC 2866 section 5.2: taken off the time of arrival it gives that of the event.
        "Acct-Delay-Time" => *delay_ms = seconds().unwrap_or(0),
        "Calling-Station-Id" => ids.put(IdKind::CallingStation, Some(value.to_owned())),
        "NAS-Port-Id" => ids.put(IdKind::NasPort, Some(value.to_owned())),
        _ if name.ends_with("Agent-Circuit-Id") => ids.put(IdKind::CircuitId, Some(value.to_owned())),
        _ if name.ends_with("Agent-Remote-Id") => ids.put(IdKind::RemoteId, Some(value.to_owned())),
        _ if name.ends_with("Subsc-ID-Str") => ids.put(IdKind::Subscriber, Some(value.to_owned())),
        _ => {}
    }
}

fn earlier(time: LineTime, by_ms: i64) -> LineTime {
    match time {
        LineTime::At(ms) => LineTime::At(ms.saturating_sub(by_ms)),
        other => other,
    }
}

/// An address of a session. RFC 2865 section 5.8: two values leave the choice to others.
fn assigned(value: &str) -> Option<IpNet> {
    let address: IpAddr = value.parse().ok()?;
    let none = [
        Ipv4Addr::BROADCAST,
        Ipv4Addr::new(255, 255, 255, 254),
        Ipv4Addr::UNSPECIFIED,
    ];
    (!none.iter().any(|none| address == *none)).then(|| address.into())
}

/// Whether a record begins with this line: a date, or a record in one line. The lines of a detail record that are
/// neither are indented, or an attribute each.
pub(super) fn begins(line: &[u8]) -> bool {
    match line.first() {
        None | Some(b' ' | b'\t') => false,
        Some(b'\r' | b'\n') => true,
        Some(_) => !is_attribute(line),
    }
}

/// `Name = value`, one alone.
fn is_attribute(line: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    let name = line.iter().position(|byte| !is_name(byte)).unwrap_or(line.len());
    let one = memchr::memchr_iter(b'=', line).take(3).count() < 3;
    name > 0 && one && line.get(name..).is_some_and(|rest| rest.starts_with(b" = "))
}

/// The session that a record is of, without its other parts.
pub(super) fn session(draft: &Draft) -> Option<Cow<'_, str>> {
    draft
        .ids
        .iter()
        .find(|id| id.kind == IdKind::Session)
        .map(|id| Cow::Borrowed(id.value.as_str()))
}
