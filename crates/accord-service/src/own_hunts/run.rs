//! Looking: by a person's word, or by itself as logs come in.
//!
//! A hunt remembers through which stored file of each source it has looked, and for what. So a look goes on where the last one
//! ended, whatever ended it, and what is looked for anew is looked for in the older files too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use accord_logstore::{Error as LogError, EventLogs, Hunt, HuntDamage, HuntResult, SegmentId};
use accord_matcher::Pattern;
use accord_sigma::{SigmaResult, SigmaRules};

use super::kept::{OWN_HUNTS, OwnHunt, Ran, merge};
use super::tidy::TidiedAt;
use super::{OWN_FOUND_MAX, OwnHuntView, rules};
use crate::error::{Result, ServiceError};
use crate::hunts::{FoundLine, found};
use crate::jobs::{Ends, HuntProgress, JobState, Jobs};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::previews::words_of;

/// Most stored files of one step: what it found is kept before the next.
const STEP_SEGMENTS: usize = 256;
/// Most bytes of log of one step, one file apart.
const STEP_BYTES: u64 = 4 << 30;
/// How often standing hunts look whether logs came in, besides being told; standing questions in SQL too.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(300);

/// The looks that run, by the hunt.
#[derive(Debug, Default)]
pub(crate) struct OwnHunting {
    pub jobs: Jobs<(), String>,
    /// As of when each was tidied, by the hunt.
    tidied: Mutex<BTreeMap<String, TidiedAt>>,
}

impl OwnHunting {
    pub(super) fn tidied(&self) -> MutexGuard<'_, BTreeMap<String, TidiedAt>> {
        self.tidied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one step looks for, and where.
#[derive(Debug)]
struct Step {
    values: BTreeSet<String>,
    segments: BTreeSet<SegmentId>,
    /// What is looked in and for, once it is done.
    through: BTreeMap<String, u64>,
    known: BTreeSet<String>,
}

/// What one step found.
#[derive(Debug, Default)]
struct Looked {
    lines: Vec<FoundLine>,
    over_max: u64,
    time_unknown: u64,
    gaps: Vec<String>,
    /// Of rules: on how many records each was evaluated.
    evaluated: BTreeMap<String, u64>,
}

fn gaps(damage: &[HuntDamage], logs: &EventLogs, overlong_lines: u64) -> Vec<String> {
    let damage = damage
        .iter()
        .map(|damage| format!("damage in {}: {}", damage.segment, damage.what));
    let not_rendered = logs
        .not_rendered
        .iter()
        .map(|original| format!("the event log {original} is not rendered: run `accord log index`"));
    let overlong =
        (overlong_lines > 0).then(|| format!("{overlong_lines} lines are too long to be searched"));
    damage.chain(not_rendered).chain(overlong).collect()
}

impl Looked {
    fn by_values(result: &HuntResult) -> Self {
        Self {
            lines: result.lines.iter().map(found).collect(),
            over_max: result.lines_over_max,
            time_unknown: result.lines_time_unknown,
            gaps: gaps(&result.damage, &result.event_logs, result.overlong_lines),
            evaluated: BTreeMap::new(),
        }
    }

    fn by_rules(result: &SigmaResult, rules: &SigmaRules) -> Self {
        let walked = &result.walked;
        let mut gaps = gaps(&walked.damage, &walked.event_logs, walked.overlong_lines);
        if result.sums.not_evaluated > 0 {
            gaps.push(format!(
                "{} lines could not be parsed: only rules of keywords say anything of them",
                result.sums.not_evaluated
            ));
        }
        if result.sums.left_out > 0 {
            gaps.push(format!(
                "{} records and fields are too many or too long, and were not evaluated",
                result.sums.left_out
            ));
        }
        let mut evaluated = BTreeMap::new();
        rules::evaluated(&mut evaluated, result, rules);
        Self {
            lines: result
                .lines
                .iter()
                .map(|line| rules::found(line, rules))
                .collect(),
            over_max: result.rules.iter().map(|rule| rule.hits_over_max).sum(),
            time_unknown: result.hits_time_unknown,
            gaps,
            evaluated,
        }
    }
}

impl Node {
    /// What a hunt looks for now: values, or the titles of its rules.
    pub(super) async fn own_values(&self, who: &SignedIn, hunt: &OwnHunt) -> Result<BTreeSet<String>> {
        if let Some(text) = &hunt.rules {
            return Ok(rules::titles(&rules::ready(text)?));
        }
        let Some(case) = hunt.indicators_of() else {
            return Ok(hunt.values.iter().cloned().collect());
        };
        let standing = self.indicators_unseen(who, case).await?;
        // What cannot be looked for in a log is published all the same.
        let canonical = standing.iter().filter_map(|one| Pattern::parse(&one.value).ok());
        Ok(canonical.map(|pattern| pattern.canonical().to_owned()).collect())
    }

