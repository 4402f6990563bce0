//! A watchlist into its file.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use accord_matcher::{Closing, Layout, SectionName, SectionSums, SectionWriter, seal};
use bytes::Bytes;

use super::{REPORT, Watchfile, WatchfileError, failed};

/// Pieces of a file that wait to be written.
const PIECES: usize = 16;
/// Bytes after which the disk is given time: so that it does not get everything at the end.
const SYNC_EACH_BYTES: usize = 32 << 20;

impl Watchfile {
    /// The bytes of the file. Equal sources in equal order give equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let _ = self.pieces::<std::convert::Infallible>(&mut |bytes| {
            out.extend_from_slice(bytes);
            Ok(())
        });
        out
    }

    /// Writes the file so that a reader, or a crash, meets the old one or the new one, never a part: beside its place, then
    /// on the disk, then renamed. A file that is mapped is never changed, only replaced. A live layer is not written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), WatchfileError> {
        let partial = partial(path);
        let write = || {
            let mut file = File::create(&partial)?;
            self.pieces(&mut |bytes| file.write_all(bytes))?;
            file.sync_all()?;
            fs::rename(&partial, path)
        };
        self.check()?;
        write().map_err(|error| {
            let _ = fs::remove_file(&partial);
            failed(path, &error)
        })
    }

    fn pieces<E>(&self, write: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut sections: Vec<(SectionName, Bytes)> = self.watchlist.sections();
        sections.extend(self.table.sections());
        let report = self.report.stored.all().cloned().unwrap_or_default();
        sections.push((REPORT, report));
        let sections: Vec<_> = sections
            .iter()
            .map(|(name, bytes)| (*name, bytes.as_ref()))
            .collect();
        seal(&sections, write)
    }
}

fn partial(path: &Path) -> PathBuf {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    PathBuf::from(partial)
}

/// Writes a section while it is made.
pub(super) type Writing<'w> = SectionWriter<Box<dyn FnMut(u64, Vec<u8>) -> io::Result<()> + 'w>>;

/// A piece of the file, and where it belongs.
type Piece = (u64, Vec<u8>);

/// Writes a file in the place of another as [`Watchfile::write`] does, while its sections are made: two threads make them,
/// each the next one that nobody makes, and a third one writes. `make` puts the section with a name, of as many bytes as was
/// said.
pub(super) fn replace(
    path: &Path,
    lengths: &[(SectionName, usize)],
    make: impl Fn(SectionName, &mut Writing<'_>) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let partial = partial(path);
    let written = File::create(&partial).and_then(|mut file| {
        let closing = write_sections(&file, lengths, make)?;
        file.seek(SeekFrom::Start(closing.place))?;
        file.write_all(&closing.last_blocks)?;
        file.rewind()?;
        file.write_all(&closing.first_block)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written
}

fn write_sections(
    file: &File,
    lengths: &[(SectionName, usize)],
    make: impl Fn(SectionName, &mut Writing<'_>) -> io::Result<()> + Sync,
) -> io::Result<Closing> {
    let layout = Layout::new(lengths);
    let next = AtomicUsize::new(0);
    let (pieces, waiting) = sync_channel::<Piece>(PIECES);
    let work = |pieces: SyncSender<Piece>| -> io::Result<Vec<(usize, SectionSums)>> {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            // The writer tells why it stopped.
            let give = |place, piece| {
                let given = pieces.send((place, piece));
                given.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
            };
            let give: Box<dyn FnMut(u64, Vec<u8>) -> io::Result<()> + '_> = Box::new(give);
            let (Some((name, _)), Some(mut section)) = (lengths.get(number), layout.section(number, give))
            else {
                return Ok(done);
            };
            make(*name, &mut section)?;
            done.push((number, section.finish()?));
        }
    };
    let stopped = |_| io::Error::other("a thread stopped");
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || write_pieces(file, &waiting));
        let others = pieces.clone();
        let other = scope.spawn(|| work(others));
        let made = work(pieces);
        let other = other.join().map_err(stopped)?;
        writer.join().map_err(stopped)??;
        let mut sums = made?;
        sums.extend(other?);
        sums.sort_unstable_by_key(|(number, _)| *number);
        let sums: Vec<SectionSums> = sums.into_iter().map(|(_, sums)| sums).collect();
        let closing = layout.finish(&sums);
        closing.ok_or_else(|| io::Error::other("a section has another length than was said"))
    })
}

fn write_pieces(mut file: &File, waiting: &Receiver<Piece>) -> io::Result<()> {
    let (mut at, mut unsynced) = (0, 0);
    for (place, piece) in waiting {
        if place != at {
            file.seek(SeekFrom::Start(place))?;
        }
        file.write_all(&piece)?;
        at = place + piece.len() as u64;
        unsynced += piece.len();
        if unsynced >= SYNC_EACH_BYTES {
            file.sync_data()?;
            unsynced = 0;
        }
    }
    Ok(())
}
