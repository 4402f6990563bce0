//! `watchlist build`, `info`, `diff`.

use super::{accord, example, run};

#[test]
fn build_info_and_diff() {
    let folder = example();
    let path = folder.path();
    std::fs::write(
        path.join("more.txt"),
        "new.example\nok.example\ntc\nih[0-9]{7}\\.x\\.example\n",
    )
    .unwrap();
    std::fs::write(path.join("allow.txt"), "www.ok.example\n").unwrap();
    let snapshots = [
        &["watchlist", "build", "-o", "a.awl", "w.csv"][..],
        &[
            "watchlist",
            "build",
            "-o",
            "b.awl",
            "w.csv",
            "more.txt",
            "--allow",
            "allow.txt",
            "--label",
            "op",
        ],
        &["watchlist", "info", "b.awl"],
        &["watchlist", "info", "--json", "a.awl"],
        &["watchlist", "info", "--verify", "a.awl"],
        &["watchlist", "diff", "a.awl", "b.awl"],
        &["watchlist", "diff", "--json", "b.awl", "a.awl"],
        &["watchlist", "diff", "a.awl", "w.csv"],
    ]
    .map(|arguments| run(path, arguments));
    insta::assert_snapshot!("watchlists", snapshots.join("\n"));
    assert!(!path.join("a.awl.partial").exists());
}

#[test]
fn a_bad_source_does_not_end_a_build() {
    let folder = example();
    let build = |strict: &[&str]| {
        let arguments = [
            &["watchlist", "build", "-o", "o.awl", "absent.csv", "w.csv"],
            strict,
        ]
        .concat();
        accord(folder.path(), &arguments, b"").0
    };
    assert_eq!(build(&[]), 0);
    assert_eq!(build(&["--strict"]), 2);
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = example();
    accord(
        folder.path(),
        &["watchlist", "build", "-o", "a.awl", "w.csv"],
        b"",
    );
    let file = folder.path().join("a.awl");
    let whole = std::fs::read(&file).unwrap();
    let scan = || accord(folder.path(), &["scan", "-w", "a.awl", "x.log"], b"");
    let (code, found, _) = scan();
    assert_eq!(code, 0);
    // The header, and what it says of every block: refused when it is opened.
    for place in [8, 40] {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(scan().0, 2, "{place}");
        assert_eq!(
            accord(folder.path(), &["watchlist", "info", "a.awl"], b"").0,
            2,
            "{place}"
        );
    }
    // A block is looked at when it is first needed: a scan either fails or finds what it found, and checking everything
    // tells of every byte.
    for part in 1..16 {
        let place = whole.len() * part / 16;
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        let (code, again, _) = scan();
        assert!(
            code == 2 || (code == 0 && again == found),
            "{place}: {code}\n{again}"
        );
        let verified = accord(folder.path(), &["watchlist", "info", "--verify", "a.awl"], b"");
        assert_ne!(verified.0, 0, "{place}");
    }
    let mut bytes = whole.clone();
    bytes[whole.len() / 2] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (code, stdout, stderr) = accord(folder.path(), &["watchlist", "info", "--verify", "a.awl"], b"");
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("verification failed"), "{stderr}");
}
