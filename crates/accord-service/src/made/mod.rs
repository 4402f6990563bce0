//! What is made of a space and kept beside it.
//!
//! - `memo`: keeping a thing for a version of its space, and letting one grow with it.
//! - Here: what is kept, and by what it is told apart.
//!
//! Deliberately absent: how each is made (`views`, `sharing`, `similar`, `reputation`). Nothing of this is on the disk, and a space that is
//! folded again begins without.

mod memo;

use std::collections::HashSet;

use accord_model::{Category, EntryKind, EntryRef, OrgName};

pub(crate) use memo::{Grown, Memo, Version, new_version};

use crate::protection::Stood;
use crate::reputation::CaseFold;
use crate::sharing::{Graph, Stand};
use crate::similar::MarkSet;

/// What is kept of one space.
#[derive(Debug, Clone, Default)]
pub(crate) struct Made {
    /// Which notes count for nothing.
    pub asides: Grown<Asides>,
    /// The graph, by what its reader sees (`None`: everything).
    pub graph: Memo<Option<Vec<Category>>, Until<Graph>>,
    /// The indicators that stand, those seen most first; by whether its reader sees what was seen.
    pub standing: Memo<bool, Until<Vec<Stood>>>,
    /// The notes of a kind with when each was written, ms UTC, the newest first.
    pub newest: Memo<EntryKind, Vec<(u64, EntryRef)>>,
    /// What the space shares with others, by what its reader sees and the version of the lists of what many use.
    pub marks: Memo<(Option<Vec<Category>>, u64), Until<MarkSet>>,
    /// The notes that an organisation may have by TAXII, in the order in which they came; by the organisation and how
    /// many releases there are.
    pub course: Memo<(OrgName, usize), Vec<(Stand, EntryRef)>>,
    /// Values that were seen together, and what was cleared of them.
    pub links: Grown<CaseFold>,
}

/// Something that holds until an indicator of it expires.
#[derive(Debug)]
pub(crate) struct Until<T> {
    /// When that is, ms UTC: the first instant at which it holds no more.
    pub ms: u64,
    /// The thing.
    pub thing: T,
}

/// The notes of a space that were looked at, and those of them that are set aside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asides {
    /// How many of the notes that count were looked at, in causal order.
    pub looked_at: usize,
    /// Those that are set aside.
    pub aside: HashSet<EntryRef>,
}
