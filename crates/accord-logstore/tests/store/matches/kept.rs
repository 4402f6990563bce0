//! What stands in the file, and by which ways a log comes to have one.

use super::*;
use accord_formats::logs::TimeSpan;
use accord_logstore::{
    Decided, Error, FormatSetting, Ground, MatchDay, MatchSums, Origin, OriginPlace, SourceConfig, SpoolPlace,
};
use accord_matcher::{Kind, MatchKind, PatternKind};
use sha2::{Digest, Sha256};

const LOG: &str = "2023-11-14T23:59:59Z a.evil.example asked by 10.0.0.1\n\
    2023-11-15T00:00:00Z evil.example and a.evil.example\n\
    nothing\n\
    2023-11-15T00:00:01Z deny 192.0.2.9\n\
    evil.example without a time\n";

#[test]
fn the_bytes_of_version_1() {
    let dir = tempfile::tempdir().unwrap();
    let store = watching(
        dir.path(),
        small(),
        &["evil.example", "192.0.2.0/24", "unseen.example"],
    );
    let segment = import(&store, "x.log", LOG.as_bytes()).unwrap();
    let text = zstd::decode_all(std::fs::File::open(file(dir.path(), 1)).unwrap()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let (before, end) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        before,
        format!(
            "{{\"format\":\"accord-log-matches\",\"version\":1,\"log_sha256\":\"{}\",\"made_with\":\"accord-logstore {}\",\
             \"watchlist\":{{\"sha256\":\"{}\",\"built_at_ms\":1699000000000,\"indicators\":3}}}}\n\
             {{\"kind\":\"domain\",\"entry\":\"evil.example\",\"lines\":3,\"first_line\":1,\
             \"time\":{{\"first_ms\":1700006399000,\"last_ms\":1700006400000}},\
             \"days\":[{{\"day\":19675,\"lines\":1}},{{\"day\":19676,\"lines\":1}}],\"lines_without_day\":1,\
             \"values\":[{{\"kind\":\"domain\",\"value\":\"a.evil.example\",\"how\":\"parent\",\"lines\":2,\"first_lines\":[1,2]}},\
             {{\"kind\":\"domain\",\"value\":\"evil.example\",\"how\":\"exact\",\"lines\":2,\"first_lines\":[2,5]}}]}}\n\
             {{\"kind\":\"network\",\"entry\":\"192.0.2.0/24\",\"lines\":1,\"first_line\":4,\
             \"time\":{{\"first_ms\":1700006401000,\"last_ms\":1700006401000}},\"days\":[{{\"day\":19676,\"lines\":1}}],\
             \"values\":[{{\"kind\":\"ipv4\",\"value\":\"192.0.2.9\",\"how\":\"cidr\",\"lines\":1,\"first_lines\":[4]}}]}}\n\
             {{\"sums\":{{\"entries\":2,\"lines\":4,\"records\":5}}}}",
            segment.manifest.log.sha256,
            env!("CARGO_PKG_VERSION"),
            "07".repeat(32),
        )
    );
    let digest = hex::encode(Sha256::digest(format!("{before}\n")));
    assert_eq!(end, format!("{{\"sha256\":\"{digest}\"}}"));
    let matches = of(&store, 1);
    assert!(matches.is_complete());
    assert_eq!(matches.watchlist, store.watched().unwrap().used());
    let name = entry(&matches, "evil.example");
    assert_eq!(
        (name.kind, name.lines, name.first_line),
        (PatternKind::Domain, 3, 1)
    );
    assert_eq!(
        name.days,
        [
            MatchDay {
                day: 19_675,
                lines: 1
            },
            MatchDay {
                day: 19_676,
                lines: 1
            }
        ]
    );
    let net = entry(&matches, "192.0.2.0/24");
    assert_eq!(
        (net.values[0].kind, net.values[0].how, net.time),
        (
            Kind::Ipv4,
            MatchKind::Cidr,
            Some(TimeSpan {
                first_ms: 1_700_006_401_000,
                last_ms: 1_700_006_401_000
            })
        )
    );
    assert!(verify(&store).is_clean());
}

