//! The past of a label: customers and lines by hour and day, what its past lets one expect, how it varies.

use std::collections::VecDeque;

use accord_matcher::Kind;

use crate::event::{Circle, Dimension};
use crate::kept::kept;
use crate::limits::{HISTORY_DAYS, HISTORY_HOURS, LATE_HOURS, MAX_EXAMPLES};
use crate::sketch::sample::Sample;
use crate::story::{Example, shown};
use crate::time::{DAY, TICKS, WEEK};

/// Hours of the windows that are compared with the past: from a sudden outbreak to a slow one.
pub(crate) const WINDOWS: [u64; 5] = [1, 3, 8, 24, 72];
/// Days whose load gives the floor of what is expected.
const FLOOR_DAYS: usize = 28;
/// Sources whose usual share is known, and threats of a place.
const SHARES: usize = 16;
/// What is left of the usual shares after an hour: half after a week.
const HOURLY_SHARE: f32 = 0.995_9;
/// The same of the threats of a place: half after six hours.
const HOURLY_THREATS: f32 = 0.89;
/// Weight of an hour in how a label varies: a week.
const HOURLY_SPREAD: f32 = 1.0 / 168.0;
/// Most of an hour's squared deviation that is learned, so that an outbreak does not become usual.
const SPREAD_MAX: f64 = 9.0;

/// An hour of a label.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Hour {
    pub lines: u32,
    pub customers: f32,
    /// Customers that the past let one expect.
    pub expected: f32,
}
kept!(Hour {
    lines,
    customers,
    expected
});

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Track {
    /// Its keyed hash.
    pub hash: u64,
    /// Whose it is.
    pub circle: Circle,
    /// None is the whole node.
    pub dimension: Option<Dimension>,
    pub label: String,
    /// By hour since 1970, modulo their number.
    hours: Vec<Hour>,
    /// Lines and customers, by day since 1970, modulo their number.
    days: Vec<(u32, f32)>,
    /// Customers of the open hour, then of those before it, the latest first.
    recent: VecDeque<Sample>,
    today: Sample,
    /// Share of an hour's customers that came by the end of each tick.
    pace: [f32; TICKS],
    by_tick: [f32; TICKS],
    /// Variance over mean of each window.
    spread: [f32; WINDOWS.len()],
    /// Usual weights of sources.
    sources: Vec<(u16, f32)>,
    /// Of a place: events of each threat, by its hash, fading.
    threats: Vec<(u64, f32)>,
    events: f32,
    /// Sums of the hours of the last days.
    loads: VecDeque<f32>,
    /// The least that is expected of an hour.
    floor: f32,
    /// Hours since 1970 of the first event, and of the last.
    pub first_hour: u64,
    pub last_hour: u64,
    /// Days on which it was seen.
    pub active_days: u32,
    pub last_ms: u64,
    pub examples: VecDeque<Example>,
    /// Whether events came since it was looked at.
    pub touched: bool,
}
kept!(Track {
    hash,
    circle,
    dimension,
    label,
    hours,
    days,
    recent,
    today,
    pace,
    by_tick,
    spread,
    sources,
    threats,
    events,
    loads,
    floor,
    first_hour,
    last_hour,
    active_days,
    last_ms,
    examples,
    touched,
});

/// Which hours of the past can be compared with.
pub(crate) struct Observed<'a> {
    /// First hour of the node's history.
    pub since: u64,
    pub node: &'a Track,
}

impl Observed<'_> {
    fn has(&self, hour: u64) -> bool {
        hour >= self.since && self.node.hour(hour).lines > 0
    }
}

/// A window compared with the past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Window {
    pub hours: u64,
    pub seen: f64,
    pub expected: f64,
    pub spread: f64,
}

fn fade<K: PartialEq + Ord + Copy>(list: &mut Vec<(K, f32)>, share: f32) {
    list.iter_mut().for_each(|one| one.1 *= share);
    list.retain(|one| one.1 > 0.01);
}

/// Adds to the weight of one of a few; the lightest makes room.
fn weigh<K: PartialEq + Ord + Copy>(list: &mut Vec<(K, f32)>, key: K, amount: f32) {
    if let Some(one) = list.iter_mut().find(|one| one.0 == key) {
        one.1 += amount;
    } else if list.len() < SHARES {
        list.push((key, amount));
    } else if let Some(least) = list
        .iter_mut()
        .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))
    {
        *least = (key, least.1 + amount);
    }
}

