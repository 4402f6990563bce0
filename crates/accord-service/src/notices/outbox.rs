//! What is to be sent: kept until it was, tried again with growing pauses, and given up in the end. The loop that fills
//! and empties it.
//!
//! What a crash does here: a notice is put into the outbox in the same commit in which its person counts as told, so
//! it is neither lost nor made twice. One that was sent and not yet taken out is sent once more, with the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use accord_client::{Notifier, NotifyError};
use accord_model::PersonId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::settings::{NoticeSettings, NoticeWhen};
use super::text::{self, Counts};
use super::{NoticesConfig, Waiting};
use crate::error::Result;
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::{InboxItem, Todo};

pub(crate) const NOTICE_OUTBOX: &str = "notice-outbox";
pub(crate) const NOTICE_TOLD: &str = "notice-told";
pub(crate) const NOTICE_STATE: &str = "notice-state";
const STATE_ID: &str = "state";

/// Most notices that wait to be sent. While it is full nobody counts as told.
pub const OUTBOX_MAX: usize = 1_000;
/// So often a notice is tried.
pub const NOTICE_TRIES_MAX: u32 = 12;
/// Most notices sent in one round.
const ROUND_MAX: usize = 50;
/// The first pause after a failure, ms; each next one is twice as long.
const PAUSE_MS: u64 = 60_000;
/// The longest pause, ms: six hours.
const PAUSE_MAX_MS: u64 = 6 * 3_600_000;
/// Between rounds, where nothing changes; and the least between two.
const ROUND_EVERY: Duration = Duration::from_secs(60);
const ROUND_LEAST: Duration = Duration::from_secs(5);

/// Which way a notice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NoticeWay {
    Mail,
    Webhook,
}

/// A notice that waits to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outgoing {
    pub id: String,
    pub person: PersonId,
    pub way: NoticeWay,
    pub counts: Counts,
    pub made_ms: u64,
    pub tries: u32,
    pub next_ms: u64,
}

/// What a person was told of: digests of lines of their inbox that still stand there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    pub of: BTreeSet<String>,
    /// The day of the last daily notice, in the person's zone.
    #[serde(default)]
    pub day: String,
}

/// How sending goes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeState {
    pub sent: u64,
    pub given_up: u64,
    pub last_sent_ms: Option<u64>,
    pub last_failure_ms: Option<u64>,
    pub last_failure: Option<String>,
}

/// How sending goes, as the operator sees it. No address of a person is in it.
#[derive(Debug, Clone, Serialize)]
pub struct NoticesView {
    /// The mail server, where one is set up.
    pub mail: Option<String>,
    /// The webhook, where one is set up.
    pub webhook: Option<String>,
    /// People who want notices.
    pub people: usize,
    /// Notices that wait to be sent.
    pub queued: usize,
    /// Since when the oldest waits, ms UTC.
    pub oldest_ms: Option<u64>,
    /// How many were sent.
    pub sent: u64,
    /// How many were given up.
    pub given_up: u64,
    /// The last that was sent, ms UTC.
    pub last_sent_ms: Option<u64>,
    /// The last failure, ms UTC.
    pub last_failure_ms: Option<u64>,
    /// What it was.
    pub last_failure: Option<String>,
    /// Whether nothing more fits.
    pub full: bool,
}

fn pause(tries: u32) -> u64 {
    PAUSE_MS
        .saturating_mul(1u64.checked_shl(tries.saturating_sub(1)).unwrap_or(u64::MAX))
        .min(PAUSE_MAX_MS)
}

/// What a line of the inbox is known by, here alone. Its title takes part in it and, once it presses or is overdue, that
/// it does: the line is then told again.
fn digest_of(item: &InboxItem, now_ms: u64) -> String {
    // Who has just said yes was told of this line before, and knows.
    let todo = match &item.todo {
        Todo::AwaitSecond { request } => &Todo::DecideRequest { request: *request },
        todo => todo,
    };
    let line = match item.urgency(now_ms) {
        None => serde_json::to_vec(&(todo, &item.title)),
        Some(urgency) => serde_json::to_vec(&(todo, &item.title, urgency)),
    };
    hex::encode(Sha256::digest(line.unwrap_or_default()))
}

impl Node {
    /// Whether mail and a webhook are set up.
    pub(super) fn notice_ways(&self) -> (bool, bool) {
        self.notices.config.get().map_or((false, false), |(config, _)| {
            (config.mail.is_some(), config.webhook.is_some())
        })
    }

