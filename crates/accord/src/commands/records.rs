//! Records as NDJSON, text and CSV.

use accord_scan::Record;
use serde::Serialize;

use super::CommandError;
use crate::output::{Output, csv_field, visible};

/// How records are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RecordFormat {
    /// One JSON object a line
    Ndjson,
    /// One readable line each, as grep prints
    Text,
    /// A table for spreadsheets; fields that look like formulas get an apostrophe
    Csv,
}

/// The record of `MATCHING.md`, members in its order.
#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    line: u64,
    offset: u64,
    length: u64,
    kind: &'a str,
    value: &'a str,
    indicator: &'a str,
    r#match: &'a str,
    labels: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

/// Prints records.
#[derive(Debug)]
pub struct RecordPrinter {
    format: RecordFormat,
    with_text: bool,
}

impl RecordPrinter {
    /// A printer; in CSV the header is printed at once.
    pub fn new(format: RecordFormat, with_text: bool, output: &mut Output) -> Result<Self, CommandError> {
        if format == RecordFormat::Csv {
            let text = if with_text { ",text" } else { "" };
            output.line(format_args!(
                "source,line,offset,length,kind,value,indicator,match,labels{text}"
            ))?;
        }
        Ok(Self { format, with_text })
    }

    /// Prints one record.
    pub fn print(&self, record: &Record<'_>, output: &mut Output) -> Result<(), CommandError> {
        let text = self.with_text.then(|| String::from_utf8_lossy(record.text));
        match self.format {
            RecordFormat::Ndjson => output.json(&Line {
                source: record.source,
                line: record.line,
                offset: record.offset,
                length: record.length,
                kind: record.kind.as_str(),
                value: record.value,
                indicator: record.indicator,
                r#match: record.how.as_str(),
                labels: record.labels,
                text: text.as_deref(),
            }),
            RecordFormat::Text => {
                let labels = match record.labels {
                    [] => String::new(),
                    labels => format!(" [{}]", labels.join(", ")),
                };
                let text = text.map(|text| format!(": {text}")).unwrap_or_default();
                output.line(visible(&format!(
                    "{}:{}: {} {} ({} {}){labels}{text}",
                    record.source, record.line, record.kind, record.value, record.how, record.indicator,
                )))
            }
            RecordFormat::Csv => {
                let fields = [
                    csv_field(record.source),
                    record.line.to_string(),
                    record.offset.to_string(),
                    record.length.to_string(),
                    record.kind.as_str().to_owned(),
                    csv_field(record.value),
                    csv_field(record.indicator),
                    record.how.as_str().to_owned(),
                    csv_field(&record.labels.join(";")),
                ];
                let text = text
                    .map(|text| format!(",{}", csv_field(&text)))
                    .unwrap_or_default();
                output.line(format_args!("{}{text}", fields.join(",")))
            }
        }
    }
}
