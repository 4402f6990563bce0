//! Values that were seen together, and what was cleared of them.
//!
//! A link is a set of values and what they were seen in; several notes that say the same link add up. What is cleared
//! is cleared by its values, not by a note: so it holds for every link on the case, from before and after, and where
//! the note with the link is not held. Of words that have not seen each other, *cleared* is the one that counts.
//!
//! Invariants:
//! - Nobody crowds out another: what counts is bounded organisation by organisation ([`LINKS_OF_ORG_MAX`],
//!   [`CLEARINGS_OF_ORG_MAX`]), and that one said a value with too many others holds for that one's links alone.
//! - What is asked of a pair or a value costs as many steps as there are organisations, not notes.
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

/// Most sets of values of which one organisation's last word on a case counts, the first in causal order.
pub const CLEARINGS_OF_ORG_MAX: usize = 2_000;
/// A value that an organisation saw with more different ones than this on a case is, as it says, something that many
/// pass through, as a relay of a provider is.
pub const SEEN_WITH_MAX: usize = 100;
/// How far ahead of the note that says so a link may have been seen, ms; what lies further counts as seen then.
pub const AHEAD_MAX_MS: u64 = 5 * 60 * 1_000;

/// Who saw a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenBy {
    /// The organisation.
    pub org: OrgName,
    /// The first note that says so.
    pub at: EntryRef,
    /// When it was first seen so, ms.
    pub at_ms: u64,
    /// When it was last seen so, ms.
    pub last_ms: u64,
    /// How often in all.
    pub count: u64,
}

/// Values that were seen together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// In what.
    pub seen_in: SeenIn,
    /// Their canonical values, sorted, two at least.
    pub values: Vec<String>,
    /// By whom, each once, in causal order of their first notes.
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
}

/// The links of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Every link, in causal order of the first note that says it.
    pub all: Vec<Link>,
    /// Links past [`LINKS_OF_ORG_MAX`] and words past [`CLEARINGS_OF_ORG_MAX`], which count for nothing.
    pub left_out: usize,
    /// Places in `all`, by value.
    of_value: BTreeMap<String, Vec<usize>>,
    /// Who saw a value with too many others.
    with_many: BTreeMap<String, BTreeSet<OrgName>>,
    /// What values are called in `words`.
    ids: BTreeMap<String, u32>,
    clearings: Vec<Clearing>,
    /// The last word of each organisation on a value, or on a pair: places in `clearings`.
    words: BTreeMap<(u32, Option<u32>), Vec<usize>>,
    fold: Fold,
}

impl Links {
    /// The links of a canonical value, the last first.
    pub fn of(&self, value: &str) -> impl Iterator<Item = &Link> {
        let places = self.of_value.get(value).into_iter().flatten().rev();
        places.filter_map(|place| self.all.get(*place))
    }

    /// The links of the URLs on a canonical value, where it is a name or an address, that are not links of it itself, the last
    /// first.
    pub fn of_urls_on(&self, value: &str) -> impl Iterator<Item = &Link> {
        let mut places: BTreeSet<usize> = BTreeSet::new();
        if !value.contains('/') {
            let host = match value.contains(':') {
                // An address of IPv6 stands in brackets in a URL.
                true => format!("[{value}]"),
                false => value.to_owned(),
            };
            for behind in ['/', ':'] {
                let begins = format!("{host}{behind}");
                let urls = self.of_value.range(begins.clone()..);
                let urls = urls.take_while(|(url, _)| url.starts_with(&begins));
                places.extend(urls.flat_map(|(_, of_url)| of_url));
            }
        }
        for own in self.of_value.get(value).into_iter().flatten() {
            places.remove(own);
        }
        let places = places.into_iter().rev();
        places.filter_map(|place| self.all.get(place))
    }

    /// Whether a value of a link stands for nothing there: everybody who saw the link saw the value with more than
    /// [`SEEN_WITH_MAX`] different ones.
    pub fn is_with_many(&self, value: &str, link: &Link) -> bool {
        let orgs = self.with_many.get(value);
        orgs.is_some_and(|orgs| link.by.iter().all(|by| orgs.contains(&by.org)))
    }

    /// Who cleared a value, where the last word says that it is.
    pub fn cleared(&self, value: &str, causality: &dyn Causality) -> Option<&Clearing> {
        self.last_word((*self.ids.get(value)?, None), causality)
    }

    /// Who cleared that two values were seen together, where the last word says so.
    pub fn cleared_pair(&self, one: &str, other: &str, causality: &dyn Causality) -> Option<&Clearing> {
        let (one, other) = (*self.ids.get(one)?, *self.ids.get(other)?);
        self.last_word((one.min(other), Some(one.max(other))), causality)
    }

    fn last_word(&self, of: (u32, Option<u32>), causality: &dyn Causality) -> Option<&Clearing> {
        let places = self.words.get(&of)?;
        let words: BTreeMap<EntryRef, &Clearing> = places
            .iter()
            .filter_map(|place| self.clearings.get(*place))
            .map(|said| (said.at, said))
            .collect();
        let last = latest(causality, words.keys().copied());
        let mut last = last.iter().filter_map(|at| words.get(at).copied());
        last.find(|said| said.word == ClearWord::Cleared)
    }

    fn id(&mut self, value: &str) -> u32 {
        if let Some(known) = self.ids.get(value) {
            return *known;
        }
        let id = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.insert(value.to_owned(), id);
        id
    }
}

