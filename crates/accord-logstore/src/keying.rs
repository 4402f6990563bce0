//! Lines on their way to the postings: one thread takes them apart and tells what became of each; another reads their keys
//! from the same bytes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use accord_formats::logs::{LineTime, Outcome};

use crate::columns::ParsedLine;
use crate::error::{Error, Result};
use crate::framing::{FrameRoom, joined};
use crate::lines::{LineSink, SurveyedLine};
use crate::postings::Gatherer;

/// The most batches of lines that wait for their keys; who tells of them waits then.
const QUEUED_BATCHES: usize = 4;
/// The most lines of a batch: a frame of short ones makes several.
const BATCH_LINES: usize = 8192;

/// Lines that end in one frame, in order.
#[derive(Default)]
struct Batch {
    /// Nothing after the last frame.
    raw: Option<Arc<FrameRoom>>,
    /// Where the frame starts in the log.
    start: u64,
    /// The bytes of lines that began in an earlier frame.
    own: Vec<u8>,
    lines: Vec<Mark>,
}

/// What became of a line.
enum Mark {
    Read {
        /// The frame that holds its first byte.
        frame: u32,
        bytes: Bytes,
        outcome: Outcome,
        time: LineTime,
    },
    Overlong {
        line: u64,
        offset: u64,
        length: u64,
    },
}

/// Where the bytes of a line are: from, and how many.
enum Bytes {
    Frame(usize, usize),
    Own(usize, usize),
}

/// The thread of the keys, and what it is told next.
pub(crate) struct Keying<'s> {
    batches: SyncSender<Batch>,
    /// The rooms of batches that are done.
    rooms: Receiver<Vec<Mark>>,
    batch: Batch,
    thread: ScopedJoinHandle<'s, Result<Gatherer>>,
}

impl<'s> Keying<'s> {
    pub(crate) fn start(scope: &'s Scope<'s, '_>, gatherer: Gatherer) -> Self {
        let (batches, queue) = sync_channel(QUEUED_BATCHES);
        let (done, rooms) = channel();
        let thread = scope.spawn(move || take_all(gatherer, queue, &done));
        Self {
            batches,
            rooms,
            batch: Batch::default(),
            thread,
        }
    }

    /// The lines that follow end in this frame; `start` is its first byte in the log.
    pub(crate) fn frame(&mut self, raw: &Arc<FrameRoom>, start: u64) {
        self.batch.raw = Some(Arc::clone(raw));
        self.batch.start = start;
    }

    /// Takes the next line. Says no where the keys have failed: [`Keying::finish`] tells why.
    pub(crate) fn line(&mut self, line: &ParsedLine<'_, '_>) -> bool {
        if self.batch.lines.len() >= BATCH_LINES && !self.send() {
            return false;
        }
        let Batch {
            raw,
            start,
            own,
            lines,
        } = &mut self.batch;
        let place = &line.place;
        let Some(outcome) = line.outcome else {
            lines.push(Mark::Overlong {
                line: place.line,
                offset: place.offset,
                length: place.length,
            });
            return true;
        };
        let within = place.offset.checked_sub(*start).filter(|_| raw.is_some());
        let length = line.bytes.len();
        let bytes = match within.and_then(|from| usize::try_from(from).ok()) {
            Some(from) => Bytes::Frame(from, length),
            None => {
                own.extend_from_slice(line.bytes);
                Bytes::Own(own.len() - length, length)
            }
        };
        lines.push(Mark::Read {
            frame: u32::try_from(place.frame).unwrap_or(u32::MAX),
            bytes,
            outcome,
            time: line.time,
        });
        true
    }

    /// Sends the lines so far. Those that follow end in the same frame, until another is told.
    fn send(&mut self) -> bool {
        let next = Batch {
            raw: self.batch.raw.clone(),
            start: self.batch.start,
            own: Vec::new(),
            lines: self.rooms.try_recv().unwrap_or_default(),
        };
        self.batches
            .send(std::mem::replace(&mut self.batch, next))
            .is_ok()
    }

    /// After the lines that end in a frame: those that follow end in no frame, until one is told. As [`Keying::line`].
    pub(crate) fn end_frame(&mut self) -> bool {
        let sent = self.send();
        self.batch.raw = None;
        sent
    }

    /// Waits for the keys of all lines.
    pub(crate) fn finish(mut self) -> Result<Gatherer> {
        // Where it says no, the thread says why.
        let _ = self.send();
        drop(self.batches);
        joined(self.thread)
    }
}

fn take_all(mut gatherer: Gatherer, queue: Receiver<Batch>, done: &Sender<Vec<Mark>>) -> Result<Gatherer> {
    for mut batch in queue {
        let raw: &[u8] = batch.raw.as_deref().map_or(&[], |raw| raw);
        for mark in batch.lines.drain(..) {
            match mark {
                Mark::Read {
                    frame,
                    bytes,
                    outcome,
                    time,
                } => {
                    let (from, at, length) = match bytes {
                        Bytes::Frame(at, length) => (raw, at, length),
                        Bytes::Own(at, length) => (batch.own.as_slice(), at, length),
                    };
                    // Keys that are missing would be lines that no hunt finds.
                    let bytes = from.get(at..at + length).ok_or(Error::MustReopen)?;
                    gatherer.line(&SurveyedLine {
                        frame,
                        bytes,
                        outcome,
                        time,
                    })?;
                }
                Mark::Overlong { line, offset, length } => gatherer.overlong(line, offset, length),
            }
        }
        // Nobody waits for it once the last line is told.
        drop(done.send(batch.lines));
    }
    gatherer.settle()?;
    Ok(gatherer)
}
