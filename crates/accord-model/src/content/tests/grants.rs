//! Two people let one look; nobody else does.

use super::folds::Story;
use crate::content::grants::{GrantStanding, grants};
use crate::content::*;
use crate::{EntryRef, PersonId, Role};

const ASKER: u8 = 1;
const CUSTODIAN: u8 = 2;
const OFFICER: u8 = 3;

/// An agency that keeps an identity, and somebody who asks to look.
fn asked() -> (Story, EntryRef) {
    let mut story = Story::default();
    let identity = story.says(
        "vendor",
        9,
        Role::Custodian,
        VictimIdentity {
            victim: Story::entry(7),
            custodian: Story::org("agency"),
            scheme: "x25519".to_owned(),
            key: "k".to_owned(),
            ciphertext: "YWJj".to_owned(),
            given: None,
        },
    );
    let asked = story.says(
        "agency",
        ASKER,
        Role::Investigator,
        GrantAsked {
            identity,
            reason: "to warn them".to_owned(),
        },
    );
    (story, asked)
}

fn given(asked: EntryRef, until_ms: u64) -> GrantGiven {
    GrantGiven {
        asked,
        until_ms,
        reason: None,
    }
}

fn standing(story: &Story, asked: EntryRef, now_ms: u64) -> GrantStanding {
    let said = story.said();
    grants(&said, &story.before())[&asked].standing(now_ms)
}

#[test]
fn a_custodian_and_a_case_officer_neither_of_them_the_asker() {
    let waiting = |custodian, case_officer| GrantStanding::Waiting {
        custodian,
        case_officer,
    };
    let (mut story, asked) = asked();
    assert_eq!(standing(&story, asked, 10), waiting(true, true));
    story.says("agency", CUSTODIAN, Role::Custodian, given(asked, 500));
    assert_eq!(standing(&story, asked, 10), waiting(false, true), "one hand");
    let mut wrong = story.clone();
    wrong.says("agency", CUSTODIAN, Role::CaseOfficer, given(asked, 500));
    assert_eq!(
        standing(&wrong, asked, 10),
        waiting(false, true),
        "one person in two roles"
    );
    wrong.says("agency", ASKER, Role::CaseOfficer, given(asked, 500));
    assert_eq!(standing(&wrong, asked, 10), waiting(false, true), "the asker");
    wrong.says("agency", 4, Role::Investigator, given(asked, 500));
    assert_eq!(standing(&wrong, asked, 10), waiting(false, true), "another role");
    wrong.says("agency", 4, Role::Custodian, given(asked, 500));
    wrong.says("second", OFFICER, Role::CaseOfficer, given(asked, 500));
    // A second custodian makes the first person's other role a hand of its own.
    assert_eq!(
        standing(&wrong, asked, 10),
        GrantStanding::Stands { until_ms: 500 }
    );
    let mut elsewhere = story.clone();
    elsewhere.says("second", OFFICER, Role::CaseOfficer, given(asked, 500));
    assert_eq!(
        standing(&elsewhere, asked, 10),
        waiting(false, true),
        "of another agency"
    );
    let mut unseen = story.clone();
    unseen.says_elsewhere("agency", OFFICER, Role::CaseOfficer, given(asked, 500));
    assert_eq!(
        standing(&unseen, asked, 10),
        waiting(false, true),
        "given before it was asked"
    );

    story.says("agency", OFFICER, Role::CaseOfficer, given(asked, 300));
    assert_eq!(
        standing(&story, asked, 10),
        GrantStanding::Stands { until_ms: 300 },
        "earliest end"
    );
    assert_eq!(
        standing(&story, asked, 299),
        GrantStanding::Stands { until_ms: 300 }
    );
    assert_eq!(standing(&story, asked, 300), GrantStanding::Expired);
    let ended = story.says(
        "agency",
        CUSTODIAN,
        Role::Custodian,
        GrantEnded {
            asked,
            reason: "done".to_owned(),
        },
    );
    assert_eq!(standing(&story, asked, 10), GrantStanding::Ended(ended));
}

#[test]
fn an_identity_that_is_unknown_or_kept_elsewhere_is_not_asked_for() {
    let (mut story, _) = asked();
    for (who, identity) in [("agency", Story::entry(99)), ("vendor", Story::entry(0))] {
        let identity = if who == "vendor" { story.at(0) } else { identity };
        let asking = story.says(
            who,
            ASKER,
            Role::Investigator,
            GrantAsked {
                identity,
                reason: "curious".to_owned(),
            },
        );
        assert!(
            !grants(&story.said(), &story.before()).contains_key(&asking),
            "{who}"
        );
    }
}

#[test]
fn every_look_is_kept_and_a_look_that_nobody_let_stands_out() {
    let (mut story, asked) = asked();
    let look = |text: &str| GrantUsed {
        asked,
        text: text.to_owned(),
    };
    story.says("agency", ASKER, Role::Investigator, look("too early"));
    story.says("agency", CUSTODIAN, Role::Custodian, given(asked, 5_000));
    story.says("agency", OFFICER, Role::CaseOfficer, given(asked, 5_000));
    story.says("agency", ASKER, Role::Investigator, look("warned them"));
    story.says("agency", OFFICER, Role::CaseOfficer, look("not the asker"));
    story.wall_ms = 5_000;
    story.says("agency", ASKER, Role::Investigator, look("too late"));
    story.wall_ms = 2_000;
    story.says(
        "agency",
        OFFICER,
        Role::CaseOfficer,
        GrantEnded {
            asked,
            reason: "done".to_owned(),
        },
    );
    story.says("agency", ASKER, Role::Investigator, look("after the end"));
    let said = story.said();
    let grant = &grants(&said, &story.before())[&asked];
    let covered: Vec<bool> = grant.looks.iter().map(|look| look.covered).collect();
    assert_eq!(covered, [false, true, false, false, false]);
    assert_eq!(grant.asker, PersonId([ASKER; 16]));
    assert_eq!(grant.reason, "to warn them");
}
