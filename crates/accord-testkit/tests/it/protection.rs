//! From an indicator to a verdict on another organisation's node, and back as a sighting.

use accord_logstore::{FormatSetting, SourceConfig};
use accord_model::agreement::templates::Template;
use accord_model::content::{
    Indicator, IndicatorAt, IndicatorPublished, IndicatorWithdrawn, VerdictBlock, VerdictDetect, VerdictWish,
};
use accord_model::{EntryRef, OrgKind, Role, Tlp};
use accord_service::{
    AudienceSecret, Draft, NewAudience, NewNote, Node, POPULAR_ABOVE, Reach, ServiceError, SignedIn,
};
use accord_store::Fault;
use accord_testkit::{DAY_MS, Story};
use accord_verdict::{Action, Reader};

use crate::is_on_disk;

const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];
const VALUE: &str = "evil.example";

/// A case of agency and provider, each with a list of what many use, and an audience of the provider's customers.
async fn story(seed: u64, template: Template) -> Story {
    let mut story = Story::begin(seed, ORGS).await;
    story.agree(template, &["agency", "isp"]).await.unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let researcher = story.at("isp", "researcher").1.person;
    let roles = [Role::Researcher].into();
    isp.add_member(approver, story.case(), researcher, &roles, None)
        .await
        .unwrap();
    story.sync().await.unwrap();
    for org in ["agency", "isp"] {
        let (node, operator) = story.at(org, "operator");
        let loaded = node
            .load_allow_list(operator, "top", "bank.example\n192.0.2.1\n")
            .await;
        assert_eq!(loaded.unwrap().values, 2);
    }
    let (isp, operator) = story.at("isp", "operator");
    for (name, reach) in [("customers", Reach::Customers), ("public", Reach::Public)] {
        let new = NewAudience {
            name: name.into(),
            reach,
            dnsbl: None,
            rpz: Some(format!("{name}.rpz.example")),
            clients: vec!["127.0.0.0/8".into()],
            notify: Vec::new(),
            edge: false,
        };
        isp.open_audience(operator, &new).await.unwrap();
    }
    story
}

fn draft(title: &str, note: NewNote) -> Draft {
    Draft {
        title: title.into(),
        marking: Tlp::Amber,
        to: Vec::new(),
        note,
        expect: None,
    }
}

fn indicators(values: &[&str]) -> NewNote {
    let one = |value: &&str| Indicator {
        value: (*value).into(),
        kind: None,
        labels: vec!["simda".into()],
        confidence: None,
        valid_until_ms: None,
    };
    NewNote::new(IndicatorPublished {
        indicators: values.iter().map(one).collect(),
        note: None,
        from: "analysis".into(),
        grading: None,
        source_protected: false,
        wish: VerdictWish::Detect,
        report: None,
        second: None,
    })
    .unwrap()
}

fn at(published: EntryRef, value: &str) -> Vec<IndicatorAt> {
    vec![IndicatorAt {
        published,
        value: value.into(),
    }]
}

fn detect(published: EntryRef, value: &str) -> NewNote {
    NewNote::new(VerdictDetect {
        indicators: at(published, value),
        audience: Vec::new(),
        reason: None,
    })
    .unwrap()
}

fn block(published: EntryRef, value: &str) -> NewNote {
    NewNote::new(VerdictBlock {
        indicators: at(published, value),
        audience: Vec::new(),
        reason: "the go of plan 1".into(),
        plan: None,
        second: None,
    })
    .unwrap()
}

/// What is done about a value, and whether whoever asks is told.
async fn served(node: &Node, audience: &str, value: &str) -> (Option<Action>, bool) {
    node.refresh_verdicts().await.unwrap();
    let audience = node.verdicts.audience(audience).expect("an audience");
    let mut reader = Reader::default();
    let action = audience.inspect(&mut reader, value).action();
    (action, audience.answer(&mut reader, value).is_listed())
}

async fn write(story: &Story, note: NewNote) -> accord_service::Result<EntryRef> {
    let (agency, officer) = story.at("agency", "officer");
    let published = agency
        .publish_note(officer, story.case(), &draft("n", note))
        .await?;
    story.sync().await.unwrap();
    Ok(published.at)
}

