//! Pulling: when it is time or when somebody asks; what came is read, judged value by value, compared as a whole, and taken
//! over, held or left.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accord_client::{Ask, FeedError, Fetched, Validators};
use accord_store::Batch;
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::acts::DAYS_DEFAULT;
use super::compare::{GONE_PERCENT_DEFAULT, Numbers, wrong};
use super::guard::Guard;
use super::reading::{Reading, Refusals, Said, read_feed};
use super::record::{
    FEEDS_VALUES_MAX, Feed, Gone, Good, HELD, HeldPull, PullLine, PullOutcome, VALUES, Values,
};
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// Examples of what is new or gone in a pull that is held.
const HELD_EXAMPLES: usize = 5;
/// After failures a feed is pulled less often: each doubles the pause, up to so many doublings.
const DOUBLINGS_MAX: u32 = 5;
/// Longest pause after failures.
pub const PAUSE_MAX_MS: u64 = 24 * 3_600_000;
const DAY_MS: u64 = 86_400_000;
/// How often it is looked whether something is due.
pub const ROUND_EVERY: Duration = Duration::from_secs(30);

/// What came of asking a feed's server.
enum Came {
    Same,
    Read {
        reading: Reading,
        sha256: String,
        validators: Validators,
    },
    /// It is what somebody discarded.
    Discarded,
    Failed(String),
    Stopped,
}

/// How long until the next pull.
fn pause_ms(every_minutes: u32, failures: u32) -> u64 {
    let every = u64::from(every_minutes).saturating_mul(60_000);
    let slowed = every.saturating_mul(1 << failures.min(DOUBLINGS_MAX));
    slowed.min(PAUSE_MAX_MS.max(every))
}

/// Leaves out what no feed may list, and kinds that this one is not asked for.
fn judge(feed: &Feed, guard: &Guard, mut reading: Reading) -> Reading {
    let mut refused = std::mem::take(&mut reading.refused);
    let mut left_out = reading.left_out;
    reading.values.retain(|pattern, _| {
        let why = match feed.takes(pattern.kind()) {
            true => guard.refuses(pattern),
            false => Some(format!(
                "{} values are not taken from this feed",
                pattern.kind().as_str()
            )),
        };
        if let Some(why) = &why {
            refused.add(why, pattern.canonical());
            left_out += u64::from(!feed.takes(pattern.kind()));
        }
        why.is_none()
    });
    reading.left_out = left_out;
    reading.refused = refused.sorted();
    reading
}

/// The pull as it is held: it waits for a person.
fn held(
    values: &Values,
    reading: &Reading,
    sha256: &str,
    validators: Validators,
    reason: String,
    at_ms: u64,
) -> HeldPull {
    let difference = values.compare(reading);
    let is_here = |text: &str| values.0.get(text).is_some_and(|value| value.gone.is_none());
    let new = reading.values.keys().map(|pattern| pattern.canonical());
    let new = new.filter(|text| !is_here(text)).take(HELD_EXAMPLES);
    let texts: std::collections::HashSet<&str> =
        reading.values.keys().map(|pattern| pattern.canonical()).collect();
    let gone = values.0.iter().filter(|(_, value)| value.gone.is_none());
    let gone = gone
        .map(|(text, _)| text.as_str())
        .filter(|text| !texts.contains(text))
        .take(HELD_EXAMPLES);
    HeldPull {
        at_ms,
        reason,
        sha256: sha256.to_owned(),
        format: reading.format.clone(),
        values: reading.values.len(),
        new: difference.new,
        gone: difference.gone,
        refused: reading.refused.clone(),
        new_examples: new.map(str::to_owned).collect(),
        gone_examples: gone.map(str::to_owned).collect(),
        validators,
    }
}

