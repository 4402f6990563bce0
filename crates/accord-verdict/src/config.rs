//! Who is answered from a snapshot, and how they prove it: bearer tokens, client networks, transfer keys.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use sha2::{Digest, Sha256};

use crate::dns::ZoneName;
use crate::limits::{MAX_AUDIENCE_NAME_BYTES, MAX_CLIENT_NETWORKS};
use crate::rpz::TransferKey;

/// The SHA-256 of a bearer token. Tokens are long and random, so that a plain digest at rest is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenDigest(pub [u8; 32]);

impl TokenDigest {
    /// The digest of a token.
    pub fn of(token: &str) -> TokenDigest {
        TokenDigest(Sha256::digest(token.as_bytes()).into())
    }

    /// 64 hexadecimal digits for several tokens, in their order: an edge says by them which tokens of look-ups it was told.
    pub fn of_all(tokens: &[TokenDigest]) -> String {
        let mut sum = Sha256::new();
        for token in tokens {
            sum.update(token.0);
        }
        hex::encode(sum.finalize())
    }
}

/// A set of recipients: a DNS zone, API tokens, an edge. One snapshot is kept for each.
#[derive(Debug, Clone)]
pub struct AudienceConfig {
    /// Its name, unique within the node. Not shown to the audience.
    pub name: String,
    /// Tokens that open the HTTP look-ups. None: no HTTP.
    pub tokens: Vec<TokenDigest>,
    /// Tokens of its edges, which are told everything that it is served, silent detections among it: never one of those
    /// that open look-ups. None: no edges.
    pub edges: Vec<TokenDigest>,
    /// Its zones. None: no DNS.
    pub dns: Option<DnsConfig>,
    /// The serial is never below this. Give the last one that was served before a restart.
    pub serial_floor: u32,
}

/// What an audience gets over DNS.
#[derive(Debug, Clone)]
pub struct DnsConfig {
    /// The zone of single answers: `value.zone`.
    pub dnsbl: Option<ZoneName>,
    /// The zone that resolvers transfer.
    pub rpz: Option<RpzConfig>,
    /// Networks whose queries are answered; all others are refused. DNS knows no other proof.
    pub clients: Vec<IpNet>,
}

/// A response policy zone.
#[derive(Debug, Clone)]
pub struct RpzConfig {
    /// Its name.
    pub zone: ZoneName,
    /// Keys that may transfer it; there must be one.
    pub keys: Vec<TransferKey>,
    /// Resolvers that are told of changes, by NOTIFY over UDP signed with the first key.
    pub notify: Vec<SocketAddr>,
}

/// Why a configuration is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The name is empty or too long.
    #[error("an audience's name has 1 to {MAX_AUDIENCE_NAME_BYTES} bytes")]
    Name,
    /// One token would open two audiences.
    #[error("a token of `{audience}` is one of `{other}` too: give each audience its own")]
    TokenTwice {
        /// This audience.
        audience: String,
        /// The other one.
        other: String,
    },
    /// One zone would be two audiences'.
    #[error("the zone of `{audience}` is, holds or lies in one of `{other}`: give each its own")]
    ZoneTwice {
        /// This audience.
        audience: String,
        /// The other one, or the same one.
        other: String,
    },
    /// A zone that nobody may transfer.
    #[error("the policy zone of `{0}` has no transfer key: give one, or leave the zone out")]
    NoTransferKey(String),
    /// Too many networks.
    #[error("`{0}` has more than {MAX_CLIENT_NETWORKS} client networks")]
    Clients(String),
}

impl AudienceConfig {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.name.is_empty() || self.name.len() > MAX_AUDIENCE_NAME_BYTES {
            return Err(ConfigError::Name);
        }
        if self.edges.iter().any(|token| self.tokens.contains(token)) {
            return Err(self.token_twice(&self.name));
        }
        let Some(dns) = &self.dns else { return Ok(()) };
        if dns.clients.len() > MAX_CLIENT_NETWORKS {
            return Err(ConfigError::Clients(self.name.clone()));
        }
        if dns.rpz.as_ref().is_some_and(|rpz| rpz.keys.is_empty()) {
            return Err(ConfigError::NoTransferKey(self.name.clone()));
        }
        if let (Some(dnsbl), Some(rpz)) = (&dns.dnsbl, &dns.rpz)
            && dnsbl.overlaps(&rpz.zone)
        {
            return Err(self.zone_twice(&self.name));
        }
        Ok(())
    }

    fn all_tokens(&self) -> impl Iterator<Item = &TokenDigest> {
        self.tokens.iter().chain(&self.edges)
    }

    fn token_twice(&self, other: &str) -> ConfigError {
        ConfigError::TokenTwice {
            audience: self.name.clone(),
            other: other.to_owned(),
        }
    }

    fn zone_twice(&self, other: &str) -> ConfigError {
        ConfigError::ZoneTwice {
            audience: self.name.clone(),
            other: other.to_owned(),
        }
    }

    /// Whether this one and another can stand side by side.
    pub(crate) fn check_beside(&self, other: &AudienceConfig) -> Result<(), ConfigError> {
        if self
            .all_tokens()
            .any(|token| other.all_tokens().any(|one| one == token))
        {
            return Err(self.token_twice(&other.name));
        }
        for mine in self.zones() {
            if other.zones().any(|theirs| mine.overlaps(theirs)) {
                return Err(self.zone_twice(&other.name));
            }
        }
        Ok(())
    }

    pub(crate) fn zones(&self) -> impl Iterator<Item = &ZoneName> {
        let dns = self.dns.iter();
        dns.flat_map(|dns| dns.dnsbl.iter().chain(dns.rpz.iter().map(|rpz| &rpz.zone)))
    }

    pub(crate) fn dnsbl(&self) -> Option<&ZoneName> {
        self.dns.as_ref().and_then(|dns| dns.dnsbl.as_ref())
    }

    pub(crate) fn rpz(&self) -> Option<&RpzConfig> {
        self.dns.as_ref().and_then(|dns| dns.rpz.as_ref())
    }

    /// Whether DNS queries from this address are answered.
    pub(crate) fn answers(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        self.dns
            .as_ref()
            .is_some_and(|dns| dns.clients.iter().any(|network| network.contains(&client)))
    }
}
