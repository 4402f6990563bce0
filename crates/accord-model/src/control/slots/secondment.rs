//! What home and host say together of a secondment.

use std::collections::BTreeSet;

use super::{Slot, View, ledgers};
use crate::control::state::{Given, SecondmentWord};
use crate::control::{ControlEntry, Noted, Secondment, SecondmentGranted};
use crate::{OrgName, PersonId};

impl<'n> View<'_, 'n> {
    /// A secondment, once home and host both granted it. What both give counts: the common categories, the
    /// later beginning, the earlier end; the same of words of one side that have not seen each other.
    ///
    /// An end by either side, and the home's taking the person off the case, end every grant that had not seen
    /// it: it takes both sides' word again to begin anew.
    pub(in crate::control) fn secondment(
        &self,
        home: &OrgName,
        host: &OrgName,
        person: PersonId,
    ) -> Option<Secondment> {
        let words = self.slot(&Slot::Secondment(home.clone(), host.clone(), person));
        let taken_off = self.slot(&Slot::Member(home.clone(), person));
        let ends: Vec<&'n Noted> = words
            .iter()
            .copied()
            .filter(|noted| matches!(noted.entry, ControlEntry::SecondmentEnded(_)))
            .chain(
                taken_off
                    .into_iter()
                    .filter(|noted| matches!(noted.entry, ControlEntry::MemberRemoved(_))),
            )
            .collect();
        let mut given: Option<Secondment> = None;
        for side in [home, host] {
            let own: Vec<&'n Noted> = words
                .iter()
                .copied()
                .filter(|noted| noted.author == *side && grant(noted).is_some())
                .collect();
            let latest = self.latest(&self.standing(&ledgers(&own)));
            if latest.is_empty() {
                return None;
            }
            for noted in latest {
                let says = grant(noted)?;
                if ends.iter().any(|ending| !self.order.before(ending.at, noted.at)) {
                    return None;
                }
                given = Some(match given.take() {
                    None => first(noted, says),
                    Some(so_far) => narrower(so_far, noted, says),
                });
            }
        }
        given.filter(|both| !both.categories.is_empty() && both.from_ms < both.until_ms)
    }
}

impl View<'_, '_> {
    /// Every counted word on a secondment, the home's taking the person off the case included.
    pub(in crate::control) fn words_on_secondment(
        &self,
        home: &OrgName,
        host: &OrgName,
        person: PersonId,
    ) -> Vec<SecondmentWord> {
        let said = self.slot(&Slot::Secondment(home.clone(), host.clone(), person));
        let taken_off = self.slot(&Slot::Member(home.clone(), person));
        let taken_off = taken_off
            .into_iter()
            .filter(|noted| matches!(noted.entry, ControlEntry::MemberRemoved(_)));
        said.into_iter()
            .chain(taken_off)
            .map(|noted| SecondmentWord {
                at: noted.at,
                by: noted.author.clone(),
                home: home.clone(),
                gives: grant(noted).map(|says| Given {
                    categories: says.scope.categories.iter().copied().collect(),
                    from_ms: says.from_ms,
                    until_ms: says.until_ms,
                }),
            })
            .collect()
    }
}

fn grant(noted: &Noted) -> Option<&SecondmentGranted> {
    match &noted.entry {
        ControlEntry::SecondmentGranted(body) => Some(body),
        _ => None,
    }
}

fn first(noted: &Noted, says: &SecondmentGranted) -> Secondment {
    Secondment {
        person: says.person,
        home: says.home.clone(),
        host: says.host.clone(),
        categories: says.scope.categories.iter().copied().collect(),
        words: vec![says.scope.text.clone()],
        from_ms: says.from_ms,
        until_ms: says.until_ms,
        granted: vec![noted.at],
    }
}

fn narrower(mut so_far: Secondment, noted: &Noted, says: &SecondmentGranted) -> Secondment {
    let common: BTreeSet<_> = says.scope.categories.iter().copied().collect();
    so_far.categories.retain(|category| common.contains(category));
    so_far.from_ms = so_far.from_ms.max(says.from_ms);
    so_far.until_ms = so_far.until_ms.min(says.until_ms);
    if !so_far.words.contains(&says.scope.text) {
        so_far.words.push(says.scope.text.clone());
    }
    so_far.granted.push(noted.at);
    so_far
}
