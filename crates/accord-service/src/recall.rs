//! Recall: what was shared is called back. Use stops at once on every node that hears of it; each recipient then says
//! what it did, and where it says that its copy is deleted, it is.
//!
//! Invariant: a receipt that says "deleted" and the deletion are one commit. The header stays, so that the ledger
//! still verifies; payload and what it delivered (a package, a file) are gone. The originator keeps what it recalled, for disclosure.

use accord_model::control::{ControlEntry, Recall, RecallDone, RecallOrdered, RecallReceipted};
use accord_model::{EntryRef, OrgName, Role, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::objects::Object;
use crate::people::SignedIn;
use crate::permit::Act;

/// What was done on a recall.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallAnswer {
    /// The order.
    pub recall: EntryRef,
    /// `use-stopped`, `deleted` or `never-held`.
    pub done: RecallDone,
    /// Until when backups hold it, ms UTC, where they do.
    #[serde(default)]
    pub backup_until_ms: Option<u64>,
    /// To whom it had been passed on.
    #[serde(default)]
    pub onward: Vec<OrgName>,
    /// More words.
    #[serde(default)]
    pub note: Option<String>,
}

/// A recipient's word on a recall.
#[derive(Debug, Clone, Serialize)]
pub struct ReceiptView {
    /// Whose.
    pub org: OrgName,
    /// Its note.
    pub at: EntryRef,
    /// When, ms UTC.
    pub when_ms: u64,
    /// What was done.
    pub done: RecallDone,
    /// Until when backups hold it.
    pub backup_until_ms: Option<u64>,
    /// To whom it had been passed on.
    pub onward: Vec<OrgName>,
    /// More words.
    pub note: Option<String>,
}

/// A recall.
#[derive(Debug, Clone, Serialize)]
pub struct RecallView {
    /// What was called back.
    pub entry: EntryRef,
    /// The order.
    pub at: EntryRef,
    /// Whose.
    pub org: OrgName,
    /// When, ms UTC.
    pub when_ms: u64,
    /// Why.
    pub reason: String,
    /// What recipients did.
    pub receipts: Vec<ReceiptView>,
    /// Who was given it and has not answered, as far as this node can know: the originator knows all, a recipient
    /// itself.
    pub waits_for: Vec<OrgName>,
    /// Whether a copy is still in this node's store.
    pub held_here: bool,
}

/// Removes what an entry says, and what it delivered, from this node's store. The header stays.
pub(crate) fn remove_content(state: &mut State, batch: &mut Batch, at: EntryRef) {
    batch.payload(at.ledger.0, at.seq, None);
    if let Some(ledger) = state.ledgers.get_mut(&at.ledger) {
        ledger.remove(at.seq);
        let space = ledger.space;
        state.spaces.get_mut(&space).into_iter().for_each(Space::changed);
    }
    state.open.gone(at);
    state.drop_duties(batch, at);
    for object in Object::of_note(at) {
        let name = object.name();
        if state.objects.remove(&name) {
            batch.remove_object(&name);
        }
    }
}

/// What an order calls back.
pub(crate) fn recalled_by(space: &Space, order: EntryRef) -> Option<EntryRef> {
    let mut known = space.control.recalls().iter();
    let (entry, _) = known.find(|(_, recall)| recall.at == order)?;
    Some(*entry)
}

/// Whether a copy is in this node's store.
pub(crate) fn holds(state: &State, at: EntryRef) -> bool {
    matches!(
        state.entry(at),
        Some((_, _, Body::Content(_) | Body::Unreadable(_)))
    ) || Object::of_note(at)
        .iter()
        .any(|object| state.objects.contains(&object.name()))
}

impl Node {
    /// Calls back a note of this organisation.
    pub async fn order_recall(
        &self,
        who: &SignedIn,
        case: SpaceId,
        entry: EntryRef,
        reason: &str,
    ) -> Result<EntryRef> {
        self.steer(who, Act::Recall, case, "recall.ordered", |state, batch, _| {
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let role = self.acting(space, who, Act::Recall)?;
            self.recall_in(state, batch, who, case, role, (entry, reason))
        })
        .await
    }

