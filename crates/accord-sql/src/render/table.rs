//! A table with a header line for spreadsheets (RFC 4180, lines end in CR LF).
//!
//! A text that a spreadsheet would take for a formula stands behind an apostrophe (OWASP, "CSV injection"), as in every
//! table that Accord writes: log lines hold what strangers sent. Numbers stay numbers. None and empty text look alike here.

use csv::{Terminator, Writer, WriterBuilder};

use super::value::Values;
use crate::error::{Error, Kind};

/// A table being written.
pub(super) struct Table {
    field: String,
}

impl Table {
    pub(super) fn new(names: &[String], head: &mut Vec<u8>) -> Result<Self, Error> {
        let mut writer = writer(head);
        for name in names {
            writer
                .write_field(harmless(name))
                .map_err(|error| failed(&error))?;
        }
        end(writer)?;
        Ok(Self { field: String::new() })
    }

    pub(super) fn row(&mut self, values: &[Values<'_>], at: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut writer = writer(out);
        for values in values {
            self.field.clear();
            values.text(at, &mut self.field);
            let written = if values.is_text() {
                writer.write_field(harmless(&self.field))
            } else {
                writer.write_field(&self.field)
            };
            written.map_err(|error| failed(&error))?;
        }
        end(writer)
    }
}

fn writer(out: &mut Vec<u8>) -> Writer<&mut Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out)
}

fn end(mut writer: Writer<&mut Vec<u8>>) -> Result<(), Error> {
    writer
        .write_record(None::<&[u8]>)
        .map_err(|error| failed(&error))?;
    writer.flush().map_err(|error| Error::from_output(&error))
}

fn failed(error: &csv::Error) -> Error {
    Error::new(Kind::Output, format!("a row cannot be written: {error}"))
}

/// The text, behind an apostrophe where a spreadsheet would run it.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
