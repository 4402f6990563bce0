//! Watchlist files: sources in, the same answers out of the file, damage refused.

use accord_scan::{Compiler, Watchfile, WatchfileError};

fn compiled() -> Watchfile {
    let mut compiler = Compiler::new();
    compiler
        .add_source(
            "a.csv",
            b"indicator,family,class\nevil.example,simda,malware\nEVIL[.]example,zeus,c2\n/gate.php,x,y\n",
        )
        .unwrap();
    compiler
        .add_source(
            "b.txt",
            b"ok.example\na.cdn.example\n198.51.100.7:8443\nevil.example\n\xff\n",
        )
        .unwrap();
    compiler
        .add_allow_list("allow.txt", b"www.ok.example\n*.cdn.example\ntc\n")
        .unwrap();
    compiler.finish().unwrap()
}

#[test]
fn labels_of_all_sources_are_joined_and_rows_add_up() {
    let file = compiled();
    let all: Vec<(&str, &[String], &[String])> = file
        .indicators()
        .map(|(id, text)| (text, file.labels(id), file.provenance(id)))
        .collect();
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[0].0, "evil.example");
    assert_eq!(all[0].1, ["simda", "zeus"]);
    assert_eq!(all[0].2, ["a.csv: c2", "a.csv: malware", "b.txt"]);
    assert_eq!(all[1].0, "198.51.100.7:8443");
    let summary = file.summary();
    assert_eq!(summary.rows(), 8);
    let left_out: u64 = summary.left_out.values().sum();
    let refused: u64 = summary.refused().values().sum();
    assert_eq!(
        (summary.kept_total(), summary.duplicates, left_out, refused),
        (2, 2, 2, 2)
    );
    assert_eq!(summary.allow_lists[0].entries, 2);
    assert_eq!(summary.left_out_entries.len(), 2);
}

#[test]
fn the_file_gives_back_what_was_compiled_and_refuses_damage() {
    let file = compiled();
    let bytes = file.encode();
    assert_eq!(bytes, compiled().encode(), "equal sources, equal bytes");
    let back = Watchfile::decode(&bytes).unwrap();
    assert_eq!(back.summary(), file.summary());
    assert_eq!(back.encode(), bytes);
    for cut in (0..bytes.len()).step_by(7) {
        assert!(Watchfile::decode(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    for at in (0..bytes.len()).step_by(5) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x40;
        assert!(Watchfile::decode(&changed).is_err(), "changed at {at}");
    }
    assert_eq!(
        Watchfile::decode(b"evil.example").unwrap_err(),
        WatchfileError::NotAWatchfile
    );
}

#[test]
fn a_watchlist_file_is_a_source() {
    let mut compiler = Compiler::new();
    compiler.add_watchfile("old.awl", &compiled());
    compiler
        .add_source("new.txt", b"evil.example\nnew.example\n")
        .unwrap();
    let file = compiler.finish().unwrap();
    let texts: Vec<&str> = file.indicators().map(|(_, text)| text).collect();
    assert_eq!(texts, ["evil.example", "198.51.100.7:8443", "new.example"]);
    assert_eq!(file.labels(0), ["simda", "zeus"]);
    assert_eq!(
        file.provenance(0),
        ["a.csv: c2", "a.csv: malware", "b.txt", "new.txt", "old.awl"]
    );
}
