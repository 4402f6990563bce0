//! Following files: each kind of rotation, with real files and a clock that only the test moves.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use accord_logstore::{AfterFault, Disk, FaultMode, Faults, LogStore, Origin, OriginPlace};
use proptest::prelude::*;

use super::*;
use crate::bench::{Hands, destroy_all, logs, memory_dir, open_store};
use crate::settings::Take;

const AGE_S: i64 = 300;

struct Node {
    dir: tempfile::TempDir,
    hands: Hands,
    settings: FilesSettings,
    status: Status,
    running: Option<(Arc<LogStore>, FilesCollector)>,
}

fn settings(folder: &Path) -> FilesSettings {
    FilesSettings {
        name: "web".to_owned(),
        source: "isp".to_owned(),
        folder: folder.to_path_buf(),
        include: vec!["*.log*".to_owned()],
        exclude: vec!["*.tmp".to_owned()],
        take: Take::Growing,
        poll_ms: 1000,
        segment_bytes: 1 << 20,
        segment_age_s: AGE_S as u64,
        partial_line_s: 10,
        settle_s: 30,
        max_files: 100,
    }
}

impl Node {
    fn new() -> Self {
        Self::within(tempfile::tempdir().unwrap())
    }

    fn within(dir: tempfile::TempDir) -> Self {
        fs::create_dir(dir.path().join("logs")).unwrap();
        let settings = settings(&dir.path().join("logs"));
        let mut node = Self {
            dir,
            hands: Hands::new(),
            settings,
            status: Status::new("web", "files", "isp"),
            running: None,
        };
        assert!(node.start(Disk::default()));
        node
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("logs").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        let mut file = fs::File::options().create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// As `logrotate` with `copytruncate`.
    fn copy_truncate(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).unwrap();
        let file = fs::File::options().write(true).open(self.path(from)).unwrap();
        file.set_len(0).unwrap();
    }

    /// As `gzip`: the compressed file beside it, then the plain one is gone.
    fn gzip(&self, from: &str) {
        let bytes = fs::read(self.path(from)).unwrap();
        let file = fs::File::create(self.path(&format!("{from}.gz"))).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::default());
        encoder.write_all(&bytes).unwrap();
        encoder.finish().unwrap();
        fs::remove_file(self.path(from)).unwrap();
    }

    fn start(&mut self, disk: Disk) -> bool {
        let Ok(store) = open_store(&self.dir.path().join("store"), disk) else {
            return false;
        };
        let store = Arc::new(store);
        let (settings, status) = (self.settings.clone(), self.status.clone());
        let shared: Arc<dyn Store> = store.clone();
        let collector = FilesCollector::new(settings, shared, status, self.hands.clock());
        self.running = collector.ok().map(|collector| (store, collector));
        self.running.is_some()
    }

    fn restart(&mut self) {
        self.running = None;
        assert!(self.start(Disk::default()));
    }

    fn poll(&mut self) {
        if let Some((_, collector)) = &mut self.running {
            collector.poll(&|| false);
        }
    }

    /// Until everything that rests is taken.
    fn settle(&mut self) {
        for seconds in [1, 31, AGE_S, 31, AGE_S, 1] {
            self.hands.forward_s(seconds);
            self.poll();
        }
    }

    /// What is in segments, log by log, in the order of their text.
    fn taken(&self) -> Vec<String> {
        let (store, _) = self.running.as_ref().unwrap();
        let mut logs: Vec<String> = logs(store)
            .into_values()
            .map(|log| String::from_utf8(log).unwrap())
            .collect();
        logs.sort();
        logs
    }

    fn segments(&self) -> usize {
        self.running.as_ref().unwrap().0.segments().len()
    }

    fn counted(&self, what: Count) -> u64 {
        self.status.lock().counts.get(&what).copied().unwrap_or(0)
    }
}

#[test]
fn a_file_that_grows_is_taken_by_age_and_by_size() {
    let mut node = Node::new();
    node.write("a.log", "one\ntwo\nthr");
    node.poll();
    assert_eq!(node.segments(), 0);
    assert_eq!(node.status.lock().lag_bytes, 11);
    // Growing until then: the last line is not quiet yet.
    node.hands.forward_s(AGE_S - 1);
    node.write("a.log", "ee");
    node.poll();
    node.hands.forward_s(1);
    node.poll();
    assert_eq!(node.taken(), ["one\ntwo\n"]);
    node.write("a.log", "\nfour");
    node.hands.forward_s(1);
    node.poll();
    node.hands.forward_s(AGE_S);
    node.poll();
    // Quiet for long: the last line is taken as it is, and goes on in the next segment.
    assert_eq!(node.taken(), ["one\ntwo\nthree\nfour"]);
    node.write("a.log", "teen\n");
    node.settle();
    assert_eq!(node.taken(), ["one\ntwo\nthree\nfourteen\n"]);
    let before = node.segments();
    node.settings.segment_bytes = 10;
    node.restart();
    node.write("a.log", "a\nb\nc\nd\ne\nf\ng\nh\nno end");
    node.poll();
    assert_eq!(node.segments(), before + 2);
    node.settle();
    assert_eq!(
        node.taken(),
        ["one\ntwo\nthree\nfourteen\na\nb\nc\nd\ne\nf\ng\nh\nno end"]
    );
    assert_eq!(node.status.lock().lag_bytes, 0);
}

