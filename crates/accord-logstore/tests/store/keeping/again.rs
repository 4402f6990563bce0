//! Logs that come again after they were destroyed.

use accord_logstore::{Error, FilePlace, Ground, Head, Hex, LogStore, Origin, OriginPlace, SpoolPlace};

use super::*;

fn spool(number: u64, lines: &[u64]) -> Origin {
    Origin {
        collector: "edge".to_owned(),
        at: OriginPlace::Spool(SpoolPlace {
            spool: number,
            transport: "syslog-udp".to_owned(),
            sender: "192.0.2.1".to_owned(),
            first_received_ms: 1,
            last_received_ms: 2,
            escaped_lines: lines.to_vec(),
        }),
    }
}

fn file(from: u64) -> Origin {
    Origin {
        collector: "web".to_owned(),
        at: OriginPlace::File(FilePlace {
            path: "/var/log/a.log".to_owned(),
            device: 1,
            inode: 2,
            created_ns: Some(3),
            stream: 1,
            from,
            compressed: false,
            head: Head {
                length: 1,
                sha256: Hex([7; 32]),
            },
        }),
    }
}

fn collect(store: &LogStore, bytes: &[u8], origin: Origin) -> Result<Arc<Segment>, Error> {
    store.import_collected("isp", "x", &mut &*bytes, IMPORTED_MS, "collector", origin)
}

#[test]
fn a_persons_import_is_refused_and_taken_by_choice() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 1);
    store
        .destroy(&id(1), Ground::ByHand, None, &decided("order 7"))
        .unwrap();
    let text = log(1);
    for bytes in [text.as_bytes(), &gzip(text.as_bytes())] {
        let error = import(&store, "again.log", bytes).unwrap_err();
        assert!(matches!(&error, Error::DestroyedLog { record: 1, .. }), "{error}");
        let words = error.to_string();
        for part in [
            "again.log",
            "isp/000001",
            "2023-11-15",
            "Kim (kim)",
            "import it again",
        ] {
            assert!(words.contains(part), "{words}");
        }
    }
    assert!(
        files(dir.path()).iter().all(|path| path == "segments/isp"),
        "{:?}",
        files(dir.path())
    );
    let again =
        |name: &str| store.import_again("isp", name, &mut text.as_bytes(), IMPORTED_MS + 9 * DAY_MS, "jo");
    let segment = again("again.log").unwrap();
    assert_eq!(segment.id(), &id(2));
    // Kept anew from this import on.
    store.set_retention("isp", Some(1), &decided("the law")).unwrap();
    assert!(store.due(IMPORTED_MS + 9 * DAY_MS).over.is_empty());
    // It is here now: the choice is not to hold it twice.
    assert!(matches!(again("twice"), Err(Error::Duplicate { .. })));
    assert!(matches!(
        import(&store, "twice", text.as_bytes()),
        Err(Error::Duplicate { .. })
    ));
    // In another source it never was.
    store.add_source(source("other")).unwrap();
    store
        .import("other", "x", &mut text.as_bytes(), IMPORTED_MS, "jo")
        .unwrap();
}

#[test]
fn collectors_know_how_far_they_came_and_bring_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let opened = with_segments(dir.path(), 0);
    for (bytes, origin) in [
        (&b"one\n"[..], file(0)),
        (b"two\n", file(4)),
        (b"three\n", spool(1, &[1])),
    ] {
        collect(&opened, bytes, origin).unwrap();
    }
    import(&opened, "by hand", b"four\n").unwrap();
    let before = opened.collected_places("isp").unwrap();
    for number in [1, 3, 4] {
        opened
            .destroy(&id(number), Ground::ByHand, None, &decided("x"))
            .unwrap();
    }
    drop(opened);
    let opened = LogStore::open_with(dir.path(), Default::default(), small()).unwrap();
    let after = opened.collected_places("isp").unwrap();
    assert_eq!(after.len(), 3);
    let told: Vec<(u64, bool)> = after
        .iter()
        .map(|one| (one.segment.number(), one.is_destroyed))
        .collect();
    assert_eq!(told, [(1, true), (2, false), (3, true)]);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(
            (before.log_sha256, before.log_length, before.given_length),
            (after.log_sha256, after.log_length, after.given_length)
        );
    }
    assert_eq!(
        after[2].origin,
        spool(1, &[]),
        "its place, without what it said of lines"
    );
    // The same from the same place is told as destroyed, whatever it says of lines; from another place it is new.
    for origin in [spool(1, &[1]), spool(1, &[])] {
        let error = collect(&opened, b"three\n", origin).unwrap_err();
        assert!(matches!(error, Error::DestroyedLog { .. }), "{error}");
    }
    assert!(collect(&opened, b"one\n", file(0)).is_err());
    collect(&opened, b"three\n", spool(2, &[])).unwrap();
    // And a person who gives what a collector brought is told too.
    assert!(matches!(
        import(&opened, "x", b"one\n"),
        Err(Error::DestroyedLog { .. })
    ));
    assert!(matches!(
        opened.collected_places("none"),
        Err(Error::NoSuchSource(_))
    ));
}
