//! The intelligence of the case for other programs, as far as each may see it; and drawn as a graph.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Story;
use crate::demo::StepError;
use crate::demo::client::list;
use crate::demo::marks::Reader;
use crate::demo::nodes::Who;

/// Who takes something along.
const INVESTIGATOR: Reader = (Who::Agency, "investigator");
const ISP: Reader = (Who::Isp, "approver");
const HOSTING: Reader = (Who::Hosting, "approver");

impl Story<'_> {
    async fn exported(&self, (who, sign_in): Reader, query: &str) -> Result<String, StepError> {
        let path = self.of_case(&format!("/export?{query}"));
        let bytes = self.at(who, sign_in)?.download(&path).await?;
        String::from_utf8(bytes).map_err(StepError::from_display)
    }

    pub(super) async fn take_along(&mut self) -> Result<(), StepError> {
        self.files().await?;
        self.graph().await
    }

    /// What each of them may know, and what nobody may take along.
    async fn files(&mut self) -> Result<(), StepError> {
        let ours = self.told.infrastructure.clone();
        let (relay, drop) = (self.relay(), self.drop_site());
        let mut right = true;
        let mut names = BTreeSet::new();
        for (reader, has, has_not) in [
            (INVESTIGATOR, vec![&ours.panel, &relay, &drop], vec![]),
            (ISP, vec![&ours.panel, &drop], vec![&relay]),
            (HOSTING, vec![], vec![&ours.panel, &relay]),
        ] {
            let bundle: Value = serde_json::from_str(&self.exported(reader, "format=stix").await?)
                .map_err(StepError::from_display)?;
            let patterns: Vec<&str> = list(&bundle, "/objects")?
                .iter()
                .filter_map(|object| object.get("pattern")?.as_str())
                .collect();
            names.extend(patterns.iter().map(|pattern| (*pattern).to_owned()));
            let table = self.exported(reader, "format=csv").await?;
            let of = |value: &str| format!("[domain-name:value = '{value}']");
            for (values, there) in [(has, true), (has_not, false), (vec![&ours.mistake], false)] {
                for value in values {
                    let row = format!("{value},");
                    right &= table.lines().any(|line| line.starts_with(&row)) == there;
                    right &= patterns.contains(&of(value).as_str()) == there;
                }
            }
            // Whoever took it along before must hear that it is no more.
            let retired = list(&bundle, "/objects")?.iter().filter(|object| {
                object.get("pattern").and_then(Value::as_str) == Some(of(&ours.retired).as_str())
            });
            right &= retired
                .into_iter()
                .all(|object| object.get("revoked") == Some(&Value::Bool(true)));
        }
        let given = self
            .exported(INVESTIGATOR, &format!("format=list&for={}", Who::Isp.org()))
            .await?;
        let operator = self
            .at(Who::Agency, "operator")?
            .get_refused(&self.of_case("/export?format=stix"))
            .await?;
        self.prove(
            right && !names.is_empty() && !given.contains(&relay) && operator.code == "denied",
            "as STIX and as CSV the investigator takes along what the agency holds, the ISP's approver without the relay, the \
             hosting provider's without the panel; what was recalled is in no file, what was withdrawn \
             is revoked there; an operator makes none",
        )
    }

    async fn graph(&mut self) -> Result<(), StepError> {
        let (relay, panel) = (self.relay(), self.told.infrastructure.panel.clone());
        let path = self.of_case("/graph");
        let mut right = true;
        for ((who, sign_in), sees) in [(INVESTIGATOR, true), (ISP, false)] {
            let graph = self.at(who, sign_in)?.get(&path).await?;
            let names: Vec<&str> = list(&graph, "/nodes")?
                .iter()
                .filter_map(|node| node.get("name")?.as_str())
                .collect();
            right &= names.contains(&panel.as_str()) && names.contains(&relay.as_str()) == sees;
            right &= !list(&graph, "/links")?.is_empty();
        }
        let outside = self.at(Who::Outsider, "approver")?.get_refused(&path).await?;
        let operator = self.at(Who::Agency, "operator")?.get_refused(&path).await?;
        self.prove(
            right && outside.code == "not-found" && operator.code == "denied",
            "drawn as a graph the panel hangs together with what names it: at the agency with the relay, at the ISP without it, \
             and for an operator and the outsider not at all",
        )
    }
}
