//! An act that goes first on an oral authority, because a life is in danger, and the writing that follows.

use super::{Actor, Body, EntryError, body};
use crate::control::limits::{self, AUTHORITY_MAX, LABEL_MAX, POWER_MAX, REASON_MAX, REFERENCE_MAX};
use crate::{Category, EntryRef, OrgName, PersonId, Role};

use serde::{Deserialize, Serialize};

/// The only ground on which an act goes before its writing.
pub const THREAT_TO_LIFE: &str = "threat-to-life";

/// The written confirmation is due this long after the entry's stamp, ms.
pub const ORAL_CONFIRMED_WITHIN_MS: u64 = 24 * 60 * 60 * 1000;

body! {
    /// `oral.recorded`: one act on an oral authority.
    OralRecorded {
        /// Why it cannot wait. Only [`THREAT_TO_LIFE`] counts.
        ground: String,
        /// The one act, in words.
        act: String,
        /// The category of what the act is about.
        category: Category,
        /// Whom it binds.
        addressee: OrgName,
        /// Who gave the authority by word of mouth: name and office.
        authority: String,
        /// Under which power.
        power: String,
        /// The request that is let go on it, when an approver records it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<EntryRef>,
    }
    check(self) {
        limits::line("ground", &self.ground, LABEL_MAX)?;
        limits::prose("act", &self.act, REASON_MAX)?;
        limits::line("authority", &self.authority, AUTHORITY_MAX)?;
        limits::line("power", &self.power, POWER_MAX)
    }
}

body! {
    /// `oral.confirmed`: the authority in writing.
    OralConfirmed {
        /// The `oral.recorded` entry.
        oral: EntryRef,
        /// The reference of the written authority.
        reference: String,
        /// Who signed it.
        authority: String,
        /// The instrument, when it was recorded on the case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instrument: Option<EntryRef>,
    }
    check(self) {
        limits::line("reference", &self.reference, REFERENCE_MAX)?;
        limits::line("authority", &self.authority, AUTHORITY_MAX)
    }
}
