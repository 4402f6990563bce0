//! Packs made from the frames of their segments.

use std::ops::ControlFlow;
use std::path::Path;

use accord_columns::{ColumnsWriter, Limits, Timing};

use super::plan::Plan;
use super::record::{FORMAT, MADE_WITH, PackRecord, PackedSegment, VERSION};
use crate::columns::{LineWalk, Sink};
use crate::error::{Error, Result};
use crate::hunt::Progress;
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;
use crate::verify::Problem;

/// The file's name while it is made.
pub(super) const ROWS: &str = "rows.parquet";
/// The same of its record.
pub(super) const RECORD: &str = "pack.json";

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackReport {
    /// The packs that were made, by their first segments.
    pub made: Vec<SegmentId>,
    /// Segments that those have.
    pub segments: u64,
    /// Segments that are in no pack because their frames are damaged.
    pub problems: Vec<Problem>,
}

impl LogStore {
    /// Packs the columns of small segments: those of a source that were imported on one day lie in one file, or few. A day is
    /// packed when it is over, and before that whenever enough came since. To be called now and then, and after segments
    /// were destroyed, whose packs are gone with them: what is packed already is passed over.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::MustReopen`], those of the file system. Damage of frames is no error: it is in the
    /// report. After an error the packs that were made stand.
    pub fn pack_columns(
        &self,
        now_ms: i64,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<PackReport> {
        let plans = self.packs_to_make(now_ms);
        let mut state = Progress::default();
        for plan in &plans {
            state.segments_total += plan.len() as u64;
            state.total_bytes += plan
                .iter()
                .map(|segment| segment.manifest.log.length)
                .sum::<u64>();
        }
        let mut report = PackReport::default();
        for mut plan in plans {
            let segments = plan.len() as u64;
            let bytes: u64 = plan.iter().map(|segment| segment.manifest.log.length).sum();
            let before = state;
            while plan.len() > 1 {
                let made = self.make_pack(&plan, &mut state, progress);
                let without = match made {
                    Ok(name) => {
                        report.made.push(name);
                        report.segments += plan.len() as u64;
                        break;
                    }
                    // The others are packed without it.
                    Err(Error::Destroyed { segment, .. }) => segment,
                    Err(Error::Damaged { segment, frame, what }) => {
                        let problem = Problem {
                            segment: segment.clone(),
                            frame,
                            what,
                        };
                        report.problems.push(problem);
                        segment
                    }
                    Err(error) => return Err(error),
                };
                plan.retain(|segment| *segment.id() != without);
            }
            state = before;
            state.segments_done += segments;
            state.scanned_bytes += bytes;
            state.report(progress)?;
        }
        Ok(report)
    }

    fn make_pack(
        &self,
        plan: &Plan,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<SegmentId> {
        let ids = plan.iter().map(|segment| segment.id().clone()).collect();
        let room = self.room_of_all("pack", ids);
        let folder = room.path();
        self.disk
            .create_dir(folder)
            .map_err(Error::file("create", folder))?;
        let made = self.write_pack(folder, plan, state, progress);
        let placed = made.and_then(|record| self.place_pack(folder, record));
        // A destruction takes the room away: then its segment is the reason.
        placed.map_err(|error| {
            let gone = plan
                .iter()
                .find_map(|segment| self.still_here(segment.id()).err());
            gone.unwrap_or(error)
        })
    }

    fn write_pack(
        &self,
        folder: &Path,
        plan: &Plan,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<PackRecord> {
        let path = folder.join(ROWS);
        let sink = Sink::create(self, &path)?;
        let mut writer = ColumnsWriter::of_several(sink, Limits::default());
        let mut segments = Vec::new();
        for segment in plan {
            let rows = self.write_segment(&path, segment, &mut writer, state, progress)?;
            segments.push(PackedSegment {
                segment: segment.id().clone(),
                log_sha256: segment.manifest.log.sha256,
                rows,
            });
        }
        let (sink, written) = writer.finish_several().map_err(Error::file("write", &path))?;
        let (length, sha256) = sink.finish(&path)?;
        let record = PackRecord {
            format: FORMAT.to_owned(),
            version: VERSION,
            segments,
            made_with: MADE_WITH.to_owned(),
            rows: written.rows,
            length,
            sha256,
        };
        let path = folder.join(RECORD);
        let mut text =
            serde_json::to_vec(&record).map_err(|error| Error::file("write", &path)(error.into()))?;
        text.push(b'\n');
        self.layout.write_file(&self.disk, &path, &text)?;
        Ok(record)
    }

    /// The rows of one segment; how many they are.
    fn write_segment(
        &self,
        path: &Path,
        segment: &Segment,
        writer: &mut ColumnsWriter<Sink>,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<u64> {
        let manifest = &segment.manifest;
        let source = &manifest.source;
        let timing = Timing::new(&source.time_zone, source.clock_offset_ms, manifest.imported_at_ms);
        writer.begin_log(&segment.id().to_string(), manifest.log_format, timing);
        let mut rows = 0;
        let mut take = |line: &crate::columns::ParsedLine<'_, '_>| {
            let records = line.records.all();
            rows += records.len().max(1) as u64;
            writer
                .line(
                    &line.place,
                    line.outcome,
                    line.time,
                    records,
                    line.records.left_out(),
                )
                .map_err(Error::file("write", path))
        };
        let mut walk = LineWalk::new(manifest.log_format, self.limits.line_bytes);
        let mut reader = self.frames(segment)?;
        for number in 0..reader.index().len() {
            let raw = reader.read(number)?;
            walk.frame(number as u64, raw, &mut take)?;
            state.scanned_bytes += raw.len() as u64;
            state.report(progress)?;
        }
        walk.finish(&mut take)?;
        state.segments_done += 1;
        Ok(rows)
    }
}
