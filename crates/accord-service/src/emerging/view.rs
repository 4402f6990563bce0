//! What a person is shown: the stories of their circles, one story, sightings over time; and how the engine is, for the
//! operator, who is told no story.

use std::collections::{BTreeMap, BTreeSet};

use accord_emerging::{Circle, Config, Dimension, Engine, Finding, Point, Span, Stage, Story, Subject};
use accord_model::{EntryRef, SpaceId};
use serde::Serialize;

use super::gather::{circle_of, event_of, logs_circle_of};
use super::{Afresh, CONFIG, Inner, JudgedWord};
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::protection::Growing;

/// Most stories of a list.
pub const STORIES_SHOWN: usize = 100;
/// Most rows of a series.
const ROWS: usize = 20;
/// Hours of the course of a story in a list.
const COURSE_SHOWN: usize = 60;

/// Who is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "is")]
pub enum Among {
    /// Who looks values up: this node's feeds list it.
    Everybody,
    /// Who sees the indicators and sightings of a case.
    Case {
        /// The case.
        case: SpaceId,
        /// Its operation name.
        operation: String,
    },
}

/// How far the stories are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StoriesState {
    /// There is not history enough to say what is unusual.
    Gathering,
    /// Nothing is unusual.
    Quiet,
    /// There are stories.
    Told,
}

/// What was said of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JudgedView {
    /// Dismissed or promoted.
    pub word: JudgedWord,
    /// By whom.
    pub by: String,
    /// When, ms UTC.
    pub at_ms: u64,
    /// Why; of a promotion what was said of it, which may be nothing.
    pub reason: String,
    /// The threat that it became, for who works on that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threat: Option<String>,
}

/// A story in a list.
#[derive(Debug, Clone, Serialize)]
pub struct StoryLine {
    /// What it is called in addresses.
    pub story: String,
    /// What it is about.
    pub title: String,
    /// How far it is.
    pub stage: Stage,
    /// Who is told of it.
    pub among: Among,
    /// Why it is there: the reason of what stands out most.
    pub why: String,
    /// Different customers, of the finding with most.
    pub customers: u32,
    /// Sources, of the finding with most.
    pub sources: u32,
    /// Lines, of the finding with most.
    pub lines: u64,
    /// Its first line, ms UTC.
    pub first_ms: u64,
    /// When it was told first, ms UTC.
    pub opened_ms: u64,
    /// When something was said of it last, ms UTC.
    pub last_ms: u64,
    /// When it ended, ms UTC.
    pub closed_ms: Option<u64>,
    /// By which stories are ordered.
    pub rank: f64,
    /// How the rank came about.
    pub ranked_because: String,
    /// What was said of it.
    pub judged: Option<JudgedView>,
    /// Whether it is shown again, as it grew to twice what it was when it was dismissed.
    pub reconsidered: bool,
    /// Hour by hour, oldest first.
    pub course: Vec<Point>,
}

/// One story.
#[derive(Debug, Clone, Serialize)]
pub struct StoryView {
    /// What a list says of it; the course is whole.
    #[serde(flatten)]
    pub line: StoryLine,
    /// The story into which it was taken.
    pub merged_into: Option<String>,
    /// What was found, each with its evidence.
    pub findings: Vec<Finding>,
    /// Whether this person may say what it is.
    pub may_judge: bool,
}

/// The stories of a person.
#[derive(Debug, Clone, Serialize)]
pub struct StoriesView {
    /// How far they are.
    pub state: StoriesState,
    /// Days with sightings so far.
    pub days: u32,
    /// Days with sightings before anything is told.
    pub floor_days: u32,
    /// Sightings that were looked at in this person's circles.
    pub looked_at: u64,
    /// Since when, ms UTC.
    pub since_ms: Option<u64>,
    /// Why nothing goes on, where the clock is not believed.
    pub stands: Option<String>,
    /// That the past was lost, and why.
    pub afresh: Option<Afresh>,
    /// Open ones, the strongest first.
    pub stories: Vec<StoryLine>,
    /// Those that were dismissed, and those that ended, the latest first.
    pub past: Vec<StoryLine>,
    /// Values and labels of this week against the week before.
    pub week: Vec<Growing>,
}

