//! The corpus of every fuzz target, and inputs near it, by the code that the fuzzer runs.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test, which may stop where it stands"
)]

use std::path::Path;

use accord_fuzz::TARGETS;
use accord_matcher::{Pattern, WatchlistBuilder};
use proptest::prelude::*;

/// Edits of an input, at most.
const EDITS: usize = 8;

/// What is committed for a target, and what is made here since it is no text.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut seeds: Vec<Vec<u8>> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file"))
        .collect();
    if target == "watchlist_file" {
        let mut builder = WatchlistBuilder::new();
        for (id, text) in (0..).zip(["evil.example", "192.0.2.0/24", "http://bad.example/a.php"]) {
            builder.add(Pattern::parse(text).expect("an indicator"), id);
        }
        let list = builder.build().expect("a watchlist").0.encode();
        seeds.push([&[0], &list[..]].concat());
        // Sections that are sealed by the target: number, length, bytes.
        seeds.push([&[1, 0, 4, 0], &list[..4], &[3, 2, 0, 7, 7]].concat());
    }
    seeds.push(Vec::new());
    seeds
}

#[test]
fn every_target_has_a_program_and_holds_for_its_corpus() {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    let mut there: Vec<String> = std::fs::read_dir(programs)
        .expect("the fuzzer's programs")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .collect();
    there.sort();
    let named: Vec<String> = TARGETS.iter().map(|(name, _)| format!("{name}.rs")).collect();
    assert_eq!(there, named);
    for (name, run) in TARGETS {
        for seed in seeds(name) {
            run(&seed);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn every_target_holds_near_its_corpus(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..EDITS),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        for (name, run) in TARGETS {
            let mut seeds = seeds(name);
            seeds.push(noise.clone());
            let mut input = seeds.swap_remove(which.index(seeds.len()));
            for (place, byte, how) in &edits {
                let at = place.index(input.len() + 1);
                match how {
                    0 => input.insert(at, *byte),
                    1 if at < input.len() => drop(input.remove(at)),
                    _ if at < input.len() => input[at] = *byte,
                    _ => {}
                }
            }
            run(&input);
        }
    }
}
