//! Three organisations under one agreement with one case, and somebody of every role inside and outside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use accord_ledger::note::Note;
use accord_model::control::role_is_of;
use accord_model::{OrgKind, Role};
use accord_service::keys;
use serde_json::{Value, json};

use crate::node::{ROLES, START_MS, TestNode, introduce, start};

/// One day, ms.
pub const DAY_MS: u64 = 24 * 3_600_000;

/// Somebody: their id and their session.
#[derive(Clone)]
pub struct Person {
    pub id: String,
    pub token: String,
}

pub struct World {
    pub nodes: BTreeMap<&'static str, TestNode>,
    /// By organisation and what they are called: `in-ROLE` is on the case, `out-ROLE` on none.
    pub people: BTreeMap<(&'static str, String), Person>,
    pub agreement: String,
    pub case: String,
    /// Another case with the same people.
    pub other_case: String,
    /// Who acts, and where.
    pub at: &'static str,
    pub role: Role,
    /// Nodes that the world's were asked to know.
    pub strangers: Vec<TestNode>,
    /// Conversations with businesses that were begun.
    pub conversations: BTreeSet<String>,
    /// What was made last, by its name.
    pub last: BTreeMap<String, String>,
    pub made: u32,
}

/// The roles that are given on a case.
pub fn is_of_a_case(role: Role) -> bool {
    !matches!(role, Role::Operator | Role::Signatory | Role::Auditor)
}

impl World {
    /// Starts everybody, up to the open case.
    pub async fn begin() -> Self {
        let mut nodes = BTreeMap::new();
        for (name, kind) in [
            ("agency", OrgKind::Agency),
            ("host", OrgKind::HostingProvider),
            ("isp", OrgKind::Isp),
        ] {
            nodes.insert(name, start(name, kind).await);
        }
        introduce(&nodes["agency"], &nodes["isp"]).await;
        introduce(&nodes["agency"], &nodes["host"]).await;
        let mut world = Self {
            nodes,
            people: BTreeMap::new(),
            agreement: String::new(),
            case: String::new(),
            other_case: String::new(),
            at: "agency",
            role: Role::CaseOfficer,
            strangers: Vec::new(),
            conversations: BTreeSet::new(),
            last: BTreeMap::new(),
            made: 0,
        };
        for org in ["agency", "isp"] {
            for role in ROLES {
                if role_is_of(role, world.nodes[org].node.config.kind) {
                    for place in ["in", "out"] {
                        world.employ(org, &format!("{place}-{role}"), role).await;
                    }
                }
            }
        }
        for (org, name, role) in [
            ("agency", "second-officer", Role::CaseOfficer),
            ("agency", "second-custodian", Role::Custodian),
            ("isp", "second-approver", Role::Approver),
            ("isp", "second-researcher", Role::Researcher),
        ] {
            world.employ(org, name, role).await;
        }
        let mut files = world.files("Operation agreement").await;
        let toml = files["toml"].as_str().expect("a file");
        files["toml"] = json!(format!(
            "{toml}\n[approvals]\nfour_eyes = [\"subscriber-data\"]\n"
        ));
        world.agreement = world.agree(files).await;
        world.case = world.open_case("Operation Heron", json!(["isp"])).await;
        world.staff(&world.case).await;
        world.other_case = world.open_case("Operation Lark", json!(["isp"])).await;
        world.staff(&world.other_case).await;
        world.sources().await;
        world
    }

    /// Gives an organisation a person.
    pub async fn employ(&mut self, org: &'static str, name: &str, role: Role) -> Person {
        let (id, token) = self.nodes[org].person(name, role).await;
        let person = Person { id, token };
        self.people.insert((org, name.to_owned()), person.clone());
        person
    }

    pub fn person(&self, org: &str, name: &str) -> &Person {
        let found = self
            .people
            .iter()
            .find(|((of, known), _)| *of == org && known == name);
        found.unwrap_or_else(|| panic!("no {name} at {org}")).1
    }

    /// Somebody of a role who is on the case.
    pub fn on_case(&self, org: &str, role: Role) -> &Person {
        self.person(org, &format!("in-{role}"))
    }

    /// Somebody does something that is not tried here, but needed.
    pub async fn act(&self, org: &str, who: &str, method: &str, path: &str, body: Value) -> Value {
        let token = self.person(org, who).token.clone();
        let body = (!body.is_null()).then_some(body);
        let path = format!("/api/v1{path}");
        self.nodes[org].call(method, &path, &token, body).await.ok()
    }

    pub async fn post(&self, org: &str, who: &str, path: &str, body: Value) -> Value {
        self.act(org, who, "POST", path, body).await
    }

    /// The parties pull until all have everything; the hosting provider until it is suspended. One clock holds for all: each node's own goes on by itself where
    /// people show their second factor, and partners refuse what is signed at another time.
    pub async fn sync(&self) {
        let clocks = self.nodes.values().map(|node| node.clock.load(Ordering::SeqCst));
        let latest = clocks.max().unwrap_or_default() + 1_000;
        for node in self.nodes.values() {
            node.clock.store(latest, Ordering::SeqCst);
        }
        for _ in 0..3 {
            for (who, of) in [
                ("agency", "host"),
                ("agency", "isp"),
                ("host", "agency"),
                ("isp", "agency"),
            ] {
                let from = of.parse().expect("a name");
                match self.nodes[who].node.pull(&from).await {
                    Ok(pulled) => assert!(pulled.problems.is_empty(), "{:?}", pulled.problems),
                    Err(error) => assert!([who, of].contains(&"host"), "{error}"),
                }
            }
        }
    }

