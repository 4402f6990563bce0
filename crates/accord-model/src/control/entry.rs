//! One control entry: parsing, writing, and the errors of both.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::bodies::*;
use crate::{Class, EntryKind, UnknownWord};

/// A payload that is not an entry of this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not an object, or a field that is missing, unknown or of another type.
    #[error("the payload of a {kind} is malformed: {why}")]
    Malformed {
        /// The kind, or "payload" when that could not be read.
        kind: String,
        /// serde's words.
        why: String,
    },
    /// No such kind in any version known here.
    #[error(transparent)]
    UnknownKind(#[from] UnknownWord),
    /// A kind that the specification knows and this version does not; it is not folded, and reported.
    #[error("{0} is not supported by this version: update the node to read it")]
    NotSupported(EntryKind),
    /// A content kind where a control entry was expected, or the other way round.
    #[error("{kind} is a {class} entry: read it with the {class} parser")]
    OtherClass {
        /// The kind given.
        kind: EntryKind,
        /// The class it is of.
        class: Class,
    },
    /// Blank text or an empty list.
    #[error("{field} is empty: say something")]
    Empty {
        /// The field.
        field: &'static str,
    },
    /// Text over its limit.
    #[error("{field} has {given} bytes, {max} are allowed: shorten it")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Bytes allowed.
        max: usize,
        /// Bytes given.
        given: usize,
    },
    /// A list over its limit.
    #[error("{field} has {given} members, {max} are allowed: split it")]
    TooMany {
        /// The field.
        field: &'static str,
        /// Members allowed.
        max: usize,
        /// Members given.
        given: usize,
    },
    /// A number over 2^53 - 1.
    #[error("{field} is {given}, more than 9007199254740991")]
    TooLarge {
        /// The field.
        field: &'static str,
        /// The number.
        given: u64,
    },
    /// A list that names a member twice.
    #[error("{field} names a member twice: name each once")]
    Repeated {
        /// The field.
        field: &'static str,
    },
    /// Control characters, or characters that turn the direction of writing.
    #[error("{field} holds characters that cannot be shown: remove them")]
    Characters {
        /// The field.
        field: &'static str,
    },
    /// Not 64 lower-case hex digits.
    #[error("{field} is not 64 lower-case hex digits")]
    NotDigest {
        /// The field.
        field: &'static str,
    },
    /// A period that ends before it begins.
    #[error("{field}: the end must come after the beginning")]
    Period {
        /// The fields.
        field: &'static str,
    },
    /// A field that this combination needs.
    #[error("{field} is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field that this combination must not have.
    #[error("{field} has no place here: leave it out")]
    Unwanted {
        /// The field.
        field: &'static str,
    },
    /// A request whose audience leaves out the one who is asked.
    #[error("the request is not addressed to the organisation it asks: add it to the audience")]
    NotAddressed,
    /// A text that is not of its form, or a combination of fields that says nothing.
    #[error("{field} is not {expected}")]
    Form {
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A number outside its range.
    #[error("{field} is {given}: {min} to {max} are allowed")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The least allowed.
        min: u64,
        /// The most allowed.
        max: u64,
        /// What was given.
        given: u64,
    },
    /// An identity that is meant for others than its custodian.
    #[error("an identity is addressed to its custodian and nobody else")]
    OnlyCustodian,
    /// A person without a role or a role without a person.
    #[error("by and role stand together or not at all")]
    HalfActor,
}

impl EntryError {
    /// Words for a payload that serde could not read.
    pub(crate) fn malformed(kind: &str, why: &serde_json::Error) -> Self {
        Self::Malformed {
            kind: kind.to_owned(),
            why: why.to_string().chars().take(300).collect(),
        }
    }
}

/// The kind that a payload names.
pub(crate) fn kind_of(payload: &Value) -> Result<EntryKind, EntryError> {
    let word = payload
        .get("kind")
        .and_then(Value::as_str)
        .ok_or_else(|| EntryError::Malformed {
            kind: "payload".to_owned(),
            why: "no text field \"kind\"".to_owned(),
        })?;
    Ok(word.parse()?)
}

