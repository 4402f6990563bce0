//! The program from outside: exit code, standard output, standard error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests, which the lints' exception for tests does not reach"
)]

mod acts;
mod agreements;
mod api;
mod collecting;
mod data;
mod demo;
mod edge;
mod errors;
mod formats;
mod guests;
mod import;
mod keys;
mod logs;
mod matching;
mod node;
mod operation;
mod running;
mod sharing;
mod sigma;
mod sql;
mod threats;
mod two_nodes;
mod watchlists;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// Runs `accord` in a folder; returns exit code, standard output, standard error.
fn accord(folder: &Path, arguments: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_accord"))
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .args(arguments)
        .write_stdin(stdin)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A folder with the example of `docs/spec/matching.md`.
fn example() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let indicators = "indicator,family,class\nevil.example,demo,malware\nc2.evil.example,demo,malware\n\
                      192.0.2.10,demo,malware\n192.0.2.0/24,demo,malware\n198.51.100.7:8443,demo,malware\n/gate.php,demo,malware\n";
    std::fs::write(folder.path().join("w.csv"), indicators).unwrap();
    std::fs::write(
        folder.path().join("x.log"),
        "start evil.example\ngw deny 192.0.2.10 -> c2.evil.example\r\n",
    )
    .unwrap();
    folder
}

/// One snapshot of a whole run.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = accord(folder, arguments, b"");
    format!(
        "$ accord {}\nexit code: {code}\n--- stdout\n{stdout}--- stderr\n{stderr}",
        arguments.join(" ")
    )
}
