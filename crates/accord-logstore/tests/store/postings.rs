//! Postings: a hunt by them finds what reading every frame finds, and counts what that finds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use accord_logstore::{
    AfterFault, CatalogueTime, Disk, FaultMode, Faults, Hunt, HuntResult, Limits, LogStore, Segment,
    SegmentId,
};
use accord_matcher::{Pattern, PatternKind};
use proptest::prelude::*;

use crate::support::*;

/// Patterns of every kind, and one that no postings answer.
const PATTERNS: [&str; 14] = [
    "evil.example",
    "c2.evil.example",
    ".dyn.example",
    "bücher.example",
    "192.0.2.10",
    "192.0.2.0/24",
    "198.51.100.7:8443",
    "2001:db8::7",
    "2001:db8::/33",
    "bad.example/a.php",
    "http://bad.example/drop/",
    "http://bad.example/a/b/c/d/e/f",
    "mule@mail.example",
    "9e107d9d372bb6826bd81d3542a419d6",
];

const VALUES: [&str; 24] = [
    "evil.example",
    "WWW.c2.evil.example",
    "hxxp://evil[.]example/x",
    "a.dyn.example",
    "dyn.example",
    "bücher.example",
    "xn--bcher-kva.example",
    "192.0.2.10",
    "192.0.2.77",
    "::ffff:192.0.2.10",
    "198.51.100.7:8443",
    "198.51.100.7",
    "2001:db8::7",
    "[2001:db8:1::9]:443",
    "http://bad.example/a.php?x=1",
    "bad.example:81/a.php",
    "bad.example/drop/x",
    "bad.example/a/b/c/d/e/f/g",
    "MULE[at]Mail.Example",
    "MD5=9E107D9D372BB6826BD81D3542A419D6",
    "good.example",
    "10.0.0.1",
    "20.600725Z",
    "evil.1abc",
];

