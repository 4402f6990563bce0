//! What is kept of the events, so that the memory does not grow with the logs.
//!
//! Of each assignment only what decides about the instant asked: the latest events before it, all of them within the
//! error of the clock, the earliest after it. Each of these is a minimum or a maximum, so that neither the order of the
//! lines nor how often one is logged changes what is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;

use super::answer::Service;
use super::event::{Event, Kind, Restart};
use super::limits::AssignmentLimits;
use super::question::{Protocol, Question, masked, range};

/// The ends of so many different holders are kept on either side of an instant.
const MAX_ENDS: usize = 4;
/// The most events kept that a clock turned back leaves without an order.
const MAX_UNORDERED: usize = 16;

/// One assignment, of one source, as one question sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StateKey {
    pub(super) question: u32,
    pub(super) source: u32,
    pub(super) service: Service,
    pub(super) held: IpNet,
    pub(super) ports: Option<(u16, u16)>,
    pub(super) protocol: Option<Protocol>,
    /// Leases and sessions are followed by holder; of a translation the holder is what changes.
    pub(super) holder: Option<Arc<str>>,
}

/// The instants around which events are kept: the question's, widened by the error of the source's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) first_ms: i64,
    pub(super) last_ms: i64,
}

/// What is kept of one assignment.
#[derive(Debug, Default, Clone)]
pub(super) struct Kept {
    before: Side,
    inside: Vec<Event>,
    after: Side,
    /// Something was not kept: events inside, or ends that a late beginning could need.
    pub(super) left_out: u64,
}

#[derive(Debug, Default, Clone)]
struct Side {
    begins: Vec<Event>,
    alive: Vec<Event>,
    ends: Vec<Event>,
}

impl Kept {
    /// Takes an event.
    pub(super) fn add(&mut self, event: Event, zone: Zone, max_inside: usize) {
        let (side, later) = if event.span.last_ms < zone.first_ms {
            (&mut self.before, true)
        } else if event.span.first_ms > zone.last_ms {
            (&mut self.after, false)
        } else {
            let known = |other: &Event| other.place == event.place && other.kind == event.kind;
            if self.inside.iter().any(known) {
                return;
            }
            if self.inside.len() < max_inside {
                self.inside.push(event);
            } else {
                self.left_out += 1;
            }
            return;
        };
        let left_out = match event.kind {
            Kind::Start | Kind::Renew => nearest(&mut side.begins, event, later, |_, _| true),
            Kind::Alive => nearest(&mut side.alive, event, later, |_, _| true),
            Kind::End(_) => nearest(&mut side.ends, event, later, |one, other| {
                one.who.key == other.who.key
            }),
        };
        self.left_out += left_out;
    }

    /// All of it. What follows another holder's beginning behind the instant says nothing of the instant: its own
    /// beginning was not kept.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        let foreign = |event: &&Event| {
            let begins = self.after.begins.iter();
            begins
                .into_iter()
                .any(|begin| begin.who.key != event.who.key && event.is_after(begin))
        };
        let before = self
            .before
            .begins
            .iter()
            .chain(&self.before.alive)
            .chain(&self.before.ends);
        let after = self
            .after
            .alive
            .iter()
            .chain(&self.after.ends)
            .filter(move |event| !foreign(event));
        before.chain(&self.inside).chain(&self.after.begins).chain(after)
    }
}

/// Keeps the latest (or earliest) events of those that are `alike`; more than one only where the clock was turned back
/// and their order is not known. How many had to be left out is the answer.
fn nearest(kept: &mut Vec<Event>, event: Event, later: bool, alike: fn(&Event, &Event) -> bool) -> u64 {
    let beats = |one: &Event, other: &Event| {
        alike(one, other)
            && if later {
                one.is_after(other)
            } else {
                other.is_after(one)
            }
    };
    if kept
        .iter()
        .any(|other| other.place == event.place || beats(other, &event))
    {
        return 0;
    }
    kept.retain(|other| !beats(&event, other));
    kept.push(event);
    let holders = kept
        .iter()
        .map(|event| event.who.key.as_str())
        .collect::<BTreeSet<_>>()
        .len();
    let unlike = kept
        .first()
        .is_some_and(|first| kept.iter().any(|other| !alike(first, other)));
    if (unlike && holders > MAX_ENDS) || kept.len() > MAX_UNORDERED {
        // The farthest goes.
        let farthest = kept.iter().enumerate().reduce(|far, one| {
            let is_farther = if later {
                far.1.is_after(one.1)
            } else {
                one.1.is_after(far.1)
            };
            if is_farther { one } else { far }
        });
        if let Some((at, _)) = farthest {
            kept.remove(at);
        }
        // That an end of a holder of long ago goes is no loss: only one after the last beginning counts.
        return u64::from(!unlike);
    }
    0
}

/// The questions by what they ask about, and what is kept for each.
pub(super) struct Book<'q> {
    questions: &'q [Question],
    /// Leases and sessions only: whoever stands behind a translation.
    is_behind: bool,
    by_start: BTreeMap<u128, Ports>,
    lengths: BTreeSet<u8>,
    pub(super) states: BTreeMap<StateKey, Kept>,
    /// Assignments of sessions whose records do not all name the address.
    sessions: BTreeMap<(u32, String), Vec<StateKey>>,
    /// By question: events that were not followed; by question and source: lines without time.
    pub(super) not_followed: BTreeMap<u32, u64>,
    pub(super) without_time: BTreeMap<(u32, u32), u64>,
    limits: AssignmentLimits,
}

