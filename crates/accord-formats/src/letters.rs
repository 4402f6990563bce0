//! Letters that deceive: characters that nobody sees, characters that turn the direction of writing, and letters of
//! other scripts that look Latin.
//!
//! A name of a person, an organisation, a case or a host is read by people who act on it. What a node cannot refuse (it
//! came in a partner's note, a log line, a message of a business) is shown for what it is: [`shown`] is the one place
//! that says how. Pages, documents, tables and messages of the command line all go through it; what programs read (JSON,
//! STIX, values of a table) keeps the characters as they are.
//!
//! Sources: Unicode Standard Annex 9 (direction), Unicode Technical Standard 39, sections 4 and 5 (look-alikes, mixed
//! scripts), CVE-2021-42574. Deliberately absent: the whole table of UTS 39; these are the letters that spell Latin words.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Most look-alike letters named behind a word.
const NAMED_MAX: usize = 3;

/// Turns the direction of the text that follows (explicit formatting of Annex 9).
pub const fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A mark of direction: text in Hebrew or Arabic has them, other text has no use for them.
const fn marks_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
}

/// Joins letters or keeps them apart, or chooses a form of the character before it: scripts and pictures need them,
/// Latin text does not.
const fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Takes no room, or looks like a space and is none: nobody sees that it stands there. What [`turns`] is among them.
pub const fn hides(c: char) -> bool {
    turns(c)
        || marks_direction(c)
        || joins(c)
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}')
}

/// The Latin letter, in lower case, that a letter of Cyrillic, Greek, Armenian or the wide forms looks like.
pub fn latin_look_alike(c: char) -> Option<char> {
    let lower = c.to_lowercase().next().unwrap_or(c);
    Some(match lower {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'є' | 'ε' => 'e',
        'ɡ' => 'g',
        'һ' | 'н' | 'η' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' | 'μ' => 'm',
        'ո' => 'n',
        'о' | 'ο' | 'σ' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        // The wide forms stand in the order of ASCII.
        '\u{ff41}'..='\u{ff5a}' => char::from_u32(u32::from(lower) - 0xff41 + u32::from('a'))?,
        _ => return None,
    })
}

/// Whether a letter makes a word suspicious beside Latin ones. Units of measure have the Greek mu and the omega, and
/// neither that one nor the capital sigma looks Latin.
fn deceives(c: char) -> bool {
    !matches!(c, 'μ' | 'Ω' | 'Σ' | '\u{2126}') && latin_look_alike(c).is_some()
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' if c.is_alphabetic())
}

