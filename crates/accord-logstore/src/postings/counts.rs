//! "Which sources and days, how many", answered from postings alone: no frame is read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use accord_formats::logs::TimeSpan;
use accord_matcher::{Pattern, PatternKind};

use super::probes::{Probes, is_at_most};
use super::{Asked, DAY_MS};
use crate::error::{Error, Result};
use crate::events::EventLogs;
use crate::hunt::{Hunt, Progress, check, destroyed_meanwhile};
use crate::limits::MAX_COUNT_ROWS;
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;

/// How many lines of one source, on one day, a pattern hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCount {
    /// The caller's label of the pattern.
    pub label: u32,
    /// The pattern's canonical text.
    pub indicator: String,
    /// The source.
    pub source: String,
    /// The day, since 1970-01-01, UTC, as logged; nothing: lines that tell no time, or more than one day.
    pub day: Option<i32>,
    /// Lines.
    pub lines: u64,
    /// Whether it may be fewer: the pattern asks for more than postings keep (a port, a query, sub-domains only), some
    /// of the lines may be one (several addresses of a network in it), or only a part of the day was asked for.
    pub at_most: bool,
}

/// A segment of which the lines are not counted, wholly or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCounted {
    /// The segment.
    pub segment: SegmentId,
    /// Bytes of log that only a hunt can search.
    pub bytes: u64,
    /// Why.
    pub why: String,
}

/// Counts of a hunt. They may be too high as said of each, and by chance: a fingerprint is taken for another once in
/// sixteen million times. They are too low only by what is named here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HuntCounts {
    /// In the order of the patterns, the sources' names, the days; those without a day first.
    pub days: Vec<DayCount>,
    /// Rows beyond [`crate::MAX_COUNT_ROWS`], left out.
    pub rows_left_out: u64,
    /// Segments counted, those in `not_counted` included.
    pub segments: u64,
    /// Segments passed over, because each of their lines tells a time that lies outside.
    pub segments_outside_time: u64,
    /// What postings do not tell of.
    pub not_counted: Vec<NotCounted>,
    /// Patterns that no postings can answer, by their label and canonical text: not counted anywhere.
    pub unanswered: Vec<(u32, String)>,
    /// Lines over the line limit, which no hunt searches.
    pub overlong_lines: u64,
    /// Segments of the chosen sources that were destroyed before, and may have held lines of the asked time.
    pub destroyed: u64,
    /// What of Windows event logs is counted elsewhere, and what nowhere.
    pub event_logs: EventLogs,
}

impl HuntCounts {
    /// Whether no line is left uncounted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rows_left_out == 0
            && self.not_counted.is_empty()
            && self.unanswered.is_empty()
            && self.overlong_lines == 0
            && self.event_logs.is_complete()
    }
}

#[derive(Debug, Default)]
struct Row {
    lines: u64,
    at_most: bool,
}

