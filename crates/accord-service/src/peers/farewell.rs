//! What an organisation that was removed from a case may still read: the control notes up to and including its
//! removal, so that it learns of it and folds the same state; nothing after, and no content.

use std::collections::BTreeMap;

use accord_model::{EntryRef, OrgName, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::journal::State;
use crate::node::Node;

pub(crate) const FAREWELLS: &str = "farewells";

/// The ledgers of a space as they stood at a removal: of each (id, hex) the size and the checkpoint of that size.
/// A newer checkpoint would tell how much was written since.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Farewell {
    pub ledgers: BTreeMap<String, (u64, String)>,
}

impl Farewell {
    /// Its id among the documents.
    pub fn id(space: SpaceId, org: &OrgName) -> String {
        format!("{space}/{org}")
    }

    /// Whether an entry stood there at the removal.
    pub fn covers(&self, at: EntryRef) -> bool {
        let ledger = self.ledgers.get(&at.ledger.to_string());
        ledger.is_some_and(|(size, _)| at.seq < *size)
    }
}

impl Node {
    /// Records how far an organisation may read a space that it was removed from by the newest of our own notes.
    pub(crate) fn bid_farewell(
        &self,
        state: &mut State,
        batch: &mut Batch,
        space: SpaceId,
        org: &OrgName,
    ) -> Result<()> {
        self.seal(state, batch)?;
        let ledgers = state.ledgers.values().filter(|ledger| ledger.space == space);
        let signed = ledgers.filter_map(|ledger| Some((ledger.id, ledger.checkpoint.as_ref()?)));
        let ledgers = signed
            .map(|(id, signed)| (id.to_string(), (signed.checkpoint().size, signed.note().encode())))
            .collect();
        state.keep_farewell(batch, space, org, Farewell { ledgers });
        Ok(())
    }
}