    /// The stored files of a hunt's sources: those it has looked in, and those it has not, with the bytes of each.
    fn own_segments(&self, hunt: &OwnHunt) -> (BTreeSet<SegmentId>, Vec<(SegmentId, u64)>) {
        let (mut done, mut open) = (BTreeSet::new(), Vec::new());
        for segment in self.logs.segments() {
            let id = segment.id();
            if !hunt.sources.is_empty() && !hunt.sources.contains(id.source()) {
                continue;
            }
            if hunt
                .through
                .get(id.source())
                .is_some_and(|last| id.number() <= *last)
            {
                done.insert(id.clone());
            } else {
                open.push((id.clone(), segment.manifest.log.length));
            }
        }
        (done, open)
    }

    /// Bytes of log that a hunt has not looked in, and how many stored files.
    pub(super) fn own_open(&self, hunt: &OwnHunt) -> (u64, u64) {
        let (_, open) = self.own_segments(hunt);
        (open.iter().map(|(_, bytes)| bytes).sum(), open.len() as u64)
    }

    /// The next step of a hunt; nothing where it is done.
    async fn own_step(&self, who: &SignedIn, hunt: &OwnHunt) -> Result<Option<Step>> {
        let values = self.own_values(who, hunt).await?;
        if values.is_empty() {
            return Ok(None);
        }
        let (done, open) = self.own_segments(hunt);
        let known: BTreeSet<String> = values.iter().map(|value| hunt.digest(value)).collect();
        let late = values
            .iter()
            .filter(|value| !hunt.known.contains(&hunt.digest(value)));
        let late: BTreeSet<String> = late.cloned().collect();
        if !late.is_empty() && !done.is_empty() {
            return Ok(Some(Step {
                values: late,
                segments: done,
                through: hunt.through.clone(),
                known,
            }));
        }
        if open.is_empty() {
            return Ok(None);
        }
        let (mut segments, mut through, mut bytes) = (BTreeSet::new(), hunt.through.clone(), 0);
        for (id, length) in open.into_iter().take(STEP_SEGMENTS) {
            if !segments.is_empty() && bytes + length > STEP_BYTES {
                break;
            }
            bytes += length;
            through.insert(id.source().to_owned(), id.number());
            segments.insert(id);
        }
        Ok(Some(Step {
            known,
            values,
            segments,
            through,
        }))
    }

    /// Whether a hunt has something to look for that it has not looked for.
    async fn own_is_due(&self, who: &SignedIn, hunt: &OwnHunt) -> Result<bool> {
        Ok(self.own_step(who, hunt).await?.is_some())
    }

    /// One step; whether there was one.
    async fn own_look(
        &self,
        who: &SignedIn,
        id: &str,
        by_itself: bool,
        progress: &HuntProgress,
    ) -> Result<bool> {
        let hunt = self.own_hunt_of(&*self.read().await?, who, id)?;
        let Some(step) = self.own_step(who, &hunt).await? else {
            return Ok(false);
        };
        if let Some(text) = &hunt.rules {
            let rules = rules::ready(text)?;
            let result = tokio::task::block_in_place(|| {
                rules::look(&self.logs, &hunt, &rules, &step.segments, &mut |so_far| {
                    progress.at(so_far)
                })
            })?;
            let looked = Looked::by_rules(&result, &rules);
            self.keep_found(who, id, &step, looked, by_itself).await?;
            return Ok(true);
        }
        let mut patterns = Vec::new();
        for (value, label) in step.values.iter().zip(0..) {
            patterns.push((
                Pattern::parse(value).map_err(|why| ServiceError::invalid("values", why))?,
                label,
            ));
        }
        let asked = Hunt {
            patterns,
            from_ms: hunt.from_ms.unwrap_or(i64::MIN),
            to_ms: hunt.to_ms.unwrap_or(i64::MAX),
            sources: None,
            max_lines: OWN_FOUND_MAX.saturating_sub(hunt.found),
        };
        let logs = self.logs.clone();
        let result = tokio::task::block_in_place(|| {
            logs.hunt_among(&asked, &step.segments, &mut |so_far| progress.at(so_far))
        })?;
        self.keep_found(who, id, &step, Looked::by_values(&result), by_itself)
            .await?;
        Ok(true)
    }

    async fn keep_found(
        &self,
        who: &SignedIn,
        id: &str,
        step: &Step,
        looked: Looked,
        by_itself: bool,
    ) -> Result<()> {
        let hunt = self.own_hunt_of(&*self.read().await?, who, id)?;
        let mut lines = self.lines_of(&hunt).await?;
        let any = !looked.lines.is_empty();
        let left_out = merge(&mut lines, looked.lines);
        let bytes = serde_json::to_vec(&lines)
            .map_err(|error| ServiceError::Unexplained(format!("the lines of hunt {id}: {error}")))?;
        let now_ms = self.now_ms();
        self.act_once(|state, batch, log| {
            let mut hunt = self.own_hunt_of(state, who, id)?;
            hunt.through.clone_from(&step.through);
            hunt.known.clone_from(&step.known);
            hunt.over_max += looked.over_max + left_out;
            hunt.time_unknown += looked.time_unknown;
            for (title, records) in &looked.evaluated {
                *hunt.evaluated.entry(title.clone()).or_default() += records;
            }
            for gap in &looked.gaps {
                hunt.gap(gap.clone());
            }
            if hunt.found != lines.len() || any {
                hunt.found = lines.len();
                let name = hunt.lines_object().name();
                batch.object(&name, bytes);
                state.objects.insert(name);
            }
            hunt.still = None;
            hunt.ran = Some(Ran {
                at_ms: now_ms,
                by: who.person,
                by_itself,
            });
            let what = if by_itself {
                "own-hunt.looked-by-itself"
            } else {
                "own-hunt.looked"
            };
            log.person(batch, who, what, id);
            batch.document(OWN_HUNTS, id, &hunt);
            state.own_hunts.insert(id.to_owned(), hunt);
            Ok(())
        })
        .await
    }

