//! The pages of protection: an audience, indicators, a verdict said before it is given, a second person.

use crate::client::{Client, form, set};
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn from_an_indicator_to_a_block_by_the_pages() {
    let story = ready(61).await;
    let case = story.case();
    let at = serve(story.org("agency").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    // An operator opens an audience; its secrets are shown once.
    let place = "/protection/audiences/new";
    let page = operator.get(place).await.is(200);
    let mut fields = form(&page.body, place);
    set(&mut fields, "name", "No good");
    set(&mut fields, "reach", "own");
    operator.post(place, &fields).await.is(200).has("1 to 40 of a-z");
    let mut fields = form(&operator.get(place).await.body, place);
    for (name, value) in [("name", "own"), ("reach", "own"), ("rpz", "rpz.agency.example")] {
        set(&mut fields, name, value);
    }
    operator
        .post(place, &fields)
        .await
        .is(200)
        .has("shown this once")
        .has("own.accord");
    operator
        .get("/protection")
        .await
        .is(200)
        .has("rpz.agency.example")
        .has("No list is loaded.");
    let (node, who) = story.at("agency", "operator");
    node.load_allow_list(who, "top", "bank.example\n")
        .await
        .expect("a list");

    // Indicators by their form; the operator has no part in it.
    let officer = Client::signed_in(&at, "officer").await;
    let place = format!("/cases/{case}/write/indicator.published");
    operator.get(&place).await.is(404);
    let fill = |page: &str, value: &str| {
        let mut fields = form(page, &place);
        for (name, value) in [
            ("title", "Names of the botnet"),
            ("indicators", value),
            ("labels", "simda"),
            ("from", "reverse engineering"),
            ("marking", "TLP:AMBER"),
        ] {
            set(&mut fields, name, value);
        }
        fields
    };
    let page = officer.get(&place).await.is(200);
    let page = officer
        .post(
            &place,
            &fill(&page.body, "evil[.]example\nhttps://evil.example/a"),
        )
        .await
        .is(200);
    let page = page.has("Before it happens");
    let answer = officer.post(&place, &form(&page.body, &place)).await;
    let page = officer
        .follow(answer)
        .await
        .has("evil[.]example")
        .has("Detect silently");
    let link = page
        .body
        .split("/write/verdict.block?")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let query = link.expect("a link").replace("&amp;", "&").replace("&#38;", "&");
    let place = format!("/cases/{case}/write/verdict.block");
    let page = officer
        .get(&format!("{place}?{query}"))
        .await
        .is(200)
        .has("Suspects will notice");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "title", "Block it");
    set(&mut fields, "reason", "the go");
    set(&mut fields, "marking", "TLP:AMBER");
    let page = officer
        .post(&place, &fields)
        .await
        .is(200)
        .has("Before it happens");
    let answer = officer.post(&place, &form(&page.body, &place)).await;
    officer.follow(answer).await.has("blocked");
    officer
        .get("/protection/lookup?value=www.evil.example")
        .await
        .is(200)
        .has("own: block")
        .has("simda");
    officer
        .get("/protection/lookup?value=%3Cb%3E")
        .await
        .is(200)
        .has("It cannot be looked up.");
    officer
        .get("/new")
        .await
        .is(200)
        .has("Nothing was seen this week.");
    let zone = operator.get("/protection/zones/own").await.is(200);
    assert!(zone.body.contains("evil.example CNAME ."), "{}", zone.body);
    operator.get("/protection/lookup").await.is(403);

    // A value that many use waits for somebody else.
    let place = format!("/cases/{case}/write/indicator.published");
    let page = officer.get(&place).await.is(200);
    let page = officer
        .post(&place, &fill(&page.body, "bank.example"))
        .await
        .is(200)
        .has("Ask a second person");
    let answer = officer.post(&place, &form(&page.body, &place)).await;
    let page = officer
        .follow(answer)
        .await
        .has("Waiting for a second person")
        .has("Names of the botnet");
    let agree = page
        .body
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|link| link.ends_with("/agree"));
    let agree = agree.expect("a link").to_owned();
    officer
        .get(&agree)
        .await
        .is(200)
        .has("somebody else must agree")
        .has("bank.example");
}