/// A label over time.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesRow {
    /// The label.
    pub label: String,
    /// Who is told of it.
    pub among: Among,
    /// Lines of the whole span.
    pub lines: u64,
    /// Oldest first; the last is not over yet.
    pub points: Vec<Point>,
}

/// Sightings over time, of one dimension.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesView {
    /// `family`, `campaign`, `network`, `sector` or `country`.
    pub dimension: Dimension,
    /// Days of the span.
    pub days: u32,
    /// Those with most lines first.
    pub rows: Vec<SeriesRow>,
}

/// How the engine is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct EmergingHealth {
    /// Whether anything was seen yet.
    pub began: bool,
    /// Why it stands still.
    pub stands: Option<String>,
    /// When it was begun anew, and why.
    pub afresh: Option<Afresh>,
    /// Days with sightings.
    pub days: u32,
    /// Events taken, and refused for their time.
    pub taken: u64,
    /// See there.
    pub refused: u64,
    /// Sightings that are in no story: of what nothing lists any more, or too old.
    pub left_out: u64,
    /// Values remembered.
    pub values: u64,
    /// Labels that had to make room.
    pub labels_left_out: u64,
    /// Sources.
    pub sources: u64,
    /// Bytes held.
    pub held_bytes: usize,
    /// Bytes held at most.
    pub max_bytes: usize,
    /// When it was saved, ms UTC; 0: not yet.
    pub saved_ms: u64,
    /// Parts of what was seen since.
    pub waits: usize,
}

/// The values that a story shows.
fn values_of(story: &Story) -> impl Iterator<Item = &str> {
    story.findings.iter().flat_map(|finding| {
        let (one, other) = match &finding.subject {
            Subject::Value { value, .. } => (Some(value), None),
            Subject::Pair { value, other, .. } => (Some(value), Some(other)),
            Subject::Label { .. } | Subject::Names { .. } => (None, None),
        };
        let examples = finding.evidence.examples.iter().map(|one| &one.value);
        examples.chain(one).chain(other).map(String::as_str)
    })
}

impl super::Judged {
    fn view(&self, state: &State, who: &SignedIn) -> JudgedView {
        let name = state.persons.get(&self.by).map(|person| person.name.clone());
        let seen = self.threat.clone().filter(|id| {
            let threat = state.threats.get(id);
            threat.is_some_and(|threat| threat.is_seen_by(who))
        });
        JudgedView {
            word: self.word,
            by: name.unwrap_or_else(|| self.by.to_string()),
            at_ms: self.at_ms,
            reason: self.reason.clone(),
            threat: seen,
        }
    }
}

/// A story as one person is shown it.
struct Shows<'a> {
    state: &'a State,
    who: &'a SignedIn,
    engine: &'a Engine,
    circles: &'a BTreeMap<Circle, Among>,
}

