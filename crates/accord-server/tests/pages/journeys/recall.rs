//! A recall: a note that was wrong is called back, each recipient says what became of its copy, and to whom it had
//! passed it on.

use accord_model::Tlp;
use accord_testkit::report;

use super::Walk;
use crate::chromium::chromium;
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_called_back_and_followed_to_whoever_has_it() {
    let Some(program) = chromium() else { return };
    let story = ready(95).await;
    let case = story.case();
    let (node, writer) = story.at("agency", "investigator");
    let wrong = report(
        "The panel stands at the florist's",
        "It was the house next door.",
        Tlp::Amber,
    );
    let at = node.publish_note(writer, case, &wrong).await.expect("a note").at;
    story.sync().await.expect("pulls");
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let note = format!("cases/{case}/notes/{}/{}", at.ledger, at.seq);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let theirs = walk.person(&isp, "approver");
        walk.stop(
            &theirs,
            &format!("{isp}/cases/{case}/timeline"),
            &["The panel stands at the florist's"],
            "",
        );

        // Our approver calls it back from the note's own page.
        let ours = walk.person(&agency, "approver");
        walk.stop(
            &ours,
            &format!("{agency}/{note}"),
            &["Keeping", "Call it back"],
            "note",
        );
        walk.press(
            &ours,
            "Call it back",
            &[
                "Before it happens",
                "Who has it",
                "isp",
                "A recall holds for good.",
                "Why is it called back?",
            ],
            "recall-before",
        );
        walk.write(&ours, &[("Why is it called back?", "It names the wrong house.")]);
        walk.press(
            &ours,
            "Call it back",
            &["Called back. Its use stops", "has it and has not answered yet"],
            "recall-ordered",
        );
        runtime.block_on(story.sync()).expect("pulls");

        // Use has stopped there already; what became of the copy is theirs to say.
        walk.stop(
            &theirs,
            &format!("{isp}/cases/{case}/timeline"),
            &["recalled"],
            "recall-timeline",
        );
        walk.lacks(&theirs, &["next door"]);
        walk.press(&theirs, "Inbox", &["agency recalls a note"], "inbox-recall");
        walk.press(
            &theirs,
            "Say what we did",
            &["Its use has stopped here.", "It names the wrong house."],
            "recall-answer",
        );
        walk.browser.choose(&theirs, "What did we do?", "Deleted");
        walk.write(
            &theirs,
            &[
                ("Passed on to", "reseller.example"),
                ("More words", "They were told by telephone at ten."),
            ],
        );
        walk.press(
            &theirs,
            "Show what will happen",
            &[
                "Before it happens",
                "Delete it and say so",
                "reseller.example",
                "What is deleted is gone.",
            ],
            "recall-answer-before",
        );
        walk.press(&theirs, "Delete it and say so", &["Said."], "recall-said");
        walk.stop(&theirs, &format!("{isp}/{note}"), &[], "recall-gone");
        walk.lacks(&theirs, &["next door"]);
        runtime.block_on(story.sync()).expect("pulls");

        // The originator reads what was done, and where it went.
        walk.stop(
            &ours,
            &format!("{agency}/cases/{case}/keeping"),
            &[
                "everybody answered",
                "deleted it",
                "had passed it on to reseller.example",
                "They were told by telephone at ten.",
            ],
            "recall-receipts",
        );
        walk.press(
            &ours,
            "The recall",
            &["Recalled by agency", "reseller.example"],
            "recall-page",
        );

        // Who only reads is told who calls back.
        let investigator = walk.person(&agency, "investigator");
        walk.stop(
            &investigator,
            &format!("{agency}/{note}/recall"),
            &["could"],
            "recall-denied",
        );
    });
}
