//! Rows read together: one thread reads sources, another puts the values into canonical form, and the rows come back in
//! their order.

use std::sync::mpsc::{Receiver, Sender, channel};

use accord_matcher::{PatternKind, PatternReader, Reason};

/// A batch is full with so many bytes of values.
const BATCH_BYTES: usize = 64 << 10;
/// Batches on their way.
const MOST: usize = 6;

/// Rows of a source, and what their values read as.
#[derive(Debug, Default)]
pub(in crate::watchfile) struct Batch {
    written: String,
    rows: Vec<Written>,
    canonical: Vec<u8>,
    read: Vec<Read>,
}

#[derive(Debug)]
struct Written {
    /// Where its value ends.
    end: usize,
    place: u64,
    saying: u32,
}

/// Where the canonical text ends, and what it is, with its fingerprint.
type Read = (usize, Result<(PatternKind, u64), Reason>);

/// A row that was read.
#[derive(Debug)]
pub(in crate::watchfile) struct ReadRow<'b> {
    pub(in crate::watchfile) place: u64,
    pub(in crate::watchfile) saying: u32,
    pub(in crate::watchfile) value: &'b str,
    pub(in crate::watchfile) read: Result<Canonical<'b>, Reason>,
}

/// An indicator in canonical form.
#[derive(Debug, Clone, Copy)]
pub(in crate::watchfile) struct Canonical<'b> {
    pub(in crate::watchfile) kind: PatternKind,
    pub(in crate::watchfile) text: &'b [u8],
    pub(in crate::watchfile) fingerprint: u64,
}

impl Batch {
    pub(in crate::watchfile) fn add(&mut self, value: &str, place: u64, saying: u32) {
        self.written.push_str(value);
        self.rows.push(Written {
            end: self.written.len(),
            place,
            saying,
        });
    }

    pub(in crate::watchfile) fn is_full(&self) -> bool {
        self.written.len() >= BATCH_BYTES
    }

    fn clear(&mut self) {
        self.written.clear();
        self.rows.clear();
        self.canonical.clear();
        self.read.clear();
    }

    /// Puts the values into canonical form.
    fn read(&mut self, reader: &mut PatternReader) {
        let mut start = 0;
        for row in &self.rows {
            let value = self.written.get(start..row.end).unwrap_or_default();
            start = row.end;
            let before = self.canonical.len();
            let read = reader.read(value, &mut self.canonical).and_then(|kind| {
                let text = self
                    .canonical
                    .get(before..)
                    .and_then(|text| std::str::from_utf8(text).ok());
                // There is one, as it is an indicator's text.
                let fingerprint = text.and_then(|text| kind.fingerprint(text));
                fingerprint
                    .map(|fingerprint| (kind, fingerprint))
                    .ok_or(Reason::BadHost)
            });
            self.read.push((self.canonical.len(), read));
        }
    }

    /// The rows with what was read of them.
    pub(in crate::watchfile) fn rows(&self) -> impl Iterator<Item = ReadRow<'_>> {
        let (mut start, mut before) = (0, 0);
        self.rows.iter().zip(&self.read).map(move |(row, (end, read))| {
            let value = self.written.get(start..row.end).unwrap_or_default();
            let text = self.canonical.get(before..*end).unwrap_or_default();
            (start, before) = (row.end, *end);
            ReadRow {
                place: row.place,
                saying: row.saying,
                value,
                read: read.map(|(kind, fingerprint)| Canonical {
                    kind,
                    text,
                    fingerprint,
                }),
            }
        })
    }
}

/// The way of batches to the other thread and back.
#[derive(Debug)]
pub(in crate::watchfile) struct Ways {
    /// None where this thread reads them itself.
    ways: Option<(Sender<Batch>, Receiver<Batch>)>,
    reader: PatternReader,
    under_way: usize,
}

impl Ways {
    /// With another thread of the scope, where it can be had.
    pub(in crate::watchfile) fn with_thread<'s>(scope: &'s std::thread::Scope<'s, '_>) -> Ways {
        let (there, batches) = channel::<Batch>();
        let (done, back) = channel();
        let started = std::thread::Builder::new()
            .name("watchlist-read".to_owned())
            .spawn_scoped(scope, move || {
                let mut reader = PatternReader::default();
                for mut batch in batches {
                    batch.read(&mut reader);
                    if done.send(batch).is_err() {
                        break;
                    }
                }
            });
        Ways {
            ways: started.ok().map(|_| (there, back)),
            ..Ways::alone()
        }
    }

    pub(in crate::watchfile) fn alone() -> Ways {
        Ways {
            ways: None,
            reader: PatternReader::default(),
            under_way: 0,
        }
    }

    /// Sends a batch and puts an empty one in its place; what came back meanwhile is taken, in order.
    pub(in crate::watchfile) fn send(&mut self, batch: &mut Batch, take: &mut dyn FnMut(&Batch)) {
        let mut sent = std::mem::take(batch);
        match &self.ways {
            Some((there, _)) => match there.send(sent) {
                Ok(()) => {
                    self.under_way += 1;
                    if self.under_way >= MOST {
                        *batch = self.receive(take);
                    }
                }
                // The other thread is gone, which it is only with the process.
                Err(_) => self.ways = None,
            },
            None => {
                sent.read(&mut self.reader);
                take(&sent);
                *batch = sent;
                batch.clear();
            }
        }
    }

    fn receive(&mut self, take: &mut dyn FnMut(&Batch)) -> Batch {
        self.under_way -= 1;
        let mut batch = match &self.ways {
            Some((_, back)) => back.recv().unwrap_or_default(),
            None => Batch::default(),
        };
        take(&batch);
        batch.clear();
        batch
    }

    /// Takes everything that is still under way, this batch last.
    pub(in crate::watchfile) fn finish(mut self, batch: &mut Batch, take: &mut dyn FnMut(&Batch)) {
        self.send(batch, take);
        while self.under_way > 0 {
            self.receive(take);
        }
    }
}
