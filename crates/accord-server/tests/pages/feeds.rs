//! The pages of feeds: added, pulled, looked at on trial, let block by somebody else, held, taken or left, removed.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;

use crate::client::{Client, form, set};
use crate::{ready, serve};

type Content = Arc<Mutex<&'static str>>;

/// A publisher on the loopback, which these nodes may ask: its address.
async fn publisher(content: &Content) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let says = |State(content): State<Content>| async move { *content.lock().expect("the content") };
    let router = Router::new().fallback(says).with_state(content.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://127.0.0.1:{port}/list")
}

/// Does an act on the feed, over the page before it.
async fn act(client: &Client, act: &str) -> crate::client::Answer {
    let place = format!("/protection/feeds/bad/{act}");
    let page = client.get(&place).await.is(200).has("Before it happens");
    let answer = client.post(&place, &form(&page.body, &place)).await;
    client.follow(answer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_by_its_pages() {
    let story = ready(123).await;
    let content = Content::default();
    *content.lock().expect("the content") =
        "evil.example\nworse.example\nworst.example\nbank.example\n10.0.0.1\n";
    let url = publisher(&content).await;
    let (node, who) = story.at("agency", "operator");
    node.load_allow_list(who, "top", "bank.example\n")
        .await
        .expect("a list");
    let at = serve(story.org("agency").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let officer = Client::signed_in(&at, "officer").await;
    let approver = Client::signed_in(&at, "approver").await;
    officer.get("/protection").await.is(200).has("/protection/feeds");
    officer
        .get("/protection/feeds")
        .await
        .is(200)
        .has("There is no feed.")
        .has("Add a feed");
    operator
        .get("/protection/feeds")
        .await
        .is(200)
        .lacks("Add a feed")
        .lacks("Sources by use");
    let new = "/protection/feeds/new";
    operator.get(new).await.is(403).has("researcher");

    let mut fields = form(&officer.get(new).await.is(200).body, new);
    for (name, value) in [
        ("name", "bad"),
        ("url", "http://feeds.example/list"),
        ("confidence", "lots"),
    ] {
        set(&mut fields, name, value);
    }
    officer.post(new, &fields).await.is(200).has("a whole number");
    set(&mut fields, "confidence", "75");
    officer.post(new, &fields).await.is(200).has("read over https");
    set(&mut fields, "url", &url);
    set(&mut fields, "terms", "Feeds Example");
    let answer = officer.post(new, &fields).await;
    officer
        .follow(answer)
        .await
        .is(200)
        .has("never pulled")
        .has("Feeds Example")
        .has("It was not pulled yet.");

    act(&officer, "pull")
        .await
        .is(200)
        .has("on trial")
        .has("on the allow list top")
        .has("an address of a private network");
    officer
        .get("/protection/lookup?value=www.evil.example")
        .await
        .is(200)
        .has("Feed bad")
        .has("confidence 75");
    operator
        .get("/protection/feeds/bad")
        .await
        .is(200)
        .has("on trial")
        .lacks("/list")
        .lacks("evil.example")
        .lacks("Pull it now");
    operator.get("/protection/feeds/bad/pull").await.is(403);

    // Not by who added it.
    officer
        .get("/protection/feeds/bad/block")
        .await
        .is(200)
        .has("somebody else lets it block");
    act(&approver, "block").await.is(200).has("The feed blocks.");
    approver.get("/protection/feeds/bad/pause").await.is(403);

    // Suddenly empty: held, left. What is in force stays.
    *content.lock().expect("the content") = "";
    act(&officer, "pull")
        .await
        .is(200)
        .has("A pull is held")
        .has("suddenly empty")
        .has("Take it");
    operator
        .get("/protection/feeds/bad")
        .await
        .is(200)
        .has("suddenly empty")
        .lacks("A pull is held");
    act(&officer, "discard").await.is(200).has("The pull is left.");
    officer
        .get("/protection/feeds/bad/accept")
        .await
        .is(200)
        .has("Nothing is held.");

    // A false value, with how it is known.
    let place = "/protection/feeds/bad/false";
    let page = officer
        .get(&format!("{place}?value=evil.example"))
        .await
        .is(200)
        .has("How is it known?");
    let mut fields = form(&page.body, place);
    officer
        .post(place, &fields)
        .await
        .is(200)
        .has("one line of 1 to 500 bytes");
    let page = officer.get(&format!("{place}?value=evil.example")).await;
    fields = form(&page.body, place);
    set(&mut fields, "reason", "a shop, looked at");
    let answer = officer.post(place, &fields).await;
    officer
        .follow(answer)
        .await
        .is(200)
        .has("No feed lists that value any more.");
    officer
        .get("/protection/lookup?value=evil.example")
        .await
        .is(200)
        .has("No feed lists it");

    // Changed: back on trial, and this one is now the first person.
    let place = "/protection/feeds/bad/set";
    let mut fields = form(&officer.get(place).await.is(200).body, place);
    set(&mut fields, "confidence", "60");
    let answer = officer.post(place, &fields).await;
    officer
        .follow(answer)
        .await
        .is(200)
        .has("The feed is changed.")
        .has("on trial");
    officer
        .get("/protection/feeds")
        .await
        .is(200)
        .has("Sources by use");
    act(&officer, "remove").await.is(200).has("There is no feed.");
    officer.get("/protection/feeds/bad").await.is(404);
    officer.get("/protection/feeds/bad/nothing").await.is(404);
}
