//! Catalogues: in which of many segments a key stands, so that a question opens only the postings of those that may answer.
//! `docs/spec/log-postings.md` is the format.
//!
//! Invariants:
//! - A catalogue is derived from the postings of its segments and is no evidence. It can be lost and is made again; it only
//!   says where one need not look. What it names is asked of the segment's own postings, so that counts and lines are the
//!   same with it and without it.
//! - No key of a segment's postings is missing in the catalogue that has the segment. Where a catalogue is damaged or gone, its
//!   segments are asked as if there were none.
//! - No segment is in two catalogues. Before the destruction of a segment is recorded, and before its postings are made anew,
//!   the catalogue that has it is gone. One that names a segment that is not here does not outlive the next opening.

mod ask;
mod build;
mod door;
mod foot;
mod merge;
mod place;
mod plan;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use ask::{Asked, Narrowed};
pub use build::{CatalogueReport, CatalogueTime, NotCatalogued};
pub(super) use door::Door;
use foot::CatalogueFoot;

use crate::manifest::SegmentId;

/// Keys of one block: more to read at once, less to keep of each.
const CATALOGUE_BLOCK_KEYS: usize = 128;
/// Bits of a segment's number within its catalogue.
const SEGMENT_BITS: u32 = 12;

/// One catalogue.
#[derive(Debug)]
pub(crate) struct Catalogue {
    number: u64,
    foot: CatalogueFoot,
}

/// The catalogues of a store.
#[derive(Debug, Default)]
pub(crate) struct Catalogues {
    all: BTreeMap<u64, Arc<Catalogue>>,
    /// The catalogue that each segment is in, and its number there.
    of: BTreeMap<SegmentId, (u64, u32)>,
    /// How many times postings were put in place anew: what was read of them before is no longer to be believed.
    postings_made: u64,
}

impl Catalogues {
    /// The catalogue that a segment is in, and its number there.
    fn holding(&self, segment: &SegmentId) -> Option<(&Arc<Catalogue>, u32)> {
        let (number, place) = self.of.get(segment)?;
        Some((self.all.get(number)?, *place))
    }

    fn next_number(&self) -> u64 {
        self.all.last_key_value().map_or(1, |(number, _)| number + 1)
    }

    fn insert(&mut self, catalogue: Catalogue) {
        for (listed, place) in catalogue.foot.segments.iter().zip(0..) {
            self.of.insert(listed.segment.clone(), (catalogue.number, place));
        }
        self.all.insert(catalogue.number, Arc::new(catalogue));
    }

    fn remove(&mut self, number: u64) {
        if let Some(catalogue) = self.all.remove(&number) {
            for listed in &catalogue.foot.segments {
                self.of.remove(&listed.segment);
            }
        }
    }
}
