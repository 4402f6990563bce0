//! What a running node does for a person, as commands: everything of the API that has no command of its own elsewhere.
//!
//! One table states it. A row ([`Act`]) says in which words the command is called, which method and path of the API it
//! is, and what it takes; the command line ([`line`]), what is sent ([`sent`]), what is printed ([`shown`]) and the list
//! that `accord acts` prints are made from it, and so are the manual pages and the completions. A new route of the API
//! is a new row; a test compares the table with the API that a node describes.
//!
//! Deliberately absent: any rule. The node decides, and its refusal is printed as it says it.

mod covered;
mod field;
pub mod line;
pub mod list;
mod sent;
mod shown;
mod table;

use clap::{ArgMatches, FromArgMatches};

use super::remote::ActArguments;
use super::{CommandError, Exit};
use crate::output::Output;

pub use field::Field;

/// A method of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something.
    Post,
    /// Takes something away.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// How what the node answers is printed, where it is not asked for as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// As its form says: a reference, decisions, a table, or lines.
    Plain,
    /// A table of the list at a pointer, with these members as columns.
    Table(&'static str, &'static [&'static str]),
    /// Lines of these members alone.
    Members(&'static [&'static str]),
    /// JSON on many lines: it is a file for somebody else.
    Json,
    /// The text at a pointer, as it is.
    Text(&'static str),
    /// Bytes, to a file or standard output.
    Bytes,
    /// What is wrong, a line each; that there is something is exit code 1.
    Problems,
    /// Lines; a word at a pointer that is not this one is exit code 1.
    Verdict(&'static str, &'static str),
}

/// What the body of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// The fields as JSON, or none.
    Fields,
    /// The bytes of a file, its name in the query.
    Bytes,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Act {
    /// The words after `accord`.
    pub words: &'static str,
    pub method: Method,
    /// Under `/api/v1`, with what is filled in between braces.
    pub path: &'static str,
    /// One line.
    pub help: &'static str,
    /// What it takes besides what the path names, in groups that rows share.
    pub takes: &'static [&'static [Field]],
    /// Words of the body that the command itself means.
    pub fixed: &'static [(&'static str, &'static str)],
    pub body: Body,
    pub shows: Shows,
    /// What follows `accord` and the words, for the help.
    pub example: &'static str,
}

const fn act(method: Method, words: &'static str, path: &'static str, help: &'static str) -> Act {
    Act {
        words,
        method,
        path,
        help,
        takes: &[],
        fixed: &[],
        body: Body::Fields,
        shows: Shows::Plain,
        example: "",
    }
}

const fn get(words: &'static str, path: &'static str, help: &'static str) -> Act {
    act(Method::Get, words, path, help)
}

const fn post(words: &'static str, path: &'static str, help: &'static str) -> Act {
    act(Method::Post, words, path, help)
}

const fn delete(words: &'static str, path: &'static str, help: &'static str) -> Act {
    act(Method::Delete, words, path, help)
}

impl Act {
    const fn takes(mut self, groups: &'static [&'static [Field]]) -> Self {
        self.takes = groups;
        self
    }

    const fn fixed(mut self, fixed: &'static [(&'static str, &'static str)]) -> Self {
        self.fixed = fixed;
        self
    }

    const fn sends_a_file(mut self) -> Self {
        self.body = Body::Bytes;
        self
    }

    const fn shows(mut self, shows: Shows) -> Self {
        self.shows = shows;
        self
    }

    /// A table of the list that is the whole answer.
    const fn table(self, columns: &'static [&'static str]) -> Self {
        self.shows(Shows::Table("", columns))
    }

    const fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }

    /// Every field.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.takes.iter().copied().flatten()
    }

    /// What the path names, in order: `case`, `note`. A ledger and a number are one note.
    pub fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        let mut before = "";
        for part in self.path.split('/') {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            match name {
                Some("ledger") => places.push(Place::Note(before)),
                Some("seq") => {}
                Some(name) => places.push(Place::Named(name)),
                None => before = part,
            }
        }
        places
    }
}

/// What stands in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A note, `LEDGER/NUMBER`, of the list that the path names before it.
    Note(&'static str),
    /// Anything else, by its name in the path.
    Named(&'static str),
}

impl Place {
    /// Its id among the arguments.
    fn id(self) -> String {
        match self {
            Self::Note(_) => "in the path: note".to_owned(),
            Self::Named(name) => format!("in the path: {name}"),
        }
    }

    fn value_name(self) -> String {
        match self {
            Self::Note("requests") => "REQUEST".to_owned(),
            Self::Note("exhibits") => "EXHIBIT".to_owned(),
            Self::Note("victims") => "VICTIM".to_owned(),
            Self::Note("grants") => "GRANT".to_owned(),
            Self::Note("leads") => "LEAD".to_owned(),
            Self::Note(_) => "NOTE".to_owned(),
            Self::Named(name) => name.to_uppercase(),
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Note(_) => "Its note, LEDGER/NUMBER",
            Self::Named("case") => "The case's id, as `accord case list` shows it",
            Self::Named("space") => "The agreement's or case's id, as `accord audit spaces` shows it",
            Self::Named("digest") => "The agreement's digest, as `accord agreement list` shows it",
            Self::Named("person") => "Their number, as `accord user list` shows it",
            Self::Named("org") => "The organisation",
            Self::Named("threat") => "The threat's id, as `accord threat list` shows it",
            Self::Named("draft") => "The draft's id, as `accord draft list` shows it",
            Self::Named("conversation") => "The conversation's id, as `accord conversation list` shows it",
            Self::Named("collector") => "The collector's name in the node's configuration",
            Self::Named("source") => "The log source's name",
            Self::Named("hunt") => "The hunt's id, as `accord hunt own list` shows it",
            Self::Named("line") => "The line's number in the hunt, from 0",
            Self::Named("purpose") => "ledger, peer or evidence",
            Self::Named("list") => "The list's name",
            Self::Named("audience") => "The audience's name",
            Self::Named("feed") => "The feed's name",
            Self::Named("account") => "The account's name",
            Self::Named(_) => "Its id, as the list shows it",
        }
    }
}

/// Every row, room by room.
pub fn all() -> impl Iterator<Item = &'static Act> {
    table::ROOMS.iter().copied().flatten()
}

/// The row that was called, with its arguments; none for a command of another kind.
pub fn called(matches: &ArgMatches) -> Option<(&'static Act, &ArgMatches)> {
    let mut words = Vec::new();
    let mut at = matches;
    while let Some((word, inner)) = at.subcommand() {
        words.push(word);
        at = inner;
    }
    let words = words.join(" ");
    all().find(|act| act.words == words).map(|act| (act, at))
}

/// Runs a row.
pub fn run(act: &Act, matches: &ArgMatches, output: &mut Output) -> Result<Exit, CommandError> {
    let node = ActArguments::from_arg_matches(matches).map_err(CommandError::failed)?;
    let asked = sent::request(act, matches)?;
    if act.shows == Shows::Bytes {
        let file = node.file(&asked.path, &asked.query)?;
        let to = matches.get_one::<std::path::PathBuf>(line::OUTPUT);
        super::remote::write(to.map(std::path::PathBuf::as_path), &file.bytes, false, output)?;
        return Ok(Exit::Done);
    }
    let answer = node.ask(act.method, &asked.path, &asked.query, &asked.headers, asked.body)?;
    shown::print(act, &answer, node.json, output)
}

#[cfg(test)]
mod tests;
