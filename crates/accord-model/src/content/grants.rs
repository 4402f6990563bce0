//! Looks at who a victim is: asked for by one person, given by two others, used, ended.
//!
//! A custodian and a case officer of the organisation the identity is encrypted to give it, neither of them the
//! asker, and not one person in both roles. Entries of a grant never leave that organisation; entries of another
//! are not heard. Anything missing denies.

use std::collections::BTreeMap;

use super::said::before;
use super::{ContentBody, Said};
use crate::control::Causality;
use crate::{EntryRef, OrgName, PersonId, Role};

/// One of the two hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// The entry.
    pub at: EntryRef,
    /// Who.
    pub person: PersonId,
    /// In which role: custodian or case officer.
    pub role: Role,
    /// Until when, ms, excluded.
    pub until_ms: u64,
}

/// A look that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The entry.
    pub at: EntryRef,
    /// Who.
    pub person: PersonId,
    /// When, ms.
    pub wall_ms: u64,
    /// Whether the grant covered it: by the asker, after both hands, before any end.
    pub covered: bool,
}

/// One asking, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant<'a> {
    /// The organisation that keeps the identity.
    pub org: &'a OrgName,
    /// The `victim.identity` entry.
    pub identity: EntryRef,
    /// Who asked.
    pub asker: PersonId,
    /// What for.
    pub reason: &'a str,
    /// The hands that count, by their references.
    pub hands: Vec<Hand>,
    /// The first end, with its stamp, ms.
    pub ended: Option<(EntryRef, u64)>,
    /// Every look, covered or not: the victim reads them all.
    pub looks: Vec<Look>,
}

/// Whether looks may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantStanding {
    /// Hands are missing.
    Waiting {
        /// A custodian's.
        custodian: bool,
        /// A case officer's.
        case_officer: bool,
    },
    /// Looks may be taken until then, ms, excluded.
    Stands {
        /// Until when.
        until_ms: u64,
    },
    /// Its time is over.
    Expired,
    /// It was ended.
    Ended(EntryRef),
}

impl Grant<'_> {
    /// Whether looks may be taken at a time, in ms.
    pub fn standing(&self, now_ms: u64) -> GrantStanding {
        if let Some((at, _)) = self.ended {
            return GrantStanding::Ended(at);
        }
        match self.until() {
            None => {
                let missing = |role| !self.hands.iter().any(|hand| hand.role == role);
                let (custodian, case_officer) = (missing(Role::Custodian), missing(Role::CaseOfficer));
                // One person in both roles is one hand: the case officer must be somebody else.
                let one_person = !custodian && !case_officer;
                GrantStanding::Waiting {
                    custodian,
                    case_officer: case_officer || one_person,
                }
            }
            Some(until_ms) if now_ms < until_ms => GrantStanding::Stands { until_ms },
            Some(_) => GrantStanding::Expired,
        }
    }

    /// The end that both hands agree to: the earliest that any of them names. `None` without two hands.
    fn until(&self) -> Option<u64> {
        let of = |role: Role| self.hands.iter().filter(move |hand| hand.role == role);
        let two = of(Role::Custodian)
            .any(|custodian| of(Role::CaseOfficer).any(|officer| officer.person != custodian.person));
        let earliest = self.hands.iter().map(|hand| hand.until_ms).min();
        earliest.filter(|_| two)
    }
}

/// Every asking, by its entry.
pub fn grants<'a>(said: &[Said<'a>], causality: &dyn Causality) -> BTreeMap<EntryRef, Grant<'a>> {
    let identities: BTreeMap<EntryRef, &OrgName> = said
        .iter()
        .filter_map(|one| match &one.entry.body {
            ContentBody::VictimIdentity(identity) => Some((one.at, &identity.custodian)),
            _ => None,
        })
        .collect();
    let mut all: BTreeMap<EntryRef, Grant<'a>> = BTreeMap::new();
    for one in said {
        if let ContentBody::GrantAsked(asked) = &one.entry.body
            && identities.get(&asked.identity) == Some(&one.author)
        {
            let grant = Grant {
                org: one.author,
                identity: asked.identity,
                asker: one.entry.by,
                reason: &asked.reason,
                hands: Vec::new(),
                ended: None,
                looks: Vec::new(),
            };
            all.insert(one.at, grant);
        }
    }
    for one in said {
        match &one.entry.body {
            ContentBody::GrantGiven(given) => {
                let Some(grant) = own(&mut all, given.asked, one) else {
                    continue;
                };
                let gives = matches!(one.entry.role, Role::Custodian | Role::CaseOfficer);
                let has_seen = before(causality, given.asked, one.at);
                if gives && has_seen && one.entry.by != grant.asker {
                    grant.hands.push(Hand {
                        at: one.at,
                        person: one.entry.by,
                        role: one.entry.role,
                        until_ms: given.until_ms,
                    });
                }
            }
            ContentBody::GrantEnded(ended) => {
                if let Some(grant) = own(&mut all, ended.asked, one) {
                    let this = (one.at, one.wall_ms);
                    grant.ended = Some(grant.ended.map_or(this, |first| first.min(this)));
                }
            }
            ContentBody::GrantUsed(used) => {
                if let Some(grant) = own(&mut all, used.asked, one) {
                    grant.looks.push(Look {
                        at: one.at,
                        person: one.entry.by,
                        wall_ms: one.wall_ms,
                        covered: false,
                    });
                }
            }
            _ => {}
        }
    }
    for grant in all.values_mut() {
        grant.hands.sort_by_key(|hand| hand.at);
        grant.looks.sort_by_key(|look| look.at);
        cover(grant, causality);
    }
    all
}

/// A grant that an entry of its own organisation speaks of.
fn own<'m, 'a>(
    all: &'m mut BTreeMap<EntryRef, Grant<'a>>,
    asked: EntryRef,
    one: &Said<'a>,
) -> Option<&'m mut Grant<'a>> {
    all.get_mut(&asked).filter(|grant| grant.org == one.author)
}

/// Marks the looks that the grant covered as it was when they were taken.
fn cover(grant: &mut Grant<'_>, causality: &dyn Causality) {
    let mut looks = std::mem::take(&mut grant.looks);
    for look in &mut looks {
        let as_it_was = Grant {
            hands: grant
                .hands
                .iter()
                .filter(|hand| before(causality, hand.at, look.at))
                .cloned()
                .collect(),
            // An end that the look had not seen ends it all the same, unless the end had seen the look.
            ended: grant.ended.filter(|(at, _)| !before(causality, look.at, *at)),
            ..grant.clone()
        };
        look.covered = look.person == grant.asker
            && matches!(as_it_was.standing(look.wall_ms), GrantStanding::Stands { .. });
    }
    grant.looks = looks;
}
