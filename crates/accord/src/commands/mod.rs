//! One file per command, and what they share: how they end.
//!
//! To add a command: a file with `Arguments` and `run`, a variant in [`Command`], an arm in [`run`]. One that only asks the
//! API of a running node is a row in [`acts`] instead.

pub mod acts;
pub mod agreement;
pub mod case;
pub mod completions;
pub mod config;
pub mod demo;
pub mod edge;
pub mod evidence;
pub mod export;
pub mod extract;
pub mod fsck;
pub mod guest;
pub mod hunt;
pub mod import;
pub mod init;
pub mod key;
pub mod log;
pub mod lookup;
pub mod man;
pub mod node;
pub mod older;
mod progress;
pub mod recall;
mod records;
mod remote;
pub mod scan;
pub mod search;
pub mod serve;
mod session;
pub mod sigma;
pub mod sign_in;
mod sources;
pub mod sql;
pub mod taxii;
pub mod threat;
pub mod watchlist;

use std::io;
use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches};

use crate::cli::{Cli, Command};
use crate::output::Output;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or found: 0.
    Done,
    /// Nothing found, or a verification failed: 1.
    Nothing,
    /// An error, reported already: 2.
    Error,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Nothing => 1,
            Exit::Error => 2,
        })
    }
}

/// Why a command could not go on.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The reader of standard output is gone.
    #[error("standard output was closed")]
    PipeClosed,
    /// Standard output does not take our bytes.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// Anything else, in words.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    /// From writing to standard output.
    pub fn from_output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::PipeClosed
        } else {
            Self::Output(error)
        }
    }

    /// From any error of a library.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs what a command line says.
pub fn run_line(matches: &ArgMatches, output: &mut Output) -> Result<Exit, CommandError> {
    if let Some((act, matches)) = acts::called(matches) {
        return acts::run(act, matches, output);
    }
    let cli = Cli::from_arg_matches(matches).map_err(CommandError::failed)?;
    run(cli.command, output)
}

fn run(command: Command, output: &mut Output) -> Result<Exit, CommandError> {
    match command {
        Command::Scan(arguments) => scan::run(&arguments, output),
        Command::Extract(arguments) => extract::run(&arguments, output),
        Command::Watchlist(arguments) => watchlist::run(&arguments, output),
        Command::Lookup(arguments) => lookup::run(&arguments, output),
        Command::Demo(arguments) => demo::run(&arguments, output),
        Command::Init(arguments) => init::run(&arguments, output),
        Command::Serve(arguments) => serve::run(&arguments, output),
        Command::Edge(arguments) => edge::run(&arguments, output),
        Command::Config(arguments) => config::run(&arguments, output),
        Command::Fsck(arguments) => fsck::run(&arguments, output),
        Command::Log(arguments) => log::run(&arguments, output),
        Command::Hunt(arguments) => hunt::run(&arguments, output),
        Command::Sql(arguments) => sql::run(&arguments, output),
        Command::Sigma(arguments) => sigma::run(&arguments, output),
        Command::Import(arguments) => import::run(&arguments, output),
        Command::Agreement(arguments) => agreement::run(&arguments, output),
        Command::Key(arguments) => key::run(&arguments, output),
        Command::Evidence(arguments) => evidence::run(&arguments, output),
        Command::Case(arguments) => case::run(&arguments, output),
        Command::Recall(arguments) => recall::run(&arguments, output),
        Command::Hold(arguments) => recall::run_hold(&arguments, output),
        Command::SignIn(arguments) => sign_in::run(&arguments, output),
        Command::Search(arguments) => search::run(&arguments, output),
        Command::Export(arguments) => export::run(&arguments, output),
        Command::Taxii(arguments) => taxii::run(&arguments, output),
        Command::Guest(arguments) => guest::run(&arguments, output),
        Command::Threat(arguments) => threat::run(&arguments, output),
        Command::Acts(arguments) => acts::list::run(&arguments, output),
        Command::Completions(arguments) => completions::run(&arguments, output),
        Command::Man(arguments) => man::run(&arguments, output),
    }
}

/// How a batch of inputs ends: one bad input does not end it, and is an error only if there was no good one, or with `--strict`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Batch {
    /// Inputs read to their end.
    pub good: usize,
    /// Inputs that could not be, each reported.
    pub bad: usize,
}

impl Batch {
    /// The end of the batch.
    pub fn exit(self, strict: bool, found: bool) -> Exit {
        if self.bad > 0 && (strict || self.good == 0) {
            Exit::Error
        } else if found {
            Exit::Done
        } else {
            Exit::Nothing
        }
    }

    /// Says how many inputs were bad, if any and if there was more than one input.
    pub fn report(self, output: &mut Output) {
        let all = self.good + self.bad;
        if self.bad > 0 && all > 1 {
            output.warning(format_args!(
                "{} of {all} inputs could not be read to the end",
                self.bad
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_input_does_not_spoil_a_batch() {
        for (good, bad, strict, found, expected) in [
            (1, 0, false, true, Exit::Done),
            (1, 0, true, false, Exit::Nothing),
            (1, 1, false, true, Exit::Done),
            (1, 1, false, false, Exit::Nothing),
            (1, 1, true, true, Exit::Error),
            (0, 1, false, true, Exit::Error),
        ] {
            assert_eq!(Batch { good, bad }.exit(strict, found), expected);
        }
    }
}
