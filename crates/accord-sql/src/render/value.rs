//! What each type of value is: text, and JSON.
//!
//! Times are RFC 3339: an instant with `Z`, one in another zone with its offset, one without a zone without either. Lists
//! are JSON arrays, structures JSON objects. Numbers are written in full.

use std::fmt::Write as _;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Field, Float16Type, Float32Type, Float64Type, Schema, TimeUnit,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// How deep lists and structures are written in each other.
const MAX_DEPTH: usize = 32;

/// The values of one column, or of what lies in one.
pub(super) struct Values<'a> {
    array: &'a dyn Array,
    shape: Shape<'a>,
}

enum Shape<'a> {
    /// Text of a log or of whoever asks.
    Text(Strings<'a>),
    /// JSON has it too, and no spreadsheet runs it: numbers, true and false.
    Plain(ArrayFormatter<'a>),
    /// Numbers that JSON may not have.
    Float(ArrayFormatter<'a>, Box<dyn Fn(usize) -> bool + 'a>),
    /// Times, spans, bytes.
    Words(ArrayFormatter<'a>),
    List(Box<Values<'a>>, Box<dyn Fn(usize) -> (usize, usize) + 'a>),
    Structure(Vec<(&'a str, Values<'a>)>),
    Null,
}

enum Strings<'a> {
    Short(&'a datafusion::arrow::array::StringArray),
    Long(&'a datafusion::arrow::array::LargeStringArray),
    View(&'a datafusion::arrow::array::StringViewArray),
}

/// The batch without dictionaries.
pub(super) fn plain(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    if !schema
        .fields()
        .iter()
        .any(|field| matches!(field.data_type(), DataType::Dictionary(..)))
    {
        return Ok(batch.clone());
    }
    let (mut fields, mut arrays): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        match field.data_type() {
            DataType::Dictionary(_, value) => {
                fields.push(field.as_ref().clone().with_data_type(value.as_ref().clone()));
                arrays.push(cast(array, value)?);
            }
            _ => {
                fields.push(field.as_ref().clone());
                arrays.push(array.clone());
            }
        }
    }
    RecordBatch::try_new(Schema::new(fields).into(), arrays)
}

/// How times are written: with as many digits as their unit has.
fn options(kind: &DataType) -> FormatOptions<'static> {
    let utc = matches!(kind, DataType::Timestamp(_, Some(zone)) if matches!(zone.as_ref(), "UTC" | "Z" | "+00:00" | "+00"));
    let (local, instant) = match kind {
        DataType::Timestamp(TimeUnit::Second, _) if utc => ("%FT%T", "%FT%TZ"),
        DataType::Timestamp(TimeUnit::Second, _) => ("%FT%T", "%FT%T%:z"),
        DataType::Timestamp(TimeUnit::Millisecond, _) if utc => ("%FT%T%.3f", "%FT%T%.3fZ"),
        DataType::Timestamp(TimeUnit::Millisecond, _) => ("%FT%T%.3f", "%FT%T%.3f%:z"),
        DataType::Timestamp(TimeUnit::Microsecond, _) if utc => ("%FT%T%.6f", "%FT%T%.6fZ"),
        DataType::Timestamp(TimeUnit::Microsecond, _) => ("%FT%T%.6f", "%FT%T%.6f%:z"),
        _ if utc => ("%FT%T%.9f", "%FT%T%.9fZ"),
        _ => ("%FT%T%.9f", "%FT%T%.9f%:z"),
    };
    FormatOptions::new()
        .with_display_error(true)
        .with_timestamp_format(Some(local))
        .with_timestamp_tz_format(Some(instant))
}

impl<'a> Values<'a> {
    /// Those of all columns.
    pub(super) fn of_batch(batch: &'a RecordBatch) -> Result<Vec<Self>, ArrowError> {
        batch
            .columns()
            .iter()
            .map(|array| Self::of(array.as_ref(), 0))
            .collect()
    }

    fn of(array: &'a dyn Array, depth: usize) -> Result<Self, ArrowError> {
        if depth > MAX_DEPTH {
            let words = format!("lists and structures are written {MAX_DEPTH} deep at most");
            return Err(ArrowError::NotYetImplemented(words));
        }
        let format = || ArrayFormatter::try_new(array, &options(array.data_type()));
        let shape = match array.data_type() {
            DataType::Null => Shape::Null,
            DataType::Utf8 => Shape::Text(Strings::Short(array.as_string())),
            DataType::LargeUtf8 => Shape::Text(Strings::Long(array.as_string())),
            DataType::Utf8View => Shape::Text(Strings::View(array.as_string_view())),
            DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => Shape::Plain(format()?),
            DataType::Float16 => {
                let values = array.as_primitive::<Float16Type>();
                Shape::Float(format()?, Box::new(|at| f32::from(values.value(at)).is_finite()))
            }
            DataType::Float32 => {
                let values = array.as_primitive::<Float32Type>();
                Shape::Float(format()?, Box::new(|at| values.value(at).is_finite()))
            }
            DataType::Float64 => {
                let values = array.as_primitive::<Float64Type>();
                Shape::Float(format()?, Box::new(|at| values.value(at).is_finite()))
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                let offsets = list.value_offsets();
                let place = move |at: usize| {
                    let offset = |at: usize| offsets.get(at).map_or(0, |offset| *offset as usize);
                    (offset(at), offset(at + 1))
                };
                Shape::List(
                    Box::new(Self::of(list.values().as_ref(), depth + 1)?),
                    Box::new(place),
                )
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                let offsets = list.value_offsets();
                let place = move |at: usize| {
                    let offset = |at: usize| offsets.get(at).map_or(0, |offset| *offset as usize);
                    (offset(at), offset(at + 1))
                };
                Shape::List(
                    Box::new(Self::of(list.values().as_ref(), depth + 1)?),
                    Box::new(place),
                )
            }
            DataType::FixedSizeList(_, size) => {
                let list = array.as_fixed_size_list();
                let size = usize::try_from(*size).unwrap_or(0);
                let place = move |at: usize| (at * size, (at + 1) * size);
                Shape::List(
                    Box::new(Self::of(list.values().as_ref(), depth + 1)?),
                    Box::new(place),
                )
            }
            DataType::Struct(fields) => {
                let structure = array.as_struct();
                let inner = fields.iter().zip(structure.columns()).map(|(field, column)| {
                    Ok((field.name().as_str(), Self::of(column.as_ref(), depth + 1)?))
                });
                Shape::Structure(inner.collect::<Result<_, ArrowError>>()?)
            }
            _ => Shape::Words(format()?),
        };
        Ok(Self { array, shape })
    }

    /// Whether there is none.
    pub(super) fn is_null(&self, at: usize) -> bool {
        self.array.is_null(at) || matches!(self.shape, Shape::Null)
    }

    /// Whether a spreadsheet might run it: it comes as text.
    pub(super) const fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Text(_) | Shape::Words(_))
    }

    /// Appends it as text; of a list or structure, its JSON. Nothing for none.
    pub(super) fn text(&self, at: usize, out: &mut String) {
        if self.is_null(at) {
            return;
        }
        match &self.shape {
            Shape::Text(strings) => out.push_str(strings.value(at)),
            Shape::Plain(format) | Shape::Float(format, _) | Shape::Words(format) => put(format, at, out),
            Shape::List(..) | Shape::Structure(_) => self.json(at, out),
            Shape::Null => {}
        }
    }

    /// Appends it as JSON.
    pub(super) fn json(&self, at: usize, out: &mut String) {
        if self.is_null(at) {
            out.push_str("null");
            return;
        }
        match &self.shape {
            Shape::Text(strings) => quoted(strings.value(at), out),
            Shape::Plain(format) => put(format, at, out),
            Shape::Float(format, finite) if finite(at) => put(format, at, out),
            Shape::Float(format, _) | Shape::Words(format) => {
                let mut text = String::new();
                put(format, at, &mut text);
                quoted(&text, out);
            }
            Shape::List(values, place) => {
                let (from, to) = place(at);
                out.push('[');
                for inner in from..to {
                    if inner > from {
                        out.push(',');
                    }
                    values.json(inner, out);
                }
                out.push(']');
            }
            Shape::Structure(fields) => {
                out.push('{');
                for (number, (name, values)) in fields.iter().enumerate() {
                    if number > 0 {
                        out.push(',');
                    }
                    quoted(name, out);
                    out.push(':');
                    values.json(at, out);
                }
                out.push('}');
            }
            Shape::Null => out.push_str("null"),
        }
    }
}

impl Strings<'_> {
    fn value(&self, at: usize) -> &str {
        match self {
            Self::Short(array) => array.value(at),
            Self::Long(array) => array.value(at),
            Self::View(array) => array.value(at),
        }
    }
}

fn put(format: &ArrayFormatter<'_>, at: usize, out: &mut String) {
    // Writing to memory does not fail; a time that no calendar has is written as the words of its error.
    let _ = write!(out, "{}", format.value(at));
}

/// Appends text as JSON has it.
pub(super) fn quoted(text: &str, out: &mut String) {
    // Text is always JSON.
    if let Ok(json) = serde_json::to_string(text) {
        out.push_str(&json);
    }
}