    /// Starts looking, from where the last look ended, and comes back at once. One that runs already goes on.
    pub async fn start_own_hunt(self: &Arc<Self>, who: &SignedIn, id: &str) -> Result<OwnHuntView> {
        let hunt = self.own_hunt_of(&*self.read().await?, who, id)?;
        if self.own_values(who, &hunt).await?.is_empty() {
            return Err(ServiceError::Conflict(
                "the case has no indicator that stands: there is nothing to look for".to_owned(),
            ));
        }
        if let Some(job) = self
            .own_hunting
            .jobs
            .begin(id.to_owned(), who.person, self.now_ms())?
        {
            let (node, who, id) = (self.clone(), who.clone(), id.to_owned());
            tokio::spawn(async move { node.own_looks(&who, &id, false, Ends(job)).await });
        }
        self.own_hunt(who, id).await
    }

    async fn own_looks(&self, who: &SignedIn, id: &str, by_itself: bool, ends: Ends<()>) {
        let ended = loop {
            match self.own_look(who, id, by_itself, &ends.0.progress).await {
                Ok(true) => {}
                Ok(false) => break (JobState::Done, None),
                Err(ServiceError::Logs(LogError::Cancelled)) => break (JobState::Stopped, None),
                Err(error) => {
                    tracing::warn!(hunt = id, %error, "a hunt in one's own logs failed");
                    break (JobState::Failed, Some(words_of(&error)));
                }
            }
        };
        *ends.0.ended() = Some(ended);
    }

    /// Stops looking at the next chance. What was found in the steps before stays.
    pub async fn stop_own_hunt(&self, who: &SignedIn, id: &str) -> Result<OwnHuntView> {
        self.own_hunt_of(&*self.read().await?, who, id)?;
        if let Some(job) = self.own_hunting.jobs.get(&id.to_owned())
            && job.ended().is_none()
        {
            job.progress.cancel();
            self.note_access(who, "own-hunt.stopped", id).await?;
        }
        self.own_hunt(who, id).await
    }

    /// Lets every standing hunt look in what came in since. How many looked.
    pub async fn run_standing_hunts(&self) -> Result<usize> {
        self.tidy_own_hunts().await?;
        let standing: Vec<(OwnHunt, Option<SignedIn>)> = {
            let state = self.read().await?;
            let hunts = state.own_hunts.values().filter(|hunt| hunt.standing.is_some());
            let with_right = |hunt: &OwnHunt| {
                let person = state
                    .persons
                    .get(&hunt.standing?)
                    .filter(|person| !person.disabled)?;
                Some(self.with_rights_of(person))
            };
            hunts.map(|hunt| (hunt.clone(), with_right(hunt))).collect()
        };
        let mut looked = 0;
        for (hunt, who) in standing {
            let right = who.filter(|who| Act::HuntOwn.ask(who).is_ok() && !who.must_enrol);
            let is_seen = match &right {
                Some(who) => self.sees_own_hunt(&*self.read().await?, who, &hunt),
                None => false,
            };
            let Some(who) = right.filter(|_| is_seen) else {
                let words =
                    "who let it stand may hunt here, or see its case, no more: somebody else lets it stand";
                self.own_stands_still(&hunt, words).await?;
                continue;
            };
            if !self.own_is_due(&who, &hunt).await? {
                continue;
            }
            if let Some(job) = self
                .own_hunting
                .jobs
                .begin(hunt.id.clone(), who.person, self.now_ms())?
            {
                let ends = Ends(job);
                self.own_looks(&who, &hunt.id, true, ends).await;
                looked += 1;
            }
        }
        Ok(looked)
    }

    async fn own_stands_still(&self, hunt: &OwnHunt, words: &str) -> Result<()> {
        if hunt.still.as_deref() == Some(words) {
            return Ok(());
        }
        self.act_once(|state, batch, log| {
            if let Some(known) = state.own_hunts.get_mut(&hunt.id) {
                known.still = Some(words.to_owned());
                batch.document(OWN_HUNTS, &hunt.id, known);
                log.node(batch, "own-hunt.stands-still", &hunt.id);
            }
            Ok(())
        })
        .await
    }

    /// Lets standing hunts look whenever logs come in, until it is dropped.
    pub(crate) async fn keep_hunting(&self) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = self.new_logs.notified() => {}
                _ = tick.tick() => {}
            }
            match self.run_standing_hunts().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "standing hunts looked in what came in"),
                Err(error) => tracing::error!(%error, "standing hunts cannot look"),
            }
        }
    }
}
