//! `accord log verify`.

use std::ops::ControlFlow;

use crate::commands::node::{NodeArguments, with_node};
use crate::commands::progress::Meter;
use crate::commands::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `log verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord log verify               everything stored
  accord log verify resolver      one source

Exit codes: 0 everything is as it was imported, 1 something is not.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// Only this source
    name: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Verifies.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let report = with_node(&arguments.node, async |node| {
        let mut meter = Meter::start();
        node.on_this_machine()
            .verify_logs(arguments.name.as_deref(), &mut |progress| {
                meter.at("verified", progress.scanned_bytes, Some(progress.total_bytes));
                ControlFlow::Continue(())
            })
            .await
            .map_err(CommandError::failed)
    })?;
    if arguments.json {
        output.json(&report)?;
    } else {
        output.line(format_args!(
            "{} stored files, {} bytes as they were imported",
            report.segments, report.good_bytes
        ))?;
        if report.rendered_again > 0 {
            output.line(format_args!(
                "{} of them rendered again from their Windows event logs, with the same result",
                report.rendered_again
            ))?;
        }
        if report.rendered_by_another > 0 {
            output.line(format_args!(
                "{} of them rendered from Windows event logs by another version, which alone can do it again",
                report.rendered_by_another
            ))?;
        }
        for problem in &report.problems {
            let frame = problem.frame.map(|n| format!(", frame {n}")).unwrap_or_default();
            output.line(format_args!(
                "problem: {}{frame}: {}",
                problem.segment, problem.what
            ))?;
        }
        for problem in &report.keeping.problems {
            output.line(format_args!("problem: {problem}"))?;
        }
        if report.keeping.records > 0 {
            output.line(format_args!(
                "{} records of what was decided, {} destroyed files of which nothing is left",
                report.keeping.records, report.keeping.destroyed
            ))?;
        }
        output.line(if report.is_clean() {
            "clean"
        } else {
            "not clean: restore the files named from a backup"
        })?;
    }
    Ok(if report.is_clean() {
        Exit::Done
    } else {
        Exit::Nothing
    })
}
