//! Names that this node's own logs hold, source by source: beside the audiences they say how many sources see a value.
//!
//! The log store tells the names of a segment ([`accord_logstore::LogStore::names`]); here they are kept in memory for
//! the days that count, one last day for each name and source. So that a start does not read every log again, what was
//! told of a segment is written beside the log store, in `seen-names/`. These files hold no name, only 64 bits of
//! digests; they can be deleted at any time, and one that is damaged is made anew from its segment.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use accord_logstore::{LogStore, Segment, SegmentId, name_fingerprint};
use accord_matcher::{Pattern, PatternKind};
use sha2::{Digest, Sha256};

use super::sources::is_recent;
use crate::error::Result;
use crate::node::Node;

/// The folder of what was told of segments, in the node's own.
pub(crate) const SEEN_NAMES: &str = "seen-names";
/// Most names kept in memory, of all sources together: 64 MiB. Of a source that does not fit, those seen last are kept.
pub const LOGGED_NAMES_MAX: usize = 4_000_000;
const MAGIC: &[u8; 12] = b"accord-names";
const DAY_MS: i64 = 86_400_000;

/// The names of each source with the last day on which it saw them, in the order of the fingerprints.
#[derive(Debug)]
pub(crate) struct Logged {
    by_source: RwLock<BTreeMap<String, Vec<(u64, u32)>>>,
    most: usize,
}

impl Default for Logged {
    fn default() -> Self {
        Self {
            by_source: RwLock::default(),
            most: LOGGED_NAMES_MAX,
        }
    }
}

/// Two lists as one: the later day of each name, and only those seen within the days.
fn merged(a: &[(u64, u32)], b: &[(u64, u32)], today: u32) -> Vec<(u64, u32)> {
    let mut all: Vec<(u64, u32)> = a.iter().chain(b).copied().collect();
    all.retain(|(_, day)| is_recent(*day, today));
    all.sort_unstable_by_key(|(print, day)| (*print, std::cmp::Reverse(*day)));
    all.dedup_by_key(|(print, _)| *print);
    all
}

impl Logged {
    /// Takes the names of a segment of a source in.
    fn take(&self, source: &str, names: &[(u64, u32)], today: u32) {
        let Ok(mut by_source) = self.by_source.write() else {
            return;
        };
        let known = by_source.remove(source).unwrap_or_default();
        let mut all = merged(&known, names, today);
        let others: usize = by_source.values().map(Vec::len).sum();
        let room = self.most.saturating_sub(others);
        if all.len() > room {
            all.sort_unstable_by_key(|(print, day)| (std::cmp::Reverse(*day), *print));
            all.truncate(room);
            all.sort_unstable();
        }
        by_source.insert(source.to_owned(), all);
    }

    /// How many sources saw this lately: exactly this name or address, or, of a name, anything under it; of a URL its
    /// host. What a log holds as digests or addresses of e-mail is not counted.
    pub fn sources_of(&self, pattern: &Pattern, today: u32) -> usize {
        let text = pattern.canonical();
        let name = match pattern.kind() {
            PatternKind::Domain | PatternKind::Subdomains => text.trim_start_matches('.'),
            PatternKind::Address => text,
            PatternKind::Url | PatternKind::AddressPort => crate::search::host(text),
            PatternKind::Email | PatternKind::Hash | PatternKind::Network => return 0,
        };
        let print = name_fingerprint(name);
        let Ok(by_source) = self.by_source.read() else {
            return 0;
        };
        let saw = |names: &Vec<(u64, u32)>| {
            let found = names.binary_search_by_key(&print, |(known, _)| *known).ok();
            let found = found.and_then(|at| names.get(at));
            found.is_some_and(|(_, day)| is_recent(*day, today))
        };
        by_source.values().filter(|names| saw(names)).count()
    }

    #[cfg(test)]
    fn with_room(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.by_source
            .read()
            .map_or(0, |all| all.values().map(Vec::len).sum())
    }
}

fn file_of(dir: &Path, id: &SegmentId) -> PathBuf {
    dir.join(SEEN_NAMES)
        .join(format!("{}.{:06}", id.source(), id.number()))
}

/// What a file says was told of a segment; nothing where there is none, or it is not whole, or of another segment.
fn read(path: &Path, segment: &Segment) -> Option<Vec<(u64, u32)>> {
    let bytes = fs::read(path).ok()?;
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if Sha256::digest(body).as_slice() != sum {
        return None;
    }
    let rest = body.strip_prefix(MAGIC.as_slice())?;
    let rest = rest.strip_prefix(segment.manifest_sha256.0.as_slice())?;
    let records = rest.chunks_exact(12);
    if !records.remainder().is_empty() {
        return None;
    }
    let record = |bytes: &[u8]| {
        let (print, day) = bytes.split_at_checked(8)?;
        Some((
            u64::from_be_bytes(print.try_into().ok()?),
            u32::from_be_bytes(day.try_into().ok()?),
        ))
    };
    records.map(record).collect()
}

