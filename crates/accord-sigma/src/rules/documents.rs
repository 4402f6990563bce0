//! A file of rules as its documents, and what one may hold before anybody builds something of it.
//!
//! Documents are cut at the marks that YAML has for it, before any of them is parsed: a broken one costs only itself, and
//! its lines are those of the file. Then each is walked once without being built: nodes, depth, and what stands under
//! `condition` are counted against their limits, aliases with all that they stand for, each time.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use crate::limits::{
    MAX_CONDITION_BYTES, MAX_CONDITION_DEPTH, MAX_YAML_BRACKETS, MAX_YAML_DEPTH, MAX_YAML_NODES,
};

/// A document of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Document<'t> {
    /// The file's line that its text begins on, from 1.
    pub(crate) line: usize,
    /// Its text, with the mark that begins it where there is one.
    pub(crate) text: &'t str,
}

impl Document<'_> {
    /// The file's line on which a text stands, where it does; else the first.
    pub(crate) fn line_of(&self, text: &str) -> usize {
        let found = (!text.is_empty())
            .then(|| self.text.lines().position(|line| line.contains(text)))
            .flatten();
        found.map_or_else(|| self.first_line(), |found| self.line + found)
    }

    /// The file's line on which it first says something.
    pub(crate) fn first_line(&self) -> usize {
        let says = self.text.lines().position(says_something);
        self.line + says.unwrap_or(0)
    }
}

/// Whether a line is more than a mark, a comment or a directive.
fn says_something(line: &str) -> bool {
    let line = line.trim();
    let line = line.strip_prefix("---").map_or(line, str::trim_start);
    !line.is_empty() && !line.starts_with(['#', '%']) && line != "..."
}

/// The documents of a file that hold more than comments.
pub(crate) fn split(text: &str) -> Vec<Document<'_>> {
    let mut documents = Vec::new();
    let mut push = |start: usize, end: usize, line: usize| {
        let text = text.get(start..end).unwrap_or_default();
        if text.lines().any(says_something) {
            documents.push(Document { line, text });
        }
    };
    let (mut start, mut first, mut at) = (0, 1, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let begins = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if begins && at > start {
            push(start, at, first);
            (start, first) = (at, number + 1);
        }
        at += line.len();
    }
    push(start, at, first);
    documents
}

/// What stands at the top of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// `title`.
    pub(crate) title: Option<String>,
    /// `action`, of collections.
    pub(crate) action: Option<String>,
}

/// Why a document is refused, and where, counted from its own first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub(crate) line: usize,
    pub(crate) why: String,
}

/// Walks a document within the limits.
pub(crate) fn inspect(document: &Document<'_>) -> Result<Head, Unfit> {
    brackets(document.text)?;
    let mut documents = yaml_serde::Deserializer::from_str(document.text);
    let Some(first) = documents.next() else {
        return Err(Unfit {
            line: 0,
            why: "it is empty".to_owned(),
        });
    };
    let mut walk = Walk {
        nodes: 0,
        in_condition: false,
        head: Head::default(),
    };
    let read = Node {
        walk: &mut walk,
        depth: 0,
        key: None,
    }
    .deserialize(first);
    if let Err(error) = read {
        let line = error.location().map_or(0, |at| at.line().saturating_sub(1));
        return Err(Unfit {
            line,
            why: without_place(&error.to_string()),
        });
    }
    if documents.next().is_some() {
        return Err(Unfit {
            line: 0,
            why: "more than one document stands in it: begin each with `---`".to_owned(),
        });
    }
    Ok(walk.head)
}

/// Looks at the brackets of a text before the reader of YAML does.
fn brackets(text: &str) -> Result<(), Unfit> {
    let (mut open, mut line) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            b'\n' => line += 1,
            _ => {}
        }
        if open > MAX_YAML_BRACKETS {
            let why = format!("more than {MAX_YAML_BRACKETS} brackets are open at once");
            return Err(Unfit { line, why });
        }
    }
    Ok(())
}

