//! `accord serve`: runs a node.

use std::net::SocketAddr;
use std::sync::Arc;

use accord_service::Node;
use accord_store::Faults;
use accord_verdict::{DnsServer, DnsServerConfig};
use tokio::net::TcpListener;

use super::node::NodeArguments;
use super::{CommandError, Exit};
use crate::config::Config;
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
Ends on Ctrl-C or SIGTERM, after the requests under way are answered and what was collected is safe on the disk.")]
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
        let notices = config.to_notices().map_err(CommandError::failed)?;
        node.use_notices(notices).map_err(CommandError::failed)?;
        let worker = super::sql::worker().map_err(CommandError::failed)?;
        node.use_sql(worker).map_err(CommandError::failed)?;
        let dns = dns(&config, &node).map_err(CommandError::failed)?;
        if let Some(dns) = &dns {
            output.note(format_args!("verdicts over DNS at {}", dns.address()));
        }
        node.start_collecting(config.logs.clone())
            .await
            .map_err(CommandError::failed)?;
        let metrics = metrics(&config, &node, output).await?;
        let end = process::asked_to_end()?;
        let address = listener.local_addr().map_err(CommandError::failed)?;
        output.note(format_args!(
            "{} listens on {address} and is reached at {}",
            config.node.org, config.node.url
        ));
        let served = serve(node, listener, end).await;
        if let Some(metrics) = metrics {
            metrics.abort();
        }
        if let Some(dns) = dns {
            tokio::task::block_in_place(|| dns.stop());
        }
        served
    })?;
    Ok(Exit::Done)
}

/// Serves the metrics, where they are asked for.
async fn metrics(
    config: &Config,
    node: &Arc<Node>,
    output: &mut Output,
) -> Result<Option<tokio::task::JoinHandle<std::io::Result<()>>>, CommandError> {
    let Ok(Some(listen)) = config.metrics_listen() else {
        return Ok(None);
    };
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| CommandError::Failed(format!("metrics at {listen}: {error}")))?;
    let address = listener.local_addr().map_err(CommandError::failed)?;
    output.note(format_args!("metrics at http://{address}/metrics"));
    let serving = accord_server::serve_metrics(Arc::clone(node), listener, std::future::pending());
    Ok(Some(tokio::spawn(serving)))
}

/// Starts the DNS service, where one is asked for.
fn dns(config: &Config, node: &Node) -> std::io::Result<Option<DnsServer>> {
    let Ok(Some(listen)) = config.dns_listen() else {
        return Ok(None);
    };
    let server = DnsServerConfig {
        listen,
        udp_threads: config.verdicts.dns_threads,
        ..DnsServerConfig::default()
    };
    let started = DnsServer::start(&node.verdicts, &server);
    let named =
        |error: std::io::Error| std::io::Error::new(error.kind(), format!("DNS at {listen}: {error}"));
    started.map(Some).map_err(named)
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
