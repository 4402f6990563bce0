//! What a feed saw since it is on trial, and what of it would have been blocked.

use std::collections::BTreeMap;

use accord_matcher::Pattern;
use accord_verdict::Action;
use serde::Serialize;

use super::layer::Layer;
use super::score::BLOCK_AT;
use crate::error::Result;
use crate::journal::State;

const DAY_MS: u64 = 86_400_000;
/// Most rows that are shown; all are counted.
pub const TRIAL_ROWS_MAX: usize = 200;

/// A value of a feed that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrialRow {
    /// The value.
    pub value: String,
    /// What it is.
    pub kind: &'static str,
    /// Look-ups that it hit.
    pub sightings: u64,
    /// The last day on which it was looked up, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<String>,
    /// Log sources of this node that hold it, of the last thirty days.
    pub log_sources: usize,
    /// What it is worth now.
    pub score: u8,
    /// Whether the feed, where it blocks, blocks it.
    pub would_block: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What a feed saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// Counted since, ms UTC; days are counted whole.
    pub since_ms: u64,
    /// Values that were looked up, or stand in a log.
    pub seen: usize,
    /// Look-ups that hit.
    pub sightings: u64,
    /// Of these values, those that would be blocked.
    pub would_block: usize,
    /// Look-ups that would have been blocked.
    pub would_block_sightings: u64,
    /// Values that many use: they are only detected.
    pub popular: usize,
    /// The values, those seen most first.
    pub rows: Vec<TrialRow>,
}

pub(super) fn trial(state: &State, layer: &Layer, name: &str, now_ms: u64) -> Result<Trial> {
    let feed = state.feeds.get(name)?;
    let counted_ms = state.feeds.clock.now();
    let mut trial = Trial {
        since_ms: feed.trial_since_ms,
        ..Trial::default()
    };
    let Some(values) = state.feeds.values.get(name) else {
        return Ok(trial);
    };
    let today = u32::try_from(now_ms / DAY_MS).unwrap_or(u32::MAX);
    let first = u32::try_from(feed.trial_since_ms / DAY_MS).unwrap_or(u32::MAX);
    let mut seen: BTreeMap<&str, (u64, u32)> = BTreeMap::new();
    for (day, indicator, count) in state.seen.counts() {
        if day >= first && values.0.contains_key(indicator) {
            let of = seen.entry(indicator).or_default();
            of.0 = of.0.saturating_add(count);
            of.1 = of.1.max(day);
        }
    }
    let mut rows = Vec::new();
    for (text, value) in &values.0 {
        let Some(pattern) = Pattern::from_canonical(value.kind, text) else {
            continue;
        };
        let Some(action) = layer.action(name, &pattern) else {
            continue;
        };
        let (sightings, day) = seen.get(text.as_str()).copied().unwrap_or_default();
        let log_sources = state.logged.sources_of(&pattern, today);
        if sightings == 0 && log_sources == 0 {
            continue;
        }
        let score = value.score(feed, counted_ms);
        let popular = action != Action::Block && state.is_popular(text, now_ms);
        let because = match (popular, score < BLOCK_AT) {
            (true, _) if state.lists.is_empty() => {
                Some("this node has no allow list, so it cannot tell what many use".to_owned())
            }
            (true, _) => Some(match state.lists.list_that_holds(&pattern) {
                Some(list) => format!("many use it: on the allow list {list}"),
                None => "many use it: many sources saw it lately".to_owned(),
            }),
            (false, true) => Some(format!("its score is below {BLOCK_AT}")),
            (false, false) => None,
        };
        trial.seen += 1;
        trial.sightings = trial.sightings.saturating_add(sightings);
        trial.popular += usize::from(popular);
        if because.is_none() {
            trial.would_block += 1;
            trial.would_block_sightings = trial.would_block_sightings.saturating_add(sightings);
        }
        rows.push(TrialRow {
            value: text.clone(),
            kind: value.kind.as_str(),
            sightings,
            last_day: (sightings > 0).then(|| crate::protection::day_text(day)),
            log_sources,
            score,
            would_block: because.is_none(),
            because,
        });
    }
    rows.sort_by(|a, b| {
        let of = |row: &TrialRow| (row.sightings, row.log_sources);
        of(b).cmp(&of(a)).then_with(|| a.value.cmp(&b.value))
    });
    rows.truncate(TRIAL_ROWS_MAX);
    trial.rows = rows;
    Ok(trial)
}
