//! What an import reads from the lines of a log: each is taken apart once, for its outcome and time, for the columns, and
//! for the postings, whose keys another thread reads (`keying`).

use std::sync::Arc;
use std::thread::Scope;

use accord_formats::logs::LogFormat;

use crate::columns::{ColumnsFile, LineWalk, ParsedLine, WalkedColumns};
use crate::error::{Error, Result};
use crate::framing::{FrameRoom, FrameSink};
use crate::keying::Keying;
use crate::lines::LineSums;
use crate::postings::Gatherer;

/// What the lines say.
pub(crate) struct ReadLines {
    pub(crate) sums: LineSums,
    pub(crate) gathered: Gatherer,
    pub(crate) columns: WalkedColumns,
}

/// Reads the lines of a log that comes frame by frame.
pub(crate) struct LineReading<'s> {
    walk: LineWalk,
    frames: u64,
    /// Where the next frame starts in the log.
    start: u64,
    derived: Derived,
    /// Nothing once it has failed.
    keying: Option<Keying<'s>>,
}

struct Derived {
    sums: LineSums,
    columns: ColumnsFile,
}

impl<'s> LineReading<'s> {
    /// `limit` is the longest line that is read, bytes, its end included.
    pub(crate) fn start(
        scope: &'s Scope<'s, '_>,
        format: LogFormat,
        limit: usize,
        gatherer: Gatherer,
        columns: ColumnsFile,
    ) -> Self {
        Self {
            walk: LineWalk::new(format, limit),
            frames: 0,
            start: 0,
            derived: Derived {
                sums: LineSums::default(),
                columns,
            },
            keying: Some(Keying::start(scope, gatherer)),
        }
    }
}

impl Derived {
    fn line(&mut self, line: &ParsedLine<'_, '_>, keying: &mut Keying<'_>) -> Result<()> {
        self.sums.add(line.outcome, line.time);
        self.columns.line(line)?;
        // Whoever keys the lines is waited for by who calls, and says what has failed: this is never told.
        if keying.line(line) {
            Ok(())
        } else {
            Err(Error::Cancelled)
        }
    }
}

impl FrameSink for LineReading<'_> {
    type Done = ReadLines;

    fn frame(&mut self, raw: &Arc<FrameRoom>, _: u64, _: u64) -> Result<()> {
        let Self {
            walk,
            frames,
            start,
            derived,
            keying,
        } = self;
        let mut told = keying.take().ok_or(Error::MustReopen)?;
        told.frame(raw, *start);
        let taken = walk.frame(*frames, raw, &mut |line| derived.line(line, &mut told));
        if taken.is_ok() && told.end_frame() {
            *frames += 1;
            *start += raw.len() as u64;
            *keying = Some(told);
            return Ok(());
        }
        told.finish()?;
        Err(taken.err().unwrap_or(Error::MustReopen))
    }

    fn finish(self) -> Result<ReadLines> {
        let (mut derived, mut keying) = (self.derived, self.keying.ok_or(Error::MustReopen)?);
        let taken = self.walk.finish(&mut |line| derived.line(line, &mut keying));
        let columns = taken.and_then(|()| derived.columns.end());
        // What the keys failed with says more than that they did.
        let gathered = keying.finish()?;
        Ok(ReadLines {
            sums: derived.sums,
            gathered,
            columns: columns?,
        })
    }
}
