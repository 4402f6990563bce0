//! All real logs: imported as they are, hunted for the real `simda` indicators, read back byte for byte.

use std::io::Read;
use std::time::Instant;

use crate::support::*;
use accord_formats::logs::LogFormat;
use accord_logstore::{Hunt, Limits, LineAt, LogStore};
use accord_matcher::Pattern;

fn simda(data: &std::path::Path) -> Vec<(Pattern, u32)> {
    let mut text = String::new();
    let file = std::fs::File::open(data.join("indicators/maltrail.csv.gz")).unwrap();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    let values: Vec<&str> = text
        .lines()
        .filter_map(|row| row.split_once(','))
        .filter(|(_, rest)| rest.split(',').next() == Some("simda"))
        .map(|(value, _)| value)
        .collect();
    assert_eq!(values.len(), 1285);
    values
        .iter()
        .zip(0..)
        .map(|(value, label)| (Pattern::parse(value).unwrap(), label))
        .collect()
}

fn expected_format(path: &std::path::Path) -> LogFormat {
    let path = path.to_string_lossy();
    for (part, format) in [
        ("zeek-tsv", LogFormat::ZeekTsv),
        ("zeek-json", LogFormat::ZeekJson),
        ("cloudtrail", LogFormat::CloudTrail),
        ("suricata", LogFormat::SuricataEve),
        ("apache", LogFormat::AccessLog),
    ] {
        if path.contains(part) {
            return format;
        }
    }
    panic!("a log of no known kind: {path}");
}

#[test]
fn real_logs_come_back_byte_for_byte() {
    let Some(data) = real_data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let started = Instant::now();
    let mut logs = Vec::new();
    for path in real_logs(&data) {
        let name = path.strip_prefix(&data).unwrap().to_string_lossy().into_owned();
        let mut file = std::fs::File::open(&path).unwrap();
        let segment = store
            .import("isp", &name, &mut file, 1_700_000_000_000, "jo")
            .unwrap();
        logs.push((path, segment));
    }
    let seconds = started.elapsed().as_secs_f64();
    let bytes: u64 = logs.iter().map(|(_, segment)| segment.manifest.log.length).sum();
    let packed: u64 = logs
        .iter()
        .map(|(_, segment)| segment.manifest.frames.length)
        .sum();
    let mb = bytes as f64 / 1e6;
    let postings: u64 = logs
        .iter()
        .map(|(_, segment)| {
            let id = segment.id().to_string();
            let path = dir.path().join("segments").join(id).join("postings.bin");
            std::fs::metadata(path).unwrap().len()
        })
        .sum();
    println!(
        "import: {} logs, {mb:.1} MB in {seconds:.2} s, {:.0} MB/s; frames {:.1} MB, postings {:.2} MB",
        logs.len(),
        mb / seconds,
        packed as f64 / 1e6,
        postings as f64 / 1e6
    );

    for (path, segment) in &logs {
        let manifest = &segment.manifest;
        let format = expected_format(path);
        assert_eq!(manifest.log_format, format, "{}", path.display());
        let lines = manifest.lines;
        match format {
            // Two real files are pretty-printed: their lines hold no whole record, yet their span is known.
            LogFormat::SuricataEve => assert!(manifest.time.is_some(), "{}", path.display()),
            LogFormat::ZeekJson | LogFormat::ZeekTsv | LogFormat::AccessLog | LogFormat::CloudTrail => {
                assert_eq!(lines.not_parsed, 0, "{}: {lines:?}", path.display());
                assert!(lines.parsed > 0, "{}", path.display());
            }
            _ => unreachable!(),
        }
    }

    let started = Instant::now();
    let patterns = simda(&data);
    let quiet = Hunt {
        patterns: patterns.clone(),
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        sources: None,
        max_lines: 1000,
    };
    let result = store.hunt(&quiet, &mut go).unwrap();
    println!(
        "hunt: 1,285 indicators over {mb:.1} MB in {:.2} s, {} lines, {:.1} MB read",
        started.elapsed().as_secs_f64(),
        result.lines.len(),
        result.read_bytes as f64 / 1e6
    );
    assert!(result.read_whole.is_empty());
    // No real log holds any of them (said by the data's README).
    assert!(result.lines.is_empty());
    assert_eq!(result.scanned_bytes, bytes);
    assert!(result.is_complete());

    let started = Instant::now();
    assert!(verify(&store).is_clean());
    println!("verify: {:.2} s", started.elapsed().as_secs_f64());

    for (path, segment) in &logs {
        let original = gunzip(path);
        let lines = lines_of(&original);
        assert_eq!(
            segment.manifest.lines.total(),
            lines.len() as u64,
            "{}",
            path.display()
        );
        let step = lines.len() / 7 + 1;
        let mut offset = 0;
        for (index, line) in lines.iter().enumerate() {
            if index % step == 0 || index + 1 == lines.len() {
                let stored = store
                    .read_line(segment.id(), LineAt::Number(index as u64 + 1))
                    .unwrap();
                assert_eq!(
                    (stored.offset, stored.bytes.as_slice()),
                    (offset, *line),
                    "{} line {}",
                    path.display(),
                    index + 1
                );
            }
            offset += line.len() as u64;
        }
    }
}

