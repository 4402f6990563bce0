//! Who had which role when a content entry was written.

use super::rows_team::{ANALYST, end, grant, seconded};
use super::script::*;
use crate::content::{ContentEntry, NotAWriter, written_by_right};
use crate::control::{MemberAdded, Reach, Scope};
use crate::{Category, EntryRef, OrgKind, Role};

fn report(by: u8, role: Role) -> ContentEntry {
    ContentEntry::from_json(&serde_json::json!({
        "kind": "report.published", "by": person(by).to_string(), "role": role.as_str(),
        "marking": {"tlp": "TLP:AMBER"}, "to": [], "title": "t", "body": {"text": "t"},
    }))
    .unwrap()
}

fn judged(
    script: &Script,
    name: &str,
    kind: OrgKind,
    at: EntryRef,
    by: u8,
    role: Role,
) -> Result<(), NotAWriter> {
    written_by_right(
        &script.fold(),
        &org(name),
        kind,
        (at, script.wall_ms),
        &report(by, role),
        &|a: EntryRef, b: EntryRef| script.before(a, b),
    )
}

#[test]
fn a_member_with_the_role_writes_and_what_comes_later_changes_nothing() {
    let mut script = Script::case();
    let at = script.content("vendor");
    let by = |script: &Script, at| {
        judged(
            script,
            "vendor",
            OrgKind::Vendor,
            at,
            RESEARCHER,
            Role::Researcher,
        )
    };
    assert_eq!(by(&script, at), Ok(()));
    script.write("vendor", takes_off(VENDOR_APPROVER, RESEARCHER));
    let later = script.content("vendor");
    script.write("agency", party_removed("vendor"));
    assert_eq!(by(&script, at), Ok(()), "right when written");
    assert!(matches!(by(&script, later), Err(NotAWriter::NotNamed { .. })));
}

#[test]
fn strangers_other_roles_and_another_organisation_s_people_do_not() {
    let mut script = Script::case();
    let at = script.content("vendor");
    let judged = |by, role| judged(&script, "vendor", OrgKind::Vendor, at, by, role);
    assert!(matches!(
        judged(99, Role::Researcher),
        Err(NotAWriter::NotNamed { .. })
    ));
    // An approver is no researcher, and an approver's word is no report.
    assert!(matches!(
        judged(VENDOR_APPROVER, Role::Researcher),
        Err(NotAWriter::NotNamed { .. })
    ));
    assert!(matches!(
        judged(VENDOR_APPROVER, Role::Approver),
        Err(NotAWriter::NotThisRole { .. })
    ));
    assert!(matches!(
        judged(INVESTIGATOR, Role::Investigator),
        Err(NotAWriter::RoleNotOfKind { .. })
    ));
    assert!(matches!(
        judged(ISP_APPROVER, Role::Researcher),
        Err(NotAWriter::NotNamed { .. })
    ));
}

#[test]
fn before_they_were_named_and_after_their_roles_ended_they_do_not() {
    let mut script = Script::case();
    let before = script.content("isp");
    script.write(
        "isp",
        MemberAdded {
            until_ms: Some(5_000),
            ..names(ISP_APPROVER, 27, &[Role::Researcher])
        },
    );
    let during = script.content("isp");
    let by = |script: &Script, at| judged(script, "isp", OrgKind::Isp, at, 27, Role::Researcher);
    assert!(matches!(by(&script, before), Err(NotAWriter::NotNamed { .. })));
    assert_eq!(by(&script, during), Ok(()));
    script.wall_ms = 5_000;
    assert!(matches!(by(&script, during), Err(NotAWriter::NotNamed { .. })));
}

#[test]
fn another_ledger_of_the_organisation_is_asked_where_its_own_says_nothing() {
    let mut script = Script::case();
    let second = EntryRef {
        ledger: Script::ledger("epoch-two"),
        seq: 5,
    };
    let by = |script: &Script| {
        judged(
            script,
            "vendor",
            OrgKind::Vendor,
            second,
            RESEARCHER,
            Role::Researcher,
        )
    };
    assert_eq!(by(&script), Ok(()));
    script.write("vendor", takes_off(VENDOR_APPROVER, RESEARCHER));
    assert!(by(&script).is_err());
}

/// The analyst of the vendor writes a report in the agency's ledger.
fn guest(script: &Script, at: EntryRef) -> Result<(), NotAWriter> {
    judged(script, "agency", OrgKind::Agency, at, ANALYST, Role::Investigator)
}

