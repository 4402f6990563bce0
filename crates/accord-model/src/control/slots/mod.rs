//! Slots: the questions that entries answer, such as "is this organisation a party" or "what does this
//! approver say of that request". Each is resolved from the counted entries that touch it: those that none
//! of the others has seen compete, and the more restrictive counts.
//!
//! A slot keeps its entries ledger by ledger, in the order of their sequence numbers. What one entry has seen
//! of a ledger is a beginning of it, and only the last entry of a ledger can be a latest one; so a question
//! costs comparisons by the number of ledgers, not by the number of entries.

mod agreement;
mod approvals;
mod custody;
mod go;
mod instruments;
mod keeping;
mod oral;
mod pen;
mod removed;
mod secondment;
mod team;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::order::Order;
use super::{ControlEntry, Facts, Noted, Stage};
use crate::{AgreementDigest, EntryRef, LedgerId, OrgName, PersonId};

/// What an entry touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    /// The first entry of a ledger.
    Ledger(LedgerId),
    /// The opening of the case.
    Opening,
    /// Whether an organisation is a party of the case.
    Party(OrgName),
    /// What an organisation said of a person.
    Member(OrgName, PersonId),
    /// Whoever named a person.
    Person(PersonId),
    /// Stage of the case.
    Stage,
    /// Who holds the pen.
    Pen,
    /// To whom the pen was offered.
    Offer,
    /// An organisation's instruments under one reference against one addressee.
    Instrument(OrgName, String, OrgName),
    /// The ends of these instruments.
    InstrumentEnd(OrgName, String, OrgName),
    /// What an approver of an organisation said of a request, yes or no.
    Word(EntryRef, OrgName, PersonId),
    /// The withdrawals of an organisation's yeses to a request.
    Withdrawal(EntryRef, OrgName),
    /// The steps of an exhibit.
    Custody(EntryRef),
    /// What was said of an agreement.
    Agreement(AgreementDigest),
    /// What an organisation said of its keys.
    Keys(OrgName),
    /// What home and host (in this order) said of the secondment of a person.
    Secondment(OrgName, OrgName, PersonId),
    /// An oral authority and its confirmations.
    Oral(EntryRef),
    /// The recalls of an entry.
    Recall(EntryRef),
    /// What a recipient said it did on the recalls of an entry.
    Receipt(EntryRef, OrgName),
    /// The holds on an entry, or on the whole space.
    Hold(Option<EntryRef>),
    /// The liftings of a hold.
    HoldLift(EntryRef),
    /// The destructions of an entry's payload.
    Destruction(EntryRef),
    /// What the parties said of a plan, by its commitment and instant.
    Go(String, u64),
}

