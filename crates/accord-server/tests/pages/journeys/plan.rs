//! A day of action: targets proposed and checked, the plan, the go of every party, receipts, whether it held, and what
//! came of it.

use accord_testkit::DAY_MS;

use super::Walk;
use crate::chromium::{Tab, chromium};
use crate::{ready, serve};

fn stamp(ms: u64) -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(ms).expect("a time")).expect("a time");
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// Says one check of every target that lacks it.
fn check(walk: &mut Walk, tab: &Tab, plan: &str, link: &str, picture: &str) {
    walk.stop(tab, plan, &["Check many targets"], "");
    walk.press(tab, "Check many targets", &["Checks of the targets"], "");
    walk.press(tab, link, &["What was looked at"], "");
    walk.browser.tick(tab, "nothing speaks against it");
    walk.write(tab, &[("How you know", "The registry's answer of this morning.")]);
    walk.press(
        tab,
        "Show what will happen",
        &["Before it happens", "Say it of 2 targets"],
        picture,
    );
    walk.press(
        tab,
        "Say it of 2 targets",
        &["Said of every target that was ticked."],
        "",
    );
}

fn says_go(walk: &mut Walk, tab: &Tab, of: &str, sees: &str) {
    walk.press(
        tab,
        "Look at the plan",
        &["Go or no-go", sees],
        &format!("plan-go-{of}"),
    );
    // Without a word nothing is said: the browser asks for it.
    walk.browser.tick(tab, "Go");
    walk.press(tab, "Say it", &["word is said. All parties read it."], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_checked_agreed_carried_out_and_looked_at_again() {
    let Some(program) = chromium() else { return };
    let mut story = ready(93).await;
    story.more_people().await.expect("people");
    story.sync().await.expect("pulls");
    let case = story.case();
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let plan = format!("{agency}/cases/{case}/plan");
    let instant = (story.world.now_ms() / 60_000) * 60_000 + DAY_MS;
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);

        // Proposed, with one reason and one party that answers for both.
        let investigator = walk.person(&agency, "investigator");
        walk.stop(
            &investigator,
            &plan,
            &["There are no targets here.", "Propose many targets"],
            "plan-empty",
        );
        walk.press(
            &investigator,
            "Propose many targets",
            &["Nothing happens to any"],
            "targets-propose",
        );
        walk.write(
            &investigator,
            &[
                ("Targets", "203.0.113[.]66\npanel[.]bad[.]example"),
                ("Why", "Both answer for the panel."),
            ],
        );
        walk.browser.choose(&investigator, "What should be done", "block");
        walk.browser.choose(&investigator, "Who can do it", "isp");
        walk.press(
            &investigator,
            "Show what will happen",
            &["Propose 2 targets", "203.0.113.66", "panel.bad.example", "isp"],
            "targets-before",
        );
        walk.press(
            &investigator,
            "Propose 2 targets",
            &["Check them next."],
            "plan-proposed",
        );

        // Four checks, one reason each; then each party says whether it is its own.
        walk.press(
            &investigator,
            "Check many targets",
            &["Holder: 2", "Age: 2", "not yet"],
            "checks",
        );
        check(&mut walk, &investigator, &plan, "Allow lists", "checks-before");
        check(&mut walk, &investigator, &plan, "Holder", "");
        check(&mut walk, &investigator, &plan, "Age", "");
        check(&mut walk, &investigator, &plan, "How many use it", "");
        runtime.block_on(story.sync()).expect("pulls");
        walk.stop(
            &investigator,
            &format!("{plan}/checks"),
            &["clear (agency)"],
            "checks-done",
        );
        for (at, name) in [(&agency, "approver"), (&isp, "approver")] {
            let tab = walk.person(at, name);
            let read = walk.browser.words(&tab);
            walk.read(&tab, &read, &["2 targets: is any of them yours?"], "");
            walk.press(
                &tab,
                "Look at the plan",
                &["Is any of these yours?", "For the others you say that it is not."],
                if at == &isp { "plan-own" } else { "" },
            );
            walk.press(&tab, "Answer for all of these", &["Answered."], "");
            runtime.block_on(story.sync()).expect("pulls");
        }

        // The plan, written by who holds the pen.
        let officer = walk.person(&agency, "officer");
        walk.stop(&officer, &plan, &["clear", "Write the plan"], "plan-clear");
        walk.press(
            &officer,
            "Write the plan",
            &["Each party gets its own part"],
            "plan-write",
        );
        walk.write(
            &officer,
            &[
                ("Title", "Day of action"),
                (
                    "What every party should know",
                    "Call the duty desk when something fails.",
                ),
            ],
        );
        walk.browser
            .fill(&officer, &[("instant", stamp(instant).as_str())]);
        walk.press(
            &officer,
            "Write it and ask every party",
            &["The plan is written.", "Day of action", "no word yet"],
            "plan-written",
        );
        runtime.block_on(story.sync()).expect("pulls");

        // Every party's go, each seeing what it would do.
        let theirs = walk.person(&isp, "approver");
        let read = walk.browser.words(&theirs);
        let words = [
            "go or no-go for Day of action",
            "No word by then is a no: nobody acts.",
        ];
        walk.read(&theirs, &read, &words, "inbox-go");
        says_go(&mut walk, &theirs, "isp", "You would block 203.0.113.66");
        let ours = walk.person(&agency, "approver");
        says_go(
            &mut walk,
            &ours,
            "agency",
            "Your organisation has no action in this plan.",
        );
        runtime.block_on(story.sync()).expect("pulls");
        // Before the instant nobody is offered a list, nor a receipt.
        walk.stop(
            &theirs,
            &format!("{isp}/cases/{case}/plan"),
            &["Take our go back"],
            "plan-all-go",
        );
        walk.lacks(&theirs, &["Act now", "as a hosts file"]);

        // The instant has come; sessions have ended meanwhile.
        story.world.set_clock(instant + 60_000);
        let theirs = walk.person(&isp, "approver");
        let read = walk.browser.words(&theirs);
        walk.read(
            &theirs,
            &read,
            &["act now on 2 targets, and say what was done"],
            "inbox-act",
        );
        walk.press(
            &theirs,
            "Look at the plan",
            &["Act now", "as a hosts file", "How it went"],
            "plan-act",
        );
        // One is done; of the other it is said that it failed. All are ticked at first.
        walk.browser.tick(&theirs, "panel.bad.example");
        walk.browser.tick(&theirs, "Done");
        walk.write(
            &theirs,
            &[("What exactly was done", "Blocked at both borders, 09:01.")],
        );
        walk.press(
            &theirs,
            "Give the receipt",
            &["The receipt is given."],
            "plan-receipt",
        );
        walk.browser.tick(&theirs, "Failed");
        walk.write(
            &theirs,
            &[("What exactly was done", "The resolver of the south is down.")],
        );
        walk.press(
            &theirs,
            "Give the receipt",
            &["The receipt is given."],
            "plan-receipts",
        );
        walk.lacks(&theirs, &["Act now"]);
        runtime.block_on(story.sync()).expect("pulls");

        // Afterwards: did it hold, what came of it, and a word for the log of decisions.
        story.world.advance(3_600_000);
        let investigator = walk.person(&agency, "investigator");
        walk.stop(
            &investigator,
            &plan,
            &["Did it hold?", "done", "failed", "Done at"],
            "plan-afterwards",
        );
        walk.browser.tick(&investigator, "panel.bad.example");
        walk.browser.tick(&investigator, "It is back");
        walk.write(
            &investigator,
            &[(
                "From where you looked",
                "Two resolvers abroad; the name answers again.",
            )],
        );
        walk.press(
            &investigator,
            "Say it",
            &["Said. Whoever acted reads it."],
            "plan-looked",
        );
        let read = walk.browser.words(&investigator);
        walk.read(&investigator, &read, &["did not hold"], "");
        let officer = walk.person(&agency, "officer");
        walk.stop(
            &officer,
            &format!("{agency}/cases/{case}/write/outcome.recorded"),
            &["Record an outcome"],
            "outcome-write",
        );
        walk.browser.choose(&officer, "Outcome", "disrupted");
        walk.write(
            &officer,
            &[
                ("In one line", "After the day of action"),
                (
                    "In words",
                    "One address is gone; the name answered again after an hour.",
                ),
            ],
        );
        walk.press(&officer, "Preview and publish", &["Before it happens"], "");
        walk.press(&officer, "Publish", &["The note is published.", "K-2026-17"], "");
        runtime.block_on(story.sync()).expect("pulls");
        walk.stop(
            &theirs,
            &format!("{isp}/cases/{case}/plan"),
            &["did not hold", "failed"],
            "plan-read-by-who-acted",
        );
    });
}