#[test]
fn somebody_seconded_writes_for_the_host_from_the_first_day_to_the_last() {
    let mut script = seconded();
    script.wall_ms = 2_000;
    let during = script.content("agency");
    assert_eq!(guest(&script, during), Ok(()));
    let of = |script: &Script, at, ms| {
        let order = |a: EntryRef, b: EntryRef| script.before(a, b);
        let state = script.fold();
        state.sight_when(&org("agency"), person(ANALYST), (at, ms), &order)
    };
    assert_eq!(of(&script, during, 2_000).unwrap().home, org("vendor"));
    assert_eq!(of(&script, during, 1_999), None, "the day before");
    assert_eq!(of(&script, during, 9_000), None, "the day after");
    // What was right when it was written stays right; what the author had seen end is over.
    script.write("vendor", end("vendor"));
    let later = script.content("agency");
    assert_eq!(guest(&script, during), Ok(()));
    assert_eq!(of(&script, during, 2_000).unwrap().home, org("vendor"));
    assert!(matches!(guest(&script, later), Err(NotAWriter::NotNamed { .. })));
    // Both sides' word again, and it begins anew.
    script.write("vendor", grant("vendor", 2_000, 9_000));
    let half = script.content("agency");
    assert!(guest(&script, half).is_err());
    script.write("agency", grant("agency", 2_000, 9_000));
    let anew = script.content("agency");
    assert_eq!(guest(&script, anew), Ok(()));
}

#[test]
fn before_both_sides_and_outside_the_scope_they_do_not() {
    let mut script = Script::case();
    script.wall_ms = 2_000;
    script.write("vendor", grant("vendor", 2_000, 9_000));
    let alone = script.content("agency");
    script.write("agency", grant("agency", 2_000, 9_000));
    assert!(matches!(guest(&script, alone), Err(NotAWriter::NotNamed { .. })));
    let mut narrow = Script::case();
    narrow.wall_ms = 2_000;
    for side in ["vendor", "agency"] {
        let mut given = grant(side, 2_000, 9_000);
        given.scope.categories = vec![Category::Indicator];
        narrow.write(side, given);
    }
    let at = narrow.content("agency");
    assert!(matches!(guest(&narrow, at), Err(NotAWriter::OutOfScope { .. })));
    // Nor for their own organisation in the host's role, nor for a third.
    let at = script.content("second");
    let third = judged(
        &script,
        "second",
        OrgKind::Agency,
        at,
        ANALYST,
        Role::Investigator,
    );
    assert!(matches!(third, Err(NotAWriter::NotNamed { .. })));
}

fn scoped(categories: &[Category]) -> MemberAdded {
    MemberAdded {
        scope: Some(Scope {
            categories: categories.to_vec(),
            text: "what the work needs".to_owned(),
        }),
        ..names(AGENCY_APPROVER, INVESTIGATOR, &[Role::Investigator])
    }
}

#[test]
fn a_member_writes_within_their_scope() {
    let mut script = Script::case();
    let whole = script.content("agency");
    script.write("agency", scoped(&[Category::Indicator, Category::Task]));
    let narrow = script.content("agency");
    script.write("agency", scoped(&[Category::Analysis]));
    let again = script.content("agency");
    let by = |at| {
        judged(
            &script,
            "agency",
            OrgKind::Agency,
            at,
            INVESTIGATOR,
            Role::Investigator,
        )
    };
    assert_eq!(by(whole), Ok(()), "right when written");
    assert!(matches!(by(narrow), Err(NotAWriter::OutOfScope { .. })));
    assert_eq!(by(again), Ok(()));
    let state = script.fold();
    let sight = state.sight(&org("agency"), person(INVESTIGATOR), 1_000).unwrap();
    assert_eq!(sight.reach, Reach::Only([Category::Analysis].into()));
    assert!(sight.reads(Category::Analysis) && !sight.reads(Category::Indicator));
}

#[test]
fn of_two_scopes_what_both_hold() {
    let mut script = Script::case();
    script.write("agency", scoped(&[Category::Indicator, Category::Task]));
    super::conflicts::second_epoch(
        &mut script,
        "agency",
        scoped(&[Category::Task, Category::Analysis]).into(),
    );
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    let sight = state.sight(&org("agency"), person(INVESTIGATOR), 1_000).unwrap();
    assert_eq!(sight.reach, Reach::Only([Category::Task].into()));
    // Beside a word without a scope the scope stands.
    let mut script = Script::case();
    script.write("agency", scoped(&[Category::Task]));
    let whole = names(AGENCY_APPROVER, INVESTIGATOR, &[Role::Investigator]);
    super::conflicts::second_epoch(&mut script, "agency", whole.into());
    let sight = script
        .fold()
        .sight(&org("agency"), person(INVESTIGATOR), 1_000)
        .unwrap();
    assert_eq!(sight.reach, Reach::Only([Category::Task].into()));
}
