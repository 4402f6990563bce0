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

#[tokio::test(flavor = "multi_thread")]
async fn what_share_of_a_log_is_understood_is_said() {
    let story = ready(46).await;
    let isp = story.org("isp");
    let at = serve(isp.node()).await;
    let operator = Client::signed_in(&at, "operator").await;
    let line = "10.1.0.7 - - [02/Nov/2026:08:30:00 +0000] \"GET / HTTP/1.1\" 200 12 \"-\" \"-\"\n";
    // Empty lines are no failure, and one line of 2,001 is not rounded away.
    let log = [&line.repeat(2000), "<no> such line\n", "\n\n\n"].concat();
    isp.node()
        .import_log(isp.who("operator"), "access", "mixed.log", log.as_bytes())
        .await
        .expect("imported");
    operator.get("/logs").await.is(200).has("1 line not understood");
    operator
        .get("/logs/source/access")
        .await
        .is(200)
        .has("99.9 %, 1 line not")
        .has("access/000002, line 2001")
        .has("&#60;no&#62; such line");
    // What lines say is for who brings them in.
    let approver = Client::signed_in(&at, "approver").await;
    approver
        .get("/logs/source/access")
        .await
        .is(200)
        .has("99.9 %, 1 line not")
        .lacks("such line");
    for (person, may) in [("operator", true), ("approver", false)] {
        let told = isp.node().not_understood(isp.who(person), "access").await;
        assert_eq!(told.is_ok(), may, "{person}");
    }
    assert!(
        isp.node()
            .not_understood(isp.who("operator"), "none")
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_lies_beside_what_was_asked_for() {
    let mut story = ready(45).await;
    // Of the same log: one line within the day asked for, two before it, one whose time is not told.
    let line = |time: &str| {
        format!("10.1.0.7 - - [{time}] \"GET http://evil.example/ HTTP/1.1\" 200 12 \"-\" \"-\"\n")
    };
    let log = [
        line("30/Oct/2026:08:00:00 +0000"),
        line("31/Oct/2026:08:00:00 +0000"),
        line("02/Nov/2026:08:30:00 +0000"),
        line("no time"),
    ]
    .concat();
    let isp = story.org("isp");
    isp.node()
        .import_log(isp.who("operator"), "access", "older.log", log.as_bytes())
        .await
        .expect("imported");
    let request = story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    let at = serve(story.org("isp").node()).await;
    let approver = Client::signed_in(&at, "approver").await;
    let place = format!("/approvals/{request}");
    let page = approver.get(&place).await.is(200);
    let start = format!("{place}/preview");
    approver.post(&start, &form(&page.body, &start)).await.is(303);
    approver
        .previewed(&place)
        .await
        .has("2 matching lines outside the time asked for, which stay here")
        .has("1 line among those found whose time could not be told");
}
