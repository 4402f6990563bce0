//! Zone transfers over TCP and SOA over UDP, with and without a right signature; the client is the library's.

use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use accord_verdict::limits::MAX_TRANSFERS;
use accord_verdict::{BadKey, DnsServer, DnsServerConfig, TransferKey};
use domain::base::iana::{Class, Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Name, Serial, Ttl};
use domain::rdata::tsig::Time48;
use domain::rdata::{Cname, Soa};
use domain::tsig::{Algorithm, ClientSequence, Key};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::dns::FREE;
use crate::house::{House, KEY_NAME, NOW_MS, POLICY_ZONE, SECRET};
use crate::wire::{AXFR, SOA, name, query};

fn key(key_name: &str, secret: &[u8]) -> Arc<Key> {
    let name = Name::from_octets(name(key_name).as_slice().try_into().unwrap()).unwrap();
    Arc::new(Key::new(Algorithm::Sha256, secret, name, None, None).unwrap())
}

fn now(house_ms: u64) -> Time48 {
    Time48::from_u64(house_ms / 1000)
}

/// A signed request, and what checks its answers.
fn request(
    qtype: Rtype,
    zone: &str,
    key: &Arc<Key>,
    held: Option<u32>,
    now: Time48,
) -> (Vec<u8>, ClientSequence<Arc<Key>>) {
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_id(0x4321);
    let mut question = message.question();
    question.push((name(zone), qtype, Class::IN)).unwrap();
    let mut authority = question.authority();
    if let Some(serial) = held {
        let ttl = Ttl::from_secs(0);
        let soa = Soa::new(name("a."), name("b."), Serial(serial), ttl, ttl, ttl, ttl);
        authority.push((name(zone), Class::IN, ttl, soa)).unwrap();
    }
    let mut message = authority.additional();
    let sequence = ClientSequence::request(key.clone(), &mut message, now).unwrap();
    (message.finish(), sequence)
}

async fn read_message(stream: &mut TcpStream) -> Option<Message<Vec<u8>>> {
    let length = stream.read_u16().await.ok()?;
    let mut bytes = vec![0; usize::from(length)];
    stream.read_exact(&mut bytes).await.ok()?;
    Some(Message::from_octets(bytes).unwrap())
}

async fn write_message(stream: &mut TcpStream, message: &[u8]) {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length[..], message].concat()).await.unwrap();
}

/// A transfer to its end: the owners of `CNAME .`, and how many messages it took. Every signature is checked.
async fn transfer(
    address: SocketAddr,
    qtype: Rtype,
    held: Option<u32>,
    now: Time48,
) -> Result<(BTreeSet<String>, u32, usize), Rcode> {
    let (packet, mut sequence) = request(qtype, POLICY_ZONE, &key(KEY_NAME, SECRET), held, now);
    let mut stream = TcpStream::connect(address).await.unwrap();
    write_message(&mut stream, &packet).await;
    let (mut owners, mut serials, mut messages) = (BTreeSet::new(), Vec::new(), 0);
    while serials.len() < 2 {
        let mut message = read_message(&mut stream).await.expect("a message");
        sequence.answer(&mut message, now).expect("a right signature");
        messages += 1;
        if message.header().rcode() != Rcode::NOERROR {
            return Err(message.header().rcode());
        }
        for record in message.answer().unwrap() {
            let record = record.unwrap();
            match record.rtype() {
                Rtype::CNAME => {
                    let owner = record.owner().to_string();
                    let target = record.into_record::<Cname<_>>().unwrap().unwrap();
                    assert!(target.data().cname().is_root());
                    assert!(
                        owners.insert(owner.strip_suffix(&format!(".{POLICY_ZONE}")).unwrap().to_owned())
                    );
                }
                Rtype::SOA => {
                    let soa = record.into_record::<Soa<_>>().unwrap().unwrap();
                    serials.push(soa.data().serial().into_int());
                }
                Rtype::NS | Rtype::A => {}
                other => panic!("{other}"),
            }
        }
        if qtype == Rtype::IXFR && owners.is_empty() && message.header_counts().ancount() == 1 {
            break;
        }
    }
    serials.dedup();
    assert_eq!(serials.len(), 1, "one snapshot from end to end");
    sequence.done().unwrap();
    Ok((owners, serials[0], messages))
}

