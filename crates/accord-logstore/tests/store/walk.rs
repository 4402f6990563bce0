//! Walks over all lines: each once, at its place; what cannot be read is told.

use std::ops::ControlFlow;
use std::sync::Arc;

use accord_logstore::{Error, Frame, Limits, LineVisitor, LogStore, Segment, Walk, Walked, WalkedLine};

use crate::support::*;

/// Keeps what it is shown.
#[derive(Default)]
struct Seen {
    unwanted: Option<String>,
    segments: Vec<String>,
    lines: Vec<(u64, u64, Vec<u8>)>,
}

impl LineVisitor for Seen {
    fn segment(&mut self, segment: &Arc<Segment>) -> bool {
        let name = segment.id().to_string();
        let wanted = self.unwanted.as_ref() != Some(&name);
        self.segments.push(name);
        wanted
    }

    fn line(&mut self, line: &WalkedLine<'_>) {
        self.lines.push((line.line, line.offset, line.bytes.to_vec()));
    }

    fn found(&self) -> u64 {
        self.lines.len() as u64
    }
}

fn everything() -> Walk {
    Walk {
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        sources: None,
        among: None,
    }
}

fn walked(store: &LogStore) -> (Seen, Walked) {
    let mut seen = Seen::default();
    let walked = store.walk(&everything(), &mut seen, &mut go).unwrap();
    (seen, walked)
}

/// Lines as they must be told: those over the limit left out.
fn expected(log: &[u8], limit: usize) -> Vec<(u64, u64, Vec<u8>)> {
    let mut offset = 0;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(lines_of(log)) {
        if line.len() <= limit {
            lines.push((number, offset, line.to_vec()));
        }
        offset += line.len() as u64;
    }
    lines
}

#[test]
fn every_line_once_however_frames_are_cut() {
    let logs: [&[u8]; 6] = [
        b"",
        b"one",
        b"one\ntwo\n\nfour\r\n",
        b"\n\n\n",
        &b"0123456789".repeat(30),
        &[
            b"short\n".as_slice(),
            &b"long ".repeat(40),
            b"\nshort\n",
            &b"longer ".repeat(60),
        ]
        .concat(),
    ];
    for log in logs {
        for (target, max, limit) in [(64, 128, 1024), (1, 3, 1024), (16, 16, 50), (512, 1024, 150)] {
            let limits = Limits {
                frame_target_bytes: target,
                frame_max_bytes: max,
                line_bytes: limit,
                ..Limits::default()
            };
            let dir = tempfile::tempdir().unwrap();
            let store = store(dir.path(), limits);
            import(&store, "x", log).unwrap();
            let (seen, walked) = walked(&store);
            assert_eq!(seen.lines, expected(log, limit), "{target} {max} {limit}");
            let overlong: Vec<(u64, u64)> = walked
                .overlong
                .iter()
                .map(|line| (line.line, line.length))
                .collect();
            let long: Vec<(u64, u64)> = (1..)
                .zip(lines_of(log))
                .filter(|(_, line)| line.len() > limit)
                .map(|(number, line)| (number, line.len() as u64))
                .collect();
            assert_eq!(overlong, long);
            assert_eq!(walked.overlong_lines, long.len() as u64);
            assert_eq!(walked.read_bytes, log.len() as u64);
            assert_eq!(walked.is_complete(), long.is_empty());
        }
    }
}

#[test]
fn segments_are_chosen_by_source_time_and_visitor() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let mut ahead = source("ahead");
    ahead.clock_offset_ms = Some(3_600_000);
    store.add_source(ahead).unwrap();
    let line = |hour: u32| format!("{{\"time\":\"2026-02-03T{hour:02}:00:00Z\"}}\n");
    for (source, hour) in [("isp", 9), ("isp", 11), ("ahead", 10)] {
        store
            .import(source, "x", &mut line(hour).as_bytes(), 0, "jo")
            .unwrap();
    }
    let walk = Walk {
        from_ms: 1_770_109_200_000,
        to_ms: 1_770_112_800_000,
        sources: None,
        among: None,
    };
    let mut seen = Seen::default();
    let told = store.walk(&walk, &mut seen, &mut go).unwrap();
    // From nine to ten: by its own clock it is ten in the source that is an hour ahead.
    assert_eq!(seen.segments, ["ahead/000001", "isp/000001"]);
    assert_eq!((told.segments, told.segments_outside_time), (2, 1));
    let mut seen = Seen {
        unwanted: Some("isp/000001".to_owned()),
        ..Seen::default()
    };
    let told = store.walk(&walk, &mut seen, &mut go).unwrap();
    assert_eq!(
        (told.segments, told.segments_not_wanted, seen.lines.len()),
        (1, 1, 1)
    );
    let one = Walk {
        sources: Some(vec!["isp".to_owned()]),
        ..everything()
    };
    let mut seen = Seen::default();
    store.walk(&one, &mut seen, &mut go).unwrap();
    assert_eq!(seen.segments, ["isp/000001", "isp/000002"]);
    let nobody = Walk {
        sources: Some(vec!["nobody".to_owned()]),
        ..everything()
    };
    let error = store.walk(&nobody, &mut Seen::default(), &mut go).unwrap_err();
    assert!(matches!(error, Error::NoSuchSource(_)), "{error}");
    let empty = Walk {
        to_ms: i64::MIN,
        ..everything()
    };
    let error = store.walk(&empty, &mut Seen::default(), &mut go).unwrap_err();
    assert!(matches!(error, Error::Hunt(_)), "{error}");
}

#[test]
fn it_is_stopped_by_who_asked() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    import(&store, "x", &b"line\n".repeat(100)).unwrap();
    let mut times = 0;
    let error = store
        .walk(&everything(), &mut Seen::default(), &mut |progress| {
            times += 1;
            assert!(progress.scanned_bytes <= progress.total_bytes);
            if times == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    assert_eq!(times, 3);
}

#[test]
fn damage_is_named_and_the_rest_shown() {
    // Lines of one frame and of several.
    let log: Vec<u8> = (0..60_u32)
        .flat_map(|number| {
            let pad = if number % 7 == 3 { 200 } else { 5 };
            format!("{number:03} {}\n", "x".repeat(pad)).into_bytes()
        })
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    import(&store, "x", &log).unwrap();
    let folder = dir.path().join("segments/isp/000001");
    let index = std::fs::read_to_string(folder.join("frames.ndjson")).unwrap();
    let frames: Vec<Frame> = index
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let whole = std::fs::read(folder.join("frames.zst")).unwrap();
    let all = expected(&log, usize::MAX);
    for frame in &frames {
        let mut broken = whole.clone();
        broken[usize::try_from(frame.offset + frame.length / 2).unwrap()] ^= 0x20;
        std::fs::write(folder.join("frames.zst"), &broken).unwrap();
        let (seen, walked) = walked(&store);
        assert_eq!(walked.damage.len(), 1);
        let damage = &walked.damage[0];
        let lost = damage.raw_offset..damage.raw_offset + damage.raw_length;
        assert!(lost.contains(&frame.raw_offset) && lost.end >= frame.raw_end());
        // What is shown is what does not touch the damage, and the damage begins and ends with lines.
        let rest: Vec<_> = all
            .iter()
            .filter(|(_, offset, line)| *offset >= lost.end || offset + line.len() as u64 <= lost.start)
            .cloned()
            .collect();
        assert_eq!(seen.lines, rest);
        let shown: u64 = seen.lines.iter().map(|(_, _, line)| line.len() as u64).sum();
        assert_eq!(shown + damage.raw_length, log.len() as u64);
    }
}
