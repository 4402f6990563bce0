//! The records on the disk: their bytes, and what happens where they are not as they were.

use accord_logstore::{
    Error, Ground, HoldCover, KEEPING_FILE_BYTES, KEEPING_FILE_RECORDS, Limits, LogStore,
    MAX_KEEPING_FILE_BYTES,
};
use sha2::Digest;

use super::*;

fn files_of(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir.join("keeping"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Two files: retention, hold; a destruction, a lift.
fn with_chain(dir: &Path) {
    let limits = Limits {
        keeping_records: 2,
        ..small()
    };
    drop(with_segments(dir, 2));
    let store = LogStore::open_with(dir, Default::default(), limits).unwrap();
    store.set_retention("isp", Some(30), &decided("the law")).unwrap();
    store
        .place_hold("case-7", HoldCover::Segments(vec![id(2)]), &decided("order 7"))
        .unwrap();
    store
        .destroy(&id(1), Ground::ByHand, None, &decided("order 8"))
        .unwrap();
    store.lift_hold("case-7", &decided("closed")).unwrap();
    assert_eq!(files_of(dir), ["000001.ndjson", "000002.ndjson"]);
}

/// Records are stored, and told by digest: whoever changes a byte of them makes a new version.
#[test]
fn the_bytes_of_version_1() {
    let dir = tempfile::tempdir().unwrap();
    with_chain(dir.path());
    let text = std::fs::read_to_string(dir.path().join("keeping/000001.ndjson")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = "{\"format\":\"accord-log-keeping\",\"version\":1,\"number\":1,\
        \"before\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"at_ms\":1700086400000,\
        \"who\":\"Kim (kim)\",\"why\":\"the law\",\"program\":\"test 1\",\
        \"act\":{\"retention\":{\"source\":\"isp\",\"days\":30}}}\n";
    assert_eq!(lines[0], first);
    let digest = hex::encode(sha2::Sha256::digest(first));
    assert_eq!(digest, FIRST_SHA256);
    assert!(
        lines[1].contains(&format!("\"number\":2,\"before\":\"{digest}\"")),
        "{}",
        lines[1]
    );
    assert!(
        lines[1].ends_with(
            "\"act\":{\"hold\":{\"hold\":\"case-7\",\"cover\":{\"segments\":[\"isp/000002\"]}}}}\n"
        )
    );
    let store = LogStore::open(dir.path()).unwrap();
    let last = std::fs::read_to_string(dir.path().join("keeping/000002.ndjson")).unwrap();
    let last = last.split_inclusive('\n').next_back().unwrap();
    let (count, head) = store.keeping_head();
    assert_eq!(
        (count, head.to_string()),
        (4, hex::encode(sha2::Sha256::digest(last)))
    );
}

const FIRST_SHA256: &str = "5a5212c26e136ed7ba7f5f97950ab4bbbc9e1b9bee2534cae0f989fdc577828a";

#[test]
fn what_is_not_as_it_was_does_not_open() {
    type Act = fn(&Path);
    fn change(dir: &Path, file: &str, from: &str, to: &str) {
        let path = dir.join("keeping").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    fn lines(dir: &Path, file: &str, act: impl Fn(&mut Vec<String>)) {
        let path = dir.join("keeping").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        act(&mut lines);
        std::fs::write(path, lines.concat()).unwrap();
    }
    let acts: [(&str, Act, &str); 13] = [
        (
            "a word changed",
            |dir| change(dir, "000001.ndjson", "order 7", "order 9"),
            "by digest",
        ),
        (
            "a number changed",
            |dir| change(dir, "000001.ndjson", "\"number\":2", "\"number\":3"),
            "record 2 is missing",
        ),
        (
            "the first taken out",
            |dir| lines(dir, "000001.ndjson", |lines| drop(lines.remove(0))),
            "record 1 is missing",
        ),
        (
            "one taken out",
            |dir| lines(dir, "000002.ndjson", |lines| drop(lines.remove(0))),
            "record 3 is missing",
        ),
        (
            "two swapped",
            |dir| lines(dir, "000001.ndjson", |lines| lines.swap(0, 1)),
            "record 1 is missing",
        ),
        (
            "one twice",
            |dir| lines(dir, "000001.ndjson", |lines| lines.push(lines[1].clone())),
            "record 3 is missing",
        ),
        (
            "the end torn off",
            |dir| lines(dir, "000002.ndjson", |lines| lines[1].truncate(100)),
            "whole record",
        ),
        (
            "a file empty",
            |dir| std::fs::write(dir.join("keeping/000002.ndjson"), "").unwrap(),
            "whole record",
        ),
        (
            "a file gone",
            |dir| std::fs::remove_file(dir.join("keeping/000001.ndjson")).unwrap(),
            "000001.ndjson: it is missing",
        ),
        (
            "a foreign file",
            |dir| std::fs::write(dir.join("keeping/notes.txt"), "x").unwrap(),
            "not put there",
        ),
        (
            "no record",
            |dir| std::fs::write(dir.join("keeping/000003.ndjson"), "x\n").unwrap(),
            "cannot be read",
        ),
        (
            "another version",
            |dir| change(dir, "000001.ndjson", "\"version\":1", "\"version\":2"),
            "use the program",
        ),
        (
            "too large",
            |dir| {
                std::fs::write(
                    dir.join("keeping/000003.ndjson"),
                    vec![b'\n'; MAX_KEEPING_FILE_BYTES + 1],
                )
                .unwrap()
            },
            "larger than",
        ),
    ];
    for (what, act, words) in acts {
        let dir = tempfile::tempdir().unwrap();
        with_chain(dir.path());
        act(dir.path());
        let error = LogStore::open(dir.path()).map(|_| ()).expect_err(what);
        assert!(matches!(error, Error::Unexplained { .. }), "{what}: {error}");
        let text = error.to_string();
        assert!(text.contains(words), "{what}: {text}");
        assert!(
            ["restore", "move", "use the program"]
                .iter()
                .any(|advice| text.contains(advice)),
            "{what}: {text}"
        );
    }
}

/// A chain can be forged whole by who owns the disk; one that destroys what is held still does not open.
#[test]
fn a_destruction_under_a_hold_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    with_chain(dir.path());
    let path = |number: u32| dir.path().join(format!("keeping/00000{number}.ndjson"));
    let first = std::fs::read_to_string(path(1)).unwrap();
    let forged = first.replacen("isp/000002", "isp/000001", 1);
    let before = |text: &str| {
        hex::encode(sha2::Sha256::digest(
            text.split_inclusive('\n').next_back().unwrap(),
        ))
    };
    let second = std::fs::read_to_string(path(2)).unwrap();
    let destruction = second.split_inclusive('\n').next().unwrap();
    std::fs::write(path(1), &forged).unwrap();
    std::fs::write(
        path(2),
        destruction.replacen(&before(&first), &before(&forged), 1),
    )
    .unwrap();
    let error = LogStore::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("isp/000001` is held by case-7"), "{error}");
}

/// What the chain alone does not tell: that the end was cut off. Who kept the head does, and `verify` while the store is
/// open.
#[test]
fn a_cut_off_end_is_told_by_the_head() {
    let dir = tempfile::tempdir().unwrap();
    with_chain(dir.path());
    let opened = LogStore::open_with(dir.path(), Default::default(), small()).unwrap();
    let head = opened.keeping_head();
    assert!(verify(&opened).is_clean());
    let path = dir.path().join("keeping/000002.ndjson");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.split_inclusive('\n').next().unwrap()).unwrap();
    let report = verify(&opened);
    assert!(report.keeping.problems[0].contains("4 were there"), "{report:?}");
    std::fs::write(&path, text.replacen("closed", "opened", 1)).unwrap();
    assert!(!verify(&opened).is_clean(), "the last changed");
    std::fs::write(&path, text.split_inclusive('\n').next().unwrap()).unwrap();
    drop(opened);
    let opened = LogStore::open_with(dir.path(), Default::default(), small()).unwrap();
    assert_ne!(opened.keeping_head(), head);
    // The destruction cut off as well: its number is missing, and verify says so.
    drop(opened);
    std::fs::remove_file(&path).unwrap();
    let opened = LogStore::open_with(dir.path(), Default::default(), small()).unwrap();
    let report = verify(&opened);
    assert!(
        report.keeping.problems[0].contains("000001 to 000001"),
        "{report:?}"
    );
}

#[test]
fn a_file_ends_by_records_or_by_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let opened = store(dir.path(), Limits::default());
    let decide = |count: u64, why: &str| {
        for _ in 0..count {
            opened.set_retention("isp", Some(1), &decided(why)).unwrap();
        }
    };
    decide(KEEPING_FILE_RECORDS, "x");
    assert_eq!(files_of(dir.path()).len(), 1);
    decide(1, "x");
    assert_eq!(files_of(dir.path()).len(), 2);
    let long = "x".repeat(4000);
    decide(KEEPING_FILE_BYTES as u64 / 4000 + 1, &long);
    assert_eq!(files_of(dir.path()).len(), 3);
    let second = std::fs::metadata(dir.path().join("keeping/000002.ndjson"))
        .unwrap()
        .len();
    assert!(
        (KEEPING_FILE_BYTES as u64..KEEPING_FILE_BYTES as u64 + 5000).contains(&second),
        "{second}"
    );
    let head = opened.keeping_head();
    drop(opened);
    let opened = LogStore::open(dir.path()).unwrap();
    assert_eq!(opened.keeping_head(), head);
    opened.set_retention("isp", None, &decided("x")).unwrap();
    assert_eq!(
        files_of(dir.path()).len(),
        3,
        "the last file goes on after a restart"
    );
}
