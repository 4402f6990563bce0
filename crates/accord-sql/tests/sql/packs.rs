//! The same questions with packs and without: the same answers, also after destruction, of a pack that is damaged, and for
//! who may see only some sources.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use accord_logstore::{Decided, Ground, LogStore, SegmentId};
use accord_sql::{Kind, Outcome};

use crate::duckdb::{SHARED, compare, python};
use crate::support::*;

/// Two days after every import: all days are over.
const LATER_MS: i64 = 1_735_689_600_000 + 2 * 86_400_000;

/// A store of many small segments, some of which differ in what they hold: of `dns` five, of `web-1` three, of `auth` one.
fn many() -> Small {
    let folder = tempfile::tempdir().unwrap();
    let store = LogStore::open(folder.path()).unwrap();
    for name in ["dns", "web-1", "auth", "empty"] {
        store.add_source(source(name)).unwrap();
    }
    for n in 0..5 {
        let log = DNS
            .replace("10.0.0.", &format!("10.{n}.0."))
            .replace("C1\t", &format!("C{n}x\t"));
        import(&store, "dns", "given.log", log.as_bytes());
    }
    for n in 0..3 {
        import(
            &store,
            "web-1",
            "given.log",
            WEB.replace("10.0.0.2", &format!("10.0.{n}.2")).as_bytes(),
        );
    }
    import(&store, "auth", "given.log", SSH.as_bytes());
    // Of another format than the others of its source, and without a record.
    import(
        &store,
        "web-1",
        "other.log",
        b"<34>1 2024-03-23T00:14:15.003Z h su 1 - - said\n\nnothing\n",
    );
    Small { folder, store }
}

