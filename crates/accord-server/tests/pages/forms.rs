//! Uploads, and the rest of the forms.

use crate::client::{Client, form, set};
use crate::{ready, serve};

/// The digest of a document that was signed on paper.
const PROSE: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_uploaded_once_and_only_with_the_token() {
    let story = ready(10).await;
    let operator = Client::signed_in(&serve(story.org("isp").node()).await, "operator").await;
    let page = operator.get("/logs/import").await.is(200);
    let fields = form(&page.body, "/logs/import");
    let token = &fields.iter().find(|(name, _)| name == "csrf").expect("a token").1;
    let upload = |token: &str, source: &str, log: &str| {
        let part = |name: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        format!(
            "{}{}{}--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.log\"\r\n\r\n{log}\r\n--b--\r\n",
            part("csrf", token),
            part("key", "k"),
            part("source", source)
        )
    };
    let kind = "multipart/form-data; boundary=b";
    let log =
        "10.1.0.7 - - [02/Nov/2026:09:00:00 +0000] \"GET http://evil.example/ HTTP/1.1\" 200 1 \"-\" \"-\"\n";
    let send = |body: String| {
        let operator = &operator;
        async move { operator.raw("POST", "/logs/import", kind, body.as_bytes()).await }
    };
    send(upload("", "access", log)).await.is(403);
    send(upload(token, "nothing", log))
        .await
        .is(200)
        .has("Nothing was sent");
    let answer = send(upload(token, "access", log)).await;
    operator
        .follow(answer)
        .await
        .has("The file is stored")
        .has("x.log");
    let again = send(upload(token, "access", log)).await;
    operator
        .follow(again)
        .await
        .has("The same bytes were here already");
    let verify = operator.get("/logs/source/access").await.is(200);
    let answer = operator
        .post("/logs/verify", &form(&verify.body, "/logs/verify"))
        .await;
    operator.follow(answer).await.has("Every stored file was checked");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_organisations_meet_agree_and_end_it() {
    let story = accord_testkit::Story::start(11, crate::ORGS).await;
    let (agency, isp) = (story.org("agency"), story.org("isp"));
    // A node's own port answers peers; pages are served on another.
    let (agency_at, isp_at) = (serve(agency.node()).await, serve(isp.node()).await);
    let (here, there) = (
        Client::signed_in(&agency_at, "operator").await,
        Client::signed_in(&isp_at, "operator").await,
    );
    let place = "/organisations";
    let page = here.get(place).await.is(200);
    let invite = "/organisations/invite";
    let shown = here.post(invite, &form(&page.body, invite)).await.is(200);
    let (_, rest) = shown
        .body
        .split_once("<pre class=\"command wrap\">")
        .expect("the text");
    let text = rest.split("</pre>").next().expect("ends");
    let text = text.replace("&#34;", "\"").replace("&#38;", "&");
    let accept = "/organisations/accept";
    let mut fields = form(&there.get(place).await.is(200).body, accept);
    set(&mut fields, "invitation", "{}");
    there
        .post(accept, &fields)
        .await
        .is(200)
        .has("not a whole invitation");
    set(&mut fields, "invitation", &text);
    let answer = there.post(accept, &fields).await;
    there.follow(answer).await.has("Compare fingerprints now");
    for (client, other) in [(&here, "isp"), (&there, "agency")] {
        let page = client.get(place).await.is(200);
        let confirm = format!("/organisations/{other}/confirm");
        let mut fields = form(&page.body, &confirm);
        // The page does not tell the fingerprint that is to be typed; a wrong one is refused beside the field.
        let fingerprint = story.org(other).node().fingerprint();
        assert!(
            !page.body.contains(&fingerprint),
            "the page shows what is to be compared"
        );
        for wrong in [
            "",
            "00",
            &story
                .org(if other == "isp" { "agency" } else { "isp" })
                .node()
                .fingerprint(),
        ] {
            set(&mut fields, "fingerprint", wrong);
            client
                .post(&confirm, &fields)
                .await
                .is(200)
                .has("do not go on before you know why");
        }
        set(&mut fields, "fingerprint", &fingerprint);
        let answer = client.post(&confirm, &fields).await;
        client.follow(answer).await.has("The organisation is trusted.");
    }

    let signatory = Client::signed_in(&agency_at, "signatory").await;
    let page = signatory.get("/agreements/new").await.is(200);
    let mut fields = form(&page.body, "/agreements/new");
    for (name, value) in [
        ("title", "Agency with ISP"),
        ("reference", "A-1"),
        ("template", "agency-isp"),
        ("parties", "isp"),
        ("gateway", "the law that permits it"),
        ("contact", "duty desk"),
    ] {
        set(&mut fields, name, value);
    }
    set(&mut fields, "prose_name", "signed.pdf");
    for (sha256, prevails, wrong) in [
        ("9f86", "prose", "64 hex digits"),
        (PROSE, "none", "say which prevails"),
    ] {
        set(&mut fields, "prose_sha256", sha256);
        set(&mut fields, "prevails", prevails);
        let refused = signatory.post("/agreements/new", &fields).await;
        refused.is(200).has(wrong);
    }
    set(&mut fields, "prevails", "prose");
    let shown = signatory
        .post("/agreements/new", &fields)
        .await
        .is(200)
        .has("Propose the agreement")
        .has(PROSE);
    let answer = signatory
        .post("/agreements/new", &form(&shown.body, "/agreements/new"))
        .await;
    let page = signatory
        .follow(answer)
        .await
        .has("Who may send what")
        .has("the signed document prevails")
        .has(PROSE)
        .lacks("What this version changes")
        .has("missing");
    let digest = page
        .body
        .split("href=\"/agreements/")
        .nth(2)
        .and_then(|rest| rest.split(['/', '"', '#']).next());
    let digest: accord_model::AgreementDigest = digest.expect("an address").parse().expect("a digest");
    story.sync().await.expect("pulls");
    for (org, at) in [(agency, &agency_at), (isp, &isp_at)] {
        let client = Client::signed_in(at, "signatory").await;
        let place = format!("/agreements/{digest}/sign");
        let mut fields = form(&client.get(&place).await.is(200).body, &place);
        set(&mut fields, "signature", "nothing");
        client.post(&place, &fields).await.is(200).has("not a signature");
        let line = accord_testkit::sign(org, digest).await.expect("signed");
        set(&mut fields, "signature", &format!("all lines\r\n\r\n{line}\r\n"));
        let answer = client.post(&place, &fields).await;
        client.follow(answer).await.has("<b>Done.</b> Signed.");
        story.sync().await.expect("pulls");
    }
    // A later version says what it changes, before anybody signs it; the earlier one stays in force.
    let mut next = form(
        &signatory.get("/agreements/new").await.is(200).body,
        "/agreements/new",
    );
    for (name, value) in [
        ("title", "Agency with ISP, second version"),
        ("reference", "A-2"),
        ("template", "intelligence-only"),
        ("parties", "isp"),
        ("gateway", "the law that permits it"),
        ("contact", "duty desk"),
        ("amends", &digest.to_string()),
    ] {
        set(&mut next, name, value);
    }
    let shown = signatory.post("/agreements/new", &next).await.is(200);
    let answer = signatory
        .post("/agreements/new", &form(&shown.body, "/agreements/new"))
        .await;
    signatory
        .follow(answer)
        .await
        .has("What this version changes")
        .has(&format!("href=\"/agreements/{digest}\""))
        .has("isp to agency: log evidence")
        .has("signed.pdf");
    signatory
        .get(&format!("/agreements/{digest}"))
        .await
        .is(200)
        .has("in force");

    let place = format!("/agreements/{digest}/terminate");
    let shown = signatory
        .get(&place)
        .await
        .is(200)
        .has("At once, for all parties");
    let mut fields = form(&shown.body, &place);
    set(&mut fields, "reason", "The law changed.");
    let answer = signatory.post(&place, &fields).await;
    signatory
        .follow(answer)
        .await
        .has("The agreement has ended.")
        .has("ended it");
}
