//! Content entries: the payloads that the agreement releases, recipient by recipient.
//!
//! Every one is the same envelope ([`ContentEntry`]: who, in which role, how marked, for whom) around a body
//! of its kind. Reading is as strict as for control entries: an unknown field, kind or word is an error, and
//! every text and list has a limit.
//!
//! What several entries say together is folded by small pure functions, one module each: [`subjects`],
//! [`tasks`], [`leads`], [`targets`], [`plans`], [`grants`], [`indicators`], [`links`], [`requests`]; what needs a second person is said
//! by [`second`]. They read what is given to them: a node that was not given an entry folds without it, so these
//! are views, never the control state.
//!
//! Deliberately absent: who may receive it (the agreement's), and redacted payloads (a redacted one is read
//! field by field from its commitments, not through these types).

mod bodies;
mod entry;
mod forms;
mod said;
mod writers;

pub mod grants;
pub mod indicators;
pub mod leads;
pub mod links;
pub mod plans;
pub mod requests;
pub mod second;
pub mod subjects;
pub mod targets;
pub mod tasks;

pub use bodies::*;
pub use entry::{Audience, ContentBody, ContentEntry};
pub use said::Said;
pub use writers::{NotAWriter, ON_AGREEMENT, may_write, may_write_on_agreement, written_by_right};

#[cfg(test)]
mod tests;
