//! Asking for something else than a hunt, and answering, by the pages of both nodes.

use crate::client::{Client, form, set};
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_takedown_is_asked_looked_at_answered_and_read() {
    let story = ready(61).await;
    let case = story.case();
    let agency = serve(story.org("agency").node()).await;
    let asker = Client::signed_in(&agency, "investigator").await;
    let tab = format!("/cases/{case}/requests");
    asker
        .get(&tab)
        .await
        .is(200)
        .has("Nothing has been asked")
        .has("Ask to take down");
    let place = format!("{tab}/ask/takedown");
    let page = asker.get(&place).await.is(200);
    let mut fields = form(&page.body, &place);
    set(&mut fields, "to", "isp");
    set(&mut fields, "reference", "T-1");
    set(
        &mut fields,
        "reason",
        "<script>alert(1)</script> it answers for the loader",
    );
    set(&mut fields, "ground", "it answers for the loader");
    set(&mut fields, "due_ms", "2001-01-01T00:00");
    set(&mut fields, "values", "evil.example\r\n\r\nworse.example");
    set(&mut fields, "marking", "TLP:AMBER");
    // A due date that is past is said beside its field.
    let page = asker.post(&place, &fields).await.is(200).has("this time is past");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "due_ms", "");
    let page = asker.post(&place, &fields).await.is(200);
    let page = page.has("Before it happens").lacks("<script>alert");
    let fields = form(&page.body, &place);
    let first = asker.post(&place, &fields).await.is(303);
    let again = asker.post(&place, &fields).await.is(303);
    assert_eq!(first.header("location"), again.header("location"), "asked once");
    story.sync().await.expect("pulls");

    let isp = serve(story.org("isp").node()).await;
    let approver = Client::signed_in(&isp, "approver").await;
    let (node, who) = story.at("isp", "approver");
    let at = node.case(who, case).await.expect("the case").requests[0].at;
    approver
        .get("/")
        .await
        .is(200)
        .has("asks for something to be taken down");
    // The page of a decision leads to the answer; the asker's own page does not.
    let decision = format!("/approvals/{}/{}", at.ledger, at.seq);
    let place = format!("{decision}/answer");
    let there = approver.get(&decision).await.is(303);
    assert_eq!(there.header("location"), place);
    asker.get(&place).await.is(403);
    let page = approver
        .get(&place)
        .await
        .is(200)
        .has("worse.example")
        .lacks("<script>alert");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "words", "the account is closed");
    let page = approver.post(&place, &fields).await.is(200).has("choose one");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "done", "yes");
    approver.post(&place, &fields).await.is(303);
    approver
        .get(&place)
        .await
        .is(200)
        .has("Done. the account is closed");
    story.sync().await.expect("pulls");
    asker
        .get(&tab)
        .await
        .is(200)
        .has("Done. the account is closed")
        .has("answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_asked_for_on_an_oral_authority_that_is_confirmed() {
    let story = ready(62).await;
    let case = story.case();
    let agency = serve(story.org("agency").node()).await;
    let asker = Client::signed_in(&agency, "investigator").await;
    let officer = Client::signed_in(&agency, "officer").await;
    let tab = format!("/cases/{case}/requests");
    let place = format!("/cases/{case}/orals/record");
    asker.get(&place).await.is(403);
    let page = officer.get(&place).await.is(200);
    let mut fields = form(&page.body, &place);
    for (name, value) in [
        ("ground", "threat-to-life"),
        ("act", "who held 192.0.2.7; a child is missing"),
        ("category", "subscriber-data"),
        ("addressee", "isp"),
        ("authority", "Judge Example"),
        ("power", "Act 7, section 9"),
    ] {
        set(&mut fields, name, value);
    }
    let mut hurry = fields.clone();
    set(&mut hurry, "ground", "hurry");
    officer.post(&place, &hurry).await.is(403);
    officer.post(&place, &fields).await.is(303);
    officer
        .get("/")
        .await
        .is(200)
        .has("The writing after an oral authority is due");
    let (node, who) = story.at("agency", "officer");
    let oral = node.case(who, case).await.expect("the case").orals[0].at;

    let place = format!("{tab}/ask/subscriber-data");
    let page = asker.get(&place).await.is(200);
    let mut fields = form(&page.body, &place);
    for (name, value) in [
        ("to", "isp"),
        ("reference", "S-1"),
        ("reason", "a child is missing"),
        ("connections", "192.0.2.7 4000 tcp yesterday"),
        ("authority", &format!("oral {oral}")),
        ("marking", "TLP:AMBER"),
    ] {
        set(&mut fields, name, value);
    }
    let page = asker
        .post(&place, &fields)
        .await
        .is(200)
        .has("write address, port");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "connections", "192.0.2.7 4000 tcp 2026-11-01T08:00");
    let page = asker.post(&place, &fields).await.is(200).has("Before it happens");
    asker.post(&place, &form(&page.body, &place)).await.is(303);
    let place = format!("/cases/{case}/orals/{}/{}/confirm", oral.ledger, oral.seq);
    let page = officer.get(&place).await.is(200).has("Judge Example");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "reference", "PO-9");
    set(&mut fields, "authority", "District Court");
    officer.post(&place, &fields).await.is(303);
    officer
        .get("/")
        .await
        .is(200)
        .lacks("The writing after an oral authority");
    story.sync().await.expect("pulls");

    let isp = serve(story.org("isp").node()).await;
    let approver = Client::signed_in(&isp, "approver").await;
    let (node, who) = story.at("isp", "approver");
    let at = node.case(who, case).await.expect("the case").requests[0].at;
    let place = format!("/approvals/{}/{}/answer", at.ledger, at.seq);
    let page = approver.get(&place).await.is(200).has("192.0.2.7 4000 tcp");
    // It is looked for in the provider's own logs first; what these say is filled in.
    let look = format!("/approvals/{}/{}/holders", at.ledger, at.seq);
    page.has(&look);
    let page = approver.get(&look).await.is(200).has("Look in our logs");
    approver.post(&look, &form(&page.body, &look)).await.is(303);
    let page = loop {
        let page = approver.get(&look).await.is(200);
        if !page.body.contains("Reading your assignment logs") {
            break page;
        }
    };
    page.has("no record of that time").has("Answer with this");
    asker.get(&look).await.is(403);
    let page = approver.get(&format!("{place}?from=logs")).await.is(200);
    let mut fields = form(&page.body, &place);
    assert!(
        fields.contains(&("found0".to_owned(), "no-record".to_owned())),
        "{fields:?}"
    );
    set(&mut fields, "found0", "one");
    set(&mut fields, "account0", "C-17");
    set(&mut fields, "acquisition", "address table; clock within a second");
    approver.post(&place, &fields).await.is(303);
    story.sync().await.expect("pulls");
    asker.get(&tab).await.is(200).has("192.0.2.7 4000: C-17");
}
