//! Legal instruments.

use std::collections::BTreeSet;

use super::{Slot, View};
use crate::EntryRef;
use crate::control::{ControlEntry, Instrument, InstrumentRecorded, Noted};

impl<'n> View<'_, 'n> {
    /// A counted recording.
    pub(in crate::control) fn recorded(&self, at: EntryRef) -> Option<(&'n Noted, &'n InstrumentRecorded)> {
        let noted = self.entry(at)?;
        match &noted.entry {
            ControlEntry::InstrumentRecorded(body) => Some((noted, body)),
            _ => None,
        }
    }

    /// How an instrument stands; `None` also when the organisation that recorded it had been removed.
    ///
    /// It is over once ended, or once its organisation recorded the same reference again after it. Recordings
    /// of one reference that have not seen each other: the shorter and the smaller wins, that is the later
    /// beginning, the earlier end and the common categories, and an end of either is an end of both. An end
    /// of an earlier recording that this one had not seen is an end of this one: ended wins.
    pub(in crate::control) fn instrument(&self, at: EntryRef) -> Option<Instrument> {
        let (noted, says) = self.recorded(at)?;
        if !self.holds(noted) {
            return None;
        }
        let key = || {
            (
                noted.author.clone(),
                says.reference.clone(),
                says.addressee.clone(),
            )
        };
        let (org, reference, addressee) = key();
        let lines = self.lines(&Slot::Instrument(org, reference, addressee));
        let seen = |other: EntryRef| self.order.before(other, at);
        let has_seen = |other: EntryRef| self.order.before(at, other);
        let mut instrument = Instrument {
            org: noted.author.clone(),
            says: says.clone(),
            from_ms: says.from_ms,
            to_ms: says.to_ms,
            categories: says.scope.categories.iter().copied().collect(),
            over: None,
        };
        let mut over = Vec::new();
        for line in lines {
            let after_seen = line
                .get(self.prefix(line, |other| seen(other.at)).len()..)
                .unwrap_or_default();
            let twins = self.prefix(after_seen, |other| !has_seen(other.at));
            over.extend(after_seen.get(twins.len()).map(|replacing| replacing.at));
            for twin in twins {
                let ControlEntry::InstrumentRecorded(body) = &twin.entry else {
                    continue;
                };
                instrument.from_ms = instrument.from_ms.max(body.from_ms);
                instrument.to_ms = instrument.to_ms.min(body.to_ms);
                let common: BTreeSet<_> = body.scope.categories.iter().copied().collect();
                instrument.categories.retain(|category| common.contains(category));
            }
        }
        let (org, reference, addressee) = key();
        for line in self.lines(&Slot::InstrumentEnd(org, reference, addressee)) {
            let unseen = line
                .get(self.prefix(line, |ending| seen(ending.at)).len()..)
                .unwrap_or_default();
            let ends = |ending: &Noted| match &ending.entry {
                // Of an earlier recording, unless whoever ended it knew of this one and left it standing.
                ControlEntry::InstrumentEnded(body) if seen(body.instrument) => !has_seen(ending.at),
                ControlEntry::InstrumentEnded(body) => !has_seen(body.instrument),
                _ => false,
            };
            over.extend(unseen.iter().find(|ending| ends(ending)).map(|ending| ending.at));
        }
        instrument.over = over.into_iter().min();
        Some(instrument)
    }
}
