//! Links go with the notes that said them, and are told case by case.

use accord_model::Role;
use accord_model::content::SeenIn;
use accord_service::{NewCase, SignedIn};
use accord_testkit::{DAY_MS, Story};

use crate::reputation::{EVIL, PAGE, SENDER, linked, links, story, together};

/// The provider's researcher saw sender and page in one mail; the note that says so.
async fn said(story: &Story) -> accord_model::EntryRef {
    let (isp, researcher) = story.at("isp", "researcher");
    let new = links(vec![together(SeenIn::Mail, &[SENDER, PAGE], 1)]);
    let at = isp.say_links(researcher, story.case(), &new).await.unwrap().at;
    story.sync().await.unwrap();
    at
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_told_no_more_when_its_note_is_called_back() {
    let story = story(970, true).await;
    let at = said(&story).await;
    assert_eq!(linked(&story, "agency", SENDER).await.verdict, "block");
    let (isp, approver) = story.at("isp", "approver");
    isp.order_recall(approver, story.case(), at, "it was another mail")
        .await
        .unwrap();
    story.sync().await.unwrap();
    for org in ["agency", "isp"] {
        let told = linked(&story, org, SENDER).await;
        assert_eq!((told.verdict, told.total), ("none", 0), "{org}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_told_no_more_when_the_copy_of_its_note_is_destroyed() {
    let story = story(971, true).await;
    said(&story).await;
    let agency = story.org("agency").node();
    story.world.advance(364 * DAY_MS);
    agency.destroy_what_is_over().await.unwrap();
    assert_eq!(linked(&story, "agency", SENDER).await.total, 1, "not yet");
    story.world.advance(2 * DAY_MS);
    assert!(agency.destroy_what_is_over().await.unwrap() >= 1);
    assert_eq!(linked(&story, "agency", SENDER).await.total, 0);
    assert_eq!(
        linked(&story, "isp", SENDER).await.total,
        1,
        "its own, under its own law"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_on_one_of_two_cases_is_told_what_that_one_says() {
    let mut story = story(972, true).await;
    let org = story.org_mut("agency");
    org.add_person("narrow", &[Role::CaseOfficer]).await.unwrap();
    let (agency, narrow) = story.at("agency", "narrow");
    let new = NewCase {
        agreement: story.agreement(),
        operation: "Operation Lark".into(),
        reference: "K-2".into(),
        purpose: "cybercrime-investigation".into(),
        parties: Vec::new(),
    };
    let lark = agency.open_case(narrow, &new).await.unwrap();
    // The first case blocks the page's host; on the second the page was seen with the sender.
    let new = links(vec![together(SeenIn::Mail, &[SENDER, PAGE], 1)]);
    agency.say_links(narrow, lark, &new).await.unwrap();
    let told = async |who: &SignedIn| agency.linked(who, SENDER).await.unwrap();
    let second = told(narrow).await;
    assert_eq!((second.verdict, second.total), ("none", 1));
    assert!(second.because.is_empty(), "{:?}", second.because);
    let officer = story.at("agency", "officer").1;
    let first = told(officer).await;
    assert_eq!((first.verdict, first.total), ("none", 0));
    assert_eq!(agency.linked(officer, PAGE).await.unwrap().total, 0);
    // Said on the first case too, it is told there with the reason.
    agency.say_links(officer, story.case(), &new).await.unwrap();
    let first = told(officer).await;
    assert_eq!((first.verdict, first.total), ("block", 1));
    assert!(first.because[0].contains(EVIL), "{:?}", first.because);
    assert_eq!(told(narrow).await.verdict, "none");
}
