//! What is told of hunts in one's own logs.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use accord_formats::logs::{LineTime, Outcome};
use accord_logstore::{Error as LogError, Hunt, LineAt, SegmentId};
use accord_matcher::Pattern;
use accord_model::{PersonId, SpaceId};
use accord_sigma::RuleInfo;
use serde::{Deserialize, Serialize};

use super::kept::{Mark, OWN_HUNTS, OwnHunt, Ran};
use super::rules;
use crate::counts::{Counts, counts_of};
use crate::error::{Result, ServiceError};
use crate::hunts::FoundLine;
use crate::jobs::JobState;
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::{InboxItem, Todo};

/// Lines in one page.
pub const OWN_LINES_PAGE: usize = 25;
/// Groups of one kind that are told, those with the most lines.
const GROUPS_MAX: usize = 50;
/// Values shown of a hunt.
const VALUES_SHOWN: usize = 50;
/// Lines shown before and after one.
const BESIDE: u64 = 5;
/// Characters shown of a line in a list.
const TEXT_SHOWN: usize = 2_000;
const DAY_MS: i64 = 86_400_000;

/// A Sigma rule of a hunt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnRule {
    /// Its title.
    pub title: String,
    /// Its level, as it says itself.
    pub level: Option<String>,
    /// Its log source, in Sigma's words.
    pub log_source: String,
    /// Records that it was evaluated on. None: nothing that was looked in is of its log source.
    pub evaluated: u64,
}

/// A hunt in one's own logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnHuntView {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Why these logs are looked through.
    pub reason: String,
    /// Who made it.
    pub by: PersonId,
    /// When, ms UTC.
    pub since_ms: u64,
    /// The case it is for.
    pub case: Option<SpaceId>,
    /// That case's operation name.
    pub operation: Option<String>,
    /// Whether it looks for the indicators of the case that stand.
    pub of_case: bool,
    /// What it looks for, the first 50.
    pub values: Vec<String>,
    /// How many there are.
    pub values_total: usize,
    /// The Sigma rules that it looks for instead.
    pub rules: Vec<OwnRule>,
    /// Only these sources; empty: all.
    pub sources: Vec<String>,
    /// From this instant on, ms UTC.
    pub from_ms: Option<i64>,
    /// Up to this instant, itself excluded, ms UTC.
    pub to_ms: Option<i64>,
    /// With whose right it looks by itself as logs come in.
    pub standing: Option<PersonId>,
    /// Why it stands still though it should look by itself.
    pub still: Option<String>,
    /// How a look stands.
    pub state: JobState,
    /// What is to be known of it, in words.
    pub words: Option<String>,
    /// Bytes gone through by the step that runs.
    pub scanned_bytes: u64,
    /// Bytes of that step.
    pub total_bytes: u64,
    /// Stored files that were not looked in yet.
    pub open_segments: u64,
    /// Their bytes.
    pub open_bytes: u64,
    /// Lines found and kept.
    pub found: usize,
    /// Lines beyond those, at least.
    pub over_max: u64,
    /// Of the lines, those whose time is not told.
    pub time_unknown: u64,
    /// Lines that nobody has looked at yet.
    pub new_lines: usize,
    /// What could not be searched, in words.
    pub gaps: Vec<String>,
    /// How many more such words there are.
    pub gaps_left_out: u64,
    /// When somebody, or the node, looked last.
    pub ran: Option<Ran>,
}

/// Lines that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundGroup {
    /// What it is.
    pub key: String,
    /// Lines.
    pub lines: usize,
    /// The first and last time stated, ms UTC.
    pub span: Option<(i64, i64)>,
}

/// The lines, by what they have in common; of each kind the largest groups, days in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OwnGroups {
    /// By the value that was looked for.
    pub indicators: Vec<FoundGroup>,
    /// By source.
    pub sources: Vec<FoundGroup>,
    /// By the customer's address, where a line has one.
    pub hosts: Vec<FoundGroup>,
    /// By day, `2026-11-30`; lines without a time are in none.
    pub days: Vec<FoundGroup>,
}

/// Which lines are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnFilter {
    /// Only with this value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator: Option<String>,
    /// Only of this source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Only of this customer's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Only of this day, `2026-11-30`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Only with this tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Only with a star.
    pub starred: bool,
    /// How many to pass over.
    pub skip: usize,
}

/// A line that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnLine {
    /// Its number in the hunt, from 0.
    pub number: usize,
    /// Where it stands, and what hit.
    pub place: FoundLine,
    /// Its text, cut at 2,000 characters; none where it cannot be read any more.
    pub text: Option<String>,
    /// What was said of it.
    pub mark: Option<Mark>,
}

