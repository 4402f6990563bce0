//! A compiled set of indicators.
//!
//! Strings lie in one blob in the order of their ids. Fingerprints lie in one sorted array, with the place of their
//! indicator beside each; a filter in front of it says "no" to nearly everything that is not there.

use std::sync::Arc;

use crate::filter::Filter;
use crate::fingerprint::{of_text, split_url};
use crate::line::LineReader;
use crate::pattern::{Network, PatternKind, fingerprint};
use crate::scanner::{Hit, Options};
use crate::sieve::{LazySieve, Sieve};

/// The caller's number of an indicator. Opaque to the matcher: labels and provenance stay with the caller.
pub type IndicatorId = u32;

/// Instead of a row: a host that URL indicators have.
const URL_HOST: u32 = u32::MAX;

/// A compiled set of indicators. Immutable; shared by any number of scanners.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watchlist {
    /// Ascending.
    ids: Vec<IndicatorId>,
    kinds: Vec<PatternKind>,
    /// Where each text ends in `texts`.
    ends: Vec<u32>,
    texts: String,
    /// Ascending; one may stand several times.
    fingerprints: Vec<u64>,
    /// The row (place in `ids`) of each fingerprint, or [`URL_HOST`].
    rows: Vec<u32>,
    /// Where the fingerprints with given leading bits begin.
    directory: Vec<u32>,
    directory_shift: u32,
    filter: Filter,
    /// Prefix lengths of networks, the longest first, of 128.
    ipv4_prefixes: Vec<u8>,
    ipv6_prefixes: Vec<u8>,
    longest_url_tail: usize,
    sieve: LazySieve,
}

