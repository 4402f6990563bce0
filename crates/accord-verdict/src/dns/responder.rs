//! One query, one answer: from a packet and its sender to the bytes to send back. No sockets, no clock.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use accord_matcher::{Kind, MatchKind};

use super::asked::{self, Asked};
use super::message::{self, Answer, CLASS_ANY, CLASS_IN, Code, Name, Packet, Query, qtype};
use super::name::ZoneName;
use super::rate::{Passage, RateLimiter};
use super::server::Rates;
use crate::ahead::Ahead;
use crate::audience::Audience;
use crate::limits::{MAX_PLAIN_UDP_ANSWER_BYTES, MAX_TXT_BYTES, MAX_UDP_ANSWER_BYTES};
use crate::reader::{Block, Reader};
use crate::snapshots::{Snapshots, Tables, Zone};

/// Seconds that a resolver may keep an answer that a value is listed.
pub(crate) const LISTED_TTL_S: u32 = 60;
/// Seconds that it may keep an answer that it is not: so late is a publication seen behind a resolver's cache.
pub(crate) const UNLISTED_TTL_S: u32 = 10;

/// How a query came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// One datagram, whose sender may be forged.
    Udp,
    /// A connection.
    Tcp,
}

/// What is to be done about a packet.
#[derive(Debug)]
pub enum Reply {
    /// Nothing.
    None,
    /// The answer is in the buffer.
    Answer,
    /// It is about the policy zone of this audience, and goes to the code of zone transfers.
    PolicyZone(Arc<Audience>),
}

/// Answers queries; one for each thread.
#[derive(Debug)]
pub struct Responder {
    snapshots: Snapshots,
    rates: Arc<RateTables>,
    reader: Reader,
    text: String,
    ahead: Ahead,
}

/// Counters that the threads of one server share.
#[derive(Debug)]
pub(super) struct RateTables {
    answers: RateLimiter,
    refusals: RateLimiter,
}

impl RateTables {
    pub fn new(rates: Rates) -> RateTables {
        RateTables {
            answers: RateLimiter::new(rates.answers),
            refusals: RateLimiter::new(rates.refusals),
        }
    }
}

impl Responder {
    /// A responder with counters of its own.
    pub fn new(snapshots: Snapshots, rates: Rates) -> Responder {
        Responder::sharing(snapshots, Arc::new(RateTables::new(rates)))
    }

    pub(super) fn sharing(snapshots: Snapshots, rates: Arc<RateTables>) -> Responder {
        Responder {
            snapshots,
            rates,
            reader: Reader::default(),
            text: String::new(),
            ahead: Ahead::default(),
        }
    }

