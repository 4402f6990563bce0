//! Events to holdings: who had one thing from when to when, and what shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use accord_formats::logs::Basis;

use super::answer::{FirstRests, LastRests, Service, Support};
use super::event::{Event, Kind, Place, Restart, Who};
use super::limits::SAME_END_MS;

/// One holding of one thing.
#[derive(Debug, Clone)]
pub(super) struct Holding {
    pub(super) who: Arc<Who>,
    service: Service,
    /// The first instant, where a line tells one.
    pub(super) first: Option<(i64, FirstRests, Place)>,
    /// The last instant; nothing where nothing ends it.
    pub(super) last: Option<(i64, LastRests, Option<Place>)>,
    /// When it is told to be held, in order.
    pub(super) signs: Vec<(i64, Place)>,
    /// When the lease runs out that was told last, and whether a person set its length.
    lease: Option<(i64, bool)>,
    pub(super) basis: Basis,
    pub(super) turned_back: bool,
    pub(super) doubtful: bool,
}

impl Holding {
    fn new(event: &Event, first: Option<(i64, FirstRests, Place)>) -> Self {
        Self {
            who: Arc::clone(&event.who),
            service: event.service,
            first,
            last: None,
            signs: Vec::new(),
            lease: None,
            basis: Basis::Logged,
            turned_back: false,
            doubtful: false,
        }
    }

    /// Takes over what its times rest on.
    fn rests_on(&mut self, event: &Event) {
        let weakness = |basis| match basis {
            Basis::Logged => 0,
            Basis::ZoneSet => 1,
            Basis::ZoneAndYearSet => 2,
        };
        if weakness(event.basis) > weakness(self.basis) {
            self.basis = event.basis;
        }
        self.turned_back |= event.is_twofold();
        self.doubtful |= event.doubtful;
    }

    fn sign(&mut self, at_ms: i64, event: &Event, assumed_lease_ms: Option<i64>) {
        self.rests_on(event);
        self.signs.push((at_ms, event.place));
        if !event.kind.begins() || event.service != Service::Dhcp {
            return;
        }
        self.lease = match (event.lease_ms, assumed_lease_ms) {
            // All ones: for ever (RFC 2131 section 3.3).
            (Some(lease), _) if lease >= i64::from(u32::MAX) * 1000 => None,
            (Some(lease), _) => Some((at_ms.saturating_add(lease), false)),
            (None, Some(lease)) => Some((at_ms.saturating_add(lease), true)),
            (None, None) => None,
        };
    }

    /// When its lease has run out before this instant.
    fn ran_out(&self, before_ms: i64) -> Option<(i64, LastRests, Option<Place>)> {
        self.lease_end().filter(|(at, ..)| *at < before_ms)
    }

    fn lease_end(&self) -> Option<(i64, LastRests, Option<Place>)> {
        let (at, assumed) = self.lease?;
        let rests = if assumed {
            LastRests::AssumedLeaseRunsOut
        } else {
            LastRests::LeaseRunsOut
        };
        Some((at, rests, None))
    }

    /// The first instant at which it may have been held.
    pub(super) fn earliest_ms(&self) -> i64 {
        self.first.map_or(i64::MIN, |(at, ..)| at)
    }

    /// The last instant at which it may have been held.
    pub(super) fn latest_ms(&self) -> i64 {
        self.last.map_or(i64::MAX, |(at, ..)| at)
    }

    /// What shows that it was held from one instant to another.
    pub(super) fn support(&self, from_ms: i64, to_ms: i64) -> Support {
        // Of a holding that covers a part, or lies beside: of that part.
        let from = from_ms.max(self.earliest_ms()).min(self.latest_ms());
        let to = to_ms.min(self.latest_ms()).max(self.earliest_ms());
        let before = self.signs.iter().any(|(at, _)| *at <= from);
        let told_after = match self.last {
            Some((at, LastRests::Told(_) | LastRests::NasRestart, _)) => at >= to,
            _ => false,
        };
        let sign_after = self.signs.iter().any(|(at, _)| *at >= to);
        let leased = self.lease.filter(|(end, _)| *end >= to);
        match (before, leased) {
            (false, _) => Support::OnlyAfter,
            (true, _) if told_after => Support::Told,
            (true, None) if sign_after && self.service == Service::Dhcp => Support::Between,
            (true, Some((_, true))) if sign_after => Support::Between,
            (true, _) if sign_after => Support::Told,
            (true, Some((_, false))) => Support::ByLease,
            (true, Some((_, true))) => Support::ByAssumedLease,
            (true, None) => Support::OnlyBefore,
        }
    }
}

/// What happens, at one instant of those that are possible.
struct Step<'a> {
    at_ms: i64,
    place: Place,
    what: What<'a>,
}

