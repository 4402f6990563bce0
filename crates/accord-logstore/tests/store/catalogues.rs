//! Catalogues: questions are answered the same with them and without them, whatever happens to the segments and to the disk.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use accord_logstore::{
    AfterFault, CATALOGUE_LEAST, CATALOGUE_SEGMENTS, CatalogueTime, Disk, Error, FaultMode, Faults, Ground,
    Hunt, HuntCounts, HuntResult, Limits, LogStore,
};

use crate::keeping::{copy, decided, id, log, with_segments};
use crate::support::*;

/// What stands in one of the logs of these tests, in all, in none, and a range of what stands in some.
const ASKED: [&str; 5] = [
    "10.0.0.2",
    "evil.example",
    "nowhere.example",
    "10.0.0.2/31",
    "2001:db8::/33",
];

fn make(store: &LogStore) -> u64 {
    store.make_catalogues(CatalogueTime::Now, &mut go).unwrap().made
}

/// Every file under `catalogues/`.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = match std::fs::read_dir(dir.join("catalogues")) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    };
    found.sort();
    found
}

fn answers(store: &LogStore, hunt: &Hunt) -> (HuntResult, HuntCounts) {
    (
        store.hunt(hunt, &mut go).unwrap(),
        store.counts(hunt, &mut go).unwrap(),
    )
}

/// What is answered without a catalogue: of a copy of the store.
fn plainly(dir: &Path, limits: Limits, hunt: &Hunt) -> (HuntResult, HuntCounts) {
    let beside = tempfile::tempdir().unwrap();
    let to = beside.path().join("store");
    copy(dir, &to);
    let _ = std::fs::remove_dir_all(to.join("catalogues"));
    let store = LogStore::open_with(&to, Disk::default(), limits).unwrap();
    assert_eq!(store.catalogued_segments(), 0);
    answers(&store, hunt)
}

fn same(store: &LogStore, dir: &Path) {
    for asked in [
        ASKED.as_slice(),
        &ASKED[..1],
        &ASKED[2..3],
        &["evil.1abc", "10.0.0.2"],
    ] {
        let hunt = hunt_for(asked);
        assert_eq!(answers(store, &hunt), plainly(dir, small(), &hunt), "{asked:?}");
    }
}

#[test]
fn questions_are_answered_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 5);
    import(&store, "empty", b"").unwrap();
    import(
        &store,
        "overlong",
        &[b"evil.example ".repeat(200), b"\n".to_vec()].concat(),
    )
    .unwrap();
    let report = store.make_catalogues(CatalogueTime::Now, &mut go).unwrap();
    assert_eq!((report.made, report.segments), (1, 7));
    assert_eq!((report.without.len(), store.catalogued_segments()), (0, 7));
    same(&store, dir.path());
    // Only what may answer is opened: nobody misses the postings of the others.
    for number in [1, 3, 4, 5] {
        let path = dir
            .path()
            .join(format!("segments/isp/{:06}/postings.bin", number));
        std::fs::rename(path, dir.path().join(format!("away-{number}"))).unwrap();
    }
    let hunt = hunt_for(&["10.0.0.2", "nowhere.example"]);
    let (found, counted) = answers(&store, &hunt);
    assert_eq!((found.lines.len(), found.read_whole.len()), (12, 0));
    assert_eq!((counted.days.len(), counted.not_counted.len()), (1, 0));
    // What may answer and has no postings any more is read whole.
    let hunt = hunt_for(&["10.0.0.3"]);
    let (found, counted) = answers(&store, &hunt);
    assert_eq!((found.lines.len(), found.read_whole.len()), (12, 1));
    assert_eq!(counted.not_counted.len(), 1);
    for number in [1, 3, 4, 5] {
        let path = dir
            .path()
            .join(format!("segments/isp/{:06}/postings.bin", number));
        std::fs::rename(dir.path().join(format!("away-{number}")), path).unwrap();
    }
    assert!(verify(&store).is_clean());
    drop(store);
    let store = LogStore::open_with(dir.path(), Disk::default(), small()).unwrap();
    assert_eq!(store.catalogued_segments(), 7);
    assert_eq!(make(&store), 0, "nothing to do");
    same(&store, dir.path());
}