/// Lines of a hunt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnLines {
    /// The hunt.
    pub hunt: OwnHuntView,
    /// All its lines, by what they have in common.
    pub groups: OwnGroups,
    /// Every tag that a line has.
    pub tags: Vec<String>,
    /// The lines, in the order in which they were found.
    pub lines: Vec<OwnLine>,
    /// How many there are of these in all.
    pub total: usize,
    /// How many to pass over for the next page; none: that was the last.
    pub next: Option<usize>,
}

/// A line beside another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// Its number in the log, from 1.
    pub line: u64,
    /// Its text, cut.
    pub text: String,
    /// Whether it is the one that was found.
    pub is_it: bool,
}

/// What one record of a line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When it was written, as logged, ms UTC.
    pub time_ms: Option<i64>,
    /// Columns by their OCSF names, then what no column takes by the format's own.
    pub fields: Vec<(String, String)>,
    /// Values that were left out or cut.
    pub left_out: usize,
}

/// One line with what is beside it and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnLineView {
    /// The hunt's id.
    pub hunt: String,
    /// Its name.
    pub name: String,
    /// The case it is for.
    pub case: Option<SpaceId>,
    /// The line.
    pub line: OwnLine,
    /// The format of its log.
    pub format: Option<String>,
    /// Those beside it, itself among them.
    pub beside: Vec<Beside>,
    /// `parsed`, `not-parsed`, `header`, `blank`; none where it cannot be read.
    pub outcome: Option<&'static str>,
    /// What it says.
    pub said: Vec<Said>,
    /// Why it cannot be read any more, in words.
    pub gone: Option<String>,
}

fn rules_of(hunt: &OwnHunt) -> Vec<OwnRule> {
    // They were read when the hunt was saved.
    let Some(Ok(rules)) = hunt.rules.as_ref().map(|text| rules::ready(text)) else {
        return Vec::new();
    };
    let one = |rule: &RuleInfo| OwnRule {
        title: rule.title.clone(),
        level: rule.level.map(str::to_owned),
        log_source: rule
            .log_source
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        evaluated: hunt.evaluated.get(&rule.title).copied().unwrap_or(0),
    };
    rules.rules().iter().map(one).collect()
}

/// The day of an instant.
fn day_of(ms: i64) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(ms.div_euclid(DAY_MS) * DAY_MS).ok()?;
    Some(at.strftime("%Y-%m-%d").to_string())
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .trim_end()
        .chars()
        .take(TEXT_SHOWN)
        .collect()
}

/// Keeps a line in a group.
fn count(groups: &mut BTreeMap<String, FoundGroup>, key: &str, time_ms: Option<i64>) {
    let group = groups.entry(key.to_owned()).or_insert_with(|| FoundGroup {
        key: key.to_owned(),
        lines: 0,
        span: None,
    });
    group.lines += 1;
    if let Some(time) = time_ms {
        let (first, last) = group.span.unwrap_or((time, time));
        group.span = Some((first.min(time), last.max(time)));
    }
}

fn largest(groups: BTreeMap<String, FoundGroup>) -> Vec<FoundGroup> {
    let mut all: Vec<FoundGroup> = groups.into_values().collect();
    all.sort_by_key(|group| std::cmp::Reverse(group.lines));
    all.truncate(GROUPS_MAX);
    all
}

fn groups_of(lines: &[FoundLine]) -> OwnGroups {
    let (mut indicators, mut sources, mut hosts, mut days) = Default::default();
    for line in lines.iter().filter(|line| !line.hits.is_empty()) {
        let mut named: Vec<&String> = line.hits.iter().map(|(indicator, ..)| indicator).collect();
        named.sort_unstable();
        named.dedup();
        named
            .into_iter()
            .for_each(|one| count(&mut indicators, one, line.time_ms));
        count(&mut sources, &line.source, line.time_ms);
        if let Some(host) = &line.customer {
            count(&mut hosts, host, line.time_ms);
        }
        if let Some(day) = line.time_ms.and_then(day_of) {
            count(&mut days, &day, line.time_ms);
        }
    }
    OwnGroups {
        indicators: largest(indicators),
        sources: largest(sources),
        hosts: largest(hosts),
        days: days.into_values().collect(),
    }
}

/// What was looked for and hit in lines.
fn values_of<'a>(lines: impl IntoIterator<Item = &'a FoundLine>) -> Vec<String> {
    let hits = lines.into_iter().flat_map(|line| &line.hits);
    hits.map(|(indicator, ..)| indicator.clone()).collect()
}

