//! A plan in parts: one plan to whoever has them all, and no less to whoever has one.

use std::collections::BTreeSet;

use super::folds::Story;
use crate::content::plans::{PlanNow, plan};
use crate::content::targets::concerns;
use crate::content::*;
use crate::control::limits::PLAN_PARTS_MAX;
use crate::{EntryRef, Marking, PersonId, Role, Tlp};

fn part(number: u64, of: u64, target: Option<EntryRef>) -> PlanWritten {
    PlanWritten {
        instant_ms: 500,
        actions: target
            .map(|target| PlannedAction {
                target,
                org: Story::org("isp"),
                action: ActionKind::Block,
                after_ms: 0,
            })
            .into_iter()
            .collect(),
        text: "words".to_owned(),
        part: Some(PlanPart { number, of }),
    }
}

fn entry(body: PlanWritten, to: Audience) -> ContentEntry {
    ContentEntry {
        by: PersonId([1; 16]),
        role: Role::CaseOfficer,
        marking: Marking::tlp(Tlp::Amber),
        to,
        title: "title".to_owned(),
        body: body.into(),
    }
}

#[test]
fn the_parts_that_are_here_are_one_plan() {
    let mut story = Story::default();
    let (one, two) = (Story::entry(1), Story::entry(2));
    let first = story.says("agency", 2, Role::CaseOfficer, part(1, 2, Some(one)));
    let second = story.says("agency", 2, Role::CaseOfficer, part(2, 2, Some(two)));
    let receipt = |plan, target| ActionExecuted {
        plan,
        target,
        outcome: Execution::Done,
        at_ms: 600,
        text: "words".to_owned(),
    };
    // Whoever has the first part only names that.
    story.says("isp", 3, Role::Approver, receipt(first, one));
    let all = story.said();
    let PlanNow::Current(whole) = plan(&all, &story.before()) else {
        panic!("no plan");
    };
    assert_eq!(
        (whole.at, whole.run, whole.known),
        (second, vec![first, second], vec![first, second])
    );
    let done: Vec<bool> = whole
        .actions
        .iter()
        .map(|action| action.executed.is_some())
        .collect();
    assert_eq!(done, [true, false]);
    let mine: Vec<Said<'_>> = story.said().into_iter().filter(|one| one.at != second).collect();
    let PlanNow::Current(own) = plan(&mine, &story.before()) else {
        panic!("no plan");
    };
    assert_eq!(
        (own.at, own.run, own.known),
        (first, vec![first, second], vec![first])
    );
    assert_eq!(own.actions.len(), 1);
}

#[test]
fn a_part_that_says_another_instant_is_no_part_of_it() {
    let mut story = Story::default();
    let early = PlanWritten {
        instant_ms: 400,
        ..part(1, 2, Some(Story::entry(1)))
    };
    story.says("agency", 2, Role::CaseOfficer, early);
    let second = story.says("agency", 2, Role::CaseOfficer, part(2, 2, None));
    let said = story.said();
    let PlanNow::Current(now) = plan(&said, &story.before()) else {
        panic!("no plan");
    };
    assert_eq!((now.known, now.actions.len()), (vec![second], 0));
}

#[test]
fn a_number_that_cannot_be_makes_no_run() {
    let at = Story::entry(3);
    assert_eq!(part(4, 4, None).run(at).len(), 4);
    for (number, of) in [(5, 5), (0, 2), (3, 2), (1, PLAN_PARTS_MAX as u64 + 1)] {
        assert_eq!(part(number, of, None).run(at), [], "{number} of {of}");
    }
    let alone = PlanWritten {
        part: None,
        ..part(1, 1, Some(at))
    };
    assert_eq!(alone.run(at), [at]);
}

#[test]
fn only_a_part_may_have_no_actions_and_is_then_its_readers_matter() {
    let isp = Story::org("isp");
    let nothing = |_: EntryRef| None;
    let told = entry(part(1, 2, None), Audience::one(isp.clone()));
    assert!(told.check().is_ok());
    assert_eq!(concerns(&told, &nothing), BTreeSet::from([isp]));
    let to_all = entry(part(1, 2, None), Audience::EveryParty);
    assert!(concerns(&to_all, &nothing).is_empty());
    let alone = PlanWritten {
        part: None,
        ..part(1, 1, None)
    };
    assert!(entry(alone, Audience::EveryParty).check().is_err());
    for (number, of) in [(0, 1), (2, 1), (1, PLAN_PARTS_MAX as u64 + 1)] {
        let wrong = entry(part(number, of, None), Audience::EveryParty);
        assert!(wrong.check().is_err(), "{number} of {of}");
    }
}
