//! Hunts, reads and builders that are at a segment while it is destroyed; holds beside destructions.

use std::ops::ControlFlow;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use accord_logstore::{Error, Ground, HoldCover, LogStore, Progress};

use super::*;

/// Destroys a segment when this much was gone through.
fn destroying(store: &LogStore, number: u64, at_bytes: u64) -> impl FnMut(Progress) -> ControlFlow<()> {
    let mut done = false;
    move |progress| {
        if !done && progress.scanned_bytes >= at_bytes {
            done = true;
            store
                .destroy(&id(number), Ground::ByHand, None, &decided("order"))
                .unwrap();
        }
        ControlFlow::Continue(())
    }
}

#[test]
fn a_hunt_names_what_is_destroyed_under_it() {
    let length = log(1).len() as u64;
    for (what, read_all) in [("by postings", false), ("reading all", true)] {
        for at_bytes in [1, length / 2, length - 1, length, length + 1, 2 * length + 1] {
            let dir = tempfile::tempdir().unwrap();
            let store = with_segments(dir.path(), 3);
            let asked = hunt_for(&["evil.example"]);
            let mut act = destroying(&store, 2, at_bytes);
            let result = match read_all {
                true => store.hunt_reading_all(&asked, &mut act),
                false => store.hunt(&asked, &mut act),
            };
            let result = result.unwrap();
            let case = format!("{what}, at {at_bytes}");
            let of = |number: u64| {
                result
                    .lines
                    .iter()
                    .filter(|line| line.segment == id(number))
                    .count() as u64
            };
            assert_eq!((of(1), of(3)), (12, 12), "{case}");
            let lost: u64 = result.damage.iter().map(|damage| damage.raw_length).sum();
            assert_eq!(result.scanned_bytes + lost, 3 * length, "{case}");
            match result.damage.as_slice() {
                // It had been read when it was destroyed.
                [] => assert_eq!((of(2), at_bytes > 2 * length), (12, true), "{case}"),
                [damage] => {
                    assert_eq!((&damage.segment, damage.frame), (&id(2), None), "{case}");
                    assert!(damage.what.contains("was destroyed"), "{case}: {}", damage.what);
                    assert_eq!(damage.raw_offset + damage.raw_length, length, "{case}");
                    let before = lines_of(log(2).as_bytes())
                        .iter()
                        .scan(0, |end, line| {
                            *end += line.len() as u64;
                            Some(*end)
                        })
                        .filter(|end| *end <= damage.raw_offset)
                        .count() as u64;
                    assert_eq!(of(2), before, "{case}");
                    assert!(!result.is_complete(), "{case}");
                }
                more => panic!("{case}: {more:?}"),
            }
            assert!(verify(&store).is_clean(), "{case}");
        }
    }
}

#[test]
fn counts_name_what_is_destroyed_under_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 3);
    let asked = hunt_for(&["evil.example"]);
    let counts = store.counts(&asked, &mut destroying(&store, 2, 1)).unwrap();
    let [not_counted] = counts.not_counted.as_slice() else {
        panic!("{counts:?}")
    };
    assert_eq!(not_counted.segment, id(2));
    assert!(not_counted.why.contains("was destroyed"), "{counts:?}");
    assert_eq!(counts.days.iter().map(|day| day.lines).sum::<u64>(), 24);
    assert!(!counts.is_complete());
}

#[test]
fn readers_end_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 1);
    let mut lines = 0;
    let read = store.each_line(&id(1), None, &mut |_| {
        lines += 1;
        if lines == 2 {
            store
                .destroy(&id(1), Ground::ByHand, None, &decided("x"))
                .unwrap();
        }
        ControlFlow::Continue(())
    });
    assert!(matches!(read, Err(Error::Destroyed { .. })), "{read:?}");
    assert!(lines < 12, "{lines}");
}

