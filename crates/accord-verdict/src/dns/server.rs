//! Threads and sockets of the DNS side.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::rate::Rate;
use super::responder::{RateTables, Responder};
use super::{tcp, udp};
use crate::snapshots::Snapshots;

/// Times that a port is tried for UDP and TCP together, where any port will do.
const PORT_TRIES: usize = 16;
/// Receive buffer of each UDP socket: what comes in while a thread is busy.
const RECEIVE_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// Limits on answers to one network of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Answers from zones.
    pub answers: Rate,
    /// Refusals and errors: what anybody can provoke.
    pub refusals: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        let per_second = |count| NonZeroU32::new(count).map_or(Rate::Unlimited, Rate::PerSecond);
        Rates {
            answers: per_second(50_000),
            refusals: per_second(20),
        }
    }
}

/// How DNS is served.
#[derive(Debug, Clone)]
pub struct DnsServerConfig {
    /// Where, UDP and TCP. An address of this machine, not a wildcard, where it has several: an answer leaves from the
    /// address that the system chooses.
    pub listen: SocketAddr,
    /// Threads for UDP, each with its own socket on the one port.
    pub udp_threads: usize,
    /// Rates.
    pub rates: Rates,
}

impl Default for DnsServerConfig {
    fn default() -> Self {
        DnsServerConfig {
            listen: (Ipv4Addr::LOCALHOST, 53).into(),
            udp_threads: std::thread::available_parallelism().map_or(1, usize::from),
            rates: Rates::default(),
        }
    }
}

/// A running server. Stops when dropped; [`DnsServer::stop`] waits for its threads.
#[derive(Debug)]
pub struct DnsServer {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    stop_tcp: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl DnsServer {
    /// Starts UDP threads, and TCP on the runtime that this is called on.
    ///
    /// # Errors
    /// The address cannot be bound, or a thread cannot be started.
    pub fn start(snapshots: &Snapshots, config: &DnsServerConfig) -> io::Result<DnsServer> {
        let (listener, sockets) = bind(config)?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let rates = Arc::new(RateTables::new(config.rates));
        let (stop_tcp, stopped) = watch::channel(false);
        let mut server = DnsServer {
            address,
            stop: stop.clone(),
            stop_tcp,
            threads: Vec::new(),
        };
        for socket in sockets {
            let responder = Responder::sharing(snapshots.clone(), rates.clone());
            let (stop, snapshots) = (stop.clone(), snapshots.clone());
            server
                .threads
                .push(
                    std::thread::Builder::new()
                        .name("verdict-dns".to_owned())
                        .spawn(move || {
                            if let Err(why) = udp::serve(&socket, responder, &snapshots, &stop) {
                                tracing::error!(%why, "a DNS thread ended");
                            }
                        })?,
                );
        }
        tokio::spawn(crate::rpz::notify_changes(snapshots.clone(), stopped.clone()));
        tokio::spawn(tcp::serve(listener, snapshots.clone(), rates, stopped));
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether all its UDP threads are at work.
    pub fn is_running(&self) -> bool {
        self.threads.iter().all(|thread| !thread.is_finished())
    }

    /// Stops, and waits until its UDP threads have ended. Blocks for up to a quarter of a second.
    pub fn stop(mut self) {
        self.signal();
        for thread in self.threads.drain(..) {
            // A thread that panicked has ended as well.
            let _ = thread.join();
        }
    }

    fn signal(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.stop_tcp.send_replace(true);
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.signal();
    }
}

fn bind(config: &DnsServerConfig) -> io::Result<(TcpListener, Vec<std::net::UdpSocket>)> {
    let mut tries = PORT_TRIES;
    loop {
        let listener = std::net::TcpListener::bind(config.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let sockets: io::Result<Vec<_>> = (0..config.udp_threads.max(1))
            .map(|_| udp_socket(address, config.udp_threads > 1))
            .collect();
        tries -= 1;
        match sockets {
            Ok(sockets) => return Ok((TcpListener::from_std(listener)?, sockets)),
            Err(_) if config.listen.port() == 0 && tries > 0 => {}
            Err(why) => return Err(why),
        }
    }
}

fn udp_socket(address: SocketAddr, is_shared: bool) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    #[cfg(unix)]
    if is_shared {
        socket.set_reuse_port(true)?;
    }
    // The system may grant less; more is better, none is needed.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
    socket.set_read_timeout(Some(udp::STOP_LATENCY))?;
    socket.bind(&SockAddr::from(address))?;
    Ok(socket.into())
}
