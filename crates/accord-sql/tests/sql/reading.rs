//! What is read, what is not, and what is told about it.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use accord_logstore::LogStore;
use accord_sql::{Kind, NotCovered};

use crate::support::*;

/// A Zeek log of so many lines, a name of its own in each, one line a second.
fn long(lines: u64) -> String {
    let mut log = "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tquery\n\
                   #types\ttime\tstring\taddr\tport\taddr\tport\tstring\n"
        .to_owned();
    for n in 0..lines {
        let name = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
        writeln!(
            log,
            "{}.000000\tC{n}\t10.{}.{}.{}\t{}\t192.0.2.53\t53\t{name:012x}.example",
            1_711_152_000 + n,
            n >> 16 & 255,
            n >> 8 & 255,
            n & 255,
            1024 + n % 60_000,
        )
        .unwrap();
    }
    log
}

#[test]
fn files_row_groups_and_pages_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = LogStore::open(folder.path()).unwrap();
    store.add_source(source("dns")).unwrap();
    // Four row groups: three full ones and the rest.
    let lines = 400_000;
    let log = long(lines);
    import(&store, "dns", "long.log", log.as_bytes());
    import(&store, "dns", "short.log", DNS.as_bytes());
    let length = std::fs::metadata(folder.path().join("segments/dns/000001/columns.parquet"))
        .unwrap()
        .len();

    // By the segment, in any form: the other file is not opened.
    for condition in [
        "segment = 'dns/000002'",
        "segment LIKE '%2'",
        "source = 'dns' AND segment IN ('dns/000002', 'dns/000009')",
        "upper(segment) > 'DNS/000001'",
    ] {
        let (text, outcome) = rows(
            folder.path(),
            &format!("SELECT count(*) AS n, sum(line) AS s FROM logs WHERE {condition}"),
        );
        assert_eq!(text, "{\"n\":8,\"s\":36}\n", "{condition}");
        assert_eq!((outcome.covered, outcome.skipped.files), (1, 1), "{condition}");
        assert!(outcome.read_bytes < 30_000, "{condition}: {outcome:?}");
    }
    let (text, outcome) = rows(
        folder.path(),
        "SELECT count(*) AS n FROM logs WHERE source = 'web'",
    );
    assert_eq!(
        (text.as_str(), outcome.covered, outcome.read_bytes),
        ("{\"n\":0}\n", 0, 0)
    );
    // Not only by them.
    let (text, _) = rows(
        folder.path(),
        "SELECT count(*) AS n FROM logs WHERE segment = 'dns/000002' OR line = 5",
    );
    assert_eq!(text, "{\"n\":9}\n");

    // By statistics: the last of the four row groups has these lines.
    let statement = format!(
        "SELECT count(*) AS n, max(session_uid) AS last FROM dns WHERE line > {}",
        lines - 8
    );
    let (text, outcome) = rows(folder.path(), &statement);
    assert_eq!(text, "{\"n\":10,\"last\":\"C399999\"}\n");
    assert!(outcome.skipped.row_groups_by_statistics >= 3, "{outcome:?}");
    assert!(outcome.read_bytes < length / 4, "{outcome:?} of {length}");
    let statement = "SELECT count(*) AS n FROM dns WHERE time >= '2024-03-23T00:00:00Z' AND time < '2024-03-23T00:01:00Z' AND segment = 'dns/000001'";
    let (text, outcome) = rows(folder.path(), statement);
    assert_eq!(text, "{\"n\":60}\n");
    assert!(outcome.skipped.row_groups_by_statistics >= 3, "{outcome:?}");
    // By the page index, inside of the one that is left: it has seven pages or more of a column.
    assert!(outcome.skipped.pages >= 6, "{outcome:?}");

    // By bloom filters: the name lies between the least and the greatest of all row groups, and is in none; or in one.
    let (text, outcome) = rows(
        folder.path(),
        "SELECT count(*) AS n FROM dns WHERE query_hostname = '7fffffffffff.example'",
    );
    assert_eq!(text, "{\"n\":0}\n");
    assert!(outcome.skipped.row_groups_by_bloom_filter >= 3, "{outcome:?}");
    assert!(outcome.read_bytes < length / 4, "{outcome:?} of {length}");
    let there = format!(
        "{:012x}.example",
        300_000_u64.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16
    );
    let (text, outcome) = rows(
        folder.path(),
        &format!("SELECT line FROM dns WHERE query_hostname = '{there}'"),
    );
    assert_eq!(text, "{\"line\":300003}\n");
    assert!(outcome.skipped.row_groups_by_bloom_filter >= 2, "{outcome:?}");

    // Only the columns that are asked for are read.
    let (_, few) = rows(folder.path(), "SELECT max(line) FROM dns");
    let (_, all) = rows(
        folder.path(),
        "SELECT max(line), max(session_uid), max(query_hostname), max(src_endpoint_ip) FROM dns",
    );
    assert!(few.read_bytes * 5 < all.read_bytes, "{few:?} {all:?}");
    // The count of rows is in the files' ends.
    let (text, counted) = rows(folder.path(), "SELECT count(*) AS n FROM dns");
    assert_eq!(text, format!("{{\"n\":{}}}\n", lines + 2 + 8));
    assert!(counted.read_bytes < 300_000, "{counted:?}");

    // A join with few indicators leaves row groups out by what was found on the other side.
    let mut asked = question(
        folder.path(),
        "SELECT d.line FROM indicators i JOIN dns d ON d.query_hostname = i.value",
    );
    asked.with_indicators = true;
    let (text, told) = ask(
        &asked,
        Some(&[
            indicator("domain", &there, &[]),
            indicator("domain", "7fffffffffff.example", &[]),
        ]),
    );
    assert_eq!(text, "{\"line\":300003}\n");
    let outcome = told.unwrap();
    assert!(outcome.read_bytes < length, "{outcome:?} of {length}");
}

