//! Asking a peer what changed, and keeping what holds. Catching up after a week offline is no different.

use accord_formats::peer::{
    EntriesAnswer, EntriesQuestion, HeadsAnswer, HeadsQuestion, Known, LedgerHead, MAX_COSIGNED, MAX_FORKS,
    MAX_PAYLOADS, Nothing, ObjectAnswer, ObjectQuestion, PayloadsAnswer, PayloadsQuestion, ToldFork,
};
use accord_ledger::checkpoint::Checkpoint;
use accord_ledger::cosignature::cosign;
use accord_ledger::note::Note;
use accord_ledger::{Hash, Header, Payload};
use accord_model::content::ContentBody;
use accord_model::{EntryRef, LedgerId, OrgName};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::record::{PEERS, Peer};
use crate::error::{Result, ServiceError};
use crate::journal::{Absorbed, Body, Cosigned, Incoming, LEDGER_ENTRIES_MAX};
use crate::node::Node;
use crate::release::object_name;

/// Largest object taken from a peer, bytes.
pub const OBJECT_MAX_BYTES: u64 = 1 << 30;
/// Rounds of one pull: releases come in pages.
const ROUNDS_MAX: usize = 1_000;

/// What a pull brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pulled {
    /// Ledgers that grew.
    pub ledgers: usize,
    /// Notes that came.
    pub entries: u64,
    /// Contents that came after their note.
    pub payloads: usize,
    /// Packages that came.
    pub objects: usize,
    /// What could not be kept, in words of this node.
    pub problems: Vec<String>,
}