#[tokio::test(flavor = "multi_thread")]
async fn detected_in_silence_then_blocked_then_withdrawn() {
    let story = story(81, Template::AgencyIsp).await;
    let case = story.case();
    let isp = story.org("isp").node();
    let published = write(&story, indicators(&[VALUE])).await.unwrap();
    assert_eq!(
        served(isp, "customers", VALUE).await,
        (None, false),
        "nobody has said so yet"
    );

    write(&story, detect(published, VALUE)).await.unwrap();
    assert_eq!(
        served(isp, "customers", "www.evil.example").await,
        (Some(Action::Detect), false)
    );
    assert_eq!(
        served(isp, "public", VALUE).await,
        (None, false),
        "TLP:AMBER is not for the public"
    );
    let operator = story.at("isp", "operator").1;
    let zone = |zone: Vec<u8>| String::from_utf8(zone).unwrap();
    let silent = zone(isp.policy_zone(operator, "customers").await.unwrap());
    assert!(!silent.contains("evil"), "{silent}");

    // It was asked about twice; the agency learns how often, and not by whom.
    served(isp, "customers", VALUE).await;
    let researcher = story.at("isp", "researcher").1;
    let shared = isp.share_sightings(researcher, case).await.unwrap();
    assert_eq!(shared.len(), 1);
    assert!(
        isp.share_sightings(researcher, case).await.unwrap().is_empty(),
        "nothing new"
    );
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    let view = agency.indicators(officer, case).await.unwrap().remove(0);
    let counts: Vec<_> = view
        .seen
        .iter()
        .map(|seen| (seen.org.as_str(), seen.count))
        .collect();
    assert_eq!((view.verdict, counts), ("detect", vec![("isp", 2)]));
    let growing = agency.stories(officer).await.unwrap().week;
    assert!(
        growing
            .iter()
            .any(|row| row.what == "simda" && row.is_new && row.now == 2)
    );

    write(&story, block(published, VALUE)).await.unwrap();
    assert_eq!(served(isp, "customers", VALUE).await, (Some(Action::Block), true));
    let zone = zone(isp.policy_zone(operator, "customers").await.unwrap());
    assert!(zone.contains("evil.example CNAME ."), "{zone}");
    let serial = isp.verdicts.audience("customers").unwrap().snapshot().serial();

    // After a start the same is served, with a serial that never goes back.
    let mut story = story;
    story.org_mut("isp").restart().await;
    let isp = story.org("isp").node();
    assert_eq!(served(isp, "customers", VALUE).await, (Some(Action::Block), true));
    assert!(isp.verdicts.audience("customers").unwrap().snapshot().serial() >= serial);

    let withdrawn = NewNote::new(IndicatorWithdrawn {
        published,
        values: Vec::new(),
        reason: "it was a mistake".into(),
        second: None,
    });
    write(&story, withdrawn.unwrap()).await.unwrap();
    assert_eq!(served(isp, "customers", VALUE).await, (None, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_use_waits_for_a_second_person() {
    let mut story = story(82, Template::AgencyIsp).await;
    let case = story.case();
    let values = ["evil.example", "bank.example"];
    let refused = write(&story, indicators(&values)).await.unwrap_err();
    assert!(refused.to_string().contains("bank.example"), "{refused}");
    let (agency, officer) = story.at("agency", "officer");
    let waiting = agency
        .ask_for_second(officer, case, &draft("both", indicators(&values)))
        .await
        .unwrap();
    let own = agency.second_note(officer, case, &waiting).await;
    assert!(matches!(own, Err(ServiceError::Denied(_))), "{own:?}");
    // Another person, named on the case with a role that writes such notes.
    let org = story.org_mut("agency");
    org.add_person("second", &[Role::Investigator]).await.unwrap();
    let second = story.at("agency", "second").1.clone();
    let (agency, approver) = story.at("agency", "approver");
    let stranger = agency.second_note(&second, case, &waiting).await;
    assert!(matches!(stranger, Err(ServiceError::NotFound(_))), "{stranger:?}");
    let roles = [Role::Investigator].into();
    agency
        .add_member(approver, case, second.person, &roles, None)
        .await
        .unwrap();
    assert_eq!(agency.waiting_notes(&second, case).await.unwrap().len(), 1);
    let published = agency.second_note(&second, case, &waiting).await.unwrap();
    assert!(agency.waiting_notes(&second, case).await.unwrap().is_empty());
    story.sync().await.unwrap();
    // A block of it waits as well; one of the other does not.
    write(&story, block(published.at, "evil.example")).await.unwrap();
    let refused = write(&story, block(published.at, "bank.example"))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("second person"), "{refused}");
    // Nobody can be named as having agreed.
    let claimed = NewNote::new(VerdictBlock {
        indicators: at(published.at, "bank.example"),
        audience: Vec::new(),
        reason: "r".into(),
        plan: None,
        second: Some(second.person),
    });
    let refused = write(&story, claimed.unwrap()).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Invalid { .. }), "{refused:?}");
    // A verdict is a case officer's, not an investigator's.
    let refused = agency_write(&story, &second, detect(published.at, "evil.example")).await;
    assert!(matches!(refused, Err(ServiceError::Denied(_))), "{refused:?}");
}

