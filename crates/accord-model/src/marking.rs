//! Markings: how far a payload may travel, in the words of FIRST's Traffic Light Protocol 2.0.

use crate::words::words;

words! {
    /// TLP 2.0 labels, least restrictive first; the order is the order of restriction
    /// (FIRST, "Traffic Light Protocol", version 2.0, August 2022).
    pub enum Tlp as "TLP label" {
        /// Disclosure is not limited.
        Clear = "TLP:CLEAR",
        /// The community.
        Green = "TLP:GREEN",
        /// The organisation and its clients.
        Amber = "TLP:AMBER",
        /// The organisation only.
        AmberStrict = "TLP:AMBER+STRICT",
        /// The named recipients only.
        Red = "TLP:RED",
    }
}

/// The marking of one payload. There is no default: a payload without a marking does not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marking {
    /// The TLP 2.0 label.
    pub tlp: Tlp,
}

impl Marking {
    /// A marking that carries only a TLP label.
    pub const fn tlp(tlp: Tlp) -> Self {
        Self { tlp }
    }
}

impl Tlp {
    /// 0 (clear) to 4 (red): the number that clauses compare with a ceiling.
    pub const fn rank(self) -> i64 {
        match self {
            Self::Clear => 0,
            Self::Green => 1,
            Self::Amber => 2,
            Self::AmberStrict => 3,
            Self::Red => 4,
        }
    }
}
