//! Who may do what on this node: one table, asked by every use case.

use accord_model::Role;

use crate::error::{Denial, Result, ServiceError};
use crate::people::SignedIn;

/// What people do. Every use case begins by asking for one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Make, close and list accounts; ask for roles.
    ManagePeople,
    /// Confirm a role that an operator asked for.
    ConfirmRole,
    /// Confirm that an account's password or second factor is reset, as an operator asked.
    ConfirmReset,
    /// Invite, accept and confirm peers; see the node's health.
    ManagePeers,
    /// Add log sources and import logs.
    ImportLogs,
    /// Propose, sign, refuse, terminate agreements; name approvers.
    SignAgreements,
    /// Read agreements: everyone of a party may know what binds them.
    ReadAgreements,
    /// Open a case, stage it, add parties, record instruments.
    RunCase,
    /// Name own people on a case.
    NameMembers,
    /// Ask a partner.
    Ask,
    /// Look in this organisation's own logs.
    HuntOwn,
    /// Say how long this organisation's own logs are kept, and destroy one.
    KeepLogs,
    /// Hold logs, and lift such a hold.
    HoldLogs,
    /// See how long logs are kept, what is held, what was destroyed.
    SeeLogKeeping,
    /// Record an authority given by word of mouth, and confirm it in writing.
    Oral,
    /// Say, for the pool of experts, whether a partner's question is taken.
    TakeExpertise,
    /// Write notes, reports and decisions on a case.
    Write,
    /// Watch threats before there is a case.
    Watch,
    /// Refer leads to partners, and answer theirs.
    Lead,
    /// See leads, given and received.
    SeeLeads,
    /// Decide what partners ask of this organisation, and releases above the ceiling.
    Approve,
    /// Give a party of a case older notes that it has not got.
    GiveOlder,
    /// Receive an exhibit.
    Receive,
    /// Keep the list of this organisation's own infrastructure.
    KeepInfrastructure,
    /// Read control notes and the access log.
    Audit,
    /// Open and close audiences, load lists of values that many use.
    ManageProtection,
    /// Add feeds, pull, pause and change them, decide what looks wrong.
    KeepFeeds,
    /// Let a feed block, as the second person.
    BlockByFeed,
    /// See who is served and how much was seen.
    SeeProtection,
    /// Look a value up among the indicators of one's cases.
    LookUp,
    /// Share on a case what was seen of its indicators.
    ShareSightings,
    /// Speak with businesses in trouble, and deal with victims under their pseudonym.
    Converse,
    /// Keep who a victim is.
    KeepIdentity,
    /// Ask to look at who a victim is.
    AskGrant,
    /// Give a hand to such a look, or end it.
    GiveGrant,
    /// Read and make the disclosure schedule.
    Schedule,
    /// Grant or end a secondment, as home's approver or the host's case officer.
    Second,
    /// Call back what this organisation shared.
    Recall,
    /// Say what was done about a partner's recall.
    Receipt,
    /// Place and lift holds.
    Hold,
    /// Search what one may see.
    Search,
    /// Make files of intelligence for other programs.
    Export,
    /// Ask for accounts of organisations that come by TAXII.
    ManageTaxii,
    /// Confirm such an account.
    ConfirmTaxii,
    /// See and close such accounts.
    CloseTaxii,
}

