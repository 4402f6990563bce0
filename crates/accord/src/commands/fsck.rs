//! `accord fsck`: everything of a node verified again, while it is not running.

use accord_service::fsck;

use super::node::NodeArguments;
use super::{CommandError, Exit};
use crate::output::Output;
use crate::process;

/// Arguments of `fsck`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord fsck --config /srv/accord/accord.toml
  accord fsck --json

Exit codes: 0 clean, 1 something is wrong, 2 the folder is no node's or the node is running.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    // The database of a running node must not be read half-way through a change.
    let config = arguments.node.load_stopped()?.to_node();
    let report = process::runtime()?
        .block_on(fsck(&config, process::now_ms()))
        .map_err(CommandError::failed)?;
    if arguments.json {
        output.json(&report)?;
    } else {
        output.line(format_args!(
            "{} ledgers, {} notes, {} packages, {} files, {} drafts, {} log segments, {} proofs of forks",
            report.ledgers,
            report.entries,
            report.packages,
            report.files,
            report.drafts,
            report.segments,
            report.forks
        ))?;
        for problem in &report.problems {
            output.line(format_args!("problem: {problem}"))?;
        }
        output.line(if report.is_clean() {
            "clean"
        } else {
            "not clean: keep a copy of the folder before anything else"
        })?;
    }
    Ok(if report.is_clean() {
        Exit::Done
    } else {
        Exit::Nothing
    })
}
