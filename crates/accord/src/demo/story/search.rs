//! Do we know this? The same is searched for by people who may see different things of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::Reader;
use crate::demo::nodes::Who;

/// Who searches.
const INVESTIGATOR: Reader = (Who::Agency, "investigator");
const RESEARCHER: Reader = (Who::Vendor, "researcher");
const ISP: Reader = (Who::Isp, "approver");
/// Those who see nothing of the case: an analyst at home, and the outsider.
const NOBODY: [Reader; 2] = [(Who::Vendor, "analyst"), (Who::Outsider, "approver")];

/// How many things an answer has.
fn found(answer: &Value) -> u64 {
    let groups = answer.as_object().into_iter().flatten();
    groups
        .filter_map(|(_, group)| group.pointer("/total")?.as_u64())
        .sum()
}

impl Story<'_> {
    async fn ask_box(&self, (who, sign_in): Reader, query: &str) -> Result<Value, StepError> {
        let path = format!("/search?q={}", query.replace(' ', "+"));
        self.at(who, sign_in)?.get(&path).await
    }

    pub(super) async fn search(&mut self) -> Result<(), StepError> {
        self.search_value().await?;
        self.search_name().await?;
        self.search_words().await?;
        self.searched().await
    }

    async fn search_value(&mut self) -> Result<(), StepError> {
        let panel = self.told.infrastructure.panel.clone();
        let (relay, stage, drop) = (self.relay(), self.stage(), self.drop_site());
        let mut right = true;
        for (reader, expected) in [
            (INVESTIGATOR, vec![&panel, &relay, &stage, &drop]),
            (RESEARCHER, vec![&panel, &relay, &stage]),
            (ISP, vec![&panel, &drop]),
        ] {
            let answer = self.ask_box(reader, &panel).await?;
            let values: BTreeSet<&str> = list(&answer, "/indicators/items")?
                .iter()
                .filter_map(|item| item.get("value")?.as_str())
                .collect();
            right &= values == expected.iter().map(|value| value.as_str()).collect();
            right &= text(&answer, "/verdict/word")? == "block";
        }
        let operator = self
            .at(Who::Agency, "operator")?
            .get_refused(&format!("/search?q={panel}"))
            .await?;
        let mut nothing = operator.code == "denied";
        for reader in NOBODY {
            let answer = self.ask_box(reader, &panel).await?;
            nothing &= answer.get("known") == Some(&Value::Bool(false)) && found(&answer) == 0;
            nothing &= text(&answer, "/verdict/word")? == "unknown";
        }
        self.prove(
            right && nothing,
            "the panel's name: the investigator, the researcher and the ISP's approver are each shown the indicators that they \
             may see, with the block, and no more; the analyst at home and the outsider nothing; the operator may not ask",
        )
    }

    async fn search_name(&mut self) -> Result<(), StepError> {
        let operation = self.told.operation.clone();
        let mut right = true;
        for reader in [INVESTIGATOR, RESEARCHER, ISP] {
            let answer = self.ask_box(reader, &operation).await?;
            right &= answer.pointer("/cases/items/0/id") == Some(&json!(self.case));
        }
        for reader in NOBODY {
            let answer = self.ask_box(reader, &operation).await?;
            right &= answer.get("known") == Some(&Value::Bool(false)) && found(&answer) == 0;
        }
        // Who a victim is stands in no index, not even where its identity is kept.
        let business = self.told.business.clone();
        let answer = self.ask_box(INVESTIGATOR, &business).await?;
        right &= found(&answer) == 0;
        self.prove(
            right,
            "the operation's name finds the case for who is named on it and for nobody else; the business's name finds nothing",
        )
    }

    async fn search_words(&mut self) -> Result<(), StepError> {
        let typed = self.marks.typed("report above the ceiling", &self.told.note);
        let note = self.note_of("report above the ceiling")?;
        let mut right = true;
        for (reader, may) in [(INVESTIGATOR, true), (RESEARCHER, false), (ISP, true)] {
            let answer = self.ask_box(reader, &typed).await?;
            let reports = list(&answer, "/reports/items")?;
            let one = reports.len() == 1 && reports.iter().all(|line| line.get("at") == Some(&json!(note)));
            right &= if may { one } else { found(&answer) == 0 };
        }
        for reader in NOBODY {
            right &= found(&self.ask_box(reader, &typed).await?) == 0;
        }
        self.prove(
            right,
            "words of a report above the ceiling find it at the agency and at the ISP, to which it was released, and not at the \
             vendor",
        )
    }

    /// Who wrote what a search showed is told, and what was typed is kept.
    async fn searched(&mut self) -> Result<(), StepError> {
        self.spread().await?;
        let at = self.note_of("indicators")?;
        let looks = self
            .at(Who::Vendor, "researcher")?
            .get(&self.of_case(&format!("/notes/{at}/looks")))
            .await?;
        let told = |who: Who| {
            let look = |look: &Value| {
                look.get("way") == Some(&json!("searched")) && look.get("org") == Some(&json!(who.org()))
            };
            list(&looks, "").is_ok_and(|looks| looks.iter().any(look))
        };
        let log = self.at(Who::Agency, "auditor")?.get("/audit").await?.to_string();
        let officer = self.at(Who::Agency, "officer")?.get_refused("/audit").await?;
        self.prove(
            told(Who::Agency)
                && told(Who::Isp)
                && !told(Who::Hosting)
                && log.contains("searched")
                && log.contains(&self.told.infrastructure.panel)
                && officer.code == "denied",
            "the vendor reads that its indicators were shown in searches at the agency and at the ISP; an auditor, and not the \
             case officer, reads what was searched for",
        )
    }
}
