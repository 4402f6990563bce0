//! `accord edge`: runs a verdict cache near the customers.

use std::net::SocketAddr;
use std::path::PathBuf;

use accord_edge::{Edge, EdgeConfig};
use accord_verdict::{Clock, DnsConfig, DnsServer, DnsServerConfig, EdgeId, ZoneName};
use tokio::net::TcpListener;

use super::remote::secret;
use super::{CommandError, Exit};
use crate::output::Output;
use crate::process;

/// Arguments of `edge`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord edge --node https://accord.isp.example --token-file edge.token --name fra --dir /srv/edge
  accord edge --node https://accord.isp.example --token-file edge.token --name fra --dir /srv/edge \\
    --dns-listen 192.0.2.53:53 --zone bl.isp.example --client 192.0.2.0/24

The token is the one of the audience's edges, which its opening told (`accord protect audience open --edge`). Customers
ask with the audience's own token, as at the node. An edge knows what is detected in silence: keep it as the node is kept.
It goes on answering when the node is away, and /verdict/v1/status says how old it is.
Ends on Ctrl-C or SIGTERM, after the requests under way are answered and what was seen is on its disk.")]
pub struct Arguments {
    /// The node that it follows: https://HOST[:PORT], or http:// on the loopback
    #[arg(long, value_name = "URL", env = "ACCORD_NODE")]
    node: String,
    /// A file with the token of the audience's edges
    #[arg(long, value_name = "FILE", env = "ACCORD_EDGE_TOKEN_FILE")]
    token_file: PathBuf,
    /// What the node's people see it as: a-z, 0-9 and -
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Its folder: verdicts for a start without the node, and sightings that wait
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Where it answers over HTTP; TLS is the business of a reverse proxy in front
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7444")]
    listen: SocketAddr,
    /// Where it answers over DNS, UDP and TCP
    #[arg(long, value_name = "ADDRESS:PORT", requires = "zone")]
    dns_listen: Option<SocketAddr>,
    /// Answer lookups over DNS under this name
    #[arg(long, value_name = "ZONE", requires = "dns_listen")]
    zone: Option<String>,
    /// A network whose DNS queries are answered; once for each
    #[arg(long = "client", value_name = "NETWORK", requires = "zone")]
    clients: Vec<ipnet::IpNet>,
    /// Threads that answer over UDP
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    dns_threads: u8,
    /// What to write to standard error: error, warn, info, debug, trace, or by module
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
}

/// Runs the edge until it is asked to end.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    process::trace(&arguments.log);
    let zone = arguments.zone.as_deref().map(ZoneName::parse).transpose();
    let zone = zone.map_err(|error| CommandError::Failed(format!("--zone: {error}")))?;
    let token = secret(&arguments.token_file)?;
    process::runtime()?.block_on(async {
        let listener = TcpListener::bind(arguments.listen)
            .await
            .map_err(|error| CommandError::Failed(format!("{}: {error}", arguments.listen)))?;
        let config = EdgeConfig {
            dir: arguments.dir.clone(),
            source: arguments.node.clone(),
            token,
            name: arguments.name.clone(),
            dns: zone.map(|zone| DnsConfig {
                dnsbl: Some(zone),
                rpz: None,
                clients: arguments.clients.clone(),
            }),
        };
        let fresh = EdgeId(process::ports().random());
        let edge = Edge::open(config, Clock::new(process::now_ms), fresh).map_err(CommandError::failed)?;
        let dns = match arguments.dns_listen {
            Some(listen) => Some(dns(arguments, listen, &edge).map_err(CommandError::failed)?),
            None => None,
        };
        if let Some(dns) = &dns {
            output.note(format_args!("verdicts over DNS at {}", dns.address()));
        }
        let end = process::asked_to_end()?;
        let address = listener.local_addr().map_err(CommandError::failed)?;
        output.note(format_args!(
            "edge {} follows {} and listens on {address}",
            arguments.name, arguments.node
        ));
        if edge.is_serving() {
            output.note("it begins with the verdicts that it has");
        }
        let served = serve(&edge, listener, end).await;
        if let Some(dns) = dns {
            tokio::task::block_in_place(|| dns.stop());
        }
        // Nothing more is looked up: what was counted goes to the disk.
        let kept = edge.keep_seen();
        served.and(kept).map_err(CommandError::failed)
    })?;
    Ok(Exit::Done)
}

fn dns(arguments: &Arguments, listen: SocketAddr, edge: &Edge) -> std::io::Result<DnsServer> {
    let server = DnsServerConfig {
        listen,
        udp_threads: usize::from(arguments.dns_threads),
        ..DnsServerConfig::default()
    };
    let named =
        |error: std::io::Error| std::io::Error::new(error.kind(), format!("DNS at {listen}: {error}"));
    DnsServer::start(edge.snapshots(), &server).map_err(named)
}

async fn serve(
    edge: &Edge,
    listener: TcpListener,
    end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let following = tokio::spawn({
        let edge = edge.clone();
        async move { edge.run_following().await }
    });
    let giving = tokio::spawn({
        let edge = edge.clone();
        async move { edge.run_giving().await }
    });
    let served = accord_verdict::serve(edge.snapshots().clone(), listener, end).await;
    following.abort();
    giving.abort();
    served
}
