//! Somebody of the vendor works at the agency: both sides grant it, for some kinds of notes and until a set time.

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::{SECONDEE, teams};
use crate::demo::nodes::{FIRST_PASSWORD, Who};

const HOUR_MS: u64 = 3_600_000;
/// How long it runs where the story's clock passes: it ends before the story does.
const RUNS_MS: u64 = 5 * HOUR_MS;
/// How long it runs where people look around.
const RUNS_REAL_MS: u64 = 30 * 24 * HOUR_MS;

impl Story<'_> {
    pub(super) async fn second(&mut self) -> Result<(), StepError> {
        let analyst = self.person(Who::Vendor, "analyst")?.id.clone();
        let account = json!({
            "sign_in": SECONDEE.1, "name": "Anouk Analyst", "person": analyst,
            "home": Who::Vendor.org(), "password": FIRST_PASSWORD,
        });
        self.at(Who::Agency, "operator")?
            .post("/people/secondees", &account)
            .await?;
        self.at(Who::Agency, "signatory")?
            .post(&format!("/people/{analyst}/confirm-roles"), &Value::Null)
            .await?;
        self.first_sign_in(Who::Agency, SECONDEE.1, &[]).await?;
        let (_, secondee) = SECONDEE;
        let early = self
            .at(Who::Agency, secondee)?
            .get_refused(&self.of_case(""))
            .await?;
        let from_ms = self.world.nature.now_ms();
        let until_ms = from_ms + self.world.nature.ahead_ms(RUNS_MS, RUNS_REAL_MS);
        let grant = json!({
            "person": analyst, "home": Who::Vendor.org(), "host": Who::Agency.org(),
            "categories": ["analysis", "indicator"], "scope": "the analysis of the kit",
            "from_ms": from_ms, "until_ms": until_ms,
        });
        let path = self.of_case("/secondments");
        let investigator = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &grant)
            .await?;
        self.at(Who::Vendor, "approver")?.post(&path, &grant).await?;
        self.spread().await?;
        let half = self
            .at(Who::Agency, secondee)?
            .get_refused(&self.of_case(""))
            .await?;
        self.at(Who::Agency, "officer")?.post(&path, &grant).await?;
        self.spread().await?;
        self.prove(
            early.code == "not-found" && half.code == "not-found" && investigator.code == "denied",
            "nothing is seen before both sides granted it: the vendor's approver and the agency's case officer",
        )?;
        self.within_the_scope().await?;
        let team = self
            .at(Who::Vendor, "approver")?
            .get(&self.of_case("/team"))
            .await?;
        let line = Self::line_of(&team, "/secondments", "person", &analyst)?;
        self.prove(
            text(&line, "/state")? == "granted" && line.get("until_ms") == Some(&json!(until_ms)),
            "both nodes hold the secondment, with its end",
        )
    }

    /// What the scope names is seen and written, nothing else.
    async fn within_the_scope(&mut self) -> Result<(), StepError> {
        let mut readers = teams(&[Who::Agency, Who::Vendor, Who::Isp, Who::Hosting]);
        readers.push(SECONDEE);
        let words = self.mark("analysis", "The page asks for the second factor too.", &readers);
        self.note(
            "analysis",
            (Who::Agency, "investigator"),
            "What the kit does",
            &[],
            json!({ "kind": "report.published", "text": words }),
        )
        .await?;
        let view = self.case_of(Who::Agency, SECONDEE.1).await?;
        let kinds: Vec<&str> = list(&view, "/timeline")?
            .iter()
            .filter_map(|item| item.get("kind")?.as_str())
            .collect();
        self.prove(
            kinds.contains(&"report.published")
                && !kinds.contains(&"decision.logged")
                && !kinds.contains(&"task.set"),
            "the analyst reads analyses at the agency, and neither its decisions nor its tasks",
        )?;
        let decides = self
            .at(Who::Agency, SECONDEE.1)?
            .refused(&self.of_case("/stage"), &json!({ "to": "disruption" }))
            .await?;
        self.prove(decides.code == "denied", "somebody seconded decides nothing")
    }
}
