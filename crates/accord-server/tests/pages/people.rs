//! Who sees what, and that an outsider sees nothing.

use crate::client::{Client, form, set};
use crate::{ready, serve};

fn paths(case: &str, request: &str, agreement: &str) -> Vec<String> {
    let mut paths: Vec<String> = [
        "/",
        "/cases",
        "/cases/new",
        "/agreements",
        "/agreements/new",
        "/logs",
        "/logs/new",
        "/logs/import",
        "/logs/source/access",
        "/logs/collectors",
        "/logs/keeping",
        "/logs/keeping/retention",
        "/hunts",
        "/hunts/new",
        "/organisations",
        "/people",
        "/people/new",
        "/account",
        "/audit",
        "/audit/spaces",
    ]
    .map(str::to_owned)
    .to_vec();
    for tab in [
        "timeline",
        "stage",
        "team",
        "team/add-party",
        "team/add-member",
        "evidence",
        "hunts",
        "hunts/ask",
        "instruments",
        "instruments/record",
    ] {
        paths.push(format!("/cases/{case}/{tab}"));
    }
    paths.push(format!("/approvals/{request}"));
    for page in ["", "/sign", "/refuse", "/terminate", "/signing-text"] {
        paths.push(format!("/agreements/{agreement}{page}"));
    }
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_for_every_role_is_there_denied_or_not_found() {
    let mut story = ready(4).await;
    let request = story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    let paths = paths(
        &story.case().to_string(),
        &request.to_string(),
        &story.agreement().to_string(),
    );
    for org in ["agency", "isp"] {
        let at = serve(story.org(org).node()).await;
        for name in story.org(org).people.keys() {
            let client = Client::signed_in(&at, name).await;
            let mut seen = 0;
            for path in &paths {
                let answer = client.get(path).await;
                assert!(
                    matches!(answer.status, 200 | 403 | 404),
                    "{org} {name} {path}: {}",
                    answer.status
                );
                assert!(
                    answer
                        .header("content-security-policy")
                        .contains("frame-ancestors 'none'"),
                    "{path}"
                );
                assert_eq!(answer.header("x-content-type-options"), "nosniff");
                assert_eq!(answer.header("referrer-policy"), "no-referrer");
                assert_eq!(answer.header("cache-control"), "no-store");
                match answer.status {
                    200 => seen += 1,
                    403 => assert!(
                        answer.body.contains("Who could allow it") || answer.body.contains("could"),
                        "{path}"
                    ),
                    _ => {}
                }
            }
            assert!(seen >= 4, "{org} {name} sees {seen} pages");
        }
    }
    // What an operator may not see of a case is the same as what is not there.
    let at = serve(story.org("isp").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let case = story.case().to_string();
    let other = case.chars().rev().collect::<String>();
    let there = operator.get(&format!("/cases/{case}/timeline")).await.is(404);
    let not_there = operator.get(&format!("/cases/{other}/timeline")).await.is(404);
    let keys = |body: &str| form(body, "/sign-out");
    assert_eq!(there.body, not_there.body);
    assert_eq!(keys(&there.body), keys(&not_there.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outsider_gets_the_sign_in_page_only() {
    let story = ready(5).await;
    let at = serve(story.org("isp").node()).await;
    let case = story.case();
    let mut outsider = Client::new(&at);
    for cookie in [
        "",
        "accord_session=",
        "accord_session=00ff",
        "accord_session=../..; other=1",
    ] {
        outsider.cookie = cookie.to_owned();
        let mut bodies = Vec::new();
        for path in [
            format!("/cases/{case}/timeline"),
            "/cases/00112233445566778899aabbccddeeff/timeline".to_owned(),
            "/nothing/here".to_owned(),
            "/audit".to_owned(),
            "/sign-out".to_owned(),
            "/%ff%fe".to_owned(),
        ] {
            for method in ["GET", "POST", "DELETE"] {
                let answer = outsider.send(method, &path, None).await.is(303);
                let place = answer.header("location").to_owned();
                assert!(place.starts_with("/sign-in"), "{place}");
                assert!(answer.body.is_empty());
                let shown = outsider.get("/sign-in").await.is(200);
                bodies.push(shown.body);
            }
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1);
    }
    let page = outsider.get("/sign-in?next=https://evil.example/").await.is(200);
    page.lacks("evil.example").lacks("Operation").lacks("agency");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_and_links_to_elsewhere() {
    let story = ready(6).await;
    let at = serve(story.org("isp").node()).await;
    let client = Client::new(&at);
    let wrong = [("name", "approver"), ("password", "not this one at all")];
    let none = [("name", "nobody"), ("password", "not this one at all")];
    let wrong = client.send("POST", "/sign-in", Some(&wrong)).await.is(401);
    let none = client.send("POST", "/sign-in", Some(&none)).await.is(401);
    assert_eq!(wrong.body.replace("approver", "nobody"), none.body);
    for (next, place) in [
        ("//evil.example", "/"),
        ("/cases", "/cases"),
        ("/\\evil.example", "/"),
    ] {
        let given = [
            ("name", "approver"),
            ("password", crate::PASSWORD),
            ("next", next),
        ];
        let answer = client.send("POST", "/sign-in", Some(&given)).await.is(303);
        assert_eq!(answer.header("location"), place);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_count_only_with_the_sessions_token_and_from_here() {
    let story = ready(7).await;
    let at = serve(story.org("agency").node()).await;
    let mut client = Client::signed_in(&at, "officer").await;
    let other = Client::signed_in(&at, "officer").await;
    let place = "/cases/new";
    let page = client.get(place).await.is(200);
    let mut fields = form(&page.body, place);
    set(&mut fields, "operation", "Thistle");
    set(&mut fields, "reference", "K-2");
    let foreign = form(&other.get(place).await.is(200).body, place);
    let foreign = &foreign
        .iter()
        .find(|(name, _)| name == "csrf")
        .expect("a token")
        .1;
    for token in ["", "0", foreign.as_str()] {
        let mut wrong = fields.clone();
        set(&mut wrong, "csrf", token);
        client.post(place, &wrong).await.is(403).has("another session");
    }
    let mut without = fields.clone();
    without.retain(|(name, _)| name != "csrf");
    client.post(place, &without).await.is(403);
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
    ] {
        client.extra = vec![(name, value)];
        client.post(place, &fields).await.is(403);
    }
    client.extra = vec![("Sec-Fetch-Site", "same-origin")];
    client.post(place, &fields).await.is(303);
    let cases = client.get("/cases").await.is(200).has("Thistle");
    assert_eq!(cases.body.matches("Thistle").count(), 1);

    // Signing out ends the session, not only the cookie.
    let mut out = form(&cases.body, "/sign-out");
    client.post("/sign-out", &[]).await.is(403);
    client.get("/").await.is(200);
    set(&mut out, "key", "");
    client.post("/sign-out", &out).await.is(303);
    client.get("/").await.is(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_person_makes_their_account_safe_first() {
    let story = ready(8).await;
    let at = serve(story.org("isp").node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let page = operator.get("/people/new").await.is(200);
    let mut fields = form(&page.body, "/people/new");
    set(&mut fields, "name", "Lea Sund");
    set(&mut fields, "login", "lea");
    set(&mut fields, "roles", "approver");
    set(&mut fields, "password", "short");
    operator
        .post("/people/new", &fields)
        .await
        .is(200)
        .has("at least 12 characters")
        .lacks("value=\"short\"");
    set(&mut fields, "password", "the first password");
    let page = form(&operator.get("/people/new").await.body, "/people/new");
    set(
        &mut fields,
        "key",
        &page.iter().find(|(name, _)| name == "key").expect("key").1,
    );
    let answer = operator.post("/people/new", &fields).await;
    operator
        .follow(answer)
        .await
        .has("Lea Sund")
        .has("Roles waiting for a signatory");

    let mut lea = Client::new(&at);
    let given = [("name", "lea"), ("password", "the first password")];
    let answer = lea.send("POST", "/sign-in", Some(&given)).await.is(303);
    lea.cookie = answer
        .header("set-cookie")
        .split(';')
        .next()
        .expect("cookie")
        .to_owned();
    for path in ["/", "/cases", "/nothing"] {
        assert_eq!(lea.get(path).await.is(303).header("location"), "/account");
    }
    let page = lea
        .get("/account")
        .await
        .is(200)
        .has("Change the password you were given");
    let mut fields = form(&page.body, "/account/password");
    set(&mut fields, "current", "the first password");
    set(&mut fields, "new", "another good password");
    set(&mut fields, "again", "another bad password");
    lea.post("/account/password", &fields).await.is(200).has("differ");
    set(&mut fields, "again", "another good password");
    let answer = lea.post("/account/password", &fields).await;
    let page = lea
        .follow(answer)
        .await
        .has("The password is changed. Your other sessions have ended.");
    let start = "/account/code/start";
    let mut fields = form(&page.body, start);
    set(&mut fields, "held_password", "the first password");
    lea.post(start, &fields)
        .await
        .is(200)
        .has("The password or the one-time code is wrong")
        .lacks("<svg class=\"qr\"");
    set(&mut fields, "held_password", "another good password");
    lea.post(start, &fields).await.is(200).has("<svg class=\"qr\"");

    let signatory = Client::signed_in(&at, "signatory").await;
    let page = signatory.get("/people").await.is(200);
    let (_, rest) = page.body.split_once("action=\"/people/").expect("a form");
    let place = format!("/people/{}", rest.split('"').next().expect("an address"));
    let answer = signatory.post(&place, &form(&page.body, &place)).await;
    signatory
        .follow(answer)
        .await
        .has("The roles are confirmed.")
        .lacks("Roles waiting");
}