/// A line of one of several formats, with a value and a time or none.
fn line(form: usize, value: &str, second: i64, timed: bool) -> String {
    let time = if timed { second.to_string() } else { "x".to_owned() };
    match form {
        0 => format!("{time}\tC1\t{value}\t8443\t10.0.0.1\t53\t{value}"),
        1 => format!(r#"{{"ts":{time},"uid":"a","id.orig_h":"{value}","id.orig_p":8443}}"#),
        2 => format!(r#"{{"ts":{time},"uid":"a","host":"bad.example","uri":"/a.php","q":"{value}"}}"#),
        3 => format!(
            "2024-01-{:02}T00:00:00Z said {value} {time}",
            second.rem_euclid(28) + 1
        ),
        _ => format!("{value} {value} {time}"),
    }
}

const HEADERS: [&str; 4] = [
    "",
    "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tquery\n",
    "\n \n#fields\tts\tuid\thost\turi\n",
    "time,host,evil.example\n",
];

fn generated() -> impl Strategy<Value = Vec<u8>> {
    let value = prop::sample::select(VALUES.to_vec());
    let one = (0usize..5, value, -200_000i64..2_000_000, any::<bool>())
        .prop_map(|(form, value, second, timed)| line(form, value, second, timed).into_bytes());
    let hostile = prop_oneof![
        8 => one,
        1 => prop::collection::vec(any::<u8>(), 0..120).prop_map(|mut bytes| {
            bytes.retain(|byte| *byte != b'\n');
            bytes
        }),
        1 => Just(b"#fields\tid.resp_p\tid.resp_h\thost\turi".to_vec()),
        1 => (60usize..400).prop_map(|n| [b"evil.example ".repeat(n / 13), vec![b'.'; n % 13]].concat()),
    ];
    let end = prop::sample::select(vec!["\n", "\r\n"]);
    (
        prop::sample::select(HEADERS.to_vec()),
        prop::collection::vec((hostile, end), 0..40),
        any::<bool>(),
    )
        .prop_map(|(header, lines, newline)| {
            let mut log = header.as_bytes().to_vec();
            for (line, end) in lines {
                log.extend_from_slice(&line);
                log.extend_from_slice(end.as_bytes());
            }
            if !newline {
                log.pop();
            }
            log
        })
}

fn ask(patterns: &[&str], from_ms: i64, to_ms: i64) -> Hunt {
    Hunt {
        from_ms,
        to_ms,
        ..hunt_for(patterns)
    }
}

/// What was found, apart from how.
fn answer(result: HuntResult) -> HuntResult {
    HuntResult {
        read_bytes: 0,
        read_whole: Vec::new(),
        ..result
    }
}

fn both(store: &LogStore, hunt: &Hunt) -> (HuntResult, HuntResult) {
    (
        store.hunt(hunt, &mut go).unwrap(),
        store.hunt_reading_all(hunt, &mut go).unwrap(),
    )
}

fn file(dir: &Path, segment: &SegmentId) -> PathBuf {
    dir.join(format!("segments/{segment}/postings.bin"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    /// The property that everything rests on.
    #[test]
    fn hunting_by_postings_is_hunting(
        logs in prop::collection::vec(generated(), 1..5),
        target in 1_usize..200,
        more in 0_usize..100,
        line_bytes in 150_usize..400,
        frame_keys in prop::sample::select(vec![5_usize, 1000]),
        // Fewer bits than postings keep; some more than those of small ones; all of the largest.
        catalogue_spare_bits in prop::sample::select(vec![0_u32, 5, 21, 60]),
        chosen in prop::sample::subsequence(PATTERNS.to_vec(), 1..8),
        from in prop::sample::select(vec![i64::MIN, 0, 86_400_000 * 3]),
        max_lines in prop::sample::select(vec![3, usize::MAX]),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits {
            frame_target_bytes: target,
            frame_max_bytes: target + more,
            line_bytes,
            frame_keys,
            catalogue_spare_bits,
            ..Limits::default()
        };
        let store = store(dir.path(), limits);
        for log in &logs {
            let _ = import(&store, "x", log);
        }
        let hunt = Hunt { max_lines, ..ask(&chosen, from, 86_400_000 * 20) };
        let (fast, slow) = both(&store, &hunt);
        prop_assert_eq!(&fast.read_whole, &Vec::new());
        prop_assert!(fast.read_bytes <= slow.read_bytes);
        let counts = store.counts(&hunt, &mut go).unwrap();
        prop_assert_eq!(answer(fast.clone()), answer(slow));
        // With a catalogue it is the same, to the byte.
        store.make_catalogues(CatalogueTime::Now, &mut go).unwrap();
        prop_assert!(store.segments().len() < 2 || store.catalogued_segments() == store.segments().len());
        prop_assert_eq!(store.hunt(&hunt, &mut go).unwrap(), fast);
        prop_assert_eq!(store.counts(&hunt, &mut go).unwrap(), counts);
        prop_assert!(verify(&store).is_clean());
    }

    /// Of lines that are all of one format, the counts are those of the lines found.
    #[test]
    fn counts_are_those_of_the_lines(
        values in prop::collection::vec((prop::sample::select(VALUES.to_vec()), 0i64..400_000, any::<bool>()), 1..60),
        form in 1usize..4,
        offset in prop::sample::select(vec![None, Some(3_600_000)]),
        from_day in 0i64..3,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let store = LogStore::open_with(dir.path(), Disk::default(), small()).unwrap();
        store.add_source(accord_logstore::SourceConfig { clock_offset_ms: offset, ..source("isp") }).unwrap();
        let log: String = values.iter().map(|(value, second, timed)| line(form, value, *second, *timed) + "\n").collect();
        import(&store, "x", log.as_bytes()).unwrap();
        for pattern in PATTERNS {
            let from_ms = from_day * 86_400_000 - offset.unwrap_or(0);
            let hunt = ask(&[pattern], from_ms, i64::MAX);
            let mut expected: BTreeMap<Option<i32>, u64> = BTreeMap::new();
            for line in store.hunt(&hunt, &mut go).unwrap().lines {
                let day = line.time.at_ms().map(|ms| i32::try_from(ms.div_euclid(86_400_000)).unwrap());
                *expected.entry(day).or_default() += 1;
            }
            let counts = store.counts(&hunt, &mut go).unwrap();
            prop_assert!(counts.is_complete());
            let at_most = counts.days.iter().any(|row| row.at_most);
            let got: BTreeMap<Option<i32>, u64> = counts.days.iter().map(|row| (row.day, row.lines)).collect();
            match Pattern::parse(pattern).unwrap().kind() {
                PatternKind::Domain | PatternKind::Address | PatternKind::Email | PatternKind::Hash => {
                    prop_assert!(!at_most);
                    prop_assert_eq!(got, expected, "{}", pattern);
                }
                _ => for (day, lines) in expected {
                    let counted = got.get(&day).copied().unwrap_or(0);
                    prop_assert!(counted >= lines && (at_most || counted == lines), "{} {:?}", pattern, day);
                }
            }
        }
    }
}

#[test]
fn only_frames_with_hits_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(
        dir.path(),
        Limits {
            frame_target_bytes: 1000,
            frame_max_bytes: 2000,
            ..Limits::default()
        },
    );
    let mut log = String::new();
    for number in 0..2000 {
        log.push_str(&format!(
            "line {number} host-{number}.example 10.1.{}.{}\n",
            number / 256,
            number % 256
        ));
    }
    import(&store, "x", log.as_bytes()).unwrap();
    let result = hunt(&store, &["host-1234.example", "10.1.0.77"]);
    assert_eq!(
        result.lines.iter().map(|line| line.line).collect::<Vec<_>>(),
        [78, 1235]
    );
    assert_eq!(result.scanned_bytes, log.len() as u64);
    assert!(result.read_bytes < 5000, "{}", result.read_bytes);
    // Nothing is read for what is not there.
    let result = hunt(&store, &["nowhere.example", "203.0.113.0/24", "2001:db8::/32"]);
    assert_eq!(
        (result.lines.len(), result.read_bytes, result.scanned_bytes),
        (0, 0, log.len() as u64)
    );
    // The parent of all stands everywhere.
    let counts = store
        .counts(
            &hunt_for(&["10.1.0.0/16", "host-7.example", "evil.1abc"]),
            &mut go,
        )
        .unwrap();
    assert_eq!(
        counts
            .days
            .iter()
            .map(|row| (row.lines, row.at_most))
            .collect::<Vec<_>>(),
        [(2000, true), (1, false)]
    );
    assert_eq!(counts.unanswered, [(102, "evil.1abc".to_owned())]);
    let (fast, slow) = both(&store, &hunt_for(&["evil.1abc"]));
    assert_eq!((fast.read_whole.len(), fast.read_bytes), (1, log.len() as u64));
    assert_eq!(answer(fast), answer(slow));
}

#[test]
fn a_line_across_frames_belongs_to_the_first_and_is_read_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let long = format!("{} evil.example {}\n", "x".repeat(300), "y".repeat(300));
    let log = format!(
        "{}{long}short\nevil.example\n{long}{long}",
        "quiet line of some length\n".repeat(20)
    );
    import(&store, "x", log.as_bytes()).unwrap();
    let (fast, slow) = both(&store, &hunt_for(&["evil.example"]));
    assert_eq!(
        fast.lines.iter().map(|line| line.line).collect::<Vec<_>>(),
        [21, 23, 24, 25]
    );
    assert!(fast.read_bytes < slow.read_bytes);
    assert_eq!(answer(fast), answer(slow));
}

fn sample() -> Vec<u8> {
    let log: String = (0..40)
        .map(|n| {
            format!(
                "1970-01-{:02}T00:00:00Z h{n}.evil.example 192.0.2.{n} 2001:db8::{n}\n",
                n % 9 + 1
            )
        })
        .collect();
    format!("{log}{}\n", "z".repeat(2000)).into_bytes()
}

fn with_segment() -> (tempfile::TempDir, LogStore, std::sync::Arc<Segment>) {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir.path().join("store"), small());
    let segment = import(&store, "x", &sample()).unwrap();
    (dir, store, segment)
}

const WANTED: [&str; 4] = ["h7.evil.example", "192.0.2.9", "2001:db8::30/125", "evil.example"];

#[test]
fn without_postings_or_with_damaged_ones_everything_is_read_and_said() {
    let (dir, store, segment) = with_segment();
    let path = file(&dir.path().join("store"), segment.id());
    let good = std::fs::read(&path).unwrap();
    let hunt = hunt_for(&WANTED);
    let expected = answer(store.hunt(&hunt, &mut go).unwrap());
    assert_eq!((expected.lines.len(), expected.overlong_lines), (40, 1));
    // Every byte matters, and no damage of any leads to another answer.
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(&path, &bad).unwrap();
        let result = store.hunt(&hunt, &mut go).unwrap();
        assert_eq!(answer(result), expected, "byte {at}");
    }
    for length in (0..good.len()).step_by(7) {
        std::fs::write(&path, &good[..length]).unwrap();
        let result = store.hunt(&hunt, &mut go).unwrap();
        assert_eq!(result.read_whole.len(), 1, "cut to {length}");
        assert_eq!(answer(result), expected);
        assert_eq!(verify(&store).problems.len(), 1);
    }
    // Another segment's are not believed.
    let other = import(&store, "y", b"other\n").unwrap();
    std::fs::copy(file(&dir.path().join("store"), other.id()), &path).unwrap();
    assert!(
        store.hunt(&hunt, &mut go).unwrap().read_whole[0]
            .why
            .contains("another segment")
    );
    std::fs::remove_file(&path).unwrap();
    let result = store.hunt(&hunt, &mut go).unwrap();
    assert_eq!(result.read_whole[0].why, "it has no postings");
    let counts = store.counts(&hunt, &mut go).unwrap();
    assert_eq!((counts.not_counted.len(), counts.is_complete()), (1, false));
    assert!(verify(&store).is_clean());
    let report = store.build_postings(None, &mut go).unwrap();
    assert_eq!(
        (report.built.as_slice(), report.problems.len()),
        ([segment.id().clone()].as_slice(), 0)
    );
    assert_eq!(std::fs::read(&path).unwrap(), good);
    assert_eq!(store.build_postings(None, &mut go).unwrap(), Default::default());
    assert_eq!(
        std::fs::read_dir(dir.path().join("store/incoming"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn postings_that_the_frames_do_not_make_are_found_out() {
    let (dir, store, segment) = with_segment();
    // Of the same log under another format, whose lines are counted on no day: whole, and not what this segment has.
    let other = tempfile::tempdir().unwrap();
    let foreign = LogStore::open_with(other.path(), Disk::default(), small()).unwrap();
    let format = accord_logstore::FormatSetting::As(accord_formats::logs::LogFormat::Squid);
    foreign
        .add_source(accord_logstore::SourceConfig {
            format,
            ..source("isp")
        })
        .unwrap();
    let made = import(&foreign, "x", &sample()).unwrap();
    assert_eq!(made.manifest.log, segment.manifest.log);
    std::fs::copy(
        file(other.path(), made.id()),
        file(&dir.path().join("store"), segment.id()),
    )
    .unwrap();
    let problems = verify(&store).problems;
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].what.contains("not those that its frames make"),
        "{}",
        problems[0].what
    );
}

#[test]
fn what_goes_through_the_disk_makes_the_same_bytes() {
    let log: String = (0..500)
        .map(|n| format!("h{}.example 192.0.2.{} 2001:db8::{n}\n", n % 70, n % 7))
        .collect();
    let bytes = |posting_bytes| {
        let dir = tempfile::tempdir().unwrap();
        let store = store(
            dir.path(),
            Limits {
                posting_bytes,
                ..small()
            },
        );
        let segment = import(&store, "x", log.as_bytes()).unwrap();
        assert!(verify(&store).is_clean());
        assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
        std::fs::read(file(dir.path(), segment.id())).unwrap()
    };
    let expected = bytes(usize::MAX);
    assert_eq!(bytes(0), expected);
    assert_eq!(bytes(5000), expected);
}

/// Lines are told to the thread of the keys so many at a time (8,192): here a frame has more, after the end of a line that
/// began in the frame before.
#[test]
fn every_line_of_a_frame_of_many_has_its_keys() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        frame_target_bytes: 300_000,
        frame_max_bytes: 300_000,
        line_bytes: 1_000_000,
        ..Limits::default()
    };
    let store = store(dir.path(), limits);
    let mut log = "x".repeat(400_000) + " first.example\n";
    for n in 0..12_000 {
        log += &format!("n{n}.example\n");
    }
    log += "last.example";
    import(&store, "x", log.as_bytes()).unwrap();
    assert_eq!(store.segments()[0].manifest.frames.count, 2);
    let numbers = [0, 8_189, 8_190, 8_191, 8_192, 8_193, 11_999].map(|n| format!("n{n}.example"));
    for name in ["first.example", "last.example"]
        .into_iter()
        .chain(numbers.iter().map(String::as_str))
    {
        assert_eq!(hunt(&store, &[name]).lines.len(), 1, "{name}");
        let counts = store.counts(&hunt_for(&[name]), &mut go).unwrap();
        assert_eq!(counts.days.iter().map(|row| row.lines).sum::<u64>(), 1, "{name}");
    }
    assert!(verify(&store).is_clean());
}