impl Watchlist {
    /// Compiles rows that are in ascending order of distinct ids, with canonical texts whose sum is within the limits.
    pub(crate) fn compile<'t>(rows: impl Iterator<Item = (IndicatorId, PatternKind, &'t str)>) -> Watchlist {
        let mut list = Watchlist::default();
        let mut keyed: Vec<(u64, u32)> = Vec::new();
        for (row, (id, kind, text)) in (0u32..).zip(rows) {
            list.ids.push(id);
            list.kinds.push(kind);
            list.texts.push_str(text);
            list.ends
                .push(u32::try_from(list.texts.len()).unwrap_or(u32::MAX));
            if let Some(fingerprint) = fingerprint(kind, text) {
                keyed.push((fingerprint, row));
            }
            list.note(kind, text, &mut keyed);
        }
        keyed.sort_unstable();
        keyed.dedup();
        (list.fingerprints, list.rows) = keyed.into_iter().unzip();
        list.filter = Filter::new(&list.fingerprints);
        list.ipv4_prefixes.sort_unstable_by(|a, b| b.cmp(a));
        list.ipv6_prefixes.sort_unstable_by(|a, b| b.cmp(a));
        list.index();
        list
    }

    /// Takes in what the probing pass must know beside the fingerprint.
    fn note(&mut self, kind: PatternKind, text: &str, keyed: &mut Vec<(u64, u32)>) {
        match kind {
            PatternKind::Network => {
                if let Some(network) = Network::of(kind, text) {
                    let prefixes = if network.is_ipv4 {
                        &mut self.ipv4_prefixes
                    } else {
                        &mut self.ipv6_prefixes
                    };
                    if !prefixes.contains(&network.prefix) {
                        prefixes.push(network.prefix);
                    }
                }
            }
            PatternKind::Url => {
                let (host, tail) = split_url(text.as_bytes());
                self.longest_url_tail = self.longest_url_tail.max(tail.len());
                let host = String::from_utf8_lossy(host);
                let key = match crate::pattern::authority(&host) {
                    Ok((crate::pattern::Host::Address(address), _)) => {
                        crate::fingerprint::of_network(crate::host::bits(address), 128)
                    }
                    Ok((crate::pattern::Host::Name(name), _)) => of_text(name.as_bytes()),
                    Err(_) => return,
                };
                keyed.push((key, URL_HOST));
            }
            _ => {}
        }
    }

    fn index(&mut self) {
        let bits = (self.fingerprints.len() / 4).max(1).ilog2().clamp(1, 28);
        self.directory_shift = 64 - bits;
        let mut directory = Vec::with_capacity((1 << bits) + 1);
        let mut position = 0;
        for leading in 0..=(1u64 << bits) {
            while self
                .fingerprints
                .get(position)
                .is_some_and(|f| f >> self.directory_shift < leading)
            {
                position += 1;
            }
            directory.push(u32::try_from(position).unwrap_or(u32::MAX));
        }
        self.directory = directory;
    }

    /// How many indicators it holds.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The canonical text of an indicator: what `indicator` is in a record.
    pub fn pattern(&self, id: IndicatorId) -> Option<&str> {
        self.ids
            .binary_search(&id)
            .ok()
            .and_then(|row| self.row(row))
            .map(|(_, _, text)| text)
    }

    /// The kind and the canonical text of an indicator.
    pub fn indicator(&self, id: IndicatorId) -> Option<(PatternKind, &str)> {
        let row = self.ids.binary_search(&id).ok()?;
        self.row(row).map(|(_, kind, text)| (kind, text))
    }

    /// Every indicator with its kind and canonical text, in the order of the ids.
    pub fn iter(&self) -> impl Iterator<Item = (IndicatorId, PatternKind, &str)> {
        (0..self.ids.len()).filter_map(|row| self.row(row))
    }

    /// The bytes that stay in memory, apart from this struct.
    pub fn resident_bytes(&self) -> usize {
        self.ids.len() * 4
            + self.kinds.len()
            + self.ends.len() * 4
            + self.texts.len()
            + self.fingerprints.len() * 8
            + self.rows.len() * 4
            + self.directory.len() * 4
            + self.filter.resident_bytes()
            + self.sieve.resident_bytes()
    }

    /// The verdict on one value (domain, address, `address:port`, URL, e-mail address or hash): what a line that holds
    /// nothing but the value would give.
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

    pub(crate) fn row(&self, row: usize) -> Option<(IndicatorId, PatternKind, &str)> {
        let end = *self.ends.get(row)? as usize;
        let start = match row.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        Some((
            *self.ids.get(row)?,
            *self.kinds.get(row)?,
            self.texts.get(start..end)?,
        ))
    }

    /// Whether a fingerprint may be there. The first of two looks.
    #[inline]
    pub(crate) fn may_contain(&self, fingerprint: u64) -> bool {
        self.filter.may_contain(fingerprint)
    }

    /// The places of a fingerprint in `rows`.
    fn places(&self, fingerprint: u64) -> std::ops::Range<usize> {
        let leading = usize::try_from(fingerprint >> self.directory_shift.min(63)).unwrap_or(usize::MAX);
        let from = self.directory.get(leading).map_or(0, |&p| p as usize);
        let to = self
            .directory
            .get(leading.saturating_add(1))
            .map_or(from, |&p| p as usize);
        let bucket = self.fingerprints.get(from..to).unwrap_or_default();
        let first = from + bucket.partition_point(|&f| f < fingerprint);
        let last = from + bucket.partition_point(|&f| f <= fingerprint);
        first..last
    }

    /// Whether a fingerprint is there. The second look.
    #[inline]
    pub(crate) fn contains(&self, fingerprint: u64) -> bool {
        !self.places(fingerprint).is_empty()
    }

    /// The indicators with a fingerprint; their texts are still to be compared.
    pub(crate) fn rows(&self, fingerprint: u64) -> impl Iterator<Item = (u32, PatternKind, &str)> {
        let places = if self.may_contain(fingerprint) {
            self.places(fingerprint)
        } else {
            0..0
        };
        self.rows
            .get(places)
            .unwrap_or_default()
            .iter()
            .filter_map(|&row| {
                let (_, kind, text) = self.row(row as usize)?;
                Some((row, kind, text))
            })
    }

    /// Whether URL indicators may have the host with this fingerprint.
    pub(crate) fn is_url_host(&self, fingerprint: u64) -> bool {
        self.may_contain(fingerprint)
            && self
                .rows
                .get(self.places(fingerprint))
                .unwrap_or_default()
                .contains(&URL_HOST)
    }

    /// The prefix lengths, of 128, of the networks of one family, the longest first.
    #[inline]
    pub(crate) fn prefixes(&self, is_ipv4: bool) -> &[u8] {
        if is_ipv4 {
            &self.ipv4_prefixes
        } else {
            &self.ipv6_prefixes
        }
    }

    /// What the probing pass asks first.
    pub(crate) fn sieve(&self) -> &Arc<Sieve> {
        self.sieve.get(self)
    }

    pub(crate) fn longest_url_tail(&self) -> usize {
        self.longest_url_tail
    }
}
