//! The main job in a real browser.

use crate::chromium::{Browser, chromium, screenshots};
use crate::{PASSWORD, ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_in_a_real_browser() {
    let Some(program) = chromium() else {
        return;
    };
    let mut story = ready(20).await;
    let request = story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let (case, agreement) = (story.case(), story.agreement());
    let folder = screenshots();
    tokio::task::block_in_place(|| {
        let mut browser = Browser::start(&program);

        // An outsider.
        let outsider = browser.tab();
        for path in ["/", "/nothing", &format!("/cases/{case}/timeline")] {
            let words = browser.open(&outsider, &format!("{isp}{path}"));
            assert!(words.contains("Sign in"), "{words}");
            assert!(!words.contains("Heron") && !words.contains("agency"), "{words}");
        }
        browser.look(&outsider, "sign-in", &folder);

        // The approver signs in by typing.
        let approver = browser.tab();
        browser.open(&approver, &isp);
        browser.type_into(&approver, "name", "approver");
        browser.type_into(&approver, "password", PASSWORD);
        let words = browser.press_enter(&approver);
        assert!(words.contains("1 thing waits for you"), "{words}");
        assert!(words.contains("agency asks for a hunt in your logs"), "{words}");
        browser.look(&approver, "inbox", &folder);
        let words = browser.click(&approver, "Decide");
        assert!(words.contains("A request can be fake."), "{words}");
        let mut words = browser.click(&approver, "Run the preview");
        while words.contains("Stop the preview") {
            words = browser.words(&approver);
        }
        assert!(
            words.contains("What will leave") && words.contains("Approve as shown"),
            "{words}"
        );
        browser.look(&approver, "decision", &folder);
        browser.run(
            &approver,
            "document.querySelector('input[name=drop_customers]').click(), 1",
        );
        let words = browser.click(&approver, "Preview with these limits");
        assert!(
            words.contains("narrowed by you") && words.contains("Approve narrowed"),
            "{words}"
        );
        let words = browser.click(&approver, "Approve narrowed");
        assert!(words.contains("What you left out stays here"), "{words}");
        browser.look(&approver, "decided", &folder);
        let words = browser.open(&approver, &format!("{isp}/audit"));
        assert!(words.contains("auditor"), "denied, and who could: {words}");
        browser.look(&approver, "denied", &folder);

        // The agency.
        tokio::runtime::Handle::current()
            .block_on(story.sync())
            .expect("pulls");
        let asker = browser.tab();
        browser.open(&asker, &format!("{agency}/cases/{case}/timeline"));
        browser.type_into(&asker, "name", "investigator");
        browser.type_into(&asker, "password", PASSWORD);
        let words = browser.press_enter(&asker);
        assert!(
            words.contains("Operation Heron") && words.contains("approved part of a request"),
            "{words}"
        );
        assert!(!words.contains("Operation Operation"), "{words}");
        browser.look(&asker, "timeline", &folder);
        for (tab, expected) in [
            ("hunts", "approved in part"),
            ("team", "isp"),
            ("instruments", "W-isp"),
        ] {
            let words = browser.open(&asker, &format!("{agency}/cases/{case}/{tab}"));
            assert!(words.contains(expected), "{words}");
            browser.look(&asker, tab, &folder);
        }
        browser.open(&asker, &format!("{agency}/cases/{case}/evidence"));
        let words = browser.click(&asker, "Check and receive it");
        assert!(words.contains("received from isp"), "{words}");
        browser.look(&asker, "evidence", &folder);
        let words = browser.open(&asker, &format!("{agency}/agreements/{agreement}"));
        assert!(
            words.contains("Who may send what") && words.contains("in force"),
            "{words}"
        );
        browser.look(&asker, "agreement", &folder);

        // Nothing of the other node opens with this session.
        let words = browser.open(&asker, &format!("{isp}/approvals/{request}"));
        assert!(words.contains("Sign in"), "{words}");
    });
}
