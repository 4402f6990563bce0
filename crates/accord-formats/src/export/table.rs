//! A table with a header line (RFC 4180), safe in a spreadsheet.
//!
//! A field that a spreadsheet would take for a formula stands behind an apostrophe (OWASP, "CSV injection").

use super::material::Indicator;
use super::names::rfc3339;
use super::{Told, one_line};

/// The columns.
const COLUMNS: [&str; 12] = [
    "indicator",
    "kind",
    "labels",
    "confidence",
    "marking",
    "source",
    "title",
    "published",
    "valid_until",
    "withdrawn",
    "operation",
    "note",
];

/// Words for people, as they should read them. A value stays what it is.
fn words(text: &str, told: &mut Told) -> String {
    safe(&crate::letters::shown(text), told)
}

/// A field that no spreadsheet runs.
fn safe(text: &str, told: &mut Told) -> String {
    let text = one_line(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        told.tell("a field that begins like a formula: written behind an apostrophe");
        format!("'{text}")
    } else {
        text
    }
}

/// Writes a table.
pub(super) fn write(carried: &[&Indicator], told: &mut Told) -> (Vec<u8>, usize) {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let instant = |ms: Option<u64>| ms.map(rfc3339).unwrap_or_default();
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for one in carried {
        let labels: Vec<String> = one
            .labels
            .iter()
            .map(|label| label.replace([',', ';', '|'], " "))
            .collect();
        let fields = [
            safe(&one.value, told),
            one.kind.as_str().to_owned(),
            words(&labels.join(";"), told),
            one.confidence.map(|sure| sure.to_string()).unwrap_or_default(),
            one.marking.as_str().to_owned(),
            words(one.organisation.as_deref().unwrap_or_default(), told),
            words(&one.title, told),
            rfc3339(one.published_ms),
            instant(one.valid_until_ms),
            instant(one.withdrawn_ms),
            words(&one.operation, told),
            one.organisation
                .as_ref()
                .map(|_| one.reference.clone())
                .unwrap_or_default(),
        ];
        let _ = writer.write_record(&fields);
    }
    (writer.into_inner().unwrap_or_default(), carried.len())
}
