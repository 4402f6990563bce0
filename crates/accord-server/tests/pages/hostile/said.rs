//! What is typed, and what no page and no file may make of it.

use accord_formats::letters;

use crate::client::{Answer, text};

/// Markup behind a formula, and a letter that only looks Latin.
pub const MARKUP: &str =
    "=cmd|' /C calc'!A0 <script>alert(1)</script>\"'>&<img src=x onerror=alert(1)> b\u{430}nk.example";
/// A formula, what turns the line round, and what nobody sees.
pub const TURNED: &str = "@SUM(1+1)*cmd \u{202e}gpj.exe\u{200b}";
/// Two more formulas, with something that no field refuses.
pub const PLUS: &str = "+1+cmd|' /C calc'!A0 lo\u{200b}gin";
pub const MINUS: &str = "-1+cmd|' /C calc'!A0 b\u{430}nk";

/// How the page says that a letter is not what it seems.
const SAID: &str = "[not Latin: \u{430} U+0430]";

/// What stands on a page outside the fields of its forms.
fn outside(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<textarea") {
        out.push_str(before);
        rest = after.split_once("</textarea>").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let mut pieces = out.split(" value=\"");
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        kept.push_str(piece.split_once('"').map_or("", |(_, after)| after));
    }
    kept
}

/// Asserts that a page shows what was typed as words.
pub fn safe(answer: &Answer, place: &str) {
    assert!(
        answer.status < 500,
        "{place}: {}\n{}",
        answer.status,
        text(&answer.body)
    );
    let kind = answer.header("content-type");
    if !kind.starts_with("text/html") {
        file(answer, place);
        return;
    }
    let page = &answer.body;
    for bad in ["<script>alert", "<img src=x", "\"'>&<"] {
        assert!(!page.contains(bad), "{place}: {bad} is not escaped");
    }
    let outside = outside(page);
    let hidden = outside.char_indices().find(|(_, c)| letters::hides(*c));
    assert!(hidden.is_none(), "{place}: {hidden:?} is seen by nobody");
    let words = text(&outside);
    let (written, said) = (words.matches("b\u{430}n").count(), words.matches(SAID).count());
    assert_eq!(written, said, "{place}: a look-alike that is not said\n{words}");
}

/// Asserts that a file that is taken along runs nothing.
fn file(answer: &Answer, place: &str) {
    let kind = answer.header("content-type");
    let name = answer.header("content-disposition");
    for bad in ["\u{202e}", "<script>", "\""] {
        assert!(
            !name
                .trim_end_matches('"')
                .replacen("filename=\"", "", 1)
                .contains(bad),
            "{place}: {name}"
        );
    }
    if kind.starts_with("text/csv") {
        for line in answer.body.lines() {
            let fields = line.split(',').map(|field| field.trim_start_matches('"'));
            for field in fields {
                assert!(
                    !field.starts_with(['=', '+', '-', '@', '\t']),
                    "{place}: a formula in {line}"
                );
            }
        }
    }
    if kind.contains("wordprocessingml") {
        assert!(
            !answer.body.contains("<script>alert"),
            "{place}: broke out of its document"
        );
        assert!(
            !answer.body.contains('\u{202e}'),
            "{place}: a character turns the line"
        );
    }
}
