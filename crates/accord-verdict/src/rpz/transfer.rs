//! A policy zone over the wire: SOA, AXFR (RFC 5936) and IXFR (RFC 1995), each signed with TSIG (RFC 8945).
//!
//! Without a right signature nothing is answered but the refusal. IXFR is answered with "nothing new" or with the whole
//! zone, as RFC 1995, section 4 permits. A transfer is of one snapshot from end to end.

use std::collections::HashMap;
use std::sync::Arc;

use domain::base::iana::{Class, Rcode, Rtype};
use domain::base::message_builder::{AdditionalBuilder, AnswerBuilder};
use domain::base::{Message, MessageBuilder, Name, Serial, Ttl};
use domain::rdata::tsig::Time48;
use domain::rdata::{Cname, Ns, Soa};
use domain::tsig::{Algorithm, Key, KeyName, ServerError, ServerSequence};

use super::records::owners;
use crate::audience::Audience;
use crate::config::RpzConfig;
use crate::dns::{ZoneName, qtype};
use crate::snapshot::Snapshot;

/// Bytes after which a message of a transfer is full; its signature comes on top.
const MESSAGE_BYTES: usize = 16 * 1024;
/// What a message may have at most.
const MOST_BYTES: usize = 65_535;

type Sequence = ServerSequence<Arc<Key>>;
type Request = Message<Vec<u8>>;

/// A signed request, its signature checked and taken off; or the refusal.
fn request(packet: &[u8], rpz: &RpzConfig, now_s: u64) -> Option<Result<(Request, Sequence), Vec<u8>>> {
    let mut message = Message::from_octets(packet.to_vec()).ok()?;
    let keys: HashMap<(KeyName, Algorithm), Arc<Key>> = rpz
        .keys
        .iter()
        .map(|key| {
            (
                (key.key().name().clone(), key.key().algorithm()),
                key.key().clone(),
            )
        })
        .collect();
    Some(match Sequence::request(&keys, &mut message, time(now_s)) {
        Ok(Some(sequence)) => Ok((message, sequence)),
        Ok(None) => Err(refusal(&message)?),
        Err(why) => Err(not_authentic(why, packet)?),
    })
}

/// Seconds since the Unix epoch as TSIG counts them.
pub(super) fn time(now_s: u64) -> Time48 {
    Time48::from_u64(now_s & 0xffff_ffff_ffff)
}

fn refusal(message: &Request) -> Option<Vec<u8>> {
    let refused = MessageBuilder::new_vec()
        .start_answer(message, Rcode::REFUSED)
        .ok()?;
    Some(refused.finish())
}

fn not_authentic(why: ServerError<Arc<Key>>, packet: &[u8]) -> Option<Vec<u8>> {
    // The signature as it came: the answer repeats its key and algorithm.
    let message = Message::from_octets(packet).ok()?;
    let answer = why.build_message(&message, MessageBuilder::new_vec()).ok()?;
    Some(answer.finish())
}

fn signed(mut message: AdditionalBuilder<Vec<u8>>, sequence: &mut Sequence, now_s: u64) -> Option<Vec<u8>> {
    message.set_push_limit(MOST_BYTES);
    sequence.answer(&mut message, time(now_s)).ok()?;
    Some(message.finish())
}

/// What is asked of a policy zone.
enum Wanted {
    Soa,
    All,
    Nothing,
}

fn wanted(message: &Request, zone: &ZoneName, serial: u32) -> Wanted {
    let Some(question) = message.sole_question().ok() else {
        return Wanted::Nothing;
    };
    let is_apex = question.qname().to_string().eq_ignore_ascii_case(zone.as_str());
    match question.qtype().to_int() {
        _ if !is_apex => Wanted::Nothing,
        qtype::SOA => Wanted::Soa,
        qtype::AXFR => Wanted::All,
        qtype::IXFR if held_serial(message) == Some(serial) => Wanted::Soa,
        qtype::IXFR => Wanted::All,
        _ => Wanted::Nothing,
    }
}

/// The serial that the client of an incremental transfer has.
fn held_serial(message: &Request) -> Option<u32> {
    let mut records = message.authority().ok()?.limit_to::<Soa<_>>();
    let record = records.next()?.ok()?;
    Some(record.data().serial().into_int())
}

/// Answers a datagram about a policy zone: its SOA to whoever has a key. None: nothing is sent.
pub(crate) fn answer_datagram(packet: &[u8], audience: &Audience, now_s: u64) -> Option<Vec<u8>> {
    let rpz = audience.config.rpz()?;
    let (message, mut sequence) = match request(packet, rpz, now_s)? {
        Ok(request) => request,
        Err(refusal) => return Some(refusal),
    };
    let snapshot = audience.snapshot();
    let zone = ZoneRecords::of(&rpz.zone, snapshot.serial())?;
    let is_whole_by_datagram = message.sole_question().ok()?.qtype() == Rtype::AXFR;
    let is_refused =
        is_whole_by_datagram || matches!(wanted(&message, &rpz.zone, snapshot.serial()), Wanted::Nothing);
    let answer = if is_refused {
        MessageBuilder::new_vec()
            .start_answer(&message, Rcode::REFUSED)
            .ok()?
    } else {
        // To an incremental request that has more to get, the SOA alone says: come over TCP (RFC 1995, section 2).
        let mut answer = MessageBuilder::new_vec()
            .start_answer(&message, Rcode::NOERROR)
            .ok()?;
        answer.header_mut().set_aa(true);
        zone.push_soa(&mut answer).ok()?;
        answer
    };
    signed(answer.additional(), &mut sequence, now_s)
}

