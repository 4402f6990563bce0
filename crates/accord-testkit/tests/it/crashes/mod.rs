//! For every write of the story: it fails, reached the disk or not, the node starts again, the step is repeated.
//! Nothing acknowledged is lost, nothing happens twice, nothing leaves that would not have left, every folder is sound.
//!
//! What keeps it short: nothing is replayed. Before each step the folders of the nodes that wrote since are copied as
//! they lie, each write of the step fails in a run that starts from those copies, and only the nodes that wrote in the
//! run before are put back. A `sync` is not one step but one for each pull. The story is told in parts, one test each,
//! which run beside each other; a part plays its beginning once, without faults.
//!
//! - `job`: from two strangers to evidence received. `later`: protecting, acting, victims, recalls, leads.
//! - `asking`: every other request, oral authority, guests. `material`: what is brought in, TAXII, notices, sightings.
//! - `course`: how a case goes on and who leaves it; threats, what came before a party, what is destroyed.

mod asking;
mod course;
mod job;
mod later;
mod material;

use std::collections::BTreeMap;

use accord_model::{EntryRef, SpaceId};
use accord_service::{Node, Result, ServiceError, SignedIn};
use accord_store::{Fault, Faults, Store};
use accord_testkit::{Facts, Snapshot, Story};

use crate::{clean, same_fold};

/// Most rounds of pulls until everybody has everything.
const ROUNDS_MAX: usize = 8;

/// One part of the story: what it begins with, and its steps in their order. `sync`: everybody pulls.
async fn fail_every_write(
    seed: u64,
    begin: impl AsyncFn(u64) -> Story,
    steps: &[&str],
    step: impl AsyncFn(&mut Story, &str) -> Result<()>,
) -> (Story, usize) {
    let mut story = begin(seed).await;
    for name in steps {
        match *name {
            "sync" => story.sync().await.unwrap(),
            name => step(&mut story, name).await.unwrap(),
        }
    }
    let expected = told(&story).await;

    let mut story = begin(seed + 1).await;
    let mut before = Before::default();
    before.renew(&mut story).await;
    let mut writes = 0;
    for name in steps {
        let (began, mut here) = (std::time::Instant::now(), 0);
        if *name == "sync" {
            here += fail_pulls(&mut story, &mut before).await;
        } else {
            here += fail_step(&mut story, &mut before, name, async |story: &mut Story| {
                step(story, name).await
            })
            .await;
        }
        eprintln!("{name}: {here} writes, {:.1} s", began.elapsed().as_secs_f64());
        writes += here;
    }
    eprintln!("{writes} writes, each failed in two ways");
    assert_eq!(told(&story).await, expected);
    same_fold(&story).await;
    clean(&mut story).await;
    (story, writes)
}

/// Everybody pulls until a round writes nothing, each pull a step of its own: how many writes failed.
async fn fail_pulls(story: &mut Story, before: &mut Before) -> usize {
    let orgs: Vec<String> = story.orgs.keys().cloned().collect();
    let mut writes = 0;
    for round in 0..ROUNDS_MAX {
        let mut here = 0;
        for org in &orgs {
            let name = format!("sync, round {round}, {org} pulls");
            here += fail_step(story, before, &name, async |story: &mut Story| {
                for (_, pulled) in story.org(org).node().pull_all().await? {
                    if let Some(problem) = pulled?.problems.into_iter().next() {
                        return Err(ServiceError::Conflict(problem));
                    }
                }
                Ok(())
            })
            .await;
        }
        if here == 0 {
            return writes;
        }
        writes += here;
    }
    panic!("pulling does not come to an end");
}

/// What a step begins from.
#[derive(Default)]
struct Before {
    facts: Facts,
    snapshots: BTreeMap<String, Snapshot>,
}

impl Before {
    /// Copies the folders of those who wrote since, and checks the copies.
    async fn renew(&mut self, story: &mut Story) {
        self.facts.clone_from(&story.facts);
        for (name, org) in &story.orgs {
            if org.is_touched() || !self.snapshots.contains_key(name) {
                let snapshot = org.copy_running();
                let report = org.fsck_copy(&snapshot).await;
                assert!(report.is_clean(), "{name}: {:?}", report.problems);
                self.snapshots.insert(name.clone(), snapshot);
            }
        }
    }

    /// Puts back those who wrote since.
    async fn put_back(&self, story: &mut Story) {
        story.facts.clone_from(&self.facts);
        for (name, org) in &mut story.orgs {
            if org.is_touched() {
                org.restore(&self.snapshots[name]).await;
            }
        }
    }
}

/// Plays one step, each of its writes failing in its own run, and leaves the story behind it: how many writes failed.
async fn fail_step(
    story: &mut Story,
    before: &mut Before,
    name: &str,
    step: impl AsyncFn(&mut Story) -> Result<()>,
) -> usize {
    let first = story.world.commits();
    step(story).await.unwrap();
    let commits = story.world.commits() - first;
    let expected = told(story).await;
    for n in 1..=commits {
        for fault in [Fault::Lost, Fault::PersistedButFailed] {
            let when = format!("{name}, write {n} of {commits}, {fault:?}");
            before.put_back(story).await;
            story.world.arm(n, fault);
            let outcome = step(story).await;
            story.world.disarm();
            let mut broken = 0;
            for org in story.orgs.values_mut() {
                broken += u32::from(org.restart_if_broken().await);
            }
            // A pull takes in what came in as many commits as fit the moment: in one of fewer the last is not reached.
            let all_there = name.starts_with("sync") && outcome.is_ok() && broken == 0;
            assert!(broken == 1 || all_there, "{when}: {broken} broken, {outcome:?}");
            acknowledged_is_there(story, &when).await;
            if let Err(error) = step(story).await {
                panic!("{when}: the step cannot be repeated: {error:?}");
            }
            acknowledged_is_there(story, &when).await;
            assert_eq!(told(story).await, expected, "{when}");
        }
    }
    before.renew(story).await;
    usize::try_from(commits).unwrap()
}

