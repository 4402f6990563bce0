//! What several entries say together: subjects, tasks, targets, plans, indicators, oral authorities, second hands.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::content::indicators::{Verdict, indicators};
use crate::content::plans::{PlanNow, plan};
use crate::content::requests::resting_on;
use crate::content::second::{NeedsSecond, needs_second};
use crate::content::subjects::subjects;
use crate::content::targets::{NEEDED_CHECKS, TargetStanding, concerns, targets};
use crate::content::tasks::tasks;
use crate::content::*;
use crate::{EntryRef, LedgerId, Marking, OrgName, PersonId, Role, Tlp};

/// A small history: who said what, and what each had seen.
#[derive(Default, Clone)]
pub(super) struct Story {
    entries: Vec<(EntryRef, OrgName, u64, ContentEntry)>,
    seen: BTreeMap<EntryRef, BTreeSet<EntryRef>>,
    pub(super) wall_ms: u64,
}

impl Story {
    pub(super) fn org(name: &str) -> OrgName {
        format!("{name}.example").parse().unwrap()
    }

    fn ledger(name: &str) -> LedgerId {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(name.bytes()) {
            *to = from;
        }
        LedgerId(bytes)
    }

    /// An entry that is not in the story.
    pub(super) fn entry(seq: u64) -> EntryRef {
        EntryRef {
            ledger: LedgerId([0xee; 16]),
            seq,
        }
    }

    /// The entry that was written at this place of the story.
    pub(super) fn at(&self, index: usize) -> EntryRef {
        self.entries[index].0
    }

    fn write(
        &mut self,
        ledger: LedgerId,
        seen: BTreeSet<EntryRef>,
        author: &str,
        by: u8,
        role: Role,
        body: impl Into<ContentBody>,
    ) -> EntryRef {
        let seq = self.entries.iter().filter(|(at, ..)| at.ledger == ledger).count() as u64;
        let at = EntryRef { ledger, seq };
        let entry = ContentEntry {
            by: PersonId([by; 16]),
            role,
            marking: Marking::tlp(Tlp::Amber),
            to: Audience::EveryParty,
            title: "title".to_owned(),
            body: body.into(),
        };
        self.seen.insert(at, seen);
        self.entries.push((at, Self::org(author), self.wall_ms, entry));
        at
    }

    /// Says something after having seen everything.
    pub(super) fn says(
        &mut self,
        author: &str,
        by: u8,
        role: Role,
        body: impl Into<ContentBody>,
    ) -> EntryRef {
        let seen = self.entries.iter().map(|(at, ..)| *at).collect();
        self.write(Self::ledger(author), seen, author, by, role, body)
    }

    /// Says something in a second ledger without having seen anything.
    pub(super) fn says_elsewhere(
        &mut self,
        author: &str,
        by: u8,
        role: Role,
        body: impl Into<ContentBody>,
    ) -> EntryRef {
        let ledger = Self::ledger(&format!("{author} two"));
        self.write(ledger, BTreeSet::new(), author, by, role, body)
    }

    pub(super) fn said(&self) -> Vec<Said<'_>> {
        self.entries
            .iter()
            .map(|(at, author, wall_ms, entry)| Said {
                at: *at,
                author,
                wall_ms: *wall_ms,
                entry,
            })
            .collect()
    }

    pub(super) fn before(&self) -> impl Fn(EntryRef, EntryRef) -> bool + '_ {
        |a, b| self.seen.get(&b).is_some_and(|past| past.contains(&a))
    }
}

fn subject() -> SubjectRecorded {
    SubjectRecorded {
        reference: "S-1".to_owned(),
        name: Some("Bob Example".to_owned()),
        aliases: Vec::new(),
        identifiers: Vec::new(),
        countries: Vec::new(),
        text: "words".to_owned(),
    }
}

fn status(subject: EntryRef, status: SubjectStanding) -> SubjectStatus {
    SubjectStatus {
        subject,
        status,
        reason: "words".to_owned(),
        prosecutor: None,
        proceedings: None,
    }
}