#[test]
fn the_same_segments_make_the_same_bytes_and_what_came_since_is_put_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 3);
    make(&store);
    let made = |dir: &Path| -> Vec<Vec<u8>> {
        files(dir)
            .iter()
            .map(|path| std::fs::read(path).unwrap())
            .collect()
    };
    let before = made(dir.path());
    drop(store);
    std::fs::remove_file(&files(dir.path())[0]).unwrap();
    let store = LogStore::open_with(dir.path(), Disk::default(), small()).unwrap();
    assert_eq!(make(&store), 1);
    assert_eq!(made(dir.path()), before);
    import(&store, "x", log(4).as_bytes()).unwrap();
    same(&store, dir.path());
    assert_eq!(make(&store), 1);
    assert_eq!((files(dir.path()).len(), store.catalogued_segments()), (1, 4));
    same(&store, dir.path());
    assert!(verify(&store).is_clean());
}

#[test]
fn catalogues_are_made_once_enough_came_and_end_at_their_limits() {
    let length = log(1).len() as u64;
    for (what, limits, count, made, catalogued) in [
        ("too few", small(), CATALOGUE_LEAST - 1, 0, 0),
        ("enough", small(), CATALOGUE_LEAST, 1, CATALOGUE_LEAST),
        (
            "bytes",
            Limits {
                catalogue_least_bytes: 3 * length,
                ..small()
            },
            3,
            1,
            3,
        ),
        (
            "a byte less",
            Limits {
                catalogue_least_bytes: 3 * length + 1,
                ..small()
            },
            3,
            0,
            0,
        ),
        (
            "one past the segments of one",
            Limits {
                catalogue_least: 1,
                catalogue_segments: 3,
                ..small()
            },
            7,
            2,
            6,
        ),
        (
            "one past its bytes",
            Limits {
                catalogue_least: 1,
                catalogue_bytes: 3 * length,
                ..small()
            },
            7,
            2,
            6,
        ),
        (
            "a byte less",
            Limits {
                catalogue_least: 1,
                catalogue_bytes: 3 * length - 1,
                ..small()
            },
            7,
            3,
            6,
        ),
        (
            "too long to be in one",
            Limits {
                catalogue_least: 1,
                catalogue_bytes: length,
                ..small()
            },
            3,
            0,
            0,
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), limits);
        for number in 1..=count {
            // Of the same length, whatever number.
            let text = log(1).replace("10.0.0.1", &format!("10.0.{}.{}", number / 10, number % 10));
            let text = text
                .replace("10.0.1.", "10.1.")
                .replace("10.0.2.", "10.2.")
                .replace("10.0.3.", "10.3.");
            import(&store, "x", text.as_bytes()).unwrap();
        }
        let report = store.make_catalogues(CatalogueTime::OnceEnough, &mut go).unwrap();
        assert_eq!(
            (report.made, store.catalogued_segments()),
            (made, catalogued),
            "{what}"
        );
        let hunt = hunt_for(&ASKED);
        assert_eq!(
            answers(&store, &hunt),
            plainly(dir.path(), limits, &hunt),
            "{what}"
        );
        let again = store.make_catalogues(CatalogueTime::OnceEnough, &mut go).unwrap();
        assert_eq!(again.made, 0, "{what}");
    }
    assert_eq!(Limits::default().catalogue_segments, CATALOGUE_SEGMENTS);
}

#[test]
fn more_answers_than_are_kept_are_asked_of_every_segment() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 4);
    make(&store);
    drop(store);
    // Each of the four may answer two of these.
    let hunt = hunt_for(&["evil.example", "10.0.0.0/8", "nowhere.example"]);
    let expected = plainly(dir.path(), small(), &hunt);
    for catalogue_answers in [0, 7, 8, 9] {
        let limits = Limits {
            catalogue_answers,
            ..small()
        };
        let store = LogStore::open_with(dir.path(), Disk::default(), limits).unwrap();
        assert_eq!(answers(&store, &hunt), expected, "{catalogue_answers}");
    }
}

