//! `accord demo`: five organisations on the loopback, and a case played from the first lead on.

use std::path::PathBuf;

use super::{CommandError, Exit};
use crate::demo::{self, Options};
use crate::output::Output;
use crate::process;

/// The last port that four more come after.
const LAST_FIRST_PORT: i64 = 65_531;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord demo                            play the case, then stay up: addresses and logins are printed
  accord demo --run-only                 play and check every step, twice, and end with 0 or 1
  accord demo --indicators feed.csv --logs dns.log.gz access.log.gz

--run-only plays the case in two worlds that differ only in what the outsider may not know, and compares after every
step what the outsider's node is told on every route, byte by byte.")]
pub struct Arguments {
    /// Where the nodes' folders are made; a temporary folder, removed at the end, where not given
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The first of five ports of the loopback; any free ones where not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=LAST_FIRST_PORT))]
    port: Option<u16>,
    /// Open no browser
    #[arg(long)]
    no_open: bool,
    /// Play it, check each step, print a report, and end
    #[arg(long)]
    run_only: bool,
    /// Look for the indicators of this file (CSV, text, STIX, MISP)
    #[arg(long, value_name = "FILE", requires = "logs")]
    indicators: Option<PathBuf>,
    /// The providers' logs: the first half is the ISP's, the other the hosting provider's
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "indicators")]
    logs: Vec<PathBuf>,
}

/// Plays.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let options = Options {
        dir: arguments.dir.clone(),
        port: arguments.port,
        no_open: arguments.no_open,
        run_only: arguments.run_only,
        indicators: arguments.indicators.clone(),
        logs: arguments.logs.clone(),
    };
    // Refusals are part of the story, and nodes log them.
    process::trace(&std::env::var("RUST_LOG").unwrap_or_else(|_| "off".to_owned()));
    process::runtime()?.block_on(demo::run(&options, output))
}
