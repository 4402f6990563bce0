//! Hunts in this organisation's own logs: saved, run again, standing.
//!
//! - `kept`: what is kept of a hunt. `acts`: making, changing and ending one, marks on its lines, taking lines into a case.
//! - `tidy`: what a hunt may keep no longer. `run`: looking, step by step, by a person's word or by itself as new logs come in. `rules`: by Sigma rules. `view`: what is
//!   told of it.
//!
//! Invariants:
//! - Nothing leaves by it: lines are read where they lie, and shown to people of this organisation alone. What is taken into
//!   a case becomes a draft, which its author reviews, marks and publishes as any other material.
//! - A hunt of a case is seen by who sees that case's indicators, any other by its author alone. Who looked, and why the hunt
//!   was made, stands in the access log.
//! - What was found is places, digests, and what hit; the lines are read again each time, and a line that is gone is told as
//!   gone. Hits of what is recalled, and what destroyed logs said, are taken out.
//! - A standing hunt looks with somebody's right. When that ends it stands still and says so.

mod acts;
mod kept;
mod rules;
mod run;
mod tidy;
mod view;

pub(crate) use acts::end_hunts_of;
pub use acts::{NewMark, NewOwnHunt};
pub use kept::{Mark, Ran};
pub(crate) use kept::{OWN_HUNTS, OwnHunt, lines_problems};
pub(crate) use run::{LOOK_EVERY, OwnHunting};
pub use view::{
    Beside, FoundGroup, OWN_LINES_PAGE, OwnFilter, OwnGroups, OwnHuntView, OwnLine, OwnLineView, OwnLines,
    OwnRule, Said,
};

/// Most hunts of one person.
pub const OWN_HUNTS_MAX: usize = 50;
/// Most values of one hunt.
pub const OWN_VALUES_MAX: usize = 10_000;
/// Most Sigma rules of one hunt.
pub const OWN_RULES_MAX: usize = 100;
/// Longest text of them, bytes.
pub const OWN_RULES_BYTES_MAX: usize = 256 * 1024;
/// Longest name of a hunt, bytes.
pub const OWN_NAME_MAX: usize = 100;
/// Longest reason for a hunt, bytes.
pub const OWN_REASON_MAX: usize = 1_000;
/// Most lines kept of one hunt; further ones are counted.
pub const OWN_FOUND_MAX: usize = 10_000;
/// Most of its gaps told in words; further ones are counted.
pub const OWN_GAPS_MAX: usize = 20;
/// Most lines of one hunt with a mark.
pub const OWN_MARKS_MAX: usize = 1_000;
/// Most tags of a line, and the longest, bytes.
pub const OWN_TAGS_MAX: (usize, usize) = (10, 40);
/// Longest comment on a line, bytes.
pub const OWN_COMMENT_MAX: usize = 2_000;
/// Most lines taken into one draft.
pub const OWN_DRAFT_LINES_MAX: usize = 200;
