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
    /// Adding a source, where this person may.
    pub add: Option<Href>,
    /// Importing, where this person may.
    pub import: Option<Href>,
    /// How logs are kept, where this person may see it.
    pub keeping: Option<Link>,
    /// The collectors and how all of them stand, where this person may see them.
    pub collectors: Option<(Link, State)>,
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
    /// Examples of lines that were not understood: where, and how they begin. For who brings logs in.
    pub not_understood: Vec<Pair>,
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
    /// Multipart. Fields: `source`, `again` (where it is offered), `file`.
    pub form: Form,
    /// Known sources.
    pub sources: Vec<Choice>,
    /// The log was destroyed here: offered is to take it again.
    pub again: Vec<Choice>,
    /// Most bytes of one upload, in words.
    pub limit: String,
    /// The command that imports bigger files.
    pub command: String,
    /// Back.
    pub back: Href,
}

/// `/logs/new`.
#[derive(Debug, Clone, Template)]
#[template(path = "log_source_new.html")]
pub struct NewLogSourcePage {
    /// The frame.
    pub shell: Shell,
    /// Fields: `name`, `description`, `format` (one of the choices), `customers` (networks, one a line), `zone`,
    /// `offset` (milliseconds that its clock runs ahead), `ordinary` (`yes`), `custodian`.
    pub form: Form,
    /// Name typed.
    pub name: String,
    /// Description typed.
    pub description: String,
    /// Formats.
    pub formats: Vec<Choice>,
    /// Networks typed.
    pub customers: String,
    /// Zone typed.
    pub zone: String,
    /// Clock offset typed.
    pub offset: String,
    /// Whether it is made in the ordinary course of business.
    pub ordinary: Vec<Choice>,
    /// Custodian typed.
    pub custodian: String,
    /// Back.
    pub back: Href,
}