    /// The same in a larger act, on a case or on an agreement's ledger.
    pub(crate) fn recall_in(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        space: SpaceId,
        role: Role,
        (entry, reason): (EntryRef, &str),
    ) -> Result<EntryRef> {
        let known = state.spaces.get(&space).ok_or(ServiceError::NotFound("case"))?;
        let here = state.entry(entry).filter(|(ledger, ..)| ledger.space == space);
        here.ok_or(ServiceError::NotFound("note"))?;
        if known.control.is_recalled(entry) {
            return Err(ServiceError::Conflict("it was recalled already".into()));
        }
        let said = RecallOrdered {
            by: who.person,
            role,
            entry,
            reason: reason.to_owned(),
        };
        self.append(state, batch, space, ControlEntry::from(said))
    }

    /// Says what this organisation did on a recall. `deleted` deletes, in the same commit.
    pub async fn receipt_recall(
        &self,
        who: &SignedIn,
        case: SpaceId,
        new: &RecallAnswer,
    ) -> Result<EntryRef> {
        self.steer(who, Act::Receipt, case, "recall.receipted", |state, batch, _| {
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let role = self.acting(space, who, Act::Receipt)?;
            self.receipt_in(state, batch, who, case, role, new)
        })
        .await
    }

    /// The same in a larger act, on a case or on an agreement's ledger.
    pub(crate) fn receipt_in(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        space: SpaceId,
        role: Role,
        new: &RecallAnswer,
    ) -> Result<EntryRef> {
        let known = state.spaces.get(&space).ok_or(ServiceError::NotFound("case"))?;
        let entry = recalled_by(known, new.recall).ok_or(ServiceError::NotFound("recall"))?;
        let held = holds(state, entry);
        if held && new.done == RecallDone::NeverHeld {
            return Err(ServiceError::invalid("done", "a copy is in this node's store"));
        }
        if new.done == RecallDone::Deleted && known.control.held(entry) {
            return Err(ServiceError::denied(
                "a hold covers it: its use has stopped, and it is kept until the hold is lifted",
            ));
        }
        let said = RecallReceipted {
            by: who.person,
            role,
            recall: new.recall,
            done: new.done,
            // Where nobody says otherwise, what this node's backups hold.
            backup_until_ms: match (new.done, new.backup_until_ms) {
                (RecallDone::NeverHeld, said) | (_, said @ Some(_)) => said,
                _ => self.config.backup_until_ms(self.now_ms()),
            },
            onward: new.onward.clone(),
            note: new.note.clone(),
        };
        let at = self.append(state, batch, space, ControlEntry::from(said))?;
        if held && new.done == RecallDone::Deleted {
            remove_content(state, batch, entry);
        }
        Ok(at)
    }

    /// The recalls of a case, newest first.
    pub async fn recalls(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<RecallView>> {
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let mut views: Vec<RecallView> = self.recalls_of(&state, space);
        views.sort_by_key(|view| (std::cmp::Reverse(view.when_ms), view.at));
        Ok(views)
    }

    pub(crate) fn recalls_of(&self, state: &State, space: &Space) -> Vec<RecallView> {
        let all = space.control.recalls().iter();
        all.map(|(entry, recall)| self.recall_view(state, *entry, recall))
            .collect()
    }

    /// A recall as this node knows it.
    pub(crate) fn recall_view(&self, state: &State, entry: EntryRef, recall: &Recall) -> RecallView {
        let held_here = holds(state, entry);
        let mut given: Vec<OrgName> = state
            .released
            .keys()
            .filter(|(at, _)| *at == entry)
            .map(|(_, org)| org.clone())
            .collect();
        if recall.org != self.config.org && held_here {
            given.push(self.config.org.clone());
        }
        given.retain(|org| !recall.receipts.contains_key(org));
        RecallView {
            entry,
            at: recall.at,
            org: recall.org.clone(),
            when_ms: recall.wall_ms,
            reason: recall.reason.clone(),
            receipts: recall
                .receipts
                .iter()
                .map(|(org, receipt)| ReceiptView {
                    org: org.clone(),
                    at: receipt.at,
                    when_ms: receipt.wall_ms,
                    done: receipt.done,
                    backup_until_ms: receipt.backup_until_ms,
                    onward: receipt.onward.iter().cloned().collect(),
                    note: receipt.note.clone(),
                })
                .collect(),
            waits_for: given,
            held_here,
        }
    }
}
