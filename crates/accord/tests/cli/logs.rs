//! `accord log` and `accord hunt` on a node that is not running.

use super::node::TestNode;

const LOG: &str = "2026-03-01T10:00:00Z client 192.0.2.7 asked evil.example\n\
                   2026-03-02T10:00:00Z client 192.0.2.8 asked good.example\n\
                   2026-03-03T10:00:00Z client 192.0.2.9 asked sub.evil.example\n";

/// One run for a snapshot, with what is random or of this moment left out.
fn told(node: &TestNode, arguments: &[&str], stdin: &[u8]) -> String {
    let (code, stdout, stderr) = node.run(arguments, stdin);
    let said = format!(
        "$ accord {}\nexit code: {code}\n--- stdout\n{stdout}--- stderr\n{stderr}",
        arguments.join(" ")
    );
    without_times(&said)
}

/// Imports are of this moment: their times are left out, wherever they stand.
fn without_times(said: &str) -> String {
    let mut out = String::new();
    let mut rest = said;
    while let Some(at) = rest.find("imported ").or_else(|| rest.find("\"imported_ms\":")) {
        let marks = ["imported ", "\"imported_ms\":"];
        let at = marks
            .iter()
            .filter_map(|mark| rest.find(mark))
            .min()
            .unwrap_or(at);
        let mark = marks.iter().find(|mark| rest[at..].starts_with(**mark)).unwrap();
        let (before, after) = rest.split_at(at + mark.len());
        out += before;
        let length = after
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | 'Z')))
            .unwrap_or(after.len());
        if length >= 13 {
            out += "NOW";
            rest = &after[length..];
        } else {
            rest = after;
        }
    }
    out + rest
}

#[test]
fn sources_imports_and_hunts() {
    let node = TestNode::init("isp.example", "isp");
    let path = node.path();
    std::fs::write(path.join("a.log"), LOG).unwrap();
    std::fs::write(path.join("b.log"), "nothing with a time\nevil.example here\n").unwrap();
    std::fs::write(path.join("w.csv"), "indicator,family\nevil.example,demo\n").unwrap();
    std::fs::write(path.join("none.csv"), "indicator,family\nabsent.example,demo\n").unwrap();
    std::fs::create_dir(path.join("folder")).unwrap();
    let add = [
        "log",
        "add-source",
        "dns",
        "--description",
        "Resolver",
        "--custodian",
        "Head of operations",
        "--customer",
        "192.0.2.0/24",
        "--time-zone",
        "UTC",
        "--clock-offset-ms",
        "-40",
        "--ordinary-course",
    ];
    let other = [
        "log",
        "add-source",
        "dns",
        "--description",
        "Other",
        "--custodian",
        "Somebody",
    ];
    let from = ["--from", "2026-03-02T00:00:00Z", "--to", "2026-03-04T00:00:00Z"];
    let hunt = ["hunt", "run", "--indicators", "w.csv"];
    let snapshots = [
        told(&node, &["log", "list"], b""),
        told(&node, &add, b""),
        told(&node, &add, b""),
        told(&node, &other, b""),
        told(
            &node,
            &[
                "log",
                "add-source",
                "A b",
                "--description",
                "x",
                "--custodian",
                "y",
            ],
            b"",
        ),
        told(
            &node,
            &[
                "log",
                "add-source",
                "x",
                "--description",
                "x",
                "--custodian",
                "y",
                "--customer",
                "z",
            ],
            b"",
        ),
        told(
            &node,
            &[
                "log",
                "add-source",
                "x",
                "--description",
                "x",
                "--custodian",
                "y",
                "--format",
                "z",
            ],
            b"",
        ),
        told(&node, &["log", "import", "--source", "absent", "a.log"], b""),
        told(
            &node,
            &[
                "log",
                "import",
                "--source",
                "dns",
                "a.log",
                "absent.log",
                "folder",
            ],
            b"",
        ),
        // The same bytes again, under whatever name, are recognised and end nothing.
        told(
            &node,
            &["log", "import", "--source", "dns", "a.log", "b.log"],
            b"",
        ),
        told(
            &node,
            &["log", "import", "--source", "dns", "--json", "-"],
            LOG.as_bytes(),
        ),
        told(
            &node,
            &[
                "log",
                "import",
                "--source",
                "dns",
                "--name",
                "from a pipe",
                "--json",
                "-",
            ],
            b"one more line\n",
        ),
        told(
            &node,
            &[
                "log",
                "import",
                "--source",
                "dns",
                "--strict",
                "b.log",
                "absent.log",
            ],
            b"",
        ),
        told(&node, &["log", "import", "--source", "dns", "absent.log"], b""),
        told(&node, &["log", "list"], b""),
        told(&node, &["log", "list", "dns"], b""),
        told(&node, &["log", "list", "absent"], b""),
        told(&node, &["log", "list", "--json"], b""),
        told(&node, &["log", "verify"], b""),
        told(&node, &["log", "verify", "dns", "--json"], b""),
        told(&node, &["log", "verify", "absent"], b""),
        told(&node, &hunt, b""),
        told(&node, &[&hunt[..], &from].concat(), b""),
        told(
            &node,
            &[&hunt[..], &["--lines", "1", "--json", "--source", "dns"]].concat(),
            b"",
        ),
        told(&node, &[&hunt[..], &["--source", "absent"]].concat(), b""),
        told(&node, &["hunt", "run", "--indicators", "none.csv"], b""),
        told(&node, &["hunt", "run", "--indicators", "absent.csv"], b""),
        told(
            &node,
            &[
                &hunt[..],
                &["--from", "2026-03-04T00:00:00Z", "--to", "2026-03-01T00:00:00Z"],
            ]
            .concat(),
            b"",
        ),
    ];
    insta::assert_snapshot!("logs", snapshots.join("\n"));
}

