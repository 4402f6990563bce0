//! `columns.parquet` being written.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use accord_columns::{Encoder, Limits, RowFiller, RowGroup, RowGroupFile, Timing};
use accord_formats::logs::LogFormat;
use sha2::{Digest, Sha256};

use super::groups::Groups;
use super::record::{FORMAT, MADE_WITH, VERSION};
use super::walk::ParsedLine;
use super::{COLUMNS, ColumnsRecord, RECORD};
use crate::digest::Hex;
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::manifest::SegmentId;
use crate::source::SourceConfig;
use crate::spares::Spares;
use crate::store::LogStore;

/// What goes to the file is gathered to this many bytes.
const WRITE_BYTES: usize = 256 * 1024;

/// Writes the columns of one log into a folder under `incoming/`.
pub(crate) struct ColumnsFile {
    path: PathBuf,
    filler: RowFiller,
    groups: Groups,
    spares: Spares<RowGroup>,
    encoders: Spares<Option<Encoder>>,
}

/// Columns that are written and synced, and not yet anybody's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WrittenColumns {
    rows: u64,
    length: u64,
    sha256: Hex<32>,
}

impl ColumnsFile {
    /// The settings are those of the source at the import; the time is that of the import.
    pub(crate) fn create(
        store: &LogStore,
        folder: &Path,
        source: &SourceConfig,
        format: LogFormat,
        imported_at_ms: i64,
    ) -> Result<Self> {
        let path = folder.join(COLUMNS);
        let sink = Sink::create(store, &path)?;
        let timing = Timing::new(&source.time_zone, source.clock_offset_ms, imported_at_ms);
        let file = RowGroupFile::new(sink, format, &timing).with_encoder(store.encoders.take());
        Ok(Self {
            path,
            filler: RowFiller::new(format, timing, Limits::default(), store.row_groups.take()),
            groups: Groups::Here(Box::new(file)),
            spares: store.row_groups.clone(),
            encoders: store.encoders.clone(),
        })
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &ParsedLine<'_, '_>) -> Result<()> {
        let filled = self.filler.line(
            &line.place,
            line.outcome,
            line.time,
            line.records.all(),
            line.records.left_out(),
            &mut |group| self.groups.swap(group, &self.spares),
        );
        // The path is copied where there is something to say of it, not for each line.
        filled.map_err(|error| Error::file("write", &self.path)(error))
    }

    /// After the last line: what is left to write but the file's end.
    pub(crate) fn end(self) -> Result<WalkedColumns> {
        let Self {
            path,
            filler,
            groups,
            spares,
            encoders,
        } = self;
        let (rows, _) = filler.counts();
        let write = || {
            let (mut file, mut last) = (groups.end(&spares)?, filler.finish());
            file.last_group(&mut last)?;
            spares.give(last);
            encoders.give(file.take_encoder());
            Ok(file)
        };
        let file = write().map_err(Error::file("write", &path))?;
        Ok(WalkedColumns { path, file, rows })
    }
}

/// Columns whose lines are all read, to be finished once the log's digest is known.
pub(crate) struct WalkedColumns {
    path: PathBuf,
    file: Box<RowGroupFile<Sink>>,
    rows: u64,
}

impl WalkedColumns {
    /// Writes the file's end, and syncs it.
    pub(crate) fn finish(self, log_sha256: Hex<32>) -> Result<WrittenColumns> {
        let Self { path, file, rows } = self;
        let sink = file
            .finish(&log_sha256.to_string())
            .map_err(Error::file("write", &path))?;
        let (length, sha256) = sink.finish(&path)?;
        Ok(WrittenColumns { rows, length, sha256 })
    }
}

impl WrittenColumns {
    /// Writes the record beside them, once it is known whose they are; its file is to be synced.
    pub(crate) fn record(
        self,
        store: &LogStore,
        folder: &Path,
        segment: &SegmentId,
        log_sha256: Hex<32>,
    ) -> Result<(ColumnsRecord, DiskFile)> {
        let record = ColumnsRecord {
            format: FORMAT.to_owned(),
            version: VERSION,
            segment: segment.clone(),
            log_sha256,
            made_with: MADE_WITH.to_owned(),
            rows: self.rows,
            length: self.length,
            sha256: self.sha256,
        };
        let path = folder.join(RECORD);
        let mut text =
            serde_json::to_vec_pretty(&record).map_err(|error| Error::file("write", &path)(error.into()))?;
        text.push(b'\n');
        let file = store.layout.write_unsynced(&store.disk, &path, &text)?;
        Ok((record, file))
    }
}

/// The file, and the digest of what went into it.
pub(crate) struct Sink {
    file: DiskFile,
    /// What has not gone there yet.
    waiting: Vec<u8>,
    length: u64,
    digest: Sha256,
}

impl Sink {
    pub(crate) fn create(store: &LogStore, path: &Path) -> Result<Self> {
        let file = store
            .disk
            .create_file(path)
            .map_err(Error::file("create", path))?;
        Ok(Self {
            file,
            waiting: Vec::new(),
            length: 0,
            digest: Sha256::new(),
        })
    }

    /// Syncs the file; its length and SHA-256.
    pub(crate) fn finish(mut self, path: &Path) -> Result<(u64, Hex<32>)> {
        self.write_waiting().map_err(Error::file("write", path))?;
        self.file.sync().map_err(Error::file("sync", path))?;
        Ok((self.length, Hex(self.digest.finalize().into())))
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.file.write_all(&self.waiting)?;
            self.digest.update(&self.waiting);
            self.waiting.clear();
        }
        Ok(())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        self.length += bytes.len() as u64;
        if self.waiting.len() >= WRITE_BYTES {
            self.write_waiting()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
