//! Feeds as they are shown. How they go is for everybody who sees protection; what they list is for people who work on
//! cases.

use serde::{Deserialize, Serialize};

use super::acts::DAYS_DEFAULT;
use super::clock::ClockJump;
use super::compare::GONE_PERCENT_DEFAULT;
use super::layer::InForce;
use super::reading::Refusals;
use super::record::{DoneBy, HeldPull, NewFeed, PullLine};
use super::running::PullUnderWay;
use super::trial::Trial;
use crate::error::Result;
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use accord_model::PersonId;

/// How a feed goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedState {
    /// It was never pulled.
    New,
    /// The last pull was good.
    Good,
    /// The last pull failed.
    Failing,
    /// A pull looks wrong and waits for a person.
    Held,
    /// Nobody pulls it.
    Paused,
}

/// Somebody who did something, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedDone {
    /// Their name.
    pub name: String,
    /// When, ms UTC.
    pub at_ms: u64,
}

/// A feed as shown.
#[derive(Debug, Clone, Serialize)]
pub struct FeedView {
    /// Its name.
    pub name: String,
    /// The host that publishes it.
    pub host: String,
    /// Everything that was said of it; none to whoever does not work on cases: an address may hold a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<NewFeed>,
    /// Of a feed in parts: what was changed or added in so many days is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
    /// The header in which a key of the operator's is sent to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_header: Option<String>,
    /// A pull that lacks more than so many percent is held.
    pub gone_percent: u8,
    /// `trial` or `block`.
    pub mode: &'static str,
    /// How it goes.
    pub state: FeedState,
    /// Who added it.
    pub added: NamedDone,
    /// Who last changed it: the first person.
    pub set: NamedDone,
    /// Whether that is who looks at it.
    pub set_by_you: bool,
    /// The second person, where it blocks.
    pub blocks: Option<NamedDone>,
    /// Who paused it.
    pub paused: Option<NamedDone>,
    /// Values that its last good pull had.
    pub values: usize,
    /// Values in force.
    pub in_force: usize,
    /// Of them, blocked.
    pub blocked: usize,
    /// Taken, and by now on an allow list, somebody's own, or found to be false.
    pub refused_since: usize,
    /// The last good pull, ms UTC.
    pub good_ms: Option<u64>,
    /// Milliseconds until the next pull, as far as the clock goes on.
    pub next_in_ms: Option<u64>,
    /// Failures in a row.
    pub failures: u32,
    /// The pull under way.
    pub under_way: Option<PullUnderWay>,
    /// The last pull.
    pub last: Option<PullLine>,
    /// Why a pull is held; what is in it is for people who work on cases.
    pub held_because: Option<String>,
    /// The pull that is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldPull>,
    /// What of the last good pull was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusals>,
    /// Its pulls, the newest first; only of one feed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pulls: Vec<PullLine>,
    /// What it saw, and would have blocked; only of one feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
}

/// Every feed.
#[derive(Debug, Clone, Serialize)]
pub struct FeedsView {
    /// The feeds, by name.
    pub feeds: Vec<FeedView>,
    /// The last jump of this node's clock: it changed nothing in force.
    pub clock_jump: Option<ClockJump>,
}

pub(super) fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest).to_owned()
}

fn name_of(state: &State, person: PersonId) -> String {
    let known = state.persons.get(&person);
    known.map_or_else(|| person.to_string(), |person| person.name.clone())
}

fn named(state: &State, done: DoneBy) -> NamedDone {
    NamedDone {
        name: name_of(state, done.by),
        at_ms: done.at_ms,
    }
}

impl Node {
    /// A feed as its list shows it.
    pub(super) fn feed_view(&self, state: &State, who: &SignedIn, name: &str) -> Result<FeedView> {
        let feed = state.feeds.get(name)?;
        let works = Act::LookUp.ask(who).is_ok();
        let last = feed.pulls.front().cloned();
        let failing = feed.failures > 0;
        Ok(FeedView {
            name: name.to_owned(),
            host: host_of(&feed.about.url),
            about: works.then(|| feed.about.clone()),
            days: feed
                .about
                .form
                .is_of_days()
                .then(|| feed.about.days.unwrap_or(DAYS_DEFAULT)),
            key_header: self.feed_client.sends_key(&feed.about.url),
            gone_percent: feed.about.gone_percent.unwrap_or(GONE_PERCENT_DEFAULT),
            mode: match feed.blocks {
                Some(_) => "block",
                None => "trial",
            },
            state: match (&feed.paused, &feed.held, &feed.good) {
                (Some(_), ..) => FeedState::Paused,
                (None, Some(_), _) => FeedState::Held,
                (None, None, _) if failing => FeedState::Failing,
                (None, None, None) => FeedState::New,
                (None, None, Some(_)) => FeedState::Good,
            },
            added: named(state, feed.added),
            set: named(state, feed.set),
            set_by_you: feed.set.by == who.person,
            blocks: feed.blocks.map(|done| named(state, done)),
            paused: feed.paused.map(|done| named(state, done)),
            values: state.feeds.values.get(name).map_or(0, |values| values.present()),
            in_force: 0,
            blocked: 0,
            refused_since: 0,
            good_ms: feed.good.as_ref().map(|good| good.at_ms),
            next_in_ms: feed
                .paused
                .is_none()
                .then(|| feed.next_counted_ms.saturating_sub(state.feeds.clock.now())),
            failures: feed.failures,
            under_way: self.feed_pulls.of(name),
            last,
            held_because: feed.held.as_ref().map(|held| held.reason.clone()),
            held: feed.held.clone().filter(|_| works),
            refused: feed
                .good
                .as_ref()
                .filter(|_| works)
                .map(|good| good.refused.clone()),
            pulls: Vec::new(),
            trial: None,
        })
    }

    /// The feeds of this node.
    pub async fn feeds(&self, who: &SignedIn) -> Result<FeedsView> {
        Act::SeeProtection.ask(who)?;
        self.refresh_verdicts().await?;
        let compiled = self.compiled.lock().await;
        let state = self.read().await?;
        let mut feeds = Vec::new();
        for name in state.feeds.by_name.keys() {
            let view = self.feed_view(&state, who, name)?;
            feeds.push(with_numbers(view, compiled.feeds().in_force(name)));
        }
        Ok(FeedsView {
            feeds,
            clock_jump: state.feeds.clock.jump(),
        })
    }

    /// One feed, with its pulls, and, for people who work on cases, what it saw and would have blocked.
    pub async fn feed(&self, who: &SignedIn, name: &str) -> Result<FeedView> {
        Act::SeeProtection.ask(who)?;
        self.keep_seen().await?;
        self.refresh_verdicts().await?;
        let compiled = self.compiled.lock().await;
        let state = self.read().await?;
        let view = self.feed_view(&state, who, name)?;
        let mut view = with_numbers(view, compiled.feeds().in_force(name));
        view.pulls = state.feeds.get(name)?.pulls.iter().cloned().collect();
        if Act::LookUp.ask(who).is_ok() {
            view.trial = Some(super::trial::trial(
                &state,
                compiled.feeds(),
                name,
                self.now_ms(),
            )?);
        }
        Ok(view)
    }
}

fn with_numbers(mut view: FeedView, in_force: InForce) -> FeedView {
    view.in_force = in_force.values;
    view.blocked = in_force.blocked;
    view.refused_since = in_force.refused_since;
    view
}