fn pack(store: &LogStore) -> usize {
    store
        .pack_columns(LATER_MS, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    store.column_packs().len()
}

fn destroy(store: &LogStore, segment: &str) {
    let decided = Decided {
        who: "Kim (kim)",
        why: "an order",
        at_ms: LATER_MS,
        program: "test 1",
    };
    let id = SegmentId::parse(segment).unwrap();
    store.destroy(&id, Ground::ByHand, None, &decided).unwrap();
}

/// Files that an answer began to read.
fn files_of(dir: &Path, statement: &str) -> u64 {
    let mut files = 0;
    let mut sink = Vec::new();
    accord_sql::answer(&question(dir, statement), None, &mut sink, &mut |progress| {
        files = progress.files;
        ControlFlow::Continue(())
    })
    .unwrap();
    files
}

/// Questions that have conditions on source and segment, with what they leave out of a pack.
const BY_PLACE: &[&str] = &[
    "SELECT count(*) AS n FROM logs",
    "SELECT count(*) AS n FROM logs WHERE segment = 'dns/000003'",
    "SELECT segment, count(*) AS n, min(time) AS t FROM logs WHERE segment LIKE '%2' GROUP BY 1 ORDER BY 1",
    "SELECT line FROM logs WHERE segment IN ('dns/000002', 'web-1/000002', 'auth/000001') ORDER BY segment, line",
    "SELECT source, max(segment) AS m, count(*) AS n FROM logs WHERE source <> 'dns' GROUP BY 1 ORDER BY 1",
    "SELECT count(*) AS n FROM logs WHERE source = 'dns' AND segment > 'dns/000002' AND line > 4",
    "SELECT count(*) AS n FROM logs WHERE source = 'dns' OR segment = 'web-1/000003'",
    "SELECT count(*) AS n FROM logs WHERE segment = 'dns/000003' OR line = 5",
    "SELECT count(*) AS n FROM dns WHERE segment = 'web-1/000001'",
    "SELECT count(*) AS n FROM logs WHERE segment = 'dns/000009'",
    "SELECT segment FROM dns WHERE segment >= 'dns/000004' ORDER BY line DESC, segment LIMIT 3",
    "SELECT source, segment, line, record, outcome, time, src_endpoint_ip, answers_rdata, user_name FROM logs ORDER BY segment, line, record",
    "SELECT * FROM logs WHERE upper(segment) = 'WEB-1/000004' ORDER BY line",
    "SELECT line FROM (SELECT * FROM logs WHERE segment = 'dns/000002') WHERE query_hostname = 'evil.example'",
    "SELECT a.segment, count(*) AS n FROM dns a JOIN logs b ON a.src_endpoint_ip = b.src_endpoint_ip AND a.segment = b.segment GROUP BY 1 ORDER BY 1",
    "SELECT (SELECT count(*) FROM dns WHERE segment = 'dns/000001') AS a, (SELECT count(*) FROM dns) AS b",
    "SELECT count(DISTINCT segment) AS n, count(DISTINCT source) AS s FROM logs",
    "SELECT count(*) AS n FROM (SELECT 1 FROM logs WHERE segment = 'dns/000002' LIMIT 3)",
];

fn answers(dir: &Path) -> Vec<(String, Outcome)> {
    BY_PLACE
        .iter()
        .chain(SHARED)
        .map(|statement| answer_of(dir, statement))
        .collect()
}

fn answer_of(dir: &Path, statement: &str) -> (String, Outcome) {
    let mut asked = question(dir, statement);
    asked.with_indicators = true;
    let list = [
        indicator("domain", "evil.example", &["simda"]),
        indicator("ip", "10.1.0.1", &[]),
    ];
    let (text, told) = ask(&asked, Some(&list));
    let outcome = told.unwrap_or_else(|error| panic!("{statement}: {error}"));
    (text, outcome)
}

/// Both answer the same, with the same segments.
fn same(before: &[(String, Outcome)], after: &[(String, Outcome)]) {
    for ((statement, before), after) in BY_PLACE.iter().chain(SHARED).zip(before).zip(after) {
        assert_eq!(before.0, after.0, "{statement}");
        let told = |outcome: &Outcome| {
            (
                outcome.columns.clone(),
                outcome.covered,
                outcome.not_covered.clone(),
            )
        };
        assert_eq!(told(&before.1), told(&after.1), "{statement}");
    }
}

#[test]
fn packs_answer_as_the_segments_own_columns_do() {
    let many = many();
    let dir = many.folder.path();
    let before = answers(dir);
    assert_eq!(files_of(dir, "SELECT count(line) FROM logs"), 10);
    assert_eq!(pack(&many.store), 2);
    same(&before, &answers(dir));
    // Two packs, and the one segment that is in none.
    assert_eq!(files_of(dir, "SELECT count(line) FROM logs"), 3);
    assert_eq!(
        files_of(dir, "SELECT count(line) FROM logs WHERE segment = 'dns/000003'"),
        1
    );
    let (_, told) = answer_of(dir, "SELECT count(*) FROM logs WHERE segment = 'dns/000003'");
    assert_eq!((told.covered, told.skipped.files), (1, 2));
    // What came since is read beside them.
    import(&many.store, "dns", "more.log", DNS.as_bytes());
    let (text, told) = answer_of(dir, "SELECT count(*) AS n, count(DISTINCT segment) AS s FROM dns");
    assert_eq!((text.as_str(), told.covered), ("{\"n\":48,\"s\":6}\n", 6));
    // DuckDB reads the segments' own columns, and says the same.
    let list = [
        indicator("domain", "evil.example", &["simda"]),
        indicator("ip", "10.1.0.1", &[]),
    ];
    if let Some(python) = python() {
        compare(&python, dir, &list, SHARED);
    }
}

#[test]
fn a_row_of_a_destroyed_segment_is_never_answered() {
    let many = many();
    let dir = many.folder.path();
    pack(&many.store);
    let segments = |dir: &Path| {
        rows(
            dir,
            "SELECT DISTINCT segment FROM logs WHERE source = 'dns' ORDER BY 1",
        )
        .0
    };
    let expected = |numbers: &[u64]| -> String {
        numbers
            .iter()
            .map(|n| format!("{{\"segment\":\"dns/{n:06}\"}}\n"))
            .collect()
    };
    assert_eq!(segments(dir), expected(&[1, 2, 3, 4, 5]));
    // The others of its pack are read from their own columns, then from the pack that is made anew.
    destroy(&many.store, "dns/000003");
    assert_eq!(segments(dir), expected(&[1, 2, 4, 5]));
    let before = answers(dir);
    assert_eq!(files_of(dir, "SELECT count(line) FROM dns"), 4);
    pack(&many.store);
    same(&before, &answers(dir));
    assert_eq!(files_of(dir, "SELECT count(line) FROM dns"), 1);
    // One that names a pack.
    destroy(&many.store, "dns/000001");
    pack(&many.store);
    assert_eq!(segments(dir), expected(&[2, 4, 5]));
    // A pack that is back from a backup names a segment that is gone: it is none.
    let name = |end: &str| dir.join(format!("packs/dns/000002.{end}"));
    let kept = ["json", "parquet"].map(|end| std::fs::read(name(end)).unwrap());
    destroy(&many.store, "dns/000005");
    for (end, bytes) in ["json", "parquet"].iter().zip(kept) {
        std::fs::write(name(end), bytes).unwrap();
    }
    assert_eq!(segments(dir), expected(&[2, 4]));
    let (text, told) = answer_of(dir, "SELECT count(*) AS n FROM dns WHERE segment = 'dns/000005'");
    assert_eq!(
        (text.as_str(), told.covered, told.not_covered_total),
        ("{\"n\":0}\n", 0, 0)
    );
}

/// While segments are destroyed, and packs made anew, one after the other.
#[test]
fn a_question_beside_a_destruction_sees_nothing_that_was_gone_when_it_began() {
    const SEGMENTS: u64 = 24;
    let folder = tempfile::tempdir().unwrap();
    let store = LogStore::open(folder.path()).unwrap();
    store.add_source(source("dns")).unwrap();
    for n in 0..SEGMENTS {
        let log = format!("{DNS}# {n}\n");
        import(&store, "dns", "given.log", log.as_bytes());
    }
    pack(&store);
    let (gone, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut answered = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1..SEGMENTS {
                destroy(&store, &format!("dns/{n:06}"));
                gone.store(n, Ordering::SeqCst);
                if n % 2 == 0 {
                    pack(&store);
                }
            }
            done.store(true, Ordering::SeqCst);
        });
        loop {
            let last = done.load(Ordering::SeqCst);
            let before = gone.load(Ordering::SeqCst);
            let asked = question(
                folder.path(),
                "SELECT segment, count(*) AS n FROM dns GROUP BY 1 ORDER BY 1",
            );
            let (text, told) = ask(&asked, None);
            match told {
                Ok(_) => {
                    answered += 1;
                    let numbers: Vec<u64> = text
                        .lines()
                        .map(|line| {
                            let row: serde_json::Value = serde_json::from_str(line).unwrap();
                            assert_eq!(row["n"], 9, "{text}");
                            row["segment"].as_str().unwrap()["dns/".len()..].parse().unwrap()
                        })
                        .collect();
                    assert!(numbers.iter().all(|n| *n > before), "{before}: {text}");
                    // All that is there at the end was there all along.
                    let after = gone.load(Ordering::SeqCst) + 1;
                    let there: BTreeSet<u64> = numbers.into_iter().collect();
                    assert!(
                        (after + 1..=SEGMENTS).all(|n| there.contains(&n)),
                        "{after}: {text}"
                    );
                }
                // What was listed was taken away: no answer rather than a part of one.
                Err(error) => assert_eq!((error.kind, text.as_str()), (Kind::Store, ""), "{error}"),
            }
            if last {
                break;
            }
        }
    });
    assert!(answered > 0);
}

