//! What a party of a case has not got, and giving it.

use askama::Template;

use super::case::CaseHeader;
use super::{Decision, Form, Href, Mark, Shell, When};

/// `/cases/ID/team/older/ORG`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_older.html")]
pub struct OlderPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// The party.
    pub to: String,
    /// Fields: `commitment`, `note`*.
    pub form: Form,
    /// Binds the button to exactly what is shown.
    pub commitment: String,
    /// What goes when it is ticked.
    pub go: Vec<OlderRow>,
    /// The clauses that what goes goes under, each once.
    pub clauses: Vec<OlderClause>,
    /// What stays: it waits for somebody else, or is denied.
    pub stay: Vec<OlderRow>,
    /// How many more there are than are shown; in words, or empty.
    pub more: String,
    /// Back.
    pub back: Href,
}

/// A clause, in words.
#[derive(Debug, Clone)]
pub struct OlderClause {
    /// Its number.
    pub number: String,
    /// Its words.
    pub words: String,
    /// Where it stands.
    pub href: Option<Href>,
}

/// A note.
#[derive(Debug, Clone)]
pub struct OlderRow {
    /// Its reference.
    pub note: String,
    /// Its line.
    pub title: String,
    /// What it is, in words.
    pub kind: String,
    /// When it was written.
    pub when: When,
    /// How it is marked.
    pub marking: Mark,
    /// What the agreement says.
    pub decision: Decision,
    /// The clause's number.
    pub clause: String,
    /// The clause in words.
    pub words: String,
    /// Where the clause stands.
    pub href: Href,
    /// Who could let it go; empty where nobody can.
    pub who: String,
    /// Whether it is ticked.
    pub ticked: bool,
}
