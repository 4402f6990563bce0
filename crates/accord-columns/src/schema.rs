//! The columns of the file: first those of the line, then those of `accord_formats::logs`.

use std::sync::Arc;

use accord_formats::logs::{Column, ColumnKind};
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

/// How often a bloom filter says that a value may be there which is not. Filters are as long as a power of two: that of a
/// full row group of different values has 128 KiB by this share, and twice as much by one that is a little smaller.
pub(crate) const BLOOM_FALSE_SHARE: f64 = 0.03;

/// How the values of a column are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Flag,
    /// A signed number of 32 bits.
    Int32,
    /// A signed number of 64 bits.
    Int64,
    /// An unsigned number of 64 bits.
    Uint64,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Time,
    /// UTF-8.
    Text,
}

/// A column of the files, for who reads them as one table. A file of one row group may be without it: then it is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileColumn {
    /// Its name.
    pub name: String,
    /// Of its values.
    pub kind: Kind,
    /// Whether a row has any number of values.
    pub list: bool,
    /// Whether every row of every file has a value.
    pub required: bool,
}

/// The name of the values of a list, as Parquet has it: they are never null.
pub const LIST_ELEMENT: &str = "element";

/// One of the columns of the line. The order is that of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Only where a file has the lines of several logs.
    Segment,
    Frame,
    Line,
    Record,
    LineOffset,
    LineLength,
    Outcome,
    Time,
    TimeLast,
    TimeBasis,
    TimeDoubtful,
    TimeCorrected,
    TimeWritten,
    LeftOut,
    RecordsLeftOut,
}

/// The columns of the line, their names, their kinds, and whether every row has a value.
const PLACES: &[(Place, &str, Kind, bool)] = &[
    (Place::Segment, "segment", Kind::Text, true),
    (Place::Frame, "frame", Kind::Int64, true),
    (Place::Line, "line", Kind::Int64, true),
    (Place::Record, "record", Kind::Int32, false),
    (Place::LineOffset, "line_offset", Kind::Int64, true),
    (Place::LineLength, "line_length", Kind::Int64, true),
    (Place::Outcome, "outcome", Kind::Text, true),
    (Place::Time, "time", Kind::Time, false),
    (Place::TimeLast, "time_last", Kind::Time, false),
    (Place::TimeBasis, "time_basis", Kind::Text, false),
    (Place::TimeDoubtful, "time_doubtful", Kind::Flag, false),
    (Place::TimeCorrected, "time_corrected", Kind::Time, false),
    (Place::TimeWritten, "time_written", Kind::Text, false),
    (Place::LeftOut, "left_out", Kind::Int32, false),
    (Place::RecordsLeftOut, "records_left_out", Kind::Int32, false),
];

/// How many columns there can be.
pub(crate) const COUNT: usize = PLACES.len() + Column::ALL.len();

/// A column of the file.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether a row has any number of values.
    pub(crate) list: bool,
    /// Whether every row has a value.
    pub(crate) required: bool,
    /// Whether its values name one thing among many, so that a bloom filter tells where one is not.
    pub(crate) identifies: bool,
    /// Whether values come again, so that a dictionary pays.
    pub(crate) repeats: bool,
    /// Whether values are addresses.
    pub(crate) is_address: bool,
}

/// The place of a column of the line among all.
pub(crate) const fn place(place: Place) -> usize {
    place as usize
}

/// The place of a column of a record among all.
pub(crate) const fn column(column: Column) -> usize {
    PLACES.len() + column as usize
}

/// The name of a column in the file: its name in OCSF with `_` for `.`, so that no SQL needs quotes around it.
#[must_use]
pub fn column_name(column: Column) -> String {
    column.name().replace('.', "_")
}

/// Whether a record can have several values of the column; of the others, the first is kept.
pub(crate) const fn is_list(column: Column) -> bool {
    matches!(
        column,
        Column::Answer | Column::User | Column::EmailTo | Column::FileHash
    )
}

const fn identifies(column: Column) -> bool {
    matches!(
        column,
        Column::SourceAddress
            | Column::SourceHost
            | Column::SourceMac
            | Column::DestinationAddress
            | Column::DestinationHost
            | Column::TranslatedAddress
            | Column::QueryName
            | Column::Answer
            | Column::Url
            | Column::UrlHost
            | Column::ServerName
            | Column::User
            | Column::Session
            | Column::EmailFrom
            | Column::EmailTo
            | Column::FileHash
    )
}

