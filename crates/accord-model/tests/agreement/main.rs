//! The agreement, through its public API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "clippy exempts only the test functions themselves, not the functions they share"
)]

mod answers;
mod flow_table;
mod limits;
mod properties;
mod strict;
mod words;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use accord_model::agreement::templates::{Filling, Template, default_purposes, render};
use accord_model::agreement::{Agreement, Approval, InstrumentStanding, Party, Question, RequestKind, Term};
use accord_model::{Category, Marking, OrgKind, OrgName, PersonId, Role, Tlp};

/// 2026-01-01T00:00:00Z.
pub(crate) const FROM_MS: u64 = 1_767_225_600_000;
/// 2028-01-01T00:00:00Z.
pub(crate) const UNTIL_MS: u64 = 1_830_297_600_000;
/// Some day within the term.
pub(crate) const NOW_MS: u64 = FROM_MS + 86_400_000;

pub(crate) fn org(name: &str) -> OrgName {
    name.parse().unwrap()
}

pub(crate) fn party(name: &str, kind: OrgKind) -> Party {
    Party {
        name: org(name),
        kind,
        identity: format!("{name}/identity+0a1b2c3d+AbCd+/{}=", name.len()),
        contact: format!("duty officer, duty@{name}"),
        gateway: "Example Act 2024, section 7".to_owned(),
    }
}

pub(crate) fn filling(parties: &[(&str, OrgKind)]) -> Filling {
    Filling {
        title: "Operation Heather: sharing for disruption".to_owned(),
        reference: "MoU 2026/17".to_owned(),
        term: Term {
            from_ms: FROM_MS,
            until_ms: UNTIL_MS,
        },
        parties: parties.iter().map(|(name, kind)| party(name, *kind)).collect(),
        purposes: default_purposes(),
        prose: None,
        amends: None,
    }
}

pub(crate) const AGENCY: &str = "agency.example";
pub(crate) const ISP: &str = "isp.example";
pub(crate) const HOSTING: &str = "hosting.example";
pub(crate) const VENDOR: &str = "vendor.example";

pub(crate) fn parts(template: Template) -> (String, String) {
    let partners: &[(&str, OrgKind)] = match template {
        Template::IntelligenceOnly => &[
            (AGENCY, OrgKind::Agency),
            (ISP, OrgKind::Isp),
            (VENDOR, OrgKind::Vendor),
        ],
        Template::AgencyVendor => &[
            (AGENCY, OrgKind::Agency),
            (VENDOR, OrgKind::Vendor),
            ("vendor-two.example", OrgKind::Vendor),
        ],
        Template::AgencyIsp => &[
            (AGENCY, OrgKind::Agency),
            (ISP, OrgKind::Isp),
            (HOSTING, OrgKind::HostingProvider),
        ],
        Template::MultiParty => &[
            (AGENCY, OrgKind::Agency),
            (VENDOR, OrgKind::Vendor),
            ("vendor-two.example", OrgKind::Vendor),
            (ISP, OrgKind::Isp),
            (HOSTING, OrgKind::HostingProvider),
        ],
    };
    render(template, &filling(partners)).unwrap()
}

/// The agreement of a template, read once for all tests.
pub(crate) fn agreement(template: Template) -> Agreement {
    static READ: [OnceLock<Agreement>; 4] = [const { OnceLock::new() }; 4];
    let read = READ[template as usize].get_or_init(|| {
        let (toml, cedar) = parts(template);
        Agreement::from_parts(&toml, &cedar).unwrap()
    });
    read.clone()
}

/// A two-party agreement (agency and ISP) with these clauses.
pub(crate) fn with_clauses(cedar: &str) -> Result<Agreement, Vec<accord_model::agreement::Diagnostic>> {
    let (toml, _) = render(
        Template::AgencyIsp,
        &filling(&[(AGENCY, OrgKind::Agency), (ISP, OrgKind::Isp)]),
    )
    .unwrap();
    Agreement::from_parts(&toml, cedar)
}

/// The most favourable question about a flow: own matter, instrument in force, a request for information.
pub(crate) fn question(from: &str, to: &str, category: Category, tlp: Tlp) -> Question {
    let mut question = Question::new(org(from), org(to), category, Marking::tlp(tlp), NOW_MS);
    question.concerns = BTreeSet::from([org(from), org(to)]);
    question.instrument = InstrumentStanding::InForce;
    if category == Category::Request {
        question.request = Some(RequestKind::Information);
    }
    question
}

pub(crate) fn approval(role: Role, person: u8, of: &str) -> Approval {
    Approval {
        role,
        by: PersonId([person; 16]),
        of: org(of),
    }
}
