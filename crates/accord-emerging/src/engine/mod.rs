//! The engine: takes events and the time, keeps stories.

mod forget;
mod labels;
mod look;
mod sources;
mod words;

use crate::config::{Config, ConfigError};
use crate::event::{Circle, Dimension, Event, Taken};
use crate::judge::{Judgement, Learned};
use crate::kept::kept;
use crate::key::{Key, Purpose};
use crate::limits::{
    HISTORY_DAYS, HISTORY_HOURS, LATE_HOURS, MAX_AHEAD_MS, MAX_COUNTED, MAX_STEP_MS, NODE_SAMPLE,
};
use crate::series::{Point, Row, Span};
use crate::story::{Shelf, Story, StoryId};
use crate::time::{DAY, HOUR_MS, TICK_MS, TICKS};
use crate::track::{Observed, Track};
use crate::watch::{Live, PAIRS, Pair, Seen, Watch, class_of, class_of_fast};
use labels::TrackSet;
use sources::Sources;

/// See the crate.
#[derive(Debug, Clone, PartialEq)]
pub struct Engine {
    pub(crate) config: Config,
    pub(crate) key: Key,
    pub(crate) state: State,
}

/// All that is saved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    now_ms: u64,
    /// First hour of the history, since 1970.
    since_hour: u64,
    node: Track,
    labels: Vec<TrackSet>,
    watch: Watch,
    sources: Sources,
    shelf: Shelf,
    health: Health,
}
kept!(State {
    now_ms,
    since_hour,
    node,
    labels,
    watch,
    sources,
    shelf,
    health
});

/// What the engine did not take, and how full it is. Counts are since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Events taken.
    pub taken: u64,
    /// Events older than the history, or far ahead of the clock: not taken.
    pub refused: u64,
    /// Times that the clock was set back; the engine's stood still meanwhile.
    pub clock_set_back: u64,
    /// Values remembered.
    pub values: u64,
    /// What was seen on several days up to this one may be forgotten, days since 1970; 0: nothing is.
    pub forgot_day: u64,
    /// Labels that had to make room for others.
    pub labels_left_out: u64,
    /// Sources.
    pub sources: u64,
    /// Open stories.
    pub open: u64,
    /// Closed stories.
    pub closed: u64,
}
kept!(Health {
    taken,
    refused,
    clock_set_back,
    values,
    forgot_day,
    labels_left_out,
    sources,
    open,
    closed
});

/// The clock went further than is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the clock goes from {from_ms} to {to_ms} ms, more than five weeks: begin anew, or set the clock right"
)]
pub struct ClockJump {
    /// Where it stood.
    pub from_ms: u64,
    /// What it was given.
    pub to_ms: u64,
}

impl Engine {
    /// An engine without a past. `key` is secret and random; `now_ms` is the time, milliseconds since 1970 UTC.
    pub fn new(config: Config, key: Key, now_ms: u64) -> Result<Self, ConfigError> {
        config.check()?;
        let since_hour = now_ms / HOUR_MS;
        Ok(Self {
            config,
            key,
            state: State {
                now_ms,
                since_hour,
                node: Track::new(0, None, "", NODE_SAMPLE, since_hour),
                labels: Dimension::ALL.map(TrackSet::new).into(),
                watch: Watch::new(&config),
                sources: Sources::default(),
                shelf: Shelf::default(),
                health: Health::default(),
            },
        })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The engine's clock, milliseconds since 1970 UTC.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.state.now_ms
    }

