//! Whom a finer rule refuses though the role may, and what cannot be shown in the world of these tests.

use accord_model::Role;

/// Routes that no try shows, and why. Whoever may is at least not refused there (`matrix`).
pub const NOT_HERE: &[(&str, &str)] = &[
    (
        "POST /api/v1/node/keys/revoke",
        "what the offline key has signed takes the node's own key away: nobody could try anything afterwards",
    ),
    (
        "DELETE /api/v1/requests/{ledger}/{seq}/uploads/{file}",
        "shown between nodes: uploads and custody of the tests that let nodes speak",
    ),
    (
        "GET /api/v1/exhibits/{ledger}/{seq}/custody",
        "shown between nodes: uploads and custody of the tests that let nodes speak",
    ),
    (
        "GET /api/v1/requests/{ledger}/{seq}/uploads",
        "shown between nodes: uploads and custody of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/exhibits/{ledger}/{seq}/hand",
        "shown between nodes: uploads and custody of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/exhibits/{ledger}/{seq}/hand-back",
        "shown between nodes: uploads and custody of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/exhibits/{ledger}/{seq}/outside",
        "shown between nodes: uploads and custody of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/requests/{ledger}/{seq}/uploads",
        "shown between nodes: uploads and custody of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/requests/{ledger}/{seq}/uploads/send",
        "shown between nodes: uploads and custody of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/identities/{ledger}/{seq}/refuse",
        "shown between nodes: identities of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/victims/{ledger}/{seq}/give",
        "shown between nodes: identities of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/leads/{ledger}/{seq}/onward",
        "shown between nodes: leads of the tests that let nodes speak",
    ),
    (
        "GET /api/v1/new/{story}",
        "a story needs weeks of sightings: emerging of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/new/{story}/dismiss",
        "a story needs weeks of sightings: emerging of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/new/{story}/promote",
        "a story needs weeks of sightings: emerging of the tests that let nodes speak",
    ),
    (
        "POST /api/v1/logs/sql",
        "the program that answers is the whole product: sql of the tests of its command line",
    ),
    (
        "POST /api/v1/logs/sql/kept/{question}/ask",
        "the program that answers is the whole product: sql of the tests of its command line",
    ),
];

/// No more than these.
pub const NOT_HERE_MAX: usize = 17;

/// The rule of who writes which kind of note.
const WRITES: &str = "named on the case with a role that writes it";

/// Route, roles, and a part of the rule that refuses them there: they may by their role, but not this. A lead is read by
/// an investigator whom it was handed to. An empty rule: no try is made as this role, for nobody has it at the
/// organisation where it is tried.
pub const REFUSED: &[(&str, &[Role], &str)] = &[
    (
        "DELETE /api/v1/cases/{case}/waiting/{id}",
        &[Role::Approver, Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/seen-together/decide",
        &[Role::Approver, Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/files",
        &[Role::Approver, Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/received/{id}/publish",
        &[Role::Approver, Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/targets",
        &[Role::Approver, Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/waiting",
        &[Role::Approver, Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/waiting/{id}",
        &[Role::Approver, Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/imports/{draft}/preview",
        &[Role::Approver, Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/imports/{draft}/publish",
        &[Role::Approver, Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/plan",
        &[
            Role::Approver,
            Role::Custodian,
            Role::DisclosureOfficer,
            Role::Investigator,
        ],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/plan/looks",
        &[Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/targets/checks",
        &[Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/cases/{case}/targets/own",
        &[Role::Custodian, Role::DisclosureOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/conversations/{conversation}/attach",
        &[Role::CaseOfficer],
        WRITES,
    ),
    (
        "POST /api/v1/conversations/{conversation}/publish",
        &[Role::CaseOfficer],
        WRITES,
    ),
    (
        "GET /api/v1/leads/{ledger}/{seq}",
        &[Role::Investigator],
        "there is no such lead",
    ),
    (
        "GET /api/v1/leads/{ledger}/{seq}/keeping",
        &[Role::Investigator],
        "there is no such lead",
    ),
    (
        "GET /api/v1/leads/{ledger}/{seq}/similar",
        &[Role::Investigator],
        "there is no such lead",
    ),
    (
        "POST /api/v1/leads/{ledger}/{seq}/answer",
        &[Role::Investigator],
        "there is no such lead",
    ),
    (
        "POST /api/v1/leads/{ledger}/{seq}/hand",
        &[Role::Investigator],
        "there is no such lead",
    ),
    (
        "POST /api/v1/leads/{ledger}/{seq}/link",
        &[Role::Investigator],
        "there is no such lead",
    ),
    ("POST /api/v1/cases/{case}/plan", &[Role::Researcher], ""),
    (
        "POST /api/v1/cases/{case}/received/{id}/leave",
        &[Role::Researcher],
        "",
    ),
    (
        "POST /api/v1/cases/{case}/received/{id}/publish",
        &[Role::Researcher],
        "",
    ),
    (
        "POST /api/v1/requests/{ledger}/{seq}/pool",
        &[Role::Investigator],
        "",
    ),
];
