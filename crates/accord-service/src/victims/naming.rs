//! The one way round the leak check: somebody who holds a grant on who a victim is names it in one note, as it was
//! shown, and the use of the grant is written first. The victim reads of it.

use std::collections::BTreeSet;

use accord_model::content::{ContentBody, ContentEntry};
use accord_model::{EntryRef, SpaceId};
use accord_store::Batch;
use sha2::{Digest, Sha256};

use super::watch::Named;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, State};
use crate::node::Node;
use crate::notes::{Draft, Published};
use crate::people::SignedIn;
use crate::permit::Act;

/// Digests of what may name a victim, with the `victim.recorded` note that it may name.
pub(crate) const NAMINGS: &str = "namings";

/// The digest of exactly this entry and this victim.
fn digest(entry: &ContentEntry, victim: EntryRef) -> String {
    let text = format!("{}\n{victim}", entry.to_json());
    hex::encode(Sha256::digest(text.as_bytes()))
}

impl Node {
    /// Whether exactly this entry may name this victim.
    pub(super) fn may_name(state: &State, entry: &ContentEntry, named: &Named) -> bool {
        named
            .victim
            .is_some_and(|victim| state.namings.contains_key(&digest(entry, victim)))
    }

    /// Publishes a note that names the victim of a grant, for whoever holds it. `text` says to the victim what for.
    pub async fn publish_naming(
        &self,
        who: &SignedIn,
        case: SpaceId,
        draft: &Draft,
        asked: EntryRef,
        text: &str,
    ) -> Result<Published> {
        Act::AskGrant.ask(who)?;
        self.steer(
            who,
            Act::Write,
            case,
            "note.published-naming",
            |state, batch, _| {
                let entry = self.entry_of(state, who, case, draft)?;
                let (identity, _) = self.use_grant(state, batch, who, asked, text)?;
                let (ledger, _, body) = state.entry(identity).ok_or(ServiceError::NotFound("note"))?;
                if ledger.space != case {
                    return Err(ServiceError::denied("the grant is of another case"));
                }
                let Body::Content(found) = body else {
                    return Err(ServiceError::NotFound("note"));
                };
                let ContentBody::VictimIdentity(said) = &found.body else {
                    return Err(ServiceError::NotFound("note"));
                };
                let victim = said.victim;
                self.allow_naming(state, batch, &entry, victim, asked);
                let named: BTreeSet<Named> = self.named_by(state, &entry);
                if !named.is_empty() {
                    return Err(ServiceError::denied(
                        "it names another victim than the grant is about",
                    ));
                }
                self.publish(
                    state,
                    batch,
                    case,
                    entry,
                    &crate::release::Circumstances::default(),
                )
            },
        )
        .await
    }

    fn allow_naming(
        &self,
        state: &mut State,
        batch: &mut Batch,
        entry: &ContentEntry,
        victim: EntryRef,
        asked: EntryRef,
    ) {
        let id = digest(entry, victim);
        batch.document(NAMINGS, &id, &asked);
        state.namings.insert(id, asked);
    }
}
