//! A line of a log with what was looked for marked in it.

use crate::web::view::approval as show;

/// A line in pieces, what was looked for marked where it stands literally.
pub(super) fn pieces(text: &str, hits: &[(String, String, String, String)]) -> Vec<show::LinePart> {
    let mut marks: Vec<(usize, usize)> = Vec::new();
    // Only ASCII is folded, so that places stay the same.
    let folded = text.to_ascii_lowercase();
    for (indicator, _, value, _) in hits {
        for needle in [value, indicator] {
            let needle = needle.to_ascii_lowercase();
            if !needle.is_empty() {
                marks.extend(
                    folded
                        .match_indices(&needle)
                        .map(|(at, found)| (at, at + found.len())),
                );
            }
        }
    }
    marks.sort_unstable();
    let (mut parts, mut done) = (Vec::new(), 0);
    let mut push = |from: usize, to: usize, hit: bool| {
        if let Some(piece) = text.get(from..to).filter(|piece| !piece.is_empty()) {
            parts.push(show::LinePart {
                text: piece.to_owned(),
                hit,
            });
        }
    };
    for (from, to) in marks {
        if to <= done {
            continue;
        }
        push(done, from.max(done), false);
        push(from.max(done), to, true);
        done = to;
    }
    push(done, text.len(), false);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_for_is_marked_where_it_stands() {
        let hit = |value: &str| vec![(value.to_owned(), String::new(), value.to_owned(), String::new())];
        let check = |text: &str, value: &str, expected: &[(&str, bool)]| {
            let parts = pieces(text, &hit(value));
            let parts: Vec<(&str, bool)> = parts.iter().map(|part| (part.text.as_str(), part.hit)).collect();
            assert_eq!(parts, expected, "{text}");
        };
        check(
            "a evil.com b",
            "EVIL.com",
            &[("a ", false), ("evil.com", true), (" b", false)],
        );
        check("nothing", "evil.com", &[("nothing", false)]);
        check("", "evil.com", &[]);
        check(
            "\u{130}aa\u{e9}",
            "aa",
            &[("\u{130}", false), ("aa", true), ("\u{e9}", false)],
        );
        check("aaa", "aa", &[("aa", true), ("a", false)]);
    }
}
