//! Answers: every candidate with how sure, on what lines it rests, and what is not known.

use accord_formats::logs::{Basis, TimeSpan};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::question::{Protocol, Question};
use crate::hunt::{HuntDamage, OverlongLine};
use crate::manifest::SegmentId;

/// What kind of log tells an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Leases.
    Dhcp,
    /// Sessions of RADIUS accounting (RFC 2866).
    Radius,
    /// Translations of a carrier-grade NAT (RFC 6888).
    Nat,
}

/// What an identifier of a subscriber is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdKind {
    /// The account.
    UserName,
    /// The hardware (MAC) address.
    HardwareAddress,
    /// The client's identifier in DHCP.
    ClientId,
    /// The client's unique identifier in DHCPv6.
    Duid,
    /// The name that the client gave.
    HostName,
    /// The line, by the relay (RFC 3046).
    CircuitId,
    /// The relay's name of the far end (RFC 3046).
    RemoteId,
    /// Who called: a telephone number, where it is no hardware address.
    CallingStation,
    /// The access server's port.
    NasPort,
    /// The access server.
    Nas,
    /// The session.
    Session,
    /// The operator's own number of a subscriber.
    Subscriber,
    /// The address behind a carrier-grade NAT.
    InsideAddress,
    /// Its port.
    InsidePort,
}

/// An identifier, exactly as logged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubscriberId {
    /// What it is.
    pub kind: IdKind,
    /// Its text.
    pub value: String,
}

/// How a line told that an assignment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndTold {
    /// Released, stopped or deleted.
    Released,
    /// The client refused the address (DHCPDECLINE).
    Declined,
    /// The server told that the lease had run out.
    Expired,
}

/// On what the first instant of a holding rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstRests {
    /// A line tells the beginning.
    Told,
    /// A line tells that it was held then; since when is not said, or is no part of the answer.
    Seen,
    /// A record tells how long the session had lasted.
    SessionTime,
}

/// On what the last instant of a holding rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastRests {
    /// A line tells the end.
    Told(EndTold),
    /// The lease's length, as logged, after the last time that it was given.
    LeaseRunsOut,
    /// The same by a length that a person set.
    AssumedLeaseRunsOut,
    /// The next holder's beginning.
    NextHolder,
    /// The access server restarted, which ended all its sessions.
    NasRestart,
    /// Nothing: the last line that shows it alive. The log goes on and does not tell the end.
    LastSeen,
    /// Nothing: the last line that shows it alive. The log ends before the instant does.
    LogEnds,
}

/// One end of a holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound<R> {
    /// When, milliseconds since the epoch, by the true clock as far as it is known.
    pub at_ms: i64,
    /// On what it rests.
    pub rests: R,
}

/// What shows that it was held in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// Lines before and after tell it: it was held all the while.
    Told,
    /// A line before, and the lease that it tells lasts.
    ByLease,
    /// Lines before and after name the same holder, nothing between names another, and no lease tells how long.
    Between,
    /// A line before, and a lease of a length that a person set.
    ByAssumedLease,
    /// A line before; nothing tells that it had not ended since.
    OnlyBefore,
    /// A line after; nothing tells that it had begun before.
    OnlyAfter,
}

/// How a holding lies to the instant that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cover {
    /// Wholly over it, with the error of the clock to spare.
    Whole,
    /// Over it, but an end lies so near that the clock's error could change it.
    Near,
    /// Over a part of it: the holder changed within the uncertainty of the question.
    Part,
    /// Beside it, within the clock's error.
    Beside,
}

/// What to know before anybody relies on a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// How far the source's clock is off was not measured.
    ClockUnmeasured,
    /// The zone of its times is a person's setting.
    ZoneSet,
    /// The year of its times follows from the import's time.
    YearSet,
    /// Its time was shown twice: the clock was turned back. Both instants were tried.
    ClockTurnedBack,
    /// The source's clock is broken, or a setting is wrong: a time lies in the future or before 1990.
    TimeDoubtful,
    /// Other lines say another holder at the same time.
    Conflict,
    /// The question names a port, and the line does not tell which ports are the holder's.
    PortsNotLogged,
    /// The question names a protocol, and the line tells none.
    ProtocolNotLogged,
    /// More happened to it around that time than is kept.
    NotAllKept,
}

/// What a line proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proves {
    /// The first instant.
    First,
    /// That it was held at some time between.
    Held,
    /// The last instant.
    Last,
}

/// A line of a log, or the lines of one record, where they stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// What it proves.
    pub proves: Proves,
    /// The segment.
    pub segment: SegmentId,
    /// The number of the first line, from 1.
    pub line: u64,
    /// Its first byte in the log.
    pub offset: u64,
    /// How many bytes, line ends included; several lines where a record has them.
    pub length: u32,
}

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The source that says so.
    pub source: String,
    /// What kind of log.
    pub service: Service,
    /// Who, as logged.
    pub ids: Vec<SubscriberId>,
    /// What was held: the address, or the prefix that holds it.
    pub held: IpNet,
    /// The first and last port, where a port was asked about and the line tells them.
    pub ports: Option<(u16, u16)>,
    /// The protocol, where the line tells it and a port was asked about.
    pub protocol: Option<Protocol>,
    /// The first instant known; absent where no line tells one.
    pub first: Option<Bound<FirstRests>>,
    /// The last instant known.
    pub last: Bound<LastRests>,
    /// What shows that it was held at the instant.
    pub support: Support,
    /// How it lies to the instant.
    pub cover: Cover,
    /// What to know before relying on it, in order.
    pub doubts: Vec<Doubt>,
    /// What its times rest on, the weakest of them.
    pub basis: Basis,
    /// The lines.
    pub evidence: Vec<Evidence>,
    /// Of a translation: who held the inside address at that instant, by other logs.
    pub behind: Vec<Holder>,
}

