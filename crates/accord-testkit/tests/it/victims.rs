//! Victims: a business talks before it is named, is looked at under a grant of two people, and is named by nothing that
//! leaves.

use accord_model::agreement::templates::Template;
use accord_model::content::{Remediation, RemediationNoted, VictimKind, VictimRecorded};
use accord_model::control::Stage;
use accord_model::{EntryRef, Role, Tlp};
use accord_service::{
    Attaching, Draft, GRANT_MAX_MS, Giving, Identity, Narrowing, NewInstrument, NewNote, ServiceError, Todo,
    Verdict,
};
use accord_testkit::{DAY_MS, Story, as_json, decision, report};

use crate::leaks::{everything, holds};
use crate::{TWO, clean, denied};

const CANARY: &str = "Harbour Bäckerei";

pub fn bakery() -> Identity {
    Identity {
        name: format!("{CANARY} Ltd"),
        other_names: vec!["Harbour Loaves".into()],
        contacts: vec!["Jane Roe, jane@harbour-loaves.example, +44 20 7946 0123".into()],
        domains: vec!["harbour-loaves.example".into()],
        addresses: vec!["203.0.113.7".into(), "10.1.0.8".into()],
        mail_domains: vec!["post-loaves.example".into()],
    }
}

/// An agency with a custodian and a second case officer on a case with a provider.
pub async fn begin(seed: u64) -> Story {
    let mut story = Story::asked(seed, TWO).await;
    let agency = story.org_mut("agency");
    agency.add_person("custodian", &[Role::Custodian]).await.unwrap();
    agency
        .add_person("both", &[Role::Custodian, Role::CaseOfficer])
        .await
        .unwrap();
    agency
        .add_person("discloser", &[Role::DisclosureOfficer])
        .await
        .unwrap();
    let case = story.case();
    let (node, approver) = story.at("agency", "approver");
    for (name, roles) in [
        ("custodian", vec![Role::Custodian]),
        ("both", vec![Role::Custodian, Role::CaseOfficer]),
        ("discloser", vec![Role::DisclosureOfficer]),
    ] {
        let person = story.org("agency").who(name).person;
        let roles = roles.into_iter().collect();
        node.add_member(approver, case, person, &roles, None)
            .await
            .unwrap();
    }
    story.sync().await.unwrap();
    story
}

fn attaching(story: &Story) -> Attaching {
    Attaching {
        case: story.case(),
        victim: VictimKind::Organisation,
        text: "a small maker of food lost its tills to the family".into(),
        sector: Some("food".into()),
        wishes: None,
        marking: Tlp::Amber,
        to: Vec::new(),
    }
}

