//! Who looked at what, and when.

use askama::Template;

use super::{Href, Shell, State, When};

/// `/audit`.
#[derive(Debug, Clone, Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    /// The frame.
    pub shell: Shell,
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
