//! Rules against an evaluator that is slow, knows nothing of indexes or automata, and is written to be obviously right.

use accord_formats::logs::LogFormat;
use proptest::prelude::*;

use crate::support::{all, ready, store_of};

/// A letter of a pattern: itself, any one, or any number of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    Is(char),
    One,
    Many,
}

/// A value as rules write it.
fn letters(written: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut rest = written.chars().peekable();
    while let Some(letter) = rest.next() {
        match (letter, rest.peek()) {
            ('\\', Some(next @ ('*' | '?' | '\\'))) => {
                letters.push(Letter::Is(*next));
                rest.next();
            }
            ('*', _) => letters.push(Letter::Many),
            ('?', _) => letters.push(Letter::One),
            (letter, _) => letters.push(Letter::Is(letter)),
        }
    }
    letters
}

fn matches(pattern: &[Letter], text: &[char], cased: bool) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((Letter::Many, rest)), first) => {
            matches(rest, text, cased) || first.is_some_and(|(_, after)| matches(pattern, after, cased))
        }
        (Some(_), None) => false,
        (Some((letter, rest)), Some((first, after))) => {
            let same = match letter {
                Letter::Is(letter) if cased => letter == first,
                Letter::Is(letter) => letter.to_lowercase().eq(first.to_lowercase()),
                Letter::One | Letter::Many => true,
            };
            same && matches(rest, after, cased)
        }
    }
}

/// The same pattern with every other dash where one begins a parameter.
fn dashes(pattern: &[Letter]) -> Vec<Vec<Letter>> {
    let word =
        |letter: Option<&Letter>| matches!(letter, Some(Letter::Is(c)) if c.is_alphanumeric() || *c == '_');
    let mut all = vec![Vec::new()];
    for (at, letter) in pattern.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| pattern.get(at));
        let begins = matches!(letter, Letter::Is('-' | '/')) && !word(before) && word(pattern.get(at + 1));
        let others: Vec<Letter> = if begins {
            "-/\u{2013}\u{2014}\u{2015}".chars().map(Letter::Is).collect()
        } else {
            vec![*letter]
        };
        all = all
            .iter()
            .flat_map(|so_far: &Vec<Letter>| {
                others.iter().map(|other| {
                    let mut longer = so_far.clone();
                    longer.push(*other);
                    longer
                })
            })
            .collect();
    }
    all
}

#[derive(Debug, Clone)]
struct Item {
    field: &'static str,
    place: &'static str,
    all: bool,
    cased: bool,
    windash: bool,
    neq: bool,
    values: Vec<Option<String>>,
}

impl Item {
    fn written(&self) -> String {
        let mut key = self.field.to_owned();
        for (is, word) in [
            (!self.place.is_empty(), self.place),
            (self.windash, "windash"),
            (self.cased, "cased"),
            (self.all, "all"),
            (self.neq, "neq"),
        ] {
            if is {
                key.push('|');
                key.push_str(word);
            }
        }
        let mut text = format!("    '{key}':\n");
        for value in &self.values {
            match value {
                None => text.push_str("      - null\n"),
                Some(value) => text.push_str(&format!("      - '{value}'\n")),
            }
        }
        text
    }

    fn hits(&self, record: &[(&str, Option<String>)]) -> bool {
        let value = record
            .iter()
            .find(|(name, _)| *name == self.field)
            .and_then(|(_, value)| value.as_ref());
        let one = |wanted: &Option<String>| match (wanted, value) {
            (None, value) => value.is_none(),
            (Some(_), None) => false,
            (Some(wanted), Some(text)) => {
                let mut pattern = letters(wanted);
                if matches!(self.place, "contains" | "endswith") {
                    pattern.insert(0, Letter::Many);
                }
                if matches!(self.place, "contains" | "startswith") {
                    pattern.push(Letter::Many);
                }
                let patterns = if self.windash {
                    dashes(&pattern)
                } else {
                    vec![pattern]
                };
                let text: Vec<char> = text.chars().collect();
                patterns.iter().any(|pattern| matches(pattern, &text, self.cased))
            }
        };
        if self.neq {
            return value.is_some() && !self.values.iter().any(one);
        }
        if self.all {
            self.values.iter().all(one)
        } else {
            self.values.iter().any(one)
        }
    }
}

const LETTERS: &str = "[abB_ \\\\*?/-]{0,6}";

