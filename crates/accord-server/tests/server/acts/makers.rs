//! What the paths and bodies name, made fresh for who acts, in the state in which the act can succeed.

use accord_model::{OrgKind, Role};
use serde_json::{Value, json};

use super::world::{DAY_MS, World};
use crate::node::{FIRST_PASSWORD, START_MS, start};

/// The text of a value, or of its field `at`.
pub fn reference(value: &Value) -> String {
    let found = value.as_str().or_else(|| value["at"].as_str());
    found
        .unwrap_or_else(|| panic!("no reference: {value}"))
        .to_owned()
}

/// A note as a body.
pub fn draft(title: &str, marking: &str, note: Value) -> Value {
    json!({ "title": title, "marking": marking, "note": note })
}

impl World {
    /// A value by its name, which is then the last of that name.
    pub async fn make(&mut self, what: &str) -> String {
        self.made += 1;
        let value = Box::pin(self.standing(what)).await;
        self.last.insert(what.to_owned(), value.clone());
        value
    }

    /// What was made last of a name.
    pub fn last(&self, what: &str) -> String {
        let found = self.last.get(what);
        found.unwrap_or_else(|| panic!("no {what} was made yet")).clone()
    }

    /// What who acts is called.
    fn acting(&self) -> String {
        format!("in-{}", self.role)
    }

    /// A path of the case.
    fn here(&self, path: &str) -> String {
        format!("/cases/{}{path}", self.case)
    }

    async fn standing(&mut self, what: &str) -> String {
        match what {
            "case" => self.case.clone(),
            "other-case" => self.other_case.clone(),
            "agreement" => self.agreement.clone(),
            "fresh" => format!("n{}", self.made),
            "now" => self.now_ms().to_string(),
            "hour-ago" => (START_MS - 3_600_000).to_string(),
            "later" => (self.now_ms() + 10 * DAY_MS).to_string(),
            "soon" => (self.now_ms() + 3_600_000).to_string(),
            "password" => crate::node::PASSWORD.to_owned(),
            "self" => self.person(self.at, &self.acting()).id.clone(),
            "host" | "isp" | "access" | "peer" | "top" | "sensors" => what.to_owned(),
            "totp" => {
                let token = self.last("somebody-new");
                crate::sessions::offered(&self.nodes[self.at], &token).await
            }
            other => self.of_the_house(other).await,
        }
    }

