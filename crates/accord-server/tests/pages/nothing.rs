//! A hunt that finds nothing: there is nothing to approve, and the page says what to do.

use accord_service::NewHunt;

use crate::client::{Client, form};
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_without_lines_offers_no_approval() {
    let story = ready(85).await;
    let new = NewHunt {
        indicators: vec!["nobody-asks-for-this.example".into()],
        ..story.new_hunt("isp")
    };
    let (node, who) = story.at("agency", "investigator");
    let request = node.ask_hunt(who, story.case(), &new).await.unwrap().at;
    story.sync().await.unwrap();
    let isp = story.org("isp");
    let at = serve(isp.node()).await;
    let approver = Client::signed_in(&at, "approver").await;
    let place = format!("/approvals/{}/{}", request.ledger, request.seq);
    // Whom to call back stands in the agreement that both have signed.
    let page = approver
        .get(&place)
        .await
        .is(200)
        .has("The contact that your agreement names for them");
    let start = format!("{place}/preview");
    approver.post(&start, &form(&page.body, &start)).await.is(303);
    approver
        .previewed(&place)
        .await
        .has("No line was found")
        .has("Answer that nothing was found")
        .has("Refuse the request")
        .lacks("Approve as shown");
}