/// What the next note is read by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Fold {
    /// Places in `all`.
    places: BTreeMap<(SeenIn, Vec<String>), usize>,
    /// How many links of an organisation count.
    of_org: BTreeMap<OrgName, usize>,
    /// With what an organisation saw a value, no further than to know that it is too many.
    others: BTreeMap<(OrgName, u32), BTreeSet<u32>>,
    /// Places in `clearings`.
    cleared_by: BTreeMap<OrgName, BTreeMap<Vec<String>, usize>>,
}

/// Values as they are compared, sorted, none twice. `canonical` reads a value; what it cannot read counts for nothing.
fn read(values: &[String], canonical: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let read: BTreeSet<String> = values.iter().filter_map(|value| canonical(value)).collect();
    read.into_iter().collect()
}

impl Links {
    /// Takes in what further notes say, which come after all before in causal order. A link of which fewer than two
    /// values can be read is none.
    pub fn take_in(&mut self, said: &[Said<'_>], canonical: &dyn Fn(&str) -> Option<String>) {
        for one in said {
            match &one.entry.body {
                ContentBody::LinkSeen(body) => self.seen(one, body, canonical),
                ContentBody::LinkCleared(body) => self.clear(one, body, canonical),
                _ => {}
            }
        }
    }

    fn seen(&mut self, one: &Said<'_>, body: &LinkSeen, canonical: &dyn Fn(&str) -> Option<String>) {
        for seen in &body.links {
            let values = read(&seen.values, canonical);
            if values.len() < 2 {
                continue;
            }
            let at_ms = seen.at_ms.min(one.wall_ms.saturating_add(AHEAD_MAX_MS));
            let by = SeenBy {
                org: one.author.clone(),
                at: one.at,
                at_ms,
                last_ms: at_ms,
                count: seen.count,
            };
            let key = (seen.seen_in, values);
            let known = self.fold.places.get(&key).copied();
            let link = known.and_then(|place| self.all.get_mut(place));
            // Said again by the same one, it is one more time of the same.
            let own = link.and_then(|link| link.by.iter_mut().rfind(|known| known.org == by.org));
            if let Some(own) = own {
                own.count = own.count.saturating_add(by.count);
                own.last_ms = own.last_ms.max(by.at_ms);
                own.at_ms = own.at_ms.min(by.at_ms);
                continue;
            }
            let of_org = self.fold.of_org.entry(one.author.clone()).or_default();
            if *of_org >= LINKS_OF_ORG_MAX {
                self.left_out += 1;
                continue;
            }
            *of_org += 1;
            self.seen_with(one.author, &key.1);
            match known.and_then(|place| self.all.get_mut(place)) {
                Some(link) => link.by.push(by),
                None => self.add(key, by),
            }
        }
    }

    /// Counts with what each value of a link was seen.
    fn seen_with(&mut self, org: &OrgName, values: &[String]) {
        let ids: Vec<u32> = values.iter().map(|value| self.id(value)).collect();
        for (value, id) in values.iter().zip(&ids) {
            let others = self.fold.others.entry((org.clone(), *id)).or_default();
            for other in ids.iter().filter(|other| *other != id) {
                if others.len() > SEEN_WITH_MAX {
                    break;
                }
                others.insert(*other);
            }
            if others.len() > SEEN_WITH_MAX {
                let orgs = self.with_many.entry(value.clone()).or_default();
                orgs.insert(org.clone());
            }
        }
    }

    fn add(&mut self, key: (SeenIn, Vec<String>), by: SeenBy) {
        let place = self.all.len();
        for value in &key.1 {
            let of_value = self.of_value.entry(value.clone()).or_default();
            of_value.push(place);
        }
        self.all.push(Link {
            seen_in: key.0,
            values: key.1.clone(),
            by: vec![by],
        });
        self.fold.places.insert(key, place);
    }

    fn clear(&mut self, one: &Said<'_>, body: &LinkCleared, canonical: &dyn Fn(&str) -> Option<String>) {
        let values = read(&body.values, canonical);
        let is_of_pairs = body.values.len() > 1;
        // What was said of several is not said of the one that could be read.
        if values.is_empty() || (is_of_pairs && values.len() < 2) {
            return;
        }
        let said = Clearing {
            org: one.author.clone(),
            by: one.entry.by,
            at: one.at,
            at_ms: one.wall_ms,
            word: body.word,
            reason: body.reason.clone(),
        };
        let next = self.clearings.len();
        let of_org = self.fold.cleared_by.entry(one.author.clone()).or_default();
        if !of_org.contains_key(&values) && of_org.len() >= CLEARINGS_OF_ORG_MAX {
            self.left_out += 1;
            return;
        }
        // Of one organisation's words about the same the last is kept.
        let place = *of_org.entry(values.clone()).or_insert(next);
        match self.clearings.get_mut(place) {
            Some(known) => *known = said,
            None => self.clearings.push(said),
        }
        let ids: Vec<u32> = values.iter().map(|value| self.id(value)).collect();
        match (is_of_pairs, ids.as_slice()) {
            (false, [id]) => self.word((*id, None), one.author, place),
            _ => {
                for (nth, id) in ids.iter().enumerate() {
                    for other in ids.iter().skip(nth + 1) {
                        self.word((*id.min(other), Some(*id.max(other))), one.author, place);
                    }
                }
            }
        }
    }

    /// Puts an organisation's last word about a value or a pair in the place of its former one.
    fn word(&mut self, of: (u32, Option<u32>), org: &OrgName, place: usize) {
        let clearings = &self.clearings;
        let words = self.words.entry(of).or_default();
        words.retain(|known| clearings.get(*known).is_some_and(|said| said.org != *org));
        words.push(place);
    }
}
