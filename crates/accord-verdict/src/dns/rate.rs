//! Response-rate limiting: how many answers one network of clients gets in a second.
//!
//! The sender of a datagram can be forged; the limit is what a forged address is hit with at most. One query in two
//! beyond it is answered with the bare order to come back over TCP, which a forger cannot, so that a real client behind
//! the same network still gets its answer. Networks (/24 and /56) are hashed to a fixed number of counters with a
//! secret of this process: memory is bounded, and those that share a counter share a limit.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::RATE_BUCKETS;

/// Answers in a second to one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// As many as are asked for: where no forged datagram can come in.
    Unlimited,
    /// At most so many.
    PerSecond(NonZeroU32),
}

/// What to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    Send,
    /// Send the order to come back over TCP instead.
    Truncate,
    Drop,
}

#[derive(Debug)]
pub(super) struct RateLimiter {
    rate: Rate,
    /// The second, and the answers in it: 32 bits each.
    slots: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl RateLimiter {
    pub fn new(rate: Rate) -> RateLimiter {
        let slots = if rate == Rate::Unlimited { 0 } else { RATE_BUCKETS };
        RateLimiter {
            rate,
            slots: (0..slots).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Counts an answer to a client at a second.
    pub fn pass(&self, client: IpAddr, now_s: u64) -> Passage {
        let Rate::PerSecond(limit) = self.rate else {
            return Passage::Send;
        };
        let network = match client.to_canonical() {
            IpAddr::V4(v4) => u64::from(v4.to_bits() >> 8),
            IpAddr::V6(v6) => u64::try_from(v6.to_bits() >> 72).unwrap_or(0) | 1 << 63,
        };
        let place = self.hasher.hash_one(network) % RATE_BUCKETS as u64;
        let Some(slot) = usize::try_from(place)
            .ok()
            .and_then(|place| self.slots.get(place))
        else {
            return Passage::Drop;
        };
        let second = now_s << 32;
        let mut count = 0;
        // Relaxed: a count that is a few too low costs nothing. Never fails: the closure always gives a value.
        let _ = slot.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            let before = if held >> 32 << 32 == second {
                held & 0xffff_ffff
            } else {
                0
            };
            count = (before + 1).min(0xffff_ffff);
            Some(second | count)
        });
        if count <= u64::from(limit.get()) {
            Passage::Send
        } else if count % 2 == 0 {
            Passage::Truncate
        } else {
            Passage::Drop
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_gets_its_limit_and_another_one_its_own() {
        let limiter = RateLimiter::new(Rate::PerSecond(NonZeroU32::new(3).unwrap()));
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        let beside: IpAddr = "::ffff:192.0.2.200".parse().unwrap();
        let passed: Vec<Passage> = (0..6)
            .map(|i| limiter.pass(if i % 2 == 0 { one } else { beside }, 7))
            .collect();
        use Passage::{Drop, Send, Truncate};
        assert_eq!(passed, [Send, Send, Send, Truncate, Drop, Truncate]);
        assert_eq!(limiter.pass(one, 8), Send);
        // Of twenty other networks, not all share one counter of 65,536.
        let others =
            (1..=20).filter(|i| limiter.pass(format!("2001:db8:{i}::1").parse().unwrap(), 7) == Send);
        assert!(others.count() > 15);
    }

    #[test]
    fn unlimited_is_unlimited() {
        let limiter = RateLimiter::new(Rate::Unlimited);
        assert!((0..100_000).all(|_| limiter.pass(IpAddr::from([192, 0, 2, 1]), 7) == Passage::Send));
    }
}
