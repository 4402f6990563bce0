//! Snapshots with a clock of their own, and listings in few words.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use accord_matcher::Pattern;
use accord_verdict::{
    Action, AudienceConfig, Clock, DnsConfig, Listing, Note, Reader, RpzConfig, Snapshots, TokenDigest,
    TransferKey, ZoneName,
};

pub const NOW_MS: u64 = 1_764_000_000_000;
pub const TOKEN: &str = "token-of-the-isp-0123456789abcdef";
pub const EDGE_TOKEN: &str = "token-of-the-edges-0123456789abcdef";
pub const ZONE: &str = "bl.agency.example";
pub const POLICY_ZONE: &str = "rpz.agency.example";
pub const KEY_NAME: &str = "accord-transfer";
pub const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

/// A node's snapshots with one audience, `isp`.
pub struct House {
    pub snapshots: Snapshots,
    now_ms: Arc<AtomicU64>,
}

impl House {
    pub fn new() -> House {
        let now_ms = Arc::new(AtomicU64::new(NOW_MS));
        let clock = now_ms.clone();
        let house = House {
            snapshots: Snapshots::new(Clock::new(move || clock.load(Ordering::Relaxed))),
            now_ms,
        };
        house.snapshots.configure(config("isp")).unwrap();
        house
    }

    /// The same snapshots, for another task.
    pub fn of(snapshots: Snapshots) -> House {
        House {
            snapshots,
            now_ms: Arc::default(),
        }
    }

    pub fn pass_ms(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub fn block(&self, texts: &[&str]) -> u32 {
        self.list(Action::Block, texts)
    }

    pub fn detect(&self, texts: &[&str]) -> u32 {
        self.list(Action::Detect, texts)
    }

    fn list(&self, action: Action, texts: &[&str]) -> u32 {
        let listings = texts.iter().map(|text| listing(action, text)).collect();
        self.snapshots.publish("isp", listings).unwrap()
    }

    pub fn withdraw(&self, texts: &[&str]) -> u32 {
        let patterns = texts.iter().map(|text| pattern(text)).collect();
        self.snapshots.withdraw("isp", patterns).unwrap()
    }

    /// The indicators that hit a value, with action and match.
    pub fn inside(&self, value: &str) -> Vec<String> {
        let verdict = self.audience().inspect(&mut Reader::default(), value);
        let words = verdict
            .matches
            .iter()
            .map(|hit| format!("{} {} {}", hit.note.action.as_str(), hit.indicator, hit.how));
        words.collect()
    }

    /// The blocks that the audience hears of.
    pub fn outside(&self, value: &str) -> Vec<String> {
        let answer = self.audience().answer(&mut Reader::default(), value);
        answer
            .blocks()
            .iter()
            .map(|hit| format!("{} {}", hit.indicator, hit.how))
            .collect()
    }

    pub fn audience(&self) -> Arc<accord_verdict::Audience> {
        self.snapshots.audience("isp").unwrap()
    }
}

pub fn config(name: &str) -> AudienceConfig {
    AudienceConfig {
        name: name.to_owned(),
        tokens: vec![TokenDigest::of(TOKEN)],
        edges: vec![TokenDigest::of(&format!("{EDGE_TOKEN}-{name}"))],
        dns: Some(DnsConfig {
            dnsbl: Some(ZoneName::parse(ZONE).unwrap()),
            rpz: Some(RpzConfig {
                zone: ZoneName::parse(POLICY_ZONE).unwrap(),
                keys: vec![TransferKey::new(KEY_NAME, SECRET).unwrap()],
                notify: Vec::new(),
            }),
            clients: vec!["127.0.0.0/8".parse().unwrap(), "192.0.2.0/24".parse().unwrap()],
        }),
        serial_floor: 0,
    }
}

pub fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

pub fn listing(action: Action, text: &str) -> Listing {
    Listing {
        pattern: pattern(text),
        note: Note {
            action,
            labels: Arc::from(["demo".to_owned()]),
            publisher: Arc::from("agency"),
            since_ms: NOW_MS,
        },
    }
}
