//! Frames on their way: cut from the input by one thread; digested, compressed and written by another; read for their
//! columns by a third; matched by a fourth. All read the same bytes.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use crate::digest::{Digester, Digests, Hex, sha256};
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::layout::{FRAMES, INDEX};
use crate::manifest::{Frame, FrameFile};
use crate::store::LogStore;

/// zstd's level: its default, near twice as fast as the next that saves anything.
const ZSTD_LEVEL: i32 = 3;
/// Index lines are gathered to this many bytes before they are written.
const INDEX_BUFFER_BYTES: usize = 64 * 1024;
/// The most frames that wait for a thread; who reads waits then.
const QUEUED_FRAMES: usize = 8;

/// What is made of the frames of a log, in their order, on a thread of its own.
pub(crate) trait FrameSink: Send {
    /// What it comes to.
    type Done: Send;

    /// Takes the next frame: its bytes, the number of the line that its first byte belongs to, and where that line starts.
    fn frame(&mut self, raw: &[u8], line: u64, line_offset: u64) -> Result<()>;

    /// After the last frame.
    fn finish(self) -> Result<Self::Done>;
}

/// Frames on their way; the room of one is used again once every thread is done with it.
#[derive(Debug, Default)]
pub(crate) struct SharedFrames {
    rooms: Vec<Arc<Vec<u8>>>,
}

impl SharedFrames {
    /// A frame that threads can share.
    pub(crate) fn share(&mut self, bytes: &[u8]) -> Arc<Vec<u8>> {
        let spare = self.rooms.iter_mut().find_map(|room| {
            let buffer = Arc::get_mut(room)?;
            buffer.clear();
            buffer.extend_from_slice(bytes);
            Some(Arc::clone(room))
        });
        spare.unwrap_or_else(|| {
            let room = Arc::new(bytes.to_vec());
            self.rooms.push(Arc::clone(&room));
            room
        })
    }
}

/// A frame on its way.
struct Job {
    raw: Arc<Vec<u8>>,
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
    pub(crate) fn frame(&self, raw: &Arc<Vec<u8>>, line: u64, line_offset: u64) -> bool {
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
        match self.thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn take_all<S: FrameSink>(mut sink: S, queue: Receiver<Job>) -> Result<S::Done> {
    for job in queue {
        sink.frame(&job.raw, job.line, job.line_offset)?;
    }
    sink.finish()
}

/// Raw bytes that wait for their frame.
pub(crate) struct Pending {
    buffer: Vec<u8>,
    length: usize,
    target: usize,
    max: usize,
    cut: usize,
}

impl Pending {
    pub(crate) fn new(target: usize, max: usize) -> Self {
        let max = max.max(1);
        // One byte more than a frame: a full buffer always yields one, and empty space would read as the end.
        Self {
            buffer: vec![0; max + 1],
            length: 0,
            target: target.clamp(1, max),
            max,
            cut: 0,
        }
    }

    /// How long a frame is aimed to be.
    pub(crate) const fn target(&self) -> usize {
        self.target
    }

    /// Never empty: frames are taken before the buffer is full.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.length..).unwrap_or_default()
    }

    pub(crate) fn filled(&mut self, count: usize) {
        self.length += count;
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// The next frame, where enough is there: up to the last line end within the target; else up to the first after it;
    /// else the maximum. It depends on the log alone, not on how it was read: the same log makes the same frames.
    pub(crate) fn frame(&mut self, end: bool) -> Option<&[u8]> {
        let bytes = self.buffer.get(..self.length).unwrap_or_default();
        self.cut = if bytes.len() <= self.target {
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
        bytes.get(..self.cut)
    }

    pub(crate) fn taken(&mut self) {
        self.buffer.copy_within(self.cut..self.length, 0);
        self.length -= self.cut;
        self.cut = 0;
    }
}

/// Writes `frames.zst` and `frames.ndjson`.
pub(crate) struct FrameWriter {
    frames: DiskFile,
    index: DiskFile,
    index_text: Vec<u8>,
    index_digest: sha2::Sha256,
    compressor: zstd::bulk::Compressor<'static>,
    raw_offset: u64,
    file: FrameFile,
    digester: Digester,
}

impl FrameWriter {
    pub(crate) fn create(store: &LogStore, folder: &Path) -> Result<Self> {
        let create = |name: &str| {
            let path = folder.join(name);
            store.disk.create_file(&path).map_err(Error::file("create", path))
        };
        let (frames, index) = (create(FRAMES)?, create(INDEX)?);
        let compressor = || {
            let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
            compressor.include_checksum(true)?;
            compressor.include_contentsize(true)?;
            Ok(compressor)
        };
        let compressor = compressor().map_err(Error::file("compress for", frames.path()))?;
        let file = FrameFile {
            count: 0,
            length: 0,
            index_length: 0,
            index_sha256: Hex([0; 32]),
        };
        Ok(Self {
            frames,
            index,
            index_text: Vec::new(),
            index_digest: sha2::Digest::new(),
            compressor,
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

impl FrameSink for FrameWriter {
    type Done = (FrameFile, Digests);

    fn frame(&mut self, raw: &[u8], line: u64, line_offset: u64) -> Result<()> {
        self.digester.update(raw);
        let path = self.frames.path().to_path_buf();
        let packed = self
            .compressor
            .compress(raw)
            .map_err(Error::file("compress for", &path))?;
        self.frames
            .write_all(&packed)
            .map_err(Error::file("write", &path))?;
        let frame = Frame {
            frame: self.file.count,
            offset: self.file.length,
            length: packed.len() as u64,
            raw_offset: self.raw_offset,
            raw_length: raw.len() as u64,
            sha256: sha256(raw),
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

    fn finish(mut self) -> Result<(FrameFile, Digests)> {
        self.flush_index()?;
        self.frames
            .sync()
            .map_err(Error::file("sync", self.frames.path()))?;
        self.index
            .sync()
            .map_err(Error::file("sync", self.index.path()))?;
        self.file.index_sha256 = Hex(sha2::Digest::finalize(self.index_digest).into());
        Ok((self.file, self.digester.finish()))
    }
}
