//! Who a victim is goes from a partner to the agency, and no other way: asked of the agreement like everything that
//! leaves, sealed to the key that the agency's certificate names, and kept there as if its own custodian had filed it.
//!
//! The node of the partner opens what its custodian keeps and seals it anew; nobody sees it there. What arrives counts
//! only from the organisation that recorded the victim, and with a consent or a law; a custodian of the agency refuses
//! what is none, for whatever is named by it is stopped from leaving. Every look is told to who gave it.

use std::collections::BTreeSet;

use accord_ledger::certificate::SealingKey;
use accord_model::content::{Audience, ContentBody, ContentEntry, GivenOn, IdentityGiven, VictimIdentity};
use accord_model::{EntryKind, EntryRef, Marking, OrgKind, OrgName, PersonId, Role, Tlp};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use super::Identity;
use super::identity::{Bound, SCHEME, seal_to};
use crate::config::NodeConfig;
use crate::error::{Denial, Result, ServiceError};
use crate::journal::{Body, Ledger, Space, State};
use crate::looks::{Look, LookView, Way, looks_told};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};
use crate::views::{all_set_aside, set_aside};

/// The documents of identities from partners that a custodian here has refused, by their note.
pub(crate) const REFUSED_IDENTITIES: &str = "refused-identities";
/// Most identities in one ledger of a partner that count: the first ones that are here. All of them are looked for in
/// every note.
pub(super) const GIVEN_MAX: usize = 1_000;
/// Longest reason of a refusal, characters.
const REASON_MAX_CHARS: usize = 4_000;

/// A refusal as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityRefused {
    pub by: PersonId,
    pub at_ms: u64,
    pub reason: String,
}

/// To whom who a victim is is given, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivingIdentity {
    /// The agency.
    pub to: OrgName,
    /// `consent` or `law`.
    pub ground: GivenOn,
    /// Who said yes, when and how; or which law. The approver, the agency and the victim read it.
    pub text: String,
}

/// Who a victim is, given by one organisation to another: that it was, never what.
#[derive(Debug, Clone, Serialize)]
pub struct IdentityGivenView {
    /// Its note.
    pub at: EntryRef,
    /// Who gives it.
    pub from: OrgName,
    /// To whom.
    pub to: OrgName,
    /// When it was written, ms UTC.
    pub at_ms: u64,
    /// On what ground.
    pub ground: GivenOn,
    /// Its words.
    pub text: String,
    /// Of what this organisation gives: `waits` for the approver, `given`, `stopped`. Of what it was given: `kept`,
    /// `unreadable`, `aside`. Of both: `recalled`.
    pub state: &'static str,
    /// Why it is stopped or set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Every look there at who it is, where this organisation gave it, newest first. Not who read that it was given.
    pub looks: Vec<LookView>,
}

/// Whose a sealed identity is, and what it is bound to.
pub(super) fn bound_of<'a>(config: &'a NodeConfig, ledger: &'a Ledger, said: &VictimIdentity) -> Bound<'a> {
    if ledger.own {
        Bound::Own(&config.org)
    } else {
        Bound::Given {
            by: &ledger.org,
            to: &config.org,
            victim: said.victim,
        }
    }
}

/// Why what stands there is no identity that this organisation's custodian keeps; `None` where it is one. Whether it
/// can be opened is another question, and so is whether it was recalled.
pub(super) fn no_identity(state: &State, config: &NodeConfig, at: EntryRef) -> Option<String> {
    let none = |why: &str| Some(why.to_owned());
    let Some((ledger, _, Body::Content(entry))) = state.entry(at) else {
        return none("it is not here");
    };
    let ContentBody::VictimIdentity(said) = &entry.body else {
        return none("it is no identity");
    };
    if said.custodian != config.org {
        return none("it is for the custodian of another organisation");
    }
    if ledger.own {
        return None;
    }
    if config.kind != OrgKind::Agency {
        return none("who a victim is goes from a partner to the agency, and no other way");
    }
    let recorded = match state.entry(said.victim) {
        Some((known, _, Body::Content(entry))) => {
            matches!(entry.body, ContentBody::VictimRecorded(_))
                && known.org == ledger.org
                && known.space == ledger.space
        }
        _ => false,
    };
    if !recorded {
        return none(
            "it is of a victim that its giver has not recorded: who recorded a victim says who it is",
        );
    }
    if said.given.is_none() {
        return none("it says neither that the victim agreed nor which law it rests on");
    }
    if is_beyond(&ledger.sealed, at.seq) {
        return Some(format!("its giver has given more than {GIVEN_MAX} on this case"));
    }
    if state.refused_identities.contains(&at) {
        return none("a custodian here has refused it");
    }
    let space = state.spaces.get(&ledger.space)?;
    if space.control.party_kind(&ledger.org) == Some(OrgKind::Agency) {
        return none("who a victim is goes from a partner to the agency, and no other way");
    }
    // The reason is looked for where there is one.
    let asides = all_set_aside(state, space);
    asides
        .aside
        .contains(&at)
        .then(|| set_aside(state, space, at))
        .flatten()
}

