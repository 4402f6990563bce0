//! Agreements: proposed, signed with the offline identity key, refused, terminated; and what they let flow.

use accord_model::agreement::templates::{self, Filling, Template};
use accord_model::agreement::{Agreement, Diagnostic};
use accord_model::control::{
    AgreementProposed, AgreementRefused, AgreementSigned, AgreementTerminated, ControlEntry, MemberAdded,
    SpaceKind,
};
use accord_model::{AgreementDigest, OrgName, PersonId, Role};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// One agreement as a list shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AgreementSummary {
    /// Its digest.
    pub digest: AgreementDigest,
    /// Its title.
    pub title: String,
    /// Its reference.
    pub reference: String,
    /// Its parties with kinds.
    pub parties: Vec<(OrgName, String)>,
    /// Where it stands, in words.
    pub standing: String,
    /// Whether it is in force.
    pub in_force: bool,
    /// Whether cases run under it.
    pub opens_cases: bool,
    /// Whether this organisation has signed it.
    pub signed_here: bool,
    /// Whether this organisation still has to answer.
    pub waits_here: bool,
}

/// One agreement, whole.
#[derive(Debug, Clone)]
pub struct AgreementView {
    /// As the list shows it.
    pub summary: AgreementSummary,
    /// The agreement itself.
    pub agreement: Agreement,
    /// Who has signed.
    pub signed: Vec<OrgName>,
    /// Who has not.
    pub missing: Vec<OrgName>,
    /// Who has refused.
    pub refused: Vec<OrgName>,
    /// Who has ended it.
    pub terminated: Vec<OrgName>,
    /// The people this organisation named under it.
    pub members: Vec<(PersonId, Vec<Role>)>,
}

