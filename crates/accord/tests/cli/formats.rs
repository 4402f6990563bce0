//! What each format and each help page looks like.

use super::{accord, example, run};

#[test]
fn record_formats() {
    let folder = example();
    std::fs::write(folder.path().join("=x.log"), "\u{1b}[2J,\"evil.example\n").unwrap();
    let snapshots = ["text", "csv", "ndjson"].map(|format| {
        run(
            folder.path(),
            &[
                "scan",
                "-w",
                "w.csv",
                "--with-text",
                "--format",
                format,
                "x.log",
                "=x.log",
            ],
        )
    });
    insta::assert_snapshot!("record_formats", snapshots.join("\n"));
}

#[test]
fn stats() {
    let folder = example();
    let (code, _, stderr) = accord(
        folder.path(),
        &["scan", "-w", "w.csv", "--stats=json", "x.log", "none.log"],
        b"",
    );
    assert_eq!(code, 0);
    let line = stderr.lines().last().unwrap();
    let mut stats: serde_json::Value = serde_json::from_str(line).unwrap();
    assert!(stats["seconds"].as_f64().unwrap() >= 0.0);
    stats["seconds"] = 0.into();
    stats["megabytes_per_second"] = 0.into();
    insta::assert_snapshot!("stats", stats);
    let (_, _, text) = accord(folder.path(), &["scan", "-w", "w.csv", "--stats", "x.log"], b"");
    for word in [
        "bytes           58",
        "lines           2",
        "hits            5",
        "indicators hit  4",
        "MB/s",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn extract() {
    let folder = example();
    let text = "see hxxp://evil[.]example/a, evil.example and 192.0.2.10; index.html; mule@mail.example evil.example\n";
    std::fs::write(folder.path().join("r.txt"), text).unwrap();
    let snapshots = [
        &["extract", "r.txt"][..],
        &["extract", "--kinds", "domain,ipv4", "--unique", "r.txt"],
        &["extract", "--count", "r.txt"],
        &["extract", "--json", "--kinds", "url", "r.txt"],
        &["extract", "--json", "--count", "--kinds", "domain", "r.txt"],
        &["extract", "--kinds", "name", "r.txt"],
        &["extract", "--kinds", "md5", "r.txt"],
    ]
    .map(|arguments| run(folder.path(), arguments));
    insta::assert_snapshot!("extract", snapshots.join("\n"));
}

#[test]
fn lookup() {
    let folder = example();
    let found = run(
        folder.path(),
        &[
            "lookup",
            "-w",
            "w.csv",
            "www.EVIL.example",
            "192.0.2.11",
            "198.51.100.7:8443",
            "ok.example",
        ],
    );
    insta::assert_snapshot!("lookup", found);
    let (code, stdout, _) = accord(
        folder.path(),
        &["lookup", "-w", "w.csv", "-"],
        b"ok.example\n\nfine.example\n",
    );
    assert_eq!((code, stdout.lines().count()), (1, 2));
}

#[test]
fn help_teaches() {
    let folder = example();
    let pages = [
        &["--help"][..],
        &["scan", "-h"],
        &["scan", "--help"],
        &["extract", "--help"],
        &["lookup", "--help"],
        &["watchlist", "build", "--help"],
        &["watchlist", "info", "--help"],
        &["watchlist", "diff", "--help"],
    ]
    .map(|arguments| run(folder.path(), arguments));
    for page in &pages[1..] {
        assert!(page.contains("Example"), "{page}");
    }
    // The list of commands grows with the program; each command's own page is what is kept here.
    insta::assert_snapshot!("help", pages[1..].join("\n"));
}

#[test]
fn completions_and_manual_pages() {
    let folder = example();
    for shell in ["bash", "zsh", "fish"] {
        let (code, stdout, _) = accord(folder.path(), &["completions", shell], b"");
        assert_eq!(code, 0);
        assert!(stdout.contains("watchlist"), "{shell}");
    }
    let (code, _, _) = accord(folder.path(), &["man", "."], b"");
    assert_eq!(code, 0);
    assert!(folder.path().join("accord-scan.1").exists());
    assert_eq!(accord(folder.path(), &["man", "absent"], b"").0, 2);
}

#[test]
fn the_commands_of_the_table_are_listed_and_teach() {
    let folder = example();
    let (code, stdout, _) = accord(folder.path(), &["acts"], b"");
    assert_eq!(code, 0);
    assert!(stdout.contains("/api/v1/cases/{case}/stage"), "{stdout}");
    let (_, stdout, _) = accord(folder.path(), &["--help"], b"");
    for word in [
        "inbox", "note", "request", "approve", "victim", "plan", "peer", "user",
    ] {
        assert!(stdout.contains(&format!("\n  {word} ")), "{word}: {stdout}");
    }
    let (_, stdout, _) = accord(folder.path(), &["completions", "bash"], b"");
    assert!(stdout.contains("end-sessions"), "{stdout}");
    assert_eq!(accord(folder.path(), &["man", "."], b"").0, 0);
    for page in [
        "accord-case-stage.1",
        "accord-inbox.1",
        "accord-victim-grant-ask.1",
    ] {
        assert!(folder.path().join(page).exists(), "{page}");
    }
    for line in [
        &["case", "open", "--help"][..],
        &["release", "--help"],
        &["victim", "grant", "ask", "--help"],
    ] {
        let page = run(folder.path(), line);
        assert!(
            page.contains("Example") && page.contains("--token-file"),
            "{page}"
        );
    }
}
