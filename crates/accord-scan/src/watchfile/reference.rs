//! The builder that keeps everything in memory and compares every row with what is there: slow and plain, what the builder
//! that ships is compared with.

use std::collections::BTreeMap;
use std::path::Path;

use accord_formats::indicators::{self, Content};
use accord_matcher::{AllowEntry, IndicatorId, LeftOutWhy, Pattern, PatternKind, WatchlistBuilder};
use bytes::Bytes;
use proptest::prelude::*;

use super::report::{self, AllowReport, BuildSummary, LeftOutEntry, SourceReport};
use super::sets::{SetBuilder, Side, stored};
use super::{CompileError, Compiler, Watchfile};
use crate::limits::MAX_EXAMPLES;

const ALLOW_ENTRY: &str = "an entry of an allow list: give the file with --allow";

#[derive(Default)]
struct Reference {
    builder: WatchlistBuilder,
    sets: SetBuilder,
    of: Vec<[u32; 2]>,
    next: IndicatorId,
    summary: BuildSummary,
    labels: Vec<String>,
}

impl Reference {
    fn add_source(&mut self, name: &str, bytes: &[u8]) -> Result<(), indicators::ReadError> {
        let mut report = SourceReport {
            name: name.to_owned(),
            ..SourceReport::default()
        };
        let format = indicators::read(bytes, &mut |row| {
            report.rows += 1;
            match row.content {
                Content::NotUsed { written, reason } => {
                    report::count(&mut report.not_used, &reason.to_string(), row.place, written);
                }
                Content::Allow { value, .. } => {
                    report::count(&mut report.not_used, ALLOW_ENTRY, row.place, value);
                }
                Content::Indicator {
                    value,
                    labels,
                    provenance,
                    ..
                } => match Pattern::parse(value) {
                    Err(refusal) => {
                        report::count(&mut report.refused, refusal.reason.words(), row.place, value);
                    }
                    Ok(pattern) => {
                        report.indicators += 1;
                        let provenance = match provenance {
                            "" => name.to_owned(),
                            provenance => format!("{name}: {provenance}"),
                        };
                        self.add(&pattern, labels, &provenance);
                    }
                },
            }
        })?;
        report.format = format.name().to_owned();
        self.summary.sources.push(report);
        Ok(())
    }

    fn add(&mut self, pattern: &Pattern, labels: &[&str], provenance: &str) -> usize {
        let id = self.builder.add_ref(pattern, self.next);
        if id == self.next {
            self.next += 1;
            self.of.push([0, 0]);
        }
        let own = self.labels.iter().map(String::as_str);
        for label in labels.iter().copied().chain(own) {
            self.of[id as usize] = self
                .sets
                .with(self.of[id as usize], [(Side::Labels, label)].into_iter());
        }
        self.say(id as usize, provenance);
        id as usize
    }

    fn say(&mut self, id: usize, provenance: &str) {
        self.of[id] = self
            .sets
            .with(self.of[id], [(Side::Provenance, provenance)].into_iter());
    }

    fn add_watchfile(&mut self, name: &str, file: &Watchfile) {
        let mut report = SourceReport {
            name: name.to_owned(),
            format: "watchlist".to_owned(),
            ..SourceReport::default()
        };
        for (id, canonical) in file.indicators() {
            report.rows += 1;
            report.indicators += 1;
            let new = self.add(&Pattern::parse(canonical).unwrap(), &file.labels(id), name);
            file.provenance(id).iter().for_each(|from| self.say(new, from));
        }
        self.summary.sources.push(report);
    }

    fn add_allow_list(&mut self, name: &str, bytes: &[u8]) {
        let mut list = AllowReport {
            name: name.to_owned(),
            ..AllowReport::default()
        };
        let format = indicators::read(bytes, &mut |row| {
            list.rows += 1;
            if let Content::Indicator { value, .. } = row.content {
                match AllowEntry::parse(value) {
                    Ok(entry) => {
                        list.entries += 1;
                        self.builder.allow(entry);
                    }
                    Err(refusal) => {
                        report::count(&mut list.not_used, refusal.reason.words(), row.place, value);
                    }
                }
            }
        });
        list.format = format.unwrap().name().to_owned();
        self.summary.allow_lists.push(list);
    }