/// Postings of few keys keep fewer bits of a fingerprint than a catalogue of many does.
#[test]
fn segments_of_any_length_are_found_in_one_catalogue() {
    for catalogue_spare_bits in [0, 5, 20, 22, 60] {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits {
            catalogue_spare_bits,
            ..Limits::default()
        };
        let store = store(dir.path(), limits);
        let mut texts = Vec::new();
        for lines in [0, 1, 2, 30, 3000] {
            let name = |line: usize| format!("host-{line}.part-{lines}.example");
            let text: String = (0..lines).map(|line| name(line) + " seen\n").collect();
            import(&store, "x", text.as_bytes()).unwrap();
            texts.extend([name(0), name(lines / 2)]);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let hunt = hunt_for(&texts);
        let before = answers(&store, &hunt);
        // Of none, one, and two lines of each of the others.
        assert_eq!(before.0.lines.len(), 7);
        assert_eq!(make(&store), 1);
        assert_eq!(answers(&store, &hunt), before, "{catalogue_spare_bits}");
        assert!(verify(&store).is_clean());
    }
}

#[test]
fn a_catalogue_of_postings_under_another_line_limit_tells_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 3);
    make(&store);
    drop(store);
    let limits = Limits {
        line_bytes: 2000,
        ..small()
    };
    let store = LogStore::open_with(dir.path(), Disk::default(), limits).unwrap();
    let found = store.hunt(&hunt_for(&["nowhere.example"]), &mut go).unwrap();
    assert_eq!(found.read_whole.len(), 3);
    assert!(verify(&store).is_clean());
}

#[test]
fn no_damage_leads_to_another_answer_and_verification_finds_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 2);
    make(&store);
    let path = files(dir.path())[0].clone();
    let good = std::fs::read(&path).unwrap();
    let hunt = hunt_for(&ASKED);
    let expected = answers(&store, &hunt);
    assert_eq!(expected, plainly(dir.path(), small(), &hunt));
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(&path, &bad).unwrap();
        assert_eq!(answers(&store, &hunt), expected, "byte {at}");
        if at % 41 == 0 {
            assert!(!verify(&store).is_clean(), "byte {at}");
        }
    }
    for length in (0..good.len()).step_by(7) {
        std::fs::write(&path, &good[..length]).unwrap();
        assert_eq!(answers(&store, &hunt), expected, "cut to {length}");
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(answers(&store, &hunt), expected, "gone");
    assert_eq!(verify(&store).keeping.problems.len(), 1);
}

#[test]
fn a_catalogue_that_its_postings_do_not_make_is_found_out() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 2);
    make(&store);
    // Whole, and of what its segments' postings once were.
    let path = dir.path().join("segments/isp/000001/postings.bin");
    let foreign = tempfile::tempdir().unwrap();
    let other = LogStore::open_with(foreign.path(), Disk::default(), small()).unwrap();
    let format = accord_logstore::FormatSetting::As(accord_formats::logs::LogFormat::Squid);
    other
        .add_source(accord_logstore::SourceConfig {
            format,
            ..source("isp")
        })
        .unwrap();
    let made = import(&other, "x", log(1).as_bytes()).unwrap();
    let from = foreign
        .path()
        .join(format!("segments/{}/postings.bin", made.id()));
    std::fs::copy(from, path).unwrap();
    let problems = verify(&store).keeping.problems;
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].contains("not the one that the postings"),
        "{problems:?}"
    );
    // Making the postings anew takes the catalogue away first.
    std::fs::remove_file(dir.path().join("segments/isp/000001/postings.bin")).unwrap();
    store.build_postings(None, &mut go).unwrap();
    assert_eq!((files(dir.path()).len(), store.catalogued_segments()), (0, 0));
    assert_eq!(make(&store), 1);
    assert!(verify(&store).is_clean());
}

