//! The causal order of the entries of a space, the same on every node that holds the same entries, whatever order
//! they arrived in.
//!
//! An entry comes after its predecessor in its own ledger and after everything its cited heads cover, transitively.
//! [`Order::linear`] breaks ties by clock, then ledger, then sequence. An entry waits, with all that depends on it,
//! while something it cites is not held or while its stamp is more than [`crate::MAX_AHEAD_MS`] ahead. A clock that
//! contradicts causality is reported; causality wins.
//!
//! Cost: O(n log n + citations) time and n x ledgers x 8 bytes (a vector clock for each entry). Not checked here:
//! that a cited root is the one held ([`crate::Head::agrees_with`]), which the pulling side does on arrival.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::header::{Clock, Header};
use crate::id::{EntryId, LedgerId};

/// Most ledgers in one space: an entry's own and the most it can cite.
pub const MAX_LEDGERS: usize = crate::header::MAX_HEADS + 1;

/// Entries that cannot be ordered at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Two different headers for one place: a fork that should have been caught when it was pulled.
    #[error("two different entries claim to be {0}: keep both checkpoints as proof of a fork")]
    TwoEntries(EntryId),
    /// More than [`MAX_LEDGERS`].
    #[error("the space has {0} ledgers, {MAX_LEDGERS} is the most")]
    TooManyLedgers(usize),
}

/// Why an entry waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// This entry is missing: of its own ledger, or the last one that a cited head covers.
    Missing(EntryId),
    /// Its stamp is too far ahead; it is free from this time of our clock on.
    Ahead {
        /// Milliseconds since the Unix epoch.
        until_ms: u64,
    },
    /// It depends on this entry, which waits. (Entries that cite each other in a circle depend on each other.)
    DependsOn(EntryId),
}

/// A clock or citation that contradicts causality. The entry is ordered all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Its stamp is not after that of its predecessor in the ledger.
    ClockBackwards,
    /// Its stamp is not after that of this entry, which it cites.
    ClockBehind(EntryId),
    /// It cites less of this ledger than its predecessor did.
    HeadBackwards(LedgerId),
}

/// How two ordered entries stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They are one entry.
    Same,
    /// The second's author had seen the first.
    Before,
    /// The first's author had seen the second.
    After,
    /// Neither had seen the other.
    Concurrent,
}

/// The order of a set of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    ledgers: Vec<LedgerId>,
    /// For each ordered entry: how many entries of each ledger it has seen, itself included.
    seen: BTreeMap<EntryId, Vec<u64>>,
    linear: Vec<EntryId>,
    waiting: Vec<(EntryId, Wait)>,
    faults: Vec<(EntryId, Fault)>,
    /// The greatest clock that is ordered.
    newest: Clock,
    /// Whether some of a ledger was left out.
    limited: bool,
}

/// An entry while the order is made.
struct Node<'a> {
    header: &'a Header,
    /// Positions of predecessor and cited entries.
    needs: Vec<usize>,
    unmet: usize,
    needed_by: Vec<usize>,
    wait: Option<Wait>,
    ordered: bool,
}

