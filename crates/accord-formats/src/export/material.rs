//! What is written, in the words of no format.

/// What kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueKind {
    /// A domain and what is under it.
    Domain,
    /// What is under a domain only, `.dyn.example`.
    Subdomains,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A network, `192.0.2.0/24`.
    Network,
    /// An address with a port.
    AddressPort,
    /// A URL without its scheme.
    Url,
    /// An e-mail address.
    Email,
    /// A digest of 32 hexadecimal digits.
    Md5,
    /// Of 40.
    Sha1,
    /// Of 64.
    Sha256,
    /// Of 128.
    Sha512,
}

impl ValueKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Subdomains => "subdomains",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Network => "network",
            Self::AddressPort => "address-port",
            Self::Url => "url",
            Self::Email => "email",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }
}

/// A TLP 2.0 label, the least strict first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Marking {
    /// `TLP:CLEAR`.
    Clear,
    /// `TLP:GREEN`.
    Green,
    /// `TLP:AMBER`.
    Amber,
    /// `TLP:AMBER+STRICT`.
    AmberStrict,
    /// `TLP:RED`.
    Red,
}

impl Marking {
    /// Every marking.
    pub const ALL: [Self; 5] = [
        Self::Clear,
        Self::Green,
        Self::Amber,
        Self::AmberStrict,
        Self::Red,
    ];

    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "TLP:CLEAR",
            Self::Green => "TLP:GREEN",
            Self::Amber => "TLP:AMBER",
            Self::AmberStrict => "TLP:AMBER+STRICT",
            Self::Red => "TLP:RED",
        }
    }
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// The note that published it: its identifiers are made from this and the value.
    pub reference: String,
    /// Its value in the matcher's canonical form.
    pub value: String,
    /// What it is.
    pub kind: ValueKind,
    /// Labels.
    pub labels: Vec<String>,
    /// How sure the publisher is, 0 to 100.
    pub confidence: Option<u8>,
    /// Since when, ms UTC.
    pub published_ms: u64,
    /// Until when it means anything, ms UTC.
    pub valid_until_ms: Option<u64>,
    /// When it was withdrawn, ms UTC.
    pub withdrawn_ms: Option<u64>,
    /// How far it may travel.
    pub marking: Marking,
    /// Whose it is; none where the source is protected.
    pub organisation: Option<String>,
    /// The note's one line.
    pub title: String,
    /// More words.
    pub description: Option<String>,
    /// The operation on which it is known.
    pub operation: String,
}

impl Indicator {
    /// Whether it means nothing any more.
    pub fn is_over(&self, now_ms: u64) -> bool {
        self.valid_until_ms.is_some_and(|until| until <= now_ms)
    }
}

/// How often an indicator was seen on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The note that says so.
    pub reference: String,
    /// The note that published the indicator.
    pub indicator: String,
    /// The indicator's value, in canonical form.
    pub value: String,
    /// How often.
    pub count: u64,
    /// The day's first instant, ms UTC.
    pub day_ms: u64,
    /// When it was said, ms UTC.
    pub published_ms: u64,
    /// Who saw it.
    pub organisation: String,
    /// How far it may travel.
    pub marking: Marking,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its note.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// When, ms UTC.
    pub published_ms: u64,
    /// Whose it is; none where the source is protected.
    pub organisation: Option<String>,
    /// How far it may travel.
    pub marking: Marking,
    /// ATT&CK techniques, `T1566.001`.
    pub techniques: Vec<String>,
    /// The indicators that rest on it: the note that published each, and its canonical value.
    pub indicators: Vec<(String, String)>,
}

/// Everything that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// Who writes the file.
    pub publisher: String,
    /// What it is, one line.
    pub title: String,
    /// Now, ms UTC.
    pub made_ms: u64,
    /// Indicators, in their order.
    pub indicators: Vec<Indicator>,
    /// Sightings.
    pub sightings: Vec<Sighting>,
    /// Reports.
    pub reports: Vec<Report>,
}

impl Material {
    /// The strictest marking of what is carried.
    pub(super) fn marking(&self, carried: &[&Indicator], all: bool) -> Option<Marking> {
        let others = self
            .sightings
            .iter()
            .map(|one| one.marking)
            .chain(self.reports.iter().map(|one| one.marking))
            .filter(|_| all);
        carried.iter().map(|one| one.marking).chain(others).max()
    }
}
