//! `accord config`: the configuration checked, or an example of it.

use super::node::NodeArguments;
use super::{CommandError, Exit};
use crate::output::Output;

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Say what is wrong with a configuration and where
    #[command(after_help = "\
Examples:
  accord config check
  accord config check --config /srv/accord/accord.toml
  ACCORD_SERVER__LISTEN=127.0.0.1:9000 accord config check

Exit codes: 0 good, 2 not.")]
    Check {
        #[command(flatten)]
        node: NodeArguments,
    },
    /// Print a configuration with every key, the environment's overrides applied
    #[command(after_help = "\
Example:
  accord config show > accord.toml.new")]
    Show {
        #[command(flatten)]
        node: NodeArguments,
    },
}

/// Checks or shows.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.what {
        What::Check { node } => {
            let config = node.load()?;
            output.line(format_args!(
                "{}: good, the node of {} in {}",
                node.config.display(),
                config.node.org,
                config.node.dir.display()
            ))?;
        }
        What::Show { node } => {
            output.bytes(node.load()?.render().map_err(CommandError::failed)?.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}
