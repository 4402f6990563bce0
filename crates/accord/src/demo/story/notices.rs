//! Somebody is told that something waits, by mail and by a webhook, and never what: whoever reads along learns nothing.

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::text;
use crate::demo::marks::teams;
use crate::demo::nodes::Who;
use crate::demo::post;

const DAY_MS: u64 = 86_400_000;

impl Story<'_> {
    /// A round of both nodes' notices, and what came: by mail, and by webhook. Nodes that are served have rounds of
    /// their own as well, so in which order it came is left open.
    async fn round_of_notices(&mut self) -> Result<(Vec<String>, Vec<String>), StepError> {
        for who in [Who::Hosting, Who::Agency] {
            self.world.tell(who).await?;
        }
        let came = self.world.post.take();
        let (by_hook, by_mail): (Vec<String>, Vec<String>) =
            came.into_iter().partition(|letter| letter.starts_with("POST "));
        for letters in [&by_mail, &by_hook] {
            let mut letters: Vec<String> = letters.iter().map(|letter| post::comparable(letter)).collect();
            letters.sort();
            self.posted.extend(letters);
        }
        Ok((by_mail, by_hook))
    }

    /// Whether a letter has anything of the case in it.
    fn gives_away(&self, letter: &str) -> bool {
        let ours = &self.told.infrastructure;
        let names = [
            &self.told.operation,
            &self.told.reference,
            &self.told.reason,
            &ours.panel,
            &ours.mirror,
            &ours.address,
            &self.case,
            &self.agreement,
        ];
        let marks = self.marks.all.iter().map(|mark| &mark.word);
        let notes = self.notes.values();
        names
            .into_iter()
            .chain(marks)
            .chain(notes)
            .any(|secret| letter.contains(secret.as_str()))
    }

    pub(super) async fn notices(&mut self) -> Result<(), StepError> {
        let mail = json!({ "mail": "arno@hosting.example", "when": "at-once" });
        self.at(Who::Hosting, "approver")?
            .post("/me/notices", &mail)
            .await?;
        let hook = json!({ "webhook": true, "when": "at-once" });
        self.at(Who::Agency, "investigator")?
            .post("/me/notices", &hook)
            .await?;
        // What waits already is told first.
        let (mut all, hooks) = self.round_of_notices().await?;
        all.extend(hooks);
        let both = teams(&[Who::Agency, Who::Hosting]);
        let reason = self.mark("question that waits", "Is it paid for still?", &both);
        let asked = json!({
            "to": Who::Hosting.org(), "what": "information", "reference": "I-2", "reason": reason,
            "due_ms": self.world.nature.now_ms() + 3 * DAY_MS,
        });
        let at = self.ask("question that waits", &asked).await?;
        let (by_mail, by_hook) = self.round_of_notices().await?;
        let again = self.round_of_notices().await?;
        let url = self.world.place(Who::Hosting)?.url.clone();
        let one = by_mail.first().cloned().unwrap_or_default();
        self.prove(
            by_mail.len() == 1
                && again == (Vec::new(), Vec::new())
                && one.contains("arno@hosting.example")
                && one.contains(&format!("Something waits for you at {url}\r\n"))
                && one.contains("  1 decision\r\n"),
            "the hosting provider's approver is told by mail that one decision waits, and where; once",
        )?;
        let person = self.person(Who::Agency, "investigator")?.id.clone();
        self.prove(
            by_hook.len() == 1
                && by_hook
                    .iter()
                    .all(|letter| letter.contains("\"waits\":{") && letter.contains(&person)),
            "the agency's investigator is told by the node's webhook that an answer is awaited, by number and kind",
        )?;
        all.extend(by_mail);
        all.extend(by_hook);
        let silent = all
            .iter()
            .all(|letter| !self.gives_away(letter) && !letter.contains("I-2"));
        let from_whom = all
            .iter()
            .filter(|letter| letter.contains(&url))
            .all(|letter| !letter.contains(Who::Agency.org()));
        self.prove(
            silent && from_whom,
            format!(
                "no byte of these {} deliveries has anything of the case, nor who asked; the outsider reads along, and reads the \
                 same in both worlds",
                all.len()
            ),
        )?;
        self.asked_and_answered(&at).await?;
        self.told_no_more().await
    }

    async fn asked_and_answered(&mut self, at: &str) -> Result<(), StepError> {
        let answer = self.marks.plant_aside(
            "answer to the question that waited",
            "Until the 30th.",
            &teams(&[Who::Agency, Who::Hosting]),
        );
        self.answered(Who::Hosting, at, &json!({ "answer": "words", "words": answer }))
            .await?;
        let view = self.request_at_agency(at).await?;
        let approver = self.at(Who::Hosting, "approver")?.get_refused("/notices").await?;
        let sending = self.at(Who::Hosting, "operator")?.get("/notices").await?;
        self.prove(
            text(&view, "/state")? == "given"
                && approver.code == "denied"
                && sending.get("queued") == Some(&json!(0))
                && sending.get("sent").and_then(Value::as_u64) > Some(0)
                && !self.gives_away(&sending.to_string()),
            "it is answered; how sending goes is the operator's to see, in numbers, and nobody else's",
        )
    }

    /// Who wants no notices is sent none.
    async fn told_no_more(&mut self) -> Result<(), StepError> {
        for (who, sign_in) in [(Who::Hosting, "approver"), (Who::Agency, "investigator")] {
            self.at(who, sign_in)?
                .post("/me/notices", &json!({ "when": "none" }))
                .await?;
        }
        self.round_of_notices().await?;
        let asked = json!({
            "to": Who::Hosting.org(), "what": "information", "reference": "I-3", "reason": "And after that?",
        });
        let at = self.ask("question nobody is told of", &asked).await?;
        let told = self.round_of_notices().await?;
        let inbox = self
            .at(Who::Hosting, "approver")?
            .get("/inbox")
            .await?
            .to_string();
        self.prove(
            told == (Vec::new(), Vec::new()) && inbox.contains(&at),
            "who wants no notices any more is sent none; what waits stands in the inbox all the same",
        )?;
        self.answered(
            Who::Hosting,
            &at,
            &json!({ "answer": "words", "words": "It is over then." }),
        )
        .await
        .map(|_| ())
    }
}
