//! What people do with feeds.
//!
//! A feed is added by one person and is on trial: it detects, and blocks nothing. A second person lets it block. Whoever
//! changes where it is, what is taken from it or whom it serves puts it back on trial, and is then the first person.

use std::sync::Arc;

use accord_client::FeedForm;
use accord_matcher::{Pattern, PatternKind};
use accord_model::Tlp;
use serde::{Deserialize, Serialize};

use super::pull::take_over;
use super::record::{
    DoneBy, FEEDS, FEEDS_MAX, FOUND_FALSE, FOUND_FALSE_MAX, Feed, FoundFalse, HELD, NewFeed, PullLine,
    PullOutcome, VALUES,
};
use super::score::{BLOCK_AT, CONFIDENCE_MAX, DETECT_AT};
use super::view::FeedView;
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// Fewest minutes between two pulls of a feed.
pub const EVERY_MINUTES_MIN: u32 = 5;
/// Most minutes between two pulls of a feed: a week.
pub const EVERY_MINUTES_MAX: u32 = 7 * 24 * 60;
/// Longest name of a feed.
const NAME_MAX: usize = 40;
/// Longest label.
const LABEL_MAX_BYTES: usize = 64;
/// Longest words: terms, reasons.
const WORDS_MAX_BYTES: usize = 500;
/// Most columns of a table.
const COLUMN_MAX: u16 = 200;
/// Of a feed in parts, the days that are read unless somebody says otherwise.
pub const DAYS_DEFAULT: u16 = 90;
/// Most of them: ten years.
pub const DAYS_MAX: u16 = 3_650;
/// Most audiences that a feed names.
const AUDIENCES_MAX: usize = 100;

/// What is done with a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedAct {
    /// Pull it now.
    Pull,
    /// Stop the pull that is under way.
    Stop,
    /// Pull it no more until it is resumed; what is in force ages.
    Pause,
    /// Pull it again.
    Resume,
    /// Let it block, as the second person.
    Block,
    /// Back on trial: it detects only.
    Trial,
    /// Take the pull that is held.
    Accept,
    /// Leave the pull that is held, and what is just like it.
    Discard,
    /// Change what was said of it.
    Change,
    /// A value of it was found to be false: no feed lists it any more.
    False,
    /// It was not false.
    NotFalse,
}

/// What a feed is changed to; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedChange {
    /// [`NewFeed::url`].
    #[serde(default)]
    pub url: Option<String>,
    /// [`NewFeed::form`].
    #[serde(default)]
    pub form: Option<FeedForm>,
    /// [`NewFeed::days`]; 0: none.
    #[serde(default)]
    pub days: Option<u16>,
    /// [`NewFeed::column`]; 0: none.
    #[serde(default)]
    pub column: Option<u16>,
    /// [`NewFeed::kinds`].
    #[serde(default)]
    pub kinds: Option<Vec<String>>,
    /// [`NewFeed::marking`].
    #[serde(default)]
    pub marking: Option<Tlp>,
    /// [`NewFeed::confidence`].
    #[serde(default)]
    pub confidence: Option<u8>,
    /// [`NewFeed::label`].
    #[serde(default)]
    pub label: Option<String>,
    /// [`NewFeed::every_minutes`].
    #[serde(default)]
    pub every_minutes: Option<u32>,
    /// [`NewFeed::audiences`].
    #[serde(default)]
    pub audiences: Option<Vec<String>>,
    /// [`NewFeed::gone_percent`].
    #[serde(default)]
    pub gone_percent: Option<u8>,
    /// [`NewFeed::terms`].
    #[serde(default)]
    pub terms: Option<String>,
}

/// An act on a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedDo {
    /// What is done.
    pub act: FeedAct,
    /// The value, of `false` and `not-false`.
    #[serde(default)]
    pub value: Option<String>,
    /// Why, of `false`.
    #[serde(default)]
    pub reason: Option<String>,
    /// The SHA-256 of the held pull that was looked at, of `accept` and `discard`: another one is not meant.
    #[serde(default)]
    pub sha256: Option<String>,
    /// What it is changed to, of `change`.
    #[serde(default)]
    pub change: Option<FeedChange>,
}

impl FeedDo {
    /// An act with nothing more to say.
    pub fn of(act: FeedAct) -> Self {
        Self {
            act,
            value: None,
            reason: None,
            sha256: None,
            change: None,
        }
    }
}

