//! Real indicators and real logs (`ACCORD_TEST_DATA`).
//!
//! Not all 1.6 million indicators can be compared with every substring of every line. A line is therefore given to the oracle with those
//! indicators whose host, address or digest stands in it as a run of characters (found by a plain look-up that shares no code with the engine), and with all networks.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use accord_matcher::oracle::Oracle;
use accord_matcher::{Hit, IndicatorId, Options, Pattern, PatternKind, Scanner};
use accord_scan::{Compiler, Input, ReadLimits, Watchfile};

use super::{input, scan_all};

/// Lines of each file that are compared with the oracle, besides those that hit.
const SAMPLED_LINES: usize = 5;
/// Lines that hit, of each file, that are compared.
const SAMPLED_HITS: usize = 4;
/// Parts of one line that are compared.
const SAMPLED_PARTS: usize = 3;
/// The longest part of a line that is given to the oracle.
const ORACLE_BYTES: usize = 300;

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("ACCORD_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if folder.join("logs").is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "no test data at {}, which CI must have",
        folder.display()
    );
    println!(
        "skipped: no test data at {}; set ACCORD_TEST_DATA",
        folder.display()
    );
    None
}

fn read(path: &Path) -> Vec<u8> {
    Input::open(path.to_str().unwrap(), ReadLimits::default())
        .unwrap()
        .read_all()
        .unwrap()
}

static MALTRAIL: LazyLock<Option<Watchfile>> = LazyLock::new(|| {
    let bytes = read(&data()?.join("indicators/maltrail.csv.gz"));
    let mut compiler = Compiler::new();
    compiler.add_source("maltrail.csv.gz", &bytes).unwrap();
    Some(compiler.finish().unwrap())
});

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path))
        } else {
            files.push(path)
        }
    }
    files.sort();
    files
}

#[test]
fn every_row_of_maltrail_is_accounted_for() {
    let Some(file) = MALTRAIL.as_ref() else { return };
    let summary = file.summary();
    let refused: u64 = summary.refused().values().sum();
    assert_eq!(summary.rows(), 1_639_032);
    assert_eq!(summary.kept_total() + summary.duplicates + refused, 1_639_032);
    let table: String = summary
        .kept
        .iter()
        .map(|(kind, count)| format!("{kind} {count}\n"))
        .chain([format!("duplicates {}\n", summary.duplicates)])
        .chain(
            summary
                .refused()
                .iter()
                .map(|(reason, count)| format!("refused: {reason} {count}\n")),
        )
        .collect();
    insta::assert_snapshot!("maltrail", table);
}

#[test]
fn every_misp_event_and_warninglist_is_read() {
    let Some(data) = data() else { return };
    let mut compiler = Compiler::new();
    for path in files_under(&data.join("misp/events")) {
        compiler
            .add_source(path.file_name().unwrap().to_str().unwrap(), &read(&path))
            .unwrap();
    }
    for path in files_under(&data.join("stix")) {
        compiler
            .add_source(path.file_name().unwrap().to_str().unwrap(), &read(&path))
            .unwrap();
    }
    for path in files_under(&data.join("misp/warninglists")) {
        compiler
            .add_allow_list(path.file_name().unwrap().to_str().unwrap(), &read(&path))
            .unwrap();
    }
    let summary = compiler.finish().unwrap().summary().clone();
    let left_out: u64 = summary.left_out.values().sum();
    let refused: u64 = summary.refused().values().sum();
    assert_eq!(
        summary.rows(),
        summary.kept_total() + summary.duplicates + left_out + refused
    );
    let entries: u64 = summary.allow_lists.iter().map(|list| list.entries).sum();
    let rows: u64 = summary.allow_lists.iter().map(|list| list.rows).sum();
    insta::assert_snapshot!(
        "misp",
        format!(
            "rows {}\nkept {:?}\nduplicates {}\nleft out {:?}\nnot used {:#?}\nallow lists {}, rows {rows}, entries {entries}",
            summary.rows(),
            summary.kept,
            summary.duplicates,
            summary.left_out,
            summary.refused(),
            summary.allow_lists.len(),
        )
    );
}

/// The indicators by the host, address or digest that must stand in a line that they hit.
struct Index {
    by_key: HashMap<String, Vec<(IndicatorId, Pattern)>>,
    always: Vec<(IndicatorId, Pattern)>,
}

impl Index {
    fn new(file: &Watchfile) -> Self {
        let mut index = Self {
            by_key: HashMap::new(),
            always: Vec::new(),
        };
        for (id, text) in file.indicators() {
            let pattern = Pattern::parse(text).unwrap();
            let host = text.rsplit('@').next().unwrap().split('/').next().unwrap();
            let key = host.trim_start_matches('.');
            if pattern.kind() == PatternKind::Network || host.matches(':').count() > 1 {
                index.always.push((id, pattern));
            } else {
                let key = key.split(':').next().unwrap().to_owned();
                index.by_key.entry(key).or_default().push((id, pattern));
            }
        }
        index
    }

    fn candidates(&self, line: &[u8]) -> Vec<(IndicatorId, Pattern)> {
        let lower = String::from_utf8_lossy(line).to_lowercase();
        let mut found = self.always.clone();
        for run in lower.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_')) {
            // An escape before a run makes its first letters another reading: `\nevil`, `%2fevil`.
            for start in 0..run.len().min(5) {
                let Some(mut rest) = run.get(start..) else {
                    continue;
                };
                rest = rest.trim_matches(['.', '-']);
                loop {
                    found.extend(self.by_key.get(rest).into_iter().flatten().cloned());
                    match rest.split_once('.') {
                        Some((_, parent)) => rest = parent,
                        None => break,
                    }
                }
            }
        }
        found.sort_by_key(|(id, _)| *id);
        found.dedup_by_key(|(id, _)| *id);
        found
    }
}

