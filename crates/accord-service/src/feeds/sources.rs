//! Who publishes what proves useful: feeds, and organisations on the cases that a person sees.
//!
//! A value *proved right* when it was seen here within [`RANKED_DAYS`] and was not found to be false; it *proved wrong* when a
//! person found it to be false, it came on an allow list after it was taken, or whoever published it withdrew it. The score
//! is the lower bound of the 95 % interval of the share that proved right, of those that proved either way (E. B. Wilson,
//! "Probable inference, the law of succession, and statistical inference", 1927): a source with few such values cannot
//! stand high by luck, and one with none has no score.

use std::collections::{BTreeMap, BTreeSet};

use accord_matcher::Pattern;
use accord_model::content::ContentBody;
use accord_model::control::SpaceKind;
use accord_model::{Category, EntryKind, EntryRef};
use serde::Serialize;

use crate::error::Result;
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::said_of;

/// Sightings of so many days count, today included.
pub const RANKED_DAYS: u32 = 30;
const DAY_MS: u64 = 86_400_000;

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A feed of this node.
    Feed,
    /// An organisation that publishes on cases.
    Organisation,
}

/// A source with what became of its values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceRank {
    /// Its name.
    pub source: String,
    /// What it is.
    pub kind: SourceKind,
    /// Values of it that stand.
    pub values: usize,
    /// Of them, seen here in the last thirty days.
    pub seen: usize,
    /// Of them, listed by no other source.
    pub only_here: usize,
    /// Values of it that proved wrong.
    pub proved_wrong: usize,
    /// 0 to 100; none where nothing proved either way.
    pub score: Option<u8>,
}

/// The lower bound of the 95 % interval of a share (Wilson), 0 to 100.
fn wilson(right: usize, wrong: usize) -> Option<u8> {
    const Z: f64 = 1.96;
    let all = right.saturating_add(wrong);
    if all == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let (share, n) = (right as f64 / all as f64, all as f64);
    let middle = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let low = ((middle - spread) / (1.0 + Z * Z / n)).clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let percent = (low * 100.0).floor() as u8;
    Some(percent)
}

#[derive(Default)]
struct Of {
    standing: BTreeSet<String>,
    withdrawn: BTreeSet<String>,
}

