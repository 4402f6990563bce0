//! The Enter key in a form: it leads to the page that says what will happen, or does nothing. It never lets anything
//! leave, and never undoes what was ticked.

use accord_model::Role;

use crate::chromium::{Browser, Tab, chromium};
use crate::client::{Client, form, set};
use crate::{ready, serve};

/// Presses Enter where the cursor is, and answers whether another page came: the old one carries a mark that goes with
/// it, and a question to the server is answered after whatever the key sent.
fn enter_leads_away(browser: &mut Browser, tab: &Tab) -> bool {
    browser.run(tab, "window.here = 1");
    browser.enter(tab);
    let still = "fetch('/sign-in').then(r => r.text()).then(() => window.here === 1)";
    browser.wait_for(tab, still) != serde_json::json!(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_in_a_note_shows_whom_it_reaches_and_publishes_nothing() {
    let Some(program) = chromium() else { return };
    let story = ready(81).await;
    let (case, agency) = (story.case(), story.org("agency"));
    let at = format!("http://{}", serve(agency.node()).await);
    let runtime = tokio::runtime::Handle::current();
    let written = || {
        let (node, who) = story.at("agency", "investigator");
        let (items, _) = runtime
            .block_on(node.timeline(who, case, None))
            .expect("a timeline");
        items.iter().any(|item| item.title == "Seed found")
    };
    tokio::task::block_in_place(|| {
        let mut browser = Browser::start(&program);
        let tab = browser.tab();
        browser.sign_in(&tab, &at, "investigator");
        browser.open(&tab, &format!("{at}/cases/{case}/timeline"));
        browser.unfold(&tab, "Write a note");
        browser.write(&tab, "Note", "The generator's seed is known.");
        browser.write(&tab, "In one line", "Seed found");
        let words = browser.press_enter(&tab);
        assert!(
            words.contains("Before it happens") && words.contains("isp"),
            "{words}"
        );
        assert!(!written(), "shown, not published");
        // On the page before it happens the key does nothing: somebody must press the button.
        assert!(!enter_leads_away(&mut browser, &tab));
        assert!(!written());
        browser.press(&tab, "Publish to 1 organisation");
        assert!(written());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_in_a_form_that_decides_at_once_does_nothing() {
    let Some(program) = chromium() else { return };
    let story = ready(82).await;
    let case = story.case();
    let at = format!("http://{}", serve(story.org("agency").node()).await);
    tokio::task::block_in_place(|| {
        let mut browser = Browser::start(&program);
        let tab = browser.tab();
        browser.sign_in(&tab, &at, "officer");
        for (path, label) in [
            ("instruments/record", "Reference"),
            ("orals/record", "Under which law"),
            ("plan/write", "Title"),
            ("guests/ask/information", "Number"),
        ] {
            browser.open(&tab, &format!("{at}/cases/{case}/{path}"));
            let there = browser.run(
                &tab,
                "document.querySelector('main form input[type=text]').focus(), 1",
            );
            assert_eq!(there, serde_json::json!(1), "{path}");
            // Nothing but the key is tried: what the form lacks is not what stops it.
            browser.run(
                &tab,
                "document.querySelectorAll('main form').forEach(e => e.noValidate = true), 1",
            );
            assert!(!enter_leads_away(&mut browser, &tab), "{path} {label}");
        }
    });
    let (node, who) = story.at("agency", "officer");
    let view = node.case(who, case).await.expect("the case");
    assert_eq!((view.instruments.len(), view.orals.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_in_a_draft_saves_it_as_it_is_ticked() {
    let Some(program) = chromium() else { return };
    let mut story = ready(83).await;
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .expect("a researcher");
    let (isp, approver) = story.at("isp", "approver");
    let person = story.at("isp", "researcher").1.person;
    isp.add_member(approver, story.case(), person, &[Role::Researcher].into(), None)
        .await
        .expect("named");
    let at = format!("http://{}", serve(story.org("isp").node()).await);
    tokio::task::block_in_place(|| {
        let mut browser = Browser::start(&program);
        let tab = browser.tab();
        browser.sign_in(&tab, &at, "researcher");
        browser.open(&tab, &format!("{at}/import"));
        let many: String = (0..150).map(|n| format!("h{n}.evil.example\n")).collect();
        browser.write(&tab, "Paste text or indicators", &many);
        browser.press(&tab, "Read it");
        browser.tick(&tab, "h7.evil.example");
        browser.write(&tab, "In one line", "Names of the family");
        let words = browser.press_enter(&tab);
        assert!(words.contains("1 to 100 of 150, 149 ticked."), "{words}");
        assert!(!browser.ticked(&tab, "h7.evil.example"));
        let line = browser.run(&tab, "document.getElementsByName('title')[0].value");
        assert_eq!(line, serde_json::json!("Names of the family"));
    });
    let (node, who) = story.at("isp", "researcher");
    assert_eq!(node.imports(who).await.expect("drafts").len(), 1, "a draft still");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_a_form_that_decides_at_once_has_the_key_do_nothing() {
    let story = ready(84).await;
    let officer = Client::signed_in(&serve(story.org("agency").node()).await, "officer").await;
    let place = format!("/cases/{}/instruments/record", story.case());
    let page = officer.get(&place).await.is(200);
    // The first button of the form is the one that the key presses; it is switched off, and read to nobody.
    let (_, inner) = page
        .body
        .split_once(&format!("action=\"{place}\""))
        .expect("the form");
    let (_, first) = inner.split_once("<button").expect("a button");
    let first = first.split('>').next().expect("its end");
    assert!(
        first.contains("disabled") && first.contains("aria-hidden=\"true\""),
        "{first}"
    );
    // The button that is seen still records.
    let mut fields = form(&page.body, &place);
    for (name, value) in [
        ("reference", "W-2"),
        ("authority", "District Court"),
        ("power", "Act 7"),
        ("scope", "access logs"),
        ("categories", "log-evidence"),
        ("addressee", "isp"),
        ("from", "2026-11-01T00:00"),
        ("to", "2026-12-01T00:00"),
    ] {
        set(&mut fields, name, value);
    }
    let done = officer.post(&place, &fields).await;
    officer.follow(done).await.has("W-2");
}
