//! A lead from its arrival to its outcome: read by the case officer, handed over, made a case, told of.

use accord_model::agreement::templates::Template;
use accord_model::content::Indicator;
use accord_model::{Role, Tlp};
use accord_service::{NewLead, SignedIn};
use accord_testkit::Story;

use super::Walk;
use crate::chromium::chromium;
use crate::{ORGS, serve};

/// An agency and a provider with an agreement and no case; the provider's researcher gave two leads.
async fn story(seed: u64) -> Story {
    let mut story = Story::begin(seed, ORGS).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .expect("an agreement");
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .expect("a researcher");
    let (node, researcher) = story.at("isp", "researcher");
    let lead = async |title: &str, text: &str, value: &str, who: &SignedIn| {
        let new = NewLead {
            agreement: story.agreement(),
            to: story.org("agency").name.clone(),
            title: title.into(),
            marking: Tlp::Amber,
            text: text.into(),
            nexus: Some("Both hosts stand in your country.".into()),
            countries: vec!["NL".into(), "DE".into()],
            asks: Some("Find who rents them.".into()),
            grading: None,
            source_protected: false,
            values: vec![Indicator::of(value)],
            threat: None,
            onward_of: None,
            expect_now: None,
        };
        node.refer_lead(who, &new).await.expect("a lead");
    };
    lead(
        "Autumn loader panel",
        "A panel that hands out the loader of autumn.\nSeen on two hosts of ours.",
        "panel.evil.example",
        researcher,
    )
    .await;
    lead(
        "A shop that may be false",
        "It copies a shop of ours.",
        "shop.other.example",
        researcher,
    )
    .await;
    story.sync().await.expect("pulls");
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_becomes_a_case_and_its_giver_hears_of_it() {
    let Some(program) = chromium() else { return };
    let story = story(78).await;
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);

        // The case officer reads what came, and hands one to an investigator.
        let officer = walk.person(&agency, "officer");
        let read = walk.browser.words(&officer);
        let words = ["2 things wait for you.", "A lead from isp", "If you do nothing"];
        walk.read(&officer, &read, &words, "inbox-leads");
        walk.press_at(
            &officer,
            "Autumn loader panel",
            "Read and answer",
            &[
                "A lead from isp.",
                "no word yet",
                "Seen on two hosts of ours.",
                "Find who rents them.",
                "no onward sharing without its giver's word",
                "panel.evil.example",
                "TLP:AMBER",
            ],
            "lead",
        );
        walk.press(
            &officer,
            "Hand it to a colleague",
            &["Hand this lead to a colleague"],
            "lead-hand",
        );
        walk.browser.choose(&officer, "Who", "investigator of agency");
        walk.press(
            &officer,
            "Hand it over",
            &["They see it now.", "Handed to", "investigator of agency"],
            "lead-handed",
        );

        // The other one leads nowhere: that is an answer too.
        walk.press(&officer, "Inbox", &["A shop that may be false"], "");
        walk.press_at(
            &officer,
            "A shop that may be false",
            "Read and answer",
            &["It copies a shop of ours."],
            "",
        );
        walk.press(
            &officer,
            "Decline it",
            &["Decline this lead", "isp reads this."],
            "lead-decline",
        );
        walk.browser
            .write(&officer, "Why?", "The shop is real: it moved to a new host.");
        walk.press(
            &officer,
            "Decline it",
            &[
                "Said. Whoever it is for reads it.",
                "declined",
                "The shop is real",
            ],
            "lead-declined",
        );

        // The investigator sees the one that was handed to them, and no other; they say something to its giver.
        let investigator = walk.person(&agency, "investigator");
        let read = walk.browser.words(&investigator);
        walk.read(&investigator, &read, &["1 thing waits for you."], "");
        walk.lacks(&investigator, &["A shop that may be false"]);
        walk.press(&investigator, "Read and answer", &["A lead from isp."], "");
        walk.browser.write(
            &investigator,
            "Feedback",
            "Both hosts answer still. We look at who pays.",
        );
        walk.press(
            &investigator,
            "Send it to isp",
            &["Said. Whoever it is for reads it.", "We look at who pays."],
            "lead-said",
        );

        // The officer opens a case from it.
        walk.press(&officer, "Threats", &["Autumn loader panel"], "");
        walk.press_at(
            &officer,
            "Autumn loader panel",
            "Open",
            &["We look at who pays."],
            "",
        );
        walk.press(
            &officer,
            "Open a case from it",
            &[
                "Open a case from this lead",
                "not by which case",
                "isp reads this.",
            ],
            "lead-open",
        );
        walk.write(
            &officer,
            &[("Operation name", "Wren"), ("Your reference", "K-2026-31")],
        );
        walk.press(
            &officer,
            "Open the case",
            &["The case is open.", "Operation Wren", "Team"],
            "lead-case",
        );
        walk.press(
            &officer,
            "Timeline",
            &["opened the case", "Autumn loader panel"],
            "lead-case-timeline",
        );

        // Before there is an outcome the giver hears that it was taken up, and never by which case.
        runtime.block_on(story.sync()).expect("pulls");
        let researcher = walk.person(&isp, "researcher");
        walk.press(
            &researcher,
            "Threats",
            &[
                "Autumn loader panel",
                "taken up",
                "A shop that may be false",
                "declined",
            ],
            "leads-given",
        );
        walk.press_at(
            &researcher,
            "Autumn loader panel",
            "Open",
            &[
                "A lead that we gave.",
                "taken up",
                "We look at who pays.",
                "We have opened a case.",
            ],
            "lead-taken-up",
        );
        walk.lacks(&researcher, &["Wren", "K-2026-31"]);

        walk.press(&officer, "Threats", &["Autumn loader panel"], "");
        walk.press_at(
            &officer,
            "Autumn loader panel",
            "Open",
            &["Its case"],
            "lead-with-case",
        );
        walk.press(
            &officer,
            "Say what became of it",
            &["Say what became of this lead"],
            "",
        );
        walk.browser.write(
            &officer,
            "What became of it?",
            "Both hosts are seized; one arrest.",
        );
        walk.press(
            &officer,
            "Tell its giver",
            &["Said. Whoever it is for reads it.", "what became of it"],
            "lead-outcome",
        );
        runtime.block_on(story.sync()).expect("pulls");
        walk.press(&researcher, "Threats", &["Autumn loader panel"], "");
        walk.press_at(
            &researcher,
            "Autumn loader panel",
            "Open",
            &["Both hosts are seized; one arrest."],
            "lead-feedback",
        );
    });
}
