//! How much is known: candidates, gaps, clocks, chains, and that nothing else is told.

use accord_logstore::{Covers, Error, Finding, Note};

use super::formats::detail;
use super::*;

/// Lines of a translating device: what, from inside, to a port.
pub fn nat(at: &str, event: &str, inside: &str, inside_port: u16, outside: &str, port: u16) -> String {
    format!(
        "<134>1 {at} cgn NAT 5 {event} [nsess ISADDR=\"{inside}\" ISPORT=\"{inside_port}\" XSADDR=\"{outside}\" XSPORT=\"{port}\" PROTO=\"6\"]\n"
    )
}

#[test]
fn without_a_port_every_holder_is_counted_and_none_is_named_alone() {
    let mut text = String::new();
    for number in 0..5_u16 {
        let inside = format!("100.64.0.{number}");
        for port in [1000 + number, 2000 + number] {
            text += &nat(
                "2024-10-11T09:00:00Z",
                "SADD",
                &inside,
                500 + port,
                "203.0.113.1",
                port,
            );
        }
    }
    text += &nat(
        "2024-10-11T09:10:00Z",
        "SDEL",
        "100.64.0.4",
        1504,
        "203.0.113.1",
        1004,
    );
    text += &nat(
        "2024-10-11T09:10:00Z",
        "SDEL",
        "100.64.0.4",
        2504,
        "203.0.113.1",
        2004,
    );
    text += &nat("2024-10-11T09:50:00Z", "SADD", "100.64.9.9", 9, "203.0.113.2", 9);
    let asking = asking(&[log("cgn", &text)]);
    let answer = asking.one("203.0.113.1", "2024-10-11T09:30:00Z");
    assert_eq!(
        (answer.finding, answer.holders_total, answer.holders.len()),
        (Finding::Several, 4, 4)
    );
    assert_eq!(answer.notes[0], Note::PortNeeded { holders: 4 });
    assert!(
        answer.notes[0].to_string().contains("a source port is needed"),
        "{}",
        answer.notes[0]
    );
    // Sharing is no conflict.
    assert!(!answer.notes.contains(&Note::Conflict));
    assert!(
        answer
            .holders
            .iter()
            .all(|holder| holder.ports.is_none() && holder.doubts.is_empty())
    );

    let questions = Questions {
        limits: accord_logstore::AssignmentLimits {
            holders: 3,
            ..Default::default()
        },
        ..exact(vec![question("203.0.113.1", "2024-10-11T09:30:00Z")])
    };
    let answer = asking.all(&questions).answers.remove(0);
    assert_eq!((answer.holders_total, answer.holders.len()), (4, 3));
    assert!(answer.notes.contains(&Note::HoldersOverMax { left_out: 1 }));

    check(
        &asking,
        "203.0.113.1 1002",
        "2024-10-11T09:30:00Z",
        &[
            "one",
            "100.64.0.2: told 09:00:00 to last-seen 09:00:00; only-before, whole",
            "inside-unknown:holders:1",
        ],
    );
}

