//! The same questions to the same files, asked of DuckDB: the same rows.
//!
//! `ACCORD_PYTHON_TOOLS` names a Python environment with `duckdb`, which `./test` makes.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::*;

/// A Python that has it; nothing where there is none, which fails where `CI` is set.
pub fn python() -> Option<PathBuf> {
    let python = std::env::var_os("ACCORD_PYTHON_TOOLS")
        .map(PathBuf::from)
        .map(|tools| tools.join("bin/python"))
        .filter(|python| {
            let has = Command::new(python).args(["-c", "import duckdb"]).output();
            has.is_ok_and(|output| output.status.success())
        });
    if python.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "ACCORD_PYTHON_TOOLS must have duckdb in CI"
        );
        println!("SKIPPED: duckdb; set ACCORD_PYTHON_TOOLS");
    }
    python
}

/// Prints each answer's rows, one JSON array a line, an empty line behind each answer.
const PROGRAM: &str = r#"
import sys, json, duckdb, datetime, decimal
def plain(value):
    if isinstance(value, datetime.datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'; SET threads = 2; SET memory_limit = '4GB'; SET enable_progress_bar = false")
db.execute(f"""CREATE VIEW logs AS SELECT split_part(filename, '/', -3) AS source,
    split_part(filename, '/', -3) || '/' || split_part(filename, '/', -2) AS segment, * EXCLUDE (filename)
    FROM read_parquet('{sys.argv[1]}/segments/*/*/columns.parquet', union_by_name = true, filename = true)""")
db.execute("CREATE TABLE indicators (kind VARCHAR, value VARCHAR, labels VARCHAR[])")
for line in open(sys.argv[2]):
    row = json.loads(line)
    db.execute("INSERT INTO indicators VALUES (?, ?, ?)", [row['kind'], row['value'], row['labels']])
for question in open(sys.argv[3]).read().split('\0'):
    for row in db.execute(question).fetchall():
        print(json.dumps([plain(value) for value in row]))
    print()
"#;

/// A value as both can have it: an instant in milliseconds, a number as a number.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() == 24 && text.ends_with('Z') => {
            let ms: Option<i64> = instant(text);
            ms.map_or_else(|| value.clone(), Value::from)
        }
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), _, _) => Value::from(whole),
            (_, Some(whole), _) => Value::from(whole),
            (_, _, Some(float)) if float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
            (_, _, Some(float)) => Value::from((float * 1e9).round() / 1e9),
            _ => value.clone(),
        },
        Value::Array(values) => values.iter().map(plain).collect(),
        _ => value.clone(),
    }
}

/// `2024-03-23T00:00:00.250Z` as milliseconds since the epoch.
fn instant(text: &str) -> Option<i64> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    // Days since 1970-01-01 of the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let year_of_march = if month <= 2 { year - 1 } else { year };
    let era = year_of_march.div_euclid(400);
    let year_of_era = year_of_march.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days =
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    let seconds = days * 86_400 + part(11, 13)? * 3600 + part(14, 16)? * 60 + part(17, 19)?;
    Some(seconds * 1000 + part(20, 23)?)
}

