//! The envelope around every content body.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bodies::*;
use crate::control::limits::{self, AUDIENCE_MAX, TITLE_MAX};
use crate::control::{Actor, EntryError, kind_of};
use crate::{Class, EntryKind, Marking, OrgName, PersonId, Role};

/// Whom the author means it for; what the agreement does not let go still stays. In JSON a list of names
/// without repetition, empty for every party of the space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Every party of the space.
    EveryParty,
    /// These only. Never empty.
    Only(BTreeSet<OrgName>),
}

impl Audience {
    /// Whether the author means it for this organisation.
    pub fn includes(&self, org: &OrgName) -> bool {
        match self {
            Self::EveryParty => true,
            Self::Only(names) => names.contains(org),
        }
    }

    /// The one recipient.
    pub fn one(org: OrgName) -> Self {
        Self::Only(BTreeSet::from([org]))
    }

    fn to_list(&self) -> Vec<OrgName> {
        match self {
            Self::EveryParty => Vec::new(),
            Self::Only(names) => names.iter().cloned().collect(),
        }
    }

    /// Reads a list; an empty one means every party.
    ///
    /// # Errors
    /// A list over its limit, or one that names a party twice.
    pub fn from_list(list: Vec<OrgName>) -> Result<Self, EntryError> {
        limits::count("to", list.len(), 0, AUDIENCE_MAX)?;
        limits::distinct("to", &list)?;
        if list.is_empty() {
            return Ok(Self::EveryParty);
        }
        Ok(Self::Only(list.into_iter().collect()))
    }
}

/// The envelope as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    kind: EntryKind,
    by: PersonId,
    role: Role,
    marking: Marking,
    to: Vec<OrgName>,
    title: String,
    body: Value,
}

/// A content entry.
///
/// JSON: `{"kind", "by", "role", "marking": {"tlp"}, "to": [...], "title", "body": {...}}`, all present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentEntry {
    /// Who writes.
    pub by: PersonId,
    /// In which role.
    pub role: Role,
    /// How far it may travel.
    pub marking: Marking,
    /// Whom it is meant for.
    pub to: Audience,
    /// One line that says what it is.
    pub title: String,
    /// What it says; names the kind.
    pub body: ContentBody,
}

/// Declares the enum of bodies. A test checks the spelling against [`EntryKind`].
macro_rules! content_bodies {
    ($($variant:ident,)+) => {
        /// The body of a content entry, by kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum ContentBody {
            $(
                #[doc = concat!("[`", stringify!($variant), "`]")]
                $variant($variant),
            )+
        }

        impl ContentBody {
            /// The kinds that this version reads.
            pub const SUPPORTED: &'static [EntryKind] = &[$(EntryKind::$variant,)+];

            /// The kind.
            pub const fn kind(&self) -> EntryKind {
                match self { $(Self::$variant(_) => EntryKind::$variant,)+ }
            }

            fn check(&self) -> Result<(), EntryError> {
                match self { $(Self::$variant(body) => body.check(),)+ }
            }

            /// The body as it stands in a payload.
            pub fn to_json(&self) -> Value {
                // Every field is a string, a number, a list or an object of them: writing cannot fail.
                match self { $(Self::$variant(body) => serde_json::to_value(body).unwrap_or(Value::Null),)+ }
            }

            /// Reads the body of a kind. Its limits are checked with the entry ([`ContentEntry::check`]).
            ///
            /// # Errors
            /// Anything that is not exactly a supported body.
            pub fn from_json(kind: EntryKind, body: Value) -> Result<Self, EntryError> {
                match kind {
                    $(EntryKind::$variant => serde_json::from_value(body)
                        .map(Self::$variant)
                        .map_err(|why| EntryError::malformed(kind.as_str(), &why)),)+
                    other => Err(EntryError::NotSupported(other)),
                }
            }
        }

        $(impl From<$variant> for ContentBody {
            fn from(body: $variant) -> Self {
                Self::$variant(body)
            }
        })+
    };
}

