//! A narrow window: the tab that is open stands where it can be seen.

use crate::chromium::{Browser, chromium};
use crate::{ready, serve};

/// Whether the current tab of the case lies within the row of tabs, with its words.
const IN_VIEW: &str = "(() => { const at = document.querySelector('.tabs [aria-current]'); \
     const row = at.closest('ul').getBoundingClientRect(), r = at.getBoundingClientRect(); \
     return [at.innerText, r.left >= row.left - 1 && r.right <= row.right + 1]; })()";

#[tokio::test(flavor = "multi_thread")]
async fn the_open_tab_of_a_case_is_in_view() {
    let Some(program) = chromium() else { return };
    let story = ready(85).await;
    let at = format!("http://{}", serve(story.org("agency").node()).await);
    let case = story.case();
    tokio::task::block_in_place(|| {
        let mut browser = Browser::start(&program);
        let tab = browser.tab();
        browser.sign_in(&tab, &at, "officer");
        for width in [360, 1280] {
            browser.window(&tab, width, "light");
            for path in [
                "timeline",
                "about",
                "team",
                "tasks",
                "subjects",
                "intel",
                "evidence",
                "hunts",
                "requests",
                "plan",
                "instruments",
                "victims",
                "keeping",
                "disclosure",
            ] {
                browser.open(&tab, &format!("{at}/cases/{case}/{path}"));
                let seen = browser.run(&tab, IN_VIEW);
                let words = seen[0].as_str().expect("a tab").to_lowercase();
                assert!(words.starts_with(path), "{path}: {words} is open");
                assert_eq!(seen[1], serde_json::json!(true), "{path} at {width}: out of view");
            }
        }
    });
}
