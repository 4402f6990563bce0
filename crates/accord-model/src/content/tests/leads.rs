//! What is said of a lead, and by whom it is heard.

use super::folds::Story;
use crate::content::leads::{LeadStanding, leads};
use crate::content::*;
use crate::{EntryRef, Role};

fn lead() -> LeadReferred {
    LeadReferred {
        text: "a panel".to_owned(),
        grading: None,
        source_protected: false,
        countries: Vec::new(),
        nexus: None,
        asks: None,
        rests_on: Vec::new(),
    }
}

fn word(about: EntryRef, word: LeadWord, onward: Option<&str>) -> FeedbackGiven {
    FeedbackGiven {
        word: Some(word),
        onward: onward.map(Story::org),
        ..FeedbackGiven::plain(about, "words")
    }
}

#[test]
fn a_lead_stands_as_its_recipient_last_said() {
    let mut story = Story::default();
    let at = story.says("vendor", 1, Role::Researcher, lead());
    let agency = Story::org("agency");
    let standing = |story: &Story| leads(&story.said())[&at].standing(&agency);
    assert_eq!(standing(&story), LeadStanding::Waiting);
    story.says(
        "agency",
        2,
        Role::Investigator,
        FeedbackGiven::plain(at, "we look"),
    );
    assert_eq!(
        standing(&story),
        LeadStanding::Waiting,
        "words alone decide nothing"
    );
    story.says("agency", 2, Role::CaseOfficer, word(at, LeadWord::Declined, None));
    assert_eq!(standing(&story), LeadStanding::Declined);
    story.says("agency", 2, Role::CaseOfficer, word(at, LeadWord::TakenUp, None));
    assert_eq!(standing(&story), LeadStanding::TakenUp);
    let said = story.said();
    let lead = &leads(&said)[&at];
    assert!(lead.is_answered(&agency));
    assert_eq!(lead.feedback.len(), 3);
}

#[test]
fn nobody_but_its_recipient_answers_a_lead() {
    let mut story = Story::default();
    let at = story.says("vendor", 1, Role::Researcher, lead());
    // In this story every party is meant; the giver and a word about something else are not heard.
    story.says("vendor", 1, Role::Researcher, word(at, LeadWord::Declined, None));
    story.says(
        "agency",
        2,
        Role::Investigator,
        word(Story::entry(9), LeadWord::Declined, None),
    );
    let said = story.said();
    let lead = &leads(&said)[&at];
    assert!(lead.feedback.is_empty());
    assert_eq!(lead.standing(&Story::org("vendor")), LeadStanding::Waiting);
    // Meant for the agency alone: a third party declines nothing.
    let mut entry = said[0].entry.clone();
    entry.to = Audience::one(Story::org("agency"));
    let third = FeedbackGiven {
        ..word(at, LeadWord::Declined, None)
    };
    let third = ContentEntry {
        body: third.into(),
        ..entry.clone()
    };
    let (vendor, isp) = (Story::org("vendor"), Story::org("isp"));
    let one = |at, author, entry| Said {
        at,
        author,
        wall_ms: 0,
        entry,
    };
    let said = [one(at, &vendor, &entry), one(Story::entry(1), &isp, &third)];
    let all = leads(&said);
    assert!(!all[&at].is_for(&isp));
    assert_eq!(all[&at].standing(&isp), LeadStanding::Waiting);
    assert!(all[&at].feedback.is_empty());
}

#[test]
fn a_lead_goes_on_when_its_giver_says_so_and_never_said_no() {
    let mut story = Story::default();
    let at = story.says("vendor", 1, Role::Researcher, lead());
    let (agency, isp) = (Story::org("agency"), Story::org("isp"));
    let asked = story.says(
        "agency",
        2,
        Role::Investigator,
        word(at, LeadWord::OnwardAsked, Some("isp")),
    );
    let may = |story: &Story| leads(&story.said())[&at].may_go_on(&agency, &isp);
    assert!(!may(&story), "nobody said yes");
    story.says(
        "agency",
        2,
        Role::Investigator,
        word(asked, LeadWord::OnwardAllowed, None),
    );
    assert!(!may(&story), "who asks does not answer");
    story.says(
        "vendor",
        1,
        Role::Researcher,
        word(asked, LeadWord::OnwardAllowed, None),
    );
    assert!(may(&story));
    assert!(
        !leads(&story.said())[&at].may_go_on(&agency, &Story::org("hosting")),
        "to the one that was named"
    );
    assert!(
        !leads(&story.said())[&at].may_go_on(&isp, &isp),
        "by the one that asked"
    );
    story.says(
        "vendor",
        1,
        Role::Researcher,
        word(asked, LeadWord::OnwardRefused, None),
    );
    assert!(!may(&story), "a no wins");
}

#[test]
fn what_became_of_it_is_told_once_it_is_declined_or_ended() {
    let mut story = Story::default();
    let at = story.says("vendor", 1, Role::Researcher, lead());
    let agency = Story::org("agency");
    let told = |story: &Story| leads(&story.said())[&at].outcome_ms(&agency);
    story.wall_ms = 5;
    story.says("agency", 2, Role::CaseOfficer, word(at, LeadWord::TakenUp, None));
    assert_eq!(told(&story), None);
    story.wall_ms = 9;
    story.says("agency", 2, Role::CaseOfficer, word(at, LeadWord::Outcome, None));
    assert_eq!(told(&story), Some(9));
}
