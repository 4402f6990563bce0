//! What the lines of a log say, as columns in one Parquet file: for analysis, with any program that reads Parquet.
//!
//! `docs/spec/log-columns.md` is the format. The columns are derived from the log and never are evidence: each row names the
//! place of its line, and the line is what counts.
//!
//! Invariants:
//! - Every line has a row: one for each of its records, else one for the line itself. None is dropped, whatever it holds;
//!   what of a record has no place in the columns is counted in its row.
//! - The same lines and settings make the same bytes, whatever the machine, and however the lines come.
//! - Memory is bounded by the limits in `limits.rs`, whatever the log holds, apart from the file's own index: some 10 KiB
//!   for each row group.
//! - No files, no clock: bytes go to a [`std::io::Write`], the time of the import is an argument.
//!
//! Deliberately absent: reading. Any Parquet reader does that; [`file_columns`] says what it can find.

mod address;
mod buffer;
mod encode;
mod file;
mod filler;
mod limits;
mod schema;
mod timing;
mod writer;

pub use encode::Encoder;
pub use file::RowGroupFile;
pub use filler::{Full, LinePlace, RowFiller, RowGroup};
pub use limits::{Limits, ROW_GROUP_BYTES, ROW_GROUP_ROWS};
pub use schema::{FileColumn, Kind, LIST_ELEMENT, column_name, file_columns};
pub use timing::Timing;
pub use writer::{ColumnsWriter, Written};
