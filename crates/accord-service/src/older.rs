//! Older notes for a party that came to a case later: what it has not got, with the agreement's word on each, and
//! giving it in one act.
//!
//! Each note goes through the one gate, alone, as if it were written now: what the agreement lets go goes, what waits
//! for an approver goes where an approver gives it who did not write it, and what is denied stays, with its clause.
//! Deliberately absent: what other organisations wrote, which only they can give.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::agreement::Approval;
use accord_model::content::{ContentBody, ContentEntry};
use accord_model::{EntryKind, EntryRef, OrgName, Role, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};
use crate::views::set_aside;

/// Most notes that are listed, and given in one act.
pub const OLDER_MAX: usize = 1_000;

/// A note of ours that a party has not got.
#[derive(Debug, Clone, Serialize)]
pub struct OlderNote {
    /// Its reference.
    pub at: EntryRef,
    /// When it was written, ms UTC.
    pub when_ms: u64,
    /// What it is.
    pub kind: EntryKind,
    /// Its line; of a name the name.
    pub title: String,
    /// How far it may travel.
    pub marking: Tlp,
    /// What the agreement says now, with the word of whoever asks where that counts.
    pub decided: Decided,
}

/// What a party of a case has not got of us.
#[derive(Debug, Clone, Serialize)]
pub struct OlderNotes {
    /// The party.
    pub to: OrgName,
    /// The notes: those that would go first, then those that wait for somebody else, then those that are denied; each
    /// by its time. At most [`OLDER_MAX`].
    pub notes: Vec<OlderNote>,
    /// How many more there are.
    pub more: usize,
}

/// Which of them to give.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GiveOlder {
    /// The notes.
    pub notes: Vec<EntryRef>,
}

/// What became of one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GivenNote {
    /// The note.
    pub at: EntryRef,
    /// What the agreement said; it is with the party where that is a yes.
    pub decided: Decided,
}

fn rank(decided: &Decided) -> u8 {
    match decided.answer.as_str() {
        "yes" => 0,
        "ask" => 1,
        _ => 2,
    }
}

fn content(state: &State, at: EntryRef) -> Option<(u64, &ContentEntry)> {
    match state.entry(at)? {
        (_, header, Body::Content(entry)) => Some((header.clock.wall_ms, entry)),
        _ => None,
    }
}

impl Node {
    /// What bears on a release by this person: their word as approver, but not on a note of their own.
    pub(crate) fn releasing(&self, who: &SignedIn, entry: &ContentEntry) -> Circumstances {
        let approves = who.roles.contains(&Role::Approver) && entry.by != who.person;
        let approval = Approval {
            role: Role::Approver,
            by: who.person,
            of: self.config.org.clone(),
        };
        Circumstances {
            approvals: approves.then_some(approval).into_iter().collect(),
            asked_by: Some(entry.by),
            ..Circumstances::default()
        }
    }

    /// What the agreement says of a note without an approver, and with this one's word. Nothing is kept.
    pub async fn preview_release(
        &self,
        who: &SignedIn,
        at: EntryRef,
        to: &OrgName,
    ) -> Result<(Decided, Decided)> {
        Act::Approve.ask(who)?;
        let state = self.read().await?;
        let (_, entry) = content(&state, at).ok_or(ServiceError::NotFound("note"))?;
        let (ledger, _, _) = state.entry(at).ok_or(ServiceError::NotFound("note"))?;
        let space = self.case_for(&state, who, ledger.space)?;
        if !ledger.own || !entry.to.includes(to) {
            return Err(ServiceError::NotFound("note"));
        }
        let without = Circumstances {
            asked_by: Some(entry.by),
            ..Circumstances::default()
        };
        let ask = |circumstances: &Circumstances| self.ask_gate(&state, space, to, entry, circumstances);
        Ok((ask(&without), ask(&self.releasing(who, entry))))
    }

    /// The notes of ours that a party of the case has not got and that this person reads.
    fn not_got(&self, state: &State, space: &Space, who: &SignedIn, to: &OrgName) -> Result<Vec<EntryRef>> {
        if *to == self.config.org || space.control.party_kind(to).is_none() {
            return Err(ServiceError::NotFound("party"));
        }
        let reader = self.reader(state, space, who)?;
        let open = state.open.of(space.id, to).flat_map(|(_, notes)| notes);
        let readable = |at: &EntryRef| {
            content(state, *at).is_some_and(|(_, entry)| reader.reads(entry))
                && !reader.is_cleared(*at)
                && !space.control.is_recalled(*at)
                && set_aside(state, space, *at).is_none()
        };
        Ok(open.copied().filter(readable).collect())
    }