/// Declares the enum with a variant, a spelling and a body for every supported kind. The spelling is stated
/// for serde and checked against [`EntryKind`] by a test.
macro_rules! control_entries {
    ($($variant:ident = $word:literal,)+) => {
        /// A control entry: read by every party of its space, never withheld or removed.
        ///
        /// JSON: one object whose `kind` is the kind's spelling and whose other fields are the body's. An
        /// unknown field is an error. Deserialising checks every limit.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "kind")]
        pub enum ControlEntry {
            $(
                #[doc = concat!("`", $word, "`")]
                #[serde(rename = $word)]
                $variant($variant),
            )+
        }

        impl ControlEntry {
            /// The kinds that this version reads and folds.
            pub const SUPPORTED: &'static [EntryKind] = &[$(EntryKind::$variant,)+];

            /// The kind.
            pub const fn kind(&self) -> EntryKind {
                match self { $(Self::$variant(_) => EntryKind::$variant,)+ }
            }

            /// Reads a payload and checks every limit.
            ///
            /// # Errors
            /// Anything that is not exactly a supported control entry within its limits.
            pub fn from_json(payload: &Value) -> Result<Self, EntryError> {
                let kind = kind_of(payload)?;
                if kind.class() != Class::Control {
                    return Err(EntryError::OtherClass { kind, class: kind.class() });
                }
                let mut fields = payload.clone();
                if let Some(object) = fields.as_object_mut() {
                    object.remove("kind");
                }
                let entry = match kind {
                    $(EntryKind::$variant => Self::$variant(
                        serde_json::from_value(fields).map_err(|why| EntryError::malformed($word, &why))?,
                    ),)+
                    other => return Err(EntryError::NotSupported(other)),
                };
                entry.check()?;
                Ok(entry)
            }

            /// Checks the limits of an entry that was built here.
            ///
            /// # Errors
            /// The first field that is over a limit or not of its form.
            pub fn check(&self) -> Result<(), EntryError> {
                match self { $(Self::$variant(body) => body.check(),)+ }
            }

            /// Who acts, when it is a person.
            pub fn actor(&self) -> Option<Actor> {
                match self { $(Self::$variant(body) => body.actor(),)+ }
            }
        }

        $(impl From<$variant> for ControlEntry {
            fn from(body: $variant) -> Self {
                Self::$variant(body)
            }
        })+
    };
}

control_entries! {
    LedgerOpened = "ledger.opened",
    AgreementProposed = "agreement.proposed",
    AgreementSigned = "agreement.signed",
    AgreementRefused = "agreement.refused",
    AgreementTerminated = "agreement.terminated",
    KeyCertified = "key.certified",
    KeyRevoked = "key.revoked",
    CaseOpened = "case.opened",
    CaseStage = "case.stage",
    PenPassed = "pen.passed",
    PenTaken = "pen.taken",
    PartyAdded = "party.added",
    PartyRemoved = "party.removed",
    MemberAdded = "member.added",
    MemberRemoved = "member.removed",
    InstrumentRecorded = "instrument.recorded",
    InstrumentEnded = "instrument.ended",
    ApprovalGiven = "approval.given",
    ApprovalNarrowed = "approval.narrowed",
    ApprovalRefused = "approval.refused",
    ApprovalWithdrawn = "approval.withdrawn",
    CustodyHanded = "custody.handed",
    CustodyReceived = "custody.received",
    SecondmentGranted = "secondment.granted",
    SecondmentEnded = "secondment.ended",
    OralRecorded = "oral.recorded",
    OralConfirmed = "oral.confirmed",
    RecallOrdered = "recall.ordered",
    RecallReceipted = "recall.receipted",
    HoldPlaced = "hold.placed",
    HoldLifted = "hold.lifted",
    RetentionDestroyed = "retention.destroyed",
    GoGiven = "go.given",
    GoRefused = "go.refused",
    GoWithdrawn = "go.withdrawn",
}

impl ControlEntry {
    /// The payload, as [`ControlEntry::from_json`] reads it.
    pub fn to_json(&self) -> Value {
        // Every field is a string, a number or a list of them, so writing it cannot fail.
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

impl<'de> Deserialize<'de> for ControlEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let payload = Value::deserialize(deserializer)?;
        Self::from_json(&payload).map_err(serde::de::Error::custom)
    }
}
