//! What is published is found by the rules of matching, at once, from either layer; what is silent stays silent.

use accord_matcher::WatchlistBuilder;
use accord_verdict::limits::{MAX_LABEL_BYTES, MAX_LABELS};
use accord_verdict::{Action, ConfigError, PublishError, Reader, TokenDigest, ZoneName};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::house::{House, NOW_MS, TOKEN, config, listing, pattern};

#[test]
fn the_rules_of_matching_hold() {
    let house = House::new();
    house.block(&[
        "evil.example",
        "c2.evil.example",
        ".dyn.example",
        "192.0.2.10",
        "192.0.2.0/24",
        "198.51.100.7:8443",
        "2001:db8::7",
        "bad.example/a.php",
        "mule@mail.example",
        "9e107d9d372bb6826bd81d3542a419d6",
    ]);
    for (value, expected) in [
        (
            "WWW.C2.Evil.EXAMPLE.",
            vec!["c2.evil.example parent", "evil.example parent"],
        ),
        ("evil[.]example", vec!["evil.example exact"]),
        ("notevil.example", vec![]),
        ("dyn.example", vec![]),
        ("a.dyn.example", vec![".dyn.example parent"]),
        ("192.0.2.10", vec!["192.0.2.10 exact", "192.0.2.0/24 cidr"]),
        ("::ffff:192.0.2.11", vec!["192.0.2.0/24 cidr"]),
        ("198.51.100.7:8443", vec!["198.51.100.7:8443 port"]),
        // An address is not blocked for one of its ports.
        ("198.51.100.7", vec![]),
        ("2001:DB8:0::7", vec!["2001:db8::7 exact"]),
        ("http://bad.example/a.php?x=1", vec!["bad.example/a.php prefix"]),
        ("bad.example", vec![]),
        ("Mule@Mail.Example", vec!["mule@mail.example exact"]),
        (
            "9E107D9D372BB6826BD81D3542A419D6",
            vec!["9e107d9d372bb6826bd81d3542a419d6 exact"],
        ),
        ("", vec![]),
    ] {
        assert_eq!(house.outside(value), expected, "{value}");
    }
}

#[test]
fn detection_is_silent_and_counted() {
    let house = House::new();
    let before = house.block(&["blocked.example"]);
    house.pass_ms(60_000);
    let (snapshot, listed) = (
        house.audience().snapshot(),
        house.detect(&["watched.example", "192.0.2.0/24"]),
    );
    let after = house.audience().snapshot();
    // Nothing that the audience sees has moved.
    assert_eq!(listed, before);
    assert_eq!(after.serial(), snapshot.serial());
    assert_eq!(after.changed_ms(), snapshot.changed_ms());
    assert_eq!(after.blocked(), 1);
    assert_eq!(after.blocks().count(), 1);
    assert_eq!(house.outside("www.watched.example"), [""; 0]);
    assert_eq!(house.outside("192.0.2.7"), [""; 0]);
    // Inside it is known, and was counted.
    assert_eq!(after.detected(), 2);
    assert_eq!(
        house.inside("www.watched.example"),
        ["detect watched.example parent"]
    );
    let seen: Vec<_> = house
        .snapshots
        .take_sightings()
        .into_iter()
        .map(|s| (s.audience, s.indicator, u64::from(s.day), s.count))
        .collect();
    let day = NOW_MS / 86_400_000;
    let isp = || "isp".to_owned();
    assert_eq!(
        seen,
        [
            (isp(), "192.0.2.0/24".to_owned(), day, 1),
            (isp(), "watched.example".to_owned(), day, 1)
        ]
    );
    assert_eq!(house.snapshots.take_sightings(), []);
}

#[test]
fn a_value_that_both_actions_hit_is_told_as_the_block_alone() {
    let house = House::new();
    house.block(&["evil.example"]);
    house.detect(&["c2.evil.example"]);
    assert_eq!(house.outside("c2.evil.example"), ["evil.example parent"]);
    assert_eq!(
        house.inside("c2.evil.example"),
        ["detect c2.evil.example exact", "block evil.example parent"]
    );
    // Released for blocking, then silent again.
    let (released, silenced) = (
        house.block(&["c2.evil.example"]),
        house.detect(&["c2.evil.example"]),
    );
    assert!(silenced > released);
    assert_eq!(house.outside("c2.evil.example"), ["evil.example parent"]);
}

