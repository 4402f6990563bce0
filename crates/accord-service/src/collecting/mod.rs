//! Logs that this node collects as they are written: `accord-collect` over the log store, with what an import by a person
//! does beside.
//!
//! - `through`: where stretches become segments. `machines`: who may append beside people. `view`: what is told of it.
//!
//! Invariants:
//! - A collector is nobody's session: what it brings is recorded as brought by it, in the manifest and the access log.
//! - Who may bring logs in may append, and so may a machine with a token for that collector; nobody else.
//! - Bodies of appends that are being read hold a bounded amount of memory together.

mod machines;
mod through;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use accord_collect::{CollectSettings, Collectors, Plan};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, RwLock, Semaphore};

use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use machines::Machines;
use through::Through;
use view::Fed;
pub use view::{CollectorError, CollectorNumbers, CollectorState, CollectorView, ListensAt};

pub use machines::Machine;

/// The folder of what was received and is in no segment yet, in the node's own.
pub const SPOOL: &str = "spool";
/// The largest body of one append, bytes.
pub const APPEND_MAX_BYTES: u64 = accord_collect::limits::MAX_APPEND_BYTES as u64;
/// Bytes of appends that are being read, over all of them.
pub const APPENDS_MAX_BYTES: u64 = 4 * APPEND_MAX_BYTES;
/// How long an append waits for room to be read.
const ROOM_WAIT: Duration = Duration::from_secs(5);
const KIB: u64 = 1024;

/// Who appends.
#[derive(Debug, Clone)]
pub enum Appender {
    /// A person with a session.
    Person(Box<SignedIn>),
    /// A machine with a token of its own.
    Machine(Machine),
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendOutcome {
    /// The bytes that were sent.
    pub bytes: u64,
    /// Whether it came before under the same key, and was not kept a second time.
    pub repeated: bool,
}

/// Room for the body of one append.
#[derive(Debug)]
pub struct AppendRoom {
    _room: OwnedSemaphorePermit,
}

struct Running {
    collectors: Collectors,
    machines: Machines,
    /// One for each collector, in the order of their statuses.
    fed: Vec<Fed>,
}

/// The collectors of a node, once they were started.
pub(crate) struct Collecting {
    running: RwLock<Option<Running>>,
    room: Arc<Semaphore>,
}

impl Default for Collecting {
    fn default() -> Self {
        Self {
            running: RwLock::default(),
            room: Arc::new(Semaphore::new((APPENDS_MAX_BYTES / KIB) as usize)),
        }
    }
}

impl std::fmt::Debug for Collecting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Collecting")
    }
}

/// A path from the node's folder, where it is not absolute.
fn inside(dir: &Path, path: &mut PathBuf) {
    if path.is_relative() {
        *path = dir.join(&path);
    }
}

impl Node {
    /// Starts the collectors, or none of them: sockets are bound and files read when this returns. Files that the
    /// settings name are looked for in the node's folder, where their path is not absolute.
    ///
    /// # Errors
    /// What cannot be of the settings, and a source that does not exist, in words that say what to do.
    pub async fn start_collecting(self: &Arc<Self>, mut settings: CollectSettings) -> Result<()> {
        if settings.is_empty() {
            return Ok(());
        }
        settings.check()?;
        for (kind, name, source) in settings.feeds() {
            if self.logs.source(source).is_err() {
                let words = format!(
                    "collector `{name}` feeds the source `{source}`, which does not exist: add it with `accord log \
                     add-source {source}`, then start again"
                );
                return Err(ServiceError::invalid(format!("logs.{kind}"), words));
            }
        }
        let dir = &self.config.dir;
        for http in &mut settings.http {
            if let Some(path) = &mut http.machines_file {
                inside(dir, path);
            }
        }
        for tls in settings
            .syslog
            .iter_mut()
            .filter_map(|syslog| syslog.tls.as_mut())
        {
            inside(dir, &mut tls.certificate);
            inside(dir, &mut tls.key);
            if let Some(path) = &mut tls.client_authorities {
                inside(dir, path);
            }
        }
        let machines = Machines::read(&settings.http)?;
        let fed = view::fed(&settings);
        let store = Arc::new(Through::new(self));
        let mut plan = Plan::new(store, settings, dir.join(SPOOL));
        let ports = self.ports();
        plan.clock = Arc::new(move || i64::try_from(ports.now_ms()).unwrap_or(i64::MAX));
        let mut running = self.collecting.running.write().await;
        if running.is_some() {
            return Err(ServiceError::Conflict("this node collects already".into()));
        }
        let collectors = Collectors::start(plan).await?;
        *running = Some(Running {
            collectors,
            machines,
            fed,
        });
        Ok(())
    }

