//! One JSON object a row (RFC 8259), each on a line. Every column stands in every row.

use super::value::{Values, quoted};
use crate::error::Error;

/// The names of the columns, as JSON.
pub(super) struct Ndjson {
    names: Vec<String>,
    row: String,
}

impl Ndjson {
    pub(super) fn new(names: &[String]) -> Self {
        let names = names.iter().map(|name| {
            let mut json = String::new();
            quoted(name, &mut json);
            json
        });
        Self {
            names: names.collect(),
            row: String::new(),
        }
    }

    pub(super) fn row(&mut self, values: &[Values<'_>], at: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        self.row.clear();
        self.row.push('{');
        for (number, (name, values)) in self.names.iter().zip(values).enumerate() {
            if number > 0 {
                self.row.push(',');
            }
            self.row.push_str(name);
            self.row.push(':');
            values.json(at, &mut self.row);
        }
        self.row.push_str("}\n");
        out.extend_from_slice(self.row.as_bytes());
        Ok(())
    }
}
