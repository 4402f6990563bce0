//! Where the agreement wants two people's yes, the first one lets nothing leave, and whoever said it takes it back.

use serde_json::{Value, json};

use super::Story;
use super::parts::with;
use super::second_case::AGENCY;
use crate::demo::StepError;
use crate::demo::client::{list, text, whole};
use crate::demo::marks::{DEPUTY, READER, Reader};
use crate::demo::nodes::Who;

const DAY_MS: u64 = 86_400_000;
/// The port of the connection that is asked about: no other question names it.
const PORT: u16 = 4_002;

impl Story<'_> {
    /// Who reads control notes of the second case by now: everybody who is on it, and auditors.
    fn control_readers() -> Vec<Reader> {
        let mut readers = AGENCY.to_vec();
        readers.extend([
            READER,
            (Who::Agency, "auditor"),
            (Who::Isp, "approver"),
            (Who::Isp, "auditor"),
        ]);
        readers
    }

    /// A question to the ISP, under an order, on the second case: who held an address.
    async fn asked_in_second(&mut self, connection: &Value) -> Result<String, StepError> {
        let now = self.world.nature.now_ms();
        let instrument = json!({
            "reference": "7 Gs 244/26", "authority": "District Court, investigating judge",
            "power": "Code of Criminal Procedure, section 100j", "categories": ["subscriber-data"],
            "scope": "Who held one address", "addressee": Who::Isp.org(),
            "from_ms": now - DAY_MS, "to_ms": now + 30 * DAY_MS,
        });
        let court = whole(
            &self
                .at(DEPUTY.0, DEPUTY.1)?
                .post(&self.of_second("/instruments")?, &instrument)
                .await?,
        )?;
        self.keep("second case, the order", &court);
        let mut readers = AGENCY.to_vec();
        readers.push((Who::Isp, "approver"));
        let reason = self.mark(
            "second case, the question",
            "The panel was entered again.",
            &readers,
        );
        let asked = json!({
            "to": Who::Isp.org(), "what": "subscriber-data", "reference": "S-3", "reason": reason,
            "instrument": court,
        });
        let asked = with(asked, "subscriber", json!({ "connections": [connection] }));
        let published = self
            .at(Who::Agency, "investigator")?
            .post(&self.of_second("/requests")?, &asked)
            .await?;
        let at = text(&published, "/at")?.to_owned();
        self.keep("second case, the question", &at);
        self.spread().await?;
        Ok(at)
    }

    /// How far it is, as the investigator sees it, and whether anything of the answer is there.
    async fn seen_of_answer(&self, at: &str, name: &str) -> Result<(String, bool), StepError> {
        let view = self.second_of(Who::Agency, "investigator").await?;
        let line = Self::line_of(&view, "/requests", "at", at)?;
        let found = self
            .at(Who::Agency, "investigator")?
            .look(&format!("/api/v1/requests/{at}/subscribers"))
            .await?;
        let held = memchr::memmem::find(&found.1, name.as_bytes()).is_some();
        Ok((text(&line, "/state")?.to_owned(), held))
    }

    /// What the ISP's approver is to do about it.
    async fn waits_at_isp(&self, at: &str) -> Result<String, StepError> {
        let inbox = self.at(Who::Isp, "approver")?.get("/inbox").await?;
        let mut items = list(&inbox, "")?.iter();
        let item = items.find(|item| item.pointer("/todo/request").and_then(Value::as_str) == Some(at));
        Ok(item.map_or_else(String::new, |item| {
            text(item, "/todo/kind").unwrap_or_default().to_owned()
        }))
    }

    pub(super) async fn take_back_a_yes(&mut self) -> Result<(), StepError> {
        let connection = self.connection(PORT);
        let at = self.asked_in_second(&connection).await?;
        let name = self.marks.plant_aside(
            "name in an answer that waits",
            "D. Doubted",
            &[(Who::Isp, "approver")],
        );
        let answer = Self::one_subscriber(&connection, &name);
        let path = format!("/requests/{at}/answer");
        let before = self.waits_at_isp(&at).await?;
        self.at(Who::Isp, "approver")?.post(&path, &answer).await?;
        let twice = self.at(Who::Isp, "approver")?.refused(&path, &answer).await?;
        self.spread().await?;
        let first = self.seen_of_answer(&at, &name).await?;
        let waits = self.waits_at_isp(&at).await?;
        self.prove(
            before == "decide-request"
                && waits == "await-second"
                && first == ("waiting".to_owned(), false)
                && twice.code == "conflict",
            "the second agreement wants two people to say who held an address: the ISP's approver says yes, nothing leaves, and \
             they are not the second person too",
        )?;
        self.said_back(&at, &name).await?;
        self.refused_then(&at, &name).await
    }

    async fn said_back(&mut self, at: &str, name: &str) -> Result<(), StepError> {
        let reason = self.marks.plant_aside(
            "why a yes was taken back",
            "The table of that day was wrong.",
            &Self::control_readers(),
        );
        let path = format!("/requests/{at}/take-back");
        let back = json!({ "reason": reason });
        let asker = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &back)
            .await?;
        let theirs = self.at(Who::Agency, "approver")?.refused(&path, &back).await?;
        let operator = self.at(Who::Isp, "operator")?.refused(&path, &back).await?;
        let approver = self.at(Who::Isp, "approver")?;
        let taken = whole(&approver.post(&path, &back).await?)?;
        let again = approver.refused(&path, &back).await?;
        self.keep("second case, the yes taken back", &taken);
        self.spread().await?;
        let seen = self.second_of(Who::Agency, "officer").await?.to_string();
        let refused = [&asker, &theirs, &operator];
        self.prove(
            refused.iter().all(|one| one.status >= 400)
                && again.code == "conflict"
                && seen.contains("approval.withdrawn")
                && self.waits_at_isp(at).await? == "decide-request"
                && self.seen_of_answer(at, name).await? == ("waiting".to_owned(), false),
            "who said it takes it back before the second person has said theirs; nobody at the agency and not the ISP's operator \
             could; the agency reads that it was, and the request waits as before",
        )
    }

    async fn refused_then(&mut self, at: &str, name: &str) -> Result<(), StepError> {
        let reason = self.marks.plant_aside(
            "why it is not said who held it",
            "Nothing sure is known of that hour.",
            &Self::control_readers(),
        );
        let no = json!({ "answer": "refuse", "clause": "3.1", "reason": reason });
        self.answered(Who::Isp, at, &no).await?;
        let late = self
            .at(Who::Isp, "approver")?
            .refused(
                &format!("/requests/{at}/take-back"),
                &json!({ "reason": "Late." }),
            )
            .await?;
        self.prove(
            self.seen_of_answer(at, name).await? == ("refused".to_owned(), false)
                && self.waits_at_isp(at).await?.is_empty()
                && late.code == "conflict",
            "then they refuse, with the clause and why: no byte of the answer has left",
        )
    }
}
