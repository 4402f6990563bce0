//! Why a text is not taken as an indicator.

/// Why a text is not taken as an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Nothing but white space.
    Empty,
    /// Longer than [`crate::limits::MAX_PATTERN_BYTES`].
    TooLong,
    /// White space or a control character inside.
    WhiteSpace,
    /// A path, but no host before it.
    PathWithoutHost,
    /// A wildcard or regular expression.
    IsAPattern,
    /// Two ports after one host.
    TwoPorts,
    /// A name of one label, such as a bare top-level domain.
    OneLabel,
    /// An IPv4 address with leading zeros: some programs read them as octal.
    LeadingZeros,
    /// A name whose last label is a number: neither a name nor an address.
    NumericName,
    /// A port outside 1 to 65535, or not a number.
    BadPort,
    /// A prefix length that the address family does not have, or 0, which would hit every address.
    BadPrefix,
    /// A character or label that no host name has.
    BadHost,
    /// Not an IPv6 address.
    BadAddress,
    /// The local part of the e-mail address is empty, too long or has a character that is not read in logs.
    BadEmail,
    /// A URL with a character at which a URL in text ends, so that it could never hit.
    BadUrl,
}

impl Reason {
    /// A stable code, for reports and counts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Empty => "empty",
            Reason::TooLong => "too-long",
            Reason::WhiteSpace => "white-space",
            Reason::PathWithoutHost => "path-without-host",
            Reason::IsAPattern => "is-a-pattern",
            Reason::TwoPorts => "two-ports",
            Reason::OneLabel => "one-label",
            Reason::LeadingZeros => "leading-zeros",
            Reason::NumericName => "numeric-name",
            Reason::BadPort => "bad-port",
            Reason::BadPrefix => "bad-prefix",
            Reason::BadHost => "bad-host",
            Reason::BadAddress => "bad-address",
            Reason::BadEmail => "bad-email",
            Reason::BadUrl => "bad-url",
        }
    }

    /// The reason in plain words, as they follow "refused:".
    pub const fn words(self) -> &'static str {
        match self {
            Reason::Empty => "it is empty",
            Reason::TooLong => "it is longer than 2,048 bytes",
            Reason::WhiteSpace => "it has white space or a control character in it",
            Reason::PathWithoutHost => "it is a path without a host, which would hit on every site",
            Reason::IsAPattern => "it is a pattern, and only exact values are matched",
            Reason::TwoPorts => "it has two ports",
            Reason::OneLabel => "it has one label, which would hit a whole top-level domain",
            Reason::LeadingZeros => "leading zeros are no address, as some programs read them as octal",
            Reason::NumericName => "its last label is a number, so it is neither a name nor an address",
            Reason::BadPort => "its port is not a number from 1 to 65535",
            Reason::BadPrefix => "its prefix length is 0 or too large for the address",
            Reason::BadHost => "its host is not a valid name",
            Reason::BadAddress => "it is not a valid IPv6 address",
            Reason::BadEmail => "it is not an e-mail address that is read in logs",
            Reason::BadUrl => "it has a character at which a URL in a log ends, so it could never hit",
        }
    }
}

/// A text that was not taken as an indicator, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is refused: {}", .reason.words())]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The text as given, cut after 200 characters.
    pub text: String,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, text: &str) -> Refusal {
        Refusal { reason, text: text.chars().take(200).collect() }
    }

    /// The reason's stable code.
    pub const fn as_str(&self) -> &'static str {
        self.reason.as_str()
    }
}
