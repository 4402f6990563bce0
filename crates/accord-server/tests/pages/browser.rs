//! The pages in a real browser: Chromium, driven over its pipe (Chrome DevTools Protocol, messages ended by NUL).
//!
//! Set `CI` and there must be a Chromium; without it the test says loudly that it was skipped. Screenshots in light
//! and dark, wide and narrow, are written to `target/screenshots`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::{PASSWORD, ready, serve};

const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .flat_map(|dir| NAMES.iter().map(move |name| dir.join(name)))
        .find(|file| file.is_file())
}

struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    next: u64,
    _profile: tempfile::TempDir,
}

/// A tab with cookies of its own.
struct Tab {
    session: String,
}

impl Browser {
    fn start(program: &Path) -> Self {
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
            _profile: profile,
        }
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.from.read_until(0, &mut message).expect("the browser speaks");
        assert_eq!(message.pop(), Some(0), "the browser ended");
        serde_json::from_slice(&message).expect("a message")
    }

    fn call(&mut self, tab: Option<&Tab>, method: &str, params: Value) -> Value {
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
        }
    }

    fn tab(&mut self) -> Tab {
        let context = self.call(None, "Target.createBrowserContext", json!({}))["browserContextId"].clone();
        let params = json!({ "url": "about:blank", "browserContextId": context });
        let target = self.call(None, "Target.createTarget", params)["targetId"].clone();
        let params = json!({ "targetId": target, "flatten": true });
        let session = self.call(None, "Target.attachToTarget", params)["sessionId"].clone();
        let tab = Tab {
            session: session.as_str().expect("a session").to_owned(),
        };
        self.call(Some(&tab), "Page.enable", json!({}));
        tab
    }

    /// Waits for the event that a page was loaded.
    fn loaded(&mut self, tab: &Tab) {
        loop {
            let message = self.read();
            if message["method"] == "Page.loadEventFired" && message["sessionId"] == json!(tab.session) {
                return;
            }
        }
    }

    fn run(&mut self, tab: &Tab, script: &str) -> Value {
        let params = json!({ "expression": script, "returnByValue": true });
        let result = self.call(Some(tab), "Runtime.evaluate", params);
        assert!(result.get("exceptionDetails").is_none(), "{script}: {result}");
        result["result"]["value"].clone()
    }

    fn open(&mut self, tab: &Tab, url: &str) -> String {
        self.call(Some(tab), "Page.navigate", json!({ "url": url }));
        self.loaded(tab);
        self.words(tab)
    }

    /// What a person reads on the page.
    fn words(&mut self, tab: &Tab) -> String {
        self.run(tab, "document.body.innerText")
            .as_str()
            .expect("text")
            .to_owned()
    }

    /// Types into the field that has the focus.
    fn type_into(&mut self, tab: &Tab, field: &str, text: &str) {
        let there = self.run(
            tab,
            &format!("document.getElementsByName('{field}')[0].focus(), 1"),
        );
        assert_eq!(there, json!(1));
        self.call(Some(tab), "Input.insertText", json!({ "text": text }));
    }

    fn press_enter(&mut self, tab: &Tab) -> String {
        for kind in ["keyDown", "keyUp"] {
            let params = json!({ "type": kind, "key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13 });
            self.call(Some(tab), "Input.dispatchKeyEvent", params);
        }
        self.loaded(tab);
        self.words(tab)
    }

    /// Clicks the first button or link with these words, and waits for the page it leads to.
    fn click(&mut self, tab: &Tab, words: &str) -> String {
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

    /// Screenshots in light and dark, wide and narrow. No page may be wider than its window.
    fn look(&mut self, tab: &Tab, name: &str, folder: &Path) {
        for (width, scheme) in [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")] {
            let params = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            self.call(Some(tab), "Emulation.setEmulatedMedia", params);
            let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
            self.call(Some(tab), "Emulation.setDeviceMetricsOverride", size);
            let wide = self.run(tab, "document.documentElement.scrollWidth");
            assert!(
                wide.as_u64().expect("a width") <= width,
                "{name} is {wide} wide in {width}"
            );
            let params = json!({ "format": "png", "captureBeyondViewport": true });
            let shot = self.call(Some(tab), "Page.captureScreenshot", params);
            let encoded = shot["data"].as_str().expect("a picture");
            std::fs::write(
                folder.join(format!("{name}-{width}-{scheme}.png")),
                decode(encoded),
            )
            .expect("written");
        }
        let size = json!({ "width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.call(Some(tab), "Emulation.setDeviceMetricsOverride", size);
    }
}

/// Base64 (RFC 4648 section 4).
fn decode(text: &str) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let value = LETTERS.iter().position(|letter| *letter == byte).expect("base64");
        bits = bits << 6 | u32::try_from(value).expect("six bits");
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 255).expect("a byte"));
        }
    }
    out
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_in_a_real_browser() {
    let Some(program) = chromium() else {
        assert!(std::env::var_os("CI").is_none(), "CI needs one of {NAMES:?}");
        println!("SKIPPED: no browser; install one of {NAMES:?} to run this test");
        return;
    };
    let mut story = ready(20).await;
    let request = story.hunt("isp").await.expect("a hunt");
    story.sync().await.expect("pulls");
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    let (case, agreement) = (story.case(), story.agreement());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
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
