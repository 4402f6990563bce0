//! The acquisition record: who took what, from where, how, when, why and on whose authority, and what was left.
//!
//! Every field must say something: what is not known is [`Stated::Not`] with the reason, never left out. The fields
//! are the union of what ISO/IEC 27037 forms, ACPO's principles, CrimPR part 16, CJA 2003 s117 and FRE 902(13)
//! and (14) lead a court to ask (`docs/spec/evidence-package.md`).

use std::collections::BTreeMap;

use accord_model::{AgreementDigest, EntryRef, Marking, OrgKind, OrgName, PersonId, Role, SpaceId};
use serde::{Deserialize, Serialize};

use crate::time::Utc;

/// The value of `format` in a record.
pub const ACQUISITION_FORMAT: &str = "accord-acquisition/v1";

/// A value, or the reason why there is none: `{"not_stated": "REASON"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Stated<T> {
    /// Not known or not applicable, and why.
    Not {
        /// The reason, in words.
        not_stated: String,
    },
    /// The value.
    Value(T),
}

impl<T> Stated<T> {
    /// Not stated, because of this.
    pub fn not(reason: &str) -> Self {
        Self::Not {
            not_stated: reason.to_owned(),
        }
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Not { .. } => None,
        }
    }
}

/// The exhibit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhibit {
    /// Its reference, as on its label.
    pub reference: String,
    /// The reference of the exhibit it derives from.
    pub root: Stated<String>,
    /// What it is, in words that identify it.
    pub description: String,
}

/// The case, by everybody's own reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseReferences {
    /// The case's id in Accord.
    pub id: SpaceId,
    /// Its operation name, if it may be named.
    pub operation: Stated<String>,
    /// Each party's own number of it.
    pub numbers: Vec<CaseNumber>,
}

/// One party's number of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseNumber {
    /// Whose number.
    pub organisation: OrgName,
    /// The number.
    pub number: String,
}

/// The agreement it was released under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementReference {
    /// SHA-256 of its canonical bytes.
    pub digest: AgreementDigest,
    /// Its title.
    pub title: String,
    /// The clause that permitted the release.
    pub clause: String,
}

/// The request that it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestReference {
    /// The entry of the request.
    pub entry: EntryRef,
    /// The organisation that asked.
    pub organisation: OrgName,
    /// The person who asked.
    pub person: PersonId,
    /// Whose person they are, when they were seconded to `organisation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
    /// When.
    pub asked: Utc,
}

/// A person who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Their random id.
    pub person: PersonId,
    /// Their name, where it is released.
    pub name: Stated<String>,
    /// The role they acted in.
    pub role: Role,
    /// Their organisation.
    pub organisation: OrgName,
    /// Its kind.
    pub organisation_kind: OrgKind,
}

/// A legal authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// What it is: production order, authorisation, consent ...
    pub kind: String,
    /// Its number.
    pub identifier: String,
    /// Who issued it.
    pub issued_by: String,
    /// The law it rests on.
    pub power: String,
    /// In force from.
    pub from: Utc,
    /// In force to.
    pub to: Stated<Utc>,
    /// The entry that records it.
    pub entry: Stated<EntryRef>,
}

/// When, and how far the source's clock can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// Start of the acquisition.
    pub started: Utc,
    /// Its end.
    pub ended: Utc,
    /// Time zone of the times in the lines, as an IANA name or an offset.
    pub source_zone: Stated<String>,
    /// Source clock minus true time, measured, in milliseconds.
    pub source_clock_offset_ms: Stated<i64>,
    /// What the source's clock is set by, and how the offset was measured.
    pub source_time_reference: Stated<String>,
}

/// Where the lines were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Whose system.
    pub organisation: OrgName,
    /// Which system, and where in it.
    pub system: String,
    /// Where it stands.
    pub location: Stated<String>,
}

/// How it was done, so that somebody else can do it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Name of the tool.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its program file, hex.
    pub tool_sha256: Stated<String>,
    /// Every setting that changes the answer.
    pub settings: BTreeMap<String, String>,
    /// The exact question, character by character.
    pub question: String,
    /// Faults of this version known when it was used.
    pub known_faults: Stated<String>,
}