    fn finish(self) -> Watchfile {
        let (watchlist, report) = self.builder.build().unwrap();
        let mut summary = self.summary;
        let kept: BTreeMap<PatternKind, usize> = report.kept.into_iter().collect();
        for kind in PatternKind::ALL {
            summary.kept.insert(
                kind.as_str().to_owned(),
                kept.get(&kind).copied().unwrap_or(0) as u64,
            );
        }
        summary.duplicates = report.duplicates as u64;
        for left in report.left_out {
            let why = match left.why {
                LeftOutWhy::Allowed => "allowed",
                LeftOutWhy::WouldCoverAllowed => "would cover an allowed value",
            };
            *summary.left_out.entry(why.to_owned()).or_default() += 1;
            if summary.left_out_entries.len() < MAX_EXAMPLES {
                summary.left_out_entries.push(LeftOutEntry {
                    indicator: left.pattern.canonical().to_owned(),
                    entry: left.entry.as_text().to_owned(),
                    why: why.to_owned(),
                });
            }
        }
        let of: Vec<u8> = self.of.into_iter().flat_map(stored).collect();
        Watchfile::built(watchlist, self.sets.finish(Bytes::from(of)), summary)
    }
}

/// What is built of.
#[derive(Default)]
struct Input<'i> {
    sources: Vec<(&'i str, Vec<u8>)>,
    label: Option<&'i str>,
    allow: Option<&'i [u8]>,
    /// A watchlist that is added last.
    other: Option<&'i Watchfile>,
}

impl Input<'_> {
    fn reference(&self) -> Vec<u8> {
        let mut reference = Reference::default();
        for (number, (name, bytes)) in self.sources.iter().enumerate() {
            if number == 1 {
                reference.labels.extend(self.label.map(str::to_owned));
            }
            let _ = reference.add_source(name, bytes);
        }
        if let Some(other) = self.other {
            reference.add_watchfile("other.awl", other);
        }
        if let Some(allow) = self.allow {
            reference.add_allow_list("allow.txt", allow);
        }
        reference.finish().encode()
    }

    fn compiler(&self, mut compiler: Compiler) -> Compiler {
        for (number, (name, bytes)) in self.sources.iter().enumerate() {
            if let Some(label) = self.label.filter(|_| number == 1) {
                compiler.label_all(label);
            }
            let _ = compiler.add_source(name, bytes);
        }
        if let Some(other) = self.other {
            compiler.add_watchfile("other.awl", other);
        }
        if let Some(allow) = self.allow {
            compiler.add_allow_list("allow.txt", allow).unwrap();
        }
        compiler
    }

    /// Compares what is built in memory, and into a file with each amount of memory, with the reference.
    fn check(&self, memory: &[usize]) -> Vec<u8> {
        let expected = self.reference();
        let file = self.compiler(Compiler::new()).finish().unwrap();
        assert!(file.encode() == expected, "in memory");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.awl");
        for &bytes in memory {
            let compiler = self.compiler(Compiler::beside_with(&path, bytes));
            compiler.finish_to(&path).unwrap();
            assert!(std::fs::read(&path).unwrap() == expected, "in {bytes} bytes");
            let left = std::fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, 1, "nothing is left beside the file");
        }
        expected
    }
}

const SMALL: [usize; 3] = [0, 4_000, 256 << 20];

/// Rows with labels and origins, again and again some of the same.
fn csv(seed: u64, count: usize, again: usize) -> Vec<u8> {
    let list = accord_corpus::indicators(seed, count);
    let mut out = String::from("indicator,family,class\n");
    for number in 0..count {
        let indicator = &list.indicators[number];
        out.push_str(&format!(
            "{},{},c{}\n",
            indicator.text,
            indicator.family,
            number % 5
        ));
        if again > 0 && number % again == 0 {
            let earlier = &list.indicators[number / 2].text;
            out.push_str(&format!("{},again{},\n", earlier.to_uppercase(), number % 3));
        }
    }
    out.into_bytes()
}

#[test]
fn generated_lists_of_all_kinds() {
    for (count, again) in [(0, 0), (1, 1), (40, 3), (3_000, 7)] {
        Input {
            sources: vec![("list.csv", csv(7, count, again))],
            ..Input::default()
        }
        .check(&SMALL);
    }
}

