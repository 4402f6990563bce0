//! Syslog over UDP (RFC 5426): one datagram, one message.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::Instant;

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrLike, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::Receiver;
use super::senders::Pass;
use crate::status::Count;

/// More than any datagram holds.
const DATAGRAM_BYTES: usize = 65_536;

pub(super) fn bind(address: SocketAddr, receive_buffer_bytes: usize) -> io::Result<UdpSocket> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::DGRAM, Some(socket2::Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // The system may give less (net.core.rmem_max); what it drops then is counted.
    socket.set_recv_buffer_size(receive_buffer_bytes)?;
    setsockopt(&socket, sockopt::RxqOvfl, &1)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

struct Datagram {
    length: usize,
    sender: Option<IpAddr>,
    /// Datagrams that the system dropped since the socket was made, where it tells.
    dropped: Option<u32>,
}

pub(super) async fn run(socket: UdpSocket, receiver: Receiver, mut stopped: watch::Receiver<bool>) {
    let mut buffer = vec![0; DATAGRAM_BYTES];
    let mut dropped_before = 0_u32;
    loop {
        let received = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            received = socket.async_io(Interest::READABLE, || receive(&socket, &mut buffer)) => received,
        };
        match received {
            Ok(datagram) => {
                if let Some(dropped) = datagram.dropped {
                    let new = dropped.wrapping_sub(dropped_before);
                    receiver.status.count(Count::DroppedByKernel, u64::from(new));
                    dropped_before = dropped;
                }
                let bytes = buffer.get(..datagram.length).unwrap_or_default();
                take(&receiver, bytes, datagram.sender);
            }
            Err(error) => {
                receiver.error(&format!("cannot receive over UDP: {error}"));
                // What an earlier answer of ours met; there are none, but a broken socket must not spin.
                tokio::time::sleep(super::PAUSE).await;
            }
        }
    }
}

fn take(receiver: &Receiver, bytes: &[u8], sender: Option<IpAddr>) {
    let Some(sender) = sender.filter(|sender| receiver.settings.may_send(*sender)) else {
        receiver.status.count(Count::RefusedSender, 1);
        return;
    };
    if bytes.len() > receiver.settings.message_bytes {
        receiver.status.count(Count::Oversize, 1);
        return;
    }
    match receiver.senders.pass(sender, Instant::now()) {
        Pass::Now => {}
        Pass::After(_) => return receiver.status.count(Count::DroppedRate, 1),
        Pass::Never => return receiver.status.count(Count::RefusedLimit, 1),
    }
    if let Some(log) = receiver.log("syslog-udp", sender, bytes.to_vec()) {
        receiver.intake.offer(log);
    }
}

fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<Datagram> {
    let mut pieces = [IoSliceMut::new(buffer)];
    let mut control = nix::cmsg_space!(u32);
    let message = recvmsg::<SockaddrStorage>(
        socket.as_raw_fd(),
        &mut pieces,
        Some(&mut control),
        MsgFlags::MSG_DONTWAIT,
    )?;
    let dropped = message
        .cmsgs()
        .map(|mut messages| {
            messages.find_map(|message| match message {
                ControlMessageOwned::RxqOvfl(dropped) => Some(dropped),
                _ => None,
            })
        })
        .unwrap_or(None);
    let sender = message.address.and_then(|address| match address.family() {
        Some(nix::sys::socket::AddressFamily::Inet) => {
            address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()))
        }
        _ => address
            .as_sockaddr_in6()
            .map(|address| IpAddr::V6(address.ip()).to_canonical()),
    });
    Ok(Datagram {
        length: message.bytes,
        sender,
        dropped,
    })
}
