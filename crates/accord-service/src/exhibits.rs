//! Exhibits: received, verified, downloaded.

use accord_evidence::content::Hex32;
use accord_evidence::{Check, Outcome, Package, Report, Trust, Verdict, paths, read_zip, verify_zip};
use accord_ledger::certificate::{Certificate, Purpose};
use accord_ledger::checkpoint::Checkpoint;
use accord_ledger::commit;
use accord_ledger::note::{KeyKind, Note, VerifierKey};
use accord_ledger::proof::Proof;
use accord_model::content::{ContentBody, EvidenceDelivered};
use accord_model::control::{ControlEntry, CustodyReceived, CustodyState, FROM_A_GUEST};
use accord_model::{EntryRef, OrgName, SpaceId};

use crate::decide::{CUSTODY_LABEL, manifest_of};
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Ledger, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::object_name;
use crate::views::set_aside;

/// What is wrong with a package whose entry stands beyond what its holder still vouches for: the keys of its own
/// certificate, looked up among what the holder has revoked.
fn revoked_key(state: &State, holder: &OrgName, at: EntryRef, bytes: &[u8]) -> Option<Check> {
    let files = read_zip(bytes).ok()?;
    let note = Note::parse(files.get(paths::CERTIFICATE)?).ok()?;
    let certificate = Certificate::parse(note.text()).ok()?;
    let keys = [Purpose::Ledger, Purpose::Evidence]
        .into_iter()
        .flat_map(|purpose| certificate.keys_for(purpose));
    let size = keys
        .filter_map(|key| state.trusted_size(holder, key, at.ledger))
        .min()?;
    (at.seq >= size).then(|| Check {
        name: "revocation",
        outcome: Outcome::Failed,
        words: format!("{holder} has revoked a key that signed it, from note {size} of the ledger on"),
    })
}

/// An exhibit on a case that the person may see.
pub(crate) struct ExhibitFacts {
    pub space: SpaceId,
    pub holder: OrgName,
    pub said: EvidenceDelivered,
}

fn from_a_guest(body: &Body) -> bool {
    match body {
        Body::Content(entry) => entry.body.on_behalf_of().is_some(),
        _ => false,
    }
}

/// Who hands an exhibit to somebody now; its holder, where nobody does.
fn giver(state: &State, facts: &ExhibitFacts, at: EntryRef) -> OrgName {
    let space = state.spaces.get(&facts.space);
    match space
        .and_then(|space| space.control.custody(at))
        .map(|custody| &custody.state)
    {
        Some(CustodyState::HandedNotReceived { from, .. }) => from.clone(),
        _ => facts.holder.clone(),
    }
}

/// Whether a checkpoint is the author's, of the ledger that is held, and covers an entry.
fn covers(ledger: &Ledger, note: &Note, author: &VerifierKey, seq: u64) -> bool {
    Checkpoint::parse(note.text()).is_ok_and(|head| {
        head.size > seq
            && ledger.tree.root_at(head.size) == Some(head.root)
            && note.verify(std::slice::from_ref(author)).is_ok()
    })
}

impl Node {
    pub(crate) fn exhibit(&self, state: &State, who: &SignedIn, at: EntryRef) -> Result<ExhibitFacts> {
        let (ledger, _, body) = state.entry(at).ok_or(ServiceError::NotFound("exhibit"))?;
        self.case_within(state, who, ledger.space)
            .map_err(|_| ServiceError::NotFound("exhibit"))
            .and_then(|space| match set_aside(state, space, at) {
                None if space.control.is_recalled(at) => Err(ServiceError::denied(
                    "the exhibit was recalled by whoever delivered it",
                )),
                None => self
                    .readable(state, space, who, at)
                    .map_err(|_| ServiceError::NotFound("exhibit")),
                Some(why) => Err(ServiceError::denied(format!("the exhibit does not count: {why}"))),
            })?;
        match body {
            Body::Content(entry) => match &entry.body {
                ContentBody::EvidenceDelivered(said) => Ok(ExhibitFacts {
                    space: ledger.space,
                    holder: ledger.org.clone(),
                    said: said.clone(),
                }),
                _ => Err(ServiceError::NotFound("exhibit")),
            },
            _ => Err(ServiceError::NotFound("exhibit")),
        }
    }

