//! Indicators in canonical form.

mod refusal;

pub use refusal::{Reason, Refusal};

/// What an indicator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternKind {
    /// A domain and its sub-domains: `evil.example`.
    Domain,
    /// The sub-domains of a domain only: `.dyn.example`.
    Subdomains,
    /// One address: `192.0.2.10`, `2001:db8::7`.
    Address,
    /// A network: `192.0.2.0/24`.
    Network,
    /// An address with a port: `198.51.100.7:8443`, `[2001:db8::7]:443`.
    AddressPort,
    /// A URL without scheme: `bad.example/a.php`.
    Url,
    /// An e-mail address: `mule@mail.example`.
    Email,
    /// An MD5, SHA-1, SHA-256 or SHA-512 digest.
    Hash,
}

impl PatternKind {
    /// Every kind, in the order in which they are listed and counted.
    pub const ALL: [PatternKind; 8] = [
        PatternKind::Domain,
        PatternKind::Subdomains,
        PatternKind::Address,
        PatternKind::Network,
        PatternKind::AddressPort,
        PatternKind::Url,
        PatternKind::Email,
        PatternKind::Hash,
    ];

    /// The word for this kind in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            PatternKind::Domain => "domain",
            PatternKind::Subdomains => "subdomains",
            PatternKind::Address => "address",
            PatternKind::Network => "network",
            PatternKind::AddressPort => "address-port",
            PatternKind::Url => "url",
            PatternKind::Email => "email",
            PatternKind::Hash => "hash",
        }
    }
}

/// An indicator in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    kind: PatternKind,
    canonical: String,
}

impl Pattern {
    /// Reads an indicator as people and feeds write it, defanged forms included.
    ///
    /// # Errors
    /// A [`Refusal`] with the reason in plain words.
    pub fn parse(text: &str) -> Result<Pattern, Refusal> {
        Err(Refusal::new(Reason::Empty, text))
    }

    /// What the indicator is.
    pub fn kind(&self) -> PatternKind {
        self.kind
    }

    /// The canonical text: what `indicator` is in a record.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}