    /// Takes in packets that will be answered next, so that memory is waited for once for all of them. Answers nothing,
    /// counts nothing, and may be left out.
    pub(super) fn look_ahead<'p>(&mut self, packets: impl Iterator<Item = &'p [u8]>) {
        let tables = self.snapshots.tables();
        let mut first: Option<&Arc<Audience>> = None;
        for packet in packets {
            let Packet::Query(query) = message::read(packet) else {
                continue;
            };
            let Some((at, Zone::Dnsbl(audience))) = zone_of(&tables, &query.name) else {
                continue;
            };
            // Of several zones in one batch those of the first are looked after.
            if !Arc::ptr_eq(first.get_or_insert(audience), audience) {
                continue;
            }
            let labels = query.name.wire().get(..at).unwrap_or_default();
            if asked::read(labels, &mut self.text) == Asked::Value {
                self.ahead.add(&self.text);
            }
        }
        if let Some(audience) = first {
            self.ahead.read(&audience.current());
        }
    }

    /// Answers one packet from `client` at `now_s` (seconds since the Unix epoch) into `out`.
    pub fn answer(
        &mut self,
        packet: &[u8],
        client: IpAddr,
        transport: Transport,
        now_s: u64,
        out: &mut Vec<u8>,
    ) -> Reply {
        let query = match message::read(packet) {
            Packet::Noise => return Reply::None,
            Packet::Bad(head, code) => {
                Answer::begin(out, &head, code, false).finish(None, code, MAX_PLAIN_UDP_ANSWER_BYTES);
                return self.limited(false, client, transport, now_s, out);
            }
            Packet::Query(query) => query,
        };
        let most = match (transport, query.edns) {
            (Transport::Tcp, _) => usize::from(u16::MAX),
            (Transport::Udp, None) => MAX_PLAIN_UDP_ANSWER_BYTES,
            (Transport::Udp, Some(edns)) => {
                usize::from(edns.udp_bytes).clamp(MAX_PLAIN_UDP_ANSWER_BYTES, MAX_UDP_ANSWER_BYTES)
            }
        };
        if query.edns.is_some_and(|edns| edns.version != 0) {
            let code = Code::BadVersion;
            Answer::begin(out, &query.head, code, false).finish(query.edns, code, most);
            return self.limited(false, client, transport, now_s, out);
        }
        let Responder {
            snapshots,
            reader,
            text,
            ..
        } = self;
        let tables = snapshots.tables();
        let zone = zone_of(&tables, &query.name);
        let is_in = matches!(query.qclass, CLASS_IN | CLASS_ANY);
        let is_answered = match zone {
            Some((_, Zone::Rpz(audience))) if is_in && audience.config.answers(client) => {
                // A signature costs more than an answer, and few are asked for: the rate of refusals is enough.
                let is_let =
                    transport == Transport::Tcp || self.rates.refusals.pass(client, now_s) == Passage::Send;
                return if is_let {
                    Reply::PolicyZone(audience.clone())
                } else {
                    Reply::None
                };
            }
            Some((at, Zone::Dnsbl(audience))) if is_in && audience.config.answers(client) => {
                respond(&query, at, audience, most, reader, text, out)
            }
            _ => false,
        };
        if !is_answered {
            Answer::begin(out, &query.head, Code::Refused, false).finish(query.edns, Code::Refused, most);
        }
        drop(tables);
        self.limited(is_answered, client, transport, now_s, out)
    }

    fn limited(
        &self,
        is_answered: bool,
        client: IpAddr,
        transport: Transport,
        now_s: u64,
        out: &mut Vec<u8>,
    ) -> Reply {
        if transport == Transport::Tcp {
            return Reply::Answer;
        }
        let limiter = if is_answered {
            &self.rates.answers
        } else {
            &self.rates.refusals
        };
        match (limiter.pass(client, now_s), is_answered) {
            (Passage::Send, _) => Reply::Answer,
            // A refusal over TCP helps nobody.
            (Passage::Drop, _) | (Passage::Truncate, false) => Reply::None,
            (Passage::Truncate, true) => {
                message::shorten(out);
                Reply::Answer
            }
        }
    }
}

/// The zone that a name is in, and where the zone's name begins in it.
fn zone_of<'t>(tables: &'t Tables, name: &Name) -> Option<(usize, Zone<'t>)> {
    let wire = name.wire();
    let mut at = 0;
    while let Some(rest) = wire.get(at..).filter(|rest| rest.len() > 1) {
        if tables.is_zone_length(rest.len())
            && let Some(zone) = tables.zone(rest)
        {
            return Some((at, zone));
        }
        at += 1 + usize::from(*rest.first()?);
    }
    None
}

