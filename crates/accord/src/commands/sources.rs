//! Watchlists as arguments: a compiled file, or any indicator source compiled on the fly.

use accord_scan::limits::{MAX_SOURCE_BYTES, MAX_WATCHFILE_BYTES};
use accord_scan::{Compiler, Input, InputError, ReadLimits, Watchfile};

use super::CommandError;
use crate::output::Output;

/// The watchlists of a command.
#[derive(Debug, clap::Args)]
pub struct Watchlists {
    /// A watchlist file, or any indicator source; may be repeated
    #[arg(short = 'w', long = "watchlist", value_name = "WATCHLIST", required = true)]
    watchlists: Vec<String>,
}

impl Watchlists {
    /// All of them as one.
    pub fn load(&self, output: &mut Output) -> Result<Watchfile, CommandError> {
        load(&self.watchlists, output)
    }
}

/// Bytes of an indicator source or allow list.
pub fn read_source(name: &str) -> Result<Vec<u8>, InputError> {
    let limits = ReadLimits {
        max_bytes: MAX_SOURCE_BYTES,
        ..ReadLimits::default()
    };
    Input::open(name, limits)?.read_all()
}

/// Several watchlists as one. An unreadable one is an error: a search with half of the list would answer "nothing found" wrongly.
pub fn load(names: &[String], output: &mut Output) -> Result<Watchfile, CommandError> {
    let mut compiler = Compiler::new();
    for name in names {
        let limits = ReadLimits {
            max_bytes: MAX_WATCHFILE_BYTES,
            ..ReadLimits::default()
        };
        let bytes = Input::open(name, limits)
            .and_then(Input::read_all)
            .map_err(CommandError::failed)?;
        if Watchfile::is_watchfile(&bytes) {
            let file = Watchfile::decode(&bytes)
                .map_err(|error| CommandError::Failed(format!("{name}: {error}")))?;
            if names.len() == 1 {
                return Ok(file);
            }
            compiler.add_watchfile(name, &file);
        } else {
            compiler.add_source(name, &bytes).map_err(CommandError::failed)?;
        }
    }
    let file = compiler.finish().map_err(CommandError::failed)?;
    let refused: u64 = file.summary().refused().values().sum();
    if refused > 0 {
        output.warning(format_args!(
            "{refused} of {} rows are no usable indicators; `accord watchlist build` says why",
            file.summary().rows()
        ));
    }
    if file.summary().kept_total() == 0 {
        output.warning("the watchlist has no indicators");
    }
    Ok(file)
}
