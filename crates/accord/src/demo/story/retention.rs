//! What was given for a day is destroyed when the day is over, except what is held; and then that, when the hold is lifted.

use serde_json::{Value, json};

use super::Story;
use super::second_case::{AGENCY, KEPT_DAYS};
use crate::demo::StepError;
use crate::demo::client::{Session, list, text, whole};
use crate::demo::nodes::{Nature, Who};

const HOUR_MS: u64 = 3_600_000;
/// What the ISP gives, and what stands in it.
const GIVEN: [(&str, &str); 2] = [
    ("second case, held", "Two customers called us."),
    ("second case, over", "One of them was mistaken."),
];

impl Story<'_> {
    /// Everybody's session is over, and everybody signs in again.
    async fn sign_in_again(&mut self) -> Result<bool, StepError> {
        let mut over = true;
        for ((who, sign_in), person) in &mut self.people {
            let old = person.session.get_refused("/me").await?;
            over &= old.status == 401;
            let nobody = Session::nobody(&self.http, &self.world.place(*who)?.url);
            person.session = nobody.sign_in(sign_in, &person.password).await?;
        }
        Ok(over)
    }

    /// What the ISP gave, and the hold on the first of it.
    async fn given_for_a_day(&mut self) -> Result<String, StepError> {
        let mut readers = AGENCY.to_vec();
        readers.push((Who::Isp, "approver"));
        for (name, words) in GIVEN {
            let words = self.mark(name, words, &readers);
            let note =
                json!({ "kind": "decision.logged", "text": words, "reason": "As our customers told us." });
            let published = self
                .publish_in_second((Who::Isp, "approver"), "What we know", "TLP:AMBER", note)
                .await?;
            self.keep(name, text(&published, "/at")?);
        }
        self.spread().await?;
        let path = self.of_second("/holds")?;
        let hold = json!({
            "entry": self.note_of("second case, held")?, "reference": "17 Js 27/26", "reason": "The court asked for it.",
        });
        let investigator = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &hold)
            .await?;
        let placed = whole(&self.at(Who::Agency, "discloser")?.post(&path, &hold).await?)?;
        self.keep("second case, the hold", &placed);
        self.spread().await?;
        let kept = self
            .at(Who::Agency, "discloser")?
            .get(&self.of_second("/keeping")?)
            .await?;
        let mut listed = investigator.code == "denied";
        for (name, _) in GIVEN {
            let line = Self::line_of(&kept, "/retention", "entry", &self.note_of(name)?)?;
            listed &= line.get("days") == Some(&json!(KEPT_DAYS));
        }
        self.prove(
            listed,
            "what the ISP gives under the second agreement is kept for a day, which the agency reads; its disclosure officer \
             places a hold on one note of it, the investigator could not",
        )?;
        Ok(placed)
    }

    pub(super) async fn retention(&mut self) -> Result<(), StepError> {
        let hold = self.given_for_a_day().await?;
        if matches!(self.world.nature, Nature::Real) {
            return self.prove(true, "left out here: a day has to pass until it is destroyed");
        }
        let early = self.world.destroy(Who::Agency).await?;
        self.world
            .nature
            .pass(u64::from(KEPT_DAYS) * 24 * HOUR_MS + HOUR_MS);
        let over = self.sign_in_again().await?;
        self.prove(
            over && early == 0,
            "nothing is destroyed before its time; a day later nobody's session is good any more, and everybody signs in again",
        )?;
        let destroyed = self.world.destroy(Who::Agency).await?;
        self.marks.shut("second case, over", &AGENCY);
        self.spread().await?;
        self.prove(
            destroyed > 0 && self.stand([true, false]).await? && self.is_noted(destroyed).await?,
            "the agency's copy of one note is destroyed, which stands for everybody to read; the one that is held stays; who wrote \
             them has both",
        )?;
        self.lifted(&hold, destroyed).await
    }

    async fn lifted(&mut self, hold: &str, destroyed: usize) -> Result<(), StepError> {
        let path = self.of_second("/holds/lift")?;
        let lift = json!({ "hold": hold, "reason": "The court has decided." });
        let approver = self.at(Who::Agency, "approver")?.refused(&path, &lift).await?;
        let before = self.world.destroy(Who::Agency).await?;
        self.at(Who::Agency, "discloser")?.post(&path, &lift).await?;
        let after = self.world.destroy(Who::Agency).await?;
        self.marks.shut("second case, held", &AGENCY);
        self.spread().await?;
        let kept = self
            .at(Who::Agency, "discloser")?
            .get(&self.of_second("/keeping")?)
            .await?;
        let line = Self::line_of(&kept, "/holds", "at", hold)?;
        self.prove(
            approver.code == "denied"
                && before == 0
                && after > 0
                && line.get("lifted").is_some_and(|lifted| !lifted.is_null())
                && self.stand([false, false]).await?
                && self.is_noted(destroyed + after).await?,
            "the disclosure officer lifts the hold, an approver could not: now the other copy is destroyed too",
        )
    }

    /// Whether these of the ISP's notes stand at the agency with their words, and both at the ISP.
    async fn stand(&self, here: [bool; 2]) -> Result<bool, StepError> {
        let agency = self.second_of(Who::Agency, "discloser").await?.to_string();
        let isp = self.second_of(Who::Isp, "approver").await?.to_string();
        let mut right = true;
        for ((_, words), here) in GIVEN.into_iter().zip(here) {
            right &= agency.contains(words) == here && isp.contains(words);
        }
        Ok(right)
    }

    /// Whether the ISP's auditor reads that the agency destroyed so many copies.
    async fn is_noted(&self, copies: usize) -> Result<bool, StepError> {
        let path = format!("/audit/spaces/{}", self.secret_of("second case")?);
        let control = self.at(Who::Isp, "auditor")?.get(&path).await?;
        let noted = list(&control, "/lines")?.iter().filter(|line| {
            line.get("kind").and_then(Value::as_str) == Some("retention.destroyed")
                && line.get("org").and_then(Value::as_str) == Some(Who::Agency.org())
        });
        Ok(noted.count() == copies)
    }
}
