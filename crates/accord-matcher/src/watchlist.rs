//! A compiled set of indicators.
//!
//! Its parts are sections of bytes, the same in memory and in the file (`docs/spec/watchlist-file.md`): records and texts
//! in the order of the ids (`records`), an index from fingerprints to them (`index`), and what the probing pass asks
//! (`sieve`). Matching touches the index and the sieve; records and texts are touched by what hits.
//!
//! Over a file, a part that is found damaged gives "nothing" and is remembered: an answer holds if [`Watchlist::check`]
//! says so after it. In memory there is nothing to check.

use std::sync::Arc;

use crate::index::{Index, URL_HOST};
use crate::line::LineReader;
use crate::overlay::Overlay;
use crate::pattern::PatternKind;
use crate::records::Records;
use crate::scanner::{Hit, Options};
use crate::sealed::SealedError;
use crate::sieve::{LazySieve, Sieve};

/// The caller's number of an indicator. Opaque to the matcher: labels and provenance stay with the caller.
pub type IndicatorId = u32;

/// A compiled set of indicators. Immutable; shared by any number of scanners; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Watchlist {
    pub(crate) records: Records,
    pub(crate) index: Index,
    pub(crate) shape: Shape,
    pub(crate) sieve: LazySieve,
    pub(crate) over: Option<Arc<Overlay>>,
}

/// What the probing pass must know beside fingerprints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Prefix lengths of networks, the longest first, of 128.
    pub(crate) ipv4_prefixes: Vec<u8>,
    pub(crate) ipv6_prefixes: Vec<u8>,
    pub(crate) longest_url_tail: usize,
}

impl Watchlist {
    /// How many indicators it holds.
    pub fn len(&self) -> usize {
        let (added, gone) = self
            .over
            .as_ref()
            .map_or((0, 0), |over| (over.added.len(), over.gone.len()));
        (self.records.len() + added).saturating_sub(gone)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The canonical text of an indicator: what `indicator` is in a record.
    pub fn pattern(&self, id: IndicatorId) -> Option<&str> {
        self.indicator(id).map(|(_, text)| text)
    }

    /// The kind and the canonical text of an indicator.
    pub fn indicator(&self, id: IndicatorId) -> Option<(PatternKind, &str)> {
        if let Some(over) = &self.over
            && let Some(found) = over.added.indicator(id)
        {
            return Some(found);
        }
        let row = self.records.row_of(id)?;
        self.row(row).map(|(_, kind, text)| (kind, text))
    }

    /// Every indicator with its kind and canonical text, in the order of the ids; those of a live layer last, in the
    /// order of theirs.
    pub fn iter(&self) -> impl Iterator<Item = (IndicatorId, PatternKind, &str)> {
        let added = self.over.as_ref().map_or(0, |over| over.added.records.len());
        (0..self.records.len() + added).filter_map(|row| self.row(row))
    }

    /// Bytes that looking for indicators touches, whatever the text: the sieve, once somebody scanned, and the index. What
    /// hits touches records and texts beside them.
    pub fn resident_bytes(&self) -> usize {
        self.index.bytes() + self.sieve.resident_bytes()
    }

    /// Bytes of all that it holds.
    pub fn stored_bytes(&self) -> usize {
        self.resident_bytes() + self.records.records.len() + self.records.texts.len()
    }

    /// Whether what was touched so far was whole. Of a watchlist in memory, always.
    ///
    /// # Errors
    /// The first damage of its file that was met. Answers since then, and those just before, may lack hits.
    pub fn check(&self) -> Result<(), SealedError> {
        self.records.records.check()
    }

    /// The verdict on one value (domain, address, `address:port`, URL, e-mail address or hash): what a line that holds
    /// nothing but the value would give. Over a file, to be followed by [`Watchlist::check`].
    pub fn lookup(&self, value: &str, weak: bool) -> Vec<Hit> {
        let mut hits = Vec::new();
        let options = Options { weak, count: false };
        LineReader::default().read(
            self,
            value.as_bytes(),
            &Default::default(),
            options,
            &mut hits,
            &mut Default::default(),
        );
        hits
    }

    /// Makes now what the first scan would make, or check.
    pub fn prepare(&self) {
        self.sieve();
    }

    /// A row; those of a live layer come after the others. None where it is gone.
    pub(crate) fn row(&self, row: usize) -> Option<(IndicatorId, PatternKind, &str)> {
        match &self.over {
            None => self.records.get(row),
            Some(over) => match row.checked_sub(self.records.len()) {
                Some(row) => over.added.row(row),
                None if over.gone.contains(&(row as u32)) => None,
                None => self.records.get(row),
            },
        }
    }

    /// Asks for what the first of two looks will look at.
    #[inline]
    pub(crate) fn prefetch(&self, fingerprint: u64) {
        self.index.filter.prefetch(fingerprint);
    }

    /// Whether a fingerprint may be there. The first of two looks.
    #[inline]
    pub(crate) fn may_contain(&self, fingerprint: u64) -> bool {
        self.index.may_contain(fingerprint)
            || self
                .over
                .as_ref()
                .is_some_and(|over| over.added.may_contain(fingerprint))
    }

    /// Whether a fingerprint is there. The second look.
    #[inline]
    pub(crate) fn contains(&self, fingerprint: u64) -> bool {
        !self.index.places(fingerprint).is_empty()
            || self
                .over
                .as_ref()
                .is_some_and(|over| over.added.contains(fingerprint))
    }

    /// The rows of a fingerprint and [`URL_HOST`], of its own index.
    fn own_rows(&self, fingerprint: u64) -> impl Iterator<Item = u32> {
        let places = if self.index.may_contain(fingerprint) {
            self.index.places(fingerprint)
        } else {
            0..0
        };
        places.filter_map(|place| self.index.row(place))
    }

    /// The indicators with a fingerprint; their texts are still to be compared.
    pub(crate) fn rows(&self, fingerprint: u64) -> impl Iterator<Item = (u32, PatternKind, &str)> {
        let before = self.records.len() as u32;
        let added = self.over.as_ref().map(|over| {
            over.added
                .own_rows(fingerprint)
                .filter(|&row| row != URL_HOST)
                .map(move |row| before + row)
        });
        self.own_rows(fingerprint)
            .filter(|&row| row != URL_HOST)
            .chain(added.into_iter().flatten())
            .filter_map(|row| {
                let (_, kind, text) = self.row(row as usize)?;
                Some((row, kind, text))
            })
    }

    /// Whether URL indicators may have the host with this fingerprint.
    pub(crate) fn is_url_host(&self, fingerprint: u64) -> bool {
        self.own_rows(fingerprint).any(|row| row == URL_HOST)
            || self
                .over
                .as_ref()
                .is_some_and(|over| over.added.is_url_host(fingerprint))
    }

    /// The prefix lengths, of 128, of the networks of one family, the longest first.
    #[inline]
    pub(crate) fn prefixes(&self, is_ipv4: bool) -> &[u8] {
        if is_ipv4 {
            &self.shape.ipv4_prefixes
        } else {
            &self.shape.ipv6_prefixes
        }
    }

    /// What the probing pass asks first.
    pub(crate) fn sieve(&self) -> &Arc<Sieve> {
        self.sieve.get(self)
    }

    pub(crate) fn longest_url_tail(&self) -> usize {
        self.shape.longest_url_tail
    }
}

/// Equal where they hold the same indicators under the same ids.
impl PartialEq for Watchlist {
    fn eq(&self, other: &Watchlist) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Watchlist {}
