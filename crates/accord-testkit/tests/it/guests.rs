//! A business without a node is asked through a link, and answers.

use std::collections::BTreeSet;

use accord_model::agreement::templates::Template;
use accord_model::content::{
    Connection, GuestAddressee, GuestAuthority, HuntQuestion, PreservationQuestion, RequestWhat, Subscriber,
    SubscriberAnswer, SubscriberFound, SubscriberQuestion,
};
use accord_model::{EntryRef, LedgerId, PersonId, Role, Tlp};
use accord_service::{
    FILES_MAX, GUEST_FILE_MAX_BYTES, GUEST_WORDS_MAX_CHARS, GuestAnswer, GuestKind, GuestLinkView,
    GuestSubscribers, NewRequest, OPENED_A_MINUTE_MAX, RECEIPT_KEPT_MS, ServiceError, Todo,
};
use accord_testkit::{DAY_MS, Story};

use crate::{TWO, clean, denied, same_fold};

/// A case whose officer did not ask.
async fn begun(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story
}

fn guest() -> GuestAddressee {
    GuestAddressee {
        organisation: "Corner Shop Ltd".into(),
        contact: "the manager".into(),
        officer: "Ada Officer".into(),
        then: "It is kept as an exhibit.".into(),
        authority: None,
    }
}

fn information() -> NewRequest {
    let to = "shop.example".parse().unwrap();
    let why = "the till called a name that we look for";
    NewRequest {
        guest: Some(Box::new(guest())),
        ..NewRequest::new(to, RequestWhat::Information, "G-1", why)
    }
}

fn hunt(story: &Story) -> NewRequest {
    let now = story.world.now_ms();
    NewRequest {
        what: RequestWhat::Hunt,
        reference: "G-2".into(),
        guest: Some(Box::new(GuestAddressee {
            authority: Some(GuestAuthority {
                reference: "W-9".into(),
                authority: "District Court".into(),
                power: "Act 7, section 12".into(),
                scope: "lines of the till".into(),
                from_ms: now - 1,
                to_ms: now + 3 * DAY_MS,
            }),
            ..guest()
        })),
        hunt: Some(HuntQuestion {
            indicators: vec!["EVIL.example.".into()],
            from_ms: now - DAY_MS,
            to_ms: now,
            sources: Vec::new(),
            note: None,
        }),
        ..information()
    }
}

async fn asked(story: &Story, new: &NewRequest) -> accord_service::Result<GuestLinkView> {
    let (node, who) = story.at("agency", "investigator");
    node.ask_guest(who, story.case(), new).await
}

/// Asked, approved, and the link made: its id and its secret.
async fn link(story: &Story, new: &NewRequest) -> (String, String) {
    let link = asked(story, new).await.unwrap();
    let (node, officer) = story.at("agency", "officer");
    node.decide_guest(officer, &link.id, true).await.unwrap();
    let (node, investigator) = story.at("agency", "investigator");
    let made = node
        .make_guest_link(investigator, &link.id, None, None)
        .await
        .unwrap();
    assert!(made.address.ends_with(&format!("/r/{}", made.token)));
    (link.id, made.token)
}

/// A link as the investigator sees it.
async fn view(story: &Story, id: &str) -> GuestLinkView {
    let (node, who) = story.at("agency", "investigator");
    let links = node.guest_links(who, story.case()).await.unwrap();
    links.into_iter().find(|link| link.id == id).expect("the link")
}

fn nothing<T: std::fmt::Debug>(outcome: accord_service::Result<T>) {
    match outcome {
        Err(ServiceError::NotFound("page")) => {}
        other => panic!("more than nothing: {other:?}"),
    }
}

fn invalid<T: std::fmt::Debug>(outcome: accord_service::Result<T>) -> String {
    match outcome {
        Err(ServiceError::Invalid { message, .. }) => message,
        other => panic!("taken: {other:?}"),
    }
}

