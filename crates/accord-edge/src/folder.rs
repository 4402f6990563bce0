//! The edge's folder on the disk. Every write goes through here, so that tests can fail any one of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const LOCK: &str = "lock";
/// What is written before it has its name.
const UNFINISHED: &str = ".unfinished";
const DAMAGED: &str = ".damaged";

/// Fails one step on the disk and all after it, as a crash does. For tests.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    left: Option<Arc<AtomicU64>>,
    is_done_first: bool,
}

impl Faults {
    /// None.
    pub fn none() -> Faults {
        Faults::default()
    }

    /// Fails at this step, from 1; it is done all the same and reported as failed, or it is not done.
    pub fn at(step: u64, is_done_first: bool) -> Faults {
        Faults {
            left: Some(Arc::new(AtomicU64::new(step))),
            is_done_first,
        }
    }

    /// Whether the step that fails was not reached.
    pub fn is_left(&self) -> bool {
        self.left
            .as_ref()
            .is_none_or(|left| left.load(Ordering::Relaxed) > 0)
    }

    fn step<T>(&self, step: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let Some(left) = &self.left else {
            return step();
        };
        let fails = || io::Error::other("injected fault");
        match left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) {
            Ok(2..) => step(),
            Ok(_) if self.is_done_first => step().and_then(|_| Err(fails())),
            _ => Err(fails()),
        }
    }
}

/// A folder that no other process uses.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    faults: Faults,
    /// Held as long as this is.
    _lock: File,
}

impl Folder {
    /// Opens it, or makes it; nobody else may read it. What was not finished is taken away.
    ///
    /// # Errors
    /// Those of the file system; `WouldBlock` where another process has it.
    pub fn open(path: &Path, faults: Faults) -> io::Result<Folder> {
        fs::create_dir_all(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        }
        let lock = File::create(path.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => io::Error::new(
                io::ErrorKind::WouldBlock,
                "in use by another process: an edge has a folder of its own",
            ),
            fs::TryLockError::Error(error) => error,
        })?;
        let folder = Folder {
            path: path.to_owned(),
            faults,
            _lock: lock,
        };
        for name in folder.names()? {
            if name.ends_with(UNFINISHED) {
                fs::remove_file(folder.path(&name))?;
            }
        }
        Ok(folder)
    }

    /// Where a file of it is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The names of its files, in order.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }

    /// A file's bytes; none where there is none.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts a file in the place of what has this name: after a crash it is the old one or the new one.
    pub fn put(&self, name: &str, pieces: impl Iterator<Item = Vec<u8>>) -> io::Result<()> {
        let unfinished = self.path(&format!("{name}{UNFINISHED}"));
        let mut file = self.faults.step(|| File::create(&unfinished))?;
        for piece in pieces {
            self.faults.step(|| file.write_all(&piece))?;
        }
        self.faults.step(|| file.sync_all())?;
        self.faults.step(|| fs::rename(&unfinished, self.path(name)))?;
        self.sync()
    }

    /// Adds to a file. After a crash a part of it may be there.
    pub fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let mut file = self
            .faults
            .step(|| File::options().create(true).append(true).open(&path))?;
        self.faults.step(|| file.write_all(bytes))?;
        self.faults.step(|| file.sync_data())
    }

    /// Takes away what is behind so many bytes.
    pub fn cut(&self, name: &str, bytes: u64) -> io::Result<()> {
        let file = File::options().write(true).open(self.path(name))?;
        self.faults.step(|| file.set_len(bytes))
    }

    /// Takes a file away; one that is not there is passed over.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name);
        let removed = self.faults.step(|| match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        });
        removed.and_then(|()| self.sync())
    }

    /// Keeps a damaged file under another name, for whoever wants to know what happened; the last one of each name.
    pub fn set_aside(&self, name: &str) -> io::Result<()> {
        let aside = self.path(&format!("{name}{DAMAGED}"));
        self.faults.step(|| fs::rename(self.path(name), aside))?;
        self.sync()
    }

    fn sync(&self) -> io::Result<()> {
        self.faults.step(|| File::open(&self.path)?.sync_all())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_user_and_what_was_not_finished_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edge");
        let first = Folder::open(&path, Faults::none()).unwrap();
        assert_eq!(
            Folder::open(&path, Faults::none()).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
        fs::write(first.path("x.unfinished"), "half").unwrap();
        drop(first);
        let again = Folder::open(&path, Faults::none()).unwrap();
        assert_eq!(again.names().unwrap(), [LOCK]);
    }

    #[test]
    fn a_file_is_the_old_one_or_the_new_one_whatever_step_fails() {
        for is_done_first in [false, true] {
            for step in 1.. {
                let path = tempfile::tempdir().unwrap();
                let folder = Folder::open(path.path(), Faults::none()).unwrap();
                folder.put("x", std::iter::once(b"old".to_vec())).unwrap();
                drop(folder);
                let faults = Faults::at(step, is_done_first);
                let folder = Folder::open(path.path(), faults.clone()).unwrap();
                let put = folder.put("x", [b"n".to_vec(), b"ew".to_vec()].into_iter());
                let is_through = faults.is_left();
                assert_eq!(put.is_ok(), is_through);
                drop(folder);
                let folder = Folder::open(path.path(), Faults::none()).unwrap();
                let there = folder.read("x").unwrap().unwrap();
                assert!(there == b"new" || (!is_through && there == b"old"));
                if is_through {
                    break;
                }
            }
        }
    }
}