    /// People, peers, agreements, accounts.
    async fn of_the_house(&mut self, what: &str) -> String {
        let (org, n) = (self.at, self.made);
        let operator = "in-operator";
        match what {
            "waiting-person" => {
                let new = json!({ "sign_in": format!("n{n}"), "name": "N", "roles": ["auditor"], "password": FIRST_PASSWORD });
                let added = self.post(org, operator, "/people", new).await;
                reference(&added["id"])
            }
            "colleague" => self.employ(org, &format!("n{n}"), Role::Approver).await.id,
            "auditor" => self.employ(org, &format!("n{n}"), Role::Auditor).await.id,
            "worker" => {
                let role = if org == "agency" {
                    Role::Investigator
                } else {
                    Role::Researcher
                };
                self.employ(org, &format!("n{n}"), role).await.id
            }
            "enrolled" => {
                let person = self.employ(org, &format!("n{n}"), Role::Approver).await;
                let node = &self.nodes[org];
                crate::sessions::enrol(node, &person.token, node.node.now_ms()).await;
                person.id
            }
            "reset" => {
                let id = self.employ(org, &format!("n{n}"), Role::Approver).await.id;
                let body = json!({ "password": "another first one" });
                let path = format!("/people/{id}/reset-password");
                self.post(org, operator, &path, body).await;
                id
            }
            "invitation" => {
                let other = start(&format!("peer{n}"), OrgKind::Vendor).await;
                let invitation = other
                    .call("POST", "/api/v1/peers/invitations", &other.operator, None)
                    .await
                    .ok();
                self.strangers.push(other);
                invitation.to_string()
            }
            "pending-peer" => {
                let invitation: Value =
                    serde_json::from_str(&Box::pin(self.make("invitation")).await).expect("JSON");
                let peer = self.post(org, operator, "/peers/accept", invitation).await;
                reference(&peer["org"])
            }
            "fingerprint" => self.strangers.last().expect("a stranger").node.fingerprint(),
            "suspended-peer" => {
                // It may be suspended already.
                let token = self.person(org, operator).token.clone();
                let path = "/api/v1/peers/host/suspend";
                self.nodes[org].call("POST", path, &token, None).await;
                "host".to_owned()
            }
            "files" => self.files(&format!("Agreement {n}")).await.to_string(),
            "filling" => self.filling(&format!("Agreement {n}")).to_string(),
            "proposed" => {
                let files = self.files(&format!("Agreement {n}")).await;
                self.propose(files).await
            }
            "agreed" => {
                let files = self.files(&format!("Agreement {n}")).await;
                self.agree(files).await
            }
            "signature" => {
                let proposed = self.last("proposed");
                self.signature(org, &proposed).await
            }
            "account" => {
                let new = json!({ "name": format!("n{n}"), "org": "isp", "writes": true,
                    "until_ms": self.now_ms() + 30 * DAY_MS });
                let opened = self.post(org, operator, "/taxii/accounts", new).await;
                self.last
                    .insert("taxii-token".to_owned(), reference(&opened["token"]));
                format!("n{n}")
            }
            "received" => self.received().await,
            "audience" => {
                let new = json!({ "name": format!("n{n}"), "reach": "own" });
                self.post(org, operator, "/audiences", new).await;
                format!("n{n}")
            }
            "zone-audience" => {
                let new = json!({ "name": format!("n{n}"), "reach": "own", "rpz": format!("n{n}.rpz.example"),
                    "clients": ["127.0.0.0/8"] });
                self.post(org, operator, "/audiences", new).await;
                format!("n{n}")
            }
            "feed" => {
                let new = json!({ "name": format!("n{n}"), "url": "http://127.0.0.1:9/x", "marking": "TLP:AMBER",
                    "confidence": 75, "every_minutes": 60 });
                let keeper = match org {
                    "agency" => "in-case-officer",
                    _ => "in-researcher",
                };
                self.post(org, keeper, "/feeds", new).await;
                format!("n{n}")
            }
            "own-network" => {
                let value = format!("198.51.{}.0/24", n % 200);
                let new = json!({ "kind": "network", "value": value, "description": "d" });
                self.post(org, operator, "/own-infrastructure", new).await;
                value
            }
            other => self.of_the_case(other).await,
        }
    }

    /// What a partner without a node added by TAXII.
    async fn received(&mut self) -> String {
        let name = Box::pin(self.make("account")).await;
        let path = format!("/taxii/accounts/{name}/confirm");
        self.post(self.at, "in-signatory", &path, Value::Null).await;
        let node = self.nodes[self.at].node.clone();
        let token = self.last("taxii-token");
        let caller = node.taxii_caller(Some(&name), &token).await.expect("a caller");
        let root = self.agreement.parse().expect("a digest");
        let all = node.taxii_collections(&caller, root).await.expect("collections");
        let collection = all
            .iter()
            .find(|one| one.title.contains("Heron"))
            .expect("the case's collection");
        let object = json!({ "type": "indicator", "spec_version": "2.1", "id": format!("indicator--{}", self.made),
            "created": "2026-11-02T09:00:00.000Z", "modified": "2026-11-02T09:00:00.000Z",
            "pattern": "[domain-name:value = 'added.example']", "pattern_type": "stix",
            "valid_from": "2026-11-02T09:00:00.000Z" });
        let added = node.taxii_add(&caller, (root, &collection.id), &[object]).await;
        added.expect("an addition").id
    }

