//! The destruction of a segment.
//!
//! Decided and recorded under the store's lock, in this order: no hold covers it; the pack that has rows of it and the
//! catalogue that has its keys are gone; the record is durable; the folder is renamed into `incoming/` and the source's folder synced. Then, without the lock, what lies there is removed. The record
//! is the commit: before it the segment is whole, after it the segment is gone, and opening does what is left to do.

use super::record::{Destroyed, KeepingAct, KeepingRecord, Rule};
use super::{Decided, Keeping};
use crate::digest::sha256;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::events::Pairs;
use crate::layout::{Layout, MANIFEST, read_small, unexplained};
use crate::manifest::SegmentId;
use crate::store::LogStore;

/// On what ground a segment is to be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Somebody's decision about this segment.
    ByHand,
    /// Its retention is over at the time of the decision. The store looks whether it is.
    Retention,
}

impl LogStore {
    /// Destroys a segment: all its files and what is derived from them. When this returns, its record is durable, and
    /// nothing of it is in the store. `backup_horizon_days` is for how many days backups may still hold it, as the operator
    /// states it; it is recorded, and nothing here proves it.
    ///
    /// Hunts and readers that are at it end with [`Error::Destroyed`], or name it as damage.
    ///
    /// # Errors
    /// [`Error::Held`], where a hold covers it; [`Error::NotOver`], by retention, where its time is not over;
    /// [`Error::NoSuchSegment`], [`Error::Destroyed`], [`Error::Keeping`], [`Error::TooLarge`], [`Error::MustReopen`]; those of
    /// the file system: then it is whole, or opening the store again tells. [`Error::Unfinished`] where it is gone for good
    /// and some of its files are not: opening the store again removes them.
    pub fn destroy(
        &self,
        id: &SegmentId,
        ground: Ground,
        backup_horizon_days: Option<u32>,
        decided: &Decided<'_>,
    ) -> Result<KeepingRecord> {
        let room = self.room("destroyed");
        let record = {
            let mut state = self.state();
            state.writable()?;
            let segment = state.segment(id)?.clone();
            let holds = state.keeping.holding(&segment, &Pairs::of(&state.segments));
            if !holds.is_empty() {
                let segment = id.clone();
                return Err(Error::Held { segment, holds });
            }
            let rule = match ground {
                Ground::ByHand => Rule::ByHand,
                Ground::Retention => match state.keeping.over(&segment, decided.at_ms) {
                    Some(over) => Rule::Retention {
                        record: over.record,
                        days: over.days,
                        over_since_ms: over.over_since_ms,
                    },
                    None => return Err(Error::NotOver(id.clone())),
                },
            };
            decided.check()?;
            self.take_out_of_packs(&mut state, id)?;
            self.take_out_of_catalogues(&mut state, id)?;
            let destroyed = Destroyed::of(&segment, rule, backup_horizon_days);
            let act = KeepingAct::Destroyed(Box::new(destroyed));
            let record = self.append(&mut state, decided, act)?;
            // It is gone, whatever happens next.
            state.segments.remove(id);
            self.count_destruction();
            state.must_reopen = true;
            let moved = self.layout.take_away(&self.disk, id, room.path());
            moved.map_err(|error| unfinished(id, &record, error))?;
            state.must_reopen = false;
            record
        };
        let removed = self.remove_destroyed(id, room.path());
        removed.map_err(|error| {
            self.state().must_reopen = true;
            unfinished(id, &record, error)
        })?;
        Ok(record)
    }

    fn remove_destroyed(&self, id: &SegmentId, folder: &std::path::Path) -> Result<()> {
        let (layout, disk) = (&self.layout, &self.disk);
        disk.remove(folder).map_err(Error::file("remove", folder))?;
        // What somebody derives from it just now; he is told at his next frame.
        for place in self.rooms().of(id) {
            if place.exists() {
                disk.remove(&place).map_err(Error::file("remove", &place))?;
            }
        }
        layout.sync(disk, &layout.incoming())
    }
}

fn unfinished(id: &SegmentId, record: &KeepingRecord, error: Error) -> Error {
    Error::Unfinished {
        segment: id.clone(),
        record: record.number,
        error: Box::new(error),
    }
}

impl Layout {
    /// Moves the folder of a segment out of its source, for good.
    fn take_away(&self, disk: &Disk, id: &SegmentId, to: &std::path::Path) -> Result<()> {
        let from = self.segment(id);
        disk.rename(&from, to).map_err(Error::file("rename", &from))?;
        self.sync(disk, &self.source_segments(id.source()))
    }

    /// At opening: ends the destruction of a segment whose folder a crash, or a backup, left or put there. Whether it was
    /// one.
    ///
    /// # Errors
    /// [`Error::Unexplained`] where the folder is not that of the segment that was destroyed; those of the file system.
    pub(crate) fn finish_destruction(&self, disk: &Disk, keeping: &Keeping, id: &SegmentId) -> Result<bool> {
        let Some(gone) = keeping.gone(id) else {
            return Ok(false);
        };
        let folder = self.segment(id);
        let manifest = folder.join(MANIFEST);
        if !manifest.is_file() || sha256(&read_small(&manifest)?) != gone.manifest_sha256() {
            let why = format!(
                "segment {id} was destroyed (record {}), and this is not what was destroyed; move it out of the store",
                gone.record()
            );
            return Err(unexplained(folder, why));
        }
        let to = self.incoming().join(format!("destroyed-{}", id.folder()));
        if to.exists() {
            disk.remove(&to).map_err(Error::file("remove", &to))?;
        }
        self.take_away(disk, id, &to)?;
        disk.remove(&to).map_err(Error::file("remove", &to))?;
        self.sync(disk, &self.incoming())?;
        Ok(true)
    }
}
