//! The victims of a case, as a person may see them: by pseudonym, with what was said, the clean-up, and the looks.

use accord_model::content::grants::GrantStanding;
use accord_model::content::{ContentBody, Direction, VictimKind};
use accord_model::{EntryKind, EntryRef, OrgName, Role, SpaceId, Tlp};
use serde::Serialize;

use super::conversation::{StepView, VictimLook};
use super::giving::IdentityGivenView;
use crate::error::Result;
use crate::journal::{Body, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Decided;
use crate::views::{names, said_of};

/// A message of a victim.
#[derive(Debug, Clone, Serialize)]
pub struct VictimMessageView {
    /// Its note.
    pub at: EntryRef,
    /// When, ms UTC.
    pub at_ms: u64,
    /// Which way.
    pub direction: Direction,
    /// What it says.
    pub text: String,
}

/// Somebody's asking for a look, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct GrantView {
    /// The asking.
    pub at: EntryRef,
    /// Who asked.
    pub asker: Option<String>,
    /// Whether the person who reads this asked.
    pub mine: bool,
    /// What for.
    pub reason: String,
    /// `waiting`, `stands`, `over`, `ended`.
    pub state: &'static str,
    /// The roles whose hand is missing.
    pub missing: Vec<Role>,
    /// Until when, ms UTC.
    pub until_ms: Option<u64>,
    /// Who gave a hand, in which role.
    pub hands: Vec<(Option<String>, Role)>,
    /// The looks.
    pub looks: Vec<VictimLook>,
    /// Whether the person who reads this may give a hand now.
    pub may_give: bool,
}

/// A victim.
#[derive(Debug, Clone, Serialize)]
pub struct VictimView {
    /// Its note.
    pub at: EntryRef,
    /// Who recorded it.
    pub org: OrgName,
    /// Whose person wrote it, when they were seconded to that organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
    /// When, ms UTC.
    pub at_ms: u64,
    /// What everybody calls it.
    pub pseudonym: String,
    /// What it is.
    pub victim: VictimKind,
    /// What happened to it.
    pub text: String,
    /// Its branch.
    pub sector: Option<String>,
    /// What it wants.
    pub wishes: Option<String>,
    /// How far the note may travel.
    pub marking: Tlp,
    /// Its conversation on this node.
    pub conversation: Option<String>,
    /// What was published of what was said.
    pub messages: Vec<VictimMessageView>,
    /// The clean-up.
    pub steps: Vec<StepView>,
    /// `unknown`: nobody here keeps who it is; `kept`; `unreadable`: it was sealed to another key, so that this node
    /// cannot look for it in what leaves.
    pub identity: &'static str,
    /// The askings for a look.
    pub grants: Vec<GrantView>,
    /// That who it is was given to the agency, or by a partner to this one.
    pub given: Vec<IdentityGivenView>,
    /// For its custodian: the agencies to which this organisation can give who it is, with what the agreement says.
    pub may_give_to: Vec<Decided>,
}

/// The victims of a case.
#[derive(Debug, Clone, Serialize)]
pub struct CaseVictims {
    /// In the order in which they were recorded.
    pub victims: Vec<VictimView>,
    /// Whether the person may record and write.
    pub may_write: bool,
    /// Whether the person keeps identities here.
    pub may_keep: bool,
    /// Whether the person may ask for a look.
    pub may_ask: bool,
}

impl Node {
    /// The victims of a case.
    pub async fn case_victims(&self, who: &SignedIn, case: SpaceId) -> Result<CaseVictims> {
        let (victims, seen) = self.victims_of(&*self.read().await?, who, case)?;
        self.looked(who, Way::Read, seen).await?;
        Ok(victims)
    }

