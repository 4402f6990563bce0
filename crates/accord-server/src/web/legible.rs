//! The last step of every page: what deceives the eye is shown for what it is (`accord_formats::letters`).
//!
//! A page's text is the sum of what partners, businesses, logs and one's own people wrote; a name with a letter of
//! another script, or a character that turns the line round, may stand in any of it. So it is not left to each view: it
//! is done once, on the page that goes out, in its text and in what is read aloud of its tags.
//!
//! Left as it is: what a form carries (`value`, the words in a text area), because it comes back as it was, and what is
//! no text (addresses are percent-encoded anyway). Everything here is escaped already, so that `<`, `>` and `"` stand
//! only where the templates put them; nothing that is put in between has such a character.

use accord_formats::letters;

/// The value of a field: it comes back with the form.
const VALUE: &str = " value=\"";
/// Whose content comes back with the form.
const TEXT_AREA: &str = "textarea";

/// A page as people should read it.
pub(crate) fn legible(page: String) -> String {
    if page.is_ascii() {
        return page;
    }
    let mut out = String::with_capacity(page.len() + 256);
    let mut rest = page.as_str();
    while let Some((text, tagged)) = rest.split_once('<') {
        out.push_str(&letters::shown(text));
        let Some((tag, after)) = tagged.split_once('>') else {
            // No template leaves a tag open; nothing is lost if one does.
            out.push('<');
            rest = tagged;
            break;
        };
        out.push('<');
        push_tag(tag, &mut out);
        out.push('>');
        rest = after;
        if tag.starts_with(TEXT_AREA) {
            let end = after.find("</textarea").unwrap_or(after.len());
            let (typed, following) = after.split_at(end);
            out.push_str(typed);
            rest = following;
        }
    }
    out.push_str(&letters::shown(rest));
    out
}

/// A tag with its attributes: the value of a field is left alone.
fn push_tag(tag: &str, out: &mut String) {
    let Some((before, valued)) = tag.split_once(VALUE) else {
        out.push_str(&letters::visible(tag));
        return;
    };
    let (value, after) = valued.split_at(valued.find('"').unwrap_or(valued.len()));
    out.push_str(&letters::visible(before));
    out.push_str(VALUE);
    out.push_str(value);
    out.push_str(&letters::visible(after));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_legible_and_its_forms_come_back_as_they_were() {
        for (page, expected) in [
            ("<p>plain</p>", "<p>plain</p>"),
            ("", ""),
            (
                "<h1>bаnk.example</h1>",
                "<h1>bаnk.example [not Latin: а U+0430]</h1>",
            ),
            (
                "<title>fdp\u{202e}exe</title><p title=\"a\u{200b}b\">x</p>",
                "<title>fdp[U+202E]exe</title><p title=\"a[U+200B]b\">x</p>",
            ),
            (
                "<input name=\"t\" value=\"bаnk\u{202e}\" title=\"\u{202e}\"><b>\u{202e}</b>",
                "<input name=\"t\" value=\"bаnk\u{202e}\" title=\"[U+202E]\"><b>[U+202E]</b>",
            ),
            (
                "<textarea rows=\"2\">\nbаnk\u{202e}</textarea>\u{202e}",
                "<textarea rows=\"2\">\nbаnk\u{202e}</textarea>[U+202E]",
            ),
            ("&#60;b&#62;\u{202e}", "&#60;b&#62;[U+202E]"),
            ("é<p", "é<p"),
        ] {
            assert_eq!(legible(page.to_owned()), expected);
        }
    }
}
