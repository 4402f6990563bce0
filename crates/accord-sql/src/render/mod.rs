//! The rows of an answer as bytes, up to its limits.
//!
//! - `value`: what each type of value is as text and as JSON. `ndjson`, `table` (CSV), `text`: the formats.
//!
//! Invariant: rows are written whole or not at all. The row that would pass a limit is not begun.

mod ndjson;
mod table;
mod text;
mod value;

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::ops::ControlFlow;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

use crate::error::{Error, Kind};
use crate::limits::Limits;
use crate::outcome::{Column, Cut};
use crate::question::Format;
use value::Values;

/// An answer being written.
pub(crate) struct Writing<'s> {
    format: Format,
    rows_most: u64,
    bytes_most: u64,
    sink: &'s mut dyn Write,
    form: Option<Form>,
    columns: Vec<Column>,
    rows: u64,
    bytes: u64,
    cut: Option<Cut>,
}

/// A format at work.
enum Form {
    Ndjson(ndjson::Ndjson),
    Csv(table::Table),
    Text(text::Text),
}

impl<'s> Writing<'s> {
    pub(crate) fn new(format: Format, limits: &Limits, sink: &'s mut dyn Write) -> Self {
        Self {
            format,
            rows_most: limits.rows,
            bytes_most: limits.result_bytes,
            sink,
            form: None,
            columns: Vec::new(),
            rows: 0,
            bytes: 0,
            cut: None,
        }
    }

    /// Rows that were taken.
    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes that were written.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The limit that was reached.
    pub(crate) const fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// Before the first row. `lines`: values are text of several lines, a plan, and no log wrote them.
    pub(crate) fn begin(&mut self, schema: &SchemaRef, lines: bool) -> Result<(), Error> {
        self.columns = columns(schema);
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let mut head = Vec::new();
        self.form = Some(match self.format {
            Format::Ndjson => Form::Ndjson(ndjson::Ndjson::new(&names)),
            Format::Csv => Form::Csv(table::Table::new(&names, &mut head)?),
            Format::Text => Form::Text(text::Text::new(&names, lines)),
        });
        // What does not even take the names of the columns takes no row either.
        self.put(&head).map(|_| ())
    }

    /// Takes rows. Breaks at a limit.
    pub(crate) fn rows_of(&mut self, batch: &RecordBatch) -> Result<ControlFlow<()>, Error> {
        let batch = value::plain(batch).map_err(|error| unwritable(&error))?;
        let values = Values::of_batch(&batch).map_err(|error| unwritable(&error))?;
        let mut bytes = Vec::new();
        if let Some(Form::Text(form)) = &mut self.form
            && let Some(head) = form.head(&values, batch.num_rows())
            && self.put(&head)?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
        for at in 0..batch.num_rows() {
            if self.rows >= self.rows_most {
                self.cut = Some(Cut::Rows);
                return Ok(ControlFlow::Break(()));
            }
            bytes.clear();
            match &mut self.form {
                Some(Form::Ndjson(form)) => form.row(&values, at, &mut bytes)?,
                Some(Form::Csv(form)) => form.row(&values, at, &mut bytes)?,
                Some(Form::Text(form)) => form.row(&values, at, &mut bytes),
                None => return Err(Error::new(Kind::Internal, "rows came before their columns")),
            }
            if self.put(&bytes)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.rows += 1;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// After the last row. Gives the columns.
    pub(crate) fn finish(&mut self) -> Result<Vec<Column>, Error> {
        if let Some(Form::Text(form)) = &mut self.form
            && let Some(head) = form.head(&[], 0)
        {
            let _ = self.put(&head)?;
        }
        self.sink.flush().map_err(|error| Error::from_output(&error))?;
        Ok(std::mem::take(&mut self.columns))
    }

    /// Writes these bytes, unless they would pass the limit.
    fn put(&mut self, bytes: &[u8]) -> Result<ControlFlow<()>, Error> {
        let after = self.bytes.saturating_add(bytes.len() as u64);
        if after > self.bytes_most {
            self.cut = Some(Cut::Bytes);
            return Ok(ControlFlow::Break(()));
        }
        self.sink
            .write_all(bytes)
            .map_err(|error| Error::from_output(&error))?;
        self.bytes = after;
        Ok(ControlFlow::Continue(()))
    }
}

fn unwritable(error: &ArrowError) -> Error {
    Error::new(
        Kind::Value,
        format!("a value of the answer cannot be written: {error}"),
    )
}

/// The columns of an answer, each under a name of its own.
pub(crate) fn columns(schema: &SchemaRef) -> Vec<Column> {
    let names = names(schema.fields().iter().map(|field| field.name().as_str()));
    let columns = names.into_iter().zip(schema.fields());
    let columns = columns.map(|(name, field)| Column {
        name,
        r#type: field.data_type().to_string(),
    });
    columns.collect()
}

/// The names of the columns, each once: the second `line` is `line_2`.
fn names<'n>(given: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut taken = HashSet::new();
    // How often each was given: of thousands of columns of one name, none is numbered from the beginning.
    let mut often: HashMap<&str, usize> = HashMap::new();
    for name in given {
        let number = often.entry(name).or_default();
        let free = loop {
            *number += 1;
            let free = if *number == 1 {
                name.to_owned()
            } else {
                format!("{name}_{number}")
            };
            if taken.insert(free.clone()) {
                break free;
            }
        };
        names.push(free);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        let named = |given: &[&str]| names(given.iter().copied()).join(" ");
        assert_eq!(named(&[]), "");
        assert_eq!(named(&["a", "b"]), "a b");
        assert_eq!(named(&["a", "a", "a_2", "a"]), "a a_2 a_2_2 a_3");
    }
}
