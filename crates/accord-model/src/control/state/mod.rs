//! The control state: what counts, and the questions the service asks of it.

mod go;
mod keeping;
mod oral;
mod secondment;

pub use go::{Go, GoWord, GoWords, NoGo};
pub use keeping::{Destroyed, Hold, Recall, Receipt};
pub use oral::{Oral, OralStanding};
pub(super) use secondment::{Given, SecondmentWord};
pub use secondment::{Reach, SECONDED_ROLE, Secondment, Sight};

use std::collections::{BTreeMap, BTreeSet};

use super::{Actor, CaseOpened, InstrumentRecorded, Reason, Stage};
use crate::{AgreementDigest, Category, EntryRef, OrgKind, OrgName, PersonId, Role};

/// The control state of one space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Entries that do not count, in the order of their references.
    pub set_aside: Vec<(EntryRef, Reason)>,
    pub(super) counted: BTreeSet<EntryRef>,
    pub(super) opened: Opening,
    pub(super) parties: BTreeMap<OrgName, OrgKind>,
    pub(super) members: BTreeMap<OrgName, BTreeMap<PersonId, Member>>,
    /// Every counted word on a person; `None` took them off.
    pub(super) named: BTreeMap<OrgName, BTreeMap<PersonId, BTreeMap<EntryRef, Option<Member>>>>,
    pub(super) stage: Option<Stage>,
    pub(super) pen: Option<Holder>,
    pub(super) instruments: BTreeMap<EntryRef, Instrument>,
    pub(super) approvals: BTreeMap<EntryRef, ApprovalState>,
    pub(super) custody: BTreeMap<EntryRef, Custody>,
    pub(super) agreements: BTreeMap<AgreementDigest, AgreementState>,
    pub(super) keys: BTreeMap<OrgName, Vec<KeyWord>>,
    pub(super) secondments: BTreeMap<(OrgName, PersonId), Vec<Secondment>>,
    /// Every counted word on the secondments of a person to a host, ended or not.
    pub(super) seconded: BTreeMap<(OrgName, PersonId), Vec<SecondmentWord>>,
    pub(super) orals: BTreeMap<EntryRef, Oral>,
    pub(super) recalls: BTreeMap<EntryRef, Recall>,
    pub(super) holds: BTreeMap<EntryRef, Hold>,
    pub(super) destroyed: BTreeMap<EntryRef, BTreeMap<OrgName, Destroyed>>,
    pub(super) goes: BTreeMap<(String, u64), GoWords>,
}

/// Whether a case is open in this space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Opening {
    /// Nobody opened a case.
    #[default]
    NotOpened,
    /// One opening.
    Opened(Opened),
    /// Several organisations opened the same space without seeing each other: none counts, nothing goes on.
    Disputed(Vec<EntryRef>),
}

/// An opened case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The entry.
    pub at: EntryRef,
    /// The opening organisation.
    pub org: OrgName,
    /// The stamp of the entry, ms.
    pub wall_ms: u64,
    /// What it says.
    pub case: CaseOpened,
}

/// One person as their own organisation named them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their roles in this space.
    pub roles: BTreeSet<Role>,
    /// When the roles end.
    pub until_ms: Option<u64>,
    /// The categories they read and write; `None`: everything their organisation holds.
    pub scope: Option<BTreeSet<Category>>,
}

impl Member {
    /// How far they see.
    pub fn reach(&self) -> Reach {
        match &self.scope {
            Some(categories) => Reach::Only(categories.clone()),
            None => Reach::Everything,
        }
    }

    /// The roles that hold at a time, in ms; the end is excluded.
    pub fn roles_at(&self, at_ms: u64) -> BTreeSet<Role> {
        match self.until_ms {
            Some(until) if at_ms >= until => BTreeSet::new(),
            _ => self.roles.clone(),
        }
    }
}

/// Who holds the pen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Their organisation.
    pub org: OrgName,
    /// The case officer.
    pub person: PersonId,
}

/// A legal authority that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    /// The organisation that recorded it.
    pub org: OrgName,
    /// What it says.
    pub says: InstrumentRecorded,
    /// From when it can be used, included: the later one where two concurrent recordings differ.
    pub from_ms: u64,
    /// To when it can be used, excluded: the earlier one where two concurrent recordings differ.
    pub to_ms: u64,
    /// What it can be used for: the common categories where two concurrent recordings differ.
    pub categories: BTreeSet<Category>,
    /// The entry that ended or replaced it.
    pub over: Option<EntryRef>,
}

/// Whether an instrument can be used, for one addressee, category and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Stands,
    /// No such instrument counts.
    Unknown,
    /// It was ended, or replaced by a later recording of the same reference.
    Over,
    /// Its time has not come.
    NotYet,
    /// Its time is past.
    Expired,
    /// It binds somebody else.
    OtherAddressee,
    /// It does not cover the category.
    OutOfScope,
}

