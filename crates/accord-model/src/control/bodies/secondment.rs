//! A person of one organisation who works beside the people of another.

use super::{Actor, Body, EntryError, Scope, body};
use crate::control::limits::{self, REASON_MAX, SCOPE_CATEGORIES_MAX};
use crate::{OrgName, PersonId, Role};

use serde::{Deserialize, Serialize};

body! {
    /// `secondment.granted`: one of the two words that a secondment needs: the home's approver writes it in the
    /// home's ledger, the host's case officer in the host's. Both say the same; where they differ, the narrower
    /// counts.
    SecondmentGranted {
        /// Who is seconded; they stay the home's.
        person: PersonId,
        /// The organisation they are of.
        home: OrgName,
        /// The organisation whose sight they get.
        host: OrgName,
        /// What they see of it: categories, and the same in words.
        scope: Scope,
        /// From this instant, included.
        from_ms: u64,
        /// To this instant, excluded.
        until_ms: u64,
    }
    check(self) {
        limits::count("scope.categories", self.scope.categories.len(), 1, SCOPE_CATEGORIES_MAX)?;
        limits::distinct("scope.categories", &self.scope.categories)?;
        limits::prose("scope.text", &self.scope.text, REASON_MAX)?;
        limits::period("from_ms and until_ms", self.from_ms, self.until_ms)
    }
}

body! {
    /// `secondment.ended`: either side ends it before its time.
    SecondmentEnded {
        /// Who was seconded.
        person: PersonId,
        /// The organisation they are of.
        home: OrgName,
        /// The organisation whose sight they had.
        host: OrgName,
        /// Why.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}
