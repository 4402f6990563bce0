//! The templates against the flow table, word for word: every category, direction and marking.

use super::*;
use accord_model::agreement::Answer;

/// Category, then the columns I, V, H: agency to partner / partner to agency.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("indicator", "yes/yes", "yes/yes", "yes/yes"),
    ("sighting", "yes/yes", "yes/yes", "yes/yes"),
    ("verdict", "no/no", "yes/no", "yes/no"),
    ("analysis", "yes/yes", "yes/yes", "yes/yes"),
    ("request", "yes/yes", "yes/yes", "yes/yes"),
    ("log-evidence", "no/no", "ask/ask", "no/ask"),
    ("subscriber-data", "no/no", "no/no", "no/ask"),
    ("subject-data", "no/no", "ask/ask", "no/no"),
    ("task", "no/no", "yes/yes", "yes/yes"),
    ("decision", "no/no", "yes/yes", "yes/yes"),
    ("target", "no/no", "yes/yes", "yes/yes"),
    ("receipt", "no/no", "yes/yes", "yes/yes"),
    ("victim-report", "no/no", "ask/yes", "ask/yes"),
    ("victim-identity", "no/no", "no/ask", "no/ask"),
    ("grant", "no/no", "no/no", "no/no"),
    ("disclosure", "no/no", "no/no", "no/no"),
    ("outcome", "no/no", "yes/no", "yes/no"),
    ("person-name", "no/no", "yes/yes", "yes/yes"),
];

fn expected(word: &str, tlp: Tlp) -> Answer {
    let ask = Answer::Ask {
        who: Role::Approver,
        four_eyes: false,
    };
    match (word, tlp) {
        ("no", _) => Answer::No,
        ("ask", _) | ("yes", Tlp::Red) => ask,
        ("yes", _) => Answer::Yes,
        (word, _) => panic!("{word}"),
    }
}

fn check(template: Template, column: impl Fn(&(&str, &str, &str, &str)) -> String, partners: &[&str]) {
    let agreement = agreement(template);
    let matrix = agreement.matrix();
    assert_eq!(TABLE.len(), Category::ALL.len());
    let mut cells = 0;
    for row in TABLE {
        let category: Category = row.0.parse().unwrap();
        let column = column(row);
        let (out, back) = column.split_once('/').unwrap();
        let between = if back == "no" { "no" } else { "ask" };
        for tlp in Tlp::ALL {
            let mut flow = |from: &str, to: &str, word: &str| {
                let want = expected(word, *tlp);
                let got = agreement.decide(&question(from, to, category, *tlp));
                assert_eq!(
                    got.answer, want,
                    "{template}: {from} to {to}, {category}, {tlp}: {got:?}"
                );
                assert_eq!(got.obligations.is_some(), want != Answer::No);
                let cell = &matrix.get(&org(from), &org(to), category, *tlp).unwrap().cell;
                assert_eq!(
                    (cell.answer, &cell.clause),
                    (want, &got.clause),
                    "{from} to {to}, {category}"
                );
                cells += 1;
            };
            for partner in partners {
                flow(AGENCY, partner, out);
                flow(partner, AGENCY, back);
                for other in partners.iter().filter(|other| *other != partner) {
                    flow(partner, other, between);
                }
            }
        }
    }
    assert_eq!(cells, matrix.flows.len(), "every flow is in the table");
}

#[test]
fn intelligence_only_is_column_i() {
    check(Template::IntelligenceOnly, |row| row.1.to_owned(), &[ISP, VENDOR]);
}

#[test]
fn agency_with_vendor_is_column_v() {
    check(
        Template::AgencyVendor,
        |row| row.2.to_owned(),
        &[VENDOR, "vendor-two.example"],
    );
}

#[test]
fn agency_with_isp_or_hosting_provider_is_column_h() {
    check(Template::AgencyIsp, |row| row.3.to_owned(), &[ISP, HOSTING]);
}

