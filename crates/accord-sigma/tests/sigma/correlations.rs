//! Correlations over the log store, with known answers.

use accord_formats::logs::LogFormat;
use accord_logstore::LogStore;
use accord_sigma::{MAX_CORRELATION_LINES, MAX_TIMESPAN_DAYS, RuleKind, RuleState, SigmaResult, SigmaRules};

use crate::support::{IMPORTED_MS, all, hits, parse, ready, source, store_of};

const FAILED: &str = "title: Failed\nname: failed\nlogsource:\n  product: accord\n  service: ndjson\ndetection:\n  s:\n    what: failed\n  condition: s\n";
const WORKED: &str = "title: Worked\nname: worked\nlogsource:\n  product: accord\n  service: ndjson\ndetection:\n  s:\n    what: worked\n  condition: s\n";

fn correlation(body: &str) -> String {
    let body: String = body.lines().map(|line| format!("  {line}\n")).collect();
    format!("title: C\nid: c\nlevel: high\ncorrelation:\n{body}")
}

fn line(second: u32, what: &str, more: &str) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!("{{\"time\":\"2026-02-03T10:{minute:02}:{second:02}Z\",\"what\":\"{what}\"{more}}}\n")
}

fn from(second: u32, what: &str, ip: &str) -> String {
    line(second, what, &format!(",\"ip\":\"{ip}\""))
}

/// Hits of correlations as `group first..last count/events`, seconds after ten o'clock.
fn bursts(result: &SigmaResult) -> Vec<String> {
    let second = |ms: i64| (ms - 1_770_112_800_000) / 1000;
    result
        .correlations
        .iter()
        .map(|hit| {
            let group: Vec<&str> = hit.group.iter().map(|(_, value)| value.as_str()).collect();
            format!(
                "{} {}..{} {}/{}",
                group.join(","),
                second(hit.first_ms),
                second(hit.last_ms),
                hit.count,
                hit.events
            )
        })
        .collect()
}

fn check(rules: &str, log: &str, expected: &[&str]) -> (SigmaRules, SigmaResult) {
    let rules = ready(rules);
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("s", Some(LogFormat::Ndjson), log.as_bytes())]);
    let result = all(&store, &rules);
    assert_eq!(bursts(&result), expected);
    (rules, result)
}

#[test]
fn counts_of_events_in_a_sliding_window() {
    let rules = format!(
        "{FAILED}---\n{}",
        correlation(
            "type: event_count\nrules: [failed]\ngroup-by: [ip]\ntimespan: 10s\ncondition:\n  gte: 3"
        )
    );
    // Out of order in the file; two groups; one event that has no address; one burst, and later another.
    let log = [
        from(5, "failed", "192.0.2.1"),
        from(0, "failed", "192.0.2.1"),
        from(10, "failed", "192.0.2.1"),
        from(12, "failed", "192.0.2.1"),
        from(23, "failed", "192.0.2.1"),
        from(0, "failed", "192.0.2.2"),
        from(11, "failed", "192.0.2.2"),
        from(5, "worked", "192.0.2.2"),
        line(6, "failed", ""),
        from(40, "failed", "192.0.2.1"),
        from(40, "failed", "192.0.2.1"),
        from(50, "failed", "192.0.2.1"),
    ]
    .concat();
    let (rules, result) = check(&rules, &log, &["192.0.2.1 0..12 3/4", "192.0.2.1 40..50 3/3"]);
    // What only correlations ask for is not told on its own.
    assert_eq!(hits(&rules, &result), [""; 0]);
    assert_eq!(rules.rules()[0].kind, RuleKind::DetectionForCorrelation);
    assert_eq!((result.rules[0].hits, result.rules[1].hits), (11, 2));
    assert_eq!(result.not_correlated_without_value, 1);
    assert_eq!(result.rules[1].state, RuleState::Evaluated);
    assert_eq!(result.rules[1].evaluated, 10);
    let first = &result.correlations[0];
    assert_eq!(first.group, [("ip".to_owned(), "192.0.2.1".to_owned())]);
    assert_eq!(first.reached_ms - first.first_ms, 10_000);
    let lines: Vec<u64> = first.lines.iter().map(|line| line.line).collect();
    assert_eq!(lines, [2, 1, 3, 4]);
    assert!(result.is_complete());
}

