//! The node's ledgers and those it follows, in memory, as they are on the disk.
//!
//! - `state`: what is held; loading is the normal start path and re-checks what it reads.
//! - `ledger`: one ledger with its tree and what its payloads say.
//! - `space`: the ledgers of one agreement or case, their causal order and control state.
//! - `open`: which of the node's own notes somebody they are for has not got.
//! - `agreements`: where agreements stand, over all spaces that hold them.
//! - `append`: the node's own words.
//! - `absorb`: a peer's words, verified before they are kept.

mod absorb;
mod agreements;
mod append;
mod ledger;
mod open;
mod sealing;
mod space;
mod state;

pub(crate) use absorb::{Absorbed, Incoming, LEDGER_ENTRIES_MAX};
pub use ledger::Body;
pub(crate) use ledger::{Cosigned, Ledger, entry_id, hash_id};
pub(crate) use space::{Space, signature_holds};
pub(crate) use state::{Release, State};
