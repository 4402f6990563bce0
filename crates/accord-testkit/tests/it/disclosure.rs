//! The schedule: every item, described or not, and what of it goes into which document.

use accord_model::EntryRef;
use accord_model::Tlp;
use accord_model::content::{DisclosureItem, MaterialUse, Sensitivity};
use accord_service::{Draft, NewNote, ServiceError};
use accord_testkit::{as_json, report};

use crate::denied;
use crate::leaks::{everything, holds};
use crate::victims::{attached, begin};

#[tokio::test(flavor = "multi_thread")]
async fn every_item_is_on_the_schedule_from_day_one() {
    let story = begin(96).await;
    let case = story.case();
    let (_, _, victim) = attached(&story).await;
    let (node, investigator) = story.at("agency", "investigator");
    let discloser = story.org("agency").who("discloser");
    let note = node
        .publish_note(
            investigator,
            case,
            &report("what the family does", "text", Tlp::Green),
        )
        .await
        .unwrap();
    let before = node.schedule(discloser, case).await.unwrap();
    assert!(before.scheduled.is_empty() && before.may_schedule);
    let waiting: Vec<EntryRef> = before
        .to_be_scheduled
        .iter()
        .filter_map(|line| line.item)
        .collect();
    assert!(
        waiting.contains(&note.at) && waiting.contains(&victim) && waiting.contains(&story.hunt_of("isp"))
    );
    denied(node.schedule(story.org("agency").who("approver"), case).await);
    assert!(!node.schedule(investigator, case).await.unwrap().may_schedule);

    let item = |number: &str, at: Option<EntryRef>, words: &str, harm: Option<&str>| Draft {
        note: NewNote::new(DisclosureItem {
            number: number.into(),
            item: at,
            description: words.into(),
            material: MaterialUse::Unused,
            sensitivity: if harm.is_some() {
                Sensitivity::Sensitive
            } else {
                Sensitivity::NotSensitive
            },
            harm: harm.map(Into::into),
            clause: "CPIA s3".into(),
        })
        .unwrap(),
        ..report("Item", "", Tlp::Amber)
    };
    let first = item("1", Some(note.at), "a report on the family", None);
    denied(node.publish_note(investigator, case, &first).await);
    let published = node.publish_note(discloser, case, &first).await.unwrap();
    assert!(
        published.decisions.iter().all(|decided| decided.answer == "no"),
        "it is ours alone"
    );
    let taken = node
        .publish_note(discloser, case, &item("1", Some(victim), "x", None))
        .await;
    assert!(matches!(taken, Err(ServiceError::Invalid { .. })));
    node.publish_note(
        discloser,
        case,
        &item(
            "10",
            Some(victim),
            "a report of a business",
            Some("it would be named"),
        ),
    )
    .await
    .unwrap();
    node.publish_note(discloser, case, &item("2", None, "a till, seized", None))
        .await
        .unwrap();
    // The last word on an item counts.
    node.publish_note(discloser, case, &item("1", Some(note.at), "a report", None))
        .await
        .unwrap();
    let schedule = node.schedule(discloser, case).await.unwrap();
    let numbers: Vec<&str> = schedule
        .scheduled
        .iter()
        .filter_map(|line| line.number.as_deref())
        .collect();
    assert_eq!(numbers, ["1", "2", "10"]);
    assert_eq!(schedule.scheduled[0].description, "a report");
    assert_eq!(
        schedule.scheduled.len() + schedule.to_be_scheduled.len(),
        before.to_be_scheduled.len() + 1
    );

    // Two documents: what the defence may see, and what it may not.
    let (name, open) = node.schedule_document(discloser, case, false).await.unwrap();
    let (_, closed) = node.schedule_document(discloser, case, true).await.unwrap();
    assert_eq!(name, "schedule.docx");
    assert!(holds(&open, "a till, seized") && !holds(&open, "it would be named"));
    assert!(!holds(&open, "a report of a business") && !holds(&open, "what the family does"));
    assert!(holds(&closed, "it would be named") && !holds(&closed, "a till, seized"));

    // A description that names a victim is not shown.
    let naming = Draft {
        to: vec![story.org("agency").name.clone()],
        ..item(
            "3",
            Some(story.hunt_of("isp")),
            "asked about Harbour Loaves",
            None,
        )
    };
    node.publish_note(discloser, case, &naming).await.unwrap();
    let schedule = as_json(&node.schedule(discloser, case).await.unwrap());
    assert!(!schedule.contains("Harbour") && schedule.contains("describes it anew"));
    // Nothing of it leaves; the provider has a schedule of its own, of which it has no officer.
    story.sync().await.unwrap();
    assert!(!holds(
        &everything(&story, "isp", "agency").await,
        "a till, seized"
    ));
}
