//! Packs put in their place, taken away, and checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ColumnPack;
use super::build::{RECORD, ROWS};
use super::record::{PackRecord, RECORD_END, ROWS_END};
use crate::columns::digest_of;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::layout::{Layout, entries};
use crate::manifest::SegmentId;
use crate::store::{LogStore, State};

impl Layout {
    pub(crate) fn packs(&self) -> PathBuf {
        self.root.join("packs")
    }

    pub(super) fn source_packs(&self, source: &str) -> PathBuf {
        self.packs().join(source)
    }

    pub(super) fn pack_record(&self, name: &SegmentId) -> PathBuf {
        self.source_packs(name.source())
            .join(format!("{}{RECORD_END}", name.folder()))
    }

    pub(super) fn pack_rows(&self, name: &SegmentId) -> PathBuf {
        self.source_packs(name.source())
            .join(format!("{}{ROWS_END}", name.folder()))
    }

    /// Takes a pack away: first what says that it is one.
    pub(super) fn remove_pack(&self, disk: &Disk, name: &SegmentId) -> Result<()> {
        let folder = self.source_packs(name.source());
        for path in [self.pack_record(name), self.pack_rows(name)] {
            if path.exists() {
                disk.remove(&path).map_err(Error::file("remove", &path))?;
                self.sync(disk, &folder)?;
            }
        }
        Ok(())
    }
}

impl LogStore {
    /// Moves a pack from a folder under `incoming/` to its place, instead of those that hold any of its segments.
    pub(super) fn place_pack(&self, from: &Path, record: PackRecord) -> Result<SegmentId> {
        let (layout, disk) = (&self.layout, &self.disk);
        // It has at least two segments.
        let name = record.name().cloned().ok_or(Error::MustReopen)?;
        layout.sync(disk, from)?;
        let mut state = self.state();
        state.writable()?;
        // Under the lock: what was destroyed meanwhile is packed by nobody.
        for packed in &record.segments {
            state.segment(&packed.segment)?;
        }
        let folder = layout.source_packs(name.source());
        for (folder, parent) in [
            (layout.packs(), layout.root.clone()),
            (folder.clone(), layout.packs()),
        ] {
            if !folder.exists() {
                disk.create_dir(&folder).map_err(Error::file("create", &folder))?;
                layout.sync(disk, &parent)?;
            }
        }
        // What is known of packs must be what is there, or a destruction would leave rows.
        state.must_reopen = true;
        let old: BTreeSet<SegmentId> = record
            .segments
            .iter()
            .filter_map(|packed| state.packs.holding(&packed.segment).cloned())
            .collect();
        for old in &old {
            layout.remove_pack(disk, old)?;
            state.packs.remove(old);
        }
        for (from, to) in [
            (from.join(ROWS), layout.pack_rows(&name)),
            (from.join(RECORD), layout.pack_record(&name)),
        ] {
            disk.rename(&from, &to).map_err(Error::file("rename to", &to))?;
        }
        layout.sync(disk, &folder)?;
        state.packs.insert(record);
        state.must_reopen = false;
        Ok(name)
    }

    /// Takes away the pack that has rows of a segment, before the segment is destroyed. The others that it had keep their
    /// own columns, and are packed again.
    ///
    /// # Errors
    /// Those of the file system: then the pack may be gone, and nothing else is.
    pub(crate) fn take_out_of_packs(&self, state: &mut State, id: &SegmentId) -> Result<()> {
        let Some(name) = state.packs.holding(id).cloned() else {
            return Ok(());
        };
        self.layout.remove_pack(&self.disk, &name)?;
        state.packs.remove(&name);
        Ok(())
    }

    /// The packs that there are, in the order of their first segments. Their digests are not compared: see
    /// [`LogStore::verify`].
    #[must_use]
    pub fn column_packs(&self) -> Vec<ColumnPack> {
        let state = self.state();
        let packs = state.packs.all().filter_map(|record| {
            Some(ColumnPack {
                path: self.layout.pack_rows(record.name()?),
                record: Arc::clone(record),
            })
        });
        packs.collect()
    }

    /// What is wrong with packs, in words: one that is not what was made, and files that are none.
    pub(crate) fn check_packs(&self) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        for pack in self.column_packs() {
            let digest = match digest_of(&pack.path) {
                Ok(digest) => Some(digest),
                Err(Error::File { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            let stands = self
                .state()
                .packs
                .all()
                .any(|record| Arc::ptr_eq(record, &pack.record));
            if stands && digest != Some(pack.record.sha256) {
                problems.push(format!(
                    "the pack of columns {} is not the one that was made: remove it and the file beside it while the store \
                     is closed, and pack again",
                    pack.path.display()
                ));
            }
        }
        // Packs are put in place and taken away under the lock.
        let state = self.state();
        let folder = self.layout.packs();
        let folders = if folder.exists() {
            entries(&folder)?
        } else {
            Vec::new()
        };
        let known: BTreeSet<PathBuf> = state
            .packs
            .all()
            .filter_map(|record| record.name())
            .flat_map(|name| [self.layout.pack_record(name), self.layout.pack_rows(name)])
            .collect();
        for (_, folder) in folders {
            for (_, path) in entries(&folder)? {
                if !known.contains(&path) {
                    problems.push(format!(
                        "{} is left from a pack that is none: open the store again, which removes it",
                        path.display()
                    ));
                }
            }
        }
        Ok(problems)
    }
}
