//! Values: which are new or wake and how they spread, which known ones are met by more customers than usual, what new names
//! have in common, what appears together.

mod entries;

pub(crate) use entries::{Likeness, Live, Origin, Pair};

use std::collections::VecDeque;

use accord_matcher::Kind;

use crate::config::Config;
use crate::event::Event;
use crate::kept::kept;
use crate::key::{Key, Purpose};
use crate::limits::{HISTORY_DAYS, TOGETHER_MS, WATCH_HOURS};
use crate::names::{Letters, likenesses, parts};
use crate::sketch::counts::Counts;
use crate::sketch::memory::{Memory, day_of};
use crate::sketch::table::{Entry, Table};
use crate::sketch::usual::Usual;
use crate::story::Alike;
use entries::{Hourly, Meeting, Touched};

/// What is left after an hour of how often a known value was met lately, and of how often it is met at all.
const RECENT_SHARE: f64 = 0.778_8;
const LONG_SHARE: f64 = 0.994_07;
/// The hours for which a faded recent count stands: the sum of what is left, for one an hour.
const RECENT_HOURS: f64 = 4.52;
/// The same of likenesses: two weeks.
const ALIKE_SHARE: f64 = 0.997_03;
/// Days on which a name must have been seen before its letters are learned.
const LEARN_DAYS: u16 = 3;
/// Days on which a value must have been seen before its silence means anything.
const WAKE_DAYS: u16 = 2;
/// Classes of candidates: three origins, named or not, three groups of kinds; then likenesses; then pairs; then how fast
/// what is new or wakes spreads, two origins as before.
const CLASSES: usize = PAIRS as usize + 1 + 12;

/// An event, with what was worked out of it.
pub(crate) struct Seen<'e, 'a> {
    pub event: &'e Event<'a>,
    pub hash: u64,
    pub hour: u64,
    pub customer: u64,
    /// The customer within the circle: what appears together is of one circle.
    pub meets: u64,
    pub source: u16,
    /// The hashes of its family and its campaign.
    pub threats: [Option<u64>; 2],
    /// Older than what is counted.
    pub is_old: bool,
    /// Whether there is history enough to learn from what is new, and whether the time has come to keep it.
    pub watches: bool,
}

impl Seen<'_, '_> {
    pub(crate) fn who(&self) -> u32 {
        self.customer as u32
    }

    /// The lines for which it stands.
    pub(crate) fn lines(&self) -> u32 {
        self.event.lines.max(1)
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Watch {
    pub memory: Memory,
    pub live: Table<Live>,
    pub likenesses: Table<Likeness>,
    pub pairs: Table<Pair>,
    meetings: Table<Meeting>,
    /// Customers that met each value in the last hours, and over a week, both fading.
    pub recent: Counts,
    pub long: Counts,
    /// New names of each likeness over two weeks, fading.
    pub alike: Counts,
    /// The hours for which the faded counts stand.
    long_hours: f64,
    alike_hours: f64,
    pub new_names: Hourly,
    /// Which customer met which known value in this hour: bits of keyed hashes.
    met: Vec<u64>,
    letters: Letters,
    pub usual: Vec<Usual>,
    pub touched: Touched,
    /// Days with events, days since 1970, ascending.
    pub days: VecDeque<u16>,
}
kept!(Watch {
    memory,
    live,
    likenesses,
    pairs,
    meetings,
    recent,
    long,
    alike,
    long_hours,
    alike_hours,
    new_names,
    met,
    letters,
    usual,
    touched,
    days,
});

/// The class of a candidate, among which it must be rare.
pub(crate) fn class_of(origin: Origin, is_named: bool, kind: Kind) -> u8 {
    let origin = match origin {
        Origin::New => 0,
        Origin::Woke { .. } => 1,
        Origin::Known => 2,
    };
    let group = match kind {
        Kind::Domain | Kind::Url => 0,
        Kind::Ipv4 | Kind::Ipv6 => 1,
        _ => 2,
    };
    (origin * 2 + u8::from(is_named)) * 3 + group
}

pub(crate) fn class_of_alike(how: Alike) -> u8 {
    18 + Alike::ALL.iter().position(|one| *one == how).unwrap_or_default() as u8
}

/// The class of pairs.
pub(crate) const PAIRS: u8 = 18 + Alike::ALL.len() as u8;

/// The class of how fast a candidate spreads; nothing of a known value, whose strength is that.
pub(crate) fn class_of_fast(origin: Origin, is_named: bool, kind: Kind) -> Option<u8> {
    (origin != Origin::Known).then(|| PAIRS + 1 + class_of(origin, is_named, kind))
}

/// The hash of all new names together.
pub(crate) const NEW_NAMES: u64 = 0;

impl Watch {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            memory: Memory::new(config.memory_slots),
            live: Table::new(config.watched),
            likenesses: Table::new(config.likenesses),
            pairs: Table::new(config.pairs),
            meetings: Table::new(config.customers),
            recent: Counts::new(config.counters),
            long: Counts::new(config.counters),
            alike: Counts::new(config.counters),
            long_hours: 0.0,
            alike_hours: 0.0,
            new_names: Hourly::default(),
            met: vec![0; config.counters.next_power_of_two()],
            letters: Letters::new(),
            usual: vec![Usual::new(); CLASSES],
            touched: Touched::default(),
            days: VecDeque::new(),
        }
    }

