//! Real logs that are not part of the project (`ACCORD_TEST_DATA`): how many of their lines are parsed, and how many say
//! what such a log says.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::*;

/// The folder with the logs; says so where there is none, and fails where `CI` is set.
fn logs() -> Option<PathBuf> {
    let folder = std::env::var_os("ACCORD_TEST_DATA")
        .map(|data| PathBuf::from(data).join("logs"))
        .filter(|folder| folder.is_dir());
    if folder.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "ACCORD_TEST_DATA must be set where CI is"
        );
        eprintln!("skipped: ACCORD_TEST_DATA names no folder with logs");
    }
    folder
}

fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    flate2::read::MultiGzDecoder::new(file)
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// What the lines of a file, or of several, came to.
#[derive(Debug, Default)]
struct Tally {
    parsed: usize,
    not_parsed: usize,
    records: usize,
    with_time: usize,
    left_out: usize,
    columns: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn take(&mut self, format: LogFormat, bytes: &[u8]) {
        let mut reader = LineReader::new(format);
        let mut quick = LineReader::new(format);
        let mut records = Records::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let outcome = reader.fields(line, &mut records);
            assert_eq!(outcome, quick.line(line, Depth::Time).outcome);
            match outcome {
                Outcome::Parsed => self.parsed += 1,
                Outcome::NotParsed => self.not_parsed += 1,
                Outcome::Header | Outcome::Blank => {}
            }
            self.left_out += records.left_out();
            for fields in records.all() {
                self.records += 1;
                self.left_out += fields.left_out();
                self.with_time += usize::from(fields.time() != Unknown);
                let mut names: Vec<&str> = fields.values().map(|(column, _)| column.name()).collect();
                names.sort_unstable();
                names.dedup();
                for name in names {
                    *self.columns.entry(name).or_default() += 1;
                }
            }
        }
    }

    fn column(&self, column: Column) -> usize {
        self.columns.get(column.name()).copied().unwrap_or_default()
    }
}

fn folder(path: &Path, format: LogFormat) -> Tally {
    let mut tally = Tally::default();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let bytes = gunzip(&path);
        assert_eq!(detect(&bytes), format, "{}", path.display());
        tally.take(format, &bytes);
    }
    tally
}

#[test]
fn zeek_in_both_forms() {
    let Some(logs) = logs() else { return };
    let tsv = folder(&logs.join("zeek-tsv"), LogFormat::ZeekTsv);
    let json = folder(&logs.join("zeek-json"), LogFormat::ZeekJson);
    assert_eq!(
        (tsv.not_parsed, json.not_parsed, tsv.left_out, json.left_out),
        (0, 0, 0, 0)
    );
    // The JSON has fewer certificates, and more notices and analyzers' failures, of the same traffic.
    assert_eq!((tsv.parsed, json.parsed), (167_906, 158_439));
    // `loaded_scripts` has no times: 512 lines.
    assert_eq!((tsv.with_time, json.with_time), (167_394, 157_927));
    for (column, in_tsv, in_json) in [
        (Column::QueryName, 53_601, 53_601),
        (Column::Answer, 39_682, 39_682),
        (Column::ServerName, 15_070, 15_070),
        (Column::SourcePort, 153_800, 153_996),
        (Column::DestinationAddress, 153_800, 153_996),
    ] {
        assert_eq!(
            (tsv.column(column), json.column(column)),
            (in_tsv, in_json),
            "{}",
            column.name()
        );
    }
}

#[test]
fn access_log_of_a_web_server() {
    let Some(logs) = logs() else { return };
    let bytes = gunzip(&logs.join("apache-combined.log.gz"));
    assert_eq!(detect(&bytes), LogFormat::AccessLog);
    let mut tally = Tally::default();
    tally.take(LogFormat::AccessLog, &bytes);
    assert_eq!(
        (tally.parsed, tally.not_parsed, tally.with_time),
        (10_000, 0, 10_000)
    );
    for (column, count) in [
        (Column::SourceAddress, 10_000),
        (Column::Url, 10_000),
        (Column::StatusCode, 10_000),
        (Column::BytesIn, 9_331),
        (Column::UserAgent, 9_810),
    ] {
        assert_eq!(tally.column(column), count, "{}", column.name());
    }
}

#[test]
fn cloudtrail_of_an_attack() {
    let Some(logs) = logs() else { return };
    let tally = folder(&logs.join("cloudtrail"), LogFormat::CloudTrail);
    assert_eq!((tally.parsed, tally.not_parsed, tally.left_out), (20, 0, 0));
    assert_eq!((tally.records, tally.with_time), (1448, 1448));
    for (column, count) in [
        (Column::Activity, 1448),
        (Column::User, 1448),
        (Column::SourceAddress, 1205),
        // Services of the provider itself.
        (Column::SourceHost, 243),
    ] {
        assert_eq!(tally.column(column), count, "{}", column.name());
    }
}

/// These files are pretty-printed, a form Suricata does not write: no line of them is a record, and none is taken for one.
/// Joined again they are.
#[test]
fn suricata_alerts() {
    let Some(logs) = logs() else { return };
    let mut tally = Tally::default();
    for name in ["first-org-conf-2015", "wrccdc-2017", "wrccdc-2018"] {
        let bytes = gunzip(&logs.join(format!("suricata-eve-{name}.json.gz")));
        assert_eq!(detect(&bytes), LogFormat::SuricataEve);
        let events: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
        for event in events {
            tally.take(LogFormat::SuricataEve, event.to_string().as_bytes());
        }
    }
    assert_eq!((tally.parsed, tally.not_parsed, tally.left_out), (504, 0, 0));
    for (column, count) in [
        (Column::Finding, 504),
        (Column::SourceAddress, 504),
        (Column::BytesOut, 504),
        (Column::UrlHost, 225),
        (Column::ServerName, 16),
    ] {
        assert_eq!(tally.column(column), count, "{}", column.name());
    }
}