/// The slots an entry touches. `counted` knows the entries that it refers to.
fn touched(noted: &Noted, counted: &Counted<'_>) -> Vec<Slot> {
    use ControlEntry as E;
    let org = || noted.author.clone();
    let word = |request: EntryRef, by: PersonId| vec![Slot::Word(request, org(), by)];
    match &noted.entry {
        E::LedgerOpened(_) => vec![Slot::Ledger(noted.at.ledger)],
        E::KeyCertified(_) | E::KeyRevoked(_) => vec![Slot::Keys(org())],
        E::AgreementProposed(body) => vec![Slot::Agreement(body.digest)],
        E::AgreementSigned(body) => vec![Slot::Agreement(body.digest)],
        E::AgreementRefused(body) => vec![Slot::Agreement(body.digest)],
        E::AgreementTerminated(body) => vec![Slot::Agreement(body.digest)],
        // Opening makes the opener a party, their case officer a member, and gives them the pen.
        E::CaseOpened(body) => vec![
            Slot::Opening,
            Slot::Party(org()),
            Slot::Member(org(), body.by),
            Slot::Person(body.by),
            Slot::Pen,
        ],
        E::CaseStage(_) => vec![Slot::Stage],
        E::PenPassed(_) => vec![Slot::Offer],
        E::PenTaken(_) => vec![Slot::Pen],
        E::PartyAdded(body) => vec![Slot::Party(body.org.clone())],
        E::PartyRemoved(body) => vec![Slot::Party(body.org.clone())],
        E::MemberAdded(body) => vec![Slot::Member(org(), body.person), Slot::Person(body.person)],
        E::MemberRemoved(body) => vec![Slot::Member(org(), body.person), Slot::Person(body.person)],
        E::InstrumentRecorded(body) => {
            vec![Slot::Instrument(
                org(),
                body.reference.clone(),
                body.addressee.clone(),
            )]
        }
        E::InstrumentEnded(body) => match counted.entries.get(&body.instrument).map(|known| &known.entry) {
            Some(E::InstrumentRecorded(known)) => {
                vec![Slot::InstrumentEnd(
                    org(),
                    known.reference.clone(),
                    known.addressee.clone(),
                )]
            }
            _ => Vec::new(),
        },
        E::ApprovalGiven(body) => word(body.request, body.by),
        E::ApprovalNarrowed(body) => word(body.request, body.by),
        E::ApprovalRefused(body) => word(body.request, body.by),
        E::ApprovalWithdrawn(body) => vec![Slot::Withdrawal(body.request, org())],
        E::CustodyHanded(body) => vec![Slot::Custody(body.exhibit)],
        E::CustodyReceived(body) => vec![Slot::Custody(body.exhibit)],
        E::SecondmentGranted(body) => {
            vec![Slot::Secondment(
                body.home.clone(),
                body.host.clone(),
                body.person,
            )]
        }
        E::SecondmentEnded(body) => {
            vec![Slot::Secondment(
                body.home.clone(),
                body.host.clone(),
                body.person,
            )]
        }
        E::OralRecorded(_) => vec![Slot::Oral(noted.at)],
        E::OralConfirmed(body) => vec![Slot::Oral(body.oral)],
        E::RecallOrdered(body) => vec![Slot::Recall(body.entry)],
        E::RecallReceipted(body) => match counted.entries.get(&body.recall).map(|known| &known.entry) {
            Some(E::RecallOrdered(order)) => vec![Slot::Receipt(order.entry, org())],
            _ => Vec::new(),
        },
        E::HoldPlaced(body) => vec![Slot::Hold(body.entry)],
        E::HoldLifted(body) => vec![Slot::HoldLift(body.hold)],
        E::RetentionDestroyed(body) => vec![Slot::Destruction(body.entry)],
        E::GoGiven(body) => vec![Slot::Go(body.commitment.clone(), body.instant_ms)],
        E::GoRefused(body) => vec![Slot::Go(body.commitment.clone(), body.instant_ms)],
        E::GoWithdrawn(body) => vec![Slot::Go(body.commitment.clone(), body.instant_ms)],
    }
}

/// Entries of one ledger, in the order of their sequence numbers.
pub(super) type Line<'v, 'n> = &'v [&'n Noted];

/// The entries that count, by what they touch, and what was found out when each was counted.
#[derive(Default)]
pub(super) struct Counted<'n> {
    pub(super) slots: BTreeMap<Slot, BTreeMap<LedgerId, Vec<&'n Noted>>>,
    pub(super) entries: BTreeMap<EntryRef, &'n Noted>,
    /// Everybody an organisation ever named.
    pub(super) people: BTreeMap<&'n OrgName, BTreeSet<PersonId>>,
    /// For every request, who ever said yes or no.
    pub(super) speakers: BTreeMap<EntryRef, BTreeSet<(&'n OrgName, PersonId)>>,
    /// Every word on who is a party, in the order the fold walks.
    pub(super) party_words: Vec<&'n Noted>,
    /// For every counted stage: the stage on the line that it stands on, or left when it went aside.
    pub(super) left: BTreeMap<EntryRef, Stage>,
    /// For every counted receipt: the handing it answers.
    pub(super) answered: BTreeMap<EntryRef, &'n Noted>,
}

impl<'n> Counted<'n> {
    /// Takes in an entry that counts. Entries of one ledger come in the order of their sequence numbers.
    pub(super) fn add(&mut self, noted: &'n Noted) {
        for slot in touched(noted, self) {
            match &slot {
                Slot::Member(_, person) => {
                    self.people.entry(&noted.author).or_default().insert(*person);
                }
                Slot::Word(request, _, person) => {
                    self.speakers
                        .entry(*request)
                        .or_default()
                        .insert((&noted.author, *person));
                }
                Slot::Party(_) => self.party_words.push(noted),
                _ => {}
            }
            let ledgers = self.slots.entry(slot).or_default();
            ledgers.entry(noted.at.ledger).or_default().push(noted);
        }
        self.entries.insert(noted.at, noted);
    }
}

