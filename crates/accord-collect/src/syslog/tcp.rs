//! Syslog over TCP (RFC 6587) and TLS (RFC 5425).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::framing::{Event, Framer};
use super::senders::{Connection, Pass};
use super::{PAUSE, Receiver};
use crate::status::Count;

/// Bytes read at once from a connection.
const READ_BYTES: usize = 8 * 1024;

/// Accepts connections until stopped; returns when all have ended.
pub(super) async fn run(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    receiver: Receiver,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                receiver.error(&format!("cannot accept a connection: {error}"));
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let address = address.ip().to_canonical();
        if !receiver.settings.may_send(address) {
            receiver.status.count(Count::RefusedSender, 1);
            continue;
        }
        let Some(connection) = receiver.senders.connect(address) else {
            receiver.status.count(Count::RefusedLimit, 1);
            continue;
        };
        let (tls, receiver, stopped) = (tls.clone(), receiver.clone(), stopped.clone());
        connections.spawn(serve(stream, tls, receiver, stopped, address, connection));
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve(
    stream: TcpStream,
    tls: Option<Arc<rustls::ServerConfig>>,
    receiver: Receiver,
    mut stopped: watch::Receiver<bool>,
    address: IpAddr,
    _connection: Connection,
) {
    let Some(tls) = tls else {
        return read(stream, "syslog-tcp", receiver, stopped, address).await;
    };
    let most = Duration::from_secs(receiver.settings.message_s);
    let accepting = tokio::time::timeout(most, TlsAcceptor::from(tls).accept(stream));
    let accepted = tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => return,
        accepted = accepting => accepted,
    };
    let failed = match accepted {
        Ok(Ok(stream)) => return read(stream, "syslog-tls", receiver, stopped, address).await,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it took too long".to_owned(),
    };
    receiver.status.count(Count::TlsFailed, 1);
    receiver.error(&format!("TLS handshake with {address} failed: {failed}"));
}

async fn read(
    mut stream: impl AsyncRead + Unpin,
    transport: &'static str,
    receiver: Receiver,
    mut stopped: watch::Receiver<bool>,
    address: IpAddr,
) {
    let (idle, most) = (
        Duration::from_secs(receiver.settings.idle_s),
        Duration::from_secs(receiver.settings.message_s),
    );
    let mut framer = Framer::new(receiver.settings.message_bytes);
    let mut buffer = vec![0; READ_BYTES];
    let mut begun: Option<Instant> = None;
    loop {
        let left = begun.map_or(idle, |begun| most.saturating_sub(begun.elapsed()));
        let read = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => None,
            read = tokio::time::timeout(left, stream.read(&mut buffer)) => read.ok(),
        };
        let Some(read) = read else {
            // Idle, too slow, or collecting ends.
            if framer.is_within() {
                receiver.status.count(Count::Incomplete, 1);
            }
            return;
        };
        let mut events = Vec::new();
        let bytes = match read {
            Ok(count) if count > 0 => buffer.get(..count).unwrap_or_default(),
            // A broken connection ends as a closed one.
            Ok(_) | Err(_) => {
                if !framer.end(&mut |event| events.push(event)) {
                    receiver.status.count(Count::Incomplete, 1);
                }
                deliver(events, transport, &receiver, &mut stopped, address).await;
                return;
            }
        };
        let framed = framer.feed(bytes, &mut |event| events.push(event));
        let ended = !events.is_empty();
        if !deliver(events, transport, &receiver, &mut stopped, address).await {
            return;
        }
        if framed.is_err() {
            receiver.status.count(Count::Malformed, 1);
            receiver.error(&format!("{address} sent what is not framed as RFC 6587 says"));
            return;
        }
        begun = match (framer.is_within(), ended, begun) {
            (false, ..) => None,
            (true, false, Some(begun)) => Some(begun),
            (true, ..) => Some(Instant::now()),
        };
    }
}

/// Hands messages on; waits where there is no room, and so the sender does. False where collecting ends.
async fn deliver(
    events: Vec<Event>,
    transport: &'static str,
    receiver: &Receiver,
    stopped: &mut watch::Receiver<bool>,
    address: IpAddr,
) -> bool {
    let mut events = events.into_iter();
    while let Some(event) = events.next() {
        let message = match event {
            Event::Message(message) => message,
            Event::Oversize => {
                receiver.status.count(Count::Oversize, 1);
                continue;
            }
            Event::Empty => {
                receiver.status.count(Count::Empty, 1);
                continue;
            }
        };
        let Some(log) = receiver.log(transport, address, message) else {
            continue;
        };
        let sent = async {
            loop {
                match receiver.senders.pass(address, Instant::now()) {
                    Pass::Now => break,
                    Pass::After(wait) => tokio::time::sleep(wait).await,
                    Pass::Never => tokio::time::sleep(PAUSE).await,
                }
            }
            let room = receiver.intake.room(log.bytes.len()).await?;
            receiver.intake.send(log, room)
        };
        let sent = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => false,
            sent = sent => sent.is_ok(),
        };
        if !sent {
            let left = events.filter(|event| matches!(event, Event::Message(_))).count();
            receiver.status.count(Count::DroppedQueueFull, left as u64 + 1);
            return false;
        }
    }
    true
}