/// The zone's own records.
struct ZoneRecords {
    name: Name<Vec<u8>>,
    server: Name<Vec<u8>>,
    soa: Soa<Name<Vec<u8>>>,
}

impl ZoneRecords {
    fn of(zone: &ZoneName, serial: u32) -> Option<ZoneRecords> {
        let name = |label: &[u8]| Name::from_octets([label, zone.wire()].concat()).ok();
        let seconds = Ttl::from_secs;
        Some(ZoneRecords {
            name: name(b"")?,
            server: name(b"\x02ns")?,
            soa: Soa::new(
                name(b"\x02ns")?,
                name(b"\x0ahostmaster")?,
                Serial(serial),
                seconds(60),
                seconds(30),
                seconds(86_400),
                seconds(10),
            ),
        })
    }

    fn push_soa(
        &self,
        answer: &mut AnswerBuilder<Vec<u8>>,
    ) -> Result<(), domain::base::message_builder::PushError> {
        answer.push((&self.name, Class::IN, Ttl::from_secs(60), &self.soa))
    }
}

/// A transfer under way: messages one after the other.
pub(crate) struct Transfer {
    /// An answer of one message that is ready.
    ready: Option<Vec<u8>>,
    rest: Option<Rest>,
}

struct Rest {
    message: Request,
    sequence: Sequence,
    zone: ZoneName,
    records: ZoneRecords,
    snapshot: Arc<Snapshot>,
    /// The next listing.
    slot: usize,
    /// Names of the listing before it that the last message had no room for.
    pending: Vec<Name<Vec<u8>>>,
    is_begun: bool,
}

impl Transfer {
    /// Begins to answer a request over TCP. None: nothing is sent, and the connection is closed.
    pub fn begin(packet: &[u8], audience: &Audience, now_s: u64, has_room: bool) -> Option<Transfer> {
        let rpz = audience.config.rpz()?;
        let one = |ready| Transfer {
            ready: Some(ready),
            rest: None,
        };
        let (message, mut sequence) = match request(packet, rpz, now_s)? {
            Ok(request) => request,
            Err(refusal) => return Some(one(refusal)),
        };
        let snapshot = audience.snapshot();
        let records = ZoneRecords::of(&rpz.zone, snapshot.serial())?;
        let code = match wanted(&message, &rpz.zone, snapshot.serial()) {
            Wanted::All if has_room => {
                return Some(Transfer {
                    ready: None,
                    rest: Some(Rest {
                        message,
                        sequence,
                        zone: rpz.zone.clone(),
                        records,
                        snapshot,
                        slot: 0,
                        pending: Vec::new(),
                        is_begun: false,
                    }),
                });
            }
            Wanted::Soa => Rcode::NOERROR,
            Wanted::All | Wanted::Nothing => Rcode::REFUSED,
        };
        let mut answer = MessageBuilder::new_vec().start_answer(&message, code).ok()?;
        if code == Rcode::NOERROR {
            answer.header_mut().set_aa(true);
            records.push_soa(&mut answer).ok()?;
        }
        signed(answer.additional(), &mut sequence, now_s).map(one)
    }

    /// The next message, without its length; none when the answer is complete.
    pub fn next_message(&mut self, now_s: u64) -> Option<Vec<u8>> {
        if let Some(ready) = self.ready.take() {
            return Some(ready);
        }
        let (message, is_last) = self.rest.as_mut()?.next_message(now_s)?;
        if is_last {
            self.rest = None;
        }
        Some(message)
    }
}

impl Rest {
    /// The next message, and whether it is the last. None where it cannot be made: the client sees the end missing.
    fn next_message(&mut self, now_s: u64) -> Option<(Vec<u8>, bool)> {
        let mut answer = MessageBuilder::new_vec()
            .start_answer(&self.message, Rcode::NOERROR)
            .ok()?;
        answer.header_mut().set_aa(true);
        answer.set_push_limit(MESSAGE_BYTES);
        if !self.is_begun {
            self.is_begun = true;
            self.records.push_soa(&mut answer).ok()?;
            let (name, server) = (&self.records.name, &self.records.server);
            answer
                .push((name, Class::IN, Ttl::from_secs(60), Ns::new(server)))
                .ok()?;
            let local = domain::rdata::A::from_octets(127, 0, 0, 1);
            answer.push((server, Class::IN, Ttl::from_secs(60), local)).ok()?;
        }
        let is_last = loop {
            while let Some(name) = self.pending.last() {
                let data = Cname::new(Name::root_ref());
                if answer.push((name, Class::IN, Ttl::from_secs(60), data)).is_err() {
                    return Some((signed(answer.additional(), &mut self.sequence, now_s)?, false));
                }
                self.pending.pop();
            }
            if self.slot >= self.snapshot.slots() {
                break self.records.push_soa(&mut answer).is_ok();
            }
            if let Some(listing) = self.snapshot.block_in(self.slot) {
                let owners = owners(&listing.pattern, self.zone.wire().len());
                let absolute = |owner: String| Name::vec_from_str(&format!("{owner}.{}", self.zone)).ok();
                self.pending = owners.into_iter().rev().filter_map(absolute).collect();
            }
            self.slot += 1;
        };
        Some((signed(answer.additional(), &mut self.sequence, now_s)?, is_last))
    }
}