/// What was not collected, and what was left out on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// Lines that answered the question.
    pub lines_found: u64,
    /// Lines of these in the package.
    pub lines_released: u64,
    /// What an approver narrowed away, in words, one entry each; empty when nothing was.
    pub narrowed: Vec<String>,
    /// What was not searched or not collected, in words; empty when nothing was left.
    pub not_collected: Vec<String>,
    /// How long the source keeps lines: older ones could not be found.
    pub source_retention: Stated<String>,
}

/// How a record came to be, which decides how a court admits it (CJA 2003 s117(4) and (5), FRE 803(6)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Made in the ordinary course of business, before and without this investigation.
    OrdinaryCourse,
    /// Prepared for this investigation.
    PreparedForInvestigation,
}

/// The standing of the two things in a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standings {
    /// Of the original lines.
    pub original_lines: Standing,
    /// Of their selection, and of all that is derived.
    pub selection: Standing,
}

/// A file that somebody of the holder exported from a system of their own and uploaded. Accord neither searched nor
/// selected: what it holds, and by which question, is their word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedFile {
    /// Path in the package.
    pub path: String,
    /// Its name, as it was uploaded.
    pub name: String,
    /// SHA-256 of the whole file, hex; taken when it arrived.
    pub sha256: String,
    /// Who uploaded it.
    pub uploaded_by: Actor,
    /// When it arrived.
    pub uploaded: Utc,
    /// From which system it comes, in their words.
    pub system: String,
    /// By which query, in their words.
    pub query: String,
}

/// What the caller knows. `what` is computed from the lines and joins it in [`AcquisitionRecord`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acquisition {
    /// The exhibit.
    pub exhibit: Exhibit,
    /// The case.
    pub case: CaseReferences,
    /// The agreement.
    pub agreement: AgreementReference,
    /// The request.
    pub request: RequestReference,
    /// Who acquired it.
    pub acquired_by: Actor,
    /// Who approved its release.
    pub approved_by: Actor,
    /// Legal authorities.
    pub authority: Stated<Vec<Authority>>,
    /// When.
    pub when: When,
    /// Where.
    #[serde(rename = "where")]
    pub place: Place,
    /// How.
    pub how: Method,
    /// Where the files are an export that was uploaded, and nothing was found by search: each file, in the order of
    /// their numbers. Absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exported: Vec<ExportedFile>,
    /// Why.
    pub why: String,
    /// Completeness.
    pub completeness: Completeness,
    /// How the source protects what it keeps: rotation, signatures, access.
    pub integrity_at_rest: Stated<String>,
    /// Ordinary course, or prepared.
    pub standing: Standings,
    /// Who keeps the source, for further questions.
    pub custodian: String,
    /// How the exhibit is sealed.
    pub seal: String,
    /// When it was sealed.
    pub sealed: Utc,
    /// Its marking.
    pub marking: Marking,
    /// Its handling code.
    pub handling_code: Stated<String>,
    /// A government's protective marking.
    pub protective_marking: Stated<String>,
    /// The witness statement or certificate that produces it.
    pub witness_statement: Stated<String>,
}

/// What one file of original lines is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Path in the package.
    pub path: String,
    /// IANA media type.
    pub media_type: String,
    /// Bytes.
    pub length: u64,
    /// Lines.
    pub lines: u64,
    /// SHA-256, hex.
    pub sha256: String,
    /// SHA-512, hex.
    pub sha512: String,
    /// The source's name at its holder.
    pub source: String,
    /// What names the content that the lines were taken from.
    pub origin: crate::content::Origin,
    /// Earliest time read from the lines.
    pub first_time: Stated<Utc>,
    /// Latest time read from the lines.
    pub last_time: Stated<Utc>,
}

/// What was acquired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct What {
    /// Files of original lines, in the order of their numbers.
    pub files: Vec<FileRecord>,
    /// Their lines together.
    pub lines: u64,
    /// Their bytes together.
    pub bytes: u64,
}

/// `data/acquisition.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcquisitionRecord {
    /// [`ACQUISITION_FORMAT`].
    pub format: String,
    /// What the holder states.
    #[serde(flatten)]
    pub stated: Acquisition,
    /// What the lines themselves show.
    pub what: What,
}