    /// Days with events so far, the last [`crate::limits::HISTORY_DAYS`] at most.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.state.watch.days.len() as u32
    }

    fn has_history(&self, days: u32) -> bool {
        self.state.watch.days.len() > days as usize
    }

    /// Takes an event in. It does not move the clock.
    pub fn observe(&mut self, event: &Event<'_>) -> Taken {
        let open = self.state.now_ms / HOUR_MS;
        if event.at_ms > self.state.now_ms.saturating_add(MAX_AHEAD_MS) {
            self.state.health.refused += 1;
            return Taken::Ahead;
        }
        let hour = (event.at_ms / HOUR_MS).min(open);
        let age = open - hour;
        if age >= HISTORY_HOURS || event.at_ms < HISTORY_HOURS * HOUR_MS {
            self.state.health.refused += 1;
            return Taken::TooOld;
        }
        self.state.health.taken += 1;
        let seen = self.seen(event, hour, age);
        let has_story = self.see_value(&seen);
        self.see_labels(&seen, age, has_story);
        match age {
            0 => Taken::Counted,
            1..=LATE_HOURS => Taken::Late,
            _ => Taken::History,
        }
    }

    fn seen<'e, 'a>(&mut self, event: &'e Event<'a>, hour: u64, age: u64) -> Seen<'e, 'a> {
        let source = self.key.hash(Purpose::Source, 0, event.source.as_bytes());
        let number = self.state.sources.number(source, event.source, hour);
        // Whose customer it is belongs to who it is: pseudonyms of two sources say nothing of each other.
        let customer = match event.customer {
            "" => source,
            customer => self.key.hash(Purpose::Customer, 0, customer.as_bytes()),
        };
        if age == 0 {
            self.state.watch.see_day((hour / DAY) as u16);
        }
        Seen {
            event,
            hash: self.value_hash(event.circle, event.kind, event.value),
            hour,
            customer,
            meets: self.key.within(event.circle, customer),
            source: number,
            threats: [Dimension::Family, Dimension::Campaign]
                .map(|dimension| self.label_hash(dimension, event)),
            is_old: age > LATE_HOURS,
            // What is new is watched before it may be told, to learn what is usual.
            watches: self.has_history(self.config.floor_days / 2),
        }
    }

    fn label_hash(&self, dimension: Dimension, event: &Event<'_>) -> Option<u64> {
        let label = dimension.of(&event.labels).filter(|label| !label.is_empty())?;
        let hash = self.key.hash(Purpose::Label, dimension as u8, label.as_bytes());
        Some(self.key.within(event.circle, hash))
    }

    fn value_hash(&self, circle: Circle, kind: accord_matcher::Kind, value: &str) -> u64 {
        let hash = self.key.hash(Purpose::Value, kind as u8, value.as_bytes());
        self.key.within(circle, hash)
    }

    fn see_value(&mut self, seen: &Seen<'_, '_>) -> bool {
        let (has_story, left) = self.state.watch.see(seen, &self.key, &self.config);
        if let Some(left) = left {
            self.end_live(&left);
        }
        has_story
    }

    fn see_labels(&mut self, seen: &Seen<'_, '_>, age: u64, has_story: bool) {
        let (event, who, source, lines) = (seen.event, seen.who(), seen.source, seen.lines());
        let hashes = Dimension::ALL.map(|dimension| self.label_hash(dimension, event));
        let state = &mut self.state;
        if seen.is_old {
            state.node.add_old(seen.hour, lines);
        } else {
            state.node.add(event.at_ms, seen.hour, age, (who, source), lines);
        }
        let mut threats = [has_story.then_some(seen.hash), None, None];
        for (set, hash) in state.labels.iter_mut().zip(hashes) {
            let dimension = set.dimension;
            let (Some(label), Some(hash)) = (dimension.of(&event.labels), hash) else {
                continue;
            };
            let is_of = (event.circle, hash);
            let Some(track) = set.track(is_of, label, seen.hour, self.config.labels) else {
                continue;
            };
            if seen.is_old {
                track.add_old(seen.hour, lines);
                continue;
            }
            track.add(event.at_ms, seen.hour, age, (who, source), lines);
            if dimension.names_a_threat() {
                if let Some(place) = threats.get_mut(1 + dimension as usize) {
                    *place = Some(hash);
                }
                track.add_example(event.kind, event.value);
            } else {
                threats
                    .iter()
                    .flatten()
                    .for_each(|threat| track.add_threat(*threat));
            }
        }
    }

    /// Tells the engine the time: looks at what came in every five minutes, ends hours and days. A clock that was set back
    /// is waited for. What goes further than five weeks is refused.
    pub fn advance(&mut self, now_ms: u64) -> Result<(), ClockJump> {
        let from_ms = self.state.now_ms;
        if now_ms < from_ms {
            self.state.health.clock_set_back += 1;
            return Ok(());
        }
        if now_ms - from_ms > MAX_STEP_MS {
            return Err(ClockJump {
                from_ms,
                to_ms: now_ms,
            });
        }
        for tick in from_ms / TICK_MS + 1..=now_ms / TICK_MS {
            self.state.now_ms = tick * TICK_MS;
            self.end_tick(tick);
        }
        self.state.now_ms = now_ms;
        Ok(())
    }

    fn end_tick(&mut self, tick: u64) {
        // The tick that ends now belongs to the hour in which it began.
        let hour = (tick - 1) / TICKS as u64;
        let of_hour = ((tick - 1) % TICKS as u64) as usize;
        let state = &mut self.state;
        let tracks = state.labels.iter_mut().flat_map(|set| set.tracks.values_mut());
        tracks.for_each(|track| track.end_tick(of_hour));
        state.node.end_tick(of_hour);
        self.look(hour, of_hour);
        if of_hour + 1 == TICKS {
            self.end_hour(hour);
        }
        self.state.shelf.rank(self.state.now_ms, self.config.threshold);
    }

    fn end_hour(&mut self, hour: u64) {
        let learns = self.has_history(self.config.floor_days / 2);
        let state = &mut self.state;
        let told = state.shelf.subjects();
        let before = state.node.clone();
        let observed = Observed {
            since: state.since_hour,
            node: &before,
        };
        let (labels, watch) = (&state.labels, &state.watch);
        state.shelf.end_hour(state.now_ms, |story| {
            let of_label = |hash: &u64| {
                labels
                    .iter()
                    .find_map(|set| set.tracks.get(hash))
                    .map(|track| track.hour(hour))
            };
            let of_value = |hash: &u64| {
                let live = watch.live.get(*hash).map(|live| live.hourly);
                live.or_else(|| watch.likenesses.get(*hash).map(|likeness| likeness.hourly))
            };
            let mut point = Point {
                at_ms: hour * HOUR_MS,
                lines: 0,
                count: 0,
            };
            for subject in &story.inner.subjects {
                if let Some(ended) = of_label(subject) {
                    point.lines = point.lines.max(ended.lines);
                    point.count = point.count.max(ended.customers.round() as u32);
                } else if let Some(hourly) = of_value(subject) {
                    point.count = point.count.max(u32::from(hourly.of(hour)));
                }
            }
            point
        });
        state.node.end_hour(hour, &observed, learns);
        for track in state.labels.iter_mut().flat_map(|set| set.tracks.values_mut()) {
            // What is told of is no example of how the label varies.
            track.end_hour(hour, &observed, learns && !told.contains(&track.hash));
        }
        let (lives, pairs) = state.watch.end_hour(state.now_ms, learns);
        lives.iter().for_each(|live| self.end_live(live));
        pairs.iter().for_each(|pair| self.end_pair(pair));
    }

    /// A value's time is over: what it reached is what such values reach, unless it was a threat.
    fn end_live(&mut self, live: &Live) {
        let class = class_of(live.origin, live.is_named(), live.kind);
        self.count_usual(class, live.hash, live.peak, live.told > 0.0);
        if let Some(class) = class_of_fast(live.origin, live.is_named(), live.kind) {
            self.count_usual(class, live.hash, live.fastest, live.told > 0.0);
        }
    }

    fn end_pair(&mut self, pair: &Pair) {
        self.count_usual(PAIRS, pair.a, pair.peak, pair.told > 0.0);
    }

    fn count_usual(&mut self, class: u8, subject: u64, peak: f64, is_told: bool) {
        if peak <= 0.0 {
            return;
        }
        let state = &mut self.state;
        let mut strength = peak;
        if is_told {
            // An outbreak raises what is usual by a step at most, so that the next is found as well.
            strength = peak.min(state.watch.rare_from(class, self.config.budget) * words::STEP_OF_USUAL);
            if let Some(story) = state.shelf.last_of(subject) {
                if story.judgement == Some(Judgement::Promoted) {
                    return;
                }
                if story.inner.counted.len() < MAX_COUNTED {
                    story.inner.counted.push((class, strength));
                }
            }
        }
        if let Some(usual) = state.watch.usual.get_mut(usize::from(class)) {
            usual.add(strength);
        }
    }

    /// Open stories, the highest rank first, without those that were dismissed.
    #[must_use]
    pub fn stories(&self) -> Vec<Story> {
        self.state.shelf.open_stories()
    }

    /// A story, open or closed, with its course.
    #[must_use]
    pub fn story(&self, id: StoryId) -> Option<&Story> {
        self.state.shelf.get(id)
    }

    /// What a story is called outside: hashed, so that it says nothing of how many there are.
    #[must_use]
    pub fn reference(&self, id: StoryId) -> String {
        let hash = self.key.hash(Purpose::Reference, 0, &id.0.to_le_bytes());
        format!("{hash:016x}")
    }

    /// The story of that reference, open or closed.
    #[must_use]
    pub fn referred(&self, reference: &str) -> Option<&Story> {
        self.state
            .shelf
            .all()
            .find(|story| self.reference(story.id) == reference)
    }

    /// Every story, open or closed, dismissed or not, by number.
    pub fn every_story(&self) -> impl Iterator<Item = &Story> {
        self.state.shelf.all()
    }

    /// What a person says of a story; says it anew where it was said before. Whether there is such a story.
    pub fn judge(&mut self, id: StoryId, judgement: Judgement) -> bool {
        let is_there = self.state.shelf.judge(id, judgement);
        if is_there
            && judgement == Judgement::Promoted
            && let Some(story) = self.state.shelf.get_mut(id)
        {
            for (class, strength) in std::mem::take(&mut story.inner.counted) {
                if let Some(usual) = self.state.watch.usual.get_mut(usize::from(class)) {
                    usual.take_back(strength);
                }
            }
        }
        self.state.shelf.rank(self.state.now_ms, self.config.threshold);
        is_there
    }

    /// What judgements taught so far.
    #[must_use]
    pub fn learned(&self) -> Vec<Learned> {
        self.state.shelf.lessons.learned()
    }

    /// The labels of a dimension within a circle over time, those with most lines in the span first, at most `rows`.
    #[must_use]
    pub fn series(&self, circle: Circle, dimension: Dimension, span: Span, rows: usize) -> Vec<Row> {
        let open = self.state.now_ms / HOUR_MS;
        let set = self.state.labels.iter().find(|set| set.dimension == dimension);
        let mut all: Vec<Row> = set
            .into_iter()
            .flat_map(|set| set.tracks.values())
            .filter(|track| track.circle == circle)
            .map(|track| {
                let points = points(track, span, open);
                Row {
                    label: track.label.clone(),
                    lines: points.iter().map(|point| u64::from(point.lines)).sum(),
                    points,
                }
            })
            .collect();
        all.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.label.cmp(&b.label)));
        all.truncate(rows);
        all
    }

    /// All events over time.
    #[must_use]
    pub fn all(&self, span: Span) -> Vec<Point> {
        points(&self.state.node, span, self.state.now_ms / HOUR_MS)
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> Health {
        let state = &self.state;
        let (open, closed) = state.shelf.counts();
        Health {
            values: state.watch.memory.len() as u64,
            forgot_day: u64::from(state.watch.memory.forgot_day()),
            labels_left_out: state.labels.iter().map(|set| set.left_out).sum(),
            sources: state.sources.len() as u64,
            open: open as u64,
            closed: closed as u64,
            ..state.health
        }
    }

    /// The bytes that it holds now; at most [`Config::max_bytes`].
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let state = &self.state;
        let tracks = state.labels.iter().flat_map(|set| set.tracks.values());
        size_of::<Self>()
            + state.node.held_bytes()
            + tracks.map(Track::held_bytes).sum::<usize>()
            + state.watch.held_bytes()
            + state.sources.held_bytes()
            + state.shelf.held_bytes()
    }
}

