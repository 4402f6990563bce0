//! A real browser: Chromium, driven over its pipe (Chrome DevTools Protocol, messages ended by NUL).
//!
//! Set `CI` and there must be a Chromium; without it the tests say loudly that they were skipped. Screenshots in light
//! and dark, wide and narrow, are written to `target/screenshots`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// Nothing glides: what is pressed stands where it was seen.
static STILL: std::sync::LazyLock<Value> =
    std::sync::LazyLock::new(|| json!({ "name": "prefers-reduced-motion", "value": "reduce" }));

const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// The browser's program. Without one a test is skipped, and says so; where `CI` is set it fails.
pub fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|dir| NAMES.iter().map(move |name| dir.join(name)))
        .find(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI needs one of {NAMES:?}");
        println!("SKIPPED: no browser; install one of {NAMES:?} to run this test");
    }
    found
}

/// Where screenshots are written.
pub fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A running browser; it ends with this.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    next: u64,
    /// Tabs whose page was loaded while something else was waited for.
    loads: BTreeSet<String>,
    _profile: tempfile::TempDir,
}

/// A tab with cookies of its own.
pub struct Tab {
    session: String,
}

impl Browser {
    /// Starts it without a window.
    pub fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        // The protocol speaks on descriptors 3 and 4; the shell makes them of the pipes we have.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>&2"])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser starts");
        let to = child.stdin.take().expect("a pipe");
        let from = BufReader::new(child.stdout.take().expect("a pipe"));
        Self {
            child,
            to,
            from,
            next: 0,
            loads: BTreeSet::new(),
            _profile: profile,
        }
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.from.read_until(0, &mut message).expect("the browser speaks");
        assert_eq!(message.pop(), Some(0), "the browser ended");
        serde_json::from_slice(&message).expect("a message")
    }

    pub(crate) fn call(&mut self, tab: Option<&Tab>, method: &str, params: Value) -> Value {
        self.next += 1;
        let mut message = json!({ "id": self.next, "method": method, "params": params });
        if let Some(tab) = tab {
            message["sessionId"] = json!(tab.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser listens");
        loop {
            let answer = self.read();
            if answer["id"] == json!(self.next) {
                assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.heard(&answer);
        }
    }

    /// Remembers that a page was loaded.
    fn heard(&mut self, message: &Value) {
        if message["method"] == "Page.loadEventFired" {
            let session = message["sessionId"].as_str().expect("a session");
            self.loads.insert(session.to_owned());
        }
    }

    /// A tab that shares nothing with the others.
    pub fn tab(&mut self) -> Tab {
        let context = self.call(None, "Target.createBrowserContext", json!({}))["browserContextId"].clone();
        let params = json!({ "url": "about:blank", "browserContextId": context });
        let target = self.call(None, "Target.createTarget", params)["targetId"].clone();
        let params = json!({ "targetId": target, "flatten": true });
        let session = self.call(None, "Target.attachToTarget", params)["sessionId"].clone();
        let tab = Tab {
            session: session.as_str().expect("a session").to_owned(),
        };
        self.call(Some(&tab), "Page.enable", json!({}));
        let still = json!({ "features": [STILL.clone()] });
        self.call(Some(&tab), "Emulation.setEmulatedMedia", still);
        tab
    }

    /// Waits until the page that was just asked for is there, and answers with its words.
    pub fn landed(&mut self, tab: &Tab) -> String {
        self.loaded(tab);
        self.words(tab)
    }

    /// Waits for the event that a page was loaded.
    fn loaded(&mut self, tab: &Tab) {
        while !self.loads.remove(&tab.session) {
            let message = self.read();
            self.heard(&message);
        }
    }

    /// Runs a script and answers with its value.
    pub fn run(&mut self, tab: &Tab, script: &str) -> Value {
        let params = json!({ "expression": script, "returnByValue": true });
        let result = self.call(Some(tab), "Runtime.evaluate", params);
        assert!(result.get("exceptionDetails").is_none(), "{script}: {result}");
        result["result"]["value"].clone()
    }

    /// Runs a script that promises a value, and waits for it.
    pub fn wait_for(&mut self, tab: &Tab, script: &str) -> Value {
        let params = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let result = self.call(Some(tab), "Runtime.evaluate", params);
        assert!(result.get("exceptionDetails").is_none(), "{result}");
        result["result"]["value"].clone()
    }

    /// The window's width in CSS pixels, and the colours that the person prefers.
    pub fn window(&mut self, tab: &Tab, width: u64, scheme: &str) {
        let params = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            STILL.clone(),
        ] });
        self.call(Some(tab), "Emulation.setEmulatedMedia", params);
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.call(Some(tab), "Emulation.setDeviceMetricsOverride", size);
    }

    /// Opens a page and answers with its words.
    pub fn open(&mut self, tab: &Tab, url: &str) -> String {
        self.loads.remove(&tab.session);
        self.call(Some(tab), "Page.navigate", json!({ "url": url }));
        self.loaded(tab);
        self.words(tab)
    }

    /// What a person reads on the page.
    pub fn words(&mut self, tab: &Tab) -> String {
        self.run(tab, "document.body.innerText")
            .as_str()
            .expect("text")
            .to_owned()
    }

    /// Types into the field that has the focus.
    pub fn type_into(&mut self, tab: &Tab, field: &str, text: &str) {
        let there = self.run(
            tab,
            &format!("document.getElementsByName('{field}')[0].focus(), 1"),
        );
        assert_eq!(there, json!(1));
        self.call(Some(tab), "Input.insertText", json!({ "text": text }));
    }

    /// Signs somebody in by typing, and answers with the words of the page they came for.
    pub fn sign_in(&mut self, tab: &Tab, url: &str, name: &str) -> String {
        self.open(tab, url);
        self.type_into(tab, "name", name);
        self.type_into(tab, "password", crate::PASSWORD);
        self.press_enter(tab)
    }

    /// Fills fields of the page by their names: a box is ticked, an option chosen, text written.
    pub fn fill(&mut self, tab: &Tab, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            let script = format!(
                "(() => {{ const all = [...document.getElementsByName({name})]; \
                 const e = all.find(e => (e.type === 'radio' || e.type === 'checkbox') ? e.value === {value} : true); \
                 if (!e) return 0; \
                 if (e.type === 'radio' || e.type === 'checkbox') e.checked = true; else e.value = {value}; \
                 return e.type === 'select-one' && e.value !== {value} ? 0 : 1; }})()",
                name = json!(name),
                value = json!(value)
            );
            assert_eq!(
                self.run(tab, &script),
                json!(1),
                "no field {name} that takes {value:?}"
            );
        }
    }

    /// Presses Enter, and answers with the words of the page it leads to.
    pub fn press_enter(&mut self, tab: &Tab) -> String {
        self.enter(tab);
        self.loaded(tab);
        self.words(tab)
    }

    /// Presses Enter, wherever that leads.
    pub fn enter(&mut self, tab: &Tab) {
        for kind in ["keyDown", "keyUp"] {
            let params = json!({ "type": kind, "key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13 });
            self.call(Some(tab), "Input.dispatchKeyEvent", params);
        }
    }

    /// Clicks the first button or link with these words, and waits for the page it leads to.
    pub fn click(&mut self, tab: &Tab, words: &str) -> String {
        let script = format!(
            "(() => {{ const e = [...document.querySelectorAll('button, a')].find(e => e.innerText.trim().startsWith({})); \
             if (!e) return 0; e.click(); return 1; }})()",
            json!(words)
        );
        assert_eq!(
            self.run(tab, &script),
            json!(1),
            "nothing to click says {words:?}"
        );
        self.loaded(tab);
        self.words(tab)
    }

    /// What makes the page wider than its window, or nothing.
    pub fn too_wide(&mut self, tab: &Tab, width: u64) -> String {
        let wide = self.run(tab, "document.documentElement.scrollWidth");
        if wide.as_u64().expect("a width") <= width {
            return String::new();
        }
        let script = "[...document.querySelectorAll('body *')].filter(e => \
                      e.getBoundingClientRect().right > innerWidth + 1 && !e.parentElement.closest('.scroll, .tabs')) \
                      .map(e => e.tagName + '.' + e.className + ' ' + e.innerText.slice(0, 40)).slice(0, 5).join(' | ')";
        format!("{wide} wide in a window of {width}: {}", self.run(tab, script))
    }

    /// Screenshots in light and dark, wide and narrow. No page may be wider than its window.
    pub fn look(&mut self, tab: &Tab, name: &str, folder: &Path) {
        for (width, scheme) in [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")] {
            self.window(tab, width, scheme);
            let wide = self.too_wide(tab, width);
            assert!(wide.is_empty(), "{name}: {wide}");
            let params = json!({ "format": "png", "captureBeyondViewport": true, "optimizeForSpeed": true });
            let shot = self.call(Some(tab), "Page.captureScreenshot", params);
            let encoded = shot["data"].as_str().expect("a picture");
            std::fs::write(
                folder.join(format!("{name}-{width}-{scheme}.png")),
                decode(encoded),
            )
            .expect("written");
        }
        self.window(tab, 1280, "light");
    }
}

/// Base64 (RFC 4648 section 4). By a table: pictures are megabytes, and tests are not optimised.
fn decode(text: &str) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [None; 256];
    for (value, letter) in (0_u32..).zip(LETTERS) {
        values[usize::from(*letter)] = Some(value);
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for letters in text.trim_end_matches('=').as_bytes().chunks(4) {
        let mut bits = 0;
        for letter in letters {
            bits = bits << 6 | values[usize::from(*letter)].expect("base64");
        }
        let bytes = (bits << (6 * (4 - letters.len()))).to_be_bytes();
        out.extend_from_slice(&bytes[1..letters.len()]);
    }
    out
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
