//! Pure: the vocabulary of Accord, the agreement and its decisions, and the control state of a case.
//!
//! Nothing here reads a clock, draws randomness, or touches a file or a socket: time and random bytes are
//! arguments. An unknown word (role, kind, category, marking) is an error, never a default, so that whoever
//! asks fails closed.
//!
//! Deliberately absent: ledgers and proofs (`accord-ledger`), and anything that knows a person's session.

mod words;

pub mod agreement;
pub mod category;
pub mod content;
pub mod control;
pub mod kind;
pub mod marking;
pub mod names;
pub mod organisation;
pub mod role;

pub use category::Category;
pub use kind::{Class, EntryKind};
pub use marking::{Marking, Tlp};
pub use names::{AgreementDigest, EntryRef, LedgerId, NameError, OrgName, PersonId, SpaceId};
pub use organisation::OrgKind;
pub use role::Role;
pub use words::UnknownWord;