impl LogStore {
    /// Counts the lines that a hunt would find, by pattern, source and day, without reading a line. `max_lines` plays no
    /// part.
    ///
    /// # Errors
    /// As [`LogStore::hunt`].
    pub fn counts(
        &self,
        hunt: &Hunt,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<HuntCounts> {
        check(hunt, self.limits.hunt_patterns)?;
        // A pattern that is there already keeps its first label.
        let mut seen = HashSet::new();
        let patterns: Vec<&(Pattern, u32)> = hunt
            .patterns
            .iter()
            .filter(|(pattern, _)| seen.insert(pattern))
            .collect();
        let probes = Probes::new(patterns.iter().map(|(pattern, _)| pattern));
        let mut counts = HuntCounts {
            destroyed: self.destroyed_within(hunt),
            ..HuntCounts::default()
        };
        let mut segments = self.chosen(hunt, None, &mut counts.segments_outside_time)?;
        counts.event_logs = self.event_logs(hunt.sources.as_deref(), &mut segments);
        let mut state = Progress::start(&segments);
        let narrowed = self.narrow(&probes, &segments, state, progress)?;
        let mut rows: BTreeMap<(u32, &str, Option<i32>), Row> = BTreeMap::new();
        for segment in &segments {
            counts.segments += 1;
            state.segments_done += 1;
            state.scanned_bytes += segment.manifest.log.length;
            let asked = narrowed.of(segment.id());
            let mut of_segment = BTreeMap::new();
            let ask = (&probes, asked.as_ref());
            if self.count(hunt, &patterns, ask, segment, &mut of_segment, &mut counts)? {
                for ((place, day), row) in of_segment {
                    let key = (place, segment.id().source(), day);
                    if rows.len() >= MAX_COUNT_ROWS && !rows.contains_key(&key) {
                        counts.rows_left_out += 1;
                        continue;
                    }
                    let sum = rows.entry(key).or_default();
                    sum.lines += row.lines;
                    sum.at_most |= row.at_most;
                    state.lines_found += row.lines;
                }
            }
            state.report(progress)?;
        }
        let pattern = |place: u32| {
            let found = usize::try_from(place).ok().and_then(|place| patterns.get(place));
            found.map_or((0, String::new()), |(pattern, label)| {
                (*label, pattern.canonical().to_owned())
            })
        };
        counts.unanswered = probes.unanswered.iter().map(|place| pattern(*place)).collect();
        counts.days = rows
            .into_iter()
            .map(|((place, source, day), row)| {
                let (label, indicator) = pattern(place);
                DayCount {
                    label,
                    indicator,
                    source: source.to_owned(),
                    day,
                    lines: row.lines,
                    at_most: row.at_most,
                }
            })
            .collect();
        Ok(counts)
    }

    /// Counts one segment; says whether its postings answered.
    fn count(
        &self,
        hunt: &Hunt,
        patterns: &[&(Pattern, u32)],
        (probes, asked): (&Probes, Option<&Asked<'_>>),
        segment: &Segment,
        rows: &mut BTreeMap<(u32, Option<i32>), Row>,
        counts: &mut HuntCounts,
    ) -> Result<bool> {
        let mut not_counted = |bytes: u64, why: String| {
            counts.not_counted.push(NotCounted {
                segment: segment.id().clone(),
                bytes,
                why,
            });
        };
        if asked.is_some_and(Asked::is_nothing) {
            return Ok(true);
        }
        let length = segment.manifest.log.length;
        let mut postings = match self.postings_asked(segment, asked) {
            Ok(Ok(postings)) => postings,
            Ok(Err(absent)) => {
                not_counted(length, absent.to_string());
                return Ok(false);
            }
            Err(Error::Destroyed { record, .. }) => {
                not_counted(length, destroyed_meanwhile(record));
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        // The last address that a network found: a line may hold two of them.
        let mut last: HashMap<u32, u128> = HashMap::new();
        let mut many = HashSet::new();
        let told = probes.ask(&mut postings, asked, &mut |place, found| {
            let within = found.day.map_or(Within::Partly, |day| within(segment, day, hunt));
            if within == Within::Outside {
                return;
            }
            let kind = usize::try_from(place)
                .ok()
                .and_then(|place| patterns.get(place))
                .map_or(PatternKind::Domain, |(pattern, _)| pattern.kind());
            if kind == PatternKind::Network
                && last.insert(place, found.key).is_some_and(|key| key != found.key)
            {
                many.insert(place);
            }
            let row = rows.entry((place, found.day)).or_default();
            row.lines += found.lines;
            row.at_most |= is_at_most(kind) || (found.day.is_some() && within == Within::Partly);
        })?;
        if let Err(absent) = told {
            not_counted(length, absent.to_string());
            return Ok(false);
        }
        // The file stays open although the segment was destroyed meanwhile.
        if let Err(Error::Destroyed { record, .. }) = self.still_here(segment.id()) {
            not_counted(length, destroyed_meanwhile(record));
            return Ok(false);
        }
        for ((place, _), row) in rows.iter_mut() {
            row.at_most |= many.contains(place);
        }
        if !postings.crowded().is_empty() {
            let frames = postings.crowded().len();
            let bytes = (frames as u64)
                .saturating_mul(self.limits.frame_max_bytes as u64)
                .min(length);
            not_counted(
                bytes,
                format!("{frames} of its frames hold more observables than are kept"),
            );
        }
        counts.overlong_lines += postings.overlong().0;
        Ok(true)
    }
}

/// How a day lies to an asked time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    Wholly,
    Partly,
    Outside,
}

/// Whether a logged day lies in the hunt's time, by the true clock.
pub(crate) fn within(segment: &Segment, day: i32, hunt: &Hunt) -> Within {
    let offset = segment.manifest.source.clock_offset_ms.unwrap_or(0);
    let first_ms = (i64::from(day) * DAY_MS).saturating_sub(offset);
    let last_ms = first_ms.saturating_add(DAY_MS - 1);
    let span = TimeSpan { first_ms, last_ms };
    if !span.overlaps(hunt.from_ms, hunt.to_ms) {
        Within::Outside
    } else if hunt.from_ms <= first_ms && last_ms < hunt.to_ms {
        Within::Wholly
    } else {
        Within::Partly
    }
}
