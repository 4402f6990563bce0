//! The content of a case as the model's folds take it.

use accord_model::EntryKind;
use accord_model::content::Said;

use super::aside::all_set_aside;
use crate::journal::{Body, Ledger, Space, State};

/// What counts as said on a case, in causal order: what this node holds, that its writer had the right to write, and
/// that was not recalled.
pub(crate) fn said<'a>(state: &'a State, space: &'a Space) -> Vec<Said<'a>> {
    said_of(state, space, |_| true)
}

/// The same, of some kinds only.
pub(crate) fn said_of<'a>(
    state: &'a State,
    space: &'a Space,
    wanted: impl Fn(EntryKind) -> bool,
) -> Vec<Said<'a>> {
    each_said(state, space, wanted).collect()
}

/// The same without the first notes of these kinds, whatever became of them: for who took those in before.
pub(crate) fn said_since<'a>(
    state: &'a State,
    space: &'a Space,
    wanted: impl Fn(EntryKind) -> bool,
    first: usize,
) -> Vec<Said<'a>> {
    each_held(state, space, wanted, first)
        .filter(|one| !space.control.is_recalled(one.at))
        .collect()
}

/// The same one by one. What a note says is behind a pointer that is not followed here: whoever only counts or sorts
/// a long case pays for a header each.
pub(crate) fn each_said<'a>(
    state: &'a State,
    space: &'a Space,
    wanted: impl Fn(EntryKind) -> bool,
) -> impl Iterator<Item = Said<'a>> {
    each_held(state, space, wanted, 0).filter(|one| !space.control.is_recalled(one.at))
}

/// The same with what was recalled and is still here: for who keeps it and answers for it. Nobody else is shown
/// anything that is made of this.
pub(crate) fn said_or_recalled<'a>(
    state: &'a State,
    space: &'a Space,
    wanted: impl Fn(EntryKind) -> bool,
) -> Vec<Said<'a>> {
    each_held(state, space, wanted, 0).collect()
}

fn each_held<'a>(
    state: &'a State,
    space: &'a Space,
    wanted: impl Fn(EntryKind) -> bool,
    first: usize,
) -> impl Iterator<Item = Said<'a>> {
    let asides = all_set_aside(state, space);
    // Notes of one ledger come in long rows.
    let mut last: Option<&Ledger> = None;
    space
        .of_kinds(wanted)
        .into_iter()
        .skip(first)
        .filter_map(move |at| {
            let ledger = match last.filter(|ledger| ledger.id == at.ledger) {
                Some(ledger) => ledger,
                None => state.ledgers.get(&at.ledger)?,
            };
            last = Some(ledger);
            let Body::Content(entry) = ledger.body(at.seq)? else {
                return None;
            };
            let header = ledger.header(at.seq)?;
            (!asides.aside.contains(&at)).then_some(Said {
                at,
                author: &ledger.org,
                wall_ms: header.clock.wall_ms,
                entry,
            })
        })
}