impl Track {
    pub(crate) fn new(hash: u64, dimension: Option<Dimension>, label: &str, sample: u16, hour: u64) -> Self {
        Self {
            hash,
            circle: Circle::OPEN,
            dimension,
            label: shown(label),
            hours: vec![Hour::default(); HISTORY_HOURS as usize],
            days: vec![(0, 0.0); HISTORY_DAYS as usize],
            recent: VecDeque::from([Sample::new(sample)]),
            today: Sample::new(sample),
            // Until it is learned: between all at once and evenly.
            pace: std::array::from_fn(|tick| ((tick + 1) as f32 / TICKS as f32).sqrt()),
            by_tick: [0.0; TICKS],
            spread: [1.5; WINDOWS.len()],
            sources: Vec::new(),
            threats: Vec::new(),
            events: 0.0,
            loads: VecDeque::new(),
            floor: 0.0,
            first_hour: hour,
            last_hour: hour,
            active_days: 0,
            last_ms: 0,
            examples: VecDeque::new(),
            touched: false,
        }
    }

    pub(crate) fn hour(&self, hour: u64) -> Hour {
        let at = (hour % HISTORY_HOURS) as usize;
        self.hours.get(at).copied().unwrap_or_default()
    }

    fn hour_mut(&mut self, hour: u64) -> Option<&mut Hour> {
        self.hours.get_mut((hour % HISTORY_HOURS) as usize)
    }

    pub(crate) fn day(&self, day: u64) -> (u32, f32) {
        self.days
            .get((day % HISTORY_DAYS) as usize)
            .copied()
            .unwrap_or_default()
    }

    /// An event of this hour, which is `age` hours before the open one.
    pub(crate) fn add(&mut self, at_ms: u64, hour: u64, age: u64, (who, source): (u32, u16), lines: u32) {
        if age == 0 && (self.last_hour / DAY != hour / DAY || self.active_days == 0) {
            self.active_days = self.active_days.saturating_add(1);
        }
        self.first_hour = self.first_hour.min(hour);
        self.last_hour = self.last_hour.max(hour);
        self.last_ms = self.last_ms.max(at_ms);
        self.touched = true;
        self.events += 1.0;
        // What came in while there were fewer hours than this one is old has no sample: its line alone counts.
        let customers = self.recent.get_mut(age as usize).map(|sample| {
            sample.add(who, source);
            sample.count() as f32
        });
        if let Some(slot) = self.hour_mut(hour) {
            slot.lines = slot.lines.saturating_add(lines);
            slot.customers = customers.unwrap_or(slot.customers);
        }
        let today = (hour / DAY == (hour + age) / DAY).then(|| {
            self.today.add(who, source);
            self.today.count() as f32
        });
        if let Some(day) = self.days.get_mut((hour / DAY % HISTORY_DAYS) as usize) {
            day.0 = day.0.saturating_add(lines);
            day.1 = today.unwrap_or(day.1);
        }
    }

    /// A line older than the samples.
    pub(crate) fn add_old(&mut self, hour: u64, lines: u32) {
        self.first_hour = self.first_hour.min(hour);
        if let Some(slot) = self.hour_mut(hour) {
            slot.lines = slot.lines.saturating_add(lines);
        }
        if let Some(day) = self.days.get_mut((hour / DAY % HISTORY_DAYS) as usize) {
            day.0 = day.0.saturating_add(lines);
        }
    }

    /// Of a place: an event of a threat.
    pub(crate) fn add_threat(&mut self, threat: u64) {
        weigh(&mut self.threats, threat, 1.0);
    }

    /// The threats that are at least this share of the late events of a place.
    pub(crate) fn threats(&self, share: f32) -> impl Iterator<Item = u64> {
        let least = share * self.events;
        self.threats
            .iter()
            .filter(move |one| one.1 >= least)
            .map(|one| one.0)
    }

