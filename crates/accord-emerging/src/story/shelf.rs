//! The stories: a finding goes to the story of its subject, or of what belongs to it, else it opens one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Inner, Stage, Story, StoryId};
use crate::event::Circle;
use crate::judge::{Feature, Judgement, Lessons};
use crate::kept::kept;
use crate::limits::{
    CLOSING_HOURS, COOLING_HOURS, MAX_CLOSED_STORIES, MAX_COURSE_HOURS, MAX_FINDINGS, MAX_OPEN_STORIES,
    MAX_STORY_KEYS, RECONSIDERED, REOPEN_DAYS,
};
use crate::series::Point;
use crate::time::{DAY, HOUR_MS};

/// A finding, and what it belongs to.
#[derive(Debug)]
pub(crate) struct News {
    pub finding: Finding,
    pub circle: Circle,
    /// The hash of its subject.
    pub subject: u64,
    /// Hashes of what belongs to it: its family, the other of a pair.
    pub related: Vec<u64>,
    pub is_named: bool,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Shelf {
    open: BTreeMap<u64, Story>,
    closed: BTreeMap<u64, Story>,
    next: u64,
    pub(crate) lessons: Lessons,
}
kept!(Shelf {
    open,
    closed,
    next,
    lessons
});

/// Growth that is news: a tenth.
const GROWTH: f64 = 1.1;

fn push_key(story: &mut Story, key: u64, is_subject: bool) {
    let inner = &mut story.inner;
    if inner.subjects.contains(&key) {
        return;
    }
    if is_subject {
        inner.related.retain(|one| *one != key);
    } else if inner.related.contains(&key) {
        return;
    }
    if inner.subjects.len() + inner.related.len() >= MAX_STORY_KEYS {
        return;
    }
    if is_subject {
        &mut inner.subjects
    } else {
        &mut inner.related
    }
    .push(key);
}

impl Story {
    fn knows(&self, key: u64) -> bool {
        self.inner.subjects.contains(&key) || self.inner.related.contains(&key)
    }

    fn is_dismissed(&self) -> bool {
        self.judgement == Some(Judgement::Dismissed) && !self.reconsidered
    }

    /// Takes a finding in.
    fn take_in(&mut self, news: News, now_ms: u64) {
        let finding = news.finding;
        self.last_ms = now_ms;
        let seen = finding.evidence.seen.max(f64::from(finding.evidence.customers));
        if seen > self.inner.highest * GROWTH || self.inner.highest == 0.0 {
            self.grew_ms = now_ms;
        }
        self.inner.highest = self.inner.highest.max(seen);
        if self.judgement == Some(Judgement::Dismissed) && seen >= RECONSIDERED * self.inner.dismissed_at {
            self.reconsidered = true;
        }
        push_key(self, news.subject, true);
        for key in news.related {
            push_key(self, key, false);
        }
        // A family or campaign says more of a story than the value by which it was found.
        let is_named = self
            .findings
            .iter()
            .any(|finding| finding.subject.names_a_threat());
        if finding.subject.names_a_threat() && !is_named {
            self.title = finding.subject.words();
        }
        let is_full = self.findings.len() >= MAX_FINDINGS;
        let mut old = self.findings.iter_mut();
        if let Some(old) = old.find(|old| old.subject == finding.subject && old.detector == finding.detector)
        {
            let found_ms = old.found_ms;
            *old = Finding { found_ms, ..finding };
        } else if !is_full {
            self.findings.push(finding);
        } else {
            // The first one stays, whatever comes: it says how the story began.
            let others = self.findings.iter_mut().skip(1);
            let weakest = others.min_by(|a, b| a.score.total_cmp(&b.score));
            if let Some(weakest) = weakest.filter(|weakest| weakest.score < finding.score) {
                *weakest = finding;
            }
        }
    }

    fn close(&mut self, now_ms: u64) {
        self.stage = Stage::Closed;
        self.closed_ms = Some(now_ms);
        // What is over is kept in short.
        for finding in &mut self.findings {
            finding.evidence.by_hour = Vec::new();
        }
        self.course.shrink_to_fit();
    }
}

impl Shelf {
    /// Takes a finding in; gives the story that tells of it.
    pub(crate) fn tell(&mut self, news: News, now_ms: u64, course: impl FnOnce() -> Vec<Point>) -> StoryId {
        let subject = news.subject;
        // A story that was dismissed takes what it was dismissed for, and nothing else.
        let own = self.open.values().find(|story| {
            if story.is_dismissed() {
                story.inner.subjects.contains(&subject)
            } else {
                story.knows(subject)
            }
        });
        let mut of: Vec<u64> = own.map(|story| story.id.0).into_iter().collect();
        if !self
            .open
            .values()
            .any(|story| story.is_dismissed() && story.inner.subjects.contains(&subject))
        {
            let others = self.open.values().filter(|story| !story.is_dismissed());
            of.extend(
                others
                    .filter(|story| news.related.iter().any(|key| story.knows(*key)))
                    .map(|story| story.id.0),
            );
        }
        of.sort_unstable();
        of.dedup();
        let id = match of.split_first() {
            Some((&oldest, younger)) => {
                younger.iter().for_each(|&id| self.merge(id, oldest, now_ms));
                oldest
            }
            None => self
                .reopen(subject, now_ms)
                .unwrap_or_else(|| self.open_new(&news, now_ms, course())),
        };
        if let Some(story) = self.open.get_mut(&id) {
            story.take_in(news, now_ms);
        }
        self.bound(now_ms);
        StoryId(id)
    }

