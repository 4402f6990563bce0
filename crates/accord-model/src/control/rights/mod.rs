//! Which roles belong to which kinds of organisation, and who may write which control entry.
//!
//! Every check asks a [`View`] of the entry's causal past, so that the answer can never change later.

mod case;
mod exchange;
mod go;
mod keeping;
mod oral;
mod secondment;

use super::slots::View;
use super::{
    Actor, AgreementProposed, AgreementSigned, ControlEntry, LedgerOpened, Noted, Reason, SpaceKind, Stage,
};
use crate::{AgreementDigest, OrgKind, OrgName, Role};

/// Whether a person of an organisation of this kind can have the role. Case roles of an agency are not of a
/// partner, and the other way round.
pub const fn role_is_of(role: Role, kind: OrgKind) -> bool {
    match role {
        Role::CaseOfficer | Role::Investigator | Role::DisclosureOfficer => matches!(kind, OrgKind::Agency),
        Role::Researcher => {
            matches!(
                kind,
                OrgKind::Vendor | OrgKind::Isp | OrgKind::HostingProvider | OrgKind::Cert
            )
        }
        Role::Operator
        | Role::Signatory
        | Role::Approver
        | Role::Custodian
        | Role::Auditor
        | Role::Guest
        | Role::ServiceAccount => true,
    }
}

/// Whether the role can be given to a person in a space. The roles of a node (operator, signatory) and those
/// without a person of the team (guest, service account) cannot.
pub const fn role_is_givable(role: Role, kind: OrgKind) -> bool {
    match role {
        Role::Operator | Role::Signatory | Role::Guest | Role::ServiceAccount => false,
        _ => role_is_of(role, kind),
    }
}

/// What was found out about an entry that counts.
pub(super) enum Finding<'n> {
    /// Nothing more.
    Plain,
    /// The stage on the line that a stage stands on or left.
    Left(Stage),
    /// The handing that a receipt answers.
    Answers(&'n Noted),
}

/// Shorthand of every check.
type Judged = Result<(), Reason>;