    /// How sending goes, for the operator.
    pub async fn notices_state(&self, who: &SignedIn) -> Result<NoticesView> {
        Act::ManagePeers.ask(who)?;
        let state = self.read().await?;
        let config = self.notices.config.get().map(|(config, _)| config);
        let mail = config.and_then(|config| config.mail.as_ref());
        let webhook = config.and_then(|config| config.webhook.as_ref());
        let wants = |settings: &&NoticeSettings| settings.when != NoticeWhen::None;
        Ok(NoticesView {
            mail: mail.map(|mail| format!("{}:{}", mail.host, mail.port)),
            // The path of a webhook is often its secret.
            webhook: webhook.map(|hook| {
                let mut parts = hook.url.splitn(4, '/');
                let origin: Vec<&str> = parts.by_ref().take(3).collect();
                origin.join("/")
            }),
            people: state.notice_settings.values().filter(wants).count(),
            queued: state.notice_outbox.len(),
            oldest_ms: state.notice_outbox.values().map(|one| one.made_ms).min(),
            sent: state.notice_state.sent,
            given_up: state.notice_state.given_up,
            last_sent_ms: state.notice_state.last_sent_ms,
            last_failure_ms: state.notice_state.last_failure_ms,
            last_failure: state.notice_state.last_failure.clone(),
            full: state.notice_outbox.len() >= OUTBOX_MAX,
        })
    }

    /// One round: what is new in somebody's inbox is put into the outbox, and what is due is sent.
    pub async fn notices_round(&self) -> Result<()> {
        let Some((config, notifier)) = self.notices.config.get() else {
            return Ok(());
        };
        let _one = self.notices.round.lock().await;
        self.fill_outbox(config).await?;
        self.empty_outbox(config, notifier).await
    }

    /// The people who want notices, with what they want.
    async fn wanting(&self) -> Result<Vec<(SignedIn, NoticeSettings, Told)>> {
        let state = self.read().await?;
        let wanting = state
            .notice_settings
            .iter()
            .filter(|(_, settings)| settings.when != NoticeWhen::None)
            .filter_map(|(id, settings)| {
                let person = state.persons.get(id).filter(|person| !person.disabled)?;
                let who = self.with_rights_of(person);
                let told = state.notice_told.get(id).cloned().unwrap_or_default();
                (!who.must_enrol).then(|| (who, settings.clone(), told))
            });
        Ok(wanting.collect())
    }

