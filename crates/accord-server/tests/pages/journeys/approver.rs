//! An approver: decides two requests, one narrowed and one refused, and lets a note above the ceiling go.

use super::Walk;
use crate::chromium::{Tab, chromium};
use crate::{ready, serve};

/// Waits until the preview on the page has ended, as the page does by itself.
fn previewed(walk: &mut Walk, tab: &Tab) -> String {
    loop {
        let words = walk.browser.words(tab);
        if !words.contains("Stop the preview") {
            return words;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_narrows_one_request_and_refuses_another() {
    let Some(program) = chromium() else { return };
    let mut story = ready(76).await;
    story.hunt("isp").await.expect("a hunt");
    let case = story.case();
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);

        // The investigator asks for a second hunt, on its page.
        let asker = walk.person(&agency, "investigator");
        walk.stop(
            &asker,
            &format!("{agency}/cases/{case}/hunts"),
            &["waiting for isp"],
            "hunts-waiting",
        );
        walk.press(
            &asker,
            "Ask a partner to hunt",
            &["looks in their own logs"],
            "hunt-ask",
        );
        walk.browser.tick(&asker, "isp");
        walk.write(
            &asker,
            &[
                ("Indicators", "mail.other[.]example"),
                ("Reason", "A name from another case: does it appear here too?"),
            ],
        );
        walk.press(
            &asker,
            "Preview the request",
            &["Before it happens", "isp"],
            "hunt-ask-before",
        );
        walk.press(&asker, "Ask isp", &["The request is on its way."], "hunts-two");
        runtime.block_on(story.sync()).expect("pulls");

        // The approver comes twice a month: two things wait.
        let approver = walk.person(&isp, "approver");
        let read = walk.browser.words(&approver);
        let words = [
            "2 things wait for you.",
            "asks for a hunt in your logs",
            "If you do nothing",
        ];
        walk.read(&approver, &read, &words, "inbox-two");
        walk.press_at(
            &approver,
            "H-isp",
            "Decide",
            &[
                "Request",
                "Authority",
                "Clause",
                "A request can be fake.",
                "Run the preview",
            ],
            "decision-before",
        );
        let read = walk.browser.press(&approver, "Run the preview");
        assert!(read.contains("Preview"), "{read}");
        let read = previewed(&mut walk, &approver);
        let words = [
            "What will leave",
            "What stays",
            "Approve as shown",
            "Customers touched",
        ];
        walk.read(&approver, &read, &words, "decision-preview");
        walk.write(
            &approver,
            &[
                ("At most this many lines", "1"),
                ("A word to the asker", "One line is enough to see it."),
            ],
        );
        walk.press(
            &approver,
            "Preview with these limits",
            &["narrowed by you", "Approve narrowed"],
            "decision-narrowed",
        );
        walk.press(
            &approver,
            "Approve narrowed",
            &["Approved in part. What you left out stays here.", "Note "],
            "decision-done",
        );

        // The other one finds nothing: it is refused, and there is no button that approves nothing.
        walk.press(&approver, "Inbox", &["1 thing waits for you."], "");
        walk.press(&approver, "Decide", &["mail.other.example", "Refuse"], "");
        walk.browser.press(&approver, "Run the preview");
        let read = previewed(&mut walk, &approver);
        walk.read(
            &approver,
            &read,
            &["No line was found. Nothing leaves but that"],
            "decision-nothing",
        );
        walk.lacks(&approver, &["Approve"]);
        walk.browser.unfold(&approver, "Refuse");
        walk.browser
            .write(&approver, "Reason", "It belongs to another case: ask there.");
        walk.press(
            &approver,
            "Refuse the request",
            &[
                "Refused. Nothing has left",
                "It belongs to another case: ask there.",
            ],
            "decision-refused",
        );
        walk.press(&approver, "Inbox", &["Nothing waits for you."], "inbox-empty");

        // The asker reads both.
        runtime.block_on(story.sync()).expect("pulls");
        walk.stop(
            &asker,
            &format!("{agency}/cases/{case}/hunts"),
            &[
                "approved in part",
                "refused",
                "It belongs to another case: ask there.",
            ],
            "hunts-decided",
        );
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_above_the_ceiling_waits_for_the_approver() {
    let Some(program) = chromium() else { return };
    let story = ready(77).await;
    let case = story.case();
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let writer = walk.person(&agency, "investigator");
        walk.stop(
            &writer,
            &format!("{agency}/cases/{case}/timeline"),
            &["Write a note"],
            "",
        );
        walk.browser.unfold(&writer, "Write a note");
        walk.write(
            &writer,
            &[
                ("In one line", "The search is on Thursday"),
                (
                    "Note",
                    "At six in the morning, in two places.\nNobody else is told.",
                ),
            ],
        );
        walk.browser.choose(&writer, "Marking", "TLP:RED");
        walk.press(
            &writer,
            "Preview and publish",
            &["Publish this note", "isp", "Gets it once your approver says yes."],
            "note-red-before",
        );
        walk.press(
            &writer,
            "Publish, and ask your approver",
            &["The note is published.", "Not shared with isp."],
            "note-red-waiting",
        );

        let approver = walk.person(&agency, "approver");
        let read = walk.browser.words(&approver);
        walk.read(&approver, &read, &["1 thing waits for you."], "inbox-release");
        walk.press(
            &approver,
            "Look at it",
            &[
                "Before it happens",
                "Share this note with isp",
                "To whom",
                "At six in the morning",
                "You are asked by",
                "Nothing marked above TLP:AMBER+STRICT leaves before",
                "Clause",
                "Can it be undone?",
            ],
            "release-before",
        );
        // The page that shares says with whom.
        walk.lacks(&approver, &["To nobody outside agency."]);
        walk.press(
            &approver,
            "Share with isp",
            &["Released.", "us and isp"],
            "released",
        );
        walk.press(&approver, "Inbox", &["Nothing waits for you."], "");

        runtime.block_on(story.sync()).expect("pulls");
        let reader = walk.person(&isp, "approver");
        walk.stop(
            &reader,
            &format!("{isp}/cases/{case}/timeline"),
            &[
                "The search is on Thursday",
                "At six in the morning",
                "agency and us",
            ],
            "note-red-received",
        );
    });
}
