//! Where a value comes from: every feed that lists it, with what is known of it there.

use accord_matcher::Pattern;
use accord_model::{EntryRef, SpaceId, Tlp};
use serde::Serialize;

use super::layer::Layer;
use super::record::{DoneBy, Feed, Value};
use super::score::{DETECT_AT, lasts_ms};
use super::view::host_of;
use crate::journal::State;

/// What one source says of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// `case` or `feed`.
    pub from: &'static str,
    /// The feed, or the organisation that published it.
    pub source: String,
    /// The note that published it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<EntryRef>,
    /// The case that it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<SpaceId>,
    /// Who published it, as far as that is known: a host, or what the note says of its source.
    pub published_by: String,
    /// Labels.
    pub labels: Vec<String>,
    /// How sure the source is, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// What that is worth now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// How far it may travel.
    pub marking: Tlp,
    /// When the source first said it, ms UTC.
    pub first_ms: u64,
    /// When the source last said it, ms UTC.
    pub last_ms: u64,
    /// When it ends by itself, ms UTC, if nothing is said again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<u64>,
    /// What this source makes of it: `none`, `detect` or `block`.
    pub verdict: &'static str,
    /// Who answers for it here: who added the feed, and the second person of one that blocks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
}

fn of_feed(
    state: &State,
    layer: &Layer,
    name: &str,
    feed: &Feed,
    value: &Value,
    pattern: &Pattern,
) -> Option<Provenance> {
    let good = feed.good.as_ref()?;
    let action = layer.action(name, pattern)?;
    let last_ms = value.gone.map_or(good.at_ms, |gone| gone.at_ms);
    let lasts = lasts_ms(feed.about.confidence, value.kind, DETECT_AT);
    let named = |done: &DoneBy| {
        let person = state.persons.get(&done.by);
        person.map_or_else(|| done.by.to_string(), |person| person.name.clone())
    };
    Some(Provenance {
        from: "feed",
        source: name.to_owned(),
        at: None,
        case: None,
        published_by: match feed.about.terms.as_str() {
            "" => host_of(&feed.about.url),
            terms => format!("{} ({terms})", host_of(&feed.about.url)),
        },
        labels: value.labels.to_vec(),
        confidence: Some(feed.about.confidence),
        score: Some(value.score(feed, state.feeds.clock.now())),
        marking: feed.about.marking,
        first_ms: value.first_ms,
        last_ms,
        expires_ms: lasts.map(|lasts| last_ms.saturating_add(lasts)),
        verdict: action.as_str(),
        by: std::iter::once(&feed.set)
            .chain(&feed.blocks)
            .map(named)
            .collect(),
    })
}

/// What the feeds say of an indicator, in force only.
pub(crate) fn feeds_that_list(state: &State, layer: &Layer, canonical: &str) -> Vec<Provenance> {
    let all = state.feeds.by_name.iter().filter_map(|(name, feed)| {
        let value = state.feeds.values.get(name)?.0.get(canonical)?;
        let pattern = Pattern::from_canonical(value.kind, canonical)?;
        of_feed(state, layer, name, feed, value, &pattern)
    });
    all.collect()
}
