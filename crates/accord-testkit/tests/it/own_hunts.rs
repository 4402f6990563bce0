//! Hunts in one's own logs: what they find, who sees them, that they go on where they ended and look by themselves.

use accord_logstore::{FormatSetting, SourceConfig};
use accord_model::Role;
use accord_service::{
    JobState, NewMark, NewOwnHunt, OWN_DRAFT_LINES_MAX, OWN_HUNTS_MAX, OWN_VALUES_MAX, OwnFilter,
    OwnHuntView, OwnLines, ServiceError, Todo,
};
use accord_testkit::{FRESH, Story, USUAL};

use crate::denied;

async fn import(story: &Story, source: &str, log: &str) {
    let (node, who) = story.at("isp", "operator");
    let source = SourceConfig {
        name: source.into(),
        description: "names asked for".into(),
        format: FormatSetting::Auto,
        customers: vec!["10.0.0.0/8".parse().unwrap()],
        time_zone: "UTC".into(),
        clock_offset_ms: Some(0),
        ordinary_course: true,
        custodian: "duty operator".into(),
    };
    let name = source.name.clone();
    node.add_source(who, source).await.unwrap();
    node.import_log(who, &name, "x.log", log.as_bytes())
        .await
        .unwrap();
}

fn line(day: u32, customer: u32, host: &str) -> String {
    format!(
        "10.1.0.{customer} - - [{day:02}/Nov/2026:08:30:00 +0000] \"GET http://{host}/ HTTP/1.1\" 200 12 \"-\" \"-\"\n"
    )
}

fn of_case(story: &Story, standing: bool) -> NewOwnHunt {
    NewOwnHunt {
        name: "the family at home".into(),
        reason: "whether our customers are hit".into(),
        case: Some(story.case()),
        standing,
        ..NewOwnHunt::default()
    }
}

fn for_values(values: &[&str]) -> NewOwnHunt {
    NewOwnHunt {
        name: "a look".into(),
        reason: "asked by the desk".into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        ..NewOwnHunt::default()
    }
}

async fn run(story: &Story, sign_in: &str, id: &str) -> OwnHuntView {
    let (node, who) = story.at("isp", sign_in);
    let mut hunt = story.org("isp").node().start_own_hunt(who, id).await.unwrap();
    while hunt.state == JobState::Running {
        tokio::task::yield_now().await;
        hunt = node.own_hunt(who, id).await.unwrap();
    }
    assert_eq!(hunt.state, JobState::Done, "{hunt:?}");
    hunt
}

async fn lines(story: &Story, sign_in: &str, id: &str, filter: &OwnFilter) -> OwnLines {
    let (node, who) = story.at("isp", sign_in);
    node.own_lines(who, id, filter).await.unwrap()
}

