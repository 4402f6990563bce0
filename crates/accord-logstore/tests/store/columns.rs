//! Columns beside the frames: built from them, checked, built again; crashes, damage, and stores that have none.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::support::*;
use accord_logstore::{
    AfterFault, Disk, Error, FaultMode, Faults, Limits, LogStore, SegmentId, SourceConfig,
};
use sha2::{Digest, Sha256};

const LOG: &[u8] = b"#fields\tts\tuid\tid.orig_h\n1.5\tC1\t10.0.0.1\nbroken\n\n2.5\tC\xff2\t10.0.0.2\n\
    3.5\tC3\t10.0.0.3\nthis line is longer than a frame of these tests, and so reaches over the next one, and the next\n\
    4.5\tC4\t10.0.0.4";

fn id() -> SegmentId {
    SegmentId::parse("isp/000001").unwrap()
}

fn parquet(dir: &Path) -> PathBuf {
    dir.join("segments/isp/000001/columns.parquet")
}

fn record(dir: &Path) -> PathBuf {
    dir.join("segments/isp/000001/columns.json")
}

fn with_log(dir: &Path) -> LogStore {
    let store = store(dir, small());
    import(&store, "zeek.log", LOG).unwrap();
    store
}

#[test]
fn columns_are_built_beside_the_frames_and_are_the_same_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_log(dir.path());
    let manifest = std::fs::read(dir.path().join("segments/isp/000001/manifest.json")).unwrap();
    let imported = store.columns(&id()).unwrap();
    let made = std::fs::read(parquet(dir.path())).unwrap();
    for name in ["columns.json", "columns.parquet"] {
        std::fs::remove_file(dir.path().join("segments/isp/000001").join(name)).unwrap();
    }
    assert_eq!(store.columns(&id()).unwrap(), None);
    assert_eq!(store.columns_path(&id()).unwrap(), None);
    let mut seen = Vec::new();
    let built = store
        .build_columns(&id(), &mut |progress| {
            seen.push(progress.scanned_bytes);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(seen.len() > 3 && seen.is_sorted());
    assert_eq!(seen.last(), Some(&(LOG.len() as u64)));
    let bytes = std::fs::read(parquet(dir.path())).unwrap();
    // Built anew they are what the import made.
    assert_eq!((Some(&built), &bytes), (imported.as_ref(), &made));
    assert_eq!(store.columns_path(&id()).unwrap(), Some(parquet(dir.path())));
    assert_eq!((built.length, built.rows), (bytes.len() as u64, 8));
    assert_eq!(built.sha256.to_string(), hex::encode(Sha256::digest(&bytes)));
    assert_eq!(
        built.log_sha256,
        store.segment(&id()).unwrap().manifest.log.sha256
    );
    assert_eq!(store.columns(&id()).unwrap(), Some(built.clone()));
    assert!(verify(&store).is_clean());
    // Again, in another store, with other frames: the rows name other frames, and nothing else differs.
    assert_eq!(store.build_columns(&id(), &mut go).unwrap(), built);
    assert_eq!(std::fs::read(parquet(dir.path())).unwrap(), bytes);
    let other = tempfile::tempdir().unwrap();
    let other_store = with_log(other.path());
    assert_eq!(other_store.build_columns(&id(), &mut go).unwrap(), built);
    assert_eq!(std::fs::read(parquet(other.path())).unwrap(), bytes);
    // The segment is as it was, and the store opens with them.
    drop(store);
    assert_eq!(
        std::fs::read(dir.path().join("segments/isp/000001/manifest.json")).unwrap(),
        manifest
    );
    let store = LogStore::open(dir.path()).unwrap();
    assert_eq!(store.columns(&id()).unwrap(), Some(built));
    assert!(verify(&store).is_clean());
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
}

#[test]
fn damage_is_told_by_name_and_built_anew() {
    type Act = fn(&Path);
    let acts: [(&str, Act); 7] = [
        ("columns.parquet is missing", |dir| {
            std::fs::remove_file(parquet(dir)).unwrap()
        }),
        ("columns.parquet has", |dir| {
            let bytes = std::fs::read(parquet(dir)).unwrap();
            std::fs::write(parquet(dir), &bytes[..bytes.len() - 1]).unwrap();
        }),
        ("not the one that columns.json names by digest", |dir| {
            let mut bytes = std::fs::read(parquet(dir)).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(parquet(dir), bytes).unwrap();
        }),
        ("columns.json: ", |dir| std::fs::write(record(dir), "{").unwrap()),
        ("columns.json: ", |dir| {
            std::fs::write(record(dir), vec![b' '; 5_000_000]).unwrap()
        }),
        ("not of a version", |dir| {
            let text = std::fs::read_to_string(record(dir)).unwrap();
            std::fs::write(record(dir), text.replace("\"version\": 1", "\"version\": 2")).unwrap();
        }),
        ("of another log", |dir| {
            let text = std::fs::read_to_string(record(dir)).unwrap();
            std::fs::write(record(dir), text.replace("isp/000001", "isp/000002")).unwrap();
        }),
    ];
    for (what, act) in acts {
        let dir = tempfile::tempdir().unwrap();
        let opened = with_log(dir.path());
        let built = opened.build_columns(&id(), &mut go).unwrap();
        let bytes = std::fs::read(parquet(dir.path())).unwrap();
        drop(opened);
        act(dir.path());
        // What is derived never keeps a store from opening.
        let store = LogStore::open_with(dir.path(), Disk::default(), small()).unwrap();
        let report = verify(&store);
        assert_eq!(report.problems.len(), 1, "{what}: {report:?}");
        let problem = &report.problems[0];
        assert!(
            problem.what.contains(what) && problem.what.contains("build them again"),
            "{what}: {problem:?}"
        );
        assert_eq!((&problem.segment, problem.frame), (&id(), None));
        assert_eq!(report.good_bytes, LOG.len() as u64);
        assert_eq!(store.build_columns(&id(), &mut go).unwrap(), built, "{what}");
        assert_eq!(std::fs::read(parquet(dir.path())).unwrap(), bytes, "{what}");
        assert!(verify(&store).is_clean(), "{what}");
    }
}

#[test]
fn a_path_is_given_only_for_columns_that_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_log(dir.path());
    store.build_columns(&id(), &mut go).unwrap();
    std::fs::remove_file(parquet(dir.path())).unwrap();
    let error = store.columns_path(&id()).unwrap_err();
    assert!(
        matches!(&error, Error::Columns { segment, .. } if *segment == id()),
        "{error}"
    );
    let none = SegmentId::parse("isp/000009").unwrap();
    assert!(matches!(store.columns_path(&none), Err(Error::NoSuchSegment(_))));
    assert!(matches!(
        store.build_columns(&none, &mut go),
        Err(Error::NoSuchSegment(_))
    ));
}

