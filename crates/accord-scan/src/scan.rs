//! From an open input to records.

use std::collections::HashSet;
use std::ops::Deref;

use accord_matcher::{Counts, Format, Hit, IndicatorId, Kind, LineHits, MatchKind, Options, Scanner};

use crate::blocks::{Block, Blocks, Extent};
use crate::input::{Input, InputError};
use crate::limits::MAX_TEXT_BYTES;
use crate::watchfile::{Watchfile, WatchfileError};

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
    pub labels: &'a [&'a str],
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

/// Scans one input to its end on this thread and hands every record to `on_record`, in the order of the input.
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
    /// The watchlist file was found damaged: what was told before holds, the block after it was not told.
    #[error(transparent)]
    Watchlist(#[from] WatchfileError),
    /// The taker of records wants no more.
    #[error("stopped by the reader of the records")]
    Stopped,
}

impl From<SinkStopped> for ScanError {
    fn from(SinkStopped: SinkStopped) -> Self {
        ScanError::Stopped
    }
}

/// As [`scan`], over blocks of the caller's size.
pub fn scan_blocks(
    blocks: Blocks,
    watchfile: &Watchfile,
    options: ScanOptions,
    on_record: &mut dyn FnMut(&Record<'_>) -> Result<(), SinkStopped>,
) -> (Summary, Result<(), ScanError>) {
    let mut finder = Finder::new(watchfile, options);
    let find = |block: &Block<'_>, before| (watchfile, finder.block(block, before));
    tell_blocks(blocks, options, find, on_record)
}

/// Finds in one block after the other and tells of each; `find` is given the format state before the block, and says
/// with which watchlist it found.
pub(crate) fn tell_blocks<W: Deref<Target = Watchfile>>(
    mut blocks: Blocks,
    options: ScanOptions,
    mut find: impl FnMut(&Block<'_>, Format) -> (W, Found),
    on_record: &mut dyn FnMut(&Record<'_>) -> Result<(), SinkStopped>,
) -> (Summary, Result<(), ScanError>) {
    let source = blocks.input().name().to_owned();
    let mut format = Format::default();
    let mut telling = Telling::new(&source);
    let result = loop {
        match blocks.next_block() {
            Err(error) => break Err(error.into()),
            Ok(None) => break Ok(()),
            Ok(Some(block)) => {
                let before = format_before(&mut format, &block);
                let (watchfile, found) = find(&block, before);
                if let Err(error) = telling.take(&watchfile, found, on_record) {
                    break Err(error);
                }
            }
        }
    };
    let read_bytes = blocks.input().read_bytes();
    (telling.finish(read_bytes, options), result)
}

/// The format state with which a block is to be scanned; takes in its headers for those after it.
pub(crate) fn format_before(format: &mut Format, block: &Block<'_>) -> Format {
    match block.extent {
        Extent::WholeLines => {
            let before = format.clone();
            read_headers(format, block.bytes);
            before
        }
        Extent::Piece { first: true, .. } => format.clone(),
        // The later pieces of a line have no columns.
        Extent::Piece { first: false, .. } => Format::default(),
    }
}

/// Takes in the headers of a block. They begin with `#`, which is rare in logs: quicker to find than the whole word.
fn read_headers(format: &mut Format, block: &[u8]) {
    for mark in memchr::memchr_iter(b'#', block) {
        let is_first = mark
            .checked_sub(1)
            .is_none_or(|before| block.get(before) == Some(&b'\n'));
        if is_first && let Some(rest) = block.get(mark..) {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            format.read(rest.get(..end).unwrap_or_default());
        }
    }
}

/// Finds what hits in blocks, in whatever order they come.
pub(crate) struct Finder<'w> {
    scanner: Scanner<'w>,
}

/// What hit in a block, apart from the block's bytes.
pub(crate) struct Found {
    /// Offset of the block in the input.
    offset: u64,
    counts: Counts,
    long_lines: u64,
    what: What,
}

enum What {
    /// Of whole lines.
    Lines(Vec<FoundLine>),
    /// Of part of a line: its hits, each value once.
    Piece {
        first: bool,
        line_length: Option<u64>,
        /// The line's first bytes, of its first part.
        text: Vec<u8>,
        hits: Vec<Hit>,
    },
}

struct FoundLine {
    number: u64,
    offset: u64,
    length: u64,
    /// At most [`MAX_TEXT_BYTES`].
    text: Vec<u8>,
    hits: Vec<Hit>,
}

impl<'w> Finder<'w> {
    pub(crate) fn new(watchfile: &'w Watchfile, options: ScanOptions) -> Self {
        let options = Options {
            weak: options.weak,
            count: options.count,
        };
        Self {
            scanner: Scanner::new(watchfile.watchlist(), options),
        }
    }

    /// What hits in a block.
    pub(crate) fn block(&mut self, block: &Block<'_>, format: Format) -> Found {
        self.scanner.set_format(format);
        let what = match block.extent {
            Extent::WholeLines => {
                let mut lines = Vec::new();
                self.scanner.block(block.bytes, &mut |found: &LineHits<'_>| {
                    lines.push(FoundLine {
                        number: found.number as u64,
                        offset: found.offset as u64,
                        length: found.text.len() as u64,
                        text: head(found.text).to_vec(),
                        hits: found.hits.to_vec(),
                    });
                });
                What::Lines(lines)
            }
            Extent::Piece { first, line_length } => {
                let mut hits = Vec::new();
                self.scanner.block(block.bytes, &mut |found: &LineHits<'_>| {
                    hits.extend_from_slice(found.hits);
                });
                What::Piece {
                    first,
                    line_length,
                    text: if first {
                        head(block.bytes).to_vec()
                    } else {
                        Vec::new()
                    },
                    hits,
                }
            }
        };
        Found {
            offset: block.offset,
            counts: self.scanner.take_counts(),
            long_lines: match block.extent {
                Extent::WholeLines => long_lines(block.bytes),
                Extent::Piece { .. } => 0,
            },
            what,
        }
    }
}