/// Asks both, and compares: rows in the order of the answer, which every question sets.
pub fn compare(python: &Path, store: &Path, list: &[accord_sql::Indicator], questions: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = list
        .iter()
        .map(|row| serde_json::to_string(row).unwrap() + "\n")
        .collect();
    std::fs::write(folder.path().join("indicators"), rows.concat()).unwrap();
    std::fs::write(folder.path().join("questions"), questions.join("\0")).unwrap();
    let output = Command::new(python)
        .args(["-c", PROGRAM])
        .arg(store)
        .arg(folder.path().join("indicators"))
        .arg(folder.path().join("questions"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let theirs = String::from_utf8(output.stdout).unwrap();
    let mut theirs = theirs.split("\n\n").map(|answer| answer.trim_start_matches('\n'));
    for statement in questions {
        let mut asked = question(store, statement);
        asked.with_indicators = true;
        let (text, told) = ask(&asked, Some(list));
        let outcome = told.unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert_eq!(
            (outcome.truncated, outcome.not_covered_total),
            (None, 0),
            "{statement}"
        );
        let ours: Vec<Value> = text
            .lines()
            .map(|line| {
                let row: Value = serde_json::from_str(line).unwrap();
                let columns = outcome.columns.iter().map(|column| plain(&row[&column.name]));
                columns.collect()
            })
            .collect();
        let theirs: Vec<Value> = theirs
            .next()
            .unwrap()
            .lines()
            .map(|line| plain(&serde_json::from_str(line).unwrap()))
            .collect();
        assert!(!ours.is_empty(), "{statement} has no rows: it tells nothing");
        assert_eq!(ours.len(), theirs.len(), "{statement}");
        for (number, (our, their)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(our, their, "{statement}: row {number}");
        }
    }
}

/// Questions in the SQL that both speak.
pub const SHARED: &[&str] = &[
    "SELECT source, segment, outcome, count(*) FROM logs GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    "SELECT count(*), count(time), count(src_endpoint_ip), count(DISTINCT src_endpoint_ip), min(time), max(time), sum(line_length), max(line_offset + line_length) FROM logs",
    "SELECT src_endpoint_ip, count(*) AS n, sum(traffic_bytes_in) AS i, max(traffic_bytes_in) AS o FROM logs WHERE src_endpoint_ip IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT 50",
    "SELECT date_trunc('hour', time) AS hour, status_code, count(*) FROM logs WHERE status_code IS NOT NULL GROUP BY 1, 2 ORDER BY 1 NULLS FIRST, 2",
    "SELECT query_hostname, count(*) AS n FROM logs WHERE query_hostname IS NOT NULL GROUP BY 1 ORDER BY n, 1 LIMIT 100",
    "SELECT dst_endpoint_port, count(DISTINCT src_endpoint_ip) AS clients, avg(src_endpoint_port) FROM logs WHERE dst_endpoint_port IS NOT NULL GROUP BY 1 ORDER BY clients DESC, 1 LIMIT 20",
    "SELECT source, segment, line, record, time, answers_rdata, user_name FROM logs WHERE answers_rdata IS NOT NULL OR user_name IS NOT NULL ORDER BY segment, line, record LIMIT 500",
    "SELECT answer, count(*) AS n FROM (SELECT unnest(answers_rdata) AS answer FROM logs) GROUP BY 1 ORDER BY n DESC, 1 LIMIT 50",
    "SELECT lower(http_request_user_agent) AS agent, min(time), count(*) FROM logs WHERE http_request_user_agent LIKE '%o%' GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 30",
    "SELECT segment, line, src_endpoint_ip, row_number() OVER (PARTITION BY src_endpoint_ip ORDER BY segment, line, record) AS nth FROM logs WHERE src_endpoint_ip IS NOT NULL ORDER BY segment, line, record, nth LIMIT 300",
    "SELECT a.src_endpoint_ip, count(*) FROM logs a JOIN (SELECT DISTINCT src_endpoint_ip FROM logs WHERE source = 'web-1' OR source = 'apache') b ON a.src_endpoint_ip = b.src_endpoint_ip GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50",
    "SELECT CASE WHEN line_length < 100 THEN 'short' WHEN line_length < 1000 THEN 'long' ELSE 'longer' END AS size, count(*), sum(line_length) FROM logs GROUP BY 1 ORDER BY 1",
    "SELECT i.kind, i.value, count(l.line) FROM indicators i LEFT JOIN logs l ON l.query_hostname = i.value OR l.src_endpoint_ip = i.value GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT source, line FROM logs WHERE time >= TIMESTAMPTZ '2018-03-24 17:00:00+00' AND time < TIMESTAMPTZ '2024-04-01 00:00:00+00' ORDER BY 1, 2, segment, record LIMIT 200",
    // Looked up: with nulls on either side, with several keys, with more than keys, and within a condition.
    "SELECT segment, line, record FROM logs a WHERE a.line <= 100 AND EXISTS (SELECT 1 FROM logs b WHERE b.line <= 100 AND b.src_endpoint_ip = a.src_endpoint_ip AND b.time < a.time) ORDER BY 1, 2, 3 LIMIT 300",
    "SELECT DISTINCT a.src_endpoint_ip, a.query_hostname FROM logs a WHERE a.line > 3 AND NOT EXISTS (SELECT 1 FROM logs b WHERE b.src_endpoint_ip = a.src_endpoint_ip AND b.query_hostname = a.query_hostname AND b.line <= 3) ORDER BY 1 NULLS FIRST, 2 NULLS FIRST",
    "SELECT count(*), count(query_hostname) FROM logs WHERE src_endpoint_ip IN (SELECT b.src_endpoint_ip FROM logs b WHERE b.line > 2)",
    "SELECT count(*) FROM logs WHERE src_endpoint_ip NOT IN (SELECT b.src_endpoint_ip FROM logs b WHERE b.line > 3)",
    "SELECT count(*) FROM logs WHERE src_endpoint_ip NOT IN (SELECT b.src_endpoint_ip FROM logs b WHERE b.line > 3 AND b.src_endpoint_ip IS NOT NULL)",
    "SELECT count(*) FROM logs a WHERE a.line = 5 OR a.query_hostname IN (SELECT i.value FROM indicators i) OR EXISTS (SELECT 1 FROM logs b WHERE b.user_name = a.user_name AND b.line = 1)",
    "SELECT a.line, count(*) FROM logs a WHERE lower(a.outcome) IN (SELECT upper(b.outcome) FROM logs b UNION ALL SELECT b.outcome FROM logs b) GROUP BY 1 ORDER BY 1",
    "SELECT src_endpoint_ip, dst_endpoint_ip, dst_endpoint_port FROM logs WHERE src_endpoint_ip IS NOT NULL GROUP BY 1, 2, 3 HAVING count(*) = 1 ORDER BY 1, 2 NULLS LAST, 3 NULLS LAST LIMIT 100",
];

#[test]
fn duckdb_says_the_same() {
    let Some(python) = python() else {
        return;
    };
    let small = small();
    let list = [
        indicator("domain", "evil.example", &["simda"]),
        indicator("ip", "10.0.0.9", &[]),
        indicator("domain", "absent.example", &[]),
    ];
    compare(&python, small.folder.path(), &list, SHARED);
}

#[test]
fn instants_are_counted_right() {
    for (text, ms) in [
        ("1970-01-01T00:00:00.000Z", 0),
        ("2024-03-23T00:00:00.250Z", 1_711_152_000_250),
        ("2000-02-29T23:59:59.999Z", 951_868_799_999),
        ("1969-12-31T23:59:59.000Z", -1_000),
    ] {
        assert_eq!(instant(text), Some(ms), "{text}");
    }
}
