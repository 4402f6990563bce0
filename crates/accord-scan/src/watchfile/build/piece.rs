//! Sources read in pieces: their rows put into canonical form, as they will stand in the log.
//!
//! Where a source can be cut into parts (`accord_formats::indicators::parts`), two threads read them, each the next one that
//! nobody reads; a piece that is read waits for those before it, so that rows come in their order, whoever read them.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use accord_formats::indicators::{Content, Parts, Row};
use accord_matcher::PatternReader;

use super::Collected;
use super::rows::RowBuffer;
use super::sayings::{Known, Sayings};
use crate::watchfile::report::{self, SourceReport};

/// Bytes of a part of a source.
pub(in crate::watchfile) const PART_BYTES: usize = 256 << 10;
/// A piece is full with so many bytes of rows.
const FULL_BYTES: usize = PART_BYTES;
/// Pieces that may wait for those before them.
const MOST_WAITING: usize = 6;

/// The reason under which an allow entry in an indicator source is counted.
const ALLOW_ENTRY: &str = "an entry of an allow list: give the file with --allow";

/// Some rows of a source.
#[derive(Debug, Default)]
struct Piece {
    rows: RowBuffer,
    /// What became of them; places are counted from the piece's first line.
    report: SourceReport,
    lines: u64,
}

impl Piece {
    fn clear(&mut self) {
        self.rows.clear();
        self.report = SourceReport::default();
        self.lines = 0;
    }
}

/// Reads the rows of one source.
struct RowReader<'s> {
    source: &'s str,
    /// Labels of every indicator.
    labels: &'s [String],
    sayings: &'s Mutex<Sayings>,
    known: Known,
    patterns: PatternReader,
}

impl<'s> RowReader<'s> {
    fn new(source: &'s str, labels: &'s [String], sayings: &'s Mutex<Sayings>) -> RowReader<'s> {
        RowReader {
            source,
            labels,
            sayings,
            known: Known::default(),
            patterns: PatternReader::default(),
        }
    }

    /// Puts an entry of the source into a piece.
    fn read(&mut self, row: &Row<'_>, piece: &mut Piece) {
        let report = &mut piece.report;
        report.rows += 1;
        match row.content {
            Content::NotUsed { written, reason } => {
                report::count(&mut report.not_used, &reason.to_string(), row.place, written);
            }
            Content::Allow { value, .. } => {
                report::count(&mut report.not_used, ALLOW_ENTRY, row.place, value);
            }
            Content::Indicator {
                value,
                labels,
                provenance,
            } => {
                let saying = self.known.number(labels, provenance, || {
                    let mut sayings = self.sayings.lock().unwrap_or_else(PoisonError::into_inner);
                    let all = labels
                        .iter()
                        .copied()
                        .chain(self.labels.iter().map(String::as_str));
                    sayings.of_row(all, self.source, provenance)
                });
                match piece.rows.read(saying, value, &mut self.patterns) {
                    Ok(()) => report.indicators += 1,
                    Err(reason) => report::count(&mut report.refused, reason.words(), row.place, value),
                }
            }
        }
    }
}

/// Takes pieces in their order.
struct Taking<'t> {
    collected: &'t mut Collected,
    report: &'t mut SourceReport,
    lines_before: u64,
    /// The piece that comes next, and those after it that are here.
    next: usize,
    waiting: BTreeMap<usize, Piece>,
    /// To be used again.
    spare: Vec<Piece>,
    readers: usize,
}

impl Taking<'_> {
    fn take(&mut self, piece: &Piece) {
        self.collected.add_all(&piece.rows);
        self.report.add(&piece.report, self.lines_before);
        self.lines_before += piece.lines;
    }
}

/// A source that is read as it comes.
pub(in crate::watchfile) struct InOrder<'t> {
    reader: RowReader<'t>,
    piece: Piece,
    taking: Taking<'t>,
}