fn item() -> impl Strategy<Value = Item> {
    let places = prop::sample::select(vec!["", "", "contains", "startswith", "endswith"]);
    let values = prop::collection::vec(LETTERS, 1..4);
    (
        prop::sample::select(vec!["x", "y"]),
        places,
        any::<(bool, bool, bool, bool, bool)>(),
        values,
    )
        .prop_map(|(field, place, (all, cased, windash, neq, null), values)| {
            let neq = neq && !all;
            let mut values: Vec<Option<String>> = values.into_iter().map(Some).collect();
            if null && place.is_empty() && !all {
                values.push(None);
            }
            Item {
                field,
                place,
                all: all && values.len() > 1,
                cased,
                windash,
                neq,
                values,
            }
        })
}

type Selections = Vec<Vec<Item>>;

type Says = fn(bool, bool, bool) -> bool;

/// A condition over three selections, and what it says of them.
const CONDITIONS: &[(&str, Says)] = &[
    ("s0", |a, _, _| a),
    ("s0 and not s1", |a, b, _| a && !b),
    ("s0 or s1 and s2", |a, b, c| a || b && c),
    ("not (s0 or s1)", |a, b, _| !(a || b)),
    ("1 of s*", |a, b, c| a || b || c),
    ("all of s*", |a, b, c| a && b && c),
    ("not 1 of s1* and (s2 or s0)", |a, b, c| !b && (c || a)),
    ("2 of them", |a, b, c| {
        [a, b, c].into_iter().filter(|is| *is).count() >= 2
    }),
];

fn rules() -> impl Strategy<Value = Vec<(Selections, usize)>> {
    let selection = prop::collection::vec(item(), 1..3);
    let rule = (prop::collection::vec(selection, 3), 0..CONDITIONS.len());
    prop::collection::vec(rule, 1..12)
}

fn value() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.8, "[abB_ \n\u{2014}\\\\*?/-]{0,6}")
}

fn written(number: usize, selections: &Selections, condition: &str) -> String {
    let mut text = format!(
        "title: R{number}\nlogsource:\n  product: accord\n  service: ndjson\ndetection:\n  condition: {condition}\n"
    );
    for (at, selection) in selections.iter().enumerate() {
        text.push_str(&format!("  s{at}:\n"));
        let mut keys = Vec::new();
        for item in selection {
            let written = item.written();
            let key = written.lines().next().unwrap().to_owned();
            // A mapping has a key once.
            if !keys.contains(&key) {
                text.push_str(&written);
                keys.push(key);
            }
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_evaluator_says_what_a_naive_one_says(
        rules in rules(),
        records in prop::collection::vec((value(), value()), 1..24),
    ) {
        let texts: Vec<String> = rules
            .iter()
            .enumerate()
            .map(|(number, (selections, condition))| written(number, selections, CONDITIONS[*condition].0))
            .collect();
        let set = ready(&texts.join("---\n"));
        let mut log = String::new();
        for (x, y) in &records {
            let mut record = serde_json::Map::new();
            record.insert("z".to_owned(), 1.into());
            for (name, value) in [("x", x), ("y", y)] {
                if let Some(value) = value {
                    record.insert(name.to_owned(), value.clone().into());
                }
            }
            log.push_str(&serde_json::Value::Object(record).to_string());
            log.push('\n');
        }
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[("s", Some(LogFormat::Ndjson), log.as_bytes())]);
        let result = all(&store, &set);
        let mut got = Vec::new();
        for line in &result.lines {
            got.extend(line.hits.iter().map(|hit| (line.line, hit.rule)));
        }
        let mut expected = Vec::new();
        for (line, (x, y)) in (1..).zip(&records) {
            let record = [("x", x.clone()), ("y", y.clone())];
            for (number, (selections, condition)) in rules.iter().enumerate() {
                let says: Vec<bool> = selections
                    .iter()
                    .map(|selection| {
                        let mut keys = Vec::new();
                        selection.iter().all(|item| {
                            let key = item.written().lines().next().unwrap().to_owned();
                            let again = keys.contains(&key);
                            keys.push(key);
                            again || item.hits(&record)
                        })
                    })
                    .collect();
                if CONDITIONS[*condition].1(says[0], says[1], says[2]) {
                    expected.push((line, number));
                }
            }
        }
        prop_assert_eq!(got, expected);
    }
}
