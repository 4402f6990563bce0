//! Questions that are no hunt: information, expertise, subscribers; and an authority by word of mouth.

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text, whole};
use crate::demo::marks::{SECONDEE, teams};
use crate::demo::nodes::Who;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// The address that is asked about.
const HELD: &str = "192.0.2.7";

impl Story<'_> {
    /// Asks a partner as the investigator, and spreads it: the request's reference.
    pub(super) async fn ask(&mut self, name: &'static str, asked: &Value) -> Result<String, StepError> {
        let published = self
            .at(Who::Agency, "investigator")?
            .post(&self.of_case("/requests"), asked)
            .await?;
        let at = text(&published, "/at")?.to_owned();
        self.keep(name, &at);
        self.spread().await?;
        Ok(at)
    }

    /// Answers a request as a partner's approver, and spreads it.
    pub(super) async fn answered(&self, who: Who, at: &str, answer: &Value) -> Result<Value, StepError> {
        let outcome = self
            .at(who, "approver")?
            .post(&format!("/requests/{at}/answer"), answer)
            .await?;
        self.spread().await?;
        Ok(outcome)
    }

    /// A request as the investigator sees it.
    pub(super) async fn request_at_agency(&self, at: &str) -> Result<Value, StepError> {
        let view = self.case_of(Who::Agency, "investigator").await?;
        Self::line_of(&view, "/requests", "at", at)
    }

    pub(super) async fn ask_questions(&mut self) -> Result<(), StepError> {
        self.information().await?;
        self.expertise().await?;
        self.subscriber().await
    }

    async fn information(&mut self) -> Result<(), StepError> {
        let both = teams(&[Who::Agency, Who::Hosting]);
        let reason = self.mark(
            "request for information",
            "The mirror stands in your network.",
            &both,
        );
        let answer = self.mark(
            "answer to it",
            "It was rented on the 2nd, and is paid until the 30th.",
            &both,
        );
        let asked = json!({
            "to": Who::Hosting.org(), "what": "information", "reference": "I-1", "reason": reason,
            "due_ms": self.world.nature.now_ms() + 2 * DAY_MS,
        });
        let at = self.ask("request for information", &asked).await?;
        let operator = self
            .at(Who::Hosting, "operator")?
            .refused(
                &format!("/requests/{at}/answer"),
                &json!({ "answer": "words", "words": "no" }),
            )
            .await?;
        let elsewhere = self
            .at(Who::Isp, "approver")?
            .get_refused(&format!("/requests/{at}"))
            .await?;
        self.answered(Who::Hosting, &at, &json!({ "answer": "words", "words": answer }))
            .await?;
        let view = self.request_at_agency(&at).await?;
        self.prove(
            text(&view, "/state")? == "given"
                && text(&view, "/answer")? == answer
                && operator.code == "denied"
                && elsewhere.code == "not-found",
            "hosting.example: asked for information, its approver answers; the ISP knows of neither",
        )
    }

    async fn expertise(&mut self) -> Result<(), StepError> {
        let two = teams(&[Who::Agency, Who::Vendor]);
        let reason = self.mark("question to experts", "How does it keep its session?", &two);
        let asked = json!({
            "to": Who::Vendor.org(), "what": "expertise", "reference": "X-1", "reason": reason,
            "expertise": { "pool": "malware" }, "due_ms": self.world.nature.now_ms() + 3 * DAY_MS,
        });
        let at = self.ask("question to experts", &asked).await?;
        self.at(Who::Vendor, "researcher")?
            .post(
                &format!("/requests/{at}/pool"),
                &json!({ "accepted": true, "words": "By Friday." }),
            )
            .await?;
        let mut readers = two.clone();
        readers.push(SECONDEE);
        let words = self.mark(
            "report of the experts",
            "By a cookie that it signs with a fixed key.",
            &readers,
        );
        let report = self
            .note(
                "report of the experts",
                (Who::Vendor, "researcher"),
                "How the kit keeps its session",
                &[],
                json!({
                    "kind": "report.published", "text": words, "techniques": ["T1539"],
                    "grading": { "admiralty": { "reliability": "B", "credibility": "2" } },
                }),
            )
            .await?;
        let without = self
            .at(Who::Vendor, "approver")?
            .refused(
                &format!("/requests/{at}/answer"),
                &json!({ "answer": "words", "words": "See the report." }),
            )
            .await?;
        self.answered(
            Who::Vendor,
            &at,
            &json!({ "answer": "words", "words": "See the report.", "report": report }),
        )
        .await?;
        let view = self.request_at_agency(&at).await?;
        self.prove(
            text(&view, "/state")? == "given"
                && text(&view, "/report")? == report
                && without.code == "invalid",
            "vendor.example: its pool takes the question, and answers with a graded report, not without one",
        )
    }

    pub(super) fn connection(&self, port: u16) -> Value {
        json!({ "address": HELD, "port": port, "transport": "tcp", "at_ms": self.world.nature.now_ms() - HOUR_MS })
    }

    fn subscriber_question(&self, reference: &str, connection: &Value) -> Value {
        json!({
            "to": Who::Isp.org(), "what": "subscriber-data", "reference": reference,
            "reason": "The panel was entered from there.",
            "subscriber": { "connections": [connection] },
        })
    }

    pub(super) fn one_subscriber(connection: &Value, name: &str) -> Value {
        json!({
            "answer": "subscribers",
            "answers": [{
                "connection": connection, "found": "one", "subscriber": { "account": "C-17", "name": name },
            }],
            "acquisition": "Table of the access network, its clock within one second.",
        })
    }

    async fn subscriber(&mut self) -> Result<(), StepError> {
        let now = self.world.nature.now_ms();
        let connection = self.connection(4_000);
        let mut asked = self.subscriber_question("S-1", &connection);
        let requests = self.of_case("/requests");
        let without = self
            .at(Who::Agency, "investigator")?
            .refused(&requests, &asked)
            .await?;
        let instrument = json!({
            "reference": "7 Gs 171/26", "authority": "District Court, investigating judge",
            "power": "Code of Criminal Procedure, section 100j", "categories": ["subscriber-data"],
            "scope": "Who held one address", "addressee": Who::Isp.org(),
            "from_ms": now - DAY_MS, "to_ms": now + 30 * DAY_MS,
        });
        let court = whole(
            &self
                .at(Who::Agency, "officer")?
                .post(&self.of_case("/instruments"), &instrument)
                .await?,
        )?;
        self.keep("instrument for subscribers", &court);
        if let Some(fields) = asked.as_object_mut() {
            fields.insert("instrument".to_owned(), json!(court));
        }
        let at = self.ask("question about a subscriber", &asked).await?;
        let name = self.marks.plant_aside(
            "name of the subscriber",
            "B. Subscriber",
            &teams(&[Who::Agency, Who::Isp]),
        );
        self.answered(Who::Isp, &at, &Self::one_subscriber(&connection, &name))
            .await?;
        let path = format!("/requests/{at}/subscribers");
        let found = self.at(Who::Agency, "investigator")?.get(&path).await?;
        let hidden = self.at(Who::Hosting, "approver")?.get_refused(&path).await?;
        self.prove(
            without.code == "denied"
                && found.pointer("/0/subscriber/name") == Some(&json!(name))
                && hidden.code == "not-found",
            "isp.example: under an order it says who held the address; without one it is not asked, and nobody else reads it",
        )
    }

    pub(super) async fn oral(&mut self) -> Result<(), StepError> {
        let path = self.of_case("/orals");
        // A control note: every party's people on the case, and auditors.
        let mut readers = teams(&[Who::Agency, Who::Vendor, Who::Isp, Who::Hosting]);
        readers.extend([(Who::Agency, "auditor"), (Who::Isp, "auditor"), SECONDEE]);
        let act = "Ask who held the address; a child is missing.";
        let words = self.marks.plant_aside("oral authority", act, &readers);
        let mut oral = json!({
            "ground": "hurry", "act": words, "category": "subscriber-data", "addressee": Who::Isp.org(),
            "authority": "Judge Example, by telephone", "power": "Police Act, section 33",
        });
        let hurry = self.at(Who::Agency, "officer")?.refused(&path, &oral).await?;
        if let Some(ground) = oral.get_mut("ground") {
            *ground = json!("threat-to-life");
        }
        let investigator = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &oral)
            .await?;
        let at = whole(&self.at(Who::Agency, "officer")?.post(&path, &oral).await?)?;
        self.keep("oral authority", &at);
        let chased = self.at(Who::Agency, "officer")?.get("/inbox").await?.to_string();
        self.prove(
            hurry.code == "denied" && investigator.code == "denied" && chased.contains(&at),
            "hurry is no ground, and an investigator records none; the officer's inbox chases the writing",
        )?;
        let connection = self.connection(4_001);
        let mut asked = self.subscriber_question("S-2", &connection);
        if let Some(fields) = asked.as_object_mut() {
            fields.insert("oral".to_owned(), json!(at));
        }
        let request = self.ask("question under it", &asked).await?;
        let twice = self
            .at(Who::Agency, "investigator")?
            .refused(&self.of_case("/requests"), &asked)
            .await?;
        let both = teams(&[Who::Agency, Who::Isp]);
        let name = self.marks.plant_aside("name under it", "C. Carer", &both);
        self.answered(Who::Isp, &request, &Self::one_subscriber(&connection, &name))
            .await?;
        let found = self
            .at(Who::Agency, "investigator")?
            .get(&format!("/requests/{request}/subscribers"))
            .await?;
        self.prove(
            twice.code == "denied" && list(&found, "")?.len() == 1,
            "it carries one request, which the ISP answers, and no second one",
        )?;
        let confirmation = json!({ "oral": at, "reference": "PO-9/26", "authority": "District Court" });
        self.at(Who::Agency, "officer")?
            .post(&self.of_case("/orals/confirm"), &confirmation)
            .await?;
        self.spread().await?;
        let inbox = self.at(Who::Agency, "officer")?.get("/inbox").await?.to_string();
        let view = self
            .at(Who::Isp, "approver")?
            .get(&format!("/requests/{request}"))
            .await?;
        self.prove(
            !inbox.contains(&at) && text(&view, "/oral/state")? == "confirmed",
            "confirmed in writing within the day: chased no more, and the ISP reads that it is",
        )
    }
}
