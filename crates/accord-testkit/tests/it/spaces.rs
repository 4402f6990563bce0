//! What a party can put into spaces, its own and others', takes nothing from anybody else.

use accord_model::agreement::templates::Template;
use accord_model::control::{AgreementProposed, SpaceKind};
use accord_model::{AgreementDigest, LedgerId, Role, SpaceId, Tlp};
use accord_service::read_agreement;
use accord_testkit::{Forged, Org, Story, forging, report};

use crate::{THREE, TWO, denied, same_fold};

fn proposal(org: &Org, toml: &str, cedar: &str) -> AgreementProposed {
    AgreementProposed {
        by: org.who("signatory").person,
        role: Role::Signatory,
        digest: read_agreement(toml, cedar).unwrap().digest(),
        toml: toml.to_owned(),
        cedar: cedar.to_owned(),
        prose_digest: None,
    }
}

async fn agreement_space(story: &Story, at: &str) -> SpaceId {
    let (node, who) = story.at(at, "auditor");
    let spaces = node.spaces(who).await.unwrap();
    let of_agreement = spaces.iter().find(|(_, kind)| *kind == SpaceKind::Agreement);
    of_agreement.unwrap().0
}

async fn in_force(story: &Story, at: &str, digest: AgreementDigest) -> bool {
    let (node, who) = story.at(at, "signatory");
    node.agreement(who, digest).await.unwrap().summary.in_force
}

