//! `accord threat` at a running node: who works on a threat, and what is refused.

use serde_json::{Value, json};

use super::accord;
use super::api::Api;
use super::import::case;
use super::node::TestNode;
use super::two_nodes::until;

#[test]
fn a_threat_is_watched_from_the_command_line() {
    let mut node = TestNode::init("vendor.example", "vendor");
    node.serve();
    let (operator, signatory) = (node.first_sign_in("operator"), node.first_sign_in("signatory"));
    for name in ["researcher", "second"] {
        let password = "a long first password";
        let new = json!({ "sign_in": name, "name": name, "roles": ["researcher"], "password": password });
        let added = operator.post("/people", &new);
        let id = added["id"].as_str().unwrap();
        signatory.post(&format!("/people/{id}/confirm-roles"), &Value::Null);
        Api::first_sign_in(&node.url, name, password);
        let again = json!({ "sign_in": name, "password": format!("{name}-has-a-new-one") });
        let token = Api::nobody(&node.url).post("/sessions", &again)["token"].clone();
        std::fs::write(node.path().join(name), token.as_str().unwrap()).unwrap();
    }
    let run = |name: &str, arguments: &[&str], stdin: &[u8]| {
        let at = ["--node", node.url.as_str(), "--token-file", name];
        let all: Vec<&str> = [&["threat", arguments[0]][..], &at[..], &arguments[1..]].concat();
        accord(node.path(), &all, stdin)
    };
    let (code, stdout, stderr) = run("researcher", &["list"], b"");
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (1, "", ""));
    let new = [
        "new",
        "--name",
        "Loader panel",
        "--what",
        "-",
        "--value",
        "evil.example",
    ];
    let (code, id, stderr) = run("researcher", &new, b"it rents out loaders\n");
    assert_eq!((code, stderr.as_str()), (0, ""));
    let id = id.trim_end();
    assert_eq!(id.len(), 32);
    let (code, _, stderr) = run("researcher", &["note", id, "it moved"], b"");
    assert_eq!((code, stderr.as_str()), (0, ""));
    let (code, stdout, _) = run("researcher", &["show", id], b"");
    assert_eq!(code, 0);
    for line in [
        "Loader panel (watching)",
        "it rents out loaders",
        "value  evil.example",
        "it moved",
    ] {
        assert!(stdout.contains(line), "{stdout}");
    }
    let (code, stdout, _) = run("researcher", &["list", "--json"], b"");
    assert_eq!(code, 0);
    let listed: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(listed[0]["id"], id);
    // Somebody else of the same organisation has none, and an id that is none is not asked for.
    let (code, stdout, _) = run("second", &["list"], b"");
    assert_eq!((code, stdout.as_str()), (1, ""));
    let (code, _, stderr) = run("second", &["show", id], b"");
    assert_eq!(code, 2);
    assert!(stderr.contains("there is no such threat"), "{stderr}");
    let (code, _, stderr) = run("researcher", &["show", "../me"], b"");
    assert_eq!(code, 2);
    assert!(stderr.contains("32 hex digits"), "{stderr}");
    // No agreement, no lead.
    let digest = "0".repeat(64);
    let refer = [
        "refer",
        id,
        "--agreement",
        digest.as_str(),
        "--to",
        "agency.example",
    ];
    let (code, _, stderr) = run("researcher", &refer, b"");
    assert_eq!(code, 2);
    assert!(stderr.contains("there is no such agreement"), "{stderr}");
    assert_eq!(node.stop(), 0);
}