/// Takes a reading over: its values are in force from here.
pub(super) fn take_over(
    state: &mut State,
    batch: &mut Batch,
    name: &str,
    reading: &Reading,
    (sha256, validators): (String, Validators),
    mut line: PullLine,
) -> Result<PullLine> {
    let counted_ms = state.feeds.clock.now();
    let as_of_ms = state.feeds.clock.as_of(line.at_ms);
    let beside = state.feeds.values_beside(name);
    if beside.saturating_add(reading.values.len()) > FEEDS_VALUES_MAX {
        return Err(ServiceError::Conflict(format!(
            "all feeds of a node have at most {FEEDS_VALUES_MAX} values"
        )));
    }
    let feed = state.feeds.get(name)?;
    let last = feed.good.as_ref().map_or(
        Gone {
            at_ms: line.at_ms,
            counted_ms,
        },
        |good| Gone {
            at_ms: good.at_ms,
            counted_ms: good.counted_ms,
        },
    );
    let confidence = feed.about.confidence;
    let values = state.feeds.values.entry(name.to_owned()).or_default();
    let difference = values.compare(reading);
    let times = (line.at_ms, as_of_ms);
    if Arc::make_mut(values).take(reading, times, last, confidence, counted_ms) {
        batch.document(VALUES, name, &**values);
    }
    line.values = reading.values.len();
    line.new = difference.new;
    line.gone = difference.gone;
    line.same = difference.same;
    line.refused = reading.refused.total;
    state.feeds.change(batch, name, |feed| {
        feed.good = Some(Good {
            at_ms: line.at_ms,
            counted_ms,
            format: reading.format.clone(),
            sha256,
            validators,
            refused: reading.refused.clone(),
        });
        feed.held = None;
        feed.failures = 0;
        feed.next_counted_ms = counted_ms.saturating_add(pause_ms(feed.about.every_minutes, 0));
        feed.remember(line.clone());
        Ok(())
    })?;
    batch.remove(HELD, name);
    state.feeds.touch();
    Ok(line)
}

impl Node {
    /// What no feed may list, as this node knows it now.
    pub(crate) fn feed_guard(&self, state: &State) -> Guard {
        Guard::of(state, &self.config.url, Arc::clone(&state.feeds.found_false))
    }

    /// Pulls a feed now, because somebody asks.
    pub(super) async fn pull_feed(&self, who: &SignedIn, name: &str) -> Result<PullLine> {
        Act::KeepFeeds.ask(who)?;
        self.pull_one(name, Some(who)).await
    }

    /// Asks a feed's server for what is new. `whole`: for all of it, whatever is known of it.
    async fn ask_publisher(
        &self,
        feed: &Feed,
        (whole, as_of_ms): (bool, u64),
        turn: &super::running::Turn<'_>,
    ) -> Came {
        let good = feed.good.as_ref().filter(|_| !whole);
        let known = good.map(|good| good.validators.clone()).unwrap_or_default();
        let now_ms = self.now_ms();
        let days = u64::from(feed.about.days.unwrap_or(DAYS_DEFAULT));
        let ask = Ask {
            url: &feed.about.url,
            form: feed.about.form,
            since_ms: now_ms.saturating_sub(days.saturating_mul(DAY_MS)),
            now_ms,
            known: &known,
        };
        let fetched = tokio::select! {
            fetched = self.feed_client.fetch(&ask, turn.arrived()) => fetched,
            () = turn.stopped() => return Came::Stopped,
        };
        let (bytes, validators) = match fetched {
            Ok(Fetched::Same) if good.is_some() => return Came::Same,
            Ok(Fetched::Same) => return Came::Failed(FeedError::Refused(304).to_string()),
            Ok(Fetched::Body { bytes, validators }) => (bytes, validators),
            Err(error) => return Came::Failed(error.to_string()),
        };
        tokio::task::block_in_place(|| {
            let sha256 = hex::encode(Sha256::digest(&bytes));
            if feed.discarded.as_ref() == Some(&sha256) {
                return Came::Discarded;
            }
            let always = Some(feed.about.label.as_str()).filter(|label| !label.is_empty());
            match read_feed(&bytes, feed.about.column, always, as_of_ms) {
                Ok(reading) => Came::Read {
                    reading,
                    sha256,
                    validators,
                },
                Err(words) => Came::Failed(words),
            }
        })
    }

