//! Many inputs on several threads, their records in the order of the inputs and of each input.
//!
//! A worker takes an input that nobody is reading, reads its next block, puts the input back and scans the block. So one
//! large file is scanned by all workers, a compressed one is decoded by one while the others scan, and where there are
//! many inputs as many are open as there are workers, each decoded by its own. The calling thread puts what was found in
//! order and tells it.
//!
//! Memory is bounded: one block for each worker and each open input, and at most [`MAX_HELD_BYTES`] of what was found and
//! is not told yet; beyond that only the input that is being told goes on.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use accord_matcher::Format;

use crate::blocks::{Block, Blocks, Extent};
use crate::input::{Input, InputError};
use crate::limits::MAX_HELD_BYTES;
use crate::scan::{
    Finder, Found, Record, ScanError, ScanOptions, SinkStopped, Summary, Telling, format_before,
};
use crate::watchfile::Watchfile;

/// What a scan of many inputs tells.
#[derive(Debug)]
pub enum Event<'e> {
    /// A record.
    Record(&'e Record<'e>),
    /// An input is at its end, or could not be read further.
    End {
        /// Its name.
        name: &'e str,
        /// What was scanned of it.
        summary: Summary,
        /// Why it ended early.
        failure: Option<InputError>,
    },
}

/// Opens an input by its name.
pub type Open<'o> = dyn Fn(&str) -> Result<Input, InputError> + Sync + 'o;

/// Scans inputs on `threads` threads; an input that cannot be opened or read is told as such, and the others go on.
///
/// # Errors
/// When the taker of events wants no more, and when the watchlist file is found damaged.
pub fn scan_many(
    names: &[String],
    open: &Open<'_>,
    watchfile: &Watchfile,
    options: ScanOptions,
    threads: usize,
    on_event: &mut dyn FnMut(Event<'_>) -> Result<(), SinkStopped>,
) -> Result<(), ScanError> {
    let shared = Shared {
        names,
        open,
        state: Mutex::new(State::default()),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        let (sender, receiver) = channel();
        for _ in 0..threads.max(1) {
            let (shared, sender) = (&shared, sender.clone());
            scope.spawn(move || shared.work(threads.max(1), watchfile, options, &sender));
        }
        drop(sender);
        let result = shared.tell(&receiver, watchfile, options, on_event);
        shared.stop();
        result
    })
}

/// From a worker to the thread that tells.
enum Message {
    /// What was found in a block of an input: the input's number, the block's, and what.
    Found(usize, u64, Found),
    /// An input has ended after so many blocks.
    End(usize, End),
}

struct End {
    blocks: u64,
    read_bytes: u64,
    failure: Option<InputError>,
}

/// An open input.
struct Source {
    blocks: Blocks,
    format: Format,
    next: u64,
}

/// A block that a worker took out of its input.
struct Taken {
    bytes: Vec<u8>,
    extent: Extent,
    offset: u64,
    format: Format,
}

#[derive(Default)]
struct State {
    /// The next name to open.
    next: usize,
    /// Open inputs by number, in order; without the source where a worker reads from it.
    open: BTreeMap<usize, Option<Source>>,
    /// Bytes of what was found and is not told.
    held: usize,
    /// The input that is being told.
    telling: usize,
    stopped: bool,
}

