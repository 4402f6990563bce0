//! From rows to the sections of a watchlist, in bounded memory.
//!
//! The way of a row: a source's reader gives it out (`accord-formats`), and its value is put into canonical form, piece by
//! piece on two threads ([`piece`]); [`Collected`] appends the pieces in their order to the log ([`rows`]) and keeps the
//! fingerprint of each row with its number. When all are there, the fingerprints are sorted ([`runs`]): equal ones stand together, so that equal indicators are found by comparing
//! neighbours, and the order is that of the index. Then the log is walked once ([`distinct`]): what the sources say of equal
//! indicators is joined in the order of the rows, allow lists decide, and what is left gives the keys of the index and of
//! the sieve.
//!
//! Invariant: the result does not depend on what went through files, nor on the other thread.

mod bits;
mod distinct;
pub(super) mod piece;
mod radix;
mod rows;
mod runs;
mod sayings;

use std::io;
use std::path::Path;

use accord_matcher::{AllowEntry, PatternKind};

pub(super) use distinct::Distinct;
use rows::{Row, RowBuffer, RowLog};
use runs::{Room, Runs};
pub(super) use sayings::Sayings;

use crate::limits::MAX_SAME_FINGERPRINT;

/// Rows that come one by one are gathered up to so many bytes.
const SINGLE_BYTES: usize = 64 << 10;

/// An indicator in canonical form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Canonical<'c> {
    pub(super) kind: PatternKind,
    pub(super) text: &'c [u8],
    pub(super) fingerprint: u64,
}

/// The rows of all sources that are indicators.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) sayings: Sayings,
    pub(super) allowed: Vec<AllowEntry>,
    log: RowLog,
    /// Rows that came one by one, before they are in the log.
    single: RowBuffer,
    /// Fingerprint above the number of the row.
    keys: Runs<u128>,
    room: Room,
    /// How many different indicators may share a fingerprint.
    most_alike: usize,
    /// Why rows could not be kept.
    failed: Option<io::Error>,
}

impl Collected {
    /// Everything in memory.
    pub(super) fn in_memory() -> Collected {
        Collected::new(Room::default())
    }

    /// With so much in memory, and the rest in a folder.
    pub(super) fn in_folder(folder: &Path, bytes: usize) -> Collected {
        Collected::new(Room {
            folder: Some(folder.to_owned()),
            bytes,
        })
    }

    fn new(room: Room) -> Collected {
        Collected {
            sayings: Sayings::default(),
            allowed: Vec::new(),
            log: RowLog::new(room.part(8)),
            single: RowBuffer::default(),
            keys: Runs::new(room.part(4)),
            room,
            most_alike: MAX_SAME_FINGERPRINT,
            failed: None,
        }
    }

    /// Keeps a row.
    pub(super) fn add(&mut self, row: Canonical<'_>, saying: u32) {
        let Canonical {
            kind,
            text,
            fingerprint,
        } = row;
        self.single.push(Row { kind, saying, text }, fingerprint);
        if self.single.bytes() >= SINGLE_BYTES {
            self.take_single();
        }
    }

    /// Keeps rows.
    fn add_all(&mut self, rows: &RowBuffer) {
        self.take_single();
        self.take(rows);
    }

    fn take_single(&mut self) {
        let mut single = std::mem::take(&mut self.single);
        self.take(&single);
        single.clear();
        self.single = single;
    }

    fn take(&mut self, rows: &RowBuffer) {
        if self.failed.is_some() {
            return;
        }
        let kept = self.log.append(rows).and_then(|first| {
            let mut numbered = (first..).zip(rows.fingerprints());
            numbered.try_for_each(|(number, fingerprint)| {
                self.keys
                    .push(u128::from(*fingerprint) << 64 | u128::from(number))
            })
        });
        self.failed = kept.err();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watchfile::CompileError;

    /// An address and its ports share a fingerprint; of each so many rows.
    fn alike(ports: u16, most: usize) -> Result<Distinct, CompileError> {
        let mut collected = Collected::in_memory();
        collected.most_alike = most;
        let texts = (1..=ports).map(|port| (PatternKind::AddressPort, format!("192.0.2.1:{port}")));
        for (kind, text) in texts.chain([(PatternKind::Address, "192.0.2.1".to_owned())]) {
            let row = Canonical {
                kind,
                text: text.as_bytes(),
                fingerprint: kind.fingerprint(&text).unwrap(),
            };
            collected.add(row, 0);
            collected.add(row, 0);
        }
        collected.distinct(0, &mut |_| ())
    }

    #[test]
    fn so_many_may_share_a_fingerprint_and_no_more() {
        let within = alike(4, 5).unwrap();
        assert_eq!(within.kept.values().sum::<u64>(), 5);
        assert_eq!(within.duplicates, 5);
        let beyond = alike(5, 5).unwrap_err();
        assert_eq!(beyond, CompileError::SameFingerprint { found: 6 });
    }
}
