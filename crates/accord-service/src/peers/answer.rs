//! What a peer is told. Every payload and object comes through the release gate; everything else here is in the
//! declared leak set of the parties of a space.

use std::collections::BTreeMap;

use accord_formats::peer::{
    Base64, Duty, ENTRIES_SOFT_BYTES, EntriesAnswer, EntriesQuestion, HeadsAnswer, HeadsQuestion, Known,
    LedgerHead, MAX_COSIGNED, MAX_ENTRIES, MAX_FORKS, MAX_KNOWN, MAX_PAYLOADS, MAX_RELEASED,
    OBJECT_CHUNK_BYTES, ObjectAnswer, ObjectQuestion, PayloadsAnswer, PayloadsQuestion, ReleasedIn, ToldFork,
    WireEntry,
};
use accord_ledger::Hash;
use accord_ledger::checkpoint::Checkpoint;
use accord_ledger::note::{KeyKind, Note};
use accord_model::{EntryRef, LedgerId, OrgName};

use super::identify::Signer;
use crate::error::{Result, ServiceError};
use crate::journal::{Cosigned, Ledger, State};
use crate::node::Node;

/// How far an organisation may follow a ledger: to the newest checkpoint as a party, to its farewell as one that was.
/// A ledger whose author was proved to contradict itself is followed on, with the proof: it says how far to trust it.
pub(super) struct Followed<'a> {
    pub ledger: &'a Ledger,
    pub size: u64,
    pub root: Hash,
    /// The checkpoint of that size, a note.
    pub note: std::borrow::Cow<'a, str>,
    /// Whether that is the newest checkpoint.
    pub is_newest: bool,
}

pub(super) fn followed<'a>(state: &'a State, org: &OrgName, id: LedgerId) -> Option<Followed<'a>> {
    let ledger = state.ledgers.get(&id)?;
    let space = state.spaces.get(&ledger.space)?;
    if space.is_party(org) {
        let signed = ledger.checkpoint.as_ref()?;
        let head = signed.checkpoint();
        return Some(Followed {
            ledger,
            size: head.size,
            root: head.root,
            note: signed.note().encode().into(),
            is_newest: true,
        });
    }
    let (size, note) = state.farewell(space.id, org)?.ledgers.get(&id.to_string())?;
    Some(Followed {
        ledger,
        size: *size,
        root: ledger.tree.root_at(*size)?,
        note: note.as_str().into(),
        is_newest: false,
    })
}