    async fn fill_outbox(&self, config: &NoticesConfig) -> Result<()> {
        let now = self.now_ms();
        for (who, settings, told) in self.wanting().await? {
            let mut current: BTreeMap<String, Waiting> = BTreeMap::new();
            for item in self.inbox(&who).await? {
                current.insert(digest_of(&item, now), Waiting::of(&item.todo));
            }
            let mut counts = Counts::new();
            let mut new = told.clone();
            new.of.retain(|one| current.contains_key(one));
            for (id, kind) in current {
                if settings.wants(kind) && new.of.insert(id) {
                    let number = counts.entry(kind).or_default();
                    *number = number.saturating_add(1);
                }
            }
            let (day, minute) = settings.local(now);
            let due = match settings.when {
                NoticeWhen::None => false,
                NoticeWhen::AtOnce => true,
                NoticeWhen::Daily => minute >= settings.daily_minute && told.day != day,
            };
            let mut ways = Vec::new();
            if settings.mail.is_some() && config.mail.is_some() {
                ways.push(NoticeWay::Mail);
            }
            if settings.webhook && config.webhook.is_some() {
                ways.push(NoticeWay::Webhook);
            }
            if counts.is_empty() || !due || settings.is_quiet(minute) || ways.is_empty() {
                continue;
            }
            if settings.when == NoticeWhen::Daily {
                new.day = day;
            }
            self.act(|state, batch, _| {
                if state.notice_outbox.len().saturating_add(ways.len()) > OUTBOX_MAX {
                    return Ok(());
                }
                for way in ways {
                    let outgoing = Outgoing {
                        id: hex::encode(self.random::<16>()),
                        person: who.person,
                        way,
                        counts: counts.clone(),
                        made_ms: now,
                        tries: 0,
                        next_ms: now,
                    };
                    batch.document(NOTICE_OUTBOX, &outgoing.id, &outgoing);
                    state.notice_outbox.insert(outgoing.id.clone(), outgoing);
                }
                batch.document(NOTICE_TOLD, &who.person.to_string(), &new);
                state.notice_told.insert(who.person, new);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    async fn empty_outbox(&self, config: &NoticesConfig, notifier: &Notifier) -> Result<()> {
        let now = self.now_ms();
        let due: Vec<(Outgoing, NoticeSettings)> = {
            let state = self.read().await?;
            let mut due: Vec<_> = state
                .notice_outbox
                .values()
                .filter(|one| one.next_ms <= now)
                .map(|one| {
                    let settings = state.notice_settings.get(&one.person).cloned();
                    (one.clone(), settings.unwrap_or_default())
                })
                .filter(|(_, settings)| !settings.is_quiet(settings.local(now).1))
                .collect();
            due.sort_by(|(a, _), (b, _)| (a.made_ms, &a.id).cmp(&(b.made_ms, &b.id)));
            due.truncate(ROUND_MAX);
            due
        };
        for (outgoing, settings) in due {
            let sent = self.send_notice(config, notifier, &outgoing, &settings).await;
            self.act(|state, batch, _| {
                self.settle(state, batch, outgoing, sent);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Sends one; `None` when nobody wants it any more.
    async fn send_notice(
        &self,
        config: &NoticesConfig,
        notifier: &Notifier,
        outgoing: &Outgoing,
        settings: &NoticeSettings,
    ) -> Option<std::result::Result<(), NotifyError>> {
        if settings.when == NoticeWhen::None {
            return None;
        }
        let url = &self.config.url;
        match outgoing.way {
            NoticeWay::Mail => {
                let (server, to) = (config.mail.as_ref()?, settings.mail.as_deref()?);
                let message = text::mail(
                    url,
                    &server.from,
                    to,
                    &outgoing.id,
                    outgoing.made_ms,
                    &outgoing.counts,
                );
                Some(notifier.mail(server, to, &message).await)
            }
            NoticeWay::Webhook => {
                let hook = config.webhook.as_ref().filter(|_| settings.webhook)?;
                let body = text::webhook(url, outgoing.person, &outgoing.id, &outgoing.counts);
                let timestamp_s = self.now_ms() / 1_000;
                let signature = text::signature(&hook.secret, timestamp_s, &body);
                let headers = [
                    ("accord-timestamp", timestamp_s.to_string()),
                    ("accord-signature", format!("v1={signature}")),
                ];
                Some(notifier.post(hook, &headers, body).await)
            }
        }
    }

    fn settle(
        &self,
        state: &mut State,
        batch: &mut accord_store::Batch,
        mut outgoing: Outgoing,
        sent: Option<std::result::Result<(), NotifyError>>,
    ) {
        let now = self.now_ms();
        let over = match &sent {
            None => true,
            Some(Ok(())) => {
                state.notice_state.sent = state.notice_state.sent.saturating_add(1);
                state.notice_state.last_sent_ms = Some(now);
                true
            }
            Some(Err(error)) => {
                let way = match outgoing.way {
                    NoticeWay::Mail => "mail",
                    NoticeWay::Webhook => "webhook",
                };
                state.notice_state.last_failure_ms = Some(now);
                state.notice_state.last_failure = Some(format!("{way}: {error}"));
                outgoing.tries = outgoing.tries.saturating_add(1);
                outgoing.next_ms = now.saturating_add(pause(outgoing.tries));
                let for_good = matches!(
                    error,
                    NotifyError::Refused { for_good: true, .. } | NotifyError::Address
                );
                let over = for_good || outgoing.tries >= NOTICE_TRIES_MAX;
                if over {
                    state.notice_state.given_up = state.notice_state.given_up.saturating_add(1);
                }
                over
            }
        };
        if over {
            batch.remove(NOTICE_OUTBOX, &outgoing.id);
            state.notice_outbox.remove(&outgoing.id);
        } else {
            batch.document(NOTICE_OUTBOX, &outgoing.id, &outgoing);
            state.notice_outbox.insert(outgoing.id.clone(), outgoing);
        }
        if sent.is_some() {
            batch.document(NOTICE_STATE, STATE_ID, &state.notice_state);
        }
    }

    /// Tells people for as long as the node is served.
    pub async fn run_notices(&self) {
        let mut changed = self.changed.subscribe();
        loop {
            if let Err(error) = self.notices_round().await {
                tracing::error!(%error, "notices could not be sent");
            }
            if let Err(error) = self.sweep_guests().await {
                tracing::error!(%error, "what guests left could not be dropped");
            }
            if let Err(error) = self.sweep_uploads().await {
                tracing::error!(%error, "what was uploaded and not sent could not be dropped");
            }
            tokio::time::sleep(ROUND_LEAST).await;
            let _ = tokio::time::timeout(ROUND_EVERY, changed.changed()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_an_end() {
        assert_eq!(pause(1), 60_000);
        assert_eq!(pause(2), 120_000);
        assert_eq!(pause(12), PAUSE_MAX_MS);
        assert_eq!(pause(200), PAUSE_MAX_MS);
    }
}
