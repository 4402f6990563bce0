//! Random histories against what was really so.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::formats::detail;
use super::known::nat;
use super::*;

const DAY: &str = "2024-10-11T00:00:00Z";

fn time(second: i64) -> String {
    format!(
        "2024-10-11T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// One holding as it was: of which thing, by whom, from when to when, in seconds of a day.
#[derive(Debug, Clone)]
struct Truth {
    thing: u8,
    who: String,
    from: i64,
    to: i64,
}

/// Holdings of a few things, one after the other on each.
fn truth() -> impl Strategy<Value = Vec<Truth>> {
    let steps = prop::collection::vec((0_u8..4, 0_u8..5, 2_i64..600, 1_i64..600), 1..40);
    steps.prop_map(|steps| {
        let mut free = [1_i64; 4];
        let mut all = Vec::new();
        for (thing, who, length, gap) in steps {
            let at = &mut free[usize::from(thing)];
            // An instant of its own for every event of a thing.
            all.push(Truth {
                thing,
                who: format!("{who}"),
                from: *at,
                to: *at + length,
            });
            *at += length + gap;
        }
        all
    })
}

/// Who held it at some time in the window.
fn held(truth: &[Truth], thing: u8, from: i64, to: i64) -> BTreeSet<&str> {
    let at = truth
        .iter()
        .filter(|one| one.thing == thing && one.from <= to && one.to >= from);
    at.map(|one| one.who.as_str()).collect()
}

/// The lines in any order, some twice, in several segments of small frames.
fn shuffled(
    lines: Vec<String>,
    seed: &[prop::sample::Index],
    twice: &[prop::sample::Index],
    cuts: &[prop::sample::Index],
) -> Vec<Vec<u8>> {
    let mut lines = lines;
    for index in twice {
        let again = index.get(&lines).clone();
        lines.push(again);
    }
    for (at, index) in seed.iter().enumerate() {
        let (one, other) = (at % lines.len(), index.index(lines.len()));
        lines.swap(one, other);
    }
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(lines.len())).collect();
    cuts.push(lines.len());
    cuts.sort_unstable();
    let mut from = 0;
    let parts = cuts.into_iter().map(|cut| {
        let part = lines[from..cut].concat().into_bytes();
        from = cut;
        part
    });
    // The same bytes are taken once by a source.
    let mut seen = BTreeSet::new();
    parts
        .filter(|part| !part.is_empty() && seen.insert(part.clone()))
        .collect()
}

fn of(parts: Vec<Vec<u8>>, format: accord_formats::logs::LogFormat) -> Asking {
    let mut one = log("x", "").format(format);
    one.parts = parts;
    asking(&[one])
}

fn names(answer: &Answer) -> BTreeSet<String> {
    let first = |holder: &Holder| {
        let text = brief(holder);
        let name = text.split(": ").next().unwrap_or_default().to_owned();
        // `100.64.0.3`, `user3`, `00:00:5e:00:53:03`.
        name.chars().last().map(String::from).unwrap_or_default()
    };
    answer.holders.iter().map(first).collect()
}

fn ask_at(asking: &Asking, what: &str, at: i64, uncertainty_s: i64) -> Answer {
    let mut one = question(what, DAY);
    one.at_ms += at * 1000;
    one.uncertainty_ms = u64::try_from(uncertainty_s).unwrap() * 1000;
    asking.all(&exact(vec![one])).answers.remove(0)
}

fn any_order() -> impl Strategy<
    Value = (
        Vec<prop::sample::Index>,
        Vec<prop::sample::Index>,
        Vec<prop::sample::Index>,
    ),
> {
    let some = |most| prop::collection::vec(any::<prop::sample::Index>(), 0..most);
    (some(60), some(5), some(4))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn translations(truth in truth(), (seed, twice, cuts) in any_order(), asked in prop::collection::vec((0_u8..4, 0_i64..6000, 0_i64..200), 6)) {
        let mut lines = Vec::new();
        for one in &truth {
            for (event, at) in [("SADD", one.from), ("SDEL", one.to)] {
                lines.push(nat(&time(at), event, &format!("100.64.0.{}", one.who), 7, "203.0.113.1", u16::from(one.thing) + 1000));
            }
        }
        let asking = of(shuffled(lines, &seed, &twice, &cuts), accord_formats::logs::LogFormat::Cgnat);
        for (thing, at, uncertainty) in asked {
            let answer = ask_at(&asking, &format!("203.0.113.1 {}", u16::from(thing) + 1000), at, uncertainty);
            let expected: BTreeSet<String> = held(&truth, thing, at - uncertainty, at + uncertainty).into_iter().map(str::to_owned).collect();
            prop_assert_eq!(names(&answer), expected, "{} at {} +- {}: {:#?}", thing, at, uncertainty, show(&answer));
            for holder in &answer.holders {
                prop_assert_eq!(holder.support, accord_logstore::Support::Told);
            }
        }
        // Without a port: all of them.
        let answer = ask_at(&asking, "203.0.113.1", 1000, 0);
        let mut expected = BTreeSet::new();
        (0..4).for_each(|thing| expected.extend(held(&truth, thing, 1000, 1000)));
        prop_assert_eq!(answer.holders_total as usize, expected.len());
    }

    /// Sessions with interim records; some stops name no address, some are lost at a restart of the server.
    #[test]
    fn sessions(truth in truth(), (seed, twice, cuts) in any_order(), forms in prop::collection::vec(0_u8..4, 40), asked in prop::collection::vec((0_u8..4, 0_i64..6000, 0_i64..200), 6)) {
        let mut lines = Vec::new();
        for (number, (one, form)) in truth.iter().zip(&forms).enumerate() {
            let nas = format!("198.51.100.{number}");
            let record = |kind: &str, at: i64, address: bool| {
                let mut text = vec![format!("Acct-Status-Type = {kind}"), format!("Acct-Session-Id = \"S{number}\""), format!("User-Name = \"user{}\"", one.who)];
                if address {
                    text.push(format!("Framed-IP-Address = 203.0.113.{}", one.thing));
                }
                let text: Vec<&str> = text.iter().map(String::as_str).collect();
                detail(&time(at), &text).replace("198.51.100.1", &nas)
            };
            lines.push(record("Start", one.from, *form != 1));
            lines.push(record("Interim-Update", one.from + 1, true));
            if *form == 3 {
                lines.push(detail(&time(one.to), &["Acct-Status-Type = Accounting-On"]).replace("198.51.100.1", &nas));
            } else {
                lines.push(record("Stop", one.to, *form != 2));
            }
        }
        let asking = of(shuffled(lines, &seed, &twice, &cuts), accord_formats::logs::LogFormat::Radius);
        for (thing, at, uncertainty) in asked {
            let answer = ask_at(&asking, &format!("203.0.113.{thing}"), at, uncertainty);
            let expected: BTreeSet<String> = held(&truth, thing, at - uncertainty, at + uncertainty).into_iter().map(str::to_owned).collect();
            prop_assert_eq!(names(&answer), expected, "{} at {} +- {}: {:#?}", thing, at, uncertainty, show(&answer));
        }
    }

    /// Leases that are renewed, and released or left to run out.
    #[test]
    fn leases(truth in truth(), (seed, twice, cuts) in any_order(), released in prop::collection::vec(any::<bool>(), 40), asked in prop::collection::vec((0_u8..4, 0_i64..6000, 0_i64..200), 6)) {
        let mut lines = Vec::new();
        for (one, released) in truth.iter().zip(&released) {
            let kea = |at: i64, text: String| {
                let at = time(at).replace(['T', 'Z'], " ");
                format!("{} INFO  [kea-dhcp4.leases/6.1] {text}\n", at.trim_end())
            };
            let who = format!("[hwtype=1 00:00:5e:00:53:0{}], cid=[no info], tid=0xa9", one.who);
            let lease = |at: i64, seconds: i64| kea(at, format!("DHCP4_LEASE_ALLOC {who}: lease 203.0.113.{} has been allocated for {seconds} seconds", one.thing));
            let length = one.to - one.from;
            let half = one.from + length / 2;
            lines.push(lease(one.from, half - one.from));
            let late = if *released { 10_000 } else { one.to - half };
            lines.push(lease(half, late));
            if *released {
                lines.push(kea(one.to, format!("DHCP4_RELEASE {who}: address 203.0.113.{} was released properly", one.thing)));
            }
        }
        let asking = of(shuffled(lines, &seed, &twice, &cuts), accord_formats::logs::LogFormat::Dhcp);
        for (thing, at, uncertainty) in asked {
            let answer = ask_at(&asking, &format!("203.0.113.{thing}"), at, uncertainty);
            let expected: BTreeSet<String> = held(&truth, thing, at - uncertainty, at + uncertainty).into_iter().map(str::to_owned).collect();
            prop_assert_eq!(names(&answer), expected, "{} at {} +- {}: {:#?}", thing, at, uncertainty, show(&answer));
        }
    }
}