impl Found {
    /// Whether there is nothing to tell of it but sums.
    pub(crate) fn is_quiet(&self) -> bool {
        matches!(&self.what, What::Lines(lines) if lines.is_empty())
    }

    /// About how many bytes of memory it holds.
    pub(crate) fn held_bytes(&self) -> usize {
        let of_hits = |hits: &[Hit]| {
            hits.iter()
                .map(|hit| hit.value.len() + size_of::<Hit>())
                .sum::<usize>()
        };
        size_of::<Found>()
            + match &self.what {
                What::Lines(lines) => lines
                    .iter()
                    .map(|line| size_of::<FoundLine>() + line.text.len() + of_hits(&line.hits))
                    .sum(),
                What::Piece { text, hits, .. } => text.len() + of_hits(hits),
            }
    }
}

/// At most [`MAX_TEXT_BYTES`].
fn head(text: &[u8]) -> &[u8] {
    text.get(..MAX_TEXT_BYTES).unwrap_or(text)
}

/// Tells the records of one input, whose blocks come in their order.
pub(crate) struct Telling<'r> {
    source: &'r str,
    /// The number of the next line, from 1.
    line: u64,
    counts: Counts,
    summary: Summary,
    long: Option<LongLine>,
}

/// What is kept of a long line until its end, as a record needs the line's length.
struct LongLine {
    /// Offset of the line.
    offset: u64,
    text: Vec<u8>,
    hits: Vec<Hit>,
    seen: HashSet<(Kind, String, IndicatorId)>,
}

/// Where a line stands.
#[derive(Clone, Copy)]
struct Position {
    line: u64,
    offset: u64,
    length: u64,
}

/// Takes records.
pub(crate) type OnRecord<'c> = dyn FnMut(&Record<'_>) -> Result<(), SinkStopped> + 'c;

impl<'r> Telling<'r> {
    pub(crate) fn new(source: &'r str) -> Self {
        Self {
            source,
            line: 1,
            counts: Counts::default(),
            summary: Summary::default(),
            long: None,
        }
    }

    /// Tells what hit in the next block, and nothing where its watchlist was found damaged.
    pub(crate) fn take(
        &mut self,
        watchfile: &Watchfile,
        found: Found,
        on_record: &mut OnRecord<'_>,
    ) -> Result<(), ScanError> {
        watchfile.check()?;
        self.counts.add(&found.counts);
        self.summary.long_lines += found.long_lines;
        match found.what {
            What::Lines(lines) => {
                let first = self.line;
                self.line += found.counts.lines;
                self.summary.lines += found.counts.lines;
                for line in &lines {
                    let position = Position {
                        line: first + line.number,
                        offset: found.offset + line.offset,
                        length: line.length,
                    };
                    self.tell(watchfile, position, &line.text, &line.hits, on_record)?;
                }
                Ok(())
            }
            What::Piece {
                first,
                line_length,
                text,
                hits,
            } => {
                if first {
                    self.long = Some(LongLine {
                        offset: found.offset,
                        text,
                        hits: Vec::new(),
                        seen: HashSet::new(),
                    });
                }
                self.piece(watchfile, hits, line_length, on_record)
            }
        }
    }

