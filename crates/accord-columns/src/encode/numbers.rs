//! Numbers: as differences, or, where the same few come again, by their places in a dictionary.

use parquet::basic::Encoding;
use parquet::errors::Result;
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescPtr;

use super::bits::{pack, width_of};
use super::bounds::order;
use super::chunk::{Chunk, Encoder, Ends, Pages, empty};
use super::rows::{Page, Rows, fit};
use super::{delta, hybrid};
use crate::limits::{DICTIONARY_BYTES, DICTIONARY_TRIAL};
use crate::schema::{Kind, Shape};

/// The chunk of a column of numbers.
pub(crate) fn encode(
    shape: &Shape,
    column: ColumnDescPtr,
    rows: &Rows<'_>,
    values: &[i64],
    encoder: &mut Encoder,
) -> Result<Chunk> {
    if values.is_empty() {
        return empty(column, rows, encoder);
    }
    let size = match shape.kind {
        Kind::Flag => 1,
        Kind::Int32 => size_of::<i32>(),
        _ => size_of::<i64>(),
    };
    let in_dictionary = if shape.repeats {
        places(values, size, encoder)
    } else {
        0
    };
    let mut pages = Pages::new(column, encoder);
    if in_dictionary > 0 {
        let mut body = Vec::new();
        for value in encoder.numbers.values() {
            push(shape.kind, *value, &mut body);
        }
        let count = encoder.numbers.values().len();
        pages.dictionary(&body, count, encoder)?;
    }
    let distinct = if in_dictionary > 0 {
        encoder.numbers.values().len()
    } else {
        0
    };
    let width = width_of(distinct.saturating_sub(1) as u64).max(1);
    let mut bounds = Vec::new();
    let (mut row, mut value) = (0, 0);
    while row < rows.count {
        let by_place = value < in_dictionary;
        let until = if by_place {
            rows.of_value(in_dictionary)
        } else {
            rows.count
        };
        let page = rows.page(row, value, until, fit(size));
        let here = values.get(page.values.0..page.values.1).unwrap_or_default();
        let levels = Pages::begin(rows, &page, encoder);
        let encoding = if by_place {
            encoder.page.push(width as u8);
            let places = encoder
                .places
                .get(page.values.0..page.values.1)
                .unwrap_or_default();
            hybrid::push(places, width, &mut encoder.page);
            Encoding::RLE_DICTIONARY
        } else if shape.kind == Kind::Flag {
            let flags = here.iter().map(|value| u64::from(*value != 0));
            pack(flags, 1, &mut encoder.page);
            Encoding::PLAIN
        } else {
            delta::push_numbers(here, &mut encoder.page);
            Encoding::DELTA_BINARY_PACKED
        };
        let ends = ends_of(shape.kind, here);
        let told = ends.map(|(least, greatest)| told(shape.kind, least, greatest));
        pages.end(&page, levels, encoding, told, None, encoder)?;
        bounds.extend(
            ends.map(|(least, greatest)| (ordered(shape.kind, least), ordered(shape.kind, greatest))),
        );
        Page {
            rows: (_, row),
            values: (_, value),
        } = page;
    }
    let nulls = Some(pages.nulls() as u64);
    let ends = ends_of(shape.kind, values).unzip();
    let statistics = match shape.kind {
        Kind::Flag => {
            let flag = |value: i64| value != 0;
            Statistics::Boolean(statistics_of((ends.0.map(flag), ends.1.map(flag)), nulls, true))
        }
        Kind::Int32 => Statistics::Int32(statistics_of(
            (ends.0.map(narrow), ends.1.map(narrow)),
            nulls,
            true,
        )),
        kind => Statistics::Int64(statistics_of(ends, nulls, kind != Kind::Uint64)),
    };
    pages.finish(order(&bounds), statistics, None, None)
}

/// Of signed numbers older readers understand them too.
fn statistics_of<T>(ends: (Option<T>, Option<T>), nulls: Option<u64>, is_signed: bool) -> ValueStatistics<T> {
    ValueStatistics::new(ends.0, ends.1, None, nulls, false).with_backwards_compatible_min_max(is_signed)
}

/// Fills the places in the dictionary, and says of how many values: it ends where it is full, and is none where hardly a
/// value comes again.
fn places(values: &[i64], size: usize, encoder: &mut Encoder) -> usize {
    encoder.numbers.clear();
    encoder.places.clear();
    for (at, value) in values.iter().enumerate() {
        let distinct = encoder.numbers.values().len();
        if distinct * size >= DICTIONARY_BYTES {
            return at;
        }
        if at == DICTIONARY_TRIAL && distinct > at / 4 * 3 {
            return 0;
        }
        let place = encoder.numbers.number(*value);
        encoder.places.push(place);
    }
    values.len()
}

/// A number of 32 bits; none is wider.
fn narrow(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// Appends a number as it is.
fn push(kind: Kind, value: i64, out: &mut Vec<u8>) {
    match kind {
        Kind::Flag => out.push(u8::from(value != 0)),
        Kind::Int32 => out.extend_from_slice(&narrow(value).to_le_bytes()),
        _ => out.extend_from_slice(&value.to_le_bytes()),
    }
}

/// The bits of a number, such that they compare as signed numbers.
const fn ordered(kind: Kind, value: i64) -> i64 {
    match kind {
        Kind::Uint64 => value ^ i64::MIN,
        _ => value,
    }
}

/// The least and the greatest number; of unsigned ones, their bits.
fn ends_of(kind: Kind, values: &[i64]) -> Option<(i64, i64)> {
    let first = ordered(kind, *values.first()?);
    let (least, greatest) = values.iter().fold((first, first), |(least, greatest), value| {
        let value = ordered(kind, *value);
        (value.min(least), value.max(greatest))
    });
    Some((ordered(kind, least), ordered(kind, greatest)))
}

fn told(kind: Kind, least: i64, greatest: i64) -> Ends {
    let (mut from, mut to) = (Vec::new(), Vec::new());
    push(kind, least, &mut from);
    push(kind, greatest, &mut to);
    (from, Some(to))
}