    /// Cases, their people, and notes.
    async fn of_the_case(&mut self, what: &str) -> String {
        let (org, n) = (self.at, self.made);
        match what {
            "new-case" => {
                let case = self.open_case("Operation Wren", json!(["isp"])).await;
                self.name(&case, "agency", "second-officer", Role::CaseOfficer)
                    .await;
                case
            }
            "second-officer" => self.person(org, "second-officer").id.clone(),
            "offered" => self.last("offered"),
            "offered-case" => {
                let case = Box::pin(self.make("new-case")).await;
                let to = json!({ "to_org": "agency", "to": self.person("agency", "in-case-officer").id });
                // The pen goes there and comes back: who tries takes it back.
                let there = json!({ "to_org": "agency", "to": self.person("agency", "second-officer").id });
                let path = format!("/cases/{case}/pen");
                let passed = self
                    .post("agency", "in-case-officer", &format!("{path}/pass"), there)
                    .await;
                let taken = json!({ "passed": reference(&passed) });
                self.post("agency", "second-officer", &format!("{path}/take"), taken)
                    .await;
                let passed = self
                    .post("agency", "second-officer", &format!("{path}/pass"), to)
                    .await;
                self.last.insert("offered".to_owned(), reference(&passed));
                case
            }
            "member" => {
                let role = if org == "agency" {
                    Role::Investigator
                } else {
                    Role::Researcher
                };
                let name = format!("n{n}");
                self.employ(org, &name, role).await;
                self.name(&self.case.clone(), org, &name, role).await;
                self.person(org, &name).id.clone()
            }
            "isp-researcher" => self.person("isp", "in-researcher").id.clone(),
            "isp-person" => self.employ("isp", &format!("n{n}"), Role::Researcher).await.id,
            "granted-secondment" => {
                let person = self.employ("isp", &format!("n{n}"), Role::Researcher).await.id;
                let new = json!({ "person": person, "home": "isp", "host": "agency", "categories": ["analysis"],
                    "scope": "the kit", "from_ms": self.now_ms(), "until_ms": self.now_ms() + 9 * DAY_MS });
                for (org, who) in [("isp", "in-approver"), ("agency", "in-case-officer")] {
                    self.post(org, who, &self.here("/secondments"), new.clone()).await;
                }
                self.sync().await;
                person
            }
            "note" => self.note_of(org, "TLP:AMBER").await,
            "red" => self.note_of(org, "TLP:RED").await,
            "foreign-note" => {
                let other = if org == "agency" { "isp" } else { "agency" };
                let at = self.note_of(other, "TLP:AMBER").await;
                self.sync().await;
                at
            }
            "instrument" => self.instrument(&["log-evidence"]).await,
            "hold" => {
                let hold = json!({ "entry": self.note_of("agency", "TLP:AMBER").await, "reference": "17 Js", "reason": "asked" });
                let held = self
                    .post("agency", "in-disclosure-officer", &self.here("/holds"), hold)
                    .await;
                reference(&held)
            }
            "recall" => {
                let entry = Box::pin(self.make("foreign-note")).await;
                let other = if org == "agency" { "isp" } else { "agency" };
                let order = json!({ "entry": entry, "reason": "wrong" });
                let ordered = self
                    .post(other, "in-approver", &self.here("/recalls"), order)
                    .await;
                self.sync().await;
                reference(&ordered)
            }
            "older" => {
                let case = self.open_case("Operation Wren", json!([])).await;
                self.last.insert("older-case".to_owned(), case.clone());
                let note = draft(
                    "before",
                    "TLP:AMBER",
                    json!({ "kind": "decision.logged", "text": "t", "reason": "r" }),
                );
                let at = self
                    .post("agency", "in-case-officer", &format!("/cases/{case}/notes"), note)
                    .await;
                let party = json!({ "org": "isp" });
                self.post(
                    "agency",
                    "in-case-officer",
                    &format!("/cases/{case}/parties"),
                    party,
                )
                .await;
                self.last.insert("older-note".to_owned(), reference(&at));
                case
            }
            "older-note" => self.last("older-note"),
            "file" => {
                let path = format!(
                    "/api/v1{}",
                    self.here("/files?name=a.txt&marking=TLP:AMBER&nature=document")
                );
                let worker = if org == "agency" {
                    "in-investigator"
                } else {
                    "in-researcher"
                };
                let token = self.person(org, worker).token.clone();
                let answer =
                    super::send_raw(&self.nodes[org], &path, &token, format!("file {n}").as_bytes()).await;
                reference(&answer.ok())
            }
            "first-line" => "0".to_owned(),
            "log-hold" => {
                let new =
                    json!({ "hold": format!("h{n}"), "reason": "order", "segments": ["access/000001"] });
                self.post(org, "in-approver", "/logs/holds", new).await;
                format!("h{n}")
            }
            "segment" => {
                let source = format!("s{n}");
                let new = json!({ "name": source, "description": "d", "custodian": "c" });
                self.post(org, "in-operator", "/logs/sources", new).await;
                let path = format!("/api/v1/logs/sources/{source}/import?name=b.log");
                let token = self.person(org, "in-operator").token.clone();
                super::send_raw(&self.nodes[org], &path, &token, b"a line\n")
                    .await
                    .ok();
                format!("{source}/000001")
            }
            "own-hunt" => self.own_hunt(org).await,
            "kept-question" => self.kept_question(org).await,
            "found-hunt" => {
                let id = self.own_hunt(org).await;
                let token = self.person(org, &self.acting()).token.clone();
                let node = &self.nodes[org];
                let path = format!("/api/v1/logs/hunts/{id}");
                node.call("POST", &format!("{path}/run"), &token, None).await.ok();
                while node.get(&path, &token).await.ok()["state"] == "running" {
                    tokio::task::yield_now().await;
                }
                id
            }
            "draft" => {
                let path = format!("/api/v1/imports?name=a.md&case={}", self.case);
                let token = self.person(org, &self.acting()).token.clone();
                let text = format!("# Report\n\nIt talks to c{n}.evil.example and shows it.\n");
                let answer = super::send_raw(&self.nodes[org], &path, &token, text.as_bytes()).await;
                reference(&answer.ok()["id"])
            }
            "linked" => {
                let value = format!("linked{n}.evil.example");
                let worker = match org {
                    "agency" => "in-investigator",
                    _ => "in-researcher",
                };
                let link = json!({ "seen_in": "download", "values": [value, "203.0.113.9"], "at_ms": 1, "count": 1 });
                let said = json!({ "marking": "TLP:AMBER", "links": [link] });
                self.post(org, worker, &self.here("/seen-together"), said).await;
                value
            }
            "waiting-note" => {
                let note = draft(
                    "the bank",
                    "TLP:AMBER",
                    json!({ "kind": "indicator.published",
                    "indicators": [{ "value": "bank.example" }], "from": "analysis", "wish": "none" }),
                );
                let other = match (org, self.role) {
                    ("agency", Role::CaseOfficer) => "in-investigator",
                    ("agency", _) => "in-case-officer",
                    (_, Role::Researcher) => "second-researcher",
                    _ => "in-researcher",
                };
                let waiting = self.post(org, other, &self.here("/waiting"), note).await;
                reference(&waiting)
            }
            other => self.of_the_work(other).await,
        }
    }

