//! Log sources on the pages.

use crate::client::{Client, form, set};
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_sources_clock_offset_is_said_and_kept() {
    let story = ready(44).await;
    let at = serve(story.org("isp").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let place = "/logs/new";
    let page = operator.get(place).await.is(200);
    let mut fields = form(&page.body, place);
    for (name, value) in [
        ("name", "radius"),
        ("description", "RADIUS"),
        ("custodian", "Head of operations"),
    ] {
        set(&mut fields, name, value);
    }
    for wrong in ["soon", "1.5", "99999999999999999999"] {
        set(&mut fields, "offset", wrong);
        operator
            .post(place, &fields)
            .await
            .is(200)
            .has("give whole milliseconds")
            .has(&format!("value=\"{wrong}\""));
    }
    set(&mut fields, "offset", "-40");
    let answer = operator.post(place, &fields).await;
    operator.follow(answer).await.has("The source is there.");
    operator
        .get("/logs/source/radius")
        .await
        .is(200)
        .has("Its clock runs ahead by")
        .has("-40 ms");
    // Not measured is not the same as none.
    let page = operator.get(place).await.is(200);
    let mut fields = form(&page.body, place);
    for (name, value) in [
        ("name", "dhcp"),
        ("description", "DHCP"),
        ("custodian", "Head of operations"),
    ] {
        set(&mut fields, name, value);
    }
    operator.post(place, &fields).await.is(303);
    operator
        .get("/logs/source/dhcp")
        .await
        .is(200)
        .lacks("Its clock runs ahead by");
}
