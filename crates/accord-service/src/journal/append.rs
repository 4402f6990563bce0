//! The node's own words: appended to its own ledgers, and to no other.

use accord_ledger::certificate::Certificate;
use accord_ledger::checkpoint::{Checkpoint, SignedCheckpoint, origin};
use accord_ledger::note::{KeyKind, Note};
use accord_ledger::order::Order;
use accord_ledger::{Class, Head, Header, MAX_HEADS, Payload};
use accord_model::content::ContentEntry;
use accord_model::control::{ControlEntry, KeyCertified, LedgerOpened, SpaceKind};
use accord_model::{AgreementDigest, EntryRef, LedgerId, SpaceId};
use accord_store::Batch;

use super::ledger::{Ledger, hash_id};
use super::state::State;
use crate::error::{Result, ServiceError};
use crate::node::Node;

/// A new entry of this node.
#[derive(Debug, Clone)]
pub(crate) enum New {
    Control(ControlEntry),
    Content(Box<ContentEntry>),
}

impl From<ControlEntry> for New {
    fn from(entry: ControlEntry) -> Self {
        Self::Control(entry)
    }
}

impl From<ContentEntry> for New {
    fn from(entry: ContentEntry) -> Self {
        Self::Content(Box::new(entry))
    }
}

impl Node {
    /// What this organisation's ledger in a space begins with. `seed` are the random bytes of the space's id.
    fn opening(&self, seed: SpaceId, kind: SpaceKind, agreement: Option<AgreementDigest>) -> LedgerOpened {
        LedgerOpened {
            by: None,
            role: None,
            space: seed,
            space_kind: kind,
            org: self.config.org.clone(),
            agreement,
        }
    }

    /// Begins a space with this organisation's ledger in it.
    pub(crate) fn new_space(
        &self,
        state: &mut State,
        batch: &mut Batch,
        kind: SpaceKind,
        agreement: Option<AgreementDigest>,
    ) -> Result<SpaceId> {
        let opened = self.opening(SpaceId(self.random()), kind, agreement);
        let space = opened.space_id();
        self.own_ledger(state, batch, opened)?;
        Ok(space)
    }

    /// Opens this organisation's ledger in a space, when it has none yet, or only ones that a restored backup has
    /// spoilt or that stand under another key.
    fn own_ledger(&self, state: &mut State, batch: &mut Batch, opened: LedgerOpened) -> Result<LedgerId> {
        let space = opened.space_id();
        let own = state
            .ledgers
            .values()
            .filter(|ledger| ledger.own && ledger.space == space && !ledger.is_forked())
            .find(|ledger| ledger.author_key.as_ref() == Some(self.keys.ledger.vkey()));
        if let Some(ledger) = own {
            return Ok(ledger.id);
        }
        let id = LedgerId(self.random());
        batch.ledger(id.0, space.0, self.config.org.as_str(), true);
        let mut ledger = Ledger::new(id, space, self.config.org.clone(), true);
        ledger.author_key = Some(self.keys.ledger.vkey().clone());
        state.ledgers.insert(id, ledger);
        self.push(state, batch, id, &New::Control(opened.into()))?;
        let ledger = state
            .ledgers
            .get(&id)
            .cloned()
            .ok_or(ServiceError::NotFound("ledger"))?;
        state.know(&ledger)?;
        let certified = KeyCertified {
            by: None,
            role: None,
            certificate: self.keys.certificate.encode(),
        };
        self.push(state, batch, id, &New::Control(certified.into()))?;
        Ok(id)
    }

    /// Appends to this organisation's ledger in a known space, folds again, and refuses what does not count.
    pub(crate) fn append(
        &self,
        state: &mut State,
        batch: &mut Batch,
        space: SpaceId,
        entry: impl Into<New>,
    ) -> Result<EntryRef> {
        let known = state.spaces.get(&space).ok_or(ServiceError::NotFound("case"))?;
        let opened = self.opening(known.seed, known.kind, known.agreement);
        let entry = entry.into();
        if let New::Control(said) = &entry {
            self.control_names_no_victim(state, known, said)?;
        }
        let ledger = self.own_ledger(state, batch, opened)?;
        let at = self.push(state, batch, ledger, &entry)?;
        state.took(space, &[at], self.now_ms());
        let folded = state.spaces.get(&space).ok_or(ServiceError::NotFound("case"))?;
        if let Some((_, reason)) = folded.control.set_aside.iter().find(|(aside, _)| *aside == at) {
            return Err(ServiceError::denied(reason.to_string()));
        }
        if let Some((_, wait)) = folded.waiting.iter().find(|(waiting, _)| *waiting == at) {
            return Err(ServiceError::Conflict(format!(
                "this node is behind its partners and must catch up first: {wait}"
            )));
        }
        Ok(at)
    }

