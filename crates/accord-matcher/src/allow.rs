//! Allow lists: values that must never be reported. They act when a watchlist is built.

use crate::pattern::{Pattern, Refusal};

/// One entry of an allow list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AllowEntry {
    pattern: Pattern,
}

impl AllowEntry {
    /// Reads an entry: an exact value (`www.ok.example`, an address, a URL, a hash ...), a name with its sub-domains
    /// (`*.cdn.example` or `.cdn.example`), or a network (`198.51.100.0/24`).
    ///
    /// # Errors
    /// As [`Pattern::parse`].
    pub fn parse(text: &str) -> Result<AllowEntry, Refusal> {
        Ok(AllowEntry { pattern: Pattern::parse(text)? })
    }

    /// Reads an entry as MISP `hostname` lists mean it: a name stands for itself and its sub-domains.
    ///
    /// # Errors
    /// As [`Pattern::parse`].
    pub fn parse_with_subdomains(text: &str) -> Result<AllowEntry, Refusal> {
        AllowEntry::parse(text)
    }

    /// The entry as text.
    pub fn as_text(&self) -> &str {
        self.pattern.canonical()
    }
}
