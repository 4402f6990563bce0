//! `accord demo`: the main job, on generated and on real input; and that it stays up.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use reqwest::Method;
use serde_json::Value;

use super::api::Api;
use super::running::Running;
use super::two_nodes::until;
use super::{accord, data, run};

/// The steps' names, each with how many things it proved.
fn steps(report: &str) -> Vec<(String, usize)> {
    let mut steps: Vec<(String, usize)> = Vec::new();
    for line in report.lines() {
        if let Some((number, title)) = line.split_once(". ")
            && number.parse::<u8>().is_ok()
        {
            steps.push((title.to_owned(), 0));
        } else if line.starts_with("     ") {
            steps.last_mut().unwrap().1 += 1;
        }
    }
    steps
}

#[test]
fn the_story_is_played_and_every_step_holds() {
    let folder = tempfile::tempdir().unwrap();
    let (code, stdout, stderr) = accord(folder.path(), &["demo", "--run-only"], b"");
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(stderr, "");
    let steps = steps(&stdout);
    for (title, proved) in &steps {
        assert!(*proved > 0, "{title} proved nothing");
    }
    let titles: Vec<&str> = steps.iter().map(|(title, _)| title.as_str()).collect();
    insta::assert_snapshot!("demo_steps", titles.join("\n"));
    // "15 steps in two worlds, N checks; the outsider asked N times in each world, N bytes compared, all equal; N s"
    let last = stdout.lines().last().unwrap();
    assert!(
        last.starts_with(&format!("{} steps in two worlds, ", steps.len())) && last.contains("all equal; "),
        "{last}"
    );
    let asked: u64 = last
        .split("asked ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .unwrap()
        .parse()
        .unwrap();
    // More than each route of five nodes, and more than a hundred questions after every step.
    assert!(asked > 5 * 100 + 100 * steps.len() as u64, "{last}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Real indicators planted in real logs, and how many lines the ISP's and the hosting provider's hold; `None`: the real
/// data are absent.
fn real_input(path: &Path) -> Option<[usize; 2]> {
    let data = data::folder()?;
    let maltrail = String::from_utf8(data::read_gz(&data.join("indicators/maltrail.csv.gz"))).unwrap();
    let rows: Vec<&str> = maltrail.lines().filter(|row| row.contains(",simda,")).collect();
    let indicators: Vec<&str> = rows.iter().filter_map(|row| row.split(',').next()).collect();
    assert_eq!(indicators.len(), 1285);
    std::fs::write(
        path.join("simda.csv"),
        format!("indicator,family,class\n{}\n", rows.join("\n")),
    )
    .unwrap();
    // The ISP's log is plain, the hosting provider's is compressed.
    let planted = |seed, name: &str| {
        let log = data::read_gz(&data.join(format!("logs/zeek-tsv/{name}.gz")));
        let planted = accord_corpus::plant(&log, &indicators, seed);
        let lines: BTreeSet<u64> = planted.expected.iter().map(|own| own.line).collect();
        assert!(lines.len() > 50, "{name}: {}", lines.len());
        (planted.bytes, lines.len())
    };
    let (dns, of_isp) = planted(1, "dns.log");
    std::fs::write(path.join("dns.log"), dns).unwrap();
    let (smtp, of_hosting) = planted(2, "smtp.log");
    let file = std::fs::File::create(path.join("smtp.log.gz")).unwrap();
    let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gz.write_all(&smtp).unwrap();
    gz.finish().unwrap();
    Some([of_isp, of_hosting])
}

/// No real log holds any of this family: what is found is what was planted, no line less or more.
fn finds_what_was_planted(said: &[String], planted: [usize; 2]) {
    for (who, lines) in ["isp.example", "hosting.example"].into_iter().zip(planted) {
        for wanted in [
            format!("{who}: the preview shows {lines} lines, "),
            format!("of {lines} lines leave under clause "),
        ] {
            assert!(
                said.iter().any(|line| line.contains(&wanted)),
                "{wanted}: {said:?}"
            );
        }
    }
}

#[test]
fn bad_input_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("good.csv"), "indicator,family\nevil.example,demo\n").unwrap();
    std::fs::write(path.join("good.log"), "evil.example\n").unwrap();
    std::fs::write(path.join("words.txt"), "not an indicator\n").unwrap();
    std::fs::write(path.join("bad.json"), "{\"type\":\"bundle\",").unwrap();
    std::fs::create_dir(path.join("folder")).unwrap();
    std::fs::create_dir_all(path.join("made/a/agency.example")).unwrap();
    std::fs::write(path.join("made/a/agency.example/node.db"), "").unwrap();
    let whole: String = (0..5_000).map(|number| format!("line {number}\n")).collect();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(whole.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    std::fs::write(path.join("cut.log.gz"), &gz[..gz.len() / 2]).unwrap();
    let snapshots = [
        &["--indicators", "absent.csv", "--logs", "good.log"][..],
        &["--indicators", "good.csv", "--logs", "absent.log"],
        &["--indicators", "good.csv", "--logs", "folder"],
        &["--indicators", "good.csv", "--logs", "cut.log.gz"],
        &["--indicators", "words.txt", "--logs", "good.log"],
        &["--indicators", "bad.json", "--logs", "good.log"],
        &["--indicators", "good.csv"],
        &["--logs", "good.log"],
        &["--port", "65532"],
        &["--dir", "made"],
    ]
    .map(|arguments| run(path, &[&["demo", "--run-only"], arguments].concat()));
    // How far a cut file can be read depends on who compressed it.
    let (before, after) = snapshots
        .join("\n")
        .split_once(" bytes could be read")
        .map(|(before, after)| (before.to_owned(), after.to_owned()))
        .unwrap();
    let before = before.trim_end_matches(|c: char| c.is_ascii_digit());
    insta::assert_snapshot!("demo_bad_input", format!("{before}N bytes could be read{after}"));
}

/// A node that a demo printed: organisation, address, and its people's sign-in names and passwords.
type Printed = (String, String, Vec<(String, String)>);

/// A demo that stays up: the addresses and logins that it printed.
fn logins(said: &[String]) -> Vec<Printed> {
    let mut nodes: Vec<Printed> = Vec::new();
    for line in said {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [org, url] if url.starts_with("http://127.0.0.1:") => {
                nodes.push(((*org).to_owned(), (*url).to_owned(), Vec::new()));
            }
            [sign_in, password, _, ..] if line.starts_with("  ") && !nodes.is_empty() => {
                let node = nodes.last_mut().unwrap();
                node.2.push(((*sign_in).to_owned(), (*password).to_owned()));
            }
            _ => {}
        }
    }
    nodes
}

#[cfg(unix)]
#[test]
fn it_stays_up_and_a_package_out_of_it_is_checked_as_the_documents_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // With real input, where there is any: the two worlds above are of generated.
    let planted = real_input(path);
    let real = ["--indicators", "simda.csv", "--logs", "dns.log", "smtp.log.gz"];
    let input = if planted.is_some() { &real[..] } else { &[] };
    let mut demo = Running::start(path, &[&["demo", "--no-open", "--dir", "nodes"], input].concat());
    // The outsider's people are the last that are printed.
    demo.line_with("The nodes stay up");
    demo.line_with("outsider.example ");
    for sign_in in ["  approver ", "  operator ", "  signatory "] {
        demo.line_with(sign_in);
    }
    // Logs of which lines are in each package.
    let originals = if planted.is_some() { 1 } else { 3 };
    if let Some(planted) = planted {
        finds_what_was_planted(&demo.said, planted);
    }
    let nodes = logins(&demo.said);
    let orgs: Vec<&str> = nodes.iter().map(|(org, ..)| org.as_str()).collect();
    assert_eq!(
        orgs,
        [
            "agency.example",
            "vendor.example",
            "isp.example",
            "hosting.example",
            "outsider.example"
        ]
    );
    // Every login that is printed is one.
    for (_, url, people) in &nodes {
        assert!(people.len() >= 3, "{people:?}");
        for (sign_in, password) in people {
            let me = Api::sign_in(url, sign_in, password).get("/me");
            assert_eq!(me["must_enrol"], false);
        }
    }
    let signed_in = |org: &str, sign_in: &str| {
        let (_, url, people) = nodes.iter().find(|(known, ..)| known == org).unwrap();
        let (_, password) = people.iter().find(|(known, _)| known == sign_in).unwrap();
        Api::sign_in(url, sign_in, password)
    };
    let investigator = signed_in("agency.example", "investigator");
    let cases = investigator.get("/cases");
    let first = |known: &&Value| known["operation"] == "Marram";
    let case = cases.as_array().unwrap().iter().find(first).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let exhibits = investigator.get(&format!("/cases/{case}"))["exhibits"].clone();
    let exhibits = exhibits.as_array().unwrap();
    assert_eq!(exhibits.len(), 3, "of two providers, and of one without a node");
    for exhibit in exhibits {
        let at = exhibit["at"].as_str().unwrap();
        let (status, package) = investigator.ask(Method::GET, &format!("/exhibits/{at}/package"), Vec::new());
        assert_eq!(status, 200);
        let from = holder(exhibit);
        // Who has no node signs nothing: the agency says what it was given.
        let signer = if from == GUEST { "agency.example" } else { &from };
        let identity = signed_in(signer, "operator").get("/node")["identity"]
            .as_str()
            .unwrap()
            .to_owned();
        check_package(&package, &from, &identity, originals);
    }
    // Who plays on is heard at the partners, and nobody asks an operator to pull.
    let officer = signed_in("agency.example", "officer");
    let agreement = officer.get(&format!("/cases/{case}"))["summary"]["agreement"].clone();
    let another = serde_json::json!({
        "agreement": agreement, "operation": "Sedge", "reference": "OP-18/26",
        "purpose": "cybercrime-investigation", "parties": ["isp.example"],
    });
    let another = officer.post("/cases", &another);
    let approver = signed_in("isp.example", "approver");
    until("the ISP hears of the second case", || {
        let cases = approver.get("/cases");
        let known = cases.as_array()?.iter().any(|known| known["id"] == another);
        known.then_some(())
    });
    assert_eq!(demo.terminate(), 0);
}

