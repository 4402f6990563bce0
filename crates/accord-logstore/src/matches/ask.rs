//! What came in and matched, over a time and some sources: answered from the matches of segments, no line read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use accord_formats::logs::TimeSpan;
use accord_matcher::PatternKind;

use super::build::has_no_lines;
use super::{MatchedEntry, SegmentMatches, WatchlistUsed};
use crate::error::{Error, Result};
use crate::events::EventLogs;
use crate::hunt::{Hunt, destroyed_meanwhile};
use crate::limits::MAX_COUNT_ROWS;
use crate::manifest::{Segment, SegmentId};
use crate::postings::{Within, within};
use crate::store::LogStore;

/// Of which time and sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchQuestion {
    /// From this instant on, milliseconds since the epoch, UTC.
    pub from_ms: i64,
    /// Up to this instant, itself excluded.
    pub to_ms: i64,
    /// Only these sources; all where absent.
    pub sources: Option<Vec<String>>,
}

/// A segment whose matches cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotMatched {
    /// The segment.
    pub segment: SegmentId,
    /// Why: it was imported without a watchlist, its matches are damaged, or it was destroyed meanwhile.
    pub why: String,
}

/// Which segments were asked, and which could not answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatchesRead {
    /// Segments whose matches were read.
    pub segments: u64,
    /// Segments passed over, because each of their lines tells a time that lies outside.
    pub segments_outside_time: u64,
    /// Segments that have no matches to tell.
    pub not_matched: Vec<NotMatched>,
    /// Segments of the chosen sources that were destroyed before, and may have held lines of the asked time.
    pub destroyed: u64,
    /// What of Windows event logs is told by another segment, and what by none.
    pub event_logs: EventLogs,
}

/// Lines of one source, on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDay {
    /// The source.
    pub source: String,
    /// Days since 1970-01-01, UTC, as logged; nothing: lines that tell no time, or more than one day, or a day that was not
    /// kept apart.
    pub day: Option<i32>,
    /// Lines.
    pub lines: u64,
    /// Whether it may be fewer: only a part of the day was asked for, or the day is not known.
    pub at_most: bool,
}

/// An entry of a watchlist that lines hit, over all segments asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntry {
    /// What kind of indicator it is.
    pub kind: PatternKind,
    /// Its canonical text.
    pub entry: String,
    /// Lines: the sum of those by source and day.
    pub lines: u64,
    /// Segments that have such lines, in their order.
    pub segments: u64,
    /// The first of these, and its first line there, whatever time that is of.
    pub first: (SegmentId, u64),
    /// The earliest and latest time that lines of these segments tell, as logged, also outside of what was asked.
    pub time: Option<TimeSpan>,
    /// By source, then by day; those without a day first.
    pub days: Vec<FoundDay>,
}

/// What came in and matched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatchAnswer {
    /// By kind, then by text.
    pub entries: Vec<FoundEntry>,
    /// Lines of entries beyond [`crate::MAX_MATCH_ANSWER`], a line counted once for each of them.
    pub lines_left_out: u64,
    /// Lines of days beyond [`crate::MAX_COUNT_ROWS`]: part of their entry's lines, and of no day.
    pub lines_of_days_left_out: u64,
    /// Records of entries that the segments themselves left out, and those beyond what a line gives.
    pub records_left_out: u64,
    /// Lines over the line limit, in which nothing was looked for.
    pub overlong_lines: u64,
    /// The watchlists that the segments were matched against, each once, by digest.
    pub watchlists: Vec<WatchlistUsed>,
    /// Which segments were asked.
    pub read: MatchesRead,
}

impl MatchAnswer {
    /// Whether every line of the asked time and sources was matched, and every entry that hits is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.lines_left_out == 0
            && self.lines_of_days_left_out == 0
            && self.records_left_out == 0
            && self.overlong_lines == 0
            && self.read.not_matched.is_empty()
            && self.read.event_logs.is_complete()
    }
}

/// An entry being summed up.
struct Sum {
    lines: u64,
    segments: u64,
    first: (SegmentId, u64),
    time: Option<TimeSpan>,
    /// Source and day: lines, and whether it may be fewer.
    days: BTreeMap<(String, Option<i32>), (u64, bool)>,
}

