//! A peer's words: verified before they are kept, cosigned after.

use accord_ledger::certificate::{Certificate, Purpose};
use accord_ledger::checkpoint::SignedCheckpoint;
use accord_ledger::note::{Note, VerifierKey};
use accord_ledger::tree::{Tree, verify_consistency};
use accord_ledger::witness::{ForkError, ForkProof, Observation, Placed, observe};
use accord_ledger::{Class, Hash, Header, Payload};
use accord_model::control::{ControlEntry, SpaceKind};
use accord_model::{EntryRef, LedgerId, OrgName, SpaceId};
use accord_store::Batch;

use super::ledger::{Body, Fork, Ledger, hash_id};
use super::space::{LEDGERS_HELD_MAX, LEDGERS_PER_ORG_MAX};
use super::state::State;
use crate::error::{Result, ServiceError};
use crate::node::Node;

/// Most entries of one followed ledger.
pub const LEDGER_ENTRIES_MAX: u64 = 1_000_000;

/// New entries of one followed ledger, up to a checkpoint, or a page of them on the way there.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub ledger: LedgerId,
    pub space: SpaceId,
    pub org: OrgName,
    pub checkpoint: Note,
    pub consistency: Vec<Hash>,
    /// The consistency proof from the last of these entries to the checkpoint, when they do not reach it.
    pub rest: Option<Vec<Hash>>,
    pub entries: Vec<(Header, Option<Payload>)>,
}

/// What became of what a peer sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Absorbed {
    /// It was kept.
    Kept,
    /// An earlier state of what is held: nothing to do.
    Older,
    /// The author has contradicted itself, as this shows. Where its histories part is still to be found out
    /// ([`Node::convict`]), and nothing is kept yet.
    Contradicted(Box<ForkProof>),
    /// It does not continue what is held. Whether it contradicts it shows in the ledger's notes from the first on.
    Unproven,
}

/// Whether what a peer sent holds.
enum Tried {
    /// It does; the checkpoint, where the entries reach it.
    Holds(Option<Box<SignedCheckpoint>>),
    /// There is nothing to keep.
    Not(Absorbed),
}

/// The key a ledger's author signs with, from the certificate in its second entry. The certificate itself is
/// checked against the organisation's identity key by [`Node::absorb`] before it is kept.
pub(super) fn author_key(ledger: &Ledger) -> Option<VerifierKey> {
    let certificate = certificate(ledger)?;
    certificate.keys_for(Purpose::Ledger).next().cloned()
}

fn certificate_note(ledger: &Ledger) -> Option<Note> {
    match ledger.body(1)? {
        Body::Control(ControlEntry::KeyCertified(said)) => Note::parse(said.certificate.as_bytes()).ok(),
        _ => None,
    }
}

fn certificate(ledger: &Ledger) -> Option<Certificate> {
    Certificate::parse(certificate_note(ledger)?.text()).ok()
}

fn refuse(org: &OrgName, why: impl std::fmt::Display) -> ServiceError {
    ServiceError::Conflict(format!("what {org} sent cannot be kept: {why}"))
}

/// Whether there is room for one more ledger of an organisation in a space. Those with the lowest ids count, so that
/// all nodes keep the same ones, whatever reached them first.
fn check_room(state: &State, ledger: &Ledger) -> Result<()> {
    let same = |known: &&Ledger| known.org == ledger.org && known.space == ledger.space;
    let lower = || state.ledgers.values().filter(same);
    if lower().count() >= LEDGERS_HELD_MAX
        || lower().filter(|known| known.id < ledger.id).count() >= LEDGERS_PER_ORG_MAX
    {
        return Err(refuse(
            &ledger.org,
            format!("more than {LEDGERS_PER_ORG_MAX} ledgers in one space"),
        ));
    }
    Ok(())
}

impl State {
    /// The identity key of an organisation: of the confirmed peer, or as an agreement of the space names it. Two
    /// that differ are none.
    pub(super) fn identity_of(&self, org: &OrgName, space: &Ledger) -> Option<VerifierKey> {
        let peer = self
            .peers
            .get(org)
            .filter(|peer| peer.is_confirmed())
            .map(|peer| peer.identity.clone());
        let known = self.spaces.get(&space.space);
        let named = known.and_then(|known| match known.agreement {
            Some(digest) => self
                .agreement(digest)?
                .party(org)
                .map(|party| party.identity.clone()),
            None => known.named_identity(org).map(str::to_owned),
        });
        let named = named.or_else(|| self.named_anywhere(org));
        match (peer, named) {
            (Some(peer), Some(named)) if peer != named => None,
            (peer, named) => peer.or(named)?.parse().ok(),
        }
    }
}

