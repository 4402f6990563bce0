//! Packs at opening: what cannot be used is taken away. It is derived, and whatever names a segment that is not here must not
//! stay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Packs;
use super::record::{PackRecord, RECORD_END, ROWS_END};
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::layout::{Layout, entries, not_ours, read_small};
use crate::manifest::{Segment, SegmentId};
use crate::source::is_name;

impl Layout {
    /// Reads the packs of the store with these segments.
    pub(crate) fn read_packs(
        &self,
        disk: &Disk,
        segments: &BTreeMap<SegmentId, Arc<Segment>>,
    ) -> Result<Packs> {
        let mut packs = Packs::default();
        let folder = self.packs();
        if !folder.exists() {
            return Ok(packs);
        }
        for (source, folder) in entries(&folder)? {
            if !is_name(&source) || !folder.is_dir() {
                return Err(not_ours(folder));
            }
            let mut names = BTreeSet::new();
            for (file, path) in entries(&folder)? {
                let stem = [RECORD_END, ROWS_END]
                    .iter()
                    .find_map(|end| file.strip_suffix(end));
                let name = stem.and_then(|stem| SegmentId::parse(&format!("{source}/{stem}")));
                names.insert(name.ok_or_else(|| not_ours(path))?);
            }
            for name in names {
                match self.usable(&name, segments, &packs)? {
                    Some(record) => packs.insert(record),
                    None => self.remove_pack(disk, &name)?,
                }
            }
        }
        Ok(packs)
    }

    /// The record of a pack that can be used.
    fn usable(
        &self,
        name: &SegmentId,
        segments: &BTreeMap<SegmentId, Arc<Segment>>,
        packs: &Packs,
    ) -> Result<Option<PackRecord>> {
        let (record, rows) = (self.pack_record(name), self.pack_rows(name));
        if !record.is_file() || !rows.is_file() {
            return Ok(None);
        }
        let record: Option<PackRecord> = match read_small(&record) {
            Ok(text) => serde_json::from_slice(&text).ok(),
            Err(Error::Unexplained { .. }) => None,
            Err(error) => return Err(error),
        };
        let Some(record) = record.filter(|record| record.is_of(name)) else {
            return Ok(None);
        };
        let here = |packed: &super::PackedSegment| {
            segments
                .get(&packed.segment)
                .is_some_and(|segment| segment.manifest.log.sha256 == packed.log_sha256)
                && packs.holding(&packed.segment).is_none()
        };
        let length = std::fs::metadata(&rows)
            .map_err(Error::file("look at", &rows))?
            .len();
        let usable = length == record.length && record.segments.iter().all(here);
        Ok(usable.then_some(record))
    }
}