/// Parts of a line that are short enough for the oracle.
fn parts(line: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = line;
    while rest.len() > ORACLE_BYTES {
        let cut = rest[..ORACLE_BYTES]
            .iter()
            .rposition(|byte| matches!(byte, b'"' | b' ' | b'\t'))
            .unwrap_or(ORACLE_BYTES - 1);
        parts.push(&rest[..=cut]);
        rest = &rest[cut + 1..];
    }
    parts.push(rest);
    parts
}

#[test]
fn every_real_log_is_scanned_and_a_sample_equals_the_oracle() {
    let (Some(data), Some(file)) = (data(), MALTRAIL.as_ref()) else {
        return;
    };
    let index = Index::new(file);
    let logs = data.join("logs");
    let mut table = String::new();
    let mut compared = 0;
    for path in files_under(&logs) {
        let name = path.strip_prefix(&logs).unwrap().display().to_string();
        let bytes = read(&path);
        let (records, summary, result) = scan_all(input(&bytes, ReadLimits::default()), file);
        result.unwrap();
        assert_eq!(summary.bytes, bytes.len() as u64);
        table.push_str(&format!(
            "{name}: {} lines, {} records, {} indicators\n",
            summary.lines,
            records.len(),
            summary.indicators.len()
        ));
        compared += compare(&name, &bytes, &records, file, &index);
    }
    println!("{compared} lines and parts of lines equal the oracle's");
    assert!(compared > 300, "{compared}");
    insta::assert_snapshot!("hits_per_log", table);
}

/// Compares scanner and oracle on a sample of the lines of a log; returns how many parts were compared.
fn compare(name: &str, bytes: &[u8], records: &[String], file: &Watchfile, index: &Index) -> usize {
    let hit_lines: std::collections::BTreeSet<u64> = records
        .iter()
        .map(|record| record.split(' ').next().unwrap().parse().unwrap())
        .collect();
    let hit_sample: Vec<u64> = hit_lines.iter().copied().take(SAMPLED_HITS).collect();
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let step = (lines.len() / SAMPLED_LINES).max(1);
    let header = lines.iter().take(16).find(|line| line.starts_with(b"#fields"));
    let mut scanner = Scanner::new(file.watchlist(), Options::default());
    let mut compared = 0;
    for (number, line) in (1_u64..).zip(&lines) {
        if !(number as usize).is_multiple_of(step) && !hit_sample.contains(&number) {
            continue;
        }
        for part in parts(line).into_iter().take(SAMPLED_PARTS) {
            let mut oracle = Oracle::new(index.candidates(part), false);
            scanner.start_source();
            let mut hits: Vec<Hit> = Vec::new();
            if let Some(header) = header {
                scanner.line(header, &mut hits);
                oracle.line(header);
            }
            scanner.line(part, &mut hits);
            let expected = oracle.line(part);
            assert_eq!(
                hits,
                expected,
                "{name}:{number}: {}",
                String::from_utf8_lossy(part)
            );
            if part.len() == line.len() {
                let in_scan = records
                    .iter()
                    .filter(|record| record.starts_with(&format!("{number} ")))
                    .count();
                assert_eq!(in_scan, hits.len(), "{name}:{number}");
            }
            compared += 1;
        }
    }
    compared
}

#[test]
fn real_simda_indicators_planted_into_real_zeek_logs_are_all_found() {
    let Some(data) = data() else { return };
    let maltrail = read(&data.join("indicators/maltrail.csv.gz"));
    let rows: Vec<&str> = std::str::from_utf8(&maltrail)
        .unwrap()
        .lines()
        .filter(|row| row.contains(",simda,"))
        .collect();
    assert_eq!(rows.len(), 1285);
    let indicators: Vec<&str> = rows.iter().filter_map(|row| row.split(',').next()).collect();
    let mut compiler = Compiler::new();
    compiler
        .add_source(
            "simda",
            format!("indicator,family,class\n{}", rows.join("\n")).as_bytes(),
        )
        .unwrap();
    let file = compiler.finish().unwrap();
    let mut found_all = 0;
    for (seed, name) in (1_u64..).zip([
        "zeek-tsv/dns.log.gz",
        "zeek-json/dns.json.gz",
        "zeek-tsv/ssl.log.gz",
        "zeek-json/ssl.json.gz",
        "zeek-tsv/smtp.log.gz",
        "apache-combined.log.gz",
        "suricata-eve-wrccdc-2018.json.gz",
    ]) {
        let log = read(&data.join("logs").join(name));
        let planted = accord_corpus::plant(&log, &indicators, seed);
        assert!(planted.planted > 100, "{name}: {}", planted.planted);
        if log.len() > 5 << 20 {
            assert_eq!(planted.planted, file.watchlist().len(), "{name}");
        }
        let (records, _, result) = scan_all(input(&planted.bytes, ReadLimits::default()), &file);
        result.unwrap();
        let found: std::collections::HashSet<&str> = records.iter().map(String::as_str).collect();
        for own in &planted.expected {
            let record = format!(
                "{} {} {} {} {} {} {}",
                own.line, own.offset, own.length, own.kind, own.value, own.indicator, own.how
            );
            assert!(found.contains(record.as_str()), "{name}: {record}");
            found_all += 1;
        }
    }
    println!("{found_all} planted records found");
}
