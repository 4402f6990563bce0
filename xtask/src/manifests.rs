//! Manifests: the workspace's lints are taken, and every dependency is used.

use crate::Finding;
use crate::edges::{Package, When};
use crate::tree::TextFile;

/// Dependencies that are used without being named in the code, with the reason.
const UNNAMED: &[(&str, &str)] = &[];

/// Whether a name stands in a text as a whole word.
pub(crate) fn names(text: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

fn line_of(text: &str, wanted: &str) -> usize {
    text.lines()
        .position(|line| {
            line.strip_prefix(wanted)
                .is_some_and(|rest| rest.starts_with([' ', '.', '=']))
        })
        .map_or(1, |index| index + 1)
}

/// Manifests without the workspace's lints, and dependencies that nothing uses.
pub(crate) fn check(files: &[TextFile], packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let text_of = |path: &str| {
        files
            .iter()
            .find(|file| file.path == path)
            .map_or("", |file| &file.text)
    };
    for package in packages {
        let manifest = text_of(&package.manifest);
        if !manifest.contains("[lints]\nworkspace = true") {
            findings.push(Finding::new(
                &package.manifest,
                1,
                "takes no lints from the workspace: add [lints] workspace = true",
            ));
        }
        let folder = package
            .manifest
            .strip_suffix("Cargo.toml")
            .unwrap_or(&package.manifest);
        let sources: Vec<&TextFile> = files
            .iter()
            .filter(|file| file.path.ends_with(".rs") && file.path.starts_with(folder))
            .collect();
        for dependency in &package.dependencies {
            let used = sources
                .iter()
                .filter(|file| {
                    dependency.when == When::Tests
                        || file.path.starts_with(&format!("{folder}src/"))
                        || file.path.ends_with("build.rs")
                })
                .any(|file| names(&file.text, &dependency.ident));
            let excused = UNNAMED.iter().any(|(name, _)| *name == dependency.name);
            if !used && !excused {
                findings.push(Finding::new(
                    &package.manifest,
                    line_of(manifest, &dependency.name),
                    format!("{} is not used by {}: remove it", dependency.name, package.name),
                ));
            }
        }
    }
    findings.extend(unused_in_workspace(text_of("Cargo.toml"), packages));
    findings
}

/// Versions that the workspace states and no package takes.
fn unused_in_workspace(manifest: &str, packages: &[Package]) -> Vec<Finding> {
    let stated = manifest
        .lines()
        .enumerate()
        .skip_while(|(_, line)| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['));
    stated
        .filter_map(|(index, line)| {
            let (name, _) = line.split_once(" = ").filter(|_| !line.starts_with('#'))?;
            let taken = packages
                .iter()
                .flat_map(|package| &package.dependencies)
                .any(|dependency| dependency.name == name || dependency.ident == name);
            (!taken).then(|| {
                Finding::new(
                    "Cargo.toml",
                    index + 1,
                    format!("no package takes {name}: remove it"),
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edges::Dependency;

    fn package(dependency: &str, when: When) -> Package {
        Package {
            name: "x".into(),
            manifest: "crates/x/Cargo.toml".into(),
            dependencies: vec![Dependency {
                name: dependency.into(),
                ident: dependency.replace('-', "_"),
                ours: false,
                when,
            }],
        }
    }

    fn file(path: &str, text: &str) -> TextFile {
        TextFile {
            path: path.into(),
            text: text.into(),
        }
    }

    const LINTED: &str = "[lints]\nworkspace = true\n\n[dependencies]\nserde-json.workspace = true\n";

    #[test]
    fn a_dependency_that_nothing_names_is_found_on_its_line() {
        let files = [
            file("crates/x/Cargo.toml", LINTED),
            file("crates/x/src/lib.rs", "//! my_serde_json"),
        ];
        let found = check(&files, &[package("serde-json", When::Shipped)]);
        assert_eq!(
            found,
            [Finding::new(
                "crates/x/Cargo.toml",
                5,
                "serde-json is not used by x: remove it"
            )]
        );
    }

    #[test]
    fn a_dependency_named_in_tests_only_must_be_one_of_tests() {
        let files = [
            file("crates/x/Cargo.toml", LINTED),
            file("crates/x/tests/it.rs", "use serde_json::Value;"),
        ];
        assert_eq!(check(&files, &[package("serde-json", When::Shipped)]).len(), 1);
        assert_eq!(check(&files, &[package("serde-json", When::Tests)]), []);
    }

    #[test]
    fn a_manifest_without_lints_is_found() {
        let files = [
            file("crates/x/Cargo.toml", "[package]\n"),
            file("crates/x/src/lib.rs", "use a::b;"),
        ];
        assert_eq!(check(&files, &[package("a", When::Shipped)]).len(), 1);
    }

    #[test]
    fn a_version_that_no_package_takes_is_found() {
        let manifest = "[workspace.dependencies]\n# Words = no name.\nhex = \"0.4\"\nold = \"1\"\n\n[profile.dev]\nx = 1\n";
        let found = unused_in_workspace(manifest, &[package("hex", When::Shipped)]);
        assert_eq!(
            found,
            [Finding::new("Cargo.toml", 4, "no package takes old: remove it")]
        );
    }
}
