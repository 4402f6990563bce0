//! Every request that is no hunt, the authority by word of mouth, and guests.

use accord_model::agreement::templates::Template;
use accord_model::content::{
    Admiralty, Connection, Credibility, ExpertiseQuestion, Grading, GuestAddressee, PreservationQuestion,
    Reliability, ReportPublished, RequestWhat, SubscriberAnswer, SubscriberFound, SubscriberQuestion,
    TakedownQuestion,
};
use accord_model::{Category, Tlp};
use accord_service::{
    AnswerOutcome, Decided, Draft, GuestAnswer, GuestKind, GuestLinkView, NewInstrument, NewNote, NewOral,
    NewRequest, OralConfirmation, PoolWord, RequestAnswer, Result,
};
use accord_testkit::{DAY_MS, START_MS, Story, once, report};

use super::{fail_every_write, note};
use crate::TWO;
use crate::leaks::{everything, holds};

const ASKING: &[&str] = &[
    "a warrant",
    "four questions",
    "sync",
    "the experts take theirs",
    "four answers",
    "sync",
    "by word of mouth",
    "a question that rests on it",
    "sync",
    "its answer",
    "confirmed in writing",
    "sync",
    "asked and taken back",
    "sync",
];
const OFFICER: (&str, &str) = ("agency", "officer");
const INVESTIGATOR: (&str, &str) = ("agency", "investigator");
const EXPERT: (&str, &str) = ("isp", "researcher");
const HOLDER: (&str, &str) = ("isp", "approver");
/// What the questions ask: the same in every run.
const ASKED_MS: u64 = START_MS - 3_600_000;
const KEEP_UNTIL_MS: u64 = START_MS + 40 * DAY_MS;

async fn begin(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.more_people().await.unwrap();
    story.sync().await.unwrap();
    story
}

fn request(story: &Story, what: RequestWhat, reference: &str) -> NewRequest {
    let to = story.org("isp").name.clone();
    NewRequest::new(to, what, reference, "a family of loaders calls home")
}

fn connection() -> Connection {
    Connection {
        address: "192.0.2.7".into(),
        port: Some(4000),
        transport: None,
        at_ms: ASKED_MS,
    }
}

fn subscriber(story: &Story, reference: &str) -> NewRequest {
    NewRequest {
        subscriber: Some(SubscriberQuestion {
            connections: vec![connection()],
        }),
        ..request(story, RequestWhat::SubscriberData, reference)
    }
}

fn nobody() -> RequestAnswer {
    RequestAnswer::Subscribers {
        answers: vec![SubscriberAnswer {
            connection: connection(),
            found: SubscriberFound::NoRecord,
            subscriber: None,
        }],
        acquisition: "address table of the access network; clock within one second".into(),
        left_out: None,
    }
}

/// The investigator asks; the note is remembered under the request's reference.
async fn ask(story: &mut Story, new: &NewRequest) -> Result<()> {
    note(story, INVESTIGATOR, &new.reference, async |story, node, who| {
        Ok(node.ask_partner(who, story.case(), new).await?.at)
    })
    .await?;
    Ok(())
}

/// The provider's approver answers what was asked under a reference.
async fn answer(story: &mut Story, reference: &str, said: &RequestAnswer) -> Result<()> {
    let (node, who) = story.at(HOLDER.0, HOLDER.1);
    let answered = node.answer_request(who, story.noted(reference), said);
    let outcome: AnswerOutcome = once(node, who, &format!("answer-{reference}"), answered).await?;
    let answer = outcome.answer.expect("nobody else has to agree");
    story.acknowledge("isp", outcome.decision);
    story.acknowledge("isp", answer);
    Ok(())
}

async fn questions(story: &mut Story) -> Result<()> {
    let expertise = NewRequest {
        expertise: Some(ExpertiseQuestion {
            pool: "malware".into(),
            about: Vec::new(),
        }),
        ..request(story, RequestWhat::Expertise, "X-1")
    };
    let subscriber = NewRequest {
        instrument: Some(story.noted("warrant")),
        ..subscriber(story, "S-1")
    };
    let preservation = NewRequest {
        preservation: Some(PreservationQuestion {
            values: vec!["account C-17".into()],
            from_ms: ASKED_MS - DAY_MS,
            to_ms: ASKED_MS,
            keep_until_ms: KEEP_UNTIL_MS,
        }),
        ..request(story, RequestWhat::Preservation, "P-1")
    };
    let takedown = NewRequest {
        takedown: Some(TakedownQuestion {
            values: vec!["evil.example".into()],
            ground: "it answers for the loader".into(),
            targets: Vec::new(),
        }),
        ..request(story, RequestWhat::Takedown, "T-1")
    };
    for new in [expertise, subscriber, preservation, takedown] {
        ask(story, &new).await?;
    }
    Ok(())
}

