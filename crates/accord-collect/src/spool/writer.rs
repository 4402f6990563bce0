//! Appends to the spool, syncs it, closes its files by size and age.

use std::collections::BTreeMap;

use accord_logstore::DiskFile;

use super::folder::Folder;
use super::keys::{Keys, Known};
use super::record::{Digest32, Kind, encode};
use super::{Closed, Sender, Shared, SpoolPlan};
use crate::error::{Error, Result};
use crate::limits::{MAX_ESCAPED_LINES, MAX_KEYS};
use crate::settings::SpoolSettings;
use crate::status::Status;
use crate::stop::Clock;

/// After a failed write nothing is tried for so long: a full disk is not asked again for each message.
const PAUSE_MS: i64 = 1000;

/// What a record takes beside its log, at most.
const RECORD_BYTES: usize = 64;

/// Bytes of log to be appended.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) sender: Sender,
    pub(crate) bytes: Vec<u8>,
    /// Whether it is a message whose line feeds were escaped.
    pub(crate) escaped: bool,
    /// The digests of the idempotency key and of the bytes.
    pub(crate) key: Option<(Digest32, Digest32)>,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appended {
    /// It is written; durable after the next sync.
    Written,
    /// It came before, and is durable.
    Repeat,
}

struct OpenFile {
    number: u64,
    file: DiskFile,
    length: u64,
    log_bytes: u64,
    escaped: usize,
    opened_ms: i64,
    dirty: bool,
    /// Keys that become known with the next sync.
    unsynced_keys: Vec<(Digest32, Digest32, i64)>,
}

pub(crate) struct Writer {
    name: String,
    folder: Folder,
    settings: SpoolSettings,
    max_senders: usize,
    shared: Shared,
    status: Status,
    clock: Clock,
    answered: Keys,
    next: u64,
    open: BTreeMap<Sender, OpenFile>,
    paused_until_ms: Option<(i64, String)>,
    synced_ms: i64,
}

impl Writer {
    pub(super) fn new(
        plan: &SpoolPlan<'_>,
        folder: Folder,
        shared: Shared,
        answered: Keys,
        next: u64,
    ) -> Self {
        Self {
            name: plan.name.to_owned(),
            folder,
            settings: plan.settings.clone(),
            max_senders: plan.max_senders,
            shared,
            status: plan.status.clone(),
            clock: plan.clock.clone(),
            answered,
            next,
            open: BTreeMap::new(),
            paused_until_ms: None,
            synced_ms: (plan.clock)(),
        }
    }

    /// Appends, without sync.
    ///
    /// # Errors
    /// [`Error::SpoolFull`], [`Error::TooMany`] beyond the number of senders or keys, [`Error::KeyReused`], those of
    /// the file system.
    pub(crate) fn append(&mut self, log: &Log) -> Result<Appended> {
        let now_ms = (self.clock)();
        if let Some((until_ms, words)) = &self.paused_until_ms {
            if now_ms < *until_ms && *until_ms - now_ms <= PAUSE_MS {
                return Err(Error::Refused(words.clone()));
            }
            self.paused_until_ms = None;
        }
        if let Some((key, bytes)) = &log.key {
            match self.answered.look(key, bytes, now_ms) {
                Known::New => {}
                Known::Repeat => return Ok(Appended::Repeat),
                Known::Other => return Err(Error::KeyReused),
                Known::Full => {
                    return Err(Error::TooMany {
                        what: "the number of idempotency keys within key_window_s",
                        limit: MAX_KEYS as u64,
                        advice: "append more at once, or shorten key_window_s",
                    });
                }
            }
            let waiting = self.open.get(&log.sender);
            let waiting = waiting.and_then(|file| file.unsynced_keys.iter().find(|(known, ..)| known == key));
            if let Some((_, before, _)) = waiting {
                return if before == bytes {
                    Ok(Appended::Repeat)
                } else {
                    Err(Error::KeyReused)
                };
            }
        }
        let result = self.write(log, now_ms);
        if let Err(error @ Error::File { .. }) = &result {
            self.paused_until_ms = Some((now_ms + PAUSE_MS, error.to_string()));
        }
        result.map(|()| Appended::Written)
    }

    fn write(&mut self, log: &Log, now_ms: i64) -> Result<()> {
        let limit = self.settings.spool_bytes;
        let needed = (log.bytes.len() + RECORD_BYTES) as u64;
        if self.shared.bytes().saturating_add(needed) > limit {
            let name = self.name.clone();
            return Err(Error::SpoolFull { name, limit });
        }
        if !self.open.contains_key(&log.sender) {
            if self.open.len() >= self.max_senders {
                return Err(Error::TooMany {
                    what: "the number of senders with something in the spool",
                    limit: self.max_senders as u64,
                    advice: "raise max_senders, or name fewer networks",
                });
            }
            let file = self.create(&log.sender, now_ms)?;
            self.open.insert(log.sender.clone(), file);
        }
        let Some(file) = self.open.get_mut(&log.sender) else {
            return Err(Error::Stopped);
        };
        let mut record = Vec::with_capacity(log.bytes.len() + RECORD_BYTES);
        match (&log.key, log.escaped) {
            (Some((key, _)), _) => encode(file.number, Kind::Keyed, now_ms, &[key, &log.bytes], &mut record),
            (None, true) => encode(file.number, Kind::Escaped, now_ms, &[&log.bytes], &mut record),
            (None, false) => encode(file.number, Kind::Log, now_ms, &[&log.bytes], &mut record),
        }
        if let Err(error) = file.file.write_all(&record) {
            let error = Error::file("write", file.file.path())(error);
            self.abandon(&log.sender);
            return Err(error);
        }
        file.length += record.len() as u64;
        file.log_bytes += log.bytes.len() as u64;
        file.escaped += usize::from(log.escaped);
        file.dirty = true;
        self.shared.grown(record.len() as u64);
        if let Some((key, bytes)) = log.key {
            file.unsynced_keys.push((key, bytes, now_ms));
        }
        Ok(())
    }

