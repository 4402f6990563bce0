//! The same panel in two cases: whoever sees both is told, and may say so to the parties of both; whoever sees one is not.

use serde_json::{Value, json};

use super::Story;
use super::second_case::AGENCY;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::{DEPUTY, Reader, teams};
use crate::demo::nodes::Who;

impl Story<'_> {
    /// Whether what is similar to the first case names the second one, and why.
    async fn told_of_second(&self, (who, sign_in): Reader) -> Result<Option<String>, StepError> {
        let similar = self.at(who, sign_in)?.get(&self.of_case("/similar")).await?;
        let second = json!({ "kind": "case", "id": self.secret_of("second case")? });
        let line = list(&similar, "")?
            .iter()
            .find(|line| line.get("what") == Some(&second));
        Ok(line.map(|line| line.get("why").unwrap_or(&Value::Null).to_string()))
    }

    pub(super) async fn also_seen(&mut self) -> Result<(), StepError> {
        let mut readers = AGENCY.to_vec();
        readers.push((Who::Isp, "approver"));
        let panel = self.told.infrastructure.panel.clone();
        let title = self.mark("second case, the panel again", "The panel", &readers);
        let note = json!({
            "kind": "indicator.published", "indicators": [{ "value": panel }], "note": "Seen here too.", "from": "analysis",
            "wish": "none",
        });
        let before = self.told_of_second((Who::Agency, "officer")).await?;
        let published = self
            .publish_in_second((Who::Agency, "investigator"), &title, "TLP:AMBER", note)
            .await?;
        self.keep("second case, the panel again", text(&published, "/at")?);
        self.spread().await?;
        let mut told = before.is_none();
        for reader in [
            (Who::Agency, "officer"),
            (Who::Agency, "investigator"),
            (Who::Isp, "approver"),
        ] {
            told &= self
                .told_of_second(reader)
                .await?
                .is_some_and(|why| why.contains(&panel));
        }
        let mut untold = true;
        for reader in [
            (Who::Agency, "custodian"),
            (Who::Isp, "researcher"),
            (Who::Vendor, "researcher"),
            (Who::Hosting, "approver"),
        ] {
            untold &= self.told_of_second(reader).await?.is_none();
        }
        let deputy = self.at(DEPUTY.0, DEPUTY.1)?;
        let similar = deputy.get(&self.of_second("/similar")?).await?.to_string();
        untold &= !similar.contains(&self.case) && !similar.contains(&self.told.operation);
        untold &= deputy.get_refused(&self.of_case("/similar")).await?.code == "not-found";
        self.prove(
            told && untold,
            "the panel is in both cases: who is on both is told, at the agency and at the ISP, and by what; who is on one of them, \
             as the custodian, the ISP's researcher, the vendor, the hosting provider and the second officer, reads nothing of the other",
        )?;
        self.link().await
    }

    /// That they belong together is noted for the parties of both.
    async fn link(&mut self) -> Result<(), StepError> {
        let reason = self.marks.plant_aside(
            "why two cases belong together",
            "One panel, one kit.",
            &teams(&[Who::Agency, Who::Isp]),
        );
        let link = json!({
            "other": self.secret_of("second case")?, "reason": reason, "marking": "TLP:AMBER",
        });
        let path = self.of_case("/links");
        let vendor = self.at(Who::Vendor, "researcher")?.refused(&path, &link).await?;
        let published = self.at(Who::Agency, "officer")?.post(&path, &link).await?;
        self.keep("link between two cases", text(&published, "/at")?);
        self.spread().await?;
        let isp = self.case_of(Who::Isp, "approver").await?.to_string();
        let mut nowhere = vendor.status >= 400;
        for (who, sign_in) in [(Who::Vendor, "approver"), (Who::Hosting, "approver")] {
            nowhere &= !self.case_of(who, sign_in).await?.to_string().contains(&reason);
        }
        self.prove(
            isp.contains(&reason) && nowhere,
            "the case officer notes that they belong together: the ISP, which is a party of both, reads it; the vendor and the \
             hosting provider do not, and who does not see the other case links nothing",
        )
    }
}
