//! A node's own logs, collected as they are written: files that grow and rotate, syslog, appends over HTTP, streams.
//! `docs/spec/collecting-logs.md` says what holds.
//!
//! Invariants:
//! - Bytes are kept as they came. The one exception, line feeds inside a syslog message, is undone exactly by what the
//!   segment's manifest says.
//! - What was acknowledged is in the segments once, whatever crashed in between. How far a collector came is what the
//!   segments say: the place of the bytes is committed with them.
//! - Nothing is dropped without being counted and told; memory and spool are bounded by names in [`limits`] and
//!   [`settings`].
//! - Nothing that is received is trusted: not its framing, size, rate, names, nor who says he sends it.
//!
//! Deliberately absent: the routes (the server's), who may append (the service's), and parsing (the log store's).

#[cfg(test)]
mod bench;
mod error;
mod files;
mod intake;
pub mod limits;
pub mod settings;
mod spool;
mod start;
mod status;
mod stop;
mod store;
mod stream;
mod syslog;

pub use error::{Error, Result};
pub use settings::{CollectSettings, FilesSettings, HttpSettings, SpoolSettings, SyslogSettings};
pub use start::{Collectors, Durable, Plan};
pub use status::{CollectorStatus, Count};
pub use stop::{Clock, system_clock};
pub use store::{Import, Store};
pub use stream::{Cancel, StreamPlan, collect_stream};
pub use syslog::unescape;
