//! Looks between nodes: told to the owner of what was looked at, and kept by it.

use accord_formats::peer::{LooksAnswer, LooksQuestion, MAX_LOOKS, WireLook};
use accord_model::EntryRef;

use super::{LOOKS_AT_OURS, Look, Way, key_of};
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::peers::{Asking, Signer};

/// Most looks that are kept at one peer's word: beyond them it is asked for no more.
pub const LOOKS_TOLD_MAX: u64 = 1_000_000;

impl Node {
    /// Tells a peer who looked at what it shared, after so many that it knows.
    pub async fn answer_looks(&self, signer: &Signer, question: &LooksQuestion) -> Result<LooksAnswer> {
        let state = self.read().await?;
        let all = state.looks.here.get(signer.org()).map_or(&[][..], Vec::as_slice);
        let after = usize::try_from(question.after).unwrap_or(usize::MAX);
        let new = all.get(after..).unwrap_or_default().iter().take(MAX_LOOKS);
        Ok(LooksAnswer {
            looks: new
                .map(|look| WireLook {
                    entry: look.at.to_string(),
                    by: look.by.to_string(),
                    way: look.way.as_str().to_owned(),
                    when_ms: look.when_ms,
                })
                .collect(),
        })
    }
}

impl Asking<'_> {
    /// Asks who looked at what this organisation shared, until nothing new is told. `count` is how many looks the
    /// peer says there are.
    pub async fn pull_looks(&self, count: u64) -> Result<()> {
        loop {
            let after = self.node.read().await?.looks.told_by(&self.peer.org);
            if after >= count.min(LOOKS_TOLD_MAX) {
                return Ok(());
            }
            let answer: LooksAnswer = self.ask("/peer/v1/looks", &LooksQuestion { after }).await?;
            if answer.looks.is_empty() || answer.looks.len() > MAX_LOOKS {
                return Err(self.bad("looks that were announced and not told"));
            }
            let looks: Option<Vec<Look>> = answer.looks.iter().map(read).collect();
            let looks = looks.ok_or_else(|| self.bad("a look"))?;
            self.node
                .act(|state, batch, _| {
                    for (number, look) in (usize::try_from(after).unwrap_or(usize::MAX)..).zip(looks) {
                        // Only of what was released to it can a peer say that somebody looked.
                        let released = (look.at, self.peer.org.clone());
                        let own = state.entry(look.at).is_some_and(|(ledger, ..)| ledger.own);
                        if !own || !state.released.contains_key(&released) {
                            return Err(ServiceError::Conflict(format!(
                                "{} tells of looks at {}, which it was not given",
                                self.peer.org, look.at
                            )));
                        }
                        batch.document(LOOKS_AT_OURS, &key_of(&self.peer.org, number), &look);
                        state
                            .looks
                            .told
                            .entry(self.peer.org.clone())
                            .or_default()
                            .push(look);
                    }
                    Ok(())
                })
                .await?;
        }
    }
}

fn read(told: &WireLook) -> Option<Look> {
    let at: EntryRef = told.entry.parse().ok()?;
    Some(Look {
        at,
        by: told.by.parse().ok()?,
        way: Way::of(&told.way)?,
        when_ms: told.when_ms,
    })
}
