//! Many targets by two forms: pasted with one responsible party, and checked with one reason.

use std::fmt::Write as _;

use crate::client::{Client, form, set};
use crate::{ready, serve};

const MANY: usize = 41;

#[tokio::test(flavor = "multi_thread")]
async fn forty_one_targets_are_pasted_and_checked() {
    let mut story = ready(131).await;
    story.more_people().await.expect("people");
    let case = format!("/cases/{}", story.case());
    let at = serve(story.org("agency").node()).await;
    let investigator = Client::signed_in(&at, "investigator").await;
    let operator = Client::signed_in(&at, "operator").await;
    let auditor = Client::signed_in(&at, "auditor").await;
    let (plan, place) = (format!("{case}/plan"), format!("{case}/plan/targets"));
    let checks = format!("{case}/plan/checks");
    for path in [&place, &checks] {
        operator.get(path).await.is(404);
        let refused = auditor.get(path).await.status;
        assert!(matches!(refused, 403 | 404), "{path}: {refused}");
    }
    investigator
        .get(&plan)
        .await
        .is(200)
        .has("Propose many targets")
        .lacks("Check many targets");
    investigator
        .get(&checks)
        .await
        .is(200)
        .has("There are no targets to check here.");

    let page = investigator.get(&place).await.is(200);
    let mut pasted = String::new();
    for number in 0..MANY {
        write!(pasted, "c{number}[.]bad.example\r\n").expect("a text");
    }
    let mut fields = form(&page.body, &place);
    for (name, value) in [
        ("values", pasted.as_str()),
        ("action", "block"),
        ("responsible", "isp"),
        ("marking", "TLP:AMBER"),
    ] {
        set(&mut fields, name, value);
    }
    investigator.post(&place, &fields).await.is(200).has("say why");
    set(&mut fields, "reason", "They answer for the loader.");
    let theirs = operator.own(&fields).await;
    operator.post(&place, &theirs).await.is(404);
    set(&mut fields, "responsible", "nobody");
    investigator
        .post(&place, &fields)
        .await
        .is(200)
        .has("Nothing was sent");
    set(&mut fields, "responsible", "isp");
    let page = investigator
        .post(&place, &fields)
        .await
        .is(200)
        .has("Before it happens")
        .has("Propose 41 targets")
        .has("c40.bad.example")
        .has("isp");
    investigator.get(&plan).await.is(200).lacks("c40.bad.example");
    let confirmed = form(&page.body, &place);
    let mut changed = confirmed.clone();
    set(&mut changed, "reason", "Something else.");
    investigator.post(&place, &changed).await.is(409);
    let first = investigator.post(&place, &confirmed).await;
    let again = investigator.post(&place, &confirmed).await;
    assert_eq!(
        first.header("location"),
        again.header("location"),
        "proposed once"
    );
    investigator
        .follow(first)
        .await
        .has("c40.bad.example")
        .has("Check many targets");
    let (node, who) = story.at("agency", "investigator");
    let board = node.board(who, story.case()).await.unwrap();
    let same = board
        .targets
        .iter()
        .filter(|target| target.value == "c7.bad.example");
    assert_eq!(same.count(), 1);
    // What is a target already is left out.
    let fresh = form(&investigator.get(&place).await.body, &place);
    set(
        &mut fields,
        "key",
        &fresh.iter().find(|(name, _)| name == "key").expect("a key").1,
    );
    investigator
        .post(&place, &fields)
        .await
        .is(200)
        .has("all of these are targets of the case already");

    // One check of all of them, with one reason; the link ticks what lacks it.
    let page = investigator.get(&checks).await.is(200).has("Holder: 41");
    assert!(page.body.len() < 100 * 1024, "{} bytes", page.body.len());
    for check in ["allow-list", "holder", "age", "popularity"] {
        let page = investigator.get(&format!("{checks}?check={check}")).await.is(200);
        let mut fields = form(&page.body, &checks);
        assert_eq!(fields.iter().filter(|(name, _)| name == "ticked").count(), MANY);
        investigator
            .post(&checks, &fields)
            .await
            .is(200)
            .has("choose what was found");
        set(&mut fields, "result", "clear");
        investigator
            .post(&checks, &fields)
            .await
            .is(200)
            .has("say how you know");
        set(&mut fields, "text", "Looked at the registry of all of them.");
        let page = investigator
            .post(&checks, &fields)
            .await
            .is(200)
            .has("Say it of 41 targets")
            .has("Whoever has a target reads");
        let confirmed = form(&page.body, &checks);
        let theirs = operator.own(&confirmed).await;
        operator.post(&checks, &theirs).await.is(404);
        let answer = investigator.post(&checks, &confirmed).await;
        investigator
            .follow(answer)
            .await
            .has("Said of every target that was ticked.");
    }
    let page = investigator
        .get(&checks)
        .await
        .is(200)
        .lacks("Holder: 41")
        .has("clear (agency)");
    let mut none = form(&page.body, &checks);
    for (name, value) in [("check", "age"), ("result", "clear"), ("text", "t")] {
        set(&mut none, name, value);
    }
    none.retain(|(name, _)| name != "ticked");
    investigator
        .post(&checks, &none)
        .await
        .is(200)
        .has("tick at least one target");

    // The party that answers for them has them, with what was found.
    story.sync().await.expect("pulls");
    let isp = Client::signed_in(&serve(story.org("isp").node()).await, "approver").await;
    isp.get(&plan).await.is(200).has("c40.bad.example").has("clear");
}