async fn experts(story: &mut Story) -> Result<()> {
    note(story, EXPERT, "pool", async |story, node, who| {
        let word = PoolWord {
            accepted: true,
            words: "by Friday".into(),
        };
        Ok(node.take_expertise(who, story.noted("X-1"), &word).await?.at)
    })
    .await?;
    let graded = ReportPublished {
        grading: Some(Grading {
            three_five_two: None,
            admiralty: Some(Admiralty {
                reliability: Reliability::Usually,
                credibility: Credibility::Probable,
            }),
        }),
        ..ReportPublished::plain("it unpacks itself")
    };
    let draft = Draft {
        note: NewNote::new(graded)?,
        ..report("the loader", "", Tlp::Amber)
    };
    story.publish("report", "isp", "researcher", &draft).await?;
    Ok(())
}

async fn answers(story: &mut Story) -> Result<()> {
    let words = RequestAnswer::Words {
        words: "see the report".into(),
        grading: None,
        report: Some(story.noted("report")),
        left_out: None,
    };
    let kept = RequestAnswer::Kept {
        until_ms: KEEP_UNTIL_MS,
        words: "mailbox and access log".into(),
        hold: Vec::new(),
        left_out: None,
    };
    let gone = RequestAnswer::Takedown {
        done: true,
        words: "it answers no more".into(),
        left_out: None,
    };
    for (reference, said) in [("X-1", words), ("S-1", nobody()), ("P-1", kept), ("T-1", gone)] {
        answer(story, reference, &said).await?;
    }
    Ok(())
}

