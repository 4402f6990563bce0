//! Packs: the rows of many small segments in one file, whatever happens to the segments and to the disk.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use accord_logstore::{
    AfterFault, ColumnPack, Disk, Error, FaultMode, Faults, Ground, Limits, LogStore, PACK_LEAST,
    PACK_SEGMENT_BYTES, PackedColumns, SegmentId,
};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::keeping::{DAY_MS, IMPORTED_MS, decided, id, log};
use crate::support::*;

/// A day after everything was imported: every day is over.
const LATER_MS: i64 = IMPORTED_MS + 9 * DAY_MS;

/// Segments of these logs, a day's import each.
fn with_logs(dir: &Path, limits: Limits, days: &[(i64, &str)]) -> LogStore {
    let store = store(dir, limits);
    for (day, text) in days {
        let at_ms = IMPORTED_MS + day * DAY_MS;
        store
            .import("isp", "x", &mut text.as_bytes(), at_ms, "jo")
            .unwrap();
    }
    store
}

fn of_one_day(dir: &Path, count: u64) -> LogStore {
    let logs: Vec<String> = (1..=count).map(log).collect();
    let days: Vec<(i64, &str)> = logs.iter().map(|text| (0, text.as_str())).collect();
    with_logs(dir, small(), &days)
}

/// The rows of a file: each without `segment`, which stands beside it.
fn rows(path: &Path) -> Vec<(Option<String>, Vec<String>)> {
    let file = bytes::Bytes::from(std::fs::read(path).unwrap());
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        let mut segment = None;
        let mut values = Vec::new();
        for (name, field) in row.get_column_iter() {
            match field {
                parquet::record::Field::Null => {}
                parquet::record::Field::Str(text) if name == "segment" => segment = Some(text.clone()),
                other => values.push(format!("{name}={other}")),
            }
        }
        (segment, values)
    });
    rows.collect()
}

/// What each pack holds, by number, once its rows were compared with those of its segments' own columns.
fn packed(store: &LogStore) -> Vec<Vec<u64>> {
    let packs = store.column_packs().into_iter().map(|pack| {
        let mut expected = Vec::new();
        for of in &pack.record.segments {
            let path = store.columns_path(&of.segment).unwrap().unwrap();
            let own = rows(&path);
            assert_eq!(own.len() as u64, of.rows);
            expected.extend(
                own.into_iter()
                    .map(|(_, values)| (Some(of.segment.to_string()), values)),
            );
        }
        assert_eq!(rows(&pack.path), expected);
        let segments = pack.record.segments.iter();
        segments.map(|of| of.segment.number()).collect()
    });
    packs.collect()
}

/// Every file under `packs/`.
fn files(dir: &Path) -> Vec<PathBuf> {
    let folder = dir.join("packs/isp");
    let mut found: Vec<PathBuf> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    };
    found.sort();
    found
}

#[test]
fn the_rows_of_a_days_segments_lie_in_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let other = "<34>1 2003-10-11T22:14:15.003Z h su 1 - - said\n";
    let zeek = "#fields\tts\tuid\n1.5\tC1\nbroken\n";
    let logs = [
        (0, log(1)),
        (0, other.to_owned()),
        (1, zeek.to_owned()),
        (0, String::new()),
        (1, log(2)),
        (2, log(3)),
    ];
    let logs: Vec<(i64, &str)> = logs.iter().map(|(day, text)| (*day, text.as_str())).collect();
    let store = with_logs(dir.path(), small(), &logs);
    let report = store.pack_columns(LATER_MS, &mut go).unwrap();
    assert_eq!((report.made, report.segments), (vec![id(1), id(3)], 5));
    // One alone is its own file already.
    assert_eq!(packed(&store), [vec![1, 2, 4], vec![3, 5]]);
    let before: Vec<Vec<u8>> = files(dir.path())
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert_eq!(before.len(), 4);
    assert_eq!(
        store.pack_columns(LATER_MS, &mut go).unwrap(),
        Default::default(),
        "nothing to do"
    );
    assert!(verify(&store).is_clean());
    drop(store);
    let store = LogStore::open_with(dir.path(), Disk::default(), small()).unwrap();
    assert_eq!(packed(&store), [vec![1, 2, 4], vec![3, 5]]);
    // The same segments make the same bytes.
    for path in files(dir.path()) {
        std::fs::remove_file(path).unwrap();
    }
    drop(store);
    let store = LogStore::open_with(dir.path(), Disk::default(), small()).unwrap();
    assert!(store.column_packs().is_empty());
    store.pack_columns(LATER_MS, &mut go).unwrap();
    let after: Vec<Vec<u8>> = files(dir.path())
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert_eq!(before, after);
}

