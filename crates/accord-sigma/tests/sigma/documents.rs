//! Files of rules: documents, what is told of each, filters, limits.

use accord_sigma::{
    MAX_REGEX_BYTES, MAX_RULE_BYTES, MAX_RULE_FILE_BYTES, MAX_RULE_FILES, MAX_RULE_LARGE_REGEXES,
    MAX_RULE_REGEXES, MAX_RULE_VALUES, MAX_RULES, RuleFile, RuleKind, SigmaRules,
};

use crate::support::{all, hits, parse, ready, refused, rule, store_of};

fn titled(title: &str, more: &str) -> String {
    format!(
        "title: {title}\n{more}logsource:\n  product: accord\n  service: ndjson\ndetection:\n  s:\n    a: 1\n  condition: s\n"
    )
}

fn said(rules: &SigmaRules) -> Vec<String> {
    rules.diagnostics().iter().map(ToString::to_string).collect()
}

#[test]
fn one_broken_document_costs_only_itself() {
    let text = format!(
        "# a file of four\n{}---\ntitle: [broken\n---\n{}---\ntitle: No detection\nlogsource:\n  category: x\n",
        titled("First", "level: high\ntags:\n  - attack.t1059\n"),
        titled("Second", "level: nonsense\n"),
    );
    let rules = parse(&text);
    let titles: Vec<&str> = rules.rules().iter().map(|rule| rule.title.as_str()).collect();
    assert_eq!(titles, ["First", "Second"]);
    let first = &rules.rules()[0];
    assert_eq!(
        (first.line, first.level, first.tags.as_slice()),
        (2, Some("high"), &["attack.t1059".to_owned()][..])
    );
    assert_eq!(rules.rules()[1].line, 16);
    assert_eq!(
        said(&rules),
        [
            "rules.yml:15: not evaluated: did not find expected ',' or ']'",
            "rules.yml:16: Second: invalid level: 'nonsense'",
            "rules.yml:26: No detection: not evaluated: Missing required field 'detection'",
        ]
    );
    assert_eq!(rules.refused(), 2);
}

#[test]
fn what_is_refused_is_told_with_its_line() {
    let text = titled("T", "").replace("    a: 1\n", "    a: 1\n    b|contains|expand: '%x%'\n");
    assert_eq!(
        refused(&text),
        "rules.yml:8: T: not evaluated: `b|contains|expand`: placeholders (`expand`) need lists of values that are not here"
    );
    let text = titled("T", "").replace("condition: s", "condition: s and not filter_man");
    assert_eq!(
        refused(&text),
        "rules.yml:8: T: not evaluated: the condition names `filter_man`, which the rule does not define"
    );
    let text = titled("T", "").replace("  product: accord\n  service: ndjson\n", "  definition: words\n");
    assert_eq!(
        refused(&text),
        "rules.yml:2: T: not evaluated: its `logsource` names no category, product or service"
    );
    let text = titled("T", "").replace("  service: ndjson\n", "  service: ndjson\n  zone: a\n");
    assert!(refused(&text).contains("names zone, which nothing here is told by"));
}

#[test]
fn a_document_before_all_others() {
    let text = "action: global\nlogsource:\n  product: accord\n  service: ndjson\n---\ntitle: A\ndetection:\n  s:\n    a: 1\n  condition: s\n---\ntitle: B\ndetection:\n  s:\n    a: 2\n  condition: s\n---\naction: reset\n---\ntitle: C\ndetection:\n  s:\n    a: 1\n  condition: s\n---\naction: repeat\ntitle: D\n";
    let rules = parse(text);
    let titles: Vec<&str> = rules.rules().iter().map(|rule| rule.title.as_str()).collect();
    assert_eq!(titles, ["A", "B"]);
    assert_eq!(
        said(&rules),
        [
            "rules.yml:20: C: not evaluated: its `logsource` names no category, product or service",
            "rules.yml:26: D: not evaluated: `action: repeat` of old collections is not taken: write the rule out",
        ]
    );
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(
        dir.path(),
        &[(
            "s",
            Some(accord_formats::logs::LogFormat::Ndjson),
            b"{\"a\":2}\n{\"a\":1}\n",
        )],
    );
    assert_eq!(hits(&rules, &all(&store, &rules)), ["s:1 B", "s:2 A"]);
}