async fn asking(story: &mut Story, name: &str) -> Result<()> {
    match name {
        "a warrant" => {
            note(story, OFFICER, "warrant", async |story, node, who| {
                let new = NewInstrument {
                    reference: "W-2".into(),
                    authority: "District Court".into(),
                    power: "Act 7, section 12".into(),
                    categories: vec![Category::SubscriberData],
                    scope: "who held what".into(),
                    addressee: story.org("isp").name.clone(),
                    from_ms: START_MS,
                    to_ms: START_MS + 30 * DAY_MS,
                };
                node.record_instrument(who, story.case(), &new).await
            })
            .await?;
        }
        "four questions" => questions(story).await?,
        "the experts take theirs" => experts(story).await?,
        "four answers" => answers(story).await?,
        "by word of mouth" => {
            note(story, OFFICER, "oral", async |story, node, who| {
                let new = NewOral {
                    ground: "threat-to-life".into(),
                    act: "ask who held the address; a child is missing".into(),
                    category: Category::SubscriberData,
                    addressee: story.org("isp").name.clone(),
                    authority: "Judge Example, by telephone".into(),
                    power: "Act 7, section 9".into(),
                    request: None,
                };
                node.record_oral(who, story.case(), &new).await
            })
            .await?;
        }
        "a question that rests on it" => {
            let new = NewRequest {
                oral: Some(story.noted("oral")),
                ..subscriber(story, "S-2")
            };
            ask(story, &new).await?;
        }
        "its answer" => answer(story, "S-2", &nobody()).await?,
        "confirmed in writing" => {
            note(story, OFFICER, "confirmed", async |story, node, who| {
                let confirmation = OralConfirmation {
                    oral: story.noted("oral"),
                    reference: "PO-9".into(),
                    authority: "District Court".into(),
                    instrument: None,
                };
                node.confirm_oral(who, story.case(), &confirmation).await
            })
            .await?;
        }
        "asked and taken back" => {
            let new = request(story, RequestWhat::Information, "I-1");
            ask(story, &new).await?;
            note(story, INVESTIGATOR, "withdrawn", async |story, node, who| {
                let at = story.noted("I-1");
                Ok(node.withdraw_request(who, at, "found by ourselves").await?.at)
            })
            .await?;
        }
        other => panic!("there is no step {other}"),
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_a_question_and_its_answer_may_fail() {
    let (story, writes) = fail_every_write(7_040, begin, ASKING, asking).await;
    assert!(writes >= 40, "{writes} writes failed");
    let (node, who) = story.at("agency", "investigator");
    let view = node.case(who, story.case()).await.unwrap();
    let states: Vec<_> = view
        .requests
        .iter()
        .map(|one| (one.reference.as_str(), one.state))
        .collect();
    for expected in [
        ("X-1", "given"),
        ("S-1", "given"),
        ("P-1", "given"),
        ("T-1", "given"),
        ("S-2", "given"),
        ("I-1", "withdrawn"),
    ] {
        assert!(states.contains(&expected), "{states:?}");
    }
}

const GUEST: &[&str] = &[
    "a shop is asked",
    "let go",
    "its link",
    "its answer",
    "sent",
    "received",
    "another link, ended",
    "sync",
];
const LOG: &[u8] = b"till 1 evil.example\r\ntill 2 evil.example";

fn of_a_shop(reference: &str) -> NewRequest {
    NewRequest {
        guest: Some(Box::new(GuestAddressee {
            organisation: "Corner Shop Ltd".into(),
            contact: "the manager".into(),
            officer: "Ada Officer".into(),
            then: "It is kept as an exhibit.".into(),
            authority: None,
        })),
        ..NewRequest::new(
            "shop.example".parse().expect("a name"),
            RequestWhat::Information,
            reference,
            "the till called a name that we look for",
        )
    }
}

/// The shop is asked, and a case officer lets it go.
pub async fn ask_shop(story: &mut Story, reference: &str) -> Result<()> {
    let (node, who) = story.at(INVESTIGATOR.0, INVESTIGATOR.1);
    let new = of_a_shop(reference);
    let ask = node.ask_guest(who, story.case(), &new);
    let link: GuestLinkView = once(node, who, reference, ask).await?;
    story.remember(reference, "agency", link.request);
    story.facts.words.insert(reference.to_owned(), link.id);
    Ok(())
}

async fn let_go(story: &Story, reference: &str) -> Result<()> {
    let (node, who) = story.at(OFFICER.0, OFFICER.1);
    let decide = node.decide_guest(who, story.word(reference), true);
    let _: Decided = once(node, who, &format!("let-{reference}"), decide).await?;
    Ok(())
}

/// Made again where it is not known whether it was made: its secret is told once.
async fn link(story: &mut Story, reference: &str) -> Result<()> {
    let (node, who) = story.at(INVESTIGATOR.0, INVESTIGATOR.1);
    let made = node
        .make_guest_link(who, story.word(reference), None, None)
        .await?;
    story.facts.words.insert(format!("token-{reference}"), made.token);
    Ok(())
}

async fn guest(story: &mut Story, name: &str) -> Result<()> {
    match name {
        "a shop is asked" => ask_shop(story, "G-1").await?,
        "let go" => let_go(story, "G-1").await?,
        "its link" => link(story, "G-1").await?,
        "its answer" => {
            let node = story.org("agency").node();
            let token = story.word("token-G-1");
            node.guest_opens(token).await?;
            node.guest_uploads(token, "conn.log", LOG).await?;
            let said = GuestAnswer {
                subscribers: None,
                kind: GuestKind::Answer,
                words: "two tills".into(),
            };
            let draft = node.guest_writes(token, &said).await?;
            assert_eq!(draft.files.len(), 1, "the same bytes are one file");
            story.facts.words.insert("draft".into(), draft.commitment);
        }
        "sent" => {
            let node = story.org("agency").node();
            let receipt = node
                .guest_sends(story.word("token-G-1"), story.word("draft"))
                .await?;
            assert_eq!(receipt.files.len(), 1);
            story.remember("exhibit", "agency", receipt.notes[0]);
            story.remember("word", "agency", receipt.notes[1]);
        }
        "received" => {
            note(story, INVESTIGATOR, "received", async |story, node, who| {
                let (at, report) = node.receive_exhibit(who, story.noted("exhibit")).await?;
                assert!(report.is_verified(), "{:?}", report.failures());
                Ok(at)
            })
            .await?;
        }
        "another link, ended" => {
            ask_shop(story, "G-2").await?;
            let_go(story, "G-2").await?;
            if !story.facts.words.contains_key("token-G-2") {
                link(story, "G-2").await?;
            }
            let (node, who) = story.at(INVESTIGATOR.0, INVESTIGATOR.1);
            let revoke = node.revoke_guest_link(who, story.word("G-2"));
            once(node, who, "revoke", revoke).await?;
        }
        other => panic!("there is no step {other}"),
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_a_guest_may_fail() {
    let (story, writes) = fail_every_write(7_050, begin, GUEST, guest).await;
    assert!(writes >= 10, "{writes} writes failed");
    let got = everything(&story, "isp", "agency").await;
    for canary in ["shop.example", "Corner Shop", "two tills", "till 1"] {
        assert!(!holds(&got, canary), "{canary} left to a partner");
    }
    let node = story.org("agency").node();
    let ended = node.guest_opens(story.word("token-G-2")).await;
    assert!(ended.is_err(), "nothing is shown behind a link that was ended");
}
