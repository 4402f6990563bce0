//! Questions with known answers.

use accord_logstore::LogStore;
use accord_sql::{Column, Kind};

use crate::support::*;

#[test]
fn questions_and_their_answers() {
    let small = small();
    let table: &[(&str, &[&str])] = &[
        (
            "SELECT source, segment, count(*) AS rows FROM logs GROUP BY ALL ORDER BY source",
            &[
                r#"{"source":"auth","segment":"auth/000001","rows":4}"#,
                r#"{"source":"dns","segment":"dns/000001","rows":8}"#,
                r#"{"source":"web-1","segment":"web-1/000001","rows":4}"#,
            ],
        ),
        (
            "SELECT line, time, src_endpoint_ip, answers_rdata, traffic_bytes_in FROM dns WHERE outcome = 'parsed' ORDER BY line",
            &[
                r#"{"line":4,"time":"2024-03-23T00:00:00.250Z","src_endpoint_ip":"10.0.0.1","answers_rdata":["192.0.2.80","192.0.2.81"],"traffic_bytes_in":null}"#,
                r#"{"line":5,"time":"2024-03-23T00:00:01.000Z","src_endpoint_ip":"10.0.0.2","answers_rdata":["203.0.113.9"],"traffic_bytes_in":null}"#,
                r#"{"line":6,"time":"2024-03-23T01:00:00.000Z","src_endpoint_ip":"10.0.0.1","answers_rdata":null,"traffic_bytes_in":null}"#,
                r#"{"line":8,"time":"2024-03-24T00:00:00.000Z","src_endpoint_ip":"10.0.0.3","answers_rdata":["2001:db8::80"],"traffic_bytes_in":null}"#,
            ],
        ),
        // Top talkers, over all sources: a column that a file has not is null.
        (
            "SELECT src_endpoint_ip, count(*) AS lines, sum(traffic_bytes_in) AS bytes FROM logs WHERE src_endpoint_ip IS NOT NULL GROUP BY 1 ORDER BY lines DESC, 1",
            &[
                r#"{"src_endpoint_ip":"10.0.0.2","lines":6,"bytes":41}"#,
                r#"{"src_endpoint_ip":"10.0.0.1","lines":3,"bytes":512}"#,
                r#"{"src_endpoint_ip":"10.0.0.3","lines":2,"bytes":9000000000}"#,
                r#"{"src_endpoint_ip":"10.0.0.9","lines":1,"bytes":null}"#,
            ],
        ),
        (
            "SELECT date_trunc('hour', time) AS hour, status_code, count(*) AS n FROM \"web-1\" GROUP BY 1, 2 ORDER BY 1, 2",
            &[
                r#"{"hour":"2024-03-23T00:00:00.000Z","status_code":"200","n":1}"#,
                r#"{"hour":"2024-03-23T01:00:00.000Z","status_code":"403","n":1}"#,
                r#"{"hour":"2024-03-23T01:00:00.000Z","status_code":"404","n":1}"#,
                r#"{"hour":"2024-03-24T02:00:00.000Z","status_code":"500","n":1}"#,
            ],
        ),
        // Failed logins, then one that worked.
        (
            "SELECT f.src_endpoint_ip, count(*) AS failed, min(s.time) AS worked FROM auth f JOIN auth s ON s.src_endpoint_ip = f.src_endpoint_ip AND s.time > f.time AND s.status = 'Success' WHERE f.status = 'Failure' GROUP BY 1",
            &[r#"{"src_endpoint_ip":"10.0.0.2","failed":2,"worked":"2024-03-23T00:10:09.000Z"}"#],
        ),
        // User agents of a host that are new on a day.
        (
            "SELECT DISTINCT http_request_user_agent AS agent FROM \"web-1\" WHERE time >= '2024-03-24' AND http_request_user_agent NOT IN (SELECT http_request_user_agent FROM \"web-1\" WHERE time < '2024-03-23T01:00:00Z') ORDER BY 1",
            &[],
        ),
        (
            "WITH seen AS (SELECT unnest(answers_rdata) AS answer, src_endpoint_ip FROM dns) SELECT answer, count(DISTINCT src_endpoint_ip) AS clients FROM seen GROUP BY 1 ORDER BY 1 LIMIT 2",
            &[
                r#"{"answer":"192.0.2.80","clients":1}"#,
                r#"{"answer":"192.0.2.81","clients":1}"#,
            ],
        ),
        (
            "SELECT line FROM dns WHERE array_has(answers_rdata, '203.0.113.9')",
            &[r#"{"line":5}"#],
        ),
        (
            "SELECT outcome, count(*) AS n FROM dns GROUP BY 1 ORDER BY 2 DESC, 1",
            &[
                r#"{"outcome":"parsed","n":4}"#,
                r#"{"outcome":"header","n":3}"#,
                r#"{"outcome":"not-parsed","n":1}"#,
            ],
        ),
        ("SELECT count(*) AS n FROM empty", &[r#"{"n":0}"#]),
        ("SELECT * FROM empty", &[]),
        (
            "SELECT a.line, b.line FROM auth a JOIN auth b ON b.line = a.line + 1 ORDER BY a.line LIMIT 1",
            &[r#"{"line":1,"line_2":2}"#],
        ),
        (
            "VALUES (1, 'x'), (2, NULL)",
            &[
                r#"{"column1":1,"column2":"x"}"#,
                r#"{"column1":2,"column2":null}"#,
            ],
        ),
        (
            "SELECT 9223372036854775807 AS most, 1.5 AS half, true AS yes, NULL AS nothing",
            &[r#"{"most":9223372036854775807,"half":1.5,"yes":true,"nothing":null}"#],
        ),
        (
            "SELECT encode(decode('ZXZpbA==', 'base64'), 'hex') AS hex, regexp_replace('a1b2', '[0-9]', '', 'g') AS letters, round(2.5) AS r",
            &[r#"{"hex":"6576696c","letters":"ab","r":3.0}"#],
        ),
        (
            "SELECT value FROM generate_series(1, 3)",
            &[r#"{"value":1}"#, r#"{"value":2}"#, r#"{"value":3}"#],
        ),
        (
            "SELECT time AT TIME ZONE 'Europe/Berlin' AS berlin FROM auth ORDER BY line LIMIT 1",
            &[r#"{"berlin":"2024-03-23T01:10:00.000000000+01:00"}"#],
        ),
    ];
    for (statement, expected) in table {
        let (text, outcome) = rows(small.folder.path(), statement);
        assert_eq!(text.lines().collect::<Vec<_>>(), *expected, "{statement}");
        assert_eq!(outcome.rows, expected.len() as u64);
        assert_eq!(outcome.result_bytes, text.len() as u64);
        assert_eq!((outcome.truncated, outcome.not_covered_total), (None, 0));
    }
}

#[test]
fn a_store_without_a_log_has_the_tables_and_their_types() {
    let folder = tempfile::tempdir().unwrap();
    let store = LogStore::open(folder.path()).unwrap();
    store.add_source(source("radius")).unwrap();
    let (text, outcome) = rows(folder.path(), "SELECT * FROM logs");
    assert_eq!((text.as_str(), outcome.rows, outcome.covered), ("", 0, 0));
    let named: Vec<&str> = outcome
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(named[..4], ["source", "segment", "frame", "line"]);
    let expected: Vec<String> = ["source", "segment"]
        .map(str::to_owned)
        .into_iter()
        .chain(
            accord_columns::file_columns()
                .into_iter()
                .map(|column| column.name),
        )
        .collect();
    assert_eq!(named, expected);
    let kind = |name: &str| {
        let found = outcome.columns.iter().find(|column| column.name == name);
        found.map(|column: &Column| column.r#type.clone()).unwrap()
    };
    assert_eq!(kind("source"), "Utf8View");
    assert_eq!(kind("line"), "Int64");
    assert_eq!(kind("record"), "Int32");
    assert_eq!(kind("time"), "Timestamp(ms, \"UTC\")");
    assert_eq!(kind("time_doubtful"), "Boolean");
    assert_eq!(kind("traffic_bytes_in"), "UInt64");
    assert!(
        kind("answers_rdata").starts_with("List("),
        "{}",
        kind("answers_rdata")
    );
    // The same table of one source.
    assert_eq!(
        rows(folder.path(), "SELECT * FROM radius").1.columns,
        outcome.columns
    );
    // A store with logs has the same types.
    let small = small();
    assert_eq!(
        rows(small.folder.path(), "SELECT * FROM logs").1.columns,
        outcome.columns
    );
}

#[test]
fn what_describes_the_tables() {
    let small = small();
    let (text, _) = rows(small.folder.path(), "DESCRIBE logs");
    assert!(text.starts_with(r#"{"column_name":"source""#), "{text}");
    assert_eq!(
        rows(small.folder.path(), "SHOW COLUMNS FROM \"web-1\"")
            .0
            .lines()
            .count(),
        text.lines().count()
    );
    let (text, _) = rows(small.folder.path(), "SHOW TABLES");
    for table in [r#""logs""#, r#""dns""#, r#""web-1""#, r#""empty""#] {
        assert!(text.contains(table), "{table}: {text}");
    }
    assert!(!text.contains("indicators"));
    let (text, _) = rows(small.folder.path(), "SHOW FUNCTIONS LIKE 'date_tr%'");
    assert!(text.contains("date_trunc"), "{text}");
    let (text, _) = rows(
        small.folder.path(),
        "EXPLAIN SELECT count(*) FROM dns WHERE line = 5",
    );
    assert!(text.contains("dns/000001/columns.parquet"), "{text}");
    // Not where the store is.
    assert!(!text.contains(small.folder.path().to_str().unwrap()), "{text}");
}

#[test]
fn indicators_are_joined() {
    let small = small();
    let list = [
        indicator("domain", "evil.example", &["simda", "c2"]),
        indicator("domain", "other.example", &[]),
        indicator("ip", "10.0.0.9", &["scanner"]),
    ];
    let mut asked = question(
        small.folder.path(),
        "SELECT l.segment, l.line, i.value, i.labels FROM logs l JOIN indicators i ON i.kind = 'domain' AND l.query_hostname = i.value \
         UNION ALL SELECT l.segment, l.line, i.value, i.labels FROM logs l JOIN indicators i ON i.kind = 'ip' AND l.src_endpoint_ip = i.value ORDER BY segment",
    );
    asked.with_indicators = true;
    let (text, told) = ask(&asked, Some(&list));
    told.unwrap();
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            r#"{"segment":"auth/000001","line":4,"value":"10.0.0.9","labels":["scanner"]}"#,
            r#"{"segment":"dns/000001","line":5,"value":"evil.example","labels":["simda","c2"]}"#,
        ]
    );
    // An empty list is a table too; none is no table.
    asked.statement = "SELECT count(*) AS n FROM indicators".to_owned();
    assert_eq!(ask(&asked, Some(&[])).0, "{\"n\":0}\n");
    assert_eq!(ask(&asked, None).1.unwrap_err().kind, Kind::Statement);
}

#[test]
fn a_source_that_is_called_as_a_table_has_its_own_schema() {
    let small = small();
    small.store.add_source(source("logs")).unwrap();
    small.store.add_source(source("indicators")).unwrap();
    import(&small.store, "logs", "x", b"one line\n");
    let count = |table: &str| rows(small.folder.path(), &format!("SELECT count(*) AS n FROM {table}")).0;
    assert_eq!(count("logs"), "{\"n\":17}\n");
    assert_eq!(count("source.logs"), "{\"n\":1}\n");
    assert_eq!(count("source.indicators"), "{\"n\":0}\n");
}

#[test]
fn errors_name_what_is_wrong_and_suggest() {
    let small = small();
    for (statement, words) in [
        (
            "SELECT src_endpoint_ipp FROM logs",
            vec![
                "No field named src_endpoint_ipp",
                "Did you mean 'logs.src_endpoint_ip'?",
            ],
        ),
        (
            "SELECT l.lin FROM dns l",
            vec!["No field named l.lin", "Did you mean 'l.line'?"],
        ),
        (
            "SELECT date_trun('hour', time) FROM logs",
            vec!["Invalid function 'date_trun'", "Did you mean 'date_trunc'?"],
        ),
        (
            "SELECT 1 FROM dnss",
            vec!["table 'dnss' not found", "logs", "\"web-1\"", "auth"],
        ),
        ("SELECT 1 FROM '/etc/passwd'", vec!["/etc/passwd", "not found"]),
        (
            "SELECT 1 FROM \"segments/dns/000001/columns.parquet\"",
            vec!["not found"],
        ),
        ("SELECT 1 FROM logs WHERE", vec!["Expected"]),
        ("SELECT 'x", vec!["Unterminated"]),
        ("SELECT source, count(*) FROM logs", vec!["source", "GROUP BY"]),
        ("SELECT sum(source) FROM logs", vec!["sum"]),
        ("SELECT abs('a', 'b')", vec!["abs"]),
        ("SELECT 1 + INTERVAL", vec!["Expected"]),
    ] {
        let error = error(small.folder.path(), statement);
        assert_eq!(error.kind, Kind::Statement, "{statement}: {error}");
        for word in words {
            assert!(error.message.contains(word), "{statement}: {error}");
        }
        for never in [
            "\n",
            "DataFusion",
            "datafusion",
            "github",
            "ParserError",
            "Some(",
            "backtrace",
            "accord.",
        ] {
            assert!(!error.message.contains(never), "{statement}: {error}");
        }
        assert!(error.message.len() < 600, "{error}");
    }
    // What only reading tells.
    for statement in [
        "SELECT 1/0",
        "SELECT CAST(source AS BIGINT) FROM logs",
        "SELECT regexp_like(source, '(') FROM logs",
    ] {
        let error = error(small.folder.path(), statement);
        assert!(
            matches!(error.kind, Kind::Value | Kind::Statement),
            "{statement}: {error:?}"
        );
        assert!(!error.message.contains('\n'), "{error}");
    }
}