#[test]
fn stopped_or_damaged_building_leaves_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_log(dir.path());
    let built = store.build_columns(&id(), &mut go).unwrap();
    let stopped = store.build_columns(&id(), &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Cancelled)));
    let frames = dir.path().join("segments/isp/000001/frames.zst");
    let mut bytes = std::fs::read(&frames).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&frames, bytes).unwrap();
    let damaged = store.build_columns(&id(), &mut go);
    assert!(
        matches!(damaged, Err(Error::Damaged { frame: Some(_), .. })),
        "{damaged:?}"
    );
    assert_eq!(store.columns(&id()).unwrap(), Some(built));
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
}

#[test]
fn a_fault_at_every_write_leaves_whole_columns_or_none() {
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let steps = building(counting, false).1;
    assert!(steps > 8, "{steps}");
    for (mode, after, power_cut) in [
        (FaultMode::NotDone, AfterFault::Dead, true),
        (FaultMode::Half, AfterFault::Dead, false),
        (FaultMode::DoneButReported, AfterFault::Dead, true),
        (FaultMode::NotDone, AfterFault::Recovers, false),
        (FaultMode::DoneButReported, AfterFault::Recovers, true),
    ] {
        for step in 0..steps {
            let case = format!("step {step} {mode:?} {after:?} power cut {power_cut}");
            let (dir, _, told) = building(Faults::new(step, mode, after), power_cut);
            let store = LogStore::open_with(dir.path(), Disk::default(), small())
                .unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(
                std::fs::read_dir(dir.path().join("incoming")).unwrap().count(),
                0,
                "{case}"
            );
            // Built again or not yet: what stands there is whole, and what was acknowledged stands there.
            let report = verify(&store);
            let missing = |what: &str| what.contains("columns.parquet is missing");
            let only_missing = report.problems.iter().all(|problem| missing(&problem.what));
            assert!(only_missing && (report.is_clean() || !told), "{case}: {report:?}");
            if told {
                assert!(store.columns_path(&id()).unwrap().is_some(), "{case}");
            }
            store.build_columns(&id(), &mut go).unwrap();
            assert!(verify(&store).is_clean(), "{case}");
        }
    }
}

