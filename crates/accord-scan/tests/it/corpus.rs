//! Generated logs give exactly their known answers.

use accord_corpus::{Expected, LogKind, WorldKind};
use accord_scan::{Compiler, ReadLimits, ScanOptions, Watchfile};

use super::input;

fn found(log: &[u8], watchfile: &Watchfile) -> Vec<Expected> {
    let mut found = Vec::new();
    let source = input(log, ReadLimits::default());
    let (_, result) = accord_scan::scan(source, watchfile, ScanOptions::default(), &mut |record| {
        found.push(Expected {
            line: record.line,
            offset: record.offset,
            length: record.length,
            kind: record.kind,
            value: record.value.to_owned(),
            indicator: record.indicator.to_owned(),
            how: record.how,
        });
        Ok(())
    });
    result.unwrap();
    found
}

/// Names the first record that differs, not all of them.
fn assert_same(name: &str, found: &[Expected], expected: &[Expected]) {
    let differ = found
        .iter()
        .zip(expected)
        .find(|(found, expected)| found != expected);
    assert_eq!(differ, None, "{name}");
    assert_eq!(found.len(), expected.len(), "{name}");
}

#[test]
fn known_answers_of_many_seeds() {
    let mut answers = 0;
    for seed in 0..25 {
        let list = accord_corpus::indicators(seed, 120);
        let mut compiler = Compiler::new();
        if seed % 2 == 0 {
            compiler.add_source("list.csv", &list.to_csv()).unwrap();
        } else {
            compiler.add_source("list.txt", &list.to_text()).unwrap();
        }
        let watchfile = compiler.finish().unwrap();
        assert_eq!(watchfile.watchlist().len(), list.indicators.len(), "seed {seed}");
        for kind in LogKind::ALL {
            let log = accord_corpus::log(seed, kind, 300, 5, &list);
            assert!(!log.expected.is_empty());
            let name = format!("seed {seed}, {}", log.name);
            assert_same(&name, &found(&log.bytes, &watchfile), &log.expected);
            answers += log.expected.len();
            let clean = accord_corpus::log(seed, kind, 300, 0, &list);
            assert_eq!(found(&clean.bytes, &watchfile), [], "seed {seed}, {}", log.name);
        }
    }
    assert!(answers > 10_000, "{answers}");
}

#[test]
fn worlds_are_the_same_every_time_and_known() {
    for kind in [WorldKind::Isp, WorldKind::Hosting] {
        let world = accord_corpus::world(7, kind, 2000);
        assert_eq!(world, accord_corpus::world(7, kind, 2000));
        assert_ne!(world, accord_corpus::world(8, kind, 2000));
        let mut compiler = Compiler::new();
        compiler
            .add_source("list.csv", &world.indicators.to_csv())
            .unwrap();
        let watchfile = compiler.finish().unwrap();
        for log in &world.logs {
            assert!(!log.expected.is_empty(), "{}", log.name);
            assert_same(&log.name, &found(&log.bytes, &watchfile), &log.expected);
        }
    }
}
