//! Notes of any kind by their form, read on the partner's node; long notes and long timelines.

use accord_model::Tlp;
use accord_testkit::report;

use crate::client::{Client, form, set};
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_set_by_its_form_and_read_by_the_partner() {
    let story = ready(51).await;
    let case = story.case();
    let agency = serve(story.org("agency").node()).await;
    let officer = Client::signed_in(&agency, "officer").await;
    let place = format!("/cases/{case}/write/task.set");
    officer
        .get(&format!("/cases/{case}/timeline"))
        .await
        .is(200)
        .has("Set a task");
    let page = officer.get(&place).await.is(200).has("Who does it");
    let mut fields = form(&page.body, &place);
    // What is lacking is said beside its field, and what was typed comes back.
    set(&mut fields, "title", "Ask the registry");
    let page = officer.post(&place, &fields).await.is(200);
    let page = page.has("it is needed: fill it in").has("Ask the registry");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "org", "isp");
    set(&mut fields, "text", "Who holds evil.example?");
    set(&mut fields, "due_ms", "2026-12-01T12:00");
    set(&mut fields, "marking", "TLP:AMBER");
    let page = officer.post(&place, &fields).await.is(200);
    let page = page
        .has("Before it happens")
        .has("Gets it at once")
        .has("2026-12-01 12:00 UTC");
    let fields = form(&page.body, &place);
    // Another commitment than the one shown publishes nothing.
    let mut other = fields.clone();
    set(&mut other, "commitment", "00");
    officer.post(&place, &other).await.is(200).has("look again");
    let first = officer.post(&place, &fields).await.is(303);
    officer
        .get(first.header("location"))
        .await
        .is(200)
        .has("Ask the registry")
        .has("for isp")
        .has("open");
    let again = officer.post(&place, &fields).await.is(303);
    assert_eq!(first.header("location"), again.header("location"), "done once");
    story.sync().await.expect("pulls");
    let isp = serve(story.org("isp").node()).await;
    let approver = Client::signed_in(&isp, "approver").await;
    let seen = approver.get(&format!("/cases/{case}/timeline")).await.is(200);
    assert_eq!(seen.body.matches("Ask the registry").count(), 1);
    // Whose role does not write that kind is refused when they try.
    let place = format!("/cases/{case}/write/subject.recorded");
    let page = approver.get(&place).await.is(200);
    let mut fields = form(&page.body, &place);
    for (name, value) in [
        ("title", "t"),
        ("reference", "S-1"),
        ("text", "t"),
        ("marking", "TLP:AMBER"),
    ] {
        set(&mut fields, name, value);
    }
    approver
        .post(&place, &fields)
        .await
        .is(403)
        .has("subject.recorded");
    approver
        .get(&format!("/cases/{case}/write/request.made"))
        .await
        .is(404);
    approver
        .get(&format!(
            "/cases/{case}/write/task.done?task={}/9",
            "0".repeat(32)
        ))
        .await
        .is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_notes_are_cut_and_long_timelines_have_pages() {
    let story = ready(52).await;
    let case = story.case();
    let (node, officer) = story.at("agency", "officer");
    let long = format!("{} the end of it", "word ".repeat(400));
    let at = node
        .publish_note(officer, case, &report("long one", &long, Tlp::Amber))
        .await;
    let at = at.expect("a note").at;
    for number in 0..accord_service::TIMELINE_PAGE {
        let draft = report(&format!("note {number}."), "text", Tlp::Amber);
        node.publish_note(officer, case, &draft).await.expect("a note");
    }
    let agency = serve(story.org("agency").node()).await;
    let browser = Client::signed_in(&agency, "officer").await;
    let place = format!("/cases/{case}/timeline");
    let page = browser
        .get(&place)
        .await
        .is(200)
        .has("note 99.")
        .has("note 0.")
        .lacks("long one");
    let older = page
        .body
        .split("Show older days")
        .next()
        .and_then(|before| before.rsplit("href=\"").next());
    let older = older
        .and_then(|rest| rest.split('"').next())
        .expect("a link")
        .replace("&amp;", "&");
    let page = browser.get(&older.replace("&#38;", "&")).await.is(200);
    page.has("long one")
        .lacks("note 0.")
        .has("Read it whole")
        .lacks("the end of it");
    let whole = format!("/cases/{case}/notes/{}/{}", at.ledger, at.seq);
    browser
        .get(&whole)
        .await
        .is(200)
        .has("the end of it")
        .lacks("Read it whole");
    // To the partner it reads the same; what is no note of this case is not there.
    story.sync().await.expect("pulls");
    let isp = serve(story.org("isp").node()).await;
    let approver = Client::signed_in(&isp, "approver").await;
    approver.get(&whole).await.is(200).has("the end of it");
    browser
        .get(&format!("/cases/{case}/notes/{}/0", "0".repeat(32)))
        .await
        .is(404);
}
