//! Threats and leads by their forms: what is typed stays text, what is referred is shown first, and nobody else sees it.

use crate::client::{Client, form, set};
use crate::{ready, serve};

const NASTY: &str = "<b id=\"x\">=cmd|' /C calc'!A0</b>";

#[tokio::test(flavor = "multi_thread")]
async fn a_threat_is_watched_referred_and_answered_by_the_partner() {
    let mut story = ready(61).await;
    story
        .org_mut("isp")
        .add_person("researcher", &[accord_model::Role::Researcher])
        .await
        .expect("a researcher");
    let agency = serve(story.org("agency").node()).await;
    let isp = serve(story.org("isp").node()).await;
    let investigator = Client::signed_in(&agency, "investigator").await;
    investigator
        .get("/threats")
        .await
        .is(200)
        .has("You watch nothing.");
    let page = investigator.get("/threats/new").await.is(200);
    let mut fields = form(&page.body, "/threats/new");
    set(&mut fields, "name", NASTY);
    set(&mut fields, "values", "evil.example simda\nno value at all\n");
    let page = investigator
        .post("/threats/new", &fields)
        .await
        .is(200)
        .has("must not be empty");
    let mut fields = form(&page.body, "/threats/new");
    set(&mut fields, "what", "a panel");
    set(&mut fields, "values", "evil.example simda");
    set(&mut fields, "impact", "high");
    let page = investigator
        .post("/threats/new", &fields)
        .await
        .is(200)
        .has("say all three, or none");
    let mut fields = form(&page.body, "/threats/new");
    set(&mut fields, "likelihood", "medium");
    set(&mut fields, "confidence", "low");
    let first = investigator.post("/threats/new", &fields).await.is(303);
    let again = investigator.post("/threats/new", &fields).await.is(303);
    assert_eq!(first.header("location"), again.header("location"), "done once");
    let place = first
        .header("location")
        .split('?')
        .next()
        .expect("a place")
        .to_owned();
    let page = investigator.get(&place).await.is(200);
    let page = page.has("evil.example").has("simda").lacks("<b id=");
    assert!(
        page.body.contains("&#60;b id=") || page.body.contains("&lt;b id="),
        "escaped, not lost"
    );
    // Nobody else sees that it exists.
    let officer = Client::signed_in(&agency, "officer").await;
    officer.get(&place).await.is(404);
    officer
        .get("/threats")
        .await
        .is(200)
        .lacks("evil.example")
        .has("You watch nothing.");
    officer.get(&format!("{place}/edit")).await.is(404);

    // A note, an assessment, and a change that somebody else overtook.
    let mut fields = form(&page.body, &place);
    set(&mut fields, "text", "it moved");
    investigator.post(&place, &fields).await.is(303);
    let page = investigator.get(&place).await.is(200).has("it moved");
    assert!(page.body.contains("/assess"));
    let edit = format!("{place}/edit");
    let page = investigator.get(&edit).await.is(200);
    let action = page
        .body
        .split(&format!("action=\"{edit}"))
        .nth(1)
        .expect("a form");
    let action = format!("{edit}{}", action.split('"').next().expect("its end"));
    let mut fields = form(&page.body, &action);
    set(&mut fields, "name", "Loader panel");
    let stale = action.replace("version=2", "version=1");
    assert_ne!(stale, action);
    investigator.post(&stale, &fields).await.is(200).has("look again");
    investigator.post(&action, &fields).await.is(303);

    // Referred: shown first, then done.
    let id = place.rsplit('/').next().expect("an id");
    let refer = format!("/leads/new?threat={id}");
    let page = investigator
        .get(&refer)
        .await
        .is(200)
        .has("isp, under Operation agreement");
    let mut fields = form(&page.body, &refer);
    set(&mut fields, "text", NASTY);
    set(&mut fields, "asks", "find who pays");
    let page = investigator.post(&refer, &fields).await.is(200);
    let page = page
        .has("Before it happens")
        .has("Gets it at once")
        .lacks("<b id=");
    let fields = form(&page.body, &refer);
    let mut other = fields.clone();
    set(&mut other, "commitment", "00");
    investigator.post(&refer, &other).await.is(200).has("look again");
    let first = investigator.post(&refer, &fields).await.is(303);
    let again = investigator.post(&refer, &fields).await.is(303);
    assert_eq!(first.header("location"), again.header("location"), "done once");
    let lead = first
        .header("location")
        .split('?')
        .next()
        .expect("a place")
        .to_owned();
    investigator
        .get(&lead)
        .await
        .is(200)
        .has("A lead that we gave.")
        .has("no word yet");
    officer.get(&lead).await.is(404);

    // At the partner: in the inbox of its desk, escaped, answered.
    story.sync().await.expect("pulls");
    let researcher = Client::signed_in(&isp, "researcher").await;
    researcher.get("/").await.is(200).has("A lead from agency");
    let page = researcher.get(&lead).await.is(200);
    let page = page.has("find who pays").has("evil.example").lacks("<b id=");
    page.has("no onward sharing without its giver");
    let decline = format!("{lead}/decline");
    let page = researcher.get(&decline).await.is(200);
    let mut fields = form(&page.body, &decline);
    set(&mut fields, "text", "");
    let page = researcher.post(&decline, &fields).await.is(200).has("text");
    let mut fields = form(&page.body, &decline);
    set(&mut fields, "text", "not our network");
    researcher.post(&decline, &fields).await.is(303);
    researcher.get("/").await.is(200).lacks("A lead from agency");
    researcher.get(&format!("{lead}/open")).await.is(403);
    story.sync().await.expect("pulls");
    investigator
        .get(&lead)
        .await
        .is(200)
        .has("declined")
        .has("not our network");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_says_what_it_is_at_its_head_and_where_else_it_was_seen() {
    let story = ready(62).await;
    let case = story.case();
    let agency = serve(story.org("agency").node()).await;
    let officer = Client::signed_in(&agency, "officer").await;
    let about = format!("/cases/{case}/about");
    officer
        .get(&about)
        .await
        .is(200)
        .has("Nobody has described the case.");
    let place = format!("/cases/{case}/write/case.described");
    let page = officer.get(&place).await.is(200).has("Prosecuting office");
    let mut fields = form(&page.body, &place);
    for (name, value) in [
        ("title", "What this case is"),
        ("jurisdictions", "nl de"),
        ("office", "Cyber office of the prosecution"),
        ("references", "SIENA 12\nREG 7"),
        ("marking", "TLP:AMBER"),
    ] {
        set(&mut fields, name, value);
    }
    let page = officer.post(&place, &fields).await.is(200).has("Gets it at once");
    let fields = form(&page.body, &place);
    officer.post(&place, &fields).await.is(303);
    let page = officer.get(&about).await.is(200);
    page.has("NL, DE").has("Cyber office").has("SIENA 12, REG 7");
    story.sync().await.expect("pulls");
    let isp = serve(story.org("isp").node()).await;
    let approver = Client::signed_in(&isp, "approver").await;
    let page = approver.get(&about).await.is(200).has("NL, DE");
    page.lacks("Describe the case")
        .has("Nothing that you may see shares a value");
    let link = format!("{about}/link");
    officer
        .get(&link)
        .await
        .is(200)
        .has("parties of both")
        .has("The other case");
}
