//! Drafts that their author left: shown to them, and to nobody else, until they are finished or thrown away.

use accord_service::{DRAFT_OLD_DAYS, ServiceError, Todo};
use accord_testkit::{DAY_MS, Story};

use crate::TWO;

#[tokio::test(flavor = "multi_thread")]
async fn an_old_draft_waits_for_its_author_until_it_is_thrown_away() {
    let mut story = Story::begin(480, TWO).await;
    let (node, officer) = story.at("agency", "officer");
    let draft = node
        .draft_import(officer, "left.md", None, b"c2.evil.example".to_vec())
        .await
        .unwrap();
    let old = async |story: &Story, sign_in: &str| {
        let (node, who) = story.at("agency", sign_in);
        let inbox = node.inbox(who).await.unwrap().into_iter();
        let mine = inbox.filter(|item| matches!(&item.todo, Todo::OldDraft { .. }));
        mine.map(|item| item.title).collect::<Vec<_>>()
    };
    story.world.advance(DRAFT_OLD_DAYS * DAY_MS - 1);
    assert!(old(&story, "officer").await.is_empty(), "not old yet");
    story.world.advance(1);
    assert_eq!(old(&story, "officer").await, ["A draft that you left: left.md"]);
    // It is nobody else's to see or to remove.
    assert!(old(&story, "investigator").await.is_empty());
    let (node, investigator) = story.at("agency", "investigator");
    let other = node.drop_import(investigator, &draft.id).await;
    assert!(matches!(other, Err(ServiceError::NotFound("draft"))), "{other:?}");
    // Age removes nothing by itself.
    story.org_mut("agency").restart().await;
    assert_eq!(old(&story, "officer").await.len(), 1);
    let (node, officer) = story.at("agency", "officer");
    node.drop_import(officer, &draft.id).await.unwrap();
    assert!(old(&story, "officer").await.is_empty());
}