#[test]
fn many_sources_labels_allow_lists_and_another_watchlist() {
    let hostile: &[u8] = b"indicator,tags,source\nevil.example,\"a;b\",x\nEVIL[.]example,b|a,y\n\"one\ntwo\",x,y\n\xff,a,b\n,,\n\
        a,b\n/gate.php,x,y\n198.51.100.7,,\n198.51.100.7:80,,\n198.51.100.7:81,,\n198.51.100.0/24,,\nhxxp://evil.example/a,,\n\
        https://evil.example/b,,\n.evil.example,,\nmule@evil.example,,\n\"open,x,y\n";
    let big = csv(3, 9_000, 4);
    let other = Input {
        sources: vec![("x.txt", b"evil.example\nwww.ok.example\nnew.example\n".to_vec())],
        ..Input::default()
    };
    let other = other.compiler(Compiler::new()).finish().unwrap();
    Input {
        sources: vec![
            ("a.csv", hostile.to_vec()),
            ("big.csv", big.clone()),
            ("broken.json", b"{\"a\": ".to_vec()),
            ("again.csv", big),
            (
                "hosts",
                b"0.0.0.0 ok.example\n127.0.0.1 c2.evil.example\n".to_vec(),
            ),
            (
                "b.txt",
                b"evil.example\nwww.ok.example\nok.example\nb\xc3\xbccher.example # x\n".to_vec(),
            ),
        ],
        label: Some("all"),
        allow: Some(b"www.ok.example\n*.evil.example\n198.51.100.7\ntc\n"),
        other: Some(&other),
    }
    .check(&SMALL);
}

#[test]
fn what_goes_through_files_is_the_same() {
    // Long enough for two threads, several runs of every kind of key, and labels in a file.
    let rows = Input {
        sources: vec![
            ("a.csv", csv(1, 40_000, 3)),
            ("b.csv", csv(2, 20_000, 0)),
            ("a.csv", csv(1, 9_000, 2)),
        ],
        ..Input::default()
    };
    rows.check(&[200_000]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_rows(lines in prop::collection::vec(prop::sample::select(vec![
        "evil.example,a,b", "evil.example,c,", "EVIL.example,a;c,b", "x.evil.example,,", ".evil.example,d,", "192.0.2.1,,z",
        "192.0.2.0/24,a,", "192.0.2.1:80,a,", "192.0.2.1:443,a,", "2001:db8::1,,", "evil.example/a,a,", "evil.example/b,,b",
        "192.0.2.1/x,a,b", "m@evil.example,q,", "9e107d9d372bb6826bd81d3542a419d6,h,", "tc,,", "\"quoted.example\",\"a,b\",c",
        "too,many,fields,here", "", "#comment", "\"", "ok.example,k,", "b\u{fc}cher.example,u,", "2001:DB8::1,v,w",
    ]), 0..60), split in 0usize..60) {
        let text = |lines: &[&str]| format!("indicator,labels,source\n{}\n", lines.join("\n")).into_bytes();
        let (one, two) = lines.split_at(split.min(lines.len()));
        Input {
            sources: vec![("one", text(one)), ("two", text(two))],
            label: Some("l"),
            allow: Some(b"ok.example\n192.0.2.0/25\n"),
            ..Input::default()
        }
        .check(&[0]);
    }
}

#[test]
fn an_address_with_all_of_its_ports_is_within_the_limit() {
    let ports: String = (1..=65_535).map(|port| format!("192.0.2.1:{port}\n")).collect();
    let mut compiler = Compiler::new();
    compiler.add_source("ports.txt", ports.as_bytes()).unwrap();
    assert_eq!(compiler.finish().unwrap().summary().kept_total(), 65_535);
}

#[test]
fn a_build_that_fails_or_ends_leaves_the_old_file_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.awl");
    let build = |source: &[u8]| {
        let mut compiler = Compiler::beside_with(&path, 0);
        compiler.add_source("s.txt", source).unwrap();
        compiler
    };
    build(b"old.example\n").finish_to(&path).unwrap();
    let old = std::fs::read(&path).unwrap();
    // Ends before it is finished.
    drop(build(b"new.example\n"));
    assert!(std::fs::read(&path).unwrap() == old);
    // A crash while it is written leaves a part beside it, which the next build writes over.
    let partial = folder.path().join("w.awl.partial");
    std::fs::write(&partial, &old[..5_000]).unwrap();
    assert!(Watchfile::open(&path).unwrap().verify().is_ok());
    build(b"newer.example\n").finish_to(&path).unwrap();
    assert!(!partial.exists());
    let newer = std::fs::read(&path).unwrap();
    // It cannot be written.
    std::fs::create_dir(&partial).unwrap();
    let failed = build(b"newest.example\n").finish_to(&path).unwrap_err();
    assert!(matches!(failed, CompileError::Folder { .. }), "{failed}");
    assert!(std::fs::read(&path).unwrap() == newer);
    // There is no room for what does not fit into memory.
    let mut nowhere = Compiler::beside_with(Path::new("/nowhere/at/all/w.awl"), 0);
    nowhere.add_source("s.txt", b"a.example\nb.example\n").unwrap();
    let failed = nowhere.finish_to(&path).unwrap_err();
    assert!(matches!(failed, CompileError::Folder { .. }), "{failed}");
    assert!(std::fs::read(&path).unwrap() == newer);
}
