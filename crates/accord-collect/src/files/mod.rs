//! Files that are followed as they grow and rotate.
//!
//! Invariants:
//! - How far a log was taken is what its segments say ([`streams`]); nothing else is kept. After any error it is read
//!   from the store again.
//! - A file is told by inode and time of making, and by the first bytes of its log; a rotated copy, compressed or not,
//!   by the digests of all that was taken ([`identify`]). Names only say which files are compared.
//! - A stretch is read once, while it becomes a segment, and refused if the file is another one by then.
//!
//! Deliberately absent: notifications of the system (a look each second costs less than they do to get right), and
//! folders inside the folder.

mod file;
mod identify;
mod names;
mod scan;
mod streams;
mod take;

use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::limits::{MAX_NAMED_REFUSALS, MAX_OPEN_FILES};
use crate::settings::FilesSettings;
use crate::status::{Count, Status};
use crate::stop::{Clock, Retry, Stop};
use crate::store::Store;
use file::FileId;
use scan::{Names, Scan, Seen, scan};
use streams::Streams;

/// What is known of a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not yet which log it is.
    Unknown,
    /// It is read as it grows: this log, or one of which nothing was taken yet.
    Plain(Option<u64>),
    /// Everything in it is in segments, or cannot be read, until it changes.
    Done,
}

/// A file of the folder.
#[derive(Debug)]
struct Followed {
    id: FileId,
    name: String,
    path: PathBuf,
    size: u64,
    /// As the look before told.
    size_before: u64,
    modified_ns: i128,
    phase: Phase,
    first_seen_ms: i64,
    /// When it last grew or changed, as seen.
    changed_ms: i64,
    /// When the oldest byte that is in no segment was seen.
    untaken_since_ms: Option<i64>,
    /// Held open, so that it is read to its end when it is renamed out of the folder or deleted.
    file: Option<File>,
    /// No name leads to it any more.
    gone: bool,
    /// Before this byte there is no line end to cut at.
    searched: u64,
}

/// A collector of files. Driven by [`FilesCollector::poll`]; it has no clock of its own.
pub(crate) struct FilesCollector {
    settings: FilesSettings,
    names: Names,
    store: Arc<dyn Store>,
    status: Status,
    clock: Clock,
    streams: Streams,
    followed: HashMap<(u64, u64), Followed>,
    retry: Retry,
    must_reload: bool,
}

impl FilesCollector {
    /// # Errors
    /// Those of the store: there is no such source.
    pub(crate) fn new(
        settings: FilesSettings,
        store: Arc<dyn Store>,
        status: Status,
        clock: Clock,
    ) -> Result<Self> {
        settings.check()?;
        let mut collector = Self {
            names: Names::new(&settings.include, &settings.exclude),
            settings,
            store,
            status,
            clock,
            streams: Streams::default(),
            followed: HashMap::new(),
            retry: Retry::default(),
            must_reload: false,
        };
        collector.reload()?;
        Ok(collector)
    }

    fn reload(&mut self) -> Result<()> {
        let collected = self.store.collected(&self.settings.source)?;
        self.streams = Streams::load(&collected, &self.settings.name);
        self.must_reload = false;
        Ok(())
    }

    /// Looks at the folder until told to stop.
    pub(crate) fn run(mut self, stop: &Stop) {
        let every = Duration::from_millis(self.settings.poll_ms);
        while !stop.wait(every) {
            self.poll(&|| stop.is_set());
        }
    }

    /// Looks at the folder once, and takes what is due.
    pub(crate) fn poll(&mut self, stopped: &dyn Fn() -> bool) {
        let now_ms = (self.clock)();
        if !self.retry.is_due(now_ms) {
            return;
        }
        if let Err(error) = self.poll_at(now_ms, stopped) {
            self.failed(now_ms, &error);
        } else {
            self.retry.worked();
        }
        self.tell();
    }

