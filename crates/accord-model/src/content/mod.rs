//! Content entries: the payloads that the agreement releases, recipient by recipient.
//!
//! Every one is the same envelope ([`ContentEntry`]: who, in which role, how marked, for whom) around a body
//! of its kind. Reading is as strict as for control entries: an unknown field, kind or word is an error, and
//! every text and list has a limit.
//!
//! Deliberately absent: who may receive it (the agreement's), and redacted payloads (a redacted one is read
//! field by field from its commitments, not through these types).

mod bodies;
mod entry;
mod writers;

pub use bodies::*;
pub use entry::{Audience, ContentBody, ContentEntry};
pub use writers::{NotAWriter, may_write, written_by_right};

#[cfg(test)]
mod tests;
