//! `accord threat` at a running node: who works on a threat, and what is refused.

use serde_json::{Value, json};

use super::accord;
use super::api::Api;
use super::node::TestNode;

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
