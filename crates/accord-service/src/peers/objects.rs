//! Packages and files: fetched until what a note announces is here, and verified against it.

use std::collections::BTreeMap;

use accord_evidence::content::Hex32;
use accord_evidence::read_zip;
use accord_formats::peer::{OBJECT_CHUNK_BYTES, ObjectAnswer, ObjectQuestion};
use accord_model::content::{ContentBody, ContentEntry};
use accord_model::{EntryRef, OrgName, SpaceId};

use super::pull::Asking;
use crate::decide::manifest_of;
use crate::error::{Result, ServiceError};
use crate::intel::{CASE_FILES_MAX_BYTES, FILE_MAX_BYTES};
use crate::journal::{Body, State};
use crate::objects::{Object, is_announced};

/// What was called back is not fetched.
fn is_recalled(state: &State, at: EntryRef) -> bool {
    let space = state
        .ledgers
        .get(&at.ledger)
        .and_then(|ledger| state.spaces.get(&ledger.space));
    space.is_some_and(|space| space.control.is_recalled(at))
}

/// What a note announces beside its words.
enum Announced {
    /// A package, by the digest of its manifest.
    Package(Option<Hex32>),
    /// A file, by its digest and length.
    File(Box<ContentEntry>),
}

impl Announced {
    fn object(&self, at: EntryRef) -> Object {
        match self {
            Self::Package(_) => Object::Package(at),
            Self::File(_) => Object::File(at),
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Package(_) => "package",
            Self::File(_) => "file",
        }
    }

    fn is(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Package(manifest) => {
                let found = read_zip(bytes).ok().and_then(|files| {
                    let text = files.get("manifest-sha256.txt")?;
                    Some(Hex32::sha256(text))
                });
                found.is_some() && found == *manifest
            }
            Self::File(entry) => is_announced(entry, bytes),
        }
    }
}

fn size_of(entry: &ContentEntry) -> u64 {
    match &entry.body {
        ContentBody::FileAttached(said) => said.size_bytes,
        _ => 0,
    }
}

/// What an organisation announced and is not here, and why some of it is not asked for.
fn wanted(state: &State, org: &OrgName) -> (Vec<(EntryRef, Announced)>, Vec<String>) {
    let (mut wanted, mut refused) = (Vec::new(), Vec::new());
    // What one organisation may have kept here for one case, files together.
    let mut room: BTreeMap<SpaceId, u64> = BTreeMap::new();
    let theirs = state.ledgers.values().filter(|ledger| ledger.org == *org);
    for (ledger, (at, _, body)) in theirs.flat_map(|ledger| ledger.entries().map(move |one| (ledger, one))) {
        let Body::Content(entry) = body else { continue };
        let announced = match &entry.body {
            ContentBody::EvidenceDelivered(said) => Announced::Package(manifest_of(said)),
            ContentBody::FileAttached(_) => Announced::File(Box::new((**entry).clone())),
            _ => continue,
        };
        if is_recalled(state, at) {
            continue;
        }
        if matches!(announced, Announced::File(_)) {
            let size = size_of(entry);
            let used = room.entry(ledger.space).or_default();
            let fits = used.saturating_add(size) <= CASE_FILES_MAX_BYTES;
            if size == 0 || size > FILE_MAX_BYTES || !fits {
                refused.push(format!(
                    "the file of {at} has {size} bytes and is not fetched: {FILE_MAX_BYTES} for one and \
                     {CASE_FILES_MAX_BYTES} for a case are taken"
                ));
                continue;
            }
            *used += size;
        }
        if !state.objects.contains(&announced.object(at).name()) {
            wanted.push((at, announced));
        }
    }
    (wanted, refused)
}

impl Asking<'_> {
    /// What is announced is looked for in what is held, not in what was just told: what could not be had the last
    /// time, or was not what was announced, is asked for again.
    pub async fn pull_objects(&mut self) -> Result<()> {
        let (wanted, refused) = {
            let state = self.node.read().await?;
            wanted(&state, &self.peer.org)
        };
        self.pulled.problems.extend(refused);
        for (at, announced) in wanted {
            match self.pull_object(at, announced).await {
                Ok(()) => self.pulled.objects += 1,
                Err(ServiceError::Peer(accord_client::ClientError::Refused(_))) => {
                    let why = format!("{} does not give what {at} delivers", self.peer.org);
                    self.pulled.problems.push(why);
                }
                Err(ServiceError::Conflict(why)) => self.pulled.problems.push(why),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn pull_object(&self, at: EntryRef, announced: Announced) -> Result<()> {
        let what = announced.words();
        let bad = |why: &str| self.bad(&format!("the {what} of {at}: {why}"));
        let limit = match &announced {
            Announced::Package(_) => self.node.config.peer_limits.object_bytes,
            // No more than its note says, which was compared with the limit of a file.
            Announced::File(entry) => size_of(entry),
        };
        let mut bytes: Vec<u8> = Vec::new();
        let mut total = None;
        loop {
            let offset = bytes.len() as u64;
            let question = ObjectQuestion {
                entry: at.to_string(),
                offset,
            };
            let answer: ObjectAnswer = self.ask("/peer/v1/object", &question).await?;
            if answer.total > limit {
                return Err(bad(&format!("it has {} bytes, {limit} are taken", answer.total)));
            }
            if answer.total == 0 || *total.get_or_insert(answer.total) != answer.total {
                return Err(bad("its length is not one and the same"));
            }
            let whole = (OBJECT_CHUNK_BYTES as u64).min(answer.total - offset);
            if answer.bytes.0.len() as u64 != whole {
                return Err(bad("a part of it is not whole"));
            }
            bytes.extend_from_slice(&answer.bytes.0);
            if bytes.len() as u64 == answer.total {
                break;
            }
        }
        let object = announced.object(at).name();
        let read = tokio::task::spawn_blocking(move || (announced.is(&bytes), bytes));
        let (is_it, bytes) = read
            .await
            .map_err(|error| ServiceError::Unexplained(format!("the {what} of {at}: {error}")))?;
        if !is_it {
            return Err(bad("it is not the one that was announced"));
        }
        self.node
            .act(|state, batch, _| {
                // It may have been recalled, or destroyed, while it came.
                let stands = matches!(state.entry(at), Some((_, _, Body::Content(_))));
                if stands && !is_recalled(state, at) {
                    batch.object(&object, bytes);
                    state.objects.insert(object);
                }
                Ok(())
            })
            .await
    }
}
