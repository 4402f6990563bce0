//! Asking a peer what changed, and keeping what holds. Catching up after a week offline is no different.
//!
//! Invariants:
//! - A peer is told of no ledger but its own and those of spaces that it is a party of.
//! - Notes are checked as they arrive, against a checkpoint whose signature was checked before, and kept in pages
//!   each of which is proved to stand under it: memory holds two answers and [`KEEP_BYTES`], however long a ledger is.
//! - Only requests have deadlines. Keeping what arrived is never given up half way.

use std::collections::BTreeMap;

use accord_formats::peer::{
    COSIGNED_SOFT_BYTES, EntriesAnswer, EntriesQuestion, HeadsAnswer, HeadsQuestion, Known, LedgerHead,
    MAX_COSIGNED, MAX_ENTRIES, MAX_FORKS, MAX_KNOWN, ToldFork,
};
use accord_ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use accord_ledger::cosignature::cosign;
use accord_ledger::note::Note;
use accord_ledger::{Class, Hash, Header, Payload};
use accord_model::{LedgerId, OrgName, SpaceId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::record::{PEERS, Peer};
use crate::error::{Result, ServiceError};
use crate::journal::{Absorbed, Cosigned, Incoming, LEDGER_ENTRIES_MAX};
use crate::node::Node;

/// Rounds of one pull: releases come in pages.
const ROUNDS_MAX: usize = 1_000;
/// Bytes of notes after which those at hand are kept before more are asked for.
pub const KEEP_BYTES: usize = 8 << 20;

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
    /// Bytes of the notes and contents, without the packages.
    pub bytes: u64,
    /// What could not be kept, in words of this node.
    pub problems: Vec<String>,
}

/// One pull under way.
pub(crate) struct Asking<'a> {
    pub node: &'a Node,
    pub peer: &'a Peer,
    /// No request goes on after it.
    until: Instant,
    pub pulled: Pulled,
    convictions: Vec<String>,
}

/// A head that was read and is worth following.
struct Head {
    id: LedgerId,
    space: SpaceId,
    org: OrgName,
    note: Note,
    checkpoint: Checkpoint,
    /// Entries held.
    held: u64,
    /// Entries under the checkpoint held.
    covered: u64,
}

