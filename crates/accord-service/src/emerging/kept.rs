//! The engine's state between two runs: the state, how far what was seen is in it, and the secret of its hashes, in one
//! commit with what it makes superfluous.

use std::path::Path;
use std::sync::Arc;

use accord_emerging::{Circle, Engine, Key};
use accord_model::EntryRef;
use accord_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use super::{Inner, JUDGED, Looked};
use crate::error::{Result, ServiceError};
use crate::node::Node;

const STATE: &str = "emerging-state";
const KEY: &str = "emerging-key";
/// The only document of its collection.
const ONE: &str = "one";

/// That the stories were begun anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Afresh {
    /// When, ms UTC.
    pub at_ms: u64,
    /// Why.
    pub why: String,
    /// The file in the node's folder in which the state that was not taken is.
    pub file: Option<String>,
}

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    at_ms: u64,
    fed: u64,
    notes: Vec<(u32, EntryRef)>,
    /// Circle, sightings, since when.
    looked: Vec<(String, u64, u64)>,
    left_out: u64,
    afresh: Option<Afresh>,
    /// The engine's, as hexadecimal digits.
    state: String,
}

/// A state that is not taken.
#[derive(Debug)]
struct NotTaken {
    why: String,
    fed: u64,
    state: String,
}

/// As it is after a start.
#[derive(Debug)]
pub(crate) struct Restored(pub(super) Inner);

fn key_of(text: &str) -> Option<Key> {
    let bytes = hex::decode(text).ok()?;
    Some(Key(bytes.try_into().ok()?))
}

fn circle_of(text: &str) -> Option<Circle> {
    let bytes = hex::decode(text).ok()?;
    Some(Circle(bytes.try_into().ok()?))
}

impl Inner {
    fn kept(&self, now_ms: u64) -> Option<(Kept, String)> {
        let (engine, key) = (self.engine.as_ref()?, self.key?);
        let looked = self.looked.iter();
        let kept = Kept {
            at_ms: now_ms,
            fed: self.fed,
            notes: self.notes.iter().copied().collect(),
            looked: looked
                .map(|(circle, of)| (hex::encode(circle.0), of.count, of.since_ms))
                .collect(),
            left_out: self.left_out,
            afresh: self.afresh.clone(),
            state: hex::encode(engine.save()),
        };
        Some((kept, hex::encode(key.0)))
    }

    fn restored(kept: Kept, key: Option<Key>) -> std::result::Result<Self, NotTaken> {
        let refused = |why: String, kept: Kept| {
            Err(NotTaken {
                why,
                fed: kept.fed,
                state: kept.state,
            })
        };
        let Some(key) = key else {
            return refused("the key of the saved state is not there".to_owned(), kept);
        };
        let Ok(bytes) = hex::decode(&kept.state) else {
            return refused("the saved state is damaged".to_owned(), kept);
        };
        match Engine::restore(&bytes, key) {
            Ok(engine) => Ok(Self {
                engine: Some(engine),
                key: Some(key),
                fed: kept.fed,
                notes: kept.notes.into_iter().collect(),
                looked: kept
                    .looked
                    .iter()
                    .filter_map(|(circle, count, since_ms)| {
                        let looked = Looked {
                            count: *count,
                            since_ms: *since_ms,
                        };
                        Some((circle_of(circle)?, looked))
                    })
                    .collect(),
                left_out: kept.left_out,
                afresh: kept.afresh,
                saved_ms: kept.at_ms,
                ..Self::default()
            }),
            Err(error) => refused(error.to_string(), kept),
        }
    }

    fn begun_anew(fed: u64, now_ms: u64, why: String, file: Option<String>) -> Self {
        tracing::error!(why, file, "the stories of what is new begin anew");
        Self {
            fed,
            afresh: Some(Afresh {
                at_ms: now_ms,
                why,
                file,
            }),
            ..Self::default()
        }
    }
}

/// Keeps a state that was not taken, for whoever wants to know what became of it.
fn set_aside(dir: &Path, now_ms: u64, state: &str) -> Option<String> {
    let name = format!("emerging-{now_ms}.damaged");
    let bytes = hex::decode(state).unwrap_or_else(|_| state.as_bytes().to_vec());
    match std::fs::write(dir.join(&name), bytes) {
        Ok(()) => Some(name),
        Err(error) => {
            tracing::error!(%error, name, "a state that was not taken could not be kept");
            None
        }
    }
}

