//! The case: opened from the lead, staffed, given its authorities, and the hunts asked.

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text, whole};
use crate::demo::nodes::Who;

const DAY_MS: u64 = 86_400_000;

impl Story<'_> {
    pub(super) async fn open_case(&mut self) -> Result<(), StepError> {
        let officer = self.at(Who::Agency, "officer")?;
        let new = json!({
            "agreement": self.agreement,
            "operation": self.told.operation,
            "reference": self.told.reference,
            "purpose": "cybercrime-investigation",
            "parties": [Who::Isp.org(), Who::Hosting.org(), Who::Vendor.org()],
        });
        let mut off_purpose = new.clone();
        if let Some(purpose) = off_purpose.get_mut("purpose") {
            *purpose = json!("marketing");
        }
        let refused = officer.refused("/cases", &off_purpose).await?;
        let case = self.take_up(&new).await?;
        self.case.clone_from(&case);
        self.prove(
            refused.code == "invalid",
            "a case for a purpose that the agreement does not have is refused; the other is opened from the lead",
        )?;
        let blind = self
            .at(Who::Agency, "investigator")?
            .get_refused(&format!("/cases/{case}"))
            .await?;
        // Approvers name people: themselves first.
        let own = [
            ("approver", "approver"),
            ("investigator", "investigator"),
            ("custodian", "custodian"),
            ("discloser", "disclosure-officer"),
        ];
        self.name_members(Who::Agency, &own).await?;
        self.spread().await?;
        let three = [
            ("approver", "approver"),
            ("researcher", "researcher"),
            ("custodian", "custodian"),
        ];
        for (who, people) in [
            (Who::Isp, &three[..2]),
            (Who::Hosting, &three[..1]),
            (Who::Vendor, &three[..]),
        ] {
            self.name_members(who, people).await?;
        }
        self.spread().await?;
        let seen = self.case_of(Who::Agency, "investigator").await.is_ok();
        self.prove(
            seen && blind.code == "not-found",
            "the investigator sees the case since they were named on it, not before",
        )?;
        for who in [Who::Isp, Who::Hosting, Who::Vendor] {
            let view = self.case_of(who, "approver").await?;
            let known = text(&view, "/summary/operation")? == self.told.operation;
            let operator = self
                .at(who, "operator")?
                .get_refused(&format!("/cases/{case}"))
                .await?;
            self.prove(
                known && operator.code == "not-found",
                format!("{}: the approver sees the case, the operator does not", who.org()),
            )?;
        }
        self.taken_up().await
    }

    pub(super) async fn record_instruments(&mut self) -> Result<(), StepError> {
        let now = self.world.nature.now_ms();
        for (who, number) in [(Who::Isp, 1), (Who::Hosting, 2)] {
            let instrument = json!({
                "reference": format!("7 Gs {number}14/26"),
                "authority": "District Court, investigating judge",
                "power": "Code of Criminal Procedure, section 100g",
                "categories": ["log-evidence"],
                "scope": "Log lines with the listed indicators",
                "addressee": who.org(),
                "from_ms": now - DAY_MS,
                "to_ms": now + 90 * DAY_MS,
            });
            let at = whole(
                &self
                    .at(Who::Agency, "officer")?
                    .post(&format!("/cases/{}/instruments", self.case), &instrument)
                    .await?,
            )?;
            self.instruments.insert(who, at);
        }
        let refused = self
            .at(Who::Isp, "approver")?
            .refused(
                &format!("/cases/{}/instruments", self.case),
                &json!({
                    "reference": "1", "authority": "isp.example", "power": "none", "categories": ["log-evidence"],
                    "scope": "everything", "addressee": Who::Isp.org(), "from_ms": now, "to_ms": now + DAY_MS,
                }),
            )
            .await?;
        self.prove(refused.code == "denied", "a provider cannot record an authority")?;
        self.spread().await?;
        for who in [Who::Isp, Who::Hosting] {
            let view = self.case_of(who, "approver").await?;
            let standing = list(&view, "/instruments")?
                .iter()
                .filter(|known| known.get("stands") == Some(&Value::Bool(true)))
                .count();
            self.prove(standing == 2, format!("{}: both authorities stand", who.org()))?;
        }
        Ok(())
    }

    /// Asks one hunt, as the investigator.
    async fn ask_hunt(&self, who: Who, reference: &str, indicators: &[String]) -> Result<String, StepError> {
        let hunt = self.hunt(who, who, reference, indicators)?;
        let published = self
            .at(Who::Agency, "investigator")?
            .post(&format!("/cases/{}/hunts", self.case), &hunt)
            .await?;
        Ok(text(&published, "/at")?.to_owned())
    }

    /// A hunt under the authority that binds `bound`.
    fn hunt(&self, who: Who, bound: Who, reference: &str, indicators: &[String]) -> Result<Value, StepError> {
        let instrument = self
            .instruments
            .get(&bound)
            .ok_or_else(|| StepError::new("no authority is recorded"))?;
        let (from_ms, to_ms) = self.told.span;
        Ok(json!({
            "to": who.org(),
            "reference": reference,
            "reason": self.told.reason,
            "instrument": instrument,
            "due_ms": self.world.nature.now_ms() + 2 * DAY_MS,
            "indicators": indicators,
            "from_ms": from_ms,
            "to_ms": to_ms,
        }))
    }

    pub(super) async fn ask_hunts(&mut self) -> Result<(), StepError> {
        let path = format!("/cases/{}/hunts", self.case);
        let all = self.told.indicators.clone();
        let other = self.hunt(Who::Isp, Who::Hosting, "H-0", &all)?;
        let wrong = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &other)
            .await?;
        let mut none = self.hunt(Who::Isp, Who::Isp, "H-0", &all)?;
        if let Some(indicators) = none.get_mut("indicators") {
            *indicators = json!(["not an indicator"]);
        }
        let bad = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &none)
            .await?;
        self.prove(
            wrong.code == "denied" && bad.code == "invalid",
            "a hunt under somebody else's authority, and one for what cannot be matched, are refused",
        )?;
        let isp = self.ask_hunt(Who::Isp, "H-1", &all).await?;
        let first = self.ask_hunt(Who::Hosting, "H-2", &all).await?;
        let one = all.get(..1).unwrap_or_default().to_vec();
        let second = self.ask_hunt(Who::Hosting, "H-3", &one).await?;
        self.hunts = vec![isp.clone(), first.clone(), second.clone()];
        self.spread().await?;
        for (who, own, others) in [
            (Who::Isp, vec![&isp], vec![&first, &second]),
            (Who::Hosting, vec![&first, &second], vec![&isp]),
        ] {
            let approver = self.at(who, "approver")?;
            let inbox = approver.get("/inbox").await?.to_string();
            let waits = own.iter().all(|at| inbox.contains(at.as_str()));
            let mut hidden = true;
            for at in others {
                hidden &= !inbox.contains(at.as_str());
                hidden &= approver.get_refused(&format!("/requests/{at}")).await?.code == "not-found";
            }
            let mut decision = true;
            for at in own {
                let view = approver.get(&format!("/requests/{at}")).await?;
                decision &= text(&view, "/decision/answer")? == "ask"
                    && view.pointer("/instrument_problem") == Some(&Value::Null);
            }
            self.prove(
                waits && hidden && decision,
                format!(
                    "{}: its own requests wait in the approver's inbox, with clause and authority; the other's are not there",
                    who.org()
                ),
            )?;
        }
        Ok(())
    }
}
