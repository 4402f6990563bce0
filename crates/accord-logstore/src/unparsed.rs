//! Examples of the lines of a source that are not in the form of their log's format, for whoever set the source up.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use accord_formats::logs::{Depth, LineReader, LogFormat, Outcome};

use crate::error::{Error, Result};
use crate::limits::{UNPARSED_LINE_BYTES, UNPARSED_LINES, UNPARSED_READ_BYTES};
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;
use crate::walk::{LineVisitor, Walk, WalkedLine};

/// A line that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnparsedLine {
    /// Its segment.
    pub segment: SegmentId,
    /// Its number in the log, from 1.
    pub line: u64,
    /// Its first bytes, [`UNPARSED_LINE_BYTES`] at most, without its line end.
    pub bytes: Vec<u8>,
    /// Whether it is longer.
    pub is_cut: bool,
}

/// Some of the lines of a source that were not understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnparsedLines {
    /// The first of the newest segments that have any, [`UNPARSED_LINES`] at most.
    pub lines: Vec<UnparsedLine>,
    /// Whether reading ended at [`UNPARSED_READ_BYTES`], before that many were found.
    pub ended_early: bool,
}

impl LogStore {
    /// Examples of what was not understood in a source: from the newest segment that has such lines on, the first few.
    ///
    /// # Errors
    /// [`Error::NoSuchSource`], those of the file system. A segment that is destroyed meanwhile is passed over, and so is
    /// what is damaged.
    pub fn unparsed(&self, source: &str) -> Result<UnparsedLines> {
        self.source(source)?;
        let mut segments = self.segments();
        segments.retain(|segment| segment.id().source() == source && segment.manifest.lines.not_parsed > 0);
        let mut found = UnparsedLines::default();
        let mut read_bytes = 0;
        for segment in segments.iter().rev() {
            if found.lines.len() >= UNPARSED_LINES {
                break;
            }
            if read_bytes >= UNPARSED_READ_BYTES {
                found.ended_early = true;
                break;
            }
            self.unparsed_of(segment, &mut found, &mut read_bytes)?;
        }
        Ok(found)
    }

    fn unparsed_of(
        &self,
        segment: &Arc<Segment>,
        found: &mut UnparsedLines,
        read_bytes: &mut u64,
    ) -> Result<()> {
        let walk = Walk {
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            sources: None,
            among: Some(BTreeSet::from([segment.id().clone()])),
        };
        let mut examples = Examples {
            segment: segment.id(),
            format: segment.manifest.log_format,
            reader: LineReader::new(segment.manifest.log_format),
            lines: &mut found.lines,
        };
        let (before, mut scanned) = (*read_bytes, 0);
        let walked = self.walk(&walk, &mut examples, &mut |progress| {
            scanned = progress.scanned_bytes;
            let is_enough = progress.lines_found >= UNPARSED_LINES as u64;
            if is_enough || before + scanned >= UNPARSED_READ_BYTES {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        *read_bytes += scanned;
        match walked {
            Ok(_) | Err(Error::Destroyed { .. } | Error::NoSuchSegment(_)) => Ok(()),
            Err(Error::Cancelled) => {
                found.ended_early = found.lines.len() < UNPARSED_LINES;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

struct Examples<'a> {
    segment: &'a SegmentId,
    format: LogFormat,
    reader: LineReader,
    lines: &'a mut Vec<UnparsedLine>,
}

impl LineVisitor for Examples<'_> {
    fn segment(&mut self, _: &Arc<Segment>) -> bool {
        self.reader = LineReader::new(self.format);
        true
    }

    fn line(&mut self, line: &WalkedLine<'_>) {
        // Lines before say how later ones are read: none is passed over.
        let outcome = self.reader.line(line.bytes, Depth::Time).outcome;
        if outcome != Outcome::NotParsed || self.lines.len() >= UNPARSED_LINES {
            return;
        }
        let text = line.bytes.strip_suffix(b"\n").unwrap_or(line.bytes);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        self.lines.push(UnparsedLine {
            segment: self.segment.clone(),
            line: line.line,
            bytes: text.get(..UNPARSED_LINE_BYTES).unwrap_or(text).to_vec(),
            is_cut: text.len() > UNPARSED_LINE_BYTES,
        });
    }

    fn found(&self) -> u64 {
        self.lines.len() as u64
    }
}
