//! Many inputs on several threads, their records in the order of the inputs and of each input.
//!
//! A worker takes an input that nobody is reading, reads its next block, puts the input back and scans the block. So one
//! large file is scanned by all workers, a compressed one is decoded by one while the others scan, and where there are
//! many inputs as many are open as there are workers, each decoded by its own. What was found in a block waits for those
//! before it; the calling thread tells it in order, and is woken only when there is something to tell, as most blocks hold
//! no hit.
//!
//! Memory is bounded: one block for each worker and each open input, and at most [`MAX_HELD_BYTES`] of what was found and
//! is not told yet; beyond that only the input that is being told goes on.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use accord_matcher::Format;

use crate::blocks::{Block, Blocks, Extent};
use crate::input::{Input, InputError};
use crate::limits::{MAX_HELD_BYTES, QUIET_BLOCKS};
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
        due: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let worker = Worker::new(&shared);
            scope.spawn(move || worker.work(threads.max(1), watchfile, options));
        }
        let result = shared.tell(watchfile, options, on_event);
        shared.change(|state| state.stopped = true);
        result
    })
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
    /// What was found in blocks, by input and block.
    found: BTreeMap<(usize, u64), Found>,
    /// Bytes of what was found and is not told.
    held: usize,
    /// Inputs that have ended.
    ends: BTreeMap<usize, End>,
    /// The input that is being told, and the next block of it.
    telling: usize,
    next_block: u64,
    /// Blocks from that one on that are there and in which nothing was found.
    quiet: u64,
    /// Workers that wait for something to do, and all that there are.
    waiting: usize,
    workers: usize,
    stopped: bool,
}

impl State {
    /// Whether it is time to tell: something was found in the next block in which anything was, the input has ended there, or
    /// [`QUIET_BLOCKS`] are waiting.
    fn is_due(&mut self) -> bool {
        loop {
            let block = self.next_block + self.quiet;
            match self.found.get(&(self.telling, block)) {
                Some(found) if found.is_quiet() && self.quiet < QUIET_BLOCKS => self.quiet += 1,
                Some(_) => return true,
                None => {
                    return self
                        .ends
                        .get(&self.telling)
                        .is_some_and(|end| end.blocks == block);
                }
            }
        }
    }

    /// Takes the blocks that are to be told, and the end that follows them.
    fn take_due(&mut self) -> (Vec<Found>, Option<End>) {
        let mut due = Vec::new();
        while let Some(found) = self.found.remove(&(self.telling, self.next_block)) {
            due.push(found);
            self.next_block += 1;
        }
        self.quiet = 0;
        let has_ended = self
            .ends
            .get(&self.telling)
            .is_some_and(|end| end.blocks == self.next_block);
        let end = has_ended.then(|| self.ends.remove(&self.telling)).flatten();
        if end.is_some() {
            (self.telling, self.next_block) = (self.telling + 1, 0);
        }
        (due, end)
    }
}

struct Shared<'s> {
    names: &'s [String],
    open: &'s Open<'s>,
    state: Mutex<State>,
    /// Something may be there for workers to do.
    changed: Condvar,
    /// Something is to be told.
    due: Condvar,
}

impl Shared<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if something did, what it guards is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        if state.waiting > 0 {
            self.changed.notify_all();
        }
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
            state.waiting += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    /// Scans until nothing is left.
    fn work(&self, threads: usize, watchfile: &Watchfile, options: ScanOptions) {
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
            let mut is_due = false;
            match end {
                Ok((block, taken)) => {
                    let found = finder.block(&taken.block(), taken.format.clone());
                    bytes = taken.bytes;
                    let mut state = self.lock();
                    state.held += found.held_bytes();
                    state.found.insert((number, block), found);
                    is_due |= state.is_due();
                }
                Err(end) => self.change(|state| {
                    state.open.remove(&number);
                    state.ends.insert(number, end);
                    is_due |= state.is_due();
                }),
            }
            if is_due {
                self.due.notify_one();
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

    /// Waits for what is to be told. None where the workers are gone, which they are only when everything was told.
    fn next_due(&self) -> Option<(Vec<Found>, Option<End>)> {
        let mut state = self.lock();
        while !state.is_due() {
            if state.workers == 0 {
                return None;
            }
            state = self.due.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Some(state.take_due())
    }

    /// Tells everything in order.
    fn tell(
        &self,
        watchfile: &Watchfile,
        options: ScanOptions,
        on_event: &mut dyn FnMut(Event<'_>) -> Result<(), SinkStopped>,
    ) -> Result<(), ScanError> {
        for name in self.names {
            let mut telling = Telling::new(name);
            let end = loop {
                let Some((due, end)) = self.next_due() else {
                    return Ok(());
                };
                let mut told = 0;
                for found in due {
                    told += found.held_bytes();
                    telling.take(watchfile, found, &mut |record| on_event(Event::Record(record)))?;
                }
                self.change(|state| state.held = state.held.saturating_sub(told));
                if let Some(end) = end {
                    break end;
                }
            };
            on_event(Event::End {
                name,
                summary: telling.finish(end.read_bytes, options),
                failure: end.failure,
            })?;
        }
        Ok(())
    }
}

/// A worker, counted as long as it is there.
struct Worker<'w, 's>(&'w Shared<'s>);

impl<'w, 's> Worker<'w, 's> {
    fn new(shared: &'w Shared<'s>) -> Self {
        shared.change(|state| state.workers += 1);
        Worker(shared)
    }

    /// Scans until nothing is left. Taken whole by its thread, so that it is counted until that ends.
    fn work(self, threads: usize, watchfile: &Watchfile, options: ScanOptions) {
        self.0.work(threads, watchfile, options);
    }
}

impl Drop for Worker<'_, '_> {
    fn drop(&mut self) {
        self.0.change(|state| state.workers -= 1);
        self.0.due.notify_one();
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
