//! What a run answers: lines with their place, counts, and what it says nothing about.

use std::ops::ControlFlow;

use accord_formats::logs::{LineTime, LogFormat};
use accord_logstore::{Error, LineAt, LogStore};
use accord_sigma::{LogSourceName, RuleState, SigmaError, SigmaRun, run};

use crate::support::{IMPORTED_MS, all, go, hits, ready, rule, source, store_of};

const JSON: Option<LogFormat> = Some(LogFormat::Ndjson);

fn two_rules() -> String {
    format!(
        "{}---\n{}",
        rule("ndjson", "s:\n  user: jo\ncondition: s").replace("title: T", "title: Jo"),
        rule("ndjson", "s:\n  host|startswith: a\n  n|gt: 4\ncondition: s")
            .replace("title: T", "title: Hosts"),
    )
}

#[test]
fn exact_lines_with_their_place_and_fields() {
    let log = b"{\"user\":\"Jo\",\"host\":\"a1\",\"n\":7,\"time\":\"2026-02-03T10:00:00Z\"}\r\n\nbroken\n{\"user\":\"x\"}\n{\"user\":\"jo\"}";
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("s", JSON, log)]);
    let rules = ready(&two_rules());
    let result = all(&store, &rules);
    assert_eq!(hits(&rules, &result), ["s:1 Jo", "s:1 Hosts", "s:5 Jo"]);
    for line in &result.lines {
        let stored = store.read_line(&line.segment, LineAt::Number(line.line)).unwrap();
        assert_eq!(
            (&stored.bytes, stored.offset, stored.sha256),
            (&line.bytes, line.offset, line.sha256)
        );
        assert_eq!(line.length, line.bytes.len() as u64);
    }
    let first = &result.lines[0];
    let shown: Vec<_> = first
        .hits
        .iter()
        .flat_map(|hit| &hit.fields)
        .map(|field| {
            (
                field.selection.as_str(),
                field.field.as_deref().unwrap(),
                field.value.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(shown, [("s", "user", "Jo"), ("s", "host", "a1"), ("s", "n", "7")]);
    assert_eq!(first.hits[0].time, LineTime::At(1_770_112_800_000));
    let sums = result.sums;
    assert_eq!(
        (
            sums.evaluated,
            sums.not_evaluated,
            sums.without_record,
            sums.of_no_rule
        ),
        (3, 1, 1, 0)
    );
    assert_eq!(result.hits_time_unknown, 1);
    let counts: Vec<_> = result
        .counts
        .iter()
        .map(|row| (row.rule, row.source.as_str(), row.day, row.hits))
        .collect();
    assert_eq!(
        counts,
        [
            (0, "s", None, 1),
            (0, "s", Some(20_487), 1),
            (1, "s", Some(20_487), 1)
        ]
    );
    let report = &result.rules[0];
    assert_eq!(
        (&report.state, report.evaluated, report.hits),
        (&RuleState::Evaluated, 3, 2)
    );
    assert!(result.is_complete());
    assert_eq!(result.hits(), 3);
    // Once more, the same.
    assert_eq!(all(&store, &rules), result);
}

#[test]
fn a_rule_that_is_about_nothing_searched_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("s", JSON, b"{\"a\":1}\n")]);
    let of = |source: &str| {
        format!("title: '{source}'\nlogsource:\n  {source}\ndetection:\n  s:\n    a: 1\n  condition: s\n")
    };
    let rules = ready(&format!(
        "{}---\n{}---\n{}---\n{}",
        of("product: windows"),
        of("product: okta"),
        of("category: dns"),
        rule("ndjson", "s:\n  a: 1\n  b: 2\ncondition: s")
    ));
    let result = all(&store, &rules);
    let why = |number: usize| match &result.rules[number].state {
        RuleState::NotApplicable(why) => why.clone(),
        RuleState::Evaluated => panic!("rule {number} was evaluated"),
    };
    assert_eq!(
        why(0),
        "nothing that was searched is of the log source product: windows, which windows-json may hold"
    );
    assert_eq!(
        why(1),
        "no format of this program is of the log source product: okta"
    );
    assert_eq!(
        why(2),
        "nothing that was searched is of the log source category: dns, which zeek-tsv, zeek-json, suricata-eve, bind, \
         unbound may hold"
    );
    assert_eq!(result.rules[3].state, RuleState::Evaluated);
    assert_eq!(result.rules[3].fields_never_seen, ["b"]);
    assert_eq!(result.walked.segments, 1);

    // The log is of the format, and no record of that kind is in it.
    let other = tempfile::tempdir().unwrap();
    let zeek = b"{\"_path\":\"conn\",\"ts\":1.5,\"uid\":\"C1\"}\n";
    let store = store_of(other.path(), &[("z", Some(LogFormat::ZeekJson), zeek)]);
    let result = all(&store, &rules);
    let told = match &result.rules[2].state {
        RuleState::NotApplicable(why) => why.clone(),
        RuleState::Evaluated => String::new(),
    };
    assert_eq!(
        told,
        "no record of the log source category: dns is among those searched"
    );
    assert_eq!(result.sums.of_no_rule, 1);
}

