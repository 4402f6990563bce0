//! Notices: one's own settings, and how sending goes; the zones of a plan.

use accord_service::NoticesConfig;

use crate::client::{Client, form, set};
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_wants_to_be_told_and_how_it_goes() {
    let story = ready(73).await;
    let node = story.org("agency").node();
    node.use_notices(NoticesConfig::default())
        .expect("nothing set up");
    let at = serve(node).await;
    let officer = Client::signed_in(&at, "officer").await;
    officer.get("/account").await.is(200).has("/account/notices");
    let place = "/account/notices";
    let page = officer
        .get(place)
        .await
        .is(200)
        .has("no mail server")
        .has("It never says what")
        .lacks("How sending goes");
    let mut fields = form(&page.body, place);
    set(&mut fields, "when", "at-once");
    let page = officer.post(place, &fields).await.is(200).has("say where");
    drop(page);
    for (name, value, wrong) in [
        ("mail", "not an address", "no mail address"),
        ("quiet", "late", "two times"),
        ("quiet", "22:00 25:00", "time of the day"),
        ("zone", "Nowhere/Here", "no such time zone"),
        ("of", "gossip", "none of the kinds"),
        ("daily", "noon", "time of the day"),
    ] {
        let mut typed = fields.clone();
        set(&mut typed, "mail", "officer@agency.example");
        set(&mut typed, name, value);
        officer.post(place, &typed).await.is(200).has(wrong);
    }
    set(&mut fields, "mail", "officer@agency.example");
    set(&mut fields, "quiet", "22:00 06:30");
    set(&mut fields, "of", "decision exhibit");
    set(&mut fields, "zone", "Europe/Vienna");
    let done = officer.post(place, &fields).await.is(303);
    officer
        .follow(done)
        .await
        .has("You are told so from now on")
        .has("22:00 06:30")
        .has("officer@agency.example");
    // How sending goes is the operator's to see, without anybody's address.
    officer.get("/notices").await.is(403);
    let operator = Client::signed_in(&at, "operator").await;
    operator.get(place).await.is(200).has("How sending goes");
    operator
        .get("/notices")
        .await
        .is(200)
        .has("not set up")
        .has("1 person")
        .lacks("officer@agency.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn zones_and_sinkholes_of_a_plan() {
    let story = ready(74).await;
    let at = serve(story.org("agency").node()).await;
    let case = format!("/cases/{}", story.case());
    let officer = Client::signed_in(&at, "officer").await;
    officer
        .get(&format!("{case}/plan"))
        .await
        .is(200)
        .has("Time zones")
        .has("Victims seen");
    let place = format!("{case}/plan/zones");
    let page = officer.get(&place).await.is(200).has("shared with nobody");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "org", "isp");
    set(&mut fields, "zone", "Nowhere/Here");
    officer
        .post(&place, &fields)
        .await
        .is(200)
        .has("no such time zone");
    set(&mut fields, "zone", "Europe/Vienna");
    let noted = officer.post(&place, &fields).await.is(303);
    officer.follow(noted).await.has("Noted.");
    officer
        .get(&format!("{case}/sinkholes"))
        .await
        .is(200)
        .has("No log is marked");
    let mark = format!("{case}/sinkholes/mark");
    let page = officer.get(&mark).await.is(200).has("pointed the target there");
    officer
        .post(&mark, &form(&page.body, &mark))
        .await
        .is(200)
        .has("choose one");
    let share = format!("{case}/sinkholes/share");
    let page = officer.get(&share).await.is(200).has("No address, no network");
    officer.post(&share, &form(&page.body, &share)).await.is(303);
    officer.get(&format!("{case}/sinkholes/else")).await.is(404);
    officer.get(&format!("{case}/plan/notices/isp")).await.is(404);
}