    fn reopen(&mut self, subject: u64, now_ms: u64) -> Option<u64> {
        let since = now_ms.saturating_sub(REOPEN_DAYS * DAY * HOUR_MS);
        let id = *self
            .closed
            .iter()
            .rev()
            .find(|(_, story)| {
                story.merged_into.is_none()
                    && story.closed_ms.is_some_and(|closed| closed >= since)
                    && story.inner.subjects.contains(&subject)
            })?
            .0;
        let mut story = self.closed.remove(&id)?;
        story.closed_ms = None;
        self.open.insert(id, story);
        Some(id)
    }

    fn open_new(&mut self, news: &News, now_ms: u64, course: Vec<Point>) -> u64 {
        self.next += 1;
        let id = self.next;
        let story = Story {
            id: StoryId(id),
            circle: news.circle,
            title: news.finding.subject.words(),
            stage: Stage::Growing,
            opened_ms: now_ms,
            grew_ms: now_ms,
            last_ms: now_ms,
            closed_ms: None,
            merged_into: None,
            rank: 0.0,
            ranked_because: String::new(),
            findings: Vec::new(),
            course,
            judgement: None,
            reconsidered: false,
            inner: Inner {
                features: Feature::of(&news.finding, news.is_named),
                ..Inner::default()
            },
        };
        self.open.insert(id, story);
        id
    }

    /// Two stories turned out to be one: the older goes on.
    fn merge(&mut self, younger: u64, older: u64, now_ms: u64) {
        let Some(mut gone) = self.open.remove(&younger) else {
            return;
        };
        if let Some(story) = self.open.get_mut(&older) {
            let inner = std::mem::take(&mut gone.inner);
            inner.subjects.iter().for_each(|key| push_key(story, *key, true));
            inner.related.iter().for_each(|key| push_key(story, *key, false));
            story.grew_ms = story.grew_ms.max(gone.grew_ms);
            let room = MAX_FINDINGS.saturating_sub(story.findings.len());
            story.findings.extend(gone.findings.iter().take(room).cloned());
            story.inner.highest = story.inner.highest.max(inner.highest);
            // What was said of it stays with it, so that it can be taken back there.
            gone.inner.features = inner.features;
        }
        gone.close(now_ms);
        gone.merged_into = Some(StoryId(older));
        self.closed.insert(younger, gone);
    }

    /// Closes the weakest beyond the limit, forgets the oldest closed ones.
    fn bound(&mut self, now_ms: u64) {
        while self.open.len() > MAX_OPEN_STORIES {
            let weakest = self.open.values().min_by(|a, b| {
                let dismissed_first = b.is_dismissed().cmp(&a.is_dismissed());
                dismissed_first
                    .then(a.rank.total_cmp(&b.rank))
                    .then(a.last_ms.cmp(&b.last_ms))
                    .then(a.id.cmp(&b.id))
            });
            let Some(id) = weakest.map(|story| story.id.0) else {
                return;
            };
            self.shut(id, now_ms);
        }
        while self.closed.len() > MAX_CLOSED_STORIES {
            self.closed.pop_first();
        }
    }

    fn shut(&mut self, id: u64, now_ms: u64) {
        if let Some(mut story) = self.open.remove(&id) {
            story.close(now_ms);
            self.closed.insert(id, story);
        }
    }

    /// An hour has ended: the course goes on, stories cool and end. `hour_of` tells a story's hour.
    pub(crate) fn end_hour(&mut self, now_ms: u64, hour_of: impl Fn(&Story) -> Point) {
        let mut over = Vec::new();
        for story in self.open.values_mut() {
            let point = hour_of(story);
            // A story of a value begins with the hour that is open.
            story.course.pop_if(|last| last.at_ms == point.at_ms);
            if story.course.len() >= MAX_COURSE_HOURS {
                story.course.remove(0);
            }
            story.course.push(point);
            if now_ms.saturating_sub(story.last_ms) >= CLOSING_HOURS * HOUR_MS {
                over.push(story.id.0);
            }
        }
        over.into_iter().for_each(|id| self.shut(id, now_ms));
        self.bound(now_ms);
    }

