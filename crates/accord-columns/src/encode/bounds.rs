//! The least and the greatest of some values, for statistics and indexes.

use parquet::basic::BoundaryOrder;

use crate::limits::INDEX_TEXT_BYTES;

/// The least and the greatest text, as bytes compare.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TextBounds<'t> {
    ends: Option<(Head<'t>, Head<'t>)>,
}

/// A text, and its first eight bytes as a number that compares as they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head<'t> {
    first: u64,
    text: &'t [u8],
}

impl<'t> Head<'t> {
    fn new(text: &'t [u8]) -> Self {
        let first = text.first_chunk().copied().unwrap_or_else(|| {
            let mut padded = [0; 8];
            for (to, from) in padded.iter_mut().zip(text) {
                *to = *from;
            }
            padded
        });
        Self {
            first: u64::from_be_bytes(first),
            text,
        }
    }
}

impl<'t> TextBounds<'t> {
    pub(crate) fn add(&mut self, text: &'t [u8]) {
        let head = Head::new(text);
        match &mut self.ends {
            None => self.ends = Some((head, head)),
            Some((least, greatest)) => {
                if head < *least {
                    *least = head;
                } else if head > *greatest {
                    *greatest = head;
                }
            }
        }
    }

    pub(crate) fn ends(&self) -> Option<(&'t [u8], &'t [u8])> {
        self.ends.map(|(least, greatest)| (least.text, greatest.text))
    }
}

/// A text that is not greater, at most [`INDEX_TEXT_BYTES`] long; and whether it is the text itself.
pub(crate) fn cut_down(text: &[u8]) -> (Vec<u8>, bool) {
    match shortened(text) {
        None => (text.to_vec(), true),
        Some(short) => (short.as_bytes().to_vec(), false),
    }
}

/// A text that is not less, at most one byte longer than [`INDEX_TEXT_BYTES`]; and whether it is the text itself. Nothing
/// where there is no such text: it begins with the last letter of all, again and again.
pub(crate) fn cut_up(text: &[u8]) -> Option<(Vec<u8>, bool)> {
    let Some(short) = shortened(text) else {
        return Some((text.to_vec(), true));
    };
    // The last letter that has one behind it; what follows it is cut away.
    short.char_indices().rev().find_map(|(at, letter)| {
        let mut greater = short.get(..at)?.to_owned();
        greater.push(next_letter(letter)?);
        Some((greater.into_bytes(), false))
    })
}

fn next_letter(letter: char) -> Option<char> {
    // The range of letters passes over the surrogates.
    (letter..=char::MAX).nth(1)
}

/// The beginning of a text that is too long.
fn shortened(text: &[u8]) -> Option<&str> {
    if text.len() <= INDEX_TEXT_BYTES {
        return None;
    }
    // Values are UTF-8.
    let text = std::str::from_utf8(text).ok()?;
    text.get(..text.floor_char_boundary(INDEX_TEXT_BYTES))
}

/// How the bounds of the pages of a column follow each other.
pub(crate) fn order<A: PartialOrd, B: PartialOrd>(pages: &[(A, B)]) -> BoundaryOrder {
    let next = || pages.iter().zip(pages.get(1..).unwrap_or_default());
    if next().all(|(one, next)| one.0 <= next.0 && one.1 <= next.1) {
        BoundaryOrder::ASCENDING
    } else if next().all(|(one, next)| one.0 >= next.0 && one.1 >= next.1) {
        BoundaryOrder::DESCENDING
    } else {
        BoundaryOrder::UNORDERED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide_and_then_the_rest() {
        let mut bounds = TextBounds::default();
        assert_eq!(bounds.ends(), None);
        for text in ["b", "a\0", "a", "abcdefghi", "abcdefgh", "ü", "üa", "zz", ""] {
            bounds.add(text.as_bytes());
        }
        assert_eq!(bounds.ends(), Some((&b""[..], "üa".as_bytes())));
        let mut bounds = TextBounds::default();
        for text in ["a\0", "a"] {
            bounds.add(text.as_bytes());
        }
        assert_eq!(bounds.ends(), Some((&b"a"[..], &b"a\0"[..])));
    }

    #[test]
    fn cut_texts_hold_what_they_are_cut_from() {
        let long = "a".repeat(INDEX_TEXT_BYTES);
        let last = char::MAX.to_string().repeat(20);
        for (text, down, up) in [
            ("short", "short".to_owned(), "short".to_owned()),
            (&*long, long.clone(), long.clone()),
            (
                &*format!("{long}x"),
                long.clone(),
                format!("{}b", "a".repeat(INDEX_TEXT_BYTES - 1)),
            ),
            // The letter that would be cut in two is left away.
            (
                &*format!("{}üü", "a".repeat(INDEX_TEXT_BYTES - 1)),
                "a".repeat(INDEX_TEXT_BYTES - 1),
                format!("{}b", "a".repeat(INDEX_TEXT_BYTES - 2)),
            ),
            // The letter behind it takes a byte more; there is none between the surrogates.
            (
                &*format!("{}\u{7f}x", "a".repeat(INDEX_TEXT_BYTES - 1)),
                format!("{}\u{7f}", "a".repeat(INDEX_TEXT_BYTES - 1)),
                format!("{}\u{80}", "a".repeat(INDEX_TEXT_BYTES - 1)),
            ),
            (
                &*"\u{d7ff}".repeat(20),
                "\u{d7ff}".repeat(10),
                format!("{}\u{e000}", "\u{d7ff}".repeat(9)),
            ),
            // The last of all is cut away as well.
            (
                &*format!("{}{}x", "a".repeat(INDEX_TEXT_BYTES - 4), char::MAX),
                format!("{}{}", "a".repeat(INDEX_TEXT_BYTES - 4), char::MAX),
                format!("{}b", "a".repeat(INDEX_TEXT_BYTES - 5)),
            ),
        ] {
            assert_eq!(
                cut_down(text.as_bytes()),
                (down.clone().into_bytes(), down == text)
            );
            assert_eq!(
                cut_up(text.as_bytes()),
                Some((up.clone().into_bytes(), up == text))
            );
            assert!(down.as_str() <= text && text <= up.as_str());
            assert!(up.len() <= INDEX_TEXT_BYTES + 1);
        }
        assert_eq!(cut_up(last.as_bytes()), None);
    }

    #[test]
    fn orders() {
        for (pages, expected) in [
            (vec![], BoundaryOrder::ASCENDING),
            (vec![(1, 2), (1, 2)], BoundaryOrder::ASCENDING),
            (vec![(1, 2), (1, 3), (2, 3)], BoundaryOrder::ASCENDING),
            (vec![(2, 3), (1, 3)], BoundaryOrder::DESCENDING),
            (vec![(1, 3), (2, 2)], BoundaryOrder::UNORDERED),
        ] {
            assert_eq!(order(&pages), expected, "{pages:?}");
        }
    }
}
