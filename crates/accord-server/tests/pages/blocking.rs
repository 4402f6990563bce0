//! The plan's go releases values for blocking: the case officer blocks them from the plan's page.

use accord_model::content::ActionKind;

use crate::client::{Client, form, set};
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_go_releases_is_blocked_from_the_plans_page() {
    let mut story = ready(84).await;
    story.more_people().await.unwrap();
    story.target_of("203.0.113.66", ActionKind::Block).await.unwrap();
    story.sync().await.unwrap();
    story.not_own("isp").await.unwrap();
    story.sync().await.unwrap();
    story.plan().await.unwrap();
    story.sync().await.unwrap();
    story.go().await.unwrap();
    story.sync().await.unwrap();
    let at = serve(story.org("agency").node()).await;
    let case = format!("/cases/{}", story.case());
    let plan = format!("{case}/plan");
    let officer = Client::signed_in(&at, "officer").await;
    officer.get(&plan).await.is(200).lacks("Block now");

    story.at_the_instant();
    let officer = Client::signed_in(&at, "officer").await;
    let investigator = Client::signed_in(&at, "investigator").await;
    investigator.get(&plan).await.is(200).lacks("Block now");
    officer
        .get(&plan)
        .await
        .is(200)
        .has("Block now")
        .has("not published as an indicator")
        .lacks("Block it");

    // What is blocked was published.
    let place = format!("{case}/write/indicator.published");
    let mut fields = form(&officer.get(&place).await.is(200).body, &place);
    for (name, value) in [
        ("title", "The panel's address"),
        ("indicators", "203.0.113.66"),
        ("from", "analysis"),
        ("marking", "TLP:AMBER"),
    ] {
        set(&mut fields, name, value);
    }
    let page = officer.post(&place, &fields).await.is(200);
    officer.post(&place, &form(&page.body, &place)).await.is(303);

    let page = officer
        .get(&plan)
        .await
        .is(200)
        .has("released by the go, not blocked yet");
    let link = page
        .body
        .split("/write/verdict.block?")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let query = link.expect("a link").replace("&amp;", "&").replace("&#38;", "&");
    let place = format!("{case}/write/verdict.block");
    // The form says on which plan the block rests.
    let page = officer
        .get(&format!("{place}?{query}"))
        .await
        .is(200)
        .has("day of action");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "title", "Block the panel");
    set(&mut fields, "reason", "the plan's go");
    set(&mut fields, "marking", "TLP:AMBER");
    let page = officer
        .post(&place, &fields)
        .await
        .is(200)
        .has("Before it happens");
    officer.post(&place, &form(&page.body, &place)).await.is(303);
    officer
        .get(&plan)
        .await
        .is(200)
        .has("Block now")
        .has("blocked")
        .lacks("Block it");
    // The inbox asks no more: the block named the plan.
    officer.get("/").await.is(200).lacks(": block 1 value");
}