#[test]
fn the_rules_are_told_too_where_the_correlation_says_so() {
    let rules = format!(
        "{FAILED}---\n{}generate: true\n",
        correlation("type: event_count\nrules: [failed]\ntimespan: 1m\ncondition:\n  gt: 1")
    );
    let log = [line(0, "failed", ""), line(1, "failed", "")].concat();
    let (rules, result) = check(&rules, &log, &[" 0..1 2/2"]);
    assert_eq!(hits(&rules, &result), ["s:1 Failed", "s:2 Failed"]);
    assert_eq!(rules.rules()[0].kind, RuleKind::Detection);
}

#[test]
fn an_exact_count_is_reached_and_passed() {
    let rules = format!(
        "{FAILED}---\n{}",
        correlation("type: event_count\nrules: [failed]\ntimespan: 1m\ncondition:\n  eq: 2")
    );
    let log: String = (0..4).map(|second| line(second, "failed", "")).collect();
    check(&rules, &log, &[" 0..1 2/2"]);
}

#[test]
fn distinct_values() {
    let rules = format!(
        "{FAILED}---\n{}",
        correlation(
            "type: value_count\nrules: [failed]\ngroup-by: [ip]\ntimespan: 1m\ncondition:\n  field: user\n  gte: 3"
        )
    );
    let user = |second, user: &str| {
        line(
            second,
            "failed",
            &format!(",\"ip\":\"192.0.2.1\",\"user\":\"{user}\""),
        )
    };
    let log = [
        user(0, "a"),
        user(1, "a"),
        user(2, "b"),
        from(3, "failed", "192.0.2.1"),
        user(50, "c"),
        user(61, "b"),
        user(62, "d"),
        user(63, "b"),
    ]
    .concat();
    // The first "a" leaves at 61, the second at 62: then b, c and d are there.
    let (_, result) = check(&rules, &log, &["192.0.2.1 0..63 3/7"]);
    assert_eq!(result.not_correlated_without_value, 1);

    let pairs = rules.replace("field: user", "field: [user, host]");
    let pair = |second, host: &str| {
        line(
            second,
            "failed",
            &format!(",\"ip\":\"192.0.2.1\",\"user\":\"a\",\"host\":\"{host}\""),
        )
    };
    let log = [pair(0, "x"), pair(1, "y"), pair(2, "x"), pair(3, "z")].concat();
    check(&pairs, &log, &["192.0.2.1 0..3 3/4"]);
}

#[test]
fn several_rules_within_the_time() {
    let body = "rules: [failed, worked]\ngroup-by: [ip]\ntimespan: 10s";
    let any_order = format!(
        "{FAILED}---\n{WORKED}---\n{}",
        correlation(&format!("type: temporal\n{body}"))
    );
    let log = [
        from(0, "worked", "192.0.2.1"),
        from(9, "failed", "192.0.2.1"),
        from(30, "failed", "192.0.2.1"),
        from(39, "worked", "192.0.2.1"),
        from(60, "worked", "192.0.2.1"),
        from(0, "failed", "192.0.2.2"),
        from(11, "worked", "192.0.2.2"),
    ]
    .concat();
    check(&any_order, &log, &["192.0.2.1 0..9 2/2", "192.0.2.1 30..39 2/2"]);
    let ordered = any_order.replace("type: temporal", "type: temporal_ordered");
    check(&ordered, &log, &["192.0.2.1 30..39 2/2"]);
    let either = any_order.replace("timespan: 10s", "timespan: 10s\n  condition: failed or worked");
    check(&either, &log, &["192.0.2.1 0..60 2/5", "192.0.2.2 0..11 1/2"]);
    let count = any_order.replace("timespan: 10s", "timespan: 10s\n  condition:\n    gte: 2");
    check(&count, &log, &["192.0.2.1 0..9 2/2", "192.0.2.1 30..39 2/2"]);
}

#[test]
fn fields_that_rules_call_otherwise() {
    let worked = WORKED.replace("what: worked", "what: worked\n    src|exists: true");
    let rules = format!(
        "{FAILED}---\n{worked}---\n{}",
        correlation(
            "type: temporal\nrules: [failed, worked]\ngroup-by: [who]\ntimespan: 10s\naliases:\n  who:\n    failed: ip\n    worked: src"
        )
    );
    let log = [
        from(0, "failed", "192.0.2.1"),
        line(1, "worked", ",\"src\":\"192.0.2.1\""),
        line(2, "worked", ",\"src\":\"192.0.2.2\""),
    ]
    .concat();
    let (_, result) = check(&rules, &log, &["192.0.2.1 0..1 2/2"]);
    assert_eq!(result.correlations[0].group[0].0, "who");
}

