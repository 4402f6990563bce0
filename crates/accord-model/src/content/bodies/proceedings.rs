//! A case's head facts, subjects and their status, the disclosure schedule, and what became of the case.

use serde::{Deserialize, Serialize};

use super::{Checked, body};
use crate::EntryRef;
use crate::content::forms;
use crate::control::EntryError;
use crate::control::limits::{self, *};
use crate::words::words;

body! {
    /// `case.described`: what stands at the head of a case. A later one replaces it whole.
    CaseDescribed {
        /// The countries whose courts may try it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        jurisdictions: Vec<String>,
        /// Why it is this agency's: the national nexus in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nexus: Option<String>,
        /// The prosecuting office; no person's name, which stands in `subject.status`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        office: Option<String>,
        /// Where the case came from, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<String>,
        /// What others call it: registers, channels, sister cases.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        references: Vec<String>,
    }
    check(self) {
        let says = self.nexus.is_some() || self.office.is_some() || self.origin.is_some();
        if !says && self.jurisdictions.is_empty() && self.references.is_empty() {
            return Err(EntryError::Empty { field: "jurisdictions" });
        }
        forms::countries("jurisdictions", &self.jurisdictions)?;
        limits::optional("nexus", self.nexus.as_deref(), REASON_MAX)?;
        self.office.as_deref().map_or(Ok(()), |text| limits::line("office", text, AUTHORITY_MAX))?;
        limits::optional("origin", self.origin.as_deref(), REASON_MAX)?;
        limits::lines("references", &self.references, 0, CASE_REFERENCES_MAX, TITLE_MAX)
    }
}

body! {
    /// `subject.recorded`: somebody the case looks at.
    SubjectRecorded {
        /// How the case calls them: `S-1`.
        reference: String,
        /// Their name, when it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Other names, handles.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        aliases: Vec<String>,
        /// Accounts, addresses, numbers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<String>,
        /// The countries they are in, or of.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        countries: Vec<String>,
        /// Why they are looked at.
        text: String,
    }
    check(self) {
        limits::line("reference", &self.reference, REFERENCE_MAX)?;
        self.name.as_deref().map_or(Ok(()), |name| limits::line("name", name, PERSON_NAME_MAX))?;
        limits::lines("aliases", &self.aliases, 0, ALIASES_MAX, PERSON_NAME_MAX)?;
        limits::lines("identifiers", &self.identifiers, 0, ALIASES_MAX, INDICATOR_VALUE_MAX)?;
        forms::countries("countries", &self.countries)?;
        limits::prose("text", &self.text, REASON_MAX)
    }
}

words! {
    /// Where a subject stands, the mildest first: of two words that have not seen each other the first counts.
    pub enum SubjectStanding as "standing of a subject" {
        /// No longer suspected: their name and all that leads to them is shown no more.
        Cleared = "cleared",
        /// Suspected; where every subject begins.
        Suspected = "suspected",
        /// Arrested.
        Arrested = "arrested",
        /// Charged.
        Charged = "charged",
    }
}

body! {
    /// `subject.status`.
    SubjectStatus {
        /// The `subject.recorded` entry.
        subject: EntryRef,
        /// Where they stand now.
        status: SubjectStanding,
        /// Why, by whose decision.
        reason: String,
        /// The prosecutor, when there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prosecutor: Option<String>,
        /// The reference of the proceedings.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proceedings: Option<String>,
    }
    check(self) {
        limits::prose("reason", &self.reason, REASON_MAX)?;
        self.prosecutor.as_deref().map_or(Ok(()), |text| limits::line("prosecutor", text, AUTHORITY_MAX))?;
        self.proceedings.as_deref().map_or(Ok(()), |text| limits::line("proceedings", text, REFERENCE_MAX))
    }
}

words! {
    /// Whether the prosecution relies on an item.
    pub enum MaterialUse as "use of material" {
        /// It does.
        Used = "used",
        /// It does not; the defence may ask for it.
        Unused = "unused",
    }
}

words! {
    /// Whether showing an item would harm somebody.
    pub enum Sensitivity as "sensitivity of material" {
        /// It would not.
        NotSensitive = "not-sensitive",
        /// It would; the reason stands beside.
        Sensitive = "sensitive",
    }
}

