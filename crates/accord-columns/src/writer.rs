//! Lines in, a Parquet file out: the filler of row groups and the file of them, on one thread.

use std::io::{self, Write};

use accord_formats::logs::{Fields, LineTime, LogFormat, Outcome};

use crate::file::RowGroupFile;
use crate::filler::{LinePlace, RowFiller, RowGroup};
use crate::limits::Limits;
use crate::timing::Timing;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub rows: u64,
    /// Row groups.
    pub row_groups: u64,
    /// Values that have no place in the columns, by a limit or because another of their column came before.
    pub left_out: u64,
}

/// Writes the columns of one log, or of several one after the other: the lines of each in order, each once.
pub struct ColumnsWriter<W: Write + Send> {
    filler: RowFiller,
    file: RowGroupFile<W>,
}

impl<W: Write + Send> ColumnsWriter<W> {
    /// A writer of the columns of a log of this format. Nothing is written before the first row group is full.
    pub fn new(sink: W, format: LogFormat, timing: Timing) -> Self {
        Self::with_limits(sink, format, timing, Limits::default())
    }

    /// The same with smaller limits, for tests.
    pub fn with_limits(sink: W, format: LogFormat, timing: Timing, limits: Limits) -> Self {
        Self {
            file: RowGroupFile::new(sink, format, &timing),
            filler: RowFiller::new(format, timing, limits, RowGroup::default()),
        }
    }

    /// A writer of the columns of several logs, each of which is begun with [`ColumnsWriter::begin_log`]. The file has one
    /// column more, `segment`, before the others.
    pub fn of_several(sink: W, limits: Limits) -> Self {
        Self {
            file: RowGroupFile::of_several(sink),
            filler: RowFiller::of_several(limits),
        }
    }

    /// What follows are the lines of the log of this name: in a file of several logs.
    pub fn begin_log(&mut self, segment: &str, format: LogFormat, timing: Timing) {
        self.filler.begin_log(segment, format, timing);
    }

    /// Takes the next line: what became of it, its time where it has no record that tells one, and its records. An outcome
    /// of nothing is a line over the line limit, which nobody reads.
    ///
    /// # Errors
    /// Those of the sink. After one the writer takes no more.
    pub fn line(
        &mut self,
        place: &LinePlace,
        outcome: Option<Outcome>,
        time: LineTime,
        records: &[Fields<'_>],
        records_left_out: usize,
    ) -> io::Result<()> {
        let Self { filler, file } = self;
        filler.line(
            place,
            outcome,
            time,
            records,
            records_left_out,
            &mut |mut group| {
                file.group(&mut group)?;
                Ok(group)
            },
        )
    }

    /// After the last line: writes what is left and the file's end, which names the log by its SHA-256, and gives the sink
    /// back.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(self, log_sha256: &str) -> io::Result<(W, Written)> {
        let (file, written) = self.end()?;
        Ok((file.finish(log_sha256)?, written))
    }

    /// After the last line of the last of several logs. The file names them in its column `segment`.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish_several(self) -> io::Result<(W, Written)> {
        let (file, written) = self.end()?;
        Ok((file.finish_several()?, written))
    }

    fn end(self) -> io::Result<(RowGroupFile<W>, Written)> {
        let Self { filler, mut file } = self;
        let (rows, left_out) = filler.counts();
        file.last_group(&mut filler.finish())?;
        let written = Written {
            rows,
            row_groups: file.row_groups(),
            left_out,
        };
        Ok((file, written))
    }
}