#[test]
fn what_was_destroyed_is_not_taken_again() {
    for restart in [false, true] {
        let mut node = Node::new();
        node.write("a.log", "one\n");
        node.settle();
        node.write("a.log", "two\n");
        node.settle();
        node.write("b.log.1", "whole\n");
        node.gzip("b.log.1");
        node.settle();
        assert_eq!(node.segments(), 3);
        destroy_all(&node.running.as_ref().unwrap().0);
        if restart {
            node.restart();
        }
        node.rename("a.log", "a.log.1");
        node.settle();
        assert_eq!(node.segments(), 0, "restart: {restart}");
        // What comes after it goes on where it ended.
        node.write("a.log.1", "three\n");
        node.settle();
        let (store, _) = node.running.as_ref().unwrap();
        let segments = store.segments();
        let [segment] = segments.as_slice() else {
            panic!("{} segments", segments.len())
        };
        assert_eq!(crate::bench::log_of(store, segment), b"three\n");
        let Some(Origin {
            at: OriginPlace::File(place),
            ..
        }) = &segment.manifest.origin
        else {
            panic!("its place")
        };
        assert_eq!((place.stream, place.from), (1, 8));
    }
}

#[test]
fn a_file_that_starts_like_a_compressed_one_inside_is_taken_as_it_is() {
    let mut node = Node::new();
    node.write("a.log", "one\n");
    node.settle();
    node.write("a.log", "\u{1f}");
    let path = node.path("a.log");
    let mut file = fs::File::options().append(true).open(path).unwrap();
    file.write_all(b"\x8b\x08 not gzip\n(\xb5/\xfd\n").unwrap();
    node.settle();
    let (store, _) = node.running.as_ref().unwrap();
    let expected = b"one\n\x1f\x8b\x08 not gzip\n(\xb5/\xfd\n".to_vec();
    assert_eq!(logs(store).into_values().collect::<Vec<_>>(), [expected]);
}

#[test]
fn renamed() {
    for restart in [false, true] {
        let mut node = Node::new();
        node.write("a.log", "one\n");
        node.settle();
        node.write("a.log", "two\n");
        node.rename("a.log", "a.log.1");
        node.write("a.log", "new one\n");
        node.write("a.log.1", "three, by a process that has it open\n");
        if restart {
            node.restart();
        }
        node.settle();
        node.rename("a.log.1", "a.log.2");
        node.write("a.log.2", "four\n");
        node.settle();
        assert_eq!(
            node.taken(),
            [
                "new one\n",
                "one\ntwo\nthree, by a process that has it open\nfour\n"
            ]
        );
    }
}

#[test]
fn copied_and_truncated() {
    for restart in [false, true] {
        let mut node = Node::new();
        node.write("a.log", "one\n");
        node.settle();
        node.write("a.log", "two\n");
        node.poll();
        node.copy_truncate("a.log", "a.log.1");
        if restart {
            node.restart();
        } else {
            node.poll();
            assert_eq!(node.counted(Count::TruncatedBytes), 4);
        }
        node.write("a.log", "new one, longer than all before\n");
        node.settle();
        node.settle();
        let all = ["new one, longer than all before\n", "one\ntwo\n"];
        assert_eq!(node.taken(), all);
        node.gzip("a.log.1");
        node.settle();
        assert_eq!(node.taken(), all, "its compressed copy is the same log");
    }
}

#[test]
fn truncated_and_grown_beyond_between_two_looks() {
    let mut node = Node::new();
    node.write("a.log", "one\n");
    node.settle();
    fs::write(node.path("a.log"), "another, longer\n").unwrap();
    node.settle();
    assert_eq!(node.taken(), ["another, longer\n", "one\n"]);
}

#[test]
fn compressed() {
    for restart in [false, true] {
        let mut node = Node::new();
        node.write("a.log", "one\n");
        node.settle();
        node.write("a.log", "two\n");
        node.rename("a.log", "a.log.1");
        if restart {
            // Nobody saw the second line but in the compressed file.
            node.running = None;
            node.gzip("a.log.1");
            node.restart();
        } else {
            node.poll();
            node.gzip("a.log.1");
        }
        node.write("a.log", "new\n");
        node.settle();
        assert_eq!(node.taken(), ["new\n", "one\ntwo\n"]);
        node.rename("a.log.1.gz", "a.log.2.gz");
        node.restart();
        node.settle();
        assert_eq!(node.taken(), ["new\n", "one\ntwo\n"]);
    }
}

