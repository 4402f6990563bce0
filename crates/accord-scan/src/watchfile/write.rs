//! A watchlist into its file.

use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use accord_matcher::{Sealer, SectionName, seal};
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

/// What writes a file while its sections are made.
pub(super) type Sealing<'w> = Sealer<Box<dyn FnMut(&[u8]) -> io::Result<()> + 'w>>;

/// Writes a file in the place of another as [`Watchfile::write`] does, while its sections are made.
pub(super) fn replace(
    path: &Path,
    sections: impl FnOnce(&mut Sealing<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let partial = partial(path);
    let written = File::create(&partial).and_then(|mut file| {
        let first_block = write_behind(&file, sections)?;
        file.rewind()?;
        file.write_all(&first_block)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written
}

/// Makes sections, and writes them on another thread. Gives the first block.
fn write_behind(
    file: &File,
    sections: impl FnOnce(&mut Sealing<'_>) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let (pieces, waiting) = sync_channel::<Vec<u8>>(PIECES);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || write_pieces(file, &waiting));
        let make = move || {
            let mut sealer = Sealer::new(Box::new(move |bytes: &[u8]| {
                // The writer tells why it stopped.
                pieces
                    .send(bytes.to_vec())
                    .map_err(|_| io::ErrorKind::BrokenPipe.into())
            }) as Box<dyn FnMut(&[u8]) -> io::Result<()>>)?;
            sections(&mut sealer)?;
            sealer.finish()
        };
        let made = make();
        let written = writer
            .join()
            .map_err(|_| io::Error::other("the writer stopped"))?;
        written.and(made)
    })
}

fn write_pieces(mut file: &File, waiting: &Receiver<Vec<u8>>) -> io::Result<()> {
    let mut unsynced = 0;
    for piece in waiting {
        file.write_all(&piece)?;
        unsynced += piece.len();
        if unsynced >= SYNC_EACH_BYTES {
            file.sync_data()?;
            unsynced = 0;
        }
    }
    Ok(())
}