content_bodies! {
    RequestMade,
    RequestNarrowed,
    RequestRefused,
    RequestAnswered,
    RequestWithdrawn,
    EvidenceDelivered,
    IndicatorPublished,
    ReportPublished,
    FeedbackGiven,
    DecisionLogged,
    TaskSet,
    TaskDone,
    PersonNamed,
    IndicatorWithdrawn,
    SightingCounted,
    VerdictDetect,
    VerdictBlock,
    LeadReferred,
    FileAttached,
    SubscriberAnswered,
    SubjectRecorded,
    SubjectStatus,
    TargetProposed,
    TargetChecked,
    TargetDropped,
    PlanWritten,
    ActionExecuted,
    ActionVerified,
    VictimRecorded,
    VictimMessage,
    RemediationNoted,
    VictimIdentity,
    GrantAsked,
    GrantGiven,
    GrantUsed,
    GrantEnded,
    DisclosureItem,
    OutcomeRecorded,
    CaseDescribed,
    CustodyNoted,
    LinkSeen,
    LinkCleared,
}

impl ContentBody {
    /// The organisation without a node in whose name a guest says this.
    pub const fn on_behalf_of(&self) -> Option<&OrgName> {
        match self {
            Self::RequestRefused(said) => said.on_behalf_of.as_ref(),
            Self::RequestAnswered(said) => said.on_behalf_of.as_ref(),
            Self::EvidenceDelivered(said) => said.on_behalf_of.as_ref(),
            Self::SubscriberAnswered(said) => said.on_behalf_of.as_ref(),
            _ => None,
        }
    }
}

impl ContentEntry {
    /// The kind, which is the body's.
    pub const fn kind(&self) -> EntryKind {
        self.body.kind()
    }

    /// Who writes, in which role.
    pub const fn actor(&self) -> Actor {
        Actor {
            person: self.by,
            role: self.role,
        }
    }

    /// The payload, as [`ContentEntry::from_json`] reads it.
    pub fn to_json(&self) -> Value {
        let wire = Wire {
            kind: self.kind(),
            by: self.by,
            role: self.role,
            marking: self.marking,
            to: self.to.to_list(),
            title: self.title.clone(),
            body: self.body.to_json(),
        };
        serde_json::to_value(wire).unwrap_or(Value::Null)
    }

    /// Reads a payload and checks every limit.
    ///
    /// # Errors
    /// Anything that is not exactly a supported content entry within its limits.
    pub fn from_json(payload: &Value) -> Result<Self, EntryError> {
        let kind = kind_of(payload)?;
        if kind.class() != Class::Content {
            return Err(EntryError::OtherClass {
                kind,
                class: kind.class(),
            });
        }
        if !ContentBody::SUPPORTED.contains(&kind) {
            return Err(EntryError::NotSupported(kind));
        }
        let wire = Wire::deserialize(payload).map_err(|why| EntryError::malformed(kind.as_str(), &why))?;
        let entry = Self {
            by: wire.by,
            role: wire.role,
            marking: wire.marking,
            to: Audience::from_list(wire.to)?,
            title: wire.title,
            body: ContentBody::from_json(kind, wire.body)?,
        };
        entry.check()?;
        Ok(entry)
    }

    /// Checks the limits of an entry that was built here.
    ///
    /// # Errors
    /// The first field that is over a limit or not of its form.
    pub fn check(&self) -> Result<(), EntryError> {
        limits::line("title", &self.title, TITLE_MAX)?;
        if let Audience::Only(names) = &self.to {
            limits::count("to", names.len(), 1, AUDIENCE_MAX)?;
        }
        // A request that its addressee may not read would never be answered.
        if let ContentBody::RequestMade(request) = &self.body
            && !self.to.includes(&request.to)
        {
            return Err(EntryError::NotAddressed);
        }
        // A guest speaks for their organisation, and nobody else does.
        match (self.role, self.body.on_behalf_of()) {
            (Role::Guest, None) => {
                return Err(EntryError::Missing {
                    field: "on_behalf_of",
                });
            }
            (Role::Guest, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                return Err(EntryError::Unwanted {
                    field: "on_behalf_of",
                });
            }
        }
        // An identity that others may read would be no identity kept.
        if let ContentBody::VictimIdentity(identity) = &self.body
            && self.to != Audience::one(identity.custodian.clone())
        {
            return Err(EntryError::OnlyCustodian);
        }
        self.body.check()
    }
}
