//! Lines and records to events in true time.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use accord_formats::logs::{
    Basis, Clock, Column, Fields, LineReader, LineTime, LogFormat, Outcome, Records, Resolved, TimeSpan,
    Value, WallTime,
};
use ipnet::IpNet;

use super::answer::{IdKind, Service, SubscriberId};
use super::event::{Event, Kind, Nas, Place, Restart, Who};
use super::limits::MAX_IDENTIFIER_BYTES;
use super::question::{Protocol, canonical};
use super::{dhcp, nat, radius};
use crate::manifest::Manifest;

/// The formats that tell assignments; of syslog, the lines of such programs.
pub(super) const fn tells_assignments(format: LogFormat) -> bool {
    matches!(
        format,
        LogFormat::Dhcp | LogFormat::Radius | LogFormat::Cgnat | LogFormat::Syslog
    )
}

/// What one line or record says, before its time is resolved.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) service: Service,
    pub(super) held: Vec<IpNet>,
    pub(super) ports: Option<(u16, u16)>,
    pub(super) protocol: Option<Protocol>,
    pub(super) inside: Option<IpAddr>,
    pub(super) nas: Nas,
    pub(super) ids: Vec<SubscriberId>,
    pub(super) lease_ms: Option<i64>,
    pub(super) session_ms: Option<i64>,
    pub(super) time: LineTime,
    pub(super) wall: Option<WallTime>,
    /// To be taken off a time that is resolved from its words.
    pub(super) delay_ms: i64,
}

impl Draft {
    pub(super) const fn new(service: Service) -> Self {
        Self {
            kind: Kind::Alive,
            service,
            held: Vec::new(),
            ports: None,
            protocol: None,
            inside: None,
            nas: Nas {
                address: None,
                name: None,
            },
            ids: Vec::new(),
            lease_ms: None,
            session_ms: None,
            time: LineTime::Unknown,
            wall: None,
            delay_ms: 0,
        }
    }
}

/// Identifiers, one of each kind.
#[derive(Debug, Default)]
pub(super) struct Ids(Vec<SubscriberId>);

impl Ids {
    /// Adds one; the first of a kind counts.
    pub(super) fn put(&mut self, kind: IdKind, value: Option<String>) {
        let Some(mut value) = value.filter(|value| !value.is_empty()) else {
            return;
        };
        if self.0.iter().all(|id| id.kind != kind) {
            value.truncate(value.floor_char_boundary(MAX_IDENTIFIER_BYTES));
            self.0.push(SubscriberId { kind, value });
        }
    }

    pub(super) fn done(mut self) -> Vec<SubscriberId> {
        self.0.sort();
        self.0
    }
}

/// What reading a unit gives.
#[derive(Debug)]
pub(super) enum Read {
    /// Nothing about assignments.
    Nothing,
    /// Events, one for each thing assigned; one without any where a record tells its session alone.
    Events(Vec<Event>),
    /// A restart of an access server.
    Restart(Restart),
    /// It is about these, but tells no instant.
    WithoutTime(Vec<IpNet>),
}

/// How the lines of one segment are read.
pub(super) struct Reading {
    format: LogFormat,
    clock: Option<Clock>,
    fallback: Clock,
    offset_ms: i64,
    reader: LineReader,
}

impl Reading {
    /// Of a segment, with the zone that was named for its source.
    pub(super) fn of(manifest: &Manifest, zone: Option<&str>) -> Option<Self> {
        let imported = manifest.imported_at_ms;
        Some(Self {
            format: manifest.log_format,
            clock: zone.and_then(|zone| Clock::new(zone, imported)),
            fallback: Clock::new("UTC", imported)?,
            offset_ms: manifest.source.clock_offset_ms.unwrap_or(0),
            reader: LineReader::new(manifest.log_format),
        })
    }

    pub(super) const fn format(&self) -> LogFormat {
        self.format
    }

    /// When, by the true clock.
    fn resolve(&self, time: LineTime, wall: Option<WallTime>, delay_ms: i64) -> Option<Resolved> {
        let found = match &self.clock {
            Some(clock) => clock.resolve(time, wall),
            // Without a zone only what is logged in full is an instant.
            None => self.fallback.resolve(time, None),
        }?;
        let delay_ms = if found.basis == Basis::Logged { 0 } else { delay_ms };
        let corrected = |ms: i64| ms.saturating_sub(self.offset_ms).saturating_sub(delay_ms);
        Some(Resolved {
            span: TimeSpan {
                first_ms: corrected(found.span.first_ms),
                last_ms: corrected(found.span.last_ms),
            },
            ..found
        })
    }

