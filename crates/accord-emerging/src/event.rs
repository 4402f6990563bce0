//! What comes in.

use accord_matcher::Kind;
use serde::Serialize;

/// Who may be told of an event. Those of two circles say nothing of each other: what is found rests on the events of one
/// circle alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Circle(pub [u8; 16]);

impl Circle {
    /// Everybody to whom the caller shows anything at all.
    pub const OPEN: Circle = Circle([0; 16]);

    /// Whether it is everybody.
    #[must_use]
    pub fn is_open(self) -> bool {
        self == Circle::OPEN
    }
}

/// One sighting: a customer of a source met a value. All texts are borrowed and may be of any length.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// When, milliseconds since 1970 UTC, by the source's clock as corrected.
    pub at_ms: u64,
    /// Who may be told of it.
    pub circle: Circle,
    /// Who says so: a sensor, a log source, a partner.
    pub source: &'a str,
    /// Whom it happened to, a pseudonym. Empty where nobody knows: then all such events of a source are one customer.
    pub customer: &'a str,
    /// The kind of value.
    pub kind: Kind,
    /// The value in canonical form.
    pub value: &'a str,
    /// What is known of it.
    pub labels: Labels<'a>,
    /// Whether it is a look-up that found nothing (NXDOMAIN) or a connection that failed.
    pub failed: bool,
    /// For how many lines it stands; none counts as one.
    pub lines: u32,
}

/// What is known of an event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Labels<'a> {
    /// The malware family of the value.
    pub family: Option<&'a str>,
    /// The campaign or case it belongs to.
    pub campaign: Option<&'a str>,
    /// The customer's sector.
    pub sector: Option<&'a str>,
    /// The customer's country.
    pub country: Option<&'a str>,
    /// The network in which the value stands, `AS64500` say.
    pub network: Option<&'a str>,
}

/// A dimension of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// Malware families.
    Family,
    /// Campaigns and cases.
    Campaign,
    /// Networks in which values stand.
    Network,
    /// Customers' sectors.
    Sector,
    /// Customers' countries.
    Country,
}

impl Dimension {
    /// Every dimension: first what names a threat, then what says where.
    pub const ALL: [Dimension; 5] = [
        Dimension::Family,
        Dimension::Campaign,
        Dimension::Network,
        Dimension::Sector,
        Dimension::Country,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Dimension::Family => "family",
            Dimension::Campaign => "campaign",
            Dimension::Network => "network",
            Dimension::Sector => "sector",
            Dimension::Country => "country",
        }
    }

    /// Whether its labels name a threat rather than say where something was seen.
    pub(crate) const fn names_a_threat(self) -> bool {
        matches!(self, Dimension::Family | Dimension::Campaign)
    }

    pub(crate) const fn of<'a>(self, labels: &Labels<'a>) -> Option<&'a str> {
        match self {
            Dimension::Family => labels.family,
            Dimension::Campaign => labels.campaign,
            Dimension::Network => labels.network,
            Dimension::Sector => labels.sector,
            Dimension::Country => labels.country,
        }
    }
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Counted in the hour that is open.
    Counted,
    /// It is of an hour that was closed; counted there.
    Late,
    /// Older than [`crate::limits::LATE_HOURS`]: remembered as seen, its line counted, but no customer.
    History,
    /// Older than the history, or before 1970 plus it: not taken.
    TooOld,
    /// Further ahead of the clock than [`crate::limits::MAX_AHEAD_MS`]: not taken.
    Ahead,
}