#[test]
fn a_subject_s_last_status_counts_and_clearing_takes_the_details_away() {
    use SubjectStanding as S;
    let mut story = Story::default();
    let at = story.says("agency", 1, Role::Investigator, subject());
    let standing = |story: &Story| {
        let said = story.said();
        let all = subjects(&said, &story.before());
        (all[&at].standing, all[&at].details().is_some())
    };
    assert_eq!(standing(&story), (S::Suspected, true));
    story.says("agency", 1, Role::Investigator, status(at, S::Arrested));
    assert_eq!(standing(&story), (S::Arrested, true));
    story.says("second", 9, Role::Investigator, status(at, S::Cleared));
    assert_eq!(
        standing(&story),
        (S::Arrested, true),
        "another organisation's word"
    );
    story.says("agency", 1, Role::Investigator, status(at, S::Charged));
    let mut beside = story.clone();
    beside.says_elsewhere("agency", 1, Role::Investigator, status(at, S::Cleared));
    assert_eq!(
        standing(&beside),
        (S::Cleared, false),
        "the mildest of concurrent words"
    );
    story.says("agency", 1, Role::Investigator, status(at, S::Cleared));
    assert_eq!(standing(&story), (S::Cleared, false));
    story.says(
        "agency",
        1,
        Role::Investigator,
        status(Story::entry(5), S::Charged),
    );
    assert_eq!(
        subjects(&story.said(), &story.before()).len(),
        1,
        "of nobody known"
    );
}

#[test]
fn a_task_is_done_by_who_was_to_do_it_or_set_it() {
    let mut story = Story::default();
    let task = story.says(
        "agency",
        1,
        Role::CaseOfficer,
        TaskSet {
            org: Story::org("isp"),
            person: None,
            text: None,
            due_ms: Some(100),
        },
    );
    let done = TaskDone { task, text: None };
    story.says("vendor", 3, Role::Researcher, done.clone());
    let late = |story: &Story, ms| tasks(&story.said())[&task].is_late(ms);
    assert!(late(&story, 101), "a third party's word does not count");
    assert!(!late(&story, 100));
    for who in ["isp", "agency"] {
        let mut story = story.clone();
        let at = story.says(who, 2, Role::Approver, done.clone());
        assert_eq!(tasks(&story.said())[&task].done, Some(at));
        assert!(!late(&story, 101));
    }
}

fn target() -> TargetProposed {
    TargetProposed {
        value: "bad.example".to_owned(),
        target: TargetKind::Domain,
        action: ActionKind::Sinkhole,
        responsible: Story::org("isp"),
        reason: "words".to_owned(),
        rests_on: Vec::new(),
    }
}

fn checked(target: EntryRef, check: TargetCheck, result: CheckResult) -> TargetChecked {
    TargetChecked {
        target,
        check,
        result,
        text: "words".to_owned(),
    }
}