#[test]
fn segments_without_postings_are_left_out_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 4);
    let path = |number: u64| dir.path().join(format!("segments/isp/{number:06}/postings.bin"));
    std::fs::remove_file(path(1)).unwrap();
    // Damage that is met only when the keys are read.
    let mut bytes = std::fs::read(path(2)).unwrap();
    bytes[0] ^= 1;
    std::fs::write(path(2), bytes).unwrap();
    let report = store.make_catalogues(CatalogueTime::Now, &mut go).unwrap();
    assert_eq!((report.made, report.segments), (1, 2));
    let without: BTreeSet<_> = report.without.iter().map(|one| one.segment.number()).collect();
    assert_eq!(without, BTreeSet::from([1, 2]));
    same(&store, dir.path());
    let again = store.make_catalogues(CatalogueTime::Now, &mut go).unwrap();
    assert_eq!(again.made, 0);
    store.build_postings(None, &mut go).unwrap();
    assert_eq!(make(&store), 1);
    assert_eq!(store.catalogued_segments(), 4);
    same(&store, dir.path());
}

#[test]
fn a_destruction_takes_the_catalogue_away_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 4);
    make(&store);
    let nobody = accord_logstore::Decided {
        who: "",
        ..decided("x")
    };
    assert!(store.destroy(&id(2), Ground::ByHand, None, &nobody).is_err());
    assert_eq!(
        store.catalogued_segments(),
        4,
        "what is not decided changes nothing"
    );
    store
        .destroy(&id(2), Ground::ByHand, None, &decided("x"))
        .unwrap();
    assert_eq!((files(dir.path()).len(), store.catalogued_segments()), (0, 0));
    same(&store, dir.path());
    assert!(verify(&store).is_clean());
    assert_eq!(make(&store), 1);
    assert_eq!(store.catalogued_segments(), 3);
    same(&store, dir.path());
    assert!(verify(&store).is_clean());
}

