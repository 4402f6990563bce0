//! Which roles write which kind of content (`docs/spec/entries.md`, "Content entries").

use super::ContentEntry;
use crate::control::{self, role_is_of};
use crate::{EntryKind, EntryRef, OrgKind, OrgName, PersonId, Role};

/// Why somebody does not write a kind of content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAWriter {
    /// The role is not of such an organisation.
    #[error("the role {role} is not of an organisation of kind {kind}")]
    RoleNotOfKind {
        /// The role.
        role: Role,
        /// The organisation's kind.
        kind: OrgKind,
    },
    /// The role does not write this kind.
    #[error("the role {role} does not write {entry}")]
    NotThisRole {
        /// The role.
        role: Role,
        /// The kind of entry.
        entry: EntryKind,
    },
    /// It is not written before there is a case.
    #[error("{0} is not written on an agreement's ledger")]
    NotBeforeACase(EntryKind),
    /// Their organisation had not given them that role when they wrote.
    #[error("person {person} of {org} did not have the role {role} at this point")]
    NotNamed {
        /// The author's organisation.
        org: OrgName,
        /// The person.
        person: PersonId,
        /// The role claimed.
        role: Role,
    },
    /// It is outside what they were named or seconded for when they wrote.
    #[error("{entry} is outside the scope of person {person} of {org} at this point")]
    OutOfScope {
        /// The author's organisation.
        org: OrgName,
        /// The person.
        person: PersonId,
        /// The kind of entry.
        entry: EntryKind,
    },
}

/// Whether a content entry that stands at `at`, stamped `at_ms`, in a ledger of `org` was written by somebody who
/// could: a member named by their organisation with the role they claim, or somebody seconded to it, which writes this
/// kind, within the scope they had then. A signatory's role is one of their node, which no other organisation can look
/// into: it is the organisation's own word. So is what it writes down of a guest, who is nobody's member. `order` knows content entries too.
///
/// # Errors
/// Why not.
pub fn written_by_right(
    control: &control::State,
    org: &OrgName,
    kind: OrgKind,
    (at, at_ms): (EntryRef, u64),
    entry: &ContentEntry,
    order: &dyn control::Causality,
) -> Result<(), NotAWriter> {
    may_write(entry.kind(), entry.role, kind)?;
    if matches!(entry.role, Role::Signatory | Role::Guest) {
        return Ok(());
    }
    let sight = control.sight_when(org, entry.by, (at, at_ms), order);
    match sight.filter(|sight| sight.roles.contains(&entry.role)) {
        None => Err(NotAWriter::NotNamed {
            org: org.clone(),
            person: entry.by,
            role: entry.role,
        }),
        Some(sight) if sight.writes(entry.role, entry.kind()) || names_people(&sight, org, entry) => Ok(()),
        Some(_) => Err(NotAWriter::OutOfScope {
            org: org.clone(),
            person: entry.by,
            entry: entry.kind(),
        }),
    }
}

/// Whoever names people on a case says who they are, whatever they see of it.
fn names_people(sight: &control::Sight, org: &OrgName, entry: &ContentEntry) -> bool {
    entry.kind() == EntryKind::PersonNamed && sight.home == *org
}

/// What is written before there is a case, on an agreement's ledger: leads, the values they rest on, and feedback.
pub const ON_AGREEMENT: &[EntryKind] = &[
    EntryKind::LeadReferred,
    EntryKind::IndicatorPublished,
    EntryKind::FeedbackGiven,
];

/// Whether a person in `role` of an organisation of `kind` writes this on an agreement's ledger. Before there is a
/// case nobody is named on one: that they have the role is their organisation's own word, as a signatory's is.
///
/// # Errors
/// Why not.
pub fn may_write_on_agreement(entry: EntryKind, role: Role, kind: OrgKind) -> Result<(), NotAWriter> {
    if ON_AGREEMENT.contains(&entry) {
        may_write(entry, role, kind)
    } else {
        Err(NotAWriter::NotBeforeACase(entry))
    }
}

/// Whether a person in `role` of an organisation of `kind` writes content of this kind. Whether they have
/// the role is the control state's to say, whether it may leave the agreement's.
///
/// # Errors
/// Why not. Kinds that this version does not read are written by nobody.
pub fn may_write(entry: EntryKind, role: Role, kind: OrgKind) -> Result<(), NotAWriter> {
    use EntryKind as K;
    use Role as R;
    if !role_is_of(role, kind) {
        return Err(NotAWriter::RoleNotOfKind { role, kind });
    }
    let writes = match entry {
        // A case officer does what an investigator does.
        K::IndicatorPublished
        | K::IndicatorWithdrawn
        | K::LeadReferred
        | K::ReportPublished
        | K::FileAttached
        | K::FeedbackGiven
        | K::LinkCleared
        | K::TargetProposed
        | K::TargetDropped => {
            matches!(role, R::Researcher | R::Investigator | R::CaseOfficer)
        }
        // The job that counts is a service of the node.
        K::SightingCounted | K::LinkSeen => {
            matches!(
                role,
                R::Researcher | R::Investigator | R::CaseOfficer | R::ServiceAccount
            )
        }
        // The plan is the pen's, and so a case officer's.
        K::VerdictDetect | K::VerdictBlock | K::PlanWritten | K::OutcomeRecorded | K::CaseDescribed => {
            matches!(role, R::CaseOfficer)
        }
        K::SubjectRecorded | K::SubjectStatus | K::CustodyNoted => {
            matches!(role, R::Investigator | R::CaseOfficer)
        }
        // A party without researchers answers for its own infrastructure through its approver.
        K::TargetChecked | K::ActionVerified => {
            matches!(
                role,
                R::Researcher | R::Investigator | R::CaseOfficer | R::Approver
            )
        }
        K::VictimRecorded | K::VictimMessage | K::RemediationNoted => {
            matches!(role, R::Investigator | R::Custodian)
        }
        K::VictimIdentity => matches!(role, R::Custodian),
        // Whoever deals with the victim asks and looks; custodian and case officer decide.
        K::GrantAsked | K::GrantUsed => {
            matches!(role, R::Investigator | R::CaseOfficer | R::Custodian)
        }
        K::GrantGiven | K::GrantEnded => matches!(role, R::Custodian | R::CaseOfficer),
        K::DisclosureItem => matches!(role, R::DisclosureOfficer),
        // FLOWS gives requests to the investigator; vendors ask for information and expertise too.
        K::RequestMade | K::RequestWithdrawn => {
            matches!(role, R::Investigator | R::CaseOfficer | R::Researcher)
        }
        K::RequestNarrowed | K::ActionExecuted => {
            matches!(role, R::Approver)
        }
        // A guest answers through a link, and the node that asked writes it down.
        K::RequestRefused | K::RequestAnswered | K::EvidenceDelivered | K::SubscriberAnswered => {
            matches!(role, R::Approver | R::Guest)
        }
        K::TaskSet | K::TaskDone | K::DecisionLogged => matches!(
            role,
            R::CaseOfficer
                | R::Investigator
                | R::Researcher
                | R::Approver
                | R::Custodian
                | R::DisclosureOfficer
        ),
        // Whoever names people on a case says who they are; opening a case names the case officer who opens it.
        K::PersonNamed => matches!(role, R::Approver | R::Signatory | R::CaseOfficer),
        _ => false,
    };
    if writes {
        Ok(())
    } else {
        Err(NotAWriter::NotThisRole { role, entry })
    }
}
