//! Changes while scans go on.

use std::sync::atomic::{AtomicBool, Ordering};

use accord_matcher::Pattern;
use accord_scan::{Change, Compiler, Input, Live, ReadLimits, ScanOptions, Watchfile, scan_live};
use proptest::prelude::*;

fn base(texts: &[&str]) -> Watchfile {
    let mut compiler = Compiler::new();
    compiler
        .add_source("base.txt", texts.join("\n").as_bytes())
        .unwrap();
    compiler.finish().unwrap()
}

fn add(text: &str) -> Change {
    Change::Add {
        pattern: Pattern::parse(text).unwrap(),
        labels: vec![format!("l-{text}")],
        provenance: "test".to_owned(),
    }
}

fn remove(text: &str) -> Change {
    Change::Remove(Pattern::parse(text).unwrap())
}

/// The records of a text: line, indicator, labels.
fn told(live: &Live, text: &str) -> Vec<String> {
    let mut told = Vec::new();
    let reader = std::io::Cursor::new(text.to_owned().into_bytes());
    let input = Input::from_reader("log", Box::new(reader), ReadLimits::default()).unwrap();
    let (_, result) = scan_live(input, live, ScanOptions::default(), &mut |record| {
        told.push(crate::labelled(record));
        Ok(())
    });
    result.unwrap();
    told
}

#[test]
fn additions_and_removals_are_seen_at_once_and_survive_a_rebuild() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.awl");
    base(&["a.example", "192.0.2.0/24", "mule@m.example"])
        .write(&path)
        .unwrap();
    let live = Live::new(Watchfile::open(&path).unwrap());
    let text = "a.example\n192.0.2.7\nb.example/x\nx.c.example 2001:db8::1\n10.1.2.3 198.51.100.9\n";
    assert_eq!(told(&live, text), ["1 a.example ", "2 192.0.2.0/24 "]);
    live.change([
        add("b.example/x"),
        add("c.example"),
        add("10.0.0.0/8"),
        add("2001:db8::/32"),
        remove("a.example"),
    ])
    .unwrap();
    let after = [
        "2 192.0.2.0/24 ",
        "3 b.example/x l-b.example/x",
        "4 c.example l-c.example",
        "4 2001:db8::/32 l-2001:db8::/32",
        "5 10.0.0.0/8 l-10.0.0.0/8",
    ];
    assert_eq!(told(&live, text), after);
    let held = live.current();
    live.rebuild(Some(&path)).unwrap();
    assert_eq!(told(&live, text), after);
    let current = live.current();
    assert_eq!(
        (current.verify(), current.watchlist().layer_len()),
        (Ok(()), (0, 0))
    );
    assert_eq!(Watchfile::open(&path).unwrap().watchlist().len(), 6);
    // Taken back, renamed, and one that was never there.
    live.change([
        add("a.example"),
        remove("c.example"),
        add("10.0.0.0/8"),
        remove("never.example"),
    ])
    .unwrap();
    live.change([remove("10.0.0.0/8")]).unwrap();
    assert_eq!(
        told(&live, text).first().map(String::as_str),
        Some("1 a.example l-a.example")
    );
    assert_eq!(told(&live, text).len(), 4);
    assert_eq!(held.watchlist().len(), 6, "who holds one keeps it");
}

#[test]
fn scans_never_wait_and_see_whole_lists() {
    let live = Live::new(base(&["a.example"]));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..20 {
                live.change([add("b.example"), add("c.example")]).unwrap();
                if round % 5 == 0 {
                    live.rebuild(None).unwrap();
                }
                live.change([remove("b.example"), remove("c.example")]).unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        });
        while !stop.load(Ordering::Relaxed) {
            let count = told(&live, "a.example\nb.example c.example\n").len();
            assert!(count == 1 || count == 3, "{count}");
        }
    });
}

const TEXTS: [&str; 8] = [
    "a.example",
    "b.a.example",
    ".c.example",
    "192.0.2.1",
    "192.0.2.0/28",
    "a.example/p",
    "u@a.example",
    "9e107d9d372bb6826bd81d3542a419d6",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_live_list_answers_as_one_compiled_anew(
        first in prop::collection::vec(any::<bool>(), TEXTS.len()),
        steps in prop::collection::vec((0..TEXTS.len(), any::<bool>(), prop::bool::weighted(0.2)), 0..12),
    ) {
        let mut there: Vec<bool> = first.clone();
        let chosen = |there: &[bool]| -> Vec<&str> {
            TEXTS.iter().zip(there).filter(|(_, there)| **there).map(|(text, _)| *text).collect()
        };
        let live = Live::new(base(&chosen(&first)));
        for (which, adds, rebuilds) in steps {
            let text = TEXTS[which];
            live.change([if adds { add(text) } else { remove(text) }]).unwrap();
            there[which] = adds;
            if rebuilds {
                live.rebuild(None).unwrap();
            }
        }
        let anew = Live::new(base(&chosen(&there)));
        let text = "x.b.a.example 192.0.2.1 http://a.example/p/q U@a.example y.c.example\n9E107D9D372BB6826BD81D3542A419D6\n";
        let names = |live: &Live| -> Vec<String> {
            told(live, text).iter().map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
        };
        prop_assert_eq!(names(&live), names(&anew));
    }
}
