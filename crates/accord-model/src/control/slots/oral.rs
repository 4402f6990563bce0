//! Oral authorities and their confirmations.

use super::{Slot, View};
use crate::EntryRef;
use crate::control::{ControlEntry, ORAL_CONFIRMED_WITHIN_MS, Oral};

impl View<'_, '_> {
    /// An oral authority with its first confirmation by stamp; `None` also when the organisation that recorded
    /// it had been removed.
    pub(in crate::control) fn oral(&self, at: EntryRef) -> Option<Oral> {
        let recorded = self.entry(at)?;
        let ControlEntry::OralRecorded(says) = &recorded.entry else {
            return None;
        };
        if !self.holds(recorded) {
            return None;
        }
        let confirmed = self
            .slot(&Slot::Oral(at))
            .into_iter()
            .filter(|noted| matches!(noted.entry, ControlEntry::OralConfirmed(_)) && self.holds(noted))
            .min_by_key(|noted| (noted.wall_ms, noted.at))
            .map(|noted| (noted.at, noted.wall_ms));
        Some(Oral {
            org: recorded.author.clone(),
            says: says.clone(),
            due_ms: recorded.wall_ms.saturating_add(ORAL_CONFIRMED_WITHIN_MS),
            confirmed,
        })
    }
}
