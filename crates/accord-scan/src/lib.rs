//! Files, streams and decompression around the matcher.
//!
//! The way of a log: [`input`] opens it and takes off its compression; [`blocks`] cuts it into blocks of whole lines with
//! their position; [`scan`] runs the matcher over the blocks and hands [`Record`]s to the caller, in the order of
//! the input; [`many`] does so for many inputs on several threads. [`watchfile`] compiles indicator sources, with what they say about each
//! indicator, into one file, and maps it (`mapping`, the only `unsafe` here); [`live`] adds to it and takes from it while scans go on.
//!
//! Invariants: memory is bounded whatever the input (see [`limits`]); what could be read is scanned before an error is
//! reported; positions are those of the decompressed input; nothing here prints, exits or reads the environment.
//!
//! Deliberately absent: what the matcher decides; what becomes of records.

pub mod blocks;
pub mod input;
pub mod limits;
pub mod live;
pub mod many;
mod mapping;
pub mod scan;
pub mod watchfile;

pub use input::{Compression, Input, InputError, ReadLimits};
pub use live::{Change, Live, scan_live};
pub use many::{Event, scan_many};
pub use scan::{Record, ScanError, ScanOptions, SinkStopped, Summary, scan};
pub use watchfile::{BuildSummary, CompileError, Compiler, Watchfile, WatchfileError};