impl Act {
    /// What somebody seconded to this organisation may do, within the categories that both sides named.
    pub const SECONDED: &'static [Self] = &[
        Self::Write,
        Self::Ask,
        Self::TakeExpertise,
        Self::LookUp,
        Self::Search,
    ];

    /// Every act.
    pub const ALL: &'static [Self] = &[
        Self::ManagePeople,
        Self::ConfirmRole,
        Self::ConfirmReset,
        Self::ManagePeers,
        Self::ImportLogs,
        Self::SignAgreements,
        Self::ReadAgreements,
        Self::RunCase,
        Self::NameMembers,
        Self::Ask,
        Self::HuntOwn,
        Self::KeepLogs,
        Self::HoldLogs,
        Self::SeeLogKeeping,
        Self::Oral,
        Self::TakeExpertise,
        Self::Write,
        Self::Watch,
        Self::Lead,
        Self::SeeLeads,
        Self::Approve,
        Self::GiveOlder,
        Self::Receive,
        Self::KeepInfrastructure,
        Self::Audit,
        Self::ManageProtection,
        Self::KeepFeeds,
        Self::BlockByFeed,
        Self::SeeProtection,
        Self::LookUp,
        Self::ShareSightings,
        Self::Converse,
        Self::KeepIdentity,
        Self::AskGrant,
        Self::GiveGrant,
        Self::Schedule,
        Self::Second,
        Self::Recall,
        Self::Receipt,
        Self::Hold,
        Self::Search,
        Self::Export,
        Self::ManageTaxii,
        Self::ConfirmTaxii,
        Self::CloseTaxii,
    ];

    /// The roles that may, and the rule in words.
    pub const fn rule(self) -> (&'static [Role], &'static str) {
        use Role as R;
        match self {
            Self::ManagePeople => (&[R::Operator], "accounts are kept by the operator"),
            Self::ConfirmRole => (
                &[R::Signatory],
                "a role asked for by an operator is confirmed by a signatory",
            ),
            Self::ConfirmReset => (
                &[R::Signatory],
                "a reset asked for by an operator is confirmed by a signatory",
            ),
            Self::ManagePeers => (&[R::Operator], "peers are kept by the operator"),
            Self::ImportLogs => (&[R::Operator], "logs are brought in by the operator"),
            Self::SignAgreements => (&[R::Signatory], "agreements are made by a signatory"),
            Self::ReadAgreements => (
                &[
                    R::Signatory,
                    R::Operator,
                    R::CaseOfficer,
                    R::Investigator,
                    R::Researcher,
                    R::Approver,
                    R::Custodian,
                    R::DisclosureOfficer,
                    R::Auditor,
                ],
                "agreements are read by people with an account and a role",
            ),
            Self::RunCase => (&[R::CaseOfficer], "a case is run by a case officer"),
            Self::NameMembers => (
                &[R::Approver],
                "an organisation's people are named on a case by its approver",
            ),
            Self::Ask => (
                &[R::CaseOfficer, R::Investigator],
                "partners are asked by an investigator or case officer",
            ),
            Self::HuntOwn => (
                &[R::Researcher, R::Investigator, R::CaseOfficer, R::Approver],
                "an organisation's own logs are looked through by its researchers, investigators, case officers and approvers",
            ),
            Self::KeepLogs => (
                &[R::Approver],
                "how long logs are kept, and that one is destroyed, is decided by the approver",
            ),
            Self::HoldLogs => (
                &[R::Approver, R::DisclosureOfficer],
                "logs are held by the approver or the disclosure officer",
            ),
            Self::SeeLogKeeping => (
                &[R::Approver, R::DisclosureOfficer, R::Operator, R::Auditor],
                "how logs are kept is read by approver, disclosure officer, operator and auditor",
            ),
            Self::Oral => (
                &[R::CaseOfficer, R::Approver],
                "an oral authority is recorded by a case officer, or by the approver who answers on it",
            ),
            Self::TakeExpertise => (
                &[R::Researcher, R::Investigator],
                "a question to experts is taken by a researcher or investigator named on the case",
            ),
            Self::Write => (
                &[
                    R::CaseOfficer,
                    R::Investigator,
                    R::Researcher,
                    R::Approver,
                    R::Custodian,
                    R::DisclosureOfficer,
                ],
                "notes are written by people named on the case, each kind by the roles that write it",
            ),
            Self::Watch => (
                &[R::Researcher, R::Investigator, R::CaseOfficer],
                "threats are watched by researchers, investigators and case officers",
            ),
            Self::Lead => (
                &[R::Researcher, R::Investigator, R::CaseOfficer],
                "leads are referred and answered by researchers, investigators and case officers",
            ),
            Self::SeeLeads => (
                &[
                    R::Researcher,
                    R::Investigator,
                    R::CaseOfficer,
                    R::Approver,
                    R::DisclosureOfficer,
                ],
                "leads are seen by researchers, investigators, case officers, approvers and disclosure officers",
            ),
            Self::Approve => (
                &[R::Approver],
                "requests to this organisation are decided by its approver",
            ),
            Self::GiveOlder => (
                &[R::CaseOfficer, R::Approver],
                "older notes are given to a party by a case officer or approver",
            ),
            Self::Receive => (
                &[R::CaseOfficer, R::Investigator],
                "exhibits are received by an investigator or case officer",
            ),
            Self::KeepInfrastructure => (
                &[R::Approver, R::Operator],
                "the list of one's own infrastructure is kept by the operator and the approver",
            ),
            Self::Audit => (&[R::Auditor], "the access log is read by the auditor"),
            Self::ManageProtection => (
                &[R::Operator],
                "audiences and allow lists are kept by the operator",
            ),
            Self::KeepFeeds => (
                &[R::Researcher, R::CaseOfficer],
                "feeds are kept by researchers and case officers",
            ),
            Self::BlockByFeed => (
                &[R::CaseOfficer, R::Approver, R::Researcher],
                "that a feed blocks is decided by a second person: a case officer, approver or researcher",
            ),
            Self::SeeProtection => (
                &[
                    R::Operator,
                    R::CaseOfficer,
                    R::Investigator,
                    R::Researcher,
                    R::Approver,
                ],
                "what is served and seen is read by the operator and by people who work on cases",
            ),
            Self::LookUp => (
                &[R::CaseOfficer, R::Investigator, R::Researcher, R::Approver],
                "values are looked up by people who work on cases",
            ),
            Self::ShareSightings => (
                &[R::Researcher, R::Investigator, R::CaseOfficer, R::ServiceAccount],
                "sightings are shared by a researcher, investigator or case officer, or by a service account",
            ),
            Self::Converse => (
                &[R::Investigator, R::Custodian, R::CaseOfficer],
                "businesses in trouble are spoken with by investigators, custodians and case officers",
            ),
            Self::KeepIdentity => (&[R::Custodian], "who a victim is, is kept by a custodian"),
            Self::AskGrant => (
                &[R::Investigator, R::CaseOfficer, R::Custodian],
                "a look at who a victim is, is asked for by who deals with the victim",
            ),
            Self::GiveGrant => (
                &[R::Custodian, R::CaseOfficer],
                "a look at who a victim is, is given by a custodian and a case officer together",
            ),
            Self::Schedule => (
                &[R::DisclosureOfficer, R::CaseOfficer, R::Investigator],
                "the disclosure schedule is made by the disclosure officer, and read by who works on the case",
            ),
            Self::Second => (
                &[R::Approver, R::CaseOfficer],
                "a person is seconded by the approver of their organisation and a case officer of the host",
            ),
            Self::Recall => (
                &[R::Approver, R::DisclosureOfficer],
                "what was shared is recalled by the approver or disclosure officer who answers for it",
            ),
            Self::Receipt => (
                &[R::Approver, R::DisclosureOfficer],
                "a recall is answered by the approver of the recipient",
            ),
            Self::Hold => (
                &[R::DisclosureOfficer],
                "a hold is placed and lifted by a disclosure officer",
            ),
            Self::Search => (
                &[
                    R::CaseOfficer,
                    R::Investigator,
                    R::Researcher,
                    R::Approver,
                    R::Custodian,
                    R::DisclosureOfficer,
                ],
                "cases are searched by people who work on them",
            ),
            Self::Export => (
                &[R::CaseOfficer, R::Investigator, R::Researcher, R::Approver],
                "files of intelligence are made by people who work on cases",
            ),
            Self::ManageTaxii => (&[R::Operator], "accounts for TAXII are asked for by the operator"),
            Self::ConfirmTaxii => (
                &[R::Signatory],
                "an account for TAXII that an operator asked for is confirmed by a signatory",
            ),
            Self::CloseTaxii => (
                &[R::Operator, R::Signatory],
                "accounts for TAXII are seen and closed by the operator and the signatory",
            ),
        }
    }

    /// The role under which a person does this: the first of the rule's that they hold. Otherwise the refusal.
    pub fn ask(self, who: &SignedIn) -> Result<Role> {
        // Somebody seconded from another organisation reads, asks and writes within their secondment, and nothing else.
        if who.home.is_some() && !Self::SECONDED.contains(&self) {
            return Err(ServiceError::denied("a seconded person decides nothing here"));
        }
        let (roles, rule) = self.rule();
        roles
            .iter()
            .copied()
            .find(|role| who.roles.contains(role))
            .ok_or_else(|| {
                ServiceError::Denied(Box::new(Denial {
                    rule: rule.to_owned(),
                    clause: None,
                    who: roles.first().copied(),
                }))
            })
    }
}
