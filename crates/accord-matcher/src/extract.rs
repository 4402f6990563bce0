//! All observables of a text, without a watchlist.

use crate::kind::{Kind, KindSet};

/// An observable in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observable {
    /// What it is.
    pub kind: Kind,
    /// Its first byte in the line, from 0. Of a URL this is the first byte of its host.
    pub start: usize,
    /// Its canonical value.
    pub value: String,
}

/// Appends the observables of a line in order of their first byte, the longest first; every occurrence is one.
pub fn extract(_line: &[u8], _kinds: KindSet, _out: &mut Vec<Observable>) {}
