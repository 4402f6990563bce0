//! What the tables are: their columns and types, from the definition of the files and never from a file, so that an empty
//! store has them too and no file can change them.

use std::sync::Arc;

use accord_columns::{FileColumn, Kind, LIST_ELEMENT, file_columns};
use datafusion::arrow::array::{ArrayRef, ListBuilder, RecordBatch, StringBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;

use crate::question::Indicator;

/// The columns that a row has from the place of its file. They come first.
pub(super) const FROM_PATH: [&str; 2] = ["source", "segment"];
/// Of them, those that a pack has in its rows. They come first there too.
const IN_PACKS: [&str; 1] = ["segment"];
/// Times are instants.
const ZONE: &str = "UTC";

fn of(column: &FileColumn) -> Field {
    let value = match column.kind {
        Kind::Flag => DataType::Boolean,
        Kind::Int32 => DataType::Int32,
        Kind::Int64 => DataType::Int64,
        Kind::Uint64 => DataType::UInt64,
        Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some(ZONE.into())),
        // Inside of a list as the file has it: the engine turns only whole columns into views while it reads.
        Kind::Text if column.list => DataType::Utf8,
        Kind::Text => DataType::Utf8View,
    };
    let value = if column.list {
        DataType::List(Arc::new(Field::new(LIST_ELEMENT, value, false)))
    } else {
        value
    };
    Field::new(&column.name, value, !column.required)
}

fn of_place(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Utf8View, false))
}

/// The columns from the place of a file.
pub(super) fn from_path() -> Vec<FieldRef> {
    FROM_PATH.iter().map(|name| of_place(name)).collect()
}

/// Where the rows of the table `logs` lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// In a file of one segment: the path tells source and segment.
    Alone,
    /// In a pack: the path tells the source.
    Packed,
}

impl Kept {
    /// The columns of such a file.
    pub(super) fn in_file(self) -> SchemaRef {
        let mut fields: Vec<FieldRef> = match self {
            Self::Alone => Vec::new(),
            Self::Packed => IN_PACKS.iter().map(|name| of_place(name)).collect(),
        };
        fields.extend(file_columns().iter().map(|column| Arc::new(of(column))));
        Arc::new(Schema::new(fields))
    }

    /// The columns from its path. The reader of files has them behind those of the file.
    pub(super) fn in_path(self) -> Vec<FieldRef> {
        let mut fields = from_path();
        if self == Self::Packed {
            fields.retain(|field| !IN_PACKS.contains(&field.name().as_str()));
        }
        fields
    }
}

/// The table `logs`.
pub(super) fn of_logs() -> SchemaRef {
    let mut fields = from_path();
    fields.extend(Kept::Alone.in_file().fields().iter().cloned());
    Arc::new(Schema::new(fields))
}

/// The table `indicators`, whole.
pub(super) fn indicators(rows: &[Indicator]) -> Result<RecordBatch, ArrowError> {
    let element = Arc::new(Field::new(LIST_ELEMENT, DataType::Utf8, false));
    let mut kinds = StringViewBuilder::new();
    let mut values = StringViewBuilder::new();
    let mut labels = ListBuilder::new(StringBuilder::new()).with_field(element.clone());
    for row in rows {
        kinds.append_value(&row.kind);
        values.append_value(&row.value);
        for label in &row.labels {
            labels.values().append_value(label);
        }
        labels.append(true);
    }
    let schema = Schema::new(vec![
        Field::new("kind", DataType::Utf8View, false),
        Field::new("value", DataType::Utf8View, false),
        Field::new("labels", DataType::List(element), false),
    ]);
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(kinds.finish()),
        Arc::new(values.finish()),
        Arc::new(labels.finish()),
    ];
    RecordBatch::try_new(Arc::new(schema), arrays)
}
