//! Lines across frames: follows the line numbers, looks at each line once, and gives it to what is derived from lines.

use accord_formats::logs::{Depth, LineReader, LineTime, LogFormat, Outcome, TimeSpan};
use memchr::{memchr_iter, memrchr};

use crate::error::Result;
use crate::manifest::LineCounts;

/// A line of a log as it is read at import.
#[derive(Debug)]
pub(crate) struct SurveyedLine<'a> {
    /// The frame that holds its first byte.
    pub(crate) frame: u32,
    /// Its bytes, with its line end where it has one; never over the line limit.
    pub(crate) bytes: &'a [u8],
    /// What became of it.
    pub(crate) outcome: Outcome,
    /// When it was written, as far as it says so.
    pub(crate) time: LineTime,
}

/// What is derived from lines beside the frames: takes every line once, in order.
pub(crate) trait LineSink {
    /// Takes a line.
    ///
    /// # Errors
    /// Those of the file system.
    fn line(&mut self, line: &SurveyedLine<'_>) -> Result<()>;

    /// Takes the place of a line over the line limit: its number, its first byte in the log, its length.
    fn overlong(&mut self, line: u64, offset: u64, length: u64);
}

/// Nothing is derived.
impl LineSink for () {
    fn line(&mut self, _: &SurveyedLine<'_>) -> Result<()> {
        Ok(())
    }

    fn overlong(&mut self, _: u64, _: u64, _: u64) {}
}

/// What became of the lines of a log, and the time that they span.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LineSums {
    pub(crate) counts: LineCounts,
    pub(crate) time: Option<TimeSpan>,
}

impl LineSums {
    /// Counts a line; one without an outcome is over the line limit.
    pub(crate) fn add(&mut self, outcome: Option<Outcome>, time: LineTime) {
        let Some(outcome) = outcome else {
            self.counts.overlong += 1;
            self.counts.not_parsed += 1;
            return;
        };
        let count = match outcome {
            Outcome::Parsed => &mut self.counts.parsed,
            Outcome::NotParsed => &mut self.counts.not_parsed,
            Outcome::Header => &mut self.counts.header,
            Outcome::Blank => &mut self.counts.blank,
        };
        *count += 1;
        if let Some(span) = time.span() {
            self.counts.with_time += 1;
            self.time = Some(self.time.map_or(span, |time| time.union(span)));
        }
    }
}

/// Where lines begin in a log that comes in pieces, without a look at them.
#[derive(Debug, Default)]
pub(crate) struct LineStarts {
    /// Lines that have ended.
    ended: u64,
    /// Where the next one begins.
    start: u64,
    offset: u64,
}

impl LineStarts {
    /// The number of the line that the next byte belongs to, and where that line starts.
    pub(crate) const fn position(&self) -> (u64, u64) {
        (self.ended + 1, self.start)
    }

    /// Takes the next bytes.
    pub(crate) fn piece(&mut self, bytes: &[u8]) {
        self.ended += memchr_iter(b'\n', bytes).count() as u64;
        if let Some(end) = memrchr(b'\n', bytes) {
            self.start = self.offset + end as u64 + 1;
        }
        self.offset += bytes.len() as u64;
    }
}

/// Follows the lines of a log that comes in pieces.
#[derive(Debug)]
pub(crate) struct LineSurvey {
    reader: LineReader,
    limit: usize,
    /// The part of the current line that came in earlier pieces; empty once it is over the limit.
    partial: Vec<u8>,
    partial_length: u64,
    sums: LineSums,
    offset: u64,
    /// The frame that holds the first byte of the current line.
    frame: u32,
}

impl LineSurvey {
    pub(crate) fn new(format: LogFormat, limit: usize) -> Self {
        Self {
            reader: LineReader::new(format),
            limit,
            partial: Vec::new(),
            partial_length: 0,
            sums: LineSums::default(),
            offset: 0,
            frame: 0,
        }
    }

    /// The number of the line that the next byte belongs to, and where that line starts.
    pub(crate) const fn position(&self) -> (u64, u64) {
        (self.sums.counts.total() + 1, self.offset - self.partial_length)
    }

    /// Takes the bytes of the next frame.
    pub(crate) fn piece(&mut self, frame: u32, bytes: &[u8], sink: &mut dyn LineSink) -> Result<()> {
        if self.partial_length == 0 {
            self.frame = frame;
        }
        let begin = self.offset;
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            let line = bytes.get(start..=end).unwrap_or_default();
            self.end_line(line, sink)?;
            start = end + 1;
            self.offset = begin + start as u64;
            self.frame = frame;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        self.partial_length += rest.len() as u64;
        if self.partial_length <= self.limit as u64 {
            self.partial.extend_from_slice(rest);
        } else {
            self.partial = Vec::new();
        }
        self.offset = begin + bytes.len() as u64;
        Ok(())
    }

    /// After the last piece.
    pub(crate) fn finish(mut self, sink: &mut dyn LineSink) -> Result<(LineCounts, Option<TimeSpan>)> {
        if self.partial_length > 0 {
            self.end_line(b"", sink)?;
        }
        Ok((self.sums.counts, self.sums.time))
    }

    fn end_line(&mut self, tail: &[u8], sink: &mut dyn LineSink) -> Result<()> {
        let (number, start) = self.position();
        let length = self.partial_length + tail.len() as u64;
        self.partial_length = 0;
        if length > self.limit as u64 {
            self.partial.clear();
            self.sums.add(None, LineTime::Unknown);
            sink.overlong(number, start, length);
            return Ok(());
        }
        let bytes = if self.partial.is_empty() {
            tail
        } else {
            self.partial.extend_from_slice(tail);
            self.partial.as_slice()
        };
        let facts = self.reader.line(bytes, Depth::Time);
        sink.line(&SurveyedLine {
            frame: self.frame,
            bytes,
            outcome: facts.outcome,
            time: facts.time,
        })?;
        self.partial.clear();
        self.sums.add(Some(facts.outcome), facts.time);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_where_the_survey_sees_them_begin() {
        let log = b"one\n\nthree is longer than any piece\n\n\nlast";
        for piece in 1..log.len() {
            let (mut survey, mut starts) = (LineSurvey::new(LogFormat::Text, 10), LineStarts::default());
            for bytes in log.chunks(piece) {
                assert_eq!(starts.position(), survey.position());
                starts.piece(bytes);
                survey.piece(0, bytes, &mut ()).unwrap();
            }
            assert_eq!(starts.position(), survey.position());
            assert_eq!(starts.position(), (6, 38));
        }
    }
}
