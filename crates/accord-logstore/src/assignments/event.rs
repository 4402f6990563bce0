//! What one line or record of an assignment log says happened.

use std::net::IpAddr;
use std::sync::Arc;

use accord_formats::logs::{Basis, Resolved, TimeSpan};
use ipnet::IpNet;

use super::answer::{EndTold, IdKind, Service, SubscriberId};
use super::question::Protocol;

/// What happened to an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It began.
    Start,
    /// It began, or was given again to who had it: most DHCP servers do not say which.
    Renew,
    /// It was alive.
    Alive,
    /// It ended.
    End(EndTold),
}

impl Kind {
    /// Whether what was assigned then belongs to nobody else.
    pub(super) const fn begins(self) -> bool {
        matches!(self, Self::Start | Self::Renew)
    }
}

/// Where the line, or the lines of a record, stand. The order is that of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Which of the segments that are read.
    pub(super) segment: u32,
    /// The first byte in the log.
    pub(super) offset: u64,
    /// The number of the first line, from 1.
    pub(super) line: u64,
    /// How many bytes, line ends included.
    pub(super) length: u32,
}

/// An access server (RFC 2866: the client of accounting).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Nas {
    pub(super) address: Option<IpAddr>,
    pub(super) name: Option<String>,
}

impl Nas {
    /// Whether both are surely the same one.
    pub(super) fn is(&self, other: &Self) -> bool {
        let same_address = self.address.is_some() && self.address == other.address;
        let same_name = self.name.is_some() && self.name == other.name;
        same_address || same_name
    }

    fn key(&self) -> String {
        match (&self.address, &self.name) {
            (Some(address), _) => address.to_string(),
            (None, Some(name)) => name.clone(),
            (None, None) => String::new(),
        }
    }
}

/// Who has it, as logged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) ids: Vec<SubscriberId>,
    /// What tells one holder from another within a source.
    pub(super) key: String,
    pub(super) inside: Option<IpAddr>,
    pub(super) nas: Nas,
}

impl Who {
    pub(super) fn first(&self, kind: IdKind) -> Option<&str> {
        self.ids
            .iter()
            .find(|id| id.kind == kind)
            .map(|id| id.value.as_str())
    }

    /// Sets the key, once everything else is known.
    pub(super) fn keyed(mut self, service: Service) -> Self {
        let first = |kinds: &[IdKind]| kinds.iter().find_map(|kind| self.first(*kind)).map(str::to_owned);
        self.key = match service {
            Service::Dhcp => first(&[IdKind::HardwareAddress])
                .map(|mac| bare_mac(&mac))
                .or_else(|| first(&[IdKind::Duid, IdKind::ClientId, IdKind::HostName, IdKind::UserName]))
                .unwrap_or_default(),
            Service::Radius => {
                let session = first(&[IdKind::Session, IdKind::UserName, IdKind::CallingStation]);
                session_key(&session.unwrap_or_default(), &self.nas)
            }
            Service::Nat => {
                let inside = self.inside.map(|inside| inside.to_string()).unwrap_or_default();
                let port = first(&[IdKind::InsidePort]).unwrap_or_default();
                let subscriber = first(&[IdKind::Subscriber]).unwrap_or_default();
                format!("{inside} {port} {subscriber}")
            }
        };
        self
    }
}

/// What tells a session of RADIUS from another: its identifier is unique within its access server alone.
pub(super) fn session_key(session: &str, nas: &Nas) -> String {
    format!("{session} {}", nas.key())
}

/// A hardware address without its separators, lower case.
pub(super) fn bare_mac(mac: &str) -> String {
    let digits = mac.chars().filter(char::is_ascii_hexdigit);
    digits.map(|digit| digit.to_ascii_lowercase()).collect()
}

/// An event, in true time.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) kind: Kind,
    pub(super) service: Service,
    /// What was assigned; absent where a record tells the session alone.
    pub(super) held: Option<IpNet>,
    pub(super) ports: Option<(u16, u16)>,
    pub(super) protocol: Option<Protocol>,
    pub(super) who: Arc<Who>,
    /// When, by the true clock: two instants where the source's clock was turned back.
    pub(super) span: TimeSpan,
    pub(super) basis: Basis,
    pub(super) doubtful: bool,
    pub(super) lease_ms: Option<i64>,
    /// How long the session had lasted.
    pub(super) session_ms: Option<i64>,
    pub(super) place: Place,
}

impl Event {
    /// Whether its instant is not one.
    pub(super) const fn is_twofold(&self) -> bool {
        self.span.first_ms != self.span.last_ms
    }

    /// Whether it surely happened after another. At one instant the order of reading tells.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        if self.is_twofold() || other.is_twofold() || self.span != other.span {
            return self.span.first_ms > other.span.last_ms;
        }
        self.place > other.place
    }
}

/// An access server told that it started or stopped: all its sessions from before are over.
#[derive(Debug, Clone)]
pub(super) struct Restart {
    pub(super) nas: Nas,
    pub(super) time: Resolved,
    pub(super) place: Place,
}
