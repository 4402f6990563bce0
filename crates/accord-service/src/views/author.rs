//! Who said something, as people read it: a person's name, and of somebody seconded "NAME of HOME, seconded to HOST",
//! while the secondment runs and ever after.

use std::collections::BTreeMap;

use accord_model::{EntryRef, OrgName, PersonId};

use crate::journal::{Body, Space, State};

/// Of whom a person was who wrote for an organisation at one point of a case; `None`: of that organisation itself.
pub(crate) fn home_of(state: &State, space: &Space, at: EntryRef, person: PersonId) -> Option<OrgName> {
    let (ledger, header, _) = state.entry(at)?;
    let order = |a: EntryRef, b: EntryRef| space.before(a, b);
    let stands = (at, header.clock.wall_ms);
    let sight = space.control.sight_when(&ledger.org, person, stands, &order)?;
    (sight.home != ledger.org).then_some(sight.home)
}

/// The same of the writer of a content note.
pub(crate) fn writers_home(state: &State, space: &Space, at: EntryRef) -> Option<OrgName> {
    match state.entry(at) {
        Some((_, _, Body::Content(entry))) => home_of(state, space, at, entry.by),
        _ => None,
    }
}

/// A person's name under an entry of `at`'s ledger.
pub(crate) fn said_by(
    state: &State,
    space: &Space,
    names: &BTreeMap<PersonId, String>,
    at: EntryRef,
    person: PersonId,
) -> Option<String> {
    let name = names.get(&person).cloned();
    match (home_of(state, space, at, person), state.entry(at)) {
        (Some(home), Some((ledger, ..))) => {
            let name = name.unwrap_or_else(|| "a person".to_owned());
            Some(format!("{name} of {home}, seconded to {}", ledger.org))
        }
        _ => name,
    }
}
