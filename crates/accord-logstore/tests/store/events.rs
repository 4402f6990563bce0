//! Windows event logs: kept as they are, searched in what is rendered from them, and each line led back to its record.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accord_formats::logs::LogFormat;
use accord_logstore::{
    AfterFault, Compression, Decided, Disk, Error, EventLogs, FaultMode, Faults, FormatSetting, Ground,
    HoldCover, Limits, LineAt, LineVisitor, LogStore, RENDERED_BY, Segment, SegmentId, SourceConfig, Walk,
    WalkedLine,
};

use crate::support::*;

/// An address and a digest that stand in the sample of Sysmon's events, and the user of the other.
const ADDRESS: &str = "185.26.182.117";
const IMPORTED_MS: i64 = 1_700_000_000_000;
const RENDERED_MS: i64 = 1_700_000_009_000;

fn packed(name: &str) -> Vec<u8> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../accord-evtx/tests/samples");
    std::fs::read(samples.join(name)).unwrap()
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed)
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

fn sysmon() -> Vec<u8> {
    unpacked(&packed("sysmon-chunk-7.evtx.gz"))
}

fn new_user() -> Vec<u8> {
    unpacked(&packed("new-user-security.evtx.gz"))
}

fn render(store: &LogStore, original: &Segment) -> Arc<Segment> {
    store.render_events(original.id(), RENDERED_MS, "kim").unwrap()
}

/// Small frames, and lines as long as events are.
fn limits() -> Limits {
    Limits {
        frame_target_bytes: 5000,
        frame_max_bytes: 20_000,
        ..Limits::default()
    }
}

fn whole_log(store: &LogStore, segment: &Segment) -> Vec<u8> {
    let line = |number| {
        store
            .read_line(segment.id(), LineAt::Number(number))
            .unwrap()
            .bytes
    };
    (1..=segment.manifest.lines.total()).flat_map(line).collect()
}

#[test]
fn the_file_is_kept_and_its_events_are_a_segment() {
    let dir = tempfile::tempdir().unwrap();
    let (given, bytes) = (packed("sysmon-chunk-7.evtx.gz"), sysmon());
    let store = store(dir.path(), limits());
    let original = import(&store, "Sysmon.evtx.gz", &given).unwrap();
    assert_eq!(original.manifest.log_format, LogFormat::Evtx);
    assert_eq!(original.manifest.compression, Compression::Gzip);
    assert_eq!(
        (original.manifest.given.length, original.manifest.log.length),
        (given.len() as u64, bytes.len() as u64)
    );
    assert_eq!(whole_log(&store, &original), bytes);
    assert_eq!(store.not_rendered(), [original.id().clone()]);
    assert_eq!(store.rendering_of(original.id()), None);

    let made = render(&store, &original);
    let manifest = &made.manifest;
    assert_eq!(made.id().to_string(), "isp/000002");
    assert_eq!(manifest.original_name, "Sysmon.evtx.gz.ndjson");
    assert_eq!(
        (manifest.log_format, manifest.log_format_set),
        (LogFormat::WindowsJson, false)
    );
    // Both are kept as long.
    assert_eq!(
        (manifest.imported_at_ms, manifest.imported_by.as_str()),
        (IMPORTED_MS, "kim")
    );
    assert_eq!(
        (
            manifest.lines.total(),
            manifest.lines.parsed,
            manifest.lines.with_time
        ),
        (51, 51, 51)
    );
    // 2018-03-06T08:13:42.008Z to 08:14:07.
    let time = manifest.time.unwrap();
    assert_eq!(
        (time.first_ms, time.last_ms / 1000),
        (1_520_324_022_008, 1_520_324_048)
    );
    let rendering = manifest.rendered.as_ref().unwrap();
    assert_eq!(rendering.segment, *original.id());
    assert_eq!(rendering.log_sha256, original.manifest.log.sha256);
    assert_eq!(rendering.manifest_sha256, original.manifest_sha256);
    assert_eq!(
        (rendering.by.as_str(), rendering.at_ms),
        (RENDERED_BY, RENDERED_MS)
    );
    assert_eq!((rendering.read.events, rendering.read.unread), (51, 0));
    assert_eq!(store.not_rendered(), []);

    // Once is enough, also after opening again.
    assert_eq!(render(&store, &original), made);
    drop(store);
    let store = LogStore::open_with(dir.path(), Disk::default(), limits()).unwrap();
    assert_eq!(render(&store, &original), made);
    assert_eq!(store.segments().len(), 2);
    let report = verify(&store);
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.rendered_again, report.rendered_by_another), (1, 0));
}

