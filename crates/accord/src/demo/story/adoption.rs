//! From a lead to an investigation: the case officer takes the case from stage to stage, logs why, and gives out work.

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::{SECONDEE, team, teams};
use crate::demo::nodes::Who;

/// The parties of the case.
const PARTIES: [Who; 4] = [Who::Agency, Who::Vendor, Who::Isp, Who::Hosting];
const DAY_MS: u64 = 86_400_000;

impl Story<'_> {
    pub(super) async fn adopt(&mut self) -> Result<(), StepError> {
        let path = self.of_case("/stage");
        let skipped = self
            .at(Who::Agency, "officer")?
            .refused(&path, &json!({ "to": "investigation" }))
            .await?;
        let investigator = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &json!({ "to": "assessed" }))
            .await?;
        for (to, text, reason) in [
            (
                "assessed",
                "It is one kit, and it is aimed at us.",
                "The lead and the first addresses.",
            ),
            (
                "adopted",
                "We take it.",
                "The harm is here, and nobody else has it.",
            ),
            (
                "investigation",
                "We investigate with three partners.",
                "They hold what we need.",
            ),
        ] {
            self.at(Who::Agency, "officer")?
                .post(&path, &json!({ "to": to }))
                .await?;
            let text = match to {
                "adopted" => self.mark("decision to adopt", text, &teams(&PARTIES)),
                _ => text.to_owned(),
            };
            self.publish(
                (Who::Agency, "officer"),
                &format!("Decision: {to}"),
                &[],
                json!({ "kind": "decision.logged", "text": text, "reason": reason }),
            )
            .await?;
        }
        self.prove(
            skipped.status >= 400 && investigator.code == "denied",
            "no stage is skipped, and the investigator moves none: the case officer does, and the decision log says why",
        )?;
        self.own_only().await?;
        self.spread().await?;
        for who in [Who::Vendor, Who::Isp, Who::Hosting] {
            let view = self.case_of(who, "approver").await?;
            let stage = text(&view, "/summary/stage")? == "investigation";
            let decisions = list(&view, "/timeline")?
                .iter()
                .filter(|item| item.get("kind").and_then(Value::as_str) == Some("decision.logged"))
                .count();
            self.prove(
                stage && decisions == 3,
                format!(
                    "{}: the case is under investigation, with three decisions",
                    who.org()
                ),
            )?;
        }
        self.give_out_work().await
    }

    /// A note that is the agency's alone.
    async fn own_only(&mut self) -> Result<(), StepError> {
        // Whoever is seconded to the agency sees what its people see of the kinds in the scope.
        let mut readers = team(Who::Agency).to_vec();
        readers.push(SECONDEE);
        let words = self.mark(
            "note of the agency alone",
            "The officer in charge is reached at night by the duty desk.",
            &readers,
        );
        self.note(
            "own note",
            (Who::Agency, "investigator"),
            "For us alone",
            &[Who::Agency],
            json!({ "kind": "report.published", "text": words }),
        )
        .await
        .map(|_| ())
    }

    async fn give_out_work(&mut self) -> Result<(), StepError> {
        let words = self.mark(
            "task of the ISP",
            "Keep the logs of these days until the hunt is answered.",
            &teams(&[Who::Agency, Who::Isp]),
        );
        let due_ms = self.world.nature.now_ms() + 2 * DAY_MS;
        let at = self
            .note(
                "task",
                (Who::Agency, "officer"),
                "Keep the logs",
                &[Who::Isp],
                json!({ "kind": "task.set", "org": Who::Isp.org(), "text": words, "due_ms": due_ms }),
            )
            .await?;
        self.spread().await?;
        self.publish(
            (Who::Isp, "approver"),
            "Kept",
            &[Who::Agency],
            json!({ "kind": "task.done", "task": at, "text": "They are kept." }),
        )
        .await?;
        self.spread().await?;
        let tasks = self
            .at(Who::Agency, "investigator")?
            .get(&self.of_case("/tasks"))
            .await?;
        let done = Self::line_of(&tasks, "", "at", &at)?;
        let elsewhere = self
            .at(Who::Hosting, "approver")?
            .get(&self.of_case("/tasks"))
            .await?;
        self.prove(
            done.get("done").is_some_and(Value::is_string) && elsewhere == json!([]),
            "the ISP is given work and says that it is done; the hosting provider is told of none",
        )
    }
}
