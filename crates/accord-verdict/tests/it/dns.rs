//! Single answers over DNS: by the responder, and over real sockets.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::num::NonZeroU32;
use std::time::Duration;

use accord_verdict::{DnsServer, DnsServerConfig, Rate, Rates, Reply, Responder, Transport};
use domain::base::iana::Rcode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{House, ZONE, listing};
use crate::wire::{A, ANY, AXFR, NS, SOA, Said, TXT, query, query_with_edns, said};

pub const FREE: Rates = Rates {
    answers: Rate::Unlimited,
    refusals: Rate::Unlimited,
};

fn client() -> IpAddr {
    "192.0.2.53".parse().unwrap()
}

struct Asker(Responder);

impl Asker {
    fn of(house: &House) -> Asker {
        Asker(Responder::new(house.snapshots.clone(), FREE))
    }

    fn packet(&mut self, packet: &[u8], client: IpAddr, transport: Transport) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        match self.0.answer(packet, client, transport, 7, &mut out) {
            Reply::Answer => Some(out),
            Reply::None => None,
            Reply::PolicyZone(_) => panic!("not of the policy zone"),
        }
    }

    fn ask(&mut self, name: &str, qtype: u16) -> Said {
        let query = query(name, qtype);
        said(&query, &self.packet(&query, client(), Transport::Udp).unwrap())
    }
}

/// Addresses with their dots turned round, names and hashes as they are.
#[test]
fn listed_values_have_an_address_and_a_text() {
    let house = House::new();
    let serial = house.block(&[
        "evil.example",
        ".dyn.example",
        "192.0.2.10",
        "198.51.100.0/24",
        "198.51.100.7:8443",
        "2001:db8::7",
        "bad.example/a.php",
        "9e107d9d372bb6826bd81d3542a419d6",
    ]);
    house.detect(&["watched.example", "203.0.113.9"]);
    let v6 = format!("7.{}8.b.d.0.1.0.0.2", "0.".repeat(23));
    let mut asker = Asker::of(&house);
    for (value, code, text) in [
        ("evil.example", "127.0.0.4", "block evil.example exact demo"),
        ("WWW.Evil.Example", "127.0.0.5", "block evil.example parent demo"),
        ("a.dyn.example", "127.0.0.5", "block .dyn.example parent demo"),
        ("10.2.0.192", "127.0.0.2", "block 192.0.2.10 exact demo"),
        ("9.100.51.198", "127.0.0.3", "block 198.51.100.0/24 cidr demo"),
        (v6.as_str(), "127.0.0.2", "block 2001:db8::7 exact demo"),
        (
            "9e107d9d372bb6826bd81d3542a419d6",
            "127.0.0.6",
            "block 9e107d9d372bb6826bd81d3542a419d6 exact demo",
        ),
        ("2.0.0.127", "127.0.0.2", "test entry (RFC 5782)"),
        ("test", "127.0.0.2", "test entry (RFC 5782)"),
    ] {
        let name = format!("{value}.{ZONE}");
        let address = asker.ask(&name, A);
        assert_eq!(address.records, [code], "{value}");
        assert_eq!(
            (address.code, address.is_authoritative, address.edns),
            (Rcode::NOERROR, true, None)
        );
        assert_eq!(asker.ask(&name, TXT).records, [text], "{value}");
        assert_eq!(asker.ask(&name, ANY).records, [code], "{value}");
        // There, but nothing of this kind.
        let other = asker.ask(&name, NS);
        assert_eq!(
            (other.code, other.records.len(), other.serial),
            (Rcode::NOERROR, 0, Some(serial))
        );
    }
    for value in [
        "good.example",
        "notevil.example",
        "dyn.example",
        "watched.example",
        "9.113.0.203",
        "bad.example",
        "1.0.0.127",
        "invalid",
        "11.2.0.192",
        "x",
    ] {
        let answer = asker.ask(&format!("{value}.{ZONE}"), A);
        let expected = (Rcode::NXDOMAIN, 0, Some(serial), true);
        let got = (
            answer.code,
            answer.records.len(),
            answer.serial,
            answer.is_authoritative,
        );
        assert_eq!(got, expected, "{value}");
    }
    // Between the zone and its addresses: there, whether anything is listed below or not (RFC 8020).
    for value in ["2.0.192", "9.9.9", "8.b.d.0.1.0.0.2"] {
        let answer = asker.ask(&format!("{value}.{ZONE}"), A);
        assert_eq!(
            (answer.code, answer.records.len()),
            (Rcode::NOERROR, 0),
            "{value}"
        );
    }
    let seen = house.snapshots.take_sightings();
    let watched: Vec<_> = seen
        .iter()
        .filter(|s| s.indicator == "watched.example")
        .map(|s| s.count)
        .collect();
    assert_eq!(watched, [1]);
}

