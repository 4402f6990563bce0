//! An edge: a verdict cache near the customers (`docs/spec/edge.md`).
//!
//! It follows one audience of one node, answers from memory whether or not the node is there, and gives back what was
//! seen. The serving is `accord-verdict`'s own: an edge answers what its node would have.
//!
//! - [`folder`]: the disk, one folder to an edge.
//! - [`kept`]: verdicts on the disk, for a start without the node.
//! - [`outbox`]: sightings that wait to be given.
//! - here: following, giving, and how both go on when the node is away.
//!
//! Invariants:
//! - What cannot be read, or does not fit what the edge has, changes nothing: the verdicts in force stay.
//! - Nothing is answered before there are verdicts.
//! - No edge knows of another.
//!
//! Deliberately absent: TLS towards customers (a proxy's), policy zones (the node's), stopping to block what is old: an
//! edge says how old it is, and whoever asks decides.

pub mod folder;
pub mod kept;
pub mod outbox;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use accord_client::{EdgeClient, EdgeClientError};
use accord_verdict::limits::EDGE_OLD_SECONDS;
use accord_verdict::{
    AnswerError, AudienceConfig, Clock, ConfigError, Decoded, Decoder, DnsConfig, EdgeCount, EdgeId,
    PublishError, Sighting, Snapshots, Taken, TokenDigest, is_edge_name,
};

use folder::{Faults, Folder};
use kept::Kept;
use outbox::Outbox;

/// The audience of an edge, as it calls it itself.
pub const AUDIENCE: &str = "edge";
/// How often what was seen is put on the disk and given.
pub const GIVE_EVERY: Duration = Duration::from_secs(5);
/// How long an edge waits after a question that failed: at first, and at most.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];
/// How long an edge waits after it was told at once that there is nothing new.
const NOTHING_NEW_PAUSE: Duration = Duration::from_secs(1);
/// How often it is kept on the disk when the node was heard, milliseconds.
const KEEP_HEARD_EVERY_MS: u64 = 10_000;

/// What an edge is told.
#[derive(Debug)]
pub struct EdgeConfig {
    /// Its folder.
    pub dir: PathBuf,
    /// The address of its node: https://HOST[:PORT], or http:// on the loopback.
    pub source: String,
    /// The token of the audience's edges.
    pub token: String,
    /// What it calls itself: 1 to 40 of a-z, 0-9 and -.
    pub name: String,
    /// Answers over DNS.
    pub dns: Option<DnsConfig>,
}