impl Node {
    pub(crate) async fn ask<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        peer: &Peer,
        path: &str,
        question: &Q,
    ) -> Result<A> {
        let key = peer.key(self.now_ms()).ok_or_else(|| {
            ServiceError::Conflict(format!("the certificate of {} does not hold now", peer.org))
        })?;
        let target = accord_client::Target {
            url: peer.url.clone(),
            key,
        };
        let signing = accord_client::Signing {
            keyid: self.config.org.as_str(),
            key: &self.keys.peer,
            created: self.now_ms() / 1_000,
            nonce: self.random(),
        };
        Ok(self.client.ask(&target, signing, path, question).await?)
    }

    /// Pulls from one confirmed peer, and records how it went.
    pub async fn pull(&self, org: &OrgName) -> Result<Pulled> {
        let peer = self
            .read()
            .await?
            .peers
            .get(org)
            .cloned()
            .ok_or(ServiceError::NotFound("peer"))?;
        if !peer.is_confirmed() {
            return Err(ServiceError::Conflict(format!(
                "compare fingerprints with {org} first"
            )));
        }
        let outcome = self.pull_from(&peer).await;
        let now = self.now_ms();
        let problem = match &outcome {
            Ok(pulled) => pulled.problems.first().cloned(),
            Err(error) => Some(error.to_string()),
        };
        // Only what an operator would want to know is written; a quiet pull writes nothing.
        if peer.last_error != problem
            || outcome
                .as_ref()
                .is_ok_and(|pulled| pulled.ledgers + pulled.payloads > 0)
        {
            self.act(|state, batch, _| {
                if let Some(peer) = state.peers.get_mut(org) {
                    peer.last_error = problem;
                    if outcome.is_ok() {
                        peer.last_pull_ms = Some(now);
                    }
                    batch.document(PEERS, org.as_str(), peer);
                }
                Ok(())
            })
            .await?;
        }
        outcome
    }

    /// Pulls from every confirmed peer. One that cannot be reached does not hold up the others.
    pub async fn pull_all(&self) -> Result<Vec<(OrgName, Result<Pulled>)>> {
        let orgs: Vec<OrgName> = self
            .read()
            .await?
            .peers
            .values()
            .filter(|peer| peer.is_confirmed())
            .map(|peer| peer.org.clone())
            .collect();
        let mut outcomes = Vec::new();
        for org in orgs {
            let outcome = self.pull(&org).await;
            outcomes.push((org, outcome));
        }
        Ok(outcomes)
    }

    /// Tells every confirmed peer that something changed. Who cannot be reached finds out by its next pull.
    pub async fn nudge_all(&self) -> Result<()> {
        let peers: Vec<Peer> = self
            .read()
            .await?
            .peers
            .values()
            .filter(|peer| peer.is_confirmed())
            .cloned()
            .collect();
        for peer in peers {
            if let Err(error) = self.ask::<_, Nothing>(&peer, "/peer/v1/nudge", &Nothing {}).await {
                tracing::debug!(peer = %peer.org, %error, "nudge did not arrive");
            }
        }
        Ok(())
    }

    async fn pull_from(&self, peer: &Peer) -> Result<Pulled> {
        let mut pulled = Pulled::default();
        self.cosign_behind(peer).await?;
        let mut convictions = Vec::new();
        let mut cursor = peer.released_after;
        for _ in 0..ROUNDS_MAX {
            let question = self.heads_question(peer, cursor).await?;
            let answer: HeadsAnswer = self.ask(peer, "/peer/v1/heads", &question).await?;
            let mut heads = answer.ledgers;
            let told: Vec<ToldFork> = answer.forks.into_iter().take(MAX_FORKS).collect();
            self.take_forks(&told, &mut convictions).await?;
            // Agreements before the cases under them, authors before those that cite them: try again what failed.
            for _ in 0..2 {
                let mut later = Vec::new();
                for head in heads {
                    match self.pull_ledger(peer, &head, &mut convictions).await {
                        Ok(0) => {}
                        Ok(count) => {
                            pulled.ledgers += 1;
                            pulled.entries += count;
                        }
                        Err(ServiceError::Conflict(why)) => later.push((head, why)),
                        Err(error) => return Err(error),
                    }
                }
                pulled.problems = later.iter().map(|(_, why)| why.clone()).collect();
                heads = later.into_iter().map(|(head, _)| head).collect();
                // Of ledgers that were not held before, the proofs can be read only now.
                self.take_forks(&told, &mut convictions).await?;
            }
            let released: Vec<EntryRef> = answer
                .released
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect();
            pulled.problems.extend(convictions.iter().cloned());
            let done = released.is_empty();
            self.pull_released(peer, &released, &mut pulled).await?;
            if answer.cursor > cursor {
                cursor = answer.cursor;
                self.act(|state, batch, _| {
                    if let Some(known) = state.peers.get_mut(&peer.org) {
                        known.released_after = cursor;
                        batch.document(PEERS, peer.org.as_str(), known);
                    }
                    Ok(())
                })
                .await?;
            }
            if done {
                break;
            }
        }
        Ok(pulled)
    }

    async fn heads_question(&self, peer: &Peer, released_after: u64) -> Result<HeadsQuestion> {
        let state = self.read().await?;
        let followed = || state.ledgers.values().filter(|ledger| !ledger.own);
        // One's own are named only so that a proof against them is not told again.
        let spoilt = state
            .ledgers
            .values()
            .filter(|ledger| ledger.own && ledger.is_forked());
        Ok(HeadsQuestion {
            known: followed()
                .chain(spoilt)
                .map(|ledger| Known {
                    ledger: ledger.id.to_string(),
                    size: ledger.size(),
                    root: Some(hex::encode(ledger.tree.root().0)),
                    common: ledger.fork.as_ref().map(|fork| fork.common),
                })
                .collect(),
            released_after,
            cosigned: followed()
                .filter(|ledger| ledger.org == peer.org)
                .filter_map(|ledger| ledger.cosigned.get(&self.config.org))
                .map(|cosigned| cosigned.note.clone())
                .take(MAX_COSIGNED)
                .collect(),
        })
    }

    /// Brings one ledger to a checkpoint of its author; how many entries came.
    async fn pull_ledger(
        &self,
        peer: &Peer,
        head: &LedgerHead,
        convictions: &mut Vec<String>,
    ) -> Result<u64> {
        let bad =
            |what: &str| ServiceError::Conflict(format!("what {} sent cannot be kept: {what}", peer.org));
        let id: LedgerId = head.ledger.parse().map_err(|_| bad("a ledger's id"))?;
        let space = head.space.parse().map_err(|_| bad("a space's id"))?;
        let org: OrgName = head.org.parse().map_err(|_| bad("an organisation's name"))?;
        let note = Note::parse(head.checkpoint.as_bytes()).map_err(|_| bad("a checkpoint"))?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|_| bad("a checkpoint"))?;
        if checkpoint.size > LEDGER_ENTRIES_MAX {
            return Err(bad("more notes than one ledger may have"));
        }
        let held = {
            let state = self.read().await?;
            match state.ledgers.get(&id) {
                Some(ledger) if ledger.own || ledger.is_closed() => return Ok(0),
                // Who passes on another's ledger may be behind; what they hold must still be the same ledger.
                Some(ledger)
                    if ledger.org != peer.org
                        && checkpoint.size < ledger.size()
                        && ledger.tree.root_at(checkpoint.size) == Some(checkpoint.root) =>
                {
                    return Ok(0);
                }
                Some(ledger) => ledger.size(),
                None => 0,
            }
        };
        let (entries, consistency) = self.fetch(peer, head, held, checkpoint.size).await?;
        let count = entries.len() as u64;
        let incoming = Incoming {
            ledger: id,
            space,
            org: org.clone(),
            checkpoint: note.clone(),
            consistency,
            entries,
        };
        let absorbed = self
            .act(|state, batch, _| self.absorb(state, batch, incoming))
            .await?;
        let shown = match absorbed {
            Absorbed::Kept => {
                self.cosign_ledger(id).await?;
                return Ok(count);
            }
            Absorbed::Older => return Ok(0),
            Absorbed::Contradicted(proof) => Some(proof),
            Absorbed::Unproven => None,
        };
        // Where do they part? The two histories are laid beside each other, note by note. Suspicion alone is no
        // proof; but an author that has signed a contradiction gains nothing by showing one history only.
        let fetched = self.fetch(peer, head, 0, checkpoint.size).await;
        let headers: Vec<Header> = match (fetched, &shown) {
            (Ok((entries, _)), _) => entries.into_iter().map(|(header, _)| header).collect(),
            (Err(_), Some(_)) => Vec::new(),
            (Err(error), None) => return Err(error),
        };
        self.act(|state, batch, _| self.convict(state, batch, id, &note, &headers, shown.as_deref()))
            .await?;
        convictions.push(format!(
            "{org} has contradicted itself in ledger {id}: the proof is kept, and the ledger is followed no further"
        ));
        Ok(0)
    }

    /// Takes proofs of contradictions that a peer tells of, where they hold.
    async fn take_forks(&self, told: &[ToldFork], convictions: &mut Vec<String>) -> Result<()> {
        for fork in told {
            let Ok(id) = fork.ledger.parse::<LedgerId>() else {
                continue;
            };
            match self
                .act(|state, batch, _| self.take_proof(state, batch, id, &fork.proof.0))
                .await
            {
                Ok(true) => convictions.push(format!(
                    "the author of ledger {id} has contradicted itself: the proof is kept, and what its histories do not share is not trusted"
                )),
                Ok(false) | Err(ServiceError::NotFound(_) | ServiceError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Notes of a ledger from `held` on, up to `size`, with the consistency proof between the two.
    async fn fetch(
        &self,
        peer: &Peer,
        head: &LedgerHead,
        held: u64,
        size: u64,
    ) -> Result<(Vec<(Header, Option<Payload>)>, Vec<Hash>)> {
        let bad =
            |what: &str| ServiceError::Conflict(format!("what {} sent cannot be kept: {what}", peer.org));
        let mut entries: Vec<(Header, Option<Payload>)> = Vec::new();
        let mut consistency = Vec::new();
        while held + (entries.len() as u64) < size {
            let from = held + entries.len() as u64;
            let question = EntriesQuestion {
                ledger: head.ledger.clone(),
                from,
                to: size,
                held,
            };
            let answer: EntriesAnswer = self.ask(peer, "/peer/v1/entries", &question).await?;
            if answer.entries.is_empty() {
                return Err(bad("fewer notes than its checkpoint says"));
            }
            consistency = hashes(&answer.consistency).ok_or_else(|| bad("a proof"))?;
            for entry in answer.entries {
                let header = Header::decode(&entry.header.0).map_err(|_| bad("a note's header"))?;
                let payload = entry
                    .payload
                    .map(|payload| Payload::decode(&payload.0))
                    .transpose();
                entries.push((header, payload.map_err(|_| bad("a note's content"))?));
            }
        }
        Ok((entries, consistency))
    }

    /// Cosigns what was kept and, because of a crash in between, not cosigned.
    async fn cosign_behind(&self, peer: &Peer) -> Result<()> {
        let behind: Vec<LedgerId> = {
            let state = self.read().await?;
            let kept = state.ledgers.values().filter(|ledger| ledger.org == peer.org);
            kept.filter(|ledger| {
                let signed = ledger.checkpoint.as_ref().map(|signed| signed.checkpoint().size);
                let cosigned = ledger
                    .cosigned
                    .get(&self.config.org)
                    .map(|cosigned| cosigned.size);
                signed > cosigned
            })
            .map(|ledger| ledger.id)
            .collect()
        };
        for id in behind {
            self.cosign_ledger(id).await?;
        }
        Ok(())
    }

    /// Cosigns the checkpoint of a followed ledger, once it is on the disk.
    async fn cosign_ledger(&self, id: LedgerId) -> Result<()> {
        self.act(|state, batch, _| {
            let Some(ledger) = state
                .ledgers
                .get_mut(&id)
                .filter(|ledger| !ledger.own && !ledger.is_forked())
            else {
                return Ok(());
            };
            let Some(signed) = &ledger.checkpoint else {
                return Ok(());
            };
            let size = signed.checkpoint().size;
            if ledger
                .cosigned
                .get(&self.config.org)
                .is_some_and(|cosigned| cosigned.size >= size)
            {
                return Ok(());
            }
            let mut note = signed.note().clone();
            let cosigned = cosign(&self.keys.ledger, note.text(), self.now_ms() / 1_000)
                .and_then(|signature| note.add(signature));
            cosigned.map_err(|error| ServiceError::Unexplained(format!("cosigning {id}: {error}")))?;
            batch.cosignature(id.0, self.config.org.as_str(), size, &note.encode());
            ledger.cosigned.insert(
                self.config.org.clone(),
                Cosigned {
                    size,
                    note: note.encode(),
                },
            );
            Ok(())
        })
        .await
    }

    /// Content and objects that were released to this node.
    async fn pull_released(&self, peer: &Peer, released: &[EntryRef], pulled: &mut Pulled) -> Result<()> {
        let missing: Vec<EntryRef> = {
            let state = self.read().await?;
            let lacks = |at: &&EntryRef| matches!(state.entry(**at), Some((ledger, _, Body::Withheld)) if !ledger.own);
            released.iter().filter(lacks).copied().collect()
        };
        for page in missing.chunks(MAX_PAYLOADS) {
            let question = PayloadsQuestion {
                entries: page.iter().map(ToString::to_string).collect(),
            };
            let answer: PayloadsAnswer = self.ask(peer, "/peer/v1/payloads", &question).await?;
            for (at, payload) in page.iter().zip(answer.payloads) {
                let Some(payload) = payload.and_then(|bytes| Payload::decode(&bytes.0).ok()) else {
                    continue;
                };
                match self
                    .act(|state, batch, _| self.absorb_payload(state, batch, *at, payload))
                    .await
                {
                    Ok(()) => pulled.payloads += 1,
                    Err(ServiceError::Conflict(why)) => pulled.problems.push(why),
                    Err(error) => return Err(error),
                }
            }
        }
        // Packages are looked for in what is held, not in what was just told: one that could not be had the last
        // time is asked for again.
        let wanted: Vec<EntryRef> = {
            let state = self.read().await?;
            let theirs = state.ledgers.values().filter(|ledger| ledger.org == peer.org);
            theirs
                .flat_map(crate::journal::Ledger::entries)
                .filter(|(at, _, body)| {
                    let delivers = matches!(body, Body::Content(entry)
                        if matches!(entry.body, ContentBody::EvidenceDelivered(_)));
                    delivers && !state.objects.contains(&object_name(*at))
                })
                .map(|(at, ..)| at)
                .collect()
        };
        for at in wanted {
            match self.pull_object(peer, at).await {
                Ok(()) => pulled.objects += 1,
                Err(ServiceError::Peer(accord_client::ClientError::Refused(_))) => {
                    pulled
                        .problems
                        .push(format!("{} does not give the package of {at}", peer.org));
                }
                Err(ServiceError::Conflict(why)) => pulled.problems.push(why),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn pull_object(&self, peer: &Peer, at: EntryRef) -> Result<()> {
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            let question = ObjectQuestion {
                entry: at.to_string(),
                offset: bytes.len() as u64,
            };
            let answer: ObjectAnswer = self.ask(peer, "/peer/v1/object", &question).await?;
            if answer.total > OBJECT_MAX_BYTES {
                return Err(ServiceError::Conflict(format!(
                    "the package of {at} has {} bytes, {OBJECT_MAX_BYTES} are taken",
                    answer.total
                )));
            }
            let ended = answer.bytes.0.is_empty();
            bytes.extend_from_slice(&answer.bytes.0);
            if bytes.len() as u64 >= answer.total || ended {
                break;
            }
        }
        self.act(|state, batch, _| {
            batch.object(&object_name(at), bytes);
            state.objects.insert(object_name(at));
            Ok(())
        })
        .await
    }
}

fn hashes(texts: &[String]) -> Option<Vec<Hash>> {
    texts
        .iter()
        .map(|text| {
            let mut bytes = [0; 32];
            hex::decode_to_slice(text, &mut bytes).ok()?;
            Some(Hash(bytes))
        })
        .collect()
}