    /// A note of an organisation.
    async fn note_of(&self, org: &str, marking: &str) -> String {
        let (who, note) = match org {
            "agency" => (
                "in-investigator",
                json!({ "kind": "report.published", "text": "t" }),
            ),
            _ => (
                "in-researcher",
                json!({ "kind": "report.published", "text": "t" }),
            ),
        };
        let path = self.here("/notes");
        reference(&self.post(org, who, &path, draft("a note", marking, note)).await)
    }

    /// The authority for what is asked of the provider.
    pub async fn instrument(&self, categories: &[&str]) -> String {
        let now = self.now_ms();
        let new = json!({ "reference": "W-1", "authority": "District Court", "power": "Act 7", "scope": "logs",
            "categories": categories, "addressee": "isp", "from_ms": now, "to_ms": now + 30 * DAY_MS });
        let path = self.here("/instruments");
        reference(&self.post("agency", "in-case-officer", &path, new).await)
    }

    /// Threats, leads, conversations, links; then what is asked and planned.
    async fn of_the_work(&mut self, what: &str) -> String {
        let (org, n) = (self.at, self.made);
        let threat = json!({ "name": format!("Threat {n}"), "what": "a panel",
            "assessment": { "impact": "high", "likelihood": "medium", "confidence": "low" } });
        match what {
            "threat" => reference(&self.post(org, &self.acting(), "/threats", threat).await),
            "dropped-threat" => {
                let id = reference(&self.post(org, &self.acting(), "/threats", threat).await);
                let drop = json!({ "reason": "gone" });
                self.post(org, &self.acting(), &format!("/threats/{id}/drop"), drop)
                    .await;
                id
            }
            "given-lead" => {
                let to = if org == "agency" { "isp" } else { "agency" };
                self.lead(org, to, "TLP:AMBER").await
            }
            "red-lead" => {
                let to = if org == "agency" { "isp" } else { "agency" };
                self.lead(org, to, "TLP:RED").await
            }
            "got-lead" => {
                let from = if org == "agency" { "isp" } else { "agency" };
                self.lead(from, org, "TLP:AMBER").await
            }
            "recalled-lead" => {
                let from = if org == "agency" { "isp" } else { "agency" };
                let lead = self.lead(from, org, "TLP:AMBER").await;
                let path = format!("/leads/{lead}/recall");
                let orders = self
                    .post(from, "in-approver", &path, json!({ "reason": "wrong" }))
                    .await;
                self.sync().await;
                reference(&orders[0])
            }
            "held-lead" => {
                let lead = self.lead("isp", "agency", "TLP:AMBER").await;
                let hold = json!({ "reference": "17 Js", "reason": "asked" });
                let path = format!("/leads/{lead}/hold");
                let held = self.post("agency", "in-disclosure-officer", &path, hold).await;
                reference(&held[0])
            }
            "onward-asked" => {
                let to = if org == "agency" { "isp" } else { "agency" };
                let lead = self.lead(org, to, "TLP:AMBER").await;
                let who = if to == "agency" {
                    "in-investigator"
                } else {
                    "in-researcher"
                };
                let asked = json!({ "word": "onward-asked", "text": "may we?", "onward": "host" });
                let path = format!("/leads/{lead}/answer");
                let asked = self.post(to, who, &path, asked).await;
                self.sync().await;
                reference(&asked)
            }
            "conversation" => self.conversation().await,
            "attached" => {
                let id = self.conversation().await;
                let attached = self.attach(&id).await;
                self.last.insert("victim".to_owned(), attached);
                id
            }
            "victim" => {
                let id = self.conversation().await;
                self.attach(&id).await
            }
            "kept-victim" => self.kept_victim().await,
            "asked-grant" => self.grant(&[]).await,
            "open-grant" => self.grant(&["in-custodian", "second-officer"]).await,
            "guest" => self.guest("waits").await,
            "approved-guest" => self.guest("approved").await,
            other => self.of_requests(other).await,
        }
    }

