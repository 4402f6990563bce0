//! A signatory: proposes an agreement, reads it, signs it with the offline key, compares the next version with it,
//! ends it.

use accord_ledger::note::Note;
use accord_testkit::{Org, Story};

use super::Walk;
use crate::chromium::{Tab, chromium};
use crate::{ORGS, serve};

/// The words to sign, as the page's link gives them, signed by the key that never comes to the node: all lines that
/// the command prints.
fn signed_elsewhere(walk: &mut Walk, tab: &Tab, org: &Org) -> String {
    let take = "fetch(document.querySelector('main a[href$=\"/signing-text\"]').href).then(r => r.text())";
    let text = walk.browser.wait_for(tab, take);
    let text = text.as_str().expect("the words");
    assert!(text.contains("A-"), "{text}");
    let note = Note::sign(text, &[&org.identity()]).expect("a signature");
    note.encode()
}

/// Signs the agreement that is open, by its pages.
fn sign(walk: &mut Walk, tab: &Tab, org: &Org, picture: &str) {
    let of = "SHA-256 of the signed words";
    let words = [
        "What signing does",
        "The key never comes to this node.",
        "Sign for",
    ];
    walk.press_at(tab, of, "Sign", &words, picture);
    // A line of something else is no signature.
    walk.write(tab, &[("Signature", "\u{2014} somebody else AAAA")]);
    walk.press(tab, "Sign for", &["Nothing was sent."], "");
    let lines = signed_elsewhere(walk, tab, org);
    walk.write(tab, &[("Signature", lines.as_str())]);
    walk.press(tab, "Sign for", &["Done. Signed."], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signatory_proposes_reads_signs_compares_and_ends() {
    let Some(program) = chromium() else { return };
    let story = Story::begin(91, ORGS).await;
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let ours = walk.person(&agency, "signatory");
        walk.press(
            &ours,
            "Agreements",
            &["No agreement yet.", "Nothing is shared without one."],
            "agreements-empty",
        );
        walk.press(
            &ours,
            "Propose an agreement",
            &["Nothing goes to the other parties before you confirm there."],
            "agreement-propose",
        );
        walk.write(
            &ours,
            &[
                ("Title", "Agency with an access provider"),
                ("Reference", "A-1"),
                ("Legal gateway", "Act 7, section 12"),
                ("Contact", "duty desk, +49 30 5550100"),
            ],
        );
        walk.browser.tick(&ours, "Agency with ISPs");
        walk.browser.tick(&ours, "isp");
        walk.press(
            &ours,
            "Preview the agreement",
            &[
                "Before it happens",
                "Every other party of the agreement reads it: isp.",
                "Nothing is in force before every party has signed these very words.",
            ],
            "agreement-before",
        );
        walk.press(
            &ours,
            "Propose the agreement",
            &["Who may send what", "missing", "Name an approver"],
            "agreement-proposed",
        );
        walk.lacks(&ours, &["What this version changes", "End the agreement"]);
        sign(&mut walk, &ours, story.org("agency"), "agreement-sign");
        runtime.block_on(story.sync()).expect("pulls");

        // The other party finds it in its inbox, and is the last to sign.
        let theirs = walk.person(&isp, "signatory");
        let read = walk.browser.words(&theirs);
        let words = ["Agreement to sign or refuse: Agency with an access provider"];
        walk.read(&theirs, &read, &words, "inbox-agreement");
        walk.press(
            &theirs,
            "Read and answer",
            &[
                "Agency with an access provider",
                "Refuse",
                "log evidence",
                "Clauses",
            ],
            "agreement-to-sign",
        );
        sign(&mut walk, &theirs, story.org("isp"), "agreement-last-to-sign");
        let read = walk.browser.words(&theirs);
        walk.read(
            &theirs,
            &read,
            &["in force", "End the agreement"],
            "agreement-in-force",
        );
        runtime.block_on(story.sync()).expect("pulls");

        // The next version says what it changes before anybody signs it.
        walk.press(&ours, "Agreements", &["in force"], "agreements");
        walk.press(&ours, "Propose an agreement", &["Replaces"], "");
        walk.write(
            &ours,
            &[
                ("Title", "Agency with an access provider, second version"),
                ("Reference", "A-2"),
                ("Legal gateway", "Act 7, section 12"),
                ("Contact", "duty desk, +49 30 5550100"),
            ],
        );
        walk.browser.tick(&ours, "Intelligence only");
        walk.browser.tick(&ours, "isp");
        walk.browser
            .choose(&ours, "Replaces", "Agency with an access provider");
        walk.press(&ours, "Preview the agreement", &["Before it happens"], "");
        walk.press(
            &ours,
            "Propose the agreement",
            &[
                "What this version changes",
                "Until every party has signed, the earlier one stays in force.",
                "isp to agency: log evidence",
                "Before",
                "After",
            ],
            "agreement-changes",
        );
        sign(&mut walk, &ours, story.org("agency"), "");
        runtime.block_on(story.sync()).expect("pulls");
        walk.press(&theirs, "Inbox", &["second version"], "");
        walk.press(&theirs, "Read and answer", &["What this version changes"], "");
        sign(&mut walk, &theirs, story.org("isp"), "");
        walk.press(&theirs, "Agreements", &["second version"], "agreements-two");

        // Either party ends it alone, at once, with a reason.
        walk.press(
            &theirs,
            "Agency with an access provider, second version",
            &["in force"],
            "",
        );
        walk.press(
            &theirs,
            "End the agreement",
            &[
                "Before it happens",
                "At once, for all parties",
                "Duties for what was shared remain.",
            ],
            "agreement-end",
        );
        walk.write(
            &theirs,
            &[("Why do you end it?", "The law that permitted it has changed.")],
        );
        walk.press(
            &theirs,
            "End the agreement",
            &["The agreement has ended.", "ended it"],
            "agreement-ended",
        );
        runtime.block_on(story.sync()).expect("pulls");
        walk.press(&ours, "Agreements", &["second version", "terminated by isp"], "");
        walk.press(
            &ours,
            "Agency with an access provider, second version",
            &["ended it"],
            "",
        );
        walk.lacks(&ours, &["End the agreement"]);

        // Who signs nothing reads it and is offered no act.
        let reader = walk.person(&isp, "approver");
        walk.press(&reader, "Agreements", &["second version"], "");
        walk.lacks(&reader, &["Propose an agreement"]);
        walk.stop(
            &reader,
            &format!("{isp}/agreements/new"),
            &["could"],
            "agreement-denied",
        );
    });
}
