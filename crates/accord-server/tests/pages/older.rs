//! Giving older notes to a party that came later, by the forms.

use accord_model::agreement::templates::Template;
use accord_model::{OrgKind, Tlp};
use accord_service::Draft;
use accord_testkit::{Story, report};

use crate::client::{Client, form, set};
use crate::serve;

/// A case with three notes of the agency, to which a hosting provider came afterwards.
pub async fn story(seed: u64) -> Story {
    const ORGS: &[(&str, OrgKind)] = &[
        ("agency", OrgKind::Agency),
        ("hoster", OrgKind::HostingProvider),
        ("isp", OrgKind::Isp),
    ];
    let mut story = Story::begin(seed, ORGS).await;
    story
        .agree(Template::AgencyIsp, &["agency", "hoster", "isp"])
        .await
        .expect("an agreement");
    story.open_case(&["isp"]).await.expect("a case");
    let (node, writer) = story.at("agency", "investigator");
    let to_isp = Draft {
        to: vec![story.org("isp").name.clone()],
        ..report("For the provider alone", "not for others", Tlp::Amber)
    };
    for draft in [
        report("The seed is known", "It is 7.", Tlp::Amber),
        report("Where the panel stands", "In two houses.", Tlp::Green),
        report("The search is on Thursday", "At six.", Tlp::Red),
        to_isp,
    ] {
        node.publish_note(writer, story.case(), &draft)
            .await
            .expect("a note");
    }
    story.sync().await.expect("pulls");
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_that_came_later_is_given_what_is_ticked() {
    let story = story(86).await;
    let case = story.case();
    let agency = serve(story.org("agency").node()).await;
    let officer = Client::signed_in(&agency, "officer").await;
    let team = format!("/cases/{case}/team");
    let page = officer.get(&team).await.is(200);
    page.has("Notes it has not got: 1").lacks("/older/hoster");

    let add = format!("{team}/add-party");
    let page = officer.get(&add).await.is(200);
    let mut fields = form(&page.body, &add);
    set(&mut fields, "organisation", "hoster");
    set(&mut fields, "reason", "The panel stands in its houses.");
    let page = officer.post(&add, &fields).await.is(200);
    let page = page
        .has("older ones you give it under Team")
        .has("The panel stands in its houses.")
        .has("hoster reads it, and every other party of the case.");
    let added = officer.post(&add, &form(&page.body, &add)).await;
    let page = officer.follow(added).await;
    let place = format!("{team}/older/hoster");
    page.has("The organisation is on the case.")
        .has(&format!("href=\"{place}\""));

    // Each note with the agreement's word; what waits or is denied has no box.
    let page = officer.get(&place).await.is(200);
    let page = page
        .has("Goes when you give it")
        .has("The seed is known")
        .has("Where the panel stands")
        .has("investigator of agency")
        .has("Stays here")
        .has("The search is on Thursday")
        .has("waits for our approver")
        .lacks("For the provider alone");
    let all = form(&page.body, &place);
    let notes = all.iter().filter(|(name, _)| name == "note").count();
    assert!(notes >= 4, "two notes and the names of two people: {all:?}");

    // None ticked, or another page than the one shown: nothing goes.
    let mut none = all.clone();
    none.retain(|(name, _)| name != "note");
    officer
        .post(&place, &none)
        .await
        .is(200)
        .has("choose at least one");
    let mut other = all.clone();
    set(&mut other, "commitment", "00");
    officer.post(&place, &other).await.is(200).has("look again");
    let timeline = officer.get(&format!("/cases/{case}/timeline")).await.is(200);
    timeline
        .has("The panel stands in its houses.")
        .lacks("us and hoster");

    // One is unticked, the others go, once.
    let unticked = page
        .body
        .split("name=\"note\" value=\"")
        .skip(1)
        .find(|rest| {
            rest.contains("Where the panel stands")
                && !rest.split("</tr>").next().unwrap_or("").contains("The seed")
        })
        .and_then(|rest| rest.split('"').next())
        .expect("its box")
        .to_owned();
    let mut some = form(&officer.get(&place).await.is(200).body, &place);
    some.retain(|(name, value)| name != "note" || *value != unticked);
    let first = officer.post(&place, &some).await.is(303);
    let again = officer.post(&place, &some).await.is(303);
    assert_eq!(first.header("location"), again.header("location"), "done once");
    let page = officer.follow(first).await;
    let page = page
        .has("Given. What is denied stays here, with its clause.")
        .has("Where the panel stands")
        .lacks("The seed is known");
    page.has("The search is on Thursday");
    story.sync().await.expect("pulls");
    let hoster = serve(story.org("hoster").node()).await;
    let there = Client::signed_in(&hoster, "approver").await;
    there
        .get(&format!("/cases/{case}/timeline"))
        .await
        .is(200)
        .has("The seed is known")
        .has("investigator of agency")
        .lacks("Where the panel stands")
        .lacks("The search is on Thursday")
        .lacks("For the provider alone");

    // The approver sees what waited for them among what goes.
    let approver = Client::signed_in(&agency, "approver").await;
    let page = approver.get(&place).await.is(200);
    page.has("The search is on Thursday")
        .lacks("waits for our approver");
    // Whoever else works on the case has neither the way nor the page.
    let investigator = Client::signed_in(&agency, "investigator").await;
    investigator.get(&team).await.is(200).lacks("has not got");
    investigator.get(&place).await.is(403);
    investigator.post(&place, &some).await.is(403);
    officer.get(&format!("{team}/older/agency")).await.is(404);
    officer.get(&format!("{team}/older/nobody")).await.is(404);
}
