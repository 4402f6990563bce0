//! What the agreement denies leaves by no route.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use accord_client::{PeerClient, Signing, Target};
use accord_formats::peer::{
    EntriesAnswer, EntriesQuestion, HeadsAnswer, HeadsQuestion, ObjectAnswer, ObjectQuestion, PayloadsAnswer,
    PayloadsQuestion,
};
use accord_ledger::checkpoint::Checkpoint;
use accord_ledger::note::Note;
use accord_model::agreement::templates::Template;
use accord_model::{OrgName, Tlp};
use accord_service::{Draft, NewNote, keys};
use accord_testkit::{Story, as_json, decision, report};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::THREE;

pub struct Asker {
    client: PeerClient,
    target: Target,
    keys: keys::NodeKeys,
    org: OrgName,
    pub created: u64,
}

impl Asker {
    pub fn new(story: &Story, by: &str, of: &str) -> Self {
        let (by, of) = (story.org(by), story.org(of));
        let answering = keys::load(&of.config.dir, &of.name).unwrap();
        Self {
            client: PeerClient::new().unwrap(),
            target: Target {
                url: of.config.url.clone(),
                key: answering.peer.verifying_key(),
            },
            keys: keys::load(&by.config.dir, &by.name).unwrap(),
            org: by.name.clone(),
            created: story.world.now_ms() / 1_000,
        }
    }

