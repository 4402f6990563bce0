//! Packages: fetched until the one that its note announces is here.

use accord_evidence::content::Hex32;
use accord_evidence::read_zip;
use accord_formats::peer::{OBJECT_CHUNK_BYTES, ObjectAnswer, ObjectQuestion};
use accord_model::EntryRef;
use accord_model::content::ContentBody;

use super::pull::Asking;
use crate::decide::manifest_of;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Ledger, State};
use crate::release::object_name;

/// What was called back is not fetched.
fn is_recalled(state: &State, at: EntryRef) -> bool {
    let space = state
        .ledgers
        .get(&at.ledger)
        .and_then(|ledger| state.spaces.get(&ledger.space));
    space.is_some_and(|space| space.control.is_recalled(at))
}

impl Asking<'_> {
    /// Packages are looked for in what is held, not in what was just told: one that could not be had the last time,
    /// or was not the one announced, is asked for again.
    pub async fn pull_objects(&mut self) -> Result<()> {
        let wanted: Vec<(EntryRef, Option<Hex32>)> = {
            let state = self.node.read().await?;
            let theirs = state
                .ledgers
                .values()
                .filter(|ledger| ledger.org == self.peer.org);
            theirs
                .flat_map(Ledger::entries)
                .filter_map(|(at, _, body)| match body {
                    Body::Content(entry) => match &entry.body {
                        ContentBody::EvidenceDelivered(said) => Some((at, manifest_of(said))),
                        _ => None,
                    },
                    _ => None,
                })
                .filter(|(at, _)| !state.objects.contains(&object_name(*at)) && !is_recalled(&state, *at))
                .collect()
        };
        for (at, manifest) in wanted {
            match self.pull_object(at, manifest).await {
                Ok(()) => self.pulled.objects += 1,
                Err(ServiceError::Peer(accord_client::ClientError::Refused(_))) => {
                    let why = format!("{} does not give the package of {at}", self.peer.org);
                    self.pulled.problems.push(why);
                }
                Err(ServiceError::Conflict(why)) => self.pulled.problems.push(why),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn pull_object(&self, at: EntryRef, manifest: Option<Hex32>) -> Result<()> {
        let bad = |what: &str| self.bad(&format!("the package of {at}: {what}"));
        let limit = self.node.config.peer_limits.object_bytes;
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
        let read = tokio::task::spawn_blocking(move || {
            let found = read_zip(&bytes).ok().and_then(|files| {
                let text = files.get("manifest-sha256.txt")?;
                Some(Hex32::sha256(text))
            });
            (found, bytes)
        });
        let (found, bytes) = read
            .await
            .map_err(|error| ServiceError::Unexplained(format!("the package of {at}: {error}")))?;
        if found.is_none() || found != manifest {
            return Err(bad("it is not the one that was announced"));
        }
        self.node
            .act(|state, batch, _| {
                batch.object(&object_name(at), bytes);
                state.objects.insert(object_name(at));
                Ok(())
            })
            .await
    }
}