#[test]
fn a_compressed_log_that_nobody_followed_is_taken_once() {
    let mut node = Node::new();
    node.write("b.log.5", "old\nolder");
    node.gzip("b.log.5");
    fs::write(node.path("c.log.gz"), b"\x1f\x8b\x08broken").unwrap();
    node.settle();
    let refused = node.status.lock().refused.clone();
    assert!(refused.contains_key("c.log.gz"), "{refused:?}");
    node.restart();
    node.settle();
    assert_eq!(node.taken(), ["old\nolder"]);
    assert_eq!(node.segments(), 1);
}

#[test]
fn files_that_begin_alike_are_two() {
    let mut node = Node::new();
    node.write("host-1.log", "a header\n");
    node.settle();
    // Its name may be a rotated one of the other's, and all that was taken of that is in it.
    node.write("host-2.log", "a header\n");
    node.settle();
    node.write("host-1.log", "row of one\n");
    node.write("host-2.log", "row of two\n");
    node.settle();
    assert_eq!(node.taken(), ["a header\nrow of one\n", "a header\nrow of two\n"]);
}

#[test]
fn deleted_and_its_inode_used_again() {
    let mut node = Node::new();
    node.write("a.log", "one\n");
    node.settle();
    node.write("a.log", "two\n");
    node.poll();
    fs::remove_file(node.path("a.log")).unwrap();
    node.settle();
    assert_eq!(node.taken(), ["one\ntwo\n"], "it was held open");
    // Nothing holds the inode any more.
    node.running = None;
    fs::remove_file(node.path("b.log")).unwrap_or_default();
    node.write("b.log", "other, longer\n");
    node.restart();
    node.settle();
    fs::remove_file(node.path("b.log")).unwrap();
    node.running = None;
    node.write("b.log", "other, longer\nbut not the same\n");
    node.restart();
    node.settle();
    let taken = node.taken();
    assert_eq!(
        taken,
        [
            "one\ntwo\n",
            "other, longer\n",
            "other, longer\nbut not the same\n"
        ]
    );
}