#[test]
fn what_is_destroyed_or_built_while_a_catalogue_is_made_is_in_none() {
    let mut calls = 0;
    for call in 1.. {
        let dir = tempfile::tempdir().unwrap();
        let store = with_segments(dir.path(), 3);
        calls = 0;
        let report = store.make_catalogues(CatalogueTime::Now, &mut |_| {
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
        report.unwrap();
        if calls < call {
            break;
        }
        make(&store);
        assert_eq!(store.catalogued_segments(), 2, "{call}");
        same(&store, dir.path());
        assert!(verify(&store).is_clean(), "{call}");
    }
    assert!(calls > 3, "{calls}");
    // Postings that are made anew meanwhile: it is not placed.
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 3);
    let path = dir.path().join("segments/isp/000001/postings.bin");
    let mut once = true;
    let report = store.make_catalogues(CatalogueTime::Now, &mut |_| {
        if std::mem::take(&mut once) {
            std::fs::remove_file(&path).unwrap();
            store.build_postings(None, &mut go).unwrap();
        }
        ControlFlow::Continue(())
    });
    assert_eq!(report.unwrap().made, 0);
    assert_eq!((store.catalogued_segments(), make(&store)), (0, 1));
    let stopped = {
        import(&store, "x", log(4).as_bytes()).unwrap();
        store.make_catalogues(CatalogueTime::Now, &mut |_| ControlFlow::Break(()))
    };
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
    assert_eq!(store.catalogued_segments(), 3, "what was there stands");
}

#[test]
fn what_cannot_be_used_is_taken_away_at_opening() {
    fn change(dir: &Path, act: impl Fn(&mut Vec<u8>)) {
        let path = dir.join("catalogues/000001.bin");
        let mut bytes = std::fs::read(&path).unwrap();
        act(&mut bytes);
        std::fs::write(path, bytes).unwrap();
    }
    type Act = fn(&Path);
    let acts: [(&str, Act, usize); 6] = [
        ("nothing", |_| {}, 1),
        (
            "cut",
            |dir| change(dir, |bytes| bytes.truncate(bytes.len() - 1)),
            0,
        ),
        ("empty", |dir| change(dir, Vec::clear), 0),
        (
            "its foot",
            |dir| {
                change(dir, |bytes| {
                    let last = bytes.len() - 60;
                    bytes[last] ^= 1;
                });
            },
            0,
        ),
        (
            "under two names",
            |dir| {
                std::fs::copy(
                    dir.join("catalogues/000001.bin"),
                    dir.join("catalogues/000002.bin"),
                )
                .unwrap();
            },
            1,
        ),
        (
            "a folder",
            |dir| {
                std::fs::remove_file(dir.join("catalogues/000001.bin")).unwrap();
                std::fs::create_dir(dir.join("catalogues/000001.bin")).unwrap();
            },
            0,
        ),
    ];
    for (what, act, left) in acts {
        let dir = tempfile::tempdir().unwrap();
        let store = with_segments(dir.path(), 3);
        make(&store);
        drop(store);
        act(dir.path());
        let store = LogStore::open_with(dir.path(), Disk::default(), small()).unwrap();
        assert_eq!(files(dir.path()).len(), left, "{what}");
        make(&store);
        assert_eq!(store.catalogued_segments(), 3, "{what}");
        assert!(verify(&store).is_clean(), "{what}");
        same(&store, dir.path());
    }
    for foreign in [
        "catalogues/notes.txt",
        "catalogues/1.bin",
        "catalogues/000001.bin.old",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = with_segments(dir.path(), 2);
        make(&store);
        std::fs::write(dir.path().join(foreign), "x").unwrap();
        assert_eq!(verify(&store).keeping.problems.len(), 1, "{foreign}");
        drop(store);
        let error = LogStore::open(dir.path()).unwrap_err();
        assert!(matches!(error, Error::Unexplained { .. }), "{foreign}: {error}");
    }
    // Of segments that are not here: a backup of another day.
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make(&with_segments(other.path(), 3));
    let store = with_segments(dir.path(), 2);
    make(&store);
    drop(store);
    let place = |dir: &Path| dir.join("catalogues/000001.bin");
    std::fs::copy(place(other.path()), place(dir.path())).unwrap();
    let store = LogStore::open_with(dir.path(), Disk::default(), small()).unwrap();
    assert_eq!((files(dir.path()).len(), store.catalogued_segments()), (0, 0));
}

#[test]
fn a_fault_at_every_write_leaves_whole_catalogues_or_none() {
    // One that is made anew with what came since, and a destruction that takes it away.
    let template = tempfile::tempdir().unwrap();
    let store = with_segments(template.path(), 2);
    make(&store);
    import(&store, "x", log(3).as_bytes()).unwrap();
    drop(store);
    let run = |disk: Disk| {
        let dir = tempfile::tempdir().unwrap();
        copy(template.path(), &dir.path().join("store"));
        let store = LogStore::open_with(&dir.path().join("store"), disk, small());
        let made = |store: &LogStore| store.make_catalogues(CatalogueTime::Now, &mut go).is_ok();
        let told = store.map(|store| {
            let first = made(&store);
            let destroyed = store.destroy(&id(1), Ground::ByHand, None, &decided("x"));
            let destroyed = destroyed.is_ok() || matches!(destroyed, Err(Error::Unfinished { .. }));
            (first, destroyed, made(&store))
        });
        (dir, told.unwrap_or_default())
    };
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let (_, told) = run(Disk::with_faults(counting.clone()));
    assert_eq!(told, (true, true, true));
    let steps = counting.steps();
    assert!(steps > 30, "{steps}");
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
            let store = LogStore::open_with(&dir, Disk::default(), small())
                .unwrap_or_else(|error| panic!("{case}: {error}"));
            let gone = store.segment(&id(1)).is_err();
            assert!(gone || !destroyed, "{case}");
            let report = verify(&store);
            assert!(report.is_clean(), "{case}: {report:?}");
            let hunt = hunt_for(&ASKED);
            assert_eq!(answers(&store, &hunt), plainly(&dir, small(), &hunt), "{case}");
            make(&store);
            assert_eq!(store.catalogued_segments(), if gone { 2 } else { 3 }, "{case}");
            assert_eq!(files(&dir).len(), 1, "{case}");
            assert_eq!(answers(&store, &hunt), plainly(&dir, small(), &hunt), "{case}");
        }
    }
}
