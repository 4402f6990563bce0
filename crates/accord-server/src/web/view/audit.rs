//! Who looked at what, and when.

use askama::Template;

use super::case::Tab;
use super::{Href, Link, Pair, Shell, State, When};

/// `/audit`.
#[derive(Debug, Clone, Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    /// The frame.
    pub shell: Shell,
    /// Access log, and agreements and cases.
    pub tabs: Vec<Tab>,
    /// Where the filter form asks, by GET. Fields: `who`, `what`, `from`, `to` (dates).
    pub action: Href,
    /// Person looked for.
    pub who: String,
    /// Thing looked for.
    pub what: String,
    /// First day, `2026-11-22`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Looks, newest first.
    pub rows: Vec<AuditRow>,
    /// How many there are in all, in words.
    pub total: String,
    /// Newer ones.
    pub newer: Option<Href>,
    /// Older ones.
    pub older: Option<Href>,
}

/// One look.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// When.
    pub at: When,
    /// Who.
    pub person: String,
    /// What they did: `read`, `downloaded`, `was denied`.
    pub act: State,
    /// What it was: a reference, a name; may be empty.
    pub what: String,
}

/// `/audit/looks`: looks elsewhere at what this organisation shared.
#[derive(Debug, Clone, Template)]
#[template(path = "audit_looks.html")]
pub struct AuditLooksPage {
    /// The frame.
    pub shell: Shell,
    /// Access log, looks elsewhere, and agreements and cases.
    pub tabs: Vec<Tab>,
    /// Looks, newest first.
    pub rows: Vec<LookRow>,
    /// The first page, when this is another.
    pub newest: Option<Href>,
    /// Older ones.
    pub older: Option<Href>,
}

/// One look of somebody elsewhere.
#[derive(Debug, Clone)]
pub struct LookRow {
    /// The first time that day, by their node's clock.
    pub at: When,
    /// Whose person looked.
    pub organisation: String,
    /// The person's id.
    pub person: String,
    /// In which way: `read`, `found by a search`.
    pub way: String,
    /// The note's reference.
    pub note: String,
    /// Its case or agreement, and where its steps are.
    pub space: Link,
}

/// `/audit/spaces`: what was decided where.
#[derive(Debug, Clone, Template)]
#[template(path = "audit_spaces.html")]
pub struct AuditSpacesPage {
    /// The frame.
    pub shell: Shell,
    /// Access log, and agreements and cases.
    pub tabs: Vec<Tab>,
    /// Agreements and cases.
    pub spaces: Vec<SpaceRow>,
}

/// An agreement or a case.
#[derive(Debug, Clone)]
pub struct SpaceRow {
    /// Its title, and where its steps are.
    pub link: Link,
    /// `agreement` or `case`.
    pub kind: String,
    /// Its parties.
    pub parties: String,
    /// How many steps.
    pub notes: String,
    /// The newest.
    pub newest: Option<When>,
}

/// `/audit/spaces/ID`: the steps of one agreement or case, without content.
#[derive(Debug, Clone, Template)]
#[template(path = "audit_space.html")]
pub struct AuditSpacePage {
    /// The frame.
    pub shell: Shell,
    /// Access log, and agreements and cases.
    pub tabs: Vec<Tab>,
    /// `agreement` or `case`.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its parties and id.
    pub facts: Vec<Pair>,
    /// Steps, newest first.
    pub rows: Vec<ControlRow>,
    /// The first page, when this is another.
    pub newest: Option<Href>,
    /// Older ones.
    pub older: Option<Href>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct ControlRow {
    /// Its id on the page; `[a-z0-9-]`.
    pub anchor: String,
    /// When, by its author's clock.
    pub at: When,
    /// Whose word it is.
    pub organisation: String,
    /// The person's id; may be empty.
    pub person: String,
    /// In which role; may be empty.
    pub role: String,
    /// What, in words.
    pub words: String,
    /// Why; may be empty.
    pub reason: String,
    /// Why it does not count; may be empty.
    pub set_aside: String,
    /// The clause it names; may be empty.
    pub clause: String,
}
