//! What came in and matched: the indicators that this organisation's own logs hit as they were brought in.
//!
//! The log store matches every import against the watchlist in force (`docs/spec/log-matches.md`): here it is set, to every
//! indicator that a case of this node lists, standing or under a verdict, and to what its feeds list. What matched feeds the
//! stories of what is new, and is told to people of the own organisation.
//!
//! Invariants:
//! - Nothing leaves by it, and nothing of it is counted on a case.
//! - A person is told of an indicator only where they see a case that lists it now, with its indicators and sightings, or what
//!   the feeds list; of all others not even how many there are. What it shows of partners' notes is a look at them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use accord_emerging::Circle;
use accord_logstore::{Hex, MatchQuestion, SegmentId, Watched};
use accord_matcher::{Pattern, WatchlistBuilder};
use accord_model::SpaceId;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::emerging::{SeenEvent, circle_of, oldest_day, time_of};
use crate::error::{Result, ServiceError};
use crate::feeds::feeds_that_list;
use crate::journal::State;
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::protection::Compiled;

/// Indicators in one answer, those with the most lines.
pub const LOG_MATCHES_SHOWN: usize = 500;
/// Most stored files that are named as not matched.
const NOT_MATCHED_NAMED: usize = 20;
/// Most indicators and days of one stored file that are taken into the stories.
const SEEN_MAX: usize = 20_000;
/// Before the name of the source, where a story says who saw something.
const SOURCE: &str = "our logs: ";

/// What is watched for in logs.
#[derive(Debug, Default)]
pub(crate) struct LogWatch {
    /// Counts changes of what is to be watched for.
    wanted: AtomicU64,
    /// Which of them is in force.
    in_force: Mutex<Option<u64>>,
}

impl LogWatch {
    /// What is listed has changed.
    pub fn changed(&self) {
        self.wanted.fetch_add(1, Ordering::SeqCst);
    }
}

/// Lines of an indicator, of one source and day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchedDay {
    /// The source.
    pub source: String,
    /// The day, `2026-11-30`, as logged; none where lines tell none, or more than one.
    pub day: Option<String>,
    /// Lines.
    pub lines: u64,
    /// Whether it may be fewer, because only a part of the day was asked for.
    pub at_most: bool,
}

/// An indicator that lines hit as they came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogMatch {
    /// Its canonical text.
    pub indicator: String,
    /// Lines.
    pub lines: u64,
    /// Stored files with such lines.
    pub segments: u64,
    /// The first of these.
    pub first_segment: String,
    /// The number of its first line there, from 1.
    pub first_line: u64,
    /// The earliest and latest time that these stored files tell for it, as logged, ms UTC.
    pub span: Option<(i64, i64)>,
    /// By source and day.
    pub days: Vec<MatchedDay>,
    /// The cases that list it, of those that this person sees.
    pub cases: Vec<SpaceId>,
    /// The feeds that list it.
    pub feeds: Vec<String>,
}

/// What came in and matched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LogMatches {
    /// Those with the most lines first, at most 500.
    pub matches: Vec<LogMatch>,
    /// How many there are that this person may see.
    pub total: usize,
    /// Stored files that were asked.
    pub segments: u64,
    /// Stored files that cannot tell: they came in before anything was watched for, or their matches are damaged.
    pub not_matched_total: u64,
    /// The first of them, and why.
    pub not_matched: Vec<(String, String)>,
    /// Stored files of that time that are destroyed.
    pub destroyed: u64,
}

/// Of which time and sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskMatches {
    /// From this instant on, ms UTC.
    pub from_ms: Option<i64>,
    /// Up to this instant, itself excluded, ms UTC.
    pub to_ms: Option<i64>,
    /// Only this source.
    pub source: Option<String>,
}

fn day_of(day: i32) -> Option<String> {
    let at = jiff::Timestamp::from_second(i64::from(day) * 86_400).ok()?;
    Some(at.strftime("%Y-%m-%d").to_string())
}

/// A list as it is watched for.
fn compiled(patterns: BTreeSet<Pattern>, now_ms: i64) -> Result<Option<Watched>> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut digest = Sha256::new();
    let mut builder = WatchlistBuilder::new();
    for (id, pattern) in (0_u32..).zip(patterns) {
        digest.update(pattern.canonical().as_bytes());
        digest.update(b"\n");
        builder.add(pattern, id);
    }
    let (watchlist, _) = builder
        .build()
        .map_err(|error| ServiceError::Unexplained(format!("what is watched for in logs: {error}")))?;
    Ok(Some(Watched::new(
        watchlist,
        Hex(digest.finalize().into()),
        now_ms,
    )))
}

