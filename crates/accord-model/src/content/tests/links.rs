//! Links between values: their form, and what several notes say of them together.

use serde_json::{Value, json};

use super::folds::Story;
use super::form::{entry, sample, with, words};
use crate::content::links::{AHEAD_MAX_MS, CLEARINGS_OF_ORG_MAX, LINKS_OF_ORG_MAX, Links, SEEN_WITH_MAX};
use crate::content::*;
use crate::control::EntryError;
use crate::control::limits::*;
use crate::{EntryKind as K, Role};

/// One of each kind, in the order of `ContentBody::SUPPORTED`.
pub(super) fn samples() -> Vec<ContentEntry> {
    vec![
        entry(LinkSeen {
            links: vec![together(&["192.0.2.7", "bad.example/a"])],
            from: Some("the mail gateway".to_owned()),
        }),
        entry(LinkCleared {
            values: vec!["bad.example/a".to_owned()],
            word: ClearWord::Cleared,
            reason: words(),
        }),
    ]
}

fn together(values: &[&str]) -> SeenTogether {
    SeenTogether {
        seen_in: SeenIn::Mail,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        at_ms: 5,
        count: 2,
    }
}

fn seen(values: &[&str]) -> LinkSeen {
    LinkSeen {
        links: vec![together(values)],
        from: None,
    }
}

fn word(word: ClearWord, values: &[&str]) -> LinkCleared {
    LinkCleared {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        word,
        reason: "looked at".to_owned(),
    }
}

fn many(n: usize, one: impl Fn(usize) -> Value) -> Value {
    Value::Array((0..n).map(one).collect())
}