/// Who answers without a node.
const GUEST: &str = "smallhost.example";

/// Who holds the originals.
fn holder(exhibit: &Value) -> String {
    let text = exhibit.to_string();
    ["isp.example", "hosting.example", GUEST]
        .into_iter()
        .find(|org| text.contains(&format!("\"from\":\"{org}\"")))
        .unwrap_or_else(|| panic!("{text}"))
        .to_owned()
}

/// Checks a package in an empty folder with this program and as `docs/checking-evidence.md` says.
fn check_package(package: &[u8], holder: &str, identity: &str, originals: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("PACKAGE.zip"), package).unwrap();
    let (code, stdout, stderr) = accord(
        path,
        &["evidence", "verify", "PACKAGE.zip", "--identity", identity],
        b"",
    );
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("VERIFIED: every check passed"), "{stdout}");
    let (code, stdout, _) = accord(path, &["evidence", "verify", "PACKAGE.zip", "--json"], b"");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, &report["verdict"]),
        (0, &Value::from("signer-unknown")),
        "{report}"
    );
    // One bit, anywhere: here in the middle.
    let mut altered = package.to_vec();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    std::fs::write(path.join("altered.zip"), altered).unwrap();
    let (code, stdout, stderr) = accord(
        path,
        &["evidence", "verify", "altered.zip", "--identity", identity],
        b"",
    );
    assert_eq!(code, 1, "{stdout}{stderr}");
    if holder == GUEST {
        return;
    }
    show_package(path, holder, originals);
    by_the_document(path, holder, identity);
}