impl Node {
    /// Keeps what a peer sent, if all of it holds.
    pub(crate) fn absorb(
        &self,
        state: &mut State,
        batch: &mut Batch,
        incoming: Incoming,
    ) -> Result<Absorbed> {
        let (id, org) = (incoming.ledger, incoming.org.clone());
        let known = state.ledgers.get(&id);
        if known.is_some_and(|known| known.own || known.org != org || known.space != incoming.space) {
            return Err(refuse(&org, format!("ledger {id} is not what it was")));
        }
        // Closed since it was asked about, by an earlier page of it or at another peer's word.
        if known.is_some_and(Ledger::is_closed) {
            return Ok(Absorbed::Older);
        }
        if org == self.config.org {
            return Err(refuse(&org, "it names this node's own organisation"));
        }
        // On trial: what does not hold is taken off again, and the ledger is as it was.
        let known = state.ledgers.remove(&id);
        let is_new = known.is_none();
        let space = incoming.space;
        let mut ledger = known.unwrap_or_else(|| Ledger::new(id, space, org, false));
        let held = ledger.size();
        let outcome = self.try_on(state, &mut ledger, is_new, incoming);
        let refused = match outcome {
            Ok(Tried::Holds(signed)) => {
                self.keep(state, batch, (ledger, held), signed)?;
                return Ok(Absorbed::Kept);
            }
            Ok(Tried::Not(absorbed)) => Ok(absorbed),
            Err(error) => Err(error),
        };
        if !is_new {
            ledger.truncate(held);
            state.ledgers.insert(id, ledger);
        }
        refused
    }

    /// Keeps a ledger with what was added to it past the first `held` entries.
    fn keep(
        &self,
        state: &mut State,
        batch: &mut Batch,
        (mut ledger, held): (Ledger, u64),
        signed: Option<Box<SignedCheckpoint>>,
    ) -> Result<()> {
        let (id, space) = (ledger.id, ledger.space);
        let is_new = held == 0;
        if is_new {
            batch.ledger(id.0, space.0, ledger.org.as_str(), false);
            state.know(&ledger)?;
        }
        let mut added = Vec::new();
        for seq in held..ledger.size() {
            if let Some(header) = ledger.header(seq) {
                let payload = ledger.payload(seq).map(Payload::encode);
                batch.entry(id.0, seq, header.encode(), payload);
                added.push(EntryRef { ledger: id, seq });
            }
        }
        if let Some(signed) = signed {
            batch.checkpoint(id.0, &signed.note().encode());
            ledger.checkpoint = Some(*signed);
        }
        state.ledgers.insert(id, ledger);
        state.took(space, &added, self.now_ms());
        Ok(())
    }

