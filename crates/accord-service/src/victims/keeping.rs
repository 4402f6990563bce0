//! Identities kept by a custodian: filed from a conversation, or given by the custodian.

use accord_model::content::Audience;
use accord_model::content::{ContentBody, ContentEntry, VictimIdentity};
use accord_model::{EntryKind, EntryRef, Marking, SpaceId, Tlp};
use accord_store::Batch;

use super::Identity;
use super::identity::SCHEME;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;

impl Node {
    /// The case and the pseudonym of a victim that this person may deal with.
    pub(super) fn victim_for<'a>(
        &self,
        state: &'a State,
        who: &SignedIn,
        victim: EntryRef,
    ) -> Result<(SpaceId, &'a str)> {
        let missing = || ServiceError::NotFound("victim");
        let (ledger, _, body) = state.entry(victim).ok_or_else(missing)?;
        let Body::Content(entry) = body else {
            return Err(missing());
        };
        let ContentBody::VictimRecorded(said) = &entry.body else {
            return Err(missing());
        };
        let space = self.case_for(state, who, ledger.space).map_err(|_| missing())?;
        if crate::views::set_aside(state, space, victim).is_some() {
            return Err(missing());
        }
        Ok((ledger.space, &said.pseudonym))
    }

    fn file(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        victim: EntryRef,
        sealed: String,
    ) -> Result<EntryRef> {
        let (case, pseudonym) = self.victim_for(state, who, victim)?;
        let title = format!("Who {pseudonym} is");
        let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
        let role = self.writer(space, who, Act::KeepIdentity, EntryKind::VictimIdentity)?;
        let entry = ContentEntry {
            by: who.person,
            role,
            marking: Marking::tlp(Tlp::Red),
            to: Audience::one(self.config.org.clone()),
            title,
            body: VictimIdentity {
                victim,
                custodian: self.config.org.clone(),
                scheme: SCHEME.to_owned(),
                key: self.custodian.name(),
                ciphertext: sealed,
                given: None,
            }
            .into(),
        };
        Ok(self
            .publish(state, batch, case, entry, &Circumstances::default())?
            .at)
    }

    /// Files who a victim is, as its custodian knows it.
    pub async fn keep_identity(
        &self,
        who: &SignedIn,
        victim: EntryRef,
        identity: &Identity,
    ) -> Result<EntryRef> {
        Act::KeepIdentity.ask(who)?;
        let identity = identity.tidy();
        identity.check()?;
        let sealed = self.seal_own(&identity)?;
        self.act_once(|state, batch, log| {
            let at = self.file(state, batch, who, victim, sealed)?;
            log.person(batch, who, "identity.filed", &victim.to_string());
            Ok(at)
        })
        .await
    }

    /// Files what a business said of itself through its link, unread.
    pub async fn file_identity(&self, who: &SignedIn, conversation: &str) -> Result<EntryRef> {
        Act::KeepIdentity.ask(who)?;
        self.act_once(|state, batch, log| {
            let mut known = self.conversation_for(state, who, conversation)?.clone();
            let Some(attached) = known.attached.clone() else {
                return Err(ServiceError::Conflict(
                    "it belongs to no case yet: an investigator attaches it first".into(),
                ));
            };
            let waiting = known.identities.iter_mut().filter(|given| given.filed.is_none());
            let mut last = None;
            for given in waiting {
                let at = self.file(state, batch, who, attached.victim, given.sealed.clone())?;
                given.filed = Some(at);
                last = Some(at);
            }
            let last = last.ok_or_else(|| {
                ServiceError::Conflict("the business has not said who it is, or that is filed already".into())
            })?;
            known.keep(state, batch);
            log.person(batch, who, "identity.filed", conversation);
            Ok(last)
        })
        .await
    }
}
