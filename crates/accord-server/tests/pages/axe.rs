//! Every page in every state, as the snapshots hold it, looked at by axe-core in a real browser: no finding that
//! keeps people out, nothing wider than a narrow window, no text that is too small.
//!
//! The script comes from npm (`./test tools`), its place stands in `ACCORD_AXE`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::chromium::{Browser, chromium};
use crate::client::Client;
use crate::{ready, serve};

/// The least size of text, CSS pixels (page rule 9).
const TEXT_MIN_PX: f64 = 12.0;
/// The narrowest window, CSS pixels (page rule 9).
const NARROWEST_PX: u64 = 360;

/// Text that is smaller than it may be, with its size. What only helps machines has no size.
const SMALLEST: &str = "(() => { let least = [1000, '']; \
     for (const e of document.querySelectorAll('body *')) { \
       if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.offsetParent) continue; \
       const size = parseFloat(getComputedStyle(e).fontSize); \
       if (size < least[0]) least = [size, e.innerText]; } \
     return least; })()";

fn axe() -> Option<String> {
    let Some(place) = std::env::var_os("ACCORD_AXE") else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI needs axe-core: `./test tools`"
        );
        println!("SKIPPED: ACCORD_AXE names no axe.min.js; `./test` brings it");
        return None;
    };
    Some(std::fs::read_to_string(place).expect("axe.min.js"))
}

/// The pages of the snapshots as files that a browser opens, with the style that is served.
async fn written(folder: &Path) -> Vec<(String, PathBuf)> {
    let story = ready(41).await;
    let client = Client::new(&serve(story.org("agency").node()).await);
    let page = client.get("/sign-in").await.is(200);
    let (_, rest) = page
        .body
        .split_once("rel=\"stylesheet\" href=\"")
        .expect("a style");
    let (style, _) = rest.split_once('"').expect("its address");
    let style = client.get(style).await.is(200).body;
    std::fs::write(folder.join("style.css"), style).expect("written");
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/snapshots");
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(snapshots).expect("snapshots") {
        let path = entry.expect("a snapshot").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let Some((_, html)) = text.split_once("<!doctype html>") else {
            continue;
        };
        let html = html.replace(
            "rel=\"stylesheet\" href=\"/assets/ASSET\"",
            "rel=\"stylesheet\" href=\"style.css\"",
        );
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let file = folder.join(format!("{name}.html"));
        std::fs::write(&file, format!("<!doctype html>{html}")).expect("written");
        pages.push((name, file));
    }
    pages.sort();
    pages
}

/// What axe-core finds that it calls serious or critical.
fn findings(told: &Value) -> Vec<String> {
    let violations = told.as_array().expect("violations");
    violations
        .iter()
        .filter(|found| matches!(found["impact"].as_str(), Some("serious" | "critical")))
        .map(|found| {
            let node = &found["nodes"][0];
            format!(
                "{} ({} times): {} in {}; {}",
                found["id"],
                found["nodes"].as_array().map_or(0, Vec::len),
                found["help"],
                node["html"],
                node["any"][0]["message"]
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_used_by_everybody() {
    let (Some(program), Some(axe)) = (chromium(), axe()) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let pages = written(folder.path()).await;
    assert!(pages.len() > 60, "only {} pages", pages.len());
    let wrong = tokio::task::block_in_place(|| {
        let mut browser = Browser::start(&program);
        let tab = browser.tab();
        let mut wrong = Vec::new();
        for (name, file) in &pages {
            browser.window(&tab, 1280, "light");
            browser.open(&tab, &format!("file://{}", file.display()));
            browser.run(&tab, &axe);
            for (scheme, rules) in [("light", ""), ("dark", ", runOnly: ['color-contrast']")] {
                browser.window(&tab, 1280, scheme);
                let script = format!(
                    "axe.run(document, {{ resultTypes: ['violations']{rules} }}).then(r => r.violations)"
                );
                let told = browser.wait_for(&tab, &script);
                let found = findings(&told);
                wrong.extend(found.iter().map(|found| format!("{name}, {scheme}: {found}")));
            }
            let smallest = browser.run(&tab, SMALLEST);
            if smallest[0].as_f64().is_some_and(|size| size < TEXT_MIN_PX) {
                wrong.push(format!("{name}: text of {smallest}"));
            }
            browser.window(&tab, NARROWEST_PX, "light");
            let wide = browser.too_wide(&tab, NARROWEST_PX);
            if !wide.is_empty() {
                wrong.push(format!("{name}: {wide}"));
            }
        }
        wrong
    });
    assert!(
        wrong.is_empty(),
        "{} findings:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
