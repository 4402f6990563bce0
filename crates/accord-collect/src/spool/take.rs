//! Makes segments of closed spool files, in the order they were closed.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::sync::Arc;

use accord_logstore::{Origin, OriginPlace, SpoolPlace};

use super::folder::{Contents, Folder};
use super::keys::{Keys, bytes_digest};
use super::record::{Digest32, Kind, Records, encode};
use super::{Closed, Sender, Shared, SpoolPlan};
use crate::error::{Error, Result};
use crate::status::{Count, Status};
use crate::stop::{Clock, Retry};
use crate::store::{Import, Store};

/// What the first reading of a spool file tells.
struct Survey {
    sender: Sender,
    first_ms: i64,
    last_ms: i64,
    log_bytes: u64,
    escaped_lines: Vec<u64>,
    /// Numbers of records that are repeats.
    repeats: HashSet<u64>,
    /// Keys of all records, with the digest of their bytes and their time.
    keys: Vec<(Digest32, Digest32, i64)>,
    whole_bytes: u64,
}

pub(crate) struct Taker {
    name: String,
    source: String,
    folder: Folder,
    shared: Shared,
    status: Status,
    clock: Clock,
    store: Arc<dyn Store>,
    window: Keys,
    /// Keys whose bytes are in a segment.
    taken: HashMap<Digest32, i64>,
    /// Key files with the time of their newest key.
    key_files: Vec<(u64, i64)>,
    retry: Retry,
}

impl Taker {
    pub(super) fn new(plan: &SpoolPlan<'_>, folder: Folder, shared: Shared) -> Self {
        Self {
            name: plan.name.to_owned(),
            source: plan.source.to_owned(),
            folder,
            shared,
            status: plan.status.clone(),
            clock: plan.clock.clone(),
            store: Arc::clone(&plan.store),
            window: Keys::new(plan.key_window_s),
            taken: HashMap::new(),
            key_files: Vec::new(),
            retry: Retry::default(),
        }
    }

    /// Reads the keys of segments into `taken`, and those and the ones of spool files into `answered`.
    pub(super) fn load_keys(&mut self, contents: &Contents, answered: &mut Keys) -> Result<()> {
        for number in &contents.keys {
            let path = self.folder.keys(*number);
            let failed = || Error::file("read", &path);
            let mut records = Records::open(&path, *number).map_err(failed())?;
            let mut newest = i64::MIN;
            while let Some((kind, at_ms)) = records.next().map_err(failed())? {
                if let (Some(key), bytes) = records.parts(kind)
                    && let Ok(bytes) = Digest32::try_from(bytes)
                {
                    self.taken.insert(key, at_ms);
                    answered.learn(key, bytes, at_ms);
                    newest = newest.max(at_ms);
                }
            }
            self.key_files.push((*number, newest));
        }
        for (number, _) in &contents.spools {
            let path = self.folder.spool(*number);
            let failed = || Error::file("read", &path);
            let mut records = Records::open(&path, *number).map_err(failed())?;
            // A repeat of what is read here is answered as durable.
            records.sync().map_err(failed())?;
            while let Some((kind, at_ms)) = records.next().map_err(failed())? {
                if let (Some(key), log) = records.parts(kind) {
                    answered.learn(key, bytes_digest(log), at_ms);
                }
            }
        }
        Ok(())
    }

    /// Makes segments of what is closed; ends at the first that the store does not take now. Whether one was made.
    pub(crate) fn take_all(&mut self, stopped: &dyn Fn() -> bool) -> bool {
        let mut any = false;
        while !stopped() && self.retry.is_due((self.clock)()) {
            let Some(closed) = self.shared.queue().front().copied() else {
                break;
            };
            match self.take(closed) {
                Ok(()) => {
                    self.retry.worked();
                    self.shared.queue().pop_front();
                    self.shared.shrunk(closed.length);
                    any = true;
                }
                Err(error) => {
                    let now_ms = (self.clock)();
                    self.retry.failed(now_ms);
                    self.status.error(now_ms, error.to_string());
                }
            }
        }
        self.forget();
        self.status.lock().lag_bytes = self.shared.bytes();
        any
    }

    fn take(&mut self, closed: Closed) -> Result<()> {
        let path = self.folder.spool(closed.number);
        if !path.exists() {
            // Removed before, and the removal was reported as failed.
            return Ok(());
        }
        let Some(survey) = self.survey(closed)? else {
            return self.folder.remove(&path);
        };
        if !self.is_taken(closed.number)? {
            let torn = closed.length.saturating_sub(survey.whole_bytes);
            if torn > 0 {
                self.status.count(Count::TornBytes, torn);
            }
            self.status.count(Count::Repeats, survey.repeats.len() as u64);
            if survey.log_bytes > 0 {
                self.import(closed, &survey)?;
            }
        }
        self.keep_keys(closed.number, &survey)?;
        self.folder.remove(&path)?;
        self.folder.sync()
    }

    /// Whether a segment holds it, or held it: the process ended after the import and before the removal.
    fn is_taken(&self, number: u64) -> Result<bool> {
        let collected = self.store.collected(&self.source)?;
        Ok(collected.iter().rev().any(|one| {
            one.origin.collector == self.name
                && matches!(&one.origin.at, OriginPlace::Spool(place) if place.spool == number)
        }))
    }

