//! Watchlists as arguments: a compiled file, or any indicator source compiled on the fly.

use std::path::Path;

use accord_scan::limits::{MAX_SOURCE_BYTES, MAX_WATCHFILE_BYTES};
use accord_scan::{Compiler, Input, InputError, ReadLimits, Watchfile, WatchfileError};

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

/// What a name given as a watchlist is.
pub enum Source {
    /// A watchlist file; mapped where it can be.
    Compiled(Box<Watchfile>),
    /// Anything else.
    Bytes(Vec<u8>),
}

/// Opens a watchlist file, or reads what is none. A compressed one, and one that comes by a pipe, is read whole.
pub fn open_or_read(name: &str) -> Result<Source, CommandError> {
    let of_name = |error: WatchfileError| match error {
        // It names the file already.
        WatchfileError::File { .. } => CommandError::failed(error),
        _ => CommandError::Failed(format!("{name}: {error}")),
    };
    if Watchfile::is_at(Path::new(name)) {
        return Watchfile::open(Path::new(name))
            .map(|file| Source::Compiled(Box::new(file)))
            .map_err(of_name);
    }
    let limits = ReadLimits {
        max_bytes: MAX_WATCHFILE_BYTES,
        ..ReadLimits::default()
    };
    let bytes = Input::open(name, limits)
        .and_then(Input::read_all)
        .map_err(CommandError::failed)?;
    if Watchfile::is_watchfile(&bytes) {
        return Watchfile::decode(bytes)
            .map(|file| Source::Compiled(Box::new(file)))
            .map_err(of_name);
    }
    Ok(Source::Bytes(bytes))
}

/// Several watchlists as one. An unreadable one is an error: a search with half of the list would answer "nothing found" wrongly.
pub fn load(names: &[String], output: &mut Output) -> Result<Watchfile, CommandError> {
    let mut compiler = Compiler::new();
    for name in names {
        match open_or_read(name)? {
            Source::Compiled(file) if names.len() == 1 => return Ok(*file),
            Source::Compiled(file) => {
                compiler.add_watchfile(name, &file);
                file.check()
                    .map_err(|error| CommandError::Failed(format!("{name}: {error}")))?;
            }
            Source::Bytes(bytes) => compiler.add_source(name, &bytes).map_err(CommandError::failed)?,
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
