//! A node that says what it must not: nothing of it is used, and what is served stays.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use accord_client::EdgeClientError;
use accord_edge::{Edge, FollowError};
use accord_verdict::limits::{MAX_EDGE_LINE_BYTES, MAX_EDGE_LISTINGS};
use accord_verdict::{Action, Head, SetDigest, Snapshots, Whole, changes_text};

use crate::place::{Source, open, verdict};

/// A server that answers every request with the same bytes, whatever they are.
struct Liar {
    address: SocketAddr,
    answer: Arc<Mutex<Vec<u8>>>,
}

fn headed(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

impl Liar {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let liar = Liar {
            address: listener.local_addr().unwrap(),
            answer: Arc::default(),
        };
        let answer = liar.answer.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut asked = Vec::new();
                let mut piece = [0; 4096];
                while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut piece) {
                        Ok(length) if length > 0 => asked.extend_from_slice(&piece[..length]),
                        _ => break,
                    }
                }
                let answer = answer.lock().unwrap().clone();
                // The edge hangs up as soon as it has seen enough.
                let _ = stream.write_all(&answer);
                let _ = stream.shutdown(Shutdown::Write);
            }
        });
        liar
    }

    fn says(&self, answer: Vec<u8>) {
        *self.answer.lock().unwrap() = answer;
    }

    fn says_ok(&self, body: &[u8]) {
        self.says(headed("200 OK", body));
    }
}

fn whole_of(snapshots: &Snapshots) -> Vec<u8> {
    let snapshot = snapshots.audience("customers").unwrap().snapshot();
    Whole::of(snapshot, Vec::new()).flatten().collect()
}

async fn refused(edge: &Edge) -> FollowError {
    edge.follow_once().await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_not_and_the_verdicts_stay() {
    let source = Source::new();
    source.publish(Action::Block, &["evil.example"]);
    let liar = Liar::new();
    let folder = tempfile::tempdir().unwrap();
    let edge = open(&format!("http://{}", liar.address), folder.path());
    let good = whole_of(&source.snapshots);
    liar.says_ok(&good);
    assert!(edge.follow_once().await.unwrap());
    let stays = |edge: &Edge, what: &str| {
        assert_eq!(
            verdict(edge, "evil.example"),
            (true, Some(Action::Block)),
            "{what}"
        );
        assert_eq!(verdict(edge, "good.example"), (false, None), "{what}");
    };
    stays(&edge, "at first");

    let digest = edge.snapshots().audience("edge").unwrap().snapshot().digest();
    let head = Head {
        from: Some(digest),
        to: SetDigest::default(),
        serial: 1,
        changed_ms: 1,
        count: 0,
        tokens: Vec::new(),
    };
    let pattern = accord_matcher::Pattern::parse("evil.example").unwrap();
    let drops = changes_text(head.clone(), [(&pattern, None)].into_iter());
    let leads_elsewhere = {
        let to = SetDigest::parse(&"7".repeat(64)).unwrap();
        changes_text(Head { to, ..head.clone() }, [(&pattern, None)].into_iter())
    };
    let of_others = {
        let from = SetDigest::parse(&"7".repeat(64));
        changes_text(Head { from, ..head.clone() }, [(&pattern, None)].into_iter())
    };
    let many = {
        let text = String::from_utf8(drops.clone()).unwrap();
        text.replace("\"count\":1", &format!("\"count\":{}", MAX_EDGE_LISTINGS + 1))
    };
    let mut damaged = drops.clone();
    damaged[20] ^= 1;
    let cut = &drops[..drops.len() - 1];
    let behind = [drops.as_slice(), b"{}\n"].concat();
    let long = vec![b'x'; MAX_EDGE_LINE_BYTES + 1];
    for (what, body) in [
        ("nothing", &b""[..]),
        ("no lines", b"hello"),
        ("a page", b"<html></html>\n"),
        ("leads elsewhere", &leads_elsewhere),
        ("another's changes", &of_others),
        ("too many", many.as_bytes()),
        ("damaged", &damaged),
        ("cut", cut),
        ("more behind", &behind),
        ("a long line", &long),
    ] {
        liar.says_ok(body);
        let error = refused(&edge).await;
        assert!(
            matches!(error, FollowError::Answer(_) | FollowError::Listings(_)),
            "{what}: {error}"
        );
        stays(&edge, what);
    }
    for (what, answer) in [
        ("an error", headed("500 Internal Server Error", b"secret words")),
        (
            "elsewhere",
            headed("302 Found\r\nlocation: http://127.0.0.1:1/", b""),
        ),
        ("no HTTP", b"hello\r\n\r\n".to_vec()),
        (
            "breaks off",
            [&b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"[..], &drops].concat(),
        ),
    ] {
        liar.says(answer);
        let error = refused(&edge).await;
        assert!(matches!(error, FollowError::Source(_)), "{what}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        stays(&edge, what);
    }
    // What is right is taken all the same.
    liar.says_ok(&drops);
    assert!(edge.follow_once().await.unwrap());
    assert_eq!(verdict(&edge, "evil.example"), (false, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_sightings_has_an_end() {
    let source = Source::new();
    source.publish(Action::Block, &["evil.example"]);
    let liar = Liar::new();
    let folder = tempfile::tempdir().unwrap();
    let edge = open(&format!("http://{}", liar.address), folder.path());
    liar.says_ok(&whole_of(&source.snapshots));
    edge.follow_once().await.unwrap();
    verdict(&edge, "evil.example");
    edge.keep_seen().unwrap();
    assert_eq!(edge.waiting_batches(), 1);
    for (what, answer) in [
        (
            "too long",
            headed("200 OK", &vec![b' '; accord_client::EDGE_REPLY_MAX_BYTES + 1]),
        ),
        ("no reply", headed("200 OK", b"thanks")),
        ("no", headed("500 Internal Server Error", b"")),
        ("no token", headed("401 Unauthorized", b"")),
    ] {
        liar.says(answer);
        let error = edge.give_once().await.unwrap_err();
        assert!(matches!(error, FollowError::Source(_)), "{what}: {error}");
        assert_eq!(edge.waiting_batches(), 1, "{what}");
    }
    let error = {
        liar.says(headed("401 Unauthorized", b""));
        edge.give_once().await.unwrap_err()
    };
    assert!(matches!(error, FollowError::Source(EdgeClientError::NoToken)));
    // A number before this batch's is not its own.
    liar.says_ok(b"{\"last\":0}");
    edge.give_once().await.unwrap();
    assert_eq!(edge.waiting_batches(), 1);
    liar.says_ok(b"{\"last\":1}");
    edge.give_once().await.unwrap();
    assert_eq!(edge.waiting_batches(), 0);
}
