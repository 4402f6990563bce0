//! The researcher's minute, on the pages and through the API of real servers.

use accord_model::Role;
use accord_model::content::FileNature;
use accord_service::NewFile;
use accord_testkit::Story;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{Answer, Client, form, set};
use crate::{ready, serve};

const REPORT: &str =
    "# Loader of autumn\nTLP:AMBER\n\nIt talks to c2.evil.example and shows www.bank.example.\n";

/// A case with a researcher at the provider, and a list of what many use there.
async fn story(seed: u64) -> Story {
    let mut story = ready(seed).await;
    for sign_in in ["researcher", "second"] {
        story
            .org_mut("isp")
            .add_person(sign_in, &[Role::Researcher])
            .await
            .unwrap();
        let (isp, approver) = story.at("isp", "approver");
        let person = story.at("isp", sign_in).1.person;
        isp.add_member(approver, story.case(), person, &[Role::Researcher].into(), None)
            .await
            .unwrap();
    }
    let (isp, operator) = story.at("isp", "operator");
    isp.load_allow_list(operator, "top", "www.bank.example\n")
        .await
        .unwrap();
    story.sync().await.unwrap();
    story
}

/// Sends the form of `/import` as a browser does.
async fn bring_in(client: &Client, fields: &[(String, String)], file: Option<(&str, &str)>) -> Answer {
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    let (name, bytes) = file.unwrap_or(("", ""));
    body += &format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{bytes}\r\n--b--\r\n"
    );
    let kind = "multipart/form-data; boundary=b";
    client.raw("POST", "/import", kind, body.as_bytes()).await
}

fn path_of(answer: &Answer) -> String {
    answer
        .header("location")
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_brought_in_looked_at_and_published() {
    let story = story(521).await;
    let case = story.case();
    let isp = serve(story.org("isp").node()).await;
    let researcher = Client::signed_in(&isp, "researcher").await;
    let tab = researcher.get(&format!("/cases/{case}/intel")).await.is(200);
    tab.has("Drop a file or paste indicators");
    let page = researcher.get(&format!("/import?case={case}")).await.is(200);
    let fields = form(&page.body, "/import");
    assert!(
        fields.contains(&("case".to_owned(), case.to_string())),
        "{fields:?}"
    );
    let nothing = bring_in(&researcher, &fields, None).await.is(200);
    nothing.has("there is nothing in it");
    let first = bring_in(&researcher, &fields, Some(("autumn.md", REPORT)))
        .await
        .is(303);
    let again = bring_in(&researcher, &fields, Some(("autumn.md", REPORT)))
        .await
        .is(303);
    assert_eq!(first.header("location"), again.header("location"), "one draft");
    let draft = path_of(&first);
    let page = researcher.follow(first).await;
    let page = page
        .has("Draft, seen by you alone")
        .has("TLP:AMBER (line 2)")
        .has("on the allow list top")
        .has("a second person must agree");
    // Somebody else has no such page, to the byte.
    let second = Client::signed_in(&isp, "second").await;
    second.get(&draft).await.is(404);
    second.get(&format!("{draft}/publish")).await.is(404);
    let action = format!("{draft}?page=1");
    let mut fields = form(&page.body, &action);
    let ticks: Vec<&str> = fields
        .iter()
        .filter(|(name, _)| name == "tick")
        .map(|(_, n)| n.as_str())
        .collect();
    assert_eq!(ticks, ["0"]);
    // A looser marking without a word about it is told beside its field, and nothing is published.
    set(&mut fields, "marking", "TLP:GREEN");
    set(&mut fields, "do", "preview");
    let page = researcher.post(&action, &fields).await.is(200);
    let page = page.has("say who allows it");
    let mut fields = form(&page.body, &action);
    set(&mut fields, "marking", "TLP:AMBER");
    set(&mut fields, "labels", "heather, autumn");
    set(&mut fields, "confidence", "80");
    set(&mut fields, "reliability", "B");
    set(&mut fields, "credibility", "2");
    set(&mut fields, "with_report", "yes");
    set(&mut fields, "attach", "whole");
    set(&mut fields, "nature", "sample");
    fields.push(("tick".to_owned(), "1".to_owned()));
    set(&mut fields, "do", "preview");
    let page = researcher.follow(researcher.post(&action, &fields).await).await;
    let page = page
        .has("Before it happens")
        .has("Report: Loader of autumn")
        .has("once a second person agrees")
        .has("Waiting for a second person: www.bank.example")
        .has("agency");
    let confirm = format!("{draft}/publish");
    let fields = form(&page.body, &confirm);
    let mut other = fields.clone();
    set(&mut other, "commitment", "00");
    researcher.post(&confirm, &other).await.is(200).has("look again");
    let done = researcher.post(&confirm, &fields).await.is(303);
    let page = researcher.follow(done).await;
    page.has("Published.")
        .has("It talks to c2.evil.example")
        .has("B2");
    researcher.get(&draft).await.is(404);
    let waiting = researcher.get(&format!("/cases/{case}/intel")).await.is(200);
    waiting.has("Waiting for a second person").has("Look and agree");

    // On the agency's pages.
    story.sync().await.unwrap();
    let agency = serve(story.org("agency").node()).await;
    let investigator = Client::signed_in(&agency, "investigator").await;
    let list = investigator.get("/intel?q=autumn").await.is(200);
    list.has("c2.evil.example").has("autumn.md").has("TLP:AMBER");
    let files = investigator.get("/intel?kind=file").await.is(200);
    let item = files
        .body
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|href| href.starts_with("/intel/"))
        .unwrap()
        .to_owned();
    files.lacks("It talks to");
    let page = investigator.get(&item).await.is(200);
    page.has("This file may be harmful")
        .has("Save the sample, which may be harmful");
    let saved = investigator
        .get(&item.replace("/intel/", "/files/"))
        .await
        .is(200);
    assert_eq!(saved.body, REPORT);
    check_saved(&saved, "autumn.md");
    let auditor = Client::signed_in(&agency, "auditor").await;
    auditor.get(&item).await.is(404);
    auditor.get(&item.replace("/intel/", "/files/")).await.is(404);
    auditor.get("/import").await.is(403);
}

