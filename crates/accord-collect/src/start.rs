//! All collectors of a node: started together, told about together, stopped together.

use std::path::PathBuf;
use std::sync::Arc;

use accord_logstore::Disk;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::{Error, Result};
use crate::files::FilesCollector;
use crate::intake::{self, Intake, Threads};
use crate::limits::{MAX_APPEND_BYTES, MAX_KEY_BYTES, MAX_SENDER_BYTES};
use crate::settings::{CollectSettings, HttpSettings, SpoolSettings};
use crate::spool::{Appended, Log, Sender, SpoolPlan, bytes_digest, key_digest};
use crate::status::{CollectorStatus, Status};
use crate::stop::{Clock, Stop, system_clock};
use crate::store::Store;
use crate::{spool, syslog};

/// What collecting is started with.
pub struct Plan {
    /// Where segments go.
    pub store: Arc<dyn Store>,
    /// What is collected.
    pub settings: CollectSettings,
    /// The folder of the spool: on a disk that keeps what is synced. Its parent must exist.
    pub spool: PathBuf,
    /// The clock.
    pub clock: Clock,
    /// The disk under the spool; with faults in tests.
    pub disk: Disk,
}

impl Plan {
    /// With the system's clock and disk.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, settings: CollectSettings, spool: PathBuf) -> Self {
        Self {
            store,
            settings,
            spool,
            clock: system_clock(),
            disk: Disk::default(),
        }
    }
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durable {
    /// Whether it came before under the same key, and was not kept a second time.
    pub repeated: bool,
}

/// Running collectors. [`Collectors::stop`] waits until all that was received is durable; so does dropping, blocking.
pub struct Collectors {
    stop: Stop,
    stop_tasks: watch::Sender<bool>,
    tasks: JoinSet<()>,
    intakes: Vec<(Appendable, Intake)>,
    threads: Vec<std::thread::JoinHandle<()>>,
    statuses: Vec<Status>,
}

/// Whether others than the collector itself may append.
enum Appendable {
    No,
    As(String),
}

impl Collectors {
    /// Starts all collectors, or none: sockets are bound, certificates read and spools opened when this returns.
    ///
    /// # Errors
    /// [`Error::Setting`], [`Error::Tls`], [`Error::Socket`], [`Error::Unexplained`] where something foreign lies in the
    /// spool, those of the store (a source that does not exist) and of the file system.
    pub async fn start(plan: Plan) -> Result<Self> {
        plan.settings.check()?;
        let (stop_tasks, stopped) = watch::channel(false);
        let mut collectors = Self {
            stop: Stop::default(),
            stop_tasks,
            tasks: JoinSet::new(),
            intakes: Vec::new(),
            threads: Vec::new(),
            statuses: Vec::new(),
        };
        for settings in plan.settings.files.clone() {
            let status = collectors.status_of(&settings.name, "files", &settings.source);
            let store = Arc::clone(&plan.store);
            let collector = FilesCollector::new(settings, store, status, plan.clock.clone())?;
            let stop = collectors.stop.clone();
            let thread = std::thread::Builder::new()
                .name("collect-files".to_owned())
                .spawn(move || collector.run(&stop))
                .map_err(Error::file("start a thread for", "files"))?;
            collectors.threads.push(thread);
        }
        for settings in plan.settings.syslog.clone() {
            let status = collectors.status_of(&settings.name, "syslog", &settings.source);
            let spool = settings.spool.clone();
            let of = (settings.name.as_str(), settings.source.as_str());
            let intake = collectors.spool(&plan, of, spool, settings.max_senders, 1, &status)?;
            collectors.intakes.push((Appendable::No, intake.clone()));
            let (clock, tasks) = (plan.clock.clone(), &mut collectors.tasks);
            syslog::start(settings, intake, status, clock, &stopped, tasks).await?;
        }
        for settings in &plan.settings.http {
            let HttpSettings {
                name,
                source,
                machines_file: _,
                key_window_s,
                max_senders,
                spool,
            } = settings;
            let status = collectors.status_of(name, "http", source);
            let intake = collectors.spool(
                &plan,
                (name.as_str(), source.as_str()),
                spool.clone(),
                *max_senders,
                *key_window_s,
                &status,
            )?;
            collectors.intakes.push((Appendable::As(name.clone()), intake));
        }
        Ok(collectors)
    }

