//! What one audience can be answered from, at one instant: a compiled base, a compiled live layer over it, and the
//! listings of the base that the live layer took away.
//!
//! Both layers go through the same matcher, so that a publication matches at once exactly as it will after the next
//! compilation. Immutable; a change makes a new snapshot that shares the base.

use std::collections::HashSet;
use std::sync::Arc;

use accord_matcher::{IndicatorId, Pattern};

use crate::edge::SetDigest;
use crate::layer::Layer;
use crate::listing::{Action, Listing, Note};
use crate::prefix::{HashPrefix, digest};
use crate::reader::{Found, Reader};
use crate::verdict::Verdict;

/// One instant of an audience's listings.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub(crate) base: Arc<Layer>,
    pub(crate) gone: Arc<HashSet<IndicatorId>>,
    pub(crate) live: Arc<Layer>,
    pub(crate) serial: u32,
    pub(crate) changed_ms: u64,
    pub(crate) blocked: usize,
    pub(crate) listed: usize,
    pub(crate) digest: SetDigest,
}

/// One entry of the bucket of a private look-up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketEntry {
    /// The SHA-256 of the canonical indicator.
    pub sha256: [u8; 32],
    /// Labels.
    pub labels: Arc<[String]>,
}

impl Snapshot {
    /// Counts what the layers hold, whose digest is given. Serial and time stay as they are.
    pub(crate) fn of(
        base: Arc<Layer>,
        gone: Arc<HashSet<IndicatorId>>,
        live: Arc<Layer>,
        digest: SetDigest,
    ) -> Snapshot {
        let gone_blocks = gone
            .iter()
            .filter(|id| base.note(**id).is_some_and(|note| note.action == Action::Block))
            .count();
        Snapshot {
            blocked: (base.blocked + live.blocked).saturating_sub(gone_blocks),
            listed: (base.len() + live.len()).saturating_sub(gone.len()),
            base,
            gone,
            live,
            serial: 0,
            changed_ms: 0,
            digest,
        }
    }

    /// Grows with every change that the audience can see, and with no other.
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// When the audience could last see a change, milliseconds since the Unix epoch.
    pub fn changed_ms(&self) -> u64 {
        self.changed_ms
    }

    /// Which set of listings this is, silent detections among them. Not for the audience.
    pub fn digest(&self) -> SetDigest {
        self.digest
    }

    /// How many indicators are blocked.
    pub fn blocked(&self) -> usize {
        self.blocked
    }

    /// How many indicators are only detected. Not for the audience.
    pub fn detected(&self) -> usize {
        self.listed.saturating_sub(self.blocked)
    }

    /// Looks a value up by the rules of `docs/spec/matching.md`, as a line that holds nothing else.
    pub fn look_up(&self, reader: &mut Reader, value: &str) -> Verdict {
        self.find(reader, value);
        Verdict {
            matches: reader.matches(self),
        }
    }

    pub(crate) fn layer(&self, is_live: bool) -> &Layer {
        if is_live { &self.live } else { &self.base }
    }

    /// Counts each indicator that hit a value once.
    pub(crate) fn count(&self, hit: &[Found], day: u32) {
        for (place, found) in hit.iter().enumerate() {
            // A URL and its host can both be hit by one indicator.
            let mut before = hit.iter().take(place);
            if !before.any(|other| (other.is_live, other.id) == (found.is_live, found.id)) {
                self.layer(found.is_live).count(found.id, day);
            }
        }
    }

    /// The note of exactly this indicator.
    pub(crate) fn note(&self, pattern: &Pattern) -> Option<&Note> {
        if let Some(id) = self.live.watchlist.find(pattern) {
            return self.live.note(id);
        }
        let id = self.base.watchlist.find(pattern)?;
        if self.gone.contains(&id) {
            return None;
        }
        self.base.note(id)
    }

    /// Every listing, those of the base first.
    pub(crate) fn listings(&self) -> impl Iterator<Item = Listing> {
        let base = self.base.ids().filter(|id| !self.gone.contains(id));
        let base = base.filter_map(|id| self.base.listing(id));
        base.chain(self.live.ids().filter_map(|id| self.live.listing(id)))
    }

    /// Every blocked listing, those of the base first.
    pub fn blocks(&self) -> impl Iterator<Item = Listing> {
        (0..self.slots()).filter_map(|slot| self.block_in(slot))
    }

    /// How many slots [`Snapshot::listing_in`] knows.
    pub(crate) fn slots(&self) -> usize {
        self.base.len() + self.live.len()
    }

    /// The blocked listing in a slot: those of the base first. For walks that pause.
    pub(crate) fn block_in(&self, slot: usize) -> Option<Listing> {
        self.listing_in(slot)
            .filter(|listing| listing.note.action == Action::Block)
    }

    /// The listing in a slot.
    pub(crate) fn listing_in(&self, slot: usize) -> Option<Listing> {
        match slot.checked_sub(self.base.len()) {
            Some(slot) => self.live.listing(u32::try_from(slot).ok()?),
            None => {
                let id = u32::try_from(slot).ok()?;
                self.base.listing(id).filter(|_| !self.gone.contains(&id))
            }
        }
    }

    /// The blocked indicators whose digests begin so, in the order of the digests.
    pub fn bucket(&self, prefix: HashPrefix) -> Vec<BucketEntry> {
        let base = self.base.prefixes.bucket(prefix).iter();
        let base = base
            .filter(|id| !self.gone.contains(id))
            .map(|&id| (&self.base, id));
        let live = self.live.prefixes.bucket(prefix).iter();
        let live = live.map(|&id| (&self.live, id));
        let mut bucket: Vec<BucketEntry> = base
            .chain(live)
            .filter_map(|(layer, id)| {
                Some(BucketEntry {
                    sha256: digest(layer.text(id)),
                    labels: layer.note(id)?.labels.clone(),
                })
            })
            .collect();
        bucket.sort_unstable();
        bucket
    }
}
