//! Before there is a case: a researcher watches a threat, and the agency is given a lead; in the end its giver hears
//! what became of it.

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text, whole};
use crate::demo::marks::{DEPUTY, Reader};
use crate::demo::nodes::Who;

/// Who reads the lead: who gave it and the approver there; the agency's desk, whom it was handed to, and who says
/// what is held.
const LEAD: [Reader; 6] = [
    (Who::Vendor, "researcher"),
    (Who::Vendor, "approver"),
    (Who::Agency, "officer"),
    (Who::Agency, "approver"),
    (Who::Agency, "investigator"),
    (Who::Agency, "discloser"),
];
/// Requests of the protocol are numbered so that no nonce comes twice.
const ROUND: u8 = 40;

impl Story<'_> {
    pub(super) async fn refer_lead(&mut self) -> Result<(), StepError> {
        self.watch().await?;
        self.assess().await?;
        self.refer().await?;
        self.nobody_else().await
    }

    /// What the threat says; with how bad it is, once that is known.
    fn threat(&self, what: &str, assessment: Value) -> Value {
        let ours = &self.told.infrastructure;
        json!({
            "name": "A kit for hire", "what": what, "assessment": assessment, "countries": ["DE"],
            "options": { "disrupt": "The panel and its mirror, at once.", "protect": "Tell the bank." },
            "values": [{ "value": ours.panel, "labels": ["kit"] }],
        })
    }

    async fn watch(&mut self) -> Result<(), StepError> {
        let author = [(Who::Vendor, "researcher")];
        let what = self.mark("threat", "A page that takes passwords is rented out.", &author);
        let note = self.mark("working note", "The same hand as last year.", &author);
        let researcher = self.at(Who::Vendor, "researcher")?;
        let id = whole(
            &researcher
                .post("/threats", &self.threat(&what, Value::Null))
                .await?,
        )?;
        let path = format!("/threats/{id}");
        researcher
            .post(&format!("{path}/notes"), &json!({ "text": note }))
            .await?;
        let watched = researcher.get(&path).await?;
        // A colleague with the same role, until they are added; and who is asked above the ceiling.
        let mut unseen = true;
        for sign_in in ["analyst", "approver"] {
            unseen &= self.at(Who::Vendor, sign_in)?.get_refused(&path).await?.status >= 400;
        }
        let colleague = self.at(Who::Vendor, "analyst")?.get("/threats").await?;
        self.kept.insert("threat", id);
        self.kept.insert("what the threat is", what);
        self.prove(
            unseen && colleague == json!([]) && text(&watched, "/notes/0/text")? == note,
            "the researcher watches a threat and notes what is known; for the analyst and the approver next door there is none",
        )
    }

    async fn assess(&mut self) -> Result<(), StepError> {
        let (id, what) = (self.secret_of("threat")?, self.secret_of("what the threat is")?);
        let path = format!("/threats/{id}");
        let researcher = self.at(Who::Vendor, "researcher")?;
        let early = researcher
            .refused(&format!("{path}/assess"), &Value::Null)
            .await?;
        let version = researcher.get(&path).await?.pointer("/version").cloned();
        let assessment = json!({ "impact": "high", "likelihood": "high", "confidence": "medium" });
        let change = json!({ "version": version, "threat": self.threat(&what, assessment) });
        researcher.post(&path, &change).await?;
        let stale = researcher.refused(&path, &change).await?;
        researcher.post(&format!("{path}/assess"), &Value::Null).await?;
        let assessed = researcher.get(&path).await?;
        self.prove(
            early.code == "invalid" && stale.code == "conflict" && text(&assessed, "/status")? == "assessed",
            "it is assessed once impact, likelihood and confidence are said, not before; who changes an older version is told",
        )
    }

    async fn refer(&mut self) -> Result<(), StepError> {
        let words = self.mark("lead", "Its customers are here, and so is the machine.", &LEAD);
        let lead = json!({
            "agreement": self.agreement, "to": Who::Agency.org(), "title": "A kit for hire", "marking": "TLP:AMBER",
            "text": words, "nexus": "The bank that is imitated is here.", "countries": ["DE"],
            "asks": "Find who rents it out.", "threat": self.secret_of("threat")?,
            "grading": { "admiralty": { "reliability": "B", "credibility": "2" } },
            "values": [{ "value": self.told.infrastructure.panel, "labels": ["kit"] }],
        });
        let mut elsewhere = lead.clone();
        if let Some(to) = elsewhere.get_mut("to") {
            *to = json!(Who::Outsider.org());
        }
        let researcher = self.at(Who::Vendor, "researcher")?;
        let outside = researcher.refused("/leads", &elsewhere).await?;
        let preview = researcher.post("/leads/preview", &lead).await?;
        let referred = researcher.post("/leads", &lead).await?;
        let at = text(&referred, "/at")?.to_owned();
        self.keep("lead", &at);
        self.spread().await?;
        let officer = self.at(Who::Agency, "officer")?;
        let path = format!("/leads/{at}");
        let inbox = officer.get("/inbox").await?.to_string();
        let view = officer.get(&path).await?;
        // Within the agency: the desk, and whom it hands the lead to.
        let early = self.at(Who::Agency, "investigator")?.get_refused(&path).await?;
        let person = self.person(Who::Agency, "investigator")?.id.clone();
        officer
            .post(&format!("{path}/hand"), &json!({ "person": person }))
            .await?;
        let handed = self.at(Who::Agency, "investigator")?.get(&path).await?;
        self.prove(
            outside.code == "invalid"
                && text(&preview, "/lead/answer")? == "yes"
                && inbox.contains(&at)
                && text(&view, "/text")? == words
                && list(&view, "/values")?.len() == 1,
            format!(
                "referred under clause {}: the agency's desk has the lead with its value, due for an answer; it goes to no \
                 organisation that is no party",
                text(&referred, "/lead/clause")?
            ),
        )?;
        self.prove(
            early.code == "not-found" && text(&handed, "/text")? == words,
            "the investigator sees the lead when it was handed to them, not before",
        )
    }

    /// The others under the very same agreement hold that something was written, and nothing of it.
    async fn nobody_else(&mut self) -> Result<(), StepError> {
        let at = self.note_of("lead")?;
        let mut hidden = true;
        for (who, sign_in) in [
            (Who::Isp, "approver"),
            (Who::Isp, "researcher"),
            (Who::Hosting, "approver"),
        ] {
            let session = self.at(who, sign_in)?;
            hidden &= session.get("/leads").await? == json!([]);
            hidden &= session.get_refused(&format!("/leads/{at}")).await?.code == "not-found";
        }
        let answer = json!({ "word": "declined", "text": "Not ours." });
        let third = self
            .at(Who::Isp, "researcher")?
            .refused(&format!("/leads/{at}/answer"), &answer)
            .await?;
        let mut gives = false;
        for (round, from) in (ROUND..).zip([Who::Vendor, Who::Agency]) {
            gives |= self.protocol_gives(Who::Isp, from, &at, round).await?;
        }
        self.prove(
            hidden && !gives && third.code == "not-found",
            "the ISP and the hosting provider, parties of the same agreement, see no lead, and are given none by either node",
        )
    }

    /// Opens the case from the lead, as the agency's case officer: its id.
    pub(super) async fn take_up(&mut self, case: &Value) -> Result<String, StepError> {
        let words = self.mark("word that it was taken up", "We work on it.", &LEAD);
        let opened = self
            .at(Who::Agency, "officer")?
            .post(
                &format!("/leads/{}/open", self.note_of("lead")?),
                &json!({ "case": case, "text": words }),
            )
            .await?;
        self.kept.insert("word that it was taken up", words);
        whole(&opened)
    }

    /// What the giver heard of it, and what it did not.
    pub(super) async fn taken_up(&mut self) -> Result<(), StepError> {
        let path = format!("/leads/{}", self.note_of("lead")?);
        let heard = self.at(Who::Vendor, "researcher")?.get(&path).await?;
        let here = self.at(Who::Agency, "officer")?.get(&path).await?;
        let words = self.secret_of("word that it was taken up")?;
        self.prove(
            text(&heard, "/standing")? == "taken-up"
                && text(&heard, "/feedback/0/text")? == words
                && heard.pointer("/case") == Some(&Value::Null)
                && !heard.to_string().contains(&self.told.operation)
                && text(&here, "/case/id")? == self.case,
            "its giver hears that the lead was taken up, and not by which case",
        )
    }

    /// The outcome goes back to who gave the lead.
    pub(super) async fn tell_the_giver(&mut self) -> Result<(), StepError> {
        let at = self.note_of("lead")?;
        let owed = self.at(Who::Agency, "officer")?.get("/inbox").await?.to_string();
        let words = self.mark("outcome of the lead", "It led to a conviction.", &LEAD);
        self.marks.widen("outcome of the lead", &[DEPUTY]);
        let answer = json!({ "word": "outcome", "text": words });
        let path = format!("/leads/{at}/answer");
        let own = self
            .at(Who::Vendor, "researcher")?
            .refused(&path, &answer)
            .await?;
        let told = self.at(Who::Agency, "officer")?.post(&path, &answer).await?;
        self.keep("outcome of the lead", text(&told, "/at")?);
        self.spread().await?;
        let paid = self.at(Who::Agency, "officer")?.get("/inbox").await?.to_string();
        let heard = self
            .at(Who::Vendor, "researcher")?
            .get(&format!("/leads/{at}"))
            .await?;
        let reads = list(&heard, "/feedback")?
            .iter()
            .any(|line| line.get("text").and_then(Value::as_str) == Some(&words));
        let third = self.at(Who::Isp, "researcher")?.get("/leads").await?;
        self.prove(
            owed.contains(&at)
                && !paid.contains(&at)
                && reads
                && own.code == "conflict"
                && third == json!([]),
            "the officer's inbox asks for a word to who gave the lead until it is said; the vendor's researcher reads it, the \
             ISP nothing",
        )
    }
}
