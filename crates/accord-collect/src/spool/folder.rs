//! The folder of one collector's spool.
//!
//! ```text
//! NNNNNNNNNN.spool        records; number from 1, never used again
//! NNNNNNNNNN.keys         the idempotency keys of a spool file that became a segment
//! NNNNNNNNNN.keys.new     one that is being written; removed at the start
//! lock                    locked by the process that has the spool open
//! ```

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accord_logstore::Disk;

use crate::error::{Error, Result};

#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) disk: Disk,
    /// Held for as long as anything of the spool is.
    _lock: Arc<File>,
}

/// What lies in the folder.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Spool files by number, with their lengths.
    pub(crate) spools: Vec<(u64, u64)>,
    /// Key files.
    pub(crate) keys: Vec<u64>,
}

impl Folder {
    /// Makes it where it is absent; removes what is half-written.
    pub(crate) fn open(root: &Path, name: &str, disk: &Disk) -> Result<(Self, Contents)> {
        let folder = root.join(name);
        for path in [root, &folder] {
            if !path.exists() {
                disk.create_dir(path).map_err(Error::file("create", path))?;
                if let Some(parent) = path.parent() {
                    disk.sync_dir(parent).map_err(Error::file("sync", parent))?;
                }
            }
        }
        let path = folder.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::file("open", &path))?;
        if lock.try_lock().is_err() {
            let words = format!(
                "the spool {} is in use: stop the process that has it open",
                folder.display()
            );
            return Err(Error::Refused(words));
        }
        let folder = Self {
            path: folder,
            disk: disk.clone(),
            _lock: Arc::new(lock),
        };
        let contents = folder.list()?;
        Ok((folder, contents))
    }

    fn list(&self) -> Result<Contents> {
        let mut found = Contents::default();
        let failed = || Error::file("list", &self.path);
        for entry in std::fs::read_dir(&self.path).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let (name, path) = (entry.file_name(), entry.path());
            let name = name.to_string_lossy();
            if name == "lock" {
                continue;
            }
            let (number, kind) = name.split_once('.').unwrap_or((&name, ""));
            let known = number.len() >= 10 && entry.file_type().is_ok_and(|kind| kind.is_file());
            match (number.parse().ok().filter(|_| known), kind) {
                (Some(number), "spool") => {
                    let length = entry.metadata().map_err(failed())?.len();
                    found.spools.push((number, length));
                }
                (Some(number), "keys") => found.keys.push(number),
                (Some(_), "keys.new") => self.remove(&path)?,
                _ => {
                    let why = "it was not put there by this program; move it out of the spool".to_owned();
                    return Err(Error::Unexplained { path, why });
                }
            }
        }
        found.spools.sort_unstable();
        found.keys.sort_unstable();
        Ok(found)
    }

    pub(crate) fn spool(&self, number: u64) -> PathBuf {
        self.path.join(format!("{number:010}.spool"))
    }

    pub(crate) fn keys(&self, number: u64) -> PathBuf {
        self.path.join(format!("{number:010}.keys"))
    }

    pub(crate) fn remove(&self, path: &Path) -> Result<()> {
        self.disk.remove(path).map_err(Error::file("remove", path))
    }

    pub(crate) fn sync(&self) -> Result<()> {
        self.disk
            .sync_dir(&self.path)
            .map_err(Error::file("sync", &self.path))
    }

    /// Writes a key file, whole or not at all.
    pub(crate) fn write_keys(&self, number: u64, records: &[u8]) -> Result<()> {
        let path = self.keys(number);
        let new = path.with_extension("keys.new");
        if new.exists() {
            self.remove(&new)?;
        }
        let mut file = self.disk.create_file(&new).map_err(Error::file("create", &new))?;
        file.write_all(records).map_err(Error::file("write", &new))?;
        file.sync().map_err(Error::file("sync", &new))?;
        self.disk
            .rename(&new, &path)
            .map_err(Error::file("rename to", &path))?;
        self.sync()
    }
}