    /// What the holder is expected to be, from what this node knows of it.
    fn trust_in(&self, state: &State, facts: &ExhibitFacts) -> Trust {
        let mut trust = Trust::default();
        let named = state
            .spaces
            .get(&facts.space)
            .and_then(|space| space.agreement)
            .and_then(|digest| {
                state
                    .agreement(digest)?
                    .party(&facts.holder)
                    .map(|party| party.identity.clone())
            });
        trust
            .identities
            .extend(named.and_then(|identity| identity.parse().ok()));
        trust.witnesses = self.witnesses(state, facts.space);
        trust.agreement = state.spaces.get(&facts.space).and_then(|space| space.agreement);
        trust
    }

    /// The keys with which the parties of a space cosign.
    fn witnesses(&self, state: &State, space: SpaceId) -> Vec<VerifierKey> {
        let ledgers = state.ledgers.values().filter(|ledger| ledger.space == space);
        let keys = ledgers.filter_map(|ledger| ledger.author_key.as_ref());
        keys.map(|key| key.with_kind(KeyKind::CosignatureV1)).collect()
    }

    async fn package_bytes(&self, at: EntryRef) -> Result<Vec<u8>> {
        let bytes = self.store.object(&object_name(at)).await?;
        let bytes = bytes.ok_or_else(|| {
            ServiceError::Conflict("the package has not arrived yet; it comes with the next pull".into())
        })?;
        let state = self.read().await?;
        Ok(self.with_cosignatures(&state, at, &bytes).unwrap_or(bytes))
    }

    /// The package with a proof that others have cosigned, where there is one with more witnesses than its own. A
    /// witness's newest cosignature may cover more of the ledger than was there when the package was made: the proof
    /// is then made anew for that size. The package's own signature does not cover the proof.
    fn with_cosignatures(&self, state: &State, at: EntryRef, bytes: &[u8]) -> Option<Vec<u8>> {
        let (ledger, _, body) = state.entry(at)?;
        let Body::Content(entry) = body else { return None };
        let ContentBody::EvidenceDelivered(said) = &entry.body else {
            return None;
        };
        let files = read_zip(bytes).ok()?;
        let own = Proof::parse(files.get(paths::PROOF)?).ok()?;
        let author = ledger.author_key.as_ref()?;
        let witnesses: Vec<VerifierKey> = self
            .witnesses(state, ledger.space)
            .into_iter()
            .filter(|key| key.key() != author.key())
            .collect();
        let seen_by = |note: &Note| note.verify(&witnesses).map_or(0, |verified| verified.len());
        let before = seen_by(&own.checkpoint);
        let mut notes = vec![own.checkpoint.clone()];
        for cosigned in ledger.cosigned.values() {
            let Ok(note) = Note::parse(cosigned.note.as_bytes()) else {
                continue;
            };
            match notes.iter_mut().find(|known| known.text() == note.text()) {
                Some(known) => {
                    known.merge(&note, &witnesses).ok()?;
                }
                None if covers(ledger, &note, author, at.seq) => notes.push(note),
                None => {}
            }
        }
        // The most witnesses; of as many, the one that is nearest to the delivery.
        let checkpoint = notes.into_iter().min_by_key(|note| {
            let size = Checkpoint::parse(note.text()).map_or(u64::MAX, |head| head.size);
            (std::cmp::Reverse(seen_by(note)), size)
        })?;
        if seen_by(&checkpoint) <= before {
            return None;
        }
        let head = Checkpoint::parse(checkpoint.text()).ok()?;
        let proof = Proof {
            hashes: ledger.tree.inclusion_proof(at.seq, head.size).ok()?,
            checkpoint,
            ..own
        };
        Package::from_files(&said.exhibit, files)
            .with_proof(proof.encode().into_bytes())
            .to_zip()
            .ok()
    }

