//! The values of one column that wait for their row group.

use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use crate::encode::{Chunk, Encoder, Rows, Texts, numbers, text};
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

    /// The column of a row group of `rows` rows as it lies in a file; empties the buffer.
    pub(crate) fn encode(
        &mut self,
        shape: &Shape,
        column: ColumnDescPtr,
        rows: usize,
        encoder: &mut Encoder,
    ) -> Result<Chunk> {
        let of_values = Rows {
            of_values: &self.rows,
            count: rows,
            required: shape.required,
            list: shape.list,
        };
        let chunk = match &self.values {
            Values::Numbers(values) => numbers::encode(shape, column, &of_values, values, encoder),
            Values::Text { bytes, ends } => {
                text::encode(shape, column, &of_values, Texts { bytes, ends }, encoder)
            }
        };
        self.rows.clear();
        match &mut self.values {
            Values::Numbers(values) => values.clear(),
            Values::Text { bytes, ends } => {
                bytes.clear();
                ends.clear();
            }
        }
        chunk
    }

    /// How much room it has, bytes.
    pub(crate) fn room(&self) -> usize {
        let values = match &self.values {
            Values::Numbers(values) => values.capacity() * size_of::<i64>(),
            Values::Text { bytes, ends } => bytes.capacity() + ends.capacity() * size_of::<u32>(),
        };
        values + self.rows.capacity() * size_of::<u32>()
    }
}
