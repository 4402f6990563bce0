//! Agreements, proposed, signed with the offline keys, in force.

use accord_ledger::note::Note;
use accord_service::keys;
use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text, whole};
use crate::demo::nodes::Who;

/// A day, ms.
const DAY_MS: u64 = 86_400_000;
/// How the templates say for how long what was given is kept.
const TEMPLATE_DAYS: &str = "default_days = 365\n";
/// That, in days.
const YEAR_DAYS: u32 = 365;

impl Story<'_> {
    /// Proposes a filled template, which keeps what was given for so many days, and has these terms at its end: its
    /// digest.
    pub(super) async fn propose(
        &self,
        template: &str,
        title: &str,
        parties: &[Who],
        days: u32,
        more: &str,
    ) -> Result<String, StepError> {
        let mut filled = Vec::new();
        for who in parties {
            let node = self.at(*who, "operator")?.get("/node").await?;
            filled.push(json!({
                "name": who.org(),
                "kind": who.kind().to_string(),
                "identity": text(&node, "/identity")?,
                "contact": format!("duty desk of {}", who.org()),
                "gateway": "Police Act, section 9; Telecommunications Act, section 113",
            }));
        }
        let now = self.world.nature.now_ms();
        let filling = json!({
            "title": title,
            "reference": format!("MOU-{template}-{days}-2026"),
            "term": { "from_ms": now - DAY_MS, "until_ms": now + 365 * DAY_MS },
            "parties": filled,
        });
        let signatory = self.at(Who::Agency, "signatory")?;
        let mut files = signatory
            .post(
                "/agreements/template",
                &json!({ "template": template, "filling": filling }),
            )
            .await?;
        let mut terms = text(&files, "/toml")?.replace(TEMPLATE_DAYS, &format!("default_days = {days}\n"));
        terms.push_str(more);
        if let Some(toml) = files.get_mut("toml") {
            *toml = json!(terms);
        }
        whole(&signatory.post("/agreements", &files).await?)
    }

    /// The line that a party's offline identity key signs an agreement with.
    async fn signature(&self, who: Who, digest: &str) -> Result<String, StepError> {
        let answer = self
            .at(who, "signatory")?
            .get(&format!("/agreements/{digest}/signing-text"))
            .await?;
        let place = self.world.place(who)?;
        let org = who.org().parse().map_err(StepError::from_display)?;
        let key =
            keys::read_identity(&keys::identity_path(&place.dir), &org).map_err(StepError::from_display)?;
        let note = Note::sign(text(&answer, "/text")?, &[&key]).map_err(StepError::from_display)?;
        let encoded = note.encode();
        let line = encoded.trim_end().lines().next_back();
        Ok(line.unwrap_or_default().to_owned())
    }

    /// Whether it is in force, as somebody's list of agreements says: the whole view works its matrix out.
    pub(super) async fn standing(&self, who: Who, digest: &str) -> Result<bool, StepError> {
        let all = self.at(who, "signatory")?.get("/agreements").await?;
        let found = list(&all, "")?
            .iter()
            .find(|known| known.get("digest").and_then(Value::as_str) == Some(digest));
        let found = found.ok_or_else(|| StepError::new(format!("{} has no such agreement", who.org())))?;
        Ok(found.get("in_force") == Some(&Value::Bool(true)))
    }

    /// Everyone signs. The agreement is in force with the last signature and not before.
    pub(super) async fn sign_all(&mut self, digest: &str, parties: &[Who]) -> Result<(), StepError> {
        self.spread().await?;
        let path = format!("/agreements/{digest}/sign");
        for who in parties {
            if self.standing(Who::Agency, digest).await? {
                return Err(StepError::new(
                    "the agreement is in force before everyone has signed",
                ));
            }
            let line = self.signature(*who, digest).await?;
            for other in parties.iter().filter(|other| *other != who) {
                let foreign = self.signature(*other, digest).await?;
                let refusal = self
                    .at(*who, "signatory")?
                    .refused(&path, &json!({ "signature": foreign }))
                    .await?;
                if refusal.code != "invalid" {
                    return Err(StepError::new(format!(
                        "{} signed with the key of {}",
                        who.org(),
                        other.org()
                    )));
                }
            }
            self.at(*who, "signatory")?
                .post(&path, &json!({ "signature": line }))
                .await?;
            self.spread().await?;
        }
        for who in parties {
            let here = self.standing(*who, digest).await?;
            self.prove(here, format!("{}: in force, signed by everyone", who.org()))?;
        }
        self.prove(
            true,
            "another party's signature is no signature; before the last one nothing was in force",
        )
    }

    /// Who is no party does not know of it.
    pub(super) async fn unknown_to(&mut self, digest: &str, others: &[Who]) -> Result<(), StepError> {
        for who in others {
            let signatory = self.at(*who, "signatory")?;
            let refusal = signatory.get_refused(&format!("/agreements/{digest}")).await?;
            let listed = list(&signatory.get("/agreements").await?, "")?
                .iter()
                .any(|known| known.get("digest").and_then(Value::as_str) == Some(digest));
            self.prove(
                refusal.code == "not-found" && !listed,
                format!("{}: no party, and knows of no such agreement", who.org()),
            )?;
        }
        Ok(())
    }

    /// Each of these organisations says who approves for it under an agreement.
    pub(super) async fn name_approvers(&self, digest: &str, of: &[Who]) -> Result<(), StepError> {
        for who in of {
            let approver = self.person(*who, "approver")?.id.clone();
            self.at(*who, "signatory")?
                .post(
                    &format!("/agreements/{digest}/approvers"),
                    &json!({ "person": approver }),
                )
                .await?;
        }
        self.spread().await
    }

    pub(super) async fn agree(&mut self) -> Result<(), StepError> {
        let parties = [Who::Agency, Who::Vendor, Who::Isp, Who::Hosting];
        let digest = self
            .propose(
                "multi-party",
                "Cooperation on cybercrime",
                &parties,
                YEAR_DAYS,
                "",
            )
            .await?;
        self.agreement.clone_from(&digest);
        self.sign_all(&digest, &parties).await?;
        self.name_approvers(&digest, &[Who::Vendor, Who::Isp, Who::Hosting])
            .await?;
        self.unknown_to(&digest, &[Who::Outsider]).await
    }

    pub(super) async fn agree_intelligence(&mut self) -> Result<(), StepError> {
        let parties = [Who::Agency, Who::Vendor];
        let digest = self
            .propose(
                "intelligence-only",
                "Exchange of indicators",
                &parties,
                YEAR_DAYS,
                "",
            )
            .await?;
        self.intelligence.clone_from(&digest);
        self.sign_all(&digest, &parties).await?;
        self.unknown_to(&digest, &[Who::Isp, Who::Hosting, Who::Outsider])
            .await
    }
}
