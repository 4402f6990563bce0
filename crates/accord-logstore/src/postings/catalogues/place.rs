//! Catalogues put in their place, taken away, read at opening, and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::file::digest_before;
use super::build::MADE;
use super::foot::CatalogueFoot;
use super::{Catalogue, Catalogues};
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::hunt::Progress;
use crate::layout::{Layout, entries, not_ours};
use crate::manifest::{Segment, SegmentId};
use crate::store::{LogStore, State};

/// What the names of catalogues end with.
const END: &str = ".bin";

impl Layout {
    fn catalogues(&self) -> PathBuf {
        self.root.join("catalogues")
    }

    pub(super) fn catalogue(&self, number: u64) -> PathBuf {
        self.catalogues().join(format!("{number:06}{END}"))
    }

    fn remove_catalogue(&self, disk: &Disk, number: u64) -> Result<()> {
        let path = self.catalogue(number);
        if path.exists() {
            disk.remove(&path).map_err(Error::file("remove", &path))?;
            self.sync(disk, &self.catalogues())?;
        }
        Ok(())
    }

    /// Reads the catalogues of the store with these segments; takes away what cannot be used.
    pub(crate) fn read_catalogues(
        &self,
        disk: &Disk,
        segments: &BTreeMap<SegmentId, Arc<Segment>>,
    ) -> Result<Catalogues> {
        let mut catalogues = Catalogues::default();
        let folder = self.catalogues();
        if !folder.exists() {
            return Ok(catalogues);
        }
        for (name, path) in entries(&folder)? {
            let number: Option<u64> = name.strip_suffix(END).and_then(|stem| stem.parse().ok());
            let number = number.filter(|number| self.catalogue(*number) == path);
            let number = number.ok_or_else(|| not_ours(path.clone()))?;
            let foot = if path.is_file() {
                let file = File::open(&path).map_err(Error::file("open", &path))?;
                CatalogueFoot::read(&file, &path)?
            } else {
                None
            };
            let here = |foot: &CatalogueFoot| {
                let mut once = BTreeSet::new();
                foot.segments.iter().all(|listed| {
                    let segment = segments.get(&listed.segment);
                    segment.is_some_and(|segment| segment.manifest.log.sha256 == listed.log_sha256)
                        && catalogues.holding(&listed.segment).is_none()
                        && once.insert(&listed.segment)
                })
            };
            match foot.filter(here) {
                Some(foot) => catalogues.insert(Catalogue { number, foot }),
                None => self.remove_catalogue(disk, number)?,
            }
        }
        Ok(catalogues)
    }
}

impl LogStore {
    /// Moves a catalogue from a folder under `incoming/` to its place, instead of those that have any of its segments. Not where
    /// postings were made anew since `postings_made` was looked at: it may be of those before.
    pub(super) fn place_catalogue(
        &self,
        from: &Path,
        foot: CatalogueFoot,
        postings_made: u64,
    ) -> Result<bool> {
        let (layout, disk) = (&self.layout, &self.disk);
        layout.sync(disk, from)?;
        let mut state = self.state();
        state.writable()?;
        // Under the lock: what was destroyed meanwhile is in no catalogue.
        for listed in &foot.segments {
            state.segment(&listed.segment)?;
        }
        if state.catalogues.postings_made != postings_made {
            return Ok(false);
        }
        let folder = layout.catalogues();
        if !folder.exists() {
            disk.create_dir(&folder).map_err(Error::file("create", &folder))?;
            layout.sync(disk, &layout.root)?;
        }
        let number = state.catalogues.next_number();
        // What is known of catalogues must be what is there, or a destruction would leave keys.
        state.must_reopen = true;
        let old: BTreeSet<u64> = foot
            .segments
            .iter()
            .filter_map(|listed| Some(state.catalogues.holding(&listed.segment)?.0.number))
            .collect();
        for old in old {
            layout.remove_catalogue(disk, old)?;
            state.catalogues.remove(old);
        }
        let to = layout.catalogue(number);
        disk.rename(&from.join(MADE), &to)
            .map_err(Error::file("rename to", &to))?;
        layout.sync(disk, &folder)?;
        state.catalogues.insert(Catalogue { number, foot });
        state.must_reopen = false;
        Ok(true)
    }

