//! Counts over time, for pages.

use serde::Serialize;

use crate::kept::kept;

/// What a series covers, back from the open hour or day, which is its last point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// So many hours, at most [`crate::limits::HISTORY_HOURS`].
    Hours(u32),
    /// So many days, at most [`crate::limits::HISTORY_DAYS`].
    Days(u32),
}

/// An hour or a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Its beginning, milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// Lines.
    pub lines: u32,
    /// Different customers, or names where names are counted; an estimate where they are many.
    pub count: u32,
}
kept!(Point { at_ms, lines, count });

/// A label with its series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The label.
    pub label: String,
    /// Lines of the whole span.
    pub lines: u64,
    /// Oldest first; the last is not over yet.
    pub points: Vec<Point>,
}
