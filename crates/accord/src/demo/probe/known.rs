//! The ids that the outsider asks with, and what stands for them when answers are compared.

use std::collections::BTreeMap;

use memchr::memmem::Finder;

use super::super::nodes::Who;

/// What a parameter of a route names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A case.
    Case,
    /// An agreement, by its digest.
    Agreement,
    /// A person.
    Person,
    /// A threat that somebody watches.
    Threat,
    /// A draft of what somebody brought in.
    Draft,
    /// A link of somebody without a node, by its id.
    Link,
    /// A note, by ledger and position.
    Note,
}

/// One id to ask with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id {
    /// What it is, the same in both worlds.
    pub name: String,
    /// As it is.
    pub real: String,
    /// One of the same form that nothing has.
    pub invented: String,
}

/// The ids to ask with.
#[derive(Debug, Default)]
pub struct Known {
    by_kind: BTreeMap<Kind, Vec<Id>>,
    replacements: Vec<(Finder<'static>, String)>,
}

/// An id of the same form that nothing has.
fn invented(real: &str) -> String {
    real.chars()
        .map(|c| match c {
            '0'..='8' => char::from_u32(c as u32 + 1).unwrap_or('0'),
            '9' => 'a',
            'a'..='e' => char::from_u32(c as u32 + 1).unwrap_or('0'),
            'f' => '0',
            other => other,
        })
        .collect()
}

impl Known {
    /// From the ids of the story and their names.
    pub fn of(ids: &[(String, String)]) -> Self {
        let mut by_kind: BTreeMap<Kind, Vec<Id>> = BTreeMap::new();
        for (name, real) in ids {
            let kind = if name == "case" || name == "second case" {
                Kind::Case
            } else if ["agreement", "intelligence", "second agreement"].contains(&name.as_str()) {
                Kind::Agreement
            } else if name.starts_with("person") {
                Kind::Person
            } else if name == "threat" {
                Kind::Threat
            } else if name == "draft" {
                Kind::Draft
            } else if name == "guest link" {
                Kind::Link
            } else {
                Kind::Note
            };
            let invented = match real.split_once('/') {
                Some((ledger, seq)) => format!("{}/{seq}", invented(ledger)),
                None => invented(real),
            };
            by_kind.entry(kind).or_default().push(Id {
                name: name.clone(),
                real: real.clone(),
                invented,
            });
        }
        let replacements = replacements(&by_kind);
        Self {
            by_kind,
            replacements,
        }
    }

    /// The ids of a kind; before there are any, an invented one in both worlds. Never those of the outsider's own
    /// people, whom its own node may tell from invented ones.
    pub fn all_of_kind(&self, kind: Kind) -> Vec<Id> {
        let own = format!(" of {}", Who::Outsider.org());
        let ids = self.by_kind.get(&kind).into_iter().flatten();
        let found: Vec<Id> = ids.filter(|id| !id.name.ends_with(&own)).cloned().collect();
        if !found.is_empty() {
            return found;
        }
        let (name, id) = match kind {
            Kind::Case => ("some case", "c0".repeat(16)),
            Kind::Agreement => ("some agreement", "d0".repeat(32)),
            Kind::Person => ("some person", "e0".repeat(16)),
            Kind::Threat => ("some threat", "a0".repeat(16)),
            Kind::Draft => ("some draft", "b0".repeat(16)),
            Kind::Link => ("some link", "90".repeat(16)),
            Kind::Note => ("some note", format!("{}/3", "f0".repeat(16))),
        };
        vec![Id {
            name: name.to_owned(),
            real: id.clone(),
            invented: id,
        }]
    }

    /// One id of a kind; another in every round, where there are several.
    pub fn one_of_kind(&self, kind: Kind, round: usize) -> Id {
        let mut all = self.all_of_kind(kind);
        let turn = round.checked_rem(all.len()).unwrap_or(0);
        all.swap_remove(turn)
    }

