//! DNS messages: whatever comes in, nothing panics, and what goes out is an answer to it, small enough, and to a
//! stranger no longer than what was sent.

use std::cell::RefCell;
use std::net::IpAddr;

use accord_verdict::limits::MAX_UDP_ANSWER_BYTES;
use accord_verdict::{
    AudienceConfig, Clock, DnsConfig, Rate, Rates, Reply, Responder, RpzConfig, Snapshots, TransferKey,
    Transport, ZoneName,
};

fn responder() -> Responder {
    let snapshots = Snapshots::new(Clock::new(|| 1_764_000_000_000));
    let zone = |name| ZoneName::parse(name).expect("a zone");
    let config = AudienceConfig {
        name: "isp".to_owned(),
        tokens: Vec::new(),
        edges: Vec::new(),
        dns: Some(DnsConfig {
            dnsbl: Some(zone("bl.agency.example")),
            rpz: Some(RpzConfig {
                zone: zone("rpz.agency.example"),
                keys: vec![
                    TransferKey::new("accord-transfer", b"0123456789abcdef0123456789abcdef").expect("a key"),
                ],
                notify: Vec::new(),
            }),
            clients: vec!["192.0.2.0/24".parse().expect("a network")],
        }),
        serial_floor: 0,
    };
    snapshots.configure(config).expect("a configuration");
    let rates = Rates {
        answers: Rate::Unlimited,
        refusals: Rate::Unlimited,
    };
    Responder::new(snapshots, rates)
}

thread_local! {
    static RESPONDER: RefCell<Responder> = RefCell::new(responder());
}

/// One input.
pub fn run(packet: &[u8]) {
    RESPONDER.with_borrow_mut(|responder| {
        let (known, stranger) = (IpAddr::from([192, 0, 2, 53]), IpAddr::from([203, 0, 113, 53]));
        for (client, transport) in [
            (known, Transport::Udp),
            (known, Transport::Tcp),
            (stranger, Transport::Udp),
        ] {
            let mut out = Vec::new();
            if !matches!(
                responder.answer(packet, client, transport, 7, &mut out),
                Reply::Answer
            ) {
                continue;
            }
            assert!(transport == Transport::Tcp || out.len() <= MAX_UDP_ANSWER_BYTES);
            assert_eq!(out[..2], packet[..2], "the id");
            assert!(out[2] & 0x80 != 0, "an answer");
            assert!(
                client == known || out.len() <= packet.len().max(12),
                "a stranger gets no more than was sent"
            );
        }
    });
}
