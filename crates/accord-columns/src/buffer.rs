//! The values of one column that wait for their row group.

use bytes::Bytes;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};

use crate::limits::BATCH_ROWS;
use crate::schema::{Kind, Shape};

/// The values of a column, in the order of their rows.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// The row, within the group, of each value; the same again for a further value of a list. Empty where every row has
    /// a value.
    rows: Vec<u32>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Numbers(Vec<i64>),
    Text { bytes: Vec<u8>, ends: Vec<u32> },
}

/// What writing a column needs, kept from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    definition: Vec<i16>,
    repetition: Vec<i16>,
    text: Vec<ByteArray>,
    narrow: Vec<i32>,
    flags: Vec<bool>,
}

impl Buffer {
    pub(crate) fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Text => Values::Text {
                bytes: Vec::new(),
                ends: Vec::new(),
            },
            _ => Values::Numbers(Vec::new()),
        };
        Self {
            rows: Vec::new(),
            values,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        match &self.values {
            Values::Numbers(values) => values.len(),
            Values::Text { ends, .. } => ends.len(),
        }
    }

    /// Whether the last value is of this row.
    pub(crate) fn has(&self, row: u32) -> bool {
        self.rows.last() == Some(&row)
    }

    /// Whether the last value is this number.
    pub(crate) fn ends_in_number(&self, number: i64) -> bool {
        matches!(&self.values, Values::Numbers(values) if values.last() == Some(&number))
    }

    /// Whether the last value is this text.
    pub(crate) fn ends_in_text(&self, text: &[u8]) -> bool {
        let Values::Text { bytes, ends } = &self.values else {
            return false;
        };
        let start = ends.len().checked_sub(2).and_then(|at| ends.get(at)).copied();
        bytes.get(start.unwrap_or(0) as usize..) == Some(text)
    }

    /// A number for a row of a column in which every row has one.
    pub(crate) fn push_required_number(&mut self, number: i64) {
        if let Values::Numbers(values) = &mut self.values {
            values.push(number);
        }
    }

    /// A number; of a column of unsigned numbers, its bits.
    pub(crate) fn push_number(&mut self, row: u32, number: i64) {
        self.rows.push(row);
        self.push_required_number(number);
    }

    /// Text that `write` appends.
    pub(crate) fn push_text_by(&mut self, row: u32, write: impl FnOnce(&mut Vec<u8>)) {
        self.rows.push(row);
        self.push_required_text_by(write);
    }

    /// The same, for a column in which every row has a value.
    pub(crate) fn push_required_text_by(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if let Values::Text { bytes, ends } = &mut self.values {
            write(bytes);
            // A row group is closed long before 4 GiB.
            ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        }
    }

    /// Writes the column of a row group of `rows` rows, and empties the buffer.
    pub(crate) fn write(
        &mut self,
        shape: &Shape,
        rows: usize,
        writer: &mut ColumnWriter<'_>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        // All values of the column lie in it; it goes with the column's dictionary, when the column is closed.
        let mut shared = Bytes::new();
        if let Values::Text { bytes, .. } = &mut self.values {
            shared = Bytes::from(std::mem::take(bytes));
        }
        let mut at = 0;
        let mut first = 0;
        while first < rows {
            let end = rows.min(first + BATCH_ROWS);
            let count = self.levels(shape, first, end, at, scratch);
            self.batch(at, count, &shared, writer, scratch)?;
            at += count;
            first = end;
        }
        scratch.text.clear();
        self.rows.clear();
        match &mut self.values {
            Values::Numbers(values) => values.clear(),
            Values::Text { ends, .. } => ends.clear(),
        }
        Ok(())
    }

    /// Fills the levels of rows `first..end`, whose values begin at `at`, and says how many values they have.
    fn levels(&self, shape: &Shape, first: usize, end: usize, at: usize, scratch: &mut Scratch) -> usize {
        scratch.definition.clear();
        scratch.repetition.clear();
        if shape.required {
            return end - first;
        }
        let here = self.rows.get(at..).unwrap_or_default();
        let count = here.partition_point(|row| (*row as usize) < end);
        let here = here.get(..count).unwrap_or_default();
        if !shape.list {
            scratch.definition.resize(end - first, 0);
            for row in here {
                if let Some(level) = scratch.definition.get_mut(*row as usize - first) {
                    *level = 1;
                }
            }
            return count;
        }
        // A row without a value has no list; each value of another is at level 2, the further ones repeat.
        let mut next = 0;
        for row in first..end {
            let mut repeats = 0;
            while here.get(next).is_some_and(|value| *value as usize == row) {
                scratch.definition.push(2);
                scratch.repetition.push(repeats);
                repeats = 1;
                next += 1;
            }
            if repeats == 0 {
                scratch.definition.push(0);
                scratch.repetition.push(0);
            }
        }
        count
    }

    fn batch(
        &self,
        at: usize,
        count: usize,
        shared: &Bytes,
        writer: &mut ColumnWriter<'_>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let Scratch {
            definition,
            repetition,
            text,
            narrow,
            flags,
        } = scratch;
        let definition = (!definition.is_empty()).then_some(definition.as_slice());
        let repetition = (!repetition.is_empty()).then_some(repetition.as_slice());
        match (&self.values, writer) {
            (Values::Numbers(values), ColumnWriter::Int64ColumnWriter(writer)) => {
                let values = values.get(at..at + count).unwrap_or_default();
                writer.write_batch(values, definition, repetition)?;
            }
            (Values::Numbers(values), ColumnWriter::Int32ColumnWriter(writer)) => {
                let values = values.get(at..at + count).unwrap_or_default();
                narrow.clear();
                narrow.extend(
                    values
                        .iter()
                        .map(|value| i32::try_from(*value).unwrap_or(i32::MAX)),
                );
                writer.write_batch(narrow, definition, repetition)?;
            }
            (Values::Numbers(values), ColumnWriter::BoolColumnWriter(writer)) => {
                let values = values.get(at..at + count).unwrap_or_default();
                flags.clear();
                flags.extend(values.iter().map(|value| *value != 0));
                writer.write_batch(flags, definition, repetition)?;
            }
            (Values::Text { ends, .. }, ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let mut start = at
                    .checked_sub(1)
                    .and_then(|at| ends.get(at))
                    .map_or(0, |end| *end as usize);
                text.clear();
                for end in ends.get(at..at + count).unwrap_or_default() {
                    let end = *end as usize;
                    text.push(ByteArray::from(shared.slice(start..end)));
                    start = end;
                }
                writer.write_batch(text, definition, repetition)?;
            }
            _ => return Err(ParquetError::General("a column is not of its kind".to_owned())),
        }
        Ok(())
    }
}
