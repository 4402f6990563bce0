//! The agency's people: operator and case officer, investigator, custodian and a business, disclosure officer, auditor.

use accord_model::Role;

use super::{Walk, with};
use crate::chromium::chromium;
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_and_a_case_officer_protect() {
    let Some(program) = chromium() else { return };
    let story = ready(71).await;
    let case = story.case();
    let (node, operator) = story.at("agency", "operator");
    let list = node.load_allow_list(operator, "top", "bank.example\n").await;
    list.expect("a list");
    let at = format!("http://{}", serve(story.org("agency").node()).await);
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);

        // The operator opens an audience; its secrets are shown once.
        let operator = walk.person(&at, "operator");
        walk.stop(
            &operator,
            &format!("{at}/protection/audiences/new"),
            &[],
            "audience-new",
        );
        let audience = [("name", "own"), ("reach", "own"), ("rpz", "rpz.agency.example")];
        walk.browser.fill(&operator, &audience);
        walk.submit(&operator, &["shown this once"], "audience-opened");
        walk.stop(
            &operator,
            &format!("{at}/protection"),
            &["rpz.agency.example"],
            "protection",
        );
        walk.stop(
            &operator,
            &format!("{at}/people"),
            &["officer of agency"],
            "people",
        );

        // The officer publishes an indicator, detects silently, and sees what is served.
        let officer = walk.person(&at, "officer");
        let write = format!("{at}/cases/{case}/write/indicator.published");
        walk.stop(&officer, &write, &[], "indicators-write");
        let indicators = [
            ("title", "Names of the botnet"),
            ("indicators", "evil.example\nhttps://evil.example/a"),
            ("labels", "simda"),
            ("from", "reverse engineering"),
            ("marking", "TLP:AMBER"),
        ];
        walk.browser.fill(&officer, &indicators);
        walk.submit(&officer, &["Before it happens"], "indicators-preview");
        walk.submit(
            &officer,
            &["evil.example", "Detect silently"],
            "indicators-published",
        );
        walk.follow(&officer, "a[href*='/write/verdict.detect?']", &[], "detect-write");
        let verdict = [
            ("title", "Detect it"),
            ("reason", "nobody is to notice yet"),
            ("marking", "TLP:AMBER"),
        ];
        walk.browser.fill(&officer, &verdict);
        walk.submit(&officer, &["Before it happens"], "detect-preview");
        walk.submit(&officer, &["detected silently"], "detecting");
        let lookup = format!("{at}/protection/lookup?value=www.evil.example");
        walk.stop(&officer, &lookup, &["own: detect", "simda"], "lookup");
        walk.stop(
            &officer,
            &format!("{at}/new"),
            &["Nothing was seen this week."],
            "new",
        );

        // Whoever may not is told who may.
        walk.stop(
            &operator,
            &format!("{at}/protection/lookup"),
            &["could"],
            "lookup-denied",
        );
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_in_trouble_is_helped() {
    let Some(program) = chromium() else { return };
    let mut story = ready(72).await;
    with(&mut story, "agency", "custodian", Role::Custodian).await;
    let case = story.case();
    let at = format!("http://{}", serve(story.org("agency").node()).await);
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let business = walk.browser.tab();
        walk.stop(
            &business,
            &format!("{at}/report"),
            &["Without your name"],
            "report",
        );
        walk.browser.fill(
            &business,
            &[("text", "Our tills show a red screen since this morning.")],
        );
        walk.submit(&business, &["Keep this address"], "report-opened");
        let link = walk.browser.run(&business, "location.pathname");
        let link = format!("{at}{}", link.as_str().expect("a path"));

        let investigator = walk.person(&at, "investigator");
        walk.follow(
            &investigator,
            "a[href^='/conversations/']",
            &["It has not said who it is"],
            "conversation",
        );
        walk.browser
            .fill(&investigator, &[("text", "Pull the network cable first.")]);
        walk.submit(
            &investigator,
            &["The business reads it at its link"],
            "conversation-answered",
        );
        walk.follow(
            &investigator,
            "a[href$='/attach']",
            &["Operation Heron"],
            "attach",
        );
        walk.browser.fill(
            &investigator,
            &[
                ("victim", "organisation"),
                ("text", "a maker of food lost its tills"),
            ],
        );
        walk.submit(&investigator, &["recorded under its pseudonym"], "attached");

        walk.stop(
            &business,
            &link,
            &["Pull the network cable first."],
            "report-answered",
        );
        walk.stop(&business, &format!("{link}/who"), &[], "report-who");
        let who = [
            ("name", "Harbour Loaves Ltd"),
            ("domains", "harbour-loaves.example"),
        ];
        walk.browser.fill(&business, &who);
        walk.submit(&business, &["It is sealed", "Nobody has looked"], "report-sealed");

        let custodian = walk.person(&at, "custodian");
        walk.follow(&custodian, "a[href^='/conversations/']", &[], "identity-waiting");
        walk.follow(&custodian, "a[href$='/file']", &[], "identity-file");
        walk.submit(&custodian, &[], "identity-filed");
        walk.stop(
            &investigator,
            &format!("{at}/cases/{case}/victims"),
            &["identity kept"],
            "victims",
        );
        walk.follow(&investigator, "a[href$='/ask-look']", &[], "look-ask");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_officer_and_an_auditor_account_for_it() {
    let Some(program) = chromium() else { return };
    let mut story = ready(73).await;
    with(&mut story, "agency", "discloser", Role::DisclosureOfficer).await;
    let case = story.case();
    let at = format!("http://{}", serve(story.org("agency").node()).await);
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let officer = walk.person(&at, "discloser");
        let place = format!("{at}/cases/{case}/disclosure");
        walk.stop(&officer, &place, &["To be scheduled"], "disclosure");
        walk.follow(
            &officer,
            "a[href*='disclosure.item?item=']",
            &[],
            "disclosure-write",
        );
        let item = [
            ("title", "Item 1"),
            ("number", "1"),
            ("description", "an order of a court"),
            ("material", "used"),
            ("sensitivity", "not-sensitive"),
            ("clause", "s3"),
            ("marking", "TLP:AMBER"),
        ];
        walk.browser.fill(&officer, &item);
        walk.submit(&officer, &["Before it happens"], "disclosure-preview");
        walk.submit(
            &officer,
            &["an order of a court", "Describe it anew"],
            "disclosure-scheduled",
        );

        let auditor = walk.person(&at, "auditor");
        walk.stop(&auditor, &format!("{at}/audit"), &[], "audit");
        walk.stop(&auditor, &format!("{at}/audit/looks"), &[], "audit-looks");
        walk.stop(
            &auditor,
            &format!("{at}/audit/spaces"),
            &["Operation Heron"],
            "audit-spaces",
        );
        walk.stop(&auditor, &place, &[], "audit-denied");
    });
}