    /// Days with events between two days.
    fn silent_days(&self, after: u16, before: u16) -> u16 {
        let first = self.days.partition_point(|day| *day <= after);
        let end = self.days.partition_point(|day| *day < before);
        end.saturating_sub(first) as u16
    }

    /// Notes that a day has events.
    pub(crate) fn see_day(&mut self, day: u16) {
        if self.days.back().is_none_or(|last| *last < day) {
            self.days.push_back(day);
            while self.days.len() as u64 > HISTORY_DAYS {
                self.days.pop_front();
            }
            self.usual.iter_mut().for_each(Usual::next_day);
        }
    }

    /// Takes an event in. Gives whether the value is part of a story, and what had to leave to make room.
    pub(crate) fn see(&mut self, seen: &Seen<'_, '_>, key: &Key, config: &Config) -> (bool, Option<Live>) {
        let hour = u32::try_from(seen.hour).unwrap_or(u32::MAX);
        let day = day_of(hour);
        let watches = seen.watches && !seen.is_old;
        let (who, source) = (seen.who(), seen.source);
        let Some((slot, is_made)) = self.memory.entry(seen.hash, hour) else {
            return (false, None);
        };
        let before = *slot;
        let is_next_day = day > before.last_day;
        slot.first_hour = slot.first_hour.min(hour);
        if is_next_day {
            slot.last_day = day;
            slot.days = slot.days.saturating_add(1);
        }
        let mut begins = is_made.then_some(0);
        if is_next_day && before.days >= WAKE_DAYS {
            let gap = self.silent_days(before.last_day, day);
            if u32::from(gap) >= config.dormant_days {
                begins = Some(gap);
            }
        }
        let mut episode = before;
        if let (true, Some(gap)) = (watches, begins)
            && let Some((slot, _)) = self.memory.entry(seen.hash, hour)
        {
            (slot.episode_hour, slot.gap, slot.who, slot.source) = (hour, gap, who, source);
            episode = *slot;
        }
        if seen.event.kind == Kind::Domain && (is_made || is_next_day) {
            self.see_name(seen, is_made && watches, key);
        }
        if seen.is_old {
            return (false, None);
        }
        let is_watched =
            episode.episode_hour != 0 && u64::from(hour.saturating_sub(episode.episode_hour)) < WATCH_HOURS;
        if is_watched {
            if self.live.get(seen.hash).is_none() && episode.who != who {
                let origin = match episode.gap {
                    0 => Origin::New,
                    gap => Origin::Woke {
                        gap,
                        days: episode.days,
                    },
                };
                let mut live = Live::new(seen, origin, episode.first_hour);
                live.add_customer(episode.who, episode.source, u64::from(episode.episode_hour));
                let left = self.watch_live(live);
                return (self.see_live(seen, key), left);
            }
            return (self.see_live(seen, key), None);
        }
        let left = self.see_known(seen, config);
        (self.see_live(seen, key), left)
    }

    /// Watches a value; gives what had to leave, which may be itself.
    fn watch_live(&mut self, live: Live) -> Option<Live> {
        self.touched.lives.insert(live.hash);
        let left = self.live.insert(live)?;
        self.touched.lives.remove(&left.hash);
        Some(left)
    }

