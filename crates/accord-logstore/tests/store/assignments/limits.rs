//! One past every limit, damage, and input that wants to break it.

use accord_formats::logs::LogFormat;
use accord_logstore::{AssignmentLimits, Doubt, Error, Finding, IdKind, MAX_IDENTIFIER_BYTES, Note};

use super::formats::detail;
use super::known::nat;
use super::*;

fn with(limits: AssignmentLimits, questions: Vec<Question>) -> Questions {
    Questions {
        limits,
        ..exact(questions)
    }
}

fn too_large(result: Result<Answers, Error>, what: &str) {
    match result {
        Err(Error::TooLarge { what: found, .. }) => assert!(found.contains(what), "{found}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn questions_sources_and_views() {
    let line = nat(
        "2024-10-11T09:00:00Z",
        "SADD",
        "100.64.0.1",
        1,
        "203.0.113.1",
        1100,
    );
    let asking = asking(&[
        log("a", &line),
        log("b", &line),
        log("text", "no assignments here\n"),
    ]);
    let ask = |limits, count: usize| {
        let questions = vec![question("203.0.113.1 1100", "2024-10-11T09:00:00Z"); count];
        asking.store.holders(&with(limits, questions), &mut go)
    };
    let limits = AssignmentLimits {
        questions: 2,
        sources: 2,
        views: 4,
        ..AssignmentLimits::default()
    };
    assert_eq!(ask(limits, 2).unwrap().answers.len(), 2);
    too_large(ask(limits, 3), "3 sightings");
    too_large(ask(AssignmentLimits { sources: 1, ..limits }, 1), "2 sources");
    too_large(
        ask(AssignmentLimits { views: 3, ..limits }, 2),
        "2 questions to 2 sources",
    );
    let named = Questions {
        sources: Some(vec!["a".to_owned()]),
        ..with(
            AssignmentLimits { sources: 1, ..limits },
            vec![question("203.0.113.1", "2024-10-11T09:00:00Z")],
        )
    };
    assert_eq!(asking.all(&named).answers[0].holders.len(), 1);
    for (what, uncertainty_ms) in [
        ("192.0.2.0/24", 0),
        ("2001:db8::/47", 0),
        ("192.0.2.1", 86_400_001),
    ] {
        let mut one = question(what, "2024-10-11T09:00:00Z");
        one.uncertainty_ms = uncertainty_ms;
        let good = question("192.0.2.1", "2024-10-11T09:00:00Z");
        match asking.store.holders(&exact(vec![good, one]), &mut go) {
            Err(Error::Question { number: 2, .. }) => {}
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn what_is_not_followed_is_counted() {
    let mut text = String::new();
    for number in 1..=3_u16 {
        text += &nat(
            "2024-10-11T09:00:00Z",
            "SADD",
            &format!("100.64.0.{number}"),
            1,
            "203.0.113.1",
            number,
        );
    }
    let asking = asking(&[log("cgn", &text)]);
    let ask = |states| {
        let limits = AssignmentLimits {
            states,
            ..AssignmentLimits::default()
        };
        asking
            .all(&with(
                limits,
                vec![question("203.0.113.1", "2024-10-11T09:30:00Z")],
            ))
            .answers
            .remove(0)
    };
    let whole = ask(3);
    assert_eq!(whole.holders_total, 3);
    assert!(
        !whole
            .notes
            .iter()
            .any(|note| matches!(note, Note::Incomplete { .. }))
    );
    let cut = ask(2);
    assert_eq!(cut.holders_total, 2);
    assert!(cut.notes.contains(&Note::Incomplete { events: 1 }));
}

#[test]
fn events_around_the_instant() {
    let mut text = String::new();
    for second in 0..6 {
        let event = if second % 2 == 0 { "SADD" } else { "SDEL" };
        text += &nat(
            &format!("2024-10-11T09:00:0{second}Z"),
            event,
            "100.64.0.1",
            1,
            "203.0.113.1",
            1100,
        );
    }
    let asking = asking(&[log("cgn", &text)]);
    let ask = |events_inside| {
        let limits = AssignmentLimits {
            events_inside,
            ..AssignmentLimits::default()
        };
        let mut one = question("203.0.113.1 1100", "2024-10-11T09:00:02Z");
        one.uncertainty_ms = 10_000;
        let answer = asking.all(&with(limits, vec![one])).answers.remove(0);
        answer.holders[0].doubts.contains(&Doubt::NotAllKept)
    };
    assert!(!ask(6));
    assert!(ask(5));
}

#[test]
fn restarts_and_long_records() {
    let on = |minute: u8| {
        format!(
            "2024-10-11T09:{minute:02}:00Z Acct-Status-Type=Accounting-On,Acct-Session-Id=0,NAS-IP-Address=198.51.100.1\n"
        )
    };
    let lines = asking(&[log("isp", &(on(1) + &on(2) + &on(3)))]);
    let ask = |restarts| {
        let limits = AssignmentLimits {
            restarts,
            ..AssignmentLimits::default()
        };
        lines
            .all(&with(
                limits,
                vec![question("203.0.113.7", "2024-10-11T09:30:00Z")],
            ))
            .restarts_left_out
    };
    assert_eq!((ask(3), ask(2)), (0, 1));

    let start = [
        "Acct-Status-Type = Start",
        "Acct-Session-Id = \"1\"",
        "User-Name = \"jo\"",
        "Framed-IP-Address = 203.0.113.7",
    ];
    let mut long: Vec<&str> = start.to_vec();
    long.extend(std::iter::repeat_n("Class = 0x00", 40));
    let record = detail("2024-10-11T09:00:00Z", &long);
    let after = detail(
        "2024-10-11T09:20:00Z",
        &[
            "Acct-Status-Type = Start",
            "Acct-Session-Id = \"2\"",
            "User-Name = \"al\"",
            "Framed-IP-Address = 203.0.113.8",
        ],
    );
    let text = record.clone() + &after;
    let records = asking(&[log("isp", &text)]);
    let ask = |what: &str, record_bytes| {
        let limits = AssignmentLimits {
            record_bytes,
            ..AssignmentLimits::default()
        };
        let answers = records.all(&with(limits, vec![question(what, "2024-10-11T09:30:00Z")]));
        (answers.overlong_lines > 0, answers.answers[0].finding)
    };
    assert_eq!(ask("203.0.113.7", record.len()), (false, Finding::One));
    assert_eq!(ask("203.0.113.7", record.len() - 2), (true, Finding::NotCovered));
    // What follows is read.
    assert_eq!(ask("203.0.113.8", record.len() - 2).1, Finding::One);
}

#[test]
fn inside_addresses_beyond_the_limit_are_not_looked_up() {
    let text = nat("2024-10-11T09:00:00Z", "SADD", "100.64.0.1", 1, "203.0.113.1", 1)
        + &nat("2024-10-11T09:00:00Z", "SADD", "100.64.0.2", 1, "203.0.113.1", 2);
    let radius = detail(
        "2024-10-11T08:00:00Z",
        &[
            "Acct-Status-Type = Start",
            "Acct-Session-Id = \"1\"",
            "User-Name = \"jo\"",
            "Framed-IP-Address = 100.64.0.1",
        ],
    ) + &detail(
        "2024-10-11T08:00:00Z",
        &[
            "Acct-Status-Type = Start",
            "Acct-Session-Id = \"2\"",
            "User-Name = \"al\"",
            "Framed-IP-Address = 100.64.0.2",
        ],
    );
    let asking = asking(&[log("cgn", &text), log("isp", &radius)]);
    let ask = |behind| {
        let limits = AssignmentLimits {
            behind,
            ..AssignmentLimits::default()
        };
        let answer = asking
            .all(&with(
                limits,
                vec![question("203.0.113.1", "2024-10-11T09:00:00Z")],
            ))
            .answers
            .remove(0);
        let found = answer
            .holders
            .iter()
            .filter(|holder| !holder.behind.is_empty())
            .count();
        (
            found,
            answer.notes.contains(&Note::InsideNotLookedUp { holders: 1 }),
        )
    };
    assert_eq!(ask(2), (2, false));
    assert_eq!(ask(1), (1, true));
}

#[test]
fn long_identifiers_are_cut_at_a_character() {
    for (name, expected) in [
        ("a".repeat(MAX_IDENTIFIER_BYTES), MAX_IDENTIFIER_BYTES),
        ("a".repeat(MAX_IDENTIFIER_BYTES + 1), MAX_IDENTIFIER_BYTES),
        ("é".repeat(MAX_IDENTIFIER_BYTES / 2), MAX_IDENTIFIER_BYTES),
        (
            format!("a{}", "é".repeat(MAX_IDENTIFIER_BYTES / 2)),
            MAX_IDENTIFIER_BYTES - 1,
        ),
    ] {
        let text = detail(
            "2024-10-11T09:00:00Z",
            &[
                "Acct-Status-Type = Start",
                "Acct-Session-Id = \"1\"",
                &format!("User-Name = \"{name}\""),
                "Framed-IP-Address = 203.0.113.7",
            ],
        );
        let answer = asking(&[log("isp", &text)]).one("203.0.113.7", "2024-10-11T09:00:00Z");
        let user = answer.holders[0]
            .ids
            .iter()
            .find(|id| id.kind == IdKind::UserName)
            .unwrap();
        assert_eq!(user.value.len(), expected);
    }
}

#[test]
fn damage_is_in_every_answer() {
    let text: String = (0..20)
        .map(|minute| {
            nat(
                &format!("2024-10-11T09:{minute:02}:00Z"),
                "SADD",
                "100.64.0.1",
                1,
                "203.0.113.1",
                1000 + minute,
            )
        })
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        frame_target_bytes: 300,
        frame_max_bytes: 700,
        ..Limits::default()
    };
    let store = LogStore::open_with(dir.path(), Default::default(), limits).unwrap();
    store.add_source(log("cgn", "").config).unwrap();
    store
        .import("cgn", "x", &mut text.as_bytes(), ms(IMPORTED), "jo")
        .unwrap();
    let path = dir.path().join("segments/cgn/000001/frames.zst");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&path, bytes).unwrap();
    let questions = exact(
        (0..20)
            .map(|minute| question(&format!("203.0.113.1 {}", 1000 + minute), "2024-10-11T09:30:00Z"))
            .collect(),
    );
    let answers = store.holders(&questions, &mut go).unwrap();
    assert_eq!(answers.damage.len(), 1);
    assert!(
        answers
            .answers
            .iter()
            .all(|answer| answer.notes.contains(&Note::Damaged))
    );
    let found = answers
        .answers
        .iter()
        .filter(|answer| answer.finding == Finding::One)
        .count();
    // One frame of two lines or three is lost, and nothing beside it; the places of the others are right.
    assert!((16..20).contains(&found), "{found}");
    for holder in answers.answers.iter().flat_map(|answer| &answer.holders) {
        let evidence = &holder.evidence[0];
        let start = evidence.offset as usize;
        let line = &text[start..start + evidence.length as usize];
        assert!(line.starts_with("<134>1") && line.ends_with('\n'));
        assert_eq!(text[..start].matches('\n').count() as u64 + 1, evidence.line);
    }
    std::fs::remove_file(dir.path().join("segments/cgn/000001/frames.ndjson")).unwrap();
    assert!(store.holders(&questions, &mut go).is_err());
}

#[test]
fn it_can_be_stopped() {
    let text: String = (0..20)
        .map(|minute| {
            nat(
                &format!("2024-10-11T09:{minute:02}:00Z"),
                "SADD",
                "100.64.0.1",
                1,
                "203.0.113.1",
                1,
            )
        })
        .collect();
    let asking = asking(&[log("cgn", &text)]);
    let (mut calls, mut last) = (0, accord_logstore::Progress::default());
    let questions = exact(vec![question("203.0.113.1 1", "2024-10-11T09:30:00Z")]);
    let stopped = asking.store.holders(&questions, &mut |progress| {
        calls += 1;
        last = progress;
        if calls < 3 {
            std::ops::ControlFlow::Continue(())
        } else {
            std::ops::ControlFlow::Break(())
        }
    });
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(
        (calls, last.segments_total, last.total_bytes),
        (3, 1, text.len() as u64)
    );
    assert!(last.scanned_bytes > 0 && last.scanned_bytes < last.total_bytes);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]
    /// Whatever the bytes are, there is an answer; and what is cut out of them is where it is said to be.
    #[test]
    fn garbage_is_answered(
        format in proptest::sample::select(vec![LogFormat::Dhcp, LogFormat::Radius, LogFormat::Cgnat, LogFormat::Syslog]),
        pieces in proptest::collection::vec(proptest::sample::select(vec![
            "Fri Oct 11 09:00:00 2024\n", "\tAcct-Status-Type = Start\n", "\tAcct-Status-Type = Accounting-On\n", "Framed-IP-Address = 203.0.113.7\n",
            "\tTimestamp = 99999999999999999\n", "\tAcct-Session-Time = 4294967295\n", "\tAcct-Session-Id = \"1\"\n", "\n", "\r\n", "\0", "\u{fffd}", "\t", " = ", "Acct-",
            "10,10/11/24,09:00:00,Assign,203.0.113.7,,00005E005301,\n", "2024-10-11 09:00:00 CET Address: 203.0.113.7 has been assigned for 99999999999 hrs\n",
            "Oct 11 09:00:00 gw dhcpd: DHCPACK on 203.0.113.7 to 00:00:5e:00:53:01 via eth0\n", "Oct 11 09:00:00 gw dhcpd: DHCPRELEASE of 203.0.113.7",
            "2024-10-11 09:00:00.000 INFO  [kea-dhcp6.l/6] DHCP6_PD_LEASE_ALLOC x: lease for prefix 2001:db8::/1290 and\n",
            "<134>1 2024-10-11T09:00:00Z c NAT 5 SADD [nsess ISADDR=\"100.64.0.1\" XSADDR=\"203.0.113.7\" XSPORT=\"70000\"]\n",
            "<134>1 9999-12-31T23:59:59Z c NAT 5 SDEL [nsess ISADDR=\"100.64.0.1\" XSADDR=\"203.0.113.7\" XSPORT=\"7\"]\n", "203.0.113.7", "2001:db8::",
        ]), 0..40),
        frame in 20_usize..200,
    ) {
        let text = pieces.concat();
        let limits = Limits { frame_target_bytes: frame, frame_max_bytes: frame * 2, line_bytes: 150, ..Limits::default() };
        let asking = asking_with(&[log("x", &text).format(format).zone("Europe/Amsterdam")], limits);
        let asked = ["203.0.113.7", "203.0.113.7 7", "2001:db8::/48"].map(|what| question(what, "2024-10-11T07:00:00Z")).to_vec();
        let answers = asking.all(&exact(asked));
        for holder in answers.answers.iter().flat_map(|answer| &answer.holders) {
            for evidence in &holder.evidence {
                let start = evidence.offset as usize;
                proptest::prop_assert_eq!(text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() as u64 + 1, evidence.line);
                proptest::prop_assert!(start + evidence.length as usize <= text.len());
            }
        }
    }
}