#[test]
fn a_pack_that_cannot_be_read_is_no_loss() {
    let many = many();
    let dir = many.folder.path();
    let before = answers(dir);
    pack(&many.store);
    let path = dir.join("packs/dns/000001.parquet");
    let good = std::fs::read(&path).unwrap();
    // Its end says where everything is; behind its first bytes are data.
    for at in [good.len() - 20, good.len() / 3, 40] {
        let mut bytes = good.clone();
        for byte in &mut bytes[at..at + 8] {
            *byte ^= 0x5a;
        }
        std::fs::write(&path, &bytes).unwrap();
        let statement = "SELECT * FROM logs ORDER BY segment, line, record";
        let (text, told) = ask(&question(dir, statement), None);
        // Damage is told by the engine, or it is of bytes that nothing reads, or only a digest tells it.
        match told {
            Ok(outcome) => assert_eq!((outcome.rows, outcome.covered), (59, 10), "{at}: {text}"),
            Err(error) => assert!(matches!(error.kind, Kind::Store | Kind::Value), "{at}: {error:?}"),
        }
    }
    let mut bytes = good.clone();
    let end = bytes.len() - 20;
    bytes[end..].fill(0);
    std::fs::write(&path, &bytes).unwrap();
    same(&before, &answers(dir));
    // Without its record, of another length, of another version: it is none.
    let record = dir.join("packs/dns/000001.json");
    let text = std::fs::read_to_string(&record).unwrap();
    for other in [
        text.replace("\"version\":1", "\"version\":2"),
        "{".to_owned(),
        String::new(),
    ] {
        std::fs::write(&record, other).unwrap();
        same(&before, &answers(dir));
    }
    std::fs::remove_file(&record).unwrap();
    same(&before, &answers(dir));
    std::fs::write(&record, &text).unwrap();
    std::fs::write(&path, &good[1..]).unwrap();
    same(&before, &answers(dir));
    std::fs::remove_file(&path).unwrap();
    same(&before, &answers(dir));
}