#[test]
fn a_hunt_finds_events_and_each_leads_to_its_record() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = sysmon();
    let store = store(dir.path(), limits());
    let original = import(&store, "Sysmon.evtx", &bytes).unwrap();
    let before = hunt(&store, &[ADDRESS]);
    assert!(before.lines.is_empty());
    assert_eq!(
        before.event_logs,
        EventLogs {
            not_rendered: vec![original.id().clone()],
            ..EventLogs::default()
        }
    );
    assert!(!before.is_complete());
    assert!(before.event_logs.gaps()[0].starts_with("isp/000001 is a Windows event log"));

    let made = render(&store, &original);
    let found = hunt(&store, &[ADDRESS]);
    assert!(found.is_complete());
    assert_eq!(
        (found.segments, &found.event_logs),
        (
            1,
            &EventLogs {
                passed_over: 1,
                ..EventLogs::default()
            }
        )
    );
    assert!(!found.lines.is_empty());
    for line in &found.lines {
        assert_eq!(line.segment, *made.id());
        let stored = store.read_line(&line.segment, LineAt::Number(line.line)).unwrap();
        assert_eq!(stored.bytes, line.bytes);
        let record = store.original_event(&stored).unwrap().unwrap();
        let place = record.place;
        let start = usize::try_from(place.offset).unwrap();
        assert_eq!(
            record.bytes,
            bytes[start..start + usize::try_from(place.length).unwrap()]
        );
        assert!(record.bytes.starts_with(b"**\0\0"));
        assert_eq!(
            (record.segment, record.rendered_by.as_str()),
            (original.id().clone(), RENDERED_BY)
        );
        assert_eq!(record.sha256, sha256(&record.bytes));
    }
    assert_eq!(
        store
            .hunt_reading_all(&hunt_for(&[ADDRESS]), &mut go)
            .unwrap()
            .lines,
        found.lines
    );
    let counts = store.counts(&hunt_for(&[ADDRESS]), &mut go).unwrap();
    assert!(counts.is_complete());
    assert_eq!(counts.event_logs.passed_over, 1);
    assert_eq!(
        counts.days.iter().map(|day| day.lines).sum::<u64>(),
        found.lines.len() as u64
    );
    // Lines of other logs lead to no record.
    let other = import(&store, "a.log", b"a line\n").unwrap();
    let line = store.read_line(other.id(), LineAt::Number(1)).unwrap();
    assert_eq!(store.original_event(&line).unwrap(), None);
}

fn sha256(bytes: &[u8]) -> accord_logstore::Hex<32> {
    use sha2::{Digest, Sha256};
    accord_logstore::Hex(Sha256::digest(bytes).into())
}

#[test]
fn every_line_leads_to_its_record() {
    for bytes in [sysmon(), new_user()] {
        for target in [64, 1000, 4096, 65_536] {
            let dir = tempfile::tempdir().unwrap();
            let limits = Limits {
                frame_target_bytes: target,
                frame_max_bytes: 2 * target,
                ..Limits::default()
            };
            let store = store(dir.path(), limits);
            let made = render(&store, &import(&store, "x.evtx", &bytes).unwrap());
            for number in 1..=made.manifest.lines.total() {
                let line = store.read_line(made.id(), LineAt::Number(number)).unwrap();
                let record = store.original_event(&line).unwrap().unwrap();
                let start = usize::try_from(record.place.offset).unwrap();
                assert_eq!(record.bytes, bytes[start..start + record.bytes.len()]);
                assert_eq!(record.bytes[8..16], record.place.record.to_le_bytes());
            }
        }
    }
}

