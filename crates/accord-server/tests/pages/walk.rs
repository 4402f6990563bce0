//! The main job through the forms.

use crate::client::{Client, form, set};
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_hunt_from_the_question_to_the_exhibit() {
    let story = ready(1).await;
    let (agency, isp) = (story.org("agency"), story.org("isp"));
    let (agency_at, isp_at) = (serve(agency.node()).await, serve(isp.node()).await);
    let case = story.case();

    // The investigator asks.
    let asker = Client::signed_in(&agency_at, "investigator").await;
    let place = format!("/cases/{case}/hunts/ask");
    let page = asker.get(&place).await.is(200);
    let mut fields = form(&page.body, &place);
    set(&mut fields, "partner", "isp");
    set(&mut fields, "indicators", "evil[.]example\n");
    set(&mut fields, "reason", "The family calls home to it.");
    let shown = asker
        .post(&place, &fields)
        .await
        .is(200)
        .has("Ask isp to hunt")
        .has("Before it happens");
    assert!(
        story
            .org("agency")
            .node()
            .case(agency.who("investigator"), case)
            .await
            .expect("case")
            .requests
            .is_empty()
    );
    let confirm = form(&shown.body, &place);
    let first = asker.post(&place, &confirm).await.is(303);
    let again = asker.post(&place, &confirm).await.is(303);
    assert_eq!(
        first.header("location"),
        again.header("location"),
        "sent again, done once"
    );
    asker
        .follow(first)
        .await
        .has("The request is on its way.")
        .has("Note ")
        .has("waiting for isp");
    let view = agency
        .node()
        .case(agency.who("investigator"), case)
        .await
        .expect("case");
    assert_eq!(view.requests.len(), 1);
    let request = view.requests[0].at;
    story.sync().await.expect("pulls");

    // The approver looks.
    let approver = Client::signed_in(&isp_at, "approver").await;
    let place = format!("/approvals/{}/{}", request.ledger, request.seq);
    approver
        .get("/")
        .await
        .is(200)
        .has("asks for a hunt in your logs")
        .has(&place);
    let page = approver
        .get(&place)
        .await
        .is(200)
        .has("Run the preview")
        .lacks("What will leave");
    let start = format!("{place}/preview");
    let answer = approver.post(&start, &form(&page.body, &start)).await.is(303);
    assert_eq!(answer.header("location"), place);
    let page = approver
        .previewed(&place)
        .await
        .has("What will leave")
        .has("Approve as shown")
        .has("<mark>evil.example</mark>");

    // Ticked otherwise than shown: nothing is decided.
    let mut fields = form(&page.body, &place);
    set(&mut fields, "max_lines", "1");
    set(&mut fields, "act", "approve");
    let narrowed = approver.post(&place, &fields).await.is(200);
    let narrowed = narrowed.has("What you ticked differs").has("Approve narrowed");
    let state = isp
        .node()
        .request(isp.who("approver"), request)
        .await
        .expect("request")
        .state;
    assert_eq!(state, "waiting");

    // A preview with limits decides nothing either, and shows fewer lines.
    let mut fields = form(&page.body, &place);
    set(&mut fields, "max_lines", "2");
    set(&mut fields, "act", "preview");
    let page = approver
        .post(&place, &fields)
        .await
        .is(200)
        .has("narrowed by you")
        .has("<dd>2</dd>");
    drop(narrowed);

    // Then it is decided, once.
    let mut fields = form(&page.body, &place);
    set(&mut fields, "act", "narrow");
    let first = approver.post(&place, &fields).await.is(303);
    let again = approver.post(&place, &fields).await.is(303);
    assert_eq!(first.header("location"), again.header("location"));
    approver
        .follow(first)
        .await
        .has("What you left out stays here")
        .has("approved in part");
    approver
        .get(&format!("/cases/{case}/timeline"))
        .await
        .is(200)
        .has("approved part of a request");
    story.sync().await.expect("pulls");

    // The exhibit arrives, is checked, received, and taken along.
    asker.get("/").await.is(200).has("delivered exhibit");
    let evidence = format!("/cases/{case}/evidence");
    let page = asker
        .get(&evidence)
        .await
        .is(200)
        .has("2 lines")
        .has("not yet received");
    let view = agency
        .node()
        .case(agency.who("investigator"), case)
        .await
        .expect("case");
    let exhibit = view.exhibits[0].at;
    let base = format!("/exhibits/{}/{}", exhibit.ledger, exhibit.seq);
    let check = format!("{base}/verify");
    asker
        .post(&check, &form(&page.body, &check))
        .await
        .is(200)
        .has("in order")
        .has("Not checked");
    let receive = format!("{base}/receive");
    let answer = asker.post(&receive, &form(&page.body, &receive)).await;
    asker
        .follow(answer)
        .await
        .has("Both sides now record")
        .has("received from isp")
        .lacks("not yet received");
    let package = asker.get(&format!("{base}/package")).await.is(200);
    assert_eq!(package.header("content-type"), "application/zip");
    assert!(
        package
            .header("content-disposition")
            .starts_with("attachment; filename=\"")
    );
    asker
        .get(&format!("/cases/{case}/timeline"))
        .await
        .is(200)
        .has("received an exhibit from isp");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_its_clause() {
    let mut story = ready(2).await;
    let request = story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    let isp = story.org("isp");
    let approver = Client::signed_in(&serve(isp.node()).await, "approver").await;
    let place = format!("/approvals/{}/{}", request.ledger, request.seq);
    let page = approver.get(&place).await.is(200);
    let refuse = format!("{place}/refuse");
    let mut fields = form(&page.body, &refuse);
    set(&mut fields, "reason", "");
    approver
        .post(&refuse, &fields)
        .await
        .is(200)
        .has("say why; the asker reads it");
    set(&mut fields, "reason", "Content data is not covered.");
    let answer = approver.post(&refuse, &fields).await;
    approver
        .follow(answer)
        .await
        .has("Refused. Nothing has left")
        .has("Content data is not covered.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_shown_before_it_is_published() {
    let story = ready(3).await;
    let agency = story.org("agency");
    let writer = Client::signed_in(&serve(agency.node()).await, "investigator").await;
    let case = story.case();
    let place = format!("/cases/{case}/notes");
    let page = writer.get(&format!("/cases/{case}/timeline")).await.is(200);
    let mut fields = form(&page.body, &place);
    set(&mut fields, "title", "Seed found");
    set(
        &mut fields,
        "text",
        "The generator's seed is known.\r\nSecond line.",
    );
    let shown = writer.post(&place, &fields).await.is(200);
    let shown = shown.has("Publish this note").has("Can it be undone?").has("isp");
    writer
        .get(&format!("/cases/{case}/timeline"))
        .await
        .is(200)
        .lacks("Seed found");
    let confirm = form(&shown.body, &place);
    // Changed between the two: shown again, not published.
    let mut other = confirm.clone();
    set(&mut other, "marking", "TLP:CLEAR");
    writer.post(&place, &other).await.is(200).has("Publish this note");
    let answer = writer.post(&place, &confirm).await;
    writer
        .follow(answer)
        .await
        .has("The note is published.")
        .has("Seed found");
}
