//! `accord completions SHELL`.

use super::{CommandError, Exit};
use crate::cli;
use crate::output::Output;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  accord completions bash > ~/.local/share/bash-completion/completions/accord"
)]
pub struct Arguments {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints the script.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut cli::line(), "accord", &mut script);
    output.bytes(&script)?;
    Ok(Exit::Done)
}
