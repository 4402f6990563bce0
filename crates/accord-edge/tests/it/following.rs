//! An edge follows, is stopped, loses its node, loses its disk.

use std::path::Path;

use accord_client::EdgeClientError;
use accord_edge::kept::CHANGES_BEFORE_WHOLE;
use accord_edge::{Edge, EdgeError, FollowError};
use accord_verdict::Action;

use crate::place::{EDGE_TOKEN, Source, open, try_open, verdict};

const BLOCKED: (bool, Option<Action>) = (true, Some(Action::Block));
const WATCHED: (bool, Option<Action>) = (false, Some(Action::Detect));
const NOTHING: (bool, Option<Action>) = (false, None);

async fn followed(edge: &Edge) -> bool {
    edge.follow_once().await.unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn it_follows_survives_the_loss_of_its_node_and_starts_without_it() {
    let mut source = Source::new();
    source.publish(Action::Block, &["evil.example"]);
    source.publish(Action::Detect, &["watched.example"]);
    source.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let edge = open(&source.url(), folder.path());
    assert!(
        !edge.is_serving(),
        "nothing is answered before there are verdicts"
    );
    assert!(followed(&edge).await);
    assert!(edge.is_serving());
    assert_eq!(verdict(&edge, "www.evil.example"), BLOCKED);
    assert_eq!(verdict(&edge, "watched.example"), WATCHED);

    source.publish(Action::Block, &["new.example", "watched.example"]);
    source.withdraw("evil.example");
    assert!(followed(&edge).await);
    let now = |edge: &Edge| {
        let names = ["evil.example", "watched.example", "new.example"];
        names.map(|name| verdict(edge, name))
    };
    assert_eq!(now(&edge), [NOTHING, BLOCKED, BLOCKED]);

    source.stop().await;
    let lost = edge.follow_once().await.unwrap_err();
    assert!(
        matches!(lost, FollowError::Source(EdgeClientError::Unreachable(_))),
        "{lost}"
    );
    assert_eq!(now(&edge), [NOTHING, BLOCKED, BLOCKED]);
    // Another process must not use the folder meanwhile.
    let twice = try_open(&source.url(), folder.path(), EDGE_TOKEN);
    assert!(matches!(twice, Err(EdgeError::Folder { .. })));

    // A start without the node.
    let id = edge.id().to_owned();
    drop(edge);
    let edge = open(&source.url(), folder.path());
    assert!(edge.is_serving());
    assert_eq!(edge.id(), id);
    assert_eq!(now(&edge), [NOTHING, BLOCKED, BLOCKED]);

    // The node is back: the changes are enough.
    source.publish(Action::Detect, &["new.example"]);
    source.serve().await;
    assert!(followed(&edge).await);
    assert_eq!(now(&edge), [NOTHING, BLOCKED, WATCHED]);
    drop(edge);
    let edge = open(&source.url(), folder.path());
    assert_eq!(now(&edge), [NOTHING, BLOCKED, WATCHED]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_look_ups_that_is_made_anew_opens_at_the_edge_and_stays_so() {
    let mut source = Source::new();
    source.publish(Action::Block, &["evil.example"]);
    source.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let edge = open(&source.url(), folder.path());
    followed(&edge).await;
    let opens = |edge: &Edge, token: &str| edge.snapshots().audience_of(token).is_some();
    assert!(opens(&edge, crate::place::TOKEN));

    // Nothing else is new: the edge is told all the same, and at once.
    source.renew("another-token-of-the-customers-01");
    assert!(followed(&edge).await);
    assert!(opens(&edge, "another-token-of-the-customers-01"));
    assert!(
        !opens(&edge, crate::place::TOKEN),
        "the one of before opens nothing"
    );
    assert_eq!(verdict(&edge, "evil.example"), BLOCKED);
    drop(edge);
    let edge = open(&source.url(), folder.path());
    assert!(opens(&edge, "another-token-of-the-customers-01") && !opens(&edge, crate::place::TOKEN));
    source.publish(Action::Block, &["new.example"]);
    assert!(followed(&edge).await);
    assert_eq!(verdict(&edge, "new.example"), BLOCKED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_restored_from_a_backup_is_followed_back() {
    let mut source = Source::new();
    source.publish(Action::Block, &["evil.example"]);
    source.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let edge = open(&source.url(), folder.path());
    followed(&edge).await;
    source.publish(Action::Block, &["new.example"]);
    followed(&edge).await;
    let serial = |edge: &Edge| edge.snapshots().audience("edge").unwrap().snapshot().serial();
    let before = serial(&edge);
    source.stop().await;
    let mut restored = Source::new();
    restored.address = source.address;
    restored.publish(Action::Block, &["evil.example"]);
    restored.serve().await;
    assert!(followed(&edge).await);
    assert_eq!(verdict(&edge, "new.example"), NOTHING);
    assert_eq!(verdict(&edge, "evil.example"), BLOCKED);
    assert!(serial(&edge) > before);
    drop(edge);
    let edge = open(&restored.url(), folder.path());
    assert_eq!(verdict(&edge, "new.example"), NOTHING);
    assert_eq!(verdict(&edge, "evil.example"), BLOCKED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_gets_nothing_and_anothers_gets_that_ones() {
    let mut source = Source::new();
    source.publish(Action::Block, &["evil.example"]);
    source.serve().await;
    for token in ["wrong", crate::place::TOKEN] {
        let folder = tempfile::tempdir().unwrap();
        let edge = try_open(&source.url(), folder.path(), token).unwrap();
        let refused = edge.follow_once().await.unwrap_err();
        assert!(
            matches!(refused, FollowError::Source(EdgeClientError::NoToken)),
            "{refused}"
        );
        assert!(!edge.is_serving());
    }
    let folder = tempfile::tempdir().unwrap();
    let edge = try_open(&source.url(), folder.path(), "token-of-others-edges").unwrap();
    assert!(followed(&edge).await);
    assert_eq!(verdict(&edge, "evil.example"), NOTHING);
    // The audience is closed: what the edge has stays, and it is told so.
    let folder = tempfile::tempdir().unwrap();
    let edge = open(&source.url(), folder.path());
    followed(&edge).await;
    source.snapshots.close("customers");
    let refused = edge.follow_once().await.unwrap_err();
    assert!(
        matches!(refused, FollowError::Source(EdgeClientError::NoToken)),
        "{refused}"
    );
    assert_eq!(verdict(&edge, "evil.example"), BLOCKED);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_is_set_aside_and_taken_again() {
    let mut source = Source::new();
    source.publish(Action::Block, &["evil.example"]);
    source.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let edge = open(&source.url(), folder.path());
    followed(&edge).await;
    source.publish(Action::Block, &["new.example"]);
    followed(&edge).await;
    drop(edge);
    let whole = std::fs::read(folder.path().join("verdicts")).unwrap();
    let changes = std::fs::read(folder.path().join("changes")).unwrap();
    // Changes that were not written to their end are cut off.
    for cut in [0, 1, changes.len() / 2, changes.len() - 1] {
        std::fs::write(folder.path().join("changes"), &changes[..cut]).unwrap();
        let edge = open(&source.url(), folder.path());
        assert_eq!(verdict(&edge, "evil.example"), BLOCKED);
        assert_eq!(verdict(&edge, "new.example"), NOTHING);
        assert!(followed(&edge).await);
        assert_eq!(verdict(&edge, "new.example"), BLOCKED);
        drop(edge);
        let edge = open(&source.url(), folder.path());
        assert_eq!(verdict(&edge, "new.example"), BLOCKED, "after a cut at {cut}");
    }
    // Every byte of the whole counts; of a few the change is tried.
    for place in [0, whole.len() / 3, whole.len() / 2, whole.len() - 2] {
        let mut bad = whole.clone();
        bad[place] ^= 1;
        std::fs::write(folder.path().join("verdicts"), &bad).unwrap();
        let edge = open(&source.url(), folder.path());
        assert!(!edge.is_serving(), "byte {place}");
        assert!(names(folder.path()).contains(&"verdicts.damaged".to_owned()));
        assert_eq!(
            std::fs::read(folder.path().join("verdicts.damaged")).unwrap(),
            bad
        );
        assert!(followed(&edge).await);
        assert_eq!(verdict(&edge, "new.example"), BLOCKED);
        drop(edge);
        assert!(open(&source.url(), folder.path()).is_serving());
    }
    // Its books: it is another edge from now on.
    std::fs::write(folder.path().join("edge.json"), "{").unwrap();
    let edge = open(&source.url(), folder.path());
    assert!(edge.is_serving());
    assert!(names(folder.path()).contains(&"edge.json.damaged".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_changes_become_a_whole_on_the_disk() {
    let mut source = Source::new();
    source.publish(Action::Block, &["evil.example"]);
    source.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let edge = open(&source.url(), folder.path());
    followed(&edge).await;
    let length = || std::fs::metadata(folder.path().join("changes")).map_or(0, |about| about.len());
    let half = usize::try_from(CHANGES_BEFORE_WHOLE / 2).unwrap();
    let names = |from: usize| (from..from + half).map(|number| format!("h{number}.example"));
    let publish = |from: usize| {
        let names: Vec<String> = names(from).collect();
        source.publish(
            Action::Block,
            &names.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    };
    publish(0);
    followed(&edge).await;
    publish(half);
    followed(&edge).await;
    assert!(length() > 0);
    source.publish(Action::Block, &["one-more.example"]);
    followed(&edge).await;
    assert_eq!(length(), 0, "the whole is written");
    drop(edge);
    source.stop().await;
    let edge = open(&source.url(), folder.path());
    for name in [
        "h0.example",
        &format!("h{}.example", 2 * half - 1),
        "one-more.example",
    ] {
        assert_eq!(verdict(&edge, name), BLOCKED, "{name}");
    }
}

#[test]
fn what_cannot_be_an_edge_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["http://node.isp.example", "https://node.isp.example/x", ""] {
        let refused = try_open(url, folder.path(), EDGE_TOKEN);
        assert!(
            matches!(refused, Err(EdgeError::Source(EdgeClientError::Address(_)))),
            "{url}"
        );
    }
}
