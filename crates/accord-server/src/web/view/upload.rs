//! Answering a request with an export of one's own systems: what was uploaded, and the yes to it.

use askama::Template;

use super::case::CaseHeader;
use super::tab::Section;
use super::{Form, Href, Link, Shell};

/// `/approvals/ID/upload`.
#[derive(Debug, Clone, Template)]
#[template(path = "upload.html")]
pub struct UploadPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// The asker's reference of the request.
    pub reference: String,
    /// The request as it was asked, and the clause.
    pub about: Vec<Section>,
    /// The files that wait, with the forms that take them away.
    pub files: Vec<Waiting>,
    /// Adds a file, while the request waits.
    pub add: Option<Add>,
    /// Says yes, once there is a file.
    pub send: Option<Send>,
    /// How it stands with two people, in a sentence; may be empty.
    pub stands: String,
    /// What else may be done.
    pub others: Vec<Link>,
    /// Back, with nothing done.
    pub back: Href,
}

/// A file that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Size, digest, system, query, who and when.
    pub facts: Vec<super::Pair>,
    /// The first lines of a text; empty for anything else.
    pub head: Vec<String>,
    /// What is to be known of a file that is no text; may be empty.
    pub not_text: &'static str,
    /// Takes it away. Field: `number`.
    pub remove: Form,
    /// Whether it is to stay here, ticked before.
    pub stays: bool,
}

/// The form that adds a file. Multipart; fields: `system`, `query`, `sha256`, `file`.
#[derive(Debug, Clone)]
pub struct Add {
    /// The form.
    pub form: Form,
    /// What was typed.
    pub system: String,
    /// What was typed.
    pub query: String,
    /// What was typed.
    pub sha256: String,
    /// How many, how large.
    pub limits: String,
}

/// The form that says yes. Fields: `commitment`, `without` (numbers), `left_out`, `words`.
#[derive(Debug, Clone)]
pub struct Send {
    /// The form.
    pub form: Form,
    /// Binds the yes to exactly the files that are shown.
    pub commitment: String,
    /// What was typed.
    pub left_out: String,
    /// What was typed.
    pub words: String,
    /// To whom, and under which clause.
    pub what: Vec<String>,
}