#[test]
fn today_is_packed_once_enough_came() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let mut number = 0;
    let mut bring = |count: usize| {
        for _ in 0..count {
            number += 1;
            import(&store, "x", log(number).as_bytes()).unwrap();
        }
        store.pack_columns(IMPORTED_MS, &mut go).unwrap();
        let packs = store.column_packs();
        packs
            .iter()
            .map(|pack| pack.record.segments.len())
            .collect::<Vec<_>>()
    };
    assert_eq!(bring(PACK_LEAST - 1), [0; 0]);
    assert_eq!(bring(1), [PACK_LEAST]);
    assert_eq!(bring(PACK_LEAST - 1), [PACK_LEAST]);
    assert_eq!(bring(1), [2 * PACK_LEAST], "the same pack, made anew");
    assert_eq!(bring(1), [2 * PACK_LEAST]);
    // Once the day is over, the rest.
    store.pack_columns(IMPORTED_MS + DAY_MS, &mut go).unwrap();
    assert_eq!(store.column_packs()[0].record.segments.len(), 2 * PACK_LEAST + 1);
    assert_eq!(files(dir.path()).len(), 2);
}

#[test]
fn packs_end_at_their_limits() {
    let logs: Vec<String> = (1..=7).map(log).collect();
    let length = logs[0].len() as u64;
    assert!(logs.iter().all(|log| log.len() as u64 == length));
    let days: Vec<(i64, &str)> = logs.iter().map(|text| (0, text.as_str())).collect();
    for (what, limits, expected) in [
        (
            "segments",
            Limits {
                pack_segments: 3,
                ..small()
            },
            vec![vec![1, 2, 3], vec![4, 5, 6]],
        ),
        (
            "bytes",
            Limits {
                pack_bytes: 3 * length,
                ..small()
            },
            vec![vec![1, 2, 3], vec![4, 5, 6]],
        ),
        (
            "one byte less",
            Limits {
                pack_bytes: 3 * length - 1,
                ..small()
            },
            vec![vec![1, 2], vec![3, 4], vec![5, 6]],
        ),
        (
            "as long as can be",
            Limits {
                pack_segment_bytes: length,
                ..small()
            },
            vec![(1..=7).collect()],
        ),
        (
            "longer",
            Limits {
                pack_segment_bytes: length - 1,
                ..small()
            },
            vec![],
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = with_logs(dir.path(), limits, &days);
        store.pack_columns(LATER_MS, &mut go).unwrap();
        assert_eq!(packed(&store), expected, "{what}");
        assert_eq!(
            store.pack_columns(LATER_MS, &mut go).unwrap().segments,
            0,
            "{what}"
        );
    }
    assert_eq!(Limits::default().pack_segment_bytes, PACK_SEGMENT_BYTES);
}

#[test]
fn a_destruction_takes_the_pack_away_first_and_the_others_are_packed_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = of_one_day(dir.path(), 5);
    store.pack_columns(LATER_MS, &mut go).unwrap();
    assert_eq!(packed(&store), [vec![1, 2, 3, 4, 5]]);
    store
        .place_hold("h", crate::keeping::of_source("isp", None), &decided("order"))
        .unwrap();
    assert!(
        store
            .destroy(&id(3), Ground::ByHand, None, &decided("x"))
            .is_err()
    );
    assert_eq!(packed(&store).len(), 1, "what is held stays packed");
    store.lift_hold("h", &decided("closed")).unwrap();
    let nobody = accord_logstore::Decided {
        who: "",
        ..decided("x")
    };
    assert!(store.destroy(&id(3), Ground::ByHand, None, &nobody).is_err());
    assert_eq!(packed(&store).len(), 1, "what is not decided changes nothing");
    for number in [3, 1] {
        store
            .destroy(&id(number), Ground::ByHand, None, &decided("x"))
            .unwrap();
        assert!(files(dir.path()).is_empty());
        assert!(verify(&store).is_clean());
        for other in [2, 4, 5] {
            assert!(
                store.columns_path(&id(other)).unwrap().is_some(),
                "their own columns stand"
            );
        }
    }
    store.pack_columns(LATER_MS, &mut go).unwrap();
    assert_eq!(packed(&store), [vec![2, 4, 5]]);
    assert!(verify(&store).is_clean());
}

