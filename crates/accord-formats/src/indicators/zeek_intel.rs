//! Zeek intelligence files: tab-separated, with a `#fields` line.
//!
//! The label is `meta.source`, the provenance `meta.desc` or else `meta.url`. `-` is an unset field.

use super::lines;
use super::row::{NotUsed, Row};

/// The indicator types of Zeek's intelligence framework that logs are searched for.
const USED_TYPES: [&str; 7] = [
    "Intel::ADDR",
    "Intel::SUBNET",
    "Intel::DOMAIN",
    "Intel::URL",
    "Intel::EMAIL",
    "Intel::FILE_HASH",
    "Intel::CERT_HASH",
];

/// Which column holds what.
#[derive(Debug, Default)]
struct Columns {
    names: Vec<String>,
}

impl Columns {
    fn get<'a>(&self, fields: &[&'a str], name: &str) -> Option<&'a str> {
        let at = self.names.iter().position(|column| column == name)?;
        fields
            .get(at)
            .copied()
            .filter(|value| *value != "-" && !value.is_empty())
    }
}

/// Reads a Zeek intelligence file.
pub(super) fn read(bytes: &[u8], on_row: &mut dyn FnMut(Row<'_>)) {
    let mut columns = Columns::default();
    for (place, line) in lines::numbered(bytes) {
        let Some(text) = lines::checked(place, line, on_row) else {
            continue;
        };
        if let Some(names) = text.strip_prefix("#fields") {
            columns.names = names
                .split('\t')
                .filter(|n| !n.is_empty())
                .map(|n| n.trim().to_owned())
                .collect();
            continue;
        }
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = text.split('\t').map(str::trim).collect();
        row(place, text, &fields, &columns, on_row);
    }
}

fn row(place: u64, text: &str, fields: &[&str], columns: &Columns, on_row: &mut dyn FnMut(Row<'_>)) {
    if fields.len() != columns.names.len() {
        return lines::not_used(place, text, NotUsed::FieldCount, on_row);
    }
    let Some(value) = columns.get(fields, "indicator") else {
        return lines::not_used(place, text, NotUsed::Empty, on_row);
    };
    let kind = columns.get(fields, "indicator_type").unwrap_or("Intel::ADDR");
    if !USED_TYPES.contains(&kind) {
        return lines::not_used(place, text, NotUsed::UnsupportedType, on_row);
    }
    let label = columns.get(fields, "meta.source");
    let provenance = columns
        .get(fields, "meta.desc")
        .or_else(|| columns.get(fields, "meta.url"))
        .unwrap_or_default();
    lines::indicator(place, value, label.as_slice(), provenance, on_row);
}
