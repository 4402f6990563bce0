//! A customer of the vendor is the victim: who it is goes to the agency on its consent, once the vendor's approver has
//! said yes, sealed to the agency's custodian, and every look there is told. What names no victim is refused.

use serde_json::{Value, json};

use super::Story;
use super::parts::draft;
use crate::demo::StepError;
use crate::demo::client::{list, text, whole};
use crate::demo::marks::teams;
use crate::demo::nodes::Who;

const HOUR_MS: u64 = 3_600_000;
/// What the customer is called by everybody but custodians.
const CUSTOMER: &str = "V-garo";
/// What something else is called, which is nobody's name.
const NOBODY: &str = "V-tepo";
/// What the vendor says its name is.
const NO_NAME: &str = "The sandbox run";
/// Requests of the protocol are numbered so that no nonce comes twice.
const ROUND: u8 = 80;

impl Story<'_> {
    pub(super) async fn give_customer(&mut self) -> Result<(), StepError> {
        let (victim, identity) = self.customer().await?;
        let given = self.on_consent(&victim).await?;
        self.nobody_else_has_it(&victim, &given).await?;
        self.kept_there(&given).await?;
        self.looked_at(&victim, &given, &identity).await?;
        self.no_victim().await
    }

    /// The vendor's custodian records a victim under a pseudonym, for the agency.
    async fn recorded_at_vendor(&self, pseudonym: &str, words: &str) -> Result<String, StepError> {
        let note = json!({
            "kind": "victim.recorded", "pseudonym": pseudonym, "victim": "organisation", "text": words,
            "sector": "services",
        });
        let by = (Who::Vendor, "custodian");
        let published = self
            .publish(by, "A customer was hit", &[Who::Agency], note)
            .await?;
        self.spread().await?;
        Ok(text(&published, "/at")?.to_owned())
    }

    /// The customer's note, and who it is, filed by the vendor's custodian.
    async fn customer(&mut self) -> Result<(String, Value), StepError> {
        let words = self.mark(
            "victim that is a customer",
            "A small firm lost its mail to the kit.",
            &teams(&[Who::Agency, Who::Vendor]),
        );
        let victim = self.recorded_at_vendor(CUSTOMER, &words).await?;
        self.keep("victim that is a customer", &victim);
        let name = self.told.customer.clone();
        // The mark stands in the name: nobody reads it without a look.
        let marked = self.marks.plant_aside("name of the customer", &name, &[]);
        let others: Vec<&String> = (marked != name).then_some(&name).into_iter().collect();
        let identity = json!({
            "name": marked, "other_names": others, "contacts": ["Kim Doe"],
            "domains": [self.told.customer_domain], "addresses": [], "mail_domains": [],
        });
        let path = format!("/victims/{victim}/identity");
        let researcher = self
            .at(Who::Vendor, "researcher")?
            .refused(&path, &identity)
            .await?;
        self.at(Who::Vendor, "custodian")?.post(&path, &identity).await?;
        let there = self.victim_line(Who::Agency, "investigator", CUSTOMER).await?;
        self.prove(
            researcher.code == "denied" && text(&there, "/identity")? == "unknown",
            format!(
                "a customer of the vendor is {CUSTOMER} to the agency; its custodian files who it is, the researcher cannot, and \
                 the agency does not know"
            ),
        )?;
        Ok((victim, identity))
    }

    /// A victim of the case, as somebody sees it.
    async fn victim_line(&self, who: Who, sign_in: &str, pseudonym: &str) -> Result<Value, StepError> {
        let all = self.at(who, sign_in)?.get(&self.of_case("/victims")).await?;
        Self::line_of(&all, "/victims", "pseudonym", pseudonym)
    }

    /// Given by the custodian and let go by the approver: its note.
    async fn given_and_released(&self, victim: &str, basis: &str) -> Result<String, StepError> {
        let new = json!({ "to": Who::Agency.org(), "ground": "consent", "text": basis });
        let path = format!("/victims/{victim}/give");
        let published = self.at(Who::Vendor, "custodian")?.post(&path, &new).await?;
        let at = text(&published, "/at")?.to_owned();
        self.release((Who::Vendor, "approver"), &at, Who::Agency).await?;
        self.spread().await?;
        Ok(at)
    }

    /// On consent, under the clause, after a second person's yes.
    async fn on_consent(&mut self, victim: &str) -> Result<String, StepError> {
        let basis = self.marks.plant_aside(
            "ground of the consent",
            "Its director agreed by telephone.",
            &teams(&[Who::Agency, Who::Vendor]),
        );
        let path = format!("/victims/{victim}/give");
        let to = |who: Who| json!({ "to": who.org(), "ground": "consent", "text": basis });
        let custodian = self.at(Who::Vendor, "custodian")?;
        let isp = custodian.refused(&path, &to(Who::Isp)).await?;
        let researcher = self
            .at(Who::Vendor, "researcher")?
            .refused(&path, &to(Who::Agency))
            .await?;
        let published = custodian.post(&path, &to(Who::Agency)).await?;
        let at = text(&published, "/at")?.to_owned();
        self.keep("who the customer is", &at);
        let asked = super::parts::asks(&published, &[Who::Agency])?;
        let clause = text(&published, "/decisions/0/clause")?.to_owned();
        self.spread().await?;
        let early = self.victim_line(Who::Agency, "custodian", CUSTOMER).await?;
        let own = self
            .at(Who::Vendor, "custodian")?
            .refused("/releases", &json!({ "note": at, "to": Who::Agency.org() }))
            .await?;
        self.release((Who::Vendor, "approver"), &at, Who::Agency).await?;
        self.spread().await?;
        let there = self.victim_line(Who::Agency, "custodian", CUSTOMER).await?;
        self.prove(
            isp.code == "denied"
                && researcher.code == "denied"
                && asked
                && list(&early, "/given")?.is_empty()
                && own.code == "denied"
                && text(&there, "/identity")? == "kept"
                && text(&there, "/given/0/text")? == basis,
            format!(
                "its custodian gives it to the agency on the customer's consent, unread, and to the ISP never; it waits for the \
                 vendor's approver (clause {clause}), who is somebody else, and then is there, with its ground"
            ),
        )?;
        Ok(at)
    }

    /// No other party has it, by looking or by asking.
    async fn nobody_else_has_it(&mut self, victim: &str, given: &str) -> Result<(), StepError> {
        let mut unseen = true;
        for (who, sign_in) in teams(&[Who::Isp, Who::Hosting]) {
            let session = self.at(who, sign_in)?;
            let case = session.get(&self.of_case("")).await?.to_string();
            let victims = session.get(&self.of_case("/victims")).await?.to_string();
            unseen &= !case.contains(CUSTOMER) && !victims.contains(CUSTOMER);
        }
        let mut gives = false;
        let mut round = ROUND;
        for thief in [Who::Isp, Who::Hosting] {
            for from in [Who::Vendor, Who::Agency] {
                for note in [victim, given] {
                    gives |= self.protocol_gives(thief, from, note, round).await?;
                    round += 1;
                }
            }
        }
        self.prove(
            unseen && !gives,
            "the ISP and the hosting provider know of no such victim; neither node gives them a byte of it when they ask",
        )
    }

    /// The identities that wait for somebody at the agency to have them looked at.
    async fn unchecked(&self, sign_in: &str) -> Result<Vec<String>, StepError> {
        let inbox = self.at(Who::Agency, sign_in)?.get("/inbox").await?;
        let items = list(&inbox, "")?.iter();
        let of_kind = items.filter(|item| item.pointer("/todo/kind") == Some(&json!("check-identity")));
        Ok(of_kind
            .filter_map(|item| Some(item.pointer("/todo/identity")?.as_str()?.to_owned()))
            .collect())
    }

    /// A note of the agency with these words: why it does not leave, if it does not.
    async fn stopped(&self, words: &str) -> Result<Option<String>, StepError> {
        let note = json!({ "kind": "report.published", "text": words });
        let new = draft("What we saw", "TLP:GREEN", &[], note);
        let decided = self
            .at(Who::Agency, "investigator")?
            .post(&self.of_case("/notes/preview"), &new)
            .await?;
        let no = list(&decided, "")?
            .iter()
            .find(|line| line.get("answer") == Some(&json!("no")));
        no.map(|line| text(line, "/words").map(str::to_owned)).transpose()
    }

    /// The agency's custodian hears of it; nothing that names it leaves.
    async fn kept_there(&mut self, given: &str) -> Result<(), StepError> {
        let mut others = 0;
        for sign_in in ["officer", "investigator", "approver", "discloser"] {
            others += self.unchecked(sign_in).await?.len();
        }
        let name = self.told.customer.clone();
        let why = self
            .stopped(&format!("They read the mail of {}.", name.to_uppercase()))
            .await?
            .unwrap_or_default();
        self.prove(
            self.unchecked("custodian").await? == [given]
                && others == 0
                && why.contains(CUSTOMER)
                && !why.contains(&name),
            "the agency's custodian reads in the inbox that the vendor has said who it is, nobody else there does; a note that \
             names it does not leave the agency any more",
        )
    }

    /// One look, with two hands, told to the vendor.
    async fn looked_at(&mut self, victim: &str, given: &str, identity: &Value) -> Result<(), StepError> {
        let until_ms = self.world.nature.now_ms() + HOUR_MS;
        let asked = whole(
            &self
                .at(Who::Agency, "investigator")?
                .post(
                    &format!("/victims/{victim}/grants"),
                    &json!({ "reason": "To warn its bank." }),
                )
                .await?,
        )?;
        self.keep("grant about the customer", &asked);
        let (give, look) = (format!("/grants/{asked}/give"), format!("/grants/{asked}/look"));
        let (hand, eyes) = (
            json!({ "until_ms": until_ms }),
            json!({ "text": "Rang its bank." }),
        );
        let investigator = self.at(Who::Agency, "investigator")?;
        let none = investigator.refused(&look, &eyes).await?;
        self.at(Who::Agency, "custodian")?.post(&give, &hand).await?;
        let one = investigator.refused(&look, &eyes).await?;
        self.at(Who::Agency, "officer")?.post(&give, &hand).await?;
        let theirs = self.at(Who::Vendor, "custodian")?.refused(&look, &eyes).await?;
        let seen = investigator.post(&look, &eyes).await?;
        self.spread().await?;
        let line = self.victim_line(Who::Vendor, "custodian", CUSTOMER).await?;
        let person = self.person(Who::Agency, "investigator")?.id.clone();
        let looks = list(&line, "/given/0/looks")?;
        let told = looks.len() == 1
            && looks.iter().all(|look| {
                look.get("org") == Some(&json!(Who::Agency.org())) && look.get("by") == Some(&json!(person))
            });
        self.prove(
            none.code == "denied"
                && one.code == "denied"
                && theirs.code == "not-found"
                && seen.get("name") == identity.get("name")
                && told,
            "a look takes two others there as well; the vendor's custodian reads who looked and when, and not why",
        )?;
        self.prove(
            !self.unchecked("custodian").await?.iter().any(|at| at == given),
            "it was looked at, and waits in the custodian's inbox no more",
        )?;
        self.at(Who::Agency, "officer")?
            .post(
                &format!("/grants/{asked}/end"),
                &json!({ "reason": "The bank is warned." }),
            )
            .await?;
        Ok(())
    }

    /// What names nobody is refused by the agency's custodian.
    async fn no_victim(&mut self) -> Result<(), StepError> {
        let victim = self
            .recorded_at_vendor(NOBODY, "A machine that was set up to be hit.")
            .await?;
        self.keep("victim that is none", &victim);
        let identity = json!({
            "name": NO_NAME, "other_names": [], "contacts": [], "domains": [], "addresses": [], "mail_domains": [],
        });
        self.at(Who::Vendor, "custodian")?
            .post(&format!("/victims/{victim}/identity"), &identity)
            .await?;
        let given = self
            .given_and_released(&victim, "Whoever set it up agreed.")
            .await?;
        self.keep("who no victim is", &given);
        let note = format!("{NO_NAME} is over.");
        let why = self.stopped(&note).await?.unwrap_or_default();
        let waits = self.unchecked("custodian").await? == [given.as_str()];
        let path = format!("/identities/{given}/refuse");
        let no = json!({ "reason": "It is what we call our own test." });
        let investigator = self.at(Who::Agency, "investigator")?.refused(&path, &no).await?;
        let theirs = self.at(Who::Vendor, "custodian")?.refused(&path, &no).await?;
        self.at(Who::Agency, "custodian")?.post(&path, &no).await?;
        let line = self.victim_line(Who::Agency, "custodian", NOBODY).await?;
        self.prove(
            why.contains(NOBODY)
                && waits
                && investigator.code == "denied"
                && theirs.code == "not-found"
                && text(&line, "/given/0/state")? == "aside"
                && self.stopped(&note).await?.is_none()
                && self.unchecked("custodian").await?.is_empty(),
            format!(
                "another one, {NOBODY}, names what is no victim and stops the agency's own notes: its custodian refuses it, an \
                 investigator and the vendor could not, and the notes leave again"
            ),
        )
    }
}