/// A message of the YAML reader without the place within the document, which is told as the file's.
fn without_place(message: &str) -> String {
    let end = message.find(" at line ").unwrap_or(message.len());
    message.get(..end).unwrap_or(message).to_owned()
}

struct Walk {
    nodes: usize,
    in_condition: bool,
    head: Head,
}

impl Walk {
    fn node<E: de::Error>(&mut self) -> Result<(), E> {
        self.nodes += 1;
        if self.nodes > MAX_YAML_NODES {
            return Err(E::custom(format_args!(
                "it has more than {MAX_YAML_NODES} nodes, aliases counted with what they stand for"
            )));
        }
        Ok(())
    }

    fn text<E: de::Error>(&mut self, text: &str) -> Result<(), E> {
        self.node()?;
        if !self.in_condition {
            return Ok(());
        }
        if text.len() > MAX_CONDITION_BYTES {
            return Err(E::custom(format_args!(
                "a condition has {} bytes, at most {MAX_CONDITION_BYTES} are taken",
                text.len()
            )));
        }
        let mut depth = 0_usize;
        for byte in text.bytes() {
            match byte {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_CONDITION_DEPTH {
                return Err(E::custom(format_args!(
                    "the parentheses of a condition go deeper than {MAX_CONDITION_DEPTH}"
                )));
            }
        }
        Ok(())
    }
}

/// Any node.
struct Node<'w, 'k> {
    walk: &'w mut Walk,
    depth: usize,
    /// The key at the top of the document that it stands under.
    key: Option<&'k str>,
}

impl Node<'_, '_> {
    fn deeper<E: de::Error>(&self) -> Result<usize, E> {
        if self.depth >= MAX_YAML_DEPTH {
            return Err(E::custom(format_args!(
                "it is nested deeper than {MAX_YAML_DEPTH}"
            )));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain YAML: a mapping, a list, text, a number, yes or no, or nothing")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let head = &mut self.walk.head;
        match self.key {
            Some("title") => head.title = Some(text.to_owned()),
            Some("action") => head.action = Some(text.to_owned()),
            _ => {}
        }
        self.walk.text(text)
    }
    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.walk.node()
    }
    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.walk.node()
    }
    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.walk.node()
    }
    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.walk.node()
    }
    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.walk.node()
    }
    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.walk.node()
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        self.walk.node()?;
        loop {
            let item = Node {
                walk: &mut *self.walk,
                depth,
                key: None,
            };
            if list.next_element_seed(item)?.is_none() {
                return Ok(());
            }
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        self.walk.node()?;
        while let Some(key) = map.next_key_seed(Key(&mut *self.walk))? {
            let above = self.walk.in_condition;
            self.walk.in_condition |= key == "condition";
            map.next_value_seed(Node {
                walk: &mut *self.walk,
                depth,
                key: (self.depth == 0).then_some(&key),
            })?;
            self.walk.in_condition = above;
        }
        Ok(())
    }
}

