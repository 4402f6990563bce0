//! `accord key certify`: the key that partners seal victims' identities to, named in the certificate of an older node.

use std::path::PathBuf;

use accord_service::keys::{self, Certified};

use crate::commands::node::NodeArguments;
use crate::commands::{CommandError, Exit};
use crate::output::Output;
use crate::process;

/// Arguments of `key certify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord key certify --config /srv/accord/accord.toml --key /media/stick/identity.seed

A node that `accord init` makes now needs this not: its certificate names the key. Stop the node first; when it starts
again it tells its partners. Exit codes: 0 done, 1 the certificate named the key already, 2 an error.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// The file of the organisation's identity key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Certifies.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let config = arguments.node.load_stopped()?.to_node();
    let identity = keys::read_identity(&arguments.key, &config.org).map_err(CommandError::failed)?;
    let certified = keys::certify_custodian(&config.dir, &config.org, &identity, &process::ports());
    match certified.map_err(CommandError::failed)? {
        Certified::New(serial) => {
            output.line(format_args!(
                "certificate {serial} of {} names the key of its custodian",
                config.org
            ))?;
            Ok(Exit::Done)
        }
        Certified::Before => {
            output.line("the certificate names the key of its custodian already")?;
            Ok(Exit::Nothing)
        }
    }
}
