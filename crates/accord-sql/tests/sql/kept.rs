//! Statements that are kept: looked at without an answer, and asked with values for their parameters.

use accord_sql::{Column, Kind, MAX_PARAMETER_BYTES, MAX_PARAMETERS, check};

use crate::support::*;

#[test]
fn values_become_what_they_are_compared_with() {
    let small = small();
    for (statement, given, expected) in [
        (
            "SELECT line FROM dns WHERE query_hostname = $name",
            &[("name", "evil.example")][..],
            "5",
        ),
        ("SELECT line FROM dns WHERE line = $1", &[("1", "5")], "5"),
        (
            "SELECT line FROM dns WHERE line > $least AND line < $most",
            &[("least", "4"), ("most", "6")],
            "5",
        ),
        (
            "SELECT line FROM dns WHERE line BETWEEN $a AND $b",
            &[("a", "5"), ("b", "5")],
            "5",
        ),
        (
            "SELECT line FROM dns WHERE $day < time",
            &[("day", "2024-03-23T12:00:00Z")],
            "8",
        ),
        (
            "SELECT line FROM dns WHERE time >= $day",
            &[("day", "2024-03-24")],
            "8",
        ),
        (
            "SELECT line FROM dns WHERE src_endpoint_ip IN ($one, $two) AND line > 5",
            &[("one", "10.0.0.3"), ("two", "x")],
            "8",
        ),
        (
            "SELECT line FROM dns WHERE line > 4 AND outcome = 'parsed' ORDER BY line LIMIT $n",
            &[("n", "1")],
            "5",
        ),
        (
            "SELECT max(line) AS line FROM logs WHERE source = $s",
            &[("s", "dns")],
            "8",
        ),
        (
            "SELECT line FROM dns WHERE segment = $s AND query_hostname LIKE $like",
            &[("s", "dns/000001"), ("like", "evil%")],
            "5",
        ),
        ("SELECT length($text) AS line", &[("text", "seven77")], "7"),
        (
            "WITH x AS (SELECT line, query_hostname AS q FROM dns) SELECT line FROM x WHERE q = $q AND line < $m + 1",
            &[("q", "evil.example"), ("m", "5")],
            "5",
        ),
        // What would be SQL is a value.
        (
            "SELECT count(*) AS line FROM dns WHERE query_hostname = $q",
            &[("q", "' OR 1 = 1 --")],
            "0",
        ),
        (
            "SELECT count(*) AS line FROM dns WHERE query_hostname = $q",
            &[("q", "$q")],
            "0",
        ),
    ] {
        let mut asked = question(small.folder.path(), statement);
        asked.parameters = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (text, told) = ask(&asked, None);
        told.unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert_eq!(text, format!("{{\"line\":{expected}}}\n"), "{statement}");
        // The worker says the same.
        let (by_worker, told) = worker().ask(&asked, &[]);
        told.unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert_eq!(by_worker, text, "{statement}");
    }
}

#[test]
fn values_that_are_missing_or_do_not_fit() {
    let small = small();
    for (statement, given, words) in [
        (
            "SELECT line FROM dns WHERE line = $n",
            &[][..],
            "`$n`: give its value",
        ),
        (
            "SELECT line FROM dns WHERE line = $n",
            &[("n", "five")],
            "`five` is no value for the parameter `$n`, which is Int64",
        ),
        (
            "SELECT line FROM dns WHERE time > $t",
            &[("t", "yesterday")],
            "`yesterday` is no value for the parameter `$t`",
        ),
        (
            "SELECT line FROM dns WHERE line = $n",
            &[("n", "5"), ("m", "5")],
            "`$m`, which is no parameter",
        ),
        ("SELECT 1", &[("1", "5")], "`$1`, which is no parameter"),
        (
            "SELECT value FROM generate_series(1, $n)",
            &[("n", "5")],
            "Argument #2 must be an INTEGER",
        ),
        // Kinds of other systems, of which two would be one.
        (
            "SELECT line FROM dns WHERE line > ? AND line < ?",
            &[("1", "4"), ("2", "6")],
            "`?` is no parameter here: name it, as $day",
        ),
        (
            "SELECT line FROM dns WHERE line = ?1",
            &[("1", "5")],
            "`?1` is no parameter here",
        ),
        (
            "SELECT line FROM dns WHERE line = :n",
            &[("n", "5")],
            "`:n` is no parameter here",
        ),
        (
            "SELECT line FROM dns LIMIT ?",
            &[("1", "5")],
            "`?` is no parameter here",
        ),
        // A name is no value.
        ("SELECT line FROM $table", &[("table", "dns")], ""),
    ] {
        let mut asked = question(small.folder.path(), statement);
        asked.parameters = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let error = ask(&asked, None).1.map(|_| statement).unwrap_err();
        assert_eq!(error.kind, Kind::Statement, "{statement}: {error}");
        assert!(error.message.contains(words), "{statement}: {error}");
    }
}

