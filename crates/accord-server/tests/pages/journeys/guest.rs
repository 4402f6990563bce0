//! A guest: reads one request at its link, makes sure who asks, sends a file, takes the receipt; and a link that has ended.

use super::Walk;
use crate::chromium::chromium;
use crate::client::{Client, form};
use crate::guests::made;
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_answers_at_a_link_and_takes_the_receipt() {
    let Some(program) = chromium() else { return };
    let story = ready(79).await;
    let at = serve(story.org("agency").node()).await;
    let case = format!("/cases/{}", story.case());
    let investigator = Client::signed_in(&at, "investigator").await;
    let officer = Client::signed_in(&at, "officer").await;
    let link = made(&investigator, &officer, &case, "Corner Shop").await;
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("till 3.log");
    std::fs::write(&log, "2026-11-01T08:00:00Z till3 evil.example\n").expect("written");
    let photo = folder.path().join("screen.txt");
    std::fs::write(&photo, "PAY NOW\n").expect("written");
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let guest = walk.browser.tab();
        walk.stop(
            &guest,
            &format!("http://{at}{link}"),
            &[
                "agency asks Corner Shop for information",
                "call the agency on a number that you already have",
                "Who asks",
                "On which authority",
                "You may answer, and need not.",
                "Until when",
                "What happens with your answer",
            ],
            "guest",
        );
        walk.lacks(&guest, &["Heron", "isp"]);
        walk.press(
            &guest,
            "Answer",
            &["Nothing is sent yet.", "What is asked", "Your answer"],
            "guest-answer",
        );
        walk.browser.write(
            &guest,
            "In words",
            "The log of the third till, and what its screen says.",
        );
        walk.browser.attach(&guest, "Files", &[&log, &photo]);
        walk.press(
            &guest,
            "Go on, and see what will be sent",
            &["till 3.log", "screen.txt", "SHA-256", "The log of the third till"],
            "guest-check",
        );
        walk.press(
            &guest,
            "Take screen.txt away",
            &["Will be sent", "till 3.log", "The log of the third till"],
            "guest-check-one",
        );
        walk.lacks(&guest, &["screen.txt"]);
        walk.press(
            &guest,
            "Send",
            &[
                "agency has your answer",
                "Receipt",
                "till 3.log",
                "Keep the signed receipt",
            ],
            "guest-receipt",
        );
        // The link is spent: it shows the receipt and nothing of the request.
        walk.stop(
            &guest,
            &format!("http://{at}{link}"),
            &["agency has your answer", "Nothing more is shown here."],
            "",
        );
        walk.lacks(&guest, &["the till called a name"]);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_link_says_so() {
    let Some(program) = chromium() else { return };
    let story = ready(80).await;
    let at = serve(story.org("agency").node()).await;
    let case = format!("/cases/{}", story.case());
    let investigator = Client::signed_in(&at, "investigator").await;
    let officer = Client::signed_in(&at, "officer").await;
    let link = made(&investigator, &officer, &case, "Corner Shop").await;
    let page = investigator.get(&format!("{case}/requests")).await.is(200);
    let end = page
        .body
        .split("href=\"")
        .filter_map(|part| part.split('"').next())
        .find(|href| href.ends_with("/revoke"))
        .expect("a way to end it")
        .to_owned();
    let page = investigator.get(&end).await.is(200);
    investigator.post(&end, &form(&page.body, &end)).await.is(303);
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let guest = walk.browser.tab();
        let words = [
            "There is nothing at this link",
            "call the person who gave you the link",
        ];
        walk.stop(&guest, &format!("http://{at}{link}"), &words, "guest-ended");
        // One that never was says the same.
        let read = walk.browser.words(&guest);
        let never = format!("http://{at}/r/{}", "0".repeat(64));
        walk.stop(&guest, &never, &words, "");
        assert_eq!(walk.browser.words(&guest), read);
    });
}