    /// Stages and ranks, as of now.
    pub(crate) fn rank(&mut self, now_ms: u64, threshold: f64) {
        for story in self.open.values_mut() {
            let quiet = |since: u64| now_ms.saturating_sub(since) / HOUR_MS;
            story.stage = if quiet(story.last_ms) >= COOLING_HOURS {
                Stage::Cooling
            } else if quiet(story.grew_ms) >= COOLING_HOURS / 2 {
                Stage::Steady
            } else {
                Stage::Growing
            };
            let of = |part: fn(&Finding) -> f64| story.findings.iter().map(part).fold(0.0, f64::max);
            let score = (of(|finding| finding.score) / threshold).min(4.0);
            let customers = of(|finding| f64::from(finding.evidence.customers));
            let sources = of(|finding| f64::from(finding.evidence.source_count));
            let more = story.findings.len().saturating_sub(1) as f64;
            let base = score
                + customers.max(1.0).log2() / 4.0
                + sources.max(1.0).log2() / 4.0
                + (more / 4.0).min(1.0);
            let stage = match story.stage {
                Stage::Growing => 1.0,
                Stage::Steady => 0.8,
                Stage::Cooling | Stage::Closed => 0.5,
            };
            let (lean, lessons) = self.lessons.lean(&story.inner.features);
            story.rank = base * stage * lean.exp2();
            story.ranked_because = format!(
                "{score:.1} times the threshold, {customers:.0} customers, {sources:.0} sources, {} findings, {}{}{lessons}",
                story.findings.len(),
                match story.stage {
                    Stage::Growing => "growing",
                    Stage::Steady => "steady",
                    Stage::Cooling => "cooling",
                    Stage::Closed => "closed",
                },
                if lessons.is_empty() { "" } else { "; " },
            );
        }
    }

    /// Open stories, the highest rank first; what was dismissed is left out.
    pub(crate) fn open_stories(&self) -> Vec<Story> {
        let mut open: Vec<Story> = self
            .open
            .values()
            .filter(|story| !story.is_dismissed())
            .cloned()
            .collect();
        open.sort_by(|a, b| b.rank.total_cmp(&a.rank).then(a.id.cmp(&b.id)));
        open
    }

    /// The last story of a subject, open or closed.
    pub(crate) fn last_of(&mut self, key: u64) -> Option<&mut Story> {
        let is_of = |story: &&mut Story| story.inner.subjects.contains(&key);
        let Self { open, closed, .. } = self;
        open.values_mut()
            .find(is_of)
            .or_else(|| closed.values_mut().rev().find(is_of))
    }

    pub(crate) fn get(&self, id: StoryId) -> Option<&Story> {
        self.open.get(&id.0).or_else(|| self.closed.get(&id.0))
    }

    pub(crate) fn get_mut(&mut self, id: StoryId) -> Option<&mut Story> {
        self.open.get_mut(&id.0).or_else(|| self.closed.get_mut(&id.0))
    }

    /// What open stories are about.
    pub(crate) fn subjects(&self) -> BTreeSet<u64> {
        let open = self.open.values().filter(|story| !story.is_dismissed());
        open.flat_map(|story| story.inner.subjects.iter().copied())
            .collect()
    }

    /// Takes a judgement, instead of the one before. Whether there is such a story.
    pub(crate) fn judge(&mut self, id: StoryId, judgement: Judgement) -> bool {
        let Some(story) = self.open.get_mut(&id.0).or_else(|| self.closed.get_mut(&id.0)) else {
            return false;
        };
        let before = story.judgement.replace(judgement);
        let features = story.inner.features.clone();
        story.reconsidered = false;
        if judgement == Judgement::Dismissed {
            story.inner.dismissed_at = story.inner.highest;
        }
        if let Some(before) = before {
            self.lessons.take_back(&features, before);
        }
        self.lessons.add(&features, judgement);
        true
    }

    /// Every story, by number.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Story> {
        self.open.values().chain(self.closed.values())
    }

    /// Takes from the stories of a circle what `leaves` takes; those without a finding go.
    pub(crate) fn narrow(&mut self, circle: Circle, narrow: impl Fn(&mut Story)) {
        for shelf in [&mut self.open, &mut self.closed] {
            let of_circle = shelf.values_mut().filter(|story| story.circle == circle);
            of_circle.for_each(&narrow);
            shelf.retain(|_, story| story.circle != circle || !story.findings.is_empty());
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.open.len() <= MAX_OPEN_STORIES
            && self.closed.len() <= MAX_CLOSED_STORIES
            && self
                .open
                .iter()
                .chain(&self.closed)
                .all(|(id, story)| *id == story.id.0 && *id <= self.next && story.is_whole())
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.open
            .values()
            .chain(self.closed.values())
            .map(|story| story.held_bytes() + 64)
            .sum()
    }

    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.open.len(), self.closed.len())
    }
}
