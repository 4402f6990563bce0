//! `accord log`: the node's own logs, on its machine, while it is not running. While it runs, its pages do the same.

mod add_source;
mod holders;
mod import;
mod index;
mod list;
mod verify;

use super::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `log`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Add a log source: where logs come from, and what its custodian says about it
    AddSource(add_source::Arguments),
    /// Bring log files in: their exact bytes, with digests
    Import(import::Arguments),
    /// Tell who held an address and port at a time, by the stored assignment logs
    Holders(holders::Arguments),
    /// Make what hunts and analysis read beside the stored files, where it is missing: postings, columns, matches, catalogues
    Index(index::Arguments),
    /// List the sources, or the stored files of one
    List(list::Arguments),
    /// Read everything stored again and compare it with its digests
    Verify(verify::Arguments),
}

/// Runs one of them.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.what {
        What::AddSource(arguments) => add_source::run(arguments, output),
        What::Import(arguments) => import::run(arguments, output),
        What::Holders(arguments) => holders::run(arguments, output),
        What::Index(arguments) => index::run(arguments, output),
        What::List(arguments) => list::run(arguments, output),
        What::Verify(arguments) => verify::run(arguments, output),
    }
}

/// Milliseconds UTC as RFC 3339 to the second.
fn instant(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| ms.to_string(),
        |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

/// First and last time of lines.
fn span(span: Option<(i64, i64)>) -> String {
    span.map_or_else(
        || "no time told".to_owned(),
        |(first, last)| format!("{} to {}", instant(first), instant(last)),
    )
}