    /// Stops the collectors: no more is received, and all that was is durable when this returns.
    pub async fn stop_collecting(&self) {
        let running = self.collecting.running.write().await.take();
        if let Some(running) = running {
            running.collectors.stop().await;
        }
    }

    /// The collectors, for who runs the node.
    pub async fn collectors(&self, who: &SignedIn) -> Result<Vec<CollectorView>> {
        Act::ImportLogs.ask(who)?;
        let now_ms = i64::try_from(self.now_ms()).unwrap_or(i64::MAX);
        let running = self.collecting.running.read().await;
        let Some(running) = running.as_ref() else {
            return Ok(Vec::new());
        };
        let statuses = running.collectors.status().into_iter().zip(&running.fed);
        Ok(statuses
            .map(|(status, fed)| CollectorView::of(status, fed, now_ms))
            .collect())
    }

    /// The numbers of the collectors, for the node's own metrics. No word of a log, and of no sender, is among them.
    pub async fn collector_numbers(&self) -> Vec<CollectorNumbers> {
        let running = self.collecting.running.read().await;
        let Some(running) = running.as_ref() else {
            return Vec::new();
        };
        let statuses = running.collectors.status();
        statuses.iter().map(CollectorNumbers::of).collect()
    }

    /// The machine whose token this is, if it is one's.
    pub async fn machine(&self, token: &str) -> Option<Machine> {
        let running = self.collecting.running.read().await;
        running.as_ref()?.machines.whose(token)
    }

    /// Whether somebody may append to a collector, to be asked before a body is read.
    pub fn may_append(&self, who: &Appender, collector: &str) -> Result<()> {
        match who {
            Appender::Person(who) => Act::ImportLogs.ask(who).map(|_| ()),
            Appender::Machine(machine) => machine.must_append_to(collector),
        }
    }

    /// Room to read a body of so many bytes, or of as many as one may have where it does not say. Gives
    /// [`ServiceError::Busy`] where too many are being read.
    pub async fn room_for_append(&self, bytes: Option<u64>) -> Result<AppendRoom> {
        let bytes = bytes.unwrap_or(APPEND_MAX_BYTES).min(APPEND_MAX_BYTES);
        let kib = u32::try_from(bytes.div_ceil(KIB).max(1)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.collecting.room).acquire_many_owned(kib);
        match tokio::time::timeout(ROOM_WAIT, room).await {
            Ok(Ok(room)) => Ok(AppendRoom { _room: room }),
            Ok(Err(_)) | Err(_) => Err(ServiceError::Busy { retry_after_s: 1 }),
        }
    }

    /// Appends to a collector's source; durable when this returns. With the key of an earlier append of the same
    /// sender, within the window, it is that one, and is not kept twice.
    pub async fn append_log(
        &self,
        who: &Appender,
        collector: &str,
        key: Option<&str>,
        bytes: Vec<u8>,
    ) -> Result<AppendOutcome> {
        self.may_append(who, collector)?;
        let length = bytes.len() as u64;
        let running = self.collecting.running.read().await;
        let running = running.as_ref().ok_or(ServiceError::NotFound("collector"))?;
        let sender = who.words();
        let key = key.map(str::as_bytes);
        let durable = running.collectors.append(collector, &sender, key, bytes).await?;
        Ok(AppendOutcome {
            bytes: length,
            repeated: durable.repeated,
        })
    }
}

impl Appender {
    /// As the manifest names who sent it.
    fn words(&self) -> String {
        match self {
            Self::Machine(machine) => format!("machine {}", machine.name()),
            Self::Person(who) => {
                let named = format!("{} ({})", who.name, who.person);
                if named.len() <= accord_collect::limits::MAX_SENDER_BYTES {
                    named
                } else {
                    who.person.to_string()
                }
            }
        }
    }
}

impl From<accord_collect::Error> for ServiceError {
    fn from(error: accord_collect::Error) -> Self {
        match error {
            accord_collect::Error::NoSuchCollector(_) => Self::NotFound("collector"),
            accord_collect::Error::Store(error) => Self::Logs(error),
            error => Self::Collect(error),
        }
    }
}
