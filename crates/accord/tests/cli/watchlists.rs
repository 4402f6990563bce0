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
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(accord(folder.path(), &["scan", "-w", "a.awl", "x.log"], b"").0, 2);
    assert_eq!(accord(folder.path(), &["watchlist", "info", "a.awl"], b"").0, 2);
    let (code, stdout, stderr) = accord(folder.path(), &["watchlist", "info", "--verify", "a.awl"], b"");
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("verification failed"), "{stderr}");
}
