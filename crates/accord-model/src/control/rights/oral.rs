//! Who may record an oral authority, and confirm it.

use super::Judged;
use crate::Role;
use crate::control::slots::View;
use crate::control::{ControlEntry, Noted, OralConfirmed, OralRecorded, Reason, THREAT_TO_LIFE};

/// Who acts on an oral authority: who asks under it, and who lets something go under it.
const ACTORS: &[Role] = &[Role::CaseOfficer, Role::Approver];

impl View<'_, '_> {
    /// A case officer, against a party of the agreement; or an approver, binding their own organisation. Only
    /// for a threat to life.
    pub(super) fn oral_recorded(&self, noted: &Noted, body: &OralRecorded) -> Judged {
        let actor = self.member_acts(noted, ACTORS)?;
        if body.ground != THREAT_TO_LIFE {
            return Err(Reason::NoGround(body.ground.clone()));
        }
        if self.agreement_kind(&body.addressee).is_none() {
            return Err(Reason::NotAgreementParty(body.addressee.clone()));
        }
        if actor.role == Role::Approver && body.addressee != noted.author {
            return Err(Reason::NotTheirs(body.addressee.clone()));
        }
        match body.request {
            Some(request) => self.approval_any(noted_as_approver(noted, actor.role)?, request),
            None => Ok(()),
        }
    }

    /// The organisation that recorded it.
    pub(super) fn oral_confirmed(&self, noted: &Noted, body: &OralConfirmed) -> Judged {
        self.member_acts(noted, ACTORS)?;
        let recorded = self.entry(body.oral).ok_or(Reason::UnknownEntry(body.oral))?;
        if !matches!(recorded.entry, ControlEntry::OralRecorded(_)) {
            return Err(Reason::UnknownEntry(body.oral));
        }
        if recorded.author != noted.author {
            return Err(Reason::OnlyOwner(recorded.author.clone()));
        }
        match body.instrument {
            Some(at) if self.recorded(at).is_none() => Err(Reason::UnknownEntry(at)),
            _ => Ok(()),
        }
    }
}

/// Only an approver lets a request go.
fn noted_as_approver(noted: &Noted, role: Role) -> Result<&Noted, Reason> {
    match role {
        Role::Approver => Ok(noted),
        other => Err(Reason::WrongRole(other)),
    }
}
