//! The intelligence of a case as a graph: what rests on what, what is called what, what was seen where.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use accord_matcher::Pattern;
use accord_model::content::ContentBody;
use accord_model::{EntryKind, EntryRef, SpaceId, Tlp};
use serde::Serialize;

use super::gather::{self, Withdrawals};
use crate::error::Result;
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::made::Until;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::sight::Reader;
use crate::views::all_set_aside;

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

/// A graph that is being made: everything that was named is a place, and those that turn out to be something are nodes.
#[derive(Default)]
struct Building {
    places: BTreeMap<GraphKind, HashMap<String, usize>>,
    nodes: Vec<(String, Option<GraphNode>)>,
    links: HashSet<(usize, usize)>,
}

impl Building {
    fn place(&mut self, kind: GraphKind, id: &str) -> usize {
        let of_kind = self.places.entry(kind).or_default();
        if let Some(known) = of_kind.get(id) {
            return *known;
        }
        let place = self.nodes.len();
        of_kind.insert(id.to_owned(), place);
        self.nodes.push((id.to_owned(), None));
        place
    }

    fn node(&mut self, kind: GraphKind, id: &str, name: &str, note: Option<(EntryRef, Tlp)>) -> usize {
        let place = self.place(kind, id);
        if let Some((_, node @ None)) = self.nodes.get_mut(place) {
            *node = Some(GraphNode {
                kind,
                name: name.to_owned(),
                at: note.map(|(at, _)| at),
                marking: note.map(|(_, marking)| marking),
            });
        }
        place
    }

    fn link(&mut self, a: usize, b: usize) {
        self.links.insert((a.min(b), a.max(b)));
    }

    /// The nodes with the most links, and the links between them.
    fn finish(self) -> Graph {
        let is_node = |place: usize| self.nodes.get(place).is_some_and(|(_, node)| node.is_some());
        let links = || self.links.iter().filter(|(a, b)| is_node(*a) && is_node(*b));
        let mut degree = vec![0_usize; self.nodes.len()];
        for place in links().flat_map(|(a, b)| [*a, *b]) {
            if let Some(count) = degree.get_mut(place) {
                *count += 1;
            }
        }
        let nodes = self.nodes.iter().zip(&degree).enumerate();
        let mut kept: Vec<(&usize, (GraphKind, &str), usize, &GraphNode)> = nodes
            .filter_map(|(place, ((id, node), degree))| {
                let node = node.as_ref()?;
                Some((degree, (node.kind, id.as_str()), place, node))
            })
            .collect();
        let left_out = kept.len().saturating_sub(GRAPH_NODES_MAX);
        kept.sort_unstable_by_key(|(degree, key, ..)| (Reverse(**degree), *key));
        kept.truncate(GRAPH_NODES_MAX);
        kept.sort_unstable_by_key(|(_, key, ..)| *key);
        let shown: HashMap<usize, usize> = kept
            .iter()
            .enumerate()
            .map(|(at, (_, _, place, _))| (*place, at))
            .collect();
        let mut links: Vec<(usize, usize)> = links()
            .filter_map(|(a, b)| Some((*shown.get(a)?, *shown.get(b)?)))
            .map(|(a, b)| (a.min(b), a.max(b)))
            .collect();
        links.sort_unstable();
        Graph {
            nodes: kept.into_iter().map(|(.., node)| node.clone()).collect(),
            links,
            left_out,
        }
    }
}

/// The kinds of notes that a graph is made of.
fn is_drawn(kind: EntryKind) -> bool {
    gather::is_intelligence(kind) || matches!(kind, EntryKind::EvidenceDelivered | EntryKind::RequestMade)
}

/// The graph of what a reader may read of a space.
fn make(state: &State, space: &Space, reader: &Reader, now_ms: u64) -> Until<Graph> {
    let notes = gather::notes(state, space, &|_, _, entry| reader.reads(entry));
    let withdrawals = Withdrawals::of(&notes);
    let mut building = Building::default();
    let mut expires = u64::MAX;
    for note in &notes {
        let own = Some((note.at, note.entry.marking.tlp));
        match &note.entry.body {
            ContentBody::IndicatorPublished(said) => {
                for one in &said.indicators {
                    if withdrawals.of_value(note, &one.value).is_some()
                        || one.valid_until_ms.is_some_and(|until| until <= now_ms)
                    {
                        continue;
                    }
                    let Ok(pattern) = Pattern::parse(&one.value) else {
                        continue;
                    };
                    expires = expires.min(one.valid_until_ms.unwrap_or(u64::MAX));
                    let value = pattern.canonical();
                    let indicator = building.node(GraphKind::Indicator, value, value, own);
                    for label in &one.labels {
                        let label = building.node(GraphKind::Label, &label.to_lowercase(), label, None);
                        building.link(indicator, label);
                    }
                    if let Some(report) = said.report {
                        let report = building.place(GraphKind::Report, &report.to_string());
                        building.link(indicator, report);
                    }
                }
            }
            ContentBody::ReportPublished(said) => {
                let id = note.at.to_string();
                let report = building.node(GraphKind::Report, &id, &note.entry.title, own);
                for technique in &said.techniques {
                    let label = building.node(GraphKind::Label, &technique.to_lowercase(), technique, None);
                    building.link(report, label);
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
                    let indicator = building.place(GraphKind::Indicator, pattern.canonical());
                    building.link(seen, indicator);
                }
            }
            _ => {}
        }
    }
    let asides = all_set_aside(state, space);
    for at in space.of_kinds(|kind| kind == EntryKind::EvidenceDelivered) {
        let Some((_, _, Body::Content(entry))) = state.entry(at) else {
            continue;
        };
        let ContentBody::EvidenceDelivered(said) = &entry.body else {
            continue;
        };
        let counts = reader.reads(entry) && !space.control.is_recalled(at) && !asides.aside.contains(&at);
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
                    let indicator = building.place(GraphKind::Indicator, pattern.canonical());
                    building.link(exhibit, indicator);
                }
            }
        }
    }
    Until {
        ms: expires,
        thing: building.finish(),
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
            let now_ms = self.now_ms();
            let made = space.made.graph.get(
                space.version_of(is_drawn),
                reader.categories(),
                |made| now_ms < made.ms,
                || make(&state, space, &reader, now_ms),
            );
            let graph = made.thing.clone();
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
                    building.link(hub, node);
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
