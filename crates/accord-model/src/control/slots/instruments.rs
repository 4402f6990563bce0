//! Legal instruments.

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

    /// How an instrument stands. It is over once ended, or once its organisation recorded the same reference
    /// again after it. Recordings of one reference that have not seen each other: the shorter wins, that is
    /// the later beginning, the earlier end, and an end of either is an end of both.
    pub(in crate::control) fn instrument(&self, at: EntryRef) -> Option<Instrument> {
        let (noted, says) = self.recorded(at)?;
        let slot = Slot::Instrument(
            noted.author.clone(),
            says.reference.clone(),
            says.addressee.clone(),
        );
        let all = self.slot(&slot);
        let twins: Vec<EntryRef> = all
            .iter()
            .map(|other| other.at)
            .filter(|other| !self.order.before(*other, at) && !self.order.before(at, *other))
            .collect();
        let replaced = all
            .iter()
            .map(|other| other.at)
            .filter(|other| self.order.before(at, *other));
        let ended = twins
            .iter()
            .flat_map(|twin| self.slot(&Slot::InstrumentEnd(*twin)))
            .map(|ending| ending.at);
        let periods = || {
            twins
                .iter()
                .filter_map(|twin| self.recorded(*twin))
                .map(|(_, body)| body)
        };
        Some(Instrument {
            org: noted.author.clone(),
            says: says.clone(),
            from_ms: periods().map(|body| body.from_ms).max().unwrap_or(says.from_ms),
            to_ms: periods().map(|body| body.to_ms).min().unwrap_or(says.to_ms),
            over: ended.chain(replaced).min(),
        })
    }
}
