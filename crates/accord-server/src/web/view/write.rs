//! Writing a note of any kind: the form.

use askama::Template;

use super::case::CaseHeader;
use super::{Choice, Form, Href, Pair, Shell};

/// `/cases/ID/write/KIND`.
#[derive(Debug, Clone, Template)]
#[template(path = "write.html")]
pub struct WritePage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// What is done: `Set a task`.
    pub title: String,
    /// What it is for, in one sentence.
    pub lede: String,
    /// Fields: `title`, those of `fields`, `marking`, `to`, and those carried. Leads to the page before publishing.
    pub form: Form,
    /// What the note is about, carried along: name and value.
    pub carried: Vec<Pair>,
    /// What it is about in words, where it is about something.
    pub about: Vec<Pair>,
    /// The one line typed.
    pub line: String,
    /// The fields of its kind.
    pub fields: Vec<Field>,
    /// The markings.
    pub markings: Vec<Choice>,
    /// The parties it may be meant for; none chosen means all.
    pub recipients: Vec<Choice>,
    /// Back, with nothing done.
    pub back: Href,
}

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in the form; `[a-z_.]`.
    pub name: String,
    /// What is read beside it.
    pub label: String,
    /// What helps; may be empty.
    pub hint: String,
    /// What was typed.
    pub value: String,
    /// Whether it may be left empty.
    pub optional: bool,
    /// How it is asked.
    pub shape: Shape,
    /// What can be chosen, for a choice.
    pub choices: Vec<Choice>,
}

/// How a field is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One line.
    Line,
    /// One line, typed letter by letter: a value, a reference.
    Mono,
    /// Several lines of words.
    Prose,
    /// One value a line.
    Values,
    /// A moment, UTC.
    Moment,
    /// One of several.
    Choice,
    /// Any of several.
    Many,
}