#[test]
fn a_target_is_clear_when_everything_was_looked_at_and_everybody_heard() {
    use CheckResult as R;
    let mut story = Story::default();
    let at = story.says("agency", 1, Role::Investigator, target());
    let parties: BTreeSet<OrgName> = ["agency", "isp"].map(Story::org).into();
    let standing = |story: &Story| {
        let said = story.said();
        targets(&said, &story.before())[&at].standing(&parties)
    };
    for check in &NEEDED_CHECKS[1..] {
        story.says("agency", 1, Role::Investigator, checked(at, *check, R::Clear));
    }
    assert_eq!(
        standing(&story),
        TargetStanding::Unchecked {
            checks: [TargetCheck::AllowList].into(),
            parties: parties.clone(),
        }
    );
    story.says(
        "agency",
        1,
        Role::Investigator,
        checked(at, TargetCheck::AllowList, R::Clear),
    );
    story.says(
        "agency",
        1,
        Role::Investigator,
        checked(at, TargetCheck::OwnInfrastructure, R::Clear),
    );
    assert!(
        matches!(standing(&story), TargetStanding::Unchecked { parties, .. } if parties == [Story::org("isp")].into())
    );
    let mut theirs = story.clone();
    theirs.says(
        "isp",
        2,
        Role::Approver,
        checked(at, TargetCheck::OwnInfrastructure, R::Against),
    );
    let against = TargetStanding::Against {
        check: TargetCheck::OwnInfrastructure,
        org: Story::org("isp"),
    };
    assert_eq!(standing(&theirs), against, "their own sinkhole");
    theirs.says(
        "agency",
        2,
        Role::CaseOfficer,
        checked(at, TargetCheck::Judgement, R::Clear),
    );
    assert_eq!(standing(&theirs), against, "no judgement lifts that");
    story.says(
        "isp",
        2,
        Role::Approver,
        checked(at, TargetCheck::OwnInfrastructure, R::Clear),
    );
    assert_eq!(standing(&story), TargetStanding::Clear);

    story.says(
        "agency",
        1,
        Role::Investigator,
        checked(at, TargetCheck::Age, R::Unknown),
    );
    assert_eq!(standing(&story), TargetStanding::AskAPerson);
    story.says(
        "agency",
        1,
        Role::Investigator,
        checked(at, TargetCheck::Judgement, R::Clear),
    );
    assert_eq!(
        standing(&story),
        TargetStanding::AskAPerson,
        "the proposer is no other person"
    );
    let mut unseen = story.clone();
    unseen.says_elsewhere(
        "agency",
        2,
        Role::CaseOfficer,
        checked(at, TargetCheck::Judgement, R::Clear),
    );
    assert_eq!(
        standing(&unseen),
        TargetStanding::AskAPerson,
        "judged without having seen it"
    );
    story.says(
        "agency",
        2,
        Role::CaseOfficer,
        checked(at, TargetCheck::Judgement, R::Clear),
    );
    assert_eq!(standing(&story), TargetStanding::Clear);
    story.says(
        "isp",
        2,
        Role::Approver,
        checked(at, TargetCheck::Holder, R::Unknown),
    );
    assert_eq!(
        standing(&story),
        TargetStanding::AskAPerson,
        "a new doubt asks again"
    );

    let drop = TargetDropped {
        target: at,
        reason: "words".to_owned(),
    };
    let mut third = story.clone();
    third.says("vendor", 3, Role::Researcher, drop.clone());
    assert_eq!(
        standing(&third),
        TargetStanding::AskAPerson,
        "a third party drops nothing"
    );
    let dropped = story.says("isp", 2, Role::Researcher, drop);
    assert_eq!(standing(&story), TargetStanding::Dropped(dropped));
}

#[test]
fn of_concurrent_results_the_worst_counts() {
    let mut story = Story::default();
    let at = story.says("agency", 1, Role::Investigator, target());
    story.says(
        "agency",
        1,
        Role::Investigator,
        checked(at, TargetCheck::Age, CheckResult::Clear),
    );
    story.says_elsewhere(
        "agency",
        1,
        Role::Investigator,
        checked(at, TargetCheck::Age, CheckResult::Against),
    );
    let said = story.said();
    let standing = targets(&said, &story.before())[&at].standing(&BTreeSet::new());
    assert!(matches!(standing, TargetStanding::Against { .. }));
}

fn planned(target: EntryRef) -> PlanWritten {
    PlanWritten {
        instant_ms: 500,
        actions: vec![PlannedAction {
            target,
            org: Story::org("isp"),
            action: ActionKind::Sinkhole,
            after_ms: 0,
        }],
        text: "words".to_owned(),
        part: None,
    }
}

