//! Columns for a segment that has none, or whose columns are damaged; and the check of those that are there.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::record::{damaged, present, read};
use super::walk::ColumnsWalk;
use super::{COLUMNS, ColumnsRecord, RECORD};
use crate::digest::Hex;
use crate::error::{Error, Result};
use crate::hunt::Progress;
use crate::layout::sync_file;
use crate::manifest::{Segment, SegmentId};
use crate::postings::BuildReport;
use crate::store::LogStore;
use crate::verify::Problem;

/// Bytes of columns that a check reads at once.
const READ_BYTES: usize = 256 * 1024;

impl LogStore {
    /// What the columns of a segment are; nothing where it has none.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`]; [`Error::Columns`] where what says so is damaged; those of the file system.
    pub fn columns(&self, id: &SegmentId) -> Result<Option<ColumnsRecord>> {
        let segment = self.segment(id)?;
        read(&self.layout.segment(id), &segment)
    }

    /// The Parquet file of a segment's columns; nothing where it has none. Its digest is not compared: see
    /// [`LogStore::verify`].
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`]; [`Error::Columns`] where the file is missing or not as long as it was; those of the file
    /// system.
    pub fn columns_path(&self, id: &SegmentId) -> Result<Option<PathBuf>> {
        let Some(record) = self.columns(id)? else {
            return Ok(None);
        };
        let folder = self.layout.segment(id);
        present(&folder, &record)?;
        Ok(Some(folder.join(COLUMNS)))
    }

    /// Builds the columns of a segment from its frames, in place of those that it has. Hunts and readers of the frames go
    /// on meanwhile.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`]; [`Error::Destroyed`], also where it is meanwhile; [`Error::Damaged`] where a frame is,
    /// [`Error::Cancelled`], those of the file system. After an error the segment has the columns that it had, or none.
    pub fn build_columns(
        &self,
        id: &SegmentId,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<ColumnsRecord> {
        let segment = self.segment(id)?;
        let room = self.room_of("columns", id);
        let folder = room.path();
        self.disk
            .create_dir(folder)
            .map_err(Error::file("create", folder))?;
        let built = self.write_columns(folder, &segment, progress);
        let placed = built.and_then(|record| self.place_columns(folder, id).map(|()| record));
        placed.map_err(|error| self.explain(id, error))
    }

    /// Builds the columns of one segment, or of all, where they are missing or do not fit their record. Their digest is
    /// not compared: see [`LogStore::verify`].
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`]; [`Error::Destroyed`] where the one that is named is, also meanwhile; [`Error::Cancelled`],
    /// those of the file system. Damage of frames is no error: it is in
    /// the report.
    pub fn build_missing_columns(
        &self,
        which: Option<&SegmentId>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<BuildReport> {
        let segments = match which {
            Some(id) => vec![self.segment(id)?],
            None => self.segments(),
        };
        let mut report = BuildReport::default();
        for segment in segments {
            match self.columns_path(segment.id()) {
                Ok(Some(_)) => continue,
                Ok(None) | Err(Error::Columns { .. }) => {}
                // Destroyed since they were listed: there is nothing to build.
                Err(Error::Destroyed { .. }) if which.is_none() => continue,
                Err(error) => return Err(error),
            }
            match self.build_columns(segment.id(), progress) {
                Ok(_) => report.built.push(segment.id().clone()),
                Err(Error::Damaged { segment, frame, what }) => {
                    report.problems.push(Problem { segment, frame, what });
                }
                Err(Error::Destroyed { .. }) if which.is_none() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    fn write_columns(
        &self,
        folder: &Path,
        segment: &Segment,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<ColumnsRecord> {
        let manifest = &segment.manifest;
        let mut reader = self.frames(segment)?;
        let mut columns = ColumnsWalk::start(
            self,
            folder,
            &manifest.source,
            manifest.log_format,
            manifest.imported_at_ms,
        )?;
        let mut state = Progress {
            segments_total: 1,
            total_bytes: manifest.log.length,
            ..Progress::default()
        };
        for number in 0..reader.index().len() {
            let raw = reader.read(number)?;
            columns.frame(raw)?;
            state.scanned_bytes += raw.len() as u64;
            state.report(progress)?;
        }
        let log_sha256 = manifest.log.sha256;
        let written = columns.finish()?.finish(log_sha256)?;
        let (record, file) = written.record(self, folder, segment.id(), log_sha256)?;
        sync_file(file)?;
        Ok(record)
    }

    /// Moves columns from a folder under `incoming/` to their segment.
    fn place_columns(&self, from: &Path, id: &SegmentId) -> Result<()> {
        let (disk, layout) = (&self.disk, &self.layout);
        let to = layout.segment(id);
        // One at a time, and none for what was destroyed meanwhile.
        let state = self.state();
        state.segment(id)?;
        layout.sync(disk, from)?;
        let record = to.join(RECORD);
        if record.exists() {
            // Or a crash could leave the record of one file beside another.
            disk.remove(&record).map_err(Error::file("remove", &record))?;
            layout.sync(disk, &to)?;
        }
        for name in [COLUMNS, RECORD] {
            let path = to.join(name);
            disk.rename(&from.join(name), &path)
                .map_err(Error::file("rename to", &path))?;
        }
        layout.sync(disk, &to)
    }

    /// Whether the columns of a segment, where it has any, are those that were built.
    pub(crate) fn check_columns(&self, segment: &Segment) -> Result<()> {
        let folder = self.layout.segment(segment.id());
        let Some(record) = read(&folder, segment)? else {
            return Ok(());
        };
        present(&folder, &record)?;
        let path = folder.join(COLUMNS);
        if digest_of(&path)? != record.sha256 {
            return Err(damaged(
                segment.id(),
                format!("{COLUMNS} is not the one that {RECORD} names by digest"),
            ));
        }
        Ok(())
    }
}

/// SHA-256 of a file.
pub(crate) fn digest_of(path: &Path) -> Result<Hex<32>> {
    let mut digest = Sha256::new();
    let mut file = File::open(path).map_err(Error::file("open", path))?;
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = file.read(&mut buffer).map_err(Error::file("read", path))?;
        if count == 0 {
            return Ok(Hex(digest.finalize().into()));
        }
        digest.update(buffer.get(..count).unwrap_or_default());
    }
}
