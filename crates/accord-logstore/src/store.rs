//! The store: its sources and segments, held open by one process.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::limits::{Limits, MAX_SOURCES};
use crate::manifest::{Segment, SegmentId};
use crate::source::SourceConfig;

/// A log store. Shared by reference between threads: hunts and imports run side by side.
#[derive(Debug)]
pub struct LogStore {
    pub(crate) layout: Layout,
    pub(crate) disk: Disk,
    pub(crate) limits: Limits,
    state: Mutex<State>,
    /// Held for as long as the store is open; the system releases it with the process.
    _lock: File,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) sources: BTreeMap<String, SourceConfig>,
    pub(crate) segments: BTreeMap<SegmentId, Arc<Segment>>,
    /// A write failed where only opening again can tell what reached the disk.
    pub(crate) must_reopen: bool,
    /// Numbers the folders under `incoming/`.
    pub(crate) imports: u64,
}

impl LogStore {
    /// Opens the store in this folder, makes it where there is none, and removes what a crash left half-written.
    ///
    /// # Errors
    /// [`Error::InUse`] where it is open already; [`Error::Unexplained`] where something lies in it that no import or
    /// crash leaves there; those of the file system.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::open_with(dir, Disk::default(), Limits::default())
    }

    /// As [`LogStore::open`], on a disk with faults or with smaller limits. For tests.
    ///
    /// # Errors
    /// Those of [`LogStore::open`].
    pub fn open_with(dir: &Path, disk: Disk, limits: Limits) -> Result<Self> {
        let layout = Layout {
            root: dir.to_path_buf(),
        };
        let found = layout.open(&disk)?;
        let state = State {
            sources: found.sources,
            segments: found.segments,
            must_reopen: false,
            imports: 0,
        };
        Ok(Self {
            layout,
            disk,
            limits,
            state: Mutex::new(state),
            _lock: found.lock,
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock with a half-made change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place under `incoming/` to work in, that nobody else has.
    pub(crate) fn work_place(&self, what: &str) -> PathBuf {
        let number = {
            let mut state = self.state();
            state.imports += 1;
            state.imports
        };
        self.layout.incoming().join(format!("{what}-{number}"))
    }

    /// Removes it. If this fails the next opening removes it.
    pub(crate) fn clear(&self, place: &Path) {
        if place.exists() {
            let _ = self.disk.remove(place);
        }
    }

    /// Adds a source. Adding it again with the same settings changes nothing.
    ///
    /// # Errors
    /// [`Error::Source`] where the settings are not acceptable, or differ from those of a source of that name.
    pub fn add_source(&self, config: SourceConfig) -> Result<()> {
        config.check()?;
        let mut state = self.state();
        if state.must_reopen {
            return Err(Error::MustReopen);
        }
        if let Some(present) = state.sources.get(&config.name) {
            if *present == config {
                return Ok(());
            }
            let why = "a source of that name has other settings; settings do not change, since segments name them: \
                       add a source under another name";
            return Err(Error::Source {
                name: config.name,
                why: why.to_owned(),
            });
        }
        if state.sources.len() >= MAX_SOURCES {
            let why = format!("the store has {MAX_SOURCES} sources, the most it takes: make another store");
            return Err(Error::Source {
                name: config.name,
                why,
            });
        }
        // Whatever step fails, opening again finds the source whole or not at all.
        state.must_reopen = true;
        self.write_source(&config)?;
        state.must_reopen = false;
        state.sources.insert(config.name.clone(), config);
        Ok(())
    }

    fn write_source(&self, config: &SourceConfig) -> Result<()> {
        let (layout, disk) = (&self.layout, &self.disk);
        let folder = layout.source_segments(&config.name);
        disk.create_dir(&folder).map_err(Error::file("create", &folder))?;
        layout.sync(disk, &layout.segments())?;
        let path = layout.source_file(&config.name);
        let temporary = layout.incoming().join(format!("source-{}.json", config.name));
        let mut text =
            serde_json::to_vec_pretty(config).map_err(|error| Error::file("write", &path)(error.into()))?;
        text.push(b'\n');
        layout.write_file(disk, &temporary, &text)?;
        disk.rename(&temporary, &path)
            .map_err(Error::file("rename to", &path))?;
        layout.sync(disk, &layout.sources())
    }

    /// All sources, in the order of their names.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceConfig> {
        self.state().sources.values().cloned().collect()
    }

    /// The source of that name.
    ///
    /// # Errors
    /// [`Error::NoSuchSource`].
    pub fn source(&self, name: &str) -> Result<SourceConfig> {
        let found = self.state().sources.get(name).cloned();
        found.ok_or_else(|| Error::NoSuchSource(name.chars().take(64).collect()))
    }

    /// All segments, in the order of their names.
    #[must_use]
    pub fn segments(&self) -> Vec<Arc<Segment>> {
        self.state().segments.values().cloned().collect()
    }

    /// The segment of that name.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`].
    pub fn segment(&self, id: &SegmentId) -> Result<Arc<Segment>> {
        let found = self.state().segments.get(id).cloned();
        found.ok_or_else(|| Error::NoSuchSegment(id.clone()))
    }
}