    /// The instant of one line, for what a source covers.
    pub(super) fn time(&mut self, line: &[u8]) -> Option<TimeSpan> {
        let mut records = Records::new();
        self.reader.fields(line, &mut records);
        let fields = records.all().first()?;
        let found = self.resolve(fields.time(), fields.wall(), 0)?;
        (!found.doubtful).then_some(found.span)
    }

    /// Reads a line, or the lines of one record.
    pub(super) fn unit(&mut self, unit: &[u8], place: Place) -> Read {
        let draft = if self.format == LogFormat::Radius {
            match radius::record(unit) {
                Some(radius::Record::Session(draft)) => Some(draft),
                Some(radius::Record::Restart(nas, time, wall)) => {
                    return match self.resolve(time, wall, 0) {
                        Some(time) => Read::Restart(Restart { nas, time, place }),
                        None => Read::WithoutTime(Vec::new()),
                    };
                }
                None => None,
            }
        } else {
            self.line(unit)
        };
        draft.map_or(Read::Nothing, |draft| self.events(draft, place))
    }

    fn line(&mut self, line: &[u8]) -> Option<Draft> {
        let mut records = Records::with_rest();
        if self.reader.fields(line, &mut records) != Outcome::Parsed {
            return None;
        }
        let fields = records.all().first()?;
        let draft = if self.format == LogFormat::Cgnat || fields.first(Column::TranslatedAddress).is_some() {
            nat::draft(fields)
        } else {
            dhcp::draft(line, fields)
        }?;
        Some(Draft {
            time: fields.time(),
            wall: fields.wall(),
            ..draft
        })
    }

    fn events(&self, draft: Draft, place: Place) -> Read {
        let held: Vec<IpNet> = draft.held.iter().map(|net| canonical(*net)).collect();
        let Some(time) = self.resolve(draft.time, draft.wall, draft.delay_ms) else {
            return Read::WithoutTime(held);
        };
        if held.is_empty() && radius::session(&draft).is_none() {
            return Read::Nothing;
        }
        let who = Who {
            ids: draft.ids,
            key: String::new(),
            inside: draft.inside,
            nas: draft.nas,
        };
        let who = Arc::new(who.keyed(draft.service));
        let event = |held: Option<IpNet>| Event {
            kind: draft.kind,
            service: draft.service,
            held,
            ports: draft.ports,
            protocol: draft.protocol,
            who: Arc::clone(&who),
            span: time.span,
            basis: time.basis,
            doubtful: time.doubtful,
            lease_ms: draft.lease_ms,
            session_ms: draft.session_ms,
            place,
        };
        if held.is_empty() {
            return Read::Events(vec![event(None)]);
        }
        Read::Events(held.into_iter().map(|net| event(Some(net))).collect())
    }
}

/// The first address of a column.
pub(super) fn address(fields: &Fields<'_>, column: Column) -> Option<IpAddr> {
    match fields.first(column)? {
        Value::Address(address) => Some(*address),
        Value::Number(_) | Value::Text(_) => None,
    }
}

/// The first number of a column.
pub(super) fn number(fields: &Fields<'_>, column: Column) -> Option<u64> {
    match fields.first(column)? {
        Value::Number(number) => Some(*number),
        Value::Address(_) | Value::Text(_) => None,
    }
}

/// The first text of a column.
pub(super) fn text(fields: &Fields<'_>, column: Column) -> Option<String> {
    match fields.first(column)? {
        Value::Text(text) => Some(text.clone().into_owned()),
        Value::Address(_) | Value::Number(_) => None,
    }
}

/// The first value without a column, by its name in the log.
pub(super) fn rest<'f>(fields: &'f Fields<'_>, name: &str) -> Option<&'f str> {
    let found: Option<&(Cow<'_, str>, Cow<'_, str>)> = fields.rest().iter().find(|(other, _)| other == name);
    found.map(|(_, value)| &**value)
}
