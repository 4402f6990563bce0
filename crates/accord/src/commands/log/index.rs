//! `accord log index`.

use std::ops::ControlFlow;

use crate::commands::node::{NodeArguments, with_node};
use crate::commands::progress::Meter;
use crate::commands::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `log index`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord log index                everything stored
  accord log index resolver       one source

An import makes these itself, and the events of Windows event logs: this is for files that were stored by an earlier
version or when nothing was listed, and after damage. Files that have no matches are matched against what cases and feeds list
now. Catalogues say in which of many stored files a question need not look; a running node makes them now and then.
Nothing that was imported changes.

Exit codes: 0 every stored file has them, 1 some are damaged.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// Only this source
    name: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Makes them.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let indexed = with_node(&arguments.node, async |node| {
        let mut meter = Meter::start();
        node.on_this_machine()
            .index_logs(arguments.name.as_deref(), &mut |progress| {
                meter.at("read", progress.scanned_bytes, Some(progress.total_bytes));
                ControlFlow::Continue(())
            })
            .await
            .map_err(CommandError::failed)
    })?;
    if arguments.json {
        output.json(&indexed)?;
    } else {
        output.line(format_args!(
            "{} stored files: postings made for {}, columns for {}, matches for {}",
            indexed.segments, indexed.postings, indexed.columns, indexed.matches
        ))?;
        if indexed.catalogued > 0 {
            output.line(format_args!("{} put into catalogues", indexed.catalogued))?;
        }
        if indexed.rendered > 0 {
            output.line(format_args!(
                "{} Windows event logs: their events are stored files of their own now",
                indexed.rendered
            ))?;
        }
        for problem in &indexed.problems {
            let frame = problem.frame.map(|n| format!(", frame {n}")).unwrap_or_default();
            output.line(format_args!(
                "problem: {}{frame}: {}",
                problem.segment, problem.what
            ))?;
        }
    }
    Ok(if indexed.problems.is_empty() {
        Exit::Done
    } else {
        Exit::Nothing
    })
}