#[test]
fn the_latest_plan_is_in_force_and_two_beside_each_other_are_none() {
    let mut story = Story::default();
    let at = story.says("agency", 1, Role::Investigator, target());
    assert_eq!(plan(&story.said(), &story.before()), PlanNow::None);
    story.says("vendor", 3, Role::Researcher, planned(at));
    assert_eq!(
        plan(&story.said(), &story.before()),
        PlanNow::None,
        "a case officer writes it"
    );
    let first = story.says("agency", 2, Role::CaseOfficer, planned(at));
    let now = |story: &Story| match plan(&story.said(), &story.before()) {
        PlanNow::Current(plan) => Some(plan.at),
        _ => None,
    };
    assert_eq!(now(&story), Some(first));
    let mut two = story.clone();
    let beside = two.says_elsewhere("agency", 2, Role::CaseOfficer, planned(at));
    let mut both = vec![first, beside];
    both.sort();
    assert_eq!(plan(&two.said(), &two.before()), PlanNow::Disputed(both));
    let third = two.says("agency", 2, Role::CaseOfficer, planned(at));
    assert_eq!(now(&two), Some(third), "one that has seen both ends it");
}

#[test]
fn receipts_are_the_executing_party_s_and_the_worst_look_counts() {
    let mut story = Story::default();
    let at = story.says("agency", 1, Role::Investigator, target());
    let written = story.says("agency", 2, Role::CaseOfficer, planned(at));
    let done = |plan| ActionExecuted {
        plan,
        target: at,
        outcome: Execution::Done,
        at_ms: 501,
        text: "words".to_owned(),
    };
    let action = |story: &Story| {
        let said = story.said();
        let PlanNow::Current(plan) = plan(&said, &story.before()) else {
            panic!()
        };
        (plan.actions[0].executed, plan.actions[0].verified)
    };
    story.says("vendor", 3, Role::Approver, done(written));
    story.says("isp", 2, Role::Approver, done(Story::entry(1)));
    assert_eq!(
        action(&story),
        (None, None),
        "another party's, and of another plan"
    );
    let receipt = story.says("isp", 2, Role::Approver, done(written));
    assert_eq!(action(&story), (Some((receipt, Execution::Done)), None));
    let seen = |held| ActionVerified {
        action: receipt,
        held,
        at_ms: 600,
        text: "words".to_owned(),
    };
    story.says("agency", 1, Role::Investigator, seen(Held::Held));
    let back = story.says("vendor", 3, Role::Researcher, seen(Held::DidNotHold));
    assert_eq!(action(&story).1, Some((back, Held::DidNotHold)));
    story.says("vendor", 3, Role::Researcher, seen(Held::Held));
    assert!(matches!(action(&story).1, Some((_, Held::Held))));
    // A new plan begins anew.
    story.says("agency", 2, Role::CaseOfficer, planned(at));
    assert_eq!(action(&story), (None, None));
}

#[test]
fn targets_plans_and_actions_concern_who_answers_for_the_target() {
    let mut story = Story::default();
    let at = story.says("agency", 1, Role::Investigator, target());
    let written = story.says("agency", 2, Role::CaseOfficer, planned(at));
    let done = ActionExecuted {
        plan: written,
        target: at,
        outcome: Execution::Done,
        at_ms: 501,
        text: "words".to_owned(),
    };
    let receipt = story.says("isp", 2, Role::Approver, done);
    story.says(
        "agency",
        1,
        Role::Investigator,
        checked(at, TargetCheck::Age, CheckResult::Clear),
    );
    story.says(
        "agency",
        1,
        Role::Investigator,
        TargetDropped {
            target: at,
            reason: "words".to_owned(),
        },
    );
    let verified = ActionVerified {
        action: receipt,
        held: Held::Held,
        at_ms: 600,
        text: "words".to_owned(),
    };
    story.says("agency", 1, Role::Investigator, verified);
    let said = story.said();
    let find = |at: EntryRef| said.iter().find(|one| one.at == at).map(|one| one.entry);
    for one in &said {
        assert_eq!(
            concerns(one.entry, &find),
            [Story::org("isp")].into(),
            "{}",
            one.entry.kind()
        );
        if one.at != at {
            assert!(
                concerns(one.entry, &|_| None).is_empty(),
                "what is unknown concerns nobody"
            );
        }
    }
    let mut other = Story::default();
    other.says("agency", 1, Role::Investigator, ReportPublished::plain("words"));
    assert!(concerns(other.said()[0].entry, &find).is_empty());
}