/// Whether a ledger's sealed identity stands behind the [`GIVEN_MAX`] that count.
fn is_beyond(sealed: &BTreeSet<u64>, seq: u64) -> bool {
    sealed.range(..seq).nth(GIVEN_MAX - 1).is_some()
}

/// The envelope of who a victim is for another organisation's custodian, with nothing in it: what the agreement is
/// asked about.
fn unsealed(by: PersonId, victim: EntryRef, to: &OrgName) -> ContentEntry {
    ContentEntry {
        by,
        role: Role::Custodian,
        marking: Marking::tlp(Tlp::Red),
        to: Audience::one(to.clone()),
        title: String::new(),
        body: VictimIdentity {
            victim,
            custodian: to.clone(),
            scheme: SCHEME.to_owned(),
            key: String::new(),
            ciphertext: String::new(),
            given: None,
        }
        .into(),
    }
}

fn denied(rule: &str, who: Role) -> ServiceError {
    ServiceError::Denied(Box::new(Denial {
        rule: rule.to_owned(),
        clause: None,
        who: Some(who),
    }))
}

impl Node {
    /// Seals an identity to this node's own custodian.
    pub(super) fn seal_own(&self, identity: &Identity) -> Result<String> {
        let key = self.custodian.sealing_key();
        seal_to(&key, Bound::Own(&self.config.org), identity, self.random())
    }

    /// Opens what is sealed to this node's custodian. What a partner gives opens only where it names nothing that
    /// could be anything.
    pub(super) fn opened(&self, bound: Bound<'_>, sealed: &str) -> Option<Identity> {
        let identity = self.custodian.open(bound, sealed)?;
        match bound {
            Bound::Own(_) => Some(identity),
            Bound::Given { .. } => identity.check_given().is_ok().then_some(identity),
        }
    }

    /// Who a victim is, where it stands in a note for this organisation's custodian.
    pub(super) fn open_identity(&self, state: &State, at: EntryRef) -> Option<Identity> {
        let (ledger, _, Body::Content(entry)) = state.entry(at)? else {
            return None;
        };
        let ContentBody::VictimIdentity(said) = &entry.body else {
            return None;
        };
        self.opened(bound_of(&self.config, ledger, said), &said.ciphertext)
    }

    /// Keeps a look for who gave the identity, in the commit of the look.
    pub(super) fn tell_giver(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        identity: EntryRef,
    ) {
        let giver = state.entry(identity).map(|(ledger, ..)| ledger);
        let Some(giver) = giver
            .filter(|ledger| !ledger.own)
            .map(|ledger| ledger.org.clone())
        else {
            return;
        };
        let look = Look {
            at: identity,
            by: who.person,
            way: Way::Opened,
            when_ms: self.now_ms(),
        };
        state.looks.add(batch, &giver, look);
    }

    /// Why an identity does not go to the organisation it is sealed to: the key is not the one that its certificate
    /// names now.
    pub(crate) fn sealed_wrong(&self, state: &State, to: &OrgName, entry: &ContentEntry) -> Option<String> {
        let ContentBody::VictimIdentity(said) = &entry.body else {
            return None;
        };
        let right = |key: SealingKey| {
            said.custodian == *to && said.scheme == SCHEME && said.key == hex::encode(key.as_bytes())
        };
        match state.sealing_key_of(to, self.now_ms()) {
            Ok(key) if right(key) => None,
            Ok(_) => Some(format!(
                "it was sealed to another key than {to} names for its custodian now: give it anew"
            )),
            Err(why) => Some(format!("nothing is sealed to {to}: {why}")),
        }
    }

