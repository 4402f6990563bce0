//! Many values at once: what each look-up will read is asked for before the first needs it, so that memory is waited
//! for once for all of them.

use crate::audience::Audience;
use crate::index::hash_of;
use crate::plain::{Form, Plain};
use crate::reader::{Blocks, Reader};
use crate::snapshot::Snapshot;

/// Values that are asked for together.
pub(crate) const TOGETHER: usize = 32;
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
    /// Takes values in and reads what their look-ups will read.
    pub fn look<'v>(&mut self, snapshot: &Snapshot, values: impl Iterator<Item = &'v str>) {
        values.for_each(|value| self.add(value));
        self.read(snapshot);
    }

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

impl Audience {
    /// Looks many values up, as [`Audience::ask`] does one, and gives what is told of each, in order.
    pub fn ask_all(
        &self,
        snapshot: &Snapshot,
        reader: &mut Reader,
        values: &[impl AsRef<str>],
        mut told: impl FnMut(usize, Blocks<'_>),
    ) {
        let mut ahead = std::mem::take(&mut reader.ahead);
        let mut place = 0;
        for together in values.chunks(TOGETHER) {
            ahead.look(snapshot, together.iter().map(AsRef::as_ref));
            for value in together {
                told(place, self.ask(snapshot, reader, value.as_ref()));
                place += 1;
            }
        }
        reader.ahead = ahead;
    }
}
