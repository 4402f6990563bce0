//! Pages that say that something is not to be had: denied, not found, an error.

use askama::Template;

use super::{Form, Href, Shell};

/// Denied: what rule, which clause, who could allow it.
#[derive(Debug, Clone, Template)]
#[template(path = "denied.html")]
pub struct DeniedPage {
    /// The frame.
    pub shell: Shell,
    /// What was tried: `see the preview of hunt H-3`.
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
    /// Asks them. Fields: none.
    pub ask: Option<AskForm>,
    /// Back.
    pub back: Href,
}

/// One button that asks.
#[derive(Debug, Clone)]
pub struct AskForm {
    /// Fields: none.
    pub form: Form,
    /// The verb: `Ask Priya Nair`.
    pub verb: String,
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
