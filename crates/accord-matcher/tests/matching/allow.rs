//! Allow lists act when a watchlist is built.

use LeftOutWhy::{Allowed, WouldCoverAllowed};
use accord_matcher::{AllowEntry, LeftOutWhy, Pattern, WatchlistBuilder};

fn decide(entry: AllowEntry, indicator: &str) -> Option<LeftOutWhy> {
    let mut builder = WatchlistBuilder::new();
    builder.add(Pattern::parse(indicator).unwrap(), 7);
    builder.allow(entry);
    let (watchlist, report) = builder.build().unwrap();
    assert_eq!(watchlist.len() + report.left_out.len(), 1);
    report.left_out.first().map(|left| {
        assert_eq!(left.id, 7);
        left.why
    })
}

#[test]
fn what_is_left_out_and_what_is_refused() {
    for (entry, indicator, expected) in [
        ("www.ok.example", "ok.example", Some(WouldCoverAllowed)),
        ("www.ok.example", ".ok.example", Some(WouldCoverAllowed)),
        ("www.ok.example", "www.ok.example", Some(Allowed)),
        ("www.ok.example", "a.www.ok.example", None),
        ("www.ok.example", "http://www.ok.example/x", None),
        ("www.ok.example", "other.example", None),
        ("*.cdn.example", "a.cdn.example", Some(Allowed)),
        ("*.cdn.example", ".a.cdn.example", Some(Allowed)),
        ("*.cdn.example", "cdn.example", Some(WouldCoverAllowed)),
        ("*.cdn.example", ".cdn.example", Some(Allowed)),
        ("198.51.100.0/24", "198.51.100.7", Some(Allowed)),
        ("198.51.100.0/24", "198.51.100.7:8443", Some(Allowed)),
        ("198.51.100.0/24", "198.51.100.0/25", Some(Allowed)),
        ("198.51.100.0/24", "198.51.0.0/16", Some(WouldCoverAllowed)),
        ("198.51.100.0/24", "198.51.101.7", None),
        ("198.51.100.7", "198.51.100.0/24", Some(WouldCoverAllowed)),
        ("2001:db8::7", "2001:db8::/32", Some(WouldCoverAllowed)),
        ("2001:db8::/32", "[2001:db8::7]:443", Some(Allowed)),
        ("ok.example/a/b", "ok.example/a", Some(WouldCoverAllowed)),
        ("ok.example/a/b", "ok.example/a/b", Some(Allowed)),
        ("ok.example/a/b", "ok.example/a/c", None),
        ("joe@ok.example", "joe@ok.example", Some(Allowed)),
    ] {
        assert_eq!(
            decide(AllowEntry::parse(entry).unwrap(), indicator),
            expected,
            "{entry}: {indicator}"
        );
    }
}

#[test]
fn misp_hostname_lists_take_in_subdomains() {
    for (indicator, expected) in [
        ("ok.example", Some(Allowed)),
        ("a.ok.example", Some(Allowed)),
        (".ok.example", Some(Allowed)),
        ("notok.example", None),
    ] {
        assert_eq!(
            decide(
                AllowEntry::parse_with_subdomains("ok.example").unwrap(),
                indicator
            ),
            expected,
            "{indicator}"
        );
    }
}

#[test]
fn equal_indicators_share_the_first_id_and_ids_are_not_used_twice() {
    let mut builder = WatchlistBuilder::new();
    assert_eq!(builder.add(Pattern::parse("evil.example").unwrap(), 5), 5);
    assert_eq!(builder.add(Pattern::parse("EVIL[.]example").unwrap(), 6), 5);
    let (watchlist, report) = builder.clone().build().unwrap();
    assert_eq!(
        (watchlist.len(), report.duplicates, watchlist.pattern(5)),
        (1, 1, Some("evil.example"))
    );
    builder.add(Pattern::parse("other.example").unwrap(), 5);
    let error = builder.build().unwrap_err().to_string();
    assert!(error.starts_with("indicator id 5 was given to"), "{error}");
}
