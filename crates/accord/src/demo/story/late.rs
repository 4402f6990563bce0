//! A party comes to the second case late, and is given what was written before; another is taken off, and gets nothing more.

use serde_json::json;

use super::Story;
use super::second_case::AGENCY;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::{DEPUTY, team};
use crate::demo::nodes::Who;

/// Requests of the protocol are numbered so that no nonce comes twice.
const ROUND: u8 = 60;

impl Story<'_> {
    /// Whether somebody's node shows words of the second case.
    pub(super) async fn reads_in_second(
        &self,
        who: Who,
        sign_in: &str,
        words: &str,
    ) -> Result<bool, StepError> {
        Ok(self.second_of(who, sign_in).await?.to_string().contains(words))
    }

    /// What stands in a note that was marked.
    fn words_of(&self, name: &str) -> String {
        let mark = self.marks.all.iter().find(|mark| mark.name == name);
        mark.map_or_else(|| "The loader is the same.".to_owned(), |mark| mark.word.clone())
    }

    pub(super) async fn late_and_gone(&mut self) -> Result<(), StepError> {
        self.comes_late().await?;
        self.given_older().await?;
        self.taken_off().await?;
        self.one_person_off().await
    }

    async fn comes_late(&mut self) -> Result<(), StepError> {
        let path = self.of_second("/parties")?;
        let new = json!({ "org": Who::Isp.org(), "reason": "Its customers are hit too." });
        let vendor = self.at(Who::Vendor, "approver")?.refused(&path, &new).await?;
        let outside = self
            .at(DEPUTY.0, DEPUTY.1)?
            .refused(&path, &json!({ "org": Who::Hosting.org() }))
            .await?;
        self.at(DEPUTY.0, DEPUTY.1)?.post(&path, &new).await?;
        self.spread().await?;
        let case = self.secret_of("second case")?;
        let two = [("approver", "approver"), ("researcher", "researcher")];
        self.name_on(&case, Who::Isp, &two).await?;
        self.spread().await?;
        let view = self.second_of(Who::Isp, "approver").await?;
        let sees = text(&view, "/summary/operation")? == self.told.second_operation;
        let before = self.note_of("second case, found before")?;
        self.prove(
            sees && !view.to_string().contains(&self.words_of("second case, found before"))
                && vendor.code == "denied"
                && outside.status >= 400
                && !self.protocol_gives(Who::Isp, Who::Agency, &before, ROUND).await?,
            "a case officer brings the ISP in, the vendor could not, and who is no party of the agreement cannot come; of what was \
             written before it sees nothing, and its node is given nothing",
        )
    }

    async fn given_older(&mut self) -> Result<(), StepError> {
        let path = self.of_second(&format!("/older/{}", Who::Isp.org()))?;
        let amber = self.note_of("second case, found before")?;
        let red = self.note_of("second case, above the ceiling")?;
        let investigator = self.at(Who::Agency, "investigator")?.get_refused(&path).await?;
        let open = self.at(DEPUTY.0, DEPUTY.1)?.get(&path).await?;
        let says = |lines: &serde_json::Value, at: &str| {
            let line = Self::line_of(lines, "", "at", at)?;
            text(&line, "/decided/answer").map(str::to_owned)
        };
        let notes = open.get("notes").cloned().unwrap_or_default();
        let given = self
            .at(DEPUTY.0, DEPUTY.1)?
            .post(&path, &json!({ "notes": [amber, red] }))
            .await?;
        let twice = self
            .at(DEPUTY.0, DEPUTY.1)?
            .refused(&path, &json!({ "notes": [amber] }))
            .await?;
        self.marks.widen("second case, found before", team(Who::Isp));
        self.spread().await?;
        let reads = self
            .reads_in_second(
                Who::Isp,
                "researcher",
                &self.words_of("second case, found before"),
            )
            .await?;
        let kept = !self
            .second_of(Who::Isp, "approver")
            .await?
            .to_string()
            .contains("Who we think it is.");
        self.prove(
            says(&notes, &amber)? == "yes"
                && says(&notes, &red)? == "ask"
                && says(&given, &amber)? == "yes"
                && says(&given, &red)? == "ask"
                && reads
                && kept
                && investigator.code == "denied"
                && twice.code == "conflict",
            "the case officer gives it older notes, each as the agreement says now: the one within the ceiling goes, the other \
             waits for an approver; the investigator gives none",
        )
    }

    async fn taken_off(&mut self) -> Result<(), StepError> {
        let path = self.of_second("/parties/remove")?;
        let order = json!({ "org": Who::Vendor.org(), "reason": "Its part is done." });
        let isp = self.at(Who::Isp, "approver")?.refused(&path, &order).await?;
        self.at(DEPUTY.0, DEPUTY.1)?.post(&path, &order).await?;
        for name in ["second case, found before", "second case, above the ceiling"] {
            self.marks.shut(name, team(Who::Vendor));
        }
        let mut readers = AGENCY.to_vec();
        readers.extend(team(Who::Isp));
        let words = self.mark("second case, found after", "It moved to another host.", &readers);
        let note = json!({ "kind": "report.published", "text": words });
        let published = self
            .publish_in_second((Who::Agency, "investigator"), "Second look", "TLP:AMBER", note)
            .await?;
        let at = text(&published, "/at")?.to_owned();
        self.keep("second case, found after", &at);
        self.spread().await?;
        let to: Vec<&str> = list(&published, "/decisions")?
            .iter()
            .filter_map(|decided| decided.get("to")?.as_str())
            .collect();
        let mut closed = true;
        for sign_in in ["approver", "researcher"] {
            let session = self.at(Who::Vendor, sign_in)?;
            closed &= session.get_refused(&self.of_second("")?).await?.code == "not-found";
            closed &= !session
                .get("/cases")
                .await?
                .to_string()
                .contains(&self.told.second_operation);
        }
        let mut gives = false;
        for (round, note) in (ROUND + 1..).zip(["second case, found after", "second case, above the ceiling"])
        {
            let at = self.note_of(note)?;
            gives |= self.protocol_gives(Who::Vendor, Who::Agency, &at, round).await?;
        }
        let reads = self.reads_in_second(Who::Isp, "approver", &words).await?;
        self.prove(
            to == [Who::Isp.org()] && closed && !gives && reads && isp.code == "denied",
            "the vendor is taken off: its people find no such case any more, and what is written after goes to the ISP and not to \
             it, neither by pulling nor by asking",
        )
    }

    /// An organisation takes its own people off, and no others.
    async fn one_person_off(&mut self) -> Result<(), StepError> {
        let member = |id: &str| self.of_second(&format!("/members/{id}"));
        let researcher = member(&self.person(Who::Isp, "researcher")?.id)?;
        let deputy = member(&self.person(DEPUTY.0, DEPUTY.1)?.id)?;
        let approver = self.at(Who::Isp, "approver")?;
        let others = approver.delete_refused(&deputy).await?;
        let before = self.second_of(Who::Isp, "researcher").await.is_ok();
        approver.delete(&researcher).await?;
        for name in ["second case, found before", "second case, found after"] {
            self.marks.shut(name, &[(Who::Isp, "researcher")]);
        }
        self.spread().await?;
        let gone = self
            .at(Who::Isp, "researcher")?
            .get_refused(&self.of_second("")?)
            .await?;
        let team = self.second_of(Who::Agency, "officer").await?;
        let id = &self.person(Who::Isp, "researcher")?.id;
        let named = list(&team, "/members")?
            .iter()
            .any(|member| member.get("person").and_then(serde_json::Value::as_str) == Some(id));
        self.prove(
            before && others.code == "denied" && gone.code == "not-found" && !named,
            "the ISP's approver takes its researcher off, and could not take the agency's officer off: the researcher finds no such \
             case any more, and stands in no other node's list of its people",
        )
    }
}
