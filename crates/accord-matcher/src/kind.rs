//! What can stand in a log, and how an indicator can hit it.

use std::fmt;
use std::str::FromStr;

/// What stood in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A domain name of at least two labels, as lower-case A-labels.
    Domain,
    /// An IPv4 address, also one written as an IPv4-mapped IPv6 address.
    Ipv4,
    /// An IPv6 address, in the form of RFC 5952.
    Ipv6,
    /// A URL without scheme and user part.
    Url,
    /// An e-mail address in lower case.
    Email,
    /// 32 hexadecimal digits in lower case.
    Md5,
    /// 40 hexadecimal digits in lower case.
    Sha1,
    /// 64 hexadecimal digits in lower case.
    Sha256,
    /// 128 hexadecimal digits in lower case.
    Sha512,
}

impl Kind {
    /// Every kind, in the order in which they are listed and counted.
    pub const ALL: [Kind; 9] = [
        Kind::Domain,
        Kind::Ipv4,
        Kind::Ipv6,
        Kind::Url,
        Kind::Email,
        Kind::Md5,
        Kind::Sha1,
        Kind::Sha256,
        Kind::Sha512,
    ];

    /// The word for this kind in records and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Domain => "domain",
            Kind::Ipv4 => "ipv4",
            Kind::Ipv6 => "ipv6",
            Kind::Url => "url",
            Kind::Email => "email",
            Kind::Md5 => "md5",
            Kind::Sha1 => "sha1",
            Kind::Sha256 => "sha256",
            Kind::Sha512 => "sha512",
        }
    }

    /// The hash kind of this many hexadecimal digits, if there is one.
    pub const fn of_hash(digits: usize) -> Option<Kind> {
        match digits {
            32 => Some(Kind::Md5),
            40 => Some(Kind::Sha1),
            64 => Some(Kind::Sha256),
            128 => Some(Kind::Sha512),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no [`Kind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of observable: take domain, ipv4, ipv6, url, email, md5, sha1, sha256 or sha512")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| UnknownKind(word.to_owned()))
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KindSet(u16);

impl KindSet {
    /// No kind.
    pub const NONE: KindSet = KindSet(0);
    /// Every kind.
    pub const ALL: KindSet = KindSet(0x1ff);

    /// This set with one kind more.
    #[must_use]
    pub const fn with(self, kind: Kind) -> KindSet {
        KindSet(self.0 | 1 << kind as u16)
    }

    /// Whether the set holds a kind.
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u16 != 0
    }

    /// Whether the set holds no kind.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Kind> for KindSet {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        kinds.into_iter().fold(KindSet::NONE, KindSet::with)
    }
}

/// How an indicator hit a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// The value is the indicator.
    Exact,
    /// The value is a sub-domain of the indicator.
    Parent,
    /// The address lies in the indicator's network.
    Cidr,
    /// The address and its port are the indicator.
    Port,
    /// The address is that of an `address:port` indicator, and the line shows no port for it. Weak.
    Address,
    /// The URL goes on after the end of the indicator.
    Prefix,
}

impl MatchKind {
    /// The word for this match in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            MatchKind::Exact => "exact",
            MatchKind::Parent => "parent",
            MatchKind::Cidr => "cidr",
            MatchKind::Port => "port",
            MatchKind::Address => "address",
            MatchKind::Prefix => "prefix",
        }
    }
}

impl fmt::Display for MatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