#[test]
fn at_their_limits_and_one_past_them() {
    let name = |i: usize| json!(format!("h{i}.example"));
    let link = |i: usize| json!({"seen_in": "download", "values": [name(i), "a"], "at_ms": 1, "count": 1});
    type One<'a> = &'a dyn Fn(usize) -> Value;
    let rows: &[(K, &str, usize, One<'_>)] = &[
        (K::LinkSeen, "/body/links/0/values", LINK_VALUES_MAX, &name),
        (K::LinkCleared, "/body/values", LINK_VALUES_MAX, &name),
        (K::LinkSeen, "/body/links", LINKS_MAX, &link),
    ];
    for (kind, pointer, max, one) in rows {
        assert!(with(*kind, pointer, many(*max, one)).is_ok(), "{kind}{pointer}");
        let over = with(*kind, pointer, many(max + 1, one));
        assert!(matches!(over, Err(EntryError::TooMany { .. })), "{kind}{pointer}");
        let none = with(*kind, pointer, json!([]));
        assert!(matches!(none, Err(EntryError::Empty { .. })), "{kind}{pointer}");
    }
    let alone = with(K::LinkSeen, "/body/links/0/values", json!(["a.example"]));
    assert!(
        matches!(alone, Err(EntryError::Empty { .. })),
        "one value is no link"
    );
    let twice = with(K::LinkSeen, "/body/links/0/values", json!(["a", "a"]));
    assert!(matches!(twice, Err(EntryError::Repeated { .. })));
    for (kind, pointer, max) in [
        (K::LinkSeen, "/body/links/0/values/0", INDICATOR_VALUE_MAX),
        (K::LinkSeen, "/body/from", TITLE_MAX),
        (K::LinkCleared, "/body/values/0", INDICATOR_VALUE_MAX),
        (K::LinkCleared, "/body/reason", REASON_MAX),
    ] {
        assert!(
            with(kind, pointer, json!("a".repeat(max))).is_ok(),
            "{kind}{pointer}"
        );
        let over = with(kind, pointer, json!("a".repeat(max + 1)));
        assert!(matches!(over, Err(EntryError::TooLong { .. })), "{kind}{pointer}");
    }
    let count = |n: u64| with(K::LinkSeen, "/body/links/0/count", json!(n));
    assert!(count(1).is_ok() && count(INTEGER_MAX).is_ok());
    assert!(matches!(count(0), Err(EntryError::OutOfRange { .. })));
    assert!(matches!(
        count(INTEGER_MAX + 1),
        Err(EntryError::OutOfRange { .. })
    ));
    let at = with(K::LinkSeen, "/body/links/0/at_ms", json!(INTEGER_MAX + 1));
    assert!(matches!(at, Err(EntryError::TooLarge { .. })));
    for (kind, pointer) in [
        (K::LinkSeen, "/body/links/0/seen_in"),
        (K::LinkCleared, "/body/word"),
    ] {
        assert!(with(kind, pointer, json!("perhaps")).is_err(), "{kind}");
    }
    let mut more = sample(K::LinkSeen);
    more["body"]["links"][0]["mailbox"] = json!("ada@victim.example");
    assert!(
        ContentEntry::from_json(&more).is_err(),
        "nothing of a mailbox has a place"
    );
}

/// What notes say together; it is the same whether they are taken in at once or one by one.
fn all_of(said: &[Said<'_>]) -> Links {
    let (mut at_once, mut one_by_one) = (Links::default(), Links::default());
    at_once.take_in(said, &lower);
    for one in said {
        one_by_one.take_in(std::slice::from_ref(one), &lower);
    }
    assert_eq!(at_once, one_by_one);
    at_once
}

fn lower(value: &str) -> Option<String> {
    (value != "com").then(|| value.to_ascii_lowercase())
}

fn folded(story: &Story) -> Links {
    all_of(&story.said())
}

#[test]
fn notes_that_say_the_same_link_add_up_and_what_cannot_be_read_is_no_link() {
    let mut story = Story::default();
    story.says("agency", 1, Role::Investigator, seen(&["B.example", "a.example"]));
    story.says("isp", 2, Role::Researcher, seen(&["a.example", "b.example"]));
    story.says("isp", 2, Role::Researcher, seen(&["a.example", "com"]));
    let mut download = seen(&["a.example", "b.example"]);
    download.links[0].seen_in = SeenIn::Download;
    story.says("isp", 2, Role::Researcher, download);
    let all = folded(&story);
    let told: Vec<(SeenIn, usize, u64)> = all
        .of("a.example")
        .map(|link| {
            let count = link.by.iter().map(|by| by.count).sum();
            (link.seen_in, link.by.len(), count)
        })
        .collect();
    assert_eq!(told, [(SeenIn::Download, 1, 2), (SeenIn::Mail, 2, 4)]);
    assert_eq!(all.of("com").count(), 0);
}

#[test]
fn a_host_is_found_with_what_the_urls_on_it_were_seen_with() {
    let mut story = Story::default();
    for values in [
        ["a.example/x", "1.example"],
        ["a.example:8080/y", "2.example"],
        ["a.example", "a.example/x"],
        ["www.a.example/x", "3.example"],
        ["a.example.evil.example/x", "4.example"],
        ["[2001:db8::1]/x", "5.example"],
        ["a.example/x/y", "6.example"],
    ] {
        story.says("isp", 2, Role::Researcher, seen(&values));
    }
    let all = folded(&story);
    let with = |value: &str| -> Vec<String> {
        all.of_urls_on(value)
            .flat_map(|link| link.values.iter().filter(|other| other.as_str() < ":"))
            .cloned()
            .collect()
    };
    assert_eq!(with("a.example"), ["6.example", "2.example", "1.example"]);
    assert_eq!(
        (all.of("a.example").count(), all.of_urls_on("a.example").count()),
        (1, 3),
        "each link once"
    );
    assert_eq!(with("2001:db8::1"), ["5.example"]);
    assert_eq!(all.of_urls_on("a.example/x").count(), 0, "a URL is itself alone");
    assert_eq!(all.of_urls_on("example").count(), 0);
}

#[test]
fn cleared_by_its_values_before_and_after_until_it_is_taken_back() {
    let mut story = Story::default();
    let officer = Role::CaseOfficer;
    story.says(
        "agency",
        1,
        officer,
        word(ClearWord::Cleared, &["a.example", "B.example"]),
    );
    story.says("isp", 2, Role::Researcher, seen(&["a.example", "b.example"]));
    let pair = |story: &Story, one: &str, other: &str| {
        let before = story.before();
        folded(story).cleared_pair(one, other, &before).is_some()
    };
    let value = |story: &Story, value: &str| folded(story).cleared(value, &story.before()).is_some();
    assert!(pair(&story, "a.example", "b.example") && pair(&story, "b.example", "a.example"));
    assert!(!pair(&story, "a.example", "c.example"));
    assert!(!value(&story, "a.example"), "of the two, not of the one");
    story.says(
        "isp",
        2,
        Role::Researcher,
        word(ClearWord::Cleared, &["c.example"]),
    );
    assert!(value(&story, "c.example"));
    // Beside a word that has not seen it, cleared is what counts.
    let mut beside = story.clone();
    beside.says_elsewhere("agency", 1, officer, word(ClearWord::TakenBack, &["c.example"]));
    assert!(value(&beside, "c.example"));
    story.says("agency", 1, officer, word(ClearWord::TakenBack, &["c.example"]));
    assert!(!value(&story, "c.example"), "the last word, whoever's");
    assert!(pair(&story, "a.example", "b.example"));
}

#[test]
fn nobody_crowds_out_another_s_links() {
    let mut story = Story::default();
    let values: Vec<String> = (0..=LINKS_OF_ORG_MAX)
        .map(|number| format!("h{number}.example"))
        .collect();
    for part in values.chunks(LINKS_MAX) {
        let note = LinkSeen {
            links: part.iter().map(|value| together(&["a.example", value])).collect(),
            from: None,
        };
        story.says("isp", 2, Role::Researcher, note);
    }
    story.says("agency", 1, Role::Investigator, seen(&["x.example", "y.example"]));
    let all = folded(&story);
    assert_eq!((all.all.len(), all.left_out), (LINKS_OF_ORG_MAX + 1, 1));
    assert_eq!(all.of("x.example").count(), 1);
}

#[test]
fn what_one_saw_with_too_many_stands_for_nothing_in_that_one_s_links_alone() {
    let mut story = Story::default();
    let with = |number: usize| seen(&["a.example", &format!("h{number}.example")]);
    for number in 0..SEEN_WITH_MAX {
        story.says("isp", 2, Role::Researcher, with(number));
    }
    let stands_apart = |story: &Story, other: &str| {
        let all = folded(story);
        let link = all.of(other).next().unwrap();
        all.is_with_many("a.example", link)
    };
    assert!(!stands_apart(&story, "h0.example"), "at the limit");
    story.says("isp", 2, Role::Researcher, with(SEEN_WITH_MAX));
    assert!(stands_apart(&story, "h0.example"), "one past it");
    assert!(!folded(&story).is_with_many("h0.example", folded(&story).of("h0.example").next().unwrap()));
    story.says(
        "agency",
        1,
        Role::Investigator,
        seen(&["a.example", "evil.example"]),
    );
    assert!(!stands_apart(&story, "evil.example"), "another's link");
    story.says(
        "agency",
        1,
        Role::Investigator,
        seen(&["a.example", "h0.example"]),
    );
    assert!(!stands_apart(&story, "h0.example"), "another saw it too");
}

#[test]
fn a_link_is_seen_no_later_than_it_is_told() {
    let mut story = Story::default();
    let mut ahead = seen(&["a.example", "b.example"]);
    ahead.links[0].at_ms = INTEGER_MAX;
    story.says("isp", 2, Role::Researcher, ahead);
    let said = story.said();
    let all = all_of(&said);
    let by = &all.of("a.example").next().unwrap().by[0];
    assert_eq!((by.at_ms, by.last_ms), (said[0].wall_ms + AHEAD_MAX_MS, by.at_ms));
}

#[test]
fn clearings_at_the_limit_and_one_past_it_and_the_last_word_on_each() {
    let mut story = Story::default();
    for number in 0..=CLEARINGS_OF_ORG_MAX {
        let value = format!("h{number}.example");
        story.says("isp", 2, Role::Researcher, word(ClearWord::Cleared, &[&value]));
    }
    let last = format!("h{CLEARINGS_OF_ORG_MAX}.example");
    story.says(
        "isp",
        2,
        Role::Researcher,
        word(ClearWord::TakenBack, &["h0.example"]),
    );
    story.says(
        "agency",
        1,
        Role::CaseOfficer,
        word(ClearWord::Cleared, &["x.example"]),
    );
    let all = folded(&story);
    let before = story.before();
    assert_eq!(all.left_out, 1);
    assert!(all.cleared("h1.example", &before).is_some() && all.cleared("x.example", &before).is_some());
    assert!(all.cleared(&last, &before).is_none() && all.cleared("h0.example", &before).is_none());
}
