//! Links go with the notes that said them, and are told case by case.

use accord_model::content::SeenIn;
use accord_model::{Role, SpaceId};
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

async fn second_case(story: &Story) -> SpaceId {
    let (agency, officer) = story.at("agency", "officer");
    let new = NewCase {
        agreement: story.agreement(),
        operation: "Operation Lark".into(),
        reference: "K-2".into(),
        purpose: "cybercrime-investigation".into(),
        parties: Vec::new(),
    };
    agency.open_case(officer, &new).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_on_one_of_two_cases_is_told_what_that_one_says() {
    let mut story = story(972, true).await;
    let lark = second_case(&story).await;
    let agency = story.org_mut("agency");
    agency.add_person("narrow", &[Role::Investigator]).await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    let narrow = story.at("agency", "narrow").1;
    let roles = [Role::Investigator].into();
    agency
        .add_member(officer, lark, narrow.person, &roles, None)
        .await
        .unwrap();
    // The first case blocks the page's host; on the second the page was seen with the sender.
    let new = links(vec![together(SeenIn::Mail, &[SENDER, PAGE], 1)]);
    let (officer, investigator) = (
        story.at("agency", "officer").1,
        story.at("agency", "investigator").1,
    );
    agency.say_links(officer, lark, &new).await.unwrap();
    let told = async |who: &SignedIn| agency.linked(who, SENDER).await.unwrap();
    let both = told(officer).await;
    assert_eq!((both.verdict, both.total), ("block", 1));
    assert!(both.because[0].contains(EVIL), "{:?}", both.because);
    let second = told(narrow).await;
    assert_eq!((second.verdict, second.total), ("none", 1));
    assert!(second.because.is_empty(), "{:?}", second.because);
    let first = told(investigator).await;
    assert_eq!((first.verdict, first.total), ("none", 0));
}
