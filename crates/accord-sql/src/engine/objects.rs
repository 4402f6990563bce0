//! The only store of objects that the engine has: the listed files of columns, for reading.
//!
//! A file is opened for each read, and must be the one that was listed. What is written, listed or named otherwise is
//! refused here, so that no statement and no fault of the engine comes to another file.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use accord_logstore::{ColumnFile, PackFile, PackedColumns};
use async_trait::async_trait;
use bytes::Bytes;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    Attributes, CopyOptions, Error as ObjectError, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use crate::error::{Error, Kind};

/// What it is called in the engine's messages.
const NAME: &str = "columns";

/// The files, by their path in this store of objects.
pub(super) struct Objects {
    files: HashMap<Path, Listed>,
    read_bytes: AtomicU64,
    opened: AtomicU64,
    /// The first reason why one could not be read: the engine's own words of it are about objects.
    failure: Mutex<Option<Error>>,
}

/// A file that was listed.
enum Listed {
    Own(ColumnFile),
    Pack(PackFile),
}

/// The path of the columns of a segment in this store of objects.
pub(super) fn path(file: &ColumnFile) -> Path {
    Path::from(format!("{}/columns.parquet", file.segment))
}

/// The path of a pack, which no segment's columns have: it has a part less.
pub(super) fn path_of_pack(pack: &PackFile) -> Path {
    let name = pack.name().map(ToString::to_string).unwrap_or_default();
    Path::from(format!("{name}.parquet"))
}

impl Listed {
    fn open(&self) -> io::Result<Option<File>> {
        match self {
            Self::Own(file) => file.open(),
            Self::Pack(pack) => pack.open(),
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::Own(file) => file.length,
            Self::Pack(pack) => pack.length(),
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(file) => write!(f, "the columns of segment `{}`", file.segment),
            Self::Pack(pack) => {
                let name = pack.name().map(ToString::to_string).unwrap_or_default();
                write!(f, "the pack of columns that begins with segment `{name}`")
            }
        }
    }
}

impl Objects {
    pub(super) fn new(listed: &PackedColumns) -> Self {
        let own = listed
            .own
            .files
            .iter()
            .map(|file| (path(file), Listed::Own(file.clone())));
        let packs = listed
            .packs
            .iter()
            .map(|pack| (path_of_pack(pack), Listed::Pack(pack.clone())));
        Self {
            files: own.chain(packs).collect(),
            read_bytes: AtomicU64::new(0),
            opened: AtomicU64::new(0),
            failure: Mutex::new(None),
        }
    }

    /// Bytes that were read.
    pub(super) fn read_bytes(&self) -> u64 {
        self.read_bytes.load(Ordering::Relaxed)
    }

    /// How many files were begun.
    pub(super) fn begun(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Why a file could not be read, where one could not.
    pub(super) fn failure(&self) -> Option<Error> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn fail(&self, file: &Listed, why: &str) -> ObjectError {
        let words = format!("{file} cannot be read: {why}");
        let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| Error::new(Kind::Store, words.clone()));
        ObjectError::Generic {
            store: NAME,
            source: words.into(),
        }
    }

    fn file(&self, location: &Path) -> Result<&Listed> {
        self.files.get(location).ok_or_else(|| ObjectError::NotFound {
            path: location.to_string(),
            source: "it is not among the listed columns".into(),
        })
    }

    fn open(&self, file: &Listed) -> Result<File> {
        match file.open() {
            Ok(Some(open)) => Ok(open),
            Ok(None) => Err(self.fail(
                file,
                "the file was made anew or taken away after the question began; ask again",
            )),
            Err(error) => Err(self.fail(file, &error.to_string())),
        }
    }

