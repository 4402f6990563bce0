//! A guest's page: one request, an answer, what will be sent, the receipt.

use askama::Template;

use super::tab::Section;
use super::write::{Field, Shape};
use super::{Form, Link, Shell};

/// `/r/TOKEN` and what follows it.
#[derive(Debug, Clone, Template)]
#[template(path = "guest.html")]
pub struct GuestPage {
    /// The frame.
    pub shell: Shell,
    /// Its heading.
    pub title: String,
    /// What it is, in one sentence; may be empty.
    pub lede: String,
    /// What must not be missed, line by line.
    pub notice: Vec<String>,
    /// What it shows.
    pub sections: Vec<Section>,
    /// Where an answer is written and files are added.
    pub upload: Option<Upload>,
    /// Where a guest says why they do not answer.
    pub say: Option<Say>,
    /// The files that can be taken away again.
    pub removes: Vec<Remove>,
    /// The button that sends.
    pub send: Option<Send>,
    /// Where to go from here.
    pub links: Vec<Link>,
}

/// An answer with files.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Fields: `words`, `files`, and those of [`Self::fields`]. Multipart.
    pub form: Form,
    /// Who held what, where that is asked.
    pub fields: Vec<Field>,
    /// The words so far.
    pub words: String,
    /// How many, how large.
    pub limits: String,
}

/// Why somebody does not answer.
#[derive(Debug, Clone)]
pub struct Say {
    /// Field: `words`.
    pub form: Form,
    /// The words so far.
    pub words: String,
}

/// A file that can be taken away again.
#[derive(Debug, Clone)]
pub struct Remove {
    /// Fields: `number`, `page`.
    pub form: Form,
    /// The page that it is taken away on, which comes again.
    pub page: &'static str,
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
}

/// The button that sends.
#[derive(Debug, Clone)]
pub struct Send {
    /// Field: `commitment`.
    pub form: Form,
    /// Binds the button to exactly what is shown.
    pub commitment: String,
    /// The words of the button.
    pub verb: String,
}
