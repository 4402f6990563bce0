//! A business in trouble, from its first words to what became of it; and the schedule.

use accord_model::Role;

use crate::client::{Client, form, set};
use crate::{ready, serve};

const SAYS_NOTHING: &str = "<meta name=\"referrer\" content=\"no-referrer\">";

#[tokio::test(flavor = "multi_thread")]
async fn a_business_its_pseudonym_and_a_look() {
    let mut story = ready(61).await;
    story
        .org_mut("agency")
        .add_person("custodian", &[Role::Custodian])
        .await
        .expect("a custodian");
    let case = story.case();
    let (node, approver) = story.at("agency", "approver");
    let custodian = story.org("agency").who("custodian").person;
    node.add_member(approver, case, custodian, &[Role::Custodian].into(), None)
        .await
        .expect("named");
    let at = serve(story.org("agency").node()).await;

    // Nobody signs in. The page works without a script, sets no cookie, and asks for nothing from elsewhere.
    let business = Client::new(&at);
    let page = business.get("/report").await.is(200);
    assert_eq!(page.header("set-cookie"), "");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    for elsewhere in ["href=\"http", "src=\"http", "href=\"//", "src=\"//"] {
        assert!(!page.body.contains(elsewhere), "nothing from elsewhere");
    }
    let page = page
        .has(SAYS_NOTHING)
        .has("Without your name")
        .has("What happens next")
        .lacks("Sign out");
    let mut fields = form(&page.body, "/report");
    let page = business
        .post("/report", &fields)
        .await
        .is(200)
        .has(SAYS_NOTHING)
        .has("say something");
    let _ = page;
    set(&mut fields, "text", "<b>Our tills</b> show a red screen");
    let opened = business.post("/report", &fields).await.is(303);
    let link = opened.header("location").to_owned();
    let page = business
        .follow(opened)
        .await
        .has("Keep this address")
        .has(&story.org("agency").config.url);
    page.has("&#60;b&#62;Our tills").lacks("<b>Our tills");
    let link = link.split('?').next().expect("a path").to_owned();
    // The address is the only key: no page of it tells it to anybody.
    let page = business.get(&link).await.is(200);
    page.has(SAYS_NOTHING).lacks("Keep this address");
    business
        .get(&format!("{link}/who"))
        .await
        .is(200)
        .has(SAYS_NOTHING);
    // A wrong link is nothing, in the same bytes whatever it was, and whoever asks.
    let wrong = business.get(&format!("/report/{}", "0".repeat(64))).await.is(404);
    let wrong = wrong
        .has(SAYS_NOTHING)
        .has("There is nothing at this link")
        .lacks("inbox");
    for other in [
        "/report/00",
        "/report/x/who",
        &format!("/report/{}/who", "f".repeat(64)),
    ] {
        assert_eq!(business.get(other).await.is(404).body, wrong.body, "{other}");
        assert_eq!(
            business.post(other, &fields).await.is(404).body,
            wrong.body,
            "{other}"
        );
    }
    // Another site cannot make a visitor send it.
    let mut elsewhere = Client::new(&at);
    elsewhere.extra.push(("Sec-Fetch-Site", "cross-site"));
    elsewhere.post("/report", &fields).await.is(403);
    // An old browser that says no site, and no origin because our page told it so, is heard.
    let mut old = Client::new(&at);
    old.extra.push(("Origin", "null"));
    let mut none = fields.clone();
    set(&mut none, "text", "");
    old.post("/report", &none).await.is(200);
    old.post(&link, &none).await.is(200);
    old.extra = vec![("Origin", "https://elsewhere.example")];
    old.post(&link, &none).await.is(403);
    // A provider takes no reports.
    let isp = Client::new(&serve(story.org("isp").node()).await);
    isp.get("/report").await.is(404);
    isp.post("/report", &fields).await.is(404);

    // The investigator answers, and makes it a victim of a case.
    let investigator = Client::signed_in(&at, "investigator").await;
    let inbox = investigator
        .get("/")
        .await
        .is(200)
        .has("A business in trouble wrote to you");
    let place = inbox.body.split("href=\"").find_map(|part| {
        let href = part.split('"').next()?;
        href.starts_with("/conversations/").then(|| href.to_owned())
    });
    let place = place.expect("a link to the conversation");
    Client::signed_in(&at, "auditor").await.get(&place).await.is(403);
    let page = investigator
        .get(&place)
        .await
        .is(200)
        .has("It has not said who it is");
    let mut answer = form(&page.body, &place);
    set(&mut answer, "text", "Pull the network cable first.");
    let sent = investigator.post(&place, &answer).await.is(303);
    investigator
        .follow(sent)
        .await
        .has("The business reads it at its link");
    business
        .get(&link)
        .await
        .is(200)
        .has("Pull the network cable first.");
    let attach = format!("{place}/attach");
    let page = investigator.get(&attach).await.is(200).has("Operation Heron");
    let mut fields = form(&page.body, &attach);
    let page = investigator
        .post(&attach, &fields)
        .await
        .is(200)
        .has("choose one");
    let _ = page;
    set(&mut fields, "victim", "organisation");
    set(&mut fields, "text", "a maker of food lost its tills");
    let done = investigator.post(&attach, &fields).await.is(303);
    investigator
        .follow(done)
        .await
        .has("recorded under its pseudonym")
        .has("Conversation with V-");
    let publish = format!("{place}/publish/0");
    let page = investigator.get(&publish).await.is(200);
    let mut fields = form(&page.body, &publish);
    set(&mut fields, "text", "the tills show a red screen");
    investigator.post(&publish, &fields).await.is(303);

    // The business says who it is; the custodian files it unread.
    let who = format!("{link}/who");
    let page = business.get(&who).await.is(200);
    let mut fields = form(&page.body, &who);
    set(&mut fields, "name", "Harbour Loaves Ltd");
    set(&mut fields, "domains", "no domain");
    let page = business.post(&who, &fields).await.is(200);
    page.has("is no domain").has("Harbour Loaves Ltd");
    set(&mut fields, "domains", "harbour-loaves.example\r\n");
    let sent = business.post(&who, &fields).await.is(303);
    business
        .follow(sent)
        .await
        .has("It is sealed")
        .has("Nobody has looked");
    let custodian = Client::signed_in(&at, "custodian").await;
    custodian.get("/").await.is(200).has("has said who it is");
    let file = format!("{place}/file");
    investigator.get(&file).await.is(403);
    let page = custodian.get(&file).await.is(200);
    custodian.post(&file, &form(&page.body, &file)).await.is(303);

    // A look: asked, given by two others, taken, and read by the business.
    let victims = format!("/cases/{case}/victims");
    let page = investigator
        .get(&victims)
        .await
        .is(200)
        .has("identity kept")
        .lacks("Harbour");
    let ask = page.body.split("href=\"").find_map(|part| {
        let href = part.split('"').next()?;
        href.ends_with("/ask-look").then(|| href.to_owned())
    });
    let ask = ask.expect("a link to ask");
    let page = investigator.get(&ask).await.is(200);
    let mut fields = form(&page.body, &ask);
    set(&mut fields, "reason", "to warn its bank");
    investigator.post(&ask, &fields).await.is(303);
    let asked = investigator
        .get(&victims)
        .await
        .is(200)
        .has("waits for custodian, case officer");
    asked.lacks("Give your hand");
    let mut look = String::new();
    for name in ["custodian", "officer"] {
        let client = Client::signed_in(&at, name).await;
        let inbox = client
            .get("/")
            .await
            .is(200)
            .has("asks to look at who a victim is");
        let give = inbox.body.split("href=\"").find_map(|part| {
            let href = part.split('"').next()?;
            href.ends_with("/give").then(|| href.to_owned())
        });
        let give = give.expect("a link to give");
        look = give.replace("/give", "/look");
        let page = client.get(&give).await.is(200).has("to warn its bank");
        client.post(&give, &form(&page.body, &give)).await.is(303);
    }
    // A note that names it comes after the look.
    let name = look.replace("/look", "/name");
    investigator.get(&name).await.is(403).has("take the look first");
    let page = investigator.get(&look).await.is(200).lacks("Harbour");
    let mut fields = form(&page.body, &look);
    set(&mut fields, "text", "rang its bank");
    investigator
        .post(&look, &fields)
        .await
        .is(200)
        .has("Harbour Loaves Ltd")
        .has("harbour-loaves.example")
        .has("Write a note that names it");
    custodian.post(&look, &fields).await.is(403);
    business
        .get(&link)
        .await
        .is(200)
        .has("rang its bank")
        .has("to warn its bank");
    investigator
        .get(&victims)
        .await
        .is(200)
        .has("rang its bank")
        .lacks("Harbour");

    // What names it does not leave.
    let write = format!("/cases/{case}/write/report.published");
    let page = investigator.get(&write).await.is(200);
    let mut fields = form(&page.body, &write);
    for (name, value) in [
        ("title", "t"),
        ("text", "HARBOUR-LOAVES[.]example was hit"),
        ("marking", "TLP:GREEN"),
    ] {
        set(&mut fields, name, value);
    }
    let shown = investigator.post(&write, &fields).await.is(200);
    shown.has("it names a victim (V-");

    // But one note under the grant, looked at first; the victim reads what for.
    investigator
        .get(&victims)
        .await
        .is(200)
        .has("Write a note that names it");
    custodian.get(&name).await.is(403).has("nly who asked for a look");
    let page = investigator.get(&name).await.is(200).lacks("Harbour");
    let mut fields = form(&page.body, &name);
    for (field, value) in [
        ("title", "A victim to protect"),
        ("text", "block harbour-loaves.example"),
        ("marking", "TLP:GREEN"),
    ] {
        set(&mut fields, field, value);
    }
    investigator
        .post(&name, &fields)
        .await
        .is(200)
        .has("the victim reads it");
    set(&mut fields, "what_for", "its provider must block it");
    let page = investigator
        .post(&name, &fields)
        .await
        .is(200)
        .has("Before it happens")
        .has("Gets it at once")
        .has("its provider must block it")
        .has("block harbour-loaves.example");
    let confirmed = form(&page.body, &name);
    let theirs = custodian.own(&confirmed).await;
    custodian
        .post(&name, &theirs)
        .await
        .is(403)
        .has("nly who asked for a look");
    business
        .get(&link)
        .await
        .is(200)
        .lacks("its provider must block it");
    let first = investigator.post(&name, &confirmed).await;
    let again = investigator.post(&name, &confirmed).await.is(303);
    assert!(
        again
            .header("location")
            .starts_with(&format!("/cases/{case}/timeline")),
        "published once"
    );
    let page = investigator.follow(first).await.has("The note is published.");
    assert_eq!(page.body.matches("A victim to protect").count(), 1);
    business
        .get(&link)
        .await
        .is(200)
        .has("its provider must block it");
    story.sync().await.expect("pulls");
    let isp = Client::signed_in(&serve(story.org("isp").node()).await, "approver").await;
    isp.get(&format!("/cases/{case}/timeline"))
        .await
        .is(200)
        .has("block harbour-loaves.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_is_read_and_taken_along() {
    let mut story = ready(62).await;
    story
        .org_mut("agency")
        .add_person("discloser", &[Role::DisclosureOfficer])
        .await
        .expect("an officer");
    let case = story.case();
    let (node, approver) = story.at("agency", "approver");
    let person = story.org("agency").who("discloser").person;
    node.add_member(approver, case, person, &[Role::DisclosureOfficer].into(), None)
        .await
        .expect("named");
    let at = serve(story.org("agency").node()).await;
    let officer = Client::signed_in(&at, "discloser").await;
    let place = format!("/cases/{case}/disclosure");
    let page = officer
        .get(&place)
        .await
        .is(200)
        .has("To be scheduled")
        .has("legal instrument");
    let write = page.body.split("href=\"").find_map(|part| {
        let href = part.split('"').next()?;
        href.contains("disclosure.item?item=").then(|| href.to_owned())
    });
    let write = write.expect("a link to schedule");
    let action = write.split('?').next().expect("a path").to_owned();
    let page = officer.get(&write).await.is(200);
    let mut fields = form(&page.body, &action);
    for (name, value) in [
        ("title", "Item 1"),
        ("number", "1"),
        ("description", "an order of a court"),
        ("material", "used"),
        ("sensitivity", "not-sensitive"),
        ("clause", "s3"),
        ("marking", "TLP:AMBER"),
    ] {
        set(&mut fields, name, value);
    }
    let shown = officer.post(&action, &fields).await.is(200);
    let sent = officer.post(&action, &form(&shown.body, &action)).await.is(303);
    officer
        .follow(sent)
        .await
        .has("an order of a court")
        .has("Describe it anew");
    let document = officer
        .get(&format!("{place}/document"))
        .await
        .is(200)
        .has("an order of a court");
    assert!(document.header("content-disposition").contains("schedule.docx"));
    officer
        .get(&format!("{place}/document?sensitive=true"))
        .await
        .is(200)
        .lacks("an order of a court");
    Client::signed_in(&at, "approver").await.get(&place).await.is(403);
}