#[test]
fn a_walk_sees_the_events_and_not_the_file() {
    struct Seen(Vec<String>);
    impl LineVisitor for Seen {
        fn segment(&mut self, segment: &Arc<Segment>) -> bool {
            self.0.push(segment.id().to_string());
            true
        }
        fn line(&mut self, _: &WalkedLine<'_>) {}
        fn found(&self) -> u64 {
            0
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), limits());
    store.add_source(source("other")).unwrap();
    let walk = |sources: Option<Vec<String>>| {
        let mut seen = Seen(Vec::new());
        let walk = Walk {
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            sources,
            among: None,
        };
        let walked = store.walk(&walk, &mut seen, &mut go).unwrap();
        (seen.0, walked)
    };
    let original = import(&store, "x.evtx", &sysmon()).unwrap();
    let (seen, walked) = walk(None);
    assert_eq!(seen, ["isp/000001"]);
    assert!(!walked.is_complete());
    assert_eq!(walked.event_logs.not_rendered, [original.id().clone()]);
    render(&store, &original);
    let (seen, walked) = walk(None);
    assert_eq!(seen, ["isp/000002"]);
    assert!(walked.is_complete());
    assert_eq!(walked.event_logs.passed_over, 1);
    // Of sources that were not asked for nothing is told.
    let (seen, walked) = walk(Some(vec!["other".to_owned()]));
    assert_eq!((seen, walked.event_logs), (Vec::new(), EventLogs::default()));
}

#[test]
fn what_could_not_be_read_makes_every_answer_incomplete() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = sysmon();
    // The record after the first has no beginning.
    let second = 4608 + 3848;
    bytes[second..second + 8].fill(0);
    let store = store(dir.path(), limits());
    let made = render(&store, &import(&store, "x.evtx", &bytes).unwrap());
    let read = &made.manifest.rendered.as_ref().unwrap().read;
    assert_eq!((read.events, read.unread, read.bad_checksum_chunks), (50, 1, 1));
    assert_eq!(read.unread_listed[0].offset, second as u64);
    let found = hunt(&store, &[ADDRESS]);
    assert!(!found.lines.is_empty());
    assert!(!found.is_complete());
    assert_eq!(
        found.event_logs,
        EventLogs {
            passed_over: 1,
            unread: 1,
            unread_in: vec![made.id().clone()],
            ..EventLogs::default()
        }
    );
    assert_eq!(
        found.event_logs.gaps(),
        ["1 parts of Windows event logs could not be read and were not searched (isp/000002)"]
    );
    // Also where every event lies outside the time: what could not be read has none.
    let mut early = hunt_for(&[ADDRESS]);
    early.to_ms = 0;
    let found = store.hunt(&early, &mut go).unwrap();
    assert_eq!((found.segments_outside_time, found.event_logs.unread), (1, 1));
    assert!(!found.is_complete());
    assert!(verify(&store).is_clean());
}

#[test]
fn files_that_hold_the_same_events_are_each_rendered() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), limits());
    let bytes = new_user();
    let mut other = bytes.clone();
    // Of the header only the first 128 bytes say something.
    other[1000] = 1;
    let one = render(&store, &import(&store, "one.evtx", &bytes).unwrap());
    let two = render(&store, &import(&store, "two.evtx", &other).unwrap());
    assert_ne!(one.id(), two.id());
    assert_eq!(one.manifest.log, two.manifest.log);
    assert!(verify(&store).is_clean());
    assert_eq!(hunt(&store, &[ADDRESS]).event_logs.passed_over, 2);
    // What somebody rendered elsewhere and brings in is there already.
    let lines = whole_log(&store, &one);
    assert!(matches!(
        import(&store, "events.ndjson", &lines),
        Err(Error::Duplicate { .. })
    ));
}

#[test]
fn other_logs_are_not_rendered() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), limits());
    let text = import(&store, "a.log", b"a line\n").unwrap();
    let refused = store.render_events(text.id(), 0, "kim");
    assert!(matches!(refused, Err(Error::NoEventLog(id)) if id == *text.id()));
    let missing = SegmentId::new("isp", 9).unwrap();
    assert!(matches!(
        store.render_events(&missing, 0, "kim"),
        Err(Error::NoSuchSegment(_))
    ));
    // The beginning of an event log, and what somebody only says is one.
    let beginning = import(&store, "b.evtx", &sysmon()[..1000]).unwrap();
    let made = render(&store, &beginning);
    let read = &made.manifest.rendered.as_ref().unwrap().read;
    assert_eq!(
        (made.manifest.lines.total(), read.unread, read.unread_bytes),
        (0, 1, 1000)
    );
    store
        .add_source(SourceConfig {
            format: FormatSetting::As(LogFormat::Evtx),
            ..source("said")
        })
        .unwrap();
    let said = store
        .import("said", "c.evtx", &mut &b"a line\n"[..], 0, "jo")
        .unwrap();
    let made = render(&store, &said);
    assert_eq!(made.manifest.rendered.as_ref().unwrap().read.unread_bytes, 7);
    assert!(verify(&store).is_clean());
    assert!(!hunt(&store, &[ADDRESS]).is_complete());
}

