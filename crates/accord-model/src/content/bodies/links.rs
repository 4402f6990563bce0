//! Values that were seen together, and what people say of such a link afterwards.

use serde::{Deserialize, Serialize};

use super::{Checked, body};
use crate::control::EntryError;
use crate::control::limits::{self, *};
use crate::words::words;

words! {
    /// In what values were seen together.
    pub enum SeenIn as "thing that values were seen in" {
        /// One e-mail: the address it was sent from, what it points to, what it carries.
        Mail = "mail",
        /// One download: where it came from, and the file.
        Download = "download",
    }
}

body! {
    /// Values that were seen together. No customer, and no mailbox: these are addresses, names, URLs and digests.
    SeenTogether {
        /// In what.
        seen_in: SeenIn,
        /// The values, as the matcher reads them; two at least.
        values: Vec<String>,
        /// When it was first seen so, ms.
        at_ms: u64,
        /// How often, at least once.
        count: u64,
    }
    check(self) {
        limits::lines("links.values", &self.values, 2, LINK_VALUES_MAX, INDICATOR_VALUE_MAX)?;
        limits::integer("links.at_ms", self.at_ms)?;
        limits::within("links.count", self.count, 1, INTEGER_MAX)
    }
}

body! {
    /// `link.seen`: values were seen together, each time in one mail or one download.
    LinkSeen {
        /// What was seen.
        links: Vec<SeenTogether>,
        /// Where: an analysis, a gateway, a sensor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    }
    check(self) {
        limits::count("links", self.links.len(), 1, LINKS_MAX)?;
        self.links.iter().try_for_each(Checked::check)?;
        self.from.as_deref().map_or(Ok(()), |from| limits::line("from", from, TITLE_MAX))
    }
}

words! {
    /// What is said of a value, or of values that were seen together.
    pub enum ClearWord as "word on a link" {
        /// It is not malicious; or, of several: that they were seen together says nothing.
        Cleared = "cleared",
        /// That is said no longer.
        TakenBack = "taken-back",
    }
}

body! {
    /// `link.cleared`: a value is not malicious, or that values were seen together says nothing of any of them.
    LinkCleared {
        /// One: the value that is meant. Several: each two of them.
        values: Vec<String>,
        /// What is said.
        word: ClearWord,
        /// Why.
        reason: String,
    }
    check(self) {
        limits::lines("values", &self.values, 1, LINK_VALUES_MAX, INDICATOR_VALUE_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)
    }
}