#[test]
fn sightings_are_counted_by_day_and_once() {
    let house = House::new();
    house.block(&["evil.example"]);
    for _ in 0..3 {
        house.outside("evil.example");
    }
    // A look of this node's own people is no sighting.
    house.inside("evil.example");
    // A URL is hit in its host once.
    house.outside("http://evil.example/a");
    house.pass_ms(86_400_000);
    house.outside("evil.example");
    let taken = house.snapshots.take_sightings();
    assert_eq!(taken.iter().map(|s| s.count).collect::<Vec<_>>(), [4, 1]);
    assert_eq!(taken[1].day, taken[0].day + 1);
    house.snapshots.put_back_sightings(taken.clone());
    assert_eq!(house.snapshots.take_sightings(), taken);
    let counts = house.snapshots.counts();
    assert_eq!((counts.lookups, counts.blocked, counts.detected), (5, 5, 0));
}

#[test]
fn serials_grow_with_what_is_seen_and_never_fall() {
    let house = House::new();
    let first = house.block(&["a.example"]);
    assert_eq!(u64::from(first), NOW_MS / 1000 + 1);
    let second = house.block(&["b.example"]);
    assert_eq!(second, first + 1);
    // Again the same, and a withdrawal of nothing: no change.
    assert_eq!(house.block(&["b.example"]), second);
    assert_eq!(house.withdraw(&["c.example"]), second);
    house.pass_ms(100_000);
    let third = house.withdraw(&["a.example"]);
    assert_eq!(u64::from(third), NOW_MS / 1000 + 100);
    house.snapshots.compile("isp").unwrap();
    assert_eq!(house.audience().snapshot().serial(), third);
    // A replacement by the same blocks is none.
    let same = vec![
        listing(Action::Block, "b.example"),
        listing(Action::Detect, "z.example"),
    ];
    assert_eq!(house.snapshots.replace("isp", same).unwrap(), third);
    assert!(house.snapshots.replace("isp", Vec::new()).unwrap() > third);
    // After a restart the floor holds.
    let floor = third + 1_000_000;
    let restarted = House::new();
    let config = accord_verdict::AudienceConfig {
        serial_floor: floor,
        ..config("isp")
    };
    restarted.snapshots.configure(config).unwrap();
    assert!(restarted.block(&["a.example"]) > floor);
}

#[test]
fn only_a_known_audience_takes_listings_within_limits() {
    let house = House::new();
    let block = listing(Action::Block, "evil.example");
    let unknown = house.snapshots.publish("nobody", vec![block.clone()]);
    assert_eq!(unknown, Err(PublishError::NoAudience("nobody".to_owned())));
    let labelled = |count: usize, bytes: usize| {
        let mut listing = block.clone();
        listing.note.labels = vec!["x".repeat(bytes); count].into();
        listing
    };
    let good = labelled(MAX_LABELS, MAX_LABEL_BYTES);
    house.snapshots.publish("isp", vec![good.clone()]).unwrap();
    for bad in [labelled(MAX_LABELS + 1, 1), labelled(1, MAX_LABEL_BYTES + 1)] {
        let all = vec![listing(Action::Block, "other.example"), bad];
        let refused = house.snapshots.publish("isp", all).unwrap_err();
        assert_eq!(refused, PublishError::Labels("evil.example".to_owned()));
    }
    // All or nothing.
    assert_eq!(house.outside("other.example"), [""; 0]);
    assert!(house.snapshots.close("isp"));
    assert!(!house.snapshots.close("isp"));
    assert!(house.snapshots.publish("isp", vec![block]).is_err());
}

