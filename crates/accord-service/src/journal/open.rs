//! The notes of this organisation that somebody they are for has not got, sorted so that the agreement need be asked
//! once for many: an approver's inbox looks at what is open, and not at all that was ever written.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::{EntryKind, EntryRef, OrgName, SpaceId, Tlp};

/// Notes about which the agreement answers the same, for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alike {
    pub kind: EntryKind,
    pub tlp: Tlp,
    /// Whom it concerns, where the agreement asks that.
    pub concerns: BTreeSet<OrgName>,
    /// A note about which the agreement is asked alone: what it answers depends on more.
    pub alone: Option<EntryRef>,
}

type ByRecipient = BTreeMap<OrgName, BTreeMap<Alike, BTreeSet<EntryRef>>>;

/// What is open, by space and recipient.
#[derive(Debug, Default)]
pub(crate) struct Open {
    spaces: BTreeMap<SpaceId, ByRecipient>,
    places: BTreeMap<EntryRef, (SpaceId, Alike)>,
}

impl Open {
    /// A note for these recipients, who have not got it.
    pub fn add(
        &mut self,
        space: SpaceId,
        at: EntryRef,
        alike: &Alike,
        to: impl IntoIterator<Item = OrgName>,
    ) {
        for org in to {
            let of_space = self.spaces.entry(space).or_default();
            let of_org = of_space.entry(org).or_default();
            of_org.entry(alike.clone()).or_default().insert(at);
            self.places.entry(at).or_insert_with(|| (space, alike.clone()));
        }
    }

    /// One recipient got it.
    pub fn got(&mut self, at: EntryRef, org: &OrgName) {
        let Some((space, alike)) = self.places.get(&at) else {
            return;
        };
        let of_org = self
            .spaces
            .get_mut(space)
            .and_then(|of_space| of_space.get_mut(org));
        if let Some(of_org) = of_org
            && let Some(notes) = of_org.get_mut(alike)
        {
            notes.remove(&at);
            if notes.is_empty() {
                of_org.remove(alike);
            }
        }
        let still = self.spaces.get(space).is_some_and(|of_space| {
            let mut orgs = of_space.values();
            orgs.any(|of_org| of_org.get(alike).is_some_and(|notes| notes.contains(&at)))
        });
        if !still {
            self.places.remove(&at);
        }
    }

    /// It is gone: nobody will get it.
    pub fn gone(&mut self, at: EntryRef) {
        let Some((space, alike)) = self.places.remove(&at) else {
            return;
        };
        for of_org in self
            .spaces
            .get_mut(&space)
            .into_iter()
            .flat_map(BTreeMap::values_mut)
        {
            if let Some(notes) = of_org.get_mut(&alike) {
                notes.remove(&at);
                if notes.is_empty() {
                    of_org.remove(&alike);
                }
            }
        }
    }

    /// Forgets a space, before it is read anew.
    pub fn forget(&mut self, space: SpaceId) {
        let of_space = self.spaces.remove(&space).unwrap_or_default();
        for at in of_space.values().flat_map(BTreeMap::values).flatten() {
            self.places.remove(at);
        }
    }

    /// What is open on a space for a recipient.
    pub fn of<'a>(
        &'a self,
        space: SpaceId,
        org: &OrgName,
    ) -> impl Iterator<Item = (&'a Alike, &'a BTreeSet<EntryRef>)> + use<'a> {
        let of_org = self.spaces.get(&space).and_then(|of_space| of_space.get(org));
        of_org.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use accord_model::LedgerId;

    use super::*;

    fn alike(tlp: Tlp) -> Alike {
        Alike {
            kind: EntryKind::DecisionLogged,
            tlp,
            concerns: BTreeSet::new(),
            alone: None,
        }
    }

    fn at(seq: u64) -> EntryRef {
        EntryRef {
            ledger: LedgerId([1; 16]),
            seq,
        }
    }

    #[test]
    fn a_hundred_thousand_notes_that_everybody_has_cost_an_inbox_nothing() {
        let (space, isp): (SpaceId, OrgName) = (SpaceId([2; 16]), "isp".parse().unwrap());
        let hosting: OrgName = "hosting".parse().unwrap();
        let mut open = Open::default();
        for seq in 0..100_000 {
            open.add(space, at(seq), &alike(Tlp::Amber), [isp.clone(), hosting.clone()]);
            open.got(at(seq), &isp);
            open.got(at(seq), &hosting);
        }
        open.add(
            space,
            at(100_000),
            &alike(Tlp::Red),
            [isp.clone(), hosting.clone()],
        );
        open.got(at(100_000), &hosting);
        let visited = |org: &OrgName| -> usize { open.of(space, org).map(|(_, notes)| notes.len()).sum() };
        assert_eq!((visited(&isp), visited(&hosting)), (1, 0));
        assert_eq!(open.of(space, &isp).count(), 1, "the agreement is asked once");
    }

    #[test]
    fn what_goes_is_open_for_nobody() {
        let (space, isp): (SpaceId, OrgName) = (SpaceId([2; 16]), "isp".parse().unwrap());
        let mut open = Open::default();
        open.add(space, at(1), &alike(Tlp::Red), [isp.clone()]);
        open.add(space, at(2), &alike(Tlp::Red), [isp.clone()]);
        open.gone(at(1));
        assert_eq!(
            open.of(space, &isp).map(|(_, notes)| notes.len()).sum::<usize>(),
            1
        );
        open.forget(space);
        assert_eq!(open.of(space, &isp).count(), 0);
        open.got(at(2), &isp);
    }
}
