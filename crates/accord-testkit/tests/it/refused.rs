//! What was refused because it names a victim stands in the access log: who, which case, which check; never the name.

use accord_model::Tlp;
use accord_service::AccessView;
use accord_testkit::{Story, report};

use crate::victims::{attached, begin};
use crate::{clean, denied};

async fn lines(story: &Story) -> Vec<AccessView> {
    let (node, auditor) = story.at("agency", "auditor");
    let all = node.access_log(auditor, None).await.unwrap();
    for line in &all {
        let text = format!("{} {} {}", line.actor, line.what, line.subject);
        assert!(!text.contains("Harbour") && !text.contains("loaves"), "{text}");
    }
    all.into_iter()
        .filter(|line| line.what == "victim.named-and-refused")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_names_a_victim_is_a_line_without_the_name() {
    let mut story = begin(310).await;
    attached(&story).await;
    let case = story.case();
    let (node, investigator) = story.at("agency", "investigator");
    let note = report("the tills", "Harbour Bäckerei Ltd lost its tills", Tlp::Amber);
    // Asking what would happen is no line.
    node.preview_note(investigator, case, &note).await.unwrap();
    assert!(lines(&story).await.is_empty());
    denied(node.publish_note(investigator, case, &note).await);
    let found = lines(&story).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].subject, format!("note {case}"));
    assert_eq!(found[0].actor, investigator.name);
    // A control note, which every party reads.
    let isp = story.org("isp").name.clone();
    let officer = story.org("agency").who("officer");
    let words = "they serve harbour-loaves.example";
    denied(node.remove_party(officer, case, &isp, words).await);
    let found = lines(&story).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].subject, format!("control-note {case}"), "newest first");
    assert_eq!(found[0].actor, officer.name);
    // What names nobody leaves no such line.
    let note = report("the tills", "a bakery lost its tills", Tlp::Amber);
    node.publish_note(investigator, case, &note).await.unwrap();
    assert_eq!(lines(&story).await.len(), 2);
    clean(&mut story).await;
}
