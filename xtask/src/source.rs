//! What a Rust file may hold.

use crate::Finding;
use crate::edges::PURE;
use crate::manifests::names;
use crate::tree::TextFile;

/// Most lines of a file.
pub(crate) const LINES_MAX: usize = 800;

/// What stands in no Rust file, tests included. In pieces, so that this file does not hold it.
const UNFINISHED: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
    concat!("#[", "ignore"),
];

/// What the shipped code of a pure crate does not name: the world outside its arguments.
const WORLD: &[(&str, &str)] = &[
    ("std::fs", "files"),
    ("std::env", "the environment"),
    ("std::process", "processes"),
    ("std::thread", "threads"),
    ("std::time::SystemTime", "the clock"),
    ("std::time::Instant", "the clock"),
    ("SystemTime::now", "the clock"),
    ("Instant::now", "the clock"),
    ("Timestamp::now", "the clock"),
    ("Zoned::now", "the clock"),
    ("TcpStream", "sockets"),
    ("TcpListener", "sockets"),
    ("UdpSocket", "sockets"),
    ("ToSocketAddrs", "sockets"),
    ("std::os", "the system"),
    ("RandomState", "randomness"),
];

/// Rules that hold in every Rust file.
pub(crate) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let count = text.lines().count();
    if count > LINES_MAX {
        findings.push(Finding::new(
            path,
            LINES_MAX + 1,
            format!("{count} lines; split it below {LINES_MAX}"),
        ));
    }
    if path.contains("/src/") && !text.starts_with("//!") {
        findings.push(Finding::new(
            path,
            1,
            "no module docs: say first what it is for, what always holds, what is deliberately absent",
        ));
    }
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if let Some(language) = fence(line) {
            if !fenced && language != "text" {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    "examples in docs are not run here: write a test, or open the block with ```text",
                ));
            }
            fenced = !fenced;
        }
        for word in UNFINISHED {
            if without_comment(line).contains(word) {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    format!("{word} is not finished work"),
                ));
            }
        }
    }
    findings
}

/// What stands behind the fence of a block in a doc comment.
fn fence(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))?;
    doc.trim_start().strip_prefix("```").map(str::trim)
}

fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split_once(" //").map_or(line, |(code, _)| code)
}

/// The lines of a file that are shipped: up to its tests, which stand last.
fn shipped(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines
        .windows(2)
        .position(|pair| {
            matches!(pair, [first, second]
                if first.trim() == "#[cfg(test)]" && second.trim_start().starts_with("mod ") && second.ends_with('{'))
        })
        .unwrap_or(lines.len());
    lines.into_iter().take(end).enumerate()
}

/// Modules of a file that are compiled for tests only: `#[cfg(test)] mod NAME;`.
fn test_modules(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter_map(|pair| match pair {
            ["#[cfg(test)]", second] => second.strip_prefix("mod ")?.strip_suffix(';'),
            _ => None,
        })
        .collect()
}

/// Pure crates that name the world.
pub(crate) fn check_pure(files: &[TextFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in PURE {
        let folder = format!("crates/{name}/src/");
        let sources: Vec<&TextFile> = files
            .iter()
            .filter(|file| file.path.ends_with(".rs") && file.path.starts_with(&folder))
            .collect();
        let tests: Vec<String> = sources
            .iter()
            .flat_map(|file| {
                let beside = module_folder(&file.path);
                test_modules(&file.text)
                    .into_iter()
                    .map(move |name| format!("{beside}{name}"))
            })
            .collect();
        for file in sources {
            let is_test = tests.iter().any(|test| {
                file.path
                    .strip_prefix(test.as_str())
                    .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            });
            if is_test {
                continue;
            }
            for (index, line) in shipped(&file.text) {
                for (word, what) in named_world(without_comment(line)) {
                    findings.push(Finding::new(
                        &file.path,
                        index + 1,
                        format!("{name} is pure and may not name {word} ({what})"),
                    ));
                }
            }
        }
    }
    findings
}

/// Where the sub-modules of a file are.
fn module_folder(path: &str) -> String {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    match file {
        "lib.rs" | "main.rs" | "mod.rs" => format!("{folder}/"),
        other => format!("{folder}/{}/", other.trim_end_matches(".rs")),
    }
}

fn named_world(line: &str) -> Vec<(&'static str, &'static str)> {
    let grouped = line.trim_start().starts_with("use std::{");
    WORLD
        .iter()
        .filter(|(word, _)| {
            let in_group = grouped
                && word
                    .strip_prefix("std::")
                    .is_some_and(|inner| !inner.contains("::") && names(line, inner));
            names(line, word) || in_group
        })
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_one_line_past_the_limit() {
        let at_limit = format!("//! x\n{}", "\n".repeat(LINES_MAX - 1));
        assert_eq!(check("crates/x/src/a.rs", &at_limit), []);
        assert_eq!(check("crates/x/src/a.rs", &format!("{at_limit}\n")).len(), 1);
    }

    #[test]
    fn a_module_without_docs_is_found() {
        assert_eq!(check("crates/x/src/a.rs", "use a::b;\n").len(), 1);
        assert_eq!(check("crates/x/tests/a.rs", "use a::b;\n"), []);
    }

    #[test]
    fn unfinished_work_is_found_in_code_and_not_in_comments() {
        for word in UNFINISHED {
            assert_eq!(
                check("a.rs", &format!("fn f() {{\n    {word}\n}}\n"))[0].line,
                2,
                "{word}"
            );
            assert_eq!(check("a.rs", &format!("// {word}\n")), [], "{word}");
        }
    }

    #[test]
    fn an_example_in_docs_is_found() {
        let lines = |open: &str| {
            let text = ["x();", open, "    /// a();", "    /// ```"].join("\n");
            let found = check("a.rs", &text);
            found.iter().map(|finding| finding.line).collect::<Vec<_>>()
        };
        assert!(lines("    /// ```text").is_empty());
        assert_eq!(lines("    /// ```"), [2]);
        assert_eq!(lines("    //! ```rust"), [2]);
    }

    fn pure(files: &[(&str, &str)]) -> Vec<(String, usize)> {
        let files: Vec<TextFile> = files
            .iter()
            .map(|(path, text)| TextFile {
                path: format!("crates/accord-ledger/src/{path}"),
                text: (*text).to_owned(),
            })
            .collect();
        check_pure(&files)
            .into_iter()
            .map(|finding| (finding.path, finding.line))
            .collect()
    }

    #[test]
    fn a_pure_crate_that_reads_a_file_or_the_clock_is_found() {
        let at = |line| vec![("crates/accord-ledger/src/a.rs".to_owned(), line)];
        assert_eq!(pure(&[("a.rs", "//! x\nlet x = std::fs::read(p);\n")]), at(2));
        assert_eq!(pure(&[("a.rs", "use std::{collections, fs};\n")]), at(1));
        assert_eq!(pure(&[("a.rs", "let t = Instant::now();\n")]), at(1));
        assert_eq!(pure(&[("a.rs", "use std::net::Ipv4Addr; // not std::fs\n")]), []);
    }

    #[test]
    fn tests_of_a_pure_crate_may_read_files() {
        let inner = "//! x\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        assert_eq!(pure(&[("a.rs", inner)]), []);
        let outer = ("a.rs", "//! x\n#[cfg(test)]\nmod tests;\n");
        assert_eq!(pure(&[outer, ("a/tests.rs", "use std::fs;\n")]), []);
        assert_eq!(pure(&[outer, ("b/tests.rs", "use std::fs;\n")]).len(), 1);
    }
}