#[test]
fn a_name_at_the_limit_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), limits());
    let name = "x".repeat(accord_logstore::MAX_TEXT_BYTES - 6);
    let made = render(&store, &import(&store, &name, &new_user()).unwrap());
    assert_eq!(made.manifest.original_name, name);
}

fn manifest_of(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("segments/isp/{number:06}/manifest.json"))
}

#[test]
fn verification_renders_again() {
    // What is changed in the manifest of the rendered segment, and what is said of it.
    for (from, to, expected) in [
        (
            "\"events\": 7",
            "\"events\": 8",
            Some("it is not what is rendered from segment `isp/000001`"),
        ),
        (
            "\"by\": \"accord-evtx form 1",
            "\"by\": \"accord-evtx form 0",
            None,
        ),
        (
            "\"segment\": \"isp/000001\"",
            "\"segment\": \"isp/000007\"",
            Some("the event log that it was rendered from: there is no segment `isp/000007` in this store"),
        ),
        (
            "\"at_ms\": 1700000009000",
            "\"at_ms\": 1700000008000",
            // Who can write to the disk can do that; its digest is in the custody entry.
            None,
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), limits());
        render(&store, &import(&store, "x.evtx", &new_user()).unwrap());
        drop(store);
        let path = manifest_of(dir.path(), 2);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from}: {text}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let store = LogStore::open_with(dir.path(), Disk::default(), limits()).unwrap();
        let report = verify(&store);
        let told: Vec<&str> = report
            .problems
            .iter()
            .map(|problem| problem.what.as_str())
            .collect();
        assert_eq!(told, expected.into_iter().collect::<Vec<_>>());
        assert_eq!(report.rendered_by_another, u64::from(to.contains("form 0")));
    }
}

#[test]
fn a_damaged_event_log_is_told_by_all_who_need_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), limits());
    let original = import(&store, "x.evtx", &sysmon()).unwrap();
    let rendered = import_and_render_elsewhere(&store);
    let frames = dir.path().join("segments/isp/000001/frames.zst");
    let mut bytes = std::fs::read(&frames).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&frames, &bytes).unwrap();
    // It is not rendered in part.
    let failed = store.render_events(original.id(), 0, "kim");
    assert!(
        matches!(&failed, Err(Error::Damaged { segment, .. }) if segment == original.id()),
        "{failed:?}"
    );
    assert_eq!(store.segments().len(), 3);
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
    // What was rendered before is searched all the same, and verification tells of both.
    let frames = dir.path().join("segments/isp/000002/frames.zst");
    let mut bytes = std::fs::read(&frames).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&frames, &bytes).unwrap();
    let report = verify(&store);
    let told: Vec<String> = report
        .problems
        .iter()
        .map(|problem| problem.segment.to_string())
        .collect();
    assert_eq!(told, ["isp/000001", "isp/000002", "isp/000003"]);
    assert!(
        report.problems[2]
            .what
            .starts_with("it cannot be rendered again: ")
    );
    let line = store.read_line(rendered.id(), LineAt::Number(1)).unwrap();
    assert!(matches!(store.original_event(&line), Err(Error::Damaged { .. })));
}

fn import_and_render_elsewhere(store: &LogStore) -> Arc<Segment> {
    render(store, &import(store, "y.evtx", &new_user()).unwrap())
}

