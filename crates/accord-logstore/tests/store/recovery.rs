//! Opening after anything: crashes at every write, foreign files, two processes.

use crate::support::*;
use accord_logstore::{AfterFault, Disk, Error, FaultMode, Faults, Limits, LogStore};

const FIRST: &[u8] = b"first evil.example\nsecond\n";
const SECOND: &[u8] =
    b"a longer log\nof some lines\nso that there are several frames of it\nand evil.example\n\
    more and more and more and more and more and more\n";

/// Makes a store, adds a source, imports two logs; says what was acknowledged.
fn session(dir: &std::path::Path, disk: Disk) -> Vec<&'static [u8]> {
    let mut acknowledged = Vec::new();
    let Ok(store) = LogStore::open_with(dir, disk, small()) else {
        return acknowledged;
    };
    if store.add_source(source("isp")).is_err() {
        return acknowledged;
    }
    for (name, log) in [("first", FIRST), ("second", SECOND)] {
        if import(&store, name, log).is_ok() {
            acknowledged.push(log);
        }
    }
    acknowledged
}

#[test]
fn a_fault_at_every_write_loses_nothing_acknowledged() {
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        session(&dir.path().join("store"), Disk::with_faults(counting.clone())).len(),
        2
    );
    let steps = counting.steps();
    assert!(steps > 30, "{steps}");
    // Every way that differs in what it leaves on the disk; each syncs for real, so no combination twice.
    for (mode, after, power_cut) in [
        (FaultMode::NotDone, AfterFault::Dead, true),
        (FaultMode::Half, AfterFault::Dead, false),
        (FaultMode::DoneButReported, AfterFault::Dead, false),
        (FaultMode::DoneButReported, AfterFault::Dead, true),
        (FaultMode::NotDone, AfterFault::Recovers, false),
        (FaultMode::DoneButReported, AfterFault::Recovers, true),
    ] {
        for step in 0..steps {
            check(step, mode, after, power_cut);
        }
    }
}

fn check(step: u64, mode: FaultMode, after: AfterFault, power_cut: bool) {
    let case = format!("step {step} {mode:?} {after:?} power cut {power_cut}");
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("store");
    let faults = Faults::new(step, mode, after);
    let acknowledged = session(&dir, Disk::with_faults(faults.clone()));
    assert!(faults.tripped(), "{case}");
    if power_cut {
        faults.lose_unsynced().unwrap();
    }
    let store =
        LogStore::open_with(&dir, Disk::default(), small()).unwrap_or_else(|error| panic!("{case}: {error}"));
    let report = verify(&store);
    assert!(report.is_clean(), "{case}: {report:?}");
    let visible: Vec<Vec<u8>> = store
        .segments()
        .iter()
        .map(|segment| {
            let lines = segment.manifest.lines.total();
            let line = |n| {
                store
                    .read_line(segment.id(), accord_logstore::LineAt::Number(n))
                    .unwrap()
                    .bytes
            };
            (1..=lines).flat_map(line).collect()
        })
        .collect();
    for log in &acknowledged {
        assert!(
            visible.iter().any(|seen| seen == log),
            "{case}: an acknowledged log is lost"
        );
    }
    for seen in &visible {
        assert!(
            seen == FIRST || seen == SECOND,
            "{case}: half of a log is visible"
        );
    }
    assert_eq!(
        std::fs::read_dir(dir.join("incoming")).unwrap().count(),
        0,
        "{case}"
    );
    // Doing it again ends with everything there, once.
    store.add_source(source("isp")).unwrap();
    for (name, log) in [("first", FIRST), ("second", SECOND)] {
        match import(&store, name, log) {
            Ok(_) | Err(Error::Duplicate { .. }) => {}
            Err(error) => panic!("{case}: {error}"),
        }
    }
    assert_eq!(store.segments().len(), 2, "{case}");
    assert!(verify(&store).is_clean(), "{case}");
}

#[test]
fn the_unexplained_refuses_and_says_what_to_do() {
    type Act = fn(&std::path::Path);
    let acts: [(&str, Act); 12] = [
        ("foreign file in the root", |dir| {
            std::fs::write(dir.join("notes.txt"), "x").unwrap()
        }),
        ("foreign file in incoming", |dir| {
            std::fs::write(dir.join("incoming/x"), "x").unwrap()
        }),
        ("foreign file in a segment", |dir| {
            std::fs::write(dir.join("segments/isp/000001/x"), "x").unwrap()
        }),
        ("foreign folder beside segments", |dir| {
            std::fs::create_dir(dir.join("segments/isp/1")).unwrap()
        }),
        ("manifest gone", |dir| {
            std::fs::remove_file(dir.join("segments/isp/000001/manifest.json")).unwrap()
        }),
        ("frames gone", |dir| {
            std::fs::remove_file(dir.join("segments/isp/000001/frames.zst")).unwrap()
        }),
        ("manifest damaged", |dir| {
            std::fs::write(dir.join("segments/isp/000001/manifest.json"), "{").unwrap()
        }),
        ("segment renamed", |dir| {
            std::fs::rename(dir.join("segments/isp/000001"), dir.join("segments/isp/000002")).unwrap()
        }),
        ("source gone", |dir| {
            std::fs::remove_file(dir.join("sources/isp.json")).unwrap()
        }),
        ("source renamed", |dir| {
            std::fs::rename(dir.join("sources/isp.json"), dir.join("sources/b.json")).unwrap()
        }),
        ("another version", |dir| {
            std::fs::write(dir.join("store.json"), "{\"version\":2}").unwrap()
        }),
        ("segments gone", |dir| {
            std::fs::remove_dir_all(dir.join("segments")).unwrap()
        }),
    ];
    for (what, act) in acts {
        let dir = tempfile::tempdir().unwrap();
        let opened = store(dir.path(), small());
        import(&opened, "x", FIRST).unwrap();
        drop(opened);
        act(dir.path());
        let error = LogStore::open(dir.path()).map(|_| ()).expect_err(what);
        assert!(matches!(error, Error::Unexplained { .. }), "{what}: {error}");
        let text = error.to_string();
        assert!(
            ["move", "restore", "rename", "use the program"]
                .iter()
                .any(|advice| text.contains(advice)),
            "{what}: {text}"
        );
    }
}