impl OwnFilter {
    /// What is chosen, for the access log.
    fn words(&self) -> String {
        let named = [
            ("value", &self.indicator),
            ("source", &self.source),
            ("host", &self.host),
            ("day", &self.day),
            ("tag", &self.tag),
        ];
        let said = named
            .into_iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| format!(", {name} {value}")));
        let starred = self.starred.then(|| ", starred".to_owned());
        said.chain(starred).collect()
    }

    fn takes(&self, line: &FoundLine, mark: Option<&Mark>) -> bool {
        let is = |wanted: &Option<String>, told: Option<&str>| match wanted {
            Some(wanted) => told == Some(wanted.as_str()),
            None => true,
        };
        let hit = |wanted: &String| line.hits.iter().any(|(indicator, ..)| indicator == wanted);
        // What hit in it is recalled: nothing of it is told.
        !line.hits.is_empty()
            && self.indicator.as_ref().is_none_or(hit)
            && is(&self.source, Some(&line.source))
            && is(&self.host, line.customer.as_deref())
            && (self.day.is_none() || is(&self.day, line.time_ms.and_then(day_of).as_deref()))
            && self
                .tag
                .as_ref()
                .is_none_or(|tag| mark.is_some_and(|mark| mark.tags.contains(tag)))
            && (!self.starred || mark.is_some_and(|mark| mark.star))
    }
}

impl Node {
    fn own_view(&self, state: &State, hunt: &OwnHunt) -> OwnHuntView {
        let job = self.own_hunting.jobs.get(&hunt.id);
        let ended = job.as_ref().map(|job| job.ended().clone());
        let (stands, words) = match ended {
            Some(None) => (JobState::Running, None),
            Some(Some(ended)) => ended,
            None if hunt.ran.is_some() => (JobState::Done, None),
            None => (JobState::None, None),
        };
        let so_far = job.as_ref().map(|job| job.progress.so_far()).unwrap_or_default();
        let (open_bytes, open_segments) = self.own_open(hunt);
        let space = hunt.case.and_then(|case| state.spaces.get(&case));
        let opened = space.and_then(|space| space.control.case());
        OwnHuntView {
            id: hunt.id.clone(),
            name: hunt.name.clone(),
            reason: hunt.reason.clone(),
            by: hunt.by,
            since_ms: hunt.since_ms,
            case: hunt.case,
            operation: opened.map(|opened| opened.case.operation.clone()),
            of_case: hunt.indicators_of().is_some(),
            rules: rules_of(hunt),
            values: hunt.values.iter().take(VALUES_SHOWN).cloned().collect(),
            values_total: match hunt.indicators_of() {
                Some(_) => hunt.known.len(),
                None => hunt.values.len(),
            },
            sources: hunt.sources.iter().cloned().collect(),
            from_ms: hunt.from_ms,
            to_ms: hunt.to_ms,
            standing: hunt.standing,
            still: hunt.still.clone(),
            state: stands,
            words,
            scanned_bytes: so_far.scanned_bytes,
            total_bytes: so_far.total_bytes,
            open_segments,
            open_bytes,
            found: hunt.found,
            over_max: hunt.over_max,
            time_unknown: hunt.time_unknown,
            new_lines: hunt.found.saturating_sub(hunt.looked),
            gaps: hunt.gaps.clone(),
            gaps_left_out: hunt.gaps_left_out,
            ran: hunt.ran.clone(),
        }
    }

    /// The hunts in this organisation's own logs that a person sees, the newest first.
    pub async fn own_hunts(&self, who: &SignedIn) -> Result<Vec<OwnHuntView>> {
        Act::HuntOwn.ask(who)?;
        let state = self.read().await?;
        let seen = state
            .own_hunts
            .values()
            .filter(|hunt| self.sees_own_hunt(&state, who, hunt));
        let mut all: Vec<OwnHuntView> = seen.map(|hunt| self.own_view(&state, hunt)).collect();
        all.sort_by_key(|hunt| (std::cmp::Reverse(hunt.since_ms), hunt.id.clone()));
        Ok(all)
    }

    /// The sources that a hunt can name.
    pub fn own_sources(&self, who: &SignedIn) -> Result<Vec<String>> {
        Act::HuntOwn.ask(who)?;
        Ok(self
            .logs
            .sources()
            .into_iter()
            .map(|source| source.name)
            .collect())
    }

