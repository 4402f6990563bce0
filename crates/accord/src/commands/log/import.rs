//! `accord log import`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use accord_service::{Destroyed, Imported, Node};
use serde::Serialize;

use super::span;
use crate::commands::node::{NodeArguments, with_node};
use crate::commands::progress::Metered;
use crate::commands::{Batch, CommandError, Exit};
use crate::output::{Output, visible};

/// What a file from standard input is called in the manifest.
const STDIN_NAME: &str = "standard input";

/// Arguments of `log import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord log import --source resolver dns.log.gz dns.1.log.gz
  zcat archive.gz | accord log import --source resolver --name archive -

Files may be plain, gzip, zstd or bzip2, told by content. A file that the source has already is named and passed over.
One that was destroyed in it is refused, with who destroyed it and when; with --again it is taken.
Exit codes: 0 imported or known, 2 nothing could be.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// The source that the files are of
    #[arg(long, value_name = "NAME")]
    source: String,
    /// What standard input is called in the manifest
    #[arg(long, value_name = "WORDS", default_value = STDIN_NAME)]
    name: String,
    /// Take a log again that was destroyed in this source, as a new stored file
    #[arg(long)]
    again: bool,
    /// End with 2 if any file could not be imported
    #[arg(long)]
    strict: bool,
    /// Print one JSON object a file
    #[arg(long)]
    json: bool,
    /// Log files; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    outcome: &'static str,
    segment: &'a str,
    lines: u64,
    parsed: u64,
    bytes: u64,
    sha256: &'a str,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    /// Where the events of a Windows event log are.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a str>,
}

/// Imports, one file after the other.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    with_node(&arguments.node, async |node| {
        // A wrong name is wrong for every file.
        node.on_this_machine()
            .source(&arguments.source)
            .map_err(CommandError::failed)?;
        let mut batch = Batch::default();
        for file in &arguments.files {
            match import(&node, arguments, file).await {
                Ok(imported) => {
                    batch.good += 1;
                    print(file, &imported, arguments.json, output)?;
                    output.flush()?;
                }
                Err(error) => {
                    batch.bad += 1;
                    output.warning(error);
                }
            }
        }
        batch.report(output);
        Ok(batch.exit(arguments.strict, true))
    })
}

async fn import(node: &Node, arguments: &Arguments, file: &str) -> Result<Imported, CommandError> {
    let (name, reader, size): (String, Box<dyn Read + Send>, Option<u64>) = if file == "-" {
        (arguments.name.clone(), Box::new(io::stdin()), None)
    } else {
        let failed = |error: io::Error| CommandError::Failed(format!("{file}: {error}"));
        let opened = File::open(file).map_err(failed)?;
        let about = opened.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(CommandError::Failed(format!("{file}: a folder, not a file")));
        }
        let name = Path::new(file)
            .file_name()
            .map_or_else(|| file.to_owned(), |name| name.to_string_lossy().into_owned());
        (name, Box::new(opened), about.is_file().then_some(about.len()))
    };
    let destroyed = match arguments.again {
        true => Destroyed::TakenAgain,
        false => Destroyed::Refused,
    };
    node.on_this_machine()
        .import_log(
            &arguments.source,
            &name,
            Metered::new(reader, &name, size),
            destroyed,
        )
        .await
        .map_err(CommandError::failed)
}

fn print(file: &str, imported: &Imported, json: bool, output: &mut Output) -> Result<(), CommandError> {
    let segment = &imported.segment;
    let outcome = if imported.held_already {
        "known"
    } else {
        "imported"
    };
    if json {
        return output.json(&Line {
            file,
            outcome,
            segment: &segment.id,
            lines: segment.lines,
            parsed: segment.parsed,
            bytes: segment.bytes,
            sha256: &segment.sha256,
            first_ms: segment.span.map(|(first, _)| first),
            last_ms: segment.span.map(|(_, last)| last),
            events: imported.events.as_ref().map(|events| events.id.as_str()),
        });
    }
    let words = if imported.held_already {
        format!(
            "there already: imported {} as {}",
            super::instant(segment.imported_ms),
            visible(&segment.original_name)
        )
    } else {
        format!(
            "{} lines, {} bytes, {}, SHA-256 {}",
            segment.lines,
            segment.bytes,
            span(segment.span),
            segment.sha256
        )
    };
    output.line(format_args!(
        "{outcome:<8} {} -> {}: {words}",
        visible(file),
        segment.id
    ))?;
    if let Some(events) = &imported.events {
        output.line(format_args!(
            "         {}: {} events, {}",
            events.id,
            events.lines,
            span(events.span)
        ))?;
    }
    Ok(())
}
