//! `accord import` against a running node: what is in a file, and publishing it.

use serde_json::{Value, json};

use super::accord;
use super::api::Api;
use super::node::TestNode;
use super::two_nodes::{pair, propose, sign_on_the_page, until};

const REPORT: &str = "# Loader\nTLP:GREEN\nIt talks to c2.evil.example and www.bank.example.\n";

/// A case officer of the agency on a case, and the case.
pub fn case(agency: &TestNode, isp: &TestNode) -> (Api, String) {
    let people = |node: &TestNode| (node.first_sign_in("operator"), node.first_sign_in("signatory"));
    let (operator, signatory) = people(agency);
    let (isp_operator, isp_signatory) = people(isp);
    pair(&operator, &isp_operator);
    let digest = propose((&operator, &signatory), &isp_operator);
    let known = |api: &Api| {
        let (status, _) = api.ask(reqwest::Method::GET, &format!("/agreements/{digest}"), Vec::new());
        (status == 200).then_some(())
    };
    until("the proposal arrives", || known(&isp_signatory));
    sign_on_the_page(agency, &signatory, &digest);
    sign_on_the_page(isp, &isp_signatory, &digest);
    until("the agreement is in force", || {
        let view = signatory.get(&format!("/agreements/{digest}"));
        (view["summary"]["in_force"] == true).then_some(())
    });
    let person = operator.post(
        "/people",
        &json!({ "sign_in": "officer", "name": "Maren Holt", "roles": ["case-officer"], "password": "a first password" }),
    );
    let id = person["id"].as_str().unwrap();
    signatory.post(&format!("/people/{id}/confirm-roles"), &Value::Null);
    let officer = Api::first_sign_in(&agency.url, "officer", "a first password");
    operator.post("/allow-lists/top", &json!({ "text": "www.bank.example" }));
    let case = officer.post(
        "/cases",
        &json!({ "agreement": digest, "operation": "Operation Heather", "reference": "K-1",
                 "purpose": "cybercrime-investigation", "parties": ["isp.example"] }),
    );
    (officer, case.as_str().unwrap().to_owned())
}

#[test]
fn a_file_is_looked_at_and_then_published() {
    let mut agency = TestNode::init("agency.example", "agency");
    let mut isp = TestNode::init("isp.example", "isp");
    agency.serve();
    isp.serve();
    let (officer, case) = case(&agency, &isp);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("report.md"), REPORT).unwrap();
    std::fs::write(folder.path().join("nothing.md"), "no value in it").unwrap();
    std::fs::write(folder.path().join("password"), "officer-has-a-new-one\n").unwrap();
    let run = |more: &[&str]| {
        let who = [
            "import",
            "--node",
            &agency.url,
            "--sign-in",
            "officer",
            "--password-file",
            "password",
        ];
        accord(folder.path(), &[&who, more].concat(), b"")
    };
    let (code, stdout, stderr) = run(&["--case", "heather", "report.md"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    for words in [
        "report.md: text, 2 values, TLP:GREEN",
        "+ domain       c2.evil.example",
        "  domain       www.bank.example  (on the allow list top)",
        "indicator.published TLP:GREEN: Loader: isp.example yes",
        "nothing was published: --yes publishes it",
    ] {
        assert!(stdout.contains(words), "{words}\n{stdout}");
    }
    assert_eq!(officer.get("/imports"), json!([]), "nothing is kept");
    assert_eq!(officer.get("/intel")["total"], 0);
    // Looser than it is marked: refused, with the words of the node, and nothing is kept.
    let (code, _, stderr) = run(&["--case", &case, "--yes", "--marking", "TLP:CLEAR", "report.md"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("looser_because"), "{stderr}");
    assert_eq!(officer.get("/imports"), json!([]));

    let (code, stdout, _) = run(&[
        "--case",
        "K-1",
        "--yes",
        "--label",
        "heather",
        "--report",
        "report.md",
    ]);
    assert_eq!(code, 0, "{stdout}");
    assert_eq!(stdout.matches("\npublished ").count(), 2, "{stdout}");
    let list = officer.get(&format!("/intel?case={case}"));
    assert_eq!(list["total"], 2);
    assert_eq!(officer.get("/imports"), json!([]));

    // Nothing found: 1; no such case: 2. What is published already is not ticked again.
    let (code, _, _) = run(&["--case", &case, "nothing.md"]);
    assert_eq!(code, 1);
    let (code, _, stderr) = run(&["--case", "KESTREL", "report.md"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("you are on no case KESTREL"), "{stderr}");
    let (code, stdout, _) = run(&["--case", &case, "--keep", "--json", "report.md", "nothing.md"]);
    assert_eq!(code, 0, "{stdout}");
    let lines: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["values"][1]["listed"], "top");
    assert_eq!(officer.get("/imports").as_array().unwrap().len(), 2);
    // A session is not sent in the clear to another machine.
    let who = [
        "import",
        "--node",
        "http://node.example",
        "--token-file",
        "password",
        "--case",
        "x",
        "report.md",
    ];
    let (code, _, stderr) = accord(folder.path(), &who, b"");
    assert_eq!(code, 2);
    assert!(stderr.contains("in the clear"), "{stderr}");
    assert_eq!(agency.stop(), 0);
    assert_eq!(isp.stop(), 0);
}
