//! Oral authorities, and whether anything may rest on one.

use std::collections::BTreeMap;

use super::State;
use crate::control::OralRecorded;
use crate::{Category, EntryRef, OrgName};

/// An act that went first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oral {
    /// The organisation that recorded it.
    pub org: OrgName,
    /// What it says.
    pub says: OralRecorded,
    /// When the written confirmation is due, ms; then included.
    pub due_ms: u64,
    /// The first confirmation and its stamp, ms.
    pub confirmed: Option<(EntryRef, u64)>,
}

/// Whether an oral authority carries an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OralStanding {
    /// No such authority counts.
    Unknown,
    /// It stands; the writing is due by this instant.
    Awaiting {
        /// When, ms.
        due_ms: u64,
    },
    /// Confirmed in time, by this entry.
    Confirmed(EntryRef),
    /// Not confirmed in time. Nothing new rests on it.
    Overdue {
        /// Since when, ms.
        since_ms: u64,
    },
    /// Confirmed after its time, by this entry. The record is complete; nothing new rests on it.
    ConfirmedLate(EntryRef),
    /// It binds somebody else.
    OtherAddressee,
    /// It is about something else.
    OutOfScope,
}

impl OralStanding {
    /// Whether its one act may rest on it now. That it is one act, and whether it was done, is seen from the
    /// content entries that name it (`content::requests::resting_on`).
    pub const fn carries(self) -> bool {
        matches!(self, Self::Awaiting { .. } | Self::Confirmed(_))
    }
}

impl Oral {
    /// How it stands at a time, in ms, whatever it is used for.
    pub fn standing(&self, now_ms: u64) -> OralStanding {
        match self.confirmed {
            Some((at, stamp)) if stamp <= self.due_ms => OralStanding::Confirmed(at),
            Some((at, _)) => OralStanding::ConfirmedLate(at),
            None if now_ms <= self.due_ms => OralStanding::Awaiting { due_ms: self.due_ms },
            None => OralStanding::Overdue {
                since_ms: self.due_ms,
            },
        }
    }
}

impl State {
    /// Every oral authority that counts.
    pub fn orals(&self) -> &BTreeMap<EntryRef, Oral> {
        &self.orals
    }

    /// Whether an oral authority carries an act against `addressee` on data of `category` at a time, in ms.
    pub fn oral_standing(
        &self,
        at: EntryRef,
        addressee: &OrgName,
        category: Category,
        now_ms: u64,
    ) -> OralStanding {
        match self.orals.get(&at) {
            None => OralStanding::Unknown,
            Some(oral) if oral.says.addressee != *addressee => OralStanding::OtherAddressee,
            Some(oral) if oral.says.category != category => OralStanding::OutOfScope,
            Some(oral) => oral.standing(now_ms),
        }
    }

    /// The oral authorities whose confirmation is to be chased at a time, in ms: due or overdue.
    pub fn unconfirmed(&self) -> impl Iterator<Item = (EntryRef, &Oral)> {
        self.orals
            .iter()
            .filter(|(_, oral)| oral.confirmed.is_none())
            .map(|(at, oral)| (*at, oral))
    }
}
