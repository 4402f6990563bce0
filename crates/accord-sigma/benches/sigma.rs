//! How many events a second Sigma rules are evaluated on. `cargo xtask bench sigma [THOUSANDS OF EVENTS] [FOLDER OF RULES]`.
//!
//! The rules are the 37 of the tests, or those of a folder. The events: generated logs with millions of different names, and
//! those of two real Windows event logs over and over, in a store whose bytes lie in the page cache. Each figure is of one
//! thread, and the best of three runs; it contains reading and checking the frames, reading the lines' fields, and the rules. The
//! column before tells how many rules found records of their log source.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use accord_corpus::{LogKind, indicators, varied_log};
use accord_logstore::{FormatSetting, LineAt, LogStore, SourceConfig};
use accord_sigma::{RuleFile, RuleState, SigmaResult, SigmaRules, SigmaRun, run};

type Outcome<T> = Result<T, Box<dyn Error>>;

const SEED: u64 = 47;
const ROUNDS: usize = 3;
const OWN: [(&str, &str); 5] = [
    ("zeek.yml", include_str!("../tests/sigma/rules/zeek.yml")),
    ("web.yml", include_str!("../tests/sigma/rules/web.yml")),
    ("auth.yml", include_str!("../tests/sigma/rules/auth.yml")),
    ("cloud.yml", include_str!("../tests/sigma/rules/cloud.yml")),
    ("windows.yml", include_str!("../tests/sigma/rules/windows.yml")),
];

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let (mut events, mut folder) = (200_000, None);
    for argument in arguments.iter().filter(|argument| *argument != "--bench") {
        match argument.parse::<usize>() {
            Ok(thousands) => events = thousands.saturating_mul(1000),
            Err(_) => folder = Some(PathBuf::from(argument)),
        }
    }
    let began = Instant::now();
    let rules = match &folder {
        None => parsed(&OWN.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))),
        Some(folder) => {
            let mut files = Vec::new();
            rule_files(folder, &mut files)?;
            files.sort();
            parsed(&files)
        }
    };
    say(format_args!(
        "{} rules, {} refused, read in {:.2} s",
        rules.rules().len(),
        rules.refused(),
        began.elapsed().as_secs_f64()
    ))?;
    say("")?;
    say("| events | MB | rules with records | hits | events a second | MB a second |")?;
    say("|---|---|---|---|---|---|")?;
    for kind in [
        LogKind::ZeekDns,
        LogKind::ZeekJsonDns,
        LogKind::ZeekHttp,
        LogKind::ZeekConn,
        LogKind::SuricataEve,
        LogKind::ApacheAccess,
    ] {
        let log = varied_log(SEED, kind, events, 0, &indicators(SEED, 1));
        row(&format!("{kind:?}"), &log.bytes, &rules)?;
    }
    row("Windows", &windows(events)?, &rules)
}

fn parsed(files: &[(String, Vec<u8>)]) -> SigmaRules {
    let files: Vec<RuleFile<'_>> = files
        .iter()
        .map(|(name, bytes)| RuleFile { name, bytes })
        .collect();
    SigmaRules::parse(&files)
}

fn rule_files(folder: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Outcome<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rule_files(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "yml") {
            files.push((path.display().to_string(), std::fs::read(&path)?));
        }
    }
    Ok(())
}

/// Events of Sysmon and of the Security log, each with a number of its own.
fn windows(events: usize) -> Outcome<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let store = store(folder.path())?;
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../accord-evtx/tests/samples");
    let mut lines = Vec::new();
    for name in ["sysmon-chunk-7.evtx.gz", "new-user-security.evtx.gz"] {
        let mut bytes = Vec::new();
        std::fs::File::open(samples.join(name))?.read_to_end(&mut bytes)?;
        let original = store.import("bench", name, &mut &*bytes, 0, "bench")?;
        let made = store.render_events(original.id(), 0, "bench")?;
        for number in 1..=made.manifest.lines.total() {
            let line = store.read_line(made.id(), LineAt::Number(number))?.bytes;
            lines.push(String::from_utf8(line)?);
        }
    }
    let mut log = String::new();
    for (number, line) in lines.iter().cycle().take(events).enumerate() {
        let changed = line.replacen("\"EventRecordID\":", &format!("\"EventRecordID\":{number}"), 1);
        write!(log, "{changed}")?;
    }
    Ok(log.into_bytes())
}

fn store(folder: &Path) -> Outcome<LogStore> {
    let store = LogStore::open(folder)?;
    store.add_source(SourceConfig {
        name: "bench".to_owned(),
        description: String::new(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: "UTC".to_owned(),
        clock_offset_ms: None,
        ordinary_course: true,
        custodian: "bench".to_owned(),
    })?;
    Ok(store)
}

fn row(what: &str, log: &[u8], rules: &SigmaRules) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let store = store(folder.path())?;
    store.import("bench", "log", &mut &*log, 0, "bench")?;
    let mut best = f64::MAX;
    let mut result = SigmaResult::default();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        result = run(&store, rules, &SigmaRun::default(), &mut |_| {
            ControlFlow::Continue(())
        })?;
        best = best.min(began.elapsed().as_secs_f64());
    }
    let with_records = result
        .rules
        .iter()
        .filter(|rule| matches!(rule.state, RuleState::Evaluated))
        .count();
    let hits: u64 = result.rules.iter().map(|rule| rule.hits).sum();
    let lines = result.sums.evaluated + result.sums.not_evaluated + result.sums.of_no_rule;
    let megabytes = log.len() as f64 / 1e6;
    say(format_args!(
        "| {what}, {lines} | {megabytes:.0} | {with_records} | {hits} | {:.0} | {:.0} |",
        lines as f64 / best,
        megabytes / best
    ))
}

fn say(text: impl std::fmt::Display) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}
