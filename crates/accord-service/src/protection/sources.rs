//! Values that many sources see: beside the lists, what makes a name popular (`FLOWS`, "Popular").
//!
//! A source is an audience that looked a value up, or a log source of this node that holds it ([`super::logged`]). Kept
//! here for each value that was looked up: the last day on which each audience saw it. Popular is what more than
//! [`POPULAR_ABOVE`] sources saw within [`POPULAR_WITHIN_DAYS`], and a parent of such a name. Of look-ups, names that no
//! indicator speaks of are not counted, so that a node does not keep what people look up.

use std::collections::{BTreeMap, BTreeSet};

use accord_matcher::{Pattern, PatternKind};
use accord_store::{Batch, Store};

use super::logged::Logged;
use crate::error::Result;

const SEEN_SOURCES: &str = "seen-sources";
/// More sources than this make a value popular.
pub const POPULAR_ABOVE: usize = 3;
/// Within so many days, today included.
pub const POPULAR_WITHIN_DAYS: u32 = 30;
/// Most sources kept for a value: that it has many is then known.
pub const SOURCES_EACH_MAX: usize = 16;
/// Most values kept. When it is full the ones that nobody saw within the days go; where none can, new ones are not kept.
pub const SOURCES_VALUES_MAX: usize = 100_000;

/// Which sources saw a value, and when last, in days since the Unix epoch.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    seen: BTreeMap<String, BTreeMap<String, u32>>,
    /// Those with more sources than [`POPULAR_ABOVE`], whenever they saw it.
    wide: BTreeSet<String>,
}

pub(super) fn is_recent(last: u32, today: u32) -> bool {
    today.saturating_sub(last) < POPULAR_WITHIN_DAYS
}

impl Sources {
    pub async fn load(store: &Store) -> Result<Self> {
        let seen: BTreeMap<String, BTreeMap<String, u32>> =
            store.documents(SEEN_SOURCES).await?.into_iter().collect();
        let many = seen.iter().filter(|(_, by)| by.len() > POPULAR_ABOVE);
        let wide = many.map(|(value, _)| value.clone()).collect();
        Ok(Self { seen, wide })
    }

    /// A source saw a canonical value on a day.
    pub fn add(&mut self, batch: &mut Batch, value: &str, source: &str, day: u32) {
        if !self.seen.contains_key(value) && self.seen.len() >= SOURCES_VALUES_MAX {
            self.drop_old(batch, day);
            if self.seen.len() >= SOURCES_VALUES_MAX {
                return;
            }
        }
        let by = self.seen.entry(value.to_owned()).or_default();
        match by.get_mut(source) {
            Some(last) if *last >= day => return,
            Some(last) => *last = day,
            None => {
                if by.len() >= SOURCES_EACH_MAX {
                    let oldest = by.iter().min_by_key(|(_, last)| **last);
                    if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                        by.remove(&name);
                    }
                }
                by.insert(source.to_owned(), day);
            }
        }
        if by.len() > POPULAR_ABOVE {
            self.wide.insert(value.to_owned());
        }
        batch.document(SEEN_SOURCES, value, by);
    }

    fn drop_old(&mut self, batch: &mut Batch, today: u32) {
        let old: Vec<String> = self
            .seen
            .iter()
            .filter(|(_, by)| !by.values().any(|last| is_recent(*last, today)))
            .map(|(value, _)| value.clone())
            .collect();
        for value in old {
            batch.remove(SEEN_SOURCES, &value);
            self.seen.remove(&value);
            self.wide.remove(&value);
        }
    }

    /// How many audiences saw a value lately.
    fn saw(&self, value: &str, today: u32) -> usize {
        self.seen.get(value).map_or(0, |by| {
            let recent = by.values().filter(|last| is_recent(**last, today));
            recent.count()
        })
    }

    /// Every value that many audiences saw lately, with the parents of names: to ask of many values at once.
    pub fn popular_now(&self, today: u32) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for wide in self
            .wide
            .iter()
            .filter(|wide| self.saw(wide, today) > POPULAR_ABOVE)
        {
            let mut name = wide.as_str();
            while !name.is_empty() && all.insert(name.to_owned()) {
                name = name.split_once('.').map_or("", |(_, parent)| parent);
            }
        }
        all
    }

    /// Whether many sources saw a value lately, or a name under it.
    pub fn is_popular(&self, value: &str, today: u32, logged: &Logged) -> bool {
        let Ok(pattern) = Pattern::parse(value) else {
            return false;
        };
        let text = pattern.canonical();
        if self.saw(text, today) + logged.sources_of(&pattern, today) > POPULAR_ABOVE {
            return true;
        }
        match pattern.kind() {
            PatternKind::Domain | PatternKind::Subdomains => {
                let name = text.trim_start_matches('.');
                let below = format!(".{name}");
                self.wide
                    .iter()
                    .filter(|wide| *wide == name || wide.ends_with(&below))
                    .any(|wide| self.saw(wide, today) > POPULAR_ABOVE)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(values: &[(&str, &[(&str, u32)])]) -> Sources {
        let mut sources = Sources::default();
        let mut batch = Batch::new();
        for (value, by) in values {
            for (source, day) in *by {
                sources.add(&mut batch, value, source, *day);
            }
        }
        sources
    }

    #[test]
    fn more_than_the_set_number_within_the_days() {
        let four: &[(&str, u32)] = &[("a", 100), ("b", 101), ("c", 110), ("d", 120)];
        let sources = seen(&[
            ("www.bank.example", four),
            ("three.example", &four[..3]),
            ("192.0.2.1", four),
        ]);
        for (value, today, popular) in [
            ("www.bank.example", 120, true),
            ("WWW.Bank.example.", 129, true),
            // The first source's day is over.
            ("www.bank.example", 130, false),
            ("bank.example", 120, true),
            ("login.www.bank.example", 120, false),
            ("otherbank.example", 120, false),
            ("three.example", 120, false),
            ("192.0.2.1", 120, true),
            ("192.0.2.2", 120, false),
            ("not a value", 120, false),
        ] {
            let logged = Logged::default();
            assert_eq!(
                sources.is_popular(value, today, &logged),
                popular,
                "{value} on {today}"
            );
        }
    }

    #[test]
    fn one_source_counts_once_and_memory_has_an_end() {
        let again: Vec<(&str, u32)> = (0..50).map(|day| ("a", day)).collect();
        let sources = seen(&[("evil.example", &again)]);
        assert!(!sources.is_popular("evil.example", 50, &Logged::default()));
        let mut sources = Sources::default();
        let mut batch = Batch::new();
        for number in 0..=SOURCES_EACH_MAX {
            let day = u32::try_from(number).unwrap();
            sources.add(&mut batch, "evil.example", &format!("s{number}"), day);
        }
        assert_eq!(sources.seen["evil.example"].len(), SOURCES_EACH_MAX);
        for number in 0..SOURCES_VALUES_MAX {
            sources.add(&mut batch, &format!("n{number}.example"), "a", 200);
        }
        assert_eq!(
            sources.seen.len(),
            SOURCES_VALUES_MAX,
            "the old one went, and no more came"
        );
        assert!(!sources.seen.contains_key("evil.example"));
    }
}