impl State {
    /// What a state of an earlier version does not have begins now.
    pub(crate) fn complete(&mut self) {
        self.watch.complete();
    }

    /// As a state of version 2 has it, where no value is watched.
    #[cfg(test)]
    pub(crate) fn forget_how_fast(&mut self) {
        self.watch.usual.truncate(usize::from(PAIRS) + 1);
    }

    pub(crate) fn is_whole(&self, config: &Config) -> bool {
        self.since_hour <= self.now_ms / HOUR_MS
            && self.node.is_whole()
            && self.labels.iter().map(|set| set.dimension).eq(Dimension::ALL)
            && self.labels.iter().all(|set| set.is_whole(config.labels))
            && self.watch.is_whole(config)
            && self.sources.is_whole()
            && self.shelf.is_whole()
    }
}

fn points(track: &Track, span: Span, open: u64) -> Vec<Point> {
    match span {
        Span::Hours(hours) => {
            let hours = u64::from(hours).min(HISTORY_HOURS);
            let back = (0..hours).rev().map(|back| open.saturating_sub(back));
            back.map(|hour| {
                let of = track.hour(hour);
                Point {
                    at_ms: hour * HOUR_MS,
                    lines: of.lines,
                    count: of.customers.round() as u32,
                }
            })
            .collect()
        }
        Span::Days(days) => {
            let days = u64::from(days).min(HISTORY_DAYS);
            let back = (0..days).rev().map(|back| (open / DAY).saturating_sub(back));
            back.map(|day| {
                let (lines, customers) = track.day(day);
                Point {
                    at_ms: day * DAY * HOUR_MS,
                    lines,
                    count: customers.round() as u32,
                }
            })
            .collect()
        }
    }
}
