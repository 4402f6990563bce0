//! Syslog receivers: UDP, TCP, TLS.
//!
//! A sender is an address. What it sends goes, byte for byte, into its own spool file and segment; over UDP anybody can
//! claim an address, so `senders` names networks in which nobody can. Nothing is dropped without being counted.

mod escape;
mod framing;
mod senders;
mod tcp;
mod tls;
mod udp;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::{Error, Result};
use crate::intake::Intake;
use crate::settings::SyslogSettings;
use crate::spool::{Log, Sender};
use crate::status::{Count, Status};
use crate::stop::Clock;
pub use escape::unescape;
use senders::Senders;

/// The wait after an error that may last.
const PAUSE: Duration = Duration::from_millis(100);

/// What all that listens of one collector shares.
#[derive(Clone)]
pub(crate) struct Receiver {
    settings: Arc<SyslogSettings>,
    senders: Senders,
    intake: Intake,
    status: Status,
    clock: Clock,
}

impl Receiver {
    fn error(&self, words: &str) {
        self.status.error((self.clock)(), words.to_owned());
    }

    /// The line of a message; nothing where it is empty, which is counted.
    fn log(&self, transport: &str, address: IpAddr, message: Vec<u8>) -> Option<Log> {
        let Some((bytes, escaped)) = escape::line_of(message) else {
            self.status.count(Count::Empty, 1);
            return None;
        };
        let sender = Sender {
            transport: transport.to_owned(),
            sender: address.to_string(),
        };
        Some(Log {
            sender,
            bytes,
            escaped,
            key: None,
        })
    }
}

fn socket_error(what: &'static str, address: SocketAddr) -> impl FnOnce(std::io::Error) -> Error {
    move |error| Error::Socket {
        what,
        address: address.to_string(),
        error,
    }
}

/// Listens where the settings say.
pub(crate) async fn start(
    settings: SyslogSettings,
    intake: Intake,
    status: Status,
    clock: Clock,
    stopped: &watch::Receiver<bool>,
    tasks: &mut JoinSet<()>,
) -> Result<()> {
    let receiver = Receiver {
        senders: Senders::new(&settings),
        settings: Arc::new(settings),
        intake,
        status,
        clock,
    };
    let settings = Arc::clone(&receiver.settings);
    let listening = |what: &'static str, address: std::io::Result<SocketAddr>| {
        if let Ok(address) = address {
            receiver.status.lock().listening.push((what, address));
        }
    };
    if let Some(address) = settings.udp {
        let socket = udp::bind(address, settings.receive_buffer_bytes)
            .map_err(socket_error("listen for UDP on", address))?;
        listening("udp", socket.local_addr());
        tasks.spawn(udp::run(socket, receiver.clone(), stopped.clone()));
    }
    if let Some(address) = settings.tcp {
        let listener = TcpListener::bind(address)
            .await
            .map_err(socket_error("listen on", address))?;
        listening("tcp", listener.local_addr());
        tasks.spawn(tcp::run(listener, None, receiver.clone(), stopped.clone()));
    }
    if let Some(tls) = &settings.tls {
        let config = tls::server(&settings.name, tls)?;
        let listener = TcpListener::bind(tls.listen)
            .await
            .map_err(socket_error("listen on", tls.listen))?;
        listening("tls", listener.local_addr());
        tasks.spawn(tcp::run(
            listener,
            Some(config),
            receiver.clone(),
            stopped.clone(),
        ));
    }
    Ok(())
}
