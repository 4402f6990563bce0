//! The rows of all sources that are indicators, one after the other: kind, what is said of it, canonical text.

use std::fs::File;
use std::io::{self, Write as _};
use std::ops::Range;

use accord_matcher::{PatternKind, PatternReader, Reason};
use bytes::Bytes;

use super::runs::Room;
use crate::mapping;

/// Bytes before a text: what is said (4), length of the text (2), kind (1).
const HEAD: usize = 7;
/// The place of one row in so many is known.
const EACH: u64 = 16;

/// Collects rows.
#[derive(Debug)]
pub(super) struct RowLog {
    /// What is not in the file yet.
    held: Vec<u8>,
    room: Room,
    file: Option<File>,
    /// Bytes in the file.
    written: u64,
    /// Where rows 0, [`EACH`], ... begin.
    places: Vec<u64>,
    rows: u64,
}

/// Rows as they stand in the log, to be appended together.
#[derive(Debug, Default)]
pub(super) struct RowBuffer {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
    fingerprints: Vec<u64>,
}

impl RowBuffer {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.fingerprints.clear();
    }

    /// How many bytes of rows there are.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The fingerprints of the rows.
    pub(super) fn fingerprints(&self) -> &[u64] {
        &self.fingerprints
    }

    /// Reads an indicator as its source has it, and puts it down in canonical form; or says why it is none.
    pub(super) fn read(
        &mut self,
        saying: u32,
        value: &str,
        reader: &mut PatternReader,
    ) -> Result<(), Reason> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; HEAD]);
        match reader.read(value, &mut self.bytes) {
            Ok((kind, fingerprint)) => {
                self.end(start, saying, kind, fingerprint);
                Ok(())
            }
            Err(reason) => {
                self.bytes.truncate(start);
                Err(reason)
            }
        }
    }

    /// Puts down an indicator that is in canonical form.
    pub(super) fn push(&mut self, row: Row<'_>, fingerprint: u64) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; HEAD]);
        self.bytes.extend_from_slice(row.text);
        self.end(start, row.saying, row.kind, fingerprint);
    }

    fn end(&mut self, start: usize, saying: u32, kind: PatternKind, fingerprint: u64) {
        // A canonical text has at most 2,048 bytes.
        let length = (self.bytes.len() - start - HEAD) as u16;
        if let Some(head) = self
            .bytes
            .get_mut(start..)
            .and_then(|row| row.first_chunk_mut::<HEAD>())
        {
            let ([s0, s1, s2, s3], [l0, l1]) = (saying.to_le_bytes(), length.to_le_bytes());
            *head = [s0, s1, s2, s3, l0, l1, kind as u8];
        }
        self.ends.push(self.bytes.len() as u32);
        self.fingerprints.push(fingerprint);
    }
}

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row<'r> {
    pub(super) kind: PatternKind,
    /// Number of what is said of it.
    pub(super) saying: u32,
    pub(super) text: &'r [u8],
}

impl RowLog {
    pub(super) fn new(room: Room) -> RowLog {
        RowLog {
            held: Vec::new(),
            room,
            file: None,
            written: 0,
            places: Vec::new(),
            rows: 0,
        }
    }

    /// Appends rows, and gives the number of the first.
    pub(super) fn append(&mut self, rows: &RowBuffer) -> io::Result<u64> {
        let first = self.rows;
        let begins = self.written + self.held.len() as u64;
        let starts = std::iter::once(0).chain(rows.ends.iter().copied());
        let before = first.next_multiple_of(EACH) - first;
        let known = starts
            .take(rows.ends.len())
            .skip(before as usize)
            .step_by(EACH as usize);
        self.places.extend(known.map(|start| begins + u64::from(start)));
        self.rows += rows.ends.len() as u64;
        if self.room.beyond(self.held.len() + rows.bytes.len()).is_none() {
            self.held.extend_from_slice(&rows.bytes);
        } else {
            let held = std::mem::take(&mut self.held);
            self.write(&held)?;
            self.write(&rows.bytes)?;
        }
        Ok(first)
    }

