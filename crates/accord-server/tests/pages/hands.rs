//! What a person does in the browser with mouse and keyboard: press what can be seen, write into a field that is
//! named beside it, tick, choose, hand over a file.
//!
//! Everything is found by the words that stand on the page, and pressed where it is with a real pointer: what is
//! covered, switched off or not there fails the test as it would stop the person.

use std::path::Path;

use serde_json::{Value, json};

use crate::chromium::{Browser, Tab};

/// Where the pointer goes for an element, after it was brought into view; the reason it cannot be pressed otherwise.
const PLACE: &str = "(e => { e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' }); \
     if (e.disabled) return 'it is switched off'; \
     const lacks = e.type === 'submit' && !e.formNoValidate && e.form && !e.form.noValidate \
       ? [...e.form.elements].filter(f => f.willValidate && !f.validity.valid).map(f => f.name) : []; \
     if (lacks.length) return 'the browser asks to fill in ' + lacks.join(', '); \
     const r = e.getClientRects()[0]; if (!r) return 'it takes no room'; \
     const x = r.left + r.width / 2, y = r.top + r.height / 2; \
     const at = document.elementFromPoint(x, y); \
     if (!at || !(e.contains(at) || at.contains(e))) \
       return 'it is covered by ' + (at ? at.tagName + ' ' + at.className : 'nothing'); \
     return [x, y]; })";

/// The control of the label that begins with these words, in the open part of the page.
const LABELLED: &str = "(words => { \
     const e = [...document.querySelectorAll('main label, .search label, .composer label')] \
       .find(e => e.innerText.trim().startsWith(words) && e.control && e.control.getClientRects().length); \
     return e ? e.control : null; })";

impl Browser {
    /// Runs `find`, a script that gives one element or nothing, and presses that element with the pointer.
    fn point(&mut self, tab: &Tab, find: &str, what: &str) {
        let script = format!("(() => {{ const e = {find}; return e ? {PLACE}(e) : 'it is not there'; }})()");
        let place = self.run(tab, &script);
        let (Some(x), Some(y)) = (place[0].as_f64(), place[1].as_f64()) else {
            panic!("{what}: {place}\n{}", self.words(tab));
        };
        for (kind, buttons) in [("mousePressed", 1), ("mouseReleased", 0)] {
            let params = json!({
                "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1
            });
            self.call(Some(tab), "Input.dispatchMouseEvent", params);
        }
    }

    /// Presses a key by its name and number, with what it writes; `commands` are what the browser's editor does on it.
    fn key(&mut self, tab: &Tab, key: &str, code: u32, text: &str, commands: &[&str]) {
        let mut params = json!({
            "type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "commands": commands
        });
        if !text.is_empty() {
            params["text"] = json!(text);
        }
        self.call(Some(tab), "Input.dispatchKeyEvent", params);
        let params = json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code });
        self.call(Some(tab), "Input.dispatchKeyEvent", params);
    }

    /// What a person can press: the first button, link or heading of something folded whose words begin so.
    fn pressable(words: &str) -> String {
        format!(
            "[...document.querySelectorAll('main button, main a, main summary, nav a, header.top a')] \
             .find(e => e.getClientRects().length && e.innerText.trim().startsWith({}))",
            json!(words)
        )
    }

    /// Presses what is called so, and answers with the words of the page it leads to.
    pub fn press(&mut self, tab: &Tab, words: &str) -> String {
        self.point(tab, &Self::pressable(words), words);
        self.landed(tab)
    }

    /// Presses a button or link called so within the listed thing that has these words.
    pub fn press_at(&mut self, tab: &Tab, of: &str, words: &str) -> String {
        let find = format!(
            "[...document.querySelectorAll('main li, main tr, main section, main article')] \
             .filter(e => e.innerText.includes({of})) \
             .flatMap(e => [...e.querySelectorAll('button, a')].map(b => [e.innerText.length, b])) \
             .filter(([, b]) => b.getClientRects().length && b.innerText.trim().startsWith({words})) \
             .sort(([a], [b]) => a - b).map(([, b]) => b)[0]",
            of = json!(of),
            words = json!(words)
        );
        self.point(tab, &find, &format!("{words} at {of}"));
        self.landed(tab)
    }

    /// Unfolds or folds what is called so; the page stays.
    pub fn unfold(&mut self, tab: &Tab, words: &str) {
        self.point(tab, &Self::pressable(words), words);
    }

    /// Writes into the field with this label, in place of what stood there.
    pub fn write(&mut self, tab: &Tab, label: &str, text: &str) {
        self.point(tab, &format!("{LABELLED}({})", json!(label)), label);
        self.key(tab, "a", 65, "", &["selectAll"]);
        self.call(Some(tab), "Input.insertText", json!({ "text": text }));
        let now = self.run(tab, "document.activeElement.value");
        assert_eq!(now, json!(text), "{label}: the field does not take it");
    }

    /// Ticks or unticks the box, or chooses the round one, whose words begin so.
    pub fn tick(&mut self, tab: &Tab, label: &str) {
        self.point(tab, &format!("{LABELLED}({})", json!(label)), label);
    }

    /// Whether the box whose words begin so is ticked.
    pub fn ticked(&mut self, tab: &Tab, label: &str) -> bool {
        let script = format!("{LABELLED}({})?.checked", json!(label));
        self.run(tab, &script).as_bool().expect("a box with these words")
    }

    /// Chooses in the list with this label: goes to it, to its beginning, and down to what is called exactly so, or
    /// begins so.
    pub fn choose(&mut self, tab: &Tab, label: &str, choice: &str) {
        let control = format!("{LABELLED}({})", json!(label));
        let script = format!(
            "(() => {{ const e = {control}; if (!e) return -2; e.focus(); \
             const all = [...e.options].map(o => o.innerText.trim()); \
             const exact = all.indexOf({choice}); \
             return exact >= 0 ? exact : all.findIndex(o => o.startsWith({choice})); }})()",
            choice = json!(choice)
        );
        let place = self.run(tab, &script).as_i64().expect("a place");
        assert!(place >= 0, "{label}: nothing in it says {choice:?} ({place})");
        self.key(tab, "Home", 36, "", &[]);
        for _ in 0..place {
            self.key(tab, "ArrowDown", 40, "", &[]);
        }
        let now = self.run(tab, "document.activeElement.selectedOptions[0]?.innerText.trim()");
        let now = now.as_str().expect("a choice");
        assert!(
            now.starts_with(choice),
            "{label}: {now:?} is chosen, not {choice:?}"
        );
    }

    /// Gives files to the field with this label, as the file window of the system does.
    pub fn attach(&mut self, tab: &Tab, label: &str, files: &[&Path]) {
        let control = format!("{LABELLED}({})", json!(label));
        let params = json!({ "expression": control });
        let found = self.call(Some(tab), "Runtime.evaluate", params);
        let object: &Value = &found["result"]["objectId"];
        assert!(object.is_string(), "{label}: no such field");
        let params = json!({ "files": files, "objectId": object });
        self.call(Some(tab), "DOM.setFileInputFiles", params);
    }

    /// Goes to the search box by its key, types, and answers with the words of the answer.
    pub fn search(&mut self, tab: &Tab, text: &str) -> String {
        self.key(tab, "/", 191, "/", &[]);
        let at = self.run(tab, "document.activeElement.id");
        assert_eq!(at, json!("search"), "the key does not go to the search box");
        self.call(Some(tab), "Input.insertText", json!({ "text": text }));
        self.press_enter(tab)
    }
}
