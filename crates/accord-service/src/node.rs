//! A running node: its state in memory, and the one way to change it.
//!
//! Invariants:
//! - [`Node::act`] holds the state alone while a use case changes it and the batch is committed, so that nobody
//!   sees what is not on the disk.
//! - A use case that fails after it changed something is undone by reading the state from the disk again.
//! - After a failed commit the node answers nothing more: it must start again from the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use accord_client::{FeedClient, PeerClient};
use accord_logstore::LogStore;
use accord_model::PersonId;
use accord_store::{AccessLine, Batch, Faults, Store, StoreError};
use accord_verdict::{Clock, Snapshots};
use tokio::sync::{Notify, RwLock, RwLockReadGuard};

use crate::config::NodeConfig;
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::keys::{self, NodeKeys};
use crate::people::SignedIn;
use crate::ports::Ports;

/// The folder of the log store, in the node's own.
pub(crate) const LOGS: &str = "logs";

/// A running node. Shared by everything that serves it.
#[derive(Debug)]
pub struct Node {
    /// What it was told.
    pub config: NodeConfig,
    pub(crate) keys: NodeKeys,
    pub(crate) store: Store,
    pub(crate) logs: Arc<LogStore>,
    /// The names that they hold, shared with the state.
    pub(crate) logged: Arc<crate::protection::Logged>,
    pub(crate) client: PeerClient,
    pub(crate) feed_client: FeedClient,
    pub(crate) feed_pulls: crate::feeds::Pulls,
    pub(crate) nudges: Notify,
    /// The peers whose nudges have not been answered by a pull yet.
    pub(crate) nudged: std::sync::Mutex<std::collections::BTreeSet<accord_model::OrgName>>,
    pub(crate) fetches: std::sync::Mutex<crate::peers::Fetches>,
    pub(crate) pulling: crate::peers::Turns,
    pub(crate) nonces: std::sync::Mutex<crate::peers::Nonces>,
    pub(crate) started_ms: u64,
    pub(crate) changed: tokio::sync::watch::Sender<u64>,
    ports: Ports,
    state: RwLock<State>,
    broken: AtomicBool,
    decoy: String,
    pub(crate) hashing: crate::people::Hashing,
    pub(crate) jobs: crate::jobs::Jobs<()>,
    pub(crate) lookups: crate::jobs::Jobs<crate::holders::Found>,
    pub(crate) own_hunting: crate::own_hunts::OwnHunting,
    pub(crate) sql: crate::sql::Sql,
    pub(crate) log_watch: crate::log_matches::LogWatch,
    /// A log came in: standing hunts look.
    pub(crate) new_logs: Notify,
    /// A log came in: standing questions in SQL are asked.
    pub(crate) ask_again: Notify,
    pub(crate) collecting: crate::collecting::Collecting,
    /// Notes that inboxes looked at for what waits to be released, counted.
    pub(crate) looked_through: std::sync::atomic::AtomicU64,
    /// What is served to whoever asks for verdicts.
    pub verdicts: Snapshots,
    /// Stories of what is new and grows.
    pub(crate) emerging: crate::emerging::Emerging,
    pub(crate) compiled: tokio::sync::Mutex<crate::protection::Compiled>,
    pub(crate) custodian: crate::victims::CustodianKey,
    pub(crate) watch: crate::victims::Watch,
    pub(crate) notices: crate::notices::Notices,
}

/// Lines for the access log, made where the use case is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Log {
    now_ms: u64,
}

impl Log {
    fn line(self, batch: &mut Batch, actor: String, what: &str, subject: &str) {
        let record = serde_json::json!({ "what": what, "subject": subject });
        batch.access(AccessLine {
            at_ms: self.now_ms,
            actor,
            record,
        });
    }

    /// A person did something to something.
    pub fn person(self, batch: &mut Batch, who: &SignedIn, what: &str, subject: &str) {
        self.line(batch, who.person.to_string(), what, subject);
    }

    /// A person did something to something, before there is a session.
    pub fn entering(self, batch: &mut Batch, person: PersonId, what: &str, subject: &str) {
        self.line(batch, person.to_string(), what, subject);
    }

    /// Somebody did something, and it is not known who.
    pub fn nobody(self, batch: &mut Batch, what: &str, subject: &str) {
        self.line(batch, "nobody".to_owned(), what, subject);
    }

    /// Somebody at the node's own machine did something to something.
    pub fn machine(self, batch: &mut Batch, what: &str, subject: &str) {
        self.line(batch, crate::machine::MACHINE_ACTOR.to_owned(), what, subject);
    }