impl Node {
    /// Sets what comes in to be matched against what is listed now, where that changed.
    pub async fn watch_logs(&self) -> Result<()> {
        let wanted = self.log_watch.wanted.load(Ordering::SeqCst);
        let in_force = || {
            self.log_watch
                .in_force
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        if *in_force() == Some(wanted) {
            return Ok(());
        }
        let patterns = self.compiled.lock().await.patterns();
        let now_ms = i64::try_from(self.now_ms()).unwrap_or(i64::MAX);
        // Millions take seconds: a case that goes on does not wait for it.
        let watched = tokio::task::block_in_place(|| compiled(patterns, now_ms))?;
        self.logs.watch(watched);
        *in_force() = Some(wanted);
        Ok(())
    }

    /// What a stored file hit when it came in, to be taken into the stories in the commit that notes its import.
    pub(crate) fn seen_in_log(&self, segment: &str) -> Vec<SeenEvent> {
        let Some(id) = SegmentId::parse(segment) else {
            return Vec::new();
        };
        let matches = match self.logs.matches(&id) {
            Ok(Some(matches)) => matches,
            Ok(None) => return Vec::new(),
            Err(error) => {
                tracing::warn!(segment, %error, "what came in and matched makes no stories");
                return Vec::new();
            }
        };
        let now_ms = self.now_ms();
        let oldest = oldest_day(now_ms);
        let mut seen = Vec::new();
        for entry in matches.entries {
            for day in &entry.days {
                // What is older than the history makes no story.
                let Some(number) = u32::try_from(day.day).ok().filter(|day| *day >= oldest) else {
                    continue;
                };
                seen.push(SeenEvent {
                    at_ms: time_of(number, now_ms),
                    source: format!("{SOURCE}{}", id.source()),
                    customer: String::new(),
                    value: entry.entry.clone(),
                    lines: day.lines,
                    in_own_logs: true,
                });
            }
        }
        if seen.len() > SEEN_MAX {
            tracing::warn!(
                segment,
                events = seen.len(),
                "more hits than make stories: those of most lines are taken"
            );
            seen.sort_by(|one, other| (other.lines, &one.value).cmp(&(one.lines, &other.value)));
            seen.truncate(SEEN_MAX);
        }
        seen
    }

    /// What came in and matched, as far as this person may know of it.
    pub async fn log_matches(&self, who: &SignedIn, asked: &AskMatches) -> Result<LogMatches> {
        Act::HuntOwn.ask(who)?;
        self.refresh_verdicts().await?;
        let (from_ms, to_ms) = (asked.from_ms.unwrap_or(i64::MIN), asked.to_ms.unwrap_or(i64::MAX));
        if from_ms >= to_ms {
            return Err(ServiceError::invalid("to", "the end must be after the start"));
        }
        let question = MatchQuestion {
            from_ms,
            to_ms,
            sources: asked.source.clone().map(|source| vec![source]),
        };
        let answer = tokio::task::block_in_place(|| {
            self.logs
                .matches_within(&question, &mut |_| ControlFlow::Continue(()))
        })?;
        let (matches, total, said_in) = {
            let compiled = self.compiled.lock().await;
            let state = self.read().await?;
            let told = Told::of(self, &state, &compiled, who)?;
            let mut matches: Vec<LogMatch> = answer
                .entries
                .into_iter()
                .filter_map(|entry| told.shown(entry))
                .collect();
            let total = matches.len();
            matches.sort_by(|one, other| (other.lines, &one.indicator).cmp(&(one.lines, &other.indicator)));
            matches.truncate(LOG_MATCHES_SHOWN);
            let mut said_in = BTreeSet::new();
            let cases: BTreeSet<SpaceId> = matches.iter().flat_map(|one| one.cases.clone()).collect();
            for case in cases {
                let of_it: BTreeSet<&str> = matches
                    .iter()
                    .filter(|one| one.cases.contains(&case))
                    .map(|one| one.indicator.as_str())
                    .collect();
                said_in.extend(compiled.said_of(case, |pattern| of_it.contains(pattern.canonical())));
            }
            (matches, total, said_in)
        };
        self.looked(who, Way::Read, said_in).await?;
        self.note_access(
            who,
            "log.matches-read",
            asked.source.as_deref().unwrap_or_default(),
        )
        .await?;
        let not_matched = answer.read.not_matched;
        Ok(LogMatches {
            matches,
            total,
            segments: answer.read.segments,
            not_matched_total: not_matched.len() as u64,
            not_matched: not_matched
                .into_iter()
                .take(NOT_MATCHED_NAMED)
                .map(|one| (one.segment.to_string(), one.why))
                .collect(),
            destroyed: answer.read.destroyed,
        })
    }
}

/// Whom a person is told of.
struct Told<'a> {
    state: &'a State,
    compiled: &'a Compiled,
    /// The cases whose indicators and sightings they see.
    cases: BTreeSet<SpaceId>,
    is_told_of_feeds: bool,
}

impl<'a> Told<'a> {
    fn of(node: &Node, state: &'a State, compiled: &'a Compiled, who: &SignedIn) -> Result<Self> {
        let circles: BTreeMap<Circle, _> = node.circles(state, who)?;
        let cases = state.spaces.keys().copied();
        Ok(Self {
            state,
            compiled,
            cases: cases
                .filter(|case| circles.contains_key(&circle_of(*case)))
                .collect(),
            is_told_of_feeds: circles.contains_key(&Circle::OPEN),
        })
    }

    fn shown(&self, entry: accord_logstore::FoundEntry) -> Option<LogMatch> {
        let cases = self.compiled.cases_that_list(&entry.entry);
        let cases: Vec<SpaceId> = cases.filter(|case| self.cases.contains(case)).collect();
        let feeds = match self.is_told_of_feeds {
            true => feeds_that_list(self.state, self.compiled.feeds(), &entry.entry),
            false => Vec::new(),
        };
        if cases.is_empty() && feeds.is_empty() {
            return None;
        }
        let days = entry.days.into_iter().map(|day| MatchedDay {
            source: day.source,
            day: day.day.and_then(day_of),
            lines: day.lines,
            at_most: day.at_most,
        });
        let (segment, line) = entry.first;
        Some(LogMatch {
            indicator: entry.entry,
            lines: entry.lines,
            segments: entry.segments,
            first_segment: segment.to_string(),
            first_line: line,
            span: entry.time.map(|time| (time.first_ms, time.last_ms)),
            days: days.collect(),
            cases,
            feeds: feeds.into_iter().map(|feed| feed.source).collect(),
        })
    }
}
