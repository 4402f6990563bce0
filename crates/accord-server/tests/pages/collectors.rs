//! What the node collects by itself, on its page: for the operator, and for nobody else.

use accord_service::CollectSettings;
use serde_json::json;

use crate::client::Client;
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_reads_how_collecting_goes_and_others_are_told_who_could() {
    let story = ready(240).await;
    let node = story.org("isp").node();
    let at = serve(node).await;
    let operator = Client::signed_in(&at, "operator").await;
    let approver = Client::signed_in(&at, "approver").await;
    let place = "/logs/collectors";
    operator
        .get(place)
        .await
        .is(200)
        .has("Nothing is collected.")
        .has("[[logs.files]]");
    operator.get("/logs").await.is(200).has("none set up");

    let dir = tempfile::tempdir().expect("a folder");
    let missing = dir.path().join("<b>gone</b>");
    let collected = json!({
        "files": [{ "name": "web", "source": "access", "folder": missing, "include": ["*.log"], "poll_ms": 10 }],
        "http": [{ "name": "sensors", "source": "access" }],
    });
    let collected: CollectSettings = serde_json::from_value(collected).expect("settings");
    node.start_collecting(collected).await.expect("collectors");
    let page = loop {
        let page = operator.get(place).await.is(200);
        if page.body.contains("failing") {
            break page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    let page = page
        .has("web")
        .has("*.log in ")
        .has("cannot list")
        .has("sensors")
        .has("nothing came since the start")
        .has("POST /api/v1/logs/collectors/sensors/append")
        .lacks("<b>gone");
    let (failing, quiet) = (page.body.find("failing"), page.body.find("nothing came"));
    assert!(failing < quiet, "the worst comes first");
    operator
        .get("/logs")
        .await
        .is(200)
        .has("1 of 2 failing")
        .has("href=\"/logs/collectors\"");

    // An approver reads what is stored, and not how it comes in.
    approver.get("/logs").await.is(200).lacks("/logs/collectors");
    approver
        .get(place)
        .await
        .is(403)
        .has("Logs are brought in by the operator.")
        .has("an operator of isp")
        .lacks("sensors");
    node.stop_collecting().await;
}
