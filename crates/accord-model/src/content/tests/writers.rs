//! Who writes which kind, over the whole table: what is not in it, nobody writes.

use crate::content::{NotAWriter, ON_AGREEMENT, may_write, may_write_on_agreement};
use crate::control::role_is_of;
use crate::{Class, EntryKind as K, OrgKind, Role as R};

/// The table of `docs/spec/entries.md`.
const TABLE: &[(&[K], &[R])] = &[
    (
        &[
            K::IndicatorPublished,
            K::IndicatorWithdrawn,
            K::LeadReferred,
            K::ReportPublished,
            K::FileAttached,
            K::FeedbackGiven,
            K::LinkCleared,
            K::RequestMade,
            K::RequestWithdrawn,
            K::TargetProposed,
            K::TargetDropped,
        ],
        &[R::Researcher, R::Investigator, R::CaseOfficer],
    ),
    (
        &[K::SightingCounted, K::LinkSeen],
        &[R::Researcher, R::Investigator, R::CaseOfficer, R::ServiceAccount],
    ),
    (
        &[
            K::VerdictDetect,
            K::VerdictBlock,
            K::PlanWritten,
            K::OutcomeRecorded,
            K::CaseDescribed,
        ],
        &[R::CaseOfficer],
    ),
    (&[K::RequestNarrowed, K::ActionExecuted], &[R::Approver]),
    (
        &[
            K::RequestRefused,
            K::RequestAnswered,
            K::EvidenceDelivered,
            K::SubscriberAnswered,
        ],
        &[R::Approver, R::Guest],
    ),
    (
        &[K::SubjectRecorded, K::SubjectStatus, K::CustodyNoted],
        &[R::Investigator, R::CaseOfficer],
    ),
    (
        &[K::TaskSet, K::TaskDone, K::DecisionLogged],
        &[
            R::CaseOfficer,
            R::Investigator,
            R::Researcher,
            R::Approver,
            R::Custodian,
            R::DisclosureOfficer,
        ],
    ),
    (
        &[K::TargetChecked, K::ActionVerified],
        &[R::Researcher, R::Investigator, R::CaseOfficer, R::Approver],
    ),
    (
        &[K::VictimRecorded, K::VictimMessage, K::RemediationNoted],
        &[R::Investigator, R::Custodian],
    ),
    (&[K::VictimIdentity], &[R::Custodian]),
    (
        &[K::GrantAsked, K::GrantUsed],
        &[R::Investigator, R::CaseOfficer, R::Custodian],
    ),
    (&[K::GrantGiven, K::GrantEnded], &[R::Custodian, R::CaseOfficer]),
    (&[K::DisclosureItem], &[R::DisclosureOfficer]),
    (&[K::PersonNamed], &[R::Approver, R::Signatory, R::CaseOfficer]),
];

#[test]
fn the_whole_table_says_yes_and_everything_else_no() {
    for kind in K::ALL {
        let rows: Vec<_> = TABLE.iter().filter(|(kinds, _)| kinds.contains(kind)).collect();
        let expected = usize::from(kind.class() == Class::Content);
        assert_eq!(rows.len(), expected, "{kind} stands once if it is content");
        for role in R::ALL {
            for org in OrgKind::ALL {
                let given = may_write(*kind, *role, *org);
                let in_row = rows.iter().any(|(_, roles)| roles.contains(role));
                if !role_is_of(*role, *org) {
                    let expected = Err(NotAWriter::RoleNotOfKind {
                        role: *role,
                        kind: *org,
                    });
                    assert_eq!(given, expected, "{kind} {role} {org}");
                } else if in_row {
                    assert_eq!(given, Ok(()), "{kind} {role} {org}");
                } else {
                    let expected = Err(NotAWriter::NotThisRole {
                        role: *role,
                        entry: *kind,
                    });
                    assert_eq!(given, expected, "{kind} {role} {org}");
                }
            }
        }
    }
}

#[test]
fn before_a_case_only_leads_their_values_and_feedback_are_written() {
    for kind in K::ALL {
        for role in R::ALL {
            for org in OrgKind::ALL {
                let given = may_write_on_agreement(*kind, *role, *org);
                if ON_AGREEMENT.contains(kind) {
                    assert_eq!(given, may_write(*kind, *role, *org), "{kind} {role} {org}");
                } else {
                    assert_eq!(given, Err(NotAWriter::NotBeforeACase(*kind)), "{kind}");
                }
            }
        }
    }
    assert!(may_write_on_agreement(K::LeadReferred, R::Researcher, OrgKind::Vendor).is_ok());
    assert!(may_write_on_agreement(K::LeadReferred, R::Approver, OrgKind::Vendor).is_err());
}
