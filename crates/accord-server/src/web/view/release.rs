//! What will happen before it happens: the page before anything is shared, asked, ended or removed.

use askama::Template;

use super::{Decision, Form, Href, Mark, Pair, Shell};

/// The page before an act. Any use case can fill it.
#[derive(Debug, Clone, Template)]
#[template(path = "release.html")]
pub struct ReleasePage {
    /// The frame.
    pub shell: Shell,
    /// What will be done: `Publish this note`.
    pub title: String,
    /// The verb of the button: `Publish to 2 organisations`.
    pub verb: String,
    /// Whether the act is one that takes away, ends or refuses: the button says so by its style too.
    pub severe: bool,
    /// Fields: those of `carried`, `commitment`, and `reason` when asked for.
    pub form: Form,
    /// Values carried over from the page before, sent back as they are: name and value.
    pub carried: Vec<Pair>,
    /// Binds the button to exactly what is shown; the receiver refuses another.
    pub commitment: String,
    /// What, as facts.
    pub facts: Vec<Pair>,
    /// The words themselves, as they will be read; may be empty.
    pub body: String,
    /// The marking, where it has one.
    pub marking: Option<Mark>,
    /// Whom it reaches.
    pub readers: Readers,
    /// Whether it can be undone.
    pub undo: Undo,
    /// Why, where the person must say.
    pub reason: Option<ReasonField>,
    /// Whether the button is offered: `Some` says why not.
    pub blocked: Option<String>,
    /// Back, with nothing done.
    pub back: Href,
}

/// Whom an act reaches outside this organisation.
#[derive(Debug, Clone)]
pub enum Readers {
    /// Nobody.
    Nobody,
    /// Those whom this sentence names: what is decided on a case or an agreement is read by every party.
    All(String),
    /// Recipient by recipient, as the agreement says.
    Each(Vec<Recipient>),
}

/// One recipient.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The organisation.
    pub organisation: String,
    /// Its kind in words.
    pub kind: String,
    /// What the agreement says.
    pub decision: Decision,
    /// The clause's number.
    pub clause: String,
    /// The clause in words.
    pub clause_text: String,
    /// Where the clause stands.
    pub clause_href: Option<Href>,
    /// What happens: `gets it at once`, `waits for your approver`, `gets nothing`.
    pub effect: String,
    /// Duties that go with it: purpose, retention, no onward sharing.
    pub duties: Vec<String>,
}

/// Whether an act can be undone.
#[derive(Debug, Clone)]
pub enum Undo {
    /// It can; how, and what stays.
    Can(String),
    /// It cannot; why.
    Cannot(String),
}

/// A reason the person must give.
#[derive(Debug, Clone)]
pub struct ReasonField {
    /// What is asked: `Why do you refuse?`
    pub label: String,
    /// Who will read it.
    pub hint: String,
    /// Typed before.
    pub value: String,
}
