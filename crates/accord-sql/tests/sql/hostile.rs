//! Questions that are meant to do harm, asked as a node asks: each ends in a clear error within its limits, and the worker
//! leaves nothing behind.

use std::time::{Duration, Instant};

use accord_sql::{Kind, Limits, MAX_STATEMENT_BYTES, MIN_MEMORY_BYTES};

use crate::support::*;

/// Small, so that what takes all of it is soon there.
fn limits() -> Limits {
    Limits {
        memory_bytes: MIN_MEMORY_BYTES,
        spill_bytes: 64 << 20,
        time_ms: 1_000,
        ..Limits::default()
    }
}

#[test]
fn each_ends_in_a_clear_error() {
    let small = small();
    let everything = "(SELECT a.value AS v FROM generate_series(1, 100000) a)";
    let deep = |open: &str, close: &str| {
        let levels = 200_000 / (open.len() + close.len());
        format!("SELECT {}1{}", open.repeat(levels), close.repeat(levels))
    };
    let million: Vec<String> = (0..1_000_000).map(|n| n.to_string()).collect();
    let bounded = [Kind::Memory, Kind::Time, Kind::Spill, Kind::Value];
    let shape = [Kind::TooLarge, Kind::Statement];
    let table: Vec<(String, &[Kind])> = vec![
        // Every row beside every other.
        (format!("SELECT count(*) FROM {everything} a, {everything} b, {everything} c"), &bounded),
        (format!("SELECT a.v, b.v FROM {everything} a, {everything} b ORDER BY a.v * b.v DESC LIMIT 1"), &bounded),
        (format!("SELECT count(DISTINCT concat(a.v, '-', b.v)) FROM {everything} a, {everything} b"), &bounded),
        (format!("SELECT array_agg(a.v) FROM {everything} a, {everything} b"), &bounded),
        (format!("SELECT string_agg(CAST(a.v AS VARCHAR), ',') FROM {everything} a, {everything} b"), &bounded),
        (format!("SELECT * FROM {everything} a JOIN {everything} b ON a.v <> b.v ORDER BY 1, 2"), &bounded),
        // No end.
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r".to_owned(), &bounded),
        (
            "WITH RECURSIVE r AS (SELECT 'x' AS t UNION ALL SELECT concat(t, t) FROM r) SELECT max(length(t)) FROM r".to_owned(),
            &bounded,
        ),
        ("SELECT count(*) FROM generate_series(1, 9223372036854775807)".to_owned(), &bounded),
        ("SELECT sum(value) FROM generate_series(1, 1000000000000)".to_owned(), &bounded),
        // One value that is larger than all memory.
        ("SELECT length(repeat('x', 2000000000))".to_owned(), &bounded),
        ("SELECT length(repeat(repeat('x', 100000), 100000))".to_owned(), &bounded),
        ("SELECT length(lpad('x', 2000000000, 'y'))".to_owned(), &bounded),
        ("SELECT sum(length(rpad(CAST(value AS VARCHAR), 20000000, 'y'))) FROM generate_series(1, 100000)".to_owned(), &bounded),
        ("SELECT array_length(array_repeat(1, 4000000000))".to_owned(), &bounded),
        ("SELECT array_length(generate_series(1, 4000000000))".to_owned(), &bounded),
        ("SELECT array_length(range(0, 9000000000000000000))".to_owned(), &bounded),
        ("SELECT length(replace(repeat('x', 1000000), 'x', repeat('y', 100000)))".to_owned(), &bounded),
        ("SELECT length(regexp_replace(repeat('x', 1000000), 'x', repeat('y', 100000), 'g'))".to_owned(), &bounded),
        ("SELECT length(array_to_string(array_repeat(repeat('x', 100000), 100000), ','))".to_owned(), &bounded),
        // An expression that takes long to match.
        ("SELECT regexp_like(repeat('a', 100000), '(a{1,1000}){1,1000}{1,1000}')".to_owned(), &[Kind::Value, Kind::Statement, Kind::Time, Kind::Memory]),
        ("SELECT count(*) FROM generate_series(1, 100000000) WHERE regexp_like(repeat(CAST(value AS VARCHAR), 1000), '(1|2|3)*[a-z]+$')".to_owned(), &bounded),
        // A statement that is itself too much.
        (format!("SELECT count(*) FROM logs WHERE line IN ({})", million.join(",")), &shape),
        (deep("(", ")"), &shape),
        (deep("NOT ", ""), &shape),
        (deep("- ", ""), &shape),
        (deep("CASE WHEN true THEN ", " END"), &shape),
        (deep("abs(", ")"), &shape),
        (deep("(SELECT ", ")"), &shape),
        (deep("[", "]"), &shape),
        (format!("SELECT 1{}", " OR 1 = 1".repeat(25_000)), &shape),
        (format!("SELECT 1{}", "::INT".repeat(50_000)), &shape),
        (format!("SELECT 'a'{}", " || 'a'".repeat(30_000)), &shape),
        (format!("SELECT a{}", "[1]".repeat(80_000)), &shape),
        (format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(13_000)), &shape),
        (format!("SELECT * FROM logs{}", ", logs".repeat(30_000)), &shape),
        (format!("SELECT * FROM logs{}", " NATURAL JOIN logs".repeat(14_000)), &shape),
        (format!("SELECT * FROM {}logs{}", "(".repeat(100_000), ")".repeat(100_000)), &shape),
        (format!("{}SELECT 1{}", "(".repeat(100_000), ")".repeat(100_000)), &shape),
        (format!("{}SELECT 1", "EXPLAIN ".repeat(30_000)), &[Kind::TooLarge, Kind::Statement, Kind::Refused]),
        (format!("SELECT {}", "a.".repeat(130_000)), &shape),
        (format!("SELECT CAST(NULL AS {}INT{})", "ARRAY<".repeat(30_000), ">".repeat(30_000)), &shape),
    ];
    each_ends(&small, &table);
}