fn write(path: &Path, segment: &Segment, names: &[(u64, u32)]) -> std::io::Result<()> {
    let mut body = Vec::with_capacity(76 + names.len().saturating_mul(12));
    body.extend_from_slice(MAGIC);
    body.extend_from_slice(&segment.manifest_sha256.0);
    for (print, day) in names {
        body.extend_from_slice(&print.to_be_bytes());
        body.extend_from_slice(&day.to_be_bytes());
    }
    let sum = Sha256::digest(&body);
    body.extend_from_slice(&sum);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Not synced: a file that a crash leaves half is told by its sum, and made anew.
    let temporary = path.with_extension("new");
    let mut file = fs::File::create(&temporary)?;
    file.write_all(&body)?;
    fs::rename(&temporary, path)
}

/// Whether anything of a segment can be within the days that count.
fn counts(segment: &Segment, today: u32) -> bool {
    let imported = segment.manifest.imported_at_ms;
    let last = segment
        .manifest
        .time
        .map_or(imported, |span| span.last_ms.min(imported));
    // A log without a time on every line stands on the day of its import.
    let last = if segment.manifest.lines.all_with_time() {
        last
    } else {
        imported
    };
    u32::try_from(last.div_euclid(DAY_MS)).is_ok_and(|day| is_recent(day, today))
}

impl Logged {
    /// Takes a segment in: by its file, or, where that is missing and `make` says so, by reading the segment.
    pub fn learn(
        &self,
        dir: &Path,
        logs: &LogStore,
        segment: &Segment,
        (now_ms, make): (u64, bool),
    ) -> Result<()> {
        let today = u32::try_from(now_ms / 86_400_000).unwrap_or(u32::MAX);
        if !counts(segment, today) {
            return Ok(());
        }
        let path = file_of(dir, segment.id());
        let names = match read(&path, segment) {
            Some(names) => names,
            None if make => {
                let told = logs.names(segment.id())?;
                if told.left_out > 0 {
                    tracing::warn!(segment = %segment.id(), left_out = told.left_out, "more names than are counted");
                }
                if let Err(error) = write(&path, segment, &told.names) {
                    // It is read again at the next start.
                    tracing::warn!(segment = %segment.id(), %error, "what names a log holds could not be kept");
                }
                told.names
            }
            None => return Ok(()),
        };
        self.take(segment.id().source(), &names, today);
        Ok(())
    }
}

impl Node {
    /// Counts the names of a log that was just brought in. That it was brought in stands whatever comes of this.
    pub(crate) fn learn_names(&self, segment: &str) {
        let found = SegmentId::parse(segment).map(|id| self.logs.segment(&id));
        let Some(Ok(segment)) = found else { return };
        // Whoever learns of a log lets the standing hunts look in it, and standing questions be asked.
        self.new_logs.notify_one();
        self.ask_again.notify_one();
        let learnt = self
            .logged
            .learn(&self.config.dir, &self.logs, &segment, (self.now_ms(), true));
        if let Err(error) = learnt {
            tracing::warn!(segment = %segment.id(), %error, "its names are not counted");
        }
    }

    /// Removes what was kept of the names of a log that is destroyed. What is counted of them in memory goes with the next
    /// start, or with its days.
    pub(crate) fn forget_names(&self, id: &SegmentId) {
        let path = file_of(&self.config.dir, id);
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(segment = %id, %error, "the names of a destroyed log are still kept");
        }
    }

    /// Reads the names of every segment of the last days that were not told yet: after a restored folder, or an import
    /// by an older version. It may take long; it ends early when the node is closed.
    pub(crate) fn learn_missing_names(&self) {
        let today = u32::try_from(self.now_ms() / 86_400_000).unwrap_or(u32::MAX);
        for segment in self.logs.segments() {
            if !self.is_healthy() {
                return;
            }
            let path = file_of(&self.config.dir, segment.id());
            if counts(&segment, today) && read(&path, &segment).is_none() {
                self.learn_names(&segment.id().to_string());
            }
        }
    }
}

/// Loads what was told of every segment of the last days.
pub(crate) fn load(dir: &Path, logs: &LogStore, now_ms: u64) -> Logged {
    let logged = Logged::default();
    for segment in logs.segments() {
        if let Err(error) = logged.learn(dir, logs, &segment, (now_ms, false)) {
            tracing::warn!(segment = %segment.id(), %error, "its names are not counted");
        }
    }
    logged
}

