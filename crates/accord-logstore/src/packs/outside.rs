//! Packs as another process sees them, without the store's lock.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::{PackRecord, RECORD_END};
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
        let mut packs = Vec::new();
        for source in names(&layout.packs())? {
            for file in names(&layout.source_packs(&source))? {
                let stem = file.strip_suffix(RECORD_END);
                let name = stem.and_then(|stem| SegmentId::parse(&format!("{source}/{stem}")));
                let Some(name) = name else { continue };
                let Some(record) = read(&layout, &name)? else {
                    continue;
                };
                let path = layout.pack_rows(&name);
                let whole = fs::metadata(&path).is_ok_and(|found| found.len() == record.length);
                // A destroyed segment's folder is moved away at once, and its number is never used again.
                let here = |id: &SegmentId| layout.segment(id).is_dir();
                if whole && record.segments.iter().all(|packed| here(&packed.segment)) {
                    packs.push(Self {
                        record: Arc::new(record),
                        path,
                    });
                }
            }
        }
        Ok(packs)
    }
}

/// The record of a pack; nothing where it is gone, or no record.
fn read(layout: &Layout, name: &SegmentId) -> Result<Option<PackRecord>> {
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
    let record = serde_json::from_slice::<PackRecord>(&text).ok();
    Ok(record.filter(|record| record.is_of(name)))
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
