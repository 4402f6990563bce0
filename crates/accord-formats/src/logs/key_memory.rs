//! What the keys of the line before meant. The lines of a log mostly have the same keys in the same order, so that the
//! rule of a key is found by one comparison, not by a search in the table of its format.

use super::json_fields::{Rule, Rules};

/// The most keys of a line that are remembered.
const MAX_KEYS: usize = 128;
/// The longest key that is remembered, bytes.
const MAX_KEY_BYTES: usize = 64;

/// The keys of a line in their order, with their rules.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyMemory {
    known: Vec<Known>,
    next: usize,
    /// Lines begun: of a single one nothing is worth remembering.
    lines: usize,
}

#[derive(Debug, Clone)]
struct Known {
    rules: Rules,
    key: String,
    rule: Option<&'static Rule>,
}

impl KeyMemory {
    pub(super) const fn new() -> Self {
        Self {
            known: Vec::new(),
            next: 0,
            lines: 0,
        }
    }

    /// At the start of a line.
    pub(super) const fn begin(&mut self) {
        self.next = 0;
        self.lines = self.lines.saturating_add(1);
    }

    /// The rule of the next key of the line: as [`Rules::find`] finds it.
    pub(super) fn find(&mut self, rules: Rules, key: &str) -> Option<&'static Rule> {
        let at = self.next;
        self.next += 1;
        let known = self.known.get_mut(at);
        if let Some(known) = &known
            && known.key == key
            && known.rules.is(rules)
        {
            return known.rule;
        }
        let rule = rules.find(key);
        if key.len() <= MAX_KEY_BYTES && self.lines > 1 {
            if let Some(known) = known {
                known.rules = rules;
                known.rule = rule;
                known.key.clear();
                known.key.push_str(key);
            } else if at < MAX_KEYS {
                self.known.push(Known {
                    rules,
                    key: key.to_owned(),
                    rule,
                });
            }
        }
        rule
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::Column;
    use super::*;

    const ONE: Rules = Rules::Table(&[("a", Rule::Time(0)), ("b", Rule::To(Column::User))]);
    const OTHER: Rules = Rules::Table(&[("a", Rule::To(Column::Url))]);

    #[test]
    fn it_finds_what_a_search_finds() {
        let mut memory = KeyMemory::new();
        let long = "x".repeat(MAX_KEY_BYTES + 1);
        let lines: [&[(Rules, &str)]; 6] = [
            &[(ONE, "b")],
            &[(ONE, "a"), (ONE, "b"), (OTHER, "a")],
            &[(ONE, "a"), (ONE, "b"), (OTHER, "a")],
            &[(OTHER, "a"), (ONE, "a"), (ONE, "c"), (OTHER, "b")],
            &[(ONE, &long), (ONE, "a")],
            &[(ONE, "a")],
        ];
        for line in lines {
            memory.begin();
            for (rules, key) in line {
                let (found, expected) = (memory.find(*rules, key), rules.find(key));
                assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{key}");
            }
        }
    }

    #[test]
    fn one_key_past_what_is_remembered() {
        let mut memory = KeyMemory::new();
        for _ in 0..3 {
            memory.begin();
            for _ in 0..=MAX_KEYS {
                assert!(matches!(memory.find(ONE, "b"), Some(Rule::To(Column::User))));
            }
        }
        assert_eq!(memory.known.len(), MAX_KEYS);
    }
}