impl Node {
    /// The sources of this node's feeds and of the cases that a person sees, the best first.
    pub async fn ranked_sources(&self, who: &SignedIn) -> Result<Vec<SourceRank>> {
        Act::LookUp.ask(who)?;
        self.keep_seen().await?;
        self.refresh_verdicts().await?;
        let mut notes: BTreeSet<EntryRef> = BTreeSet::new();
        let rows = {
            let compiled = self.compiled.lock().await;
            let state = self.read().await?;
            let layer = compiled.feeds();
            let today = u32::try_from(self.now_ms() / DAY_MS).unwrap_or(u32::MAX);
            let recent = state
                .seen
                .counts()
                .filter(|(day, ..)| today.saturating_sub(*day) < RANKED_DAYS);
            let seen: BTreeSet<&str> = recent.map(|(_, indicator, _)| indicator).collect();
            let mut orgs: BTreeMap<String, Of> = BTreeMap::new();
            for space in state
                .spaces
                .values()
                .filter(|space| space.kind == SpaceKind::Case)
            {
                let reads = self
                    .sight(space, who)
                    .is_some_and(|sight| sight.reads(Category::Indicator));
                if !reads {
                    continue;
                }
                let said = said_of(&state, space, |kind| {
                    matches!(
                        kind,
                        EntryKind::IndicatorPublished | EntryKind::IndicatorWithdrawn
                    )
                });
                let canonical = |value: &String| {
                    let pattern = Pattern::parse(value).ok()?;
                    Some(pattern.canonical().to_owned())
                };
                let mut published: BTreeMap<EntryRef, Vec<String>> = BTreeMap::new();
                for one in &said {
                    if let ContentBody::IndicatorPublished(body) = &one.entry.body {
                        let values: Vec<String> = body
                            .indicators
                            .iter()
                            .filter_map(|indicator| canonical(&indicator.value))
                            .collect();
                        if one.author != &self.config.org {
                            notes.insert(one.at);
                        }
                        let of = orgs.entry(one.author.to_string()).or_default();
                        of.standing.extend(values.iter().cloned());
                        published.insert(one.at, values);
                    }
                }
                for one in &said {
                    if let ContentBody::IndicatorWithdrawn(body) = &one.entry.body {
                        let of = orgs.entry(one.author.to_string()).or_default();
                        let all = published.get(&body.published).cloned().unwrap_or_default();
                        match body.values.is_empty() {
                            true => of.withdrawn.extend(all),
                            false => of.withdrawn.extend(body.values.iter().filter_map(canonical)),
                        }
                    }
                }
            }
            let wrong_here = |value: &str| {
                state.feeds.found_false.contains_key(value) || state.lists.listed(value) == Some(true)
            };
            let in_cases: BTreeMap<&str, usize> = {
                let mut count = BTreeMap::new();
                for value in orgs.values().flat_map(|of| &of.standing) {
                    *count.entry(value.as_str()).or_default() += 1;
                }
                count
            };
            let mut rows = Vec::new();
            for (name, of) in &orgs {
                let wrong: BTreeSet<&String> = of
                    .standing
                    .iter()
                    .filter(|value| wrong_here(value))
                    .chain(&of.withdrawn)
                    .collect();
                let standing = of.standing.iter().filter(|value| !wrong.contains(value));
                let standing: Vec<&String> = standing.collect();
                let right = standing
                    .iter()
                    .filter(|value| seen.contains(value.as_str()))
                    .count();
                let alone = standing.iter().filter(|value| {
                    in_cases.get(value.as_str()) == Some(&1)
                        && Pattern::parse(value).is_ok_and(|pattern| !layer.lists(&pattern))
                });
                rows.push(SourceRank {
                    source: name.clone(),
                    kind: SourceKind::Organisation,
                    values: standing.len(),
                    seen: right,
                    only_here: alone.count(),
                    proved_wrong: wrong.len(),
                    score: wilson(right, wrong.len()),
                });
            }
            for (name, values) in &state.feeds.values {
                let in_force = layer.in_force(name);
                let stands = |text: &str| {
                    values.0.get(text).is_some_and(|value| {
                        Pattern::from_canonical(value.kind, text)
                            .is_some_and(|pattern| layer.action(name, &pattern).is_some())
                    })
                };
                let right = seen.iter().filter(|text| stands(text)).count();
                let gone_false = state.feeds.found_false.iter().filter(|(value, found)| {
                    found.feeds.iter().any(|feed| feed == name) && !values.0.contains_key(*value)
                });
                let wrong = in_force.refused_since.saturating_add(gone_false.count());
                let alone = layer
                    .only_of(name)
                    .filter(|pattern| !in_cases.contains_key(pattern.canonical()));
                rows.push(SourceRank {
                    source: name.clone(),
                    kind: SourceKind::Feed,
                    values: in_force.values,
                    seen: right,
                    only_here: alone.count(),
                    proved_wrong: wrong,
                    score: wilson(right, wrong),
                });
            }
            rows
        };
        self.looked(who, Way::Read, notes).await?;
        Ok(ranked(rows))
    }
}

/// The best first: by score, then by what only this source has and was seen, then by name.
fn ranked(mut rows: Vec<SourceRank>) -> Vec<SourceRank> {
    rows.sort_by(|a, b| {
        b.score
            .cmp(&a.score)
            .then_with(|| b.seen.cmp(&a.seen))
            .then_with(|| b.only_here.cmp(&a.only_here))
            .then_with(|| (a.kind, &a.source).cmp(&(b.kind, &b.source)))
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_proofs_do_not_make_a_high_score() {
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(0, 5), Some(0));
        assert_eq!(wilson(1, 0), Some(20));
        assert_eq!(wilson(10, 0), Some(72));
        assert_eq!(wilson(100, 0), Some(96));
        assert!(wilson(100, 0) > wilson(100, 10));
        assert!(wilson(10, 10) < wilson(100, 100));
    }

    #[test]
    fn the_best_comes_first() {
        let row = |source: &str, score, seen| SourceRank {
            source: source.into(),
            kind: SourceKind::Feed,
            values: 9,
            seen,
            only_here: 0,
            proved_wrong: 0,
            score,
        };
        let rows = ranked(vec![
            row("c", None, 0),
            row("b", Some(3), 1),
            row("a", Some(3), 1),
            row("d", Some(90), 9),
        ]);
        let names: Vec<&str> = rows.iter().map(|row| row.source.as_str()).collect();
        assert_eq!(names, ["d", "a", "b", "c"]);
    }
}