    /// Gives who a victim is to the agency, as the custodian who keeps it, unread. It waits for the approver where the
    /// agreement asks for one.
    pub async fn give_identity(
        &self,
        who: &SignedIn,
        victim: EntryRef,
        new: &GivingIdentity,
    ) -> Result<Published> {
        Act::KeepIdentity.ask(who)?;
        self.act_once(|state, batch, log| {
            let (case, pseudonym) = self.victim_for(state, who, victim)?;
            let pseudonym = pseudonym.to_owned();
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let role = self.writer(space, who, Act::KeepIdentity, EntryKind::VictimIdentity)?;
            let asked = self.asked_for_giving(state, space, (who.person, victim), &new.to);
            if asked.answer == "no" {
                return Err(asked.refusal());
            }
            self.may_give(state, space, victim, &new.to)?;
            let identity = self.to_be_given(state, space, victim)?;
            let key = state
                .sealing_key_of(&new.to, self.now_ms())
                .map_err(|why| ServiceError::Conflict(format!("nothing is sealed to {}: {why}", new.to)))?;
            let bound = Bound::Given {
                by: &self.config.org,
                to: &new.to,
                victim,
            };
            let sealed = seal_to(&key, bound, &identity, self.random())?;
            let entry = ContentEntry {
                role,
                title: format!("Who {pseudonym} is"),
                body: VictimIdentity {
                    victim,
                    custodian: new.to.clone(),
                    scheme: SCHEME.to_owned(),
                    key: hex::encode(key.as_bytes()),
                    ciphertext: sealed,
                    given: Some(IdentityGiven {
                        ground: new.ground,
                        text: new.text.trim().to_owned(),
                    }),
                }
                .into(),
                ..unsealed(who.person, victim, &new.to)
            };
            entry
                .check()
                .map_err(|error| ServiceError::invalid("text", error))?;
            let published = self.publish(state, batch, case, entry, &Circumstances::default())?;
            log.person(batch, who, "identity.given", &format!("{victim} to {}", new.to));
            Ok(published)
        })
        .await
    }

    /// Whether this organisation may give who this victim is to another, whatever the agreement says.
    fn may_give(&self, state: &State, space: &Space, victim: EntryRef, to: &OrgName) -> Result<()> {
        let to_agency = space.control.party_kind(to) == Some(OrgKind::Agency);
        if !to_agency || self.config.kind == OrgKind::Agency {
            return Err(ServiceError::denied(
                "who a victim is goes from a partner to the agency, and no other way",
            ));
        }
        if !state.entry(victim).is_some_and(|(ledger, ..)| ledger.own) {
            return Err(ServiceError::denied(
                "who a victim is, is said by the organisation that recorded the victim",
            ));
        }
        if state.released.contains_key(&(victim, to.clone())) {
            Ok(())
        } else {
            Err(ServiceError::Conflict(format!(
                "{to} does not have the victim's own note yet: without it nobody there knows of whom this is"
            )))
        }
    }

    /// What the agreement says of giving who a victim is to an organisation.
    fn asked_for_giving(
        &self,
        state: &State,
        space: &Space,
        (by, victim): (PersonId, EntryRef),
        to: &OrgName,
    ) -> Decided {
        let entry = unsealed(by, victim, to);
        self.ask_agreement(state, space, to, &entry, &Circumstances::default())
    }

    /// To whom this organisation may give who a victim is, with what the agreement says of it.
    pub(super) fn may_give_to(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        victim: EntryRef,
    ) -> Vec<Decided> {
        let parties = self.other_parties(space).into_iter();
        parties
            .filter(|to| self.may_give(state, space, victim, to).is_ok())
            .map(|to| self.asked_for_giving(state, space, (who.person, victim), &to))
            .collect()
    }

    /// What is kept here of who a victim is, fit to be given.
    fn to_be_given(&self, state: &State, space: &Space, victim: EntryRef) -> Result<Identity> {
        let kept = self.newest_identity(state, space, victim).ok_or_else(|| {
            ServiceError::Conflict("no custodian here keeps who this victim is: file it first".into())
        })?;
        let identity = self.open_identity(state, kept).ok_or_else(|| {
            ServiceError::Conflict(
                "it was not sealed to the custodian key that this node has now: file it anew".into(),
            )
        })?;
        identity.check_given()?;
        Ok(identity)
    }

