//! A business in trouble: it writes without saying who it is, is helped under a pseudonym, says who it is under seal,
//! and reads every look at that.

use serde_json::{Value, json};

use super::Story;
use super::parts::{asks, draft};
use crate::demo::StepError;
use crate::demo::client::{Session, list, text, whole};
use crate::demo::marks::{Reader, team, teams};
use crate::demo::nodes::Who;

const HOUR_MS: u64 = 3_600_000;

/// Who speaks with businesses in trouble.
const DESK: [Reader; 3] = [
    (Who::Agency, "officer"),
    (Who::Agency, "investigator"),
    (Who::Agency, "custodian"),
];

impl Story<'_> {
    /// The business at the agency's node, without an account.
    fn nobody_at_agency(&self) -> Result<Session, StepError> {
        Ok(Session::nobody(&self.http, &self.world.place(Who::Agency)?.url))
    }

    /// What the business reads by its link.
    pub(super) async fn business_reads(&self) -> Result<Value, StepError> {
        let path = format!("/report/{}", self.secret_of("link of the business")?);
        self.nobody_at_agency()?.get(&path).await
    }

    pub(super) async fn business(&mut self) -> Result<(), StepError> {
        let words = self.mark("message of a business", "Our tills show a red screen.", &DESK);
        let nobody = self.nobody_at_agency()?;
        let opened = nobody.post("/report", &json!({ "text": words })).await?;
        let token = text(&opened, "/token")?.to_owned();
        self.kept.insert("link of the business", token.clone());
        let elsewhere = Session::nobody(&self.http, &self.world.place(Who::Isp)?.url);
        let isp = elsewhere.refused("/report", &json!({ "text": "Help." })).await?;
        let investigator = self.at(Who::Agency, "investigator")?;
        let approver = self
            .at(Who::Agency, "approver")?
            .get_refused("/conversations")
            .await?;
        let conversations = investigator.get("/conversations").await?;
        let id = text(&conversations, "/0/id")?.to_owned();
        investigator
            .post(
                &format!("/conversations/{id}/reply"),
                &json!({ "text": "Pull the network cable first. What stands on the screen?" }),
            )
            .await?;
        nobody
            .post(
                &format!("/report/{token}/messages"),
                &json!({ "text": "Done. It wants money." }),
            )
            .await?;
        let reads = self.business_reads().await?;
        let names_nobody = list(&reads, "/messages")?
            .iter()
            .all(|message| message.get("by").is_none_or(Value::is_null));
        self.prove(
            isp.code == "not-found"
                && approver.code == "denied"
                && list(&reads, "/messages")?.len() == 3
                && names_nobody,
            "a business writes by a link, and is answered by whoever is on duty; providers take no reports, and the approver \
             does not read along",
        )?;
        self.kept.insert("conversation", id);
        self.attach().await?;
        self.help().await
    }

    /// It becomes a victim of the case, under a pseudonym.
    async fn attach(&mut self) -> Result<(), StepError> {
        let id = self.secret_of("conversation")?;
        let words = self.mark(
            "victim under a pseudonym",
            "A small maker of food lost its tills.",
            team(Who::Agency),
        );
        let attached = self
            .at(Who::Agency, "investigator")?
            .post(
                &format!("/conversations/{id}/attach"),
                &json!({
                    "case": self.case, "victim": "organisation", "text": words, "sector": "food",
                    "marking": "TLP:AMBER",
                }),
            )
            .await?;
        let at = text(&attached, "/at")?.to_owned();
        self.keep("victim", &at);
        let held = asks(&attached, &[Who::Vendor, Who::Isp, Who::Hosting])?;
        self.release((Who::Agency, "approver"), &at, Who::Isp).await?;
        self.marks.widen("victim under a pseudonym", team(Who::Isp));
        self.spread().await?;
        let path = self.of_case("/victims");
        let isp = self.at(Who::Isp, "approver")?.get(&path).await?;
        let hosting = self.at(Who::Hosting, "approver")?.get(&path).await?;
        let pseudonym = text(&isp, "/victims/0/pseudonym")?.to_owned();
        self.prove(
            held && text(&isp, "/victims/0/text")? == words && list(&hosting, "/victims")?.is_empty(),
            format!(
                "it is {pseudonym} from now on; the agency's approver lets the ISP read that, and nobody else"
            ),
        )?;
        self.kept.insert("pseudonym", pseudonym);
        Ok(())
    }

    async fn help(&mut self) -> Result<(), StepError> {
        let victim = self.note_of("victim")?;
        let note = json!({
            "kind": "remediation.noted", "victim": victim, "step": "Restore the tills from before the 2nd",
            "state": "advised", "text": "From the copy that was offline.",
        });
        self.publish((Who::Agency, "investigator"), "A step", &[Who::Agency], note)
            .await?;
        let reads = self.business_reads().await?;
        let letter = self
            .at(Who::Agency, "investigator")?
            .download(&format!("/victims/{victim}/letter/document"))
            .await?;
        let pseudonym = self.secret_of("pseudonym")?;
        self.prove(
            text(&reads, "/pseudonym")? == pseudonym
                && text(&reads, "/steps/0/text")? == "From the copy that was offline."
                && !list(&reads, "/became")?.is_empty()
                && !reads.to_string().contains(&self.told.operation)
                && letter.starts_with(b"PK"),
            "it reads its pseudonym, what to do and what became of its report, not the operation's name; the letter to it is \
             a file",
        )
    }

    pub(super) async fn identity(&mut self) -> Result<(), StepError> {
        let name = self.told.business.clone();
        // The mark stands in the name: nobody reads it without a look.
        let marked = self.marks.plant_aside("name of the business", &name, &[]);
        let others: Vec<&String> = (marked != name).then_some(&name).into_iter().collect();
        let identity = json!({
            "name": marked, "other_names": others, "contacts": ["Jane Roe"],
            "domains": [self.told.business_domain], "addresses": [], "mail_domains": [],
        });
        let token = self.secret_of("link of the business")?;
        self.nobody_at_agency()?
            .post(&format!("/report/{token}/identity"), &identity)
            .await?;
        let id = self.secret_of("conversation")?;
        let path = format!("/conversations/{id}/file-identity");
        let investigator = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &Value::Null)
            .await?;
        self.at(Who::Agency, "custodian")?
            .post(&path, &Value::Null)
            .await?;
        self.prove(
            investigator.code == "denied",
            "it says who it is; the custodian files that, unread, and the investigator cannot",
        )?;
        self.look(&identity).await?;
        self.nothing_names_it(&name).await
    }

    /// One look takes a custodian and a case officer beside the one who asks.
    async fn look(&mut self, identity: &Value) -> Result<(), StepError> {
        let victim = self.note_of("victim")?;
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
        self.keep("grant", &asked);
        let (give, look) = (format!("/grants/{asked}/give"), format!("/grants/{asked}/look"));
        let (hand, eyes) = (
            json!({ "until_ms": until_ms }),
            json!({ "text": "Rang its bank." }),
        );
        let investigator = self.at(Who::Agency, "investigator")?;
        let none = investigator.refused(&look, &eyes).await?;
        let own = investigator.refused(&give, &hand).await?;
        self.at(Who::Agency, "custodian")?.post(&give, &hand).await?;
        let one = investigator.refused(&look, &eyes).await?;
        self.at(Who::Agency, "officer")?.post(&give, &hand).await?;
        let custodian = self.at(Who::Agency, "custodian")?.refused(&look, &eyes).await?;
        let seen = investigator.post(&look, &eyes).await?;
        let reads = self.business_reads().await?;
        let told = list(&reads, "/looks")?.len() == 1 && text(&reads, "/looks/0/text")? == "Rang its bank.";
        let refused = [&none, &own, &one, &custodian]
            .iter()
            .all(|refusal| refusal.code == "denied");
        self.prove(
            refused && seen.get("name") == identity.get("name") && told,
            "nobody looks without two hands, a custodian's and a case officer's, neither the asker's; the business reads who \
             looked, and what for",
        )?;
        self.at(Who::Agency, "officer")?
            .post(
                &format!("/grants/{asked}/end"),
                &json!({ "reason": "The bank is warned." }),
            )
            .await?;
        let after = self
            .at(Who::Agency, "investigator")?
            .refused(&look, &eyes)
            .await?;
        self.prove(after.code == "denied", "ended: no more looks")
    }

    /// What leaves is checked for it.
    async fn nothing_names_it(&mut self, name: &str) -> Result<(), StepError> {
        let pseudonym = self.secret_of("pseudonym")?;
        let path = self.of_case("/notes");
        let shouted = name.to_uppercase().replace(' ', "  ");
        let defanged = self.told.business_domain.replace('.', "[.]");
        let mut refused = true;
        for text in [name, shouted.as_str(), defanged.as_str()] {
            let note = json!({ "kind": "report.published", "text": format!("They hit {text} first.") });
            let refusal = self
                .at(Who::Agency, "investigator")?
                .refused(&path, &draft("Whom they hit", "TLP:GREEN", &[], note))
                .await?;
            refused &= refusal.code == "denied"
                && refusal.detail.contains(&pseudonym)
                && !refusal.detail.contains(name);
        }
        let words = self.mark(
            "note about the victim",
            &format!("{pseudonym} was hit first."),
            &{
                let mut readers = teams(&[Who::Agency, Who::Vendor, Who::Isp, Who::Hosting]);
                readers.push(crate::demo::marks::SECONDEE);
                readers
            },
        );
        let note = json!({ "kind": "report.published", "text": words });
        self.publish((Who::Agency, "investigator"), "Whom they hit", &[], note)
            .await?;
        self.spread().await?;
        self.prove(
            refused,
            "a note that names it, however it is spelt, does not leave, and the refusal does not name it; under its pseudonym \
             everything is said",
        )
    }
}
