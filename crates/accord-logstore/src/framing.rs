//! Frames on their way: cut from the input by one thread; digested, compressed and written by another; read line by
//! line by a third; matched by a fourth. All read the same bytes.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use zstd::zstd_safe::{CParameter, ParamSwitch};

/// Of frames, with its tables.
pub(crate) type Compressor = zstd::bulk::Compressor<'static>;

use crate::digest::{Digester, Digests, Hex, sha256};
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::layout::{FRAMES, INDEX, sync_file};
use crate::manifest::{Frame, FrameFile};
use crate::spares::Spares;
use crate::store::LogStore;

/// zstd's level. Frames of this length are no smaller by its default (3): generated logs of nine kinds from 2 in 100 smaller
/// to 2 larger, the real ones 2 larger, in 1.7 times the time.
const ZSTD_LEVEL: i32 = 1;
/// The logarithm of how many places zstd remembers: fewer than level 1 has (14) stay in the nearest cache, a tenth quicker
/// for frames from 3 in 100 smaller to 2 larger.
const HASH_LOG: u32 = 12;
/// Of two places in three zstd looks for what came before: generated logs are 1 in 100 larger, the real ones as large, in
/// 14 parts of 15 of the time. That its literals are not compressed then by itself would cost a third.
const STEP: u32 = 2;
/// Index lines are gathered to this many bytes before they are written.
const INDEX_BUFFER_BYTES: usize = 64 * 1024;
/// The most frames that wait for a thread; who reads waits then.
const QUEUED_FRAMES: usize = 8;

/// What is made of the frames of a log, in their order, on a thread of its own.
pub(crate) trait FrameSink: Send {
    /// What it comes to.
    type Done: Send;

    /// Takes the next frame: its bytes, the number of the line that its first byte belongs to, and where that line starts.
    fn frame(&mut self, raw: &Arc<FrameRoom>, line: u64, line_offset: u64) -> Result<()>;

    /// After the last frame.
    fn finish(self) -> Result<Self::Done>;
}

/// A frame on its way.
struct Job {
    raw: Arc<FrameRoom>,
    line: u64,
    line_offset: u64,
}

/// The thread of a [`FrameSink`].
pub(crate) struct Pipe<'s, D> {
    jobs: SyncSender<Job>,
    thread: ScopedJoinHandle<'s, Result<D>>,
}

impl<'s, D: Send + 's> Pipe<'s, D> {
    pub(crate) fn start<S: FrameSink<Done = D> + 's>(scope: &'s Scope<'s, '_>, sink: S) -> Self {
        let (jobs, queue) = sync_channel(QUEUED_FRAMES);
        let thread = scope.spawn(move || take_all(sink, queue));
        Self { jobs, thread }
    }

    /// Queues a frame, waiting while the queue is full. Says no where the sink has failed: [`Pipe::finish`] tells why.
    pub(crate) fn frame(&self, raw: &Arc<FrameRoom>, line: u64, line_offset: u64) -> bool {
        let job = Job {
            raw: Arc::clone(raw),
            line,
            line_offset,
        };
        self.jobs.send(job).is_ok()
    }

    /// Waits until the sink is done.
    pub(crate) fn finish(self) -> Result<D> {
        drop(self.jobs);
        joined(self.thread)
    }
}