fn segment(folder: &std::path::Path, name: &str, file: &str) -> std::path::PathBuf {
    folder.join("segments").join(name).join(file)
}

#[test]
fn segments_without_columns_are_told() {
    let small = small();
    let dir = small.folder.path();
    std::fs::remove_file(segment(dir, "dns/000001", "columns.json")).unwrap();
    std::fs::remove_file(segment(dir, "auth/000001", "columns.json")).unwrap();
    std::fs::remove_file(segment(dir, "auth/000001", "columns.parquet")).unwrap();
    let (text, outcome) = rows(dir, "SELECT count(*) AS n FROM logs");
    assert_eq!(text, "{\"n\":4}\n");
    assert_eq!((outcome.covered, outcome.not_covered_total), (1, 2));
    let [auth, dns] = outcome.not_covered.as_slice() else {
        panic!("{outcome:?}")
    };
    let NotCovered {
        segment: name,
        lines,
        why,
    } = auth;
    assert_eq!((name.as_str(), *lines), ("auth/000001", Some(4)));
    assert!(
        why.contains("no columns") && why.contains("accord log index"),
        "{why}"
    );
    assert_eq!((dns.segment.as_str(), dns.lines), ("dns/000001", Some(8)));
    assert!(dns.why.contains("without columns.json"), "{}", dns.why);
    // Only those that the question is about.
    let told = |statement: &str| {
        let (_, outcome) = rows(dir, statement);
        (outcome.covered, outcome.not_covered_total)
    };
    assert_eq!(told("SELECT count(*) FROM \"web-1\""), (1, 0));
    assert_eq!(told("SELECT count(*) FROM dns"), (0, 1));
    assert_eq!(told("SELECT count(*) FROM logs WHERE source <> 'dns'"), (1, 1));
    assert_eq!(
        told("SELECT count(*) FROM logs WHERE segment = 'auth/000001'"),
        (0, 1)
    );
    assert_eq!(told("SELECT 1"), (0, 0));
    assert_eq!(
        told("SELECT (SELECT count(*) FROM dns) AS d, (SELECT count(*) FROM auth) AS a"),
        (0, 2)
    );
}

#[test]
fn damage_is_an_error_and_no_answer() {
    let small = small();
    let path = segment(small.folder.path(), "dns/000001", "columns.parquet");
    let good = std::fs::read(&path).unwrap();
    // The end of the file says where everything is; the middle is data.
    for at in [good.len() - 20, good.len() / 3, 10] {
        let mut bytes = good.clone();
        for byte in &mut bytes[at..at + 8] {
            *byte ^= 0x5a;
        }
        std::fs::write(&path, &bytes).unwrap();
        let (text, told) = ask(
            &question(small.folder.path(), "SELECT * FROM dns ORDER BY line"),
            None,
        );
        match told {
            Err(error) => {
                assert!(
                    matches!(error.kind, Kind::Store | Kind::Value | Kind::Internal),
                    "{at}: {error:?}"
                );
                assert!(!error.message.contains('\n'), "{error}");
            }
            // Bytes that nothing reads.
            Ok(_) => assert_eq!(text.lines().count(), 8),
        }
    }
    // Other questions are answered.
    assert_eq!(
        rows(small.folder.path(), "SELECT count(*) AS n FROM auth").0,
        "{\"n\":4}\n"
    );
}

#[test]
fn a_question_beside_an_import_sees_whole_segments() {
    let small = small();
    let done = AtomicBool::new(false);
    let mut most = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..15 {
                let log: String = (0..100)
                    .map(|line| format!("2024-03-23T00:00:00Z line {n} {line}\n"))
                    .collect();
                import(&small.store, "empty", "more.log", log.as_bytes());
            }
            done.store(true, Ordering::SeqCst);
        });
        loop {
            let last = done.load(Ordering::SeqCst);
            let (text, outcome) = rows(
                small.folder.path(),
                "SELECT count(*) AS n FROM empty GROUP BY segment ORDER BY segment",
            );
            assert!(text.lines().all(|line| line == "{\"n\":100}"), "{text}");
            assert_eq!(outcome.not_covered_total, 0);
            most = most.max(text.lines().count());
            if last {
                break;
            }
        }
    });
    assert_eq!(most, 15);
}

#[test]
fn how_far_it_has_come_is_told() {
    let small = small();
    let mut seen = Vec::new();
    let mut sink = Vec::new();
    let asked = question(
        small.folder.path(),
        "SELECT line, outcome FROM logs, generate_series(1, 20000)",
    );
    let outcome = accord_sql::answer(&asked, None, &mut sink, &mut |progress| {
        seen.push(progress);
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    let last = seen.last().unwrap();
    assert!(seen.is_sorted_by_key(|progress| progress.rows));
    assert!(seen.is_sorted_by_key(|progress| progress.read_bytes));
    assert_eq!((last.read_bytes, last.files), (outcome.read_bytes, 3));
    assert_eq!(outcome.truncated, Some(accord_sql::Cut::Rows));
    assert_eq!(outcome.rows, 100_000);
}
