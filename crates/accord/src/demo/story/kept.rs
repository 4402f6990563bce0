//! A provider is asked to keep data and to take a page down; a request is taken back.

use serde_json::{Value, json};

use super::Story;
use super::parts::with;
use crate::demo::StepError;
use crate::demo::client::text;
use crate::demo::marks::teams;
use crate::demo::nodes::Who;

const DAY_MS: u64 = 86_400_000;

impl Story<'_> {
    pub(super) async fn keep_and_take_down(&mut self) -> Result<(), StepError> {
        self.preserve().await?;
        self.take_down().await?;
        self.take_back().await
    }

    /// A question to the hosting provider; the answer's `reason` has this mark.
    fn of_hosting(&mut self, what: &str, reference: &str, mark: &'static str, reason: &str) -> Value {
        let reason = self.mark(mark, reason, &teams(&[Who::Agency, Who::Hosting]));
        json!({ "to": Who::Hosting.org(), "what": what, "reference": reference, "reason": reason })
    }

    async fn preserve(&mut self) -> Result<(), StepError> {
        let now = self.world.nature.now_ms();
        let until = now + 90 * DAY_MS;
        let asked = self.of_hosting(
            "preservation",
            "P-1",
            "request to keep",
            "A judge is asked; until then it must not be lost.",
        );
        let question = json!({
            "values": [self.told.infrastructure.mirror], "from_ms": now - 10 * DAY_MS, "to_ms": now,
            "keep_until_ms": until,
        });
        let asked = with(asked, "preservation", question);
        let at = self.ask("request to keep", &asked).await?;
        let what = self.marks.plant_aside(
            "what is kept",
            "The disk and the access log.",
            &teams(&[Who::Agency, Who::Hosting]),
        );
        let kept = |until_ms: u64| json!({ "answer": "kept", "until_ms": until_ms, "words": what });
        let path = format!("/requests/{at}/answer");
        let short = self
            .at(Who::Hosting, "approver")?
            .refused(&path, &kept(until - 1))
            .await?;
        let elsewhere = self
            .at(Who::Isp, "approver")?
            .refused(&path, &kept(until))
            .await?;
        self.answered(Who::Hosting, &at, &kept(until)).await?;
        let view = self.request_at_agency(&at).await?;
        self.prove(
            view.get("kept_until_ms") == Some(&json!(until))
                && text(&view, "/answer")?.contains(&what)
                && text(&view, "/state")? == "given"
                && short.code == "invalid"
                && elsewhere.code == "not-found",
            "hosting.example: asked to keep what it has, it says until when and what; not for a day less without saying why, \
             and the ISP cannot answer for it",
        )
    }

    fn takedown(&mut self, reference: &str, mark: &'static str, reason: &str) -> Value {
        let asked = self.of_hosting("takedown", reference, mark, reason);
        let page = format!("shop.{}", self.told.infrastructure.mirror);
        let question = json!({ "values": [page], "ground": "It imitates a bank.", "targets": [] });
        with(asked, "takedown", question)
    }

    async fn take_down(&mut self) -> Result<(), StepError> {
        let asked = self.takedown("T-1", "request to take down", "Customers are sent there now.");
        let at = self.ask("request to take down", &asked).await?;
        let reason = self.marks.plant_aside(
            "why it is not taken down",
            "It is a customer's shop, and clean.",
            &teams(&[Who::Agency, Who::Hosting]),
        );
        let no = json!({ "answer": "refuse", "clause": "2.1", "reason": reason });
        self.answered(Who::Hosting, &at, &no).await?;
        let refused = self.request_at_agency(&at).await?;
        let asked = self.takedown(
            "T-2",
            "another request to take down",
            "It is the page behind the shop.",
        );
        let at = self.ask("another request to take down", &asked).await?;
        let words = self.marks.plant_aside(
            "what was taken down",
            "The page answers no more.",
            &teams(&[Who::Agency, Who::Hosting]),
        );
        let done = json!({ "answer": "takedown", "done": true, "words": words });
        self.answered(Who::Hosting, &at, &done).await?;
        let twice = self
            .at(Who::Hosting, "approver")?
            .refused(&format!("/requests/{at}/answer"), &done)
            .await?;
        let given = self.request_at_agency(&at).await?;
        self.prove(
            text(&refused, "/state")? == "refused"
                && text(&refused, "/answer")? == reason
                && text(&given, "/state")? == "given"
                && text(&given, "/answer")?.contains(&words)
                && twice.code == "conflict",
            "asked to take a page down, it says no with its clause and why; asked for another one it does it, and answers once",
        )
    }

    async fn take_back(&mut self) -> Result<(), StepError> {
        let asked = self.takedown("T-3", "request taken back", "And the one beside it.");
        let at = self.ask("request taken back", &asked).await?;
        let words = self.marks.plant_aside(
            "why it is taken back",
            "It is gone already.",
            &teams(&[Who::Agency, Who::Hosting]),
        );
        let path = format!("/requests/{at}/withdraw");
        let back = json!({ "words": words });
        let theirs = self.at(Who::Hosting, "approver")?.refused(&path, &back).await?;
        let before = self
            .at(Who::Hosting, "approver")?
            .get("/inbox")
            .await?
            .to_string();
        self.at(Who::Agency, "investigator")?.post(&path, &back).await?;
        self.spread().await?;
        let after = self
            .at(Who::Hosting, "approver")?
            .get("/inbox")
            .await?
            .to_string();
        let late = self
            .at(Who::Hosting, "approver")?
            .refused(
                &format!("/requests/{at}/answer"),
                &json!({ "answer": "takedown", "done": true, "words": "Done." }),
            )
            .await?;
        let view = self.request_at_agency(&at).await?;
        self.prove(
            theirs.code == "denied"
                && before.contains(&at)
                && !after.contains(&at)
                && late.code == "conflict"
                && text(&view, "/state")? == "withdrawn",
            "the investigator takes a request back, its addressee could not: it waits in no inbox, and is not answered any more",
        )
    }
}
