//! The command line as types. Each command's own arguments stand in its file under `commands`.

use clap::{Parser, Subcommand};

use crate::commands::{
    agreement, completions, config, demo, evidence, extract, fsck, hunt, import, init, log, lookup, man,
    scan, serve, watchlist,
};

/// Work cybercrime cases as one team, from the first lead to the court's outcome.
#[derive(Debug, Parser)]
#[command(
    name = "accord",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(after_help = "Exit codes: 0 done or found, 1 nothing found or verification failed, 2 error.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find watchlist indicators in logs
    Scan(scan::Arguments),
    /// List the observables in any text
    Extract(extract::Arguments),
    /// Compile indicator sources; look into compiled ones
    Watchlist(watchlist::Arguments),
    /// Look values up in watchlists
    Lookup(lookup::Arguments),
    /// Play a case between five organisations on the loopback
    Demo(demo::Arguments),
    /// Make a node: its keys, configuration, database and first two accounts
    Init(init::Arguments),
    /// Run a node
    Serve(serve::Arguments),
    /// Check or show a node's configuration
    Config(config::Arguments),
    /// Verify everything a node holds, while it is not running
    Fsck(fsck::Arguments),
    /// Add log sources and import, list and verify logs, while the node is not running
    Log(log::Arguments),
    /// Find indicators in the node's own logs, while it is not running
    Hunt(hunt::Arguments),
    /// Bring reports, messages and lists into a case, over the node's API
    Import(import::Arguments),
    /// Start, check, explain, compare and sign agreements, offline
    Agreement(agreement::Arguments),
    /// Verify and show evidence packages, offline
    Evidence(evidence::Arguments),
    /// Print a completion script for a shell
    #[command(hide = true)]
    Completions(completions::Arguments),
    /// Write the manual pages
    #[command(hide = true)]
    Man(man::Arguments),
}