    /// One of them.
    pub async fn own_hunt(&self, who: &SignedIn, id: &str) -> Result<OwnHuntView> {
        let state = self.read().await?;
        let hunt = self.own_hunt_of(&state, who, id)?;
        Ok(self.own_view(&state, &hunt))
    }

    /// How many lines a hunt may hit, by value, source and day: from postings, no line is read.
    pub async fn count_own_hunt(&self, who: &SignedIn, id: &str) -> Result<Counts> {
        let hunt = self.own_hunt_of(&*self.read().await?, who, id)?;
        if hunt.rules.is_some() {
            let words = "what rules hit is not counted beforehand: let it look";
            return Err(ServiceError::Conflict(words.to_owned()));
        }
        let values = self.own_values(who, &hunt).await?;
        let mut patterns = Vec::new();
        for (value, label) in values.iter().zip(0..) {
            patterns.push((
                Pattern::parse(value).map_err(|why| ServiceError::invalid("values", why))?,
                label,
            ));
        }
        if patterns.is_empty() {
            return Ok(Counts::default());
        }
        let asked = Hunt {
            patterns,
            from_ms: hunt.from_ms.unwrap_or(i64::MIN),
            to_ms: hunt.to_ms.unwrap_or(i64::MAX),
            sources: (!hunt.sources.is_empty()).then(|| hunt.sources.iter().cloned().collect()),
            max_lines: 0,
        };
        let logs = self.logs.clone();
        let counts = tokio::task::block_in_place(|| logs.counts(&asked, &mut |_| ControlFlow::Continue(())))?;
        let counted = counts_of(&counts, &[]);
        let values = counted.counted.iter().map(|one| one.indicator.clone()).collect();
        self.own_hits_seen(who, &hunt, values).await?;
        self.note_access(who, "own-hunt.counted", id).await?;
        Ok(counted)
    }

    /// The lines that a hunt found. Who reads them stands in the access log.
    pub async fn own_lines(&self, who: &SignedIn, id: &str, filter: &OwnFilter) -> Result<OwnLines> {
        self.tidy_own_hunt(id).await?;
        let hunt = self.own_hunt_of(&*self.read().await?, who, id)?;
        let found = self.lines_of(&hunt).await?;
        let chosen = found.iter().enumerate();
        let chosen = chosen.filter(|(number, line)| filter.takes(line, hunt.marks.get(number)));
        let chosen: Vec<(usize, &FoundLine)> = chosen.collect();
        let shown_now = chosen.iter().skip(filter.skip).take(OWN_LINES_PAGE);
        let lines: Vec<OwnLine> = tokio::task::block_in_place(|| {
            shown_now
                .map(|(number, line)| self.own_line_text(&hunt, *number, line))
                .collect()
        });
        let end = filter.skip.saturating_add(OWN_LINES_PAGE);
        let mut tags: Vec<String> = hunt
            .marks
            .values()
            .flat_map(|mark| mark.tags.iter().cloned())
            .collect();
        tags.sort_unstable();
        tags.dedup();
        // The groups tell of every line.
        self.own_hits_seen(who, &hunt, values_of(&found)).await?;
        let view = self
            .act_once(|state, batch, log| {
                let mut hunt = self.own_hunt_of(state, who, id)?;
                if hunt.looked != hunt.found {
                    hunt.looked = hunt.found;
                    batch.document(OWN_HUNTS, id, &hunt);
                    state.own_hunts.insert(id.to_owned(), hunt.clone());
                }
                if !found.is_empty() {
                    log.person(
                        batch,
                        who,
                        "own-hunt.lines-read",
                        &format!("{id}{}", filter.words()),
                    );
                }
                Ok(self.own_view(state, &hunt))
            })
            .await?;
        Ok(OwnLines {
            hunt: view,
            groups: groups_of(&found),
            tags,
            lines,
            total: chosen.len(),
            next: (end < chosen.len()).then_some(end),
        })
    }

    /// What hits of a case's indicators show of partners' notes is a look at these.
    async fn own_hits_seen(&self, who: &SignedIn, hunt: &OwnHunt, values: Vec<String>) -> Result<()> {
        let Some(case) = hunt.indicators_of().filter(|_| !values.is_empty()) else {
            return Ok(());
        };
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        self.indicators_among(who, case, &values).await.map(drop)
    }

