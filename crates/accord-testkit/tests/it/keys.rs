//! A key that was revoked, or whose certificate has ended, vouches for nothing more.

use accord_ledger::certificate::Revocation;
use accord_ledger::note::Note;
use accord_model::{Role, Tlp};
use accord_service::keys::CERTIFICATE_TERM_MS;
use accord_service::{Node, ServiceError, SignedIn};
use accord_testkit::{Org, Story, report};

use crate::{TWO, denied, same_fold};

async fn revoke(org: &Org, purpose: &str) -> usize {
    let (node, who) = (org.node(), org.who("operator"));
    let text = node.revocation_text(who, purpose).await.unwrap();
    let note = Note::sign(&text, &[&org.identity()]).unwrap();
    node.publish_revocation(who, &note.encode()).await.unwrap()
}

async fn name_auditor(story: &Story, node: &Node, who: &SignedIn) -> accord_service::Result<()> {
    let person = story.org("isp").who("auditor").person;
    let roles = [Role::Auditor].into();
    node.add_member(who, story.case(), person, &roles, None).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_revoked_key_signs_later_counts_nowhere() {
    let story = Story::asked(90, TWO).await;
    // The thief has a copy of the node's folder, and knows nothing of the revocation.
    let isp = story.org("isp");
    assert_eq!(
        revoke(isp, "ledger").await,
        2,
        "in the agreement's space and the case's"
    );
    let (node, who) = story.at("isp", "approver");
    let refused = denied(name_auditor(&story, node, who).await);
    assert!(refused.rule.contains("revoked"), "{refused:?}");
    story.sync().await.unwrap();
    for name in ["agency", "isp"] {
        let (node, who) = story.at(name, "auditor");
        let fold = node.control_state(who, story.case()).await.unwrap();
        let approver = story.org("isp").who("approver").person;
        assert!(
            fold.members(&isp.name).contains_key(&approver),
            "{name}: what was signed before stands"
        );
    }
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_beyond_the_trusted_size_do_not_count_at_the_partner() {
    let mut story = Story::asked(91, TWO).await;
    let auditor = story.org("isp").who("auditor").person;
    let isp = story.org("isp").name.clone();
    let text = {
        let (node, who) = story.at("isp", "operator");
        node.revocation_text(who, "ledger").await.unwrap()
    };
    // Written after the size that is trusted: by a thief, say.
    let (node, who) = story.at("isp", "approver");
    name_auditor(&story, node, who).await.unwrap();
    story.sync().await.unwrap();
    let knows = async |story: &Story, name: &str| {
        let (node, who) = story.at(name, "auditor");
        let fold = node.control_state(who, story.case()).await.unwrap();
        fold.members(&isp).contains_key(&auditor)
    };
    assert!(knows(&story, "agency").await);
    let note = Note::sign(&text, &[&story.org("isp").identity()]).unwrap();
    let (node, who) = story.at("isp", "operator");
    node.publish_revocation(who, &note.encode()).await.unwrap();
    story.sync().await.unwrap();
    for name in ["agency", "isp"] {
        assert!(!knows(&story, name).await, "{name}");
    }
    same_fold(&story).await;
    story.org_mut("agency").restart().await;
    assert!(!knows(&story, "agency").await, "after a restart as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_identity_key_and_only_the_operator_revoke() {
    let story = Story::begin(92, TWO).await;
    let isp = story.org("isp");
    let (node, operator) = story.at("isp", "operator");
    let text = node.revocation_text(operator, "ledger").await.unwrap();
    assert!(Revocation::parse(&text).is_ok());
    let by_another = Note::sign(&text, &[&story.org("agency").identity()]).unwrap();
    for bad in [by_another.encode(), String::new(), text.clone()] {
        let refused = node.publish_revocation(operator, &bad).await;
        assert!(
            matches!(refused, Err(ServiceError::Invalid { .. })),
            "{refused:?}"
        );
    }
    let good = Note::sign(&text, &[&isp.identity()]).unwrap().encode();
    denied(node.publish_revocation(isp.who("approver"), &good).await);
    denied(node.revocation_text(isp.who("approver"), "ledger").await);
    let unknown = node.revocation_text(operator, "identity").await;
    assert!(
        matches!(unknown, Err(ServiceError::Invalid { .. })),
        "{unknown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_beyond_a_revoked_evidence_key_does_not_verify() {
    let mut story = Story::asked(93, TWO).await;
    let text = {
        let (node, who) = story.at("isp", "operator");
        node.revocation_text(who, "evidence").await.unwrap()
    };
    story.preview("isp").await.unwrap();
    story.approve("isp").await.unwrap();
    story.sync().await.unwrap();
    let exhibit = story.exhibit_of("isp");
    let verified = async |story: &Story| {
        let (node, who) = story.at("agency", "investigator");
        node.verify_exhibit(who, exhibit).await.unwrap()
    };
    assert!(verified(&story).await.is_verified());
    let note = Note::sign(&text, &[&story.org("isp").identity()]).unwrap();
    let (node, who) = story.at("isp", "operator");
    node.publish_revocation(who, &note.encode()).await.unwrap();
    story.sync().await.unwrap();
    let report = verified(&story).await;
    assert!(!report.is_verified());
    let failures = report.failures().join("; ");
    assert!(failures.contains("has revoked a key"), "{report}");
    let (node, who) = story.at("agency", "investigator");
    let refused = node.receive_exhibit(who, exhibit).await;
    assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_peer_key_asks_nothing_more() {
    let story = Story::asked(94, TWO).await;
    let [agency, isp] = ["agency", "isp"].map(|name| story.org(name).name.clone());
    story.org("isp").node().pull(&agency).await.unwrap();
    revoke(story.org("isp"), "peer").await;
    story.org("agency").node().pull(&isp).await.unwrap();
    let refused = story.org("isp").node().pull(&agency).await;
    assert!(refused.is_err(), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_certificate_s_term_nothing_is_signed_or_heard() {
    let story = Story::asked(95, TWO).await;
    let agency = story.org("agency").name.clone();
    story.world.advance(CERTIFICATE_TERM_MS);
    let (node, who) = story.at("agency", "investigator");
    let draft = report("late", "text", Tlp::Clear);
    let refused = node.publish_note(who, story.case(), &draft).await;
    assert!(refused.is_err(), "{refused:?}");
    let refused = story.org("isp").node().pull(&agency).await;
    assert!(refused.is_err(), "{refused:?}");
}