/// Of one frame 64 days are kept apart; lines of a further one count as those that tell no day, and none is lost.
#[test]
fn a_frame_with_more_days_than_are_kept() {
    for days in [64, 65, 70] {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), Limits::default());
        // Every day twice: the days that are kept stay apart to the end.
        let lines: Vec<String> = (0..2 * days)
            .map(|n| line(1, "a.example", i64::from(n % days) * 86_400, true))
            .collect();
        import(&store, "x", (lines.join("\n") + "\n").as_bytes()).unwrap();
        assert_eq!(store.segments()[0].manifest.frames.count, 1);
        let counts = store.counts(&hunt_for(&["a.example"]), &mut go).unwrap();
        let (without, apart): (Vec<_>, Vec<_>) = counts.days.iter().partition(|row| row.day.is_none());
        assert_eq!(apart.iter().map(|row| row.lines).collect::<Vec<_>>(), vec![2; 64]);
        let further = u64::try_from(2 * (days - 64)).unwrap();
        assert_eq!(
            without.iter().map(|row| row.lines).sum::<u64>(),
            further,
            "{days}"
        );
        assert_eq!(
            hunt(&store, &["a.example"]).lines.len(),
            usize::try_from(2 * days).unwrap()
        );
    }
}

#[test]
fn a_frame_with_more_keys_than_are_kept_is_always_read() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        frame_keys: 6,
        frame_target_bytes: 1000,
        frame_max_bytes: 1000,
        ..Limits::default()
    };
    let store = store(dir.path(), limits);
    // Three names and their parents: six. One past it, in one line and over two.
    import(&store, "at", b"a.b.example a.c.example a.d.example\n").unwrap();
    assert_eq!(hunt(&store, &["nowhere.example"]).read_bytes, 0);
    let line = b"a.b.example a.c.example a.d.example e.example\n";
    import(&store, "past", line).unwrap();
    assert_eq!(hunt(&store, &["nowhere.example"]).read_bytes, line.len() as u64);
    assert_eq!(hunt(&store, &["e.example"]).lines.len(), 1);
    let counts = store.counts(&hunt_for(&["e.example"]), &mut go).unwrap();
    assert!(
        counts.not_counted[0].why.contains("1 of its frames"),
        "{counts:?}"
    );
}

