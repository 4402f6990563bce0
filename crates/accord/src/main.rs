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

use clap::Parser;

use output::Output;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let mut output = Output::of_process();
    let result = commands::run(cli.command, &mut output).and_then(|exit| {
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
