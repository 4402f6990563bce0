//! Text: by its places in a dictionary, or by what it does not share with the text before.

use parquet::basic::Encoding;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescPtr;

use super::bits::width_of;
use super::bounds::{TextBounds, cut_down, cut_up, order};
use super::chunk::{Chunk, Encoder, Pages, empty};
use super::rows::{Page, Rows, fit};
use super::{delta, filter, hybrid};
use crate::limits::{DICTIONARY_BYTES, DICTIONARY_TRIAL, PAGE_BYTES};
use crate::schema::Shape;

/// Texts, one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'t> {
    pub(crate) bytes: &'t [u8],
    /// Where each ends.
    pub(crate) ends: &'t [u32],
}

impl<'t> Texts<'t> {
    fn start(&self, at: usize) -> usize {
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        before.map_or(0, |end| *end as usize)
    }

    fn range(self, from: usize, to: usize) -> impl Iterator<Item = &'t [u8]> + Clone {
        let mut start = self.start(from);
        let ends = self.ends.get(from..to).unwrap_or_default();
        ends.iter().map(move |end| {
            let end = *end as usize;
            let text = self.bytes.get(start..end).unwrap_or_default();
            start = end;
            text
        })
    }

    /// How many bytes these are.
    fn length(&self, from: usize, to: usize) -> usize {
        self.start(to).saturating_sub(self.start(from))
    }

    /// How many texts from this one on a page has room for.
    fn fit(&self, from: usize) -> usize {
        let most = self.start(from) + PAGE_BYTES;
        let later = self.ends.get(from..).unwrap_or_default();
        later.partition_point(|end| *end as usize <= most).max(1)
    }
}

/// The chunk of a column of text.
pub(crate) fn encode(
    shape: &Shape,
    column: ColumnDescPtr,
    rows: &Rows<'_>,
    texts: Texts<'_>,
    encoder: &mut Encoder,
) -> Result<Chunk> {
    let count = texts.ends.len();
    if count == 0 {
        return empty(column, rows, encoder);
    }
    encoder.texts.clear();
    let in_dictionary = if shape.repeats {
        places(rows, texts, encoder)
    } else {
        0
    };
    let mut pages = Pages::new(column, encoder);
    pages.of_addresses = shape.is_address;
    let distinct = if in_dictionary > 0 { encoder.texts.len() } else { 0 };
    if distinct > 0 {
        let dictionary = std::mem::take(&mut encoder.texts);
        let written = pages.dictionary(dictionary.page(), distinct, encoder);
        encoder.texts = dictionary;
        written?;
    }
    let width = width_of(distinct.saturating_sub(1) as u64).max(1);
    encoder.seen.clear();
    encoder.seen.resize(distinct, 0);
    // As the texts have them, and as the index has them.
    let (mut bounds, mut written) = (Vec::new(), Vec::new());
    let (mut row, mut value, mut number) = (0, 0, 0_u32);
    while row < rows.count {
        number += 1;
        let by_place = value < in_dictionary;
        let (until, most) = if by_place {
            (rows.of_value(in_dictionary), fit(size_of::<u32>()))
        } else {
            (rows.count, texts.fit(value))
        };
        let page = rows.page(row, value, until, most);
        let levels = Pages::begin(rows, &page, encoder);
        let here = texts.range(page.values.0, page.values.1);
        let mut ends = TextBounds::default();
        let encoding = if by_place {
            encoder.page.push(width as u8);
            let places = encoder
                .places
                .get(page.values.0..page.values.1)
                .unwrap_or_default();
            hybrid::push(places, width, &mut encoder.page);
            for (place, text) in places.iter().zip(here) {
                // Each text of a page is compared once.
                if let Some(seen) = encoder.seen.get_mut(*place as usize)
                    && *seen != number
                {
                    *seen = number;
                    ends.add(text);
                }
            }
            Encoding::RLE_DICTIONARY
        } else {
            here.clone().for_each(|text| ends.add(text));
            delta::push_texts(here, &mut encoder.lengths, &mut encoder.page);
            Encoding::DELTA_BYTE_ARRAY
        };
        let told = ends
            .ends()
            .map(|(least, greatest)| (cut_down(least).0, cut_up(greatest).map(|up| up.0)));
        written.extend(told.clone());
        let bytes = Some(texts.length(page.values.0, page.values.1));
        pages.end(&page, levels, encoding, told, bytes, encoder)?;
        bounds.extend(ends.ends());
        Page {
            rows: (_, row),
            values: (_, value),
        } = page;
    }
    let filter = if shape.identifies {
        let known = encoder.texts.texts().take(distinct);
        let others = texts.range(in_dictionary, count);
        Some(filter::of(known.chain(others), distinct + count - in_dictionary)?)
    } else {
        None
    };
    let nulls = pages.nulls() as u64;
    pages.finish(
        order(&written),
        statistics(&bounds, nulls),
        Some(texts.bytes.len()),
        filter,
    )
}

/// Fills the places in the dictionary, and says of how many values: it ends before a row where it is full, and is none
/// where hardly a value comes again.
fn places(rows: &Rows<'_>, texts: Texts<'_>, encoder: &mut Encoder) -> usize {
    let Encoder {
        texts: dictionary,
        places,
        ..
    } = encoder;
    places.clear();
    let mut last: (&[u8], u32) = (b"", 0);
    for (at, text) in texts.range(0, texts.ends.len()).enumerate() {
        let begins_row = at == 0 || rows.of_value(at) != rows.of_value(at - 1);
        if dictionary.page().len() >= DICTIONARY_BYTES && begins_row {
            return at;
        }
        if at == DICTIONARY_TRIAL && dictionary.len() > at / 4 * 3 {
            return 0;
        }
        if at == 0 || !is_same(last.0, text) {
            last = (text, dictionary.number(text));
        }
        places.push(last.1);
    }
    places.len()
}

/// Whether two texts are the same. Most are short, and are not worth the way to the system's comparison.
#[inline]
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        4..8 => ends::<4>(one) == ends::<4>(other),
        8..=16 => ends::<8>(one) == ends::<8>(other),
        _ => one == other,
    }
}

/// The first `N` bytes and the last, which are all of a text of at most twice as many.
fn ends<const N: usize>(text: &[u8]) -> (Option<&[u8; N]>, Option<&[u8; N]>) {
    (text.first_chunk(), text.last_chunk())
}

/// Of the whole column.
fn statistics(pages: &[(&[u8], &[u8])], nulls: u64) -> Statistics {
    let least = pages.iter().map(|(least, _)| *least).min().map(cut_down);
    let greatest = pages.iter().map(|(_, greatest)| *greatest).max().and_then(cut_up);
    let is_exact = |end: &Option<(Vec<u8>, bool)>| end.as_ref().is_none_or(|(_, is_exact)| *is_exact);
    let (least_exact, greatest_exact) = (is_exact(&least), is_exact(&greatest));
    let text = |end: Option<(Vec<u8>, bool)>| end.map(|(text, _)| ByteArray::from(text));
    Statistics::ByteArray(
        ValueStatistics::new(text(least), text(greatest), None, Some(nulls), false)
            .with_min_is_exact(least_exact)
            .with_max_is_exact(greatest_exact),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_where_all_bytes_are() {
        for length in 0..40 {
            let one = vec![b'a'; length];
            assert!(is_same(&one, &one.clone()) && !is_same(&one, &vec![b'a'; length + 1]));
            for at in 0..length {
                let mut other = one.clone();
                other[at] = b'b';
                assert!(!is_same(&one, &other), "{length} {at}");
            }
        }
    }
}