    /// A hunt of the case in the organisation's own logs, by who acts.
    async fn own_hunt(&self, org: &str) -> String {
        let new = json!({ "name": "panel", "reason": "the desk asks", "case": self.case, "values": ["evil.example"] });
        reference(&self.post(org, &self.acting(), "/logs/hunts", new).await["id"])
    }

    /// A question in SQL about the organisation's own logs, kept by who acts.
    async fn kept_question(&self, org: &str) -> String {
        let new = json!({ "name": format!("question {}", self.made), "statement": "SELECT 1", "reason": "the desk asks" });
        reference(&self.post(org, &self.acting(), "/logs/sql/kept", new).await["id"])
    }

    async fn lead(&self, from: &str, to: &str, marking: &str) -> String {
        let who = if from == "agency" {
            "in-investigator"
        } else {
            "in-researcher"
        };
        let new = json!({ "agreement": self.agreement, "to": to, "title": "A panel", "marking": marking,
            "text": "it rents out loaders" });
        let lead = self.post(from, who, "/leads", new).await;
        self.sync().await;
        reference(&lead)
    }

    /// A business that said who it is: the conversation.
    async fn conversation(&mut self) -> String {
        // So many are begun in an hour, and no more.
        self.pass(70);
        let node = &self.nodes["agency"];
        let opened = node
            .post(
                "/api/v1/report",
                "",
                json!({ "text": "our tills show a red screen" }),
            )
            .await
            .ok();
        let token = reference(&opened["token"]);
        let identity = json!({ "name": format!("Harbour Mill {} Ltd", self.made) });
        node.post(&format!("/api/v1/report/{token}/identity"), "", identity)
            .await
            .ok();
        let all = self
            .act("agency", "in-investigator", "GET", "/conversations", Value::Null)
            .await;
        let all = all.as_array().expect("a list").iter();
        let mut ids = all.map(|one| reference(&one["id"]));
        let id = ids
            .find(|id| !self.conversations.contains(id))
            .expect("the new conversation");
        self.conversations.insert(id.clone());
        id
    }

