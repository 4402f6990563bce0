//! What the gate asks the agreement, and what it answers.
//!
//! A question is about one payload of one category, with one marking, from one party to one other. The answer
//! always names the clause that gave it, in words that can be shown to a person.

use std::collections::BTreeSet;
use std::fmt;

use crate::words::words;
use crate::{Category, EntryKind, Marking, OrgName, PersonId, Role};

use super::standing::Standing;

words! {
    /// What a request asks of a partner (the kinds of `request.made`).
    pub enum RequestKind as "kind of request" {
        /// What do you know about this?
        Information = "information",
        /// What can you tell us as experts?
        Expertise = "expertise",
        /// Who held this address and port at this time?
        SubscriberData = "subscriber-data",
        /// Keep this until an authority arrives.
        Preservation = "preservation",
        /// Look for these indicators in your logs.
        Hunt = "hunt",
        /// Take this down.
        Takedown = "takedown",
    }
}

words! {
    /// Whether a legal instrument (warrant, production order, ...) is recorded that covers the payload asked
    /// for and is addressed to the party that would release it.
    pub enum InstrumentStanding as "standing of an instrument" {
        /// None is recorded.
        None = "none",
        /// One is recorded, and the time of the question lies within it.
        InForce = "in-force",
        /// One is recorded, but it has ended or has not begun.
        Expired = "expired",
    }
}

words! {
    /// A duty that travels with a release. The first two come with every yes; agreements only add.
    pub enum Duty as "duty" {
        /// The recipient passes it to no other organisation.
        NoOnwardSharing = "no-onward-sharing",
        /// The marking stays on every copy.
        KeepMarking = "keep-marking",
        /// Only what the purpose needs is released: fields and lines that it does not need are left out.
        Minimise = "minimise",
    }
}

/// Most approvals one question may carry; more deny.
pub const MAX_APPROVALS: usize = 64;

/// One person's approval of exactly this release, as recorded in a control entry. Whether it is bound to the
/// request and preview at hand is checked by whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Approval {
    /// The role the person approved in.
    pub role: Role,
    /// The person.
    pub by: PersonId,
    /// The person's organisation; only approvals of the releasing organisation count.
    pub of: OrgName,
}

/// May this payload go from here to there?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The releasing party.
    pub from: OrgName,
    /// The receiving party.
    pub to: OrgName,
    /// The category of the payload.
    pub category: Category,
    /// The marking of the payload.
    pub marking: Marking,
    /// The kind of the entry, where there is one; its category must be `category`.
    pub entry: Option<EntryKind>,
    /// For category `request`: what the request that the entry belongs to asks for. A permit that speaks of
    /// kinds of request does not apply without it.
    pub request: Option<RequestKind>,
    /// The purpose of the case, one of the agreement's words; `None` for a release outside any case (a lead
    /// on the agreement's own ledger).
    pub purpose: Option<String>,
    /// The organisations whose own matter the payload is: where a target lies, who employs a named person.
    /// Empty when nobody's in particular.
    pub concerns: BTreeSet<OrgName>,
    /// The approvals recorded for this release.
    pub approvals: BTreeSet<Approval>,
    /// Who asked for the release or wrote the request: their own approval never counts.
    pub asked_by: Option<PersonId>,
    /// The legal instrument.
    pub instrument: InstrumentStanding,
    /// What the signatures say of the agreement: [`super::Agreement::standing`].
    pub standing: Standing,
    /// The time of the decision, ms since the Unix epoch, UTC.
    pub now_ms: u64,
}

impl Question {
    /// A question with nothing but the four things every flow has, at a time, under an agreement in force:
    /// no entry kind, no purpose, no approvals, no instrument.
    pub fn new(from: OrgName, to: OrgName, category: Category, marking: Marking, now_ms: u64) -> Self {
        Self {
            from,
            to,
            category,
            marking,
            entry: None,
            request: None,
            purpose: None,
            concerns: BTreeSet::new(),
            approvals: BTreeSet::new(),
            asked_by: None,
            instrument: InstrumentStanding::None,
            standing: Standing::InForce,
            now_ms,
        }
    }
}

/// Yes, no, or: ask somebody first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(tag = "answer", rename_all = "lowercase")]
pub enum Answer {
    /// It may leave.
    Yes,
    /// It may leave once people of the releasing organisation in this role have approved it.
    Ask {
        /// The role that decides.
        who: Role,
        /// Two different people, rather than one.
        four_eyes: bool,
    },
    /// It may not leave.
    No,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::No => f.write_str("no"),
            Self::Ask {
                who,
                four_eyes: false,
            } => write!(f, "ask {who}"),
            Self::Ask { who, four_eyes: true } => write!(f, "ask two of {who}"),
        }
    }
}

/// Most characters of a clause number.
pub const CLAUSE_ID_MAX: usize = 16;

/// The number of a clause: `2`, `4.3`. Numbers under 0 are built in (`0` is the default deny).
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ClauseId(pub(super) String);

impl ClauseId {
    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number as written in `@clause`: numbers without leading zeros, joined by dots, the first not 0.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let good = !text.is_empty()
            && text.len() <= CLAUSE_ID_MAX
            && text.split('.').all(|part| {
                !part.is_empty()
                    && part.len() <= 4
                    && part.bytes().all(|b| b.is_ascii_digit())
                    && !part.starts_with('0')
            });
        good.then(|| Self(text.to_owned()))
    }

    fn parts(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.split('.').map(|part| part.parse().unwrap_or(u32::MAX))
    }
}

impl Ord for ClauseId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts().cmp(other.parts())
    }
}

impl PartialOrd for ClauseId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The duties that travel with a release. They only ever add to what a clause permits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Obligations {
    /// What it may be used for: the words of the agreement's purposes, never empty on a yes or an ask.
    pub purposes: Vec<String>,
    /// Days after which the recipient deletes it, counted from the release.
    pub retention_days: u32,
    /// The duties.
    pub duties: BTreeSet<Duty>,
}

impl Obligations {
    /// Whether the recipient may pass it on. Never.
    pub fn onward(&self) -> bool {
        !self.duties.contains(&Duty::NoOnwardSharing)
    }

    /// Whether the releaser leaves out what the purpose does not need.
    pub fn minimise(&self) -> bool {
        self.duties.contains(&Duty::Minimise)
    }
}

/// The answer, the clause that gave it, and what it obliges to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Decision {
    /// Yes, ask or no.
    #[serde(flatten)]
    pub answer: Answer,
    /// The clause that decided; `0` and its sub-clauses are built in.
    pub clause: ClauseId,
    /// The clause in plain words, or for built-in clauses the reason.
    pub words: String,
    /// The duties; `None` on a no.
    pub obligations: Option<Obligations>,
}
