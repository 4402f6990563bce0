//! Each role's main journey in a real browser, as a person goes it: typing, ticking, pressing what the page offers,
//! reading what it says. Every stop is looked at in light and dark, wide and narrow (`target/screenshots`).

use std::path::Path;

use accord_model::Role;
use accord_testkit::Story;

use crate::chromium::{Browser, Tab, screenshots};

mod agency;
mod approver;
mod exports;
mod guest;
mod leads;
mod looks;
mod plan;
mod recall;
mod requests;
mod researcher;
mod secondee;
mod signatory;
mod team;

/// A browser with where its screenshots go.
struct Walk {
    browser: Browser,
    folder: std::path::PathBuf,
}

impl Walk {
    fn begin(program: &Path) -> Self {
        Self {
            browser: Browser::start(program),
            folder: screenshots(),
        }
    }

    fn person(&mut self, at: &str, name: &str) -> Tab {
        let tab = self.browser.tab();
        self.browser.sign_in(&tab, at, name);
        tab
    }

    /// Opens a page, finds these words on it, and looks at it.
    fn stop(&mut self, tab: &Tab, url: &str, words: &[&str], picture: &str) {
        let read = self.browser.open(tab, url);
        self.read(tab, &read, words, picture);
    }

    /// Sends the page's form as it stands, finds these words on the page it leads to, and looks at it.
    fn submit(&mut self, tab: &Tab, words: &[&str], picture: &str) {
        let script = "(() => { const e = document.querySelector('main form button.button[type=submit]'); \
                      if (!e) return 0; e.click(); return 1; })()";
        assert_eq!(
            self.browser.run(tab, script),
            serde_json::json!(1),
            "{picture}: nothing to send"
        );
        let read = self.browser.landed(tab);
        self.read(tab, &read, words, picture);
    }

    /// Follows the first link to an address that ends or begins so.
    fn follow(&mut self, tab: &Tab, selector: &str, words: &[&str], picture: &str) {
        let script = format!(
            "(() => {{ const e = document.querySelector({}); if (!e) return 0; e.click(); return 1; }})()",
            serde_json::json!(selector)
        );
        assert_eq!(
            self.browser.run(tab, &script),
            serde_json::json!(1),
            "{picture}: no {selector}"
        );
        let read = self.browser.landed(tab);
        self.read(tab, &read, words, picture);
    }

    /// Presses what is called so, finds these words on the page it leads to, and looks at it.
    fn press(&mut self, tab: &Tab, what: &str, words: &[&str], picture: &str) {
        let read = self.browser.press(tab, what);
        self.read(tab, &read, words, picture);
    }

    /// The same within the listed thing that has these words.
    fn press_at(&mut self, tab: &Tab, of: &str, what: &str, words: &[&str], picture: &str) {
        let read = self.browser.press_at(tab, of, what);
        self.read(tab, &read, words, picture);
    }

    /// Writes into fields by their labels.
    fn write(&mut self, tab: &Tab, fields: &[(&str, &str)]) {
        for (label, text) in fields {
            self.browser.write(tab, label, text);
        }
    }

    /// Nothing of this stands on the page.
    fn lacks(&mut self, tab: &Tab, words: &[&str]) {
        let read = self.browser.words(tab);
        for word in words {
            assert!(!read.contains(word), "{word:?} in\n{read}");
        }
    }

    fn read(&mut self, tab: &Tab, read: &str, words: &[&str], picture: &str) {
        for word in words {
            assert!(read.contains(word), "{picture}: no {word:?} in\n{read}");
        }
        if !picture.is_empty() {
            self.browser.look(tab, picture, &self.folder);
        }
    }
}

/// Somebody with one role of their own on the case.
pub async fn with(story: &mut Story, org: &str, name: &str, role: Role) {
    story
        .org_mut(org)
        .add_person(name, &[role])
        .await
        .expect("a person");
    let case = story.case();
    let (node, approver) = story.at(org, "approver");
    let person = story.org(org).who(name).person;
    node.add_member(approver, case, person, &[role].into(), None)
        .await
        .expect("named");
}