#[test]
fn an_id_is_one_rules() {
    let text = format!(
        "{}---\n{}---\n{}",
        titled("A", "id: 1\n"),
        titled("B", "id: '1'\n"),
        titled("C", "id: '1'\n")
    );
    let rules = parse(&text);
    // An id that is no text is none.
    assert_eq!(rules.rules().len(), 2);
    assert_eq!(
        said(&rules),
        ["rules.yml:21: C: not evaluated: its id 1 is that of the rule at rules.yml:11"]
    );
}

#[test]
fn filters_are_added_to_the_rules_that_they_are_for() {
    let filter = |rules: &str, condition: &str| {
        format!(
            "title: Not ours\nlogsource:\n  product: accord\nfilter:\n  rules:\n    - {rules}\n  selection:\n    b: 1\n  condition: {condition}\n"
        )
    };
    let log = b"{\"a\":1}\n{\"a\":1,\"b\":1}\n";
    let check = |text: &str, expected: &[&str]| {
        let rules = ready(text);
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(
            dir.path(),
            &[("s", Some(accord_formats::logs::LogFormat::Ndjson), log)],
        );
        assert_eq!(hits(&rules, &all(&store, &rules)), expected, "{text}");
        rules
    };
    let two = format!("{}---\n{}", titled("A", "id: x\n"), titled("B", "name: y\n"));
    let rules = check(
        &format!("{two}---\n{}", filter("x", "not selection")),
        &["s:1 A", "s:1 B", "s:2 B"],
    );
    assert_eq!(rules.rules()[0].filters, ["Not ours"]);
    assert!(rules.rules()[1].filters.is_empty());
    check(
        &format!("{two}---\n{}", filter("y", "selection")),
        &["s:1 A", "s:2 A", "s:2 B"],
    );
    let any = filter("x", "not 1 of them").replace("rules:\n    - x", "rules: any");
    check(&format!("{two}---\n{any}"), &["s:1 A", "s:1 B"]);

    let rules = parse(&format!("{two}---\n{}", filter("nobody", "not selection")));
    assert_eq!(
        said(&rules),
        ["rules.yml:21: Not ours: not evaluated: it is for no rule of this set"]
    );
    let rules = parse(&format!("{two}---\n{}", filter("x", "not other")));
    assert!(said(&rules)[0].contains("names `other`"), "{:?}", said(&rules));
    assert_eq!(rules.rules().len(), 2);
    // What the rule's own condition would ask of is not added.
    let wide = titled("A", "id: x\n").replace("condition: s", "condition: 1 of *");
    let rules = parse(&format!("{wide}---\n{}", filter("x", "not selection")));
    assert!(said(&rules)[0].contains("cannot be added"), "{:?}", said(&rules));
    assert_eq!(rules.rules().len(), 0);
}

#[test]
fn what_rules_say_of_themselves_steers_nothing() {
    let text = titled(
        "T",
        "custom_attributes:\n  rsigma.include_event: 'true'\n  rsigma.suppress: 5m\nrsigma.action: reset\n",
    );
    let rules = ready(&text);
    assert_eq!(rules.rules()[0].kind, RuleKind::Detection);
}

