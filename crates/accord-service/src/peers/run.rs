//! Keeping up with peers by itself: pulling now and then and when one says that something changed, and saying so to
//! those whom it concerns when something changed here. A peer that is slow holds up nobody but itself.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use accord_formats::http_signature::{AnswerParts, Parameters, RequestParts, SignatureHeaders, sign_answer};
use accord_formats::peer::Nothing;
use accord_model::{LedgerId, OrgName};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::pull::Pulled;
use crate::error::Result;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// How often what is over is destroyed.
const DESTROY_EVERY: Duration = Duration::from_secs(3_600);
/// What comes within this time of a change is told to peers together with it.
const NUDGE_AFTER: Duration = Duration::from_millis(20);
/// Peers are told no more often than this, however much changes.
const NUDGE_EVERY: Duration = Duration::from_millis(250);

/// Whose turn it is to be pulled: one pull of each peer at a time.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<BTreeMap<OrgName, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    pub fn of(&self, org: &OrgName) -> Arc<tokio::sync::Mutex<()>> {
        match self.0.lock() {
            Ok(mut turns) => turns.entry(org.clone()).or_default().clone(),
            Err(poisoned) => poisoned.into_inner().entry(org.clone()).or_default().clone(),
        }
    }
}

/// What each peer could pull of this node's own words, counted. Who signs in here, or reads what, is not in it, nor
/// anything of a case that the peer is no party of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News(BTreeMap<OrgName, u64>);

impl News {
    /// For whom there is more, or other, than there was.
    fn since<'a>(&'a self, told: &'a News) -> impl Iterator<Item = (&'a OrgName, u64)> {
        let now = self.0.iter().map(|(org, size)| (org, *size));
        now.filter(|(org, size)| told.0.get(*org) != Some(size))
    }
}

/// Waits for all, side by side.
async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        let mut pending = false;
        for (future, slot) in waiting.iter_mut().zip(&mut done) {
            if slot.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(output) => *slot = Some(output),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            return Poll::Pending;
        }
        Poll::Ready(done.iter_mut().filter_map(Option::take).collect())
    })
    .await
}

impl Node {
    /// Keeps up with peers until it is dropped, and destroys what is over. Without `pull_every_s` it does only the
    /// second: what was given for a time is not kept longer where nobody pulls.
    pub async fn run_peers(self: &Arc<Self>) {
        let node = Arc::clone(self);
        // It ends by itself, or when the node is closed.
        drop(tokio::task::spawn_blocking(move || node.learn_missing_names()));
        // A task of its own, which ends with this one: neither hunts nor pulls wait for a question, nor it for them.
        let mut asking = JoinSet::new();
        let node = Arc::clone(self);
        asking.spawn(async move { node.keep_asking().await });
        let Some(every_s) = self.config.pull_every_s else {
            tokio::join!(self.keep_destroying(DESTROY_EVERY), self.keep_hunting());
            return;
        };
        tokio::join!(
            self.keep_up(Duration::from_secs(every_s.max(1))),
            self.keep_destroying(DESTROY_EVERY),
            self.keep_hunting()
        );
    }

    /// Pulls from peers, and tells them when something changed here, until it is dropped.
    pub async fn keep_up(self: &Arc<Self>, every: Duration) {
        tokio::join!(self.keep_pulling(every), self.keep_telling());
    }

    /// One task for each peer that is being pulled; whoever is still busy is left out of the next round.
    async fn keep_pulling(self: &Arc<Self>, every: Duration) {
        let mut tasks: JoinSet<(OrgName, Result<Pulled>)> = JoinSet::new();
        let mut busy: BTreeSet<OrgName> = BTreeSet::new();
        let mut due: BTreeSet<OrgName> = self.confirmed().await;
        let mut tick = tokio::time::interval_at(Instant::now() + every, every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            for org in std::mem::take(&mut due) {
                // Asked for while it is being pulled: once more afterwards.
                if busy.insert(org.clone()) {
                    let node = self.clone();
                    tasks.spawn(async move {
                        let outcome = node.pull(&org).await;
                        (org, outcome)
                    });
                } else if let Ok(mut nudged) = self.nudged.lock() {
                    nudged.insert(org);
                }
            }
            tokio::select! {
                Some(ended) = tasks.join_next() => match ended {
                    Ok((org, outcome)) => {
                        busy.remove(&org);
                        if let Err(error) = outcome {
                            tracing::warn!(peer = %org, %error, "pull failed");
                        }
                        due.extend(self.take_nudged(Some(&org)));
                    }
                    Err(error) => {
                        tracing::error!(%error, "a pull ended by itself");
                        busy.clear();
                    }
                },
                () = self.nudges.notified() => due.extend(self.take_nudged(None)),
                _ = tick.tick() => {
                    due = self.confirmed().await;
                    due.retain(|org| !busy.contains(org));
                }
            }
        }
    }

    /// Whose nudges are waiting: of one peer, or of all.
    fn take_nudged(&self, org: Option<&OrgName>) -> BTreeSet<OrgName> {
        let Ok(mut nudged) = self.nudged.lock() else {
            return BTreeSet::new();
        };
        match org {
            Some(org) => nudged.take(org).into_iter().collect(),
            None => std::mem::take(&mut nudged),
        }
    }