    pub(crate) fn push(
        &self,
        state: &mut State,
        batch: &mut Batch,
        id: LedgerId,
        entry: &New,
    ) -> Result<EntryRef> {
        let own = state
            .ledgers
            .get(&id)
            .filter(|ledger| ledger.own)
            .ok_or(ServiceError::NotFound("ledger"))?;
        let (space, seq) = (own.space, own.size());
        let (class, value) = match entry {
            New::Control(entry) => {
                entry
                    .check()
                    .map_err(|error| ServiceError::invalid("note", error))?;
                (Class::Control, entry.to_json())
            }
            New::Content(entry) => {
                entry
                    .check()
                    .map_err(|error| ServiceError::invalid("note", error))?;
                (Class::Content, entry.to_json())
            }
        };
        let others = state
            .ledgers
            .values()
            .filter(|ledger| ledger.space == space && ledger.id != id);
        // Only what counts is cited: an entry that waits, say for its time to come, must not make ours wait with it.
        let known = state.spaces.get(&space);
        let heads = others
            .filter_map(|ledger| {
                let size = *known?.counted.get(&ledger.id)?;
                Some(Head {
                    ledger: hash_id(ledger.id),
                    size,
                    root: ledger.tree.root_at(size)?,
                })
            })
            .take(MAX_HEADS)
            .collect();
        let clock = match known {
            Some(known) => known.next_clock(&state.ledgers, own, self.now_ms()),
            // The first entry of a new space.
            None => Order::next_clock(&own.headers, self.now_ms()),
        };
        let certificate = Certificate::parse(self.keys.certificate.text());
        if !certificate.is_ok_and(|certificate| certificate.holds_at(clock.wall_ms)) {
            return Err(ServiceError::Conflict(
                "this node's certificate does not hold now: nothing can be written under it".into(),
            ));
        }
        let payload = Payload::build(hash_id(id), seq, &value, &mut || self.random())
            .map_err(|error| ServiceError::invalid("note", error))?;
        let header = Header::new(class, clock, heads, self.random(), &payload)
            .map_err(|error| ServiceError::invalid("note", error))?;
        batch.entry(id.0, seq, header.encode(), Some(payload.encode()));
        if let Some(ledger) = state.ledgers.get_mut(&id) {
            ledger.push(header, Some(payload));
        }
        state.dirty.insert(id);
        Ok(EntryRef { ledger: id, seq })
    }

    /// Signs a checkpoint over everything in one of this node's ledgers.
    pub(crate) fn checkpoint(&self, state: &mut State, batch: &mut Batch, id: LedgerId) -> Result<Note> {
        let ledger = state
            .ledgers
            .get_mut(&id)
            .filter(|ledger| ledger.own)
            .ok_or(ServiceError::NotFound("ledger"))?;
        let checkpoint = Checkpoint {
            origin: origin(self.config.org.as_str(), &hash_id(id)),
            size: ledger.size(),
            root: ledger.tree.root(),
        };
        let time_s = cosigning_time_s(ledger, self.now_ms());
        let broken =
            |error: &dyn std::fmt::Display| ServiceError::Unexplained(format!("checkpoint of {id}: {error}"));
        let note = checkpoint
            .sign(&self.keys.ledger, time_s)
            .map_err(|error| broken(&error))?;
        let signed =
            SignedCheckpoint::open(note.clone(), self.keys.ledger.vkey()).map_err(|error| broken(&error))?;
        ledger.checkpoint = Some(signed);
        batch.checkpoint(id.0, &note.encode());
        state.dirty.remove(&id);
        Ok(note)
    }

    /// Signs checkpoints over whatever was appended.
    pub(crate) fn seal(&self, state: &mut State, batch: &mut Batch) -> Result<()> {
        for id in std::mem::take(&mut state.dirty) {
            self.checkpoint(state, batch, id)?;
        }
        Ok(())
    }
}

/// The time of the author's own cosignature on the next checkpoint, seconds: never before that on the last one, so
/// that a clock that was set back lets no smaller head look later than a larger one, which convicts its author.
fn cosigning_time_s(ledger: &Ledger, now_ms: u64) -> u64 {
    let newest_ms = ledger.headers.last().map_or(0, |header| header.clock.wall_ms);
    let own = ledger
        .author_key
        .as_ref()
        .map(|key| key.with_kind(KeyKind::CosignatureV1));
    let last = ledger.checkpoint.as_ref().zip(own);
    let verified = last.and_then(|(signed, own)| signed.cosigners(&[own]).ok());
    let last_s = verified.and_then(|by| by.iter().filter_map(|one| one.time_s).max());
    (now_ms.max(newest_ms) / 1_000).max(last_s.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use accord_ledger::keys::SigningKey;
    use accord_ledger::note::NoteSigner;
    use accord_ledger::tree::Tree;

    use super::*;

    #[test]
    fn the_time_of_a_checkpoint_never_runs_backwards() {
        let key = NoteSigner::new("isp/accord", SigningKey::from_seed(&[1; 32])).unwrap();
        let mut ledger = Ledger::new(LedgerId([2; 16]), SpaceId([3; 16]), "isp".parse().unwrap(), true);
        ledger.author_key = Some(key.vkey().clone());
        assert_eq!(cosigning_time_s(&ledger, 900_999), 900);
        let checkpoint = Checkpoint {
            origin: origin("isp", &hash_id(ledger.id)),
            size: 0,
            root: Tree::new().root(),
        };
        let note = checkpoint.sign(&key, 1_000).unwrap();
        ledger.checkpoint = Some(SignedCheckpoint::open(note, key.vkey()).unwrap());
        assert_eq!(
            cosigning_time_s(&ledger, 900_999),
            1_000,
            "the clock was set back"
        );
        assert_eq!(cosigning_time_s(&ledger, 1_001_000), 1_001);
    }
}