#[test]
fn builders_bring_nothing_back() {
    type Build = fn(&LogStore, &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<(), Error>;
    let builds: [(&str, Build, bool); 6] = [
        (
            "columns",
            |store, act| store.build_columns(&id(1), act).map(drop),
            true,
        ),
        (
            "missing columns of it",
            |store, act| store.build_missing_columns(Some(&id(1)), act).map(drop),
            true,
        ),
        (
            "missing columns of all",
            |store, act| store.build_missing_columns(None, act).map(drop),
            false,
        ),
        (
            "postings of it",
            |store, act| store.build_postings(Some(&id(1)), act).map(drop),
            true,
        ),
        (
            "postings of all",
            |store, act| store.build_postings(None, act).map(drop),
            false,
        ),
        (
            "verification",
            |store, act| store.verify(None, act).map(drop),
            false,
        ),
    ];
    let length = log(1).len() as u64;
    for (what, build, is_error) in builds {
        for at_bytes in [1, length / 2, length] {
            let case = format!("{what} at {at_bytes}");
            let dir = tempfile::tempdir().unwrap();
            // Postings that do not fit into memory lie under incoming/ while they are made.
            let limits = accord_logstore::Limits {
                posting_bytes: 1,
                ..small()
            };
            let store = store(dir.path(), limits);
            for number in 1..=2 {
                import(&store, "x", log(number).as_bytes()).unwrap();
            }
            for number in 1..=2 {
                let folder = dir.path().join(format!("segments/isp/00000{number}"));
                for name in ["columns.json", "columns.parquet"] {
                    std::fs::remove_file(folder.join(name)).unwrap();
                }
                if what != "verification" {
                    std::fs::remove_file(folder.join("postings.bin")).unwrap();
                }
            }
            let mut destroy = destroying(&store, 1, at_bytes);
            let mut left = None;
            let built = build(&store, &mut |progress| {
                let before = store.segments().len();
                let go_on = destroy(progress);
                if store.segments().len() < before {
                    // It is gone when the destruction returns, whoever still works on it.
                    left = Some(files(dir.path()));
                }
                go_on
            });
            let left = left.unwrap_or_else(|| panic!("{case}: not reached"));
            assert!(
                left.iter().all(|path| !path.contains("000001")),
                "{case}: {left:?}"
            );
            assert!(
                left.iter().all(|path| !path.starts_with("incoming/")),
                "{case}: {left:?}"
            );
            match built {
                Err(Error::Destroyed { segment, .. }) if is_error => assert_eq!(segment, id(1), "{case}"),
                Ok(()) if !is_error => {}
                other => panic!("{case}: {other:?}"),
            }
            assert!(
                files(dir.path()).iter().all(|path| !path.contains("000001")),
                "{case}"
            );
            assert_eq!(
                std::fs::read_dir(dir.path().join("incoming")).unwrap().count(),
                0,
                "{case}"
            );
            let report = verify(&store);
            assert!(report.is_clean(), "{case}: {report:?}");
            assert_eq!(store.segments().len(), 1, "{case}");
        }
    }
}

/// A hold and a destruction at the same time: one of both comes first, and the other is told.
#[test]
fn a_hold_placed_while_a_destruction_runs() {
    let dir = tempfile::tempdir().unwrap();
    let count = 40;
    let store = with_segments(dir.path(), count);
    let mut held = 0;
    for number in 1..=count {
        let start = Barrier::new(2);
        let (hold, destroyed) = std::thread::scope(|scope| {
            let hold = scope.spawn(|| {
                start.wait();
                let cover = HoldCover::Segments(vec![id(number)]);
                store.place_hold(&format!("h{number}"), cover, &decided("order"))
            });
            start.wait();
            let destroyed = store.destroy(&id(number), Ground::ByHand, None, &decided("x"));
            (hold.join().unwrap(), destroyed)
        });
        match (hold, destroyed) {
            (Ok(_), Err(Error::Held { .. })) => {
                held += 1;
                assert_eq!(whole(&store, &store.segment(&id(number)).unwrap()), log(number));
            }
            (Err(Error::Destroyed { .. }), Ok(_)) => {}
            (hold, destroyed) => panic!("{number}: {hold:?}, {destroyed:?}"),
        }
    }
    assert_eq!(store.segments().len(), held);
    assert!(verify(&store).is_clean());
}

#[test]
fn everything_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let count = 30;
    let store = with_segments(dir.path(), count);
    let over = AtomicBool::new(false);
    let until_over = |act: &(dyn Fn() + Sync)| {
        while !over.load(Ordering::Acquire) {
            act();
        }
    };
    let asked = hunt_for(&["evil.example"]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            until_over(&|| {
                let hunted = store.hunt(&asked, &mut go).unwrap();
                assert!(
                    hunted
                        .damage
                        .iter()
                        .all(|damage| damage.what.contains("was destroyed"))
                );
            });
        });
        scope.spawn(|| {
            until_over(&|| {
                let report = store.verify(None, &mut go).unwrap();
                assert!(report.is_clean(), "{report:?}");
            });
        });
        scope.spawn(|| {
            until_over(&|| {
                for segment in store.segments() {
                    match store.build_columns(segment.id(), &mut go) {
                        Ok(_) | Err(Error::Destroyed { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        });
        for number in 1..=count {
            store
                .destroy(&id(number), Ground::ByHand, None, &decided("x"))
                .unwrap();
            import(&store, "more", log(number + count).as_bytes()).unwrap();
        }
        over.store(true, Ordering::Release);
    });
    assert_eq!(store.segments().len() as u64, count);
    let report = verify(&store);
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.keeping.destroyed, count);
    assert!(
        files(dir.path())
            .iter()
            .all(|path| !path.starts_with("incoming/"))
    );
}
