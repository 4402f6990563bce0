//! Stories of what is new and grows, on a running node: who sees them, what is said of them, and that nothing is lost or
//! counted twice.

use accord_model::content::IndicatorWithdrawn;
use accord_model::control::Scope;
use accord_model::{Category, Role};
use accord_service::{
    Act, Among, Dimension, Draft, JudgedWord, NewMember, NewNote, NewPromotion, Node, ServiceError, SignedIn,
    StoriesState, StoryLine,
};
use accord_store::{Batch, Faults, Store};
use accord_testkit::{DAY_MS, FAMILY, FRESH, Story, USUAL};

use crate::denied;

const DAYS: u64 = 22;

fn no_story<T: std::fmt::Debug>(outcome: accord_service::Result<T>) {
    assert!(
        matches!(outcome, Err(ServiceError::NotFound("story"))),
        "{outcome:?}"
    );
}

/// Weeks, and an outbreak at their end.
async fn broken_out(seed: u64) -> Story {
    let story = Story::watched(seed).await.unwrap();
    story.usual_days(DAYS).await.unwrap();
    story.breaks_out().await.unwrap();
    story
}

async fn told(node: &Node, who: &SignedIn) -> Vec<StoryLine> {
    node.stories(who).await.unwrap().stories
}

/// The story that is about the family.
async fn of_family(story: &Story) -> StoryLine {
    let (isp, researcher) = story.at("isp", "researcher");
    let stories = told(isp, researcher).await;
    let titles: Vec<&str> = stories.iter().map(|one| one.title.as_str()).collect();
    let of_family = stories.iter().find(|one| one.title == format!("family {FAMILY}"));
    of_family.unwrap_or_else(|| panic!("{titles:?}")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbreak_becomes_a_story_for_who_sees_the_case_and_for_nobody_else() {
    let story = Story::watched(9_300).await.unwrap();
    let (isp, researcher) = story.at("isp", "researcher");
    story.usual_days(3).await.unwrap();
    let view = isp.stories(researcher).await.unwrap();
    assert_eq!(view.state, StoriesState::Gathering);
    assert!(view.days >= 3 && view.days <= view.floor_days, "{}", view.days);
    assert_eq!(view.looked_at, 12);

    story.usual_days(DAYS - 3).await.unwrap();
    let view = isp.stories(researcher).await.unwrap();
    assert_eq!(
        (view.state, view.stories.len(), view.past.len()),
        (StoriesState::Quiet, 0, 0)
    );
    assert_eq!(view.looked_at, 4 * DAYS);

    story.breaks_out().await.unwrap();
    let line = of_family(&story).await;
    let Among::Case { case, .. } = &line.among else {
        panic!("{:?}", line.among)
    };
    assert_eq!(*case, story.case());
    assert!(line.customers >= 10 && line.sources >= 10, "{line:?}");
    let one = isp.story(researcher, &line.story).await.unwrap();
    let said = serde_json::to_string(&one).unwrap();
    for part in [USUAL, FRESH, "customers/edge-3", "different customers"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(one.line.course.iter().any(|point| point.count > 0) && one.may_judge);
    let series = isp.story_series(researcher, Dimension::Family, 28).await.unwrap();
    assert_eq!(series.rows.len(), 1);
    assert_eq!(series.rows[0].label, FAMILY);
    assert_eq!(series.rows[0].lines, 4 * DAYS + 12 + 24);

    // Whoever decides for the organisation sees its cases, and says nothing of a story.
    let approver = story.org("isp").who("approver");
    let one = isp.story(approver, &line.story).await.unwrap();
    assert!(!one.may_judge);
    denied(isp.dismiss_story(approver, &line.story, "no").await);

    // Somebody who is not on the case is told of no story, no number and no label.
    let outsider = story.org("isp").who("outsider");
    Act::Watch.ask(outsider).unwrap();
    let view = isp.stories(outsider).await.unwrap();
    assert_eq!(
        (
            view.stories.len(),
            view.past.len(),
            view.looked_at,
            view.week.len()
        ),
        (0, 0, 0, 0)
    );
    assert_eq!(view.since_ms, None);
    no_story(isp.story(outsider, &line.story).await);
    no_story(isp.dismiss_story(outsider, &line.story, "a newsletter").await);
    no_story(
        isp.promote_story(outsider, &line.story, &NewPromotion::default())
            .await,
    );
    for dimension in Dimension::ALL {
        let series = isp.story_series(outsider, dimension, 28).await.unwrap();
        assert!(series.rows.is_empty(), "{series:?}");
    }
    // Nor is another organisation, whose case it is too: nothing was shared with it.
    let (agency, officer) = story.at("agency", "officer");
    story.sync().await.unwrap();
    let view = agency.stories(officer).await.unwrap();
    assert_eq!((view.stories.len(), view.looked_at), (0, 0));
    no_story(agency.story(officer, &line.story).await);

    // An operator runs it and sees none of it.
    let operator = story.org("isp").who("operator");
    denied(isp.stories(operator).await);
    denied(isp.story(operator, &line.story).await);
    denied(isp.story_series(operator, Dimension::Family, 28).await);
    denied(isp.emerging_health(researcher).await);
    let health = serde_json::to_string(&isp.emerging_health(operator).await.unwrap()).unwrap();
    assert!(!health.contains(FAMILY) && !health.contains(USUAL), "{health}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_for_other_things_is_told_no_story_and_who_is_named_for_sightings_is() {
    let story = broken_out(9_311).await;
    let line = of_family(&story).await;
    let (isp, approver) = story.at("isp", "approver");
    let outsider = story.org("isp").who("outsider");
    let named = async |scope: &[Category]| {
        let new = NewMember {
            person: outsider.person,
            roles: [Role::Researcher].into(),
            until_ms: None,
            scope: Some(Scope {
                categories: scope.to_vec(),
                text: "what the panel is seen with".into(),
            }),
        };
        isp.name_member(approver, story.case(), &new).await.unwrap();
        isp.stories(outsider).await.unwrap()
    };
    for scope in [
        &[Category::Task][..],
        &[Category::Indicator],
        &[Category::Sighting, Category::Task],
    ] {
        let view = named(scope).await;
        assert_eq!(
            (view.stories.len(), view.looked_at, view.week.len()),
            (0, 0, 0),
            "{scope:?}"
        );
        no_story(isp.story(outsider, &line.story).await);
        isp.remove_member(approver, story.case(), outsider.person)
            .await
            .unwrap();
    }
    let view = named(&[Category::Indicator, Category::Sighting]).await;
    assert!(view.stories.iter().any(|one| one.story == line.story), "{view:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_the_case_sees_its_stories_no_more_and_who_comes_sees_them() {
    let mut story = broken_out(9_301).await;
    let line = of_family(&story).await;
    let (isp, approver) = story.at("isp", "approver");
    let researcher = story.org("isp").who("researcher").person;
    let outsider = story.org("isp").who("outsider").person;
    isp.remove_member(approver, story.case(), researcher)
        .await
        .unwrap();
    isp.add_member(approver, story.case(), outsider, &[Role::Researcher].into(), None)
        .await
        .unwrap();
    no_story(isp.story(story.org("isp").who("researcher"), &line.story).await);
    isp.story(story.org("isp").who("outsider"), &line.story)
        .await
        .unwrap();
    story.org_mut("isp").restart().await;
    let isp = story.org("isp").node();
    no_story(isp.story(story.org("isp").who("researcher"), &line.story).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_dismissed_with_a_reason_promoted_later_and_both_are_logged_and_taught() {
    let mut story = broken_out(9_302).await;
    let line = of_family(&story).await;
    let (isp, researcher) = story.at("isp", "researcher");
    let wrong = isp.dismiss_story(researcher, &line.story, "  ").await;
    assert!(matches!(wrong, Err(ServiceError::Invalid { field, .. }) if field == "reason"));
    isp.dismiss_story(researcher, &line.story, "a test of ours")
        .await
        .unwrap();
    let view = isp.stories(researcher).await.unwrap();
    assert!(view.stories.iter().all(|one| one.story != line.story));
    let past = view.past.iter().find(|one| one.story == line.story).unwrap();
    let judged = past.judged.as_ref().unwrap();
    assert_eq!(
        (judged.word, judged.reason.as_str()),
        (JudgedWord::Dismissed, "a test of ours")
    );

    // What was said stands after a start, a clean one or not.
    let crashed = story.org("isp").copy_running();
    story.org_mut("isp").restore(&crashed).await;
    let (isp, researcher) = story.at("isp", "researcher");
    let one = isp.story(researcher, &line.story).await.unwrap();
    assert_eq!(one.line.judged.unwrap().word, JudgedWord::Dismissed);
    assert!(
        told(isp, researcher)
            .await
            .iter()
            .all(|one| one.story != line.story)
    );

    let said = NewPromotion {
        name: Some("Simda again".into()),
        what: None,
    };
    let id = isp.promote_story(researcher, &line.story, &said).await.unwrap();
    let threat = isp.threat(researcher, &id).await.unwrap();
    assert_eq!(threat.summary.name, "Simda again");
    let values: Vec<&str> = threat.indicators.iter().map(|one| one.value.as_str()).collect();
    assert!(values.contains(&USUAL), "{values:?}");
    assert!(threat.what.contains("different customers"), "{}", threat.what);
    let again = isp.promote_story(researcher, &line.story, &said).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
    let shown = told(isp, researcher).await;
    let promoted = shown.iter().find(|one| one.story == line.story).unwrap();
    assert_eq!(
        promoted.judged.as_ref().unwrap().threat.as_deref(),
        Some(id.as_str())
    );
    assert!(
        promoted
            .ranked_because
            .contains("1 were promoted and 0 dismissed"),
        "{}",
        promoted.ranked_because
    );
    // The threat is its maker's: who sees the story as well is not told of it.
    let approver = story.org("isp").who("approver");
    let one = isp.story(approver, &line.story).await.unwrap();
    assert_eq!(one.line.judged.unwrap().threat, None);

    let auditor = story.org("isp").who("auditor");
    let log = isp.access_log(auditor, None).await.unwrap();
    for what in ["story.dismissed", "story.promoted", "threat.begun"] {
        assert!(log.iter().any(|one| one.what == what), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_loses_no_sighting_and_counts_none_twice_clean_or_not() {
    let mut story = broken_out(9_303).await;
    let before = of_family(&story).await;
    let looked_at = |story: &Story| {
        let isp = std::sync::Arc::clone(story.org("isp").node());
        let researcher = story.org("isp").who("researcher").clone();
        async move { isp.stories(&researcher).await.unwrap().looked_at }
    };
    let expected = looked_at(&story).await;
    assert_eq!(expected, 4 * DAYS + 12 + 24);
    for clean in [true, false, false, true] {
        if clean {
            story.org_mut("isp").restart().await;
        } else {
            let crashed = story.org("isp").copy_running();
            story.org_mut("isp").restore(&crashed).await;
        }
        assert_eq!(looked_at(&story).await, expected, "clean: {clean}");
        let after = of_family(&story).await;
        assert_eq!(
            (&after.story, after.customers, after.opened_ms),
            (&before.story, before.customers, before.opened_ms)
        );
    }
    let operator = story.org("isp").who("operator");
    let health = story.org("isp").node().emerging_health(operator).await.unwrap();
    assert_eq!((health.afresh, health.stands, health.left_out), (None, None, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_partner_shares_is_taken_in_once() {
    let mut story = broken_out(9_304).await;
    let (isp, researcher) = story.at("isp", "researcher");
    isp.share_sightings(researcher, story.case()).await.unwrap();
    story.sync().await.unwrap();
    for _ in 0..2 {
        let (agency, officer) = story.at("agency", "officer");
        let view = agency.stories(officer).await.unwrap();
        assert_eq!(view.looked_at, 4 * DAYS + 12 + 24);
        let series = agency.story_series(officer, Dimension::Family, 40).await.unwrap();
        assert_eq!(series.rows[0].lines, 4 * DAYS + 12 + 24);
        // One organisation is one source and one customer: no story.
        assert!(view.stories.is_empty());
        story.org_mut("agency").restart().await;
    }
    // The provider's own note is not fed back to it.
    let (isp, researcher) = story.at("isp", "researcher");
    let view = isp.stories(researcher).await.unwrap();
    assert_eq!(view.looked_at, 4 * DAYS + 12 + 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_case_lists_no_longer_is_in_no_story() {
    let story = broken_out(9_305).await;
    let line = of_family(&story).await;
    let published = story.noted("watched");
    let withdraw = |value: &str| Draft {
        title: "withdrawn".into(),
        marking: accord_model::Tlp::Amber,
        to: Vec::new(),
        note: NewNote::new(IndicatorWithdrawn {
            published,
            values: vec![value.into()],
            reason: "a mistake".into(),
            second: None,
        })
        .unwrap(),
        expect: None,
    };
    let (agency, officer) = story.at("agency", "officer");
    agency
        .publish_note(officer, story.case(), &withdraw(FRESH))
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (isp, researcher) = story.at("isp", "researcher");
    let one = isp.story(researcher, &line.story).await.unwrap();
    let said = serde_json::to_string(&one).unwrap();
    assert!(!said.contains(FRESH) && said.contains(USUAL), "{said}");
    agency
        .publish_note(officer, story.case(), &withdraw(USUAL))
        .await
        .unwrap();
    story.sync().await.unwrap();
    no_story(isp.story(researcher, &line.story).await);
    let view = isp.stories(researcher).await.unwrap();
    assert_eq!((view.stories.len(), view.past.len(), view.looked_at), (0, 0, 0));
    let series = isp.story_series(researcher, Dimension::Family, 28).await.unwrap();
    assert!(series.rows.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_state_is_set_aside_and_said_and_the_node_goes_on() {
    let mut story = broken_out(9_306).await;
    story.org_mut("isp").stop().await;
    let dir = story.org("isp").dir();
    let store = Store::open(&dir.join("node.db"), Faults::none()).await.unwrap();
    let kept = store
        .documents::<serde_json::Value>("emerging-state")
        .await
        .unwrap();
    let mut kept = kept[0].1.clone();
    let state = kept["state"].as_str().unwrap().to_owned();
    kept["state"] = format!("{}00{}", &state[..2_000], &state[2_002..]).into();
    if kept["state"] == state.as_str() {
        kept["state"] = format!("{}01{}", &state[..2_000], &state[2_002..]).into();
    }
    let mut batch = Batch::new();
    batch.document("emerging-state", "one", &kept);
    store.commit(batch).await.unwrap();
    store.close().await;
    story.org_mut("isp").start_again().await;

    let (isp, operator) = story.at("isp", "operator");
    let health = isp.emerging_health(operator).await.unwrap();
    let afresh = health.afresh.unwrap();
    assert!(afresh.why.contains("damaged"), "{}", afresh.why);
    let file = dir.join(afresh.file.unwrap());
    assert!(std::fs::metadata(file).unwrap().len() * 2 == state.len() as u64);
    let researcher = story.org("isp").who("researcher");
    let view = isp.stories(researcher).await.unwrap();
    assert_eq!((view.state, view.stories.len()), (StoriesState::Gathering, 0));
    assert!(view.afresh.is_some());
    story.usual_days(1).await.unwrap();
    let view = isp.stories(researcher).await.unwrap();
    assert_eq!(view.looked_at, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_leaps_is_said_and_a_start_begins_anew() {
    let mut story = broken_out(9_307).await;
    story.world.advance(40 * DAY_MS);
    story.edges_see(0..1, &[USUAL]).await.unwrap();
    let (isp, operator) = story.at("isp", "operator");
    let health = isp.emerging_health(operator).await.unwrap();
    assert!(health.stands.unwrap().contains("five weeks"));
    let researcher = story.org("isp").who("researcher");
    assert!(isp.stories(researcher).await.unwrap().stands.is_some());
    // Put right, it goes on as if nothing had been.
    story.world.set_clock(story.world.now_ms() - 40 * DAY_MS);
    assert_eq!(isp.stories(researcher).await.unwrap().stands, None);
    of_family(&story).await;

    story.world.advance(40 * DAY_MS);
    story.org_mut("isp").restart().await;
    let (isp, operator) = story.at("isp", "operator");
    let health = isp.emerging_health(operator).await.unwrap();
    assert!(health.afresh.unwrap().why.contains("days old"));
    assert_eq!(health.stands, None);
}
