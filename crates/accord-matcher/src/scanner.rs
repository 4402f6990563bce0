//! Block in, sink out.

use crate::bytes::cut;
use crate::format::Format;
use crate::kind::{Kind, MatchKind};
use crate::line::LineReader;
use crate::sift::{Line, Sift};
use crate::watchlist::{IndicatorId, Watchlist};

/// How to scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Also report [`MatchKind::Address`].
    pub weak: bool,
    /// Also count the observables by kind. Every line is then read in full, hit or not: slower.
    pub count: bool,
}

/// One record: an indicator hit a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What stood in the log.
    pub kind: Kind,
    /// First byte of the value in the line, from 0. Of a URL this is the first byte of its host.
    pub start: usize,
    /// The canonical value.
    pub value: String,
    /// The indicator.
    pub indicator: IndicatorId,
    /// How it hit.
    pub how: MatchKind,
}

/// A line that hit.
#[derive(Debug, Clone, Copy)]
pub struct LineHits<'a> {
    /// Which line of the block, from 0.
    pub number: usize,
    /// Its first byte in the block.
    pub offset: usize,
    /// The line, without LF or the CR before it; its length is `text.len()`.
    pub text: &'a [u8],
    /// Its records, in the order of `docs/spec/matching.md`.
    pub hits: &'a [Hit],
}

/// Takes the lines that hit, in the order of the block.
pub trait Sink {
    /// Takes one line that hit.
    fn line(&mut self, line: &LineHits<'_>);
}

impl<F: FnMut(&LineHits<'_>)> Sink for F {
    fn line(&mut self, line: &LineHits<'_>) {
        self(line);
    }
}

/// Observables by kind and other sums, for `--stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Lines scanned.
    pub lines: u64,
    /// Records given.
    pub records: u64,
    /// Records beyond [`crate::limits::MAX_RECORDS_PER_LINE`], not given.
    pub records_over_limit: u64,
    observables: [u64; 9],
}

impl Counts {
    /// How many observables of a kind were seen, every occurrence counted. 0 without [`Options::count`].
    pub fn observables(&self, kind: Kind) -> u64 {
        self.observables.get(kind as usize).copied().unwrap_or(0)
    }

    pub(crate) fn see(&mut self, kind: Kind) {
        if let Some(count) = self.observables.get_mut(kind as usize) {
            *count += 1;
        }
    }

    /// Adds the sums of another scanner.
    pub fn add(&mut self, other: &Counts) {
        self.lines += other.lines;
        self.records += other.records;
        self.records_over_limit += other.records_over_limit;
        for (mine, theirs) in self.observables.iter_mut().zip(other.observables) {
            *mine += theirs;
        }
    }
}

/// Scans lines for the indicators of a watchlist.
#[derive(Debug)]
pub struct Scanner<'w> {
    watchlist: &'w Watchlist,
    options: Options,
    format: Format,
    counts: Counts,
    reader: LineReader,
    sift: Sift,
    lines: Vec<Line>,
    hits: Vec<Hit>,
}

impl<'w> Scanner<'w> {
    /// A scanner at the start of a source.
    pub fn new(watchlist: &'w Watchlist, options: Options) -> Scanner<'w> {
        Scanner {
            watchlist,
            options,
            format: Format::default(),
            counts: Counts::default(),
            reader: LineReader::default(),
            sift: Sift::new(watchlist),
            lines: Vec::new(),
            hits: Vec::new(),
        }
    }

    /// Forgets what earlier lines said about the format. Call it before each source.
    pub fn start_source(&mut self) {
        self.format = Format::default();
    }

    /// The format state after the lines so far.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Replaces the format state.
    pub fn set_format(&mut self, format: Format) {
        self.format = format;
    }

    /// The sums so far, over all sources.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The sums so far, which then begin again.
    pub fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    /// Scans whole lines. A line ends at LF; the last one may have none. Returns the number of lines in the block.
    pub fn block(&mut self, whole_lines: &[u8], sink: &mut dyn Sink) -> usize {
        let mut lines = std::mem::take(&mut self.lines);
        let count = if self.options.count {
            all_lines(whole_lines, &mut lines);
            lines.len()
        } else {
            self.sift.block(self.watchlist, whole_lines, &mut lines)
        };
        let mut hits = std::mem::take(&mut self.hits);
        for line in &lines {
            let text = without_cr(cut(whole_lines, line.start, line.end));
            self.format.read_line(text);
            self.reader.read_by(
                self.watchlist,
                Some(self.sift.sieve()),
                text,
                &self.format,
                self.options,
                &mut hits,
                &mut self.counts,
            );
            if !hits.is_empty() {
                sink.line(&LineHits {
                    number: line.number,
                    offset: line.start,
                    text,
                    hits: &hits,
                });
            }
        }
        self.hits = hits;
        self.lines = lines;
        self.counts.lines += count as u64;
        count
    }

    /// Scans one line, given without its LF; a CR at its end is passed over. Replaces the content of `hits`.
    pub fn line(&mut self, line: &[u8], hits: &mut Vec<Hit>) {
        let text = without_cr(line);
        self.counts.lines += 1;
        self.format.read_line(text);
        self.reader.read(
            self.watchlist,
            text,
            &self.format,
            self.options,
            hits,
            &mut self.counts,
        );
    }
}

/// Every line of a block.
fn all_lines(block: &[u8], lines: &mut Vec<Line>) {
    lines.clear();
    let mut start = 0;
    while start < block.len() {
        let rest = cut(block, start, block.len());
        let end = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        lines.push(Line {
            number: lines.len(),
            start,
            end,
        });
        start = end + 1;
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
