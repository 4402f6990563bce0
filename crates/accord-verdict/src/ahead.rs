//! Values that will be looked up one by one: what each look-up will read is asked for before the first needs it, so that
//! memory is waited for once for all of them.

use crate::index::hash_of;
use crate::plain::{Form, Plain};
use crate::snapshot::Snapshot;

/// Names in one value that are asked for ahead; those of a longer name wait.
const SUFFIXES: usize = 6;

/// Room that is used again.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    plain: Plain,
    hashes: Vec<u64>,
    places: Vec<u32>,
}

impl Ahead {
    /// Takes in a value that will be looked up.
    pub fn add(&mut self, value: &str) {
        let Ahead { plain, hashes, .. } = self;
        match plain.read(value) {
            Form::Name => {
                let suffixes = plain.suffixes().take(SUFFIXES);
                let suffixes = suffixes.filter_map(|begin| plain.text().get(usize::from(begin)..));
                hashes.extend(suffixes.map(hash_of));
            }
            Form::Hash(_) => hashes.push(hash_of(plain.text())),
            Form::Ipv4(_) | Form::Other => {}
        }
    }

    /// Reads what look-ups of the values taken in will read: first the lines of all, then the records of those that may
    /// be there, then their counts.
    pub fn read(&mut self, snapshot: &Snapshot) {
        let Ahead { hashes, places, .. } = self;
        if let Some(index) = &snapshot.base.index {
            places.clear();
            places.extend(hashes.iter().filter_map(|&hash| index.touch(hash)));
            let ids = places.iter().filter_map(|&place| index.touch_record(place));
            // For nobody: only so that the reads are not left out.
            std::hint::black_box(ids.fold(0, |sum: u32, id| sum.wrapping_add(snapshot.base.touch_count(id))));
        }
        hashes.clear();
    }
}
