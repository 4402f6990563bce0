//! Packs as another process sees them, without the store's lock.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::{PackRecord, PackedSegment, RECORD_END};
use crate::columns::{ColumnFiles, Identity};
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::limits::MAX_MANIFEST_BYTES;
use crate::manifest::SegmentId;

/// A pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPack {
    /// What it is.
    pub record: Arc<PackRecord>,
    /// Its Parquet file.
    pub path: PathBuf,
}

impl ColumnPack {
    /// The packs of the store in this folder that can be used at this moment, for a reader without the store's lock: whole
    /// ones, all of whose segments are there. Of the segments that they name, their own columns are to be passed over, or a
    /// row comes twice. A pack may be taken away at any moment; the columns of its segments are to be read then.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn of_store(dir: &Path) -> Result<Vec<Self>> {
        let layout = Layout {
            root: dir.to_path_buf(),
        };
        // A destroyed segment's folder is moved away at once, and its number is never used again.
        let here = |packed: &PackedSegment| layout.segment(&packed.segment).is_dir();
        let packs = PackFile::of_store(&layout)?.into_iter();
        let usable = packs.filter(|file| file.segments().iter().all(here));
        Ok(usable.map(|file| file.pack).collect())
    }
}

/// A pack as it was when it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    pack: ColumnPack,
    identity: Identity,
}

impl PackFile {
    /// The whole ones, whether or not their segments are there.
    fn of_store(layout: &Layout) -> Result<Vec<Self>> {
        let mut packs = Vec::new();
        for source in names(&layout.packs())? {
            for file in names(&layout.source_packs(&source))? {
                let stem = file.strip_suffix(RECORD_END);
                let name = stem.and_then(|stem| SegmentId::parse(&format!("{source}/{stem}")));
                if let Some(name) = name {
                    packs.extend(Self::look_at(layout, &name)?);
                }
            }
        }
        Ok(packs)
    }

    /// The pack of this name, where it can be used.
    fn look_at(layout: &Layout, name: &SegmentId) -> Result<Option<Self>> {
        let text = record_text(layout, name)?;
        let record = text
            .as_deref()
            .and_then(|text| serde_json::from_slice::<PackRecord>(text).ok());
        let Some(record) = record.filter(|record| record.is_of(name)) else {
            return Ok(None);
        };
        let path = layout.pack_rows(name);
        let Ok(found) = fs::metadata(&path) else {
            return Ok(None);
        };
        // Where the same record still stands there, the file that was looked at is its own.
        if found.len() != record.length || record_text(layout, name)? != text {
            return Ok(None);
        }
        let pack = ColumnPack {
            record: Arc::new(record),
            path,
        };
        Ok(Some(Self {
            pack,
            identity: Identity::of(&found),
        }))
    }

    /// The first of its segments, which gives it its name.
    #[must_use]
    pub fn name(&self) -> Option<&SegmentId> {
        self.pack.record.name()
    }

    /// Its segments, in the order of their rows.
    #[must_use]
    pub fn segments(&self) -> &[PackedSegment] {
        &self.pack.record.segments
    }

    /// Its rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.pack.record.rows
    }

    /// Its length, bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.pack.record.length
    }

    /// Opens it for reading; nothing where it was made anew or taken away since it was listed.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(&self) -> io::Result<Option<File>> {
        self.identity.open(&self.pack.path, self.length())
    }
}

/// The columns of a store as they are best read by a process without its lock: packs, and the own columns of the segments
/// that are in none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackedColumns {
    /// The packs that can be used. No segment is in two of them.
    pub packs: Vec<PackFile>,
    /// The own columns of all other segments, and the sources.
    pub own: ColumnFiles,
}

impl PackedColumns {
    /// Those of the store in this folder, as it is at this moment.
    ///
    /// Packs are listed before segments, and one counts if all of its segments are there. One that is made meanwhile is not seen; of one that is taken away meanwhile, for a
    /// destruction or to be made anew, [`PackFile::open`] tells.
    ///
    /// # Errors
    /// Those of [`ColumnFiles::of_store`].
    pub fn of_store(dir: &Path) -> Result<Self> {
        let layout = Layout {
            root: dir.to_path_buf(),
        };
        let mut listed: BTreeMap<String, Vec<PackFile>> = BTreeMap::new();
        for pack in PackFile::of_store(&layout)? {
            if let Some(name) = pack.name() {
                listed.entry(name.source().to_owned()).or_default().push(pack);
            }
        }
        let mut packs = Vec::new();
        let own = ColumnFiles::of_store_but(dir, |segments| {
            let mut packed = BTreeSet::new();
            let source = segments.first().map(SegmentId::source);
            for pack in source
                .and_then(|source| listed.remove(source))
                .unwrap_or_default()
            {
                // In the order of their numbers, and in no other pack.
                let of_pack = || pack.segments().iter().map(|packed| &packed.segment);
                let usable = |id: &SegmentId| segments.binary_search(id).is_ok() && !packed.contains(id);
                if of_pack().all(usable) {
                    packed.extend(of_pack().cloned());
                    packs.push(pack);
                }
            }
            packed
        })?;
        Ok(Self { packs, own })
    }
}

/// The text of a pack's record; nothing where it is gone.
fn record_text(layout: &Layout, name: &SegmentId) -> Result<Option<Vec<u8>>> {
    let path = layout.pack_record(name);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file("open", path)(error)),
    };
    let mut text = Vec::new();
    file.take(MAX_MANIFEST_BYTES)
        .read_to_end(&mut text)
        .map_err(Error::file("read", path))?;
    Ok(Some(text))
}

/// The names in a folder, in order; none where it is not there.
fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::file("list", folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::file("list", folder))?;
        found.extend(entry.file_name().into_string());
    }
    found.sort();
    Ok(found)
}
