//! The command line of the development tasks: `cargo xtask tidy`, `cargo xtask bench verdict`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let tasks: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    match tasks.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["bench", "verdict"] => {
            let node = ran("accord-verdict", "verdict", &[]);
            let edge = ran("accord-edge", "edge", &[]);
            return code(node && edge);
        }
        ["bench", "sigma", rest @ ..] => return bench("accord-sigma", "sigma", rest),
        ["bench", "scan", rest @ ..] => return bench("accord-scan", "scan", rest),
        ["bench", "watchlist", rest @ ..] => return bench("accord-scan", "watchlist", rest),
        ["bench", "ingest", rest @ ..] => return bench("accord-logstore", "ingest", rest),
        ["bench", "hunt", rest @ ..] => return bench("accord-logstore", "hunt", rest),
        ["bench", "small", rest @ ..] => return bench("accord-logstore", "small", rest),
        ["bench", "sql", rest @ ..] => return bench("accord-sql", "sql", rest),
        ["bench", "emerging", rest @ ..] => return bench("accord-emerging", "emerging", rest),
        ["bench", "pages", rest @ ..] => return bench("accord-server", "pages", rest),
        _ => {}
    }
    if tasks != ["tidy"] {
        let _ = writeln!(
            out,
            "usage: cargo xtask TASK\n\n  tidy           the rules of the house: crate edges, pure crates, files, manifests, links\n  \
             bench sigma    events a second under Sigma rules: [THOUSANDS] [FOLDER OF RULES]\n  \
             bench scan     indicators found in logs, on one thread and on two: [MIB] [INDICATORS]\n  \
             bench watchlist  a watchlist file built, opened, scanned with and changed; its memory: [INDICATORS ...]\n  \
             bench verdict  look-ups a second, in process, over HTTP and over DNS, beside rbldnsd where it is installed; at an edge\n  \
             bench ingest   logs brought into a store, matched and not: bytes a second, stored size, memory: [MIB] [INDICATORS]\n  \
             bench hunt     indicators looked for in a store, as it grows, beside ripgrep: [MIB ...]\n  \
             bench small    a store of thousands of small segments: opened, hunted in, kept and destroyed: [SEGMENTS] [LINES]\n  \
             bench sql      analysts' questions to the columns of generated logs, beside DuckDB: [MIB] [SEGMENTS]\n  \
             bench emerging  planted outbreaks in generated weeks: delay, recall, false alerts, beside plain baselines: [SEEDS] [WEEKS] [FIRST SEED]\n  \
             bench pages    pages of a case of 100,000 notes (or as many as are named), a note's way, decisions"
        );
        return ExitCode::from(2);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match xtask::tidy(&root) {
        Ok(findings) => {
            for finding in &findings {
                let _ = writeln!(out, "{finding}");
            }
            let _ = writeln!(out, "tidy: {} findings", findings.len());
            if findings.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(why) => {
            let _ = writeln!(out, "tidy could not run: {why}");
            ExitCode::from(2)
        }
    }
}

/// Runs a bench of a package, optimised. Its table is its output.
fn bench(package: &str, name: &str, arguments: &[&str]) -> ExitCode {
    code(ran(package, name, arguments))
}

fn code(is_good: bool) -> ExitCode {
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whether it came to its end.
fn ran(package: &str, name: &str, arguments: &[&str]) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo)
        .args(["bench", "--package", package, "--bench", name, "--"])
        .args(arguments)
        // As the program has it (`docs/adr/0036`).
        .env("MALLOC_ARENA_MAX", "2")
        .status();
    ran.is_ok_and(|status| status.success())
}
