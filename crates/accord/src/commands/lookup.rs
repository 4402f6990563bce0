//! `accord lookup`: verdicts on single values.

use accord_scan::blocks::Blocks;
use accord_scan::input::STDIN_NAME;
use accord_scan::{Input, ReadLimits, Watchfile};
use serde::Serialize;

use super::sources::Watchlists;
use super::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `lookup`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord lookup -w w.awl www.evil.example 192.0.2.10 198.51.100.7:8443
  accord lookup -w w.awl - < values.txt

Prints one JSON object for each value, in order. Exit codes: 0 if any is listed, 1 if none is, 2 error.")]
pub struct Arguments {
    #[command(flatten)]
    watchlists: Watchlists,
    /// Also report an address whose indicator has a port
    #[arg(long)]
    weak: bool,
    /// Domains, addresses, address:port, URLs, e-mail addresses, hashes; `-` reads one a line
    #[arg(value_name = "VALUE", required = true)]
    values: Vec<String>,
}

#[derive(Serialize)]
struct Verdict<'a> {
    query: &'a str,
    listed: bool,
    matches: Vec<Match<'a>>,
}

#[derive(Serialize)]
struct Match<'a> {
    kind: &'a str,
    value: String,
    indicator: &'a str,
    r#match: &'a str,
    labels: Vec<&'a str>,
    provenance: Vec<&'a str>,
}

/// Looks up.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let watchfile = arguments.watchlists.load(output)?;
    let mut found = false;
    for value in &arguments.values {
        if value == STDIN_NAME {
            found |= look_up_lines(&watchfile, arguments.weak, output)?;
        } else {
            found |= look_up(&watchfile, value, arguments.weak, output)?;
        }
    }
    Ok(if found { Exit::Done } else { Exit::Nothing })
}

fn look_up_lines(watchfile: &Watchfile, weak: bool, output: &mut Output) -> Result<bool, CommandError> {
    let input = Input::open(STDIN_NAME, ReadLimits::default()).map_err(CommandError::failed)?;
    let mut blocks = Blocks::new(input);
    let mut found = false;
    while let Some(block) = blocks.next_block().map_err(CommandError::failed)? {
        for line in block.bytes.split(|&byte| byte == b'\n') {
            let value = String::from_utf8_lossy(line);
            if !value.trim().is_empty() {
                found |= look_up(watchfile, value.trim(), weak, output)?;
            }
        }
    }
    Ok(found)
}

fn look_up(
    watchfile: &Watchfile,
    query: &str,
    weak: bool,
    output: &mut Output,
) -> Result<bool, CommandError> {
    let matches: Vec<Match<'_>> = watchfile
        .watchlist()
        .lookup(query, weak)
        .into_iter()
        .map(|hit| Match {
            kind: hit.kind.as_str(),
            indicator: watchfile.watchlist().pattern(hit.indicator).unwrap_or_default(),
            r#match: hit.how.as_str(),
            labels: watchfile.labels(hit.indicator),
            provenance: watchfile.provenance(hit.indicator),
            value: hit.value,
        })
        .collect();
    watchfile.check().map_err(CommandError::failed)?;
    let listed = !matches.is_empty();
    output.json(&Verdict {
        query,
        listed,
        matches,
    })?;
    Ok(listed)
}
