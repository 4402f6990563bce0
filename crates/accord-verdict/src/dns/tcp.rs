//! Queries over TCP (RFC 7766): a length, a message, as often as the client likes within the limits.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::responder::{RateTables, Reply, Responder, Transport};
use crate::limits::{MAX_QUERY_BYTES, MAX_TCP_CONNECTIONS, MAX_TCP_QUERIES, MAX_TRANSFERS, TCP_IDLE_SECONDS};
use crate::rpz;
use crate::snapshots::Snapshots;

const IDLE: Duration = Duration::from_secs(TCP_IDLE_SECONDS);
/// How long nothing is accepted after that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(50);

/// Accepts connections until told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    snapshots: Snapshots,
    rates: Arc<RateTables>,
    mut stopped: watch::Receiver<bool>,
) {
    let connections = Arc::new(Semaphore::new(MAX_TCP_CONNECTIONS));
    let transfers = Arc::new(Semaphore::new(MAX_TRANSFERS));
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(why) => {
                // Out of descriptors, or a client that was gone at once. The listener is as good as before.
                tracing::warn!(%why, "a DNS connection was not accepted");
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        // Whom no zone answers gets no place.
        if !snapshots.tables().is_client(client.ip()) {
            continue;
        }
        let Ok(permit) = connections.clone().try_acquire_owned() else {
            continue;
        };
        let responder = Responder::sharing(snapshots.clone(), rates.clone());
        let (snapshots, transfers, mut stopped) = (snapshots.clone(), transfers.clone(), stopped.clone());
        tokio::spawn(async move {
            let _permit = permit;
            let mut connection = Connection {
                stream,
                client: client.ip(),
                responder,
                snapshots,
                transfers,
            };
            let ended = tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => return,
                ended = connection.serve() => ended,
            };
            if let Err(why) = ended {
                tracing::debug!(%why, "a DNS connection ended");
            }
        });
    }
}

struct Connection {
    stream: TcpStream,
    client: IpAddr,
    responder: Responder,
    snapshots: Snapshots,
    transfers: Arc<Semaphore>,
}

impl Connection {
    async fn serve(&mut self) -> io::Result<()> {
        let mut packet = Vec::new();
        let mut out = Vec::new();
        for _ in 0..MAX_TCP_QUERIES {
            if !self.read(&mut packet).await? {
                return Ok(());
            }
            let now_s = self.snapshots.clock().now_ms() / 1000;
            let reply = self
                .responder
                .answer(&packet, self.client, Transport::Tcp, now_s, &mut out);
            match reply {
                Reply::None => return Ok(()),
                Reply::Answer => write(&mut self.stream, &out).await?,
                Reply::PolicyZone(audience) => {
                    let permit = self.transfers.clone().try_acquire_owned().ok();
                    let Some(mut transfer) =
                        rpz::Transfer::begin(&packet, &audience, now_s, permit.is_some())
                    else {
                        return Ok(());
                    };
                    while let Some(message) = transfer.next_message(self.snapshots.clock().now_ms() / 1000) {
                        write(&mut self.stream, &message).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads one message. Whether there was one that may be answered.
    async fn read(&mut self, packet: &mut Vec<u8>) -> io::Result<bool> {
        let mut length = [0; 2];
        match timeout(IDLE, self.stream.read_exact(&mut length)).await? {
            Ok(_) => {}
            Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(why) => return Err(why),
        }
        let length = usize::from(u16::from_be_bytes(length));
        if length > MAX_QUERY_BYTES {
            return Ok(false);
        }
        packet.resize(length, 0);
        timeout(IDLE, self.stream.read_exact(packet)).await??;
        Ok(true)
    }
}

async fn write(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let Ok(length) = u16::try_from(message.len()) else {
        return Err(io::Error::other("a message that is longer than TCP can carry"));
    };
    // In one piece, so that it leaves in one packet.
    let framed = [&length.to_be_bytes(), message].concat();
    timeout(IDLE, stream.write_all(&framed)).await??;
    Ok(())
}