fn words_of(diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Reads an agreement's two files.
pub fn read_agreement(toml: &str, cedar: &str) -> Result<Agreement> {
    Agreement::from_parts(toml, cedar).map_err(|found| ServiceError::invalid("agreement", words_of(&found)))
}

impl Node {
    /// Fills a template.
    pub fn fill_template(
        &self,
        who: &SignedIn,
        template: Template,
        filling: &Filling,
    ) -> Result<(String, String)> {
        Act::SignAgreements.ask(who)?;
        templates::render(template, filling)
            .map_err(|found| ServiceError::invalid("template", words_of(&found)))
    }

    /// This organisation as a party: its name, kind and identity key.
    pub fn own_identity(&self) -> String {
        self.keys.identity.to_string()
    }

    /// Lays an agreement before its parties.
    pub async fn propose_agreement(
        &self,
        who: &SignedIn,
        toml: &str,
        cedar: &str,
    ) -> Result<AgreementDigest> {
        let role = Act::SignAgreements.ask(who)?;
        let agreement = read_agreement(toml, cedar)?;
        let own = agreement.party(&self.config.org);
        if own.is_none_or(|own| own.identity != self.own_identity() || own.kind != self.config.kind) {
            return Err(ServiceError::invalid(
                "agreement",
                format!(
                    "{} must be a party, with its kind and its identity key {}",
                    self.config.org,
                    self.own_identity()
                ),
            ));
        }
        let digest = agreement.digest();
        self.act_once(|state, batch, log| {
            if state.agreement(digest).is_some() {
                return Err(ServiceError::Conflict(
                    "these very bytes are proposed already".into(),
                ));
            }
            for party in agreement.parties() {
                let known = state.peers.get(&party.name).filter(|peer| peer.is_confirmed());
                if known.is_some_and(|peer| peer.identity != party.identity || peer.kind != party.kind) {
                    let message = format!("{} is known here under another key or kind", party.name);
                    return Err(ServiceError::invalid("agreement", message));
                }
            }
            let space = self.new_space(state, batch, SpaceKind::Agreement, None)?;
            let said = AgreementProposed {
                by: who.person,
                role,
                digest,
                toml: toml.to_owned(),
                cedar: cedar.to_owned(),
                prose_digest: None,
            };
            self.append(state, batch, space, ControlEntry::from(said))?;
            log.person(batch, who, "agreement.proposed", &digest.to_string());
            Ok(digest)
        })
        .await
    }

    /// What the offline key signs.
    pub async fn signing_text(&self, who: &SignedIn, digest: AgreementDigest) -> Result<String> {
        Act::ReadAgreements.ask(who)?;
        let state = self.read().await?;
        Ok(state
            .agreement(digest)
            .ok_or(ServiceError::NotFound("agreement"))?
            .signing_text())
    }

    async fn say(
        &self,
        who: &SignedIn,
        digest: AgreementDigest,
        what: &str,
        entry: impl FnOnce(Role, &Agreement) -> Result<ControlEntry>,
    ) -> Result<()> {
        let role = Act::SignAgreements.ask(who)?;
        self.act_once(|state, batch, log| {
            let missing = || ServiceError::NotFound("agreement");
            let agreement = state.agreement(digest).ok_or_else(missing)?;
            let entry = entry(role, agreement)?;
            let home = state.agreement_home(digest, &self.config.org);
            let space = home.ok_or_else(missing)?.id;
            self.append(state, batch, space, entry)?;
            log.person(batch, who, what, &digest.to_string());
            Ok(())
        })
        .await
    }

    /// Signs: the signature line was made with the offline identity key over the signing text.
    pub async fn sign_agreement(
        &self,
        who: &SignedIn,
        digest: AgreementDigest,
        signature: &str,
    ) -> Result<()> {
        self.say(who, digest, "agreement.signed", |role, agreement| {
            if !crate::journal::signature_holds(agreement, &self.config.org, signature) {
                return Err(ServiceError::invalid(
                    "signature",
                    format!(
                        "not a signature of {}'s identity key over this agreement",
                        self.config.org
                    ),
                ));
            }
            Ok(AgreementSigned {
                by: who.person,
                role,
                digest,
                signature: signature.trim_end().to_owned(),
            }
            .into())
        })
        .await
    }

    /// Refuses.
    pub async fn refuse_agreement(
        &self,
        who: &SignedIn,
        digest: AgreementDigest,
        reason: &str,
    ) -> Result<()> {
        self.say(who, digest, "agreement.refused", |role, _| {
            Ok(AgreementRefused {
                by: who.person,
                role,
                digest,
                reason: reason.to_owned(),
            }
            .into())
        })
        .await
    }

    /// Ends it, at once.
    pub async fn terminate_agreement(
        &self,
        who: &SignedIn,
        digest: AgreementDigest,
        reason: &str,
    ) -> Result<()> {
        self.say(who, digest, "agreement.terminated", |role, _| {
            Ok(AgreementTerminated {
                by: who.person,
                role,
                digest,
                reason: reason.to_owned(),
            }
            .into())
        })
        .await
    }

    /// Names one of this organisation's people under an agreement: its approvers.
    pub async fn name_approver(
        &self,
        who: &SignedIn,
        digest: AgreementDigest,
        person: PersonId,
    ) -> Result<()> {
        let role = Act::SignAgreements.ask(who)?;
        self.act_once(|state, batch, log| {
            let named = state.persons.get(&person).filter(|person| !person.disabled);
            if !named
                .ok_or(ServiceError::NotFound("person"))?
                .roles
                .contains(&Role::Approver)
            {
                return Err(ServiceError::invalid(
                    "person",
                    "they do not have the role approver here",
                ));
            }
            let space = state
                .agreement_home(digest, &self.config.org)
                .ok_or(ServiceError::NotFound("agreement"))?
                .id;
            let said = MemberAdded {
                by: who.person,
                role,
                person,
                roles: vec![Role::Approver],
                until_ms: None,
                scope: None,
            };
            self.append(state, batch, space, ControlEntry::from(said))?;
            log.person(batch, who, "agreement.approver-named", &person.to_string());
            Ok(())
        })
        .await
    }

    fn summary(&self, state: &State, digest: AgreementDigest, agreement: &Agreement) -> AgreementSummary {
        let standing = state.standing(digest, self.now_ms());
        let words = state.agreement_words(digest).unwrap_or_default();
        let own = &self.config.org;
        let signed_here = words.signed.contains(own);
        let answered = words.refused.contains(own) || words.terminated.contains(own) || signed_here;
        AgreementSummary {
            digest,
            title: agreement.terms().title.clone(),
            reference: agreement.terms().reference.clone(),
            parties: agreement
                .parties()
                .iter()
                .map(|party| (party.name.clone(), party.kind.to_string()))
                .collect(),
            standing: standing
                .as_ref()
                .map_or_else(|| "unknown".into(), ToString::to_string),
            in_force: standing.is_some_and(|standing| standing.in_force()),
            opens_cases: agreement.allows_cases(),
            signed_here,
            waits_here: agreement.party(own).is_some() && !answered,
        }
    }

    /// The agreements of this organisation, newest title first by digest order.
    pub async fn agreements(&self, who: &SignedIn) -> Result<Vec<AgreementSummary>> {
        Act::ReadAgreements.ask(who)?;
        let state = self.read().await?;
        Ok(self.agreements_of(&state))
    }

    pub(crate) fn agreements_of(&self, state: &State) -> Vec<AgreementSummary> {
        state
            .agreements()
            .map(|(digest, agreement)| self.summary(state, digest, agreement))
            .collect()
    }

    /// One agreement.
    pub async fn agreement(&self, who: &SignedIn, digest: AgreementDigest) -> Result<AgreementView> {
        Act::ReadAgreements.ask(who)?;
        let state = self.read().await?;
        let missing = || ServiceError::NotFound("agreement");
        let agreement = state.agreement(digest).ok_or_else(missing)?;
        let words = state.agreement_words(digest).ok_or_else(missing)?;
        let home = state
            .agreement_home(digest, &self.config.org)
            .ok_or_else(missing)?;
        Ok(AgreementView {
            summary: self.summary(&state, digest, agreement),
            agreement: agreement.clone(),
            missing: agreement
                .parties()
                .iter()
                .map(|party| party.name.clone())
                .filter(|name| !words.signed.contains(name))
                .collect(),
            signed: words.signed.into_iter().collect(),
            refused: words.refused.into_iter().collect(),
            terminated: words.terminated.into_iter().collect(),
            members: home
                .control
                .members(&self.config.org)
                .into_iter()
                .map(|(person, member)| (person, member.roles.into_iter().collect()))
                .collect(),
        })
    }
}
