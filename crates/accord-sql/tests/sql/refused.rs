//! What is no question, and what is larger than one.

use accord_sql::{Format, Kind, MAX_DEPTH, MAX_NESTING, MAX_STATEMENT_BYTES, MAX_TABLES};

use crate::support::*;

#[test]
fn statements_that_are_no_questions() {
    let small = small();
    let before = tree(small.folder.path());
    let out = small.folder.path().join("out");
    let out = out.to_str().unwrap();
    for statement in [
        "",
        ";",
        "-- nothing",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE logs",
        "INSERT INTO logs VALUES (1)",
        "UPDATE logs SET line = 1",
        "DELETE FROM logs",
        "MERGE INTO logs USING dns ON true WHEN MATCHED THEN DELETE",
        "TRUNCATE TABLE logs",
        "DROP TABLE logs",
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TEMPORARY TABLE t (a INT)",
        "CREATE SCHEMA s",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE UNBOUNDED EXTERNAL TABLE t STORED AS CSV LOCATION 'http://127.0.0.1/x'",
        &format!("COPY logs TO '{out}'"),
        &format!("COPY (SELECT 1) TO '{out}' STORED AS CSV"),
        "SET datafusion.execution.batch_size = 1",
        "SET TIME ZONE 'UTC'",
        "RESET datafusion.execution.batch_size",
        "SHOW ALL",
        "SHOW datafusion.runtime.temp_directory",
        "SHOW CREATE TABLE logs",
        "BEGIN",
        "COMMIT",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "DEALLOCATE p",
        "KILL 1",
        "CALL f()",
        "USE x",
        "ATTACH DATABASE 'x' AS y",
        "PRAGMA table_info(logs)",
        "ANALYZE TABLE logs",
        "VACUUM",
        "EXPLAIN INSERT INTO logs VALUES (1)",
        "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
        &format!("EXPLAIN COPY logs TO '{out}'"),
        "WITH x AS (INSERT INTO logs VALUES (1) RETURNING *) SELECT * FROM x",
        "WITH x AS (DELETE FROM logs RETURNING *) SELECT * FROM x",
        "SELECT 1 INTO t",
        "SELECT * INTO OUTFILE 'x' FROM logs",
        "SELECT * FROM logs FOR UPDATE",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM parquet_metadata('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM LATERAL flatten(x)",
        "SELECT * FROM TABLE(read_csv('/etc/passwd'))",
        "SELECT * FROM information_schema.df_settings",
        "SELECT * FROM information_schema.\"df_settings\"",
        "SELECT * FROM (SELECT * FROM INFORMATION_SCHEMA.DF_SETTINGS)",
        "SELECT (SELECT count(*) FROM read_csv('x'))",
        "SELECT * FROM logs WHERE line IN (SELECT 1 FROM read_json('x'))",
        "SELECT 1 FORMAT JSON",
        // Of other systems.
        "INSERT OVERWRITE DIRECTORY '/tmp/x' SELECT 1",
        "INSERT INTO FUNCTION file('/tmp/x') SELECT 1",
        &format!("INSERT INTO '{out}' SELECT 1"),
        &format!("COPY INTO '{out}' FROM (SELECT 1)"),
        "COPY logs FROM '/etc/passwd'",
        "COPY logs TO STDOUT",
        "UNLOAD ('SELECT 1') TO '/tmp/x'",
        "LOAD DATA LOCAL INPATH '/etc/passwd' INTO TABLE logs",
        "EXPORT DATA OPTIONS (uri = '/tmp/x') AS SELECT 1",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE INDEX i ON logs (line)",
        "CREATE MATERIALIZED VIEW v AS SELECT 1",
        "CREATE MACRO m(a) AS a",
        "CREATE STAGE s",
        "CREATE ROLE r",
        "CREATE DATABASE d",
        "CREATE TRIGGER t BEFORE INSERT ON logs EXECUTE FUNCTION f()",
        "ALTER TABLE logs ADD COLUMN c INT",
        "ALTER SESSION SET x = 1",
        "RENAME TABLE logs TO l",
        "COMMENT ON TABLE logs IS 'x'",
        "GRANT SELECT ON logs TO x",
        "REVOKE SELECT ON logs FROM x",
        "SET x = 1",
        "SET ROLE x",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "RESET ALL",
        "SHOW VARIABLES",
        "SHOW SESSION ALL",
        "CACHE TABLE logs",
        "UNCACHE TABLE logs",
        "MSCK REPAIR TABLE logs",
        "LOCK TABLES logs READ",
        "FLUSH TABLES",
        "LISTEN x",
        "NOTIFY x",
        "DECLARE c CURSOR FOR SELECT 1",
        "FETCH NEXT FROM c",
        "DO 'x'",
        "RAISE USING MESSAGE = 'x'",
        "IF true THEN SELECT 1; END IF",
        "EXPLAIN ANALYZE INSERT INTO logs VALUES (1)",
        "EXPLAIN SET x = 1",
        "EXPLAIN EXPLAIN DROP TABLE logs",
        "SELECT * FROM (INSERT INTO logs VALUES (1) RETURNING *)",
        "SELECT 1 UNION ALL DELETE FROM logs",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT * FROM logs INTO DUMPFILE '/tmp/x'",
        // Functions that would read what is not in the store.
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT load_file('/etc/passwd')",
        "SELECT read_text('/etc/passwd')",
        "SELECT getenv('HOME')",
        "SELECT current_setting('x')",
        "SELECT sleep(10)",
        "SELECT * FROM unnest(read_text('/etc/passwd'))",
        "SELECT * FROM file('/etc/passwd')",
        "SELECT * FROM url('http://127.0.0.1/')",
        "SELECT * FROM s3('http://127.0.0.1/')",
        "SELECT * FROM list_files_cache()",
        "SELECT * FROM metadata_cache()",
        "SELECT * FROM statistics_cache()",
        "DESCRIBE '/etc/passwd'",
        "SHOW COLUMNS FROM '/etc/passwd'",
        "SELECT * FROM accord.information_schema.df_settings",
        "TABLE information_schema.df_settings",
        "SELECT 1 SETTINGS max_threads = 1",
    ] {
        let error = error(small.folder.path(), statement);
        assert!(
            matches!(error.kind, Kind::Refused | Kind::Statement),
            "{statement}: {error:?}"
        );
        assert!(!error.message.contains('\n'), "{statement}: {error}");
    }
    // What would be read as a file is not even looked for.
    for table in [
        "'/etc/passwd'",
        "\"/etc/passwd\"",
        "'file:///etc/passwd'",
        "'https://127.0.0.1/x.parquet'",
        "'s3://x/y'",
    ] {
        let error = error(small.folder.path(), &format!("SELECT * FROM {table}"));
        assert_eq!(error.kind, Kind::Statement);
        assert!(error.message.contains("not found"), "{table}: {error}");
    }
    assert_eq!(tree(small.folder.path()), before, "nothing was written");
}

/// The engine writes the pattern into a question of its own, as it stands.
#[test]
fn functions_are_filtered_by_a_pattern_of_names_alone() {
    let small = small();
    let hidden = "SHOW FUNCTIONS LIKE 'x'' OR EXISTS (SELECT 1 FROM information_schema.df_settings WHERE name = \
                  ''datafusion.runtime.temp_directory'' AND value LIKE ''/%'') --'";
    let explained = format!("EXPLAIN {hidden}");
    let (ends_it, by_names) = (
        "a quote, a semicolon or a backslash",
        "LIKE and a pattern of their names alone",
    );
    for (statement, words) in [
        (hidden, ends_it),
        (explained.as_str(), ends_it),
        ("SHOW FUNCTIONS LIKE 'x'' OR 1 = 1 --'", ends_it),
        ("SHOW FUNCTIONS LIKE \"x' OR 1 = 1 --\"", ends_it),
        ("SHOW FUNCTIONS LIKE E'x\\' OR 1 = 1 --'", ends_it),
        ("SHOW FUNCTIONS LIKE U&'x\\0027 OR 1 = 1 --'", ends_it),
        ("SHOW FUNCTIONS LIKE ''''", ends_it),
        // The engine would stop with a panic.
        ("SHOW FUNCTIONS LIKE 'x''; SELECT 1; --'", ends_it),
        ("SHOW FUNCTIONS LIKE 'x;'", ends_it),
        ("SHOW FUNCTIONS LIKE 'x\\'", ends_it),
        ("SHOW FUNCTIONS ILIKE 'date%'", by_names),
        ("SHOW FUNCTIONS WHERE (SELECT count(*) FROM logs) > 0", by_names),
        ("SHOW FUNCTIONS 'date%'", by_names),
    ] {
        let error = error(small.folder.path(), statement);
        assert_eq!(error.kind, Kind::Refused, "{statement}: {error}");
        assert!(error.message.contains(words), "{statement}: {error}");
    }
    // A name of a table goes the same way, and must be that of one.
    for statement in [
        "SHOW COLUMNS FROM \"dns' OR EXISTS (SELECT 1 FROM information_schema.df_settings) --\"",
        "SHOW COLUMNS FROM \"x' OR 'a' = 'a\".dns",
        "SHOW COLUMNS FROM \"dns'; SELECT 1; --\"",
    ] {
        let error = error(small.folder.path(), statement);
        assert_eq!(error.kind, Kind::Statement, "{statement}: {error}");
    }
    // What names have in them is a pattern as before.
    for (statement, name) in [
        ("SHOW FUNCTIONS LIKE 'date_tr%'", "date_trunc"),
        ("SHOW FUNCTIONS LIKE '%_trunc'", "date_trunc"),
        ("SHOW FUNCTIONS", "function_name"),
    ] {
        let (text, told) = ask(&question(small.folder.path(), statement), None);
        told.unwrap();
        assert!(text.contains(name), "{statement}: {text}");
    }
}

/// What the engine would leave out without a word.
#[test]
fn no_clause_is_read_over() {
    let small = small();
    for statement in [
        "SELECT count(*) FROM logs PREWHERE line > 5",
        "SELECT count(*) FROM logs TABLESAMPLE (10)",
        "SELECT count(*) FROM logs TABLESAMPLE BERNOULLI (10 PERCENT)",
        "SELECT count(*) FROM (SELECT 1) TABLESAMPLE (10)",
        "SELECT source, count(*) FROM logs GROUP BY source WITH ROLLUP",
        "SELECT source, count(*) FROM logs GROUP BY source WITH CUBE",
        "SELECT line FROM logs START WITH line = 1 CONNECT BY PRIOR line = line",
        "SELECT line FROM logs FOR SYSTEM_TIME AS OF '2024-01-01'",
        "SELECT line FROM logs FETCH FIRST 1 ROWS ONLY",
        "SELECT TOP 1 line FROM logs",
        "SELECT line FROM logs SORT BY line",
        "SELECT line FROM logs CLUSTER BY line",
        "SELECT line FROM logs LATERAL VIEW explode(answers_rdata) AS x",
        "SELECT line FROM logs LIMIT 1 BY source",
        "SELECT line FROM logs ORDER BY line WITH FILL",
        "SELECT line FROM logs ORDER BY ALL",
        "SELECT * ILIKE 'x%' FROM logs",
        "SELECT l.* ILIKE 'x%' FROM logs l",
        "SELECT CAST(outcome AS VARCHAR(2)) FROM logs",
        "SELECT CAST(outcome AS CHAR(2)) FROM logs",
        "SELECT CAST(line AS FLOAT(53)) FROM logs",
        "SELECT outcome::STRING(2) FROM logs",
        "SELECT outcome COLLATE \"de\" FROM logs",
        "SELECT line FROM logs ASOF JOIN auth MATCH_CONDITION (logs.line > auth.line)",
        "SELECT * RENAME (line AS l) FROM logs",
        "SELECT AS VALUE line FROM logs",
        "SELECT AS STRUCT line FROM logs",
        "SELECT SQL_CALC_FOUND_ROWS line FROM logs",
        "SELECT quantile(0.5)(line) FROM logs",
        "SELECT string_agg(outcome, ',' LIMIT 1) FROM logs",
        "SELECT * FROM generate_series(1, 3) WITH ORDINALITY",
        "SELECT * FROM logs WITH (NOLOCK)",
        "SELECT * FROM logs USE INDEX (i)",
        "SELECT * FROM logs PARTITION (p0)",
        "SELECT * FROM unnest([1]) WITH OFFSET",
        "FROM logs",
        "SELECT line FROM logs FOR JSON AUTO",
    ] {
        let (text, told) = ask(&question(small.folder.path(), statement), None);
        let error = told
            .map(|_| format!("{statement} is answered: {text}"))
            .unwrap_err();
        assert!(
            matches!(error.kind, Kind::Refused | Kind::Statement),
            "{statement}: {error:?}"
        );
        // Not how the engine keeps it.
        assert!(!error.message.contains(['{', '\n']), "{statement}: {error}");
    }
    // What looks alike and is read.
    for (statement, answer) in [
        ("FROM auth SELECT count(*) AS n", "{\"n\":4}\n"),
        (
            "SELECT DISTINCT ON (status) status FROM auth ORDER BY status",
            "{\"status\":\"Failure\"}\n{\"status\":\"Success\"}\n",
        ),
        (
            "SELECT count(*) FILTER (WHERE status = 'Failure') AS n FROM auth",
            "{\"n\":2}\n",
        ),
        (
            "SELECT line FROM auth QUALIFY row_number() OVER (ORDER BY line DESC) = 1",
            "{\"line\":4}\n",
        ),
        (
            "SELECT status, count(*) AS n FROM auth GROUP BY ROLLUP (status) ORDER BY 2, 1",
            "{\"status\":\"Failure\",\"n\":2}\n{\"status\":\"Success\",\"n\":2}\n{\"status\":null,\"n\":4}\n",
        ),
        (
            "SELECT * EXCLUDE (kind) FROM (SELECT 1 AS a, 2 AS kind)",
            "{\"a\":1}\n",
        ),
        (
            "SELECT line FROM auth ORDER BY line LIMIT 1 OFFSET 2",
            "{\"line\":3}\n",
        ),
        (
            "SELECT first_value(status ORDER BY line DESC) AS s FROM auth",
            "{\"s\":\"Success\"}\n",
        ),
        (
            "SELECT l.line, x.n FROM auth l, LATERAL (SELECT count(*) AS n FROM auth o WHERE o.src_endpoint_ip = l.src_endpoint_ip) x ORDER BY 1 LIMIT 1",
            "{\"line\":1,\"n\":3}\n",
        ),
    ] {
        assert_eq!(rows(small.folder.path(), statement).0, answer, "{statement}");
    }
}

/// All files of a folder, with their lengths.
fn tree(folder: &std::path::Path) -> Vec<(std::path::PathBuf, u64)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.push((entry.path(), entry.metadata().unwrap().len()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_statement_one_past_each_of_its_limits() {
    let small = small();
    let dir = small.folder.path();
    let padded = |bytes: usize| format!("SELECT 1 AS a{}", " ".repeat(bytes - 13));
    let nested = |levels: usize| format!("SELECT {}1{} AS a", "(".repeat(levels), ")".repeat(levels));
    let long = |terms: usize| format!("SELECT 1{} AS a", " + 1".repeat(terms));
    let joined = |tables: usize| {
        let tables: Vec<String> = (0..tables)
            .map(|n| format!("generate_series(1, 1) t{n}"))
            .collect();
        format!("SELECT count(*) AS a FROM {}", tables.join(", "))
    };
    let chained = |selects: usize| {
        format!(
            "SELECT count(*) AS a FROM (SELECT 1{})",
            " UNION ALL SELECT 1".repeat(selects)
        )
    };
    let good = |statement: &str| {
        let (text, told) = ask(&question(dir, statement), None);
        let what = &statement[..statement.len().min(60)];
        told.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(text.starts_with("{\"a\":"), "{what}: {text}");
    };
    let bad = |statement: &str, words: &str| {
        let error = error(dir, statement);
        assert_eq!(error.kind, Kind::TooLarge, "{error}");
        assert!(error.message.contains(words), "{error}");
    };
    good(&padded(MAX_STATEMENT_BYTES));
    bad(&padded(MAX_STATEMENT_BYTES + 1), &MAX_STATEMENT_BYTES.to_string());
    good(&nested(40));
    bad(&nested(MAX_NESTING + 1), &MAX_NESTING.to_string());
    // A term is two deep with the one before it; the last `+` is the outermost.
    good(&long(MAX_DEPTH - 1));
    bad(&long(MAX_DEPTH), &MAX_DEPTH.to_string());
    good(&joined(MAX_TABLES));
    bad(&joined(MAX_TABLES + 1), &MAX_TABLES.to_string());
    // The one around them is one too.
    good(&chained(MAX_TABLES - 2));
    bad(&chained(MAX_TABLES - 1), &MAX_TABLES.to_string());
    // A list of as many values as fit is no deep expression.
    let values: Vec<String> = (0..20_000).map(|n| n.to_string()).collect();
    good(&format!(
        "SELECT count(*) AS a FROM logs WHERE line IN ({})",
        values.join(",")
    ));
}

#[test]
fn a_folder_that_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let error = error(folder.path(), "SELECT 1");
    assert_eq!(error.kind, Kind::Store);
    assert!(error.message.contains("not the folder of a log store"), "{error}");
}

#[test]
fn limits_that_cannot_be_asked_for() {
    let small = small();
    let mut asked = question(small.folder.path(), "SELECT 1");
    asked.limits.rows = 0;
    assert_eq!(ask(&asked, None).1.unwrap_err().kind, Kind::Limits);
    assert_eq!(
        "json".parse::<Format>().map_err(|why| why.contains("ndjson")),
        Err(true)
    );
    let with = worker();
    let (_, told) = with.ask(&asked, &[]);
    assert_eq!(told.unwrap_err().kind, Kind::Limits);
}