/// Why an edge cannot be.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// Its name.
    #[error("\"{0}\" is no name of an edge: 1 to 40 of a-z, 0-9 and -")]
    Name(String),
    /// Its folder.
    #[error("{path}: {source}")]
    Folder {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Its node's address.
    #[error(transparent)]
    Source(#[from] EdgeClientError),
    /// Its zone or networks.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Why a question to the node brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The node did not answer, or said no.
    #[error(transparent)]
    Source(#[from] EdgeClientError),
    /// What it answered cannot be used.
    #[error("the node's answer is not used: {0}")]
    Answer(#[from] AnswerError),
    /// What it answered does not fit.
    #[error("the node's answer is not used: {0}")]
    Listings(#[from] PublishError),
    /// The edge cannot serve it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The edge's own work ended.
    #[error("the edge could not finish: {0}")]
    Own(String),
}

/// A running edge. Cheap to clone; every clone is the same.
#[derive(Debug, Clone)]
pub struct Edge {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    snapshots: Snapshots,
    client: EdgeClient,
    clock: Clock,
    id: String,
    name: String,
    dns: Option<DnsConfig>,
    served: Mutex<Served>,
    outbox: Mutex<Outbox>,
}

/// What is served, and what is on the disk of it.
#[derive(Debug)]
struct Served {
    kept: Kept,
    /// None: nothing is served yet.
    tokens: Option<Vec<TokenDigest>>,
    heard_kept_ms: u64,
}

impl Edge {
    /// Opens an edge's folder, and serves what it finds there. `fresh` names the edge if the folder is new.
    ///
    /// # Errors
    /// [`EdgeError`]. Damage in the folder is none: it is set aside and said.
    pub fn open(config: EdgeConfig, clock: Clock, fresh: EdgeId) -> Result<Edge, EdgeError> {
        if !is_edge_name(&config.name) {
            return Err(EdgeError::Name(config.name));
        }
        let client = EdgeClient::new(&config.source, config.token)?;
        let failed = |source| EdgeError::Folder {
            path: config.dir.display().to_string(),
            source,
        };
        let folder = Arc::new(Folder::open(&config.dir, Faults::none()).map_err(failed)?);
        let (outbox, damaged) = Outbox::open(folder.clone(), &config.name, fresh).map_err(failed)?;
        let (kept, found) = Kept::open(folder).map_err(failed)?;
        for words in damaged.iter().chain(&found.damaged) {
            tracing::warn!("{words}");
        }
        let edge = Edge {
            inner: Arc::new(Inner {
                snapshots: Snapshots::new(clock.clone()),
                client,
                clock,
                id: outbox.edge().to_owned(),
                name: config.name,
                dns: config.dns,
                served: Mutex::new(Served {
                    kept,
                    tokens: None,
                    heard_kept_ms: 0,
                }),
                outbox: Mutex::new(outbox),
            }),
        };
        // Zone and networks are checked before anything is served.
        edge.configure(&[], edge.inner.dns.clone())?;
        edge.configure(&[], None)?;
        for decoded in found.verdicts {
            let tokens = decoded.head.tokens.clone();
            match edge.inner.snapshots.follow(AUDIENCE, decoded) {
                Ok(()) => edge.serve(tokens)?,
                Err(error) => tracing::warn!(%error, "what the folder has cannot be used"),
            }
        }
        // Heard once, and not known when: it is as old as can be.
        let heard = edge.inner.snapshots.heard(AUDIENCE, found.heard_ms.unwrap_or(0));
        debug_assert!(heard.is_ok(), "the audience was configured above");
        Ok(edge)
    }

    /// What it serves: for the servers.
    pub fn snapshots(&self) -> &Snapshots {
        &self.inner.snapshots
    }

    /// Which edge this is, as its node knows it.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// Whether there are verdicts to answer from.
    pub fn is_serving(&self) -> bool {
        self.served().tokens.is_some()
    }

    /// Batches of sightings that the node has not counted yet, as far as the edge knows.
    pub fn waiting_batches(&self) -> usize {
        self.outbox().waiting()
    }

    fn served(&self) -> MutexGuard<'_, Served> {
        self.inner.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.inner.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn configure(&self, tokens: &[TokenDigest], dns: Option<DnsConfig>) -> Result<(), ConfigError> {
        self.inner.snapshots.configure(AudienceConfig {
            name: AUDIENCE.to_owned(),
            tokens: tokens.to_vec(),
            edges: Vec::new(),
            dns,
            serial_floor: 0,
        })
    }

    /// Answers whoever has these tokens, and over DNS, from now on.
    fn serve(&self, tokens: Vec<TokenDigest>) -> Result<(), ConfigError> {
        let mut served = self.served();
        if served.tokens.as_ref() != Some(&tokens) {
            self.configure(&tokens, self.inner.dns.clone())?;
            served.tokens = Some(tokens);
        }
        Ok(())
    }

    /// Asks the node once, and takes what it says: whether there was anything new.
    ///
    /// # Errors
    /// [`FollowError`]; what is served stays as it is.
    pub async fn follow_once(&self) -> Result<bool, FollowError> {
        match self.ask(self.is_serving()).await {
            // What it has and what the node has are two histories: everything anew.
            Err(FollowError::Listings(PublishError::Diverged)) => self.ask(false).await,
            other => other,
        }
    }

    async fn ask(&self, has: bool) -> Result<bool, FollowError> {
        let inner = &self.inner;
        let audience = inner.snapshots.audience(AUDIENCE);
        let since = audience.filter(|_| has).map(|audience| {
            let told = self.served().tokens.clone().unwrap_or_default();
            let listings = audience.snapshot().digest().to_string();
            (listings, TokenDigest::of_all(&told))
        });
        let since = since
            .as_ref()
            .map(|(listings, tokens)| (listings.as_str(), tokens.as_str()));
        let answer = inner.client.ask(&inner.id, &inner.name, since).await?;
        let decoded = match answer {
            None => None,
            Some(mut answer) => {
                let mut decoder = Decoder::default();
                while let Some(piece) = answer.piece().await? {
                    if decoder.push(&piece)? < piece.len() {
                        return Err(AnswerError::TooMuch("bytes behind its end").into());
                    }
                }
                Some(decoder.finish()?)
            }
        };
        let edge = self.clone();
        // Seconds for millions of listings, and the disk: not on a thread that serves others.
        tokio::task::spawn_blocking(move || edge.take(decoded))
            .await
            .map_err(|error| FollowError::Own(error.to_string()))?
    }

    fn take(&self, decoded: Option<Decoded>) -> Result<bool, FollowError> {
        let inner = &self.inner;
        let now_ms = inner.clock.now_ms();
        let is_new = decoded.is_some();
        if let Some(decoded) = decoded {
            let tokens = decoded.head.tokens.clone();
            let changes = decoded.head.from.is_some().then(|| decoded.clone());
            inner.snapshots.follow(AUDIENCE, decoded)?;
            self.serve(tokens.clone())?;
            let snapshot = inner
                .snapshots
                .audience(AUDIENCE)
                .map(|audience| audience.snapshot());
            if let Some(snapshot) = snapshot {
                let mut served = self.served();
                let done = match &changes {
                    Some(changes) => served.kept.add(changes, &snapshot, &tokens),
                    None => served.kept.replace(&snapshot, &tokens),
                };
                if let Err(error) = done {
                    tracing::warn!(%error, "verdicts are in force and could not be kept on the disk");
                }
            }
        }
        inner.snapshots.heard(AUDIENCE, now_ms)?;
        let mut served = self.served();
        if now_ms.saturating_sub(served.heard_kept_ms) >= KEEP_HEARD_EVERY_MS {
            served.heard_kept_ms = now_ms;
            if let Err(error) = served.kept.heard(now_ms) {
                tracing::warn!(%error, "when the node was heard could not be kept on the disk");
            }
        }
        Ok(is_new)
    }

    /// Follows the node until this is dropped.
    pub async fn run_following(&self) {
        let mut failed = 0_usize;
        loop {
            let asked = Instant::now();
            match self.follow_once().await {
                Ok(is_new) => {
                    if failed > 0 {
                        tracing::info!("the node is heard again");
                    }
                    failed = 0;
                    // A node waits before it says so, unless it ends: it is not asked without a pause.
                    if !is_new && asked.elapsed() < NOTHING_NEW_PAUSE {
                        tokio::time::sleep(NOTHING_NEW_PAUSE).await;
                    }
                }
                Err(error) => {
                    if failed == 0 {
                        tracing::warn!(%error, "the node is not heard; what is served stays, and says after {EDGE_OLD_SECONDS} s that it is old");
                    } else {
                        tracing::debug!(%error, "the node is not heard");
                    }
                    let pause = PAUSES.get(failed.min(PAUSES.len() - 1)).copied();
                    failed = failed.saturating_add(1);
                    tokio::time::sleep(pause.unwrap_or(GIVE_EVERY)).await;
                }
            }
        }
    }

    /// Puts what was seen since the last time on the disk.
    ///
    /// # Errors
    /// Those of the file system; what could not be put there waits in memory.
    pub fn keep_seen(&self) -> std::io::Result<()> {
        let taken = self.inner.snapshots.take_sightings();
        if taken.is_empty() {
            return Ok(());
        }
        let counts = taken.into_iter().map(|one| EdgeCount {
            day: one.day,
            indicator: one.indicator,
            count: one.count,
        });
        let (left, kept) = self.outbox().put(counts.collect());
        let left = left.into_iter().map(|one| Sighting {
            audience: AUDIENCE.to_owned(),
            indicator: one.indicator,
            day: one.day,
            count: one.count,
        });
        self.inner.snapshots.put_back_sightings(left.collect());
        kept
    }

    /// Gives the node one batch that waits: whether there was one.
    ///
    /// # Errors
    /// [`FollowError`]; it is given again.
    pub async fn give_once(&self) -> Result<bool, FollowError> {
        let Some((_, bytes)) = self.outbox().first() else {
            return Ok(false);
        };
        let reply = self.inner.client.give(bytes).await?;
        let taken: Taken =
            serde_json::from_slice(&reply).map_err(|_| FollowError::Source(EdgeClientError::Refused(200)))?;
        let edge = self.clone();
        let removed = tokio::task::spawn_blocking(move || edge.outbox().taken(taken.last)).await;
        removed
            .map_err(|error| FollowError::Own(error.to_string()))?
            .map_err(|error| FollowError::Own(error.to_string()))?;
        Ok(true)
    }

    /// Puts what was seen on the disk, and gives it, until this is dropped.
    pub async fn run_giving(&self) {
        loop {
            let edge = self.clone();
            let kept = tokio::task::spawn_blocking(move || edge.keep_seen()).await;
            if let Ok(Err(error)) = kept {
                tracing::warn!(%error, "what was seen could not be kept on the disk; it waits in memory");
            }
            loop {
                let before = self.waiting_batches();
                match self.give_once().await {
                    Ok(true) if self.waiting_batches() < before => {}
                    Ok(_) => break,
                    Err(error) => {
                        tracing::debug!(%error, "what was seen could not be given; it waits");
                        break;
                    }
                }
            }
            tokio::time::sleep(GIVE_EVERY).await;
        }
    }
}
