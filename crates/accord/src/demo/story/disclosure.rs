//! What a court must see: the schedule, as a list and as two documents; and a hold.

use serde_json::{Value, json};

use super::Story;
use super::parts::draft;
use crate::demo::StepError;
use crate::demo::client::{list, text, whole};
use crate::demo::marks::team;
use crate::demo::nodes::Who;

/// Whether a DOCX file says something: its parts are stored as they are, not compressed.
fn docx_says(bytes: &[u8], words: &str) -> bool {
    bytes.starts_with(b"PK") && memchr::memmem::find(bytes, words.as_bytes()).is_some()
}

impl Story<'_> {
    pub(super) async fn disclose(&mut self) -> Result<(), StepError> {
        let path = self.of_case("/disclosure");
        let before = self.at(Who::Agency, "discloser")?.get(&path).await?;
        let approver = self.at(Who::Agency, "approver")?.get_refused(&path).await?;
        let items: Vec<&str> = list(&before, "/to_be_scheduled")?
            .iter()
            .filter_map(|line| line.get("item")?.as_str())
            .collect();
        let there = ["analysis", "victim", "suspect", "report of the experts"]
            .iter()
            .all(|name| items.contains(&self.named(name)));
        self.prove(
            there && list(&before, "/scheduled")?.is_empty() && approver.code == "denied",
            format!(
                "{} items wait to be scheduled, every note from day one",
                items.len()
            ),
        )?;
        let used = self
            .marks
            .plant_aside("item that is used", "A report on the kit.", team(Who::Agency));
        let sensitive = self.marks.plant_aside(
            "item that is sensitive",
            "A report of a business.",
            team(Who::Agency),
        );
        let harm = self
            .marks
            .plant_aside("why it is sensitive", "It would be named.", team(Who::Agency));
        for (number, name, words, material, harm) in [
            ("1", "analysis", &used, "used", None),
            ("2", "victim", &sensitive, "unused", Some(&harm)),
        ] {
            let sensitivity = if harm.is_some() {
                "sensitive"
            } else {
                "not-sensitive"
            };
            let mut note = json!({
                "kind": "disclosure.item", "number": number, "item": self.named(name), "description": words,
                "material": material, "sensitivity": sensitivity, "clause": "CPIA s3",
            });
            if let (Some(fields), Some(harm)) = (note.as_object_mut(), harm) {
                fields.insert("harm".to_owned(), json!(harm));
            }
            let item = draft(&format!("Item {number}"), "TLP:AMBER", &[], note);
            let other = self
                .at(Who::Agency, "investigator")?
                .refused(&self.of_case("/notes"), &item)
                .await?;
            self.at(Who::Agency, "discloser")?
                .post(&self.of_case("/notes"), &item)
                .await?;
            if other.code != "denied" {
                return Err(StepError::new("somebody else than the officer scheduled an item"));
            }
        }
        self.spread().await?;
        let after = self.at(Who::Agency, "discloser")?.get(&path).await?;
        let document = |sensitive: bool| format!("{path}/document?sensitive={sensitive}");
        let open = self
            .at(Who::Agency, "discloser")?
            .download(&document(false))
            .await?;
        let closed = self
            .at(Who::Agency, "discloser")?
            .download(&document(true))
            .await?;
        let kept_apart = docx_says(&open, &used)
            && !docx_says(&open, &sensitive)
            && docx_says(&closed, &harm)
            && !docx_says(&closed, &used);
        self.prove(
            list(&after, "/scheduled")?.len() == 2 && kept_apart,
            "used and unused, sensitive and not: two documents, neither with what stands in the other",
        )?;
        self.hold().await
    }

    async fn hold(&mut self) -> Result<(), StepError> {
        let path = self.of_case("/holds");
        let hold = json!({
            "entry": self.note_of("analysis")?, "reference": "17 Js 26/26", "reason": "The court asked for it.",
        });
        let approver = self.at(Who::Agency, "approver")?.refused(&path, &hold).await?;
        let at = whole(&self.at(Who::Agency, "discloser")?.post(&path, &hold).await?)?;
        self.keep("hold", &at);
        self.spread().await?;
        let kept = self
            .at(Who::Agency, "discloser")?
            .get(&self.of_case("/keeping"))
            .await?;
        let line = Self::line_of(&kept, "/holds", "at", &at)?;
        self.prove(
            approver.code == "denied"
                && line.get("lifted").is_none_or(Value::is_null)
                && text(&line, "/reference")? == "17 Js 26/26"
                && !list(&kept, "/retention")?.is_empty(),
            "the disclosure officer places a hold, nobody else; what will be destroyed when is a list",
        )
    }
}