    fn status_of(&mut self, name: &str, kind: &'static str, source: &str) -> Status {
        let status = Status::new(name, kind, source);
        self.statuses.push(status.clone());
        status
    }

    fn spool(
        &mut self,
        plan: &Plan,
        (name, source): (&str, &str),
        settings: SpoolSettings,
        max_senders: usize,
        key_window_s: u64,
        status: &Status,
    ) -> Result<Intake> {
        let (writer, taker) = spool::open(SpoolPlan {
            name,
            source,
            root: &plan.spool,
            settings,
            max_senders,
            key_window_s,
            disk: plan.disk.clone(),
            clock: plan.clock.clone(),
            status: status.clone(),
            store: Arc::clone(&plan.store),
        })?;
        let (clock, stop) = (plan.clock.clone(), self.stop.clone());
        let (intake, Threads { writer, taker }) = intake::start(writer, taker, status.clone(), clock, stop)
            .map_err(Error::file("start threads for", name))?;
        self.threads.extend([writer, taker]);
        Ok(intake)
    }

    /// The state of each collector, in the order of the settings.
    #[must_use]
    pub fn status(&self) -> Vec<CollectorStatus> {
        self.statuses.iter().map(|status| status.lock().clone()).collect()
    }

    /// Appends to the source of a `[[logs.http]]` collector; durable when this returns. LF is put behind bytes that do
    /// not end with one: an append is whole lines. `sender` is who sent it, as the caller knows. An append with the key
    /// of an earlier one of the same sender, within the window, is that one: it is not kept twice.
    ///
    /// # Errors
    /// [`Error::NoSuchCollector`]; [`Error::TooLarge`]; [`Error::KeyReused`] where the key came with other bytes;
    /// [`Error::SpoolFull`], [`Error::TooMany`] and those of the disk: nothing was acknowledged, send it again with the same key.
    pub async fn append(
        &self,
        collector: &str,
        sender: &str,
        key: Option<&[u8]>,
        mut bytes: Vec<u8>,
    ) -> Result<Durable> {
        let called = |name: &Appendable| matches!(name, Appendable::As(name) if name == collector);
        let Some((_, intake)) = self.intakes.iter().find(|(name, _)| called(name)) else {
            return Err(Error::NoSuchCollector(collector.chars().take(64).collect()));
        };
        for (what, length, limit, advice) in [
            (
                "an append",
                bytes.len(),
                MAX_APPEND_BYTES,
                "send it in parts, cut at line ends",
            ),
            (
                "an idempotency key",
                key.map_or(0, <[u8]>::len),
                MAX_KEY_BYTES,
                "use a shorter one",
            ),
            (
                "the name of a sender",
                sender.len(),
                MAX_SENDER_BYTES,
                "use a shorter one",
            ),
        ] {
            if length > limit {
                let limit = limit as u64;
                return Err(Error::TooLarge { what, limit, advice });
            }
        }
        if bytes.is_empty() {
            return Ok(Durable { repeated: false });
        }
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        let key = key.map(|key| (key_digest(sender, key), bytes_digest(&bytes)));
        let sender = Sender {
            transport: "http".to_owned(),
            sender: sender.to_owned(),
        };
        let appended = intake
            .append(Log {
                sender,
                bytes,
                escaped: false,
                key,
            })
            .await?;
        Ok(Durable {
            repeated: appended == Appended::Repeat,
        })
    }

    /// Stops: no more is received, and all that was is durable when this returns, in segments or in the spool.
    pub async fn stop(mut self) {
        // Nobody may listen any more; then this says nothing.
        let _ = self.stop_tasks.send(true);
        while self.tasks.join_next().await.is_some() {}
        self.end();
        let threads = std::mem::take(&mut self.threads);
        // A thread that panicked has told so by itself.
        let _ = tokio::task::spawn_blocking(move || {
            for thread in threads {
                let _ = thread.join();
            }
        })
        .await;
    }

    fn end(&self) {
        for (_, intake) in &self.intakes {
            intake.close();
        }
        self.stop.set();
    }
}

impl Drop for Collectors {
    fn drop(&mut self) {
        self.end();
        for thread in self.threads.drain(..) {
            // A thread that panicked has told so by itself.
            let _ = thread.join();
        }
    }
}
