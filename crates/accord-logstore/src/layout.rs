//! The folders of a store, and opening it: which is also recovery.
//!
//! ```text
//! store.json                       what this folder is; written last when a store is made
//! lock                             held while a process has the store open
//! sources/NAME.json                the settings of a source
//! segments/NAME/000001/            one segment: manifest.json, frames.zst, frames.ndjson; and what is derived from them
//! packs/NAME/000001.parquet        the columns of many small segments, with 000001.json; derived, absent without any
//! catalogues/000001.bin            in which of many segments a key stands; derived, absent without any
//! keeping/000001.ndjson            decisions about retention and holds, and what was destroyed; absent without any
//! incoming/                        what is being written; whatever lies there at opening is removed
//! ```
//!
//! Everything is written under `incoming/`, synced, renamed to its place, and the parent folder synced: at any crash a
//! thing is at its place whole, or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::columns::{COLUMNS, RECORD};
use crate::digest::sha256;
use crate::disk::{Disk, DiskFile};
use crate::error::{Error, Result};
use crate::keeping::Keeping;
use crate::limits::{MAX_MANIFEST_BYTES, MAX_SOURCES};
use crate::manifest::{FORMAT, Manifest, Segment, SegmentId, VERSION};
use crate::matches::MATCHES;
use crate::packs::Packs;
use crate::postings::{Catalogues, POSTINGS};
use crate::source::{SourceConfig, is_name};

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const FRAMES: &str = "frames.zst";
pub(crate) const INDEX: &str = "frames.ndjson";
/// Files of a segment that are derived from its frames: they may be missing.
const DERIVED: [&str; 4] = [POSTINGS, COLUMNS, RECORD, MATCHES];
/// What the names of things under `incoming/` begin with.
const INCOMING: [&str; 9] = [
    "import-",
    "source-",
    "postings-",
    "columns-",
    "matches-",
    "keeping-",
    "destroyed-",
    "pack-",
    "catalogue-",
];
pub(crate) const STORE: &str = "store.json";
pub(crate) const STORE_TEXT: &str = "{\"format\":\"accord-log-store\",\"version\":1}\n";

/// The paths of a store.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
}

/// What opening found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) lock: File,
    pub(crate) sources: BTreeMap<String, SourceConfig>,
    pub(crate) segments: BTreeMap<SegmentId, Arc<Segment>>,
    pub(crate) keeping: Keeping,
    pub(crate) packs: Packs,
    pub(crate) catalogues: Catalogues,
}

