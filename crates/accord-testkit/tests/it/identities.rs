//! Who a victim is goes from a partner to the agency, sealed to its custodian: under the agreement's clause, with the
//! approver's yes, to nobody else; there it is like one's own, and the partner is told of every look.

use std::collections::BTreeSet;

use accord_ledger::certificate::{Certificate, SEALING_SCHEME};
use accord_ledger::note::Note;
use accord_model::agreement::templates::Template;
use accord_model::content::{GivenOn, VictimKind, VictimRecorded};
use accord_model::control::RecallDone;
use accord_model::{EntryRef, OrgKind, Role, Tlp};
use accord_service::keys::{self, Certified};
use accord_service::{
    Draft, Giving, GivingIdentity, Identity, IdentityGivenView, NewHold, NewNote, RecallAnswer, ServiceError,
    Todo, VictimView, Way,
};
use accord_testkit::{DAY_MS, Org, Story, as_json, pair, report};
use serde_json::{Value, json};

use crate::leaks::{everything, holds};
use crate::writers::smuggle;
use crate::{clean, denied, same_fold};

const AGENCY_VENDOR: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("vendor", OrgKind::Vendor)];
const OPERATION: &[(&str, OrgKind)] = &[
    ("agency", OrgKind::Agency),
    ("isp", OrgKind::Isp),
    ("vendor", OrgKind::Vendor),
];
/// Words of the ground: whoever got the note has them.
const BASIS: &str = "its director agreed by telephone on 2 November";

fn bakery() -> Identity {
    Identity {
        name: "Harbour Bäckerei Ltd".into(),
        contacts: vec!["Jane Roe".into()],
        domains: vec!["harbour-loaves.example".into()],
        ..Identity::default()
    }
}

/// A case under an agreement, with the people who deal with victims on it.
async fn staffed(mut story: Story) -> Story {
    let partners: Vec<String> = story
        .orgs
        .keys()
        .filter(|name| *name != "agency")
        .cloned()
        .collect();
    let names: Vec<&str> = partners.iter().map(String::as_str).collect();
    story.open_case(&names).await.unwrap();
    story.sync().await.unwrap();
    for partner in &names {
        story.join_case(partner).await.unwrap();
    }
    for (org, name, role) in [
        ("agency", "custodian", Role::Custodian),
        ("agency", "discloser", Role::DisclosureOfficer),
        ("vendor", "custodian", Role::Custodian),
        ("vendor", "researcher", Role::Researcher),
    ] {
        story.org_mut(org).add_person(name, &[role]).await.unwrap();
        let (node, approver) = story.at(org, "approver");
        let person = story.org(org).who(name).person;
        node.add_member(approver, story.case(), person, &[role].into(), None)
            .await
            .unwrap();
    }
    story.sync().await.unwrap();
    story
}

async fn begin(seed: u64, template: Template, orgs: &[(&str, OrgKind)]) -> Story {
    let mut story = Story::begin(seed, orgs).await;
    let names: Vec<&str> = orgs.iter().map(|(name, _)| *name).collect();
    story.agree(template, &names).await.unwrap();
    staffed(story).await
}

/// A victim under a pseudonym, recorded by an organisation's person for these.
async fn recorded(story: &Story, org: &str, by: &str, pseudonym: &str, to: &[&str]) -> EntryRef {
    let draft = Draft {
        note: NewNote::new(VictimRecorded {
            pseudonym: pseudonym.into(),
            victim: VictimKind::Organisation,
            text: "a small maker of food lost its tills to the family".into(),
            sector: Some("food".into()),
            wishes: None,
        })
        .unwrap(),
        to: to.iter().map(|name| story.org(name).name.clone()).collect(),
        ..report("Victim", "", Tlp::Amber)
    };
    let (node, who) = story.at(org, by);
    node.publish_note(who, story.case(), &draft).await.unwrap().at
}

/// The vendor's customer, known to the agency under its pseudonym and to the vendor's custodian by name.
async fn customer(story: &Story) -> EntryRef {
    let victim = recorded(story, "vendor", "custodian", "V-garo", &["agency"]).await;
    let (node, custodian) = story.at("vendor", "custodian");
    node.keep_identity(custodian, victim, &bakery()).await.unwrap();
    victim
}

