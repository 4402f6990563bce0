//! A court takes its order back: what rested on it is not decided any more, and nothing new is asked under it.

use serde_json::{Value, json};

use super::Story;
use super::evidence::PREVIEW_POLL;
use crate::demo::StepError;
use crate::demo::client::{text, whole};
use crate::demo::marks::{SECONDEE, teams};
use crate::demo::nodes::Who;

const DAY_MS: u64 = 86_400_000;

impl Story<'_> {
    /// An order that the ISP must look into its logs.
    async fn another_order(&mut self) -> Result<String, StepError> {
        let now = self.world.nature.now_ms();
        let instrument = json!({
            "reference": "7 Gs 211/26", "authority": "District Court, investigating judge",
            "power": "Code of Criminal Procedure, section 100g", "categories": ["log-evidence"],
            "scope": "Log lines with the listed indicators", "addressee": Who::Isp.org(),
            "from_ms": now - DAY_MS, "to_ms": now + 30 * DAY_MS,
        });
        let at = whole(
            &self
                .at(Who::Agency, "officer")?
                .post(&self.of_case("/instruments"), &instrument)
                .await?,
        )?;
        self.keep("order that is taken back", &at);
        Ok(at)
    }

    /// Looks, as the ISP's approver: the commitment of what was shown.
    async fn looked(&self, hunt: &str) -> Result<String, StepError> {
        let approver = self.at(Who::Isp, "approver")?;
        let path = format!("/requests/{hunt}/preview");
        let mut job = approver.post(&path, &Value::Null).await?;
        while job.get("state").and_then(Value::as_str) == Some("running") {
            tokio::time::sleep(PREVIEW_POLL).await;
            job = approver.get(&path).await?;
        }
        let shown = approver
            .post(&format!("/requests/{hunt}/preview/show"), &json!({}))
            .await?;
        Ok(text(&shown, "/preview")?.to_owned())
    }

    pub(super) async fn order_ends(&mut self) -> Result<(), StepError> {
        let order = self.another_order().await?;
        let (from_ms, to_ms) = self.told.span;
        let hunt = json!({
            "to": Who::Isp.org(), "reference": "H-4", "reason": self.told.reason, "instrument": order,
            "due_ms": self.world.nature.now_ms() + 2 * DAY_MS, "indicators": self.told.indicators, "from_ms": from_ms, "to_ms": to_ms,
        });
        let hunts = self.of_case("/hunts");
        let asked = self.at(Who::Agency, "investigator")?.post(&hunts, &hunt).await?;
        let at = text(&asked, "/at")?.to_owned();
        self.keep("hunt whose order ends", &at);
        self.spread().await?;
        let preview = self.looked(&at).await?;
        // A control note: every party's people on the case, and auditors.
        let mut readers = teams(&[Who::Agency, Who::Vendor, Who::Isp, Who::Hosting]);
        readers.extend([(Who::Agency, "auditor"), (Who::Isp, "auditor"), SECONDEE]);
        let reason = self
            .marks
            .plant_aside("why the order ended", "Set aside on appeal.", &readers);
        let path = self.of_case("/instruments/end");
        let end = json!({ "instrument": order, "reason": reason });
        let provider = self.at(Who::Isp, "approver")?.refused(&path, &end).await?;
        let investigator = self.at(Who::Agency, "investigator")?.refused(&path, &end).await?;
        self.at(Who::Agency, "officer")?.post(&path, &end).await?;
        self.spread().await?;
        let view = self.case_of(Who::Isp, "approver").await?;
        let line = Self::line_of(&view, "/instruments", "at", &order)?;
        self.prove(
            line.get("stands") == Some(&Value::Bool(false))
                && provider.code == "denied"
                && investigator.code == "denied",
            "the court takes an order back: the case officer ends it, neither the investigator nor its addressee could, and it \
             stands no more at the ISP",
        )?;
        let decide = json!({ "verdict": "approve", "preview": preview });
        let refused = self
            .at(Who::Isp, "approver")?
            .refused(&format!("/requests/{at}/decide"), &decide)
            .await?;
        let seen = self
            .at(Who::Isp, "approver")?
            .get(&format!("/requests/{at}"))
            .await?;
        let again = self
            .at(Who::Agency, "investigator")?
            .refused(&hunts, &hunt)
            .await?;
        let exhibits = self.case_of(Who::Agency, "investigator").await?;
        self.prove(
            refused.code == "denied"
                && refused.clause.as_deref() == Some("8.1")
                && seen.get("instrument_problem").is_some_and(Value::is_string)
                && again.code == "denied"
                && !exhibits.pointer("/exhibits").unwrap_or(&Value::Null).to_string().contains(&at),
            "the ISP's approver, who had looked, is denied the decision (clause 8.1) and reads why; nothing left, and the \
             investigator asks nothing more under it",
        )?;
        let words = json!({ "words": "The order is set aside." });
        self.at(Who::Agency, "investigator")?
            .post(&format!("/requests/{at}/withdraw"), &words)
            .await?;
        self.spread().await
    }
}