#[test]
fn what_is_no_plain_file_is_refused_by_name() {
    let mut node = Node::new();
    node.write("secret", "not matched\n");
    std::os::unix::fs::symlink(node.path("secret"), node.path("link.log")).unwrap();
    nix::unistd::mkfifo(&node.path("pipe.log"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::create_dir(node.path("folder.log")).unwrap();
    node.write("a.log.tmp", "excluded\n");
    node.write("a.log", "one\n");
    node.settle();
    let refused: Vec<String> = node.status.lock().refused.keys().cloned().collect();
    assert_eq!(refused, ["link.log", "pipe.log"]);
    assert_eq!(node.taken(), ["one\n"]);
}

#[test]
fn more_files_than_may_be_are_told() {
    let mut node = Node::new();
    node.settings.max_files = 3;
    node.restart();
    for number in 0..5 {
        node.write(&format!("{}.log", ["a", "b", "c", "d", "e"][number]), "x\n");
    }
    node.settle();
    assert_eq!(node.segments(), 3);
    assert_eq!(node.counted(Count::RefusedFiles), 2);
}

#[test]
fn more_files_than_are_held_open_are_followed() {
    let mut node = Node::new();
    node.settings.max_files = 1000;
    node.restart();
    let names: Vec<String> = (0..MAX_OPEN_FILES + 20)
        .map(|number| format!("host{}.log", "x".repeat(number % 7) + &number.to_string() + "h"))
        .collect();
    for name in &names {
        node.write(name, &format!("{name}\n"));
    }
    node.poll();
    let open = || -> usize {
        let (_, collector) = node.running.as_ref().unwrap();
        let open = collector.followed.values().filter(|file| file.file.is_some());
        open.count()
    };
    assert_eq!(open(), MAX_OPEN_FILES);
    node.settle();
    assert_eq!(node.taken().len(), names.len());
}

#[test]
fn finished_files_are_taken_whole() {
    let mut node = Node::new();
    node.settings.take = Take::Finished;
    node.restart();
    node.write("conn.log", "#fields\ta\n");
    for _ in 0..40 {
        node.hands.forward_s(29);
        node.write("conn.log", "row\n");
        node.poll();
    }
    assert_eq!(node.segments(), 0);
    node.settle();
    assert_eq!(node.segments(), 1);
}

#[test]
fn a_store_that_refuses_is_asked_again() {
    let mut node = Node::new();
    node.running = None;
    let faults = Faults::new(17, FaultMode::NotDone, AfterFault::Recovers);
    assert!(node.start(Disk::with_faults(faults.clone())));
    for name in ["a.log", "b.log", "c.log", "d.log"] {
        node.write(name, &format!("{name}\n"));
    }
    node.settle();
    assert!(faults.tripped());
    let (_, words) = node.status.lock().last_error.clone().unwrap();
    assert!(words.contains("injected fault"), "{words}");
}

/// A day of rotations; the same each time, whatever is restarted in between.
const ACTS: &[fn(&mut Node)] = &[
    |node| node.write("a.log", "one\n"),
    |node| node.write("a.log", "two\npart"),
    |node| node.copy_truncate("a.log", "a.log.1"),
    |node| node.write("a.log", "three\n"),
    |node| node.rename("a.log", "a.log.2"),
    |node| node.write("a.log", "four\n"),
    |node| node.gzip("a.log.2"),
];

#[test]
fn a_fault_at_every_write_takes_every_byte_once() {
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let steps = {
        crash(&counting, "none");
        counting.steps()
    };
    assert!(steps > 40, "{steps}");
    for (mode, after) in [
        (FaultMode::NotDone, AfterFault::Dead),
        (FaultMode::DoneButReported, AfterFault::Dead),
        (FaultMode::DoneButReported, AfterFault::Recovers),
    ] {
        // The first steps make the store; they are tested where it is.
        for step in (12..steps).step_by(if mode == FaultMode::NotDone { 2 } else { 1 }) {
            let faults = Faults::new(step, mode, after);
            crash(&faults, &format!("step {step} {mode:?} {after:?}"));
        }
    }
}

fn crash(faults: &Arc<Faults>, case: &str) {
    let mut node = Node::within(memory_dir());
    node.running = None;
    fs::remove_dir_all(node.dir.path().join("store")).unwrap();
    node.start(Disk::with_faults(faults.clone()));
    let half = ACTS.len() / 2;
    for act in &ACTS[..half] {
        act(&mut node);
        node.settle();
    }
    // The power goes.
    node.running = None;
    faults.lose_unsynced().unwrap();
    node.restart();
    for act in &ACTS[half..] {
        act(&mut node);
        node.settle();
    }
    assert_eq!(node.taken(), ["four\n", "one\ntwo\npart", "three\n"], "{case}");
}

#[derive(Debug, Clone)]
enum Act {
    Append(usize),
    Part,
    Rename,
    CopyTruncate,
    Gzip,
    Poll,
    Settle,
    Restart,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (1_usize..4).prop_map(Act::Append),
        1 => Just(Act::Part),
        1 => Just(Act::Rename),
        1 => Just(Act::CopyTruncate),
        1 => Just(Act::Gzip),
        2 => Just(Act::Poll),
        2 => Just(Act::Settle),
        2 => Just(Act::Restart),
    ];
    proptest::collection::vec(act, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_every_byte_is_taken_once(acts in acts()) {
        let mut node = Node::within(memory_dir());
        let (mut logs, mut now) = (Vec::new(), String::new());
        let (mut lines, mut rotated, mut plain) = (0, 0, Vec::new());
        for act in acts {
            match act {
                Act::Append(count) => for _ in 0..count {
                    lines += 1;
                    let line = format!("line {lines} of the log\n");
                    node.write("a.log", &line);
                    now += &line;
                },
                Act::Part => {
                    lines += 1;
                    let part = format!("part {lines} ");
                    node.write("a.log", &part);
                    now += &part;
                }
                // A log of which nothing was written is none.
                Act::Rename | Act::CopyTruncate if now.is_empty() => {}
                Act::Rename | Act::CopyTruncate => {
                    rotated += 1;
                    let to = format!("a.log.{rotated}");
                    if matches!(act, Act::Rename) {
                        node.rename("a.log", &to);
                    } else {
                        node.copy_truncate("a.log", &to);
                        // Who truncates gives the follower a moment; a log that is written anew at once and longer is
                        // told by its first bytes.
                        node.poll();
                    }
                    plain.push(to);
                    logs.push(std::mem::take(&mut now));
                }
                // Rotation waits a day before it compresses (`delaycompress`).
                Act::Gzip => if let Some(name) = plain.pop() {
                    node.settle();
                    node.gzip(&name);
                },
                Act::Poll => { node.hands.forward_s(7); node.poll(); }
                Act::Settle => node.settle(),
                Act::Restart => node.restart(),
            }
        }
        node.settle();
        node.restart();
        node.settle();
        logs.extend(Some(now).filter(|now| !now.is_empty()));
        logs.sort();
        prop_assert_eq!(node.taken(), logs);
    }
}