    async fn pull_one(&self, name: &str, who: Option<&SignedIn>) -> Result<PullLine> {
        let turn = self.feed_pulls.begin(name, self.now_ms())?;
        let (feed, asks) = {
            let state = self.read().await?;
            let as_of_ms = state.feeds.clock.as_of(self.now_ms());
            let values = state.feeds.values.get(name);
            // What has ended since is gone by a pull as a whole, which is held where it looks wrong: also where the
            // publisher would say that it is the same document.
            let whole = values.is_some_and(|values| values.any_ended(as_of_ms));
            (state.feeds.get(name)?.clone(), (whole, as_of_ms))
        };
        let mut came = self.ask_publisher(&feed, asks, &turn).await;
        if let Came::Read { reading, .. } = &mut came {
            let guard = self.feed_guard(&*self.read().await?);
            tokio::task::block_in_place(|| *reading = judge(&feed, &guard, std::mem::take(reading)));
        }
        let bytes = turn.arrived().load(std::sync::atomic::Ordering::Relaxed);
        let line = self
            .act_once(|state, batch, log| {
                let now = state.feeds.get(name)?;
                if now.about != feed.about {
                    return Err(ServiceError::Conflict(format!(
                        "{name} was changed while it was pulled: pull it again"
                    )));
                }
                if let Some(who) = who {
                    log.person(batch, who, "feed.pulled", name);
                }
                let held = now.held.as_ref().map(|held| held.sha256.clone());
                let line = self.settle_pull(state, batch, name, who, came, bytes)?;
                let holds = state
                    .feeds
                    .get(name)?
                    .held
                    .as_ref()
                    .map(|held| held.sha256.clone());
                if holds.is_some() && holds != held {
                    log.node(batch, "feed.held", name);
                }
                if line.outcome == PullOutcome::Changed {
                    log.node(batch, "feed.changed", name);
                }
                state.feeds.keep_clock(batch);
                Ok(line)
            })
            .await?;
        drop(turn);
        self.refresh_verdicts().await?;
        Ok(line)
    }

    /// Writes down how a pull ended.
    fn settle_pull(
        &self,
        state: &mut State,
        batch: &mut Batch,
        name: &str,
        who: Option<&SignedIn>,
        came: Came,
        bytes: u64,
    ) -> Result<PullLine> {
        let now_ms = self.now_ms();
        let counted_ms = state.feeds.clock.now();
        let mut line = PullLine::new(now_ms, who.map(|who| who.person), PullOutcome::Same);
        line.bytes = bytes;
        match came {
            Came::Read {
                reading,
                sha256,
                validators,
            } => return self.settle_reading(state, batch, name, line, reading, sha256, validators),
            Came::Same => {
                let values = state.feeds.values.get(name).map_or(0, |values| values.present());
                line.values = values;
                line.same = values;
                state.feeds.change(batch, name, |feed| {
                    if let Some(good) = &mut feed.good {
                        good.at_ms = now_ms;
                        good.counted_ms = counted_ms;
                    }
                    feed.failures = 0;
                    feed.held = None;
                    Ok(())
                })?;
                batch.remove(HELD, name);
            }
            Came::Discarded => {
                line.outcome = PullOutcome::Failed;
                line.words = Some("it is still what was discarded".to_owned());
            }
            Came::Failed(words) => {
                line.outcome = PullOutcome::Failed;
                line.words = Some(words);
            }
            Came::Stopped => line.outcome = PullOutcome::Stopped,
        }
        let failed = line.outcome == PullOutcome::Failed;
        self.next_pull(state, batch, name, line, failed)
    }

    fn next_pull(
        &self,
        state: &mut State,
        batch: &mut Batch,
        name: &str,
        line: PullLine,
        failed: bool,
    ) -> Result<PullLine> {
        let counted_ms = state.feeds.clock.now();
        state.feeds.change(batch, name, |feed| {
            if failed {
                feed.failures = feed.failures.saturating_add(1);
            }
            let pause = pause_ms(feed.about.every_minutes, feed.failures);
            feed.next_counted_ms = counted_ms.saturating_add(pause);
            feed.remember(line.clone());
            Ok(())
        })?;
        Ok(line)
    }

