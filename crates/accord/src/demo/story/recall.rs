//! A mistake: published, blocked, called back, receipted by every party, and served no more.

use serde_json::{Value, json};

use super::Story;
use super::parts::draft;
use crate::demo::StepError;
use crate::demo::client::{list, whole};
use crate::demo::marks::teams;
use crate::demo::nodes::Who;

/// What each recipient did.
const RECEIPTS: [(Who, &str); 3] = [
    (Who::Isp, "deleted"),
    (Who::Hosting, "deleted"),
    (Who::Vendor, "use-stopped"),
];

impl Story<'_> {
    /// Publishes an honest shop, and blocks it.
    async fn mistake(&mut self) -> Result<String, StepError> {
        let value = self.told.infrastructure.mistake.clone();
        let readers = teams(&[Who::Agency, Who::Vendor, Who::Isp, Who::Hosting]);
        let title = self.mark("mistake", "One more address", &readers);
        let at = self
            .note(
                "mistake",
                (Who::Agency, "investigator"),
                &title,
                &[],
                json!({
                    "kind": "indicator.published", "indicators": [{ "value": value }], "note": "Seen beside the panel.",
                    "from": "analysis", "wish": "block",
                }),
            )
            .await?;
        let verdict = json!({
            "kind": "verdict.block", "reason": "It is part of it.",
            "indicators": [{ "published": at, "value": value }],
        });
        self.at(Who::Agency, "officer")?
            .post(
                &self.of_case("/notes"),
                &draft("Block", "TLP:AMBER", &[Who::Isp], verdict),
            )
            .await?;
        self.spread().await?;
        Ok(at)
    }

    pub(super) async fn recall(&mut self) -> Result<(), StepError> {
        let value = self.told.infrastructure.mistake.clone();
        let at = self.mistake().await?;
        let blocked = self.until_blocked(&value, true).await?;
        let path = self.of_case("/recalls");
        let order = json!({ "entry": at, "reason": "It is an honest shop." });
        let investigator = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &order)
            .await?;
        let third = self.at(Who::Hosting, "approver")?.refused(&path, &order).await?;
        let recall = whole(&self.at(Who::Agency, "approver")?.post(&path, &order).await?)?;
        self.keep("recall", &recall);
        self.marks.narrow("mistake", &[]);
        self.spread().await?;
        let free = self.until_blocked(&value, false).await?;
        self.prove(
            blocked && free && investigator.code == "denied" && third.code == "denied",
            "an honest shop was published and blocked; the agency's approver recalls it, nobody else could, and the ISP's \
             resolvers are told to block it no longer",
        )?;
        self.receipt_recall(&recall).await
    }

    async fn receipt_recall(&mut self, recall: &str) -> Result<(), StepError> {
        let path = self.of_case("/recalls/receipt");
        let lie = self
            .at(Who::Isp, "approver")?
            .refused(&path, &json!({ "recall": recall, "done": "never-held" }))
            .await?;
        for (who, done) in RECEIPTS {
            self.at(who, "approver")?
                .post(&path, &json!({ "recall": recall, "done": done }))
                .await?;
        }
        self.spread().await?;
        let recalls = self
            .at(Who::Agency, "approver")?
            .get(&self.of_case("/recalls"))
            .await?;
        let line = Self::line_of(&recalls, "", "at", recall)?;
        let at_isp = self
            .at(Who::Isp, "approver")?
            .get(&self.of_case("/recalls"))
            .await?;
        let held = Self::line_of(&at_isp, "", "at", recall)?;
        let mut dones: Vec<&str> = list(&line, "/receipts")?
            .iter()
            .filter_map(|receipt| receipt.get("done")?.as_str())
            .collect();
        dones.sort_unstable();
        self.prove(
            lie.code == "invalid"
                && dones == ["deleted", "deleted", "use-stopped"]
                && list(&line, "/waits_for")?.is_empty()
                && held.get("held_here") == Some(&Value::Bool(false)),
            "each party gives its receipt; who says that its copy is deleted has none, and who holds one cannot say that it \
             never did",
        )?;
        let mut unread = true;
        for (who, sign_in) in teams(&[Who::Agency, Who::Vendor, Who::Isp, Who::Hosting]) {
            let indicators = self.at(who, sign_in)?.get(&self.of_case("/indicators")).await?;
            unread &= !indicators.to_string().contains(&self.told.infrastructure.mistake);
        }
        self.prove(unread, "nobody has it among the case's indicators any more")
    }
}
