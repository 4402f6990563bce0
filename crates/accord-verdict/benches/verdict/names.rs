//! What is listed, and what is asked about: the same in every run and for every peer.

use std::sync::Arc;

use accord_matcher::Pattern;
use accord_verdict::{
    Action, AudienceConfig, Clock, DnsConfig, Listing, Note, Snapshots, TokenDigest, ZoneName,
};

use crate::Outcome;

pub(crate) const LISTED: u32 = 1_000_000;
pub(crate) const ASKED: u32 = 200_000;
pub(crate) const TOKEN: &str = "bench";
pub(crate) const ZONE: &str = "bl.bench.example";
pub(crate) const AUDIENCE: &str = "bench";

/// A listed name.
pub(crate) fn name(number: u32) -> String {
    let mixed = (u64::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("h{:x}-{number}.{}.example", mixed >> 40, number % 1000)
}

/// A name that is asked about: one in ten is listed, three are below listed ones.
pub(crate) fn asked(number: u32) -> String {
    let listed = (number.wrapping_mul(7919)) % LISTED;
    match number % 10 {
        0 => name(listed),
        1..=3 => format!("www.{}", name(listed)),
        _ => format!("other-{}", name(listed)),
    }
}

pub(crate) fn listing(text: &str) -> Outcome<Listing> {
    thread_local! {
        static LABELS: Arc<[String]> = Arc::from(["bench".to_owned()]);
        static PUBLISHER: Arc<str> = Arc::from("bench");
    }
    Ok(Listing {
        pattern: Pattern::parse(text)?,
        note: Note {
            action: Action::Block,
            labels: LABELS.with(Arc::clone),
            publisher: PUBLISHER.with(Arc::clone),
            since_ms: 0,
        },
    })
}

/// One audience with all names.
pub(crate) fn snapshots() -> Outcome<Snapshots> {
    let began = std::time::SystemTime::now();
    let now_ms = move || {
        let since = began.elapsed().unwrap_or_default().as_millis();
        1_764_000_000_000 + u64::try_from(since).unwrap_or(0)
    };
    let snapshots = Snapshots::new(Clock::new(now_ms));
    snapshots.configure(AudienceConfig {
        name: AUDIENCE.to_owned(),
        tokens: vec![TokenDigest::of(TOKEN)],
        edges: Vec::new(),
        dns: Some(DnsConfig {
            dnsbl: Some(ZoneName::parse(ZONE)?),
            rpz: None,
            clients: vec!["127.0.0.0/8".parse()?],
        }),
        serial_floor: 0,
    })?;
    let listings: Outcome<Vec<Listing>> = (0..LISTED).map(|number| listing(&name(number))).collect();
    snapshots.replace(AUDIENCE, listings?)?;
    Ok(snapshots)
}