impl Order {
    /// Orders these entries as seen at `now_ms`. The same header may be given twice.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn new<'a>(headers: impl IntoIterator<Item = &'a Header>, now_ms: u64) -> Result<Self, OrderError> {
        Self::within(headers, &BTreeMap::new(), now_ms)
    }

    /// As [`Order::new`], of the first so many entries of the ledgers named in `limits` only. What lies beyond is
    /// left out, and nobody waits for it: who cites more of such a ledger is taken to cite that much.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn within<'a>(
        headers: impl IntoIterator<Item = &'a Header>,
        limits: &BTreeMap<LedgerId, u64>,
        now_ms: u64,
    ) -> Result<Self, OrderError> {
        let allowed = |header: &&Header| limits.get(&header.ledger).is_none_or(|limit| header.seq < *limit);
        let mut nodes = nodes(headers.into_iter().filter(allowed))?;
        let spans = spans(&nodes);
        if spans.len() > MAX_LEDGERS {
            return Err(OrderError::TooManyLedgers(spans.len()));
        }
        link(&mut nodes, &spans, limits, now_ms);
        let ledgers = spans.keys().copied().collect();
        let mut order = Self {
            ledgers,
            seen: BTreeMap::new(),
            linear: Vec::new(),
            waiting: Vec::new(),
            faults: Vec::new(),
            newest: Clock::default(),
            limited: !limits.is_empty(),
        };
        order.walk(&mut nodes);
        for node in &nodes {
            let blocked_by = || {
                node.needs
                    .iter()
                    .filter_map(|need| nodes.get(*need))
                    .find(|need| !need.ordered)
            };
            let depends = || blocked_by().map(|need| Wait::DependsOn(need.header.id()));
            if !node.ordered
                && let Some(wait) = node.wait.or_else(depends)
            {
                order.waiting.push((node.header.id(), wait));
            }
        }
        Ok(order)
    }

    /// Kahn's algorithm with a heap: always the free entry with the smallest clock, ledger, sequence.
    fn walk(&mut self, nodes: &mut [Node<'_>]) {
        let key = |header: &Header, position| Reverse((header.clock, header.ledger, header.seq, position));
        let free = |(position, node): (usize, &Node<'_>)| {
            (node.unmet == 0 && node.wait.is_none()).then(|| key(node.header, position))
        };
        let mut heap: BinaryHeap<_> = nodes.iter().enumerate().filter_map(free).collect();
        while let Some(Reverse((.., position))) = heap.pop() {
            let Some(node) = nodes.get_mut(position) else {
                continue;
            };
            node.ordered = true;
            let (header, needed_by) = (node.header, std::mem::take(&mut node.needed_by));
            let needs = node.needs.clone();
            self.place(
                header,
                needs
                    .iter()
                    .filter_map(|need| nodes.get(*need))
                    .map(|need| need.header),
            );
            for dependent in needed_by {
                let Some(node) = nodes.get_mut(dependent) else {
                    continue;
                };
                node.unmet = node.unmet.saturating_sub(1);
                if node.unmet == 0 && node.wait.is_none() {
                    heap.push(key(node.header, dependent));
                }
            }
        }
    }

    fn place<'a>(&mut self, header: &Header, needs: impl Iterator<Item = &'a Header>) {
        let id = header.id();
        let mut seen = vec![0u64; self.ledgers.len()];
        for need in needs {
            let need_id = need.id();
            let own = need_id.ledger == id.ledger;
            if let Some(theirs) = self.seen.get(&need_id) {
                for (mine, theirs) in seen.iter_mut().zip(theirs) {
                    *mine = (*mine).max(*theirs);
                }
            }
            if header.clock <= need.clock {
                let fault = if own {
                    Fault::ClockBackwards
                } else {
                    Fault::ClockBehind(need_id)
                };
                self.faults.push((id, fault));
            }
            for head in need.heads.iter().filter(|_| own) {
                let later = header.heads.iter().find(|later| later.ledger == head.ledger);
                if later.is_some_and(|later| later.size < head.size) {
                    self.faults.push((id, Fault::HeadBackwards(head.ledger)));
                }
            }
        }
        if let Some(mine) = self.column(&id.ledger).and_then(|column| seen.get_mut(column)) {
            *mine = id.seq.saturating_add(1);
        }
        self.newest = self.newest.max(header.clock);
        self.linear.push(id);
        self.seen.insert(id, seen);
    }

    /// Takes one more entry at the end, where that is what ordering everything again would give: nothing waits and
    /// nothing was left out, its predecessor and all that it cites are ordered, and its clock is past every other's.
    /// `header_of` finds the header of an ordered entry. Whether it was taken; if not, nothing has changed.
    ///
    /// An entry with the greatest clock is the last one free in the walk over all of them, whatever it cites.
    pub fn push<'a>(
        &mut self,
        header: &Header,
        header_of: impl Fn(EntryId) -> Option<&'a Header>,
        now_ms: u64,
    ) -> bool {
        if self.limited || !self.waiting.is_empty() || header.clock <= self.newest {
            return false;
        }
        if header.clock.is_ahead_of(now_ms) || self.column(&header.ledger).is_none() {
            return false;
        }
        let cited = header.heads.iter().map(|head| (head.ledger, head.size));
        let mut needs = Vec::with_capacity(header.heads.len() + 1);
        for (ledger, size) in std::iter::once((header.ledger, header.seq)).chain(cited) {
            let Some(seq) = size.checked_sub(1) else { continue };
            let id = EntryId { ledger, seq };
            match header_of(id).filter(|_| self.seen.contains_key(&id)) {
                Some(need) => needs.push(need),
                None => return false,
            }
        }
        if self.seen.contains_key(&header.id()) {
            return false;
        }
        self.place(header, needs.into_iter());
        true
    }

    /// The clock to stamp the next entry with, where nothing waits: greater than every ordered entry's. `None` where
    /// something does: then every header must be looked at ([`Order::next_clock`]).
    pub fn tick(&self, now_ms: u64) -> Option<Clock> {
        self.waiting.is_empty().then(|| self.newest.tick(now_ms))
    }

    fn column(&self, ledger: &LedgerId) -> Option<usize> {
        self.ledgers.binary_search(ledger).ok()
    }

    /// All ordered entries: causes before effects, ties by clock, ledger, sequence.
    pub fn linear(&self) -> &[EntryId] {
        &self.linear
    }

    /// The entries that wait, ascending by id, and why.
    pub fn waiting(&self) -> &[(EntryId, Wait)] {
        &self.waiting
    }

    /// Clocks and citations that contradict causality, in the order of [`Order::linear`].
    pub fn faults(&self) -> &[(EntryId, Fault)] {
        &self.faults
    }

    /// How two ordered entries stand to each other; none when one of them waits or is not held.
    pub fn relation(&self, a: EntryId, b: EntryId) -> Option<Relation> {
        let sees = |later: EntryId, earlier: EntryId| -> Option<bool> {
            let seen = self.seen.get(&later)?.get(self.column(&earlier.ledger)?)?;
            self.seen.get(&earlier)?;
            Some(*seen > earlier.seq)
        };
        let (b_sees_a, a_sees_b) = (sees(b, a)?, sees(a, b)?);
        Some(match (b_sees_a, a_sees_b) {
            _ if a == b => Relation::Same,
            (true, _) => Relation::Before,
            (_, true) => Relation::After,
            _ => Relation::Concurrent,
        })
    }

    /// Whether `b`'s author had seen `a`, both being ordered.
    pub fn before(&self, a: EntryId, b: EntryId) -> bool {
        self.relation(a, b) == Some(Relation::Before)
    }

    /// Whether neither author had seen the other's entry, both being ordered.
    pub fn concurrent(&self, a: EntryId, b: EntryId) -> bool {
        self.relation(a, b) == Some(Relation::Concurrent)
    }

    /// The clock to stamp the next entry with: greater than every ordered entry's.
    pub fn next_clock<'a>(headers: impl IntoIterator<Item = &'a Header>, now_ms: u64) -> Clock {
        let free = headers
            .into_iter()
            .map(|header| header.clock)
            .filter(|clock| !clock.is_ahead_of(now_ms));
        free.max().unwrap_or_default().tick(now_ms)
    }
}

