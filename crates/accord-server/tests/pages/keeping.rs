//! The operator's page of one person, parties that leave, and the auditor's pages.

use crate::client::{Client, form, set};
use crate::{ready, serve};

fn href<'a>(body: &'a str, words: &str) -> &'a str {
    let (before, _) = body
        .split_once(&format!(">{words}"))
        .unwrap_or_else(|| panic!("no link says {words:?}"));
    let (_, address) = before.rsplit_once("href=\"").expect("an address");
    address.split('"').next().expect("an address")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_kept_from_its_page() {
    let story = ready(40).await;
    let at = serve(story.org("isp").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let approver = Client::signed_in(&at, "approver").await;
    let people = operator.get("/people").await.is(200);
    let place = href(&people.body, "approver of isp").to_owned();
    // Nobody else has that page.
    for name in ["approver", "signatory", "auditor"] {
        let other = Client::signed_in(&at, name).await;
        other.get(&place).await.is(403);
        other.get(&format!("{place}/do/close")).await.is(403);
    }
    let page = operator.get(&place).await.is(200).has("Close the account");

    // A new password: said first, and nothing changes before the signatory.
    let reset = format!("{place}/reset-password");
    let mut fields = form(&page.body, &reset);
    set(&mut fields, "password", "short");
    operator
        .post(&reset, &fields)
        .await
        .is(200)
        .has("at least 12 characters");
    let mut fields = form(&operator.get(&place).await.body, &reset);
    set(&mut fields, "password", "a password after reset");
    let answer = operator.post(&reset, &fields).await;
    operator
        .follow(answer)
        .await
        .has("Resets waiting for a signatory")
        .lacks("Confirm the reset");
    approver.get("/").await.is(200);
    let signatory = Client::signed_in(&at, "signatory").await;
    signatory.get("/").await.is(200).has("reset of the password");
    let page = signatory.get("/people").await.is(200).has("Confirm the reset");
    let confirm = format!("{place}/confirm-reset");
    let answer = signatory.post(&confirm, &form(&page.body, &confirm)).await;
    signatory.follow(answer).await.has("The reset is confirmed");
    approver.get("/").await.is(303);

    // A role, and then the account.
    let page = operator.get(&place).await.is(200);
    let withdraw = href(&page.body, "Take away").to_owned();
    let page = operator
        .get(&withdraw)
        .await
        .is(200)
        .has("Before it happens")
        .has("At once");
    let fields = form(&page.body, &withdraw);
    let first = operator.post(&withdraw, &fields).await.is(303);
    let again = operator.post(&withdraw, &fields).await.is(303);
    assert_eq!(first.header("location"), again.header("location"));
    let close = format!("{place}/do/close");
    let page = operator.get(&close).await.is(200).has("for good");
    let mut stale = form(&page.body, &close);
    set(&mut stale, "commitment", "00");
    operator.post(&close, &stale).await.is(409);
    let page = operator.get(&close).await.is(200);
    let answer = operator.post(&close, &form(&page.body, &close)).await;
    operator
        .follow(answer)
        .await
        .has("The account is closed.")
        .has("closed");
    operator
        .get(&place)
        .await
        .is(200)
        .has("This account is closed")
        .lacks("Lost password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_is_taken_off_with_a_reason() {
    let story = ready(41).await;
    let at = serve(story.org("agency").node()).await;
    let officer = Client::signed_in(&at, "officer").await;
    let team = format!("/cases/{}/team", story.case());
    let page = officer.get(&team).await.is(200);
    let place = href(&page.body, "Take off the case").to_owned();
    let approver = Client::signed_in(&at, "approver").await;
    approver.get(&team).await.is(200).lacks("Take off the case");
    approver.get(&place).await.is(403);
    let page = officer
        .get(&place)
        .await
        .is(200)
        .has("nothing more of this case goes to it");
    let mut fields = form(&page.body, &place);
    officer.post(&place, &fields).await.is(200).has("say why");
    let page = officer.get(&place).await.is(200);
    fields = form(&page.body, &place);
    set(&mut fields, "reason", "their part is done");
    let answer = officer.post(&place, &fields).await;
    officer
        .follow(answer)
        .await
        .has("The organisation is off the case");
    officer.get(&place).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_steps_and_no_names() {
    let story = ready(42).await;
    let at = serve(story.org("agency").node()).await;
    let auditor = Client::signed_in(&at, "auditor").await;
    let page = auditor.get("/audit").await.is(200);
    let spaces = href(&page.body, "Agreements and cases").to_owned();
    let page = auditor.get(&spaces).await.is(200).has("Operation Heron");
    let case = href(&page.body, "Operation Heron").to_owned();
    auditor
        .get(&case)
        .await
        .is(200)
        .has("brought isp into the case")
        .has("W-isp")
        .lacks("officer of agency");
    for name in ["operator", "signatory", "officer", "approver"] {
        let other = Client::signed_in(&at, name).await;
        other.get(&spaces).await.is(403);
        other.get(&case).await.is(403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_not_published_to_others_than_shown() {
    let story = ready(43).await;
    let at = serve(story.org("agency").node()).await;
    let officer = Client::signed_in(&at, "officer").await;
    let (case, place) = (story.case(), format!("/cases/{}/notes", story.case()));
    let page = officer.get(&format!("/cases/{case}/timeline")).await.is(200);
    let mut fields = form(&page.body, &place);
    set(&mut fields, "title", "for isp");
    set(&mut fields, "text", "what was seen");
    let page = officer
        .post(&place, &fields)
        .await
        .is(200)
        .has("Publish to 1 organisation");
    let shown = form(&page.body, &place);
    let mut other = shown.clone();
    set(&mut other, "expect", "hosting");
    officer
        .post(&place, &other)
        .await
        .is(200)
        .has("recipients have changed");
    let agency = story.org("agency");
    agency
        .node()
        .remove_party(agency.who("officer"), case, &story.org("isp").name, "done")
        .await
        .expect("taken off");
    officer
        .post(&place, &shown)
        .await
        .is(200)
        .has("recipients have changed")
        .has("Publish for us only");
    officer
        .get(&format!("/cases/{case}/timeline"))
        .await
        .is(200)
        .lacks("for isp");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_offered_to_those_who_may_write_one() {
    let story = ready(46).await;
    let place = format!("/cases/{}/timeline", story.case());
    for (org, name, offered) in [
        ("agency", "investigator", true),
        ("agency", "approver", false),
        ("isp", "approver", false),
    ] {
        let at = serve(story.org(org).node()).await;
        let page = Client::signed_in(&at, name).await.get(&place).await.is(200);
        assert_eq!(page.body.contains("Write a note"), offered, "{name} of {org}");
    }
}