/// A business that wrote, was attached, and said who it is: its link's token, the conversation, the victim.
pub async fn attached(story: &Story) -> (String, String, EntryRef) {
    let (node, investigator) = story.at("agency", "investigator");
    let token = node
        .begin_report("our tills show a red screen")
        .await
        .unwrap()
        .token;
    let conversation = node.conversations(investigator).await.unwrap().remove(0).id;
    let published = node
        .attach_conversation(investigator, &conversation, &attaching(story))
        .await
        .unwrap();
    node.say_who(&token, &bakery()).await.unwrap();
    (token, conversation, published.at)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_talks_before_it_is_named() {
    let mut story = begin(90).await;
    let (node, investigator) = story.at("agency", "investigator");
    let token = node
        .begin_report("our tills show a red screen")
        .await
        .unwrap()
        .token;
    // Whoever has no link is told that there is nothing; providers take no reports.
    for wrong in ["", "00", &"0".repeat(64), &token.to_uppercase()] {
        assert!(
            matches!(node.report_of(wrong).await, Err(ServiceError::NotFound("page"))),
            "{wrong}"
        );
        assert!(matches!(
            node.say_more(wrong, "x").await,
            Err(ServiceError::NotFound("page"))
        ));
        assert!(matches!(
            node.say_who(wrong, &bakery()).await,
            Err(ServiceError::NotFound("page"))
        ));
    }
    let elsewhere = story.org("isp").node().begin_report("help").await;
    assert!(matches!(elsewhere, Err(ServiceError::NotFound("page"))));
    // It waits for investigators, and for nobody else.
    let waits = async |name: &str| {
        let (node, who) = story.at("agency", name);
        let items = node.inbox(who).await.unwrap();
        items
            .iter()
            .any(|item| matches!(item.todo, Todo::AnswerBusiness { .. }))
    };
    assert!(waits("investigator").await && !waits("auditor").await && !waits("approver").await);
    let (_, approver) = story.at("agency", "approver");
    denied(node.conversations(approver).await);
    let line = node.conversations(investigator).await.unwrap().remove(0);
    assert_eq!(
        (line.unanswered, line.words.as_str()),
        (1, "our tills show a red screen")
    );
    node.reply(investigator, &line.id, "pull the network cable first")
        .await
        .unwrap();
    assert!(!waits("investigator").await);
    node.say_more(&token, "done; what now?").await.unwrap();
    let sees = node.report_of(&token).await.unwrap();
    assert_eq!(sees.messages.len(), 3);
    assert!(
        sees.messages.iter().all(|message| message.by.is_none()),
        "who of us is not told"
    );
    assert!(sees.pseudonym.is_none() && sees.became.is_empty());
    // Before it is attached nothing of it is in a ledger.
    story.sync().await.unwrap();
    assert!(!holds(&everything(&story, "isp", "agency").await, "red screen"));

    let published = node
        .attach_conversation(investigator, &line.id, &attaching(&story))
        .await
        .unwrap();
    let twice = node
        .attach_conversation(investigator, &line.id, &attaching(&story))
        .await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))));
    let view = node.conversation(investigator, &line.id).await.unwrap();
    let pseudonym = view.line.pseudonym.unwrap();
    let isp = story.org("isp").name.clone();
    // FLOWS: a report of a victim goes to a provider when the approver says so.
    assert_eq!(published.decisions[0].answer, "ask");
    story.sync().await.unwrap();
    let victims_at = async |org: &str, name: &str| {
        let (node, who) = story.at(org, name);
        node.case_victims(who, story.case()).await.unwrap().victims
    };
    assert!(victims_at("isp", "approver").await.is_empty());
    node.approve_release(approver, published.at, &isp).await.unwrap();
    let said = node
        .publish_message(
            investigator,
            &line.id,
            0,
            "the tills show a red screen",
            Tlp::Amber,
            &[],
        )
        .await
        .unwrap();
    node.approve_release(approver, said.at, &isp).await.unwrap();
    let again = node
        .publish_message(investigator, &line.id, 0, "again", Tlp::Amber, &[])
        .await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))));
    story.sync().await.unwrap();
    let there = victims_at("isp", "approver").await.remove(0);
    assert_eq!(there.pseudonym, pseudonym);
    assert_eq!(there.messages[0].text, "the tills show a red screen");
    assert_eq!((there.conversation, there.identity), (None, "unknown"));

    // The victim reads what became of it, and the clean-up.
    let step = Draft {
        note: NewNote::new(RemediationNoted {
            victim: published.at,
            step: "restore the tills from before the 2nd".into(),
            state: Remediation::Advised,
            text: Some("from the copy that was offline".into()),
        })
        .unwrap(),
        ..report("Step", "", Tlp::Amber)
    };
    node.publish_note(investigator, story.case(), &step)
        .await
        .unwrap();
    let officer = story.org("agency").who("officer");
    node.stage_case(officer, story.case(), Stage::Assessed, None)
        .await
        .unwrap();
    let sees = node.report_of(&token).await.unwrap();
    assert_eq!(sees.pseudonym.as_deref(), Some(pseudonym.as_str()));
    assert_eq!(sees.became, ["We have looked at it and assess what can be done."]);
    assert_eq!(
        sees.steps[0].text.as_deref(),
        Some("from the copy that was offline")
    );
    assert!(
        !as_json(&sees).contains("Heron"),
        "the operation's name stays here"
    );

    // The same on paper, for who deals with the victim.
    let (name, letter) = node.victim_letter(investigator, published.at).await.unwrap();
    assert_eq!(name, format!("letter-{pseudonym}.docx"));
    assert!(holds(&letter, "from the copy that was offline") && holds(&letter, "assess what can be done"));
    denied(node.victim_letter(approver, published.at).await);

    // A pseudonym is one victim's.
    let mut same = Draft {
        note: NewNote::new(VictimRecorded {
            pseudonym: pseudonym.to_lowercase(),
            victim: VictimKind::Person,
            text: "another".into(),
            sector: None,
            wishes: None,
        })
        .unwrap(),
        ..report("Victim", "", Tlp::Amber)
    };
    let taken = node.publish_note(investigator, story.case(), &same).await;
    assert!(matches!(taken, Err(ServiceError::Invalid { .. })), "{taken:?}");
    same.note = NewNote::report("nothing");
    node.publish_note(investigator, story.case(), &same)
        .await
        .unwrap();

    node.close_conversation(investigator, &line.id).await.unwrap();
    assert!(matches!(
        node.say_more(&token, "hello?").await,
        Err(ServiceError::Conflict(_))
    ));
    assert!(node.report_of(&token).await.unwrap().closed, "it stays readable");
    // All of it is on the disk.
    story.org_mut("agency").restart().await;
    let (node, _) = story.at("agency", "investigator");
    assert_eq!(node.report_of(&token).await.unwrap().messages.len(), 3);
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_link_takes_has_limits() {
    let story = Story::start(91, &[("agency", accord_model::OrgKind::Agency)]).await;
    let node = story.org("agency").node();
    for text in ["", "  ", "a\u{0}b", &"x".repeat(8_001)] {
        assert!(matches!(
            node.begin_report(text).await,
            Err(ServiceError::Invalid { .. })
        ));
    }
    let token = node.begin_report(&"x".repeat(8_000)).await.unwrap().token;
    for number in 0..9 {
        node.say_more(&token, &format!("more {number}")).await.unwrap();
    }
    assert!(matches!(
        node.say_more(&token, "one too many").await,
        Err(ServiceError::Conflict(_))
    ));
    for _ in 0..20 {
        node.say_who(&token, &bakery()).await.unwrap();
    }
    assert!(matches!(
        node.say_who(&token, &bakery()).await,
        Err(ServiceError::Conflict(_))
    ));
    for _ in 1..60 {
        node.begin_report("help").await.unwrap();
    }
    assert!(matches!(
        node.begin_report("help").await,
        Err(ServiceError::Busy { .. })
    ));
    story.world.advance(3_600_001);
    node.begin_report("help").await.unwrap();
}

