//! Content that was released after its header was pulled: asked for until it is given.

use std::collections::{BTreeMap, BTreeSet};

use accord_formats::peer::{MAX_PAYLOADS, MAX_RELEASED, PayloadsAnswer, PayloadsQuestion, ReleasedIn};
use accord_ledger::Payload;
use accord_model::{EntryRef, LedgerId, OrgName};

use super::pull::Asking;
use super::record::PEERS;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, State};
use crate::keeping::is_destroyed_here;

/// Most contents that one peer may owe: said to be released, and not given. Beyond it its cursors stand still.
pub const OWED_MAX: usize = 10_000;

impl Asking<'_> {
    /// Asks for what was released, and, at the beginning of a pull, for what is owed from earlier ones. The cursors
    /// reached, by ledger.
    pub async fn pull_released(
        &mut self,
        released: Vec<ReleasedIn>,
        with_owed: bool,
    ) -> Result<BTreeMap<String, u64>> {
        if released.iter().map(|list| list.entries.len()).sum::<usize>() > MAX_RELEASED {
            return Err(self.bad("more releases than one answer may list"));
        }
        let mut wanted: BTreeSet<EntryRef> = BTreeSet::new();
        let mut cursors = BTreeMap::new();
        self.node
            .act(|state, batch, _| {
                for list in &released {
                    let id: Option<LedgerId> = list.ledger.parse().ok();
                    let its = id.filter(|id| {
                        let ledger = state.ledgers.get(id);
                        ledger.is_some_and(|ledger| ledger.org == self.peer.org && !ledger.own)
                    });
                    if let Some(id) = its {
                        state.keep_duties(batch, id, &list.entries, &list.duties, self.node.now_ms());
                    }
                }
                Ok(())
            })
            .await?;
        let (owed, askable, early) = {
            let state = self.node.read().await?;
            // Only of its own ledgers can a peer say what is released.
            let is_its = |id: LedgerId| {
                let ledger = state.ledgers.get(&id);
                ledger.is_some_and(|ledger| ledger.org == self.peer.org && !ledger.own)
            };
            let owed = state.peers.get(&self.peer.org).map(|peer| peer.owed.clone());
            let owed: BTreeSet<EntryRef> = owed
                .unwrap_or_default()
                .iter()
                .filter_map(|text| text.parse().ok())
                .filter(|at: &EntryRef| is_its(at.ledger))
                .collect();
            for list in released {
                let Some(id) = list.ledger.parse().ok().filter(|id| is_its(*id)) else {
                    continue;
                };
                let seqs = list.entries.into_iter();
                wanted.extend(seqs.map(|seq| EntryRef { ledger: id, seq }));
                cursors.insert(list.ledger, list.cursor);
            }
            if with_owed {
                wanted.extend(&owed);
                // What was destroyed while a hold was placed beside it, unseen, is asked for again.
                wanted.extend(to_restore(&state, &self.node.config.org).filter(|at| is_its(at.ledger)));
            }
            wanted.retain(|at| lacks(&state, *at));
            // Of a note that is not here yet, the content comes after it.
            let (askable, early): (BTreeSet<_>, BTreeSet<_>) =
                wanted.iter().copied().partition(|at| state.entry(*at).is_some());
            (owed, askable, early)
        };
        let mut refused = self.ask_for(&askable).await?;
        refused.extend(early);
        // What was asked for and not given is owed, and what has come is so no longer.
        let mut owes: BTreeSet<EntryRef> = owed.difference(&wanted).copied().collect();
        owes.extend(refused);
        if owes.len() > OWED_MAX {
            self.pulled.problems.push(format!(
                "{} says of more than {OWED_MAX} contents that they are released, and does not give them",
                self.peer.org
            ));
            return Ok(BTreeMap::new());
        }
        self.node
            .act(|state, batch, _| {
                // What was given in the meantime, at another's word or this one's, is owed no longer.
                owes.retain(|at| lacks(state, *at));
                let owed: BTreeSet<String> = owes.iter().map(ToString::to_string).collect();
                if let Some(peer) = state.peers.get_mut(&self.peer.org) {
                    let before = (peer.released_after.clone(), peer.owed.clone());
                    peer.released_after
                        .extend(cursors.iter().map(|(ledger, cursor)| (ledger.clone(), *cursor)));
                    peer.owed = owed;
                    if before != (peer.released_after.clone(), peer.owed.clone()) {
                        batch.document(PEERS, self.peer.org.as_str(), peer);
                    }
                }
                Ok(())
            })
            .await?;
        Ok(cursors)
    }

    /// Asks for contents; those that were not given.
    async fn ask_for(&mut self, wanted: &BTreeSet<EntryRef>) -> Result<BTreeSet<EntryRef>> {
        let mut rest: Vec<EntryRef> = wanted.iter().copied().collect();
        let mut refused = BTreeSet::new();
        while !rest.is_empty() {
            let page: Vec<EntryRef> = rest.iter().take(MAX_PAYLOADS).copied().collect();
            let question = PayloadsQuestion {
                entries: page.iter().map(ToString::to_string).collect(),
            };
            let answer: PayloadsAnswer = self.ask("/peer/v1/payloads", &question).await?;
            let answered = answer.payloads.len();
            if answered == 0 || answered > page.len() {
                return Err(self.bad("an answer about other contents than were asked for"));
            }
            let bytes = answer.payloads.iter().flatten().map(|payload| payload.0.len());
            if let Err(ServiceError::Conflict(why)) = self.count(bytes.sum()) {
                self.pulled.problems.push(why);
                refused.extend(rest);
                return Ok(refused);
            }
            let mut given = Vec::new();
            for (at, payload) in page.iter().zip(answer.payloads) {
                match payload.map(|bytes| Payload::decode(&bytes.0)) {
                    Some(Ok(payload)) => given.push((*at, payload)),
                    None => drop(refused.insert(*at)),
                    Some(Err(_)) => {
                        let why = self.bad(&format!("the content of {at}")).to_string();
                        self.pulled.problems.push(why);
                        refused.insert(*at);
                    }
                }
            }
            let kept = self
                .node
                .act(|state, batch, _| {
                    let mut kept = Vec::new();
                    for (at, payload) in given {
                        match self.node.absorb_payload(state, batch, at, payload) {
                            Ok(()) => kept.push(Ok(at)),
                            Err(ServiceError::Conflict(why)) => kept.push(Err((at, why))),
                            Err(error) => return Err(error),
                        }
                    }
                    Ok(kept)
                })
                .await?;
            for outcome in kept {
                match outcome {
                    Ok(_) => self.pulled.payloads += 1,
                    Err((at, why)) => {
                        self.pulled.problems.push(why);
                        refused.insert(at);
                    }
                }
            }
            rest.drain(..answered);
        }
        Ok(refused)
    }
}

/// Copies that this organisation destroyed, and a hold stands against it.
fn to_restore<'a>(state: &'a State, own: &'a OrgName) -> impl Iterator<Item = EntryRef> + use<'a> {
    let spaces = state.spaces.values();
    spaces.flat_map(move |space| space.control.held_after_destruction(own))
}

/// Whether the content of an entry is still to come. Also of one whose header is: it comes after it. Of what two
/// histories of a ledger do not share, nothing is.
fn lacks(state: &State, at: EntryRef) -> bool {
    let ledger = state.ledgers.get(&at.ledger);
    let counts = ledger.is_some_and(|ledger| ledger.fork.as_ref().is_none_or(|fork| at.seq < fork.common));
    let held = state.entry(at);
    let gone = ledger
        .and_then(|ledger| state.spaces.get(&ledger.space))
        .is_some_and(|space| space.control.is_recalled(at) || is_destroyed_here(state, space, at));
    counts && !gone && held.is_none_or(|(_, _, body)| matches!(body, Body::Withheld))
}
