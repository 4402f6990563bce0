//! How many lines a question may hit, on which days and in which sources, told from postings: no line is read. Shown to
//! the approver alone, before they look. Nothing leaves by it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use accord_logstore::HuntCounts;
use accord_model::EntryRef;
use serde::Serialize;

use crate::error::Result;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

const DAY_MS: i64 = 86_400_000;

/// The lines of one source that one indicator may hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The indicator, in its canonical form.
    pub indicator: String,
    /// The source.
    pub source: String,
    /// Lines.
    pub lines: u64,
    /// Whether it may be fewer: postings do not keep all that the indicator asks for.
    pub at_most: bool,
}

/// The lines of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CountedDay {
    /// Its first instant, ms UTC; nothing for lines that tell no time.
    pub day_ms: Option<i64>,
    /// Lines, of each indicator: one that two indicators hit counts twice.
    pub lines: u64,
}

/// What postings tell of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Counts {
    /// By indicator and source, the most lines first.
    pub counted: Vec<Counted>,
    /// By day, those without one first.
    pub days: Vec<CountedDay>,
    /// All of them together.
    pub lines: u64,
    /// Stored files counted.
    pub segments: u64,
    /// Stored files that lie outside the time.
    pub segments_outside_time: u64,
    /// Bytes that only the look itself can search.
    pub uncounted_bytes: u64,
    /// What may make the count too low, in words; empty where it cannot be.
    pub gaps: Vec<String>,
}

impl Node {
    /// Counts the lines that a partner's question may hit in this node's own logs, for the approver to see.
    pub async fn count_hunt(&self, who: &SignedIn, at: EntryRef) -> Result<Counts> {
        Act::Approve.ask(who)?;
        let (hunt, unknown) = {
            let state = self.read().await?;
            let asked = self.asked_for(&state, who, at)?;
            self.case_for(&state, who, asked.space)?;
            self.hunt_for(asked.hunt()?)?
        };
        let logs = self.logs.clone();
        let counts = tokio::task::block_in_place(|| logs.counts(&hunt, &mut |_| ControlFlow::Continue(())))?;
        self.note_access(who, "hunt.counted", &at.to_string()).await?;
        Ok(counts_of(&counts, &unknown))
    }
}

/// What postings tell, by value, source and day.
pub(crate) fn counts_of(counts: &HuntCounts, unknown: &[String]) -> Counts {
    let mut counted: BTreeMap<(&str, &str), (u64, bool)> = BTreeMap::new();
    let mut days: BTreeMap<Option<i32>, u64> = BTreeMap::new();
    for row in &counts.days {
        let sum = counted.entry((&row.indicator, &row.source)).or_default();
        *sum = (sum.0 + row.lines, sum.1 || row.at_most);
        *days.entry(row.day).or_default() += row.lines;
    }
    let mut counted: Vec<Counted> = counted
        .into_iter()
        .map(|((indicator, source), (lines, at_most))| Counted {
            indicator: indicator.to_owned(),
            source: source.to_owned(),
            lines,
            at_most,
        })
        .collect();
    counted.sort_by_key(|row| std::cmp::Reverse(row.lines));
    let days: Vec<CountedDay> = days
        .into_iter()
        .map(|(day, lines)| CountedDay {
            day_ms: day.map(|day| i64::from(day) * DAY_MS),
            lines,
        })
        .collect();
    let mut gaps: Vec<String> = unknown
        .iter()
        .map(|source| format!("there is no source {source} here"))
        .collect();
    gaps.extend(
        counts
            .not_counted
            .iter()
            .map(|part| format!("{}: {}", part.segment, part.why)),
    );
    gaps.extend(
        counts
            .unanswered
            .iter()
            .map(|(_, indicator)| format!("{indicator}: only a look can tell")),
    );
    gaps.extend(counts.event_logs.gaps());
    for (many, words) in [
        (counts.overlong_lines, "lines are too long to be searched"),
        (
            counts.rows_left_out,
            "more days of indicators and sources are not counted",
        ),
    ] {
        if many > 0 {
            gaps.push(format!("{many} {words}"));
        }
    }
    Counts {
        lines: days.iter().map(|day| day.lines).sum(),
        counted,
        days,
        segments: counts.segments,
        segments_outside_time: counts.segments_outside_time,
        uncounted_bytes: counts.not_counted.iter().map(|part| part.bytes).sum(),
        gaps,
    }
}