enum What<'a> {
    /// A line.
    Event(&'a Event),
    /// The beginning that a later record of the session gives by how long it had lasted.
    Inferred(&'a Event),
    /// All sessions of an access server end.
    Restart(&'a Restart),
}

/// The holdings of one thing: an address or prefix, or a port of it. Where a clock was turned back, of each order of
/// events that is possible.
pub(super) fn holdings(
    events: &[&Event],
    restarts: &[Restart],
    assumed_lease_ms: Option<i64>,
) -> Vec<Holding> {
    let mut found = Vec::new();
    let twofold = events.iter().any(|event| event.is_twofold());
    let orders: &[Order] = if twofold {
        &[Order::Read, Order::First, Order::Last]
    } else {
        &[Order::First]
    };
    for order in orders {
        let instants = instants(events, *order);
        for holding in follow(events, &instants, restarts, assumed_lease_ms) {
            let same = |other: &Holding| {
                other.who.key == holding.who.key && other.first == holding.first && other.last == holding.last
            };
            if !found.iter().any(same) {
                found.push(holding);
            }
        }
    }
    if twofold {
        found.iter_mut().for_each(|holding| holding.turned_back = true);
    }
    found
}

/// Which of the two instants of a line is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The earlier, unless a line that stands before it is later.
    Read,
    /// The earlier.
    First,
    /// The later.
    Last,
}

fn instants(events: &[&Event], order: Order) -> Vec<i64> {
    match order {
        Order::First => events.iter().map(|event| event.span.first_ms).collect(),
        Order::Last => events.iter().map(|event| event.span.last_ms).collect(),
        Order::Read => {
            let mut by_place: Vec<(Place, usize)> = events
                .iter()
                .enumerate()
                .map(|(at, event)| (event.place, at))
                .collect();
            by_place.sort_unstable();
            let mut instants = vec![0; events.len()];
            let mut latest = i64::MIN;
            for (_, at) in by_place {
                let Some(event) = events.get(at) else { continue };
                let first = event.span.first_ms;
                let chosen = if first >= latest {
                    first
                } else {
                    event.span.last_ms
                };
                latest = latest.max(chosen);
                if let Some(instant) = instants.get_mut(at) {
                    *instant = chosen;
                }
            }
            instants
        }
    }
}

fn follow(
    events: &[&Event],
    instants: &[i64],
    restarts: &[Restart],
    assumed_lease_ms: Option<i64>,
) -> Vec<Holding> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    for (event, at_ms) in events.iter().zip(instants) {
        let (event, at_ms, place) = (*event, *at_ms, event.place);
        steps.push(Step {
            at_ms,
            place,
            what: What::Event(event),
        });
    }
    steps.extend(inferred(events, instants));
    if events.iter().any(|event| event.service == Service::Radius) {
        steps.extend(restarts.iter().map(|restart| Step {
            at_ms: restart.time.span.first_ms,
            place: restart.place,
            what: What::Restart(restart),
        }));
    }
    steps.sort_by_key(|step| (step.at_ms, step.place));
    let mut machine = Machine {
        assumed_lease_ms,
        open: Vec::new(),
        closed: Vec::new(),
    };
    for step in &steps {
        machine.run_out(step.at_ms);
        match step.what {
            What::Event(event) => match event.kind {
                Kind::Start | Kind::Renew => machine.begin(step, event),
                Kind::Alive => machine.alive(step, event),
                Kind::End(_) => machine.end(step, event),
            },
            What::Inferred(event) => machine.inferred(step, event),
            What::Restart(restart) => machine.restart(step, restart),
        }
    }
    machine.finish()
}

/// Of each session without a told beginning, the one that its records give.
fn inferred<'a>(events: &[&'a Event], instants: &[i64]) -> Vec<Step<'a>> {
    let mut earliest: BTreeMap<&str, Option<Step<'a>>> = BTreeMap::new();
    for (event, at_ms) in events.iter().zip(instants) {
        let event = *event;
        if event.service != Service::Radius {
            continue;
        }
        let known = earliest.entry(event.who.key.as_str()).or_insert(None);
        let Some(session_ms) = event.session_ms.filter(|_| !event.kind.begins()) else {
            continue;
        };
        let began = at_ms.saturating_sub(session_ms);
        if known.as_ref().is_none_or(|known| began < known.at_ms) {
            *known = Some(Step {
                at_ms: began,
                place: event.place,
                what: What::Inferred(event),
            });
        }
    }
    for event in events.iter().filter(|event| event.kind.begins()) {
        earliest.remove(event.who.key.as_str());
    }
    earliest.into_values().flatten().collect()
}

/// Goes through the steps in order.
struct Machine {
    assumed_lease_ms: Option<i64>,
    open: Vec<Holding>,
    closed: Vec<Holding>,
}