/// Whether a note of the agency's investigator on the case goes to everybody.
async fn flows(story: &Story, title: &str) -> bool {
    let (node, who) = story.at("agency", "investigator");
    let draft = report(title, "text", Tlp::Clear);
    let published = node.publish_note(who, story.case(), &draft).await.unwrap();
    published.decisions.iter().all(accord_service::Decided::is_yes)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_in_a_second_space_take_nothing_away() {
    let story = Story::asked(70, THREE).await;
    let digest = story.agreement();
    let honest = agreement_space(&story, "agency").await;
    let parties = ["agency", "hosting", "isp"];
    let (toml, cedar) = story.draft_agreement(Template::AgencyIsp, &parties).unwrap();
    let isp = story.org("isp");
    let open = |seed: u8| {
        Forged::open(
            isp,
            LedgerId([1; 16]),
            SpaceId([seed; 16]),
            SpaceKind::Agreement,
            None,
        )
    };
    // A space that comes before the honest one wherever spaces are listed.
    let mut forged = (0..=255).map(open).find(|forged| forged.space < honest).unwrap();
    let again = proposal(isp, &toml, &cedar);
    assert_eq!(again.digest, digest);
    forged.control(again);
    isp.alter(forging(vec![forged.clone()]));
    story.sync().await.unwrap();
    for name in ["agency", "hosting"] {
        let (node, who) = story.at(name, "auditor");
        let spaces = node.spaces(who).await.unwrap();
        assert!(spaces.iter().any(|(space, _)| *space == forged.space), "{name}");
        assert!(in_force(&story, name, digest).await, "{name}");
        let (node, who) = story.at(name, "approver");
        assert!(node.case(who, story.case()).await.is_ok(), "{name}");
    }
    assert!(flows(&story, "still flows").await);
    story.sync().await.unwrap();
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_parties_that_propose_the_same_bytes_have_one_agreement() {
    let mut story = Story::begin(71, TWO).await;
    let parties = ["agency", "isp"];
    let digest = story.propose(Template::AgencyIsp, &parties).await.unwrap();
    let (toml, cedar) = story.draft_agreement(Template::AgencyIsp, &parties).unwrap();
    let (node, who) = story.at("isp", "signatory");
    assert_eq!(node.propose_agreement(who, &toml, &cedar).await.unwrap(), digest);
    // Each signs before it has heard of the other's proposal.
    for party in parties {
        story.sign(party, digest).await.unwrap();
    }
    story.sync().await.unwrap();
    for party in parties {
        assert!(in_force(&story, party, digest).await, "{party}");
        let (node, who) = story.at(party, "signatory");
        assert_eq!(node.agreements(who).await.unwrap().len(), 1, "{party}");
    }
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    same_fold(&story).await;
    // A refusal in the one space wins over the signature in the other.
    let (node, who) = story.at("isp", "signatory");
    node.refuse_agreement(who, digest, "not any more").await.unwrap();
    story.sync().await.unwrap();
    for party in parties {
        assert!(!in_force(&story, party, digest).await, "{party}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_after_all_have_signed_stops_what_leaves_and_undoes_nothing() {
    let mut story = Story::asked(72, TWO).await;
    let digest = story.agreement();
    let (node, who) = story.at("isp", "auditor");
    let before = node.control_state(who, story.case()).await.unwrap();
    let (node, who) = story.at("isp", "signatory");
    node.refuse_agreement(who, digest, "we changed our mind")
        .await
        .unwrap();
    story.sync().await.unwrap();
    for name in ["agency", "isp"] {
        let (node, who) = story.at(name, "auditor");
        let now = node.control_state(who, story.case()).await.unwrap();
        assert_eq!(now, before, "{name}: past decisions stand");
        assert!(!in_force(&story, name, digest).await, "{name}");
    }
    assert!(!flows(&story, "after the refusal").await);
    story.preview("isp").await.unwrap();
    denied(story.approve("isp").await);
    // Who has refused may sign again; nothing else brings it back.
    let line = accord_testkit::sign(story.org("isp"), digest).await.unwrap();
    let (node, who) = story.at("isp", "signatory");
    node.sign_agreement(who, digest, &line).await.unwrap();
    story.sync().await.unwrap();
    assert!(flows(&story, "after the new signature").await);
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_before_all_have_signed_keeps_cases_shut() {
    let mut story = Story::begin(73, TWO).await;
    let digest = story
        .propose(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.sync().await.unwrap();
    story.sign("agency", digest).await.unwrap();
    let (node, who) = story.at("isp", "signatory");
    node.refuse_agreement(who, digest, "not like this").await.unwrap();
    story.sync().await.unwrap();
    denied(story.open_case(&["isp"]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_of_one_party_lets_no_stranger_in_and_shuts_nobody_out() {
    let mut story = Story::begin(74, THREE).await;
    let digest = story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    let honest = agreement_space(&story, "agency").await;
    let isp = story.org("isp");
    let (toml, cedar) = story
        .draft_agreement(Template::AgencyIsp, &["agency", "hosting", "isp"])
        .unwrap();
    // The seed of the honest space stands in the first note of every ledger in it.
    let (node, who) = story.at("agency", "auditor");
    let seed = node.space_seed(who, honest).await.unwrap();
    let mut forged = Forged::open(isp, LedgerId([0; 16]), seed, SpaceKind::Agreement, None);
    assert_eq!(forged.space, honest);
    let more = proposal(isp, &toml, &cedar);
    let theirs = more.digest;
    forged.control(more);
    isp.alter(forging(vec![forged]));
    story.sync().await.unwrap();
    let (node, who) = story.at("agency", "signatory");
    assert!(node.agreement(who, theirs).await.is_ok(), "the proposal counts");
    assert!(in_force(&story, "agency", digest).await);
    let (node, who) = story.at("hosting", "auditor");
    assert_eq!(
        node.spaces(who).await.unwrap(),
        Vec::new(),
        "no stranger learns of it"
    );
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    assert!(flows(&story, "flows under the one in force").await);
    // The agency signs the other one too: then, and not before, the provider is let in.
    story.sign("agency", theirs).await.unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("hosting", "auditor");
    assert!(!node.spaces(who).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_names_another_agreement_does_not_take_a_case_s_place() {
    let mut story = Story::begin(75, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    let other = story
        .agree(Template::IntelligenceOnly, &["agency", "isp"])
        .await
        .unwrap();
    let digest = story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    assert_ne!(other, digest);
    let case = story.open_case(&["isp"]).await.unwrap();
    let (node, who) = story.at("agency", "auditor");
    let seed = node.space_seed(who, case).await.unwrap();
    let agency = story.org("agency");
    let wrong = |number: u8, kind, agreement| {
        let mut forged = Forged::open(agency, LedgerId([number; 16]), seed, kind, agreement);
        // It is shown as of the case's space, and before the honest ledgers.
        forged.space = case;
        forged
    };
    let forged = vec![
        wrong(0, SpaceKind::Case, Some(other)),
        wrong(1, SpaceKind::Agreement, None),
    ];
    agency.alter(forging(forged));
    let pulled = story.org("isp").node().pull(&agency.name).await.unwrap();
    assert_eq!(pulled.problems.len(), 2, "{pulled:?}");
    let (node, who) = story.at("isp", "approver");
    assert!(node.case(who, case).await.is_ok());
    story.org_mut("agency").restart().await;
    story.join_case("isp").await.unwrap();
    story.sync().await.unwrap();
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_ledgers_than_a_party_may_have_switch_nothing_off() {
    let story = Story::asked(76, TWO).await;
    let (node, who) = story.at("agency", "auditor");
    let seed = node.space_seed(who, story.case()).await.unwrap();
    let before = node.control_state(who, story.case()).await.unwrap();
    let isp = story.org("isp");
    let open = |number: u8| {
        let mut id = [0xff; 16];
        id[15] = number;
        let agreement = Some(story.agreement());
        Forged::open(isp, LedgerId(id), seed, SpaceKind::Case, agreement)
    };
    // With the provider's own ledger these are eight.
    let mut forged: Vec<Forged> = (0..7).map(open).collect();
    isp.alter(forging(forged.clone()));
    let (node, who) = story.at("agency", "auditor");
    let pulled = node.pull(&isp.name).await.unwrap();
    assert_eq!((pulled.ledgers, pulled.problems.len()), (7, 0), "{pulled:?}");
    // One more is refused, and so are the next sixty.
    forged.extend((7..70).map(open));
    isp.alter(forging(forged));
    let pulled = node.pull(&isp.name).await.unwrap();
    assert_eq!(pulled.ledgers, 0);
    assert_eq!(pulled.problems.len(), 63, "{pulled:?}");
    let after = node.control_state(who, story.case()).await.unwrap();
    assert_eq!(after.parties(), before.parties());
    assert_eq!(after.case(), before.case());
    assert!(flows(&story, "still flows").await);
    // One with a lower id counts instead of the highest: on every node the same ones do.
    let lower = Forged::open(
        isp,
        LedgerId([0; 16]),
        seed,
        SpaceKind::Case,
        Some(story.agreement()),
    );
    isp.alter(forging(vec![lower.clone()]));
    let pulled = node.pull(&isp.name).await.unwrap();
    assert_eq!((pulled.ledgers, pulled.problems.len()), (1, 0), "{pulled:?}");
    let (node, who) = story.at("agency", "auditor");
    let fold = node.control_state(who, story.case()).await.unwrap();
    let first_of = |id: LedgerId| accord_model::EntryRef { ledger: id, seq: 0 };
    assert!(fold.counts(first_of(lower.id)));
    assert!(!fold.counts(first_of(open(6).id)));
    assert!(flows(&story, "and still").await);
}