#[test]
fn audiences_share_neither_tokens_nor_zones() {
    let house = House::new();
    let refused = house.snapshots.configure(config("bank")).unwrap_err();
    assert!(matches!(refused, ConfigError::TokenTwice { .. }), "{refused}");
    let mut bank = config("bank");
    bank.tokens = vec![TokenDigest::of("another")];
    let refused = house.snapshots.configure(bank.clone()).unwrap_err();
    assert!(matches!(refused, ConfigError::ZoneTwice { .. }), "{refused}");
    let dns = bank.dns.as_mut().unwrap();
    dns.dnsbl = Some(ZoneName::parse("below.bl.agency.example").unwrap());
    dns.rpz = None;
    let refused = house.snapshots.configure(bank.clone()).unwrap_err();
    assert!(matches!(refused, ConfigError::ZoneTwice { .. }), "{refused}");
    bank.dns.as_mut().unwrap().dnsbl = Some(ZoneName::parse("bl.bank.example").unwrap());
    house.snapshots.configure(bank).unwrap();
    let mut keyless = config("isp");
    keyless.dns.as_mut().unwrap().rpz.as_mut().unwrap().keys.clear();
    let refused = house.snapshots.configure(keyless).unwrap_err();
    assert_eq!(refused, ConfigError::NoTransferKey("isp".to_owned()));
    // What is published to one is not there for the other, and reconfiguring keeps listings.
    house.block(&["evil.example"]);
    house.snapshots.configure(config("isp")).unwrap();
    let bank = house.snapshots.audience("bank").unwrap();
    assert!(!bank.answer(&mut Reader::default(), "evil.example").is_listed());
    assert_eq!(house.outside("evil.example"), ["evil.example exact"]);
    assert!(house.snapshots.audience(TOKEN).is_none());
}

#[test]
fn readers_see_every_publication_whole_while_others_write() {
    let house = Arc::new(House::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let house = house.clone();
            scope.spawn(move || {
                let mut reader = Reader::default();
                let audience = house.audience();
                loop {
                    let snapshot = audience.snapshot();
                    // Both or neither: they are published and withdrawn together.
                    let one = snapshot.look_up(&mut reader, "one.example").is_listed();
                    assert_eq!(one, snapshot.look_up(&mut reader, "two.example").is_listed());
                    if snapshot.look_up(&mut reader, "end.example").is_listed() {
                        break;
                    }
                }
            });
        }
        for round in 0..200 {
            house.block(&["one.example", "two.example"]);
            if round % 50 == 0 {
                house.snapshots.compile("isp").unwrap();
            }
            house.withdraw(&["one.example", "two.example"]);
        }
        house.block(&["end.example"]);
    });
}

const UNIVERSE: [&str; 20] = [
    "example.org",
    "a.example.org",
    "b.a.example.org",
    ".a.example.org",
    ".example.org",
    "192.0.2.1",
    "192.0.2.0/24",
    "192.0.0.0/16",
    "192.0.2.1:80",
    "2001:db8::/32",
    "2001:db8::1",
    "a.example.org/x",
    "a.example.org/x/y",
    "me@a.example.org",
    "192.0.0.0/8",
    "192.0.2.1/31",
    "2001:db8::/126",
    "9e107d9d372bb6826bd81d3542a419d6",
    "9e107d9d372bb6826bd81d3542a419d6.example.org",
    "xn--bcher-kva.example",
];

const VALUES: [&str; 30] = [
    "example.org",
    "a.example.org",
    "b.a.example.org",
    "c.b.a.example.org",
    "192.0.2.1",
    "192.0.2.1:80",
    "192.0.3.1",
    "2001:db8::1",
    "http://a.example.org/x/y/z",
    "a.example.org/x",
    "http://192.0.2.1:80/x",
    "me@a.example.org",
    "B.A.Example.ORG",
    "a.example.org.",
    ".a.example.org",
    "-a.example.org",
    "a.example.org-",
    "_x.a.example.org",
    "a..example.org",
    "a.example.org.1",
    "example",
    "192.0.2.001",
    "1.192.0.2.1",
    "::ffff:192.0.2.1",
    "9E107D9D372BB6826BD81D3542A419D6",
    "9e107d9d372bb6826bd81d3542a419d6.example.org",
    "x-9e107d9d372bb6826bd81d3542a419d6.example.org",
    "b\u{fc}cher.example",
    "hxxp://b[.]a[.]example[.]org",
    "",
];