/// Further ways to the same ends: through windows, lists, names that stand for more each time, and functions.
#[test]
fn each_other_way_ends_in_a_clear_error() {
    let small = small();
    let bounded = [Kind::Memory, Kind::Time, Kind::Spill, Kind::Value];
    let planned = [Kind::Memory, Kind::Time, Kind::TooLarge, Kind::Statement];
    let many = "(SELECT value AS v FROM generate_series(1, 100000000))";
    // Each name stands for twice what the one before it does.
    let doubling = |first: &str, next: &dyn Fn(usize) -> String, levels: usize| {
        let mut with = vec![format!("t0 AS ({first})")];
        with.extend((1..=levels).map(|n| format!("t{n} AS ({})", next(n - 1))));
        format!("WITH {} ", with.join(", "))
    };
    let texts = doubling(
        "SELECT 'x' AS t",
        &|n| format!("SELECT concat(t, t) AS t FROM t{n}"),
        60,
    );
    let of_logs = doubling(
        "SELECT outcome AS t FROM logs",
        &|n| format!("SELECT concat(t, t) AS t FROM t{n}"),
        60,
    );
    let joined = doubling(
        "SELECT 1 AS a FROM logs",
        &|n| format!("SELECT x.a FROM t{n} x, t{n} y"),
        31,
    );
    let wider = doubling(
        "SELECT * FROM logs",
        &|n| format!("SELECT x.*, y.* FROM t{n} x CROSS JOIN t{n} y"),
        31,
    );
    let united = doubling(
        "SELECT 1 AS a",
        &|n| format!("SELECT a FROM t{n} UNION ALL SELECT a FROM t{n}"),
        30,
    );
    let columns: Vec<String> = accord_columns::file_columns()
        .into_iter()
        .map(|column| column.name)
        .collect();
    let table: Vec<(String, &[Kind])> = vec![
        // Windows.
        (format!("SELECT max(s) FROM (SELECT sum(v) OVER (ORDER BY v % 7 ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS s FROM {many})"), &bounded),
        (format!("SELECT max(array_length(s)) FROM (SELECT array_agg(v) OVER (ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM {many})"), &bounded),
        (format!("SELECT max(s) FROM (SELECT min(v) OVER (ORDER BY v ROWS BETWEEN 5000000 PRECEDING AND 5000000 FOLLOWING) AS s FROM {many})"), &bounded),
        (format!("SELECT max(s) FROM (SELECT nth_value(v, 90000000) OVER (ORDER BY v DESC) AS s FROM {many})"), &bounded),
        // Lists.
        ("SELECT count(*) FROM (SELECT unnest(range(0, 4000000000)))".to_owned(), &bounded),
        ("SELECT count(*) FROM unnest(range(0, 3000000)) a, unnest(range(0, 3000000)) b, unnest(range(0, 3000000)) c".to_owned(), &bounded),
        ("SELECT array_length(flatten(array_repeat(array_repeat(1, 100000), 100000)))".to_owned(), &bounded),
        ("SELECT array_length(array_sort(range(0, 2000000000)))".to_owned(), &bounded),
        ("SELECT array_length(string_to_array(repeat(',', 2000000000), ','))".to_owned(), &bounded),
        ("SELECT sum(array_length(array_repeat(range(0, 100000 + value % 10), 100))) FROM generate_series(1, 1000000)".to_owned(), &bounded),
        ("SELECT array_length(range(TIMESTAMP '1970-01-01', TIMESTAMP '2270-01-01', INTERVAL '1 second'))".to_owned(), &bounded),
        ("SELECT count(*) FROM generate_series(TIMESTAMP '1970-01-01', TIMESTAMP '2270-01-01', INTERVAL '1 microsecond')".to_owned(), &bounded),
        // One step of computing that is longer than any time.
        ("SELECT levenshtein(repeat('a', 2000000), repeat('b', 2000000))".to_owned(), &bounded),
        ("SELECT max(levenshtein(repeat('a', 20000), concat(repeat('b', 20000), value))) FROM generate_series(1, 1000000)".to_owned(), &bounded),
        ("SELECT length(encode(repeat('x', 2000000000), 'hex'))".to_owned(), &bounded),
        ("SELECT length(translate(repeat('x', 2000000000), 'x', 'y'))".to_owned(), &bounded),
        ("SELECT sum(length(regexp_replace(repeat('a', 1000000), concat('(a|b|', value, ')*c'), 'd'))) FROM generate_series(1, 1000000)".to_owned(), &bounded),
        // A column that the engine cannot count: it panics.
        ("SELECT max(regexp_replace(repeat('a', 1000000), concat('b', value), 'd')) FROM generate_series(1, 5000)".to_owned(), &[Kind::Memory]),
        ("SELECT count(*) FROM generate_series(1, 100000000) WHERE repeat(CAST(value AS VARCHAR), 10000) LIKE '%1%2%3%4%5%6%7%8%9%0%x'".to_owned(), &bounded),
        // Names that stand for more each time.
        (format!("{texts} SELECT length(t) FROM t60"), &planned),
        (format!("{of_logs} SELECT max(length(t)) FROM t60"), &planned),
        (format!("{joined} SELECT count(*) FROM t31"), &planned),
        (format!("{wider} SELECT * FROM t31"), &planned),
        (format!("{united} SELECT sum(a) FROM t30"), &planned),
        (format!("SELECT {} FROM logs", vec!["*"; 80_000].join(",")), &planned),
        (format!("SELECT {} FROM logs GROUP BY CUBE ({})", columns[0], columns[..40].join(", ")), &planned),
        (format!("SELECT 1 FROM logs GROUP BY {}", vec!["ROLLUP (line, frame, record)"; 40].join(", ")), &planned),
        // No end, of other kinds.
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION SELECT n + 1 FROM r) SELECT count(*) FROM r".to_owned(), &bounded),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT a.n FROM r a, generate_series(1, 10)) SELECT count(*) FROM r".to_owned(), &bounded),
        ("EXPLAIN ANALYZE SELECT sum(value) FROM generate_series(1, 1000000000000)".to_owned(), &bounded),
        // Kept for each group or for the whole.
        (format!("SELECT median(v * 1.5) FROM {many}"), &bounded),
        (format!("SELECT count(DISTINCT v) FROM {many}"), &bounded),
        (format!("SELECT max(array_length(a)) FROM (SELECT array_agg(v) AS a FROM {many} GROUP BY v * 7919 % 100000007)"), &bounded),
        (format!("SELECT string_agg(repeat('x', 1000), ',') FROM {many}"), &bounded),
        (format!("SELECT DISTINCT concat(v, repeat('x', 100)) FROM {many} ORDER BY 1"), &bounded),
        (format!("SELECT count(*) FROM {many} a FULL JOIN {many} b ON a.v = b.v + 50000000"), &bounded),
        (format!("SELECT count(*) FROM {many} a WHERE a.v NOT IN (SELECT b.v * 2 FROM {many} b)"), &bounded),
    ];
    each_ends(&small, &table);
}