/// What a pack has, nobody need build.
#[test]
fn a_segment_without_columns_of_its_own_is_covered_by_its_pack() {
    let many = many();
    let dir = many.folder.path();
    for segment in ["dns/000002", "auth/000001"] {
        std::fs::remove_file(dir.join("segments").join(segment).join("columns.json")).unwrap();
    }
    let told = |statement: &str| {
        let (text, outcome) = answer_of(dir, statement);
        (text, outcome.covered, outcome.not_covered_total)
    };
    assert_eq!(
        told("SELECT count(*) AS n FROM dns"),
        ("{\"n\":32}\n".to_owned(), 4, 1)
    );
    pack(&many.store);
    assert_eq!(
        told("SELECT count(*) AS n FROM dns"),
        ("{\"n\":40}\n".to_owned(), 5, 0)
    );
    assert_eq!(
        told("SELECT count(*) AS n FROM auth"),
        ("{\"n\":0}\n".to_owned(), 0, 1)
    );
}

#[test]
fn sources_that_a_question_may_not_see_are_not_there() {
    let many = many();
    let dir = many.folder.path();
    std::fs::remove_file(dir.join("segments/auth/000001/columns.json")).unwrap();
    for packed in [false, true] {
        if packed {
            pack(&many.store);
        }
        let seen = |sources: &[&str], statement: &str| {
            let mut asked = question(dir, statement);
            asked.sources = Some(sources.iter().map(|name| (*name).to_owned()).collect());
            ask(&asked, None)
        };
        for (sources, count, covered, not_covered) in [
            (&["dns"][..], 40, 5, 0),
            (&["dns", "auth", "absent"], 40, 5, 1),
            (&["web-1", "empty"], 15, 4, 0),
            (&[], 0, 0, 0),
        ] {
            let (text, told) = seen(sources, "SELECT count(*) AS n FROM logs");
            let outcome = told.unwrap();
            assert_eq!(text, format!("{{\"n\":{count}}}\n"), "{sources:?}");
            assert_eq!(
                (outcome.covered, outcome.not_covered_total),
                (covered, not_covered),
                "{sources:?}"
            );
            let (text, told) = seen(
                sources,
                "SELECT DISTINCT source FROM logs WHERE source = 'web-1' OR segment LIKE 'web-1/%'",
            );
            told.unwrap();
            assert_eq!(
                text.is_empty(),
                !sources.contains(&"web-1"),
                "{sources:?}: {text}"
            );
        }
        // Neither its name nor its table.
        for statement in [
            "SHOW TABLES",
            "SELECT * FROM information_schema.tables",
            "SELECT table_name FROM information_schema.columns",
            "EXPLAIN SELECT count(line) FROM logs",
        ] {
            let (text, told) = seen(&["dns"], statement);
            told.unwrap();
            assert!(
                text.contains("dns") && !text.contains("web-1"),
                "{statement}: {text}"
            );
        }
        for statement in [
            "SELECT * FROM \"web-1\"",
            "SELECT * FROM source.auth",
            "DESCRIBE auth",
            "SELECT * FROM accord.store.auth",
        ] {
            let error = seen(&["dns"], statement).1.map(|_| statement).unwrap_err();
            assert_eq!(error.kind, Kind::Statement, "{error}");
            let listed = error.message.split("; the tables are").nth(1).unwrap_or_default();
            assert!(!listed.contains("web-1") && !listed.contains("auth"), "{error}");
        }
    }
}
