//! The opening of a case, its parties, and their people.

use std::collections::{BTreeMap, BTreeSet};

use super::{Slot, View};
use crate::control::{AgreementFacts, ControlEntry, Member, Noted, Opened, Opening, SpaceKind};
use crate::{EntryRef, OrgKind, OrgName, PersonId, Role};

impl<'n> View<'_, 'n> {
    /// Whether a case is open. Two openings that have not seen each other cancel: nobody can tell which of
    /// them the others joined.
    pub(in crate::control) fn opening(&self) -> Opening {
        // Counted openings have not seen each other, so there is one at most from each ledger.
        let openings = self.slot(&Slot::Opening);
        let one = |noted: &Noted| match &noted.entry {
            ControlEntry::CaseOpened(case) => Some(Opening::Opened(Opened {
                at: noted.at,
                org: noted.author.clone(),
                wall_ms: noted.wall_ms,
                case: case.clone(),
            })),
            _ => None,
        };
        match openings.as_slice() {
            [] => Opening::NotOpened,
            [noted] => one(noted).unwrap_or_default(),
            several => {
                let mut refs: Vec<_> = several.iter().map(|noted| noted.at).collect();
                refs.sort();
                Opening::Disputed(refs)
            }
        }
    }

    /// What the case's agreement says, once the case is open.
    pub(in crate::control) fn case_agreement(&self) -> Option<&AgreementFacts> {
        match self.opening() {
            Opening::Opened(opened) => self.facts.agreements.get(&opened.case.agreement),
            Opening::NotOpened | Opening::Disputed(_) => None,
        }
    }

    /// The kind of an organisation that is a party of the agreement, on the case or not. In an agreement's
    /// space: of any agreement proposed there.
    pub(in crate::control) fn agreement_kind(&self, org: &OrgName) -> Option<OrgKind> {
        match self.facts.space_kind {
            SpaceKind::Case => self.case_agreement()?.parties.get(org).copied(),
            SpaceKind::Agreement => self
                .facts
                .agreements
                .iter()
                .filter(|(digest, _)| self.proposed(**digest))
                .find_map(|(_, facts)| facts.parties.get(org).copied()),
        }
    }

    /// The kind of an organisation that is a party of the space. Of concurrent words on a party of a case,
    /// removed wins; the word of an organisation that had been removed itself does not hold.
    pub(in crate::control) fn party(&self, org: &OrgName) -> Option<OrgKind> {
        let kind = self.agreement_kind(org)?;
        if self.facts.space_kind == SpaceKind::Agreement {
            return Some(kind);
        }
        let words = self.slot(&Slot::Party(org.clone()));
        self.joined(words).then_some(kind)
    }

    /// A person as an organisation named them. Of concurrent words, removed wins, then what all of them give:
    /// the common roles, the earliest end, the categories common to all scopes.
    pub(in crate::control) fn member(&self, org: &OrgName, person: PersonId) -> Option<Member> {
        let words = self.lines(&Slot::Member(org.clone(), person));
        let mut latest = self.latest(&words).into_iter().map(gives);
        let first = latest.next()??;
        let member = latest.try_fold(first, |common, next| Some(narrower(&common, &next?)))?;
        (!member.roles.is_empty()).then_some(member)
    }

    /// Everybody an organisation named.
    pub(in crate::control) fn members(&self, org: &OrgName) -> BTreeMap<PersonId, Member> {
        let people = self.counted.people.get(org).into_iter().flatten();
        people
            .filter_map(|person| Some((*person, self.member(org, *person)?)))
            .collect()
    }

    /// Every word of an organisation on its people; `None` takes one off.
    pub(in crate::control) fn words_on_people(
        &self,
        org: &OrgName,
    ) -> BTreeMap<PersonId, BTreeMap<EntryRef, Option<Member>>> {
        let people = self.counted.people.get(org).into_iter().flatten();
        people
            .map(|person| {
                let words = self.slot(&Slot::Member(org.clone(), *person));
                let words = words.into_iter().map(|noted| (noted.at, gives(noted)));
                (*person, words.collect())
            })
            .collect()
    }

    /// Whether a person of an organisation has a role at a time, in ms.
    pub(in crate::control) fn has_role(
        &self,
        org: &OrgName,
        person: PersonId,
        role: Role,
        at_ms: u64,
    ) -> bool {
        self.member(org, person)
            .is_some_and(|member| member.roles_at(at_ms).contains(&role))
    }

    /// The other organisation that has named this person, if one has.
    pub(in crate::control) fn named_by_another(&self, org: &OrgName, person: PersonId) -> Option<OrgName> {
        let others: BTreeSet<&OrgName> = self
            .lines(&Slot::Person(person))
            .into_iter()
            .filter_map(|line| line.first())
            .map(|noted| &noted.author)
            .filter(|author| *author != org)
            .collect();
        others
            .into_iter()
            .find(|other| self.member(other, person).is_some())
            .cloned()
    }
}

/// What an entry of a membership gives; `None` takes all.
fn gives(noted: &Noted) -> Option<Member> {
    match &noted.entry {
        ControlEntry::CaseOpened(_) => Some(Member {
            roles: BTreeSet::from([Role::CaseOfficer]),
            until_ms: None,
            scope: None,
        }),
        ControlEntry::MemberAdded(body) => Some(Member {
            roles: body.roles.iter().copied().collect(),
            until_ms: body.until_ms,
            scope: body
                .scope
                .as_ref()
                .map(|scope| scope.categories.iter().copied().collect()),
        }),
        _ => None,
    }
}

/// What both give.
fn narrower(one: &Member, other: &Member) -> Member {
    Member {
        roles: one.roles.intersection(&other.roles).copied().collect(),
        until_ms: match (one.until_ms, other.until_ms) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
        scope: match (&one.scope, &other.scope) {
            (Some(a), Some(b)) => Some(a.intersection(b).copied().collect()),
            (a, b) => a.clone().or_else(|| b.clone()),
        },
    }
}
