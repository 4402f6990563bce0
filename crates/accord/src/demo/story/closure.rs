//! The end: what became of it, told to the court's side, to who gave the lead, and to the business.

use serde_json::json;

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::teams;
use crate::demo::nodes::Who;

impl Story<'_> {
    pub(super) async fn close(&mut self) -> Result<(), StepError> {
        let mut readers = teams(&[Who::Agency, Who::Vendor, Who::Isp, Who::Hosting]);
        let outcome = self.mark("outcome", "Outcome: convicted", &readers);
        self.note(
            "outcome",
            (Who::Agency, "officer"),
            &outcome,
            &[],
            json!({
                "kind": "outcome.recorded", "outcome": "convicted", "subject": self.note_of("suspect")?,
                "authority": "Regional Court", "text": "The operator of the kit was convicted.",
            }),
        )
        .await?;
        readers = teams(&[Who::Agency, Who::Vendor]);
        let feedback = self.mark(
            "feedback to the vendor",
            "Your addresses led us to the machine.",
            &readers,
        );
        self.note(
            "feedback",
            (Who::Agency, "investigator"),
            "What became of your indicators",
            &[Who::Vendor],
            json!({ "kind": "feedback.given", "about": self.note_of("indicators")?, "text": feedback }),
        )
        .await?;
        self.spread().await?;
        let vendor = self.case_of(Who::Vendor, "researcher").await?.to_string();
        let isp = self.case_of(Who::Isp, "approver").await?.to_string();
        self.prove(
            vendor.contains(&feedback) && !isp.contains(&feedback) && isp.contains(&outcome),
            "the vendor's researcher reads what became of the indicators, the ISP only the outcome",
        )?;
        self.tell_the_giver().await?;
        let path = self.of_case("/stage");
        let vendor = self
            .at(Who::Vendor, "approver")?
            .refused(&path, &json!({ "to": "closed" }))
            .await?;
        self.at(Who::Agency, "officer")?
            .post(&path, &json!({ "to": "closed" }))
            .await?;
        self.spread().await?;
        let mut closed = true;
        for who in [Who::Agency, Who::Vendor, Who::Isp, Who::Hosting] {
            closed &= text(&self.case_of(who, "approver").await?, "/summary/stage")? == "closed";
        }
        let reads = self.business_reads().await?;
        let told = list(&reads, "/became")?.len() > 1
            || list(&reads, "/became")?.iter().any(|line| {
                line.as_str()
                    .is_some_and(|line| line.to_lowercase().contains("clos"))
            });
        self.prove(
            closed && told && vendor.code == "denied",
            "the case officer closes the case, the vendor could not; the business reads what became of its report",
        )
    }
}