    /// Once there is no more room: rows are in the file from then on, what is held is few.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match (&mut self.file, &self.room.folder) {
            (Some(file), _) => file,
            (none, Some(folder)) => none.insert(tempfile::tempfile_in(folder)?),
            (None, None) => return Ok(()),
        };
        file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        // None of the room is used any more.
        self.room.bytes = 0;
        Ok(())
    }

    /// All rows, after the last one.
    pub(super) fn finish(mut self) -> io::Result<Rows> {
        let held = std::mem::take(&mut self.held);
        let bytes = if self.file.is_some() {
            self.write(&held)?;
            self.file
                .as_ref()
                .map(mapping::of_file)
                .transpose()?
                .unwrap_or_default()
        } else {
            Bytes::from(held)
        };
        Ok(Rows {
            bytes,
            places: self.places,
            rows: self.rows,
        })
    }
}

/// All rows.
#[derive(Debug)]
pub(super) struct Rows {
    bytes: Bytes,
    places: Vec<u64>,
    rows: u64,
}

impl Rows {
    pub(super) fn len(&self) -> u64 {
        self.rows
    }

    /// In the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        Iter { rest: &self.bytes }
    }

    /// As [`Rows::iter`], those with the numbers of a range.
    pub(super) fn range(&self, numbers: Range<u64>) -> impl Iterator<Item = Row<'_>> {
        let place = self.places.get((numbers.start / EACH) as usize).copied();
        let rest = place
            .and_then(|place| self.bytes.get(place as usize..))
            .unwrap_or_default();
        let rows = Iter { rest }.skip((numbers.start % EACH) as usize);
        rows.take(numbers.end.saturating_sub(numbers.start) as usize)
    }

    /// The row with a number.
    pub(super) fn get(&self, number: u64) -> Option<Row<'_>> {
        let place = *self.places.get((number / EACH) as usize)?;
        let rest = self.bytes.get(place as usize..)?;
        Iter { rest }.nth((number % EACH) as usize)
    }
}

struct Iter<'r> {
    rest: &'r [u8],
}

impl<'r> Iterator for Iter<'r> {
    type Item = Row<'r>;

    #[inline]
    fn next(&mut self) -> Option<Row<'r>> {
        let (&[s0, s1, s2, s3, l0, l1, kind], after) = self.rest.split_first_chunk::<HEAD>()?;
        let (text, rest) = after.split_at_checked(usize::from(u16::from_le_bytes([l0, l1])))?;
        self.rest = rest;
        Some(Row {
            kind: *PatternKind::ALL.get(usize::from(kind))?,
            saying: u32::from_le_bytes([s0, s1, s2, s3]),
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_order_and_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let texts: Vec<String> = (0..1_000).map(|i| "x".repeat(i % 61)).collect();
        let row = |i: usize| Row {
            kind: PatternKind::ALL[i % 8],
            saying: i as u32 * 3,
            text: texts[i].as_bytes(),
        };
        for folder in [None, Some(folder.path().to_owned())] {
            let mut log = RowLog::new(Room { folder, bytes: 1_000 });
            let (mut buffer, mut next) = (RowBuffer::default(), 0);
            for count in [1, 0, 5, 16, 40, 33].into_iter().cycle().take(80) {
                let count = count.min(texts.len() - next);
                buffer.clear();
                (next..next + count).for_each(|i| buffer.push(row(i), i as u64 * 7));
                assert!(
                    buffer
                        .fingerprints()
                        .iter()
                        .copied()
                        .eq((next..next + count).map(|i| i as u64 * 7))
                );
                assert_eq!(log.append(&buffer).unwrap(), next as u64);
                next += count;
            }
            let all = log.finish().unwrap();
            assert_eq!(all.len(), 1_000);
            for (i, found) in all.iter().enumerate() {
                assert_eq!(found, row(i));
                assert_eq!(all.get(i as u64), Some(found));
            }
            assert_eq!(all.iter().count(), 1_000);
            assert_eq!(all.get(1_000), None);
            for (start, end) in [
                (0, 0),
                (0, 1_000),
                (5, 16),
                (16, 17),
                (999, 1_000),
                (1_000, 1_000),
                (40, 900),
            ] {
                let numbers = start as u64..end as u64;
                let found: Vec<Row<'_>> = all.range(numbers).collect();
                let expected: Vec<Row<'_>> = (start..end).map(row).collect();
                assert!(found == expected, "{start} to {end}");
            }
        }
        let none = RowLog::new(Room::default()).finish().unwrap();
        assert_eq!((none.len(), none.iter().count(), none.get(0)), (0, 0, None));
    }
}
