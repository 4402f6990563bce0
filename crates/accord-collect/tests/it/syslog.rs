//! Syslog over UDP and TCP.

use std::net::UdpSocket;
use std::time::Duration;

use accord_collect::{Count, unescape};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datagrams_are_messages_and_each_sender_has_its_own_segments() {
    let node = Node::syslog(syslog()).await;
    let (one, two) = (
        UdpSocket::bind("127.0.0.1:0").unwrap(),
        UdpSocket::bind("127.0.0.2:0").unwrap(),
    );
    let to = node.address("udp");
    one.send_to(b"<13>one", to).unwrap();
    one.send_to(b"", to).unwrap();
    one.send_to(&[b'x'; 1001], to).unwrap();
    node.counts(Count::Oversize, 1).await;
    node.has("<13>one\n").await;
    two.send_to(b"<13>two\n", to).unwrap();
    node.has("<13>one\n<13>two\n").await;
    let places = node.places();
    let who: Vec<(&str, &str)> = places
        .iter()
        .map(|place| (place.transport.as_str(), place.sender.as_str()))
        .collect();
    assert_eq!(who, [("syslog-udp", "127.0.0.1"), ("syslog-udp", "127.0.0.2")]);
    assert_eq!(node.counted(Count::Empty), 1);
    assert!(
        places
            .iter()
            .all(|place| place.first_received_ms <= place.last_received_ms)
    );
    node.collectors.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_with_line_feeds_forges_no_line() {
    let node = Node::syslog(syslog()).await;
    let forged = b"<13>a\n<13>root logged in #012 #\nend\n";
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(b"<13>before", node.address("udp")).unwrap();
    node.has("<13>before\n").await;
    let mut stream = TcpStream::connect(node.address("tcp")).await.unwrap();
    let sent = format!("{} ", forged.len()).into_bytes();
    stream.write_all(&[&sent[..], forged].concat()).await.unwrap();
    let line = "<13>a#012<13>root logged in #043012 ##012end\n";
    node.has(&format!("<13>before\n{line}")).await;
    let place = node.places().pop().unwrap();
    assert_eq!(place.escaped_lines, [1]);
    let back = unescape(line.trim_end().as_bytes());
    assert_eq!(back, forged[..forged.len() - 1]);
    node.collectors.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_framings_and_bytes_that_are_no_text() {
    let node = Node::syslog(syslog()).await;
    let mut counted = TcpStream::connect(node.address("tcp")).await.unwrap();
    counted.write_all(b"5 <1>ab6 <2>\0\xff").await.unwrap();
    counted.write_all(b"c").await.unwrap();
    until("two messages", || node.log().len() >= 13).await;
    let mut lines = TcpStream::connect(node.address("tcp")).await.unwrap();
    lines.write_all(b"<3>d\r\n\n<4>no end").await.unwrap();
    lines.shutdown().await.unwrap();
    until("all", || node.log().len() >= 29).await;
    assert_eq!(node.log(), b"<1>ab\n<2>\0\xffc\n<3>d\r\n<4>no end\n");
    counted.write_all(b"junk").await.unwrap();
    node.counts(Count::Malformed, 1).await;
    // The connection is closed.
    assert_eq!(counted.read(&mut [0; 8]).await.unwrap_or(0), 0);
    node.collectors.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_stall_end() {
    let mut settings = syslog();
    settings.message_s = 1;
    settings.idle_s = 2;
    let node = Node::syslog(settings).await;
    let mut slow = TcpStream::connect(node.address("tcp")).await.unwrap();
    // A byte now and then does not keep a message alive.
    let dripping = async {
        for _ in 0..100 {
            if slow.write_all(b"<").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::join!(dripping, node.counts(Count::Incomplete, 1));
    let mut idle = TcpStream::connect(node.address("tcp")).await.unwrap();
    assert_eq!(idle.read(&mut [0; 8]).await.unwrap(), 0);
    node.collectors.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_each() {
    let mut settings = syslog();
    settings.senders = vec!["127.0.0.1/32".parse().unwrap(), "127.0.0.8/29".parse().unwrap()];
    settings.max_connections_each = 1;
    settings.messages_per_s = 2;
    settings.max_senders = 2;
    let node = Node::syslog(settings).await;
    let (udp, tcp) = (node.address("udp"), node.address("tcp"));
    let stranger = UdpSocket::bind("127.0.0.2:0").unwrap();
    stranger.send_to(b"<1>x", udp).unwrap();
    node.counts(Count::RefusedSender, 1).await;
    // One connection of an address, and no second.
    let first = TcpStream::connect(tcp).await.unwrap();
    let mut second = TcpStream::connect(tcp).await.unwrap();
    assert_eq!(second.read(&mut [0; 8]).await.unwrap_or(0), 0);
    node.counts(Count::RefusedLimit, 1).await;
    drop(first);
    // Two messages in a second, and no third.
    let known = UdpSocket::bind("127.0.0.9:0").unwrap();
    until("over the rate", || {
        known.send_to(b"<1>y", udp).unwrap();
        node.counted(Count::DroppedRate) > 0
    })
    .await;
    // Two senders in a second, and no third.
    let all: Vec<UdpSocket> = (10..13)
        .map(|last| UdpSocket::bind(format!("127.0.0.{last}:0")).unwrap())
        .collect();
    until("over the senders", || {
        for socket in &all {
            socket.send_to(b"<1>z", udp).unwrap();
        }
        node.counted(Count::RefusedLimit) > 1
    })
    .await;
    node.collectors.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_is_durable_after_a_stop_and_taken_after_the_next_start() {
    let mut settings = syslog();
    settings.spool.segment_age_s = 3600;
    settings.spool.sync_ms = 60_000;
    let node = Node::syslog(settings.clone()).await;
    let mut stream = TcpStream::connect(node.address("tcp")).await.unwrap();
    let text: String = (0..1000).map(|number| format!("<1>message {number}\n")).collect();
    stream.write_all(text.as_bytes()).await.unwrap();
    let spool = node.spool("edge").join("0000000001.spool");
    let least = text.len() as u64 + 21 * 1000;
    until("all in the spool", || {
        std::fs::metadata(&spool).is_ok_and(|file| file.len() >= least)
    })
    .await;
    let Node {
        dir,
        store,
        collectors,
    } = node;
    collectors.stop().await;
    assert_eq!(store.segments().len(), 0);
    let again = accord_collect::CollectSettings {
        syslog: vec![settings],
        ..Default::default()
    };
    let collectors = accord_collect::Collectors::start(plan(store.clone(), again, &dir))
        .await
        .unwrap();
    until("a segment", || store.segments().len() == 1).await;
    assert_eq!(String::from_utf8(log_of(&store)).unwrap(), text);
    collectors.stop().await;
}

#[tokio::test(flavor = "current_thread")]
async fn what_the_system_drops_is_counted() {
    let mut settings = syslog();
    settings.receive_buffer_bytes = 4096;
    let node = Node::syslog(settings).await;
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = node.address("udp");
    // Nobody reads meanwhile: this test's one thread is here.
    for _ in 0..200 {
        socket.send_to(&[b'x'; 900], to).unwrap();
    }
    // The count comes with the first datagram that is queued after the loss.
    tokio::time::sleep(Duration::from_millis(50)).await;
    socket.send_to(b"<1>last", to).unwrap();
    node.counts(Count::DroppedByKernel, 1).await;
    let kept = |log: Vec<u8>| log.iter().filter(|byte| **byte == b'\n').count() as u64;
    until("all accounted for", || {
        kept(node.log()) + node.counted(Count::DroppedByKernel) == 201
    })
    .await;
    node.collectors.stop().await;
}