/// The headers of a file that is saved and never shown.
fn check_saved(saved: &Answer, name: &str) {
    assert_eq!(saved.header("content-type"), "application/octet-stream");
    assert_eq!(saved.header("x-content-type-options"), "nosniff");
    assert_eq!(saved.header("cache-control"), "no-store");
    let policy = saved.header("content-security-policy");
    assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
    let disposition = saved.header("content-disposition");
    assert!(
        disposition.starts_with(&format!("attachment; filename=\"{name}\"")),
        "{disposition}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_many_values_is_ticked_page_by_page() {
    let story = story(522).await;
    let isp = serve(story.org("isp").node()).await;
    let researcher = Client::signed_in(&isp, "researcher").await;
    let page = researcher.get("/import").await.is(200);
    let mut fields = form(&page.body, "/import");
    let list: String = (0..150).map(|n| format!("h{n}.evil.example\n")).collect();
    set(&mut fields, "text", &list);
    let answer = bring_in(&researcher, &fields, None).await;
    let draft = path_of(&answer);
    let page = researcher.follow(answer).await;
    let page = page.has("1 to 100 of 150, 150 ticked.").has("pasted text");
    let mut fields = form(&page.body, &format!("{draft}?page=1"));
    fields.retain(|(name, value)| !(name == "tick" && value == "7"));
    set(&mut fields, "do", "page-2");
    let page = researcher
        .follow(researcher.post(&format!("{draft}?page=1"), &fields).await)
        .await;
    let page = page
        .has("101 to 150 of 150, 149 ticked.")
        .has("h149.evil.example");
    let mut fields = form(&page.body, &format!("{draft}?page=2"));
    set(&mut fields, "do", "none");
    let page = researcher
        .follow(researcher.post(&format!("{draft}?page=2"), &fields).await)
        .await;
    let page = page.has("0 ticked.");
    let mut fields = form(&page.body, &format!("{draft}?page=2"));
    set(&mut fields, "do", "preview");
    set(&mut fields, "case", &story.case().to_string());
    let page = researcher.post(&format!("{draft}?page=2"), &fields).await.is(200);
    let page = page.has("nothing is chosen");
    let mut fields = form(&page.body, &format!("{draft}?page=2"));
    set(&mut fields, "do", "all");
    let page = researcher
        .follow(researcher.post(&format!("{draft}?page=2"), &fields).await)
        .await;
    let page = page.has("150 ticked.");
    let gone = format!("{draft}/throw-away");
    let fields = form(&page.body, &gone);
    let page = researcher.follow(researcher.post(&gone, &fields).await).await;
    page.has("thrown away").has("You have no draft.");
    // A form of another session counts for nothing.
    let mut fields = form(&researcher.get("/import").await.body, "/import");
    set(&mut fields, "csrf", "00");
    bring_in(&researcher, &fields, Some(("x", "evil.example")))
        .await
        .is(403);
}

/// One request to the API with a person's token.
async fn api(address: &str, token: &str, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
    let mut client = Client::new(address);
    let header: &'static str = Box::leak(format!("Bearer {token}").into_boxed_str());
    client.extra.push(("Authorization", header));
    client.raw(method, &format!("/api/v1{path}"), kind, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_through_the_api() {
    let story = story(523).await;
    let case = story.case();
    let isp = serve(story.org("isp").node()).await;
    let token = |answer: Answer| {
        let value: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        value["token"].as_str().unwrap().to_owned()
    };
    let sign_in = async |name: &str| {
        let body = serde_json::json!({ "sign_in": name, "password": crate::PASSWORD }).to_string();
        let client = Client::new(&isp);
        token(
            client
                .raw("POST", "/api/v1/sessions", "application/json", body.as_bytes())
                .await,
        )
    };
    let researcher = sign_in("researcher").await;
    let json = |answer: Answer| -> serde_json::Value { serde_json::from_str(&answer.is(200).body).unwrap() };
    let raw = "application/octet-stream";
    let path = format!("/imports?name=autumn.md&case={case}");
    let draft = json(api(&isp, &researcher, "POST", &path, raw, REPORT.as_bytes()).await);
    let id = draft["id"].as_str().unwrap().to_owned();
    let view = json(api(&isp, &researcher, "GET", &format!("/imports/{id}"), "", b"").await);
    assert_eq!(view["values"].as_array().unwrap().len(), 2);
    assert_eq!(view["values"][1]["listed"], "top");
    let kind = "application/json";
    let chosen = serde_json::json!({ "case": case, "choices": { "labels": ["heather"] } }).to_string();
    json(
        api(
            &isp,
            &researcher,
            "POST",
            &format!("/imports/{id}/choices"),
            kind,
            chosen.as_bytes(),
        )
        .await,
    );
    let plan = json(
        api(
            &isp,
            &researcher,
            "POST",
            &format!("/imports/{id}/preview"),
            kind,
            b"",
        )
        .await,
    );
    assert_eq!(plan["reaches"], serde_json::json!(["agency"]));
    let second = sign_in("second").await;
    for (method, rest) in [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/preview"),
        ("POST", "/publish"),
    ] {
        let body = if rest == "/publish" { &b"{}"[..] } else { b"" };
        api(&isp, &second, method, &format!("/imports/{id}{rest}"), kind, body)
            .await
            .is(404);
    }
    let expect = serde_json::json!({ "expect": plan["reaches"] }).to_string();
    let done = json(
        api(
            &isp,
            &researcher,
            "POST",
            &format!("/imports/{id}/publish"),
            kind,
            expect.as_bytes(),
        )
        .await,
    );
    assert_eq!(done["indicators"].as_array().unwrap().len(), 1);
    api(&isp, &researcher, "GET", &format!("/imports/{id}"), "", b"")
        .await
        .is(404);

    let attach = format!("/cases/{case}/files?name=lo%22ader%0A.exe&marking=TLP:AMBER&nature=sample");
    api(&isp, &researcher, "POST", &attach, raw, b"MZ").await.is(400);
    let attach = format!("/cases/{case}/files?name=l%C3%B6ader.exe&marking=TLP:AMBER&nature=sample");
    let told = json(
        api(
            &isp,
            &researcher,
            "POST",
            &format!("{attach}&preview=true"),
            raw,
            b"MZ",
        )
        .await,
    );
    assert_eq!(told[0]["to"], "agency");
    let file = json(api(&isp, &researcher, "POST", &attach, raw, b"MZ").await);
    let at = file["at"].as_str().unwrap();
    let known = json(api(&isp, &researcher, "GET", &format!("/files/{at}"), "", b"").await);
    assert_eq!(known["file"]["nature"], "sample");
    let saved = api(&isp, &researcher, "GET", &format!("/files/{at}/bytes"), "", b"")
        .await
        .is(200);
    assert_eq!(saved.body, "MZ");
    check_saved(&saved, "l_ader.exe");
    let disposition = saved.header("content-disposition");
    assert!(
        disposition.contains("filename*=UTF-8''l%C3%B6ader.exe"),
        "{disposition}"
    );
    let list = json(
        api(
            &isp,
            &researcher,
            "GET",
            &format!("/intel?case={case}&q=heather"),
            "",
            b"",
        )
        .await,
    );
    assert_eq!(list["total"], 1);
    // Too much is told before it is read.
    let over = accord_formats::material::limits::MATERIAL_MAX_BYTES + 1;
    let head = format!(
        "POST /api/v1/imports HTTP/1.1\r\nHost: {isp}\r\nConnection: close\r\nAuthorization: Bearer {researcher}\r\n\
         Content-Type: {raw}\r\nContent-Length: {over}\r\n\r\n"
    );
    let mut stream = tokio::net::TcpStream::connect(&isp).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(
        answer.starts_with(b"HTTP/1.1 413"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    // Another organisation's file of the same name is none of this one's.
    let new = NewFile {
        title: "kept".into(),
        marking: accord_model::Tlp::Red,
        to: Vec::new(),
        name: "kept.bin".into(),
        media_type: "application/octet-stream".into(),
        nature: FileNature::Document,
        about: None,
        note: None,
        expect: None,
    };
    let (agency, investigator) = story.at("agency", "investigator");
    let kept = agency
        .attach_file(investigator, case, &new, b"kept".to_vec())
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    api(&isp, &researcher, "GET", &format!("/files/{kept}"), "", b"")
        .await
        .is(404);
    api(&isp, &researcher, "GET", &format!("/files/{kept}/bytes"), "", b"")
        .await
        .is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shared_something_is_told_what_became_of_it() {
    let story = story(527).await;
    let (agency, investigator) = story.at("agency", "investigator");
    let report = accord_testkit::report("The panel", "It answers at night.", accord_model::Tlp::Amber);
    let at = agency
        .publish_note(investigator, story.case(), &report)
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    let item = format!("/intel/{}/{}", at.ledger, at.seq);
    let words = "Tell them what became of it";
    // Nobody tells themselves.
    let own = serve(story.org("agency").node()).await;
    let own = Client::signed_in(&own, "investigator").await;
    own.get(&item).await.is(200).lacks(words);

    let isp = serve(story.org("isp").node()).await;
    let researcher = Client::signed_in(&isp, "researcher").await;
    researcher.get(&item).await.is(200).has(words);
    let place = format!("/cases/{}/write/feedback.given", story.case());
    let page = researcher
        .get(&format!("{place}?about={}/{}", at.ledger, at.seq))
        .await
        .is(200)
        .has("The panel");
    let mut fields = form(&page.body, &place);
    set(&mut fields, "title", "It helped");
    set(&mut fields, "text", "We found two more.");
    set(&mut fields, "marking", "TLP:AMBER");
    let page = researcher.post(&place, &fields).await.is(200);
    let page = page.has("Before it happens");
    researcher.post(&place, &form(&page.body, &place)).await.is(303);
    story.sync().await.unwrap();
    let timeline = format!("/cases/{}/timeline", story.case());
    own.get(&timeline).await.is(200).has("We found two more.");
}
