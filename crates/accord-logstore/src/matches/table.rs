//! Matches being gathered, in bounded memory: counts go on, what is kept beside them ends at a limit.

use std::collections::{BTreeMap, HashMap};

use accord_formats::logs::LineTime;
use accord_matcher::{Hit, IndicatorId, PatternKind, Watchlist};

use super::{MatchDay, MatchSums, MatchedEntry, MatchedValue};
use crate::limits::Limits;
use crate::postings::{NO_DAY, day_of};

/// What an entry is reckoned to take beside its text, in memory and in the file; the same of a value, a place, a day.
const ENTRY_BYTES: usize = 320;
const VALUE_BYTES: usize = 192;
const PLACE_BYTES: usize = 24;
const DAY_BYTES: usize = 64;

/// The matches of the lines so far.
#[derive(Debug)]
pub(super) struct MatchTable {
    most: Most,
    places: HashMap<IndicatorId, usize>,
    entries: Vec<Gathered>,
    sums: MatchSums,
}

/// How much is kept.
#[derive(Debug, Clone, Copy)]
struct Most {
    entries: usize,
    values: usize,
    places: usize,
    days: usize,
    /// What there still is room for, of all together.
    bytes: usize,
}

#[derive(Debug)]
struct Gathered {
    kind: PatternKind,
    entry: String,
    lines: u64,
    first_line: u64,
    last_line: u64,
    time: Option<accord_formats::logs::TimeSpan>,
    days: BTreeMap<i32, u64>,
    lines_without_day: u64,
    lines_of_other_days: u64,
    values: Vec<MatchedValue>,
    records_left_out: u64,
}

impl Most {
    /// Takes room; says whether there was enough.
    const fn take(&mut self, bytes: usize) -> bool {
        match self.bytes.checked_sub(bytes) {
            Some(left) => {
                self.bytes = left;
                true
            }
            None => false,
        }
    }
}

impl MatchTable {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            most: Most {
                entries: limits.match_entries,
                values: limits.match_values,
                places: limits.match_places,
                days: limits.match_days,
                bytes: limits.match_bytes,
            },
            places: HashMap::new(),
            entries: Vec::new(),
            sums: MatchSums::default(),
        }
    }

    /// Takes the records of the next line that hits.
    pub(super) fn line(&mut self, number: u64, time: LineTime, hits: &[Hit], watchlist: &Watchlist) {
        self.sums.lines += 1;
        for hit in hits {
            self.sums.records += 1;
            match self.entry(hit.indicator, number, watchlist) {
                Some((entry, most)) => entry.take(hit, number, time, most),
                None => self.sums.records_of_other_entries += 1,
            }
        }
    }

    /// The entry of an indicator, made where it is new and there is room.
    fn entry(
        &mut self,
        id: IndicatorId,
        line: u64,
        watchlist: &Watchlist,
    ) -> Option<(&mut Gathered, &mut Most)> {
        let Self {
            most,
            places,
            entries,
            ..
        } = self;
        let place = match places.get(&id) {
            Some(place) => *place,
            None if entries.len() >= most.entries => return None,
            None => {
                let (kind, text) = watchlist.indicator(id)?;
                if !most.take(ENTRY_BYTES + text.len()) {
                    return None;
                }
                places.insert(id, entries.len());
                entries.push(Gathered::new(kind, text, line));
                entries.len() - 1
            }
        };
        entries.get_mut(place).map(|entry| (entry, most))
    }

    /// Counts a line over the line limit.
    pub(super) fn overlong(&mut self) {
        self.sums.overlong_lines += 1;
    }

    /// What it comes to; `records_over_line` is the matcher's.
    pub(super) fn finish(self, records_over_line: u64) -> (Vec<MatchedEntry>, MatchSums) {
        let mut entries: Vec<MatchedEntry> = self.entries.into_iter().map(Gathered::done).collect();
        entries.sort_by(|one, other| (one.kind, &one.entry).cmp(&(other.kind, &other.entry)));
        let sums = MatchSums {
            entries: entries.len() as u64,
            records_over_line,
            ..self.sums
        };
        (entries, sums)
    }
}

impl Gathered {
    fn new(kind: PatternKind, entry: &str, line: u64) -> Self {
        Self {
            kind,
            entry: entry.to_owned(),
            lines: 0,
            first_line: line,
            last_line: 0,
            time: None,
            days: BTreeMap::new(),
            lines_without_day: 0,
            lines_of_other_days: 0,
            values: Vec::new(),
            records_left_out: 0,
        }
    }

    fn take(&mut self, hit: &Hit, line: u64, time: LineTime, most: &mut Most) {
        if self.last_line != line {
            self.last_line = line;
            self.line(time, most);
        }
        let has_room = self.values.len() < most.values;
        let known = self
            .values
            .iter_mut()
            .find(|value| value.kind == hit.kind && value.value == hit.value);
        match known {
            Some(value) => {
                value.lines += 1;
                if value.first_lines.len() < most.places && most.take(PLACE_BYTES) {
                    value.first_lines.push(line);
                }
            }
            None if has_room && most.take(VALUE_BYTES + hit.value.len()) => {
                let mut first_lines = Vec::new();
                if most.places > 0 && most.take(PLACE_BYTES) {
                    first_lines.push(line);
                }
                self.values.push(MatchedValue {
                    kind: hit.kind,
                    value: hit.value.clone(),
                    how: hit.how,
                    lines: 1,
                    first_lines,
                });
            }
            None => self.records_left_out += 1,
        }
    }

    /// Counts a line that it hits, once.
    fn line(&mut self, time: LineTime, most: &mut Most) {
        self.lines += 1;
        if let Some(span) = time.span() {
            self.time = Some(self.time.map_or(span, |known| known.union(span)));
        }
        let day = day_of(time);
        if day == NO_DAY {
            self.lines_without_day += 1;
        } else if let Some(lines) = self.days.get_mut(&day) {
            *lines += 1;
        } else if self.days.len() < most.days && most.take(DAY_BYTES) {
            self.days.insert(day, 1);
        } else {
            self.lines_of_other_days += 1;
        }
    }

    fn done(self) -> MatchedEntry {
        let days = self.days.into_iter().map(|(day, lines)| MatchDay { day, lines });
        MatchedEntry {
            kind: self.kind,
            entry: self.entry,
            lines: self.lines,
            first_line: self.first_line,
            time: self.time,
            days: days.collect(),
            lines_without_day: self.lines_without_day,
            lines_of_other_days: self.lines_of_other_days,
            values: self.values,
            records_left_out: self.records_left_out,
        }
    }
}
