//! A page that shows something as sections and asks for one thing under it.

use askama::Template;

use super::case::CaseHeader;
use super::tab::Section;
use super::write::{Field, Shape};
use super::{Form, Link, Shell};

/// A page with one form under what it is about.
#[derive(Debug, Clone, Template)]
#[template(path = "ask.html")]
pub struct AskPage {
    /// The frame.
    pub shell: Shell,
    /// The case, where it is of one.
    pub case: Option<CaseHeader>,
    /// Its heading.
    pub title: String,
    /// What it is, in one sentence; may be empty.
    pub lede: String,
    /// What must not be missed, line by line.
    pub notice: Vec<String>,
    /// What it shows.
    pub sections: Vec<Section>,
    /// What it asks for.
    pub asks: Option<Asks>,
    /// Where to go from here.
    pub links: Vec<Link>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asks {
    /// The heading over it; may be empty.
    pub heading: String,
    /// Fields: those of `fields`.
    pub form: Form,
    /// The fields.
    pub fields: Vec<Field>,
    /// The words of the button.
    pub verb: String,
}
