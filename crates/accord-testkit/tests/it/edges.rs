//! What an edge saw is counted once, whatever dies between its disk and the node's.

use std::path::Path;
use std::sync::Arc;

use accord_edge::folder::{Faults, Folder};
use accord_edge::outbox::Outbox;
use accord_model::agreement::templates::Template;
use accord_service::{EDGE_DAYS_BACK, EDGE_KEPT_DAYS, NewAudience, Node, Reach, ServiceError, SignedIn};
use accord_store::Fault;
use accord_testkit::{DAY_MS, Story, TARGET};
use accord_verdict::limits::MAX_EDGES;
use accord_verdict::{EdgeBatch, EdgeCount, EdgeId, Reader};

use crate::TWO;

const CUSTOMERS: &str = "customers";

/// A provider whose case says that a value is detected, with audiences that have edges.
async fn story(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.more_people().await.unwrap();
    story.sync().await.unwrap();
    story.popular_indicator().await.unwrap();
    story.second_person().await.unwrap();
    story.sync().await.unwrap();
    story.verdict().await.unwrap();
    story.sync().await.unwrap();
    let (isp, operator) = story.at("isp", "operator");
    for name in [CUSTOMERS, "others"] {
        let new = NewAudience {
            name: name.into(),
            reach: Reach::Customers,
            dnsbl: None,
            rpz: None,
            clients: Vec::new(),
            notify: Vec::new(),
            edge: true,
        };
        isp.open_audience(operator, &new).await.unwrap();
    }
    isp.refresh_verdicts().await.unwrap();
    let audience = isp.verdicts.audience(CUSTOMERS).unwrap();
    assert!(audience.inspect(&mut Reader::default(), TARGET).is_listed());
    story
}

fn today(story: &Story) -> u32 {
    u32::try_from(story.world.now_ms() / DAY_MS).unwrap()
}

fn count_of(day: u32, indicator: &str, count: u64) -> EdgeCount {
    EdgeCount {
        day,
        indicator: indicator.to_owned(),
        count,
    }
}

fn batch_of(edge: u8, number: u64, counts: Vec<EdgeCount>) -> EdgeBatch {
    EdgeBatch {
        edge: EdgeId([edge; 16]).to_string(),
        name: "fra".to_owned(),
        batch: number,
        counts,
    }
}

/// How often the target was seen, and everything else.
async fn seen(node: &Node, operator: &SignedIn) -> (u64, usize) {
    let seen = node.seen_here(operator, u32::MAX).await.unwrap();
    let (ours, others): (Vec<_>, Vec<_>) = seen.into_iter().partition(|one| one.indicator == TARGET);
    (ours.iter().map(|one| one.count).sum(), others.len())
}

fn open(folder: &Path, faults: Faults, edge: u8) -> std::io::Result<Outbox> {
    let folder = Arc::new(Folder::open(folder, faults)?);
    let (outbox, damaged) = Outbox::open(folder, "fra", EdgeId([edge; 16]))?;
    assert_eq!(damaged, [""; 0]);
    Ok(outbox)
}

