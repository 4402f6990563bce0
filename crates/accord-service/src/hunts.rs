//! A hunt that a partner asked for: looked up here, shown to the approver only, and kept until it is decided.

use std::collections::{BTreeMap, BTreeSet};

use accord_formats::logs::LineTime;
use accord_ledger::commit;
use accord_logstore::{Hunt, HuntLine, HuntResult, LineAt, SegmentId};
use accord_matcher::Pattern;
use accord_model::content::{ContentBody, ContentEntry, HuntQuestion, RequestMade};
use accord_model::control::{ApprovalWithdrawn, ControlEntry};
use accord_model::{EntryRef, OrgName, PersonId, Role, SpaceId};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::jobs::HuntProgress;
use crate::journal::{Body, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;
use crate::views::set_aside;

pub(crate) const PREVIEWS: &str = "previews";
/// Most lines of one answer; a hunt that finds more says so and is to be narrowed.
pub const PREVIEW_LINES_MAX: usize = 50_000;
/// Values named in the word to the asker; the rest are counted.
pub const WORDS_VALUES: usize = 5;
/// Characters of such a value.
pub const WORDS_VALUE_CHARS: usize = 80;
/// Lines shown with their text.
pub const PREVIEW_SHOWN: usize = 50;
const COMMITMENT_LABEL: &str = "accord-preview/v1";

/// A line found, by where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundLine {
    /// The segment it stands in.
    pub segment: String,
    /// The source.
    pub source: String,
    /// Line number from 1.
    pub line: u64,
    /// Offset of the line in the log, bytes.
    pub offset: u64,
    /// Its length with its line end, bytes.
    pub length: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// The time it states, ms UTC.
    pub time_ms: Option<i64>,
    /// The customer's address in it.
    pub customer: Option<String>,
    /// What matched: indicator, kind, value, how.
    pub hits: Vec<(String, String, String, String)>,
}

/// What a hunt found, kept at the holder until the request is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// The request.
    pub request: EntryRef,
    /// Binds a decision to exactly these lines, 64 hex digits.
    pub commitment: String,
    /// When the hunt began, ms UTC.
    pub started_ms: u64,
    /// When it ended, ms UTC.
    pub ended_ms: u64,
    /// The lines.
    pub lines: Vec<FoundLine>,
    /// Bytes searched: read, or known by their postings to hold nothing that was asked for.
    pub scanned_bytes: u64,
    /// Bytes of them that were read. Absent from previews kept by earlier versions, which read all.
    #[serde(default)]
    pub read_bytes: Option<u64>,
    /// Segments searched.
    pub segments: u64,
    /// Segments not searched, because each of their lines states a time outside the one asked for. Absent from
    /// previews kept by earlier versions.
    #[serde(default)]
    pub segments_outside_time: u64,
    /// Lines that matched outside the time asked for.
    pub lines_outside_time: u64,
    /// Lines whose time could not be told.
    pub lines_time_unknown: u64,
    /// What stands in the way of completeness, in words.
    pub gaps: Vec<String>,
    /// The first of two approvers, where the clause wants two and one has said yes to exactly this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_yes: Option<FirstYes>,
    salt: String,
}

/// A yes that waits for a second person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstYes {
    /// Whose.
    pub by: PersonId,
    /// What they leave out. The second yes must leave out the same.
    pub narrowing: Narrowing,
    /// The note that says so.
    pub at: EntryRef,
}

/// What a preview comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewSummary {
    /// Lines.
    pub lines: u64,
    /// Lines by source.
    pub by_source: BTreeMap<String, u64>,
    /// Lines by indicator.
    pub by_indicator: BTreeMap<String, u64>,
    /// Distinct customers.
    pub customers: u64,
    /// Lines whose customer could not be told.
    pub customer_unknown: u64,
    /// First and last time stated, ms UTC.
    pub span: Option<(i64, i64)>,
}

/// What is left out of an answer. Everything absent leaves nothing out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrowing {
    /// Only these sources.
    #[serde(default)]
    pub sources: Option<BTreeSet<String>>,
    /// Only lines with a hit of these indicators.
    #[serde(default)]
    pub indicators: Option<BTreeSet<String>>,
    /// From, ms UTC.
    #[serde(default)]
    pub from_ms: Option<i64>,
    /// To, ms UTC, excluded.
    #[serde(default)]
    pub to_ms: Option<i64>,
    /// No lines of these customers.
    #[serde(default)]
    pub without_customers: BTreeSet<String>,
    /// At most so many lines, the first.
    #[serde(default)]
    pub max_lines: Option<u64>,
}

