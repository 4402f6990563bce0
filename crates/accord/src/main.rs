//! The binary: command line, configuration, wiring, signals.
//!
//! `cli` is the command line as types, `commands` has one file per command, `output` is the only place that prints.
//! A command takes its arguments and an [`output::Output`] and answers with an [`commands::Exit`]; it never exits the process.

mod cli;
mod commands;
mod config;
mod demo;
mod output;
mod process;

use std::process::ExitCode;

use output::Output;

fn main() -> ExitCode {
    process::begin_with_few_arenas();
    let matches = cli::line().get_matches();
    let mut output = Output::of_process();
    let result = commands::run_line(&matches, &mut output).and_then(|exit| {
        output.flush()?;
        Ok(exit)
    });
    match result {
        Ok(exit) => exit.into(),
        // The reader of our output has seen enough.
        Err(commands::CommandError::PipeClosed) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            commands::Exit::Error.into()
        }
    }
}