#[test]
fn what_is_destroyed_while_it_is_packed_is_in_no_pack() {
    let marker = "10.0.0.2";
    let mut calls = 0;
    for call in 1.. {
        let dir = tempfile::tempdir().unwrap();
        let store = of_one_day(dir.path(), 3);
        calls = 0;
        let report = store.pack_columns(LATER_MS, &mut |_| {
            calls += 1;
            if calls == call {
                store
                    .destroy(&id(2), Ground::ByHand, None, &decided("x"))
                    .unwrap();
                let incoming = dir.path().join("incoming");
                assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0, "{call}");
            }
            ControlFlow::Continue(())
        });
        let report = report.unwrap();
        if calls < call {
            break;
        }
        let gone_before_it_was_placed = !report.made.is_empty() && !store.column_packs().is_empty();
        for pack in store.column_packs() {
            assert!(rows(&pack.path).iter().all(|(segment, values)| {
                segment.as_deref() != Some("isp/000002") && values.iter().all(|value| !value.contains(marker))
            }));
        }
        if !gone_before_it_was_placed {
            // It was placed, and taken away by the destruction.
            assert!(files(dir.path()).is_empty(), "{call}");
        }
        store.pack_columns(LATER_MS, &mut go).unwrap();
        assert_eq!(packed(&store), [vec![1, 3]], "{call}");
        assert!(verify(&store).is_clean(), "{call}");
    }
    assert!(calls > 20, "{calls}");
}

#[test]
fn damaged_frames_are_left_out_and_named_and_a_stop_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = of_one_day(dir.path(), 3);
    let stopped = store.pack_columns(LATER_MS, &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert!(store.column_packs().is_empty());
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
    let path = dir.path().join("segments/isp/000002/frames.zst");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(path, bytes).unwrap();
    let report = store.pack_columns(LATER_MS, &mut go).unwrap();
    assert_eq!(report.problems.len(), 1);
    assert_eq!(report.problems[0].segment, id(2));
    assert_eq!(packed(&store), [vec![1, 3]]);
}

#[test]
fn what_cannot_be_used_is_taken_away_at_opening() {
    type Act = fn(&Path);
    fn change(dir: &Path, from: &str, to: &str) {
        let path = dir.join("packs/isp/000001.json");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }
    fn copy(dir: &Path, to: &str) {
        for end in ["json", "parquet"] {
            std::fs::copy(
                dir.join(format!("packs/isp/000001.{end}")),
                dir.join(format!("packs/isp/{to}.{end}")),
            )
            .unwrap();
        }
    }
    let acts: [(&str, Act, usize); 12] = [
        ("nothing", |_| {}, 1),
        (
            "no record",
            |dir| std::fs::remove_file(dir.join("packs/isp/000001.json")).unwrap(),
            0,
        ),
        (
            "no rows",
            |dir| std::fs::remove_file(dir.join("packs/isp/000001.parquet")).unwrap(),
            0,
        ),
        (
            "rows cut",
            |dir| std::fs::write(dir.join("packs/isp/000001.parquet"), "PAR1").unwrap(),
            0,
        ),
        (
            "no json",
            |dir| std::fs::write(dir.join("packs/isp/000001.json"), "{").unwrap(),
            0,
        ),
        (
            "too large",
            |dir| std::fs::write(dir.join("packs/isp/000001.json"), vec![b' '; 5 << 20]).unwrap(),
            0,
        ),
        (
            "another version",
            |dir| change(dir, "\"version\":1", "\"version\":2"),
            0,
        ),
        (
            "a segment that is not here",
            |dir| change(dir, "isp/000003", "isp/000009"),
            0,
        ),
        (
            "another log",
            |dir| change(dir, "\"log_sha256\":\"", "\"log_sha256\":\"00"),
            0,
        ),
        ("under another name", |dir| copy(dir, "000002"), 1),
        ("out of order", |dir| change(dir, "isp/000002", "isp/000004"), 0),
        (
            "a record that is a folder",
            |dir| {
                std::fs::remove_file(dir.join("packs/isp/000001.json")).unwrap();
                std::fs::create_dir(dir.join("packs/isp/000001.json")).unwrap();
            },
            0,
        ),
    ];
    for (what, act, left) in acts {
        let dir = tempfile::tempdir().unwrap();
        let opened = of_one_day(dir.path(), 4);
        opened.pack_columns(LATER_MS, &mut go).unwrap();
        drop(opened);
        act(dir.path());
        let opened = LogStore::open_with(dir.path(), Disk::default(), small())
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(opened.column_packs().len(), left, "{what}");
        assert_eq!(files(dir.path()).len(), 2 * left, "{what}");
        opened.pack_columns(LATER_MS, &mut go).unwrap();
        assert_eq!(packed(&opened), [vec![1, 2, 3, 4]], "{what}");
        assert!(verify(&opened).is_clean(), "{what}");
    }
    for foreign in [
        "packs/isp/notes.txt",
        "packs/isp/1.json",
        "packs/notes.txt",
        "packs/isp/000001.json.old",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let opened = of_one_day(dir.path(), 2);
        opened.pack_columns(LATER_MS, &mut go).unwrap();
        drop(opened);
        std::fs::write(dir.path().join(foreign), "x").unwrap();
        let error = LogStore::open(dir.path()).unwrap_err();
        assert!(matches!(error, Error::Unexplained { .. }), "{foreign}: {error}");
    }
}

