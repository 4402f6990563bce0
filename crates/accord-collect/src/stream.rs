//! A stream that is read until it ends: standard input.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use accord_logstore::Disk;

use crate::error::{Error, Result};
use crate::limits::{MAX_STREAM_LINE_BYTES, READ_BYTES};
use crate::settings::SpoolSettings;
use crate::spool::{self, Log, Sender, SpoolPlan, Taker, Writer};
use crate::status::{CollectorStatus, Status};
use crate::stop::{Clock, Stop};
use crate::store::Store;

/// Pieces read ahead.
const READ_AHEAD: usize = 4;
/// How often ages are looked at.
const TICK: Duration = Duration::from_millis(50);

/// What a stream is collected with.
pub struct StreamPlan {
    /// Where segments go.
    pub store: Arc<dyn Store>,
    /// The collector's name; its spool is told by it.
    pub name: String,
    /// The source that it feeds.
    pub source: String,
    /// Where the stream comes from, in words: `standard input`.
    pub sender: String,
    /// How long a last line without its end waits, seconds.
    pub partial_line_s: u64,
    /// The spool.
    pub spool: SpoolSettings,
    /// The folder of the spool.
    pub folder: PathBuf,
    /// The clock.
    pub clock: Clock,
    /// The disk under the spool.
    pub disk: Disk,
}

/// Ends the reading of a stream from another thread.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Stop);

impl Cancel {
    /// Ends it; what was read becomes segments.
    pub fn cancel(&self) {
        self.0.set();
    }
}

/// Reads a stream until it ends or is cancelled, and makes segments of it; blocks. What lies in the spool from an
/// earlier run comes first. A store that refuses is asked again; the stream waits meanwhile, once the spool is full.
/// What was read from the stream and is in no segment at the end is in the spool, and told as `lag_bytes`.
///
/// # Errors
/// Those of the settings, the spool and the store at the start. What comes later is in the status.
pub fn collect_stream(
    plan: StreamPlan,
    stream: impl Read + Send + 'static,
    cancel: &Cancel,
) -> Result<CollectorStatus> {
    plan.spool.check(&plan.name)?;
    let status = Status::new(&plan.name, "stream", &plan.source);
    let (writer, taker) = spool::open(SpoolPlan {
        name: &plan.name,
        source: &plan.source,
        root: &plan.folder,
        settings: plan.spool.clone(),
        max_senders: 1,
        key_window_s: 1,
        disk: plan.disk.clone(),
        clock: plan.clock.clone(),
        status: status.clone(),
        store: Arc::clone(&plan.store),
    })?;
    let (pieces, arrived) = sync_channel(READ_AHEAD);
    // Not joined: a read that waits cannot be cancelled. It ends with its next piece.
    std::thread::Builder::new()
        .name("collect-stream".to_owned())
        .spawn(move || read_ahead(stream, &pieces))
        .map_err(Error::file("start a thread for", &plan.name))?;
    let mut lines = Lines {
        writer,
        status: status.clone(),
        clock: plan.clock,
        cancel: cancel.0.clone(),
        sender: Sender {
            transport: "stream".to_owned(),
            sender: plan.sender,
        },
        held: Vec::new(),
        grown: Instant::now(),
        partial: Duration::from_secs(plan.partial_line_s),
    };
    let done = Stop::default();
    std::thread::scope(|scope| {
        let taking = done.clone();
        scope.spawn(move || run_taker(taker, &taking));
        lines.run(&arrived);
        done.set();
    });
    let told = status.lock().clone();
    Ok(told)
}

type Piece = std::io::Result<Vec<u8>>;

fn read_ahead(mut stream: impl Read, pieces: &std::sync::mpsc::SyncSender<Piece>) {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let piece = match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(buffer.get(..count).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = piece.is_err();
        if pieces.send(piece).is_err() || failed {
            return;
        }
    }
}

fn run_taker(mut taker: Taker, done: &Stop) {
    while !done.wait(TICK) {
        taker.take_all(&|| false);
    }
    // The rest; where the store refuses now, it stays in the spool.
    taker.take_all(&|| false);
}

struct Lines {
    writer: Writer,
    status: Status,
    clock: Clock,
    cancel: Stop,
    sender: Sender,
    /// Bytes that wait for their line's end.
    held: Vec<u8>,
    grown: Instant,
    partial: Duration,
}

impl Lines {
    fn run(&mut self, arrived: &Receiver<Piece>) {
        while !self.cancel.is_set() {
            match arrived.recv_timeout(TICK) {
                Ok(Ok(piece)) => {
                    self.held.extend_from_slice(&piece);
                    self.grown = Instant::now();
                    let whole = memchr::memrchr(b'\n', &self.held).map_or(0, |at| at + 1);
                    self.write(whole);
                    if self.held.len() >= MAX_STREAM_LINE_BYTES {
                        self.write(self.held.len());
                    }
                }
                Ok(Err(error)) => {
                    self.tell(&Error::Refused(format!("the stream cannot be read on: {error}")));
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.grown.elapsed() >= self.partial {
                self.write(self.held.len());
            }
            if let Err(error) = self.writer.tick() {
                self.tell(&error);
            }
        }
        self.write(self.held.len());
        if let Err(error) = self.writer.close_all() {
            self.tell(&error);
        }
    }

    fn tell(&self, error: &Error) {
        self.status.error((self.clock)(), error.to_string());
    }

    /// Appends the first bytes that are held; waits until the spool takes them, and after a cancel no longer.
    fn write(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        let rest = self.held.split_off(count);
        let log = Log {
            sender: self.sender.clone(),
            bytes: std::mem::replace(&mut self.held, rest),
            escaped: false,
            key: None,
        };
        while let Err(error) = self.writer.append(&log) {
            self.tell(&error);
            if self.cancel.wait(TICK) {
                self.status.count(crate::status::Count::DroppedSpool, 1);
                return;
            }
            if let Err(error) = self.writer.tick() {
                self.tell(&error);
            }
        }
    }
}