impl<'n> View<'_, 'n> {
    /// Whether an entry counts, judged by what happened before it and nothing else. `self` is the view of
    /// that entry.
    pub(super) fn judge(&self, noted: &Noted) -> Result<Finding<'n>, Reason> {
        use ControlEntry as E;
        noted
            .entry
            .check()
            .map_err(|error| Reason::Form(error.to_string()))?;
        if let Some(size) = self.facts.trusted_sizes.get(&noted.at.ledger)
            && noted.at.seq >= *size
        {
            return Err(Reason::KeyRevoked(*size));
        }
        if let E::LedgerOpened(body) = &noted.entry {
            return self.ledger_opened(noted, body).map(|()| Finding::Plain);
        }
        if self.owner(noted.at.ledger) != Some(&noted.author) {
            return Err(Reason::LedgerNotOpened(noted.author.clone()));
        }
        self.has_place(&noted.entry)?;
        match &noted.entry {
            E::CaseStage(body) => return self.case_stage(noted, body).map(Finding::Left),
            E::CustodyReceived(body) => return self.custody_received(noted, body),
            E::LedgerOpened(_) => Err(Reason::NotFirst),
            E::KeyCertified(_) | E::KeyRevoked(_) => key_word(noted),
            E::AgreementProposed(body) => self.agreement_proposed(noted, body),
            E::AgreementSigned(body) => self.agreement_signed(noted, body),
            E::AgreementRefused(body) => self.on_agreement(noted, body.digest),
            E::AgreementTerminated(body) => self.on_agreement(noted, body.digest),
            E::CaseOpened(body) => self.case_opened(noted, body),
            E::PenPassed(body) => self.pen_passed(noted, body),
            E::PenTaken(body) => self.pen_taken(noted, body),
            E::PartyAdded(body) => self.party_added(noted, body),
            E::PartyRemoved(body) => self.party_removed(noted, body),
            E::MemberAdded(body) => self.member_added(noted, body),
            E::MemberRemoved(body) => self.member_removed(noted, body),
            E::InstrumentRecorded(body) => self.instrument_recorded(noted, body),
            E::InstrumentEnded(body) => self.instrument_ended(noted, body),
            E::ApprovalGiven(body) => self.approval_yes(noted, body.request, &body.preview),
            E::ApprovalNarrowed(body) => self.approval_yes(noted, body.request, &body.preview),
            E::ApprovalRefused(body) => self.approval_any(noted, body.request),
            E::ApprovalWithdrawn(body) => self.approval_withdrawn(noted, body.request),
            E::CustodyHanded(body) => self.custody_handed(noted, body),
            E::SecondmentGranted(body) => self.secondment_granted(noted, body),
            E::SecondmentEnded(body) => self.secondment_ended(noted, body),
            E::OralRecorded(body) => self.oral_recorded(noted, body),
            E::OralConfirmed(body) => self.oral_confirmed(noted, body),
            E::RecallOrdered(body) => self.recall_ordered(noted, body),
            E::RecallReceipted(body) => self.recall_receipted(noted, body),
            E::HoldPlaced(body) => self.hold_placed(noted, body),
            E::HoldLifted(body) => self.hold_lifted(noted, body),
            E::RetentionDestroyed(body) => self.retention_destroyed(noted, body),
            E::GoGiven(body) => self.go_given(noted, body),
            E::GoRefused(body) => self.go_refused(noted, body),
            E::GoWithdrawn(body) => self.go_withdrawn(noted, body),
        }
        .map(|()| Finding::Plain)
    }

    /// Agreements live in their own space, cases in theirs; people, keys, approvals, and what is called back,
    /// kept or destroyed in both: leads and reports stand in an agreement's space too.
    fn has_place(&self, entry: &ControlEntry) -> Judged {
        use ControlEntry as E;
        let home = match entry {
            E::AgreementProposed(_)
            | E::AgreementSigned(_)
            | E::AgreementRefused(_)
            | E::AgreementTerminated(_) => SpaceKind::Agreement,
            E::LedgerOpened(_) | E::KeyCertified(_) | E::KeyRevoked(_) => return Ok(()),
            E::MemberAdded(_) | E::MemberRemoved(_) => return Ok(()),
            E::ApprovalGiven(_)
            | E::ApprovalNarrowed(_)
            | E::ApprovalRefused(_)
            | E::ApprovalWithdrawn(_)
            | E::RecallOrdered(_)
            | E::RecallReceipted(_)
            | E::HoldPlaced(_)
            | E::HoldLifted(_)
            | E::RetentionDestroyed(_) => {
                return Ok(());
            }
            _ => SpaceKind::Case,
        };
        if home == self.facts.space_kind {
            Ok(())
        } else {
            Err(Reason::NotHere)
        }
    }

    /// The kind of the author, who must be a party of the space.
    fn author_party(&self, noted: &Noted) -> Result<OrgKind, Reason> {
        if self.facts.space_kind == SpaceKind::Case {
            self.case_agreement().ok_or(Reason::NotOpened)?;
        }
        self.party(&noted.author)
            .ok_or_else(|| Reason::NotCaseParty(noted.author.clone()))
    }

    /// A person of a party acts in one of these roles, which their organisation gave them.
    fn member_acts(&self, noted: &Noted, roles: &[Role]) -> Result<Actor, Reason> {
        let kind = self.author_party(noted)?;
        let actor = noted.entry.actor().ok_or(Reason::NoPerson)?;
        if !roles.contains(&actor.role) {
            return Err(Reason::WrongRole(actor.role));
        }
        if !role_is_of(actor.role, kind) {
            return Err(Reason::WrongOrgKind(kind));
        }
        if !self.has_role(&noted.author, actor.person, actor.role, noted.wall_ms) {
            return Err(Reason::NoSuchRole {
                org: noted.author.clone(),
                person: actor.person,
                role: actor.role,
            });
        }
        Ok(actor)
    }

    fn ledger_opened(&self, noted: &Noted, body: &LedgerOpened) -> Judged {
        if noted.at.seq != 0 {
            return Err(Reason::NotFirst);
        }
        if body.space != self.facts.space || body.space_kind != self.facts.space_kind {
            return Err(Reason::OtherSpace);
        }
        if body.org != noted.author {
            return Err(Reason::OtherOrganisation {
                named: body.org.clone(),
                author: noted.author.clone(),
            });
        }
        match (body.space_kind, body.agreement) {
            (SpaceKind::Agreement, _) => Ok(()),
            (SpaceKind::Case, Some(digest)) => self.agreement_party(digest, &noted.author).map(|_| ()),
            (SpaceKind::Case, None) => Err(Reason::OtherSpace),
        }
    }

    /// The kind of a party of an agreement, by the agreement's own file.
    fn agreement_party(&self, digest: AgreementDigest, org: &OrgName) -> Result<OrgKind, Reason> {
        let facts = self
            .facts
            .agreements
            .get(&digest)
            .ok_or(Reason::UnknownAgreement(digest))?;
        facts
            .parties
            .get(org)
            .copied()
            .ok_or_else(|| Reason::NotAgreementParty(org.clone()))
    }

    fn agreement_proposed(&self, noted: &Noted, body: &AgreementProposed) -> Judged {
        signatory(noted)?;
        self.agreement_party(body.digest, &noted.author)?;
        self.not_terminated(body.digest)
    }

    fn agreement_signed(&self, noted: &Noted, body: &AgreementSigned) -> Judged {
        self.on_agreement(noted, body.digest)?;
        if self.facts.verified_signatures.contains(&noted.at) {
            Ok(())
        } else {
            Err(Reason::BadSignature)
        }
    }

    /// Signing, refusing and terminating: a signatory of a party, exactly the proposed bytes, before any end.
    fn on_agreement(&self, noted: &Noted, digest: AgreementDigest) -> Judged {
        signatory(noted)?;
        if !self.proposed(digest) {
            return Err(Reason::NotProposed(digest));
        }
        self.agreement_party(digest, &noted.author)?;
        self.not_terminated(digest)
    }

    fn not_terminated(&self, digest: AgreementDigest) -> Judged {
        if self.terminated(digest) {
            Err(Reason::Terminated(digest))
        } else {
            Ok(())
        }
    }
}

/// Signatories act for their node: no other organisation can look behind that, so their own one's word holds.
fn signatory(noted: &Noted) -> Judged {
    match noted.entry.actor() {
        Some(Actor {
            role: Role::Signatory,
            ..
        }) => Ok(()),
        Some(actor) => Err(Reason::WrongRole(actor.role)),
        None => Err(Reason::NoPerson),
    }
}

fn key_word(noted: &Noted) -> Judged {
    match noted.entry.actor() {
        None
        | Some(Actor {
            role: Role::Operator, ..
        }) => Ok(()),
        Some(actor) => Err(Reason::WrongRole(actor.role)),
    }
}
