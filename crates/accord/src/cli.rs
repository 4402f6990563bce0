//! The command line as types. Each command's own arguments stand in its file under `commands`; what only asks a running
//! node is added from the table in `commands::acts`.

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands::{
    acts, agreement, case, completions, config, demo, edge, evidence, export, extract, fsck, guest, hunt,
    import, init, key, log, lookup, man, recall, scan, search, serve, sigma, sign_in, sql, taxii, threat,
    watchlist,
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
    /// Run an edge: a cache of a node's verdicts near its customers
    Edge(edge::Arguments),
    /// Check or show a node's configuration
    Config(config::Arguments),
    /// Verify everything a node holds, while it is not running
    Fsck(fsck::Arguments),
    /// Add log sources and import, list and verify logs, while the node is not running
    Log(log::Arguments),
    /// Find indicators in the node's own logs, while it is not running
    Hunt(hunt::Arguments),
    /// Ask the columns of the node's logs, read only, whether it is running or not
    Sql(sql::Arguments),
    /// Run Sigma rules over the node's own logs, while it is not running
    Sigma(sigma::Arguments),
    /// Bring reports, messages and lists into a case, over the node's API
    Import(import::Arguments),
    /// Start, check, explain, compare and sign agreements, offline
    Agreement(agreement::Arguments),
    /// Certify and revoke keys of a node with the identity key
    Key(key::Arguments),
    /// Verify and show evidence packages, offline
    Evidence(evidence::Arguments),
    /// See and change who works on a case: the pen, secondments, members
    Case(case::Arguments),
    /// Call back what was shared, and answer recalls
    Recall(recall::Arguments),
    /// Place and lift holds, and see what will be destroyed when
    Hold(recall::HoldArguments),
    /// Sign in at a running node, for the commands that ask it
    SignIn(sign_in::Arguments),
    /// Ask a running node: do we know this?
    Search(search::Arguments),
    /// Take intelligence along from a running node, for other programs
    Export(export::Arguments),
    /// Read from and add to somebody's TAXII 2.1 server
    Taxii(taxii::Arguments),
    /// Ask organisations without a node, by a link
    Guest(guest::Arguments),
    /// Watch threats and refer leads, at a running node
    Threat(threat::Arguments),
    /// List the commands that ask a running node, with the API's paths
    Acts(acts::list::Arguments),
    /// Print a completion script for a shell
    #[command(hide = true)]
    Completions(completions::Arguments),
    /// Write the manual pages
    #[command(hide = true)]
    Man(man::Arguments),
}

/// The whole command line.
pub fn line() -> clap::Command {
    acts::line::added(Cli::command())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_holds_together() {
        super::line().debug_assert();
    }
}