#[test]
fn nothing_else_is_told() {
    let mut text = String::new();
    // A history of one port and of its neighbours, before, at and after the instant.
    for (hour, number) in [(7, 1), (8, 2), (9, 3), (10, 4), (11, 5)] {
        for port in [1099_u16, 1100, 1101] {
            let inside = format!("100.64.{}.{number}", port - 1000);
            let at = |minute: u8| format!("2024-10-11T{hour:02}:{minute:02}:00Z");
            text += &nat(
                &at(5),
                "SADD",
                &inside,
                40_000 + port + number,
                "203.0.113.1",
                port,
            );
            text += &nat(
                &at(55),
                "SDEL",
                &inside,
                40_000 + port + number,
                "203.0.113.1",
                port,
            );
        }
    }
    let cgn = asking(&[log("cgn", &text)]);
    let answer = cgn.one("203.0.113.1 1100", "2024-10-11T09:30:00Z");
    let json = serde_json::to_string(&answer).unwrap();
    assert!(json.contains("100.64.100.3") && json.contains("41103"));
    for other in [
        "100.64.99.",
        "100.64.101.",
        "100.64.100.1",
        "100.64.100.2",
        "100.64.100.4",
        "100.64.100.5",
        "1099",
        "1101",
    ] {
        assert!(!json.contains(other), "{other} is in {json}");
    }
    // Without a port no port is told, neither outside nor inside.
    let answer = cgn.one("203.0.113.1", "2024-10-11T09:30:00Z");
    let json = serde_json::to_string(&answer.holders).unwrap();
    assert_eq!(answer.holders_total, 3);
    for port in ["1099", "1100", "1101", "41102", "41103", "41104", "inside-port"] {
        assert!(!json.contains(port), "{port} is in {json}");
    }

    // Of a session: not what it was before, nor what else the user had.
    let text = [
        detail(
            "2024-10-11T07:00:00Z",
            &[
                "Acct-Status-Type = Start",
                "Acct-Session-Id = \"S1\"",
                "User-Name = \"jo\"",
                "Framed-IP-Address = 203.0.113.7",
            ],
        ),
        detail(
            "2024-10-11T08:00:00Z",
            &[
                "Acct-Status-Type = Stop",
                "Acct-Session-Id = \"S1\"",
                "User-Name = \"jo\"",
                "Framed-IP-Address = 203.0.113.7",
            ],
        ),
        detail(
            "2024-10-11T09:00:00Z",
            &[
                "Acct-Status-Type = Start",
                "Acct-Session-Id = \"S2\"",
                "User-Name = \"jo\"",
                "Framed-IP-Address = 203.0.113.7",
            ],
        ),
        detail(
            "2024-10-11T10:00:00Z",
            &[
                "Acct-Status-Type = Stop",
                "Acct-Session-Id = \"S2\"",
                "User-Name = \"jo\"",
                "Framed-IP-Address = 203.0.113.7",
            ],
        ),
        detail(
            "2024-10-11T11:00:00Z",
            &[
                "Acct-Status-Type = Start",
                "Acct-Session-Id = \"S3\"",
                "User-Name = \"jo\"",
                "Framed-IP-Address = 203.0.113.8",
            ],
        ),
    ]
    .concat();
    let answer = asking(&[log("isp", &text)]).one("203.0.113.7", "2024-10-11T09:30:00Z");
    let json = serde_json::to_string(&answer).unwrap();
    assert!(json.contains("S2"));
    for other in ["S1", "S3", "203.0.113.8"] {
        assert!(!json.contains(other), "{other} is in {json}");
    }
    assert_eq!(answer.holders[0].evidence.len(), 2);
}

/// A translation, and the session of its inside address, which takes three passes to find.
fn translated_and_radius() -> [String; 2] {
    let cgn = nat(
        "2024-10-11T09:00:00Z",
        "SADD",
        "100.64.0.2",
        500,
        "203.0.113.1",
        1100,
    ) + &nat(
        "2024-10-11T10:00:00Z",
        "SDEL",
        "100.64.0.2",
        500,
        "203.0.113.1",
        1100,
    );
    let radius = [
        // Neither beginning nor end tell the address: a third pass finds them by the session.
        detail(
            "2024-10-11T08:00:00Z",
            &[
                "Acct-Status-Type = Start",
                "Acct-Session-Id = \"S2\"",
                "User-Name = \"jo\"",
            ],
        ),
        detail(
            "2024-10-11T08:30:00Z",
            &[
                "Acct-Status-Type = Alive",
                "Acct-Session-Id = \"S2\"",
                "User-Name = \"jo\"",
                "Framed-IP-Address = 100.64.0.2",
            ],
        ),
        detail(
            "2024-10-11T11:00:00Z",
            &[
                "Acct-Status-Type = Stop",
                "Acct-Session-Id = \"S2\"",
                "User-Name = \"jo\"",
            ],
        ),
    ]
    .concat();
    [cgn, radius]
}

