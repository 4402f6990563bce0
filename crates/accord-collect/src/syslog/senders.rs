//! Who sends how much: rates and connections per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct State {
    /// When a sender's next message is due, as if each took its share of a second.
    next: HashMap<IpAddr, Instant>,
    connections: HashMap<IpAddr, usize>,
    total: usize,
}

/// Shared by all that listens of one collector.
#[derive(Debug, Clone)]
pub(crate) struct Senders {
    state: Arc<Mutex<State>>,
    each: Duration,
    most: usize,
    max_connections: usize,
    max_connections_each: usize,
}

/// Whether a message may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    Now,
    /// It is over the rate; one would pass after this time.
    After(Duration),
    /// There are too many senders.
    Never,
}

/// A connection that is counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Connection {
    senders: Senders,
    address: IpAddr,
}

impl Senders {
    pub(crate) fn new(settings: &crate::settings::SyslogSettings) -> Self {
        Self {
            state: Arc::default(),
            each: Duration::from_secs(1) / settings.messages_per_s.max(1),
            most: settings.max_senders,
            max_connections: settings.max_connections,
            max_connections_each: settings.max_connections_each,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a message. A second's worth may come at once.
    pub(crate) fn pass(&self, address: IpAddr, now: Instant) -> Pass {
        let mut state = self.lock();
        if !state.next.contains_key(&address) && state.next.len() >= self.most {
            // Who has sent nothing for a second is as one who never did.
            state.next.retain(|_, next| *next > now);
            if state.next.len() >= self.most {
                return Pass::Never;
            }
        }
        let next = state.next.entry(address).or_insert(now);
        let begin = (*next).max(now);
        let ahead = begin.saturating_duration_since(now) + self.each;
        if let Some(over) = ahead
            .checked_sub(Duration::from_secs(1))
            .filter(|over| !over.is_zero())
        {
            return Pass::After(over);
        }
        *next = begin + self.each;
        Pass::Now
    }

    /// Nothing where there are too many.
    pub(crate) fn connect(&self, address: IpAddr) -> Option<Connection> {
        let mut state = self.lock();
        if state.total >= self.max_connections {
            return None;
        }
        let each = state.connections.entry(address).or_default();
        if *each >= self.max_connections_each {
            return None;
        }
        *each += 1;
        state.total += 1;
        Some(Connection {
            senders: self.clone(),
            address,
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut state = self.senders.lock();
        state.total = state.total.saturating_sub(1);
        if let Some(each) = state.connections.get_mut(&self.address) {
            *each = each.saturating_sub(1);
            if *each == 0 {
                state.connections.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn senders() -> Senders {
        Senders {
            state: Arc::default(),
            each: Duration::from_millis(100),
            most: 2,
            max_connections: 3,
            max_connections_each: 2,
        }
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_second_of_messages_at_once_and_then_one_after_the_other() {
        let (senders, now) = (senders(), Instant::now());
        for _ in 0..10 {
            assert_eq!(senders.pass(address(1), now), Pass::Now);
        }
        let wait = Duration::from_millis(100);
        assert_eq!(senders.pass(address(1), now), Pass::After(wait));
        assert_eq!(senders.pass(address(2), now), Pass::Now);
        assert_eq!(senders.pass(address(3), now), Pass::Never);
        assert_eq!(senders.pass(address(1), now + wait), Pass::Now);
        assert_eq!(senders.pass(address(1), now + wait), Pass::After(wait));
        // Who is quiet makes room.
        assert_eq!(senders.pass(address(3), now + 2 * wait), Pass::Now);
    }

    #[test]
    fn connections_are_counted_until_they_end() {
        let senders = senders();
        let one = senders.connect(address(1)).unwrap();
        let two = senders.connect(address(1)).unwrap();
        assert!(senders.connect(address(1)).is_none());
        let three = senders.connect(address(2)).unwrap();
        assert!(senders.connect(address(3)).is_none());
        drop(three);
        let four = senders.connect(address(3)).unwrap();
        drop((one, two, four));
        assert!(senders.lock().connections.is_empty());
    }
}