#[cfg(unix)]
#[test]
fn the_access_log_says_that_it_was_done_on_the_machine() {
    use serde_json::{Value, json};
    let mut node = TestNode::init("isp.example", "isp");
    std::fs::write(node.path().join("a.log"), LOG).unwrap();
    std::fs::write(node.path().join("w.csv"), "evil.example\n").unwrap();
    for (command, code) in [
        (
            &[
                "log",
                "add-source",
                "dns",
                "--description",
                "Resolver",
                "--custodian",
                "Somebody",
            ][..],
            0,
        ),
        (&["log", "import", "--source", "dns", "a.log"], 0),
        (&["log", "import", "--source", "dns", "a.log"], 0),
        (&["log", "verify"], 0),
        (&["hunt", "run", "--indicators", "w.csv"], 0),
    ] {
        assert_eq!(node.run(command, b"").0, code, "{command:?}");
    }
    node.serve();
    let (operator, signatory) = (node.first_sign_in("operator"), node.first_sign_in("signatory"));
    let first = "the first password";
    let new = json!({ "sign_in": "auditor", "name": "Aud", "roles": ["auditor"], "password": first });
    let person = operator.post("/people", &new)["id"].as_str().unwrap().to_owned();
    signatory.post(&format!("/people/{person}/confirm-roles"), &Value::Null);
    let auditor = super::api::Api::first_sign_in(&node.url, "auditor", first);
    let page = auditor.get("/audit");
    let on_the_machine: Vec<(&str, &str)> = page["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["actor"] == "operator on this machine")
        .map(|line| (line["what"].as_str().unwrap(), line["subject"].as_str().unwrap()))
        .collect();
    // Newest first.
    assert_eq!(
        on_the_machine,
        [
            ("log.hunted", "1 indicators in every source"),
            ("log.verified", ""),
            ("log.imported-again", "dns/000001"),
            ("log.imported", "dns/000001"),
            ("log.source-added", "dns"),
        ]
    );
    assert_eq!(node.stop(), 0);
}

#[test]
fn damage_is_found() {
    let node = TestNode::init("isp.example", "isp");
    std::fs::write(node.path().join("a.log"), LOG).unwrap();
    let add = [
        "log",
        "add-source",
        "dns",
        "--description",
        "Resolver",
        "--custodian",
        "Somebody",
    ];
    assert_eq!(node.run(&add, b"").0, 0);
    assert_eq!(node.run(&["log", "import", "--source", "dns", "a.log"], b"").0, 0);
    let frames = find(&node.file("logs"), "frames.zst");
    let mut bytes = std::fs::read(&frames).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&frames, bytes).unwrap();
    for command in [&["log", "verify"][..], &["fsck"]] {
        let (code, stdout, stderr) = node.run(command, b"");
        assert_eq!(code, 1, "{stdout}{stderr}");
        assert!(
            stdout.contains("problem: dns/") && stdout.contains("not clean"),
            "{stdout}"
        );
    }
    std::fs::write(node.path().join("w.csv"), "evil.example\n").unwrap();
    let (code, _, stderr) = node.run(&["hunt", "run", "--indicators", "w.csv"], b"");
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("damaged and not searched"), "{stderr}");
}

