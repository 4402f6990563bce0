//! How far a person sees on a case: one function that asks the control state, and one filter for content.
//!
//! Invariants: whoever shows content of a case to a person goes through [`Reader`], or sees the case whole
//! ([`Node::case_for`]); a
//! seconded person sees the categories that both sides named and nothing else, a member with a scope those of the
//! scope, legal authorities and what was given by word of mouth included; what was recalled, and what is known of a
//! subject who was cleared, is seen by nobody. What somebody may not
//! see they may not write either ([`Node::named_sight`]).

use std::collections::BTreeSet;

use accord_model::content::{ContentBody, ContentEntry, SubjectStanding, subjects};
use accord_model::control::{ControlEntry, Reach, Sight};
use accord_model::{Category, EntryKind, EntryRef, Role, SpaceId};

use crate::error::{Denial, Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::views::said_of;

/// A person who reads one case.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    sight: Sight,
    /// What is known of subjects who were cleared.
    cleared: BTreeSet<EntryRef>,
}

impl Reader {
    /// Whether content of this kind is within what the person sees at all. A note without a category is for members.
    pub fn reads(&self, entry: &ContentEntry) -> bool {
        self.reads_kind(entry.kind())
    }

    /// The same of every note of a kind.
    pub fn reads_kind(&self, kind: EntryKind) -> bool {
        match kind.category() {
            Some(category) => self.sight.reads(category),
            None => matches!(self.sight.reach, Reach::Everything),
        }
    }

    /// Whether content of a category is within what the person sees.
    pub fn sees(&self, category: Category) -> bool {
        self.sight.reads(category)
    }

    /// Whether a legal authority is about anything that the person sees. Its words say what is suspected of whom.
    pub fn sees_authority(&self, categories: impl IntoIterator<Item = Category>) -> bool {
        let everything = matches!(self.sight.reach, Reach::Everything);
        everything || categories.into_iter().any(|category| self.sees(category))
    }

    /// Whether the person sees a control note: those on legal authorities by what they are about, every other.
    pub fn sees_control(&self, space: &Space, entry: &ControlEntry) -> bool {
        let instrument = |at| match space.control.instrument(at) {
            Some(known) => self.sees_authority(known.says.scope.categories.iter().copied()),
            None => self.sees_authority([]),
        };
        match entry {
            ControlEntry::InstrumentRecorded(said) => {
                self.sees_authority(said.scope.categories.iter().copied())
            }
            ControlEntry::InstrumentEnded(said) => instrument(said.instrument),
            ControlEntry::OralRecorded(said) => self.sees_authority([said.category]),
            ControlEntry::OralConfirmed(said) => {
                let known = space.control.orals().get(&said.oral);
                self.sees_authority(known.map(|known| known.says.category))
            }
            _ => true,
        }
    }

    /// The categories the person sees; `None`: all.
    pub fn categories(&self) -> Option<Vec<Category>> {
        match &self.sight.reach {
            Reach::Everything => None,
            Reach::Only(categories) => Some(categories.iter().copied().collect()),
        }
    }

    /// Refused where a category is outside what the person sees.
    pub fn must_see(&self, category: Category) -> Result<()> {
        if self.sees(category) {
            Ok(())
        } else {
            Err(outside(category))
        }
    }

    /// Whether the note is about a subject who was cleared: its words are shown no more.
    pub fn is_cleared(&self, at: EntryRef) -> bool {
        self.cleared.contains(&at)
    }
}

/// The notes that record, or say where stands or what became of, a subject who was cleared.
pub(crate) fn cleared(state: &State, space: &Space) -> BTreeSet<EntryRef> {
    let said = said_of(state, space, |kind| {
        matches!(
            kind,
            EntryKind::SubjectRecorded | EntryKind::SubjectStatus | EntryKind::OutcomeRecorded
        )
    });
    let subjects = subjects::subjects(&said, &|a: EntryRef, b: EntryRef| space.before(a, b));
    let cleared = |at: &EntryRef| {
        subjects
            .get(at)
            .is_some_and(|subject| subject.standing == SubjectStanding::Cleared)
    };
    said.iter()
        .filter(|one| match &one.entry.body {
            ContentBody::SubjectRecorded(_) => cleared(&one.at),
            ContentBody::SubjectStatus(status) => cleared(&status.subject),
            ContentBody::OutcomeRecorded(outcome) => outcome.subject.as_ref().is_some_and(&cleared),
            _ => false,
        })
        .map(|one| one.at)
        .collect()
}

/// The refusal of what is outside somebody's scope.
pub(crate) fn outside(category: Category) -> ServiceError {
    let what = category.to_string().replace('-', " ");
    ServiceError::Denied(Box::new(Denial {
        rule: format!("this is outside what you were named or seconded for on the case: {what}"),
        clause: None,
        who: Some(Role::Approver),
    }))
}

impl Node {
    /// What a person may see and write on a case by being named on it, or by being seconded: in roles that they have
    /// on this node too.
    pub(crate) fn named_sight(&self, space: &Space, who: &SignedIn) -> Option<Sight> {
        let org = &self.config.org;
        let mine = who.home.as_ref().unwrap_or(org);
        let mut told = space.control.sight(org, who.person, self.now_ms())?;
        told.roles.retain(|role| who.roles.contains(role));
        (told.home == *mine).then_some(told)
    }

    /// A case of which a person sees content of a category, with what filters the rest. Refused, and said why, where
    /// they see the case and not the category.
    pub(crate) fn case_with<'a>(
        &self,
        state: &'a State,
        who: &SignedIn,
        id: SpaceId,
        category: Category,
    ) -> Result<(&'a Space, Reader)> {
        let space = self.case_within(state, who, id)?;
        let reader = self.reader(state, space, who)?;
        reader.must_see(category)?;
        Ok((space, reader))
    }

    /// What a person sees of a case now; `None`: nothing. A role that was withdrawn on this node, or an account that
    /// is not safe yet, opens no case; nor does a role that reads no content. Whoever decides for the organisation
    /// sees its cases without being named.
    pub(crate) fn sight(&self, space: &Space, who: &SignedIn) -> Option<Sight> {
        let org = &self.config.org;
        let told = self.named_sight(space, who);
        let named = told.filter(|sight| sight.roles.iter().any(|role| role.reads_content()));
        if named.is_some() || who.home.is_some() {
            return named;
        }
        let decides = who.roles.contains(&Role::Approver) && space.control.party_kind(org).is_some();
        decides.then(|| Sight {
            home: org.clone(),
            roles: BTreeSet::from([Role::Approver]),
            reach: Reach::Everything,
        })
    }

    /// A person as a reader of a case that they may see.
    pub(crate) fn reader(&self, state: &State, space: &Space, who: &SignedIn) -> Result<Reader> {
        Ok(Reader {
            sight: self.sight(space, who).ok_or(ServiceError::NotFound("case"))?,
            cleared: cleared(state, space),
        })
    }

    /// One note for one person: refused, as if it were not there, where they may not read it.
    pub(crate) fn readable(&self, state: &State, space: &Space, who: &SignedIn, at: EntryRef) -> Result<()> {
        let reader = self.reader(state, space, who)?;
        match state.entry(at) {
            Some((_, _, Body::Content(entry))) if !reader.reads(entry) => Err(ServiceError::NotFound("note")),
            Some((_, _, Body::Control(entry))) if !reader.sees_control(space, entry) => {
                Err(ServiceError::NotFound("note"))
            }
            _ => Ok(()),
        }
    }
}