/// Nodes ascending by entry, each once.
fn nodes<'a>(headers: impl IntoIterator<Item = &'a Header>) -> Result<Vec<Node<'a>>, OrderError> {
    let mut sorted: Vec<&Header> = headers.into_iter().collect();
    sorted.sort_by_key(|header| header.id());
    let mut nodes: Vec<Node<'a>> = Vec::with_capacity(sorted.len());
    for header in sorted {
        match nodes.last() {
            Some(last) if last.header.id() == header.id() => {
                if last.header != header {
                    return Err(OrderError::TwoEntries(header.id()));
                }
            }
            _ => nodes.push(Node {
                header,
                needs: Vec::new(),
                unmet: 0,
                needed_by: Vec::new(),
                wait: None,
                ordered: false,
            }),
        }
    }
    Ok(nodes)
}

/// For each ledger: the position of its first node, and how many entries from 0 on are held without a gap.
fn spans(nodes: &[Node<'_>]) -> BTreeMap<LedgerId, (usize, u64)> {
    let mut spans = BTreeMap::new();
    for (position, node) in nodes.iter().enumerate() {
        let (_, held) = spans.entry(node.header.ledger).or_insert((position, 0u64));
        if node.header.seq == *held {
            *held += 1;
        }
    }
    spans
}

/// Fills in who needs whom, and who waits for something that is not here or not yet.
fn link(
    nodes: &mut [Node<'_>],
    spans: &BTreeMap<LedgerId, (usize, u64)>,
    limits: &BTreeMap<LedgerId, u64>,
    now_ms: u64,
) {
    let mut edges = Vec::new();
    for (position, node) in nodes.iter_mut().enumerate() {
        let header = node.header;
        let before_own = (header.ledger, header.seq);
        let cited = header.heads.iter().map(|head| (head.ledger, head.size));
        // (ledger, size): the first `size` entries of that ledger; the last of them implies the others.
        for (ledger, size) in std::iter::once(before_own).chain(cited) {
            let size = limits.get(&ledger).map_or(size, |limit| size.min(*limit));
            let Some(last) = size.checked_sub(1) else { continue };
            let (first, held) = spans.get(&ledger).copied().unwrap_or((0, 0));
            if last >= held {
                // Of one's own ledger the gap itself is named, of a cited one the last entry covered.
                let seq = if ledger == header.ledger { held } else { last };
                node.wait = node.wait.or(Some(Wait::Missing(EntryId { ledger, seq })));
                continue;
            }
            // Held without a gap: the nodes stand in a row.
            let need = first + usize::try_from(last).unwrap_or(usize::MAX - first);
            node.needs.push(need);
            edges.push((need, position));
        }
        node.unmet = node.needs.len();
        if header.clock.is_ahead_of(now_ms) {
            let until_ms = header.clock.wall_ms.saturating_sub(crate::header::MAX_AHEAD_MS);
            node.wait = node.wait.or(Some(Wait::Ahead { until_ms }));
        }
    }
    for (need, position) in edges {
        if let Some(node) = nodes.get_mut(need) {
            node.needed_by.push(position);
        }
    }
}
