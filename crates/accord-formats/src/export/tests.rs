//! What is written is read back by our own readers as the same values; hostile text stays text; what cannot be carried
//! is told.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::indicators::{self, Content, NotUsed};

const MADE_MS: u64 = 1_793_610_000_000;
const DAY_MS: u64 = 86_400_000;

/// Text that would break out of a line, a table, a rule or a field.
const HOSTILE: &str = "=cmd|' /C calc'!A0\"; sid:1; drop\ttab\nnext: 127.0.0.1\\";

fn indicator(number: usize, kind: ValueKind, value: &str) -> Indicator {
    Indicator {
        reference: format!("{}/{number}", "0a".repeat(16)),
        value: value.to_owned(),
        kind,
        labels: vec!["simda".into(), "T1566.001".into()],
        confidence: Some(80),
        published_ms: MADE_MS - DAY_MS,
        valid_until_ms: Some(MADE_MS + DAY_MS),
        withdrawn_ms: None,
        marking: Marking::Green,
        organisation: Some("vendor.example".into()),
        title: "Names of the botnet".into(),
        description: Some("seed recovered".into()),
        operation: "Heather".into(),
    }
}

fn every_kind() -> Vec<Indicator> {
    use ValueKind as K;
    [
        (K::Domain, "evil.example"),
        (K::Subdomains, ".dyn.example"),
        (K::Ipv4, "192.0.2.7"),
        (K::Ipv6, "2001:db8::7"),
        (K::Network, "192.0.2.0/24"),
        (K::Network, "2001:db8::/32"),
        (K::AddressPort, "198.51.100.7:8443"),
        (K::Url, "bad.example/a'b.php?x=1"),
        (K::Email, "mule@mail.example"),
        (K::Md5, "9e107d9d372bb6826bd81d3542a419d6"),
        (K::Sha1, "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"),
        (K::Sha256, "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"),
        (
            K::Sha512,
            "07e547d9586f6a73f73fbac0435ed76951218fb7d0c8d788a309d785436bbb642e93a252a954f23912547d1e8a3b5ed6e1bfd7097821233fa0538f3db854fee6",
        ),
    ]
    .into_iter()
    .enumerate()
    .map(|(number, (kind, value))| indicator(number, kind, value))
    .collect()
}

fn material(indicators: Vec<Indicator>) -> Material {
    Material {
        publisher: "agency.example".into(),
        title: "Operation Heather".into(),
        made_ms: MADE_MS,
        indicators,
        sightings: Vec::new(),
        reports: Vec::new(),
    }
}

/// The values that our readers find in a file, and why they leave others out.
fn read_back(bytes: &[u8]) -> (indicators::Format, BTreeSet<String>, Vec<NotUsed>) {
    let (mut values, mut not_used) = (BTreeSet::new(), Vec::new());
    let format = indicators::read(bytes, &mut |row| match row.content {
        Content::Indicator { value, .. } => {
            let value = value.trim_start_matches("http://").trim_start_matches("https://");
            values.insert(value.to_owned());
        }
        Content::Allow { .. } => panic!("an allow entry"),
        Content::NotUsed { reason, .. } => not_used.push(reason),
    });
    (format.expect("readable"), values, not_used)
}

#[test]
fn what_is_written_is_read_back_as_the_same_values() {
    let everything: BTreeSet<String> = every_kind().into_iter().map(|one| one.value).collect();
    let without = |left: &[&str]| -> BTreeSet<String> {
        let kept = everything.iter().filter(|value| !left.contains(&value.as_str()));
        kept.cloned().collect()
    };
    let address_port = "198.51.100.7:8443";
    let names: BTreeSet<String> = ["evil.example".to_owned()].into();
    for (format, read_as, expected) in [
        // Our reader takes patterns of equal values only; others do read these two.
        (
            Format::Stix,
            indicators::Format::Stix,
            without(&[".dyn.example", address_port]),
        ),
        (Format::Misp, indicators::Format::Misp, without(&[".dyn.example"])),
        (Format::Csv, indicators::Format::Csv, everything.clone()),
        (Format::Hosts, indicators::Format::Hosts, names),
        (Format::List, indicators::Format::Text, everything.clone()),
        (
            Format::Zeek,
            indicators::Format::ZeekIntel,
            without(&[".dyn.example", address_port]),
        ),
    ] {
        let written = write(format, &material(every_kind()));
        let (found_as, values, _) = read_back(&written.bytes);
        assert_eq!(found_as, read_as, "{format}");
        assert_eq!(
            values,
            expected,
            "{format}: {}",
            String::from_utf8_lossy(&written.bytes)
        );
        assert_eq!(written.marking, Some(Marking::Green), "{format}");
        let words = String::from_utf8_lossy(&written.bytes).to_lowercase();
        assert!(words.contains("tlp:green"), "{format} says no marking");
    }
    let zone = write(Format::Rpz, &material(every_kind()));
    let (found_as, values, not_used) = read_back(&zone.bytes);
    assert_eq!((found_as, not_used), (indicators::Format::Rpz, Vec::new()));
    let expected = [
        "*.dyn.example",
        "*.evil.example",
        "192.0.2.0/24",
        "192.0.2.7/32",
        "2001:db8::/32",
        "2001:db8::7/128",
        "evil.example",
    ];
    assert_eq!(values, expected.into_iter().map(str::to_owned).collect());
}

