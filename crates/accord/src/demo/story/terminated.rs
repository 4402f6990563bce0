//! One party ends the second agreement: at once nothing leaves under it any more, while the others stand.

use serde_json::json;

use super::Story;
use super::second_case::{AGENCY, PARTIES};
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::nodes::Who;

/// Requests of the protocol are numbered so that no nonce comes twice.
const ROUND: u8 = 70;

impl Story<'_> {
    pub(super) async fn terminate(&mut self) -> Result<(), StepError> {
        let digest = self.secret_of("second agreement")?;
        let path = format!("/agreements/{digest}/terminate");
        let end = json!({ "reason": "The week is over." });
        let approver = self.at(Who::Isp, "approver")?.refused(&path, &end).await?;
        let outsider = self.at(Who::Outsider, "signatory")?.refused(&path, &end).await?;
        self.at(Who::Isp, "signatory")?.post(&path, &end).await?;
        self.spread().await?;
        let mut ended = true;
        for who in PARTIES {
            ended &= !self.standing(who, &digest).await?;
            ended &= self.standing(who, &self.agreement.clone()).await?;
        }
        self.prove(
            ended && approver.code == "denied" && outsider.code == "not-found",
            "the ISP's signatory ends the second agreement, an approver could not: it is in force at no node any more, and the \
             first one stands",
        )?;
        let words = self.mark("second case, after the end", "It came back.", &AGENCY);
        let note = json!({ "kind": "report.published", "text": words });
        let published = self
            .publish_in_second((Who::Agency, "investigator"), "After the end", "TLP:CLEAR", note)
            .await?;
        let at = text(&published, "/at")?.to_owned();
        self.keep("second case, after the end", &at);
        let no = list(&published, "/decisions")?
            .iter()
            .all(|decided| decided.get("answer").and_then(serde_json::Value::as_str) == Some("no"));
        let released = self
            .at(Who::Agency, "approver")?
            .refused("/releases", &json!({ "note": at, "to": Who::Isp.org() }))
            .await?;
        self.spread().await?;
        let reads = self.reads_in_second(Who::Isp, "approver", &words).await?;
        let mut gives = false;
        for (round, who) in (ROUND..).zip([Who::Isp, Who::Vendor]) {
            gives |= self.protocol_gives(who, Who::Agency, &at, round).await?;
        }
        self.prove(
            no && released.code == "denied" && !reads && !gives,
            "nothing leaves under it: a note that anybody might read is denied to the ISP, no approver can let it go, and the \
             agency's node gives it to nobody who asks",
        )
    }
}
