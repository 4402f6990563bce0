//! The rows of all sources that are indicators, one after the other: kind, what is said of it, canonical text.

use std::fs::File;
use std::io::{self, Write as _};

use accord_matcher::PatternKind;
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

    /// Appends a row, and gives its number.
    pub(super) fn push(&mut self, row: Row<'_>) -> io::Result<u64> {
        let number = self.rows;
        if number.is_multiple_of(EACH) {
            self.places.push(self.written + self.held.len() as u64);
        }
        self.held.extend_from_slice(&row.saying.to_le_bytes());
        // A canonical text has at most 2,048 bytes.
        self.held
            .extend_from_slice(&(row.text.len() as u16).to_le_bytes());
        self.held.push(row.kind as u8);
        self.held.extend_from_slice(row.text);
        self.rows += 1;
        if self.room.beyond(self.held.len()).is_some() {
            self.spill()?;
        }
        Ok(number)
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match (&mut self.file, &self.room.folder) {
            (Some(file), _) => file,
            (none, Some(folder)) => none.insert(tempfile::tempfile_in(folder)?),
            (None, None) => return Ok(()),
        };
        file.write_all(&self.held)?;
        self.written += self.held.len() as u64;
        self.held.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<Rows> {
        let bytes = if self.file.is_some() {
            self.spill()?;
            self.file
                .as_ref()
                .map(mapping::of_file)
                .transpose()?
                .unwrap_or_default()
        } else {
            Bytes::from(self.held)
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
            for i in 0..texts.len() {
                assert_eq!(log.push(row(i)).unwrap(), i as u64);
            }
            let all = log.finish().unwrap();
            assert_eq!(all.len(), 1_000);
            for (i, found) in all.iter().enumerate() {
                assert_eq!(found, row(i));
                assert_eq!(all.get(i as u64), Some(found));
            }
            assert_eq!(all.iter().count(), 1_000);
            assert_eq!(all.get(1_000), None);
        }
        let none = RowLog::new(Room::default()).finish().unwrap();
        assert_eq!((none.len(), none.iter().count(), none.get(0)), (0, 0, None));
    }
}
