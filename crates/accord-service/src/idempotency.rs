//! Writes that are sent again: the answer of the first time is given again, and nothing is done twice.
//!
//! The answer is kept in the same commit as what was done, so that no crash comes between them.

use std::future::Future;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Result, ServiceError};
use crate::node::{Log, Node};
use crate::people::SignedIn;

pub(crate) const ANSWERED: &str = "answered";
/// How long an answer is kept, ms.
pub const ANSWER_KEPT_MS: u64 = 24 * 3_600_000;
/// Longest key, bytes.
pub const KEY_MAX_BYTES: usize = 128;

tokio::task_local! {
    static ONCE: Once;
}

/// A kept answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    request: String,
    at_ms: u64,
    answer: serde_json::Value,
}

/// A request under an idempotency key.
#[derive(Debug, Clone)]
pub struct Once {
    id: String,
    request: String,
}

impl Once {
    /// Runs a request under its key: the use case in it that writes keeps its answer.
    pub async fn run<F: Future>(self, request: F) -> F::Output {
        ONCE.scope(self, request).await
    }
}

impl Node {
    /// Looks a key up. `Ok(Err(answer))`: it was done before, with this answer. `Ok(Ok(once))`: do it within
    /// [`Once::run`]. The key with another request is refused.
    pub async fn once(
        &self,
        who: &SignedIn,
        key: &str,
        request: &[u8],
    ) -> Result<std::result::Result<Once, serde_json::Value>> {
        if key.is_empty() || key.len() > KEY_MAX_BYTES || !key.bytes().all(|b| b.is_ascii_graphic()) {
            let message = format!("1 to {KEY_MAX_BYTES} visible ASCII characters");
            return Err(ServiceError::invalid("Idempotency-Key", message));
        }
        let once = Once {
            id: hex::encode(Sha256::digest(format!("{} {key}", who.person))),
            request: hex::encode(Sha256::digest(request)),
        };
        let state = self.read().await?;
        match state
            .answered
            .get(&once.id)
            .filter(|found| found.at_ms + ANSWER_KEPT_MS > self.now_ms())
        {
            Some(found) if found.request != once.request => Err(ServiceError::Conflict(
                "this idempotency key was used for another request".into(),
            )),
            Some(found) => Ok(Err(found.answer.clone())),
            None => Ok(Ok(once)),
        }
    }

    /// [`Node::act`] for a use case whose answer is given again when its request is sent again.
    pub(crate) async fn act_once<T: Serialize>(
        &self,
        change: impl FnOnce(&mut crate::journal::State, &mut accord_store::Batch, Log) -> Result<T>,
    ) -> Result<T> {
        let once = ONCE.try_with(Clone::clone).ok();
        let now = self.now_ms();
        self.act(|state, batch, log| {
            // The same request may have been done between looking its key up and having the state alone.
            if once.as_ref().is_some_and(|once| {
                let found = state.answered.get(&once.id);
                found.is_some_and(|found| found.at_ms + ANSWER_KEPT_MS > now)
            }) {
                let message = "this very request was done at the same moment; send it again for its answer";
                return Err(ServiceError::Conflict(message.into()));
            }
            let value = change(state, batch, log)?;
            if let Some(Once { id, request }) = once {
                let old = state
                    .answered
                    .iter()
                    .filter(|(_, found)| found.at_ms + ANSWER_KEPT_MS <= now);
                for id in old.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
                    batch.remove(ANSWERED, &id);
                    state.answered.remove(&id);
                }
                let answer = serde_json::to_value(&value).unwrap_or_default();
                let answered = Answered {
                    request,
                    at_ms: now,
                    answer,
                };
                batch.document(ANSWERED, &id, &answered);
                state.answered.insert(id, answered);
            }
            Ok(value)
        })
        .await
    }
}
