//! Tests against a publisher's server on the loopback: the limits of all parts together, and where a host inside is reached.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Ask, FEED_BODY_MAX_BYTES, FeedClient, FeedError, FeedForm, FeedKey, Fetched, Room, Validators};

const UUIDS: [&str; 2] = [
    "5eb98b0c-5e1c-4a4f-8a2b-4f0e0a0a0a01",
    "5eb98b0c-5e1c-4a4f-8a2b-4f0e0a0a0a02",
];
const KEY: &str = "geheim";

/// A server that says the same at a path each time, and the requests that it had.
struct Publisher {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

/// The head of a request.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

async fn answer(mut stream: TcpStream, says: &BTreeMap<String, Vec<u8>>, asked: &Mutex<Vec<String>>) {
    while let Some(head) = head(&mut stream).await {
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        asked.lock().unwrap().push(head);
        let Some(body) = says.get(&path) else {
            let _ = stream
                .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                .await;
            continue;
        };
        let begin = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        // Who has read enough hangs up.
        let _ = stream.write_all(begin.as_bytes()).await;
        let _ = stream.write_all(body).await;
    }
}

impl Publisher {
    async fn says(says: Vec<(String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (says, asked) = (
            Arc::new(says.into_iter().collect()),
            Arc::<Mutex<Vec<String>>>::default(),
        );
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (says, asked): (Arc<BTreeMap<_, _>>, _) = (Arc::clone(&says), Arc::clone(&log));
                tokio::spawn(async move { answer(stream, &says, &asked).await });
            }
        });
        Self { port, asked }
    }

    fn at(&self, host: &str) -> String {
        format!("{host}:{}", self.port)
    }

    fn client(&self) -> FeedClient {
        FeedClient::new(&[self.at("127.0.0.1")], &[]).unwrap()
    }

    async fn fetch(
        &self,
        client: &FeedClient,
        form: FeedForm,
        path: &str,
    ) -> (Result<Fetched, FeedError>, u64) {
        let url = format!("http://{}{path}", self.at("127.0.0.1"));
        let arrived = AtomicU64::new(0);
        let ask = Ask {
            url: &url,
            form,
            since_ms: 0,
            now_ms: 0,
            known: &Validators::default(),
        };
        let came = client.fetch(&ask, &arrived).await;
        (came, arrived.into_inner())
    }
}

/// A document of JSON of so many bytes.
fn document(bytes: usize) -> Vec<u8> {
    let mut text = br#"{"x":""#.to_vec();
    text.resize(bytes - 2, b'a');
    text.extend_from_slice(b"\"}");
    text
}

fn bytes_of(came: Result<Fetched, FeedError>) -> Vec<u8> {
    match came.unwrap() {
        Fetched::Body { bytes, .. } => bytes,
        Fetched::Same => panic!("it came before"),
    }
}

