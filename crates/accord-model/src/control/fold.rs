//! The fold: first what counts, one entry after another, then what the counted entries say together.

use std::collections::BTreeSet;

use super::order::Order;
use super::rights::Finding;
use super::slots::{Counted, Slot, View};
use super::{Causality, Facts, Noted, Opening, Reason, State};
use crate::{EntryRef, OrgName};

/// The control state of a space.
///
/// `entries` are the control entries of every ledger of the space, in any order, each once, their checkpoints
/// and payloads verified, none stamped more than five minutes ahead of the clock. `causality` knows the
/// content entries of the space as well: requests and exhibits are among what approvals and custody must
/// have seen. The result does not depend on the order of `entries`.
pub fn fold(entries: &[Noted], causality: &dyn Causality, facts: &Facts) -> State {
    let order = Order(causality);
    let mut counted = Counted::default();
    let mut set_aside: Vec<(EntryRef, Reason)> = Vec::new();
    for noted in order.sorted(entries) {
        let view = View::new(&counted, &order, facts, Some(noted.at));
        match view.judge(noted) {
            Ok(finding) => count(&mut counted, noted, finding),
            Err(reason) => set_aside.push((noted.at, reason)),
        }
    }
    set_aside.sort_by_key(|(at, _)| *at);
    let everything = View::new(&counted, &order, facts, None);
    State {
        set_aside,
        ..resolve(&everything)
    }
}

fn count<'n>(counted: &mut Counted<'n>, noted: &'n Noted, finding: Finding<'n>) {
    counted.add(noted);
    match finding {
        Finding::Plain => {}
        Finding::Left(stage) => {
            counted.left.insert(noted.at, stage);
        }
        Finding::Answers(handing) => {
            counted.answered.insert(noted.at, handing);
        }
    }
}

/// Everything the counted entries say.
fn resolve(view: &View<'_, '_>) -> State {
    let mut state = State {
        opened: view.opening(),
        pen: view.pen(),
        stage: view.stage().map(|now| now.stage),
        counted: view.counted.entries.keys().copied().collect(),
        ..State::default()
    };
    // The organisations of the agreements are few; who is a party of the space is asked of each.
    let organisations: BTreeSet<&OrgName> = view
        .facts
        .agreements
        .values()
        .flat_map(|facts| facts.parties.keys())
        .collect();
    for org in organisations {
        if let Some(kind) = view.party(org) {
            state.parties.insert(org.clone(), kind);
        }
    }
    for digest in view.facts.agreements.keys() {
        if let Some(agreement) = view.agreement(*digest) {
            state.agreements.insert(*digest, agreement);
        }
    }
    for org in view.counted.people.keys() {
        state.members.insert((*org).clone(), view.members(org));
        state.named.insert((*org).clone(), view.words_on_people(org));
    }
    for request in view.counted.speakers.keys() {
        if let Some(asker) = view.owner(request.ledger) {
            let positions = view.positions(*request);
            let approval = super::ApprovalState {
                asker: asker.clone(),
                positions,
            };
            state.approvals.insert(*request, approval);
        }
    }
    for slot in view.counted.slots.keys() {
        match slot {
            Slot::Keys(org) => {
                state.keys.insert(org.clone(), view.key_words(org));
            }
            Slot::Instrument(..) => {
                for noted in view.slot(slot) {
                    if let Some(instrument) = view.instrument(noted.at) {
                        state.instruments.insert(noted.at, instrument);
                    }
                }
            }
            Slot::Custody(exhibit) => {
                if let Some(custody) = view.custody(*exhibit) {
                    state.custody.insert(*exhibit, custody);
                }
            }
            Slot::Secondment(home, host, person) => {
                let words = state.seconded.entry((host.clone(), *person));
                words
                    .or_default()
                    .extend(view.words_on_secondment(home, host, *person));
                if let Some(secondment) = view.secondment(home, host, *person) {
                    let beside = state.secondments.entry((host.clone(), *person));
                    beside.or_default().push(secondment);
                }
            }
            Slot::Oral(at) => {
                if let Some(oral) = view.oral(*at) {
                    state.orals.insert(*at, oral);
                }
            }
            Slot::Recall(entry) => {
                if let Some(recall) = view.recall(*entry) {
                    state.recalls.insert(*entry, recall);
                }
            }
            Slot::Hold(_) => state.holds.extend(view.holds_of(slot)),
            Slot::Destruction(entry) => {
                state.destroyed.insert(*entry, view.destructions(*entry));
            }
            Slot::Go(commitment, instant_ms) => {
                let words = view.go_words(commitment, *instant_ms);
                state.goes.insert((commitment.clone(), *instant_ms), words);
            }
            Slot::Receipt(..)
            | Slot::HoldLift(_)
            | Slot::Ledger(_)
            | Slot::Opening
            | Slot::Party(_)
            | Slot::Member(..)
            | Slot::Person(_)
            | Slot::Stage
            | Slot::Pen
            | Slot::Offer
            | Slot::InstrumentEnd(..)
            | Slot::Word(..)
            | Slot::Withdrawal(..)
            | Slot::Agreement(_) => {}
        }
    }
    debug_assert!(!matches!(state.opened, Opening::Disputed(_)) || state.parties.is_empty());
    state
}
