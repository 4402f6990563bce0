//! The intelligence of a case as a graph: what rests on what, what is called what, what was seen where.

use std::collections::{BTreeMap, BTreeSet};

use accord_matcher::Pattern;
use accord_model::content::ContentBody;
use accord_model::{EntryKind, EntryRef, SpaceId, Tlp};
use serde::Serialize;

use super::gather::{self, Withdrawals};
use crate::error::Result;
use crate::journal::Body;
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::set_aside;

/// Most nodes of a graph; those with the fewest links are left out, and counted.
pub const GRAPH_NODES_MAX: usize = 120;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GraphKind {
    /// A report.
    Report,
    /// An indicator that stands.
    Indicator,
    /// A label, or an ATT&CK technique.
    Label,
    /// Who saw an indicator.
    Sighting,
    /// An exhibit that answers a hunt for indicators.
    Exhibit,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphNode {
    /// What it is.
    pub kind: GraphKind,
    /// Its name.
    pub name: String,
    /// Its note, when it is of one.
    pub at: Option<EntryRef>,
    /// How far that may travel.
    pub marking: Option<Tlp>,
}

/// A graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// Its nodes, by kind and name.
    pub nodes: Vec<GraphNode>,
    /// Pairs of positions in `nodes`, the lesser first.
    pub links: Vec<(usize, usize)>,
    /// Nodes that are not shown ([`GRAPH_NODES_MAX`]).
    pub left_out: usize,
}

type Key = (GraphKind, String);

#[derive(Default)]
struct Building {
    nodes: BTreeMap<Key, GraphNode>,
    links: BTreeSet<(Key, Key)>,
}

impl Building {
    fn node(&mut self, kind: GraphKind, id: &str, name: &str, note: Option<(EntryRef, Tlp)>) -> Key {
        let key = (kind, id.to_owned());
        self.nodes.entry(key.clone()).or_insert_with(|| GraphNode {
            kind,
            name: name.to_owned(),
            at: note.map(|(at, _)| at),
            marking: note.map(|(_, marking)| marking),
        });
        key
    }

    fn link(&mut self, a: &Key, b: &Key) {
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        self.links.insert((first.clone(), second.clone()));
    }

    /// The nodes with the most links, and the links between them.
    fn finish(self) -> Graph {
        let mut degree: BTreeMap<&Key, usize> = BTreeMap::new();
        for (a, b) in &self.links {
            *degree.entry(a).or_default() += 1;
            *degree.entry(b).or_default() += 1;
        }
        let mut keys: Vec<&Key> = self.nodes.keys().collect();
        keys.sort_by_key(|key| (std::cmp::Reverse(degree.get(key).copied().unwrap_or(0)), *key));
        let left_out = keys.len().saturating_sub(GRAPH_NODES_MAX);
        keys.truncate(GRAPH_NODES_MAX);
        keys.sort_unstable();
        let place: BTreeMap<&Key, usize> = keys.iter().enumerate().map(|(at, key)| (*key, at)).collect();
        let links = self
            .links
            .iter()
            .filter_map(|(a, b)| Some((*place.get(a)?, *place.get(b)?)))
            .collect();
        Graph {
            nodes: keys
                .iter()
                .filter_map(|key| self.nodes.get(key))
                .cloned()
                .collect(),
            links,
            left_out,
        }
    }
}

