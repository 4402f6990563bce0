//! A second case, under an agreement of three that keeps what was given for a day, and lets nobody say alone who held an
//! address; its pen passes to a second officer.

use serde_json::{Value, json};

use super::Story;
use super::parts::draft;
use crate::demo::StepError;
use crate::demo::client::{text, whole};
use crate::demo::marks::{DEPUTY, Reader, team};
use crate::demo::nodes::Who;

/// For how long what is given under the second agreement is kept, days.
pub(super) const KEPT_DAYS: u32 = 1;
/// Who held an address is said by two people of a provider.
const TWO_PEOPLE: &str = "\n[approvals]\nfour_eyes = [\"subscriber-data\"]\n";
/// The parties of the second agreement.
pub(super) const PARTIES: [Who; 3] = [Who::Agency, Who::Vendor, Who::Isp];
/// The agency's people on the second case.
pub(super) const AGENCY: [Reader; 5] = [
    (Who::Agency, "officer"),
    DEPUTY,
    (Who::Agency, "approver"),
    (Who::Agency, "investigator"),
    (Who::Agency, "discloser"),
];

impl Story<'_> {
    /// A path under the second case.
    pub(super) fn of_second(&self, rest: &str) -> Result<String, StepError> {
        Ok(format!("/cases/{}{rest}", self.secret_of("second case")?))
    }

    /// Publishes a note on the second case: the whole answer.
    pub(super) async fn publish_in_second(
        &self,
        (who, sign_in): Reader,
        title: &str,
        marking: &str,
        note: Value,
    ) -> Result<Value, StepError> {
        let draft = draft(title, marking, &[], note);
        self.at(who, sign_in)?
            .post(&self.of_second("/notes")?, &draft)
            .await
    }

    /// The second case as somebody sees it.
    pub(super) async fn second_of(&self, who: Who, sign_in: &str) -> Result<Value, StepError> {
        self.at(who, sign_in)?.get(&self.of_second("")?).await
    }

    pub(super) async fn open_second_case(&mut self) -> Result<(), StepError> {
        let digest = self
            .propose(
                "multi-party",
                "One week together",
                &PARTIES,
                KEPT_DAYS,
                TWO_PEOPLE,
            )
            .await?;
        self.kept.insert("second agreement", digest.clone());
        self.sign_all(&digest, &PARTIES).await?;
        self.name_approvers(&digest, &[Who::Vendor, Who::Isp]).await?;
        self.unknown_to(&digest, &[Who::Hosting, Who::Outsider]).await?;
        let new = json!({
            "agreement": digest, "operation": self.told.second_operation, "reference": "OP-18/26",
            "purpose": "cybercrime-investigation", "parties": [Who::Vendor.org()],
        });
        let mut outside = new.clone();
        if let Some(parties) = outside.get_mut("parties") {
            *parties = json!([Who::Hosting.org()]);
        }
        let officer = self.at(Who::Agency, "officer")?;
        let refused = officer.refused("/cases", &outside).await?;
        let case = whole(&officer.post("/cases", &new).await?)?;
        self.kept.insert("second case", case.clone());
        self.second_officer().await?;
        let own = [
            ("approver", "approver"),
            ("deputy", "case-officer"),
            ("investigator", "investigator"),
            ("discloser", "disclosure-officer"),
        ];
        self.name_on(&case, Who::Agency, &own).await?;
        self.spread().await?;
        let two = [("approver", "approver"), ("researcher", "researcher")];
        self.name_on(&case, Who::Vendor, &two).await?;
        self.spread().await?;
        let mut unseen = refused.status >= 400;
        for (who, sign_in) in [
            (Who::Isp, "approver"),
            (Who::Hosting, "approver"),
            (Who::Agency, "custodian"),
        ] {
            let path = self.of_second("")?;
            unseen &= self.at(who, sign_in)?.get_refused(&path).await?.code == "not-found";
        }
        let seen = text(
            &self.second_of(Who::Vendor, "approver").await?,
            "/summary/operation",
        )? == self.told.second_operation;
        self.prove(
            seen && unseen,
            "a second case of agency and vendor, with nobody who is no party of its agreement: the ISP, the hosting provider and \
             the custodian, who are on the first case, find none",
        )?;
        self.notes_before().await?;
        self.pass_the_pen().await
    }

    /// A second case officer has an account, and keeps the agency's desk as the first one does.
    async fn second_officer(&mut self) -> Result<(), StepError> {
        let (who, sign_in) = DEPUTY;
        let inert = self
            .add_person(who, sign_in, "Dirk Deputy", &["case-officer"])
            .await?;
        for name in ["lead", "word that it was taken up"] {
            self.marks.widen(name, &[DEPUTY]);
        }
        let first = self.at(who, sign_in)?.get_refused(&self.of_case("")).await?;
        self.prove(
            inert && first.code == "not-found",
            "a second case officer: nobody's role confirms itself, and the first case is not theirs to see",
        )
    }

    /// What is written before the ISP comes.
    async fn notes_before(&mut self) -> Result<(), StepError> {
        let mut readers = AGENCY.to_vec();
        let red = self.mark("second case, above the ceiling", "Who we think it is.", &readers);
        readers.extend(team(Who::Vendor));
        let amber = self.mark("second case, found before", "The loader is the same.", &readers);
        for (name, words, marking) in [
            ("second case, found before", amber, "TLP:AMBER"),
            ("second case, above the ceiling", red, "TLP:RED"),
        ] {
            let note = json!({ "kind": "report.published", "text": words });
            let published = self
                .publish_in_second((Who::Agency, "investigator"), "First look", marking, note)
                .await?;
            self.keep(name, text(&published, "/at")?);
        }
        self.spread().await
    }

    /// The pen changes hands when both were there, and only then.
    async fn pass_the_pen(&mut self) -> Result<(), StepError> {
        let deputy = self.person(DEPUTY.0, DEPUTY.1)?.id.clone();
        let (pass, take) = (self.of_second("/pen/pass")?, self.of_second("/pen/take")?);
        let stage = self.of_second("/stage")?;
        let to_deputy = json!({ "to_org": Who::Agency.org(), "to": deputy });
        let theirs = self.at(DEPUTY.0, DEPUTY.1)?;
        let own = theirs.refused(&pass, &to_deputy).await?;
        let investigator = self
            .at(Who::Agency, "investigator")?
            .refused(&pass, &to_deputy)
            .await?;
        let officer = self.at(Who::Agency, "officer")?;
        let passed = whole(&officer.post(&pass, &to_deputy).await?)?;
        let early = theirs.refused(&stage, &json!({ "to": "assessed" })).await?;
        officer.post(&stage, &json!({ "to": "assessed" })).await?;
        let taking = json!({ "passed": passed });
        let back = officer.refused(&take, &taking).await?;
        theirs.post(&take, &taking).await?;
        let late = officer.refused(&stage, &json!({ "to": "adopted" })).await?;
        theirs.post(&stage, &json!({ "to": "adopted" })).await?;
        self.spread().await?;
        let held = json!([Who::Agency.org(), deputy]);
        let mut same = true;
        for (who, sign_in) in [(Who::Agency, "officer"), (Who::Vendor, "approver")] {
            let view = self.at(who, sign_in)?.get(&self.of_second("/team")?).await?;
            same &= view.get("pen") == Some(&held) && view.get("offered") == Some(&json!([]));
        }
        let stage = text(&self.second_of(Who::Vendor, "approver").await?, "/summary/stage")? == "adopted";
        self.keep("second case, the pen", &passed);
        let refused = [own, investigator, early, back, late];
        self.prove(
            same && stage && refused.iter().all(|one| one.code == "denied"),
            "the pen is offered by who holds it to the second officer, and is the first one's until it is taken; then the second \
             officer moves the stage and the first does no more; the vendor reads who holds it",
        )
    }
}