impl FeedChange {
    fn on(&self, mut about: NewFeed) -> NewFeed {
        let set = |to: &mut String, from: &Option<String>| {
            if let Some(from) = from {
                to.clone_from(from);
            }
        };
        set(&mut about.url, &self.url);
        set(&mut about.label, &self.label);
        set(&mut about.terms, &self.terms);
        if let Some(column) = self.column {
            about.column = (column > 0).then_some(column);
        }
        if let Some(kinds) = &self.kinds {
            about.kinds.clone_from(kinds);
        }
        if let Some(audiences) = &self.audiences {
            about.audiences.clone_from(audiences);
        }
        about.form = self.form.unwrap_or(about.form);
        if let Some(days) = self.days {
            about.days = (days > 0).then_some(days);
        }
        about.marking = self.marking.unwrap_or(about.marking);
        about.confidence = self.confidence.unwrap_or(about.confidence);
        about.every_minutes = self.every_minutes.unwrap_or(about.every_minutes);
        about.gone_percent = self.gone_percent.or(about.gone_percent);
        about
    }
}

/// Whether two people must look again: where it is, what is taken, how sure it is, whom it serves.
fn is_another(was: &NewFeed, is: &NewFeed) -> bool {
    let told = |feed: &NewFeed| {
        let NewFeed {
            name: _,
            url,
            form,
            days,
            column,
            kinds,
            marking,
            confidence,
            label: _,
            every_minutes: _,
            audiences,
            gone_percent,
            terms: _,
        } = feed.clone();
        (
            (url, form, days, column, kinds),
            (marking, confidence, audiences, gone_percent),
        )
    };
    told(was) != told(is)
}

