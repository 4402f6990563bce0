//! The notes of this organisation that wait for its approver before they go to somebody.
//!
//! What is open is kept as notes are written and released (`journal/open.rs`), sorted by what the agreement asks about; so the
//! agreement is asked once for notes that are alike, and only what it would let go with an approval is looked at one
//! by one. A long case that everybody has costs an inbox nothing.

use std::sync::atomic::Ordering;

use accord_model::Role;

use super::inbox::{InboxItem, Todo};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::release::Circumstances;

impl Node {
    pub(super) fn releases_waiting(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        items: &mut Vec<InboxItem>,
    ) {
        for to in self.other_parties(space) {
            for (_, notes) in state.open.of(space.id, &to) {
                let Some((_, _, Body::Content(first))) = notes.first().and_then(|at| state.entry(*at)) else {
                    continue;
                };
                self.looked_through.fetch_add(1, Ordering::Relaxed);
                let asked = self.ask_agreement(state, space, &to, first, &Circumstances::default());
                if asked.answer != "ask" || asked.who != Some(Role::Approver) {
                    continue;
                }
                for at in notes {
                    self.looked_through.fetch_add(1, Ordering::Relaxed);
                    let Some((_, header, Body::Content(entry))) = state.entry(*at) else {
                        continue;
                    };
                    // What names a victim cannot be released, nor what was recalled or sealed to a key that is not
                    // certified now: it is not waited for.
                    if entry.by == who.person
                        || space.control.is_recalled(*at)
                        || self.victim_named(state, space.id, entry).is_some()
                        || self.sealed_wrong(state, &to, entry).is_some()
                    {
                        continue;
                    }
                    items.push(InboxItem {
                        todo: Todo::ApproveRelease {
                            note: *at,
                            to: to.clone(),
                            case: space.id.to_string(),
                        },
                        title: format!("Release to {to}: {}", entry.title),
                        why: format!("Clause {}: {}", asked.clause, asked.words),
                        since_ms: header.clock.wall_ms,
                        due_ms: None,
                        otherwise: format!("{to} does not get it."),
                    });
                }
            }
        }
    }

    /// How many notes the inboxes of this node have looked at so far for what waits to be released.
    pub fn looked_through(&self) -> u64 {
        self.looked_through.load(Ordering::Relaxed)
    }
}