    fn create(&mut self, sender: &Sender, now_ms: i64) -> Result<OpenFile> {
        let number = self.next;
        self.next += 1;
        let path = self.folder.spool(number);
        let mut file = self
            .folder
            .disk
            .create_file(&path)
            .map_err(Error::file("create", &path))?;
        let header = serde_json::to_vec(sender).map_err(|error| Error::Refused(error.to_string()))?;
        let mut record = Vec::new();
        encode(number, Kind::Header, now_ms, &[&header], &mut record);
        // The folder first: a synced record in a file that a power cut takes out of its folder would be lost.
        let written = self
            .folder
            .sync()
            .and_then(|()| file.write_all(&record).map_err(Error::file("write", file.path())));
        if let Err(error) = written {
            // It holds nothing. If this fails too, the taker removes it after the next start.
            let _ = self.folder.remove(&path);
            return Err(error);
        }
        self.shared.grown(record.len() as u64);
        Ok(OpenFile {
            number,
            file,
            length: record.len() as u64,
            log_bytes: 0,
            escaped: 0,
            opened_ms: now_ms,
            dirty: true,
            unsynced_keys: Vec::new(),
        })
    }

    /// Writes no more to a file. Its keys without a sync stay unknown: their senders were told of a failure.
    fn abandon(&mut self, sender: &Sender) {
        if let Some(file) = self.open.remove(sender) {
            self.shared.close(Closed {
                number: file.number,
                length: file.length,
            });
        }
    }

    /// Makes all that was appended durable.
    ///
    /// # Errors
    /// The first of the file system. What was appended to that file since the last sync is in doubt.
    pub(crate) fn sync(&mut self) -> Result<()> {
        self.synced_ms = (self.clock)();
        let mut failed = Vec::new();
        let mut result = Ok(());
        for (sender, file) in &mut self.open {
            if !file.dirty {
                continue;
            }
            match file.file.sync() {
                Ok(()) => {
                    file.dirty = false;
                    for (key, bytes, at_ms) in file.unsynced_keys.drain(..) {
                        self.answered.learn(key, bytes, at_ms);
                    }
                }
                Err(error) => {
                    if result.is_ok() {
                        result = Err(Error::file("sync", file.file.path())(error));
                    }
                    failed.push(sender.clone());
                }
            }
        }
        for sender in &failed {
            self.abandon(sender);
        }
        result
    }

    /// Syncs when it is time, and closes files by size and age. To be called often.
    ///
    /// # Errors
    /// Those of [`Writer::sync`].
    pub(crate) fn tick(&mut self) -> Result<()> {
        let now_ms = (self.clock)();
        let age_ms = i64::try_from(self.settings.segment_age_s.saturating_mul(1000)).unwrap_or(i64::MAX);
        let (most, full) = (self.settings.segment_bytes, MAX_ESCAPED_LINES);
        let is_over = |file: &OpenFile| {
            // Before its opening: the clock was set back.
            let old = now_ms < file.opened_ms || now_ms - file.opened_ms >= age_ms;
            file.log_bytes >= most || file.escaped >= full || old
        };
        let over: Vec<Sender> = self
            .open
            .iter()
            .filter(|(_, file)| is_over(file))
            .map(|(sender, _)| sender.clone())
            .collect();
        let due_ms = i64::try_from(self.settings.sync_ms).unwrap_or(i64::MAX);
        let is_due = now_ms < self.synced_ms || now_ms - self.synced_ms >= due_ms;
        let result = if is_due || !over.is_empty() {
            self.sync()
        } else {
            Ok(())
        };
        for sender in &over {
            self.abandon(sender);
        }
        {
            let mut status = self.status.lock();
            status.followed = self.open.len() as u64;
            status.lag_bytes = self.shared.bytes();
            status.lag_since_ms = self.open.values().map(|file| file.opened_ms).min();
        }
        result
    }

    /// Closes all files, so that what is in them becomes segments now.
    ///
    /// # Errors
    /// Those of [`Writer::sync`].
    pub(crate) fn close_all(&mut self) -> Result<()> {
        let result = self.sync();
        while let Some(sender) = self.open.keys().next().cloned() {
            self.abandon(&sender);
        }
        result
    }
}
