//! What was shared and is called back, what must be kept, and what was destroyed.

use super::{Actor, Body, EntryError, body, node_body};
use crate::control::limits::{self, AUDIENCE_MAX, REASON_MAX, REFERENCE_MAX};
use crate::words::words;
use crate::{EntryRef, OrgName, PersonId, Role};

use serde::{Deserialize, Serialize};

words! {
    /// What a recipient did on a recall, least first: of two words that have not seen each other the first
    /// counts.
    pub enum RecallDone as "thing done on a recall" {
        /// It is used no more; the bytes are still there.
        UseStopped = "use-stopped",
        /// The bytes are gone, but for backups.
        Deleted = "deleted",
        /// It never arrived, so there was nothing to do.
        NeverHeld = "never-held",
    }
}

body! {
    /// `recall.ordered`: what was shared is called back. Use stops at once, everywhere, for good.
    RecallOrdered {
        /// The content entry that is called back.
        entry: EntryRef,
        /// Why.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}

body! {
    /// `recall.receipted`: what one recipient did about it.
    RecallReceipted {
        /// The `recall.ordered` entry.
        recall: EntryRef,
        /// What was done.
        done: RecallDone,
        /// Until when backups still hold it, when they do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        backup_until_ms: Option<u64>,
        /// To whom it was passed on; empty: to nobody.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        onward: Vec<OrgName>,
        /// More words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    }
    check(self) {
        self.backup_until_ms.map_or(Ok(()), |ms| limits::integer("backup_until_ms", ms))?;
        limits::count("onward", self.onward.len(), 0, AUDIENCE_MAX)?;
        limits::distinct("onward", &self.onward)?;
        limits::optional("note", self.note.as_deref(), REASON_MAX)
    }
}

body! {
    /// `hold.placed`: nothing of it is destroyed while the hold is there.
    HoldPlaced {
        /// The entry that is held; absent: everything in the space.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<EntryRef>,
        /// The order or matter behind it.
        reference: String,
        /// Why.
        reason: String,
    }
    check(self) {
        limits::line("reference", &self.reference, REFERENCE_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)
    }
}

body! {
    /// `hold.lifted`.
    HoldLifted {
        /// The `hold.placed` entry.
        hold: EntryRef,
        /// Why.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}

node_body! {
    /// `retention.destroyed`: an organisation destroyed its copy of a payload, because its time was over. The
    /// job that does it speaks for the node, without a person.
    RetentionDestroyed {
        /// The content entry whose payload is gone.
        entry: EntryRef,
        /// When the period was over: not after the entry's own stamp.
        period_over_ms: u64,
        /// Until when backups still hold it, when they do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        backup_until_ms: Option<u64>,
    }
    check(self) {
        limits::integer("period_over_ms", self.period_over_ms)?;
        self.backup_until_ms.map_or(Ok(()), |ms| limits::integer("backup_until_ms", ms))
    }
}