/// What the agency's officer sees of the case, note by note.
async fn notes_at_the_agency(story: &Story) -> Vec<String> {
    let (node, who) = story.at("agency", "officer");
    let (items, _) = node.timeline(who, story.case(), None).await.unwrap();
    items.iter().map(|item| item.at.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_told_by_value_source_host_and_day_and_line_by_line() {
    let story = Story::watched(1210).await.unwrap();
    let log = [
        line(2, 7, USUAL),
        line(2, 8, "good.example"),
        line(3, 7, FRESH),
        line(3, 7, USUAL),
    ]
    .concat();
    import(&story, "web", &log).await;
    import(&story, "proxy", &line(4, 9, USUAL)).await;
    let (node, who) = story.at("isp", "researcher");
    let hunt = node
        .new_own_hunt(who, &for_values(&[USUAL, FRESH]))
        .await
        .unwrap();
    assert_eq!(
        (hunt.state, hunt.open_segments, hunt.found),
        (JobState::None, 2, 0)
    );
    let counts = node.count_own_hunt(who, &hunt.id).await.unwrap();
    assert_eq!(counts.lines, 4, "told before a line is read");
    let hunt = run(&story, "researcher", &hunt.id).await;
    assert_eq!((hunt.open_segments, hunt.found, hunt.new_lines), (0, 4, 4));
    let told = lines(&story, "researcher", &hunt.id, &OwnFilter::default()).await;
    let groups = |of: &[accord_service::FoundGroup]| -> Vec<(String, usize)> {
        of.iter().map(|group| (group.key.clone(), group.lines)).collect()
    };
    let pair = |key: &str, lines| (key.to_owned(), lines);
    assert_eq!(groups(&told.groups.indicators), [pair(USUAL, 3), pair(FRESH, 1)]);
    assert_eq!(groups(&told.groups.sources), [pair("web", 3), pair("proxy", 1)]);
    assert_eq!(
        groups(&told.groups.hosts),
        [pair("10.1.0.7", 3), pair("10.1.0.9", 1)]
    );
    assert_eq!(
        groups(&told.groups.days),
        [
            pair("2026-11-02", 1),
            pair("2026-11-03", 2),
            pair("2026-11-04", 1)
        ]
    );
    assert_eq!(told.hunt.new_lines, 0, "looked at");
    let one = |filter: OwnFilter| {
        let story = &story;
        let id = hunt.id.clone();
        async move { lines(story, "researcher", &id, &filter).await.lines.len() }
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        one(OwnFilter {
            indicator: some(FRESH),
            ..OwnFilter::default()
        })
        .await,
        1
    );
    assert_eq!(
        one(OwnFilter {
            source: some("web"),
            day: some("2026-11-03"),
            ..OwnFilter::default()
        })
        .await,
        2
    );
    assert_eq!(
        one(OwnFilter {
            host: some("10.1.0.9"),
            source: some("web"),
            ..OwnFilter::default()
        })
        .await,
        0
    );
    assert_eq!(
        one(OwnFilter {
            starred: true,
            ..OwnFilter::default()
        })
        .await,
        0
    );
    // One line: what is beside it, what it says in fields.
    let fresh = told
        .lines
        .iter()
        .find(|line| line.place.hits[0].0 == FRESH)
        .unwrap();
    let shown = node.own_line(who, &hunt.id, fresh.number).await.unwrap();
    assert_eq!(shown.line.text.as_deref(), Some(line(3, 7, FRESH).trim_end()));
    assert_eq!(
        shown
            .beside
            .iter()
            .map(|one| (one.line, one.is_it))
            .collect::<Vec<_>>(),
        [(1, false), (2, false), (3, true), (4, false)]
    );
    assert_eq!(shown.outcome, Some("parsed"));
    let says = |name: &str| {
        shown.said[0]
            .fields
            .iter()
            .find(|(of, _)| of == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(says("src_endpoint.ip").as_deref(), Some("10.1.0.7"));
    // The auditor reads who looked, and why the hunt was made.
    let (node, auditor) = story.at("isp", "auditor");
    let log = node.access_log(auditor, None).await.unwrap();
    for what in [
        "own-hunt.saved",
        "own-hunt.counted",
        "own-hunt.looked",
        "own-hunt.lines-read",
        "own-hunt.line-read",
    ] {
        assert!(log.iter().any(|line| line.what == what), "{what}");
    }
    let saved = log.iter().find(|line| line.what == "own-hunt.saved").unwrap();
    assert!(
        saved.subject.contains("asked by the desk; looks for") && saved.subject.contains(USUAL),
        "{}",
        saved.subject
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_hunt_looks_in_what_comes_in_and_for_what_is_published_and_once() {
    let mut story = Story::watched(1220).await.unwrap();
    import(
        &story,
        "web",
        &[line(2, 7, USUAL), line(2, 7, "late.example")].concat(),
    )
    .await;
    let (node, who) = story.at("isp", "researcher");
    let id = node.new_own_hunt(who, &of_case(&story, true)).await.unwrap().id;
    assert_eq!(node.run_standing_hunts().await.unwrap(), 1);
    assert_eq!(node.run_standing_hunts().await.unwrap(), 0, "nothing came in");
    let inbox = async |story: &Story, sign_in: &str| {
        let (node, who) = story.at("isp", sign_in);
        let all = node.inbox(who).await.unwrap().into_iter();
        all.filter(|item| matches!(item.todo, Todo::LookAtHunt { .. }))
            .map(|item| item.why)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        inbox(&story, "researcher").await,
        ["It found 1 lines that nobody has looked at."]
    );
    assert!(inbox(&story, "outsider").await.is_empty());
    lines(&story, "researcher", &id, &OwnFilter::default()).await;
    assert!(inbox(&story, "researcher").await.is_empty(), "looked at");

    // A log comes in: only that is looked in. After a start the same.
    import(&story, "proxy", &line(5, 9, FRESH)).await;
    story.org_mut("isp").restart().await;
    let (node, _) = story.at("isp", "researcher");
    assert_eq!(node.run_standing_hunts().await.unwrap(), 1);
    assert_eq!(node.run_standing_hunts().await.unwrap(), 0);
    assert_eq!(
        lines(&story, "researcher", &id, &OwnFilter::default())
            .await
            .total,
        2
    );

    // The agency publishes another value: it is looked for in the older logs, and no line is found twice.
    story.lists(&["late.example"]).await.unwrap();
    let (node, who) = story.at("isp", "researcher");
    assert_eq!(node.run_standing_hunts().await.unwrap(), 1);
    let told = lines(&story, "researcher", &id, &OwnFilter::default()).await;
    assert_eq!((told.total, told.hunt.values_total), (3, 3));

    // Let go, it looks no more by itself.
    node.let_own_hunt_stand(who, &id, false).await.unwrap();
    import(&story, "dns", &line(6, 9, FRESH)).await;
    assert_eq!(
        story
            .at("isp", "researcher")
            .0
            .run_standing_hunts()
            .await
            .unwrap(),
        0
    );
    assert_eq!(run(&story, "researcher", &id).await.found, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hunt_is_its_authors_or_of_who_sees_the_case_and_of_nobody_else() {
    let mut story = Story::watched(1230).await.unwrap();
    import(&story, "web", &line(2, 7, USUAL)).await;
    let (node, who) = story.at("isp", "researcher");
    let own = node.new_own_hunt(who, &for_values(&[USUAL])).await.unwrap().id;
    let shared = node.new_own_hunt(who, &of_case(&story, true)).await.unwrap().id;
    run(&story, "researcher", &own).await;
    let sees = async |story: &Story, sign_in: &str| {
        let (node, who) = story.at("isp", sign_in);
        node.own_hunts(who)
            .await
            .map(|all| all.into_iter().map(|hunt| hunt.id).collect::<Vec<_>>())
    };
    let both = sees(&story, "researcher").await.unwrap();
    assert!(both.contains(&own) && both.contains(&shared) && both.len() == 2);
    // The approver sees the organisation's cases; the other researcher is not on this one.
    assert_eq!(
        sees(&story, "approver").await.unwrap(),
        std::slice::from_ref(&shared)
    );
    assert!(sees(&story, "outsider").await.unwrap().is_empty());
    for role in ["auditor", "operator", "signatory"] {
        assert!(denied(sees(&story, role).await).rule.contains("looked through"));
    }
    let none = |error: ServiceError| assert!(matches!(error, ServiceError::NotFound("hunt")), "{error}");
    let (node, outsider) = story.at("isp", "outsider");
    for id in [&own, &shared] {
        none(node.own_hunt(outsider, id).await.unwrap_err());
        none(
            story
                .org("isp")
                .node()
                .start_own_hunt(outsider, id)
                .await
                .unwrap_err(),
        );
        none(node.stop_own_hunt(outsider, id).await.unwrap_err());
        none(node.count_own_hunt(outsider, id).await.unwrap_err());
        none(
            node.own_lines(outsider, id, &OwnFilter::default())
                .await
                .unwrap_err(),
        );
        none(node.own_line(outsider, id, 0).await.unwrap_err());
        none(
            node.mark_own_line(outsider, id, 0, &NewMark::default())
                .await
                .unwrap_err(),
        );
        none(
            node.draft_own_lines(outsider, id, story.case(), &[0])
                .await
                .unwrap_err(),
        );
        none(node.let_own_hunt_stand(outsider, id, true).await.unwrap_err());
        none(node.end_own_hunt(outsider, id).await.unwrap_err());
    }
    // Nor does who does not see the case make one of it.
    let refused = node
        .new_own_hunt(outsider, &of_case(&story, false))
        .await
        .unwrap_err();
    assert!(matches!(refused, ServiceError::NotFound("case")), "{refused}");
    // Who sees it runs it; it is ended by who made it.
    assert_eq!(run(&story, "approver", &shared).await.found, 1);
    let (node, approver) = story.at("isp", "approver");
    denied(node.end_own_hunt(approver, &shared).await);

    // Off the case, its standing hunt stands still, says so, and another lets it stand.
    let researcher = story.at("isp", "researcher").1.person;
    node.remove_member(approver, story.case(), researcher)
        .await
        .unwrap();
    import(&story, "proxy", &line(3, 9, FRESH)).await;
    let (node, approver) = story.at("isp", "approver");
    assert_eq!(node.run_standing_hunts().await.unwrap(), 0);
    assert!(
        sees(&story, "researcher").await.unwrap() == [own.clone()],
        "no more of the case"
    );
    let hunt = node.own_hunt(approver, &shared).await.unwrap();
    assert!(hunt.still.unwrap().contains("no more"));
    node.let_own_hunt_stand(approver, &shared, true).await.unwrap();
    assert_eq!(node.run_standing_hunts().await.unwrap(), 1);
    assert_eq!(node.own_hunt(approver, &shared).await.unwrap().found, 2);
    assert!(story.org_mut("isp").fsck().await.problems.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_marked_and_taken_into_a_case_as_a_draft() {
    let mut story = Story::watched(1240).await.unwrap();
    import(&story, "web", &[line(2, 7, USUAL), line(3, 8, USUAL)].concat()).await;
    let (node, who) = story.at("isp", "researcher");
    let id = node.new_own_hunt(who, &for_values(&[USUAL])).await.unwrap().id;
    run(&story, "researcher", &id).await;
    let mark = NewMark {
        star: true,
        tags: vec!["beacon".into(), " beacon ".into()],
        comment: "every day at half past eight".into(),
    };
    node.mark_own_line(who, &id, 1, &mark).await.unwrap();
    story.org_mut("isp").restart().await;
    let starred = OwnFilter {
        starred: true,
        tag: Some("beacon".into()),
        ..OwnFilter::default()
    };
    let told = lines(&story, "researcher", &id, &starred).await;
    assert_eq!(
        (told.total, told.lines[0].number, told.tags.as_slice()),
        (1, 1, &["beacon".to_owned()][..])
    );
    let given = notes_at_the_agency(&story).await;
    let (node, who) = story.at("isp", "researcher");
    let draft = node
        .draft_own_lines(who, &id, story.case(), &[1, 1])
        .await
        .unwrap();
    assert_eq!((draft.case, draft.by), (Some(story.case()), who.person));
    let shown = node.import(who, &draft.id).await.unwrap();
    let text = serde_json::to_string(&shown).unwrap();
    assert!(
        text.contains("10.1.0.8") && !text.contains("10.1.0.7"),
        "the line that was chosen: {text}"
    );
    // Nothing left: the agency has no new note.
    story.sync().await.unwrap();
    assert_eq!(notes_at_the_agency(&story).await, given);
    let (node, who) = story.at("isp", "researcher");
    let none = NewMark::default();
    node.mark_own_line(who, &id, 1, &none).await.unwrap();
    assert_eq!(lines(&story, "researcher", &id, &starred).await.total, 0);
    let (node, who) = story.at("isp", "researcher");
    for (numbers, wrong) in [(vec![], "lines"), ((0..=OWN_DRAFT_LINES_MAX).collect(), "lines")] {
        let refused = node
            .draft_own_lines(who, &id, story.case(), &numbers)
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, ServiceError::Invalid { field, .. } if field == wrong),
            "{refused}"
        );
    }
    let refused = node
        .draft_own_lines(who, &id, story.case(), &[2])
        .await
        .unwrap_err();
    assert!(matches!(refused, ServiceError::NotFound("line")), "{refused}");
    node.end_own_hunt(who, &id).await.unwrap();
    assert!(node.own_hunts(who).await.unwrap().is_empty());
    assert!(story.org_mut("isp").fsck().await.problems.is_empty());
}

const RULES: &str = "\
title: Usual host
level: high
logsource:
    category: webserver
detection:
    host:
        c-uri|contains: gate.php
    condition: host
---
title: Never here
logsource:
    product: windows
    service: security
detection:
    made:
        EventID: 4720
    condition: made
";

#[tokio::test(flavor = "multi_thread")]
async fn sigma_rules_and_stix_patterns_are_looked_for_and_stand() {
    let mut story = Story::watched(1260).await.unwrap();
    let usual = |day, customer| line(day, customer, USUAL).replace("/ HTTP", "/usual/gate.php HTTP");
    import(&story, "web", &[usual(2, 7), line(2, 8, "good.example")].concat()).await;
    let (node, who) = story.at("isp", "researcher");
    let by_rules = NewOwnHunt {
        values: Vec::new(),
        rules: Some(RULES.into()),
        standing: true,
        ..for_values(&[])
    };
    let hunt = node.new_own_hunt(who, &by_rules).await.unwrap();
    assert_eq!((hunt.of_case, hunt.rules.len()), (false, 2));
    let refused = node.count_own_hunt(who, &hunt.id).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Conflict(_)), "{refused}");
    assert_eq!(node.run_standing_hunts().await.unwrap(), 1);
    let told = lines(&story, "researcher", &hunt.id, &OwnFilter::default()).await;
    assert_eq!(told.total, 1);
    let (rule, kind, fields, level) = &told.lines[0].place.hits[0];
    assert_eq!(
        (rule.as_str(), kind.as_str(), level.as_str()),
        ("Usual host", "sigma", "high")
    );
    assert!(
        fields.starts_with("c-uri: ") && fields.contains("gate.php"),
        "{fields}"
    );
    let evaluated: Vec<(&str, u64)> = told
        .hunt
        .rules
        .iter()
        .map(|rule| (rule.title.as_str(), rule.evaluated))
        .collect();
    assert_eq!(evaluated, [("Usual host", 2), ("Never here", 0)]);
    // It goes on with what comes in, and finds nothing twice.
    assert_eq!(node.run_standing_hunts().await.unwrap(), 0);
    node.import_log(
        story.at("isp", "operator").1,
        "web",
        "y.log",
        usual(3, 9).as_bytes(),
    )
    .await
    .unwrap();
    story.org_mut("isp").restart().await;
    let (node, who) = story.at("isp", "researcher");
    assert_eq!(node.run_standing_hunts().await.unwrap(), 1);
    let hunt = node.own_hunt(who, &hunt.id).await.unwrap();
    assert_eq!((hunt.found, hunt.rules[0].evaluated), (2, 3));

    let pattern = format!("[domain-name:value = '{USUAL}' OR domain-name:value IN ('{FRESH}')]");
    let stix = node.new_own_hunt(who, &for_values(&[&pattern])).await.unwrap();
    assert_eq!(stix.values, [USUAL, FRESH]);
    assert_eq!(run(&story, "researcher", &stix.id).await.found, 2);
    for (what, new, wrong) in [
        (
            "rules and values",
            NewOwnHunt {
                values: vec![USUAL.into()],
                ..by_rules.clone()
            },
            "rules",
        ),
        (
            "no rule",
            NewOwnHunt {
                rules: Some("title: [".into()),
                ..by_rules.clone()
            },
            "rules",
        ),
        (
            "a pattern that joins two observations",
            for_values(&["[domain-name:value = 'a.example'] AND [url:value = 'http://b.example/']"]),
            "values",
        ),
        (
            "a pattern that says what is not",
            for_values(&["[domain-name:value != 'a.example']"]),
            "values",
        ),
    ] {
        let refused = node.new_own_hunt(who, &new).await.unwrap_err();
        assert!(
            matches!(&refused, ServiceError::Invalid { field, .. } if field == wrong),
            "{what}: {refused}"
        );
    }
    assert!(story.org_mut("isp").fsck().await.problems.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_for_is_refused_by_name() {
    let mut story = Story::watched(1250).await.unwrap();
    import(&story, "web", &line(2, 7, USUAL)).await;
    let (node, who) = story.at("isp", "researcher");
    let usual = for_values(&[USUAL]);
    let many = (0..=OWN_VALUES_MAX).map(|n| format!("h{n}.example")).collect();
    for (new, wrong) in [
        (
            NewOwnHunt {
                values: Vec::new(),
                ..usual.clone()
            },
            "values",
        ),
        (
            NewOwnHunt {
                values: vec!["not a value".into()],
                ..usual.clone()
            },
            "values",
        ),
        (
            NewOwnHunt {
                values: many,
                ..usual.clone()
            },
            "values",
        ),
        (
            NewOwnHunt {
                name: " ".into(),
                ..usual.clone()
            },
            "name",
        ),
        (
            NewOwnHunt {
                name: "x".repeat(101),
                ..usual.clone()
            },
            "name",
        ),
        (
            NewOwnHunt {
                reason: String::new(),
                ..usual.clone()
            },
            "reason",
        ),
        (
            NewOwnHunt {
                reason: "a\nb".into(),
                ..usual.clone()
            },
            "reason",
        ),
        (
            NewOwnHunt {
                sources: vec!["nowhere".into()],
                ..usual.clone()
            },
            "sources",
        ),
        (
            NewOwnHunt {
                from_ms: Some(5),
                to_ms: Some(5),
                ..usual.clone()
            },
            "to",
        ),
    ] {
        let refused = node.new_own_hunt(who, &new).await.unwrap_err();
        assert!(
            matches!(&refused, ServiceError::Invalid { field, .. } if field == wrong),
            "{wrong}: {refused}"
        );
    }
    let mut last = String::new();
    for _ in 0..OWN_HUNTS_MAX {
        last = node.new_own_hunt(who, &usual).await.unwrap().id;
    }
    let refused = node.new_own_hunt(who, &usual).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Conflict(_)), "{refused}");
    // Nobody who has left keeps one.
    story
        .org_mut("isp")
        .add_person("second", &[Role::Researcher])
        .await
        .unwrap();
    let (node, second) = story.at("isp", "second");
    let theirs = node.new_own_hunt(second, &usual).await.unwrap().id;
    assert_ne!(theirs, last);
    let person = second.person;
    let (node, operator) = story.at("isp", "operator");
    node.close_account(operator, person).await.unwrap();
    assert!(story.org_mut("isp").fsck().await.problems.is_empty());
}