    /// The same, with the notes that say so.
    fn victims_of(
        &self,
        state: &State,
        who: &SignedIn,
        case: SpaceId,
    ) -> Result<(CaseVictims, Vec<EntryRef>)> {
        let (space, reader) = self.case_with(state, who, case, accord_model::Category::VictimReport)?;
        // Outside every scope: whoever sees some categories only does not read on what ground it was given.
        let sees_given = reader.sees(accord_model::Category::VictimIdentity);
        let names = names(state, space);
        let wanted = |kind| {
            matches!(
                kind,
                EntryKind::VictimRecorded | EntryKind::VictimMessage | EntryKind::RemediationNoted
            )
        };
        let all = said_of(state, space, wanted);
        let own = self.config.org.clone();
        let may_keep = self
            .writer(space, who, Act::KeepIdentity, EntryKind::VictimIdentity)
            .is_ok();
        let may_ask = self
            .writer(space, who, Act::AskGrant, EntryKind::GrantAsked)
            .is_ok();
        let may_write = self
            .writer(space, who, Act::Write, EntryKind::VictimRecorded)
            .is_ok();
        let may_give = self
            .writer(space, who, Act::GiveGrant, EntryKind::GrantGiven)
            .is_ok();
        // What is said of looks is for who deals with victims.
        let sees_grants = may_keep || may_ask || may_give;
        let grants = self.grants_of(state, space);
        let now_ms = self.now_ms();
        let (mut victims, mut seen) = (Vec::new(), Vec::new());
        for one in &all {
            let ContentBody::VictimRecorded(recorded) = &one.entry.body else {
                continue;
            };
            let of = |victim: EntryRef| victim == one.at;
            seen.push(one.at);
            seen.extend(all.iter().filter_map(|said| match &said.entry.body {
                ContentBody::VictimMessage(message) => of(message.victim).then_some(said.at),
                ContentBody::RemediationNoted(noted) => of(noted.victim).then_some(said.at),
                _ => None,
            }));
            let messages = all.iter().filter_map(|said| match &said.entry.body {
                ContentBody::VictimMessage(message) if of(message.victim) => Some(VictimMessageView {
                    at: said.at,
                    at_ms: said.wall_ms,
                    direction: message.direction,
                    text: message.text.clone(),
                }),
                _ => None,
            });
            let steps = all.iter().filter_map(|said| match &said.entry.body {
                ContentBody::RemediationNoted(noted) if of(noted.victim) => Some(StepView {
                    at_ms: said.wall_ms,
                    org: said.author.clone(),
                    step: noted.step.clone(),
                    state: noted.state,
                    text: noted.text.clone(),
                }),
                _ => None,
            });
            let newest = self.newest_identity(state, space, one.at);
            let is_of = |identity: EntryRef| {
                matches!(state.entry(identity), Some((_, _, Body::Content(entry)))
                    if matches!(&entry.body, ContentBody::VictimIdentity(said) if of(said.victim)))
            };
            let mut asked = Vec::new();
            for (at, grant) in grants
                .iter()
                .filter(|(_, grant)| sees_grants && is_of(grant.identity))
            {
                let (word, missing, until_ms) = match grant.standing(now_ms) {
                    GrantStanding::Waiting {
                        custodian,
                        case_officer,
                    } => {
                        let missing = [(custodian, Role::Custodian), (case_officer, Role::CaseOfficer)];
                        let missing = missing
                            .into_iter()
                            .filter(|(lacks, _)| *lacks)
                            .map(|(_, role)| role);
                        ("waiting", missing.collect(), None)
                    }
                    GrantStanding::Stands { until_ms } => ("stands", Vec::new(), Some(until_ms)),
                    GrantStanding::Expired => ("over", Vec::new(), None),
                    GrantStanding::Ended(_) => ("ended", Vec::new(), None),
                };
                seen.extend(std::iter::once(*at).chain(grant.looks.iter().map(|look| look.at)));
                let looks = grant.looks.iter().map(|look| {
                    let text = match state.entry(look.at) {
                        Some((_, _, Body::Content(entry))) => match &entry.body {
                            ContentBody::GrantUsed(used) => used.text.clone(),
                            _ => String::new(),
                        },
                        _ => String::new(),
                    };
                    VictimLook {
                        at_ms: look.wall_ms,
                        role: names.get(&look.person).cloned().unwrap_or_default(),
                        reason: grant.reason.to_owned(),
                        text,
                        allowed: look.covered,
                    }
                });
                let gave = grant.hands.iter().any(|hand| hand.person == who.person);
                asked.push(GrantView {
                    at: *at,
                    asker: names.get(&grant.asker).cloned(),
                    mine: grant.asker == who.person,
                    reason: grant.reason.to_owned(),
                    state: word,
                    until_ms,
                    hands: grant
                        .hands
                        .iter()
                        .map(|hand| (names.get(&hand.person).cloned(), hand.role))
                        .collect(),
                    looks: looks.collect(),
                    may_give: may_give && word == "waiting" && grant.asker != who.person && !gave,
                    missing,
                });
            }
            let conversation = state.conversations.values().find(|known| {
                known
                    .attached
                    .as_ref()
                    .is_some_and(|attached| of(attached.victim))
            });
            let given = if sees_given {
                self.given_of(state, space, one.at)
            } else {
                Vec::new()
            };
            seen.extend(given.iter().map(|one| one.at));
            victims.push(VictimView {
                at: one.at,
                org: one.author.clone(),
                home: crate::views::writers_home(state, space, one.at),
                at_ms: one.wall_ms,
                pseudonym: recorded.pseudonym.clone(),
                victim: recorded.victim,
                text: recorded.text.clone(),
                sector: recorded.sector.clone(),
                wishes: recorded.wishes.clone(),
                marking: one.entry.marking.tlp,
                conversation: conversation
                    .filter(|_| *one.author == own && Act::Converse.ask(who).is_ok())
                    .map(|known| known.id.clone()),
                messages: messages.collect(),
                steps: steps.collect(),
                identity: match newest {
                    None => "unknown",
                    Some(at) if self.can_open(state, at) => "kept",
                    Some(_) => "unreadable",
                },
                grants: asked,
                given,
                may_give_to: if may_keep && newest.is_some() {
                    self.may_give_to(state, space, who, one.at)
                } else {
                    Vec::new()
                },
            });
        }
        let view = CaseVictims {
            victims,
            may_write,
            may_keep,
            may_ask,
        };
        Ok((view, seen))
    }
}