#[test]
fn a_folder_with_other_things_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("thesis.doc"), "x").unwrap();
    assert!(matches!(
        LogStore::open(dir.path()),
        Err(Error::Unexplained { .. })
    ));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_store_is_open_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = store(dir.path(), Limits::default());
    assert!(matches!(LogStore::open(dir.path()), Err(Error::InUse(_))));
    drop(first);
    LogStore::open(dir.path()).unwrap();
}

#[test]
fn a_failed_commit_asks_for_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let opened = store(dir.path(), small());
    drop(opened);
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Recovers);
    let opened = LogStore::open_with(dir.path(), Disk::with_faults(counting.clone()), small()).unwrap();
    let before = counting.steps();
    import(&opened, "x", FIRST).unwrap();
    let last = counting.steps() - 1 - before;
    drop(opened);
    std::fs::remove_dir_all(dir.path().join("segments/isp/000001")).unwrap();
    // The last step is the sync of the source's folder, after the rename.
    let faults = Faults::new(last, FaultMode::NotDone, AfterFault::Recovers);
    let opened = LogStore::open_with(dir.path(), Disk::with_faults(faults), small()).unwrap();
    assert!(import(&opened, "x", FIRST).is_err());
    assert!(opened.segments().is_empty());
    assert!(matches!(import(&opened, "y", SECOND), Err(Error::MustReopen)));
    drop(opened);
    let opened = LogStore::open(dir.path()).unwrap();
    assert_eq!(opened.segments().len(), 1);
}

/// Imports a log into a new store, with a fault at every write; whatever cannot be written ends the import, and nothing is
/// left of it.
fn faults_end_an_import(log: &[u8], limits: Limits, check: impl Fn(&LogStore)) {
    let made = |disk: Disk| {
        let dir = tempfile::tempdir().unwrap();
        let store = LogStore::open_with(dir.path(), disk, limits).unwrap();
        store.add_source(source("isp")).unwrap();
        (dir, store)
    };
    let counting = || Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let (before, all) = (counting(), counting());
    drop(made(Disk::with_faults(before.clone())));
    let (_dir, store) = made(Disk::with_faults(all.clone()));
    import(&store, "x", log).unwrap();
    let steps = all.steps();
    check(&store);
    for after in [AfterFault::Dead, AfterFault::Recovers] {
        let mut unsure = 0;
        for step in before.steps()..steps {
            let faults = Faults::new(step, FaultMode::NotDone, after);
            let (dir, store) = made(Disk::with_faults(faults.clone()));
            let imported = import(&store, "x", log);
            assert!(faults.tripped(), "step {step}");
            drop(store);
            let store = LogStore::open(dir.path()).unwrap();
            // One step, the sync of the rename, fails where the segment is there; what is removed after it ends no import.
            match (imported, store.segments().len()) {
                (Err(_), 0) => assert_eq!(unsure, 0, "step {step}"),
                (Err(_), _) => unsure += 1,
                (Ok(_), count) => assert_eq!((count, unsure), (1, 1), "step {step}"),
            }
            assert!(verify(&store).is_clean(), "step {step}");
            assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
        }
        assert_eq!(unsure, 1);
    }
}

/// More than one row group, so that their own thread encodes them.
#[test]
fn a_fault_while_row_groups_are_written_ends_the_import() {
    // Long enough for two row groups and the beginning of a third, all different, so that they do not fit a buffer.
    let log: Vec<u8> = (0..300_000_u64)
        .flat_map(|n| format!("{:x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).into_bytes())
        .collect();
    faults_end_an_import(&log, Limits::default(), |store| {
        let columns = store.columns(store.segments()[0].id()).unwrap().unwrap();
        assert_eq!(columns.rows, 300_000);
    });
}

/// Keys for which memory has no room, so that the thread of the keys writes them to the disk.
#[test]
fn a_fault_while_keys_are_put_by_ends_the_import() {
    let log: Vec<u8> = (0..40)
        .flat_map(|n| format!("a{n}.example 10.0.0.{n}\n").into_bytes())
        .collect();
    let limits = Limits {
        posting_bytes: 0,
        ..small()
    };
    faults_end_an_import(&log, limits, |store| {
        assert_eq!(hunt(store, &["a7.example"]).lines.len(), 1);
        assert!(verify(store).is_clean());
    });
}
