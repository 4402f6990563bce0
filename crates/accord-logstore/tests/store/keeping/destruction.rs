//! What a destruction leaves, and what it does not.

use accord_logstore::{Error, Ground, HoldCover, KeepingAct, LineAt, LogStore, Rule};

use super::*;

#[test]
fn it_leaves_a_record_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 2);
    let segment = store.segment(&id(1)).unwrap();
    let record = store
        .destroy(&id(1), Ground::ByHand, Some(35), &decided("order 7"))
        .unwrap();
    assert_eq!(
        (record.number, record.who.as_str(), record.why.as_str()),
        (1, "Kim (kim)", "order 7")
    );
    let KeepingAct::Destroyed(destroyed) = &record.act else {
        panic!("{record:?}")
    };
    let manifest = &segment.manifest;
    assert_eq!(destroyed.manifest_sha256, segment.manifest_sha256);
    assert_eq!((destroyed.given, destroyed.log), (manifest.given, manifest.log));
    assert_eq!((destroyed.lines, destroyed.time), (manifest.lines, manifest.time));
    assert_eq!(destroyed.original_name, "x");
    assert_eq!(
        (destroyed.imported_at_ms, destroyed.imported_by.as_str()),
        (IMPORTED_MS, "jo")
    );
    assert_eq!(
        (destroyed.rule, destroyed.backup_horizon_days),
        (Rule::ByHand, Some(35))
    );
    assert!(
        !files(dir.path()).iter().any(|path| path.contains("000001")),
        "{:?}",
        files(dir.path())
    );
    assert_eq!(store.destroyed(&id(1)).unwrap().as_ref(), Some(&record));
    assert_eq!(store.destroyed(&id(2)).unwrap(), None);
    let check = |store: &LogStore| {
        let report = verify(store);
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(
            (report.segments, report.keeping.records, report.keeping.destroyed),
            (1, 1, 1)
        );
        for error in [
            store.segment(&id(1)).unwrap_err(),
            store.read_line(&id(1), LineAt::Number(1)).unwrap_err(),
            store.names(&id(1)).unwrap_err(),
            store.build_columns(&id(1), &mut go).unwrap_err(),
            store.build_postings(Some(&id(1)), &mut go).unwrap_err(),
            store.verify(Some(&id(1)), &mut go).unwrap_err(),
            store
                .destroy(&id(1), Ground::ByHand, None, &decided("again"))
                .unwrap_err(),
            store
                .place_hold("late", HoldCover::Segments(vec![id(1)]), &decided("too late"))
                .unwrap_err(),
        ] {
            let words = error.to_string();
            assert!(matches!(error, Error::Destroyed { record: 1, .. }), "{words}");
            assert!(words.contains("2023-11-15T22:13:20.000Z by Kim (kim)"), "{words}");
        }
    };
    check(&store);
    drop(store);
    check(&LogStore::open_with(dir.path(), Default::default(), small()).unwrap());
}

#[test]
fn by_retention_only_what_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 2);
    let end = IMPORTED_MS + 5 * DAY_MS;
    let over = |number: u64, at_ms: i64| {
        store.destroy(
            &id(number),
            Ground::Retention,
            None,
            &decided_at("the job", at_ms),
        )
    };
    assert!(
        matches!(over(1, i64::MAX), Err(Error::NotOver(_))),
        "no retention"
    );
    store.set_retention("isp", Some(5), &decided("the law")).unwrap();
    assert!(matches!(over(1, end - 1), Err(Error::NotOver(_))));
    let record = over(1, end).unwrap();
    let KeepingAct::Destroyed(destroyed) = record.act else {
        panic!("{record:?}")
    };
    let rule = Rule::Retention {
        record: 1,
        days: 5,
        over_since_ms: end,
    };
    assert_eq!(destroyed.rule, rule);
    store.set_retention("isp", None, &decided("trial")).unwrap();
    assert!(matches!(over(2, end), Err(Error::NotOver(_))), "taken back");
    store
        .destroy(&id(2), Ground::ByHand, None, &decided("order"))
        .unwrap();
    assert!(store.segments().is_empty());
}