/// Asks each, and looks at how it ended.
fn each_ends(small: &Small, table: &[(String, &[Kind])]) {
    let with = worker();
    for (statement, kinds) in table {
        let mut asked = question(small.folder.path(), statement);
        asked.limits = limits();
        if !kinds.contains(&Kind::Time) {
            // What has to end by itself, on however busy a machine.
            asked.limits.time_ms = 600_000;
        }
        let began = Instant::now();
        let (_, told) = with.ask(&asked, &[]);
        let what: String = statement.chars().take(90).collect();
        let error = match told {
            Err(error) => error,
            Ok(outcome) => panic!("{what}: {outcome:?}"),
        };
        let took = began.elapsed();
        println!("{:.2} s, {:?}: {what}: {error}", took.as_secs_f64(), error.kind);
        assert!(kinds.contains(&error.kind), "{what}: {error:?}");
        assert!(
            !error.message.contains('\n') && !error.message.contains("panicked"),
            "{what}: {error}"
        );
        // Its time, what a worker may be late, and a busy machine.
        let most = Duration::from_millis(asked.limits.time_ms) + Duration::from_secs(30);
        assert!(took < most, "{what}: {took:?}");
    }
}

/// What is large and no harm has an answer within the same limits.
#[test]
fn what_is_only_large_is_answered() {
    let small = small();
    let with = worker();
    let mut values: Vec<String> = Vec::new();
    let mut length = 0;
    while length < MAX_STATEMENT_BYTES - 100 {
        let value = format!("'{}.example'", values.len());
        length += value.len() + 1;
        values.push(value);
    }
    let list = values.join(",");
    for statement in [
        format!("SELECT count(*) AS n FROM logs WHERE query_hostname IN ({list})"),
        format!("SELECT count(*) AS n FROM dns WHERE query_hostname = 'evil.example'{}", " OR line = 5".repeat(100)),
        // Pair by pair, of ten keys, it would not end.
        "SELECT count(*) AS n FROM generate_series(1, 300000) a WHERE NOT EXISTS (SELECT 1 FROM generate_series(1, 300000) b WHERE b.value % 10 = a.value % 10)".to_owned(),
        "SELECT count(*) AS n FROM generate_series(1, 3000000) a JOIN generate_series(1, 3000000) b USING (value)".to_owned(),
    ] {
        let mut asked = question(small.folder.path(), &statement);
        asked.limits = Limits {
            time_ms: 120_000,
            ..limits()
        };
        let (text, told) = with.ask(&asked, &[]);
        let what: String = statement.chars().take(90).collect();
        told.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert!(text.starts_with("{\"n\":"), "{what}: {text}");
    }
}