    #[expect(clippy::too_many_arguments, reason = "what a pull is made of")]
    fn settle_reading(
        &self,
        state: &mut State,
        batch: &mut Batch,
        name: &str,
        mut line: PullLine,
        reading: Reading,
        sha256: String,
        validators: Validators,
    ) -> Result<PullLine> {
        let feed = state.feeds.get(name)?;
        let values = state.feeds.values.get(name).cloned().unwrap_or_default();
        let difference = values.compare(&reading);
        let numbers = Numbers {
            before: feed.good.as_ref().map(|_| values.present()),
            now: reading.values.len(),
            gone: difference.gone,
            refused: reading.refused.total.saturating_sub(reading.left_out),
        };
        let gone_percent = feed.about.gone_percent.unwrap_or(GONE_PERCENT_DEFAULT);
        let was = feed.good.as_ref().map(|good| good.format.as_str());
        let formats = was.map(|was| (was, reading.format.as_str()));
        let full = state
            .feeds
            .values_beside(name)
            .saturating_add(reading.values.len())
            > FEEDS_VALUES_MAX;
        let reason = match full {
            true => Some(format!(
                "all feeds together would have more than {FEEDS_VALUES_MAX} values"
            )),
            false => wrong(numbers, gone_percent, formats),
        };
        let Some(reason) = reason else {
            drop(values);
            line.outcome = match difference.new + difference.gone {
                0 => PullOutcome::Same,
                _ => PullOutcome::Changed,
            };
            return take_over(state, batch, name, &reading, (sha256, validators), line);
        };
        line.outcome = PullOutcome::Held;
        line.words = Some(reason.clone());
        line.values = reading.values.len();
        line.new = difference.new;
        line.gone = difference.gone;
        line.same = difference.same;
        line.refused = reading.refused.total;
        if feed.held.as_ref().is_some_and(|held| held.sha256 == sha256) {
            return self.next_pull(state, batch, name, line, false);
        }
        let waits = held(&values, &reading, &sha256, validators, reason, line.at_ms);
        let mut kept = Values::default();
        let last = Gone {
            at_ms: line.at_ms,
            counted_ms: 0,
        };
        kept.take(&reading, (line.at_ms, line.at_ms), last, 0, 0);
        batch.document(HELD, name, &kept);
        state.feeds.change(batch, name, |feed| {
            feed.held = Some(waits);
            feed.failures = 0;
            Ok(())
        })?;
        self.next_pull(state, batch, name, line, false)
    }

    /// The values of the pull that is held, as they were read.
    pub(super) async fn held_reading(&self, name: &str, held: &HeldPull) -> Result<Reading> {
        let all = self.store.documents::<Values>(HELD).await?;
        let (_, kept) = all
            .into_iter()
            .find(|(of, _)| of == name)
            .ok_or(ServiceError::NotFound("held pull"))?;
        let as_of_ms = self.read().await?.feeds.clock.as_of(self.now_ms());
        let left = kept.0.into_iter().filter(|(_, value)| !value.has_ended(as_of_ms));
        let values = left.filter_map(|(text, value)| {
            let pattern = accord_matcher::Pattern::from_canonical(value.kind, &text)?;
            let said = Said {
                labels: value.labels,
                until_ms: value.until_ms,
            };
            Some((pattern, said))
        });
        Ok(Reading {
            format: held.format.clone(),
            values: values.collect(),
            ..Reading::default()
        })
    }

    /// Judges what was held once more: lists and infrastructure may have changed since.
    pub(super) async fn judged_again(
        &self,
        name: &str,
        reading: Reading,
        refused: &Refusals,
    ) -> Result<Reading> {
        let (feed, guard) = {
            let state = self.read().await?;
            (state.feeds.get(name)?.clone(), self.feed_guard(&state))
        };
        let again = Reading {
            refused: refused.clone(),
            ..reading
        };
        Ok(tokio::task::block_in_place(|| judge(&feed, &guard, again)))
    }