    /// How many notes of ours that this person reads each other party of a case has not got.
    pub async fn older_counts(&self, who: &SignedIn, case: SpaceId) -> Result<BTreeMap<OrgName, usize>> {
        Act::GiveOlder.ask(who)?;
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        if !self.sees_whole(space, who) {
            return Ok(BTreeMap::new());
        }
        let parties = self.other_parties(space).into_iter();
        parties
            .map(|org| {
                let count = self.not_got(&state, space, who, &org)?.len();
                Ok((org, count))
            })
            .collect()
    }

    /// What a party of a case has not got of us, with the agreement's word on each. Nothing is kept.
    pub async fn older_notes(&self, who: &SignedIn, case: SpaceId, to: &OrgName) -> Result<OlderNotes> {
        Act::GiveOlder.ask(who)?;
        let state = self.read().await?;
        let space = self.case_for(&state, who, case)?;
        let mut all: Vec<(u8, u64, EntryRef)> = Vec::new();
        let here: BTreeSet<EntryRef> = self.not_got(&state, space, who, to)?.into_iter().collect();
        // Of notes that are alike the agreement is asked once for their order; each that is listed is asked about alone.
        for (_, notes) in state.open.of(space.id, to) {
            let mut alike = notes.iter().filter(|at| here.contains(*at)).peekable();
            let first = alike.peek().and_then(|at| content(&state, **at));
            let Some((_, first)) = first else { continue };
            let asked = self.ask_agreement(&state, space, to, first, &self.releasing(who, first));
            all.extend(alike.filter_map(|at| Some((rank(&asked), content(&state, *at)?.0, *at))));
        }
        all.sort_unstable();
        let more = all.len().saturating_sub(OLDER_MAX);
        let listed = all.into_iter().take(OLDER_MAX).filter_map(|(_, when_ms, at)| {
            let (_, entry) = content(&state, at)?;
            Some(OlderNote {
                at,
                when_ms,
                kind: entry.kind(),
                title: match &entry.body {
                    ContentBody::PersonNamed(said) => said.name.clone(),
                    _ => entry.title.clone(),
                },
                marking: entry.marking.tlp,
                decided: self.ask_gate(&state, space, to, entry, &self.releasing(who, entry)),
            })
        });
        let mut notes: Vec<OlderNote> = listed.collect();
        notes.sort_by_key(|note| (rank(&note.decided), note.when_ms, note.at));
        Ok(OlderNotes {
            to: to.clone(),
            notes,
            more,
        })
    }

    /// Gives a party of a case notes of ours that it has not got: one act, each note through the gate. What the gate
    /// does not let go stays, and its word on it is in the answer.
    pub async fn give_older(
        &self,
        who: &SignedIn,
        case: SpaceId,
        to: &OrgName,
        give: &GiveOlder,
    ) -> Result<Vec<GivenNote>> {
        Act::GiveOlder.ask(who)?;
        let chosen: BTreeSet<EntryRef> = give.notes.iter().copied().collect();
        if chosen.is_empty() {
            return Err(ServiceError::invalid("notes", "choose at least one"));
        }
        if give.notes.len() > OLDER_MAX {
            let message = format!("at most {OLDER_MAX} at once: give them in parts");
            return Err(ServiceError::invalid("notes", message));
        }
        self.act_once(|state, batch, log| {
            let space = self.case_for(state, who, case)?;
            let here: BTreeSet<EntryRef> = self.not_got(state, space, who, to)?.into_iter().collect();
            if !chosen.is_subset(&here) {
                return Err(ServiceError::Conflict(format!(
                    "what {to} has not got has changed: look again"
                )));
            }
            let mut given = Vec::new();
            for at in &chosen {
                let (_, entry) = content(state, *at).ok_or(ServiceError::NotFound("note"))?;
                let circumstances = self.releasing(who, entry);
                let decided = self.release(state, batch, *at, to, &circumstances)?;
                given.push(GivenNote { at: *at, decided });
            }
            let gone = given.iter().filter(|one| one.decided.is_yes()).count();
            let what = format!("{case}: {gone} of {} notes to {to}", given.len());
            log.person(batch, who, "older.given", &what);
            Ok(given)
        })
        .await
    }
}