#[test]
fn the_same_material_gives_the_same_bytes_and_identifiers() {
    for format in Format::ALL {
        let once = write(format, &material(every_kind()));
        assert_eq!(once, write(format, &material(every_kind())), "{format}");
    }
    let ids = |made_ms: u64| -> Vec<String> {
        let mut material = material(every_kind());
        material.made_ms = made_ms;
        let bundle: Value = serde_json::from_slice(&write(Format::Stix, &material).bytes).unwrap();
        let objects = bundle["objects"].as_array().unwrap();
        objects
            .iter()
            .map(|object| object["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(MADE_MS), ids(MADE_MS + 5 * DAY_MS));
}

#[test]
fn a_bundle_stands_by_itself() {
    let mut material = material(every_kind());
    let note = material.indicators[0].reference.clone();
    material.indicators[1].withdrawn_ms = Some(MADE_MS);
    material.indicators[2].organisation = None;
    material.sightings = vec![Sighting {
        reference: format!("{}/7", "0b".repeat(16)),
        indicator: note.clone(),
        value: "evil.example".into(),
        count: 12,
        day_ms: MADE_MS - DAY_MS,
        published_ms: MADE_MS,
        organisation: "isp.example".into(),
        marking: Marking::Amber,
    }];
    material.reports = vec![Report {
        reference: format!("{}/8", "0b".repeat(16)),
        title: "How it works".into(),
        text: "It calls home.".into(),
        published_ms: MADE_MS,
        organisation: Some("vendor.example".into()),
        marking: Marking::AmberStrict,
        techniques: vec!["T1071".into()],
        indicators: vec![
            (note, "evil.example".into()),
            ("0c/1".into(), "not.there.example".into()),
        ],
    }];
    let written = write(Format::Stix, &material);
    assert_eq!(written.marking, Some(Marking::AmberStrict));
    let bundle: Value = serde_json::from_slice(&written.bytes).unwrap();
    let objects = bundle["objects"].as_array().unwrap();
    let ids: BTreeSet<&str> = objects
        .iter()
        .map(|object| object["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), objects.len(), "each once");
    let mut refs = 0;
    for object in objects {
        for (name, value) in object.as_object().unwrap() {
            let named: Vec<&Value> = match (name.ends_with("_ref"), name.ends_with("_refs")) {
                (true, _) => vec![value],
                (_, true) => value.as_array().unwrap().iter().collect(),
                _ => continue,
            };
            for id in named {
                refs += 1;
                assert!(ids.contains(id.as_str().unwrap()), "{name}: {id}");
            }
        }
    }
    assert!(refs > 20, "{refs}");
    let of = |kind: &str| objects.iter().filter(|object| object["type"] == kind).count();
    assert_eq!((of("indicator"), of("sighting"), of("report")), (13, 1, 1));
    assert_eq!((of("attack-pattern"), of("marking-definition")), (2, 3));
    let revoked: Vec<_> = objects
        .iter()
        .filter(|object| object["revoked"] == true)
        .collect();
    assert_eq!(revoked.len(), 2, "the indicator and what it indicates");
    // A protected source is in no member of what it gave.
    let protected = objects
        .iter()
        .find(|object| object["pattern"] == "[ipv4-addr:value = '192.0.2.7']")
        .unwrap();
    assert!(protected.get("created_by_ref").is_none() && protected.get("external_references").is_none());
}

#[test]
fn hostile_text_stays_text() {
    let mut hostile = every_kind();
    for one in &mut hostile {
        one.title = HOSTILE.into();
        one.labels = vec![HOSTILE.into()];
        one.description = Some(HOSTILE.into());
        one.operation = HOSTILE.into();
    }
    let calm = material(every_kind());
    let mut hostile = material(hostile);
    hostile.title = HOSTILE.into();
    for format in Format::ALL {
        let (calm, hostile) = (write(format, &calm), write(format, &hostile));
        assert_eq!(
            read_back_or_rules(format, &calm.bytes),
            read_back_or_rules(format, &hostile.bytes),
            "{format}"
        );
    }
    let table = String::from_utf8(write(Format::Csv, &hostile).bytes).unwrap();
    for line in table.lines().skip(1) {
        assert!(!line.contains(",=") && !line.contains("\"="), "{line}");
    }
    let told = write(Format::Csv, &hostile).told;
    assert!(
        told.iter()
            .any(|(words, count)| words.contains("formula") && *count > 10),
        "{told:?}"
    );
}

/// Values, or of rules their heads and how many there are.
fn read_back_or_rules(format: Format, bytes: &[u8]) -> BTreeSet<String> {
    if format != Format::Suricata {
        return read_back(bytes).1;
    }
    let text = std::str::from_utf8(bytes).unwrap();
    let rules = text.lines().filter(|line| !line.starts_with('#'));
    rules
        .map(|rule| {
            let (head, options) = rule.split_once(" (msg:\"").unwrap();
            // The message ends at the first quotation mark without a backslash; what follows are our own options.
            let mut escaped = false;
            let end = options.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            format!("{head} {}", &options[end.unwrap()..])
        })
        .collect()
}

#[test]
fn rules_say_what_they_look_for_and_keep_their_numbers() {
    let written = write(Format::Suricata, &material(every_kind()));
    let text = String::from_utf8(written.bytes).unwrap();
    for expected in [
        "alert dns any any -> any any (msg:\"Accord evil.example simda, T1566.001\"; dns.query; dotprefix; content:\".evil.example\"; nocase; endswith; metadata:marking TLP_GREEN; sid:",
        "alert ip any any <> 192.0.2.0/24 any (msg:",
        "alert ip any any <> [2001:db8::/32] any (msg:",
        "alert ip any any -> 198.51.100.7 8443 (msg:",
        "http.host; content:\"bad.example\"; startswith; endswith; http.uri; content:\"/a|27|b.php|3f|x=1\"; startswith;",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let sids: Vec<&str> = text
        .split("sid:")
        .skip(1)
        .filter_map(|rest| rest.split(';').next())
        .collect();
    assert_eq!(sids.iter().collect::<BTreeSet<_>>().len(), written.indicators);
    // One alone has the number that it has among others.
    let alone = write(Format::Suricata, &material(vec![every_kind().remove(0)]));
    assert!(
        String::from_utf8(alone.bytes)
            .unwrap()
            .contains(&format!("sid:{};", sids[0]))
    );
    let left: usize = written
        .told
        .iter()
        .filter(|(words, _)| words.contains("left out"))
        .map(|(_, n)| n)
        .sum();
    assert_eq!(left + written.indicators, every_kind().len());
}

#[test]
fn what_is_withdrawn_or_over_is_carried_as_such_or_left_out_and_told() {
    let mut all = every_kind();
    all.truncate(3);
    all[0].withdrawn_ms = Some(MADE_MS);
    all[1].valid_until_ms = Some(MADE_MS);
    for format in Format::ALL {
        let written = write(format, &material(all.clone()));
        let told = |words: &str| {
            written
                .told
                .iter()
                .find(|(known, _)| known.contains(words))
                .map(|(_, count)| *count)
        };
        if format.carries_withdrawn() {
            assert_eq!((told("withdrawn"), told("validity")), (None, None), "{format}");
        } else {
            assert_eq!(
                (told("withdrawn"), told("validity")),
                (Some(1), Some(1)),
                "{format}"
            );
            assert!(written.indicators <= 1, "{format}");
        }
    }
    let (_, values, not_used) = read_back(&write(Format::Misp, &material(all)).bytes);
    assert!(!values.contains("evil.example") && not_used.contains(&NotUsed::Withdrawn));
}

#[test]
fn formats_by_their_words() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse(), Ok(format));
        assert!(!format.words().is_empty() && !format.extension().is_empty());
    }
    assert!("pdf".parse::<Format>().is_err());
}