#[test]
fn a_multi_party_operation_takes_each_pairs_column() {
    let agreement = agreement(Template::MultiParty);
    let matrix = agreement.matrix();
    let vendors = [VENDOR, "vendor-two.example"];
    let partners = [VENDOR, "vendor-two.example", ISP, HOSTING];
    let parties: Vec<&str> = partners.into_iter().chain([AGENCY]).collect();
    let mut cells = 0;
    for row in TABLE {
        let category: Category = row.0.parse().unwrap();
        let of = |party: &str| {
            let column = if vendors.contains(&party) { row.2 } else { row.3 };
            column.split_once('/').unwrap()
        };
        for tlp in Tlp::ALL {
            for from in &parties {
                for to in parties.iter().filter(|to| *to != from) {
                    // Between partners: what each of the two may give the agency.
                    let word = match (*from, *to) {
                        (AGENCY, to) => of(to).0,
                        (from, AGENCY) => of(from).1,
                        (from, to) if of(from).1 == "no" || of(to).1 == "no" => "no",
                        _ => "ask",
                    };
                    let cell = &matrix.get(&org(from), &org(to), category, *tlp).unwrap().cell;
                    let want = expected(word, *tlp);
                    assert_eq!(cell.answer, want, "{from} to {to}, {category}, {tlp}");
                    let got = agreement.decide(&question(from, to, category, *tlp));
                    assert_eq!((got.answer, &got.clause), (want, &cell.clause), "{from} to {to}");
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, matrix.flows.len(), "every flow is in the table");
}

#[test]
fn in_a_multi_party_operation_targets_of_providers_are_their_own_and_hunts_need_an_instrument() {
    let agreement = agreement(Template::MultiParty);
    for category in [Category::Target, Category::Receipt] {
        for (from, to, concerns, flows) in [
            (AGENCY, ISP, ISP, true),
            (AGENCY, ISP, HOSTING, false),
            (ISP, AGENCY, ISP, true),
            (ISP, AGENCY, HOSTING, false),
            (ISP, VENDOR, ISP, true),
            (VENDOR, ISP, ISP, true),
            (VENDOR, ISP, VENDOR, false),
            (AGENCY, VENDOR, ISP, true),
            (VENDOR, AGENCY, ISP, true),
        ] {
            let mut question = question(from, to, category, Tlp::Amber);
            question.concerns = [org(concerns)].into();
            let decision = agreement.decide(&question);
            assert_eq!(
                decision.answer != Answer::No,
                flows,
                "{from} to {to}, of {concerns}"
            );
            assert!(flows || decision.clause.as_str() == "8.3");
        }
    }
    let mut hunt = question(AGENCY, HOSTING, Category::Request, Tlp::Amber);
    hunt.request = Some(RequestKind::Hunt);
    hunt.instrument = InstrumentStanding::None;
    assert_eq!(agreement.decide(&hunt).clause.as_str(), "8.2");
    for (from, clause) in [(ISP, "8.1"), (VENDOR, "3.2")] {
        let mut evidence = question(from, AGENCY, Category::LogEvidence, Tlp::Amber);
        evidence.instrument = InstrumentStanding::None;
        evidence.approvals = [approval(Role::Approver, 1, from)].into();
        assert_eq!(agreement.decide(&evidence).clause.as_str(), clause);
    }
}

#[test]
fn ask_becomes_yes_with_the_approvers_yes_and_no_stays_no() {
    for template in Template::ALL {
        let agreement = agreement(*template);
        for flow in agreement.matrix().flows.clone() {
            let mut question = question(flow.from.as_str(), flow.to.as_str(), flow.category, flow.tlp);
            question.approvals = [approval(Role::Approver, 1, flow.from.as_str())].into();
            let want = match flow.cell.answer {
                Answer::No => Answer::No,
                Answer::Yes | Answer::Ask { .. } => Answer::Yes,
            };
            assert_eq!(agreement.decide(&question).answer, want, "{flow:?}");
        }
    }
}

#[test]
fn only_information_and_expertise_are_asked_for_under_intelligence_only() {
    let agreement = agreement(Template::IntelligenceOnly);
    for kind in RequestKind::ALL {
        let mut question = question(AGENCY, ISP, Category::Request, Tlp::Green);
        question.request = Some(*kind);
        let want = match kind {
            RequestKind::Information | RequestKind::Expertise => Answer::Yes,
            _ => Answer::No,
        };
        assert_eq!(agreement.decide(&question).answer, want, "{kind}");
    }
    let mut unsaid = question(AGENCY, ISP, Category::Request, Tlp::Green);
    unsaid.request = None;
    assert_eq!(agreement.decide(&unsaid).answer, Answer::No);
    assert!(!agreement.allows_cases());
    assert!(super::agreement(Template::AgencyIsp).allows_cases());
}

#[test]
fn evidence_and_subscriber_data_need_an_instrument_in_force() {
    let agreement = agreement(Template::AgencyIsp);
    for category in [Category::LogEvidence, Category::SubscriberData] {
        for instrument in [InstrumentStanding::None, InstrumentStanding::Expired] {
            for partner in [ISP, HOSTING] {
                let mut question = question(partner, AGENCY, category, Tlp::Amber);
                question.instrument = instrument;
                question.approvals = [approval(Role::Approver, 1, partner)].into();
                let decision = agreement.decide(&question);
                assert_eq!(decision.answer, Answer::No);
                assert_eq!(decision.clause.as_str(), "8.1");
            }
        }
    }
}

#[test]
fn a_hunt_is_asked_under_an_instrument_and_taken_back_also_without() {
    let agreement = agreement(Template::AgencyIsp);
    let mut hunt = question(AGENCY, ISP, Category::Request, Tlp::Amber);
    hunt.request = Some(RequestKind::Hunt);
    hunt.entry = Some("request.made".parse().unwrap());
    assert_eq!(agreement.decide(&hunt).answer, Answer::Yes);
    hunt.instrument = InstrumentStanding::Expired;
    assert_eq!(agreement.decide(&hunt).clause.as_str(), "8.2");
    hunt.entry = Some("request.withdrawn".parse().unwrap());
    assert_eq!(agreement.decide(&hunt).answer, Answer::Yes);
    // The partner's refusal because of it can be sent.
    let mut refusal = question(ISP, AGENCY, Category::Request, Tlp::Amber);
    refusal.request = Some(RequestKind::Hunt);
    refusal.entry = Some("request.refused".parse().unwrap());
    refusal.instrument = InstrumentStanding::Expired;
    assert_eq!(agreement.decide(&refusal).answer, Answer::Yes);
}

#[test]
fn targets_are_own_targets_and_people_own_people() {
    let agreement = agreement(Template::AgencyIsp);
    for category in [Category::Target, Category::Receipt] {
        for (from, to) in [(AGENCY, ISP), (ISP, AGENCY), (ISP, HOSTING)] {
            for (concerns, flows) in [(vec![], false), (vec![HOSTING], false), (vec![ISP], true)] {
                let mut question = question(from, to, category, Tlp::Amber);
                question.concerns = concerns.iter().map(|name| org(name)).collect();
                let decision = agreement.decide(&question);
                assert_eq!(
                    decision.answer != Answer::No,
                    flows,
                    "{from} to {to}, of {concerns:?}"
                );
                if !flows {
                    assert_eq!(decision.clause.as_str(), "8.3");
                }
            }
        }
    }
    let mut name = question(AGENCY, ISP, Category::PersonName, Tlp::Amber);
    name.concerns = [org(ISP)].into();
    assert_eq!(agreement.decide(&name).clause.as_str(), "8.4");
    name.concerns = [org(AGENCY)].into();
    assert_eq!(agreement.decide(&name).answer, Answer::Yes);
}

#[test]
fn a_template_refuses_parties_it_has_no_clause_for() {
    let wrong: &[(Template, &[(&str, OrgKind)])] = &[
        (
            Template::AgencyIsp,
            &[(AGENCY, OrgKind::Agency), (VENDOR, OrgKind::Vendor)],
        ),
        (
            Template::AgencyVendor,
            &[(AGENCY, OrgKind::Agency), (ISP, OrgKind::Isp)],
        ),
        (
            Template::AgencyIsp,
            &[(HOSTING, OrgKind::HostingProvider), (ISP, OrgKind::Isp)],
        ),
        (
            Template::IntelligenceOnly,
            &[(AGENCY, OrgKind::Agency), ("other.example", OrgKind::Agency)],
        ),
        (Template::AgencyIsp, &[(AGENCY, OrgKind::Agency)]),
        (
            Template::MultiParty,
            &[(AGENCY, OrgKind::Agency), ("shop.example", OrgKind::Business)],
        ),
        (
            Template::AgencyIsp,
            &[
                (AGENCY, OrgKind::Agency),
                (ISP, OrgKind::Isp),
                (ISP, OrgKind::Isp),
            ],
        ),
    ];
    for (template, parties) in wrong {
        assert!(
            render(*template, &filling(parties)).is_err(),
            "{template} {parties:?}"
        );
    }
}
