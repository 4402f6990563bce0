//! Requests, exhibits, and what is planned together, each in the state in which the next act can succeed.

use serde_json::{Value, json};

use super::makers::{draft, reference};
use super::world::World;
use crate::node::START_MS;

impl World {
    fn on_it(&self, path: &str) -> String {
        format!("/cases/{}{path}", self.case)
    }

    pub async fn of_requests(&mut self, what: &str) -> String {
        match what {
            "hunt" => self.hunt().await,
            "looked-for" => self.looked_for().await,
            "commitment" => self.last("commitment"),
            "exhibit" => {
                let hunt = self.looked_for().await;
                let yes = json!({ "verdict": "approve", "preview": self.last("commitment") });
                let path = format!("/requests/{hunt}/decide");
                let decided = self.post("isp", "in-approver", &path, yes).await;
                self.sync().await;
                reference(&decided["exhibit"])
            }
            "information" => {
                let new = json!({ "to": "isp", "what": "information", "reference": format!("I-{}", self.made), "reason": "r" });
                self.ask("in-investigator", new).await
            }
            "own-question" => {
                let new = json!({ "to": "isp", "what": "information", "reference": format!("I-{}", self.made), "reason": "r" });
                self.ask(&format!("in-{}", self.role), new).await
            }
            "expertise" => {
                let new = json!({ "to": "isp", "what": "expertise", "reference": format!("X-{}", self.made),
                    "reason": "r", "expertise": { "pool": "malware" } });
                self.ask("in-investigator", new).await
            }
            "half-answered" => {
                let at = self.subscriber().await;
                self.subscribers_by("in-approver", &at).await;
                at
            }
            "answered" => {
                let at = self.subscriber().await;
                self.subscribers_by("in-approver", &at).await;
                self.subscribers_by("second-approver", &at).await;
                self.sync().await;
                at
            }
            "oral" => {
                let who = if self.at == "agency" {
                    "in-case-officer"
                } else {
                    "in-approver"
                };
                let new = json!({ "ground": "threat-to-life", "act": "ask", "category": "subscriber-data",
                    "addressee": "isp", "authority": "Judge Example", "power": "Act 7" });
                let new = match self.at {
                    "isp" => {
                        let mut new = new;
                        new["request"] = json!(self.subscriber().await);
                        new
                    }
                    _ => new,
                };
                let path = self.on_it("/orals");
                reference(&self.post(self.at, who, &path, new).await)
            }
            "subscriber" => self.subscriber().await,
            other => self.of_the_plan(other).await,
        }
    }

    async fn ask(&self, who: &str, new: Value) -> String {
        let path = self.on_it("/requests");
        let asked = reference(&self.post("agency", who, &path, new).await);
        self.sync().await;
        asked
    }

    async fn hunt(&self) -> String {
        let now = self.now_ms();
        let new = json!({ "to": "isp", "reference": format!("H-{}", self.made), "reason": "r",
            "instrument": self.instrument(&["log-evidence"]).await, "indicators": ["evil.example"],
            "from_ms": START_MS - 86_400_000, "to_ms": now, "marking": "TLP:AMBER" });
        let path = self.on_it("/hunts");
        let asked = reference(&self.post("agency", "in-investigator", &path, new).await);
        self.sync().await;
        asked
    }

    /// A hunt whose preview is there; its commitment is the last.
    async fn looked_for(&mut self) -> String {
        let hunt = self.hunt().await;
        let path = format!("/requests/{hunt}/preview");
        self.post("isp", "in-approver", &path, Value::Null).await;
        loop {
            let job = self.act("isp", "in-approver", "GET", &path, Value::Null).await;
            if let Some(commitment) = job["preview"]["commitment"].as_str() {
                self.last.insert("commitment".to_owned(), commitment.to_owned());
                return hunt;
            }
            assert!(job["state"] != "failed", "{job}");
            tokio::task::yield_now().await;
        }
    }

    fn connection() -> Value {
        json!({ "address": "192.0.2.7", "port": 4000, "at_ms": START_MS - 3_600_000 })
    }

