//! From an open input to records.

use std::collections::HashSet;

use accord_matcher::{Counts, Format, Hit, IndicatorId, Kind, LineHits, MatchKind, Options, Scanner};

use crate::blocks::{Block, Blocks, Extent};
use crate::input::{Input, InputError};
use crate::limits::MAX_TEXT_BYTES;
use crate::watchfile::Watchfile;

/// How to scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScanOptions {
    /// Also report weak matches ([`MatchKind::Address`]).
    pub weak: bool,
    /// Also count observables by kind; slower.
    pub count: bool,
}

/// One hit of one indicator in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The name of the input, as given.
    pub source: &'a str,
    /// The line, from 1.
    pub line: u64,
    /// First byte of the line in the decompressed input.
    pub offset: u64,
    /// Bytes of the line, without LF and the CR before it.
    pub length: u64,
    /// What stood in the log.
    pub kind: Kind,
    /// Its canonical form.
    pub value: &'a str,
    /// The indicator, canonical.
    pub indicator: &'a str,
    /// The indicator's id in the watchlist.
    pub indicator_id: IndicatorId,
    /// How it hit.
    pub how: MatchKind,
    /// What the sources call the indicator; sorted, each once.
    pub labels: &'a [String],
    /// The bytes of the line, at most [`MAX_TEXT_BYTES`] of them.
    pub text: &'a [u8],
}

/// What the taker of records answers to end the scan early (a closed pipe, an error of its own).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkStopped;

/// What was scanned, of one input or of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Decompressed bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines longer than [`MAX_TEXT_BYTES`].
    pub long_lines: u64,
    /// Records handed out.
    pub records: u64,
    /// Records of lines with too many of them, not handed out.
    pub records_over_limit: u64,
    /// Observables by kind; only with [`ScanOptions::count`].
    pub observables: Vec<(Kind, u64)>,
    /// The indicators that were hit.
    pub indicators: HashSet<IndicatorId>,
}

impl Summary {
    /// Adds the summary of another input.
    pub fn add(&mut self, other: &Summary) {
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.long_lines += other.long_lines;
        self.records += other.records;
        self.records_over_limit += other.records_over_limit;
        self.indicators.extend(&other.indicators);
        for &(kind, count) in &other.observables {
            match self.observables.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, sum)) => *sum += count,
                None => self.observables.push((kind, count)),
            }
        }
    }
}

/// Scans one input to its end and hands every record to `on_record`, in the order of the input.
///
/// Returns what was scanned, also when the input could not be read to its end.
pub fn scan(
    input: Input,
    watchfile: &Watchfile,
    options: ScanOptions,
    on_record: &mut dyn FnMut(&Record<'_>) -> Result<(), SinkStopped>,
) -> (Summary, Result<(), ScanError>) {
    scan_blocks(Blocks::new(input), watchfile, options, on_record)
}

/// Why a scan ended before the end of its input.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The input could not be read to its end.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The taker of records wants no more.
    #[error("stopped by the reader of the records")]
    Stopped,
}

/// As [`scan`], over blocks of the caller's size.
pub fn scan_blocks(
    mut blocks: Blocks,
    watchfile: &Watchfile,
    options: ScanOptions,
    on_record: &mut dyn FnMut(&Record<'_>) -> Result<(), SinkStopped>,
) -> (Summary, Result<(), ScanError>) {
    let source = blocks.input().name().to_owned();
    let matcher_options = Options {
        weak: options.weak,
        count: options.count,
    };
    let mut run = Run {
        source: &source,
        watchfile,
        scanner: Scanner::new(watchfile.watchlist(), matcher_options),
        on_record,
        summary: Summary::default(),
        long: None,
        stopped: false,
    };
    let result = loop {
        match blocks.next_block() {
            Err(error) => break Err(error.into()),
            Ok(None) => break Ok(()),
            Ok(Some(block)) => {
                let lines = run.block(&block);
                blocks.lines_passed(lines);
            }
        }
        if run.stopped {
            break Err(ScanError::Stopped);
        }
    };
    let Run {
        mut summary, scanner, ..
    } = run;
    summary.bytes = blocks.input().read_bytes();
    let counts: &Counts = scanner.counts();
    summary.records_over_limit += counts.records_over_limit;
    if options.count {
        summary.observables = Kind::ALL
            .iter()
            .map(|&kind| (kind, counts.observables(kind)))
            .collect();
    }
    (summary, result)
}

/// The scan of one input.
struct Run<'r> {
    source: &'r str,
    watchfile: &'r Watchfile,
    scanner: Scanner<'r>,
    on_record: &'r mut dyn FnMut(&Record<'_>) -> Result<(), SinkStopped>,
    summary: Summary,
    long: Option<LongLine>,
    stopped: bool,
}

