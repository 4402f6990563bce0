//! `accord watchlist build`.

use std::path::PathBuf;

use accord_scan::{CompileError, Compiler};

use super::table;
use crate::commands::sources::{self, Source, read_source};
use crate::commands::{Batch, CommandError, Exit};
use crate::output::Output;

/// Arguments of `watchlist build`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord watchlist build -o w.awl maltrail.csv.gz
  accord watchlist build -o w.awl feed.csv bundle.json event.json zone.rpz --allow alexa.json --allow own.txt

Sources, told by content and compressed or not: text lists, CSV with a header, STIX 2.1 bundles, MISP events, Zeek intel files, hosts
files, RPZ zones. Allow lists: the same, and MISP warninglists. Another watchlist file is a source too.")]
pub struct Arguments {
    /// The watchlist file to write
    #[arg(short, long, value_name = "F.awl")]
    output: PathBuf,
    /// Values that must never be reported; may be repeated
    #[arg(long, value_name = "LIST")]
    allow: Vec<String>,
    /// A label for every indicator; may be repeated
    #[arg(long)]
    label: Vec<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// End with 2 if any source could not be read
    #[arg(long)]
    strict: bool,
    /// Indicator sources; `-` is standard input
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<String>,
}

/// Builds.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let mut compiler = Compiler::beside(&arguments.output);
    for label in &arguments.label {
        compiler.label_all(label);
    }
    let mut batch = Batch::default();
    for name in &arguments.sources {
        match add_source(&mut compiler, name) {
            Ok(()) => batch.good += 1,
            Err(error) => {
                batch.bad += 1;
                output.warning(error);
            }
        }
    }
    if batch.good == 0 {
        return Ok(Exit::Error);
    }
    // An allow list that is not applied would let through what somebody took care to keep out.
    for name in &arguments.allow {
        let bytes = read_source(name).map_err(CommandError::failed)?;
        compiler
            .add_allow_list(name, &bytes)
            .map_err(CommandError::failed)?;
    }
    let watchfile = compiler
        .finish_to(&arguments.output)
        .map_err(|error| match error {
            CompileError::Folder { reason } => {
                let path = arguments.output.display();
                CommandError::Failed(format!("{path}: cannot be written: {reason}"))
            }
            other => CommandError::failed(other),
        })?;
    if arguments.json {
        output.json(watchfile.summary())?;
    } else {
        table::print_summary(watchfile.summary(), output)?;
    }
    batch.report(output);
    Ok(batch.exit(arguments.strict, watchfile.summary().kept_total() > 0))
}

fn add_source(compiler: &mut Compiler, name: &str) -> Result<(), CommandError> {
    match sources::open_or_read(name)? {
        Source::Compiled(file) => {
            compiler.add_watchfile(name, &file);
            file.check()
                .map_err(|error| CommandError::Failed(format!("{name}: {error}")))
        }
        Source::Bytes(bytes) => compiler.add_source(name, &bytes).map_err(CommandError::failed),
    }
}
