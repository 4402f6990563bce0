//! The file in other people's programs: DuckDB and ClickHouse (`chdb`), the same questions, the same answers.
//!
//! `ACCORD_PYTHON_TOOLS` names a Python environment with both, which `./test` makes. `chdb` is larger than all the rest
//! together: where there is no room for it, it is not asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use accord_columns::{ColumnsWriter, Limits};
use accord_formats::logs::{Column, LineReader, LogFormat, Outcome, Records, Value};

use crate::support::*;

/// A Python that has the module; the reason why not is told by who asks.
pub fn python(module: &str) -> Option<PathBuf> {
    let python = std::env::var_os("ACCORD_PYTHON_TOOLS")
        .map(PathBuf::from)?
        .join("bin/python");
    let has = Command::new(&python)
        .args(["-c", &format!("import {module}")])
        .output();
    has.is_ok_and(|output| output.status.success()).then_some(python)
}

/// The answers to all questions, one a line. In the questions `LOG` stands for the log's file.
pub fn asked(python: &Path, program: &str, file: &Path, questions: &[&str]) -> String {
    let output = Command::new(python)
        .args(["-c", program, file.to_str().unwrap()])
        .args(questions)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub const DUCKDB: &str = r#"
import sys, duckdb
for question in sys.argv[2:]:
    rows = duckdb.sql(question.replace('LOG', f"read_parquet('{sys.argv[1]}')")).fetchall()
    print('; '.join(' '.join('null' if v is None else str(v) for v in row) for row in rows))
"#;

const CHDB: &str = r#"
import sys, json, chdb
for question in sys.argv[2:]:
    said = chdb.query(question.replace('LOG', f"file('{sys.argv[1]}', Parquet)"), 'JSONCompact')
    rows = json.loads(str(said))['data']
    print('; '.join(' '.join('null' if v is None else str(v) for v in row) for row in rows))
"#;

const IN_DUCKDB: &[&str] = &[
    "select outcome, count(*) from LOG group by 1 order by 1",
    "select count(*), sum(line_length), max(line), max(line_offset + line_length) from LOG",
    "select count(*) from LOG where src_endpoint_ip = '10.0.7.7'",
    "select count(*), sum(traffic_bytes_out)::bigint from LOG where dst_endpoint_port = 443",
    "select epoch_ms(min(time)), epoch_ms(max(time)), count(time) from LOG",
    "select count(*) from LOG where time >= timestamptz '2024-03-23 00:01:00+00' and time < timestamptz '2024-03-23 00:02:00+00'",
    "select count(*), count(distinct value) from (select unnest(answers_rdata) as value from LOG)",
    "select line from LOG where list_contains(answers_rdata, 'a102.example')",
    "select query_hostname, count(*) from LOG where query_hostname is not null group by 1 order by 2 desc, 1 limit 3",
    "select line, line_offset from LOG where session_uid = 'C3e7'",
];

const IN_CHDB: &[&str] = &[
    "select outcome, count() from LOG group by 1 order by 1",
    "select count(), sum(line_length), max(line), max(line_offset + line_length) from LOG",
    "select count() from LOG where src_endpoint_ip = '10.0.7.7'",
    "select count(), sum(traffic_bytes_out) from LOG where dst_endpoint_port = 443",
    "select toUnixTimestamp64Milli(min(time)), toUnixTimestamp64Milli(max(time)), count(time) from LOG",
    "select count() from LOG where time >= toDateTime64('2024-03-23 00:01:00', 3, 'UTC') and time < toDateTime64('2024-03-23 00:02:00', 3, 'UTC')",
    "select count(), uniqExact(value) from (select arrayJoin(answers_rdata) as value from LOG)",
    "select line from LOG where has(answers_rdata, 'a102.example')",
    "select query_hostname, count() from LOG where query_hostname is not null group by 1 order by 2 desc, 1 limit 3",
    "select line, line_offset from LOG where session_uid = 'C3e7'",
];

/// A log of 5,000 lines with every kind of column, and the answers, counted here without any columns.
fn log_and_answers() -> (Vec<u8>, String) {
    let mut log =
        b"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tquery\tanswers\torig_bytes\n\
          #types\ttime\tstring\taddr\tport\taddr\tport\tstring\tvector[string]\tcount\n"
            .to_vec();
    for n in 2..5_000_u64 {
        let line = match n % 50 {
            0 => "broken\n".to_owned(),
            1 => "\n".to_owned(),
            _ => format!(
                "{}.{:03}\tC{n:x}\t10.0.{}.{}\t{}\t2001:db8::{:x}\t{}\th{}.example\ta{n}.example,10.1.1.{}\t{}\n",
                1_711_152_000 + n / 20,
                n % 1000,
                n % 9,
                n % 9,
                n * 7 % 65_536,
                n % 300,
                if n % 3 == 0 { 443 } else { 53 },
                n % 7,
                n % 200,
                n * n,
            ),
        };
        log.extend_from_slice(line.as_bytes());
    }
    let mut lines = LineReader::new(LogFormat::ZeekTsv);
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut hosts: BTreeMap<String, u64> = BTreeMap::new();
    let (mut source, mut tls, mut sent, mut minute) = (0, 0, 0, 0);
    let (mut times, mut answers, mut distinct) = (Vec::new(), 0, BTreeSet::new());
    let (mut holding, mut session, mut offset) = (String::new(), String::new(), 0);
    for (line, number) in log.split_inclusive(|byte| *byte == b'\n').zip(1..) {
        let mut records = Records::new();
        let outcome = match lines.fields(line, &mut records) {
            Outcome::Parsed => "parsed",
            Outcome::NotParsed => "not-parsed",
            Outcome::Header => "header",
            Outcome::Blank => "blank",
        };
        *outcomes.entry(outcome).or_default() += 1;
        for fields in records.all() {
            let first = |column| fields.first(column).map(ToString::to_string).unwrap_or_default();
            source += u64::from(first(Column::SourceAddress) == "10.0.7.7");
            if first(Column::DestinationPort) == "443" {
                tls += 1;
                sent += first(Column::BytesOut).parse::<u64>().unwrap();
            }
            let at = fields.time().at_ms().unwrap();
            times.push(at);
            minute += u64::from((1_711_152_060_000..1_711_152_120_000).contains(&at));
            for (column, value) in fields.values() {
                if let (Column::Answer, Value::Text(value)) = (column, value) {
                    answers += 1;
                    distinct.insert(value.to_string());
                    if value == "a102.example" {
                        holding = number.to_string();
                    }
                }
            }
            *hosts.entry(first(Column::QueryName)).or_default() += 1;
            if first(Column::Session) == "C3e7" {
                session = format!("{number} {offset}");
            }
        }
        offset += line.len();
    }
    let list = |counts: Vec<(String, u64)>| {
        let counts: Vec<String> = counts
            .iter()
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        counts.join("; ")
    };
    let outcomes = list(
        outcomes
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect(),
    );
    let mut top: Vec<(String, u64)> = hosts.into_iter().collect();
    top.sort_by_key(|(name, count)| (u64::MAX - count, name.clone()));
    top.truncate(3);
    let bytes = log.len();
    let (least, most) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    let told = [
        outcomes,
        format!("5000 {bytes} 5000 {bytes}"),
        source.to_string(),
        format!("{tls} {sent}"),
        format!("{least} {most} {}", times.len()),
        minute.to_string(),
        format!("{answers} {}", distinct.len()),
        holding,
        list(top),
        session,
    ];
    assert!(
        told.iter().all(|answer| !answer.is_empty() && answer != "0"),
        "{told:?}"
    );
    (log, told.join("\n") + "\n")
}

#[test]
fn duckdb_and_clickhouse_answer_as_a_plain_count_does() {
    let Some(with_duckdb) = python("duckdb") else {
        assert!(
            std::env::var_os("CI").is_none(),
            "ACCORD_PYTHON_TOOLS must have duckdb in CI"
        );
        println!("SKIPPED: duckdb; set ACCORD_PYTHON_TOOLS");
        return;
    };
    let with_chdb = python("chdb");
    if with_chdb.is_none() {
        println!("SKIPPED: chdb is not installed in ACCORD_PYTHON_TOOLS");
    }
    let (log, expected) = log_and_answers();
    let folder = tempfile::tempdir().unwrap();
    // Of one row group, with the columns that it has; and of several, with all.
    for row_group_rows in [5_000, 700] {
        let limits = Limits {
            row_group_rows,
            ..Limits::default()
        };
        let file = folder.path().join(format!("{row_group_rows}.parquet"));
        std::fs::write(&file, written(&log, LogFormat::ZeekTsv, timing(), limits).0).unwrap();
        assert_eq!(asked(&with_duckdb, DUCKDB, &file, IN_DUCKDB), expected);
        if let Some(python) = &with_chdb {
            assert_eq!(asked(python, CHDB, &file, IN_CHDB), expected);
        }
    }
    // Several logs in one file: the same questions of the one among them, and how many rows each has.
    let mut writer = ColumnsWriter::of_several(Vec::new(), Limits::default());
    for (name, format, log) in [
        ("a/000001", LogFormat::Text, &b"one\ntwo\n"[..]),
        ("a/000002", LogFormat::ZeekTsv, &log),
        ("a/000003", LogFormat::Text, b"three\n"),
    ] {
        writer.begin_log(name, format, timing());
        feed(&mut writer, log, format);
    }
    let apart = tempfile::tempdir().unwrap();
    let file = apart.path().join("several.parquet");
    std::fs::write(&file, writer.finish_several().unwrap().0).unwrap();
    let counted = "select segment, count(*) from LOG group by 1 order by 1";
    assert_eq!(
        asked(&with_duckdb, DUCKDB, &file, &[counted]),
        "a/000001 2; a/000002 5000; a/000003 1\n"
    );
    let of_one: Vec<String> = IN_DUCKDB
        .iter()
        .map(|question| question.replace("LOG", "(select * from LOG where segment = 'a/000002')"))
        .collect();
    let of_one: Vec<&str> = of_one.iter().map(String::as_str).collect();
    assert_eq!(asked(&with_duckdb, DUCKDB, &file, &of_one), expected);
    // Files of other formats beside them, as one table.
    let syslog = columns(
        b"<34>1 2003-10-11T22:14:15.003Z h su 1 - - x\n",
        LogFormat::Syslog,
    );
    std::fs::write(folder.path().join("syslog.parquet"), syslog).unwrap();
    let all = folder.path().join("*.parquet");
    let question = [
        "select count(*), count(session_uid), count(device_hostname) from (select * from read_parquet('ALL', union_by_name = true))",
    ];
    let question = question.map(|text| text.replace("ALL", all.to_str().unwrap()));
    let told = asked(
        &with_duckdb,
        DUCKDB,
        &all,
        &question.each_ref().map(String::as_str),
    );
    let sessions = 2 * expected
        .lines()
        .nth(4)
        .unwrap()
        .split(' ')
        .nth(2)
        .unwrap()
        .parse::<u64>()
        .unwrap();
    assert_eq!(told, format!("10001 {sessions} 1\n"));
}

/// What each column is to DuckDB.
#[test]
fn the_columns_have_types_that_sql_knows() {
    let Some(python) = python("duckdb") else {
        println!("SKIPPED: duckdb; set ACCORD_PYTHON_TOOLS");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.parquet");
    let limits = Limits {
        row_group_rows: 1,
        ..Limits::default()
    };
    std::fs::write(&file, written(b"a\nb\n", LogFormat::Text, timing(), limits).0).unwrap();
    let question = "select column_type, string_agg(column_name, ' ') from (describe select * from LOG) group by 1 order by 1";
    let told = asked(&python, DUCKDB, &file, &[question]);
    let kinds: BTreeMap<&str, &str> = told
        .trim_end()
        .split("; ")
        .map(|kind| {
            kind.rsplit_once(" WITH TIME ZONE ")
                .or(kind.split_once(' '))
                .unwrap()
        })
        .collect();
    assert_eq!(kinds["BIGINT"], "frame line line_offset line_length");
    assert_eq!(kinds["TIMESTAMP"], "time time_last time_corrected");
    assert_eq!(kinds["BOOLEAN"], "time_doubtful");
    assert_eq!(
        kinds["VARCHAR[]"],
        "answers_rdata user_name email_to file_hashes_value"
    );
    assert_eq!(
        kinds["UBIGINT"],
        "process_pid traffic_bytes_in traffic_bytes_out lease_dur"
    );
    assert_eq!(
        kinds["INTEGER"],
        "record left_out records_left_out src_endpoint_port dst_endpoint_port unmapped_nat_src_port unmapped_nat_src_port_last"
    );
    assert!(kinds["VARCHAR"].starts_with("outcome time_basis time_written src_endpoint_ip"));
}
