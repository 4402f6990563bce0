//! Single queries beside a load, each timed: what one client waits.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::process::nanoseconds;

/// Pause between two queries.
const PAUSE: Duration = Duration::from_millis(1);
/// A query that was not answered by then is lost.
const PATIENCE: Duration = Duration::from_millis(500);

/// A query of type A.
pub(crate) fn query(name: &str) -> Vec<u8> {
    let mut query = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        query.push(u8::try_from(label.len()).unwrap_or(0));
        query.extend_from_slice(label.as_bytes());
    }
    query.extend_from_slice(&[0, 0, 1, 0, 1]);
    query
}

/// What probes saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Nanoseconds of each that was answered.
    pub times: Vec<u64>,
    pub lost: usize,
}

/// Asks one name after the other until told to stop.
pub(crate) fn run(port: u16, names: &[String], stop: &AtomicBool) -> std::io::Result<Seen> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect((Ipv4Addr::LOCALHOST, port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut seen = Seen::default();
    let mut answer = [0; 512];
    for (number, name) in names.iter().cycle().enumerate() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let mut query = query(name);
        let id = u16::try_from(number % 0xffff).unwrap_or(0).to_be_bytes();
        for (place, byte) in query.iter_mut().zip(id) {
            *place = byte;
        }
        let began = Instant::now();
        socket.send(&query)?;
        loop {
            match socket.recv(&mut answer) {
                Ok(length) if length >= 12 && answer.starts_with(&id) => {
                    seen.times.push(nanoseconds(began.elapsed()));
                    break;
                }
                // Of a query that was given up.
                Ok(_) => {}
                Err(_) => {
                    seen.lost += 1;
                    break;
                }
            }
        }
        std::thread::sleep(PAUSE);
    }
    Ok(seen)
}
