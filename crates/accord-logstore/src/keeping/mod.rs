//! What is kept, for how long, what is held, and what was destroyed: the decisions of people about segments, and the
//! destructions that followed. `docs/spec/log-keeping.md` is the format.
//!
//! Every decision is one record in one chain: each names the SHA-256 of the one before, so that none can be changed or
//! taken out of the middle unseen. Nothing of it stands in a segment: settings and manifests never change.
//!
//! Invariants:
//! - A hold beats retention and beats deletion by hand. Holds are placed, and destructions decided, under one lock; a
//!   chain that tells of a destruction under a hold does not open.
//! - A destruction is its record: once that is durable the segment is gone, and opening finishes what a crash left. Before,
//!   the segment is whole. What has a record never comes back, not even from a backup of its folder.
//! - The number of a destroyed segment is never used again.
//! - The digests in a record cover every line of the log: a record stays in the node, like the manifest.
//!
//! Deliberately absent: who may decide, and a clock. What is due is told for the time that is given; destroying it is the
//! caller's, segment by segment. What the disk, its snapshots and its backups still hold is told by nobody here.

mod chain;
mod check;
mod decide;
mod destroy;
mod due;
mod gone;
mod hold;
mod record;
mod state;

pub use decide::Decided;
pub use destroy::Ground;
pub use due::{Due, HeldBack, Over, SegmentKeeping};
pub use hold::{Hold, HoldCover, HoldSpan, SourceCover};
pub use record::{Destroyed, KeepingAct, KeepingRecord, Rule};
pub use state::Retention;

pub use check::KeepingReport;
use gone::Gone;
pub(crate) use state::Keeping;
