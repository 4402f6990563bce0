//! A guest's link in a browser without scripts: what it shows, takes and refuses.

use accord_service::FILES_MAX_BYTES;

use crate::client::{Client, form, set};
use crate::{ready, serve};

/// A form with files as a browser sends it.
fn multipart(words: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body =
        format!("--b\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\n{words}\r\n").into_bytes();
    for (name, bytes) in files {
        body.extend_from_slice(
            format!("--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n")
                .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    body
}

const MULTIPART: &str = "multipart/form-data; boundary=b";

/// Asked on the pages, let go by the officer, the link made: its path.
pub(crate) async fn made(investigator: &Client, officer: &Client, case: &str, organisation: &str) -> String {
    let ask = format!("{case}/guests/ask/information");
    let page = investigator
        .get(&ask)
        .await
        .is(200)
        .has("Ask for information by link");
    let mut fields = form(&page.body, &ask);
    for (name, value) in [
        ("organisation", organisation),
        ("to", "shop.example"),
        ("contact", "the manager"),
        ("reference", "G-1"),
        ("reason", "the till called a name\n<img src=x>"),
        ("marking", "TLP:AMBER"),
    ] {
        set(&mut fields, name, value);
    }
    let page = investigator
        .post(&ask, &fields)
        .await
        .is(200)
        .has("Ask a case officer to let it go")
        .lacks("<img src=x>");
    let asked = investigator.post(&ask, &form(&page.body, &ask)).await.is(303);
    let page = investigator
        .follow(asked)
        .await
        .has("waits for approval")
        .lacks("Let it go, or not");
    drop(page);
    let requests = format!("{case}/requests");
    let page = officer.get(&requests).await.is(200).has("Let it go, or not");
    let approve = page
        .body
        .split("href=\"")
        .filter_map(|part| part.split('"').next())
        .find(|href| href.ends_with("/approve"))
        .expect("a link to decide")
        .to_owned();
    let page = officer.get(&approve).await.is(200).has("the manager");
    let mut fields = form(&page.body, &approve);
    let _ = officer.post(&approve, &fields).await.is(200).has("choose one");
    set(&mut fields, "word", "yes");
    officer.post(&approve, &fields).await.is(303);
    let make = approve.replace("/approve", "/make");
    let page = investigator.get(&make).await.is(200).has("It is shown once");
    let page = investigator
        .post(&make, &form(&page.body, &make))
        .await
        .is(200)
        .has("Shown once");
    assert_eq!(page.header("cache-control"), "no-store");
    let (_, rest) = page.body.split_once("/r/").expect("the link");
    format!("/r/{}", rest.get(..64).expect("a token"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_answers_at_its_link() {
    let story = ready(71).await;
    let at = serve(story.org("agency").node()).await;
    let case = format!("/cases/{}", story.case());
    let investigator = Client::signed_in(&at, "investigator").await;
    let officer = Client::signed_in(&at, "officer").await;
    let link = made(&investigator, &officer, &case, "Corner <b>Shop</b>").await;

    // Nobody signs in; the page says who asks and how to make sure, and nothing of the case.
    let shop = Client::new(&at);
    let page = shop.get(&link).await.is(200);
    for (name, value) in [
        ("set-cookie", ""),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.header(name), value);
    }
    let page = page
        .has("call the agency on a number that you already have")
        .has("investigator of agency")
        .has("Corner &#60;b&#62;Shop")
        .has("&#60;img src=x&#62;")
        .lacks("Sign out")
        .lacks("Heron");
    // The address is the secret: no later request carries it.
    let page = page.has("<meta name=\"referrer\" content=\"no-referrer\">");
    for elsewhere in ["href=\"http", "src=\"http", "href=\"//", "src=\"//"] {
        assert!(!page.body.contains(elsewhere), "nothing from elsewhere");
    }
    // A wrong link is nothing, in the same bytes whatever is done there.
    let wrong = shop.get(&format!("/r/{}", "0".repeat(64))).await.is(404);
    let wrong = wrong.has("There is nothing at this link").lacks("inbox");
    let none = Vec::new();
    for other in [
        "/r/00",
        "/r/x/answer",
        "/r/x/check",
        "/r/x/receipt/txt",
        "/r/x/say/declined",
    ] {
        assert_eq!(shop.get(other).await.is(404).body, wrong.body, "{other}");
    }
    for other in [
        "/r/x/send",
        "/r/x/remove",
        "/r/x/say/not-us",
        "/r/x",
        "/r/x/answer",
    ] {
        assert_eq!(shop.post(other, &none).await.is(404).body, wrong.body, "{other}");
    }
    let huge = multipart("", &[("a", &[b'x'; 1_000])]);
    let answer = shop.raw("POST", "/r/x/answer", MULTIPART, &huge).await.is(404);
    assert_eq!(answer.body, wrong.body, "its body is not even read");
    // A method that is none, and a page that is none, of a good link.
    assert_eq!(shop.post(&link, &none).await.is(404).body, wrong.body);
    assert_eq!(shop.get(&format!("{link}/else")).await.is(404).body, wrong.body);
    assert_eq!(
        shop.get(&format!("{link}/receipt/txt")).await.is(404).body,
        wrong.body
    );
    // Another site cannot make a visitor send anything.
    let mut elsewhere = Client::new(&at);
    elsewhere.extra.push(("Sec-Fetch-Site", "cross-site"));
    elsewhere.post(&format!("{link}/send"), &none).await.is(403);
    // An old browser that says no site, and no origin because our page told it so, is heard; here only.
    let mut old = Client::new(&at);
    old.extra.push(("Origin", "null"));
    old.post(&format!("{link}/send"), &none).await.is(200);
    old.post("/sign-in", &none).await.is(403);
    old.extra = vec![("Origin", "https://elsewhere.example")];
    old.post(&format!("{link}/send"), &none).await.is(403);

    // Files with hostile names and content; words with HTML.
    let answer = format!("{link}/answer");
    shop.get(&answer)
        .await
        .is(200)
        .has("Nothing is sent yet")
        .has("multipart/form-data");
    let body = multipart(
        "<script>alert(1)</script> two files",
        &[
            ("..%2f../a&quot;.html", b"<html>hi"),
            ("b.log", b"x evil.example\n"),
        ],
    );
    let sent = shop.raw("POST", &answer, MULTIPART, &body).await.is(303);
    assert_eq!(sent.header("location"), format!("{link}/check"));
    let page = shop
        .follow(sent)
        .await
        .has("Will be sent")
        .has("&#60;script&#62;alert(1)")
        .lacks("<script>alert")
        .has("b.log");
    // More than all files may have is refused, and what was there stays.
    let large = vec![b'x'; FILES_MAX_BYTES / 2 + 1];
    let body = multipart("words", &[("large.bin", &large)]);
    shop.raw("POST", &answer, MULTIPART, &body)
        .await
        .is(200)
        .has("a file has at most")
        .has("b.log");
    let nothing = shop.raw("POST", &answer, "text/plain", b"x").await;
    assert_eq!(nothing.status, 400, "no form");
    let send = format!("{link}/send");
    let commitment = form(&page.body, &send);
    // What was shown is what is sent: a file was taken away meanwhile.
    let mut gone = form(&page.body, &format!("{link}/remove"));
    set(&mut gone, "number", "1");
    shop.post(&format!("{link}/remove"), &gone).await.is(303);
    shop.post(&send, &commitment).await.is(200).has("has changed");
    let page = shop.get(&format!("{link}/check")).await.is(200);
    let commitment = form(&page.body, &send);
    let first = shop.post(&send, &commitment).await.is(303);
    let page = shop.follow(first).await.has("has your answer").has("b.log");
    // The button again, and another one.
    shop.post(&send, &commitment).await.is(303);
    let mut other = commitment;
    set(&mut other, "commitment", &"0".repeat(64));
    shop.post(&send, &other).await.is(409);
    shop.get(&answer).await.is(409);
    drop(page);
    let text = shop.get(&format!("{link}/receipt/txt")).await.is(200);
    assert!(text.header("content-disposition").starts_with("attachment"));
    let text = text.has("accord-receipt/v1").has("b.log").has("checkpoint: ");
    let json: serde_json::Value =
        serde_json::from_str(&shop.get(&format!("{link}/receipt/json")).await.is(200).body).expect("JSON");
    assert_eq!(json["text"].as_str(), Some(text.body.as_str()));

    // On the case: answered, and to be received by whoever works on it.
    investigator
        .get("/")
        .await
        .is(200)
        .has("shop.example delivered exhibit");
    investigator
        .get(&format!("{case}/requests"))
        .await
        .is(200)
        .has("answered")
        .has("Opened")
        .lacks("<script>alert");
    investigator
        .get(&format!("{case}/evidence"))
        .await
        .is(200)
        .has("shop.example");
    // The secret is nowhere in the access log.
    let secret = link.trim_start_matches("/r/");
    let auditor = Client::signed_in(&at, "auditor").await;
    auditor
        .get("/audit")
        .await
        .is(200)
        .has("guest sent")
        .lacks(secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_says_no() {
    let story = ready(72).await;
    let at = serve(story.org("agency").node()).await;
    let case = format!("/cases/{}", story.case());
    let investigator = Client::signed_in(&at, "investigator").await;
    let officer = Client::signed_in(&at, "officer").await;
    let link = made(&investigator, &officer, &case, "Corner Shop").await;
    let shop = Client::new(&at);
    let say = format!("{link}/say/declined");
    let page = shop.get(&say).await.is(200).has("You do not answer this");
    let mut fields = form(&page.body, &say);
    shop.post(&say, &fields).await.is(200).has("say why");
    set(&mut fields, "words", "ask our lawyer");
    let said = shop.post(&say, &fields).await.is(303);
    let page = shop
        .follow(said)
        .await
        .has("That you do not answer")
        .has("ask our lawyer");
    let send = format!("{link}/send");
    let sent = shop.post(&send, &form(&page.body, &send)).await.is(303);
    shop.follow(sent).await.has("declined");
    investigator
        .get(&format!("{case}/requests"))
        .await
        .is(200)
        .has("Declined: ask our lawyer");
    shop.get(&format!("{link}/say/else")).await.is(404);
}