impl Machine {
    fn of(&mut self, who: &Who) -> Option<&mut Holding> {
        self.open.iter_mut().find(|holding| holding.who.key == who.key)
    }

    /// Closes what an end is known of.
    fn close(&mut self, mut end: impl FnMut(&Holding) -> Option<(i64, LastRests, Option<Place>)>) {
        for mut holding in std::mem::take(&mut self.open) {
            match end(&holding) {
                Some(last) => {
                    holding.last = Some(last);
                    self.closed.push(holding);
                }
                None => self.open.push(holding),
            }
        }
    }

    /// Takes up again what another's beginning had ended, where a line shows that it went on; after a restart too, if it
    /// is alive.
    fn reopen(&mut self, who: &Who, alive: bool) -> bool {
        let of_holder = self.closed.iter().rposition(|holding| holding.who.key == who.key);
        let Some(at) = of_holder else { return false };
        let by_other = |holding: &Holding| match holding.last {
            Some((_, LastRests::NextHolder, _)) => true,
            Some((_, LastRests::NasRestart, _)) => alive,
            _ => false,
        };
        if !self.closed.get(at).is_some_and(by_other) {
            return false;
        }
        let mut holding = self.closed.remove(at);
        holding.last = None;
        self.open.push(holding);
        true
    }

    /// The end of the holder's last holding, where it was no other holder's beginning.
    fn ended(&self, who: &Who) -> Option<(i64, LastRests)> {
        let last = self
            .closed
            .iter()
            .rev()
            .find(|holding| holding.who.key == who.key)?;
        let (at, rests, _) = last.last?;
        (rests != LastRests::NextHolder).then_some((at, rests))
    }

    fn run_out(&mut self, now_ms: i64) {
        self.close(|holding| holding.ran_out(now_ms));
    }

    fn supersede(&mut self, step: &Step<'_>, who: &Who) {
        self.close(|holding| {
            (holding.who.key != who.key).then_some((step.at_ms, LastRests::NextHolder, Some(step.place)))
        });
    }

    fn begin(&mut self, step: &Step<'_>, event: &Event) {
        self.supersede(step, &event.who);
        let lease = self.assumed_lease_ms;
        if let Some(holding) = self.of(&event.who) {
            holding.sign(step.at_ms, event, lease);
            return;
        }
        let rests = if event.kind == Kind::Start {
            FirstRests::Told
        } else {
            FirstRests::Seen
        };
        let mut holding = Holding::new(event, Some((step.at_ms, rests, step.place)));
        holding.sign(step.at_ms, event, lease);
        self.open.push(holding);
    }

    fn inferred(&mut self, step: &Step<'_>, event: &Event) {
        self.supersede(step, &event.who);
        if self.of(&event.who).is_none() {
            let mut holding = Holding::new(event, Some((step.at_ms, FirstRests::SessionTime, step.place)));
            holding.rests_on(event);
            holding.signs.push((step.at_ms, step.place));
            self.open.push(holding);
        }
    }

    fn alive(&mut self, step: &Step<'_>, event: &Event) {
        let lease = self.assumed_lease_ms;
        if self.of(&event.who).is_none() && !self.reopen(&event.who, true) {
            // What comes late of a session that has ended.
            if self.ended(&event.who).is_some() {
                return;
            }
            self.open.push(Holding::new(event, None));
        }
        if let Some(holding) = self.of(&event.who) {
            holding.sign(step.at_ms, event, lease);
        }
    }

    fn end(&mut self, step: &Step<'_>, event: &Event) {
        let Kind::End(how) = event.kind else { return };
        if self.of(&event.who).is_none() && !self.reopen(&event.who, false) {
            // Logged twice; or after a lease that ran out, whose renewals behind the instant are not kept.
            let again = self.ended(&event.who).is_some_and(|(ended, rests)| {
                let by_lease = matches!(rests, LastRests::LeaseRunsOut | LastRests::AssumedLeaseRunsOut);
                let soon = step.at_ms.saturating_sub(ended) <= SAME_END_MS;
                event.service == Service::Radius || by_lease || soon
            });
            if again {
                return;
            }
            self.open.push(Holding::new(event, None));
        }
        if let Some(holding) = self.of(&event.who) {
            holding.rests_on(event);
        }
        let last = (step.at_ms, LastRests::Told(how), Some(step.place));
        self.close(|holding| (holding.who.key == event.who.key).then_some(last));
    }

    fn restart(&mut self, step: &Step<'_>, restart: &Restart) {
        self.close(|holding| {
            holding
                .who
                .nas
                .is(&restart.nas)
                .then_some((step.at_ms, LastRests::NasRestart, Some(step.place)))
        });
    }

    fn finish(mut self) -> Vec<Holding> {
        for mut holding in std::mem::take(&mut self.open) {
            holding.last = holding.lease_end();
            self.closed.push(holding);
        }
        self.closed
    }
}
