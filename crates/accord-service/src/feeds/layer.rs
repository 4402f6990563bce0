//! What all feeds together list, judged and scored: what is laid under the verdicts of the cases.
//!
//! Made anew when what is in force or what it is judged by has changed, and every [`MADE_EVERY_MS`] of the feeds' own clock,
//! because scores fall.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accord_matcher::Pattern;
use accord_model::Tlp;
use accord_verdict::{Action, Note};

use super::guard::Guard;
use super::record::{Feed, Values};
use super::score::{BLOCK_AT, DETECT_AT};
use crate::journal::State;
use crate::protection::{Logged, POPULAR_ABOVE, Reach};

/// How often, by the feeds' own clock, scores are looked at again.
pub const MADE_EVERY_MS: u64 = 10 * 60_000;

/// What a layer was made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    feeds: u64,
    lists: u64,
    turn: u64,
}

impl Stamp {
    /// What it would be made of now.
    pub fn of(state: &State) -> Self {
        Self {
            feeds: state.feeds.version(),
            lists: state.lists.version(),
            turn: state.feeds.clock.now() / MADE_EVERY_MS,
        }
    }
}

/// A feed that serves.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Serves {
    name: String,
    publisher: Arc<str>,
    marking: Tlp,
    only: Arc<BTreeSet<String>>,
}

/// What a feed says of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    feed: usize,
    action: Action,
    labels: Arc<[String]>,
    since_ms: u64,
}

/// What of a feed is in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct InForce {
    /// Values that are detected or blocked.
    pub values: usize,
    /// Of them, blocked.
    pub blocked: usize,
    /// Values that were taken, and are by now on an allow list, somebody's own, or found to be false.
    pub refused_since: usize,
}

/// The layer.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    stamp: Stamp,
    feeds: Vec<Serves>,
    values: BTreeMap<Pattern, Vec<Word>>,
    in_force: BTreeMap<String, InForce>,
}

/// Everything that a layer is made of; no lock is held while it is.
pub(crate) struct Parts {
    stamp: Stamp,
    feeds: Vec<(Feed, Arc<Values>)>,
    guard: Guard,
    popular: BTreeSet<String>,
    logged: Arc<Logged>,
    counted_ms: u64,
    today: u32,
}

impl Parts {
    pub fn of(state: &State, guard: Guard, now_ms: u64) -> Self {
        let feeds = state.feeds.by_name.iter().map(|(name, feed)| {
            let values = state.feeds.values.get(name).cloned().unwrap_or_default();
            (feed.clone(), values)
        });
        let today = u32::try_from(now_ms / 86_400_000).unwrap_or(u32::MAX);
        Self {
            stamp: Stamp::of(state),
            feeds: feeds.collect(),
            guard,
            popular: state.sources.popular_now(today),
            logged: Arc::clone(&state.logged),
            counted_ms: state.feeds.clock.now(),
            today,
        }
    }

    /// Whether many use a value, so that no feed blocks it.
    fn is_popular(&self, pattern: &Pattern) -> bool {
        self.guard.is_popular(pattern)
            || self.popular.contains(pattern.canonical().trim_start_matches('.'))
            || self.logged.sources_of(pattern, self.today) > POPULAR_ABOVE
    }
}

impl Layer {
    pub fn of(parts: &Parts) -> Self {
        let mut layer = Self {
            stamp: parts.stamp,
            ..Self::default()
        };
        for (feed, values) in &parts.feeds {
            let number = layer.feeds.len();
            layer.feeds.push(Serves {
                name: feed.about.name.clone(),
                publisher: format!("feed {}", feed.about.name).into(),
                marking: feed.about.marking,
                only: Arc::new(feed.about.audiences.iter().cloned().collect()),
            });
            let mut in_force = InForce::default();
            for (text, value) in &values.0 {
                let score = value.score(feed, parts.counted_ms);
                if score < DETECT_AT {
                    continue;
                }
                let Some(pattern) = Pattern::from_canonical(value.kind, text) else {
                    continue;
                };
                if parts.guard.refuses(&pattern).is_some() {
                    in_force.refused_since += 1;
                    continue;
                }
                let blocks = feed.blocks.is_some() && score >= BLOCK_AT && !parts.is_popular(&pattern);
                in_force.values += 1;
                in_force.blocked += usize::from(blocks);
                layer.values.entry(pattern).or_default().push(Word {
                    feed: number,
                    action: match blocks {
                        true => Action::Block,
                        false => Action::Detect,
                    },
                    labels: Arc::clone(&value.labels),
                    since_ms: value.first_ms,
                });
            }
            layer.in_force.insert(feed.about.name.clone(), in_force);
        }
        layer
    }

    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.values.keys()
    }

    /// What of a feed is in force.
    pub fn in_force(&self, feed: &str) -> InForce {
        self.in_force.get(feed).copied().unwrap_or_default()
    }

    /// Values that this feed alone lists, of those in force.
    pub fn only_of<'a>(&'a self, feed: &'a str) -> impl Iterator<Item = &'a Pattern> {
        let number = self.feeds.iter().position(|one| one.name == feed);
        self.values
            .iter()
            .filter_map(move |(pattern, words)| match words.as_slice() {
                [word] if Some(word.feed) == number => Some(pattern),
                _ => None,
            })
    }

    /// What a feed does about a value.
    pub fn action(&self, feed: &str, pattern: &Pattern) -> Option<Action> {
        let number = self.feeds.iter().position(|one| one.name == feed)?;
        let words = self.values.get(pattern)?;
        words
            .iter()
            .find(|word| word.feed == number)
            .map(|word| word.action)
    }

    /// Whether any feed has a value in force.
    pub fn lists(&self, pattern: &Pattern) -> bool {
        self.values.contains_key(pattern)
    }

    /// What an audience of this reach is served of a value; no reach: the inside, which has everything, detected.
    pub fn note(&self, pattern: &Pattern, audience: &str, reach: Option<Reach>) -> Option<Note> {
        let words = self.values.get(pattern)?.iter();
        let serves = words.filter_map(|word| {
            let feed = self.feeds.get(word.feed)?;
            let action = match reach {
                None => Action::Detect,
                Some(reach) => {
                    let named = feed.only.is_empty() || feed.only.contains(audience);
                    (named && reach.takes(feed.marking)).then_some(word.action)?
                }
            };
            Some((action, word, feed))
        });
        // Of several the strongest, of these the first by name.
        let strongest = serves.reduce(|a, b| if b.0 > a.0 { b } else { a });
        strongest.map(|(action, word, feed)| Note {
            action,
            labels: Arc::clone(&word.labels),
            publisher: Arc::clone(&feed.publisher),
            since_ms: word.since_ms,
        })
    }

    /// The values about which another layer says something else.
    pub fn differs(&self, other: &Self) -> Vec<Pattern> {
        let same_feeds = self.feeds == other.feeds;
        let mine = self
            .values
            .iter()
            .filter(|(pattern, words)| !same_feeds || other.values.get(*pattern) != Some(*words));
        let theirs = other
            .values
            .keys()
            .filter(|pattern| !self.values.contains_key(*pattern));
        mine.map(|(pattern, _)| pattern).chain(theirs).cloned().collect()
    }
}
