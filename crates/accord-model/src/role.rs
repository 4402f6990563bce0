//! Roles: what a person may do on one node. `FLOWS` in `docs/spec/roles.md` is the table.

use crate::words::words;

words! {
    /// A role of a person. An unknown one may do nothing.
    pub enum Role as "role" {
        /// Runs the node, its peers, keys, backups and accounts; reads no case.
        Operator = "operator",
        /// Signs, amends and terminates agreements; names the approvers; sees no case.
        Signatory = "signatory",
        /// Opens and stages cases, holds the pen, records instruments (agency).
        CaseOfficer = "case-officer",
        /// Asks, writes, proposes (agency, on a case).
        Investigator = "investigator",
        /// Refers, reports, publishes indicators (vendor, isp, hosting provider, cert; on a case).
        Researcher = "researcher",
        /// Decides requests to their organisation and releases above the ceiling; never their own asks.
        Approver = "approver",
        /// Keeps identities and sealed exhibits; second hand in a grant.
        Custodian = "custodian",
        /// Holds, schedule, retention, recall (agency, on a case).
        DisclosureOfficer = "disclosure-officer",
        /// Reads control entries and the access log, never content.
        Auditor = "auditor",
        /// One request, by its link; no node.
        Guest = "guest",
        /// A program with one scope.
        ServiceAccount = "service-account",
    }
}

impl Role {
    /// Whether a person who has this role on a case reads what is written there. Auditors read control notes only;
    /// operators and signatories see no case (FLOWS, roles).
    pub const fn reads_content(self) -> bool {
        match self {
            Self::CaseOfficer
            | Self::Investigator
            | Self::Researcher
            | Self::Approver
            | Self::Custodian
            | Self::DisclosureOfficer => true,
            Self::Operator | Self::Signatory | Self::Auditor | Self::Guest | Self::ServiceAccount => false,
        }
    }
}