#[test]
fn a_line_that_names_no_record_leads_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), limits());
    let made = render(&store, &import(&store, "x.evtx", &new_user()).unwrap());
    let mut line = store.read_line(made.id(), LineAt::Number(1)).unwrap();
    let whole = String::from_utf8(line.bytes.clone()).unwrap();
    for (from, to) in [
        ("\"offset\":4608", "\"offset\":4609"),
        ("\"offset\":4608", "\"offset\":18446744073709551615"),
        ("\"length\":2304", "\"length\":65537"),
        ("\"length\":2304", "\"length\":15"),
        ("\"record\":1}", "\"record\":2}"),
        ("\"evtx\":", "\"other\":"),
    ] {
        line.bytes = whole.replace(from, to).into_bytes();
        let led = store.original_event(&line);
        assert!(matches!(led, Err(Error::Damaged { .. })), "{to}: {led:?}");
    }
}

#[test]
fn a_fault_at_every_write_leaves_the_file_and_all_or_nothing_of_its_events() {
    let begin = |dir: &Path| {
        let store = store(dir, limits());
        import(&store, "x.evtx", &new_user()).unwrap();
    };
    let counted = tempfile::tempdir().unwrap();
    begin(counted.path());
    let original = SegmentId::new("isp", 1).unwrap();
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let counted_store =
        LogStore::open_with(counted.path(), Disk::with_faults(counting.clone()), limits()).unwrap();
    counted_store
        .render_events(&original, RENDERED_MS, "kim")
        .unwrap();
    for (mode, after) in [
        (FaultMode::NotDone, AfterFault::Dead),
        (FaultMode::Half, AfterFault::Dead),
        (FaultMode::DoneButReported, AfterFault::Recovers),
    ] {
        for step in 0..counting.steps() {
            let case = format!("step {step} {mode:?} {after:?}");
            let dir = tempfile::tempdir().unwrap();
            begin(dir.path());
            let faults = Faults::new(step, mode, after);
            let disk = Disk::with_faults(faults.clone());
            let acknowledged = LogStore::open_with(dir.path(), disk, limits())
                .and_then(|store| store.render_events(&original, RENDERED_MS, "kim"))
                .is_ok();
            assert!(faults.tripped(), "{case}");
            faults.lose_unsynced().unwrap();
            let store = LogStore::open_with(dir.path(), Disk::default(), limits()).unwrap();
            assert!(verify(&store).is_clean(), "{case}");
            assert!(!acknowledged || store.rendering_of(&original).is_some(), "{case}");
            let made = store.render_events(&original, RENDERED_MS, "kim").unwrap();
            assert_eq!(made.manifest.lines.total(), 7, "{case}");
            assert_eq!(store.segments().len(), 2, "{case}");
            assert!(verify(&store).is_clean(), "{case}");
        }
    }
}

#[test]
fn a_hold_on_either_keeps_both() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), limits());
    let original = import(&store, "Sysmon.evtx", &sysmon()).unwrap();
    let rendering = render(&store, &original);
    let decided = |at_ms| Decided {
        who: "kim",
        why: "the order",
        at_ms,
        program: "test 1",
    };
    let later = IMPORTED_MS + 40 * 86_400_000;
    store.set_retention("isp", Some(30), &decided(later)).unwrap();
    for (hold, held) in [("a", &original), ("b", &rendering)] {
        let cover = HoldCover::Segments(vec![held.id().clone()]);
        store.place_hold(hold, cover, &decided(later)).unwrap();
        for either in [&original, &rendering] {
            for ground in [Ground::ByHand, Ground::Retention] {
                let error = store
                    .destroy(either.id(), ground, None, &decided(later))
                    .unwrap_err();
                assert!(
                    matches!(&error, Error::Held { holds, .. } if holds.as_slice() == [hold]),
                    "{error}"
                );
            }
            assert_eq!(store.keeping_of(either.id(), later).unwrap().holds, [hold]);
        }
        let due = store.due(later);
        assert_eq!((due.over.len(), due.held.len()), (0, 2), "{hold}");
        store.lift_hold(hold, &decided(later)).unwrap();
    }
    assert_eq!(store.due(later).over.len(), 2);
    // Without its event log nothing proves the rendering any more: that is told, and stops nothing.
    store
        .destroy(original.id(), Ground::Retention, None, &decided(later))
        .unwrap();
    let report = store.verify(None, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].what.contains("destroyed"), "{report:?}");
}

#[test]
fn verification_can_be_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), limits());
    render(&store, &import(&store, "x.evtx", &new_user()).unwrap());
    let stopped = store.verify(None, &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Cancelled)));
}
