//! A fault at every write of decisions and destructions: a segment is whole, or gone with its record.

use accord_logstore::{
    AfterFault, Disk, Error, FaultMode, Faults, Ground, HoldCover, KeepingAct, Limits, LogStore, SegmentId,
};

use super::*;

fn limits() -> Limits {
    Limits {
        keeping_records: 2,
        ..small()
    }
}

/// What was acknowledged.
#[derive(Debug, Default)]
struct Acknowledged {
    records: u64,
    destroyed: Vec<SegmentId>,
}

/// Decides, holds and destroys; stops at nothing.
fn session(dir: &Path, disk: Disk) -> Acknowledged {
    let mut told = Acknowledged::default();
    let Ok(store) = LogStore::open_with(dir, disk, limits()) else {
        return told;
    };
    let over = || decided_at("the job", IMPORTED_MS + 9 * DAY_MS);
    let mut record = |result: Result<accord_logstore::KeepingRecord, Error>| {
        let unfinished = matches!(result, Err(Error::Unfinished { .. }));
        if let Ok(record) = &result
            && let KeepingAct::Destroyed(destroyed) = &record.act
        {
            told.destroyed.push(destroyed.segment.clone());
        }
        told.records += u64::from(result.is_ok() || unfinished);
    };
    record(store.set_retention("isp", Some(1), &decided("the law")));
    record(store.place_hold("case-7", HoldCover::Segments(vec![id(2)]), &decided("order")));
    record(store.destroy(&id(1), Ground::ByHand, Some(35), &decided("order")));
    record(store.lift_hold("case-7", &decided("closed")));
    record(store.destroy(&id(2), Ground::Retention, Some(35), &over()));
    told
}

/// What a session starts with, made once.
fn template() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    drop(with_segments(dir.path(), 3));
    dir
}

#[test]
fn a_fault_at_every_write_leaves_segments_whole_or_gone_with_their_record() {
    let template = template();
    let run = |disk: Disk| {
        let dir = tempfile::tempdir().unwrap();
        copy(template.path(), &dir.path().join("store"));
        let told = session(&dir.path().join("store"), disk);
        (dir, told)
    };
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let (_, told) = run(Disk::with_faults(counting.clone()));
    assert_eq!((told.records, told.destroyed), (5, vec![id(1), id(2)]));
    let steps = counting.steps();
    assert!(steps > 30, "{steps}");
    for (mode, after, power_cut) in [
        (FaultMode::NotDone, AfterFault::Dead, true),
        (FaultMode::NotDone, AfterFault::Dead, false),
        (FaultMode::Half, AfterFault::Dead, false),
        (FaultMode::Half, AfterFault::Dead, true),
        (FaultMode::DoneButReported, AfterFault::Dead, false),
        (FaultMode::DoneButReported, AfterFault::Dead, true),
        (FaultMode::NotDone, AfterFault::Recovers, false),
        (FaultMode::NotDone, AfterFault::Recovers, true),
        (FaultMode::DoneButReported, AfterFault::Recovers, false),
        (FaultMode::DoneButReported, AfterFault::Recovers, true),
    ] {
        for step in 0..steps {
            let case = format!("step {step} {mode:?} {after:?} power cut {power_cut}");
            let faults = Faults::new(step, mode, after);
            let (dir, told) = run(Disk::with_faults(faults.clone()));
            assert!(faults.tripped(), "{case}");
            if power_cut {
                faults.lose_unsynced().unwrap();
            }
            check(&dir.path().join("store"), &told, &case);
        }
    }
}

