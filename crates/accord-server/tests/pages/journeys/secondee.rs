//! Somebody seconded: granted by both sides, gets an account at the host, sees the named categories and works in them;
//! the day after sees nothing.

use accord_model::content::TaskSet;
use accord_model::{Role, Tlp};
use accord_service::{Draft, NewNote};
use accord_testkit::{DAY_MS, Story, report};

use super::{Walk, with};
use crate::chromium::{Tab, chromium};
use crate::{ready, serve};

const FIRST: &str = "the first password here";

/// The agency's notes of two categories.
async fn notes(story: &Story) {
    let (node, writer) = story.at("agency", "investigator");
    let task = TaskSet {
        org: story.org("agency").name.clone(),
        person: None,
        text: None,
        due_ms: None,
    };
    let task = Draft {
        note: NewNote::new(task).expect("a task"),
        ..report("Watch the flat of S-1", "", Tlp::Amber)
    };
    let loaders = report(
        "How the loader finds its panel",
        "It asks seven names a day.",
        Tlp::Amber,
    );
    for draft in [loaders, task] {
        node.publish_note(writer, story.case(), &draft)
            .await
            .expect("a note");
    }
}

fn stamp(ms: u64) -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(ms).expect("a time")).expect("a time");
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The number that the page of the other side's grant shows: an account is made with it.
fn number_on(read: &str) -> String {
    let (_, rest) = read.split_once("with the number ").expect("the number");
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

/// The first sign-in: the password that was handed over, and one's own.
fn enters(walk: &mut Walk, at: &str) -> Tab {
    let tab = walk.browser.tab();
    walk.browser.open(&tab, at);
    walk.browser.type_into(&tab, "name", "lea");
    walk.browser.type_into(&tab, "password", FIRST);
    let read = walk.browser.press_enter(&tab);
    walk.read(
        &tab,
        &read,
        &["Change the password you were given"],
        "secondee-first",
    );
    walk.write(
        &tab,
        &[("Password now", FIRST), ("New password again", crate::PASSWORD)],
    );
    walk.browser.fill(&tab, &[("new", crate::PASSWORD)]);
    walk.press(&tab, "Change the password", &["The password is changed."], "");
    tab
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secondee_sees_what_both_sides_named_until_the_last_day() {
    let Some(program) = chromium() else { return };
    let mut story = ready(92).await;
    with(&mut story, "isp", "researcher", Role::Researcher).await;
    notes(&story).await;
    story.sync().await.expect("pulls");
    let case = story.case();
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let now = story.world.now_ms();
    let (from, until) = (stamp(now), stamp(now + DAY_MS));
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);

        // Their own approver grants it, for what is named and no longer than that.
        let home = walk.person(&isp, "approver");
        walk.stop(
            &home,
            &format!("{isp}/cases/{case}/team"),
            &["Secondments", "Nobody is seconded."],
            "team-of-a-partner",
        );
        walk.press(&home, "Second somebody", &["Both sides grant it"], "second-ask");
        walk.browser.choose(&home, "Who", "researcher of isp");
        walk.browser.choose(&home, "To which agency", "agency");
        walk.browser.tick(&home, "analysis");
        walk.browser.tick(&home, "indicator");
        walk.write(
            &home,
            &[("The same in words", "The family of loaders, and its names.")],
        );
        walk.browser
            .fill(&home, &[("from", from.as_str()), ("until", until.as_str())]);
        walk.press(
            &home,
            "Show what will happen",
            &[
                "Before it happens",
                "They decide",
                "nothing there.",
                "Either side ends it at once.",
            ],
            "second-before",
        );
        let number = number_on(&walk.browser.words(&home));
        walk.press(
            &home,
            "Grant our side",
            &["Our side is granted.", "waits for agency"],
            "",
        );
        runtime.block_on(story.sync()).expect("pulls");

        // A case officer of the host grants the other half; its operator makes the account.
        let host = walk.person(&agency, "officer");
        let read = walk.browser.words(&host);
        walk.read(&host, &read, &["your side is asked"], "inbox-secondment");
        walk.stop(
            &host,
            &format!("{agency}/cases/{case}/team"),
            &["waits for agency"],
            "",
        );
        walk.press(&host, "Grant our side", &["Both sides grant it"], "");
        walk.write(
            &host,
            &[("The same in words", "The family of loaders, and its names.")],
        );
        walk.press(&host, "Show what will happen", &["Before it happens"], "");
        walk.press(&host, "Grant our side", &["runs"], "team-seconded");
        let operator = walk.person(&agency, "operator");
        walk.press(&operator, "People", &["officer of agency"], "");
        walk.press(&operator, "Add a person", &["Seconded from"], "person-new");
        walk.write(
            &operator,
            &[
                ("Name", "Lea Sund"),
                ("Name to sign in with", "lea"),
                ("Their number there", number.as_str()),
                ("First password", FIRST),
            ],
        );
        walk.browser.choose(&operator, "Seconded from", "isp");
        walk.press(&operator, "Add the person", &["Lea Sund"], "");
        let signatory = walk.person(&agency, "signatory");
        walk.press(&signatory, "People", &["Lea Sund"], "people-secondee");
        walk.press(&signatory, "Confirm", &["The roles are confirmed."], "");

        // The secondee sees the case as far as was named, and writes in it.
        let lea = enters(&mut walk, &agency);
        walk.press(&lea, "Cases", &["Heron"], "secondee-cases");
        walk.press(
            &lea,
            "Heron",
            &["How the loader finds its panel", "Intel"],
            "secondee-timeline",
        );
        walk.lacks(
            &lea,
            &[
                "Watch the flat of S-1",
                "Evidence",
                "Victims",
                "Subjects",
                "W-isp",
            ],
        );
        walk.stop(
            &lea,
            &format!("{agency}/cases/{case}/tasks"),
            &["outside what you were named or seconded for"],
            "secondee-denied",
        );
        walk.stop(
            &lea,
            &format!("{agency}/cases/{case}/write/report.published"),
            &[],
            "",
        );
        walk.write(
            &lea,
            &[
                ("In one line", "The names of next week"),
                ("Report", "Seven names a day, from the seed."),
            ],
        );
        walk.press(&lea, "Preview and publish", &["Before it happens", "isp"], "");
        walk.press(
            &lea,
            "Publish",
            &["The note is published.", "of isp, seconded to agency"],
            "secondee-wrote",
        );
        runtime.block_on(story.sync()).expect("pulls");
        walk.stop(
            &home,
            &format!("{isp}/cases/{case}/timeline"),
            &["The names of next week", "of isp, seconded to agency"],
            "timeline-secondee",
        );

        // The day after: nothing, and it says nothing of what there was.
        story.world.advance(DAY_MS + 60_000);
        let lea = walk.person(&agency, "lea");
        let read = walk.browser.words(&lea);
        walk.read(&lea, &read, &["Nothing waits for you."], "secondee-after");
        walk.press(&lea, "Cases", &[], "secondee-no-cases");
        walk.lacks(&lea, &["Heron"]);
        walk.stop(
            &lea,
            &format!("{agency}/cases/{case}/timeline"),
            &[],
            "secondee-not-found",
        );
        walk.lacks(&lea, &["Heron", "loader"]);
        let host = walk.person(&agency, "officer");
        walk.stop(
            &host,
            &format!("{agency}/cases/{case}/team"),
            &["Lea Sund", "over"],
            "team-secondment-over",
        );
    });
}