/// Sessions come again next to each other if at all, and then each is written as equal to the one before. Of numbers the
/// same few come again only where they name a service.
const fn repeats(column: Column) -> bool {
    match column {
        Column::Session => false,
        Column::DestinationPort => true,
        _ => !matches!(column.kind(), ColumnKind::Number),
    }
}

const fn kind(column: Column) -> Kind {
    match (column.kind(), column) {
        (
            ColumnKind::Number,
            Column::SourcePort
            | Column::DestinationPort
            | Column::TranslatedPort
            | Column::TranslatedPortLast,
        ) => Kind::Int32,
        (ColumnKind::Number, _) => Kind::Uint64,
        // Addresses are text: see the specification.
        (ColumnKind::Address | ColumnKind::Text, _) => Kind::Text,
    }
}

/// All columns, in the order of the file.
pub(crate) fn shapes() -> Vec<Shape> {
    let places = PLACES.iter().map(|(place, name, kind, required)| Shape {
        name: (*name).to_owned(),
        kind: *kind,
        list: false,
        required: *required,
        identifies: false,
        repeats: *kind == Kind::Text || *place == Place::LineLength,
        is_address: false,
    });
    let columns = Column::ALL.iter().map(|column| Shape {
        name: column_name(*column),
        kind: kind(*column),
        list: is_list(*column),
        required: false,
        identifies: identifies(*column),
        repeats: repeats(*column),
        is_address: column.kind() == ColumnKind::Address,
    });
    places.chain(columns).collect()
}

/// The columns that a file of one log can have, in its order. One of several logs has `segment` before them.
#[must_use]
pub fn file_columns() -> Vec<FileColumn> {
    let of_several = place(Place::Segment);
    let shapes = shapes().into_iter().enumerate();
    let of_one = shapes.filter(|(at, _)| *at != of_several);
    let columns = of_one.map(|(_, shape)| shape).map(|shape| FileColumn {
        name: shape.name,
        kind: shape.kind,
        list: shape.list,
        required: shape.required,
    });
    columns.collect()
}

impl Shape {
    const fn physical(&self) -> Physical {
        match self.kind {
            Kind::Flag => Physical::BOOLEAN,
            Kind::Int32 => Physical::INT32,
            Kind::Int64 | Kind::Uint64 | Kind::Time => Physical::INT64,
            Kind::Text => Physical::BYTE_ARRAY,
        }
    }

    fn logical(&self) -> Option<LogicalType> {
        match self.kind {
            Kind::Flag | Kind::Int32 | Kind::Int64 => None,
            Kind::Uint64 => Some(LogicalType::integer(64, false)),
            Kind::Time => Some(LogicalType::timestamp(true, TimeUnit::MILLIS)),
            Kind::Text => Some(LogicalType::String),
        }
    }

    fn leaf(&self, name: &str, repetition: Repetition) -> Result<TypePtr> {
        let leaf = Type::primitive_type_builder(name, self.physical())
            .with_repetition(repetition)
            .with_logical_type(self.logical())
            .build()?;
        Ok(Arc::new(leaf))
    }

    fn field(&self) -> Result<TypePtr> {
        if !self.list {
            let repetition = if self.required {
                Repetition::REQUIRED
            } else {
                Repetition::OPTIONAL
            };
            return self.leaf(&self.name, repetition);
        }
        // The three levels that the format asks of a list.
        let list = Type::group_type_builder("list")
            .with_repetition(Repetition::REPEATED)
            .with_fields(vec![self.leaf(LIST_ELEMENT, Repetition::REQUIRED)?])
            .build()?;
        let field = Type::group_type_builder(&self.name)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::List))
            .with_fields(vec![Arc::new(list)])
            .build()?;
        Ok(Arc::new(field))
    }
}

/// The schema of these columns.
pub(crate) fn schema<'a>(shapes: impl Iterator<Item = &'a Shape>) -> Result<TypePtr> {
    let fields = shapes.map(Shape::field).collect::<Result<Vec<_>>>()?;
    let schema = Type::group_type_builder("line").with_fields(fields).build()?;
    Ok(Arc::new(schema))
}
