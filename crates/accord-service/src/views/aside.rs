//! What does not count, with the reason: control notes that the fold set aside, and content by somebody who had not
//! the right to write it. Such content is shown as set aside, and nothing else is made of it.

use std::sync::Arc;

use accord_model::EntryRef;
use accord_model::content::{may_write_on_agreement, written_by_right};
use accord_model::control::SpaceKind;

use crate::journal::{Body, Space, State};
use crate::made::Asides;

/// Why an entry of a case does not count; `None` when it does, or when it is withheld from this organisation.
pub(crate) fn set_aside(state: &State, space: &Space, at: EntryRef) -> Option<String> {
    let folded = space.control.set_aside.iter().find(|(aside, _)| *aside == at);
    if let Some((_, reason)) = folded {
        return Some(reason.to_string());
    }
    without_right(state, space, at)
}

/// The notes of a space that do not count, for whoever goes through many: each was looked at once since the space was
/// last folded.
pub(crate) fn all_set_aside(state: &State, space: &Space) -> Arc<Asides> {
    let old = |known: &Asides| known.looked_at < space.linear.len();
    space.made.asides.get(old, |known| {
        if known.looked_at == 0 {
            let folded = space.control.set_aside.iter();
            known.aside.extend(folded.map(|(at, _)| *at));
        }
        let new = space.linear.get(known.looked_at..).unwrap_or_default();
        let aside = new
            .iter()
            .filter(|at| without_right(state, space, **at).is_some());
        known.aside.extend(aside);
        known.looked_at = space.linear.len();
    })
}

/// Why content was not its writer's to write; `None` for what was, for control notes, and for what is withheld.
fn without_right(state: &State, space: &Space, at: EntryRef) -> Option<String> {
    let (ledger, header, body) = state.entry(at)?;
    let Body::Content(entry) = body else { return None };
    if space.kind == SpaceKind::Agreement {
        // Before there is a case: the kind that the agreements proposed here give the organisation.
        let Some(kind) = space.control.party_kind(&ledger.org) else {
            return Some(format!("{} is no party of the agreement", ledger.org));
        };
        let why = may_write_on_agreement(entry.kind(), entry.role, kind).err()?;
        return Some(why.to_string());
    }
    // An organisation that was taken off the case keeps the kind that the agreement gives it.
    let kind = space
        .agreement
        .and_then(|digest| Some(state.agreement(digest)?.party(&ledger.org)?.kind));
    let Some(kind) = kind else {
        return Some(format!("{} is no party of the agreement", ledger.org));
    };
    let stands = (at, header.clock.wall_ms);
    let order = |a: EntryRef, b: EntryRef| space.before(a, b);
    let why = written_by_right(&space.control, &ledger.org, kind, stands, entry, &order).err()?;
    Some(why.to_string())
}
