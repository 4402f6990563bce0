//! The lines of a log that comes frame by frame, given to the scanner in blocks of whole lines; what hits, to the table.
//!
//! What counts as a line, and as a hit, is what a hunt takes for it (`hunt/segment.rs`): a line over the line limit is not
//! looked at, a `#` line of Zeek and W3C never hits, times are read with the columns that header lines name.

use std::sync::Arc;

use accord_formats::logs::{Depth, LineReader, LogFormat};
use accord_matcher::{LineHits, Options, Scanner};
use memchr::{memchr, memchr_iter, memrchr};

use super::table::MatchTable;
use super::{MatchSums, MatchedEntry, Watched, WatchlistUsed};
use crate::error::Result;
use crate::framing::{FrameRoom, FrameSink};
use crate::headers::{header_lines, whole_line};
use crate::limits::Limits;

/// Matches a log; takes its frames.
#[derive(Debug)]
pub(crate) struct MatchWalk<'w> {
    watched: &'w Watched,
    scanner: Scanner<'w>,
    format: LogFormat,
    limit: usize,
    /// Reads the lines that hit, and before them those that say how.
    lines: LineReader,
    has_names: bool,
    /// The number of the line that the next byte belongs to.
    line: u64,
    /// The part of it that came with earlier frames; empty once it is over the limit.
    partial: Vec<u8>,
    partial_length: u64,
    table: MatchTable,
}

/// Matches whose lines are all read, to be written once the log's digest is known.
#[derive(Debug)]
pub(crate) struct WalkedMatches {
    pub(super) watchlist: WatchlistUsed,
    pub(super) entries: Vec<MatchedEntry>,
    pub(super) sums: MatchSums,
}

impl<'w> MatchWalk<'w> {
    /// At the start of a log; nothing for a log that has no lines.
    pub(crate) fn start(watched: &'w Watched, format: LogFormat, limits: &Limits) -> Option<Self> {
        (format != LogFormat::Evtx).then(|| Self {
            watched,
            scanner: Scanner::new(watched.watchlist(), Options::default()),
            format,
            limit: limits.line_bytes,
            lines: LineReader::new(format),
            has_names: false,
            line: 1,
            partial: Vec::new(),
            partial_length: 0,
            table: MatchTable::new(limits),
        })
    }

    /// Takes the next bytes of the log.
    pub(crate) fn piece(&mut self, raw: &[u8]) {
        let mut rest = raw;
        if self.partial_length > 0 {
            let end = memchr(b'\n', raw).map(|at| at + 1);
            let (tail, after) = raw
                .split_at_checked(end.unwrap_or(raw.len()))
                .unwrap_or((raw, &[]));
            self.grow(tail);
            if end.is_none() {
                return;
            }
            self.end_partial();
            rest = after;
        }
        let whole = memrchr(b'\n', rest).map_or(0, |at| at + 1);
        let (block, tail) = rest.split_at_checked(whole).unwrap_or((rest, &[]));
        self.block(block);
        self.grow(tail);
    }

    /// After the last one. Nothing where the watchlist is damaged: then it does not tell what it would have hit.
    pub(crate) fn done(mut self) -> Option<WalkedMatches> {
        if self.partial_length > 0 {
            self.end_partial();
        }
        self.watched.watchlist().check().ok()?;
        let (entries, sums) = self.table.finish(self.scanner.counts().records_over_limit);
        Some(WalkedMatches {
            watchlist: self.watched.used(),
            entries,
            sums,
        })
    }

    fn grow(&mut self, part: &[u8]) {
        self.partial_length += part.len() as u64;
        if self.partial_length <= self.limit as u64 {
            self.partial.extend_from_slice(part);
        } else {
            self.partial = Vec::new();
        }
    }

    fn end_partial(&mut self) {
        if self.partial_length > self.limit as u64 {
            self.overlong();
        } else {
            let line = std::mem::take(&mut self.partial);
            self.whole_lines(&line);
            self.partial = line;
        }
        self.partial.clear();
        self.partial_length = 0;
    }

    fn overlong(&mut self) {
        self.table.overlong();
        self.line += 1;
    }

    fn block(&mut self, block: &[u8]) {
        if block.len() <= self.limit {
            return self.whole_lines(block);
        }
        // Only where the line limit is set below the size of a frame: line by line.
        let mut start = 0;
        for end in memchr_iter(b'\n', block).map(|at| at + 1) {
            let line = block.get(start..end).unwrap_or_default();
            start = end;
            if line.len() > self.limit {
                self.overlong();
            } else {
                self.whole_lines(line);
            }
        }
    }

    fn whole_lines(&mut self, block: &[u8]) {
        if block.is_empty() {
            return;
        }
        let Self {
            watched,
            scanner,
            format,
            lines,
            has_names,
            line,
            table,
            ..
        } = self;
        let headers = header_lines(*format, *has_names, block);
        *has_names |= !headers.is_empty();
        let mut headers = headers.into_iter().peekable();
        let watchlist = watched.watchlist();
        let first = *line;
        let count = scanner.block(block, &mut |found: &LineHits<'_>| {
            while let Some(header) = headers.next_if(|header| *header < found.offset) {
                lines.line(whole_line(block, header), Depth::Time);
            }
            let bytes = whole_line(block, found.offset);
            if LineReader::is_header(*format, bytes) {
                return;
            }
            let time = lines.line(bytes, Depth::Time).time;
            table.line(first + found.number as u64, time, found.hits, watchlist);
        });
        for header in headers {
            lines.line(whole_line(block, header), Depth::Time);
        }
        *line += count as u64;
    }
}

impl FrameSink for MatchWalk<'_> {
    type Done = Option<WalkedMatches>;

    fn frame(&mut self, raw: &Arc<FrameRoom>, _: u64, _: u64) -> Result<()> {
        self.piece(raw);
        Ok(())
    }

    fn finish(self) -> Result<Option<WalkedMatches>> {
        Ok(self.done())
    }
}
