//! The store: its sources and segments, held open by one process.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accord_columns::{Encoder, RowGroup};

use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::framing::{Compressor, FrameRoom};
use crate::keeping::Keeping;
use crate::layout::Layout;
use crate::limits::{Limits, MAX_SOURCES};
use crate::manifest::{Segment, SegmentId};
use crate::matches::Watched;
use crate::packs::Packs;
use crate::postings::{Catalogues, KeyRooms};
use crate::rooms::{Room, Rooms};
use crate::source::SourceConfig;
use crate::spares::Spares;

/// A log store. Shared by reference between threads: hunts and imports run side by side.
#[derive(Debug)]
pub struct LogStore {
    pub(crate) layout: Layout,
    pub(crate) disk: Disk,
    pub(crate) limits: Limits,
    state: Mutex<State>,
    rooms: Rooms,
    /// What imports that ended left to the next.
    pub(crate) row_groups: Spares<RowGroup>,
    pub(crate) encoders: Spares<Option<Encoder>>,
    pub(crate) key_rooms: Spares<KeyRooms>,
    pub(crate) frame_rooms: Spares<FrameRoom>,
    pub(crate) compressors: Spares<Option<Compressor>>,
    /// How many segments were destroyed since the store was opened: who reads one looks here between frames.
    destructions: AtomicU64,
    /// Held for as long as the store is open; the system releases it with the process.
    _lock: File,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) sources: BTreeMap<String, SourceConfig>,
    pub(crate) segments: BTreeMap<SegmentId, Arc<Segment>>,
    pub(crate) keeping: Keeping,
    pub(crate) packs: Packs,
    pub(crate) catalogues: Catalogues,
    /// What imports match against.
    pub(crate) watched: Option<Arc<Watched>>,
    /// A write failed where only opening again can tell what reached the disk.
    pub(crate) must_reopen: bool,
}

impl State {
    /// Whether anything may be written.
    ///
    /// # Errors
    /// [`Error::MustReopen`].
    pub(crate) fn writable(&self) -> Result<()> {
        if self.must_reopen {
            return Err(Error::MustReopen);
        }
        Ok(())
    }

    /// The segment of that name.
    ///
    /// # Errors
    /// [`Error::Destroyed`], [`Error::NoSuchSegment`].
    pub(crate) fn segment(&self, id: &SegmentId) -> Result<&Arc<Segment>> {
        let found = self.segments.get(id);
        found.ok_or_else(|| match self.keeping.gone(id) {
            Some(gone) => gone.error(id),
            None => Error::NoSuchSegment(id.clone()),
        })
    }
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
            keeping: found.keeping,
            packs: found.packs,
            catalogues: found.catalogues,
            watched: None,
            must_reopen: false,
        };
        Ok(Self {
            layout,
            disk,
            limits,
            state: Mutex::new(state),
            rooms: Rooms::default(),
            row_groups: Spares::default(),
            encoders: Spares::default(),
            key_rooms: Spares::default(),
            frame_rooms: Spares::default(),
            compressors: Spares::default(),
            destructions: AtomicU64::new(0),
            _lock: found.lock,
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock with a half-made change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place under `incoming/` to work in, that nobody else has; it is removed with what is returned.
    pub(crate) fn room(&self, what: &str) -> Room<'_> {
        self.rooms.number(&self.layout, &self.disk, what, Vec::new())
    }

    /// The same, for what is made from a segment: a destruction of the segment removes it.
    pub(crate) fn room_of(&self, what: &str, segment: &SegmentId) -> Room<'_> {
        self.room_of_all(what, vec![segment.clone()])
    }

    /// The same, for what is made from several.
    pub(crate) fn room_of_all(&self, what: &str, segments: Vec<SegmentId>) -> Room<'_> {
        self.rooms.number(&self.layout, &self.disk, what, segments)
    }

    pub(crate) const fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// How many segments were destroyed since the store was opened.
    pub(crate) fn destructions(&self) -> u64 {
        self.destructions.load(Ordering::Acquire)
    }

    /// A segment was taken out of the state: who reads one is to look whether it was his.
    pub(crate) fn count_destruction(&self) {
        self.destructions.fetch_add(1, Ordering::Release);
    }

    /// Whether a segment is still here.
    ///
    /// # Errors
    /// [`Error::Destroyed`], [`Error::NoSuchSegment`].
    pub(crate) fn still_here(&self, id: &SegmentId) -> Result<()> {
        self.state().segment(id).map(|_| ())
    }

    /// What went wrong with a segment's files: that it was destroyed, where it was; else the error as it came.
    pub(crate) fn explain(&self, id: &SegmentId, error: Error) -> Error {
        self.still_here(id).err().unwrap_or(error)
    }

    /// Adds a source. Adding it again with the same settings changes nothing.
    ///
    /// # Errors
    /// [`Error::Source`] where the settings are not acceptable, or differ from those of a source of that name.
    pub fn add_source(&self, config: SourceConfig) -> Result<()> {
        config.check()?;
        let mut state = self.state();
        state.writable()?;
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
        let room = self
            .rooms
            .name(layout, disk, &format!("source-{}.json", config.name));
        let temporary = room.path();
        let mut text =
            serde_json::to_vec_pretty(config).map_err(|error| Error::file("write", &path)(error.into()))?;
        text.push(b'\n');
        layout.write_file(disk, temporary, &text)?;
        disk.rename(temporary, &path)
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
    /// [`Error::NoSuchSegment`]; [`Error::Destroyed`] where there was one.
    pub fn segment(&self, id: &SegmentId) -> Result<Arc<Segment>> {
        self.state().segment(id).cloned()
    }
}