#[test]
fn the_same_each_time_and_after_opening() {
    let dir = tempfile::tempdir().unwrap();
    let patterns = ["evil.example", "192.0.2.0/24"];
    let opened = watching(dir.path(), small(), &patterns);
    import(&opened, "x.log", LOG.as_bytes()).unwrap();
    let manifest = std::fs::read(dir.path().join("segments/isp/000001/manifest.json")).unwrap();
    let (made, bytes) = (of(&opened, 1), std::fs::read(file(dir.path(), 1)).unwrap());
    let mut seen = Vec::new();
    let again = opened.build_matches(&id(1), &watched(&patterns, 7), &mut |progress| {
        seen.push(progress.scanned_bytes);
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(again.unwrap(), made);
    assert_eq!(std::fs::read(file(dir.path(), 1)).unwrap(), bytes);
    assert!(seen.len() > 2 && seen.last() == Some(&(LOG.len() as u64)));
    // Another watchlist, another file, the same segment.
    let other = opened
        .build_matches(&id(1), &watched(&["10.0.0.1"], 8), &mut go)
        .unwrap();
    assert_eq!((other.entries.len(), other.watchlist.sha256), (1, Hex([8; 32])));
    assert_eq!(of(&opened, 1), other);
    drop(opened);
    let opened = LogStore::open(dir.path()).unwrap();
    assert_eq!(of(&opened, 1), other);
    assert_eq!(
        std::fs::read(dir.path().join("segments/isp/000001/manifest.json")).unwrap(),
        manifest
    );
    // What is in force is not stored.
    assert!(opened.watched().is_none());
    import(&opened, "y.log", b"evil.example\n").unwrap();
    assert_eq!(opened.matches(&id(2)).unwrap(), None);
}

#[test]
fn every_way_in_is_matched() {
    let dir = tempfile::tempdir().unwrap();
    let store = watching(dir.path(), small(), &["evil.example"]);
    let packed = gzip(LOG.as_bytes());
    import(&store, "x.log.gz", &packed).unwrap();
    let origin = Origin {
        collector: "edge".to_owned(),
        at: OriginPlace::Spool(SpoolPlace {
            spool: 1,
            transport: "syslog-udp".to_owned(),
            sender: "192.0.2.1".to_owned(),
            first_received_ms: 1,
            last_received_ms: 2,
            escaped_lines: Vec::new(),
        }),
    };
    store
        .import_collected("isp", "x", &mut LOG.as_bytes(), 1_700_000_000_000, "edge", origin)
        .unwrap();
    import(&store, "empty.log", b"").unwrap();
    import(&store, "cut.log", b"evil.example").unwrap();
    for (number, lines) in [(1, 3), (2, 3), (3, 0), (4, 1)] {
        let matches = of(&store, number);
        let found: u64 = matches.entries.iter().map(|entry| entry.lines).sum();
        assert_eq!((found, matches.sums.lines), (lines, lines), "{number}");
    }
    // Nothing in force: nothing is matched; what is there stays.
    store.watch(None);
    import(&store, "later.log", b"evil.example later\n").unwrap();
    assert_eq!(store.matches(&id(5)).unwrap(), None);
    let report = store
        .build_missing_matches(None, &watched(&["evil.example"], 9), &mut go)
        .unwrap();
    assert_eq!((report.built, report.problems.len()), (vec![id(5)], 0));
    assert_eq!(of(&store, 5).watchlist.sha256, Hex([9; 32]));
    assert_eq!(of(&store, 4).watchlist.sha256, Hex([7; 32]));
}

#[test]
fn events_are_matched_as_the_lines_that_they_are_rendered_to() {
    let dir = tempfile::tempdir().unwrap();
    let limits = accord_logstore::Limits {
        frame_target_bytes: 5000,
        frame_max_bytes: 20_000,
        ..Default::default()
    };
    let store = watching(dir.path(), limits, &["185.26.182.117"]);
    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../accord-evtx/tests/samples/sysmon-chunk-7.evtx.gz");
    let original = import(&store, "Sysmon.evtx.gz", &std::fs::read(sample).unwrap()).unwrap();
    assert_eq!(store.matches(original.id()).unwrap(), None);
    store
        .render_events(original.id(), 1_700_000_009_000, "kim")
        .unwrap();
    let matches = of(&store, 2);
    let hunted = hunt(&store, &["185.26.182.117"]);
    assert!(!hunted.lines.is_empty());
    assert_eq!(matches.sums.lines, hunted.lines.len() as u64);
    let list = watched(&["185.26.182.117"], 7);
    assert!(matches!(
        store.build_matches(original.id(), &list, &mut go),
        Err(Error::NoLines(_))
    ));
    let report = store.build_missing_matches(None, &list, &mut go).unwrap();
    assert_eq!(report, Default::default());
    assert_eq!(verify(&store).without_matches, 0);
}

#[test]
fn header_lines_never_hit_and_say_how_later_ones_are_read() {
    let zeek = "#separator \\x09\n#path\tevil.example\n#fields\tts\tuid\tid.orig_h\thost\turi\n\
        1.5\tC1\t10.9.9.9\tevil.example\t/a\n#close\tevil.example\n\
        #fields\thost\turi\tts\nevil.example\t/a/b\t86403.5\n";
    let dir = tempfile::tempdir().unwrap();
    let store = watching(dir.path(), small(), &["evil.example", "http://evil.example/a"]);
    import(&store, "http.log", zeek.as_bytes()).unwrap();
    let matches = of(&store, 1);
    let name = entry(&matches, "evil.example");
    assert_eq!(name.values[0].first_lines, [4, 7]);
    assert_eq!(
        name.days,
        [MatchDay { day: 0, lines: 1 }, MatchDay { day: 1, lines: 1 }]
    );
    let url = entry(&matches, "evil.example/a");
    let how: Vec<_> = url
        .values
        .iter()
        .map(|value| (value.value.as_str(), value.how))
        .collect();
    assert_eq!(
        how,
        [
            ("evil.example/a", MatchKind::Exact),
            ("evil.example/a/b", MatchKind::Prefix)
        ]
    );
    assert_eq!(
        matches.sums,
        MatchSums {
            entries: 2,
            lines: 2,
            records: 4,
            ..MatchSums::default()
        }
    );
    // Of a CSV file the first line names the columns of all later ones.
    let csv = SourceConfig {
        format: FormatSetting::As(accord_formats::logs::LogFormat::Csv),
        ..source("sheets")
    };
    store.add_source(csv).unwrap();
    let sheet = b"time,what\n2023-07-10T11:45:00Z,ok.example\n2023-07-11T11:45:00Z,evil.example\n";
    let segment = store
        .import("sheets", "x.csv", &mut &sheet[..], 1_700_000_000_000, "jo")
        .unwrap();
    let matches = store.matches(segment.id()).unwrap().unwrap();
    assert_eq!(
        entry(&matches, "evil.example").days,
        [MatchDay {
            day: 19_549,
            lines: 1
        }]
    );
}

#[test]
fn destruction_takes_them_along() {
    let dir = tempfile::tempdir().unwrap();
    let store = watching(dir.path(), small(), &["evil.example"]);
    import(&store, "x.log", LOG.as_bytes()).unwrap();
    assert!(file(dir.path(), 1).is_file());
    let decided = Decided {
        who: "Kim (kim)",
        why: "order 7",
        at_ms: 1_700_000_000_000,
        program: "test 1",
    };
    store.destroy(&id(1), Ground::ByHand, None, &decided).unwrap();
    assert!(!file(dir.path(), 1).parent().unwrap().exists());
    assert!(matches!(store.matches(&id(1)), Err(Error::Destroyed { .. })));
    let list = watched(&["evil.example"], 7);
    assert!(matches!(
        store.build_matches(&id(1), &list, &mut go),
        Err(Error::Destroyed { .. })
    ));
    // Destroyed while it is matched: no file comes back.
    import(&store, "y.log", format!("{LOG}y\n").as_bytes()).unwrap();
    std::fs::remove_file(file(dir.path(), 2)).unwrap();
    let built = store.build_matches(&id(2), &list, &mut |progress| {
        if progress.scanned_bytes >= progress.total_bytes {
            store.destroy(&id(2), Ground::ByHand, None, &decided).unwrap();
        }
        std::ops::ControlFlow::Continue(())
    });
    assert!(matches!(built, Err(Error::Destroyed { .. })), "{built:?}");
    assert!(!file(dir.path(), 2).exists());
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
    let stopped = import(&store, "z.log", b"evil.example\n").unwrap();
    let stopped = store.build_matches(stopped.id(), &list, &mut |_| std::ops::ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Cancelled)));
}