    /// Verifies the package of an exhibit, offline.
    pub async fn verify_exhibit(&self, who: &SignedIn, at: EntryRef) -> Result<Report> {
        let (trust, holder) = {
            let state = self.read().await?;
            let facts = self.exhibit(&state, who, at)?;
            (self.trust_in(&state, &facts), facts.holder)
        };
        let bytes = self.package_bytes(at).await?;
        self.note_access(who, "exhibit.verified", &at.to_string()).await?;
        self.looked(who, Way::Read, [at]).await?;
        let mut report = tokio::task::block_in_place(|| verify_zip(&bytes, &trust));
        let state = self.read().await?;
        if let Some(check) = revoked_key(&state, &holder, at, &bytes) {
            // A package alone cannot tell; this node can.
            report.verdict = Verdict::Failed;
            report.checks.retain(|other| other.name != check.name);
            report.checks.push(check);
        }
        Ok(report)
    }

    /// The package of an exhibit, to be taken along.
    pub async fn download_exhibit(&self, who: &SignedIn, at: EntryRef) -> Result<(String, Vec<u8>)> {
        let reference = {
            let state = self.read().await?;
            self.exhibit(&state, who, at)?.said.exhibit
        };
        let bytes = self.package_bytes(at).await?;
        self.note_access(who, "exhibit.downloaded", &at.to_string())
            .await?;
        self.looked(who, Way::Downloaded, [at]).await?;
        let name: String = reference
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '.' {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        Ok((format!("{name}.zip"), bytes))
    }

    /// Receives an exhibit: the package is verified, and this side's custody note states the commitment computed
    /// from what arrived. A package that does not verify is not received.
    ///
    /// What this organisation delivered and is given back is received by its approver, who let it go.
    pub async fn receive_exhibit(&self, who: &SignedIn, at: EntryRef) -> Result<(EntryRef, Report)> {
        let comes_back = {
            let state = self.read().await?;
            let known = state.entry(at);
            known.is_some_and(|(ledger, _, body)| ledger.own && !from_a_guest(body))
        };
        let role = match comes_back {
            true => Act::Approve.ask(who)?,
            false => Act::Receive.ask(who)?,
        };
        let report = self.verify_exhibit(who, at).await?;
        if !report.is_verified() {
            let failed = report.failures().join("; ");
            return Err(ServiceError::Conflict(format!(
                "the package does not verify and is not received: {failed}"
            )));
        }
        // What is committed to is what arrived, not what was announced.
        let files = read_zip(&self.package_bytes(at).await?)
            .map_err(|error| ServiceError::Conflict(format!("the package cannot be read: {error}")))?;
        let arrived = Hex32::sha256(files.get("manifest-sha256.txt").map_or(&[][..], Vec::as_slice));
        let received = self
            .act_once(|state, batch, log| {
                let facts = self.exhibit(state, who, at)?;
                let broken = || ServiceError::Unexplained(format!("exhibit {at}"));
                let mut salt = [0; 32];
                hex::decode_to_slice(&facts.said.custody_salt, &mut salt).map_err(|_| broken())?;
                if manifest_of(&facts.said).ok_or_else(broken)? != arrived {
                    return Err(ServiceError::Conflict(
                        "the package that arrived is not the one that was announced; it is not received"
                            .into(),
                    ));
                }
                // What a guest gave is received from nobody who could be named to every party.
                let from = match facts.said.on_behalf_of {
                    Some(_) => FROM_A_GUEST
                        .parse()
                        .map_err(|_| ServiceError::NotFound("exhibit"))?,
                    None => giver(state, &facts, at),
                };
                let said = CustodyReceived {
                    by: who.person,
                    role,
                    exhibit: at,
                    from,
                    commitment: hex::encode(commit(CUSTODY_LABEL, &salt, &arrived.0).0),
                };
                let entry = self.append(state, batch, facts.space, ControlEntry::from(said))?;
                log.person(batch, who, "exhibit.received", &at.to_string());
                Ok(entry)
            })
            .await?;
        Ok((received, report))
    }
}