#[tokio::test]
async fn all_parts_of_a_feed_share_one_limit() {
    let [first, second] = UUIDS;
    let manifest = format!(r#"{{"{first}":{{"timestamp":"2"}},"{second}":{{"timestamp":1}}}}"#).into_bytes();
    let half = FEED_BODY_MAX_BYTES / 2;
    for past in [0, 1] {
        let rest = FEED_BODY_MAX_BYTES - half - manifest.len() + past;
        let publisher = Publisher::says(vec![
            ("/feed/manifest.json".to_owned(), manifest.clone()),
            (format!("/feed/{first}.json"), document(half)),
            (format!("/feed/{second}.json"), document(rest)),
        ])
        .await;
        let (came, arrived) = publisher
            .fetch(&publisher.client(), FeedForm::Misp, "/feed/")
            .await;
        match past {
            0 => {
                let whole = bytes_of(came);
                assert_eq!(whole.len(), half + rest + br#"{"response":[,]}"#.len());
                assert_eq!(arrived, FEED_BODY_MAX_BYTES as u64);
            }
            _ => {
                assert_eq!(came, Err(FeedError::TooLong));
                assert!(arrived <= FEED_BODY_MAX_BYTES as u64, "{arrived}");
            }
        }
    }
}

#[tokio::test]
async fn one_document_has_the_same_limit() {
    for past in [0, 1] {
        let body = document(FEED_BODY_MAX_BYTES + past);
        let publisher = Publisher::says(vec![("/list".to_owned(), body)]).await;
        let (came, _) = publisher
            .fetch(&publisher.client(), FeedForm::File, "/list")
            .await;
        match past {
            0 => assert_eq!(bytes_of(came).len(), FEED_BODY_MAX_BYTES),
            _ => assert_eq!(came, Err(FeedError::TooLong)),
        }
    }
}

#[tokio::test]
async fn pages_come_together_as_they_are() {
    let objects = "/api/collections/c/objects/?added_after=1970-01-01T00%3A00%3A00.000Z";
    let page = |text: &str| text.as_bytes().to_vec();
    let publisher = Publisher::says(vec![
        (
            objects.to_owned(),
            page(r#"{"more":true,"next":"b","objects":[{"z":1, "a":[2]} ]}"#),
        ),
        (format!("{objects}&next=b"), page(r#"{"more":true,"next":"c"}"#)),
        (
            format!("{objects}&next=c"),
            page(r#"{"objects":[{"a":3},{"a":4}]}"#),
        ),
    ])
    .await;
    let (came, _) = publisher
        .fetch(&publisher.client(), FeedForm::Taxii, "/api/collections/c/")
        .await;
    let text = String::from_utf8(bytes_of(came)).unwrap();
    assert!(
        text.ends_with(r#","objects":[{"z":1, "a":[2]},{"a":3},{"a":4}]}"#),
        "{text}"
    );
    assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
}

#[tokio::test]
async fn parts_that_take_too_long() {
    // Whoever connects is never answered.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let publisher = Publisher {
        port: listener.local_addr().unwrap().port(),
        asked: Arc::default(),
    };
    let mut client = publisher.client();
    client.parts_within = Duration::from_millis(5);
    for (form, path) in [
        (FeedForm::Misp, "/feed/"),
        (FeedForm::Taxii, "/api/collections/c/"),
    ] {
        let (came, _) = publisher.fetch(&client, form, path).await;
        assert_eq!(came, Err(FeedError::PartsLate), "{form:?}");
    }
    assert!(FeedError::PartsLate.to_string().contains("within 10 minutes"));
    drop(listener);
}

/// What a client makes of a document, past the look at its address.
async fn reached(client: &FeedClient, publisher: &Publisher, host: &str) -> Result<Fetched, FeedError> {
    let url = format!("http://{}/list", publisher.at(host)).parse().unwrap();
    let mut room = Room {
        left: 100,
        arrived: &AtomicU64::new(0),
    };
    client
        .document(url, &Validators::default(), None, &mut room)
        .await
}

#[tokio::test]
async fn a_host_inside_is_reached_at_its_port_alone() {
    let says = || Publisher::says(vec![("/list".to_owned(), b"evil.example".to_vec())]);
    let (named, other) = (says().await, says().await);
    let at_port = FeedClient::new(&[named.at("localhost")], &[]).unwrap();
    assert_eq!(
        bytes_of(reached(&at_port, &named, "localhost").await),
        b"evil.example"
    );
    assert_eq!(
        reached(&at_port, &other, "localhost").await,
        Err(FeedError::Inside)
    );
    assert!(other.asked.lock().unwrap().is_empty());
    // Named without a port, at every one.
    let at_all = FeedClient::new(&["localhost".to_owned()], &[]).unwrap();
    for publisher in [&named, &other] {
        assert_eq!(
            bytes_of(reached(&at_all, publisher, "localhost").await),
            b"evil.example"
        );
    }
    // And what is not named, at none.
    let nothing = FeedClient::new(&[" ".to_owned()], &[]).unwrap();
    assert_eq!(
        reached(&nothing, &other, "localhost").await,
        Err(FeedError::Inside)
    );
    assert_eq!(
        FeedClient::new(&["https://localhost".to_owned()], &[])
            .unwrap_err()
            .to_string(),
        "feeds.inside: \"https://localhost\" is neither HOST nor HOST:PORT"
    );
}

#[tokio::test]
async fn a_key_goes_out_in_clear_to_the_port_that_was_written_alone() {
    let publisher = Publisher::says(vec![("/list".to_owned(), b"evil.example".to_vec())]).await;
    for (host, sent) in [("127.0.0.1".to_owned(), false), (publisher.at("127.0.0.1"), true)] {
        let key = FeedKey {
            host: host.clone(),
            header: "x-auth-key".to_owned(),
            value: KEY.to_owned(),
        };
        let client = FeedClient::new(&[publisher.at("127.0.0.1")], &[key]).unwrap();
        let url = format!("http://{}/list", publisher.at("127.0.0.1"));
        assert_eq!(client.sends_key(&url).is_some(), sent, "{host}");
        let (came, _) = publisher.fetch(&client, FeedForm::File, "/list").await;
        assert_eq!(bytes_of(came), b"evil.example");
        let asked: Vec<String> = std::mem::take(&mut *publisher.asked.lock().unwrap());
        assert_eq!(asked.len(), 1);
        assert_eq!(
            asked[0].contains(&format!("x-auth-key: {KEY}")),
            sent,
            "{}",
            asked[0]
        );
    }
}
