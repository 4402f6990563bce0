//! Who writes what on a case: refused where it is written, set aside where it arrives.

use accord_ledger::checkpoint::{Checkpoint, SignedCheckpoint, origin};
use accord_ledger::tree::Tree;
use accord_ledger::{Class, Header, Payload};
use accord_model::{EntryRef, LedgerId, Role, Tlp};
use accord_service::{ServiceError, keys};
use accord_store::{Batch, Faults, Store};
use accord_testkit::{Story, decision, report};
use serde_json::{Value, json};

use crate::{TWO, denied, same_fold};

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_writes_decisions_and_no_reports() {
    let story = Story::asked(90, TWO).await;
    let case = story.case();
    let (node, who) = story.at("isp", "approver");
    let no = report("a report", "by an approver", Tlp::Clear);
    denied(node.preview_note(who, case, &no).await);
    let refused = denied(node.publish_note(who, case, &no).await);
    assert!(refused.rule.contains("report.published"), "{refused:?}");
    let yes = decision("a decision", "by an approver", Tlp::Clear);
    node.publish_note(who, case, &yes).await.unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("agency", "investigator");
    node.publish_note(who, case, &no).await.unwrap();
    let view = node.case(who, case).await.unwrap();
    assert!(view.timeline.iter().all(|item| item.set_aside.is_none()));
    assert!(view.timeline.iter().any(|item| item.title == "a decision"));
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_named_on_the_case_writes_nothing() {
    let mut story = Story::asked(91, TWO).await;
    let case = story.case();
    // An approver sees the cases of their organisation, named on them or not.
    story
        .org_mut("isp")
        .add_person("other", &[Role::Approver, Role::Researcher])
        .await
        .unwrap();
    let (node, who) = story.at("isp", "other");
    assert!(node.case(who, case).await.is_ok());
    for draft in [report("r", "text", Tlp::Clear), decision("d", "text", Tlp::Clear)] {
        denied(node.publish_note(who, case, &draft).await);
    }
    let person = who.person;
    let (node, approver) = story.at("isp", "approver");
    let roles = [Role::Researcher].into();
    node.add_member(approver, case, person, &roles, None)
        .await
        .unwrap();
    let (node, who) = story.at("isp", "other");
    node.publish_note(who, case, &report("r", "text", Tlp::Clear))
        .await
        .unwrap();
    // Named as a researcher, they write in that role, though they are an approver of the node too.
    let written = node.case(who, case).await.unwrap();
    let item = written.timeline.iter().find(|item| item.title == "r").unwrap();
    assert_eq!(
        (item.role, item.set_aside.as_deref()),
        (Some(Role::Researcher), None)
    );
}

/// Appends a payload to an organisation's ledger of the case behind its node's back, well formed and well signed.
pub async fn smuggle(story: &mut Story, name: &str, payload: Value) -> EntryRef {
    let case = story.case();
    let org = story.org_mut(name);
    org.stop().await;
    let keys = keys::load(&org.dir(), &org.name).unwrap();
    let store = Store::open(&org.dir().join("node.db"), Faults::none())
        .await
        .unwrap();
    let rows = store.ledgers().await.unwrap();
    let row = rows.iter().find(|row| row.own && row.space == case.0).unwrap();
    let entries = store.entries(row.id).await.unwrap();
    let ledger = accord_ledger::LedgerId(row.id);
    let seq = entries.len() as u64;
    let mut salt = 0_u8;
    let mut salts = || {
        salt += 1;
        [salt; 32]
    };
    let payload = Payload::build(ledger, seq, &payload, &mut salts).unwrap();
    let headers: Vec<Header> = entries
        .iter()
        .map(|entry| Header::decode(&entry.header).unwrap())
        .collect();
    let mut clock = headers.last().unwrap().clock;
    clock.wall_ms += 1;
    let header = Header::new(Class::Content, clock, Vec::new(), [6; 16], &payload).unwrap();
    let mut tree = Tree::new();
    for header in headers.iter().chain([&header]) {
        tree.append(header.leaf_hash());
    }
    let checkpoint = Checkpoint {
        origin: origin(org.name.as_str(), &ledger),
        size: seq + 1,
        root: tree.root(),
    };
    let time_s = clock.wall_ms / 1_000 + 1;
    let note = checkpoint.sign(&keys.ledger, time_s).unwrap();
    assert!(SignedCheckpoint::open(note.clone(), keys.ledger.vkey()).is_ok());
    let mut batch = Batch::new();
    batch.entry(row.id, seq, header.encode(), Some(payload.encode()));
    batch.checkpoint(row.id, &note.encode());
    store.commit(batch).await.unwrap();
    store.close().await;
    org.start_again().await;
    EntryRef {
        ledger: LedgerId(row.id),
        seq,
    }
}

fn content(kind: &str, by: &str, role: Role, title: &str, body: Value) -> Value {
    json!({
        "kind": kind, "by": by, "role": role.as_str(), "marking": { "tlp": "TLP:CLEAR" },
        "to": [], "title": title, "body": body,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_from_a_stranger_or_in_another_s_role_is_set_aside_with_the_reason() {
    let mut story = Story::asked(92, TWO).await;
    let stranger = "99".repeat(16);
    let approver = story.org("agency").who("approver").person.to_string();
    let text = json!({ "text": "believe this" });
    let by_stranger = content(
        "report.published",
        &stranger,
        Role::Investigator,
        "by a stranger",
        text.clone(),
    );
    let by_approver = content(
        "report.published",
        &approver,
        Role::Approver,
        "by an approver",
        text,
    );
    let asks = json!({
        "to": story.org("isp").name.as_str(), "what": "information", "reference": "H-99", "reason": "no reason",
    });
    let asks = content(
        "request.made",
        &stranger,
        Role::Investigator,
        "asked by a stranger",
        asks,
    );
    let isp = story.org("isp").name.clone();
    let case = story.case();
    let mut smuggled = Vec::new();
    for payload in [by_stranger, by_approver, asks] {
        let at = smuggle(&mut story, "agency", payload).await;
        let (node, who) = story.at("agency", "approver");
        // Another approver would be needed for one's own; the release of what is set aside is not the point here.
        match node.approve_release(who, at, &isp).await {
            Ok(decided) => assert!(decided.is_yes(), "{decided:?}"),
            Err(ServiceError::Denied(denial)) => assert!(denial.rule.contains("own note"), "{denial:?}"),
            Err(other) => panic!("{other:?}"),
        }
        smuggled.push(at);
    }
    story.sync().await.unwrap();
    for (org, sign_in) in [("isp", "approver"), ("agency", "investigator")] {
        let (node, who) = story.at(org, sign_in);
        let view = node.case(who, case).await.unwrap();
        let reason = |title: &str| {
            let item = view.timeline.iter().find(|item| item.title == title);
            item.map(|item| item.set_aside.clone().expect("set aside"))
        };
        let stranger = reason("by a stranger").unwrap();
        assert!(
            stranger.contains("did not have the role investigator"),
            "{stranger}"
        );
        assert!(
            reason("asked by a stranger")
                .unwrap()
                .contains("did not have the role")
        );
        assert!(
            view.requests.iter().all(|request| request.reference != "H-99"),
            "{org}"
        );
        if org == "agency" {
            let approver = reason("by an approver").unwrap();
            assert!(
                approver.contains("approver does not write report.published"),
                "{approver}"
            );
        }
        // What was written by right stands.
        assert!(
            view.timeline
                .iter()
                .any(|item| item.kind == Some(accord_model::EntryKind::RequestMade)
                    && item.set_aside.is_none())
        );
    }
    let (node, who) = story.at("isp", "approver");
    let inbox = node.inbox(who).await.unwrap();
    assert!(inbox.iter().all(|item| !item.title.contains("H-99")), "{inbox:?}");
    assert!(matches!(
        node.decide(
            who,
            smuggled[2],
            &accord_service::Verdict::Refuse {
                clause: "8.1".into(),
                reason: "no".into()
            }
        )
        .await,
        Err(ServiceError::Denied(_))
    ));
}