#[test]
fn a_source_may_be_said_to_be_another_log_source() {
    let okta = "title: Okta\nlogsource:\n  product: okta\n  service: okta\ndetection:\n  s:\n    eventType: user.mfa.factor.deactivate\n    actor.alternateId|endswith: '@example.org'\n  condition: s\n";
    let log =
        b"{\"eventType\":\"user.mfa.factor.deactivate\",\"actor\":{\"alternateId\":\"jo@example.org\"}}\n";
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("okta", JSON, log), ("other", JSON, log)]);
    let rules = ready(okta);
    let named = LogSourceName {
        product: Some("Okta".to_owned()),
        service: Some("okta".to_owned()),
        category: None,
    };
    let mut asked = SigmaRun {
        bound: [("okta".to_owned(), named)].into(),
        ..SigmaRun::default()
    };
    let result = run(&store, &rules, &asked, &mut go).unwrap();
    assert_eq!(hits(&rules, &result), ["okta:1 Okta"]);
    // It is of that log source alone.
    let own = ready(&rule("ndjson", "s:\n  eventType|exists: true\ncondition: s"));
    let result = run(&store, &own, &asked, &mut go).unwrap();
    assert_eq!(hits(&own, &result), ["other:1 T"]);
    asked.bound.insert("nobody".to_owned(), LogSourceName::default());
    let error = run(&store, &rules, &asked, &mut go).unwrap_err();
    assert!(
        matches!(error, SigmaError::Store(Error::NoSuchSource(_))),
        "{error}"
    );
    asked.bound = [("other".to_owned(), LogSourceName::default())].into();
    let error = run(&store, &rules, &asked, &mut go).unwrap_err();
    assert!(matches!(error, SigmaError::Unbound(_)), "{error}");
}

#[test]
fn times_are_compared_by_the_corrected_clock() {
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open(dir.path()).unwrap();
    let mut fast = source("fast", JSON);
    // An hour ahead.
    fast.clock_offset_ms = Some(3_600_000);
    store.add_source(fast).unwrap();
    store.add_source(source("good", JSON)).unwrap();
    let line = |hour: u32| format!("{{\"user\":\"jo\",\"time\":\"2026-02-03T{hour:02}:30:00Z\"}}\n");
    for (source, log) in [
        ("fast", [line(10), line(11), line(12)].concat()),
        (
            "good",
            [line(9), line(10), "{\"user\":\"jo\"}\n".to_owned()].concat(),
        ),
        ("good", line(20)),
    ] {
        store
            .import(source, "x", &mut log.as_bytes(), IMPORTED_MS, "jo")
            .unwrap();
    }
    let rules = ready(&rule("ndjson", "s:\n  user: jo\ncondition: s"));
    let asked = SigmaRun {
        from_ms: 1_770_112_800_000,
        to_ms: 1_770_112_800_000 + 3_600_000,
        ..SigmaRun::default()
    };
    let result = run(&store, &rules, &asked, &mut go).unwrap();
    // From 10:00 to 11:00: the fast clock's 11:30, the good one's 10:30, and the line that tells no time.
    assert_eq!(hits(&rules, &result), ["fast:2 T", "good:2 T", "good:3 T"]);
    assert_eq!(
        (
            result.hits_outside_time,
            result.hits_time_unknown,
            result.rules[0].hits
        ),
        (3, 1, 3)
    );
    assert_eq!(result.walked.segments_outside_time, 1);
    // What is told is as logged.
    assert_eq!(result.lines[0].hits[0].time, LineTime::At(1_770_118_200_000));
    let only = SigmaRun {
        sources: Some(vec!["good".to_owned()]),
        ..asked.clone()
    };
    let result = run(&store, &rules, &only, &mut go).unwrap();
    assert_eq!(hits(&rules, &result), ["good:2 T", "good:3 T"]);
    let empty = SigmaRun {
        to_ms: asked.from_ms,
        ..asked
    };
    assert!(run(&store, &rules, &empty, &mut go).is_err());
}

