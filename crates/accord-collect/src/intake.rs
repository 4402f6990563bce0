//! The way into a spool: a bounded queue, one thread that writes, one that makes segments.
//!
//! What waits in memory is bounded by [`MAX_QUEUED_BYTES`](crate::limits::MAX_QUEUED_BYTES) over all senders. Beyond,
//! who can wait does (TCP, TLS, appends, streams: so a slow disk or store slows the senders down), and who cannot (UDP)
//! is counted. A store that does not take segments fills the spool, on disk, up to its limit; then the same.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender as Queue, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::{Error, Result};
use crate::limits::{MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES};
use crate::spool::{Appended, Log, Taker, Writer};
use crate::status::{Count, Status};
use crate::stop::{Clock, Stop};

/// How often the writer looks at ages, and again at a spool that was full.
const TICK: Duration = Duration::from_millis(50);
/// How often the taker looks for closed files.
const TAKE_EVERY: Duration = Duration::from_millis(100);
/// Appends that are made durable with one sync.
const MAX_BATCH: usize = 1024;

/// What is done where the spool does not take it now.
enum Urgency {
    /// It is dropped and counted: nothing can make the sender wait.
    Drop,
    /// It waits, and what comes behind it.
    Wait,
    /// The sender is told.
    Answer(oneshot::Sender<Result<Appended>>),
}

struct Job {
    log: Log,
    urgency: Urgency,
    /// Given back once it is written.
    _room: OwnedSemaphorePermit,
}

/// Room for one message in the queue; to be asked for before it is read where the sender can wait.
pub(crate) struct Room(OwnedSemaphorePermit);

/// The senders' end.
#[derive(Clone)]
pub(crate) struct Intake {
    queue: Arc<Mutex<Option<Queue<Job>>>>,
    room: Arc<Semaphore>,
    status: Status,
}

const fn least_room() -> usize {
    MAX_QUEUED_BYTES / MAX_QUEUED_MESSAGES
}

fn room_of(bytes: usize) -> u32 {
    u32::try_from(bytes.clamp(least_room(), MAX_QUEUED_BYTES)).unwrap_or(u32::MAX)
}