impl Shows<'_> {
    fn line(&self, story: &Story) -> Option<StoryLine> {
        let among = self.circles.get(&story.circle)?.clone();
        let reference = self.engine.reference(story.id);
        let findings = story.findings.iter();
        let most = |of: fn(&Finding) -> u64| findings.clone().map(of).max().unwrap_or_default();
        let strongest = findings.clone().max_by(|a, b| a.score.total_cmp(&b.score));
        Some(StoryLine {
            title: story.title.clone(),
            stage: story.stage,
            among,
            why: strongest
                .map(|finding| finding.reason.clone())
                .unwrap_or_default(),
            customers: u32::try_from(most(|one| u64::from(one.evidence.customers))).unwrap_or(u32::MAX),
            sources: u32::try_from(most(|one| u64::from(one.evidence.source_count))).unwrap_or(u32::MAX),
            lines: most(|one| one.evidence.lines),
            first_ms: findings
                .clone()
                .map(|one| one.evidence.first_ms)
                .min()
                .unwrap_or(story.opened_ms),
            opened_ms: story.opened_ms,
            last_ms: story.last_ms,
            closed_ms: story.closed_ms,
            rank: story.rank,
            ranked_because: story.ranked_because.clone(),
            judged: self
                .state
                .judged
                .get(&reference)
                .map(|judged| judged.view(self.state, self.who)),
            reconsidered: story.reconsidered,
            course: story.course.clone(),
            story: reference,
        })
    }

    /// The same in a list: with the end of its course.
    fn short(&self, story: &Story) -> Option<StoryLine> {
        let mut line = self.line(story)?;
        let passed = line.course.len().saturating_sub(COURSE_SHOWN);
        line.course.drain(..passed);
        Some(line)
    }
}

impl Inner {
    fn days(&self) -> u32 {
        self.engine.as_ref().map_or(0, Engine::days)
    }
}

impl Node {
    /// The stories of the circles of a person, the strongest first, and what grew this week.
    pub async fn stories(&self, who: &SignedIn) -> Result<StoriesView> {
        Act::LookUp.ask(who)?;
        self.emerge().await?;
        let week = self.growing(who).await?;
        let (view, shown) = {
            let compiled = self.compiled.lock().await;
            let state = self.read().await?;
            let inner = self.emerging.inner.lock().await;
            let circles = self.circles(&state, who)?;
            let of_mine = inner
                .looked
                .iter()
                .filter(|(circle, _)| circles.contains_key(circle));
            let config = CONFIG();
            let mut view = StoriesView {
                state: StoriesState::Gathering,
                days: inner.days(),
                floor_days: config.floor_days,
                looked_at: of_mine.clone().map(|(_, looked)| looked.count).sum(),
                since_ms: of_mine.map(|(_, looked)| looked.since_ms).min(),
                stands: inner.stands.clone(),
                afresh: inner.afresh.clone(),
                stories: Vec::new(),
                past: Vec::new(),
                week,
            };
            let mut shown: BTreeMap<Circle, BTreeSet<&str>> = BTreeMap::new();
            let open = inner.engine.as_ref().map(Engine::stories).unwrap_or_default();
            if let Some(engine) = &inner.engine {
                let shows = Shows {
                    state: &state,
                    who,
                    engine,
                    circles: &circles,
                };
                let mine = open.iter().filter(|story| circles.contains_key(&story.circle));
                for story in mine.take(STORIES_SHOWN) {
                    view.stories.extend(shows.short(story));
                    shown.entry(story.circle).or_default().extend(values_of(story));
                }
                let is_open = |story: &Story| open.iter().any(|one| one.id == story.id);
                let mut past: Vec<&Story> = engine
                    .every_story()
                    .filter(|story| circles.contains_key(&story.circle) && !is_open(story))
                    .filter(|story| story.merged_into.is_none())
                    .collect();
                past.sort_by_key(|story| (std::cmp::Reverse(story.last_ms), story.id));
                for story in past.into_iter().take(STORIES_SHOWN) {
                    view.past.extend(shows.short(story));
                    shown.entry(story.circle).or_default().extend(values_of(story));
                }
            }
            view.state = match (view.stories.is_empty(), inner.days() > config.floor_days) {
                (false, _) => StoriesState::Told,
                (true, true) => StoriesState::Quiet,
                (true, false) => StoriesState::Gathering,
            };
            (view, notes_of(&compiled, &shown))
        };
        self.looked(who, Way::Read, shown).await?;
        Ok(view)
    }

