//! DNS messages (RFC 1035, RFC 6891): a query read, an answer written.
//!
//! Reading borrows from the packet and copies only the name, in lower case. Nothing in a packet can make it read past
//! the end, loop, or allocate.

use crate::limits::{MAX_ADDITIONAL_RECORDS, MAX_QUERY_BYTES};

/// Types of records.
pub(crate) mod qtype {
    pub const A: u16 = 1;
    pub const NS: u16 = 2;
    pub const SOA: u16 = 6;
    pub const TXT: u16 = 16;
    pub const OPT: u16 = 41;
    pub const IXFR: u16 = 251;
    pub const AXFR: u16 = 252;
    pub const ANY: u16 = 255;
}

pub(super) const CLASS_IN: u16 = 1;
pub(super) const CLASS_ANY: u16 = 255;

pub(super) const HEADER_BYTES: usize = 12;
const FLAG_RESPONSE: u16 = 0x8000;
const FLAG_AUTHORITATIVE: u16 = 0x0400;
const FLAG_TRUNCATED: u16 = 0x0200;
const FLAG_RECURSION_DESIRED: u16 = 0x0100;
const FLAG_CHECKING_DISABLED: u16 = 0x0010;
const OPCODE: u16 = 0x7800;
const EDNS_DNSSEC_OK: u16 = 0x8000;

/// Response codes; those above 15 need EDNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    NoError = 0,
    FormatError = 1,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
    BadVersion = 16,
}

/// What the client said of itself in an OPT record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edns {
    pub udp_bytes: u16,
    pub version: u8,
    pub dnssec_ok: bool,
}

/// A name in lower-case wire form.
#[derive(Clone, Copy)]
pub(super) struct Name {
    bytes: [u8; 255],
    length: usize,
}

impl Name {
    pub fn wire(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(self.wire()).escape_debug())
    }
}

/// A query with one question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query<'p> {
    pub head: Head<'p>,
    pub name: Name,
    pub qtype: u16,
    pub qclass: u16,
    pub edns: Option<Edns>,
}

/// What an answer repeats of a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'p> {
    id: u16,
    flags: u16,
    /// The question as it was written; empty where it could not be read.
    question: &'p [u8],
}

/// What a packet is.
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack of one call; a box would cost an allocation for every query"
)]
#[derive(Debug, Clone, Copy)]
pub(super) enum Packet<'p> {
    /// Nothing that may be answered.
    Noise,
    /// A query that is answered with an error.
    Bad(Head<'p>, Code),
    /// A query.
    Query(Query<'p>),
}

struct Bytes<'p> {
    packet: &'p [u8],
    at: usize,
}

impl<'p> Bytes<'p> {
    fn u8(&mut self) -> Option<u8> {
        let byte = *self.packet.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes([self.u8()?, self.u8()?]))
    }

    fn skip(&mut self, count: usize) -> Option<&'p [u8]> {
        let skipped = self.packet.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(skipped)
    }

    /// A name without compression, in lower case.
    fn name(&mut self) -> Option<Name> {
        let mut name = Name {
            bytes: [0; 255],
            length: 0,
        };
        loop {
            let length = usize::from(self.u8()?);
            if length > 63 {
                return None;
            }
            let label = self.skip(length)?;
            let end = name.length.checked_add(1 + length)?;
            let place = name.bytes.get_mut(name.length..end)?;
            let (first, rest) = place.split_first_mut()?;
            *first = u8::try_from(length).ok()?;
            rest.copy_from_slice(label);
            rest.make_ascii_lowercase();
            name.length = end;
            if length == 0 {
                return Some(name);
            }
        }
    }

    /// Passes over a name, which a pointer may end. Whether it was the root.
    fn skip_name(&mut self) -> Option<bool> {
        let mut is_root = true;
        loop {
            let length = self.u8()?;
            match length {
                0 => return Some(is_root),
                1..=63 => self.skip(usize::from(length)).map(|_| ())?,
                0xc0.. => return self.u8().map(|_| false),
                _ => return None,
            }
            is_root = false;
        }
    }
}

/// Reads a packet.
pub(super) fn read(packet: &[u8]) -> Packet<'_> {
    let mut bytes = Bytes { packet, at: 0 };
    let (Some(id), Some(flags)) = (bytes.u16(), bytes.u16()) else {
        return Packet::Noise;
    };
    if packet.len() < HEADER_BYTES || flags & FLAG_RESPONSE != 0 {
        return Packet::Noise;
    }
    let mut head = Head {
        id,
        flags,
        question: &[],
    };
    if flags & OPCODE != 0 {
        return Packet::Bad(head, Code::NotImplemented);
    }
    match read_query(&mut bytes, &mut head) {
        Some(query) => Packet::Query(query),
        None => Packet::Bad(head, Code::FormatError),
    }
}

fn read_query<'p>(bytes: &mut Bytes<'p>, head: &mut Head<'p>) -> Option<Query<'p>> {
    let counts = [bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?];
    let [1, 0, authorities, additional] = counts else {
        return None;
    };
    if bytes.packet.len() > MAX_QUERY_BYTES {
        return None;
    }
    let name = bytes.name()?;
    let (qtype, qclass) = (bytes.u16()?, bytes.u16()?);
    head.question = bytes.packet.get(HEADER_BYTES..bytes.at)?;
    // Only a request for an incremental transfer brings a record: the SOA that its client has.
    let records = usize::from(authorities) + usize::from(additional);
    if authorities > u16::from(qtype == self::qtype::IXFR) || usize::from(additional) > MAX_ADDITIONAL_RECORDS
    {
        return None;
    }
    let mut edns = None;
    for place in 0..records {
        let is_root = bytes.skip_name()?;
        let (rtype, class) = (bytes.u16()?, bytes.u16()?);
        let (high, low) = (bytes.u16()?, bytes.u16()?);
        let length = usize::from(bytes.u16()?);
        bytes.skip(length)?;
        if rtype == self::qtype::OPT {
            if !is_root || edns.is_some() || place < usize::from(authorities) {
                return None;
            }
            edns = Some(Edns {
                udp_bytes: class,
                version: high.to_be_bytes()[1],
                dnssec_ok: low & EDNS_DNSSEC_OK != 0,
            });
        }
    }
    if bytes.at != bytes.packet.len() {
        return None;
    }
    Some(Query {
        head: *head,
        name,
        qtype,
        qclass,
        edns,
    })
}