    /// An event of a value that is watched. Gives whether it is part of a story.
    fn see_live(&mut self, seen: &Seen<'_, '_>, key: &Key) -> bool {
        let Some(live) = self.live.get_mut(seen.hash) else {
            return false;
        };
        if live.add(seen) {
            self.touched.lives.insert(seen.hash);
        }
        let is_told = live.told > 0.0;
        // What this customer met within the last minutes appears together with it.
        let (now, hash) = (seen.event.at_ms, seen.hash);
        let Some(meeting) = self.meetings.get_mut(seen.meets) else {
            self.meetings.insert(Meeting::new(seen.meets, hash, now));
            return is_told;
        };
        let others = meeting.others(hash, now, TOGETHER_MS);
        meeting.add(hash, now);
        for other in others.into_iter().flatten() {
            let (a, b) = (hash.min(other), hash.max(other));
            let mut both = [0; 16];
            let (left, right) = both.split_at_mut(8);
            left.copy_from_slice(&a.to_le_bytes());
            right.copy_from_slice(&b.to_le_bytes());
            let pair = key.hash(Purpose::Pair, 0, &both);
            if self.pairs.get(pair).is_none()
                && let Some(left) = self.pairs.insert(Pair::new(pair, a, b, now))
            {
                self.touched.pairs.remove(&left.hash());
            }
            if let Some(pair) = self.pairs.get_mut(pair) {
                let hash = pair.hash();
                if pair.add(seen.who(), seen.source, now) {
                    self.touched.pairs.insert(hash);
                }
            }
        }
        is_told
    }

    /// An event of a value that is neither new nor woke: each customer counts once an hour.
    fn see_known(&mut self, seen: &Seen<'_, '_>, config: &Config) -> Option<Live> {
        let bit = seen.hash ^ seen.customer.rotate_left(32);
        let at = (bit >> 6) as usize & (self.met.len() - 1);
        let word = self.met.get_mut(at)?;
        let mask = 1 << (bit & 63);
        if *word & mask != 0 {
            return None;
        }
        *word |= mask;
        self.recent.add(seen.hash, 1.0);
        self.long.add(seen.hash, 1.0);
        // Cheap, and wide: what is let in is looked at with the customers counted exactly.
        let (recent, usual) = self.known(seen.hash);
        if seen.watches
            && recent >= f64::from(config.min_customers)
            && recent > 2.0 * usual
            && self.live.get(seen.hash).is_none()
        {
            return self.watch_live(Live::new(seen, Origin::Known, seen.hour as u32));
        }
        None
    }

    /// Customers of the last hours that a known value has, and that it usually has.
    pub(crate) fn known(&self, hash: u64) -> (f64, f64) {
        (
            self.recent.get(hash),
            self.long.get(hash) * RECENT_HOURS / self.long_hours.max(RECENT_HOURS),
        )
    }

    /// New names an hour of a likeness, in the two weeks before.
    pub(crate) fn alike_rate(&self, hash: u64) -> f64 {
        self.alike.get(hash) / self.alike_hours.max(24.0)
    }

    /// A name that is new, or is seen on a further day.
    fn see_name(&mut self, seen: &Seen<'_, '_>, counts: bool, key: &Key) {
        let Some(name) = parts(seen.event.value) else {
            return;
        };
        let hour = u32::try_from(seen.hour).unwrap_or(u32::MAX);
        let circle = seen.event.circle;
        let hash = key.hash(Purpose::Registrable, 0, name.registrable.as_bytes());
        let hash = key.within(circle, hash);
        let Some((slot, is_made)) = self.memory.entry(hash, hour) else {
            return;
        };
        if is_made {
            slot.episode_hour = hour;
        } else if day_of(hour) > slot.last_day {
            slot.last_day = day_of(hour);
            slot.days = slot.days.saturating_add(1);
            if slot.days == LEARN_DAYS && !seen.event.failed {
                self.letters.learn(name.label);
            }
        }
        if !counts {
            return;
        }
        let is_parent_new = name.registrable == seen.event.value
            || u64::from(hour.saturating_sub(slot.episode_hour)) < WATCH_HOURS;
        let generated = self.letters.looks_generated(name.label);
        self.new_names.add(seen.hour, 1);
        self.alike.add(NEW_NAMES, 1.0);
        for (how, text) in likenesses(&name, is_parent_new, generated, seen.event.labels.network) {
            let hash = key.within(circle, key.hash(Purpose::Alike, how as u8, text.as_bytes()));
            self.alike.add(hash, 1.0);
            if self.likenesses.get(hash).is_none()
                && let Some(left) =
                    self.likenesses
                        .insert(Likeness::new((circle, hash), how, &text, seen.event.at_ms))
            {
                self.touched.likenesses.remove(&left.hash);
                self.end_likeness(&left);
            }
            if let Some(likeness) = self.likenesses.get_mut(hash) {
                likeness.add(seen, generated);
                self.touched.likenesses.insert(hash);
            }
        }
    }