    /// Takes away the catalogue that has keys of a segment, before the segment is destroyed. The others that it had are asked
    /// by their own postings, until they are put into another.
    ///
    /// # Errors
    /// Those of the file system: then the catalogue may be gone, and nothing else is.
    pub(crate) fn take_out_of_catalogues(&self, state: &mut State, id: &SegmentId) -> Result<()> {
        let Some(number) = state
            .catalogues
            .holding(id)
            .map(|(catalogue, _)| catalogue.number)
        else {
            return Ok(());
        };
        self.layout.remove_catalogue(&self.disk, number)?;
        state.catalogues.remove(number);
        Ok(())
    }

    /// The same, before the postings of a segment are made anew; one that is being made of those before comes to no place.
    ///
    /// # Errors
    /// Those of [`LogStore::take_out_of_catalogues`].
    pub(crate) fn forget_postings(&self, state: &mut State, id: &SegmentId) -> Result<()> {
        self.take_out_of_catalogues(state, id)?;
        state.catalogues.postings_made += 1;
        Ok(())
    }

    /// How many segments are in a catalogue.
    #[must_use]
    pub fn catalogued_segments(&self) -> usize {
        self.state().catalogues.of.len()
    }

    /// What is wrong with catalogues, in words: one that is not what the postings of its segments make, and files that are
    /// none.
    ///
    /// # Errors
    /// [`Error::Cancelled`], those of the file system.
    pub(crate) fn check_catalogues(
        &self,
        state: Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        let all: Vec<Arc<Catalogue>> = self.state().catalogues.all.values().cloned().collect();
        for catalogue in all {
            let is_good = self.is_good(&catalogue, &mut || state.report(progress));
            let is_good = match is_good {
                Ok(is_good) => is_good,
                Err(Error::Destroyed { .. }) => true,
                Err(error) => return Err(error),
            };
            let now = self.state();
            let stands = now.catalogues.all.get(&catalogue.number);
            if !is_good && stands.is_some_and(|now| Arc::ptr_eq(now, &catalogue)) {
                problems.push(format!(
                    "the catalogue {} is not the one that the postings of its segments make: remove it while the store is \
                     closed, and index again",
                    self.layout.catalogue(catalogue.number).display()
                ));
            }
        }
        // Catalogues are put in place and taken away under the lock.
        let now = self.state();
        let folder = self.layout.catalogues();
        let found = if folder.exists() {
            entries(&folder)?
        } else {
            Vec::new()
        };
        let known: BTreeSet<PathBuf> = now
            .catalogues
            .all
            .keys()
            .map(|number| self.layout.catalogue(*number))
            .collect();
        for (_, path) in found {
            if !known.contains(&path) {
                problems.push(format!(
                    "{} is left from a catalogue that is none: open the store again, which removes it",
                    path.display()
                ));
            }
        }
        Ok(problems)
    }

    /// Whether a catalogue is what was made, and what would be made now.
    fn is_good(&self, catalogue: &Catalogue, pause: &mut dyn FnMut() -> Result<()>) -> Result<bool> {
        let path = self.layout.catalogue(catalogue.number);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(Error::file("open", path)(error)),
        };
        let foot = &catalogue.foot;
        if CatalogueFoot::read(&file, &path)?.as_ref() != Some(foot) {
            return Ok(false);
        }
        let before = foot.part(super::super::keys::KeyKind::Ipv6).pages;
        let before = before.offset.saturating_add(before.length);
        if digest_before(&file, before).map_err(Error::file("read", &path))? != foot.sha256 {
            return Ok(false);
        }
        if foot.line_bytes != self.limits.line_bytes as u64 {
            return Ok(true);
        }
        let segments = foot.segments.iter().map(|listed| listed.segment.clone());
        let again = self.catalogue_again(segments, pause)?;
        // Without the postings of a segment nothing can be said of it, and its damage is told of the segment.
        Ok(again.is_none_or(|again| again == *foot))
    }
}