fn serve(house: &House) -> DnsServer {
    let config = DnsServerConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        udp_threads: 1,
        rates: FREE,
    };
    DnsServer::start(&house.snapshots, &config).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_transfers_the_whole_zone_in_signed_messages() {
    let house = House::new();
    let names: Vec<String> = (0..2000).map(|i| format!("h{i}.example")).collect();
    house.block(&names.iter().map(String::as_str).collect::<Vec<_>>());
    house.snapshots.compile("isp").unwrap();
    house.block(&["192.0.2.0/24", ".dyn.example"]);
    house.detect(&["watched.example"]);
    let serial = house.withdraw(&["h7.example"]);
    let server = serve(&house);
    let mut expected: BTreeSet<String> = names
        .iter()
        .flat_map(|name| [name.clone(), format!("*.{name}")])
        .collect();
    expected.remove("h7.example");
    expected.remove("*.h7.example");
    expected.extend(["24.0.2.0.192.rpz-ip".to_owned(), "*.dyn.example".to_owned()]);
    for (qtype, held) in [(Rtype::AXFR, None), (Rtype::IXFR, Some(serial - 1))] {
        let (owners, got, messages) = transfer(server.address(), qtype, held, now(NOW_MS))
            .await
            .unwrap();
        assert_eq!(got, serial);
        assert!(messages > 5, "{messages}");
        assert_eq!(owners, expected);
    }
    // Who has it gets the SOA alone.
    let nothing_new = transfer(server.address(), Rtype::IXFR, Some(serial), now(NOW_MS))
        .await
        .unwrap();
    assert_eq!(nothing_new, (BTreeSet::new(), serial, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_no_zone() {
    let house = House::new();
    house.block(&["evil.example"]);
    let server = serve(&house);
    let signed_by = |name: &str, secret: &[u8], at: u64| {
        request(Rtype::AXFR, POLICY_ZONE, &key(name, secret), None, now(at)).0
    };
    let mut tampered = signed_by(KEY_NAME, SECRET, NOW_MS);
    tampered[0] ^= 1;
    for (packet, code, what) in [
        (query(POLICY_ZONE, AXFR), Rcode::REFUSED, "no signature"),
        (
            query(POLICY_ZONE, SOA),
            Rcode::REFUSED,
            "no signature, only the SOA",
        ),
        (
            query(&format!("evil.example.{POLICY_ZONE}"), 1),
            Rcode::REFUSED,
            "one name of the zone",
        ),
        (
            signed_by(KEY_NAME, b"another-secret-another-secret-32", NOW_MS),
            Rcode::NOTAUTH,
            "a wrong secret",
        ),
        (
            signed_by("unknown", SECRET, NOW_MS),
            Rcode::NOTAUTH,
            "an unknown key",
        ),
        (
            signed_by(KEY_NAME, SECRET, NOW_MS - 301_000),
            Rcode::NOTAUTH,
            "an old request, perhaps played again",
        ),
        (
            request(Rtype::A, POLICY_ZONE, &key(KEY_NAME, SECRET), None, now(NOW_MS)).0,
            Rcode::REFUSED,
            "no transfer",
        ),
    ] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        write_message(&mut stream, &packet).await;
        let answer = read_message(&mut stream).await.unwrap();
        assert_eq!(answer.header().rcode(), code, "{what}");
        assert_eq!(answer.header_counts().ancount(), 0, "{what}");
    }
    // The id is not signed (RFC 8945, section 4.2: the original one is): such a change is none.
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    write_message(&mut stream, &tampered).await;
    assert_eq!(
        read_message(&mut stream).await.unwrap().header().rcode(),
        Rcode::NOERROR
    );
    // A changed name is one.
    let mut tampered = signed_by(KEY_NAME, SECRET, NOW_MS);
    tampered[13] ^= 0x20;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    write_message(&mut stream, &tampered).await;
    assert_eq!(
        read_message(&mut stream).await.unwrap().header().rcode(),
        Rcode::NOTAUTH
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn over_udp_a_key_gets_the_soa_and_no_zone() {
    let house = House::new();
    let serial = house.block(&["evil.example"]);
    let server = serve(&house);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    socket.connect(server.address()).unwrap();
    let mut buffer = vec![0; 2048];
    for (qtype, held, code) in [
        (Rtype::SOA, None, Rcode::NOERROR),
        (Rtype::IXFR, Some(serial - 1), Rcode::NOERROR),
        (Rtype::AXFR, None, Rcode::REFUSED),
        (Rtype::CNAME, None, Rcode::REFUSED),
    ] {
        let (packet, mut sequence) = request(qtype, POLICY_ZONE, &key(KEY_NAME, SECRET), held, now(NOW_MS));
        socket.send(&packet).unwrap();
        let length = socket.recv(&mut buffer).unwrap();
        let mut answer = Message::from_octets(buffer[..length].to_vec()).unwrap();
        sequence.answer(&mut answer, now(NOW_MS)).unwrap();
        assert_eq!(answer.header().rcode(), code, "{qtype}");
        let soas = answer.answer().unwrap().limit_to::<Soa<_>>();
        let serials: Vec<u32> = soas.map(|soa| soa.unwrap().data().serial().into_int()).collect();
        let expected = if code == Rcode::NOERROR {
            vec![serial]
        } else {
            Vec::new()
        };
        assert_eq!(serials, expected, "{qtype}");
    }
    socket.send(&query(POLICY_ZONE, SOA)).unwrap();
    let length = socket.recv(&mut buffer).unwrap();
    assert_eq!(buffer[3] & 0xf, 5, "no key");
    assert!(length <= query(POLICY_ZONE, SOA).len());
}

/// Signed requests with a byte changed, or cut, or longer, by datagram: whatever comes back is small and no zone, and
/// the server goes on.
#[tokio::test(flavor = "multi_thread")]
async fn changed_signed_requests_get_little_and_end_nothing() {
    let house = House::new();
    let serial = house.block(&["evil.example"]);
    let server = serve(&house);
    let address = server.address();
    let (whole, _) = request(Rtype::SOA, POLICY_ZONE, &key(KEY_NAME, SECRET), None, now(NOW_MS));
    let mut packets: Vec<Vec<u8>> = (0..whole.len()).map(|cut| whole[..cut].to_vec()).collect();
    for place in 2..whole.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[place] ^= change;
            packets.push(changed);
        }
    }
    packets.push([whole.as_slice(), &[0; 200]].concat());
    let checked = tokio::task::spawn_blocking(move || {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(address).unwrap();
        let mut buffer = vec![0; 2048];
        let mut right = 0;
        let mut answered = 0;
        for packets in packets.chunks(50) {
            for packet in packets {
                socket.send(packet).unwrap();
            }
            socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
            while let Ok(length) = socket.recv(&mut buffer) {
                answered += 1;
                // Changes in what is not signed (the case of letters of the key's name) leave the signature right.
                let is_right = buffer[3] & 0xf == 0;
                right += usize::from(is_right);
                assert!(is_right || length <= whole.len() + 64, "{length}");
            }
        }
        assert!(answered > 100, "{answered}");
        assert!(right < answered / 20, "{right} of {answered}");
        let (packet, mut sequence) =
            request(Rtype::SOA, POLICY_ZONE, &key(KEY_NAME, SECRET), None, now(NOW_MS));
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket.send(&packet).unwrap();
        let length = socket.recv(&mut buffer).unwrap();
        let mut answer = Message::from_octets(buffer[..length].to_vec()).unwrap();
        sequence.answer(&mut answer, now(NOW_MS)).unwrap();
        let soa = answer
            .answer()
            .unwrap()
            .limit_to::<Soa<_>>()
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(soa.data().serial().into_int(), serial);
    });
    checked.await.unwrap();
    assert!(server.is_running());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_transfer_more_than_the_limit_is_refused() {
    let house = House::new();
    // Larger than what the sockets' buffers hold, so that transfers wait for their readers.
    let names: Vec<String> = (0..100_000)
        .map(|i| format!("{}{i}.example", "x".repeat(50)))
        .collect();
    let blocks = names
        .iter()
        .map(|name| crate::house::listing(accord_verdict::Action::Block, name))
        .collect();
    house.snapshots.replace("isp", blocks).unwrap();
    let server = serve(&house);
    let packet = || {
        request(
            Rtype::AXFR,
            POLICY_ZONE,
            &key(KEY_NAME, SECRET),
            None,
            now(NOW_MS),
        )
        .0
    };
    let mut waiting = Vec::new();
    for _ in 0..MAX_TRANSFERS {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        write_message(&mut stream, &packet()).await;
        // Begun.
        stream.read_u16().await.unwrap();
        waiting.push(stream);
    }
    let over = transfer(server.address(), Rtype::AXFR, None, now(NOW_MS)).await;
    assert_eq!(over, Err(Rcode::REFUSED));
}

#[test]
fn keys_are_checked_and_never_shown() {
    assert_eq!(
        TransferKey::new("k", &[0; 15]).unwrap_err(),
        BadKey::Secret("k".to_owned())
    );
    assert!(TransferKey::new("", SECRET).is_err());
    assert!(TransferKey::new("a b", SECRET).is_err());
    let key = TransferKey::new("K.Example", SECRET).unwrap();
    assert_eq!(
        format!("{key:?} {}", key.name()),
        "TransferKey(k.example) k.example"
    );
}
