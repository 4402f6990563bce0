//! Datagrams in, datagrams out. On Linux one system call takes and one gives up to [`crate::limits::UDP_BATCH`] of them
//! (`recvmmsg`, `sendmmsg`, through the safe functions of crate `nix`); elsewhere one at a time.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::responder::{Reply, Responder, Transport};
use crate::limits::MAX_QUERY_BYTES;
use crate::rpz;
use crate::snapshots::Snapshots;

/// How long a thread may go on after it was told to stop.
pub(super) const STOP_LATENCY: Duration = Duration::from_millis(250);

/// Errors of other kinds, such as a want of memory, after which a thread gives up.
const FAILURES_IN_A_ROW: u32 = 1000;

/// Of fewer datagrams each is answered at once.
const WORTH_LOOKING_AHEAD: usize = 4;

/// One byte more than a query may have, so that a longer one is seen to be longer.
const BUFFER_BYTES: usize = MAX_QUERY_BYTES + 1;

/// Serves one socket until told to stop.
pub(super) fn serve(
    socket: &UdpSocket,
    mut responder: Responder,
    snapshots: &Snapshots,
    stop: &AtomicBool,
) -> io::Result<()> {
    let mut batch = Batch::new();
    let mut failures = 0;
    while !stop.load(Ordering::Relaxed) {
        match batch.receive(socket) {
            Ok(()) => failures = 0,
            Err(why) if is_passing(&why) => continue,
            Err(why) if failures == FAILURES_IN_A_ROW => return Err(why),
            Err(_) => {
                failures += 1;
                continue;
            }
        }
        let now_s = snapshots.clock().now_ms() / 1000;
        if batch.received() >= WORTH_LOOKING_AHEAD {
            batch.look_ahead(&mut responder);
        }
        batch.answer(|packet, client, out| answer(&mut responder, packet, client, now_s, out));
        batch.send(socket);
    }
    Ok(())
}

/// Errors after which a socket is as good as before: nothing came, or somebody's port was closed.
fn is_passing(why: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, TimedOut, WouldBlock,
    };
    matches!(
        why.kind(),
        WouldBlock | TimedOut | Interrupted | ConnectionRefused | ConnectionReset | HostUnreachable
    )
}

fn answer(responder: &mut Responder, packet: &[u8], client: IpAddr, now_s: u64, out: &mut Vec<u8>) {
    match responder.answer(packet, client, Transport::Udp, now_s, out) {
        Reply::None => out.clear(),
        Reply::Answer => {}
        Reply::PolicyZone(audience) => match rpz::answer_datagram(packet, &audience, now_s) {
            Some(bytes) => *out = bytes,
            None => out.clear(),
        },
    }
}

/// What one datagram becomes; empty: nothing is sent.
type Respond<'r> = &'r mut dyn FnMut(&[u8], IpAddr, &mut Vec<u8>);