/// Gives the node what waits, as an edge does; what goes wrong is left for the next time.
async fn give(node: &Node, outbox: &mut Outbox) -> Result<(), String> {
    while let Some((_, bytes)) = outbox.first() {
        let batch = EdgeBatch::read(&bytes).unwrap();
        let taken = node.keep_edge_batch(CUSTOMERS, &batch).await;
        let taken = taken.map_err(|error| error.to_string())?;
        let before = outbox.waiting();
        outbox.taken(taken.last).map_err(|error| error.to_string())?;
        assert!(outbox.waiting() < before);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_the_edge_at_any_step_loses_nothing_and_counts_nothing_twice() {
    let story = story(9_100).await;
    let (isp, operator) = story.at("isp", "operator");
    let day = today(&story);
    let (mut expected, mut edge) = (0, 0_u8);
    for is_done_first in [false, true] {
        for step in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let faults = Faults::at(step, is_done_first);
            // Every folder is another edge's.
            edge += 1;
            let mut lost = 0;
            // Two rounds of counting and giving, until the disk fails.
            if let Ok(mut outbox) = open(folder.path(), faults.clone(), edge) {
                for round in 1..=2 {
                    let (left, _) =
                        outbox.put(vec![count_of(day, TARGET, round), count_of(day - 1, TARGET, 10)]);
                    expected += round + 10;
                    lost += left.iter().map(|one| one.count).sum::<u64>();
                    if give(isp, &mut outbox).await.is_err() {
                        break;
                    }
                }
            }
            let is_through = faults.is_left();
            // What came back would wait in memory, and dies with the process: it was never kept.
            expected -= lost;
            assert!(lost == 0 || !is_through);
            let mut outbox = open(folder.path(), Faults::none(), edge).unwrap();
            give(isp, &mut outbox).await.unwrap();
            assert_eq!(
                seen(isp, operator).await.0,
                expected,
                "step {step}, {is_done_first}"
            );
            if is_through {
                assert!(step > 20, "{step} steps");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_the_node_at_its_commit_loses_nothing_and_counts_nothing_twice() {
    let mut story = story(9_101).await;
    let day = today(&story);
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path(), Faults::none(), 7).unwrap();
    let mut expected = 0;
    for fault in [Fault::Lost, Fault::PersistedButFailed] {
        let (left, kept) = outbox.put(vec![count_of(day, TARGET, 3)]);
        kept.unwrap();
        assert_eq!(left, []);
        expected += 3;
        story.world.arm(1, fault);
        let (isp, _) = story.at("isp", "operator");
        give(isp, &mut outbox).await.unwrap_err();
        story.world.disarm();
        assert_eq!(outbox.waiting(), 1, "{fault:?}");
        // Meanwhile more is seen: not in the batch that the node may have.
        let (_, kept) = outbox.put(vec![count_of(day, TARGET, 5)]);
        kept.unwrap();
        expected += 5;
        assert_eq!(outbox.waiting(), 2);
        assert!(story.org_mut("isp").restart_if_broken().await);
        let (isp, operator) = story.at("isp", "operator");
        give(isp, &mut outbox).await.unwrap();
        assert_eq!(seen(isp, operator).await.0, expected, "{fault:?}");
    }
    // Both start again, and nothing is given twice.
    drop(outbox);
    story.org_mut("isp").restart().await;
    let mut outbox = open(folder.path(), Faults::none(), 7).unwrap();
    let (isp, operator) = story.at("isp", "operator");
    give(isp, &mut outbox).await.unwrap();
    assert_eq!(seen(isp, operator).await.0, expected);
    assert!(story.org_mut("isp").fsck().await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_counts_what_it_serves_and_keeps_nothing_else() {
    let mut story = story(9_102).await;
    let day = today(&story);
    let (isp, operator) = story.at("isp", "operator");
    let counts = vec![
        count_of(day, TARGET, 1),
        count_of(day + 1, TARGET, 1),
        count_of(day + 2, TARGET, 100),
        count_of(day - EDGE_DAYS_BACK, TARGET, 1),
        count_of(day - EDGE_DAYS_BACK - 1, TARGET, 100),
        count_of(day, "nobody-said.example", 100),
        count_of(day, "BEACON.bad.example", 100),
        count_of(day, "two words", 100),
    ];
    isp.keep_edge_batch(CUSTOMERS, &batch_of(1, 1, counts))
        .await
        .unwrap();
    assert_eq!(seen(isp, operator).await, (3, 0));
    // Of another audience, another edge, the same number: its own.
    let one = |edge: u8, number: u64| batch_of(edge, number, vec![count_of(day, TARGET, 1)]);
    isp.keep_edge_batch(CUSTOMERS, &one(2, 1)).await.unwrap();
    isp.keep_edge_batch("others", &one(1, 1)).await.unwrap();
    assert_eq!(seen(isp, operator).await, (5, 0));
    let nobody = isp.keep_edge_batch("nobody", &one(1, 9)).await;
    assert!(matches!(nobody, Err(ServiceError::NotFound("audience"))));
    // It is shown, and it is shared on the case as what was seen here.
    let view = isp.audiences(operator).await.unwrap().remove(0);
    assert_eq!(view.opened.name, CUSTOMERS);
    let edges: Vec<_> = view
        .edges
        .iter()
        .map(|edge| (edge.name.as_str(), edge.last_batch, edge.counted))
        .collect();
    assert_eq!(edges, [("fra", Some(1), 3), ("fra", Some(1), 1)]);
    // One edge too many, until another was silent for long.
    for edge in 3..=u8::try_from(MAX_EDGES).unwrap() {
        isp.keep_edge_batch(CUSTOMERS, &one(edge, 1)).await.unwrap();
    }
    let many = isp.keep_edge_batch(CUSTOMERS, &one(200, 1)).await;
    assert!(matches!(many, Err(ServiceError::Conflict(_))), "{many:?}");
    let (before, _) = seen(isp, operator).await;
    story.world.advance(EDGE_KEPT_DAYS * DAY_MS + 1);
    let day = today(&story);
    let later = batch_of(200, 1, vec![count_of(day, TARGET, 1)]);
    story.org_mut("isp").restart().await;
    let (isp, operator) = story.at("isp", "operator");
    isp.keep_edge_batch(CUSTOMERS, &later).await.unwrap();
    assert_eq!(seen(isp, operator).await.0, before + 1);
}
