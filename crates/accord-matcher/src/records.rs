//! The indicators of a watchlist as they lie in memory and in the file: records of fixed length in the order of their
//! ids, and the texts that they point into.

use crate::pattern::PatternKind;
use crate::sealed::Section;
use crate::watchlist::IndicatorId;

/// Bytes of a record: id (4), where its text begins (4), length of the text (2), kind (1), nothing (1).
pub(crate) const RECORD: usize = 12;

/// A record as bytes.
pub(crate) type Bytes12 = [u8; RECORD];

/// Makes a record.
pub(crate) fn record(id: IndicatorId, start: u32, length: u16, kind: PatternKind) -> Bytes12 {
    let [i0, i1, i2, i3] = id.to_le_bytes();
    let [s0, s1, s2, s3] = start.to_le_bytes();
    let [l0, l1] = length.to_le_bytes();
    [i0, i1, i2, i3, s0, s1, s2, s3, l0, l1, kind as u8, 0]
}

/// What a record says: id, kind, where its text begins and ends. None for a kind that is not known, or a last byte that
/// is not zero.
pub(crate) fn read(bytes: &Bytes12) -> Option<(IndicatorId, PatternKind, usize, usize)> {
    let [i0, i1, i2, i3, s0, s1, s2, s3, l0, l1, kind, 0] = *bytes else {
        return None;
    };
    let start = u32::from_le_bytes([s0, s1, s2, s3]) as usize;
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    let kind = *PatternKind::ALL.get(usize::from(kind))?;
    Some((u32::from_le_bytes([i0, i1, i2, i3]), kind, start, start + length))
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records {
    pub(crate) records: Section,
    pub(crate) texts: Section,
}

impl Records {
    pub(crate) fn len(&self) -> usize {
        self.records.len() / RECORD
    }

    /// The record in a row. None where there is no such row, or the file is damaged there.
    pub(crate) fn get(&self, row: usize) -> Option<(IndicatorId, PatternKind, &str)> {
        if row >= self.len() {
            return None;
        }
        let (id, kind, start, end) = self.at(row)?;
        let text = std::str::from_utf8(self.texts.get(start..end)?).ok();
        if text.is_none() {
            self.texts.contradicts();
        }
        Some((id, kind, text?))
    }

    fn at(&self, row: usize) -> Option<(IndicatorId, PatternKind, usize, usize)> {
        let bytes = self.records.get(row * RECORD..row * RECORD + RECORD)?;
        let record = bytes.first_chunk().and_then(read);
        if record.is_none() {
            self.records.contradicts();
        }
        record
    }

    /// Whether texts do not follow one another from the first byte on.
    pub(crate) fn texts_have_gaps(&self) -> bool {
        let mut next = 0;
        (0..self.len()).any(|row| match self.at(row) {
            Some((_, _, start, end)) => start != std::mem::replace(&mut next, end),
            None => true,
        })
    }

    fn id(&self, row: usize) -> Option<IndicatorId> {
        self.records.u32(row * RECORD)
    }

    /// The row of an id. Ids are mostly dense, so that the row is looked for from the id downwards.
    pub(crate) fn row_of(&self, id: IndicatorId) -> Option<usize> {
        let last = self.len().checked_sub(1)?;
        // Ids ascend strictly, so that no id stands in a row beyond its own number.
        let mut high = last.min(id as usize);
        let mut step = 1;
        let mut low = loop {
            match self.id(high)? {
                found if found == id => return Some(high),
                found if found < id => break high + 1,
                _ => {}
            }
            let Some(next) = high.checked_sub(step) else {
                break 0;
            };
            if self.id(next)? <= id {
                break next;
            }
            high = next;
            step *= 2;
        };
        while low < high {
            let middle = low + (high - low) / 2;
            match self.id(middle)? {
                found if found == id => return Some(middle),
                found if found < id => low = middle + 1,
                _ => high = middle,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(ids: &[u32]) -> Records {
        let texts = "abcdefghij".repeat(10);
        let rows: Vec<Bytes12> = ids
            .iter()
            .zip(0..)
            .map(|(&id, start)| record(id, start, 2, PatternKind::Url))
            .collect();
        Records {
            records: Section::of(rows.into_flattened()),
            texts: Section::of(texts.into_bytes()),
        }
    }

    #[test]
    fn a_row_is_found_by_its_id_and_only_by_it() {
        for ids in [
            &[][..],
            &[0],
            &[7],
            &[0, 1, 2, 3],
            &[0, 2, 3, 9, 10, 40, 41, 42, 900],
            &[5, 6, 7, 8, 9, 10, 11],
            &[1, 4_294_967_295],
        ] {
            let records = records(ids);
            for id in (0..1000).chain([4_294_967_294, 4_294_967_295]) {
                let row = ids.iter().position(|&known| known == id);
                assert_eq!(records.row_of(id), row, "{id} in {ids:?}");
                let found = row.and_then(|row| records.get(row));
                assert_eq!(
                    found.map(|(id, kind, _)| (id, kind)),
                    row.map(|_| (id, PatternKind::Url))
                );
            }
        }
    }
}
