//! What a peer is told. Every payload and object comes through the release gate; everything else here is in the
//! declared leak set of the parties of a space.

use accord_formats::peer::{
    Base64, ENTRIES_SOFT_BYTES, EntriesAnswer, EntriesQuestion, HeadsAnswer, HeadsQuestion, Known,
    LedgerHead, MAX_COSIGNED, MAX_ENTRIES, MAX_FORKS, MAX_KNOWN, MAX_PAYLOADS, MAX_RELEASED,
    OBJECT_CHUNK_BYTES, ObjectAnswer, ObjectQuestion, PayloadsAnswer, PayloadsQuestion, ToldFork, WireEntry,
};
use accord_ledger::checkpoint::Checkpoint;
use accord_ledger::note::{KeyKind, Note};
use accord_model::{EntryRef, LedgerId, OrgName};

use super::identify::Signer;
use crate::error::{Result, ServiceError};
use crate::journal::{Cosigned, Ledger, State};
use crate::node::Node;

/// A ledger that an organisation may follow.
fn followed<'a>(state: &'a State, org: &OrgName, id: LedgerId) -> Option<&'a Ledger> {
    let ledger = state.ledgers.get(&id)?;
    let space = state.spaces.get(&ledger.space)?;
    space.is_party(org).then_some(ledger)
}

impl Node {
    /// What changed, for a peer.
    pub async fn answer_heads(&self, signer: &Signer, question: &HeadsQuestion) -> Result<HeadsAnswer> {
        if question.known.len() > MAX_KNOWN || question.cosigned.len() > MAX_COSIGNED {
            return Err(ServiceError::invalid("heads", "too many ledgers in one question"));
        }
        self.keep_cosignatures(signer, &question.cosigned).await?;
        let known: std::collections::HashMap<&str, &Known> = question
            .known
            .iter()
            .map(|known| (known.ledger.as_str(), known))
            .collect();
        let state = self.read().await?;
        let mut answer = HeadsAnswer {
            cursor: question.released_after,
            ..HeadsAnswer::default()
        };
        for ledger in state.ledgers.values() {
            if followed(&state, signer.org(), ledger.id).is_none() {
                continue;
            }
            let id = ledger.id.to_string();
            let theirs = known.get(id.as_str()).copied();
            let trusted = theirs.and_then(|known| known.common);
            if let Some(fork) = &ledger.fork
                && trusted.is_none_or(|trusted| fork.common < trusted)
                && answer.forks.len() < MAX_FORKS
            {
                answer.forks.push(ToldFork {
                    ledger: id.clone(),
                    proof: Base64(fork.proof.clone()),
                });
            }
            let Some(checkpoint) = ledger.checkpoint.as_ref().filter(|_| ledger.org != *signer.org()) else {
                continue;
            };
            let head = checkpoint.checkpoint();
            let same = theirs.is_some_and(|known| {
                let closed = trusted.is_some_and(|trusted| known.size >= trusted);
                let root = known.root.as_deref();
                closed || known.size == head.size && root.is_none_or(|root| root == hex::encode(head.root.0))
            });
            if !same {
                answer.ledgers.push(LedgerHead {
                    ledger: id,
                    space: ledger.space.to_string(),
                    org: ledger.org.to_string(),
                    checkpoint: checkpoint.note().encode(),
                });
            }
        }
        let newer = state
            .releases
            .iter()
            .filter(|release| release.cursor > question.released_after);
        for release in newer
            .filter(|release| release.org == *signer.org())
            .take(MAX_RELEASED)
        {
            answer.released.push(release.at.to_string());
            answer.cursor = release.cursor;
        }
        Ok(answer)
    }

