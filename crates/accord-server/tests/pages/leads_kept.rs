//! A lead held and called back from its page: each act is shown first, done once, and offered to who may do it.

use accord_model::content::Indicator;
use accord_model::{EntryRef, Role, Tlp};
use accord_service::NewLead;
use accord_testkit::Story;

use crate::client::{Client, form, set};
use crate::{ready, serve};

/// Every place with a lead's words would have one of these.
const WORDS: [&str; 2] = ["A canary panel", "canary.example"];

async fn referred(story: &Story) -> EntryRef {
    let (node, researcher) = story.at("isp", "researcher");
    let new = NewLead {
        agreement: story.agreement(),
        to: story.org("agency").name.clone(),
        title: "A canary panel".into(),
        marking: Tlp::Amber,
        text: "it rents out loaders".into(),
        nexus: None,
        countries: Vec::new(),
        asks: None,
        grading: None,
        source_protected: false,
        values: vec![Indicator::of("canary.example")],
        threat: None,
        onward_of: None,
        expect_now: None,
    };
    let at = node.refer_lead(researcher, &new).await.expect("a lead").at;
    story.sync().await.expect("pulls");
    at
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_held_called_back_and_answered_for() {
    let mut story = ready(63).await;
    for (org, name, role) in [
        ("isp", "researcher", Role::Researcher),
        ("agency", "disclosure", Role::DisclosureOfficer),
    ] {
        let org = story.org_mut(org);
        org.add_person(name, &[role]).await.expect("a person");
    }
    let at = referred(&story).await;
    let lead = format!("/leads/{}/{}", at.ledger, at.seq);
    let act = |name: &str| format!("{lead}/{name}");
    let agency = serve(story.org("agency").node()).await;
    let isp = serve(story.org("isp").node()).await;

    // A hold: by the disclosure officer, in two steps.
    let disclosure = Client::signed_in(&agency, "disclosure").await;
    let officer = Client::signed_in(&agency, "officer").await;
    let page = disclosure.get(&lead).await.is(200);
    page.has("Place a hold")
        .has("How long it is kept")
        .has("destroyed on");
    officer.get(&lead).await.is(200).lacks("Place a hold");
    officer.get(&act("hold")).await.is(403);
    let page = disclosure.get(&act("hold")).await.is(200);
    let mut fields = form(&page.body, &act("hold"));
    set(&mut fields, "reference", "K-17");
    let page = disclosure
        .post(&act("hold"), &fields)
        .await
        .is(200)
        .has("say why");
    let mut fields = form(&page.body, &act("hold"));
    set(&mut fields, "reason", "the court asked");
    let page = disclosure.post(&act("hold"), &fields).await.is(200);
    let page = page
        .has("Before it happens")
        .has("the lead, its values, and what was said of it so far");
    let fields = form(&page.body, &act("hold"));
    let first = disclosure.post(&act("hold"), &fields).await.is(303);
    let again = disclosure.post(&act("hold"), &fields).await.is(303);
    assert_eq!(first.header("location"), again.header("location"), "done once");
    let page = disclosure.get(&lead).await.is(200);
    page.has("Hold K-17").has("a hold keeps it").has("Lift K-17");

    // Called back: by the approver of who gave it.
    let researcher = Client::signed_in(&isp, "researcher").await;
    researcher.get(&lead).await.is(200).lacks("Call it back");
    researcher.get(&act("recall")).await.is(403);
    let recipient = Client::signed_in(&agency, "approver").await;
    let page = recipient.get(&act("recall")).await.is(200);
    page.has("only they call it back");
    let giver = Client::signed_in(&isp, "approver").await;
    giver.get(&lead).await.is(200).has("Call it back");
    let page = giver.get(&act("recall")).await.is(200);
    let page = page.has("All parties of the agreement").has("its 1 value");
    let fields = form(&page.body, &act("recall"));
    let page = giver.post(&act("recall"), &fields).await.is(200).has("say why");
    let mut fields = form(&page.body, &act("recall"));
    set(&mut fields, "reason", "the source was wrong");
    let mut other = fields.clone();
    set(&mut other, "commitment", "00");
    giver.post(&act("recall"), &other).await.is(409);
    let mut blocked = fields.clone();
    let theirs = recipient.get(&act("recall")).await.is(200);
    for name in ["csrf", "key"] {
        let own = form(&theirs.body, &act("recall"));
        let (_, value) = own.iter().find(|(field, _)| field == name).expect("a key");
        set(&mut blocked, name, value);
    }
    recipient.post(&act("recall"), &blocked).await.is(403);
    let first = giver.post(&act("recall"), &fields).await.is(303);
    let again = giver.post(&act("recall"), &fields).await.is(303);
    assert_eq!(first.header("location"), again.header("location"), "done once");
    let page = giver.get(&lead).await.is(200).has("A lead that was called back");
    for words in WORDS {
        assert!(!page.body.contains(words), "{words}");
    }

    // At the recipient: no words of it, in no list; its word is asked of who answers.
    story.sync().await.expect("pulls");
    for client in [&officer, &recipient, &disclosure] {
        for place in [lead.as_str(), "/threats"] {
            let page = client.get(place).await.is(200).has("the source was wrong");
            for words in WORDS {
                assert!(!page.body.contains(words), "{words} on {place}");
            }
        }
    }
    officer.get("/").await.is(200).lacks("recalls a lead");
    officer.get(&act("receipt")).await.is(403);
    recipient.get("/").await.is(200).has("isp recalls a lead");
    let page = recipient.get(&act("receipt")).await.is(200);
    let page = page.has("A hold").has("covers our copy");
    let fields = form(&page.body, &act("receipt"));
    let page = recipient.post(&act("receipt"), &fields).await.is(200);
    let page = page.has("choose what was done");
    let mut fields = form(&page.body, &act("receipt"));
    set(&mut fields, "done", "deleted");
    let page = recipient.post(&act("receipt"), &fields).await.is(200);
    page.has("kept until the hold is lifted");

    // Lifted, then deleted.
    let page = disclosure.get(&lead).await.is(200);
    let (before, _) = page.body.split_once(">Lift K-17").expect("a link");
    let (_, lift) = before.rsplit_once("href=\"").expect("an address");
    let lift = lift.split('"').next().expect("an address").replace("&#38;", "&");
    let page = disclosure.get(&lift).await.is(200).has("2 notes of this lead");
    let action = lift.split('?').next().expect("a place").to_owned();
    let mut fields = form(&page.body, &action);
    set(&mut fields, "reason", "the court has decided");
    disclosure.post(&action, &fields).await.is(303);
    let mut fields = form(
        &recipient.get(&act("receipt")).await.is(200).body,
        &act("receipt"),
    );
    set(&mut fields, "done", "deleted");
    set(&mut fields, "backup", "2027-01-31T00:00");
    let page = recipient.post(&act("receipt"), &fields).await.is(200);
    let page = page.has("goes now: the lead and its values");
    let fields = form(&page.body, &act("receipt"));
    recipient.post(&act("receipt"), &fields).await.is(303);
    recipient.get("/").await.is(200).lacks("recalls a lead");
    recipient.get(&lead).await.is(200).has("is not in our store");
    story.sync().await.expect("pulls");
    let page = giver.get(&lead).await.is(200);
    page.has("deleted it; backups hold it until")
        .has("everybody answered");
}
