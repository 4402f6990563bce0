//! The journal of a node in SQLite: ledgers and entries, releases, cosignatures, documents, objects and the
//! access log.
//!
//! Invariants:
//! - Every change is one [`Batch`], committed whole or not at all by one writer (`synchronous=FULL`). What
//!   [`Store::commit`] acknowledged survives a crash.
//! - A commit that failed may still have been persisted. The store then refuses every further commit, and the
//!   node starts again from the disk: recovery is the normal start path.
//! - Entries are only ever added; a payload can be set or removed, a header never changes.
//!
//! Deliberately absent: what any of it means. Only this crate names an SQL driver.

mod batch;
mod error;
mod faults;
mod read;
mod store;

pub use batch::{AccessLine, Batch, OBJECT_PART_BYTES};
pub use error::StoreError;
pub use faults::{Fault, Faults};
pub use read::{EntryRow, LedgerRow, ReleaseRow};
pub use store::Store;