/// Names near those that are listed, of few letters, so that many are near enough.
fn near_names() -> impl Strategy<Value = String> {
    let label = prop::sample::select(vec![
        "a", "b", "A", "-", "_", "", "1", "example", "org", "0e", "b-",
    ]);
    prop::collection::vec(label, 1..6).prop_map(|labels| labels.join("."))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// However a set of listings came about, look-ups are those of one watchlist compiled from it.
    #[test]
    fn layers_answer_as_one_watchlist(
        steps in prop::collection::vec((0..UNIVERSE.len(), 0..4u8), 1..60),
        near in prop::collection::vec(near_names(), 20),
    ) {
        let house = House::new();
        let mut model: BTreeMap<&str, Action> = BTreeMap::new();
        for (place, step) in steps {
            let text = UNIVERSE[place];
            match step {
                0 => { house.block(&[text]); model.insert(text, Action::Block); }
                1 => { house.detect(&[text]); model.insert(text, Action::Detect); }
                2 => { house.withdraw(&[text]); model.remove(text); }
                _ => house.snapshots.compile("isp").unwrap(),
            }
        }
        let mut builder = WatchlistBuilder::new();
        let mut names = Vec::new();
        for (id, (text, action)) in (0..).zip(&model) {
            builder.add(pattern(text), id);
            names.push((pattern(text).canonical().to_owned(), action.as_str()));
        }
        let (watchlist, _) = builder.build().unwrap();
        let values: Vec<&str> = VALUES.into_iter().chain(near.iter().map(String::as_str)).collect();
        let hits: Vec<_> = values.iter().map(|value| watchlist.lookup(value, false)).collect();
        for (value, hits) in values.iter().zip(&hits) {
            let expected: Vec<String> = hits.iter().map(|hit| {
                let (indicator, action) = &names[hit.indicator as usize];
                format!("{action} {indicator} {}", hit.how)
            }).collect();
            prop_assert_eq!(house.inside(value), expected, "{}", value);
        }
        // Many at once: the same, and counted once each.
        let audience = house.audience();
        let mut told = Vec::new();
        audience.ask_all(&audience.snapshot(), &mut Reader::default(), &values, |place, blocks| {
            let block = |hit: accord_verdict::Block<'_>| format!("{} {} {} {}", hit.kind, hit.value, hit.indicator, hit.how);
            told.push((place, blocks.iter().map(block).collect::<Vec<_>>()));
        });
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        for (place, hits) in hits.iter().enumerate() {
            let blocks = hits.iter().filter(|hit| names[hit.indicator as usize].1 == "block");
            let block = |hit: &accord_matcher::Hit| {
                format!("{} {} {} {}", hit.kind, hit.value, names[hit.indicator as usize].0, hit.how)
            };
            prop_assert_eq!(&told[place], &(place, blocks.map(block).collect::<Vec<_>>()), "{}", values[place]);
            let once: BTreeSet<u32> = hits.iter().map(|hit| hit.indicator).collect();
            once.iter().for_each(|id| *seen.entry(names[*id as usize].0.clone()).or_default() += 1);
        }
        let taken = house.snapshots.take_sightings();
        let taken: BTreeMap<String, u64> = taken.into_iter().map(|one| (one.indicator, one.count)).collect();
        prop_assert_eq!(taken, seen);
        prop_assert_eq!(house.snapshots.counts().lookups, values.len() as u64);
        let blocks = model.values().filter(|action| **action == Action::Block).count();
        let snapshot = house.audience().snapshot();
        prop_assert_eq!(snapshot.blocked(), blocks);
        prop_assert_eq!(snapshot.blocks().count(), blocks);
        prop_assert_eq!(snapshot.detected(), model.len() - blocks);
    }
}

/// Counts lie in the layers; whatever becomes of a layer, none is lost and none is told twice.
#[test]
fn sightings_outlive_their_layers() {
    let house = House::new();
    house.block(&["evil.example"]);
    let see = |times: usize| (0..times).for_each(|_| assert_eq!(house.outside("evil.example").len(), 1));
    see(1);
    // Another live layer, then a base of both, then a base of other listings.
    house.block(&["other.example"]);
    see(2);
    house.snapshots.compile("isp").unwrap();
    see(4);
    let again = vec![crate::house::listing(Action::Block, "evil.example")];
    house.snapshots.replace("isp", again).unwrap();
    see(8);
    house.pass_ms(86_400_000);
    see(16);
    assert!(house.snapshots.close("isp"));
    let taken = house.snapshots.take_sightings();
    let mut counts: Vec<u64> = taken.iter().map(|sighting| sighting.count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [15, 16], "by day");
    assert_eq!(house.snapshots.take_sightings(), []);
}