#[derive(Debug, Default)]
struct Ports {
    any: Vec<u32>,
    one: BTreeMap<u16, Vec<u32>>,
}

impl<'q> Book<'q> {
    pub(super) fn new(questions: &'q [Question], is_behind: bool, limits: AssignmentLimits) -> Self {
        let mut by_start: BTreeMap<u128, Ports> = BTreeMap::new();
        let mut lengths = BTreeSet::new();
        for (question, number) in questions.iter().zip(0_u32..) {
            let ports = by_start.entry(range(question.address).0).or_default();
            match question.port.filter(|_| !is_behind) {
                Some(port) => ports.one.entry(port).or_default().push(number),
                None => ports.any.push(number),
            }
            if let IpNet::V6(net) = question.address {
                lengths.insert(net.prefix_len());
            }
        }
        Self {
            questions,
            is_behind,
            by_start,
            lengths,
            states: BTreeMap::new(),
            sessions: BTreeMap::new(),
            not_followed: BTreeMap::new(),
            without_time: BTreeMap::new(),
            limits,
        }
    }

    pub(super) const fn questions(&self) -> &'q [Question] {
        self.questions
    }

    /// The questions that this touches; of ports, those that it tells.
    fn touched(&self, held: IpNet, ports: Option<(u16, u16)>) -> Vec<u32> {
        let (first, last) = range(held);
        let mut found = Vec::new();
        let mut put = |of: &Ports| {
            found.extend_from_slice(&of.any);
            match ports {
                Some((low, high)) => found.extend(of.one.range(low..=high).flat_map(|(_, numbers)| numbers)),
                None => found.extend(of.one.values().flatten()),
            }
        };
        self.by_start.range(first..=last).for_each(|(_, of)| put(of));
        for length in &self.lengths {
            // Prefixes that are asked about and hold it, but begin before it.
            let start = masked(first, *length);
            if start < first
                && let Some(of) = self.by_start.get(&start)
            {
                put(of);
            }
        }
        let overlaps = |number: &u32| {
            let asked = self
                .questions
                .get(*number as usize)
                .map(|question| range(question.address));
            asked.is_some_and(|(from, to)| from <= last && to >= first)
        };
        found.retain(overlaps);
        found
    }

    /// Takes an event of a source.
    pub(super) fn event(&mut self, source: u32, error_ms: u64, event: &Event) {
        if self.is_behind && event.service == Service::Nat {
            return;
        }
        let Some(held) = event.held else { return };
        for number in self.touched(held, event.ports) {
            let Some(question) = self.questions.get(number as usize) else {
                continue;
            };
            let other = |asked: Protocol| event.protocol.is_some_and(|logged| logged != asked);
            if !self.is_behind && question.protocol.is_some_and(other) {
                continue;
            }
            let key = StateKey {
                question: number,
                source,
                service: event.service,
                held,
                ports: event.ports,
                protocol: event.protocol,
                holder: (event.service != Service::Nat).then(|| Arc::from(event.who.key.as_str())),
            };
            let full = self.states.len() >= self.limits.states;
            if full && !self.states.contains_key(&key) {
                *self.not_followed.entry(number).or_default() += 1;
                continue;
            }
            let zone = zone(question, error_ms);
            let kept = self.states.entry(key).or_default();
            kept.add(event.clone(), zone, self.limits.events_inside);
        }
    }

    /// Takes an event of a session that names no address.
    pub(super) fn session_event(&mut self, source: u32, error_ms: u64, event: &Event) {
        let Some(keys) = self.sessions.get(&(source, event.who.key.clone())) else {
            return;
        };
        for key in keys {
            let question = self.questions.get(key.question as usize);
            if let Some((question, kept)) = question.zip(self.states.get_mut(key)) {
                kept.add(event.clone(), zone(question, error_ms), self.limits.events_inside);
            }
        }
    }

    /// Follows the session of an assignment.
    pub(super) fn follow(&mut self, session: String, key: StateKey) {
        self.sessions.entry((key.source, session)).or_default().push(key);
    }

    pub(super) fn without_time(&mut self, source: u32, held: &[IpNet]) {
        let mut touched: BTreeSet<u32> = BTreeSet::new();
        for net in held {
            touched.extend(self.touched(*net, None));
        }
        for number in touched {
            *self.without_time.entry((number, source)).or_default() += 1;
        }
    }
}

/// Restarts of access servers, by source.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    by_source: BTreeMap<u32, Vec<Restart>>,
    kept: usize,
    pub(super) left_out: u64,
}

impl Restarts {
    pub(super) fn add(&mut self, source: u32, restart: Restart, max: usize) {
        if self.kept < max {
            self.kept += 1;
            self.by_source.entry(source).or_default().push(restart);
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn of(&self, source: u32) -> &[Restart] {
        self.by_source.get(&source).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The question's instants, widened by the error of the clock.
pub(super) fn zone(question: &Question, error_ms: u64) -> Zone {
    let (first, last) = question.window();
    let error = i64::try_from(error_ms).unwrap_or(i64::MAX);
    Zone {
        first_ms: first.saturating_sub(error),
        last_ms: last.saturating_add(error),
    }
}