    async fn confirmed(&self) -> BTreeSet<OrgName> {
        let Ok(state) = self.read().await else {
            tracing::error!("pulling is not possible");
            return BTreeSet::new();
        };
        let confirmed = state.peers.values().filter(|peer| peer.is_confirmed());
        confirmed.map(|peer| peer.org.clone()).collect()
    }

    /// Pulls from every confirmed peer, side by side. One that cannot be reached does not hold up the others.
    pub async fn pull_all(&self) -> Result<Vec<(OrgName, Result<Pulled>)>> {
        drop(self.read().await?);
        let orgs = self.confirmed().await.into_iter();
        let pulls = orgs.map(|org| async {
            let outcome = self.pull(&org).await;
            (org, outcome)
        });
        Ok(all(pulls).await)
    }

    /// Tells peers soon after a change, and no more often than [`NUDGE_EVERY`]. One task for each that is being told:
    /// whoever does not answer holds up nobody else, and is told of what came meanwhile when it has ended.
    async fn keep_telling(self: &Arc<Self>) {
        let mut changes = self.changed.subscribe();
        let mut told = self.news().await.unwrap_or_default();
        let mut tasks: JoinSet<OrgName> = JoinSet::new();
        let mut busy: BTreeSet<OrgName> = BTreeSet::new();
        let mut next = Instant::now();
        loop {
            tokio::select! {
                Some(ended) = tasks.join_next() => match ended {
                    Ok(org) => drop(busy.remove(&org)),
                    Err(error) => {
                        tracing::error!(%error, "telling a peer ended by itself");
                        busy.clear();
                    }
                },
                changed = changes.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    tokio::time::sleep_until(next.max(Instant::now() + NUDGE_AFTER)).await;
                }
            }
            next = Instant::now() + NUDGE_EVERY;
            changes.borrow_and_update();
            let news = match self.news().await {
                Ok(news) => news,
                Err(error) => {
                    tracing::error!(%error, "peers cannot be told");
                    continue;
                }
            };
            let due: Vec<(OrgName, u64)> = news
                .since(&told)
                .filter(|(org, _)| !busy.contains(*org))
                .map(|(org, size)| (org.clone(), size))
                .collect();
            for (org, size) in due {
                busy.insert(org.clone());
                told.0.insert(org.clone(), size);
                let node = Arc::clone(self);
                tasks.spawn(async move {
                    node.nudge(&org).await;
                    org
                });
            }
        }
    }

    /// What each confirmed peer could pull, counted.
    pub async fn news(&self) -> Result<News> {
        let state = self.read().await?;
        let mut news = BTreeMap::new();
        for peer in state.peers.values().filter(|peer| peer.is_confirmed()) {
            let readable =
                |id: LedgerId| super::answer::followed(&state, &peer.org, id).map_or(0, |of| of.size);
            let own = state.ledgers.values().filter(|ledger| ledger.own);
            let written: u64 = own.map(|ledger| readable(ledger.id)).sum();
            let released = state
                .releases_to(&peer.org)
                .map(|(_, releases)| releases.len() as u64);
            news.insert(peer.org.clone(), written + released.sum::<u64>());
        }
        Ok(News(news))
    }

    /// Tells those peers for whom there is something new since `told`, side by side; what there is now. Who cannot be
    /// reached finds out by its next pull.
    pub async fn tell_peers(&self, told: &News) -> Result<News> {
        let news = self.news().await?;
        all(news.since(told).map(|(org, _)| self.nudge(org))).await;
        Ok(news)
    }

    /// Tells a peer that there is something new, if it is confirmed still.
    async fn nudge(&self, org: &OrgName) {
        let peer = match self.read().await {
            Ok(state) => state.peers.get(org).filter(|peer| peer.is_confirmed()).cloned(),
            Err(_) => None,
        };
        let Some(peer) = peer else { return };
        if let Err(error) = self.ask::<_, Nothing>(&peer, "/peer/v1/nudge", &Nothing {}).await {
            tracing::debug!(peer = %org, %error, "nudge did not arrive");
        }
    }

    /// Pulls from a peer at the word of the operator.
    pub async fn pull_now(&self, who: &SignedIn, org: &OrgName) -> Result<Pulled> {
        Act::ManagePeers.ask(who)?;
        self.pull(org).await
    }

    /// Host and port of this node's address, as signatures of requests to it cover them.
    pub fn authority(&self) -> Result<String> {
        let target = accord_client::Target {
            url: self.config.url.clone(),
            key: self.keys.peer.verifying_key(),
        };
        Ok(target.authority()?)
    }

    /// Signs an answer to a peer's request with this node's peer key.
    pub fn sign_answer(
        &self,
        status: u16,
        body: &[u8],
        request: &RequestParts<'_>,
        headers: &SignatureHeaders,
    ) -> SignatureHeaders {
        let params = Parameters {
            created: self.now_ms() / 1_000,
            nonce: hex::encode(self.random::<16>()),
            keyid: self.config.org.to_string(),
        };
        sign_answer(
            &AnswerParts { status, body },
            request,
            headers,
            &params,
            &self.keys.peer,
        )
    }
}