struct Shared<'s> {
    names: &'s [String],
    open: &'s Open<'s>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if something did, what it guards is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn stop(&self) {
        self.change(|state| state.stopped = true);
    }

    /// Takes an input to read from: the first that nobody reads, or the next to open. None where nothing is left.
    fn take(&self, threads: usize) -> Option<(usize, Option<Source>)> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return None;
            }
            let only = (state.held > MAX_HELD_BYTES).then_some(state.telling);
            let free = state.open.iter_mut().find_map(|(number, source)| {
                let may = source.is_some() && only.is_none_or(|only| only == *number);
                may.then(|| (*number, source.take()))
            });
            if free.is_some() {
                return free;
            }
            if state.next < self.names.len() && state.open.len() < threads && only.is_none() {
                let number = state.next;
                state.next += 1;
                state.open.insert(number, None);
                return Some((number, None));
            }
            if state.next >= self.names.len() && state.open.is_empty() {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Scans until nothing is left.
    fn work(&self, threads: usize, watchfile: &Watchfile, options: ScanOptions, told: &Sender<Message>) {
        let mut finder = Finder::new(watchfile, options);
        let mut bytes = Vec::new();
        while let Some((number, source)) = self.take(threads) {
            let opened = match source {
                Some(source) => Ok(source),
                None => self.open(number),
            };
            let end = match opened {
                Err(failure) => Err(End {
                    blocks: 0,
                    read_bytes: 0,
                    failure: Some(failure),
                }),
                Ok(mut source) => match source.read(&mut bytes) {
                    Ok(taken) => {
                        let block = source.next;
                        source.next += 1;
                        self.change(|state| {
                            state.open.insert(number, Some(source));
                        });
                        Ok((block, taken))
                    }
                    Err(failure) => Err(End {
                        blocks: source.next,
                        read_bytes: source.blocks.input().read_bytes(),
                        failure,
                    }),
                },
            };
            let message = match end {
                Ok((block, taken)) => {
                    let found = finder.block(&taken.block(), taken.format.clone());
                    bytes = taken.bytes;
                    let held = found.held_bytes();
                    self.lock().held += held;
                    Message::Found(number, block, found)
                }
                Err(end) => {
                    self.change(|state| {
                        state.open.remove(&number);
                    });
                    Message::End(number, end)
                }
            };
            if told.send(message).is_err() {
                return;
            }
        }
    }

    fn open(&self, number: usize) -> Result<Source, InputError> {
        let name = self.names.get(number).map_or("", String::as_str);
        Ok(Source {
            blocks: Blocks::new((self.open)(name)?),
            format: Format::default(),
            next: 0,
        })
    }

    /// Puts what comes in order and tells it.
    fn tell(
        &self,
        messages: &Receiver<Message>,
        watchfile: &Watchfile,
        options: ScanOptions,
        on_event: &mut dyn FnMut(Event<'_>) -> Result<(), SinkStopped>,
    ) -> Result<(), ScanError> {
        let mut found = BTreeMap::new();
        let mut ends = BTreeMap::new();
        for (number, name) in self.names.iter().enumerate() {
            let mut telling = Telling::new(name);
            let mut next = 0;
            let end = loop {
                if let Some(block) = found.remove(&(number, next)) {
                    next += 1;
                    let held = Found::held_bytes(&block);
                    telling.take(watchfile, block, &mut |record| on_event(Event::Record(record)))?;
                    self.change(|state| state.held = state.held.saturating_sub(held));
                    continue;
                }
                if ends.get(&number).is_some_and(|end: &End| end.blocks == next)
                    && let Some(end) = ends.remove(&number)
                {
                    break end;
                }
                match messages.recv() {
                    Ok(Message::Found(number, block, what)) => {
                        found.insert((number, block), what);
                    }
                    Ok(Message::End(number, end)) => {
                        ends.insert(number, end);
                    }
                    // The workers are gone, which they are only when everything was sent.
                    Err(_) => return Ok(()),
                }
            };
            self.change(|state| state.telling = number + 1);
            on_event(Event::End {
                name,
                summary: telling.finish(end.read_bytes, options),
                failure: end.failure,
            })?;
        }
        Ok(())
    }
}

impl Source {
    /// The next block, in a buffer that is `bytes` or takes its place in the input. `Err(None)` is the end.
    fn read(&mut self, bytes: &mut Vec<u8>) -> Result<Taken, Option<InputError>> {
        let Some((extent, offset)) = self.blocks.next_owned(bytes).map_err(Some)? else {
            return Err(None);
        };
        let block = Block {
            bytes,
            extent,
            line: 0,
            offset,
        };
        let format = format_before(&mut self.format, &block);
        Ok(Taken {
            extent,
            offset,
            format,
            bytes: std::mem::take(bytes),
        })
    }
}

impl Taken {
    fn block(&self) -> Block<'_> {
        Block {
            bytes: &self.bytes,
            extent: self.extent,
            line: 0,
            offset: self.offset,
        }
    }
}
