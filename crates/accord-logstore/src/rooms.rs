//! Places under `incoming/` to work in: each is somebody's, and is removed when that work ends, however it ends.
//!
//! What lies under `incoming/` and is nobody's is what a failed removal left: `verify` names it, the next opening
//! removes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::disk::Disk;
use crate::error::Result;
use crate::layout::{Layout, entries};
use crate::manifest::SegmentId;

/// The places that are in use. Its lock is taken last: nobody who holds it waits for another.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    state: Mutex<InUse>,
}

#[derive(Debug, Default)]
struct InUse {
    /// Numbers the places.
    last: u64,
    /// Each with the segments that are read for what is made there.
    places: BTreeMap<PathBuf, Vec<SegmentId>>,
}

/// A file or folder under `incoming/` that nobody else has. It is removed with this, unless it was renamed to its place.
#[derive(Debug)]
pub(crate) struct Room<'s> {
    rooms: &'s Rooms,
    disk: &'s Disk,
    path: PathBuf,
}

impl Rooms {
    fn state(&self) -> MutexGuard<'_, InUse> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place with a number of its own, for what is made from these segments.
    pub(crate) fn number<'s>(
        &'s self,
        layout: &Layout,
        disk: &'s Disk,
        what: &str,
        of: Vec<SegmentId>,
    ) -> Room<'s> {
        let mut state = self.state();
        state.last += 1;
        let path = layout.incoming().join(format!("{what}-{}", state.last));
        state.places.insert(path.clone(), of);
        Room {
            rooms: self,
            disk,
            path,
        }
    }

    /// A place by its name.
    pub(crate) fn name<'s>(&'s self, layout: &Layout, disk: &'s Disk, name: &str) -> Room<'s> {
        let path = layout.incoming().join(name);
        self.state().places.insert(path.clone(), Vec::new());
        Room {
            rooms: self,
            disk,
            path,
        }
    }

    /// Where something is made from a segment just now.
    pub(crate) fn of(&self, segment: &SegmentId) -> Vec<PathBuf> {
        let state = self.state();
        let of = state
            .places
            .iter()
            .filter(|(_, made_from)| made_from.contains(segment));
        of.map(|(path, _)| path.clone()).collect()
    }

    /// What lies under `incoming/` and is nobody's.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn nobodys(&self, layout: &Layout) -> Result<Vec<PathBuf>> {
        // Listed under the lock: a place is entered before it is made, and taken out after it is gone.
        let state = self.state();
        let found = entries(&layout.incoming())?.into_iter().map(|(_, path)| path);
        Ok(found.filter(|path| !state.places.contains_key(path)).collect())
    }
}

impl Room<'_> {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        if self.path.exists() {
            // If this fails the next opening removes it.
            let _ = self.disk.remove(&self.path);
        }
        self.rooms.state().places.remove(&self.path);
    }
}