/// What one approver said last of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The entry that says so.
    pub at: EntryRef,
    /// The approver's organisation.
    pub org: OrgName,
    /// Who, in which role.
    pub actor: Actor,
    /// What.
    pub word: Word,
    /// The commitment to the preview it is bound to; absent for a refusal without one.
    pub preview: Option<String>,
    /// The clause it names.
    pub clause: String,
    /// Why.
    pub reason: Option<String>,
    /// What is left out, of a narrowed one.
    pub narrowing: Option<String>,
}

/// An approver's word, most restrictive first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// No.
    Refused,
    /// A yes that was taken back.
    Withdrawn,
    /// Yes to part.
    Narrowed,
    /// Yes.
    Given,
}

/// All that was said of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalState {
    /// The asking organisation.
    pub asker: OrgName,
    /// The last word of every approver, by organisation, then person.
    pub positions: Vec<Position>,
}

/// What one organisation's approvers say together of one request under one preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody of the organisation said anything that stands for this preview.
    None,
    /// At least one refused.
    Refused,
    /// Yes to part, by these people.
    Narrowed(BTreeSet<PersonId>),
    /// Yes, by these people. A clause that wants two counts them.
    Given(BTreeSet<PersonId>),
}

impl ApprovalState {
    /// What an organisation says of the request, bound to the preview as it is now (64 hex digits). A yes for
    /// another preview is none: the preview has changed. Refused, then narrowed, then given.
    pub fn of(&self, org: &OrgName, preview: &str) -> Outcome {
        let own = || self.positions.iter().filter(|position| position.org == *org);
        if own().any(|position| position.word == Word::Refused) {
            return Outcome::Refused;
        }
        let yes: Vec<&Position> = own()
            .filter(|position| matches!(position.word, Word::Narrowed | Word::Given))
            .filter(|position| position.preview.as_deref() == Some(preview))
            .collect();
        let people = yes.iter().map(|position| position.actor.person).collect();
        if yes.is_empty() {
            Outcome::None
        } else if yes.iter().any(|position| position.word == Word::Narrowed) {
            Outcome::Narrowed(people)
        } else {
            Outcome::Given(people)
        }
    }
}

/// One step in the life of an exhibit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyStep {
    /// The entry.
    pub at: EntryRef,
    /// The stamp of the entry, ms.
    pub wall_ms: u64,
    /// Who acts.
    pub actor: Actor,
    /// From whom.
    pub from: OrgName,
    /// To whom.
    pub to: OrgName,
    /// Handed, or received.
    pub received: bool,
    /// The salted commitment the step names.
    pub commitment: String,
}

/// Where an exhibit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustodyState {
    /// Handed over; the other side has not said that it arrived.
    HandedNotReceived {
        /// Who still holds it.
        from: OrgName,
        /// Who is to receive it.
        to: OrgName,
    },
    /// Received with the same commitment.
    Received {
        /// Who holds it.
        holder: OrgName,
    },
    /// The commitments differ, or several steps exclude each other: it stays where it was.
    Disputed {
        /// Who holds it.
        holder: OrgName,
    },
}

/// The custody of one exhibit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custody {
    /// Every counted step, earlier ones first.
    pub steps: Vec<CustodyStep>,
    /// Where it is now.
    pub state: CustodyState,
}

/// Where one agreement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementState {
    /// The parties it names.
    pub parties: BTreeMap<OrgName, OrgKind>,
    /// The proposals of exactly these bytes.
    pub proposed: Vec<EntryRef>,
    /// Who signed, with the signature line.
    pub signed: BTreeMap<OrgName, (EntryRef, String)>,
    /// Who refused.
    pub refused: BTreeMap<OrgName, EntryRef>,
    /// The parties with a signature that counted when it was written, whatever they said later. It only grows.
    pub ever_signed: BTreeSet<OrgName>,
    /// Who terminated it: any one ends it.
    pub terminated: BTreeMap<OrgName, EntryRef>,
}

impl AgreementState {
    /// Whether every party signed, none refused and none terminated. The term is the agreement's own to check.
    pub fn all_signed(&self) -> bool {
        self.terminated.is_empty()
            && !self.parties.is_empty()
            && self.parties.keys().all(|org| self.signed.contains_key(org))
    }
}

/// What an organisation said about its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyWord {
    /// A certificate.
    Certified(EntryRef, String),
    /// A revocation; wins over any certificate of the same key.
    Revoked(EntryRef, String),
}

impl State {
    /// Whether the entry was folded and counts, or counted when it was written.
    pub fn counts(&self, at: EntryRef) -> bool {
        self.counted.contains(&at)
    }

    /// The case, when exactly one was opened.
    pub fn case(&self) -> Option<&Opened> {
        match &self.opened {
            Opening::Opened(opened) => Some(opened),
            Opening::NotOpened | Opening::Disputed(_) => None,
        }
    }

    /// Whether a case is open in this space, in full.
    pub fn opening(&self) -> &Opening {
        &self.opened
    }

    /// The parties of the space, with their kinds.
    pub fn parties(&self) -> &BTreeMap<OrgName, OrgKind> {
        &self.parties
    }