    /// The node did something by itself, as somebody decided before or because its time had come.
    pub fn node(self, batch: &mut Batch, what: &str, subject: &str) {
        self.line(batch, "the node".to_owned(), what, subject);
    }

    /// A collector brought something in.
    pub fn collector(self, batch: &mut Batch, name: &str, what: &str, subject: &str) {
        self.line(batch, format!("collector:{name}"), what, subject);
    }

    /// A service account of an organisation was given or did something.
    pub fn service(
        self,
        batch: &mut Batch,
        account: &str,
        org: &accord_model::OrgName,
        what: &str,
        subject: &str,
    ) {
        self.line(batch, format!("service:{account} of {org}"), what, subject);
    }

    /// An edge of an audience was given or did something.
    pub fn edge(self, batch: &mut Batch, name: &str, audience: &str, what: &str, subject: &str) {
        self.line(batch, format!("edge:{name} of {audience}"), what, subject);
    }

    /// A peer was given or did something.
    pub fn peer(self, batch: &mut Batch, org: &str, what: &str, subject: &str) {
        self.line(batch, format!("peer:{org}"), what, subject);
    }
}

/// Lines for what was refused because it names a victim.
fn log_refused(batch: &mut Batch, now_ms: u64, refused: &[crate::victims::Refused]) {
    let log = Log { now_ms };
    for one in refused {
        let subject = format!("{} {}", one.check, one.case);
        let actor = one
            .by
            .map_or_else(|| "nobody".to_owned(), |person| person.to_string());
        log.line(batch, actor, "victim.named-and-refused", &subject);
    }
}

/// Marks the node broken unless the change comes through.
struct Abandoned<'a>(Option<&'a AtomicBool>);

impl Abandoned<'_> {
    fn come_through(mut self) {
        self.0 = None;
    }
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        if let Some(broken) = self.0 {
            broken.store(true, Ordering::SeqCst);
        }
    }
}

impl Node {
    /// Starts a node from its folder. Starting after a crash is no different.
    pub async fn open(config: NodeConfig, ports: Ports, faults: Faults) -> Result<Arc<Self>> {
        crate::folder::close_to_others(&config.dir)?;
        let keys = keys::load(&config.dir, &config.org)?;
        let custodian = crate::victims::CustodianKey::load_or_make(&config.dir, &ports)?;
        let store = Store::open(&config.dir.join("node.db"), faults).await?;
        let logs_dir = config.dir.join(LOGS);
        let logs = tokio::task::spawn_blocking(move || LogStore::open(&logs_dir))
            .await
            .map_err(|_| ServiceError::Unexplained("the log store could not be opened".into()))??;
        let decoy = crate::people::decoy(config.password_cost)?;
        let mut state = State::load(&store, &config, ports.now_ms()).await?;
        let logged = Arc::new(crate::protection::load_logged(&config.dir, &logs, ports.now_ms()));
        state.logged = Arc::clone(&logged);
        let emerging = crate::emerging::restore(&store, &config.dir, ports.now_ms()).await?;
        let started_ms = ports.now_ms();
        let clock = ports.clone();
        let verdicts = Snapshots::new(Clock::new(move || clock.now_ms()));
        state.audiences.configure_all(&verdicts)?;
        let node = Arc::new(Self {
            keys,
            store,
            logs: Arc::new(logs),
            logged,
            client: PeerClient::new()?,
            feed_client: FeedClient::new(&config.feeds_inside, &config.feed_keys)
                .map_err(|error| ServiceError::invalid("feeds", error))?,
            log_watch: crate::log_matches::LogWatch::default(),
            feed_pulls: crate::feeds::Pulls::default(),
            nudges: Notify::new(),
            nudged: std::sync::Mutex::default(),
            fetches: std::sync::Mutex::default(),
            pulling: crate::peers::Turns::default(),
            nonces: std::sync::Mutex::default(),
            started_ms,
            changed: tokio::sync::watch::Sender::new(0),
            ports,
            state: RwLock::new(state),
            broken: AtomicBool::new(false),
            decoy,
            hashing: crate::people::Hashing::default(),
            jobs: crate::jobs::Jobs::default(),
            lookups: crate::jobs::Jobs::default(),
            own_hunting: crate::own_hunts::OwnHunting::default(),
            sql: crate::sql::Sql::default(),
            new_logs: Notify::new(),
            ask_again: Notify::new(),
            collecting: crate::collecting::Collecting::default(),
            looked_through: std::sync::atomic::AtomicU64::new(0),
            verdicts,
            emerging: crate::emerging::Emerging::restored(emerging),
            compiled: tokio::sync::Mutex::default(),
            custodian,
            watch: crate::victims::Watch::default(),
            notices: crate::notices::Notices::default(),
            config,
        });
        node.carry_certificate().await?;
        node.teach_again().await?;
        Ok(node)
    }

