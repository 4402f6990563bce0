//! Text that people sign must read as it runs: no characters that hide, reorder or end lines.

/// The first character that may not stand in a signed file: control characters except tab and line feed
/// (so also carriage return), the byte order mark, and the characters that reorder text ("Trojan Source",
/// CVE-2021-42574).
pub(super) fn hidden(text: &str) -> Option<(usize, char)> {
    text.char_indices()
        .find(|(_, c)| c.is_control() && *c != '\n' && *c != '\t' || reorders(*c))
}

fn reorders(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Why a text of people's words is refused: empty, too long, several lines, or with hidden characters.
pub(super) fn words_problem(text: &str, max_chars: usize) -> Option<String> {
    if text.trim().is_empty() {
        return Some("is empty: write it out".to_owned());
    }
    if text.trim() != text {
        return Some("has white space at an end: remove it".to_owned());
    }
    if text.chars().count() > max_chars {
        return Some(format!("is longer than {max_chars} characters: shorten it"));
    }
    if let Some((_, c)) = hidden(text) {
        return Some(format!(
            "has the hidden character U+{:04X}: remove it",
            u32::from(c)
        ));
    }
    if text.contains(['\n', '\t']) {
        return Some("has a line break or tab: write it on one line".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(words_problem("Gesetz über Straßen, §1", 30), None);
        assert_eq!(words_problem("1234", 4), None);
        for bad in [
            "",
            "  ",
            " a",
            "a ",
            "12345",
            "a\nb",
            "a\tb",
            "a\rb",
            "a\u{202E}b",
            "a\u{FEFF}b",
            "a\u{0}b",
        ] {
            assert!(words_problem(bad, 4).is_some(), "{bad:?}");
        }
    }
}
