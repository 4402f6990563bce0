//! The command line of the development tasks: `cargo xtask tidy`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let tasks: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    if tasks != ["tidy"] {
        let _ = writeln!(
            out,
            "usage: cargo xtask tidy\n\n  tidy  the rules of the house: crate edges, pure crates, files, manifests, links"
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