impl Narrowing {
    /// Whether it leaves anything out by its words.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn keeps(&self, line: &FoundLine) -> bool {
        let source = self
            .sources
            .as_ref()
            .is_none_or(|only| only.contains(&line.source));
        let indicator = self
            .indicators
            .as_ref()
            .is_none_or(|only| line.hits.iter().any(|(indicator, ..)| only.contains(indicator)));
        // A line whose time is unknown cannot be shown to lie within a narrowed time.
        let from = self
            .from_ms
            .is_none_or(|from| line.time_ms.is_some_and(|time| time >= from));
        let to = self
            .to_ms
            .is_none_or(|to| line.time_ms.is_some_and(|time| time < to));
        let customer = line
            .customer
            .as_ref()
            .is_none_or(|customer| !self.without_customers.contains(customer));
        source && indicator && from && to && customer
    }

    /// The lines that are left.
    pub fn apply<'a>(&self, lines: &'a [FoundLine]) -> Vec<&'a FoundLine> {
        let most = self
            .max_lines
            .map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
        lines.iter().filter(|line| self.keeps(line)).take(most).collect()
    }

    /// In words, one for each kind of thing left out, with every value: for the record in the package.
    pub fn words(&self) -> Vec<String> {
        self.said(|set| set.iter().cloned().collect::<Vec<_>>().join(", "))
    }

    /// The same in short, counted and with the first few values: for people and for the word to the asker, which is
    /// bounded however much is kept.
    pub fn short_words(&self) -> Vec<String> {
        self.said(|set| {
            let cut = |text: &String| -> String {
                if text.chars().count() <= WORDS_VALUE_CHARS {
                    return text.clone();
                }
                let start: String = text.chars().take(WORDS_VALUE_CHARS).collect();
                format!("{start}...")
            };
            let mut first: Vec<String> = set.iter().take(WORDS_VALUES).map(cut).collect();
            if set.len() <= WORDS_VALUES {
                return first.join(", ");
            }
            first.push(format!("and {} more", set.len() - WORDS_VALUES));
            format!("({}) {}", set.len(), first.join(", "))
        })
    }

    fn said(&self, list: impl Fn(&BTreeSet<String>) -> String) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(sources) = &self.sources {
            words.push(format!("only the sources {}", list(sources)));
        }
        if let Some(indicators) = &self.indicators {
            words.push(format!("only the indicators {}", list(indicators)));
        }
        if self.from_ms.is_some() || self.to_ms.is_some() {
            words.push("only a part of the time asked for".into());
        }
        if !self.without_customers.is_empty() {
            let many = self.without_customers.len();
            let customers = if many == 1 { "customer" } else { "customers" };
            words.push(format!("without the lines of {many} {customers}"));
        }
        if let Some(most) = self.max_lines {
            words.push(format!("at most {most} lines"));
        }
        words
    }
}

/// Sums lines up.
pub fn summarise<'a>(lines: impl IntoIterator<Item = &'a FoundLine>) -> PreviewSummary {
    let mut summary = PreviewSummary {
        lines: 0,
        by_source: BTreeMap::new(),
        by_indicator: BTreeMap::new(),
        customers: 0,
        customer_unknown: 0,
        span: None,
    };
    let mut customers = BTreeSet::new();
    for line in lines {
        summary.lines += 1;
        *summary.by_source.entry(line.source.clone()).or_default() += 1;
        let indicators: BTreeSet<&String> = line.hits.iter().map(|(indicator, ..)| indicator).collect();
        for indicator in indicators {
            *summary.by_indicator.entry(indicator.clone()).or_default() += 1;
        }
        match &line.customer {
            Some(customer) => {
                customers.insert(customer.clone());
            }
            None => summary.customer_unknown += 1,
        }
        if let Some(time) = line.time_ms {
            let (first, last) = summary.span.unwrap_or((time, time));
            summary.span = Some((first.min(time), last.max(time)));
        }
    }
    summary.customers = customers.len() as u64;
    summary
}

/// A request to this organisation, as the approver sees it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub space: SpaceId,
    pub asker: OrgName,
    pub asked_ms: u64,
    pub entry: ContentEntry,
    pub made: RequestMade,
}

impl Asked {
    pub fn hunt(&self) -> Result<&HuntQuestion> {
        self.made.hunt.as_ref().ok_or(ServiceError::NotFound("hunt"))
    }

    /// The authority that an answer to it rests on.
    pub fn rests_on(&self, at: EntryRef) -> Circumstances {
        Circumstances {
            asked_by: Some(self.entry.by),
            instrument: self.made.instrument,
            oral: self.made.oral,
            request: Some(at),
            ..Circumstances::default()
        }
    }
}