/// Whether a script that is written from right to left has this letter.
const fn from_right(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Whether a character is shown as its number, between those that stand beside it.
fn is_odd(before: Option<char>, c: char, after: Option<char>) -> bool {
    let beside = |of: fn(char) -> bool| before.is_some_and(of) || after.is_some_and(of);
    if marks_direction(c) {
        return !beside(from_right);
    }
    if joins(c) {
        return before.is_none_or(|c| c.is_ascii());
    }
    hides(c) || (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
}

/// The text with what hides made visible: `[U+202E]` in place of the character. Words stay as they are.
pub fn visible(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !hides(c) && (!c.is_control() || matches!(c, '\n' | '\t' | '\r'));
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if is_odd(before, c, rest.peek().copied()) {
            let _ = write!(out, "[U+{:04X}]", u32::from(c));
        } else {
            out.push(c);
        }
        before = Some(c);
    }
    Cow::Owned(out)
}

/// The letters of a word that only look Latin, where that deceives: beside Latin letters; or, in a name of a host or a
/// mailbox, a part that could be read as a Latin one beside a part that is one.
fn deceiving(word: &str) -> Vec<char> {
    let mut found: Vec<char> = Vec::new();
    let mut add = |part: &str| {
        for c in part.chars().filter(|c| deceives(*c)) {
            if !found.contains(&c) {
                found.push(c);
            }
        }
    };
    let parts = || {
        word.split(|c: char| !c.is_alphanumeric() && !hides(c))
            .filter(|part| !part.is_empty())
    };
    let host = word
        .trim_matches(|c: char| !c.is_alphanumeric())
        .contains(['.', '@', '\u{3002}', '\u{ff0e}']);
    let some_latin = host && parts().any(|part| part.chars().any(is_latin));
    for part in parts() {
        let letters = || part.chars().filter(|c| c.is_alphabetic());
        let mixed = letters().any(is_latin) && letters().any(deceives);
        let whole = some_latin && letters().count() > 1 && letters().all(deceives);
        if mixed || whole {
            add(part);
        }
    }
    found
}

/// The text as people should read it: what hides is visible ([`visible`]), and behind a word with letters that only
/// look Latin stand those letters: `bаnk.example [not Latin: а U+0430]`.
///
/// Text in one script is left alone, whatever the script. What is shown is no value any more: it is for people.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return visible(text);
    }
    let text = visible(text);
    if !text.chars().any(deceives) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest: &str = &text;
    while !rest.is_empty() {
        let blank = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
        let (space, after) = rest.split_at(blank);
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        let (word, more) = after.split_at(end);
        out.push_str(space);
        out.push_str(word);
        let letters = deceiving(word);
        if !letters.is_empty() {
            out.push_str(" [not Latin:");
            for letter in letters.iter().take(NAMED_MAX) {
                let _ = write!(out, " {letter} U+{:04X}", u32::from(*letter));
            }
            if letters.len() > NAMED_MAX {
                out.push_str(" \u{2026}");
            }
            out.push(']');
        }
        rest = more;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown_by_its_number() {
        for (text, expected) in [
            ("", ""),
            ("plain\n\ttext\r\n", "plain\n\ttext\r\n"),
            ("invoice\u{202e}fdp.exe", "invoice[U+202E]fdp.exe"),
            ("ba\u{200b}nk", "ba[U+200B]nk"),
            ("\u{feff}bank\u{2066}x\u{2069}", "[U+FEFF]bank[U+2066]x[U+2069]"),
            ("a\u{0}b\u{1b}[31m", "a[U+0000]b[U+001B][31m"),
            ("A\u{e0041}", "A[U+E0041]"),
            ("co\u{ad}op", "co[U+00AD]op"),
            ("a\u{200d}b\u{200e}", "a[U+200D]b[U+200E]"),
            ("\u{3164}", "[U+3164]"),
        ] {
            assert_eq!(visible(text), expected);
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn scripts_that_need_such_characters_keep_them() {
        for text in [
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "\u{2764}\u{fe0f}",
            "\u{1f469}\u{200d}\u{1f4bb}",
            "葛\u{e0100}城",
            "שלום\u{200f}!",
            "Straße, naïve, Łódź",
            "карта сайта",
            "IT-отдел и web-сайт",
            "Ειδήσεις",
            "10 μs at 4.7 kΩ",
            "пример.рф",
            "пример.example",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn letters_that_only_look_latin_are_named() {
        for (text, expected) in [
            ("bаnk.example", "bаnk.example [not Latin: а U+0430]"),
            (
                "see bаnk.example, now",
                "see bаnk.example, [not Latin: а U+0430] now",
            ),
            ("Ρayments", "Ρayments [not Latin: Ρ U+03A1]"),
            (
                "https://аррӏе.com/x",
                "https://аррӏе.com/x [not Latin: а U+0430 р U+0440 ӏ U+04CF …]",
            ),
            (
                "desk@сосо.example",
                "desk@сосо.example [not Latin: с U+0441 о U+043E]",
            ),
            ("Lеа\nSund", "Lеа [not Latin: е U+0435 а U+0430]\nSund"),
            ("bａnk", "bａnk [not Latin: ａ U+FF41]"),
        ] {
            assert_eq!(shown(text), expected);
        }
        // A character that hides does not make a word another one.
        let both = shown("b\u{200b}аnk");
        assert_eq!(both, "b[U+200B]аnk [not Latin: а U+0430]");
    }

    #[test]
    fn what_turns_hides_too() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            assert!(!turns(c) || hides(c));
            assert!(!hides(c) || latin_look_alike(c).is_none(), "{c:?}");
            if let Some(latin) = latin_look_alike(c) {
                assert!(!c.is_ascii() && latin.is_ascii_lowercase(), "{c:?}");
            }
        }
    }
}