#[cfg(target_os = "linux")]
mod batch {
    use std::io::{IoSlice, IoSliceMut};
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};

    use super::{BUFFER_BYTES, IpAddr, Respond, Responder, SocketAddr, UdpSocket, io};
    use crate::limits::UDP_BATCH;

    /// Fewest datagrams that one call has room for. Room costs time whether it is used or not, so that it follows what
    /// came last.
    const LEAST_ROOM: usize = 4;

    pub(super) struct Batch {
        packets: Vec<[u8; BUFFER_BYTES]>,
        /// How many the next call has room for.
        room: usize,
        received: Vec<(usize, Option<SockaddrStorage>)>,
        answers: Vec<Vec<u8>>,
        /// Who each answer that is to be sent goes to, and its place in `answers`.
        to: Vec<Option<SockaddrStorage>>,
        places: Vec<usize>,
        receive_headers: MultiHeaders<SockaddrStorage>,
        send_headers: MultiHeaders<SockaddrStorage>,
    }

    impl Batch {
        pub fn new() -> Batch {
            Batch {
                packets: vec![[0; BUFFER_BYTES]; UDP_BATCH],
                room: UDP_BATCH,
                received: Vec::with_capacity(UDP_BATCH),
                answers: vec![Vec::new(); UDP_BATCH],
                to: Vec::with_capacity(UDP_BATCH),
                places: Vec::with_capacity(UDP_BATCH),
                receive_headers: MultiHeaders::preallocate(UDP_BATCH, None),
                send_headers: MultiHeaders::preallocate(UDP_BATCH, None),
            }
        }

        /// Waits for one datagram, and takes what else is there.
        pub fn receive(&mut self, socket: &UdpSocket) -> io::Result<()> {
            self.received.clear();
            let mut slices: Vec<[IoSliceMut<'_>; 1]> = self
                .packets
                .iter_mut()
                .take(self.room)
                .map(|packet| [IoSliceMut::new(packet)])
                .collect();
            let messages = recvmmsg(
                socket.as_raw_fd(),
                &mut self.receive_headers,
                slices.iter_mut(),
                MsgFlags::MSG_WAITFORONE,
                None,
            )?;
            self.received
                .extend(messages.map(|message| (message.bytes, message.address)));
            self.room = (2 * self.received.len()).clamp(LEAST_ROOM, UDP_BATCH);
            Ok(())
        }

        /// How many were taken.
        pub fn received(&self) -> usize {
            self.received.len()
        }

        pub fn look_ahead(&self, responder: &mut Responder) {
            let taken = self.received.iter().zip(&self.packets);
            responder
                .look_ahead(taken.map(|((length, _), packet)| packet.get(..*length).unwrap_or_default()));
        }

        pub fn answer(&mut self, mut respond: impl FnMut(&[u8], IpAddr, &mut Vec<u8>)) {
            self.each(&mut respond);
        }

        fn each(&mut self, respond: Respond<'_>) {
            self.to.clear();
            self.places.clear();
            let taken = self.received.iter().zip(&self.packets).zip(&mut self.answers);
            for (place, (((length, sender), packet), answer)) in taken.enumerate() {
                let Some(client) = sender.as_ref().and_then(ip) else {
                    continue;
                };
                respond(packet.get(..*length).unwrap_or_default(), client, answer);
                if !answer.is_empty() {
                    self.to.push(*sender);
                    self.places.push(place);
                }
            }
        }

        /// Sends what there is. What the system will not take is lost, as any datagram can be.
        pub fn send(&mut self, socket: &UdpSocket) {
            let mut first = 0;
            while first < self.places.len() {
                let places = self.places.get(first..).unwrap_or_default();
                let slices: Vec<[IoSlice<'_>; 1]> = places
                    .iter()
                    .map(|&place| [IoSlice::new(self.answers.get(place).map_or(&[], Vec::as_slice))])
                    .collect();
                let to = self.to.get(first..).unwrap_or_default();
                let headers = &mut self.send_headers;
                let sent = sendmmsg(
                    socket.as_raw_fd(),
                    headers,
                    slices.iter(),
                    to,
                    [],
                    MsgFlags::empty(),
                );
                // On an error the first one is passed over: it may be the one that cannot be sent.
                first += sent.map_or(1, |sent| sent.count().max(1));
            }
        }
    }

    fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
        let v4 = address.as_sockaddr_in().map(|v4| SocketAddr::V4((*v4).into()));
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddr::V6((*v6).into())))
            .map(|address| address.ip())
    }
}

#[cfg(not(target_os = "linux"))]
mod batch {
    use super::{BUFFER_BYTES, IpAddr, Respond, Responder, SocketAddr, UdpSocket, io};

    pub(super) struct Batch {
        packet: [u8; BUFFER_BYTES],
        received: Option<(usize, SocketAddr)>,
        answer: Vec<u8>,
    }

    impl Batch {
        pub fn new() -> Batch {
            Batch {
                packet: [0; BUFFER_BYTES],
                received: None,
                answer: Vec::new(),
            }
        }

        pub fn receive(&mut self, socket: &UdpSocket) -> io::Result<()> {
            self.received = None;
            self.received = Some(socket.recv_from(&mut self.packet)?);
            Ok(())
        }

        pub fn received(&self) -> usize {
            usize::from(self.received.is_some())
        }

        pub fn look_ahead(&self, _: &mut Responder) {}

        pub fn answer(&mut self, mut respond: impl FnMut(&[u8], IpAddr, &mut Vec<u8>)) {
            self.each(&mut respond);
        }

        fn each(&mut self, respond: Respond<'_>) {
            self.answer.clear();
            if let Some((length, sender)) = self.received {
                let packet = self.packet.get(..length).unwrap_or_default();
                respond(packet, sender.ip(), &mut self.answer);
            }
        }

        pub fn send(&mut self, socket: &UdpSocket) {
            if let Some((_, sender)) = self.received.filter(|_| !self.answer.is_empty()) {
                // What the system will not take is lost, as any datagram can be.
                let _ = socket.send_to(&self.answer, sender);
            }
        }
    }
}

use batch::Batch;