#[test]
fn what_is_destroyed_in_any_pass_is_named_once() {
    use accord_logstore::{Ground, SegmentId};
    let [cgn, radius] = translated_and_radius();
    let id = SegmentId::new("isp", 1).unwrap();
    let asked = exact(vec![question("203.0.113.1 1100", "2024-10-11T09:30:00Z")]);
    let mut named = 0;
    for call in 1.. {
        let world = asking(&[log("cgn", &cgn), log("isp", &radius)]);
        let mut calls = 0;
        let answers = world
            .store
            .holders(&asked, &mut |_| {
                calls += 1;
                if calls == call {
                    let decided = crate::keeping::decided("order");
                    world.store.destroy(&id, Ground::ByHand, None, &decided).unwrap();
                }
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        if calls < call {
            break;
        }
        match answers.damage.as_slice() {
            // Its last line had been read.
            [] => {}
            [damage] => {
                assert_eq!((&damage.segment, damage.frame), (&id, None), "{call}");
                assert!(damage.what.contains("was destroyed"), "{call}: {}", damage.what);
                named += 1;
            }
            more => panic!("{call}: {more:?}"),
        }
    }
    assert!(named > 3, "{named}");
}

#[test]
fn an_inside_address_is_followed_into_the_other_logs() {
    let [cgn, radius] = translated_and_radius();
    let dhcp = "2024-10-11 08:00:00.000 INFO  [kea-dhcp4.leases/6.1] DHCP4_LEASE_ALLOC [hwtype=1 00:00:5e:00:53:01], cid=[no info], tid=0xa9: lease 100.64.0.2 has been allocated for 36000 seconds\n";
    let with_radius = asking(&[log("cgn", &cgn), log("isp", &radius)]);
    let step = "100.64.0.2: told 09:00:00 to told:released 10:00:00; told, whole";
    check(
        &with_radius,
        "203.0.113.1 1100 tcp",
        "2024-10-11T09:30:00Z",
        &[
            "one",
            &format!("{step} <- jo: told 08:00:00 to told:released 11:00:00; told, whole"),
        ],
    );
    let passes = with_radius
        .all(&exact(vec![question("203.0.113.1 1100", "2024-10-11T09:30:00Z")]))
        .passes;
    assert_eq!(passes, 3);
    // Two logs that tell it and disagree are both shown.
    let with_both = asking(&[log("cgn", &cgn), log("isp", &radius), log("dhcp", dhcp)]);
    let shown = show(&with_both.one("203.0.113.1 1100 tcp", "2024-10-11T09:30:00Z"));
    assert_eq!(
        shown,
        [
            "one".to_owned(),
            format!(
                "{step} <- jo: told 08:00:00 to told:released 11:00:00; told, whole; conflict <- \
                 00:00:5e:00:53:01: seen 08:00:00 to lease-runs-out 18:00:00; by-lease, whole; zone-set; conflict"
            ),
        ]
    );
    // Other logs are there and do not know it.
    let elsewhere = asking(&[
        log("cgn", &cgn),
        log("isp", &radius.replace("100.64.0.2", "100.64.0.3")),
    ]);
    check(
        &elsewhere,
        "203.0.113.1 1100 tcp",
        "2024-10-11T09:30:00Z",
        &["one", step, "inside-unknown:holders:1"],
    );
}

#[test]
fn logs_that_disagree() {
    let line = |user: &str, at: &str, kind: &str, nas: &str| {
        format!(
            "{at} Acct-Status-Type={kind},User-Name={user},Acct-Session-Id={user}1,Framed-IP-Address=203.0.113.7,NAS-IP-Address={nas}\n"
        )
    };
    let text = [
        line("jo", "2024-10-11T09:00:00Z", "Start", "198.51.100.1"),
        line("al", "2024-10-11T09:20:00Z", "Start", "198.51.100.2"),
        line("jo", "2024-10-11T09:40:00Z", "Interim-Update", "198.51.100.1"),
        line("al", "2024-10-11T10:00:00Z", "Stop", "198.51.100.2"),
        line("jo", "2024-10-11T10:10:00Z", "Stop", "198.51.100.1"),
    ];
    let shown = [
        "several",
        "al: told 09:20:00 to told:released 10:00:00; told, whole; conflict",
        "jo: told 09:00:00 to told:released 10:10:00; told, whole; conflict",
        "conflict",
    ];
    check(
        &asking(&[log("isp", &text.concat())]),
        "203.0.113.7",
        "2024-10-11T09:30:00Z",
        &shown,
    );
    // In two sources, and one in whose lines nobody else is named.
    let (jo, al): (Vec<String>, Vec<String>) = text.iter().cloned().partition(|line| line.contains("=jo,"));
    let two = asking(&[log("a", &al.concat()), log("b", &jo.concat())]);
    check(&two, "203.0.113.7", "2024-10-11T09:30:00Z", &shown);
    check(
        &two,
        "203.0.113.7",
        "2024-10-11T09:10:00Z",
        &["one", "jo: told 09:00:00 to told:released 10:10:00; told, whole"],
    );
    // The same user in two sources is one subscriber.
    let same = asking(&[log("a", &jo.concat()), log("b", &jo.concat())]);
    let answer = same.one("203.0.113.7", "2024-10-11T09:30:00Z");
    assert_eq!(
        (answer.finding, answer.holders_total, answer.holders.len()),
        (Finding::One, 1, 2)
    );
    assert!(answer.holders.iter().all(accord_logstore::Holder::is_sure));
}

#[test]
fn a_change_within_the_uncertainty_or_the_error_of_the_clock() {
    let text = nat(
        "2024-10-11T09:00:00Z",
        "SADD",
        "100.64.0.1",
        1,
        "203.0.113.1",
        1100,
    ) + &nat(
        "2024-10-11T09:30:00Z",
        "SDEL",
        "100.64.0.1",
        1,
        "203.0.113.1",
        1100,
    ) + &nat(
        "2024-10-11T09:30:10Z",
        "SADD",
        "100.64.0.2",
        1,
        "203.0.113.1",
        1100,
    ) + &nat(
        "2024-10-11T10:00:00Z",
        "SDEL",
        "100.64.0.2",
        1,
        "203.0.113.1",
        1100,
    );
    let ask = |at: &str, uncertainty_ms, error_ms, offset| {
        let asking = asking(&[log("cgn", &text).offset(offset)]);
        let mut one = question("203.0.113.1 1100", at);
        one.uncertainty_ms = uncertainty_ms;
        let questions = Questions {
            measured_error_ms: error_ms,
            unmeasured_error_ms: error_ms,
            ..exact(vec![one])
        };
        let mut shown = show(&asking.all(&questions).answers[0]);
        shown.retain(|line| !line.starts_with("inside"));
        shown
    };
    let one = "100.64.0.1: told 09:00:00 to told:released 09:30:00; told";
    let two = "100.64.0.2: told 09:30:10 to told:released 10:00:00; told";
    assert_eq!(ask("2024-10-11T09:30:05Z", 0, 0, Some(0)), ["nobody"]);
    assert_eq!(
        ask("2024-10-11T09:30:20Z", 1000, 1000, Some(0)),
        ["one", &format!("{two}, whole")]
    );
    assert_eq!(
        ask("2024-10-11T09:30:20Z", 1000, 10_000, Some(0)),
        ["one", &format!("{two}, near")]
    );
    assert_eq!(
        ask("2024-10-11T09:30:20Z", 1000, 20_000, Some(0)),
        ["several", &format!("{two}, near"), &format!("{one}, beside")]
    );
    assert_eq!(
        ask("2024-10-11T09:30:05Z", 30_000, 0, Some(0)),
        ["several", &format!("{one}, part"), &format!("{two}, part")]
    );
    // The clock of the source is a minute ahead: what it wrote at 09:30:10 happened at 09:29:10.
    assert_eq!(
        ask("2024-10-11T09:29:20Z", 0, 1000, Some(60_000)),
        [
            "one",
            "100.64.0.2: told 09:29:10 to told:released 09:59:00; told, whole"
        ]
    );
    assert_eq!(
        ask("2024-10-11T09:50:00Z", 0, 1000, None),
        ["one", &format!("{two}, whole; clock-unmeasured")]
    );
}

#[test]
fn gaps_are_told() {
    let text = nat(
        "2024-10-11T09:00:00Z",
        "SADD",
        "100.64.0.1",
        1,
        "203.0.113.1",
        1100,
    ) + &nat(
        "2024-10-11T09:30:00Z",
        "SDEL",
        "100.64.0.1",
        1,
        "203.0.113.1",
        1100,
    ) + &nat("2024-10-11T15:00:00Z", "SADD", "100.64.0.1", 1, "203.0.113.2", 1)
        + &nat("2024-10-11T15:20:00Z", "SDEL", "100.64.0.1", 1, "203.0.113.2", 1);
    let asking = asking(&[log("cgn", &text)]);
    let covers = |at: &str| {
        let answer = asking.one("203.0.113.1 1100", at);
        assert_eq!(answer.sources.len(), 1);
        (
            answer.finding,
            answer.sources[0].covers,
            answer.sources[0].stretches.len(),
        )
    };
    let at = |text| ms(text);
    assert_eq!(
        covers("2024-10-11T15:10:00Z"),
        (
            Finding::Nobody,
            Covers::Yes {
                before_ms: at("2024-10-11T15:00:00Z"),
                after_ms: at("2024-10-11T15:20:00Z")
            },
            2
        )
    );
    assert_eq!(
        covers("2024-10-11T12:00:00Z"),
        (
            Finding::NotCovered,
            Covers::Silent {
                before_ms: at("2024-10-11T09:30:00Z"),
                after_ms: at("2024-10-11T15:00:00Z")
            },
            2
        )
    );
    assert_eq!(
        covers("2024-10-11T08:00:00Z"),
        (
            Finding::NotCovered,
            Covers::BeginsLater {
                first_ms: at("2024-10-11T09:00:00Z")
            },
            2
        )
    );
    assert_eq!(
        covers("2024-10-12T08:00:00Z"),
        (
            Finding::NotCovered,
            Covers::EndedBefore {
                last_ms: at("2024-10-11T15:20:00Z")
            },
            2
        )
    );
    let empty = asking_with(&[], Limits::default());
    let answer = empty.one("203.0.113.1", "2024-10-11T12:00:00Z");
    assert_eq!((answer.finding, answer.sources.len()), (Finding::NotCovered, 0));
}

#[test]
fn ends_that_no_line_tells() {
    let open = nat(
        "2024-10-11T09:00:00Z",
        "SADD",
        "100.64.0.1",
        1,
        "203.0.113.1",
        1100,
    );
    let other = nat("2024-10-11T12:00:00Z", "SADD", "100.64.0.9", 1, "203.0.113.9", 1);
    let next = nat(
        "2024-10-11T10:00:00Z",
        "SADD",
        "100.64.0.2",
        1,
        "203.0.113.1",
        1100,
    );
    let unknown = "inside-unknown:holders:1";
    check(
        &asking(&[log("cgn", &open)]),
        "203.0.113.1 1100",
        "2024-10-11T09:30:00Z",
        &[
            "one",
            "100.64.0.1: told 09:00:00 to log-ends 09:00:00; only-before, whole",
            unknown,
        ],
    );
    check(
        &asking(&[log("cgn", &(open.clone() + &other))]),
        "203.0.113.1 1100",
        "2024-10-11T09:30:00Z",
        &[
            "one",
            "100.64.0.1: told 09:00:00 to last-seen 09:00:00; only-before, whole",
            unknown,
        ],
    );
    check(
        &asking(&[log("cgn", &(open + &next))]),
        "203.0.113.1 1100",
        "2024-10-11T09:30:00Z",
        &[
            "one",
            "100.64.0.1: told 09:00:00 to next-holder 10:00:00; only-before, whole",
            unknown,
        ],
    );
    // An end without a beginning.
    let end = nat(
        "2024-10-11T10:00:00Z",
        "SDEL",
        "100.64.0.1",
        1,
        "203.0.113.1",
        1100,
    );
    let again = nat(
        "2024-10-11T10:00:02Z",
        "SDEL",
        "100.64.0.1",
        1,
        "203.0.113.1",
        1100,
    );
    let asking_end = asking(&[log("cgn", &(end + &again))]);
    check(
        &asking_end,
        "203.0.113.1 1100",
        "2024-10-11T09:30:00Z",
        &[
            "one",
            "100.64.0.1: ? to told:released 10:00:00; only-after, whole",
            unknown,
        ],
    );
    check(
        &asking_end,
        "203.0.113.1 1100",
        "2024-10-11T10:00:01Z",
        &["nobody"],
    );
}

#[test]
fn a_clock_turned_back_is_tried_both_ways() {
    // 27 October 2024: 03:00 CEST is 02:00 CET again.
    let line = |at: &str, what: &str| format!("Oct 27 {at} gw dhcpd[7]: {what} via eth0\n");
    let ack = |at: &str, mac: &str| line(at, &format!("DHCPACK on 192.0.2.50 to 00:00:5e:00:53:0{mac}"));
    let release = |at: &str, mac: &str| {
        line(
            at,
            &format!("DHCPRELEASE of 192.0.2.50 from 00:00:5e:00:53:0{mac}"),
        )
    };
    let text =
        ack("01:00:00", "1") + &release("02:40:00", "1") + &ack("02:10:00", "2") + &release("04:00:00", "2");
    let asking_back = asking(&[log("isp", &text).zone("Europe/Amsterdam")]);
    let shown = |at: &str| show(&asking_back.one("192.0.2.50", at));
    // 00:40Z or 01:40Z the first was released; 00:10Z or 01:10Z the second came.
    let sets = "zone-set; year-set; clock-turned-back";
    let at = shown("2024-10-27T01:30:00Z");
    assert_eq!(at[0], "several");
    assert!(
        at.contains(&format!(
            "00:00:5e:00:53:02: seen 01:10:00 to told:released 03:00:00; told, whole; {sets}; conflict"
        )),
        "{at:?}"
    );
    let at = shown("2024-10-27T00:05:00Z");
    assert!(at[1].starts_with("00:00:5e:00:53:01: seen 23:00:00"), "{at:?}");
    // The first is no candidate after the second instant that it can have been released at.
    let at = shown("2024-10-27T02:00:00Z");
    assert_eq!(at[0], "one", "{at:?}");

    // A time that the clock skipped is none: counted, and not placed.
    let text = "Mar 31 01:59:00 gw dhcpd[7]: DHCPACK on 192.0.2.51 to 00:00:5e:00:53:01 via eth0\n\
                Mar 31 02:30:00 gw dhcpd[7]: DHCPACK on 192.0.2.50 to 00:00:5e:00:53:01 via eth0\n\
                Mar 31 03:01:00 gw dhcpd[7]: DHCPACK on 192.0.2.51 to 00:00:5e:00:53:01 via eth0\n";
    let asking_forward = asking(&[log("isp", text).zone("Europe/Amsterdam")]);
    check(
        &asking_forward,
        "192.0.2.50",
        "2024-03-31T01:00:30Z",
        &["nobody", "without-time:lines:1"],
    );
}

#[test]
fn a_zone_is_never_guessed() {
    let text = "Oct 11 09:00:00 gw dhcpd[7]: DHCPACK on 192.0.2.50 to 00:00:5e:00:53:01 via eth0\n\
                Oct 11 11:00:00 gw dhcpd[7]: DHCPRELEASE of 192.0.2.50 from 00:00:5e:00:53:01 via eth0\n";
    let asking = asking(&[log("isp", text).zone("as the router says")]);
    let answer = asking.one("192.0.2.50", "2024-10-11T10:00:00Z");
    assert_eq!(show(&answer), ["not-covered", "without-time:lines:2"]);
    assert_eq!(
        (answer.sources[0].zone_known, answer.sources[0].covers),
        (false, Covers::NoTimes)
    );
    assert_eq!(answer.sources[0].lines_without_time, 2);
    let in_zone = |zone: &str, at: &str| {
        let questions = Questions {
            zones: zones(&[("isp", zone)]),
            ..exact(vec![question("192.0.2.50", at)])
        };
        asking.store.holders(&questions, &mut go)
    };
    for (zone, at) in [
        ("UTC", "2024-10-11T10:00:00Z"),
        ("Europe/Amsterdam", "2024-10-11T08:00:00Z"),
        ("-05:00", "2024-10-11T15:00:00Z"),
    ] {
        let answers = in_zone(zone, at).unwrap();
        assert_eq!(answers.answers[0].finding, Finding::One, "{zone}");
    }
    assert!(matches!(
        in_zone("Mars/Olympus", "2024-10-11T10:00:00Z"),
        Err(Error::Source { .. })
    ));
    let questions = Questions {
        zones: zones(&[("nobody", "UTC")]),
        ..exact(vec![])
    };
    assert!(matches!(
        asking.store.holders(&questions, &mut go),
        Err(Error::NoSuchSource(_))
    ));
}

#[test]
fn a_broken_clock_is_said() {
    let text = nat(
        "1971-10-11T09:00:00Z",
        "SADD",
        "100.64.0.1",
        1,
        "203.0.113.1",
        1100,
    );
    let asking = asking(&[log("cgn", &text)]);
    let shown = show(&asking.one("203.0.113.1 1100", "2024-10-11T09:30:00Z"));
    assert_eq!(
        shown[1],
        "100.64.0.1: told 09:00:00 to last-seen 09:00:00; only-before, whole; time-doubtful"
    );
}

#[test]
fn order_and_repetition_of_lines_change_nothing() {
    let lines = [
        nat(
            "2024-10-11T09:00:00Z",
            "SADD",
            "100.64.0.1",
            1,
            "203.0.113.1",
            1100,
        ),
        nat(
            "2024-10-11T09:20:00Z",
            "SDEL",
            "100.64.0.1",
            1,
            "203.0.113.1",
            1100,
        ),
        nat(
            "2024-10-11T09:21:00Z",
            "SADD",
            "100.64.0.2",
            1,
            "203.0.113.1",
            1100,
        ),
        nat(
            "2024-10-11T09:40:00Z",
            "SDEL",
            "100.64.0.2",
            1,
            "203.0.113.1",
            1100,
        ),
    ];
    let expected = [
        "one",
        "100.64.0.2: told 09:21:00 to told:released 09:40:00; told, whole",
        "inside-unknown:holders:1",
    ];
    let mut backwards = lines.to_vec();
    backwards.reverse();
    let parts = |groups: &[&[String]]| {
        let mut one = log("cgn", "");
        one.parts = groups.iter().map(|lines| lines.concat().into_bytes()).collect();
        asking(&[one])
    };
    for asking in [
        parts(&[&lines]),
        parts(&[&backwards]),
        parts(&[&lines, &backwards]),
        parts(&[&lines[2..], &lines[..2]]),
        parts(&[&lines[1..2], &lines[3..], &lines[..1], &lines[2..3]]),
    ] {
        check(&asking, "203.0.113.1 1100", "2024-10-11T09:30:00Z", &expected);
        check(&asking, "203.0.113.1 1100", "2024-10-11T09:20:30Z", &["nobody"]);
    }
}
