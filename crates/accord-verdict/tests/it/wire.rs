//! Queries written by hand, answers read with a library that is not ours.

use std::str::FromStr;

use domain::base::iana::{Rcode, Rtype};
use domain::base::{Message, Name};
use domain::rdata::AllRecordData;

pub const A: u16 = 1;
pub const NS: u16 = 2;
pub const SOA: u16 = 6;
pub const TXT: u16 = 16;
pub const AXFR: u16 = 252;
pub const ANY: u16 = 255;

/// A query for a name of plain labels.
pub fn query(name: &str, qtype: u16) -> Vec<u8> {
    let mut packet = vec![0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        packet.push(u8::try_from(label.len()).unwrap());
        packet.extend_from_slice(label.as_bytes());
    }
    packet.push(0);
    packet.extend_from_slice(&qtype.to_be_bytes());
    packet.extend_from_slice(&[0, 1]);
    packet
}

/// The same with an OPT record: size of answers, version, DNSSEC OK.
pub fn query_with_edns(name: &str, qtype: u16, udp_bytes: u16, version: u8, dnssec_ok: bool) -> Vec<u8> {
    let mut packet = query(name, qtype);
    packet[11] = 1;
    packet.extend_from_slice(&[0, 0, 41]);
    packet.extend_from_slice(&udp_bytes.to_be_bytes());
    packet.extend_from_slice(&[0, version, if dnssec_ok { 0x80 } else { 0 }, 0, 0, 0]);
    packet
}

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub code: Rcode,
    pub records: Vec<String>,
    /// The serial of the SOA in the authority section.
    pub serial: Option<u32>,
    pub is_truncated: bool,
    pub is_authoritative: bool,
    pub edns: Option<(u16, u8, bool)>,
}

/// Reads an answer to a query; it must be well formed and repeat id and question.
pub fn said(query: &[u8], answer: &[u8]) -> Said {
    let message = Message::from_octets(answer).unwrap();
    assert_eq!(&answer[..2], &query[..2], "the id");
    assert!(message.header().qr());
    let question = message.sole_question().unwrap();
    let end = query[12..].iter().position(|&b| b == 0).unwrap() + 17;
    assert_eq!(
        &answer[12..end],
        &query[12..end],
        "the question, letter by letter"
    );
    let records = message.answer().unwrap().map(|record| {
        let record = record.unwrap();
        assert!(record.owner() == *question.qname());
        let record = record.into_record::<AllRecordData<_, _>>().unwrap().unwrap();
        match record.data() {
            AllRecordData::A(a) => a.addr().to_string(),
            AllRecordData::Txt(txt) => String::from_utf8(txt.text::<Vec<u8>>()).unwrap(),
            AllRecordData::Ns(ns) => format!("NS {}", ns.nsdname()),
            AllRecordData::Soa(soa) => format!("SOA {}", soa.serial()),
            other => format!("{other:?}"),
        }
    });
    let records = records.collect();
    let mut serial = None;
    for record in message.authority().unwrap() {
        let record = record.unwrap();
        assert_eq!(record.rtype(), Rtype::SOA);
        assert!(
            question
                .qname()
                .to_string()
                .ends_with(&record.owner().to_string())
        );
        let record = record.into_record::<domain::rdata::Soa<_>>().unwrap().unwrap();
        serial = Some(record.data().serial().into_int());
    }
    for record in message.additional().unwrap() {
        record.unwrap();
    }
    Said {
        code: message.header().rcode(),
        records,
        serial,
        is_truncated: message.header().tc(),
        is_authoritative: message.header().aa(),
        edns: message
            .opt()
            .map(|opt| (opt.udp_payload_size(), opt.version(), opt.dnssec_ok())),
    }
}

/// A name as the library knows it.
pub fn name(text: &str) -> Name<Vec<u8>> {
    Name::from_str(text).unwrap()
}