    pub async fn ask<Q: serde::Serialize + Sync, A: serde::de::DeserializeOwned>(
        &mut self,
        path: &str,
        question: &Q,
    ) -> Result<A, accord_client::ClientError> {
        static NONCES: AtomicU64 = AtomicU64::new(0);
        let mut nonce = [0xee; 16];
        nonce[..8].copy_from_slice(&NONCES.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        let signing = Signing {
            keyid: self.org.as_str(),
            key: &self.keys.peer,
            created: self.created,
            nonce,
        };
        self.client.ask(&self.target, signing, path, question).await
    }
}

/// Every byte that one organisation gets out of another's node, whatever it asks.
pub async fn everything(story: &Story, by: &str, of: &str) -> Vec<u8> {
    let mut asker = Asker::new(story, by, of);
    let mut got = Vec::new();
    let heads: HeadsAnswer = asker
        .ask("/peer/v1/heads", &HeadsQuestion::default())
        .await
        .unwrap();
    got.extend(as_json(&heads).into_bytes());
    for head in &heads.ledgers {
        let note = Note::parse(head.checkpoint.as_bytes()).unwrap();
        let size = Checkpoint::parse(note.text()).unwrap().size;
        let question = EntriesQuestion {
            ledger: head.ledger.clone(),
            from: 0,
            to: size,
            held: 0,
        };
        let answer: EntriesAnswer = asker.ask("/peer/v1/entries", &question).await.unwrap();
        for entry in answer.entries {
            got.extend(entry.header.0);
            got.extend(entry.payload.map(|payload| payload.0).unwrap_or_default());
        }
        for seq in 0..size {
            let entry = format!("{}/{seq}", head.ledger);
            let question = PayloadsQuestion {
                entries: vec![entry.clone()],
            };
            let answer: PayloadsAnswer = asker.ask("/peer/v1/payloads", &question).await.unwrap();
            for payload in answer.payloads.into_iter().flatten() {
                got.extend(payload.0);
            }
            let object: Result<ObjectAnswer, _> = asker
                .ask("/peer/v1/object", &ObjectQuestion { entry, offset: 0 })
                .await;
            got.extend(object.map(|object| object.bytes.0).unwrap_or_default());
        }
    }
    got
}

pub fn holds(bytes: &[u8], canary: &str) -> bool {
    bytes
        .windows(canary.len())
        .any(|window| window == canary.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn canaries_arrive_where_a_release_is_recorded_and_nowhere_else() {
    for seed in 40..43_u64 {
        let mut story = Story::asked(seed, THREE).await;
        let case = story.case();
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        // Canary: who wrote it, and to whom its release was recorded.
        let mut canaries: BTreeMap<String, (String, Vec<OrgName>)> = BTreeMap::new();
        for number in 0..24 {
            let (from, sign_in) = [
                ("agency", "investigator"),
                ("isp", "approver"),
                ("hosting", "approver"),
            ][rng.next_u32() as usize % 3];
            let marking = Tlp::ALL[rng.next_u32() as usize % Tlp::ALL.len()];
            let canary = format!("canary-{seed}-{number}-");
            let write = if sign_in == "approver" { decision } else { report };
            let mut draft = write(&format!("{canary}title"), &format!("{canary}text"), marking);
            if rng.next_u32() % 2 == 0 {
                let others: Vec<&str> = ["agency", "isp", "hosting"]
                    .into_iter()
                    .filter(|name| *name != from)
                    .collect();
                draft.to = vec![story.org(others[rng.next_u32() as usize % 2]).name.clone()];
            }
            let (node, who) = story.at(from, sign_in);
            let published = node.publish_note(who, case, &draft).await.unwrap();
            let released = published.decisions.iter().filter(|decided| decided.is_yes());
            canaries.insert(
                canary,
                (
                    from.to_owned(),
                    released.map(|decided| decided.to.clone()).collect(),
                ),
            );
        }
        story.preview("isp").await.unwrap();
        story.approve("isp").await.unwrap();
        story.sync().await.unwrap();
        for by in ["agency", "isp", "hosting"] {
            let mut got = Vec::new();
            for of in ["agency", "isp", "hosting"] {
                if (by == "agency") != (of == "agency") {
                    got.extend(everything(&story, by, of).await);
                }
            }
            let (node, who) = story.at(by, "approver");
            let seen = as_json(&node.case(who, case).await.unwrap());
            let name = &story.org(by).name;
            let mut arrived = 0;
            for (canary, (from, released)) in &canaries {
                let own = from == by;
                let may = released.contains(name);
                // Providers are not paired with each other: what one releases to the other waits at its node.
                let paired = (by == "agency") != (from == "agency");
                assert_eq!(
                    holds(&got, canary),
                    may && paired,
                    "{by} asks for {canary} of {from}"
                );
                assert_eq!(
                    holds(seen.as_bytes(), canary),
                    own || (may && paired),
                    "{by} reads {canary} of {from}"
                );
                arrived += usize::from(may && paired);
            }
            assert!(arrived > 0, "{by} got nothing at all");
            // Log lines go to who asked, and nobody else.
            let delivered = holds(&got, "access.log") || holds(&got, "BagIt");
            assert_eq!(delivered, by == "agency", "{by} and the package");
        }
    }
}

/// A clause of the parties' own: no decision goes to a hosting provider.
const NO_DECISIONS: &str = r#"
@clause("9.9")
@text("No decision goes to a hosting provider.")
forbid (principal, action == Action::"release", resource)
when { resource.category == Category::"decision" && context.to.kind == Kind::"hosting-provider" };
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_category_that_the_agreement_denies_leaves_by_no_route() {
    let mut story = Story::begin(44, THREE).await;
    let parties = ["agency", "hosting", "isp"];
    let (toml, cedar) = story.draft_agreement(Template::AgencyIsp, &parties).unwrap();
    let cedar = format!("{cedar}{NO_DECISIONS}");
    story.agree_on(&toml, &cedar, &parties).await.unwrap();
    let case = story.open_case(&["hosting", "isp"]).await.unwrap();
    story.sync().await.unwrap();

    let canary = "canary-decision";
    let draft = Draft {
        title: format!("{canary} title"),
        marking: Tlp::Clear,
        to: Vec::new(),
        expect: None,
        note: NewNote::decision(format!("{canary} text"), format!("{canary} reason")),
    };
    let (node, officer) = story.at("agency", "officer");
    let published = node.publish_note(officer, case, &draft).await.unwrap();
    let (hosting, isp) = (story.org("hosting").name.clone(), story.org("isp").name.clone());
    let decided = |org: &OrgName| {
        let found = published.decisions.iter().find(|decided| decided.to == *org);
        let found = found.unwrap();
        (found.answer.clone(), found.clause.clone())
    };
    assert_eq!(decided(&hosting), ("no".to_owned(), "9.9".to_owned()));
    assert_eq!(decided(&isp).0, "yes");
    // Nobody can allow it: the approver's word does not help where a clause forbids.
    let (node, approver) = story.at("agency", "approver");
    let refused = crate::denied(node.approve_release(approver, published.at, &hosting).await);
    assert_eq!(refused.clause.as_deref(), Some("9.9"));
    story.sync().await.unwrap();
    for (by, arrives) in [("hosting", false), ("isp", true)] {
        let got = everything(&story, by, "agency").await;
        assert_eq!(holds(&got, canary), arrives, "{by} asks");
        let (node, who) = story.at(by, "approver");
        let seen = as_json(&node.case(who, case).await.unwrap());
        assert_eq!(holds(seen.as_bytes(), canary), arrives, "{by} reads");
    }
}

/// Everything that reaches one organisation's node from now on: path and question.
fn overheard(story: &Story, at: &str) -> Arc<Mutex<Vec<(String, String)>>> {
    let heard: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let hearing = heard.clone();
    story.org(at).alter(Arc::new(move |path, question, honest| {
        let mut heard = hearing.lock().unwrap();
        heard.push((path.to_owned(), question.to_string()));
        honest
    }));
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_hears_nothing_of_a_case_that_it_is_no_party_of() {
    let mut story = Story::begin(44, THREE).await;
    story
        .agree(
            accord_model::agreement::templates::Template::AgencyIsp,
            &["agency", "hosting", "isp"],
        )
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.sync().await.unwrap();
    let before = story.org("agency").node().news().await.unwrap();
    let (hosting, isp) = (overheard(&story, "hosting"), overheard(&story, "isp"));
    // The canaries: the case, and the ledgers of its two parties.
    let case = story.case();
    let joined = story
        .facts
        .acknowledged
        .iter()
        .map(|(_, at)| at.ledger.to_string());
    let mut canaries: Vec<String> = joined.collect();
    canaries.push(case.to_string());
    assert!(canaries.len() > 2);
    let (node, who) = story.at("agency", "investigator");
    let draft = report("for the provider", "text", Tlp::Amber);
    node.publish_note(who, case, &draft).await.unwrap();
    node.tell_peers(&before).await.unwrap();
    story.sync().await.unwrap();
    let got = everything(&story, "hosting", "agency").await;
    let said = hosting.lock().unwrap().clone();
    assert!(said.iter().any(|(path, _)| path == "/peer/v1/heads"), "{said:?}");
    assert!(said.iter().all(|(path, _)| path != "/peer/v1/nudge"), "{said:?}");
    for canary in &canaries {
        assert!(!holds(as_json(&said).as_bytes(), canary), "asked about {canary}");
        assert!(!holds(&got, canary), "answered with {canary}");
    }
    // The party is told that there is something, and asked about its ledger.
    let said = isp.lock().unwrap().clone();
    assert!(said.iter().any(|(path, _)| path == "/peer/v1/nudge"), "{said:?}");
    assert!(
        canaries
            .iter()
            .any(|canary| holds(as_json(&said).as_bytes(), canary))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_to_others_are_not_counted_out_to_a_peer() {
    let story = Story::asked(45, THREE).await;
    let cursors = async |by: &str| {
        let mut asker = Asker::new(&story, by, "agency");
        let question = HeadsQuestion::default();
        let heads: HeadsAnswer = asker.ask("/peer/v1/heads", &question).await.unwrap();
        heads.released
    };
    let before = cursors("hosting").await;
    let (node, who) = story.at("agency", "investigator");
    for number in 0..3 {
        let mut draft = report(&format!("for the provider {number}"), "text", Tlp::Amber);
        draft.to = vec![story.org("isp").name.clone()];
        node.publish_note(who, story.case(), &draft).await.unwrap();
    }
    assert_eq!(cursors("hosting").await, before);
    let isp = cursors("isp").await;
    for list in before.iter().chain(&isp) {
        assert_eq!(list.cursor, list.entries.len() as u64);
    }
    assert!(isp != before);
}
