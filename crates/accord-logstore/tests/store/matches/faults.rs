//! Damage of the file and of the watchlist, and a fault at every write.

use super::*;
use accord_logstore::{AfterFault, Disk, Error, FaultMode, Faults};
use accord_matcher::{SealedFile, Watchlist};
use bytes::Bytes;
use sha2::Digest;

const LOG: &[u8] = b"2023-11-14T23:59:59Z a.evil.example asked by 10.0.0.1\nnothing\n\
    2023-11-15T00:00:01Z deny 192.0.2.9 and more than one frame of these tests takes\nevil.example\n";
const PATTERNS: [&str; 2] = ["evil.example", "192.0.2.0/24"];

/// What the fuzz target `log_matches` keeps: the first byte says how the rest is put into the file.
#[test]
fn the_corpus_of_the_fuzz_target_is_read_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = watching(dir.path(), small(), &PATTERNS);
    import(&store, "x", LOG).unwrap();
    let path = file(dir.path(), 1);
    let text = zstd::decode_all(std::fs::File::open(&path).unwrap()).unwrap();
    let head = String::from_utf8(text).unwrap();
    let head = head.lines().next().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../accord-fuzz/corpus/log_matches");
    let mut read = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let bytes = std::fs::read(entry.path()).unwrap();
        let (how, rest) = bytes.split_first().unwrap();
        let bytes = match how % 3 {
            0 => rest.to_vec(),
            1 => zstd::encode_all(rest, 1).unwrap(),
            _ => {
                let text = format!("{head}\n{}{{}}\n", String::from_utf8_lossy(rest));
                zstd::encode_all(sealed(&text).as_bytes(), 1).unwrap()
            }
        };
        std::fs::write(&path, bytes).unwrap();
        match store.matches(&id(1)) {
            Ok(found) => {
                let found = found.unwrap();
                assert_eq!(found.entries.len() as u64, found.sums.entries);
                read.push(entry.file_name().into_string().unwrap());
            }
            Err(error) => assert!(matches!(error, Error::Matches { .. }), "{error}"),
        }
    }
    read.sort();
    assert_eq!(read, ["entries", "none"]);
}

#[test]
fn damage_is_told_and_made_again() {
    type Act = fn(&Path);
    let acts: [(&str, Act); 12] = [
        ("damaged: ", |path| {
            let mut bytes = std::fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(path, bytes).unwrap();
        }),
        ("damaged: ", |path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() - 5]).unwrap();
        }),
        ("damaged: ", |path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, [&bytes[..], b"more"].concat()).unwrap();
        }),
        ("incomplete frame", |path| std::fs::write(path, "").unwrap()),
        ("cut off", |path| rewrite(path, |text| text.trim_end().to_owned())),
        ("digest is not", |path| {
            rewrite(path, |text| text.replace("\"lines\":2", "\"lines\":3"))
        }),
        ("damaged: ", |path| {
            rewrite(path, |text| {
                let (before, _) = text.trim_end().rsplit_once('\n').unwrap();
                format!("{before}\n")
            })
        }),
        ("damaged: ", |path| rewrite(path, |text| format!("{text}{{}}\n"))),
        ("of another log", |path| {
            let log = hex::encode(sha2::Sha256::digest(LOG));
            rewrite(path, |text| sealed(&text.replace(&log, &"00".repeat(32))))
        }),
        ("not of a version", |path| {
            rewrite(path, |text| {
                sealed(&text.replace("\"version\":1", "\"version\":2"))
            })
        }),
        ("as many entries", |path| {
            rewrite(path, |text| {
                sealed(&text.replace("\"entries\":2", "\"entries\":1"))
            })
        }),
        ("no word of this version", |path| {
            rewrite(path, |text| sealed(&text.replace("\"exact\"", "\"nearly\"")))
        }),
    ];
    for (number, (what, act)) in acts.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let store = watching(dir.path(), small(), &PATTERNS);
        import(&store, "x", LOG).unwrap();
        let (made, path) = (of(&store, 1), file(dir.path(), 1));
        let bytes = std::fs::read(&path).unwrap();
        act(&path);
        let error = store.matches(&id(1)).unwrap_err();
        assert!(matches!(error, Error::Matches { .. }), "{number}: {error}");
        assert!(error.to_string().contains(what), "{number}: {error}");
        let report = verify(&store);
        assert_eq!(report.problems.len(), 1, "{number}: {report:?}");
        assert!(report.problems[0].what.contains("make them again"), "{number}");
        let list = watched(&PATTERNS, 7);
        let report = store.build_missing_matches(None, &list, &mut go).unwrap();
        assert_eq!(report.built, [id(1)], "{number}");
        assert_eq!(
            (of(&store, 1), std::fs::read(&path).unwrap()),
            (made, bytes),
            "{number}"
        );
        assert!(verify(&store).is_clean(), "{number}");
    }
}

/// A text with the digest at its end that it should have.
fn sealed(text: &str) -> String {
    let (before, _) = text.trim_end().rsplit_once('\n').unwrap();
    let digest = hex::encode(sha2::Sha256::digest(format!("{before}\n")));
    format!("{before}\n{{\"sha256\":\"{digest}\"}}\n")
}

