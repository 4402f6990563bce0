//! Documents: those that every reader looks for are there, their links lead somewhere, the files they name exist,
//! and nothing in the tree names a developer's machine.

use std::path::Path;

use crate::Finding;
use crate::tree::TextFile;

/// What every reader looks for.
const EXPECTED: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "LICENSE",
    "README.md",
    "deny.toml",
    "docs/README.md",
];

/// Folders of a developer's machine. In pieces, so that this file does not hold them.
const MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
];

/// Files that show such a folder on purpose: as an attack, or as a line of somebody's log.
const MACHINE_ALLOWED: &[&str] = &[];

/// Folders of the repository that a document may name in backticks.
const NAMED: &[&str] = &["crates/", "docs/", "xtask/"];

/// What is wrong with the documents.
pub(crate) fn check(root: &Path, files: &[TextFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for expected in EXPECTED {
        if !root.join(expected).is_file() {
            findings.push(Finding::new(expected, 1, "is missing"));
        }
    }
    for file in files {
        findings.extend(machine(&file.path, &file.text));
        if file.path.ends_with(".md") {
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for (line, target) in links(&file.text) {
                if !root.join(folder).join(&target).exists() {
                    findings.push(Finding::new(
                        &file.path,
                        line,
                        format!("the link to {target} leads nowhere"),
                    ));
                }
            }
            for (line, name) in named_files(&file.text) {
                if !root.join(&name).exists() {
                    findings.push(Finding::new(
                        &file.path,
                        line,
                        format!("names {name}, which is not there"),
                    ));
                }
            }
        }
    }
    findings
}

fn machine(path: &str, text: &str) -> Vec<Finding> {
    if MACHINE_ALLOWED.contains(&path) {
        return Vec::new();
    }
    let named = |line: &str| MACHINE.iter().find(|folder| starts_a_path(line, folder));
    text.lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let folder = named(line)?;
            Some(Finding::new(
                path,
                index + 1,
                format!("names a folder of somebody's machine ({folder})"),
            ))
        })
        .collect()
}

/// Whether a path begins with this folder somewhere in a line, and not inside an address or a longer path.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '*' | '}')))
    })
}

/// Relative links and pictures, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, line) in prose(text) {
        for part in line.split("](").skip(1) {
            let Some((target, _)) = part.split_once(')') else {
                continue;
            };
            let path = target.split('#').next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.starts_with("mailto:") || path.is_empty();
            if !elsewhere {
                found.push((index, path.to_owned()));
            }
        }
    }
    found
}

/// Files of the repository named in backticks.
fn named_files(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, line) in prose(text) {
        for name in line.split('`').skip(1).step_by(2) {
            let plain = name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_'));
            let is_file = NAMED.iter().any(|folder| name.starts_with(folder));
            if plain && is_file {
                found.push((index, name.to_owned()));
            }
        }
    }
    found
}

/// The lines outside code blocks, numbered from 1.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            lines.push((index + 1, line));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_what_is_none() {
        let text =
            "a [b](c.md#d) [e](https://f.example/) ![g](h.png)\n```\n[i](j.md)\n```\n[k](#l) [m](n/)\n";
        assert_eq!(
            links(text),
            [
                (1, "c.md".to_owned()),
                (1, "h.png".to_owned()),
                (5, "n/".to_owned())
            ]
        );
    }

    #[test]
    fn files_named_in_backticks() {
        let text = "in `crates/x/src/lib.rs` and `accord demo`, `crates/*`\n";
        assert_eq!(named_files(text), [(1, "crates/x/src/lib.rs".to_owned())]);
    }

    #[test]
    fn a_link_that_leads_nowhere_and_a_missing_document_are_found() {
        let file = TextFile {
            path: "README.md".into(),
            text: "[x](docs/nowhere.md) ![x](docs/nowhere.png) `crates/nowhere`\n".into(),
        };
        let found = check(Path::new("no such folder"), &[file]);
        let on_line_one = |path: &str| found.iter().filter(|finding| finding.path == path).count();
        assert_eq!(on_line_one("README.md"), 4);
        assert_eq!(on_line_one("LICENSE"), 1);
    }

    #[test]
    fn a_path_of_a_machine_is_found() {
        for folder in MACHINE {
            assert_eq!(machine("a.md", &format!("x\nsee `{folder}me/x`\n"))[0].line, 2);
            assert_eq!(machine("a.md", &format!("https://a.example{folder}x\n")), []);
        }
    }
}