    /// So many ids of a kind at most: the next ones in every round, in turn.
    pub fn some_of_kind(&self, kind: Kind, round: usize, most: usize) -> Vec<Id> {
        let all = self.all_of_kind(kind);
        let skipped = round.saturating_mul(most).checked_rem(all.len()).unwrap_or(0);
        let count = all.len().min(most);
        all.into_iter().cycle().skip(skipped).take(count).collect()
    }

    /// Replaces every id, real and invented, by the name that stands for it.
    pub fn name_ids(&self, mut text: Vec<u8>) -> Vec<u8> {
        for (id, stands_for) in &self.replacements {
            text = replace(text, id, stands_for);
        }
        text
    }
}

/// Every id with the name that stands for it. Longest first.
fn replacements(by_kind: &BTreeMap<Kind, Vec<Id>>) -> Vec<(Finder<'static>, String)> {
    let mut all = BTreeMap::new();
    for id in by_kind.values().flatten() {
        for text in [&id.real, &id.invented] {
            if let Some((ledger, _)) = text.split_once('/') {
                all.entry(ledger.to_owned())
                    .or_insert_with(|| format!("<ledger of {}>", id.name));
            }
            all.entry(text.clone())
                .or_insert_with(|| format!("<{}>", id.name));
        }
    }
    let mut all: Vec<(String, String)> = all.into_iter().collect();
    all.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
    all.into_iter()
        .map(|(id, name)| (Finder::new(id.as_bytes()).into_owned(), name))
        .collect()
}

/// Replaces every occurrence.
pub fn replace(text: Vec<u8>, from: &Finder<'_>, to: &str) -> Vec<u8> {
    let length = from.needle().len();
    if length == 0 || from.find(&text).is_none() {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_slice();
    while let Some(at) = from.find(rest) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(to.as_bytes());
        rest = after.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_replaced_and_invented_ones_are_others() {
        assert_eq!(
            replace(b"a12b12".to_vec(), &Finder::new("12"), "<id>"),
            b"a<id>b<id>"
        );
        assert_eq!(replace(b"a".to_vec(), &Finder::new("12"), "<id>"), b"a");
        assert_eq!(replace(b"a".to_vec(), &Finder::new(""), "<id>"), b"a");
        assert_eq!(invented("0123456789abcdef"), "123456789abcdef0");
        let (ledger, other) = ("ab".repeat(16), "bc".repeat(16));
        let known = Known::of(&[("hunt 1".to_owned(), format!("{ledger}/4"))]);
        let named = known.name_ids(format!("{ledger}/4 {other}/4 {ledger}/5").into_bytes());
        assert_eq!(
            String::from_utf8(named).unwrap(),
            "<hunt 1> <hunt 1> <ledger of hunt 1>/5"
        );
    }

    #[test]
    fn ids_take_turns() {
        let note = |name: &str, ledger: &str| (name.to_owned(), format!("{}/1", ledger.repeat(16)));
        let known = Known::of(&[note("hunt 1", "ab"), note("hunt 2", "cd")]);
        let names: Vec<String> = (0..3)
            .map(|round| known.one_of_kind(Kind::Note, round).name)
            .collect();
        assert_eq!(names, ["hunt 1", "hunt 2", "hunt 1"]);
        assert_eq!(known.one_of_kind(Kind::Case, 7).name, "some case");
        let known = Known::of(&[note("a", "ab"), note("b", "cd"), note("c", "ef")]);
        let names = |round| -> Vec<String> {
            let some = known.some_of_kind(Kind::Note, round, 2);
            some.into_iter().map(|id| id.name).collect()
        };
        assert_eq!(
            (names(0), names(1)),
            (vec!["a".into(), "b".into()], vec!["c".into(), "a".into()])
        );
        assert_eq!(known.some_of_kind(Kind::Note, 5, 9).len(), 3);
        assert_eq!(known.some_of_kind(Kind::Case, 5, 9).len(), 1);
    }
}