async fn acknowledged_is_there(story: &Story, when: &str) {
    for org in story.orgs.keys() {
        let mut acknowledged = story.facts.acknowledged.iter();
        if !acknowledged.any(|(of, _)| of == org) {
            continue;
        }
        let (node, who) = story.at(org, "approver");
        let view = node.case(who, story.case()).await.unwrap();
        for (_, at) in story.facts.acknowledged.iter().filter(|(of, _)| of == org) {
            assert!(
                view.timeline.iter().any(|item| item.at == *at),
                "{when}: {at} of {org} was acknowledged and is gone"
            );
        }
    }
}

/// A text without what differs from run to run: pseudonyms, ids, digests, times.
fn plain(text: &str) -> String {
    let random = |word: &&str| {
        let hex = word.chars().filter(char::is_ascii_hexdigit).count();
        word.starts_with("V-") || hex >= 16 || word.bytes().filter(|byte| *byte == b':').count() >= 2
    };
    let words: Vec<&str> = text.split(' ').filter(|word| !random(word)).collect();
    words.join(" ")
}

/// What stands at each organisation, for people, for the auditor and on the disk, without what differs from run to run.
async fn told(story: &Story) -> Vec<String> {
    let mut all = Vec::new();
    for name in story.orgs.keys() {
        let mut lines = Vec::new();
        if let Some(case) = story.facts.case {
            seen(story, name, case, &mut lines).await;
        }
        if story.org(name).people.contains_key("auditor") {
            audited(story, name, &mut lines).await;
        }
        released(story, name, &mut lines).await;
        lines.sort();
        all.extend(lines.into_iter().map(|line| format!("{name}: {line}")));
    }
    all
}

/// The case, as an approver sees it.
async fn seen(story: &Story, name: &str, case: SpaceId, lines: &mut Vec<String>) {
    let Some(who) = story.org(name).people.get("approver") else {
        return;
    };
    let node = story.org(name).node();
    let Ok(view) = node.case(who, case).await else {
        lines.push("does not see the case".to_owned());
        return;
    };
    for item in &view.timeline {
        let (kind, aside) = (&item.kind, &item.set_aside);
        lines.push(format!(
            "sees {} {kind:?} {} {aside:?}",
            item.org,
            plain(&item.title)
        ));
    }
    lines.push(format!(
        "{} exhibits, {} requests, {} members, {} waiting, stage {:?}",
        view.exhibits.len(),
        view.requests.len(),
        view.members.len(),
        view.waiting,
        view.summary.stage,
    ));
    for one in &view.requests {
        lines.push(format!("request {} {}", one.reference, one.state));
    }
    for one in node.lead_recalls(who).await.unwrap() {
        let receipts: Vec<_> = one.recall.receipts.iter().map(|receipt| receipt.done).collect();
        lines.push(format!(
            "a lead recalled with {} notes, {receipts:?}, {:?}, here: {}",
            one.with.len(),
            one.recall.waits_for,
            one.recall.held_here
        ));
    }
}

/// Every control note that the auditor reads.
async fn audited(story: &Story, name: &str, lines: &mut Vec<String>) {
    let (node, who) = story.at(name, "auditor");
    for space in node.audit_spaces(who).await.unwrap() {
        let mut before = None;
        loop {
            let page = node.audit_space(who, space.id, before).await.unwrap();
            for line in page.lines {
                let (kind, clause, aside) = (line.kind, line.clause, line.set_aside);
                let words = plain(&line.words);
                lines.push(format!(
                    "audits {} {kind:?} {words} {clause:?} {aside:?}",
                    line.org
                ));
            }
            match page.next {
                Some(next) => before = Some(next),
                None => break,
            }
        }
    }
}

/// What the disk says was let go, to whom and why, and how much is kept.
async fn released(story: &Story, name: &str, lines: &mut Vec<String>) {
    let path = story.org(name).dir().join("node.db");
    let store = Store::open(&path, Faults::none()).await.unwrap();
    for row in store.releases().await.unwrap() {
        let decided: serde_json::Value = serde_json::from_str(&row.decision).unwrap();
        let (answer, clause) = (&decided["answer"], &decided["clause"]);
        lines.push(format!("let go to {}: {answer} {clause}", row.org));
    }
    for ledger in store.ledgers().await.unwrap() {
        let entries = store.entries(ledger.id).await.unwrap();
        let with = entries.iter().filter(|entry| entry.payload.is_some()).count();
        lines.push(format!(
            "a ledger of {}: {} notes, {with} with what they say",
            ledger.org,
            entries.len()
        ));
    }
    let objects = store.object_ids().await.unwrap().len();
    lines.push(format!("{objects} objects"));
    store.close().await;
}

/// Does something once as somebody, and remembers its note by the key.
async fn note(
    story: &mut Story,
    (org, sign_in): (&str, &str),
    key: &str,
    act: impl AsyncFnOnce(&Story, &Node, &SignedIn) -> Result<EntryRef>,
) -> Result<EntryRef> {
    let (node, who) = story.at(org, sign_in);
    let at = match node.once(who, key, key.as_bytes()).await? {
        Ok(once) => once.run(act(story, node, who)).await?,
        Err(answer) => {
            // What the act itself answered: a reference, something with one, or a list that begins with one.
            let at = answer.get("at").or_else(|| answer.get(0)).unwrap_or(&answer);
            serde_json::from_value(at.clone()).expect("a reference")
        }
    };
    story.remember(key, org, at);
    Ok(at)
}
