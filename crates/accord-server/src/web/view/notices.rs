//! Pages that say that something is not to be had: denied, not found, an error.

use askama::Template;

use super::{Href, Link, Shell};

/// Denied: what rule, which clause, who could allow it.
#[derive(Debug, Clone, Template)]
#[template(path = "denied.html")]
pub struct DeniedPage {
    /// The frame.
    pub shell: Shell,
    /// What was tried, after "You may not": `see the preview of hunt H-3`.
    pub what: String,
    /// The rule in words.
    pub rule: String,
    /// The clause's number; empty when a role decides and not the agreement.
    pub clause: String,
    /// The clause in words.
    pub clause_text: String,
    /// Where the clause stands.
    pub clause_href: Option<Href>,
    /// Who could allow it.
    pub who_could: Vec<String>,
    /// What can be done about it, in a sentence; may be empty.
    pub then: String,
    /// Asks them: the form of a task, filled in.
    pub ask: Option<Link>,
    /// Back.
    pub back: Href,
}

/// Not found; also what a person sees who may not know that the thing exists.
#[derive(Debug, Clone, Template)]
#[template(path = "not_found.html")]
pub struct NotFoundPage {
    /// The frame.
    pub shell: Shell,
}

/// Something went wrong.
#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame.
    pub shell: Shell,
    /// What did not happen, in words.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// The id under which the operator finds it.
    pub request_id: String,
}