#[test]
fn a_lead_is_called_back_and_answered_from_the_command_line() {
    let mut agency = TestNode::init("agency.example", "agency");
    let mut isp = TestNode::init("isp.example", "isp");
    agency.serve();
    isp.serve();
    let (officer, _) = case(&agency, &isp);
    let people = |node: &TestNode, of: &[(&str, &str)]| {
        let sign_in = |name: &str| Api::sign_in(&node.url, name, &format!("{name}-has-a-new-one"));
        let (operator, signatory) = (sign_in("operator"), sign_in("signatory"));
        for (name, role) in of {
            let password = "a long first password";
            let new = json!({ "sign_in": name, "name": name, "roles": [role], "password": password });
            let id = operator.post("/people", &new)["id"].as_str().unwrap().to_owned();
            signatory.post(&format!("/people/{id}/confirm-roles"), &Value::Null);
            Api::first_sign_in(&node.url, name, password);
            std::fs::write(node.path().join(name), sign_in(name).token()).unwrap();
        }
    };
    people(
        &agency,
        &[("decider", "approver"), ("keeper", "disclosure-officer")],
    );
    people(&isp, &[("researcher", "researcher"), ("decider", "approver")]);
    let run = |node: &TestNode, name: &str, arguments: &[&str]| {
        let at = ["--node", node.url.as_str(), "--token-file", name];
        accord(node.path(), &[arguments, &at[..]].concat(), b"")
    };
    let new = [
        "threat",
        "new",
        "--name",
        "Panel",
        "--what",
        "rents loaders",
        "--value",
        "evil.example",
    ];
    let (code, id, stderr) = run(&isp, "researcher", &new);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let digest = officer.get("/cases")[0]["agreement"].as_str().unwrap().to_owned();
    let refer = [
        "threat",
        "refer",
        id.trim_end(),
        "--agreement",
        &digest,
        "--to",
        "agency.example",
    ];
    let (code, stdout, stderr) = run(&isp, "researcher", &refer);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    let lead = stdout.lines().last().unwrap().to_owned();
    until("the lead arrives", || {
        let leads = officer.get("/leads");
        (leads[0]["at"] == lead.as_str()).then_some(())
    });
    let hold = [
        "hold",
        "place",
        "--note",
        &lead,
        "--reference",
        "K-17",
        "--reason",
        "the court asked",
    ];
    let (code, stdout, stderr) = run(&agency, "keeper", &hold);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let placed: Vec<&str> = stdout.lines().collect();
    assert_eq!(placed.len(), 2, "{stdout}");
    let (code, listed, _) = run(&agency, "keeper", &["hold", "list", "--note", &lead]);
    assert_eq!(code, 0);
    assert!(
        listed.contains("K-17 (stands)") && listed.contains(": held"),
        "{listed}"
    );

    let order = [
        "recall",
        "order",
        "--note",
        &lead,
        "--reason",
        "the source was wrong",
    ];
    let (code, _, stderr) = run(&isp, "researcher", &order);
    assert_eq!(code, 2);
    assert!(stderr.contains("approver or disclosure officer"), "{stderr}");
    let (code, stdout, _) = run(&isp, "decider", &order);
    assert_eq!(code, 0);
    let order = stdout.lines().last().unwrap().to_owned();
    until("the recall arrives", || {
        (officer.get("/leads") == json!([])).then_some(())
    });
    let (code, stdout, _) = run(&agency, "decider", &["recall", "list"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("the source was wrong") && stdout.contains("agency.example has not answered"));
    assert!(
        !stdout.contains("Panel") && !stdout.contains("evil.example"),
        "{stdout}"
    );
    let answer = ["recall", "answer", "--order", &order, "--done", "deleted"];
    let (code, _, stderr) = run(&agency, "decider", &answer);
    assert_eq!(code, 2);
    assert!(stderr.contains("a hold covers it"), "{stderr}");
    let lift = [
        "hold",
        "lift",
        "--hold",
        placed[0],
        "--reason",
        "the court has decided",
    ];
    assert_eq!(run(&agency, "keeper", &lift).0, 0);
    let (code, _, stderr) = run(&agency, "decider", &answer);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let told = until("the receipt arrives", || {
        let (_, stdout, _) = run(&isp, "decider", &["recall", "list"]);
        stdout.contains("agency.example deleted").then_some(stdout)
    });
    assert!(!told.contains("has not answered"), "{told}");
    assert_eq!(agency.stop(), 0);
    assert_eq!(isp.stop(), 0);
}
