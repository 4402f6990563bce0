//! What the tests share: stores, rules, and hits as text.

use std::ops::ControlFlow;
use std::path::Path;

use accord_formats::logs::LogFormat;
use accord_logstore::{FormatSetting, LogStore, Progress, SourceConfig};
use accord_sigma::{RuleFile, SigmaResult, SigmaRules, SigmaRun, run};

pub fn go(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub fn source(name: &str, format: Option<LogFormat>) -> SourceConfig {
    SourceConfig {
        name: name.to_owned(),
        description: "for tests".to_owned(),
        format: format.map_or(FormatSetting::Auto, FormatSetting::As),
        customers: Vec::new(),
        time_zone: "Europe/Amsterdam".to_owned(),
        clock_offset_ms: None,
        ordinary_course: true,
        custodian: "network operations".to_owned(),
    }
}

/// 2026-03-01T00:00:00Z.
pub const IMPORTED_MS: i64 = 1_772_323_200_000;

/// A store with one source of that name and format for each log.
pub fn store_of(dir: &Path, logs: &[(&str, Option<LogFormat>, &[u8])]) -> LogStore {
    let store = LogStore::open(dir).unwrap();
    for (name, format, log) in logs {
        store.add_source(source(name, *format)).unwrap();
        store
            .import(name, "given.log", &mut &**log, IMPORTED_MS, "jo")
            .unwrap();
    }
    store
}

pub fn parse(text: &str) -> SigmaRules {
    SigmaRules::parse(&[RuleFile {
        name: "rules.yml",
        bytes: text.as_bytes(),
    }])
}

/// Rules that must all be ready.
pub fn ready(text: &str) -> SigmaRules {
    let rules = parse(text);
    assert_eq!(rules.diagnostics(), [], "{text}");
    rules
}

/// Why the only rule of a text is refused.
pub fn refused(text: &str) -> String {
    let rules = parse(text);
    assert_eq!(rules.rules(), [], "{text}");
    assert_eq!(rules.refused(), 1, "{text}: {:?}", rules.diagnostics());
    rules.diagnostics()[0].to_string()
}

/// A rule of one detection over `logsource: {product: accord, service: FORMAT}`.
pub fn rule(format: &str, detection: &str) -> String {
    let detection: Vec<String> = detection.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "title: T\nlogsource:\n  product: accord\n  service: {format}\ndetection:\n{}",
        detection.concat()
    )
}

pub fn all(store: &LogStore, rules: &SigmaRules) -> SigmaResult {
    run(store, rules, &SigmaRun::default(), &mut go).unwrap()
}

/// Hits as `source:line[.record] rule`, by title.
pub fn hits(rules: &SigmaRules, result: &SigmaResult) -> Vec<String> {
    let mut shown = Vec::new();
    for line in &result.lines {
        for hit in &line.hits {
            let record = if hit.record == 0 {
                String::new()
            } else {
                format!(".{}", hit.record)
            };
            shown.push(format!(
                "{}:{}{record} {}",
                line.source,
                line.line,
                rules.rules()[hit.rule].title
            ));
        }
    }
    shown
}

/// The lines of a log of this format that one rule hits.
pub fn lines_hit(format: LogFormat, log: &str, rule: &str) -> Vec<u64> {
    let dir = tempfile::tempdir().unwrap();
    let store = store_of(dir.path(), &[("s", Some(format), log.as_bytes())]);
    let rules = ready(rule);
    let result = all(&store, &rules);
    result.lines.iter().map(|line| line.line).collect()
}
