//! What an operator does by pages on day one and on a bad day: a list of values that many use, an audience closed, the
//! node looked at, a key revoked. And that nobody else does it.

use std::sync::atomic::{AtomicU64, Ordering};

use accord_ledger::note::Note;

use crate::client::{Answer, Client, form, set};
use crate::{ready, serve};

const LOAD: &str = "/protection/lists/load";

/// How many forms were sent: one that was shown anew has another key.
static SENT: AtomicU64 = AtomicU64::new(0);

/// Sends the form of a list as a browser does, with a file or without.
async fn load(client: &Client, token: &str, fields: &[(&str, &str)], file: &str) -> Answer {
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let key = format!("{:032x}", SENT.fetch_add(1, Ordering::SeqCst));
    let mut body = part("csrf", token) + &part("key", &key);
    for (name, value) in fields {
        body += &part(name, value);
    }
    body += &format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"l.csv\"\r\n\r\n{file}\r\n--b--\r\n"
    );
    let kind = "multipart/form-data; boundary=b";
    client.raw("POST", LOAD, kind, body.as_bytes()).await
}

fn token(page: &Answer, action: &str) -> String {
    let fields = form(&page.body, action);
    fields
        .iter()
        .find(|(name, _)| name == "csrf")
        .expect("a token")
        .1
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_pasted_or_sent_and_replaced_only_when_that_is_said() {
    let story = ready(121).await;
    let at = serve(story.org("agency").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let officer = Client::signed_in(&at, "officer").await;
    operator.get("/protection").await.is(200).has("Load a list");
    officer.get("/protection").await.is(200).lacks("Load a list");
    let denied = officer.get(LOAD).await.is(403);
    denied
        .has("You may not open and close audiences, or load lists")
        .has("an operator of agency");
    let page = operator
        .get(LOAD)
        .await
        .is(200)
        .has("No list is loaded yet")
        .lacks("Put it in the place");
    let csrf = token(&page, LOAD);

    load(&operator, "", &[("name", "top"), ("text", "bank.example")], "")
        .await
        .is(403);
    let officers = token(&officer.get("/account").await, "/sign-out");
    load(
        &officer,
        &officers,
        &[("name", "top"), ("text", "bank.example")],
        "",
    )
    .await
    .is(403);
    load(&operator, &csrf, &[("name", "top"), ("text", "\u{1f}\n%%")], "")
        .await
        .is(200)
        .has("there is no value in it");
    load(
        &operator,
        &csrf,
        &[("name", "no good"), ("text", "bank.example")],
        "",
    )
    .await
    .is(200)
    .has("1 to 64 letters")
    .has("bank.example");
    // Ranks are left out; what is no value is counted.
    let file = "1,bank.example\n2,mail.example\n!!\n";
    let answer = load(&operator, &csrf, &[("name", "top")], file).await;
    let page = operator.follow(answer).await.has("The list is loaded.");
    page.has("Lines refused")
        .has("Load it again")
        .lacks("No list is loaded.");

    // Another under the same name takes its place only when that is ticked.
    let page = operator
        .get(&format!("{LOAD}?name=top"))
        .await
        .is(200)
        .has("top: 2 values");
    assert!(form(&page.body, LOAD).contains(&("name".to_owned(), "top".to_owned())));
    let again = [("name", "top"), ("text", "other.example")];
    load(&operator, &csrf, &again, "")
        .await
        .is(200)
        .has("there is a list top of 2 values already")
        .has("other.example");
    let replacing = [("name", "top"), ("text", "other.example"), ("replace", "yes")];
    let answer = load(&operator, &csrf, &replacing, "").await;
    operator.follow(answer).await.has("The list is loaded.");
    operator.get(LOAD).await.is(200).has("top: 1 values");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audience_is_closed_once_what_ends_was_shown() {
    let story = ready(122).await;
    let at = serve(story.org("agency").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let officer = Client::signed_in(&at, "officer").await;
    let place = "/protection/audiences/new";
    let mut fields = form(&operator.get(place).await.body, place);
    for (name, value) in [("name", "own"), ("reach", "own"), ("rpz", "rpz.agency.example")] {
        set(&mut fields, name, value);
    }
    operator.post(place, &fields).await.is(200);
    let close = "/protection/audiences/own/close";
    operator.get("/protection").await.is(200).has(close);
    officer.get("/protection").await.is(200).lacks(close);
    officer.get(close).await.is(403);
    operator.get("/protection/audiences/none/close").await.is(404);
    let page = operator
        .get(close)
        .await
        .is(200)
        .has("Before it happens")
        .has("rpz.agency.example")
        .has("new secrets");
    let fields = form(&page.body, close);
    let theirs = officer.own(&fields).await;
    officer
        .post(close, &theirs)
        .await
        .is(403)
        .has("an operator of agency");
    // Without the look nothing is done.
    let mut blind = fields.clone();
    set(&mut blind, "commitment", "");
    operator
        .post(close, &blind)
        .await
        .is(200)
        .has("Before it happens");
    let answer = operator.post(close, &fields).await;
    let again = operator.post(close, &fields).await;
    assert_eq!(answer.header("location"), again.header("location"), "closed once");
    operator
        .follow(answer)
        .await
        .has("answered no more")
        .has("Nobody is served yet.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_is_looked_at_and_a_key_revoked() {
    let story = ready(123).await;
    let isp = story.org("isp");
    let at = serve(isp.node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let approver = Client::signed_in(&at, "approver").await;
    let place = "/node/keys/evidence/revoke";
    for path in ["/node", place, "/node/keys/evidence/revocation"] {
        approver.get(path).await.is(403).has("an operator of isp");
    }
    let page = operator
        .get("/node")
        .await
        .is(200)
        .has("Health")
        .has("all reached")
        .has("Certificate")
        .has("Backups")
        .has(place);
    page.lacks("revoked");
    operator.get("/node/keys/identity/revoke").await.is(404);

    let page = operator
        .get(place)
        .await
        .is(200)
        .has("signs every evidence package")
        .has("isp/accord/identity");
    let text = operator.get("/node/keys/evidence/revocation").await.is(200);
    assert!(text.header("content-disposition").contains("revoke-evidence.txt"));
    let mut fields = form(&page.body, place);
    set(&mut fields, "note", "nothing");
    operator
        .post(place, &fields)
        .await
        .is(200)
        .has("Nothing was sent");
    let sign = |text: &str, by: &str| Note::sign(text, &[&story.org(by).identity()]).expect("a note");
    let by_another = sign(&text.body, "agency").encode();
    set(&mut fields, "note", &by_another);
    operator
        .post(place, &fields)
        .await
        .is(200)
        .has("Nothing was sent");
    // Of another key than the page's.
    let other = operator.get("/node/keys/peer/revocation").await.is(200);
    set(&mut fields, "note", &sign(&other.body, "isp").encode());
    operator
        .post(place, &fields)
        .await
        .is(200)
        .has("the revocation of another key");
    // As a browser sends it: with other ends of lines.
    let signed = sign(&text.body, "isp").encode().replace('\n', "\r\n");
    set(&mut fields, "note", &signed);
    let page = operator
        .post(place, &fields)
        .await
        .is(200)
        .has("Before it happens")
        .has("agreements and cases")
        .has("never trusted again");
    operator.get("/node").await.is(200).lacks("revoked");
    let fields = form(&page.body, place);
    let theirs = approver.own(&fields).await;
    approver
        .post(place, &theirs)
        .await
        .is(403)
        .has("an operator of isp");
    let answer = operator.post(place, &fields).await;
    let again = operator.post(place, &fields).await;
    assert_eq!(
        answer.header("location"),
        again.header("location"),
        "published once"
    );
    operator
        .follow(answer)
        .await
        .has("The key is revoked.")
        .has("revoked");
    operator.get(place).await.is(200).has("revoked already");
}