#[test]
fn files_that_are_none() {
    for (bytes, expected) in [
        (&b""[..], "no rule stands in it"),
        (b"# words\n", "no rule stands in it"),
        (b"\xff\xfe", "not UTF-8"),
        (b"just words\n", "not a YAML mapping"),
        (b"- a\n- b\n", "not a YAML mapping"),
        (b"title: x\n", "Missing required field"),
    ] {
        let rules = SigmaRules::parse(&[RuleFile { name: "f", bytes }]);
        assert_eq!((rules.rules().len(), rules.refused()), (0, 1), "{bytes:?}");
        let told = rules.diagnostics()[0].to_string();
        assert!(told.contains(expected), "{told}");
    }
    // A mark of UTF-8 is none of the text.
    let marked = format!("\u{feff}{}", titled("T", ""));
    assert_eq!(ready(&marked).rules().len(), 1);
}

#[test]
fn one_past_every_limit() {
    let text = titled("T", "");
    let file = RuleFile {
        name: "f",
        bytes: text.as_bytes(),
    };
    let rules = SigmaRules::parse(&vec![file; MAX_RULE_FILES + 1]);
    let last = rules.diagnostics().last().unwrap();
    assert!(last.why.contains("files"), "{last}");

    let many = format!("{text}---\n").repeat(MAX_RULES);
    assert_eq!(ready(&many).rules().len(), MAX_RULES);
    let rules = parse(&format!("{many}{text}"));
    assert_eq!((rules.rules().len(), rules.refused()), (MAX_RULES, 1));
    assert!(rules.diagnostics()[0].why.contains("in parts"));

    let long = |bytes: usize| format!("{text}# {}", "x".repeat(bytes - text.len() - 2));
    assert_eq!(ready(&long(MAX_RULE_BYTES)).rules().len(), 1);
    assert!(refused(&long(MAX_RULE_BYTES + 1)).contains("bytes"));
    let padded = format!(
        "# {}\n---\n{text}",
        "x".repeat(MAX_RULE_FILE_BYTES - text.len() - 7)
    );
    assert_eq!(padded.len(), MAX_RULE_FILE_BYTES);
    assert_eq!(ready(&padded).rules().len(), 1);
    assert!(refused(&format!("{padded} ")).contains("split it"));

    let regex = |bytes: usize| {
        rule(
            "ndjson",
            &format!("s:\n  a|re: '{}'\ncondition: s", "x".repeat(bytes)),
        )
    };
    let own = "(?:)".len();
    assert_eq!(ready(&regex(MAX_REGEX_BYTES - own)).rules().len(), 1);
    assert!(refused(&regex(MAX_REGEX_BYTES - own + 1)).contains("bytes"));
    let regexes = |count: usize| {
        rule(
            "ndjson",
            &format!("s:\n  a|re: [{}]\ncondition: s", vec!["x"; count].join(", ")),
        )
    };
    assert_eq!(ready(&regexes(MAX_RULE_REGEXES)).rules().len(), 1);
    assert!(refused(&regexes(MAX_RULE_REGEXES + 1)).contains("regular expressions"));
    let values = |count: usize| {
        rule(
            "ndjson",
            &format!("s:\n  a: [{}]\ncondition: s", vec!["x"; count].join(",")),
        )
    };
    // Each is counted as written, and once more as what it stands for.
    let fits = MAX_RULE_VALUES / 2;
    assert_eq!(ready(&values(fits)).rules().len(), 1);
    assert!(refused(&values(fits + 1)).contains("values"));

    let large = |count: usize| {
        let list: Vec<String> = (0..count).map(|n| format!("'{n}\\w{{60}}'")).collect();
        rule(
            "ndjson",
            &format!("s:\n  a|re: [{}]\ncondition: s", list.join(", ")),
        )
    };
    assert_eq!(ready(&large(MAX_RULE_LARGE_REGEXES)).rules().len(), 1);
    assert!(refused(&large(MAX_RULE_LARGE_REGEXES + 1)).contains("larger than"));
    let huge = rule("ndjson", "s:\n  a|re: '(\\w{1000}){1000}'\ncondition: s");
    assert!(refused(&huge).contains("becomes larger"));
}