#[test]
fn the_zone_itself_has_its_records() {
    let house = House::new();
    let serial = house.block(&["evil.example"]);
    let mut asker = Asker::of(&house);
    assert_eq!(asker.ask(ZONE, SOA).records, [format!("SOA {serial}")]);
    assert_eq!(asker.ask(ZONE, NS).records, [format!("NS ns.{ZONE}")]);
    let none = asker.ask(ZONE, A);
    assert_eq!(
        (none.code, none.records.len(), none.serial),
        (Rcode::NOERROR, 0, Some(serial))
    );
}

#[test]
fn silence_is_the_same_to_the_byte() {
    let (watching, idle) = (House::new(), House::new());
    for house in [&watching, &idle] {
        house.block(&["evil.example"]);
        house.pass_ms(5_000);
    }
    watching.detect(&["watched.example", "evil.example.org", "203.0.113.0/24"]);
    let (mut one, mut other) = (Asker::of(&watching), Asker::of(&idle));
    for value in [
        "watched.example",
        "a.watched.example",
        "9.113.0.203",
        "113.0.203",
        "evil.example",
    ] {
        for qtype in [A, TXT, SOA, NS, ANY] {
            let packet = query(&format!("{value}.{ZONE}"), qtype);
            let answer = one.packet(&packet, client(), Transport::Udp);
            assert_eq!(answer, other.packet(&packet, client(), Transport::Udp), "{value}");
        }
    }
    assert!(watching.snapshots.counts().detected > 0);
}

#[test]
fn strangers_and_other_zones_are_refused() {
    let house = House::new();
    house.block(&["evil.example"]);
    let mut asker = Asker::of(&house);
    let packet = query(&format!("evil.example.{ZONE}"), A);
    for stranger in ["192.0.3.53", "2001:db8::53", "::1"] {
        let answer = asker
            .packet(&packet, stranger.parse().unwrap(), Transport::Udp)
            .unwrap();
        let answer_said = said(&packet, &answer);
        assert_eq!(
            (answer_said.code, answer_said.records.len(), answer_said.serial),
            (Rcode::REFUSED, 0, None)
        );
        assert_eq!(answer.len(), packet.len(), "no longer than what was sent");
    }
    // The same network in another form is no stranger.
    let mapped = asker
        .packet(&packet, "::ffff:192.0.2.53".parse().unwrap(), Transport::Udp)
        .unwrap();
    assert_eq!(said(&packet, &mapped).records, ["127.0.0.4"]);
    for (name, qtype) in [
        ("evil.example", A),
        ("example", A),
        ("xbl.agency.example", A),
        (ZONE, AXFR),
    ] {
        assert_eq!(asker.ask(name, qtype).code, Rcode::REFUSED, "{name}");
    }
    assert_eq!(house.snapshots.counts().lookups, 1);
    house.snapshots.close("isp");
    assert_eq!(asker.ask(&format!("evil.example.{ZONE}"), A).code, Rcode::REFUSED);
}

#[test]
fn edns_is_spoken_and_versions_beyond_it_are_not() {
    let house = House::new();
    house.block(&["evil.example"]);
    let mut asker = Asker::of(&house);
    let name = format!("evil.example.{ZONE}");
    let mut ask = |packet: Vec<u8>| said(&packet, &asker.packet(&packet, client(), Transport::Udp).unwrap());
    let answer = ask(query_with_edns(&name, A, 4096, 0, true));
    assert_eq!((answer.records.len(), answer.edns), (1, Some((1232, 0, true))));
    let answer = ask(query_with_edns(&name, A, 4096, 1, false));
    // BADVERS is 16: its low bits are 0.
    assert_eq!(
        (answer.records.len(), answer.code, answer.edns),
        (0, Rcode::NOERROR, Some((1232, 0, false)))
    );
    let mut packet = query_with_edns(&name, A, 4096, 1, false);
    let answer = asker.packet(&packet, client(), Transport::Udp).unwrap();
    assert_eq!(answer[answer.len() - 6], 1, "the high bits of BADVERS");
    // Two OPT records are an error.
    let opt = packet[packet.len() - 11..].to_vec();
    packet.extend_from_slice(&opt);
    packet[11] = 2;
    assert_eq!(
        asker.packet(&packet, client(), Transport::Udp).unwrap()[3] & 0xf,
        1
    );
}

#[test]
fn what_does_not_fit_is_truncated_and_whole_over_tcp() {
    let house = House::new();
    let long = format!("{0}.{0}.{0}.{1}.example", "x".repeat(63), "y".repeat(35));
    let mut block = listing(accord_verdict::Action::Block, &long);
    block.note.labels = vec!["l".repeat(120), "m".repeat(120)].into();
    house.snapshots.publish("isp", vec![block]).unwrap();
    let mut asker = Asker::of(&house);
    let name = format!("{long}.{ZONE}");
    let plain = query(&name, TXT);
    let udp = asker.packet(&plain, client(), Transport::Udp).unwrap();
    let answer = said(&plain, &udp);
    assert!(answer.is_truncated && answer.records.is_empty());
    let tcp = asker.packet(&plain, client(), Transport::Tcp).unwrap();
    let answer = said(&plain, &tcp);
    assert!(!answer.is_truncated && tcp.len() > 400);
    assert_eq!(answer.records[0].len(), 255);
    let large = query_with_edns(&name, TXT, 1232, 0, false);
    assert!(!said(&large, &asker.packet(&large, client(), Transport::Udp).unwrap()).is_truncated);
    // A client that says it takes less than 512 bytes gets up to 512 (RFC 6891, section 6.2.3).
    let small = query_with_edns(&format!("test.{ZONE}"), TXT, 0, 0, false);
    assert_eq!(
        said(&small, &asker.packet(&small, client(), Transport::Udp).unwrap())
            .records
            .len(),
        1
    );
}

