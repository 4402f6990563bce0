//! Row groups on their way to their file: encoded by a thread of their own, so that whoever reads the lines goes on. A log
//! of one row group needs none.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use accord_columns::{RowGroup, RowGroupFile};

use super::file::Sink;
use crate::spares::Spares;

type File = Box<RowGroupFile<Sink>>;

/// The file of row groups, here or with its thread.
pub(super) enum Groups {
    Here(File),
    Away(Encoding),
    /// It has failed.
    Broken,
}

impl Groups {
    /// Takes a full row group, and gives an empty one. There are two at most: who is faster waits.
    pub(super) fn swap(&mut self, group: RowGroup, spares: &Spares<RowGroup>) -> io::Result<RowGroup> {
        let mut encoding = match std::mem::replace(self, Self::Broken) {
            Self::Here(file) => Encoding::start(file, spares.take())?,
            Self::Away(encoding) => encoding,
            Self::Broken => return Err(broken()),
        };
        match encoding.swap(group) {
            Some(empty) => {
                *self = Self::Away(encoding);
                Ok(empty)
            }
            None => Err(encoding.join(spares).err().unwrap_or_else(broken)),
        }
    }

    /// The file, once all groups are in it.
    pub(super) fn end(self, spares: &Spares<RowGroup>) -> io::Result<File> {
        match self {
            Self::Here(file) => Ok(file),
            Self::Away(encoding) => encoding.join(spares),
            Self::Broken => Err(broken()),
        }
    }
}

/// The thread.
pub(super) struct Encoding {
    /// Nothing once it is waited for.
    full: Option<SyncSender<RowGroup>>,
    empty: Receiver<RowGroup>,
    thread: Option<JoinHandle<io::Result<File>>>,
}

impl Encoding {
    fn start(file: File, second: RowGroup) -> io::Result<Self> {
        // One group is filled, the other encoded: nothing waits but for the slower.
        let (full, queue) = sync_channel(0);
        let (emptied, empty) = channel();
        drop(emptied.send(second));
        let thread = std::thread::Builder::new().spawn(move || encode(file, &queue, &emptied))?;
        Ok(Self {
            full: Some(full),
            empty,
            thread: Some(thread),
        })
    }

    fn swap(&mut self, group: RowGroup) -> Option<RowGroup> {
        self.full.as_ref()?.send(group).ok()?;
        self.empty.recv().ok()
    }

    fn join(mut self, spares: &Spares<RowGroup>) -> io::Result<File> {
        self.full = None;
        let file = match self.thread.take().map(JoinHandle::join) {
            Some(Ok(file)) => file?,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => return Err(broken()),
        };
        self.empty.try_iter().for_each(|empty| spares.give(empty));
        Ok(file)
    }
}

impl Drop for Encoding {
    /// Nothing is written any more once it is gone.
    fn drop(&mut self) {
        self.full = None;
        if let Some(thread) = self.thread.take() {
            // What it failed with, who dropped this does not ask.
            drop(thread.join());
        }
    }
}

fn encode(mut file: File, full: &Receiver<RowGroup>, emptied: &Sender<RowGroup>) -> io::Result<File> {
    while let Ok(mut group) = full.recv() {
        file.group(&mut group)?;
        // Nobody waits for it once the last line is read.
        drop(emptied.send(group));
    }
    Ok(file)
}

fn broken() -> io::Error {
    io::Error::other("an earlier write failed")
}