/// Builds the columns of a log twice, the second time with these faults; says how many steps that took, and whether it
/// was acknowledged.
fn building(faults: std::sync::Arc<Faults>, power_cut: bool) -> (tempfile::TempDir, u64, bool) {
    let dir = tempfile::tempdir().unwrap();
    let opened = with_log(dir.path());
    opened.build_columns(&id(), &mut go).unwrap();
    drop(opened);
    let store = LogStore::open_with(dir.path(), Disk::with_faults(faults.clone()), small()).unwrap();
    let before = faults.steps();
    assert_eq!(before, 0, "opening writes nothing");
    let told = store.build_columns(&id(), &mut go).is_ok();
    let steps = faults.steps();
    drop(store);
    if power_cut {
        faults.lose_unsynced().unwrap();
    }
    (dir, steps, told)
}

#[test]
fn columns_without_their_record_are_taken_away_at_opening() {
    let dir = tempfile::tempdir().unwrap();
    let opened = with_log(dir.path());
    opened.build_columns(&id(), &mut go).unwrap();
    drop(opened);
    std::fs::remove_file(record(dir.path())).unwrap();
    std::fs::create_dir(dir.path().join("incoming/columns-9")).unwrap();
    let store = LogStore::open(dir.path()).unwrap();
    assert!(!parquet(dir.path()).exists());
    assert_eq!(store.columns(&id()).unwrap(), None);
    assert!(verify(&store).is_clean());
}

#[test]
fn the_sources_clock_is_in_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open_with(dir.path(), Disk::default(), Limits::default()).unwrap();
    for (name, clock_offset_ms, time_zone) in
        [("a", None, ""), ("b", Some(1000), ""), ("c", Some(1000), "UTC")]
    {
        let config = SourceConfig {
            clock_offset_ms,
            time_zone: time_zone.to_owned(),
            ..source(name)
        };
        store.add_source(config).unwrap();
        let log = b"<34>Oct 11 22:14:15 h su: x\n<34>1 2003-10-11T22:14:15.003Z h su 1 - - x\n";
        let segment = store
            .import(name, "x", &mut &log[..], 1_735_689_600_000, "jo")
            .unwrap();
        store.build_columns(segment.id(), &mut go).unwrap();
    }
    let length = |name: &str| {
        let id = SegmentId::new(name, 1).unwrap();
        store.columns(&id).unwrap().unwrap().length
    };
    assert!(length("a") < length("b"));
    assert_ne!(length("b"), length("c"));
}

/// The walk that feeds the columns sees the lines that the import counted, with their times, in every real log.
#[test]
fn real_logs_have_a_row_for_every_line() {
    let Some(data) = real_data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let (mut frames, mut columns) = (0, 0);
    for path in real_logs(&data) {
        let mut file = std::fs::File::open(&path).unwrap();
        let name = path.strip_prefix(&data).unwrap().to_string_lossy();
        let segment = store
            .import("isp", &name, &mut file, 1_700_000_000_000, "jo")
            .unwrap();
        let built = store.build_columns(segment.id(), &mut go).unwrap();
        assert!(built.rows >= segment.manifest.lines.total(), "{name}");
        frames += segment.manifest.frames.length;
        columns += built.length;
    }
    println!("frames {frames} bytes, columns {columns}");
    assert!(verify(&store).is_clean());
}
