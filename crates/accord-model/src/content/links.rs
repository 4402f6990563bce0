//! Values that were seen together, and what was cleared of them.
//!
//! A link is a set of values and what they were seen in; several notes that say the same link add up. What is cleared
//! is cleared by its values, not by a note: so it holds for every link on the case, from before and after, and where
//! the note with the link is not held. Of words that have not seen each other, *cleared* is the one that counts.
//!
//! Invariant: what is kept here grows no faster than the notes themselves do; pairs are not written out.
//!
//! Deliberately absent: verdicts, and what of a link is shown; what is popular is a node's own to tell.

use std::collections::{BTreeMap, BTreeSet};

use super::said::latest;
use super::{ClearWord, ContentBody, LinkCleared, LinkSeen, Said, SeenIn};
use crate::control::Causality;
use crate::{EntryRef, OrgName, PersonId};

/// Most different links of one organisation on a case that count, the first in causal order: so nobody crowds out
/// another's.
pub const LINKS_OF_ORG_MAX: usize = 20_000;

/// Who saw a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenBy {
    /// The organisation.
    pub org: OrgName,
    /// The note that says so.
    pub at: EntryRef,
    /// When it was first seen so, ms.
    pub at_ms: u64,
    /// How often.
    pub count: u64,
}

/// Values that were seen together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// In what.
    pub seen_in: SeenIn,
    /// Their canonical values, sorted, two at least.
    pub values: Vec<String>,
    /// By whom, in causal order.
    pub by: Vec<SeenBy>,
}

/// What somebody said of a value, or of several that were seen together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearing {
    /// The organisation.
    pub org: OrgName,
    /// The person.
    pub by: PersonId,
    /// The note that says so.
    pub at: EntryRef,
    /// When it was written, ms.
    pub at_ms: u64,
    /// What is said.
    pub word: ClearWord,
    /// Why.
    pub reason: String,
    /// The canonical values, sorted.
    values: Vec<String>,
    /// Whether each two of them are meant, not one by itself.
    is_of_pairs: bool,
}

/// The links of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Every link, in causal order of the first note that says it.
    pub all: Vec<Link>,
    /// Links past [`LINKS_OF_ORG_MAX`], which count for nothing.
    pub left_out: usize,
    /// Places in `all`, by value.
    of_value: BTreeMap<String, Vec<usize>>,
    clearings: Vec<Clearing>,
    /// Places in `clearings`, by value.
    clearings_of: BTreeMap<String, Vec<usize>>,
}

impl Links {
    /// The links of a canonical value, the last first.
    pub fn of(&self, value: &str) -> impl Iterator<Item = &Link> {
        let places = self.of_value.get(value).into_iter().flatten().rev();
        places.filter_map(|place| self.all.get(*place))
    }

    /// How many different values it was seen with, counted up to one more than `most`.
    pub fn seen_with(&self, value: &str, most: usize) -> usize {
        let mut others: BTreeSet<&str> = BTreeSet::new();
        for link in self.of(value) {
            others.extend(
                link.values
                    .iter()
                    .map(String::as_str)
                    .filter(|other| *other != value),
            );
            if others.len() > most {
                return most + 1;
            }
        }
        others.len()
    }

    /// Who cleared a value, where the last word says that it is.
    pub fn cleared(&self, value: &str, causality: &dyn Causality) -> Option<&Clearing> {
        self.last_word(value, causality, &|said| !said.is_of_pairs)
    }

    /// Who cleared that two values were seen together, where the last word says so.
    pub fn cleared_pair(&self, one: &str, other: &str, causality: &dyn Causality) -> Option<&Clearing> {
        let both = |said: &Clearing| said.is_of_pairs && said.values.iter().any(|value| value == other);
        self.last_word(one, causality, &both)
    }

    fn last_word(
        &self,
        value: &str,
        causality: &dyn Causality,
        is_meant: &dyn Fn(&Clearing) -> bool,
    ) -> Option<&Clearing> {
        let places = self.clearings_of.get(value)?;
        let words: BTreeMap<EntryRef, &Clearing> = places
            .iter()
            .filter_map(|place| self.clearings.get(*place))
            .filter(|said| is_meant(said))
            .map(|said| (said.at, said))
            .collect();
        let last = latest(causality, words.keys().copied());
        let mut last = last.iter().filter_map(|at| words.get(at).copied());
        last.find(|said| said.word == ClearWord::Cleared)
    }
}

/// What is being folded.
struct Folding<'a> {
    links: Links,
    places: BTreeMap<(SeenIn, Vec<String>), usize>,
    of_org: BTreeMap<&'a OrgName, usize>,
    canonical: &'a dyn Fn(&str) -> Option<String>,
}

/// The links that some notes say and what was cleared of them. `canonical` reads a value as it is compared; what it
/// cannot read counts for nothing, and a link of which fewer than two values remain is none.
pub fn links<'a>(said: &[Said<'a>], canonical: &'a dyn Fn(&str) -> Option<String>) -> Links {
    let mut folding = Folding {
        links: Links::default(),
        places: BTreeMap::new(),
        of_org: BTreeMap::new(),
        canonical,
    };
    for one in said {
        match &one.entry.body {
            ContentBody::LinkSeen(body) => folding.seen(one, body),
            ContentBody::LinkCleared(body) => folding.cleared(one, body),
            _ => {}
        }
    }
    folding.links
}

impl<'a> Folding<'a> {
    /// Values as they are compared, sorted, none twice.
    fn read(&self, values: &[String]) -> Vec<String> {
        let read: BTreeSet<String> = values
            .iter()
            .filter_map(|value| (self.canonical)(value))
            .collect();
        read.into_iter().collect()
    }

    fn seen(&mut self, one: &Said<'a>, body: &LinkSeen) {
        for seen in &body.links {
            let values = self.read(&seen.values);
            if values.len() < 2 {
                continue;
            }
            let by = SeenBy {
                org: one.author.clone(),
                at: one.at,
                at_ms: seen.at_ms,
                count: seen.count,
            };
            let key = (seen.seen_in, values);
            let known = self.places.get(&key);
            if let Some(link) = known.and_then(|place| self.links.all.get_mut(*place)) {
                link.by.push(by);
                continue;
            }
            let of_org = self.of_org.entry(one.author).or_default();
            if *of_org >= LINKS_OF_ORG_MAX {
                self.links.left_out += 1;
                continue;
            }
            *of_org += 1;
            self.add(key, by);
        }
    }

    fn add(&mut self, key: (SeenIn, Vec<String>), by: SeenBy) {
        let place = self.links.all.len();
        for value in &key.1 {
            let of_value = self.links.of_value.entry(value.clone()).or_default();
            of_value.push(place);
        }
        self.links.all.push(Link {
            seen_in: key.0,
            values: key.1.clone(),
            by: vec![by],
        });
        self.places.insert(key, place);
    }

    fn cleared(&mut self, one: &Said<'a>, body: &LinkCleared) {
        let values = self.read(&body.values);
        let is_of_pairs = body.values.len() > 1;
        // What was said of several is not said of the one that could be read.
        if values.is_empty() || (is_of_pairs && values.len() < 2) {
            return;
        }
        let place = self.links.clearings.len();
        for value in &values {
            let of_value = self.links.clearings_of.entry(value.clone()).or_default();
            of_value.push(place);
        }
        self.links.clearings.push(Clearing {
            org: one.author.clone(),
            by: one.entry.by,
            at: one.at,
            at_ms: one.wall_ms,
            word: body.word,
            reason: body.reason.clone(),
            values,
            is_of_pairs,
        });
    }
}
