//! The disclosure schedule, made to be printed.

use askama::Template;

use super::case::CaseHeader;
use super::{Link, Shell, When};

/// `/cases/ID/disclosure`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_disclosure.html")]
pub struct DisclosurePage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// As it was at.
    pub at: When,
    /// What can be done: the documents, an item that is no note.
    pub actions: Vec<Link>,
    /// The tables.
    pub tables: Vec<ScheduleTable>,
}

/// One table of the schedule.
#[derive(Debug, Clone)]
pub struct ScheduleTable {
    /// Its heading.
    pub heading: String,
    /// What is in it, in one sentence.
    pub lede: String,
    /// Whether its items have a number, a clause and a reason.
    pub scheduled: bool,
    /// The items.
    pub items: Vec<Item>,
    /// How many more there are.
    pub more: usize,
    /// What to say where there are none.
    pub empty: String,
}

/// One item.
#[derive(Debug, Clone)]
pub struct Item {
    /// The id of its row; `[a-z0-9-]`, may be empty.
    pub anchor: String,
    /// Its number.
    pub number: String,
    /// What kind of thing.
    pub what: String,
    /// Whether it was recalled, withheld or set aside; may be empty.
    pub state: String,
    /// What it is.
    pub description: String,
    /// Why it is sensitive; may be empty.
    pub harm: String,
    /// Whose word it is.
    pub org: String,
    /// When.
    pub at: When,
    /// Under which clause.
    pub clause: String,
    /// Where it is scheduled, or described anew.
    pub link: Option<Link>,
}