    fn failed(&mut self, now_ms: i64, error: &Error) {
        self.retry.failed(now_ms);
        self.must_reload = true;
        self.status.error(now_ms, error.to_string());
    }

    fn poll_at(&mut self, now_ms: i64, stopped: &dyn Fn() -> bool) -> Result<()> {
        if self.must_reload {
            self.reload()?;
            self.link_again();
        }
        let (folder, most) = (&self.settings.folder, self.settings.max_files);
        let found =
            scan(folder, &self.names, most, MAX_NAMED_REFUSALS).map_err(Error::file("list", folder))?;
        self.look(found, now_ms);
        self.identify_by_file(now_ms);
        // Followed logs first: what is taken of them is what copies are compared with.
        while self.take_due(now_ms, stopped)? && !stopped() {}
        self.identify_by_content(now_ms, stopped)?;
        while self.take_due(now_ms, stopped)? && !stopped() {}
        self.drop_finished(now_ms);
        Ok(())
    }

    /// Brings what is known of the files up to date.
    fn look(&mut self, found: Scan, now_ms: i64) {
        for (name, why) in &found.refused {
            self.status.refuse(name, why);
        }
        if found.beyond > 0 {
            let most = self.settings.max_files;
            let words = format!(
                "{} matching files are not read: max_files is {most}, and the newest come first",
                found.beyond
            );
            self.status.error(now_ms, words);
            let mut status = self.status.lock();
            status.counts.insert(Count::RefusedFiles, found.beyond);
        }
        let mut present = HashMap::new();
        for seen in found.seen {
            // A file with two names is one file; the name it had stays.
            let key = (seen.id.device, seen.id.inode);
            let named = self.followed.get(&key).is_some_and(|file| file.name == seen.name);
            if named || !present.contains_key(&key) {
                present.insert(key, seen);
            }
        }
        for (key, file) in &mut self.followed {
            if !present.contains_key(key) {
                look_at_missing(file, now_ms);
            }
        }
        for (key, seen) in present {
            let path = self.settings.folder.join(&seen.name);
            match self.followed.get_mut(&key) {
                Some(file) if file.id.is_same(&seen.id) => look_at(file, seen, path, now_ms),
                _ => {
                    let new = Followed {
                        id: seen.id,
                        name: seen.name,
                        path,
                        size: seen.size,
                        size_before: seen.size,
                        modified_ns: seen.modified_ns,
                        phase: Phase::Unknown,
                        first_seen_ms: now_ms,
                        changed_ms: now_ms,
                        untaken_since_ms: None,
                        file: None,
                        gone: false,
                        searched: 0,
                    };
                    if let Some(old) = self.followed.insert(key, new) {
                        self.vanished(&old);
                    }
                }
            }
        }
        let streams = &self.streams;
        for file in self.followed.values_mut() {
            let Phase::Plain(stream) = file.phase else {
                continue;
            };
            let mut taken = position(streams, stream);
            if file.size < file.size_before {
                // Truncated: what comes now is a new log. What it held may lie in a copy.
                self.status
                    .count(Count::TruncatedBytes, file.size_before.saturating_sub(taken));
                file.begin_anew();
                taken = 0;
            }
            if file.size <= taken {
                file.untaken_since_ms = None;
            } else {
                file.untaken_since_ms.get_or_insert(now_ms);
            }
        }
    }

    /// Tells of bytes that were seen and cannot be read any more.
    fn vanished(&self, file: &Followed) {
        let taken = match file.phase {
            Phase::Plain(stream) => position(&self.streams, stream),
            Phase::Unknown => 0,
            Phase::Done => file.size,
        };
        self.status
            .count(Count::VanishedBytes, file.size.saturating_sub(taken));
    }