    /// Since when this node runs, ms UTC.
    pub fn started_ms(&self) -> u64 {
        self.started_ms
    }

    /// Now, ms UTC.
    pub fn now_ms(&self) -> u64 {
        self.ports.now_ms()
    }

    /// Time and randomness, for what runs beside the node.
    pub(crate) fn ports(&self) -> Ports {
        self.ports.clone()
    }

    /// Fresh random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        self.ports.random()
    }

    pub(crate) fn decoy_hash(&self) -> &str {
        &self.decoy
    }

    /// Whether the node can still answer.
    pub fn is_healthy(&self) -> bool {
        !self.broken.load(Ordering::SeqCst) && !self.store.is_poisoned()
    }

    /// Looks at the state.
    pub(crate) async fn read(&self) -> Result<RwLockReadGuard<'_, State>> {
        let mut state = self.state.read().await;
        if state.is_due(self.now_ms()) {
            drop(state);
            self.state.write().await.refold_due(self.now_ms());
            state = self.state.read().await;
        }
        if self.is_healthy() {
            Ok(state)
        } else {
            Err(StoreError::Poisoned.into())
        }
    }

    /// Changes the state: `change` alters it and fills the batch with the same changes, and returns before anybody
    /// sees either. An error undoes both.
    pub(crate) async fn act<T>(
        &self,
        change: impl FnOnce(&mut State, &mut Batch, Log) -> Result<T>,
    ) -> Result<T> {
        let mut state = self.state.write().await;
        if !self.is_healthy() {
            return Err(StoreError::Poisoned.into());
        }
        // A change that is abandoned half way (a panic, a caller that went away) leaves a state that is not on the
        // disk: the node answers nothing more.
        let abandoned = Abandoned(Some(&self.broken));
        let mut batch = Batch::new();
        let now_ms = self.now_ms();
        state.refold_due(now_ms);
        let outcome = change(&mut state, &mut batch, Log { now_ms });
        let outcome = outcome.and_then(|value| self.seal(&mut state, &mut batch).map(|()| value));
        let refused = self.watch.take_refused();
        let outcome = match outcome {
            Ok(value) => {
                log_refused(&mut batch, now_ms, &refused);
                let wrote = !batch.is_empty();
                if let Err(error) = self.store.commit(batch).await {
                    self.broken.store(true, Ordering::SeqCst);
                    return Err(error.into());
                }
                if wrote {
                    self.changed.send_modify(|count| *count += 1);
                }
                Ok(value)
            }
            Err(error) => {
                if !batch.is_empty() {
                    match State::load(&self.store, &self.config, now_ms).await {
                        Ok(loaded) => {
                            *state = loaded;
                            state.logged = Arc::clone(&self.logged);
                        }
                        Err(_) => self.broken.store(true, Ordering::SeqCst),
                    }
                }
                // What is undone leaves no trace but this: that it was refused because it names a victim.
                if !refused.is_empty() && self.is_healthy() {
                    let mut lines = Batch::new();
                    log_refused(&mut lines, now_ms, &refused);
                    if let Err(failed) = self.store.commit(lines).await {
                        self.broken.store(true, Ordering::SeqCst);
                        return Err(failed.into());
                    }
                }
                Err(error)
            }
        };
        abandoned.come_through();
        outcome
    }

    /// Writes to the access log only.
    pub(crate) async fn note_access(&self, who: &SignedIn, what: &str, subject: &str) -> Result<()> {
        self.act(|_, batch, log| {
            log.person(batch, who, what, subject);
            Ok(())
        })
        .await
    }

    /// Stops the collectors, with all that was received durable, saves the stories and closes the database; the node
    /// answers nothing more.
    pub async fn close(&self) {
        self.stop_collecting().await;
        if self.is_healthy()
            && let Err(error) = self.save_stories().await
        {
            tracing::error!(%error, "the stories could not be saved: they go on from what was saved before");
        }
        self.broken.store(true, Ordering::SeqCst);
        self.store.close().await;
    }
}