#[test]
fn what_is_derived_is_made_again_and_counts_without_reading() {
    let node = TestNode::init("isp.example", "isp");
    std::fs::write(node.path().join("a.log"), LOG).unwrap();
    std::fs::write(node.path().join("w.csv"), "evil.example\n").unwrap();
    std::fs::write(node.path().join("none.csv"), "nowhere.example\n").unwrap();
    let add = [
        "log",
        "add-source",
        "dns",
        "--description",
        "Resolver",
        "--custodian",
        "Somebody",
    ];
    assert_eq!(node.run(&add, b"").0, 0);
    assert_eq!(node.run(&["log", "import", "--source", "dns", "a.log"], b"").0, 0);
    let count = ["hunt", "run", "--count", "--indicators"];
    let (code, counted, stderr) = node.run(&[&count[..], &["w.csv"]].concat(), b"");
    assert_eq!(code, 0, "{stderr}");
    let (_, found, _) = node.run(&["hunt", "run", "--indicators", "w.csv"], b"");
    assert_eq!(
        counted,
        "2026-03-01 dns: 1 lines with evil.example\n2026-03-03 dns: 1 lines with evil.example\n"
    );
    assert_eq!(found.lines().count(), 2);
    let (code, stdout, _) = node.run(&[&count[..], &["none.csv"]].concat(), b"");
    assert_eq!((code, stdout.as_str()), (1, ""));
    let (code, stdout, _) = node.run(&["log", "index"], b"");
    assert_eq!(
        (code, stdout.as_str()),
        (
            0,
            "1 stored files: postings made for 0, columns for 0, matches for 0\n"
        )
    );
    // Without them a hunt finds the same, and says that it read everything.
    for name in ["postings.bin", "columns.json", "columns.parquet"] {
        std::fs::remove_file(find(&node.file("logs"), name)).unwrap();
    }
    let (code, same, stderr) = node.run(&["hunt", "run", "--indicators", "w.csv"], b"");
    assert_eq!((code, &same), (0, &found));
    assert!(stderr.contains("stored files read whole: 1"), "{stderr}");
    let (code, stdout, stderr) = node.run(&[&count[..], &["w.csv"]].concat(), b"");
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(stderr.contains("dns/000001: not counted"), "{stderr}");
    let (code, stdout, _) = node.run(&["log", "index", "dns", "--json"], b"");
    assert_eq!(code, 0);
    let told: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&told["postings"], &told["columns"]), (&1.into(), &1.into()));
    let (code, again, _) = node.run(&[&count[..], &["w.csv"]].concat(), b"");
    assert_eq!((code, again), (0, counted));
    assert_eq!(node.run(&["log", "index", "absent"], b"").0, 2);
    assert_eq!(node.run(&["log", "verify"], b"").0, 0);
}

/// The one file of this name under a folder.
fn find(folder: &std::path::Path, name: &str) -> std::path::PathBuf {
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.file_name().is_some_and(|found| found == name) {
                return path;
            }
        }
    }
    panic!("no {name}");
}
