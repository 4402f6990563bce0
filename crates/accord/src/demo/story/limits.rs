//! What does not flow, tried by every route; and that all sides agree at the end.

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::team;
use crate::demo::nodes::Who;
use crate::demo::peer_key::PeerKey;

/// Ledger and position of a note's reference.
fn split(at: &str) -> Result<(&str, u64), StepError> {
    let (ledger, seq) = at
        .split_once('/')
        .ok_or_else(|| StepError::new(format!("{at} is no reference of a note")))?;
    Ok((ledger, seq.parse().map_err(StepError::from_display)?))
}

impl Story<'_> {
    /// Tries to get a note's content from a node by the peer protocol, as `thief` with its own key.
    pub(super) async fn protocol_gives(
        &self,
        thief: Who,
        from: Who,
        at: &str,
        round: u8,
    ) -> Result<bool, StepError> {
        let (ledger, seq) = split(at)?;
        let key = PeerKey::of(self.world.place(thief)?)?;
        let place = self.world.place(from)?;
        let now_ms = self.world.nature.now_ms();
        let mut gives = false;
        let questions = [
            ("/peer/v1/payloads", json!({ "entries": [at] })),
            (
                "/peer/v1/entries",
                json!({ "ledger": ledger, "from": seq, "to": seq + 1, "held": 0 }),
            ),
            ("/peer/v1/object", json!({ "entry": at, "offset": 0 })),
        ];
        for (number, (path, question)) in (0_u8..).zip(questions) {
            let mut nonce = [0xd0; 16];
            nonce[0] = number;
            nonce[1] = round;
            let answer = key
                .ask(&self.protocol, place, now_ms, nonce, path, &question)
                .await?;
            let Ok(answer) = answer else { continue };
            let payload = answer
                .pointer("/payloads/0")
                .or_else(|| answer.pointer("/entries/0/payload"));
            gives |= payload.is_some_and(|payload| !payload.is_null()) || answer.pointer("/bytes").is_some();
        }
        Ok(gives)
    }

    /// Whether a note's words stand anywhere in the case as somebody sees it.
    async fn reads(&self, who: Who, words: &str) -> Result<bool, StepError> {
        let quoted = json!(words).to_string();
        Ok(self.case_of(who, "approver").await?.to_string().contains(&quoted))
    }

    pub(super) async fn denied(&mut self) -> Result<(), StepError> {
        self.above_the_ceiling().await?;
        self.between_providers().await?;
        let officer = self.at(Who::Agency, "officer")?;
        let refused = officer
            .refused(
                "/cases",
                &json!({
                    "agreement": self.intelligence, "operation": "Other", "reference": "1",
                    "purpose": "cybercrime-investigation", "parties": [Who::Vendor.org()],
                }),
            )
            .await?;
        let matrix = officer
            .get(&format!("/agreements/{}", self.agreement))
            .await?
            .pointer("/matrix")
            .cloned()
            .unwrap_or_default();
        self.prove(
            refused.status >= 400,
            "no case is opened under the intelligence-only agreement",
        )?;
        let flows = match &matrix {
            Value::Array(flows) => flows.clone(),
            other => list(other, "/flows")?.clone(),
        };
        let subjects: Vec<&Value> = flows
            .iter()
            .filter(|flow| flow.get("category").and_then(Value::as_str) == Some("subject-data"))
            .collect();
        let with_a_provider = |flow: &&&Value| {
            let of = |key: &str| flow.get(key).and_then(Value::as_str).unwrap_or_default();
            let providers = [Who::Isp.org(), Who::Hosting.org()];
            providers.contains(&of("from")) || providers.contains(&of("to"))
        };
        let answer = |flow: &&Value, word: &str| flow.get("answer").and_then(Value::as_str) == Some(word);
        let no = subjects
            .iter()
            .filter(with_a_provider)
            .all(|flow| answer(flow, "no"));
        let ask = subjects
            .iter()
            .filter(|flow| !with_a_provider(flow))
            .all(|flow| answer(flow, "ask"));
        self.prove(
            no && ask && !subjects.is_empty(),
            format!(
                "data about suspects flow to and from no provider, at no marking, and to the vendor only as an approver says ({} cells of the \
                 matrix)",
                subjects.len()
            ),
        )
    }

    /// TLP:RED stays until somebody else than its writer releases it, and then goes to one party only.
    async fn above_the_ceiling(&mut self) -> Result<(), StepError> {
        let note = self.told.note.clone();
        let words = self.mark("report above the ceiling", &note, team(Who::Agency));
        let draft = json!({
            "title": "First assessment", "marking": "TLP:RED", "to": [], "note": { "kind": "report.published", "text": words },
        });
        let path = format!("/cases/{}/notes", self.case);
        let investigator = self.at(Who::Agency, "investigator")?;
        let preview = investigator.post(&format!("{path}/preview"), &draft).await?;
        let published = investigator.post(&path, &draft).await?;
        let at = text(&published, "/at")?.to_owned();
        self.keep("report above the ceiling", &at);
        let held = |decisions: &Vec<Value>| {
            decisions.len() == 3
                && decisions.iter().all(|decided| {
                    decided.get("answer").and_then(Value::as_str) == Some("ask")
                        && decided.get("clause").and_then(Value::as_str) == Some("1")
                })
        };
        let asks = held(list(&preview, "")?) && held(list(&published, "/decisions")?);
        self.spread().await?;
        let mut stays = true;
        for (round, who) in (0..).zip([Who::Isp, Who::Hosting, Who::Vendor]) {
            stays &= !self.reads(who, &words).await?;
            stays &= !self.protocol_gives(who, Who::Agency, &at, round).await?;
        }
        self.prove(
            asks && stays,
            "a TLP:RED report does not leave (clause 1 asks): not by pulling, not by asking for its entry, payload or object",
        )?;
        let release = json!({ "note": at, "to": Who::Isp.org() });
        let own = self
            .at(Who::Agency, "investigator")?
            .refused("/releases", &release)
            .await?;
        self.at(Who::Agency, "approver")?
            .post("/releases", &release)
            .await?;
        self.marks.widen("report above the ceiling", team(Who::Isp));
        self.spread().await?;
        let (isp, hosting) = (
            self.reads(Who::Isp, &words).await?,
            self.reads(Who::Hosting, &words).await?,
        );
        self.prove(
            own.code == "denied" && isp && !hosting,
            "its writer cannot release it; the agency's approver does, to the ISP; the hosting provider still reads nothing",
        )
    }

    /// What one provider gives the agency, the other does not get: not from it, and not from the agency.
    async fn between_providers(&mut self) -> Result<(), StepError> {
        for (thief, holder) in [(Who::Hosting, Who::Isp), (Who::Isp, Who::Hosting)] {
            let Some(exhibit) = self.exhibits.get(&holder).cloned() else {
                continue;
            };
            let download = self
                .at(thief, "approver")?
                .get_refused(&format!("/exhibits/{exhibit}/package"))
                .await?;
            let verify = self
                .at(thief, "approver")?
                .refused(&format!("/exhibits/{exhibit}/verify"), &Value::Null)
                .await?;
            let round = 10 + u8::try_from(thief.index()).unwrap_or(0);
            let relayed = self.protocol_gives(thief, Who::Agency, &exhibit, round).await?;
            self.prove(
                download.code == "not-found" && verify.code == "not-found" && !relayed,
                format!(
                    "the lines of {} are not given to {}: not by its own node, not by the agency's",
                    holder.org(),
                    thief.org()
                ),
            )?;
        }
        for (round, who) in (20..).zip([Who::Vendor, Who::Outsider]) {
            let mut gives = false;
            for (_, exhibit) in self.exhibits.clone() {
                gives |= self.protocol_gives(who, Who::Agency, &exhibit, round).await?;
            }
            self.prove(
                !gives,
                format!("{}: the agency's node gives it none of the evidence", who.org()),
            )?;
        }
        Ok(())
    }

    pub(super) async fn converge(&mut self) -> Result<(), StepError> {
        self.spread().await?;
        let agency = self.control_of(Who::Agency, "officer").await?;
        for who in [Who::Isp, Who::Hosting, Who::Vendor] {
            let there = self.control_of(who, "approver").await?;
            if there != agency {
                return Err(StepError::new(format!(
                    "{} folded to another control state:\n{agency}\n{there}",
                    who.org()
                )));
            }
            self.prove(
                true,
                format!("{}: the same control state as the agency", who.org()),
            )?;
        }
        for who in [Who::Outsider] {
            let mut sees = false;
            for sign_in in ["approver", "operator", "signatory"] {
                let session = self.at(who, sign_in)?;
                sees |= session.get("/cases").await? != json!([]);
                sees |= session.get_refused(&format!("/cases/{}", self.case)).await?.code != "not-found";
            }
            self.prove(!sees, format!("{}: no case, for none of its people", who.org()))?;
        }
        Ok(())
    }
}