impl Node {
    /// A request that was made to this organisation.
    pub(crate) fn asked(&self, state: &State, at: EntryRef) -> Result<Asked> {
        let (ledger, header, body) = state.entry(at).ok_or(ServiceError::NotFound("request"))?;
        let asked = match body {
            Body::Content(entry) => match &entry.body {
                ContentBody::RequestMade(made) if made.to == self.config.org && !ledger.own => Ok(Asked {
                    space: ledger.space,
                    asker: ledger.org.clone(),
                    asked_ms: header.clock.wall_ms,
                    entry: (**entry).clone(),
                    made: made.clone(),
                }),
                _ => Err(ServiceError::NotFound("request")),
            },
            _ => Err(ServiceError::NotFound("request")),
        }?;
        let space = state.spaces.get(&asked.space);
        match space.and_then(|space| set_aside(state, space, at)) {
            None => Ok(asked),
            Some(why) => Err(ServiceError::denied(format!("the request does not count: {why}"))),
        }
    }

    /// The same, for who decides it: nobody decides what they asked themselves, seconded to the asker.
    pub(crate) fn asked_for(&self, state: &State, who: &SignedIn, at: EntryRef) -> Result<Asked> {
        let asked = self.asked(state, at)?;
        if asked.entry.by == who.person {
            return Err(ServiceError::denied(format!(
                "you asked this yourself, seconded to {}: somebody else decides it here",
                asked.asker
            )));
        }
        Ok(asked)
    }

    /// What is looked for in this node's own logs for a question, and the sources it names that are not here.
    pub(crate) fn hunt_for(&self, question: &HuntQuestion) -> Result<(Hunt, Vec<String>)> {
        let mut patterns = Vec::new();
        for (label, text) in (0_u32..).zip(&question.indicators) {
            let pattern = Pattern::parse(text);
            patterns.push((
                pattern.map_err(|why| ServiceError::invalid("indicators", format!("{text}: {why}")))?,
                label,
            ));
        }
        let own: BTreeSet<String> = self
            .logs
            .sources()
            .into_iter()
            .map(|source| source.name)
            .collect();
        let (wanted, unknown) = question
            .sources
            .iter()
            .cloned()
            .partition(|source| own.contains(source));
        let int = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        let hunt = Hunt {
            patterns,
            from_ms: int(question.from_ms),
            to_ms: int(question.to_ms),
            sources: (!question.sources.is_empty()).then_some(wanted),
            max_lines: PREVIEW_LINES_MAX,
        };
        Ok((hunt, unknown))
    }

    /// Looks in this node's own logs for what a partner asked, for the approver to see. Nothing leaves.
    pub async fn preview_hunt(
        &self,
        who: &SignedIn,
        at: EntryRef,
        progress: &HuntProgress,
    ) -> Result<Preview> {
        Act::Approve.ask(who)?;
        let asked = {
            let state = self.read().await?;
            let asked = self.asked_for(&state, who, at)?;
            self.case_for(&state, who, asked.space)?;
            asked
        };
        let started_ms = self.now_ms();
        let (hunt, unknown) = self.hunt_for(asked.hunt()?)?;
        let logs = self.logs.clone();
        // The hunt borrows the caller's progress, so it runs on this thread's blocking section.
        let result = tokio::task::block_in_place(|| logs.hunt(&hunt, &mut |so_far| progress.at(so_far)))?;
        let preview = self.preview_of(at, started_ms, &result, &unknown);
        self.act(|state, batch, log| {
            self.not_decided(state, asked.space, at)?;
            // A yes to the old preview is none to the new one; it is taken back for all to see.
            if let Some(first) = state.previews.get(&at).and_then(|old| old.first_yes.clone()) {
                let said = ApprovalWithdrawn {
                    by: who.person,
                    role: Role::Approver,
                    request: at,
                    clause: self.clause_of(state, asked.space, first.at),
                    reason: "the preview was made anew".to_owned(),
                };
                self.append(state, batch, asked.space, ControlEntry::from(said))?;
            }
            batch.document(PREVIEWS, &at.to_string(), &preview);
            log.person(batch, who, "hunt.previewed", &at.to_string());
            state.previews.insert(at, preview.clone());
            Ok(preview)
        })
        .await
    }

