//! People of one organisation who work beside those of another, and what they see there.

use std::collections::BTreeSet;

use super::State;
use crate::control::Causality;
use crate::{Category, EntryKind, EntryRef, OrgName, PersonId, Role};

/// The role of a seconded person at the host: they ask and write, and decide nothing.
pub const SECONDED_ROLE: Role = Role::Investigator;

/// A secondment that home and host both granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secondment {
    /// Who.
    pub person: PersonId,
    /// Whose they are, and stay.
    pub home: OrgName,
    /// Whose sight they have.
    pub host: OrgName,
    /// What they see of it.
    pub categories: BTreeSet<Category>,
    /// The scope in the words of each side.
    pub words: Vec<String>,
    /// From this instant, included.
    pub from_ms: u64,
    /// To this instant, excluded.
    pub until_ms: u64,
    /// The entries that grant it.
    pub granted: Vec<EntryRef>,
}

/// A counted word on a secondment: one side's grant, or an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::control) struct SecondmentWord {
    pub(in crate::control) at: EntryRef,
    pub(in crate::control) by: OrgName,
    pub(in crate::control) home: OrgName,
    /// What a grant gives; `None` ends it.
    pub(in crate::control) gives: Option<Given>,
}

/// What one side grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::control) struct Given {
    pub(in crate::control) categories: BTreeSet<Category>,
    pub(in crate::control) from_ms: u64,
    pub(in crate::control) until_ms: u64,
}

/// How far somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Everything their organisation holds.
    Everything,
    /// Only what is of these categories.
    Only(BTreeSet<Category>),
}

/// What a person may see on an organisation's node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Whose person it is: another one's, for somebody seconded ("of HOME, seconded to HOST").
    pub home: OrgName,
    /// In which roles.
    pub roles: BTreeSet<Role>,
    /// How far.
    pub reach: Reach,
}

impl Sight {
    /// Whether content of this category is read.
    pub fn reads(&self, category: Category) -> bool {
        self.reach.holds(category) && self.roles.iter().any(|role| role.reads_content())
    }

    /// Whether an entry of this kind is within what they may write in this role. What the role writes is not asked
    /// here.
    pub fn writes(&self, role: Role, kind: EntryKind) -> bool {
        self.roles.contains(&role) && kind.category().is_some_and(|category| self.reach.holds(category))
    }
}

impl Reach {
    /// Whether a category is within it.
    pub fn holds(&self, category: Category) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(categories) => categories.contains(&category),
        }
    }
}

impl State {
    /// The secondment of a person to a host that stands at a time, in ms: both organisations are parties, and
    /// the end is excluded.
    pub fn secondment(&self, host: &OrgName, person: PersonId, at_ms: u64) -> Option<&Secondment> {
        let known = self.secondments.get(&(host.clone(), person))?;
        known.iter().find(|secondment| {
            self.parties.contains_key(&secondment.home)
                && self.parties.contains_key(&secondment.host)
                && (secondment.from_ms..secondment.until_ms).contains(&at_ms)
        })
    }

    /// Every secondment that both sides granted and none ended, over or not.
    pub fn secondments(&self) -> impl Iterator<Item = &Secondment> {
        self.secondments.values().flatten()
    }

    /// What a person sees on an organisation's node at a time, in ms: as its own member, or as somebody
    /// seconded to it. `None`: nothing. [`State::roles_of`] does not know secondments, so that whoever asks
    /// it alone denies.
    pub fn sight(&self, org: &OrgName, person: PersonId, at_ms: u64) -> Option<Sight> {
        if let Some(member) = self.member(org, person) {
            let roles = member.roles_at(at_ms);
            if !roles.is_empty() {
                return Some(Sight {
                    home: org.clone(),
                    roles,
                    reach: member.reach(),
                });
            }
        }
        let secondment = self.secondment(org, person, at_ms)?;
        Some(Sight {
            home: secondment.home.clone(),
            roles: BTreeSet::from([SECONDED_ROLE]),
            reach: Reach::Only(secondment.categories.clone()),
        })
    }

    /// What a person saw, and might write, when an organisation wrote an entry that stands at `at`, stamped `at_ms`:
    /// as its member, by its words before it ([`State::roles_when`]), or as somebody seconded to it, by the words of
    /// both sides that the entry's author had seen. Later words change nothing.
    pub fn sight_when(
        &self,
        org: &OrgName,
        person: PersonId,
        (at, at_ms): (EntryRef, u64),
        order: &dyn Causality,
    ) -> Option<Sight> {
        let words = self.members_when(org, person, at).into_iter();
        let held = words.filter(|member| !member.roles_at(at_ms).is_empty());
        let member = held.fold(None::<Sight>, |so_far, member| {
            let mut roles = member.roles_at(at_ms);
            let reach = match so_far {
                None => member.reach(),
                // Only ledgers that say nothing of each other's words come here: what any of them gives.
                Some(mut known) => {
                    roles.append(&mut known.roles);
                    wider(known.reach, member.reach())
                }
            };
            Some(Sight {
                home: org.clone(),
                roles,
                reach,
            })
        });
        member.or_else(|| self.seconded_when(org, person, (at, at_ms), order))
    }

    fn seconded_when(
        &self,
        host: &OrgName,
        person: PersonId,
        (at, at_ms): (EntryRef, u64),
        order: &dyn Causality,
    ) -> Option<Sight> {
        let before = |a: EntryRef, b: EntryRef| match a.ledger == b.ledger {
            true => a.seq < b.seq,
            false => order.before(a, b),
        };
        let words = self.seconded.get(&(host.clone(), person))?;
        let seen: Vec<&SecondmentWord> = words.iter().filter(|word| before(word.at, at)).collect();
        let homes: BTreeSet<&OrgName> = seen.iter().map(|word| &word.home).collect();
        homes.into_iter().find_map(|home| {
            let own: Vec<&SecondmentWord> = seen.iter().copied().filter(|word| word.home == *home).collect();
            let mut common: Option<Given> = None;
            for side in [home, host] {
                let grants = || own.iter().filter(|word| word.by == *side && word.gives.is_some());
                let latest: Vec<&&SecondmentWord> = grants()
                    .filter(|word| !grants().any(|other| before(word.at, other.at)))
                    .collect();
                if latest.is_empty() {
                    return None;
                }
                for word in latest {
                    let ended = |end: &&SecondmentWord| end.gives.is_none() && !before(end.at, word.at);
                    if own.iter().any(ended) {
                        return None;
                    }
                    let gives = word.gives.clone()?;
                    common = Some(match common.take() {
                        None => gives,
                        Some(so_far) => so_far.narrowed(&gives),
                    });
                }
            }
            let both = common?;
            (both.from_ms..both.until_ms).contains(&at_ms).then(|| Sight {
                home: home.clone(),
                roles: BTreeSet::from([SECONDED_ROLE]),
                reach: Reach::Only(both.categories),
            })
        })
    }
}

impl Given {
    /// What both give.
    fn narrowed(mut self, other: &Self) -> Self {
        self.categories
            .retain(|category| other.categories.contains(category));
        self.from_ms = self.from_ms.max(other.from_ms);
        self.until_ms = self.until_ms.min(other.until_ms);
        self
    }
}

fn wider(one: Reach, other: Reach) -> Reach {
    match (one, other) {
        (Reach::Only(mut one), Reach::Only(mut other)) => {
            one.append(&mut other);
            Reach::Only(one)
        }
        _ => Reach::Everything,
    }
}
