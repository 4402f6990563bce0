//! Somebody is named on the second case for its indicators: they see these and nothing else, and write nothing else.

use serde_json::{Value, json};

use super::Story;
use super::parts::draft;
use crate::demo::StepError;
use crate::demo::client::list;
use crate::demo::marks::{DEPUTY, READER};
use crate::demo::nodes::Who;

/// The category they are named for.
const NAMED_FOR: &str = "indicator";

impl Story<'_> {
    pub(super) async fn need_to_know(&mut self) -> Result<(), StepError> {
        let (who, sign_in) = READER;
        let inert = self
            .add_person(who, sign_in, "Rana Reader", &["investigator"])
            .await?;
        let members = self.of_second("/members")?;
        let named = |person: &str, role: &str| {
            json!({
                "person": person, "roles": [role],
                "scope": { "categories": [NAMED_FOR], "text": "Compares the values with older cases." },
            })
        };
        let reader = self.person(who, sign_in)?.id.clone();
        let custodian = self.person(Who::Agency, "custodian")?.id.clone();
        let approver = self.at(Who::Agency, "approver")?;
        let before = self.at(who, sign_in)?.get_refused(&self.of_second("")?).await?;
        let unfit = approver
            .refused(&members, &named(&custodian, "custodian"))
            .await?;
        let investigator = self
            .at(Who::Agency, "investigator")?
            .refused(&members, &named(&reader, "investigator"))
            .await?;
        approver.post(&members, &named(&reader, "investigator")).await?;
        self.marks.widen("second case, the panel again", &[READER]);
        self.spread().await?;
        self.prove(
            inert
                && before.code == "not-found"
                && unfit.code == "invalid"
                && investigator.code == "denied",
            "the agency's approver names a second investigator on the second case for its indicators; the first one could not, and \
             a custodian, who must see the whole, is not named for a part",
        )?;
        self.indicators_alone(&reader).await
    }

    /// What the scope names is seen and written; the partners read that there is one.
    async fn indicators_alone(&mut self, reader: &str) -> Result<(), StepError> {
        let (who, sign_in) = READER;
        let view = self.second_of(who, sign_in).await?;
        let kinds: Vec<&str> = list(&view, "/timeline")?
            .iter()
            .filter_map(|item| item.get("kind")?.as_str())
            .collect();
        let whole = self.second_of(DEPUTY.0, DEPUTY.1).await?.to_string();
        let outside = ["report.published", "decision.logged"];
        let first = self.at(who, sign_in)?.get_refused(&self.of_case("")).await?;
        let report = json!({ "kind": "report.published", "text": "It is an old one." });
        let report = self
            .at(who, sign_in)?
            .refused(
                &self.of_second("/notes")?,
                &draft("An old one", "TLP:AMBER", &[], report),
            )
            .await?;
        self.prove(
            kinds.contains(&"indicator.published")
                && outside.iter().all(|kind| !kinds.contains(kind))
                && whole.contains("report.published")
                && first.code == "not-found"
                && report.code == "denied",
            "they read its indicators, neither its reports nor its decisions, write no report, and find no other case",
        )?;
        let isp = self.second_of(Who::Isp, "approver").await?;
        let line = Self::line_of(&isp, "/members", "person", reader)?;
        self.prove(
            line.get("scope") == Some(&json!([NAMED_FOR])) && line.get("roles").is_some_and(Value::is_array),
            "the ISP reads for what they are named",
        )
    }
}
