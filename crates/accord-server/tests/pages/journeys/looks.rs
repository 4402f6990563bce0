//! A look at who a victim is, to its end: asked for, two hands, the look, and the victim reads of it.

use accord_model::Tlp;
use accord_model::content::VictimKind;
use accord_service::{Attaching, Identity};
use accord_testkit::Story;

use super::Walk;
use crate::chromium::chromium;
use crate::{ready, serve};

/// A business that wrote and said who it is, made a victim of the case and filed: its link.
async fn victim(story: &Story) -> String {
    let (node, investigator) = story.at("agency", "investigator");
    let token = node
        .begin_report("our tills show a red screen")
        .await
        .expect("a report")
        .token;
    let who = Identity {
        name: "Harbour Mill Ltd".into(),
        domains: vec!["harbour-mill.example".into()],
        ..Identity::default()
    };
    node.say_who(&token, &who).await.expect("who it is");
    let id = node
        .conversations(investigator)
        .await
        .expect("conversations")
        .remove(0)
        .id;
    let attaching = Attaching {
        case: story.case(),
        victim: VictimKind::Organisation,
        text: "a small maker of food".into(),
        sector: Some("food".into()),
        wishes: None,
        marking: Tlp::Amber,
        to: Vec::new(),
    };
    node.attach_conversation(investigator, &id, &attaching)
        .await
        .expect("a victim");
    let (_, custodian) = story.at("agency", "custodian");
    node.file_identity(custodian, &id).await.expect("filed");
    format!("/report/{token}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_is_asked_for_given_by_two_taken_and_read_by_the_victim() {
    let Some(program) = chromium() else { return };
    let mut story = ready(94).await;
    story.more_people().await.expect("people");
    let link = victim(&story).await;
    let case = story.case();
    let at = format!("http://{}", serve(story.org("agency").node()).await);
    let victims = format!("{at}/cases/{case}/victims");
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let business = walk.browser.tab();
        walk.stop(
            &business,
            &format!("{at}{link}"),
            &["Nobody has looked"],
            "victim-nobody-looked",
        );

        // Asked, with what for: the two who decide read it, and so will the victim.
        let asker = walk.person(&at, "investigator");
        walk.stop(
            &asker,
            &victims,
            &["identity kept", "Ask to look"],
            "victims-kept",
        );
        walk.press(&asker, "Ask to look", &["and so does the victim"], "look-asking");
        walk.press(&asker, "Back, with nothing done", &["identity kept"], "");
        walk.press(&asker, "Ask to look", &[], "");
        walk.write(
            &asker,
            &[(
                "What do you need to know it for?",
                "To warn its bank before noon.",
            )],
        );
        walk.press(
            &asker,
            "Ask",
            &[
                "A custodian and a case officer decide.",
                "waits for custodian, case officer",
            ],
            "look-asked",
        );
        walk.lacks(&asker, &["Give your hand", "Harbour"]);

        // Two hands, neither the asker's.
        for (name, picture) in [("custodian", "look-give"), ("officer", "")] {
            let hand = walk.person(&at, name);
            let read = walk.browser.words(&hand);
            let words = ["asks to look at who a victim is"];
            walk.read(
                &hand,
                &read,
                &words,
                if name == "custodian" { "inbox-look" } else { "" },
            );
            walk.press_at(
                &hand,
                "asks to look at who a victim is",
                "Look at it",
                &["To warn its bank before noon.", "Without your hand nobody looks"],
                picture,
            );
            walk.press(&hand, "Give my hand", &["Your hand is given."], "");
            walk.lacks(&hand, &["Harbour"]);
        }

        // The look: noted first, shown once.
        walk.stop(&asker, &victims, &["may be looked at"], "look-stands");
        walk.press_at(
            &asker,
            "may be looked at",
            "Look",
            &["The look is noted first"],
            "look-take",
        );
        walk.lacks(&asker, &["Harbour"]);
        walk.write(&asker, &[("What will you do with it?", "I ring its bank.")]);
        walk.press(
            &asker,
            "Look",
            &[
                "Who it is",
                "Harbour Mill Ltd",
                "harbour-mill.example",
                "The page is shown once.",
            ],
            "look-taken",
        );
        walk.press(
            &asker,
            "Back to the victims",
            &["I ring its bank."],
            "victims-looked",
        );
        walk.lacks(&asker, &["Harbour"]);

        // The victim reads who looked, when, and what for.
        walk.stop(
            &business,
            &format!("{at}{link}"),
            &["To warn its bank before noon.", "I ring its bank."],
            "victim-looked",
        );
        walk.lacks(&business, &["Nobody has looked", "investigator of agency"]);

        // Ended, nobody looks any more.
        let officer = walk.person(&at, "officer");
        walk.stop(&officer, &victims, &["may be looked at"], "");
        walk.press_at(
            &officer,
            "may be looked at",
            "End it",
            &["At once, and for good."],
            "look-end",
        );
        walk.write(&officer, &[("Why?", "The bank is warned.")]);
        walk.press(
            &officer,
            "End it",
            &["It has ended. Nobody looks any more."],
            "look-ended",
        );
        walk.stop(&asker, &victims, &["ended"], "");
        walk.lacks(&asker, &["may be looked at", "Write a note that names it"]);
    });
}