impl Intake {
    fn push(&self, job: Job) -> Result<()> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_ref().ok_or(Error::Stopped)?;
        queue.send(job).map_err(|_| Error::Stopped)
    }

    /// For senders that cannot wait: dropped and counted where there is no room.
    pub(crate) fn offer(&self, log: Log) {
        let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(room_of(log.bytes.len())) else {
            self.status.count(Count::DroppedQueueFull, 1);
            return;
        };
        let job = Job {
            log,
            urgency: Urgency::Drop,
            _room: room,
        };
        if self.push(job).is_err() {
            self.status.count(Count::DroppedQueueFull, 1);
        }
    }

    /// Room for so many bytes, when there is some.
    pub(crate) async fn room(&self, bytes: usize) -> Result<Room> {
        let room = Arc::clone(&self.room).acquire_many_owned(room_of(bytes)).await;
        room.map(Room).map_err(|_| Error::Stopped)
    }

    /// For senders that wait.
    pub(crate) fn send(&self, log: Log, room: Room) -> Result<()> {
        self.push(Job {
            log,
            urgency: Urgency::Wait,
            _room: room.0,
        })
    }

    /// Returns once it is durable.
    pub(crate) async fn append(&self, log: Log) -> Result<Appended> {
        let room = self.room(log.bytes.len()).await?;
        let (answer, answered) = oneshot::channel();
        self.push(Job {
            log,
            urgency: Urgency::Answer(answer),
            _room: room.0,
        })?;
        answered.await.map_err(|_| Error::Stopped)?
    }

    /// Takes no more; what is queued is still written.
    pub(crate) fn close(&self) {
        self.room.close();
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The threads of a spool.
pub(crate) struct Threads {
    pub(crate) writer: std::thread::JoinHandle<()>,
    pub(crate) taker: std::thread::JoinHandle<()>,
}

/// Starts the threads. The writer ends after [`Intake::close`], with everything synced; then the taker. What is in the
/// spool by then becomes segments after the next start.
pub(crate) fn start(
    writer: Writer,
    taker: Taker,
    status: Status,
    clock: Clock,
    stop: Stop,
) -> std::io::Result<(Intake, Threads)> {
    let (queue, jobs) = channel();
    let intake = Intake {
        queue: Arc::new(Mutex::new(Some(queue))),
        room: Arc::new(Semaphore::new(MAX_QUEUED_BYTES)),
        status: status.clone(),
    };
    let written = Stop::default();
    let writing = Writing {
        writer,
        status,
        clock,
        stop: stop.clone(),
    };
    let name = |what: &str| std::thread::Builder::new().name(format!("collect-{what}"));
    let done = written.clone();
    let writer = name("write").spawn(move || {
        writing.run(&jobs);
        done.set();
    })?;
    let taker = name("take").spawn(move || run_taker(taker, &written, &stop))?;
    Ok((intake, Threads { writer, taker }))
}

fn run_taker(mut taker: Taker, written: &Stop, stop: &Stop) {
    while !written.wait(TAKE_EVERY) {
        taker.take_all(&|| stop.is_set());
    }
}

struct Writing {
    writer: Writer,
    status: Status,
    clock: Clock,
    stop: Stop,
}

impl Writing {
    fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let first = match jobs.recv_timeout(TICK) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if let Some(first) = first {
                self.batch(first, jobs);
            }
            let ticked = self.writer.tick();
            self.tell(ticked);
        }
        let synced = self.writer.sync();
        self.tell(synced);
    }

    fn tell(&self, result: Result<()>) {
        if let Err(error) = result {
            self.status.error((self.clock)(), error.to_string());
        }
    }

    fn batch(&mut self, first: Job, jobs: &Receiver<Job>) {
        let mut next = Some(first);
        let mut answers = Vec::new();
        for _ in 0..MAX_BATCH {
            let Some(job) = next.take().or_else(|| jobs.try_recv().ok()) else {
                break;
            };
            let result = self.writer.append(&job.log);
            match job.urgency {
                Urgency::Answer(answer) => match result {
                    Ok(appended) => answers.push((answer, appended)),
                    Err(error) => {
                        self.status.error((self.clock)(), error.to_string());
                        // Who asked may be gone.
                        let _ = answer.send(Err(error));
                    }
                },
                Urgency::Drop => {
                    if let Err(error) = result {
                        self.dropped(&error);
                    }
                }
                Urgency::Wait => {
                    if let Err(error) = result {
                        self.wait(&job.log, error);
                    }
                }
            }
        }
        if answers.is_empty() {
            return;
        }
        let synced = self.writer.sync();
        for (answer, appended) in answers {
            let said = match (&synced, appended) {
                // It was durable before this batch, or became so with it.
                (Ok(()), _) => Ok(appended),
                (Err(error), _) => Err(Error::Refused(error.to_string())),
            };
            if matches!(said, Ok(Appended::Repeat)) {
                self.status.count(Count::Repeats, 1);
            }
            let _ = answer.send(said);
        }
        self.tell(synced);
    }

    fn dropped(&self, error: &Error) {
        let count = match error {
            Error::TooMany { .. } => Count::RefusedLimit,
            _ => Count::DroppedSpool,
        };
        self.status.count(count, 1);
        self.status.error((self.clock)(), error.to_string());
    }

    /// Tries again until the spool takes it or collecting ends.
    fn wait(&mut self, log: &Log, mut error: Error) {
        loop {
            // More senders than may be: waiting would stop all others.
            if matches!(error, Error::TooMany { .. }) {
                return self.dropped(&error);
            }
            self.status.error((self.clock)(), error.to_string());
            if self.stop.wait(TICK) {
                return self.dropped(&error);
            }
            let ticked = self.writer.tick();
            self.tell(ticked);
            match self.writer.append(log) {
                Ok(_) => return,
                Err(next) => error = next,
            }
        }
    }
}
