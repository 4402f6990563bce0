//! The columns of a segment: `columns.parquet` beside its frames, derived from them, and `columns.json`, which says by
//! digest what it is. `docs/spec/log-columns.md` is the format.
//!
//! Invariants:
//! - The columns never are evidence and never change a segment: they can be lost, damaged or left out, and are built again
//!   from the frames, to the byte by the same program.
//! - `columns.json` is put in place last and taken away first: where it stands, the other is whole or its damage is told.

mod build;
mod file;
mod groups;
mod outside;
mod record;
mod walk;

pub(crate) use build::digest_of;
pub(crate) use file::{ColumnsFile, Sink, WalkedColumns, WrittenColumns};
pub(crate) use outside::Identity;
pub use outside::{ColumnFile, ColumnFiles, WithoutColumns};
pub use record::ColumnsRecord;
pub(crate) use walk::{LineWalk, ParsedLine};

/// The columns.
pub(crate) const COLUMNS: &str = "columns.parquet";
/// What they are.
pub(crate) const RECORD: &str = "columns.json";
