//! Packs: the columns of many small segments of a source in one file, beside the segments, which stay as they are. A syslog
//! collector makes hundreds of segments a day, and SQL over as many files spends its time on opening them.
//! `docs/spec/log-columns.md` is the format.
//!
//! Invariants:
//! - A pack is derived from the frames of its segments and is no evidence. It can be lost and is made again; no segment,
//!   and no columns of a segment, change by it.
//! - `NNNNNN.json` is put in place last and taken away first: where it stands, the file beside it is whole or its damage is
//!   told. No segment is in two packs.
//! - Before the destruction of a segment is recorded the pack that has rows of it is gone. A pack that names a segment that
//!   is not here does not outlive the next opening.

mod build;
mod open;
mod outside;
mod place;
mod plan;
mod record;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use build::PackReport;
pub use outside::{ColumnPack, PackFile, PackedColumns};
pub use record::{PackRecord, PackedSegment};

use crate::manifest::SegmentId;

/// The packs of a store, each under the name of its first segment.
#[derive(Debug, Default)]
pub(crate) struct Packs {
    packs: BTreeMap<SegmentId, Arc<PackRecord>>,
    /// The pack that each segment is in.
    of: BTreeMap<SegmentId, SegmentId>,
}

impl Packs {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<PackRecord>> {
        self.packs.values()
    }

    fn get(&self, name: &SegmentId) -> Option<&Arc<PackRecord>> {
        self.packs.get(name)
    }

    /// The name of the pack that a segment is in.
    fn holding(&self, segment: &SegmentId) -> Option<&SegmentId> {
        self.of.get(segment)
    }

    /// Takes in a pack; nothing where it has no segment.
    fn insert(&mut self, record: PackRecord) {
        let Some(name) = record.name().cloned() else {
            return;
        };
        for packed in &record.segments {
            self.of.insert(packed.segment.clone(), name.clone());
        }
        self.packs.insert(name, Arc::new(record));
    }

    fn remove(&mut self, name: &SegmentId) {
        for packed in self.packs.remove(name).iter().flat_map(|record| &record.segments) {
            self.of.remove(&packed.segment);
        }
    }
}