/// What a thread comes to, once it has ended.
pub(crate) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    match thread.join() {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn take_all<S: FrameSink>(mut sink: S, queue: Receiver<Job>) -> Result<S::Done> {
    for job in queue {
        sink.frame(&job.raw, job.line, job.line_offset)?;
    }
    sink.finish()
}

/// The room of a frame: the input is read into it, and every thread reads it there. It is used again once all are done.
#[derive(Default)]
pub(crate) struct FrameRoom {
    /// As long as it may ever be.
    bytes: Vec<u8>,
    /// How much of it is the frame.
    length: usize,
}

impl std::ops::Deref for FrameRoom {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Raw bytes that wait for their frame.
pub(crate) struct Pending {
    /// Those that are read into, and after them the one that is given away as a frame.
    room: FrameRoom,
    /// Frames on their way.
    shared: Vec<Arc<FrameRoom>>,
    /// Those of imports before.
    spares: Spares<FrameRoom>,
    target: usize,
    max: usize,
}

impl Pending {
    pub(crate) fn new(target: usize, max: usize, spares: Spares<FrameRoom>) -> Self {
        let max = max.max(1);
        Self {
            room: spares.take().for_frames(max),
            shared: Vec::new(),
            spares,
            target: target.clamp(1, max),
            max,
        }
    }

    /// How long a frame is aimed to be.
    pub(crate) const fn target(&self) -> usize {
        self.target
    }

    /// Never empty where frames are taken as soon as they are there. After the first frame, by which the format is told,
    /// no more than a frame that ends within the target needs: what follows it has to be moved.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        let FrameRoom { bytes, length } = &mut self.room;
        let end = if self.shared.is_empty() || *length > self.target {
            self.max
        } else {
            self.target
        } + 1;
        bytes.get_mut(*length..end).unwrap_or_default()
    }

    pub(crate) fn filled(&mut self, count: usize) {
        self.room.length += count;
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.room
    }

    /// The next frame, where enough is there: up to the last line end within the target; else up to the first after it;
    /// else the maximum. It depends on the log alone, not on how it was read: the same log makes the same frames.
    pub(crate) fn frame(&mut self, end: bool) -> Option<Arc<FrameRoom>> {
        let bytes: &[u8] = &self.room;
        let cut = if bytes.len() <= self.target {
            if !end || bytes.is_empty() {
                return None;
            }
            bytes.len()
        } else {
            let (head, rest) = bytes.split_at_checked(self.target).unwrap_or((bytes, &[]));
            let within = memchr::memrchr(b'\n', head).map(|at| at + 1);
            let after = || memchr::memchr(b'\n', rest).map(|at| self.target + at + 1);
            match within.or_else(after) {
                Some(cut) => cut.min(self.max),
                None if bytes.len() > self.max => self.max,
                None if end => bytes.len(),
                None => return None,
            }
        };
        let mut next = self.spare();
        let rest = self.room.get(cut..).unwrap_or_default();
        if let Some(place) = next.bytes.get_mut(..rest.len()) {
            place.copy_from_slice(rest);
        }
        next.length = rest.len();
        let mut frame = std::mem::replace(&mut self.room, next);
        frame.length = cut;
        let frame = Arc::new(frame);
        self.shared.push(Arc::clone(&frame));
        Some(frame)
    }

    /// A room of which every thread is done, or a new one.
    fn spare(&mut self) -> FrameRoom {
        let done = self.shared.iter().position(|room| Arc::strong_count(room) == 1);
        done.and_then(|done| Arc::into_inner(self.shared.swap_remove(done)))
            .unwrap_or_else(|| self.spares.take().for_frames(self.max))
    }

    /// Leaves the rooms of which every thread is done to the next import.
    pub(crate) fn leave(self) {
        let shared = self.shared.into_iter().filter_map(Arc::into_inner);
        for room in shared.chain([self.room]) {
            self.spares.give(room);
        }
    }
}

impl FrameRoom {
    /// Empty, and one byte longer than a frame may be: a full room always yields one, and empty space would read as the end.
    fn for_frames(mut self, max: usize) -> Self {
        if self.bytes.len() != max + 1 {
            self.bytes = vec![0; max + 1];
        }
        self.length = 0;
        self
    }
}

/// Writes `frames.zst` and `frames.ndjson`.
pub(crate) struct FrameWriter<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    frames: DiskFile,
    index: DiskFile,
    index_text: Vec<u8>,
    index_digest: sha2::Sha256,
    compressor: Compressor,
    compressors: Spares<Option<Compressor>>,
    /// The frame at hand, compressed.
    packed: Vec<u8>,
    raw_offset: u64,
    file: FrameFile,
    digester: Digester,
}

/// Frames that are written.
pub(crate) struct WrittenFrames<'s> {
    pub(crate) file: FrameFile,
    pub(crate) log: Digests,
    /// What syncs them.
    pub(crate) syncing: ScopedJoinHandle<'s, Result<()>>,
}

impl<'s, 'e> FrameWriter<'s, 'e> {
    pub(crate) fn create(scope: &'s Scope<'s, 'e>, store: &LogStore, folder: &Path) -> Result<Self> {
        let create = |name: &str| {
            let path = folder.join(name);
            store.disk.create_file(&path).map_err(Error::file("create", path))
        };
        let (frames, index) = (create(FRAMES)?, create(INDEX)?);
        let compressor = || {
            let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
            compressor.include_checksum(true)?;
            compressor.include_contentsize(true)?;
            for parameter in [
                CParameter::HashLog(HASH_LOG),
                CParameter::TargetLength(STEP),
                CParameter::LiteralCompressionMode(ParamSwitch::Enable),
            ] {
                compressor.set_parameter(parameter)?;
            }
            Ok(compressor)
        };
        let compressors = store.compressors.clone();
        let compressor = compressors
            .take()
            .map_or_else(compressor, Ok)
            .map_err(Error::file("compress for", frames.path()))?;
        let file = FrameFile {
            count: 0,
            length: 0,
            index_length: 0,
            index_sha256: Hex([0; 32]),
        };
        Ok(Self {
            scope,
            frames,
            index,
            index_text: Vec::new(),
            index_digest: sha2::Digest::new(),
            compressor,
            compressors,
            packed: Vec::new(),
            raw_offset: 0,
            file,
            digester: Digester::default(),
        })
    }

