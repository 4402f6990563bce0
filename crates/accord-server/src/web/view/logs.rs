//! This node's own logs.

use askama::Template;

use super::{Choice, Form, Href, Link, Pair, Shell, Spark, State, When};

/// `/logs`.
#[derive(Debug, Clone, Template)]
#[template(path = "logs.html")]
pub struct LogsPage {
    /// The frame.
    pub shell: Shell,
    /// Sources by name.
    pub sources: Vec<LogSource>,
    /// Importing, where this person may.
    pub import: Option<Href>,
}

/// One log source.
#[derive(Debug, Clone)]
pub struct LogSource {
    /// Name and place.
    pub link: Link,
    /// What it is: `Zeek dns`, `plain text`.
    pub what: String,
    /// Lines, in words.
    pub lines: String,
    /// Bytes, in words.
    pub size: String,
    /// First to last, in words.
    pub range: String,
    /// Lines a day.
    pub spark: Spark,
    /// Lines without a time or that did not parse, in words; may be empty.
    pub unparsed: String,
}

/// `/logs/SOURCE`.
#[derive(Debug, Clone, Template)]
#[template(path = "log_source.html")]
pub struct LogSourcePage {
    /// The frame.
    pub shell: Shell,
    /// Name.
    pub name: String,
    /// What, lines, bytes, range.
    pub facts: Vec<Pair>,
    /// Lines a day.
    pub spark: Spark,
    /// Segments, newest first.
    pub segments: Vec<Segment>,
    /// Checks all segments against their digests. Fields: none.
    pub verify: Option<Form>,
    /// Importing into this source.
    pub import: Option<Href>,
}

/// One stored file.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Its number.
    pub number: String,
    /// The file it came from.
    pub file: String,
    /// Imported when.
    pub imported: When,
    /// By whom.
    pub by: String,
    /// Lines and bytes in words.
    pub size: String,
    /// First to last time, in words.
    pub range: String,
    /// SHA-256 of the original bytes as hex.
    pub digest: String,
    /// The last check.
    pub check: State,
}

/// `/logs/import`.
#[derive(Debug, Clone, Template)]
#[template(path = "log_import.html")]
pub struct ImportLogsPage {
    /// The frame.
    pub shell: Shell,
    /// Multipart. Fields: `source` (a name; known ones are offered), `how` (how the file was acquired), `zone` (of
    /// times without one), `file`.
    pub form: Form,
    /// Source typed.
    pub source: String,
    /// Known sources.
    pub sources: Vec<String>,
    /// How typed.
    pub how: String,
    /// Time zones offered for times without one, UTC first.
    pub zones: Vec<Choice>,
    /// Most bytes of one upload, in words.
    pub limit: String,
    /// The command that imports bigger files.
    pub command: String,
    /// Back.
    pub back: Href,
}
