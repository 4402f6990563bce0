//! Files, streams and decompression around the matcher.
//!
//! The way of a log: [`input`] opens it and takes off its compression; [`blocks`] cuts it into blocks of whole lines with
//! their position; [`scan`] runs the matcher over the blocks and hands [`Record`]s to the caller, in the order of
//! the input. [`watchfile`] compiles indicator sources, with what they say about each indicator, into one file.
//!
//! Invariants: memory is bounded whatever the input (see [`limits`]); what could be read is scanned before an error is
//! reported; positions are those of the decompressed input; nothing here prints, exits or reads the environment.
//!
//! Deliberately absent: threads. A block knows its position and a scanner can be given the state before a block, so
//! that readers, scanners and the sink can be put on threads without a change of their interfaces.

pub mod blocks;
pub mod input;
pub mod limits;
pub mod scan;
pub mod watchfile;

pub use input::{Compression, Input, InputError, ReadLimits};
pub use scan::{Record, ScanError, ScanOptions, SinkStopped, Summary, scan};
pub use watchfile::{BuildSummary, CompileError, Compiler, Watchfile, WatchfileError};
