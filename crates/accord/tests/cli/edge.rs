//! A node and an edge, each a process of its own: from a note to a block at the edge; the node is away; what was seen.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::api::Api;
use super::node::TestNode;
use super::running::Running;
use super::two_nodes::{pair, propose, sign_on_the_page, until};

const ZONE: &str = "bl.agency.example";

/// A customer, who asks the edge.
struct Customer {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    token: String,
}

/// An edge that runs, and where it answers.
struct RunningEdge {
    process: Running,
    http: String,
    dns: SocketAddr,
}

impl RunningEdge {
    fn start(folder: &Path, node: &str) -> Self {
        let words = [
            "edge",
            "--node",
            node,
            "--token-file",
            "edge.token",
            "--name",
            "fra",
            "--dir",
            "edge",
            "--listen",
            "127.0.0.1:0",
            "--dns-listen",
            "127.0.0.1:0",
            "--zone",
            ZONE,
            "--client",
            "127.0.0.0/8",
        ];
        let mut process = Running::start(folder, &words);
        let last = |line: String| line.rsplit(' ').next().unwrap().to_owned();
        let dns = last(process.line_with("verdicts over DNS at ")).parse().unwrap();
        let http = last(process.line_with("edge fra follows "));
        Self {
            process,
            http: format!("http://{http}"),
            dns,
        }
    }

    /// The code of a DNS answer: 0 where the value is listed, 3 where it is not, 5 where nothing is said.
    fn dns_code(&self, value: &str) -> u8 {
        let mut query = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in format!("{value}.{ZONE}").split('.') {
            query.push(u8::try_from(label.len()).unwrap());
            query.extend_from_slice(label.as_bytes());
        }
        query.extend_from_slice(&[0, 0, 1, 0, 1]);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        socket.send_to(&query, self.dns).unwrap();
        let mut answer = [0; 512];
        let length = socket.recv(&mut answer).unwrap();
        assert!(length >= 12 && answer[..2] == [0, 7]);
        answer[3] & 0xf
    }
}

impl Customer {
    fn new(token: &str) -> Self {
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            token: token.to_owned(),
        }
    }

    /// Status and answer.
    fn ask(&self, at: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{at}/verdict/v1/{path}");
        let request = match body {
            Some(body) => self.http.post(url).json(&body),
            None => self.http.get(url),
        };
        self.runtime.block_on(async {
            let answer = request.bearer_auth(&self.token).send().await.unwrap();
            let status = answer.status().as_u16();
            let body = answer.bytes().await.unwrap();
            (status, serde_json::from_slice(&body).unwrap_or_default())
        })
    }

    /// Whether the edge says that a value is blocked; none: it says nothing.
    fn is_blocked(&self, edge: &RunningEdge, value: &str) -> Option<bool> {
        let asked = json!({ "values": [value] });
        let (status, answer) = self.ask(&edge.http, "lookup", Some(asked));
        (status == 200).then(|| answer["verdicts"][0]["listed"] == true)
    }
}

/// An agency with a case, its officer, and an audience with edges: the tokens of look-ups and of edges.
fn with_a_case(agency: &mut TestNode, isp: &mut TestNode) -> (Api, Api, String, String, String) {
    agency.serve();
    isp.serve();
    let people = |node: &TestNode| (node.first_sign_in("operator"), node.first_sign_in("signatory"));
    let (operator, signatory) = people(agency);
    let (isp_operator, isp_signatory) = people(isp);
    pair(&operator, &isp_operator);
    let digest = propose((&operator, &signatory), &isp_operator);
    until("the proposal arrives", || {
        let (status, _) =
            isp_signatory.ask(reqwest::Method::GET, &format!("/agreements/{digest}"), Vec::new());
        (status == 200).then_some(())
    });
    sign_on_the_page(agency, &signatory, &digest);
    sign_on_the_page(isp, &isp_signatory, &digest);
    until("the agreement is in force", || {
        let view = signatory.get(&format!("/agreements/{digest}"));
        (view["summary"]["in_force"] == true).then_some(())
    });
    let new = json!({ "sign_in": "officer", "name": "officer", "roles": ["case-officer"],
        "password": "officer-at-first" });
    let added = operator.post("/people", &new);
    let id = added["id"].as_str().unwrap();
    signatory.post(&format!("/people/{id}/confirm-roles"), &Value::Null);
    let officer = Api::first_sign_in(&agency.url, "officer", "officer-at-first");
    let new = json!({
        "agreement": digest, "operation": "Operation Heather", "reference": "K-1",
        "purpose": "cybercrime-investigation", "parties": ["isp.example"],
    });
    let case = officer.post("/cases", &new).as_str().unwrap().to_owned();
    // Without a list of what many use, every indicator would need a second person.
    operator.post("/allow-lists/top", &json!({ "text": "bank.example\n" }));
    let new = json!({ "name": "customers", "reach": "customers", "edge": true });
    let opened = operator.post("/audiences", &new);
    let token = |name: &str| opened[name].as_str().unwrap().to_owned();
    let (lookups, edges) = (token("token"), token("edge_token"));
    (operator, officer, case, lookups, edges)
}

