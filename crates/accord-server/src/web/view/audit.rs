//! Who looked at what, and when.

use askama::Template;

use super::{Href, Link, Shell, State, When};

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
    /// In which role.
    pub role: String,
    /// What they did: `read`, `downloaded`, `was denied`.
    pub act: State,
    /// What it was.
    pub what: Link,
    /// The rule that allowed or denied it.
    pub rule: String,
    /// Where from: an address.
    pub from: String,
}