fn until(story: &Story, ms: u64) -> Giving {
    Giving {
        until_ms: story.world.now_ms() + ms,
        reason: None,
        role: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_needs_two_others_and_is_seen_by_the_victim() {
    let mut story = begin(92).await;
    let (token, conversation, victim) = attached(&story).await;
    let (node, investigator) = story.at("agency", "investigator");
    let who = |name: &str| story.org("agency").who(name);
    // Nothing to look at before a custodian has filed it, unread.
    let early = node.ask_grant(investigator, victim, "to warn its bank").await;
    assert!(matches!(early, Err(ServiceError::Conflict(_))));
    denied(node.file_identity(investigator, &conversation).await);
    denied(node.keep_identity(investigator, victim, &bakery()).await);
    let filed = node.file_identity(who("custodian"), &conversation).await.unwrap();
    let again = node.file_identity(who("custodian"), &conversation).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))));
    let asked = node
        .ask_grant(investigator, victim, "to warn its bank")
        .await
        .unwrap();
    denied(node.look(investigator, asked, "nobody gave a hand").await);
    denied(node.give_grant(investigator, asked, &until(&story, DAY_MS)).await);
    for wrong in [0, GRANT_MAX_MS + 1] {
        let given = node
            .give_grant(who("custodian"), asked, &until(&story, wrong))
            .await;
        assert!(matches!(given, Err(ServiceError::Invalid { .. })), "{wrong}");
    }
    // One person in both roles is one hand.
    node.give_grant(who("both"), asked, &until(&story, DAY_MS))
        .await
        .unwrap();
    let second = Giving {
        role: Some(Role::CaseOfficer),
        ..until(&story, DAY_MS)
    };
    denied(node.give_grant(who("both"), asked, &second).await);
    denied(node.look(investigator, asked, "one hand").await);
    denied(node.look(who("custodian"), asked, "not the asker").await);
    node.give_grant(who("officer"), asked, &until(&story, DAY_MS / 2))
        .await
        .unwrap();
    denied(node.look(who("custodian"), asked, "not the asker").await);
    assert!(node.report_of(&token).await.unwrap().looks.is_empty());
    let seen = node.look(investigator, asked, "rang its bank").await.unwrap();
    assert!(seen == bakery());
    node.look(investigator, asked, "read the number again")
        .await
        .unwrap();
    let looks = node.report_of(&token).await.unwrap().looks;
    assert_eq!(looks.len(), 2, "every look");
    assert_eq!(
        (looks[0].text.as_str(), looks[0].reason.as_str()),
        ("rang its bank", "to warn its bank")
    );
    assert!(looks.iter().all(|look| look.allowed));
    let view = node.case_victims(investigator, story.case()).await.unwrap();
    assert_eq!(view.victims[0].grants[0].state, "stands");
    assert_eq!(view.victims[0].grants[0].looks.len(), 2);
    assert!(
        !as_json(&view).contains("Harbour"),
        "nobody reads it without a look"
    );
    // The earlier end of the two counts.
    story.world.advance(DAY_MS / 2);
    denied(node.look(investigator, asked, "too late").await);

    // The asker is a custodian: the hands are of two others.
    let own = node
        .ask_grant(who("both"), victim, "to write to it")
        .await
        .unwrap();
    denied(node.give_grant(who("both"), own, &until(&story, DAY_MS)).await);
    node.give_grant(who("custodian"), own, &until(&story, DAY_MS))
        .await
        .unwrap();
    node.give_grant(who("officer"), own, &until(&story, DAY_MS))
        .await
        .unwrap();
    node.look(who("both"), own, "wrote to it").await.unwrap();
    denied(node.end_grant(investigator, own, "enough").await);
    node.end_grant(who("officer"), own, "enough").await.unwrap();
    denied(node.look(who("both"), own, "after the end").await);
    let again = node
        .give_grant(who("custodian"), own, &until(&story, DAY_MS))
        .await;
    denied_or_over(again);
    assert_eq!(node.report_of(&token).await.unwrap().looks.len(), 3);

    // Nobody else on the case hears of any of it, and nothing of it leaves.
    story.sync().await.unwrap();
    let isp = story.org("isp").node();
    let provider = story.org("isp").who("approver");
    assert!(matches!(
        isp.look(provider, asked, "x").await,
        Err(ServiceError::Denied(_))
    ));
    let got = everything(&story, "isp", "agency").await;
    for canary in ["Harbour", "warn its bank", "rang its bank"] {
        assert!(!holds(&got, canary), "{canary}");
    }
    assert_eq!(filed.ledger, asked.ledger);
    story.org_mut("agency").restart().await;
    let (node, investigator) = story.at("agency", "investigator");
    denied(node.look(investigator, asked, "after a restart").await);
    clean(&mut story).await;
}