    /// Adds what a peer sent to a ledger that is set apart, and says whether all of it holds.
    fn try_on(&self, state: &State, ledger: &mut Ledger, is_new: bool, incoming: Incoming) -> Result<Tried> {
        let Incoming {
            ledger: id,
            org,
            checkpoint,
            consistency,
            rest,
            entries,
            ..
        } = incoming;
        let held = ledger.size();
        for (header, payload) in entries {
            // Another peer may have handed on the same in between.
            if ledger.tree.leaf(header.seq) == Some(header.leaf_hash()) {
                continue;
            }
            let at = EntryRef {
                ledger: id,
                seq: header.seq,
            };
            if header.ledger != hash_id(id)
                || header.seq != ledger.size()
                || ledger.size() >= LEDGER_ENTRIES_MAX
            {
                return Err(refuse(&org, format!("{at} is out of place")));
            }
            if let Some(payload) = &payload {
                payload
                    .verify(&header)
                    .map_err(|error| refuse(&org, format!("{at}: {error}")))?;
            }
            for head in &header.heads {
                let cited = state.ledgers.get(&LedgerId(head.ledger.0));
                // Of a ledger that was shown with two histories, either may have been seen where they differ.
                let differ = |cited: &&Ledger| {
                    let fork = cited.fork.as_ref();
                    fork.is_some_and(|fork| head.size > fork.common)
                };
                if let Some(cited) = cited.filter(|cited| !differ(cited))
                    && head.agrees_with(&cited.tree) == Some(false)
                {
                    return Err(refuse(
                        &org,
                        format!(
                            "{at} cites a history of ledger {} that is not the one held here",
                            cited.id
                        ),
                    ));
                }
            }
            if header.class == Class::Control && !payload.as_ref().is_some_and(Payload::is_complete) {
                return Err(refuse(&org, format!("{at}: a control note cannot be withheld")));
            }
            ledger.push(header, payload);
        }
        if is_new {
            check_room(state, ledger)?;
            self.check_opening(state, ledger)?;
            ledger.author_key = author_key(ledger);
        }
        let key = ledger
            .author_key
            .clone()
            .ok_or_else(|| refuse(&org, "its ledger names no key"))?;
        let term = certificate(ledger).ok_or_else(|| refuse(&org, "its ledger carries no certificate"))?;
        let late = (held..ledger.size())
            .filter_map(|index| ledger.header(index))
            .find(|header| !term.holds_at(header.clock.wall_ms));
        if let Some(header) = late {
            let seq = header.seq;
            return Err(refuse(
                &org,
                format!("note {seq} of ledger {id} is outside its certificate's term"),
            ));
        }
        let (signed, observation) = observe(ledger.checkpoint.as_ref(), &checkpoint, &consistency, &key)
            .map_err(|error| refuse(&org, error))?;
        match observation {
            Observation::Fork(proof) => return Ok(Tried::Not(Absorbed::Contradicted(proof))),
            Observation::First | Observation::Same | Observation::Advanced => {}
            Observation::Behind { .. } => {
                let given = signed.checkpoint();
                let known = (given.size <= held).then(|| ledger.tree.root_at(given.size));
                return Ok(Tried::Not(match known.flatten() {
                    Some(root) if root == given.root => Absorbed::Older,
                    _ => Absorbed::Unproven,
                }));
            }
            Observation::Unproven(_) => return Ok(Tried::Not(Absorbed::Unproven)),
        }
        let head = signed.checkpoint();
        let (size, root) = (ledger.size(), ledger.tree.root());
        let under = match &rest {
            None => head.size == size && head.root == root,
            Some(proof) => size > 0 && verify_consistency(size, &root, head.size, &head.root, proof).is_ok(),
        };
        if !under {
            return Err(refuse(&org, "the notes are not those of its checkpoint"));
        }
        Ok(Tried::Holds(rest.is_none().then(|| Box::new(signed))))
    }

    /// Keeps a verified proof that leaves less of a ledger to be trusted than was known, and folds its space again;
    /// whether it did.
    fn keep_proof(&self, state: &mut State, batch: &mut Batch, id: LedgerId, proof: &ForkProof) -> bool {
        let common = proof.common();
        let Some(ledger) = state.ledgers.get_mut(&id) else {
            return false;
        };
        if ledger.fork.as_ref().is_some_and(|known| known.common <= common) {
            return false;
        }
        let bytes = proof.encode();
        let name = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
        batch.fork(&name, id.0, self.now_ms(), bytes.clone());
        ledger.fork = Some(Fork { common, proof: bytes });
        let space = ledger.space;
        state.refold(space, self.now_ms());
        true
    }

    /// Takes a proof that a peer found, of a followed ledger or of one's own; whether it was new. Both signatures
    /// are verified here: a peer's word alone convicts nobody.
    pub(crate) fn take_proof(
        &self,
        state: &mut State,
        batch: &mut Batch,
        id: LedgerId,
        bytes: &[u8],
    ) -> Result<bool> {
        let ledger = state.ledgers.get(&id).ok_or(ServiceError::NotFound("ledger"))?;
        let key = ledger
            .author_key
            .as_ref()
            .ok_or(ServiceError::NotFound("ledger"))?;
        let refused = |error| refuse(&ledger.org, format!("a proof against it does not hold: {error}"));
        let proof = ForkProof::decode(bytes).map_err(refused)?;
        let origin = proof.verify(key).map_err(refused)?;
        if origin != accord_ledger::checkpoint::origin(ledger.org.as_str(), &hash_id(id)) {
            return Err(refused(ForkError::NotTheAuthor));
        }
        Ok(self.keep_proof(state, batch, id, &proof))
    }