fn giving(story: &Story, to: &str) -> GivingIdentity {
    GivingIdentity {
        to: story.org(to).name.clone(),
        ground: GivenOn::Consent,
        text: BASIS.into(),
    }
}

/// Given by the vendor's custodian and released by its approver.
async fn given(story: &Story, victim: EntryRef) -> EntryRef {
    let (node, custodian) = story.at("vendor", "custodian");
    let published = node
        .give_identity(custodian, victim, &giving(story, "agency"))
        .await
        .unwrap();
    let (_, approver) = story.at("vendor", "approver");
    node.approve_release(approver, published.at, &story.org("agency").name)
        .await
        .unwrap();
    published.at
}

async fn victim_at(story: &Story, org: &str, who: &str, victim: EntryRef) -> VictimView {
    let (node, who) = story.at(org, who);
    let all = node.case_victims(who, story.case()).await.unwrap().victims;
    all.into_iter().find(|one| one.at == victim).unwrap()
}

async fn given_at(story: &Story, org: &str, who: &str, victim: EntryRef) -> IdentityGivenView {
    victim_at(story, org, who, victim).await.given.remove(0)
}

/// The identities that wait for a person to have them looked at, or refused.
async fn unchecked(story: &Story, org: &str, who: &str) -> BTreeSet<EntryRef> {
    let (node, who) = story.at(org, who);
    let items = node.inbox(who).await.unwrap();
    let waiting = items.iter().filter_map(|item| match &item.todo {
        Todo::CheckIdentity { identity, .. } => Some(*identity),
        _ => None,
    });
    waiting.collect()
}

/// What a note of the agency that names the victim would do: `yes` leaves.
async fn naming_it(story: &Story, text: &str) -> String {
    let (node, who) = story.at("agency", "investigator");
    let draft = report("t", text, Tlp::Green);
    let shown = node.preview_note(who, story.case(), &draft).await.unwrap();
    let answers: BTreeSet<&str> = shown.iter().map(|decided| decided.answer.as_str()).collect();
    let answers: Vec<&str> = answers.into_iter().collect();
    answers.join(" ")
}

/// A look that both hands gave.
async fn granted(story: &Story, victim: EntryRef) -> EntryRef {
    let (node, investigator) = story.at("agency", "investigator");
    let asked = node
        .ask_grant(investigator, victim, "to warn its bank")
        .await
        .unwrap();
    denied(node.look(investigator, asked, "no hand").await);
    for name in ["custodian", "officer"] {
        denied(node.look(investigator, asked, "a hand is missing").await);
        let giving = Giving {
            until_ms: story.world.now_ms() + DAY_MS,
            reason: None,
            role: None,
        };
        node.give_grant(story.org("agency").who(name), asked, &giving)
            .await
            .unwrap();
    }
    asked
}

