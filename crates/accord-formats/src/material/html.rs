//! HTML: its text by blocks, and where its links go. Scripts and styles are no text; nothing is run or fetched.

use html5gum::Tokenizer;
use html5gum::emitters::default::{DefaultEmitter, Token};

use super::Spot;
use super::taking::{Taking, place};

/// Elements that end a line of text.
const BLOCKS: [&str; 27] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "table",
    "td",
    "th",
    "tr",
];
/// Elements whose text is not read by people.
const UNREAD: [&str; 4] = ["script", "style", "template", "noscript"];
/// Attributes that say where something is.
const TARGETS: [&str; 6] = ["href", "src", "action", "data", "cite", "formaction"];

/// Reads HTML.
pub(super) fn read(html: &str, part: &str, taking: &mut Taking) {
    let mut lines = Lines::new(html.as_bytes());
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    // So that `<script>if (a<b)` is a script and no tag.
    emitter.naively_switch_states(true);
    let (mut text, mut began) = (String::new(), 1);
    let mut unread: Option<Vec<u8>> = None;
    let mut in_title = false;
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let line = lines.at(tag.span.start);
                let name = tag.name.as_slice();
                for target in TARGETS {
                    if let Some(value) = tag.attributes.get(target.as_bytes()) {
                        let value = String::from_utf8_lossy(value);
                        taking.line(value.trim(), &place(part, Spot::Link(line)), None);
                    }
                }
                if unread.is_none() && !tag.self_closing && is_one_of(name, &UNREAD) {
                    unread = Some(name.to_vec());
                }
                in_title = name == b"title";
                if is_one_of(name, &BLOCKS) {
                    flush(&mut text, began, part, taking);
                }
            }
            Token::EndTag(tag) => {
                let name = tag.name.as_slice();
                if unread.as_deref() == Some(name) {
                    unread = None;
                }
                if in_title {
                    taking.title(&text);
                    in_title = false;
                    flush(&mut text, began, part, taking);
                } else if is_one_of(name, &BLOCKS) {
                    flush(&mut text, began, part, taking);
                }
            }
            Token::String(string) if unread.is_none() => {
                if text.trim().is_empty() {
                    began = lines.at(string.span.start);
                }
                text.push_str(&String::from_utf8_lossy(&string));
            }
            Token::String(_) | Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    flush(&mut text, began, part, taking);
}

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| known.as_bytes() == name)
}

/// Takes a block of text as one line: a line break in HTML is a space.
fn flush(text: &mut String, line: u64, part: &str, taking: &mut Taking) {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.clear();
    if !joined.is_empty() {
        taking.line(&joined, &place(part, Spot::Line(line)), None);
        taking.text(&joined);
    }
}

/// Which line a position is in. Positions are asked for in order.
struct Lines<'a> {
    bytes: &'a [u8],
    passed: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            passed: 0,
            line: 1,
        }
    }

    fn at(&mut self, position: usize) -> u64 {
        let position = position.min(self.bytes.len());
        if let Some(between) = self.bytes.get(self.passed..position) {
            self.line += memchr::memchr_iter(b'\n', between).count() as u64;
            self.passed = position;
        }
        self.line
    }
}
