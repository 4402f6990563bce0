//! Who is suspected: one is arrested and charged, the other cleared, and gone everywhere.

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::text;
use crate::demo::marks::{team, teams};
use crate::demo::nodes::Who;

impl Story<'_> {
    pub(super) async fn subjects(&mut self) -> Result<(), StepError> {
        let suspect = self.told.suspect.clone();
        let suspect = self.mark("name of the suspect", &suspect, team(Who::Agency));
        let bystander = self.told.bystander.clone();
        let bystander = self.mark("name of somebody cleared", &bystander, team(Who::Agency));
        for (key, reference, name) in [
            ("suspect", "P-1", &suspect),
            ("somebody cleared", "P-2", &bystander),
        ] {
            let note = json!({
                "kind": "subject.recorded", "reference": reference, "name": name,
                "identifiers": [format!("account of {reference}")], "countries": ["DE"],
                "text": "The panel was paid with their card.",
            });
            let title = format!("Subject {reference}");
            self.note(key, (Who::Agency, "investigator"), &title, &[], note)
                .await?;
        }
        let cleared = self.note_of("somebody cleared")?;
        // Data on subjects go to the vendor when the approver says so, and to no provider.
        let isp = self
            .at(Who::Agency, "approver")?
            .refused("/releases", &json!({ "note": cleared, "to": Who::Isp.org() }))
            .await?;
        self.release((Who::Agency, "approver"), &cleared, Who::Vendor)
            .await?;
        self.marks.widen("name of somebody cleared", team(Who::Vendor));
        self.spread().await?;
        let path = self.of_case("/subjects");
        let vendor = self.at(Who::Vendor, "researcher")?.get(&path).await?;
        let known = Self::line_of(&vendor, "", "reference", "P-2")?;
        let none = self.at(Who::Isp, "approver")?.get(&path).await?;
        self.prove(
            isp.code == "denied"
                && text(&known, "/name")? == bystander
                && !vendor.to_string().contains(&suspect)
                && none == json!([]),
            "two subjects; the vendor is told of one of them by the agency's approver, providers of none",
        )?;
        self.charge().await?;
        self.clear(&bystander).await
    }

    async fn say(
        &mut self,
        subject: &str,
        status: &str,
        reason: &str,
        more: Value,
    ) -> Result<String, StepError> {
        let mut note = json!({
            "kind": "subject.status", "subject": subject, "status": status, "reason": reason,
        });
        if let (Some(fields), Value::Object(more)) = (note.as_object_mut(), more) {
            fields.extend(more);
        }
        let title = format!("Subject: {status}");
        let published = self
            .publish((Who::Agency, "investigator"), &title, &[], note)
            .await?;
        Ok(text(&published, "/at")?.to_owned())
    }

    async fn charge(&mut self) -> Result<(), StepError> {
        let suspect = self.note_of("suspect")?;
        self.say(&suspect, "arrested", "On the judge's order.", json!({}))
            .await?;
        let words = self.marks.plant_aside(
            "why the suspect is charged",
            "The machine had the signing key.",
            team(Who::Agency),
        );
        self.say(
            &suspect,
            "charged",
            &words,
            json!({ "prosecutor": "Central Office for Cybercrime", "proceedings": "17 Js 26/26" }),
        )
        .await?;
        self.at(Who::Agency, "officer")?
            .post(&self.of_case("/stage"), &json!({ "to": "court" }))
            .await?;
        let subjects = self
            .at(Who::Agency, "investigator")?
            .get(&self.of_case("/subjects"))
            .await?;
        let line = Self::line_of(&subjects, "", "reference", "P-1")?;
        self.prove(
            text(&line, "/standing")? == "charged",
            "P-1 is arrested, then charged; the case is before the court",
        )
    }

    async fn clear(&mut self, name: &str) -> Result<(), StepError> {
        let cleared = self.note_of("somebody cleared")?;
        let said = self
            .say(&cleared, "cleared", "The card was stolen.", json!({}))
            .await?;
        self.release((Who::Agency, "approver"), &said, Who::Vendor)
            .await?;
        self.marks.narrow("name of somebody cleared", &[]);
        self.spread().await?;
        let mut gone = true;
        for (who, sign_in) in teams(&[Who::Agency, Who::Vendor]) {
            let session = self.at(who, sign_in)?;
            let subjects = session.get(&self.of_case("/subjects")).await?;
            let line = Self::line_of(&subjects, "", "reference", "P-2")?;
            let timeline = session.get(&self.of_case("/timeline")).await?;
            gone &= text(&line, "/standing")? == "cleared"
                && !subjects.to_string().contains(name)
                && !timeline.to_string().contains(name);
        }
        self.prove(
            gone,
            "P-2 is cleared: at the agency and at the vendor only the reference is left, for everybody",
        )
    }
}
