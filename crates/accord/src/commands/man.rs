//! `accord man DIR`.

use std::path::PathBuf;

use super::{CommandError, Exit};
use crate::cli;
use crate::output::Output;

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The directory for the pages; it must exist
    directory: PathBuf,
}

/// Writes one page for each command.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    clap_mangen::generate_to(cli::line(), &arguments.directory)
        .map_err(|error| CommandError::Failed(format!("{}: {error}", arguments.directory.display())))?;
    output.note(format_args!(
        "wrote the manual pages to {}",
        arguments.directory.display()
    ));
    Ok(Exit::Done)
}