fn check(dir: &Path, told: &Acknowledged, case: &str) {
    let store =
        LogStore::open_with(dir, Disk::default(), limits()).unwrap_or_else(|error| panic!("{case}: {error}"));
    let report = verify(&store);
    assert!(report.is_clean(), "{case}: {report:?}");
    let (count, _) = store.keeping_head();
    assert!(
        (told.records..=told.records + 1).contains(&count),
        "{case}: {count} of {told:?}"
    );
    let records = store.keeping_records(0, usize::MAX).unwrap();
    for number in 1..=3 {
        let id = id(number);
        let of_it = records.iter().filter(
            |record| matches!(&record.act, KeepingAct::Destroyed(destroyed) if destroyed.segment == id),
        );
        match (store.segment(&id), of_it.count()) {
            (Ok(segment), 0) => {
                assert_eq!(whole(&store, &segment), log(number), "{case}");
                assert!(!told.destroyed.contains(&id), "{case}");
                let error = import(&store, "again", log(number).as_bytes()).unwrap_err();
                assert!(matches!(error, Error::Duplicate { .. }), "{case}: {error}");
            }
            (Err(Error::Destroyed { .. }), 1) => {
                assert!(
                    !dir.join(format!("segments/isp/00000{number}")).exists(),
                    "{case}"
                );
                let error = import(&store, "again", log(number).as_bytes()).unwrap_err();
                assert!(matches!(error, Error::DestroyedLog { .. }), "{case}: {error}");
            }
            (found, records) => panic!("{case}: segment {number}: {found:?}, {records} records"),
        }
    }
    assert_eq!(
        std::fs::read_dir(dir.join("incoming")).unwrap().count(),
        0,
        "{case}"
    );
    // It goes on from there, to the same end.
    let decide = |what: &str, result: Result<accord_logstore::KeepingRecord, Error>| match result {
        Ok(_) | Err(Error::Destroyed { .. } | Error::Keeping(_)) => {}
        Err(error) => panic!("{case}: {what}: {error}"),
    };
    decide(
        "hold",
        store.place_hold("case-8", HoldCover::Segments(vec![id(3)]), &decided("order")),
    );
    decide("lift", store.lift_hold("case-7", &decided("closed")));
    for number in [1, 2] {
        decide(
            "destroy",
            store.destroy(&id(number), Ground::ByHand, None, &decided("order")),
        );
    }
    let held = store.destroy(&id(3), Ground::ByHand, None, &decided("order"));
    assert!(matches!(held, Err(Error::Held { .. })), "{case}: {held:?}");
    let next = import(&store, "new", log(9).as_bytes()).unwrap();
    assert_eq!(next.id(), &id(4), "{case}");
    assert_eq!(store.segments().len(), 2, "{case}");
    assert!(verify(&store).is_clean(), "{case}");
}

/// Opening ends what was begun; a fault at every write of that leaves it for the next opening.
#[test]
fn a_fault_at_every_write_of_opening_after_a_crash() {
    let template = template();
    // The process dies after the record is durable, before the folder is away.
    let made = || {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("store");
        copy(template.path(), &store);
        let kept = dir.path().join("kept");
        copy(&store.join("segments/isp/000001"), &kept);
        let opened = LogStore::open_with(&store, Disk::default(), limits()).unwrap();
        opened
            .destroy(&id(1), Ground::ByHand, None, &decided("x"))
            .unwrap();
        drop(opened);
        std::fs::rename(&kept, store.join("segments/isp/000001")).unwrap();
        (dir, store)
    };
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let (_dir, store) = made();
    LogStore::open_with(&store, Disk::with_faults(counting.clone()), limits()).unwrap();
    assert!(counting.steps() >= 4);
    for mode in [FaultMode::NotDone, FaultMode::DoneButReported] {
        for step in 0..counting.steps() {
            for power_cut in [false, true] {
                let case = format!("step {step} {mode:?} power cut {power_cut}");
                let (_dir, store) = made();
                let faults = Faults::new(step, mode, AfterFault::Dead);
                let opened = LogStore::open_with(&store, Disk::with_faults(faults.clone()), limits());
                assert!(opened.is_err(), "{case}");
                if power_cut {
                    faults.lose_unsynced().unwrap();
                }
                let opened = LogStore::open_with(&store, Disk::default(), limits())
                    .unwrap_or_else(|error| panic!("{case}: {error}"));
                assert!(
                    matches!(opened.segment(&id(1)), Err(Error::Destroyed { .. })),
                    "{case}"
                );
                assert!(verify(&opened).is_clean(), "{case}");
                assert_eq!(
                    std::fs::read_dir(store.join("incoming")).unwrap().count(),
                    0,
                    "{case}"
                );
            }
        }
    }
}

/// The record is durable and the folder is not away: the caller is told, nothing more is written, nothing more is read.
#[test]
fn an_unfinished_destruction_is_told() {
    let template = template();
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Recovers);
    let run = |disk: Disk| {
        let dir = tempfile::tempdir().unwrap();
        copy(template.path(), &dir.path().join("store"));
        let store = LogStore::open_with(&dir.path().join("store"), disk, limits()).unwrap();
        let destroyed = store.destroy(&id(1), Ground::ByHand, None, &decided("x"));
        (dir, store, destroyed)
    };
    drop(run(Disk::with_faults(counting.clone())));
    // From the end: sync of incoming, removal, sync of the source's folder, rename.
    for back in 1..=4 {
        let faults = Faults::new(counting.steps() - back, FaultMode::NotDone, AfterFault::Recovers);
        let (_dir, store, destroyed) = run(Disk::with_faults(faults));
        let error = destroyed.unwrap_err();
        assert!(
            matches!(error, Error::Unfinished { record: 1, .. }),
            "{back}: {error}"
        );
        assert!(
            matches!(store.segment(&id(1)), Err(Error::Destroyed { .. })),
            "{back}"
        );
        let held = store.place_hold("h", of_source("isp", None), &decided("x"));
        assert!(matches!(held, Err(Error::MustReopen)), "{back}");
        let hunted = hunt(&store, &["evil.example"]);
        assert!(hunted.lines.iter().all(|line| line.segment != id(1)), "{back}");
    }
}
