//! The columns as another process lists and reads them, while the store is open here.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::*;
use accord_logstore::{ColumnFiles, Error, LogStore, SegmentId};

const LOG: &[u8] = b"#fields\tts\tuid\tid.orig_h\n1.5\tC1\t10.0.0.1\nbroken\n2.5\tC2\t10.0.0.2\n";

fn with_log(dir: &Path) -> LogStore {
    let store = store(dir, small());
    store.add_source(source("empty")).unwrap();
    import(&store, "zeek.log", LOG).unwrap();
    store
}

fn listed(dir: &Path) -> ColumnFiles {
    ColumnFiles::of_store(dir).unwrap()
}

#[test]
fn a_store_that_is_open_elsewhere_is_listed() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_log(dir.path());
    import(&store, "other.log", b"1.5 other\n").unwrap();
    let found = listed(dir.path());
    assert_eq!(found.sources, ["empty", "isp"]);
    assert_eq!(found.without, []);
    let ids: Vec<String> = found.files.iter().map(|file| file.segment.to_string()).collect();
    assert_eq!(ids, ["isp/000001", "isp/000002"]);
    for file in &found.files {
        let record = store.columns(&file.segment).unwrap().unwrap();
        assert_eq!((file.rows, file.length), (record.rows, record.length));
        let mut bytes = Vec::new();
        file.open().unwrap().unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, file.length);
    }
}

#[test]
fn what_cannot_be_used_is_told_with_its_reason() {
    type Act = fn(&Path);
    let acts: [(&str, Act); 6] = [
        ("it has no columns", |dir| {
            std::fs::remove_file(dir.join("columns.json")).unwrap();
            std::fs::remove_file(dir.join("columns.parquet")).unwrap();
        }),
        ("columns.parquet is there without columns.json", |dir| {
            std::fs::remove_file(dir.join("columns.json")).unwrap()
        }),
        ("columns.parquet is missing", |dir| {
            std::fs::remove_file(dir.join("columns.parquet")).unwrap()
        }),
        ("columns.parquet has 1 bytes", |dir| {
            std::fs::write(dir.join("columns.parquet"), "P").unwrap()
        }),
        ("columns.json: ", |dir| {
            std::fs::write(dir.join("columns.json"), "{").unwrap()
        }),
        ("of another log", |dir| {
            let text = std::fs::read_to_string(dir.join("columns.json")).unwrap();
            std::fs::write(dir.join("columns.json"), text.replace("isp/000001", "isp/000002")).unwrap();
        }),
    ];
    for (why, act) in acts {
        let dir = tempfile::tempdir().unwrap();
        let _store = with_log(dir.path());
        act(&dir.path().join("segments/isp/000001"));
        let found = listed(dir.path());
        assert_eq!(found.files, []);
        let [without] = found.without.as_slice() else {
            panic!("{:?}", found.without)
        };
        assert_eq!(without.segment, SegmentId::parse("isp/000001").unwrap());
        assert_eq!(without.lines, Some(4));
        assert!(without.why.contains(why), "{}", without.why);
    }
    // Without its manifest nobody knows what log they are of.
    let dir = tempfile::tempdir().unwrap();
    let _store = with_log(dir.path());
    std::fs::remove_file(dir.path().join("segments/isp/000001/manifest.json")).unwrap();
    let found = listed(dir.path());
    assert_eq!(found.files, []);
    assert_eq!(found.without[0].lines, None);
    assert!(found.without[0].why.contains("manifest"));
}

#[test]
fn a_folder_that_is_no_store_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = ColumnFiles::of_store(dir.path());
    assert!(matches!(refused, Err(Error::Unexplained { .. })), "{refused:?}");
    std::fs::write(dir.path().join("store.json"), "{}").unwrap();
    assert!(ColumnFiles::of_store(dir.path()).is_err());
}

#[test]
fn a_file_that_was_built_anew_is_not_taken_for_the_listed_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_log(dir.path());
    let found = listed(dir.path());
    assert!(found.files[0].open().unwrap().is_some());
    store.build_columns(&found.files[0].segment, &mut go).unwrap();
    assert!(found.files[0].open().unwrap().is_none());
    assert!(listed(dir.path()).files[0].open().unwrap().is_some());
    std::fs::remove_file(dir.path().join("segments/isp/000001/columns.parquet")).unwrap();
    assert!(found.files[0].open().unwrap().is_none());
}

#[test]
fn a_segment_that_comes_in_or_is_built_anew_is_seen_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_log(dir.path());
    let done = AtomicBool::new(false);
    let (mut looks, mut most) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..20 {
                import(&store, "more.log", format!("{n}.5 line\n").as_bytes()).unwrap();
                let first = SegmentId::parse("isp/000001").unwrap();
                store.build_columns(&first, &mut go).unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        loop {
            let last = done.load(Ordering::SeqCst);
            let found = listed(dir.path());
            looks += 1;
            for file in &found.files {
                // Unless it is another one by now, it is as long as its record says and ends as Parquet does.
                if let Some(mut open) = file.open().unwrap() {
                    let mut bytes = Vec::new();
                    open.read_to_end(&mut bytes).unwrap();
                    assert_eq!(bytes.len() as u64, file.length);
                    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
                }
            }
            // What is being put in place may be told as missing for that moment, and nothing else.
            let first = |id: &SegmentId| id.number() == 1;
            assert!(
                found.without.iter().all(|without| first(&without.segment)),
                "{found:?}"
            );
            most = most.max(found.files.len());
            if last {
                assert_eq!(found.files.len(), 21);
                break;
            }
        }
    });
    assert!(looks > 1 && most == 21);
}
