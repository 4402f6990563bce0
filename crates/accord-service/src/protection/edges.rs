//! Edges: caches of an audience's verdicts near its customers, and what they saw (`docs/spec/edge.md`).
//!
//! Invariant: the number of the last batch of an edge and what it counted are one commit, so that a batch that is given
//! again, by whoever lost the answer, is counted once.

use std::collections::{BTreeMap, BTreeSet};

use accord_matcher::{Pattern, PatternKind};
use accord_store::{Batch, Store};
use accord_verdict::limits::{EDGE_OLD_SECONDS, EDGE_WAIT_SECONDS, MAX_EDGES};
use accord_verdict::{Audience as Served, EdgeBatch, EdgeCount, Taken};
use serde::{Deserialize, Serialize};

use crate::emerging::{SeenEvent, time_of};
use crate::error::{Result, ServiceError};
use crate::node::Node;

const EDGES: &str = "edges";
const DAY_MS: u64 = 86_400_000;
/// A sighting of an earlier day than so many ago is not counted; nor is one of a day after tomorrow.
pub const EDGE_DAYS_BACK: u32 = 366;
/// The books of an edge that gave nothing for so many days make room for another's.
pub const EDGE_KEPT_DAYS: u64 = 90;

/// An edge in the books.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Edge {
    audience: String,
    edge: String,
    name: String,
    /// The last batch that was counted.
    last: u64,
    at_ms: u64,
    /// Sightings that it ever gave.
    counted: u64,
}

/// The books of all edges, by audience and edge.
#[derive(Debug, Default)]
pub(crate) struct Edges(BTreeMap<(String, String), Edge>);

/// How an edge stands to what is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeState {
    /// It has what is served now.
    Current,
    /// It asked for what is new, and has not told that it has it.
    Behind,
    /// It was not heard lately; since the start of the node, where nothing is known of it.
    Silent,
}

/// An edge as shown.
#[derive(Debug, Clone, Serialize)]
pub struct EdgeView {
    /// Which.
    pub edge: String,
    /// What it calls itself.
    pub name: String,
    /// How it stands.
    pub state: EdgeState,
    /// When it last asked, ms UTC; none: not since this node's start.
    pub asked_ms: Option<u64>,
    /// The last batch of sightings that was counted; none: it gave none yet.
    pub last_batch: Option<u64>,
    /// When that was, ms UTC.
    pub last_batch_ms: Option<u64>,
    /// Sightings that it gave in all.
    pub counted: u64,
}

fn key_of(audience: &str, edge: &str) -> String {
    format!("{audience} {edge}")
}

impl Edges {
    pub async fn load(store: &Store) -> Result<Self> {
        let kept = store.documents::<Edge>(EDGES).await?.into_iter();
        let by_edge = kept.map(|(_, edge)| ((edge.audience.clone(), edge.edge.clone()), edge));
        Ok(Self(by_edge.collect()))
    }

    fn last(&self, audience: &str, edge: &str) -> u64 {
        let known = self.0.get(&(audience.to_owned(), edge.to_owned()));
        known.map_or(0, |known| known.last)
    }

    /// An audience is closed: its edges' books are too.
    pub fn close(&mut self, batch: &mut Batch, audience: &str) {
        self.0.retain(|(of, edge), _| {
            let stays = of != audience;
            if !stays {
                batch.remove(EDGES, &key_of(of, edge));
            }
            stays
        });
    }

    /// Writes a batch into the books: whether the edge is a new one.
    fn write(
        &mut self,
        batch: &mut Batch,
        audience: &str,
        given: &EdgeBatch,
        sum: u64,
        now_ms: u64,
    ) -> Result<bool> {
        let key = (audience.to_owned(), given.edge.clone());
        let is_new = !self.0.contains_key(&key);
        let of_audience = self.0.values().filter(|edge| edge.audience == audience);
        if is_new && of_audience.clone().count() >= MAX_EDGES {
            let oldest = of_audience.min_by_key(|edge| edge.at_ms);
            let oldest = oldest.filter(|edge| now_ms.saturating_sub(edge.at_ms) > EDGE_KEPT_DAYS * DAY_MS);
            let oldest = oldest.map(|edge| edge.edge.clone()).ok_or_else(|| {
                ServiceError::Conflict(format!("an audience has at most {MAX_EDGES} edges"))
            })?;
            batch.remove(EDGES, &key_of(audience, &oldest));
            self.0.remove(&(audience.to_owned(), oldest));
        }
        let edge = self.0.entry(key).or_insert_with(|| Edge {
            audience: audience.to_owned(),
            edge: given.edge.clone(),
            name: String::new(),
            last: 0,
            at_ms: 0,
            counted: 0,
        });
        edge.name.clone_from(&given.name);
        edge.last = given.batch;
        edge.at_ms = now_ms;
        edge.counted = edge.counted.saturating_add(sum);
        batch.document(EDGES, &key_of(audience, &given.edge), edge);
        Ok(is_new)
    }