/// A name that really stands in the logs: every line that a plain search finds as a whole name, and no other.
#[test]
fn a_hunt_in_a_real_log_finds_what_a_plain_search_finds() {
    let Some(data) = real_data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    for form in ["zeek-tsv/dns.log.gz", "zeek-json/dns.json.gz"] {
        let path = data.join("logs").join(form);
        let mut file = std::fs::File::open(&path).unwrap();
        let segment = store.import("isp", form, &mut file, 0, "jo").unwrap();
        let original = gunzip(&path);
        // Of names before which, and after which, nothing of a longer name stands.
        let name = b"talk.google.com";
        let host =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') || *byte > 0x7f;
        let holds = |line: &[u8]| {
            let line = line.to_ascii_lowercase();
            (0..line.len())
                .filter(|at| line[*at..].starts_with(name))
                .any(|at| {
                    let before = at == 0 || line[at - 1] == b'.' || !host(&line[at - 1]);
                    let after = line.get(at + name.len()).is_none_or(|byte| !host(byte));
                    before && after
                })
        };
        let expected: Vec<&[u8]> = lines_of(&original)
            .into_iter()
            .filter(|line| holds(line))
            .collect();
        let result = hunt(&store, &["talk.google.com"]);
        let got: Vec<&[u8]> = result
            .lines
            .iter()
            .filter(|line| line.segment == *segment.id())
            .map(|line| line.bytes.as_slice())
            .collect();
        assert!(!expected.is_empty());
        assert_eq!(got.len(), expected.len());
        assert_eq!(got, expected);
        let mine = result.lines.iter().filter(|line| line.segment == *segment.id());
        assert!(mine.clone().all(|line| line.time.at_ms().is_some()));
        assert!(mine.filter(|line| line.customer.is_some()).count() > 0);
    }
}

/// The real indicators, planted in a real log: each found, at its line, and nothing else.
#[test]
fn planted_real_indicators_are_all_found() {
    let Some(data) = real_data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store: LogStore = store(dir.path(), Limits::default());
    let original = gunzip(&data.join("logs/zeek-tsv/dns.log.gz"));
    let patterns = simda(&data);
    let mut log = Vec::new();
    let mut planted = Vec::new();
    let mut next = patterns.iter();
    for (index, line) in lines_of(&original).into_iter().enumerate() {
        let text = String::from_utf8_lossy(line);
        let at = text.find("ise.wrccdc.org");
        match at
            .filter(|_| index % 20 == 0 && !text.starts_with('#'))
            .and_then(|at| Some((at, next.next()?)))
        {
            Some((_, (pattern, label))) if pattern.kind() == accord_matcher::PatternKind::Domain => {
                log.extend_from_slice(text.replacen("ise.wrccdc.org", pattern.canonical(), 1).as_bytes());
                planted.push((index as u64 + 1, *label));
            }
            _ => log.extend_from_slice(line),
        }
    }
    assert!(planted.len() > 20, "{}", planted.len());
    import(&store, "dns.log", &log).unwrap();
    let ask = Hunt {
        patterns,
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        sources: None,
        max_lines: usize::MAX,
    };
    let result = store.hunt(&ask, &mut go).unwrap();
    let got: Vec<(u64, u32)> = result
        .lines
        .iter()
        .flat_map(|line| line.hits.iter().map(|hit| (line.line, hit.label)))
        .collect();
    assert_eq!(got, planted);
    for line in &result.lines {
        assert_eq!(
            line.bytes,
            lines_of(&log)[usize::try_from(line.line).unwrap() - 1]
        );
    }
}