impl LogStore {
    /// Gives the matches of each segment that may hold lines of a time, in the order of their names; `take` may break off.
    /// Reads one small file of each and no line.
    ///
    /// # Errors
    /// [`Error::NoSuchSource`]; [`Error::Hunt`] for an empty time; [`Error::Cancelled`] where `take` breaks; those of the file
    /// system. What a segment cannot tell is no error: it is in the answer.
    pub fn each_matches(
        &self,
        question: &MatchQuestion,
        take: &mut dyn FnMut(&Segment, SegmentMatches) -> ControlFlow<()>,
    ) -> Result<MatchesRead> {
        let hunt = time_of(question)?;
        let mut read = MatchesRead {
            destroyed: self.destroyed_within(&hunt),
            ..MatchesRead::default()
        };
        let mut segments = self.chosen(&hunt, None, &mut read.segments_outside_time)?;
        read.event_logs = self.event_logs(question.sources.as_deref(), &mut segments);
        // Told as not rendered.
        segments.retain(|segment| !has_no_lines(segment));
        for segment in &segments {
            let why = match self.matches_of(segment) {
                Ok(Some(matches)) => {
                    read.segments += 1;
                    if take(segment, matches).is_break() {
                        return Err(Error::Cancelled);
                    }
                    continue;
                }
                Ok(None) => "it was not matched against a watchlist".to_owned(),
                Err(error @ Error::Matches { .. }) => error.to_string(),
                Err(Error::Destroyed { record, .. }) => destroyed_meanwhile(record),
                Err(error) => return Err(error),
            };
            read.not_matched.push(NotMatched {
                segment: segment.id().clone(),
                why,
            });
        }
        Ok(read)
    }

    /// What came in and matched: each entry that lines of a time hit, with how many by source and day. A day that lies partly
    /// outside is counted whole, and says so; lines that tell no time may be of it, and are counted.
    ///
    /// # Errors
    /// As [`LogStore::each_matches`].
    pub fn matches_within(
        &self,
        question: &MatchQuestion,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<MatchAnswer> {
        let hunt = time_of(question)?;
        let mut answer = MatchAnswer::default();
        let mut watchlists = BTreeSet::new();
        let mut sums: BTreeMap<(PatternKind, String), Sum> = BTreeMap::new();
        let (mut segments, mut rows) = (0, 0);
        let read = self.each_matches(question, &mut |segment, matches| {
            segments += 1;
            watchlists.insert(matches.watchlist);
            answer.overlong_lines += matches.sums.overlong_lines;
            answer.records_left_out += matches.sums.records_of_other_entries + matches.sums.records_over_line;
            for entry in matches.entries {
                let days = days_of(segment, &entry, &hunt);
                let lines: u64 = days.iter().map(|(_, lines, _)| lines).sum();
                if lines == 0 {
                    continue;
                }
                let full = sums.len() >= self.limits.match_answer;
                let key = (entry.kind, entry.entry);
                if full && !sums.contains_key(&key) {
                    answer.lines_left_out += lines;
                    continue;
                }
                let sum = sums.entry(key).or_insert_with(|| Sum {
                    lines: 0,
                    segments: 0,
                    first: (segment.id().clone(), entry.first_line),
                    time: None,
                    days: BTreeMap::new(),
                });
                sum.lines += lines;
                sum.segments += 1;
                if let Some(span) = entry.time {
                    sum.time = Some(sum.time.map_or(span, |known| known.union(span)));
                }
                for (day, lines, at_most) in days {
                    let place = (segment.id().source().to_owned(), day);
                    if let Some((known, bound)) = sum.days.get_mut(&place) {
                        *known += lines;
                        *bound |= at_most;
                    } else if rows < MAX_COUNT_ROWS {
                        rows += 1;
                        sum.days.insert(place, (lines, at_most));
                    } else {
                        answer.lines_of_days_left_out += lines;
                    }
                }
            }
            progress(segments)
        })?;
        answer.read = read;
        answer.watchlists = watchlists.into_iter().collect();
        answer.entries = sums.into_iter().map(|(key, sum)| sum.done(key)).collect();
        Ok(answer)
    }
}

impl Sum {
    fn done(self, (kind, entry): (PatternKind, String)) -> FoundEntry {
        let days = self.days.into_iter();
        FoundEntry {
            kind,
            entry,
            lines: self.lines,
            segments: self.segments,
            first: self.first,
            time: self.time,
            days: days
                .map(|((source, day), (lines, at_most))| FoundDay {
                    source,
                    day,
                    lines,
                    at_most,
                })
                .collect(),
        }
    }
}

/// The time and sources of a question, as a hunt has them; it looks for nothing.
fn time_of(question: &MatchQuestion) -> Result<Hunt> {
    if question.from_ms >= question.to_ms {
        let why = "its time is empty: the end must be after the start";
        return Err(Error::Hunt(why.to_owned()));
    }
    Ok(Hunt {
        patterns: Vec::new(),
        from_ms: question.from_ms,
        to_ms: question.to_ms,
        sources: question.sources.clone(),
        max_lines: 0,
    })
}

/// The lines of an entry that may be of the asked time: their day, how many, whether it may be fewer.
fn days_of(segment: &Segment, entry: &MatchedEntry, hunt: &Hunt) -> Vec<(Option<i32>, u64, bool)> {
    let without = entry.lines_without_day + entry.lines_of_other_days;
    let without = (without > 0).then_some((None, without, true));
    let days = entry.days.iter().filter_map(|day| {
        let within = within(segment, day.day, hunt);
        let in_part = within == Within::Partly;
        (within != Within::Outside).then_some((Some(day.day), day.lines, in_part))
    });
    without.into_iter().chain(days).collect()
}
