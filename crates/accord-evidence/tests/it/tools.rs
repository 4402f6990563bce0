//! The package in the hands of other people's programs: `bagit.py`, `case_validate`, `sha256sum`.
//!
//! They are PyPI's bagit 1.9.0 and case-utils 0.18.0. `ACCORD_PYTHON_TOOLS` names a virtual environment that has
//! them; without it one is made beside the build's files. Without Python the test says that it was skipped, and
//! fails where `CI` is set.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::fixture::*;

/// What is installed.
const REQUIREMENTS: [&str; 2] = ["bagit==1.9.0", "case-utils==0.18.0"];

fn run(program: &Path, arguments: &[&str], folder: &Path) -> Option<Output> {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .ok()
}

/// The `bin` folder of an environment that has the tools.
fn tools() -> Option<PathBuf> {
    if let Some(ready) = std::env::var_os("ACCORD_PYTHON_TOOLS") {
        return Some(PathBuf::from(ready).join("bin"));
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.parent()?.join("python-tools");
    let bin = folder.join("bin");
    if !(bin.join("bagit.py").exists() && bin.join("case_validate").exists()) {
        let made = run(Path::new("python3"), &["-m", "venv", folder.to_str()?], target)?;
        let pip = [&["install", "--quiet"], REQUIREMENTS.as_slice()].concat();
        let installed = made
            .status
            .success()
            .then(|| run(&bin.join("pip"), &pip, target))
            .flatten()?;
        if !installed.status.success() {
            return None;
        }
    }
    Some(bin)
}

fn write(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn bagit_and_case_validate_accept_a_package_and_miss_what_the_specification_says_they_miss() {
    let Some(bin) = tools() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 with pip is needed in CI"
        );
        println!("SKIPPED: bagit.py and case_validate could not be installed (python3, pip, network)");
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("good");
    write(&folder, package().files());
    let python = bin.join("python");
    let bagit = |folder: &Path| {
        let script = bin.join("bagit.py");
        run(
            &python,
            &[script.to_str().unwrap(), "--validate", folder.to_str().unwrap()],
            root.path(),
        )
        .unwrap()
    };
    let case = |folder: &Path, version: &str| {
        let script = bin.join("case_validate");
        let file = folder.join("data/case.jsonld");
        let arguments = [
            script.to_str().unwrap(),
            "--built-version",
            version,
            file.to_str().unwrap(),
        ];
        run(&python, &arguments, root.path()).unwrap()
    };

    let output = bagit(&folder);
    assert!(output.status.success(), "{}", words(&output));
    for version in ["case-1.4.0", "case-1.5.0"] {
        let output = case(&folder, version);
        assert!(output.status.success(), "{version}: {}", words(&output));
        assert!(
            words(&output).contains("Conforms: True"),
            "{version}: {}",
            words(&output)
        );
        assert!(
            !words(&output).to_lowercase().contains("warning"),
            "{version}: {}",
            words(&output)
        );
    }
    let sums = run(
        Path::new("sha256sum"),
        &["--strict", "--quiet", "-c", "manifest-sha256.txt"],
        &folder,
    )
    .unwrap();
    assert!(sums.status.success(), "{}", words(&sums));

    // A line changed by somebody who knows nothing: both manifests notice.
    let mut files = package().files().clone();
    files.get_mut("data/original/SOURCE-1.log").unwrap()[3] ^= 1;
    let damaged = root.path().join("damaged");
    write(&damaged, &files);
    assert!(!bagit(&damaged).status.success());
    // case_validate does not read the files whose hashes the document states.
    assert!(case(&damaged, "case-1.4.0").status.success());

    // A line changed by somebody who makes new manifests: bagit.py accepts it; `verify` does not (tests of forgeries).
    let mut forged = content();
    forged.sources[0].lines[0].bytes[20] = b'9';
    let mut files = package().files().clone();
    files.extend(accord_evidence::seal(&forged).unwrap().files().clone());
    crate::forged::relist(&mut files);
    let relisted = root.path().join("forged");
    write(&relisted, &files);
    assert!(bagit(&relisted).status.success());
    assert_eq!(
        accord_evidence::verify(&files, &trust()).verdict,
        accord_evidence::Verdict::Failed
    );

    // A CASE document that lost its provenance record and its authority, and all mention of them, still conforms.
    let length = files["data/case.jsonld"].len();
    let document: serde_json::Value = serde_json::from_slice(&files["data/case.jsonld"]).unwrap();
    let classes = [
        "case-investigation:ProvenanceRecord",
        "case-investigation:Authorization",
    ];
    let gone: Vec<_> = document["@graph"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|node| classes.iter().any(|class| node["@type"] == *class))
        .map(|node| node["@id"].clone())
        .collect();
    assert_eq!(gone.len(), 2);
    let mut poor = serde_json::to_vec(&without(document, &gone)).unwrap();
    // The same length keeps Payload-Oxum true.
    poor.resize(length, b'\n');
    files.insert("data/case.jsonld".into(), poor);
    crate::forged::relist(&mut files);
    let folder = root.path().join("poor");
    write(&folder, &files);
    let output = case(&folder, "case-1.4.0");
    assert!(output.status.success(), "{}", words(&output));
    assert!(bagit(&folder).status.success());
    assert!(failed_names(&accord_evidence::verify(&files, &trust())).contains(&"case"));
}

/// The document without the nodes of these ids and without the references to them.
fn without(value: serde_json::Value, gone: &[serde_json::Value]) -> serde_json::Value {
    use serde_json::Value;
    let is_gone = |value: &Value| value.get("@id").is_some_and(|id| gone.contains(id));
    match value {
        Value::Array(items) => items
            .into_iter()
            .filter(|item| !is_gone(item))
            .map(|item| without(item, gone))
            .collect(),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(_, item)| !is_gone(item))
                .map(|(key, item)| (key, without(item, gone)))
                .collect(),
        ),
        other => other,
    }
}
