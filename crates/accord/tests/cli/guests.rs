//! `accord guest` at a running node: asking somebody without one, letting it go, the link, and what is refused.

use serde_json::{Value, json};

use super::accord;
use super::api::Api;
use super::import::case;
use super::node::TestNode;

#[test]
fn a_request_goes_to_a_guest_from_the_command_line() {
    let mut agency = TestNode::init("agency.example", "agency");
    let mut isp = TestNode::init("isp.example", "isp");
    agency.serve();
    isp.serve();
    let (_, case) = case(&agency, &isp);
    let sign_in = |name: &str, password: &str| Api::sign_in(&agency.url, name, password);
    let (operator, signatory) = (
        sign_in("operator", "operator-has-a-new-one"),
        sign_in("signatory", "signatory-has-a-new-one"),
    );
    let mut ids = std::collections::BTreeMap::new();
    for (name, role) in [("second", "case-officer"), ("decider", "approver")] {
        let password = "a long first password";
        let new = json!({ "sign_in": name, "name": name, "roles": [role], "password": password });
        let id = operator.post("/people", &new)["id"].as_str().unwrap().to_owned();
        signatory.post(&format!("/people/{id}/confirm-roles"), &Value::Null);
        Api::first_sign_in(&agency.url, name, password);
        ids.insert(name, id);
    }
    for name in ["officer", "second", "decider"] {
        let api = sign_in(name, &format!("{name}-has-a-new-one"));
        std::fs::write(agency.path().join(name), api.token()).unwrap();
    }
    let run = |name: &str, arguments: &[&str], stdin: &[u8]| {
        let at = ["--node", agency.url.as_str(), "--token-file", name];
        accord(agency.path(), &[arguments, &at[..]].concat(), stdin)
    };
    // An approver names themself first.
    for (name, role) in [("decider", "approver"), ("second", "case-officer")] {
        let member = [
            "case", "member", "name", &case, "--person", &ids[name], "--role", role,
        ];
        assert_eq!(run("decider", &member, b"").0, 0);
    }

    let (code, stdout, stderr) = run("officer", &["guest", "list", &case], b"");
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (1, "", ""));
    let ask = [
        "guest",
        "ask",
        case.as_str(),
        "--to",
        "shop.example",
        "--what",
        "information",
        "--reference",
        "G-3",
        "--reason",
        "who rents the shop?",
        "--organisation",
        "Shop Ltd",
        "--contact",
        "Ms Brook",
        "--officer",
        "Maren Holt",
        "--then",
        "It becomes an exhibit.",
    ];
    let (code, stdout, _) = run("officer", &[&ask[..], &["--dry-run"]].concat(), b"");
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.starts_with("shop.example ask: "), "{stdout}");
    assert_eq!(
        run("officer", &["guest", "list", &case], b"").0,
        1,
        "nothing is kept"
    );
    // What is no part of a question, and a question that needs an authority and has none.
    let from = |what: &'static str| {
        let mut all = ask.to_vec();
        all[6] = what;
        [&all[..], &["--question", "-"]].concat()
    };
    let (code, _, stderr) = run("officer", &from("information"), b"{\"to\": \"x\"}");
    assert_eq!(code, 2);
    assert!(stderr.contains("\"to\" is no part of a question"), "{stderr}");
    let hunt = json!({ "hunt": { "indicators": ["evil.example"], "from_ms": 0, "to_ms": 1000 } });
    let (code, _, stderr) = run("officer", &from("hunt"), hunt.to_string().as_bytes());
    assert_eq!(code, 2);
    assert!(stderr.contains("403"), "{stderr}");

    let (code, link, _) = run("officer", &ask, b"");
    assert_eq!(code, 0);
    let link = link.trim_end();
    assert_eq!(link.len(), 32);
    // Nothing goes before somebody else has let it go.
    let (code, _, stderr) = run("officer", &["guest", "open", link], b"");
    assert_eq!(code, 2);
    assert!(stderr.contains("approves it first"), "{stderr}");
    let (code, _, stderr) = run("officer", &["guest", "approve", link], b"");
    assert_eq!(code, 2);
    assert!(stderr.contains("nobody approves their own request"), "{stderr}");
    let (code, stdout, _) = run("second", &["guest", "approve", link], b"");
    assert_eq!(code, 0);
    assert!(stdout.starts_with("shop.example yes: "), "{stdout}");
    let open = ["guest", "open", link, "--days", "7", "-o", "link.txt"];
    let (code, stdout, _) = run("officer", &open, b"");
    assert_eq!((code, stdout.as_str()), (0, ""));
    let file = agency.path().join("link.txt");
    let address = std::fs::read_to_string(&file).unwrap();
    let place = address.trim_end().strip_prefix(agency.url.as_str()).unwrap();
    assert!(place.starts_with("/r/"), "{place}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let guest = Api::nobody(&agency.url);
    let (status, page) = guest.page(place);
    assert_eq!(status, 200);
    assert!(page.contains("who rents the shop?"), "{page}");
    let (code, stdout, _) = run("officer", &["guest", "list", &case], b"");
    assert_eq!(code, 0);
    assert!(
        stdout.contains("shop.example (live)") && stdout.contains("opened 1 times"),
        "{stdout}"
    );
    let too_long = ["guest", "open", link, "--days", "91"];
    assert_eq!(run("officer", &too_long, b"").0, 2);

    assert_eq!(run("officer", &["guest", "withdraw", link], b"").0, 0);
    assert_eq!(guest.page(place).0, 404);
    let (_, stdout, _) = run("officer", &["guest", "list", &case, "--json"], b"");
    let told: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(told["state"], "revoked");
    let (code, _, stderr) = run("officer", &["guest", "withdraw", "../me"], b"");
    assert_eq!(code, 2);
    assert!(stderr.contains("32 hex digits"), "{stderr}");
    // One that is not let go.
    let (_, link, _) = run("officer", &ask, b"");
    let (code, stdout, _) = run("second", &["guest", "refuse", link.trim_end()], b"");
    assert_eq!(code, 0);
    assert!(stdout.contains("did not let it go"), "{stdout}");
    assert_eq!(agency.stop(), 0);
    assert_eq!(isp.stop(), 0);
}