#[test]
fn correlations_of_correlations() {
    let rules = format!(
        "{FAILED}---\n{WORKED}---\n{}---\n{}",
        correlation(
            "type: event_count\nrules: [failed]\ngroup-by: [ip]\ntimespan: 10s\ncondition:\n  gte: 2"
        ),
        "title: Top\ncorrelation:\n  type: temporal_ordered\n  rules: [c, worked]\n  group-by: [ip]\n  timespan: 1m\n"
    );
    let log = [
        from(0, "worked", "192.0.2.1"),
        from(1, "failed", "192.0.2.1"),
        from(2, "failed", "192.0.2.1"),
        from(30, "worked", "192.0.2.1"),
        from(1, "failed", "192.0.2.2"),
        from(30, "worked", "192.0.2.2"),
    ]
    .concat();
    let (rules, result) = check(&rules, &log, &["192.0.2.1 1..2 2/2", "192.0.2.1 2..30 2/2"]);
    let top = &result.correlations[1];
    assert_eq!(rules.rules()[top.rule].title, "Top");
    let lines: Vec<u64> = top.lines.iter().map(|line| line.line).collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[test]
fn across_sources_by_their_corrected_clocks() {
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open(dir.path()).unwrap();
    let mut fast = source("fast", Some(LogFormat::Ndjson));
    fast.clock_offset_ms = Some(3_600_000);
    store.add_source(fast).unwrap();
    store
        .add_source(source("sshd", Some(LogFormat::Openssh)))
        .unwrap();
    // An hour ahead: it is eleven there when it is ten.
    let log = from(0, "failed", "192.0.2.1").replace("T10:", "T11:");
    // Without year and zone: ten o'clock in the world is eleven in Amsterdam, in winter.
    let sshd = "Feb  3 11:00:05 gate sshd[1]: Failed password for root from 192.0.2.1 port 4711 ssh2\n\
                not a line of sshd\n";
    for (source, log) in [("fast", log.as_str()), ("sshd", sshd)] {
        store
            .import(source, "x", &mut log.as_bytes(), IMPORTED_MS, "jo")
            .unwrap();
    }
    let rules = ready(&format!(
        "{FAILED}---\ntitle: Sshd\nname: sshd\nlogsource:\n  product: linux\n  service: sshd\ndetection:\n  s:\n    status: Failure\n  condition: s\n---\n{}",
        correlation(
            "type: temporal\nrules: [failed, sshd]\ngroup-by: [who]\ntimespan: 10s\naliases:\n  who:\n    failed: ip\n    sshd: src_endpoint.ip"
        )
    ));
    let result = all(&store, &rules);
    assert_eq!(bursts(&result), ["192.0.2.1 0..5 2/2"]);
    assert_eq!((result.times_set, result.hits_time_unknown), (1, 1));
    assert_eq!(result.sums.not_evaluated, 1);
}

#[test]
fn what_tells_no_time_is_not_correlated() {
    let rules = format!(
        "{FAILED}---\n{}",
        correlation("type: event_count\nrules: [failed]\ntimespan: 1m\ncondition:\n  gte: 1")
    );
    let log = format!("{{\"what\":\"failed\"}}\n{}", line(0, "failed", ""));
    let (_, result) = check(&rules, &log, &[" 0..0 1/1"]);
    assert_eq!(result.not_correlated_without_time, 1);
}

#[test]
fn lines_past_the_maximum_are_counted_and_not_named() {
    let rules = format!(
        "{FAILED}---\n{}",
        correlation("type: event_count\nrules: [failed]\ntimespan: 1h\ncondition:\n  gte: 2")
    );
    let log = line(0, "failed", "").repeat(MAX_CORRELATION_LINES + 1);
    let (_, result) = check(&rules, &log, &[" 0..0 101/101"]);
    assert_eq!(result.correlations[0].lines.len(), MAX_CORRELATION_LINES);
}

#[test]
fn a_correlation_of_rules_about_nothing_searched_says_so() {
    let windows = FAILED.replace("product: accord\n  service: ndjson", "product: windows");
    let rules = format!(
        "{windows}---\n{}",
        correlation("type: event_count\nrules: [failed]\ntimespan: 1m\ncondition:\n  gte: 1")
    );
    let (_, result) = check(&rules, &line(0, "failed", ""), &[]);
    assert_eq!(
        result.rules[1].state,
        RuleState::NotApplicable("none of the rules that it joins was evaluated".to_owned())
    );
}

#[test]
fn what_is_refused_and_why() {
    let counted = "type: event_count\nrules: [failed]\ntimespan: 1m\ncondition:\n  gte: 2";
    let with = |from: &str, to: &str| counted.replace(from, to);
    for (body, reason) in [
        (with("event_count", "value_sum"), "type `value_sum`"),
        (with("event_count", "nonsense"), "Unknown correlation type"),
        (with("gte: 2", "lt: 2"), "cannot be told"),
        (with("gte: 2", "gte: 0"), "reached by nothing"),
        (with("gte: 2", "gte: many"), "numeric"),
        (with("gte: 2", "gte: 2\n  field: x"), "`value_count` only"),
        (with("event_count", "value_count"), "needs the `field`"),
        (with("event_count", "temporal_ordered"), "takes no count"),
        (with("\ncondition:\n  gte: 2", ""), "requires a condition"),
        (with("[failed]", "[]"), "joins no rules"),
        (with("[failed]", "[failed, failed]"), "twice"),
        (with("[failed]", "[nobody]"), "`nobody`, which is not in this set"),
        (with("[failed]", "[broken]"), "`broken`, which is not evaluated"),
        (with("[failed]", "[c]"), "in a circle"),
        (with("1m", "0s"), "longer than nothing"),
        (with("1m", &format!("{}d", MAX_TIMESPAN_DAYS + 1)), "at most"),
        (with("1m", "soon"), "timespan"),
        (with("timespan: 1m", "timespan: 1m\nwindow: tumbling"), "sliding"),
        (
            "type: temporal\nrules: [failed, worked]\ntimespan: 1m\ncondition: failed and not worked".to_owned(),
            "`not` cannot be told",
        ),
        (
            "type: temporal\nrules: [failed, worked]\ntimespan: 1m\ncondition: failed and other".to_owned(),
            "names `other`",
        ),
        (
            "type: event_count\nrules: [failed]\ntimespan: 1m\ngroup-by: [who]\naliases:\n  who:\n    worked: ip\ncondition:\n  gte: 2".to_owned(),
            "says nothing of `failed`",
        ),
    ] {
        let broken = FAILED.replace("name: failed", "name: broken").replace("what:", "what|expand:");
        let rules = parse(&format!("{FAILED}---\n{WORKED}---\n{broken}---\n{}", correlation(&body)));
        assert_eq!(rules.rules().len(), 2, "{body}");
        let told: Vec<String> = rules.diagnostics().iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|told| told.contains(reason)), "{body}: {told:?}");
    }
    let top = "title: Top\ncorrelation:\n  type: event_count\n  rules: [c]\n  group-by: [other]\n  timespan: 1m\n  condition:\n    gte: 1\n";
    let rules = parse(&format!("{FAILED}---\n{}---\n{top}", correlation(counted)));
    let told = rules.diagnostics()[0].to_string();
    assert!(told.contains("asks `c` for `other`"), "{told}");
    let ambiguous = parse(&format!("{FAILED}---\n{FAILED}---\n{}", correlation(counted)));
    assert!(ambiguous.diagnostics()[0].why.contains("several rules"));
}

#[test]
fn a_chain_one_past_its_limit() {
    let mut text = FAILED.to_owned();
    for number in 0..=11 {
        let below = if number == 0 {
            "failed".to_owned()
        } else {
            format!("c{}", number - 1)
        };
        text.push_str(&format!(
            "---\ntitle: C{number}\nname: c{number}\ncorrelation:\n  type: event_count\n  rules: [{below}]\n  timespan: 1m\n  condition:\n    gte: 1\n"
        ));
    }
    let rules = parse(&text);
    assert_eq!(rules.rules().len(), 12);
    assert!(rules.diagnostics()[0].why.contains("stand under it"));
}