    /// One story of the circles of a person. For everybody else there is no such story.
    pub async fn story(&self, who: &SignedIn, reference: &str) -> Result<StoryView> {
        Act::LookUp.ask(who)?;
        self.emerge().await?;
        let (view, shown) = {
            let compiled = self.compiled.lock().await;
            let state = self.read().await?;
            let inner = self.emerging.inner.lock().await;
            let circles = self.circles(&state, who)?;
            let missing = || ServiceError::NotFound("story");
            let engine = inner.engine.as_ref().ok_or_else(missing)?;
            let story = engine.referred(reference).ok_or_else(missing)?;
            let shows = Shows {
                state: &state,
                who,
                engine,
                circles: &circles,
            };
            let view = StoryView {
                line: shows.line(story).ok_or_else(missing)?,
                merged_into: story.merged_into.map(|id| engine.reference(id)),
                findings: story.findings.clone(),
                may_judge: Act::Watch.ask(who).is_ok(),
            };
            let shown = BTreeMap::from([(story.circle, values_of(story).collect())]);
            (view, notes_of(&compiled, &shown))
        };
        self.looked(who, Way::Read, shown).await?;
        Ok(view)
    }

    /// Sightings over time by the labels of a dimension, of the circles of a person.
    pub async fn story_series(&self, who: &SignedIn, dimension: Dimension, days: u32) -> Result<SeriesView> {
        Act::LookUp.ask(who)?;
        self.emerge().await?;
        let state = self.read().await?;
        let inner = self.emerging.inner.lock().await;
        let days = days.clamp(
            1,
            u32::try_from(accord_emerging::limits::HISTORY_DAYS).unwrap_or(400),
        );
        let mut rows = Vec::new();
        for (circle, among) in self.circles(&state, who)? {
            let of_circle = inner.engine.as_ref();
            let of_circle = of_circle.map(|engine| engine.series(circle, dimension, Span::Days(days), ROWS));
            rows.extend(of_circle.into_iter().flatten().map(|row| SeriesRow {
                label: row.label,
                among: among.clone(),
                lines: row.lines,
                points: row.points,
            }));
        }
        rows.retain(|row| row.lines > 0);
        rows.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.label.cmp(&b.label)));
        rows.truncate(ROWS);
        Ok(SeriesView {
            dimension,
            days,
            rows,
        })
    }

    /// How the engine is, for the operator: numbers of the whole node, and no story.
    pub async fn emerging_health(&self, who: &SignedIn) -> Result<EmergingHealth> {
        Act::ManagePeers.ask(who)?;
        let waits = self.read().await?.fed.parts();
        let inner = self.emerging.inner.lock().await;
        let mut health = EmergingHealth {
            stands: inner.stands.clone(),
            afresh: inner.afresh.clone(),
            left_out: inner.left_out,
            saved_ms: inner.saved_ms,
            max_bytes: Config::max_bytes(&CONFIG()),
            waits,
            ..EmergingHealth::default()
        };
        if let Some(engine) = &inner.engine {
            let of = engine.health();
            health.began = true;
            health.days = engine.days();
            (health.taken, health.refused) = (of.taken, of.refused);
            (health.values, health.labels_left_out) = (of.values, of.labels_left_out);
            health.sources = of.sources;
            health.held_bytes = engine.held_bytes();
        }
        Ok(health)
    }
}

/// The notes that list what is shown of cases.
fn notes_of(
    compiled: &crate::protection::Compiled,
    shown: &BTreeMap<Circle, BTreeSet<&str>>,
) -> BTreeSet<EntryRef> {
    let cases = compiled.versions().map(|(case, _)| case);
    let of_cases = cases.flat_map(|case| {
        let circles = [circle_of(case), logs_circle_of(case)];
        circles
            .into_iter()
            .filter_map(move |circle| Some((case, shown.get(&circle)?)))
    });
    let mut notes = BTreeSet::new();
    for (case, values) in of_cases {
        notes.extend(compiled.said_of(case, |pattern| values.contains(event_of(pattern).1)));
    }
    notes
}