async fn agency_write(story: &Story, who: &SignedIn, note: NewNote) -> accord_service::Result<()> {
    let node = story.org("agency").node();
    node.publish_note(who, story.case(), &draft("n", note))
        .await
        .map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_has_no_verdict_and_what_is_past_its_time_is_served_no_more() {
    let story = story(83, Template::AgencyIsp).await;
    let isp = story.org("isp").node();
    let refused = write(&story, indicators(&["no value at all"])).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Invalid { .. }), "{refused:?}");
    let until = story.world.now_ms() + DAY_MS;
    let short = Indicator {
        value: VALUE.into(),
        kind: None,
        labels: Vec::new(),
        confidence: None,
        valid_until_ms: Some(until),
    };
    let note = NewNote::new(IndicatorPublished {
        indicators: vec![short],
        note: None,
        from: "analysis".into(),
        grading: None,
        source_protected: false,
        wish: VerdictWish::None,
        report: None,
        second: None,
    });
    let published = write(&story, note.unwrap()).await.unwrap();
    let refused = write(&story, block(published, "other.example"))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("other.example"), "{refused}");
    write(&story, block(published, VALUE)).await.unwrap();
    assert_eq!(served(isp, "customers", VALUE).await, (Some(Action::Block), true));
    story.world.advance(DAY_MS);
    assert_eq!(served(isp, "customers", VALUE).await, (None, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_looked_up_in_ones_own_cases_only() {
    let mut story = story(84, Template::AgencyIsp).await;
    let published = write(&story, indicators(&[VALUE])).await.unwrap();
    write(&story, detect(published, VALUE)).await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let found = isp
        .look_up(approver, "http://www.evil[.]example/a")
        .await
        .unwrap();
    assert_eq!(
        (found.len(), found[0].cases.as_slice()),
        (1, [story.case()].as_slice())
    );
    assert_eq!(found[0].audiences.get("customers"), Some(&"detect"));
    assert!(isp.look_up(approver, "good.example").await.unwrap().is_empty());
    let org = story.org_mut("agency");
    org.add_person("outside", &[Role::Investigator]).await.unwrap();
    let (agency, outside) = story.at("agency", "outside");
    assert!(
        agency.look_up(outside, VALUE).await.unwrap().is_empty(),
        "not on the case"
    );
    let operator = story.at("isp", "operator").1;
    let refused = story.org("isp").node().look_up(operator, VALUE).await;
    assert!(matches!(refused, Err(ServiceError::Denied(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_the_logs_of_many_sources_needs_a_second_person() {
    let mut story = story(85, Template::AgencyIsp).await;
    let now_ms = story.world.now_ms();
    let stamp = |days_ago: u64| accord_formats::export::rfc3339(now_ms - days_ago * DAY_MS);
    let recent = format!("{} query www.wide.example from 192.0.2.77\n", stamp(1));
    let old = format!("{} query old.example\n", stamp(31));
    let import = async |story: &Story, name: &str, text: &str| {
        let (node, operator) = story.at("agency", "operator");
        let source = SourceConfig {
            name: name.into(),
            description: "resolver".into(),
            format: FormatSetting::Auto,
            customers: Vec::new(),
            time_zone: "UTC".into(),
            clock_offset_ms: None,
            ordinary_course: true,
            custodian: "duty operator".into(),
        };
        node.add_source(operator, source).await.unwrap();
        let file = format!("{name}.log");
        node.import_log(operator, name, &file, text.as_bytes())
            .await
            .unwrap();
    };
    for number in 0..POPULAR_ABOVE {
        import(&story, &format!("s{number}"), &format!("{recent}{old}")).await;
    }
    // As many as the set number are not more.
    for value in ["www.wide.example", "wide.example", "old.example"] {
        write(&story, indicators(&[value])).await.unwrap();
    }
    // One source more. The name and what it is under; not what is under it, nor what was seen long ago.
    import(&story, "one-more", &format!("{recent}{recent}{old}")).await;
    let check = async |story: &Story| {
        for (value, second) in [
            ("www.wide.example", true),
            ("wide.example", true),
            ("http://www.wide.example/gate.php", true),
            ("192.0.2.77", true),
            ("a.www.wide.example", false),
            ("old.example", false),
        ] {
            let outcome = write(story, indicators(&[value])).await;
            let asks = outcome
                .as_ref()
                .is_err_and(|why| why.to_string().contains("second person"));
            assert_eq!(asks, second, "{value}: {outcome:?}");
        }
    };
    check(&story).await;
    // A start finds it again.
    story.org_mut("agency").restart().await;
    check(&story).await;
    let kept = story.org("agency").dir().join("seen-names");
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), POPULAR_ABOVE + 1);
    // A month later nobody saw it lately.
    story.world.advance(31 * DAY_MS);
    write(&story, indicators(&["www.wide.example"])).await.unwrap();
}

/// Neither under an idempotency key nor for who sends twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_made_anew_is_told_once_and_kept_by_its_digest_alone() {
    let mut story = story(121, Template::AgencyIsp).await;
    let (isp, operator) = story.at("isp", "operator");
    let mut told = Vec::new();
    for what in [
        AudienceSecret::Token,
        AudienceSecret::Token,
        AudienceSecret::Edges,
        AudienceSecret::Transfer,
    ] {
        let key = format!("renew-{}", what.as_str());
        let once = isp.once(operator, &key, b"this request").await.unwrap();
        let once = once.expect("no answer is kept");
        let renewed = once
            .run(isp.renew_audience(operator, "customers", what))
            .await
            .unwrap();
        told.extend(
            [renewed.token, renewed.edge_token, renewed.transfer_secret]
                .into_iter()
                .flatten(),
        );
    }
    assert_eq!(told.len(), 4);
    assert_ne!(told[0], told[1], "sent twice, it is another");
    let node = story.org("isp").node();
    assert!(node.verdicts.audience_of(&told[0]).is_none() && node.verdicts.audience_of(&told[1]).is_some());
    assert!(node.verdicts.audience_of_edge(&told[2]).is_some());
    story.org_mut("isp").stop().await;
    let dir = story.org("isp").dir();
    assert!(
        is_on_disk(&dir, "audience.transfer-renewed"),
        "it is looked in the right place"
    );
    for secret in &told {
        assert!(!is_on_disk(&dir, secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_whose_renewal_is_lost_stays_the_one_of_before() {
    let mut story = story(122, Template::AgencyIsp).await;
    let (isp, operator) = story.at("isp", "operator");
    let renew = || isp.renew_audience(operator, "customers", AudienceSecret::Token);
    let before = renew().await.unwrap().token.unwrap();
    story.world.arm(1, Fault::Lost);
    assert!(renew().await.is_err());
    story.world.disarm();
    assert!(
        isp.verdicts.audience_of(&before).is_some(),
        "what is on the disk is served"
    );
    assert!(story.org_mut("isp").restart_if_broken().await);
    let isp = story.org("isp").node();
    assert!(isp.verdicts.audience_of(&before).is_some());
}
