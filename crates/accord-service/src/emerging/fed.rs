//! What was seen and is to be taken in: parts with ascending numbers, each kept in the commit that counts it, and dropped in
//! the commit that saves the state in which it is.

use std::collections::BTreeMap;

use accord_store::{Batch, Store};
use serde::{Deserialize, Serialize};

use crate::error::Result;

const FED: &str = "emerging-fed";
const CURSOR: &str = "emerging-cursor";
/// The only document of its collection.
const ONE: &str = "one";
const DAY_MS: u64 = 86_400_000;
/// Most parts that wait; further sightings are counted where they always are, and make no story.
pub const PARTS_MAX: usize = 20_000;

/// Something that was seen here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    /// When, ms UTC: when it was written down, or the end of its day where that is over.
    pub at_ms: u64,
    /// Who says so: an audience, or one of its edges.
    pub source: String,
    /// Whom it happened to, a pseudonym; empty where nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub customer: String,
    /// The canonical indicator.
    pub value: String,
    /// How often.
    pub lines: u64,
    /// It stood in this organisation's own logs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_own_logs: bool,
}

/// When something of a day was seen: now, while the day lasts, else in its last instant.
pub(crate) fn time_of(day: u32, now_ms: u64) -> u64 {
    let end = (u64::from(day) + 1).saturating_mul(DAY_MS).saturating_sub(1);
    end.min(now_ms)
}

/// The parts that wait, by number.
#[derive(Debug, Default)]
pub(crate) struct Fed {
    parts: BTreeMap<u64, Vec<Seen>>,
    last: u64,
}

fn id_of(number: u64) -> String {
    format!("{number:016}")
}

impl Fed {
    pub async fn load(store: &Store) -> Result<Self> {
        let cursor = store.documents::<u64>(CURSOR).await?;
        let mut fed = Self {
            parts: BTreeMap::new(),
            last: cursor.first().map_or(0, |(_, number)| *number),
        };
        for (id, part) in store.documents::<Vec<Seen>>(FED).await? {
            if let Ok(number) = id.parse() {
                fed.parts.insert(number, part);
                fed.last = fed.last.max(number);
            }
        }
        Ok(fed)
    }

    /// Keeps a part.
    pub fn add(&mut self, batch: &mut Batch, part: Vec<Seen>) {
        if part.is_empty() {
            return;
        }
        if self.parts.len() >= PARTS_MAX {
            tracing::error!(
                parts = self.parts.len(),
                "sightings make no stories: too many wait"
            );
            return;
        }
        self.last += 1;
        batch.document(FED, &id_of(self.last), &part);
        self.parts.insert(self.last, part);
    }

    /// How many wait to be dropped.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Those after a number.
    pub fn since(&self, number: u64) -> impl Iterator<Item = (u64, &[Seen])> {
        let parts = self.parts.range(number.saturating_add(1)..);
        parts.map(|(number, part)| (*number, part.as_slice()))
    }

    /// Drops what a saved state holds.
    pub fn drop_to(&mut self, batch: &mut Batch, number: u64) {
        batch.document(CURSOR, ONE, &number);
        let later = self.parts.split_off(&number.saturating_add(1));
        for number in self.parts.keys() {
            batch.remove(FED, &id_of(*number));
        }
        self.parts = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(value: &str) -> Seen {
        Seen {
            at_ms: 1,
            source: "edge".to_owned(),
            customer: String::new(),
            value: value.to_owned(),
            lines: 1,
            in_own_logs: false,
        }
    }

    #[test]
    fn parts_are_numbered_and_dropped_up_to_what_was_saved() {
        let (mut fed, mut batch) = (Fed::default(), Batch::new());
        fed.add(&mut batch, Vec::new());
        assert!(batch.is_empty(), "nothing was seen");
        for value in ["a", "b", "c"] {
            fed.add(&mut batch, vec![seen(value)]);
        }
        let since = |fed: &Fed, number| fed.since(number).map(|(number, _)| number).collect::<Vec<_>>();
        assert_eq!(since(&fed, 0), [1, 2, 3]);
        assert_eq!(since(&fed, 2), [3]);
        fed.drop_to(&mut batch, 2);
        assert_eq!(since(&fed, 0), [3]);
        fed.add(&mut batch, vec![seen("d")]);
        assert_eq!(since(&fed, 0), [3, 4], "a number is used once");
    }

    #[test]
    fn parts_are_bounded() {
        let mut fed = Fed::default();
        for _ in 0..=PARTS_MAX {
            fed.add(&mut Batch::new(), vec![seen("a")]);
        }
        assert_eq!(fed.parts(), PARTS_MAX);
    }

    #[test]
    fn what_is_of_a_day_that_is_over_was_seen_at_its_end() {
        assert_eq!(time_of(2, 2 * DAY_MS + 5), 2 * DAY_MS + 5);
        assert_eq!(time_of(1, 2 * DAY_MS + 5), 2 * DAY_MS - 1);
        assert_eq!(
            time_of(3, 2 * DAY_MS + 5),
            2 * DAY_MS + 5,
            "tomorrow, by a fast clock"
        );
    }
}
