//! Rules and lines that nobody would write: nothing panics, nothing takes long, everything is told.

use accord_formats::logs::LogFormat;
use accord_sigma::{RuleFile, SigmaRules, run};
use proptest::prelude::*;

use crate::support::{all, go, store_of};

/// A rule that is well formed, to be broken.
const RULE: &str = "title: T\nid: x\nlevel: high\nlogsource:\n  product: accord\n  service: ndjson\ndetection:\n  s:\n    a|contains|all: ['x*y', b]\n    c|re: '^a.*b$'\n  k:\n    - word\n    - 'w?rd'\n  condition: s and not 1 of k*\n---\ntitle: C\ncorrelation:\n  type: event_count\n  rules: [x]\n  group-by: [a]\n  timespan: 5m\n  condition:\n    gte: 2\n---\ntitle: F\nfilter:\n  rules: [x]\n  selection:\n    d: 1\n  condition: not selection\n";

fn parsed(bytes: &[u8]) -> SigmaRules {
    let rules = SigmaRules::parse(&[RuleFile { name: "f", bytes }]);
    // What is ready and what is refused can be told.
    for diagnostic in rules.diagnostics() {
        assert!(diagnostic.line >= 1, "{diagnostic}");
        assert!(!diagnostic.to_string().is_empty());
    }
    assert!(rules.refused() <= rules.diagnostics().len());
    rules
}

fn evaluated(rules: &SigmaRules) {
    if rules.rules().is_empty() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let log = b"{\"a\":\"xzy b\",\"c\":\"ab\"}\n{\"a\":[1,null,{}],\"d\":1}\nword\n";
    let store = store_of(dir.path(), &[("s", Some(LogFormat::Ndjson), log)]);
    all(&store, rules);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_no_crash(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parsed(&bytes);
    }

    #[test]
    fn any_yaml_is_no_crash(text in "[-a-z:\\[\\]{}&*!|>'\"#%@,.? \n]{0,200}") {
        parsed(text.as_bytes());
    }

    #[test]
    fn any_detection_is_no_crash(
        key in "[a-z\\[\\].*|]{0,20}",
        value in "[^\n']{0,30}",
        condition in "[a-z0-9_*()| ]{0,40}",
    ) {
        let text = format!(
            "title: T\nlogsource:\n  product: accord\n  service: ndjson\ndetection:\n  s:\n    '{key}': '{value}'\n  t:\n    '{key}|re': '{value}'\n  condition: {condition}\n"
        );
        evaluated(&parsed(text.as_bytes()));
    }

    #[test]
    fn a_broken_rule_is_no_crash(
        at in 0..RULE.len(),
        length in 0_usize..20,
        instead in "[-a-z:\\[\\]{}&*!|>'\"#%@,.?0-9 \n\u{fffd}\u{0}]{0,8}",
    ) {
        let mut text = RULE.to_owned();
        let end = (at + length).min(text.len());
        text.replace_range(at..end, &instead);
        evaluated(&parsed(text.as_bytes()));
    }

    #[test]
    fn any_line_is_no_crash(
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..20),
        format in prop::sample::select(LogFormat::ALL.to_vec()),
    ) {
        let log = lines.join(&b'\n');
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[("s", Some(format), &log)]);
        let rules = parsed(
            format!(
                "title: T\nlogsource:\n  product: accord\n  service: {format}\ndetection:\n  s:\n    message|contains: a\n    src_endpoint.ip|cidr: 0.0.0.0/0\n  k:\n    - a\n  condition: s or k\n"
            )
            .as_bytes(),
        );
        let result = run(&store, &rules, &accord_sigma::SigmaRun::default(), &mut go).unwrap();
        let sums = result.sums;
        let told = sums.evaluated + sums.not_evaluated + sums.of_no_rule + sums.without_record;
        let lines = store.segments().first().map_or(0, |segment| segment.manifest.lines.total());
        // The original of a binary event log is searched by nobody.
        prop_assert_eq!(told, if format == LogFormat::Evtx { 0 } else { lines });
    }
}

#[test]
fn expensive_rules_are_refused_or_cheap() {
    let text = |value: &str| {
        format!(
            "title: T\nlogsource:\n  product: accord\n  service: ndjson\ndetection:\n  s:\n    a|re: '{value}'\n  condition: s\n"
        )
    };
    // What brings a backtracking matcher to its knees.
    let evil = format!("{{\"a\":\"{}!\"}}\n", "a".repeat(1_000_000));
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("s", Some(LogFormat::Ndjson), evil.as_bytes())]);
    let rules = parsed(text("(a+)+$").as_bytes());
    assert_eq!(all(&store, &rules).rules[0].hits, 0);
    for value in ["(a{1000}){1000}", "((a{100}){100}){100}"] {
        let rules = parsed(text(value).as_bytes());
        assert_eq!(rules.refused(), 1, "{value}");
    }
    // Dashes that each may be one of five.
    let dashes = " -a".repeat(200);
    let many = text("x").replace("a|re: 'x'", &format!("a|contains|windash: '{dashes}'"));
    assert_eq!(parsed(many.as_bytes()).rules().len(), 1);
    let conditions = text("x").replace("condition: s", &format!("condition: {}s", "not ".repeat(1000)));
    assert_eq!(parsed(conditions.as_bytes()).rules().len(), 1);
    evaluated(&parsed(conditions.as_bytes()));
}