    /// Looks for the first note in which the history under a checkpoint differs from the one held, and keeps the
    /// proof; where it finds none, it keeps the proof that is `shown` already. `leaves` are of all notes under the
    /// checkpoint.
    pub(crate) fn convict(
        &self,
        state: &mut State,
        batch: &mut Batch,
        id: LedgerId,
        checkpoint: &Note,
        leaves: &[Hash],
        shown: Option<&ForkProof>,
    ) -> Result<()> {
        let ledger = state.ledgers.get(&id).ok_or(ServiceError::NotFound("ledger"))?;
        let proof = match (self.first_difference(ledger, checkpoint, leaves), shown) {
            (Ok(proof), _) => proof,
            (Err(_), Some(shown)) => shown.clone(),
            (Err(error), None) => return Err(error),
        };
        self.keep_proof(state, batch, id, &proof);
        Ok(())
    }

    fn first_difference(&self, ledger: &Ledger, checkpoint: &Note, leaves: &[Hash]) -> Result<ForkProof> {
        let mut theirs = Tree::new();
        for leaf in leaves {
            theirs.append(*leaf);
        }
        let unclear = || {
            refuse(
                &ledger.org,
                "its ledger does not continue what it was, and proves nothing",
            )
        };
        let (Some(key), Some(held)) = (&ledger.author_key, &ledger.checkpoint) else {
            return Err(unclear());
        };
        let shared = theirs.size().min(held.checkpoint().size);
        let index = (0..shared)
            .find(|index| theirs.leaf(*index) != ledger.tree.leaf(*index))
            .ok_or_else(unclear)?;
        let placed = |tree: &Tree, size: u64| {
            let proof = tree.inclusion_proof(index, size).map_err(|_| unclear())?;
            let leaf = tree.leaf(index).ok_or_else(unclear)?;
            Ok::<_, ServiceError>(Placed { leaf, proof })
        };
        let (ours, other) = (
            placed(&ledger.tree, held.checkpoint().size)?,
            placed(&theirs, theirs.size())?,
        );
        ForkProof::rewritten(held.note(), checkpoint, index, ours, other, key)
            .map_err(|error| refuse(&ledger.org, error))
    }

    /// The first two entries of a ledger say whose it is and by which key, and the identity key says so too.
    fn check_opening(&self, state: &State, ledger: &Ledger) -> Result<()> {
        let org = &ledger.org;
        let Some(Body::Control(ControlEntry::LedgerOpened(opened))) = ledger.body(0) else {
            return Err(refuse(org, "its ledger does not say what it is for"));
        };
        // The id is made from kind, agreement and random bytes: a ledger that names others is in another space.
        if opened.org != *org || opened.space_id() != ledger.space {
            return Err(refuse(org, "its ledger is of another organisation or space"));
        }
        if opened.space_kind == SpaceKind::Case {
            let digest = opened
                .agreement
                .ok_or_else(|| refuse(org, "its case names no agreement"))?;
            let agreement = state
                .agreement(digest)
                .ok_or_else(|| refuse(org, "its case runs under an agreement not known here"))?;
            if agreement.party(org).is_none() || agreement.party(&self.config.org).is_none() {
                return Err(refuse(
                    org,
                    "its case runs under an agreement that does not bind both",
                ));
            }
        }
        let note =
            certificate_note(ledger).ok_or_else(|| refuse(org, "its ledger carries no certificate"))?;
        let identity = state
            .identity_of(org, ledger)
            .ok_or_else(|| refuse(org, "its identity key is not known here"))?;
        let certificate = Certificate::open(&note, &identity).map_err(|error| refuse(org, error))?;
        let opened_ms = ledger.header(0).map_or(0, |header| header.clock.wall_ms);
        if certificate.org != org.as_str() || !certificate.holds_at(opened_ms) {
            return Err(refuse(org, "its certificate is not for it, or not for this time"));
        }
        Ok(())
    }

    /// Content that was released after its header had been pulled.
    pub(crate) fn absorb_payload(
        &self,
        state: &mut State,
        batch: &mut Batch,
        at: EntryRef,
        payload: Payload,
    ) -> Result<()> {
        let ledger = state.ledgers.get_mut(&at.ledger).filter(|ledger| !ledger.own);
        let ledger = ledger.ok_or(ServiceError::NotFound("ledger"))?;
        let header = ledger.header(at.seq).ok_or(ServiceError::NotFound("note"))?;
        payload
            .verify(header)
            .map_err(|error| refuse(&ledger.org, format!("{at}: {error}")))?;
        batch.payload(at.ledger.0, at.seq, Some(payload.encode()));
        ledger.fill(at.seq, payload);
        let space = ledger.space;
        if let Some(known) = state.spaces.get_mut(&space) {
            known.filled(&state.ledgers, at);
        }
        Ok(())
    }
}
