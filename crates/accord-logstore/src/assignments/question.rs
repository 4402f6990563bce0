//! What is asked: an address, perhaps a port and a protocol, and an instant with its uncertainty.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::limits::{
    AssignmentLimits, MAX_UNCERTAINTY_MS, MEASURED_ERROR_MS, SHORTEST_PREFIX, UNMEASURED_ERROR_MS,
};
use crate::error::{Error, Result};

/// A transport protocol by its number (IANA, "Assigned Internet Protocol Numbers"). Written as its name where it has a
/// well-known one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Protocol(pub u8);

/// The names under which logs and people write them, lower case.
const PROTOCOLS: [(&str, u8); 10] = [
    ("icmp", 1),
    ("tcp", 6),
    ("udp", 17),
    ("dccp", 33),
    ("gre", 47),
    ("esp", 50),
    ("icmpv6", 58),
    ("icmp6", 58),
    ("ipv6-icmp", 58),
    ("sctp", 132),
];

impl Protocol {
    /// Of a name or a number, in any case; nothing where it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = PROTOCOLS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
        named
            .map(|(_, number)| Self(*number))
            .or_else(|| text.parse().ok().map(Self))
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match PROTOCOLS.iter().find(|(_, number)| *number == self.0) {
            Some((name, _)) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

impl Serialize for Protocol {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Protocol {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a protocol is `tcp`, `udp` or a number to 255"))
    }
}

/// One sighting: who held this at that time?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The address; or a delegated IPv6 prefix, of /48 or longer.
    pub address: IpNet,
    /// The source port that was seen. Behind carrier-grade NAT only the port tells a subscriber (RFC 6302).
    pub port: Option<u16>,
    /// The protocol that was seen; where absent, any.
    pub protocol: Option<Protocol>,
    /// When it was seen, milliseconds since the epoch, UTC.
    pub at_ms: i64,
    /// By how much that may be wrong, either way, milliseconds.
    pub uncertainty_ms: u64,
}

impl Question {
    /// Of one address, without port and protocol.
    #[must_use]
    pub fn of(address: IpAddr, at_ms: i64, uncertainty_ms: u64) -> Self {
        Self {
            address: address.to_canonical().into(),
            port: None,
            protocol: None,
            at_ms,
            uncertainty_ms,
        }
    }

    /// The first and the last instant asked about, milliseconds since the epoch.
    pub(super) fn window(&self) -> (i64, i64) {
        let by = i64::try_from(self.uncertainty_ms).unwrap_or(i64::MAX);
        (self.at_ms.saturating_sub(by), self.at_ms.saturating_add(by))
    }

    /// Why it cannot be asked, with what to do.
    pub(super) fn refused(&self) -> Option<String> {
        match self.address {
            IpNet::V4(net) if net.prefix_len() != 32 => {
                Some(format!("{net} is a network: ask for single IPv4 addresses"))
            }
            IpNet::V6(net) if net.prefix_len() < SHORTEST_PREFIX => Some(format!(
                "{net} is wider than /{SHORTEST_PREFIX}, which is no single subscriber's: ask for an address or a \
                 delegated prefix"
            )),
            _ if self.uncertainty_ms > MAX_UNCERTAINTY_MS => Some(format!(
                "its time is uncertain by {} ms, at most {MAX_UNCERTAINTY_MS} are taken: whoever held the address in \
                 a longer time is another question",
                self.uncertainty_ms
            )),
            _ => None,
        }
    }
}

/// Questions, answered together.
#[derive(Debug, Clone)]
pub struct Questions {
    /// The questions; the answers come in their order.
    pub questions: Vec<Question>,
    /// Only these sources; every source with assignment logs where absent.
    pub sources: Option<Vec<String>>,
    /// The zone of a source's clock, by the source's name: an IANA name, `UTC` or an offset. Where a source is not named
    /// here, its `time_zone` is taken if it is such a name as a whole; otherwise times without zone cannot be resolved.
    pub zones: BTreeMap<String, String>,
    /// How long a lease holds whose length no line tells (ISC dhcpd, dnsmasq), milliseconds, by the server's
    /// configuration. Unknown where absent.
    pub assumed_lease_ms: Option<u64>,
    /// How wrong a time may be of a source whose clock offset is measured, milliseconds.
    pub measured_error_ms: u64,
    /// The same where it is not measured.
    pub unmeasured_error_ms: u64,
    /// The limits; smaller ones in tests.
    pub limits: AssignmentLimits,
}

impl Questions {
    /// These questions over all sources, with the usual errors of clocks.
    #[must_use]
    pub fn of(questions: Vec<Question>) -> Self {
        Self {
            questions,
            sources: None,
            zones: BTreeMap::new(),
            assumed_lease_ms: None,
            measured_error_ms: MEASURED_ERROR_MS,
            unmeasured_error_ms: UNMEASURED_ERROR_MS,
            limits: AssignmentLimits::default(),
        }
    }

    /// Whether they can be asked.
    pub(super) fn check(&self) -> Result<()> {
        if self.questions.len() > self.limits.questions {
            return Err(Error::TooLarge {
                what: format!("a list of {} sightings", self.questions.len()),
                limit: self.limits.questions as u64,
                advice: "ask for fewer at once",
            });
        }
        for (number, question) in self.questions.iter().enumerate() {
            if let Some(why) = question.refused() {
                return Err(Error::Question {
                    number: number + 1,
                    why,
                });
            }
        }
        Ok(())
    }
}

/// An address or prefix as a range of 128-bit numbers, IPv4 in its mapped form.
pub(super) fn range(net: IpNet) -> (u128, u128) {
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
        IpAddr::V6(address) => u128::from(address),
    };
    (number(net.network()), number(net.broadcast()))
}

/// The first number of the prefix of this length that holds a number.
pub(super) fn masked(number: u128, length: u8) -> u128 {
    let host_bits = 128_u32.saturating_sub(u32::from(length));
    number
        .checked_shr(host_bits)
        .and_then(|high| high.checked_shl(host_bits))
        .unwrap_or(0)
}

/// An address without what makes it look like another: a mapped IPv4 address is its IPv4 address.
pub(super) fn canonical(net: IpNet) -> IpNet {
    match net {
        IpNet::V6(net) if net.prefix_len() == 128 => {
            let address: Ipv6Addr = net.addr();
            IpAddr::V6(address).to_canonical().into()
        }
        other => other.trunc(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols() {
        for (text, expected) in [
            ("tcp", Some("tcp")),
            ("UDP", Some("udp")),
            ("6", Some("tcp")),
            ("58", Some("icmpv6")),
            ("89", Some("89")),
            ("256", None),
            ("", None),
            ("any", None),
        ] {
            let found = Protocol::parse(text).map(|protocol| protocol.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn ranges_hold_what_lies_in_them() {
        for (net, inside, length) in [
            ("2001:db8:1::/56", "2001:db8:1:12::5", 56),
            ("2001:db8::/48", "2001:db8:0:ffff::", 48),
            ("2001:db8::7/128", "2001:db8::7", 128),
        ] {
            let (first, last) = range(net.parse().unwrap());
            let number = range(inside.parse::<IpAddr>().unwrap().into()).0;
            assert!((first..=last).contains(&number), "{net} {inside}");
            assert_eq!(masked(number, length), first, "{net} {inside}");
        }
        assert_eq!(masked(u128::MAX, 0), 0);
        assert_eq!(
            canonical("::ffff:192.0.2.1/128".parse().unwrap()),
            "192.0.2.1/32".parse().unwrap()
        );
    }
}
