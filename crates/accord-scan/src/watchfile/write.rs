//! A watchlist into its file.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use accord_matcher::{SectionName, seal};
use bytes::Bytes;

use super::{REPORT, Watchfile, WatchfileError, failed};

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
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
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