    /// Most events repeat one of the last values: nothing is copied then.
    pub(crate) fn add_example(&mut self, kind: Kind, value: &str) {
        if self
            .examples
            .iter()
            .any(|known| known.kind == kind && known.value == value)
        {
            return;
        }
        self.examples.push_front(Example {
            kind,
            value: shown(value),
        });
        self.examples.truncate(MAX_EXAMPLES);
    }

    /// The usual share of a source.
    pub(crate) fn usual_share(&self, source: u16) -> f64 {
        let all: f32 = self.sources.iter().map(|one| one.1).sum();
        let of = self.sources.iter().find(|one| one.0 == source);
        of.map_or(0.0, |one| f64::from(one.1 / all.max(1e-6)))
    }

    /// Customers that the past lets one expect in an hour: the same hours of the four weeks before, and those beside them,
    /// without the highest week; until there are two weeks, of the seven days before without the highest.
    fn expect(&self, hour: u64, observed: &Observed<'_>) -> f32 {
        let mean = |at: u64| -> Option<f32> {
            let hours = [at.checked_sub(1)?, at, at + 1];
            let (mut sum, mut count) = (0.0, 0u8);
            for beside in hours
                .into_iter()
                .filter(|&beside| beside < hour && observed.has(beside))
            {
                sum += self.hour(beside).customers;
                count += 1;
            }
            (count > 0).then(|| sum / f32::from(count))
        };
        let past = |count: u64, step: u64| -> Vec<f32> {
            (1..=count)
                .filter_map(|back| mean(hour.checked_sub(back * step)?))
                .collect()
        };
        let mut levels = past(4, WEEK);
        if levels.len() < 2 {
            levels = past(7, DAY);
        }
        levels.sort_by(f32::total_cmp);
        if levels.len() > 2 {
            levels.pop();
        }
        let level = levels.iter().sum::<f32>() / levels.len().max(1) as f32;
        level.max(self.floor)
    }

    /// A tick has ended.
    pub(crate) fn end_tick(&mut self, tick: usize) {
        let now = self.recent.front().map_or(0.0, Sample::count) as f32;
        if let Some(by) = self.by_tick.get_mut(tick) {
            *by = now;
        }
    }

    /// Ends the open hour and begins the next. What deviates is learned only where `learns`.
    pub(crate) fn end_hour(&mut self, hour: u64, observed: &Observed<'_>, learns: bool) {
        let was_observed = observed.has(hour);
        let ended = self.hour(hour);
        if !was_observed && let Some(slot) = self.hour_mut(hour) {
            // Nothing came from anywhere: no silence of this label.
            slot.expected = 0.0;
        }
        if was_observed && learns {
            for (at, window) in WINDOWS.iter().enumerate() {
                let seen = self.window(*window, hour, TICKS - 1);
                let deviation = seen.seen - seen.expected;
                let square = (deviation * deviation / (seen.expected + 0.5)).min(SPREAD_MAX) as f32;
                if let Some(spread) = self.spread.get_mut(at) {
                    *spread += (square - *spread) * HOURLY_SPREAD;
                }
            }
        }
        if ended.customers >= 4.0 {
            for (tick, (pace, by)) in self.pace.iter_mut().zip(&self.by_tick).enumerate() {
                let even = (tick + 1) as f32 / TICKS as f32;
                *pace += ((by / ended.customers).clamp(even, 1.0) - *pace) * 0.02;
            }
        }
        self.by_tick = [0.0; TICKS];
        fade(&mut self.sources, HOURLY_SHARE);
        fade(&mut self.threats, HOURLY_THREATS);
        self.events *= HOURLY_THREATS;
        let shares = self.recent.front().map(Sample::shares).unwrap_or_default();
        for (source, share) in shares {
            weigh(&mut self.sources, source, share as f32 * ended.customers);
        }
        let next = hour + 1;
        self.open(next, observed);
    }

    fn open(&mut self, hour: u64, observed: &Observed<'_>) {
        if hour.is_multiple_of(DAY) {
            self.end_day(hour, observed);
        }
        let expected = self.expect(hour, observed);
        if let Some(slot) = self.hour_mut(hour) {
            *slot = Hour {
                expected,
                ..Hour::default()
            };
        }
        let mut sample = if self.recent.len() > LATE_HOURS as usize {
            self.recent.pop_back()
        } else {
            None
        }
        .unwrap_or_else(|| self.today_like());
        sample.clear();
        self.recent.push_front(sample);
    }