/// Reads what was kept. What is refused is set aside, and the stories begin anew: a node does not stay down for them.
pub(crate) async fn restore(store: &Store, dir: &Path, now_ms: u64) -> Result<Restored> {
    let key = store.documents::<String>(KEY).await?;
    let key = key.first().and_then(|(_, text)| key_of(text));
    let kept = match store.documents::<Kept>(STATE).await {
        Ok(kept) => kept.into_iter().next().map(|(_, kept)| kept),
        Err(StoreError::Document { .. }) => {
            let why = "what was kept of the stories cannot be read".to_owned();
            return Ok(Restored(Inner::begun_anew(0, now_ms, why, None)));
        }
        Err(error) => return Err(error.into()),
    };
    let Some(kept) = kept else {
        return Ok(Restored(Inner::default()));
    };
    let inner = match Inner::restored(kept, key) {
        Ok(inner) => {
            let stood_ms = inner.engine.as_ref().map_or(now_ms, Engine::now_ms);
            let away_ms = now_ms.saturating_sub(stood_ms);
            if away_ms <= accord_emerging::limits::MAX_STEP_MS {
                inner
            } else {
                let why = format!(
                    "the saved state is {} days old: its past says nothing of now",
                    away_ms / 86_400_000
                );
                Inner::begun_anew(inner.fed, now_ms, why, None)
            }
        }
        Err(not) => {
            let file = set_aside(dir, now_ms, &not.state);
            Inner::begun_anew(not.fed, now_ms, not.why, file)
        }
    };
    Ok(Restored(inner))
}

impl Node {
    /// Saves the stories, and drops what was kept until they were.
    pub(crate) async fn save_stories(&self) -> Result<()> {
        // One at a time: an older state must not be written over a newer one.
        let _turn = self.emerging.saving.lock().await;
        let (inner, now_ms) = (Arc::clone(&self.emerging.inner), self.now_ms());
        let made = tokio::task::spawn_blocking(move || {
            let mut inner = inner.blocking_lock();
            let made = inner.kept(now_ms)?;
            let stories = inner.engine.as_ref()?;
            let references: Vec<String> = stories
                .every_story()
                .map(|story| stories.reference(story.id))
                .collect();
            (inner.saved_ms, inner.is_changed) = (now_ms, false);
            Some((made, references))
        })
        .await
        .map_err(|_| ServiceError::Unexplained("the stories could not be saved".into()))?;
        let Some(((kept, key), references)) = made else {
            return Ok(());
        };
        let fed = kept.fed;
        let saved = self
            .act(|state, batch, _| {
                batch.document(KEY, ONE, &key);
                batch.document(STATE, ONE, &kept);
                state.fed.drop_to(batch, fed);
                // What was said of stories that are forgotten.
                state.judged.retain(|reference, _| {
                    let stays = references.contains(reference);
                    if !stays {
                        batch.remove(JUDGED, reference);
                    }
                    stays
                });
                Ok(())
            })
            .await;
        if saved.is_err() {
            self.emerging.inner.lock().await.is_changed = true;
        }
        saved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_is_not_whole_is_refused() {
        let key = Key([3; 16]);
        let engine = Engine::new(super::super::CONFIG(), key, 1_800_000_000_000).unwrap();
        let inner = Inner {
            engine: Some(engine.clone()),
            key: Some(key),
            fed: 7,
            looked: [(
                Circle([1; 16]),
                Looked {
                    count: 5,
                    since_ms: 9,
                },
            )]
            .into(),
            ..Inner::default()
        };
        let (kept, text) = inner.kept(1).unwrap();
        assert_eq!(key_of(&text), Some(key));
        let back = Inner::restored(kept, Some(key)).unwrap();
        assert_eq!(
            (back.engine, back.fed, back.looked),
            (Some(engine), 7, inner.looked.clone())
        );

        let refused = |change: fn(&mut Kept), key| {
            let (mut kept, _) = inner.kept(1).unwrap();
            change(&mut kept);
            Inner::restored(kept, key).map(|_| ()).unwrap_err().why
        };
        assert!(refused(|_| (), None).contains("key"));
        assert!(refused(|_| (), Some(Key([4; 16]))).contains("another key"));
        assert!(refused(|kept| kept.state.truncate(40), Some(key)).contains("damaged"));
        assert!(refused(|kept| kept.state.push('x'), Some(key)).contains("damaged"));
    }
}
