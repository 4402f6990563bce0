//! An authority given by word of mouth: a life is in danger, one act, in writing within a day.

use accord_model::content::requests::resting_on;
use accord_model::content::{ContentBody, ContentEntry};
use accord_model::control::{ControlEntry, OralConfirmed, OralRecorded};
use accord_model::{Category, EntryKind, EntryRef, OrgName, Role, SpaceId};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;
use crate::views::said_of;

/// An oral authority to be recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOral {
    /// Why it cannot wait: `threat-to-life`, nothing else counts.
    pub ground: String,
    /// The one act, in words.
    pub act: String,
    /// What the act is about.
    pub category: Category,
    /// Whom it binds.
    pub addressee: OrgName,
    /// Who gave it, name and office.
    pub authority: String,
    /// Under which power.
    pub power: String,
    /// The request that an approver of the asked side answers on it.
    #[serde(default)]
    pub request: Option<EntryRef>,
}

/// The writing that follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OralConfirmation {
    /// The oral authority.
    pub oral: EntryRef,
    /// The reference of the written one.
    pub reference: String,
    /// Who signed it.
    pub authority: String,
    /// The instrument, when it was recorded on the case.
    #[serde(default)]
    pub instrument: Option<EntryRef>,
}

impl Node {
    /// Records an oral authority: the case officer's for one request, or an approver's for the answer to one.
    pub async fn record_oral(&self, who: &SignedIn, case: SpaceId, new: &NewOral) -> Result<EntryRef> {
        self.steer(who, Act::Oral, case, "oral.recorded", |state, batch, _| {
            let role = if new.request.is_some() {
                Act::Approve.ask(who)?
            } else {
                Act::RunCase.ask(who)?
            };
            if let Some(request) = new.request {
                let asked = self.asked(state, request)?;
                if asked.space != case {
                    return Err(ServiceError::NotFound("request"));
                }
                self.not_decided(state, case, request)?;
            }
            let said = OralRecorded {
                by: who.person,
                role,
                ground: new.ground.clone(),
                act: new.act.clone(),
                category: new.category,
                addressee: new.addressee.clone(),
                authority: new.authority.clone(),
                power: new.power.clone(),
                request: new.request,
            };
            self.append(state, batch, case, ControlEntry::from(said))
        })
        .await
    }

    /// Confirms an oral authority of this organisation in writing. Late completes the record, and carries nothing new.
    pub async fn confirm_oral(
        &self,
        who: &SignedIn,
        case: SpaceId,
        new: &OralConfirmation,
    ) -> Result<EntryRef> {
        self.steer(who, Act::Oral, case, "oral.confirmed", |state, batch, _| {
            let space = self.case_for(state, who, case)?;
            let known = space.control.orals().get(&new.oral);
            let known = known.ok_or(ServiceError::NotFound("oral authority"))?;
            if known.confirmed.is_some() {
                return Err(ServiceError::Conflict("it has been confirmed".into()));
            }
            let on_case = space
                .control
                .roles_of(&self.config.org, who.person, self.now_ms());
            let role = [Role::CaseOfficer, Role::Approver]
                .into_iter()
                .find(|role| who.roles.contains(role) && on_case.contains(role))
                .ok_or_else(|| ServiceError::denied("this is written by somebody named on the case"))?;
            let said = OralConfirmed {
                by: who.person,
                role,
                oral: new.oral,
                reference: new.reference.clone(),
                authority: new.authority.clone(),
                instrument: new.instrument,
            };
            self.append(state, batch, case, ControlEntry::from(said))
        })
        .await
    }

    /// The request that an oral authority of an organisation carries: the first that rests on it.
    pub(crate) fn first_on(
        &self,
        state: &State,
        space: &Space,
        oral: EntryRef,
        org: &OrgName,
    ) -> Option<EntryRef> {
        let said = said_of(state, space, |kind| kind == EntryKind::RequestMade);
        resting_on(&said, oral, org).into_iter().next()
    }

    /// Whether an oral authority stands in for an instrument: the asker's own for its one request and for the answer
    /// to that, or this organisation's for its answer to one request.
    pub(crate) fn oral_carries(
        &self,
        state: &State,
        space: &Space,
        (addressee, to): (&OrgName, &OrgName),
        covers: Category,
        entry: &ContentEntry,
        circumstances: &Circumstances,
    ) -> bool {
        let now = self.now_ms();
        let orals = space.control.orals();
        let stands = |at: EntryRef, org: &OrgName| {
            orals.get(&at).is_some_and(|oral| oral.org == *org)
                && space.control.oral_standing(at, addressee, covers, now).carries()
        };
        if let ContentBody::RequestMade(made) = &entry.body {
            let Some(oral) = made.oral else { return false };
            // The very note, or one that is about to be the first.
            let is_this = |at: EntryRef| match state.entry(at) {
                Some((_, _, Body::Content(found))) => std::ptr::eq(&raw const **found, entry),
                _ => false,
            };
            return stands(oral, &self.config.org)
                && self
                    .first_on(state, space, oral, &self.config.org)
                    .is_none_or(is_this);
        }
        let Some(request) = circumstances.request else {
            return false;
        };
        let asker = circumstances
            .oral
            .is_some_and(|oral| stands(oral, to) && self.first_on(state, space, oral, to) == Some(request));
        let mut own = orals
            .iter()
            .filter(|(_, oral)| oral.says.request == Some(request));
        asker || own.any(|(at, _)| stands(*at, &self.config.org))
    }
}
