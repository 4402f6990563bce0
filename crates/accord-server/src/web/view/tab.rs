//! A tab of a case, or another page, as sections of rows: what most parts of a case are read as.

use askama::Template;

use super::case::CaseHeader;
use super::{Actor, Link, Mark, Pair, Shell, Spark, State, When};

/// A tab of a case that needs nothing of its own.
#[derive(Debug, Clone, Template)]
#[template(path = "case_tab.html")]
pub struct TabPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// What the tab shows, in small letters for the window's title: `tasks`.
    pub name: String,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// A page outside a case, made of the same sections.
#[derive(Debug, Clone, Template)]
#[template(path = "sections.html")]
pub struct SectionsPage {
    /// The frame.
    pub shell: Shell,
    /// Its heading.
    pub title: String,
    /// What it is, in one sentence; may be empty.
    pub lede: String,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// A heading with its rows.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// One sentence under it; may be empty.
    pub lede: String,
    /// What may be done here, the first most often.
    pub actions: Vec<Link>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Without rows: that there are none, and what to do next.
    pub empty: (String, String),
}

/// Numbers, for who reads them one by one.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What it shows: `customers and lines by hour`.
    pub caption: String,
    /// The heads of its columns.
    pub heads: Vec<String>,
    /// Its rows; the first cell of each is its head.
    pub rows: Vec<Vec<String>>,
}

/// One thing.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Its id on the page; `[a-z0-9-]`.
    pub anchor: String,
    /// Its name.
    pub title: String,
    /// What stands beside the name in soft letters; may be empty.
    pub soft: String,
    /// How it stands.
    pub state: Option<State>,
    /// How it is marked.
    pub marking: Option<Mark>,
    /// Who said it.
    pub actor: Option<Actor>,
    /// When.
    pub at: Option<When>,
    /// Its words, paragraph by paragraph.
    pub text: Vec<String>,
    /// Named values.
    pub facts: Vec<Pair>,
    /// A small series beside it.
    pub spark: Option<Spark>,
    /// The numbers of the series, or others, folded away.
    pub table: Option<Table>,
    /// Who else can read it; may be empty.
    pub shared_with: String,
    /// Where to go from here, and what to do.
    pub links: Vec<Link>,
}
