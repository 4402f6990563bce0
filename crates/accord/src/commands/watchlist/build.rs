//! `accord watchlist build`.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use accord_scan::{Compiler, Watchfile};

use super::table;
use crate::commands::sources::read_source;
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
    let mut compiler = Compiler::new();
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
    let watchfile = compiler.finish().map_err(CommandError::failed)?;
    write_whole(&arguments.output, &watchfile.encode())?;
    if arguments.json {
        output.json(watchfile.summary())?;
    } else {
        table::print_summary(watchfile.summary(), output)?;
    }
    batch.report(output);
    Ok(batch.exit(arguments.strict, watchfile.summary().kept_total() > 0))
}

fn add_source(compiler: &mut Compiler, name: &str) -> Result<(), CommandError> {
    let bytes = read_source(name).map_err(CommandError::failed)?;
    if Watchfile::is_watchfile(&bytes) {
        let file =
            Watchfile::decode(&bytes).map_err(|error| CommandError::Failed(format!("{name}: {error}")))?;
        compiler.add_watchfile(name, &file);
        return Ok(());
    }
    compiler.add_source(name, &bytes).map_err(CommandError::failed)
}

/// Writes a file so that a reader, or a crash, meets the old one or the new one, never a part.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| {
        CommandError::Failed(format!("{}: cannot be written: {error}", path.display()))
    };
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&partial);
        failed(error)
    })
}