impl Node {
    /// The intelligence of a case as a graph, of what a person who sees the case whole may read.
    pub async fn graph(&self, who: &SignedIn, case: SpaceId) -> Result<Graph> {
        Act::LookUp.ask(who)?;
        let (graph, seen) = {
            let state = self.read().await?;
            let space = self.case_for(&state, who, case)?;
            let reader = self.reader(&state, space, who)?;
            let notes = gather::notes(&state, space, &|_, _, entry| reader.reads(entry));
            let withdrawals = Withdrawals::of(&notes);
            let mut building = Building::default();
            for note in &notes {
                let own = Some((note.at, note.entry.marking.tlp));
                match &note.entry.body {
                    ContentBody::IndicatorPublished(said) => {
                        for one in &said.indicators {
                            let Ok(pattern) = Pattern::parse(&one.value) else {
                                continue;
                            };
                            if withdrawals.of_value(note, &one.value).is_some()
                                || one.valid_until_ms.is_some_and(|until| until <= self.now_ms())
                            {
                                continue;
                            }
                            let value = pattern.canonical();
                            let indicator = building.node(GraphKind::Indicator, value, value, own);
                            for label in &one.labels {
                                let label =
                                    building.node(GraphKind::Label, &label.to_lowercase(), label, None);
                                building.link(&indicator, &label);
                            }
                            if let Some(report) = said.report {
                                let key = (GraphKind::Report, report.to_string());
                                building.link(&indicator, &key);
                            }
                        }
                    }
                    ContentBody::ReportPublished(said) => {
                        let id = note.at.to_string();
                        let report = building.node(GraphKind::Report, &id, &note.entry.title, own);
                        for technique in &said.techniques {
                            let label =
                                building.node(GraphKind::Label, &technique.to_lowercase(), technique, None);
                            building.link(&report, &label);
                        }
                    }
                    ContentBody::SightingCounted(said) => {
                        let org = note.ledger.org.as_str();
                        for one in &said.sightings {
                            let Ok(pattern) = Pattern::parse(&one.value) else {
                                continue;
                            };
                            let name = format!("seen by {org}");
                            let seen = building.node(GraphKind::Sighting, org, &name, None);
                            building.link(&seen, &(GraphKind::Indicator, pattern.canonical().to_owned()));
                        }
                    }
                    _ => {}
                }
            }
            for at in space.of_kinds(|kind| kind == EntryKind::EvidenceDelivered) {
                let Some((_, _, Body::Content(entry))) = state.entry(at) else {
                    continue;
                };
                let ContentBody::EvidenceDelivered(said) = &entry.body else {
                    continue;
                };
                let counts = reader.reads(entry)
                    && !space.control.is_recalled(at)
                    && set_aside(&state, space, at).is_none();
                if !counts {
                    continue;
                }
                let own = Some((at, entry.marking.tlp));
                let exhibit = building.node(GraphKind::Exhibit, &at.to_string(), &said.exhibit, own);
                let asked = state.entry(said.request).and_then(|(_, _, body)| match body {
                    Body::Content(asked) if reader.reads(asked) => Some(asked),
                    _ => None,
                });
                if let Some(ContentBody::RequestMade(request)) = asked.map(|asked| &asked.body) {
                    for value in request.hunt.iter().flat_map(|hunt| &hunt.indicators) {
                        if let Ok(pattern) = Pattern::parse(value) {
                            building.link(&exhibit, &(GraphKind::Indicator, pattern.canonical().to_owned()));
                        }
                    }
                }
            }
            let Building { nodes, links } = &mut building;
            links.retain(|(a, b)| nodes.contains_key(a) && nodes.contains_key(b));
            let graph = building.finish();
            let seen: Vec<EntryRef> = graph.nodes.iter().filter_map(|node| node.at).collect();
            (graph, seen)
        };
        self.looked(who, Way::Read, seen).await?;
        Ok(graph)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_at_the_limit_and_one_past_it() {
        let graph = |count: usize| {
            let mut building = Building::default();
            let hub = building.node(GraphKind::Label, "hub", "hub", None);
            for number in 1..count {
                let name = format!("n{number:03}.example");
                let node = building.node(GraphKind::Indicator, &name, &name, None);
                if number < count - 1 {
                    building.link(&hub, &node);
                }
            }
            building.finish()
        };
        let full = graph(GRAPH_NODES_MAX);
        assert_eq!((full.nodes.len(), full.left_out), (GRAPH_NODES_MAX, 0));
        let over = graph(GRAPH_NODES_MAX + 1);
        assert_eq!((over.nodes.len(), over.left_out), (GRAPH_NODES_MAX, 1));
        // The one without a link went first, and links point to what is there.
        assert_eq!(over.links.len(), GRAPH_NODES_MAX - 1);
        assert!(over.links.iter().all(|(a, b)| a < b && *b < over.nodes.len()));
    }
}
