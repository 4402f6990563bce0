//! Indicators, sightings, verdicts, leads, reports and files.

use serde::{Deserialize, Serialize};

use super::{Checked, Grading, body};
use crate::content::forms;
use crate::control::EntryError;
use crate::control::limits::{self, *};
use crate::words::words;
use crate::{EntryRef, PersonId};

words! {
    /// What an indicator's value is.
    pub enum IndicatorKind as "kind of indicator" {
        /// A domain name.
        Domain = "domain",
        /// An IPv4 address.
        Ipv4 = "ipv4",
        /// An IPv6 address.
        Ipv6 = "ipv6",
        /// A range of addresses.
        Network = "network",
        /// A URL.
        Url = "url",
        /// An e-mail address.
        Email = "email",
        /// A file by its MD5.
        Md5 = "md5",
        /// A file by its SHA-1.
        Sha1 = "sha1",
        /// A file by its SHA-256.
        Sha256 = "sha256",
        /// A file by its SHA-512.
        Sha512 = "sha512",
    }
}

words! {
    /// What the one who publishes wishes to happen. A wish is no verdict: a case officer gives those.
    pub enum VerdictWish as "wish for a verdict" {
        /// Nothing.
        None = "none",
        /// Detect silently.
        Detect = "detect",
        /// Block.
        Block = "block",
    }
}

impl VerdictWish {
    fn is_none(&self) -> bool {
        *self == Self::None
    }

    const fn none() -> Self {
        Self::None
    }
}

fn is_false(given: &bool) -> bool {
    !given
}

body! {
    /// One indicator.
    Indicator {
        /// Its value, as the matcher reads it.
        value: String,
        /// What it is; absent: what the matcher takes it for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<IndicatorKind>,
        /// Labels.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        labels: Vec<String>,
        /// How sure the publisher is, 0 to 100.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confidence: Option<u8>,
        /// When it stops meaning anything, ms; absent: when it is withdrawn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until_ms: Option<u64>,
    }
    check(self) {
        limits::line("indicators.value", &self.value, INDICATOR_VALUE_MAX)?;
        limits::count("indicators.labels", self.labels.len(), 0, LABELS_MAX)?;
        for label in &self.labels {
            limits::line("indicators.labels", label, LABEL_MAX)?;
        }
        let confidence = u64::from(self.confidence.unwrap_or(0));
        limits::within("indicators.confidence", confidence, 0, 100)?;
        self.valid_until_ms.map_or(Ok(()), |ms| limits::integer("indicators.valid_until_ms", ms))
    }
}

impl Indicator {
    /// An indicator that is nothing but its value.
    pub fn of(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            kind: None,
            labels: Vec::new(),
            confidence: None,
            valid_until_ms: None,
        }
    }

    /// The fields of a payload that it takes.
    fn fields(&self) -> usize {
        1 + self.labels.len()
            + usize::from(self.kind.is_some())
            + usize::from(self.confidence.is_some())
            + usize::from(self.valid_until_ms.is_some())
    }
}

body! {
    /// `indicator.published`: indicators for the case or the agreement.
    IndicatorPublished {
        /// The indicators.
        indicators: Vec<Indicator>,
        /// What they mean.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// Where they come from: an analysis, a feed, a file.
        from: String,
        /// How good they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grading: Option<Grading>,
        /// The source would be in danger if it were known: `from` says nothing of it, and nothing that is made
        /// of this does.
        #[serde(default, skip_serializing_if = "is_false")]
        source_protected: bool,
        /// What should happen.
        #[serde(default = "VerdictWish::none", skip_serializing_if = "VerdictWish::is_none")]
        wish: VerdictWish,
        /// The report that explains them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<EntryRef>,
        /// The second person, where a value is popular or allow-listed (`content::second`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<PersonId>,
    }
    check(self) {
        limits::count("indicators", self.indicators.len(), 1, INDICATORS_MAX)?;
        let fields = self.indicators.iter().map(Indicator::fields).sum();
        limits::count("indicators and labels", fields, 1, INDICATOR_FIELDS_MAX)?;
        for indicator in &self.indicators {
            indicator.check()?;
        }
        limits::optional("note", self.note.as_deref(), REASON_MAX)?;
        limits::line("from", &self.from, TITLE_MAX)?;
        self.grading.as_ref().map_or(Ok(()), Checked::check)
    }
}

body! {
    /// `indicator.withdrawn`: indicators are taken back.
    IndicatorWithdrawn {
        /// The `indicator.published` entry.
        published: EntryRef,
        /// Which of its values; empty: all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<String>,
        /// Why.
        reason: String,
        /// The second person, where a value is popular or allow-listed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<PersonId>,
    }
    check(self) {
        limits::lines("values", &self.values, 0, INDICATORS_MAX, INDICATOR_VALUE_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)
    }
}

body! {
    /// One value of an entry that published it.
    IndicatorAt {
        /// The `indicator.published` entry.
        published: EntryRef,
        /// The value, as it stands there.
        value: String,
    }
    check(self) { limits::line("indicators.value", &self.value, INDICATOR_VALUE_MAX) }
}

body! {
    /// How often one indicator was seen.
    Sighting {
        /// The `indicator.published` entry.
        published: EntryRef,
        /// The value, as it stands there.
        value: String,
        /// How often, at least once.
        count: u64,
    }
    check(self) {
        limits::line("sightings.value", &self.value, INDICATOR_VALUE_MAX)?;
        limits::within("sightings.count", self.count, 1, INTEGER_MAX)
    }
}

