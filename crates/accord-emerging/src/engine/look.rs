//! The look at what came in, every five minutes: what stands out becomes news of a story.

use super::words::{
    self, ALIKE_FLOOR, ALIKE_SPREAD, AlikeWords, BurstWords, EXPECTED_MIN, Loudest, MIN_ALIKE,
    NODE_GROWTH_MAX, PAIR_SHARE, STILL, SpreadWords, THREAT_SHARE, WITHOUT_LOUDEST,
};
use super::{Engine, State, points};
use crate::config::Config;
use crate::key::{Key, Purpose};
use crate::limits::{FAST_HOURS, LATE_HOURS, MAX_EXAMPLES, MAX_NAMED_SOURCES};
use crate::series::{Point, Span};
use crate::sketch::chance::above;
use crate::sketch::sample::Sample;
use crate::story::{Detector, Evidence, Example, Finding, News, SourceCount, Subject};
use crate::time::{DAY, HOUR_MS, WEEK};
use crate::track::{Track, WINDOWS};
use crate::watch::{Likeness, Live, NEW_NAMES, Origin, PAIRS, Pair, class_of, class_of_alike, class_of_fast};

/// Hours of the windows in which new names are counted.
const ALIKE_WINDOWS: [u64; 3] = [1, 6, 24];
/// Variance over mean of the customers of a known value.
const KNOWN_SPREAD: f64 = 1.5;
/// Hours of a course from before a story opens.
const COURSE_BEFORE: u32 = 72;

/// News, and what its story's course is when it opens one.
type Told = (News, Vec<Point>);

/// What a look needs beside the state.
struct Look<'a> {
    config: &'a Config,
    key: &'a Key,
    state: &'a State,
    told: std::collections::BTreeSet<u64>,
    /// Fewest sources of a story, of those that give events.
    min_sources: u32,
    hour: u64,
    tick: usize,
}

/// How fast a candidate spreads.
#[derive(Clone, Copy)]
struct Fast {
    /// Customers of the last hours.
    came: f64,
    strength: f64,
    /// From when on it is rare among its like.
    least: f64,
    /// How often a day others were as fast.
    rate: f64,
    is_rare: bool,
}

/// How strong a candidate is.
#[derive(Clone, Copy)]
struct Strength {
    all: f64,
    /// Of the last hours, where it is new or wakes.
    fast: f64,
}

/// The customers and sources of a finding.
struct Crowd {
    customers: u32,
    sources: u32,
    named: Vec<SourceCount>,
    /// The source with most customers.
    loudest: Option<u16>,
    /// The share of all others, as far as it is certain.
    others: f64,
}

