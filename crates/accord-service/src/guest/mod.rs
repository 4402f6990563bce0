//! A partner or a business without a node is asked one request, and answers through a link (`docs/spec/guest.md`).
//!
//! - `link`: what the node keeps of a link, how long it is good for, and its limits.
//! - `ask`: asked by an investigator, approved by a case officer who did not ask, made, revoked, listed.
//! - `visit`: what whoever has the link reads, and what they are about to send.
//! - `answer`: what they sent becomes an exhibit and notes, on behalf of their organisation; `package`: its record.
//! - `receipt`: what they take along, signed.
//!
//! Invariants:
//! - A page of the link is made from a released request (`release::guest`) and from what the guest gave; from nothing
//!   else of the case.
//! - The token is 256 random bits, shown once, kept as its SHA-256. Whoever has no good one is told that there is
//!   nothing, always in the same words.
//! - What is uploaded is kept byte by byte as it came, and is never opened, run or shown here.

mod answer;
mod ask;
mod link;
mod package;
mod receipt;
mod visit;

pub use ask::{GuestLinkView, GuestMade};
pub use link::{
    FILE_MAX_BYTES, FILES_MAX, FILES_MAX_BYTES, GUEST_WORDS_MAX_CHARS, LINK_DAYS_DEFAULT, LINK_DAYS_MAX,
    LINKS_MAX, OPENED_A_MINUTE_MAX, RECEIPT_KEPT_MS, TRIES_DEFAULT, TRIES_MAX, clean_name,
};
pub(crate) use link::{GUEST_LINKS, GuestLink};
pub(crate) use package::source;
pub use receipt::{GuestReceipt, ReceiptFile};
pub use visit::{GuestAnswer, GuestDraftView, GuestFile, GuestKind, GuestSees, GuestSubscribers};