fn words(words: &str) -> GuestAnswer {
    GuestAnswer {
        kind: GuestKind::Answer,
        words: words.into(),
        subscribers: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_awaited_once_there_is_a_link() {
    let story = begun(98).await;
    let due_ms = Some(story.world.now_ms() + 2 * DAY_MS);
    let new = NewRequest {
        due_ms,
        ..hunt(&story)
    };
    let awaits = async || {
        let (node, who) = story.at("agency", "investigator");
        let inbox = node.inbox(who).await.unwrap();
        let mut todos = inbox.iter().map(|item| &item.todo);
        todos.any(|todo| matches!(todo, Todo::AwaitAnswer { .. }))
    };
    let link = asked(&story, &new).await.unwrap();
    assert!(!awaits().await, "it was not let go yet");
    let (node, officer) = story.at("agency", "officer");
    node.decide_guest(officer, &link.id, true).await.unwrap();
    assert!(!awaits().await, "nobody has the link yet");
    let (node, investigator) = story.at("agency", "investigator");
    node.make_guest_link(investigator, &link.id, None, None)
        .await
        .unwrap();
    assert!(awaits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_approved_answered_received_and_no_byte_to_a_partner() {
    let mut story = begun(91).await;
    let new = hunt(&story);
    let waiting = asked(&story, &new).await.unwrap();
    assert_eq!(waiting.state, "waits-for-approval");
    let agency = story.org("agency").node().clone();
    let (_, investigator) = story.at("agency", "investigator");
    let (_, officer) = story.at("agency", "officer");
    // Nothing leaves before somebody else has approved it.
    let early = agency
        .make_guest_link(investigator, &waiting.id, None, None)
        .await;
    assert!(matches!(early, Err(ServiceError::Conflict(_))), "{early:?}");
    denied(agency.decide_guest(investigator, &waiting.id, true).await);
    let inbox = agency.inbox(officer).await.unwrap();
    assert!(
        inbox
            .iter()
            .any(|item| matches!(item.todo, Todo::GuestLink { .. }))
    );
    let decided = agency.decide_guest(officer, &waiting.id, true).await.unwrap();
    assert_eq!(decided.clause, "guest");
    assert_eq!(decided.approved_by, [officer.person]);
    let again = agency.decide_guest(officer, &waiting.id, false).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))));
    let made = agency
        .make_guest_link(investigator, &waiting.id, Some(14), None)
        .await
        .unwrap();
    let authority = new.guest.as_ref().unwrap().authority.as_ref().unwrap();
    assert_eq!(made.expires_ms, authority.to_ms, "not beyond the authority");

    // What the guest reads is the request, and nothing of the case.
    let sees = agency.guest_opens(&made.token).await.unwrap();
    assert_eq!(sees.request.hunt.as_ref().unwrap().indicators, ["evil.example"]);
    let shown = serde_json::to_string(&sees).unwrap();
    for secret in ["Heron", "isp", &story.case().to_string()] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }

    // Two files and words; what will be sent is shown first, and bound.
    let log = b"till 1 evil.example\r\ntill 2 evil.example";
    agency
        .guest_uploads(&made.token, "../../conn.log", log)
        .await
        .unwrap();
    agency
        .guest_uploads(&made.token, "conn.log", b"PK\0\x01")
        .await
        .unwrap();
    let same = agency.guest_uploads(&made.token, "again.log", log).await.unwrap();
    assert_eq!(same.files.len(), 2, "the same bytes are one file");
    let first = agency.guest_draft(&made.token).await.unwrap().draft;
    let draft = agency
        .guest_writes(&made.token, &words("two tills"))
        .await
        .unwrap();
    assert_eq!(draft.files[0].name, "conn.log");
    assert_eq!(draft.files[1].name, "2-conn.log");
    let changed = agency.guest_sends(&made.token, &first.commitment).await;
    assert!(matches!(changed, Err(ServiceError::Conflict(_))));
    let receipt = agency.guest_sends(&made.token, &draft.commitment).await.unwrap();
    assert_eq!(receipt.files.len(), 2);
    assert!(receipt.text.contains(&receipt.files[0].sha256));
    assert_eq!(
        agency.guest_sends(&made.token, &draft.commitment).await.unwrap(),
        receipt,
        "sent again, the same receipt"
    );
    // The signature under the receipt is the agency's evidence key's.
    let note = accord_ledger::note::Note::parse(receipt.text.as_bytes()).unwrap();
    let certificate = accord_ledger::note::Note::parse(receipt.certificate.as_bytes()).unwrap();
    let certificate = accord_ledger::certificate::Certificate::parse(certificate.text()).unwrap();
    let keys: Vec<_> = certificate
        .keys_for(accord_ledger::certificate::Purpose::Evidence)
        .cloned()
        .collect();
    note.verify(&keys).unwrap();

    // From then on only the receipt; nothing more is taken.
    let sees = agency.guest_opens(&made.token).await.unwrap();
    assert_eq!(sees.receipt.as_ref(), Some(&receipt));
    assert!(sees.request.hunt.is_none());
    let late = agency.guest_uploads(&made.token, "late.log", b"x").await;
    assert!(matches!(late, Err(ServiceError::Conflict(_))));
    let late = agency.revoke_guest_link(investigator, &waiting.id).await;
    assert!(matches!(late, Err(ServiceError::Conflict(_))));

    // The case holds it on behalf of the shop, as an exhibit that is verified and received.
    let view = agency.case(investigator, story.case()).await.unwrap();
    let request = view
        .requests
        .iter()
        .find(|one| one.at == waiting.request)
        .unwrap();
    assert_eq!(request.state, "given");
    assert_eq!(request.answer.as_deref(), Some("2 files. two tills"));
    let exhibit = view
        .exhibits
        .iter()
        .find(|one| one.at == receipt.notes[0])
        .unwrap();
    assert_eq!(exhibit.from.as_str(), "shop.example");
    assert_eq!(exhibit.sources, ["answer.txt", "conn.log", "2-conn.log"]);
    let inbox = agency.inbox(investigator).await.unwrap();
    assert!(
        inbox
            .iter()
            .any(|item| matches!(item.todo, Todo::ReceiveExhibit { .. })
                && item.title.contains("shop.example"))
    );
    let (_, report) = agency.receive_exhibit(investigator, exhibit.at).await.unwrap();
    assert!(report.is_verified(), "{:?}", report.failures());
    let (_, zip) = agency.download_exhibit(investigator, exhibit.at).await.unwrap();
    let files = accord_evidence::read_zip(&zip).unwrap();
    assert_eq!(files["data/original/SOURCE-2.log"], log, "byte by byte");
    let record = String::from_utf8(files["data/acquisition.json"].clone()).unwrap();
    assert!(record.contains("exactly what was uploaded") && record.contains("Corner Shop Ltd"));
    let view = agency.case(investigator, story.case()).await.unwrap();
    let exhibit = view
        .exhibits
        .iter()
        .find(|one| one.at == receipt.notes[0])
        .unwrap();
    assert_eq!((exhibit.state, exhibit.custody.len()), ("received", 1));
    assert_eq!(exhibit.custody[0].from.as_str(), "shop.example");

    // The provider on the case learns nothing of it: not the shop, not what was asked.
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let seen = serde_json::to_string(&isp.case(approver, story.case()).await.unwrap()).unwrap();
    for secret in ["shop.example", "Corner", "evil.example", "two tills"] {
        assert!(!seen.contains(secret), "{secret} at the provider");
    }
    same_fold(&story).await;
    // Nobody else may hold the folder while it is checked.
    drop(agency);
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_go_to_somebody_without_a_node() {
    let mut story = begun(92).await;
    let try_it = async |new: NewRequest| denied(asked(&story, &new).await).rule;
    let words = try_it(NewRequest {
        to: "isp".parse().unwrap(),
        ..information()
    })
    .await;
    assert!(words.contains("node of its own"), "{words}");
    let words = try_it(NewRequest {
        marking: Tlp::AmberStrict,
        ..information()
    })
    .await;
    assert!(words.contains("TLP:AMBER"), "{words}");
    let bare = NewRequest {
        guest: Some(Box::new(guest())),
        ..hunt(&story)
    };
    assert!(try_it(bare).await.contains("authority"), "a hunt without one");
    let mut over = hunt(&story);
    over.guest.as_mut().unwrap().authority.as_mut().unwrap().to_ms = story.world.now_ms();
    assert!(try_it(over).await.contains("expired"));
    let expertise = NewRequest {
        what: RequestWhat::Expertise,
        ..information()
    };
    invalid(asked(&story, &expertise).await);
    // It is a guest's, and rests on nothing of the case.
    let nobody = NewRequest {
        guest: None,
        ..information()
    };
    invalid(asked(&story, &nobody).await);
    let rests = NewRequest {
        instrument: Some(EntryRef {
            ledger: LedgerId([7; 16]),
            seq: 0,
        }),
        ..information()
    };
    invalid(asked(&story, &rests).await);
    // And a partner is asked at its node.
    let (node, investigator) = story.at("agency", "investigator");
    let partner = NewRequest {
        to: story.org("isp").name.clone(),
        ..information()
    };
    invalid(node.ask_partner(investigator, story.case(), &partner).await);
    let long = |length: usize| NewRequest {
        reference: "G".repeat(length),
        ..information()
    };
    invalid(asked(&story, &long(65)).await);
    asked(&story, &long(64)).await.unwrap();
    // Without the question of its kind it is no request.
    let kept = NewRequest {
        what: RequestWhat::Preservation,
        ..information()
    };
    invalid(asked(&story, &kept).await);
    let past = NewRequest {
        what: RequestWhat::Preservation,
        preservation: Some(PreservationQuestion {
            values: vec!["till".into()],
            from_ms: 1,
            to_ms: 2,
            keep_until_ms: 3,
        }),
        ..information()
    };
    invalid(asked(&story, &past).await);

    // Four eyes: the officer who asks is not the one who lets it go; another is.
    let (node, officer) = story.at("agency", "officer");
    let own = node
        .ask_guest(officer, story.case(), &information())
        .await
        .unwrap();
    denied(node.decide_guest(officer, &own.id, true).await);
    story
        .org_mut("agency")
        .add_person("second", &[Role::CaseOfficer])
        .await
        .unwrap();
    let (node, second) = story.at("agency", "second");
    let hidden = node.decide_guest(second, &own.id, true).await;
    assert!(
        matches!(hidden, Err(ServiceError::NotFound("link"))),
        "not on the case"
    );
    let (node, approver) = story.at("agency", "approver");
    let roles: BTreeSet<Role> = [Role::CaseOfficer].into();
    let person: PersonId = second.person;
    node.add_member(approver, story.case(), person, &roles, None)
        .await
        .unwrap();
    assert!(node.decide_guest(second, &own.id, false).await.unwrap().answer == "no");
    let refused = node.make_guest_link(second, &own.id, None, None).await;
    assert!(matches!(refused, Err(ServiceError::Conflict(_))));
    // A provider asks nobody without a node.
    let (isp, approver) = story.at("isp", "approver");
    denied(isp.ask_guest(approver, story.case(), &information()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_over_shows_nothing() {
    let story = begun(93).await;
    let (node, investigator) = story.at("agency", "investigator");
    nothing(node.guest_opens(&"0".repeat(64)).await);
    nothing(node.guest_opens("").await);
    nothing(node.guest_uploads("x", "a", b"a").await);
    nothing(node.guest_sends("x", "a").await);

    // Revoked, and what was uploaded is dropped.
    let (id, token) = link(&story, &information()).await;
    node.guest_uploads(&token, "a.log", b"a").await.unwrap();
    node.revoke_guest_link(investigator, &id).await.unwrap();
    nothing(node.guest_opens(&token).await);
    nothing(node.guest_sends(&token, "a").await);
    // Made again, the one before is gone.
    let (id, token) = link(&story, &information()).await;
    let second = node
        .make_guest_link(investigator, &id, Some(1), Some(2))
        .await
        .unwrap();
    nothing(node.guest_opens(&token).await);
    // So often and no more.
    node.guest_opens(&second.token).await.unwrap();
    assert_eq!(view(&story, &id).await.opened_ms.len(), 1);
    node.guest_opens(&second.token).await.unwrap();
    nothing(node.guest_opens(&second.token).await);
    // Whoever opened it last can still answer, for two hours.
    story.world.advance(2 * 3_600_000 - 1);
    node.guest_draft(&second.token).await.unwrap();
    story.world.advance(1);
    nothing(node.guest_draft(&second.token).await);
    for (days, tries) in [
        (Some(0), None),
        (Some(91), None),
        (None, Some(0)),
        (None, Some(501)),
    ] {
        invalid(node.make_guest_link(investigator, &id, days, tries).await);
    }
    // Expired; the draft is swept.
    let third = node
        .make_guest_link(investigator, &id, Some(1), None)
        .await
        .unwrap();
    node.guest_uploads(&third.token, "a.log", b"a").await.unwrap();
    story.world.advance(DAY_MS);
    nothing(node.guest_opens(&third.token).await);
    nothing(node.guest_draft(&third.token).await);
    assert_eq!(view(&story, &id).await.state, "expired");
    node.sweep_guests().await.unwrap();
    // Taken back.
    let (id, token) = link(&story, &information()).await;
    let request = view(&story, &id).await.request;
    node.withdraw_request(investigator, request, "found it ourselves")
        .await
        .unwrap();
    nothing(node.guest_opens(&token).await);
    assert_eq!(view(&story, &id).await.state, "withdrawn");
    // Too fast.
    let (_, token) = link(&story, &information()).await;
    for _ in 0..OPENED_A_MINUTE_MAX {
        node.guest_opens(&token).await.unwrap();
    }
    let fast = node.guest_opens(&token).await;
    assert!(matches!(fast, Err(ServiceError::Busy { .. })), "{fast:?}");
    story.world.advance(60_000);
    node.guest_opens(&token).await.unwrap();
    // The receipt goes away too, in the end.
    node.guest_writes(&token, &words("nothing here")).await.unwrap();
    let draft = node.guest_draft(&token).await.unwrap().draft;
    node.guest_sends(&token, &draft.commitment).await.unwrap();
    story.world.advance(RECEIPT_KEPT_MS - 1);
    assert!(node.guest_opens(&token).await.unwrap().receipt.is_some());
    story.world.advance(1);
    nothing(node.guest_opens(&token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_an_answer_and_the_words_of_a_no() {
    let mut story = begun(94).await;
    let (_, token) = link(&story, &information()).await;
    let (node, investigator) = story.at("agency", "investigator");
    invalid(node.guest_uploads(&token, "empty", b"").await);
    let large = vec![b'x'; GUEST_FILE_MAX_BYTES + 1];
    invalid(node.guest_uploads(&token, "large", &large).await);
    node.guest_uploads(&token, "large", &large[1..]).await.unwrap();
    node.guest_uploads(&token, "large2", &large[2..]).await.unwrap();
    let more = invalid(node.guest_uploads(&token, "more", b"xy").await);
    assert!(more.contains("together"), "{more}");
    node.guest_removes(&token, 1).await.unwrap();
    for number in 1..FILES_MAX {
        node.guest_uploads(&token, "same.log", format!("{number}").as_bytes())
            .await
            .unwrap();
    }
    let many = invalid(node.guest_uploads(&token, "one.log", b"one more").await);
    assert!(many.contains("archive"), "{many}");
    let long = "é".repeat(GUEST_WORDS_MAX_CHARS);
    node.guest_writes(&token, &words(&long)).await.unwrap();
    invalid(node.guest_writes(&token, &words(&format!("{long}é"))).await);
    invalid(node.guest_writes(&token, &words("a\0b")).await);
    invalid(node.guest_writes(&token, &words("turned \u{202e}")).await);
    let lines = "x\n".repeat(801);
    invalid(node.guest_writes(&token, &words(&lines)).await);
    // A no has a reason, and drops the files.
    let no = |words: &str| GuestAnswer {
        kind: GuestKind::NotUs,
        words: words.into(),
        subscribers: None,
    };
    invalid(node.guest_writes(&token, &no(" ")).await);
    let draft = node
        .guest_writes(&token, &no("we sold that shop in <b>May</b>"))
        .await
        .unwrap();
    assert!(draft.files.is_empty());
    let receipt = node.guest_sends(&token, &draft.commitment).await.unwrap();
    assert_eq!(receipt.kind, GuestKind::NotUs);
    assert!(receipt.exhibit.is_none());
    let view = node.case(investigator, story.case()).await.unwrap();
    let request = &view.requests[0];
    assert_eq!(request.state, "refused");
    assert_eq!(
        request.answer.as_deref(),
        Some("Not us: we sold that shop in <b>May</b>")
    );
    // Nothing to send is not sent.
    let (_, token) = link(&story, &information()).await;
    let (node, _) = story.at("agency", "investigator");
    let draft = node.guest_draft(&token).await.unwrap().draft;
    invalid(node.guest_sends(&token, &draft.commitment).await);
    // It is all there after a restart.
    let draft = {
        node.guest_uploads(&token, "a.bin", b"\xff\0\n").await.unwrap();
        node.guest_draft(&token).await.unwrap().draft
    };
    story.org_mut("agency").restart().await;
    let node = story.org("agency").node().clone();
    assert_eq!(node.guest_draft(&token).await.unwrap().draft, draft);
    node.guest_sends(&token, &draft.commitment).await.unwrap();
    drop(node);
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_held_an_address_is_said_in_fields_and_checked() {
    let mut story = begun(99).await;
    let now = story.world.now_ms();
    let connection = |port| Connection {
        address: "192.0.2.7".into(),
        port: Some(port),
        transport: None,
        at_ms: now - 1_000,
    };
    let new = NewRequest {
        what: RequestWhat::SubscriberData,
        reference: "G-3".into(),
        hunt: None,
        subscriber: Some(SubscriberQuestion {
            connections: vec![connection(4000), connection(4001)],
        }),
        ..hunt(&story)
    };
    let (id, token) = link(&story, &new).await;
    let node = story.org("agency").node().clone();
    let found = |port, found, account: Option<&str>| SubscriberAnswer {
        connection: connection(port),
        found,
        subscriber: account.map(|account| Subscriber {
            account: account.into(),
            name: Some("Jane Roe".into()),
            postal: None,
            contacts: Vec::new(),
            held_from_ms: Some(now - 5_000),
            held_to_ms: Some(now),
        }),
    };
    let answer = |answers, words: &str, acquisition: &str| GuestAnswer {
        kind: GuestKind::Answer,
        words: words.into(),
        subscribers: Some(GuestSubscribers {
            answers,
            acquisition: acquisition.into(),
        }),
    };
    let one = found(4000, SubscriberFound::One, Some("C-77"));
    let none = found(4001, SubscriberFound::NoRecord, None);
    // Checked as a partner's answer is.
    for wrong in [
        answer(vec![one.clone()], "", "the leases"),
        answer(vec![one.clone(), one.clone()], "", "the leases"),
        answer(
            vec![one.clone(), found(4002, SubscriberFound::Nobody, None)],
            "",
            "the leases",
        ),
        answer(vec![one.clone(), none.clone()], "", ""),
        answer(
            vec![found(4000, SubscriberFound::One, None), none.clone()],
            "",
            "the leases",
        ),
        answer(
            vec![found(4000, SubscriberFound::Several, Some("C-77")), none.clone()],
            "",
            "the leases",
        ),
        answer(
            vec![found(4000, SubscriberFound::One, Some("")), none.clone()],
            "",
            "the leases",
        ),
    ] {
        invalid(node.guest_writes(&token, &wrong).await);
    }
    // Less, where the words say why; and then all of it.
    let less = answer(vec![one.clone()], "the other log is lost", "the leases");
    node.guest_writes(&token, &less).await.unwrap();
    let all = answer(vec![one, none], "", "leases, clock by NTP");
    let draft = node.guest_writes(&token, &all).await.unwrap();
    let changed = node.guest_sends(&token, &"0".repeat(64)).await;
    assert!(matches!(changed, Err(ServiceError::Conflict(_))), "{changed:?}");
    let receipt = node.guest_sends(&token, &draft.commitment).await.unwrap();
    assert_eq!((receipt.exhibit.clone(), receipt.notes.len()), (None, 2));
    assert!(
        receipt
            .text
            .contains("held: 192.0.2.7 port 4000: one, account C-77")
    );
    assert_eq!(view(&story, &id).await.state, "answered");
    // Who may see subscribers reads it, and the partner has no byte of it.
    let (_, investigator) = story.at("agency", "investigator");
    let case = node.case(investigator, story.case()).await.unwrap();
    let request = case.requests.iter().find(|one| one.reference == "G-3").unwrap();
    let answers = node.subscribers(investigator, request.at).await.unwrap();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0].subscriber.as_ref().unwrap().account, "C-77");
    assert!(
        !request.answer.as_ref().unwrap().contains("Roe"),
        "counted, nobody named"
    );
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let theirs = isp.case(approver, story.case()).await;
    assert!(!format!("{theirs:?}").contains("C-77"));
    // Another question takes no such fields.
    let (_, token) = link(&story, &information()).await;
    invalid(node.guest_writes(&token, &all).await);
    drop(node);
    clean(&mut story).await;
}
