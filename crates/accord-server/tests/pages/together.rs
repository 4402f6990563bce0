//! The pages of what was seen together: said by a form, told at the look-up, promoted, cleared.

use accord_service::Draft;
use serde_json::{Value, json};

use crate::client::{Client, form, set};
use crate::{ready, serve};

const SENDER: &str = "203.0.113.66";

fn draft(note: Value) -> Draft {
    let draft = json!({ "title": "a host", "marking": "TLP:AMBER", "note": note });
    serde_json::from_value(draft).expect("a draft")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_together_by_its_pages() {
    let story = ready(131).await;
    let case = story.case();
    let (node, operator) = story.at("agency", "operator");
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .expect("a list");
    let (node, who) = story.at("agency", "officer");
    let said = json!({ "kind": "indicator.published", "indicators": [{ "value": "evil.example" }], "from": "analysis" });
    let published = node
        .publish_note(who, case, &draft(said))
        .await
        .expect("published");
    let named = json!([{ "published": published.at, "value": "evil.example" }]);
    let said = json!({ "kind": "verdict.block", "indicators": named, "reason": "it phishes" });
    node.publish_note(who, case, &draft(said)).await.expect("blocked");

    let at = serve(story.org("agency").node()).await;
    let officer = Client::signed_in(&at, "officer").await;
    let approver = Client::signed_in(&at, "approver").await;
    let tab = format!("/cases/{case}/intel");
    officer
        .get(&tab)
        .await
        .is(200)
        .has("Nothing was seen together on this case.")
        .has("Say what was seen together");
    approver
        .get(&tab)
        .await
        .is(200)
        .lacks("Say what was seen together");

    // Said, once what is nobody's is taken out and whom it reaches was shown.
    let place = format!("{tab}/links/say");
    approver.get(&place).await.is(403).has("role");
    let mut fields = form(&officer.get(&place).await.is(200).body, &place);
    set(&mut fields, "values", "127.0.0.1\nhttp://evil.example/a");
    officer
        .post(&place, &fields)
        .await
        .is(200)
        .has("a loopback address");
    set(
        &mut fields,
        "values",
        &format!("{SENDER}\nbank.example\nhttp://evil.example/a"),
    );
    let page = officer
        .post(&place, &fields)
        .await
        .is(200)
        .has("Before it happens");
    let answer = officer.post(&place, &form(&page.body, &place)).await;
    officer
        .follow(answer)
        .await
        .is(200)
        .has("It is said what was seen together.")
        .has("seen in one mail with evil.example/a, which case")
        .has("passes no verdict on and receives none: many use it");
    let look_up = format!("/protection/lookup?value={SENDER}");
    officer
        .get(&look_up)
        .await
        .is(200)
        .has("nothing but what it was seen with")
        .has("By a link")
        .has("to nobody")
        .has("links/promote");
    approver
        .get(&look_up)
        .await
        .is(200)
        .has("By a link")
        .lacks("links/promote");

    // Promoted: an indicator that is detected.
    let decide = async |act: &str| {
        let place = format!("{tab}/links/{act}");
        approver.get(&place).await.is(403);
        let page = officer.get(&format!("{place}?value={SENDER}")).await.is(200);
        let mut fields = form(&page.body, &place);
        officer.post(&place, &fields).await.is(200).has("say why");
        set(&mut fields, "reason", "looked at");
        let page = officer
            .post(&place, &fields)
            .await
            .is(200)
            .has("Before it happens");
        let answer = officer.post(&place, &form(&page.body, &place)).await;
        officer.follow(answer).await.is(200)
    };
    decide("promote")
        .await
        .has("The values are indicators of the case.")
        .has("detected silently");

    // Cleared: withdrawn with it, and told as cleared.
    decide("clear").await.has("It is cleared.").has("cleared by");
    officer
        .get(&look_up)
        .await
        .is(200)
        .has("Cleared by agency: looked at")
        .lacks("By a link");
    decide("take-back").await.has("It is cleared no longer.");
    officer.get(&look_up).await.is(200).has("By a link");
    officer.get(&format!("{tab}/links/nothing")).await.is(404);
}