    /// Nothing where not even the first record is whole.
    fn survey(&self, closed: Closed) -> Result<Option<Survey>> {
        let path = self.folder.spool(closed.number);
        let failed = || Error::file("read", &path);
        let mut records = Records::open(&path, closed.number).map_err(failed())?;
        let Some((Kind::Header, opened_ms)) = records.next().map_err(failed())? else {
            return Ok(None);
        };
        let Ok(sender) = serde_json::from_slice(&records.payload) else {
            let why =
                "its first record is of no version that this program knows; use the program that made it";
            return Err(Error::Unexplained {
                path,
                why: why.to_owned(),
            });
        };
        let mut survey = Survey {
            sender,
            first_ms: opened_ms,
            last_ms: opened_ms,
            log_bytes: 0,
            escaped_lines: Vec::new(),
            repeats: HashSet::new(),
            keys: Vec::new(),
            whole_bytes: records.whole_bytes(),
        };
        let (mut here, mut line) = (HashSet::new(), 1_u64);
        for number in 0_u64.. {
            let Some((kind, at_ms)) = records.next().map_err(failed())? else {
                break;
            };
            // What was written after a failure was reported is not part of it: it may have been sent elsewhere again.
            if records.whole_bytes() > closed.length {
                break;
            }
            survey.whole_bytes = records.whole_bytes();
            survey.last_ms = survey.last_ms.max(at_ms);
            let (key, log) = records.parts(kind);
            if let Some(key) = key {
                survey.keys.push((key, bytes_digest(log), at_ms));
                let before = self
                    .taken
                    .get(&key)
                    .is_some_and(|before_ms| !self.window.is_old(*before_ms, at_ms));
                if before || !here.insert(key) {
                    survey.repeats.insert(number);
                    continue;
                }
            }
            if kind == Kind::Escaped {
                survey.escaped_lines.push(line);
            }
            line += memchr::memchr_iter(b'\n', log).count() as u64;
            survey.log_bytes += log.len() as u64;
        }
        Ok(Some(survey))
    }

    fn import(&self, closed: Closed, survey: &Survey) -> Result<()> {
        let path = self.folder.spool(closed.number);
        let failed = || Error::file("read", &path);
        let mut records = Records::open(&path, closed.number).map_err(failed())?;
        records.next().map_err(failed())?;
        let mut reader = LogReader {
            records,
            repeats: &survey.repeats,
            end: survey.whole_bytes,
            next: 0,
            at: 0,
            from: 0,
        };
        let origin = Origin {
            collector: self.name.clone(),
            at: OriginPlace::Spool(SpoolPlace {
                spool: closed.number,
                transport: survey.sender.transport.clone(),
                sender: survey.sender.sender.clone(),
                first_received_ms: survey.first_ms,
                last_received_ms: survey.last_ms,
                escaped_lines: survey.escaped_lines.clone(),
            }),
        };
        let sender = &survey.sender;
        let name = format!("{} from {}, {}", sender.transport, sender.sender, closed.number);
        let segment = self.store.import(Import {
            source: &self.source,
            original_name: &name,
            origin,
            now_ms: (self.clock)(),
            reader: &mut reader,
        })?;
        self.status.took(&segment);
        Ok(())
    }

    /// The keys stay known after the spool file is gone, for their window.
    fn keep_keys(&mut self, number: u64, survey: &Survey) -> Result<()> {
        let Some(newest) = survey.keys.iter().map(|(.., at_ms)| *at_ms).max() else {
            return Ok(());
        };
        let mut records = Vec::new();
        for (key, bytes, at_ms) in &survey.keys {
            encode(number, Kind::Keyed, *at_ms, &[key, bytes], &mut records);
        }
        self.folder.write_keys(number, &records)?;
        for (key, _, at_ms) in &survey.keys {
            self.taken.insert(*key, *at_ms);
        }
        self.key_files.push((number, newest));
        Ok(())
    }

    /// Removes key files whose keys are all past their window.
    fn forget(&mut self) {
        let now_ms = (self.clock)();
        let is_old = |(_, newest): &(u64, i64)| self.window.is_old(*newest, now_ms);
        if !self.key_files.iter().any(is_old) {
            return;
        }
        let (old, kept): (Vec<_>, Vec<_>) = self.key_files.iter().copied().partition(|file| is_old(file));
        self.key_files = kept;
        for (number, _) in old {
            // What stays is looked at again after the next start.
            if let Err(error) = self.folder.remove(&self.folder.keys(number)) {
                self.status.error(now_ms, error.to_string());
            }
        }
        self.taken.retain(|_, at_ms| !self.window.is_old(*at_ms, now_ms));
    }
}

/// The log in a spool file, without the records' prefixes and without repeats.
struct LogReader<'a> {
    records: Records,
    repeats: &'a HashSet<u64>,
    end: u64,
    next: u64,
    /// What is left of the record at hand.
    at: usize,
    from: usize,
}

impl Read for LogReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.from >= self.at {
            if self.records.whole_bytes() >= self.end {
                return Ok(0);
            }
            let Some((kind, _)) = self.records.next()? else {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "a spool file became shorter while it was read",
                ));
            };
            let repeat = self.repeats.contains(&self.next);
            self.next += 1;
            let log = self.records.parts(kind).1.len();
            self.at = self.records.payload.len();
            self.from = if repeat { self.at } else { self.at - log };
        }
        let left = self.records.payload.get(self.from..self.at).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.from += count;
        Ok(count)
    }
}