#[cfg(test)]
mod tests {
    use super::super::sources::POPULAR_WITHIN_DAYS;
    use super::*;

    fn of(names: &[(&str, u32)]) -> Vec<(u64, u32)> {
        let mut all: Vec<(u64, u32)> = names
            .iter()
            .map(|(name, day)| (name_fingerprint(name), *day))
            .collect();
        all.sort_unstable();
        all
    }

    fn sources(logged: &Logged, value: &str, today: u32) -> usize {
        logged.sources_of(&Pattern::parse(value).unwrap(), today)
    }

    #[test]
    fn each_source_counts_once_within_the_days() {
        let logged = Logged::default();
        for (source, day) in [("a", 100), ("b", 110), ("c", 120)] {
            let names = of(&[
                ("www.bank.example", day),
                ("bank.example", day),
                ("192.0.2.1", day),
            ]);
            logged.take(source, &names, 120);
        }
        logged.take("a", &of(&[("www.bank.example", 90)]), 120);
        for (value, today, expected) in [
            ("www.bank.example", 120, 3),
            ("WWW.Bank.example.", 129, 3),
            ("www.bank.example", 130, 2),
            ("bank.example", 120, 3),
            (".bank.example", 120, 3),
            ("http://www.bank.example:8080/a", 120, 3),
            ("192.0.2.1", 120, 3),
            ("192.0.2.1:443", 120, 3),
            ("192.0.2.0/24", 120, 0),
            ("jo@www.bank.example", 120, 0),
            ("login.www.bank.example", 120, 0),
            ("other.example", 120, 0),
        ] {
            assert_eq!(sources(&logged, value, today), expected, "{value} on {today}");
        }
        // A later day of the same source.
        logged.take("a", &of(&[("www.bank.example", 130)]), 130);
        assert_eq!(sources(&logged, "www.bank.example", 130), 3);
        assert_eq!(POPULAR_WITHIN_DAYS, 30);
    }

    #[test]
    fn memory_has_an_end_and_the_latest_stay() {
        let logged = Logged::with_room(4);
        logged.take("a", &of(&[("a.example", 100), ("b.example", 101)]), 110);
        logged.take("b", &of(&[("a.example", 100), ("b.example", 101)]), 110);
        assert_eq!(logged.len(), 4, "at the limit");
        logged.take("b", &of(&[("c.example", 102)]), 110);
        assert_eq!(logged.len(), 4);
        assert_eq!(sources(&logged, "c.example", 110), 1);
        assert_eq!(sources(&logged, "a.example", 110), 1, "the oldest of b went");
        // What is past its days makes room.
        logged.take("a", &[], 131);
        assert_eq!(sources(&logged, "b.example", 131), 0);
    }

    #[test]
    fn a_file_that_is_not_whole_is_none() {
        use accord_logstore::{FormatSetting, SourceConfig};
        let dir = tempfile::tempdir().unwrap();
        let logs = LogStore::open(&dir.path().join("logs")).unwrap();
        let source = SourceConfig {
            name: "isp".into(),
            description: String::new(),
            format: FormatSetting::Auto,
            customers: Vec::new(),
            time_zone: String::new(),
            clock_offset_ms: None,
            ordinary_course: true,
            custodian: "jo".into(),
        };
        logs.add_source(source).unwrap();
        let now_ms = 1_700_000_000_000_u64;
        let bytes = b"seen evil.example\n";
        let segment = logs
            .import("isp", "a.log", &mut &bytes[..], 1_700_000_000_000, "jo")
            .unwrap();
        let path = file_of(dir.path(), segment.id());
        let today = u32::try_from(now_ms / 86_400_000).unwrap();
        let learn = |make| {
            let logged = Logged::default();
            logged.learn(dir.path(), &logs, &segment, (now_ms, make)).unwrap();
            sources(&logged, "evil.example", today)
        };
        assert_eq!((learn(false), learn(true), learn(false)), (0, 1, 1));
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(read(&path, &segment), None, "{cut}");
        }
        let mut changed = whole.clone();
        changed[50] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert_eq!((learn(false), learn(true)), (0, 1), "made anew");
        assert_eq!(fs::read(&path).unwrap(), whole);
        // A month later it counts no more.
        let logged = Logged::default();
        let later = now_ms + 31 * 86_400_000;
        logged.learn(dir.path(), &logs, &segment, (later, true)).unwrap();
        assert_eq!(logged.len(), 0);
    }
}
