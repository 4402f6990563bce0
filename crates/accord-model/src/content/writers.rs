//! Which roles write which kind of content (`docs/spec/entries.md`, "Content entries").

use crate::control::role_is_of;
use crate::{EntryKind, OrgKind, Role};

/// Why somebody does not write a kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
        K::IndicatorPublished | K::ReportPublished | K::FeedbackGiven => {
            matches!(role, R::Researcher | R::Investigator | R::CaseOfficer)
        }
        // FLOWS gives requests to the investigator; vendors ask for information and expertise too.
        K::RequestMade | K::RequestWithdrawn => {
            matches!(role, R::Investigator | R::CaseOfficer | R::Researcher)
        }
        K::RequestNarrowed | K::RequestRefused | K::RequestAnswered | K::EvidenceDelivered => {
            matches!(role, R::Approver)
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
        // Whoever names people on a case says who they are.
        K::PersonNamed => matches!(role, R::Approver | R::Signatory),
        _ => false,
    };
    if writes {
        Ok(())
    } else {
        Err(NotAWriter::NotThisRole { role, entry })
    }
}
