//! The commands that ask a running node: all that its API can do, and a small case played with them alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::accord;
use super::api::Api;
use super::node::TestNode;
use super::two_nodes::until;

fn words<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn named(value: &Value) -> BTreeSet<String> {
    let all = value.as_array().into_iter().flatten();
    all.map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// What a route takes: fields of the body, those of them that are needed, parameters of the query.
type Takes = (BTreeSet<String>, BTreeSet<String>, BTreeSet<String>);

fn routes(document: &Value) -> BTreeMap<(String, String), Takes> {
    let mut routes = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, route) in methods.as_object().unwrap() {
            let schema = &route["requestBody"]["content"]["application/json"]["schema"];
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields: BTreeSet<String> = fields.map(|(name, _)| name.clone()).collect();
            let parameters = route["parameters"].as_array().into_iter().flatten();
            let query = parameters
                .filter(|one| one["in"] == "query")
                .map(|one| words(one, "name").to_owned());
            let path = path.strip_prefix("/api/v1").unwrap().to_owned();
            let takes = (fields, named(&schema["required"]), query.collect());
            routes.insert((method.to_uppercase(), path), takes);
        }
    }
    routes
}

#[test]
fn every_route_of_the_api_is_a_command_or_says_why_not() {
    let mut node = TestNode::init("agency.example", "agency");
    node.serve();
    let (status, document) = Api::nobody(&node.url).page("/api/openapi.json");
    assert_eq!(status, 200);
    let document: Value = serde_json::from_str(&document).unwrap();
    let routes = routes(&document);
    let (code, stdout, _) = accord(node.path(), &["acts", "--json"], b"");
    assert_eq!(code, 0);
    let listed: Value = serde_json::from_str(&stdout).unwrap();
    let key = |one: &Value| (words(one, "method").to_owned(), words(one, "path").to_owned());

    let mut wrong = Vec::new();
    let mut reached: BTreeMap<(String, String), (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for act in listed["acts"].as_array().unwrap() {
        let command = words(act, "command");
        let Some((fields, needed, query)) = routes.get(&key(act)) else {
            wrong.push(format!("{command}: the API has no {:?}", key(act)));
            continue;
        };
        let mut here = named(&act["fixed"])
            .into_iter()
            .map(|name| root(&name))
            .collect::<BTreeSet<_>>();
        let reach = reached.entry(key(act)).or_default();
        // What is done is fixed: what that needs beside it, the route does not need of every act.
        let one_of_many = !here.is_empty();
        reach.0.extend(here.iter().cloned());
        for field in act["fields"].as_array().unwrap() {
            let name = words(field, "name");
            if words(field, "in") == "header" {
                let (method, path) = key(act);
                let parameters =
                    &document["paths"][format!("/api/v1{path}")][method.to_lowercase()]["parameters"];
                let mut parameters = parameters.as_array().into_iter().flatten();
                if !parameters.any(|one| one["in"] == "header" && one["name"] == name) {
                    wrong.push(format!("{command}: no header {name}"));
                }
                continue;
            }
            if words(field, "in") == "query" {
                if !query.contains(name) {
                    wrong.push(format!("{command}: no parameter {name}"));
                }
                reach.1.insert(name.to_owned());
                continue;
            }
            if !fields.contains(&root(name)) {
                wrong.push(format!("{command}: no field {name}"));
            }
            let more = field["required"] == true && !needed.contains(name);
            if more && !one_of_many && !name.contains('/') {
                wrong.push(format!("{command}: {name} is not needed"));
            }
            if field["required"] == true {
                here.insert(root(name));
            }
            reach.0.insert(root(name));
        }
        for name in needed.difference(&here) {
            wrong.push(format!("{command}: {name} is needed"));
        }
    }
    for (route, (body, parameters)) in &reached {
        let (fields, _, query) = &routes[route];
        for name in fields.difference(body).chain(query.difference(parameters)) {
            wrong.push(format!("{route:?}: no command takes {name}"));
        }
    }
    let mut covered: BTreeSet<(String, String)> = reached.into_keys().collect();
    for list in ["elsewhere", "pages_alone"] {
        for one in listed[list].as_array().unwrap() {
            if !routes.contains_key(&key(one)) {
                wrong.push(format!("{list}: the API has no {:?}", key(one)));
            }
            // Either in the table or elsewhere, so that neither list grows stale.
            if !covered.insert(key(one)) {
                wrong.push(format!("{list}: twice {:?}", key(one)));
            }
        }
    }
    let all: BTreeSet<(String, String)> = routes.into_keys().collect();
    wrong.extend(
        all.difference(&covered)
            .map(|route| format!("no command for {route:?}")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(node.stop(), 0);
}

fn root(name: &str) -> String {
    name.split('/').next().unwrap().to_owned()
}

/// A node and who is signed in there: a file with the token of each.
struct Side {
    node: TestNode,
}

impl Side {
    fn new(org: &str, kind: &str) -> Self {
        let mut node = TestNode::init(org, kind);
        node.serve();
        for name in ["operator", "signatory"] {
            let token = node.first_sign_in(name).token().to_owned();
            std::fs::write(node.path().join(name), token).unwrap();
        }
        Self { node }
    }

    fn run(&self, who: &str, line: &[&str], stdin: &str) -> (i32, String, String) {
        let at = ["--node", self.node.url.as_str(), "--token-file", who];
        accord(self.node.path(), &[line, &at[..]].concat(), stdin.as_bytes())
    }

    /// What it prints where it goes well.
    fn does(&self, who: &str, line: &[&str], stdin: &str) -> String {
        let (code, stdout, stderr) = self.run(who, line, stdin);
        assert_eq!((code, stderr.as_str()), (0, ""), "{line:?}\n{stdout}");
        stdout.trim_end().to_owned()
    }

    fn json(&self, who: &str, line: &[&str], stdin: &str) -> Value {
        let stdout = self.does(who, &[line, &["--json"]].concat(), stdin);
        serde_json::from_str(&stdout).unwrap()
    }

    /// A refusal, with these words.
    fn refused(&self, who: &str, line: &[&str], reason: &str) {
        let (code, stdout, stderr) = self.run(who, line, "");
        assert_eq!((code, stdout.as_str()), (2, ""), "{line:?}");
        assert!(
            stderr.starts_with("error: the node answers 403: "),
            "{line:?}: {stderr}"
        );
        assert!(stderr.contains(reason), "{line:?}: {stderr}");
    }

    /// Somebody with a role, signed in: their number.
    fn person(&self, name: &str, role: &str) -> String {
        let add = [
            "user",
            "add",
            name,
            "--name",
            name,
            "--role",
            role,
            "--password-file",
            "-",
        ];
        let person = self.json("operator", &add, "a long first password\n");
        let id = words(&person, "id").to_owned();
        self.does("signatory", &["user", "confirm", &id], "");
        let api = Api::first_sign_in(&self.node.url, name, "a long first password");
        std::fs::write(self.node.path().join(name), api.token()).unwrap();
        let again = Api::sign_in(&self.node.url, name, &format!("{name}-has-a-new-one"));
        std::fs::write(self.node.path().join(name), again.token()).unwrap();
        id
    }

    fn party(&self, kind: &str) -> Value {
        let node = self.json("operator", &["node", "show"], "");
        json!({
            "name": node["org"], "kind": kind, "identity": node["identity"],
            "contact": "duty desk", "gateway": "Police Act, section 9",
        })
    }

    fn signs(&self, digest: &str, org: &str) {
        let (code, text, _) = self.run("signatory", &["agreement", "signing-text", digest], "");
        assert_eq!(code, 0);
        std::fs::write(self.node.path().join("agreement.txt"), text).unwrap();
        let key = self.node.file("offline/identity.seed");
        let sign = [
            "agreement",
            "sign",
            "agreement.txt",
            "--org",
            org,
            "--key",
            key.to_str().unwrap(),
        ];
        let (code, signature, stderr) = accord(self.node.path(), &sign, b"");
        assert_eq!(code, 0, "{stderr}");
        self.does("signatory", &["agreement", "hand-in", digest, "-"], &signature);
    }
}

fn peer(agency: &Side, isp: &Side) {
    agency.refused("signatory", &["peer", "invite"], "operator");
    let invitation = agency.does("operator", &["peer", "invite", "--org", "isp.example"], "");
    isp.does("operator", &["peer", "accept", "--body", "-"], &invitation);
    for (here, there, org) in [(agency, isp, "isp.example"), (isp, agency, "agency.example")] {
        let node = there.json("operator", &["node", "show"], "");
        let confirm = [
            "peer",
            "confirm",
            org,
            "--fingerprint",
            words(&node, "fingerprint"),
        ];
        here.does("operator", &confirm, "");
    }
    let peers = agency.does("operator", &["peer", "list"], "");
    let cells = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = peers.lines().map(cells).collect();
    assert_eq!(lines[0][..3], ["ORG", "KIND", "STATUS"]);
    assert_eq!(lines[1][..3], ["isp.example", "isp", "confirmed"]);
}

fn agree(agency: &Side, isp: &Side) -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    let filling = json!({
        "title": "Joint cases", "reference": "MOU-7",
        "term": { "from_ms": now - 86_400_000, "until_ms": now + 86_400_000 },
        "parties": [agency.party("agency"), isp.party("isp")],
    });
    let fill = [
        "agreement",
        "template",
        "--template",
        "agency-isp",
        "--filling",
        "-",
    ];
    let files = agency.does("signatory", &fill, &filling.to_string());
    let digest = agency.does("signatory", &["agreement", "propose", "--body", "-"], &files);
    let show = ["agreement", "show", &digest];
    until("the proposal arrives", || {
        (isp.run("signatory", &show, "").0 == 0).then_some(())
    });
    agency.signs(&digest, "agency.example");
    isp.signs(&digest, "isp.example");
    until("it is in force on both sides", || {
        let both = [agency, isp].map(|side| side.json("signatory", &show, ""));
        both.iter()
            .all(|view| view["summary"]["in_force"] == true)
            .then_some(())
    });
    agency.refused(
        "operator",
        &["agreement", "terminate", &digest, "--reason", "x"],
        "signatory",
    );
    digest
}

#[test]
fn a_case_is_worked_from_the_command_line() {
    let (agency, isp) = (
        Side::new("agency.example", "agency"),
        Side::new("isp.example", "isp"),
    );
    peer(&agency, &isp);
    let digest = agree(&agency, &isp);
    agency.person("officer", "case-officer");
    let decider = agency.person("decider", "approver");
    let partner = isp.person("partner", "approver");
    let add = [
        "user",
        "add",
        "x",
        "--name",
        "x",
        "--role",
        "auditor",
        "--password-file",
        "officer",
    ];
    agency.refused("officer", &add, "operator");

    // A case: nobody sees one, then its parties do. Who may not open one is told why.
    let (code, stdout, stderr) = agency.run("officer", &["case", "list"], "");
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (1, "", ""));
    let open = [
        "case",
        "open",
        "--agreement",
        &digest,
        "--operation",
        "HEATHER",
        "--reference",
        "K-17",
        "--purpose",
        "cybercrime-investigation",
        "--party",
        "isp.example",
    ];
    agency.refused("decider", &open, "case officer");
    let case = agency.does("officer", &open, "");
    let list = agency.does("officer", &["case", "list"], "");
    assert!(list.contains(&case) && list.contains("HEATHER"), "{list}");
    agency.does(
        "decider",
        &[
            "case", "member", "name", &case, "--person", &decider, "--role", "approver",
        ],
        "",
    );
    agency.refused("decider", &["case", "stage", &case, "assessed"], "case officer");
    agency.does("officer", &["case", "stage", &case, "assessed"], "");
    let shown = agency.does("officer", &["case", "show", &case], "");
    assert!(
        shown.contains("stage: assessed") && shown.contains("operation: HEATHER"),
        "{shown}"
    );

    // Notes: by their words, and as JSON from standard input; each says to whom it went.
    let waits = [
        "--title",
        "We wait",
        "--text",
        "no block yet",
        "--reason",
        "nobody is to notice",
    ];
    let written = agency.does(
        "officer",
        &[&["note", "decision", &case][..], &waits[..]].concat(),
        "",
    );
    let (at, decided) = written.split_once('\n').unwrap();
    assert!(decided.starts_with("  isp.example yes: "), "{written}");
    let shown = agency.does("officer", &["note", "show", &case, at], "");
    assert!(
        shown.contains("title: We wait") && shown.contains("marking: TLP:AMBER"),
        "{shown}"
    );
    let note =
        json!({ "title": "Look", "note": { "kind": "task.set", "org": "isp.example", "text": "look" } });
    assert_eq!(agency.run("officer", &["task", "list", &case], "").0, 1);
    agency.does(
        "officer",
        &["note", "write", &case, "--body", "-"],
        &note.to_string(),
    );
    assert!(
        agency
            .does("officer", &["task", "list", &case], "")
            .contains("Look")
    );
    let red = [
        "--title",
        "Held",
        "--marking",
        "TLP:RED",
        "--text",
        "held",
        "--reason",
        "held",
    ];
    let held = agency.does(
        "officer",
        &[&["note", "decision", &case][..], &red[..]].concat(),
        "",
    );
    let held = held.lines().next().unwrap();
    agency.refused("officer", &["release", held, "--to", "isp.example"], "approver");
    let released = agency.does("decider", &["release", held, "--to", "isp.example"], "");
    assert!(released.starts_with("isp.example yes: "), "{released}");

    // A question to the partner: its approver finds it in the inbox and answers; the asker may not.
    let name = [
        "case", "member", "name", &case, "--person", &partner, "--role", "approver",
    ];
    until("the case arrives", || {
        (isp.run("partner", &name, "").0 == 0).then_some(())
    });
    let ask = [
        "request",
        "ask",
        &case,
        "--to",
        "isp.example",
        "--what",
        "information",
        "--reference",
        "I-1",
        "--reason",
        "is the panel known?",
    ];
    let asked = agency.does("officer", &ask, "");
    let request = asked.lines().next().unwrap();
    until("it arrives", || {
        isp.run("partner", &["inbox"], "")
            .1
            .contains("decide-request")
            .then_some(())
    });
    let answer = [
        "request",
        "answer",
        request,
        "--answer",
        "words",
        "--words",
        "since May",
    ];
    agency.refused("officer", &answer, "approver");
    isp.does("partner", &answer, "");
    until("the answer arrives", || {
        let view = agency.json("officer", &["case", "show", &case], "");
        view.to_string().contains("since May").then_some(())
    });
    let timeline = agency.does("officer", &["case", "timeline", &case], "");
    assert!(
        timeline.contains("request.answered") && timeline.contains("We wait"),
        "{timeline}"
    );

    // What there is to read, and what is not theirs to read.
    let of_case = [
        "case similar",
        "subject list",
        "disclosure show",
        "plan show",
        "plan notices",
        "sinkhole list",
        "protect indicators",
        "protect second list",
        "victim list",
        "intel graph",
        "intel received list",
    ];
    let of_node = [
        "inbox",
        "me show",
        "me notices show",
        "intel list",
        "lead list",
        "lead recipients",
        "draft list",
        "protect new list",
        "protect new week",
        "protect new series family",
    ];
    let of_case = of_case.map(|line| [line.split(' ').collect(), vec![case.as_str()]].concat());
    let of_node = of_node.map(|line| line.split(' ').collect::<Vec<&str>>());
    for line in of_case.iter().chain(&of_node) {
        let (code, _, stderr) = agency.run("officer", line, "");
        assert!(code < 2, "{line:?}: {stderr}");
    }
    agency.refused("officer", &["audit", "log"], "auditor");
    // What would lead elsewhere is not asked, and what is read twice is not guessed.
    let (code, _, stderr) = agency.run("officer", &["case", "show", "../people"], "");
    assert_eq!(code, 2);
    assert!(stderr.contains("no id of a case"), "{stderr}");
    let twice = ["note", "write", &case, "--title", "-", "--note", "-"];
    let (code, _, stderr) = agency.run("officer", &twice, "x");
    assert_eq!(code, 2);
    assert!(stderr.contains("standard input is read once"), "{stderr}");
    agency.does("officer", &["sign-out"], "");
    let (code, _, stderr) = agency.run("officer", &["case", "list"], "");
    assert_eq!(code, 2);
    assert!(stderr.contains("sign in again"), "{stderr}");
    for mut side in [agency, isp] {
        assert_eq!(side.node.stop(), 0);
    }
}