body! {
    /// `disclosure.item`: one line of the schedule. A later one about the same item replaces it.
    DisclosureItem {
        /// Its number on the schedule.
        number: String,
        /// The entry it is, when it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<EntryRef>,
        /// What it is, in words that give nothing away.
        description: String,
        /// Whether it is relied on.
        material: MaterialUse,
        /// Whether it is sensitive.
        sensitivity: Sensitivity,
        /// Why it is sensitive, when it is and only then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        harm: Option<String>,
        /// The clause, rule or section that it stands under.
        clause: String,
    }
    check(self) {
        limits::line("number", &self.number, REFERENCE_MAX)?;
        limits::prose("description", &self.description, REASON_MAX)?;
        match (self.sensitivity, &self.harm) {
            (Sensitivity::Sensitive, None) => return Err(EntryError::Missing { field: "harm" }),
            (Sensitivity::NotSensitive, Some(_)) => return Err(EntryError::Unwanted { field: "harm" }),
            (_, harm) => limits::optional("harm", harm.as_deref(), REASON_MAX)?,
        }
        limits::line("clause", &self.clause, CLAUSE_MAX)
    }
}

words! {
    /// What became of a case.
    pub enum OutcomeKind as "outcome" {
        /// Somebody was convicted.
        Convicted = "convicted",
        /// Nobody was.
        Acquitted = "acquitted",
        /// The proceedings were dropped.
        Discontinued = "discontinued",
        /// It was settled without a court: warned, cautioned.
        Resolved = "resolved",
        /// The infrastructure was taken away.
        Disrupted = "disrupted",
        /// Somebody else goes on with it.
        Transferred = "transferred",
        /// Nothing more is done.
        NoFurtherAction = "no-further-action",
    }
}

body! {
    /// `outcome.recorded`: what became of the case, or of one subject.
    OutcomeRecorded {
        /// What.
        outcome: OutcomeKind,
        /// The subject, when it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<EntryRef>,
        /// The court or office, when one decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<String>,
        /// More words.
        text: String,
    }
    check(self) {
        self.authority.as_deref().map_or(Ok(()), |text| limits::line("authority", text, AUTHORITY_MAX))?;
        limits::prose("text", &self.text, REASON_MAX)
    }
}

words! {
    /// What happened to an exhibit outside the nodes.
    pub enum CustodyStepOutside as "step of custody" {
        /// It was handed to them.
        Handed = "handed",
        /// They say that they have it.
        Received = "received",
        /// They gave it back.
        Returned = "returned",
    }
}

body! {
    /// `custody.noted`: an exhibit went to a person or body that has no node (a prosecutor, a laboratory, a court), they
    /// gave a receipt for it, or gave it back. Who they are stands here and not in a control note: it is nobody's to
    /// know but the organisation's that handed it on, and it can be destroyed with its case.
    CustodyNoted {
        /// The `evidence.delivered` entry.
        exhibit: EntryRef,
        /// What happened.
        step: CustodyStepOutside,
        /// The `custody.noted` entry that handed it to them; none exactly where this is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follows: Option<EntryRef>,
        /// The body, or who it is.
        to: String,
        /// The person there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<String>,
        /// When it happened, by whoever notes it; ms UTC.
        at_ms: u64,
        /// SHA-256 of the manifest of the package that changed hands, hex.
        manifest_sha256: String,
        /// The number of the receipt, letter or transfer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        /// What for; or what the receipt says.
        text: String,
    }
    check(self) {
        match (self.step, self.follows) {
            (CustodyStepOutside::Handed, Some(_)) => return Err(EntryError::Unwanted { field: "follows" }),
            (CustodyStepOutside::Handed, None) => {}
            (_, None) => return Err(EntryError::Missing { field: "follows" }),
            (_, Some(_)) => {}
        }
        limits::line("to", &self.to, TITLE_MAX)?;
        self.person
            .as_deref()
            .map_or(Ok(()), |name| limits::line("person", name, PERSON_NAME_MAX))?;
        limits::integer("at_ms", self.at_ms)?;
        limits::digest("manifest_sha256", &self.manifest_sha256)?;
        self.reference
            .as_deref()
            .map_or(Ok(()), |text| limits::line("reference", text, REFERENCE_MAX))?;
        limits::prose("text", &self.text, REASON_MAX)
    }
}