    /// Keeps a peer's cosignatures under ledgers held here, if they are by its ledger key and over what is held.
    async fn keep_cosignatures(&self, signer: &Signer, notes: &[String]) -> Result<()> {
        if notes.is_empty() {
            return Ok(());
        }
        self.act(|state, batch, _| {
            let Some(witness) = state
                .peers
                .get(signer.org())
                .and_then(|peer| peer.ledger_key(self.now_ms()))
            else {
                return Ok(());
            };
            let witness = witness.with_kind(KeyKind::CosignatureV1);
            for text in notes {
                let Ok(note) = Note::parse(text.as_bytes()) else {
                    continue;
                };
                let Ok(checkpoint) = Checkpoint::parse(note.text()) else {
                    continue;
                };
                let Some((_, id)) = checkpoint.ledger() else {
                    continue;
                };
                let Some(ledger) = state.ledgers.get_mut(&LedgerId(id.0)) else {
                    continue;
                };
                let ours = ledger.tree.root_at(checkpoint.size) == Some(checkpoint.root);
                let newer = ledger
                    .cosigned
                    .get(signer.org())
                    .is_none_or(|old| old.size < checkpoint.size);
                if ours && newer && note.verify(std::slice::from_ref(&witness)).is_ok() {
                    batch.cosignature(ledger.id.0, signer.org().as_str(), checkpoint.size, text);
                    ledger.cosigned.insert(
                        signer.org().clone(),
                        Cosigned {
                            size: checkpoint.size,
                            note: text.clone(),
                        },
                    );
                }
            }
            Ok(())
        })
        .await
    }

    /// Headers of one ledger, with the payloads that the release gate gives.
    pub async fn answer_entries(&self, signer: &Signer, question: &EntriesQuestion) -> Result<EntriesAnswer> {
        let none = || ServiceError::NotFound("ledger");
        let id: LedgerId = question.ledger.parse().map_err(|_| none())?;
        let state = self.read().await?;
        let ledger = followed(&state, signer.org(), id).ok_or_else(none)?;
        if question.to > ledger.size() || question.from > question.to || question.held > question.to {
            return Err(ServiceError::invalid(
                "entries",
                "the range is not within the ledger",
            ));
        }
        let consistency = if question.held == 0 {
            Vec::new()
        } else {
            let proof = ledger.tree.consistency_proof(question.held, question.to);
            proof.map_err(|error| ServiceError::invalid("entries", error))?
        };
        let mut entries = Vec::new();
        let mut bytes = 0;
        for seq in question.from..question.to {
            if entries.len() >= MAX_ENTRIES || bytes > ENTRIES_SOFT_BYTES {
                break;
            }
            let Some(header) = ledger.header(seq) else { break };
            let released = self.payload_for(&state, EntryRef { ledger: id, seq }, signer.org());
            let payload = released.map(|released| Base64(released.into_inner().encode()));
            let header = header.encode();
            bytes += header.len() + payload.as_ref().map_or(0, |payload| payload.0.len());
            entries.push(WireEntry {
                header: Base64(header),
                payload,
            });
        }
        Ok(EntriesAnswer {
            consistency: consistency.iter().map(|hash| hex::encode(hash.0)).collect(),
            entries,
        })
    }

    /// Content that was released later than its header.
    pub async fn answer_payloads(
        &self,
        signer: &Signer,
        question: &PayloadsQuestion,
    ) -> Result<PayloadsAnswer> {
        if question.entries.len() > MAX_PAYLOADS {
            return Err(ServiceError::invalid("payloads", "too many in one question"));
        }
        let state = self.read().await?;
        let payloads = question.entries.iter().map(|text| {
            let released = self.payload_for(&state, text.parse().ok()?, signer.org())?;
            Some(Base64(released.into_inner().encode()))
        });
        Ok(PayloadsAnswer {
            payloads: payloads.collect(),
        })
    }

    /// The bytes that an entry delivers. Who asks for what was not released hears that there is no such thing.
    pub async fn answer_object(&self, signer: &Signer, question: &ObjectQuestion) -> Result<ObjectAnswer> {
        let none = || ServiceError::NotFound("object");
        let at: EntryRef = question.entry.parse().map_err(|_| none())?;
        let object = {
            let state = self.read().await?;
            self.object_for(&state, at, signer.org())
                .ok_or_else(none)?
                .into_inner()
        };
        let bytes = self.store.object(&object).await?.ok_or_else(none)?;
        let offset = usize::try_from(question.offset).map_err(|_| none())?;
        if question.offset == 0 {
            self.act(|_, batch, log| {
                log.peer(batch, signer.org().as_str(), "object.fetched", &at.to_string());
                Ok(())
            })
            .await?;
        }
        let chunk = bytes
            .iter()
            .skip(offset)
            .take(OBJECT_CHUNK_BYTES)
            .copied()
            .collect();
        Ok(ObjectAnswer {
            total: bytes.len() as u64,
            bytes: Base64(chunk),
        })
    }

    /// A peer says that something changed.
    pub fn nudged(&self, _signer: &Signer) {
        self.nudges.notify_one();
    }
}