    fn piece(
        &mut self,
        watchfile: &Watchfile,
        hits: Vec<Hit>,
        line_length: Option<u64>,
        on_record: &mut OnRecord<'_>,
    ) -> Result<(), ScanError> {
        let Some(long) = &mut self.long else { return Ok(()) };
        for hit in hits {
            if long.hits.len() >= accord_matcher::limits::MAX_RECORDS_PER_LINE {
                self.summary.records_over_limit += 1;
            } else if long.seen.insert((hit.kind, hit.value.clone(), hit.indicator)) {
                long.hits.push(hit);
            }
        }
        let Some(length) = line_length else { return Ok(()) };
        let Some(long) = self.long.take() else {
            return Ok(());
        };
        let position = Position {
            line: self.line,
            offset: long.offset,
            length,
        };
        self.line += 1;
        self.summary.lines += 1;
        self.summary.long_lines += 1;
        self.tell(watchfile, position, &long.text, &long.hits, on_record)
    }

    fn tell(
        &mut self,
        watchfile: &Watchfile,
        position: Position,
        text: &[u8],
        hits: &[Hit],
        on_record: &mut OnRecord<'_>,
    ) -> Result<(), ScanError> {
        for hit in hits {
            let labels = watchfile.labels(hit.indicator);
            let indicator = watchfile.watchlist().pattern(hit.indicator).unwrap_or_default();
            watchfile.check()?;
            let record = Record {
                source: self.source,
                line: position.line,
                offset: position.offset,
                length: position.length,
                kind: hit.kind,
                value: &hit.value,
                indicator,
                indicator_id: hit.indicator,
                how: hit.how,
                labels: &labels,
                text,
            };
            self.summary.records += 1;
            self.summary.indicators.insert(hit.indicator);
            on_record(&record)?;
        }
        Ok(())
    }

    /// The sums, at the end of the input.
    pub(crate) fn finish(self, read_bytes: u64, options: ScanOptions) -> Summary {
        let Telling {
            mut summary, counts, ..
        } = self;
        summary.bytes = read_bytes;
        summary.records_over_limit += counts.records_over_limit;
        if options.count {
            summary.observables = Kind::ALL
                .iter()
                .map(|&kind| (kind, counts.observables(kind)))
                .collect();
        }
        summary
    }
}

/// Lines of a block that are longer than a record's text. Looks at the ends of stretches of that length only.
fn long_lines(block: &[u8]) -> u64 {
    let mut count = 0;
    let mut rest = block;
    while let Some(stretch) = rest.get(..=MAX_TEXT_BYTES) {
        // Lines that end within the stretch are short.
        let end = match memchr::memrchr(b'\n', stretch) {
            Some(end) => end,
            None => {
                let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                let line = rest.get(..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                count += u64::from(line.len() > MAX_TEXT_BYTES);
                end
            }
        };
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_counted_wherever_they_stand() {
        let naive = |block: &[u8]| {
            let lines = block.split(|&byte| byte == b'\n');
            let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line).len());
            lines.filter(|&length| length > MAX_TEXT_BYTES).count() as u64
        };
        let mut block = Vec::new();
        for length in [
            0,
            5,
            MAX_TEXT_BYTES,
            MAX_TEXT_BYTES + 1,
            3,
            3 * MAX_TEXT_BYTES,
            MAX_TEXT_BYTES - 1,
        ] {
            for end in ["\n", "\r\n"] {
                block.resize(block.len() + length, b'x');
                block.extend_from_slice(end.as_bytes());
                assert_eq!(long_lines(&block), naive(&block));
                assert_eq!(long_lines(block.trim_ascii_end()), naive(block.trim_ascii_end()));
            }
        }
        assert_eq!(long_lines(&block), 4);
        assert_eq!(long_lines(b""), 0);
    }
}
