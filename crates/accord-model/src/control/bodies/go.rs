//! The word of each party on a plan, bound to exactly that plan and its instant.

use super::{Actor, Body, EntryError, body};
use crate::control::limits::{self, REASON_MAX};
use crate::{EntryRef, PersonId, Role};

use serde::{Deserialize, Serialize};

body! {
    /// `go.given`: yes to this plan, at this instant.
    GoGiven {
        /// The `plan.written` entry.
        plan: EntryRef,
        /// Commitment to the plan, 64 hex digits.
        commitment: String,
        /// When the plan is carried out.
        instant_ms: u64,
    }
    check(self) {
        limits::digest("commitment", &self.commitment)?;
        limits::integer("instant_ms", self.instant_ms)
    }
}

body! {
    /// `go.refused`: no.
    GoRefused {
        /// The `plan.written` entry.
        plan: EntryRef,
        /// Commitment to the plan, 64 hex digits.
        commitment: String,
        /// When the plan would be carried out.
        instant_ms: u64,
        /// Why.
        reason: String,
    }
    check(self) {
        limits::digest("commitment", &self.commitment)?;
        limits::integer("instant_ms", self.instant_ms)?;
        limits::prose("reason", &self.reason, REASON_MAX)
    }
}

body! {
    /// `go.withdrawn`: the party takes its go back.
    GoWithdrawn {
        /// The `plan.written` entry.
        plan: EntryRef,
        /// Commitment to the plan, 64 hex digits.
        commitment: String,
        /// When the plan would be carried out.
        instant_ms: u64,
        /// Why.
        reason: String,
    }
    check(self) {
        limits::digest("commitment", &self.commitment)?;
        limits::integer("instant_ms", self.instant_ms)?;
        limits::prose("reason", &self.reason, REASON_MAX)
    }
}