    /// Counts the feeds' own clock on; a jump is said.
    pub async fn count_feeds_time(&self) -> Result<()> {
        if self.read().await?.feeds.by_name.is_empty() {
            return Ok(());
        }
        let now_ms = self.now_ms();
        self.act(|state, batch, log| {
            let jump = state.feeds.clock.look(now_ms);
            if jump.is_some() || state.feeds.clock.is_due() {
                state.feeds.keep_clock(batch);
            }
            if let Some(jump) = jump {
                let words = format!("from {} ms to {} ms", jump.before_ms, jump.at_ms);
                log.node(batch, "feeds.clock-jumped", &words);
            }
            Ok(())
        })
        .await
    }

    /// What is due, and not where the clock just jumped. Its next time is written down before it is pulled, as if the pull
    /// failed: one that ends the node does not end it again at once.
    async fn feeds_due(&self) -> Result<VecDeque<String>> {
        let is_due = |feed: &Feed, counted_ms| feed.paused.is_none() && feed.next_counted_ms <= counted_ms;
        self.act(|state, batch, _| {
            let counted_ms = state.feeds.clock.now();
            let due = state.feeds.by_name.iter();
            let due = due.filter(|(_, feed)| state.feeds.clock.is_steady() && is_due(feed, counted_ms));
            let due: VecDeque<String> = due.map(|(name, _)| name.clone()).collect();
            for name in &due {
                state.feeds.change(batch, name, |feed| {
                    let pause = pause_ms(feed.about.every_minutes, feed.failures.saturating_add(1));
                    feed.next_counted_ms = counted_ms.saturating_add(pause);
                    Ok(())
                })?;
            }
            if !due.is_empty() {
                state.feeds.keep_clock(batch);
            }
            Ok(due)
        })
        .await
    }

    /// Counts the feeds' own clock on, and pulls what is due. How many feeds were pulled.
    pub async fn feeds_round(&self) -> Result<usize> {
        self.count_feeds_time().await?;
        self.pull_due_feeds().await
    }

    /// Pulls what is due. How many feeds were pulled.
    pub async fn pull_due_feeds(&self) -> Result<usize> {
        if self.read().await?.feeds.by_name.is_empty() {
            return Ok(0);
        }
        let due = self.feeds_due().await?;
        let count = due.len();
        let queue = Mutex::new(due);
        // Four side by side: a slow one keeps the others waiting no longer than it must.
        tokio::join!(
            self.feed_lane(&queue),
            self.feed_lane(&queue),
            self.feed_lane(&queue),
            self.feed_lane(&queue)
        );
        Ok(count)
    }

    /// Pulls one due feed after another.
    async fn feed_lane(&self, queue: &Mutex<VecDeque<String>>) {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(name) = next else { return };
            match self.pull_one(&name, None).await {
                // Somebody pulls it already, changed it, or took it away.
                Ok(_) | Err(ServiceError::Conflict(_) | ServiceError::NotFound(_)) => {}
                Err(error) => tracing::error!(%error, feed = name, "a feed could not be pulled"),
            }
        }
    }

    /// Pulls feeds for as long as the node is served. Their clock is counted on in a task of its own, which ends with this one:
    /// a pull that takes its time is no jump.
    pub async fn run_feeds(self: &Arc<Self>) {
        let mut counting = JoinSet::new();
        let node = Arc::clone(self);
        counting.spawn(async move {
            loop {
                if let Err(error) = node.count_feeds_time().await {
                    tracing::error!(%error, "the clock of feeds could not be counted on");
                }
                tokio::time::sleep(ROUND_EVERY).await;
            }
        });
        loop {
            if let Err(error) = self.pull_due_feeds().await {
                tracing::error!(%error, "feeds could not be looked after");
            }
            tokio::time::sleep(ROUND_EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_slow_a_feed_down_to_an_end() {
        let hour = 3_600_000;
        assert_eq!(pause_ms(60, 0), hour);
        assert_eq!(pause_ms(60, 1), 2 * hour);
        assert_eq!(pause_ms(60, 4), 16 * hour);
        assert_eq!(pause_ms(60, 5), PAUSE_MAX_MS);
        assert_eq!(pause_ms(60, u32::MAX), PAUSE_MAX_MS);
        assert_eq!(
            pause_ms(10_080, 3),
            7 * 24 * hour,
            "never more often than it is asked for"
        );
    }
}