body! {
    /// `sighting.counted`: what was seen on one day, without who saw it.
    SightingCounted {
        /// The day, UTC, `YYYY-MM-DD`.
        day: String,
        /// The counts.
        sightings: Vec<Sighting>,
    }
    check(self) {
        forms::day("day", &self.day)?;
        limits::count("sightings", self.sightings.len(), 1, SIGHTINGS_MAX)?;
        self.sightings.iter().try_for_each(Checked::check)?;
        let each: Vec<_> = self.sightings.iter().map(|one| (one.published, &one.value)).collect();
        limits::distinct("sightings", &each)
    }
}

fn indicators_at(indicators: &[IndicatorAt]) -> Result<(), EntryError> {
    limits::count("indicators", indicators.len(), 1, SIGHTINGS_MAX)?;
    indicators.iter().try_for_each(Checked::check)?;
    let each: Vec<_> = indicators.iter().map(|one| (one.published, &one.value)).collect();
    limits::distinct("indicators", &each)
}

body! {
    /// `verdict.detect`: detect silently, nobody is stopped.
    VerdictDetect {
        /// What is detected.
        indicators: Vec<IndicatorAt>,
        /// For which of the recipients' audiences; empty: all of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        audience: Vec<String>,
        /// Why, if it needs saying.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
    check(self) {
        indicators_at(&self.indicators)?;
        limits::lines("audience", &self.audience, 0, AUDIENCES_MAX, LABEL_MAX)?;
        limits::optional("reason", self.reason.as_deref(), REASON_MAX)
    }
}

body! {
    /// `verdict.block`: block.
    VerdictBlock {
        /// What is blocked.
        indicators: Vec<IndicatorAt>,
        /// For which of the recipients' audiences; empty: all of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        audience: Vec<String>,
        /// Why.
        reason: String,
        /// The plan whose go releases it, when there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<EntryRef>,
        /// The second person, where a value is popular or allow-listed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<PersonId>,
    }
    check(self) {
        indicators_at(&self.indicators)?;
        limits::lines("audience", &self.audience, 0, AUDIENCES_MAX, LABEL_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)
    }
}

body! {
    /// `lead.referred`: what somebody should look into. Stands on the agreement's ledger, before there is a case.
    LeadReferred {
        /// What it is, how it is known, what could be done.
        text: String,
        /// How good it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grading: Option<Grading>,
        /// The source would be in danger if it were known.
        #[serde(default, skip_serializing_if = "is_false")]
        source_protected: bool,
        /// The countries it touches: jurisdiction and national nexus.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        countries: Vec<String>,
        /// Why it is the recipient's: the nexus in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nexus: Option<String>,
        /// What the recipient is asked to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asks: Option<String>,
        /// Reports, indicators and files it rests on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rests_on: Vec<EntryRef>,
    }
    check(self) {
        limits::prose("text", &self.text, REPORT_TEXT_MAX)?;
        self.grading.as_ref().map_or(Ok(()), Checked::check)?;
        forms::countries("countries", &self.countries)?;
        limits::optional("nexus", self.nexus.as_deref(), REASON_MAX)?;
        limits::optional("asks", self.asks.as_deref(), REASON_MAX)?;
        limits::count("rests_on", self.rests_on.len(), 0, SOURCES_OF_LEAD_MAX)?;
        limits::distinct("rests_on", &self.rests_on)
    }
}

body! {
    /// `report.published`: an analysis; its title is the envelope's.
    ReportPublished {
        /// The text.
        text: String,
        /// How good it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grading: Option<Grading>,
        /// The source would be in danger if it were known.
        #[serde(default, skip_serializing_if = "is_false")]
        source_protected: bool,
        /// The ATT&CK techniques it describes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        techniques: Vec<String>,
    }
    check(self) {
        limits::prose("text", &self.text, REPORT_TEXT_MAX)?;
        self.grading.as_ref().map_or(Ok(()), Checked::check)?;
        forms::techniques("techniques", &self.techniques)
    }
}

impl ReportPublished {
    /// A report that is nothing but its text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            grading: None,
            source_protected: false,
            techniques: Vec::new(),
        }
    }
}

words! {
    /// What a file is to those who handle it.
    pub enum FileNature as "nature of a file" {
        /// A document, a picture, a table.
        Document = "document",
        /// Something that must never run: malicious, or suspected to be.
        Sample = "sample",
    }
}

body! {
    /// `file.attached`: a file, by its digest. It is released whole, so its digest tells nothing that the file
    /// does not.
    FileAttached {
        /// Its own name.
        name: String,
        /// Its media type, as the one who attached it says.
        media_type: String,
        /// Its length, bytes.
        size_bytes: u64,
        /// Its SHA-256, 64 hex digits.
        sha256: String,
        /// What it is.
        nature: FileNature,
        /// The entry it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<EntryRef>,
        /// More words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    }
    check(self) {
        forms::file_name("name", &self.name)?;
        limits::line("media_type", &self.media_type, MEDIA_TYPE_MAX)?;
        limits::integer("size_bytes", self.size_bytes)?;
        limits::digest("sha256", &self.sha256)?;
        limits::optional("note", self.note.as_deref(), REASON_MAX)
    }
}