    fn read(&self, file: &Listed, open: &File, range: &Range<u64>) -> Result<Bytes> {
        let end = range.end.min(file.length());
        let length = usize::try_from(end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        if bytes.try_reserve_exact(length).is_err() {
            let error = io::Error::from(io::ErrorKind::OutOfMemory);
            return Err(self.fail(file, &error.to_string()));
        }
        bytes.resize(length, 0);
        open.read_exact_at(&mut bytes, range.start)
            .map_err(|error| self.fail(file, &error.to_string()))?;
        self.read_bytes.fetch_add(length as u64, Ordering::Relaxed);
        if end == file.length() {
            // Every file is begun at its end, which is read once.
            self.opened.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Bytes::from(bytes))
    }

    fn meta(&self, location: &Path, file: &Listed) -> ObjectMeta {
        ObjectMeta {
            location: location.clone(),
            last_modified: Default::default(),
            size: file.length(),
            e_tag: None,
            version: None,
        }
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files of columns", self.files.len())
    }
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

fn read_only<T>() -> Result<T> {
    Err(ObjectError::NotSupported {
        source: "the columns of logs are only read".into(),
    })
}

#[async_trait]
impl ObjectStore for Objects {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let file = self.file(location)?;
        let whole = 0..file.length();
        let range = match &options.range {
            Some(range) => range
                .as_range(file.length())
                .map_err(|error| ObjectError::Generic {
                    store: NAME,
                    source: error.to_string().into(),
                })?,
            None => whole,
        };
        let bytes = if options.head {
            Bytes::new()
        } else {
            self.read(file, &self.open(file)?, &range)?
        };
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::once(async move { Ok(bytes) }).boxed()),
            meta: self.meta(location, file),
            range,
            attributes: Attributes::default(),
        })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let file = self.file(location)?;
        let open = self.open(file)?;
        ranges.iter().map(|range| self.read(file, &open, range)).collect()
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::once(async { read_only() }).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        read_only()
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        read_only()
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        read_only()
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        stream::once(async { read_only() }).boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        read_only()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path as FilePath;

    use accord_logstore::{FormatSetting, LogStore, SegmentId, SourceConfig};
    use datafusion::object_store::ObjectStoreExt;

    use super::*;

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(work)
    }

    fn store(folder: &FilePath) -> LogStore {
        let store = LogStore::open(folder).unwrap();
        store
            .add_source(SourceConfig {
                name: "a".to_owned(),
                description: String::new(),
                format: FormatSetting::Auto,
                customers: Vec::new(),
                time_zone: String::new(),
                clock_offset_ms: None,
                ordinary_course: true,
                custodian: "jo".to_owned(),
            })
            .unwrap();
        store
            .import("a", "given", &mut &b"one\ntwo\n"[..], 0, "jo")
            .unwrap();
        store
    }

    #[test]
    fn only_the_listed_files_are_read_and_none_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let _store = store(folder.path());
        let listed = PackedColumns::of_store(folder.path()).unwrap();
        let objects = Objects::new(&listed);
        let path = path(&listed.own.files[0]);
        let bytes = std::fs::read(&listed.own.files[0].path).unwrap();
        let length = bytes.len() as u64;
        let read = block_on(objects.get_ranges(&path, &[0..4, length - 4..length])).unwrap();
        assert_eq!(
            (&read[0][..], &read[1][..], objects.read_bytes()),
            (&b"PAR1"[..], &b"PAR1"[..], 8)
        );
        assert_eq!(block_on(objects.get_range(&path, 1..9)).unwrap(), bytes[1..9]);
        assert_eq!(block_on(objects.head(&path)).unwrap().size, length);
        assert_eq!(objects.begun(), 1);
        for other in [
            "a/000001/columns.json",
            "a/000001/manifest.json",
            "a/000002/columns.parquet",
            "store.json",
            "etc/passwd",
        ] {
            let told = block_on(objects.get_range(&Path::from(other), 0..1));
            assert!(matches!(told, Err(ObjectError::NotFound { .. })), "{other}");
        }
        assert!(block_on(objects.put(&path, "x".into())).is_err());
        assert!(block_on(objects.put_multipart(&path)).is_err());
        assert!(block_on(objects.delete(&path)).is_err());
        assert!(block_on(objects.copy(&path, &Path::from("b"))).is_err());
        assert!(block_on(objects.rename(&path, &Path::from("b"))).is_err());
        assert!(block_on(objects.list(None).next()).unwrap().is_err());
        assert!(block_on(objects.list_with_delimiter(None)).is_err());
        assert_eq!(std::fs::read(&listed.own.files[0].path).unwrap(), bytes);
        assert_eq!(objects.failure(), None);
    }

    #[test]
    fn a_file_that_was_built_anew_is_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let listed = PackedColumns::of_store(folder.path()).unwrap();
        let objects = Objects::new(&listed);
        let path = path(&listed.own.files[0]);
        let id = SegmentId::parse("a/000001").unwrap();
        store
            .build_columns(&id, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap();
        assert!(block_on(objects.get_range(&path, 0..4)).is_err());
        let failure = objects.failure().unwrap();
        assert_eq!(failure.kind, Kind::Store);
        assert!(
            failure.message.contains("`a/000001`") && failure.message.contains("ask again"),
            "{failure}"
        );
    }
}