/// Takes the records of a whole answer back, and tells the client to ask over TCP.
pub(super) fn shorten(out: &mut Vec<u8>) {
    let mut bytes = Bytes { packet: out, at: 4 };
    let questions = bytes.u16();
    bytes.at = HEADER_BYTES;
    if questions == Some(1) && bytes.skip_name().is_some() && bytes.skip(4).is_some() {
        let end = bytes.at;
        out.truncate(end);
    }
    let truncated = FLAG_TRUNCATED.to_be_bytes();
    for (place, flag) in out.iter_mut().skip(2).zip(truncated) {
        *place |= flag;
    }
    for place in out.iter_mut().take(HEADER_BYTES).skip(6) {
        *place = 0;
    }
}

/// A name that stands at this offset of the message (RFC 1035, section 4.1.4).
pub(super) fn pointer(at: usize) -> [u8; 2] {
    (0xc000 | (u16::try_from(at).unwrap_or(0) & 0x3fff)).to_be_bytes()
}

/// Writes one answer: sections in order, then [`Answer::finish`].
pub(super) struct Answer<'o> {
    out: &'o mut Vec<u8>,
    flags: u16,
    counts: [u16; 4],
    /// Where the sections after the question begin.
    body: usize,
}

impl<'o> Answer<'o> {
    /// Begins an answer in the place of what `out` holds.
    pub fn begin(out: &'o mut Vec<u8>, head: &Head<'_>, code: Code, is_authoritative: bool) -> Answer<'o> {
        out.clear();
        let kept = head.flags & (OPCODE | FLAG_RECURSION_DESIRED | FLAG_CHECKING_DISABLED);
        let authoritative = if is_authoritative { FLAG_AUTHORITATIVE } else { 0 };
        out.extend_from_slice(&head.id.to_be_bytes());
        out.extend_from_slice(&[0; HEADER_BYTES - 2]);
        out.extend_from_slice(head.question);
        Answer {
            flags: FLAG_RESPONSE | kept | authoritative | (code as u16 & 0xf),
            counts: [u16::from(!head.question.is_empty()), 0, 0, 0],
            body: out.len(),
            out,
        }
    }

    /// A record of the answer section, of the name that was asked for.
    pub fn answer(&mut self, rtype: u16, ttl: u32, data: &[u8]) {
        self.counts[1] += 1;
        self.record(HEADER_BYTES, rtype, ttl, data);
    }

    /// A record of the authority section, of the name at this offset of the message.
    pub fn authority(&mut self, name_at: usize, rtype: u16, ttl: u32, data: &[u8]) {
        self.counts[2] += 1;
        self.record(name_at, rtype, ttl, data);
    }

    fn record(&mut self, name_at: usize, rtype: u16, ttl: u32, data: &[u8]) {
        self.out.extend_from_slice(&pointer(name_at));
        self.out.extend_from_slice(&rtype.to_be_bytes());
        self.out.extend_from_slice(&CLASS_IN.to_be_bytes());
        self.out.extend_from_slice(&ttl.to_be_bytes());
        let length = u16::try_from(data.len()).unwrap_or(0);
        self.out.extend_from_slice(&length.to_be_bytes());
        self.out
            .extend_from_slice(data.get(..usize::from(length)).unwrap_or_default());
    }

    /// Takes the records back, and tells the client to ask over TCP.
    pub fn truncate(&mut self) {
        self.out.truncate(self.body);
        self.counts = [self.counts[0], 0, 0, 0];
        self.flags |= FLAG_TRUNCATED;
    }

    /// Adds the OPT record where the client sent one, and sees to it that all is within `most` bytes.
    pub fn finish(mut self, edns: Option<Edns>, code: Code, most: usize) {
        const OPT_BYTES: usize = 11;
        let opt = if edns.is_some() { OPT_BYTES } else { 0 };
        if self.out.len() + opt > most {
            self.truncate();
        }
        if let Some(edns) = edns {
            self.counts[3] += 1;
            let bytes = u16::try_from(crate::limits::MAX_UDP_ANSWER_BYTES).unwrap_or(512);
            let high = u8::try_from(code as u16 >> 4).unwrap_or(0);
            let flags = if edns.dnssec_ok { EDNS_DNSSEC_OK } else { 0 };
            self.out.push(0);
            self.out.extend_from_slice(&qtype::OPT.to_be_bytes());
            self.out.extend_from_slice(&bytes.to_be_bytes());
            self.out.extend_from_slice(&[high, 0]);
            self.out.extend_from_slice(&flags.to_be_bytes());
            self.out.extend_from_slice(&[0, 0]);
        }
        let fields = [self.flags].into_iter().chain(self.counts);
        for (place, field) in self.out.iter_mut().skip(2).zip(fields.flat_map(u16::to_be_bytes)) {
            *place = field;
        }
    }
}