fn note(officer: &Api, case: &str, note: &Value) -> String {
    let new = json!({ "title": "protection", "marking": "TLP:AMBER", "note": note });
    let written = officer.post(&format!("/cases/{case}/notes"), &new);
    written["at"].as_str().unwrap().to_owned()
}

fn seen(operator: &Api, value: &str) -> u64 {
    let seen = operator.get("/protection/seen");
    let all = seen.as_array().unwrap().iter();
    let ours = all.filter(|one| one["indicator"] == value);
    ours.map(|one| one["count"].as_u64().unwrap()).sum()
}

#[cfg(unix)]
#[test]
fn an_edge_follows_a_node_outlives_it_and_gives_back_what_was_seen() {
    let mut agency = TestNode::init("agency.example", "agency");
    let mut isp = TestNode::init("isp.example", "isp");
    let (operator, officer, case, lookups, edges) = with_a_case(&mut agency, &mut isp);
    let customer = Customer::new(&lookups);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("edge.token"), &edges).unwrap();
    let edge = RunningEdge::start(folder.path(), &agency.url);
    until("the edge has what is served", || {
        customer.is_blocked(&edge, "evil.example")
    });
    assert_eq!(customer.is_blocked(&edge, "evil.example"), Some(false));
    assert_eq!(edge.dns_code("evil.example"), 3);

    // Published at the node, blocked at the edge; and detected there in silence.
    let values = json!([{ "value": "evil.example", "labels": ["kit"] }, { "value": "watched.example" }]);
    let published = note(
        &officer,
        &case,
        &json!({ "kind": "indicator.published", "indicators": values, "from": "analysis", "wish": "detect" }),
    );
    let verdict = |kind: &str, value: &str| json!({ "kind": kind, "reason": "the go of plan 1", "indicators": [{ "published": published, "value": value }] });
    note(&officer, &case, &verdict("verdict.block", "evil.example"));
    note(&officer, &case, &verdict("verdict.detect", "watched.example"));
    until("it is blocked at the edge", || {
        (customer.is_blocked(&edge, "evil.example") == Some(true) && edge.dns_code("www.evil.example") == 0)
            .then_some(())
    });
    let edge_of = |operator: &Api| operator.get("/audiences")[0]["edges"][0].clone();
    until("the edge is current", || {
        let shown = edge_of(&operator);
        (shown["state"] == "current" && shown["name"] == "fra").then_some(())
    });
    let (_, page) = operator.page("/protection");
    assert!(
        page.contains("Edge fra") && page.contains("has what is served"),
        "{page}"
    );

    // The node is away: the edge goes on, also after a start of its own, and tells its age.
    assert_eq!(agency.stop(), 0);
    assert_eq!(customer.is_blocked(&edge, "watched.example"), Some(false));
    assert_eq!(customer.is_blocked(&edge, "evil.example"), Some(true));
    assert_eq!(edge.process.terminate(), 0);
    let mut edge = RunningEdge::start(folder.path(), &agency.url);
    edge.process.line_with("it begins with the verdicts that it has");
    assert_eq!(customer.is_blocked(&edge, "evil.example"), Some(true));
    assert_eq!(edge.dns_code("evil.example"), 0);
    let (status, said) = customer.ask(&edge.http, "status", None);
    assert_eq!((status, &said["blocked"]), (200, &json!(1)));
    assert!(said["edge"]["minutes_since_heard"].is_u64(), "{said}");
    // Another token opens nothing, the edges' own neither.
    for other in ["wrong", edges.as_str()] {
        let (status, _) = Customer::new(other).ask(&edge.http, "status", None);
        assert_eq!(status, 401);
    }

    // It is back: what was seen meanwhile arrives, once.
    agency.serve();
    until("what was seen arrives", || {
        (seen(&operator, "watched.example") > 0).then_some(())
    });
    assert_eq!(edge.process.terminate(), 0);
    let edge = RunningEdge::start(folder.path(), &agency.url);
    until("the edge is heard again", || {
        (edge_of(&operator)["state"] == "current").then_some(())
    });
    assert_eq!(seen(&operator, "watched.example"), 1);
    assert_eq!(edge.process.terminate(), 0);
    for mut node in [agency, isp] {
        assert_eq!(node.stop(), 0);
    }
}

#[test]
fn what_cannot_be_an_edge_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "t").unwrap();
    let run = |words: &[&str]| {
        let always = [
            "edge",
            "--token-file",
            "token",
            "--dir",
            "edge",
            "--listen",
            "127.0.0.1:0",
        ];
        super::accord(folder.path(), &[&always[..], words].concat(), b"")
    };
    for (words, said) in [
        (
            &["--node", "http://node.example", "--name", "fra"][..],
            "https://",
        ),
        (&["--node", "http://127.0.0.1:1", "--name", "F R A"], "a-z"),
        (
            &[
                "--node",
                "http://127.0.0.1:1",
                "--name",
                "fra",
                "--zone",
                "bl.example",
            ],
            "--dns-listen",
        ),
        (&["--node", "http://127.0.0.1:1"], "--name"),
    ] {
        let (code, stdout, stderr) = run(words);
        assert_eq!((code, stdout.as_str()), (2, ""), "{words:?}");
        assert!(stderr.contains(said), "{words:?}: {stderr}");
    }
}