fn denied_or_over(outcome: accord_service::Result<EntryRef>) {
    assert!(
        matches!(outcome, Err(ServiceError::Denied(_) | ServiceError::Conflict(_))),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_leaves_names_a_victim() {
    let story = begin(93).await;
    let case = story.case();
    let (node, investigator) = story.at("agency", "investigator");
    // Written before anybody knew whose name it is, above the ceiling: it waits for the approver.
    let waiting = report("waits", "Harbour Loaves pays ransoms", Tlp::Red);
    let waiting = node.publish_note(investigator, case, &waiting).await.unwrap();
    assert_eq!(waiting.decisions[0].answer, "ask");
    let (_, _, victim) = attached(&story).await;
    let pseudonym = node.case_victims(investigator, case).await.unwrap().victims[0]
        .pseudonym
        .clone();
    let isp = story.org("isp").name.clone();
    let (_, approver) = story.at("agency", "approver");
    let refused = denied(node.approve_release(approver, waiting.at, &isp).await);
    assert!(refused.rule.contains(&pseudonym), "{refused:?}");

    // Every kind of words, and every way to write it.
    let indicator = |text: &str| report("t", text, Tlp::Green);
    for text in [
        "Harbour Bäckerei Ltd was hit",
        "HARBOUR  BACKEREI",
        "harbour-loaves[.]example resolved",
        "mail to sales@post-loaves.example",
        "login from 203[.]0[.]113[.]7",
        "call +44 (0)20 7946 0123",
        "Jane   Roe said",
        "H\u{200b}arbour Loaves",
    ] {
        for draft in [
            indicator(text),
            decision("t", text, Tlp::Clear),
            Draft {
                title: text.chars().take(100).collect(),
                ..report("t", "x", Tlp::Green)
            },
        ] {
            let refused = denied(node.publish_note(investigator, case, &draft).await);
            assert!(
                refused.rule.contains(&pseudonym) && !refused.rule.contains("Harbour"),
                "{refused:?}"
            );
            let shown = node.preview_note(investigator, case, &draft).await.unwrap();
            assert_eq!(shown[0].answer, "no", "the preview says so too");
        }
    }
    let mut hunt = story.new_hunt("isp");
    hunt.reason = "seen at harbour-loaves.example".into();
    denied(node.ask_hunt(investigator, case, &hunt).await);
    let mut hunt = story.new_hunt("isp");
    hunt.indicators.push("shop.harbour-loaves.example".into());
    denied(node.ask_hunt(investigator, case, &hunt).await);
    // Control entries are read by every party for good.
    let officer = story.org("agency").who("officer");
    let instrument = |scope: &str| NewInstrument {
        reference: "W-9".into(),
        authority: "District Court".into(),
        power: "Act 7".into(),
        categories: vec![accord_model::Category::LogEvidence],
        scope: scope.into(),
        addressee: isp.clone(),
        from_ms: story.world.now_ms(),
        to_ms: story.world.now_ms() + DAY_MS,
    };
    denied(
        node.record_instrument(officer, case, &instrument("logs about Harbour Loaves"))
            .await,
    );
    node.record_instrument(officer, case, &instrument("logs about the bakery"))
        .await
        .unwrap();
    denied(
        node.stage_case(
            officer,
            case,
            Stage::Suspended,
            Some("Harbour Loaves asked us to".into()),
        )
        .await,
    );
    // For this organisation alone it may be written, and an answer to the business itself names it.
    let own = Draft {
        to: vec![story.org("agency").name.clone()],
        ..report("own", "Harbour Loaves rang", Tlp::Amber)
    };
    node.publish_note(investigator, case, &own).await.unwrap();
    let conversation = node.conversations(investigator).await.unwrap().remove(0).id;
    node.reply(investigator, &conversation, "good morning, Harbour Loaves")
        .await
        .unwrap();
    node.begin_report("somebody else").await.unwrap();
    let lines = node.conversations(investigator).await.unwrap();
    let other = lines.iter().find(|line| line.pseudonym.is_none()).unwrap();
    denied(
        node.reply(investigator, &other.id, "Harbour Loaves had the same")
            .await,
    );
    // Under the pseudonym everything is said.
    node.publish_note(
        investigator,
        case,
        &report("t", &format!("{pseudonym} was hit"), Tlp::Green),
    )
    .await
    .unwrap();
    story.sync().await.unwrap();
    let got = everything(&story, "isp", "agency").await;
    assert!(holds(&got, "was hit"));
    for canary in ["Harbour", "harbour", "203.0.113.7", "post-loaves", "Jane"] {
        assert!(!holds(&got, canary), "{canary}");
    }
    assert_eq!(victim.ledger, waiting.at.ledger);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_names_its_own_victim_in_one_note() {
    let story = begin(94).await;
    let case = story.case();
    let (token, conversation, victim) = attached(&story).await;
    let (node, investigator) = story.at("agency", "investigator");
    let who = |name: &str| story.org("agency").who(name);
    node.file_identity(who("custodian"), &conversation).await.unwrap();
    // A second victim, whom the grant is not about.
    let mill = Identity {
        name: "Mill Lane Surgery".into(),
        ..Identity::default()
    };
    let second = Draft {
        note: NewNote::new(VictimRecorded {
            pseudonym: "V-second".into(),
            victim: VictimKind::Organisation,
            text: "a practice".into(),
            sector: None,
            wishes: None,
        })
        .unwrap(),
        ..report("Victim", "", Tlp::Amber)
    };
    let second = node.publish_note(investigator, case, &second).await.unwrap();
    node.keep_identity(who("custodian"), second.at, &mill)
        .await
        .unwrap();

    let asked = node
        .ask_grant(investigator, victim, "the provider must block it")
        .await
        .unwrap();
    let naming = report("t", "block harbour-loaves.example", Tlp::Green);
    denied(
        node.publish_naming(investigator, case, &naming, asked, "told the provider")
            .await,
    );
    node.give_grant(who("custodian"), asked, &until(&story, DAY_MS))
        .await
        .unwrap();
    node.give_grant(who("officer"), asked, &until(&story, DAY_MS))
        .await
        .unwrap();
    denied(node.publish_note(investigator, case, &naming).await);
    let both = report("t", "harbour-loaves.example and Mill Lane Surgery", Tlp::Green);
    denied(
        node.publish_naming(investigator, case, &both, asked, "told the provider")
            .await,
    );
    denied(
        node.publish_naming(who("custodian"), case, &naming, asked, "not the asker")
            .await,
    );
    let published = node
        .publish_naming(investigator, case, &naming, asked, "told the provider")
        .await
        .unwrap();
    assert!(published.decisions[0].is_yes());
    let looks = node.report_of(&token).await.unwrap().looks;
    assert_eq!(looks.len(), 1, "what was refused used nothing");
    assert_eq!(looks[0].text, "told the provider");
    let other = report("t", "block harbour-loaves.example now", Tlp::Green);
    denied(node.publish_note(investigator, case, &other).await);
    story.sync().await.unwrap();
    let got = everything(&story, "isp", "agency").await;
    assert!(holds(&got, "block harbour-loaves.example"));
    assert!(!holds(&got, "Mill Lane") && !holds(&got, "example now"));
}

#[tokio::test(flavor = "multi_thread")]
async fn original_lines_that_name_a_victim_do_not_leave() {
    let mut story = begin(95).await;
    // The provider keeps who its own customer is: 10.1.0.8, of whom its log has two lines.
    let isp = story.org_mut("isp");
    isp.add_person("custodian", &[Role::Custodian]).await.unwrap();
    let case = story.case();
    let (node, approver) = story.at("isp", "approver");
    let custodian = story.org("isp").who("custodian");
    node.add_member(approver, case, custodian.person, &[Role::Custodian].into(), None)
        .await
        .unwrap();
    let recorded = Draft {
        to: vec![story.org("isp").name.clone()],
        note: NewNote::new(VictimRecorded {
            pseudonym: "V-customer".into(),
            victim: VictimKind::Organisation,
            text: "a customer".into(),
            sector: None,
            wishes: None,
        })
        .unwrap(),
        ..report("Victim", "", Tlp::Amber)
    };
    let victim = node.publish_note(custodian, case, &recorded).await.unwrap();
    let preview = story.preview("isp").await.unwrap();
    let (node, _) = story.at("isp", "approver");
    let custodian = story.org("isp").who("custodian");
    node.keep_identity(custodian, victim.at, &bakery()).await.unwrap();
    let refused = denied(story.approve("isp").await);
    assert!(
        refused.rule.contains("line 3 of access") && refused.rule.contains("V-customer"),
        "{refused:?}"
    );
    let narrowed = Verdict::Narrow {
        preview,
        narrowing: Narrowing {
            without_customers: ["10.1.0.8".to_owned()].into(),
            ..Narrowing::default()
        },
        reason: "without one customer".into(),
    };
    let outcome = story.decide("isp", &narrowed).await.unwrap();
    assert!(outcome.exhibit.is_some());
    story.sync().await.unwrap();
    let got = everything(&story, "agency", "isp").await;
    assert!(holds(&got, "10.1.0.7") && !holds(&got, "10.1.0.8"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_is_said() {
    let mut story = begin(97).await;
    let (_, conversation, victim) = attached(&story).await;
    let (node, _) = story.at("agency", "investigator");
    let custodian = story.org("agency").who("custodian");
    node.file_identity(custodian, &conversation).await.unwrap();
    let seed = story.org("agency").dir().join("keys/custodian.seed");
    story.org_mut("agency").stop().await;
    std::fs::write(&seed, "11".repeat(32)).unwrap();
    story.org_mut("agency").start_again().await;
    let (node, investigator) = story.at("agency", "investigator");
    let view = node.case_victims(investigator, story.case()).await.unwrap();
    let found = view.victims.iter().find(|one| one.at == victim).unwrap();
    assert_eq!(found.identity, "unreadable");
    let asked = node.ask_grant(investigator, victim, "to warn it").await.unwrap();
    let who = |name: &str| story.org("agency").who(name);
    node.give_grant(who("custodian"), asked, &until(&story, DAY_MS))
        .await
        .unwrap();
    node.give_grant(who("officer"), asked, &until(&story, DAY_MS))
        .await
        .unwrap();
    let looked = node.look(investigator, asked, "rang it").await;
    assert!(matches!(looked, Err(ServiceError::Conflict(_))), "{looked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_with_a_vendor_asks_too() {
    let mut story = Story::begin(
        98,
        &[
            ("agency", accord_model::OrgKind::Agency),
            ("vendor", accord_model::OrgKind::Vendor),
        ],
    )
    .await;
    story
        .agree(Template::AgencyVendor, &["agency", "vendor"])
        .await
        .unwrap();
    story.open_case(&["vendor"]).await.unwrap();
    story.sync().await.unwrap();
    let (node, investigator) = story.at("agency", "investigator");
    node.begin_report("help").await.unwrap();
    let conversation = node.conversations(investigator).await.unwrap().remove(0).id;
    let published = node
        .attach_conversation(investigator, &conversation, &attaching(&story))
        .await
        .unwrap();
    assert_eq!(published.decisions[0].answer, "ask");
}
