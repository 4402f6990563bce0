//! First sign-ins, pairing, people, logs.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Person, Story};
use crate::demo::StepError;
use crate::demo::client::{Session, list, text};
use crate::demo::nodes::{FIRST_PASSWORD, Who};

/// The people besides the operators and signatories.
const PEOPLE: [(Who, &str, &str, &[&str]); 15] = [
    (Who::Agency, "officer", "Carla Officer", &["case-officer"]),
    (
        Who::Agency,
        "investigator",
        "Ines Investigator",
        &["investigator"],
    ),
    (Who::Agency, "approver", "Aaron Approver", &["approver"]),
    (Who::Agency, "custodian", "Cora Custodian", &["custodian"]),
    (
        Who::Agency,
        "discloser",
        "Dora Discloser",
        &["disclosure-officer"],
    ),
    (Who::Agency, "auditor", "Axel Auditor", &["auditor"]),
    (Who::Isp, "approver", "Ada Approver", &["approver"]),
    (Who::Isp, "researcher", "Rita Researcher", &["researcher"]),
    (Who::Isp, "auditor", "Alma Auditor", &["auditor"]),
    (Who::Hosting, "approver", "Arno Approver", &["approver"]),
    (Who::Vendor, "researcher", "Rune Researcher", &["researcher"]),
    (Who::Vendor, "approver", "Vera Approver", &["approver"]),
    (Who::Vendor, "custodian", "Vito Custodian", &["custodian"]),
    (Who::Vendor, "analyst", "Anouk Analyst", &["researcher"]),
    (Who::Outsider, "approver", "Otto Outsider", &["approver"]),
];

/// The password somebody changes to.
fn password(who: Who, sign_in: &str) -> String {
    let name = who.org().split('.').next().unwrap_or_default();
    format!("{name}-{sign_in}-2026")
}

