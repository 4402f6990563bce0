//! What an import reads from the lines of a log: each is taken apart once, for its outcome and time, for the postings and
//! for the columns.

use accord_formats::logs::{LineFacts, LogFormat};

use crate::columns::{ColumnsFile, LineWalk, ParsedLine, WalkedColumns};
use crate::error::Result;
use crate::framing::FrameSink;
use crate::lines::{LineSink, LineSums, SurveyedLine};
use crate::postings::Gatherer;

/// What the lines say.
pub(crate) struct ReadLines {
    pub(crate) sums: LineSums,
    pub(crate) gathered: Gatherer,
    pub(crate) columns: WalkedColumns,
}

/// Reads the lines of a log that comes frame by frame.
pub(crate) struct LineReading {
    walk: LineWalk,
    frames: u64,
    derived: Derived,
}

struct Derived {
    sums: LineSums,
    gatherer: Gatherer,
    columns: ColumnsFile,
}

impl LineReading {
    /// `limit` is the longest line that is read, bytes, its end included.
    pub(crate) fn new(format: LogFormat, limit: usize, gatherer: Gatherer, columns: ColumnsFile) -> Self {
        Self {
            walk: LineWalk::new(format, limit),
            frames: 0,
            derived: Derived {
                sums: LineSums::default(),
                gatherer,
                columns,
            },
        }
    }
}

impl Derived {
    fn line(&mut self, line: &ParsedLine<'_, '_>) -> Result<()> {
        let place = &line.place;
        self.sums.add(line.outcome, line.time);
        match line.outcome {
            None => self.gatherer.overlong(place.line, place.offset, place.length),
            Some(outcome) => {
                let facts = LineFacts {
                    outcome,
                    time: line.time,
                    addresses: Vec::new(),
                    named: Vec::new(),
                };
                self.gatherer.line(&SurveyedLine {
                    frame: u32::try_from(place.frame).unwrap_or(u32::MAX),
                    bytes: line.bytes,
                    facts: &facts,
                })?;
            }
        }
        self.columns.line(line)
    }
}

impl FrameSink for LineReading {
    type Done = ReadLines;

    fn frame(&mut self, raw: &[u8], _: u64, _: u64) -> Result<()> {
        let derived = &mut self.derived;
        self.walk
            .frame(self.frames, raw, &mut |line| derived.line(line))?;
        self.frames += 1;
        Ok(())
    }

    fn finish(self) -> Result<ReadLines> {
        let mut derived = self.derived;
        self.walk.finish(&mut |line| derived.line(line))?;
        Ok(ReadLines {
            sums: derived.sums,
            gathered: derived.gatherer,
            columns: derived.columns.end()?,
        })
    }
}
