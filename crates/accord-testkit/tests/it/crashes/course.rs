//! How a case goes on: stages, subjects, outcome, the pen; who leaves it, who comes late, what is destroyed. And what is
//! watched before there is a case.

use accord_model::agreement::templates::Template;
use accord_model::content::{
    Indicator, OutcomeKind, OutcomeRecorded, SubjectRecorded, SubjectStanding, SubjectStatus,
};
use accord_model::control::Stage;
use accord_model::{SpaceId, Tlp};
use accord_service::{
    Assessment, Draft, GiveOlder, GivenNote, Level, NewCase, NewNote, NewThreat, Result, ThreatPerson,
    ThreatStatus,
};
use accord_testkit::{DAY_MS, START_MS, Story, decision, once, report};

use super::{fail_every_write, note};
use crate::leaks::{everything, holds};
use crate::{TWO, pen};

const COURSE: &[&str] = &[
    "assessed",
    "adopted",
    "sync",
    "a subject",
    "charged",
    "sync",
    "cleared",
    "outcome",
    "sync",
    "the pen is passed",
    "sync",
    "the pen is taken",
    "sync",
    "investigation",
    "sync",
    "a member leaves",
    "a party leaves",
    "sync",
    "written after",
    "sync",
    "it comes back",
    "sync",
    "older notes",
    "sync",
];
const OFFICER: (&str, &str) = ("agency", "officer");
const THEIRS: (&str, &str) = ("bureau", "officer");
const NAME: &str = "Bob Canary";

async fn stage(story: &mut Story, who: (&str, &str), to: Stage) -> Result<()> {
    note(story, who, &format!("stage-{to}"), async |story, node, who| {
        node.stage_case(who, story.case(), to, None).await
    })
    .await?;
    Ok(())
}

async fn standing(story: &mut Story, status: SubjectStanding) -> Result<()> {
    let said = SubjectStatus {
        subject: story.noted("subject"),
        status,
        reason: "the prosecutor decided".into(),
        prosecutor: None,
        proceedings: None,
    };
    let draft = Draft {
        note: NewNote::new(said)?,
        ..report("where S-1 stands", "", Tlp::Amber)
    };
    let key = format!("standing-{status}");
    story.publish(&key, "agency", "investigator", &draft).await?;
    Ok(())
}