#[test]
fn answers_are_limited_and_refusals_more_so() {
    let house = House::new();
    house.block(&["evil.example"]);
    let per_second = |count| Rate::PerSecond(NonZeroU32::new(count).unwrap());
    let rates = Rates {
        answers: per_second(10),
        refusals: per_second(2),
    };
    let mut asker = Asker(Responder::new(house.snapshots.clone(), rates));
    let good = query(&format!("evil.example.{ZONE}"), A);
    let answers: Vec<_> = (0..30)
        .map(|_| asker.packet(&good, client(), Transport::Udp))
        .collect();
    let whole = answers
        .iter()
        .flatten()
        .map(|answer| said(&good, answer))
        .filter(|s| !s.records.is_empty());
    assert_eq!(whole.count(), 10);
    let short: Vec<_> = answers.iter().skip(10).flatten().collect();
    assert_eq!(short.len(), 10);
    for answer in short {
        let answer_said = said(&good, answer);
        assert!(answer_said.is_truncated && answer_said.records.is_empty());
        assert_eq!(answer.len(), good.len());
    }
    // Over TCP nobody is forged.
    assert!(asker.packet(&good, client(), Transport::Tcp).is_some());
    let bad = query("evil.example", A);
    let stranger = "203.0.113.1".parse().unwrap();
    let refusals = (0..30).filter(|_| asker.packet(&bad, stranger, Transport::Udp).is_some());
    assert_eq!(refusals.count(), 2);
}

fn listen() -> DnsServerConfig {
    DnsServerConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        udp_threads: 2,
        rates: FREE,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn real_sockets_lose_nothing_and_see_a_publication_at_once() {
    let house = House::new();
    house.block(&["evil.example"]);
    let server = DnsServer::start(&house.snapshots, &listen()).unwrap();
    let address = server.address();
    let asked = tokio::task::spawn_blocking(move || {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket.connect(address).unwrap();
        let mut buffer = [0; 2048];
        // In bursts, so that system calls take several at once.
        for burst in 0..50u16 {
            for place in 0..40u16 {
                let mut packet = query(&format!("evil.example.{ZONE}"), A);
                packet[..2].copy_from_slice(&(burst * 40 + place).to_be_bytes());
                socket.send(&packet).unwrap();
            }
            let mut ids: Vec<u16> = (0..40)
                .map(|_| {
                    let length = socket.recv(&mut buffer).unwrap();
                    assert_eq!(buffer[length - 4..length], [127, 0, 0, 4]);
                    u16::from_be_bytes([buffer[0], buffer[1]])
                })
                .collect();
            ids.sort_unstable();
            assert_eq!(ids, (burst * 40..burst * 40 + 40).collect::<Vec<_>>());
        }
        socket
    });
    let socket = asked.await.unwrap();
    let is_listed = |name: &str| {
        let packet = query(&format!("{name}.{ZONE}"), A);
        socket.send(&packet).unwrap();
        let mut buffer = [0; 2048];
        let length = socket.recv(&mut buffer).unwrap();
        !said(&packet, &buffer[..length]).records.is_empty()
    };
    assert!(!is_listed("new.example"));
    house.block(&["new.example"]);
    assert!(is_listed("new.example"));
    house.withdraw(&["new.example"]);
    assert!(!is_listed("new.example"));
    assert_eq!(
        house
            .snapshots
            .take_sightings()
            .iter()
            .map(|s| s.count)
            .sum::<u64>(),
        2001
    );

    // TCP on the same port, several queries on one connection.
    let mut stream = TcpStream::connect(address).await.unwrap();
    for name in ["evil.example", "good.example", "www.evil.example"] {
        let packet = query(&format!("{name}.{ZONE}"), A);
        let length = u16::try_from(packet.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length[..], &packet].concat()).await.unwrap();
        let length = stream.read_u16().await.unwrap();
        let mut answer = vec![0; usize::from(length)];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(
            said(&packet, &answer).records.len(),
            usize::from(name.contains("evil")),
            "{name}"
        );
    }
    // Noise ends a connection; a length beyond the limit as well.
    stream.write_all(&[0, 3, 1, 2, 3]).await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&[0xff, 0xff]).await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
    tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_gives_its_port_back() {
    let house = House::new();
    let server = DnsServer::start(&house.snapshots, &listen()).unwrap();
    let address = server.address();
    tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
    let again = UdpSocket::bind(address).unwrap();
    assert_eq!(again.local_addr().unwrap(), address);
}