    fn drop_finished(&mut self, now_ms: i64) {
        let quiet_ms = seconds(
            self.settings
                .settle_s
                .saturating_add(self.settings.partial_line_s),
        );
        let mut dropped = Vec::new();
        for (key, file) in &self.followed {
            let taken = match file.phase {
                Phase::Plain(stream) => position(&self.streams, stream),
                Phase::Unknown | Phase::Done => file.size,
            };
            let quiet = now_ms.saturating_sub(file.changed_ms) >= quiet_ms;
            let unreadable = file.gone && file.file.is_none();
            let finished = file.gone && file.size <= taken && quiet;
            if unreadable || finished {
                dropped.push(*key);
            }
        }
        for key in dropped {
            if let Some(file) = self.followed.remove(&key) {
                self.vanished(&file);
            }
        }
        self.close_stale();
    }

    /// Holds open only what grew last.
    fn close_stale(&mut self) {
        let mut open: Vec<&mut Followed> = self
            .followed
            .values_mut()
            .filter(|file| file.file.is_some())
            .collect();
        if open.len() <= MAX_OPEN_FILES {
            return;
        }
        open.sort_by_key(|file| std::cmp::Reverse(file.changed_ms));
        for file in open.into_iter().skip(MAX_OPEN_FILES) {
            file.file = None;
        }
    }

    fn tell(&self) {
        let lag = self.followed.values().map(|file| match file.phase {
            Phase::Plain(stream) => file.size.saturating_sub(position(&self.streams, stream)),
            Phase::Unknown => file.size,
            Phase::Done => 0,
        });
        let (lag_bytes, followed) = (lag.sum(), self.followed.len() as u64);
        let since = self
            .followed
            .values()
            .filter_map(|file| file.untaken_since_ms)
            .min();
        let mut status = self.status.lock();
        status.lag_bytes = lag_bytes;
        status.lag_since_ms = since;
        status.followed = followed;
    }
}

/// How much of a log is in segments.
fn position(streams: &Streams, stream: Option<u64>) -> u64 {
    let stream = stream.and_then(|number| streams.get(number));
    stream.map_or(0, |stream| stream.to)
}

fn seconds(count: u64) -> i64 {
    i64::try_from(count.saturating_mul(1000)).unwrap_or(i64::MAX)
}

impl Followed {
    /// What the file holds from now on is a log of which nothing was taken.
    fn begin_anew(&mut self) {
        self.phase = Phase::Plain(None);
        self.untaken_since_ms = None;
        self.searched = 0;
    }
}

fn look_at(file: &mut Followed, seen: Seen, path: PathBuf, now_ms: i64) {
    if file.size != seen.size || file.modified_ns != seen.modified_ns {
        file.changed_ms = now_ms;
        if file.phase == Phase::Done {
            file.phase = Phase::Unknown;
            file.first_seen_ms = now_ms;
        }
    }
    file.size_before = file.size;
    file.size = seen.size;
    file.modified_ns = seen.modified_ns;
    file.name = seen.name;
    file.path = path;
    file.gone = false;
}

/// A file that is not in the folder under any matching name.
fn look_at_missing(file: &mut Followed, now_ms: i64) {
    let metadata = match &file.file {
        Some(open) => open.metadata().ok(),
        // It may be beyond the most files that are listed.
        None => std::fs::symlink_metadata(&file.path)
            .ok()
            .filter(|metadata| metadata.is_file() && FileId::of(metadata).is_same(&file.id)),
    };
    let Some(metadata) = metadata else {
        file.gone = true;
        file.file = None;
        return;
    };
    let modified_ns = file::modified_ns(&metadata);
    if file.size != metadata.len() || file.modified_ns != modified_ns {
        file.changed_ms = now_ms;
    }
    file.size_before = file.size;
    file.size = metadata.len();
    file.modified_ns = modified_ns;
    // Moved away, or deleted: either way it ends here, once it is quiet.
    let at_path = std::fs::symlink_metadata(&file.path);
    file.gone = !at_path.is_ok_and(|metadata| FileId::of(&metadata).is_same(&file.id));
}

#[cfg(test)]
mod tests;