    fn today_like(&self) -> Sample {
        let mut sample = self.today.clone();
        sample.clear();
        sample
    }

    fn end_day(&mut self, hour: u64, observed: &Observed<'_>) {
        let ended = hour.saturating_sub(DAY)..hour;
        if ended.clone().any(|hour| observed.has(hour)) {
            let load = ended.map(|hour| self.hour(hour).customers).sum();
            self.loads.push_front(load);
            self.loads.truncate(FLOOR_DAYS);
        }
        // Half the mean of an hour, the highest tenth of days left out: rare labels have empty hours in every week.
        let mut loads: Vec<f32> = self.loads.iter().copied().collect();
        loads.sort_by(f32::total_cmp);
        loads.truncate(loads.len() - loads.len() / 10);
        self.floor = loads.iter().sum::<f32>() / loads.len().max(1) as f32 / DAY as f32 / 2.0;
        if let Some(day) = self.days.get_mut((hour / DAY % HISTORY_DAYS) as usize) {
            *day = (0, 0.0);
        }
        self.today.clear();
    }

    /// The last `hours` hours, the open one among them as far as `tick` has come.
    pub(crate) fn window(&self, hours: u64, open: u64, tick: usize) -> Window {
        let now = self.hour(open);
        let pace = self.pace.get(tick).copied().unwrap_or(1.0);
        let pace = if tick + 1 == TICKS { 1.0 } else { pace };
        let (mut seen, mut expected) = (f64::from(now.customers), f64::from(now.expected * pace));
        for back in 1..hours {
            let before = self.hour(open.saturating_sub(back));
            seen += f64::from(before.customers);
            expected += f64::from(before.expected);
        }
        let at = WINDOWS
            .iter()
            .position(|window| *window == hours)
            .unwrap_or_default();
        Window {
            hours,
            seen,
            expected,
            spread: f64::from(self.spread.get(at).copied().unwrap_or(1.0)),
        }
    }

    /// Different customers of the last hours, at most a day's.
    pub(crate) fn customers(&self, hours: u64) -> Sample {
        let mut all = self.today_like();
        for sample in self.recent.iter().take(hours as usize) {
            all.merge(sample);
        }
        all
    }

    /// The most customers, hour by hour, in any `hours` hours of the past before the last `hours`, and lines of the last.
    pub(crate) fn highest(&self, hours: u64, open: u64, since: u64) -> f64 {
        let last = open.saturating_sub(hours);
        let first = since.max(open.saturating_sub(HISTORY_HOURS - 1));
        let (mut sum, mut highest) = (0.0f64, 0.0f64);
        for hour in first..=last {
            sum += f64::from(self.hour(hour).customers);
            if hour >= first + hours {
                sum -= f64::from(self.hour(hour - hours).customers);
            }
            highest = highest.max(sum);
        }
        highest
    }

    pub(crate) fn lines(&self, hours: u64, open: u64) -> u64 {
        (0..hours)
            .map(|back| u64::from(self.hour(open.saturating_sub(back)).lines))
            .sum()
    }

    /// Whether it was read whole.
    pub(crate) fn is_whole(&self) -> bool {
        self.hours.len() as u64 == HISTORY_HOURS
            && self.days.len() as u64 == HISTORY_DAYS
            && (1..=LATE_HOURS as usize + 1).contains(&self.recent.len())
            && self.sources.len() <= SHARES
            && self.threats.len() <= SHARES
            && self.loads.len() <= FLOOR_DAYS
            && self.examples.len() <= MAX_EXAMPLES
    }

    pub(crate) fn held_bytes(&self) -> usize {
        size_of::<Self>()
            + self.hours.capacity() * size_of::<Hour>()
            + self.days.capacity() * 8
            + self
                .recent
                .iter()
                .map(|sample| size_of::<Sample>() + sample.held_bytes())
                .sum::<usize>()
            + self.today.held_bytes()
            + self
                .examples
                .iter()
                .map(|one| size_of::<Example>() + one.value.capacity())
                .sum::<usize>()
    }
}
