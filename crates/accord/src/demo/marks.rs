//! Marks: a word in each note of the story that stands nowhere else, so that who reads the word has read the note.
//!
//! `views` looks for every mark in what every person's node answers. A mark is planted only where the story is checked:
//! for people who look around, the texts read as people write them.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::nodes::Who;

/// A person: their organisation's node, and the name they sign in with there.
pub type Reader = (Who, &'static str);

/// Somebody seconded to the agency, who signs in there.
pub const SECONDEE: Reader = (Who::Agency, "secondee");

/// The agency's second case officer, who is on the second case alone.
pub const DEPUTY: Reader = (Who::Agency, "deputy");

/// Somebody at the agency who is named on the second case for its indicators alone.
pub const READER: Reader = (Who::Agency, "reader");

/// The people of an organisation who read the case.
pub fn team(who: Who) -> &'static [Reader] {
    match who {
        Who::Agency => &[
            (Who::Agency, "officer"),
            (Who::Agency, "investigator"),
            (Who::Agency, "approver"),
            (Who::Agency, "custodian"),
            (Who::Agency, "discloser"),
        ],
        Who::Vendor => &[
            (Who::Vendor, "researcher"),
            (Who::Vendor, "approver"),
            (Who::Vendor, "custodian"),
        ],
        Who::Isp => &[(Who::Isp, "researcher"), (Who::Isp, "approver")],
        Who::Hosting => &[(Who::Hosting, "approver")],
        Who::Outsider => &[],
    }
}

/// The people of several organisations who read the case.
pub fn teams(orgs: &[Who]) -> Vec<Reader> {
    orgs.iter().flat_map(|who| team(*who)).copied().collect()
}

/// One mark.
#[derive(Debug, Clone)]
pub struct Mark {
    /// The note it stands in, in words.
    pub name: &'static str,
    /// The word.
    pub word: String,
    /// Who may read it now.
    pub may: BTreeSet<Reader>,
    /// Who has read it.
    pub read_by: BTreeSet<Reader>,
    /// Whether everybody who may read it must have, by the end.
    pub must: bool,
}

/// The marks of one world.
#[derive(Debug, Default)]
pub struct Marks {
    salt: Option<String>,
    /// Those that stand.
    pub all: Vec<Mark>,
}

impl Marks {
    /// Marks that differ from world to world.
    pub fn salted(salt: &str) -> Self {
        Self {
            salt: Some(salt.to_owned()),
            all: Vec::new(),
        }
    }

    /// No marks: texts stay as they are.
    pub fn none() -> Self {
        Self::default()
    }

    /// A text with its mark, which these people and no others may read.
    pub fn plant(&mut self, name: &'static str, text: &str, may: &[Reader]) -> String {
        let Some(salt) = &self.salt else {
            return text.to_owned();
        };
        let digest = hex::encode(Sha256::digest(format!("{salt}\n{name}")));
        let word = format!("mk{}", digest.get(..12).unwrap_or_default());
        let planted = format!("{text} {word}");
        self.all.push(Mark {
            name,
            word,
            may: may.iter().copied().collect(),
            read_by: BTreeSet::new(),
            must: true,
        });
        planted
    }

    /// The same, where it is enough that nobody else reads it: it stands where people look on purpose only.
    pub fn plant_aside(&mut self, name: &'static str, text: &str, may: &[Reader]) -> String {
        let planted = self.plant(name, text, may);
        self.narrow(name, may);
        planted
    }

    /// These may read it as well from now on.
    pub fn widen(&mut self, name: &str, more: &[Reader]) {
        for mark in self.all.iter_mut().filter(|mark| mark.name == name) {
            mark.may.extend(more);
        }
    }

    /// These may read it no more, and need not have.
    pub fn shut(&mut self, name: &str, out: &[Reader]) {
        for mark in self.all.iter_mut().filter(|mark| mark.name == name) {
            mark.may.retain(|reader| !out.contains(reader));
        }
    }

    /// From now on nobody but these may read it, and nobody must.
    pub fn narrow(&mut self, name: &str, to: &[Reader]) {
        for mark in self.all.iter_mut().filter(|mark| mark.name == name) {
            mark.may = to.iter().copied().collect();
            mark.must = false;
        }
    }

    /// What a search finds a note by and no other: the beginning of its mark, so that the log of searches does not have
    /// the mark; where nothing is marked, its text.
    pub fn typed(&self, name: &str, text: &str) -> String {
        let mark = self.all.iter().find(|mark| mark.name == name);
        let begins = mark.and_then(|mark| mark.word.get(..mark.word.len().saturating_sub(1)));
        begins.unwrap_or(text).to_owned()
    }

    /// The word of a mark; empty where none is planted.
    #[cfg(test)]
    fn word(&self, name: &str) -> &str {
        let found = self.all.iter().find(|mark| mark.name == name);
        found.map_or("", |mark| &mark.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stands_behind_its_text_and_differs_from_world_to_world() {
        let mut marks = Marks::salted("a");
        let text = marks.plant("note", "Words.", team(Who::Isp));
        assert_eq!(text, format!("Words. {}", marks.word("note")));
        assert_eq!(marks.word("note").len(), 14);
        let mut other = Marks::salted("b");
        assert_ne!(other.plant("note", "Words.", &[]), text);
        assert_eq!(Marks::none().plant("note", "Words.", &[]), "Words.");
        let typed = marks.typed("note", "Words.");
        assert!(marks.word("note").starts_with(&typed) && typed.len() == 13);
        assert_eq!(Marks::none().typed("note", "Words."), "Words.");
    }

    #[test]
    fn who_may_read_it_changes() {
        let mut marks = Marks::salted("a");
        marks.plant("note", "Words.", team(Who::Isp));
        marks.widen("note", &[SECONDEE]);
        assert!(marks.all[0].may.contains(&SECONDEE) && marks.all[0].must);
        marks.shut("note", &[SECONDEE]);
        assert!(!marks.all[0].may.contains(&SECONDEE) && marks.all[0].must);
        assert!(marks.all[0].may.contains(&(Who::Isp, "approver")));
        marks.narrow("note", &[]);
        assert!(marks.all[0].may.is_empty() && !marks.all[0].must);
    }
}