impl Node {
    pub(crate) async fn ask<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        peer: &Peer,
        path: &str,
        question: &Q,
    ) -> Result<A> {
        let key = peer.key(self.now_ms()).ok_or_else(|| {
            ServiceError::Conflict(format!(
                "the certificate of {} has run out: its operator renews it and accepts a new invitation",
                peer.org
            ))
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

    /// Pulls from one confirmed peer, and records how it went. Two pulls from the same peer come one after the other.
    pub async fn pull(&self, org: &OrgName) -> Result<Pulled> {
        let turn = self.pulling.of(org);
        let _turn = turn.lock().await;
        let peer = self
            .read()
            .await?
            .peers
            .get(org)
            .cloned()
            .ok_or(ServiceError::NotFound("peer"))?;
        if !peer.is_confirmed() {
            return Err(ServiceError::Conflict(format!(
                "{org} is {}: it is not spoken with",
                peer.status.word()
            )));
        }
        let mut asking = Asking {
            node: self,
            peer: &peer,
            until: Instant::now() + self.config.peer_limits.pull_time,
            pulled: Pulled::default(),
            convictions: Vec::new(),
        };
        let outcome = asking.run().await.map(|()| asking.pulled);
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

    async fn heads_question(
        &self,
        peer: &Peer,
        released_after: &BTreeMap<String, u64>,
    ) -> Result<HeadsQuestion> {
        let state = self.read().await?;
        let (theirs, others): (Vec<_>, Vec<_>) = state
            .ledgers
            .values()
            // One's own are named only so that a proof against them is not told again.
            .filter(|ledger| !ledger.own || ledger.is_forked())
            // Of a case that it is no party of, a peer learns nothing, not even that it exists.
            .filter(|ledger| {
                let space = state.spaces.get(&ledger.space);
                ledger.org == peer.org || space.is_some_and(|space| space.is_party(&peer.org))
            })
            .partition(|ledger| ledger.org == peer.org);
        let mut room = COSIGNED_SOFT_BYTES;
        let cosigned = theirs
            .iter()
            .filter_map(|ledger| ledger.cosigned.get(&self.config.org))
            .map(|cosigned| cosigned.note.clone())
            .take_while(|note| {
                let fits = note.len() <= room;
                room = room.saturating_sub(note.len());
                fits
            })
            .take(MAX_COSIGNED)
            .collect();
        Ok(HeadsQuestion {
            // Beyond the limit the answerer tells what is known already, which costs a request and no more.
            known: theirs
                .into_iter()
                .chain(others)
                .take(MAX_KNOWN)
                .map(|ledger| Known {
                    ledger: ledger.id.to_string(),
                    size: ledger.size(),
                    root: Some(hex::encode(ledger.tree.root().0)),
                    common: ledger.fork.as_ref().map(|fork| fork.common),
                })
                .collect(),
            released_after: released_after.clone(),
            cosigned,
        })
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
}

impl Asking<'_> {
    /// One request, given up when the pull has gone on for too long.
    pub async fn ask<Q: Serialize + Sync, A: DeserializeOwned>(&self, path: &str, question: &Q) -> Result<A> {
        let asked = self.node.ask(self.peer, path, question);
        timeout_at(self.until, asked)
            .await
            .map_err(|_| accord_client::ClientError::Late(self.peer.url.clone()))?
    }

    pub fn bad(&self, what: &str) -> ServiceError {
        ServiceError::Conflict(format!("what {} sent cannot be kept: {what}", self.peer.org))
    }

    /// Counts what came. Beyond the limit of one pull it is not kept: it comes with the next.
    pub fn count(&mut self, bytes: usize) -> Result<()> {
        let limit = self.node.config.peer_limits.pull_bytes;
        let sum = self.pulled.bytes.saturating_add(bytes as u64);
        if sum > limit {
            return Err(ServiceError::Conflict(format!(
                "{} has more than {limit} bytes of news: the rest comes with the next pull",
                self.peer.org
            )));
        }
        self.pulled.bytes = sum;
        Ok(())
    }

    async fn run(&mut self) -> Result<()> {
        self.node.cosign_behind(self.peer).await?;
        let mut cursors = self.peer.released_after.clone();
        let mut unkept: Vec<String> = Vec::new();
        let mut looks = 0;
        for round in 0..ROUNDS_MAX {
            let question = self.node.heads_question(self.peer, &cursors).await?;
            let answer: HeadsAnswer = self.ask("/peer/v1/heads", &question).await?;
            looks = answer.looks;
            let mut heads = answer.ledgers;
            let forks: Vec<ToldFork> = answer.forks.into_iter().take(MAX_FORKS).collect();
            self.take_forks(&forks).await?;
            // Agreements before the cases under them, authors before those that cite them: try again what failed.
            for _ in 0..2 {
                let mut later = Vec::new();
                for head in heads {
                    match self.pull_ledger(&head).await {
                        Ok(0) => {}
                        Ok(count) => {
                            self.pulled.ledgers += 1;
                            self.pulled.entries += count;
                        }
                        Err(ServiceError::Conflict(why)) => later.push((head, why)),
                        Err(error) => return Err(error),
                    }
                }
                unkept = later.iter().map(|(_, why)| why.clone()).collect();
                heads = later.into_iter().map(|(head, _)| head).collect();
                // Of ledgers that were not held before, the proofs can be read only now.
                self.take_forks(&forks).await?;
            }
            let told = self.pull_released(answer.released, round == 0).await?;
            let goes_on = told
                .iter()
                .any(|(ledger, cursor)| cursors.get(ledger).is_none_or(|known| known < cursor));
            cursors.extend(told);
            if !goes_on {
                break;
            }
        }
        self.pull_objects().await?;
        match self.pull_looks(looks).await {
            Err(ServiceError::Conflict(why)) => self.pulled.problems.push(why),
            other => other?,
        }
        unkept.append(&mut self.convictions);
        self.pulled.problems.splice(0..0, unkept);
        Ok(())
    }

    /// Reads a head, and says whether there is anything to ask about it.
    async fn head(&self, told: &LedgerHead) -> Result<Option<Head>> {
        let id: LedgerId = told.ledger.parse().map_err(|_| self.bad("a ledger's id"))?;
        let space = told.space.parse().map_err(|_| self.bad("a space's id"))?;
        let org: OrgName = told.org.parse().map_err(|_| self.bad("an organisation's name"))?;
        let note = Note::parse(told.checkpoint.as_bytes()).map_err(|_| self.bad("a checkpoint"))?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|_| self.bad("a checkpoint"))?;
        if checkpoint.size > LEDGER_ENTRIES_MAX {
            return Err(self.bad("more notes than one ledger may have"));
        }
        let state = self.node.read().await?;
        let (mut held, mut covered) = (0, 0);
        match state.ledgers.get(&id) {
            Some(ledger) if ledger.own || ledger.is_closed() => return Ok(None),
            // Who passes on another's ledger may be behind; what they hold must still be the same ledger. Who has left
            // is told nothing of what is held here, and names it each time.
            Some(ledger)
                if (ledger.covered() == checkpoint.size
                    || ledger.org != self.peer.org && checkpoint.size < ledger.size())
                    && ledger.tree.root_at(checkpoint.size) == Some(checkpoint.root) =>
            {
                return Ok(None);
            }
            Some(ledger) => {
                held = ledger.size();
                covered = ledger.covered();
                if let Some(key) = &ledger.author_key {
                    SignedCheckpoint::open(note.clone(), key)
                        .map_err(|_| self.bad("a checkpoint that its author did not sign"))?;
                }
            }
            None => {
                let limit = self.node.config.peer_limits.ledgers;
                let introduced = state.peers.get(&self.peer.org).map_or(0, |peer| peer.introduced);
                if introduced >= limit {
                    return Err(self.bad(&format!("more than {limit} ledgers from one organisation")));
                }
            }
        }
        Ok(Some(Head {
            id,
            space,
            org,
            note,
            checkpoint,
            held,
            covered,
        }))
    }

    /// Brings one ledger to a checkpoint of its author; how many entries came.
    async fn pull_ledger(&mut self, told: &LedgerHead) -> Result<u64> {
        let Some(head) = self.head(told).await? else {
            return Ok(0);
        };
        let size = head.checkpoint.size;
        let mut page = Vec::new();
        // Notes may be held that the checkpoint held does not cover yet: the last one is asked for again, for the
        // proof that comes with it.
        let start = match head.held {
            held if held >= size && (1..size).contains(&head.covered) => size - 1,
            held => held,
        };
        let (mut next, mut bytes, mut consistency) = (start, 0, Vec::new());
        while next < size {
            let first = next == start;
            let held = if first { head.covered } else { next };
            let (proof, entries, came) = self.entries(&head, next, held).await?;
            if first {
                consistency = proof;
            } else if bytes >= KEEP_BYTES {
                // The proof of this answer is that what came before it stands under the checkpoint.
                let taken = std::mem::take(&mut page);
                let absorbed = self
                    .absorb(&head, consistency.clone(), Some(proof), taken)
                    .await?;
                if absorbed != Absorbed::Kept {
                    return self.contradicted(&head, absorbed).await;
                }
                bytes = 0;
            }
            self.count(came)?;
            bytes += came;
            next += entries.len() as u64;
            page.extend(entries);
        }
        match self.absorb(&head, consistency, None, page).await? {
            Absorbed::Kept => {
                self.node.cosign_ledger(head.id).await?;
                Ok(size.saturating_sub(head.held))
            }
            absorbed => self.contradicted(&head, absorbed).await,
        }
    }

    async fn absorb(
        &self,
        head: &Head,
        consistency: Vec<Hash>,
        rest: Option<Vec<Hash>>,
        entries: Vec<(Header, Option<Payload>)>,
    ) -> Result<Absorbed> {
        let incoming = Incoming {
            ledger: head.id,
            space: head.space,
            org: head.org.clone(),
            checkpoint: head.note.clone(),
            consistency,
            rest,
            entries,
        };
        self.node
            .act(|state, batch, _| {
                let is_new = !state.ledgers.contains_key(&head.id);
                let absorbed = self.node.absorb(state, batch, incoming)?;
                if is_new
                    && absorbed == Absorbed::Kept
                    && let Some(peer) = state.peers.get_mut(&self.peer.org)
                {
                    peer.introduced += 1;
                    batch.document(PEERS, self.peer.org.as_str(), peer);
                }
                Ok(absorbed)
            })
            .await
    }

    /// Finds out where two histories part: they are laid beside each other, note by note. Suspicion alone is no
    /// proof; but an author that has signed a contradiction gains nothing by showing one history only.
    async fn contradicted(&mut self, head: &Head, absorbed: Absorbed) -> Result<u64> {
        let shown = match absorbed {
            Absorbed::Kept | Absorbed::Older => return Ok(0),
            Absorbed::Contradicted(proof) => Some(proof),
            Absorbed::Unproven => None,
        };
        let leaves = match (self.leaves(head).await, &shown) {
            (Ok(leaves), _) => leaves,
            (Err(_), Some(_)) => Vec::new(),
            (Err(error), None) => return Err(error),
        };
        self.node
            .act(|state, batch, _| {
                let shown = shown.as_deref();
                self.node
                    .convict(state, batch, head.id, &head.note, &leaves, shown)
            })
            .await?;
        self.convictions.push(format!(
            "{} has contradicted itself in ledger {}: the proof is kept, and the ledger is followed no further",
            head.org, head.id
        ));
        Ok(0)
    }

    /// The leaves of all notes under a checkpoint.
    async fn leaves(&mut self, head: &Head) -> Result<Vec<Hash>> {
        let mut leaves: Vec<Hash> = Vec::new();
        while (leaves.len() as u64) < head.checkpoint.size {
            let (_, entries, came) = self.entries(head, leaves.len() as u64, 0).await?;
            self.count(came)?;
            leaves.extend(entries.iter().map(|(header, _)| header.leaf_hash()));
        }
        Ok(leaves)
    }

    /// Takes proofs of contradictions that the peer tells of, where they hold.
    async fn take_forks(&mut self, told: &[ToldFork]) -> Result<()> {
        for fork in told {
            let Ok(id) = fork.ledger.parse::<LedgerId>() else {
                continue;
            };
            match self
                .node
                .act(|state, batch, _| self.node.take_proof(state, batch, id, &fork.proof.0))
                .await
            {
                Ok(true) => self.convictions.push(format!(
                    "the author of ledger {id} has contradicted itself: the proof is kept, and what its histories do not share is not trusted"
                )),
                Ok(false) | Err(ServiceError::NotFound(_) | ServiceError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Notes of a ledger from `from` on, each checked, with the consistency proof from `held`, and their bytes.
    #[allow(
        clippy::type_complexity,
        reason = "proof, notes, bytes: named in the line above"
    )]
    async fn entries(
        &self,
        head: &Head,
        from: u64,
        held: u64,
    ) -> Result<(Vec<Hash>, Vec<(Header, Option<Payload>)>, usize)> {
        let to = head.checkpoint.size;
        let question = EntriesQuestion {
            ledger: head.id.to_string(),
            from,
            to,
            held,
        };
        let answer: EntriesAnswer = self.ask("/peer/v1/entries", &question).await?;
        if answer.entries.is_empty() {
            return Err(self.bad("fewer notes than its checkpoint says"));
        }
        if answer.entries.len() > MAX_ENTRIES || answer.entries.len() as u64 > to - from {
            return Err(self.bad("more notes than were asked for"));
        }
        let proof = hashes(&answer.consistency).ok_or_else(|| self.bad("a proof"))?;
        let mut entries = Vec::new();
        let mut bytes = 0;
        for (seq, entry) in (from..).zip(answer.entries) {
            let header = Header::decode(&entry.header.0).map_err(|_| self.bad("a note's header"))?;
            if header.seq != seq || header.ledger.0 != head.id.0 {
                return Err(self.bad("a note that is out of place"));
            }
            bytes += entry.header.0.len();
            // Content comes from its author only, whoever else has it.
            let wanted = header.class == Class::Control || head.org == self.peer.org;
            let payload = match entry.payload.filter(|_| wanted) {
                None => None,
                Some(encoded) => {
                    bytes += encoded.0.len();
                    let payload = Payload::decode(&encoded.0).map_err(|_| self.bad("a note's content"))?;
                    payload
                        .verify(&header)
                        .map_err(|_| self.bad("a content that is not its note's"))?;
                    Some(payload)
                }
            };
            entries.push((header, payload));
        }
        Ok((proof, entries, bytes))
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