impl Story<'_> {
    /// Signs somebody in for the first time: nothing may be done before the password is changed.
    pub(super) async fn first_sign_in(
        &mut self,
        who: Who,
        sign_in: &str,
        roles: &[&str],
    ) -> Result<bool, StepError> {
        let nobody = Session::nobody(&self.http, &self.world.place(who)?.url);
        let session = nobody.sign_in(sign_in, FIRST_PASSWORD).await?;
        let refused = session.get_refused("/cases").await;
        let locked = session.get("/me").await?.pointer("/must_enrol") == Some(&Value::Bool(true));
        let inert = refused.is_ok() || session.get("/cases").await? == json!([]);
        let new = password(who, sign_in);
        session
            .post("/me/password", &json!({ "old": FIRST_PASSWORD, "new": new }))
            .await?;
        let me = session.get("/me").await?;
        let has = list(&me, "/roles")?;
        let given = roles
            .iter()
            .all(|role| has.iter().any(|known| known.as_str() == Some(role)));
        let person = Person {
            id: text(&me, "/person")?.to_owned(),
            session,
            password: new,
            roles: roles.join(", "),
        };
        self.people.insert((who, sign_in.to_owned()), person);
        Ok(locked && inert && given)
    }

    pub(super) async fn found(&mut self) -> Result<(), StepError> {
        let mut good = true;
        for who in Who::ALL {
            good &= self.first_sign_in(who, "operator", &["operator"]).await?;
            good &= self.first_sign_in(who, "signatory", &["signatory"]).await?;
        }
        self.prove(
            good,
            "ten people changed their first password; before that none had a role",
        )?;
        let nobody = Session::nobody(&self.http, &self.world.place(Who::Agency)?.url);
        let refusal = nobody.get_refused("/me").await?;
        self.prove(refusal.status == 401, "without a session nothing is answered")
    }

    pub(super) async fn pair(&mut self) -> Result<(), StepError> {
        for who in [Who::Isp, Who::Hosting, Who::Vendor, Who::Outsider] {
            self.pair_two(Who::Agency, who).await?;
        }
        // What the vendor gives the ISP comes from the vendor's own node.
        self.pair_two(Who::Vendor, Who::Isp).await?;
        self.spread().await?;
        self.prove(true, "everyone pulled from the agency, the agency from everyone")
    }

    /// One invites, the other accepts, and both compare fingerprints.
    async fn pair_two(&mut self, inviter: Who, who: Who) -> Result<(), StepError> {
        let (first, other) = (self.at(inviter, "operator")?, self.at(who, "operator")?);
        let invitation = first.post("/peers/invitations", &Value::Null).await?;
        other.post("/peers/accept", &invitation).await?;
        let again = other.refused("/peers/accept", &invitation).await?;
        let early = other
            .refused(&format!("/peers/{}/pull", inviter.org()), &Value::Null)
            .await?;
        let wrong = first
            .refused(
                &format!("/peers/{}/confirm", who.org()),
                &json!({ "fingerprint": text(&first.get("/node").await?, "/fingerprint")? }),
            )
            .await?;
        // Over the telephone.
        for (session, peer, at) in [(first, who, other), (other, inviter, first)] {
            let fingerprint = text(&at.get("/node").await?, "/fingerprint")?.to_owned();
            session
                .post(
                    &format!("/peers/{}/confirm", peer.org()),
                    &json!({ "fingerprint": fingerprint }),
                )
                .await?;
        }
        let peers = other.get("/peers").await?;
        let confirmed = list(&peers, "")?.iter().any(|peer| {
            peer.get("status").and_then(Value::as_str) == Some("confirmed")
                && peer.to_string().contains(inviter.org())
        });
        let good = again.status != 200 && early.code == "conflict" && wrong.code == "invalid" && confirmed;
        self.prove(
            good,
            format!(
                "{} with {}: the invitation works once, a wrong fingerprint is refused, nothing is pulled before both confirmed",
                inviter.org(),
                who.org()
            ),
        )
    }

    /// An operator makes an account and asks for its roles; a signatory confirms them. Whether the operator could not,
    /// and nothing could be done before the first sign-in.
    pub(super) async fn add_person(
        &mut self,
        who: Who,
        sign_in: &str,
        name: &str,
        roles: &[&str],
    ) -> Result<bool, StepError> {
        let operator = self.at(who, "operator")?;
        let new = json!({ "sign_in": sign_in, "name": name, "roles": roles, "password": FIRST_PASSWORD });
        let person = operator.post("/people", &new).await?;
        let path = format!("/people/{}/confirm-roles", text(&person, "/id")?);
        let own = operator.refused(&path, &Value::Null).await?.code == "denied";
        self.at(who, "signatory")?.post(&path, &Value::Null).await?;
        Ok(self.first_sign_in(who, sign_in, roles).await? && own)
    }

    pub(super) async fn add_people(&mut self) -> Result<(), StepError> {
        let mut own = true;
        for (who, sign_in, name, roles) in PEOPLE {
            own &= self.add_person(who, sign_in, name, roles).await?;
        }
        self.prove(
            own,
            format!(
                "{} people have roles; the operators who asked for the roles could not confirm them",
                PEOPLE.len()
            ),
        )
    }

    pub(super) async fn bring_logs(&mut self) -> Result<(), StepError> {
        for (who, logs) in [
            (Who::Isp, self.told.isp.clone()),
            (Who::Hosting, self.told.hosting.clone()),
        ] {
            let operator = self.at(who, "operator")?;
            let (mut lines, mut same, mut duplicates) = (0, true, true);
            for log in &logs {
                let source = json!({
                    "name": log.source,
                    "description": format!("{} of {}", log.name, who.org()),
                    "customers": ["192.0.2.0/24"],
                    "time_zone": "UTC",
                    "ordinary_course": true,
                    "custodian": "Head of operations",
                });
                operator.post("/logs/sources", &source).await?;
                let name: String = log
                    .name
                    .chars()
                    .map(|c| {
                        if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
                            c
                        } else {
                            '_'
                        }
                    })
                    .collect();
                let path = format!("/logs/sources/{}/import?name={name}", log.source);
                let segment = operator.upload(&path, log.bytes.clone()).await?;
                let digest = hex::encode(Sha256::digest(log.plain()?));
                same &= text(&segment, "/sha256")? == digest;
                lines += segment.pointer("/lines").and_then(Value::as_u64).unwrap_or(0);
                let again = operator.upload(&path, log.bytes.clone()).await?;
                duplicates &= again.get("held_already") == Some(&Value::Bool(true))
                    && text(&again, "/id")? == text(&segment, "/id")?;
            }
            let problems = operator.post("/logs/verify", &Value::Null).await?;
            let good = same && duplicates && problems == json!([]);
            self.prove(
                good,
                format!(
                    "{}: {} logs, {lines} lines, with the digest of their original bytes; verified; none is taken twice",
                    who.org(),
                    logs.len()
                ),
            )?;
        }
        Ok(())
    }
}
