//! A researcher: pastes a report, looks at what was read, publishes it and finds it again; watches something, assesses
//! it and refers it as a lead.

use accord_model::agreement::templates::Template;
use accord_model::{OrgKind, Role};
use accord_testkit::Story;

use super::{Walk, with};
use crate::chromium::chromium;
use crate::serve;

/// What is pasted: values defanged in four ways, a marking, and a name that many use.
const REPORT: &str = "# Loader of autumn\nTLP:AMBER\n\n\
    The loader asks c2[.]evil[.]example, then 203.0.113[.]77 where the name does not answer.\n\
    The copy lies at hxxps://files[.]evil[.]example/autumn.bin and mails to drop[@]evil[.]example.\n\
    It shows www[.]bank[.]example to whom it robs.\n";

/// An agency with two partners on a case; a researcher at one of them.
async fn story(seed: u64) -> Story {
    const ORGS: &[(&str, OrgKind)] = &[
        ("agency", OrgKind::Agency),
        ("hoster", OrgKind::HostingProvider),
        ("isp", OrgKind::Isp),
    ];
    let mut story = Story::begin(seed, ORGS).await;
    let parties = ["agency", "hoster", "isp"];
    story
        .agree(Template::AgencyIsp, &parties)
        .await
        .expect("an agreement");
    story.open_case(&["hoster", "isp"]).await.expect("a case");
    story.sync().await.expect("pulls");
    story.join_case("isp").await.expect("an approver");
    with(&mut story, "isp", "researcher", Role::Researcher).await;
    let (isp, operator) = story.at("isp", "operator");
    let list = isp.load_allow_list(operator, "top", "www.bank.example\n").await;
    list.expect("a list");
    story.sync().await.expect("pulls");
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn a_researcher_publishes_what_was_pasted_and_finds_it_again() {
    let Some(program) = chromium() else { return };
    let story = story(74).await;
    let at = format!("http://{}", serve(story.org("isp").node()).await);
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let researcher = walk.person(&at, "researcher");
        walk.press(&researcher, "Intel", &["Bring intelligence in"], "intel-empty");
        walk.press(
            &researcher,
            "Bring intelligence in",
            &["only you see what was found", "You have no draft."],
            "import",
        );
        walk.browser
            .write(&researcher, "Paste text or indicators", REPORT);
        walk.browser
            .choose(&researcher, "For which case", "Operation Heron");
        walk.press(
            &researcher,
            "Read it",
            &[
                "Draft, seen by you alone",
                "TLP:AMBER (line 2)",
                "c2.evil.example",
                "203.0.113.77",
                "files.evil.example/autumn.bin",
                "on the allow list top",
                "a second person must agree",
            ],
            "import-review",
        );
        // What many use is not ticked by itself; the rest is.
        assert!(walk.browser.ticked(&researcher, "c2.evil.example"));
        assert!(!walk.browser.ticked(&researcher, "www.bank.example"));
        walk.browser.tick(&researcher, "drop@evil.example");

        walk.browser.choose(&researcher, "Marking", "TLP:AMBER");
        walk.browser.tick(&researcher, "agency");
        let fields = [
            ("Where it comes from", "our sandbox"),
            ("Labels", "autumn"),
            ("Confidence", "80"),
        ];
        walk.write(&researcher, &fields);
        walk.browser.unfold(&researcher, "Grading");
        walk.browser.choose(&researcher, "Admiralty: the source", "B");
        walk.browser
            .choose(&researcher, "Admiralty: the information", "2");
        walk.browser.tick(&researcher, "Publish this text as a report");
        walk.press(
            &researcher,
            "See what will happen",
            &[
                "Before it happens",
                "Report: Loader of autumn",
                "agency",
                "Gets it at once.",
                "Can it be undone?",
            ],
            "import-before",
        );
        walk.lacks(&researcher, &["www.bank.example", "Waiting for a second person"]);
        walk.press(
            &researcher,
            "Publish to 1 organisation",
            &[
                "Done. Published.",
                "Note ",
                "What was shared",
                "B2",
                "The loader asks",
            ],
            "import-published",
        );

        // Found again by what was written in the report, defanged as it was.
        let read = walk.browser.search(&researcher, "c2[.]evil[.]example");
        let found = ["Read as a value (domain).", "known", "Operation Heron", "autumn"];
        walk.read(&researcher, &read, &found, "search-known");
        walk.press(
            &researcher,
            "Read the note",
            &["Note", "our sandbox", "c2.evil.example"],
            "note-indicators",
        );
        let read = walk.browser.search(&researcher, "never.example");
        walk.read(&researcher, &read, &["Nothing is known of it"], "search-unknown");
    });
    // It reached the one it was meant for.
    story.sync().await.expect("pulls");
    let (node, approver) = story.at("agency", "approver");
    let (items, _) = node
        .timeline(approver, story.case(), None)
        .await
        .expect("a timeline");
    let found = items.iter().find(|item| item.title.contains("Loader of autumn"));
    assert_eq!(found.expect("the report").org.as_str(), "isp");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_researcher_watches_assesses_and_refers() {
    let Some(program) = chromium() else { return };
    let story = story(75).await;
    let at = format!("http://{}", serve(story.org("isp").node()).await);
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let researcher = walk.person(&at, "researcher");
        walk.press(
            &researcher,
            "Threats",
            &["You watch nothing.", "No lead came to you.", "You gave no lead."],
            "threats-empty",
        );
        walk.press(
            &researcher,
            "Watch something",
            &["It stays on this node"],
            "threat-new",
        );
        let fields = [
            ("Name", "Autumn loader panel"),
            (
                "What is it?",
                "A panel that hands out the loader of autumn.\nSeen on two hosts of ours.",
            ),
            (
                "Disrupt: what could be taken away?",
                "Both hosts rent from one account.",
            ),
            ("Why is it ours?", "Customers of ours are robbed."),
            ("Countries", "NL DE"),
            ("Values", "panel.evil.example autumn\n203.0.113.77 autumn panel"),
        ];
        walk.write(&researcher, &fields);
        walk.browser.choose(&researcher, "Impact", "high");
        walk.press(
            &researcher,
            "Watch it",
            &["say all three, or none"],
            "threat-new-wrong",
        );
        walk.browser.choose(&researcher, "Likelihood", "medium");
        walk.browser.choose(&researcher, "Confidence", "medium");
        walk.press(
            &researcher,
            "Watch it",
            &[
                "Autumn loader panel",
                "watching",
                "panel.evil.example",
                "Nobody else sees that it exists.",
            ],
            "threat",
        );
        walk.browser.write(
            &researcher,
            "Working note",
            "The panel moved to the second host last night.",
        );
        walk.press(
            &researcher,
            "Add the note",
            &["The note is there.", "moved to the second host"],
            "",
        );
        walk.press(
            &researcher,
            "Say it is assessed",
            &["Say that it is assessed"],
            "threat-assess",
        );
        walk.press(&researcher, "It is assessed", &["assessed"], "threat-assessed");
        walk.press(
            &researcher,
            "Refer it to a partner",
            &["Refer a lead", "One partner."],
            "lead-new",
        );
        walk.browser.choose(&researcher, "To whom", "agency, under");
        let fields = [("What do you ask them to do?", "Find who rents both hosts.")];
        walk.write(&researcher, &fields);
        walk.press(
            &researcher,
            "Look at what will happen",
            &[
                "Before it happens",
                "Refer this lead",
                "agency",
                "Gets it at once.",
                "Find who rents both hosts.",
                "panel.evil.example",
            ],
            "lead-before",
        );
        walk.press(
            &researcher,
            "Refer it to agency",
            &["The lead is on its way", "A lead that we gave.", "no word yet"],
            "lead-given",
        );
        walk.press(
            &researcher,
            "Threats",
            &["Autumn loader panel", "referred", "to agency"],
            "threats",
        );
        // The search box knows it.
        let read = walk.browser.search(&researcher, "panel.evil.example");
        walk.read(&researcher, &read, &["Read as a value"], "");
    });
}
