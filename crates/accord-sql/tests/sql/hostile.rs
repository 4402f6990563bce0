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
    let with = worker();
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
    for (statement, kinds) in table {
        let mut asked = question(small.folder.path(), &statement);
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
