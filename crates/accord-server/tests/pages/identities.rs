//! Who a victim is, given by a provider to the agency: on the pages of both.

use accord_model::Role;
use accord_testkit::Story;

use crate::client::{Client, form, set};
use crate::{ready, serve};

/// The first link of a page that ends so.
fn link(body: &str, end: &str) -> String {
    let found = body.split("href=\"").find_map(|part| {
        let href = part.split('"').next()?;
        href.ends_with(end).then(|| href.to_owned())
    });
    found.unwrap_or_else(|| panic!("no link to {end}"))
}

/// The provider's and the agency's custodian, named on the case.
async fn custodians(seed: u64) -> Story {
    let mut story = ready(seed).await;
    for org in ["agency", "isp"] {
        story
            .org_mut(org)
            .add_person("custodian", &[Role::Custodian])
            .await
            .expect("a custodian");
        let (node, approver) = story.at(org, "approver");
        let person = story.org(org).who("custodian").person;
        node.add_member(approver, story.case(), person, &[Role::Custodian].into(), None)
            .await
            .expect("named");
    }
    story.sync().await.expect("pulls");
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_gives_who_its_customer_is() {
    let story = custodians(63).await;
    let case = story.case();
    let victims = format!("/cases/{case}/victims");
    let isp = serve(story.org("isp").node()).await;
    let custodian = Client::signed_in(&isp, "custodian").await;

    // Recorded under a pseudonym; with nothing kept there is nothing to give.
    let write = format!("/cases/{case}/write/victim.recorded");
    let page = custodian.get(&write).await.is(200);
    let mut fields = form(&page.body, &write);
    for (name, value) in [
        ("title", "Victim V-garo"),
        ("pseudonym", "V-garo"),
        ("victim", "organisation"),
        ("text", "a small maker of food"),
        ("marking", "TLP:AMBER"),
    ] {
        set(&mut fields, name, value);
    }
    let shown = custodian.post(&write, &fields).await.is(200);
    custodian.post(&write, &form(&shown.body, &write)).await.is(303);
    let page = custodian
        .get(&victims)
        .await
        .is(200)
        .lacks("Give it to the agency");
    let file = link(&page.body, "/identity");
    let page = custodian.get(&file).await.is(200);
    let mut fields = form(&page.body, &file);
    set(&mut fields, "name", "Harbour Loaves Ltd");
    custodian.post(&file, &fields).await.is(303);

    // The form shows the clause; what is missing is said at its field; nobody else gets it.
    let page = custodian.get(&victims).await.is(200).has("Give it to the agency");
    let give = link(&page.body, "/give");
    let approver = Client::signed_in(&isp, "approver").await;
    approver.get(&give).await.is(403);
    let page = custodian
        .get(&give)
        .await
        .is(200)
        .has("agency: clause 3.4: The identity of a victim flows from a provider to the agency")
        .has("Tell the victim")
        .lacks("Harbour");
    let mut fields = form(&page.body, &give);
    set(&mut fields, "to", "agency");
    set(&mut fields, "text", "its director, by telephone");
    custodian
        .post(&give, &fields)
        .await
        .is(200)
        .has("say on what ground");
    set(&mut fields, "ground", "consent");
    let mut naming = fields.clone();
    set(&mut naming, "text", "Harbour Loaves agreed");
    custodian.post(&give, &naming).await.is(403).has("V-garo");
    let sent = custodian.post(&give, &fields).await.is(303);
    custodian
        .follow(sent)
        .await
        .has("tell the victim")
        .has("waits for your approver")
        .has("its director, by telephone")
        .lacks("Harbour");

    // The approver lets it go, from the inbox; then the agency has it, and shows nobody.
    let inbox = approver.get("/").await.is(200).has("Who V-garo is");
    let release = inbox.body.split("href=\"").find_map(|part| {
        let href = part.split('"').next()?;
        href.contains("/releases/").then(|| href.to_owned())
    });
    let release = release.expect("a release");
    let page = approver
        .get(&release)
        .await
        .is(200)
        .has("its director, by telephone")
        .lacks("Harbour");
    approver.post(&release, &form(&page.body, &release)).await.is(303);
    story.sync().await.expect("pulls");
    let agency = serve(story.org("agency").node()).await;
    let investigator = Client::signed_in(&agency, "investigator").await;
    investigator
        .get(&victims)
        .await
        .is(200)
        .has("identity kept")
        .has("Given to the agency")
        .has("kept here")
        .has("its director, by telephone")
        .has("Ask to look")
        .lacks("Refuse it")
        .lacks("Harbour");
    custodian
        .get(&victims)
        .await
        .is(200)
        .has("by nobody so far")
        .lacks("Harbour");
    let letter = custodian
        .get(&link(&custodian.get(&victims).await.body, "/letter"))
        .await
        .is(200)
        .has("To whom your name went");
    assert!(!letter.body.contains("Harbour"));

    // The agency's custodian hears of it in the inbox, which leads to it, and can refuse it.
    let theirs = Client::signed_in(&agency, "custodian").await;
    let says = "says who V-garo is";
    investigator.get("/").await.is(200).lacks(says);
    let inbox = theirs.get("/").await.is(200).has(says).lacks("Harbour");
    assert!(
        inbox.body.contains(&format!("href=\"{victims}#")),
        "to its place under Victims"
    );
    let page = theirs.get(&victims).await.is(200).has("Refuse it");
    let refuse = link(&page.body, "/refuse-identity");
    investigator.get(&refuse).await.is(403);
    let page = theirs.get(&refuse).await.is(200).has("no longer protected");
    let mut fields = form(&page.body, &refuse);
    theirs.post(&refuse, &fields).await.is(200).has("say why");
    set(&mut fields, "reason", "it names what is no victim");
    let sent = theirs.post(&refuse, &fields).await.is(303);
    theirs
        .follow(sent)
        .await
        .has("set aside")
        .has("a custodian here has refused it")
        .lacks("Ask to look");
    theirs.get("/").await.is(200).lacks(says);
}
