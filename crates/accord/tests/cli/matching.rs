//! `scan` byte for byte.

use super::{accord, example};

const WHOLE_OUTPUT: &str = r#"{"source":"x.log","line":1,"offset":0,"length":18,"kind":"domain","value":"evil.example","indicator":"evil.example","match":"exact","labels":["demo"]}
{"source":"x.log","line":2,"offset":19,"length":37,"kind":"ipv4","value":"192.0.2.10","indicator":"192.0.2.10","match":"exact","labels":["demo"]}
{"source":"x.log","line":2,"offset":19,"length":37,"kind":"ipv4","value":"192.0.2.10","indicator":"192.0.2.0/24","match":"cidr","labels":["demo"]}
{"source":"x.log","line":2,"offset":19,"length":37,"kind":"domain","value":"c2.evil.example","indicator":"c2.evil.example","match":"exact","labels":["demo"]}
{"source":"x.log","line":2,"offset":19,"length":37,"kind":"domain","value":"c2.evil.example","indicator":"evil.example","match":"parent","labels":["demo"]}
"#;

#[test]
fn the_whole_output_of_the_example() {
    let folder = example();
    let (code, stdout, _) = accord(folder.path(), &["scan", "-w", "w.csv", "x.log"], b"");
    assert_eq!((code, stdout.as_str()), (0, WHOLE_OUTPUT));
    let (code, _, _) = accord(
        folder.path(),
        &["watchlist", "build", "-o", "w.awl", "w.csv"],
        b"",
    );
    assert_eq!(code, 0);
    let (code, stdout, stderr) = accord(folder.path(), &["scan", "-w", "w.awl", "x.log"], b"");
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, WHOLE_OUTPUT, ""));
    let (_, stdout, _) = accord(
        folder.path(),
        &["scan", "-w", "w.awl", "-w", "w.csv", "x.log"],
        b"",
    );
    assert_eq!(
        stdout, WHOLE_OUTPUT,
        "the same indicator in two watchlists is one record"
    );
}

#[test]
fn standard_input_and_nothing_found() {
    let folder = example();
    let scan = ["scan", "-w", "w.csv", "-"];
    let (code, stdout, _) = accord(folder.path(), &scan, b"evil.example");
    assert_eq!(code, 0);
    assert!(
        stdout.starts_with(r#"{"source":"-","line":1,"offset":0,"length":12,"#),
        "{stdout}"
    );
    assert_eq!(accord(folder.path(), &scan, b"nothing").0, 1);
    assert_eq!(accord(folder.path(), &scan, b"").0, 1);
}

#[test]
fn weak_matches_only_when_asked_for() {
    let folder = example();
    let line = b"deny 198.51.100.7\n";
    assert_eq!(accord(folder.path(), &["scan", "-w", "w.csv", "-"], line).0, 1);
    let (code, stdout, _) = accord(folder.path(), &["scan", "--weak", "-w", "w.csv", "-"], line);
    assert_eq!(code, 0);
    assert!(
        stdout.contains(r#""indicator":"198.51.100.7:8443","match":"address""#),
        "{stdout}"
    );
}

#[test]
fn a_closed_pipe_is_silent() {
    let folder = example();
    let log = folder.path().join("long.log");
    std::fs::write(&log, "evil.example\n".repeat(100_000)).unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_accord"))
        .current_dir(folder.path())
        .args(["scan", "-w", "w.csv", "long.log"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("error"),
        "{output:?}"
    );
    assert_eq!(output.status.code(), Some(0));
}
