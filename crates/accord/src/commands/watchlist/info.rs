//! `accord watchlist info`.

use accord_matcher::Pattern;
use accord_scan::limits::MAX_WATCHFILE_BYTES;
use accord_scan::{Input, ReadLimits, Watchfile};

use super::table;
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
    /// Also check every indicator: that its text is canonical and that it is found; 1 if the file does not hold
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
    let limits = ReadLimits {
        max_bytes: MAX_WATCHFILE_BYTES,
        ..ReadLimits::default()
    };
    let bytes = Input::open(&arguments.file, limits)
        .and_then(Input::read_all)
        .map_err(CommandError::failed)?;
    let checked = Watchfile::decode(&bytes)
        .map_err(|error| format!("{}: {error}", arguments.file))
        .and_then(|file| {
            if arguments.verify {
                verify(&file).map(|()| file)
            } else {
                Ok(file)
            }
        });
    let file = match checked {
        Ok(file) => file,
        Err(reason) if arguments.verify => {
            output.error(format_args!("verification failed: {reason}"));
            return Ok(Exit::Nothing);
        }
        Err(reason) => return Err(CommandError::Failed(reason)),
    };
    if arguments.json {
        output.json(file.summary())?;
    } else {
        table::print_summary(file.summary(), output)?;
    }
    if arguments.verify {
        output.note(format_args!(
            "verified: digests, and {} indicators one by one",
            file.watchlist().len()
        ));
    }
    Ok(Exit::Done)
}

fn verify(file: &Watchfile) -> Result<(), String> {
    let mut count = 0_u64;
    for (id, canonical) in file.indicators() {
        count += 1;
        match Pattern::parse(canonical) {
            Ok(pattern) if pattern.canonical() == canonical => {}
            _ => return Err(format!("indicator {id} is not canonical: {canonical}")),
        }
    }
    let (listed, reported) = (file.watchlist().len() as u64, file.summary().kept_total());
    if count != listed || count != reported {
        return Err(format!(
            "{listed} indicators, {reported} in the report, {count} with labels"
        ));
    }
    Ok(())
}