#[test]
fn verify_tells_a_pack_that_is_not_what_was_made() {
    let dir = tempfile::tempdir().unwrap();
    let store = of_one_day(dir.path(), 2);
    store.pack_columns(LATER_MS, &mut go).unwrap();
    let path = dir.path().join("packs/isp/000001.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let report = verify(&store);
    assert!(
        report.keeping.problems[0].contains("not the one that was made"),
        "{report:?}"
    );
    std::fs::write(dir.path().join("packs/isp/000002.parquet"), &bytes).unwrap();
    assert_eq!(verify(&store).keeping.problems.len(), 2);
    std::fs::remove_file(&path).unwrap();
    assert!(!verify(&store).is_clean());
}

#[test]
fn another_process_sees_whole_packs_of_segments_that_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let listed = || -> Vec<BTreeSet<SegmentId>> {
        let packs = ColumnPack::of_store(dir.path()).unwrap();
        let names = packs
            .iter()
            .map(|pack| pack.record.segments.iter().map(|of| of.segment.clone()).collect());
        names.collect()
    };
    let store = of_one_day(dir.path(), 3);
    assert_eq!(listed().len(), 0);
    store.pack_columns(LATER_MS, &mut go).unwrap();
    assert_eq!(listed(), [BTreeSet::from([id(1), id(2), id(3)])]);
    assert_eq!(ColumnPack::of_store(dir.path()).unwrap(), store.column_packs());
    // A segment's folder that is away, as in the middle of a destruction.
    std::fs::rename(dir.path().join("segments/isp/000002"), dir.path().join("away")).unwrap();
    assert_eq!(listed().len(), 0);
    std::fs::rename(dir.path().join("away"), dir.path().join("segments/isp/000002")).unwrap();
    std::fs::write(dir.path().join("packs/isp/000001.parquet"), "PAR1").unwrap();
    assert_eq!(listed().len(), 0);
}

#[test]
fn another_process_reads_each_row_once() {
    let dir = tempfile::tempdir().unwrap();
    // What is read of packs, and of own columns, by number.
    let listed = || -> (Vec<Vec<u64>>, Vec<u64>) {
        let found = PackedColumns::of_store(dir.path()).unwrap();
        let packs = found.packs.iter().map(|pack| {
            let mut rows = 0;
            let segments = pack.segments().iter().map(|of| {
                rows += of.rows;
                of.segment.number()
            });
            let segments = segments.collect();
            assert_eq!(pack.rows(), rows);
            let bytes = pack.open().unwrap().map(|file| file.metadata().unwrap().len());
            assert_eq!(bytes, Some(pack.length()));
            segments
        });
        let packs = packs.collect();
        let own = found.own.files.iter().map(|file| file.segment.number());
        (packs, own.collect())
    };
    let store = of_one_day(dir.path(), 4);
    assert_eq!(listed(), (vec![], vec![1, 2, 3, 4]));
    store.pack_columns(LATER_MS, &mut go).unwrap();
    assert_eq!(listed(), (vec![vec![1, 2, 3, 4]], vec![]));
    import(&store, "x", log(5).as_bytes()).unwrap();
    assert_eq!(listed(), (vec![vec![1, 2, 3, 4]], vec![5]));
    // One that was listed is the one that was listed, or none.
    let found = PackedColumns::of_store(dir.path()).unwrap();
    store
        .destroy(&id(2), Ground::ByHand, None, &decided("x"))
        .unwrap();
    assert!(found.packs[0].open().unwrap().is_none());
    assert_eq!(listed(), (vec![], vec![1, 3, 4, 5]));
    store.pack_columns(LATER_MS, &mut go).unwrap();
    assert!(found.packs[0].open().unwrap().is_none());
    assert_eq!(listed(), (vec![vec![1, 3, 4, 5]], vec![]));
    // A segment whose own columns cannot be used is in its pack.
    std::fs::remove_file(dir.path().join("segments/isp/000003/columns.json")).unwrap();
    let found = PackedColumns::of_store(dir.path()).unwrap();
    assert_eq!((found.packs.len(), found.own.without.len()), (1, 0));
    // A copy of a pack under another name would have its rows twice.
    for end in ["json", "parquet"] {
        let name = |number| dir.path().join(format!("packs/isp/00000{number}.{end}"));
        std::fs::copy(name(1), name(4)).unwrap();
    }
    assert_eq!(listed(), (vec![vec![1, 3, 4, 5]], vec![]));
    let record = std::fs::read_to_string(dir.path().join("packs/isp/000001.json")).unwrap();
    let mut other: serde_json::Value = serde_json::from_str(&record).unwrap();
    let segments = other["segments"].as_array_mut().unwrap();
    let gone: u64 = segments.drain(..2).map(|of| of["rows"].as_u64().unwrap()).sum();
    other["rows"] = (other["rows"].as_u64().unwrap() - gone).into();
    std::fs::write(dir.path().join("packs/isp/000004.json"), other.to_string()).unwrap();
    assert_eq!(listed(), (vec![vec![1, 3, 4, 5]], vec![]));
    // A segment that is not here.
    std::fs::rename(dir.path().join("segments/isp/000004"), dir.path().join("away")).unwrap();
    assert_eq!(listed(), (vec![], vec![1, 5]));
    assert!(matches!(
        PackedColumns::of_store(&dir.path().join("away")),
        Err(Error::Unexplained { .. })
    ));
}