fn published(values: &[&str]) -> IndicatorPublished {
    IndicatorPublished {
        indicators: values.iter().map(|value| Indicator::of(*value)).collect(),
        note: None,
        from: "words".to_owned(),
        grading: None,
        source_protected: false,
        wish: VerdictWish::None,
        report: None,
        second: None,
    }
}

fn block(published: EntryRef, value: &str) -> VerdictBlock {
    VerdictBlock {
        indicators: vec![IndicatorAt {
            published,
            value: value.to_owned(),
        }],
        audience: Vec::new(),
        reason: "words".to_owned(),
        plan: None,
        second: None,
    }
}

fn withdrawn(published: EntryRef, values: &[&str]) -> IndicatorWithdrawn {
    IndicatorWithdrawn {
        published,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        reason: "words".to_owned(),
        second: None,
    }
}

#[test]
fn indicators_stand_until_withdrawn_or_past_and_verdicts_are_a_case_officer_s() {
    let mut story = Story::default();
    let mut body = published(&["a.example", "b.example", "c.example"]);
    body.indicators[2].valid_until_ms = Some(100);
    let at = story.says("vendor", 3, Role::Researcher, body);
    let verdict = |story: &Story, value: &str, ms| {
        let said = story.said();
        let all = indicators(&said, &story.before(), ms);
        all.get(&(at, value)).map(|standing| standing.verdict.0)
    };
    assert_eq!(verdict(&story, "a.example", 99), Some(Verdict::None));
    assert_eq!(verdict(&story, "c.example", 99), Some(Verdict::None));
    assert_eq!(verdict(&story, "c.example", 100), None, "past its validity");
    story.says("vendor", 3, Role::Researcher, block(at, "a.example"));
    assert_eq!(
        verdict(&story, "a.example", 1),
        Some(Verdict::None),
        "a researcher blocks nothing"
    );
    let detect = VerdictDetect {
        indicators: block(at, "a.example").indicators,
        audience: Vec::new(),
        reason: None,
    };
    story.says("agency", 1, Role::CaseOfficer, detect.clone());
    assert_eq!(verdict(&story, "a.example", 1), Some(Verdict::Detect));
    story.says("agency", 1, Role::CaseOfficer, block(at, "a.example"));
    assert_eq!(verdict(&story, "a.example", 1), Some(Verdict::Block));
    assert_eq!(verdict(&story, "b.example", 1), Some(Verdict::None));
    let mut beside = story.clone();
    beside.says_elsewhere("agency", 1, Role::CaseOfficer, detect);
    assert_eq!(
        verdict(&beside, "a.example", 1),
        Some(Verdict::Detect),
        "the mildest of two"
    );

    story.says("agency", 1, Role::Investigator, withdrawn(at, &["a.example"]));
    assert_eq!(
        verdict(&story, "a.example", 1),
        Some(Verdict::Block),
        "the publisher withdraws"
    );
    story.says_elsewhere("vendor", 3, Role::Researcher, withdrawn(at, &["a.example"]));
    assert_eq!(
        verdict(&story, "a.example", 1),
        None,
        "withdrawn wins over the block beside it"
    );
    assert_eq!(verdict(&story, "b.example", 1), Some(Verdict::None));
    story.says("vendor", 3, Role::Researcher, withdrawn(at, &[]));
    assert_eq!(verdict(&story, "b.example", 1), None, "all of them");
}

#[test]
fn a_popular_value_needs_a_second_person() {
    let popular = |value: &str| value == "cdn.example";
    let entry = |body: ContentBody| ContentEntry {
        body,
        ..Story::default_entry()
    };
    let needs = |body: ContentBody| needs_second(&entry(body), &["cdn.example".to_owned()], &popular);
    let missing = Err(NeedsSecond::Missing {
        value: "cdn.example".to_owned(),
    });
    let with = |second| IndicatorPublished {
        second,
        ..published(&["a.example", "cdn.example"])
    };
    assert_eq!(needs(published(&["a.example"]).into()), Ok(()));
    assert_eq!(needs(with(None).into()), missing);
    assert!(matches!(
        needs(with(Some(PersonId([1; 16]))).into()),
        Err(NeedsSecond::Same { .. })
    ));
    assert_eq!(needs(with(Some(PersonId([2; 16]))).into()), Ok(()));
    let at = Story::entry(1);
    assert_eq!(needs(block(at, "cdn.example").into()), missing);
    assert_eq!(needs(block(at, "a.example").into()), Ok(()));
    assert_eq!(needs(withdrawn(at, &["cdn.example"]).into()), missing);
    assert_eq!(
        needs(withdrawn(at, &[]).into()),
        missing,
        "all of them, that one too"
    );
    assert_eq!(needs(withdrawn(at, &["a.example"]).into()), Ok(()));
    assert_eq!(needs(ReportPublished::plain("cdn.example").into()), Ok(()));
}