/// Answers from a zone of verdicts. Whether it did: not a request for a transfer, there is none of this zone.
fn respond(
    query: &Query<'_>,
    zone_at: usize,
    audience: &Audience,
    most: usize,
    reader: &mut Reader,
    text: &mut String,
    out: &mut Vec<u8>,
) -> bool {
    if matches!(query.qtype, qtype::AXFR | qtype::IXFR) {
        return false;
    }
    let Some(zone) = audience.config.dnsbl() else {
        return false;
    };
    let snapshot = audience.current();
    let asked = asked::read(query.name.wire().get(..zone_at).unwrap_or_default(), text);
    let found = match asked {
        Asked::Value => audience.ask(&snapshot, reader, text).first().map(|hit| {
            if query.qtype == qtype::TXT {
                describe(text, &hit);
            }
            code_of(&hit)
        }),
        Asked::Test => {
            text.clear();
            text.push_str("test entry (RFC 5782)");
            Some(Ipv4Addr::new(127, 0, 0, 2))
        }
        Asked::Apex | Asked::Between | Asked::Nothing => None,
    };
    let exists = found.is_some() || matches!(asked, Asked::Apex | Asked::Between);
    let code = if exists { Code::NoError } else { Code::NameError };
    let mut answer = Answer::begin(out, &query.head, code, true);
    let is_answered = match (found, query.qtype) {
        // RFC 8482: one kind of record is enough for who asks for any.
        (Some(address), qtype::A | qtype::ANY) => {
            answer.answer(qtype::A, LISTED_TTL_S, &address.octets());
            true
        }
        (Some(_), qtype::TXT) => {
            let bytes = text.as_bytes();
            let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
            let mut data = [0; MAX_TXT_BYTES + 1];
            for (place, byte) in data.iter_mut().zip(std::iter::once(&length).chain(bytes)) {
                *place = *byte;
            }
            answer.answer(
                qtype::TXT,
                LISTED_TTL_S,
                data.get(..=usize::from(length)).unwrap_or_default(),
            );
            true
        }
        (None, qtype::SOA | qtype::ANY) if asked == Asked::Apex => {
            answer.answer(qtype::SOA, UNLISTED_TTL_S, &soa(zone_at, snapshot.serial()));
            true
        }
        (None, qtype::NS) if asked == Asked::Apex => {
            answer.answer(qtype::NS, LISTED_TTL_S, &below(b"\x02ns", zone));
            true
        }
        _ => false,
    };
    if !is_answered {
        answer.authority(
            message::HEADER_BYTES + zone_at,
            qtype::SOA,
            UNLISTED_TTL_S,
            &soa(zone_at, snapshot.serial()),
        );
    }
    answer.finish(query.edns, code, most);
    true
}

/// `127.0.0.x`: what was listed. Stated in `docs/spec/verdict.md`; a code never changes its meaning.
fn code_of(hit: &Block<'_>) -> Ipv4Addr {
    let last = match (hit.kind, hit.how) {
        (_, MatchKind::Cidr) => 3,
        (Kind::Domain, MatchKind::Parent) => 5,
        (Kind::Domain, _) => 4,
        (Kind::Md5 | Kind::Sha1 | Kind::Sha256 | Kind::Sha512, _) => 6,
        _ => 2,
    };
    Ipv4Addr::new(127, 0, 0, last)
}

/// What a TXT answer says, within its limit.
fn describe(text: &mut String, hit: &Block<'_>) {
    text.clear();
    // Writing to a string cannot fail.
    let _ = write!(text, "block {} {}", hit.indicator, hit.how);
    if !hit.labels().is_empty() {
        let _ = write!(text, " {}", hit.labels().join(","));
    }
    if text.len() > MAX_TXT_BYTES {
        text.truncate(text.floor_char_boundary(MAX_TXT_BYTES));
    }
}

fn below(label: &[u8], zone: &ZoneName) -> Vec<u8> {
    [label, zone.wire()].concat()
}

/// The data of the zone's SOA record (RFC 1035, section 3.3.13; the last field as in RFC 2308). Its names end with a
/// pointer to the zone's, which begins there in the name that was asked for.
fn soa(zone_at: usize, serial: u32) -> [u8; 38] {
    let [high, low] = message::pointer(message::HEADER_BYTES + zone_at);
    // Refresh 60 s, retry 30 s, expire a day, negative answers as UNLISTED_TTL_S.
    let [s0, s1, s2, s3] = serial.to_be_bytes();
    let mut data = *b"\x02ns..\x0ahostmaster..SSSS\0\0\0\x3c\0\0\0\x1e\0\x01\x51\x80\0\0\0\x0a";
    let changes = [
        (3, high),
        (4, low),
        (16, high),
        (17, low),
        (18, s0),
        (19, s1),
        (20, s2),
        (21, s3),
    ];
    for (place, byte) in changes {
        if let Some(place) = data.get_mut(place) {
            *place = byte;
        }
    }
    data
}
