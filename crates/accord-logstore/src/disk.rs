//! Every write of the store to the file system goes through here, so that tests can fail any one of them.
//!
//! A step is one of: create a folder, create a file, write, sync a file, rename, sync a folder, remove. [`Faults`]
//! fails the n-th, in one of three ways, and can then take away what was never synced, as a power cut does.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file system, as the store writes to it.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    faults: Option<Arc<Faults>>,
}

/// How the chosen step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultMode {
    /// Nothing is done.
    NotDone,
    /// A write writes half; other steps are not done.
    Half,
    /// The step is done, and reported as failed all the same.
    DoneButReported,
}

/// What happens to the steps after the chosen one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFault {
    /// All fail: the process is as good as dead.
    Dead,
    /// All work again: the process lives on and cleans up.
    Recovers,
}

/// Fails the n-th step of a [`Disk`]. For tests.
#[derive(Debug)]
pub struct Faults {
    fail_at: u64,
    mode: FaultMode,
    after: AfterFault,
    state: Mutex<FaultState>,
}

#[derive(Debug, Default)]
struct FaultState {
    steps: u64,
    /// Files with bytes that were never synced, and how many bytes of each were.
    unsynced: BTreeMap<PathBuf, u64>,
    /// Renames whose new parent was never synced.
    renames: Vec<Rename>,
}

#[derive(Debug)]
struct Rename {
    from: PathBuf,
    to: PathBuf,
    /// What the file that it replaced held.
    replaced: Option<Vec<u8>>,
}

enum Turn {
    Do,
    Fail,
    Half,
    DoThenFail,
}

impl Faults {
    /// Fails step number `fail_at` (from 0), in this way, and what follows as said.
    #[must_use]
    pub fn new(fail_at: u64, mode: FaultMode, after: AfterFault) -> Arc<Self> {
        Arc::new(Self {
            fail_at,
            mode,
            after,
            state: Mutex::default(),
        })
    }

    /// How many steps were asked for so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state().steps
    }

    /// Whether the chosen step was reached.
    #[must_use]
    pub fn tripped(&self) -> bool {
        self.steps() > self.fail_at
    }

    /// Takes away what was written or renamed and never synced, as a power cut may.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn lose_unsynced(&self) -> io::Result<()> {
        let mut state = self.state();
        for (path, synced) in std::mem::take(&mut state.unsynced) {
            if path.exists() {
                File::options().write(true).open(&path)?.set_len(synced)?;
            }
        }
        for Rename { from, to, replaced } in std::mem::take(&mut state.renames).into_iter().rev() {
            if !to.exists() {
                continue;
            }
            if from.parent().is_some_and(Path::exists) {
                fs::rename(&to, from)?;
            } else {
                // The folder it came from was removed since: it is lost with that.
                fs::remove_file(&to)?;
            }
            if let Some(bytes) = replaced {
                fs::write(to, bytes)?;
            }
        }
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, FaultState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self) -> Turn {
        let mut state = self.state();
        let step = state.steps;
        state.steps += 1;
        match (step.cmp(&self.fail_at), self.after, self.mode) {
            (std::cmp::Ordering::Less, ..) | (std::cmp::Ordering::Greater, AfterFault::Recovers, _) => {
                Turn::Do
            }
            (std::cmp::Ordering::Greater, AfterFault::Dead, _) => Turn::Fail,
            (std::cmp::Ordering::Equal, _, FaultMode::NotDone) => Turn::Fail,
            (std::cmp::Ordering::Equal, _, FaultMode::Half) => Turn::Half,
            (std::cmp::Ordering::Equal, _, FaultMode::DoneButReported) => Turn::DoThenFail,
        }
    }

    fn renamed(&self, from: &Path, to: &Path, replaced: Option<Vec<u8>>) {
        let mut state = self.state();
        let moved: Vec<_> = state
            .unsynced
            .keys()
            .filter(|path| path.starts_with(from))
            .cloned()
            .collect();
        for path in moved {
            if let (Some(synced), Ok(inside)) = (state.unsynced.remove(&path), path.strip_prefix(from)) {
                let now = if inside.as_os_str().is_empty() {
                    to.to_path_buf()
                } else {
                    to.join(inside)
                };
                state.unsynced.insert(now, synced);
            }
        }
        state.renames.push(Rename {
            from: from.to_path_buf(),
            to: to.to_path_buf(),
            replaced,
        });
    }
}

fn injected() -> io::Error {
    io::Error::other("injected fault")
}

impl Disk {
    /// The file system with these faults.
    #[must_use]
    pub fn with_faults(faults: Arc<Faults>) -> Self {
        Self { faults: Some(faults) }
    }

    fn step<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.faults.as_ref().map_or(Turn::Do, |faults| faults.turn()) {
            Turn::Do => act(),
            Turn::Fail | Turn::Half => Err(injected()),
            Turn::DoThenFail => act().and_then(|_| Err(injected())),
        }
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.step(|| fs::create_dir(path))
    }

    /// Makes a new file to be written.
    ///
    /// # Errors
    /// Where there is one.
    pub fn create_file(&self, path: &Path) -> io::Result<DiskFile> {
        let file = self.step(|| File::create_new(path))?;
        Ok(DiskFile {
            file,
            path: path.to_path_buf(),
            written: 0,
            disk: self.clone(),
        })
    }

    /// Renames a file or folder.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|| {
            let replaced = self.faults.as_ref().and_then(|_| fs::read(to).ok());
            fs::rename(from, to)?;
            if let Some(faults) = &self.faults {
                faults.renamed(from, to, replaced);
            }
            Ok(())
        })
    }

    /// Makes what was renamed, made and removed in a folder outlast a power cut.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.step(|| {
            File::open(path)?.sync_all()?;
            if let Some(faults) = &self.faults {
                let mut state = faults.state();
                state.renames.retain(|rename| rename.to.parent() != Some(path));
            }
            Ok(())
        })
    }

    /// Removes a file, or a folder with all that is in it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(|| {
            let is_dir = fs::symlink_metadata(path)?.is_dir();
            if is_dir {
                fs::remove_dir_all(path)
            } else {
                fs::remove_file(path)
            }
        })
    }
}

/// A new file that is being written.
#[derive(Debug)]
pub struct DiskFile {
    file: File,
    path: PathBuf,
    written: u64,
    disk: Disk,
}

impl DiskFile {
    /// Appends.
    ///
    /// # Errors
    /// Those of the file system; some of the bytes may be written then.
    pub fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let turn = self.disk.faults.as_ref().map_or(Turn::Do, |faults| {
            faults
                .state()
                .unsynced
                .entry(self.path.clone())
                .or_insert(self.written);
            faults.turn()
        });
        match turn {
            Turn::Do => self.file.write_all(bytes)?,
            Turn::Fail => return Err(injected()),
            Turn::Half => {
                self.file
                    .write_all(bytes.get(..bytes.len() / 2).unwrap_or_default())?;
                return Err(injected());
            }
            Turn::DoThenFail => {
                self.file.write_all(bytes)?;
                return Err(injected());
            }
        }
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Makes all that was written outlast a power cut.
    ///
    /// # Errors
    /// Those of the file system: what was not synced before is in doubt then.
    pub fn sync(&mut self) -> io::Result<()> {
        let (disk, file, path) = (&self.disk, &self.file, &self.path);
        disk.step(|| {
            file.sync_all()?;
            if let Some(faults) = &disk.faults {
                faults.state().unsynced.remove(path);
            }
            Ok(())
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