impl Story {
    fn default_entry() -> ContentEntry {
        let mut story = Self::default();
        story.says("agency", 1, Role::Investigator, ReportPublished::plain("words"));
        story.entries.remove(0).3
    }
}

#[test]
fn an_oral_authority_carries_one_act() {
    let oral = Story::entry(3);
    let request = |oral| RequestMade {
        oral,
        ..RequestMade::new(
            Story::org("isp"),
            RequestWhat::Information,
            "R-1".to_owned(),
            "words".to_owned(),
        )
    };
    let mut story = Story::default();
    story.says("agency", 1, Role::Investigator, request(None));
    story.says("second", 1, Role::Investigator, request(Some(oral)));
    story.says("agency", 1, Role::Investigator, request(Some(Story::entry(4))));
    let resting = |story: &Story| resting_on(&story.said(), oral, &Story::org("agency"));
    assert!(resting(&story).is_empty(), "another's oral, another organisation");
    story.wall_ms = 9;
    let later = story.says("agency", 1, Role::Investigator, request(Some(oral)));
    story.wall_ms = 8;
    let first = story.says("agency", 1, Role::Investigator, request(Some(oral)));
    assert_eq!(resting(&story), [first, later]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        lines in proptest::collection::vec((0usize..3, any::<u8>(), any::<bool>()), 0..24),
        turn in any::<u64>(),
    ) {
        let mut story = Story::default();
        let on = story.says("agency", 1, Role::Investigator, subject());
        let target = story.says("agency", 1, Role::Investigator, target());
        let indicator = story.says("vendor", 3, Role::Researcher, published(&["a.example", "b.example"]));
        for (who, what, elsewhere) in lines {
            let name = ["agency", "isp", "vendor"][who];
            let pick = usize::from(what / 8);
            let body: ContentBody = match what % 8 {
                0 | 1 => status(on, SubjectStanding::ALL[pick % 4]).into(),
                2 => checked(target, TargetCheck::ALL[pick % 6], CheckResult::ALL[pick % 3]).into(),
                3 => TargetDropped { target, reason: "words".to_owned() }.into(),
                4 => planned(target).into(),
                5 => block(indicator, ["a.example", "b.example"][pick % 2]).into(),
                6 => withdrawn(indicator, &["b.example"]).into(),
                _ => VerdictDetect {
                    indicators: block(indicator, "a.example").indicators,
                    audience: Vec::new(),
                    reason: None,
                }
                .into(),
            };
            if elsewhere {
                story.says_elsewhere(name, 2, Role::CaseOfficer, body);
            } else {
                story.says(name, 2, Role::CaseOfficer, body);
            }
        }
        let said = story.said();
        let mut shuffled = said.clone();
        shuffled.sort_by_key(|one| {
            let place = one.at.seq.wrapping_add(u64::from(one.at.ledger.0[0]) * 31);
            place.wrapping_mul(turn | 1).rotate_left(13)
        });
        let before = story.before();
        prop_assert_eq!(subjects(&said, &before), subjects(&shuffled, &before));
        prop_assert_eq!(targets(&said, &before), targets(&shuffled, &before));
        prop_assert_eq!(plan(&said, &before), plan(&shuffled, &before));
        prop_assert_eq!(indicators(&said, &before, 5), indicators(&shuffled, &before, 5));
    }
}
