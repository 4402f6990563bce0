//! The pages of what is new and growing, on a node that saw weeks and then an outbreak.

use accord_testkit::{FAMILY, FRESH, Story, USUAL};

use crate::client::{Client, form, set};
use crate::serve;

#[tokio::test(flavor = "multi_thread")]
async fn an_outbreak_is_read_judged_and_made_a_threat_by_the_pages() {
    let story = Story::watched(96).await.expect("a case");
    let at = serve(story.org("isp").node()).await;
    let researcher = Client::signed_in(&at, "researcher").await;
    researcher
        .get("/new")
        .await
        .is(200)
        .has("There is not history enough")
        .has("Sightings of 0 days so far");
    story.usual_days(22).await.expect("weeks");
    let researcher = Client::signed_in(&at, "researcher").await;
    researcher
        .get("/new")
        .await
        .is(200)
        .has("Nothing new.")
        .has("88 sightings looked at since");
    story.breaks_out().await.expect("an outbreak");

    let page = researcher
        .get("/new")
        .await
        .is(200)
        .has(&format!("family {FAMILY}"))
        .has("who sees operation")
        .has("growing");
    let heading = page
        .body
        .split(&format!("<h3>family {FAMILY}"))
        .nth(1)
        .expect("the story");
    let place = heading
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|link| link.starts_with("/new/"))
        .expect("its page")
        .to_owned();
    researcher
        .get(&place)
        .await
        .is(200)
        .has("What was found")
        .has("different customers at 12 sources")
        .has("The course as a table")
        .has("class=\"spark\"")
        .has("times the threshold")
        .has(USUAL);
    researcher
        .get("/new/series")
        .await
        .is(200)
        .has("By family")
        .has(FAMILY)
        .has("These numbers as a table")
        .has("table of places");

    // Who is not on the case is told nothing, on the list or by the story's address.
    let outsider = Client::signed_in(&at, "outsider").await;
    let page = outsider.get("/new").await.is(200).has("Nothing new.");
    for secret in [FAMILY, USUAL, FRESH, "sightings looked at"] {
        assert!(!page.body.contains(secret), "{secret}");
    }
    for path in [
        place.clone(),
        format!("{place}/dismiss"),
        format!("{place}/promote"),
    ] {
        let page = outsider.get(&path).await.is(404);
        assert!(!page.body.contains(FAMILY), "{path}");
    }
    let page = outsider.get("/new/series").await.is(200);
    assert!(!page.body.contains(FAMILY));
    // The operator is denied, and is told how it goes.
    let operator = Client::signed_in(&at, "operator").await;
    operator.get("/new").await.is(403);
    operator.get(&place).await.is(403);
    let page = operator.get("/node").await.is(200).has("Days with sightings");
    assert!(!page.body.contains(FAMILY));

    // Nothing without a reason.
    let dismiss = format!("{place}/dismiss");
    let fields = form(&researcher.get(&dismiss).await.is(200).body, &dismiss);
    researcher
        .post(&dismiss, &fields)
        .await
        .is(200)
        .has("must not be empty");
    let mut fields = form(&researcher.get(&dismiss).await.body, &dismiss);
    set(&mut fields, "reason", "a test of our own");
    let answer = researcher.post(&dismiss, &fields).await;
    researcher
        .follow(answer)
        .await
        .has("a test of our own")
        .has("nothing by");
    researcher
        .get("/new")
        .await
        .is(200)
        .has("Over, or said to be nothing");

    let promote = format!("{place}/promote");
    let mut fields = form(&researcher.get(&promote).await.is(200).body, &promote);
    set(&mut fields, "name", "Simda is back");
    let answer = researcher.post(&promote, &fields).await;
    researcher
        .follow(answer)
        .await
        .has("Simda is back")
        .has("you work on it")
        .has("evil[.]example");
    researcher
        .get(&place)
        .await
        .is(200)
        .has("a threat by")
        .has("The threat it became");
}
