//! Whose word counts: certificates with their term and serial, invitations, and peers that are not spoken with.

use accord_formats::peer::{HeadsAnswer, HeadsQuestion};
use accord_ledger::certificate::Certificate;
use accord_model::OrgKind;
use accord_service::{ClientError, PeerStatus, ServiceError, keys};
use accord_testkit::{Org, Story, as_json, pair};

use crate::TWO;
use crate::leaks::Asker;

async fn hears(story: &Story, by: &str, of: &str) -> bool {
    let mut asker = Asker::new(story, by, of);
    let answer: Result<HeadsAnswer, _> = asker.ask("/peer/v1/heads", &HeadsQuestion::default()).await;
    match answer {
        Ok(_) => true,
        Err(ClientError::Refused(401)) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_signed_in_the_second_of_a_start_counts() {
    let mut story = Story::begin(90, TWO).await;
    let mut asker = Asker::new(&story, "isp", "agency");
    let started_s = story.world.now_ms() / 1_000;
    story.org_mut("agency").restart().await;
    for (created, counts) in [(started_s - 1, false), (started_s, false), (started_s + 1, true)] {
        asker.created = created;
        let answer: Result<HeadsAnswer, _> = asker.ask("/peer/v1/heads", &HeadsQuestion::default()).await;
        assert_eq!(answer.is_ok(), counts, "{created}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_out_of_its_term_signs_nothing() {
    let story = Story::begin(91, TWO).await;
    assert!(hears(&story, "isp", "agency").await);
    let own = keys::load(&story.org("isp").config.dir, &story.org("isp").name).unwrap();
    let until_ms = Certificate::parse(own.certificate.text()).unwrap().until_ms;
    story.world.set_clock(until_ms - 1);
    assert!(hears(&story, "isp", "agency").await, "its last moment");
    // The agency was made before: its own certificate has run out a moment earlier.
    story.world.set_clock(until_ms);
    assert!(!hears(&story, "isp", "agency").await);
    let isp = story.org("isp").name.clone();
    let pulled = story.org("agency").node().pull(&isp).await;
    assert!(
        matches!(&pulled, Err(ServiceError::Conflict(why)) if why.contains("run out")),
        "{pulled:?}"
    );
}

fn certify(org: &Org, serial: u64) {
    let own = keys::load(&org.config.dir, &org.name).unwrap();
    let certificate = Certificate {
        serial,
        ..Certificate::parse(own.certificate.text()).unwrap()
    };
    let note = certificate.sign(&org.identity()).unwrap();
    std::fs::write(org.config.dir.join("certificate.txt"), note.encode()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_certificate_replaces_an_older_and_not_the_other_way_round() {
    let mut story = Story::begin(92, TWO).await;
    for (serial, counts) in [(2, true), (1, false), (2, true), (3, true)] {
        certify(story.org("isp"), serial);
        story.org_mut("isp").restart().await;
        // Joining: the agency is shown the certificate. Accepting: it reads it in the invitation.
        let (agency, isp) = (story.org("agency"), story.org("isp"));
        let invitation = agency
            .node()
            .invite(agency.who("operator"), Some(&isp.name))
            .await
            .unwrap();
        let joined = isp
            .node()
            .accept_invitation(isp.who("operator"), &invitation)
            .await;
        assert_eq!(joined.is_ok(), counts, "{serial}: {joined:?}");
        let invitation = isp.node().invite(isp.who("operator"), None).await.unwrap();
        let accepted = agency
            .node()
            .accept_invitation(agency.who("operator"), &invitation)
            .await;
        assert_eq!(accepted.is_ok(), counts, "{serial}: {accepted:?}");
        // It stays what it was.
        let peers = agency.node().peers(agency.who("operator")).await.unwrap();
        assert_eq!(peers[0].status, PeerStatus::Confirmed);
        assert!(hears(&story, "isp", "agency").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_for_one_organisation_is_accepted_by_no_other() {
    let story = Story::start(
        93,
        &[
            ("agency", OrgKind::Agency),
            ("hosting", OrgKind::HostingProvider),
            ("isp", OrgKind::Isp),
        ],
    )
    .await;
    let (agency, hosting, isp) = (story.org("agency"), story.org("hosting"), story.org("isp"));
    let operator = agency.who("operator");
    let invitation = agency.node().invite(operator, Some(&isp.name)).await.unwrap();
    let taken = hosting
        .node()
        .accept_invitation(hosting.who("operator"), &invitation)
        .await;
    assert!(taken.is_err(), "{taken:?}");
    assert!(agency.node().peers(operator).await.unwrap().is_empty());
    // It is still there for whom it was written.
    isp.node()
        .accept_invitation(isp.who("operator"), &invitation)
        .await
        .unwrap();
    assert_eq!(agency.node().peers(operator).await.unwrap().len(), 1);
    let again = isp
        .node()
        .accept_invitation(isp.who("operator"), &invitation)
        .await;
    assert!(again.is_err(), "once");
    // Who took a name that is not confirmed is removed, and the name is free.
    assert!(agency.node().reject_peer(operator, &hosting.name).await.is_err());
    agency.node().reject_peer(operator, &isp.name).await.unwrap();
    assert!(agency.node().peers(operator).await.unwrap().is_empty());
    pair(agency, isp).await.unwrap();
    assert!(
        agency.node().reject_peer(operator, &isp.name).await.is_err(),
        "confirmed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_peer_is_neither_answered_nor_pulled() {
    let mut story = Story::begin(94, TWO).await;
    let isp = story.org("isp").name.clone();
    let (agency, operator) = story.at("agency", "operator");
    assert!(
        agency.resume_peer(operator, &isp).await.is_err(),
        "it is not suspended"
    );
    agency.suspend_peer(operator, &isp).await.unwrap();
    assert!(agency.suspend_peer(operator, &isp).await.is_err(), "twice");
    let fingerprint = story.org("isp").node().fingerprint();
    assert!(
        agency.confirm_peer(operator, &isp, &fingerprint).await.is_err(),
        "not this way back"
    );
    story.org_mut("agency").restart().await;
    let (agency, operator) = story.at("agency", "operator");
    assert!(!hears(&story, "isp", "agency").await);
    assert!(matches!(agency.pull(&isp).await, Err(ServiceError::Conflict(_))));
    assert!(agency.pull_all().await.unwrap().is_empty());
    agency.resume_peer(operator, &isp).await.unwrap();
    assert!(hears(&story, "isp", "agency").await);
    agency.pull(&isp).await.unwrap();
    let (node, auditor) = story.at("agency", "auditor");
    let log = as_json(&node.access_log(auditor, None).await.unwrap());
    assert!(
        log.contains("peer.suspended") && log.contains("peer.resumed"),
        "{log}"
    );
}
