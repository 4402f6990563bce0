//! Block in, sink out.

use crate::bytes::cut;
use crate::fingerprint::{of_network, of_text};
use crate::format::Format;
use crate::host::bits;
use crate::kind::{Kind, MatchKind};
use crate::line::{LineReader, suffixes};
use crate::token::{Found, Scratch, walk};
use crate::view::ViewBuffer;
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

/// Fingerprints that are probed in one go.
const BATCH: usize = 8192;

/// Scans lines for the indicators of a watchlist.
#[derive(Debug)]
pub struct Scanner<'w> {
    watchlist: &'w Watchlist,
    options: Options,
    format: Format,
    counts: Counts,
    reader: LineReader,
    batch: Batch,
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
            batch: Batch::default(),
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

    /// Scans whole lines. A line ends at LF; the last one may have none. Returns the number of lines in the block.
    pub fn block(&mut self, whole_lines: &[u8], sink: &mut dyn Sink) -> usize {
        self.batch.clear();
        let mut offset = 0;
        while offset < whole_lines.len() {
            let rest = cut(whole_lines, offset, whole_lines.len());
            let end = memchr::memchr(b'\n', rest);
            let text = without_cr(cut(rest, 0, end.unwrap_or(rest.len())));
            self.batch.lines.push((offset, text.len()));
            if self.options.count || text.first() == Some(&b'#') {
                // Every line is read in full; a header is also taken in when the lines are read in order.
                self.batch.mark();
            }
            if !self.options.count {
                self.batch.line(self.watchlist, text);
            }
            offset += end.map_or(rest.len(), |end| end + 1);
        }
        self.batch.probe(self.watchlist);
        let mut hits = std::mem::take(&mut self.hits);
        for i in 0..self.batch.marked.len() {
            let Some(&number) = self.batch.marked.get(i) else {
                continue;
            };
            let Some(&(offset, length)) = self.batch.lines.get(number) else {
                continue;
            };
            let text = cut(whole_lines, offset, offset + length);
            self.read(text, &mut hits);
            if !hits.is_empty() {
                sink.line(&LineHits {
                    number,
                    offset,
                    text,
                    hits: &hits,
                });
            }
        }
        self.hits = hits;
        self.counts.lines += self.batch.lines.len() as u64;
        self.batch.lines.len()
    }

    /// Scans one line, given without its LF; a CR at its end is passed over. Replaces the content of `hits`.
    pub fn line(&mut self, line: &[u8], hits: &mut Vec<Hit>) {
        self.read(without_cr(line), hits);
        self.counts.lines += 1;
    }

    fn read(&mut self, text: &[u8], hits: &mut Vec<Hit>) {
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

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The probing pass over a block. Keeps its room from block to block.
#[derive(Debug, Clone, Default)]
struct Batch {
    /// Offset and length of each line.
    lines: Vec<(usize, usize)>,
    /// Fingerprint, and the number of its line.
    probes: Vec<(u64, usize)>,
    /// Lines to read in full, ascending.
    marked: Vec<usize>,
    buffer: ViewBuffer,
    scratch: Scratch,
}

impl Batch {
    fn clear(&mut self) {
        self.lines.clear();
        self.probes.clear();
        self.marked.clear();
    }

    /// Marks the last line.
    fn mark(&mut self) {
        self.marked.push(self.lines.len().saturating_sub(1));
    }

    /// Collects the fingerprints of the last line. A URL has those of its host, whose indicators are few.
    fn line(&mut self, watchlist: &Watchlist, text: &[u8]) {
        let number = self.lines.len().saturating_sub(1);
        let Batch {
            probes,
            marked,
            buffer,
            scratch,
            ..
        } = self;
        let view = buffer.read(text);
        walk(view.text, scratch, &mut |found| {
            match found {
                Found::Name(_, name) => probes.extend(suffixes(name).map(|suffix| (of_text(suffix), number))),
                Found::Address(_, address) => {
                    let bits = bits(address);
                    probes.push((of_network(bits, 128), number));
                    for &prefix in watchlist.prefixes(address.is_ipv4()) {
                        probes.push((of_network(bits, prefix), number));
                    }
                }
                Found::Email(_, value) | Found::Hash(_, _, value) => probes.push((of_text(value), number)),
            }
            // A long line must not fill the memory with probes.
            if probes.len() >= BATCH {
                survivors(watchlist, probes, marked);
            }
        });
    }

    fn probe(&mut self, watchlist: &Watchlist) {
        survivors(watchlist, &mut self.probes, &mut self.marked);
        self.marked.sort_unstable();
        self.marked.dedup();
    }
}

/// Probes a batch and marks the lines of those fingerprints that are there.
fn survivors(watchlist: &Watchlist, probes: &mut Vec<(u64, usize)>, marked: &mut Vec<usize>) {
    probes.retain(|&(fingerprint, _)| watchlist.may_contain(fingerprint));
    for (fingerprint, number) in probes.drain(..) {
        if marked.last() != Some(&number) && watchlist.contains(fingerprint) {
            marked.push(number);
        }
    }
}