/// What had happened before an entry, or all there is.
pub(super) struct View<'v, 'n> {
    pub(super) counted: &'v Counted<'n>,
    pub(super) order: &'v Order<'v>,
    pub(super) facts: &'v Facts,
    /// Only what happened before this entry; `None` for everything.
    pub(super) before: Option<EntryRef>,
    /// The words on parties that do not hold in this view, once somebody asked (`removed`).
    void: OnceCell<BTreeSet<EntryRef>>,
}

impl<'v, 'n> View<'v, 'n> {
    pub(super) fn new(
        counted: &'v Counted<'n>,
        order: &'v Order<'v>,
        facts: &'v Facts,
        before: Option<EntryRef>,
    ) -> Self {
        Self {
            counted,
            order,
            facts,
            before,
            void: OnceCell::new(),
        }
    }

    /// Whether the view reaches an entry.
    pub(super) fn sees(&self, at: EntryRef) -> bool {
        self.before.is_none_or(|limit| self.order.before(at, limit))
    }

    /// The counted entries of a slot in this view, ledger by ledger; no line is empty.
    pub(super) fn lines(&self, slot: &Slot) -> Vec<Line<'v, 'n>> {
        let ledgers = self.counted.slots.get(slot).into_iter().flatten();
        ledgers
            .map(|(_, line)| self.prefix(line, |noted| self.sees(noted.at)))
            .filter(|line| !line.is_empty())
            .collect()
    }

    /// The counted entries of a slot in this view.
    pub(super) fn slot(&self, slot: &Slot) -> Vec<&'n Noted> {
        self.lines(slot).concat()
    }

    /// One counted entry in this view.
    pub(super) fn entry(&self, at: EntryRef) -> Option<&'n Noted> {
        self.counted.entries.get(&at).copied().filter(|_| self.sees(at))
    }

    /// The beginning of a line for which something holds that, once it fails, fails for all that follow.
    pub(super) fn prefix<'l>(&self, line: Line<'l, 'n>, holds: impl Fn(&Noted) -> bool) -> Line<'l, 'n> {
        let end = line.partition_point(|noted| holds(noted));
        line.get(..end).unwrap_or_default()
    }

    /// Of these entries, the ones that none of the others has seen.
    pub(super) fn latest(&self, lines: &[Line<'_, 'n>]) -> Vec<&'n Noted> {
        let last: Vec<&'n Noted> = lines.iter().filter_map(|line| line.last().copied()).collect();
        let followed = |one: &Noted| last.iter().any(|other| self.order.before(one.at, other.at));
        last.iter().copied().filter(|one| !followed(one)).collect()
    }

    /// Of these entries, the ones that all of `later` have seen: where things were before a conflict.
    pub(super) fn agreed_before<'l>(&self, lines: &[Line<'l, 'n>], later: &[&'n Noted]) -> Vec<Line<'l, 'n>> {
        let seen_by_all = |one: &Noted| later.iter().all(|last| self.order.before(one.at, last.at));
        lines
            .iter()
            .map(|line| self.prefix(line, seen_by_all))
            .filter(|line| !line.is_empty())
            .collect()
    }

    /// The entries so that each stands behind those it has seen; the same whatever else is in the space.
    pub(super) fn earlier_first(&self, lines: &[Line<'_, 'n>]) -> Vec<&'n Noted> {
        let mut entries = lines.concat();
        let seen = |one: &Noted| -> usize {
            lines
                .iter()
                .map(|line| {
                    self.prefix(line, |other| self.order.before(other.at, one.at))
                        .len()
                })
                .sum()
        };
        entries.sort_by_cached_key(|one| (seen(one), one.at));
        entries
    }

    /// Whose ledger it is.
    pub(super) fn owner(&self, ledger: LedgerId) -> Option<&'n OrgName> {
        self.lines(&Slot::Ledger(ledger))
            .first()
            .and_then(|line| line.first())
            .map(|noted| &noted.author)
    }
}

/// Entries as lines, one for each ledger. Those of one ledger stand together, in the order of their sequence
/// numbers.
fn ledgers<'l, 'n>(entries: &'l [&'n Noted]) -> Vec<Line<'l, 'n>> {
    entries.chunk_by(|a, b| a.at.ledger == b.at.ledger).collect()
}