    async fn subscriber(&self) -> String {
        let new = json!({ "to": "isp", "what": "subscriber-data", "reference": format!("S-{}", self.made), "reason": "r",
            "instrument": self.instrument(&["subscriber-data"]).await,
            "subscriber": { "connections": [Self::connection()] } });
        self.ask("in-investigator", new).await
    }

    async fn subscribers_by(&self, who: &str, at: &str) {
        let answer = json!({ "answer": "subscribers", "acquisition": "the access network's table",
            "answers": [{ "connection": Self::connection(), "found": "no-record" }] });
        self.post("isp", who, &format!("/requests/{at}/answer"), answer)
            .await;
    }

    async fn of_the_plan(&mut self, what: &str) -> String {
        match what {
            "target" => self.target().await,
            "others-target" => self.target().await,
            "checked-target" => {
                let target = self.target().await;
                self.checked(&target).await;
                target
            }
            "plan" => {
                let target = self.target().await;
                self.checked(&target).await;
                self.planned(&target).await;
                self.last("commitment")
            }
            "instant" => self.last("instant"),
            "gone-target" => self.gone().await,
            "sunk-target" => {
                let target = self.gone().await;
                let done = json!({ "receipts": [{ "target": target, "outcome": "done", "text": "t" }] });
                let path = self.on_it("/plan/receipts");
                self.post("isp", "in-approver", &path, done).await;
                self.sync().await;
                target
            }
            "indicator" => {
                let note = json!({ "kind": "indicator.published", "from": "analysis", "wish": "none",
                    "indicators": [{ "value": format!("i{}.example", self.made) }] });
                let path = self.on_it("/notes");
                let note = draft("an indicator", "TLP:AMBER", note);
                reference(&self.post("agency", "in-case-officer", &path, note).await)
            }
            other => panic!("nothing is called {other}"),
        }
    }

    async fn target(&self) -> String {
        let new = json!({ "marking": "TLP:AMBER", "targets": [{ "value": format!("t{}.example", self.made),
            "action": "sinkhole", "responsible": "isp", "reason": "r" }] });
        let path = self.on_it("/targets");
        let proposed = self.post("agency", "in-investigator", &path, new).await;
        self.sync().await;
        reference(&proposed[0])
    }

    /// What must be known of a target before it is planned.
    async fn checked(&self, target: &str) {
        let checks: Vec<Value> = ["allow-list", "holder", "age", "popularity"]
            .iter()
            .map(|check| json!({ "target": target, "check": check, "result": "clear", "text": "t" }))
            .collect();
        let path = self.on_it("/targets/checks");
        self.post("agency", "in-investigator", &path, json!({ "checks": checks }))
            .await;
        self.sync().await;
        for org in ["agency", "isp"] {
            let answer = json!({ "answers": [{ "target": target, "own": false }] });
            let path = self.on_it("/targets/own");
            self.post(org, "in-approver", &path, answer).await;
        }
        self.sync().await;
    }

    async fn planned(&mut self, target: &str) {
        let new = json!({ "title": "day", "marking": "TLP:AMBER", "text": "t",
            "instant_ms": self.now_ms() + 60_000, "actions": [{ "target": target }] });
        let path = self.on_it("/plan");
        let plan = self.post("agency", "in-case-officer", &path, new).await;
        self.last
            .insert("commitment".to_owned(), reference(&plan["commitment"]));
        self.last
            .insert("instant".to_owned(), plan["instant_ms"].to_string());
        self.sync().await;
    }

    /// A target that everybody has said go for, after the instant.
    async fn gone(&mut self) -> String {
        let target = self.target().await;
        self.checked(&target).await;
        self.planned(&target).await;
        let instant: u64 = self.last("instant").parse().expect("ms");
        let go = json!({ "word": "go", "commitment": self.last("commitment"), "instant_ms": instant });
        for org in ["agency", "isp"] {
            let path = self.on_it("/plan/go");
            self.post(org, "in-approver", &path, go.clone()).await;
        }
        self.sync().await;
        self.pass(61);
        target
    }
}