    pub fn now_ms(&self) -> u64 {
        self.nodes["agency"].node.now_ms()
    }

    /// Time passes everywhere.
    pub fn pass(&self, seconds: u64) {
        for node in self.nodes.values() {
            node.pass(seconds);
        }
    }

    /// The files of an agreement of the three.
    pub async fn files(&self, title: &str) -> Value {
        self.post(
            "agency",
            "in-signatory",
            "/agreements/template",
            self.filling(title),
        )
        .await
    }

    /// What a template is filled with.
    pub fn filling(&self, title: &str) -> Value {
        let parties: Vec<Value> = self
            .nodes
            .iter()
            .map(|(name, node)| {
                json!({ "name": name, "kind": node.node.config.kind, "identity": node.node.own_identity(),
                        "contact": "duty desk", "gateway": "the law that permits it" })
            })
            .collect();
        json!({ "template": "agency-isp", "filling": {
            "title": title, "reference": title, "parties": parties,
            "term": { "from_ms": START_MS, "until_ms": START_MS + 365 * DAY_MS } } })
    }

    /// The signature of an organisation's offline key over an agreement.
    pub async fn signature(&self, org: &str, digest: &str) -> String {
        let node = &self.nodes[org];
        let path = format!("/api/v1/agreements/{digest}/signing-text");
        let text = node.get(&path, &node.signatory).await.ok();
        let dir = &node.node.config.dir;
        let identity = keys::read_identity(&keys::identity_path(dir), &node.node.config.org);
        let identity = identity.expect("the identity key");
        let note = Note::sign(text["text"].as_str().expect("a text"), &[&identity]);
        let encoded = note.expect("a signature").encode();
        encoded.lines().last().expect("its line").to_owned()
    }

    pub async fn sign(&self, org: &str, digest: &str) {
        let node = &self.nodes[org];
        let body = json!({ "signature": self.signature(org, digest).await });
        let path = format!("/api/v1/agreements/{digest}/sign");
        node.post(&path, &node.signatory, body).await.ok();
    }

    /// Lays an agreement before its parties.
    pub async fn propose(&self, files: Value) -> String {
        let digest = self.post("agency", "in-signatory", "/agreements", files).await;
        self.sync().await;
        digest.as_str().expect("a digest").to_owned()
    }

    pub async fn agree(&self, files: Value) -> String {
        let digest = self.propose(files).await;
        for org in self.nodes.keys() {
            self.sign(org, &digest).await;
        }
        self.sync().await;
        digest
    }

    /// The case officer opens a case, and the approver joins it.
    pub async fn open_case(&self, operation: &str, parties: Value) -> String {
        let new = json!({ "agreement": self.agreement, "operation": operation, "reference": "K-1",
            "purpose": "cybercrime-investigation", "parties": parties });
        let case = self.post("agency", "in-case-officer", "/cases", new).await;
        let case = case.as_str().expect("an id").to_owned();
        self.sync().await;
        self.name(&case, "agency", "in-approver", Role::Approver).await;
        case
    }

    /// An approver names somebody on a case.
    pub async fn name(&self, case: &str, org: &str, name: &str, role: Role) {
        let member = json!({ "person": self.person(org, name).id, "roles": [role] });
        self.post(org, "in-approver", &format!("/cases/{case}/members"), member)
            .await;
    }

    async fn staff(&self, case: &str) {
        // The provider's approver names themselves first; the agency's was there when the case was opened.
        self.name(case, "isp", "in-approver", Role::Approver).await;
        for (org, name) in self.people.keys() {
            let role = match name.as_str() {
                "second-officer" => Some(Role::CaseOfficer),
                "second-approver" => Some(Role::Approver),
                "second-researcher" => Some(Role::Researcher),
                "second-custodian" => Some(Role::Custodian),
                name => name.strip_prefix("in-").and_then(|role| role.parse().ok()),
            };
            if let Some(role) = role
                && is_of_a_case(role)
                && !["in-case-officer", "in-approver"].contains(&name.as_str())
            {
                self.name(case, org, name, role).await;
            }
        }
        self.sync().await;
    }

    /// Each of the two has a log with lines that hunts find, and lists of what many use.
    async fn sources(&self) {
        for org in ["agency", "isp"] {
            let source = json!({ "name": "access", "description": "access log", "custodian": "duty operator",
                "customers": ["10.1.0.0/16"] });
            self.post(org, "in-operator", "/logs/sources", source).await;
            let node = &self.nodes[org];
            let log = "10.1.0.7 - - [02/Nov/2026:07:30:00 +0000] \"GET http://evil.example/ HTTP/1.1\" 200 12 \"-\" \"-\"\n";
            let path = "/api/v1/logs/sources/access/import?name=access.log";
            let token = &self.person(org, "in-operator").token;
            super::send_raw(node, path, token, log.as_bytes()).await.ok();
            let list = json!({ "text": "bank.example\n" });
            self.post(org, "in-operator", "/allow-lists/top", list).await;
        }
        let collected = json!({ "http": [{ "name": "sensors", "source": "access" }] });
        let collected = serde_json::from_value(collected).expect("settings");
        let started = self.nodes["agency"].node.start_collecting(collected).await;
        started.expect("collectors");
    }
}