impl Node {
    fn check_feed(&self, new: &NewFeed) -> Result<()> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if new.name.is_empty() || new.name.len() > NAME_MAX || !new.name.chars().all(is_plain) {
            return Err(ServiceError::invalid("name", "1 to 40 of a-z, 0-9 and -"));
        }
        self.feed_client
            .check(&new.url, new.form)
            .map_err(|error| ServiceError::invalid("url", error))?;
        match new.days {
            Some(_) if !new.form.is_of_days() => {
                let message = "a file is read whole: days are for misp and taxii";
                return Err(ServiceError::invalid("days", message));
            }
            Some(days) if !(1..=DAYS_MAX).contains(&days) => {
                return Err(ServiceError::invalid("days", format!("1 to {DAYS_MAX}")));
            }
            _ => {}
        }
        if new.column.is_some() && new.form != FeedForm::File {
            return Err(ServiceError::invalid("column", "only a file has columns"));
        }
        if new
            .column
            .is_some_and(|column| column == 0 || column > COLUMN_MAX)
        {
            return Err(ServiceError::invalid("column", format!("1 to {COLUMN_MAX}")));
        }
        let words: Vec<&str> = PatternKind::ALL.iter().map(|kind| kind.as_str()).collect();
        if new.kinds.iter().any(|kind| !words.contains(&kind.as_str())) {
            return Err(ServiceError::invalid(
                "kinds",
                format!("any of: {}", words.join(", ")),
            ));
        }
        if new.confidence < DETECT_AT || new.confidence > CONFIDENCE_MAX {
            let message = format!("{DETECT_AT} to {CONFIDENCE_MAX}: below {DETECT_AT} nothing is detected");
            return Err(ServiceError::invalid("confidence", message));
        }
        if !(EVERY_MINUTES_MIN..=EVERY_MINUTES_MAX).contains(&new.every_minutes) {
            let message = format!("{EVERY_MINUTES_MIN} to {EVERY_MINUTES_MAX} minutes");
            return Err(ServiceError::invalid("every_minutes", message));
        }
        if new
            .gone_percent
            .is_some_and(|percent| percent == 0 || percent > 100)
        {
            return Err(ServiceError::invalid("gone_percent", "1 to 100"));
        }
        if new.marking == Tlp::Red {
            let message = "what is marked TLP:RED is served to nobody: it is no feed";
            return Err(ServiceError::invalid("marking", message));
        }
        let is_line = |text: &str, most: usize| text.len() <= most && !text.chars().any(char::is_control);
        if !is_line(&new.label, LABEL_MAX_BYTES) {
            return Err(ServiceError::invalid("label", "one line of at most 64 bytes"));
        }
        if !is_line(&new.terms, WORDS_MAX_BYTES) {
            return Err(ServiceError::invalid("terms", "one line of at most 500 bytes"));
        }
        if new.audiences.len() > AUDIENCES_MAX {
            return Err(ServiceError::invalid("audiences", "at most 100"));
        }
        Ok(())
    }

    /// Adds a feed. It is on trial, and pulled as soon as it is looked what is due.
    pub async fn add_feed(&self, who: &SignedIn, new: &NewFeed) -> Result<FeedView> {
        Act::KeepFeeds.ask(who)?;
        self.check_feed(new)?;
        let done = DoneBy {
            by: who.person,
            at_ms: self.now_ms(),
        };
        self.act_once(|state, batch, log| {
            if state.feeds.by_name.contains_key(&new.name) {
                return Err(ServiceError::Conflict(format!(
                    "there is a feed {} already",
                    new.name
                )));
            }
            if state.feeds.by_name.len() >= FEEDS_MAX {
                return Err(ServiceError::Conflict(format!(
                    "a node has at most {FEEDS_MAX} feeds"
                )));
            }
            let known = state.audiences.reaches();
            if let Some(unknown) = new
                .audiences
                .iter()
                .find(|name| !known.iter().any(|(known, _)| known == *name))
            {
                let message = format!("there is no audience {unknown}");
                return Err(ServiceError::invalid("audiences", message));
            }
            let mut feed = Feed::new(new.clone(), done);
            feed.next_counted_ms = state.feeds.clock.now();
            batch.document(FEEDS, &new.name, &feed);
            log.person(batch, who, "feed.added", &new.name);
            state.feeds.by_name.insert(new.name.clone(), feed);
            state.feeds.touch();
            self.feed_view(state, who, &new.name)
        })
        .await
    }

    /// Removes a feed: what it lists is in force no more.
    pub async fn remove_feed(&self, who: &SignedIn, name: &str) -> Result<()> {
        Act::KeepFeeds.ask(who)?;
        self.act_once(|state, batch, log| {
            state
                .feeds
                .by_name
                .remove(name)
                .ok_or(ServiceError::NotFound("feed"))?;
            state.feeds.values.remove(name);
            batch.remove(FEEDS, name);
            batch.remove(VALUES, name);
            batch.remove(HELD, name);
            log.person(batch, who, "feed.removed", name);
            state.feeds.touch();
            Ok(())
        })
        .await?;
        self.feed_pulls.stop(name);
        self.refresh_verdicts().await
    }

    /// Does something with a feed. Of a pull: how it ended.
    pub async fn do_feed(&self, who: &SignedIn, name: &str, wanted: &FeedDo) -> Result<Option<PullLine>> {
        let act = match wanted.act {
            FeedAct::Block => Act::BlockByFeed,
            _ => Act::KeepFeeds,
        };
        act.ask(who)?;
        match wanted.act {
            FeedAct::Pull => return self.pull_feed(who, name).await.map(Some),
            FeedAct::Stop => self.stop_feed(who, name).await?,
            FeedAct::Accept => self.accept_feed(who, name, wanted.sha256.as_deref()).await?,
            FeedAct::Discard => self.discard_feed(who, name, wanted.sha256.as_deref()).await?,
            FeedAct::Pause | FeedAct::Resume => self.pause_feed(who, name, wanted.act).await?,
            FeedAct::Block => self.block_by_feed(who, name).await?,
            FeedAct::Trial => self.feed_on_trial(who, name).await?,
            FeedAct::Change => {
                let change = wanted.change.as_ref();
                let change = change.ok_or_else(|| ServiceError::invalid("change", "say what to change"))?;
                self.change_feed(who, name, change).await?;
            }
            FeedAct::False | FeedAct::NotFalse => {
                let value = wanted.value.as_deref().unwrap_or_default();
                let pattern =
                    Pattern::parse(value).map_err(|refusal| ServiceError::invalid("value", refusal))?;
                match wanted.act {
                    FeedAct::False => {
                        let reason = wanted.reason.as_deref().unwrap_or_default().trim();
                        self.value_false(who, name, pattern.canonical(), reason).await?;
                    }
                    _ => self.value_not_false(who, pattern.canonical()).await?,
                }
            }
        }
        self.refresh_verdicts().await?;
        Ok(None)
    }

    async fn stop_feed(&self, who: &SignedIn, name: &str) -> Result<()> {
        self.read().await?.feeds.get(name)?;
        if !self.feed_pulls.stop(name) {
            return Err(ServiceError::Conflict(format!("{name} is not being pulled")));
        }
        self.note_access(who, "feed.stopped", name).await
    }

    async fn pause_feed(&self, who: &SignedIn, name: &str, act: FeedAct) -> Result<()> {
        let done = DoneBy {
            by: who.person,
            at_ms: self.now_ms(),
        };
        self.act_once(|state, batch, log| {
            let counted_ms = state.feeds.clock.now();
            let what = match act {
                FeedAct::Pause => "feed.paused",
                _ => "feed.resumed",
            };
            state.feeds.change(batch, name, |feed| {
                match (act, feed.paused) {
                    (FeedAct::Pause, Some(_)) => {
                        return Err(ServiceError::Conflict(format!("{name} is paused already")));
                    }
                    (FeedAct::Pause, None) => feed.paused = Some(done),
                    (_, None) => return Err(ServiceError::Conflict(format!("{name} is not paused"))),
                    (_, Some(_)) => {
                        feed.paused = None;
                        feed.failures = 0;
                        feed.next_counted_ms = counted_ms;
                    }
                }
                Ok(())
            })?;
            log.person(batch, who, what, name);
            Ok(())
        })
        .await
    }

    async fn block_by_feed(&self, who: &SignedIn, name: &str) -> Result<()> {
        let done = DoneBy {
            by: who.person,
            at_ms: self.now_ms(),
        };
        self.act_once(|state, batch, log| {
            if state.lists.is_empty() {
                return Err(ServiceError::Conflict(
                    "this node has no allow list, so it cannot tell what many use: load one first".to_owned(),
                ));
            }
            state.feeds.change(batch, name, |feed| {
                if feed.blocks.is_some() {
                    return Err(ServiceError::Conflict(format!("{name} blocks already")));
                }
                if feed.set.by == who.person {
                    return Err(ServiceError::denied(
                        "that a feed blocks is decided by a second person, not by who added or changed it",
                    ));
                }
                if feed.good.is_none() {
                    return Err(ServiceError::Conflict(format!(
                        "{name} was never pulled: nobody can tell what it would block"
                    )));
                }
                if feed.about.confidence < BLOCK_AT {
                    return Err(ServiceError::Conflict(format!(
                        "its confidence is below {BLOCK_AT}: nothing of it would be blocked"
                    )));
                }
                feed.blocks = Some(done);
                Ok(())
            })?;
            log.person(batch, who, "feed.blocks", name);
            state.feeds.touch();
            Ok(())
        })
        .await
    }

    async fn feed_on_trial(&self, who: &SignedIn, name: &str) -> Result<()> {
        let now_ms = self.now_ms();
        self.act_once(|state, batch, log| {
            state.feeds.change(batch, name, |feed| {
                if feed.blocks.take().is_none() {
                    return Err(ServiceError::Conflict(format!("{name} is on trial already")));
                }
                feed.trial_since_ms = now_ms;
                Ok(())
            })?;
            log.person(batch, who, "feed.on-trial", name);
            state.feeds.touch();
            Ok(())
        })
        .await
    }

    async fn change_feed(&self, who: &SignedIn, name: &str, change: &FeedChange) -> Result<()> {
        let about = change.on(self.read().await?.feeds.get(name)?.about.clone());
        self.check_feed(&about)?;
        let now_ms = self.now_ms();
        self.act_once(|state, batch, log| {
            let counted_ms = state.feeds.clock.now();
            let is_under_way = self.feed_pulls.of(name).is_some();
            state.feeds.change(batch, name, |feed| {
                if is_another(&feed.about, &about) {
                    feed.set = DoneBy {
                        by: who.person,
                        at_ms: now_ms,
                    };
                    if feed.blocks.take().is_some() {
                        feed.trial_since_ms = now_ms;
                    }
                    // What the server said of another version says nothing of this one.
                    if let Some(good) = &mut feed.good {
                        good.validators = accord_client::Validators::default();
                    }
                    feed.discarded = None;
                    feed.next_counted_ms = counted_ms;
                } else if is_under_way {
                    // What comes by it is not taken: it was asked for as the feed was before.
                    feed.next_counted_ms = counted_ms;
                }
                feed.about = about;
                Ok(())
            })?;
            log.person(batch, who, "feed.set", name);
            state.feeds.touch();
            Ok(())
        })
        .await
    }

    async fn accept_feed(&self, who: &SignedIn, name: &str, looked_at: Option<&str>) -> Result<()> {
        let held = {
            let state = self.read().await?;
            let held = state.feeds.get(name)?.held.clone();
            held.ok_or_else(|| ServiceError::Conflict(format!("nothing of {name} is held")))?
        };
        if looked_at.is_some_and(|sha256| sha256 != held.sha256) {
            return Err(ServiceError::Conflict(
                "another pull is held by now: look at it first".to_owned(),
            ));
        }
        let reading = self.held_reading(name, &held).await?;
        let reading = self.judged_again(name, reading, &held.refused).await?;
        let now_ms = self.now_ms();
        self.act_once(|state, batch, log| {
            if state.feeds.get(name)?.held.as_ref() != Some(&held) {
                return Err(ServiceError::Conflict(
                    "another pull is held by now: look at it first".to_owned(),
                ));
            }
            let mut line = PullLine::new(now_ms, Some(who.person), PullOutcome::Accepted);
            line.words = Some(held.reason.clone());
            let said = (held.sha256.clone(), held.validators.clone());
            take_over(state, batch, name, &reading, said, line)?;
            log.person(batch, who, "feed.accepted", name);
            Ok(())
        })
        .await
    }

    async fn discard_feed(&self, who: &SignedIn, name: &str, looked_at: Option<&str>) -> Result<()> {
        self.act_once(|state, batch, log| {
            state.feeds.change(batch, name, |feed| {
                let held = feed.held.take();
                let held =
                    held.ok_or_else(|| ServiceError::Conflict(format!("nothing of {name} is held")))?;
                if looked_at.is_some_and(|sha256| sha256 != held.sha256) {
                    return Err(ServiceError::Conflict(
                        "another pull is held by now: look at it first".to_owned(),
                    ));
                }
                feed.discarded = Some(held.sha256);
                Ok(())
            })?;
            batch.remove(HELD, name);
            log.person(batch, who, "feed.discarded", name);
            Ok(())
        })
        .await
    }

    async fn value_false(&self, who: &SignedIn, name: &str, value: &str, reason: &str) -> Result<()> {
        if reason.is_empty() || reason.len() > WORDS_MAX_BYTES || reason.chars().any(char::is_control) {
            return Err(ServiceError::invalid(
                "reason",
                "one line of 1 to 500 bytes: how it is known",
            ));
        }
        let now_ms = self.now_ms();
        self.act_once(|state, batch, log| {
            state.feeds.get(name)?;
            let listing = state.feeds.values.iter();
            let feeds: Vec<String> = listing
                .filter(|(_, values)| values.0.contains_key(value))
                .map(|(name, _)| name.clone())
                .collect();
            if !feeds.iter().any(|one| one == name) {
                return Err(ServiceError::invalid("value", format!("{name} does not list it")));
            }
            if state.feeds.found_false.len() >= FOUND_FALSE_MAX {
                return Err(ServiceError::Conflict(format!(
                    "at most {FOUND_FALSE_MAX} values are remembered as false"
                )));
            }
            let found = FoundFalse {
                by: who.person,
                at_ms: now_ms,
                reason: reason.to_owned(),
                feeds,
            };
            batch.document(FOUND_FALSE, value, &found);
            Arc::make_mut(&mut state.feeds.found_false).insert(value.to_owned(), found);
            log.person(batch, who, "feed.value-false", value);
            state.feeds.touch();
            Ok(())
        })
        .await
    }

    async fn value_not_false(&self, who: &SignedIn, value: &str) -> Result<()> {
        self.act_once(|state, batch, log| {
            let gone = Arc::make_mut(&mut state.feeds.found_false).remove(value);
            gone.ok_or(ServiceError::NotFound("value found to be false"))?;
            batch.remove(FOUND_FALSE, value);
            log.person(batch, who, "feed.value-not-false", value);
            state.feeds.touch();
            Ok(())
        })
        .await
    }
}
