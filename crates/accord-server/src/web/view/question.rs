//! A form about a request: asking, answering, taking back, and the writing after an oral authority.

use askama::Template;

use super::case::CaseHeader;
use super::write::{Field, Shape};
use super::{Form, Href, Link, Pair, Shell};

/// A form with fields of any shape, in the frame of a case.
#[derive(Debug, Clone, Template)]
#[template(path = "question.html")]
pub struct QuestionPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// What is done: `Ask for information`.
    pub title: String,
    /// What it is for, in one sentence.
    pub lede: String,
    /// Where it goes.
    pub form: Form,
    /// Carried along: name and value.
    pub carried: Vec<Pair>,
    /// What it is about: the request as it was asked, the authority, the clause.
    pub about: Vec<Pair>,
    /// The fields.
    pub fields: Vec<Field>,
    /// What the button says.
    pub verb: String,
    /// What else may be done.
    pub others: Vec<Link>,
    /// Back, with nothing done.
    pub back: Href,
}