    fn end_likeness(&mut self, likeness: &Likeness) {
        if likeness.peak > 0.0
            && let Some(usual) = self.usual.get_mut(usize::from(class_of_alike(likeness.how)))
        {
            usual.add(likeness.peak);
        }
    }

    /// An hour has ended. Gives the values whose time is over.
    pub(crate) fn end_hour(&mut self, now_ms: u64, watches: bool) -> (Vec<Live>, Vec<Pair>) {
        self.recent.fade(RECENT_SHARE);
        self.long.fade(LONG_SHARE);
        self.alike.fade(ALIKE_SHARE);
        self.long_hours = self.long_hours * LONG_SHARE + 1.0;
        if watches {
            self.alike_hours = self.alike_hours * ALIKE_SHARE + 1.0;
        }
        self.met.iter_mut().for_each(|word| *word = 0);
        for likeness in self.likenesses.drain(|likeness| likeness.is_over(now_ms)) {
            self.end_likeness(&likeness);
        }
        let pairs = self.pairs.drain(|pair| pair.is_over(now_ms));
        (self.live.drain(|live| live.is_over(now_ms)), pairs)
    }

    /// From how many customers on a candidate of a class is rare.
    pub(crate) fn rare_from(&self, class: u8, budget: f64) -> f64 {
        self.usual
            .get(usize::from(class))
            .map_or(1.0, |usual| usual.threshold(budget))
    }

    /// How many candidates of a class a day reached a strength.
    pub(crate) fn rate(&self, class: u8, strength: f64) -> f64 {
        self.usual
            .get(usize::from(class))
            .map_or(0.0, |usual| usual.rate(strength))
    }

    /// What a state of an earlier version does not have begins now.
    pub(crate) fn complete(&mut self) {
        self.usual.resize(CLASSES.max(self.usual.len()), Usual::new());
    }

    /// Whether what candidates of a class reach was learned for so many days.
    pub(crate) fn knows(&self, class: u8, days: f64) -> bool {
        let usual = self.usual.get(usize::from(class));
        usual.is_some_and(|usual| usual.knows(days))
    }

    /// Whether it was read whole, and fits the configuration.
    pub(crate) fn is_whole(&self, config: &Config) -> bool {
        let fresh = Watch::shape(config);
        self.shape_of() == fresh
            && self.usual.len() == CLASSES
            && self.usual.iter().all(Usual::is_whole)
            && self.letters.is_whole()
            && self.days.len() as u64 <= HISTORY_DAYS
            && self.days.iter().is_sorted()
            && self.live.iter().all(Live::is_whole)
            && self.likenesses.iter().all(Likeness::is_whole)
    }

    fn shape_of(&self) -> [usize; 9] {
        [
            self.memory.slots(),
            self.live.places(),
            self.likenesses.places(),
            self.pairs.places(),
            self.meetings.places(),
            self.recent.counters(),
            self.long.counters(),
            self.alike.counters(),
            self.met.len(),
        ]
    }

    fn shape(config: &Config) -> [usize; 9] {
        use crate::sketch::{memory, table};
        let counters = config.counters.next_power_of_two();
        [
            memory::slots_for(config.memory_slots),
            table::places_for(config.watched),
            table::places_for(config.likenesses),
            table::places_for(config.pairs),
            table::places_for(config.customers),
            counters,
            counters,
            counters,
            counters,
        ]
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.memory.held_bytes()
            + self.live.held_bytes(Live::held_bytes)
            + self.likenesses.held_bytes(Likeness::held_bytes)
            + self.pairs.held_bytes(Pair::held_bytes)
            + self.meetings.held_bytes(|_| 0)
            + self.recent.held_bytes()
            + self.long.held_bytes()
            + self.alike.held_bytes()
            + self.met.capacity() * 8
            + self.touched.len() * 48
            + 40_000
    }
}