#[test]
fn a_fault_at_every_write_leaves_whole_packs_or_none() {
    // A pack that is made anew with what came since, and a destruction that takes it away.
    let template = tempfile::tempdir().unwrap();
    let opened = of_one_day(template.path(), 2);
    opened.pack_columns(LATER_MS, &mut go).unwrap();
    import(&opened, "x", log(3).as_bytes()).unwrap();
    drop(opened);
    let run = |disk: Disk| {
        let dir = tempfile::tempdir().unwrap();
        crate::keeping::copy(template.path(), &dir.path().join("store"));
        let opened = LogStore::open_with(&dir.path().join("store"), disk, small());
        let told = opened.map(|store| {
            let packed = store.pack_columns(LATER_MS, &mut go).is_ok();
            let destroyed = store.destroy(&id(1), Ground::ByHand, None, &decided("x"));
            let destroyed = destroyed.is_ok() || matches!(destroyed, Err(Error::Unfinished { .. }));
            (packed, destroyed, store.pack_columns(LATER_MS, &mut go).is_ok())
        });
        (dir, told.unwrap_or_default())
    };
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let (_, told) = run(Disk::with_faults(counting.clone()));
    assert_eq!(told, (true, true, true));
    let steps = counting.steps();
    assert!(steps > 40, "{steps}");
    for (mode, after, power_cut) in [
        (FaultMode::NotDone, AfterFault::Dead, true),
        (FaultMode::Half, AfterFault::Dead, false),
        (FaultMode::DoneButReported, AfterFault::Dead, true),
        (FaultMode::NotDone, AfterFault::Recovers, false),
        (FaultMode::DoneButReported, AfterFault::Recovers, true),
    ] {
        for step in 0..steps {
            let case = format!("step {step} {mode:?} {after:?} power cut {power_cut}");
            let faults = Faults::new(step, mode, after);
            let (dir, (_, destroyed, _)) = run(Disk::with_faults(faults.clone()));
            let dir = dir.path().join("store");
            if power_cut {
                faults.lose_unsynced().unwrap();
            }
            let opened = LogStore::open_with(&dir, Disk::default(), small())
                .unwrap_or_else(|error| panic!("{case}: {error}"));
            let gone = opened.segment(&id(1)).is_err();
            assert!(gone || !destroyed, "{case}");
            let report = verify(&opened);
            assert!(report.is_clean(), "{case}: {report:?}");
            for segments in packed(&opened) {
                assert!(!(gone && segments.contains(&1)), "{case}: {segments:?}");
            }
            assert_eq!(
                std::fs::read_dir(dir.join("incoming")).unwrap().count(),
                0,
                "{case}"
            );
            opened.pack_columns(LATER_MS, &mut go).unwrap();
            let all = if gone { vec![2, 3] } else { vec![1, 2, 3] };
            assert_eq!(packed(&opened), [all], "{case}");
        }
    }
}
