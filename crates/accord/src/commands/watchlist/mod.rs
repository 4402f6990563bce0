//! `accord watchlist`: compile indicator sources, and look into compiled ones.

mod build;
mod diff;
mod info;
mod table;

use super::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `watchlist`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Compile indicator sources into one file
    Build(build::Arguments),
    /// What a watchlist holds, and what was left out, and why
    Info(info::Arguments),
    /// How two watchlists differ
    Diff(diff::Arguments),
}

/// Runs the sub-command.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.command {
        Command::Build(arguments) => build::run(arguments, output),
        Command::Info(arguments) => info::run(arguments, output),
        Command::Diff(arguments) => diff::run(arguments, output),
    }
}