#[test]
fn what_passes_the_maximum_is_counted() {
    let log = "{\"user\":\"jo\",\"host\":\"a\",\"n\":5}\n".repeat(10);
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("s", JSON, log.as_bytes())]);
    let rules = ready(&two_rules());
    let with = |max_rule_hits, max_lines| {
        let asked = SigmaRun {
            max_rule_hits,
            max_lines,
            ..SigmaRun::default()
        };
        let result = run(&store, &rules, &asked, &mut go).unwrap();
        let told: Vec<_> = result
            .rules
            .iter()
            .map(|rule| (rule.hits, rule.hits_over_max))
            .collect();
        (result.lines.len(), told, result.is_complete())
    };
    assert_eq!(with(10, 10), (10, vec![(10, 0), (10, 0)], true));
    assert_eq!(with(9, 10), (9, vec![(10, 1), (10, 1)], false));
    assert_eq!(with(10, 4), (4, vec![(10, 6), (10, 6)], false));
    assert_eq!(with(3, 2), (2, vec![(10, 8), (10, 8)], false));
    assert_eq!(with(0, 10), (0, vec![(10, 10), (10, 10)], false));
}

#[test]
fn who_asks_can_stop_it_and_hears_how_far_it_is() {
    let log = "{\"user\":\"jo\"}\n".repeat(100_000);
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("s", JSON, log.as_bytes())]);
    let rules = ready(&rule("ndjson", "s:\n  user: jo\ncondition: s"));
    let mut seen = Vec::new();
    let result = run(&store, &rules, &SigmaRun::default(), &mut |progress| {
        seen.push((progress.scanned_bytes, progress.segments_done));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(result.rules[0].hits, 100_000);
    assert!(seen.len() >= 3 && seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last(), Some(&(log.len() as u64, 1)));
    let mut times = 0;
    let stopped = run(&store, &rules, &SigmaRun::default(), &mut |_| {
        times += 1;
        ControlFlow::Break(())
    });
    assert!(matches!(stopped, Err(SigmaError::Store(Error::Cancelled))));
    assert_eq!(times, 1);
}

#[test]
fn no_rule_is_no_run() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[]);
    let rules = accord_sigma::SigmaRules::parse(&[]);
    let error = run(&store, &rules, &SigmaRun::default(), &mut go).unwrap_err();
    assert!(matches!(error, SigmaError::NoRules));
}

#[test]
fn damage_is_named_and_the_rest_evaluated() {
    let line = |n: u32| {
        format!(
            "{{\"user\":\"jo\",\"n\":{n},\"pad\":\"{}\"}}\n",
            "x".repeat(200_000)
        )
    };
    let log: String = (0..20).map(line).collect();
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("s", JSON, log.as_bytes())]);
    let frames = dir.path().join("segments/s/000001/frames.zst");
    let mut bytes = std::fs::read(&frames).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&frames, bytes).unwrap();
    let rules = ready(&rule("ndjson", "s:\n  user: jo\ncondition: s"));
    let result = all(&store, &rules);
    assert_eq!(result.walked.damage.len(), 1);
    let damage = &result.walked.damage[0];
    let hit: u64 = result.lines.iter().map(|line| line.length).sum();
    assert_eq!(hit + damage.raw_length, log.len() as u64);
    assert!(!result.is_complete());
}

#[test]
fn records_of_one_line_are_told_apart() {
    let log = r#"{"Records":[{"eventName":"A","eventTime":"2026-02-03T10:00:00Z","x":"ConsoleLogin"},{"eventName":"ConsoleLogin","eventTime":"2026-02-04T10:00:00Z"},{"eventName":"B"}]}"#;
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("s", Some(LogFormat::CloudTrail), log.as_bytes())]);
    let rules = ready(
        "title: Login\nlogsource:\n  product: aws\n  service: cloudtrail\ndetection:\n  s:\n    eventName: ConsoleLogin\n  condition: s\n---\ntitle: Word\nlogsource:\n  product: aws\n  service: cloudtrail\ndetection:\n  k: consolelogin\n  condition: k\n",
    );
    let result = all(&store, &rules);
    assert_eq!(hits(&rules, &result), ["s:1 Word", "s:1.1 Login", "s:1.1 Word"]);
    let times: Vec<_> = result.lines[0].hits.iter().map(|hit| hit.time).collect();
    assert_eq!(
        times,
        [
            LineTime::At(1_770_112_800_000),
            LineTime::At(1_770_199_200_000),
            LineTime::At(1_770_199_200_000)
        ]
    );
    let asked = SigmaRun {
        from_ms: 1_770_199_200_000,
        ..SigmaRun::default()
    };
    let result = run(&store, &rules, &asked, &mut go).unwrap();
    assert_eq!(hits(&rules, &result), ["s:1.1 Login", "s:1.1 Word"]);
    assert_eq!(result.hits_outside_time, 1);
}
