//! Explanations and differences as people read them.

use super::*;
use accord_model::agreement::{Answer, Condition, diff};

#[test]
fn an_agreement_explained() {
    let (toml, cedar) = render(
        Template::AgencyIsp,
        &filling(&[(AGENCY, OrgKind::Agency), (ISP, OrgKind::Isp)]),
    )
    .unwrap();
    let agreement = Agreement::from_parts(&toml, &cedar).unwrap();
    let explanation = agreement.explain();
    insta::assert_snapshot!("explain_agency_isp", explanation.to_string());
    let ceilings: Vec<_> = explanation
        .clauses
        .iter()
        .filter_map(|clause| clause.ceiling)
        .collect();
    assert_eq!(ceilings, [Tlp::AmberStrict; 3]);
    let json = serde_json::to_value(&explanation.matrix.flows[0]).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "from": AGENCY, "to": ISP, "category": "indicator", "tlp": "TLP:CLEAR",
            "answer": "yes", "clause": "2.1", "conditions": []
        })
    );
}

#[test]
fn conditions_stand_beside_the_answer() {
    let cell = |template, from: &str, to: &str, category| {
        agreement(template)
            .matrix()
            .get(&org(from), &org(to), category, Tlp::Amber)
            .unwrap()
            .cell
            .clone()
    };
    let evidence = cell(Template::AgencyIsp, ISP, AGENCY, Category::LogEvidence);
    assert_eq!(evidence.conditions, [Condition::InstrumentInForce]);
    let target = cell(Template::AgencyIsp, AGENCY, ISP, Category::Target);
    assert_eq!(
        (target.answer, target.conditions),
        (Answer::Yes, vec![Condition::OwnOnly])
    );
    let request = cell(Template::IntelligenceOnly, AGENCY, ISP, Category::Request);
    let kinds = vec![RequestKind::Information, RequestKind::Expertise];
    assert_eq!(request.conditions, [Condition::Requests(kinds)]);
    assert_eq!(
        cell(Template::AgencyVendor, AGENCY, VENDOR, Category::Target).conditions,
        []
    );
}

#[test]
fn a_clause_that_names_a_party_speaks_of_that_party_only() {
    let (toml, cedar) = render(
        Template::AgencyIsp,
        &filling(&[
            (AGENCY, OrgKind::Agency),
            (ISP, OrgKind::Isp),
            ("other-isp.example", OrgKind::Isp),
        ]),
    )
    .unwrap();
    let named = format!(
        "{cedar}\n@clause(\"10\") @text(\"isp.example gives no analysis.\")\n\
         forbid (principal == Organisation::\"isp.example\", action == Action::\"release\", resource)\n\
         when {{ resource.category == Category::\"analysis\" }};"
    );
    let agreement = Agreement::from_parts(&toml, &named).unwrap();
    let matrix = agreement.matrix();
    let answer = |from: &str| {
        let flow = matrix
            .get(&org(from), &org(AGENCY), Category::Analysis, Tlp::Green)
            .unwrap();
        (flow.cell.answer, flow.cell.clause.to_string())
    };
    assert_eq!(answer(ISP), (Answer::No, "10".to_owned()));
    assert_eq!(answer("other-isp.example"), (Answer::Yes, "2.1".to_owned()));
}

#[test]
fn an_amendment_shows_the_cells_it_changes() {
    let (toml, cedar) = parts(Template::AgencyIsp);
    let earlier = Agreement::from_parts(&toml, &cedar).unwrap();
    assert_eq!(diff(&earlier, &earlier).to_string(), "no difference\n");
    let amended = format!(
        "amends = \"{}\"\n{}",
        earlier.digest(),
        toml.replace("default_days = 365", "default_days = 180")
    );
    let rules = format!(
        "{}\n@clause(\"8.5\") @text(\"Nothing red about victims.\")\n\
         forbid (principal, action == Action::\"release\", resource)\n\
         when {{ resource.category == Category::\"victim-report\" && resource.tlp > 3 }};\n",
        cedar.replace(
            "Category::\"verdict\", Category::\"outcome\"",
            "Category::\"outcome\""
        )
    );
    let later = Agreement::from_parts(&amended, &rules).unwrap();
    assert_eq!(later.terms().amends, Some(earlier.digest()));
    let difference = diff(&earlier, &later);
    // verdict: 5 markings to two partners; victim reports: 1 marking in each direction with two partners and
    // between them.
    assert_eq!(difference.flows.len(), 5 * 2 + 2 * 3);
    insta::assert_snapshot!(
        "diff_agency_isp",
        difference
            .to_string()
            .replace(&earlier.digest().to_string(), "DIGEST")
    );
}

#[test]
fn a_party_more_adds_its_flows() {
    let make = |parties: &[(&str, OrgKind)]| {
        let (toml, cedar) = render(Template::AgencyIsp, &filling(parties)).unwrap();
        Agreement::from_parts(&toml, &cedar).unwrap()
    };
    let two = make(&[(AGENCY, OrgKind::Agency), (ISP, OrgKind::Isp)]);
    let three = make(&[
        (AGENCY, OrgKind::Agency),
        (ISP, OrgKind::Isp),
        (HOSTING, OrgKind::HostingProvider),
    ]);
    let difference = diff(&two, &three);
    assert!(difference.clauses.is_empty());
    assert!(
        difference
            .terms
            .iter()
            .any(|change| change.subject == "party hosting.example" && change.before.is_none())
    );
    assert!(difference.flows.iter().all(|change| change.before.is_none()));
    assert!(
        difference
            .flows
            .iter()
            .all(|change| change.from == org(HOSTING) || change.to == org(HOSTING))
    );
    assert!(!difference.flows.is_empty());
}