    fn own_line_text(&self, hunt: &OwnHunt, number: usize, line: &FoundLine) -> OwnLine {
        let read = SegmentId::parse(&line.segment)
            .and_then(|id| self.logs.read_line(&id, LineAt::Offset(line.offset)).ok())
            .filter(|read| hex::encode(read.sha256.0) == line.sha256);
        OwnLine {
            number,
            place: line.clone(),
            text: read.map(|read| shown(&read.bytes)),
            mark: hunt.marks.get(&number).cloned(),
        }
    }

    /// One line that a hunt found, with what is beside it and what it says.
    pub async fn own_line(&self, who: &SignedIn, id: &str, number: usize) -> Result<OwnLineView> {
        self.tidy_own_hunt(id).await?;
        let hunt = self.own_hunt_of(&*self.read().await?, who, id)?;
        let found = self.lines_of(&hunt).await?;
        let line = found.get(number).filter(|line| !line.hits.is_empty());
        let line = line.ok_or(ServiceError::NotFound("line"))?;
        self.own_hits_seen(who, &hunt, values_of([line])).await?;
        let mut view = OwnLineView {
            hunt: hunt.id.clone(),
            name: hunt.name.clone(),
            case: hunt.case,
            line: OwnLine {
                number,
                place: line.clone(),
                text: None,
                mark: hunt.marks.get(&number).cloned(),
            },
            format: None,
            beside: Vec::new(),
            outcome: None,
            said: Vec::new(),
            gone: None,
        };
        match tokio::task::block_in_place(|| self.read_own_line(line, &mut view)) {
            Ok(()) => {}
            // Who destroyed it is not for everybody.
            Err(LogError::NoSuchSegment(_) | LogError::Destroyed { .. }) => {
                view.gone = Some("the stored file it stood in is not here any more".to_owned());
            }
            Err(error) => view.gone = Some(error.to_string()),
        }
        self.note_access(who, "own-hunt.line-read", &format!("{id}/{number}"))
            .await?;
        Ok(view)
    }

    fn read_own_line(&self, line: &FoundLine, view: &mut OwnLineView) -> std::result::Result<(), LogError> {
        let Some(id) = SegmentId::parse(&line.segment) else {
            return Ok(());
        };
        let segment = self.logs.segment(&id)?;
        view.format = Some(segment.manifest.log_format.name().to_owned());
        for beside in self.logs.lines_around(&id, line.line, BESIDE, BESIDE)? {
            let is_it = beside.line == line.line;
            if is_it && hex::encode(beside.sha256.0) != line.sha256 {
                view.gone = Some("the line is not what was found: run `accord log verify`".to_owned());
                return Ok(());
            }
            let text = shown(&beside.bytes);
            if is_it {
                view.line.text = Some(text.clone());
            }
            view.beside.push(Beside {
                line: beside.line,
                text,
                is_it,
            });
        }
        let said = self.logs.what_line_says(&id, line.line)?;
        view.outcome = Some(match said.outcome {
            Outcome::Parsed => "parsed",
            Outcome::NotParsed => "not-parsed",
            Outcome::Header => "header",
            Outcome::Blank => "blank",
        });
        view.said = said
            .records
            .into_iter()
            .map(|record| Said {
                time_ms: match record.time {
                    LineTime::Unknown => None,
                    time => time.span().map(|span| span.first_ms),
                },
                fields: record.fields.into_iter().chain(record.rest).collect(),
                left_out: record.left_out,
            })
            .collect();
        Ok(())
    }

    /// Standing hunts that found something nobody has looked at, as what waits for who let them stand.
    pub(crate) fn own_hunts_waiting(&self, state: &State, who: &SignedIn) -> Vec<InboxItem> {
        if Act::HuntOwn.ask(who).is_err() {
            return Vec::new();
        }
        let own = state
            .own_hunts
            .values()
            .filter(|hunt| hunt.standing == Some(who.person));
        let seen = own.filter(|hunt| self.sees_own_hunt(state, who, hunt));
        let news = seen.filter(|hunt| hunt.found > hunt.looked || hunt.still.is_some());
        news.map(|hunt| {
            let lines = hunt.found.saturating_sub(hunt.looked);
            let why = match &hunt.still {
                Some(still) => format!("It stands still: {still}."),
                None => format!("It found {lines} lines that nobody has looked at."),
            };
            InboxItem {
                todo: Todo::LookAtHunt {
                    hunt: hunt.id.clone(),
                },
                title: format!("Your standing hunt: {}", hunt.name),
                why,
                since_ms: hunt.ran.as_ref().map_or(hunt.since_ms, |ran| ran.at_ms),
                due_ms: None,
                otherwise: "It goes on looking, and keeps what it finds until it is ended.".into(),
            }
        })
        .collect()
    }
}