async fn revoke_custodian(org: &Org) {
    let (node, who) = (org.node(), org.who("operator"));
    let text = node.revocation_text(who, "custodian").await.unwrap();
    let note = Note::sign(&text, &[&org.identity()]).unwrap().encode();
    let view = node.read_revocation(who, &note).await.unwrap();
    assert_eq!((view.purpose, view.is_revoked), (Some("custodian"), false));
    assert_eq!(view.trusted, view.notes, "nothing is signed with it");
    denied(node.publish_revocation(org.who("approver"), &note).await);
    assert!(node.publish_revocation(who, &note).await.unwrap() > 0);
    let keys = node.node_keys(who).await.unwrap().keys;
    assert!(
        keys.iter()
            .any(|key| key.purpose == "custodian" && key.is_revoked)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_a_victim_is_goes_to_the_agency_and_to_nobody_else() {
    let mut story = begin(400, Template::MultiParty, OPERATION).await;
    pair(story.org("isp"), story.org("vendor")).await.unwrap();
    let victim = customer(&story).await;
    story.sync().await.unwrap();
    let naming = "Harbour Bäckerei was hit";
    assert_eq!(
        naming_it(&story, naming).await,
        "yes",
        "the agency does not know it yet"
    );
    let (node, custodian) = story.at("vendor", "custodian");
    let asked = victim_at(&story, "vendor", "custodian", victim).await.may_give_to;
    assert_eq!(
        (asked[0].answer.as_str(), asked[0].clause.as_str()),
        ("ask", "3.4")
    );
    let published = node
        .give_identity(custodian, victim, &giving(&story, "agency"))
        .await
        .unwrap();
    let decided = &published.decisions[0];
    assert_eq!(
        (decided.answer.as_str(), decided.clause.as_str(), decided.who),
        ("ask", "3.4", Some(Role::Approver))
    );
    // It waits for the vendor's approver, and nothing of it is anywhere else.
    story.sync().await.unwrap();
    assert_eq!(
        given_at(&story, "vendor", "custodian", victim).await.state,
        "waits"
    );
    assert!(
        victim_at(&story, "agency", "custodian", victim)
            .await
            .given
            .is_empty()
    );
    assert!(!holds(&everything(&story, "agency", "vendor").await, BASIS));
    let (_, approver) = story.at("vendor", "approver");
    let waits = node.inbox(approver).await.unwrap();
    assert!(
        waits
            .iter()
            .any(|item| matches!(&item.todo, Todo::ApproveRelease { note, .. } if *note == published.at))
    );
    let agency = story.org("agency").name.clone();
    denied(node.approve_release(custodian, published.at, &agency).await);
    let isp = story.org("isp").name.clone();
    assert!(node.approve_release(approver, published.at, &isp).await.is_err());
    node.approve_release(approver, published.at, &agency)
        .await
        .unwrap();
    story.sync().await.unwrap();

    // Sealed on its way; no other party gets a byte of what was said, from either.
    let got = everything(&story, "agency", "vendor").await;
    assert!(holds(&got, BASIS) && holds(&got, "ciphertext") && !holds(&got, "Harbour"));
    for of in ["vendor", "agency"] {
        let got = everything(&story, "isp", of).await;
        for canary in [BASIS, "Harbour", "ciphertext", "Who V-garo is"] {
            assert!(!holds(&got, canary), "{of}: {canary}");
        }
    }
    // At the agency it is like its own: kept, looked for, and shown to nobody.
    let there = victim_at(&story, "agency", "investigator", victim).await;
    assert_eq!((there.pseudonym.as_str(), there.identity), ("V-garo", "kept"));
    let gift = &there.given[0];
    assert_eq!(
        (gift.state, gift.from.as_str(), gift.text.as_str()),
        ("kept", "vendor", BASIS)
    );
    assert!(!as_json(&there).contains("Harbour"));
    assert_eq!(naming_it(&story, naming).await, "no");
    let (node, investigator) = story.at("agency", "investigator");
    let draft = report("t", "mail of harbour-loaves.example", Tlp::Green);
    let refused = denied(node.publish_note(investigator, story.case(), &draft).await);
    assert!(
        refused.rule.contains("V-garo") && !refused.rule.contains("arbour"),
        "{refused:?}"
    );
    denied(
        node.give_identity(investigator, victim, &giving(&story, "vendor"))
            .await,
    );

    // A look needs its grant, and every one is told to the vendor.
    let grant = granted(&story, victim).await;
    denied(
        node.look(story.org("agency").who("custodian"), grant, "not the asker")
            .await,
    );
    for what in ["rang its bank", "rang it again"] {
        assert!(node.look(investigator, grant, what).await.unwrap() == bakery());
    }
    story.sync().await.unwrap();
    let gift = given_at(&story, "vendor", "custodian", victim).await;
    let seen: Vec<_> = gift
        .looks
        .iter()
        .map(|look| (look.org.as_str(), look.by, look.way))
        .collect();
    let one = ("agency", investigator.person, Way::Opened);
    assert_eq!((gift.state, seen), ("given", vec![one, one]), "every look");
    let (vendor, custodian) = story.at("vendor", "custodian");
    let (_, letter) = vendor.victim_letter(custodian, victim).await.unwrap();
    assert!(holds(&letter, BASIS) && holds(&letter, "2 looks at it were noted there"));
    assert!(!holds(&letter, "Harbour"));
    let got = everything(&story, "vendor", "agency").await;
    assert!(!holds(&got, "rang its bank") && !holds(&got, "warn its bank"));

    story.org_mut("agency").restart().await;
    assert_eq!(naming_it(&story, naming).await, "no");
    assert_eq!(
        victim_at(&story, "agency", "investigator", victim).await.identity,
        "kept"
    );
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_given_is_refused_with_its_reason() {
    let story = begin(401, Template::MultiParty, OPERATION).await;
    let (vendor, custodian) = story.at("vendor", "custodian");
    let unknown = recorded(&story, "vendor", "custodian", "V-nobo", &["agency"]).await;
    let nobody = vendor
        .give_identity(custodian, unknown, &giving(&story, "agency"))
        .await;
    assert!(matches!(nobody, Err(ServiceError::Conflict(_))), "{nobody:?}");
    // Not to a partner, though the agreement asks there too; not by anybody but its custodian.
    let victim = customer(&story).await;
    let refused = denied(
        vendor
            .give_identity(custodian, victim, &giving(&story, "isp"))
            .await,
    );
    assert!(refused.rule.contains("no other way"), "{refused:?}");
    for name in ["approver", "researcher", "operator"] {
        let who = story.org("vendor").who(name);
        denied(vendor.give_identity(who, victim, &giving(&story, "agency")).await);
    }
    // The ground is said, and names nobody.
    for text in ["", " ", &"x".repeat(4_001)] {
        let new = GivingIdentity {
            text: text.into(),
            ..giving(&story, "agency")
        };
        let wrong = vendor.give_identity(custodian, victim, &new).await;
        assert!(matches!(wrong, Err(ServiceError::Invalid { .. })), "{wrong:?}");
    }
    let naming = GivingIdentity {
        text: "Jane Roe of Harbour Bäckerei agreed".into(),
        ..giving(&story, "agency")
    };
    denied(vendor.give_identity(custodian, victim, &naming).await);
    // What could be any word is looked for here, and given to nobody.
    let short = recorded(&story, "vendor", "custodian", "V-sozo", &["agency"]).await;
    let brief = Identity {
        name: "Ace".into(),
        ..Identity::default()
    };
    vendor.keep_identity(custodian, short, &brief).await.unwrap();
    let wrong = vendor
        .give_identity(custodian, short, &giving(&story, "agency"))
        .await;
    assert!(matches!(wrong, Err(ServiceError::Invalid { .. })), "{wrong:?}");
    // Whoever does not have the pseudonym would not know of whom it is.
    let hidden = recorded(&story, "vendor", "custodian", "V-hido", &["vendor"]).await;
    vendor.keep_identity(custodian, hidden, &bakery()).await.unwrap();
    let early = vendor
        .give_identity(custodian, hidden, &giving(&story, "agency"))
        .await;
    assert!(matches!(early, Err(ServiceError::Conflict(_))), "{early:?}");

    // The agency gives nobody's name to a partner; a partner does not say who the agency's victim is.
    let theirs = recorded(&story, "agency", "investigator", "V-tepo", &["vendor"]).await;
    let (agency, approver) = story.at("agency", "approver");
    let vendor_name = story.org("vendor").name.clone();
    agency
        .approve_release(approver, theirs, &vendor_name)
        .await
        .unwrap();
    let keeper = story.org("agency").who("custodian");
    agency.keep_identity(keeper, theirs, &bakery()).await.unwrap();
    denied(
        agency
            .give_identity(keeper, theirs, &giving(&story, "vendor"))
            .await,
    );
    assert!(
        victim_at(&story, "agency", "custodian", theirs)
            .await
            .may_give_to
            .is_empty()
    );
    story.sync().await.unwrap();
    vendor.keep_identity(custodian, theirs, &bakery()).await.unwrap();
    let refused = denied(
        vendor
            .give_identity(custodian, theirs, &giving(&story, "agency"))
            .await,
    );
    assert!(refused.rule.contains("recorded the victim"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_clause_nothing_is_given() {
    let mut story = Story::begin(402, AGENCY_VENDOR).await;
    let parties = ["agency", "vendor"];
    let (toml, cedar) = story.draft_agreement(Template::AgencyVendor, &parties).unwrap();
    // The same agreement, with the clause turned into a prohibition.
    let from = cedar.find("@clause(\"3.3\")").unwrap();
    let to = from + cedar[from..].find("};").unwrap() + 3;
    let never = "@clause(\"3.3\")\n@text(\"The identity of a victim flows to nobody.\")\nforbid (principal, action == \
                 Action::\"release\", resource)\nwhen { resource.category == Category::\"victim-identity\" };\n";
    let cedar = format!("{}{never}{}", &cedar[..from], &cedar[to..]);
    story.agree_on(&toml, &cedar, &parties).await.unwrap();
    let story = staffed(story).await;
    let victim = customer(&story).await;
    let (node, custodian) = story.at("vendor", "custodian");
    let refused = denied(
        node.give_identity(custodian, victim, &giving(&story, "agency"))
            .await,
    );
    assert_eq!(refused.clause.as_deref(), Some("3.3"));
    assert!(refused.rule.contains("flows to nobody"), "{refused:?}");
    let view = victim_at(&story, "vendor", "custodian", victim).await;
    assert!(view.given.is_empty(), "nothing was written");
    assert_eq!(view.may_give_to[0].answer, "no");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_to_a_revoked_key_or_leaves_for_one() {
    let story = begin(403, Template::AgencyVendor, AGENCY_VENDOR).await;
    let (first, second) = (customer(&story).await, {
        let victim = recorded(&story, "vendor", "custodian", "V-dopo", &["agency"]).await;
        let (node, custodian) = story.at("vendor", "custodian");
        node.keep_identity(custodian, victim, &bakery()).await.unwrap();
        victim
    });
    story.sync().await.unwrap();
    let (vendor, custodian) = story.at("vendor", "custodian");
    let (_, approver) = story.at("vendor", "approver");
    let agency = story.org("agency").name.clone();
    // One is released and not fetched yet, one waits.
    given(&story, first).await;
    let waiting = vendor
        .give_identity(custodian, second, &giving(&story, "agency"))
        .await
        .unwrap()
        .at;
    revoke_custodian(story.org("agency")).await;
    vendor.pull(&agency).await.unwrap();
    let refused = denied(vendor.approve_release(approver, waiting, &agency).await);
    assert!(refused.rule.contains("revoked"), "{refused:?}");
    let view = given_at(&story, "vendor", "custodian", second).await;
    assert_eq!(view.state, "stopped");
    let inbox = vendor.inbox(approver).await.unwrap();
    assert!(
        !inbox
            .iter()
            .any(|item| matches!(&item.todo, Todo::ApproveRelease { note, .. } if *note == waiting))
    );
    let anew = vendor
        .give_identity(custodian, first, &giving(&story, "agency"))
        .await;
    assert!(
        matches!(&anew, Err(ServiceError::Conflict(why)) if why.contains("revoked")),
        "{anew:?}"
    );
    let _ = story.org("agency").node().pull(&story.org("vendor").name).await;
    assert!(!holds(&everything(&story, "agency", "vendor").await, BASIS));
    assert_eq!(
        victim_at(&story, "agency", "custodian", first).await.identity,
        "unknown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_to_a_key_that_no_certificate_names() {
    let mut story = Story::start(404, AGENCY_VENDOR).await;
    story.org_mut("agency").without_sealing_key().await;
    story.pair_all().await.unwrap();
    story.people().await.unwrap();
    story
        .agree(Template::AgencyVendor, &["agency", "vendor"])
        .await
        .unwrap();
    let mut story = staffed(story).await;
    let victim = customer(&story).await;
    let (vendor, custodian) = story.at("vendor", "custodian");
    let none = vendor
        .give_identity(custodian, victim, &giving(&story, "agency"))
        .await;
    assert!(
        matches!(&none, Err(ServiceError::Conflict(why)) if why.contains("names no key")),
        "{none:?}"
    );
    let (node, operator) = story.at("agency", "operator");
    assert!(
        node.revocation_text(operator, "custodian").await.is_err(),
        "nothing to revoke"
    );
    // Another's identity key certifies nothing; the agency's own does, and its partners hear of it.
    let (wrong, right) = (story.org("vendor").identity(), story.org("agency").identity());
    let refused = story.org_mut("agency").certify(&wrong).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
    assert_eq!(
        story.org_mut("agency").certify(&right).await.unwrap(),
        Certified::New(2)
    );
    assert_eq!(
        story.org_mut("agency").certify(&right).await.unwrap(),
        Certified::Before
    );
    story.sync().await.unwrap();
    given(&story, victim).await;
    story.sync().await.unwrap();
    assert_eq!(
        victim_at(&story, "agency", "custodian", victim).await.identity,
        "kept"
    );
    same_fold(&story).await;
    clean(&mut story).await;
}

/// A `victim.identity` that the vendor's node would not write.
fn smuggled(story: &Story, victim: EntryRef, given: Option<Value>) -> Value {
    let agency = story.org("agency");
    let own = keys::load(&agency.dir(), &agency.name).unwrap();
    let seal = Certificate::parse(own.certificate.text()).unwrap().seal.unwrap();
    let mut body = json!({
        "victim": victim.to_string(), "custodian": "agency", "scheme": SEALING_SCHEME,
        "key": seal.to_string().split('+').nth(1).unwrap(), "ciphertext": "QUJD".repeat(400),
    });
    if let Some(given) = given {
        body["given"] = given;
    }
    json!({
        "kind": "victim.identity", "by": story.org("vendor").who("custodian").person.to_string(),
        "role": "custodian", "marking": { "tlp": "TLP:RED" }, "to": ["agency"], "title": "Who it is",
        "body": body,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hostile_partner_gives_hides_nobody_and_names_nobody() {
    let mut story = begin(405, Template::AgencyVendor, AGENCY_VENDOR).await;
    let victim = recorded(&story, "vendor", "custodian", "V-garo", &["agency"]).await;
    let theirs = recorded(&story, "agency", "investigator", "V-tepo", &["vendor"]).await;
    let (node, approver) = story.at("agency", "approver");
    let vendor_name = story.org("vendor").name.clone();
    node.approve_release(approver, theirs, &vendor_name)
        .await
        .unwrap();
    story.sync().await.unwrap();
    let ground = json!({ "ground": "law", "text": "a law" });
    let garbage = smuggled(&story, victim, Some(ground.clone()));
    let foreign = smuggled(&story, theirs, Some(ground));
    let groundless = smuggled(&story, victim, None);
    let agency = story.org("agency").name.clone();
    let mut gifts = Vec::new();
    for payload in [garbage, foreign, groundless] {
        let at = smuggle(&mut story, "vendor", payload).await;
        let (vendor, approver) = story.at("vendor", "approver");
        vendor.approve_release(approver, at, &agency).await.unwrap();
        gifts.push(at);
    }
    story.sync().await.unwrap();
    let waiting = unchecked(&story, "agency", "custodian").await;
    assert_eq!(waiting, [gifts[0]].into(), "what is set aside waits for nobody");
    let (node, keeper) = story.at("agency", "custodian");
    let inbox = node.inbox(keeper).await.unwrap();
    let line = inbox
        .iter()
        .find(|item| matches!(item.todo, Todo::CheckIdentity { .. }))
        .unwrap();
    assert!(line.why.contains("cannot be opened"), "{line:?}");
    // Garbage is said to be unreadable; of somebody else's victim it is set aside, and hides nothing that is kept.
    let view = victim_at(&story, "agency", "custodian", victim).await;
    assert_eq!((view.identity, view.given.len()), ("unreadable", 1));
    assert_eq!(view.given[0].state, "unreadable");
    let view = victim_at(&story, "agency", "custodian", theirs).await;
    assert_eq!((view.identity, view.given[0].state), ("unknown", "aside"));
    assert!(view.given[0].why.as_ref().unwrap().contains("has not recorded"));
    let (node, investigator) = story.at("agency", "investigator");
    let nothing = node.ask_grant(investigator, theirs, "to warn it").await;
    assert!(matches!(nothing, Err(ServiceError::Conflict(_))), "{nothing:?}");
    let grant = granted(&story, victim).await;
    let nothing = node.look(investigator, grant, "rang it").await;
    assert!(matches!(nothing, Err(ServiceError::Conflict(_))), "{nothing:?}");
    // What the agency's own custodian knows goes before it.
    let keeper = story.org("agency").who("custodian");
    node.keep_identity(keeper, victim, &bakery()).await.unwrap();
    assert_eq!(
        victim_at(&story, "agency", "custodian", victim).await.identity,
        "kept"
    );
    let grant = granted(&story, victim).await;
    assert!(node.look(investigator, grant, "rang it").await.unwrap() == bakery());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_refuses_a_name_that_is_no_victims() {
    let mut story = begin(406, Template::AgencyVendor, AGENCY_VENDOR).await;
    let victim = recorded(&story, "vendor", "custodian", "V-garo", &["agency"]).await;
    let (vendor, theirs) = story.at("vendor", "custodian");
    let word = Identity {
        name: "the investigation".into(),
        ..Identity::default()
    };
    vendor.keep_identity(theirs, victim, &word).await.unwrap();
    let gift = given(&story, victim).await;
    story.sync().await.unwrap();
    let naming = "the investigation goes on";
    assert_eq!(
        naming_it(&story, naming).await,
        "no",
        "it stops what is written here"
    );
    let (node, custodian) = story.at("agency", "custodian");
    for name in ["investigator", "officer", "approver"] {
        denied(
            node.refuse_identity(story.org("agency").who(name), gift, "no victim")
                .await,
        );
    }
    for wrong in ["", " ", &"x".repeat(4_001)] {
        let refused = node.refuse_identity(custodian, gift, wrong).await;
        assert!(
            matches!(refused, Err(ServiceError::Invalid { .. })),
            "{refused:?}"
        );
    }
    let other = node.refuse_identity(custodian, victim, "no identity").await;
    assert!(matches!(other, Err(ServiceError::NotFound(_))), "{other:?}");
    // Whoever gave it, or keeps one's own, refuses nothing.
    let own = vendor.refuse_identity(theirs, gift, "ours").await;
    assert!(matches!(own, Err(ServiceError::NotFound(_))), "{own:?}");
    let grant = granted(&story, victim).await;
    node.refuse_identity(custodian, gift, "it names what is no victim")
        .await
        .unwrap();
    let twice = node.refuse_identity(custodian, gift, "again").await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
    for _ in 0..2 {
        assert_eq!(naming_it(&story, naming).await, "yes");
        let view = victim_at(&story, "agency", "custodian", victim).await;
        assert_eq!((view.identity, view.given[0].state), ("unknown", "aside"));
        let (node, investigator) = story.at("agency", "investigator");
        let nothing = node.look(investigator, grant, "rang it").await;
        assert!(matches!(nothing, Err(ServiceError::Conflict(_))), "{nothing:?}");
        story.org_mut("agency").restart().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_a_custodian_of_the_case_until_a_look_a_refusal_or_a_recall() {
    let mut story = begin(408, Template::MultiParty, OPERATION).await;
    pair(story.org("isp"), story.org("vendor")).await.unwrap();
    // A custodian who is not named on the case.
    let agency = story.org_mut("agency");
    agency.add_person("other", &[Role::Custodian]).await.unwrap();
    let mut victims = Vec::new();
    for pseudonym in ["V-garo", "V-dopo", "V-hido"] {
        let victim = recorded(&story, "vendor", "custodian", pseudonym, &["agency"]).await;
        let (node, custodian) = story.at("vendor", "custodian");
        node.keep_identity(custodian, victim, &bakery()).await.unwrap();
        victims.push(victim);
    }
    story.sync().await.unwrap();
    let none = BTreeSet::new();
    assert_eq!(unchecked(&story, "agency", "custodian").await, none);
    let mut gifts = Vec::new();
    for victim in &victims {
        gifts.push(given(&story, *victim).await);
    }
    story.sync().await.unwrap();
    let waiting: BTreeSet<EntryRef> = gifts.iter().copied().collect();
    assert_eq!(unchecked(&story, "agency", "custodian").await, waiting);
    let (node, custodian) = story.at("agency", "custodian");
    let inbox = node.inbox(custodian).await.unwrap();
    let shown = as_json(&inbox);
    assert!(
        shown.contains("vendor says who V-garo is") && !shown.contains("Harbour") && !shown.contains(BASIS)
    );
    for (org, who) in [
        ("agency", "other"),
        ("agency", "investigator"),
        ("agency", "officer"),
        ("agency", "approver"),
        ("agency", "discloser"),
        ("agency", "operator"),
        ("vendor", "custodian"),
        ("vendor", "approver"),
        ("isp", "approver"),
    ] {
        assert_eq!(unchecked(&story, org, who).await, none, "{org}: {who}");
    }

    // Looked at, refused, called back: each goes away alone.
    let (first, second, third) = (gifts[0], gifts[1], gifts[2]);
    let grant = granted(&story, victims[0]).await;
    assert_eq!(
        unchecked(&story, "agency", "custodian").await.len(),
        3,
        "nobody has looked"
    );
    let (node, investigator) = story.at("agency", "investigator");
    node.look(investigator, grant, "rang its bank").await.unwrap();
    assert!(!unchecked(&story, "agency", "custodian").await.contains(&first));
    let custodian = story.org("agency").who("custodian");
    node.refuse_identity(custodian, second, "it is nobody")
        .await
        .unwrap();
    assert_eq!(unchecked(&story, "agency", "custodian").await, [third].into());
    story.org_mut("agency").restart().await;
    assert_eq!(unchecked(&story, "agency", "custodian").await, [third].into());
    let (vendor, approver) = story.at("vendor", "approver");
    vendor
        .order_recall(
            approver,
            story.case(),
            third,
            "the victim has taken its consent back",
        )
        .await
        .unwrap();
    story.sync().await.unwrap();
    assert_eq!(unchecked(&story, "agency", "custodian").await, none);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_called_back_held_destroyed_and_on_the_schedule() {
    let mut story = begin(407, Template::AgencyVendor, AGENCY_VENDOR).await;
    let case = story.case();
    let victim = customer(&story).await;
    let gift = given(&story, victim).await;
    story.sync().await.unwrap();
    let (node, investigator) = story.at("agency", "investigator");
    let discloser = story.org("agency").who("discloser");
    let schedule = node.schedule(discloser, case).await.unwrap();
    let line = schedule
        .to_be_scheduled
        .iter()
        .find(|line| line.item == Some(gift))
        .unwrap();
    assert_eq!(line.what, "identity of a victim, sealed");
    assert!(!as_json(&schedule).contains("Harbour"));
    let kept = node.keeping(investigator, case).await.unwrap();
    assert!(
        kept.retention.iter().any(|line| line.entry == gift),
        "its time counts like any copy's"
    );
    let grant = granted(&story, victim).await;
    node.look(investigator, grant, "rang its bank").await.unwrap();

    let (vendor, approver) = story.at("vendor", "approver");
    let recall = vendor
        .order_recall(approver, case, gift, "the victim has taken its consent back")
        .await
        .unwrap();
    story.sync().await.unwrap();
    let gone = node.look(investigator, grant, "once more").await;
    assert!(matches!(gone, Err(ServiceError::NotFound(_))), "{gone:?}");
    let view = victim_at(&story, "agency", "custodian", victim).await;
    assert_eq!((view.identity, view.given[0].state), ("unknown", "recalled"));
    // As long as it is here, nothing that leaves names it.
    let naming = "Harbour Bäckerei was hit";
    assert_eq!(naming_it(&story, naming).await, "no");
    let hold = NewHold {
        entry: Some(gift),
        reference: "K-17".into(),
        reason: "the court asked".into(),
    };
    let hold = node.place_hold(discloser, case, &hold).await.unwrap();
    let deleted = RecallAnswer {
        recall,
        done: RecallDone::Deleted,
        backup_until_ms: None,
        onward: Vec::new(),
        note: None,
    };
    let (_, theirs) = story.at("agency", "approver");
    denied(node.receipt_recall(theirs, case, &deleted).await);
    node.lift_hold(discloser, case, hold, "decided").await.unwrap();
    node.receipt_recall(theirs, case, &deleted).await.unwrap();
    assert_eq!(naming_it(&story, naming).await, "yes", "it is known here no more");
    story.sync().await.unwrap();
    let recalls = vendor.recalls(approver, case).await.unwrap();
    assert!(recalls[0].waits_for.is_empty() && recalls[0].receipts[0].done == RecallDone::Deleted);
    let gift = given_at(&story, "vendor", "custodian", victim).await;
    assert_eq!((gift.state, gift.looks.len()), ("recalled", 1));
    story.org_mut("agency").restart().await;
    assert_eq!(naming_it(&story, naming).await, "yes");
    clean(&mut story).await;
}
