//! Who had which role when a content entry was written.

use super::script::*;
use crate::Role;
use crate::content::{ContentEntry, NotAWriter, written_by_right};
use crate::{EntryRef, OrgKind};

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
        crate::control::MemberAdded {
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