    async fn attach(&self, id: &str) -> String {
        let body = json!({ "case": self.case, "victim": "organisation", "text": "a maker of food", "marking": "TLP:AMBER" });
        let path = format!("/conversations/{id}/attach");
        reference(&self.post("agency", "in-investigator", &path, body).await)
    }

    /// A victim whose identity is filed.
    async fn kept_victim(&mut self) -> String {
        let id = self.conversation().await;
        let victim = self.attach(&id).await;
        let path = format!("/conversations/{id}/file-identity");
        self.post("agency", "in-custodian", &path, Value::Null).await;
        victim
    }

    /// A look that was asked for, with these hands.
    async fn grant(&mut self, hands: &[&str]) -> String {
        let victim = self.kept_victim().await;
        let path = format!("/victims/{victim}/grants");
        // Who tries to give a hand did not ask; who tries to look did.
        let asker = match self.role {
            _ if hands.is_empty() => "in-investigator".to_owned(),
            role => format!("in-{role}"),
        };
        let asked = self
            .post("agency", &asker, &path, json!({ "reason": "to warn its bank" }))
            .await;
        let asked = reference(&asked);
        for hand in hands {
            let hand = if asker == *hand { "second-custodian" } else { *hand };
            let give = json!({ "until_ms": self.now_ms() + DAY_MS });
            self.post("agency", hand, &format!("/grants/{asked}/give"), give)
                .await;
        }
        asked
    }

    async fn guest(&self, state: &str) -> String {
        let new = json!({ "to": "shop.example", "what": "information", "reference": format!("G-{}", self.made),
            "reason": "the till called", "guest": { "organisation": "Corner Shop Ltd", "contact": "the manager",
            "officer": "Ada Officer", "then": "It is kept." } });
        let link = self
            .post("agency", "in-investigator", &self.here("/guests"), new)
            .await;
        let id = reference(&link["id"]);
        if state == "approved" {
            let path = format!("/guests/{id}/decision");
            self.post("agency", "second-officer", &path, json!({ "approve": true }))
                .await;
        }
        id
    }
}