#[test]
fn one_past_the_limits_of_parameters() {
    let small = small();
    let mut asked = question(small.folder.path(), "SELECT length($a) AS n");
    asked
        .parameters
        .insert("a".to_owned(), "x".repeat(MAX_PARAMETER_BYTES - 1));
    assert_eq!(
        ask(&asked, None).0,
        format!("{{\"n\":{}}}\n", MAX_PARAMETER_BYTES - 1)
    );
    asked
        .parameters
        .insert("a".to_owned(), "x".repeat(MAX_PARAMETER_BYTES));
    assert_eq!(ask(&asked, None).1.unwrap_err().kind, Kind::TooLarge);
    let names: Vec<String> = (0..MAX_PARAMETERS).map(|n| format!("p{n}")).collect();
    let sum: Vec<String> = names.iter().map(|name| format!("length(${name})")).collect();
    asked.statement = format!("SELECT {} AS n", sum.join(" + "));
    asked.parameters = names.iter().map(|name| (name.clone(), "x".to_owned())).collect();
    assert_eq!(ask(&asked, None).0, format!("{{\"n\":{MAX_PARAMETERS}}}\n"));
    asked.parameters.insert("more".to_owned(), String::new());
    let error = ask(&asked, None).1.unwrap_err();
    assert_eq!(error.kind, Kind::TooLarge);
    assert!(error.message.contains(&MAX_PARAMETERS.to_string()), "{error}");
}

/// Names and types.
fn pairs(columns: &[Column]) -> Vec<(&str, &str)> {
    columns
        .iter()
        .map(|column| (column.name.as_str(), column.r#type.as_str()))
        .collect()
}

#[test]
fn a_statement_is_looked_at_without_an_answer() {
    let small = small();
    let with = worker();
    type Named = &'static [(&'static str, &'static str)];
    let table: [(&str, Named, Named); 8] = [
        (
            "SELECT a.line, b.line, count(*) AS n FROM dns a JOIN dns b USING (segment) GROUP BY 1, 2",
            &[("line", "Int64"), ("line_2", "Int64"), ("n", "Int64")],
            &[],
        ),
        (
            "SELECT time FROM logs WHERE time > $day AND src_endpoint_ip = $ip AND dst_endpoint_port = $port",
            &[("time", "Timestamp(ms, \"UTC\")")],
            &[
                ("day", "Timestamp(ms, \"UTC\")"),
                ("ip", "Utf8View"),
                ("port", "Int32"),
            ],
        ),
        (
            "SELECT upper($x) AS u",
            &[("u", "Utf8View")],
            &[("x", "Utf8View")],
        ),
        (
            "EXPLAIN SELECT 1",
            &[("plan_type", "Utf8"), ("plan", "Utf8")],
            &[],
        ),
        ("SELECT i.value FROM indicators i", &[("value", "Utf8View")], &[]),
        (
            "SELECT line FROM dns LIMIT $n OFFSET $m",
            &[("line", "Int64")],
            &[("m", "Int64"), ("n", "Int64")],
        ),
        (
            "SELECT 1 AS a WHERE $x > $y",
            &[("a", "Int64")],
            &[("x", "Utf8View"), ("y", "Utf8View")],
        ),
        // What would take for ever is not asked.
        (
            "SELECT count(*) AS n FROM generate_series(1, 9000000000000000000)",
            &[("n", "Int64")],
            &[],
        ),
    ];
    for (statement, columns, parameters) in table {
        let mut asked = question(small.folder.path(), statement);
        asked.with_indicators = statement.contains("indicators");
        let checked = check(&asked).unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert_eq!(pairs(&checked.columns), columns, "{statement}");
        assert_eq!(pairs(&checked.parameters), parameters, "{statement}");
        assert_eq!(with.worker.check(&asked), Ok(checked), "{statement}");
        assert_eq!(std::fs::read_dir(with.spill_in.path()).unwrap().count(), 0);
    }
    for (statement, kind) in [
        ("SELECT lin FROM dns", Kind::Statement),
        ("SELECT * FROM absent", Kind::Statement),
        ("DROP TABLE logs", Kind::Refused),
        ("SELECT abs('a', 'b')", Kind::Statement),
        ("SELECT * FROM indicators", Kind::Statement),
    ] {
        let asked = question(small.folder.path(), statement);
        assert_eq!(check(&asked).unwrap_err().kind, kind, "{statement}");
        assert_eq!(with.worker.check(&asked).unwrap_err().kind, kind, "{statement}");
    }
}