    fn flush_index(&mut self) -> Result<()> {
        if self.index_text.is_empty() {
            return Ok(());
        }
        sha2::Digest::update(&mut self.index_digest, &self.index_text);
        self.index
            .write_all(&self.index_text)
            .map_err(Error::file("write", self.index.path()))?;
        self.file.index_length += self.index_text.len() as u64;
        self.index_text.clear();
        Ok(())
    }
}

impl<'s> FrameSink for FrameWriter<'s, '_> {
    type Done = WrittenFrames<'s>;

    fn frame(&mut self, raw: &Arc<FrameRoom>, line: u64, line_offset: u64) -> Result<()> {
        let raw: &[u8] = raw;
        self.digester.update(raw);
        let path = self.frames.path().to_path_buf();
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(raw.len()));
        self.compressor
            .compress_to_buffer(raw, &mut self.packed)
            .map_err(Error::file("compress for", &path))?;
        self.frames
            .write_all(&self.packed)
            .map_err(Error::file("write", &path))?;
        let frame = Frame {
            frame: self.file.count,
            offset: self.file.length,
            length: self.packed.len() as u64,
            raw_offset: self.raw_offset,
            raw_length: raw.len() as u64,
            stored_sha256: Some(sha256(&self.packed)),
            sha256: None,
            line,
            line_offset,
        };
        self.file.count += 1;
        self.file.length += frame.length;
        self.raw_offset += frame.raw_length;
        serde_json::to_writer(&mut self.index_text, &frame)
            .map_err(|error| Error::file("write", path)(error.into()))?;
        self.index_text.push(b'\n');
        if self.index_text.len() >= INDEX_BUFFER_BYTES {
            self.flush_index()
        } else {
            Ok(())
        }
    }

    fn finish(mut self) -> Result<WrittenFrames<'s>> {
        self.flush_index()?;
        self.file.index_sha256 = Hex(sha2::Digest::finalize(self.index_digest).into());
        self.compressors.give(Some(self.compressor));
        Ok(WrittenFrames {
            file: self.file,
            log: self.digester.finish(),
            syncing: self
                .scope
                .spawn(|| [self.frames, self.index].into_iter().try_for_each(sync_file)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames of a log that is read in pieces of so many bytes at most.
    fn frames(
        spares: &Spares<FrameRoom>,
        log: &[u8],
        most: usize,
        target: usize,
        max: usize,
    ) -> Vec<Vec<u8>> {
        let mut pending = Pending::new(target, max, spares.clone());
        let (mut left, mut frames) = (log, Vec::new());
        // Some are held for longer than others: their rooms are not used meanwhile.
        let mut held = Vec::new();
        loop {
            let space = pending.space();
            assert!(!space.is_empty());
            let count = space.len().min(most).min(left.len());
            let (piece, rest) = left.split_at(count);
            space[..count].copy_from_slice(piece);
            (left, _) = (rest, pending.filled(count));
            while let Some(frame) = pending.frame(count == 0) {
                frames.push(frame.to_vec());
                held.push((frame, frames.len() - 1));
                if held.len() > 3 {
                    held.remove(frames.len() % 3);
                }
            }
            for (frame, number) in &held {
                assert_eq!(frame[..], frames[*number][..]);
            }
            if count == 0 {
                assert!(pending.bytes().is_empty() && pending.shared.len() <= 6);
                // Some of them are still held.
                pending.leave();
                return frames;
            }
        }
    }

    /// The rule as the specification says it.
    fn expected(mut log: &[u8], target: usize, max: usize) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        while !log.is_empty() {
            let ends = |range: std::ops::Range<usize>| {
                log.get(range.clone()).into_iter().flat_map(move |bytes| {
                    memchr::memchr_iter(b'\n', bytes).map(move |at| range.start + at + 1)
                })
            };
            let cut = if log.len() <= target {
                log.len()
            } else {
                let within = ends(0..target).last();
                within
                    .or_else(|| ends(target..log.len()).next())
                    .unwrap_or(log.len())
                    .min(max)
            };
            frames.push(log[..cut].to_vec());
            log = &log[cut..];
        }
        frames
    }

    proptest::proptest! {
        #[test]
        fn frames_depend_on_the_log_alone(
            lines in proptest::collection::vec(0..40usize, 0..30),
            most in 1..60usize,
            target in 1..30usize,
            more in 0..30usize,
        ) {
            let log: Vec<u8> = lines.iter().flat_map(|length| [vec![b'x'; *length], vec![b'\n']].concat()).collect();
            let log = &log[..log.len() - log.len().min(1)];
            let spares = Spares::default();
            // The second has the rooms of the first, the third is of another length.
            for max in [target + more, target + more, target + more + 1] {
                let made = frames(&spares, log, most, target, max);
                proptest::prop_assert_eq!(made, expected(log, target, max));
            }
        }
    }
}