/// What `accord evidence show` prints of the package in this folder.
fn show_package(path: &Path, holder: &str, originals: usize) {
    let show = |arguments: &[&str]| accord(path, &[&["evidence", "show"], arguments].concat(), b"");
    let (code, listed, stderr) = show(&["PACKAGE.zip"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let (code, json, _) = show(&["PACKAGE.zip", "--json"]);
    assert_eq!(code, 0);
    let shown: Value = serde_json::from_str(&json).unwrap();
    let files = shown["files"].as_array().unwrap();
    assert_eq!(files.len(), 15 + originals, "{files:?}");
    for file in files {
        let line = format!("{:>12}  {}\n", file["bytes"], file["path"].as_str().unwrap());
        assert!(listed.contains(&line), "{line}{listed}");
    }
    assert!(shown["acquisition"].to_string().contains(holder), "{shown}");
    let (code, lines, _) = show(&["PACKAGE.zip", "--file", "data/lines.ndjson"]);
    assert_eq!(code, 0);
    for line in lines.lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap()["sha256"].is_string());
    }
    for (arguments, words) in [
        (
            &["PACKAGE.zip", "--file", "data/absent"][..],
            "data/absent: no such file in the package",
        ),
        (&["absent.zip"], "absent.zip: "),
        (&["lines.py"], "lines.py: "),
        (
            &["PACKAGE.zip", "--json", "--file", "bagit.txt"],
            "cannot be used with",
        ),
    ] {
        std::fs::write(path.join("lines.py"), "print(1)\n").unwrap();
        let (code, stdout, stderr) = show(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    }
}

/// The code blocks of the document, by their language and in order.
fn blocks(document: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in document.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Runs the very blocks of `docs/checking-evidence.md`, in their order. Only the placeholder of the identity key is
/// filled in; `pip` installs nothing, since the tools are there already or their lines are left out.
fn by_the_document(folder: &Path, holder: &str, identity: &str) {
    let document = include_str!("../../../../docs/checking-evidence.md");
    let found = blocks(document);
    let languages: Vec<&str> = found.iter().map(|(language, _)| language.as_str()).collect();
    assert_eq!(languages, ["", "", "python", "python"]);
    for (name, (_, text)) in ["lines.py", "signed.py"].iter().zip(&found[2..]) {
        assert!(document.contains(&format!("Save as `{name}`")));
        std::fs::write(folder.join(name), text).unwrap();
    }
    let with_accord = found[0].1.replace("isp.example/accord/identity+...", identity);
    assert!(with_accord.contains(identity), "{with_accord}");
    let tools = std::env::var_os("ACCORD_PYTHON_TOOLS");
    let mut by_hand = found[1].1.clone();
    if tools.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "ACCORD_PYTHON_TOOLS must be set in CI"
        );
        println!("skipped: bagit.py and case_validate; set ACCORD_PYTHON_TOOLS");
        let before = by_hand.lines().count();
        by_hand = by_hand
            .lines()
            .filter(|line| !line.contains("bagit") && !line.contains("case_validate"))
            .fold(String::new(), |text, line| text + line + "\n");
        assert_eq!(before - by_hand.lines().count(), 3);
    }
    let mut search = Vec::new();
    if let Some(tools) = tools {
        search.push(Path::new(&tools).join("bin"));
    }
    search.push(
        Path::new(env!("CARGO_BIN_EXE_accord"))
            .parent()
            .unwrap()
            .to_owned(),
    );
    search.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let script = format!(
        "set -euo pipefail\npip() {{ :; }}\nrm altered.zip\n{with_accord}\n{by_hand}\n\
         python3 ../lines.py\npython3 ../signed.py '{identity}'\n"
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(search).unwrap())
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{script}\n{stdout}{stderr}");
    for words in [
        "every byte is in a line, every line has its SHA-256",
        "package signature holds over",
        "the payload names manifest-sha256.txt",
        &format!("in {holder}/"),
    ] {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
}