impl Engine {
    pub(super) fn look(&mut self, hour: u64, tick: usize) {
        let is_time = self.has_history(self.config.floor_days);
        let learns = self.has_history(self.config.floor_days / 2);
        let active = self.state.sources.active_since(hour.saturating_sub(WEEK));
        let touched = std::mem::take(&mut self.state.watch.touched);
        let look = Look {
            config: &self.config,
            key: &self.key,
            told: self.state.shelf.subjects(),
            min_sources: self.config.min_sources.min(active.max(1)),
            state: &self.state,
            hour,
            tick,
        };
        let mut news: Vec<Told> = Vec::new();
        let mut lives: Vec<(u64, Strength, bool)> = Vec::new();
        let mut likenesses: Vec<(u64, f64)> = Vec::new();
        let mut pairs: Vec<(u64, f64, bool)> = Vec::new();
        if learns {
            let (threats, places): (Vec<_>, Vec<_>) = self
                .state
                .labels
                .iter()
                .partition(|set| set.dimension.names_a_threat());
            let bursts = |sets: Vec<&super::TrackSet>| -> Vec<Told> {
                let tracks = sets.into_iter().flat_map(|set| set.tracks.values());
                tracks
                    .filter(|track| track.touched && is_time)
                    .filter_map(|track| look.burst(track))
                    .collect()
            };
            news.extend(bursts(threats));
            for live in touched
                .lives
                .iter()
                .filter_map(|hash| self.state.watch.live.get(*hash))
            {
                let (strength, found) = look.spread(live);
                let found = found.filter(|_| is_time);
                lives.push((live.hash, strength, found.is_some()));
                news.extend(found);
            }
            for likeness in touched
                .likenesses
                .iter()
                .filter_map(|hash| self.state.watch.likenesses.get(*hash))
            {
                let (score, found) = look.alike(likeness);
                likenesses.push((likeness.hash, score));
                news.extend(found.filter(|_| is_time));
            }
            for pair in touched
                .pairs
                .iter()
                .filter_map(|hash| self.state.watch.pairs.get(*hash))
            {
                let (strength, found) = look.together(pair);
                let found = found.filter(|_| is_time);
                pairs.push((crate::sketch::table::Entry::hash(pair), strength, found.is_some()));
                news.extend(found);
            }
            news.extend(bursts(places));
        }
        let state = &mut self.state;
        for (hash, strength, is_told) in lives {
            if let Some(live) = state.watch.live.get_mut(hash) {
                live.peak = live.peak.max(strength.all);
                live.fastest = live.fastest.max(strength.fast);
                if is_told {
                    live.told = live.told.max(strength.all);
                }
            }
        }
        for (hash, score) in likenesses {
            if let Some(likeness) = state.watch.likenesses.get_mut(hash) {
                likeness.peak = likeness.peak.max(score);
            }
        }
        for (hash, strength, is_told) in pairs {
            if let Some(pair) = state.watch.pairs.get_mut(hash) {
                pair.peak = pair.peak.max(strength);
                if is_told {
                    pair.told = pair.told.max(strength);
                }
            }
        }
        state
            .labels
            .iter_mut()
            .flat_map(|set| set.tracks.values_mut())
            .for_each(|track| track.touched = false);
        for (mut one, course) in news {
            // What a story of this same look is about may belong to a place's growth.
            if let Subject::Label { dimension, .. } = &one.finding.subject
                && !dimension.names_a_threat()
            {
                let told = state.shelf.subjects();
                one.related.retain(|key| told.contains(key));
            }
            state.shelf.tell(one, state.now_ms, || course);
        }
    }
}

