//! Which roles belong to which kinds of organisation, and who may write which control entry.

use crate::{OrgKind, Role};

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
