//! `accord export`: a file of intelligence, made by a running node for a person.

use std::path::PathBuf;

use accord_formats::export::Format;
use serde_json::Value;

use super::remote::{Remote, RemoteArguments, write};
use super::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord export stix --case 0f3a... -o heather.json
  accord export rpz --label simda --kind domain -o block.zone
  accord export csv --since 2026-11-01T00:00:00Z --marking TLP:GREEN

Formats: stix, misp, csv, rpz, hosts, suricata, zeek, list. For use inside it counts as reading every note in it. With
--for, the file has what was released to that organisation. What a format does not carry is told. `accord sign-in`
makes the session. Exit codes: 0 done, 1 nothing to write, 2 error.")]
pub struct Arguments {
    #[command(flatten)]
    remote: RemoteArguments,
    /// The format
    #[arg(value_name = "FORMAT")]
    format: Format,
    /// Of this case only
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// Only these kinds of values (domain, ipv4, url, sha256 ...); may be repeated
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<String>,
    /// Only indicators with this label; may be repeated
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// Nothing marked more strictly than this
    #[arg(long, value_name = "TLP")]
    marking: Option<String>,
    /// What is new or was withdrawn since this instant, RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<jiff::Timestamp>,
    /// For this organisation: what was released to it
    #[arg(long = "for", value_name = "ORG")]
    recipient: Option<String>,
    /// Write here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Exports.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let mut query = vec![("format", arguments.format.as_str().to_owned())];
    query.extend(arguments.kinds.iter().map(|kind| ("kind", kind.clone())));
    query.extend(arguments.labels.iter().map(|label| ("label", label.clone())));
    query.extend(
        arguments
            .marking
            .iter()
            .map(|marking| ("marking", marking.clone())),
    );
    query.extend(arguments.recipient.iter().map(|org| ("for", org.clone())));
    query.extend(
        arguments
            .since
            .iter()
            .map(|at| ("since_ms", at.as_millisecond().to_string())),
    );
    let path = match &arguments.case {
        Some(case) if case.bytes().all(|b| b.is_ascii_hexdigit()) => format!("/cases/{case}/export"),
        Some(_) => {
            return Err(CommandError::Failed(
                "a case is named by its id, 32 hexadecimal digits".to_owned(),
            ));
        }
        None => "/export".to_owned(),
    };
    let taken = Remote::of(&arguments.remote)?.file(&path, &query)?;
    write(arguments.output.as_deref(), &taken.bytes, false, output)?;
    let count = taken.told.get("indicators").and_then(Value::as_u64).unwrap_or(0);
    let marking = taken
        .told
        .get("marking")
        .and_then(Value::as_str)
        .unwrap_or("nothing marked");
    output.note(format_args!("{count} indicators, at most {marking}"));
    let told = taken.told.get("told").and_then(Value::as_array);
    for pair in told.into_iter().flatten() {
        if let (Some(words), Some(count)) = (pair.get(0).and_then(Value::as_str), pair.get(1)) {
            output.note(format_args!("{count}: {words}"));
        }
    }
    Ok(if count == 0 { Exit::Nothing } else { Exit::Done })
}
