//! Intelligence coming in: what a researcher brings in, as a draft until it is published; and files.
//!
//! - `draft`: material and what was found in it, kept for its author; limits per person.
//! - `judge`: each value beside what this node knows of it: allow lists, infrastructure, cases.
//! - `pieces`: the notes and files that a draft becomes, within the limits of a note.
//! - `together`: which values of an e-mail were seen together.
//! - `publish`: what will happen, and then it happens, in one commit.
//! - `files`: files attached to a case, and their download.
//! - `list`: what a person may see of all this, across cases.
//!
//! Invariant: a draft is its author's alone. Nobody else is told that it is there, it is in no ledger, and nothing of
//! it leaves before it is published as notes, by the same rules as any note.

mod draft;
mod files;
mod judge;
mod list;
mod pieces;
mod publish;
mod together;

pub use draft::{Choices, DRAFT_BYTES_MAX, DRAFT_OLD_DAYS, DRAFTS_MAX, ImportDraft};
pub use files::{CASE_FILES_MAX_BYTES, FILE_MAX_BYTES, FileView, NewFile};
pub use judge::{ImportView, ValueView};
pub use list::{INTEL_PAGE, IntelFilter, IntelItem, IntelKind, IntelPage};
pub use publish::{ImportPlan, ImportPublished, PlannedNote};

pub(crate) use draft::{IMPORTS, drop_drafts_of};
