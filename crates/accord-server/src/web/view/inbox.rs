//! The inbox: what waits for this person.

use askama::Template;

use super::{Clock, Link, Mark, Shell, When};

/// `/`.
#[derive(Debug, Clone, Template)]
#[template(path = "inbox.html")]
pub struct InboxPage {
    /// The frame.
    pub shell: Shell,
    /// What waits, the most pressing first.
    pub items: Vec<InboxItem>,
    /// What this person could do next when nothing waits; each with its words.
    pub next_steps: Vec<NextStep>,
}

/// One thing that waits.
#[derive(Debug, Clone)]
pub struct InboxItem {
    /// What: `Decide hunt H-3 for Operation Heather`.
    pub title: String,
    /// Why it waits for this person: `You are the approver clause 4.2 names.`
    pub why: String,
    /// Who asks, an organisation or a person; may be empty.
    pub from: String,
    /// Since when, where it is known.
    pub since: Option<When>,
    /// How long that is, in words: `2 h 10 min`.
    pub waited: String,
    /// What happens if nothing is done.
    pub if_nothing: String,
    /// The marking, where the thing has one.
    pub marking: Option<Mark>,
    /// A deadline, if there is one.
    pub clock: Option<Clock>,
    /// The one action; its label is a verb: `Decide`, `Sign`, `Compare`.
    pub action: Link,
}

/// A next step that an empty inbox teaches.
#[derive(Debug, Clone)]
pub struct NextStep {
    /// Why one would.
    pub text: String,
    /// Where.
    pub link: Link,
}