    fn preview_of(
        &self,
        request: EntryRef,
        started_ms: u64,
        result: &HuntResult,
        unknown: &[String],
    ) -> Preview {
        let mut gaps: Vec<String> = unknown
            .iter()
            .map(|source| format!("there is no source {source} here"))
            .collect();
        gaps.extend(
            result
                .damage
                .iter()
                .map(|damage| format!("damage in {}: {}", damage.segment, damage.what)),
        );
        gaps.extend(result.event_logs.gaps());
        if result.overlong_lines > 0 {
            gaps.push(format!(
                "{} lines are too long to be taken",
                result.overlong_lines
            ));
        }
        if result.truncated_at_max {
            gaps.push(format!(
                "{} more lines match than one answer takes",
                result.lines_over_max
            ));
        }
        let lines: Vec<FoundLine> = result.lines.iter().map(found).collect();
        let salt = self.random::<32>();
        let bytes = serde_json::to_vec(&(request, &lines)).unwrap_or_default();
        Preview {
            request,
            commitment: hex::encode(commit(COMMITMENT_LABEL, &salt, &bytes).0),
            started_ms,
            ended_ms: self.now_ms(),
            lines,
            scanned_bytes: result.scanned_bytes,
            read_bytes: Some(result.read_bytes),
            segments: result.segments,
            segments_outside_time: result.segments_outside_time,
            lines_outside_time: result.lines_outside_time,
            lines_time_unknown: result.lines_time_unknown,
            gaps,
            first_yes: None,
            salt: hex::encode(salt),
        }
    }

    /// Reads the exact bytes of found lines again, and checks them against what was found.
    pub(crate) fn read_lines(&self, lines: &[&FoundLine]) -> Result<Vec<Vec<u8>>> {
        let mut all = Vec::with_capacity(lines.len());
        for line in lines {
            let id = SegmentId::parse(&line.segment);
            let id = id.ok_or_else(|| ServiceError::Unexplained(format!("segment {}", line.segment)))?;
            let stored = self.logs.read_line(&id, LineAt::Number(line.line))?;
            if hex::encode(stored.sha256.0) != line.sha256 {
                let what = format!(
                    "line {} of {} is not what the hunt found",
                    line.line, line.segment
                );
                return Err(ServiceError::Unexplained(what));
            }
            all.push(stored.bytes);
        }
        Ok(all)
    }

    /// The preview of a request, for the approver, with the first lines' text after a narrowing.
    pub async fn preview(
        &self,
        who: &SignedIn,
        at: EntryRef,
        narrowing: &Narrowing,
    ) -> Result<(Preview, PreviewSummary, Vec<(FoundLine, Vec<u8>)>)> {
        Act::Approve.ask(who)?;
        let preview = {
            let state = self.read().await?;
            let asked = self.asked(&state, at)?;
            self.case_for(&state, who, asked.space)?;
            state
                .previews
                .get(&at)
                .cloned()
                .ok_or(ServiceError::NotFound("preview"))?
        };
        let left = narrowing.apply(&preview.lines);
        let summary = summarise(left.iter().copied());
        let shown: Vec<&FoundLine> = left.into_iter().take(PREVIEW_SHOWN).collect();
        let texts = tokio::task::block_in_place(|| self.read_lines(&shown))?;
        let shown = shown.into_iter().cloned().zip(texts).collect();
        self.note_access(who, "preview.seen", &at.to_string()).await?;
        Ok((preview, summary, shown))
    }
}

pub(crate) fn found(line: &HuntLine) -> FoundLine {
    FoundLine {
        segment: line.segment.to_string(),
        source: line.source.clone(),
        line: line.line,
        offset: line.offset,
        length: line.length,
        sha256: hex::encode(line.sha256.0),
        time_ms: LineTime::at_ms(line.time),
        customer: line.customer.clone(),
        hits: line
            .hits
            .iter()
            .map(|hit| {
                (
                    hit.indicator.clone(),
                    hit.kind.as_str().to_owned(),
                    hit.value.clone(),
                    hit.how.as_str().to_owned(),
                )
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowing_in_short_words_is_bounded() {
        let check = |values: usize, expected: &str| {
            let narrowing = Narrowing {
                indicators: Some((0..values).map(|value| format!("h{value}")).collect()),
                ..Narrowing::default()
            };
            assert_eq!(narrowing.short_words(), [expected]);
        };
        check(1, "only the indicators h0");
        check(WORDS_VALUES, "only the indicators h0, h1, h2, h3, h4");
        check(
            WORDS_VALUES + 1,
            "only the indicators (6) h0, h1, h2, h3, h4, and 1 more",
        );
        let long = Narrowing {
            sources: Some(
                (0..9)
                    .map(|value| format!("{value}{}", "x".repeat(4_000)))
                    .collect(),
            ),
            indicators: Some(
                (0..9)
                    .map(|value| format!("{value}{}", "x".repeat(4_000)))
                    .collect(),
            ),
            ..Narrowing::default()
        };
        assert!(long.short_words().concat().len() < 1_500);
        assert!(long.words().concat().len() > 36_000);
    }
}
