//! People of one organisation who work beside those of another, and what they see there.

use std::collections::BTreeSet;

use super::State;
use crate::{Category, EntryRef, OrgName, PersonId, Role};

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
        let within = match &self.reach {
            Reach::Everything => true,
            Reach::Only(categories) => categories.contains(&category),
        };
        within && self.roles.iter().any(|role| role.reads_content())
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
        let roles = self.roles_of(org, person, at_ms);
        if !roles.is_empty() {
            return Some(Sight {
                home: org.clone(),
                roles,
                reach: Reach::Everything,
            });
        }
        let secondment = self.secondment(org, person, at_ms)?;
        Some(Sight {
            home: secondment.home.clone(),
            roles: BTreeSet::from([SECONDED_ROLE]),
            reach: Reach::Only(secondment.categories.clone()),
        })
    }
}
