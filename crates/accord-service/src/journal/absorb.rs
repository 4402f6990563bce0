//! A peer's words: verified before they are kept, cosigned after.

use accord_ledger::certificate::{Certificate, Purpose};
use accord_ledger::note::{Note, VerifierKey};
use accord_ledger::witness::{Observation, observe};
use accord_ledger::{Class, Hash, Header, Payload};
use accord_model::control::{ControlEntry, SpaceKind};
use accord_model::{EntryRef, LedgerId, OrgName, SpaceId};
use accord_store::Batch;

use super::ledger::{Body, Ledger, hash_id};
use super::state::State;
use crate::error::{Result, ServiceError};
use crate::node::Node;

/// Most entries of one followed ledger.
pub const LEDGER_ENTRIES_MAX: u64 = 1_000_000;

/// New entries of one followed ledger, up to a checkpoint.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub ledger: LedgerId,
    pub space: SpaceId,
    pub org: OrgName,
    pub checkpoint: Note,
    pub consistency: Vec<Hash>,
    pub entries: Vec<(Header, Option<Payload>)>,
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

impl State {
    /// The identity key of an organisation: of the confirmed peer, or as an agreement of the space names it. Two
    /// that differ are none.
    fn identity_of(&self, org: &OrgName, space: &Ledger) -> Option<VerifierKey> {
        let peer = self
            .peers
            .get(org)
            .filter(|peer| peer.is_confirmed())
            .map(|peer| peer.identity.clone());
        let known = self.spaces.get(&space.space);
        let named = known.and_then(|known| match known.agreement {
            Some(digest) => self
                .agreement(digest)?
                .0
                .party(org)
                .map(|party| party.identity.clone()),
            None => known
                .proposed
                .values()
                .find_map(|agreement| agreement.party(org))
                .map(|party| party.identity.clone()),
        });
        match (peer, named) {
            (Some(peer), Some(named)) if peer != named => None,
            (peer, named) => peer.or(named)?.parse().ok(),
        }
    }
}

impl Node {
    /// Keeps what a peer sent, if all of it holds. A proved contradiction is kept as well, as such, and the ledger
    /// is followed no further.
    pub(crate) fn absorb(&self, state: &mut State, batch: &mut Batch, incoming: Incoming) -> Result<()> {
        let Incoming {
            ledger: id,
            space,
            org,
            checkpoint,
            consistency,
            entries,
        } = incoming;
        let known = state.ledgers.get(&id);
        if known.is_some_and(|known| known.own || known.org != org || known.space != space || known.forked) {
            return Err(refuse(&org, format!("ledger {id} is not what it was")));
        }
        if org == self.config.org {
            return Err(refuse(&org, "it names this node's own organisation"));
        }
        let is_new = known.is_none();
        let mut ledger = known
            .cloned()
            .unwrap_or_else(|| Ledger::new(id, space, org.clone(), false));
        let held = ledger.size();
        for (header, payload) in entries {
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
            if header.class == Class::Control && !payload.as_ref().is_some_and(Payload::is_complete) {
                return Err(refuse(&org, format!("{at}: a control note cannot be withheld")));
            }
            ledger.push(header, payload);
        }
        if is_new {
            self.check_opening(state, &ledger)?;
            ledger.author_key = author_key(&ledger);
        }
        let key = ledger
            .author_key
            .clone()
            .ok_or_else(|| refuse(&org, "its ledger names no key"))?;
        let (signed, observation) = observe(ledger.checkpoint.as_ref(), &checkpoint, &consistency, &key)
            .map_err(|error| refuse(&org, error))?;
        match observation {
            Observation::Fork(proof) => {
                let bytes = proof.encode();
                let name = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
                batch.fork(&name, id.0, self.now_ms(), bytes);
                if let Some(ledger) = state.ledgers.get_mut(&id) {
                    ledger.forked = true;
                }
                return Ok(());
            }
            Observation::First | Observation::Same | Observation::Advanced => {}
            other => {
                return Err(refuse(
                    &org,
                    format!("its ledger does not continue what it was: {other:?}"),
                ));
            }
        }
        let head = signed.checkpoint();
        if head.size != ledger.size() || head.root != ledger.tree.root() {
            return Err(refuse(&org, "the notes are not those of its checkpoint"));
        }
        if is_new {
            batch.ledger(id.0, space.0, org.as_str(), false);
            state.know(&ledger)?;
        }
        for index in held..ledger.size() {
            if let Some(header) = ledger.header(index) {
                batch.entry(
                    id.0,
                    index,
                    header.encode(),
                    ledger.payload(index).map(Payload::encode),
                );
            }
        }
        batch.checkpoint(id.0, &signed.note().encode());
        ledger.checkpoint = Some(signed);
        state.ledgers.insert(id, ledger);
        state.refold(space, self.now_ms());
        Ok(())
    }

    /// The first two entries of a ledger say whose it is and by which key, and the identity key says so too.
    fn check_opening(&self, state: &State, ledger: &Ledger) -> Result<()> {
        let org = &ledger.org;
        let Some(Body::Control(ControlEntry::LedgerOpened(opened))) = ledger.body(0) else {
            return Err(refuse(org, "its ledger does not say what it is for"));
        };
        if opened.org != *org || opened.space != ledger.space {
            return Err(refuse(org, "its ledger is of another organisation or space"));
        }
        if let Some(space) = state.spaces.get(&ledger.space)
            && (space.kind != opened.space_kind || space.agreement != opened.agreement)
        {
            return Err(refuse(org, "its ledger is of another kind of space"));
        }
        if opened.space_kind == SpaceKind::Case {
            let digest = opened
                .agreement
                .ok_or_else(|| refuse(org, "its case names no agreement"))?;
            let (agreement, _) = state
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
        Ok(())
    }
}
