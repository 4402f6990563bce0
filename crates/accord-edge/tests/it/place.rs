//! A node's verdicts on a port of the loopback, and edges with a clock of their own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use accord_edge::{AUDIENCE, Edge, EdgeConfig, EdgeError};
use accord_matcher::Pattern;
use accord_verdict::{
    Action, AudienceConfig, Clock, DnsConfig, EdgeId, Listing, Note, Reader, Snapshots, TokenDigest, ZoneName,
};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const NOW_MS: u64 = 1_764_000_000_000;
pub const TOKEN: &str = "token-of-the-customers-0123456789";
pub const EDGE_TOKEN: &str = "token-of-the-edges-0123456789abcd";

/// A node's verdicts, served.
pub struct Source {
    pub snapshots: Snapshots,
    pub address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

pub fn clock(now_ms: &Arc<AtomicU64>) -> Clock {
    let now_ms = now_ms.clone();
    Clock::new(move || now_ms.load(Ordering::Relaxed))
}

impl Source {
    /// One that has audiences `customers` and `others`, and nothing to say yet.
    pub fn new() -> Self {
        let snapshots = Snapshots::new(Clock::new(|| NOW_MS));
        for (name, token, edges) in [
            ("customers", TOKEN, EDGE_TOKEN),
            ("others", "token-of-others", "token-of-others-edges"),
        ] {
            let config = AudienceConfig {
                name: name.to_owned(),
                tokens: vec![TokenDigest::of(token)],
                edges: vec![TokenDigest::of(edges)],
                dns: None,
                serial_floor: 0,
            };
            snapshots.configure(config).unwrap();
        }
        snapshots.open_to_edges();
        Source {
            snapshots,
            address: ([127, 0, 0, 1], 0).into(),
            end: None,
            serving: None,
        }
    }

    /// Makes the token of the customers' look-ups anew.
    pub fn renew(&self, token: &str) {
        let config = AudienceConfig {
            name: "customers".to_owned(),
            tokens: vec![TokenDigest::of(token)],
            edges: vec![TokenDigest::of(EDGE_TOKEN)],
            dns: None,
            serial_floor: 0,
        };
        self.snapshots.configure(config).unwrap();
    }

    /// Serves, where it served before.
    pub async fn serve(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (end, ended) = oneshot::channel();
        let snapshots = self.snapshots.clone();
        self.end = Some(end);
        self.serving = Some(tokio::spawn(async move {
            let ended = async move {
                let _ = ended.await;
            };
            accord_verdict::serve(snapshots, listener, ended).await.unwrap();
        }));
    }

    /// Is there no more.
    pub async fn stop(&mut self) {
        drop(self.end.take());
        self.serving.take().unwrap().await.unwrap();
    }

    pub fn publish(&self, action: Action, texts: &[&str]) {
        let listing = |text: &&str| Listing {
            pattern: Pattern::parse(text).unwrap(),
            note: Note {
                action,
                labels: Arc::from(["demo".to_owned()]),
                publisher: Arc::from("agency"),
                since_ms: NOW_MS,
            },
        };
        let listings = texts.iter().map(listing).collect();
        self.snapshots.publish("customers", listings).unwrap();
    }

    pub fn withdraw(&self, text: &str) {
        let pattern = Pattern::parse(text).unwrap();
        self.snapshots.withdraw("customers", vec![pattern]).unwrap();
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

pub fn try_open(url: &str, folder: &Path, token: &str) -> Result<Edge, EdgeError> {
    // A second test of the same process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let now_ms = Arc::new(AtomicU64::new(NOW_MS));
    let config = EdgeConfig {
        dir: folder.to_owned(),
        source: url.to_owned(),
        token: token.to_owned(),
        name: "fra".to_owned(),
        dns: Some(DnsConfig {
            dnsbl: Some(ZoneName::parse("bl.isp.example").unwrap()),
            rpz: None,
            clients: vec!["127.0.0.0/8".parse().unwrap()],
        }),
    };
    Edge::open(config, clock(&now_ms), EdgeId([7; 16]))
}

pub fn open(url: &str, folder: &Path) -> Edge {
    try_open(url, folder, EDGE_TOKEN).unwrap()
}

/// What is said of a value, and whether something is detected in silence.
pub fn verdict(edge: &Edge, value: &str) -> (bool, Option<Action>) {
    let audience = edge.snapshots().audience(AUDIENCE).unwrap();
    let mut reader = Reader::default();
    let action = audience.inspect(&mut reader, value).action();
    (audience.answer(&mut reader, value).is_listed(), action)
}
