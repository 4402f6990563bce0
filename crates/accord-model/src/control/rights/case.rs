//! Who may open and stage a case, pass its pen, and say who is on it.

use super::{Judged, role_is_givable};
use crate::control::slots::View;
use crate::control::{
    CaseOpened, CaseStage, Holder, MemberAdded, MemberRemoved, Noted, Opening, PartyAdded, PartyRemoved,
    PenPassed, PenTaken, Reason, Stage,
};
use crate::{OrgKind, PersonId, Role};

impl<'n> View<'_, 'n> {
    /// An agency's case officer, under an agreement that every party signed and cases run under. The role is
    /// the agency's own word: nobody can have been named on a case that is not open.
    pub(super) fn case_opened(&self, noted: &Noted, body: &CaseOpened) -> Judged {
        if self.opening() != Opening::NotOpened {
            return Err(Reason::OpenedBefore);
        }
        if body.role != Role::CaseOfficer {
            return Err(Reason::WrongRole(body.role));
        }
        let digest = body.agreement;
        let kind = self.agreement_party(digest, &noted.author)?;
        if kind != OrgKind::Agency {
            return Err(Reason::WrongOrgKind(kind));
        }
        let facts = self
            .facts
            .agreements
            .get(&digest)
            .ok_or(Reason::UnknownAgreement(digest))?;
        if let Some(missing) = facts.parties.keys().find(|org| !facts.signed.contains(*org)) {
            return Err(Reason::NotAllSigned {
                digest,
                missing: missing.clone(),
            });
        }
        if facts.opens_cases {
            Ok(())
        } else {
            Err(Reason::NoCases(digest))
        }
    }

    /// The case officer who holds the pen.
    fn pen_holder_acts(&self, noted: &Noted) -> Judged {
        let actor = self.member_acts(noted, &[Role::CaseOfficer])?;
        let author = Holder {
            org: noted.author.clone(),
            person: actor.person,
        };
        if self.pen() == Some(author) {
            Ok(())
        } else {
            Err(Reason::NotPenHolder)
        }
    }

    /// A step that the stages allow, by who holds the pen. Answers the stage on the line.
    pub(super) fn case_stage(&self, noted: &Noted, body: &CaseStage) -> Result<Stage, Reason> {
        self.pen_holder_acts(noted)?;
        let now = self.stage().ok_or(Reason::NotOpened)?;
        let (from, to) = (now.stage, body.to);
        let step = from.step(to, now.left).ok_or(Reason::NoSuchStep { from, to })?;
        if step.needs_reason() && body.reason.is_none() {
            return Err(Reason::StepNeedsReason { from, to });
        }
        Ok(if to.is_aside() { now.left } else { to })
    }

    /// The holder, to a case officer who is there.
    pub(super) fn pen_passed(&self, noted: &Noted, body: &PenPassed) -> Judged {
        self.pen_holder_acts(noted)?;
        if self.party(&body.to_org).is_none() {
            return Err(Reason::NotCaseParty(body.to_org.clone()));
        }
        if self.has_role(&body.to_org, body.to, Role::CaseOfficer, noted.wall_ms) {
            return Ok(());
        }
        Err(Reason::NoSuchRole {
            org: body.to_org.clone(),
            person: body.to,
            role: Role::CaseOfficer,
        })
    }

    /// The one it was offered to, while the offer is open.
    pub(super) fn pen_taken(&self, noted: &Noted, body: &PenTaken) -> Judged {
        let actor = self.member_acts(noted, &[Role::CaseOfficer])?;
        let (_, offer) = self.open_offer(body.passed).ok_or(Reason::PenNotOffered)?;
        if offer.to_org == noted.author && offer.to == actor.person {
            Ok(())
        } else {
            Err(Reason::PenNotOffered)
        }
    }

    /// A party of the agreement, signed, by a case officer on the case.
    pub(super) fn party_added(&self, noted: &Noted, body: &PartyAdded) -> Judged {
        self.member_acts(noted, &[Role::CaseOfficer])?;
        let facts = self.case_agreement().ok_or(Reason::NotOpened)?;
        if facts.parties.contains_key(&body.org) && facts.signed.contains(&body.org) {
            Ok(())
        } else {
            Err(Reason::NotAgreementParty(body.org.clone()))
        }
    }

    /// Who is there, by a case officer on the case; who opened the case stays.
    pub(super) fn party_removed(&self, noted: &Noted, body: &PartyRemoved) -> Judged {
        self.member_acts(noted, &[Role::CaseOfficer])?;
        if matches!(self.opening(), Opening::Opened(opened) if opened.org == body.org) {
            return Err(Reason::OpenerStays(body.org.clone()));
        }
        self.party(&body.org)
            .map(|_| ())
            .ok_or_else(|| Reason::NotCaseParty(body.org.clone()))
    }

    /// Own people only, by an approver or, for approvers, a signatory.
    pub(super) fn member_added(&self, noted: &Noted, body: &MemberAdded) -> Judged {
        let kind = self.author_party(noted)?;
        match body.role {
            Role::Approver if self.names_themself_first(noted, body) => {}
            Role::Approver => {
                self.member_acts(noted, &[Role::Approver])?;
            }
            Role::Signatory if body.roles == [Role::Approver] => {}
            other => return Err(Reason::WrongRole(other)),
        }
        if let Some(role) = body
            .roles
            .iter()
            .copied()
            .find(|role| !role_is_givable(*role, kind))
        {
            return Err(Reason::RoleNotGivable { role, kind });
        }
        if body.until_ms.is_some_and(|until| until <= noted.wall_ms) {
            return Err(Reason::EndsInPast);
        }
        self.own_person(noted, body.person)
    }

    /// An organisation's first approver in a space names themself. That they are one is the organisation's
    /// own word: the node has checked it, and nobody else can.
    fn names_themself_first(&self, noted: &Noted, body: &MemberAdded) -> bool {
        let has_approver = || {
            let named = self.members(&noted.author);
            let mut members = named.values();
            members.any(|member| member.roles_at(noted.wall_ms).contains(&Role::Approver))
        };
        let acts = self.has_role(&noted.author, body.by, Role::Approver, noted.wall_ms);
        body.person == body.by && body.roles.contains(&Role::Approver) && !acts && !has_approver()
    }

    /// Own people only, by an approver or a signatory.
    pub(super) fn member_removed(&self, noted: &Noted, body: &MemberRemoved) -> Judged {
        self.author_party(noted)?;
        match body.role {
            Role::Approver => {
                self.member_acts(noted, &[Role::Approver])?;
            }
            Role::Signatory => {}
            other => return Err(Reason::WrongRole(other)),
        }
        if self.member(&noted.author, body.person).is_some() {
            return Ok(());
        }
        self.own_person(noted, body.person)?;
        Err(Reason::NotMember(body.person))
    }

    pub(super) fn own_person(&self, noted: &Noted, person: PersonId) -> Judged {
        match self.named_by_another(&noted.author, person) {
            Some(org) => Err(Reason::AnothersPeople { person, org }),
            None => Ok(()),
        }
    }
}
