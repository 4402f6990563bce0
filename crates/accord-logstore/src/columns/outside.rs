//! The columns of a store as another process reads them: without the store's lock, while an import goes on.
//!
//! Invariants:
//! - Only `columns.parquet` beside its `columns.json` counts, as `docs/spec/log-columns.md` has it: the record is read before
//!   and after the file is looked at, so that a file that is put in place meanwhile is seen whole or not at all.
//! - Nothing is written, and nothing keeps a store from being listed but that it is none: what cannot be used is told with
//!   its reason.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::record::{parse, present};
use super::{COLUMNS, RECORD};
use crate::error::{Error, Result};
use crate::layout::{MANIFEST, STORE, STORE_TEXT};
use crate::limits::MAX_MANIFEST_BYTES;
use crate::manifest::{Manifest, SegmentId};
use crate::source::is_name;

/// How often a segment is looked at again whose columns are put in place at this moment.
const ATTEMPTS: usize = 3;

/// The columns of a store's segments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnFiles {
    /// The names of the sources, in order, with and without segments.
    pub sources: Vec<String>,
    /// The files, in the order of their segments.
    pub files: Vec<ColumnFile>,
    /// The segments that have none which can be used, in order.
    pub without: Vec<WithoutColumns>,
}

/// The columns of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFile {
    /// The segment.
    pub segment: SegmentId,
    /// `columns.parquet`.
    pub path: PathBuf,
    /// Rows, as its record has it.
    pub rows: u64,
    /// Its length, bytes.
    pub length: u64,
    identity: Identity,
}

/// Device, inode, and time of the last change: those of one file and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64, i64, i64);

/// A segment without columns that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutColumns {
    /// The segment.
    pub segment: SegmentId,
    /// Lines of its log, where its manifest says so.
    pub lines: Option<u64>,
    /// Why, for people.
    pub why: String,
}

const MOVING: &str = "its columns are put in place at this moment; ask again";
const NOT_BUILT: &str = "it has no columns; `accord log index` builds them";
const NO_RECORD: &str =
    "columns.parquet is there without columns.json, and is left out; `accord log index` builds both";
const NO_MANIFEST: &str = "its manifest cannot be read; run `accord log verify`";

impl WithoutColumns {
    /// Whether this reason is one of the fixed sentences here, and not what the system said of a file.
    #[must_use]
    pub fn is_plain(why: &str) -> bool {
        [MOVING, NOT_BUILT, NO_RECORD, NO_MANIFEST].contains(&why)
    }
}

impl ColumnFiles {
    /// Those of the store in this folder, as it is at this moment.
    ///
    /// # Errors
    /// [`Error::Unexplained`] where the folder is no log store, or one of another version; those of the file system.
    pub fn of_store(dir: &Path) -> Result<Self> {
        Self::of_store_but(dir, |_| BTreeSet::new())
    }

    /// The same without segments that are read elsewhere: `elsewhere` is given those of each source, in order, and says
    /// which. They are not looked at.
    pub(crate) fn of_store_but(
        dir: &Path,
        mut elsewhere: impl FnMut(&[SegmentId]) -> BTreeSet<SegmentId>,
    ) -> Result<Self> {
        let path = dir.join(STORE);
        if read_if_there(&path)?.as_deref() != Some(STORE_TEXT.as_bytes()) {
            let why = "this is not the folder of a log store that this program knows; name the folder `logs` of a node";
            return Err(Error::Unexplained {
                path: dir.to_path_buf(),
                why: why.to_owned(),
            });
        }
        let mut found = Self::default();
        for file in names(&dir.join("sources"))? {
            found.sources.extend(
                file.strip_suffix(".json")
                    .filter(|name| is_name(name))
                    .map(str::to_owned),
            );
        }
        let segments = dir.join("segments");
        for source in names(&segments)? {
            let folder = segments.join(&source);
            let mut numbers: Vec<SegmentId> = names(&folder)?
                .iter()
                .filter_map(|name| SegmentId::parse(&format!("{source}/{name}")))
                .collect();
            numbers.sort();
            let elsewhere = elsewhere(&numbers);
            for segment in numbers {
                if elsewhere.contains(&segment) {
                    continue;
                }
                found.look_at(&folder.join(segment.folder()), segment)?;
            }
        }
        Ok(found)
    }

    fn look_at(&mut self, folder: &Path, segment: SegmentId) -> Result<()> {
        let text = read_if_there(&folder.join(MANIFEST))?;
        let manifest: Option<Manifest> = text.and_then(|text| serde_json::from_slice(&text).ok());
        let (mut why, mut attempt) = (String::new(), 0);
        while attempt < ATTEMPTS {
            attempt += 1;
            let record = read_if_there(&folder.join(RECORD))?;
            match usable(folder, &segment, manifest.as_ref(), record.as_deref()) {
                Ok(file) => {
                    // The same record stands there: the file that was looked at is its own.
                    if read_if_there(&folder.join(RECORD))? == record {
                        self.files.push(file);
                        return Ok(());
                    }
                    why = MOVING.to_owned();
                }
                Err(because) => {
                    let again = read_if_there(&folder.join(RECORD))?;
                    why = because;
                    if again == record {
                        break;
                    }
                }
            }
        }
        if folder.is_dir() {
            self.without.push(WithoutColumns {
                lines: manifest.map(|manifest| manifest.lines.total()),
                segment,
                why,
            });
        }
        Ok(())
    }
}

/// The file beside this record, or why it cannot be used.
fn usable(
    folder: &Path,
    segment: &SegmentId,
    manifest: Option<&Manifest>,
    record: Option<&[u8]>,
) -> std::result::Result<ColumnFile, String> {
    let path = folder.join(COLUMNS);
    let Some(record) = record else {
        return Err(if path.exists() {
            NO_RECORD.to_owned()
        } else {
            NOT_BUILT.to_owned()
        });
    };
    let Some(manifest) = manifest else {
        return Err(NO_MANIFEST.to_owned());
    };
    let record = parse(segment, manifest.log.sha256, record).map_err(|error| error.to_string())?;
    present(folder, &record).map_err(|error| error.to_string())?;
    let found = fs::metadata(&path).map_err(|error| format!("{COLUMNS}: {error}"))?;
    Ok(ColumnFile {
        segment: segment.clone(),
        path,
        rows: record.rows,
        length: record.length,
        identity: Identity::of(&found),
    })
}

impl ColumnFile {
    /// Opens it for reading; nothing where it was built anew or taken away since it was listed.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(&self) -> io::Result<Option<File>> {
        self.identity.open(&self.path, self.length)
    }
}

impl Identity {
    pub(crate) fn of(found: &fs::Metadata) -> Self {
        Self(found.dev(), found.ino(), found.mtime(), found.mtime_nsec())
    }

    /// Opens the file; nothing where another is there by now, or none.
    pub(crate) fn open(self, path: &Path, length: u64) -> io::Result<Option<File>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let found = file.metadata()?;
        let same = Self::of(&found) == self && found.len() == length;
        Ok(same.then_some(file))
    }
}

/// The names in a folder, in order; none where it is gone.
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

/// A small file; nothing where there is none.
fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file("open", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_MANIFEST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(Error::file("read", path))?;
    Ok(Some(bytes))
}