    /// Whether a person is named on a case as custodian.
    pub(super) fn is_custodian_of(&self, space: &Space, who: &SignedIn) -> bool {
        self.named_sight(space, who)
            .is_some_and(|sight| sight.roles.contains(&Role::Custodian))
    }

    /// Refuses an identity that a partner gave, as custodian: it is looked at by nobody and looked for in nothing. For
    /// one that names what is no victim.
    pub async fn refuse_identity(&self, who: &SignedIn, identity: EntryRef, reason: &str) -> Result<()> {
        Act::KeepIdentity.ask(who)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_MAX_CHARS {
            return Err(ServiceError::invalid(
                "reason",
                format!("say why, in at most {REASON_MAX_CHARS} characters"),
            ));
        }
        self.act_once(|state, batch, log| {
            let missing = || ServiceError::NotFound("identity");
            let (ledger, _, body) = state.entry(identity).ok_or_else(missing)?;
            let space = self.case_for(state, who, ledger.space).map_err(|_| missing())?;
            let Body::Content(entry) = body else {
                return Err(missing());
            };
            if ledger.own || entry.kind() != EntryKind::VictimIdentity {
                return Err(missing());
            }
            if !self.is_custodian_of(space, who) {
                return Err(denied(
                    "an identity is refused by a custodian who is named on the case",
                    Role::Custodian,
                ));
            }
            if !state.refused_identities.insert(identity) {
                return Err(ServiceError::Conflict("it was refused already".into()));
            }
            let refused = IdentityRefused {
                by: who.person,
                at_ms: self.now_ms(),
                reason: reason.to_owned(),
            };
            batch.document(REFUSED_IDENTITIES, &identity.to_string(), &refused);
            log.person(batch, who, "identity.refused", &identity.to_string());
            Ok(())
        })
        .await
    }

    /// What was given, by this organisation or to it, of who a victim is.
    pub(super) fn given_of(&self, state: &State, space: &Space, victim: EntryRef) -> Vec<IdentityGivenView> {
        let identities = space.of_kinds(|kind| kind == EntryKind::VictimIdentity);
        let views = identities.into_iter().filter_map(|at| {
            let (ledger, header, Body::Content(entry)) = state.entry(at)? else {
                return None;
            };
            let ContentBody::VictimIdentity(said) = &entry.body else {
                return None;
            };
            let given = said.given.as_ref().filter(|_| said.victim == victim)?;
            let (word, why) = if space.control.is_recalled(at) {
                ("recalled", None)
            } else if ledger.own {
                self.given_from_here(state, space, at, entry, &said.custodian)
            } else {
                match no_identity(state, &self.config, at) {
                    Some(why) => ("aside", Some(why)),
                    None if self.can_open(state, at) => ("kept", None),
                    None => ("unreadable", None),
                }
            };
            Some(IdentityGivenView {
                at,
                from: ledger.org.clone(),
                to: said.custodian.clone(),
                at_ms: header.clock.wall_ms,
                ground: given.ground,
                text: given.text.clone(),
                state: word,
                why,
                looks: looks_told(state, space, at)
                    .into_iter()
                    .filter(|look| look.way == Way::Opened)
                    .collect(),
            })
        });
        views.collect()
    }

    /// How far it is with what this organisation gives.
    fn given_from_here(
        &self,
        state: &State,
        space: &Space,
        at: EntryRef,
        entry: &ContentEntry,
        to: &OrgName,
    ) -> (&'static str, Option<String>) {
        if state.released.contains_key(&(at, to.clone())) {
            return ("given", None);
        }
        let decided = self.ask_gate(state, space, to, entry, &Circumstances::default());
        match decided.answer.as_str() {
            "no" => ("stopped", Some(decided.words)),
            _ => ("waits", None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_partners_ledger_the_first_ones_count() {
        let sealed: BTreeSet<u64> = (0..=GIVEN_MAX as u64).map(|number| number * 3).collect();
        assert!(!is_beyond(&sealed, 0));
        assert!(!is_beyond(&sealed, 3 * (GIVEN_MAX as u64 - 1)));
        assert!(is_beyond(&sealed, 3 * GIVEN_MAX as u64), "one past");
    }
}