/// What is kept of a long line until its end, as a record needs the line's length.
struct LongLine {
    text: Vec<u8>,
    hits: Vec<Hit>,
    seen: HashSet<(Kind, String, IndicatorId)>,
    /// The columns as they were before the line: its later pieces have none.
    format: Format,
}

/// Where a line stands.
#[derive(Clone, Copy)]
struct Position {
    line: u64,
    offset: u64,
    length: u64,
}

impl Run<'_> {
    /// Scans a block; returns how many lines ended in it, for blocks of whole lines.
    fn block(&mut self, block: &Block<'_>) -> u64 {
        match block.extent {
            Extent::WholeLines => self.whole_lines(block),
            Extent::Piece { first, line_length } => {
                self.piece(block, first, line_length);
                0
            }
        }
    }

    fn whole_lines(&mut self, block: &Block<'_>) -> u64 {
        let Run {
            source,
            watchfile,
            scanner,
            on_record,
            summary,
            stopped,
            ..
        } = self;
        let mut take = |found: &LineHits<'_>| {
            let position = Position {
                line: block.line + found.number as u64,
                offset: block.offset + found.offset as u64,
                length: found.text.len() as u64,
            };
            emit(
                source, watchfile, position, found.text, found.hits, summary, stopped, *on_record,
            );
        };
        let lines = scanner.block(block.bytes, &mut take) as u64;
        self.summary.lines += lines;
        self.summary.long_lines += long_lines(block.bytes);
        lines
    }

    fn piece(&mut self, block: &Block<'_>, first: bool, line_length: Option<u64>) {
        if first {
            self.long = Some(LongLine {
                text: block.bytes.get(..MAX_TEXT_BYTES).unwrap_or(block.bytes).to_vec(),
                hits: Vec::new(),
                seen: HashSet::new(),
                format: self.scanner.format().clone(),
            });
        } else {
            self.scanner.set_format(Format::default());
        }
        let mut piece_hits = Vec::new();
        self.scanner.block(block.bytes, &mut |found: &LineHits<'_>| {
            piece_hits.extend_from_slice(found.hits)
        });
        let Some(long) = &mut self.long else { return };
        for hit in piece_hits {
            if long.hits.len() >= accord_matcher::limits::MAX_RECORDS_PER_LINE {
                self.summary.records_over_limit += 1;
            } else if long.seen.insert((hit.kind, hit.value.clone(), hit.indicator)) {
                long.hits.push(hit);
            }
        }
        if let Some(length) = line_length
            && let Some(long) = self.long.take()
        {
            self.summary.lines += 1;
            self.summary.long_lines += 1;
            self.scanner.set_format(long.format);
            let position = Position {
                line: block.line,
                offset: block.offset,
                length,
            };
            emit(
                self.source,
                self.watchfile,
                position,
                &long.text,
                &long.hits,
                &mut self.summary,
                &mut self.stopped,
                self.on_record,
            );
        }
    }
}

/// Lines of a block that are longer than a record's text.
fn long_lines(block: &[u8]) -> u64 {
    if block.len() <= MAX_TEXT_BYTES {
        return 0;
    }
    block
        .split(|&byte| byte == b'\n')
        .filter(|line| line.strip_suffix(b"\r").unwrap_or(line).len() > MAX_TEXT_BYTES)
        .count() as u64
}

#[expect(clippy::too_many_arguments, reason = "the parts of a run, borrowed apart")]
fn emit(
    source: &str,
    watchfile: &Watchfile,
    position: Position,
    text: &[u8],
    hits: &[Hit],
    summary: &mut Summary,
    stopped: &mut bool,
    on_record: &mut dyn FnMut(&Record<'_>) -> Result<(), SinkStopped>,
) {
    for hit in hits {
        if *stopped {
            return;
        }
        let record = Record {
            source,
            line: position.line,
            offset: position.offset,
            length: position.length,
            kind: hit.kind,
            value: &hit.value,
            indicator: watchfile.watchlist().pattern(hit.indicator).unwrap_or_default(),
            indicator_id: hit.indicator,
            how: hit.how,
            labels: watchfile.labels(hit.indicator),
            text: text.get(..MAX_TEXT_BYTES).unwrap_or(text),
        };
        summary.records += 1;
        summary.indicators.insert(hit.indicator);
        *stopped = on_record(&record).is_err();
    }
}
