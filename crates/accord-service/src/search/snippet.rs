//! The words around what was found.

use super::question::{How, Question, Wanted};
use super::terms::fold;

/// Longest snippet, characters.
pub const SNIPPET_MAX_CHARS: usize = 240;
/// How much stands before what was found, characters.
const BEFORE_CHARS: usize = 60;

/// A piece of a text around the first thing that was searched for; its beginning, where none of it stands there.
pub(super) fn snippet(text: &str, question: &Question) -> String {
    let chars: Vec<char> = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    let at = position(text, question).unwrap_or(0);
    let start = at.saturating_sub(BEFORE_CHARS);
    let end = (start + SNIPPET_MAX_CHARS).min(chars.len());
    let piece: String = chars.get(start..end).unwrap_or_default().iter().collect();
    let piece = piece.split_whitespace().collect::<Vec<_>>().join(" ");
    match (start > 0, end < chars.len()) {
        (true, true) => format!("… {piece} …"),
        (true, false) => format!("… {piece}"),
        (false, true) => format!("{piece} …"),
        (false, false) => piece,
    }
}

/// Where the first thing that was searched for stands, in characters.
fn position(text: &str, question: &Question) -> Option<usize> {
    let mut first: Option<usize> = None;
    let mut take = |at: usize| first = Some(first.map_or(at, |known| known.min(at)));
    let lower = text.to_lowercase();
    for one in &question.wanted {
        match one {
            Wanted::Word(word) | Wanted::Beginning(word) => {
                let whole = matches!(one, Wanted::Word(_));
                let mut at = 0;
                for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
                    let folded = fold(piece.trim_end_matches(|c: char| !c.is_alphanumeric()));
                    if folded == *word || (!whole && folded.starts_with(word.as_str())) {
                        take(at);
                        break;
                    }
                    at += piece.chars().count();
                }
            }
            Wanted::Value(terms) => {
                let exact = terms.iter().filter(|(how, _)| *how == How::Exact);
                for (_, term) in exact {
                    let value = term.get(2..).unwrap_or_default();
                    if let Some(bytes) = lower.find(value) {
                        take(lower.get(..bytes).map_or(0, |before| before.chars().count()));
                    }
                }
            }
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_around_what_was_found() {
        let question = Question::read("Büro").unwrap();
        let long = format!(
            "{} das Buro am\n Hafen {}",
            "vorher ".repeat(40),
            "nachher ".repeat(60)
        );
        let piece = snippet(&long, &question);
        assert!(piece.starts_with("… ") && piece.ends_with(" …"), "{piece}");
        assert!(piece.contains("das Buro am Hafen"), "{piece}");
        assert!(piece.chars().count() <= SNIPPET_MAX_CHARS + 4);
        assert_eq!(snippet("short", &question), "short");
        let value = Question::read("evil.example").unwrap();
        let piece = snippet(&format!("{} at Evil.Example now", "x ".repeat(200)), &value);
        assert!(piece.contains("Evil.Example now"), "{piece}");
    }
}
