//! `accord serve`: runs a node.

use std::net::SocketAddr;
use std::sync::Arc;

use accord_service::Node;
use accord_store::Faults;
use tokio::net::TcpListener;

use super::node::NodeArguments;
use super::{CommandError, Exit};
use crate::output::Output;
use crate::process;

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord serve                              the node of ./accord.toml
  accord serve --config /srv/accord/accord.toml
  ACCORD_SERVER__LISTEN=127.0.0.1:9000 accord serve
  accord serve --listen 127.0.0.1:9000 --log debug

The command line overrides the environment, and the environment the file.
Ends on Ctrl-C or SIGTERM, after the requests under way are answered.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// Where to listen, in place of server.listen
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// What to write to standard error, in place of log.filter: error, warn, info, debug, trace, or by module
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
}

/// Runs the node until it is asked to end.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let mut config = arguments.node.load()?;
    if let Some(listen) = arguments.listen {
        config.server.listen = listen;
    }
    if let Some(filter) = &arguments.log {
        config.log.filter.clone_from(filter);
        config.check("the command line").map_err(CommandError::failed)?;
    }
    process::trace(&config.log.filter);
    process::runtime()?.block_on(async {
        let listener = TcpListener::bind(config.server.listen)
            .await
            .map_err(|error| CommandError::Failed(format!("{}: {error}", config.server.listen)))?;
        let node = Node::open(config.to_node(), process::ports(), Faults::none())
            .await
            .map_err(CommandError::failed)?;
        let end = process::asked_to_end()?;
        let address = listener.local_addr().map_err(CommandError::failed)?;
        output.note(format_args!(
            "{} listens on {address} and is reached at {}",
            config.node.org, config.node.url
        ));
        serve(node, listener, end).await
    })?;
    Ok(Exit::Done)
}

/// Serves a node on a listener until `end`, answers what is under way, and closes the node.
pub async fn serve(
    node: Arc<Node>,
    listener: TcpListener,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), CommandError> {
    let served = accord_server::serve(node.clone(), listener, end).await;
    node.close().await;
    served.map_err(CommandError::failed)
}
