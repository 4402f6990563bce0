//! Tables without a header line that names the column: the caller says which column holds the value.
//!
//! Lines that begin with `#` are comments, as in the feeds that put their header into one. The separator is the first of
//! tab, semicolon and comma that the first line of the table has.

use super::lines;
use super::row::{NotUsed, Row};

/// Reads the values of one column, counted from 1, and nothing else of a row.
pub fn read_column(bytes: &[u8], column: u16, on_row: &mut dyn FnMut(Row<'_>)) {
    let bytes = lines::without_byte_order_mark(bytes);
    let is_row = |line: &[u8]| !line.trim_ascii().is_empty() && !line.starts_with(b"#");
    let first = lines::numbered(bytes).find(|(_, line)| is_row(line));
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .find(|one| first.is_some_and(|(_, line)| line.contains(one)))
        .unwrap_or(b',');
    let at = usize::from(column.saturating_sub(1));
    for (place, line) in lines::numbered(bytes) {
        if !is_row(line) {
            continue;
        }
        let Some(text) = lines::checked(place, line, on_row) else {
            continue;
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(line);
        match reader.records().next() {
            Some(Ok(fields)) => match fields.get(at) {
                Some(value) => lines::indicator(place, value, &[], "", on_row),
                None => lines::not_used(place, text, NotUsed::FieldCount, on_row),
            },
            _ => lines::not_used(place, text, NotUsed::OpenQuote, on_row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::Content;

    fn values(text: &str, column: u16) -> Vec<String> {
        let mut all = Vec::new();
        read_column(text.as_bytes(), column, &mut |row| {
            all.push(match row.content {
                Content::Indicator { value, .. } => value.to_owned(),
                Content::NotUsed { reason, .. } => format!("!{reason}"),
                Content::Allow { value, .. } => format!("?{value}"),
            });
        });
        all
    }

    #[test]
    fn one_column_by_its_number() {
        let urls =
            "# id,dateadded,url\r\n\"1\",\"2026-01-01\",\"http://evil.example/a,b\"\r\n\"2\",\"x\"\r\n";
        assert_eq!(
            values(urls, 3),
            [
                "http://evil.example/a,b",
                "!another number of fields than the header"
            ]
        );
        assert_eq!(
            values("a.example;192.0.2.1\n;\n", 2),
            ["192.0.2.1", "!no value in the indicator column"]
        );
        assert_eq!(values("a.example\t1\n", 1), ["a.example"]);
        assert_eq!(values("one.example\n", 1), ["one.example"]);
        assert!(values("# nothing\n\n", 1).is_empty());
    }
}