/// A key: text, or a number that is written where text belongs.
struct Key<'w>(&'w mut Walk);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is text: put it between quotes")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        self.0.node()?;
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, String)> {
        split(text)
            .into_iter()
            .map(|document| (document.line, document.text.to_owned()))
            .collect()
    }

    #[test]
    fn documents_of_a_file() {
        for (text, expected) in [
            ("", vec![]),
            ("# nothing\n\n", vec![]),
            ("---\n# nothing\n---\n", vec![]),
            ("a: 1\n", vec![(1, "a: 1\n")]),
            (
                "# x\n---\na: 1\n---\nb: 2",
                vec![(2, "---\na: 1\n"), (4, "---\nb: 2")],
            ),
            (
                "---\r\na: |\r\n  ---\r\n  x\r\n--- # c\r\nb: 2\r\n",
                vec![(1, "---\r\na: |\r\n  ---\r\n  x\r\n"), (5, "--- # c\r\nb: 2\r\n")],
            ),
            ("----\na: 1\n", vec![(1, "----\na: 1\n")]),
        ] {
            let expected: Vec<(usize, String)> = expected
                .into_iter()
                .map(|(line, text)| (line, text.to_owned()))
                .collect();
            assert_eq!(lines(text), expected, "{text:?}");
        }
    }

    fn inspected(text: &str) -> Result<Head, String> {
        inspect(&Document { line: 1, text }).map_err(|unfit| format!("{}: {}", unfit.line, unfit.why))
    }

    #[test]
    fn heads() {
        let head = inspected("title: A\naction: global\nx:\n  title: B\n").unwrap();
        assert_eq!(
            (head.title.as_deref(), head.action.as_deref()),
            (Some("A"), Some("global"))
        );
    }

    #[test]
    fn what_is_refused_and_where() {
        for (text, expected) in [
            ("a: [1\nb: 2\n", "did not find expected"),
            ("a: 1\n4688: x\n", "expected a key that is text"),
            ("a: !x 1\n", "expected plain YAML"),
            ("a: 1\n...\nb: 1\n", "more than one document"),
            ("a: *b\n", "unknown anchor"),
        ] {
            let told = inspected(text).unwrap_err();
            assert!(told.contains(expected), "{text:?}: {told}");
            assert!(!told.contains("at line"), "{told}");
        }
        assert!(
            inspected("a: 1\nb:\n  - c\n  - 'd\n")
                .unwrap_err()
                .starts_with("4:")
        );
    }

    #[test]
    fn a_billion_laughs_are_not_told() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..10 {
            let list = vec![format!("*a{}", n - 1); 10].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{list}]\n"));
        }
        assert!(inspected(&text).unwrap_err().contains("nodes"));
    }

    #[test]
    fn one_past_every_limit() {
        let list = |count: usize| format!("a: [{}]\n", vec!["1"; count].join(","));
        // The mapping, its key, and the list are nodes too.
        assert!(inspected(&list(MAX_YAML_NODES - 3)).is_ok());
        assert!(
            inspected(&list(MAX_YAML_NODES - 2))
                .unwrap_err()
                .contains("nodes")
        );

        let nested = |depth: usize| format!("a: {}{}\n", "[".repeat(depth), "]".repeat(depth));
        assert!(inspected(&nested(MAX_YAML_DEPTH - 1)).is_ok());
        assert!(inspected(&nested(MAX_YAML_DEPTH)).unwrap_err().contains("nested"));

        let condition = |text: &str| format!("detection:\n  condition: '{text}'\n");
        assert!(inspected(&condition(&"x".repeat(MAX_CONDITION_BYTES))).is_ok());
        let told = inspected(&condition(&"x".repeat(MAX_CONDITION_BYTES + 1))).unwrap_err();
        assert!(told.contains("bytes"), "{told}");
        let deep = |depth: usize| format!("{}x{}", "(".repeat(depth), ")".repeat(depth));
        assert!(inspected(&condition(&deep(MAX_CONDITION_DEPTH))).is_ok());
        let told = inspected(&condition(&deep(MAX_CONDITION_DEPTH + 1))).unwrap_err();
        assert!(told.contains("parentheses"), "{told}");
        // Elsewhere parentheses are text.
        assert!(inspected(&format!("a: '{}'\n", "(".repeat(1000))).is_ok());
        let open = |count: usize| format!("a: '{}'\n", "[".repeat(count));
        assert!(inspected(&open(MAX_YAML_BRACKETS)).is_ok());
        let told = inspected(&open(MAX_YAML_BRACKETS + 1)).unwrap_err();
        assert!(told.contains("brackets"), "{told}");
        // What the reader itself gives up is an error too, not a crash.
        for text in ["- ", "? ", "a: &a ", "[", "!!x ", "|"] {
            assert!(inspected(&text.repeat(20_000)).is_err(), "{text}");
        }
    }
}