#[test]
fn a_hold_beats_both_rules_and_the_others_stand_when_one_is_lifted() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 1);
    store.set_retention("isp", Some(1), &decided("the law")).unwrap();
    store
        .place_hold("a", HoldCover::Segments(vec![id(1)]), &decided("order a"))
        .unwrap();
    store
        .place_hold("b", of_source("isp", None), &decided("order b"))
        .unwrap();
    let refused = |holds: &[&str]| {
        for ground in [Ground::ByHand, Ground::Retention] {
            let at = decided_at("x", IMPORTED_MS + 9 * DAY_MS);
            match store.destroy(&id(1), ground, None, &at) {
                Err(Error::Held { holds: told, .. }) => assert_eq!(told, holds),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(whole(&store, &store.segment(&id(1)).unwrap()), log(1));
    };
    refused(&["a", "b"]);
    store.lift_hold("a", &decided("closed")).unwrap();
    refused(&["b"]);
    store.lift_hold("b", &decided("closed")).unwrap();
    store
        .destroy(
            &id(1),
            Ground::Retention,
            None,
            &decided_at("x", IMPORTED_MS + 9 * DAY_MS),
        )
        .unwrap();
}

#[test]
fn a_number_is_never_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let opened = with_segments(dir.path(), 2);
    opened
        .destroy(&id(2), Ground::ByHand, None, &decided("x"))
        .unwrap();
    opened
        .destroy(&id(1), Ground::ByHand, None, &decided("x"))
        .unwrap();
    drop(opened);
    let opened = LogStore::open_with(dir.path(), Default::default(), small()).unwrap();
    let next = import(&opened, "x", b"something else\n").unwrap();
    assert_eq!(next.id(), &id(3));
}

/// A backup of the folder, or a file system that forgot a rename, does not bring it back.
#[test]
fn what_is_put_back_is_removed_again() {
    let dir = tempfile::tempdir().unwrap();
    let opened = with_segments(dir.path(), 2);
    let folder = dir.path().join("segments/isp/000001");
    let copy = dir.path().join("copy");
    copy_dir(&folder, &copy);
    opened
        .destroy(&id(1), Ground::ByHand, None, &decided("x"))
        .unwrap();
    std::fs::rename(&copy, &folder).unwrap();
    let report = verify(&opened);
    assert!(!report.is_clean());
    assert!(report.keeping.problems[0].contains("isp/000001"), "{report:?}");
    drop(opened);
    let opened = LogStore::open_with(dir.path(), Default::default(), small()).unwrap();
    assert!(!folder.exists());
    assert!(verify(&opened).is_clean());
    assert_eq!(opened.segments().len(), 1);
    drop(opened);
    // Something else in its place is explained by nobody.
    copy_dir(&dir.path().join("segments/isp/000002"), &folder);
    let error = LogStore::open(dir.path()).unwrap_err();
    assert!(matches!(&error, Error::Unexplained { .. }), "{error}");
    assert!(error.to_string().contains("move it out"), "{error}");
    assert!(folder.exists());
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn verify_names_what_lies_about_and_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let opened = with_segments(dir.path(), 3);
    std::fs::create_dir(dir.path().join("incoming/destroyed-9")).unwrap();
    let report = verify(&opened);
    assert!(report.keeping.problems[0].contains("destroyed-9"), "{report:?}");
    drop(opened);
    // Taken away by hand, as if there had been a record.
    std::fs::remove_dir_all(dir.path().join("segments/isp/000002")).unwrap();
    let opened = LogStore::open_with(dir.path(), Default::default(), small()).unwrap();
    let report = verify(&opened);
    let [problem] = report.keeping.problems.as_slice() else {
        panic!("{report:?}")
    };
    assert!(problem.contains("000002 to 000002"), "{problem}");
    assert!(!report.is_clean());
}

#[test]
fn a_hunt_says_how_much_is_destroyed_of_what_it_asks_for() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 2);
    import(&store, "x", b"evil.example without a time\n").unwrap();
    let mut asked = hunt_for(&["evil.example"]);
    let told = |asked: &accord_logstore::Hunt| {
        let (hunted, counted) = (
            store.hunt(asked, &mut go).unwrap(),
            store.counts(asked, &mut go).unwrap(),
        );
        assert_eq!(hunted.destroyed, counted.destroyed);
        assert!(hunted.is_complete());
        hunted.destroyed
    };
    assert_eq!(told(&asked), 0);
    for number in [1, 3] {
        store
            .destroy(&id(number), Ground::ByHand, None, &decided("x"))
            .unwrap();
    }
    assert_eq!(told(&asked), 2);
    // Of the first each line told its time; of the third none.
    asked.to_ms = 1_699_920_000_000;
    assert_eq!(told(&asked), 1);
    asked.to_ms += 1;
    assert_eq!(told(&asked), 2);
    asked.sources = Some(vec!["isp".to_owned()]);
    assert_eq!(told(&asked), 2);
    store.add_source(source("other")).unwrap();
    asked.sources = Some(vec!["other".to_owned()]);
    assert_eq!(told(&asked), 0);
}
