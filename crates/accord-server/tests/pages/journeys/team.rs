//! A case officer: brings a party in late, gives it what it has not got.

use super::Walk;
use crate::chromium::chromium;
use crate::older::story;
use crate::serve;

#[tokio::test(flavor = "multi_thread")]
async fn a_party_comes_later_and_is_given_older_notes() {
    let Some(program) = chromium() else { return };
    let story = story(87).await;
    let case = story.case();
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let hoster = format!("http://{}", serve(story.org("hoster").node()).await);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let officer = walk.person(&agency, "officer");
        walk.press(&officer, "Cases", &["Heron"], "cases");
        walk.stop(
            &officer,
            &format!("{agency}/cases/{case}/team"),
            &["Add a party"],
            "",
        );
        walk.press(&officer, "Add a party", &["hoster"], "add-party");
        walk.browser.tick(&officer, "hoster");
        walk.browser
            .write(&officer, "Why they are needed", "The panel stands in its houses.");
        walk.press(
            &officer,
            "Preview adding the party",
            &[
                "Before it happens",
                "hoster reads it, and every other party of the case.",
            ],
            "add-party-before",
        );
        walk.press(
            &officer,
            "Add hoster",
            &["The organisation is on the case.", "Notes it has not got"],
            "team-new-party",
        );
        walk.press_at(
            &officer,
            "hosting provider",
            "Notes it has not got",
            &[
                "What hoster has not got",
                "Goes when you give it",
                "The seed is known",
                "Where the panel stands",
                "Stays here",
                "The search is on Thursday",
                "waits for our approver",
                "Can it be undone?",
            ],
            "older",
        );
        walk.lacks(&officer, &["For the provider alone"]);
        walk.browser.tick(&officer, "Where the panel stands");
        walk.press(
            &officer,
            "Give the ticked notes to hoster",
            &[
                "Given. What is denied stays here, with its clause.",
                "Where the panel stands",
            ],
            "older-given",
        );
        walk.lacks(&officer, &["The seed is known"]);
        runtime.block_on(story.sync()).expect("pulls");
        let reader = walk.person(&hoster, "approver");
        walk.stop(
            &reader,
            &format!("{hoster}/cases/{case}/timeline"),
            &["The seed is known", "It is 7.", "withheld from us by agency"],
            "older-received",
        );
        walk.lacks(&reader, &["Where the panel stands", "The search is on Thursday"]);
    });
}
