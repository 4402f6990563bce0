//! This week against the week before, of what this node saw and of what partners share on cases.
//!
//! A value or a label is compared over two weeks, this one (`a` sightings) and the one before (`b`). The score is the
//! difference of two Poisson counts over its standard deviation, `(a - b) / sqrt(a + b)`: 3 and more is hardly chance.
//! What was not seen before this week is new.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::control::SpaceKind;
use serde::Serialize;

use crate::error::Result;
use crate::looks::{SaidBy, Way};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

const DAY_MS: u64 = 86_400_000;
/// The kinds of rows.
const VALUE: &str = "value";
const LABEL: &str = "label";
/// Days of each of the two spans compared.
const SPAN_DAYS: u32 = 7;
/// Most rows of the list.
pub const GROWING_MAX: usize = 200;

/// One row of the list.
#[derive(Debug, Clone, Serialize)]
pub struct Growing {
    /// The value or label.
    pub what: String,
    /// `value` or `label`.
    pub kind: &'static str,
    /// Sightings in the last seven days.
    pub now: u64,
    /// In the seven days before.
    pub before: u64,
    /// How far above chance it grows.
    pub score: f64,
    /// Whether it was never seen before these seven days.
    pub is_new: bool,
    /// Day by day, oldest first, fourteen of them.
    pub days: Vec<u64>,
}

fn row(what: &str, kind: &'static str, by_day: &BTreeMap<u32, u64>, today: u32) -> Option<Growing> {
    let first = today.saturating_sub(2 * SPAN_DAYS - 1);
    let days: Vec<u64> = (first..=today)
        .map(|day| by_day.get(&day).copied().unwrap_or(0))
        .collect();
    let half = days.len().saturating_sub(SPAN_DAYS as usize);
    let (earlier, later) = days.split_at(half);
    let (now, before): (u64, u64) = (later.iter().sum(), earlier.iter().sum());
    if now == 0 {
        return None;
    }
    let ever = by_day.keys().next().copied().unwrap_or(today);
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let score = (now as f64 - before as f64) / ((now + before) as f64).sqrt();
    Some(Growing {
        what: what.to_owned(),
        kind,
        now,
        before,
        score,
        is_new: today.saturating_sub(ever) < SPAN_DAYS,
        days,
    })
}

/// The day of `YYYY-MM-DD`, days since 1970.
pub(crate) fn day_of(text: &str) -> Option<u32> {
    let day: jiff::civil::Date = text.parse().ok()?;
    let at = day
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_millisecond();
    u32::try_from(u64::try_from(at).ok()? / DAY_MS).ok()
}

impl Node {
    /// What grew this week among the indicators of the cases that a person sees, the strongest first.
    pub(crate) async fn growing(&self, who: &SignedIn) -> Result<Vec<Growing>> {
        Act::LookUp.ask(who)?;
        self.keep_seen().await?;
        let cases: Vec<_> = {
            let state = self.read().await?;
            let all = state
                .spaces
                .values()
                .filter(|space| space.kind == SpaceKind::Case);
            all.filter(|space| {
                // What grows is told by what was seen: who is not to know that is told nothing of it.
                self.sight(space, who).is_some_and(|sight| {
                    sight.reads(accord_model::Category::Indicator)
                        && sight.reads(accord_model::Category::Sighting)
                })
            })
            .map(|space| space.id)
            .collect()
        };
        let today = u32::try_from(self.now_ms() / DAY_MS).unwrap_or(u32::MAX);
        let mut values: BTreeMap<String, BTreeMap<u32, u64>> = BTreeMap::new();
        let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut said_by: BTreeMap<(&'static str, String), SaidBy> = BTreeMap::new();
        for case in cases {
            for view in self.indicators_unseen(who, case).await? {
                let Ok(pattern) = accord_matcher::Pattern::parse(&view.value) else {
                    continue;
                };
                let value = pattern.canonical().to_owned();
                if view.org != self.config.org {
                    let said = std::iter::once((VALUE, value.clone()));
                    for what in said.chain(view.labels.iter().map(|label| (LABEL, label.clone()))) {
                        said_by.entry(what).or_default().add(view.at);
                    }
                }
                for label in &view.labels {
                    labels.entry(label.clone()).or_default().insert(value.clone());
                }
                let days = values.entry(value).or_default();
                // One's own sightings are counted below, shared or not.
                for count in view.seen.iter().filter(|count| count.org != self.config.org) {
                    if let Some(day) = day_of(&count.day) {
                        *days.entry(day).or_default() += count.count;
                    }
                }
            }
        }
        {
            let state = self.read().await?;
            for (day, indicator, count) in state.seen.counts() {
                if let Some(days) = values.get_mut(indicator) {
                    *days.entry(day).or_default() += count;
                }
            }
        }
        let mut rows: Vec<Growing> = values
            .iter()
            .filter_map(|(value, days)| row(value, VALUE, days, today))
            .collect();
        for (label, of_label) in &labels {
            let mut sum: BTreeMap<u32, u64> = BTreeMap::new();
            for days in of_label.iter().filter_map(|value| values.get(value)) {
                for (day, count) in days {
                    *sum.entry(*day).or_default() += count;
                }
            }
            rows.extend(row(label, LABEL, &sum, today));
        }
        rows.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.what.cmp(&b.what)));
        rows.truncate(GROWING_MAX);
        let seen = rows
            .iter()
            .filter_map(|row| said_by.get(&(row.kind, row.what.clone())));
        self.looked(who, Way::Read, seen.flat_map(SaidBy::notes)).await?;
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_from_chance() {
        let of = |counts: &[(u32, u64)]| row("v", "value", &counts.iter().copied().collect(), 100);
        assert!(of(&[]).is_none());
        assert!(of(&[(90, 5)]).is_none(), "not seen this week");
        let new = of(&[(100, 9)]).unwrap();
        assert!(new.is_new && new.score == 3.0 && new.before == 0);
        let steady = of(&[(90, 50), (98, 50)]).unwrap();
        assert!(!steady.is_new && steady.score == 0.0);
        let falling = of(&[(90, 50), (98, 5)]).unwrap();
        assert!(falling.score < 0.0);
        assert_eq!(steady.days.len(), 14);
        let old = of(&[(10, 1), (100, 1)]).unwrap();
        assert!(!old.is_new, "seen long ago");
        // The border between the two weeks.
        let (last, first) = (of(&[(94, 1)]).unwrap(), of(&[(93, 1), (94, 1)]).unwrap());
        assert_eq!((last.now, last.before, first.before), (1, 0, 1));
        assert_eq!(day_of("1970-01-03"), Some(2));
    }
}