impl Holder {
    /// Whether the logs tell it wholly and nothing speaks against it. An unmeasured clock and a zone that a person set
    /// are doubts.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.support == Support::Told && self.cover == Cover::Whole && self.doubts.is_empty()
    }
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// One subscriber; how surely is said with it.
    One,
    /// Several subscribers: the answer names no single one.
    Several,
    /// The logs cover the time and know no holder.
    Nobody,
    /// No log covers the time.
    NotCovered,
}

/// What a source says about the instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// It wrote lines before and after, close by.
    Yes {
        /// The last line before, milliseconds since the epoch.
        before_ms: i64,
        /// The first line after.
        after_ms: i64,
    },
    /// It wrote lines before and after, and none for long: it may not have logged.
    Silent {
        /// The last line before.
        before_ms: i64,
        /// The first line after.
        after_ms: i64,
    },
    /// Its log begins later.
    BeginsLater {
        /// When.
        first_ms: i64,
    },
    /// Its log ended before.
    EndedBefore {
        /// When.
        last_ms: i64,
    },
    /// None of its lines tells an instant.
    NoTimes,
}

/// One source, as far as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    /// Its name.
    pub source: String,
    /// How far its clock runs ahead, milliseconds, which was taken off; absent where it was not measured.
    pub clock_offset_ms: Option<i64>,
    /// Whether times without zone can be resolved.
    pub zone_known: bool,
    /// What it covers around the instant.
    pub covers: Covers,
    /// The stretches of time in which it wrote lines, nearest to the instant, in order.
    pub stretches: Vec<TimeSpan>,
    /// Lines about what is asked that tell no instant: they were not used.
    pub lines_without_time: u64,
}

/// What else has to be said, each in words by its [`Display`](std::fmt::Display).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// Behind carrier-grade NAT, and no port was asked about.
    PortNeeded {
        /// How many held the address at the time.
        holders: u64,
    },
    /// Sources, or lines of one, name different holders at once.
    Conflict,
    /// Not all candidates are listed.
    HoldersOverMax {
        /// How many are not.
        left_out: u64,
    },
    /// Some events were not followed, at the limit of the memory.
    Incomplete {
        /// How many.
        events: u64,
    },
    /// A translation's inside address is in no other log at the time.
    InsideUnknown {
        /// How many of the listed ones.
        holders: u64,
    },
    /// Inside addresses of listed holders were not looked up, at the limit.
    InsideNotLookedUp {
        /// How many.
        holders: u64,
    },
    /// Lines about what is asked tell no instant.
    WithoutTime {
        /// How many, over all sources.
        lines: u64,
    },
    /// Parts of the logs could not be read.
    Damaged,
    /// Lines or records are too long and were not read.
    Overlong {
        /// How many.
        lines: u64,
    },
    /// Stored files of the sources are destroyed that may have held lines of about that time.
    Destroyed {
        /// How many.
        segments: u64,
    },
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PortNeeded { holders } => write!(
                f,
                "this address is shared by carrier-grade NAT: {holders} held it at that time; a source port is needed to \
                 tell which (RFC 6302)"
            ),
            Self::Conflict => f.write_str("the logs name different holders at that time; none is preferred"),
            Self::HoldersOverMax { left_out } => {
                write!(
                    f,
                    "{left_out} more candidates are counted and not listed; ask with a port or a nearer time"
                )
            }
            Self::Incomplete { events } => write!(
                f,
                "{events} events were not followed, at the limit of what is kept at once; ask with a port, or fewer at once"
            ),
            Self::InsideUnknown { holders } => write!(
                f,
                "of {holders} the inside address is in no lease or session log at that time"
            ),
            Self::InsideNotLookedUp { holders } => write!(
                f,
                "of {holders} the inside address was not looked up, at the limit of one list; ask for fewer at once"
            ),
            Self::Overlong { lines } => {
                write!(
                    f,
                    "{lines} lines or records are too long and were not read; what they say is not known"
                )
            }
            Self::Destroyed { segments } => write!(
                f,
                "{segments} stored files that may have held lines of about that time are destroyed; what they said is not known"
            ),
            Self::WithoutTime { lines } => write!(
                f,
                "{lines} lines about it tell no instant and were not used; name the zone of the source's clock"
            ),
            Self::Damaged => f.write_str(
                "parts of the logs are damaged and could not be read; what is missing there is not known",
            ),
        }
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// In one word.
    pub finding: Finding,
    /// The candidates, the surest first, at most [`super::MAX_HOLDERS`].
    pub holders: Vec<Holder>,
    /// How many different subscribers there are, listed or not.
    pub holders_total: u64,
    /// What else has to be said.
    pub notes: Vec<Note>,
    /// What each source says about the instant.
    pub sources: Vec<SourceView>,
}

/// The answers, in the order of the questions, and what could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    /// One for each question.
    pub answers: Vec<Answer>,
    /// Bytes of log read.
    pub scanned_bytes: u64,
    /// How often the logs were gone through: once, and again for inside addresses and sessions.
    pub passes: u32,
    /// Lines and records over their limit, not read.
    pub overlong_lines: u64,
    /// The first 1,000 of them.
    pub overlong: Vec<OverlongLine>,
    /// Restarts of access servers beyond what is kept.
    pub restarts_left_out: u64,
    /// Damaged parts, not read. Every answer says so.
    pub damage: Vec<HuntDamage>,
}
