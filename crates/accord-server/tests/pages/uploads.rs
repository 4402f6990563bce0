//! Answering with a file of one's own systems, on the pages; taking a first yes back; handing an exhibit on.

use accord_model::Role;
use accord_model::agreement::templates::Template;
use accord_service::{SendUpload, UPLOAD_FILE_MAX_BYTES};
use accord_testkit::Story;

use crate::client::{Client, form, set};
use crate::{ORGS, ready, serve};

const MULTIPART: &str = "multipart/form-data; boundary=b";

fn multipart(token: &str, system: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut body = format!(
        "{}{}{}{}--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n",
        part("csrf", token),
        part("key", "k"),
        part("system", system),
        part("query", "host = evil.example"),
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--b--\r\n");
    body
}

fn token(page: &str, action: &str) -> String {
    // The form that adds a file is multipart: its token is that of every form.
    let fields = form(page, action);
    fields
        .into_iter()
        .find(|(name, _)| name == "csrf")
        .expect("a token")
        .1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_added_looked_at_and_leaves() {
    let mut story = ready(86).await;
    let at = story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    let isp = serve(story.org("isp").node()).await;
    let approver = Client::signed_in(&isp, "approver").await;
    let request = format!("/approvals/{}/{}", at.ledger, at.seq);
    let place = format!("{request}/upload");
    approver.get(&request).await.is(200).has(&place);
    let page = approver
        .get(&place)
        .await
        .is(200)
        .has("No file yet")
        .has("evil.example");
    let csrf = token(&page.body, &place);
    // Who may not, reads and sends nothing.
    for name in ["operator", "auditor"] {
        let other = Client::signed_in(&isp, name).await;
        other.get(&place).await.is(403);
        let body = multipart(&csrf, "s", "a.csv", b"x");
        other.raw("POST", &place, MULTIPART, &body).await.is(403);
    }
    // Without the token nothing is read; without words, too large, or cut, nothing is kept.
    let add = |token: &str, system: &str, name: &str, bytes: &[u8]| {
        let body = multipart(token, system, name, bytes);
        let (approver, place) = (&approver, &place);
        async move { approver.raw("POST", place, MULTIPART, &body).await }
    };
    add("", "proxy", "a.csv", b"x").await.is(403);
    add(&csrf, "", "a.csv", b"x").await.is(200).has("say it in words");
    let large = vec![b'x'; UPLOAD_FILE_MAX_BYTES + 1];
    add(&csrf, "proxy", "a.csv", &large).await.is(200).has("at most");
    let whole = multipart(&csrf, "proxy", "a.csv", b"half of it");
    let cut = whole.get(..whole.len() - 12).expect("a part");
    approver
        .raw("POST", &place, MULTIPART, cut)
        .await
        .is(200)
        .has("did not arrive whole")
        .has("No file yet");
    let hostile = b"<script>alert(1)</script>\x1b[2J,evil.example\n";
    let added = add(&csrf, "<b>proxy</b>", "<img src=x>.html", hostile).await;
    let page = approver
        .follow(added)
        .await
        .has("The file is here")
        .has("&#60;b&#62;proxy")
        .has("&#60;script&#62;alert(1)")
        .lacks("<script>alert")
        .lacks("<img src")
        .lacks("\u{1b}");
    let added = add(&csrf, "proxy", "b.zip", b"PK\0\x01").await;
    let page = {
        drop(page);
        approver.follow(added).await.has("no plain text")
    };
    // A yes counts only for what was shown.
    let send = format!("{place}/send");
    let shown = form(&page.body, &send);
    let remove = format!("{place}/remove");
    let mut second = form(&page.body, &remove);
    set(&mut second, "number", "2");
    let gone = approver.post(&remove, &second).await;
    let page = approver.follow(gone).await.lacks("b.zip");
    approver
        .post(&send, &shown)
        .await
        .is(200)
        .has("have changed since they were shown");
    let mut fields = form(&page.body, &send);
    set(&mut fields, "without", "1");
    approver
        .post(&send, &fields)
        .await
        .is(200)
        .has("say what is left out");
    let fields = form(&page.body, &send);
    let sent = approver.post(&send, &fields).await;
    approver
        .follow(sent)
        .await
        .has("The answer is with the asker")
        .has("given")
        .lacks("Add a file");
    let again = multipart(&csrf, "proxy", "late.csv", b"x");
    approver.raw("POST", &place, MULTIPART, &again).await.is(409);

    // The asking side: what it is, checked, received, handed on.
    story.sync().await.expect("pulls");
    let agency = serve(story.org("agency").node()).await;
    let asker = Client::signed_in(&agency, "investigator").await;
    let tab = format!("/cases/{}/evidence", story.case());
    let page = asker.get(&tab).await.is(200).has("not found by search");
    let receive = page
        .body
        .split("action=\"")
        .filter_map(|part| part.split('"').next())
        .find(|action| action.ends_with("/receive"))
        .expect("a form to receive")
        .to_owned();
    let exhibit = receive.trim_end_matches("/receive").to_owned();
    asker.get(&format!("{exhibit}/hand")).await.is(200);
    asker.post(&receive, &form(&page.body, &receive)).await.is(303);
    let verify = format!("{exhibit}/verify");
    asker
        .post(&verify, &form(&page.body, &verify))
        .await
        .is(200)
        .has("it is an export that approver of isp of isp uploaded");
    let hand = format!("{exhibit}/hand");
    let page = asker.get(&hand).await.is(200);
    let mut fields = form(&page.body, &hand);
    set(&mut fields, "text", "for the charge");
    asker.post(&hand, &fields).await.is(200).has("Nothing was sent");
    set(&mut fields, "to", "Crown <b>Prosecution</b> Service");
    let handed = asker.post(&hand, &fields).await;
    let page = asker
        .follow(handed)
        .await
        .has("It is noted")
        .has("Crown &#60;b&#62;Prosecution")
        .has("not yet received");
    let receipt = page
        .body
        .split("href=\"")
        .filter_map(|part| part.split('"').next())
        .find(|href| href.contains("/receipt?handed="))
        .expect("a link to note a receipt")
        .to_owned();
    let page = asker
        .get(&receipt)
        .await
        .is(200)
        .has("A receipt, or that it came back");
    let action = format!("{exhibit}/receipt");
    let mut fields = form(&page.body, &action);
    set(&mut fields, "text", "one disc, sealed");
    asker.post(&action, &fields).await.is(200).has("choose one");
    set(&mut fields, "returned", "no");
    let noted = asker.post(&action, &fields).await;
    asker.follow(noted).await.has("one disc, sealed");
    // Who does not hold or receive exhibits, hands none on.
    let approving = Client::signed_in(&agency, "approver").await;
    approving.get(&hand).await.is(403);
    approving.post(&hand, &approving.own(&[]).await).await.is(403);

    // Given back, and received there by the approver.
    let back = format!("{exhibit}/hand-back");
    let page = asker.get(&back).await.is(200);
    let mut fields = form(&page.body, &back);
    set(&mut fields, "to", "isp");
    asker.post(&back, &fields).await.is(303);
    story.sync().await.expect("pulls");
    approver.get("/").await.is(200).has("is given back");
    let page = approver.get(&tab).await.is(200);
    let received = approver.post(&receive, &form(&page.body, &receive)).await;
    approver.follow(received).await.has("received from agency");
}

/// A provider whose logs leave by the word of two people, and a hunt that waits.
pub(crate) async fn two(seed: u64) -> Story {
    let mut story = Story::begin(seed, ORGS).await;
    let approver = [Role::Approver];
    story
        .org_mut("isp")
        .add_person("second", &approver)
        .await
        .expect("a second approver");
    let parties = ["agency", "isp"];
    let (toml, cedar) = story
        .draft_agreement(Template::AgencyIsp, &parties)
        .expect("a draft");
    let toml = format!("{toml}\n[approvals]\nfour_eyes = [\"log-evidence\"]\n");
    story
        .agree_on(&toml, &cedar, &parties)
        .await
        .expect("an agreement");
    story.open_case(&["isp"]).await.expect("a case");
    story.instrument("isp").await.expect("an instrument");
    story.sync().await.expect("pulls");
    story.import("isp").await.expect("logs");
    story.join_case("isp").await.expect("an approver");
    let second = story.org("isp").who("second").person;
    let (node, who) = story.at("isp", "approver");
    node.add_member(who, story.case(), second, &approver.into(), None)
        .await
        .expect("on the case");
    story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_yes_is_taken_back_on_its_page_by_who_said_it() {
    let story = two(87).await;
    let at = story.hunt_of("isp");
    let (node, who) = story.at("isp", "approver");
    let of = accord_service::ExportOf {
        name: "a.csv".into(),
        system: "proxy".into(),
        query: "evil".into(),
        sha256: None,
    };
    let view = node
        .upload_export(who, at, &of, b"evil.example")
        .await
        .expect("a file");
    let yes = SendUpload {
        shown: view.commitment.expect("a file"),
        without: Default::default(),
        left_out: None,
        words: None,
    };
    let isp = serve(story.org("isp").node()).await;
    let first = Client::signed_in(&isp, "approver").await;
    let second = Client::signed_in(&isp, "second").await;
    let request = format!("/approvals/{}/{}", at.ledger, at.seq);
    let place = format!("{request}/take-back");
    first.get(&request).await.is(200).lacks("Take your yes back");
    first.get(&place).await.is(409);
    node.send_upload(who, at, &yes).await.expect("a first yes");
    // On the page of the request and in the inbox of who said it, and of nobody else.
    first.get(&request).await.is(200).has("Take your yes back");
    first.get("/").await.is(200).has("Take your yes back").has(&place);
    second.get(&request).await.is(200).lacks("Take your yes back");
    second.get("/").await.is(200).lacks("Take your yes back");
    second.get(&place).await.is(409);
    let auditor = Client::signed_in(&isp, "auditor").await;
    auditor.get(&place).await.is(403);
    let page = first
        .get(&place)
        .await
        .is(200)
        .has("Every party of the case reads");
    let mut fields = form(&page.body, &place);
    // Another's form is none, and no yes of one's own is there to take back.
    let mut theirs = second.own(&[]).await;
    set(&mut theirs, "reason", "not mine");
    second.post(&place, &theirs).await.is(409);
    first.post(&place, &fields).await.is(200).has("say why");
    set(&mut fields, "reason", "the <b>wrong</b> week");
    let taken = first.post(&place, &fields).await;
    first
        .follow(taken)
        .await
        .has("Your yes is taken back")
        .lacks("Take your yes back");
    assert!(!node.request(who, at).await.expect("the request").own_yes);
    // Sent again, the first answer is given again.
    first.post(&place, &fields).await.is(303);
    // The other one's yes alone is not two.
    let second_who = story.org("isp").who("second");
    let outcome = node.send_upload(second_who, at, &yes).await.expect("a first yes");
    assert!(outcome.exhibit.is_none());
    story.sync().await.expect("pulls");
    let agency = serve(story.org("agency").node()).await;
    let auditor = Client::signed_in(&agency, "auditor").await;
    let space = format!("/audit/spaces/{}", story.case());
    auditor.get(&space).await.is(200).has("the &#60;b&#62;wrong");
}
