//! An answer from a partner's own systems: the file is added, looked at and leaves; it is received, handed outside the
//! nodes with a receipt, and given back. And a first yes that is taken back.

use accord_service::{ExportOf, SendUpload};

use super::Walk;
use crate::chromium::chromium;
use crate::{ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn an_export_leaves_is_handed_on_and_given_back() {
    let Some(program) = chromium() else { return };
    let mut story = ready(96).await;
    let at = story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let case = story.case();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("proxy-2026-11.csv");
    std::fs::write(&file, "time,host\n2026-11-01T08:00:00Z,evil.example\n").expect("a file");
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let theirs = walk.person(&isp, "approver");
        let place = format!("{isp}/approvals/{}/{}/upload", at.ledger, at.seq);
        walk.stop(
            &theirs,
            &place,
            &["an export of your own systems", "No file yet."],
            "upload-empty",
        );
        let words = [
            ("System it comes from", "Web proxy of the office"),
            ("Query", "host = evil.example, November"),
        ];
        walk.write(&theirs, &words);
        walk.browser.attach(&theirs, "File", &[&file]);
        walk.press(
            &theirs,
            "Add the file",
            &["The file is here", "proxy-2026-11.csv", "What will leave"],
            "upload-added",
        );
        walk.press(
            &theirs,
            "Let it leave",
            &["The answer is with the asker"],
            "upload-sent",
        );

        runtime.block_on(story.sync()).expect("pulls");
        let ours = walk.person(&agency, "investigator");
        let tab = format!("{agency}/cases/{case}/evidence");
        walk.stop(&ours, &tab, &["not found by search"], "evidence-export");
        walk.press(&ours, "Check and receive it", &["received"], "exhibit-kept");
        walk.follow(
            &ours,
            "main a[href$='/hand']",
            &["Hand an exhibit on"],
            "exhibit-hand",
        );
        let handed = [("to", "Crown Prosecution Service"), ("text", "for the charge")];
        walk.browser.fill(&ours, &handed);
        walk.submit(
            &ours,
            &["It is noted", "Crown Prosecution Service", "not yet received"],
            "exhibit-handed",
        );
        walk.follow(
            &ours,
            "main a[href*='/receipt?handed=']",
            &["A receipt, or that it came back"],
            "exhibit-receipt",
        );
        walk.browser
            .fill(&ours, &[("returned", "no"), ("text", "one disc, sealed")]);
        walk.submit(&ours, &["one disc, sealed"], "exhibit-received");
        walk.follow(&ours, "main a[href$='/hand-back']", &["isp"], "exhibit-hand-back");
        walk.browser.fill(&ours, &[("to", "isp")]);
        walk.submit(&ours, &["isp"], "exhibit-given-back");
        runtime.block_on(story.sync()).expect("pulls");
        walk.stop(&theirs, &isp, &["is given back"], "inbox-given-back");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_yes_is_taken_back() {
    let Some(program) = chromium() else { return };
    let story = crate::uploads::two(97).await;
    let at = story.hunt_of("isp");
    let (node, who) = story.at("isp", "approver");
    let of = ExportOf {
        name: "a.csv".into(),
        system: "proxy".into(),
        query: "evil".into(),
        sha256: None,
    };
    let view = node.upload_export(who, at, &of, b"evil.example").await;
    let yes = SendUpload {
        shown: view.expect("added").commitment.expect("a file"),
        without: Default::default(),
        left_out: None,
        words: None,
    };
    node.send_upload(who, at, &yes).await.expect("a first yes");
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let theirs = walk.person(&isp, "approver");
        walk.stop(&theirs, &isp, &["Take your yes back"], "inbox-take-back");
        walk.press(
            &theirs,
            "Take your yes back",
            &["Every party of the case reads"],
            "take-back",
        );
        walk.browser.fill(&theirs, &[("reason", "the wrong week")]);
        walk.submit(&theirs, &["Your yes is taken back"], "taken-back");
    });
}