impl Node {
    /// What changed, for a peer.
    pub async fn answer_heads(&self, signer: &Signer, question: &HeadsQuestion) -> Result<HeadsAnswer> {
        let many = question.known.len() > MAX_KNOWN || question.released_after.len() > MAX_KNOWN;
        if many || question.cosigned.len() > MAX_COSIGNED {
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
            looks: state.looks.count_of(signer.org()),
            ..HeadsAnswer::default()
        };
        for ledger in state.ledgers.values() {
            let Some(head) = followed(&state, signer.org(), ledger.id) else {
                continue;
            };
            let id = ledger.id.to_string();
            let theirs = known.get(id.as_str()).copied();
            let trusted = theirs.and_then(|known| known.common);
            // Also of its own ledgers; and to who was removed, what limits the part that it may read.
            if let Some(fork) = &ledger.fork
                && trusted.is_none_or(|trusted| fork.common < trusted)
                && (head.is_newest || fork.common < head.size)
                && answer.forks.len() < MAX_FORKS
            {
                answer.forks.push(ToldFork {
                    ledger: id.clone(),
                    proof: Base64(fork.proof.clone()),
                });
            }
            if ledger.org == *signer.org() {
                continue;
            }
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
                    checkpoint: head.note.into_owned(),
                });
            }
        }
        let mut room = MAX_RELEASED;
        for (ledger, releases) in state.releases_to(signer.org()) {
            // Who is no party hears of no release, and its cursor stays where it is: it is told when it is one again.
            let space = state
                .ledgers
                .get(&ledger)
                .and_then(|ledger| state.spaces.get(&ledger.space));
            if room == 0 || !space.is_some_and(|space| space.is_party(signer.org())) {
                continue;
            }
            let after = question
                .released_after
                .get(&ledger.to_string())
                .copied()
                .unwrap_or(0);
            let skip = usize::try_from(after).unwrap_or(usize::MAX);
            let entries: Vec<u64> = releases.iter().skip(skip).take(room).copied().collect();
            if entries.is_empty() {
                continue;
            }
            room -= entries.len();
            let of = |seq: &u64| {
                let at = EntryRef { ledger, seq: *seq };
                state.duty_of(at, signer.org())
            };
            let duties: Option<Vec<Duty>> = entries.iter().map(of).collect();
            answer.released.push(ReleasedIn {
                ledger: ledger.to_string(),
                cursor: after + entries.len() as u64,
                duties: duties.unwrap_or_default(),
                entries,
            });
        }
        Ok(answer)
    }

    /// Keeps a peer's cosignatures under ledgers held here, if they are by its ledger key and over what is held.
    async fn keep_cosignatures(&self, signer: &Signer, notes: &[String]) -> Result<()> {
        if notes.is_empty() {
            return Ok(());
        }
        let now_ms = self.now_ms();
        self.act(|state, batch, _| {
            let Some(witness) = state
                .peers
                .get(signer.org())
                .and_then(|peer| peer.ledger_key(now_ms))
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
        let Followed { ledger, size, .. } = followed(&state, signer.org(), id).ok_or_else(none)?;
        if question.to > size || question.from > question.to || question.held > question.to {
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

    /// Content that was released later than its header: for the first of what is asked, as much as fits.
    pub async fn answer_payloads(
        &self,
        signer: &Signer,
        question: &PayloadsQuestion,
    ) -> Result<PayloadsAnswer> {
        if question.entries.len() > MAX_PAYLOADS {
            return Err(ServiceError::invalid("payloads", "too many in one question"));
        }
        let different: std::collections::BTreeSet<&str> =
            question.entries.iter().map(String::as_str).collect();
        if different.len() != question.entries.len() {
            return Err(ServiceError::invalid("payloads", "the same entry twice"));
        }
        let state = self.read().await?;
        let mut payloads = Vec::new();
        let mut bytes = 0;
        for text in &question.entries {
            if bytes > ENTRIES_SOFT_BYTES {
                break;
            }
            let at = text.parse().ok();
            let released = at.and_then(|at| self.payload_for(&state, at, signer.org()));
            let payload = released.map(|released| Base64(released.into_inner().encode()));
            bytes += payload.as_ref().map_or(0, |payload| payload.0.len());
            payloads.push(payload);
        }
        Ok(PayloadsAnswer { payloads })
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
        let ranged = self
            .store
            .object_range(&object, question.offset, OBJECT_CHUNK_BYTES)
            .await?;
        let (total, bytes) = ranged.ok_or_else(none)?;
        // One line for a fetch, wherever it begins: its further chunks follow on each other.
        let next = question.offset.saturating_add(bytes.len() as u64);
        let begins = {
            let mut fetches = self.fetches.lock().map_err(|_| none())?;
            fetches.begins(signer.org(), at, question.offset, next, total)
        };
        if begins {
            // Who a victim is may have become known after the file was attached.
            if !self.file_may_leave(at).await? {
                if let Ok(mut fetches) = self.fetches.lock() {
                    fetches.forget(signer.org(), at);
                }
                return Err(none());
            }
            self.act(|_, batch, log| {
                log.peer(batch, signer.org().as_str(), "object.fetched", &at.to_string());
                Ok(())
            })
            .await?;
        }
        Ok(ObjectAnswer {
            total,
            bytes: Base64(bytes),
        })
    }

    /// A peer says that something changed: it is asked soon.
    pub fn nudged(&self, signer: &Signer) {
        if let Ok(mut nudged) = self.nudged.lock() {
            nudged.insert(signer.org().clone());
        }
        self.nudges.notify_one();
    }
}

/// Fetches under way at most remembered; beyond it a fetch may be written to the access log twice.
pub const FETCHES_MAX: usize = 10_000;

/// Packages being fetched: where each goes on.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    under_way: BTreeMap<(OrgName, EntryRef), u64>,
}

impl Fetches {
    /// A fetch was refused: whatever is asked next begins one.
    fn forget(&mut self, org: &OrgName, at: EntryRef) {
        self.under_way.remove(&(org.clone(), at));
    }

    /// Whether a chunk begins a fetch rather than going on with one.
    fn begins(&mut self, org: &OrgName, at: EntryRef, offset: u64, next: u64, total: u64) -> bool {
        let key = (org.clone(), at);
        let begins = offset == 0 || self.under_way.get(&key) != Some(&offset);
        if next >= total {
            self.under_way.remove(&key);
        } else if self.under_way.len() < FETCHES_MAX || self.under_way.contains_key(&key) {
            self.under_way.insert(key, next);
        }
        begins
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_fetch_begins_wherever_it_does_not_go_on() {
        let (mut fetches, org) = (Fetches::default(), "isp".parse::<OrgName>().unwrap());
        let at = |seq| EntryRef {
            ledger: LedgerId([1; 16]),
            seq,
        };
        assert!(fetches.begins(&org, at(1), 0, 4, 10));
        assert!(!fetches.begins(&org, at(1), 4, 8, 10));
        assert!(!fetches.begins(&org, at(1), 8, 10, 10));
        assert!(fetches.begins(&org, at(1), 8, 10, 10), "at its end alone");
        assert!(fetches.begins(&org, at(2), 4, 8, 10), "in its middle");
        assert!(fetches.begins(&org, at(2), 4, 8, 10), "the same once more");
        assert!(
            fetches.begins(&"hosting".parse().unwrap(), at(2), 8, 10, 10),
            "by another"
        );
    }

    #[test]
    fn what_is_remembered_of_fetches_is_bounded() {
        let (mut fetches, org) = (Fetches::default(), "isp".parse::<OrgName>().unwrap());
        for seq in 0..FETCHES_MAX as u64 + 1 {
            let at = EntryRef {
                ledger: LedgerId([1; 16]),
                seq,
            };
            assert!(fetches.begins(&org, at, 0, 4, 10));
        }
        assert_eq!(fetches.under_way.len(), FETCHES_MAX);
    }
}