#[test]
fn a_fault_at_every_write_of_building_leaves_whole_postings_or_none() {
    let make = || {
        let (dir, store, segment) = with_segment();
        let id = segment.id().clone();
        drop((store, segment));
        std::fs::remove_file(file(&dir.path().join("store"), &id)).unwrap();
        (dir, id)
    };
    let limits = Limits {
        posting_bytes: 2000,
        ..small()
    };
    let run = |dir: &Path, disk| {
        LogStore::open_with(dir, disk, limits).is_ok_and(|store| store.build_postings(None, &mut go).is_ok())
    };
    let (dir, _) = make();
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    assert!(run(
        &dir.path().join("store"),
        Disk::with_faults(counting.clone())
    ));
    for mode in [FaultMode::NotDone, FaultMode::Half, FaultMode::DoneButReported] {
        for step in 0..counting.steps() {
            let (dir, id) = make();
            let dir = dir.path().join("store");
            let faults = Faults::new(step, mode, AfterFault::Dead);
            let built = run(&dir, Disk::with_faults(faults.clone()));
            faults.lose_unsynced().unwrap();
            let store = LogStore::open_with(&dir, Disk::default(), small()).unwrap();
            let (fast, slow) = both(&store, &hunt_for(&WANTED));
            assert!(
                !built || fast.read_whole.is_empty(),
                "{mode:?} {step}: acknowledged and lost"
            );
            assert_eq!(answer(fast), answer(slow));
            store.build_postings(Some(&id), &mut go).unwrap();
            assert!(
                store
                    .hunt(&hunt_for(&WANTED), &mut go)
                    .unwrap()
                    .read_whole
                    .is_empty()
            );
            assert!(verify(&store).is_clean());
        }
    }
}

/// Postings are stored: whoever changes a byte of them makes a new version.
#[test]
fn the_same_log_makes_the_bytes_of_version_1() {
    use sha2::Digest;
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let segment = import(&store, "x", &sample()).unwrap();
    let bytes = std::fs::read(file(dir.path(), segment.id())).unwrap();
    // Without the foot, which names the digest of `frames.ndjson`: another zstd makes another.
    let foot = bytes
        .windows(10)
        .rposition(|part| part == b"{\"format\":")
        .unwrap();
    assert_eq!(hex::encode(sha2::Sha256::digest(&bytes[..foot])), VERSION_1);
}

const VERSION_1: &str = "bdfd613c26a4647139d0cc934fd5f1ae464388f38b6d189c5962723a9463852a";
