//! What the release of a note asks of its recipient: until when the copy may be kept, and for what.
//!
//! The releaser's node records the duties with its decision and tells them beside the release; here they are kept
//! note by note, so that the job that destroys counts from the release and not from when the note was written.
//! Obligations only add duties: what a peer tells never lengthens what the agreement itself says.

use std::collections::BTreeMap;

use accord_formats::peer::{Duty, MAX_PURPOSES};
use accord_model::{EntryRef, LedgerId, OrgName};
use accord_store::{Batch, Store};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::State;

const DUTIES: &str = "duties";
/// Longest word of a purpose that is kept, bytes.
const PURPOSE_MAX_BYTES: usize = 128;

/// The duties of one copy, as they were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// When it was released, ms UTC.
    pub released_ms: u64,
    /// Days it may be kept.
    pub retention_days: u32,
    /// What it may be used for.
    #[serde(default)]
    pub purposes: Vec<String>,
}

/// Reads them from the store.
pub(crate) async fn load(store: &Store) -> Result<BTreeMap<EntryRef, Kept>> {
    let kept = store.documents::<Kept>(DUTIES).await?.into_iter();
    kept.map(|(id, duty)| {
        let at = id
            .parse()
            .map_err(|_| ServiceError::Unexplained(format!("duties are kept under {id:?}")))?;
        Ok((at, duty))
    })
    .collect()
}

impl State {
    /// Keeps what a peer told of its releases in one of its ledgers. What was told first counts; a release is made
    /// once.
    pub(crate) fn keep_duties(
        &mut self,
        batch: &mut Batch,
        ledger: LedgerId,
        entries: &[u64],
        duties: &[Duty],
        now_ms: u64,
    ) {
        if duties.len() != entries.len() {
            return;
        }
        for (seq, duty) in entries.iter().zip(duties) {
            let at = EntryRef { ledger, seq: *seq };
            let fits = duty.purposes.len() <= MAX_PURPOSES
                && duty.purposes.iter().all(|word| word.len() <= PURPOSE_MAX_BYTES);
            if duty.retention_days == 0 || !fits || self.duties.contains_key(&at) {
                continue;
            }
            let kept = Kept {
                // A release that is told before it was made would be kept too long.
                released_ms: duty.released_ms.min(now_ms),
                retention_days: duty.retention_days,
                purposes: duty.purposes.clone(),
            };
            batch.document(DUTIES, &at.to_string(), &kept);
            self.duties.insert(at, kept);
        }
    }

    /// What the release of an own note asks of its recipient, as it was recorded; none before it was released.
    pub(crate) fn duty_of(&self, at: EntryRef, to: &OrgName) -> Option<Duty> {
        let release = self.releases.get(*self.released.get(&(at, to.clone()))?)?;
        Some(Duty {
            released_ms: release.at_ms,
            retention_days: release.decided.retention_days.unwrap_or_default(),
            purposes: release
                .decided
                .purposes
                .iter()
                .take(MAX_PURPOSES)
                .cloned()
                .collect(),
        })
    }

    /// The copy is gone, and so are its duties.
    pub(crate) fn drop_duties(&mut self, batch: &mut Batch, at: EntryRef) {
        if self.duties.remove(&at).is_some() {
            batch.remove(DUTIES, &at.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty(released_ms: u64, retention_days: u32) -> Duty {
        Duty {
            released_ms,
            retention_days,
            purposes: vec!["cybercrime-investigation".into()],
        }
    }

    #[test]
    fn what_is_told_is_kept_once_and_never_from_ahead() {
        let (mut state, mut batch) = (State::default(), Batch::new());
        let ledger = LedgerId([1; 16]);
        let at = |seq| EntryRef { ledger, seq };
        let told = [duty(50, 30), duty(500, 30), duty(50, 0)];
        state.keep_duties(&mut batch, ledger, &[3, 4, 5], &told, 100);
        assert_eq!(state.duties[&at(3)].released_ms, 50);
        assert_eq!(state.duties[&at(4)].released_ms, 100, "not before it was made");
        assert!(!state.duties.contains_key(&at(5)), "no days are no duty");
        state.keep_duties(&mut batch, ledger, &[3], &[duty(60, 9_999)], 100);
        assert_eq!(state.duties[&at(3)].retention_days, 30, "told once");
        state.keep_duties(&mut batch, ledger, &[6, 7], &[duty(1, 1)], 100);
        assert!(!state.duties.contains_key(&at(6)), "not one for each");
        let many = Duty {
            purposes: vec!["a".into(); MAX_PURPOSES + 1],
            ..duty(1, 1)
        };
        state.keep_duties(&mut batch, ledger, &[8], &[many], 100);
        assert!(!state.duties.contains_key(&at(8)), "one past the limit");
    }
}
