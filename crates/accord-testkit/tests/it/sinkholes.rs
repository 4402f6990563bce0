//! Victims counted at a sinkhole, letters to providers, and one instant in several zones.

use std::collections::{BTreeMap, BTreeSet};

use accord_logstore::{FormatSetting, SourceConfig};
use accord_model::agreement::templates::Template;
use accord_model::content::{ActionKind, CheckResult, Execution, TargetCheck};
use accord_model::{EntryRef, Role, Tlp};
use accord_service::{
    NETWORKS_FILE, NewAction, NewCheck, NewPlan, NewReceipt, NewTarget, NewTargets, OwnAnswer, SayGo,
    ServiceError, Word,
};
use accord_testkit::{Story, as_json};

use crate::{TWO, clean, denied, same_fold};

const HOUR_MS: u64 = 3_600_000;
const SUNK: &str = "beacon.bad.example";
const HOSTILE: &str = "</w:t><w:x>&\"'";

/// A case of two with one target that the provider answers for, checked, planned and gone for.
async fn gone(seed: u64) -> (Story, EntryRef) {
    let mut story = Story::begin(seed, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    let case = story.case();
    let researcher = story.org("isp").who("researcher").person;
    let (isp, approver) = story.at("isp", "approver");
    isp.add_member(approver, case, researcher, &[Role::Researcher].into(), None)
        .await
        .unwrap();
    story.sync().await.unwrap();
    let new = NewTargets {
        marking: Tlp::Amber,
        to: Vec::new(),
        targets: vec![NewTarget {
            value: SUNK.into(),
            target: None,
            action: ActionKind::Sinkhole,
            responsible: story.org("isp").name.clone(),
            reason: format!("calls home {HOSTILE}"),
            rests_on: Vec::new(),
        }],
    };
    let (agency, investigator) = story.at("agency", "investigator");
    let target = agency.propose_targets(investigator, case, &new).await.unwrap()[0].at;
    let needed = [
        TargetCheck::AllowList,
        TargetCheck::Holder,
        TargetCheck::Age,
        TargetCheck::Popularity,
    ];
    let checks = needed.map(|check| NewCheck {
        target,
        check,
        result: CheckResult::Clear,
        text: "looked at".into(),
    });
    agency.check_targets(investigator, case, &checks).await.unwrap();
    story.sync().await.unwrap();
    for org in ["agency", "isp"] {
        let (node, who) = story.at(org, "approver");
        let answer = OwnAnswer {
            target,
            own: false,
            text: None,
        };
        node.answer_own(who, case, &[answer]).await.unwrap();
    }
    story.sync().await.unwrap();
    let plan = NewPlan {
        title: "Day of action".into(),
        marking: Tlp::Amber,
        instant_ms: story.world.now_ms() + HOUR_MS,
        text: "point it to the sinkhole".into(),
        actions: vec![NewAction {
            target,
            org: None,
            action: None,
            after_ms: 0,
        }],
    };
    let (agency, officer) = story.at("agency", "officer");
    let plan = agency.write_plan(officer, case, &plan).await.unwrap();
    story.sync().await.unwrap();
    for org in ["agency", "isp"] {
        let said = SayGo {
            word: Word::Go,
            commitment: plan.commitment.clone(),
            instant_ms: plan.instant_ms,
            reason: None,
        };
        let (node, who) = story.at(org, "approver");
        node.say_go(who, case, &said).await.unwrap();
    }
    story.sync().await.unwrap();
    (story, target)
}

fn source(name: &str) -> SourceConfig {
    SourceConfig {
        name: name.into(),
        description: "web server of the sinkhole".into(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: "UTC".into(),
        clock_offset_ms: None,
        ordinary_course: true,
        custodian: "duty operator".into(),
    }
}

/// Lines of an access log, with addresses that come again; and the distinct ones of each day, told naively.
fn log() -> (String, BTreeMap<&'static str, BTreeSet<String>>) {
    let mut text = String::new();
    let mut days: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let written = [("26/Nov/2026", "2026-11-26"), ("27/Nov/2026", "2026-11-27")];
    for number in 0..400u32 {
        let (stamp, day) = written[usize::from(number % 3 == 0)];
        let address = match number % 5 {
            0 => format!("2001:db8::{:x}", number % 40),
            _ => format!("192.0.2.{}", number * 7 % 90),
        };
        text += &format!(
            "{address} - - [{stamp}:10:{:02}:{:02} +0000] \"GET /gate.php?ip=198.51.100.9 HTTP/1.1\" 200 12 \"-\" \"-\"\n",
            number / 60,
            number % 60
        );
        days.entry(day).or_default().insert(address);
    }
    text += "what is no line of it\n";
    (text, days)
}

#[tokio::test(flavor = "multi_thread")]
async fn distinct_victims_by_day_and_no_address_leaves() {
    let (mut story, target) = gone(401).await;
    let case = story.case();
    let isp = story.org("isp").node().clone();
    let (_, operator) = story.at("isp", "operator");
    let (_, researcher) = story.at("isp", "researcher");
    let (_, approver) = story.at("isp", "approver");
    isp.add_source(operator, source("sink")).await.unwrap();
    let (text, expected) = log();
    isp.import_log(operator, "sink", "gate.log", text.as_bytes())
        .await
        .unwrap();
    // Only after somebody said that it was pointed there; only a source that is there; only by who shares sightings.
    denied(isp.mark_sinkhole(researcher, case, target, "sink", None).await);
    story.world.advance(2 * HOUR_MS);
    let receipt = NewReceipt {
        target,
        outcome: Execution::Done,
        at_ms: None,
        text: "points to the sinkhole".into(),
    };
    isp.give_receipts(approver, case, &[receipt]).await.unwrap();
    denied(isp.mark_sinkhole(approver, case, target, "sink", None).await);
    let none = isp.mark_sinkhole(researcher, case, target, "nothing", None).await;
    assert!(matches!(none, Err(ServiceError::Logs(_))), "{none:?}");
    isp.mark_sinkhole(researcher, case, target, "sink", None)
        .await
        .unwrap();
    isp.mark_sinkhole(researcher, case, target, "sink", None)
        .await
        .unwrap();

    // The operator's table names networks, for the provider's own eyes.
    std::fs::write(
        story.org("isp").dir().join(NETWORKS_FILE),
        "192.0.2.0/26,First,AT\n192.0.2.64/26,Second,DE\n",
    )
    .unwrap();
    let seen = isp.sinkholes(researcher, case).await.unwrap();
    assert_eq!((seen.len(), seen[0].value.as_str()), (1, SUNK));
    assert_eq!(seen[0].not_counted, 1);
    let counted: BTreeMap<&str, u64> = seen[0]
        .days
        .iter()
        .map(|day| (day.day.as_str(), day.victims))
        .collect();
    let naive: BTreeMap<&str, u64> = expected
        .iter()
        .map(|(day, all)| (*day, all.len() as u64))
        .collect();
    assert_eq!(counted, naive, "as counted one by one");
    let first = |day: &str| {
        expected[day]
            .iter()
            .filter(|address| {
                address
                    .strip_prefix("192.0.2.")
                    .is_some_and(|last| last.parse::<u8>().unwrap() < 64)
            })
            .count() as u64
    };
    for day in &seen[0].days {
        assert_eq!(day.networks["First, AT"], first(&day.day), "{}", day.day);
    }

    // Shared: numbers by day, once; and what is new later.
    let shared = isp.share_victims(researcher, case).await.unwrap();
    assert_eq!(shared.len(), 2);
    assert!(
        isp.share_victims(researcher, case).await.unwrap().is_empty(),
        "nothing new"
    );
    let more = "203.0.113.5 - - [27/Nov/2026:11:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n";
    isp.import_log(operator, "sink", "more.log", more.as_bytes())
        .await
        .unwrap();
    assert_eq!(isp.share_victims(researcher, case).await.unwrap().len(), 1);
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    let at_agency = agency.victims_seen(officer, case).await.unwrap();
    let sums: BTreeMap<&str, u64> = at_agency[&target]
        .iter()
        .map(|one| (one.day.as_str(), one.count))
        .collect();
    assert_eq!(sums["2026-11-26"], naive["2026-11-26"]);
    assert_eq!(sums["2026-11-27"], naive["2026-11-27"] + 1);
    let everything = as_json(&agency.case(officer, case).await.unwrap());
    for secret in ["192.0.2.", "2001:db8", "203.0.113.5", "First, AT", "gate.php"] {
        assert!(!everything.contains(secret), "{secret} at the agency");
    }
    same_fold(&story).await;
    drop(isp);
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_tells_the_victim_and_what_is_unclear_is_counted_apart() {
    let (story, target) = gone(403).await;
    let case = story.case();
    let (isp, operator) = story.at("isp", "operator");
    let (_, researcher) = story.at("isp", "researcher");
    let (_, approver) = story.at("isp", "approver");
    story.world.advance(2 * HOUR_MS);
    let receipt = NewReceipt {
        target,
        outcome: Execution::Done,
        at_ms: None,
        text: "points to the sinkhole".into(),
    };
    isp.give_receipts(approver, case, &[receipt]).await.unwrap();
    // Zeek, with the sinkhole's own address before the victim's.
    let zeek = "#separator \\x09\n#fields\tts\tid.resp_h\tid.orig_h\n#types\ttime\taddr\taddr\n\
                1795687200.0\t198.51.100.9\t192.0.2.1\n1795687201.0\t198.51.100.9\t192.0.2.2\n\
                1795687202.0\t198.51.100.9\t192.0.2.1\n";
    // A firewall's text: two addresses a line, and one line with one.
    let text = "2026-11-26T10:00:00Z DST=198.51.100.9 SRC=192.0.2.7\n2026-11-26T10:00:01Z DST=198.51.100.9 SRC=192.0.2.8\n\
                2026-11-26T10:00:02Z seen 192.0.2.9\n";
    for (name, log) in [("zeek", zeek), ("firewall", text)] {
        isp.add_source(operator, source(name)).await.unwrap();
        isp.import_log(operator, name, "a.log", log.as_bytes())
            .await
            .unwrap();
    }
    let counted = async || isp.sinkholes(researcher, case).await.unwrap().remove(0);
    let day = "2026-11-26".to_owned();
    isp.mark_sinkhole(researcher, case, target, "zeek", None)
        .await
        .unwrap();
    let view = counted().await;
    assert_eq!(
        (&view.days[0].day, view.days[0].victims),
        (&day, 2),
        "not the sinkhole itself"
    );
    assert_eq!((view.not_counted, view.ambiguous), (0, 0));

    isp.mark_sinkhole(researcher, case, target, "firewall", None)
        .await
        .unwrap();
    let view = counted().await;
    assert_eq!(
        (view.days[0].victims, view.ambiguous, view.not_counted),
        (3, 2, 0)
    );
    // Whoever brings it in says which column tells; a line without it is nobody's.
    for wrong in ["", "a=b", "a\nb", &"x".repeat(129)] {
        let refused = isp
            .mark_sinkhole(researcher, case, target, "firewall", Some(wrong))
            .await;
        assert!(matches!(refused, Err(ServiceError::Invalid { .. })), "{wrong}");
    }
    denied(
        isp.mark_sinkhole(approver, case, target, "firewall", Some("SRC"))
            .await,
    );
    isp.mark_sinkhole(researcher, case, target, "firewall", Some("SRC"))
        .await
        .unwrap();
    let view = counted().await;
    assert_eq!(
        (view.days[0].victims, view.ambiguous, view.not_counted),
        (4, 0, 1)
    );
    assert_eq!(view.columns["firewall"], "SRC");
    assert_eq!(view.sources, ["firewall", "zeek"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_as_a_document_and_the_instant_in_zones() {
    let (story, _) = gone(402).await;
    let case = story.case();
    let (agency, investigator) = story.at("agency", "investigator");
    let isp = story.org("isp").name.clone();
    let nowhere = agency
        .set_org_zone(investigator, &isp, Some("Nowhere/Here"))
        .await;
    assert!(matches!(nowhere, Err(ServiceError::Invalid { .. })));
    let stranger = "stranger.example".parse().unwrap();
    let unknown = agency.set_org_zone(investigator, &stranger, Some("UTC")).await;
    assert!(matches!(unknown, Err(ServiceError::NotFound(_))));
    agency
        .set_org_zone(investigator, &isp, Some("Asia/Kolkata"))
        .await
        .unwrap();
    assert_eq!(
        agency.org_zones(investigator).await.unwrap()[&isp],
        "Asia/Kolkata"
    );
    let (_, auditor) = story.at("agency", "auditor");
    denied(agency.org_zones(auditor).await);

    let (name, bytes) = agency.notice_document(investigator, case, &isp).await.unwrap();
    assert_eq!(name, "notice-isp.docx");
    let files =
        accord_formats::archive::read_zip(&bytes, &accord_formats::archive::Limits::default()).unwrap();
    let text = files
        .iter()
        .find(|(name, _)| name.as_str() == "word/document.xml")
        .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
        .expect("the document");
    assert!(text.contains(SUNK) && text.contains("DRAFT"));
    assert!(
        text.contains("Asia/Kolkata, +05:30") && text.contains("(UTC, +00:00)"),
        "{text}"
    );
    assert!(!text.contains(HOSTILE), "unescaped");
    assert!(text.contains("&lt;/w:t&gt;&lt;w:x&gt;&amp;"), "{text}");
    // The same facts, the same bytes.
    let (_, again) = agency.notice_document(investigator, case, &isp).await.unwrap();
    assert_eq!(bytes, again);
    let nobody = agency.notice_document(investigator, case, &stranger).await;
    assert!(matches!(nobody, Err(ServiceError::NotFound("notice"))));
    denied(agency.notice_document(auditor, case, &isp).await);
    agency.set_org_zone(investigator, &isp, None).await.unwrap();
    assert!(agency.org_zones(investigator).await.unwrap().is_empty());
}