    /// The edges of an audience: those that ask, and those in the books.
    pub fn views(&self, audience: &str, served: Option<&Served>, now_ms: u64) -> Vec<EdgeView> {
        let mut views: BTreeMap<String, EdgeView> = BTreeMap::new();
        for edge in self.0.values().filter(|edge| edge.audience == audience) {
            views.insert(
                edge.edge.clone(),
                EdgeView {
                    edge: edge.edge.clone(),
                    name: edge.name.clone(),
                    state: EdgeState::Silent,
                    asked_ms: None,
                    last_batch: Some(edge.last),
                    last_batch_ms: Some(edge.at_ms),
                    counted: edge.counted,
                },
            );
        }
        let now_served = served.map(|served| served.snapshot().digest());
        for asked in served.iter().flat_map(|served| served.edges()) {
            let id = asked.id.to_string();
            let silent_ms = now_ms.saturating_sub(asked.asked_ms);
            let state = if silent_ms > (EDGE_OLD_SECONDS + EDGE_WAIT_SECONDS) * 1000 {
                EdgeState::Silent
            } else if asked.has.is_some() && asked.has == now_served {
                EdgeState::Current
            } else {
                EdgeState::Behind
            };
            let view = views.entry(id.clone()).or_insert_with(|| EdgeView {
                edge: id,
                name: String::new(),
                state,
                asked_ms: None,
                last_batch: None,
                last_batch_ms: None,
                counted: 0,
            });
            view.name = asked.name;
            view.state = state;
            view.asked_ms = Some(asked.asked_ms);
        }
        let mut views: Vec<EdgeView> = views.into_values().collect();
        views.sort_by(|a, b| (&a.name, &a.edge).cmp(&(&b.name, &b.edge)));
        views
    }
}

/// An indicator in canonical form, of whatever kind.
pub(crate) fn canonical(text: &str) -> Option<Pattern> {
    let mut kinds = PatternKind::ALL.into_iter();
    kinds.find_map(|kind| Pattern::from_canonical(kind, text))
}

impl Node {
    /// Counts a batch of sightings of an edge, once. What it says of values that no case speaks of is not counted, so
    /// that an edge fills this node with nothing.
    pub async fn keep_edge_batch(&self, audience: &str, given: &EdgeBatch) -> Result<Taken> {
        // After a start nothing is known before this.
        self.refresh_verdicts().await?;
        let served = self
            .verdicts
            .audience(audience)
            .ok_or(ServiceError::NotFound("audience"))?;
        let today = u32::try_from(self.now_ms() / DAY_MS).unwrap_or(u32::MAX);
        let is_day = |day: u32| day <= today.saturating_add(1) && day.saturating_add(EDGE_DAYS_BACK) >= today;
        let (lately, others): (Vec<&EdgeCount>, Vec<&EdgeCount>) = given
            .counts
            .iter()
            .filter(|one| is_day(one.day))
            .partition(|one| canonical(&one.indicator).is_some_and(|pattern| served.serves_lately(&pattern)));
        self.act(|state, batch, log| {
            if !state.audiences.has(audience) {
                return Err(ServiceError::NotFound("audience"));
            }
            let last = state.edges.last(audience, &given.edge);
            if given.batch <= last {
                return Ok(Taken { last });
            }
            // What was withdrawn since was seen before, or is not counted.
            let named: BTreeSet<&str> = others.iter().map(|one| one.indicator.as_str()).collect();
            let seen = state.seen.among(&named);
            let counts = lately.iter().chain(&others);
            let counts: Vec<&&EdgeCount> = counts
                .filter(|one| !named.contains(one.indicator.as_str()) || seen.contains(&one.indicator))
                .collect();
            let sum = counts
                .iter()
                .fold(0_u64, |sum, one| sum.saturating_add(one.count));
            let is_new = state.edges.write(batch, audience, given, sum, self.now_ms())?;
            for one in &counts {
                state.seen.add(batch, one.day, &one.indicator, one.count);
                state.sources.add(batch, &one.indicator, audience, one.day);
            }
            let now_ms = self.now_ms();
            let seen = counts.iter().map(|one| SeenEvent {
                at_ms: time_of(one.day, now_ms),
                source: format!("{audience}/{}", given.name),
                customer: given.edge.clone(),
                value: one.indicator.clone(),
                lines: one.count,
                in_own_logs: false,
            });
            state.fed.add(batch, seen.collect());
            if is_new {
                log.edge(batch, &given.name, audience, "edge.first-heard", &given.edge);
            }
            let passed_over = given.counts.len() - counts.len();
            if passed_over > 0 {
                tracing::warn!(
                    edge = given.name,
                    passed_over,
                    "sightings of values that no case speaks of"
                );
            }
            Ok(Taken { last: given.batch })
        })
        .await
    }
}