impl Layout {
    pub(crate) fn sources(&self) -> PathBuf {
        self.root.join("sources")
    }
    pub(crate) fn segments(&self) -> PathBuf {
        self.root.join("segments")
    }
    pub(crate) fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }
    pub(crate) fn keeping(&self) -> PathBuf {
        self.root.join("keeping")
    }
    pub(crate) fn source_file(&self, name: &str) -> PathBuf {
        self.sources().join(format!("{name}.json"))
    }
    pub(crate) fn source_segments(&self, name: &str) -> PathBuf {
        self.segments().join(name)
    }
    pub(crate) fn segment(&self, id: &SegmentId) -> PathBuf {
        self.source_segments(id.source()).join(id.folder())
    }

    /// Opens the store, making it where there is none.
    pub(crate) fn open(&self, disk: &Disk) -> Result<Found> {
        if !self.root.exists() {
            disk.create_dir(&self.root)
                .map_err(Error::file("create", &self.root))?;
        }
        let is_store = self.root.join(STORE).exists();
        if !is_store {
            self.check_can_be_made()?;
        }
        let lock = self.lock()?;
        if !is_store {
            self.make(disk)?;
        }
        self.check_root()?;
        self.clear_incoming(disk)?;
        let sources = self.read_sources()?;
        let keeping = self.read_keeping()?;
        let segments = self.read_segments(disk, &sources, &keeping)?;
        let packs = self.read_packs(disk, &segments)?;
        let catalogues = self.read_catalogues(disk, &segments)?;
        Ok(Found {
            lock,
            sources,
            segments,
            keeping,
            packs,
            catalogues,
        })
    }

    fn lock(&self) -> Result<File> {
        let path = self.root.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = file.map_err(Error::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(self.root.clone())),
            Err(TryLockError::Error(error)) => Err(Error::file("lock", path)(error)),
        }
    }

    /// A store is made in an empty folder only, or where an earlier making was cut short: then all folders are empty.
    fn check_can_be_made(&self) -> Result<()> {
        for (name, path) in entries(&self.root)? {
            let empty = match name.as_str() {
                "lock" => true,
                "sources" | "segments" => entries(&path)?.is_empty(),
                "incoming" => entries(&path)?.iter().all(|(name, _)| name == STORE),
                _ => false,
            };
            if !empty {
                return Err(unexplained(
                    path,
                    format!(
                        "{} is not a log store (it has no {STORE}); name an empty folder",
                        self.root.display()
                    ),
                ));
            }
        }
        Ok(())
    }

    fn make(&self, disk: &Disk) -> Result<()> {
        for folder in [self.sources(), self.segments(), self.incoming()] {
            if !folder.exists() {
                disk.create_dir(&folder).map_err(Error::file("create", &folder))?;
            }
        }
        let temporary = self.incoming().join(STORE);
        if temporary.exists() {
            disk.remove(&temporary)
                .map_err(Error::file("remove", &temporary))?;
        }
        // The folders must be there after a crash that leaves `store.json`, hence the first sync.
        self.sync(disk, &self.root)?;
        self.write_file(disk, &temporary, STORE_TEXT.as_bytes())?;
        let path = self.root.join(STORE);
        disk.rename(&temporary, &path)
            .map_err(Error::file("rename to", &path))?;
        self.sync(disk, &self.root)?;
        if let Some(parent) = self.root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            self.sync(disk, parent)?;
        }
        Ok(())
    }

    pub(crate) fn write_file(&self, disk: &Disk, path: &Path, bytes: &[u8]) -> Result<()> {
        sync_file(self.write_unsynced(disk, path, bytes)?)
    }

    /// A new file, to be synced with others: a journal takes together what is synced at the same time.
    pub(crate) fn write_unsynced(&self, disk: &Disk, path: &Path, bytes: &[u8]) -> Result<DiskFile> {
        let mut file = disk.create_file(path).map_err(Error::file("create", path))?;
        file.write_all(bytes).map_err(Error::file("write", path))?;
        Ok(file)
    }

    pub(crate) fn sync(&self, disk: &Disk, folder: &Path) -> Result<()> {
        disk.sync_dir(folder).map_err(Error::file("sync", folder))
    }

    fn check_root(&self) -> Result<()> {
        let text = read_small(&self.root.join(STORE))?;
        if text != STORE_TEXT.as_bytes() {
            let why =
                "it is not of a version that this program knows; use the program that made it".to_owned();
            return Err(unexplained(self.root.join(STORE), why));
        }
        for (name, path) in entries(&self.root)? {
            if !matches!(
                name.as_str(),
                STORE | "lock" | "sources" | "segments" | "incoming" | "keeping" | "packs" | "catalogues"
            ) {
                return Err(not_ours(path));
            }
        }
        for folder in [self.sources(), self.segments(), self.incoming()] {
            if !folder.is_dir() {
                return Err(unexplained(
                    folder,
                    "it is missing; restore the store from a backup".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn clear_incoming(&self, disk: &Disk) -> Result<()> {
        for (name, path) in entries(&self.incoming())? {
            if !(name == STORE || INCOMING.iter().any(|ours| name.starts_with(ours))) {
                return Err(not_ours(path));
            }
            disk.remove(&path)
                .map_err(Error::file("remove the half-written", &path))?;
        }
        Ok(())
    }

    fn read_sources(&self) -> Result<BTreeMap<String, SourceConfig>> {
        let mut sources = BTreeMap::new();
        for (file, path) in entries(&self.sources())? {
            let Some(name) = file.strip_suffix(".json").filter(|name| is_name(name)) else {
                return Err(not_ours(path));
            };
            if sources.len() >= MAX_SOURCES {
                return Err(unexplained(
                    path,
                    format!("more than {MAX_SOURCES} sources; split the store"),
                ));
            }
            let config: SourceConfig = parse(&path, &read_small(&path)?)?;
            config.check()?;
            if config.name != name {
                return Err(unexplained(
                    path,
                    format!("it describes source `{}`; rename it back", config.name),
                ));
            }
            sources.insert(name.to_owned(), config);
        }
        Ok(sources)
    }

    fn read_segments(
        &self,
        disk: &Disk,
        sources: &BTreeMap<String, SourceConfig>,
        keeping: &Keeping,
    ) -> Result<BTreeMap<SegmentId, Arc<Segment>>> {
        let mut segments = BTreeMap::new();
        for (source, folder) in entries(&self.segments())? {
            let inside = entries(&folder)?;
            if !sources.contains_key(&source) {
                if !inside.is_empty() || !is_name(&source) {
                    let why = "its source has no settings; restore them from a backup".to_owned();
                    return Err(unexplained(folder, why));
                }
                // Adding the source was cut short before its settings were in place.
                disk.remove(&folder)
                    .map_err(Error::file("remove the half-made", &folder))?;
                continue;
            }
            for (name, path) in inside {
                let id = name
                    .parse()
                    .ok()
                    .and_then(|number| SegmentId::new(&source, number));
                let Some(id) = id.filter(|id| id.folder() == name) else {
                    return Err(not_ours(path));
                };
                if self.finish_destruction(disk, keeping, &id)? {
                    continue;
                }
                segments.insert(id.clone(), Arc::new(read_segment(disk, &path, &id)?));
            }
        }
        for name in sources.keys() {
            let folder = self.source_segments(name);
            if !folder.is_dir() {
                let why =
                    format!("the folder of source `{name}` is missing; restore the store from a backup");
                return Err(unexplained(folder, why));
            }
        }
        Ok(segments)
    }
}

fn read_segment(disk: &Disk, folder: &Path, id: &SegmentId) -> Result<Segment> {
    let inside = entries(folder)?;
    for (name, path) in &inside {
        if !matches!(name.as_str(), MANIFEST | FRAMES | INDEX) && !DERIVED.contains(&name.as_str()) {
            return Err(not_ours(path.clone()));
        }
    }
    // Putting columns in place was cut short: they are nothing without their record.
    if let Some((_, path)) = inside.iter().find(|(name, _)| name == COLUMNS)
        && !inside.iter().any(|(name, _)| name == RECORD)
    {
        disk.remove(path)
            .map_err(Error::file("remove the half-made", path))?;
    }
    for name in [MANIFEST, FRAMES, INDEX] {
        let path = folder.join(name);
        if !path.is_file() {
            let why = "it is missing, and no crash of an import loses it; restore the segment from a backup, or \
                       move its folder out of the store and keep it";
            return Err(unexplained(path, why.to_owned()));
        }
    }
    let path = folder.join(MANIFEST);
    let bytes = read_small(&path)?;
    let manifest: Manifest = parse(&path, &bytes)?;
    if manifest.format != FORMAT || manifest.version != VERSION || manifest.segment != *id {
        let why = format!(
            "it says {} version {} of segment {}; {FORMAT} version {VERSION} of {id} is expected here; rename its folder back",
            manifest.format, manifest.version, manifest.segment
        );
        return Err(unexplained(path, why));
    }
    Ok(Segment {
        manifest,
        manifest_sha256: sha256(&bytes),
    })
}

pub(crate) fn sync_file(mut file: DiskFile) -> Result<()> {
    file.sync().map_err(Error::file("sync", file.path()))
}

/// Names and paths of what a folder holds, in the order of the names.
pub(crate) fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::file("list", folder))? {
        let entry = entry.map_err(Error::file("list", folder))?;
        let Ok(name) = entry.file_name().into_string() else {
            return Err(not_ours(entry.path()));
        };
        found.push((name, entry.path()));
    }
    found.sort();
    Ok(found)
}

pub(crate) fn read_small(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(Error::file("open", path))?;
    let mut bytes = Vec::new();
    file.take(MAX_MANIFEST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::file("read", path))?;
    if bytes.len() as u64 > MAX_MANIFEST_BYTES {
        return Err(unexplained(
            path.to_path_buf(),
            format!("it is larger than {MAX_MANIFEST_BYTES} bytes"),
        ));
    }
    Ok(bytes)
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes)
        .map_err(|error| unexplained(path.to_path_buf(), format!("{error}; restore it from a backup")))
}

pub(crate) fn unexplained(path: PathBuf, why: String) -> Error {
    Error::Unexplained { path, why }
}

pub(crate) fn not_ours(path: PathBuf) -> Error {
    unexplained(
        path,
        "it was not put there by this program; move it out of the store".to_owned(),
    )
}