async fn course(story: &mut Story, name: &str) -> Result<()> {
    match name {
        "assessed" => stage(story, OFFICER, Stage::Assessed).await?,
        "adopted" => stage(story, OFFICER, Stage::Adopted).await?,
        "investigation" => stage(story, THEIRS, Stage::Investigation).await?,
        "a subject" => {
            let recorded = SubjectRecorded {
                reference: "S-1".into(),
                name: Some(NAME.into()),
                aliases: vec!["b0b-canary".into()],
                identifiers: Vec::new(),
                countries: Vec::new(),
                text: "pays for the panel".into(),
            };
            let draft = Draft {
                note: NewNote::new(recorded)?,
                ..report("S-1", "", Tlp::Amber)
            };
            story.publish("subject", "agency", "investigator", &draft).await?;
        }
        "charged" => standing(story, SubjectStanding::Charged).await?,
        "cleared" => {
            standing(story, SubjectStanding::Cleared).await?;
            let (node, who) = story.at("agency", "investigator");
            let subjects = serde_json::to_string(&node.subjects(who, story.case()).await?);
            let subjects = subjects.expect("views serialise");
            assert!(subjects.contains("S-1") && !subjects.contains(NAME), "{subjects}");
        }
        "outcome" => {
            let said = OutcomeRecorded {
                outcome: OutcomeKind::Disrupted,
                subject: None,
                authority: None,
                text: "the panel is gone".into(),
            };
            let draft = Draft {
                note: NewNote::new(said)?,
                ..report("what became of it", "", Tlp::Amber)
            };
            story.publish("outcome", "agency", "officer", &draft).await?;
        }
        "the pen is passed" => {
            note(story, OFFICER, "passed", async |story, node, who| {
                let bureau = story.org("bureau");
                let to = bureau.who("officer").person;
                node.pass_pen(who, story.case(), &bureau.name, to).await
            })
            .await?;
        }
        "the pen is taken" => {
            note(story, THEIRS, "taken", async |story, node, who| {
                node.take_pen(who, story.case(), story.noted("passed")).await
            })
            .await?;
        }
        "a member leaves" => {
            note(story, ("agency", "approver"), "left", async |story, node, who| {
                let person = story.org("agency").who("investigator").person;
                node.remove_member(who, story.case(), person).await
            })
            .await?;
        }
        "a party leaves" => {
            // What it acknowledged it can no longer show.
            story.facts.acknowledged.retain(|(org, _)| org != "isp");
            note(story, OFFICER, "removed", async |story, node, who| {
                let isp = &story.org("isp").name;
                node.remove_party(who, story.case(), isp, "it leaves").await
            })
            .await?;
        }
        "written after" => {
            let draft = decision("after-canary", "what it may not read yet", Tlp::Amber);
            story.publish("after", "agency", "officer", &draft).await?;
        }
        "it comes back" => {
            note(story, OFFICER, "back", async |story, node, who| {
                let isp = &story.org("isp").name;
                node.add_party(who, story.case(), isp, None).await
            })
            .await?;
        }
        "older notes" => {
            let (node, who) = story.at(OFFICER.0, OFFICER.1);
            let isp = &story.org("isp").name;
            let give = GiveOlder {
                notes: vec![story.noted("after")],
            };
            let give = node.give_older(who, story.case(), isp, &give);
            let given: Vec<GivenNote> = once(node, who, "older", give).await?;
            assert!(given[0].decided.is_yes(), "{given:?}");
        }
        other => panic!("there is no step {other}"),
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_a_case_s_course_may_fail() {
    let before = &COURSE[..COURSE.iter().position(|name| *name == "it comes back").unwrap()];
    let mut short = pen::two_agencies(7_089).await;
    for name in before {
        match *name {
            "sync" => short.sync().await.unwrap(),
            name => course(&mut short, name).await.unwrap(),
        }
    }
    let got = everything(&short, "isp", "agency").await;
    assert!(!holds(&got, "after-canary"), "it was off the case");
    drop(short);

    let (story, writes) = fail_every_write(7_090, pen::two_agencies, COURSE, course).await;
    assert!(writes >= 50, "{writes} writes failed");
    let got = everything(&story, "isp", "agency").await;
    assert!(holds(&got, "after-canary"), "it was given");
    let (node, who) = story.at("isp", "approver");
    let view = node.team(who, story.case()).await.unwrap();
    let pen = view.pen.expect("somebody holds it");
    assert_eq!(pen.0.as_str(), "bureau");
}

const KEPT: &[&str] = &["written by both", "sync", "its time is over", "sync"];

/// A case under an agreement that keeps everything for 30 days.
async fn thirty_days(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    let parties = ["agency", "isp"];
    let (toml, cedar) = story.draft_agreement(Template::AgencyIsp, &parties).unwrap();
    let toml = toml.replace("default_days = 365", "default_days = 30");
    story.agree_on(&toml, &cedar, &parties).await.unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.sync().await.unwrap();
    story
}

async fn kept(story: &mut Story, name: &str) -> Result<()> {
    match name {
        "written by both" => {
            for (org, sign_in) in [("agency", "investigator"), ("isp", "approver")] {
                let draft = decision(&format!("of {org}"), "for thirty days", Tlp::Amber);
                story.publish(org, org, sign_in, &draft).await?;
            }
        }
        "its time is over" => {
            // Never back: a node refuses what was signed before its start.
            if story.world.now_ms() < START_MS + 40 * DAY_MS {
                story.world.set_clock(START_MS + 40 * DAY_MS);
            }
            for org in ["agency", "isp"] {
                let node = story.org(org).node();
                node.destroy_what_is_over().await?;
                assert_eq!(node.destroy_what_is_over().await?, 0, "once");
            }
        }
        other => panic!("there is no step {other}"),
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_a_destruction_may_fail() {
    let (story, writes) = fail_every_write(7_100, thirty_days, KEPT, kept).await;
    assert!(writes >= 6, "{writes} writes failed");
    for (org, other) in [("agency", "isp"), ("isp", "agency")] {
        let (node, who) = story.at(org, "auditor");
        let state = node.control_state(who, story.case()).await.unwrap();
        let said = state.destructions(story.noted(other)).count();
        assert_eq!(said, 1, "{org} destroyed its copy and said so once");
        let (node, who) = story.at(org, "approver");
        let view = node.case(who, story.case()).await.unwrap();
        let titles: Vec<&str> = view.timeline.iter().map(|item| item.title.as_str()).collect();
        assert!(!titles.contains(&format!("of {other}").as_str()), "{titles:?}");
    }
}

const THREAT: &[&str] = &[
    "watched",
    "staffed and noted",
    "assessed",
    "dropped",
    "watched again",
    "opened",
    "sync",
];

fn threat() -> NewThreat {
    NewThreat {
        name: "Secret Heron".into(),
        what: "a panel that rents out loaders".into(),
        values: vec![Indicator::of("watched-canary.example")],
        assessment: Some(Assessment {
            impact: Level::High,
            likelihood: Level::Medium,
            confidence: Level::Low,
        }),
        ..NewThreat::default()
    }
}

async fn threats(story: &mut Story, name: &str) -> Result<()> {
    let (node, who) = story.at("agency", "officer");
    let id = || story.word("threat");
    match name {
        "watched" => {
            let made: String = once(node, who, "threat", node.new_threat(who, &threat())).await?;
            story.facts.words.insert("threat".into(), made);
        }
        "staffed and noted" => {
            let join = ThreatPerson {
                person: story.org("agency").who("investigator").person,
                remove: false,
            };
            once(node, who, "staff", node.staff_threat(who, id(), &join)).await?;
            once(
                node,
                who,
                "note-threat",
                node.note_threat(who, id(), "the panel moved"),
            )
            .await?;
            let view = node.threat(who, id()).await?;
            assert_eq!(view.notes.len(), 1, "noted once");
        }
        "assessed" => once(node, who, "assess", node.assess_threat(who, id())).await?,
        "dropped" => once(node, who, "drop", node.drop_threat(who, id(), "it is gone")).await?,
        "watched again" => once(node, who, "resume", node.resume_threat(who, id())).await?,
        "opened" => {
            let new = NewCase {
                agreement: story.agreement(),
                operation: "Operation Lark".into(),
                reference: "K-1".into(),
                purpose: "cybercrime-investigation".into(),
                parties: vec![story.org("isp").name.clone()],
            };
            let open = node.open_case_from_threat(who, id(), &new);
            let case: SpaceId = once(node, who, "open-threat", open).await?;
            let view = node.threat(who, id()).await?;
            assert_eq!(view.summary.status, ThreatStatus::Opened);
            assert_eq!(view.opened_as.map(|opened| opened.id), Some(case));
        }
        other => panic!("there is no step {other}"),
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_a_threat_may_fail() {
    let begin = async |seed| {
        let mut story = Story::begin(seed, TWO).await;
        story
            .agree(Template::AgencyIsp, &["agency", "isp"])
            .await
            .unwrap();
        story
    };
    let (story, writes) = fail_every_write(7_110, begin, THREAT, threats).await;
    assert!(writes >= 8, "{writes} writes failed");
    let (node, who) = story.at("agency", "officer");
    assert_eq!(node.threats(who).await.unwrap().len(), 1, "watched once");
    assert_eq!(node.cases(who).await.unwrap().len(), 1, "opened once");
    let got = everything(&story, "isp", "agency").await;
    assert!(holds(&got, "Operation Lark"));
    for canary in ["Secret Heron", "watched-canary", "the panel moved"] {
        assert!(!holds(&got, canary), "{canary} left");
    }
}
