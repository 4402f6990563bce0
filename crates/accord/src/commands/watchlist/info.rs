//! `accord watchlist info`.

use accord_matcher::SealedError;
use accord_scan::{Watchfile, WatchfileError};

use super::table;
use crate::commands::sources::{self, Source};
use crate::commands::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `watchlist info`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord watchlist info w.awl
  accord watchlist info --json w.awl | jq .kept
  accord watchlist info --verify w.awl")]
pub struct Arguments {
    /// Also check every block and every indicator: that its text is canonical and that it is found; 1 if the file does not hold
    #[arg(long)]
    verify: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// The watchlist file
    #[arg(value_name = "F.awl")]
    file: String,
}

/// Prints the report of the build.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let checked = checked(arguments);
    let file = match checked {
        Ok(file) => file,
        Err(reason) if arguments.verify => {
            output.error(format_args!("verification failed: {reason}"));
            return Ok(Exit::Nothing);
        }
        Err(reason) => return Err(reason),
    };
    if arguments.json {
        output.json(file.summary())?;
    } else {
        table::print_summary(file.summary(), output)?;
    }
    if arguments.verify {
        output.note(format_args!(
            "verified: checksums, and {} indicators one by one",
            file.watchlist().len()
        ));
    }
    Ok(Exit::Done)
}

fn checked(arguments: &Arguments) -> Result<Watchfile, CommandError> {
    let damaged = |error: WatchfileError| CommandError::Failed(format!("{}: {error}", arguments.file));
    let file = match sources::open_or_read(&arguments.file)? {
        Source::Compiled(file) => *file,
        Source::Bytes(_) => return Err(damaged(SealedError::NotSealed.into())),
    };
    if arguments.verify {
        file.verify().map_err(damaged)?;
    }
    // Reading the report may find damage, which the check then tells of.
    let _ = file.summary();
    file.check().map_err(damaged)?;
    Ok(file)
}