#[test]
fn what_the_frames_do_not_make_is_told_where_the_watchlist_is_in_force() {
    let dir = tempfile::tempdir().unwrap();
    let store = watching(dir.path(), small(), &PATTERNS);
    import(&store, "x", LOG).unwrap();
    rewrite(&file(dir.path(), 1), |text| {
        sealed(&text.replace("\"lines\":2", "\"lines\":3"))
    });
    assert_eq!(entry(&of(&store, 1), "evil.example").lines, 3);
    let report = verify(&store);
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert!(
        report.problems[0].what.contains("not those that its frames"),
        "{report:?}"
    );
    // By another list, or by none, it cannot be told.
    for list in [None, Some(watched(&PATTERNS, 9))] {
        store.watch(list);
        assert!(verify(&store).is_clean());
    }
}

#[test]
fn a_missing_file_is_said_and_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = watching(dir.path(), small(), &PATTERNS);
    import(&store, "x", LOG).unwrap();
    std::fs::remove_file(file(dir.path(), 1)).unwrap();
    let report = verify(&store);
    assert!(report.is_clean());
    assert_eq!(report.without_matches, 1);
    store.watch(None);
    assert_eq!(verify(&store).without_matches, 0);
}

#[test]
fn a_damaged_watchlist_keeps_no_log_out_and_tells_nothing() {
    let list = watched(&["evil.example", "other.example"], 7);
    let whole = list.watchlist().encode();
    // Of the first block that a scan reads; the header stands before it.
    let mut refused = 0;
    for block in 1..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[block * 4096] ^= 1;
        let Ok(file) = SealedFile::open(Bytes::from(bytes)) else {
            continue;
        };
        let Ok(watchlist) = Watchlist::open(&file) else {
            continue;
        };
        let damaged = Watched::new(watchlist, Hex([6; 32]), BUILT_MS);
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), small());
        store.watch(Some(damaged.clone()));
        import(&store, "x", LOG).unwrap();
        if damaged.watchlist().check().is_ok() {
            // What was not touched says nothing about the answer.
            assert_eq!(entry(&of(&store, 1), "evil.example").lines, 2);
            continue;
        }
        refused += 1;
        assert_eq!(store.matches(&id(1)).unwrap(), None);
        assert_eq!(
            store.segment(&id(1)).unwrap().manifest.log.length,
            LOG.len() as u64
        );
        let error = store.build_matches(&id(1), &damaged, &mut go).unwrap_err();
        assert!(matches!(error, Error::Watchlist(_)), "{error}");
        assert!(error.to_string().contains("build it again"), "{error}");
        assert!(store.build_missing_matches(None, &damaged, &mut go).is_err());
        store.build_missing_matches(None, &list, &mut go).unwrap();
        assert_eq!(entry(&of(&store, 1), "evil.example").lines, 2);
    }
    assert!(refused > 2, "{refused}");
}

/// Imports with matches, and makes them again with another watchlist; what was acknowledged.
fn session(dir: &Path, disk: Disk) -> (bool, bool) {
    let Ok(store) = LogStore::open_with(dir, disk, small()) else {
        return (false, false);
    };
    if store.add_source(source("isp")).is_err() {
        return (false, false);
    }
    store.watch(Some(watched(&PATTERNS, 7)));
    let imported = import(&store, "x", LOG).is_ok();
    let again = imported
        && store
            .build_matches(&id(1), &watched(&PATTERNS, 8), &mut go)
            .is_ok();
    (imported, again)
}

#[test]
fn a_fault_at_every_write_leaves_them_whole_or_away() {
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let dir = tempfile::tempdir().unwrap();
    let done = session(&dir.path().join("store"), Disk::with_faults(counting.clone()));
    assert_eq!(done, (true, true));
    let steps = counting.steps();
    assert!(steps > 30, "{steps}");
    let mut kept = [0_u64; 3];
    for (mode, after, power_cut) in [
        (FaultMode::NotDone, AfterFault::Dead, true),
        (FaultMode::Half, AfterFault::Dead, false),
        (FaultMode::DoneButReported, AfterFault::Dead, true),
        (FaultMode::NotDone, AfterFault::Recovers, false),
        (FaultMode::DoneButReported, AfterFault::Recovers, true),
    ] {
        for step in 0..steps {
            let case = format!("step {step} {mode:?} {after:?} power cut {power_cut}");
            let dir = tempfile::tempdir().unwrap();
            let dir = dir.path().join("store");
            let faults = Faults::new(step, mode, after);
            let (imported, again) = session(&dir, Disk::with_faults(faults.clone()));
            assert!(faults.tripped(), "{case}");
            if power_cut {
                faults.lose_unsynced().unwrap();
            }
            let store = LogStore::open_with(&dir, Disk::default(), small())
                .unwrap_or_else(|error| panic!("{case}: {error}"));
            assert!(verify(&store).is_clean(), "{case}");
            assert_eq!(
                std::fs::read_dir(dir.join("incoming")).unwrap().count(),
                0,
                "{case}"
            );
            let there = store.segments().len();
            assert!(there == 1 || !imported, "{case}");
            if there == 0 {
                kept[0] += 1;
                continue;
            }
            // Of a segment that is there, the matches are: those of the import, or those made since.
            let matches = of(&store, 1);
            let digest = matches.watchlist.sha256;
            assert!(
                digest == Hex([8; 32]) || (digest == Hex([7; 32]) && !again),
                "{case}"
            );
            assert_eq!((matches.sums.lines, matches.entries.len()), (3, 2), "{case}");
            kept[if digest == Hex([7; 32]) { 1 } else { 2 }] += 1;
        }
    }
    assert!(kept.iter().all(|count| *count > 0), "{kept:?}");
}