    /// What kind of organisation a party is; `None` for who is no party.
    pub fn party_kind(&self, org: &OrgName) -> Option<OrgKind> {
        self.parties.get(org).copied()
    }

    /// The people an organisation named, with roles that may have ended ([`Member::roles_at`]). Empty for who
    /// is no party.
    pub fn members(&self, org: &OrgName) -> BTreeMap<PersonId, Member> {
        if !self.parties.contains_key(org) {
            return BTreeMap::new();
        }
        self.members.get(org).cloned().unwrap_or_default()
    }

    /// The roles of a person of an organisation at a time, in ms. Another organisation's word on them is not
    /// heard; nobody of an organisation that is no party has any.
    pub fn roles_of(&self, org: &OrgName, person: PersonId, at_ms: u64) -> BTreeSet<Role> {
        if !self.parties.contains_key(org) {
            return BTreeSet::new();
        }
        self.members
            .get(org)
            .and_then(|people| people.get(&person))
            .map(|member| member.roles_at(at_ms))
            .unwrap_or_default()
    }

    /// The roles that a person had when their organisation wrote an entry, of either class, that stands at `at`
    /// and is stamped `at_ms`: by the last word on them before it in that ledger. Only where that ledger says
    /// nothing of them are the organisation's other ledgers in the space asked, for any of their last words.
    /// Later words change nothing, nor does it whether the organisation is still a party.
    pub fn roles_when(&self, org: &OrgName, person: PersonId, at: EntryRef, at_ms: u64) -> BTreeSet<Role> {
        let members = self.members_when(org, person, at).into_iter();
        members.flat_map(|member| member.roles_at(at_ms)).collect()
    }

    /// What the organisation's ledgers said last of a person before an entry of one of them: one word where that
    /// ledger has one.
    pub(super) fn members_when(&self, org: &OrgName, person: PersonId, at: EntryRef) -> Vec<&Member> {
        let Some(words) = self.named.get(org).and_then(|people| people.get(&person)) else {
            return Vec::new();
        };
        let start = EntryRef {
            ledger: at.ledger,
            seq: 0,
        };
        if let Some((_, word)) = words.range(start..at).next_back() {
            return word.iter().collect();
        }
        let mut last = BTreeMap::new();
        for (other, word) in words.iter().filter(|(other, _)| other.ledger != at.ledger) {
            last.insert(other.ledger, word);
        }
        last.into_values().flatten().collect()
    }

    /// One person of an organisation as it named them; `None` for who is not named, or whose organisation is no
    /// party.
    pub fn member(&self, org: &OrgName, person: PersonId) -> Option<&Member> {
        self.parties.get(org)?;
        self.members.get(org)?.get(&person)
    }

    /// The stage of the case; `None` where no case is open.
    pub fn stage(&self) -> Option<Stage> {
        self.stage
    }

    /// Who holds the pen.
    pub fn pen(&self) -> Option<&Holder> {
        self.pen.as_ref()
    }

    /// Every instrument that was recorded and counts, over or not.
    pub fn instruments(&self) -> &BTreeMap<EntryRef, Instrument> {
        &self.instruments
    }

    /// One instrument.
    pub fn instrument(&self, at: EntryRef) -> Option<&Instrument> {
        self.instruments.get(&at)
    }

    /// Whether an instrument can be used against `addressee` for `category` at a time, in ms.
    pub fn instrument_standing(
        &self,
        at: EntryRef,
        addressee: &OrgName,
        category: Category,
        at_ms: u64,
    ) -> Standing {
        let Some(instrument) = self.instruments.get(&at) else {
            return Standing::Unknown;
        };
        if instrument.over.is_some() {
            Standing::Over
        } else if at_ms < instrument.from_ms {
            Standing::NotYet
        } else if at_ms >= instrument.to_ms {
            Standing::Expired
        } else if instrument.says.addressee != *addressee {
            Standing::OtherAddressee
        } else if !instrument.categories.contains(&category) {
            Standing::OutOfScope
        } else {
            Standing::Stands
        }
    }

    /// All that was said of a request; `None` when nothing was.
    pub fn approval(&self, request: EntryRef) -> Option<&ApprovalState> {
        self.approvals.get(&request)
    }

    /// The custody of an exhibit; `None` before it was handed over.
    pub fn custody(&self, exhibit: EntryRef) -> Option<&Custody> {
        self.custody.get(&exhibit)
    }

    /// Where an agreement stands; `None` when it was not proposed.
    pub fn agreement(&self, digest: AgreementDigest) -> Option<&AgreementState> {
        self.agreements.get(&digest)
    }

    /// Every agreement proposed in this space.
    pub fn agreements(&self) -> &BTreeMap<AgreementDigest, AgreementState> {
        &self.agreements
    }

    /// What an organisation said about its keys, earlier words first.
    pub fn keys(&self, org: &OrgName) -> &[KeyWord] {
        self.keys.get(org).map_or(&[], Vec::as_slice)
    }
}