impl<'t> InOrder<'t> {
    pub(in crate::watchfile) fn new(
        collected: &'t mut Collected,
        report: &'t mut SourceReport,
        sayings: &'t Mutex<Sayings>,
        (source, labels): (&'t str, &'t [String]),
    ) -> InOrder<'t> {
        InOrder {
            reader: RowReader::new(source, labels, sayings),
            piece: Piece::default(),
            taking: Taking::new(collected, report, 0),
        }
    }

    pub(in crate::watchfile) fn read(&mut self, row: &Row<'_>) {
        self.reader.read(row, &mut self.piece);
        if self.piece.rows.bytes() >= FULL_BYTES {
            self.finish();
        }
    }

    /// After the last row.
    pub(in crate::watchfile) fn finish(&mut self) {
        self.taking.take(&self.piece);
        self.piece.clear();
    }
}

impl<'t> Taking<'t> {
    fn new(collected: &'t mut Collected, report: &'t mut SourceReport, lines_before: u64) -> Taking<'t> {
        Taking {
            collected,
            report,
            lines_before,
            next: 0,
            waiting: BTreeMap::new(),
            spare: Vec::new(),
            readers: 0,
        }
    }
}

/// What threads that read one source share.
struct Shared<'t, 'p> {
    parts: Mutex<(usize, Parts<'p>)>,
    taking: Mutex<Taking<'t>>,
    taken: Condvar,
}

/// Reads the parts of a source on so many threads, this one among them.
pub(in crate::watchfile) fn read_parts(
    parts: Parts<'_>,
    threads: usize,
    collected: &mut Collected,
    report: &mut SourceReport,
    sayings: &Mutex<Sayings>,
    (source, labels): (&str, &[String]),
) {
    let taking = Taking::new(collected, report, parts.lines_before());
    let shared = Shared {
        parts: Mutex::new((0, parts)),
        taking: Mutex::new(taking),
        taken: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            let reader = Reader::new(&shared);
            let rows = RowReader::new(source, labels, sayings);
            // Where no thread can be had, the others read its parts.
            let _ = std::thread::Builder::new()
                .name("watchlist-read".to_owned())
                .spawn_scoped(scope, move || reader.read(rows));
        }
        Reader::new(&shared).read(RowReader::new(source, labels, sayings));
    });
}

/// A thread that reads, counted as long as it is there.
struct Reader<'r, 't, 'p>(&'r Shared<'t, 'p>);

impl<'r, 't, 'p> Reader<'r, 't, 'p> {
    fn new(shared: &'r Shared<'t, 'p>) -> Self {
        shared.taking().readers += 1;
        Reader(shared)
    }

    fn read(self, mut rows: RowReader<'_>) {
        let mut piece = Piece::default();
        while let Some((number, part)) = self.0.next_part() {
            piece.clear();
            piece.lines = part.read(&mut |row| rows.read(&row, &mut piece));
            piece = self.0.deliver(number, piece);
        }
    }
}

impl Drop for Reader<'_, '_, '_> {
    fn drop(&mut self) {
        self.0.taking().readers -= 1;
        self.0.taken.notify_all();
    }
}

impl<'t, 'p> Shared<'t, 'p> {
    // Nothing panics while these are held; if something did, what they guard is still whole.
    fn taking(&self) -> MutexGuard<'_, Taking<'t>> {
        self.taking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_part(&self) -> Option<(usize, accord_formats::indicators::Part<'p>)> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let part = parts.1.next()?;
        parts.0 += 1;
        Some((parts.0 - 1, part))
    }

    /// Hands in a piece, and takes those whose turn it is. Gives one to be used again.
    fn deliver(&self, number: usize, piece: Piece) -> Piece {
        let mut taking = self.taking();
        // Whoever reads the next one never waits here.
        while number >= taking.next + MOST_WAITING && taking.readers > 1 {
            taking = self.taken.wait(taking).unwrap_or_else(PoisonError::into_inner);
        }
        taking.waiting.insert(number, piece);
        while let Some(next) = {
            let number = taking.next;
            taking.waiting.remove(&number)
        } {
            taking.take(&next);
            taking.next += 1;
            taking.spare.push(next);
        }
        self.taken.notify_all();
        taking.spare.pop().unwrap_or_default()
    }
}
