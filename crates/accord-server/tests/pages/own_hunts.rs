//! Hunts in one's own logs by the pages: saved, counted, looked, grouped, a line marked and taken into a case.

use accord_service::{NewKeptSql, SourceConfig};
use accord_testkit::{Story, USUAL};

use crate::client::{Answer, Client, form, set};
use crate::serve;

async fn log(story: &Story) {
    let (node, who) = story.at("isp", "operator");
    let source: SourceConfig = serde_json::from_value(serde_json::json!({
        "name": "web", "description": "proxy", "customers": ["10.0.0.0/8"], "custodian": "duty operator",
    }))
    .expect("settings");
    node.add_source(who, source).await.expect("a source");
    let log: String = (1..=40)
        .map(|minute| {
            let host = if minute % 10 == 0 { USUAL } else { "good.example" };
            format!(
                "10.1.0.7 - - [02/Nov/2026:08:{minute:02}:00 +0000] \"GET http://{host}/<b>x HTTP/1.1\" 200 12 \"-\" \"-\"\n"
            )
        })
        .collect();
    let imported = node.import_log(who, "web", "web.log", log.as_bytes()).await;
    imported.expect("a log");
}

/// Sends the form of a page, with what is set, and follows.
async fn send(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let page = client.get(path).await.is(200);
    let mut filled = form(&page.body, path.split('?').next().expect("a path"));
    for (name, value) in fields {
        set(&mut filled, name, value);
    }
    let answer = client
        .post(path.split('?').next().expect("a path"), &filled)
        .await;
    client.follow(answer.is(303)).await.is(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hunt_is_saved_counted_looked_and_its_line_taken_into_a_case_by_the_pages() {
    let story = Story::watched(97).await.expect("a case");
    log(&story).await;
    let at = serve(story.org("isp").node()).await;
    let researcher = Client::signed_in(&at, "researcher").await;
    researcher
        .get("/hunts")
        .await
        .is(200)
        .has("No hunt is saved.")
        .has("href=\"/hunts/new\"");

    // What is missing is named at its field, and what was typed stays.
    let page = researcher.get("/hunts/new").await.is(200).has("Operation");
    let mut filled = form(&page.body, "/hunts/new");
    set(&mut filled, "name", "kept words");
    set(&mut filled, "reason", "the desk asks");
    set(&mut filled, "values", "not a value");
    researcher
        .post("/hunts/new", &filled)
        .await
        .is(200)
        .has("e-values")
        .has("kept words")
        .has("not a value");
    set(&mut filled, "values", &format!("{USUAL}\r\n192.0.2.1"));
    let page = researcher.post("/hunts/new", &filled).await.is(303);
    let place = page
        .header("location")
        .split('?')
        .next()
        .expect("a path")
        .to_owned();
    researcher
        .follow(page)
        .await
        .is(200)
        .has("Nothing is looked for yet")
        .has("not run yet")
        .has("1 stored file");
    researcher
        .get(&format!("{place}/counts"))
        .await
        .is(200)
        .has("no line was read")
        .has("4 lines in 1 stored file");
    send(&researcher, &format!("{place}/run"), &[]).await;
    let page = loop {
        let page = researcher.get(&place).await.is(200);
        if !page.body.contains("Stop looking") {
            break page;
        }
        tokio::task::yield_now().await;
    };
    page.has("looked in all there is")
        .has("What they have in common")
        .has("10.1.0.7")
        .has("web/000001, line 10")
        .has("&#60;b&#62;x")
        .lacks("<b>x");
    researcher
        .get(&format!("{place}?host=10.9.9.9"))
        .await
        .is(200)
        .has("No line is like that.");

    let line = format!("{place}/lines/0");
    researcher
        .get(&line)
        .await
        .is(200)
        .has("Beside it")
        .has("src_endpoint.ip")
        .has("this one");
    send(
        &researcher,
        &line,
        &[("tags", "beacon, daily"), ("comment", "every ten minutes")],
    )
    .await;
    researcher
        .get(&format!("{place}?tag=beacon"))
        .await
        .is(200)
        .has("Lines chosen")
        .has("every ten minutes");
    let case = story.case().to_string();
    send(
        &researcher,
        &format!("{place}/draft?lines=0"),
        &[("case", &case), ("lines", "0")],
    )
    .await
    .has("nothing is published yet")
    .has(USUAL);

    // Nobody else is told that there is such a hunt; whose work it is not is denied.
    for path in ["", "/counts", "/run", "/end", "/lines/0"] {
        let outsider = Client::signed_in(&at, "outsider").await;
        outsider
            .get(&format!("{place}{path}"))
            .await
            .is(404)
            .lacks("beacon");
        let operator = Client::signed_in(&at, "operator").await;
        operator.get(&format!("{place}{path}")).await.is(403);
    }
    send(&researcher, &format!("{place}/end"), &[])
        .await
        .has("No hunt is saved.");
    researcher.get(&place).await.is(404);
}

/// A form that is sent twice counts once.
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_question_is_let_stand_and_ended_once_by_a_form_that_is_sent_twice() {
    let story = Story::watched(98).await.expect("a case");
    let (node, who) = story.at("isp", "researcher");
    let new: NewKeptSql = serde_json::from_value(serde_json::json!({
        "name": "how many", "statement": "SELECT count(*) FROM logs", "reason": "the desk asks",
    }))
    .expect("a question");
    let kept = node.keep_sql(who, &new).await.expect("kept");
    let researcher = Client::signed_in(&serve(story.org("isp").node()).await, "researcher").await;
    let place = format!("/sql/kept/{}", kept.id);
    let twice = async |act: &str| {
        let page = researcher.get(&place).await.is(200).has("how many");
        let mut filled = form(&page.body, &place);
        set(&mut filled, "act", act);
        for _ in 0..2 {
            researcher.post(&place, &filled).await.is(303);
        }
    };
    twice("stand").await;
    assert!(node.kept_sql(who).await.expect("a list")[0].standing);
    twice("end").await;
    assert!(node.kept_sql(who).await.expect("a list").is_empty());
    let auditor = story.at("isp", "auditor").1;
    let log = node.access_log(auditor, None).await.expect("the access log");
    for what in ["sql.stands", "sql.kept-no-more"] {
        assert_eq!(log.iter().filter(|line| line.what == what).count(), 1, "{what}");
    }
}
