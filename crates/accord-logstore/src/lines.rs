//! Lines across frames: follows the line numbers and looks at each line once, at import.

use accord_formats::logs::{Depth, LineReader, LogFormat, Outcome, TimeSpan};
use memchr::memchr_iter;

use crate::manifest::LineCounts;

/// Follows the lines of a log that comes in pieces.
#[derive(Debug)]
pub(crate) struct LineSurvey {
    reader: LineReader,
    limit: usize,
    /// The part of the current line that came in earlier pieces; empty once it is over the limit.
    partial: Vec<u8>,
    partial_length: u64,
    counts: LineCounts,
    time: Option<TimeSpan>,
    offset: u64,
}

impl LineSurvey {
    pub(crate) fn new(format: LogFormat, limit: usize) -> Self {
        Self {
            reader: LineReader::new(format),
            limit,
            partial: Vec::new(),
            partial_length: 0,
            counts: LineCounts::default(),
            time: None,
            offset: 0,
        }
    }

    /// The number of the line that the next byte belongs to, and where that line starts.
    pub(crate) const fn position(&self) -> (u64, u64) {
        (self.counts.total() + 1, self.offset - self.partial_length)
    }

    pub(crate) fn piece(&mut self, bytes: &[u8]) {
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            let line = bytes.get(start..=end).unwrap_or_default();
            self.end_line(line);
            start = end + 1;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        self.partial_length += rest.len() as u64;
        if self.partial_length <= self.limit as u64 {
            self.partial.extend_from_slice(rest);
        } else {
            self.partial = Vec::new();
        }
        self.offset += bytes.len() as u64;
    }

    /// After the last piece.
    pub(crate) fn finish(mut self) -> (LineCounts, Option<TimeSpan>) {
        if self.partial_length > 0 {
            self.end_line(b"");
        }
        (self.counts, self.time)
    }

    fn end_line(&mut self, tail: &[u8]) {
        let length = self.partial_length + tail.len() as u64;
        self.partial_length = 0;
        if length > self.limit as u64 {
            self.partial.clear();
            self.counts.overlong += 1;
            self.counts.not_parsed += 1;
            return;
        }
        let facts = if self.partial.is_empty() {
            self.reader.line(tail, Depth::Time)
        } else {
            self.partial.extend_from_slice(tail);
            let facts = self.reader.line(&self.partial, Depth::Time);
            self.partial.clear();
            facts
        };
        let count = match facts.outcome {
            Outcome::Parsed => &mut self.counts.parsed,
            Outcome::NotParsed => &mut self.counts.not_parsed,
            Outcome::Header => &mut self.counts.header,
            Outcome::Blank => &mut self.counts.blank,
        };
        *count += 1;
        if let Some(span) = facts.time.span() {
            self.counts.with_time += 1;
            self.time = Some(self.time.map_or(span, |time| time.union(span)));
        }
    }
}
