//! Bytes that no client sends: answers stay small, well formed and few, and nothing panics.

use std::net::IpAddr;

use accord_verdict::limits::{MAX_QUERY_BYTES, MAX_UDP_ANSWER_BYTES};
use accord_verdict::{Reply, Responder, Transport};
use domain::base::Message;
use proptest::prelude::*;

use crate::dns::FREE;
use crate::house::{House, POLICY_ZONE, ZONE};
use crate::wire::{A, ANY, AXFR, SOA, TXT, query, query_with_edns};

fn house() -> House {
    let house = House::new();
    house.block(&["evil.example", "192.0.2.0/24"]);
    house
}

/// What one packet brings about must hold for every packet.
fn check(responder: &mut Responder, packet: &[u8]) {
    for (client, transport) in [
        ("192.0.2.53", Transport::Udp),
        ("192.0.2.53", Transport::Tcp),
        ("203.0.113.53", Transport::Udp),
    ] {
        let client: IpAddr = client.parse().unwrap();
        let mut out = Vec::new();
        match responder.answer(packet, client, transport, 7, &mut out) {
            Reply::None | Reply::PolicyZone(_) => continue,
            Reply::Answer => {}
        }
        assert!(transport == Transport::Tcp || out.len() <= MAX_UDP_ANSWER_BYTES);
        assert_eq!(out[..2], packet[..2]);
        assert!(out[2] & 0x80 != 0, "an answer");
        let message = Message::from_octets(out.as_slice()).unwrap();
        for section in [message.answer(), message.authority(), message.additional()] {
            for record in section.unwrap() {
                record.unwrap();
            }
        }
        let is_stranger = client.to_string().starts_with("203");
        if is_stranger || message.header().rcode().to_int() == 5 {
            assert!(
                out.len() <= packet.len().max(12),
                "a stranger gets no more than was sent"
            );
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let listed = format!("www.evil.example.{ZONE}");
    let mut pointer = query(&listed, A);
    // A pointer to itself where the question's name should be.
    pointer.splice(12.., [0xc0, 12, 0, 1, 0, 1]);
    let mut transfer = query(POLICY_ZONE, AXFR);
    transfer[9] = 1;
    vec![
        query(&listed, A),
        query(&listed, TXT),
        query(&format!("10.2.0.192.{ZONE}"), A),
        query(ZONE, SOA),
        query(POLICY_ZONE, SOA),
        query_with_edns(&listed, A, 4096, 0, true),
        query_with_edns(&listed, TXT, 1, 7, true),
        pointer,
        transfer,
    ]
}

#[test]
fn every_cut_and_every_changed_byte_of_a_query_is_answered_or_not() {
    let house = house();
    let mut responder = Responder::new(house.snapshots.clone(), FREE);
    for seed in seeds() {
        check(&mut responder, &seed);
        for cut in 0..seed.len() {
            check(&mut responder, &seed[..cut]);
        }
        for place in 0..seed.len() {
            for value in [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff] {
                let mut changed = seed.clone();
                changed[place] = value;
                check(&mut responder, &changed);
            }
        }
    }
}

#[test]
fn answers_and_noise_are_never_answered() {
    let house = house();
    let mut responder = Responder::new(house.snapshots.clone(), FREE);
    let client: IpAddr = "192.0.2.53".parse().unwrap();
    let mut answer = query(&format!("evil.example.{ZONE}"), A);
    answer[2] |= 0x80;
    for packet in [answer.as_slice(), &[], &[0; 11]] {
        let reply = responder.answer(packet, client, Transport::Udp, 7, &mut Vec::new());
        assert!(
            matches!(reply, Reply::None),
            "two servers would answer each other for ever"
        );
    }
}

#[test]
fn a_query_of_the_longest_length_is_read_and_one_byte_more_is_not() {
    let house = house();
    let mut responder = Responder::new(house.snapshots.clone(), FREE);
    let client: IpAddr = "192.0.2.53".parse().unwrap();
    for (length, code) in [(MAX_QUERY_BYTES, 0), (MAX_QUERY_BYTES + 1, 1)] {
        // Padding (RFC 7830) makes it long.
        let mut packet = query_with_edns(&format!("evil.example.{ZONE}"), A, 1232, 0, false);
        let padding = length - packet.len();
        let end = packet.len();
        packet[end - 2..].copy_from_slice(&u16::try_from(padding).unwrap().to_be_bytes());
        packet.resize(length, 0);
        let mut out = Vec::new();
        let reply = responder.answer(&packet, client, Transport::Udp, 7, &mut out);
        assert!(matches!(reply, Reply::Answer));
        assert_eq!(out[3] & 0xf, code, "{length}");
    }
}

/// The packets that the fuzz target began with and what it found since: each once more.
#[test]
fn the_corpus_of_the_fuzz_target() {
    let house = house();
    let mut responder = Responder::new(house.snapshots.clone(), FREE);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../accord-fuzz/corpus/dns_message");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        check(&mut responder, &std::fs::read(file.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= seeds().len(), "{count}");
}

/// A network whose address is forged is hit with so many whole answers in a second, and a bare order to come back for
/// every second query beyond: never more bytes than were sent for those.
#[test]
fn a_forged_network_is_hit_with_little() {
    const ANSWERS: u32 = 20;
    let house = House::new();
    let labels: Vec<String> = (0..32)
        .map(|i| format!("label-{i}-{}", "x".repeat(100)))
        .collect();
    let mut listing = crate::house::listing(accord_verdict::Action::Block, "evil.example");
    listing.note.labels = labels.into();
    house.snapshots.publish("isp", vec![listing]).unwrap();
    let per_second = |count| accord_verdict::Rate::PerSecond(std::num::NonZeroU32::new(count).unwrap());
    let rates = accord_verdict::Rates {
        answers: per_second(ANSWERS),
        refusals: per_second(5),
    };
    for (name, qtype) in [
        (format!("evil.example.{ZONE}"), TXT),
        (format!("evil.example.{ZONE}"), ANY),
        (ZONE.to_owned(), ANY),
        (format!("nothing.example.{ZONE}"), TXT),
        (format!("x.{POLICY_ZONE}"), ANY),
        ("of.others.example".to_owned(), ANY),
    ] {
        let mut responder = Responder::new(house.snapshots.clone(), rates);
        let packet = query_with_edns(&name, qtype, 65_535, 0, true);
        let (mut sent, mut received, mut longest) = (0, 0, 0);
        for place in 0..1000u32 {
            // One network, many hosts of it.
            let client = IpAddr::from([192, 0, 2, u8::try_from(place % 250).unwrap()]);
            let mut out = Vec::new();
            sent += packet.len();
            if matches!(
                responder.answer(&packet, client, Transport::Udp, 7, &mut out),
                Reply::Answer
            ) {
                received += out.len();
                longest = longest.max(out.len());
            }
        }
        assert!(longest <= MAX_UDP_ANSWER_BYTES, "{name}");
        let whole = usize::try_from(ANSWERS).unwrap() * longest;
        assert!(received <= whole + sent / 2, "{name}: {received} of {sent}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes(packet in prop::collection::vec(any::<u8>(), 0..600)) {
        let house = house();
        check(&mut Responder::new(house.snapshots.clone(), FREE), &packet);
    }

    #[test]
    fn queries_with_random_changes(
        seed in 0..9usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        tail in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let house = house();
        let mut packet = seeds()[seed].clone();
        for (place, value) in changes {
            let place = place.index(packet.len());
            packet[place] = value;
        }
        packet.extend(tail);
        check(&mut Responder::new(house.snapshots.clone(), FREE), &packet);
    }

    /// Random labels below the zone, of any bytes.
    #[test]
    fn names_of_any_bytes(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..12)) {
        let house = house();
        let mut packet = query(ZONE, A);
        let name: Vec<u8> = labels.iter().flat_map(|label| {
            std::iter::once(u8::try_from(label.len()).unwrap()).chain(label.iter().copied())
        }).collect();
        packet.splice(12..12, name);
        check(&mut Responder::new(house.snapshots.clone(), FREE), &packet);
    }
}
