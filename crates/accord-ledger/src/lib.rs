//! Accord's ledgers: what one entry is, how it is committed to, signed, witnessed, proved and ordered.
//!
//! The law is in `docs/spec/ledger.md`, which carries the test vectors that this crate's tests read. Invariants:
//!
//! * **Pure**: no clock, no randomness, no files, no sockets. Time (milliseconds since the Unix epoch, UTC, unless
//!   a name ends in `_s`) and random bytes are arguments.
//! * **Header for ever, payload removable**: a [`Header`] commits to a [`Payload`] through salted commitments, one
//!   for each field; a withheld or destroyed field leaves 32 bytes that say nothing about it.
//! * **One byte form**: everything that decodes refuses a second spelling of the same value.
//! * **Hostile bytes never panic**: every count and length has a named limit (`MAX_...`).
//!
//! Deliberately absent: what entries mean (kinds, roles, the fold), storage, transport, and every decision about
//! who may see what.

mod bytes;
pub mod certificate;
pub mod checkpoint;
pub mod commitment;
pub mod cosignature;
pub mod header;
pub mod id;
pub mod keys;
pub mod note;
pub mod order;
pub mod payload;
pub mod proof;
pub mod tree;
pub mod witness;

pub use commitment::commit;
pub use header::{Class, Clock, ClockError, Head, Header, MAX_AHEAD_MS, MAX_HEADS};
pub use id::{EntryId, Hash, LedgerId};
pub use payload::{Payload, PayloadError};