impl Look<'_> {
    fn crowd(&self, sample: &Sample) -> Crowd {
        let (count, shares) = (sample.count(), sample.shares());
        let named = shares
            .iter()
            .take(MAX_NAMED_SOURCES)
            .map(|&(source, share)| SourceCount {
                source: self.state.sources.name(source).to_owned(),
                customers: (share * count).round() as u32,
            });
        Crowd {
            customers: sample.whole(),
            sources: shares.len() as u32,
            named: named.collect(),
            loudest: shares.first().map(|share| share.0),
            others: sample.others(),
        }
    }

    /// Whether so many customers of so many sources can be a story.
    fn is_enough(&self, crowd: &Crowd) -> bool {
        crowd.customers >= self.config.min_customers && crowd.sources >= self.min_sources
    }

    fn leaves_out(&self) -> bool {
        self.min_sources > 1
    }

    /// How much of all events' growth is not this label's own.
    fn growth(&self, own: &crate::track::Window) -> f64 {
        let node = self.state.node.window(own.hours, self.hour, self.tick);
        let (seen, expected) = (node.seen - own.seen, node.expected - own.expected);
        if expected < 1.0 {
            return 1.0;
        }
        (seen / expected).clamp(1.0, NODE_GROWTH_MAX)
    }

    /// A label against its own past.
    fn burst(&self, track: &Track) -> Option<Told> {
        let is_told = self.told.contains(&track.hash);
        let least = self.config.threshold * if is_told { STILL } else { 1.0 };
        let mut best: Option<(f64, f64, crate::track::Window)> = None;
        for hours in WINDOWS {
            let mut window = track.window(hours, self.hour, self.tick);
            if window.seen <= window.expected * self.config.min_ratio {
                continue;
            }
            let growth = self.growth(&window);
            window.expected = (window.expected * growth).max(EXPECTED_MIN);
            let score = above(window.seen, window.expected, window.spread);
            if score >= least
                && window.seen > window.expected * self.config.min_ratio
                && best.is_none_or(|best| score > best.0)
            {
                best = Some((score, growth, window));
            }
        }
        let (score, growth, window) = best?;
        let crowd = self.crowd(&track.customers(window.hours.min(LATE_HOURS + 1)));
        if !self.is_enough(&crowd) {
            return None;
        }
        let loudest = crowd.loudest.filter(|_| self.leaves_out()).map(|source| {
            let expected = (window.expected * (1.0 - track.usual_share(source))).max(EXPECTED_MIN);
            Loudest {
                name: self.state.sources.name(source).to_owned(),
                share: 1.0 - crowd.others,
                score: above(window.seen * crowd.others, expected, window.spread),
            }
        });
        let is_loud = loudest.as_ref().is_some_and(|loudest| {
            let others = f64::from(crowd.customers) * crowd.others;
            loudest.score < WITHOUT_LOUDEST || others.round() < f64::from(self.config.min_customers - 1)
        });
        if is_loud {
            return None;
        }
        let dimension = track.dimension?;
        let subject = Subject::Label {
            dimension,
            label: track.label.clone(),
        };
        let is_new = self.hour.saturating_sub(track.first_hour) < WEEK;
        let reason = words::burst(&BurstWords {
            subject: &subject.words(),
            window: window.hours,
            seen: window.seen,
            expected: window.expected,
            growth,
            highest: track.highest(window.hours, self.hour, self.state_since()),
            score,
            customers: crowd.customers,
            sources: crowd.sources,
            is_first: is_new.then_some(track.first_hour),
            loudest: loudest.as_ref(),
        });
        let by_hour = points(track, Span::Hours(DAY as u32), self.hour);
        let finding = Finding {
            detector: Detector::Burst,
            subject,
            score,
            reason,
            found_ms: self.state.now_ms,
            evidence: Evidence {
                window_hours: window.hours as u32,
                seen: window.seen,
                expected: window.expected,
                customers: crowd.customers,
                sources: crowd.named,
                source_count: crowd.sources,
                lines: track.lines(window.hours, self.hour),
                failed: 0,
                first_ms: self.hour.saturating_sub(window.hours - 1).max(track.first_hour) * HOUR_MS,
                last_ms: track.last_ms,
                by_hour,
                examples: track.examples.iter().cloned().collect(),
            },
        };
        let related = if dimension.names_a_threat() {
            let values = track.examples.iter();
            values
                .map(|one| {
                    let hash = self
                        .key
                        .hash(Purpose::Value, one.kind as u8, one.value.as_bytes());
                    self.key.within(track.circle, hash)
                })
                .collect()
        } else {
            track.threats(THREAT_SHARE).collect()
        };
        let news = News {
            finding,
            circle: track.circle,
            subject: track.hash,
            related,
            is_named: dimension.names_a_threat(),
        };
        Some((
            news,
            points(track, Span::Hours(COURSE_BEFORE), self.hour.saturating_sub(1)),
        ))
    }

    fn state_since(&self) -> u64 {
        self.state.since_hour
    }

    /// Customers, of which one source alone gives two thirds at most where there are several.
    fn strength(&self, crowd: &Crowd) -> f64 {
        let all = f64::from(crowd.customers);
        if self.leaves_out() {
            all.min(3.0 * all * crowd.others)
        } else {
            all
        }
    }

    /// A value that is new, woke or is met by more customers than usual.
    fn spread(&self, live: &Live) -> (Strength, Option<Told>) {
        let crowd = self.crowd(&live.customers);
        let class = class_of(live.origin, live.is_named(), live.kind);
        let rare = self.state.watch.rare_from(class, self.config.budget);
        let (recent, usual) = self.state.watch.known(live.hash);
        let known_score = above(recent, usual.max(EXPECTED_MIN), KNOWN_SPREAD);
        let (strength, least) = match live.origin {
            Origin::Known => (
                known_score.min(self.strength(&crowd) * 2.0),
                rare.max(self.config.threshold),
            ),
            Origin::New | Origin::Woke { .. } => {
                let named = (self.config.min_customers, self.config.min_unnamed_customers);
                let fewest = if live.is_named() { named.0 } else { named.1 };
                (self.strength(&crowd), rare.max(f64::from(fewest)))
            }
        };
        let fast = self.fast(live, &crowd);
        let strengths = Strength {
            all: strength,
            fast: fast.map_or(0.0, |fast| fast.strength),
        };
        let fast = fast.filter(|fast| fast.is_rare && strength < least);
        // New is what the history would have shown; awake, what it would have shown asleep.
        let reaches = self
            .state
            .since_hour
            .max(u64::from(self.state.watch.memory.forgot_day()) * DAY);
        let needs = match live.origin {
            Origin::Known => 0,
            Origin::New => self.config.floor_days,
            Origin::Woke { .. } => self.config.floor_days + self.config.dormant_days,
        };
        let is_history_long = self.hour.saturating_sub(reaches) >= u64::from(needs) * DAY;
        let grew = live.told == 0.0 || strength > live.told;
        let is_loud = live.origin == Origin::Known
            && self.leaves_out()
            && above(recent * crowd.others, usual.max(EXPECTED_MIN), KNOWN_SPREAD) < WITHOUT_LOUDEST;
        let holds = self.is_enough(&crowd) && (strength >= least || fast.is_some()) && grew && !is_loud;
        if !holds || !is_history_long {
            return (strengths, None);
        }
        let above = fast.map_or(strength / least, |fast| fast.strength / fast.least);
        let subject = Subject::Value {
            kind: live.kind,
            value: live.value.clone(),
        };
        let threshold = self.config.threshold;
        let (detector, score) = match live.origin {
            Origin::New => (Detector::New, threshold * (1.0 + above.log2() / 2.0)),
            Origin::Woke { .. } => (Detector::Woke, threshold * (1.0 + above.log2() / 2.0)),
            Origin::Known => (Detector::Burst, strength),
        };
        let name = live.family.as_deref().or(live.campaign.as_deref());
        let reason = match live.origin {
            Origin::Known => words::known(
                &subject.words(),
                recent,
                usual,
                known_score,
                crowd.customers,
                crowd.sources,
            ),
            Origin::New | Origin::Woke { .. } => words::spread(&SpreadWords {
                subject: &subject.words(),
                first_hour: u64::from(live.first_hour),
                since_hour: self.state.since_hour,
                within: (live.last_ms.saturating_sub(live.since_ms) / HOUR_MS) + 1,
                customers: crowd.customers,
                sources: crowd.sources,
                woke: match live.origin {
                    Origin::Woke { gap, days } => Some((gap, days)),
                    Origin::New | Origin::Known => None,
                },
                rate: self.state.watch.rate(class, strength),
                fast: fast.map(|fast| (fast.came, fast.rate)),
                name,
            }),
        };
        let (seen, expected) = match live.origin {
            Origin::Known => (recent, usual),
            Origin::New | Origin::Woke { .. } => fast.map_or((f64::from(crowd.customers), least), |fast| {
                (fast.came, fast.least)
            }),
        };
        let by_hour = live.hourly.points(self.hour);
        let finding = Finding {
            detector,
            score,
            reason,
            found_ms: self.state.now_ms,
            evidence: Evidence {
                window_hours: (live.last_ms.saturating_sub(live.since_ms) / HOUR_MS) as u32 + 1,
                seen,
                expected,
                customers: crowd.customers,
                sources: crowd.named,
                source_count: crowd.sources,
                lines: u64::from(live.lines),
                failed: u64::from(live.failed),
                first_ms: live.since_ms,
                last_ms: live.last_ms,
                by_hour: by_hour.clone(),
                examples: vec![Example {
                    kind: live.kind,
                    value: live.value.clone(),
                }],
            },
            subject,
        };
        let news = News {
            finding,
            circle: live.circle,
            subject: live.hash,
            related: live.threats.into_iter().flatten().collect(),
            is_named: live.is_named(),
        };
        (strengths, Some((news, by_hour)))
    }

    /// How fast a value spreads that is new or wakes.
    fn fast(&self, live: &Live, crowd: &Crowd) -> Option<Fast> {
        let watch = &self.state.watch;
        let class = class_of_fast(live.origin, live.is_named(), live.kind)?;
        let all = f64::from(crowd.customers).max(1.0);
        // Of many both are estimates.
        let came = live.hourly.sum(FAST_HOURS, self.hour).min(all);
        // As many of them are of other sources as of all its customers.
        let strength = came * self.strength(crowd) / all;
        let fewest = if live.is_named() {
            self.config.min_customers
        } else {
            self.config.min_unnamed_customers
        };
        let least = watch.rare_from(class, self.config.budget).max(f64::from(fewest));
        Some(Fast {
            came,
            strength,
            least,
            rate: watch.rate(class, strength),
            is_rare: strength >= least && watch.knows(class, f64::from(self.config.floor_days) / 2.0),
        })
    }

    /// New names that have something in common.
    fn alike(&self, likeness: &Likeness) -> (f64, Option<Told>) {
        let watch = &self.state.watch;
        let rate = watch.alike_rate(likeness.hash);
        let all_rate = watch.alike_rate(NEW_NAMES);
        let mut best: Option<(f64, u64, f64, f64)> = None;
        for hours in ALIKE_WINDOWS {
            let seen = likeness.hourly.sum(hours, self.hour);
            let all = watch.new_names.sum(hours, self.hour) - seen;
            let growth = (all / (all_rate * hours as f64).max(1.0)).clamp(1.0, NODE_GROWTH_MAX);
            let expected = (rate * growth).max(ALIKE_FLOOR) * hours as f64;
            let score = above(seen, expected, ALIKE_SPREAD);
            if best.is_none_or(|best| score > best.0) {
                best = Some((score, hours, seen, expected));
            }
        }
        let Some((score, hours, seen, expected)) = best else {
            return (0.0, None);
        };
        let class = class_of_alike(likeness.how);
        let least = self
            .config
            .threshold
            .max(watch.rare_from(class, self.config.budget));
        let is_told = self.told.contains(&likeness.hash);
        if score < least * if is_told { STILL } else { 1.0 } || seen < MIN_ALIKE {
            return (score, None);
        }
        let crowd = self.crowd(&likeness.customers);
        let others = likeness.names.others();
        let source = likeness.names.shares().first().map(|share| share.0);
        let loudest = source.filter(|_| self.leaves_out()).map(|source| Loudest {
            name: self.state.sources.name(source).to_owned(),
            share: 1.0 - others,
            score: above(seen * others, expected * others.max(0.5), ALIKE_SPREAD),
        });
        let is_loud = loudest
            .as_ref()
            .is_some_and(|loudest| loudest.score < WITHOUT_LOUDEST);
        // A machine that tries generated names is one customer; two are enough here.
        if crowd.customers < 2 || crowd.sources < self.min_sources || is_loud {
            return (score, None);
        }
        let subject = Subject::Names {
            how: likeness.how,
            what: likeness.text.clone(),
        };
        let reason = words::alike(&AlikeWords {
            subject: &subject.words(),
            window: hours,
            seen,
            expected,
            score,
            customers: crowd.customers,
            sources: crowd.sources,
            failed: likeness.failed,
            generated: likeness.generated,
            lines: likeness.lines,
            loudest: loudest.as_ref(),
        });
        let by_hour = likeness.hourly.points(self.hour);
        let examples = likeness.examples.iter().take(MAX_EXAMPLES);
        let finding = Finding {
            detector: Detector::Alike,
            subject,
            score,
            reason,
            found_ms: self.state.now_ms,
            evidence: Evidence {
                window_hours: hours as u32,
                seen,
                expected,
                customers: crowd.customers,
                sources: crowd.named,
                source_count: crowd.sources,
                lines: u64::from(likeness.lines),
                failed: u64::from(likeness.failed),
                first_ms: likeness.first_ms,
                last_ms: likeness.last_ms,
                by_hour: by_hour.clone(),
                examples: examples
                    .map(|(_, value)| Example {
                        kind: accord_matcher::Kind::Domain,
                        value: value.clone(),
                    })
                    .collect(),
            },
        };
        let news = News {
            finding,
            circle: likeness.circle,
            subject: likeness.hash,
            related: likeness.examples.iter().map(|one| one.0).collect(),
            is_named: false,
        };
        (score, Some((news, by_hour)))
    }

    /// Two watched values that appear together.
    fn together(&self, pair: &Pair) -> (f64, Option<Told>) {
        let live = |hash: u64| self.state.watch.live.get(hash);
        let (Some(a), Some(b)) = (live(pair.a), live(pair.b)) else {
            return (0.0, None);
        };
        let crowd = self.crowd(&pair.customers);
        let (of_a, of_b, both) = (a.customers.count(), b.customers.count(), pair.customers.count());
        let today = self.hour / DAY;
        let of_day = |day: u64| f64::from(self.state.node.day(day).1);
        let all = of_day(today).max(of_day(today.saturating_sub(1))).max(1.0);
        let expected = of_a * of_b / all;
        let strength = self.strength(&crowd);
        let least = self
            .state
            .watch
            .rare_from(PAIRS, self.config.budget)
            .max(f64::from(self.config.min_customers));
        let holds = self.is_enough(&crowd)
            && both >= PAIR_SHARE * of_a.max(of_b)
            && above(both, expected.max(0.05), 1.0) >= self.config.threshold * STILL
            && strength >= least
            && (pair.told == 0.0 || strength > pair.told);
        if !holds {
            return (strength, None);
        }
        let subject = Subject::Pair {
            kind: a.kind,
            value: a.value.clone(),
            other_kind: b.kind,
            other: b.value.clone(),
        };
        let reason = words::together(
            (&a.value, a.customers.whole()),
            (&b.value, b.customers.whole()),
            crowd.customers,
            crowd.sources,
            expected,
        );
        let by_hour = a.hourly.points(self.hour);
        let example = |live: &Live| Example {
            kind: live.kind,
            value: live.value.clone(),
        };
        let finding = Finding {
            detector: Detector::Together,
            subject,
            score: self.config.threshold * (1.0 + (strength / least).log2() / 2.0),
            reason,
            found_ms: self.state.now_ms,
            evidence: Evidence {
                window_hours: (pair.last_ms.saturating_sub(pair.first_ms) / HOUR_MS) as u32 + 1,
                seen: both,
                expected,
                customers: crowd.customers,
                sources: crowd.named,
                source_count: crowd.sources,
                lines: u64::from(a.lines) + u64::from(b.lines),
                failed: u64::from(a.failed) + u64::from(b.failed),
                first_ms: pair.first_ms,
                last_ms: pair.last_ms,
                by_hour: by_hour.clone(),
                examples: vec![example(a), example(b)],
            },
        };
        let news = News {
            finding,
            circle: a.circle,
            subject: crate::sketch::table::Entry::hash(pair),
            related: vec![pair.a, pair.b],
            is_named: a.is_named() || b.is_named(),
        };
        (strength, Some((news, by_hour)))
    }
}
